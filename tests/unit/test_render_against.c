/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/against/against_result.h"
#include "report/render/github.h"
#include "report/render/render.h"
#include "report/result/result_json.h"
#include "report/result/verdict.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "tests/unit/golden.h"
#include "tests/unit/sample_run.h"

#define HOSTILE "<script>x</script>\x1b[2J|`@all` ::error::]]&[["

enum { TEXT_MAX = 4 << 20, ARENA_MAX = 64 << 20 };

static const struct render_options plain = { .utf8 = true, .width = 120 };

static const struct against_metric metrics[] = {
	{ .load = "booking",
	  .name = "p95",
	  .unit = "s",
	  .verdict = AGAINST_UNDECIDED,
	  .before = 0.212,
	  .before_high = 0.231,
	  .bound = 0.289,
	  .now = 0.241,
	  .requests = 180,
	  .hits = 4,
	  .seconds = 18,
	  .share = 4.0 / 180,
	  .low = 0.001,
	  .high = 0.31,
	  .share_bound = 0.05,
	  .message = "2.22 % of 180 requests took longer than 289 ms" },
	{ .load = "booking",
	  .name = "errors",
	  .unit = "share",
	  .verdict = AGAINST_WORSE,
	  .before_high = 0.0004,
	  .bound = 0.0104,
	  .now = 0.25,
	  .requests = 180,
	  .hits = 45,
	  .seconds = 18,
	  .share = 0.25,
	  .low = 0.011,
	  .high = 0.6,
	  .share_bound = 0.0104,
	  .worse_evidence = 412,
	  .message = "25.00 % of 180 requests failed (then: 0.00 %)" },
};
static const struct against_metric hostile_metrics[] = {
	{ .load = HOSTILE,
	  .name = HOSTILE,
	  .unit = HOSTILE,
	  .verdict = AGAINST_WORSE,
	  .before = 1e300,
	  .now = 1e300,
	  .bound = 1e300,
	  .message = HOSTILE },
	{ .load = HOSTILE,
	  .name = "p95",
	  .unit = "s",
	  .verdict = AGAINST_NOT_WORSE,
	  .before = 1e300,
	  .now = 1e300,
	  .bound = 1e300,
	  .message = "" },
};
static const struct against_note note = {
	"compared with a run of another time (2026-01-01T00:00:00Z)"
};
static const struct against_note hostile_note = { HOSTILE };

static struct run_result *sample(struct arena *a, bool is_hostile)
{
	struct run_result *run = sample_run(a, SAMPLE_LOAD);
	struct against_result *ag = arena_alloc(a, 1, sizeof(*ag));

	assert_non_null(run);
	assert_non_null(ag);
	*ag = (struct against_result){
		.message = is_hostile ? HOSTILE
				      : "errors of load \"booking\": 25.00 %",
		.file = is_hostile ? HOSTILE : "before.json",
		.name = is_hostile ? HOSTILE : "shop",
		.host = "ci",
		.started_at_ns = SAMPLE_STARTED_AT_NS,
		.latency_margin = 0.25,
		.error_margin = 0.01,
		.worse_level = 0.01,
		.same_level = 0.05,
		.decided_ns = 18 * UINT64_C(1000000000),
		.n_metrics = 2,
		.metrics = is_hostile ? hostile_metrics : metrics,
		.n_notes = 1,
		.notes = is_hostile ? &hostile_note : &note,
	};
	run->against = ag;
	result_judge(run);
	return run;
}

static void goldens(void **state)
{
	static const struct {
		enum render_kind kind;
		const char *path;
	} rows[] = {
		{ RENDER_TERMINAL, "tests/golden/render/against.txt" },
		{ RENDER_MARKDOWN, "tests/golden/render/against.md" },
		{ RENDER_JUNIT, "tests/golden/render/against.xml" },
		{ RENDER_TAP, "tests/golden/render/against.tap" },
		{ RENDER_JSON, "tests/golden/render/against.json" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct arena *a = arena_new(ARENA_MAX);
		struct buf out;

		buf_init(&out, TEXT_MAX);
		assert_true(
			render(rows[i].kind, sample(a, false), &plain, &out));
		assert_golden(rows[i].path, buf_text(&out), out.len);
		buf_release(&out);
		arena_free(a);
	}
}

static void hostile_texts_do_nothing(void **state)
{
	static const enum render_kind kinds[] = { RENDER_TERMINAL,
						  RENDER_MARKDOWN, RENDER_JUNIT,
						  RENDER_TAP };

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct arena *a = arena_new(ARENA_MAX);
		struct run_result *run = sample(a, true);
		struct buf out;

		buf_init(&out, TEXT_MAX);
		assert_true(render(kinds[i], run, &plain, &out));
		assert_null(strchr(buf_text(&out), '\x1b'));
		if (kinds[i] == RENDER_MARKDOWN || kinds[i] == RENDER_JUNIT)
			assert_null(strstr(buf_text(&out), "<script"));
		if (kinds[i] == RENDER_MARKDOWN)
			assert_null(strstr(buf_text(&out), "@all"));
		buf_release(&out);
		arena_free(a);
	}
}

/* One line, whatever is in it. */
static void an_annotation(void **state)
{
	static const struct github_env env = { .actions = "true" };

	(void)state;
	for (int is_hostile = 0; is_hostile < 2; is_hostile++) {
		struct arena *a = arena_new(ARENA_MAX);
		struct buf out;

		buf_init(&out, TEXT_MAX);
		assert_true(
			github_annotations(sample(a, is_hostile), &env, &out));
		assert_memory_equal(buf_text(&out), "::error ", 8);
		assert_non_null(strstr(buf_text(&out), "::worse, known after"));
		assert_ptr_equal(strchr(buf_text(&out), '\n'),
				 buf_text(&out) + out.len - 1);
		buf_release(&out);
		arena_free(a);
	}
}

static void read_back(void **state)
{
	static struct errs es;
	struct arena *a = arena_new(ARENA_MAX);
	struct run_result *run = sample(a, true);
	struct buf out, again;

	(void)state;
	buf_init(&out, TEXT_MAX);
	buf_init(&again, TEXT_MAX);
	assert_true(result_write(run, &out));
	const struct source src = { "x", buf_text(&out), out.len };
	struct run_result *read = result_read(a, &src, &es);
	assert_non_null(read);
	assert_int_equal(read->exit_code, 1);
	assert_int_equal(read->against->verdict, AGAINST_WORSE);
	assert_string_equal(read->against->metrics[0].message, HOSTILE);
	assert_true(result_write(read, &again));
	assert_string_equal(buf_text(&out), buf_text(&again));
	buf_release(&out);
	buf_release(&again);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goldens),
		cmocka_unit_test(hostile_texts_do_nothing),
		cmocka_unit_test(an_annotation),
		cmocka_unit_test(read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
