/* SPDX-License-Identifier: MIT */
#ifndef PROBE_DELIVER_BOOK_H
#define PROBE_DELIVER_BOOK_H

/*
 * book - what is remembered of one channel between deliveries: its breaker,
 * the service's ids of what it was told, and which letters are not through
 * yet, so that what follows on them in the same outage does not overtake them.
 *
 * Kept as one note in the state file, which several processes write: it is
 * read and written inside of one transaction.
 *
 * Ownership     texts live in the arena given.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/deliver/pace/breaker.h"

struct arena;
struct errs;
struct state;

enum {
	BOOK_REFERENCES_MAX = 200, /* episodes, the newest */
	BOOK_HOLDS_MAX = 200,
	BOOK_TEXT_MAX = 256 << 10, /* bytes of a note */
};

struct book_reference {
	const char *episode;
	const char *id; /* of the service */
};

/* That letter of the episode is not through; it will be tried then. */
struct book_hold {
	const char *episode;
	uint64_t letter;
	uint64_t until_at_ns;
};

struct book {
	struct breaker breaker;
	size_t n_references;
	struct book_reference references[BOOK_REFERENCES_MAX];
	size_t n_holds;
	struct book_hold holds[BOOK_HOLDS_MAX];
};

/* A channel that nothing is remembered of has an empty one, and so has a note
 * that is not understood. */
bool book_read(struct state *st, const char *scenario, const char *channel,
	       struct arena *a, struct book *out, struct errs *es);
bool book_write(struct state *st, const char *scenario, const char *channel,
		const struct book *b, struct errs *es);

const char *book_find_reference(const struct book *b,
				const char *episode); /* "" */
/* An id of "" changes nothing.  The oldest is forgotten when it is full. */
void book_refer(struct book *b, const char *episode, const char *id);

void book_hold(struct book *b, const char *episode, uint64_t letter,
	       uint64_t until_at_ns);
void book_let_go(struct book *b, uint64_t letter);

#endif
