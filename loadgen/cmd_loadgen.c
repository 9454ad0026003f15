/* SPDX-License-Identifier: MIT */
#include "loadgen/cmd_loadgen.h"

#include <stdio.h>

#include "report/out.h"
#include "scenarios/base/options.h"

static const struct option_spec options[] = { { 0 } };

static int run(int argc, char **argv)
{
	struct out o;

	(void)argc;
	(void)argv;
	out_init(&o, stderr, NULL, OUT_NEVER);
	out_printf(&o, "assay loadgen: version " ASSAY_VERSION
		       " puts no load on anything; use probe\n");
	out_failed(&o);
	return 2;
}

const struct command cmd_loadgen = {
	.name = "loadgen",
	.operands = "SCENARIO|URL",
	.summary = "put load on a service (not in this version)",
	.options = options,
	.run = run,
};
