/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "report/file.h"
#include "report/out.h"
#include "report/render/github.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "tests/unit/golden.h"
#include "tests/unit/sample_run.h"

enum { TEXT_MAX = 8 << 20, ARENA_MAX = 64 << 20 };

static const struct github_env here = {
	.actions = "true",
	.workspace = "/home/runner/shop",
	.folder = "/home/runner/shop/checks",
};

static size_t count(const char *text, const char *word)
{
	size_t n = 0;

	while ((text = strstr(text, word))) {
		n++;
		text += strlen(word);
	}
	return n;
}

static void test_goldens(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct run_result *run = sample_run(a, SAMPLE_RICH);
	struct buf out;

	(void)state;
	buf_init(&out, TEXT_MAX);
	assert_true(github_annotations(run, &here, &out));
	assert_golden("tests/golden/render/rich.annotations", buf_text(&out),
		      out.len);
	buf_reset(&out);
	assert_true(github_outputs(run, &out));
	assert_golden("tests/golden/render/rich.outputs", buf_text(&out),
		      out.len);
	buf_reset(&out);
	run = sample_run(a, SAMPLE_LOADS);
	assert_true(github_annotations(run, &here, &out));
	assert_golden("tests/golden/render/loads.annotations", buf_text(&out),
		      out.len);
	buf_release(&out);
	arena_free(a);
}

/* Each line is one command, whatever a target said. */
static void test_no_line_is_foreign(void **state)
{
	static const enum sample samples[] = { SAMPLE_RICH, SAMPLE_LOADS };
	struct arena *a = arena_new(ARENA_MAX);
	struct buf out;

	(void)state;
	buf_init(&out, TEXT_MAX);
	for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++)
		assert_true(github_annotations(sample_run(a, samples[i]), &here,
					       &out));
	for (char *line = strtok(out.text, "\n"); line;
	     line = strtok(NULL, "\n"))
		assert_true(!strncmp(line, "::error ", 8) ||
			    !strncmp(line, "::warning ", 10));
	buf_release(&out);
	arena_free(a);
}

static void test_the_rest_is_counted(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct run_result *run = sample_many(a, 300);
	struct buf out;

	(void)state;
	buf_init(&out, TEXT_MAX);
	assert_true(github_annotations(run, &here, &out));
	assert_int_equal(count(buf_text(&out), "::error "),
			 GITHUB_ANNOTATIONS_MAX);
	assert_non_null(strstr(buf_text(&out), "::91 more are like this"));
	/* the most severe are those that are told */
	assert_int_equal(count(buf_text(&out), "::failed (critical)"),
			 GITHUB_ANNOTATIONS_MAX - 1);
	buf_release(&out);
	arena_free(a);
}

static void test_paths(void **state)
{
	static const struct {
		const char *workspace, *folder, *file, *want;
	} rows[] = {
		{ "/w/shop", "/w/shop", "a.yaml", "file=a.yaml," },
		{ "/w/shop", "/w/shop", "./a.yaml", "file=a.yaml," },
		{ "/w/shop/", "/w/shop", "a.yaml", "file=a.yaml," },
		{ "/w/shop", "/w/shop/sub", "a.yaml", "file=sub/a.yaml," },
		{ "/w/shop", "/other", "/w/shop/x/a.yaml", "file=x/a.yaml," },
		{ "/w/shop", "/w/shop", "/etc/a.yaml", "file=/etc/a.yaml," },
		{ "/w/shop", "/w/shop2", "a.yaml", "file=a.yaml," },
		{ NULL, "", "a,b:c%.yaml", "file=a%2Cb%3Ac%25.yaml," },
	};
	struct arena *a = arena_new(ARENA_MAX);
	struct run_result *run = sample_run(a, SAMPLE_PARTIAL);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct github_env env = { .actions = "true",
					  .workspace = rows[i].workspace };
		struct step_result *step =
			(struct step_result *)run->checks[1].attempts[0].steps;
		struct buf out;

		snprintf(env.folder, sizeof(env.folder), "%s", rows[i].folder);
		step->at.file = rows[i].file;
		buf_init(&out, TEXT_MAX);
		assert_true(github_annotations(run, &env, &out));
		assert_non_null(strstr(buf_text(&out), rows[i].want));
		buf_release(&out);
	}
	arena_free(a);
}

/* A name that tries to end the value cannot set an output of its own. */
static void test_outputs_hold_their_values(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct run_result *run = sample_run(a, SAMPLE_RICH);
	struct buf out;

	(void)state;
	run->checks[2].name = "x\nassay_end_0\nverdict=ok\nassay_end_1";
	buf_init(&out, TEXT_MAX);
	assert_true(github_outputs(run, &out));
	assert_non_null(strstr(buf_text(&out), "failed_checks<<assay_end_2\n"));
	assert_null(strstr(buf_text(&out), "\nverdict=ok"));
	assert_int_equal(count(buf_text(&out), "\n"), 15);
	buf_release(&out);
	arena_free(a);
}

static char *temporary(char *path)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "before\n", 7), 7);
	close(fd);
	return path;
}

static void publish(struct github_env *env, FILE *to, bool want,
		    struct errs *es)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct run_result *run = sample_run(a, SAMPLE_RICH);
	struct out out;

	out_init(&out, to, NULL, OUT_NEVER);
	assert_int_equal(github_publish(run, env, &out, es), want);
	assert_false(out_failed(&out));
	arena_free(a);
}

static void test_publish_appends(void **state)
{
	char summary[] = "build/test-summary-XXXXXX";
	char output[] = "build/test-output-XXXXXX";
	struct github_env env = here;
	static struct errs es;
	FILE *to = tmpfile();
	struct buf text;

	(void)state;
	assert_non_null(to);
	env.step_summary = temporary(summary);
	env.output = temporary(output);
	publish(&env, to, true, &es);
	assert_int_equal(es.n, 0);
	assert_true(ftell(to) > 0);
	buf_init(&text, TEXT_MAX);
	assert_true(file_read(summary, TEXT_MAX, &text, &es));
	assert_ptr_equal(strstr(buf_text(&text), "before\n## "),
			 buf_text(&text));
	buf_reset(&text);
	assert_true(file_read(output, TEXT_MAX, &text, &es));
	assert_ptr_equal(strstr(buf_text(&text), "before\nverdict<<"),
			 buf_text(&text));
	buf_release(&text);
	fclose(to);
	unlink(summary);
	unlink(output);
}

static void test_a_file_that_fails_keeps_no_other(void **state)
{
	char output[] = "build/test-output-XXXXXX";
	struct github_env env = here;
	static struct errs es;
	FILE *to = tmpfile();
	struct buf text;

	(void)state;
	env.step_summary = "/nowhere/at/all";
	env.output = temporary(output);
	publish(&env, to, false, &es);
	assert_int_equal(es.n, 1);
	assert_int_equal(errs_exit_code(&es), 4);
	buf_init(&text, TEXT_MAX);
	assert_true(file_read(output, TEXT_MAX, &text, &es));
	assert_non_null(strstr(buf_text(&text), "verdict<<"));
	buf_release(&text);
	fclose(to);
	unlink(output);
}

static void test_nothing_elsewhere(void **state)
{
	static const char *const values[] = { NULL, "", "false", "1" };
	char output[] = "build/test-output-XXXXXX";
	struct github_env env = here;
	static struct errs es;
	FILE *to = tmpfile();
	struct buf text;

	(void)state;
	env.output = temporary(output);
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		env.actions = values[i];
		publish(&env, to, true, &es);
	}
	assert_int_equal(ftell(to), 0);
	buf_init(&text, TEXT_MAX);
	assert_true(file_read(output, TEXT_MAX, &text, &es));
	assert_string_equal(buf_text(&text), "before\n");
	buf_release(&text);
	fclose(to);
	unlink(output);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_goldens),
		cmocka_unit_test(test_no_line_is_foreign),
		cmocka_unit_test(test_the_rest_is_counted),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_outputs_hold_their_values),
		cmocka_unit_test(test_publish_appends),
		cmocka_unit_test(test_a_file_that_fails_keeps_no_other),
		cmocka_unit_test(test_nothing_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
