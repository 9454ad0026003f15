/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/load/tally.h"

#define MS UINT64_C(1000000)
#define S  UINT64_C(1000000000)

/* Where one request is counted, and how its latency is split up. */
static const struct {
	const char *name;
	struct sample s;
	uint64_t latency, service, first_byte, connect;
	uint64_t phase[PHASE_N];
	char counted; /* o f t i */
} requests[] = {
	{ "on an open connection",
	  { .status = 200,
	    .planned_ns = 1000,
	    .sent_ns = 1010,
	    .written_ns = 1012,
	    .first_ns = 1030,
	    .end_ns = 1100 },
	  100,
	  90,
	  20,
	  0,
	  { 10, 0, 0, 0, 0, 2, 18, 70 },
	  'o' },
	{ "on a new one, after waiting for a place",
	  { .status = 200,
	    .waited = true,
	    .made_connection = true,
	    .planned_ns = 1000,
	    .sent_ns = 1100,
	    .dns_ns = 1,
	    .connect_ns = 2,
	    .tls_ns = 4,
	    .written_ns = 1108,
	    .first_ns = 1120,
	    .end_ns = 1200 },
	  200,
	  100,
	  20,
	  7,
	  { 0, 100, 1, 2, 4, 1, 12, 80 },
	  'o' },
	{ "timed out while connecting",
	  { .outcome = OUTCOME_CONNECT_TIMEOUT,
	    .planned_ns = 1000,
	    .sent_ns = 1000,
	    .dns_ns = 5,
	    .end_ns = 3000 },
	  2000,
	  2000,
	  0,
	  0,
	  { 0, 0, 5, 1995 },
	  't' },
	{ "timed out in the handshake",
	  { .outcome = OUTCOME_TLS_TIMEOUT,
	    .planned_ns = 1000,
	    .sent_ns = 1000,
	    .connect_ns = 5,
	    .end_ns = 3000 },
	  2000,
	  2000,
	  0,
	  0,
	  { 0, 0, 0, 5, 1995 },
	  't' },
	{ "no name in time",
	  { .outcome = OUTCOME_DNS_TIMEOUT,
	    .planned_ns = 1000,
	    .sent_ns = 1000,
	    .end_ns = 3000 },
	  2000,
	  2000,
	  0,
	  0,
	  { 0, 0, 2000 },
	  't' },
	{ "no answer in time",
	  { .outcome = OUTCOME_TIMEOUT,
	    .planned_ns = 1000,
	    .sent_ns = 1500,
	    .written_ns = 1501,
	    .end_ns = 3000 },
	  2000,
	  1500,
	  0,
	  0,
	  { 500, 0, 0, 0, 0, 1, 1499, 0 },
	  't' },
	{ "under way at the end",
	  { .was_in_flight = true,
	    .planned_ns = 1000,
	    .sent_ns = 1000,
	    .written_ns = 1000,
	    .first_ns = 2000,
	    .end_ns = 3000 },
	  2000,
	  2000,
	  1000,
	  0,
	  { 0, 0, 0, 0, 0, 0, 1000, 1000 },
	  'i' },
	{ "refused",
	  { .outcome = OUTCOME_REFUSED,
	    .planned_ns = 1000,
	    .sent_ns = 1000,
	    .end_ns = 1009 },
	  9,
	  9,
	  0,
	  0,
	  { 0, 0, 0, 9 },
	  'f' },
	{ "never sent at all",
	  { .outcome = OUTCOME_LOCAL_FAIL, .planned_ns = 1000, .end_ns = 1300 },
	  300,
	  0,
	  0,
	  0,
	  { 300 },
	  'f' },
	{ "points that run backwards",
	  { .planned_ns = 1000,
	    .sent_ns = 900,
	    .dns_ns = UINT64_MAX,
	    .connect_ns = UINT64_MAX,
	    .made_connection = true,
	    .written_ns = 800,
	    .first_ns = 9000,
	    .end_ns = 1300 },
	  300,
	  300,
	  300,
	  UINT64_MAX,
	  { 0, 0, 300 },
	  'o' },
	{ "the end before the beginning",
	  { .planned_ns = 1000, .sent_ns = 900, .end_ns = 10 },
	  0,
	  0,
	  0,
	  0,
	  { 0 },
	  'o' },
};

static void rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
		struct tally *t = tally_new(2, 3);
		struct tally_step *st;

		assert_non_null(t);
		st = &t->step[1];
		tally_request(t, 1, &requests[i].s);
		if (hist_max_ns(st->latency) != requests[i].latency)
			fail_msg("%s", requests[i].name);
		assert_int_equal(hist_max_ns(st->service), requests[i].service);
		assert_int_equal(hist_max_ns(st->first_byte),
				 requests[i].first_byte);
		assert_int_equal(hist_max_ns(st->connect), requests[i].connect);
		for (size_t k = 0; k < PHASE_N; k++) {
			if ((uint64_t)st->phase_ns[k] != requests[i].phase[k])
				fail_msg("%s: %s", requests[i].name,
					 phase_name((enum phase)k));
		}
		assert_int_equal(st->ok, requests[i].counted == 'o');
		assert_int_equal(st->failed, requests[i].counted == 'f');
		assert_int_equal(st->timed_out, requests[i].counted == 't');
		assert_int_equal(st->in_flight, requests[i].counted == 'i');
		assert_int_equal(t->step[0].sent, 0);
		tally_free(t);
	}
}

static uint64_t draw(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return *seed >> 33;
}

static void draw_sample(uint64_t *seed, struct sample *s)
{
	*s = (struct sample){
		.outcome = (enum outcome)(draw(seed) % OUTCOME_N),
		.status = (unsigned)(draw(seed) % 1000),
		.waited = draw(seed) % 2,
		.was_in_flight = draw(seed) % 10 == 0,
		.made_connection = draw(seed) % 3 == 0,
		.planned_ns = 1 + draw(seed) % S,
		.sent_ns = draw(seed) % (2 * S),
		.dns_ns = draw(seed) % 3 ? 0 : draw(seed) % MS,
		.connect_ns = draw(seed) % 3 ? 0 : draw(seed) % MS,
		.tls_ns = draw(seed) % 3 ? 0 : draw(seed) % MS,
		.written_ns = draw(seed) % 2 ? 0 : draw(seed) % (2 * S),
		.first_ns = draw(seed) % 2 ? 0 : draw(seed) % (3 * S),
		.end_ns = draw(seed) % (4 * S),
	};
}

/* An arrival of a flow of one step, or one that never was sent. */
static void draw_arrival(uint64_t *seed, struct tally *t)
{
	struct sample s;
	uint64_t kind = draw(seed) % 8;

	t->planned++;
	if (kind < 2) {
		kind ? t->dropped++ : t->not_started++;
		hist_record(t->missed, draw(seed));
		return;
	}
	draw_sample(seed, &s);
	t->sent++;
	if (s.was_in_flight)
		t->in_flight++;
	else if (s.outcome == OUTCOME_OK)
		t->ok++;
	else if (outcome_is_timeout(s.outcome))
		t->timed_out++;
	else
		t->failed++;
	tally_request(t, draw(seed) % t->n_steps, &s);
}

/* Whatever happens: nothing vanishes, and phases add up to latencies. */
static void books_balance(void **state)
{
	uint64_t seed = 7;
	struct tally *all = tally_new(3, 3), *part[2];

	(void)state;
	part[0] = tally_new(3, 3);
	part[1] = tally_new(3, 3);
	for (int round = 0; round < 200; round++) {
		struct tally *t = part[round % 2];

		for (uint64_t n = draw(&seed) % 100; n > 0; n--)
			draw_arrival(&seed, t);
		assert_null(tally_imbalance(t));
		tally_merge(all, t);
		tally_reset(t);
		assert_int_equal(t->planned, 0);
		assert_int_equal(hist_count(t->step[2].latency), 0);
	}
	assert_true(all->planned > 5000);
	assert_null(tally_imbalance(all));
	for (size_t i = 0; i < 3; i++) {
		unsigned __int128 sum = 0;

		for (size_t k = 0; k < PHASE_N; k++)
			sum += all->step[i].phase_ns[k];
		assert_true(sum == all->step[i].latency->sum_ns);
	}
	tally_free(all);
	tally_free(part[0]);
	tally_free(part[1]);
}

static void lose_planned(struct tally *t)
{
	t->planned++;
}

static void lose_ok(struct tally *t)
{
	t->ok++;
}

static void lose_age(struct tally *t)
{
	t->planned++;
	t->dropped++;
}

static void lose_request(struct tally *t)
{
	t->step[0].sent++;
}

static void lose_outcome(struct tally *t)
{
	t->step[0].outcome[0]++;
}

static void lose_time(struct tally *t)
{
	hist_record(t->step[0].service, 1);
}

static void what_is_lost_is_named(void **state)
{
	static const struct {
		void (*lose)(struct tally *t);
		const char *line;
	} row[] = {
		{ lose_planned, "planned = sent + dropped + not started" },
		{ lose_ok, "sent = ok + failed + timed out + in flight" },
		{ lose_age, "dropped + not started = ages recorded" },
		{ lose_request,
		  "requests sent = ok + failed + timed out + in flight" },
		{ lose_outcome,
		  "requests sent = sum of outcomes = sum of statuses" },
		{ lose_time, "requests sent = times recorded" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct tally *t = tally_new(1, 2);
		uint64_t seed = i;

		for (int n = 0; n < 50; n++)
			draw_arrival(&seed, t);
		assert_null(tally_imbalance(t));
		row[i].lose(t);
		assert_string_equal(tally_imbalance(t), row[i].line);
		tally_free(t);
	}
}

static void first_failure_is_kept(void **state)
{
	char wide[1000];
	struct tally *t = tally_new(1, 1), *all = tally_new(1, 1);

	(void)state;
	memset(wide, 'w', sizeof wide - 1);
	wide[sizeof wide - 1] = '\0';
	tally_sample(t, 0, wide);
	assert_int_equal(strlen(t->step[0].sample), TALLY_SAMPLE_MAX - 1);
	tally_reset(t);
	tally_sample(t, 0, "refused");
	tally_sample(t, 0, "reset");
	tally_merge(all, t);
	tally_sample(all, 0, "later");
	assert_string_equal(all->step[0].sample, "refused");
	tally_free(t);
	tally_free(all);
}

static void spans_and_levels(void **state)
{
	struct tally *a = tally_new(0, 1), *b = tally_new(0, 1);

	(void)state;
	a->from_ns = 2 * S, a->to_ns = 3 * S, a->users = 3, a->connections = 5;
	tally_merge(b, a);
	assert_int_equal(b->from_ns, 2 * S);
	a->from_ns = S, a->to_ns = 2 * S;
	tally_merge(b, a);
	assert_int_equal(b->from_ns, S);
	assert_int_equal(b->to_ns, 3 * S);
	assert_int_equal(b->users, 6);
	assert_int_equal(b->connections, 10);
	tally_free(a);
	tally_free(b);
	tally_free(NULL);
	assert_null(tally_new(1, 0));
	assert_null(tally_new(1, HIST_DIGITS_MAX + 1));
}

static void the_first_ok_and_the_last(void **state)
{
	struct tally *a = tally_new(1, 1), *b = tally_new(1, 1);
	struct sample s = { .planned_ns = 1, .sent_ns = 1 };

	(void)state;
	a->begin_ns = 7;
	s.end_ns = 50;
	s.outcome = OUTCOME_STATUS;
	tally_request(a, 0, &s);
	s.outcome = OUTCOME_OK;
	s.was_in_flight = true;
	tally_request(a, 0, &s);
	assert_int_equal(a->first_ok_ns, 0);
	tally_merge(b, a);
	assert_int_equal(b->first_ok_ns, 0);
	s.was_in_flight = false;
	for (uint64_t i = 0; i < 3; i++) {
		s.end_ns = 100 + i * 7 % 10;
		tally_request(a, 0, &s);
	}
	assert_int_equal(a->first_ok_ns, 100);
	assert_int_equal(a->last_ok_ns, 107);
	tally_merge(b, a);
	s.end_ns = 90;
	tally_reset(a);
	tally_request(a, 0, &s);
	tally_merge(a, b);
	assert_int_equal(a->first_ok_ns, 90);
	assert_int_equal(a->last_ok_ns, 107);
	assert_int_equal(a->begin_ns, 7);
	tally_free(a);
	tally_free(b);
}

/* A server that freezes for 1.4 s in a run of 30 s at 1000/s: what was planned
 * meanwhile waited for the rest of the freeze, though what was sent did not.
 * The quantile q of latency is 1.4 s (1 - (1 - q) 30 / 1.4). */
static void freeze_oracle(void **state)
{
	static const struct {
		double q, want_s;
	} row[] = { { 0.99, 1.10 }, { 0.999, 1.37 }, { 0.97, 0.50 } };
	const uint64_t frozen = 10 * S, thawed = frozen + 1400 * MS;
	struct tally *t = tally_new(1, 3);

	(void)state;
	for (uint64_t k = 0; k < 30000; k++) {
		uint64_t at = S + k * MS, sent = at;

		if (at >= frozen && at < thawed)
			sent = thawed;
		tally_request(t, 0,
			      &(struct sample){ .status = 200,
						.waited = sent != at,
						.planned_ns = at,
						.sent_ns = sent,
						.written_ns = sent,
						.first_ns = sent + 100000,
						.end_ns = sent + 100000 });
	}
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		double s = (double)hist_quantile(t->step[0].latency, row[i].q) /
			   1e9;

		assert_true(s > row[i].want_s * 0.97);
		assert_true(s < row[i].want_s * 1.03);
	}
	assert_true(hist_quantile(t->step[0].service, 0.99) < MS);
	tally_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows),
		cmocka_unit_test(books_balance),
		cmocka_unit_test(what_is_lost_is_named),
		cmocka_unit_test(first_failure_is_kept),
		cmocka_unit_test(spans_and_levels),
		cmocka_unit_test(the_first_ok_and_the_last),
		cmocka_unit_test(freeze_oracle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
