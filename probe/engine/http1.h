/* SPDX-License-Identifier: MIT */
#ifndef PROBE_ENGINE_HTTP1_H
#define PROBE_ENGINE_HTTP1_H

/*
 * http1 - reads one HTTP/1 answer from bytes that nobody trusts.
 *
 * Takes the bytes of a connection in pieces of any size, gives the head to a
 * struct headers and the bytes of the body, freed of their chunks, to a sink.
 * The result does not depend on how the bytes were cut.  It knows no sockets,
 * no clock and no content codings; it only tells their names.
 *
 * Source        RFC 9112 sections 4 to 7, RFC 9110 section 15.
 * Verdicts      those of libcurl 7.88, which reads all other exchanges: bare
 *               line feeds are fine; several lengths are left for
 *               headers_length_flaw() to judge, and the last one holds; a
 *               Transfer-Encoding outdoes a length; trailers join the fields.
 * Thread rule   one thread at a time; nothing is shared.
 * Ceilings      of the head and the trailers those of the struct headers; of
 *               the body the sink's.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/engine/headers.h"
#include "scenarios/base/buf.h"

enum http1_flaw {
	HTTP1_FINE,
	HTTP1_NO_HTTP, /* what came does not begin with HTTP/ */
	HTTP1_BAD_VERSION,
	HTTP1_BAD_STATUS,
	HTTP1_NUL,
	HTTP1_NO_COLON,
	HTTP1_FOLD, /* the first field goes on with none before it */
	HTTP1_BAD_LENGTH,
	HTTP1_CHUNK_SIZE, /* no number, or beyond 63 bits */
	HTTP1_CHUNK_END,  /* a chunk is longer than it said */
	HTTP1_TRAILER,
	/* the connection ended too early */
	HTTP1_EMPTY,
	HTTP1_CUT_HEAD,
	HTTP1_CUT_BODY,
	HTTP1_CUT_CHUNKS,
	/* somebody else knows more */
	HTTP1_HEADERS, /* headers_add() failed */
	HTTP1_SINK,    /* the sink said no */
	HTTP1_FLAW_N
};

enum http1_state {
	HTTP1_AT_STATUS,
	HTTP1_AT_FIELDS,
	HTTP1_AT_LENGTH, /* a body of known length */
	HTTP1_AT_REST,	 /* a body that the end of the connection ends */
	HTTP1_AT_CHUNK_SIZE,
	HTTP1_AT_CHUNK_LINE, /* behind the size */
	HTTP1_AT_CHUNK,
	HTTP1_AT_CHUNK_END,
	HTTP1_AT_TRAILER,
	HTTP1_AT_END,
	HTTP1_STATE_N
};

/* What the answer goes to.  False ends it with HTTP1_SINK. */
struct http1_sink {
	bool (*on_body)(void *self, const char *bytes, size_t len);
	/* A coding that lies on the body, in the order of the fields. */
	bool (*on_coding)(void *self, const char *name, size_t len,
			  bool is_transfer);
	void *self;
};

struct http1 {
	struct headers *head; /* the owner's */
	struct http1_sink sink;
	struct buf line; /* what has come of an unfinished line */
	enum http1_state state;
	enum http1_flaw flaw;
	int version;	     /* 10 or 11 of the last answer; 0 */
	int status;	     /* of the last answer; 0 */
	bool answers_head;   /* the request was HEAD */
	bool is_chunked;     /* of the answer being read */
	bool ignores_length; /* of the answer being read */
	bool has_field;	     /* a field line has come */
	int64_t length;	     /* -1: not told */
	uint64_t left;	     /* of the body or of the chunk */
	unsigned n_digits;   /* of the size of a chunk */
	size_t n_behind;     /* bytes given behind the end of the answer */
};

void http1_init(struct http1 *p, struct headers *head,
		const struct http1_sink *sink, bool answers_head);
void http1_release(struct http1 *p);
/* For the next answer; what was allocated is kept. */
void http1_reset(struct http1 *p, bool answers_head);

/* True while more is wanted; then state is not HTTP1_AT_END and flaw is
 * HTTP1_FINE.  Bytes behind the end of the answer are only counted. */
bool http1_feed(struct http1 *p, const char *bytes, size_t len);

/* The connection has ended.  True when that is the end of the answer. */
bool http1_close(struct http1 *p);

/* "a header line without a colon" */
const char *http1_say(enum http1_flaw flaw);

#endif
