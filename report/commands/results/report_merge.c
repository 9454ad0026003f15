/* SPDX-License-Identifier: MIT */
#include "report/commands/results/report_merge.h"

#include <stdlib.h>

#include "report/commands/results/results.h"
#include "report/merge/merge.h"
#include "report/result/result.h"
#include "report/result/result_json.h"
#include "scenarios/base/arena.h"

enum { EXIT_OF_MACHINE = 4 };

struct settings {
	struct results_tell tell;
};

static const struct option_spec specs[] = {
	RESULTS_OPTIONS(struct settings, tell){ 0 },
};

struct job {
	struct settings set;
	struct args files;
	struct arena *a;
	struct arena *spoiled; /* of the file that problems point into */
	struct merger *merger;
	struct errs problems;
};

static bool check_usage(struct job *t)
{
	bool ok = true;

	if (t->files.n < 2)
		ok = errs_add(&t->problems, ERR_INPUT, NOWHERE,
			      "name at least two result files to merge, got "
			      "%zu",
			      t->files.n);
	if (t->files.n > MERGE_PARTS_MAX)
		ok = errs_add(&t->problems, ERR_INPUT, NOWHERE,
			      "at most %d result files are merged, got %zu",
			      MERGE_PARTS_MAX, t->files.n);
	return results_check(&t->set.tell, &t->files, &t->problems) && ok;
}

static bool add_file(struct job *t, const char *path)
{
	struct arena *a = arena_new(RESULTS_TREE_MAX);
	struct run_result *run;

	if (!a)
		return errs_nomem(&t->problems);
	if (result_read_file(path, a, &run, &t->problems) &&
	    merger_add(t->merger, run, path, &t->problems)) {
		arena_free(a);
		return true;
	}
	t->spoiled = a;
	return false;
}

static int merge(struct job *t, int argc, char **argv)
{
	struct run_result *run;

	if (!options_parse(specs, &t->set, argc, argv, &t->files,
			   &t->problems) ||
	    !check_usage(t))
		return errs_exit_code(&t->problems);
	t->a = arena_new(RESULTS_TREE_MAX);
	t->merger = t->a ? merger_new(t->a, &t->problems) : NULL;
	if (!t->merger) {
		errs_nomem(&t->problems);
		return EXIT_OF_MACHINE;
	}
	for (size_t i = 0; i < t->files.n; i++) {
		if (!add_file(t, t->files.item[i]))
			return errs_exit_code(&t->problems);
	}
	run = merger_finish(t->merger, &t->problems);
	if (!run)
		return errs_exit_code(&t->problems);
	return results_tell(&t->set.tell, run, t->a, &t->problems);
}

static int run(int argc, char **argv)
{
	struct job *t = calloc(1, sizeof(*t));
	int code;

	if (!t)
		return EXIT_OF_MACHINE;
	code = merge(t, argc, argv);
	results_problems(&t->problems, t->set.tell.colour);
	merger_free(t->merger);
	args_release(&t->files);
	options_release(specs, &t->set);
	arena_free(t->spoiled);
	arena_free(t->a);
	free(t);
	return code;
}

static const char *const examples[] = {
	"assay report merge runner-1.json runner-2.json --json all.json",
	"assay report merge shard-*.json --html load.html",
	NULL,
};

const struct command cmd_report_merge = {
	.name = "report merge",
	.operands = "RESULT.json RESULT.json...",
	.summary = "make one result of several shards or parts of the same "
		   "load, without loss",
	.options = specs,
	.details =
		"Adds up what several machines saw at the same time, or what "
		"ran one part after the other: counts are added, histograms "
		"are merged bucket by bucket, timelines are put on one clock, "
		"and quantiles, intervals, rates and limits are computed "
		"again. What must be the same (scenario, load, plan, steps, "
		"target) is compared, and a result that is given twice is "
		"refused. A limit that the parts cannot answer together is "
		"not observed. The exit code is that of the merged result.",
	.examples = examples,
	.run = run,
};
