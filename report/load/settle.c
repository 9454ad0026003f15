/* SPDX-License-Identifier: MIT */
#include "report/load/settle.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "scenarios/base/units.h"

/* A change that hardly shrinks from block to block is taken to go on for so
 * many times its last step. */
#define TREND_SHRINK_MAX 0.95
/* Deviations of a Poisson process that are still noise. */
#define NOISE_DEVIATIONS 2.5
enum {
	BLOCKS = 3,
	BLOCKS_OF_LONGEST = 5, /* the longest time has so many of them */
};

/* ---- blocks --------------------------------------------------------- */

static double rate_of(const struct settle_second *s)
{
	return s->rate_per_s;
}

static double p50_of(const struct settle_second *s)
{
	return (double)s->p50_ns;
}

static double p99_of(const struct settle_second *s)
{
	return (double)s->p99_ns;
}

static int by_size(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

/* The median of block 0 (the oldest) to 2. */
static double block_of(const struct settle *t, unsigned block,
		       double (*of)(const struct settle_second *s))
{
	unsigned size = BLOCKS * t->block_s;
	double value[SETTLE_BLOCK_MAX];

	for (unsigned i = 0; i < t->block_s; i++)
		value[i] = of(&t->last[(t->n + block * t->block_s + i) % size]);
	qsort(value, t->block_s, sizeof *value, by_size);
	return (value[t->block_s / 2] + value[(t->block_s - 1) / 2]) / 2;
}

/* How far it may still go, as a share of what it is now. */
static double drift_of(const struct settle *t,
		       double (*of)(const struct settle_second *s))
{
	double a = block_of(t, 0, of), b = block_of(t, 1, of);
	double c = block_of(t, 2, of);
	double before = b - a, now = c - b, left = fabs(now), shrink;

	if (!(c > 0))
		return INFINITY; /* there was nothing to see */
	if (before * now > 0) {
		shrink = fmin(now / before, TREND_SHRINK_MAX);
		left = fmax(left, left * shrink / (1 - shrink));
	}
	return left / c;
}

static double rate_tolerance(const struct settle *t)
{
	double count = block_of(t, 2, rate_of) * t->block_s;

	return fmax(SETTLE_RATE_TOLERANCE,
		    count > 0 ? NOISE_DEVIATIONS * sqrt(2 / count) : 0);
}

/* ---- the verdict ---------------------------------------------------- */

static enum settle_state give_up(struct settle *t)
{
	if (t->n < BLOCKS * t->block_s) {
		snprintf(t->why, sizeof t->why,
			 "a plan of that length leaves %u s for it, and %u s "
			 "is the least that can be compared",
			 t->longest_s, BLOCKS * t->block_s);
	} else {
		snprintf(t->why, sizeof t->why,
			 "after %u s the rate could still change by %.0f %% "
			 "and p50 by %.0f %%",
			 t->n, fmin(drift_of(t, rate_of) * 100, 999),
			 fmin(drift_of(t, p50_of) * 100, 999));
	}
	return SETTLE_GIVEN_UP;
}

void settle_init(struct settle *t, uint64_t plan_ns)
{
	uint64_t longest = SETTLE_LONGEST_S;
	uint64_t share = plan_ns / UNIT_NS_PER_S / SETTLE_SHARE;

	if (plan_ns > 0 && share < longest)
		longest = share;
	*t = (struct settle){ .longest_s = (unsigned)longest };
	t->block_s = t->longest_s / BLOCKS_OF_LONGEST;
	if (t->block_s > SETTLE_BLOCK_MAX)
		t->block_s = SETTLE_BLOCK_MAX;
	if (t->block_s == 0)
		t->block_s = 1;
	if (t->longest_s < BLOCKS * t->block_s)
		t->state = give_up(t);
}

static bool has_settled(struct settle *t)
{
	double rate = drift_of(t, rate_of), p50 = drift_of(t, p50_of);
	double p99 = drift_of(t, p99_of), most = rate_tolerance(t);

	if (!(rate <= most) || !(p50 <= SETTLE_P50_TOLERANCE) ||
	    !(p99 <= SETTLE_P99_TOLERANCE))
		return false;
	snprintf(t->why, sizeof t->why,
		 "rate within %.0f %% and p50 within %.0f %% for %u s",
		 most * 100, SETTLE_P50_TOLERANCE * 100, 2 * t->block_s);
	return true;
}

enum settle_state settle_add(struct settle *t, const struct settle_second *s)
{
	if (t->state != SETTLE_GOING)
		return t->state;
	t->last[t->n++ % (BLOCKS * t->block_s)] = *s;
	if (t->n >= BLOCKS * t->block_s && has_settled(t))
		t->state = SETTLE_FOUND;
	else if (t->n >= t->longest_s)
		t->state = give_up(t);
	return t->state;
}
