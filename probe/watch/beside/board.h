/* SPDX-License-Identifier: MIT */
#ifndef PROBE_BOARD_H
#define PROBE_BOARD_H

/*
 * board - how things stand, handed from the thread of the checks to the one
 * of the pages.
 *
 * A row is copied under a lock that is held for a copy and nothing else, so
 * that no reader can keep a check waiting.
 *
 * Thread rule   any; the lock is inside.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/publish/standing.h"

struct board;
struct watch_config;

struct board *board_new(void); /* NULL without memory */
void board_free(struct board *b);

/* All rows anew; it holds the configuration.  False without memory: the old
 * ones stay. */
bool board_fill(struct board *b, struct watch_config *config,
		const struct standing *const *rows, size_t n);
void board_put(struct board *b, size_t i, const struct standing *row);
/* errors: of the last 24 hours; alive_ns: monotonic, of this call */
void board_tick(struct board *b, const struct self_facts *self,
		uint64_t errors_24h, uint64_t alive_ns);

struct board_copy {
	struct watch_config *config; /* held */
	struct standing *rows;	     /* owned */
	size_t n;
	struct self_facts self;
	uint64_t errors_24h;
	uint64_t alive_ns;
};
/* False: nothing is on it yet, or no memory; then out is empty. */
bool board_copy(struct board *b, struct board_copy *out);
void board_copy_release(struct board_copy *c);

#endif
