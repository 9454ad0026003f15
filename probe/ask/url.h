/* SPDX-License-Identifier: MIT */
#ifndef PROBE_URL_H
#define PROBE_URL_H

/*
 * url - addresses taken apart and put together, by libcurl's own parser.
 *
 * The same parser that will use an address reads it here, so that what is
 * checked is what is asked.  Pure functions; results live in the arena.
 * Errors are one sentence appended to *why (may be NULL).
 *
 * Source        RFC 3986; percent-encoding of queries: section 2.
 * Thread rule   no shared state.
 */

#include <stdbool.h>
#include <stddef.h>

struct arena; /* scenarios/base/arena.h */
struct buf;   /* scenarios/base/buf.h */
struct field; /* probe/engine/exchange.h */

enum { URL_MAX = 65536 }; /* bytes of one address */

struct url {
	const char *text;     /* without userinfo and fragment */
	const char *scheme;   /* "http" or "https" when read by url_parse() */
	const char *host;     /* IPv6 in brackets */
	unsigned port;	      /* the scheme's when none was written */
	const char *path;     /* begins with a slash */
	const char *user;     /* decoded, or NULL */
	const char *password; /* decoded, or NULL */
	bool is_encrypted;    /* https */
};

/* http:// and https:// only. */
bool url_parse(struct arena *a, const char *text, struct url *out,
	       struct buf *why);

/* reference (a Location header) as seen from base.  The scheme may be any:
 * out->scheme tells. */
bool url_resolve(struct arena *a, const char *base, const char *reference,
		 struct url *out, struct buf *why);

/* text with names and values added to its query, encoded. */
const char *url_add_query(struct arena *a, const char *text, size_t n,
			  const struct field *pair, struct buf *why);

/* base with the path (and query) of extra put behind its own path. */
const char *url_add_path(struct arena *a, const char *base, const char *extra,
			 struct buf *why);

/* Same scheme, host and port: credentials may go there, too. */
bool url_same_origin(const struct url *one, const struct url *other);

/* What stands behind the host in an absolute URL: path and query, "/" when
 * there is neither.  A text that is no URL comes back as it is. */
const char *url_path(const char *url);

#endif
