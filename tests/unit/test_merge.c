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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shards_at_once_are_the_whole),
		cmocka_unit_test(parts_in_a_row_are_the_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
