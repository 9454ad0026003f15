/* SPDX-License-Identifier: MIT */
/* folder: probe */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "probe/doctor/drift.h"

#define MIN UINT64_C(60000000000)
#define T0  UINT64_C(1767225600000000000)

enum { GAPS_MAX = 16 };

/* Gaps in minutes, 0 ends them; then how long nothing has run until now. */
static const struct {
	const char *says;
	uint64_t every_min, gaps_min[GAPS_MAX], idle_min;
	enum drift_verdict want;
} rows[] = {
	{ "nothing", 5, { 0 }, 1, DRIFT_FEW },
	{ "too little", 5, { 5, 5, 5 }, 1, DRIFT_FEW },
	{ "kept", 5, { 5, 5, 5, 5, 5 }, 1, DRIFT_KEPT },
	{ "late by a minute is kept", 5, { 6, 6, 6, 6, 6 }, 1, DRIFT_KEPT },
	{ "half are late", 5, { 5, 5, 9, 9, 9 }, 1, DRIFT_LATE },
	{ "one is left out", 5, { 5, 5, 5, 5, 5, 10 }, 1, DRIFT_GAPS },
	{ "a long gap", 5, { 5, 5, 5, 5, 5, 300 }, 1, DRIFT_GAPS },
	{ "early is not late", 5, { 1, 1, 1, 1, 1 }, 1, DRIFT_KEPT },
	{ "nothing runs any more", 5, { 5, 5, 5, 5, 5 }, 16, DRIFT_STOPS },
	{ "even with few", 5, { 5 }, 16, DRIFT_STOPS },
	{ "not yet", 5, { 5, 5, 5, 5, 5 }, 15, DRIFT_KEPT },
};

static size_t times_of(const uint64_t *gaps_min, uint64_t *at_ns)
{
	size_t n = 0;

	at_ns[n++] = T0;
	for (size_t i = 0; i < GAPS_MAX && gaps_min[i]; i++, n++)
		at_ns[n] = at_ns[n - 1] + gaps_min[i] * MIN;
	return n;
}

static void judged(void **state)
{
	uint64_t at_ns[GAPS_MAX + 1];
	struct drift is;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t n = times_of(rows[i].gaps_min, at_ns);
		uint64_t now = at_ns[n - 1] + rows[i].idle_min * MIN;

		assert_true(drift_measure(at_ns, n, now, &is));
		if (drift_judge(&is, rows[i].every_min * MIN) != rows[i].want)
			fail_msg("row %zu: %s", i, rows[i].says);
	}
	assert_true(drift_measure(NULL, 0, T0, &is));
	assert_int_equal(drift_judge(&is, MIN), DRIFT_FEW);
}

static void measured(void **state)
{
	uint64_t gaps[GAPS_MAX] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 60 };
	uint64_t at_ns[GAPS_MAX + 1];
	struct drift is;

	(void)state;
	size_t n = times_of(gaps, at_ns);
	assert_true(drift_measure(at_ns, n, at_ns[n - 1] + MIN, &is));
	assert_int_equal(is.n, 10);
	assert_int_equal(is.median_ns, 5 * MIN);
	assert_int_equal(is.p95_ns, 60 * MIN);
	assert_int_equal(is.longest_ns, 60 * MIN);
	assert_int_equal(is.longest_at_ns, at_ns[n - 1]);
	assert_int_equal(is.since_newest_ns, MIN);
	/* a clock that was set back */
	at_ns[2] = at_ns[1] - MIN;
	assert_true(drift_measure(at_ns, 3, T0, &is));
	assert_int_equal(is.longest_ns, MIN);
	assert_int_equal(is.since_newest_ns, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judged),
		cmocka_unit_test(measured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
