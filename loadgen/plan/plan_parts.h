/* SPDX-License-Identifier: MIT */
#ifndef LOADGEN_PLAN_PARTS_H
#define LOADGEN_PLAN_PARTS_H

/*
 * plan_parts - what the files of loadgen/plan share; nobody else includes it.
 */

#include "loadgen/plan/plan.h"

/* What has no end ends after 31 years, so that no sum overflows. */
#define PLAN_FOREVER_NS UINT64_C(1000000000000000000)

/* Stage i, which begins at at_ns, cut at the end of the plan; behind the last
 * one its level goes on until then.  False: the plan is over. */
bool plan_stage_get(const struct load_plan *spec, size_t i, uint64_t at_ns,
		    struct plan_stage *out);
long double plan_stage_level(const struct plan_stage *st, uint64_t at_ns);

/* Whether an arrival at that integral is within the stage. */
bool plan_stage_holds(const struct plan_stage *st, long double x);
/* The same arrival in the integral of the next stage. */
long double plan_stage_carry(const struct plan_stage *st, long double x);

/* The first moment that is none of the plan; PLAN_FOREVER_NS without end. */
uint64_t plan_end_ns(const struct load_plan *spec);

static inline bool plan_is_burst(const struct load_plan *spec)
{
	return spec->burst_every_ns && spec->burst_size;
}

#endif
