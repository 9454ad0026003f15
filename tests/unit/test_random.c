/* SPDX-License-Identifier: MIT */
/* folder: loadgen */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "loadgen/plan/random.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* The reference implementations give these. */
static void known_answers(void **state)
{
	static const uint64_t split[4] = { UINT64_C(6457827717110365317),
					   UINT64_C(3203168211198807973),
					   UINT64_C(9817491932198370423),
					   UINT64_C(4593380528125082431) };
	static const uint64_t xoshiro[] = {
		UINT64_C(11520),
		UINT64_C(0),
		UINT64_C(1509978240),
		UINT64_C(1215971899390074240),
		UINT64_C(1216172134540287360),
		UINT64_C(607988272756665600),
		UINT64_C(16172922978634559625),
		UINT64_C(8476171486693032832),
		UINT64_C(10595114339597558777),
		UINT64_C(2904607092377533576),
	};
	struct random r;

	(void)state;
	random_init(&r, 1234567, 0);
	for (size_t i = 0; i < COUNT(split); i++)
		assert_true(r.s[i] == split[i]);
	r = (struct random){ { 1, 2, 3, 4 } };
	for (size_t i = 0; i < COUNT(xoshiro); i++)
		assert_true(random_next(&r) == xoshiro[i]);
}

static void seeds_and_streams(void **state)
{
	struct random a, b, other, stream;
	unsigned same = 0;

	(void)state;
	random_init(&a, 7, 3);
	random_init(&b, 7, 3);
	random_init(&other, 8, 3);
	random_init(&stream, 7, 4);
	for (int i = 0; i < 1000; i++) {
		uint64_t x = random_next(&a);

		assert_true(x == random_next(&b));
		same += x == random_next(&other);
		same += x == random_next(&stream);
	}
	assert_int_equal(same, 0);
	for (int i = 0; i < 1000; i++) {
		uint64_t seed = random_seed();

		assert_true(seed > 0 && seed < UINT64_C(1) << 53);
		same += seed == random_seed();
	}
	assert_int_equal(same, 0);
}

static void unit_is_even(void **state)
{
	enum { N = 100000 };
	struct random r;
	double sum = 0, squares = 0;

	(void)state;
	random_init(&r, 1, 0);
	for (int i = 0; i < N; i++) {
		double x = random_unit(&r);

		assert_true(x >= 0 && x < 1);
		sum += x;
		squares += x * x;
	}
	/* Five standard errors. */
	assert_true(sum / N > 0.5 - 0.0046 && sum / N < 0.5 + 0.0046);
	assert_true(squares / N > 1 / 3. - 0.0048 &&
		    squares / N < 1 / 3. + 0.0048);
}

/* Chi-square against an even spread; the limit is the quantile at 0.999. */
static void below_is_even(void **state)
{
	enum { N = 60000, MOST = 60 };
	static const struct {
		uint64_t n;
		double limit;
	} row[] = { { 2, 10.83 },  { 3, 13.82 },  { 6, 20.52 },
		    { 10, 27.88 }, { 37, 67.99 }, { 60, 99.61 } };
	struct random r;

	(void)state;
	for (uint64_t seed = 1; seed <= 5; seed++)
		for (size_t i = 0; i < COUNT(row); i++) {
			unsigned hits[MOST] = { 0 };
			double chi = 0, want = (double)N / (double)row[i].n;

			random_init(&r, seed, i);
			for (int k = 0; k < N; k++) {
				uint64_t x = random_below(&r, row[i].n);

				assert_true(x < row[i].n);
				hits[x]++;
			}
			for (uint64_t k = 0; k < row[i].n; k++)
				chi += (hits[k] - want) * (hits[k] - want) /
				       want;
			if (chi > row[i].limit)
				fail_msg("seed %u, below %u: chi-square %g",
					 (unsigned)seed, (unsigned)row[i].n,
					 chi);
		}
}

/* Where a plain product would favour some: the share of the lower third is a
 * third, not a half. */
static void below_is_even_for_large(void **state)
{
	enum { N = 30000 };
	const uint64_t n = UINT64_C(3) << 62;
	struct random r;
	int low = 0;

	(void)state;
	random_init(&r, 11, 0);
	assert_true(random_below(&r, 1) == 0);
	for (int i = 0; i < N; i++) {
		uint64_t x = random_below(&r, n);

		assert_true(x < n);
		low += x < n / 3;
	}
	assert_in_range(low, N / 3 - 410, N / 3 + 410);
	(void)random_below(&r, UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers),
		cmocka_unit_test(seeds_and_streams),
		cmocka_unit_test(unit_is_even),
		cmocka_unit_test(below_is_even),
		cmocka_unit_test(below_is_even_for_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
