/* SPDX-License-Identifier: MIT */
#include "report/commands/results/results.h"

#include <stdio.h>

#include "report/redact/redact.h"
#include "report/render/render.h"
#include "report/result/result.h"
#include "report/result/stamp.h"
#include "scenarios/base/buf.h"

enum { EXIT_OF_MACHINE = 4 };

#define TERMINAL_MAX ((size_t)256 << 20)

bool results_check(const struct results_tell *t, const struct args *files,
		   size_t n_runs, struct errs *es)
{
	bool ok = true;

	if (t->verbose && t->quiet)
		ok = errs_add(es, ERR_INPUT, NOWHERE,
			      "--verbose and --quiet exclude each other");
	for (size_t i = 0; i < files->n; i++)
		ok = outputs_spare(&t->outputs, files->item[i], "which is read",
				   es) &&
		     ok;
	return outputs_check(&t->outputs, n_runs, es) && ok;
}

static void put_text(const struct results_tell *t, bool is_lost,
		     const struct run_result *const *runs, size_t n,
		     struct out *to, struct errs *es)
{
	const struct render_options opt = {
		.colour = to->colour,
		.utf8 = to->utf8,
		.width = to->width,
		.verbose = t->verbose ? 1
			   : t->quiet ? -1
				      : 0,
		.now_at_ns = stamp_now_ns(),
		.is_lost = is_lost,
	};
	struct buf text;

	buf_init(&text, TERMINAL_MAX);
	if (!render_terminal(runs, n, &opt, &text))
		errs_nomem(es);
	out_raw(to, buf_text(&text), text.len);
	buf_release(&text);
}

bool results_show(const struct results_tell *t,
		  const struct run_result *const *sealed, size_t n,
		  struct errs *es)
{
	struct out to;

	bool is_lost;

	out_init(&to, stdout, NULL, (enum out_colour)t->colour);
	/* files first: the text tells when one was not written */
	is_lost = !outputs_write(&t->outputs, sealed, n, es);
	if (!outputs_take_stdout(&t->outputs))
		put_text(t, is_lost, sealed, n, &to, es);
	return !out_lost(&to, es) && es->n == 0;
}

int results_tell(const struct results_tell *t, struct run_result *run,
		 struct arena *a, struct errs *es)
{
	const struct run_result *const runs[] = { run };

	if (!result_seal(run, NULL, a)) {
		errs_nomem(es);
		return EXIT_OF_MACHINE;
	}
	return results_show(t, runs, 1, es)
		       ? run_verdict_exit_code(run->verdict)
		       : EXIT_OF_MACHINE;
}

void results_problems(const struct errs *es, unsigned colour)
{
	struct out say;

	out_init(&say, stderr, NULL, (enum out_colour)colour);
	out_problems(&say, es, "");
	(void)out_failed(&say);
}
