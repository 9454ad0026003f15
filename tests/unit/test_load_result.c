/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/result/load_result.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_those_of_the_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
