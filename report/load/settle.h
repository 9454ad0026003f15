/* SPDX-License-Identifier: MIT */
#ifndef REPORT_LOAD_SETTLE_H
#define REPORT_LOAD_SETTLE_H

/*
 * settle - finds out when a load has warmed up.
 *
 * It is told what each second was like, and compares three blocks of seconds
 * in a row.  The load has settled when rate, median and 99th percentile of the
 * last two blocks differ by no more than their tolerance, and when a trend
 * through all three, if there is one, would not lead further than that either:
 * what is left of a change that shrinks by the same share from block to block
 * is a geometric series, d r / (1 - r).  So a slow decay is waited for, though
 * its steps are small.  A block is the median of its seconds, so that a
 * single bad second does no harm; the tolerance of a rate is never less than
 * the noise of a Poisson process of so many requests.
 *
 * Units         nanoseconds; rates per second.
 * Thread rule   pure; belongs to whoever holds it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SETTLE_BLOCK_MAX = 5,  /* seconds of a block */
	SETTLE_LONGEST_S = 60, /* then it gives up */
	SETTLE_SHARE = 3,      /* or after this part of the plan */
	SETTLE_WHY_MAX = 160,
};
#define SETTLE_RATE_TOLERANCE 0.05
#define SETTLE_P50_TOLERANCE  0.10
#define SETTLE_P99_TOLERANCE  0.50

enum settle_state { SETTLE_GOING, SETTLE_FOUND, SETTLE_GIVEN_UP };

struct settle_second {
	double rate_per_s; /* requests that ended in it */
	uint64_t p50_ns, p99_ns;
};

struct settle {
	unsigned block_s;
	unsigned longest_s;
	unsigned n;					 /* seconds told */
	struct settle_second last[3 * SETTLE_BLOCK_MAX]; /* a ring */
	enum settle_state state;
	char why[SETTLE_WHY_MAX]; /* "" while it goes on */
};

/* plan_ns: how long the load is going to take; 0: nobody knows.  It gives up
 * at once when the plan is too short. */
void settle_init(struct settle *t, uint64_t plan_ns);

/* The next second.  Once it is not SETTLE_GOING nothing changes any more. */
enum settle_state settle_add(struct settle *t, const struct settle_second *s);

#endif
