/* SPDX-License-Identifier: MIT */
#include "report/commands/cmd_schema.h"

#include <stdio.h>
#include <string.h>

#include "report/out.h"
#include "report/result/result_schema.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/options.h"
#include "scenarios/schema.h"

enum { SCHEMA_MAX = 8 << 20 };

static const struct option_spec options[] = { { 0 } };

static int print_schema(const char *which, struct errs *problems)
{
	struct buf text;
	struct out out;
	int code = 0;

	buf_init(&text, SCHEMA_MAX);
	if (!strcmp(which, "scenario")) {
		scenario_schema_print(&text);
	} else if (!strcmp(which, "result")) {
		result_schema_print(&text);
	} else {
		errs_add(problems, ERR_INPUT, NOWHERE,
			 "there are schemas of \"scenario\" and \"result\", "
			 "got \"%s\"",
			 which);
		code = 2;
	}
	if (!code && !buf_ok(&text)) {
		errs_nomem(problems);
		code = 4;
	}
	if (!code) {
		out_init(&out, stdout, NULL, OUT_NEVER);
		out_raw(&out, buf_text(&text), text.len);
		code = out_lost(&out, problems) ? 4 : 0;
	}
	buf_release(&text);
	return code;
}

static int run(int argc, char **argv)
{
	struct args operands = { 0 };
	struct errs problems = { 0 };
	struct out err;
	int code;

	options_parse(options, NULL, argc, argv, &operands, &problems);
	if (!problems.n && operands.n != 1)
		errs_add(&problems, ERR_INPUT, NOWHERE,
			 "schema needs one word: scenario or result");
	if (problems.n)
		code = errs_exit_code(&problems);
	else
		code = print_schema(operands.item[0], &problems);
	out_init(&err, stderr, NULL, OUT_AUTO);
	out_problems(&err, &problems, "");
	out_failed(&err);
	args_release(&operands);
	return code;
}

static const char *const examples[] = {
	"assay schema scenario > scenario.schema.json",
	NULL,
};

const struct command cmd_schema = {
	.name = "schema",
	.operands = "scenario|result",
	.summary = "print the JSON Schema of scenarios or of result files",
	.options = options,
	.examples = examples,
	.run = run,
};
