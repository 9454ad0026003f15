/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/load/conclude.h"
#include "report/result/load_result.h"
#include "report/result/verdict.h"
#include "scenarios/base/arena.h"

/* Those of a load are arrivals, and only the dropped ones of them count. */
static void requests_are_those_of_the_steps(void **state)
{
	static const struct load_step_result steps[] = {
		{ .accounting = { .planned = 12,
				  .sent = 12,
				  .ok = 7,
				  .failed = 2,
				  .timed_out = 1,
				  .in_flight = 2 } },
		{ .accounting = { .planned = 7,
				  .sent = 7,
				  .ok = 3,
				  .failed = 4 } },
	};
	static const struct {
		size_t n_steps;
		uint64_t dropped, sent, ok, in_flight, ended, errors;
	} row[] = {
		{ 0, 0, 0, 0, 0, 0, 0 },     { 0, 5, 0, 0, 0, 5, 5 },
		{ 1, 0, 12, 7, 2, 10, 3 },   { 2, 0, 19, 10, 2, 17, 7 },
		{ 2, 5, 19, 10, 2, 22, 12 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		const struct load_result load = {
			.accounting = { .planned = 20,
					.sent = 12,
					.dropped = row[i].dropped,
					.failed = 9 },
			.n_steps = row[i].n_steps,
			.steps = steps,
		};
		struct accounting of = load_requests(&load);
		struct load_errors e = load_errors(&load);

		assert_int_equal(of.sent, row[i].sent);
		assert_int_equal(of.ok, row[i].ok);
		assert_int_equal(of.in_flight, row[i].in_flight);
		assert_int_equal(e.requests, row[i].ended);
		assert_int_equal(e.errors, row[i].errors);
	}
}

static void a_delay_is_forgiven_and_nothing_else(void **state)
{
	static const struct doubt doubts[] = {
		{ .what = "late", .is_fatal = true, .is_delay = true },
		{ .what = "busy" },
		{ .what = "lag", .is_delay = true },
		{ .what = "lost", .is_fatal = true },
	};
	static const struct {
		size_t n;
		enum run_verdict before, after; /* load_least() */
	} row[] = {
		{ 0, RUN_OK, RUN_OK },
		{ 1, RUN_INVALID, RUN_OK },
		{ 3, RUN_INVALID, RUN_OK },
		{ 4, RUN_INVALID, RUN_INVALID },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct arena *a = arena_new(1 << 16);
		struct load_result load = {
			.verdict = RUN_INVALID,
			.instrument = { .n_doubts = row[i].n,
					.doubts = doubts },
		};

		assert_int_equal(load_least(&load), row[i].before);
		assert_true(load_forgive_delay(&load, a));
		assert_int_equal(load_least(&load), row[i].after);
		assert_int_equal(load.verdict, RUN_INVALID);
		for (size_t k = 0; k < row[i].n; k++) {
			const struct doubt *d = &load.instrument.doubts[k];

			assert_ptr_equal(d->what, doubts[k].what);
			assert_int_equal(d->is_delay, doubts[k].is_delay);
		}
		assert_true(doubts[0].is_fatal);
		arena_free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_those_of_the_steps),
		cmocka_unit_test(a_delay_is_forgiven_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
