/* SPDX-License-Identifier: MIT */
#include "loadgen/plan/plan.h"

#include <math.h>

#include "loadgen/plan/plan_parts.h"
#include "scenarios/base/units.h"

/* A rate that was written in decimal is off by less than this part of it once
 * it is a double: 0.1/s for 10 s is 1 arrival, not a little more. */
#define RATE_SLACK 0x1p-50L

/* ---- stages --------------------------------------------------------- */

uint64_t plan_end_ns(const struct load_plan *spec)
{
	bool is_given = spec->for_ns && spec->for_ns < PLAN_FOREVER_NS;

	return is_given ? spec->for_ns : PLAN_FOREVER_NS;
}

long double plan_stage_level(const struct plan_stage *st, uint64_t at_ns)
{
	if (st->from == st->to)
		return st->from;
	return st->from +
	       (st->to - st->from) * ((long double)at_ns / st->ramp_ns);
}

/* Stage i as it was written; behind all stages the last level goes on, if
 * the plan is longer.  NULL: there is none.  *is_held: until the end. */
static const struct load_stage *stage_find(const struct load_plan *spec,
					   size_t i, bool *is_held)
{
	size_t n = spec->n_stages;

	if (!n || i > n || (i == n && !spec->for_ns))
		return NULL;
	*is_held = i == n || (i == n - 1 && !spec->stages[i].for_ns);
	return &spec->stages[i < n ? i : n - 1];
}

bool plan_stage_get(const struct load_plan *spec, size_t i, uint64_t at_ns,
		    struct plan_stage *out)
{
	uint64_t end_ns = plan_end_ns(spec);
	bool is_held;
	const struct load_stage *s = stage_find(spec, i, &is_held);

	if (!s || at_ns >= end_ns)
		return false;
	out->from = is_held || !s->for_ns ? s->to : s->from;
	out->to = s->to;
	out->ramp_ns = is_held ? end_ns - at_ns : s->for_ns;
	out->for_ns =
		out->ramp_ns < end_ns - at_ns ? out->ramp_ns : end_ns - at_ns;
	out->integral = (out->from + plan_stage_level(out, out->for_ns)) *
			out->for_ns / (2.0L * UNIT_NS_PER_S);
	return true;
}

bool plan_stage_holds(const struct plan_stage *st, long double x)
{
	return x + st->integral * RATE_SLACK < st->integral;
}

long double plan_stage_carry(const struct plan_stage *st, long double x)
{
	x -= st->integral;
	return x > st->integral * RATE_SLACK ? x : 0;
}

/* Time that a rate takes to bring x arrivals when it is `rate` at first and
 * grows: the root of a quadratic in the form that subtracts nothing. */
static long double climb_ns(long double rate, long double growth_per_ns,
			    long double x)
{
	x *= UNIT_NS_PER_S;
	return 2 * x / (rate + sqrtl(rate * rate + 2 * growth_per_ns * x));
}

/* When the integral of the stage is x, and the stage holds x. */
static uint64_t stage_time_ns(const struct plan_stage *st, long double x)
{
	long double at;

	if (x <= 0)
		at = 0;
	else if (st->from == st->to)
		at = x * UNIT_NS_PER_S / st->from;
	else if (st->from < st->to)
		at = climb_ns(st->from, (st->to - st->from) / st->ramp_ns, x);
	else /* it climbs when seen from its end */
		at = st->for_ns - climb_ns(plan_stage_level(st, st->for_ns),
					   (st->from - st->to) / st->ramp_ns,
					   st->integral - x);
	int64_t rounded = at > 0 ? (int64_t)(at + 0.5L) : 0;

	/* What rounds to the end is still before it. */
	return (uint64_t)rounded < st->for_ns ? (uint64_t)rounded
					      : st->for_ns - 1;
}

/* ---- the cursor ----------------------------------------------------- */

void plan_init(struct plan *p, const struct load_plan *spec, uint64_t seed)
{
	*p = (struct plan){ .spec = spec };
	random_init(&p->random, seed, 0);
	if (spec->process == PROCESS_POISSON)
		p->x = random_exponential(&p->random);
}

static bool next_of_stages(struct plan *p, uint64_t *at_ns)
{
	long double x = p->x + p->stage_n;

	while (!plan_stage_holds(&p->stage, x)) {
		struct plan_stage next;
		uint64_t begin_ns = p->stage_at_ns + p->stage.for_ns;

		if (!plan_stage_get(p->spec, p->next_stage, begin_ns, &next))
			return false;
		x = plan_stage_carry(&p->stage, x);
		p->next_stage++;
		p->stage_at_ns = begin_ns;
		p->stage = next;
		p->x = x;
		p->stage_n = 0;
	}
	*at_ns = p->stage_at_ns + stage_time_ns(&p->stage, x);
	if (p->spec->process == PROCESS_POISSON)
		p->x += random_exponential(&p->random);
	else
		p->stage_n++;
	return true;
}

static bool next_of_bursts(struct plan *p, uint64_t *at_ns)
{
	uint64_t i = p->n / p->spec->burst_size;

	if (i > PLAN_FOREVER_NS / p->spec->burst_every_ns)
		return false;
	*at_ns = i * p->spec->burst_every_ns;
	return *at_ns < plan_end_ns(p->spec);
}

static bool next_of_file(struct plan *p, uint64_t *at_ns)
{
	if (p->n >= p->spec->n_replay)
		return false;
	*at_ns = p->spec->replay_ns[p->n];
	return *at_ns < plan_end_ns(p->spec);
}

bool plan_next(struct plan *p, uint64_t *at_ns)
{
	const struct load_plan *spec = p->spec;
	uint64_t at;
	bool is_there;

	if (spec->model != LOAD_OPEN ||
	    (spec->iterations && p->n >= spec->iterations))
		return false;
	if (spec->replay_ns)
		is_there = next_of_file(p, &at);
	else if (plan_is_burst(spec))
		is_there = next_of_bursts(p, &at);
	else
		is_there = next_of_stages(p, &at);
	if (!is_there)
		return false;
	if (at > p->at_ns)
		p->at_ns = at;
	*at_ns = p->at_ns;
	p->n++;
	return true;
}
