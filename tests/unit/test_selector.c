/* SPDX-License-Identifier: MIT */
/* folder: scenarios */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/metrics/selector.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))

static const struct label series[] = {
	{ "method", 6, "GET", 3 },
	{ "status", 6, "503", 3 },
	{ "path", 4, "/a\"b\n", 5 },
};

static const struct selector *parse(struct arena *a, const char *text,
				    struct errs *es)
{
	struct source src = { .name = "t", .text = text, .len = strlen(text) };

	*es = (struct errs){ 0 };
	return selector_parse(a, text, strlen(text), place_at(&src, 0), es);
}

static void what_is_meant(void **state)
{
	static const struct {
		const char *text;
		bool takes; /* the series above, called http_requests_total */
		const char *printed;
	} rows[] = {
		{ "http_requests_total", true, "http_requests_total" },
		{ " http_requests_total { } ", true, "http_requests_total" },
		{ "http_requests", false, "http_requests" },
		{ "http_requests_total{method=\"GET\"}", true,
		  "http_requests_total{method=\"GET\"}" },
		{ "http_requests_total{method='GET',}", true,
		  "http_requests_total{method=\"GET\"}" },
		{ "http_requests_total{method=\"GE\"}", false, NULL },
		{ "http_requests_total{method!=\"GET\"}", false, NULL },
		{ "http_requests_total{status=~\"5..\"}", true, NULL },
		{ "http_requests_total{status=~`5\\d\\d`}", true,
		  "http_requests_total{status=~\"5\\\\d\\\\d\"}" },
		/* a pattern matches all of the value, as in Prometheus */
		{ "http_requests_total{status=~\"5\"}", false, NULL },
		{ "http_requests_total{status=~\"50|503\"}", true, NULL },
		{ "http_requests_total{status!~\"4..|5..\"}", false, NULL },
		{ "http_requests_total{method=\"GET\", status=~\"4..\"}", false,
		  "http_requests_total{method=\"GET\",status=~\"4..\"}" },
		/* a label that is not there is empty */
		{ "http_requests_total{gone=\"\"}", true, NULL },
		{ "http_requests_total{gone!=\"\"}", false, NULL },
		{ "http_requests_total{gone=~\".*\"}", true, NULL },
		{ "http_requests_total{gone=~\".+\"}", false, NULL },
		{ "{__name__=\"http_requests_total\"}", true,
		  "{__name__=\"http_requests_total\"}" },
		{ "{__name__=~\"http_.*\",method!=\"PUT\"}", true, NULL },
		{ "{__name__=~\"http\"}", false, NULL },
		{ "http_requests_total{path=\"/a\\\"b\\n\"}", true,
		  "http_requests_total{path=\"/a\\\"b\\n\"}" },
		{ "http_requests_total{path='\\x2fa\\42b\\u000a'}", false,
		  NULL },
		{ "http_requests_total{path='\\x2fa\\042b\\u000a'}", true,
		  NULL },
		{ "a:b:c", false, "a:b:c" },
	};
	struct arena *a = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t steps = SELECTOR_STEPS_MAX;
		struct errs es;
		struct buf out;
		const struct selector *s = parse(a, rows[i].text, &es);

		/* the one with a short octal escape is no selector */
		if (!s) {
			assert_false(rows[i].takes);
			assert_int_equal(es.n, 1);
			continue;
		}
		assert_string_equal(s->text, rows[i].text);
		assert_int_equal(selector_takes(s, "http_requests_total", 19,
						series, COUNT(series), &steps),
				 rows[i].takes ? SELECTOR_YES : SELECTOR_NO);
		buf_init(&out, 1000);
		selector_print(s, &out);
		if (rows[i].printed)
			assert_string_equal(buf_text(&out), rows[i].printed);
		buf_release(&out);
	}
	arena_free(a);
}

static void what_is_none(void **state)
{
	static const struct {
		const char *text;
		unsigned col;
		const char *part;
	} rows[] = {
		{ "", 1, "needs the name of a metric" },
		{ "{}", 1, "needs the name of a metric" },
		{ "{a=\"b\"}", 1, "needs the name of a metric" },
		{ "{__name__=~\".*\"}", 1, "needs the name of a metric" },
		{ "{__name__!=\"a\"}", 1, "needs the name of a metric" },
		{ "1a", 1, "does not begin with a digit" },
		{ "a b", 3, "a selector is a name and labels" },
		{ "a-b", 2, "a selector is a name and labels" },
		{ "a[5m]", 2, "a selector is a name and labels" },
		{ "a{", 3, "name of a label is expected" },
		{ "a{b", 4, "followed by =, !=, =~ or !~" },
		{ "a{b>\"c\"}", 4, "followed by =, !=, =~ or !~" },
		{ "a{b=c}", 5, "a text in quotes" },
		{ "a{b=\"c}", 5, "this quote is not closed" },
		{ "a{b=\"c\"", 8, "a comma or } is expected" },
		{ "a{b=\"c\" d=\"e\"}", 9, "a comma or } is expected" },
		{ "a{b=\"\\d\"}", 6, "unknown escape" },
		{ "a{b=\"\\x4\"}", 6, "more hexadecimal digits" },
		{ "a{b=\"\\777\"}", 6, "no byte" },
		{ "a{b=\"\\000\"}", 6, "no character" },
		{ "a{b=~\"(\"}", 8, "not a pattern" },
		{ "a{b:c=\"d\"}", 4, "followed by =, !=, =~ or !~" },
	};
	struct arena *a = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct errs es;

		assert_null(parse(a, rows[i].text, &es));
		assert_int_equal(es.n, 1);
		if (!strstr(es.item[0].text, rows[i].part))
			fail_msg("%s: %s", rows[i].text, es.item[0].text);
		if (es.item[0].at.col != rows[i].col)
			fail_msg("%s: column %u", rows[i].text,
				 es.item[0].at.col);
	}
	arena_free(a);
}

static void a_dear_pattern_ends(void **state)
{
	struct arena *a = arena_new(1 << 20);
	char value[2001];
	struct errs es;
	uint64_t steps = 100000;
	const struct selector *s = parse(a, "a{b=~\"(x+x+)+[yz]\"}", &es);

	(void)state;
	memset(value, 'x', sizeof(value));
	const struct label labels[] = { { "b", 1, value, sizeof(value) } };
	assert_non_null(s);
	assert_int_equal(selector_takes(s, "a", 1, labels, 1, &steps),
			 SELECTOR_LIMIT);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_meant),
		cmocka_unit_test(what_is_none),
		cmocka_unit_test(a_dear_pattern_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
