/* SPDX-License-Identifier: MIT */
#include "report/gate/paired/change.h"

#include <math.h>
#include <stdlib.h>

#include "report/gate/dist.h"
#include "report/gate/paired/hodges.h"

/* The interval whose width tells the variance: one-sided 1 %. */
#define WIDTH_LEVEL 0.01

static int by_launch(const void *a, const void *b)
{
	const struct cell_change *x = a, *y = b;

	if (x->launch != y->launch)
		return x->launch < y->launch ? -1 : 1;
	return (x->d > y->d) - (x->d < y->d);
}

static double within_variance(const double *sorted, size_t n, double *ranks)
{
	int64_t c = signed_rank_critical(n, WIDTH_LEVEL, ranks);
	struct hodges_bounds b = hodges_bounds(sorted, n, c);
	double sd =
		(b.high - b.low) / (2 * dist_normal_quantile(1 - WIDTH_LEVEL));

	return sd * sd;
}

/* One estimate of each launch; cells are sorted by launch, then by size. */
static size_t each_launch(const struct cell_change *cells, size_t n,
			  const struct change_room *room)
{
	size_t n_launches = 0;

	for (size_t i = 0, to; i < n; i = to) {
		for (to = i; to < n && cells[to].launch == cells[i].launch;
		     to++)
			room->sorted[to - i] = cells[to].d;
		room->launches[n_launches++] = (struct launch_change){
			cells[i].launch,
			hodges_estimate(room->sorted, to - i),
		};
	}
	return n_launches;
}

static double launch_variance(const struct launch_change *l, size_t n)
{
	double mean = 0, sum = 0;

	for (size_t i = 0; i < n; i++)
		mean += l[i].estimate;
	mean /= (double)n;
	for (size_t i = 0; i < n; i++)
		sum += (l[i].estimate - mean) * (l[i].estimate - mean);
	return sum / (double)(n - 1);
}

/* Each side has its own launch: a difference has twice the variance. */
static double sides(double tau)
{
	return 2 * tau * tau;
}

/* v: between launches, of a difference. */
static void add_measured(struct change *t, double s2, size_t n, double v)
{
	double k = (double)t->n_launches;
	double between = v / k;

	t->is_measured = true;
	t->tau = sqrt(v / 2);
	t->se = sqrt(s2 + between);
	t->df = (s2 + between) * (s2 + between) /
		(between * between / (k - 1) + s2 * s2 / (double)(n - 1));
	/* nothing differs at all: any distribution will do */
	if (!isfinite(t->df))
		t->df = 0;
}

static void add_assumed(struct change *t, double s2, double tau)
{
	t->tau = tau;
	t->se = sqrt(s2 + sides(tau) / (double)t->n_launches);
}

struct change change_expected(double s2, size_t n, size_t n_launches,
			      const struct change_prior *prior)
{
	struct change t = { .n_launches = n_launches, .within_se = sqrt(s2) };

	if (n_launches >= prior->launches_min)
		add_measured(&t, s2, n,
			     sides(fmax(prior->assumed_tau, prior->least_tau)));
	else
		add_assumed(&t, s2, prior->assumed_tau);
	return t;
}

struct change change_of(struct cell_change *cells, size_t n,
			const struct change_prior *prior,
			const struct change_room *room)
{
	struct change t = { .launches = room->launches };
	double s2;

	qsort(cells, n, sizeof *cells, by_launch);
	t.n_launches = each_launch(cells, n, room);
	for (size_t i = 0; i < n; i++)
		room->sorted[i] = cells[i].d;
	hodges_sort(room->sorted, n);
	t.estimate = hodges_estimate(room->sorted, n);
	s2 = within_variance(room->sorted, n, room->ranks);
	t.within_se = sqrt(s2);
	if (t.n_launches >= prior->launches_min && isfinite(s2)) {
		double seen = launch_variance(t.launches, t.n_launches) -
			      (double)t.n_launches * s2;

		add_measured(&t, s2, n, fmax(seen, sides(prior->least_tau)));
		return t;
	}
	add_assumed(&t, s2, prior->assumed_tau);
	return t;
}
