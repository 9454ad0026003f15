/* SPDX-License-Identifier: MIT */
#include "report/hist/hist.h"

#include <math.h>

#include "report/hist/hist_parts.h"

/* Up to this variance (of n trials with chance q) every chance is added up;
 * above it the normal distribution is nearer than a bucket is wide. */
#define EXACT_VARIANCE_MAX 10000.0
/* Chances beyond so many deviations, and so many trials, are too small to
 * change a rank. */
#define WINDOW_DEVIATIONS 10.0
#define WINDOW_TRIALS	  20.0
#define CONFIDENCE_MAX	  0.999999
#define NORMAL_Z_MAX	  40.0

/* ---- ranks ------------------------------------------------------------ */

/* The bucket of the value of that rank, 1..total. */
static size_t index_of_rank(const struct hist *h, uint64_t rank)
{
	struct hist_used used = hist_used(h);
	uint64_t seen = 0;
	size_t i = used.from;

	for (; i + 1 < used.to; i++) {
		seen += h->counts[i];
		if (seen >= rank)
			break;
	}
	return i;
}

static uint64_t highest_of_rank(const struct hist *h, uint64_t rank)
{
	return hist_within(h, hist_bucket_to(h, index_of_rank(h, rank)));
}

static uint64_t lowest_of_rank(const struct hist *h, uint64_t rank)
{
	return hist_within(h, hist_bucket_from(h, index_of_rank(h, rank)));
}

uint64_t hist_quantile(const struct hist *h, double q)
{
	if (h->total == 0)
		return 0;
	if (q <= 0)
		return h->min_ns;
	if (!(q < 1))
		return h->max_ns;
	/* 0.07 of 100 is 7 and not, by rounding, more than 7 */
	double rank = ceil(nextafter(q, 0) * (double)h->total);
	if (rank < 1)
		rank = 1;
	if (rank >= (double)h->total)
		return highest_of_rank(h, h->total);
	return highest_of_rank(h, (uint64_t)rank);
}

/* ---- the interval ----------------------------------------------------- */

/* Of n values the number k that lie below the true quantile has the binomial
 * distribution of n and q.  So the value of rank l lies above it with the
 * chance P(k < l), and that of rank u does not with P(k < u). */
struct ranks {
	double low, high; /* low 0, high n + 1: the sample has no such value */
};

/* Adds up weight(k) from the first of the window while the sum is at most
 * most; returns the first k at which it would not be, or the end. */
static double walk(double n, double q, double from, double to, double most,
		   double *sum)
{
	double weight = 1e-100, k = from;

	for (*sum = 0; k <= to && *sum + weight <= most; k++) {
		*sum += weight;
		weight *= (n - k) / (k + 1) * (q / (1 - q));
	}
	return k;
}

static struct ranks exact_ranks(double n, double q, double tail)
{
	double reach =
		WINDOW_DEVIATIONS * sqrt(n * q * (1 - q)) + WINDOW_TRIALS;
	double from = fmax(0, floor(n * q - reach));
	double to = fmin(n, ceil(n * q + reach));
	double all, part;
	struct ranks r;

	walk(n, q, from, to, INFINITY, &all);
	/* l: the most with P(k < l) <= tail; u: the least with
	 * P(k < u) >= 1 - tail */
	r.low = walk(n, q, from, to, tail * all, &part);
	r.high = walk(n, q, from, to, (1 - tail) * all, &part) + 1;
	return r;
}

/* z with P(Z > z) = tail, for a standard normal Z. */
static double normal_z(double tail)
{
	double low = 0, high = NORMAL_Z_MAX;

	for (int i = 0; i < 64; i++) {
		double z = (low + high) / 2;

		if (erfc(z / sqrt(2)) / 2 > tail)
			low = z;
		else
			high = z;
	}
	return high;
}

static struct ranks normal_ranks(double n, double q, double tail)
{
	double reach = normal_z(tail) * sqrt(n * q * (1 - q));

	return (struct ranks){ floor(n * q - reach + 0.5),
			       ceil(n * q + reach + 0.5) };
}

static struct ranks ranks_of(double n, double q, double confidence)
{
	double tail = (1 - fmin(fmax(confidence, 0), CONFIDENCE_MAX)) / 2;

	if (!(q < 1))
		return (struct ranks){ n, n + 1 };
	if (q <= 0)
		return (struct ranks){ 0, 1 };
	if (n * q * (1 - q) <= EXACT_VARIANCE_MAX)
		return exact_ranks(n, q, tail);
	return normal_ranks(n, q, tail);
}

struct hist_bounds hist_interval(const struct hist *h, double q,
				 double confidence)
{
	double n = (double)h->total;
	struct hist_bounds bounds = { 0 };

	if (h->total == 0)
		return bounds;
	struct ranks r = ranks_of(n, q, confidence);
	bool has_low = r.low >= 1, has_high = r.high <= n;
	bounds.low_ns =
		has_low ? lowest_of_rank(h, (uint64_t)r.low) : h->min_ns;
	bounds.high_ns =
		has_high ? highest_of_rank(h, (uint64_t)r.high) : h->max_ns;
	/* 0.99 of 1000 leaves 10, though not in doubles */
	bounds.is_enough =
		has_low && has_high && n * fmin(q, 1 - q) >= HIST_ENOUGH - 1e-6;
	return bounds;
}
