/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "report/gate/parts.h"
#include "report/hist/hist.h"
#include "scenarios/base/units.h"
#include "scenarios/loads/loads.h"

enum {
	SLOT_P99S = 10,	   /* a slot is so many p99 long */
	SEEN_BEYOND = 5,   /* samples above a quantile that tell its slope */
	RATES_OF_GROUP = 2 /* gated beside quantiles: errors, slow */
};

/* Slots are of whole ones. */
#define SLOT_STEP_NS UINT64_C(10000000)
#define NS_PER_S     1e9

static const struct gate_quantile usual_quantiles[] = {
	{ 0.5, true },
	{ 0.95, false },
	{ 0.99, true },
};

static double share(uint64_t ppb)
{
	return (double)ppb / (double)UNIT_PPB_WHOLE;
}

void gate_settings_default(struct gate_settings *s)
{
	*s = (struct gate_settings){
		.alpha = 0.01,
		.min_effect = share(LOAD_GATE_MIN_EFFECT_PPB),
		.equivalence = share(LOAD_GATE_EQUIVALENCE_PPB),
		.min_rate = 0.001,
		.min_ratio = 1.2,
		.slow_factor = 5,
		.assumed_tau = 0.01,
		.least_tau = 0.005,
		.n_quantiles = sizeof usual_quantiles / sizeof *usual_quantiles,
		.quantiles = usual_quantiles,
	};
}

static uint64_t or_usual(uint64_t asked, uint64_t usual)
{
	return asked ? asked : usual;
}

static uint64_t slot_of(const struct gate_wish *wish)
{
	uint64_t most = GATE_SLOT_MAX_NS / SLOT_P99S, slot;

	if (wish->slot_ns)
		return wish->slot_ns;
	slot = (wish->p99_ns < most ? wish->p99_ns : most) * SLOT_P99S;
	slot = (slot + SLOT_STEP_NS - 1) / SLOT_STEP_NS * SLOT_STEP_NS;
	return slot < GATE_SLOT_NS ? GATE_SLOT_NS : slot;
}

static double rate_of(const struct gate_wish *wish, uint64_t warm_up_ns)
{
	if (wish->rate_per_s > 0)
		return wish->rate_per_s;
	if (wish->seen_per_s > 0)
		return wish->seen_per_s;
	return wish->seen && warm_up_ns > 0
		       ? (double)hist_count(wish->seen) * NS_PER_S /
				 (double)warm_up_ns
		       : 0;
}

/* Cells that have enough requests for q on each side. */
static double cells_for(double q, double rate, uint64_t total_ns)
{
	double of_side = rate * (double)total_ns / NS_PER_S / 2;
	double of_half =
		fmax(GATE_BEYOND_PLANNED / (1 - q), GATE_ANSWERS_PLANNED);

	/* 0.01 is a little more than that */
	return floor(of_side / of_half * (1 + 1e-9));
}

/* The highest gated quantile that GATE_CELLS_MIN cells can bear, or the lowest
 * one; 0 when none is gated. */
static double bearable(const struct gate_settings *s, double rate,
		       uint64_t total_ns)
{
	double q = 0;

	for (size_t i = s->n_quantiles; i-- > 0;) {
		if (!s->quantiles[i].is_gated)
			continue;
		q = s->quantiles[i].q;
		if (cells_for(q, rate, total_ns) >= GATE_CELLS_MIN)
			break;
	}
	return q;
}

/* So many cells of that length fit evenly into the launches. */
static uint64_t fit(const struct gate_design *d, uint64_t cell_ns)
{
	uint64_t n = d->total_ns / cell_ns;

	return n - n % d->launches;
}

/* A cell is of whole pairs of slots, and as many lie in each launch.  One that
 * is a little longer may leave less of the time over. */
static void lay_out(struct gate_design *d, double cells)
{
	uint64_t pair = 2 * d->slot_ns, n, least, best = 0;

	if (!(cells >= 1))
		cells = 1;
	n = cells < GATE_CELLS_MAX ? (uint64_t)cells : GATE_CELLS_MAX;
	least = (d->total_ns / n + pair - 1) / pair;
	n = d->total_ns / (least * pair);
	if (n == 0)
		n = 1;
	if (d->launches > n)
		d->launches = n;
	/* rather fewer of them than too few cells for any verdict */
	while (n >= GATE_CELLS_MIN && fit(d, least * pair) < GATE_CELLS_MIN)
		d->launches--;
	for (uint64_t m = least; m <= least + least / 2; m++) {
		n = fit(d, m * pair);
		if (n * m * pair <= best || (best > 0 && n < GATE_CELLS_MIN))
			continue;
		best = n * m * pair;
		d->cells = n;
		d->cell_ns = m * pair;
	}
	if (best == 0) {
		d->cells = 1;
		d->cell_ns = least * pair;
	}
	d->launch_ns = d->cells / d->launches * d->cell_ns;
	d->total_ns = d->cells * d->cell_ns;
}

/* How steep the quantile is there, d ln Q / dq; 0: not known. */
static double slope_of(const struct hist *seen, double q)
{
	double step = (1 - q) / 2, low, high;

	if (!seen || (double)hist_count(seen) * step < SEEN_BEYOND)
		return 0;
	low = (double)hist_quantile(seen, q - step);
	high = (double)hist_quantile(seen, q + step);
	return low > 0 ? log(high / low) / (2 * step) : 0;
}

/* Whether a group with that rate has enough for q in the cells of the plan, as
 * far as judging asks for it. */
static bool can_decide(const struct gate_design *d, double rate, double q)
{
	double of_half = rate * (double)d->cell_ns / NS_PER_S / 2;
	double cells = (double)d->cells;

	return of_half >= gate_answers_least(q) &&
	       gate_are_enough(of_half * cells, q, cells);
}

/* Those that will be judged together: all that are gated, of all groups, and
 * have enough. */
static size_t family_of(const struct gate_settings *s,
			const struct gate_wish *wish,
			const struct gate_design *d, double rate)
{
	size_t n_groups = wish->n_groups ? wish->n_groups : 1, family = 0;

	for (size_t g = 0; g < n_groups; g++) {
		double own = rate * (wish->shares ? wish->shares[g] : 1);

		if (!(own > 0))
			continue;
		family += RATES_OF_GROUP;
		if (!(d->rate_per_s > 0))
			family += own * (double)d->cell_ns / NS_PER_S / 2 >=
				  GATE_ANSWERS_MIN;
		for (size_t i = 0; i < s->n_quantiles; i++)
			family += s->quantiles[i].is_gated &&
				  can_decide(d, own, s->quantiles[i].q);
	}
	return family;
}

/* As family.c tells it of a metric, with the variance of a ratio of quantiles of
 * independent requests, and that of launches. */
static double could_detect(const struct gate_settings *s,
			   const struct gate_wish *wish,
			   const struct gate_design *d, double q, double rate)
{
	double slope = slope_of(wish->seen, q);
	double n = rate * (double)d->total_ns / NS_PER_S / 2;
	const struct change_prior prior = { wish->tau, s->least_tau,
					    GATE_LAUNCHES_MIN };

	if (!(q > 0) || !(slope > 0) || !(n > 0) || d->cells < GATE_CELLS_MIN ||
	    !can_decide(d, rate, q))
		return 0;
	const struct change c =
		change_expected(2 * q * (1 - q) * slope * slope / n,
				(size_t)d->cells, (size_t)d->launches, &prior);
	return 100 *
	       expm1(gate_reach(gate_alpha(s, d) /
					(double)family_of(s, wish, d, rate),
				c.df) *
		     c.se);
}

/* Each quarter, but not before launches tell well how much they differ. */
bool gate_looks_after(const struct gate_design *d, uint64_t launches)
{
	if (!d->is_fail_fast || launches >= d->launches)
		return false;
	for (uint64_t i = 1; i <= GATE_LOOKS; i++) {
		uint64_t at = (i * d->launches + GATE_LOOKS) / (GATE_LOOKS + 1);

		if (launches == (at < GATE_LOOK_MIN ? GATE_LOOK_MIN : at))
			return true;
	}
	return false;
}

void gate_plan(const struct gate_settings *s, const struct gate_wish *wish,
	       struct gate_design *out)
{
	struct gate_design d = {
		.total_ns = or_usual(wish->total_ns, GATE_TOTAL_NS),
		.can_launch = wish->can_launch,
		.launches = 1,
		.launch_ns = or_usual(wish->launch_ns, GATE_LAUNCH_NS),
		.warm_up_ns = or_usual(wish->warm_up_ns, GATE_WARM_UP_NS),
		.slot_ns = slot_of(wish),
		.rate_per_s = wish->rate_per_s,
		.seed = "",
	};
	double rate = rate_of(wish, d.warm_up_ns);
	double q = bearable(s, rate, d.total_ns);

	if (wish->can_launch && d.total_ns > d.launch_ns)
		d.launches = d.total_ns / d.launch_ns;
	lay_out(&d, cells_for(q, rate, d.total_ns));
	/* where nobody looks, nothing is paid for it */
	d.is_fail_fast = wish->is_fail_fast && d.launches > GATE_LOOK_MIN;
	d.could_detect = could_detect(s, wish, &d, q, rate);
	*out = d;
}
