/* SPDX-License-Identifier: MIT */
#ifndef LOADGEN_GATE_CELLS_H
#define LOADGEN_GATE_CELLS_H

/*
 * cells - what one side of a gate did in each cell of one launch.
 *
 * A worker has one of its own for each side, and records into it without locks
 * and without allocating; they are merged when the workers are gone.
 *
 * Group 0 is of all requests; where steps are told apart, group k + 1 is of
 * step k.  Latency is that of what ended ok, and of timeouts, at the age they
 * had; what failed otherwise is an error and has none, or failing fast would
 * be an improvement.
 *
 * Memory        taken by gate_cells_new(): a histogram of two digits for each cell
 *               and group.
 * Thread rule   belongs to whoever holds it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hist;   /* report/hist/hist.h */
struct sample; /* report/load/tally.h */

struct gate_half_cell {
	uint64_t attempts;
	uint64_t errors; /* timeouts among them */
	struct hist *latency;
};

struct gate_cells {
	size_t n_cells, n_groups;
	struct gate_half_cell *half; /* n_groups times n_cells */
	struct hist **lateness;	     /* of the sends of each cell */
};

/* About so many bytes. */
size_t gate_cells_bytes(size_t n_cells, size_t n_groups);
struct gate_cells *gate_cells_new(size_t n_cells,
				  size_t n_groups); /* NULL: no memory */
void gate_cells_free(struct gate_cells *c);	    /* NULL is fine */

static inline struct gate_half_cell *gate_cells_at(const struct gate_cells *c,
						   size_t group, size_t cell)
{
	return &c->half[group * c->n_cells + cell];
}

/* One request of that step has ended.  What was cut off is not counted. */
void gate_cells_note(struct gate_cells *c, size_t cell, size_t step,
		     const struct sample *s);
/* One was planned, and given up without being sent, at that age. */
void gate_cells_note_missed(struct gate_cells *c, size_t cell, uint64_t age_ns);
void gate_cells_note_late(struct gate_cells *c, size_t cell, uint64_t late_ns);

/* Adds all of from, which is as large. */
void gate_cells_merge(struct gate_cells *into, const struct gate_cells *from);

#endif
