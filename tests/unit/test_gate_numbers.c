/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <math.h>

#include <cmocka.h>

#include "report/gate/dist.h"
#include "report/gate/paired/change.h"
#include "report/gate/paired/clusters.h"
#include "report/gate/paired/hodges.h"
#include "report/gate/paired/rates.h"
#include "report/gate/paired/signed_rank.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static double room[SIGNED_RANK_ROOM];

static void assert_near(double is, double want, double by, const char *what)
{
	if (!(fabs(is - want) <= by))
		fail_msg("%s is %.12g, expected %.12g", what, is, want);
}

/* Tables of the distributions, and what a second implementation says. */
static void quantiles_are_those_of_tables(void **state)
{
	static const struct {
		double p, df, want;
	} row[] = {
		{ 0.99, 9, 2.8214 },	     { 1 - 0.01 / 3, 9, 3.5054 },
		{ 0.99, 113, 2.3598 },	     { 0.99, 0, 2.3263 },
		{ 1 - 0.01 / 3, 0, 2.7131 }, { 0.95, 0, 1.6449 },
		{ 0.975, 1, 12.7062 },	     { 0.975, 2, 4.3027 },
		{ 0.975, 30, 2.0423 },	     { 0.9995, 5, 6.8688 },
		{ 0.95, 2.5, 2.5582 },	     { 0.95, 1e6, 1.6449 },
		{ 0.95, INFINITY, 1.6449 },  { 0.5, 7, 0 },
	};
	char what[60];

	(void)state;
	for (size_t i = 0; i < LEN(row); i++) {
		double t = dist_t_quantile(row[i].p, row[i].df);

		snprintf(what, sizeof what, "t(%.5g, %g)", row[i].p, row[i].df);
		assert_near(t, row[i].want, 6e-5, what);
		assert_near(dist_t_quantile(1 - row[i].p, row[i].df), -t, 1e-9,
			    what);
		assert_near(dist_t_cdf(t, row[i].df), row[i].p, 1e-12, what);
		assert_near(dist_t_above(t, row[i].df), 1 - row[i].p, 1e-12,
			    what);
	}
	assert_near(dist_normal_quantile(0.975), 1.959964, 1e-6, "z");
	assert_near(dist_normal_cdf(1.959964), 0.975, 1e-6, "P");
	/* far out it keeps its digits */
	assert_near(dist_t_above(30, 0) / 4.906713927147908e-198, 1, 1e-9,
		    "normal tail");
	assert_near(dist_t_above(30, 9) / 1.2418523520791e-10, 1, 1e-9,
		    "t tail");
}

static void critical_values_are_exact(void **state)
{
	static const struct {
		size_t n;
		double a;
		int64_t want;
	} row[] = {
		{ 10, 0.025, 8 }, { 20, 0.025, 52 }, { 30, 0.025, 137 },
		{ 12, 0.01, 9 },  { 50, 0.01, 397 }, { 150, 0.01, 4425 },
		{ 6, 0.01, -1 },  { 7, 0.01, 0 },    { 0, 0.01, -1 },
		{ 1, 0.5, 0 },	  { 5, 0.05, 0 },
	};

	(void)state;
	for (size_t i = 0; i < LEN(row); i++)
		assert_int_equal(signed_rank_critical(row[i].n, row[i].a, room),
				 row[i].want);
	/* where counting ends the normal distribution goes on */
	double last = (double)signed_rank_critical(300, 0.01, room);
	double next = (double)signed_rank_critical(301, 0.01, room);
	assert_true(next > last && next - last < 200);
}

/* By hand: of all 2^n signs, those whose sum is as large. */
static double p_by_hand(const double *ranks, size_t n, double w, int above)
{
	unsigned hits = 0;

	for (unsigned signs = 0; signs < 1U << n; signs++) {
		double sum = 0;

		for (size_t i = 0; i < n; i++)
			sum += signs >> i & 1 ? ranks[i] : 0;
		hits += above ? sum >= w : sum <= w;
	}
	return hits / (double)(1U << n);
}

static void ranks_count_every_sign(void **state)
{
	static const struct {
		double d[12];
		size_t n;
		double rank[12], w;
		size_t left;
	} row[] = {
		{ { 1, 2, 3, 4, 5 }, 5, { 1, 2, 3, 4, 5 }, 15, 5 },
		{ { -1, 2, -3, 4, 5 }, 5, { 1, 2, 3, 4, 5 }, 11, 5 },
		{ { 1, -1, 2, 2, -2, 0, 0 }, 7, { 1.5, 1.5, 4, 4, 4 }, 9.5, 5 },
		{ { 3, 3, 3, -3, -3, -3, 7 },
		  7,
		  { 3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 7 },
		  17.5,
		  7 },
		{ { -2, -2, -9 }, 3, { 1.5, 1.5, 3 }, 0, 3 },
		{ { 0, 0 }, 2, { 0 }, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < LEN(row); i++) {
		double d[12];
		struct signed_rank t;

		for (size_t k = 0; k < row[i].n; k++)
			d[k] = row[i].d[k];
		t = signed_rank_test(d, row[i].n, room);
		assert_int_equal(t.n, row[i].left);
		assert_near(t.p_above, p_by_hand(row[i].rank, t.n, row[i].w, 1),
			    1e-12, "p above");
		assert_near(t.p_below, p_by_hand(row[i].rank, t.n, row[i].w, 0),
			    1e-12, "p below");
	}
}

static void many_ranks_are_nearly_normal(void **state)
{
	double few[300], many[301];
	struct signed_rank exact, normal;

	(void)state;
	for (size_t i = 0; i < LEN(many); i++)
		many[i] = (i % 9 < 5 ? 1.0 : -1.0) * (double)(i + 1);
	for (size_t i = 0; i < LEN(few); i++)
		few[i] = many[i + 1];
	exact = signed_rank_test(few, LEN(few), room);
	normal = signed_rank_test(many, LEN(many), room);
	assert_near(normal.p_above / exact.p_above, 1, 0.1, "p");
	assert_near(normal.p_above + normal.p_below, 1, 1e-3, "both");
}

static const double golden[] = { .12, -.03, .08, .05, .10, -.01,
				 .07, .02,  .09, .04, .11, .06 };

static void walsh_averages_bound_the_estimate(void **state)
{
	double d[LEN(golden)];
	struct hodges_bounds b;

	(void)state;
	for (size_t i = 0; i < LEN(d); i++)
		d[i] = golden[i];
	hodges_sort(d, LEN(d));
	assert_near(hodges_estimate(d, LEN(d)), 0.060, 1e-12, "estimate");
	b = hodges_bounds(d, LEN(d), signed_rank_critical(12, 0.01, room));
	assert_near(b.low, 0.020, 1e-12, "low 1 %");
	assert_near(b.high, 0.095, 1e-12, "high 1 %");
	b = hodges_bounds(d, LEN(d), signed_rank_critical(12, 0.05, room));
	assert_near(b.low, 0.035, 1e-12, "low 5 %");
	assert_near(b.high, 0.085, 1e-12, "high 5 %");
	b = hodges_bounds(d, LEN(d), -1);
	assert_true(isinf(b.low) && isinf(b.high));
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static uint64_t draw(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
	return *seed >> 33;
}

/* Found by counting, and by writing all of them down. */
static void averages_are_in_order(void **state)
{
	static const size_t sizes[] = { 1, 2, 3, 15, 40, 41 };
	double d[41], all[41 * 42 / 2];
	uint64_t seed = 5;

	(void)state;
	for (size_t round = 0; round < 60; round++) {
		size_t n = sizes[round % LEN(sizes)], m = 0;

		for (size_t i = 0; i < n; i++)
			d[i] = round % 2 ? (double)draw(&seed) / 1e9 - 1
					 : (double)(draw(&seed) % 7) - 3;
		hodges_sort(d, n);
		for (size_t i = 0; i < n; i++)
			for (size_t k = i; k < n; k++)
				all[m++] = (d[i] + d[k]) / 2;
		qsort(all, m, sizeof *all, by_value);
		assert_int_equal(m, hodges_averages(n));
		for (size_t k = 0; k < m; k++)
			assert_true(hodges_average(d, n, k) == all[k]);
		assert_true(hodges_estimate(d, n) ==
			    (all[(m - 1) / 2] + all[m / 2]) / 2);
	}
}

static void an_interval_of_shares_is_newcombes(void **state)
{
	struct rate_bounds b = newcombe(56, 70, 48, 80, 1.96);

	(void)state;
	assert_near(b.low, -0.3339, 5e-5, "low");
	assert_near(b.high, -0.0524, 5e-5, "high");
	b = newcombe(48, 80, 56, 70, 1.96);
	assert_near(b.low, 0.0524, 5e-5, "low");
	b = newcombe(0, 100, 0, 100, 1.96);
	assert_true(b.low < 0 && b.low > -0.05 && b.high == -b.low);
}

/* 40 cells of 100 requests; a's hits, b's hits. */
static struct rates rates_like(const double *a, const double *b, size_t n)
{
	static double d[100];
	static struct cluster_part scores[100];
	const struct rate_room memory = { d, scores, room };
	struct rate_cell cells[40];

	for (size_t i = 0; i < LEN(cells); i++)
		cells[i] =
			(struct rate_cell){ 0, a[i % n], 100, b[i % n], 100 };
	return rates_of(cells, LEN(cells), 4, 0.05, &memory);
}

static void clusters_widen_a_share(void **state)
{
	static const double even[] = { 1 }, none[10] = { 0 }, two[] = { 2 };
	static const double heap[] = { 40, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	struct rates r;

	(void)state;
	r = rates_like(even, even, 1);
	assert_near(r.a, 0.01, 1e-12, "share");
	assert_near(r.design_effect, 1, 0, "design effect");
	assert_true(rates_p_above(&r) == 1 && rates_p_below(&r) == 1);
	r = rates_like(even, two, 1);
	assert_true(rates_p_above(&r) < 1e-6 && rates_p_below(&r) == 1);
	assert_near(r.typical.low, 0.01, 1e-12, "typical");
	/* as many, in four cells of forty */
	r = rates_like(none, heap, LEN(heap));
	assert_near(r.b, 0.04, 1e-12, "share");
	assert_true(r.design_effect > 20);
	assert_true(rates_p_above(&r) > 0.001);
	assert_near(r.typical.high, 0, 1e-12, "typical");
	r = rates_like(none, none, 1);
	assert_true(r.design_effect == 1 && rates_p_above(&r) == 1);
}

/* The level of both tests is where the interval of one ends at nothing. */
static void the_level_is_where_the_interval_ends(void **state)
{
	static const double a[] = { 1, 0, 2, 1, 0, 0, 1, 3 };
	static const double b[] = { 0, 3, 1, 2, 2, 0, 4, 0 };
	struct rates r = rates_like(a, b, LEN(a));
	double p;

	(void)state;
	r.rank.p_above = 1;
	p = rates_p_above(&r);
	assert_true(p > 0 && p < 1);
	assert_true(rates_bounds(&r, p / 2 * 1.0001).low > 0);
	assert_true(rates_bounds(&r, p / 2 * 0.9999).low < 0);
}

/* ---- launches of shares ---- */

static void launches_are_seen_when_they_differ_by_more(void **state)
{
	/* values of four cells of each of four launches; the factor is that of
	 * the sums' variance to that of the cells, both unbiased */
	static const struct {
		const char *what;
		double value[4]; /* of a launch */
		double within;	 /* up and down in it */
		size_t least;
		double factor;
	} row[] = {
		{ "all the same", { 3, 3, 3, 3 }, 0, 4, 1 },
		{ "cells only", { 0, 0, 0, 0 }, 2, 4, 1 },
		{ "launches only", { 1, -1, 1, -1 }, 0, 4, 5 },
		{ "as many as cells", { 1, -1, 1, -1 }, 1, 4, 2.5 },
		{ "too few of them", { 1, -1, 1, -1 }, 0, 5, 1 },
	};

	(void)state;
	for (size_t i = 0; i < LEN(row); i++) {
		struct cluster_part part[16];
		struct clusters c;

		for (size_t k = 0; k < LEN(part); k++)
			part[k] = (struct cluster_part){
				k % 4,
				row[i].value[k % 4] +
					(k / 4 % 2 ? 1 : -1) * row[i].within
			};
		c = clusters_of(part, LEN(part), row[i].least);
		assert_near(c.factor, row[i].factor, 1e-12, row[i].what);
		assert_int_equal(c.n, 4);
	}
	assert_near(clusters_df(&(struct clusters){ 10, 1 }, 59), 59, 1e-9,
		    "df");
	assert_near(clusters_df(&(struct clusters){ 10, 1 }, 0), 0, 0,
		    "normal");
	assert_near(clusters_df(&(struct clusters){ 10, 2 }, 0), 36, 1e-9,
		    "df");
	assert_near(clusters_df(&(struct clusters){ 10, 1e9 }, 59), 9, 1e-6,
		    "df of launches");
}

static uint64_t dice;

static double uniform(void)
{
	dice = dice * 6364136223846793005u + 1442695040888963407u;
	return ((double)(dice >> 12) + 0.5) * 0x1p-52;
}

static double normal(void)
{
	return dist_normal_quantile(uniform());
}

static double poisson(double mean)
{
	double n = 0;

	for (double left = exp(-mean), p = uniform(); p > left; p *= uniform())
		n++;
	return n;
}

/* How many of some gates say that there are more on the side that has times as
 * many: 10 launches of 6 cells with 200 requests a side, 3 % of which are hits,
 * and a launch of a side has more or fewer of them by a factor with that
 * deviation. */
static size_t worse_of(size_t n, double sd, double times, size_t launches_min)
{
	static double d[60];
	static struct cluster_part scores[60];
	const struct rate_room memory = { d, scores, room };
	size_t worse = 0;

	dice = 1;
	while (n--) {
		struct rate_cell cell[60];
		double a = 0, b = 0;

		for (size_t i = 0; i < LEN(cell); i++) {
			if (i % 6 == 0) {
				a = 6 * exp(sd * normal());
				b = 6 * exp(sd * normal()) * times;
			}
			cell[i] = (struct rate_cell){ i / 6, poisson(a), 200,
						      poisson(b), 200 };
		}
		struct rates r =
			rates_of(cell, LEN(cell), launches_min, 0.05, &memory);
		worse += rates_p_above(&r) <= 0.01 / 4;
	}
	return worse;
}

static void launches_that_differ_are_no_change_of_a_share(void **state)
{
	enum { N = 300, NEVER = 1000 };

	(void)state;
	/* looked at cell by cell it would be an alarm in twenty */
	assert_true(worse_of(N, 0.4, 1, NEVER) > N / 20);
	assert_true(worse_of(N, 0.4, 1, 4) <= N / 100);
	assert_true(worse_of(N, 0, 1, 4) <= N / 100);
	/* and what is everywhere is seen all the same */
	assert_true(worse_of(N, 0, 1.5, 4) >= N * 95 / 100);
	assert_true(worse_of(N, 0.2, 2, 4) >= N * 90 / 100);
}

/* ---- launches of latencies ---- */

struct launches {
	struct cell_change cell[200];
	size_t n;
	double sorted[200], ranks[SIGNED_RANK_ROOM];
	struct launch_change launch[200];
};

static struct change change_in(struct launches *l, size_t n_launches,
			       double shift)
{
	static const struct change_prior prior = { 0.01, 0.005, 4 };
	const struct change_room memory = { l->sorted, l->launch, l->ranks };

	l->n = 60;
	for (size_t i = 0; i < l->n; i++) {
		size_t launch = i * n_launches / l->n;

		l->cell[i] = (struct cell_change){
			launch,
			0.002 * (double)(i * 37 % 11) +
				(launch % 2 ? shift : -shift),
		};
	}
	return change_of(l->cell, l->n, &prior, &memory);
}

static void launches_widen_a_change(void **state)
{
	static struct launches l;
	struct change same = change_in(&l, 10, 0), apart, few, one;

	(void)state;
	assert_int_equal(same.n_launches, 10);
	assert_true(same.is_measured);
	/* nothing to see: no less than the least is believed */
	assert_near(same.tau, 0.005, 1e-12, "tau");
	assert_near(same.se * same.se,
		    same.within_se * same.within_se + 2 * 0.005 * 0.005 / 10,
		    1e-15, "variance");
	apart = change_in(&l, 10, 0.05);
	assert_true(apart.tau > 0.02 && apart.tau < 0.06);
	assert_true(apart.df > 5 && apart.df < 70);
	few = change_in(&l, 3, 0);
	assert_false(few.is_measured);
	assert_true(few.df == 0);
	assert_near(few.se * few.se,
		    few.within_se * few.within_se + 2 * 1e-4 / 3, 1e-15,
		    "assumed");
	one = change_in(&l, 1, 0);
	assert_true(one.n_launches == 1 && one.se > few.se);
	assert_near(one.estimate, same.estimate, 1e-12, "estimate");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quantiles_are_those_of_tables),
		cmocka_unit_test(critical_values_are_exact),
		cmocka_unit_test(ranks_count_every_sign),
		cmocka_unit_test(many_ranks_are_nearly_normal),
		cmocka_unit_test(walsh_averages_bound_the_estimate),
		cmocka_unit_test(averages_are_in_order),
		cmocka_unit_test(an_interval_of_shares_is_newcombes),
		cmocka_unit_test(clusters_widen_a_share),
		cmocka_unit_test(the_level_is_where_the_interval_ends),
		cmocka_unit_test(launches_are_seen_when_they_differ_by_more),
		cmocka_unit_test(launches_that_differ_are_no_change_of_a_share),
		cmocka_unit_test(launches_widen_a_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
