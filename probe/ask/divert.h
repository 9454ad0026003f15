/* SPDX-License-Identifier: MIT */
#ifndef PROBE_DIVERT_H
#define PROBE_DIVERT_H

/*
 * divert - what was to be asked of one origin is asked of another.
 *
 * An origin is scheme, host and port (RFC 6454).  Path, query, headers and
 * body stay as they are; the Host header follows the address unless the
 * scenario writes one itself.  What only made sense on the way to the first
 * origin (a unix socket, connect_to, resolve, names for its certificate) is
 * left out.  Requests to other origins are not touched.
 *
 * Thread rule   pure; const for as long as it is used.
 */

#include <stdbool.h>

#include "probe/ask/ask.h"

struct arena;
struct buf;

struct divert {
	struct url from, to; /* of both, only the origin counts */
	const char *origin;  /* "http://127.0.0.1:4711", of to */
};

/* dv NULL: nothing is diverted.  False with a sentence in *why. */
bool divert_apply(const struct divert *dv, struct arena *a, struct asked *asked,
		  struct buf *why);

#endif
