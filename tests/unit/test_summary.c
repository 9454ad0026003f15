/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/page/page.h"
#include "report/summary/summary.h"
#include "scenarios/base/buf.h"
#include "tests/unit/round_rig.h"

enum { TEXT_MAX = 65536 };

/* ---- rendering ----------------------------------------------------------- */

static const struct page_incident incident = {
	.rule = "down",
	.check = "home\x1b[2J",
	.severity = "error",
	.message = "no answer",
	.from_at_ns = RIG_EPOCH,
	.until_at_ns = RIG_EPOCH + 5 * RIG_MINUTE,
};
static const struct summary_check checks[] = {
	{ .name = "home",
	  .times = { .up_ns = 99999 * RIG_SECOND, .down_ns = RIG_SECOND },
	  .n_checks = 1,
	  .n_failed = 1,
	  .n_requests = 2,
	  .p50_ns = RIG_SECOND,
	  .p95_ns = 2 * RIG_SECOND,
	  .max_ns = 3 * RIG_SECOND },
	{ .name = "never", .times = { .not_observed_ns = RIG_DAY } },
};
static const struct summary sample = {
	.name = "shop",
	.from_at_ns = RIG_EPOCH,
	.until_at_ns = RIG_EPOCH + 7 * RIG_DAY,
	.since_ns = 7 * RIG_DAY,
	.n_checks = 2,
	.checks = checks,
	.times = { .up_ns = 99999 * RIG_SECOND, .down_ns = RIG_SECOND },
	.n_incidents = 1,
	.incidents = &incident,
	.metrics = { 12, NAN, 0.25, 0.5, NAN },
};

static void as_json(void **state)
{
	static const char want[] = "{\n  \"period\": {\n"
				   "    \"start\": \"2026-01-01T00:00:00Z\",\n"
				   "    \"end\": \"2026-01-08T00:00:00Z\",\n"
				   "    \"days\": 7\n  },\n  \"metrics\": {\n"
				   "    \"string_generations\": 12,\n"
				   "    \"propagation_jobs\": null,\n"
				   "    \"average_response_time\": 0.25,\n"
				   "    \"error_rate\": 0.5,\n"
				   "    \"cache_hit_rate\": null\n  }\n}\n";
	struct buf out;

	(void)state;
	buf_init(&out, TEXT_MAX);
	summary_json(&sample, &out);
	assert_string_equal(buf_text(&out), want);
	buf_release(&out);
}

static void as_text(void **state)
{
	static const char *const parts[] = {
		/* what is not all is not told as all */
		"availability: 99.99 % of what was observed; up 99.99 %, down "
		"0.01 %\n",
		"  home: 99.99 % available; ",
		"; 1 run, 1 failed\n",
		"  never: not observed 100.00 %; 0 runs, 0 failed\n",
		"  2026-01-01T00:00:00Z  home\\x1b[2J (error), 5 min: no "
		"answer\n",
		"  home: 2.00 s; median 1.00 s, longest 3.00 s; 2 requests\n",
		"  string_generations: 12\n",
		"  average_response_time: 250 ms\n",
		"  error_rate: 50.00 %\n",
	};
	struct buf out;

	(void)state;
	buf_init(&out, TEXT_MAX);
	summary_text(&sample, &out);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (!strstr(buf_text(&out), parts[i]))
			fail_msg("lacks \"%s\":\n%s", parts[i], buf_text(&out));
	assert_null(strstr(buf_text(&out), "cache_hit_rate"));
	assert_null(strchr(buf_text(&out), '\x1b'));
	buf_release(&out);
}

static void availability(void **state)
{
	const struct summary_times nothing = { .not_observed_ns = 5,
					       .inconclusive_ns = 5 };
	const struct summary_times some = { .up_ns = 2,
					    .degraded_ns = 1,
					    .down_ns = 1,
					    .not_observed_ns = 96 };

	(void)state;
	assert_true(isnan(summary_availability(&nothing)));
	assert_true(summary_availability(&some) == 0.75);
}

/* ---- gathering ----------------------------------------------------------- */

/* A minute for each run: up, down, up; then two hours of nothing. */
static void gathered(void **state)
{
	const uint64_t end = RIG_EPOCH + 2 * RIG_HOUR + 30 * RIG_MINUTE;
	struct round_rig r;
	struct summary s;

	round_rig_init(
		&r, state, "home",
		"  channels: { c: { exec: [/bin/true] } }\n"
		"  rules:\n    down: { when: consecutive(fail) >= 1 }\n");
	round_rig_run(&r, RIG_EPOCH, "", "home:ok");
	round_rig_run(&r, RIG_EPOCH + RIG_MINUTE, "", "home:down");
	round_rig_run(&r, RIG_EPOCH + 2 * RIG_MINUTE, "", "home:ok");
	assert_true(
		summary_gather(r.st, r.sc, RIG_DAY, end, r.arena, &s, r.es));
	assert_int_equal(s.n_checks, 1);
	assert_int_equal(s.n_runs, 3);
	assert_int_equal(s.n_failed, 1);
	assert_int_equal(s.times.down_ns, RIG_MINUTE);
	assert_true(s.times.up_ns >= RIG_MINUTE);
	/* what is to come is not missed: all of it adds up to the time asked */
	assert_int_equal(s.times.up_ns + s.times.down_ns + s.times.degraded_ns +
				 s.times.inconclusive_ns +
				 s.times.not_observed_ns,
			 s.until_at_ns - s.from_at_ns);
	assert_int_equal(s.n_incidents, 1);
	assert_int_equal(s.incidents[0].until_at_ns - s.incidents[0].from_at_ns,
			 RIG_MINUTE);
	/* before all of it */
	assert_true(
		summary_gather(r.st, r.sc, RIG_HOUR, end, r.arena, &s, r.es));
	assert_int_equal(s.n_runs, 0);
	assert_int_equal(s.n_incidents, 0);
	assert_true(isnan(s.metrics[SUMMARY_ERROR_RATE]));
	round_rig_release(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_json),
		cmocka_unit_test(as_text),
		cmocka_unit_test(availability),
		cmocka_unit_test_setup_teardown(gathered, state_rig_enter,
						state_rig_leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
