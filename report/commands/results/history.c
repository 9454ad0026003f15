/* SPDX-License-Identifier: MIT */
#include "report/commands/results/history.h"

#include "report/out.h"
#include "report/trend/trend_read.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/options.h"

#define TEXT_MAX ((size_t)16 << 20)

bool history_tell(const struct run_result *run, const struct args *paths,
		  struct arena *a, struct out *to, struct errs *es)
{
	const struct trend_ask ask = {
		.newest = run,
		.n_paths = paths->n,
		.paths = paths->item,
	};
	struct buf text;

	buf_init(&text, TEXT_MAX);
	bool ok = trend_tell(&ask, a, &text, es);
	if (ok)
		out_buf(to, &text);
	buf_release(&text);
	return ok;
}
