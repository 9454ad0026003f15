/* SPDX-License-Identifier: MIT */
#ifndef PROBE_ASK_BODY_H
#define PROBE_ASK_BODY_H

/*
 * ask_body - the body of a request, of whatever kind.
 *
 * A part of ask (probe/ask/ask.h), with the same rules.
 */

#include "probe/ask/ask.h"

/* A template as bytes, which may hold NULs; NULL for a NULL template and on
 * failure, see *ok. */
const char *ask_bytes(const struct template *t,
		      const struct template_world *world, struct arena *a,
		      size_t *len, bool *ok, struct buf *why);

/* The content type that is said when the scenario says none; NULL without a
 * body, and for a form with parts, which libcurl names with its boundary. */
const char *ask_body_type(const struct http_ask *ask);

/* Fills in body or parts, and whether a secret is in them. */
bool ask_body(const struct http_ask *ask, const struct template_world *world,
	      struct arena *a, struct asked *out, struct buf *why);

#endif
