/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/metrics/perfdata.h"
#include "scenarios/base/buf.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))

static void on_datum(void *self, const struct perf_datum *d)
{
	struct buf *out = self;

	perfdata_print(d, out);
	buf_putc(out, '\n');
}

static bool read_output(const char *text, struct buf *out, struct errs *es)
{
	const struct source src = { "output", text, strlen(text) };

	*es = (struct errs){ 0 };
	return perfdata_read(&src, on_datum, out, es);
}

static void data(void **state)
{
	static const struct {
		const char *output, *line, *data;
	} rows[] = {
		{ "", "", "" },
		{ "OK\n", "OK", "" },
		{ "  OK - fine  | a=1\n", "OK - fine", "'a'=1;;;;\n" },
		{ "DISK OK | /=2643MB;5948;5958;0;5968", "DISK OK",
		  "'/'=2643MB;5948;5958;0;5968\n" },
		{ "| a=1 b=-0.5% c=7c d=1.5e-3s", "",
		  "'a'=1;;;;\n'b'=-0.5%;;;;\n'c'=7c;;;;\n'd'=0.0015s;;;;\n" },
		{ "| 'a b'=1 'it''s'=2", "", "'a b'=1;;;;\n'it''s'=2;;;;\n" },
		{ "| a=U;1;2 b=1;~:10;@10:20", "",
		  "'a'=U;1;2;;\n'b'=1;~:10;@10:20;;\n" },
		{ "| a=1;;;0;10 b=1;;;;", "", "'a'=1;;;0;10\n'b'=1;;;;\n" },
		{ "x | a=1\nlong\nmore | b=2\nc=3", "x",
		  "'a'=1;;;;\n'b'=2;;;;\n'c'=3;;;;\n" },
		{ "x\nlong | a=1", "x", "'a'=1;;;;\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct errs es;
		struct buf out, line;

		buf_init(&out, 10000);
		buf_init(&line, 10000);
		if (!read_output(rows[i].output, &out, &es))
			fail_msg("%s: %s", rows[i].output, es.item[0].text);
		assert_string_equal(buf_text(&out), rows[i].data);
		perfdata_line(rows[i].output, strlen(rows[i].output), &line);
		assert_string_equal(buf_text(&line), rows[i].line);
		buf_release(&out);
		buf_release(&line);
	}
}

/* What is wrong is said, and the rest is taken all the same. */
static void mistakes(void **state)
{
	static const struct {
		const char *output;
		unsigned line, col;
		const char *part, *data;
	} rows[] = {
		{ "x|a=1 b c=2", 1, 7,
		  "followed by =", "'a'=1;;;;\n'c'=2;;;;\n" },
		{ "x|=1 a=1", 1, 3, "a label is missing", "'a'=1;;;;\n" },
		{ "x|a= b=2", 1, 5, "a number is expected", "'b'=2;;;;\n" },
		{ "x|a=one b=2", 1, 5, "a number is expected", "'b'=2;;;;\n" },
		{ "x|'a=1 b=2", 1, 3, "this quote is not closed", "" },
		{ "x|'a'1 b=2", 1, 3, "followed by =", "'b'=2;;;;\n" },
		{ "x|a=1MB2 b=2", 1, 8, "no unit", "'b'=2;;;;\n" },
		{ "x|a=Us b=2", 1, 5, "U has no unit", "'b'=2;;;;\n" },
		{ "x|a=1;x b=2", 1, 7, "no range", "'b'=2;;;;\n" },
		{ "x|a=1;;;x b=2", 1, 9, "no number", "'b'=2;;;;\n" },
		{ "x|a=1;1;2;3;4;5 b=2", 1, 14, "a blank is expected",
		  "'b'=2;;;;\n" },
		{ "x\ny|a=1\nb", 3, 1, "followed by =", "'a'=1;;;;\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct errs es;
		struct buf out;

		buf_init(&out, 10000);
		assert_false(read_output(rows[i].output, &out, &es));
		if (!strstr(es.item[0].text, rows[i].part))
			fail_msg("%s: %s", rows[i].output, es.item[0].text);
		if (es.item[0].at.line != rows[i].line ||
		    es.item[0].at.col != rows[i].col)
			fail_msg("%s: %u:%u", rows[i].output,
				 es.item[0].at.line, es.item[0].at.col);
		assert_string_equal(buf_text(&out), rows[i].data);
		buf_release(&out);
	}
}

static void there_is_a_limit(void **state)
{
	struct buf text, out;
	struct errs es;

	(void)state;
	buf_init(&text, BUF_NO_LIMIT);
	buf_init(&out, BUF_NO_LIMIT);
	buf_puts(&text, "OK |");
	for (int i = 0; i <= PERFDATA_MAX; i++)
		buf_printf(&text, " a%d=%d", i, i);
	assert_false(read_output(buf_text(&text), &out, &es));
	assert_non_null(strstr(es.item[0].text, "too much"));
	buf_release(&text);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(there_is_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
