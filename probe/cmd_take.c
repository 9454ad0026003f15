/* SPDX-License-Identifier: MIT */
#include "probe/cmd_take.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "probe/engine/engine.h"
#include "probe/memory.h"
#include "probe/take.h"
#include "probe/tell.h"
#include "report/out.h"
#include "report/state/state.h"
#include "scenarios/base/err.h"
#include "scenarios/base/options.h"
#include "scenarios/load.h"

enum { EXIT_OF_MACHINE = 4, FILES_MAX = 1000 };

struct job {
	struct take_ask ask;
	struct args files, vars;
	bool quiet;
	struct errs problems, warnings;
};

#define AT(field) OPTION_AT(struct job, field)

static const struct option_spec specs[] = {
	{ "scenario", 0, OPTION_TEXT, AT(ask.scenario), .arg = "FILE",
	  .help = "scenario of the results, whose rules are evaluated" },
	{ "state", 0, OPTION_TEXT, AT(ask.state), .arg = "FILE",
	  .help = "state file that remembers them, as for probe and watch; "
		  "the variable " STATE_VARIABLE " when not given" },
	{ "env", 0, OPTION_TEXT, AT(ask.environment), .arg = "NAME",
	  .help = "choose the block of that name under environments" },
	{ "var", 0, OPTION_LIST, AT(vars), .arg = "NAME=VALUE",
	  .help = "set a var of the scenario" },
	{ "quiet", 'q', OPTION_FLAG, AT(quiet),
	  .help = "say nothing when all was taken" },
	{ 0 },
};

static bool check_usage(struct job *t)
{
	bool ok = true;

	if (!t->files.n)
		ok = errs_add(&t->problems, ERR_INPUT, NOWHERE,
			      "name at least one result file, or - for "
			      "standard input");
	if (t->files.n > FILES_MAX)
		ok = errs_add(&t->problems, ERR_INPUT, NOWHERE,
			      "at most %d result files, got %zu", FILES_MAX,
			      t->files.n);
	if (!t->ask.scenario)
		ok = errs_add(&t->problems, ERR_INPUT, NOWHERE,
			      "say whose results they are: --scenario FILE");
	if (!state_named(t->ask.state))
		ok = errs_add(&t->problems, ERR_INPUT, NOWHERE,
			      "say where they are remembered: --state FILE, or "
			      "the variable " STATE_VARIABLE);
	return ok;
}

static bool take(struct job *t, int argc, char **argv)
{
	if (!options_parse(specs, t, argc, argv, &t->files, &t->problems) ||
	    !check_usage(t) || !engine_global_init(&t->problems))
		return false;
	t->ask.files = &t->files;
	t->ask.vars = &t->vars;
	bool ok = take_results(&t->ask, &t->problems, &t->warnings);
	engine_global_release();
	return ok;
}

static void say(struct job *t)
{
	const struct take_ask *ask = &t->ask;
	struct out to;

	if (!ask->n_taken && !ask->n_known)
		return;
	out_init(&to, stdout, NULL, OUT_NEVER);
	out_printf(&to, "taken: %zu", ask->n_taken);
	if (ask->n_known)
		out_printf(&to, ", known before or too old: %zu", ask->n_known);
	if (ask->n_taken)
		out_printf(&to, "; alerts that fire: %zu, notices made: %zu",
			   ask->n_firing, ask->n_notices);
	out_printf(&to, "\n");
	(void)out_lost(&to, &t->problems);
}

static int run(int argc, char **argv)
{
	struct job *t = calloc(1, sizeof(*t));

	if (!t)
		return EXIT_OF_MACHINE;
	(void)take(t, argc, argv);
	if (!t->quiet)
		say(t);
	int code = errs_exit_code(&t->problems);
	tell_problems(NULL, OUT_AUTO, &t->problems, &t->warnings);
	scenario_free(t->ask.loaded);
	args_release(&t->files);
	options_release(specs, t);
	free(t);
	return code;
}

static const char *const examples[] = {
	"assay take fra.json sgp.json nyc.json --scenario scenario.yaml "
	"--state state.db",
	NULL,
};

const struct command cmd_take = {
	.name = "take",
	.operands = "RESULT.json...",
	.summary = "take results of several places into one state, and tell",
	.options = specs,
	.details =
		"Each place runs assay probe --vantage NAME --json FILE; here "
		"all of them are remembered, in the order of their ends, and "
		"the rules are evaluated: one with quorum: 2 of three places "
		"is told only when two of them say so. The exit code says "
		"whether all were taken, not whether checks failed.",
	.examples = examples,
	.run = run,
};
