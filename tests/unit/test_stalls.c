/* SPDX-License-Identifier: MIT */
/* folder: probe */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/engine/stalls.h"
#include "scenarios/base/units.h"

#define MS UNIT_NS_PER_MS
/* Where the rows begin: the clock does not begin at 0. */
#define T0 (UINT64_C(1000) * UNIT_NS_PER_S)

static void rows(void **state)
{
	enum { LOOKS = 6 };
	static const struct {
		const char *what;
		unsigned look_ms[LOOKS]; /* the first begins; 0: no more */
		unsigned at_ms, seen_ms;
	} row[] = {
		{ "nothing was under way", { 0 }, 5000, 5000 },
		{ "looked in time", { 10, 110, 210, 310 }, 320, 320 },
		{ "a little late", { 10, 200, 390 }, 400, 400 },
		{ "just not late", { 10, 209 }, 300, 300 },
		/* from 110 on it was late */
		{ "just late", { 10, 210 }, 300, 200 },
		{ "stopped for 3 s", { 10, 3110 }, 3110, 110 },
		{ "a point before it", { 10, 3110 }, 50, 50 },
		{ "a point at its begin", { 10, 3110 }, 110, 110 },
		{ "a point inside", { 10, 3110 }, 2000, 110 },
		{ "and later", { 10, 3110, 3200 }, 3200, 200 },
		{ "twice", { 10, 1110, 1200, 2300 }, 2300, 300 },
		{ "between the two", { 10, 1110, 1200, 2300 }, 1150, 150 },
		{ "in the second", { 10, 1110, 1200, 2300 }, 2000, 300 },
		{ "a clock that stands", { 10, 10, 10 }, 20, 20 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct stalls s = { 0 };

		for (size_t k = 0; k < LOOKS && row[i].look_ms[k]; k++) {
			uint64_t at = T0 + row[i].look_ms[k] * MS;

			if (k == 0)
				stalls_begin(&s, at);
			else
				stalls_look(&s, at);
		}
		uint64_t seen = stalls_seen(&s, T0 + row[i].at_ms * MS);
		if (seen != T0 + row[i].seen_ms * MS)
			fail_msg("%s: %llu ms", row[i].what,
				 (unsigned long long)((seen - T0) / MS));
	}
}

static void what_is_not_under_way_is_not_looked_for(void **state)
{
	struct stalls s = { 0 };

	(void)state;
	assert_int_equal(stalls_seen(&s, 0), 0);
	stalls_begin(&s, T0);
	stalls_look(&s, T0 + 50 * MS);
	stalls_end(&s);
	stalls_look(&s, T0 + 9000 * MS);
	stalls_begin(&s, T0 + 20000 * MS);
	stalls_look(&s, T0 + 20050 * MS);
	assert_int_equal(s.sum_ns, 0);
	assert_int_equal(stalls_seen(&s, T0 + 20050 * MS), T0 + 20050 * MS);
}

static void late_timers(void **state)
{
	struct stalls s = { 0 };

	(void)state;
	stalls_late(&s, T0, T0 + 99 * MS);
	stalls_late(&s, T0 + 100 * MS, T0); /* early */
	stalls_late(&s, UINT64_MAX, T0);
	assert_int_equal(s.sum_ns, 0);
	stalls_late(&s, T0, T0 + 1000 * MS);
	/* due in the same stall, and fired a little later */
	stalls_late(&s, T0 + 500 * MS, T0 + 1010 * MS);
	stalls_late(&s, T0 + 900 * MS, T0 + 1010 * MS);
	assert_int_equal(s.sum_ns, 1010 * MS);
	assert_int_equal(stalls_seen(&s, T0 + 1010 * MS), T0);
	assert_int_equal(stalls_seen(&s, 0), 0);
}

/* Whatever happens: that clock never goes back, never faster than the other,
 * and is behind it by all that was slept through. */
static void the_clock_never_goes_back(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (int round = 0; round < 200; round++) {
		struct stalls s = { 0 };
		uint64_t now = T0;

		stalls_begin(&s, now);
		for (int i = 0; i < 60; i++) {
			uint64_t last = 0, real = 0;

			seed = seed * UINT64_C(6364136223846793005) + 1;
			now += (seed >> 33) % (500 * MS);
			if (seed >> 62 == 0)
				stalls_late(&s, now - (seed >> 40) % now, now);
			else
				stalls_look(&s, now);
			assert_int_equal(stalls_seen(&s, now), now - s.sum_ns);
			for (uint64_t at = T0; at <= now; at += 37 * MS) {
				uint64_t seen = stalls_seen(&s, at);

				assert_true(seen >= last && seen <= at);
				if (last)
					assert_true(seen - last <= at - real);
				last = seen;
				real = at;
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows),
		cmocka_unit_test(what_is_not_under_way_is_not_looked_for),
		cmocka_unit_test(late_timers),
		cmocka_unit_test(the_clock_never_goes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
