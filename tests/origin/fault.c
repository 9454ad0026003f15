/* SPDX-License-Identifier: MIT */
#include "tests/origin/behave.h"

#include "tests/origin/origin.h"
#include "tests/origin/play.h"

#include <string.h>

enum {
	BLOCK = 4096,
	PAUSE_MS = 30, /* so that the peer has read what came before */
	BOMB_BYTES = 64 * 1024 * 1024,
	HEADER_BYTES_MAX = 16 * 1024 * 1024,
	COUNT_MAX = 1000000,
};

static const uint64_t endless_bytes = UINT64_C(1) << 40;

struct fault {
	const char *name;
	const char *keys;
	const char *help;
	void (*run)(struct conn *c, const struct request *r,
		    const struct fault *f);
	const char *bytes; /* literal faults: said, then FIN */
	size_t n;
};

static long long key(const struct request *r, const char *name, long long high,
		     long long otherwise)
{
	return query_number(r->query, name, 0, high, otherwise);
}

static uint64_t limit_of(const struct request *r)
{
	return (uint64_t)key(r, "limit", (long long)endless_bytes,
			     (long long)endless_bytes);
}

static uint64_t ms_of(const struct request *r, long long otherwise)
{
	return (uint64_t)key(r, "ms", REPLY_DELAY_MAX_MS, otherwise);
}

static void put_head(struct conn *c, const char *more)
{
	buf_printf(&c->out,
		   "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n%s\r\n",
		   more);
}

static void say(struct conn *c, const struct request *r, const struct fault *f)
{
	(void)r;
	buf_add(&c->out, f->bytes, f->n);
	play_end(c, ACT_CLOSE);
}

/* Up to where ?at= says, then one of the ends. */
static void until(struct conn *c, const struct request *r, int end)
{
	struct buf *at = &c->origin->word;

	query_find(r->query, "at", at);
	if (text_is(text_buf(at), "headers") || text_is(text_buf(at), "body"))
		put_head(c, "Content-Length: 1000\r\n");
	if (text_is(text_buf(at), "body"))
		buf_fill(&c->out, 'x', 500);
	play_send(c);
	if (c->act_count)
		play_wait(c, PAUSE_MS);
	play_end(c, end);
}

static void reset(struct conn *c, const struct request *r,
		  const struct fault *f)
{
	(void)f;
	until(c, r, ACT_RESET);
}

static void fin(struct conn *c, const struct request *r, const struct fault *f)
{
	(void)f;
	until(c, r, ACT_CLOSE);
}

static void half_close(struct conn *c, const struct request *r,
		       const struct fault *f)
{
	(void)f;
	until(c, r, ACT_HALF);
}

static void stall(struct conn *c, const struct request *r,
		  const struct fault *f)
{
	(void)f;
	until(c, r, ACT_HOLD);
}

static void deaf(struct conn *c, const struct request *r, const struct fault *f)
{
	(void)f;
	until(c, r, ACT_DEAF);
}

static void truncated_tls(struct conn *c, const struct request *r,
			  const struct fault *f)
{
	(void)r;
	(void)f;
	put_head(c, "");
	buf_fill(&c->out, 'x', 500);
	play_end(c, ACT_CUT);
}

/* f->bytes is the block that never ends; what comes before it is said
 * first. */
static void endless(struct conn *c, const struct request *r,
		    const struct fault *f, const char *first)
{
	buf_puts(&c->out, first);
	play_send(c);
	/* slow ones one at a time, fast ones in blocks */
	uint64_t ms = ms_of(r, 0);
	for (size_t n = 0; n == 0 || (ms == 0 && n < BLOCK); n += f->n)
		buf_add(&c->out, f->bytes, f->n);
	play_loop(c, ms, limit_of(r));
	play_end(c, ACT_CLOSE);
}

static void endless_headers(struct conn *c, const struct request *r,
			    const struct fault *f)
{
	endless(c, r, f, "HTTP/1.1 200 OK\r\n");
}

static void endless_line(struct conn *c, const struct request *r,
			 const struct fault *f)
{
	endless(c, r, f, "HTTP/1.1 200 OK\r\nX-Long: ");
}

static void endless_raw(struct conn *c, const struct request *r,
			const struct fault *f)
{
	endless(c, r, f, "");
}

static void endless_body(struct conn *c, const struct request *r,
			 const struct fault *f)
{
	endless(c, r, f, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n");
}

static void endless_chunks(struct conn *c, const struct request *r,
			   const struct fault *f)
{
	endless(c, r, f,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
}

static void endless_trailers(struct conn *c, const struct request *r,
			     const struct fault *f)
{
	endless(c, r, f,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n");
}

static void huge_header(struct conn *c, const struct request *r,
			const struct fault *f)
{
	long long n = key(r, "size", HEADER_BYTES_MAX, 200 * 1024);

	(void)f;
	buf_puts(&c->out, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX-Huge: ");
	buf_fill(&c->out, 'h', (size_t)n);
	buf_puts(&c->out, "\r\n\r\nok\n");
	play_end(c, ACT_CLOSE);
}

static void many_headers(struct conn *c, const struct request *r,
			 const struct fault *f)
{
	long long n = key(r, "count", COUNT_MAX, 2000);

	(void)f;
	buf_puts(&c->out, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n");
	for (long long i = 0; i < n; i++)
		buf_printf(&c->out, "X-Header-%lld: %lld\r\n", i, i);
	buf_puts(&c->out, "\r\nok\n");
	play_end(c, ACT_CLOSE);
}

static void trickle_headers(struct conn *c, const struct request *r,
			    const struct fault *f)
{
	(void)f;
	buf_puts(&c->out, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
			  "Content-Length: 3\r\n\r\nok\n");
	play_drip(c, 1, ms_of(r, 100));
	play_end(c, ACT_CLOSE);
}

static void trickle_body(struct conn *c, const struct request *r,
			 const struct fault *f)
{
	(void)f;
	put_head(c, "Content-Length: 1000\r\n");
	play_send(c);
	buf_fill(&c->out, 'x', 1000);
	play_drip(c, 1, ms_of(r, 100));
	play_end(c, ACT_CLOSE);
}

static void interim_many(struct conn *c, const struct request *r,
			 const struct fault *f)
{
	long long n = key(r, "count", COUNT_MAX, 0);

	if (n == 0) {
		endless(c, r, f, "");
		return;
	}
	for (long long i = 0; i < n; i++)
		buf_add(&c->out, f->bytes, f->n);
	put_head(c, "Content-Length: 3\r\n");
	buf_puts(&c->out, "ok\n");
	play_end(c, ACT_CLOSE);
}

static void gzip_bomb(struct conn *c, const struct request *r,
		      const struct fault *f)
{
	struct buf zeros, packed;

	(void)f;
	buf_init(&zeros, BOMB_BYTES);
	buf_init(&packed, BOMB_BYTES);
	buf_fill(&zeros, '0',
		 (size_t)key(r, "size", BOMB_BYTES, BOMB_BYTES / 4));
	reply_gzip(text_buf(&zeros), &packed);
	put_head(c, "Content-Encoding: gzip\r\n");
	buf_add(&c->out, buf_text(&packed), packed.len);
	buf_release(&zeros);
	buf_release(&packed);
	play_end(c, ACT_CLOSE);
}

static void cut_gzip(struct conn *c, const struct request *r,
		     const struct fault *f)
{
	struct buf packed;

	(void)r;
	(void)f;
	buf_init(&packed, BLOCK);
	reply_gzip(text_of("a body that was longer when it was whole"),
		   &packed);
	put_head(c, "Content-Encoding: gzip\r\n");
	buf_add(&c->out, buf_text(&packed), packed.len / 2);
	buf_release(&packed);
	play_end(c, ACT_CLOSE);
}

#define OK_HEAD	 "HTTP/1.1 200 OK\r\n"
#define BYTES(b) b, sizeof(b) - 1
#define NO_BYTES NULL, 0

static const struct fault faults[] = {
	/* how it ends */
	{ "reset", "?at=", "RST; at=accept (before any byte), headers, body",
	  reset, NO_BYTES },
	{ "close", "?at=", "FIN; at=accept, headers, body", fin, NO_BYTES },
	{ "half-close", "?at=", "FIN, but goes on reading", half_close,
	  NO_BYTES },
	{ "never", "?at=", "reads on and says nothing more", stall, NO_BYTES },
	{ "no-read", "?at=", "does not even read on", deaf, NO_BYTES },
	{ "truncated-tls", "", "half a body, FIN without the TLS goodbye",
	  truncated_tls, NO_BYTES },
	/* endless: ?ms= between pieces, ?limit= bytes */
	{ "endless-headers", "?ms=&limit=", "header lines for ever",
	  endless_headers, BYTES("X-More: and more\r\n") },
	{ "endless-line", "?ms=&limit=", "one header line for ever",
	  endless_line, BYTES("long") },
	{ "endless-status-line", "?ms=&limit=", "a first line for ever",
	  endless_raw, BYTES("HTTP/1.1 200 ") },
	{ "endless-body", "?ms=&limit=", "a body without length, for ever",
	  endless_body, BYTES("and more\n") },
	{ "endless-chunks", "?ms=&limit=", "chunks for ever", endless_chunks,
	  BYTES("9\r\nand more\n\r\n") },
	{ "endless-trailers", "?ms=&limit=", "trailer lines for ever",
	  endless_trailers, BYTES("X-More: and more\r\n") },
	{ "100-continue-many", "?count=&ms=&limit=",
	  "interim answers for ever, or count of them and then 200",
	  interim_many, BYTES("HTTP/1.1 100 Continue\r\n\r\n") },
	/* slow */
	{ "trickle-headers", "?ms=100", "one byte at a time", trickle_headers,
	  NO_BYTES },
	{ "trickle-body", "?ms=100", "1000 bytes, one at a time", trickle_body,
	  NO_BYTES },
	/* large */
	{ "huge-header", "?size=", "one header of 200 KB (or size)",
	  huge_header, NO_BYTES },
	{ "many-headers", "?count=", "2000 headers (or count)", many_headers,
	  NO_BYTES },
	{ "gzip-bomb", "?size=", "16 MB of zeros (or size, to 64 MB), packed",
	  gzip_bomb, NO_BYTES },
	/* wrong bytes */
	{ "garbage", "", "no HTTP at all", say,
	  BYTES("\x01\x02\xff\xfe this is not a protocol\r\n\r\n") },
	{ "http09", "", "a body with neither status line nor headers", say,
	  BYTES("<html>only a body</html>\n") },
	{ "no-headers", "", "a status line, no headers, a body", say,
	  BYTES(OK_HEAD "\r\nbody without headers\n") },
	{ "empty-status", "", "a status line without a status", say,
	  BYTES("HTTP/1.1 \r\nContent-Length: 0\r\n\r\n") },
	{ "bad-status", "", "a status that is no number", say,
	  BYTES("HTTP/1.1 abc Odd\r\nContent-Length: 0\r\n\r\n") },
	{ "bad-version", "", "HTTP/9.9", say,
	  BYTES("HTTP/9.9 200 OK\r\nContent-Length: 0\r\n\r\n") },
	{ "no-colon", "", "a header line without a colon", say,
	  BYTES(OK_HEAD "this is no header\r\nContent-Length: 0\r\n\r\n") },
	{ "nul-header", "", "a NUL byte in a header", say,
	  BYTES(OK_HEAD "X-Nul: a\0b\r\nContent-Length: 3\r\n\r\nok\n") },
	{ "cut-headers", "", "FIN in the middle of the headers", say,
	  BYTES(OK_HEAD "Content-Ty") },
	{ "two-lengths", "", "Content-Length twice, and different", say,
	  BYTES(OK_HEAD "Content-Length: 3\r\nContent-Length: 5\r\n\r\nok\n") },
	{ "negative-length", "", "Content-Length: -1", say,
	  BYTES(OK_HEAD "Content-Length: -1\r\n\r\nok\n") },
	{ "huge-length", "", "Content-Length over 64 bits", say,
	  BYTES(OK_HEAD
		"Content-Length: 99999999999999999999999\r\n\r\nok\n") },
	{ "length-and-chunks", "", "Content-Length and chunked", say,
	  BYTES(OK_HEAD "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"
			"\r\n3\r\nok\n\r\n0\r\n\r\n") },
	{ "bad-chunk", "", "a chunk size that is no number", say,
	  BYTES(OK_HEAD "Transfer-Encoding: chunked\r\n\r\nzz\r\nok\n\r\n") },
	{ "huge-chunk", "", "a chunk size over 64 bits", say,
	  BYTES(OK_HEAD "Transfer-Encoding: chunked\r\n\r\n"
			"fffffffffffffffff\r\nok\n\r\n") },
	{ "cut-chunk", "", "FIN in the middle of a chunk", say,
	  BYTES(OK_HEAD "Transfer-Encoding: chunked\r\n\r\n10\r\nok\n") },
	{ "bad-gzip", "", "Content-Encoding: gzip, and it is not", say,
	  BYTES(OK_HEAD "Content-Encoding: gzip\r\nContent-Length: 12\r\n\r\n"
			"not gzipped\n") },
	{ "cut-gzip", "", "half of a gzip body", cut_gzip, NO_BYTES },
	{ "unknown-encoding", "", "Content-Encoding: rot13", say,
	  BYTES(OK_HEAD "Content-Encoding: rot13\r\nContent-Length: 3\r\n\r\n"
			"bx\n") },
	{ "extra-bytes", "", "more bytes than Content-Length says", say,
	  BYTES(OK_HEAD "Content-Length: 3\r\n\r\nok\nand more") },
	{ "upgrade", "", "101 to a protocol that nobody asked for", say,
	  BYTES("HTTP/1.1 101 Switching Protocols\r\nUpgrade: odd\r\n"
		"Connection: Upgrade\r\n\r\nodd bytes") },
};

void fault_serve(struct conn *c, const struct request *r, struct text rest,
		 struct reply *rep)
{
	(void)rep;
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		if (text_is(rest, faults[i].name)) {
			faults[i].run(c, r, &faults[i]);
			return;
		}
	}
	behave_refuse(c, 404);
}

void fault_help(struct buf *out)
{
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++)
		buf_printf(out, "  %-19s %-14s %s\n", faults[i].name,
			   faults[i].keys, faults[i].help);
}
