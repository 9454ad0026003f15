/* SPDX-License-Identifier: MIT */
#ifndef LOADGEN_GATE_TURNS_H
#define LOADGEN_GATE_TURNS_H

/*
 * turns - which of two builds has the traffic, and when.
 *
 * The time of one launch is cut into slots; a slot belongs to one side, and
 * of the two slots of a pair each side has one, in an order that a coin
 * decides.  Slots of the warm-up come first (the first of them may be short)
 * and belong to no cell; of the others a fixed number is a cell.
 *
 * Units         nanoseconds since the load began.
 * Random        the same seed and launch give the same order, however long
 *               slots are and however many there are.
 * Thread rule   const once made; shared by all threads.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena; /* scenarios/base/arena.h */

enum turn_side { TURN_A, TURN_B, TURN_SIDES };

#define TURN_NONE SIZE_MAX /* a slot or a cell that is none */

struct turns {
	uint64_t slot_ns;
	uint64_t before_ns; /* the first slot began so long before the load */
	uint64_t for_ns;    /* all of it */
	size_t n_warm;	    /* slots of the warm-up */
	size_t n_slots;	    /* with those */
	size_t slots_per_cell;
	size_t n_cells;
	const uint8_t *owner; /* enum turn_side of each slot */
};

/* What turns are made of. */
struct turn_plan {
	uint64_t slot_ns, warm_up_ns;
	size_t n_cells, slots_per_cell; /* even */
	uint64_t seed, launch;
	bool is_fixed; /* A, B, A, B: an order that must not be used */
};

/* Who is started first in that launch, by a coin. */
enum turn_side turns_first(uint64_t seed, uint64_t launch);

/* NULL without memory. */
struct turns *turns_new(const struct turn_plan *plan, struct arena *a);

/* TURN_NONE behind the end. */
size_t turns_slot(const struct turns *t, uint64_t at_ns);
/* TURN_NONE in the warm-up and behind the end. */
size_t turns_cell(const struct turns *t, uint64_t at_ns);
bool turns_is(const struct turns *t, enum turn_side side, uint64_t at_ns);
/* When a slot of that side begins next, later than at_ns; UINT64_MAX:
 * never. */
uint64_t turns_next(const struct turns *t, enum turn_side side, uint64_t at_ns);
uint64_t turns_cell_begin(const struct turns *t, size_t cell);

#endif
