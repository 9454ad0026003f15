/* SPDX-License-Identifier: MIT */
/* folder: probe */
/* What the native transport is made of: the reader of answers, the codings,
 * and what it dares to send. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <zlib.h>

#include "probe/engine/exchange.h"
#include "probe/engine/http1.h"
#include "probe/engine/native_ask.h"
#include "probe/engine/unpack.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define OK	    "HTTP/1.1 200 OK\r\n"
#define CHUNKED	    OK "Transfer-Encoding: chunked\r\n\r\n"

/* ---- answers ---------------------------------------------------------- */

struct read_answer {
	struct headers head;
	struct http1 p;
	struct buf body;
	char codings[100];
	bool wants_more;
};

static bool on_body(void *self, const char *bytes, size_t len)
{
	return buf_add(&((struct read_answer *)self)->body, bytes, len);
}

static bool on_coding(void *self, const char *name, size_t len,
		      bool is_transfer)
{
	struct read_answer *r = self;

	strncat(r->codings, is_transfer ? "t:" : "c:", 3);
	strncat(r->codings, name, len);
	strncat(r->codings, " ", 2);
	return true;
}

static void read_init(struct read_answer *r, uint64_t head_max, size_t body_max,
		      bool answers_head)
{
	struct http1_sink sink = { on_body, on_coding, r };

	*r = (struct read_answer){ .wants_more = true };
	headers_init(&r->head, head_max);
	buf_init(&r->body, body_max);
	http1_init(&r->p, &r->head, &sink, answers_head);
}

static void read_release(struct read_answer *r)
{
	http1_release(&r->p);
	headers_release(&r->head);
	buf_release(&r->body);
}

/* all: the whole of it came, more: more is wanted, then comes the end */
static const struct {
	const char *text;
	enum http1_flaw flaw; /* HTTP1_FINE: it ends well */
	int status;
	const char *body;
	size_t n_fields;
	bool answers_head;
} answers[] = {
	{ OK "Content-Length: 2\r\n\r\nhi", HTTP1_FINE, 200, "hi", 1, false },
	{ OK "Content-Length: 2\r\n\r\nhi and more", HTTP1_FINE, 200, "hi", 1,
	  false },
	{ OK "content-length:2\n\nhi", HTTP1_FINE, 200, "hi", 1, false },
	{ OK "Content-Length: 2\r\n\r\n", HTTP1_FINE, 200, "", 1, true },
	{ OK "Content-Length: 0\r\n\r\n", HTTP1_FINE, 200, "", 1, false },
	{ OK "\r\nuntil the end", HTTP1_FINE, 200, "until the end", 0, false },
	{ "HTTP/1.0 200\r\n\r\nhi", HTTP1_FINE, 200, "hi", 0, false },
	{ "HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n", HTTP1_FINE, 204, "",
	  1, false },
	{ "HTTP/1.1 304 No\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP1_FINE,
	  304, "", 1, false },
	{ "HTTP/1.1 100 Go on\r\n\r\nHTTP/1.1 103 Hints\r\nA: b\r\n\r\n" OK
	  "Content-Length: 1\r\n\r\n!",
	  HTTP1_FINE, 200, "!", 1, false },
	{ "HTTP/1.1 101 Other\r\n\r\nwords", HTTP1_FINE, 101, "words", 0,
	  false },
	{ OK "A: 1\r\n  2\r\nContent-Length: 0\r\n\r\n", HTTP1_FINE, 200, "", 2,
	  false },
	{ CHUNKED "2\r\nhi\r\n0\r\n\r\n", HTTP1_FINE, 200, "hi", 1, false },
	{ CHUNKED "2;a=b\r\nhi\r\n3\r\n yo\r\n0\r\nX: y\r\n\r\nmore",
	  HTTP1_FINE, 200, "hi yo", 2, false },
	{ CHUNKED "000a\n0123456789\n0\n\n", HTTP1_FINE, 200, "0123456789", 1,
	  false },
	{ OK "Content-Length: 1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
	     "2\r\nhi\r\n0\r\n\r\n",
	  HTTP1_FINE, 200, "hi", 2, false },
	{ OK "Content-Length: 1\r\nTransfer-Encoding: identity\r\n\r\nhi",
	  HTTP1_FINE, 200, "hi", 2, false },
	{ "", HTTP1_EMPTY, 0, "", 0, false },
	{ "HTT", HTTP1_CUT_HEAD, 0, "", 0, false },
	{ "HTTP/1.1 200 OK", HTTP1_CUT_HEAD, 0, "", 0, false },
	{ OK "A: b\r\n", HTTP1_CUT_HEAD, 200, "", 1, false },
	{ "HTTP/1.1 100 Go on\r\n\r\n", HTTP1_CUT_HEAD, 0, "", 0, false },
	{ OK "Content-Length: 3\r\n\r\nhi", HTTP1_CUT_BODY, 200, "hi", 1,
	  false },
	{ CHUNKED "2\r\nhi\r\n", HTTP1_CUT_CHUNKS, 200, "hi", 1, false },
	{ CHUNKED "2\r\nhi\r\n0\r\n", HTTP1_CUT_CHUNKS, 200, "hi", 1, false },
	{ CHUNKED "", HTTP1_CUT_CHUNKS, 200, "", 1, false },
	{ "SSH-2.0\r\n", HTTP1_NO_HTTP, 0, "", 0, false },
	{ "\r\n" OK "\r\n", HTTP1_NO_HTTP, 0, "", 0, false },
	{ "HTTP/2 200\r\n\r\n", HTTP1_BAD_VERSION, 0, "", 0, false },
	{ "HTTP/1.9 200\r\n\r\n", HTTP1_BAD_VERSION, 0, "", 0, false },
	{ "HTTP/\r\n", HTTP1_BAD_VERSION, 0, "", 0, false },
	{ "HTTP/1.1\n", HTTP1_BAD_VERSION, 0, "", 0, false },
	{ "HTTP/1.1 \n", HTTP1_BAD_STATUS, 0, "", 0, false },
	{ "HTTP/1.1 20\n", HTTP1_BAD_STATUS, 0, "", 0, false },
	{ "HTTP/1.1 2000\n", HTTP1_BAD_STATUS, 0, "", 0, false },
	{ "HTTP/1.1 099 x\n", HTTP1_BAD_STATUS, 0, "", 0, false },
	{ OK "No colon\r\n\r\n", HTTP1_NO_COLON, 200, "", 0, false },
	{ OK " folded\r\n\r\n", HTTP1_NO_COLON, 200, "", 0, false },
	{ OK " a: b\r\n\r\n", HTTP1_FOLD, 200, "", 0, false },
	{ OK "a\r: b\r\n\r\n", HTTP1_NO_COLON, 200, "", 0, false },
	{ "HTTP/1.1 103 Hints\r\nContent-Length: a\r\n\r\n" OK
	  "Content-Length: 0\r\n\r\n",
	  HTTP1_FINE, 200, "", 1, false },
	{ CHUNKED "0\r\na\r\n\r\n", HTTP1_TRAILER, 200, "", 1, false },
	{ OK "Content-Length: x\r\n\r\n", HTTP1_BAD_LENGTH, 200, "", 0, false },
	{ OK "Content-Length: -1\r\n\r\n", HTTP1_BAD_LENGTH, 200, "", 0,
	  false },
	{ OK "Content-Length:\r\n\r\n", HTTP1_BAD_LENGTH, 200, "", 0, true },
	{ CHUNKED "zz\r\n", HTTP1_CHUNK_SIZE, 200, "", 1, false },
	{ CHUNKED "\r\n", HTTP1_CHUNK_SIZE, 200, "", 1, false },
	{ CHUNKED "8000000000000000\r\n", HTTP1_CHUNK_SIZE, 200, "", 1, false },
	{ CHUNKED "00000000000000001\r\n", HTTP1_CHUNK_SIZE, 200, "", 1,
	  false },
	{ CHUNKED "2\r\nhiX\r\n", HTTP1_CHUNK_END, 200, "hi", 1, false },
	{ CHUNKED "0\r\nA: \rb\r\n\r\n", HTTP1_TRAILER, 200, "", 1, false },
	{ CHUNKED "0\r\n\rX\n", HTTP1_TRAILER, 200, "", 1, false },
};

/* Whole, and byte by byte. */
static void test_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(answers) * 2; i++) {
		const char *text = answers[i / 2].text;
		size_t len = strlen(text), step = i % 2 ? 1 : len + 1;
		struct read_answer r;
		read_init(&r, 1000, 1000, answers[i / 2].answers_head);
		bool wants_more = true;
		for (size_t at = 0; at < len && wants_more; at += step)
			wants_more =
				http1_feed(&r.p, text + at,
					   step < len - at ? step : len - at);
		bool is_whole = http1_close(&r.p);
		if (r.p.flaw != answers[i / 2].flaw)
			fail_msg("%s: %s", text, http1_say(r.p.flaw));
		assert_int_equal(is_whole, !r.p.flaw);
		assert_int_equal(r.head.status, answers[i / 2].status);
		assert_string_equal(buf_text(&r.body), answers[i / 2].body);
		assert_int_equal(r.head.n, answers[i / 2].n_fields);
		assert_int_equal(!*http1_say(r.p.flaw), !r.p.flaw);
		read_release(&r);
	}
}

static void test_nul(void **state)
{
	static const char text[] = OK "A: \0\r\n\r\n";
	struct read_answer r;

	(void)state;
	read_init(&r, 1000, 1000, false);
	assert_false(http1_feed(&r.p, text, sizeof(text) - 1));
	assert_int_equal(r.p.flaw, HTTP1_NUL);
	read_release(&r);
}

static void test_codings(void **state)
{
	static const char text[] =
		OK "Transfer-Encoding: gzip , chunked\r\n"
		   "Content-Encoding: ,a b,, deflate\r\n\r\n";
	struct read_answer r;

	(void)state;
	read_init(&r, 1000, 1000, false);
	assert_true(http1_feed(&r.p, text, sizeof(text) - 1));
	assert_true(r.p.is_chunked);
	assert_string_equal(r.codings, "t:gzip c:a b c:deflate ");
	read_release(&r);
}

static void test_ceilings(void **state)
{
	static const char text[] = OK "\r\nhello";
	struct read_answer r;

	(void)state;
	read_init(&r, 18, 1000, false);
	assert_false(http1_feed(&r.p, text, sizeof(text) - 1));
	assert_int_equal(r.p.flaw, HTTP1_HEADERS);
	assert_true(r.head.too_large);
	read_release(&r);
	read_init(&r, 19, 4, false);
	assert_false(http1_feed(&r.p, text, sizeof(text) - 1));
	assert_int_equal(r.p.flaw, HTTP1_SINK);
	assert_string_equal(buf_text(&r.body), "hell");
	assert_false(http1_feed(&r.p, "more", 4));
	assert_false(http1_close(&r.p));
	read_release(&r);
}

/* ---- codings ---------------------------------------------------------- */

enum { GZIP = 31, ZLIB = 15, RAW = -15 };

static size_t pack(int bits, const void *bytes, size_t len, char *to,
		   size_t room)
{
	z_stream z = { .next_in = (z_const Bytef *)bytes,
		       .avail_in = (uInt)len,
		       .next_out = (Bytef *)to,
		       .avail_out = (uInt)room };

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, bits, 8, 0), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return room - z.avail_out;
}

static bool take(void *self, const char *bytes, size_t len)
{
	return buf_add(self, bytes, len);
}

static enum unpack_flaw unpack_all(const char *codings, const char *bytes,
				   size_t len, size_t step, struct buf *out)
{
	enum unpack_flaw flaw = UNPACK_FINE;
	struct unpack *u = NULL;

	while (*codings && !flaw) {
		size_t n = strcspn(codings, ",");
		flaw = unpack_add(&u, codings, n);
		codings += n + (codings[n] == ',');
	}
	for (size_t at = 0; at < len && !flaw; at += step)
		flaw = unpack_write(u, bytes + at,
				    step < len - at ? step : len - at, take,
				    out);
	unpack_free(u);
	return flaw;
}

static const struct {
	const char *codings;
	int bits;
	const char *behind;
	enum unpack_flaw flaw;
} packed[] = {
	{ "gzip", GZIP, "", UNPACK_FINE },
	{ "X-GZip", GZIP, "", UNPACK_FINE },
	{ "identity,gzip", GZIP, "", UNPACK_FINE },
	{ "deflate", ZLIB, "", UNPACK_FINE },
	{ "deflate", RAW, "", UNPACK_FINE },
	{ "deflate", RAW, "1234", UNPACK_FINE },
	{ "deflate", RAW, "12345", UNPACK_BEHIND },
	{ "deflate", ZLIB, "1", UNPACK_BEHIND },
	{ "gzip", GZIP, "1", UNPACK_BEHIND },
	{ "gzip", ZLIB, "", UNPACK_BROKEN },
	{ "gzip", RAW, "", UNPACK_BROKEN },
	{ "br", GZIP, "", UNPACK_UNKNOWN },
	{ "a,b,c,d,e,f", GZIP, "", UNPACK_TOO_MANY },
};

static void test_unpack(void **state)
{
	char text[5000], bytes[6000];
	struct buf out;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i * i % 26);
	for (size_t i = 0; i < COUNT(packed) * 2; i++) {
		const char *behind = packed[i / 2].behind;
		size_t len = pack(packed[i / 2].bits, text, sizeof(text), bytes,
				  sizeof(bytes) - 10);
		memcpy(bytes + len, behind, strlen(behind));
		len += strlen(behind);
		buf_init(&out, 100000);
		enum unpack_flaw flaw = unpack_all(packed[i / 2].codings, bytes,
						   len, i % 2 ? 1 : len, &out);
		assert_int_equal(flaw, packed[i / 2].flaw);
		if (!flaw)
			assert_int_equal(out.len, sizeof(text));
		if (!flaw)
			assert_memory_equal(out.text, text, sizeof(text));
		assert_int_equal(!*unpack_say(flaw), !flaw);
		buf_release(&out);
	}
}

static void test_twice_packed(void **state)
{
	char once[200], twice[300];
	struct buf out;

	(void)state;
	size_t len = pack(GZIP, "hello", 5, once, sizeof(once));
	len = pack(ZLIB, once, len, twice, sizeof(twice));
	buf_init(&out, 100);
	assert_int_equal(unpack_all("gzip,deflate", twice, len, 1, &out),
			 UNPACK_FINE);
	assert_string_equal(buf_text(&out), "hello");
	buf_reset(&out);
	assert_int_equal(unpack_all("deflate,gzip", twice, len, 1, &out),
			 UNPACK_BROKEN);
	buf_release(&out);
}

static void test_bomb(void **state)
{
	static char zeros[1 << 20], bytes[10000];
	struct buf out;

	(void)state;
	size_t len = pack(GZIP, zeros, sizeof(zeros), bytes, sizeof(bytes));
	buf_init(&out, 1000);
	assert_int_equal(unpack_all("gzip", bytes, len, len, &out),
			 UNPACK_REFUSED);
	assert_int_equal(out.len, 1000);
	buf_release(&out);
}

/* ---- requests --------------------------------------------------------- */

static const struct {
	const char *url, *unix_socket, *method;
	const char *name, *value; /* of a field */
	bool can;
} requests[] = {
	{ "http://127.0.0.1", NULL, NULL, NULL, NULL, true },
	{ "HTTP://127.0.0.1:8080/a?b=c", NULL, NULL, NULL, NULL, true },
	{ "http://[::1]:80/", NULL, NULL, NULL, NULL, true },
	{ "http://a.name/", "/run/a", NULL, NULL, NULL, true },
	{ "http://10.0.0.1/", "/run/a", NULL, NULL, NULL, true },
	{ "http://10.0.0.1/", NULL, "HEAD", "X", "y", true },
	{ "https://127.0.0.1/", NULL, NULL, NULL, NULL, false },
	{ "http://a.name/", NULL, NULL, NULL, NULL, false },
	{ "http://localhost/", NULL, NULL, NULL, NULL, false },
	{ "http://127.1/", NULL, NULL, NULL, NULL, false },
	{ "http://1.2.3/", "/run/a", NULL, NULL, NULL, false },
	{ "http://0x7f000001/", NULL, NULL, NULL, NULL, false },
	{ "http://[0::1]/", NULL, NULL, NULL, NULL, false },
	{ "http://[::1%25lo]/", NULL, NULL, NULL, NULL, false },
	{ "http://[::1", NULL, NULL, NULL, NULL, false },
	{ "http://[", NULL, NULL, NULL, NULL, false },
	{ "http://", NULL, NULL, NULL, NULL, false },
	{ "", NULL, NULL, NULL, NULL, false },
	{ NULL, NULL, NULL, NULL, NULL, false },
	{ "http://u:p@127.0.0.1/", NULL, NULL, NULL, NULL, false },
	{ "http://u@127.0.0.1/", NULL, NULL, NULL, NULL, false },
	{ "http://127.0.0.1:/", NULL, NULL, NULL, NULL, false },
	{ "http://127.0.0.1:080/", NULL, NULL, NULL, NULL, false },
	{ "http://127.0.0.1:65536/", NULL, NULL, NULL, NULL, false },
	{ "http://127.0.0.1:123456/", NULL, NULL, NULL, NULL, false },
	{ "http://127.0.0.1:8a/", NULL, NULL, NULL, NULL, false },
	{ "http://127.0.0.1?a", NULL, NULL, NULL, NULL, false },
	{ "http://127.0.0.1/#a", NULL, NULL, NULL, NULL, false },
	{ "http://127.0.0.1/a b", NULL, NULL, NULL, NULL, false },
	{ "http://127.0.0.1/\r\n", NULL, NULL, NULL, NULL, false },
	{ "http://127.0.0.1/\xc3\xa4", NULL, NULL, NULL, NULL, false },
	{ "http://127.0.0.1/", "", NULL, NULL, NULL, false },
	{ "http://127.0.0.1/", NULL, "CONNECT", NULL, NULL, false },
	{ "http://127.0.0.1/", NULL, "head", NULL, NULL, false },
	{ "http://127.0.0.1/", NULL, "G T", NULL, NULL, false },
	{ "http://127.0.0.1/", NULL, "", NULL, NULL, false },
	{ "http://127.0.0.1/", NULL, NULL, "A", "1\r\nB: 2", false },
	{ "http://127.0.0.1/", NULL, NULL, "A b", "1", false },
	{ "http://127.0.0.1/", NULL, NULL, "expect", "100-continue", false },
	{ "http://127.0.0.1/", NULL, NULL, "Content-Length", "1", false },
	{ "http://127.0.0.1/", NULL, NULL, "Upgrade", "h2c", false },
};

static void test_can(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(requests); i++) {
		struct field field = { requests[i].name, requests[i].value };
		struct request rq = { .url = requests[i].url,
				      .unix_socket = requests[i].unix_socket,
				      .method = requests[i].method,
				      .headers = &field,
				      .n_headers = field.name ? 1 : 0 };
		if (native_can(&rq, NULL) != requests[i].can)
			fail_msg("%s, row %zu", rq.url ? rq.url : "", i);
	}
}

static void test_cannot(void **state)
{
	static const char long_path[200] = { [0 ... 198] = 'a' };
	const char *text = "a:1:b";
	const struct request rows[] = {
		{ .kind = REQUEST_TCP },
		{ .version = HTTP_1_0 },
		{ .version = HTTP_2 },
		{ .ip = IP_6 },
		{ .auth = AUTH_DIGEST },
		{ .auth = AUTH_BEARER },
		{ .auth = AUTH_BEARER, .password = "a\nb" },
		{ .proxy = "http://127.0.0.1:1" },
		{ .n_resolve = 1, .resolve = &text },
		{ .n_connect_to = 1, .connect_to = &text },
		{ .unix_socket = long_path },
		{ .body = "", .body_len = NATIVE_BODY_MAX + 1 },
		{ .body = "", .method = "HEAD" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct request rq = rows[i];
		rq.url = "http://127.0.0.1/";
		assert_false(native_can(&rq, NULL));
	}
	struct request fine = { .url = "http://127.0.0.1/" };
	assert_true(native_can(&fine, NULL));
	assert_false(native_can(&fine, (const struct session *)&fine));
}

static void test_write(void **state)
{
	const struct field fields[] = { { "X-A", "  1" }, { "X-B", "" } };
	struct request rq = { .url = "http://127.0.0.1:8080/a?b",
			      .method = "POST",
			      .n_headers = 2,
			      .headers = fields,
			      .auth = AUTH_BASIC,
			      .user = "u",
			      .password = "p",
			      .wants_compressed = true,
			      .body = "hello",
			      .body_len = 5 };
	struct target tg;
	struct buf out;
	size_t head_len = 0;

	(void)state;
	buf_init(&out, 1000);
	assert_true(target_find(&tg, &rq));
	assert_true(tg.is_near);
	assert_true(native_write(&rq, &tg, &out, &head_len));
	assert_string_equal(buf_text(&out),
			    "POST /a?b HTTP/1.1\r\n"
			    "Host: 127.0.0.1:8080\r\n"
			    "Authorization: Basic dTpw\r\n"
			    "User-Agent: assay/" ASSAY_VERSION "\r\n"
			    "Accept: */*\r\n"
			    "Accept-Encoding: deflate, gzip\r\n"
			    "X-A: 1\r\n"
			    "X-B:\r\n"
			    "Content-Length: 5\r\n"
			    "\r\n"
			    "hello");
	assert_int_equal(head_len, out.len - 5);
	buf_release(&out);
	buf_init(&out, 20);
	assert_false(native_write(&rq, &tg, &out, &head_len));
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_codings),
		cmocka_unit_test(test_ceilings),
		cmocka_unit_test(test_unpack),
		cmocka_unit_test(test_twice_packed),
		cmocka_unit_test(test_bomb),
		cmocka_unit_test(test_can),
		cmocka_unit_test(test_cannot),
		cmocka_unit_test(test_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
