/* SPDX-License-Identifier: MIT */
/* The arithmetic of counters and histograms, as Prometheus documents it for
 * increase(), rate() and histogram_quantile(). */
#include <math.h>
#include <stdlib.h>

#include "report/alerts/evaluate/parts.h"
#include "scenarios/base/units.h"

/* A sample nearer than so many mean distances to the end of the window means
 * that the series goes on beyond it. */
#define NEAR_DISTANCES 1.1

struct points points_within(const struct series *s, uint64_t from_at_ns,
			    uint64_t until_at_ns)
{
	size_t from = 0, to = s->n_points;

	while (from < to && s->points[from].at_ns < from_at_ns)
		from++;
	while (to > from && s->points[to - 1].at_ns > until_at_ns)
		to--;
	return (struct points){ to - from, s->points + from };
}

static double seconds(uint64_t from_ns, uint64_t to_ns)
{
	return (double)(to_ns - from_ns) / (double)UNIT_NS_PER_S;
}

double counter_rise(struct points in)
{
	double rise = in.n > 0 ? in.item[in.n - 1].value - in.item[0].value : 0;

	for (size_t i = 1; i < in.n; i++) {
		if (in.item[i].value < in.item[i - 1].value)
			rise += in.item[i - 1].value;
	}
	return rise;
}

double counter_increase(struct points in, uint64_t from_at_ns,
			uint64_t until_at_ns)
{
	double rise, sampled_s, mean_s, start_s, end_s, covered_s;

	if (in.n < 2)
		return NAN;
	rise = counter_rise(in);
	sampled_s = seconds(in.item[0].at_ns, in.item[in.n - 1].at_ns);
	if (!(sampled_s > 0))
		return NAN;
	mean_s = sampled_s / (double)(in.n - 1);
	start_s = seconds(from_at_ns, in.item[0].at_ns);
	end_s = seconds(in.item[in.n - 1].at_ns, until_at_ns);
	/* it cannot have been below zero */
	if (rise > 0 && in.item[0].value >= 0)
		start_s = fmin(start_s, sampled_s * (in.item[0].value / rise));
	covered_s = sampled_s;
	covered_s += start_s < NEAR_DISTANCES * mean_s ? start_s : mean_s / 2;
	covered_s += end_s < NEAR_DISTANCES * mean_s ? end_s : mean_s / 2;
	return rise * (covered_s / sampled_s);
}

static int by_bound(const void *a, const void *b)
{
	const struct bound_count *x = a, *y = b;

	return (x->bound > y->bound) - (x->bound < y->bound);
}

double bucket_quantile(struct bound_count *rows, size_t n, double q)
{
	double rank, from = 0, below = 0;
	size_t i = 0;

	qsort(rows, n, sizeof(*rows), by_bound);
	if (n < 2 || !isinf(rows[n - 1].bound) || rows[n - 1].bound < 0)
		return NAN;
	/* counts of what is <= bound can only rise; samples of different
	 * moments may say otherwise */
	for (size_t k = 1; k < n; k++) {
		if (rows[k].count < rows[k - 1].count)
			rows[k].count = rows[k - 1].count;
	}
	if (!(rows[n - 1].count > 0))
		return NAN;
	rank = q * rows[n - 1].count;
	while (i < n - 1 && rows[i].count < rank)
		i++;
	if (i == n - 1)
		return rows[n - 2].bound;
	if (i == 0 && rows[0].bound <= 0)
		return rows[0].bound;
	if (i > 0) {
		from = rows[i - 1].bound;
		below = rows[i - 1].count;
	}
	return from + (rows[i].bound - from) *
			      ((rank - below) / (rows[i].count - below));
}
