/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/trend/trend.h"
#include "scenarios/base/buf.h"

#define MS  UINT64_C(1000000)
#define DAY UINT64_C(86400000000000)

enum { TRIES = 2000, RUNS_MAX = 70 };

static uint64_t seed;

static double draw(void)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (double)((seed * UINT64_C(2685821657736338717)) >> 11) /
	       9007199254740992.0;
}

static double normal(void)
{
	return sqrt(-2 * log(1 - draw())) * cos(6.283185307179586 * draw());
}

/* ---- by hand --------------------------------------------------------------- */

/* R: x <- c(1..8); mean(x) + c(-1,1)*qt(.995,7)*sd(x)*sqrt(1+1/8) */
static void interval(void **state)
{
	static const double y[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct trend_fit fit;

	(void)state;
	assert_true(trend_interval(y, 8, 0.01, &fit));
	assert_float_equal(fit.low, 4.5 - 3.4994833 * 2.4494897 * 1.0606602,
			   1e-5);
	assert_float_equal(fit.high, 4.5 + 3.4994833 * 2.4494897 * 1.0606602,
			   1e-5);
	assert_false(trend_interval(y, 1, 0.01, &fit));
}

/* Slope of y = 2x + (0.1, -0.1, -0.1, 0.1): 2, rest 0.04, Sxx 5, df 2 */
static void slope(void **state)
{
	static const double y[] = { 0.1, 1.9, 3.9, 6.1 };
	struct trend_fit fit;
	double s;

	(void)state;
	assert_true(trend_slope(y, 4, 0.05, &s, &fit));
	assert_float_equal(s, 2, 1e-5);
	assert_float_equal(fit.high - s, 4.3026527 * sqrt(0.04 / 2 / 5), 1e-5);
	assert_float_equal(s - fit.low, fit.high - s, 1e-5);
}

static void split(void **state)
{
	static const double step[] = { 1, 1.1, 0.9, 1, 5, 5.1, 4.9, 5 };
	static const double flat[] = { 3, 3, 3, 3, 3, 3, 3, 3 };
	static const double sharp[] = { 1, 1, 1, 1, 1, 2, 2, 2, 2, 2 };
	double p;

	(void)state;
	assert_int_equal(trend_split(step, 8, &p), 4);
	assert_true(p < 1e-6);
	assert_int_equal(trend_split(flat, 8, &p), 8);
	assert_true(p == 1);
	assert_int_equal(trend_split(sharp, 10, &p), 5);
	assert_true(p == 0);
	assert_int_equal(trend_split(step, 7, &p), 7); /* too few */
}

static void several_changes(void **state)
{
	double y[60], p[16];
	size_t at[16];

	(void)state;
	seed = 3;
	for (size_t i = 0; i < 60; i++)
		y[i] = (i < 20 ? 0 : i < 40 ? 1 : 0.3) + 0.05 * normal();
	assert_int_equal(trend_changes(y, 60, at, p, 16), 2);
	assert_int_equal(at[0], 20);
	assert_int_equal(at[1], 40);
	assert_int_equal(trend_changes(y, 60, at, p, 1), 1);
	assert_int_equal(trend_changes(y, 0, at, p, 16), 0);
}

/* ---- simulated ------------------------------------------------------------- */

static void levels_hold(void **state)
{
	size_t outside = 0, drifts = 0, changes = 0;

	(void)state;
	seed = 20261130;
	for (int i = 0; i < TRIES; i++) {
		double y[30], s, p;
		struct trend_fit fit;
		for (size_t k = 0; k < 30; k++)
			y[k] = normal();
		assert_true(trend_interval(y, 29, TREND_LEVEL, &fit));
		outside += y[29] < fit.low || y[29] > fit.high;
		assert_true(trend_slope(y, 30, TREND_LEVEL, &s, &fit));
		drifts += fit.low > 0 || fit.high < 0;
		changes +=
			trend_split(y, 30, &p) < 30 && p <= TREND_CHANGE_LEVEL;
	}
	/* 20 of 2000 are meant: within four standard deviations */
	assert_in_range(outside, 4, 38);
	assert_in_range(drifts, 4, 38);
	assert_true(changes <= 8);
}

/* With runners that differ by 12 %: why it may not block a merge. */
static void power_is_low_where_it_is_said_to_be(void **state)
{
	size_t seen = 0, changed = 0;

	(void)state;
	seed = 11;
	for (int i = 0; i < TRIES; i++) {
		double y[30], z[RUNS_MAX], p;
		struct trend_fit fit;
		for (size_t k = 0; k < 30; k++)
			y[k] = 0.12 * normal() + (k == 29 ? log(1.1) : 0);
		assert_true(trend_interval(y, 29, TREND_LEVEL, &fit));
		seen += y[29] > fit.high;
		for (size_t k = 0; k < RUNS_MAX; k++)
			z[k] = 0.12 * normal() + (k >= 60 ? log(1.1) : 0);
		changed += trend_split(z, RUNS_MAX, &p) < RUNS_MAX &&
			   p <= TREND_CHANGE_LEVEL;
	}
	assert_true(seen < TRIES / 10);
	assert_true(changed < TRIES / 4);
}

static void a_doubling_is_seen(void **state)
{
	size_t seen = 0;

	(void)state;
	seed = 12;
	for (int i = 0; i < 200; i++) {
		double y[31];
		struct trend_fit fit;
		for (size_t k = 0; k < 31; k++)
			y[k] = 0.12 * normal() + (k == 30 ? log(2) : 0);
		assert_true(trend_interval(y, 30, TREND_LEVEL, &fit));
		seen += y[30] > fit.high;
	}
	assert_true(seen >= 198);
}

/* ---- of a load -------------------------------------------------------------- */

static void fill(struct trend_run *runs, size_t n)
{
	seed = 9;
	for (size_t i = 0; i < n; i++) {
		double f = exp(0.05 * normal());
		runs[i] = (struct trend_run){
			.at_ns = (20000 + i) * DAY,
			.p50_ns = (uint64_t)(10e6 * f),
			.p95_ns = (uint64_t)(30e6 * f),
			.p99_ns = (uint64_t)(50e6 * f),
			.requests = 10000,
			.errors = i % 3,
			.host = "ci",
		};
	}
}

static void lines(void **state)
{
	struct trend_run runs[30];
	struct trend_line l;

	(void)state;
	fill(runs, 30);
	trend_line(runs, 30, TREND_P95, &l);
	assert_true(l.is_known);
	assert_int_equal(l.n, 29);
	assert_int_equal(l.side, 0);
	assert_false(l.drifts);
	assert_int_equal(l.n_changes, 0);
	assert_true(l.low > 24e6 && l.low < 30e6);
	assert_true(l.high > 30e6 && l.high < 37e6);
	runs[29].p95_ns = 60 * MS;
	trend_line(runs, 30, TREND_P95, &l);
	assert_int_equal(l.side, 1);
	runs[29].p95_ns = 10 * MS;
	trend_line(runs, 30, TREND_P95, &l);
	assert_int_equal(l.side, -1);
	trend_line(runs, 8, TREND_P95, &l);
	assert_false(l.is_known);
	trend_line(runs, 1, TREND_P95, &l);
	assert_false(l.is_known);
	/* no errors at all are no spread */
	for (size_t i = 0; i < 30; i++)
		runs[i].errors = 0;
	trend_line(runs, 30, TREND_ERRORS, &l);
	assert_true(l.is_known);
	assert_int_equal(l.side, 0);
	runs[29].errors = 100;
	trend_line(runs, 30, TREND_ERRORS, &l);
	assert_int_equal(l.side, 1);
}

static void as_before_begins_behind_a_change(void **state)
{
	struct trend_run runs[40];
	struct trend_line l;

	(void)state;
	fill(runs, 40);
	for (size_t i = 25; i < 40; i++)
		runs[i].p95_ns *= 2;
	trend_line(runs, 40, TREND_P95, &l);
	assert_int_equal(l.n_changes, 1);
	assert_int_equal(l.change[0].at, 25);
	assert_float_equal(l.change[0].after / l.change[0].before, 2, 0.1);
	assert_int_equal(l.n, 14);
	assert_int_equal(l.side, 0);
	assert_true(l.low > 45e6);
}

static void drift_is_seen(void **state)
{
	struct trend_run runs[20];
	struct trend_line l;

	(void)state;
	fill(runs, 20);
	for (size_t i = 0; i < 20; i++)
		runs[i].p50_ns = (uint64_t)(10e6 * pow(1.01, (double)i) *
					    (1 + 0.002 * (double)(i % 2)));
	trend_line(runs, 8, TREND_P50, &l);
	trend_line(runs, 20, TREND_P50, &l);
	/* steps are what a straight line looks like to a split, too */
	assert_true(l.drifts || l.n_changes);
	if (l.drifts)
		assert_float_equal(l.slope, 0.01, 0.002);
}

static void text(void **state)
{
	struct trend_run runs[30];
	struct trend_load load = {
		.name = "booking", .n_runs = 30, .runs = runs, .n_hosts = 2
	};
	const struct trend t = { .name = "shop",
				 .n_loads = 1,
				 .loads = &load,
				 .n_files = 32,
				 .n_unread = 1,
				 .n_skipped = 2,
				 .n_other = 1 };
	struct buf out;

	(void)state;
	fill(runs, 30);
	runs[29].p99_ns = 200 * MS;
	for (int k = 0; k < TREND_NUMBERS_N; k++)
		trend_line(runs, 30, (enum trend_number)k, &load.line[k]);
	buf_init(&out, 1 << 16);
	trend_text(&t, &out);
	assert_true(buf_ok(&out));
	assert_non_null(strstr(buf_text(&out), "not fit to block a merge: "));
	assert_non_null(strstr(buf_text(&out), "29 runs before this one"));
	assert_non_null(strstr(buf_text(&out), "on 2 machines"));
	assert_non_null(strstr(buf_text(&out), "HIGHER than before (29 runs)"));
	assert_non_null(strstr(buf_text(&out),
			       "left out: 1 file that cannot be read as a "
			       "result, 2 files without these loads, 1 load "
			       "with another plan"));
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interval),
		cmocka_unit_test(slope),
		cmocka_unit_test(split),
		cmocka_unit_test(several_changes),
		cmocka_unit_test(levels_hold),
		cmocka_unit_test(power_is_low_where_it_is_said_to_be),
		cmocka_unit_test(a_doubling_is_seen),
		cmocka_unit_test(lines),
		cmocka_unit_test(as_before_begins_behind_a_change),
		cmocka_unit_test(drift_is_seen),
		cmocka_unit_test(text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
