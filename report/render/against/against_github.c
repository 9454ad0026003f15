/* SPDX-License-Identifier: MIT */
#include "report/render/against/against_say.h"
#include "report/render/facts.h"
#include "report/render/github_parts.h"
#include "report/result/load_result.h"
#include "scenarios/base/buf.h"

/* One line for all metrics: the sentence of the whole says which decided. */
size_t github_against(struct buf *out, const struct run_result *run,
		      const struct github_env *env, enum annotation kind,
		      size_t room)
{
	static const struct spot nowhere = { .file = "" };
	const struct against_result *ag = run->against;
	enum annotation its;
	struct buf msg;

	if (!ag || ag->verdict == AGAINST_NOT_WORSE)
		return 0;
	its = ag->verdict == AGAINST_UNDECIDED ? ANNOTATE_WARNING
					       : ANNOTATE_ERROR;
	if (its != kind)
		return 0;
	if (!out || !room)
		return 1;
	buf_init(&msg, GITHUB_TEXT_MAX);
	say_against(&msg, ag);
	github_command(out, env, kind,
		       run->n_loads ? &run->loads[0].at : &nowhere,
		       "against a stored run", &msg);
	buf_release(&msg);
	return 1;
}
