/* SPDX-License-Identifier: MIT */
#ifndef PROBE_ENGINE_HEADERS_H
#define PROBE_ENGINE_HEADERS_H

/*
 * headers - the head of an HTTP answer, read from bytes that nobody trusts.
 *
 * Takes the bytes of status lines and header lines in pieces of any size and
 * keeps the fields of the last answer: interim answers (1xx except 101) and
 * an answer that was replaced by a later one (a challenge of digest) are
 * dropped.  The result does not depend on how the bytes were cut.  It knows
 * no sockets.
 *
 * Source        RFC 9112 sections 4 and 5, RFC 9110 sections 5.1 and 15.2.
 * Leniency      a folded line is joined to its field by one space; a line
 *               without a colon, with a name that is no token, or with a NUL
 *               is left out and counted.
 * Thread rule   one thread at a time; nothing is shared.
 * Ceilings      all bytes ever given count, so that endless interim answers
 *               end too.  What is kept never takes more than that.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenarios/base/buf.h"

struct arena;
struct field;

enum {
	HEADERS_INTERIM_MAX = 32, /* interim answers before the final one */
};

struct headers {
	struct buf line; /* what has come of an unfinished line */
	struct buf text; /* name NUL value NUL, once per field */
	size_t n;	 /* fields in text */
	long status;	 /* of the last answer; 0: none yet */
	size_t bad;	 /* lines that were left out */
	size_t interim;	 /* answers that were left out */
	uint64_t seen_bytes;
	uint64_t max_bytes;
	bool is_interim; /* the answer being read */
	bool is_whole;	 /* its empty line has come */
	bool can_fold;	 /* the line before was kept */
	bool too_large;	 /* a ceiling was hit; nothing is added any more */
	/* Keep only what says how the body is sent, its length and its
	 * codings; set by a caller that gives one line at a time. */
	bool only_framing;
};

void headers_init(struct headers *h, uint64_t max_bytes);
void headers_release(struct headers *h);
/* As after headers_init(), but what was allocated is kept. */
void headers_reset(struct headers *h);

/* False when a ceiling was hit, now or before, or without memory. */
bool headers_add(struct headers *h, const char *bytes, size_t len);

/* The fields in order, copied into the arena.  NULL without memory. */
const struct field *headers_fields(const struct headers *h, struct arena *a);

/* True when a field of that name (any case) has come. */
bool headers_has(const struct headers *h, const char *name);

/* Why the length that the head tells cannot be believed, or NULL: several
 * that differ, or none that is a number, RFC 9112 section 6.3. */
const char *headers_length_flaw(const struct headers *h);

#endif
