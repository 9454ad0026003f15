/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "report/file.h"
#include "report/redact/redact.h"
#include "report/state/state.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "tests/unit/state_rig.h"

#define ARENA_MAX ((size_t)64 << 20)

/* ---- observations --------------------------------------------------------- */

static void a_run_is_taken_once(void **state)
{
	struct state_rig *t = *state;
	struct state *st = state_rig_open(t);
	struct rig_run r;
	struct rig_check ok = { .verdict = VERDICT_OK, .status = 200 };
	bool is_new;

	state_rig_run(&r, RIG_EPOCH, &ok, 1);
	assert_true(state_take_run(st, &r.run, &is_new, t->es));
	assert_true(is_new);
	assert_true(state_take_run(st, &r.run, &is_new, t->es));
	assert_false(is_new);
	r.run.vantage = "fra";
	assert_true(state_take_run(st, &r.run, &is_new, t->es));
	assert_true(is_new);
	state_rig_run(&r, RIG_EPOCH + RIG_MINUTE, &ok, 1);
	assert_true(state_take_run(st, &r.run, &is_new, t->es));
	assert_true(is_new);
	state_rig_no_problems(t);
	state_close(st);
	assert_int_equal(state_rig_number(t, "SELECT count(*) FROM seen"), 3);
}

static void check_series(const struct history *h)
{
	assert_int_equal(h->n_series, 3);
	for (size_t i = 0; i < h->n_series; i++) {
		const struct series *s = &h->series[i];

		assert_int_equal(s->n_points, 2);
		assert_true(s->points[0].at_ns < s->points[1].at_ns);
		if (s->kind == SERIES_TEXT) {
			assert_string_equal(s->name, "version");
			assert_string_equal(s->points[0].text, "1.2.3");
		} else if (s->kind == SERIES_BUCKET) {
			assert_string_equal(s->labels, "{code=\"200\"}");
			assert_true(s->bound == 0.25);
			assert_true(s->points[1].value == -7);
		} else {
			assert_string_equal(s->name, "load");
			assert_true(s->points[1].value == 0.125);
			assert_null(s->points[1].text);
		}
	}
}

static void history_is_what_was_seen(void **state)
{
	static const struct kept kept[] = {
		{ "load", "", SERIES_GAUGE, 0, 0.125, "" },
		{ "hits", "{code=\"200\"}", SERIES_BUCKET, 0.25, -7, "" },
		{ "version", "", SERIES_TEXT, 0, 0, "1.2.3" },
	};
	struct state_rig *t = *state;
	struct state *st = state_rig_open(t);
	struct arena *a = arena_new(ARENA_MAX);
	struct rig_check bad = { .verdict = VERDICT_FAILED,
				 .outcome = OUTCOME_STATUS,
				 .worst = SEVERITY_CRITICAL,
				 .status = 503,
				 .took_ns = 123456789,
				 .message = "status is 503",
				 .n_kept = 3,
				 .kept = kept };
	struct rig_run r;
	struct history h;

	for (int i = 0; i < 3; i++) {
		state_rig_run(&r, RIG_EPOCH + (uint64_t)i * RIG_MINUTE, &bad,
			      1);
		r.run.vantage = "sgp";
		assert_true(state_take_run(st, &r.run, NULL, t->es));
	}
	assert_true(state_history(st, "shop", "home", RIG_EPOCH + RIG_MINUTE, a,
				  &h, t->es));
	state_rig_no_problems(t);
	assert_string_equal(h.check, "home");
	assert_int_equal(h.first_at_ns, RIG_EPOCH + 123456789);
	assert_int_equal(h.n_checks, 2);
	assert_int_equal(h.checks[0].at_ns, RIG_EPOCH + RIG_MINUTE + 123456789);
	assert_int_equal(h.checks[0].verdict, VERDICT_FAILED);
	assert_int_equal(h.checks[0].worst, SEVERITY_CRITICAL);
	assert_int_equal(h.checks[0].outcome, OUTCOME_STATUS);
	assert_int_equal(h.checks[0].failing_since_ns, RIG_EPOCH + RIG_MINUTE);
	assert_true(h.checks[0].cert_days == INT64_MAX);
	assert_string_equal(h.checks[0].message, "status is 503");
	assert_string_equal(h.checks[1].vantage, "sgp");
	assert_int_equal(h.n_requests, 2);
	assert_int_equal(h.requests[1].latency_ns, 123456789);
	assert_int_equal(h.requests[1].service_ns, 123456789);
	assert_int_equal(h.requests[1].first_byte_ns, 123456789);
	assert_int_equal(h.requests[1].connect_ns, 12345678);
	assert_int_equal(h.requests[1].status, 503);
	assert_string_equal(h.requests[1].step, "get /");
	check_series(&h);
	assert_true(state_history(st, "shop", "other", 0, a, &h, t->es));
	assert_int_equal(h.n_checks, 0);
	assert_true(state_history(st, "none", "home", 0, a, &h, t->es));
	assert_int_equal(h.first_at_ns, 0);
	arena_free(a);
	state_close(st);
}

/* What was sealed is what is in the file, and nothing else. */
static void a_secret_is_in_no_byte_of_it(void **state)
{
	static const char secret[] = "hunter2-and-more";
	struct state_rig *t = *state;
	struct state *st = state_rig_open(t);
	struct arena *a = arena_new(ARENA_MAX);
	struct redactor *r = redactor_new();
	struct rig_check bad = { .verdict = VERDICT_FAILED,
				 .outcome = OUTCOME_EXPECT,
				 .message = "got hunter2-and-more" };
	struct rig_run run;
	struct buf bytes;

	assert_true(redactor_add(r, secret, strlen(secret)));
	state_rig_run(&run, RIG_EPOCH, &bad, 1);
	assert_true(result_seal(&run.run, r, a));
	assert_true(state_take_run(st, &run.run, NULL, t->es));
	state_close(st);
	buf_init(&bytes, BUF_NO_LIMIT);
	assert_true(file_read(t->path, BUF_NO_LIMIT, &bytes, t->es));
	assert_null(memmem(bytes.text, bytes.len, secret, strlen(secret)));
	assert_non_null(memmem(bytes.text, bytes.len, REDACT_MARK,
			       strlen(REDACT_MARK)));
	buf_release(&bytes);
	redactor_free(r);
	arena_free(a);
}

static void events_belong_to_no_check(void **state)
{
	struct state_rig *t = *state;
	struct state *st = state_rig_open(t);
	struct arena *a = arena_new(ARENA_MAX);
	struct history h;

	for (uint64_t i = 1; i < 4; i++) {
		struct seen_event ev = { .at_ns = i * RIG_HOUR,
					 .exit_code = (int64_t)i - 1,
					 .name = "backup",
					 .message = i == 2 ? "disk full" : "" };
		assert_true(state_event_add(st, &ev, t->es));
	}
	assert_true(state_history(st, "shop", "", 2 * RIG_HOUR, a, &h, t->es));
	state_rig_no_problems(t);
	assert_int_equal(h.first_at_ns, RIG_HOUR);
	assert_int_equal(h.n_events, 2);
	assert_int_equal(h.events[0].exit_code, 1);
	assert_string_equal(h.events[0].message, "disk full");
	assert_string_equal(h.events[1].name, "backup");
	arena_free(a);
	state_close(st);
}

/* ---- alerts and what is told -------------------------------------------------- */

static void alerts_and_their_log(void **state)
{
	struct state_rig *t = *state;
	struct state *st = state_rig_open(t);
	struct arena *a = arena_new(ARENA_MAX);
	const char *text;
	const struct state_entry *e;
	size_t n;

	assert_true(state_alert_get(st, "shop", "down/home", a, &text, t->es));
	assert_null(text);
	assert_true(state_alert_put(st, "shop", "down/home", "v1", t->es));
	assert_true(state_alert_put(st, "shop", "down/home", "v2", t->es));
	assert_true(state_alert_put(st, "other", "down/home", "v3", t->es));
	assert_true(state_alert_get(st, "shop", "down/home", a, &text, t->es));
	assert_string_equal(text, "v2");
	for (uint64_t i = 0; i < 3; i++) {
		struct state_entry entry = { .at_ns = RIG_EPOCH + i,
					     .scenario = "shop",
					     .key = "down/home",
					     .kind = "firing",
					     .text = "{}" };
		assert_true(state_entry_add(st, &entry, t->es));
		assert_int_equal(entry.id, i + 1);
	}
	assert_true(state_entries(st, "shop", RIG_EPOCH + 1, a, &e, &n, t->es));
	assert_int_equal(n, 2);
	assert_int_equal(e[0].id, 2);
	assert_string_equal(e[1].kind, "firing");
	assert_true(state_entries(st, NULL, 0, a, &e, &n, t->es));
	assert_int_equal(n, 3);
	state_rig_no_problems(t);
	arena_free(a);
	state_close(st);
}

static struct letter a_letter(const char *dedup)
{
	return (struct letter){ .scenario = "shop",
				.channel = "ops",
				.group = "g",
				.dedup = dedup,
				.text = "{\"kind\":\"firing\"}",
				.made_at_ns = RIG_EPOCH,
				.not_before_at_ns = RIG_EPOCH + RIG_MINUTE,
				.expires_at_ns = RIG_EPOCH + RIG_DAY };
}

static void letters_are_put_once_and_taken_once(void **state)
{
	struct state_rig *t = *state;
	struct state *st = state_rig_open(t);
	struct arena *a = arena_new(ARENA_MAX);
	struct letter *l, one = a_letter("a"), two = a_letter("b");
	uint64_t at;
	bool is_new;
	size_t n;

	assert_true(state_letters_next(st, "shop", &at, t->es));
	assert_true(at == UINT64_MAX);
	assert_true(state_letter_put(st, &one, &is_new, t->es) && is_new);
	assert_true(state_letter_put(st, &one, &is_new, t->es) && !is_new);
	two.not_before_at_ns += RIG_MINUTE;
	assert_true(state_letter_put(st, &two, &is_new, t->es) && is_new);
	assert_true(state_letters_next(st, "shop", &at, t->es));
	assert_int_equal(at, RIG_EPOCH + RIG_MINUTE);
	assert_true(state_letters_claim(st, "shop", RIG_EPOCH, "me", RIG_MINUTE,
					9, a, &l, &n, t->es));
	assert_int_equal(n, 0);
	at = RIG_EPOCH + RIG_MINUTE;
	assert_true(state_letters_claim(st, "shop", at, "me", RIG_MINUTE, 9, a,
					&l, &n, t->es));
	assert_int_equal(n, 1);
	assert_string_equal(l->dedup, "a");
	assert_int_equal(l->status, LETTER_SENDING);
	/* the other one keeps its hands off until the lease ends */
	assert_true(state_letters_claim(st, "shop", at + 1, "you", RIG_MINUTE,
					9, a, &l, &n, t->es));
	assert_int_equal(n, 0);
	assert_true(state_letters_claim(st, "shop", at + RIG_MINUTE, "you",
					RIG_MINUTE, 9, a, &l, &n, t->es));
	assert_int_equal(n, 2);
	/* one that has expired is handed out to be dropped with a record */
	two = a_letter("c");
	two.not_before_at_ns = RIG_EPOCH + 2 * RIG_DAY;
	assert_true(state_letter_put(st, &two, &is_new, t->es) && is_new);
	assert_true(state_letters_claim(st, "shop", two.expires_at_ns, "you",
					RIG_MINUTE, 1, a, &l, &n, t->es));
	assert_int_equal(n, 1);
	state_rig_no_problems(t);
	arena_free(a);
	state_close(st);
}

static void deliveries_are_logged(void **state)
{
	struct state_rig *t = *state;
	struct state *st = state_rig_open(t);
	struct arena *a = arena_new(ARENA_MAX);
	struct letter one = a_letter("a"), *l;
	const struct delivery *d;
	const struct letter *of;
	uint64_t at = RIG_EPOCH + RIG_MINUTE;
	size_t n;

	assert_true(state_letter_put(st, &one, NULL, t->es));
	assert_true(state_letters_claim(st, "shop", at, "me", RIG_MINUTE, 9, a,
					&l, &n, t->es));
	struct delivery try = { .letter = l->id,
				.at_ns = at,
				.took_ns = 5,
				.status = LETTER_WAITING,
				.not_before_at_ns = at + RIG_MINUTE,
				.code = 503,
				.detail = "try later",
				.reference = "" };
	assert_true(state_delivered(st, &try, t->es));
	assert_true(state_letters_next(st, "shop", &at, t->es));
	assert_int_equal(at, RIG_EPOCH + 2 * RIG_MINUTE);
	try.at_ns = at;
	try.status = LETTER_SENT;
	try.code = 200;
	try.reference = "42";
	assert_true(state_delivered(st, &try, t->es));
	assert_true(state_letters_next(st, "shop", &at, t->es));
	assert_true(at == UINT64_MAX);
	assert_true(state_deliveries(st, 0, a, &d, &of, &n, t->es));
	assert_int_equal(n, 2);
	assert_int_equal(d[0].code, 503);
	assert_string_equal(d[1].reference, "42");
	assert_int_equal(of[1].attempts, 2);
	assert_int_equal(of[1].status, LETTER_SENT);
	state_rig_no_problems(t);
	try.letter = 99;
	assert_false(state_delivered(st, &try, t->es));
	assert_int_equal(t->es->n, 1);
	arena_free(a);
	state_close(st);
}

static void silences_audits_notes(void **state)
{
	struct state_rig *t = *state;
	struct state *st = state_rig_open(t);
	struct arena *a = arena_new(ARENA_MAX);
	struct silence s = { .rule = "*",
			     .check = "home",
			     .from_at_ns = 100,
			     .until_at_ns = 200,
			     .author = "ana",
			     .reason = "deploy" };
	struct audit_record r = { .at_ns = 5,
				  .user = "ana",
				  .action = "silence.add",
				  .resource = "home",
				  .details = "deploy",
				  .success = true };
	const struct audit_record *records;
	const struct silence *list;
	const char *text;
	size_t n;

	assert_true(state_silence_add(st, &s, t->es));
	assert_true(state_silences(st, 99, a, &list, &n, t->es) && n == 0);
	assert_true(state_silences(st, 100, a, &list, &n, t->es) && n == 1);
	assert_string_equal(list->author, "ana");
	assert_true(state_silence_end(st, s.id, 150, t->es));
	assert_true(state_silences(st, 150, a, &list, &n, t->es) && n == 0);
	assert_true(state_audit_add(st, &r, t->es));
	assert_true(state_audits(st, 5, a, &records, &n, t->es) && n == 1);
	assert_string_equal(records->action, "silence.add");
	assert_true(records->success);
	assert_true(state_note_get(st, "breaker", a, &text, t->es) && !text);
	assert_true(state_note_put(st, "breaker", "open", t->es));
	assert_true(state_note_put(st, "breaker", "shut", t->es));
	assert_true(state_note_get(st, "breaker", a, &text, t->es));
	assert_string_equal(text, "shut");
	assert_true(state_note_put(st, "breaker", NULL, t->es));
	assert_true(state_note_get(st, "breaker", a, &text, t->es) && !text);
	state_rig_no_problems(t);
	assert_false(state_silence_end(st, 77, 150, t->es));
	arena_free(a);
	state_close(st);
}

/* ---- transactions --------------------------------------------------------------- */

static void a_transaction_is_all_or_nothing(void **state)
{
	struct state_rig *t = *state;
	struct state *st = state_rig_open(t);
	struct rig_run r;
	struct rig_check ok = { .verdict = VERDICT_OK };
	struct letter one = a_letter("a");
	struct delivery none = { .letter = 7 };

	state_rig_run(&r, RIG_EPOCH, &ok, 1);
	assert_true(state_begin(st, t->es));
	assert_true(state_take_run(st, &r.run, NULL, t->es));
	assert_true(state_letter_put(st, &one, NULL, t->es));
	state_rollback(st);
	assert_int_equal(state_rig_number(t, "SELECT count(*) FROM run"), 0);
	assert_int_equal(state_rig_number(t, "SELECT count(*) FROM letter"), 0);
	/* what failed inside cannot be committed by mistake */
	assert_true(state_begin(st, t->es));
	assert_true(state_take_run(st, &r.run, NULL, t->es));
	assert_false(state_delivered(st, &none, t->es));
	assert_false(state_letter_put(st, &one, NULL, t->es));
	assert_false(state_commit(st, t->es));
	assert_int_equal(state_rig_number(t, "SELECT count(*) FROM run"), 0);
	t->es->n = 0;
	assert_true(state_begin(st, t->es));
	assert_true(state_take_run(st, &r.run, NULL, t->es));
	assert_true(state_commit(st, t->es));
	assert_int_equal(state_rig_number(t, "SELECT count(*) FROM run"), 1);
	state_rig_no_problems(t);
	/* closing rolls back */
	assert_true(state_begin(st, t->es));
	assert_true(state_letter_put(st, &one, NULL, t->es));
	state_close(st);
	assert_int_equal(state_rig_number(t, "SELECT count(*) FROM letter"), 0);
	state_close(NULL);
}

#define ROW(f) \
	cmocka_unit_test_setup_teardown(f, state_rig_enter, state_rig_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(a_run_is_taken_once),
		ROW(history_is_what_was_seen),
		ROW(a_secret_is_in_no_byte_of_it),
		ROW(events_belong_to_no_check),
		ROW(alerts_and_their_log),
		ROW(letters_are_put_once_and_taken_once),
		ROW(deliveries_are_logged),
		ROW(silences_audits_notes),
		ROW(a_transaction_is_all_or_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
