/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "report/page/page_parts.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"
#include "tests/unit/sample_page.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static void page_of(struct buf *out, const char *hostile, bool with_past)
{
	struct sample_page sp;

	assert_true(sample_page_make(&sp, hostile));
	buf_init(out, PAGE_BYTES_MAX);
	assert_true(page_render(&sp.published, with_past ? &sp.past : NULL, 60,
				out));
	assert_true(text_utf8_valid(out->text, out->len, NULL));
	sample_page_release(&sp);
}

static void test_tells(void **state)
{
	static const char *const says[] = {
		"<title>Clicky - status</title>",
		"1 of 3 checks is down",
		"class=\"all down\"",
		"certificate: 13 days left",
		"status 503, expected 200",
		"taken on by ana",
		"3 failures in a row",
		"goes on",
		"<td>1h</td>",
		"90 days, available 99.97 %",
		"not observed 2",
		"2 days with trouble",
		"latency hour by hour",
		"http-equiv=\"refresh\" content=\"60\"",
		"default-src 'none'",
		"2026-01-01 22:00 UTC",
	};
	struct buf out;

	(void)state;
	page_of(&out, NULL, true);
	for (size_t i = 0; i < COUNT(says); i++) {
		if (!strstr(buf_text(&out), says[i]))
			print_error("not told: %s\n", says[i]);
		assert_non_null(strstr(buf_text(&out), says[i]));
	}
	assert_null(strstr(buf_text(&out), "<script"));
	assert_null(strstr(buf_text(&out), "http://"));
	buf_release(&out);
}

/* Without a state file there is still the present. */
static void test_no_past(void **state)
{
	struct buf out;

	(void)state;
	page_of(&out, NULL, false);
	assert_non_null(strstr(buf_text(&out), "1 of 3 checks is down"));
	assert_null(strstr(buf_text(&out), "Incidents"));
	buf_release(&out);
}

static size_t count(const char *text, const char *of)
{
	size_t n = 0;

	for (; (text = strstr(text, of)); text++)
		n++;
	return n;
}

/* Whatever stands in the texts, the elements are the same. */
static void test_hostile(void **state)
{
	static const char *const rows[] = {
		"<script>alert(1)</script>",
		"\"><img src=x onerror=alert(1)>",
		"'--></title></style><svg onload=alert(1)>",
		"\x01\x02\x7f\xff\xc3\x28\xe2\x80\xae",
		"]]>&#0;&lt;",
	};
	struct buf plain, out;

	(void)state;
	page_of(&plain, "a", true);
	for (size_t i = 0; i < COUNT(rows); i++) {
		page_of(&out, rows[i], true);
		assert_int_equal(count(buf_text(&out), "<"),
				 count(buf_text(&plain), "<"));
		assert_int_equal(count(buf_text(&out), ">"),
				 count(buf_text(&plain), ">"));
		assert_int_equal(count(buf_text(&out), "\""),
				 count(buf_text(&plain), "\""));
		assert_null(memchr(out.text, 0x01, out.len));
		buf_release(&out);
	}
	buf_release(&plain);
}

static void test_availability(void **state)
{
	static const struct {
		struct page_shares s;
		const char *want;
	} rows[] = {
		{ { 0 }, "not observed" },
		{ { .not_observed_ns = 5 }, "not observed" },
		{ { .inconclusive_ns = 5 }, "not observed" },
		{ { .up_ns = 5 }, "100.00 %" },
		{ { .up_ns = 86399, .down_ns = 1 }, "99.99 %" },
		{ { .up_ns = UINT64_C(7776000000000000), .down_ns = 1 },
		  "99.99 %" },
		{ { .degraded_ns = 1, .down_ns = 1, .not_observed_ns = 9 },
		  "50.00 %" },
		{ { .down_ns = 7 }, "0.00 %" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out;

		buf_init(&out, 100);
		page_availability(&out, &rows[i].s);
		assert_string_equal(buf_text(&out), rows[i].want);
		buf_release(&out);
	}
}

/* A page that has no room fails and says so. */
static void test_no_room(void **state)
{
	struct sample_page sp;

	(void)state;
	assert_true(sample_page_make(&sp, NULL));
	for (size_t room = 1; room < 20000; room += 997) {
		struct buf out;

		buf_init(&out, room);
		assert_false(page_render(&sp.published, &sp.past, 0, &out));
		buf_release(&out);
	}
	sample_page_release(&sp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tells),
		cmocka_unit_test(test_no_past),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_availability),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
