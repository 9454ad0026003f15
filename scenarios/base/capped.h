/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_CAPPED_H
#define SCENARIOS_CAPPED_H

/*
 * capped - sums that stop at the most there is.
 *
 * Times and counts of foreign files may be anything: a sum that wraps around
 * would be a small one.  UINT64_MAX stands for never, and stays it.
 *
 * Thread rule   pure.
 */

#include <stdint.h>

static inline uint64_t capped_sum(uint64_t a, uint64_t b)
{
	return a < UINT64_MAX - b ? a + b : UINT64_MAX;
}

#endif
