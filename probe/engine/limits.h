/* SPDX-License-Identifier: MIT */
#ifndef PROBE_ENGINE_LIMITS_H
#define PROBE_ENGINE_LIMITS_H

/*
 * limits - which time limit strikes, and when to look again.
 *
 * One timer per exchange is enough: it fires at the earliest time at which
 * any limit could strike, looks where the exchange is by then, and sets
 * itself again.  Pure functions: time is passed in.
 *
 * Units         nanoseconds of the monotonic clock.
 */

#include <stdbool.h>
#include <stdint.h>

#include "probe/engine/exchange.h"

struct buf;

#define LIMITS_NEVER UINT64_MAX

/* Where an exchange is.  A point that was not reached is 0. */
struct limits_view {
	uint64_t started_ns;
	uint64_t resolved_ns;
	uint64_t connected_ns;
	uint64_t ready_ns; /* the end of the handshakes */
	uint64_t first_ns; /* the first byte of the answer */
	uint64_t last_ns;  /* the last byte of the answer so far */
	enum phase under_way;
};

struct limits_hit {
	enum outcome outcome;
	const char *what; /* "connect", "first byte" */
	uint64_t elapsed_ns;
	uint64_t limit_ns;
	bool is_total; /* the limit on all of it; what was under way then */
};

/* The earliest time at which a limit could strike; LIMITS_NEVER: none set. */
uint64_t limits_next(const struct time_limits *lim, const struct limits_view *v,
		     uint64_t now_ns);

/* True when one has struck. */
bool limits_find_hit(const struct time_limits *lim, const struct limits_view *v,
		     uint64_t now_ns, struct limits_hit *hit);

/* "connect took 5.00 s of 5.00 s" */
bool limits_say(const struct limits_hit *hit, struct buf *out);

#endif
