/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/file.h"
#include "report/redact/redact.h"
#include "report/result/result.h"
#include "report/result/result_json.h"
#include "report/result/result_schema.h"
#include "report/result/stamp.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "tests/unit/sample_run.h"

enum { ROOM = 1 << 26 };

static struct run_result *read_text(struct arena *a, const char *text,
				    size_t len, struct errs *es)
{
	const struct source src = { "r.json", text, len };

	*es = (struct errs){ 0 };
	return result_read(a, &src, es);
}

static void samples_come_back(void **state)
{
	static struct errs es;

	(void)state;
	for (unsigned i = 0; i < SAMPLE_N * 2; i++) {
		struct arena *a = arena_new(ROOM);
		struct run_result *run = sample_run(a, (enum sample)(i / 2));
		struct run_result *back;
		struct buf once, again;

		buf_init(&once, BUF_NO_LIMIT);
		buf_init(&again, BUF_NO_LIMIT);
		assert_non_null(run);
		/* hostile bytes become what JSON can hold at the first
		 * writing; from then on nothing changes */
		assert_true(result_write(run, &once));
		back = read_text(a, once.text, once.len, &es);
		if (es.n)
			print_message("%s: %s\n", sample_name(i / 2),
				      es.item[0].text);
		assert_non_null(back);
		assert_int_equal(back->verdict, run->verdict);
		assert_int_equal(back->n_checks, run->n_checks);
		assert_int_equal(back->started_at_ns, run->started_at_ns);
		if (i % 2 == 0) {
			assert_true(result_write(back, &again));
			assert_string_equal(once.text, again.text);
		} else {
			buf_reset(&once);
			assert_true(result_write_compact(run, &once));
			assert_null(strchr(once.text, '\n'));
			assert_true(result_write_compact(back, &again));
			assert_string_equal(once.text, again.text);
		}
		buf_release(&once);
		buf_release(&again);
		arena_free(a);
	}
}

static void steps_of_the_last_attempt_are_the_checks(void **state)
{
	static struct errs es;
	struct arena *a = arena_new(ROOM);
	struct run_result *run = sample_run(a, SAMPLE_RICH);
	struct run_result *back;
	struct buf text;

	(void)state;
	buf_init(&text, BUF_NO_LIMIT);
	assert_true(result_write(run, &text));
	back = read_text(a, text.text, text.len, &es);
	assert_non_null(back);
	for (size_t i = 0; i < run->n_checks; i++) {
		const struct check_result *x = &run->checks[i];
		const struct check_result *y = &back->checks[i];

		assert_int_equal(x->n_attempts, y->n_attempts);
		for (size_t k = 0; k < x->n_attempts; k++)
			assert_int_equal(x->attempts[k].n_steps,
					 y->attempts[k].n_steps);
	}
	buf_release(&text);
	arena_free(a);
}

#define STEP                                                                  \
	"{\"name\":\"a\",\"kind\":\"get\",\"outcome\":\"ok\",\"started_at\":" \
	"\"2026-01-02T03:04:05.000000001Z\",\"total_ns\":36,\"phases_ns\":{"  \
	"\"lateness\":1,\"queue\":2,\"dns\":3,\"connect\":4,\"tls\":5,"       \
	"\"send\":6,\"wait\":7,\"receive\":8},\"expectations\":[]}"
#define ATTEMPT                                                               \
	"{\"number\":1,\"verdict\":\"ok\",\"outcome\":\"ok\",\"started_at\":" \
	"\"2026-01-02T03:04:05Z\",\"total_ns\":36}"
#define CHECK                                                             \
	"{\"name\":\"c\",\"verdict\":\"ok\",\"severity\":\"error\","      \
	"\"worst\":\"error\",\"outcome\":\"ok\",\"started_at\":"          \
	"\"2026-01-02T03:04:05Z\",\"total_ns\":36,\"attempts\":[" ATTEMPT \
	"],\"steps\":[" STEP "]}"
#define RUN                                                                  \
	"{\"format\":\"assay-result\",\"version\":1,\"tool\":\"assay 1\","   \
	"\"verdict\":\"ok\",\"exit_code\":0,\"name\":\"n\",\"started_at\":"  \
	"\"2026-01-02T03:04:05Z\",\"total_ns\":40,\"counts\":{\"checks\":1," \
	"\"ok\":1,\"flaky\":0,\"failed\":0,\"starting\":0,\"skipped\":0,"    \
	"\"not_observed\":0,\"expectations\":0,\"expectations_failed\":0},"  \
	"\"checks\":[" CHECK "]}"

/* RUN with the first `from` replaced. */
static void put_changed(struct buf *out, const char *from, const char *to)
{
	const char *at = strstr(RUN, from);

	assert_non_null(at);
	buf_add(out, RUN, (size_t)(at - RUN));
	buf_puts(out, to);
	buf_puts(out, at + strlen(from));
}

static void a_minimal_file(void **state)
{
	static struct errs es;
	struct arena *a = arena_new(ROOM);
	struct run_result *run = read_text(a, RUN, strlen(RUN), &es);
	const struct step_result *step;

	(void)state;
	assert_non_null(run);
	assert_string_equal(run->environment, "");
	assert_string_equal(run->checks[0].at.file, "");
	step = &run->checks[0].attempts[0].steps[0];
	assert_int_equal(step->phases.ns[PHASE_RECEIVE], 8);
	assert_int_equal(step->started_at_ns, UINT64_C(1767323045000000001));
	assert_string_equal(step->url, "");
	assert_null(step->tls);
	arena_free(a);
}

static const struct {
	const char *from, *to, *want;
} wrong_row[] = {
	{ "assay-result", "x", "\"format\" must be \"assay-result\"" },
	{ "\"version\":1", "\"version\":2", "a newer one wrote it" },
	{ "\"version\":1", "\"version\":0", "\"version\" must be 1" },
	{ "\"version\":1", "\"version\":\"1\"", "got string" },
	{ "\"tool\":\"assay 1\",", "", "\"tool\" is missing" },
	{ "\"tool\":\"assay 1\"", "\"tool\":7",
	  "\"tool\" must be a string, got number" },
	{ "\"kind\":\"get\",\"outcome\":\"ok\"",
	  "\"kind\":\"get\",\"outcome\":\"fine\"",
	  "\"checks[0].steps[0].outcome\" is no known outcome: "
	  "\"fine\"" },
	{ "\"wait\":7", "\"wait\":8",
	  "\"checks[0].steps[0].phases_ns\" must add up to total_ns "
	  "36, but the sum is 37" },
	{ "\"wait\":7,", "",
	  "\"checks[0].steps[0].phases_ns.wait\" is missing" },
	{ "\"total_ns\":40", "\"total_ns\":-1",
	  "\"total_ns\" must be a whole number from 0 to "
	  "9007199254740991" },
	{ "\"total_ns\":40", "\"total_ns\":1.5", "whole number" },
	{ "\"total_ns\":40", "\"total_ns\":9007199254740993", "whole number" },
	{ "2026-01-02T03:04:05Z", "2026-02-30T03:04:05Z",
	  "\"started_at\" must be a time" },
	{ "2026-01-02T03:04:05Z", "1969-12-31T23:59:59Z",
	  "\"started_at\" must be a time" },
	{ "\"verdict\":\"ok\"", "\"verdict\":\"failed\"",
	  "\"verdict\" says failed, but the checks and loads give ok" },
	{ "\"exit_code\":0", "\"exit_code\":1", "\"exit_code\" says 1" },
	{ "\"skipped\":0", "\"skipped\":1",
	  "\"counts.skipped\" says 1, but the checks give 0" },
	{ "\"name\":\"c\",\"verdict\":\"ok\"",
	  "\"name\":\"c\",\"verdict\":\"flaky\"",
	  "\"checks[0].verdict\" says flaky, but its attempts give "
	  "ok" },
	{ "\"attempts\":[" ATTEMPT "]", "\"attempts\":[]",
	  "\"checks[0].steps\" belongs to no attempt" },
	{ "\"attempts\":[" ATTEMPT "]", "\"attempts\":7",
	  "\"checks[0].attempts\" must be an array, got number" },
	{ CHECK, "null", "\"checks[0]\" must be an object, got null" },
	{ "\"name\":\"n\"", "\"name\":\"n\",\"partial\":1",
	  "\"partial\" must be true or false" },
	{ "\"expectations\":[]}", "\"expectations\":[],\"tls\":[]}",
	  "\"checks[0].steps[0].tls\" must be an object" },
	{ "\"name\":\"c\"", "\"name\":\"c\",\"tags\":[1]",
	  "\"checks[0].tags\" must be an array of strings" },
	{ "\"name\":\"n\"", "\"name\":\"n\",\"name\":\"m\"", "name" },
	{ "{\"format\"", "[{\"format\"", "expected" },
};

static void what_is_wrong_is_told_with_its_path(void **state)
{
	static struct errs es;

	(void)state;
	for (size_t i = 0; i < sizeof wrong_row / sizeof wrong_row[0]; i++) {
		struct arena *a = arena_new(ROOM);
		struct buf text;
		bool told = false;

		buf_init(&text, BUF_NO_LIMIT);
		put_changed(&text, wrong_row[i].from, wrong_row[i].to);
		assert_null(read_text(a, text.text, text.len, &es));
		for (size_t k = 0; k < es.n; k++)
			told |= strstr(es.item[k].text, wrong_row[i].want) !=
				NULL;
		if (!told)
			print_message("want %s, got %s\n", wrong_row[i].want,
				      es.item[0].text);
		assert_true(told);
		assert_int_equal(errs_exit_code(&es), 2);
		buf_release(&text);
		arena_free(a);
	}
}

static void keys_of_newer_writers_are_skipped(void **state)
{
	static struct errs es;
	struct arena *a = arena_new(ROOM);
	struct buf text;

	(void)state;
	buf_init(&text, BUF_NO_LIMIT);
	put_changed(&text, "\"name\":\"n\"",
		    "\"name\":\"n\",\"heaps\":[{\"name\":1}],\"girth\":{}");
	assert_non_null(read_text(a, text.text, text.len, &es));
	buf_release(&text);
	arena_free(a);
}

/* No prefix of a file, and no memory in between, breaks the reader. */
static void cut_files_and_small_arenas(void **state)
{
	static struct errs es;

	(void)state;
	for (size_t n = 0; n < strlen(RUN); n += 3) {
		struct arena *a = arena_new(ROOM);

		assert_null(read_text(a, RUN, n, &es));
		assert_true(es.n > 0);
		arena_free(a);
	}
	for (size_t room = 16; room < 2048; room += 64) {
		struct arena *a = arena_new(room);

		if (read_text(a, RUN, strlen(RUN), &es) == NULL)
			assert_int_equal(errs_exit_code(&es), 4);
		arena_free(a);
	}
}

static void numbers_are_cut_to_what_json_holds(void **state)
{
	struct arena *a = arena_new(ROOM);
	struct run_result *run = sample_run(a, SAMPLE_OK);
	struct buf text;

	(void)state;
	run->peak_rss_bytes = UINT64_MAX;
	buf_init(&text, BUF_NO_LIMIT);
	assert_true(result_write(run, &text));
	assert_non_null(
		strstr(text.text, "\"peak_rss_bytes\": 9007199254740991"));
	buf_release(&text);
	buf_init(&text, 100);
	assert_false(result_write(run, &text));
	buf_release(&text);
	arena_free(a);
}

static void the_schema_is_the_committed_one(void **state)
{
	static struct errs es;
	struct buf now, committed;

	(void)state;
	buf_init(&now, BUF_NO_LIMIT);
	buf_init(&committed, BUF_NO_LIMIT);
	result_schema_print(&now);
	assert_true(file_read("report/result.schema.json", 1 << 20, &committed,
			      &es));
	assert_string_equal(now.text, committed.text);
	buf_release(&now);
	buf_release(&committed);
}

static void a_file_that_is_not_there(void **state)
{
	static struct errs es;
	struct arena *a = arena_new(ROOM);
	struct run_result *run;

	(void)state;
	es = (struct errs){ 0 };
	assert_false(result_read_file("no-such-file.json", a, &run, &es));
	assert_null(run);
	assert_true(es.n > 0);
	arena_free(a);
}

static const struct {
	const char *text;
	int64_t s;
	uint32_t ns;
} time_row[] = {
	{ "1970-01-01T00:00:00Z", 0, 0 },
	{ "2000-02-29T23:59:59.5Z", 951868799, 500000000 },
	{ "2026-01-02T03:04:05.123456789Z", 1767323045, 123456789 },
	{ "9999-12-31T23:59:59Z", 253402300799, 0 },
	{ "0000-01-01T00:00:00Z", -62167219200, 0 },
	{ "1969-12-31T23:59:59Z", -1, 0 },
};

static const char *const bad_times[] = {
	"",
	"2026-01-02",
	"2026-01-02T03:04:05",
	"2026-01-02T03:04:05+00:00",
	"2026-13-02T03:04:05Z",
	"2026-00-02T03:04:05Z",
	"2026-01-00T03:04:05Z",
	"2025-02-29T03:04:05Z",
	"1900-02-29T03:04:05Z",
	"2026-01-02T24:04:05Z",
	"2026-01-02T03:60:05Z",
	"2026-01-02T03:04:60Z",
	"2026-01-02T03:04:05.Z",
	"2026-01-02T03:04:05.1234567890Z",
	"2026-01-02t03:04:05Z",
	"2026-01-02T03:04:05Zx",
	"-026-01-02T03:04:05Z",
};

static void times(void **state)
{
	struct buf out;
	int64_t s = 0;
	uint32_t ns = 0;

	(void)state;
	buf_init(&out, BUF_NO_LIMIT);
	for (size_t i = 0; i < sizeof time_row / sizeof time_row[0]; i++) {
		assert_true(stamp_parse(time_row[i].text,
					strlen(time_row[i].text), &s, &ns));
		assert_true(s == time_row[i].s);
		assert_int_equal(ns, time_row[i].ns);
		buf_reset(&out);
		stamp_print_s(&out, s);
		assert_memory_equal(buf_text(&out), time_row[i].text, 19);
	}
	for (size_t i = 0; i < sizeof bad_times / sizeof bad_times[0]; i++)
		assert_false(stamp_parse(bad_times[i], strlen(bad_times[i]), &s,
					 &ns));
	/* every day there is */
	for (s = -62167219200; s < 253402300799; s += 86400 * 7 + 3601) {
		int64_t back;

		buf_reset(&out);
		stamp_print_s(&out, s);
		assert_true(stamp_parse(out.text, out.len, &back, &ns));
		assert_true(back == s);
	}
	buf_reset(&out);
	stamp_print_ns(&out, UINT64_MAX, 9);
	assert_string_equal(buf_text(&out), "2554-07-21T23:34:33.709551615Z");
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_come_back),
		cmocka_unit_test(steps_of_the_last_attempt_are_the_checks),
		cmocka_unit_test(a_minimal_file),
		cmocka_unit_test(what_is_wrong_is_told_with_its_path),
		cmocka_unit_test(keys_of_newer_writers_are_skipped),
		cmocka_unit_test(cut_files_and_small_arenas),
		cmocka_unit_test(numbers_are_cut_to_what_json_holds),
		cmocka_unit_test(the_schema_is_the_committed_one),
		cmocka_unit_test(a_file_that_is_not_there),
		cmocka_unit_test(times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
