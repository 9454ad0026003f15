/* SPDX-License-Identifier: MIT */
#ifndef PROBE_ENGINE_UNPACK_H
#define PROBE_ENGINE_UNPACK_H

/*
 * unpack - takes gzip and deflate off a body, piece by piece.
 *
 * A stack of codings: the one added last lies outermost and sees the bytes
 * first; what comes out of the innermost one goes to the caller.  It holds
 * no more than one piece at a time, so the ceiling is the caller's, who ends
 * it by saying no.
 *
 * Thread rule   one thread at a time; nothing is shared.
 * Source        RFC 1950, 1951, 1952; RFC 9110 section 8.4.1.
 * Verdicts      deflate may come without its zlib frame; one gzip member and
 *               nothing behind it; a body that ends in the middle is not
 *               whole (libcurl 7.88 does not tell); a coding that nobody
 *               knows is an error once there is a body.
 */

#include <stdbool.h>
#include <stddef.h>

enum { UNPACK_CODINGS_MAX = 5 };

/* What can be offered to a server. */
#define UNPACK_OFFER "deflate, gzip"

enum unpack_flaw {
	UNPACK_FINE,
	UNPACK_TOO_MANY, /* codings */
	UNPACK_UNKNOWN,
	UNPACK_BROKEN,
	UNPACK_BEHIND, /* bytes behind the end */
	UNPACK_MEMORY,
	UNPACK_REFUSED, /* by the caller */
	UNPACK_CUT,	/* it ended in the middle: unpack_is_whole() */
	UNPACK_FLAW_N
};

struct unpack; /* NULL: no coding */

enum unpack_flaw unpack_add(struct unpack **u, const char *name, size_t len);
/* The codings of a header field, in its order. */
enum unpack_flaw unpack_add_list(struct unpack **u, const char *list);
void unpack_free(struct unpack *u);

enum unpack_flaw unpack_write(struct unpack *u, const char *bytes, size_t len,
			      bool (*take)(void *self, const char *bytes,
					   size_t len),
			      void *self);

/* Every coding that saw a byte has seen its end. */
bool unpack_is_whole(const struct unpack *u);

const char *unpack_say(enum unpack_flaw flaw);

#endif
