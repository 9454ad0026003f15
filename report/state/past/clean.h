/* SPDX-License-Identifier: MIT */
#ifndef REPORT_STATE_CLEAN_H
#define REPORT_STATE_CLEAN_H

/*
 * clean - what clean.c, remove.c share: one cleaning of a state file.
 */

#include "report/state/past/past.h"

struct arena;

#define CLEAN_ARENA_MAX ((size_t)256 << 20)

struct ages {
	uint64_t raw_ns, minute_ns, hour_ns, day_ns;
	uint64_t cover_ns; /* the longest of the scenario's checks */
};

struct size {
	uint64_t page_bytes, pages, free_pages;
};

struct cleaning {
	struct state *st;
	struct errs *es;
	struct arena *a;
	const struct state_keep *keep;
	uint64_t now_at_ns;
	struct state_cleaned *out;
	struct latency l;
	unsigned n_shrinks;
	struct ages longest; /* of all scenarios */
	uint64_t said_max_bytes;
};

/* remove.c: what is older than that; counted in out->removed. */
bool remove_of_scenario(struct cleaning *c, int64_t scenario,
			const struct watched *w, size_t n,
			const struct ages *ages);
/* Events, silences and audits, which belong to no scenario. */
bool remove_of_all(struct cleaning *c);
/* Series and texts that nothing names any more. */
bool remove_unused(struct cleaning *c);

#endif
