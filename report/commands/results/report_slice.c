/* SPDX-License-Identifier: MIT */
#include "report/commands/results/report_slice.h"

#include <stdlib.h>

#include "report/commands/results/results.h"
#include "report/merge/slice.h"
#include "report/result/result.h"
#include "report/result/result_json.h"
#include "scenarios/base/arena.h"

enum { EXIT_OF_MACHINE = 4 };

struct settings {
	struct results_tell tell;
	uint64_t from_ns, to_ns; /* to UINT64_MAX: the end */
};

static const struct option_spec specs[] = {
	{ "from", 0, OPTION_DURATION, OPTION_AT(struct settings, from_ns),
	  .arg = "TIME", .preset = "0s",
	  .help = "where it begins, since the start of the run" },
	{ "to", 0, OPTION_DURATION, OPTION_AT(struct settings, to_ns),
	  .arg = "TIME",
	  .help = "where it ends, since the start of the run; at the end of "
		  "the run when not given" },
	RESULTS_OPTIONS(struct settings, tell){ 0 },
};

struct job {
	struct settings set;
	struct args files;
	struct arena *a;
	struct errs problems;
};

static bool check_usage(struct job *t)
{
	bool ok = true;

	if (t->files.n != 1)
		ok = errs_add(&t->problems, ERR_INPUT, NOWHERE,
			      "name one result file to take a slice of, got "
			      "%zu",
			      t->files.n);
	if (t->set.to_ns <= t->set.from_ns)
		ok = errs_add(&t->problems, ERR_INPUT, NOWHERE,
			      "--to must lie behind --from");
	return results_check(&t->set.tell, &t->files, 1, &t->problems) && ok;
}

static int slice(struct job *t, int argc, char **argv)
{
	struct run_result *run, *part;

	t->set.to_ns = UINT64_MAX;
	if (!options_parse(specs, &t->set, argc, argv, &t->files,
			   &t->problems) ||
	    !check_usage(t))
		return errs_exit_code(&t->problems);
	t->a = arena_new(RESULTS_TREE_MAX);
	if (!t->a) {
		errs_nomem(&t->problems);
		return EXIT_OF_MACHINE;
	}
	if (!result_read_file(t->files.item[0], t->a, &run, &t->problems))
		return errs_exit_code(&t->problems);
	part = slice_run(run, t->set.from_ns, t->set.to_ns, t->a, &t->problems);
	if (!part)
		return errs_exit_code(&t->problems);
	return results_tell(&t->set.tell, part, t->a, &t->problems);
}

static int run(int argc, char **argv)
{
	struct job *t = calloc(1, sizeof(*t));
	int code;

	if (!t)
		return EXIT_OF_MACHINE;
	code = slice(t, argc, argv);
	results_problems(&t->problems, t->set.tell.colour);
	args_release(&t->files);
	options_release(specs, &t->set);
	arena_free(t->a);
	free(t);
	return code;
}

static const char *const examples[] = {
	"assay report slice result.json --from 10s --to 40s",
	"assay report slice result.json --from 5m --json last.json",
	NULL,
};

const struct command cmd_report_slice = {
	.name = "report slice",
	.operands = "RESULT.json",
	.summary = "judge the limits of a load on a part of its time",
	.options = specs,
	.details =
		"Takes the rows of the timeline between two moments and judges "
		"limits by what these hold: arrivals, how they ended, and "
		"latency with two digits. What rows do not hold (steps, "
		"service times, statuses) is left out, and a limit about it "
		"is not observed. The file does not change. The exit code is "
		"that of the slice.",
	.examples = examples,
	.run = run,
};
