/* SPDX-License-Identifier: MIT */
#ifndef PROBE_ASK_H
#define PROBE_ASK_H

/*
 * ask - what a scenario asks becomes a request of the engine.
 *
 * Evaluates every template, reads the files that bodies come from, and adds
 * what is usual when the scenario does not say: User-Agent, Content-Type,
 * X-Request-ID.  What cannot be sent as it is (a line break in a header, a
 * URL that is none) is refused here with one sentence.
 *
 * Thread rule   no shared state.
 * Ownership     all of a request lives in the arena that was given, which
 *               goes when the step is over.
 */

#include <stdbool.h>
#include <stddef.h>

#include "probe/engine/exchange.h"
#include "probe/ask/url.h"
#include "scenarios/model.h"

struct arena;
struct buf;
struct redactor;
struct template_world;

enum {
	ASK_FILE_MAX = 64 << 20,       /* bytes of a body from a file */
	ASK_HEADERS_MAX_BYTES = 65536, /* of an answer */
	ASK_ARENA_MAX = 160 << 20,     /* of one request */
};

struct asked {
	struct request request;
	struct url url; /* of HTTP: request.url, taken apart */
	/* for each header: it proves who asks, or holds a secret */
	bool *is_private;
	bool body_is_private;
	bool lacks_file;	/* that is to be sent: a flaw of this machine */
	const char *request_id; /* "" when none is sent */
};

/* Appends one sentence to *why on false.  Credentials are made known to the
 * redactor. */
bool ask_http(const struct http_ask *ask, const struct template_world *world,
	      struct redactor *r, struct arena *a, struct asked *out,
	      struct buf *why);

/* For TLS and TCP: target is host:port. */
bool ask_target(enum request_kind kind, const struct template *target,
		const struct net_options *net,
		const struct template_world *world, struct arena *a,
		struct asked *out, struct buf *why);

/* One template as a text without NULs; NULL with *why.  A NULL template is
 * NULL without a word: look at *ok. */
const char *ask_text(const struct template *t,
		     const struct template_world *world, struct arena *a,
		     bool *ok, struct buf *why);

#endif
