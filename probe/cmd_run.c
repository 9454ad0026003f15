/* SPDX-License-Identifier: MIT */
#include "probe/cmd_run.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe/engine/child.h"
#include "probe/engine/engine.h"
#include "probe/event.h"
#include "probe/tell.h"
#include "report/out.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/options.h"
#include "scenarios/base/units.h"
#include "scenarios/load.h"

extern char **environ;

/* As a shell and timeout(1) say it. */
enum {
	EXIT_TIMED_OUT = 124,
	EXIT_CANNOT_RUN = 127,
	EXIT_SIGNAL = 128, /* and its number */
	EXIT_OF_MACHINE = 4,
};

enum { TAIL_MAX = 2048 }; /* last bytes of standard error, for the message */

struct job {
	struct event_ask ask;
	struct args vars;
	uint64_t timeout_ns, grace_ns;
	struct args operands;
	struct engine *en;
	struct child *child;
	char tail[TAIL_MAX];
	size_t tail_len;
	bool stays_in_group;
	int code; /* of the command */
	struct buf message;
	struct errs problems, warnings;
};

#define AT(field) OPTION_AT(struct job, field)

static const struct option_spec specs[] = {
	{ "timeout", 't', OPTION_DURATION, AT(timeout_ns), .arg = "TIME",
	  .help = "end it and all it started after TIME" },
	{ "grace", 0, OPTION_DURATION, AT(grace_ns), .arg = "TIME",
	  .preset = "10s", .help = "time from SIGTERM to SIGKILL then" },
	{ "state", 0, OPTION_TEXT, AT(ask.state), .arg = "FILE",
	  .help = "state file, as for probe and watch; the variable "
		  "ASSAY_STATE when not given" },
	{ "scenario", 0, OPTION_TEXT, AT(ask.scenario), .arg = "FILE",
	  .help = "scenario whose rules are about it: they are evaluated, and "
		  "notices are sent, at once" },
	{ "env", 0, OPTION_TEXT, AT(ask.environment), .arg = "NAME",
	  .help = "choose the block of that name under environments" },
	{ "var", 0, OPTION_LIST, AT(vars), .arg = "NAME=VALUE",
	  .help = "set a var of the scenario" },
	{ 0 },
};

/* ---- the command ------------------------------------------------------------ */

/* What it writes is passed on as it comes; the end of it is kept. */
static void on_output(struct child *ch, int fd, const char *bytes, size_t len)
{
	struct job *t = child_owner(ch);
	size_t done = 0;

	while (done < len) {
		ssize_t n = write(fd, bytes + done, len - done);

		if (n < 0 && errno != EINTR && errno != EAGAIN)
			break; /* nobody reads it: that is no matter of ours */
		done += n > 0 ? (size_t)n : 0;
	}
	if (len > TAIL_MAX) {
		bytes += len - TAIL_MAX;
		len = TAIL_MAX;
	}
	size_t over =
		t->tail_len + len > TAIL_MAX ? t->tail_len + len - TAIL_MAX : 0;
	memmove(t->tail, t->tail + over, t->tail_len - over);
	t->tail_len -= over;
	memcpy(t->tail + t->tail_len, bytes, len);
	t->tail_len += len;
}

static void on_done(struct child *ch)
{
	struct job *t = child_owner(ch);

	engine_stop(t->en);
}

/* A terminal tells all of its group by itself. */
static void on_signal(void *owner, int signo)
{
	struct job *t = owner;

	if (!t->stays_in_group || signo == SIGTERM)
		child_signal(t->child, signo);
}

static int code_of(const struct child_result *r)
{
	if (r->end == CHILD_TIMED_OUT)
		return EXIT_TIMED_OUT;
	return r->signo ? EXIT_SIGNAL + r->signo : r->exit_code;
}

/* The last line that says something. */
static void say_tail(struct job *t)
{
	size_t end = t->tail_len;

	while (end && strchr(" \t\r\n", t->tail[end - 1]))
		end--;
	const char *feed = end ? memrchr(t->tail, '\n', end) : NULL;
	size_t from = feed ? (size_t)(feed + 1 - t->tail) : 0;
	if (end > from) {
		buf_puts(&t->message, ": ");
		buf_add(&t->message, t->tail + from, end - from);
	}
}

static void say_end(struct job *t, const struct child_result *r)
{
	child_say(r, &t->message);
	if (r->end != CHILD_TIMED_OUT) {
		buf_puts(&t->message, " after ");
		unit_human_duration(&t->message, r->ended_ns - r->started_ns);
	}
	if (t->code)
		say_tail(t);
}

static void perform(struct job *t)
{
	/* a program that may ask the terminal is its foreground */
	t->stays_in_group = isatty(STDIN_FILENO);
	const struct child_plan plan = {
		.argv = &t->operands.item[1],
		.env = (const char *const *)(uintptr_t)environ,
		.in = CHILD_INHERIT,
		.out = CHILD_INHERIT,
		.err = isatty(STDERR_FILENO) ? CHILD_INHERIT : CHILD_PIPE,
		.spares_rest = true,
		.stays_in_group = t->stays_in_group,
		.timeout_ns = t->timeout_ns,
		.grace_ns = t->grace_ns,
		.on_output = on_output,
		.on_done = on_done,
		.owner = t,
	};

	t->code = EXIT_CANNOT_RUN;
	t->child = child_start(t->en, &plan, &t->message);
	if (!t->child) {
		errs_add(&t->problems, ERR_SYSTEM, NOWHERE, "%s",
			 buf_text(&t->message));
		return;
	}
	engine_on_signal(t->en, on_signal, t);
	engine_run(t->en);
	t->code = code_of(child_result(t->child));
	say_end(t, child_result(t->child));
	child_free(t->child);
}

/* ---- all of it ----------------------------------------------------------------- */

/* False: the command was not even tried. */
static bool prepare(struct job *t, int argc, char **argv)
{
	if (!options_parse(specs, t, argc, argv, &t->operands, &t->problems))
		return false;
	if (t->operands.n < 2)
		return errs_add(&t->problems, ERR_INPUT, NOWHERE,
				"say what it is called and what to run: assay "
				"run NAME -- COMMAND ARG...");
	t->ask.name = t->operands.item[0];
	t->ask.vars = &t->vars;
	/* the list ends with NULL for the command */
	if (!event_check(&t->ask, &t->problems))
		return false;
	if (!args_add(&t->operands, NULL))
		return errs_nomem(&t->problems);
	if (!engine_global_init(&t->problems))
		return false;
	t->en = engine_new(&t->problems);
	return t->en != NULL;
}

static int run(int argc, char **argv)
{
	struct job *t = calloc(1, sizeof(*t));
	int code;

	if (!t)
		return EXIT_OF_MACHINE;
	buf_init(&t->message, EVENT_MESSAGE_MAX);
	if (prepare(t, argc, argv)) {
		perform(t);
		engine_free(t->en);
		t->en = NULL;
		t->ask.exit_code = t->code;
		t->ask.message = buf_text(&t->message);
		event_tell(&t->ask, &t->problems, &t->warnings);
		engine_global_release();
		code = t->code;
	} else {
		code = errs_exit_code(&t->problems);
	}
	tell_problems(NULL, OUT_AUTO, &t->problems, &t->warnings);
	buf_release(&t->message);
	scenario_free(t->ask.loaded);
	args_release(&t->operands);
	options_release(specs, t);
	free(t);
	return code;
}

static const char *const examples[] = {
	"assay run backup --state state.db -- /usr/local/bin/backup.sh --full",
	"assay run sync --timeout 1h --scenario scenario.yaml -- rsync -a a/ "
	"b/",
	NULL,
};

const struct command cmd_run = {
	.name = "run",
	.operands = "NAME -- COMMAND [ARG...]",
	.summary = "run a command and remember how it ended",
	.options = specs,
	.details =
		"The command is run without a shell, in this environment; its "
		"output passes through, and its exit code becomes that of "
		"assay: 124 when it was ended at its time limit, 127 when it "
		"could not be run, 128 and more for a signal. What is "
		"remembered is its exit code, how long it took, and the last "
		"line of its standard error. A state that cannot be written is "
		"told on standard error and changes no exit code.",
	.examples = examples,
	.run = run,
};
