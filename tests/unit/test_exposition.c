/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/metrics/exposition.h"
#include "scenarios/base/buf.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))

#define T EXPOSITION_TEXT
#define O EXPOSITION_OPENMETRICS

/* Tells a sample in one word after the other: what it is to its family, and
 * its line. */
static bool on_sample(void *self, const struct metric_sample *s)
{
	static const char *const parts[] = { "value", "bucket", "quantile",
					     "sum",   "count",	"created" };
	struct buf *out = self;

	buf_printf(out, "%.*s %s %s ", (int)s->family_len, s->family,
		   metric_type_name(s->type, O), parts[s->part]);
	if (s->part == PART_BUCKET || s->part == PART_QUANTILE) {
		exposition_print_number(s->bound, out);
		buf_putc(out, ' ');
	}
	exposition_print(s, O, out);
	return true;
}

static bool read_page(const char *text, enum exposition_format format,
		      struct buf *out, struct errs *es)
{
	const struct source src = { "page", text, strlen(text) };
	const struct exposition_sink sink = { on_sample, out };

	*es = (struct errs){ 0 };
	return exposition_read(&src, format, &sink, NULL, es);
}

static void samples(void **state)
{
	static const struct {
		enum exposition_format format;
		const char *text, *told;
	} rows[] = {
		{ T, "a 1\n", "a unknown value a 1\n" },
		{ T, "# TYPE a counter\na_total 1\na 2\n",
		  "a_total unknown value a_total 1\na counter value a 2\n" },
		{ O, "# TYPE a counter\na_total 1\na_created 5\n# EOF\n",
		  "a counter value a_total 1\na counter created a_created "
		  "5\n" },
		{ T, " \t a { b = \"c\" , } \t +Inf \t 1500 \n",
		  "a unknown value a{b=\"c\"} +Inf 1.5\n" },
		{ T, "a{b=\"\\n\\\\\\\"\"} NaN\n",
		  "a unknown value a{b=\"\\n\\\\\\\"\"} NaN\n" },
		{ O, "# TYPE a gauge\na{b=\"\\d\"} -Inf\n# EOF\n",
		  "a gauge value a{b=\"\\\\d\"} -Inf\n" },
		{ T,
		  "# TYPE h histogram\nh_bucket{le=\"0.5\"} 1\n"
		  "h_bucket{le=\"+Inf\"} 2\nh_sum 3\nh_count 2\n",
		  "h histogram bucket 0.5 h_bucket{le=\"0.5\"} 1\n"
		  "h histogram bucket +Inf h_bucket{le=\"+Inf\"} 2\n"
		  "h histogram sum h_sum 3\nh histogram count h_count 2\n" },
		{ T,
		  "# TYPE s summary\ns{quantile=\"0.9\"} 1\ns_sum 3\n"
		  "s_count 2\ns_bucket 1\n",
		  "s summary quantile 0.9 s{quantile=\"0.9\"} 1\n"
		  "s summary sum s_sum 3\ns summary count s_count 2\n"
		  "s_bucket unknown value s_bucket 1\n" },
		/* a family of that very name comes first */
		{ T, "# TYPE h histogram\n# TYPE h_sum gauge\nh_sum 3\n",
		  "h_sum gauge value h_sum 3\n" },
		{ O,
		  "# TYPE a counter\n# HELP a \\n\\\\\\\"\n"
		  "a_total{x=\"y\"} 1 2.5 # {t=\"u\"} 0.5 1.25\n# EOF",
		  "a counter value a_total{x=\"y\"} 1 2.5 # {t=\"u\"} 0.5 "
		  "1.25\n" },
		{ O, "# EOF\n", "" },
		{ T, "", "" },
		{ T, "\n  \n# EOF\n#x\n# HELP\n# TYPE a\n", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct errs es;
		struct buf out;

		buf_init(&out, 10000);
		if (!read_page(rows[i].text, rows[i].format, &out, &es))
			fail_msg("%s: %s", rows[i].text, es.item[0].text);
		assert_int_equal(es.n, 0);
		assert_string_equal(buf_text(&out), rows[i].told);
		buf_release(&out);
	}
}

static void mistakes(void **state)
{
	static const struct {
		enum exposition_format format;
		const char *text;
		unsigned line, col;
		const char *part;
	} rows[] = {
		{ T, "a 1\nb", 2, 2, "the last line does not end" },
		{ T, "a 1\na-b 1\n", 2, 1, "is no name of a metric" },
		{ T, "a\n", 1, 2, "a sample has a value" },
		{ T, "a x\n", 1, 3, "\"x\" is no value" },
		{ T, "a 1e999\n", 1, 3, "is no value" },
		{ T, "a 1 1.5\n", 1, 5, "is no time in milliseconds" },
		{ T, "a 1 2 3\n", 1, 7, "is not expected at the end" },
		{ T, "a{b=\"c\",b=\"d\"} 1\n", 1, 9, "is there a second" },
		{ T, "a{b=\"c} 1\n", 1, 5, "this value is not closed" },
		{ T, "a{b=\"\\d\"} 1\n", 1, 6, "unknown escape" },
		{ T, "a{1=\"d\"} 1\n", 1, 3, "is no name of a label" },
		{ T, "a{b=\"\xff\"} 1\n", 1, 5, "is no UTF-8" },
		{ T, "# TYPE a bad\n", 1, 10, "is no type of a metric" },
		{ T, "# TYPE a info\n", 1, 10, "is no type of a metric" },
		{ T, "a 1\n# TYPE a gauge\n", 2, 8, "after its samples" },
		{ T, "# TYPE a gauge\n# TYPE a gauge\n", 2, 8,
		  "has a type already" },
		{ T, "# TYPE h histogram\nh_bucket 1\n", 2, 1,
		  "a bucket has a label le" },
		{ T, "# TYPE h histogram\nh_bucket{le=\"x\"} 1\n", 2, 10,
		  "has a value that is no number" },
		{ O, "a 1\n", 2, 1, "no # EOF at the end" },
		{ O, "a  1\n# EOF\n", 1, 2, "a sample has a value" },
		{ O, "\n# EOF\n", 1, 1, "no empty lines" },
		{ O, "# x\n# EOF\n", 1, 3, "is no word of OpenMetrics" },
		{ O, "#x\n# EOF\n", 1, 1, "has no comments but" },
		{ O, "# EOF\n\n", 2, 1, "more behind # EOF" },
		{ O, "# TYPE a gauge\na 1 # {} 1\n# EOF\n", 2, 5,
		  "only counters and buckets have exemplars" },
		{ O, "# TYPE a counter\n# UNIT a s\n# EOF\n", 2, 10,
		  "is a unit that its name does not end in" },
		{ O, "# TYPE a counter\na 1\n# EOF\n", 2, 1,
		  "whose samples end in _total" },
		{ O, "a 1\n# HELP a b\n# EOF\n", 2, 3,
		  "comes after the samples" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct errs es;
		struct buf out;

		buf_init(&out, 10000);
		assert_false(
			read_page(rows[i].text, rows[i].format, &out, &es));
		assert_int_equal(es.n, 1);
		if (!strstr(es.item[0].text, rows[i].part))
			fail_msg("%s: %s", rows[i].text, es.item[0].text);
		if (es.item[0].at.line != rows[i].line ||
		    es.item[0].at.col != rows[i].col)
			fail_msg("%s: %u:%u", rows[i].text, es.item[0].at.line,
				 es.item[0].at.col);
		buf_release(&out);
	}
}

static void something_else(void **state)
{
	static const struct {
		const char *body, *part;
	} rows[] = {
		{ "a 1\n", NULL },
		{ "{broken", NULL },
		{ "", "is empty" },
		{ " \r\n", "is empty" },
		{ "<html>", "HTML or XML" },
		{ "{\"a\":1}", "is JSON, not exposition text" },
		{ "[1]", "is JSON, not exposition text" },
		{ "\"a 1\\nb 2\\n\"", "a JSON string that holds exposition" },
		{ "\"hello there\"", "holds no exposition text" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *says =
			exposition_misfit(rows[i].body, strlen(rows[i].body));

		if (!rows[i].part)
			assert_null(says);
		else if (!says || !strstr(says, rows[i].part))
			fail_msg("%s: %s", rows[i].body, says ? says : "");
	}
}

static void formats(void **state)
{
	(void)state;
	assert_int_equal(exposition_format_of(NULL), T);
	assert_int_equal(exposition_format_of("text/plain; version=0.0.4"), T);
	assert_int_equal(exposition_format_of("application/openmetrics-text"),
			 O);
	assert_int_equal(
		exposition_format_of("Application/OpenMetrics-Text; version=1"),
		O);
	assert_int_equal(exposition_format_of("application/openmetrics"), T);
}

static void a_page_has_limits(void **state)
{
	struct buf text, out;
	struct errs es;

	(void)state;
	buf_init(&text, BUF_NO_LIMIT);
	buf_init(&out, BUF_NO_LIMIT);
	buf_puts(&text, "a{");
	for (int i = 0; i <= EXPOSITION_LABELS_MAX; i++)
		buf_printf(&text, "l%d=\"\",", i);
	buf_puts(&text, "} 1\n");
	assert_false(read_page(buf_text(&text), T, &out, &es));
	assert_non_null(strstr(es.item[0].text, "too many labels"));
	buf_reset(&text);
	buf_puts(&text, "a{b=\"");
	buf_fill(&text, 'x', EXPOSITION_LINE_MAX);
	buf_puts(&text, "\"} 1\n");
	assert_false(read_page(buf_text(&text), T, &out, &es));
	assert_non_null(strstr(es.item[0].text, "too long"));
	buf_release(&text);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples),	     cmocka_unit_test(mistakes),
		cmocka_unit_test(something_else),    cmocka_unit_test(formats),
		cmocka_unit_test(a_page_has_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
