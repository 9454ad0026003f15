/* SPDX-License-Identifier: MIT */
#include "report/gate/paired/hodges.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void hodges_sort(double *d, size_t n)
{
	qsort(d, n, sizeof *d, by_value);
}

uint64_t hodges_averages(size_t n)
{
	return (uint64_t)n * (n + 1) / 2;
}

/* How many averages are at most x.  The partner that still fits falls while
 * the first one rises. */
static uint64_t count_upto(const double *d, size_t n, double x)
{
	uint64_t count = 0;
	size_t to = n;

	for (size_t i = 0; i < to; i++) {
		while (to > i && (d[i] + d[to - 1]) / 2 > x)
			to--;
		count += to - i;
	}
	return count;
}

/* Doubles as whole numbers in the same order. */
static int64_t place_of(double x)
{
	int64_t bits;

	memcpy(&bits, &x, sizeof bits);
	return bits < 0 ? INT64_MIN - bits : bits;
}

static double at_place(int64_t place)
{
	int64_t bits = place < 0 ? INT64_MIN - place : place;
	double x;

	memcpy(&x, &bits, sizeof x);
	return x;
}

double hodges_average(const double *sorted, size_t n, uint64_t rank)
{
	int64_t low = place_of(sorted[0]), high = place_of(sorted[n - 1]);

	while (low < high) {
		/* the two may be further apart than a number can tell */
		int64_t half = (low & high) + ((low ^ high) >> 1);

		if (count_upto(sorted, n, at_place(half)) > rank)
			high = half;
		else
			low = half + 1;
	}
	return at_place(low) + 0.0;
}

double hodges_estimate(const double *sorted, size_t n)
{
	uint64_t all = hodges_averages(n);
	double upper = hodges_average(sorted, n, all / 2);

	return all % 2 ? upper
		       : (hodges_average(sorted, n, all / 2 - 1) + upper) / 2;
}

struct hodges_bounds hodges_bounds(const double *sorted, size_t n, int64_t c)
{
	if (c < 0)
		return (struct hodges_bounds){ -HUGE_VAL, HUGE_VAL };
	return (struct hodges_bounds){
		hodges_average(sorted, n, (uint64_t)c),
		hodges_average(sorted, n, hodges_averages(n) - 1 - (uint64_t)c),
	};
}
