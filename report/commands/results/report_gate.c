/* SPDX-License-Identifier: MIT */
#include "report/commands/results/report_gate.h"

#include <stdio.h>
#include <stdlib.h>

#include "report/commands/results/history.h"
#include "report/gate/asked.h"
#include "report/gate/gate.h"
#include "report/out.h"
#include "report/redact/redact.h"
#include "report/render/outputs.h"
#include "report/render/render.h"
#include "report/result/gate_result.h"
#include "report/result/result_json.h"
#include "report/result/verdict.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/options.h"

enum { EXIT_OF_MACHINE = 4 };

#define TREE_MAX ((size_t)1 << 30) /* bytes of the result that is read */
#define TEXT_MAX ((size_t)64 << 20)

struct settings {
	struct gate_asked asked;
	struct args history;
	struct outputs outputs;
	unsigned colour; /* enum out_colour */
	bool verbose;
	bool quiet;
};

static const struct option_spec specs[] = {
	GATE_OPTIONS(struct settings, asked) OUTPUTS_OPTIONS(struct settings,
							     outputs){
		"color", 0, OPTION_CHOICE, OPTION_AT(struct settings, colour),
		.arg = "WHEN", .preset = "auto", .choices = out_colours,
		.help = "when to use colour" },
	{ "history", 0, OPTION_LIST, OPTION_AT(struct settings, history),
	  .arg = "PATH",
	  .help = "tell instead how its loads are among stored results (a "
		  "file, a folder or a pattern), or how its checks are in a "
		  "state file, by the hour. It blocks no merge: exit code 0" },
	{ "verbose", 'v', OPTION_FLAG, OPTION_AT(struct settings, verbose),
	  .help = "tell everything, of each launch as well" },
	{ "quiet", 'q', OPTION_FLAG, OPTION_AT(struct settings, quiet),
	  .help = "tell only of what is not well; nothing when all is" },
	{ 0 },
};

struct job {
	struct settings set;
	struct args files;
	struct arena *tree;
	struct run_result *run;
	struct errs problems;
};

static bool check_usage(struct job *t)
{
	bool ok = true;

	if (t->files.n != 1)
		ok = errs_add(&t->problems, ERR_INPUT, NOWHERE,
			      "name one result file, or - for standard input; "
			      "got %zu",
			      t->files.n);
	if (t->set.verbose && t->set.quiet)
		ok = errs_add(&t->problems, ERR_INPUT, NOWHERE,
			      "--verbose and --quiet exclude each other");
	for (size_t i = 0; i < t->files.n; i++)
		ok = outputs_spare(&t->set.outputs, t->files.item[i],
				   "which is read", &t->problems) &&
		     ok;
	if (t->set.history.n &&
	    (outputs_any(&t->set.outputs) || gate_asked_any(&t->set.asked)))
		ok = errs_add(&t->problems, ERR_INPUT, NOWHERE,
			      "--history is told as text, and has no margins: "
			      "it judges nothing");
	return outputs_check(&t->set.outputs, 1, &t->problems) && ok;
}

static bool read_gate(struct job *t)
{
	const char *path = t->files.item[0];

	t->tree = arena_new(TREE_MAX);
	if (!t->tree)
		return errs_nomem(&t->problems);
	if (!result_read_file(path, t->tree, &t->run, &t->problems))
		return false;
	if (!t->run->gate && !t->set.history.n)
		return errs_add(&t->problems, ERR_INPUT, NOWHERE,
				"\"%s\" holds no gate: compare two builds "
				"with assay loadgen SCENARIO --baseline ... "
				"--candidate ... --json FILE, and name that "
				"FILE",
				path);
	return result_seal(t->run, NULL, t->tree) || errs_nomem(&t->problems);
}

/* What was read is judged already, with what it was measured with. */
static bool judge(struct job *t)
{
	struct gate_result *gate = t->run->gate;

	if (!gate_asked_any(&t->set.asked))
		return true;
	if (!gate_asked_apply(&t->set.asked, &gate->settings, t->tree,
			      &t->problems) ||
	    !gate_judge(gate, t->tree, &t->problems))
		return false;
	result_judge(t->run);
	return true;
}

static void show(struct job *t, struct out *to)
{
	const struct run_result *const runs[] = { t->run };
	const struct render_options opt = {
		.colour = to->colour,
		.utf8 = to->utf8,
		.width = to->width,
		.verbose = t->set.verbose ? 1
			   : t->set.quiet ? -1
					  : 0,
	};
	struct buf text;

	buf_init(&text, TEXT_MAX);
	if (!render_terminal(runs, 1, &opt, &text))
		errs_nomem(&t->problems);
	out_raw(to, buf_text(&text), text.len);
	buf_release(&text);
}

/* Information: no verdict. */
static int tell_history(struct job *t, struct out *to)
{
	if (!history_tell(t->run, &t->set.history, t->tree, to, &t->problems))
		return errs_exit_code(&t->problems);
	return out_lost(to, &t->problems) ? EXIT_OF_MACHINE : 0;
}

static int report(struct job *t, int argc, char **argv)
{
	const struct run_result *runs[1];
	struct out to;

	gate_asked_init(&t->set.asked);
	if (!options_parse(specs, &t->set, argc, argv, &t->files,
			   &t->problems) ||
	    !check_usage(t) || !read_gate(t))
		return errs_exit_code(&t->problems);
	out_init(&to, stdout, NULL, (enum out_colour)t->set.colour);
	if (t->set.history.n)
		return tell_history(t, &to);
	if (!judge(t))
		return errs_exit_code(&t->problems);
	runs[0] = t->run;
	if (!outputs_take_stdout(&t->set.outputs))
		show(t, &to);
	outputs_write(&t->set.outputs, runs, 1, &t->problems);
	if (out_lost(&to, &t->problems) || t->problems.n)
		return EXIT_OF_MACHINE;
	return run_verdict_exit_code(gate_run_verdict(t->run->gate));
}

static int run(int argc, char **argv)
{
	struct job *t = calloc(1, sizeof(*t));
	struct out say;
	int code;

	if (!t)
		return EXIT_OF_MACHINE;
	code = report(t, argc, argv);
	out_init(&say, stderr, NULL, (enum out_colour)t->set.colour);
	out_problems(&say, &t->problems, "");
	(void)out_failed(&say);
	args_release(&t->files);
	options_release(specs, &t->set);
	arena_free(t->tree);
	free(t);
	return code;
}

static const char *const examples[] = {
	"assay report gate result.json",
	"assay report gate result.json --min-effect 8% --equivalence 15%",
	"assay report gate result.json --quantiles p50,p95 --strict --junit "
	"gate.xml",
	"assay report gate result.json --history results/",
	NULL,
};

const struct command cmd_report_gate = {
	.name = "report gate",
	.operands = "RESULT.json",
	.summary = "judge a comparison of two builds again, with other margins",
	.options = specs,
	.details =
		"Reads a result that assay loadgen --baseline --candidate "
		"wrote "
		"with --json (- is standard input) and judges its cells again: "
		"to the byte as it was, or with the margins that are given. "
		"Margins that were chosen after the numbers were seen prove "
		"less than those of before. The exit code is that of the gate: "
		"0 no regression, also when it cannot be told; 1 regression; 3 "
		"it cannot be told, with --strict; 4 the measurement failed. "
		"With --history the result needs no gate: what its loads are "
		"among those stored is told, and not judged.",
	.examples = examples,
	.run = run,
};
