/* SPDX-License-Identifier: MIT */
/* folder: report */
#include "report/alerts/evaluate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "report/alerts/evaluate/parts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/units.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define S	   UNIT_NS_PER_S
#define M	   UNIT_NS_PER_MIN
#define T0	   UINT64_C(1767225600000000000)

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new((size_t)16 << 20);
	return arena ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void same(const char *says, const struct finding *f, enum truth truth,
		 double value)
{
	if (f->truth != truth)
		fail_msg("%s: got truth %d, wanted %d: %s", says, f->truth,
			 truth, f->evidence);
	if (isnan(value) ? !isnan(f->value)
			 : fabs(f->value - value) > 1e-9 * (1 + fabs(value)))
		fail_msg("%s: got %.12g, wanted %.12g: %s", says, f->value,
			 value, f->evidence);
}

/* ---- counters, computed by hand ------------------------------------------------ */

static const struct {
	const char *says;
	/* samples: the first at from_s, n of them every_s apart, from a value
	 * up by step; the window is 0 to 300 s */
	double from_s, every_s;
	size_t n;
	double value, step;
	double increase;
} counter_rows[] = {
	{ "from end to end of the window", 0, 15, 21, 0, 1, 20 },
	{ "extrapolated to both ends", 10, 15, 20, 100, 1, 20 },
	/* 90 s were seen, half a distance is added in front, 10 s behind */
	{ "began inside", 200, 15, 7, 100, 1, 6 * 107.5 / 90 },
	/* it was zero 3.75 s before its first sample */
	{ "not below zero", 200, 15, 7, 0.25, 1, 6 * 103.75 / 90 },
	{ "ended inside", 0, 15, 7, 100, 1, 6 * 97.5 / 90 },
	{ "does not move", 10, 15, 20, 7, 0, 0 },
	{ "one sample is no rise", 10, 15, 1, 7, 0, NAN },
};

static struct series_point *points(double from_s, double every_s, size_t n,
				   double value, double step)
{
	struct series_point *all = arena_alloc(arena, n, sizeof(*all));

	for (size_t i = 0; i < n; i++)
		all[i] = (struct series_point){
			.at_ns =
				T0 + (uint64_t)((from_s + (double)i * every_s) *
						1e9),
			.value = value + (double)i * step,
		};
	return all;
}

static void counters(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(counter_rows); i++) {
		struct series one = {
			.name = "errors",
			.labels = "",
			.kind = SERIES_COUNTER,
			.n_points = counter_rows[i].n,
			.points = points(
				counter_rows[i].from_s, counter_rows[i].every_s,
				counter_rows[i].n, counter_rows[i].value,
				counter_rows[i].step),
		};
		struct history h = { .n_series = 1, .series = &one };
		struct condition c = { .kind = CONDITION_INCREASE,
				       .name = "errors",
				       .op = RULE_GT,
				       .value = 10,
				       .window_ns = 300 * S };
		struct question q = { .condition = &c,
				      .history = &h,
				      .now_at_ns = T0 + 300 * S };
		double want = counter_rows[i].increase;
		enum truth truth = isnan(want) ? TRUTH_UNKNOWN
				   : want > 10 ? TRUTH_TRUE
					       : TRUTH_FALSE;
		struct finding f;

		assert_true(condition_evaluate(&q, arena, &f));
		same(counter_rows[i].says, &f, truth, want);
		c.kind = CONDITION_RATE;
		c.value = 10.0 / 300;
		assert_true(condition_evaluate(&q, arena, &f));
		same(counter_rows[i].says, &f, truth, want / 300);
	}
}

static const struct series_point restarted[] = {
	{ T0, 5, NULL },
	{ T0 + 15 * S, 8, NULL },
	{ T0 + 30 * S, 2, NULL },
	{ T0 + 45 * S, 4, NULL },
};
static const struct series_point steady[] = {
	{ T0, 50, NULL },
	{ T0 + 15 * S, 55, NULL },
	{ T0 + 30 * S, 60, NULL },
	{ T0 + 45 * S, 65, NULL },
};

/* Resets are found in each series, before they are added up. */
static void resets_and_sums(void **state)
{
	struct series all[] = {
		{ "errors", "{p=\"a\"}", SERIES_COUNTER, 0, 4, restarted },
		{ "errors", "{p=\"b\"}", SERIES_COUNTER, 0, 4, steady },
		{ "served", "", SERIES_COUNTER, 0, 4, steady },
	};
	struct history h = { .check = "api", .n_series = 3, .series = all };
	struct condition c = { .kind = CONDITION_INCREASE,
			       .name = "api.errors",
			       .op = RULE_GT,
			       .value = 21,
			       .window_ns = 45 * S };
	struct question q = { .condition = &c,
			      .history = &h,
			      .now_at_ns = T0 + 45 * S };
	struct finding f;

	(void)state;
	assert_true(condition_evaluate(&q, arena, &f));
	same("AT16 sum of two", &f, TRUTH_TRUE, 7 + 15);
	c.kind = CONDITION_RATE;
	c.value = 0.05;
	assert_true(condition_evaluate(&q, arena, &f));
	same("TX12 rate", &f, TRUTH_TRUE, 22.0 / 45);
	c.other = "served";
	c.value = 1.5;
	assert_true(condition_evaluate(&q, arena, &f));
	same("AT11 quotient", &f, TRUTH_FALSE, 22.0 / 15);
	c.other = "nothing";
	assert_true(condition_evaluate(&q, arena, &f));
	same("a quotient by nothing", &f, TRUTH_UNKNOWN, 22);
	c.kind = CONDITION_RESET;
	c.name = "errors";
	q.now_at_ns = T0 + 30 * S;
	assert_true(condition_evaluate(&q, arena, &f));
	same("CF34 it fell", &f, TRUTH_TRUE, 2);
	assert_int_equal(f.newest_at_ns, T0 + 30 * S);
	assert_string_equal(f.evidence, "errors{p=\"a\"} went from 8 to 2");
	q.now_at_ns = T0 + 45 * S;
	assert_true(condition_evaluate(&q, arena, &f));
	same("it rises again", &f, TRUTH_FALSE, 65);
}

/* ---- histograms and summaries ----------------------------------------------------- */

static const struct {
	const char *says;
	double q;
	struct bound_count rows[4];
	size_t n;
	double value;
} bucket_rows[] = {
	{ "inside of the first",
	  0.1,
	  { { 0.5, 10 }, { 1, 20 }, { 2.5, 30 }, { INFINITY, 40 } },
	  4,
	  0.2 },
	{ "at an edge",
	  0.5,
	  { { 0.5, 10 }, { 1, 20 }, { 2.5, 30 }, { INFINITY, 40 } },
	  4,
	  1 },
	{ "inside of a later one",
	  0.6,
	  { { 0.5, 10 }, { 1, 20 }, { 2.5, 30 }, { INFINITY, 40 } },
	  4,
	  1.6 },
	{ "in +Inf: the last finite bound",
	  0.95,
	  { { 0.5, 10 }, { 1, 20 }, { 2.5, 30 }, { INFINITY, 40 } },
	  4,
	  2.5 },
	{ "out of order",
	  0.6,
	  { { INFINITY, 40 }, { 1, 20 }, { 2.5, 30 }, { 0.5, 10 } },
	  4,
	  1.6 },
	{ "falling counts are mended",
	  0.5,
	  { { 0.5, 10 }, { 1, 8 }, { 2.5, 30 }, { INFINITY, 40 } },
	  4,
	  1.75 },
	{ "below zero",
	  0.1,
	  { { -1, 10 }, { 1, 20 }, { INFINITY, 20 } },
	  3,
	  -1 },
	{ "without +Inf", 0.5, { { 0.5, 10 }, { 1, 20 } }, 2, NAN },
	{ "nothing but +Inf", 0.5, { { INFINITY, 20 } }, 1, NAN },
	{ "nothing counted", 0.5, { { 1, 0 }, { INFINITY, 0 } }, 2, NAN },
};

static void histograms(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(bucket_rows); i++) {
		struct bound_count rows[4];
		double got, want = bucket_rows[i].value;

		memcpy(rows, bucket_rows[i].rows, sizeof(rows));
		got = bucket_quantile(rows, bucket_rows[i].n, bucket_rows[i].q);
		if (isnan(want) ? !isnan(got) : fabs(got - want) > 1e-12)
			fail_msg("%s: got %.12g, wanted %.12g",
				 bucket_rows[i].says, got, want);
	}
}

static void quantiles_of_series(void **state)
{
	static const struct series_point to_30[] = {
		{ T0, 100, NULL }, { T0 + 60 * S, 130, NULL }
	};
	static const struct series_point to_40[] = {
		{ T0, 200, NULL }, { T0 + 60 * S, 240, NULL }
	};
	static const struct series_point ready[] = { { T0 + 30 * S, 1.5,
						       NULL } };
	struct series all[] = {
		{ "duration", "", SERIES_BUCKET, 1, 2, to_30 },
		{ "duration", "", SERIES_BUCKET, 4, 2, to_40 },
		{ "duration", "", SERIES_BUCKET, INFINITY, 2, to_40 },
		{ "took", "", SERIES_QUANTILE, 0.95, 1, ready },
	};
	struct history h = { .n_series = LEN(all), .series = all };
	struct condition c = { .kind = CONDITION_QUANTILE,
			       .name = "duration",
			       .quantile = 0.95,
			       .op = RULE_GT,
			       .value = 2,
			       .window_ns = 60 * S };
	struct question q = { .condition = &c,
			      .history = &h,
			      .now_at_ns = T0 + 60 * S };
	struct finding f;

	(void)state;
	assert_true(condition_evaluate(&q, arena, &f));
	same("TX11 histogram", &f, TRUTH_TRUE, 1 + 3 * 0.8);
	c.name = "took";
	c.window_ns = 0;
	assert_true(condition_evaluate(&q, arena, &f));
	same("TX11 summary", &f, TRUTH_FALSE, 1.5);
	c.quantile = 0.99;
	assert_true(condition_evaluate(&q, arena, &f));
	same("a quantile it does not have", &f, TRUTH_UNKNOWN, NAN);
}

/* ---- gauges ----------------------------------------------------------------------- */

static const struct series_point disk[] = {
	{ T0, 80, NULL },
	{ T0 + M, 90, NULL },
	{ T0 + 2 * M, 86, NULL },
};
static const struct series_point pool[] = {
	{ T0, 20, NULL },
	{ T0 + 2 * M, 86, NULL },
};

static const struct {
	const char *says;
	const char *name, *other;
	unsigned aggregate;
	enum rule_op op;
	double bound;
	uint64_t window_ns, late_ns;
	enum truth truth;
	double value;
} gauge_rows[] = {
	{ "CF22 AT13 over 85", "disk", NULL, AGGREGATE_LAST, RULE_GT, 85, 0, 0,
	  TRUTH_TRUE, 86 },
	{ "CF22 DA11 not over 90", "disk", NULL, AGGREGATE_LAST, RULE_GT, 90, 0,
	  0, TRUTH_FALSE, 86 },
	{ "TX14 as old as it may be", "disk", NULL, AGGREGATE_LAST, RULE_GT, 85,
	  0, 5 * M, TRUTH_TRUE, 86 },
	{ "older than 5 minutes", "disk", NULL, AGGREGATE_LAST, RULE_GT, 85, 0,
	  5 * M + 1, TRUTH_UNKNOWN, NAN },
	{ "mean", "disk", NULL, AGGREGATE_MEAN, RULE_GT, 85, 2 * M, 0,
	  TRUTH_TRUE, 256.0 / 3 },
	{ "min", "disk", NULL, AGGREGATE_MIN, RULE_GT, 85, 2 * M, 0,
	  TRUTH_FALSE, 80 },
	{ "max of a window that begins after", "disk", NULL, AGGREGATE_MAX,
	  RULE_GE, 90, M - 1, 0, TRUTH_FALSE, 86 },
	{ "closed at both ends", "disk", NULL, AGGREGATE_MAX, RULE_GE, 90, M, 0,
	  TRUTH_TRUE, 90 },
	{ "no such series", "dusk", NULL, AGGREGATE_LAST, RULE_GT, 85, 0, 0,
	  TRUTH_UNKNOWN, NAN },
	{ "AT14 DA12 path against path", "disk", "pool", AGGREGATE_LAST,
	  RULE_GE, 0, 0, 0, TRUTH_TRUE, 86 },
	{ "DA12 less", "disk", "pool", AGGREGATE_LAST, RULE_LT, 0, 0, 0,
	  TRUTH_FALSE, 86 },
	{ "the other is not there", "disk", "pond", AGGREGATE_LAST, RULE_GE, 0,
	  0, 0, TRUTH_UNKNOWN, NAN },
};

static void gauges(void **state)
{
	struct series all[] = {
		{ "disk", "", SERIES_GAUGE, 0, 3, disk },
		{ "pool", "", SERIES_GAUGE, 0, 2, pool },
	};
	struct history h = { .n_series = 2, .series = all };

	(void)state;
	for (size_t i = 0; i < LEN(gauge_rows); i++) {
		struct condition c = { .kind = CONDITION_VALUE,
				       .name = gauge_rows[i].name,
				       .other = gauge_rows[i].other,
				       .aggregate = gauge_rows[i].aggregate,
				       .op = gauge_rows[i].op,
				       .value = gauge_rows[i].bound,
				       .window_ns = gauge_rows[i].window_ns };
		struct question q = { .condition = &c,
				      .history = &h,
				      .now_at_ns = T0 + 2 * M +
						   gauge_rows[i].late_ns };
		struct finding f;

		assert_true(condition_evaluate(&q, arena, &f));
		same(gauge_rows[i].says, &f, gauge_rows[i].truth,
		     gauge_rows[i].value);
	}
}

static void units_in_words(void **state)
{
	static const struct {
		unsigned unit;
		double value, bound;
		const char *evidence;
	} units[] = {
		{ CONDITION_PLAIN, 86, 85, "it is 86, over 85" },
		{ CONDITION_PERCENT, 86.25, 85, "it is 86.25 %, over 85 %" },
		{ CONDITION_SECONDS, 2.31, 2, "it is 2.31 s, over 2 s" },
		{ CONDITION_SECONDS, 100, 90, "it is 100 s, over 90.0 s" },
		{ CONDITION_BYTES, 6e8, 536870912,
		  "it is 600 MB, over 512MiB" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(units); i++) {
		struct series_point one = { T0, units[i].value, NULL };
		struct series s = { "it", "", SERIES_GAUGE, 0, 1, &one };
		struct history h = { .n_series = 1, .series = &s };
		struct condition c = { .kind = CONDITION_VALUE,
				       .name = "it",
				       .op = RULE_GT,
				       .unit = units[i].unit,
				       .value = units[i].bound };
		struct question q = { .condition = &c,
				      .history = &h,
				      .now_at_ns = T0 };
		struct finding f;

		assert_true(condition_evaluate(&q, arena, &f));
		assert_string_equal(f.evidence, units[i].evidence);
	}
}

static void changed_texts(void **state)
{
	static const struct series_point versions[] = {
		{ T0, 0, "1.0" },
		{ T0 + M, 0, "1.0" },
		{ T0 + 2 * M, 0, "1.1" },
	};
	struct series one = { "version", "", SERIES_TEXT, 0, 3, versions };
	struct history h = { .n_series = 1, .series = &one };
	struct condition c = { .kind = CONDITION_CHANGED, .name = "version" };
	struct question q = { .condition = &c, .history = &h, .now_at_ns = T0 };
	struct finding f;

	(void)state;
	assert_true(condition_evaluate(&q, arena, &f));
	assert_int_equal(f.truth, TRUTH_UNKNOWN);
	q.now_at_ns = T0 + M;
	assert_true(condition_evaluate(&q, arena, &f));
	assert_int_equal(f.truth, TRUTH_FALSE);
	q.now_at_ns = T0 + 2 * M;
	assert_true(condition_evaluate(&q, arena, &f));
	assert_int_equal(f.truth, TRUTH_TRUE);
	assert_string_equal(f.evidence, "version went from \"1.0\" to \"1.1\"");
	assert_true(condition_is_event(&c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters),
		cmocka_unit_test(resets_and_sums),
		cmocka_unit_test(histograms),
		cmocka_unit_test(quantiles_of_series),
		cmocka_unit_test(gauges),
		cmocka_unit_test(units_in_words),
		cmocka_unit_test(changed_texts),
	};

	return cmocka_run_group_tests_name("evaluate_series", tests, set_up,
					   tear_down);
}
