/* SPDX-License-Identifier: MIT */
#ifndef REPORT_HIST_PARTS_H
#define REPORT_HIST_PARTS_H

/*
 * hist_parts - what the files of report/hist share.
 */

#include "report/hist/hist.h"

struct place; /* scenarios/base/err.h */

enum { HIST_MAGNITUDE_MAX = 61 }; /* unit_bits + half_bits */

/* True when a histogram of that range can be: 1 <= low, 2 * low <= high <=
 * INT64_MAX, digits in our range, magnitudes within HIST_MAGNITUDE_MAX. */
bool hist_range_is_valid(uint64_t low, uint64_t high, unsigned digits);

/* An empty one of that valid range, its memory not yet touched.  limit_ns is
 * high.  NULL without memory. */
struct hist *hist_new_range(uint64_t low, uint64_t high, unsigned digits);

/* The value, or min or max where it lies outside of them. */
uint64_t hist_within(const struct hist *h, uint64_t ns);

/* The lowest and highest value of a bucket, and the one in its middle, kept
 * inside of min and max. */
uint64_t hist_bucket_from(const struct hist *h, size_t index);
uint64_t hist_bucket_to(const struct hist *h, size_t index);
uint64_t hist_bucket_middle(const struct hist *h, size_t index);

/* The first used bucket and the one behind the last; both 0 when empty. */
struct hist_used {
	size_t from, to;
};
struct hist_used hist_used(const struct hist *h);

/* hist_decode(), with the place to which problems belong. */
struct hist *hist_decode_at(const char *text, size_t len, struct place at,
			    struct errs *es);

#endif
