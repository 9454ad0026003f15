/* SPDX-License-Identifier: MIT */
#include "report/commands/cmd_lint.h"

#include <stdio.h>
#include <stdlib.h>

#include "report/out.h"
#include "scenarios/alerts/alerts.h"
#include "scenarios/load.h"
#include "scenarios/base/options.h"

struct lint_options {
	const char *environment;
	struct args vars;
	bool strict;
	bool quiet;
};

#define AT(field) OPTION_AT(struct lint_options, field)

static const struct option_spec options[] = {
	{ "env", 0, OPTION_TEXT, AT(environment), "NAME",
	  .help = "choose the block of that name under environments" },
	{ "var", 0, OPTION_LIST, AT(vars), "NAME=VALUE",
	  .help = "replace the value of a var" },
	{ "strict", 0, OPTION_FLAG, AT(strict),
	  .help = "exit with 2 for warnings too" },
	{ "quiet", 'q', OPTION_FLAG, AT(quiet),
	  .help = "say nothing when there is nothing to say" },
	{ 0 },
};

static const char *read_env(void *self, const char *name)
{
	(void)self;
	return getenv(name);
}

/* "api.yaml: ok, 3 checks, 1 load, 2 rules" */
static void say_ok(struct out *out, const char *path, const struct scenario *sc,
		   bool is_warned)
{
	out_printf(out, "%s: ok, %zu check%s", path, sc->n_checks,
		   sc->n_checks == 1 ? "" : "s");
	if (sc->n_loads)
		out_printf(out, ", %zu load%s", sc->n_loads,
			   sc->n_loads == 1 ? "" : "s");
	if (sc->alerts)
		out_printf(out, ", %zu rule%s", sc->alerts->n_rules,
			   sc->alerts->n_rules == 1 ? "" : "s");
	out_printf(out, "%s\n", is_warned ? ", with warnings" : "");
}

/* What is wrong goes to stderr; returns the exit code of the file. */
static int lint_file(const char *path, const struct lint_options *given)
{
	const struct load_options load = {
		.environment = given->environment,
		.vars = &given->vars,
		.getenv = read_env,
	};
	struct errs problems = { 0 };
	struct errs warnings = { 0 };
	struct out err, out;

	out_init(&err, stderr, NULL, OUT_AUTO);
	out_init(&out, stdout, NULL, OUT_AUTO);
	struct scenario *sc = scenario_load(path, &load, &problems, &warnings);
	if (!problems.n && !given->quiet)
		say_ok(&out, path, sc, warnings.n > 0);
	bool lost = out_lost(&out, &problems);
	out_problems(&err, &problems, "");
	out_problems(&err, &warnings, "warning: ");
	int code = errs_exit_code(&problems);
	if (!code && warnings.n && given->strict)
		code = 2;
	if (out_failed(&err) || lost)
		code = 4;
	scenario_free(sc);
	return code;
}

static int run(int argc, char **argv)
{
	struct lint_options given = { 0 };
	struct args files = { 0 };
	struct errs problems = { 0 };
	struct out err;
	int worst = 0;

	options_parse(options, &given, argc, argv, &files, &problems);
	if (!problems.n && !files.n)
		errs_add(&problems, ERR_INPUT, NOWHERE,
			 "lint needs a scenario file");
	out_init(&err, stderr, NULL, OUT_AUTO);
	out_problems(&err, &problems, "");
	if (problems.n)
		worst = errs_exit_code(&problems);
	for (size_t i = 0; !problems.n && i < files.n; i++) {
		int code = lint_file(files.item[i], &given);
		worst = code > worst ? code : worst;
	}
	options_release(options, &given);
	args_release(&files);
	return worst;
}

static const char *const examples[] = {
	"assay lint scenario.yaml",
	"assay lint --env staging --strict scenario.yaml",
	NULL,
};

const struct command cmd_lint = {
	.name = "lint",
	.operands = "SCENARIO...",
	.summary = "say every mistake in a scenario, with line and column",
	.options = options,
	.examples = examples,
	.run = run,
};
