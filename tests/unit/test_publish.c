/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "report/alerts/round.h"
#include "report/publish/publish.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"
#include "tests/unit/golden.h"
#include "tests/unit/sample_run.h"

enum { ARENA_MAX = 64 << 20, ROWS_MAX = 64 };

static const struct self_facts self = {
	.started_at_ns = SAMPLE_STARTED_AT_NS,
	.cpu_ns = 1500 * UNIT_NS_PER_MS,
	.rss_bytes = 20 << 20,
	.loop_lag_ns = 2 * UNIT_NS_PER_MS,
	.late_starts = 3,
	.late_max_ns = 70 * UNIT_NS_PER_MS,
	.missed_slots = 7,
	.active = 2,
	.queue_depth = 1,
	.outbox_waiting = 4,
	.log_bytes = 12345,
	.reload_ok = true,
	.reload_at_ns = SAMPLE_STARTED_AT_NS,
	.alerts_firing = 1,
};

static const struct alert_standing alerts[] = {
	{ .rule = "down",
	  .check = "a<b>\"c\"",
	  .phase = ALERT_FIRING,
	  .severity = SEVERITY_CRITICAL,
	  .since_at_ns = SAMPLE_STARTED_AT_NS,
	  .message = "no answer",
	  .silenced_by = "",
	  .acknowledged_by = "ops" },
	{ .rule = "slow",
	  .check = "b",
	  .phase = ALERT_QUIET,
	  .message = "",
	  .silenced_by = "",
	  .acknowledged_by = "" },
};

static struct standing rows[ROWS_MAX];

static struct published sample(struct arena *a, enum sample which)
{
	const struct run_result *run = sample_run(a, which);
	size_t n = run->n_checks < ROWS_MAX ? run->n_checks : ROWS_MAX;

	memset(rows, 0, sizeof(rows));
	for (size_t i = 0; i < n; i++) {
		rows[i].name = run->checks[i].name;
		rows[i].every_ns = 30 * UNIT_NS_PER_S;
		rows[i].backoff = 1 + i % 2;
		rows[i].n_runs = i + 1;
		standing_take(&rows[i], &run->checks[i]);
	}
	return (struct published){
		.name = run->name,
		.environment = "production",
		.version = "0.1.0",
		.now_at_ns = SAMPLE_STARTED_AT_NS + UNIT_NS_PER_MIN,
		.n = n,
		.checks = rows,
		.has_errors_24h = true,
		.errors_24h = 5,
		.self = &self,
		.n_alerts = 2,
		.alerts = alerts,
	};
}

static void texts(void **state)
{
	static const struct {
		const char *path;
		bool (*render)(const struct published *p, struct buf *out);
	} files[] = {
		{ "tests/golden/publish/rich.prom", publish_metrics },
		{ "tests/golden/publish/rich_status.json", publish_status },
		{ "tests/golden/publish/rich_checks.json", publish_checks },
		{ "tests/golden/publish/rich_alerts.json", publish_alerts },
	};
	struct arena *a = arena_new(ARENA_MAX);
	struct published p = sample(a, SAMPLE_RICH);
	struct buf out;

	(void)state;
	buf_init(&out, PUBLISH_MAX);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		buf_reset(&out);
		assert_true(files[i].render(&p, &out));
		assert_golden(files[i].path, buf_text(&out), out.len);
	}
	buf_release(&out);
	arena_free(a);
}

static void badges(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct published p = sample(a, SAMPLE_OK);
	struct buf out;

	(void)state;
	buf_init(&out, PUBLISH_MAX);
	assert_true(publish_badge_svg(&p, NULL, &out));
	assert_golden("tests/golden/publish/ok.svg", buf_text(&out), out.len);
	buf_reset(&out);
	assert_true(publish_badge_json(&p, &p.checks[0], &out));
	assert_non_null(strstr(buf_text(&out), "\"schemaVersion\":1"));
	assert_non_null(strstr(buf_text(&out), "\"message\":\"up\""));
	buf_release(&out);
	arena_free(a);
}

static void what_the_status_is(void **state)
{
	static const struct {
		enum verdict verdict;
		enum severity severity;
		enum published_status want;
	} table[] = {
		{ VERDICT_OK, SEVERITY_CRITICAL, PUBLISHED_OK },
		{ VERDICT_SKIPPED, SEVERITY_CRITICAL, PUBLISHED_OK },
		{ VERDICT_FLAKY, SEVERITY_CRITICAL, PUBLISHED_DEGRADED },
		{ VERDICT_STARTING, SEVERITY_CRITICAL, PUBLISHED_DEGRADED },
		{ VERDICT_NOT_OBSERVED, SEVERITY_ERROR, PUBLISHED_DEGRADED },
		{ VERDICT_FAILED, SEVERITY_WARNING, PUBLISHED_DEGRADED },
		{ VERDICT_FAILED, SEVERITY_ERROR, PUBLISHED_DOWN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		const struct standing s = { .is_known = true,
					    .verdict = table[i].verdict,
					    .severity = table[i].severity };

		assert_int_equal(standing_status(&s), table[i].want);
	}
	assert_int_equal(standing_status(&(struct standing){ 0 }),
			 PUBLISHED_DEGRADED);
}

static void errors_of_a_day(void **state)
{
	struct hour_counts h = { 0 };
	const uint64_t at = SAMPLE_STARTED_AT_NS;

	(void)state;
	hour_counts_add(&h, at, 2);
	hour_counts_add(&h, at + 5 * UNIT_NS_PER_H, 3);
	assert_int_equal(hour_counts_sum(&h, at + 5 * UNIT_NS_PER_H), 5);
	assert_int_equal(hour_counts_sum(&h, at + 23 * UNIT_NS_PER_H), 5);
	assert_int_equal(hour_counts_sum(&h, at + 24 * UNIT_NS_PER_H), 3);
	assert_int_equal(hour_counts_sum(&h, at + 400 * UNIT_NS_PER_H), 0);
	hour_counts_add(&h, at + 30 * UNIT_NS_PER_H, 1);
	assert_int_equal(hour_counts_sum(&h, at + 30 * UNIT_NS_PER_H), 1);
}

/* Two checks, two files, whatever they are called. */
static void names_of_files(void **state)
{
	static const struct {
		const char *check, *want;
	} table[] = {
		{ "ready", "ready" },	  { "a/b", "a~2Fb" },
		{ "..", "~2E." },	  { "sign in", "sign~20in" },
		{ "v1.2", "v1.2" },	  { "~", "~7E" },
		{ "\xc3\xa9", "~C3~A9" },
	};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		buf_reset(&out);
		publish_file_name(table[i].check, &out);
		assert_string_equal(buf_text(&out), table[i].want);
	}
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(badges),
		cmocka_unit_test(what_the_status_is),
		cmocka_unit_test(errors_of_a_day),
		cmocka_unit_test(names_of_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
