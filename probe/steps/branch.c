/* SPDX-License-Identifier: MIT */
#include "probe/run/journey_inside.h"
#include "probe/steps/executor.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/match/match.h"
#include "scenarios/template/template.h"

/* Which of the two lists; NULL with a reason in *why. */
static const struct step_list *choose(struct journey *jo,
				      const struct step_if *branch,
				      struct buf *why)
{
	const struct template_world world = journey_values(jo);
	struct buf value, seen, note;
	const struct step_list *list = NULL;

	buf_init(&value, TEMPLATE_OUT_MAX);
	buf_init(&seen, MATCH_SEEN_MAX);
	buf_init(&note, MATCH_SEEN_MAX);
	if (template_eval(branch->value, &world, &value, why)) {
		const struct subject subject = {
			.kind = VALUE_TEXT,
			.text = buf_text(&value),
			.len = value.len,
		};
		bool holds = match_judge(branch->matcher, &subject, &world,
					 &seen, &note);
		list = holds ? &branch->then : &branch->otherwise;
	}
	buf_release(&value);
	buf_release(&seen);
	buf_release(&note);
	return list;
}

void branch_start(struct journey *jo, const struct step *st)
{
	struct buf why;

	buf_init(&why, JUDGE_WHY_MAX);
	const struct step_list *list = choose(jo, st->spec, &why);
	if (list)
		journey_enter(jo, st, list);
	else
		journey_fail_step(jo, st, OUTCOME_VALUE, buf_text(&why));
	buf_release(&why);
}
