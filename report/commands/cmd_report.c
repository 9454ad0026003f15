/* SPDX-License-Identifier: MIT */
#include "report/commands/cmd_report.h"

#include <stdlib.h>

#include "report/commands/alerts/report_digest.h"
#include "report/commands/alerts/report_rules.h"
#include "report/commands/results/report_compare.h"
#include "report/commands/results/report_gate.h"
#include "report/commands/results/report_merge.h"
#include "report/commands/results/report_slice.h"
#include "report/commands/results/results.h"
#include "report/commands/state/report_audit.h"
#include "report/commands/state/report_clean.h"
#include "report/commands/state/report_notices.h"
#include "report/commands/state/report_summary.h"
#include "report/commands/state/report_verify.h"
#include "report/redact/redact.h"
#include "report/result/result.h"
#include "report/result/result_json.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"
#include "scenarios/base/options.h"

enum {
	EXIT_OF_MACHINE = 4,
	FILES_MAX = 1000,
};

struct settings {
	struct results_tell tell;
};

/* What one call of the command works with. */
struct job {
	struct settings set;
	struct args files;
	struct arena *trees;
	const struct run_result **runs;
	size_t n_runs;
	struct errs problems;
};

static const struct option_spec specs[] = {
	RESULTS_OPTIONS(struct settings, tell){ 0 },
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
	return results_check(&t->set.tell, &t->files, t->files.n,
			     &t->problems) &&
	       ok;
}

/* Reads on after a file that is no result, to tell of all of them. */
static bool read_all(struct job *t)
{
	bool ok = true;

	t->trees = arena_new(RESULTS_TREE_MAX);
	t->runs = calloc(t->files.n, sizeof(*t->runs));
	if (!t->trees || !t->runs)
		return errs_nomem(&t->problems);
	for (size_t i = 0; i < t->files.n; i++) {
		struct run_result *run = NULL;

		if (!result_read_file(t->files.item[i], t->trees, &run,
				      &t->problems))
			ok = false;
		else if (!result_seal(run, NULL, t->trees))
			ok = errs_nomem(&t->problems);
		else
			t->runs[t->n_runs++] = run;
	}
	return ok;
}

static int worst_exit_code(const struct job *t)
{
	static const unsigned rank[RUN_VERDICT_N] = {
		[RUN_OK] = 0,
		[RUN_INCONCLUSIVE] = 1,
		[RUN_INVALID] = 2,
		[RUN_FAILED] = 3,
	};
	enum run_verdict worst = RUN_OK;

	for (size_t i = 0; i < t->n_runs; i++)
		if (rank[t->runs[i]->verdict] > rank[worst])
			worst = t->runs[i]->verdict;
	return run_verdict_exit_code(worst);
}

static int report(struct job *t, int argc, char **argv)
{
	if (!options_parse(specs, &t->set, argc, argv, &t->files,
			   &t->problems) ||
	    !check_usage(t) || !read_all(t))
		return errs_exit_code(&t->problems);
	return results_show(&t->set.tell, t->runs, t->n_runs, &t->problems)
		       ? worst_exit_code(t)
		       : EXIT_OF_MACHINE;
}

static int run(int argc, char **argv)
{
	struct job *t = calloc(1, sizeof(*t));
	int code;

	if (!t)
		return EXIT_OF_MACHINE;
	code = report(t, argc, argv);
	results_problems(&t->problems, t->set.tell.colour);
	args_release(&t->files);
	options_release(specs, &t->set);
	free(t->runs);
	arena_free(t->trees);
	free(t);
	return code;
}

static const char *const examples[] = {
	"assay report result.json",
	"assay report result.json --junit junit.xml --markdown -",
	"assay report monday.json tuesday.json --html week.html",
	NULL,
};

/* What report does with other things than result files: a row each. */
static const struct command *const commands[] = {
	&cmd_report_gate,    &cmd_report_merge,	  &cmd_report_compare,
	&cmd_report_slice,   &cmd_report_summary, &cmd_report_digest,
	&cmd_report_rules,   &cmd_report_clean,	  &cmd_report_audit,
	&cmd_report_notices, &cmd_report_verify,  NULL,
};

const struct command cmd_report = {
	.name = "report",
	.operands = "RESULT.json...",
	.summary = "render result files again; tell what a state file "
		   "remembers",
	.options = specs,
	.details =
		"Reads results that a run wrote with --json (- is standard "
		"input), judges them again and prints them as text, or writes "
		"them in other forms. The exit code is that of the worst "
		"result, as the run had it.",
	.examples = examples,
	.run = run,
	.commands = commands,
};
