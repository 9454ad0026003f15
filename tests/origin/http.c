/* SPDX-License-Identifier: MIT */
#include "tests/origin/http.h"

#include "scenarios/base/buf.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MORE = 0, DONE = 1, BAD = 400, TOO_LARGE = 413, HEAD_TOO_LARGE = 431 };

static bool is_token(struct text t)
{
	for (size_t i = 0; i < t.n; i++)
		if (!isalnum((unsigned char)t.p[i]) &&
		    (t.p[i] == '\0' || !strchr("!#$%&'*+-.^_`|~", t.p[i])))
			return false;
	return t.n > 0;
}

/* No blanks and no control characters: they would reach logs and names. */
static bool is_visible(struct text t)
{
	for (size_t i = 0; i < t.n; i++)
		if ((unsigned char)t.p[i] <= ' ' || t.p[i] == 0x7f)
			return false;
	return t.n > 0;
}

static struct text trimmed(struct text t)
{
	while (t.n && (*t.p == ' ' || *t.p == '\t'))
		t = (struct text){ t.p + 1, t.n - 1 };
	while (t.n && (t.p[t.n - 1] == ' ' || t.p[t.n - 1] == '\t'))
		t.n--;
	return t;
}

/* The next line of *rest without its CRLF; a bare LF ends none. */
static struct text take_line(struct text *rest)
{
	const char *end = memmem(rest->p, rest->n, "\r\n", 2);
	struct text line = { rest->p, end ? (size_t)(end - rest->p) : rest->n };
	size_t gone = line.n + (end ? 2 : 0);

	*rest = (struct text){ rest->p + gone, rest->n - gone };
	return line;
}

/* Splits the target; an absolute one, as a proxy gets it, loses its host. */
static bool split_target(struct request *r)
{
	struct text rest = r->target;

	if (rest.n && *rest.p != '/' && !text_is(rest, "*")) {
		const char *host = memmem(rest.p, rest.n, "://", 3);
		if (!host)
			return false;
		size_t gone = (size_t)(host - rest.p) + 3;
		rest = (struct text){ rest.p + gone, rest.n - gone };
		const char *path = memchr(rest.p, '/', rest.n);
		gone = path ? (size_t)(path - rest.p) : rest.n;
		rest = (struct text){ rest.p + gone, rest.n - gone };
	}
	r->path = text_cut(&rest, '?');
	r->query = rest;
	if (r->path.n == 0)
		r->path = text_of("/");
	return true;
}

static bool parse_request_line(struct text line, struct request *r)
{
	r->method = text_cut(&line, ' ');
	r->target = text_cut(&line, ' ');
	if (!is_token(r->method) || !is_visible(r->target) || line.n != 8 ||
	    memcmp(line.p, "HTTP/1.", 7) != 0 ||
	    !isdigit((unsigned char)line.p[7]))
		return false;
	r->minor = (unsigned)(line.p[7] - '0');
	r->keeps_alive = r->minor > 0;
	r->is_head = text_is(r->method, "HEAD");
	return split_target(r);
}

static int on_length(struct request *r, struct text value)
{
	long long n = value.n && isdigit((unsigned char)*value.p)
			      ? text_number(value, -1)
			      : -1;

	if (n < 0)
		return BAD;
	if (n > HTTP_BODY_MAX)
		return TOO_LARGE;
	r->length = (size_t)n;
	return DONE;
}

static int on_transfer(struct request *r, struct text value)
{
	if (!text_is_nocase(value, "chunked"))
		return 501;
	r->is_chunked = true;
	return DONE;
}

static int on_connection(struct request *r, struct text value)
{
	if (text_has_nocase(value, "close"))
		r->keeps_alive = false;
	else if (text_has_nocase(value, "keep-alive"))
		r->keeps_alive = true;
	return DONE;
}

static int on_expect(struct request *r, struct text value)
{
	if (!text_is_nocase(value, "100-continue"))
		return 417;
	r->expects_continue = r->minor > 0;
	return DONE;
}

/* The headers that change how a message is read. */
static const struct meaning {
	const char *name;
	int (*on_value)(struct request *r, struct text value);
} meanings[] = {
	{ "Content-Length", on_length },
	{ "Transfer-Encoding", on_transfer },
	{ "Connection", on_connection },
	{ "Expect", on_expect },
};

static int parse_header(struct text line, struct request *r)
{
	struct http_header *h = &r->header[r->header_count];

	if (r->header_count == HTTP_HEADERS_MAX)
		return HEAD_TOO_LARGE;
	if (!memchr(line.p, ':', line.n))
		return BAD;
	h->name = text_cut(&line, ':');
	h->value = trimmed(line);
	if (!is_token(h->name) || memchr(line.p, '\0', line.n) ||
	    memchr(line.p, '\r', line.n) || memchr(line.p, '\n', line.n))
		return BAD;
	r->header_count++;
	for (size_t i = 0; i < sizeof(meanings) / sizeof(*meanings); i++)
		if (text_is_nocase(h->name, meanings[i].name))
			return meanings[i].on_value(r, h->value);
	return DONE;
}

int http_parse_head(struct text in, struct request *r)
{
	const char *end = memmem(in.p, in.n, "\r\n\r\n", 4);

	if (!end)
		return in.n > HTTP_HEAD_MAX ? HEAD_TOO_LARGE : MORE;
	size_t head = (size_t)(end - in.p) + 4;
	if (head > HTTP_HEAD_MAX)
		return HEAD_TOO_LARGE;

	struct text rest = { in.p, head - 2 };
	/* the header array is left alone: clearing it costs more than the
	 * rest of the work for a short request */
	r->header_count = 0;
	r->length = 0;
	r->is_chunked = r->expects_continue = false;
	r->body = (struct text){ "", 0 };
	r->head_bytes = head;
	if (!parse_request_line(take_line(&rest), r))
		return BAD;
	while (rest.n) {
		int got = parse_header(take_line(&rest), r);
		if (got != DONE)
			return got;
	}
	/* RFC 9112 6.1: both together are how requests are smuggled */
	return r->is_chunked && r->length ? BAD : DONE;
}

struct text http_header(const struct request *r, const char *name)
{
	for (unsigned i = 0; i < r->header_count; i++)
		if (text_is_nocase(r->header[i].name, name))
			return r->header[i].value;
	return (struct text){ NULL, 0 };
}

/* A chunk-size line: digits in base 16, then perhaps an extension. */
static bool parse_chunk_size(struct text line, size_t *size)
{
	struct text digits = trimmed(text_cut(&line, ';'));

	*size = 0;
	if (digits.n == 0 || digits.n > 8)
		return false;
	for (size_t i = 0; i < digits.n; i++) {
		char c = digits.p[i];
		if (!isxdigit((unsigned char)c))
			return false;
		*size = *size * 16 + (size_t)(isdigit((unsigned char)c)
						      ? c - '0'
						      : (c | 0x20) - 'a' + 10);
	}
	return true;
}

/* Takes the data of the chunk being read, and the CRLF behind it. */
static int take_data(struct http_chunks *t, struct text in, struct buf *body)
{
	size_t n = in.n - t->at < t->left ? in.n - t->at : t->left;

	if (!buf_add(body, in.p + t->at, n))
		return TOO_LARGE;
	t->at += n;
	t->left -= n;
	if (t->left || in.n - t->at < 2)
		return MORE;
	if (memcmp(in.p + t->at, "\r\n", 2) != 0)
		return BAD;
	t->at += 2;
	t->in_chunk = false;
	return DONE;
}

static int take_size(struct http_chunks *t, struct text line)
{
	if (!parse_chunk_size(line, &t->left))
		return BAD;
	if (t->left > HTTP_BODY_MAX)
		return TOO_LARGE;
	t->in_trailer = t->left == 0;
	t->in_chunk = t->left > 0;
	return DONE;
}

int http_decode_chunks(struct http_chunks *t, struct text in, struct buf *body)
{
	for (;;) {
		if (t->in_chunk) {
			int got = take_data(t, in, body);
			if (got != DONE)
				return got;
			continue;
		}
		struct text rest = { in.p + t->at, in.n - t->at };
		if (rest.n == 0 || !memmem(rest.p, rest.n, "\r\n", 2))
			return rest.n > HTTP_CHUNK_LINE_MAX ? BAD : MORE;
		struct text line = take_line(&rest);
		t->at += line.n + 2;
		if (!t->in_trailer) {
			int got = take_size(t, line);
			if (got != DONE)
				return got;
		} else if (line.n == 0) {
			return DONE;
		}
	}
}

const char *http_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} known[] = {
		{ 200, "OK" },
		{ 201, "Created" },
		{ 202, "Accepted" },
		{ 204, "No Content" },
		{ 206, "Partial Content" },
		{ 301, "Moved Permanently" },
		{ 302, "Found" },
		{ 303, "See Other" },
		{ 304, "Not Modified" },
		{ 307, "Temporary Redirect" },
		{ 308, "Permanent Redirect" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 408, "Request Timeout" },
		{ 412, "Precondition Failed" },
		{ 413, "Content Too Large" },
		{ 417, "Expectation Failed" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 502, "Bad Gateway" },
		{ 503, "Service Unavailable" },
		{ 504, "Gateway Timeout" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (known[i].status == status)
			return known[i].reason;
	return "Unnamed";
}
