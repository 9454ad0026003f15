/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "report/hist/hist.h"
#include "report/state/past/past.h"
#include "report/state/state.h"
#include "scenarios/alerts/alerts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/model.h"
#include "tests/unit/state_rig.h"

#define ARENA_MAX ((size_t)256 << 20)

static uint64_t random_state;

static uint64_t draw(uint64_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % below;
}

static void every(struct state_rig *t, struct state *st, uint64_t every_ns,
		  uint64_t reach_ns, const struct state_settings *keep)
{
	struct check checks[2] = { { .name = "home", .every_ns = every_ns },
				   { .name = "api", .every_ns = every_ns } };
	struct alerts alerts = { .reach_ns = reach_ns };
	struct scenario sc = { .name = "shop",
			       .n_checks = 2,
			       .checks = checks,
			       .alerts = &alerts };

	if (keep)
		sc.state = *keep;
	assert_true(state_scenario_put(st, &sc, t->es));
}

static void seen(struct state_rig *t, struct state *st, uint64_t ended_at_ns,
		 enum verdict v, const char *vantage)
{
	struct rig_check c = {
		.verdict = v,
		.outcome = v == VERDICT_OK || v == VERDICT_FLAKY
				   ? OUTCOME_OK
				   : OUTCOME_TIMEOUT,
		.worst = SEVERITY_ERROR,
		.took_ns = RIG_SECOND,
	};
	struct rig_run r;

	state_rig_run(&r, ended_at_ns - RIG_SECOND, &c, 1);
	r.run.vantage = vantage;
	assert_true(state_take_run(st, &r.run, NULL, t->es));
}

static struct state_bucket *buckets(struct state_rig *t, struct state *st,
				    enum bucket_level level, uint64_t from,
				    uint64_t until, struct arena *a, size_t *n)
{
	struct state_bucket *b;

	if (!state_buckets(st, "shop", "home", level, from, until, a, &b, n,
			   t->es))
		fail_msg("%s", t->es->item[0].text);
	return b;
}

/* ---- what time is ---------------------------------------------------------- */

struct span {
	uint64_t up, degraded, down, inconclusive, not_observed; /* s */
};

static void assert_span(const struct state_bucket *b, struct span want)
{
	assert_int_equal(b->up_ns / RIG_SECOND, want.up);
	assert_int_equal(b->degraded_ns / RIG_SECOND, want.degraded);
	assert_int_equal(b->down_ns / RIG_SECOND, want.down);
	assert_int_equal(b->inconclusive_ns / RIG_SECOND, want.inconclusive);
	assert_int_equal(b->not_observed_ns / RIG_SECOND, want.not_observed);
}

static void an_observation_counts_until_the_next_is_due(void **state)
{
	struct state_rig *t = *state;
	struct state *st = state_rig_open(t);
	struct arena *a = arena_new(ARENA_MAX);
	struct state_bucket *b;
	size_t n;

	every(t, st, 5 * RIG_MINUTE, 0, NULL);
	seen(t, st, RIG_EPOCH, VERDICT_OK, "");
	seen(t, st, RIG_EPOCH + 5 * RIG_MINUTE, VERDICT_FAILED, "");
	seen(t, st, RIG_EPOCH + 7 * RIG_MINUTE, VERDICT_FLAKY, "");
	/* due at 12 and its slack of 30 s; then nothing until 20 */
	seen(t, st, RIG_EPOCH + 20 * RIG_MINUTE, VERDICT_STARTING, "");
	b = buckets(t, st, BUCKET_HOUR, RIG_EPOCH, RIG_EPOCH + 1, a, &n);
	assert_int_equal(n, 1);
	assert_span(b, (struct span){ 300, 330, 120, 330, 3600 - 1080 });
	assert_int_equal(b->n_checks, 4);
	assert_int_equal(b->n_failed, 1);
	assert_int_equal(b->n_requests, 4);
	assert_int_equal(b->n_errors, 2);
	assert_true(b->p50_ns >= RIG_SECOND * 999 / 1000);
	b = buckets(t, st, BUCKET_RAW, RIG_EPOCH, RIG_EPOCH + RIG_HOUR, a, &n);
	assert_int_equal(n, 6);
	assert_int_equal(b[3].not_observed_ns, 450 * RIG_SECOND);
	assert_int_equal(b[4].inconclusive_ns, 330 * RIG_SECOND);
	state_rig_no_problems(t);
	arena_free(a);
	state_close(st);
}

static void vantages_that_differ_are_degraded(void **state)
{
	struct state_rig *t = *state;
	struct state *st = state_rig_open(t);
	struct arena *a = arena_new(ARENA_MAX);
	struct state_bucket *b;
	size_t n;

	every(t, st, 10 * RIG_MINUTE, 0, NULL);
	seen(t, st, RIG_EPOCH, VERDICT_OK, "fra");
	seen(t, st, RIG_EPOCH + 4 * RIG_MINUTE, VERDICT_FAILED, "sgp");
	seen(t, st, RIG_EPOCH + 10 * RIG_MINUTE, VERDICT_FAILED, "fra");
	/* sgp counts until 15, fra until 21 */
	b = buckets(t, st, BUCKET_HOUR, RIG_EPOCH, RIG_EPOCH + 1, a, &n);
	assert_span(b, (struct span){ 240, 360, 660, 0, 3600 - 1260 });
	arena_free(a);
	state_close(st);
}

static void without_a_schedule_gaps_tell(void **state)
{
	struct state_rig *t = *state;
	struct state *st = state_rig_open(t);
	struct arena *a = arena_new(ARENA_MAX);
	struct state_bucket *b;
	size_t n;

	for (uint64_t i = 0; i < 10; i++)
		seen(t, st, RIG_EPOCH + i * RIG_MINUTE, VERDICT_OK, "");
	b = buckets(t, st, BUCKET_HOUR, RIG_EPOCH, RIG_EPOCH + 1, a, &n);
	assert_span(b, (struct span){ 610, 0, 0, 0, 3600 - 610 });
	b = buckets(t, st, BUCKET_DAY, RIG_EPOCH - 1, RIG_EPOCH + 1, a, &n);
	assert_int_equal(n, 2);
	assert_int_equal(b[0].not_observed_ns, RIG_DAY);
	arena_free(a);
	state_close(st);
}

/* ---- the times add up, however it is cut ----------------------------------------- */

static struct span sum_of(const struct state_bucket *b, size_t n)
{
	struct span s = { 0 };

	for (size_t i = 0; i < n; i++) {
		assert_int_equal(b[i].up_ns + b[i].degraded_ns + b[i].down_ns +
					 b[i].inconclusive_ns +
					 b[i].not_observed_ns,
				 b[i].length_ns);
		if (i)
			assert_int_equal(b[i].from_at_ns,
					 b[i - 1].from_at_ns +
						 b[i - 1].length_ns);
		s.up += b[i].up_ns;
		s.degraded += b[i].degraded_ns;
		s.down += b[i].down_ns;
		s.inconclusive += b[i].inconclusive_ns;
		s.not_observed += b[i].not_observed_ns;
	}
	return s;
}

static void random_history(struct state_rig *t, struct state *st,
			   uint64_t *end_at_ns)
{
	static const char *const vantages[] = { "", "fra", "sgp" };
	uint64_t at = RIG_EPOCH + draw(RIG_HOUR);

	assert_true(state_begin(st, t->es));
	for (int i = 0; i < 400; i++) {
		at += 1 + draw(draw(20) ? 3 * RIG_MINUTE : 5 * RIG_HOUR);
		seen(t, st, at, (enum verdict)draw(VERDICT_N),
		     vantages[draw(3)]);
	}
	assert_true(state_commit(st, t->es));
	*end_at_ns = at + RIG_DAY;
}

static void assert_same_at_all_levels(struct state_rig *t, struct state *st,
				      uint64_t end, struct span *total)
{
	for (unsigned level = BUCKET_RAW; level < BUCKET_LEVELS_N; level++) {
		struct arena *a = arena_new(ARENA_MAX);
		uint64_t last = (end / RIG_DAY + 1) * RIG_DAY;
		size_t n;
		struct state_bucket *b =
			buckets(t, st, level, RIG_EPOCH, last, a, &n);
		struct span s = sum_of(b, n);

		if (!total->not_observed)
			*total = s;
		assert_memory_equal(&s, total, sizeof(s));
		arena_free(a);
	}
}

static void times_add_up_and_rolling_changes_nothing(void **state)
{
	struct state_rig *t = *state;
	struct state *st = state_rig_open(t);
	struct state_keep keep = { .raw_ns = 4000 * RIG_DAY,
				   .minute_ns = 4000 * RIG_DAY,
				   .hour_ns = 4000 * RIG_DAY,
				   .day_ns = 4000 * RIG_DAY };
	struct state_cleaned cleaned;
	struct span total = { 0 };
	uint64_t end;

	random_state = 88172645463325252u;
	every(t, st, 2 * RIG_MINUTE, 0, NULL);
	random_history(t, st, &end);
	assert_same_at_all_levels(t, st, end, &total);
	/* in steps, as it really happens */
	for (uint64_t at = RIG_EPOCH; at < end; at += draw(30 * RIG_HOUR)) {
		assert_true(state_clean(st, &keep, at, &cleaned, t->es));
		assert_same_at_all_levels(t, st, end, &total);
	}
	/* one that was held up changes what is rolled already */
	seen(t, st, RIG_EPOCH + 20 * RIG_HOUR, VERDICT_FAILED, "late");
	total = (struct span){ 0 };
	assert_same_at_all_levels(t, st, end, &total);
	assert_true(state_clean(st, &keep, end, &cleaned, t->es));
	assert_same_at_all_levels(t, st, end, &total);
	state_rig_no_problems(t);
	state_close(st);
}

/* What is rolled up is kept when the observations are gone. */
static void availability_outlives_the_observations(void **state)
{
	struct state_rig *t = *state;
	struct state *st = state_rig_open(t);
	struct arena *a = arena_new(ARENA_MAX);
	struct state_keep keep = { .raw_ns = RIG_HOUR,
				   .minute_ns = 2 * RIG_HOUR,
				   .hour_ns = 400 * RIG_DAY };
	struct state_cleaned cleaned;
	struct state_bucket *before, *after;
	struct hist *h = hist_new(HIST_DIGITS);
	uint64_t end;
	size_t n;

	random_state = 4711;
	every(t, st, 2 * RIG_MINUTE, 0, NULL);
	random_history(t, st, &end);
	end = (end / RIG_HOUR + 1) * RIG_HOUR;
	before = buckets(t, st, BUCKET_HOUR, RIG_EPOCH, end, a, &n);
	assert_true(state_clean(st, &keep, end, &cleaned, t->es));
	assert_true(cleaned.rolled > 60 && cleaned.removed > 300);
	assert_int_equal(state_rig_number(t, "SELECT count(*) FROM seen"), 0);
	assert_int_equal(state_rig_number(t, "SELECT count(*) FROM text"), 0);
	after = buckets(t, st, BUCKET_HOUR, RIG_EPOCH, end, a, &n);
	uint64_t requests = 0;
	for (size_t i = 0; i < n; i++) {
		assert_memory_equal(&before[i], &after[i], sizeof(*before));
		requests += after[i].n_requests;
	}
	assert_true(state_latency(st, "shop", "home", BUCKET_HOUR, RIG_EPOCH,
				  end, h, t->es));
	assert_int_equal(hist_count(h), requests);
	/* a run that old is not taken again */
	seen(t, st, RIG_EPOCH + RIG_HOUR, VERDICT_OK, "");
	assert_int_equal(state_rig_number(t, "SELECT count(*) FROM seen"), 0);
	hist_free(h);
	arena_free(a);
	state_close(st);
}

/* ---- keeping it small -------------------------------------------------------------- */

static void letters(struct state_rig *t, struct state *st)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct letter l = { .scenario = "shop",
			    .channel = "ops",
			    .group = "",
			    .dedup = "waits",
			    .text = "{}",
			    .made_at_ns = RIG_EPOCH,
			    .not_before_at_ns = RIG_EPOCH + 2,
			    .expires_at_ns = RIG_EPOCH + 999 * RIG_DAY };
	struct letter *got;
	size_t n;

	assert_true(state_letter_put(st, &l, NULL, t->es));
	l.dedup = "sent";
	l.not_before_at_ns = RIG_EPOCH;
	assert_true(state_letter_put(st, &l, NULL, t->es));
	assert_true(state_letters_claim(st, "shop", RIG_EPOCH + 1, "me", 1, 9,
					a, &got, &n, t->es));
	assert_int_equal(n, 1);
	struct delivery d = { .letter = got->id,
			      .at_ns = RIG_EPOCH + 1,
			      .status = LETTER_SENT };
	assert_true(state_delivered(st, &d, t->es));
	arena_free(a);
}

static void what_waits_is_never_removed(void **state)
{
	struct state_rig *t = *state;
	struct state *st = state_rig_open(t);
	struct state_keep keep = { .max_bytes = 1 };
	struct state_cleaned cleaned;

	every(t, st, RIG_MINUTE, 0, NULL);
	letters(t, st);
	assert_true(state_clean(st, &keep, RIG_EPOCH + 800 * RIG_DAY, &cleaned,
				t->es));
	assert_false(cleaned.has_room);
	assert_int_equal(state_rig_number(t, "SELECT count(*) FROM letter"), 1);
	assert_int_equal(state_rig_number(t, "SELECT count(*) FROM delivery"),
			 0);
	state_rig_no_problems(t);
	state_close(st);
}

static void conditions_keep_what_they_look_at(void **state)
{
	struct state_rig *t = *state;
	struct state *st = state_rig_open(t);
	struct state_keep keep = { 0 };
	struct state_settings said = { .raw_ns = RIG_HOUR };
	struct state_cleaned cleaned;

	every(t, st, RIG_HOUR, 7 * RIG_DAY, &said);
	for (uint64_t i = 1; i <= 10 * 24; i++)
		seen(t, st, RIG_EPOCH + i * RIG_HOUR, VERDICT_OK, "");
	assert_true(state_clean(st, &keep, RIG_EPOCH + 10 * RIG_DAY, &cleaned,
				t->es));
	assert_int_equal(state_rig_number(t, "SELECT count(*) FROM seen"),
			 7 * 24 + 1);
	every(t, st, RIG_HOUR, 0, &said);
	assert_true(state_clean(st, &keep, RIG_EPOCH + 10 * RIG_DAY, &cleaned,
				t->es));
	/* the newest still speak for the time after them */
	assert_int_equal(state_rig_number(t, "SELECT count(*) FROM seen"), 4);
	state_close(st);
}

static void the_ceiling_holds(void **state)
{
	struct state_rig *t = *state;
	struct state *st = state_rig_open(t);
	struct state_keep keep = { .max_bytes = 200000 };
	struct state_cleaned cleaned;
	struct stat is;

	every(t, st, RIG_MINUTE, 0, NULL);
	random_state = 99;
	assert_true(state_begin(st, t->es));
	for (uint64_t i = 1; i <= 20000; i++) {
		struct rig_check c = { .status = 200,
				       .took_ns = 1000000 + draw(50000000) };
		struct rig_run r;

		state_rig_run(&r, RIG_EPOCH + i * RIG_MINUTE / 8, &c, 1);
		assert_true(state_take_run(st, &r.run, NULL, t->es));
	}
	assert_true(state_commit(st, t->es));
	assert_true(state_clean(st, &keep, RIG_EPOCH + 2500 * RIG_MINUTE,
				&cleaned, t->es));
	state_rig_no_problems(t);
	print_message("%llu observations, %llu bytes each\n", 20000ull,
		      (unsigned long long)cleaned.bytes_before / 20000);
	assert_true(cleaned.bytes_before < 20000 * 80);
	assert_true(cleaned.has_room);
	assert_true(cleaned.bytes_after <= 200000);
	state_close(st);
	assert_int_equal(stat(t->path, &is), 0);
	assert_true(is.st_size <= 200000);
	assert_true(state_rig_number(t, "SELECT count(*) FROM page") > 0);
}

/* ---- packing ---------------------------------------------------------------------------- */

static void a_page_is_read_as_it_was_written(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);

	(void)state;
	random_state = 1;
	for (int round = 0; round < 3000; round++) {
		enum bucket_level level = 1 + (enum bucket_level)draw(3);
		uint64_t length = cell_length_ns(level);
		struct cell in[PAGE_CELLS_MAX] = { 0 }, out[PAGE_CELLS_MAX];
		struct buf bytes;

		for (size_t i = 0; i < page_cells(level); i++) {
			if (i && draw(3)) {
				in[i] = in[i - 1];
				continue;
			}
			in[i].ns[draw(4)] = draw(2) ? length : draw(length);
			in[i].n_checks = draw(2) ? draw(1000) : 0;
			in[i].latency_len = draw(2) ? 5 : 0;
			in[i].latency = (const unsigned char *)"abcde";
		}
		buf_init(&bytes, BUF_NO_LIMIT);
		assert_true(page_pack(level, in, &bytes));
		assert_true(page_unpack(level, (unsigned char *)bytes.text,
					bytes.len, a, out));
		for (size_t i = 0; i < page_cells(level); i++) {
			assert_memory_equal(in[i].ns, out[i].ns,
					    sizeof(in[i].ns));
			assert_int_equal(in[i].n_checks, out[i].n_checks);
			assert_int_equal(in[i].latency_len, out[i].latency_len);
		}
		/* cut anywhere it is none */
		assert_false(page_unpack(level, (unsigned char *)bytes.text,
					 draw(bytes.len), a, out));
		buf_release(&bytes);
	}
	arena_free(a);
}

static void latencies_add_up(void **state)
{
	struct latency a, b;
	struct hist *want = hist_new(HIST_DIGITS);

	(void)state;
	latency_init(&a);
	latency_init(&b);
	random_state = 7;
	for (int part = 0; part < 20; part++) {
		struct buf bytes;

		buf_init(&bytes, BUF_NO_LIMIT);
		latency_reset(&a);
		for (uint64_t i = draw(80); i > 0; i--) {
			uint64_t ns = 1000 + draw(RIG_SECOND);

			assert_true(latency_add(&a, ns));
			hist_record(want, ns);
		}
		assert_true(latency_pack(&a, &bytes));
		assert_true(latency_add_packed(&b, (unsigned char *)bytes.text,
					       bytes.len));
		assert_false(latency_add_packed(&a, (unsigned char *)bytes.text,
						bytes.len / 2));
		buf_release(&bytes);
	}
	const struct hist *got = latency_hist(&b);
	for (uint64_t n = 0; n <= LATENCY_LIST_MAX; n++) {
		latency_reset(&a);
		for (uint64_t i = n; i > 0; i--)
			assert_true(latency_add(&a, i * 10));
		latency_sort(&a);
		assert_int_equal(latency_quantile(&a, 0), n ? 10 : 0);
		assert_int_equal(latency_quantile(&a, 0.5), (n + 1) / 2 * 10);
		assert_int_equal(latency_quantile(&a, 1), n * 10);
	}
	assert_int_equal(hist_count(got), hist_count(want));
	for (int q = 0; q <= 100; q += 5) {
		double g = (double)hist_quantile(got, q / 100.0);
		double w = (double)hist_quantile(want, q / 100.0);

		assert_true(g <= w * 1.002 && g >= w * 0.998);
	}
	latency_release(&a);
	latency_release(&b);
	hist_free(want);
}

#define ROW(f) \
	cmocka_unit_test_setup_teardown(f, state_rig_enter, state_rig_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(an_observation_counts_until_the_next_is_due),
		ROW(vantages_that_differ_are_degraded),
		ROW(without_a_schedule_gaps_tell),
		ROW(times_add_up_and_rolling_changes_nothing),
		ROW(availability_outlives_the_observations),
		ROW(what_waits_is_never_removed),
		ROW(conditions_keep_what_they_look_at),
		ROW(the_ceiling_holds),
		cmocka_unit_test(a_page_is_read_as_it_was_written),
		cmocka_unit_test(latencies_add_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
