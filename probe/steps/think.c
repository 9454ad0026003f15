/* SPDX-License-Identifier: MIT */
#include "probe/run/journey_inside.h"
#include "probe/steps/executor.h"
#include "probe/world.h"

void think_start(struct journey *jo, const struct step *st)
{
	const struct step_think *think = st->spec;

	journey_pause(jo, world_between(think->low_ns, think->high_ns));
}
