/* SPDX-License-Identifier: MIT */
#ifndef TESTS_ORIGIN_HTTP_H
#define TESTS_ORIGIN_HTTP_H

/*
 * http - reads HTTP/1.x requests (RFC 9112) out of bytes.
 *
 * Strict on purpose: what is doubtful is refused with a status, so that a
 * client under test that sends something odd is found out.  Knows no socket.
 *
 * Thread rule   none: all state is in the arguments.
 * Lifetime      a request borrows the bytes that it was parsed from.
 */

#include "tests/origin/text.h"

enum {
	HTTP_HEAD_MAX = 64 * 1024, /* bytes of request line and headers */
	HTTP_HEADERS_MAX = 200,
	HTTP_BODY_MAX = 16 * 1024 * 1024,
	HTTP_CHUNK_LINE_MAX = 1024,
};

struct http_header {
	struct text name;
	struct text value; /* without the blanks around it */
};

struct request {
	struct text method;
	struct text target; /* as sent */
	struct text path;   /* without scheme, host and query */
	struct text query;  /* without the question mark */
	struct text body;   /* set by the caller when all of it is there */
	unsigned minor;	    /* the n of HTTP/1.n */
	unsigned header_count;
	struct http_header header[HTTP_HEADERS_MAX];
	size_t head_bytes; /* up to and with the empty line */
	size_t length;	   /* declared body bytes */
	bool is_chunked;
	bool is_head;
	bool keeps_alive;
	bool expects_continue;
};

/* 0: not all there yet.  1: parsed.  Anything else: the status to refuse
 * with. */
int http_parse_head(struct text in, struct request *r);

/* The first header of that name, or {NULL, 0}. */
struct text http_header(const struct request *r, const char *name);

/* A chunked body being decoded. */
struct http_chunks {
	size_t at;   /* bytes of the input used so far */
	size_t left; /* bytes left of the chunk being read */
	bool in_chunk;
	bool in_trailer;
};

/* Decodes what in has beyond t->at into *body.  Returns as http_parse_head;
 * with 1, t->at is where the next request begins. */
int http_decode_chunks(struct http_chunks *t, struct text in, struct buf *body);

const char *http_reason(int status);

#endif
