/* SPDX-License-Identifier: MIT */
#include "tests/origin/reply.h"

#include "tests/origin/origin.h"
#include "tests/origin/play.h"

#include <inttypes.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
	RESET_AFTER_MS = 30,   /* so that the peer has read what came before */
	GZIP_WINDOW = 15 + 16, /* zlib: with a gzip header */
	SHORT_TEXT_MAX = 4096,
};

void reply_init(struct reply *rep)
{
	*rep = (struct reply){ .status = 200 };
	buf_init(&rep->reason, SHORT_TEXT_MAX);
	buf_init(&rep->type, SHORT_TEXT_MAX);
	buf_init(&rep->headers, REPLY_HEADERS_MAX);
	buf_init(&rep->body, REPLY_BODY_MAX);
	buf_init(&rep->length, SHORT_TEXT_MAX);
}

void reply_release(struct reply *rep)
{
	buf_release(&rep->reason);
	buf_release(&rep->type);
	buf_release(&rep->headers);
	buf_release(&rep->body);
	buf_release(&rep->length);
}

void reply_reset(struct reply *rep)
{
	struct buf kept[] = { rep->reason, rep->type, rep->headers, rep->body,
			      rep->length };

	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++)
		buf_reset(&kept[i]);
	*rep = (struct reply){ .status = 200,
			       .minor = 1,
			       .interval_ms = 10,
			       .repeat = 1,
			       .reason = kept[0],
			       .type = kept[1],
			       .headers = kept[2],
			       .body = kept[3],
			       .length = kept[4] };
	buf_puts(&rep->type, "text/plain");
}

void reply_header(struct reply *rep, const char *name, const char *value)
{
	buf_printf(&rep->headers, "%s: %s\r\n", name, value);
}

void reply_is_json(struct reply *rep)
{
	buf_reset(&rep->type);
	buf_puts(&rep->type, "application/json");
}

static void put(struct buf *b, struct text value)
{
	buf_reset(b);
	buf_add(b, value.p, value.n);
}

/* ---- the keys */

static uint64_t number(struct text value, uint64_t high)
{
	long long n = text_number(value, 0);

	return n <= 0 ? 0 : (uint64_t)n > high ? high : (uint64_t)n;
}

static void set_status(struct reply *rep, struct text value)
{
	rep->status = (int)number(value, 999);
}

static void set_reason(struct reply *rep, struct text value)
{
	put(&rep->reason, value);
}

static void set_type(struct reply *rep, struct text value)
{
	put(&rep->type, value);
}

static void set_body(struct reply *rep, struct text value)
{
	put(&rep->body, value);
}

static void set_header(struct reply *rep, struct text value)
{
	struct text name = text_cut(&value, ':');

	if (value.n && *value.p == ' ')
		value = (struct text){ value.p + 1, value.n - 1 };
	buf_add(&rep->headers, name.p, name.n);
	buf_puts(&rep->headers, ": ");
	buf_add(&rep->headers, value.p, value.n);
	buf_puts(&rep->headers, "\r\n");
}

static void set_delay(struct reply *rep, struct text value)
{
	rep->delay_ms = number(value, REPLY_DELAY_MAX_MS);
}

static void set_delay_us(struct reply *rep, struct text value)
{
	rep->delay_us = number(value, REPLY_DELAY_MAX_MS);
}

static void set_jitter(struct reply *rep, struct text value)
{
	rep->jitter_ms = number(value, REPLY_DELAY_MAX_MS);
}

static void set_body_delay(struct reply *rep, struct text value)
{
	rep->body_delay_ms = number(value, REPLY_DELAY_MAX_MS);
}

static void set_drip(struct reply *rep, struct text value)
{
	rep->drip_bytes = number(value, REPLY_BODY_MAX);
}

static void set_interval(struct reply *rep, struct text value)
{
	rep->interval_ms = number(value, REPLY_DELAY_MAX_MS);
}

static void set_length(struct reply *rep, struct text value)
{
	put(&rep->length, value);
	/* a plus is a blank in a query */
	if (rep->length.len && rep->length.text[0] == ' ')
		rep->length.text[0] = '+';
}

static void set_size(struct reply *rep, struct text value)
{
	rep->size_bytes = number(value, REPLY_BODY_MAX);
}

static void set_repeat(struct reply *rep, struct text value)
{
	rep->repeat = number(value, REPLY_BODY_MAX);
}

static void set_chunked(struct reply *rep, struct text value)
{
	rep->is_chunked = text_is(value, "1");
}

static void set_chunk(struct reply *rep, struct text value)
{
	rep->is_chunked = true;
	rep->chunk = text_is(value, "bad")   ? REPLY_CHUNK_BAD
		     : text_is(value, "cut") ? REPLY_CHUNK_CUT
					     : REPLY_CHUNK_GOOD;
}

static void set_gzip(struct reply *rep, struct text value)
{
	rep->is_gzip = text_is(value, "1");
}

static void set_close(struct reply *rep, struct text value)
{
	if (text_is(value, "1"))
		rep->end = REPLY_END_CLOSE;
}

static void set_end(struct reply *rep, struct text value)
{
	static const char *const names[] = {
		[REPLY_END_NATURAL] = "keep", [REPLY_END_CLOSE] = "close",
		[REPLY_END_RESET] = "reset",  [REPLY_END_CUT] = "cut",
		[REPLY_END_HOLD] = "hold",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (text_is(value, names[i]))
			rep->end = (enum reply_end)i;
}

static void set_http(struct reply *rep, struct text value)
{
	rep->minor = text_is(value, "1.0") ? 0 : 1;
}

static void set_request_id(struct reply *rep, struct text value)
{
	rep->makes_id = text_is(value, "1");
}

static const struct key {
	const char *name;
	const char *help;
	void (*set)(struct reply *rep, struct text value);
} keys[] = {
	{ "status", "status=503", set_status },
	{ "reason", "reason=Very Bad: the phrase behind the status",
	  set_reason },
	{ "type", "type=text/html; empty sends no Content-Type", set_type },
	{ "header", "header=Name:Value, as often as you like", set_header },
	{ "body", "body=TEXT", set_body },
	{ "size", "size=N: a body of N bytes (at most 64 MB)", set_size },
	{ "repeat", "repeat=N: the body N times over", set_repeat },
	{ "gzip", "gzip=1: compress it", set_gzip },
	{ "chunked", "chunked=1: in chunks (of drip bytes each)", set_chunked },
	{ "chunk",
	  "chunk=bad: a size that is no number; chunk=cut: no last one",
	  set_chunk },
	{ "length", "length=+5, -5, 1000, abc, none: what Content-Length says",
	  set_length },
	{ "delay", "delay=MS before the first byte", set_delay },
	{ "delay_us", "delay_us=US besides, to a few us", set_delay_us },
	{ "jitter", "jitter=MS: up to so much more delay, at random",
	  set_jitter },
	{ "body_delay", "body_delay=MS between headers and body",
	  set_body_delay },
	{ "drip", "drip=N: the body N bytes at a time, every interval",
	  set_drip },
	{ "interval", "interval=MS between drips (10)", set_interval },
	{ "close", "close=1: Connection: close and FIN", set_close },
	{ "end",
	  "end=close, reset, cut (no TLS goodbye), hold, keep: what "
	  "comes after the last byte",
	  set_end },
	{ "http", "http=1.0: answer in HTTP/1.0", set_http },
	{ "request_id", "request_id=1: make an X-Request-ID if none was sent",
	  set_request_id },
};

static void apply_one(struct reply *rep, struct text name, struct text value)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (!text_is(name, keys[i].name))
			continue;
		struct buf plain;
		buf_init(&plain, REPLY_HEADERS_MAX);
		text_url_decode(value, &plain);
		keys[i].set(rep, text_buf(&plain));
		buf_release(&plain);
		return;
	}
}

void reply_apply(struct reply *rep, struct text query)
{
	struct text name, value;

	while (query_next(&query, &name, &value))
		apply_one(rep, name, value);
}

void reply_help(struct buf *out)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		buf_printf(out, "  %-11s %s\n", keys[i].name, keys[i].help);
}

/* ---- rendering */

bool reply_gzip(struct text plain, struct buf *out)
{
	z_stream z = { 0 };
	char piece[16 * 1024];
	int got = Z_OK;

	if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	z.next_in = (Bytef *)(uintptr_t)plain.p;
	z.avail_in = (uInt)plain.n;
	while (got == Z_OK) {
		z.next_out = (Bytef *)piece;
		z.avail_out = sizeof(piece);
		got = deflate(&z, Z_FINISH);
		buf_add(out, piece, sizeof(piece) - z.avail_out);
	}
	deflateEnd(&z);
	return got == Z_STREAM_END;
}

static void fill_body(struct reply *rep)
{
	static const char line[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopq"
				   "rstuvwxyz0123456789\n";
	struct text part = { line, sizeof(line) - 1 };
	uint64_t left = rep->size_bytes;

	if (rep->size_bytes)
		buf_reset(&rep->body);
	for (; left > part.n; left -= part.n)
		buf_add(&rep->body, part.p, part.n);
	if (rep->size_bytes)
		buf_add(&rep->body, part.p, left);
	if (rep->repeat == 1)
		return;
	struct buf once = rep->body;
	buf_init(&rep->body, REPLY_BODY_MAX);
	for (uint64_t i = 0; i < rep->repeat && once.len; i++)
		if (!buf_add(&rep->body, once.text, once.len))
			break;
	buf_release(&once);
}

static void compress_body(struct reply *rep)
{
	struct buf plain = rep->body;

	buf_init(&rep->body, REPLY_BODY_MAX);
	reply_gzip(text_buf(&plain), &rep->body);
	buf_release(&plain);
	reply_header(rep, "Content-Encoding", "gzip");
	reply_header(rep, "Vary", "Accept-Encoding");
}

static void make_id(struct reply *rep)
{
	unsigned char b[16] = { 0 };

	RAND_bytes(b, sizeof(b));
	b[6] = (b[6] & 0x0f) | 0x40; /* RFC 9562: version 4 */
	b[8] = (b[8] & 0x3f) | 0x80;
	buf_puts(&rep->headers, "X-Request-ID: ");
	for (size_t i = 0; i < sizeof(b); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			buf_putc(&rep->headers, '-');
		text_hex(&b[i], 1, &rep->headers);
	}
	buf_puts(&rep->headers, "\r\n");
}

static bool has_body(const struct reply *rep)
{
	return rep->status >= 200 && rep->status != 204 && rep->status != 304;
}

/* The Content-Length line; where it does not say the truth, the connection
 * must end for the peer to notice. */
static void put_length(struct reply *rep, struct buf *out)
{
	const struct buf *asked = &rep->length;

	if (asked->len == 0) {
		buf_printf(out, "Content-Length: %zu\r\n", rep->body.len);
		return;
	}
	if (rep->end == REPLY_END_NATURAL)
		rep->end = REPLY_END_CLOSE;
	if (text_is(text_buf(asked), "none"))
		return;
	if (asked->text[0] == '+' || asked->text[0] == '-')
		buf_printf(out, "Content-Length: %lld\r\n",
			   (long long)rep->body.len +
				   strtoll(asked->text, NULL, 10));
	else
		buf_printf(out, "Content-Length: %s\r\n", asked->text);
}

static void put_head(struct reply *rep, const struct request *r,
		     struct buf *out)
{
	const char *reason = rep->reason.len ? buf_text(&rep->reason)
					     : http_reason(rep->status);

	buf_printf(out, "HTTP/1.%u %03d %s\r\n", rep->minor, rep->status,
		   reason);
	if (rep->type.len && has_body(rep))
		buf_printf(out, "Content-Type: %s\r\n", buf_text(&rep->type));
	if (rep->is_chunked && has_body(rep))
		buf_puts(out, "Transfer-Encoding: chunked\r\n");
	else if (has_body(rep))
		put_length(rep, out);
	bool keeps = r->keeps_alive && rep->end == REPLY_END_NATURAL;
	if (!keeps && rep->end != REPLY_END_HOLD)
		buf_puts(out, "Connection: close\r\n");
	else if (r->minor == 0 || rep->minor == 0)
		buf_puts(out, "Connection: keep-alive\r\n");
	buf_add(out, buf_text(&rep->headers), rep->headers.len);
	buf_puts(out, "\r\n");
}

static void put_chunks(const struct reply *rep, struct buf *out)
{
	struct text rest = text_buf(&rep->body);
	size_t step = rep->drip_bytes ? rep->drip_bytes : rest.n;

	while (rest.n) {
		size_t n = rest.n < step ? rest.n : step;
		if (rep->chunk == REPLY_CHUNK_BAD)
			buf_puts(out, "zz\r\n");
		else
			buf_printf(out, "%zx\r\n", n);
		buf_add(out, rest.p, n);
		buf_puts(out, "\r\n");
		rest = (struct text){ rest.p + n, rest.n - n };
	}
	if (rep->chunk != REPLY_CHUNK_CUT)
		buf_puts(out, "0\r\n\r\n");
}

static void end_reply(const struct reply *rep, const struct request *r,
		      struct conn *c)
{
	static const int acts[] = {
		[REPLY_END_CLOSE] = ACT_CLOSE,
		[REPLY_END_RESET] = ACT_RESET,
		[REPLY_END_CUT] = ACT_CUT,
		[REPLY_END_HOLD] = ACT_HOLD,
	};
	enum reply_end end = rep->end;

	if (end == REPLY_END_NATURAL && !r->keeps_alive)
		end = REPLY_END_CLOSE;
	if (end == REPLY_END_NATURAL)
		return;
	play_send(c);
	if (end == REPLY_END_RESET)
		play_wait(c, RESET_AFTER_MS);
	play_end(c, acts[end]);
}

static void play_body(const struct reply *rep, struct conn *c)
{
	if (rep->body_delay_ms) {
		play_send(c);
		play_wait(c, rep->body_delay_ms);
	}
	if (rep->drip_bytes)
		play_send(c);
	if (rep->is_chunked)
		put_chunks(rep, &c->out);
	else
		buf_add(&c->out, buf_text(&rep->body), rep->body.len);
	if (rep->drip_bytes)
		play_drip(c, rep->drip_bytes, rep->interval_ms);
	else
		play_send(c);
}

void reply_render(struct reply *rep, const struct request *r, struct conn *c)
{
	uint64_t delay = rep->delay_ms;

	if (rep->size_bytes || rep->repeat != 1)
		fill_body(rep);
	if (rep->is_gzip)
		compress_body(rep);
	if (rep->makes_id)
		make_id(rep);
	if (rep->is_chunked && rep->chunk != REPLY_CHUNK_GOOD &&
	    rep->end == REPLY_END_NATURAL)
		rep->end = REPLY_END_CLOSE;
	if (rep->jitter_ms)
		delay += origin_random(c->origin, rep->jitter_ms + 1);
	play_wait(c, delay);
	play_wait_us(c, rep->delay_us);
	put_head(rep, r, &c->out);
	if (has_body(rep) && !r->is_head)
		play_body(rep, c);
	else
		play_send(c);
	end_reply(rep, r, c);
}
