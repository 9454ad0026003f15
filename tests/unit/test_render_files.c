/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "report/render/markdown.h"
#include "report/render/render.h"
#include "report/result/result_json.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/text.h"
#include "tests/unit/golden.h"
#include "tests/unit/sample_run.h"

enum { TEXT_MAX = 64 << 20, ARENA_MAX = 256 << 20, MANY = 3000 };

static const struct render_options opt = { .utf8 = true };

/* A form that has nothing to say of checks. */
static bool is_of_loads(int kind)
{
	return kind == RENDER_CSV || kind == RENDER_HDR_LOG;
}

/* Those of test_render_metrics.c. */
static bool is_of_metrics(int kind)
{
	return kind == RENDER_CSV_PERCENTILES || kind == RENDER_PROMETHEUS ||
	       kind == RENDER_OPENMETRICS || kind == RENDER_INFLUX ||
	       kind == RENDER_OTLP;
}

/* Pages are long: one of checks and one of loads is read. */
static bool is_left_out(int kind, int sample)
{
	return kind == RENDER_HTML && sample != SAMPLE_RICH &&
	       sample != SAMPLE_LOADS;
}

static void test_goldens(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);

	(void)state;
	for (int kind = RENDER_JSON; kind < RENDER_N; kind++) {
		for (int s = 0; s < SAMPLE_N; s++) {
			struct run_result *run = sample_run(a, (enum sample)s);
			char path[128];
			struct buf out;

			assert_non_null(run);
			if (is_of_metrics(kind) || is_left_out(kind, s) ||
			    (!run->n_loads && is_of_loads(kind)))
				continue;
			buf_init(&out, TEXT_MAX);
			assert_true(render((enum render_kind)kind, run, &opt,
					   &out));
			snprintf(path, sizeof(path),
				 "tests/golden/render/%s.%s",
				 sample_name((enum sample)s),
				 renderer_get((enum render_kind)kind)
					 ->extension);
			assert_golden(path, buf_text(&out), out.len);
			buf_release(&out);
		}
	}
	arena_free(a);
}

static void render_sample(struct buf *out, enum render_kind kind,
			  enum sample sample)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct run_result *run = sample_run(a, sample);

	assert_non_null(run);
	buf_init(out, TEXT_MAX);
	assert_true(render(kind, run, &opt, out));
	arena_free(a);
}

static void render_rich(struct buf *out, enum render_kind kind)
{
	render_sample(out, kind, SAMPLE_RICH);
}

/* Files are plain text: UTF-8 without control bytes, whatever was seen. */
static void test_files_are_clean_text(void **state)
{
	(void)state;
	for (int k = 0; k < 2 * (RENDER_N - RENDER_JSON); k++) {
		struct buf out;

		render_sample(&out, (enum render_kind)(RENDER_JSON + k / 2),
			      k % 2 ? SAMPLE_LOADS : SAMPLE_RICH);
		assert_true(text_utf8_valid(buf_text(&out), out.len, NULL));
		for (size_t i = 0; i < out.len; i++) {
			unsigned char c = (unsigned char)out.text[i];

			assert_true(c == '\n' || (c >= 0x20 && c != 0x7f));
		}
		buf_release(&out);
	}
}

/* What a run rendered to JSON says is what is rendered from it later. */
static void test_json_tells_the_same_again(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct run_result *run = sample_run(a, SAMPLE_OUTCOMES);
	static struct errs es;
	struct buf json, first, again;
	struct run_result *back;

	(void)state;
	buf_init(&json, TEXT_MAX);
	buf_init(&first, TEXT_MAX);
	buf_init(&again, TEXT_MAX);
	assert_true(render(RENDER_JSON, run, &opt, &json));
	back = result_read(
		a, &(struct source){ "result.json", buf_text(&json), json.len },
		&es);
	assert_non_null(back);
	assert_int_equal(es.n, 0);
	assert_true(render(RENDER_MARKDOWN, run, &opt, &first));
	assert_true(render(RENDER_MARKDOWN, back, &opt, &again));
	assert_string_equal(buf_text(&first), buf_text(&again));
	buf_release(&json);
	buf_release(&first);
	buf_release(&again);
	arena_free(a);
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

static void test_junit_suites(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	const struct run_result *runs[] = { sample_run(a, SAMPLE_RICH),
					    sample_run(a, SAMPLE_OK) };
	struct buf out;

	(void)state;
	buf_init(&out, TEXT_MAX);
	assert_true(render_junit(runs, 2, &opt, &out));
	assert_int_equal(count(buf_text(&out), "<testsuite "), 2);
	assert_int_equal(count(buf_text(&out), "<testcase "),
			 runs[0]->n_checks + runs[1]->n_checks);
	assert_int_equal(count(buf_text(&out), "<failure "),
			 runs[0]->counts.failed);
	/* only our own lines may set a property or attach a file */
	assert_int_equal(count(buf_text(&out), "[["),
			 count(buf_text(&out), "\n[[PROPERTY|"));
	buf_release(&out);
	arena_free(a);
}

/* No line of foreign text can be taken for a test line or a plan. */
static void test_tap_lines(void **state)
{
	size_t results = 0;
	struct buf out;

	(void)state;
	render_rich(&out, RENDER_TAP);
	for (char *line = strtok(out.text, "\n"); line;
	     line = strtok(NULL, "\n")) {
		bool is_result = !strncmp(line, "ok ", 3) ||
				 !strncmp(line, "not ok ", 7);

		results += is_result;
		assert_true(is_result || *line == '#' || *line == ' ' ||
			    !strncmp(line, "1..", 3) ||
			    !strcmp(line, "TAP version 14"));
	}
	assert_int_equal(results, 13);
	buf_release(&out);
}

static void test_markdown_is_bounded(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct run_result *run = sample_many(a, MANY);
	const char *text, *ok;
	struct buf out;

	(void)state;
	assert_non_null(run);
	buf_init(&out, TEXT_MAX);
	assert_true(render(RENDER_MARKDOWN, run, &opt, &out));
	text = buf_text(&out);
	assert_in_range(out.len, MARKDOWN_MAX / 2, MARKDOWN_MAX);
	assert_non_null(strstr(text, "more checks are left out"));
	/* what failed comes first, and nothing is cut in half */
	ok = strstr(text, "| \xe2\x9c\x85 ok");
	assert_true(ok && !strstr(ok, "| \xe2\x9d\x8c failed"));
	assert_int_equal(count(text, "<details"), count(text, "</details>"));
	assert_int_equal(count(text, "<pre>"), count(text, "</pre>"));
	buf_release(&out);
	arena_free(a);
}

/* Markup of a target must not survive as markup. */
static void test_markdown_is_escaped(void **state)
{
	struct buf out;

	(void)state;
	render_rich(&out, RENDER_MARKDOWN);
	assert_null(strstr(buf_text(&out), "<b>"));
	assert_null(strstr(buf_text(&out), "<!--"));
	assert_null(strstr(buf_text(&out), " @all |"));
	assert_int_equal(count(buf_text(&out), "<details"),
			 count(buf_text(&out), "</details>"));
	buf_release(&out);
}

static void test_table(void **state)
{
	(void)state;
	for (int kind = 0; kind < RENDER_N; kind++) {
		const struct renderer *r = renderer_get((enum render_kind)kind);

		assert_ptr_equal(renderer_find(r->name), r);
		assert_true(*r->extension && *r->doc);
	}
	assert_null(renderer_find("yaml"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_goldens),
		cmocka_unit_test(test_files_are_clean_text),
		cmocka_unit_test(test_json_tells_the_same_again),
		cmocka_unit_test(test_junit_suites),
		cmocka_unit_test(test_tap_lines),
		cmocka_unit_test(test_markdown_is_bounded),
		cmocka_unit_test(test_markdown_is_escaped),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
