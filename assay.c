/* SPDX-License-Identifier: MIT */
/*
 * assay - the front door: a table of commands, nothing else.
 */
#include <signal.h>
#include <string.h>

#include "loadgen/cmd_loadgen.h"
#include "probe/cmd_probe.h"
#include "report/cmd_init.h"
#include "report/cmd_lint.h"
#include "report/cmd_report.h"
#include "report/cmd_schema.h"
#include "report/cmd_try.h"
#include "report/help.h"

static const struct command *const commands[] = {
	&cmd_probe, &cmd_loadgen, &cmd_report, &cmd_lint,
	&cmd_try,   &cmd_init,	  &cmd_schema, NULL,
};

int main(int argc, char **argv)
{
	/* A reader that goes away is a write error, not a death. */
	signal(SIGPIPE, SIG_IGN);
	if (argc < 2 || help_is_asked(argv[1]))
		return help_main(commands, argc, argv);
	for (const struct command *const *c = commands; *c; c++)
		if (!strcmp((*c)->name, argv[1]))
			return help_run(*c, argc - 1, argv + 1);
	return help_unknown(commands, argv[1]);
}
