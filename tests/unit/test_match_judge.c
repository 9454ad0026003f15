/* SPDX-License-Identifier: MIT */
/* folder: scenarios */
#include "scenarios/match/match.h"

#include <cjson/cJSON.h>
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
#define DAY	   (INT64_C(86400) * 1000000000)

enum { NODES_MAX = 64 };

/* Slot 0 is set, slot 1 is not; ${secret} is slot 0 as well. */
static enum name_kind find_name(void *self, const char *space, const char *name,
				struct name_ref *out)
{
	(void)self;
	(void)space;
	out->slot = strcmp(name, "later") == 0;
	out->is_secret = strcmp(name, "secret") == 0;
	return NAME_SLOT;
}

static const struct names scope = { NULL, find_name };
static const struct template_slot slots[] = { { "abc", 3, true },
					      { NULL, 0, false } };
static const struct template_world world = { .slot = slots,
					     .slot_count = LEN(slots) };

static const struct matcher *compile(struct arena *a, const char *yaml,
				     enum value_kind kind, bool many)
{
	struct errs es = { 0 };
	struct match_context mc = { a, &scope, &es };
	const struct node *root;
	const struct source *src =
		doc_source(a, "m.yaml", yaml, strlen(yaml), &es);
	const struct matcher *m =
		doc_parse(a, src, &root, &es)
			? match_compile(&mc, root, kind, many, "it")
			: NULL;

	if (!m)
		fail_msg("%s: %s", yaml, es.item[0].text);
	return m;
}

static void assert_judged(const char *name, const struct matcher *m,
			  const struct subject *s, bool holds,
			  const char *seen_want, const char *note_want)
{
	struct buf seen, note;

	buf_init(&seen, BUF_NO_LIMIT);
	buf_init(&note, BUF_NO_LIMIT);
	bool did = match_judge(m, s, &world, &seen, &note);
	if (did != holds)
		fail_msg("%s: %s (%s: %s)", name, did ? "holds" : "does not",
			 buf_text(&seen), buf_text(&note));
	if (seen_want && strcmp(buf_text(&seen), seen_want) != 0)
		fail_msg("%s: seen %s, not %s", name, buf_text(&seen),
			 seen_want);
	if (strcmp(buf_text(&note), note_want) != 0)
		fail_msg("%s: noted %s, not %s", name, buf_text(&note),
			 note_want);
	buf_release(&seen);
	buf_release(&note);
}

/* ---- JSON ------------------------------------------------------------------ */

/* The value is the whole body or, with many, all its members. */
static const struct json_row {
	const char *yaml;
	bool many;
	const char *body;
	bool holds;
	const char *seen;
	const char *note;
} json_rows[] = {
	{ "ok", false, "\"ok\"", true, "\"ok\"", "" },
	{ "ok", false, "\"down\"", false, "\"down\"", "is not \"ok\"" },
	{ "ok", false, "\"a\\n\\u0007\"", false, "\"a\\n\\x07\"",
	  "is not \"ok\"" },
	{ "3", false, "3", true, "3", "" },
	{ "3", false, "3.0", true, "3", "" },
	{ "0", false, "-0", true, NULL, "" },
	{ "0.1", false, "1e-1", true, NULL, "" },
	{ "3", false, "\"3\"", false, "\"3\"",
	  "the text \"3\" is not the number 3" },
	{ "'3'", false, "3", false, "3", "the number 3 is not the text \"3\"" },
	{ "null", false, "null", true, "null", "" },
	{ "null", false, "false", false, "false", "false is not null" },
	{ "true", false, "false", false, "false", "is not true" },
	{ "true", false, "1", false, "1", "the number 1 is not true" },
	{ "{ne: true}", false, "1", true, "1", "" },
	{ "{ne: true}", false, "true", false, "true", "is true" },
	{ "{ne: '3'}", false, "3", true, "3", "" },
	{ "{eq: {a: 1, b: [x]}}", false, "{\"b\": [\"x\"], \"a\": 1.0}", true,
	  "{\"b\":[\"x\"],\"a\":1}", "" },
	{ "{eq: {a: 1}}", false, "{\"a\":2}", false, "{\"a\":2}",
	  "is not {\"a\":1}" },
	{ "{eq: []}", false, "{}", false, "{}", "a map is not a list" },
	{ "{lt: 3}", false, "2", true, "2", "" },
	{ "{lt: 3}", false, "3", false, "3", "is not less than 3" },
	{ "{le: 3}", false, "3", true, "3", "" },
	{ "{gt: 3}", false, "3", false, "3", "is not more than 3" },
	{ "{ge: 3}", false, "2.99", false, "2.99", "is not at least 3" },
	{ "{lt: 3}", false, "\"2\"", false, "\"2\"",
	  "the text \"2\" cannot be compared with the number 3" },
	{ "{lt: 3}", false, "null", false, "null",
	  "null cannot be compared with the number 3" },
	{ "{ge: '2026-01-01'}", false, "\"2026-02-03\"", true, NULL, "" },
	{ "{ge: b}", false, "\"abc\"", false, NULL, "is not at least \"b\"" },
	{ "{gt: z}", false, "\"\\u00e9\"", true, NULL, "" },
	{ "{gt: ab}", false, "\"a\"", false, NULL, "is not more than \"ab\"" },
	{ "{between: [1, 5]}", false, "1", true, NULL, "" },
	{ "{between: [1, 5]}", false, "5", true, NULL, "" },
	{ "{between: [1, 5]}", false, "5.01", false, NULL,
	  "is not between 1 and 5" },
	{ "{between: [1, 5]}", false, "\"3\"", false, NULL,
	  "the text \"3\" cannot be compared with the number 1" },
	{ "{in: [1, a, null]}", false, "null", true, NULL, "" },
	{ "{in: [1, a, [2]]}", false, "[2]", true, "[2]", "" },
	{ "{in: [1, a]}", false, "\"b\"", false, NULL,
	  "is not one of 1, \"a\"" },
	{ "{not_in: [1, a]}", false, "\"b\"", true, NULL, "" },
	{ "{not_in: [1, a]}", false, "\"a\"", false, NULL,
	  "is one of 1, \"a\"" },
	{ "{matches: '^v[0-9]+'}", false, "\"v12\"", true, NULL, "" },
	{ "{matches: '^v[0-9]+'}", false, "\"x\"", false, NULL,
	  "does not match ^v[0-9]+" },
	{ "{matches: '1'}", false, "1", false, NULL,
	  "the number 1 is no text" },
	{ "{contains: b}", false, "\"abc\"", true, NULL, "" },
	{ "{contains: b}", false, "[\"a\", \"b\"]", true, NULL, "" },
	{ "{contains: b}", false, "[\"abc\"]", false, NULL,
	  "does not contain \"b\"" },
	{ "{contains: 5}", false, "[1, 5]", true, NULL, "" },
	{ "{contains: 5}", false, "\"5\"", false, NULL, "does not contain 5" },
	{ "{contains: [1]}", false, "[[1]]", true, NULL, "" },
	{ "{contains: b}", false, "{\"b\": 1}", false, NULL,
	  "a map is no text" },
	{ "{starts_with: ab}", false, "\"abc\"", true, NULL, "" },
	{ "{starts_with: bc}", false, "\"abc\"", false, NULL,
	  "does not start with \"bc\"" },
	{ "{ends_with: bc}", false, "\"abc\"", true, NULL, "" },
	{ "{ends_with: abcd}", false, "\"abc\"", false, NULL,
	  "does not end with \"abcd\"" },
	{ "{exists: true}", false, "null", true, "null", "" },
	{ "{exists: false}", false, "null", false, "null",
	  "there is such a value" },
	{ "{exists: true}", true, "[]", false, "nothing",
	  "there is no such value" },
	{ "{exists: false}", true, "[]", true, "nothing", "" },
	{ "{type: number}", false, "1.5", true, NULL, "" },
	{ "{type: integer}", false, "1.5", false, NULL,
	  "the number 1.5 is not of type integer" },
	{ "{type: integer}", false, "2.0", true, NULL, "" },
	{ "{type: integer}", false, "1e300", true, NULL, "" },
	{ "{type: [string, 'null']}", false, "null", true, NULL, "" },
	{ "{type: [string, array]}", false, "{}", false, "{}",
	  "a map is not of type string or array" },
	{ "{type: boolean}", false, "false", true, NULL, "" },
	{ "{length: 2}", false, "\"\\u00e9a\"", true, NULL, "" },
	{ "{length: 2}", false, "[1, 2]", true, NULL, "" },
	{ "{length: {gt: 2}}", false, "{\"a\": 1}", false, NULL,
	  "the length 1 is not more than 2" },
	{ "{length: 2}", false, "2", false, NULL,
	  "the number 2 has no length" },
	{ "{length: 3}", true, "[1, 2]", false, "1, 2",
	  "the length 2 is not 3" },
	{ "{length: 0}", true, "[]", true, "nothing", "" },
	{ "{each: {in: [ok, healthy]}}", true,
	  "{\"a\": \"ok\", \"b\": \"down\", \"c\": \"healthy\"}", false,
	  "\"ok\", \"down\", \"healthy\"", "2 of 3 hold; $['b'] is \"down\"" },
	{ "{each: 1}", false, "[1, 1]", true, "[1,1]", "" },
	{ "{each: 1}", false, "[1, 2, 3, 4, 5, 6]", false, NULL,
	  "1 of 6 holds; $[1] is 2, $[2] is 3, $[3] is 4 and 2 more" },
	{ "{each: 1}", true, "[]", false, "nothing",
	  "there was nothing to judge" },
	{ "{each: 1}", false, "{}", false, "{}", "there was nothing to judge" },
	{ "{each: 1}", false, "1", false, "1", "the number 1 has no members" },
	{ "{any: {gt: 3}}", true, "[1, 5]", true, NULL, "" },
	{ "{any: {gt: 3}}", true, "[1, 2]", false, NULL, "none of 2 holds" },
	{ "{any: {gt: 3}}", true, "[]", false, NULL,
	  "there was nothing to judge" },
	{ "{none: {gt: 3}}", true, "[1, 2]", true, NULL, "" },
	{ "{none: {gt: 3}}", true, "[1, 5]", false, NULL,
	  "1 of 2 holds; $[1] is 5" },
	{ "{none: 1}", true, "[]", true, "nothing", "" },
	{ "{none: 1}", false, "[]", true, "[]", "" },
	{ "{each: {length: {ge: 1}, each: {type: string}}}", false,
	  "[[\"a\"], [\"b\", 1]]", false, NULL,
	  "1 of 2 holds; $[1] is [\"b\",1]" },
	{ "{length: {gt: 0}, each: {lt: 5}}", true, "[1,2,3,4,4,4,4]", true,
	  "1, 2, 3, 4, 4 and 2 more", "" },
	{ "{lt: {path: $.size}}", false, "{\"size\": 1}", false, NULL,
	  "a map cannot be compared with $.size, the number 1" },
	{ "{each: {le: {path: $.max}}}", true, "{\"max\": 3, \"a\": 1}", true,
	  NULL, "" },
	{ "{each: {ne: {path: $.gone}}}", true, "{\"a\": 1}", false, NULL,
	  "there is no value at $.gone to compare with" },
	{ "{none: {eq: {path: $.gone}}}", true, "{\"a\": 1}", false, NULL,
	  "there is no value at $.gone to compare with" },
	{ "{eq: {literal: {path: x}}}", false, "{\"path\": \"x\"}", true, NULL,
	  "" },
	{ "{eq: '${token}'}", false, "\"abc\"", true, NULL, "" },
	{ "{eq: '${token}'}", false, "\"abd\"", false, NULL, "is not \"abc\"" },
	{ "{eq: '${secret}'}", false, "\"abc\"", true, NULL, "" },
	{ "{eq: '${secret}'}", false, "\"abd\"", false, NULL,
	  "is not \"${secret}\"" },
	{ "{none: {matches: '^(a+)+$'}}", true,
	  "[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\"]",
	  false, NULL, "the pattern gave up (match limit)" },
};

static void test_json(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(json_rows); i++) {
		const struct json_row *row = &json_rows[i];
		struct arena *a = arena_new(1 << 22);
		struct errs es = { 0 };
		struct source src = { "body", row->body, strlen(row->body) };
		cJSON *root = json_parse(&src, JSON_FOREIGN, NULL, NULL, &es);
		const cJSON *nodes[NODES_MAX] = { root };
		struct subject s = { .kind = VALUE_JSON,
				     .nodes = nodes,
				     .n_nodes = 1,
				     .is_list = row->many,
				     .root = root };

		assert_non_null(root);
		if (row->many) {
			s.n_nodes = 0;
			for (cJSON *c = root->child; c; c = c->next)
				nodes[s.n_nodes++] = c;
		}
		assert_judged(row->yaml,
			      compile(a, row->yaml, VALUE_JSON, row->many), &s,
			      row->holds, row->seen, row->note);
		cJSON_Delete(root);
		arena_free(a);
	}
}

/* ---- other kinds ------------------------------------------------------------ */

static const struct plain_row {
	enum value_kind kind;
	const char *yaml;
	const char *text;
	int64_t integer;
	bool holds;
	const char *seen;
	const char *note;
} plain_rows[] = {
	{ VALUE_TEXT, "5", "5", 0, true, "\"5\"", "" },
	{ VALUE_TEXT, "a", "A", 0, false, "\"A\"", "is not \"a\"" },
	{ VALUE_TEXT, "{ne: a}", "a", 0, false, "\"a\"", "is \"a\"" },
	{ VALUE_TEXT, "{in: [a, b]}", "b", 0, true, NULL, "" },
	{ VALUE_TEXT, "{not_in: [a, b]}", "b", 0, false, NULL,
	  "is one of \"a\", \"b\"" },
	{ VALUE_TEXT, "{matches: 'B', contains: a}", "aB", 0, true, NULL, "" },
	{ VALUE_TEXT, "{matches: '(?i)b', contains: x}", "aB", 0, false, NULL,
	  "does not contain \"x\"" },
	{ VALUE_TEXT, "{length: 3}", "a\xc3\xa9z", 0, true, NULL, "" },
	{ VALUE_TEXT, "{starts_with: '${token}'}", "abcd", 0, true, NULL, "" },
	{ VALUE_TEXT, "{starts_with: '${token}'}", "abd", 0, false, NULL,
	  "does not start with \"abc\"" },
	{ VALUE_TEXT, "{exists: true}", "", 0, true, "\"\"", "" },
	{ VALUE_TEXT, "a", NULL, 0, false, "nothing",
	  "there is no such value" },
	{ VALUE_TEXT, "{ne: a}", NULL, 0, false, "nothing",
	  "there is no such value" },
	{ VALUE_TEXT, "{exists: false}", NULL, 0, true, "nothing", "" },
	{ VALUE_TEXT, "{exists: true}", NULL, 0, false, "nothing",
	  "there is no such value" },
	{ VALUE_NUMBER, "{le: 3}", "", 3, true, "3", "" },
	{ VALUE_NUMBER, "{le: 3}", "", 4, false, "4", "is not at most 3" },
	{ VALUE_NUMBER, "{in: [1, 2]}", "", 2, true, "2", "" },
	{ VALUE_DURATION, "{lt: 2s}", "", 3000000000, false, "3.00 s",
	  "is not less than 2 s" },
	{ VALUE_DURATION, "{gt: 14d}", "", 15 * DAY, true, "15 d", "" },
	{ VALUE_DURATION, "{gt: 14d}", "", -3 * DAY, false, "-3 d",
	  "is not more than 14 d" },
	{ VALUE_DURATION, "{gt: -5d}", "", -3 * DAY, true, "-3 d", "" },
	{ VALUE_SIZE, "{lt: 1kB}", "", 1500000, false, "1.50 MB",
	  "is not less than 1 kB" },
	{ VALUE_SIZE, "{ge: 1KiB}", "", 1024, true, "1.02 kB", "" },
	{ VALUE_STATUS, "200", "", 200, true, "200", "" },
	{ VALUE_STATUS, "200", "", 503, false, "503", "is not 200" },
	{ VALUE_STATUS, "2xx", "", 299, true, "299", "" },
	{ VALUE_STATUS, "2xx", "", 300, false, "300", "is not 2xx" },
	{ VALUE_STATUS, "[2xx, 404]", "", 404, true, "404", "" },
	{ VALUE_STATUS, "[2xx, 404]", "", 500, false, "500",
	  "is not one of 2xx, 404" },
	{ VALUE_STATUS, "{ne: 5xx}", "", 503, false, "503", "is 5xx" },
	{ VALUE_STATUS, "{lt: 5xx}", "", 499, true, NULL, "" },
	{ VALUE_STATUS, "{gt: 4xx}", "", 499, false, NULL,
	  "is not more than 4xx" },
	{ VALUE_STATUS, "{between: [2xx, 3xx]}", "", 399, true, NULL, "" },
	{ VALUE_TLS_VERSION, "{ge: TLSv1.2}", "TLSv1.3", 0, true, "TLSv1.3",
	  "" },
	{ VALUE_TLS_VERSION, "{ge: TLSv1.2}", "TLSv1", 0, false, "TLSv1",
	  "is not at least TLSv1.2" },
	{ VALUE_TLS_VERSION, "{ne: TLSv1.2}", "QUIC", 0, false, "\"QUIC\"",
	  "this is no known version of TLS" },
	{ VALUE_BOOL, "true", "", 1, true, "true", "" },
	{ VALUE_BOOL, "true", "", 0, false, "false", "is not true" },
};

static void test_plain(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(plain_rows); i++) {
		const struct plain_row *row = &plain_rows[i];
		struct arena *a = arena_new(1 << 22);
		struct subject s = { .kind = row->kind,
				     .is_absent = !row->text,
				     .text = row->text,
				     .len = row->text ? strlen(row->text) : 0,
				     .integer = row->integer,
				     .number = (double)row->integer };

		assert_judged(row->yaml,
			      compile(a, row->yaml, row->kind, false), &s,
			      row->holds, row->seen, row->note);
		arena_free(a);
	}
}

static const struct names_row {
	const char *yaml;
	size_t n;
	bool holds;
	const char *note;
} names_rows[] = {
	{ "{contains: a.example}", 3, true, "" },
	{ "{contains: example}", 3, false,
	  "none of 3 names equals \"example\"" },
	{ "{matches: '^b'}", 3, true, "" },
	{ "{matches: '^x'}", 3, false, "none of 3 names matches ^x" },
	{ "{starts_with: c., ends_with: .example}", 3, true, "" },
	{ "{each: {ends_with: .example}}", 3, false,
	  "2 of 3 hold; \"c.test\"" },
	{ "{each: {ends_with: .example}}", 2, true, "" },
	{ "{any: {eq: b.example}, length: 3}", 3, true, "" },
	{ "{none: {starts_with: '*'}}", 0, true, "" },
	{ "{each: a}", 0, false, "there was nothing to judge" },
	{ "{length: {ge: 1}}", 0, false, "the length 0 is not at least 1" },
};

static void test_names(void **state)
{
	static const char *const names[] = { "a.example", "b.example",
					     "c.test" };

	(void)state;
	for (size_t i = 0; i < LEN(names_rows); i++) {
		const struct names_row *row = &names_rows[i];
		struct arena *a = arena_new(1 << 22);
		struct subject s = { .kind = VALUE_NAMES,
				     .names = names,
				     .n_names = row->n };

		assert_judged(row->yaml,
			      compile(a, row->yaml, VALUE_NAMES, false), &s,
			      row->holds, NULL, row->note);
		arena_free(a);
	}
}

/* ---- limits ------------------------------------------------------------------ */

static void test_unset_template(void **state)
{
	static const char *const both[] = { "{eq: '${later}'}",
					    "{ne: '${later}'}" };

	(void)state;
	for (size_t i = 0; i < LEN(both); i++) {
		struct arena *a = arena_new(1 << 22);
		const struct matcher *m =
			compile(a, both[i], VALUE_TEXT, false);
		struct subject s = { .kind = VALUE_TEXT,
				     .text = "x",
				     .len = 1 };
		struct buf note;

		buf_init(&note, BUF_NO_LIMIT);
		assert_false(match_judge(m, &s, &world, NULL, &note));
		assert_true(note.len > 0);
		buf_release(&note);
		assert_false(match_judge(m, &s, NULL, NULL, NULL));
		arena_free(a);
	}
}

static void test_ceilings(void **state)
{
	enum { LONG = 100000 };
	struct arena *a = arena_new(1 << 22);
	const struct matcher *m = compile(a, "ok", VALUE_TEXT, false);
	char *text = malloc(LONG + 1);
	struct buf seen;

	(void)state;
	assert_non_null(text);
	memset(text, '\001', LONG);
	text[LONG] = '\0';
	struct subject s = { .kind = VALUE_TEXT, .text = text, .len = LONG };
	buf_init(&seen, BUF_NO_LIMIT);
	assert_false(match_judge(m, &s, NULL, &seen, NULL));
	assert_true(seen.len <= MATCH_SEEN_MAX);
	buf_release(&seen);
	free(text);
	arena_free(a);
}

static void test_path_in_words(void **state)
{
	struct arena *a = arena_new(1 << 22);
	const struct matcher *m =
		compile(a, "{lt: {path: $.size}}", VALUE_JSON, false);
	cJSON *root = cJSON_Parse("{\"size\": 10, \"n\": 12}");
	const cJSON *node = cJSON_GetObjectItemCaseSensitive(root, "n");
	struct subject s = {
		.kind = VALUE_JSON, .nodes = &node, .n_nodes = 1, .root = root
	};
	struct buf words;

	(void)state;
	buf_init(&words, BUF_NO_LIMIT);
	match_describe_in(m, root, NULL, &words);
	assert_string_equal(buf_text(&words), "less than $.size (10)");
	buf_release(&words);
	assert_judged("path", m, &s, false, "12",
		      "is not less than $.size (10)");
	cJSON_Delete(root);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_unset_template),
		cmocka_unit_test(test_ceilings),
		cmocka_unit_test(test_path_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
