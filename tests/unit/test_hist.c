/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <setjmp.h>
#include <stdarg.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "report/hist/hist.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/text.h"

#define MS UINT64_C(1000000)
#define S  UINT64_C(1000000000)

/* ---- helpers ---------------------------------------------------------- */

static uint64_t random_state;

static uint64_t random_bits(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static double random_unit(void)
{
	return (double)(random_bits() >> 11) / 9007199254740992.0;
}

/* From 1 us to half an hour, every magnitude as likely. */
static uint64_t random_ns(void)
{
	return (uint64_t)(1000 * pow(1.8e9, random_unit()));
}

static struct hist *new_hist(unsigned digits)
{
	struct hist *h = hist_new(digits);

	assert_non_null(h);
	random_state = 88172645463325252u;
	return h;
}

/* The relative width that the digits promise. */
static double width_of(unsigned digits)
{
	return pow(10, -(double)digits);
}

static void assert_same(const struct hist *a, const struct hist *b)
{
	assert_int_equal(a->n_counts, b->n_counts);
	assert_memory_equal(a->counts, b->counts,
			    a->n_counts * sizeof(a->counts[0]));
	assert_int_equal(hist_count(a), hist_count(b));
	assert_int_equal(hist_over(a), hist_over(b));
	assert_int_equal(hist_min_ns(a), hist_min_ns(b));
	assert_int_equal(hist_max_ns(a), hist_max_ns(b));
	assert_true(a->sum_ns == b->sum_ns);
}

/* ---- buckets ---------------------------------------------------------- */

struct seen {
	uint64_t from, to, count;
	unsigned n;
};

static void note(void *self, uint64_t from, uint64_t to, uint64_t count)
{
	struct seen *seen = self;

	assert_true(seen->n == 0 || from > seen->to);
	assert_true(from <= to);
	*seen = (struct seen){ from, to, count, seen->n + 1 };
}

static void a_bucket_holds_its_value(void **state)
{
	static const uint64_t values[] = {
		0,	1,	 511,	       512,	  999,
		1000,	1001,	 1023,	       1024,	  2047,
		2048,	2049,	 4095,	       4096,	  65535,
		65536,	999999,	 1000000,      123456789, S,
		60 * S, 61 * S,	 1800 * S,     3599 * S,  HIST_HIGH_NS - 1,
		3000,	2999999, HIST_HIGH_NS,
	};

	(void)state;
	for (unsigned digits = 1; digits <= 4; digits++)
		for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
			struct hist *h = new_hist(digits);
			struct seen seen = { 0 };
			uint64_t v = values[i];

			hist_record(h, v);
			hist_each(h, note, &seen);
			assert_int_equal(seen.n, 1);
			assert_int_equal(seen.count, 1);
			assert_true(seen.from <= v && v <= seen.to);
			if (v >= HIST_LOW_NS)
				assert_true(seen.from == seen.to ||
					    (double)(seen.to - seen.from + 1) <=
						    width_of(digits) *
							    (double)v);
			assert_int_equal(hist_over(h), 0);
			/* one value is told as it is, at any width */
			assert_int_equal(hist_quantile(h, 0.5), v);
			assert_int_equal(hist_min_ns(h), v);
			assert_int_equal(hist_max_ns(h), v);
			assert_true(hist_mean_ns(h) == (double)v);
			assert_true(hist_stddev_ns(h) == 0);
			hist_free(h);
		}
}

static void buckets_leave_no_gap(void **state)
{
	(void)state;
	for (unsigned digits = 1; digits <= 3; digits++) {
		struct hist *h = new_hist(digits);
		struct seen seen = { 0 };
		uint64_t next = 0;

		/* one value in each bucket, found from the end of the last */
		while (next <= HIST_HIGH_NS) {
			hist_reset(h);
			hist_record(h, next);
			seen = (struct seen){ 0 };
			hist_each(h, note, &seen);
			assert_int_equal(seen.from, next);
			next = seen.to + 1;
		}
		hist_free(h);
	}
}

static void nothing_is_zero(void **state)
{
	struct hist *h = new_hist(3);
	struct hist_bounds b = hist_interval(h, 0.5, 0.95);

	(void)state;
	for (size_t i = 0; i < h->n_counts; i++)
		assert_int_equal(h->counts[i], 0);
	assert_int_equal(hist_count(h), 0);
	assert_int_equal(hist_min_ns(h), 0);
	assert_int_equal(hist_max_ns(h), 0);
	assert_int_equal(hist_quantile(h, 0), 0);
	assert_int_equal(hist_quantile(h, 0.99), 0);
	assert_int_equal(hist_count_below(h, UINT64_MAX), 0);
	assert_true(hist_mean_ns(h) == 0 && hist_stddev_ns(h) == 0);
	assert_true(b.low_ns == 0 && b.high_ns == 0 && !b.is_enough);
	hist_each(h, note, NULL);
	hist_free(h);
	hist_free(NULL);
}

static void what_is_over_is_counted(void **state)
{
	struct hist *h = new_hist(3), *other = new_hist(2);

	(void)state;
	hist_record(h, HIST_HIGH_NS);
	assert_int_equal(hist_over(h), 0);
	hist_record(h, HIST_HIGH_NS + 1);
	hist_record_n(h, UINT64_MAX, 3);
	assert_int_equal(hist_over(h), 4);
	assert_int_equal(hist_count(h), 5);
	assert_int_equal(hist_max_ns(h), UINT64_MAX);
	assert_int_equal(hist_quantile(h, 1), UINT64_MAX);
	assert_int_equal(hist_min_ns(h), HIST_HIGH_NS);
	assert_true(hist_quantile(h, 0.5) >= HIST_HIGH_NS);
	assert_true(hist_quantile(h, 0.5) <= HIST_HIGH_NS * 1.001);
	assert_int_equal(hist_count_below(h, HIST_HIGH_NS - S * 4), 0);
	hist_merge(other, h);
	assert_int_equal(hist_over(other), 4);
	assert_int_equal(hist_count(other), 5);
	/* what would overflow stays where it is */
	hist_record_n(h, 7, UINT64_MAX);
	hist_record_n(h, 7, UINT64_MAX);
	hist_record_n(h, 7, 0);
	assert_int_equal(hist_count(h), HIST_COUNT_MAX);
	hist_merge(other, h);
	hist_merge(other, other);
	assert_int_equal(hist_count(other), HIST_COUNT_MAX);
	assert_int_equal(hist_quantile(other, 0.5), 7);
	hist_free(h);
	hist_free(other);
}

static void reset_forgets_all(void **state)
{
	struct hist *h = new_hist(3), *fresh = new_hist(3);

	(void)state;
	for (int i = 0; i < 1000; i++)
		hist_record(h, random_ns());
	hist_record(h, UINT64_MAX);
	hist_reset(h);
	assert_same(h, fresh);
	hist_reset(h);
	hist_record(h, 0);
	hist_record(fresh, 0);
	assert_same(h, fresh);
	hist_free(h);
	hist_free(fresh);
}

/* ---- merging ---------------------------------------------------------- */

static void merging_is_recording_together(void **state)
{
	(void)state;
	for (unsigned digits = 1; digits <= 4; digits++) {
		struct hist *all = new_hist(digits), *sum = new_hist(digits);
		struct hist *part[3];

		for (int i = 0; i < 3; i++)
			part[i] = new_hist(digits);
		for (int i = 0; i < 3000; i++) {
			uint64_t v = i % 100 ? random_ns() : random_bits();

			hist_record(all, v);
			hist_record(part[i % 3], v);
		}
		hist_merge(sum, part[0]);
		hist_merge(part[2], part[1]);
		hist_merge(sum, part[2]);
		assert_same(sum, all);
		hist_reset(part[0]);
		hist_merge(sum, part[0]);
		assert_same(sum, all);
		for (int i = 0; i < 3; i++)
			hist_free(part[i]);
		hist_free(all);
		hist_free(sum);
	}
}

static void merging_other_digits_keeps_the_sums(void **state)
{
	static const double q[] = { 0, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1 };

	(void)state;
	for (unsigned from = 1; from <= 4; from++)
		for (unsigned to = 1; to <= 4; to++) {
			struct hist *a = new_hist(from), *b = new_hist(to);
			double width = width_of(from < to ? from : to);

			for (int i = 0; i < 2000; i++)
				hist_record(a, random_ns());
			hist_merge(b, a);
			assert_int_equal(hist_count(b), 2000);
			assert_int_equal(hist_min_ns(b), hist_min_ns(a));
			assert_int_equal(hist_max_ns(b), hist_max_ns(a));
			assert_true(b->sum_ns == a->sum_ns);
			for (size_t i = 0; i < sizeof q / sizeof *q; i++) {
				double x = (double)hist_quantile(a, q[i]);
				double y = (double)hist_quantile(b, q[i]);

				assert_true(fabs(x - y) <= width * x + 1);
			}
			hist_free(a);
			hist_free(b);
		}
}

/* ---- quantiles -------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

enum { SAMPLES = 5000 };

/* Kinds of samples that testers got wrong. */
static uint64_t one_of(int kind)
{
	switch (kind) {
	case 0:
		return random_ns();
	case 1: /* all the same */
		return 5 * MS;
	case 2: /* below a millisecond, within one coarse bucket */
		return 200000 + random_bits() % 100000;
	case 3: /* two humps */
		return random_bits() % 50 ? 80000 + random_bits() % 1000
					  : 3 * S + random_bits() % MS;
	case 4: /* one far out */
		return random_bits() % SAMPLES ? MS + random_bits() % 1000
					       : 59 * S;
	case 5:
		return random_bits() % 1000; /* below 1 us */
	default:
		return (uint64_t)(-log(1 - random_unit()) * 2e6);
	}
}

static void check_quantiles(const struct hist *h, const uint64_t *sorted,
			    unsigned digits)
{
	static const double q[] = { 0.0001, 0.001, 0.01,  0.1,	 0.25,
				    0.5,    0.75,  0.9,	  0.95,	 0.975,
				    0.99,   0.995, 0.999, 0.9999 };
	uint64_t before = hist_quantile(h, 0);

	assert_int_equal(before, sorted[0]);
	for (size_t i = 0; i < sizeof q / sizeof *q; i++) {
		uint64_t rank = (uint64_t)ceil(q[i] * SAMPLES - 1e-9);
		uint64_t want = sorted[rank - 1], got = hist_quantile(h, q[i]);
		double width = width_of(digits) *
			       fmax((double)want, (double)HIST_LOW_NS);

		assert_true(got >= want);
		assert_true((double)(got - want) < fmax(width, 1));
		assert_true(got >= before && got <= sorted[SAMPLES - 1]);
		assert_true(hist_count_below(h, got) >= rank);
		before = got;
	}
	assert_int_equal(hist_quantile(h, 1), sorted[SAMPLES - 1]);
}

static void quantiles_of_what_was_sorted(void **state)
{
	static uint64_t values[SAMPLES];

	(void)state;
	for (int kind = 0; kind <= 6; kind++)
		for (unsigned digits = 1; digits <= 4; digits++) {
			struct hist *h = new_hist(digits);
			double sum = 0, squares = 0;

			for (int i = 0; i < SAMPLES; i++) {
				values[i] = one_of(kind);
				hist_record(h, values[i]);
				sum += (double)values[i];
			}
			double mean = sum / SAMPLES;
			for (int i = 0; i < SAMPLES; i++)
				squares += pow((double)values[i] - mean, 2);
			double deviation = sqrt(squares / SAMPLES);
			qsort(values, SAMPLES, sizeof *values, by_value);
			check_quantiles(h, values, digits);
			assert_true(fabs(hist_mean_ns(h) - mean) <=
				    1e-9 * mean);
			assert_true(fabs(hist_stddev_ns(h) - deviation) <=
				    width_of(digits) * (mean + deviation) + 32);
			hist_free(h);
		}
}

static void ranks_do_not_slip(void **state)
{
	static const struct {
		double q;
		uint64_t want; /* of the values 1000 to 1099 */
	} rows[] = {
		{ 0.01, 1000 },	 { 0.0100001, 1001 }, { 0.07, 1006 },
		{ 0.29, 1028 },	 { 0.57, 1056 },      { 0.5, 1049 },
		{ 0.505, 1050 }, { 0.99, 1098 },      { 0.991, 1099 },
		{ -1, 1000 },	 { 2, 1099 },	      { NAN, 1099 },
	};
	struct hist *h = new_hist(3);

	(void)state;
	for (uint64_t v = 1000; v < 1100; v++)
		hist_record(h, v);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(hist_quantile(h, rows[i].q), rows[i].want);
	assert_int_equal(hist_count_below(h, 999), 0);
	assert_int_equal(hist_count_below(h, 1000), 1);
	assert_int_equal(hist_count_below(h, 1049), 50);
	assert_int_equal(hist_count_below(h, 1098), 99);
	assert_int_equal(hist_count_below(h, 5000), 100);
	hist_free(h);
}

/* ---- the interval ----------------------------------------------------- */

static void interval_of_ranks(void **state)
{
	/* ranks for 95 %, from binomial sums in exact fractions; the values
	 * are 10 * rank */
	static const struct {
		unsigned n;
		double q;
		uint64_t low, high;
		bool is_enough;
	} rows[] = {
		{ 100, 0.5, 40, 61, true },	{ 10, 0.5, 2, 9, false },
		{ 20, 0.5, 6, 15, true },	{ 6, 0.5, 1, 6, false },
		{ 5, 0.5, 1, 5, false },	{ 1000, 0.5, 469, 532, true },
		{ 1000, 0.99, 983, 997, true }, { 999, 0.99, 982, 996, false },
		{ 100, 0.99, 97, 100, false },	{ 1000, 0.01, 4, 18, true },
		{ 100, 1, 100, 100, false },	{ 100, 0, 1, 1, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct hist *h = new_hist(4);

		for (uint64_t v = 1; v <= rows[i].n; v++)
			hist_record(h, v * 10);
		struct hist_bounds b = hist_interval(h, rows[i].q, 0.95);
		if (b.low_ns != rows[i].low * 10 ||
		    b.high_ns != rows[i].high * 10)
			print_message("row %zu: %d..%d\n", i,
				      (int)b.low_ns / 10, (int)b.high_ns / 10);
		assert_int_equal(b.low_ns, rows[i].low * 10);
		assert_int_equal(b.high_ns, rows[i].high * 10);
		assert_int_equal(b.is_enough, rows[i].is_enough);
		hist_free(h);
	}
}

/* The true quantile of an exponential distribution is known. */
static void interval_covers(void **state)
{
	enum { RUNS = 2000, N = 200 };
	static const double q[] = { 0.5, 0.9, 0.95 };
	struct hist *h = new_hist(3);

	(void)state;
	for (size_t k = 0; k < sizeof q / sizeof *q; k++) {
		uint64_t truth = (uint64_t)(-log(1 - q[k]) * 1e7);
		int covered = 0;

		for (int run = 0; run < RUNS; run++) {
			hist_reset(h);
			for (int i = 0; i < N; i++)
				hist_record(h,
					    (uint64_t)(-log(1 - random_unit()) *
						       1e7));
			struct hist_bounds b = hist_interval(h, q[k], 0.95);
			covered += b.low_ns <= truth && truth <= b.high_ns;
			assert_true(b.is_enough);
		}
		assert_true(covered >= RUNS * 93 / 100);
		/* nor is it so wide that it says nothing */
		assert_true(covered <= RUNS * 99 / 100);
	}
	hist_free(h);
}

/* Where the exact sum ends and the normal distribution begins, both agree. */
static void exact_and_normal_meet(void **state)
{
	struct hist_bounds b[2];

	(void)state;
	for (uint64_t more = 0; more < 2; more++) {
		struct hist *h = new_hist(4);

		/* the variance of 40,000 is 10,000: the last that is exact */
		for (uint64_t v = 1; v <= 40000 + more; v++)
			hist_record(h, v);
		b[more] = hist_interval(h, 0.5, 0.95);
		hist_free(h);
	}
	assert_true(llabs((long long)(b[1].low_ns - b[0].low_ns)) <= 2);
	assert_true(llabs((long long)(b[1].high_ns - b[0].high_ns)) <= 4);
	assert_true(b[0].low_ns >= 19802 && b[0].low_ns <= 19806);
	assert_true(b[0].high_ns >= 20196 && b[0].high_ns <= 20200);
}

/* ---- interchange ------------------------------------------------------ */

static struct hist *decode(const char *text, struct errs *es)
{
	memset(es, 0, sizeof(*es));
	return hist_decode(text, strlen(text), es);
}

static void what_is_encoded_is_decoded(void **state)
{
	struct errs *es = calloc(1, sizeof(*es));

	(void)state;
	for (unsigned digits = 1; digits <= 4; digits++)
		for (int n = 0; n <= 10000; n = n * 10 + 1) {
			struct hist *h = new_hist(digits), *back;
			struct buf out;

			for (int i = 0; i < n; i++)
				hist_record_n(h, random_ns(),
					      1 + random_bits() % 300);
			buf_init(&out, BUF_NO_LIMIT);
			assert_true(hist_encode(h, &out));
			back = decode(buf_text(&out), es);
			assert_non_null(back);
			assert_int_equal(es->n, 0);
			assert_int_equal(back->n_counts, h->n_counts);
			assert_memory_equal(back->counts, h->counts,
					    h->n_counts * sizeof(uint64_t));
			assert_int_equal(hist_count(back), hist_count(h));
			/* a decoded one merges like one of ours */
			hist_merge(back, h);
			assert_int_equal(hist_count(back), 2 * hist_count(h));
			assert_int_equal(hist_min_ns(back) <= hist_min_ns(h),
					 1);
			buf_release(&out);
			hist_free(h);
			hist_free(back);
		}
	free(es);
}

/* What others wrote, and what is wrong. */
static const struct {
	const char *text, *want; /* want: part of the problem, NULL: none */
	uint64_t total;
} encoded[] = {
	/* a line of the log that HdrHistogram's page shows */
	{ "HISTFAAAAEV42pNpmSzMwMCgyAABTBDKT4GBgdnNYMcCBvsPEBEJISEuATEZMQ4uA"
	  "SkhIR4nrxg9v2lMaxhvMekILGZkKmcCAEf2CsI=",
	  NULL, 741 },
	{ "", "0 bytes, at least 8", 0 },
	{ "HIST", "3 bytes, at least 8", 0 },
	{ "HISTFAAAAEV*2pNp", "byte 11 is 0x2a", 0 },
	{ "HISTFAAAAA", "its end, at byte 10", 0 },
	{ "HISTFAAAAAE=",
	  "byte 4 of the packed part says that 1 bytes "
	  "follow, there are 0",
	  0 },
	{ "HISTEwAAAAA=", "0x1c849313, expected 0x1c849314", 0 },
	{ "HISTFAAAAAR42pNp", "cannot be unpacked: byte 12", 0 },
	{ "HISTFAAAAAR42pNq", "cannot be unpacked", 0 },
};

static void what_others_encoded(void **state)
{
	struct errs *es = calloc(1, sizeof(*es));

	(void)state;
	for (size_t i = 0; i < sizeof encoded / sizeof *encoded; i++) {
		struct hist *h = decode(encoded[i].text, es);

		if (encoded[i].want) {
			assert_null(h);
			assert_int_equal(es->n, 1);
			if (!strstr(es->item[0].text, encoded[i].want))
				print_message("%s\n", es->item[0].text);
			assert_non_null(
				strstr(es->item[0].text, encoded[i].want));
			continue;
		}
		assert_non_null(h);
		assert_int_equal(es->n, 0);
		assert_int_equal(hist_count(h), encoded[i].total);
		hist_free(h);
	}
	free(es);
}

/* A payload as a writer of the format would pack it; the length it tells is
 * right. */
struct head {
	uint32_t cookie, offset, digits;
	uint64_t low, high, factor;
};

static void put_be(struct buf *out, uint64_t value, unsigned n)
{
	while (n-- > 0)
		buf_putc(out, (char)(value >> (8 * n)));
}

static void pack(const struct head *head, const void *counts, size_t len,
		 struct buf *text)
{
	struct buf plain, packed;
	static Bytef zipped[1 << 16];
	uLongf n = sizeof(zipped);

	buf_init(&plain, BUF_NO_LIMIT);
	buf_init(&packed, BUF_NO_LIMIT);
	put_be(&plain, head->cookie, 4);
	put_be(&plain, len, 4);
	put_be(&plain, head->offset, 4);
	put_be(&plain, head->digits, 4);
	put_be(&plain, head->low, 8);
	put_be(&plain, head->high, 8);
	put_be(&plain, head->factor, 8);
	buf_add(&plain, counts, len);
	assert_int_equal(
		compress(zipped, &n, (const Bytef *)plain.text, plain.len),
		Z_OK);
	put_be(&packed, 0x1c849314, 4);
	put_be(&packed, n, 4);
	buf_add(&packed, zipped, n);
	text_base64_encode(text, TEXT_BASE64, packed.text, packed.len);
	buf_release(&plain);
	buf_release(&packed);
}

#define PLAIN 0x1c849313
#define MOST  "\xfe\xff\xff\xff\xff\xff\xff\x1f"     /* HIST_COUNT_MAX */
#define LEAST "\xff\xff\xff\xff\xff\xff\xff\xff\xff" /* INT64_MIN */

static const struct payload {
	struct head head;
	const char *counts;
	size_t len;
	const char *want; /* part of the problem, NULL: none */
	uint64_t total, min, max;
} payloads[] = {
	{ { PLAIN, 0, 3, 1, 2, 0 }, "", 0, NULL, 0, 0, 0 },
	{ { PLAIN, 0, 3, 1, 2, 0 }, "\0", 1, NULL, 0, 0, 0 },
	{ { PLAIN, 0, 3, 1, 2, 0 }, "\0\2\4", 3, NULL, 3, 1, 2 },
	/* the offset and the factor are the writer's business */
	{ { PLAIN, 1, 3, 1, 2, 1 }, "\2", 1, NULL, 1, 0, 0 },
	/* 5 empty, 1 counted, 1 empty, 2 counted */
	{ { PLAIN, 0, 3, 1, 9, 0 }, "\x09\2\0\4", 4, NULL, 3, 5, 7 },
	/* a range of microseconds up to the end of its last doubling: skips
	 * 1 + 2047 of the linear part, then 1023 of the doubling */
	{ { PLAIN, 0, 3, 1, 3000, 0 },
	  "\xff\x1f\xfd\x0f\2",
	  5,
	  NULL,
	  1,
	  4094,
	  4095 },
	{ { PLAIN, 0, 1, INT64_MAX / 32, INT64_MAX, 0 },
	  MOST,
	  8,
	  NULL,
	  HIST_COUNT_MAX,
	  0,
	  144115188075855871 },
	{ { PLAIN, 0, 3, 1, 2, 0 },
	  MOST "\2",
	  9,
	  "counts more than 9007199254740991, at byte 48",
	  0,
	  0,
	  0 },
	{ { PLAIN, 0, 3, 1, 2, 0 },
	  LEAST,
	  9,
	  "range, 2048, at byte 40",
	  0,
	  0,
	  0 },
	{ { PLAIN, 0, 3, 1, 2, 0 },
	  "\xff\x1f\2",
	  3,
	  "more counts than its range, 2048, at byte 42",
	  0,
	  0,
	  0 },
	{ { PLAIN, 0, 3, 1, 2, 0 },
	  "\2\x80",
	  2,
	  "cut in the count at byte 41",
	  0,
	  0,
	  0 },
	{ { PLAIN - 1, 0, 3, 1, 2, 0 },
	  "",
	  0,
	  "0x1c849312, expected 0x1c849313",
	  0,
	  0,
	  0 },
	{ { PLAIN, 0, 0, 1, 2, 0 },
	  "",
	  0,
	  "has 0 digits, at byte 12",
	  0,
	  0,
	  0 },
	{ { PLAIN, 0, 5, 1, 2, 0 }, "", 0, "1 to 4 are read", 0, 0, 0 },
	{ { PLAIN, 0, UINT32_MAX, 1, 2, 0 },
	  "",
	  0,
	  "4294967295 digits",
	  0,
	  0,
	  0 },
	{ { PLAIN, 0, 3, 0, 2, 0 },
	  "",
	  0,
	  "range 0 to 2, at byte 16",
	  0,
	  0,
	  0 },
	{ { PLAIN, 0, 3, 2, 3, 0 }, "", 0, "range 2 to 3", 0, 0, 0 },
	{ { PLAIN, 0, 3, 1, UINT64_MAX, 0 },
	  "",
	  0,
	  "9223372036854775807",
	  0,
	  0,
	  0 },
	{ { PLAIN, 0, 4, (uint64_t)1 << 48, INT64_MAX, 0 },
	  "",
	  0,
	  "range 281474976710656",
	  0,
	  0,
	  0 },
};

static void what_a_payload_says(void **state)
{
	struct errs *es = calloc(1, sizeof(*es));

	(void)state;
	for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
		const struct payload *p = &payloads[i];
		struct buf text;

		buf_init(&text, BUF_NO_LIMIT);
		pack(&p->head, p->counts, p->len, &text);
		struct hist *h = decode(buf_text(&text), es);
		if (!h && (!p->want || !strstr(es->item[0].text, p->want)))
			print_message("row %zu: %s\n", i, es->item[0].text);
		assert_int_equal(h == NULL, p->want != NULL);
		assert_int_equal(es->n, p->want != NULL);
		if (h) {
			assert_int_equal(hist_count(h), p->total);
			assert_int_equal(hist_min_ns(h), p->min);
			assert_int_equal(hist_max_ns(h), p->max);
			assert_int_equal(hist_quantile(h, 0.99), p->max);
		} else {
			assert_non_null(strstr(es->item[0].text, p->want));
		}
		hist_free(h);
		buf_release(&text);
	}
	free(es);
}

/* 64 MB of zeros, packed. */
static void what_unpacks_to_too_much(void **state)
{
	struct errs *es = calloc(1, sizeof(*es));
	uLong size = 64 << 20;
	uLongf n = compressBound(size);
	char *zeros = calloc(1, size);
	Bytef *zipped = malloc(n);
	struct buf packed, text;

	(void)state;
	buf_init(&packed, BUF_NO_LIMIT);
	buf_init(&text, BUF_NO_LIMIT);
	assert_int_equal(compress(zipped, &n, (Bytef *)zeros, size), Z_OK);
	put_be(&packed, 0x1c849314, 4);
	put_be(&packed, n, 4);
	buf_add(&packed, zipped, n);
	text_base64_encode(&text, TEXT_BASE64, packed.text, packed.len);
	assert_null(decode(buf_text(&text), es));
	assert_non_null(strstr(es->item[0].text, "unpacks to more than"));
	buf_release(&packed);
	buf_release(&text);
	free(zeros);
	free(zipped);
	free(es);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bucket_holds_its_value),
		cmocka_unit_test(buckets_leave_no_gap),
		cmocka_unit_test(nothing_is_zero),
		cmocka_unit_test(what_is_over_is_counted),
		cmocka_unit_test(reset_forgets_all),
		cmocka_unit_test(merging_is_recording_together),
		cmocka_unit_test(merging_other_digits_keeps_the_sums),
		cmocka_unit_test(quantiles_of_what_was_sorted),
		cmocka_unit_test(ranks_do_not_slip),
		cmocka_unit_test(interval_of_ranks),
		cmocka_unit_test(interval_covers),
		cmocka_unit_test(exact_and_normal_meet),
		cmocka_unit_test(what_is_encoded_is_decoded),
		cmocka_unit_test(what_others_encoded),
		cmocka_unit_test(what_a_payload_says),
		cmocka_unit_test(what_unpacks_to_too_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
