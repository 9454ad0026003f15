/* SPDX-License-Identifier: MIT */
#ifndef REPORT_RENDER_METRICS_DISTRIBUTION_H
#define REPORT_RENDER_METRICS_DISTRIBUTION_H

/*
 * distribution - a times_result, opened up for those who write it as buckets.
 *
 * Counts in buckets come from its histogram, so they add up to the count that is
 * told: that of the histogram, where a file of somebody else says two.  The sum
 * is mean times count: the mean is kept to the nanosecond, the histogram to
 * 0.1 %.  One without a histogram that can be read has no buckets but the one of
 * all values.
 *
 * Memory        decoding one costs 270 KB for a moment and some time; after
 *               DISTRIBUTIONS_MAX of them, more than an honest result has, the
 *               rest are told without buckets.
 * Units         seconds, as the formats have them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/result/load_result.h"

struct hist; /* report/hist/hist.h */

enum { DISTRIBUTIONS_MAX = 4096, DISTRIBUTION_QUANTILES_MAX = 16 };

struct distribution {
	struct hist *hist; /* NULL: no buckets */
	uint64_t count;
	double sum_s, min_s, max_s;
};

/* *opened counts them; 0 before the first.  False without memory. */
bool distribution_open(const struct times_result *times, size_t *opened,
		       struct distribution *out);
void distribution_close(struct distribution *d);

/* Quantiles in rising order, none twice, between 0 and 1.  One without an
 * interval has high_ns 0. */
size_t distribution_quantiles(const struct times_result *times,
			      struct quantile_result *out);

#endif
