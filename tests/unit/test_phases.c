/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/result/phases.h"

static void rows(void **state)
{
	/* planned taken started resolved connected secured sent first end */
	static const struct {
		struct phase_points at;
		uint64_t want[PHASE_N];
	} row[] = {
		/* all of them */
		{ { 10, 11, 13, 17, 25, 41, 73, 137, 265, PHASE_RECEIVE },
		  { 1, 2, 4, 8, 16, 32, 64, 128 } },
		/* a connection that was open, no TLS */
		{ { 10, 10, 12, 0, 0, 0, 13, 20, 21, PHASE_RECEIVE },
		  { 0, 2, 0, 0, 0, 1, 7, 1 } },
		/* stopped in the middle of connecting */
		{ { 10, 11, 12, 15, 0, 0, 0, 0, 115, PHASE_CONNECT },
		  { 1, 1, 3, 100 } },
		/* a timeout while waiting */
		{ { 10, 10, 10, 10, 20, 0, 21, 0, 1021, PHASE_WAIT },
		  { 0, 0, 0, 10, 0, 1, 1000, 0 } },
		/* points that run backwards */
		{ { 100, 90, 120, 110, 130, 0, 0, 500, 140, PHASE_RECEIVE },
		  { 0, 20, 0, 10, 0, 0, 10, 0 } },
		/* the end before the beginning */
		{ { 100, 110, 0, 0, 0, 0, 0, 0, 50, PHASE_DNS }, { 0 } },
		/* never planned: from the first point that is known */
		{ { 0, 0, 50, 60, 0, 0, 0, 0, 70, PHASE_CONNECT },
		  { 0, 0, 10, 10 } },
		{ { 0 }, { 0 } },
		/* no such phase */
		{ { 1, 1, 1, 0, 0, 0, 0, 0, 5, PHASE_N },
		  { 0, 0, 0, 0, 0, 0, 0, 4 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct phases ph;

		phases_build(&ph, &row[i].at);
		for (size_t k = 0; k < PHASE_N; k++)
			assert_int_equal(ph.ns[k], row[i].want[k]);
	}
}

/* Whatever the points: they add up to the nanosecond. */
static void phases_add_up(void **state)
{
	uint64_t seed = 42;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		uint64_t p[9], total;
		struct phases ph;
		struct phase_points at;

		for (size_t i = 0; i < 9; i++) {
			seed = seed * UINT64_C(6364136223846793005) + 1;
			p[i] = (seed >> 33) % 3 ? 1 + (seed >> 40) : 0;
		}
		p[0] = p[0] ? p[0] : 1;
		p[8] = p[8] ? p[8] : 1;
		at = (struct phase_points){
			p[0], p[1], p[2], p[3], p[4],
			p[5], p[6], p[7], p[8], (enum phase)(seed >> 61)
		};
		phases_build(&ph, &at);
		total = p[8] > p[0] ? p[8] - p[0] : 0;
		assert_int_equal(phases_total(&ph), total);
	}
}

static void sums_and_names(void **state)
{
	struct phases a = { { 1, 2, 3, 4, 50, 6, 7, 8 } };
	const struct phases b = { { 10, 0, 0, 0, 0, 0, 90, 0 } };

	(void)state;
	assert_int_equal(phases_longest(&a), PHASE_TLS);
	phases_add(&a, &b);
	assert_int_equal(a.ns[PHASE_LATENESS], 11);
	assert_int_equal(phases_longest(&a), PHASE_WAIT);
	assert_int_equal(phases_total(&a), 181);
	assert_string_equal(phase_name(PHASE_LATENESS), "lateness");
	assert_string_equal(phase_name(PHASE_RECEIVE), "receive");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows),
		cmocka_unit_test(phases_add_up),
		cmocka_unit_test(sums_and_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
