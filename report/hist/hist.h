/* SPDX-License-Identifier: MIT */
#ifndef REPORT_HIST_H
#define REPORT_HIST_H

/*
 * hist - counts of durations in buckets of a bounded relative width.
 *
 * From HIST_LOW_NS up a bucket is 1 ns wide, or at most 10^-digits of the
 * values in it; below it is as wide as at HIST_LOW_NS.  Counts are exact, and
 * so are min, max and mean.  It knows nothing of what the durations are of.
 *
 * Memory        taken and touched when the histogram is made; it does not
 *               grow (270 KB with 3 digits, 3.9 MB with 4).
 * Thread rule   one thread writes; another may read once it has stopped.
 * Units         nanoseconds.  A decoded histogram has the unit of its writer.
 * Sources       buckets and encoding: the HdrHistogram format, V2, with
 *               zlib (RFC 1950) and base64 (RFC 4648).  Interval: order
 *               statistics and the binomial distribution, W. J. Conover,
 *               Practical Nonparametric Statistics, section 3.2.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;  /* scenarios/base/buf.h */
struct errs; /* scenarios/base/err.h */

enum {
	HIST_DIGITS = 3, /* what one takes without a reason */
	HIST_DIGITS_MIN = 1,
	HIST_DIGITS_MAX = 4,
	HIST_ENOUGH = 10, /* samples beyond a quantile that it needs */
};

#define HIST_CONFIDENCE 0.95 /* what an interval has when nobody says */
#define HIST_LOW_NS	UINT64_C(1000)
#define HIST_HIGH_NS	UINT64_C(3600000000000)
/* The most that is counted: what a double and JSON tell exactly. */
#define HIST_COUNT_MAX ((UINT64_C(1) << 53) - 1)
#define HIST_TEXT_MAX  ((size_t)16 << 20) /* bytes of an encoded one, read */

/* Read through the functions; the fields are here so that recording is
 * inline. */
struct hist {
	uint64_t low_ns, high_ns; /* the range as the encoding tells it */
	uint64_t limit_ns; /* what is above counts as this, and in over */
	uint64_t mask;	   /* bits of the first, linear part */
	unsigned digits;
	unsigned unit_bits;  /* log2 of the width of the first buckets */
	unsigned half_bits;  /* log2 of the buckets that each doubling adds */
	unsigned shift_base; /* 64 - log2 of the buckets of the linear part */
	uint64_t total;
	uint64_t over;
	uint64_t min_ns; /* UINT64_MAX when empty */
	uint64_t max_ns;
	unsigned __int128 sum_ns;
	size_t n_counts;
	uint64_t counts[];
};

/* NULL without memory.  digits lies in HIST_DIGITS_MIN..HIST_DIGITS_MAX. */
struct hist *hist_new(unsigned digits);
void hist_free(struct hist *h); /* NULL is fine */

/* The bucket of a value that is at most limit_ns. */
static inline size_t hist_index(const struct hist *h, uint64_t ns)
{
	unsigned shift =
		h->shift_base - (unsigned)__builtin_clzll(ns | h->mask);

	return ((size_t)(shift - h->unit_bits) << h->half_bits) +
	       (size_t)(ns >> shift);
}

/* Counts one value.  One over HIST_HIGH_NS goes into the highest bucket and
 * is counted by hist_over() too. */
static inline void hist_record(struct hist *h, uint64_t ns)
{
	uint64_t shown = ns;

	if (__builtin_expect(ns > h->limit_ns, 0)) {
		shown = h->limit_ns;
		h->over++;
	}
	h->counts[hist_index(h, shown)]++;
	h->total++;
	h->sum_ns += ns;
	if (ns < h->min_ns)
		h->min_ns = ns;
	if (ns > h->max_ns)
		h->max_ns = ns;
}

/* The same as recording n times; counts stay at HIST_COUNT_MAX
 * rather than pass it. */
void hist_record_n(struct hist *h, uint64_t ns, uint64_t n);

/* Both touch only the range of buckets that is used. */
void hist_reset(struct hist *h);

/* Adds all of from.  Nothing is lost when both have the same digits; with
 * others each bucket is added as its middle. */
void hist_merge(struct hist *into, const struct hist *from);

/* All of these are 0 for an empty histogram. */
uint64_t hist_count(const struct hist *h);
uint64_t hist_over(const struct hist *h);   /* values above the range */
uint64_t hist_min_ns(const struct hist *h); /* exact */
uint64_t hist_max_ns(const struct hist *h); /* exact */
double hist_mean_ns(const struct hist *h);  /* exact but for rounding */
double hist_stddev_ns(const struct hist *h);

/* Values <= ns; those in the same bucket as ns count as equal to it. */
uint64_t hist_count_below(const struct hist *h, uint64_t ns);

/* The smallest recorded value, to the width of a bucket, that at least the
 * part q of all values do not exceed: the highest of its bucket, but never
 * above the exact maximum.  q 0 and less is the exact minimum, q 1 and more
 * the exact maximum.  A q that is no number counts as 1. */
uint64_t hist_quantile(const struct hist *h, double q);

struct hist_bounds {
	uint64_t low_ns, high_ns;
	bool is_enough; /* HIST_ENOUGH values lie beyond the quantile */
};

/* Where the quantile of what was sampled lies with at least that confidence
 * (HIST_CONFIDENCE), whatever its distribution.  Widened to the edges of
 * buckets.  Where the sample has no value that could bound it the end is the
 * minimum or maximum, and is_enough is false. */
struct hist_bounds hist_interval(const struct hist *h, double q,
				 double confidence);

/* Calls fn for every bucket with a count, in rising order; its values are
 * from_ns..to_ns, both included. */
void hist_each(const struct hist *h,
	       void (*fn)(void *self, uint64_t from_ns, uint64_t to_ns,
			  uint64_t count),
	       void *self);

/* Appends the base64 of the compressed V2 encoding.  It carries the counts,
 * not the exact min, max and sum, nor how many were over.  False without
 * memory or when out is full. */
bool hist_encode(const struct hist *h, struct buf *out);

/* Reads what hist_encode() or another HdrHistogram writer made, of any range
 * up to INT64_MAX with digits in our range; its min, max and sum are then
 * those of the buckets.  NULL with a problem added.  The caller frees it. */
struct hist *hist_decode(const char *text, size_t len, struct errs *es);

#endif
