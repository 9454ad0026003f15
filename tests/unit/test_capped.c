/* SPDX-License-Identifier: MIT */
/* folder: scenarios */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scenarios/base/capped.h"

static void sums_stop_at_the_most(void **state)
{
	static const struct {
		uint64_t a, b, sum;
	} row[] = {
		{ 0, 0, 0 },
		{ 1, 2, 3 },
		{ UINT64_MAX - 3, 2, UINT64_MAX - 1 },
		{ UINT64_MAX - 2, 2, UINT64_MAX },
		{ UINT64_MAX - 1, 2, UINT64_MAX },
		{ UINT64_MAX, 0, UINT64_MAX },
		{ UINT64_MAX, 1, UINT64_MAX },
		{ UINT64_MAX, UINT64_MAX, UINT64_MAX },
		{ UINT64_MAX / 2, UINT64_MAX / 2, UINT64_MAX - 1 },
		{ UINT64_MAX / 2 + 1, UINT64_MAX / 2 + 1, UINT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		assert_true(capped_sum(row[i].a, row[i].b) == row[i].sum);
		assert_true(capped_sum(row[i].b, row[i].a) == row[i].sum);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_stop_at_the_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
