/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "report/merge/slice.h"
#include "report/result/result.h"
#include "report/result/verdict.h"
#include "scenarios/base/arena.h"
#include "tests/unit/load_rig.h"

#define AT_NS (UINT64_C(1700000000) * S)

enum { SECONDS = 40, ROOM = 64 << 20 };

static struct errs es;

/* 50 a second of 10 ms, of 100 ms with errors in seconds 20 to 29; a request
 * is under way at the end of each second. */
static void series(uint64_t s, struct part *p)
{
	bool is_bad = s >= 20 && s < 30;

	*p = (struct part){ .ok = is_bad ? 40 : 50,
			    .failed = is_bad ? 10 : 0,
			    .status = 503,
			    .latency_ns = is_bad ? 100 * MS : 10 * MS,
			    .under_way = 1,
			    .dropped = s == 5 ? 3 : 0 };
}

struct fixture {
	struct rig r;
	struct run_result run;
	struct run_result *out;
};

static void make(struct fixture *f, const char *limits, uint64_t warm_s)
{
	rig_make(&f->r, limits, SECONDS);
	f->r.load.warm_up_ns = warm_s * S;
	f->r.end.started_at_ns = AT_NS + S;
	f->r.end.start_ns = S;
	rig_run(&f->r, SECONDS, series);
	f->run = (struct run_result){ .tool = "",
				      .name = "",
				      .file = "",
				      .environment = "",
				      .vantage = "",
				      .host = "",
				      .partial_why = "",
				      .broken_why = "",
				      .started_at_ns = AT_NS,
				      .total_ns = (SECONDS + 1) * S,
				      .n_loads = 1,
				      .loads = &f->r.out };
	es = (struct errs){ 0 };
}

static const struct load_result *cut(struct fixture *f, uint64_t from_s,
				     uint64_t to_s)
{
	f->out = slice_run(&f->run, from_s * S, to_s * S, f->r.a, &es);
	if (!f->out)
		fail_msg("%s", es.item[0].text);
	assert_int_equal(f->out->n_loads, 1);
	return &f->out->loads[0];
}

/* since the start of the run: the load begins a second later */
static const struct {
	uint64_t from_s, to_s;
	uint64_t rows, sent, failed, dropped, max_ms;
	enum run_verdict want;
} slices[] = {
	{ 0, 100, 40, 2000, 100, 3, 100, RUN_FAILED },
	{ 1, 11, 10, 500, 0, 3, 10, RUN_OK },
	{ 21, 31, 10, 500, 100, 0, 100, RUN_FAILED },
	{ 31, 41, 10, 500, 0, 0, 10, RUN_OK },
	{ 16, 26, 10, 500, 50, 0, 100, RUN_FAILED },
};

static void a_slice_has_what_its_rows_have(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof slices / sizeof slices[0]; i++) {
		struct fixture f;
		const struct load_result *load;
		const struct accounting *sum;

		make(&f, "ratio(errors) < 3%, p50(latency) < 1s", 0);
		load = cut(&f, slices[i].from_s, slices[i].to_s);
		sum = &load->accounting;
		assert_int_equal(load->n_timeline, slices[i].rows);
		assert_int_equal(sum->sent, slices[i].sent);
		assert_int_equal(sum->failed, slices[i].failed);
		assert_int_equal(sum->dropped, slices[i].dropped);
		assert_int_equal(sum->planned,
				 sum->sent + sum->dropped + sum->not_started);
		assert_int_equal(sum->sent, sum->ok + sum->failed +
						    sum->timed_out +
						    sum->in_flight);
		assert_int_equal(load->latency.count,
				 slices[i].sent + slices[i].dropped);
		if (slices[i].dropped == 0)
			assert_int_equal(load->latency.max_ns / MS,
					 slices[i].max_ms);
		assert_int_equal(load->verdict, slices[i].want);
		assert_int_equal(f.out->exit_code,
				 run_verdict_exit_code(slices[i].want));
		assert_int_equal(load->n_steps, 0);
		rig_free(&f.r);
	}
}

/* limit, slice, what it is there */
static const struct {
	const char *limit;
	uint64_t from_s, to_s;
	enum verdict want;
	const char *note;
} limits[] = {
	{ "p95(latency) < 50ms", 1, 11, VERDICT_OK, "by rows of 1 s" },
	{ "p95(latency) < 50ms", 21, 31, VERDICT_FAILED, "" },
	{ "p95(latency) < 10.05ms", 11, 21, VERDICT_OK, "" },
	{ "p95(latency) < 9.95ms", 11, 21, VERDICT_NOT_OBSERVED,
	  "too near to tell" },
	{ "p95(latency, 5s) < 9.95ms", 11, 21, VERDICT_NOT_OBSERVED,
	  "too near to tell" },
	{ "p95(latency) < 9.8ms", 11, 21, VERDICT_FAILED, "" },
	{ "p95(latency, 5s) < 50ms", 11, 21, VERDICT_OK, "" },
	{ "p95(latency, 5s) < 50ms", 11, 31, VERDICT_FAILED, "crossed" },
	{ "p95(latency, 30s) < 50ms", 1, 11, VERDICT_OK, "judged once" },
	{ "max(latency) < 50ms for 5s", 31, 41, VERDICT_OK, "" },
	{ "rate(ok) > 45/s", 1, 11, VERDICT_OK, "" },
	{ "rate(ok) > 45/s", 21, 31, VERDICT_FAILED, "" },
	{ "rate(ok, 5s) >= 95% of planned", 6, 21, VERDICT_OK, "" },
	{ "count(errors) <= 3", 1, 11, VERDICT_OK, "" },
	{ "count(errors) <= 3", 21, 31, VERDICT_FAILED, "" },
	{ "ratio(timeouts) < 1%", 21, 31, VERDICT_OK, "" },
	{ "down_for() < 5s", 1, 41, VERDICT_OK, "" },
	{ "p95(service) < 1s", 1, 11, VERDICT_NOT_OBSERVED, "no times but" },
	{ "ratio(5xx) < 1%", 1, 11, VERDICT_NOT_OBSERVED, "no statuses" },
	{ "p95(latency, step: login) < 1s", 1, 11, VERDICT_NOT_OBSERVED,
	  "do not tell steps apart" },
	{ "p99.9(latency) < 1s", 1, 11, VERDICT_NOT_OBSERVED, "needs 10000" },
};

static void limits_are_judged_by_the_slice(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
		struct fixture f;
		const struct limit_result *l;

		make(&f, limits[i].limit, 0);
		l = &cut(&f, limits[i].from_s, limits[i].to_s)->limits[0];
		if (l->verdict != limits[i].want ||
		    !strstr(l->note, limits[i].note))
			fail_msg("%s from %d to %d: %s, seen %s: %s",
				 limits[i].limit, (int)limits[i].from_s,
				 (int)limits[i].to_s, verdict_name(l->verdict),
				 l->seen, l->note);
		rig_free(&f.r);
	}
}

static void a_warm_up_is_not_judged(void **state)
{
	struct fixture f;
	const struct load_result *load;

	(void)state;
	make(&f, "p50(latency) < 1s", 5);
	load = cut(&f, 0, 100);
	assert_int_equal(load->latency.count, f.r.out.latency.count);
	assert_int_equal(load->accounting.planned, f.r.out.accounting.planned);
	assert_int_equal(load->limits[0].samples, 35 * 50 + 3);
	rig_free(&f.r);
}

static void what_is_not_there_is_told(void **state)
{
	struct fixture f;

	(void)state;
	make(&f, "", 0);
	assert_null(slice_run(&f.run, 60 * S, 70 * S, f.r.a, &es));
	assert_string_equal(es.item[0].text,
			    "no row of a timeline lies behind 60.0 s and "
			    "before 70.0 s: the run took 41.0 s, and a row is "
			    "1.00 s long");
	es = (struct errs){ 0 };
	f.r.out.n_trials = 1;
	assert_null(slice_run(&f.run, 0, 70 * S, f.r.a, &es));
	assert_non_null(strstr(es.item[0].text, "a search for the highest"));
	rig_free(&f.r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slice_has_what_its_rows_have),
		cmocka_unit_test(limits_are_judged_by_the_slice),
		cmocka_unit_test(a_warm_up_is_not_judged),
		cmocka_unit_test(what_is_not_there_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
