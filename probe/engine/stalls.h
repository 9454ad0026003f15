/* SPDX-License-Identifier: MIT */
#ifndef PROBE_ENGINE_STALLS_H
#define PROBE_ENGINE_STALLS_H

/*
 * stalls - when this program did not look, and a clock that stops then.
 *
 * A process that is stopped, starved of CPU or on a machine that was paused
 * sees nothing of what its target does meanwhile, and all its time limits pass
 * at once when it goes on.  So the loop looks at least every STALLS_LOOK_NS
 * while something is under way; where that took STALLS_MIN_NS longer, what is
 * beyond STALLS_LOOK_NS is a stall.  Limits and phases of an exchange are
 * counted on the clock that stands still in stalls; what is left out is our
 * own lateness (PHASE_LATENESS).
 *
 * A suspended machine is none: CLOCK_MONOTONIC does not go on then.
 *
 * Units         nanoseconds of the monotonic clock.
 * Thread rule   one thread at a time.  Pure functions: time is passed in.
 */

#include <stdint.h>

enum { STALLS_KEPT = 16 }; /* the newest; of older ones only their sum */

#define STALLS_LOOK_NS UINT64_C(100000000)
#define STALLS_MIN_NS  UINT64_C(100000000)

struct stall {
	uint64_t from_ns, to_ns;
	uint64_t before_ns; /* of all stalls before this one */
};

/* All zero: never looked. */
struct stalls {
	uint64_t looked_ns; /* the last time; 0: nothing was under way */
	uint64_t sum_ns;
	unsigned n; /* of kept; kept[first] is the oldest */
	unsigned first;
	struct stall kept[STALLS_KEPT];
};

/* Something is under way from now on. */
void stalls_begin(struct stalls *s, uint64_t now_ns);
/* Nothing is any more: how long it is until the next look says nothing. */
void stalls_end(struct stalls *s);

void stalls_look(struct stalls *s, uint64_t now_ns);

/* What was to happen at due_ns happens now, and nobody looked meanwhile. */
void stalls_late(struct stalls *s, uint64_t due_ns, uint64_t now_ns);

/* The time on the clock that stands still; 0 stays 0.  Never decreases with
 * at_ns; a point before the oldest stall that is kept counts as behind those
 * that are not. */
uint64_t stalls_seen(const struct stalls *s, uint64_t at_ns);

#endif
