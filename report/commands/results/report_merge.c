/* SPDX-License-Identifier: MIT */
#include "report/commands/results/report_merge.h"

#include <pthread.h>
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

/* A file that is read by a thread of its own while the one before is added. */
struct ahead {
	pthread_t thread;
	bool is_started;
	const char *path;
	struct arena *a;
	struct run_result *run; /* NULL: refused */
	struct errs problems;
};

struct job {
	struct settings set;
	struct args files;
	struct arena *a;
	struct arena *spoiled; /* of the file that problems point into */
	struct merger *merger;
	struct errs problems;
	struct ahead ahead[2]; /* the file that is added, and the next one */
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
	return results_check(&t->set.tell, &t->files, 1, &t->problems) && ok;
}

/* ---- reading ahead -------------------------------------------------------- */

static void *read_file(void *self)
{
	struct ahead *t = self;

	t->a = arena_new(RESULTS_TREE_MAX);
	if (!t->a)
		errs_nomem(&t->problems);
	else if (!result_read_file(t->path, t->a, &t->run, &t->problems))
		t->run = NULL;
	return NULL;
}

static void ahead_start(struct ahead *t, const char *path)
{
	*t = (struct ahead){ .path = path };
	t->is_started = pthread_create(&t->thread, NULL, read_file, t) == 0;
	if (!t->is_started)
		read_file(t);
}

static void ahead_join(struct ahead *t)
{
	if (t->is_started)
		pthread_join(t->thread, NULL);
	t->is_started = false;
}

static void ahead_release(struct ahead *t)
{
	ahead_join(t);
	arena_free(t->a);
	t->a = NULL;
}

/* ---- adding --------------------------------------------------------------- */

static bool add_file(struct job *t, struct ahead *file)
{
	if (!file->run)
		t->problems = file->problems;
	if (file->run &&
	    merger_add(t->merger, file->run, file->path, &t->problems)) {
		ahead_release(file);
		return true;
	}
	t->spoiled = file->a;
	file->a = NULL;
	return false;
}

static bool add_all(struct job *t)
{
	size_t n = t->files.n;

	ahead_start(&t->ahead[0], t->files.item[0]);
	for (size_t i = 0; i < n; i++) {
		ahead_join(&t->ahead[i % 2]);
		if (i + 1 < n)
			ahead_start(&t->ahead[(i + 1) % 2],
				    t->files.item[i + 1]);
		if (!add_file(t, &t->ahead[i % 2]))
			return false;
	}
	return true;
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
	if (!add_all(t))
		return errs_exit_code(&t->problems);
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
	ahead_release(&t->ahead[0]);
	ahead_release(&t->ahead[1]);
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
