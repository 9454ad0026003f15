/* SPDX-License-Identifier: MIT */
#ifndef REPORT_MERGE_CELLS_H
#define REPORT_MERGE_CELLS_H

/*
 * cells - timelines of several results on one clock.
 *
 * A cell is as long as all others and begins at a multiple of that length
 * since the anchor, the start of the first result.  At most COLLECT_ROWS_MAX
 * cells are kept: when there would be more, two become one.  What no row covers
 * has no cell.
 *
 * Units         _ns nanoseconds, at_ns since 1970.
 * Thread rule   one thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;	     /* scenarios/base/arena.h */
struct errs;	     /* scenarios/base/err.h */
struct hist;	     /* report/hist/hist.h */
struct timeline_row; /* report/result/load_result.h */

struct cell {
	int64_t number;			 /* since the anchor; may be negative */
	uint64_t begin_at_ns, end_at_ns; /* of its rows, not of itself */
	uint64_t planned, sent, ok, failed, timed_out, dropped;
	uint64_t users, connections; /* at its end, of all parts */
	size_t part; /* whose level the next two are; in users already */
	uint64_t part_users, part_connections;
	uint64_t max_ns;
	bool is_warm_up;      /* all of it */
	struct hist *latency; /* NULL: none */
};

struct cells {
	uint64_t anchor_at_ns, width_ns; /* width 0: no row so far */
	size_t n;
	struct cell *cell; /* in order of time */
	bool is_over;	   /* a count was too large */
};

bool cells_init(struct cells *t, struct errs *es);
void cells_release(struct cells *t);

/* One row of that part, which began at at_ns; rows of a part come one after the
 * other.  latency (or NULL) is taken over. */
void cells_add(struct cells *t, const struct timeline_row *row, uint64_t at_ns,
	       size_t part, struct hist *latency);

/* When a cell begins. */
uint64_t cell_at_ns(const struct cells *t, const struct cell *cell);

/* Rows, their at_ns since that moment.  NULL without memory. */
struct timeline_row *cells_rows(const struct cells *t, uint64_t since_at_ns,
				struct arena *a);

/* The longest time in which something was planned, failed or under way, and
 * nothing ended ok: whole cells, and with the one before and behind. */
void cells_down(const struct cells *t, uint64_t *low_ns, uint64_t *high_ns);

#endif
