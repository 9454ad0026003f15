/* SPDX-License-Identifier: MIT */
#include "report/gate/paired/rates.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "report/gate/dist.h"
#include "report/statistics/wilson.h"

/* Further out no level that is asked for lies. */
#define REACH_MAX 64.0
enum { REACH_STEPS = 60 };

struct rate_bounds newcombe(double a_hits, double a_n, double b_hits,
			    double b_n, double z)
{
	double a = a_hits / a_n, b = b_hits / b_n;
	struct share_bounds wa = wilson(a, a_n, z), wb = wilson(b, b_n, z);

	return (struct rate_bounds){
		b - a - hypot(b - wb.low, wa.high - a),
		b - a + hypot(wb.high - b, a - wa.low),
	};
}

/* ---- the sum -------------------------------------------------------- */

/* What each cell puts the difference of the shares off by. */
static void put_offsets(const struct rates *t, const struct rate_cell *cells,
			struct cluster_part *to)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct rate_cell *c = &cells[i];

		to[i] = (struct cluster_part){
			c->launch,
			(c->b_hits - t->b * c->b_n) / t->b_n -
				(c->a_hits - t->a * c->a_n) / t->a_n,
		};
	}
}

static double sum_of_squares(const struct cluster_part *parts, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += parts[i].value * parts[i].value;
	return sum;
}

static void widen_sum(struct rates *t, const struct rate_cell *cells,
		      size_t launches_min, struct cluster_part *scores)
{
	double independent =
		t->a * (1 - t->a) / t->a_n + t->b * (1 - t->b) / t->b_n;
	double cells_df = (double)(t->n - 1);

	t->design_effect = 1;
	t->df = cells_df;
	if (!(independent > 0))
		return;
	put_offsets(t, cells, scores);
	struct clusters launches = clusters_of(scores, t->n, launches_min);
	double seen = sum_of_squares(scores, t->n) * (double)t->n / cells_df;

	t->design_effect = fmax(1, launches.factor * seen / independent);
	t->df = clusters_df(&launches, cells_df);
}

/* ---- the ranks ------------------------------------------------------ */

static int by_size(const void *a, const void *b)
{
	double x = fabs(((const struct cluster_part *)a)->value);
	double y = fabs(((const struct cluster_part *)b)->value);

	return (x > y) - (x < y);
}

/* From differences, zeros left out, to twice their signed ranks; equals share
 * theirs. */
static size_t to_ranks(struct cluster_part *d, size_t n)
{
	size_t used = 0;

	for (size_t i = 0; i < n; i++)
		if (d[i].value != 0)
			d[used++] = d[i];
	qsort(d, used, sizeof *d, by_size);
	for (size_t i = 0, to; i < used; i = to) {
		double size = fabs(d[i].value);

		for (to = i + 1; to < used && fabs(d[to].value) == size;)
			to++;
		for (size_t k = i; k < to; k++)
			d[k].value = copysign((double)(i + 1 + to), d[k].value);
	}
	return used;
}

static double widened(double p, const struct clusters *launches)
{
	if (p >= 0.5 || launches->factor <= 1)
		return p;
	return dist_t_above(-dist_normal_quantile(p) / sqrt(launches->factor),
			    clusters_df(launches, 0));
}

static void widen_ranks(struct rates *t, const struct rate_cell *cells,
			size_t launches_min, struct cluster_part *scores)
{
	for (size_t i = 0; i < t->n; i++)
		scores[i] = (struct cluster_part){
			cells[i].launch,
			cells[i].b_hits / cells[i].b_n -
				cells[i].a_hits / cells[i].a_n,
		};
	size_t n = to_ranks(scores, t->n);
	if (n < 2)
		return;
	struct clusters launches = clusters_of(scores, n, launches_min);
	t->rank.p_above = widened(t->rank.p_above, &launches);
	t->rank.p_below = widened(t->rank.p_below, &launches);
}

/* ---- both ----------------------------------------------------------- */

static void differences(const struct rate_cell *cells, size_t n, double *d)
{
	for (size_t i = 0; i < n; i++)
		d[i] = cells[i].b_hits / cells[i].b_n -
		       cells[i].a_hits / cells[i].a_n;
}

struct rates rates_of(const struct rate_cell *cells, size_t n,
		      size_t launches_min, double equal_level,
		      const struct rate_room *room)
{
	struct rates t = { .n = n };

	for (size_t i = 0; i < n; i++) {
		t.a_hits += cells[i].a_hits;
		t.a_n += cells[i].a_n;
		t.b_hits += cells[i].b_hits;
		t.b_n += cells[i].b_n;
	}
	t.a = t.a_hits / t.a_n;
	t.b = t.b_hits / t.b_n;
	widen_sum(&t, cells, launches_min, room->scores);
	differences(cells, n, room->d);
	hodges_sort(room->d, n);
	t.typical = hodges_bounds(
		room->d, n, signed_rank_critical(n, equal_level, room->ranks));
	t.rank = signed_rank_test(room->d, n, room->ranks);
	widen_ranks(&t, cells, launches_min, room->scores);
	return t;
}

struct rate_bounds rates_bounds(const struct rates *t, double level)
{
	double e = t->design_effect;

	return newcombe(t->a_hits / e, t->a_n / e, t->b_hits / e, t->b_n / e,
			dist_t_quantile(1 - level, t->df));
}

/* Where the interval has its end at 0, in standard errors: it moves outward
 * with them. */
static double reach_of_zero(const struct rates *t, bool is_above)
{
	double e = t->design_effect, low = 0, high = REACH_MAX;

	for (int i = 0; i < REACH_STEPS; i++) {
		double z = (low + high) / 2;
		struct rate_bounds b = newcombe(t->a_hits / e, t->a_n / e,
						t->b_hits / e, t->b_n / e, z);

		if (is_above ? b.low > 0 : b.high < 0)
			low = z;
		else
			high = z;
	}
	return low;
}

static double both_tests(const struct rates *t, double rank_p, bool is_above)
{
	double reach = reach_of_zero(t, is_above);
	double p = dist_t_above(reach, t->df);

	return fmin(1, 2 * fmin(reach > 0 ? p : 1, rank_p));
}

double rates_p_above(const struct rates *t)
{
	return both_tests(t, t->rank.p_above, true);
}

double rates_p_below(const struct rates *t)
{
	return both_tests(t, t->rank.p_below, false);
}
