/* SPDX-License-Identifier: MIT */
/* folder: loadgen */
/* Which answers are ordinary, and what is found in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "loadgen/transport/native_reply.h"
#include "probe/engine/exchange.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define OK_LINE	    "HTTP/1.1 200 OK\r\n"

static const struct {
	const char *head;
	bool is_odd;
	unsigned minds;
	unsigned status;
	bool has_length, is_chunked, closes;
	uint64_t length;
} heads[] = {
	{ OK_LINE "Content-Length: 24\r\n\r\n", .status = 200,
	  .has_length = true, .length = 24 },
	{ OK_LINE "content-length:0\r\nConnection: Keep-Alive\r\n\r\n",
	  .status = 200, .has_length = true },
	{ "HTTP/1.1 503\r\nConnection: close\r\nContent-Length:   7\r\n"
	  "\r\n",
	  .status = 503, .has_length = true, .length = 7, .closes = true },
	{ "HTTP/1.1 204 No Content\r\n\r\n", .status = 204 },
	{ OK_LINE "Transfer-Encoding: Chunked\r\n\r\n", .status = 200,
	  .is_chunked = true },
	{ OK_LINE "Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\n",
	  .status = 200, .has_length = true, .length = 9 },
	{ OK_LINE "Content-Length: 999999999999999999\r\n\r\n", .status = 200,
	  .has_length = true, .length = 999999999999999999u },
	/* odd */
	{ OK_LINE "Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\n",
	  .is_odd = true, .minds = LEAN_MINDS_CODING },
	{ OK_LINE "set-cookie: a=b\r\n\r\n", .status = 200 },
	{ OK_LINE "set-cookie: a=b\r\n\r\n", .is_odd = true,
	  .minds = LEAN_MINDS_COOKIES },
	{ OK_LINE "Server: a\r\nSet-Cookies: b\r\nContent-Encoding: "
		  "gzip\r\n\r\n",
	  .status = 200, .minds = LEAN_MINDS_COOKIES },
	{ OK_LINE "Content-Length: 1\r\n", .is_odd = true },
	{ OK_LINE "Content-Length: 1\r\n\r", .is_odd = true },
	{ OK_LINE "Content-Length: 1\n\r\n", .is_odd = true },
	{ OK_LINE "Content-Length: 1\r\n\n", .is_odd = true },
	{ "HTTP/1.1 200 OK\nContent-Length: 1\r\n\r\n", .is_odd = true },
	{ OK_LINE "Content-Length: 1 \r\n\r\n", .is_odd = true },
	{ OK_LINE "Content-Length:\r\n\r\n", .is_odd = true },
	{ OK_LINE "Content-Length: -1\r\n\r\n", .is_odd = true },
	{ OK_LINE "Content-Length: 1, 1\r\n\r\n", .is_odd = true },
	{ OK_LINE "Content-Length: 9999999999999999999\r\n\r\n",
	  .is_odd = true },
	{ OK_LINE "Content-Length: 1\r\nContent-Length: 1\r\n\r\n",
	  .is_odd = true },
	{ OK_LINE "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"
		  "\r\n",
	  .is_odd = true },
	{ OK_LINE "Transfer-Encoding: gzip, chunked\r\n\r\n", .is_odd = true },
	{ OK_LINE "Connection: close, x\r\n\r\n", .is_odd = true },
	{ OK_LINE "Connection: close\r\nConnection: close\r\n\r\n",
	  .is_odd = true },
	{ OK_LINE "A: b\r\n folded\r\n\r\n", .is_odd = true },
	{ OK_LINE "\tA: b\r\n\r\n", .is_odd = true },
	{ OK_LINE "no colon\r\n\r\n", .is_odd = true },
	{ OK_LINE "HTTP/1.1 500 x:\r\n\r\n", .is_odd = true },
	{ OK_LINE "\rA: b\r\n\r\n", .is_odd = true },
	{ "HTTP/1.0 200 OK\r\n\r\n", .is_odd = true },
	{ "HTTP/1.1 100 Continue\r\n\r\n", .is_odd = true },
	{ "HTTP/1.1 2000 OK\r\n\r\n", .is_odd = true },
	{ "HTTP/1.1 20 OK\r\n\r\n", .is_odd = true },
	{ "HTTP/1.1  200\r\n\r\n", .is_odd = true },
	{ "\n", .is_odd = true },
	{ "", .is_odd = true },
};

static void test_scan(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(heads); i++) {
		struct lean ln;
		size_t len = strlen(heads[i].head);
		bool is_fine =
			lean_scan(&ln, heads[i].head, len, heads[i].minds);
		if (is_fine == heads[i].is_odd)
			fail_msg("row %zu: %s", i, heads[i].head);
		if (!is_fine)
			continue;
		assert_int_equal(ln.head_len, len);
		assert_int_equal(ln.status, heads[i].status);
		assert_int_equal(ln.has_length, heads[i].has_length);
		assert_int_equal(ln.length, heads[i].length);
		assert_int_equal(ln.is_chunked, heads[i].is_chunked);
		assert_int_equal(ln.closes, heads[i].closes);
	}
}

static void test_nul(void **state)
{
	static const char head[] = OK_LINE "A: b\0c\r\nB: d\r\n\r\n";
	struct lean ln;

	(void)state;
	assert_false(lean_scan(&ln, head, sizeof(head) - 1, false));
}

/* No prefix of an ordinary head is one itself. */
static void test_every_cut(void **state)
{
	static const char head[] = OK_LINE "Server: x\r\nContent-Length: 3\r\n"
					   "Connection: close\r\n\r\n";
	struct lean ln;

	(void)state;
	for (size_t len = 0; len < sizeof(head) - 1; len++)
		assert_false(lean_scan(&ln, head, len, false));
	assert_true(lean_scan(&ln, head, sizeof(head) - 1, false));
}

static void test_chunks(void **state)
{
	static const struct {
		const char *bytes;
		size_t used, body; /* 0: odd */
	} rows[] = {
		{ "0\r\n\r\n", 5, 0 },
		{ "5\r\nhello\r\n0\r\n\r\n", 15, 5 },
		{ "1\r\na\r\nA\r\n0123456789\r\n00\r\n\r\nHTTP/1.1", 27, 11 },
		{ "5\r\nhello\r\n0\r\n", 0, 0 },
		{ "5\r\nhello\r\n0\r\n\r", 0, 0 },
		{ "5\r\nhello\r\n0\r\nA: b\r\n\r\n", 0, 0 },
		{ "5;x\r\nhello\r\n0\r\n\r\n", 0, 0 },
		{ "5\nhello\r\n0\r\n\r\n", 0, 0 },
		{ "5\r\nhello!\r\n0\r\n\r\n", 0, 0 },
		{ "6\r\nhello\r\n0\r\n\r\n", 0, 0 },
		{ "ffffffffffff\r\nhello\r\n", 0, 0 },
		{ "ffffffffffffffffffff\r\nhello\r\n", 0, 0 },
		{ "g\r\n\r\n", 0, 0 },
		{ "\r\n", 0, 0 },
		{ "", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t used = 0;
		uint64_t body = 0;
		bool is_fine = lean_chunks(rows[i].bytes, strlen(rows[i].bytes),
					   &used, &body);
		if (is_fine != (rows[i].used > 0))
			fail_msg("row %zu: %s", i, rows[i].bytes);
		if (!is_fine)
			continue;
		assert_int_equal(used, rows[i].used);
		assert_int_equal(body, rows[i].body);
	}
}

/* The same answer over and over by one reply: nothing of the last one is
 * left, however they were read. */
static void test_again(void **state)
{
	static const struct request rq = { .wants_compressed = true };
	static const struct {
		const char *bytes;
		unsigned status;
		uint64_t received, behind;
		bool can_last;
	} rows[] = {
		{ OK_LINE "Content-Length: 2\r\n\r\nhi", 200, 2, 0, true },
		{ "HTTP/1.1 103 x\r\n\r\nHTTP/1.1 201 x\r\n"
		  "Content-Length: 1\r\n\r\nabc",
		  201, 1, 2, true },
		{ "HTTP/1.0 202 x\r\nContent-Length: 1\r\n\r\na", 202, 1, 0,
		  false },
		{ "HTTP/1.0 202 x\r\nConnection: x, Keep-Alive\r\n"
		  "Content-Length: 1\r\n\r\na",
		  202, 1, 0, true },
		{ OK_LINE "Connection: a ,cloSE\r\nContent-Length: 1\r\n\r\na",
		  200, 1, 0, false },
		{ OK_LINE "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"
			  "A: b\r\n\r\n",
		  200, 3, 0, true },
	};
	struct reply r = { 0 };
	struct reply_rules ru;
	struct head_memo memo = { .len = 0 };

	(void)state;
	for (int keeps = 0; keeps < 2; keeps++) {
		reply_rules_init(&ru, &rq, keeps);
		ru.memo = &memo;
		/* each one twice: the second is read from what is known */
		for (size_t i = 0; i < 6 * COUNT(rows); i++) {
			size_t row = i / 2 % COUNT(rows);
			const char *bytes = rows[row].bytes;
			reply_begin(&r, &ru, false);
			assert_int_equal(
				reply_feed(&r, &ru, bytes, strlen(bytes)),
				REPLY_DONE);
			assert_int_equal(r.status, rows[row].status);
			assert_int_equal(r.received, rows[row].received);
			assert_int_equal(r.n_behind, rows[row].behind);
			assert_int_equal(r.can_last, rows[row].can_last);
			if (keeps)
				assert_int_equal(
					r.reading->keep->answer.body.len,
					rows[row].received);
		}
	}
	reply_release(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scan),	  cmocka_unit_test(test_nul),
		cmocka_unit_test(test_every_cut), cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
