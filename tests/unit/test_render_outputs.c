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

#include "report/commands/cmd_report.h"
#include "report/file.h"
#include "report/render/outputs.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/options.h"
#include "tests/unit/sample_run.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
enum { TEXT_MAX = 8 << 20, ARENA_MAX = 64 << 20, PATH_BYTES = 256 };

struct mine {
	int other;
	struct outputs outputs;
};

static const struct option_spec specs[] = {
	OUTPUTS_OPTIONS(struct mine, outputs){ 0 },
};

static void test_tables(void **state)
{
	struct buf why;

	(void)state;
	buf_init(&why, TEXT_MAX);
	assert_true(options_check(specs, &why));
	assert_true(options_check(cmd_report.options, &why));
	assert_string_equal(buf_text(&why), "");
	buf_release(&why);
	for (int kind = 0; kind < RENDER_N; kind++) {
		const char *name = renderer_get((enum render_kind)kind)->name;

		assert_int_equal(options_find(specs, name) != NULL,
				 kind != RENDER_TERMINAL);
	}
}

static void test_parse(void **state)
{
	char name[] = "report", junit[] = "--junit", path[] = "a.xml",
	     json[] = "--json=-";
	char *argv[] = { name, junit, path, json, NULL };
	static struct errs es;
	struct mine mine = { 0 };

	(void)state;
	assert_true(options_parse(specs, &mine, 4, argv, NULL, &es));
	assert_string_equal(mine.outputs.path[RENDER_JUNIT], "a.xml");
	assert_null(mine.outputs.path[RENDER_TAP]);
	assert_true(outputs_take_stdout(&mine.outputs));
	options_release(specs, &mine);
}

static void test_check(void **state)
{
	static const struct {
		const char *junit, *tap;
		size_t n_runs;
		const char *problem; /* NULL: none */
	} rows[] = {
		{ "a.xml", "a.tap", 1, NULL },
		{ "a.xml", NULL, 2, NULL },
		{ "a", "a", 1, "--junit and --tap would both write" },
		{ "a", "./a", 1, "--junit and --tap would both write" },
		{ "tests/x", "tests/unit/../x", 1, "both write" },
		{ "a", "tests/a", 1, NULL },
		{ "-", "-", 1, "--junit and --tap would both write to \"-\"" },
		{ "-", "a", 1, NULL },
		{ "/dev/null", "/dev/null", 1, NULL },
		{ "", NULL, 1, "--junit needs the name of a file" },
		{ NULL, "a.tap", 2, "--tap holds one result, got 2" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		static struct errs es;
		struct outputs t = { .path = { [RENDER_JUNIT] = rows[i].junit,
					       [RENDER_TAP] = rows[i].tap } };

		memset(&es, 0, sizeof(es));
		assert_int_equal(outputs_check(&t, rows[i].n_runs, &es),
				 !rows[i].problem);
		assert_int_equal(es.n, rows[i].problem ? 1 : 0);
		if (rows[i].problem) {
			assert_non_null(
				strstr(es.item[0].text, rows[i].problem));
			assert_int_equal(errs_exit_code(&es), 2);
		}
	}
}

/* One that fails does not keep the others from being written. */
static void test_write(void **state)
{
	char folder[] = "build/test-outputs-XXXXXX";
	char markdown[PATH_BYTES];
	struct arena *a = arena_new(ARENA_MAX);
	const struct run_result *run = sample_run(a, SAMPLE_RICH);
	static struct errs es;
	struct outputs t = { .path = { [RENDER_JSON] = "/nowhere/at/all",
				       [RENDER_MARKDOWN] = markdown } };
	struct buf text;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(markdown, sizeof(markdown), "%s/a.md", folder);
	assert_false(outputs_write(&t, &run, 1, &es));
	assert_int_equal(es.n, 1);
	assert_int_equal(errs_exit_code(&es), 4);
	buf_init(&text, TEXT_MAX);
	assert_true(file_read(markdown, TEXT_MAX, &text, &es));
	assert_non_null(strstr(buf_text(&text), "exit code 1"));
	buf_release(&text);
	unlink(markdown);
	rmdir(folder);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
