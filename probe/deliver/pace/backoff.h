/* SPDX-License-Identifier: MIT */
#ifndef PROBE_DELIVER_PACE_BACKOFF_H
#define PROBE_DELIVER_PACE_BACKOFF_H

/*
 * backoff - how long to wait before a notice is tried again.
 *
 * Doubles from DELIVER_BACKOFF_MIN_NS to DELIVER_BACKOFF_MAX_NS, and draws
 * evenly from the upper half of that, so that many that failed together do
 * not come back together.  A service that says when (Retry-After, read by
 * notice_retry_after_ns()) is heeded.  Pure: draw and time are arguments.
 */

#include <stdint.h>

#define BACKOFF_DRAW_WHOLE UINT32_MAX /* a draw: 0 to this */

/* failures: tries that failed so far, at least 1. */
uint64_t backoff_ns(uint64_t failures, uint32_t draw);

/* When to try again: never before what the service asked for (asked_ns; 0:
 * it did not). */
uint64_t backoff_next_at_ns(uint64_t now_at_ns, uint64_t failures,
			    uint64_t asked_ns, uint32_t draw);

#endif
