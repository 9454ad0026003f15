/* SPDX-License-Identifier: MIT */
/*
 * assay - the front door: a table of commands, nothing else.
 */
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "loadgen/cmd_loadgen.h"
#include "probe/cmd_doctor.h"
#include "probe/cmd_event.h"
#include "probe/cmd_probe.h"
#include "probe/cmd_run.h"
#include "probe/cmd_take.h"
#include "probe/cmd_watch.h"
#include "report/commands/alerts/cmd_ack.h"
#include "report/commands/alerts/cmd_silence.h"
#include "report/commands/cmd_init.h"
#include "report/commands/cmd_lint.h"
#include "report/commands/cmd_report.h"
#include "report/commands/cmd_schema.h"
#include "report/commands/cmd_try.h"
#include "report/commands/help.h"

static const struct command *const commands[] = {
	&cmd_probe, &cmd_watch,	 &cmd_loadgen, &cmd_report, &cmd_silence,
	&cmd_ack,   &cmd_doctor, &cmd_event,   &cmd_run,    &cmd_take,
	&cmd_lint,  &cmd_try,	 &cmd_init,    &cmd_schema, NULL,
};

/* A stream that was closed before us must not become the first file or socket
 * that we open.  What stands in for it fails as the closed one would. */
static void hold_streams(void)
{
	static const int modes[] = { O_WRONLY, O_RDONLY, O_RDONLY };

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", modes[fd]);
}

int main(int argc, char **argv)
{
	hold_streams();
	/* Texts are UTF-8 wherever we run, and names of hosts are texts. */
	setlocale(LC_CTYPE, "C.UTF-8");
	/* A reader that goes away is a write error, not a death; so is a file
	 * that may not grow. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	if (argc < 2 || help_is_asked(argv[1]))
		return help_main(commands, argc, argv);
	for (const struct command *const *c = commands; *c; c++)
		if (!strcmp((*c)->name, argv[1]))
			return help_run(*c, argc - 1, argv + 1);
	return help_unknown(commands, argv[1]);
}
