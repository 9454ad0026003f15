/* SPDX-License-Identifier: MIT */
#ifndef PROBE_ENGINE_JAR_H
#define PROBE_ENGINE_JAR_H

/*
 * jar - cookies for those who make their exchanges without libcurl.
 *
 * What a cookie says (name, value, times, prefixes, ceilings) is read and kept
 * by libcurl's own cookie engine, so that it holds here what it holds in a
 * session (engine.h).  libcurl asks for no host and tells none when no
 * transfer is made, so what depends on the address is done here: to whom a
 * cookie may belong, and to which request it goes.
 *
 * Source        RFC 6265 sections 5.1.3, 5.1.4, 5.3 and 5.4; where it leaves
 *               room, what libcurl 7.88 does: this machine (localhost,
 *               127.0.0.1, ::1) counts as secure, equal paths go by the
 *               lengths of domain and name, newest first.
 * Ceilings      those of libcurl: 150 cookies and 8190 bytes in a request.
 *               No list of public suffixes: a domain needs a dot.
 * Thread rule   that of its engine.
 */

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct engine;
struct jar;

/* Of a request. */
struct jar_place {
	const char *host; /* as in a URL; an IPv6 address with or without its
			   * brackets */
	const char *path; /* without the query */
	bool is_encrypted;
};

struct jar *jar_new(struct engine *en); /* NULL without memory */
void jar_free(struct jar *jar);		/* NULL is fine; before the engine */

/* The value of a Set-Cookie in an answer from there.  What may not be set is
 * ignored, as the sender must not be told. */
void jar_take(struct jar *jar, const struct jar_place *from, const char *value);

/* Appends what a request to there says in its Cookie: "a=1; b=2", or nothing.
 * False without memory. */
bool jar_give(struct jar *jar, const struct jar_place *to, struct buf *out);

/* All cookies go. */
void jar_forget(struct jar *jar);

#endif
