/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "report/render/facts.h"
#include "report/render/load/load_lines.h"
#include "report/render/load/load_say.h"
#include "report/render/render.h"
#include "report/result/load_result.h"
#include "report/result/result.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"
#include "tests/unit/golden.h"
#include "tests/unit/sample_run.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
enum { TEXT_MAX = 4 << 20, ARENA_MAX = 16 << 20 };

static const struct render_options plain = { .utf8 = true, .width = 100 };
static const struct render_options colour = { .utf8 = true,
					      .width = 100,
					      .colour = true };
static const struct render_options ascii = { .width = 60, .verbose = 1 };
static const struct render_options verbose = { .utf8 = true, .verbose = 1 };
static const struct render_options later = {
	.utf8 = true,
	.now_at_ns = SAMPLE_STARTED_AT_NS + (uint64_t)3 * 86400 * 1000000000,
};
static const struct render_options quiet = { .utf8 = true, .verbose = -1 };

static const struct {
	const char *name;
	enum sample sample;
	const struct render_options *opt;
} goldens[] = {
	{ "rich", SAMPLE_RICH, &plain },
	{ "rich-colour", SAMPLE_RICH, &colour },
	{ "rich-ascii", SAMPLE_RICH, &ascii },
	{ "rich-verbose", SAMPLE_RICH, &verbose },
	{ "rich-quiet", SAMPLE_RICH, &quiet },
	{ "outcomes", SAMPLE_OUTCOMES, &plain },
	{ "ok", SAMPLE_OK, &plain },
	{ "ok-later", SAMPLE_OK, &later },
	{ "partial", SAMPLE_PARTIAL, &plain },
	{ "broken", SAMPLE_BROKEN, &plain },
	{ "empty", SAMPLE_EMPTY, &plain },
	{ "load", SAMPLE_LOAD, &plain },
	{ "loads", SAMPLE_LOADS, &plain },
	{ "loads-ascii", SAMPLE_LOADS, &ascii },
	{ "loads-colour", SAMPLE_LOADS, &colour },
	{ "loads-quiet", SAMPLE_LOADS, &quiet },
	{ "loads-verbose", SAMPLE_LOADS, &verbose },
};

static void make(struct buf *out, enum sample sample,
		 const struct render_options *opt)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct run_result *run = sample_run(a, sample);

	assert_non_null(run);
	buf_init(out, TEXT_MAX);
	assert_true(render(RENDER_TERMINAL, run, opt, out));
	arena_free(a);
}

static void test_goldens(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(goldens); i++) {
		char path[128];
		struct buf out;

		make(&out, goldens[i].sample, goldens[i].opt);
		snprintf(path, sizeof(path), "tests/golden/render/%s.txt",
			 goldens[i].name);
		assert_golden(path, buf_text(&out), out.len);
		buf_release(&out);
	}
}

static void test_quiet_says_nothing_when_all_is_well(void **state)
{
	struct buf out;

	(void)state;
	make(&out, SAMPLE_OK, &quiet);
	assert_int_equal(out.len, 0);
	buf_release(&out);
}

/* Drops our own colours. */
static void strip(const struct buf *from, struct buf *to)
{
	for (const char *c = buf_text(from); *c; c++) {
		if (*c == '\x1b')
			c = strchr(c, 'm');
		else
			buf_putc(to, *c);
	}
}

struct told {
	struct load_lines lines; /* first, for on_line() */
	struct buf text;
};

static void on_line(struct load_lines *lines, enum line_look look,
		    const char *text)
{
	struct told *told = (struct told *)lines; /* its first member */

	(void)look;
	buf_printf(&told->text, "%s\n", text);
}

/* Three answers in the 10 ms behind the plan are no 300/s. */
static void test_what_ends_late_is_no_rate(void **state)
{
	enum { ROWS = 5 };
	struct arena *a = arena_new(ARENA_MAX);
	struct run_result *run = sample_run(a, SAMPLE_LOAD);
	struct told told = { .lines = { .on_line = on_line } };
	struct timeline_row rows[ROWS];

	(void)state;
	assert_non_null(run);
	for (size_t i = 0; i < ROWS; i++)
		rows[i] = (struct timeline_row){ .at_ns = i * UNIT_NS_PER_S,
						 .for_ns = UNIT_NS_PER_S,
						 .ok = 50,
						 .hdr = "" };
	rows[ROWS - 1].for_ns = UNIT_NS_PER_S / 100;
	rows[ROWS - 1].ok = 3;
	run->loads[0].timeline = rows;
	run->loads[0].n_timeline = ROWS;
	buf_init(&told.text, TEXT_MAX);
	load_lines(&told.lines, &run->loads[0]);
	assert_non_null(strstr(buf_text(&told.text), "%%%@  max 52.48/s ok"));
	buf_release(&told.text);
	arena_free(a);
}

static void test_colour_changes_nothing_but_colour(void **state)
{
	struct buf with, without, stripped;

	(void)state;
	make(&with, SAMPLE_RICH, &colour);
	make(&without, SAMPLE_RICH, &plain);
	buf_init(&stripped, TEXT_MAX);
	strip(&with, &stripped);
	assert_string_equal(buf_text(&stripped), buf_text(&without));
	buf_release(&with);
	buf_release(&without);
	buf_release(&stripped);
}

static void look_for_control_bytes(enum sample sample)
{
	struct buf out;

	make(&out, sample, &verbose);
	for (size_t i = 0; i < out.len; i++) {
		unsigned char c = (unsigned char)out.text[i];

		assert_true(c == '\n' || (c >= 0x20 && c != 0x7f));
	}
	/* a runner that reads this as its log must see no command */
	assert_null(strstr(buf_text(&out), "##["));
	assert_true(text_utf8_valid(buf_text(&out), out.len, NULL));
	buf_release(&out);
}

static void test_no_control_byte_gets_through(void **state)
{
	(void)state;
	look_for_control_bytes(SAMPLE_RICH);
	look_for_control_bytes(SAMPLE_LOADS);
}

static void test_ascii_is_ascii(void **state)
{
	struct buf out;

	(void)state;
	make(&out, SAMPLE_LOADS, &ascii);
	for (size_t i = 0; i < out.len; i++)
		assert_true((unsigned char)out.text[i] < 0x80);
	buf_release(&out);
}

/* The verdicts of checks stand below each other, wide names or not. */
static void test_columns_line_up(void **state)
{
	static const char *const names[] = { "home page  ", "sign-in  ",
					     "\xe5\x81\xa5\xe5\xba\xb7 ready" };
	static const char *const words[] = { "ok  ", "flaky  ", "failed  " };
	size_t column = 0;
	struct buf out;

	(void)state;
	make(&out, SAMPLE_RICH, &plain);
	for (size_t i = 0; i < COUNT(names); i++) {
		const char *name = strstr(buf_text(&out), names[i]);
		const char *word = name ? strstr(name, words[i]) : NULL;
		size_t width;

		assert_non_null(word);
		width = text_width(name, (size_t)(word - name));
		assert_true(!column || column == width);
		column = width;
	}
	buf_release(&out);
}

/* What scripts cut out keeps its form, at the beginning of a line. */
static void test_success_and_duration(void **state)
{
	struct buf out;

	(void)state;
	make(&out, SAMPLE_LOADS, &plain);
	assert_non_null(strstr(buf_text(&out), "\nSuccess Rate: 99.84%\n"
					       "Average Duration: 0.498s\n"));
	buf_release(&out);
}

static const struct {
	double share;
	const char *want;
} shares[] = {
	{ 0, "0.00 %" },	{ 1e-9, "0.01 %" },
	{ 0.5, "50.00 %" },	{ 0.9987, "99.87 %" },
	{ 0.99995, "99.99 %" }, { 0.999999, "99.99 %" },
	{ 1, "100.00 %" },	{ 0.333333333, "33.33 %" },
};

static void test_shares(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(shares); i++) {
		struct buf out;

		buf_init(&out, TEXT_MAX);
		assert_true(say_share(&out, shares[i].share));
		assert_string_equal(buf_text(&out), shares[i].want);
		buf_release(&out);
	}
}

static const struct {
	struct quantile_result q;
	const char *want;
} intervals[] = {
	{ { 0.5, 412000000, 398000000, 431000000, true }, "[398, 431]" },
	{ { 0.5, 999000000, 998000000, 1200000000, true }, "[998 ms, 1.20 s]" },
	{ { 0.999, 1, 1, 1, false }, "too few: needs 10000" },
	{ { 0.99, 1, 1, 1, false }, "too few: needs 1000" },
	{ { 0.9999, 1, 1, 1, false }, "too few: needs 100000" },
	{ { 0.01, 1, 1, 1, false }, "too few: needs 1000" },
	{ { 0.5, 1, 1, 1, false }, "too few: needs 20" },
	{ { 1, 1, 1, 1, false }, "[1, 1]" },
};

static void test_intervals(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(intervals); i++) {
		struct buf out;

		buf_init(&out, TEXT_MAX);
		assert_true(say_interval(&out, &intervals[i].q));
		assert_string_equal(buf_text(&out), intervals[i].want);
		buf_release(&out);
	}
}

static void test_expires(void **state)
{
	static const struct {
		int64_t days;
		const char *want;
	} rows[] = {
		{ 9, "expires in 9 days" },
		{ 1, "expires in 1 day" },
		{ 0, "expires today" },
		{ -1, "expired today" },
		{ -2, "expired 1 day ago" },
		{ -4, "expired 3 days ago" },
		{ INT64_MIN, "expired 9223372036854775807 days ago" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out;

		buf_init(&out, TEXT_MAX);
		assert_true(say_expires(&out, rows[i].days));
		assert_string_equal(buf_text(&out), rows[i].want);
		buf_release(&out);
	}
}

static void test_several_runs_follow_each_other(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	const struct run_result *runs[] = { sample_run(a, SAMPLE_OK),
					    sample_run(a, SAMPLE_PARTIAL) };
	struct buf out;
	const char *second;

	(void)state;
	buf_init(&out, TEXT_MAX);
	assert_true(render_terminal(runs, 2, &plain, &out));
	second = strstr(buf_text(&out), "\n\nShop");
	assert_non_null(second);
	assert_non_null(strstr(second, "partial: interrupted"));
	buf_release(&out);
	arena_free(a);
}

/* It has a plan and no numbers. */
static void test_what_was_not_started(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct run_result *run = sample_run(a, SAMPLE_LOAD);
	const struct run_result *runs[] = { run };
	struct load_result *load = &run->loads[0];
	struct buf out;

	(void)state;
	load->started_at_ns = load->total_ns = 0;
	load->ended = "not started";
	load->requests = load->requests_ok = 0;
	load->accounting = (struct accounting){ 0 };
	buf_init(&out, TEXT_MAX);
	assert_true(render_terminal(runs, 1, &plain, &out));
	assert_non_null(
		strstr(buf_text(&out), "    ended       not started\n"));
	assert_non_null(strstr(buf_text(&out), "    target "));
	assert_null(strstr(buf_text(&out), "0 planned"));
	assert_null(strstr(buf_text(&out), "0.000/s"));
	assert_null(strstr(buf_text(&out), "generator"));
	buf_release(&out);
	buf_init(&out, TEXT_MAX);
	assert_true(render(RENDER_MARKDOWN, run, &plain, &out));
	assert_non_null(strstr(buf_text(&out), " | 0 | - | - | "));
	buf_release(&out);
	arena_free(a);
}

static void test_the_last_line_tells_a_lost_file(void **state)
{
	static const struct render_options lost = { .utf8 = true,
						    .is_lost = true };
	static const char want[] = "not every file was written (exit code 4, "
				   "whatever the verdict is)\n";
	struct arena *a = arena_new(ARENA_MAX);
	struct buf out;

	(void)state;
	for (enum sample kind = SAMPLE_RICH; kind <= SAMPLE_OK; kind++) {
		buf_init(&out, TEXT_MAX);
		assert_true(render(RENDER_TERMINAL, sample_run(a, kind), &lost,
				   &out));
		assert_true(out.len > sizeof(want));
		assert_string_equal(buf_text(&out) + out.len + 1 - sizeof(want),
				    want);
		buf_release(&out);
	}
	arena_free(a);
}

static void test_a_full_buffer_is_told(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct buf out;

	(void)state;
	for (int kind = 0; kind < RENDER_N; kind++) {
		buf_init(&out, 20);
		assert_false(render((enum render_kind)kind,
				    sample_run(a, SAMPLE_RICH), &plain, &out));
		buf_release(&out);
	}
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_goldens),
		cmocka_unit_test(test_quiet_says_nothing_when_all_is_well),
		cmocka_unit_test(test_what_ends_late_is_no_rate),
		cmocka_unit_test(test_colour_changes_nothing_but_colour),
		cmocka_unit_test(test_no_control_byte_gets_through),
		cmocka_unit_test(test_ascii_is_ascii),
		cmocka_unit_test(test_columns_line_up),
		cmocka_unit_test(test_success_and_duration),
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_intervals),
		cmocka_unit_test(test_expires),
		cmocka_unit_test(test_several_runs_follow_each_other),
		cmocka_unit_test(test_what_was_not_started),
		cmocka_unit_test(test_the_last_line_tells_a_lost_file),
		cmocka_unit_test(test_a_full_buffer_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
