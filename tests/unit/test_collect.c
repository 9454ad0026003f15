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

#include "report/load/collect.h"
#include "report/result/load_result.h"
#include "scenarios/base/arena.h"
#include "scenarios/loads/loads.h"

#define MS UINT64_C(1000000)
#define S  UINT64_C(1000000000)

/* ---- a load that never was ----------------------------------------------- */

/* What happens in one second, all at its beginning. */
struct part {
	uint64_t ok, failed, timed_out; /* requests that end */
	unsigned status;		/* of those that fail */
	uint64_t latency_ns;		/* of all of them */
	uint64_t under_way;		/* at its end */
	uint64_t dropped;
	bool is_silent; /* nothing is handed over */
};

enum { LIMITS = 8, STEPS = 2 };

struct rig {
	struct arena *a;
	struct errs es;
	struct load_limit limit[LIMITS];
	struct workload load;
	struct step_facts step[STEPS];
	struct collect_facts facts;
	struct collector *c;
	struct tally *slice;
	struct collect_ending end;
	struct load_result out;
	uint64_t n_parts;
};

static void rig_limits(struct rig *r, const char *text)
{
	const struct rule *rules;
	size_t n;

	if (!*text)
		return;
	if (!rules_parse(r->a, text, strlen(text), NOWHERE, &rules, &n, &r->es))
		fail_msg("%s: %s", text, r->es.item[0].text);
	assert_true(n <= LIMITS);
	for (size_t i = 0; i < n; i++)
		r->limit[i].rule = rules[i];
	r->load.limits = r->limit;
	r->load.n_limits = n;
}

static void rig_make(struct rig *r, const char *limits, uint64_t plan_s)
{
	*r = (struct rig){ .a = arena_new((size_t)64 << 20) };
	r->load = (struct workload){ .name = "booking", .digits = 3 };
	r->load.plan.model = LOAD_OPEN;
	r->load.plan.for_ns = plan_s * S;
	r->step[0] = (struct step_facts){ .name = "login", .kind = "post" };
	r->step[1] = (struct step_facts){ .name = "me", .kind = "get" };
	r->facts = (struct collect_facts){
		.load = &r->load,
		.n_steps = STEPS,
		.step = r->step,
		.workers = 1,
		.connections_max = 64,
	};
	r->end = (struct collect_ending){ .ended = "plan", .why = "" };
	rig_limits(r, limits);
	r->slice = tally_new(STEPS, 3);
}

static void rig_start(struct rig *r)
{
	r->c = collector_new(&r->facts, &r->es);
	assert_non_null(r->c);
}

static void rig_free(struct rig *r)
{
	collector_free(r->c);
	tally_free(r->slice);
	arena_free(r->a);
}

static void one_request(struct rig *r, uint64_t end_ns, enum outcome o,
			unsigned status, uint64_t latency_ns)
{
	struct tally *t = r->slice;
	/* a clock that has run for long before */
	uint64_t end = end_ns + 100000 * S;

	t->planned++;
	t->sent++;
	hist_record(t->lateness, 20000);
	hist_record(t->iteration, latency_ns);
	if (o == OUTCOME_OK)
		t->ok++;
	else if (tally_is_timeout(o))
		t->timed_out++;
	else
		t->failed++;
	tally_request(t, 0,
		      &(struct sample){ .outcome = o,
					.status = status,
					.planned_ns = end - latency_ns,
					.sent_ns = end - latency_ns,
					.end_ns = end });
}

static void rig_take(struct rig *r, uint64_t second, const struct part *p)
{
	struct tally *t = r->slice;
	uint64_t at = second * S;

	if (p->is_silent)
		return;
	t->from_ns = at;
	t->to_ns = at + S;
	for (uint64_t i = 0; i < p->ok; i++)
		one_request(r, at, OUTCOME_OK, 200, p->latency_ns);
	for (uint64_t i = 0; i < p->failed; i++)
		one_request(r, at, p->status ? OUTCOME_STATUS : OUTCOME_REFUSED,
			    p->status, p->latency_ns);
	for (uint64_t i = 0; i < p->timed_out; i++)
		one_request(r, at, OUTCOME_TIMEOUT, 0, p->latency_ns);
	t->planned += p->dropped;
	t->dropped += p->dropped;
	for (uint64_t i = 0; i < p->dropped; i++)
		hist_record(t->missed, S);
	t->users = p->under_way;
	t->connections = 5;
	collector_take(r->c, t);
	tally_reset(t);
}

static void rig_finish(struct rig *r, uint64_t total_ns)
{
	r->end.total_ns = total_ns;
	assert_true(collector_finish(r->c, &r->end, r->a, &r->out));
}

/* All of it, looking every second; it ends when a limit aborts it. */
static uint64_t rig_run(struct rig *r, uint64_t total_s,
			void (*series)(uint64_t second, struct part *p))
{
	const char *why = NULL;

	rig_start(r);
	for (uint64_t s = 0; s < total_s; s++) {
		struct part p = { 0 };

		series(s, &p);
		rig_take(r, s, &p);
		if (!collector_look(r->c, (s + 1) * S, &why)) {
			assert_non_null(why);
			r->end.ended = "aborted";
			r->end.why = why;
			total_s = s + 1;
		}
	}
	rig_finish(r, total_s * S);
	return total_s;
}

/* ---- series ---------------------------------------------------------------- */

static void good(uint64_t s, struct part *p)
{
	(void)s;
	*p = (struct part){ .ok = 100, .latency_ns = 5 * MS, .under_way = 1 };
}

static void ten_5xx(uint64_t s, struct part *p)
{
	good(s, p);
	p->status = 503;
	p->failed = s >= 100 && s < 110;
}

static void eleven_5xx(uint64_t s, struct part *p)
{
	good(s, p);
	p->status = 503;
	p->failed = s >= 100 && s < 111;
}

/* 11 of them, but never more than 10 in 5 minutes */
static void sparse_5xx(uint64_t s, struct part *p)
{
	good(s, p);
	p->status = 500;
	p->failed = s % 60 == 0;
}

static void slow_for_4min(uint64_t s, struct part *p)
{
	good(s, p);
	p->ok = 10;
	if (s >= 60 && s < 300)
		p->latency_ns = 3 * S;
}

static void slow_for_10min(uint64_t s, struct part *p)
{
	good(s, p);
	p->ok = 10;
	if (s >= 60 && s < 660)
		p->latency_ns = 3 * S;
}

static void slow_for_20min(uint64_t s, struct part *p)
{
	good(s, p);
	p->ok = 10;
	if (s >= 60 && s < 1260)
		p->latency_ns = 3 * S;
}

static void slow_from_1400(uint64_t s, struct part *p)
{
	good(s, p);
	p->ok = 10;
	if (s >= 1400)
		p->latency_ns = 3 * S;
}

static void one_404(uint64_t s, struct part *p)
{
	good(s, p);
	p->status = 404;
	p->failed = s == 30;
}

static void one_refused(uint64_t s, struct part *p)
{
	good(s, p);
	p->failed = s == 30;
}

static void down_59(uint64_t s, struct part *p)
{
	good(s, p);
	if (s >= 20 && s < 79)
		*p = (struct part){ .failed = 3, .latency_ns = MS };
}

static void down_61(uint64_t s, struct part *p)
{
	good(s, p);
	if (s >= 20 && s < 81)
		*p = (struct part){ .failed = 3, .latency_ns = MS };
}

/* It hangs: nothing ends. */
static void hangs_61(uint64_t s, struct part *p)
{
	good(s, p);
	if (s >= 20 && s < 81)
		*p = (struct part){ .under_way = 100 };
}

/* It is asked every 10 s, and is down from 20 to 90. */
static void rarely_down(uint64_t s, struct part *p)
{
	*p = (struct part){ .latency_ns = MS };
	if (s % 10 == 0 && s >= 20 && s <= 90)
		p->failed = 1;
	else if (s % 10 == 0)
		p->ok = 1;
}

/* Between the failures nobody asked for longer than counts. */
static void not_asked(uint64_t s, struct part *p)
{
	good(s, p);
	if (s >= 20 && s < 120)
		*p = (struct part){ .failed = s == 20 || s == 119 };
}

static void six_percent(uint64_t s, struct part *p)
{
	good(s, p);
	p->status = 500;
	p->failed = s >= 60 && s < 900 ? 7 : 0;
}

static void six_percent_for_4min(uint64_t s, struct part *p)
{
	good(s, p);
	p->status = 500;
	p->failed = s >= 60 && s < 300 ? 7 : 0;
}

static void four_percent(uint64_t s, struct part *p)
{
	good(s, p);
	p->status = 500;
	p->failed = 4;
}

static void nothing(uint64_t s, struct part *p)
{
	(void)s;
	*p = (struct part){ 0 };
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

static void bad_10_to_13(uint64_t s, struct part *p)
{
	good(s, p);
	if (s >= 10 && s < 13)
		p->failed = 100;
}

static void bad_from_10(uint64_t s, struct part *p)
{
	good(s, p);
	if (s >= 10)
		p->failed = 100;
}

static void drops(uint64_t s, struct part *p)
{
	good(s, p);
	p->dropped = s == 9 ? 3 : 0;
}

/* All that was planned in 10 s ends, half of it after the plan. */
static void drains(uint64_t s, struct part *p)
{
	good(s, p);
	p->ok = 50;
	p->latency_ns = s * 500 * MS + MS;
}

static void last_one_times_out(uint64_t s, struct part *p)
{
	good(s, p);
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
	{ "CF17 no error", "count(status>=500, 5m) <= 10", good, 400,
	  VERDICT_OK, 0, "0", "" },
	{ "CF17 ten", "count(status>=500, 5m) <= 10", ten_5xx, 400, VERDICT_OK,
	  0, "10", "" },
	{ "CF17 more than ten", "count(status>=500, 5m) <= 10", eleven_5xx, 400,
	  VERDICT_FAILED, 300, "11", "crossed 5 min after its start" },
	{ "CF17 never in one window", "count(status>=500, 5m) <= 10",
	  sparse_5xx, 1200, VERDICT_OK, 0, "5", "" },
	{ "CF17 in a short load", "count(status>=500, 5m) <= 10", eleven_5xx,
	  120, VERDICT_FAILED, 120, "11", "shorter than the window" },
	{ "CF21 not slow", "p95(latency, 5m) < 2s for 5m", good, 700,
	  VERDICT_OK, 0, "5.0", "" },
	{ "CF21 not for long enough", "p95(latency, 5m) < 2s for 5m",
	  slow_for_4min, 1500, VERDICT_OK, 0, "3", "" },
	{ "CF21 slow", "p95(latency, 5m) < 2s for 5m", slow_for_10min, 1500,
	  VERDICT_FAILED, 600, "3", "crossed 10 min after its start" },
	{ "CF21 slow at the end", "p95(latency, 5m) < 2s for 5m",
	  slow_from_1400, 1500, VERDICT_NOT_OBSERVED, 0, "3",
	  "it was not true for the last" },
	{ "AT9 all is well", "count(status != 200) == 0", good, 60, VERDICT_OK,
	  0, "0", "" },
	{ "AT9 one of them", "count(status != 200) == 0", one_404, 60,
	  VERDICT_FAILED, 60, "1", "" },
	{ "AT9 one without a status", "count(status != 200) == 0", one_refused,
	  60, VERDICT_FAILED, 60, "1", "" },
	{ "AT10 up", "down_for() < 60s", good, 200, VERDICT_OK, 0, "0 ns",
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
	{ "AT12 not slow", "p95(latency, 5m) <= 2s for 10m", good, 1300,
	  VERDICT_OK, 0, "5.0", "" },
	{ "AT12 not for long enough", "p95(latency, 5m) <= 2s for 10m",
	  slow_for_4min, 1300, VERDICT_OK, 0, "3", "" },
	{ "AT12 slow", "p95(latency, 5m) <= 2s for 10m", slow_for_20min, 1700,
	  VERDICT_FAILED, 900, "3", "crossed 15 min after its start" },
	{ "CF33 of one step", "p95(latency, step: login) < 10ms", good, 20,
	  VERDICT_OK, 0, "5.0", "" },
	{ "CF33 of one that was never asked", "p95(latency, step: me) < 10ms",
	  good, 20, VERDICT_NOT_OBSERVED, 0, "nothing",
	  "nothing that it is about was seen" },
	{ "no such step", "p95(latency, step: you) < 10ms", good, 20,
	  VERDICT_NOT_OBSERVED, 0, "nothing", "no step is called \"you\"" },
	{ "no requests", "p95(latency) < 1s", nothing, 20, VERDICT_NOT_OBSERVED,
	  0, "nothing", "" },
	{ "no requests to count", "count(errors) <= 10", nothing, 20,
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
	{ "iteration", "p50(iteration) < 6ms", good, 20, VERDICT_OK, 0, "5.0",
	  "" },
	{ "lateness", "p99(lateness) < 1ms", good, 20, VERDICT_OK, 0, "20",
	  "" },
	{ "rate", "rate(all) >= 100/s", good, 20, VERDICT_OK, 0, "100/s", "" },
	{ "rate of the plan", "rate(ok) >= 95% of planned", good, 20,
	  VERDICT_OK, 0, "100/s, 100 % of the planned 100/s", "" },
	{ "errors take from it", "rate(ok) >= 95% of planned", bad_10_to_13, 20,
	  VERDICT_FAILED, 20, "100/s, 87 % of the planned 115/s", "" },
	{ "dropped are errors", "ratio(errors) < 0.1%", drops, 20,
	  VERDICT_FAILED, 20, "0.15 %", "" },
	{ "dropped", "count(dropped) <= 3", drops, 20, VERDICT_OK, 0, "3", "" },
	{ "dropped have no status", "count(status != 200) <= 2", drops, 20,
	  VERDICT_FAILED, 20, "3", "" },
	{ "window", "ratio(errors, 10s) < 5%", bad_10_to_13, 60, VERDICT_FAILED,
	  11, "23.1 %", "crossed 11.0 s after its start" },
	{ "for without a window", "ratio(errors) < 5% for 10s", bad_10_to_13,
	  60, VERDICT_FAILED, 20, "18.8 %", "" },
	{ "for, and it was over", "ratio(errors) < 20% for 10s", bad_10_to_13,
	  60, VERDICT_OK, 0, "", "" },
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
		/* what ends after the plan is no rate that it held */
		{ "rate(ok) >= 95% of planned", drains, 20, VERDICT_FAILED,
		  "50/s" },
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
		{ "ratio(errors, 3s) < 5%", bad_10_to_13, 30, 60,
		  VERDICT_FAILED },
		{ "ratio(errors) < 5%", bad_from_10, 0, 11, VERDICT_FAILED },
		{ "ratio(errors) < 5%", bad_from_10, 4, 15, VERDICT_FAILED },
		{ "ratio(errors, 3s) < 5% for 4s", bad_from_10, 5, 21,
		  VERDICT_FAILED },
		{ "count(errors) <= 150", bad_from_10, 0, 12, VERDICT_FAILED },
		{ "p99(latency) < 1s", good, 0, 60, VERDICT_OK },
		/* a second with a single slow request is no reason yet */
		{ "p99(latency) < 1s", rare_and_one_slow, 0, 60,
		  VERDICT_NOT_OBSERVED },
		{ "ratio(errors) < 5%", good, 0, 60, VERDICT_OK },
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
	one_request(r, 0, OUTCOME_LOCAL_FAIL, 0, 1);
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

static void not_started(struct rig *r)
{
	r->slice->planned += 50;
	r->slice->not_started += 50;
	hist_record_n(r->slice->missed, MS, 50);
}

static const struct verdict_row verdict_rows[] = {
	{ "ok", "p99(latency) < 1s", good, NULL, RUN_OK,
	  "1000 requests, p99 5.00 ms: \"p99(latency) < 1s\" holds", 0 },
	{ "the built-in one", "", good, NULL, RUN_OK,
	  "\"ratio(errors) < 1%\" holds", 0 },
	{ "the built-in one fails", "", bad_10_to_13, NULL, RUN_OK, "", 0 },
	{ "two of them fail", "p99(latency) < 1ms, max(latency) < 1ms", good,
	  NULL, RUN_FAILED,
	  "\"p99(latency) < 1ms\" does not hold: 5.00 ms, and 1 more", 0 },
	{ "too few", "p99.9(latency) < 1s", good, NULL, RUN_INCONCLUSIVE,
	  "was not observed: needs 10000 requests, got 1000", 0 },
	{ "nothing at all", "count(errors) <= 10", nothing, NULL,
	  RUN_INCONCLUSIVE, "no request has ended", 0 },
	{ "interrupted", "p99(latency) < 1s", good, interrupted,
	  RUN_INCONCLUSIVE, "the load was interrupted", 0 },
	{ "late", "p99(latency) < 1ms", good, late, RUN_INVALID,
	  "send lateness p99 is 30.0 ms, more than 10.0 ms: ask for", 1 },
	{ "rather late", "p99(latency) < 1s", good, rather_late, RUN_OK, "",
	  1 },
	{ "its loop lags", "p99(latency) < 1s", good, lags, RUN_INVALID,
	  "loop lag p99 is 80", 1 },
	{ "busy", "p99(latency) < 1s", good, busy, RUN_INVALID,
	  "the busiest worker used 97 % of a CPU, more than 90 %", 1 },
	{ "busy by design", "p99(latency) < 1s", good, busy_and_closed, RUN_OK,
	  "", 1 },
	{ "no files", "p99(latency) < 1s", good, no_files, RUN_INVALID,
	  "this machine ran out of open files 12 times: allow", 1 },
	{ "no ports", "p99(latency) < 1s", good, no_ports, RUN_INVALID,
	  "this machine ran out of local ports 1 times", 1 },
	{ "a fault of this machine", "p99(latency) < 1s", good, local_fail,
	  RUN_INVALID, "could not make 1 of the requests", 1 },
	{ "no room, nothing failed", "p99(latency) < 2s", good, not_started,
	  RUN_INVALID,
	  "50 of 1050 arrivals were not sent, as all 64 connections", 1 },
	{ "no room, as the target was slow", "p99(latency) < 1ms", good,
	  not_started, RUN_FAILED, "does not hold", 1 },
	{ "lost", "p99(latency) < 1s", good, lost, RUN_INVALID,
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
	rig_take(&r, 0, &p);
	rig_finish(&r, S);
	st = &r.out.steps[0];
	assert_int_equal(r.out.n_steps, 2);
	assert_string_equal(st->name, "login");
	assert_int_equal(st->status_5xx, 6);
	assert_int_equal(st->status_4xx, 2);
	assert_int_equal(st->n_statuses, 4);
	assert_string_equal(st->statuses[0].name, "none");
	assert_int_equal(st->statuses[0].count, 4);
	assert_string_equal(st->statuses[3].name, "503");
	assert_int_equal(st->n_outcomes, 3);
	assert_string_equal(st->outcomes[0].name, "ok");
	assert_int_equal(st->outcomes[0].count, 90);
	for (size_t i = 0; i < PHASE_N; i++)
		phases += st->mean_phases.ns[i];
	assert_int_equal(phases, st->latency.mean_ns);
	assert_int_equal(st->latency.count, 102);
	assert_int_equal(st->latency.n_quantiles, 7);
	assert_true(strlen(st->latency.hdr) > 20);
	assert_int_equal(r.out.steps[1].latency.count, 0);
	assert_string_equal(r.out.steps[1].latency.hdr, "");
	assert_true(r.out.success > 0.88 && r.out.success < 0.89);
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
	good(s, p);
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
		{ "found", 0, true, 120, 20, 40, VERDICT_OK, "found",
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
		good(s, &part);
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
		good(s, &p);
		rig_take(&r, s, &p);
		assert_true(collector_look(r.c, (s + 1) * S, &why));
		assert_int_equal(memory_in_use(), before);
	}
	rig_finish(&r, 2000 * S);
	rig_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits),
		cmocka_unit_test(stragglers),
		cmocka_unit_test(aborts),
		cmocka_unit_test(verdicts),
		cmocka_unit_test(books_balance),
		cmocka_unit_test(counts_of_steps),
		cmocka_unit_test(timeline_coarsens),
		cmocka_unit_test(warm_up_is_not_judged),
		cmocka_unit_test(progress),
		cmocka_unit_test(memory_does_not_grow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
