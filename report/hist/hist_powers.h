/* SPDX-License-Identifier: MIT */
#ifndef REPORT_HIST_POWERS_H
#define REPORT_HIST_POWERS_H

/*
 * hist_powers - a histogram in buckets whose bounds are powers of a root of 2.
 *
 * At scale s bucket i holds the values v, in seconds, of
 *
 *     2^(i / 2^s) < v <= 2^((i + 1) / 2^s)
 *
 * so that a bound is 2^(1/2^s) times the one below it: 9.05 % more at scale 3.
 * It is the exponential histogram of OpenTelemetry, and the native histogram of
 * Prometheus of schema s, whose indexes are one higher.
 *
 * A bucket of a hist is narrower (0.1 % with three digits) and is counted whole,
 * by its lowest value; nothing is lost, so the counts add up.
 *
 * Source        OpenTelemetry, metrics data model, "ExponentialHistogram" and
 *               "All Scales: Use the Logarithm Function".
 * Thread rule   no state.
 */

#include <stddef.h>
#include <stdint.h>

struct hist; /* report/hist/hist.h */

enum {
	HIST_POWERS_MAX = 512,	   /* buckets; at scale 3: 1 ns to 500 years */
	HIST_POWERS_SCALE_MAX = 9, /* finer than a hist of three digits */
};

struct hist_powers {
	int scale;
	int32_t offset; /* index of the first bucket */
	size_t n;	/* 0: nothing above 0 was recorded */
	uint64_t zeros; /* values below a nanosecond */
	uint64_t count[HIST_POWERS_MAX];
};

/* As fine as `scale` and no finer, and coarser where more than `most` (at most
 * HIST_POWERS_MAX, at least 2: 1 s is a bound at any scale) buckets would be
 * needed. */
void hist_powers(const struct hist *h, int scale, size_t most,
		 struct hist_powers *out);

/* 2^(index / 2^scale): the bound above bucket index - 1, below bucket index. */
double hist_power(int scale, int32_t index);

/* The bucket of a time. */
int32_t hist_power_index(int scale, uint64_t ns);

#endif
