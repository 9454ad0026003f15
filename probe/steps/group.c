/* SPDX-License-Identifier: MIT */
#include "probe/run/journey_inside.h"
#include "probe/steps/executor.h"
#include "scenarios/base/arena.h"

void group_start(struct journey *jo, const struct step *st)
{
	const struct step_group *group = st->spec;
	struct frame *fr = journey_enter(jo, st, &group->steps);

	if (!fr || !group->title)
		return;
	const char *name = fr->group[0]
				   ? arena_printf(journey_arena(jo), "%s / %s",
						  fr->group, group->title)
				   : group->title;
	if (name)
		fr->group = name;
}
