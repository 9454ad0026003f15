/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "report/load/limit.h"
#include "report/statistics/wilson.h"
#include "scenarios/base/units.h"
#include "scenarios/loads/loads.h"

#define SCORE_95 1.959964 /* of a normal distribution, both sides */

/* Fewer differences tell nothing of a rate, fewer times nothing of a mean. */
enum { PACE_DIFFERENCES_MIN = 5, MEAN_SAMPLES_MIN = 10 };

bool limit_is_upper(const struct rule *r)
{
	return r->op == RULE_LT || r->op == RULE_LE;
}

bool limit_is_lower(const struct rule *r)
{
	return r->op == RULE_GT || r->op == RULE_GE;
}

/* ---- a share -------------------------------------------------------- */

void limit_wilson(double share, double n, double *low, double *high)
{
	struct share_bounds b = wilson(share, n, SCORE_95);

	*low = b.low;
	*high = b.high;
}

/* ---- a rate, second by second --------------------------------------- */

static void flush(struct limit_pace *p)
{
	size_t at = p->next % LIMIT_PACE_SLOTS;
	double step = p->count[at] - p->before;

	if (!p->was_taken[at])
		p->has_gaps = true;
	/* the first second has no answers to what was sent before it */
	if (p->next >= 2) {
		p->squares += step * step;
		p->n_steps++;
	}
	p->before = p->count[at];
	p->count[at] = 0;
	p->was_taken[at] = false;
	p->next++;
}

void limit_pace_take(struct limit_pace *p, uint64_t second, uint64_t count)
{
	if (second < p->next)
		return;
	while (second >= p->next + LIMIT_PACE_SLOTS)
		flush(p);
	p->count[second % LIMIT_PACE_SLOTS] += (double)count;
	p->was_taken[second % LIMIT_PACE_SLOTS] = true;
	if (second > p->last)
		p->last = second;
}

void limit_pace_close(struct limit_pace *p)
{
	/* the last second may not be a whole one */
	while (p->next < p->last)
		flush(p);
}

static bool bound_rate(const struct limit *l, double seconds,
		       struct limit_look *look)
{
	const struct limit_pace *p = &l->pace;
	double half;

	if (p->has_gaps || p->n_steps < PACE_DIFFERENCES_MIN || !(seconds > 0))
		return false;
	half = SCORE_95 * sqrt(p->squares / (2 * (double)p->n_steps) / seconds);
	look->low = fmax(look->value - half, 0);
	look->high = look->value + half;
	return true;
}

/* ---- any of them ---------------------------------------------------- */

static bool bound_mean(const struct hist *times, struct limit_look *look)
{
	double half;

	if (look->samples < MEAN_SAMPLES_MIN)
		return false;
	half = SCORE_95 * hist_stddev_ns(times) / sqrt((double)look->samples);
	look->low = fmax(look->value - half, 0);
	look->high = look->value + half;
	return true;
}

/* A share of what was planned, told as a rate. */
static bool bound_share_of_plan(const struct limit_count *count, double seconds,
				struct limit_look *look)
{
	double planned = (double)count->planned;

	/* a step that is repeated answers more than was planned */
	if (!(planned > 0) || !(seconds > 0) || count->in_time > count->planned)
		return false;
	limit_wilson((double)count->in_time / planned, planned, &look->low,
		     &look->high);
	look->low *= planned / seconds;
	look->high *= planned / seconds;
	return true;
}

static bool bound(const struct limit *l, const struct limit_count *count,
		  const struct hist *times, double seconds,
		  struct limit_look *look)
{
	const struct rule *r = &l->limit->rule;

	switch (r->function) {
	case RULE_QUANTILE:
		if (look->samples < look->needed || !(look->needed > 0))
			return false;
		look->low = (double)look->low_ns;
		look->high = (double)look->high_ns;
		return true;
	case RULE_MEAN:
		return bound_mean(times, look);
	case RULE_RATIO:
		limit_wilson(look->value, (double)look->samples, &look->low,
			     &look->high);
		return true;
	case RULE_RATE:
		return r->is_of_planned
			       ? bound_share_of_plan(count, seconds, look)
			       : bound_rate(l, seconds, look);
	default:
		return false;
	}
}

/* The end of an interval in the unit of the limit's value. */
static bool holds(const struct rule *r, const struct limit_look *look,
		  double end)
{
	if (r->is_of_planned && look->planned_per_s > 0)
		return rule_holds(r, end / look->planned_per_s);
	return rule_holds(r, end);
}

/* Nothing of what is limited was seen, or all of what is wanted: no sample
 * could look better. */
static bool is_spotless(const struct rule *r, const struct limit_count *count,
			const struct limit_look *look)
{
	if (r->function == RULE_RATIO)
		return limit_is_upper(r) ? count->selected == 0
					 : count->selected == count->all;
	return r->function == RULE_RATE && r->is_of_planned &&
	       limit_is_lower(r) && look->has_bounds &&
	       count->in_time == count->planned;
}

void limit_bound(const struct limit *l, const struct limit_count *count,
		 const struct hist *times, uint64_t elapsed_ns,
		 struct limit_look *look)
{
	const struct rule *r = &l->limit->rule;
	double seconds = (double)elapsed_ns / (double)UNIT_NS_PER_S;

	if (look->state == LIMIT_NONE ||
	    !(limit_is_upper(r) || limit_is_lower(r)))
		return;
	look->has_bounds = bound(l, count, times, seconds, look);
	if (!look->has_bounds)
		return;
	look->holds_bound =
		holds(r, look, look->low) != holds(r, look, look->high);
	look->is_spotless = look->holds_bound && look->state == LIMIT_HOLDS &&
			    is_spotless(r, count, look);
}

bool limit_is_open(const struct limit *l, const struct limit_look *look)
{
	return look->has_bounds && look->holds_bound && !look->is_spotless &&
	       !l->limit->is_trial && !limit_is_steady(l);
}

/* An interval is narrower with the square root of the sample. */
double limit_wanted(const struct limit *l, const struct limit_look *look)
{
	const struct rule *r = &l->limit->rule;
	double limit = r->value, gap, half;

	if (r->is_of_planned)
		limit *= look->planned_per_s;
	gap = fabs(look->value - limit);
	half = look->value > limit ? look->value - look->low
				   : look->high - look->value;
	if (!(gap > 0) || !(half > gap))
		return 0;
	return (double)look->samples * (half / gap) * (half / gap);
}
