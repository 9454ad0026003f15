/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

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

static void down_59(uint64_t s, struct part *p)
{
	rig_good(s, p);
	if (s >= 20 && s < 79)
		*p = (struct part){ .failed = 3, .latency_ns = MS };
}

static void down_61(uint64_t s, struct part *p)
{
	rig_good(s, p);
	if (s >= 20 && s < 81)
		*p = (struct part){ .failed = 3, .latency_ns = MS };
}

static void hangs_61(uint64_t s, struct part *p)
{
	rig_good(s, p);
	if (s >= 20 && s < 81)
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

static void drops(uint64_t s, struct part *p)
{
	rig_good(s, p);
	p->dropped = s == 9 ? 3 : 0;
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
	  "in whole seconds" },
	{ "AT10 not for long enough", "down_for() < 60s", down_59, 200,
	  VERDICT_OK, 0, "59", "" },
	{ "AT10 down", "down_for() < 60s", down_61, 200, VERDICT_FAILED, 200,
	  "61", "" },
	{ "AT10 it hangs", "down_for() < 60s", hangs_61, 200, VERDICT_FAILED,
	  200, "61", "" },
	{ "AT10 asked rarely", "down_for() < 60s", rarely_down, 200,
	  VERDICT_FAILED, 200, "71", "" },
	{ "AT10 not asked", "down_for() < 60s", not_asked, 200, VERDICT_OK, 0,
	  "1.00 s", "" },
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
	{ "errors take from it", "rate(ok) >= 95% of planned", rig_bad, 20,
	  VERDICT_FAILED, 20, "100/s, 87 % of the planned 115/s", "" },
	{ "dropped are errors", "ratio(errors) < 0.1%", drops, 20,
	  VERDICT_FAILED, 20, "0.15 %", "" },
	{ "dropped", "count(dropped) <= 3", drops, 20, VERDICT_OK, 0, "3", "" },
	{ "dropped have no status", "count(status != 200) <= 2", drops, 20,
	  VERDICT_FAILED, 20, "3", "" },
	{ "window", "ratio(errors, 10s) < 5%", rig_bad, 60, VERDICT_FAILED, 11,
	  "23.1 %", "crossed 11.0 s after its start" },
	{ "for without a window", "ratio(errors) < 5% for 10s", rig_bad, 60,
	  VERDICT_FAILED, 20, "18.8 %", "" },
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
		{ "ratio(errors, 3s) < 5%", bad_from_10, 0, 12,
		  VERDICT_FAILED },
		{ "ratio(errors, 3s) < 5%", bad_from_10, 5, 17,
		  VERDICT_FAILED },
		{ "ratio(errors, 3s) < 5%", rig_bad, 30, 60, VERDICT_FAILED },
		{ "ratio(errors) < 5%", bad_from_10, 0, 11, VERDICT_FAILED },
		{ "ratio(errors) < 5%", bad_from_10, 4, 15, VERDICT_FAILED },
		{ "ratio(errors, 3s) < 5% for 4s", bad_from_10, 5, 21,
		  VERDICT_FAILED },
		{ "count(errors) <= 150", bad_from_10, 0, 12, VERDICT_FAILED },
		{ "p99(latency) < 1s", rig_good, 0, 60, VERDICT_OK },
		/* a second with a single slow request is no reason yet */
		{ "p99(latency) < 1s", rare_and_one_slow, 0, 60,
		  VERDICT_NOT_OBSERVED },
		{ "ratio(errors) < 5%", rig_good, 0, 60, VERDICT_OK },
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits),
		cmocka_unit_test(stragglers),
		cmocka_unit_test(aborts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
