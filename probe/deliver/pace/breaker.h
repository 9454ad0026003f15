/* SPDX-License-Identifier: MIT */
#ifndef PROBE_DELIVER_PACE_BREAKER_H
#define PROBE_DELIVER_PACE_BREAKER_H

/*
 * breaker - leaves a channel alone that keeps failing.
 *
 *     closed --(BREAKER_FAILURES in a row)--> open
 *     open --(its pause is over)--> half open: one try
 *     half open --(it went well)--> closed
 *     half open --(it did not)--> open, twice as long
 *
 * Pure: the time is an argument.  Its text form is kept in the state file, so
 * that one-shot runs that follow each other share it.
 *
 * Units         nanoseconds since 1970 UTC.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BREAKER_FAILURES = 5, BREAKER_TEXT_MAX = 64 };
#define BREAKER_PAUSE_MIN_NS UINT64_C(60000000000)
#define BREAKER_PAUSE_MAX_NS UINT64_C(900000000000)

enum breaker_phase { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN };

struct breaker {
	enum breaker_phase phase;
	uint64_t failures;    /* in a row */
	uint64_t pause_ns;    /* the last one; 0: it was closed */
	uint64_t until_at_ns; /* OPEN: no try before */
};

/* Whether a try may be made; an open one whose pause is over becomes half
 * open.  A clock that was set back does not keep it open beyond its pause. */
bool breaker_allows(struct breaker *b, uint64_t now_at_ns);
void breaker_went_well(struct breaker *b);
/* True when it opened by this. */
bool breaker_failed(struct breaker *b, uint64_t now_at_ns);

/* "closed 2", "open 5 60000000000 1700000000000000000" */
void breaker_print(const struct breaker *b, char out[BREAKER_TEXT_MAX]);
/* Anything else is a closed one: it costs a try. */
void breaker_read(const char *text, struct breaker *out);

#endif
