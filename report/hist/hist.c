/* SPDX-License-Identifier: MIT */
#include "report/hist/hist.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/hist/hist_parts.h"

enum { PAGE_BYTES = 4096 };

/* ---- making ----------------------------------------------------------- */

static unsigned log2_floor(uint64_t value)
{
	return 63 - (unsigned)__builtin_clzll(value);
}

/* A linear part of 2 * 10^digits units leaves each doubling, of which the
 * lower half is known already, at least 10^digits buckets. */
static unsigned half_bits_of(unsigned digits)
{
	uint64_t linear = 2;

	for (unsigned i = 0; i < digits; i++)
		linear *= 10;
	return log2_floor(linear - 1);
}

bool hist_range_is_valid(uint64_t low, uint64_t high, unsigned digits)
{
	return digits >= HIST_DIGITS_MIN && digits <= HIST_DIGITS_MAX &&
	       low >= 1 && high <= INT64_MAX && low <= high / 2 &&
	       log2_floor(low) + half_bits_of(digits) <= HIST_MAGNITUDE_MAX;
}

struct hist *hist_new_range(uint64_t low, uint64_t high, unsigned digits)
{
	struct hist shape = { .low_ns = low,
			      .high_ns = high,
			      .limit_ns = high,
			      .digits = digits,
			      .unit_bits = log2_floor(low),
			      .half_bits = half_bits_of(digits),
			      .min_ns = UINT64_MAX };
	unsigned linear_bits = shape.half_bits + 1;

	assert(hist_range_is_valid(low, high, digits));
	shape.shift_base = 64 - linear_bits;
	shape.mask = ((UINT64_C(1) << linear_bits) - 1) << shape.unit_bits;
	/* the linear part, and the whole doubling that holds the highest */
	size_t last = hist_index(&shape, high > shape.mask ? high : shape.mask);
	shape.n_counts = (last | (((size_t)1 << shape.half_bits) - 1)) + 1;
	/* what lies behind the fields may begin before the struct ends */
	size_t fields_bytes = offsetof(struct hist, counts);
	size_t counts_bytes = shape.n_counts * sizeof(shape.counts[0]);
	struct hist *h = calloc(1, sizeof(*h) + counts_bytes);
	if (h)
		memcpy(h, &shape, fields_bytes);
	return h;
}

struct hist *hist_new(unsigned digits)
{
	uint64_t low = HIST_LOW_NS;

	assert(digits >= HIST_DIGITS_MIN && digits <= HIST_DIGITS_MAX);
	for (unsigned i = 0; i < digits && low > 1; i++)
		low /= 10;
	struct hist *h = hist_new_range(low, HIST_HIGH_NS, digits);
	if (!h)
		return NULL;
	/* calloc() may hand out pages that exist only once written to */
	volatile char *byte = (volatile char *)h->counts;
	for (size_t i = 0; i < h->n_counts * sizeof(h->counts[0]);
	     i += PAGE_BYTES)
		byte[i] = 0;
	return h;
}

void hist_free(struct hist *h)
{
	free(h);
}

/* ---- buckets ---------------------------------------------------------- */

static unsigned shift_of(const struct hist *h, size_t index)
{
	size_t doubling = index >> h->half_bits;

	return h->unit_bits + (doubling > 1 ? (unsigned)doubling - 1 : 0);
}

uint64_t hist_bucket_from(const struct hist *h, size_t index)
{
	unsigned shift = shift_of(h, index);
	size_t doublings = shift - h->unit_bits;

	return (uint64_t)(index - (doublings << h->half_bits)) << shift;
}

uint64_t hist_bucket_to(const struct hist *h, size_t index)
{
	return hist_bucket_from(h, index) +
	       ((UINT64_C(1) << shift_of(h, index)) - 1);
}

uint64_t hist_within(const struct hist *h, uint64_t ns)
{
	if (ns < h->min_ns)
		return h->min_ns;
	return ns < h->max_ns ? ns : h->max_ns;
}

uint64_t hist_bucket_middle(const struct hist *h, size_t index)
{
	uint64_t half = (UINT64_C(1) << shift_of(h, index)) / 2;

	return hist_within(h, hist_bucket_from(h, index) + half);
}

static size_t index_limited(const struct hist *h, uint64_t ns)
{
	return hist_index(h, ns < h->limit_ns ? ns : h->limit_ns);
}

struct hist_used hist_used(const struct hist *h)
{
	if (h->total == 0)
		return (struct hist_used){ 0, 0 };
	return (struct hist_used){ index_limited(h, h->min_ns),
				   index_limited(h, h->max_ns) + 1 };
}

/* ---- counting --------------------------------------------------------- */

static uint64_t add_limited(uint64_t a, uint64_t b)
{
	return a > HIST_COUNT_MAX - b ? HIST_COUNT_MAX : a + b;
}

static void widen(struct hist *h, uint64_t min_ns, uint64_t max_ns)
{
	if (min_ns < h->min_ns)
		h->min_ns = min_ns;
	if (max_ns > h->max_ns)
		h->max_ns = max_ns;
}

/* Counts without sum, min and max. */
static void count_n(struct hist *h, uint64_t ns, uint64_t n)
{
	uint64_t *count = &h->counts[index_limited(h, ns)];

	*count = add_limited(*count, n);
	h->total = add_limited(h->total, n);
	if (ns > h->limit_ns)
		h->over = add_limited(h->over, n);
}

void hist_record_n(struct hist *h, uint64_t ns, uint64_t n)
{
	if (n == 0)
		return;
	if (n > HIST_COUNT_MAX)
		n = HIST_COUNT_MAX;
	count_n(h, ns, n);
	widen(h, ns, ns);
	h->sum_ns += (unsigned __int128)ns * n;
}

void hist_reset(struct hist *h)
{
	struct hist_used used = hist_used(h);

	memset(h->counts + used.from, 0,
	       (used.to - used.from) * sizeof(h->counts[0]));
	h->total = 0;
	h->over = 0;
	h->min_ns = UINT64_MAX;
	h->max_ns = 0;
	h->sum_ns = 0;
}

/* Same buckets, and none of from lies above what into would use. */
static bool are_alike(const struct hist *into, const struct hist *from)
{
	return into->unit_bits == from->unit_bits &&
	       into->half_bits == from->half_bits &&
	       index_limited(from, from->max_ns) <=
		       hist_index(into, into->limit_ns);
}

/* Those that were over are counted as the limit. */
static uint64_t value_of(const struct hist *h, size_t index)
{
	uint64_t middle = hist_bucket_middle(h, index);

	return middle < h->limit_ns ? middle : h->limit_ns;
}

void hist_merge(struct hist *into, const struct hist *from)
{
	struct hist_used used = hist_used(from);
	bool alike = used.to > 0 && are_alike(into, from);
	bool fits = alike && from->total <= HIST_COUNT_MAX - into->total;

	if (used.to == 0)
		return;
	for (size_t i = used.from; i < used.to; i++) {
		uint64_t n = from->counts[i];

		/* no count is larger than the total */
		if (fits)
			into->counts[i] += n;
		else if (alike)
			into->counts[i] = add_limited(into->counts[i], n);
		else if (n > 0)
			count_n(into, value_of(from, i), n);
	}
	if (alike)
		into->total = add_limited(into->total, from->total);
	/* else they were counted above, by their bucket */
	if (alike || from->limit_ns <= into->limit_ns)
		into->over = add_limited(into->over, from->over);
	into->sum_ns += from->sum_ns;
	widen(into, from->min_ns, from->max_ns);
}

/* ---- telling ---------------------------------------------------------- */

uint64_t hist_count(const struct hist *h)
{
	return h->total;
}

uint64_t hist_over(const struct hist *h)
{
	return h->over;
}

uint64_t hist_min_ns(const struct hist *h)
{
	return h->total ? h->min_ns : 0;
}

uint64_t hist_max_ns(const struct hist *h)
{
	return h->max_ns;
}

double hist_mean_ns(const struct hist *h)
{
	return h->total ? (double)h->sum_ns / (double)h->total : 0;
}

double hist_stddev_ns(const struct hist *h)
{
	struct hist_used used = hist_used(h);
	double mean = hist_mean_ns(h), sum = 0;

	for (size_t i = used.from; i < used.to; i++) {
		double off = (double)hist_bucket_middle(h, i) - mean;

		sum += (double)h->counts[i] * off * off;
	}
	return h->total ? sqrt(sum / (double)h->total) : 0;
}

uint64_t hist_count_below(const struct hist *h, uint64_t ns)
{
	struct hist_used used = hist_used(h);
	uint64_t n = 0;

	if (h->total == 0 || ns < h->min_ns)
		return 0;
	if (ns >= h->max_ns)
		return h->total;
	size_t last = index_limited(h, ns);
	for (size_t i = used.from; i <= last; i++)
		n = add_limited(n, h->counts[i]);
	return n;
}

void hist_each(const struct hist *h,
	       void (*fn)(void *self, uint64_t from_ns, uint64_t to_ns,
			  uint64_t count),
	       void *self)
{
	struct hist_used used = hist_used(h);

	for (size_t i = used.from; i < used.to; i++)
		if (h->counts[i] > 0)
			fn(self, hist_bucket_from(h, i), hist_bucket_to(h, i),
			   h->counts[i]);
}
