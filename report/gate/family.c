/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "report/gate/dist.h"
#include "report/gate/parts.h"

/* ---- one metric alone ------------------------------------------------------ */

static void weigh_change(struct trial *t, const struct gate_settings *s)
{
	double e = t->change.estimate, least = log1p(s->min_effect);
	double reach = t->change.se > 0 ? e / t->change.se
		       : e == 0		? 0
					: copysign(HUGE_VAL, e);

	t->p[SIDE_WORSE] = dist_t_above(reach, t->change.df);
	t->p[SIDE_BETTER] = dist_t_above(-reach, t->change.df);
	t->counts[SIDE_WORSE] = e >= least;
	t->counts[SIDE_BETTER] = e <= -least;
}

static void weigh_rates(struct trial *t, const struct gate_settings *s)
{
	const struct rates *r = &t->rates;

	t->p[SIDE_WORSE] = rates_p_above(r);
	t->p[SIDE_BETTER] = rates_p_below(r);
	t->counts[SIDE_WORSE] =
		r->b - r->a >= s->min_rate && r->b >= s->min_ratio * r->a;
	t->counts[SIDE_BETTER] =
		r->a - r->b >= s->min_rate && r->a >= s->min_ratio * r->b;
}

/* ---- all together ---------------------------------------------------------- */

static bool is_open(const struct trial *t, enum side side)
{
	return t->is_enough && t->metric->is_gated && !t->is_decided[side];
}

static size_t count_open(const struct trial *trials, size_t n, enum side side)
{
	size_t open = 0;

	for (size_t i = 0; i < n; i++)
		open += is_open(&trials[i], side);
	return open;
}

static bool decide(struct trial *t, enum side side, double level)
{
	t->level[side] = level;
	t->is_decided[side] = t->counts[side] && t->p[side] <= level;
	return t->is_decided[side];
}

/* Holm: whoever is seen at its share of alpha leaves the others a larger
 * one. */
static void step_down(struct trial *trials, size_t n, enum side side,
		      double alpha)
{
	bool again = true;

	while (again) {
		size_t open = count_open(trials, n, side);

		again = false;
		for (size_t i = 0; i < n; i++)
			if (is_open(&trials[i], side))
				again |= decide(&trials[i], side,
						alpha / (double)open);
	}
}

/* ---- what is said of it ---------------------------------------------------- */

static double percent(double log_ratio)
{
	return 100 * expm1(log_ratio);
}

/* An undecided one was looked at on both sides; the wider share is that after
 * the others had gone. */
static double level_of(const struct trial *t)
{
	if (t->is_decided[SIDE_WORSE])
		return t->level[SIDE_WORSE];
	if (t->is_decided[SIDE_BETTER])
		return t->level[SIDE_BETTER];
	return fmax(t->level[SIDE_WORSE], t->level[SIDE_BETTER]);
}

static bool change_is_none(const struct trial *t, const struct gate_settings *s)
{
	const struct change *c = &t->change;
	double reach = dist_t_quantile(1 - GATE_EQUAL_LEVEL, c->df) * c->se;
	double most = log1p(s->equivalence);

	return -most < c->estimate - reach && c->estimate + reach < most;
}

double gate_reach(double level, double df)
{
	return dist_t_quantile(1 - level, df) + dist_t_quantile(GATE_POWER, df);
}

static void tell_change(const struct trial *t, double first_level)
{
	const struct change *c = &t->change;
	struct gate_metric *m = t->metric;
	double level = level_of(t);
	double e = t->harm * c->estimate;
	double reach = dist_t_quantile(1 - level, c->df) * c->se;
	double reach90 = dist_t_quantile(1 - GATE_EQUAL_LEVEL, c->df) * c->se;

	m->level = 1 - 2 * level;
	m->log_estimate = e;
	m->estimate = percent(e);
	m->low = percent(e - reach);
	m->high = percent(e + reach);
	m->low90 = percent(e - reach90);
	m->high90 = percent(e + reach90);
	m->could_detect = percent(gate_reach(first_level, c->df) * c->se);
	m->se = c->se;
	m->df = c->df;
	m->within_se = c->within_se;
	m->launch_sd = percent(c->tau);
	m->launch_is_measured = c->is_measured;
}

/* What would have to be more to count, both ways. */
static double rate_margin(const struct rates *r, const struct gate_settings *s)
{
	return GATE_RATE_EQUIVALENCE *
	       fmax(s->min_rate, (s->min_ratio - 1) * fmin(r->a, r->b));
}

/* Slow requests come in heaps when the machine stands still, and one heap more
 * on a side says nothing of a build: of them the typical cell may say so, too.
 * A heap of errors is not looked over. */
static bool rates_are_equal(const struct trial *t,
			    const struct gate_settings *s)
{
	const struct rates *r = &t->rates;
	double most = rate_margin(r, s);
	struct rate_bounds b = rates_bounds(r, GATE_EQUAL_LEVEL);

	if (-most < b.low && b.high < most)
		return true;
	return t->metric->kind == GATE_SLOW && -most < r->typical.low &&
	       r->typical.high < most;
}

static void tell_rates(const struct trial *t, double first_level)
{
	const struct rates *r = &t->rates;
	struct gate_metric *m = t->metric;
	double level = level_of(t), d = r->b - r->a;
	struct rate_bounds b = rates_bounds(r, level / 2);
	struct rate_bounds b90 = rates_bounds(r, GATE_EQUAL_LEVEL);
	struct rate_bounds first = rates_bounds(r, first_level / 2);
	double up = fmax(first.high - d, d - first.low);
	double power = fmax(b90.high - d, d - b90.low);

	m->level = 1 - level;
	m->estimate = 100 * d;
	m->low = 100 * b.low;
	m->high = 100 * b.high;
	m->low90 = 100 * b90.low;
	m->high90 = 100 * b90.high;
	m->could_detect = 100 * fmin(1, up + power);
	m->p = r->rank.p_above;
	m->design_effect = r->design_effect;
}

static enum gate_verdict verdict_of(const struct trial *t,
				    const struct gate_settings *s)
{
	if (t->is_decided[SIDE_WORSE])
		return GATE_REGRESSION;
	if (t->is_decided[SIDE_BETTER])
		return GATE_IMPROVEMENT;
	return (t->is_rate ? rates_are_equal : change_is_none)(t, s)
		       ? GATE_NO_CHANGE
		       : GATE_INCONCLUSIVE;
}

/* Nothing is known of it: the interval says so. */
static void tell_nothing(struct trial *t, double first_level)
{
	struct gate_metric *m = t->metric;

	m->verdict = GATE_INCONCLUSIVE;
	m->level = 1 - 2 * first_level;
	m->low = m->low90 = -100;
	m->high = m->high90 = t->is_rate ? 100 : HUGE_VAL;
	m->could_detect = t->is_rate ? 100 : HUGE_VAL;
}

void family_judge(struct trial *trials, size_t n, const struct gate_settings *s)
{
	size_t family = count_open(trials, n, SIDE_WORSE);
	double first_level = s->alpha / (double)(family ? family : 1);

	for (size_t i = 0; i < n; i++)
		if (trials[i].is_enough)
			(trials[i].is_rate ? weigh_rates
					   : weigh_change)(&trials[i], s);
	step_down(trials, n, SIDE_WORSE, s->alpha);
	step_down(trials, n, SIDE_BETTER, s->alpha);
	for (size_t i = 0; i < n; i++) {
		struct trial *t = &trials[i];

		if (!t->is_enough) {
			tell_nothing(t, first_level);
			continue;
		}
		/* what is only told takes nothing from the others */
		if (!t->metric->is_gated) {
			decide(t, SIDE_WORSE, first_level);
			decide(t, SIDE_BETTER, first_level);
		}
		t->metric->verdict = verdict_of(t, s);
		(t->is_rate ? tell_rates : tell_change)(t, first_level);
	}
}
