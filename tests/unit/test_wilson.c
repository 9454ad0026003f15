/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/statistics/wilson.h"

#define Z_95 1.959963985 /* both sides */

/* Newcombe, Statistics in Medicine 17 (1998) 857, table I, method 3; the last
 * ones by hand. */
static void shares_are_those_of_the_book(void **state)
{
	static const struct {
		double hits, n, z, low, high;
	} row[] = {
		{ 81, 263, Z_95, 0.2553, 0.3662 },
		{ 15, 148, Z_95, 0.0624, 0.1605 },
		{ 0, 20, Z_95, 0, 0.1611 },
		{ 20, 20, Z_95, 0.8389, 1 },
		{ 1, 29, Z_95, 0.0061, 0.1718 },
		/* 4 of 8 with z 2: 1/2, and 1/2 times sqrt(1/3) */
		{ 4, 8, 2, 0.2113, 0.7887 },
		{ 0, 8, 2, 0, 1.0 / 3 },
		/* no z, no width; parts of a request */
		{ 3, 12, 0, 0.25, 0.25 },
		{ 0.5, 1, 1, 0.1464, 0.8536 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct share_bounds b =
			wilson(row[i].hits / row[i].n, row[i].n, row[i].z);

		assert_true(fabs(b.low - row[i].low) < 6e-5);
		assert_true(fabs(b.high - row[i].high) < 6e-5);
	}
}

static void ends_are_exact(void **state)
{
	(void)state;
	for (double n = 1; n < 1e9; n *= 3)
		for (double z = 0.25; z < 64; z *= 2) {
			struct share_bounds none = wilson(0, n, z);
			struct share_bounds all = wilson(1, n, z);

			assert_true(none.low == 0 && all.high == 1);
			assert_true(none.high > 0 && all.low < 1);
			assert_true(fabs(none.high - (1 - all.low)) < 1e-12);
		}
}

static void more_reach_is_wider(void **state)
{
	struct share_bounds before = wilson(0.3, 50, 0);

	(void)state;
	for (double z = 0.5; z < 20; z += 0.5) {
		struct share_bounds b = wilson(0.3, 50, z);

		assert_true(b.low < before.low && b.high > before.high);
		assert_true(b.low > 0 && b.high < 1);
		before = b;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares_are_those_of_the_book),
		cmocka_unit_test(ends_are_exact),
		cmocka_unit_test(more_reach_is_wider),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
