/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "report/load/limit.h"
#include "tests/unit/load_rig.h"

/* ---- series ---------------------------------------------------------------- */

static void ten_5xx(uint64_t s, struct part *p)
{
	rig_good(s, p);
	p->status = 503;
	p->failed = s >= 100 && s < 110;
}

static void eleven_5xx(uint64_t s, struct part *p)
{
	rig_good(s, p);
	p->status = 503;
	p->failed = s >= 100 && s < 111;
}

static void sparse_5xx(uint64_t s, struct part *p)
{
	rig_good(s, p);
	p->status = 500;
	p->failed = s % 60 == 0;
}

static void slow_for_4min(uint64_t s, struct part *p)
{
	rig_good(s, p);
	p->ok = 10;
	if (s >= 60 && s < 300)
		p->latency_ns = 3 * S;
}

static void slow_for_10min(uint64_t s, struct part *p)
{
	rig_good(s, p);
	p->ok = 10;
	if (s >= 60 && s < 660)
		p->latency_ns = 3 * S;
}

static void slow_for_20min(uint64_t s, struct part *p)
{
	rig_good(s, p);
	p->ok = 10;
	if (s >= 60 && s < 1260)
		p->latency_ns = 3 * S;
}

static void slow_from_1400(uint64_t s, struct part *p)
{
	rig_good(s, p);
	p->ok = 10;
	if (s >= 1400)
		p->latency_ns = 3 * S;
}

static void one_404(uint64_t s, struct part *p)
{
	rig_good(s, p);
	p->status = 404;
	p->failed = s == 30;
}

static void one_refused(uint64_t s, struct part *p)
{
	rig_good(s, p);
	p->failed = s == 30;
}

/* The last ok was at the beginning of second 19. */
static void down_59(uint64_t s, struct part *p)
{
	rig_good(s, p);
	if (s >= 20 && s < 78)
		*p = (struct part){ .failed = 3, .latency_ns = MS };
}

static void down_61(uint64_t s, struct part *p)
{
	rig_good(s, p);
	if (s >= 20 && s < 80)
		*p = (struct part){ .failed = 3, .latency_ns = MS };
}

static void hangs_61(uint64_t s, struct part *p)
{
	rig_good(s, p);
	if (s >= 20 && s < 80)
		*p = (struct part){ .under_way = 100 };
}

static void rarely_down(uint64_t s, struct part *p)
{
	*p = (struct part){ .latency_ns = MS };
	if (s % 10 == 0 && s >= 20 && s <= 90)
		p->failed = 1;
	else if (s % 10 == 0)
		p->ok = 1;
}

static void not_asked(uint64_t s, struct part *p)
{
	rig_good(s, p);
	if (s >= 20 && s < 120)
		*p = (struct part){ .failed = s == 20 || s == 119 };
}

static void six_percent(uint64_t s, struct part *p)
{
	rig_good(s, p);
	p->status = 500;
	p->failed = s >= 60 && s < 900 ? 7 : 0;
}

static void six_percent_for_4min(uint64_t s, struct part *p)
{
	rig_good(s, p);
	p->status = 500;
	p->failed = s >= 60 && s < 300 ? 7 : 0;
}

static void four_percent(uint64_t s, struct part *p)
{
	rig_good(s, p);
	p->status = 500;
	p->failed = 4;
}

static void rare(uint64_t s, struct part *p)
{
	(void)s;
	*p = (struct part){ .ok = 1, .latency_ns = 5 * MS };
}

static void rare_and_slow(uint64_t s, struct part *p)
{
	(void)s;
	*p = (struct part){ .ok = 1, .latency_ns = 3 * S };
}

static void rare_and_one_slow(uint64_t s, struct part *p)
{
	*p = (struct part){ .ok = 1, .latency_ns = s == 5 ? 3 * S : MS };
}

static void two_slow_in_1000(uint64_t s, struct part *p)
{
	*p = (struct part){ .ok = 50, .latency_ns = s == 5 ? 3 * S : MS };
}

static void bad_from_10(uint64_t s, struct part *p)
{
	rig_good(s, p);
	if (s >= 10)
		p->failed = 100;
}

static void bad_at_once(uint64_t s, struct part *p)
{
	(void)s;
	*p = (struct part){ .failed = 100, .status = 500, .latency_ns = MS };
}

static void six_at_once(uint64_t s, struct part *p)
{
	rig_good(s, p);
	p->failed = 6;
}

static void drops(uint64_t s, struct part *p)
{
	rig_good(s, p);
	p->dropped = s == 9 ? 3 : 0;
}

static void spread(uint64_t s, struct part *p)
{
	rig_good(s, p);
	p->latency_ns = (s % 20 + 1) * MS;
}

static void uneven(uint64_t s, struct part *p)
{
	rig_good(s, p);
	p->ok = s % 2 ? 120 : 80;
}

static void rises(uint64_t s, struct part *p)
{
	rig_good(s, p);
	p->ok = 10 * s;
}

static void rarely_told(uint64_t s, struct part *p)
{
	rig_good(s, p);
	p->is_silent = s % 2;
}

static void one_of_20(uint64_t s, struct part *p)
{
	*p = (struct part){ .ok = s != 10,
			    .failed = s == 10,
			    .status = 500,
			    .latency_ns = MS };
}

static void drains(uint64_t s, struct part *p)
{
	rig_good(s, p);
	p->ok = 50;
	p->latency_ns = s * 500 * MS + MS;
}

static void last_one_times_out(uint64_t s, struct part *p)
{
	rig_good(s, p);
	if (s >= 10)
		*p = (struct part){ .under_way = 1 };
	if (s == 14)
		*p = (struct part){ .timed_out = 1, .latency_ns = 5 * S };
}

static void of_two(uint64_t s, struct part *p)
{
	rig_good(s, p);
	p->asks_twice = true;
}

static void one_of_20_of_two(uint64_t s, struct part *p)
{
	one_of_20(s, p);
	p->asks_twice = true;
}

static void slow_at_best(uint64_t s, struct part *p)
{
	of_two(s, p);
	p->latency_ns = 3 * S;
	p->ok = s < 13 ? 100 : 0;
}

static void drains_of_two(uint64_t s, struct part *p)
{
	drains(s, p);
	p->asks_twice = true;
}

/* ---- limits ------------------------------------------------------------------ */

/* Alerts that systems have, as limits of a load. */
static const struct limit_row {
	const char *name, *limit;
	void (*series)(uint64_t s, struct part *p);
	uint64_t total_s;
	enum verdict want;
	uint64_t crossed_s;
	const char *seen, *note;
} limit_rows[] = {
	{ "CF17 no error", "count(status>=500, 5m) <= 10", rig_good, 400,
	  VERDICT_OK, 0, "0", "" },
	{ "CF17 ten", "count(status>=500, 5m) <= 10", ten_5xx, 400, VERDICT_OK,
	  0, "10", "" },
	{ "CF17 more than ten", "count(status>=500, 5m) <= 10", eleven_5xx, 400,
	  VERDICT_FAILED, 300, "11", "crossed 5 min after its start" },
	{ "CF17 never in one window", "count(status>=500, 5m) <= 10",
	  sparse_5xx, 1200, VERDICT_OK, 0, "5", "" },
	{ "CF17 in a short load", "count(status>=500, 5m) <= 10", eleven_5xx,
	  120, VERDICT_FAILED, 120, "11", "shorter than the window" },
	{ "CF21 not slow", "p95(latency, 5m) < 2s for 5m", rig_good, 700,
	  VERDICT_OK, 0, "5.0", "" },
	{ "CF21 not for long enough", "p95(latency, 5m) < 2s for 5m",
	  slow_for_4min, 1500, VERDICT_OK, 0, "3", "" },
	{ "CF21 slow", "p95(latency, 5m) < 2s for 5m", slow_for_10min, 1500,
	  VERDICT_FAILED, 600, "3", "crossed 10 min after its start" },
	{ "CF21 slow at the end", "p95(latency, 5m) < 2s for 5m",
	  slow_from_1400, 1500, VERDICT_NOT_OBSERVED, 0, "3",
	  "it was not true for the last" },
	{ "AT9 all is well", "count(status != 200) == 0", rig_good, 60,
	  VERDICT_OK, 0, "0", "" },
	{ "AT9 one of them", "count(status != 200) == 0", one_404, 60,
	  VERDICT_FAILED, 60, "1", "" },
	{ "AT9 one without a status", "count(status != 200) == 0", one_refused,
	  60, VERDICT_FAILED, 60, "1", "" },
	{ "AT10 up", "down_for() < 60s", rig_good, 200, VERDICT_OK, 0, "0 ns",
	  "when a whole second of it had no ok" },
	{ "AT10 not for long enough", "down_for() < 60s", down_59, 200,
	  VERDICT_OK, 0, "59", "" },
	{ "AT10 down", "down_for() < 60s", down_61, 200, VERDICT_FAILED, 200,
	  "61", "" },
	{ "AT10 it hangs", "down_for() < 60s", hangs_61, 200, VERDICT_FAILED,
	  200, "61", "" },
	{ "AT10 asked rarely", "down_for() < 60s", rarely_down, 200,
	  VERDICT_FAILED, 200, "90", "" },
	{ "AT10 not asked", "down_for() < 60s", not_asked, 200, VERDICT_OK, 0,
	  "2.00 s", "" },
	{ "AT11 four of a hundred", "ratio(5xx, 5m) <= 5% for 5m", four_percent,
	  1000, VERDICT_OK, 0, "3.85 %", "" },
	{ "AT11 not for long enough", "ratio(5xx, 5m) <= 5% for 5m",
	  six_percent_for_4min, 1000, VERDICT_OK, 0, "5.3", "" },
	{ "AT11 more than five", "ratio(5xx, 5m) <= 5% for 5m", six_percent,
	  1000, VERDICT_FAILED, 600, "6.54 %", "" },
	{ "AT12 not slow", "p95(latency, 5m) <= 2s for 10m", rig_good, 1300,
	  VERDICT_OK, 0, "5.0", "" },
	{ "AT12 not for long enough", "p95(latency, 5m) <= 2s for 10m",
	  slow_for_4min, 1300, VERDICT_OK, 0, "3", "" },
	{ "AT12 slow", "p95(latency, 5m) <= 2s for 10m", slow_for_20min, 1700,
	  VERDICT_FAILED, 900, "3", "crossed 15 min after its start" },
	{ "CF33 of one step", "p95(latency, step: login) < 10ms", rig_good, 20,
	  VERDICT_OK, 0, "5.0", "" },
	{ "CF33 of one that was never asked", "p95(latency, step: me) < 10ms",
	  rig_good, 20, VERDICT_NOT_OBSERVED, 0, "nothing",
	  "nothing that it is about was seen" },
	{ "no such step", "p95(latency, step: you) < 10ms", rig_good, 20,
	  VERDICT_NOT_OBSERVED, 0, "nothing", "no step is called \"you\"" },
	{ "no requests", "p95(latency) < 1s", rig_nothing, 20,
	  VERDICT_NOT_OBSERVED, 0, "nothing", "" },
	{ "no requests to count", "count(errors) <= 10", rig_nothing, 20,
	  VERDICT_NOT_OBSERVED, 0, "nothing", "" },
	{ "too few", "p99(latency) < 1s", rare, 200, VERDICT_NOT_OBSERVED, 0,
	  "5.0", "needs 1000 requests, got 200" },
	{ "few, but sure", "p99(latency) < 1s", rare_and_slow, 200,
	  VERDICT_FAILED, 200, "3.0", "200 requests are few" },
	{ "few, and not sure", "p99.9(latency) < 1s", rare_and_one_slow, 200,
	  VERDICT_NOT_OBSERVED, 0, "3.0",
	  "needs 10000 requests, got 200: it lies between" },
	{ "the maximum needs no sample", "max(latency) < 1s", rare_and_one_slow,
	  20, VERDICT_FAILED, 20, "3.00 s", "" },
	{ "mean", "mean(latency) < 100ms", two_slow_in_1000, 20, VERDICT_FAILED,
	  20, "151 ms", "" },
	{ "min", "min(latency) >= 1ms", two_slow_in_1000, 20, VERDICT_OK, 0,
	  "1.00 ms", "" },
	{ "iteration", "p50(iteration) < 6ms", rig_good, 20, VERDICT_OK, 0,
	  "5.0", "" },
	{ "lateness", "p99(lateness) < 1ms", rig_good, 20, VERDICT_OK, 0, "20",
	  "" },
	{ "rate", "rate(all) >= 100/s", rig_good, 20, VERDICT_OK, 0, "100/s",
	  "" },
	{ "rate of the plan", "rate(ok) >= 95% of planned", rig_good, 20,
	  VERDICT_OK, 0, "100/s, 100 % of the planned 100/s", "" },
	{ "arrivals of two requests", "rate(ok) >= 95% of planned", of_two, 20,
	  VERDICT_OK, 0, "100 arrivals/s, 100 % of the planned 100/s", "" },
	{ "half of them ok is not ok", "rate(ok) >= 95% of planned",
	  one_of_20_of_two, 20, VERDICT_NOT_OBSERVED, 0,
	  "0.95 arrivals/s, 95 % of the planned 1/s", "has the limit inside" },
	{ "their errors", "rate(errors) <= 1% of planned", one_of_20_of_two, 20,
	  VERDICT_NOT_OBSERVED, 0, "0.05 arrivals/s, 5 % of the planned 1/s",
	  "" },
	{ "of one of the steps", "rate(ok, step: me) >= 95% of planned", of_two,
	  20, VERDICT_OK, 0, "100/s, 100 % of the planned 100/s", "" },
	{ "a rate itself is of requests", "rate(all) >= 200/s", of_two, 20,
	  VERDICT_OK, 0, "200/s", "" },
	{ "errors take from it", "rate(ok) >= 95% of planned", rig_bad, 20,
	  VERDICT_FAILED, 20, "100/s, 87 % of the planned 115/s", "" },
	{ "dropped are errors", "ratio(errors) < 0.01%", drops, 20,
	  VERDICT_FAILED, 20, "0.15 %", "" },
	{ "dropped", "count(dropped) <= 3", drops, 20, VERDICT_OK, 0, "3", "" },
	{ "dropped have no status", "count(status != 200) <= 2", drops, 20,
	  VERDICT_FAILED, 20, "3", "" },
	{ "window", "ratio(errors, 10s) < 5%", rig_bad, 60, VERDICT_FAILED, 11,
	  "23.1 %", "crossed 11.0 s after its start" },
	{ "for without a window", "ratio(errors) < 5% for 10s", rig_bad, 60,
	  VERDICT_FAILED, 21, "18.8 %", "" },
	/* judged with the interval */
	{ "a share that may be less", "ratio(errors) < 0.1%", drops, 20,
	  VERDICT_NOT_OBSERVED, 0, "0.15 %",
	  "has the limit inside: if it stays as it is, about 7900 requests" },
	{ "a share that may be more", "ratio(errors) < 0.4%", drops, 20,
	  VERDICT_NOT_OBSERVED, 0, "0.15 %", "has the limit inside" },
	{ "a share that is less", "ratio(errors) < 1%", drops, 20, VERDICT_OK,
	  0, "0.15 %", "" },
	{ "no error in a small sample", "ratio(errors) < 0.1%", rig_good, 2,
	  VERDICT_OK, 0, "0 %",
	  "none of the 200: up to 1.9 % could have gone unseen" },
	{ "all ok in a small sample", "ratio(ok) >= 99.9%", rig_good, 2,
	  VERDICT_OK, 0, "100 %", "all of the 200: up to 1.9 % could" },
	{ "no error in a large one", "ratio(errors) < 1%", rig_good, 20,
	  VERDICT_OK, 0, "0 %", "" },
	{ "an exact share", "ratio(errors) == 0%", drops, 20, VERDICT_FAILED,
	  20, "0.15 %", "" },
	{ "a median beyond", "p50(latency) < 9ms", spread, 20, VERDICT_FAILED,
	  20, "10.0 ms", "" },
	{ "a median within", "p50(latency) < 12ms", spread, 20, VERDICT_OK, 0,
	  "10.0 ms", "" },
	{ "a median that may be more", "p50(latency) < 10500us", spread, 20,
	  VERDICT_NOT_OBSERVED, 0, "10.0 ms", "has the limit inside" },
	{ "a mean that may be more", "mean(latency) < 180ms", two_slow_in_1000,
	  20, VERDICT_NOT_OBSERVED, 0, "151 ms", "has the limit inside" },
	{ "a mean within", "mean(latency) < 250ms", two_slow_in_1000, 20,
	  VERDICT_OK, 0, "151 ms", "" },
	{ "a rate that may be less", "rate(all) >= 95/s", uneven, 20,
	  VERDICT_NOT_OBSERVED, 0, "100/s", "has the limit inside" },
	{ "a rate within", "rate(all) >= 80/s", uneven, 20, VERDICT_OK, 0,
	  "100/s", "" },
	{ "a ramp is no doubt", "rate(all) >= 85/s", rises, 20, VERDICT_OK, 0,
	  "95/s", "" },
	{ "seconds are missing", "rate(all) >= 45/s", rarely_told, 20,
	  VERDICT_OK, 0, "50/s", "" },
	{ "a share of the plan that may be less", "rate(ok) >= 95% of planned",
	  one_refused, 31, VERDICT_OK, 0, "", "" },
	{ "few of the plan", "rate(ok) >= 95% of planned", one_of_20, 20,
	  VERDICT_NOT_OBSERVED, 0, "0.95/s", "has the limit inside" },
	{ "all of few of the plan", "rate(ok) >= 95% of planned", rare, 20,
	  VERDICT_OK, 0, "1/s", "all of the 20: up to 16 % could" },
	{ "a count has no interval", "count(errors) <= 3", drops, 20,
	  VERDICT_OK, 0, "3", "" },
	{ "for, and it was over", "ratio(errors) < 20% for 10s", rig_bad, 60,
	  VERDICT_OK, 0, "", "" },
};

static void limits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof limit_rows / sizeof limit_rows[0]; i++) {
		const struct limit_row *row = &limit_rows[i];
		const struct limit_result *l;
		struct rig r;

		rig_make(&r, row->limit, row->total_s);
		rig_run(&r, row->total_s, row->series);
		assert_int_equal(r.out.n_limits, 1);
		l = &r.out.limits[0];
		if (l->verdict != row->want ||
		    l->crossed_at_ns != row->crossed_s * S ||
		    strncmp(l->seen, row->seen, strlen(row->seen)) != 0 ||
		    !strstr(l->note, row->note))
			fail_msg("%s: %s, seen \"%s\", crossed %.3f, note "
				 "\"%s\"",
				 row->name, verdict_name(l->verdict), l->seen,
				 (double)l->crossed_at_ns / 1e9, l->note);
		rig_free(&r);
	}
}

/* ---- intervals ---- */

static void intervals(void **state)
{
	static const struct {
		const char *limit;
		void (*series)(uint64_t s, struct part *p);
		const char *want;
		double low, high; /* within a thousandth */
	} row[] = {
		{ "p50(latency) < 12ms", spread, "[9.99 ms, 11.0 ms]", 10e6,
		  11e6 },
		{ "ratio(errors) < 1%", drops, "[0.0509 %, 0.439 %]", 5.0948e-4,
		  4.3944e-3 },
		{ "ratio(errors) < 1%", rig_good, "[0 %, 0.192 %]", 0,
		  1.9170e-3 },
		{ "mean(latency) < 1s", two_slow_in_1000, "[110 ms, 191 ms]",
		  110.47e6, 191.43e6 },
		{ "rate(all) >= 80/s", uneven, "[87.6/s, 112/s]", 87.604,
		  112.396 },
		{ "rate(ok) >= 95% of planned", one_of_20, "[0.764/s, 0.991/s]",
		  0.76387, 0.99112 },
		{ "count(errors) <= 3", drops, "", 0, 0 },
		{ "max(latency) < 1s", spread, "", 0, 0 },
		{ "down_for() < 60s", rig_good, "", 0, 0 },
		{ "p50(latency, 5s) < 1s", spread, "", 0, 0 },
		{ "p50(latency) < 1s for 3s", spread, "", 0, 0 },
		{ "p99.9(latency) < 1s", spread, "", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		const struct limit_result *l;
		struct rig r;

		rig_make(&r, row[i].limit, 20);
		rig_run(&r, 20, row[i].series);
		l = &r.out.limits[0];
		if (strcmp(l->interval, row[i].want) != 0 ||
		    fabs(l->low - row[i].low) > 1e-3 * row[i].low ||
		    fabs(l->high - row[i].high) > 1e-3 * row[i].high)
			fail_msg("%s: %s, %.6g to %.6g", row[i].limit,
				 l->interval, l->low, l->high);
		rig_free(&r);
	}
}

/* Newcombe, Statistics in Medicine 17 (1998) 857, table I, method 3. */
static void shares_by_wilson(void **state)
{
	static const struct {
		double k, n, low, high;
	} row[] = {
		{ 81, 263, 0.2553, 0.3662 },
		{ 15, 148, 0.0624, 0.1605 },
		{ 0, 20, 0, 0.1611 },
		{ 1, 29, 0.0061, 0.1718 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		double low, high;

		limit_wilson(row[i].k / row[i].n, row[i].n, &low, &high);
		assert_true(fabs(low - row[i].low) < 6e-5);
		assert_true(fabs(high - row[i].high) < 6e-5);
	}
}

/* A search tries what held again: its trials are decided in any case. */
static void a_trial_is_decided(void **state)
{
	struct rig r;

	(void)state;
	rig_make(&r, "p50(latency) < 10500us", 20);
	r.limit[0].is_trial = true;
	rig_run(&r, 20, spread);
	assert_int_equal(r.out.limits[0].verdict, VERDICT_OK);
	rig_free(&r);
}

/* What one looks at first says it all. */
static void an_open_limit_is_told(void **state)
{
	struct rig r;

	(void)state;
	rig_make(&r, "p50(latency) < 10500us", 20);
	rig_run(&r, 20, spread);
	assert_int_equal(r.out.verdict, RUN_INCONCLUSIVE);
	assert_non_null(strstr(r.out.message,
			       "is inconclusive: 10.0 ms [9.99 ms, 11.0 ms]"));
	rig_free(&r);
}

/* ---- the end of a plan -------------------------------------------------- */

/* A plan of 10 s whose last requests end later. */
static void stragglers(void **state)
{
	static const struct {
		const char *limit;
		void (*series)(uint64_t s, struct part *p);
		uint64_t total_s;
		enum verdict want;
		const char *seen;
	} row[] = {
		/* what ends long after the plan is no rate that it held */
		{ "rate(ok) >= 95% of planned", drains, 20, VERDICT_FAILED,
		  "55/s" },
		{ "rate(ok) >= 95% of planned", drains_of_two, 20,
		  VERDICT_FAILED, "55 arrivals/s" },
		/* arrivals of several requests take as long as they do */
		{ "rate(ok) >= 95% of planned", slow_at_best, 13, VERDICT_OK,
		  "130 arrivals/s" },
		/* one that times out afterwards changes no rate */
		{ "rate(ok) >= 95% of planned", last_one_times_out, 15,
		  VERDICT_OK, "100/s" },
		{ "rate(ok, 5s) >= 95% of planned", last_one_times_out, 15,
		  VERDICT_OK, "100/s" },
		/* nor is a window made of it alone */
		{ "ratio(timeouts, 3s) < 1%", last_one_times_out, 15,
		  VERDICT_OK, "0.332 %" },
		{ "max(latency, 3s) < 1s", last_one_times_out, 15,
		  VERDICT_FAILED, "5.00 s" },
		{ "down_for() < 3s", last_one_times_out, 15, VERDICT_OK,
		  "0 ns" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct rig r;

		rig_make(&r, row[i].limit, 10);
		rig_run(&r, row[i].total_s, row[i].series);
		if (r.out.limits[0].verdict != row[i].want ||
		    strncmp(r.out.limits[0].seen, row[i].seen,
			    strlen(row[i].seen)) != 0)
			fail_msg("%s: %s, seen %s", row[i].limit,
				 verdict_name(r.out.limits[0].verdict),
				 r.out.limits[0].seen);
		rig_free(&r);
	}
}

/* ---- aborting -------------------------------------------------------------- */

static void aborts(void **state)
{
	static const struct {
		const char *limit;
		void (*series)(uint64_t s, struct part *p);
		uint64_t hold_s, ends_s; /* 60: it does not */
		enum verdict want;
	} row[] = {
		{ "ratio(errors, 3s) < 5%", bad_from_10, 0, 11,
		  VERDICT_FAILED },
		{ "ratio(errors, 3s) < 5%", bad_from_10, 5, 16,
		  VERDICT_FAILED },
		{ "ratio(errors, 3s) < 5%", rig_bad, 30, 60, VERDICT_FAILED },
		{ "ratio(errors) < 5%", bad_from_10, 0, 11, VERDICT_FAILED },
		{ "ratio(errors) < 5%", bad_from_10, 4, 15, VERDICT_FAILED },
		{ "ratio(errors, 3s) < 5% for 4s", bad_from_10, 5, 20,
		  VERDICT_FAILED },
		{ "count(errors) <= 150", bad_from_10, 0, 12, VERDICT_FAILED },
		{ "p99(latency) < 1s", rig_good, 0, 60, VERDICT_OK },
		/* a second with a single slow request is no reason yet */
		{ "p99(latency) < 1s", rare_and_one_slow, 0, 60,
		  VERDICT_NOT_OBSERVED },
		{ "ratio(errors) < 5%", rig_good, 0, 60, VERDICT_OK },
		/* nothing is ok: no need to wait for a larger sample */
		{ "ratio(errors) < 5%", bad_at_once, 0, 1, VERDICT_FAILED },
		{ "ratio(errors) < 5%", bad_at_once, 1, 2, VERDICT_FAILED },
		{ "ratio(errors) < 5%", bad_at_once, 2, 3, VERDICT_FAILED },
		{ "ratio(ok) >= 95%", bad_at_once, 0, 1, VERDICT_FAILED },
		/* a few are no reason before the third second */
		{ "ratio(errors) < 5%", six_at_once, 0, 3, VERDICT_FAILED },
		{ "rate(ok) >= 95% of planned", bad_at_once, 0, 3,
		  VERDICT_FAILED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct rig r;
		uint64_t ended_s;

		rig_make(&r, row[i].limit, 60);
		r.limit[0].aborts = true;
		r.limit[0].hold_ns = row[i].hold_s * S;
		ended_s = rig_run(&r, 60, row[i].series);
		if (ended_s != row[i].ends_s ||
		    r.out.limits[0].verdict != row[i].want ||
		    r.out.limits[0].aborted != (row[i].ends_s < 60))
			fail_msg("%s, hold %d s: %s after %d s", row[i].limit,
				 (int)row[i].hold_s,
				 verdict_name(r.out.limits[0].verdict),
				 (int)ended_s);
		rig_free(&r);
	}
}

/* Half a second is held for a whole one, and the end is told as it was. */
static void an_abort_is_told_as_it_was(void **state)
{
	const char *why = NULL;
	struct part p;
	struct rig r;

	(void)state;
	rig_make(&r, "ratio(errors) < 5%, rate(ok) >= 95% of planned", 60);
	r.limit[0].aborts = true;
	r.limit[0].hold_ns = S / 2;
	rig_start(&r);
	bad_at_once(0, &p);
	rig_take(&r, 0, &p);
	assert_true(collector_look(r.c, S + S / 10, &why));
	rig_take(&r, 1, &p);
	assert_false(collector_look(r.c, 2 * S + S / 10, &why));
	assert_string_equal(why, "ratio(errors) < 5%");
	r.end.ended = "aborted";
	r.end.stopped_ns = 2 * S + S / 10;
	collector_stop(r.c, r.end.stopped_ns);
	p = (struct part){ .failed = 10, .latency_ns = MS };
	rig_take(&r, 2, &p);
	/* what is under way is waited for */
	for (uint64_t s = 3; s < 12; s++)
		rig_take(&r, s, &(struct part){ .under_way = 1 });
	rig_finish(&r, 12 * S);
	assert_true(r.out.limits[0].aborted);
	assert_string_equal(r.out.limits[0].note,
			    "that was 2.10 s after its start");
	assert_string_equal(r.out.limits[1].seen,
			    "0/s, 0 % of the planned 100/s");
	assert_true(r.out.planned_per_s > 99.9 && r.out.planned_per_s < 100.1);
	assert_int_equal(r.out.down_for_ns, r.end.stopped_ns);
	rig_free(&r);
}

/* ---- an early end ----------------------------------------------------- */

/* Somebody ends a load that keeps its rate; then it waits for answers. */
static void rates_until_it_was_stopped(void **state)
{
	struct part p;
	struct rig r;

	(void)state;
	rig_make(&r, "rate(ok) >= 95% of planned, rate(ok, 2s) >= 90/s", 60);
	rig_start(&r);
	rig_good(0, &p);
	for (uint64_t s = 0; s < 5; s++)
		rig_take(&r, s, &p);
	collector_stop(r.c, 5 * S);
	/* the plan cannot become longer again */
	collector_stop(r.c, 9 * S);
	for (uint64_t s = 5; s < 15; s++)
		rig_take(&r, s, &(struct part){ .under_way = 1 });
	r.end.ended = "interrupted";
	r.end.stopped_ns = 5 * S;
	rig_finish(&r, 15 * S);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(r.out.limits[i].verdict, VERDICT_OK);
	assert_string_equal(r.out.limits[0].seen,
			    "100/s, 100 % of the planned 100/s");
	assert_true(r.out.ok_per_s > 99.9 && r.out.ok_per_s < 100.1);
	assert_true(r.out.planned_per_s > 99.9 && r.out.planned_per_s < 100.1);
	rig_free(&r);
}

/* ---- down ------------------------------------------------------------- */

/* When one answer came, in milliseconds; the others fail. */
static void ok_at(struct rig *r, uint64_t second, uint64_t at_ms)
{
	const struct part failures = { .failed = 3, .latency_ns = MS };

	if (at_ms)
		rig_request(r, at_ms * MS, OUTCOME_OK, 200, MS);
	rig_take(r, second, &failures);
}

static const struct {
	const char *name;
	uint64_t ok_ms[6]; /* 0: none in that second */
	uint64_t total_ms, stopped_ms;
	uint64_t want_ms;
} down_rows[] = {
	{ "up", { 1, 1500, 2500, 3500, 4500, 5500 }, 6000, 0, 0 },
	{ "a second and a half",
	  { 990, 0, 2500, 3500, 4500, 5500 },
	  6000,
	  0,
	  1510 },
	{ "the longest of two", { 500, 0, 2500, 0, 0, 5250 }, 6000, 0, 2750 },
	{ "from the start", { 0, 0, 2300, 3500, 4500, 5500 }, 6000, 0, 2300 },
	{ "until the end", { 1, 1500, 2500, 3400, 0, 0 }, 6000, 0, 2600 },
	{ "until it was stopped",
	  { 1, 1500, 2500, 3400, 0, 0 },
	  5900,
	  5200,
	  1800 },
	{ "until the run ended", { 1, 1500, 2500, 3400, 0, 0 }, 5900, 0, 2500 },
	{ "less than two seconds may not be seen",
	  { 990, 1010, 2990, 3500, 4500, 5500 },
	  6000,
	  0,
	  0 },
};

static void down_is_exact(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof down_rows / sizeof down_rows[0]; i++) {
		struct rig r;

		rig_make(&r, "down_for() < 1h", 6);
		rig_start(&r);
		for (uint64_t s = 0; s < 6; s++)
			ok_at(&r, s, down_rows[i].ok_ms[s]);
		r.end.stopped_ns = down_rows[i].stopped_ms * MS;
		rig_finish(&r, down_rows[i].total_ms * MS);
		if (r.out.down_for_ns != down_rows[i].want_ms * MS)
			fail_msg("%s: %.3f s", down_rows[i].name,
				 (double)r.out.down_for_ns / 1e9);
		rig_free(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits),
		cmocka_unit_test(intervals),
		cmocka_unit_test(shares_by_wilson),
		cmocka_unit_test(a_trial_is_decided),
		cmocka_unit_test(an_open_limit_is_told),
		cmocka_unit_test(stragglers),
		cmocka_unit_test(aborts),
		cmocka_unit_test(an_abort_is_told_as_it_was),
		cmocka_unit_test(rates_until_it_was_stopped),
		cmocka_unit_test(down_is_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
