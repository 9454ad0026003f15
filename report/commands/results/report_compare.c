/* SPDX-License-Identifier: MIT */
#include "report/commands/results/report_compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/commands/results/results.h"
#include "report/file.h"
#include "report/merge/compare/compare.h"
#include "report/redact/redact.h"
#include "report/render/outputs.h"
#include "report/result/load_result.h"
#include "report/result/result.h"
#include "report/result/result_json.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"

enum { EXIT_OF_MACHINE = 4 };

#define COMPARED_MAX ((size_t)64 << 20) /* bytes of one form */

struct settings {
	const char *markdown, *csv;
};

static const struct option_spec specs[] = {
	{ .help = "output (FILE may be - for standard output)" },
	{ "markdown", 0, OPTION_TEXT, OPTION_AT(struct settings, markdown),
	  .arg = "FILE", .help = "write Markdown" },
	{ "csv", 0, OPTION_TEXT, OPTION_AT(struct settings, csv), .arg = "FILE",
	  .help = "write each number as a line of CSV" },
	{ 0 },
};

struct job {
	struct settings set;
	struct args files;
	struct arena *a;
	const struct run_result *run[COMPARE_MAX];
	size_t n;
	struct errs problems;
};

static bool check_outputs(struct job *t)
{
	const struct settings *set = &t->set;
	const char *const path[] = { set->markdown, set->csv };
	bool ok = true;

	if (set->markdown && set->csv && !strcmp(set->markdown, set->csv))
		ok = errs_add(&t->problems, ERR_INPUT, NOWHERE,
			      "--markdown and --csv would both write to "
			      "\"%s\"",
			      set->csv);
	for (size_t i = 0; i < sizeof path / sizeof path[0]; i++) {
		for (size_t k = 0; path[i] && k < t->files.n; k++) {
			if (strcmp(path[i], "-") == 0 ||
			    !outputs_same(path[i], t->files.item[k]))
				continue;
			ok = errs_add(&t->problems, ERR_INPUT, NOWHERE,
				      "\"%s\" is read, and would be written "
				      "over",
				      path[i]);
		}
	}
	return ok;
}

static bool check_usage(struct job *t)
{
	bool ok = true;

	if (t->files.n < 2 || t->files.n > COMPARE_MAX)
		ok = errs_add(&t->problems, ERR_INPUT, NOWHERE,
			      "name 2 to %d result files to compare, got "
			      "%zu",
			      COMPARE_MAX, t->files.n);
	return check_outputs(t) && ok;
}

static bool has_loads(struct job *t, const struct run_result *run,
		      const char *path)
{
	size_t n = 0;

	if (run->n_loads == 0)
		return errs_add(&t->problems, ERR_INPUT, NOWHERE,
				"%s: it has no load: there is nothing to "
				"compare",
				path);
	for (size_t i = 0; i < run->n_loads; i++)
		n += run->loads[i].n_steps;
	if (n <= COMPARE_STEPS_MAX && run->n_loads <= COMPARE_STEPS_MAX)
		return true;
	return errs_add(&t->problems, ERR_INPUT, NOWHERE,
			"%s: it has %zu loads with %zu steps, at most %d are "
			"compared",
			path, run->n_loads, n, COMPARE_STEPS_MAX);
}

static bool read_all(struct job *t)
{
	bool ok = true;

	for (size_t i = 0; i < t->files.n; i++) {
		const char *path = t->files.item[i];
		struct run_result *run;

		if (!result_read_file(path, t->a, &run, &t->problems) ||
		    !has_loads(t, run, path))
			ok = false;
		else if (!result_seal(run, NULL, t->a))
			ok = errs_nomem(&t->problems);
		else
			t->run[t->n++] = run;
	}
	return ok;
}

static bool write_file(struct job *t, const struct compare *of,
		       const char *path,
		       bool (*say)(const struct compare *t, struct buf *out))
{
	struct buf text;
	bool ok;

	if (!path)
		return true;
	buf_init(&text, COMPARED_MAX);
	ok = say(of, &text) ? file_write(path, buf_text(&text), text.len,
					 FILE_MODE, &t->problems)
			    : errs_nomem(&t->problems);
	buf_release(&text);
	return ok;
}

static bool is_stdout(const char *path)
{
	return path && strcmp(path, "-") == 0;
}

static int tell(struct job *t, const struct compare *of)
{
	struct out to;
	struct buf text;

	out_init(&to, stdout, NULL, OUT_NEVER);
	buf_init(&text, COMPARED_MAX);
	if (!is_stdout(t->set.markdown) && !is_stdout(t->set.csv)) {
		if (!compare_text(of, to.utf8, &text))
			errs_nomem(&t->problems);
		out_raw(&to, buf_text(&text), text.len);
	}
	buf_release(&text);
	(void)write_file(t, of, t->set.markdown, compare_markdown);
	(void)write_file(t, of, t->set.csv, compare_csv);
	if (out_lost(&to, &t->problems) || t->problems.n > 0)
		return EXIT_OF_MACHINE;
	return 0;
}

static int compare(struct job *t, int argc, char **argv)
{
	struct compare of;

	if (!options_parse(specs, &t->set, argc, argv, &t->files,
			   &t->problems) ||
	    !check_usage(t))
		return errs_exit_code(&t->problems);
	t->a = arena_new(RESULTS_TREE_MAX);
	if (!t->a) {
		errs_nomem(&t->problems);
		return EXIT_OF_MACHINE;
	}
	if (!read_all(t))
		return errs_exit_code(&t->problems);
	if (!compare_make(t->run, t->files.item, t->n, t->a, &of)) {
		errs_nomem(&t->problems);
		return EXIT_OF_MACHINE;
	}
	return tell(t, &of);
}

static int run(int argc, char **argv)
{
	struct job *t = calloc(1, sizeof(*t));
	int code;

	if (!t)
		return EXIT_OF_MACHINE;
	code = compare(t, argc, argv);
	results_problems(&t->problems, OUT_AUTO);
	args_release(&t->files);
	options_release(specs, &t->set);
	arena_free(t->a);
	free(t);
	return code;
}

static const char *const examples[] = {
	"assay report compare before.json after.json",
	"assay report compare monday.json tuesday.json --markdown -",
	NULL,
};

const struct command cmd_report_compare = {
	.name = "report compare",
	.operands = "RESULT.json RESULT.json...",
	.summary = "show results of loads side by side, with what differs",
	.options = specs,
	.details =
		"Each load and step with counts, rates, errors and latencies, "
		"their intervals, and by how much they differ from the first "
		"file; and what was not the same: plan, target, machine, "
		"version. It is no verdict, and the exit code is 0: two runs "
		"at "
		"different times differ by more than their intervals say. A "
		"verdict that may block a merge needs both sides in one run "
		"(assay loadgen --baseline --candidate).",
	.examples = examples,
	.run = run,
};
