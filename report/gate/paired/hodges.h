/* SPDX-License-Identifier: MIT */
#ifndef REPORT_GATE_HODGES_H
#define REPORT_GATE_HODGES_H

/*
 * hodges - the Walsh averages of differences, and what they tell.
 *
 * The averages of all pairs (each with itself as well), in order: their median
 * is the Hodges-Lehmann estimate, and those that lie c from both ends bound it,
 * c being a critical value of the signed-rank test.  They are not written down:
 * the one of a rank is found by counting, in the time of the differences.
 *
 * Thread rule   pure.
 * Sources       Hodges and Lehmann, Annals of Mathematical Statistics 34
 *               (1963); Walsh averages: Conover, section 5.7.
 */

#include <stddef.h>
#include <stdint.h>

/* Sorts differences, which the functions below need. */
void hodges_sort(double *d, size_t n);

/* n * (n + 1) / 2 */
uint64_t hodges_averages(size_t n);

/* The average of that rank, from 0, below hodges_averages(n). */
double hodges_average(const double *sorted, size_t n, uint64_t rank);

/* Their median; n at least 1. */
double hodges_estimate(const double *sorted, size_t n);

/* The interval that signed_rank_critical() gives; -1 for c: no end. */
struct hodges_bounds {
	double low, high;
};
struct hodges_bounds hodges_bounds(const double *sorted, size_t n, int64_t c);

#endif
