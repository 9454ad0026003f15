/* SPDX-License-Identifier: MIT */
#include "report/commands/results/report_gate.h"

#include <stdlib.h>

#include "report/commands/results/history.h"
#include "report/commands/results/results.h"
#include "report/gate/asked.h"
#include "report/gate/gate.h"
#include "report/out.h"
#include "report/redact/redact.h"
#include "report/result/gate_result.h"
#include "report/result/result_json.h"
#include "report/result/verdict.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"
#include "scenarios/base/options.h"

enum { EXIT_OF_MACHINE = 4 };

struct settings {
	struct gate_asked asked;
	struct args history;
	struct results_tell tell;
};

static const struct option_spec specs[] = {
	GATE_OPTIONS(struct settings, asked)
		RESULTS_OPTIONS(struct settings, tell){
			"history", 0, OPTION_LIST,
			OPTION_AT(struct settings, history), .arg = "PATH",
			.help = "tell instead how its loads are among stored "
				"results (a file, a folder or a pattern), or "
				"how its checks are in a state file, by the "
				"hour. It blocks no merge: exit code 0" },
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
	if (t->set.history.n && (outputs_any(&t->set.tell.outputs) ||
				 gate_asked_any(&t->set.asked)))
		ok = errs_add(&t->problems, ERR_INPUT, NOWHERE,
			      "--history is told as text, and has no margins: "
			      "it judges nothing");
	return results_check(&t->set.tell, &t->files, 1, &t->problems) && ok;
}

static bool read_gate(struct job *t)
{
	const char *path = t->files.item[0];

	t->tree = arena_new(RESULTS_TREE_MAX);
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

/* Information: no verdict. */
static int tell_history(struct job *t)
{
	struct out to;

	out_init(&to, stdout, NULL, (enum out_colour)t->set.tell.colour);
	if (!history_tell(t->run, &t->set.history, t->tree, &to, &t->problems))
		return errs_exit_code(&t->problems);
	return out_lost(&to, &t->problems) ? EXIT_OF_MACHINE : 0;
}

static int report(struct job *t, int argc, char **argv)
{
	const struct run_result *runs[1];

	gate_asked_init(&t->set.asked);
	if (!options_parse(specs, &t->set, argc, argv, &t->files,
			   &t->problems) ||
	    !check_usage(t) || !read_gate(t))
		return errs_exit_code(&t->problems);
	if (t->set.history.n)
		return tell_history(t);
	if (!judge(t))
		return errs_exit_code(&t->problems);
	runs[0] = t->run;
	return results_show(&t->set.tell, runs, 1, &t->problems)
		       ? run_verdict_exit_code(gate_run_verdict(t->run->gate))
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
