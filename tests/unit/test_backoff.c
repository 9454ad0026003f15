/* SPDX-License-Identifier: MIT */
/* folder: probe */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/deliver/deliver.h"
#include "probe/deliver/pace/backoff.h"

#define S UINT64_C(1000000000)

static const struct {
	uint64_t failures;
	uint64_t low_ns, high_ns;
} rows[] = {
	{ 0, 2500000000, 5 * S }, /* nobody asks, but it holds */
	{ 1, 2500000000, 5 * S },   { 2, 5 * S, 10 * S },
	{ 3, 10 * S, 20 * S },	    { 4, 20 * S, 40 * S },
	{ 7, 160 * S, 320 * S },    { 8, 320 * S, 640 * S },
	{ 9, 450 * S, 900 * S },    { 10, 450 * S, 900 * S },
	{ 1000, 450 * S, 900 * S }, { UINT64_MAX, 450 * S, 900 * S },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(backoff_ns(rows[i].failures, 0),
				 rows[i].low_ns);
		assert_int_equal(
			backoff_ns(rows[i].failures, BACKOFF_DRAW_WHOLE),
			rows[i].high_ns);
	}
}

/* Whatever is drawn lies between, and more is not less. */
static void test_draws(void **state)
{
	uint32_t draw = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		for (int k = 0; k < 1000; k++) {
			draw = draw * 1664525u + 1013904223u;
			uint64_t wait = backoff_ns(rows[i].failures, draw);
			assert_in_range(wait, rows[i].low_ns, rows[i].high_ns);
			uint64_t more =
				draw < BACKOFF_DRAW_WHOLE
					? backoff_ns(rows[i].failures, draw + 1)
					: wait;
			assert_true(more >= wait);
		}
	}
}

static void test_next(void **state)
{
	const uint64_t now = 1700000000 * S;

	(void)state;
	assert_int_equal(backoff_next_at_ns(now, 1, 0, 0), now + 2500000000);
	assert_int_equal(backoff_next_at_ns(now, 1, 7 * S, 0), now + 7 * S);
	/* what the service asks for is the least, not the most */
	assert_int_equal(backoff_next_at_ns(now, 4, 7 * S, 0), now + 20 * S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_draws),
		cmocka_unit_test(test_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
