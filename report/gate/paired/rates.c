/* SPDX-License-Identifier: MIT */
#include "report/gate/paired/rates.h"

#include <math.h>
#include <stdbool.h>

#include "report/gate/dist.h"

/* Further out no level that is asked for lies. */
#define REACH_MAX 64.0
enum { REACH_STEPS = 60 };

struct wilson {
	double low, high;
};

static struct wilson wilson(double hits, double n, double z)
{
	double p = hits / n, z2 = z * z / n;
	double middle = p + z2 / 2;
	double reach = z * sqrt(p * (1 - p) / n + z2 / (4 * n));

	return (struct wilson){ fmax(0, (middle - reach) / (1 + z2)),
				fmin(1, (middle + reach) / (1 + z2)) };
}

struct rate_bounds newcombe(double a_hits, double a_n, double b_hits,
			    double b_n, double z)
{
	double a = a_hits / a_n, b = b_hits / b_n;
	struct wilson wa = wilson(a_hits, a_n, z), wb = wilson(b_hits, b_n, z);

	return (struct rate_bounds){
		b - a - hypot(b - wb.low, wa.high - a),
		b - a + hypot(wb.high - b, a - wa.low),
	};
}

static double sum_of(double *d, size_t n)
{
	double sum = 0;

	/* in one order, whatever the order of the cells */
	hodges_sort(d, n);
	for (size_t i = 0; i < n; i++)
		sum += d[i];
	return sum;
}

static double design_effect(const struct rates *t,
			    const struct rate_cell *cells, double *room)
{
	double independent =
		t->a * (1 - t->a) / t->a_n + t->b * (1 - t->b) / t->b_n;

	if (!(independent > 0))
		return 1;
	for (size_t i = 0; i < t->n; i++) {
		const struct rate_cell *c = &cells[i];
		double u = (c->b_hits - t->b * c->b_n) / t->b_n -
			   (c->a_hits - t->a * c->a_n) / t->a_n;

		room[i] = u * u;
	}
	double clustered =
		sum_of(room, t->n) * (double)t->n / (double)(t->n - 1);
	return fmax(1, clustered / independent);
}

static void differences(const struct rate_cell *cells, size_t n, double *d)
{
	for (size_t i = 0; i < n; i++)
		d[i] = cells[i].b_hits / cells[i].b_n -
		       cells[i].a_hits / cells[i].a_n;
}

struct rates rates_of(const struct rate_cell *cells, size_t n,
		      double equal_level, const struct rate_room *room)
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
	t.design_effect = design_effect(&t, cells, room->d);
	differences(cells, n, room->d);
	hodges_sort(room->d, n);
	t.typical = hodges_bounds(
		room->d, n, signed_rank_critical(n, equal_level, room->ranks));
	t.rank = signed_rank_test(room->d, n, room->ranks);
	return t;
}

struct rate_bounds rates_bounds(const struct rates *t, double level)
{
	double e = t->design_effect;

	return newcombe(t->a_hits / e, t->a_n / e, t->b_hits / e, t->b_n / e,
			dist_t_quantile(1 - level, (double)(t->n - 1)));
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
	double p = dist_t_above(reach, (double)(t->n - 1));

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
