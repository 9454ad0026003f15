/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/hist/hist.h"
#include "report/merge/merge.h"
#include "report/result/result.h"
#include "report/result/result_json.h"
#include "report/result/verdict.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "tests/unit/load_rig.h"

#define AT_NS (UINT64_C(1700000000) * S)

enum { ROOM = 64 << 20, SHARDS = 4, SECONDS = 20 };

static struct errs es;

/* ---- a load in shards, and the same load in one ------------------------------- */

static const char limits[] =
	"p99(latency) < 1s, ratio(errors) < 10%, count(errors) <= 5, "
	"rate(ok) >= 90% of planned, rate(all) > 10/s, p95(service) < 50ms, "
	"p90(latency, 5s) < 2s, p50(iteration) < 1s";

static uint64_t draw(uint64_t *seed, uint64_t below)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (*seed >> 33) % below;
}

static void draw_part(uint64_t *seed, uint64_t second, struct part *p)
{
	*p = (struct part){ .ok = 20 + draw(seed, 30),
			    .failed = draw(seed, 2) == 0,
			    .timed_out = draw(seed, 20) == 0,
			    .dropped = draw(seed, 30) == 0,
			    .status = second % 2 ? 503 : 0,
			    .latency_ns = 1000000 + draw(seed, 90000000) };
}

static void make_shard(struct rig *r, uint64_t start_s, const char *text)
{
	rig_make(r, text, SECONDS);
	r->end.started_at_ns = AT_NS + start_s * S;
	r->end.start_ns = MS;
	r->end.cpu_ns = S;
	r->end.peak_rss_bytes = 1000000;
	r->facts.plan = "20 s";
	r->facts.target = "http://127.0.0.1:1";
	r->facts.seed = start_s + 1;
}

/* All shards at once, or one after the other; whole saw all of it. */
static void make_world(struct rig *shard, struct rig *whole, bool in_a_row)
{
	uint64_t seed = in_a_row ? 5 : 9;
	uint64_t n = in_a_row ? SHARDS : 1;

	make_shard(whole, 0, limits);
	whole->load.plan.for_ns = whole->facts.planned_ns = n * SECONDS * S;
	rig_start(whole);
	for (uint64_t i = 0; i < SHARDS; i++) {
		make_shard(&shard[i], in_a_row ? i * SECONDS : 0, limits);
		rig_start(&shard[i]);
	}
	for (uint64_t s = 0; s < SECONDS; s++) {
		for (uint64_t i = 0; i < SHARDS; i++) {
			struct part p;

			draw_part(&seed, s, &p);
			rig_take(&shard[i], s, &p);
			/* a collector wants its seconds in order */
			if (!in_a_row)
				rig_take(whole, s, &p);
		}
	}
	if (in_a_row) {
		/* the same draws, in the order in which they happened */
		static struct part all[SHARDS][SECONDS];

		seed = 5;
		for (uint64_t s = 0; s < SECONDS; s++) {
			for (uint64_t i = 0; i < SHARDS; i++)
				draw_part(&seed, s, &all[i][s]);
		}
		for (uint64_t i = 0; i < SHARDS; i++) {
			for (uint64_t s = 0; s < SECONDS; s++)
				rig_take(whole, i * SECONDS + s, &all[i][s]);
		}
	}
	for (uint64_t i = 0; i < SHARDS; i++)
		rig_finish(&shard[i], SECONDS * S);
	rig_finish(whole, n * SECONDS * S);
}

static void same_times(const struct times_result *a,
		       const struct times_result *b)
{
	assert_int_equal(a->count, b->count);
	assert_int_equal(a->min_ns, b->min_ns);
	assert_int_equal(a->max_ns, b->max_ns);
	assert_true(llabs((int64_t)(a->mean_ns - b->mean_ns)) <= 1);
	assert_int_equal(a->n_quantiles, b->n_quantiles);
	for (size_t i = 0; i < a->n_quantiles; i++) {
		assert_int_equal(a->quantiles[i].value_ns,
				 b->quantiles[i].value_ns);
		assert_int_equal(a->quantiles[i].low_ns,
				 b->quantiles[i].low_ns);
		assert_int_equal(a->quantiles[i].high_ns,
				 b->quantiles[i].high_ns);
	}
	assert_string_equal(a->hdr, b->hdr);
}

static void same_counts(const struct named_count *a, size_t n_a,
			const struct named_count *b, size_t n_b)
{
	assert_int_equal(n_a, n_b);
	for (size_t i = 0; i < n_a; i++) {
		assert_string_equal(a[i].name, b[i].name);
		assert_int_equal(a[i].count, b[i].count);
	}
}

static void same_steps(const struct load_result *a, const struct load_result *b)
{
	assert_int_equal(a->n_steps, b->n_steps);
	for (size_t i = 0; i < a->n_steps; i++) {
		const struct load_step_result *x = &a->steps[i];
		const struct load_step_result *y = &b->steps[i];

		assert_memory_equal(&x->accounting, &y->accounting,
				    sizeof x->accounting);
		same_counts(x->statuses, x->n_statuses, y->statuses,
			    y->n_statuses);
		same_counts(x->outcomes, x->n_outcomes, y->outcomes,
			    y->n_outcomes);
		same_times(&x->latency, &y->latency);
		same_times(&x->service, &y->service);
		same_times(&x->first_byte, &y->first_byte);
		same_times(&x->connect, &y->connect);
	}
}

static void same_rows(const struct load_result *a, const struct load_result *b)
{
	assert_int_equal(a->n_timeline, b->n_timeline);
	for (size_t i = 0; i < a->n_timeline; i++) {
		const struct timeline_row *x = &a->timeline[i];
		const struct timeline_row *y = &b->timeline[i];

		assert_int_equal(x->at_ns, y->at_ns);
		assert_int_equal(x->for_ns, y->for_ns);
		assert_int_equal(x->planned, y->planned);
		assert_int_equal(x->sent, y->sent);
		assert_int_equal(x->ok, y->ok);
		assert_int_equal(x->failed, y->failed);
		assert_int_equal(x->timed_out, y->timed_out);
		assert_int_equal(x->dropped, y->dropped);
		assert_int_equal(x->max_ns, y->max_ns);
		assert_string_equal(x->hdr, y->hdr);
	}
}

static void same_limits(const struct load_result *a,
			const struct load_result *b)
{
	assert_int_equal(a->n_limits, b->n_limits);
	for (size_t i = 0; i < a->n_limits; i++) {
		const struct limit_result *x = &a->limits[i];
		const struct limit_result *y = &b->limits[i];

		assert_string_equal(x->text, y->text);
		if (x->verdict != y->verdict || x->samples != y->samples)
			fail_msg("%s: %s of %d, not %s of %d: %s", x->text,
				 verdict_name(x->verdict), (int)x->samples,
				 verdict_name(y->verdict), (int)y->samples,
				 x->note);
		/* rows have two digits, and may differ in the third */
		if (!strstr(x->text, "5s)"))
			assert_string_equal(x->seen, y->seen);
	}
}

static void near(double a, double b)
{
	if (!(fabs(a - b) <= 1e-9 * fabs(b)))
		fail_msg("%.12g is not %.12g", a, b);
}

static void merged_as_whole(bool in_a_row)
{
	struct rig shard[SHARDS], whole;
	const struct load_result *of[SHARDS];
	struct arena *a = arena_new(ROOM);
	struct load_result out;
	const struct load_result *want = &whole.out;

	make_world(shard, &whole, in_a_row);
	for (size_t i = 0; i < SHARDS; i++)
		of[i] = &shard[i].out;
	es = (struct errs){ 0 };
	if (!merge_loads(of, SHARDS, a, &out, &es))
		fail_msg("%s", es.item[0].text);
	assert_memory_equal(&out.accounting, &want->accounting,
			    sizeof out.accounting);
	assert_int_equal(out.requests, want->requests);
	assert_int_equal(out.requests_ok, want->requests_ok);
	near(out.rate_per_s, want->rate_per_s);
	near(out.ok_per_s, want->ok_per_s);
	near(out.planned_per_s, want->planned_per_s);
	assert_int_equal(out.rated_ns, want->rated_ns);
	assert_int_equal(out.total_ns, want->total_ns);
	same_times(&out.latency, &want->latency);
	same_times(&out.service, &want->service);
	same_times(&out.iteration, &want->iteration);
	same_times(&out.instrument.lateness, &want->instrument.lateness);
	same_steps(&out, want);
	same_rows(&out, want);
	same_limits(&out, want);
	assert_int_equal(out.verdict, want->verdict);
	assert_true(out.cost.cpu_s == SHARDS);
	assert_int_equal(out.cost.peak_rss_bytes,
			 in_a_row ? 1000000 : SHARDS * 1000000);
	assert_int_equal(out.instrument.workers, in_a_row ? 1 : SHARDS);
	for (size_t i = 0; i < SHARDS; i++)
		rig_free(&shard[i]);
	rig_free(&whole);
	arena_free(a);
}

static void shards_at_once_are_the_whole(void **state)
{
	(void)state;
	merged_as_whole(false);
}

static void parts_in_a_row_are_the_whole(void **state)
{
	(void)state;
	merged_as_whole(true);
}

/* ---- what the parts were like --------------------------------------------------- */

struct pair {
	struct rig r[2];
	struct arena *a;
	struct load_result out;
};

/* Two parts of so many seconds, the second begins that much later. */
static void make_pair(struct pair *p, const char *text, uint64_t seconds,
		      uint64_t later_ns,
		      void (*first)(uint64_t second, struct part *p),
		      void (*second)(uint64_t second, struct part *p))
{
	void (*const series[])(uint64_t s, struct part * p) = { first, second };

	p->a = arena_new(ROOM);
	for (size_t i = 0; i < 2; i++) {
		make_shard(&p->r[i], 0, text);
		p->r[i].load.plan.for_ns = p->r[i].facts.planned_ns =
			seconds * S;
		p->r[i].end.started_at_ns = AT_NS + (i ? later_ns : 0);
		rig_run(&p->r[i], seconds, series[i]);
	}
}

static void merge_pair(struct pair *p)
{
	const struct load_result *of[] = { &p->r[0].out, &p->r[1].out };

	es = (struct errs){ 0 };
	if (!merge_loads(of, 2, p->a, &p->out, &es))
		fail_msg("%s", es.item[0].text);
}

static void free_pair(struct pair *p)
{
	rig_free(&p->r[0]);
	rig_free(&p->r[1]);
	arena_free(p->a);
}

static void one_alone_is_itself(void **state)
{
	struct rig r;
	const struct load_result *of = &r.out;
	struct load_result out;

	(void)state;
	make_shard(&r, 0, limits);
	rig_run(&r, SECONDS, rig_bad);
	es = (struct errs){ 0 };
	assert_true(merge_loads(&of, 1, r.a, &out, &es));
	assert_memory_equal(&out.accounting, &of->accounting,
			    sizeof out.accounting);
	same_times(&out.latency, &of->latency);
	same_steps(&out, of);
	same_rows(&out, of);
	assert_int_equal(out.n_limits, of->n_limits);
	for (size_t i = 0; i < out.n_limits; i++) {
		assert_string_equal(out.limits[i].seen, of->limits[i].seen);
		assert_string_equal(out.limits[i].note, of->limits[i].note);
	}
	assert_int_equal(out.verdict, of->verdict);
	assert_string_equal(out.message, of->message);
	assert_int_equal(out.start_ns, of->start_ns);
	assert_int_equal(out.n_notes, of->n_notes);
	rig_free(&r);
}

/* length, how much later; rows, and what rates count by */
static const struct {
	uint64_t seconds, later_ns;
	size_t n_rows;
	uint64_t row_s, rated_s;
} rows[] = {
	{ 10, 0, 10, 1, 10 },
	{ 10, 300 * MS, 10, 1, 10 },	   /* clocks differ */
	{ 10, 3 * S, 13, 1, 13 },	   /* one began later */
	{ 10, 10 * S, 20, 1, 20 },	   /* in a row */
	{ 10, 3600 * S, 20, 1, 20 },	   /* an hour apart */
	{ 10, 86400 * S * 30, 20, 1, 20 }, /* a month */
	{ 200, 200 * S, 200, 2, 400 },	   /* more rows than are kept */
	{ 200, 100 * S, 150, 2, 300 },
};

static void rows_are_put_on_one_clock(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct pair p;
		uint64_t sent = 0, before = 0;

		make_pair(&p, "", rows[i].seconds, rows[i].later_ns, rig_good,
			  rig_good);
		merge_pair(&p);
		if (p.out.n_timeline != rows[i].n_rows)
			fail_msg("%d: %d rows", (int)i, (int)p.out.n_timeline);
		for (size_t k = 0; k < p.out.n_timeline; k++) {
			const struct timeline_row *row = &p.out.timeline[k];

			sent += row->sent;
			assert_true(k == 0 || row->at_ns >= before);
			assert_true(row->for_ns <= rows[i].row_s * S);
			before = row->at_ns + row->for_ns;
		}
		assert_int_equal(sent, 2 * rows[i].seconds * 100);
		assert_true(p.out.total_ns >= before - p.out.start_ns);
		assert_int_equal((p.out.rated_ns + S / 2) / S, rows[i].rated_s);
		free_pair(&p);
	}
}

/* However far the parts are apart, a second of 100 requests is one. */
static void rows_keep_their_rate(void **state)
{
	(void)state;
	for (uint64_t apart = 0; apart < 1000; apart += 50) {
		struct pair p;

		make_pair(&p, "", 10, 15 * S + apart * MS, rig_good, rig_good);
		merge_pair(&p);
		for (size_t k = 0; k < p.out.n_timeline; k++) {
			const struct timeline_row *row = &p.out.timeline[k];

			if (row->sent * S != 100 * row->for_ns)
				fail_msg("%d ms: %d in %d ms", (int)apart,
					 (int)row->sent,
					 (int)(row->for_ns / MS));
		}
		free_pair(&p);
	}
}

static void bad_from_ten(uint64_t s, struct part *p)
{
	rig_good(s, p);
	if (s >= 10 && s < 20) {
		p->failed = p->ok;
		p->ok = 0;
	}
}

static void bad_from_fifteen(uint64_t s, struct part *p)
{
	bad_from_ten(s - 5, p);
	if (s < 5)
		rig_good(s, p);
}

static void slow(uint64_t s, struct part *p)
{
	rig_good(s, p);
	p->latency_ns = 80 * MS;
}

/* limit, first, second, later; what both are together */
static const struct {
	const char *limit;
	void (*first)(uint64_t s, struct part *p);
	void (*second)(uint64_t s, struct part *p);
	uint64_t later_s;
	enum verdict want;
	const char *note;
} judged[] = {
	/* down only when it is down for both */
	{ "down_for() < 8s", bad_from_ten, rig_good, 0, VERDICT_OK, "" },
	{ "down_for() < 8s", bad_from_ten, bad_from_ten, 0, VERDICT_FAILED,
	  "" },
	{ "down_for() < 8s", bad_from_ten, bad_from_fifteen, 0, VERDICT_OK,
	  "" },
	{ "down_for() < 6s", bad_from_ten, bad_from_fifteen, 0,
	  VERDICT_NOT_OBSERVED, "by rows of 1 s" },
	/* half of them */
	{ "ratio(errors) < 20%", bad_from_ten, rig_good, 0, VERDICT_OK, "" },
	{ "ratio(errors) < 10%", bad_from_ten, rig_good, 0, VERDICT_FAILED,
	  "" },
	{ "ratio(errors, 5s) < 40%", bad_from_ten, rig_good, 0, VERDICT_FAILED,
	  "crossed" },
	{ "ratio(errors, 5s) < 60%", bad_from_ten, rig_good, 0, VERDICT_OK,
	  "" },
	{ "p95(latency, 5s) < 50ms", rig_good, slow, 0, VERDICT_FAILED, "" },
	{ "p45(latency, 5s) < 50ms", rig_good, slow, 0, VERDICT_OK, "" },
	{ "rate(ok) > 150/s", rig_good, rig_good, 0, VERDICT_OK, "" },
	{ "rate(ok) > 150/s", rig_good, rig_good, 40, VERDICT_FAILED, "" },
	/* rows do not know it */
	{ "p95(service, 5s) < 50ms", rig_good, rig_good, 0,
	  VERDICT_NOT_OBSERVED, "no times but latency" },
	{ "p95(service, 5s) < 50ms", rig_good, rig_good, 40, VERDICT_OK,
	  "as the worst of the parts had it" },
	{ "p95(service, 5s) < 50ms", rig_good, slow, 40, VERDICT_FAILED,
	  "as the worst of the parts had it" },
	/* a window that goes from one to the next, as they follow at once */
	{ "p95(latency, 60s) < 50ms", rig_good, rig_good, 40, VERDICT_OK,
	  "by rows of 1 s" },
	{ "p95(latency, step: login) < 50ms", rig_good, rig_good, 0, VERDICT_OK,
	  "" },
};

static void limits_are_judged_anew(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof judged / sizeof judged[0]; i++) {
		struct pair p;
		const struct limit_result *l;

		make_pair(&p, judged[i].limit, 40, judged[i].later_s * S,
			  judged[i].first, judged[i].second);
		merge_pair(&p);
		l = &p.out.limits[0];
		if (l->verdict != judged[i].want ||
		    !strstr(l->note, judged[i].note))
			fail_msg("%d, %s: %s, seen %s: %s", (int)i,
				 judged[i].limit, verdict_name(l->verdict),
				 l->seen, l->note);
		free_pair(&p);
	}
}

static void the_worst_instrument_is_that_of_all(void **state)
{
	struct pair p;
	struct instrument *in;
	const struct doubt doubt = { .what = "it was late",
				     .remedy = "ask for less",
				     .is_fatal = true };

	(void)state;
	make_pair(&p, "", 10, 0, rig_good, rig_good);
	in = &p.r[1].out.instrument;
	in->n_doubts = 1;
	in->doubts = &doubt;
	in->busiest_cpu_permille = 970;
	p.r[1].out.verdict = RUN_INVALID;
	merge_pair(&p);
	assert_int_equal(p.out.verdict, RUN_INVALID);
	assert_int_equal(p.out.instrument.n_doubts, 1);
	assert_string_equal(p.out.instrument.doubts[0].what, "it was late");
	assert_int_equal(p.out.instrument.busiest_cpu_permille, 970);
	free_pair(&p);
}

static void a_part_that_was_interrupted_is_told(void **state)
{
	struct pair p;

	(void)state;
	make_pair(&p, "", 10, 0, rig_good, rig_good);
	p.r[1].out.ended = "interrupted";
	merge_pair(&p);
	assert_int_equal(p.out.verdict, RUN_INCONCLUSIVE);
	assert_string_equal(p.out.ended, "interrupted");
	free_pair(&p);
}

/* It was interrupted before its load began. */
static void a_part_of_no_length_has_its_workers(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct pair p;

		make_pair(&p, "", 10, 0, rig_good, rig_good);
		p.r[i].out.total_ns = 0;
		p.r[i].out.ended = "not started";
		merge_pair(&p);
		assert_in_range(p.out.instrument.workers, 1, 2);
		free_pair(&p);
	}
}

/* A file of somebody else may hold it beside a count. */
static void an_empty_histogram_holds_no_count(void **state)
{
	const struct load_result *of[1];
	struct errs told = { 0 };
	struct pair p;
	struct buf text;

	(void)state;
	make_pair(&p, "", 10, 0, rig_good, rig_good);
	struct hist *empty = hist_new(HIST_DIGITS);
	buf_init(&text, HIST_TEXT_MAX);
	assert_non_null(empty);
	assert_true(hist_encode(empty, &text));
	p.r[0].out.latency.hdr = buf_text(&text);
	of[0] = &p.r[0].out;
	assert_false(merge_loads(of, 1, p.a, &p.out, &told));
	assert_non_null(strstr(told.item[0].text, "its histogram holds 0"));
	hist_free(empty);
	buf_release(&text);
	free_pair(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shards_at_once_are_the_whole),
		cmocka_unit_test(parts_in_a_row_are_the_whole),
		cmocka_unit_test(one_alone_is_itself),
		cmocka_unit_test(rows_are_put_on_one_clock),
		cmocka_unit_test(rows_keep_their_rate),
		cmocka_unit_test(limits_are_judged_anew),
		cmocka_unit_test(the_worst_instrument_is_that_of_all),
		cmocka_unit_test(a_part_that_was_interrupted_is_told),
		cmocka_unit_test(a_part_of_no_length_has_its_workers),
		cmocka_unit_test(an_empty_histogram_holds_no_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
