/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/gate/gate.h"
#include "report/render/gate/gate_need.h"
#include "report/render/gate/gate_say.h"
#include "report/render/github.h"
#include "report/render/render.h"
#include "report/result/gate_result.h"
#include "report/result/load_result.h"
#include "report/result/result.h"
#include "report/result/result_json.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/text.h"
#include "tests/unit/golden.h"
#include "tests/unit/sample_gate.h"
#include "tests/unit/sample_loads.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
enum { TEXT_MAX = 16 << 20, ARENA_MAX = 64 << 20, COMMENT_MAX = 65536 };

static const struct render_options plain = { .utf8 = true, .width = 120 };
static const struct render_options ascii = { .width = 60, .verbose = 1 };
static const struct render_options colour = { .utf8 = true,
					      .width = 120,
					      .colour = true };
static const struct render_options quiet = { .utf8 = true, .verbose = -1 };
static const struct render_options verbose = { .utf8 = true, .verbose = 1 };

static const struct github_env nowhere = { .actions = "true" };

static void make(struct buf *out, enum gate_sample which, enum render_kind kind,
		 const struct render_options *opt)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct run_result *run = sample_gate(a, which);

	assert_non_null(run);
	buf_init(out, TEXT_MAX);
	assert_true(render(kind, run, opt, out));
	arena_free(a);
}

/* ---- what people have read ------------------------------------------ */

static void compare(enum gate_sample which, enum render_kind kind,
		    const struct render_options *opt, const char *more)
{
	char path[128];
	struct buf out;

	make(&out, which, kind, opt);
	snprintf(path, sizeof(path), "tests/golden/render/gate-%s%s.%s",
		 gate_sample_name(which), more, renderer_get(kind)->extension);
	assert_golden(path, buf_text(&out), out.len);
	buf_release(&out);
}

static void test_goldens(void **state)
{
	static const enum render_kind kinds[] = { RENDER_JUNIT, RENDER_TAP,
						  RENDER_MARKDOWN,
						  RENDER_TERMINAL };

	(void)state;
	for (int s = 0; s < GATE_SAMPLE_N; s++)
		for (size_t k = 0; k < COUNT(kinds); k++)
			compare((enum gate_sample)s, kinds[k], &plain, "");
	compare(GATE_SAMPLE_REGRESSION, RENDER_TERMINAL, &colour, "-colour");
	compare(GATE_SAMPLE_REGRESSION, RENDER_TERMINAL, &verbose, "-verbose");
	compare(GATE_SAMPLE_GROUPS, RENDER_TERMINAL, &ascii, "-ascii");
	compare(GATE_SAMPLE_URLS, RENDER_TERMINAL, &quiet, "-quiet");
}

static void test_github(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct buf out;

	(void)state;
	buf_init(&out, TEXT_MAX);
	for (int s = 0; s < GATE_SAMPLE_N; s++) {
		struct run_result *run = sample_gate(a, (enum gate_sample)s);

		buf_printf(&out, "%s\n", gate_sample_name((enum gate_sample)s));
		assert_true(github_annotations(run, &nowhere, &out));
	}
	assert_golden("tests/golden/render/gate.annotations", buf_text(&out),
		      out.len);
	buf_reset(&out);
	assert_true(github_outputs(sample_gate(a, GATE_SAMPLE_URLS), &out));
	assert_non_null(
		strstr(buf_text(&out), "gate<<assay_end_0\ninconclusive\n"));
	buf_release(&out);
	arena_free(a);
}

/* ---- what every form keeps to --------------------------------------- */

static void test_no_control_byte_gets_through(void **state)
{
	(void)state;
	for (int kind = 0; kind < RENDER_N; kind++) {
		struct buf out;

		make(&out, GATE_SAMPLE_GROUPS, (enum render_kind)kind,
		     &verbose);
		assert_true(text_utf8_valid(buf_text(&out), out.len, NULL));
		for (size_t i = 0; i < out.len; i++) {
			unsigned char c = (unsigned char)out.text[i];

			assert_true(c == '\n' || (c >= 0x20 && c != 0x7f));
		}
		if (kind == RENDER_MARKDOWN || kind == RENDER_JUNIT)
			assert_null(strstr(buf_text(&out), "<script>"));
		if (kind == RENDER_TERMINAL)
			assert_null(strstr(buf_text(&out), "##["));
		buf_release(&out);
	}
}

static void strip(const struct buf *from, struct buf *to)
{
	for (const char *c = buf_text(from); *c; c++) {
		if (*c == '\x1b')
			c = strchr(c, 'm');
		else
			buf_putc(to, *c);
	}
}

static void test_colour_is_only_added(void **state)
{
	struct buf with, without, stripped;

	(void)state;
	make(&with, GATE_SAMPLE_URLS, RENDER_TERMINAL, &colour);
	make(&without, GATE_SAMPLE_URLS, RENDER_TERMINAL, &plain);
	buf_init(&stripped, TEXT_MAX);
	strip(&with, &stripped);
	assert_string_equal(buf_text(&stripped), buf_text(&without));
	buf_release(&with);
	buf_release(&without);
	buf_release(&stripped);
}

static void test_ascii_and_width(void **state)
{
	struct buf out;

	(void)state;
	make(&out, GATE_SAMPLE_REGRESSION, RENDER_TERMINAL, &ascii);
	for (size_t i = 0; i < out.len; i++)
		assert_true((unsigned char)out.text[i] < 0x80);
	assert_non_null(strstr(buf_text(&out), "could detect +-10.3 %"));
	buf_release(&out);
}

/* Whatever cannot be told is told, though the exit code is 0. */
static void test_inconclusive_is_loud(void **state)
{
	struct buf out;

	(void)state;
	make(&out, GATE_SAMPLE_INSUFFICIENT, RENDER_TERMINAL, &quiet);
	assert_non_null(strstr(buf_text(&out), "gate  INCONCLUSIVE"));
	assert_non_null(strstr(buf_text(&out), "(exit code 0)"));
	assert_non_null(strstr(buf_text(&out),
			       "needs 40000 requests of each side, got 30000"));
	buf_release(&out);
	make(&out, GATE_SAMPLE_NO_CHANGE, RENDER_TERMINAL, &quiet);
	assert_int_equal(out.len, 0);
	buf_release(&out);
}

/* What was asked comes first; a side that is well is told in a line. */
static void test_the_gate_comes_before_its_loads(void **state)
{
	static const struct {
		const struct render_options *opt;
		bool has_details;
	} rows[] = { { &plain, false }, { &verbose, true } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *a = arena_new(ARENA_MAX);
		struct run_result *run = sample_gate(a, GATE_SAMPLE_REGRESSION);
		const char *gate, *load;
		struct buf out;

		assert_true(sample_add_loads(a, run, 1));
		assert_int_equal(run->loads[0].verdict, RUN_OK);
		buf_init(&out, TEXT_MAX);
		assert_true(render(RENDER_TERMINAL, run, rows[i].opt, &out));
		gate = strstr(buf_text(&out), "gate  REGRESSION");
		load = strstr(buf_text(&out), "load ");
		assert_true(gate && load && gate < load);
		assert_int_equal(strstr(load, "Success Rate") != NULL,
				 rows[i].has_details);
		buf_release(&out);
		arena_free(a);
	}
}

/* With fewer cells than any verdict needs, what it would take is a time, and
 * nothing looks like a number that was found. */
static void test_too_short_for_anything(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct run_result *run = sample_gate(a, GATE_SAMPLE_REGRESSION);
	struct gate_metric m = { .name = "errors",
				 .group = "",
				 .kind = GATE_ERRORS,
				 .is_gated = true,
				 .verdict = GATE_INCONCLUSIVE,
				 .note = "",
				 .low = -100,
				 .high = 100,
				 .could_detect = 100,
				 .cells = GATE_CELLS_MIN / 2 };
	struct buf out;

	(void)state;
	buf_init(&out, TEXT_MAX);
	say_gate_need(&out, run->gate, &m);
	assert_string_equal(buf_text(&out), "needs more requests, or a longer "
					    "time: about 2 min");
	buf_reset(&out);
	say_gate_interval(&out, &m);
	say_gate_seen(&out, &m);
	say_gate_p(&out, &m);
	assert_string_equal(buf_text(&out), "-unknown");
	buf_release(&out);
	arena_free(a);
}

/* The smallest change that would have been seen is in every form. */
static void test_what_could_be_seen_is_always_told(void **state)
{
	static const struct {
		enum render_kind kind;
		const char *want;
	} rows[] = {
		{ RENDER_TERMINAL, "\xc2\xb1"
				   "10.3 %" },
		{ RENDER_MARKDOWN, "\xc2\xb1"
				   "10.3 %" },
		{ RENDER_JUNIT, "could_detect=10.3]]" },
		{ RENDER_TAP, "could_detect: 10.3" },
		{ RENDER_JSON, "\"could_detect\": 10.3" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out;

		make(&out, GATE_SAMPLE_REGRESSION, rows[i].kind, &plain);
		if (!strstr(buf_text(&out), rows[i].want))
			fail_msg("%s does not say %s",
				 renderer_get(rows[i].kind)->name,
				 rows[i].want);
		buf_release(&out);
	}
}

static size_t count(const char *text, const char *word)
{
	size_t n = 0;

	while ((text = strstr(text, word))) {
		n++;
		text += strlen(word);
	}
	return n;
}

/* GitHub takes no longer comment, and nothing is cut in half. */
static void test_a_comment_stays_a_comment(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct run_result *run = sample_gate_many(a, 1200);
	struct buf out;

	(void)state;
	assert_non_null(run);
	buf_init(&out, TEXT_MAX);
	assert_true(render(RENDER_MARKDOWN, run, &plain, &out));
	assert_in_range(out.len, COMMENT_MAX / 4, COMMENT_MAX);
	assert_int_equal(count(buf_text(&out), "<details"),
			 count(buf_text(&out), "</details>"));
	assert_int_equal(count(buf_text(&out), "<pre>"),
			 count(buf_text(&out), "</pre>"));
	assert_non_null(strstr(buf_text(&out), "more are left out"));
	buf_release(&out);
	arena_free(a);
}

/* Its reason stands in the head and not once more for each metric; with nothing
 * compared, nothing was measured. */
static void test_a_failed_measurement_is_told_once(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct run_result *run = sample_gate(a, GATE_SAMPLE_INVALID);
	struct gate_metric *metrics;
	struct buf out;

	(void)state;
	assert_non_null(run);
	metrics = arena_alloc(a, run->gate->n_metrics, sizeof(*metrics));
	assert_non_null(metrics);
	for (size_t i = 0; i < run->gate->n_metrics; i++) {
		metrics[i] = run->gate->metrics[i];
		metrics[i].note = "the measurement failed";
	}
	run->gate->metrics = metrics;
	buf_init(&out, TEXT_MAX);
	assert_true(render(RENDER_MARKDOWN, run, &plain, &out));
	assert_null(strstr(buf_text(&out), ": the measurement failed\n"));
	assert_non_null(strstr(buf_text(&out), "(in brackets): told only"));
	assert_non_null(strstr(buf_text(&out), "generator late"));
	buf_release(&out);
	run->gate->n_metrics = run->gate->n_cells = run->gate->n_tails = 0;
	buf_init(&out, TEXT_MAX);
	assert_true(render(RENDER_MARKDOWN, run, &plain, &out));
	assert_non_null(strstr(buf_text(&out), ", planned: 60.0 s"));
	assert_null(strstr(buf_text(&out), "generator late"));
	assert_null(strstr(buf_text(&out), "in brackets"));
	buf_release(&out);
	/* without a rate, it takes a trial to know of how many cells it is */
	run->gate->design.rate_per_s = 0;
	run->gate->design.cells = run->gate->design.launches = 1;
	buf_init(&out, TEXT_MAX);
	assert_true(render(RENDER_MARKDOWN, run, &plain, &out));
	assert_non_null(strstr(buf_text(&out), ", planned: 60.0 s, seed "));
	buf_release(&out);
	arena_free(a);
}

/* What is judged lives in files, for the tests of whole programs.  UPDATE=1
 * writes them anew; that they are read shows that they are judged likewise. */
static void test_judged(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	const char *wish = getenv("UPDATE");
	static struct errs es;

	(void)state;
	for (size_t i = 0; i < GATE_STORIES; i++) {
		const struct gate_story *story = &gate_stories[i];
		struct run_result *run = sample_gate_judged(a, story);
		struct run_result *back = NULL;
		char path[128];
		struct buf out;

		assert_non_null(run);
		buf_init(&out, TEXT_MAX);
		assert_true(render(RENDER_JSON, run, &plain, &out));
		snprintf(path, sizeof(path), "tests/golden/gate/%s.json",
			 story->name);
		if (wish && !strcmp(wish, "1"))
			assert_golden(path, buf_text(&out), out.len);
		if (!result_read_file(path, a, &back, &es))
			fail_msg("%s", es.item[0].text);
		assert_int_equal(back->exit_code, run->exit_code);
		buf_release(&out);
	}
	arena_free(a);
}

static void test_json_tells_the_same_again(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	static struct errs es;

	(void)state;
	for (size_t i = 0; i < GATE_STORIES; i++) {
		struct run_result *run =
			sample_gate_judged(a, &gate_stories[i]);
		struct run_result *back;
		struct buf json, first, again;

		assert_non_null(run);
		buf_init(&json, TEXT_MAX);
		buf_init(&first, TEXT_MAX);
		buf_init(&again, TEXT_MAX);
		assert_true(render(RENDER_JSON, run, &plain, &json));
		assert_true(render(RENDER_MARKDOWN, run, &plain, &first));
		back = result_read(a,
				   &(struct source){ "result.json",
						     buf_text(&json),
						     json.len },
				   &es);
		if (!back)
			fail_msg("%s: %s", gate_stories[i].name,
				 es.item[0].text);
		assert_true(render(RENDER_MARKDOWN, back, &plain, &again));
		assert_string_equal(buf_text(&first), buf_text(&again));
		buf_release(&json);
		buf_release(&first);
		buf_release(&again);
	}
	arena_free(a);
}

/* ---- numbers -------------------------------------------------------- */

static const struct {
	enum gate_kind kind;
	double change;
	const char *want;
} changes[] = {
	{ GATE_LATENCY, 12.44, "+12.4 %" },
	{ GATE_LATENCY, -0.04, "0.0 %" },
	{ GATE_LATENCY, 0.05001, "+0.1 %" },
	{ GATE_LATENCY, -100, "-100.0 %" },
	{ GATE_LATENCY, 1234.5, "+1235 %" },
	{ GATE_LATENCY, 1.0 / 0.0, "-" },
	{ GATE_THROUGHPUT, -3.25, "-3.3 %" },
	{ GATE_ERRORS, 0.012, "+0.01 pp" },
	{ GATE_ERRORS, -0.001, "0.00 pp" },
	{ GATE_SLOW, 31, "+31.0 pp" },
};

static void test_changes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(changes); i++) {
		struct gate_metric m = { .kind = changes[i].kind };
		struct buf out;

		buf_init(&out, TEXT_MAX);
		say_gate_change(&out, &m, changes[i].change);
		assert_string_equal(buf_text(&out), changes[i].want);
		buf_release(&out);
	}
}

/* What it takes: of 60 s with 10 launches at 1000/s. */
static const struct need_row {
	const char *name;
	double seen, change, half, half90; /* in percent, near enough */
	double se, within_se;
	bool is_measured, can_launch;
	enum gate_need_kind kind;
	double factor_low, factor_high;
	double effect;
} needs[] = {
	{ "four times the width is wanted", 21, 1, 15, 10, 0.05, 0.05, true,
	  true, GATE_NEED_REQUESTS, 3.9, 4.1, 10 },
	{ "launches differ most", 21, 1, 15, 10, 0.05, 0.02, true, true,
	  GATE_NEED_TIME, 3.9, 4.1, 10 },
	/* 0.0025 = 0.0021 + 0.0004 between; wanted 0.000625 */
	{ "some of it is assumed", 21, 1, 15, 10, 0.05, 0.045826, false, false,
	  GATE_NEED_REQUESTS, 9, 10, 10 },
	{ "too much of it is assumed", 21, 1, 15, 10, 0.05, 0.03, false, false,
	  GATE_NEED_LAUNCHES, 1, 1e9, 10 },
	/* seen well enough, but the change is between the margins */
	{ "between the margins", 9, 7, 10, 7, 0.03, 0.03, true, true,
	  GATE_NEED_REQUESTS, 1.5, 2.5, 0 },
	{ "nothing is known", 0, 0, 0, 0, 0, 0, true, true, GATE_NEED_MORE, 0,
	  0, 0 },
};

static struct gate_need need_of(const struct gate_result *like,
				const struct need_row *row)
{
	struct gate_result g = *like;
	struct gate_metric m = {
		.name = "throughput",
		.group = "",
		.kind = GATE_THROUGHPUT,
		.is_gated = true,
		.verdict = GATE_INCONCLUSIVE,
		.note = "",
		.estimate = row->change,
		.low = row->change - row->half,
		.high = row->change + row->half,
		.low90 = row->change - row->half90,
		.high90 = row->change + row->half90,
		.could_detect = row->seen,
		.se = row->se,
		.within_se = row->within_se,
		.launch_is_measured = row->is_measured,
		.cells = 150,
	};

	g.design.can_launch = row->can_launch;
	return gate_need(&g, &m);
}

static void test_needs(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct run_result *run = sample_gate(a, GATE_SAMPLE_REGRESSION);

	(void)state;
	for (size_t i = 0; i < COUNT(needs); i++) {
		struct gate_need n = need_of(run->gate, &needs[i]);

		if (n.kind != needs[i].kind || n.effect != needs[i].effect ||
		    n.factor < needs[i].factor_low ||
		    n.factor > needs[i].factor_high)
			fail_msg("%s: %d, %g times, to see %g", needs[i].name,
				 (int)n.kind, n.factor, n.effect);
		if (n.kind == GATE_NEED_TIME)
			assert_true(n.launches >= 40 && n.launches <= 41);
	}
	arena_free(a);
}

/* Of shares twice what counts is no change, and that is what is to be seen. */
static void test_need_of_shares(void **state)
{
	static const struct {
		double a, b, seen, effect; /* shares, points, points */
	} rows[] = {
		{ 0, 0, 0.4, 0.2 },	  /* 0.1 pp count */
		{ 0.01, 0.01, 0.8, 0.4 }, /* a fifth of them counts */
		{ 0.02, 0.01, 0.8, 0.4 }, /* of the smaller share */
		{ 0.01, 0.015, 0.8, 0.4 },
	};
	struct arena *a = arena_new(ARENA_MAX);
	struct run_result *run = sample_gate(a, GATE_SAMPLE_REGRESSION);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct gate_metric m = {
			.name = "errors",
			.group = "",
			.kind = GATE_ERRORS,
			.is_gated = true,
			.verdict = GATE_INCONCLUSIVE,
			.note = "",
			.a = rows[i].a,
			.b = rows[i].b,
			.low = -1,
			.high = 1,
			.low90 = -0.9,
			.high90 = 0.9,
			.could_detect = rows[i].seen,
			.cells = 150,
		};
		struct gate_need n = gate_need(run->gate, &m);

		if (n.kind != GATE_NEED_REQUESTS || n.factor < 3.9 ||
		    n.factor > 4.1 || fabs(n.effect - rows[i].effect) > 1e-9)
			fail_msg("row %zu: %d, %g times, to see %g", i,
				 (int)n.kind, n.factor, n.effect);
	}
	arena_free(a);
}

/* What does not count or was decided needs nothing. */
static void test_nothing_needed(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct run_result *run = sample_gate(a, GATE_SAMPLE_REGRESSION);

	(void)state;
	for (size_t i = 0; i < run->gate->n_metrics; i++)
		assert_int_equal(
			gate_need(run->gate, &run->gate->metrics[i]).kind,
			GATE_NEED_NOTHING);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_goldens),
		cmocka_unit_test(test_judged),
		cmocka_unit_test(test_github),
		cmocka_unit_test(test_no_control_byte_gets_through),
		cmocka_unit_test(test_colour_is_only_added),
		cmocka_unit_test(test_ascii_and_width),
		cmocka_unit_test(test_inconclusive_is_loud),
		cmocka_unit_test(test_the_gate_comes_before_its_loads),
		cmocka_unit_test(test_too_short_for_anything),
		cmocka_unit_test(test_what_could_be_seen_is_always_told),
		cmocka_unit_test(test_a_comment_stays_a_comment),
		cmocka_unit_test(test_a_failed_measurement_is_told_once),
		cmocka_unit_test(test_json_tells_the_same_again),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_needs),
		cmocka_unit_test(test_need_of_shares),
		cmocka_unit_test(test_nothing_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
