/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "probe/run/journey_inside.h"
#include "probe/steps/executor.h"

static void count(struct journey *jo, const struct step_repeat *repeat,
		  struct frame *fr)
{
	char number[24];

	fr->round = fr->turn;
	int len = snprintf(number, sizeof(number), "%llu",
			   (unsigned long long)fr->turn);
	if (repeat->has_slot)
		slots_set(&jo->slots, repeat->slot, number, (size_t)len);
}

void rounds_start(struct journey *jo, const struct step *st)
{
	const struct step_repeat *repeat = st->spec;

	if (repeat->times == 0)
		return;
	struct frame *fr = journey_enter(jo, st, &repeat->steps);
	if (fr)
		count(jo, repeat, fr);
}

void rounds_at_end(struct journey *jo, struct frame *fr)
{
	const struct step_repeat *repeat = fr->step->spec;

	if (jo->failed || fr->turn >= repeat->times) {
		journey_leave(jo);
		return;
	}
	fr->turn++;
	fr->next = 0;
	count(jo, repeat, fr);
	if (repeat->every_ns > 0)
		journey_pause(jo, repeat->every_ns);
}
