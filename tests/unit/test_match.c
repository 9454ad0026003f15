/* SPDX-License-Identifier: MIT */
/* folder: scenarios */
#include "scenarios/match/match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/doc/doc.h"
#include "scenarios/json/json.h"
#include "scenarios/template/template.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

/* Known when loaded: limit, code, count, word; known later: token. */
static enum name_kind find_name(void *self, const char *space, const char *name,
				struct name_ref *out)
{
	static const char *const known[][2] = {
		{ "limit", "2s" }, { "code", "204" },	{ "count", "3" },
		{ "word", "ok" },  { "truth", "true" },
	};

	(void)self;
	for (size_t i = 0; !*space && i < LEN(known); i++)
		if (!strcmp(name, known[i][0])) {
			out->text = known[i][1];
			out->len = strlen(out->text);
			return NAME_STATIC;
		}
	return strcmp(name, "token") == 0 ? NAME_SLOT : NAME_UNKNOWN;
}

static const struct names scope = { NULL, find_name };
static struct errs es;

static const struct matcher *compile(struct arena *a, const char *yaml,
				     enum value_kind kind, bool many)
{
	struct match_context mc = { a, &scope, &es };
	const struct node *root;

	memset(&es, 0, sizeof(es));
	const struct source *src =
		doc_source(a, "m.yaml", yaml, strlen(yaml), &es);
	assert_non_null(src);
	if (!doc_parse(a, src, &root, &es))
		fail_msg("%s: %s", yaml, es.item[0].text);
	return match_compile(&mc, root, kind, many, "it");
}

/* ---- what is accepted, and how it reads ---------------------------------- */

static const struct good_row {
	enum value_kind kind;
	bool many;
	const char *yaml;
	const char *words;
} good[] = {
	{ VALUE_TEXT, false, "ok", "\"ok\"" },
	{ VALUE_TEXT, false, "5", "\"5\"" },
	{ VALUE_TEXT, false, "'true'", "\"true\"" },
	{ VALUE_TEXT, false, "1.0", "\"1.0\"" },
	{ VALUE_TEXT, false, "''", "\"\"" },
	{ VALUE_TEXT, false, "{ne: x}", "not \"x\"" },
	{ VALUE_TEXT, false, "{eq: '${word}'}", "\"ok\"" },
	{ VALUE_TEXT, false, "{eq: '${token}'}", "\"${token}\"" },
	{ VALUE_TEXT, false, "{in: [ok, healthy]}",
	  "one of \"ok\", \"healthy\"" },
	{ VALUE_TEXT, false, "{not_in: [a, 5]}", "none of \"a\", \"5\"" },
	{ VALUE_TEXT, false, "{matches: '^v[0-9]'}", "matching ^v[0-9]" },
	{ VALUE_TEXT, false, "{contains: x, starts_with: a, ends_with: b}",
	  "containing \"x\" and starting with \"a\" and ending with \"b\"" },
	{ VALUE_TEXT, false, "{exists: true}", "to exist" },
	{ VALUE_TEXT, false, "{exists: false}", "not to exist" },
	{ VALUE_TEXT, false, "{exists: true, eq: a}", "to exist and \"a\"" },
	{ VALUE_TEXT, false, "{length: 5}", "of length 5" },
	{ VALUE_TEXT, false, "{length: {ge: 1, lt: 10}}",
	  "of length at least 1 and less than 10" },
	{ VALUE_JSON, false, "ok", "\"ok\"" },
	{ VALUE_JSON, false, "5", "5" },
	{ VALUE_JSON, false, "-2.50", "-2.5" },
	{ VALUE_JSON, false, "true", "true" },
	{ VALUE_JSON, false, "null", "null" },
	{ VALUE_JSON, false, "~", "null" },
	{ VALUE_JSON, false, "'5'", "\"5\"" },
	{ VALUE_JSON, false, "'null'", "\"null\"" },
	{ VALUE_JSON, false, "{eq: [1, a, null, true, {b: '2'}]}",
	  "[1,\"a\",null,true,{\"b\":\"2\"}]" },
	{ VALUE_JSON, false, "{eq: {}}", "{}" },
	{ VALUE_JSON, false, "{eq: []}", "[]" },
	{ VALUE_JSON, false, "{eq: ['${word}']}", "[\"ok\"]" },
	{ VALUE_JSON, false, "{eq: {literal: {path: x}}}", "{\"path\":\"x\"}" },
	{ VALUE_JSON, false, "{eq: {literal: 5}}", "5" },
	{ VALUE_JSON, false, "{lt: {path: $.size}}", "less than $.size" },
	{ VALUE_JSON, false, "{ge: 1, lt: 10}", "at least 1 and less than 10" },
	{ VALUE_JSON, false, "{gt: 1, le: 10}", "more than 1 and at most 10" },
	{ VALUE_JSON, false, "{ge: '2026-01-01'}", "at least \"2026-01-01\"" },
	{ VALUE_JSON, false, "{between: [1, 5]}", "between 1 and 5" },
	{ VALUE_JSON, false, "{between: [2, 2]}", "between 2 and 2" },
	{ VALUE_JSON, false, "{between: [a, b]}", "between \"a\" and \"b\"" },
	{ VALUE_JSON, false, "{between: [{path: $.a}, 5]}",
	  "between $.a and 5" },
	{ VALUE_JSON, false, "{in: [1, a, null, [2], {path: $.x}]}",
	  "one of 1, \"a\", null, [2], $.x" },
	{ VALUE_JSON, false, "{type: number}", "of type number" },
	{ VALUE_JSON, false, "{type: [string, 'null']}",
	  "of type string or null" },
	{ VALUE_JSON, false, "{type: null}", "of type null" },
	{ VALUE_JSON, false, "{contains: 5}", "containing 5" },
	{ VALUE_JSON, false, "{contains: {path: $.x}}", "containing $.x" },
	{ VALUE_JSON, true, "{each: {in: [ok, healthy]}}",
	  "each one of \"ok\", \"healthy\"" },
	{ VALUE_JSON, true, "{each: ok}", "each \"ok\"" },
	{ VALUE_JSON, true, "{each: {gt: 0, lt: 9}, length: {gt: 1}}",
	  "each (more than 0 and less than 9) and of length more than 1" },
	{ VALUE_JSON, true, "{any: {each: {eq: 1}}, none: {type: string}}",
	  "any each 1 and none of type string" },
	{ VALUE_JSON, true, "{exists: true}", "to exist" },
	{ VALUE_NUMBER, false, "3", "3" },
	{ VALUE_NUMBER, false, "{le: 2.5}", "at most 2.5" },
	{ VALUE_NUMBER, false, "{eq: '${count}'}", "3" },
	{ VALUE_DURATION, false, "{lt: 2s}", "less than 2 s" },
	{ VALUE_DURATION, false, "{lt: '${limit}'}", "less than 2 s" },
	{ VALUE_DURATION, false, "{gt: 14d}", "more than 14 d" },
	{ VALUE_DURATION, false, "{gt: 1.2345s}", "more than 1.2345 s" },
	{ VALUE_DURATION, false, "{gt: -1h30m}", "more than -90 min" },
	{ VALUE_DURATION, false, "{eq: 0s}", "0 s" },
	{ VALUE_DURATION, false, "{between: [-1s, 250ms]}",
	  "between -1 s and 250 ms" },
	{ VALUE_DURATION, false, "{in: [1s, 2s]}", "one of 1 s, 2 s" },
	{ VALUE_SIZE, false, "{le: 64KiB}", "at most 64 KiB" },
	{ VALUE_SIZE, false, "{lt: 10MB, gt: 0B}",
	  "less than 10 MB and more than 0 B" },
	{ VALUE_STATUS, false, "200", "200" },
	{ VALUE_STATUS, false, "2xx", "2xx" },
	{ VALUE_STATUS, false, "'2xx'", "2xx" },
	{ VALUE_STATUS, false, "'${code}'", "204" },
	{ VALUE_STATUS, false, "[2xx, 404]", "2xx or 404" },
	{ VALUE_STATUS, false, "[200, 301, 404]", "200, 301 or 404" },
	{ VALUE_STATUS, false, "{ne: 5xx}", "not 5xx" },
	{ VALUE_STATUS, false, "{lt: 500}", "less than 500" },
	{ VALUE_STATUS, false, "{not_in: [500, 503]}", "none of 500, 503" },
	{ VALUE_TLS_VERSION, false, "TLSv1.3", "TLSv1.3" },
	{ VALUE_TLS_VERSION, false, "{ge: TLSv1.2}", "at least TLSv1.2" },
	{ VALUE_BOOL, false, "true", "true" },
	{ VALUE_BOOL, false, "{ne: true}", "not true" },
	{ VALUE_BOOL, false, "'${truth}'", "true" },
	{ VALUE_NAMES, false, "{contains: a.example}",
	  "containing \"a.example\"" },
	{ VALUE_NAMES, false, "{each: {ends_with: .example}, length: 2}",
	  "each ending with \".example\" and of length 2" },
	{ VALUE_NAMES, false, "{matches: ^www}", "matching ^www" },
};

static void test_accepts(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(good); i++) {
		const struct good_row *row = &good[i];
		struct arena *a = arena_new(1 << 22);
		const struct matcher *m =
			compile(a, row->yaml, row->kind, row->many);
		struct buf words;

		if (!m || es.n)
			fail_msg("%s: %s", row->yaml, es.item[0].text);
		buf_init(&words, BUF_NO_LIMIT);
		match_describe(m, NULL, &words);
		if (strcmp(buf_text(&words), row->words) != 0)
			fail_msg("%s: reads %s, not %s", row->yaml,
				 buf_text(&words), row->words);
		buf_release(&words);
		arena_free(a);
	}
}

/* ---- what is refused, and where ------------------------------------------ */

static const struct bad_row {
	enum value_kind kind;
	bool many;
	const char *yaml;
	const char *text; /* part of the problem */
	unsigned col;
} bad[] = {
	{ VALUE_TEXT, false, "[a]", "write in: [...]", 1 },
	{ VALUE_JSON, false, "[a]", "write eq: [...] or in: [...]", 1 },
	{ VALUE_TEXT, false, "{}", "nothing is written", 1 },
	{ VALUE_TEXT, false, "null", "write 'null' in quotes", 1 },
	{ VALUE_TEXT, false, "true", "write 'true' in quotes", 1 },
	{ VALUE_TEXT, false, "{eq: }", "\"eq\" has no value", 0 },
	{ VALUE_TEXT, false, "{eq: [a]}", "write in: [...]", 6 },
	{ VALUE_TEXT, false, "{ne: [a]}", "write not_in: [...]", 6 },
	{ VALUE_TEXT, false, "{eq: {a: 1}}", "wants a text, got a map", 6 },
	{ VALUE_TEXT, false, "{eq: a, contians: b}",
	  "did you mean \"contains\"", 9 },
	{ VALUE_TEXT, false, "{regex: b}", "did you mean \"matches\"", 2 },
	{ VALUE_TEXT, false, "{zzzzzz: b}", "allowed: eq, ne, in, not_in", 2 },
	{ VALUE_JSON, false, "{zzzzzz: b}", "write eq: {...}", 2 },
	{ VALUE_TEXT, false, "{gt: 5}", "there is no \"gt\" for this value",
	  2 },
	{ VALUE_TEXT, false, "{type: string}", "there is no \"type\"", 2 },
	{ VALUE_TEXT, false, "{eq: '${nobody}'}", "nobody", 0 },
	{ VALUE_TEXT, false, "{in: []}", "1 to 10000 values, got 0", 6 },
	{ VALUE_TEXT, false, "{in: a}", "wants a list of values, got a text",
	  6 },
	{ VALUE_TEXT, false, "{in: [a, null]}", "in quotes", 10 },
	{ VALUE_TEXT, false, "{matches: '^(a'}", "", 0 },
	{ VALUE_TEXT, false, "{matches: ''}", "not empty", 11 },
	{ VALUE_TEXT, false, "{matches: '${token}'}", "must be known", 11 },
	{ VALUE_TEXT, false, "{contains: ''}", "not empty", 12 },
	{ VALUE_TEXT, false, "{exists: 1}", "wants true or false", 10 },
	{ VALUE_TEXT, false, "{exists: false, eq: a}",
	  "\"exists: false\" cannot be combined with \"eq\"", 2 },
	{ VALUE_TEXT, false, "{length: {gt: x}}", "\"gt\" wants a number", 15 },
	{ VALUE_TEXT, false, "{length: {lt: 1, gt: 5}}", "impossible range",
	  10 },
	{ VALUE_TEXT, false, "{gte: 1, eq: {}, in: b}", "did you mean \"ge\"",
	  2 },
	{ VALUE_JSON, true, "ok", "needs one value, but it may find several",
	  1 },
	{ VALUE_JSON, true, "{eq: ok}", "write each: {eq: ...}", 2 },
	{ VALUE_JSON, true, "{type: string}", "write each: {type: ...}", 2 },
	{ VALUE_JSON, false, "{eq: }", "\"eq\" has no value", 0 },
	{ VALUE_JSON, false, "{eq: .inf}", "no number in JSON", 6 },
	{ VALUE_JSON, false, "{eq: ['${token}']}", "comes later", 7 },
	{ VALUE_JSON, false, "{eq: {path: $.a, b: 1}}", "write literal: {...}",
	  6 },
	{ VALUE_JSON, false, "{eq: {path: $.*}}", "may find several values",
	  13 },
	{ VALUE_JSON, false, "{eq: {path: nope}}", "", 0 },
	{ VALUE_JSON, false, "{eq: {path: [a]}}", "wants a path", 13 },
	{ VALUE_JSON, false, "{lt: null}", "wants a number or a text", 6 },
	{ VALUE_JSON, false, "{lt: [1]}",
	  "wants a number or a text, got a list", 6 },
	{ VALUE_JSON, false, "{between: 5}", "wants two values", 11 },
	{ VALUE_JSON, false, "{between: [1]}", "wants two values", 11 },
	{ VALUE_JSON, false, "{between: [5, 1]}", "impossible range", 0 },
	{ VALUE_JSON, false, "{between: [b, a]}", "impossible range", 11 },
	{ VALUE_JSON, false, "{between: [1, a]}", "have no order", 11 },
	{ VALUE_JSON, false, "{lt: 1, gt: 5}", "impossible range", 1 },
	{ VALUE_JSON, false, "{lt: 1, ge: 1}", "impossible range", 1 },
	{ VALUE_JSON, false, "{eq: 1, gt: 3}", "impossible range", 1 },
	{ VALUE_JSON, false, "{type: numbr}", "did you mean \"number\"", 8 },
	{ VALUE_JSON, false, "{type: []}", "at least one type", 8 },
	{ VALUE_JSON, false, "{type: [string, x]}", "unknown type \"x\"", 17 },
	{ VALUE_JSON, false, "{each: {eqq: 1}}", "did you mean \"eq\"", 9 },
	{ VALUE_JSON, false, "{starts_with: {path: $.x}}", "wants a text", 15 },
	{ VALUE_NUMBER, false, "x", "wants a number, got \"x\"", 1 },
	{ VALUE_NUMBER, false, "'5'", "in quotes", 1 },
	{ VALUE_NUMBER, false, "{eq: .nan}", "wants a number", 6 },
	{ VALUE_NUMBER, false, "'${word}'", "wants a number, got \"ok\"", 1 },
	{ VALUE_NUMBER, false, "'${token}'", "must be known", 1 },
	{ VALUE_DURATION, false, "{lt: 2}", "", 6 },
	{ VALUE_DURATION, false, "{lt: 2 s}", "", 6 },
	{ VALUE_DURATION, false, "{lt: [2s]}", "wants a duration", 6 },
	{ VALUE_DURATION, false, "{lt: 1s, gt: 5s}", "impossible range", 1 },
	{ VALUE_DURATION, false, "{lt: 9223372036s, gt: 9223372036s}",
	  "impossible range", 1 },
	{ VALUE_DURATION, false, "{matches: a}", "there is no \"matches\"", 2 },
	{ VALUE_SIZE, false, "{lt: 10}", "", 6 },
	{ VALUE_SIZE, false, "{lt: -10B}", "", 6 },
	{ VALUE_STATUS, false, "20", "100 to 599, got 20", 1 },
	{ VALUE_STATUS, false, "6xx", "a class like 2xx", 1 },
	{ VALUE_STATUS, false, "'200'", "in quotes", 1 },
	{ VALUE_STATUS, false, "[200, x]", "a status like 200", 7 },
	{ VALUE_STATUS, false, "[]", "1 to 10000 values", 1 },
	{ VALUE_STATUS, false, "{eq: [200]}", "write in: [...]", 6 },
	{ VALUE_STATUS, false, "{ge: 500, lt: 400}", "impossible range", 1 },
	{ VALUE_STATUS, false, "{eq: 2xx, gt: 2xx}", "impossible range", 1 },
	{ VALUE_TLS_VERSION, false, "TLS1.2", "did you mean \"TLSv1.2\"", 1 },
	{ VALUE_TLS_VERSION, false, "1.2", "is no TLS version", 1 },
	{ VALUE_TLS_VERSION, false, "{gt: TLSv1.3, lt: TLSv1.2}",
	  "impossible range", 1 },
	{ VALUE_BOOL, false, "yes", "wants true or false", 1 },
	{ VALUE_BOOL, false, "{lt: true}", "allowed: eq, ne, exists", 2 },
	{ VALUE_NAMES, false, "a.example", "write contains:", 1 },
	{ VALUE_NAMES, false, "{eq: a.example}", "write contains:", 2 },
	{ VALUE_NAMES, false, "{in: [a]}", "each: {in: ...}", 2 },
};

static void test_refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(bad); i++) {
		const struct bad_row *row = &bad[i];
		struct arena *a = arena_new(1 << 22);

		if (compile(a, row->yaml, row->kind, row->many))
			fail_msg("%s was accepted", row->yaml);
		if (!es.n)
			fail_msg("%s: no problem", row->yaml);
		if (!strstr(es.item[0].text, row->text))
			fail_msg("%s: %s, not %s", row->yaml, es.item[0].text,
				 row->text);
		if (row->col && es.item[0].at.col != row->col)
			fail_msg("%s: column %u, not %u (%s)", row->yaml,
				 es.item[0].at.col, row->col, es.item[0].text);
		arena_free(a);
	}
}

static void test_finds_all_problems(void **state)
{
	struct arena *a = arena_new(1 << 22);

	(void)state;
	assert_null(
		compile(a, "{gte: 1, eq: 5s, in: [1, x]}", VALUE_SIZE, false));
	assert_int_equal(es.n, 4);
	arena_free(a);
}

static void test_place_in_pattern(void **state)
{
	struct arena *a = arena_new(1 << 22);

	(void)state;
	assert_null(compile(a, "{matches: 'ab(cd'}", VALUE_TEXT, false));
	assert_int_equal(es.n, 1);
	assert_int_equal(es.item[0].at.line, 1);
	assert_true(es.item[0].at.col > 12);
	arena_free(a);
}

/* ---- made by the program -------------------------------------------------- */

static void assert_words(const struct matcher *m, const char *want)
{
	struct buf words;

	assert_non_null(m);
	buf_init(&words, BUF_NO_LIMIT);
	match_describe(m, NULL, &words);
	assert_string_equal(buf_text(&words), want);
	buf_release(&words);
}

static void test_make(void **state)
{
	struct arena *a = arena_new(1 << 20);

	(void)state;
	assert_words(match_make_integer(a, VALUE_DURATION, MATCH_GT,
					INT64_C(14) * 86400 * 1000000000),
		     "more than 14 d");
	assert_words(match_make_integer(a, VALUE_JSON, MATCH_GE, 1),
		     "at least 1");
	assert_words(match_make_integer(a, VALUE_NUMBER, MATCH_LE, 3),
		     "at most 3");
	assert_words(match_make_integer(a, VALUE_STATUS, MATCH_NE, 500),
		     "not 500");
	assert_words(match_make_text(a, VALUE_TEXT, MATCH_EQ, "${trusted"),
		     "\"${trusted\"");
	assert_words(match_make_text(a, VALUE_TLS_VERSION, MATCH_GE, "TLSv1.2"),
		     "at least TLSv1.2");
	assert_null(match_make_text(a, VALUE_TLS_VERSION, MATCH_GE, "TLS9"));
	assert_words(match_make_status(a, 200, 299), "2xx");
	assert_words(match_make_status(a, 200, 399), "200 to 399");
	assert_words(match_make_status(a, 404, 404), "404");
	arena_free(a);
}

/* ---- schema ---------------------------------------------------------------- */

/* Every $ref names a member of the definitions. */
static void check_refs(const cJSON *node, const cJSON *defs)
{
	static const char prefix[] = "#/$defs/";

	for (const cJSON *c = node->child; c; c = c->next) {
		if (c->string && !strcmp(c->string, "$ref")) {
			assert_memory_equal(c->valuestring, prefix,
					    strlen(prefix));
			assert_non_null(cJSON_GetObjectItemCaseSensitive(
				defs, c->valuestring + strlen(prefix)));
		}
		check_refs(c, defs);
	}
}

static void test_schema(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, BUF_NO_LIMIT);
	buf_puts(&text, "{\"$defs\":{");
	match_schema_defs(&text);
	buf_puts(&text, "},\"all\":[");
	for (int kind = 0; kind < VALUE_KIND_N; kind++) {
		buf_puts(&text, kind ? ",{" : "{");
		match_schema(kind, &text);
		buf_puts(&text, "}");
	}
	buf_puts(&text, "]}");
	struct source src = { "schema", buf_text(&text), text.len };
	memset(&es, 0, sizeof(es));
	cJSON *tree = json_parse(&src, JSON_OWN, NULL, NULL, &es);
	if (!tree)
		fail_msg("%s in %s", es.item[0].text, buf_text(&text));
	const cJSON *defs = cJSON_GetObjectItemCaseSensitive(tree, "$defs");
	check_refs(tree, defs);
	assert_int_equal(cJSON_GetArraySize(defs), 2 * VALUE_KIND_N);
	cJSON_Delete(tree);
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepts),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_finds_all_problems),
		cmocka_unit_test(test_place_in_pattern),
		cmocka_unit_test(test_make),
		cmocka_unit_test(test_schema),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
