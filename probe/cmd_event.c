/* SPDX-License-Identifier: MIT */
#include "probe/cmd_event.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "probe/engine/engine.h"
#include "probe/event.h"
#include "probe/tell.h"
#include "report/out.h"
#include "scenarios/base/err.h"
#include "scenarios/base/options.h"
#include "scenarios/load.h"

enum { EXIT_OF_MACHINE = 4 };

struct job {
	struct event_ask ask;
	struct args vars;
	uint64_t exit_code;
	struct args operands;
	struct errs problems, warnings;
};

#define AT(field) OPTION_AT(struct job, field)

static const struct option_spec specs[] = {
	{ "exit", 0, OPTION_COUNT, AT(exit_code), .arg = "N", .preset = "0",
	  .max = EVENT_EXIT_MAX,
	  .help = "exit code of what happened: 0 is well, all else is not" },
	{ "message", 'm', OPTION_TEXT, AT(ask.message), .arg = "TEXT",
	  .help = "what to say of it in notices" },
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

static bool event(struct job *t, int argc, char **argv)
{
	if (!options_parse(specs, t, argc, argv, &t->operands, &t->problems))
		return false;
	if (t->operands.n != 1)
		return errs_add(&t->problems, ERR_INPUT, NOWHERE,
				"say which event it is: assay event NAME "
				"--exit N");
	t->ask.name = t->operands.item[0];
	t->ask.exit_code = (int64_t)t->exit_code;
	t->ask.vars = &t->vars;
	if (!event_check(&t->ask, &t->problems) ||
	    !engine_global_init(&t->problems))
		return false;
	bool ok = event_tell(&t->ask, &t->problems, &t->warnings);
	engine_global_release();
	return ok;
}

static int run(int argc, char **argv)
{
	struct job *t = calloc(1, sizeof(*t));

	if (!t)
		return EXIT_OF_MACHINE;
	int code = event(t, argc, argv) ? 0 : errs_exit_code(&t->problems);
	tell_problems(NULL, OUT_AUTO, &t->problems, &t->warnings);
	scenario_free(t->ask.loaded);
	args_release(&t->operands);
	options_release(specs, t);
	free(t);
	return code;
}

static const char *const examples[] = {
	"./deploy.sh; assay event deploy --exit $? --scenario scenario.yaml "
	"--state state.db",
	"assay event sync --exit 1 --message 'the partner did not answer'",
	NULL,
};

const struct command cmd_event = {
	.name = "event",
	.operands = "NAME",
	.summary = "remember how something ended that happened elsewhere",
	.options = specs,
	.details =
		"Rules say when somebody is told of it: event(deploy) fails, "
		"consecutive(fail, event: sync) >= 3, missing(backup) for one "
		"that should have happened by now.",
	.examples = examples,
	.run = run,
};
