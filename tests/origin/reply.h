/* SPDX-License-Identifier: MIT */
#ifndef TESTS_ORIGIN_REPLY_H
#define TESTS_ORIGIN_REPLY_H

/*
 * reply - an ordinary answer, and the ways to bend it.
 *
 * A behaviour fills a reply; then the keys of the request's query (and of its
 * X-Reply header, written like a query) change it; then it is rendered into
 * the connection's script.  So every key works on every answer.
 *
 * Thread rule   as its connection.
 */

#include "scenarios/base/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct conn;
struct request; /* tests/origin/http.h */
struct text;	/* tests/origin/text.h */

enum reply_end {
	REPLY_END_NATURAL, /* keep the connection if the request allows it */
	REPLY_END_CLOSE,
	REPLY_END_RESET,
	REPLY_END_CUT,
	REPLY_END_HOLD,
};

enum reply_chunk { REPLY_CHUNK_GOOD, REPLY_CHUNK_BAD, REPLY_CHUNK_CUT };

struct reply {
	int status;
	unsigned minor;	    /* the n of HTTP/1.n */
	struct buf reason;  /* empty: the usual one */
	struct buf type;    /* empty: no Content-Type */
	struct buf headers; /* whole lines */
	struct buf body;
	struct buf length; /* empty: the true one */
	uint64_t delay_ms, delay_us;
	uint64_t jitter_ms;
	uint64_t body_delay_ms;
	uint64_t interval_ms;
	uint64_t drip_bytes;
	uint64_t size_bytes;
	uint64_t repeat;
	bool is_chunked;
	bool is_gzip;
	bool makes_id;
	enum reply_chunk chunk;
	enum reply_end end;
};

enum {
	REPLY_BODY_MAX = 64 * 1024 * 1024,
	REPLY_HEADERS_MAX = 1024 * 1024,
	REPLY_DELAY_MAX_MS = 3600 * 1000,
};

void reply_init(struct reply *rep);
void reply_release(struct reply *rep);
void reply_reset(struct reply *rep); /* 200, text/plain, empty */

void reply_header(struct reply *rep, const char *name, const char *value);

/* Sets a JSON body type. */
void reply_is_json(struct reply *rep);

/* Changes rep by every known key of query; other keys are ignored. */
void reply_apply(struct reply *rep, struct text query);

/* Puts the answer to r on c's script. */
void reply_render(struct reply *rep, const struct request *r, struct conn *c);

/* Appends gzip of bytes to *out; window_bits as zlib's deflateInit2. */
bool reply_gzip(struct text plain, struct buf *out);

/* Appends one line per key. */
void reply_help(struct buf *out);

#endif
