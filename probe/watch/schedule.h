/* SPDX-License-Identifier: MIT */
#ifndef PROBE_SCHEDULE_H
#define PROBE_SCHEDULE_H

/*
 * schedule - when each check of a daemon is due.
 *
 * A plan is absolute: slot k of a check is due at
 *
 *     epoch + offset + k * every + jitter(k)
 *
 * whatever became of the slots before, so that it does not drift.  Offset and
 * jitter follow from the check's name alone: a restart and a reload keep
 * them, and checks of one interval are spread over it.  A slot whose time went
 * by unused is missed; several of them are told as one and never made up for.
 *
 * A target that keeps timing out is asked less often: of its slots only each
 * second, fourth, ... is used, with bounds.  The first answer ends that.
 *
 * Pure: times are arguments.  All are nanoseconds of one clock.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Offsets are spread over at most so much, so that a check of once a day
 * does not keep one waiting for its first result. */
#define SCHEDULE_SPREAD_MAX_NS UINT64_C(60000000000)

enum {
	BACKOFF_AFTER = 3,    /* time-outs in a row until it begins */
	BACKOFF_STEP = 3,     /* so many more double it */
	BACKOFF_SLOTS_MAX = 8 /* each eighth slot is used at least */
};
/* A target is not left alone for longer, unless its interval is longer. */
#define BACKOFF_MAX_NS UINT64_C(600000000000)

struct slot_plan {
	uint64_t every_ns; /* never 0 */
	uint64_t jitter_ns;
	uint64_t offset_ns;
	uint64_t seed; /* of the check's name */
};

/* offset_ns: as written, or SCHEDULE_NO_OFFSET: by the name. */
#define SCHEDULE_NO_OFFSET UINT64_MAX
struct slot_plan schedule_plan(const char *name, uint64_t every_ns,
			       uint64_t jitter_ns, uint64_t offset_ns);

/* Since the epoch of the schedule. */
uint64_t schedule_due_ns(const struct slot_plan *p, uint64_t slot);

struct slots_gone {
	uint64_t slot;	   /* the newest one that is due */
	uint64_t n_missed; /* those before it */
};
/* What is due when `from` is the first slot that was not used yet, and is
 * due. */
struct slots_gone schedule_catch_up(const struct slot_plan *p, uint64_t from,
				    uint64_t now_ns);

/* The first slot from `from` on that is due later than now. */
uint64_t schedule_next(const struct slot_plan *p, uint64_t from,
		       uint64_t now_ns);

/* Of how many slots one is used; 1: all. */
uint64_t schedule_backoff(uint64_t n_timeouts, uint64_t every_ns);

/* ---- a heap of due times ---------------------------------------------- */

struct due {
	uint64_t due_ns;
	size_t what;
};
struct due_heap {
	struct due *item; /* owned */
	size_t n, room;
};
bool due_heap_init(struct due_heap *h, size_t room); /* false: no memory */
void due_heap_release(struct due_heap *h);
/* There is room for one of each `what`. */
void due_heap_add(struct due_heap *h, struct due due);
struct due due_heap_take(struct due_heap *h); /* the earliest; n > 0 */

#endif
