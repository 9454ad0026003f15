/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/notice/mail/mime.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"

enum { TEXT_MAX = 1 << 20, ARENA_MAX = 1 << 20 };

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define A10 "aaaaaaaaaa"
#define A60 A10 A10 A10 A10 A10 A10
#define A70 A60 A10

static void test_headers(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "plain", "Subject: plain\r\n" },
		{ "", "Subject: \r\n" },
		/* 78 bytes are one line */
		{ A60 "123456789", "Subject: " A60 "123456789\r\n" },
		{ "\xc3\xa4", "Subject:\r\n =?UTF-8?B?w6Q=?=\r\n" },
		{ "=?UTF-8?Q?x?=",
		  "Subject:\r\n =?UTF-8?B?PT9VVEYtOD9RP3g/PQ==?=\r\n" },
		{ " x", "Subject:\r\n =?UTF-8?B?IHg=?=\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out;

		buf_init(&out, TEXT_MAX);
		mime_header(&out, "Subject", rows[i].text);
		assert_string_equal(buf_text(&out), rows[i].want);
		buf_release(&out);
	}
}

/* RFC 2047: at most 75 bytes a word, 76 a line, and no half characters. */
static void test_long_header(void **state)
{
	struct buf text, out;

	(void)state;
	buf_init(&text, TEXT_MAX);
	buf_init(&out, TEXT_MAX);
	for (size_t i = 0; i < 100; i++)
		buf_puts(&text, "\xe2\x82\xac");
	mime_header(&out, "Subject", buf_text(&text));
	for (const char *at = buf_text(&out); *at;) {
		const char *end = strstr(at, "\r\n");

		assert_non_null(end);
		assert_true(end - at <= 76);
		at = end + 2;
		/* 45 bytes are 15 whole ones */
		assert_true(!*at || !strncmp(at, " =?UTF-8?B?4oKs", 15));
	}
	buf_release(&text);
	buf_release(&out);
}

static void test_raw_header_folds(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, TEXT_MAX);
	mime_header_raw(&out, "To", A70 " " A10 "  " A10);
	assert_string_equal(buf_text(&out),
			    "To: " A70 "\r\n " A10 " " A10 "\r\n");
	buf_reset(&out);
	/* what cannot be broken is not, and no line is empty */
	mime_header_raw(&out, "References", A70 A70 " " A70 A70);
	assert_string_equal(buf_text(&out),
			    "References: " A70 A70 "\r\n " A70 A70 "\r\n");
	buf_release(&out);
}

static void test_quoted_printable(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "", "" },
		{ "a", "a\r\n" },
		{ "a\n", "a\r\n" },
		{ "a\n\nb", "a\r\n\r\nb\r\n" },
		{ "a=b", "a=3Db\r\n" },
		{ "a \nb ", "a=20\r\nb=20\r\n" },
		{ "a b", "a b\r\n" },
		{ "\xc3\xa4", "=C3=A4\r\n" },
		{ ".", "=2E\r\n" },
		{ "a\n.\nb.c", "a\r\n=2E\r\nb.c\r\n" },
		{ "\r\n", "=0D\r\n" },
		{ A70 "12345", A70 "12345\r\n" },
		{ A70 "123456", A70 "12345=\r\n6\r\n" },
		{ A70 "123=", A70 "123=\r\n=3D\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out;

		buf_init(&out, TEXT_MAX);
		mime_quoted_printable(&out, rows[i].text, strlen(rows[i].text));
		assert_string_equal(buf_text(&out), rows[i].want);
		buf_release(&out);
	}
}

static void test_addresses(void **state)
{
	static const struct {
		const char *text, *mailbox, *put;
	} rows[] = {
		{ "a@b", "a@b", "a@b" },
		{ " a@b ", "a@b", "a@b" },
		{ "<a@b>", "a@b", "a@b" },
		{ "Ops Team <ops+x@example.org>", "ops+x@example.org",
		  "Ops Team <ops+x@example.org>" },
		{ "O, p <a@b>", "a@b", "=?UTF-8?B?TywgcA==?= <a@b>" },
		{ "\xc3\x84 <a@b>", "a@b", "=?UTF-8?B?w4Q=?= <a@b>" },
		{ "", NULL, NULL },
		{ "a", NULL, NULL },
		{ "@b", NULL, NULL },
		{ "a@", NULL, NULL },
		{ "a@b@c", NULL, NULL },
		{ "a b@c", NULL, NULL },
		{ "x <a@b", NULL, NULL },
		{ "x <a@b> y", NULL, NULL },
		{ "<a@b><c@d>", NULL, NULL },
		{ "<>", NULL, NULL },
		{ "a\r\n@b", NULL, NULL },
		{ "\xc3\xa4@b", NULL, NULL },
		{ "\xff <a@b>", NULL, NULL },
	};
	struct arena *a = arena_new(ARENA_MAX);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mime_address address = { "", "" };
		const char *why = mime_address_parse(a, rows[i].text, &address);
		struct buf out;

		assert_int_equal(why == NULL, rows[i].mailbox != NULL);
		if (why)
			continue;
		assert_string_equal(address.mailbox, rows[i].mailbox);
		buf_init(&out, TEXT_MAX);
		mime_address_put(&out, &address);
		assert_string_equal(buf_text(&out), rows[i].put);
		buf_release(&out);
	}
	arena_free(a);
}

static void test_dates(void **state)
{
	static const struct {
		unsigned long long at_s;
		const char *want;
	} rows[] = {
		{ 0, "Thu, 01 Jan 1970 00:00:00 +0000" },
		{ 951782399, "Mon, 28 Feb 2000 23:59:59 +0000" },
		{ 951782400, "Tue, 29 Feb 2000 00:00:00 +0000" },
		{ 1767323045, "Fri, 02 Jan 2026 03:04:05 +0000" },
		{ 4102444799, "Thu, 31 Dec 2099 23:59:59 +0000" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out;

		buf_init(&out, TEXT_MAX);
		mime_date(&out, rows[i].at_s);
		assert_string_equal(buf_text(&out), rows[i].want);
		buf_release(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_long_header),
		cmocka_unit_test(test_raw_header_folds),
		cmocka_unit_test(test_quoted_printable),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
