/* SPDX-License-Identifier: MIT */
/* folder: probe */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "probe/engine/exchange.h"
#include "probe/engine/headers.h"

#define BYTES(text) text, sizeof(text) - 1

static const struct {
	const char *bytes;
	size_t len;
	uint64_t max;
	long status;
	const char *fields; /* "name=value;" each */
	size_t bad;
	bool too_large;
} rows[] = {
	{ BYTES("HTTP/1.1 200 OK\r\nA: 1\r\nB:2\r\n\r\n"), 1000, 200,
	  "A=1;B=2;", 0, false },
	{ BYTES("HTTP/2 204 \r\na:\r\n\r\n"), 1000, 204, "a=;", 0, false },
	{ BYTES("HTTP/1.1 200 OK\nA: 1\n\n"), 1000, 200, "A=1;", 0, false },
	{ BYTES("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
		"HTTP/1.1 200 OK\r\nA: \t 1 \t\r\n\r\n"),
	  1000, 200, "A=1;", 0, false },
	{ BYTES("HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n"), 1000, 101,
	  "Upgrade=x;", 0, false },
	{ BYTES("HTTP/1.1 401 No\r\nWWW-Authenticate: Digest\r\n\r\n"
		"HTTP/1.1 200 OK\r\nA: 1\r\n\r\n"),
	  1000, 200, "A=1;", 0, false },
	{ BYTES("HTTP/1.1 200 OK\r\nA: 1\r\n\r\nTrailer: t\r\n\r\n"), 1000, 200,
	  "A=1;Trailer=t;", 0, false },
	{ BYTES("HTTP/1.1 200 OK\r\nA: 1\r\n  2\r\n\t3\r\nB: x\r\n\r\n"), 1000,
	  200, "A=1 2 3;B=x;", 0, false },
	{ BYTES("HTTP/1.1 200 OK\r\nA:\r\n 2\r\n \r\n\r\n"), 1000, 200, "A= 2;",
	  0, false },
	{ BYTES("HTTP/1.1 200 OK\r\n lost\r\nnone\r\n: empty\r\nA b: 1\r\n"
		"N\0L: 1\r\n lost\r\nA: v\0w\r\nB : 1\r\nC: 3\r\n\r\n"),
	  1000, 200, "C=3;", 8, false },
	{ BYTES("HTTP/1.1 2x0 OK\r\n\r\n"), 1000, 0, "", 0, false },
	{ BYTES("HTTP/1.1\r\nA: 1\r\n\r\n"), 1000, 0, "A=1;", 0, false },
	{ BYTES(""), 1000, 0, "", 0, false },
	{ BYTES("HTTP/1.1 200 OK\r\nA: 1\r\nB: 22222222\r\n\r\n"), 30, 200,
	  "A=1;", 0, true },
	{ BYTES("HTTP/1.1 200 OK\r\n"), 0, 0, "", 0, true },
};

static void show(const struct headers *h, char *out, size_t room)
{
	struct arena *a = arena_new(1 << 20);
	const struct field *f = headers_fields(h, a);

	out[0] = '\0';
	assert_non_null(f);
	for (size_t i = 0; i < h->n; i++) {
		size_t len = strlen(out);
		snprintf(out + len, room - len, "%s=%s;", f[i].name,
			 f[i].value);
	}
	arena_free(a);
}

static void check_row(size_t i, size_t step)
{
	struct headers h;
	char seen[400];

	headers_init(&h, rows[i].max);
	for (size_t at = 0; at < rows[i].len; at += step) {
		size_t left = rows[i].len - at;
		headers_add(&h, rows[i].bytes + at, left < step ? left : step);
	}
	show(&h, seen, sizeof(seen));
	assert_string_equal(seen, rows[i].fields);
	assert_int_equal(h.status, rows[i].status);
	assert_int_equal(h.bad, rows[i].bad);
	assert_int_equal(h.too_large, rows[i].too_large);
	headers_release(&h);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t step = 1; step <= rows[i].len + 1; step++)
			check_row(i, step);
}

static void test_interim_is_bounded(void **state)
{
	struct headers h;
	size_t n = 0;

	(void)state;
	headers_init(&h, 1 << 20);
	while (headers_add(&h, BYTES("HTTP/1.1 102 x\r\n\r\n")))
		assert_true(++n < 1000);
	assert_int_equal(n, HEADERS_INTERIM_MAX);
	assert_true(h.too_large);
	headers_release(&h);
}

/* RFC 9112 section 6.3 */
static void test_length(void **state)
{
	static const struct {
		const char *lengths; /* lines */
		bool is_good;
	} cases[] = {
		{ "", true },
		{ "Content-Length: 3\r\n", true },
		{ "Content-Length: 3\r\ncontent-length: 3\r\n", true },
		{ "Content-Length: 3, 3\r\n", true },
		{ "Content-Length: 3\r\nA: b\r\nContent-Length: 5\r\n", false },
		{ "Content-Length: 3, 5\r\n", false },
		{ "Content-Length: 3 5\r\n", false },
		{ "Content-Length: -1\r\n", false },
		{ "Content-Length: +3\r\n", false },
		{ "Content-Length: 3x\r\n", false },
		{ "Content-Length: 0x3\r\n", false },
		{ "Content-Length: 999999999999999999\r\n", true },
		{ "Content-Length: 9999999999999999999\r\n", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *lines = cases[i].lengths;
		struct headers h;

		headers_init(&h, 1000);
		headers_add(&h,
			    BYTES("HTTP/1.1 200 OK\r\nX: Content-Length\r\n"));
		headers_add(&h, lines, strlen(lines));
		headers_add(&h, BYTES("\r\n"));
		assert_int_equal(!headers_length_flaw(&h), cases[i].is_good);
		assert_int_equal(headers_has(&h, "CONTENT-length"),
				 lines[0] != '\0');
		assert_false(headers_has(&h, "Content"));
		headers_release(&h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_interim_is_bounded),
		cmocka_unit_test(test_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
