/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "scenarios/base/arena.h"
#include "tests/unit/load_rig.h"

/* ---- verdicts ------------------------------------------------------------------ */

struct verdict_row {
	const char *name, *limits;
	void (*series)(uint64_t s, struct part *p);
	void (*change)(struct rig *r);
	enum run_verdict want;
	const char *message;
	size_t n_doubts;
};

static void late(struct rig *r)
{
	hist_record_n(r->slice->lateness, 30 * MS, 100);
}

static void rather_late(struct rig *r)
{
	hist_record_n(r->slice->lateness, 4 * MS, 100);
}

static void lags(struct rig *r)
{
	hist_record_n(r->slice->loop_lag, 80 * MS, 1000);
}

static void busy(struct rig *r)
{
	r->end.busiest_cpu_permille = 970;
}

static void busy_and_closed(struct rig *r)
{
	busy(r);
	r->load.plan.model = LOAD_CLOSED;
}

static void no_files(struct rig *r)
{
	r->end.out_of_files = 12;
}

static void no_ports(struct rig *r)
{
	r->end.out_of_ports = 1;
}

static void local_fail(struct rig *r)
{
	rig_request(r, 0, OUTCOME_LOCAL_FAIL, 0, 1);
}

static void lost(struct rig *r)
{
	r->slice->planned++;
}

static void interrupted(struct rig *r)
{
	r->end.ended = "interrupted";
	r->slice->planned += 50;
	r->slice->not_started += 50;
	hist_record_n(r->slice->missed, MS, 50);
}

static void out_of_data(struct rig *r)
{
	interrupted(r);
	r->end.ended = "data";
}

static void not_started(struct rig *r)
{
	r->slice->planned += 50;
	r->slice->not_started += 50;
	hist_record_n(r->slice->missed, MS, 50);
}

/* Two in a hundred fail. */
static void rig_worse(uint64_t s, struct part *p)
{
	rig_good(s, p);
	p->failed = 2;
}

static const struct verdict_row verdict_rows[] = {
	{ "ok", "p99(latency) < 1s", rig_good, NULL, RUN_OK,
	  "1000 requests, p99 5.00 ms: \"p99(latency) < 1s\" holds", 0 },
	{ "the built-in one", "", rig_good, NULL, RUN_OK,
	  "\"ratio(errors) < 1%\" holds", 0 },
	{ "some fail, which no limit forbids", "p99(latency) < 1s", rig_worse,
	  NULL, RUN_OK, "1020 requests, 20 of them not ok, p99 ", 0 },
	{ "the built-in one fails", "", rig_bad, NULL, RUN_OK, "", 0 },
	{ "two of them fail", "p99(latency) < 1ms, max(latency) < 1ms",
	  rig_good, NULL, RUN_FAILED,
	  "\"p99(latency) < 1ms\" does not hold: 5.00 ms, and 1 more", 0 },
	{ "too few", "p99.9(latency) < 1s", rig_good, NULL, RUN_INCONCLUSIVE,
	  "was not observed: needs 10000 requests, got 1000", 0 },
	{ "nothing at all", "count(errors) <= 10", rig_nothing, NULL,
	  RUN_INCONCLUSIVE, "no request has ended", 0 },
	{ "interrupted", "p99(latency) < 1s", rig_good, interrupted,
	  RUN_INCONCLUSIVE, "the load was interrupted", 0 },
	{ "late", "p99(latency) < 1ms", rig_good, late, RUN_INVALID,
	  "send lateness p99 is 30.0 ms, more than 10.0 ms: ask for", 1 },
	{ "rather late", "p99(latency) < 1s", rig_good, rather_late, RUN_OK, "",
	  1 },
	{ "its loop lags", "p99(latency) < 1s", rig_good, lags, RUN_INVALID,
	  "loop lag p99 is 80", 1 },
	{ "busy", "p99(latency) < 1s", rig_good, busy, RUN_INVALID,
	  "the busiest worker used 97 % of a CPU, more than 90 %", 1 },
	{ "busy by design", "p99(latency) < 1s", rig_good, busy_and_closed,
	  RUN_OK, "", 1 },
	{ "no files", "p99(latency) < 1s", rig_good, no_files, RUN_INVALID,
	  "this machine ran out of open files at 12 requests: allow", 1 },
	{ "no ports", "p99(latency) < 1s", rig_good, no_ports, RUN_INVALID,
	  "this machine ran out of local ports at 1 request", 1 },
	{ "a fault of this machine", "p99(latency) < 1s", rig_good, local_fail,
	  RUN_INVALID, "could not make 1 of the requests", 1 },
	{ "no data, nothing failed", "ratio(errors) < 1%", rig_good,
	  out_of_data, RUN_OK, "\"ratio(errors) < 1%\" holds", 0 },
	{ "no room, nothing failed", "p99(latency) < 2s", rig_good, not_started,
	  RUN_INVALID,
	  "50 of 1050 arrivals were not sent, as all 64 connections", 1 },
	{ "no room, and the target was slow", "p99(latency) < 1ms", rig_good,
	  not_started, RUN_INVALID, "connections were taken", 1 },
	{ "no room, as the target failed", "p99(latency) < 1ms", rig_worse,
	  not_started, RUN_FAILED, "does not hold", 1 },
	{ "lost", "p99(latency) < 1s", rig_good, lost, RUN_INVALID,
	  "the books do not balance: not planned = sent + dropped", 1 },
};

static void verdicts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof verdict_rows / sizeof verdict_rows[0];
	     i++) {
		const struct verdict_row *row = &verdict_rows[i];
		struct rig r;

		rig_make(&r, row->limits, 10);
		rig_start(&r);
		if (row->change)
			row->change(&r);
		for (uint64_t s = 0; s < 10; s++) {
			struct part p;

			row->series(s, &p);
			rig_take(&r, s, &p);
		}
		rig_finish(&r, 10 * S);
		if (r.out.verdict != row->want ||
		    !strstr(r.out.message, row->message) ||
		    r.out.instrument.n_doubts != row->n_doubts)
			fail_msg("%s: %s, %d doubts, \"%s\"", row->name,
				 run_verdict_name(r.out.verdict),
				 (int)r.out.instrument.n_doubts, r.out.message);
		rig_free(&r);
	}
}

/* ---- the books -------------------------------------------------------------------- */

static uint64_t draw(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return *seed >> 33;
}

/* Slices late and out of order, warm-up or not: nothing vanishes. */
static void books_balance(void **state)
{
	uint64_t seed = 3;

	(void)state;
	for (uint64_t round = 0; round < 6; round++) {
		struct rig r;
		uint64_t total = 0, in_rows = 0, n_rows = 0;
		const uint64_t seconds = 100 << round;

		rig_make(&r, "p99(latency, 10s) < 1s, count(errors) <= 5", 0);
		r.load.warm_up_ns = round % 2 * 20 * S + 1;
		rig_start(&r);
		for (uint64_t s = 0; s < seconds; s++) {
			uint64_t at = s - (s > 9 ? draw(&seed) % 9 : 0);
			struct part p = { .ok = draw(&seed) % 5,
					  .failed = draw(&seed) % 3,
					  .timed_out = draw(&seed) % 2,
					  .dropped = draw(&seed) % 2,
					  .latency_ns = draw(&seed) };

			total += p.ok + p.failed + p.timed_out + p.dropped;
			rig_take(&r, at, &p);
		}
		rig_finish(&r, seconds * S);
		assert_int_equal(r.out.accounting.planned, total);
		assert_int_equal(r.out.accounting.sent +
					 r.out.accounting.dropped,
				 total);
		assert_int_equal(r.out.warm_up.requests +
					 r.out.steps[0].accounting.sent,
				 r.out.requests);
		for (size_t i = 0; i < r.out.n_timeline; i++) {
			const struct timeline_row *t = &r.out.timeline[i];

			in_rows += t->planned;
			n_rows += t->sent + t->dropped;
		}
		assert_true(r.out.n_timeline <= COLLECT_ROWS_MAX);
		assert_int_equal(in_rows, total);
		assert_int_equal(n_rows, total);
		for (size_t i = 0; i < r.out.instrument.n_doubts; i++)
			assert_null(strstr(r.out.instrument.doubts[i].what,
					   "books"));
		rig_free(&r);
	}
}

static void counts_of_steps(void **state)
{
	struct rig r;
	struct part p = { .ok = 90,
			  .failed = 6,
			  .status = 503,
			  .timed_out = 4,
			  .latency_ns = 7 * MS + 3 };
	const struct load_step_result *st;
	uint64_t phases = 0;

	(void)state;
	rig_make(&r, "", 1);
	rig_start(&r);
	rig_take(&r, 0, &p);
	p = (struct part){ .failed = 2, .status = 404, .latency_ns = 8 * MS };
	rig_request(&r, 1, OUTCOME_STATUS, 999, 8 * MS);
	rig_take(&r, 0, &p);
	rig_finish(&r, S);
	st = &r.out.steps[0];
	assert_int_equal(r.out.n_steps, 2);
	assert_string_equal(st->name, "login");
	assert_int_equal(st->status_5xx, 6);
	assert_int_equal(st->status_4xx, 2);
	assert_int_equal(st->n_statuses, 5);
	assert_string_equal(st->statuses[0].name, "none");
	assert_int_equal(st->statuses[0].count, 4);
	assert_string_equal(st->statuses[3].name, "503");
	assert_string_equal(st->statuses[4].name, "999");
	assert_int_equal(st->n_outcomes, 3);
	assert_string_equal(st->outcomes[0].name, "ok");
	assert_int_equal(st->outcomes[0].count, 90);
	for (size_t i = 0; i < PHASE_N; i++)
		phases += st->mean_phases.ns[i];
	assert_int_equal(phases, st->latency.mean_ns);
	assert_int_equal(st->latency.count, 103);
	assert_int_equal(st->latency.n_quantiles, 7);
	assert_true(strlen(st->latency.hdr) > 20);
	assert_int_equal(r.out.steps[1].latency.count, 0);
	assert_string_equal(r.out.steps[1].latency.hdr, "");
	assert_true(r.out.success > 0.87 && r.out.success < 0.88);
	assert_true(r.out.limits[0].built_in);
	assert_int_equal(r.out.limits[0].verdict, VERDICT_FAILED);
	rig_free(&r);
}

/* Two rows that become one keep counts and quantiles. */
static void timeline_coarsens(void **state)
{
	const uint64_t seconds = 1000;
	struct rig r;
	struct hist *want = hist_new(2), *got = hist_new(2);

	(void)state;
	rig_make(&r, "", seconds);
	rig_start(&r);
	for (uint64_t s = 0; s < seconds; s++) {
		struct part p = { .ok = 20,
				  .latency_ns = (1 + s) * MS,
				  .under_way = s };

		rig_take(&r, s, &p);
		hist_record_n(want, p.latency_ns, 20);
	}
	rig_finish(&r, seconds * S);
	/* 1 s, 2 s, 4 s, 8 s would be too few */
	assert_int_equal(r.out.n_timeline, 125);
	for (size_t i = 0; i < r.out.n_timeline; i++) {
		const struct timeline_row *t = &r.out.timeline[i];
		struct hist *h = hist_decode(t->hdr, strlen(t->hdr), &r.es);
		double middle = ((double)i * 8 + 4) * 1e6;

		assert_non_null(h);
		assert_int_equal(t->at_ns, i * 8 * S);
		assert_int_equal(t->for_ns, 8 * S);
		assert_int_equal(t->planned, 160);
		assert_int_equal(t->users, i * 8 + 7);
		assert_int_equal(t->connections, 5);
		assert_int_equal(hist_count(h), 160);
		assert_true((double)t->p50_ns > middle * 0.99 - 1e6);
		assert_true((double)t->p50_ns < middle * 1.01 + 1e6);
		hist_merge(got, h);
		hist_free(h);
	}
	for (double q = 0.01; q < 1; q += 0.01) {
		double a = (double)hist_quantile(want, q);
		double b = (double)hist_quantile(got, q);

		assert_true(b > a * 0.98 && b < a * 1.02);
	}
	hist_free(want);
	hist_free(got);
	rig_free(&r);
}

/* ---- the warm-up ---------------------------------------------------------------- */

static void slow_at_first(uint64_t s, struct part *p)
{
	rig_good(s, p);
	if (s < 10)
		p->latency_ns = 900 * MS;
}

static void warm_up_is_not_judged(void **state)
{
	static const struct {
		const char *name;
		uint64_t warm_up_ns;
		bool finds;
		uint64_t plan_s;
		uint64_t least_s, most_s;
		enum verdict want;
		const char *how, *why;
	} row[] = {
		{ "none", 0, false, 60, 0, 0, VERDICT_FAILED, "", "" },
		{ "fixed", 10 * S, false, 60, 10, 10, VERDICT_OK, "fixed", "" },
		{ "up to a whole second", 9 * S + 1, false, 60, 10, 10,
		  VERDICT_OK, "fixed", "" },
		{ "too short", 9 * S, false, 60, 9, 9, VERDICT_FAILED, "fixed",
		  "" },
		{ "found", 0, true, 120, 18, 40, VERDICT_OK, "found",
		  "p50 within 10 %" },
		{ "too short a plan for it", 0, true, 8, 0, 0, VERDICT_FAILED,
		  "not found", "leaves 2 s" },
		{ "longer than the load", 100 * S, false, 60, 100, 100,
		  VERDICT_NOT_OBSERVED, "fixed", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct rig r;
		uint64_t ended_s;

		rig_make(&r, "max(latency) < 100ms", row[i].plan_s);
		r.load.warm_up_ns = row[i].warm_up_ns;
		r.load.finds_warm_up = row[i].finds;
		rig_run(&r, row[i].plan_s, slow_at_first);
		ended_s = r.out.warm_up.ended_ns / S;
		if (ended_s < row[i].least_s || ended_s > row[i].most_s ||
		    r.out.limits[0].verdict != row[i].want ||
		    strcmp(r.out.warm_up.how, row[i].how) != 0 ||
		    !strstr(r.out.warm_up.why, row[i].why))
			fail_msg("%s: %s, %s after %d s: %s", row[i].name,
				 verdict_name(r.out.limits[0].verdict),
				 r.out.warm_up.how, (int)ended_s,
				 r.out.warm_up.why);
		/* counted in any case */
		assert_int_equal(r.out.accounting.planned, row[i].plan_s * 100);
		if (ended_s > row[i].plan_s)
			ended_s = row[i].plan_s;
		assert_int_equal(r.out.warm_up.requests, ended_s * 100);
		assert_int_equal(r.out.latency.count,
				 (row[i].plan_s - ended_s) * 100);
		rig_free(&r);
	}
}

/* ---- watching ---------------------------------------------------------------------- */

static void progress(void **state)
{
	struct rig r;
	struct progress p;
	struct part part;
	const char *why = NULL;

	(void)state;
	rig_make(&r, "", 20);
	r.load.warm_up_ns = 5 * S;
	rig_start(&r);
	collector_progress(r.c, 0, &p);
	assert_true(p.is_warm_up);
	assert_int_equal(p.sent, 0);
	for (uint64_t s = 0; s < 10; s++) {
		rig_good(s, &part);
		part.failed = 1;
		rig_take(&r, s, &part);
		assert_true(collector_look(r.c, (s + 1) * S, &why));
	}
	collector_progress(r.c, 10 * S, &p);
	assert_false(p.is_warm_up);
	assert_int_equal(p.total_ns, 20 * S);
	assert_true(p.share > 0.49 && p.share < 0.51);
	assert_true(p.rate_per_s > 100 && p.rate_per_s < 102);
	assert_true(p.planned_per_s > 100 && p.planned_per_s < 102);
	assert_int_equal(p.sent, 1010);
	assert_int_equal(p.ok, 1000);
	assert_int_equal(p.errors, 10);
	assert_int_equal(p.users, 1);
	assert_int_equal(p.connections, 5);
	assert_true(p.p50_ns > 4900000 && p.p50_ns < 5100000);
	rig_finish(&r, 10 * S);
	rig_free(&r);
}

/* ---- memory -------------------------------------------------------------------------- */

size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static size_t memory_in_use(void)
{
	if (__sanitizer_get_current_allocated_bytes)
		return __sanitizer_get_current_allocated_bytes();
	return mallinfo2().uordblks;
}

static void memory_does_not_grow(void **state)
{
	struct rig r;
	struct part p;
	const char *why = NULL;
	size_t before;

	(void)state;
	rig_make(&r, "p99(latency, 10s) < 1s, ratio(errors) < 5% for 1m", 0);
	rig_start(&r);
	before = memory_in_use();
	for (uint64_t s = 0; s < 2000; s++) {
		rig_good(s, &p);
		rig_take(&r, s, &p);
		assert_true(collector_look(r.c, (s + 1) * S, &why));
		assert_int_equal(memory_in_use(), before);
	}
	rig_finish(&r, 2000 * S);
	rig_free(&r);
}

/* An arena that is full: it says so, and nothing else happens. */
static void no_memory_for_the_result(void **state)
{
	(void)state;
	for (size_t room = 100; room < 40000; room += room / 3) {
		struct rig r;
		struct arena *small = arena_new(room);
		struct part p;

		rig_make(&r, "p99(latency, 2s) < 1s, max(latency) < 1ms", 3);
		rig_start(&r);
		for (uint64_t s = 0; s < 3; s++) {
			rig_bad(10 + s, &p);
			rig_take(&r, s, &p);
		}
		r.end.total_ns = 3 * S;
		r.end.out_of_files = 1;
		if (collector_finish(r.c, &r.end, small, &r.out))
			assert_int_equal(r.out.verdict, RUN_INVALID);
		else
			assert_true(room < 30000);
		arena_free(small);
		rig_free(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts),
		cmocka_unit_test(books_balance),
		cmocka_unit_test(counts_of_steps),
		cmocka_unit_test(timeline_coarsens),
		cmocka_unit_test(warm_up_is_not_judged),
		cmocka_unit_test(progress),
		cmocka_unit_test(memory_does_not_grow),
		cmocka_unit_test(no_memory_for_the_result),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
