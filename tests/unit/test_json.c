/* SPDX-License-Identifier: MIT */
#include "scenarios/json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scenarios/base/buf.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static struct errs es;

static cJSON *parse_n(const char *text, size_t len, enum json_kind kind,
		      const struct json_limits *lim)
{
	/* An own allocation, so that reading past the end is caught. */
	char *copy = malloc(len ? len : 1);
	struct source src = { "body", copy, len };

	assert_non_null(copy);
	memcpy(copy, text, len);
	memset(&es, 0, sizeof(es));
	cJSON *tree = json_parse(&src, kind, lim, NULL, &es);
	assert_int_equal(tree ? 0 : 1, es.n);
	free(copy);
	return tree;
}

static cJSON *parse(const char *text, enum json_kind kind)
{
	return parse_n(text, strlen(text), kind, NULL);
}

static void assert_printed(const char *text, const cJSON *tree,
			   const char *want)
{
	struct buf out;

	buf_init(&out, BUF_NO_LIMIT);
	assert_true(json_print(tree, &out));
	if (strcmp(buf_text(&out), want) != 0)
		fail_msg("%s: printed %s, not %s", text, buf_text(&out), want);
	buf_release(&out);
}

/* Text, what a foreign reading prints; NULL: the same. */
static const char *const accepted[][2] = {
	{ "null", NULL },
	{ "true", NULL },
	{ "false", NULL },
	{ "0", NULL },
	{ "-0", NULL },
	{ "-0.0", "-0" },
	{ "7", NULL },
	{ "-12", NULL },
	{ "0.1", NULL },
	{ "1.50", "1.5" },
	{ "1e2", "100" },
	{ "1E+2", "100" },
	{ "25e-1", "2.5" },
	{ "1e-999", "0" },
	{ "1.7976931348623157e308", "1.7976931348623157e+308" },
	{ "0.30000000000000004", NULL },
	{ "9007199254740991", NULL },
	{ "-9007199254740991", NULL },
	{ "1700000000123.25", NULL },
	{ "10000000000000000000000", "1e+22" },
	{ "0.1000000000000000000000000000000000000000000000000000000000000000"
	  "000000000000000",
	  "0.1" },
	{ "\"\"", NULL },
	{ "\"a b\"", NULL },
	{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\"" },
	{ "\"\\u0041\\u00e9\\u20ac\"", "\"A\xc3\xa9\xe2\x82\xac\"" },
	{ "\"\\uD83D\\ude00\"", "\"\xf0\x9f\x98\x80\"" },
	{ "\"\xf0\x9f\x98\x80\"", NULL },
	{ "\"\\u001b[31m\"", NULL },
	{ "\"\x7f\xc2\x9b\"", "\"\\u007f\\u009b\"" },
	{ "\"\\u0000\"", "\"\xef\xbf\xbd\"" },
	{ "\"a\\u0000b\"", "\"a\xef\xbf\xbd"
			   "b\"" },
	{ "\"\\ud800\"", "\"\xef\xbf\xbd\"" },
	{ "\"\\udc00x\"", "\"\xef\xbf\xbdx\"" },
	{ "\"\\ud800\\u0041\"", "\"\xef\xbf\xbd"
				"A\"" },
	{ "\"\\ud800\\ud83d\\ude00\"", "\"\xef\xbf\xbd\xf0\x9f\x98\x80\"" },
	{ "[]", NULL },
	{ "[ ]", "[]" },
	{ "[1,2]", NULL },
	{ " [ 1 , [ ] , { } ] ", "[1,[],{}]" },
	{ "\t\r\n1\n", "1" },
	{ "\xef\xbb\xbf{}", "{}" },
	{ "{}", NULL },
	{ "{\"a\":1,\"b\":{\"c\":[null]}}", NULL },
	{ "{ \"a\" : 1 , \"b\" : 2 }", "{\"a\":1,\"b\":2}" },
	{ "{\"\":0}", NULL },
	{ "{\"A\":1,\"a\":2}", NULL },
	{ "{\"\\u0061\":1}", "{\"a\":1}" },
	/* The last of the same name counts, where the first stood. */
	{ "{\"a\":1,\"a\":2}", "{\"a\":2}" },
	{ "{\"a\":1,\"b\":5,\"a\":2}", "{\"a\":2,\"b\":5}" },
	{ "{\"b\":5,\"a\":1,\"c\":6,\"a\":2,\"a\":3}",
	  "{\"b\":5,\"a\":3,\"c\":6}" },
	{ "{\"a\":[1],\"\\u0061\":[2],\"z\":{\"a\":0,\"a\":{\"a\":4}}}",
	  "{\"a\":[2],\"z\":{\"a\":{\"a\":4}}}" },
	{ "[{\"a\":1,\"a\":2},{\"a\":3}]", "[{\"a\":2},{\"a\":3}]" },
	{ "{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,\"h\":8,"
	  "\"i\":9,\"b\":10,\"b\":11,\"i\":12,\"a\":13}",
	  "{\"a\":13,\"b\":11,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,"
	  "\"h\":8,\"i\":12}" },
};

static void test_accepted(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(accepted); i++) {
		const char *text = accepted[i][0];
		cJSON *tree = parse(text, JSON_FOREIGN);
		if (!tree)
			fail_msg("%s: %s", text, es.item[0].text);
		assert_printed(text, tree,
			       accepted[i][1] ? accepted[i][1] : text);
		cJSON_Delete(tree);
	}
}

/* Text, where the problem is, how it reads. */
static const struct {
	const char *text;
	unsigned line, col;
	const char *says;
} refused[] = {
	{ "", 1, 1, "expected a value, got the end of the text" },
	{ " \n ", 2, 2, "expected a value, got the end of the text" },
	{ "\xef\xbb\xbf", 1, 4, "expected a value, got the end of the text" },
	{ "<html>", 1, 1, "expected a value, got \"<\"" },
	{ "OK", 1, 1, "expected a value, got \"O\"" },
	{ "\x1f\x8b", 1, 1, "expected a value, got the byte 0x1f" },
	{ "\xff", 1, 1, "expected a value, got the byte 0xff" },
	{ "nul", 1, 1, "expected a value, got \"n\"" },
	{ "True", 1, 1, "expected a value, got \"T\"" },
	{ "nullx", 1, 5, "expected nothing after the value, got \"x\"" },
	{ "NaN", 1, 1, "expected a value, got \"N\"" },
	{ "-Infinity", 1, 2, "expected a digit, got \"I\"" },
	{ "01", 1, 1, "a number has no leading zero" },
	{ "[-01]", 1, 3, "a number has no leading zero" },
	{ "+1", 1, 1, "expected a value, got \"+\"" },
	{ ".5", 1, 1, "expected a value, got \".\"" },
	{ "1.", 1, 3,
	  "expected a digit after the decimal point, got the end "
	  "of the text" },
	{ "1.e1", 1, 3, "expected a digit after the decimal point, got \"e\"" },
	{ "1e", 1, 3,
	  "expected a digit in the exponent, got the end of the "
	  "text" },
	{ "1e+", 1, 4,
	  "expected a digit in the exponent, got the end of the "
	  "text" },
	{ "0x10", 1, 2, "expected nothing after the value, got \"x\"" },
	{ "-", 1, 2, "expected a digit, got the end of the text" },
	{ "[1e999]", 1, 2, "the number 1e999 is too large" },
	{ "-1e309", 1, 1, "the number -1e309 is too large" },
	{ "1 2", 1, 3, "expected nothing after the value, got \"2\"" },
	{ "{} {}", 1, 4, "expected nothing after the value, got \"{\"" },
	{ "1 // x", 1, 3, "expected nothing after the value, got \"/\"" },
	{ "[1,]", 1, 4, "expected a value, got \"]\"" },
	{ "[,1]", 1, 2, "expected a value, got \",\"" },
	{ "[1 2]", 1, 4, "expected \",\" or \"]\", got \"2\"" },
	{ "[1}", 1, 3, "expected \",\" or \"]\", got \"}\"" },
	{ "[1", 1, 3, "expected \",\" or \"]\", got the end of the text" },
	{ "[", 1, 2, "expected a value, got the end of the text" },
	{ "]", 1, 1, "expected a value, got \"]\"" },
	{ "{", 1, 2,
	  "expected a name in double quotes, got the end of the "
	  "text" },
	{ "{a:1}", 1, 2, "expected a name in double quotes, got \"a\"" },
	{ "{'a':1}", 1, 2, "expected a name in double quotes, got \"'\"" },
	{ "{1:1}", 1, 2, "expected a name in double quotes, got \"1\"" },
	{ "{\"a\"}", 1, 5, "expected \":\" after a name, got \"}\"" },
	{ "{\"a\":}", 1, 6, "expected a value, got \"}\"" },
	{ "{\"a\":1,}", 1, 8, "expected a name in double quotes, got \"}\"" },
	{ "{\"a\":1 \"b\":2}", 1, 8, "expected \",\" or \"}\", got \"\"\"" },
	{ "{\"a\":1]", 1, 7, "expected \",\" or \"}\", got \"]\"" },
	{ "{\n \"a\": [1,\n  2,\n  oops]}", 4, 3,
	  "expected a value, got \"o\"" },
	{ "\"abc", 1, 5, "expected a closing quote, got the end of the text" },
	{ "'a'", 1, 1, "expected a value, got \"'\"" },
	{ "\"a\nb\"", 1, 3,
	  "a control character inside a string must be escaped" },
	{ "\"\t\"", 1, 2,
	  "a control character inside a string must be escaped" },
	{ "\"\\x41\"", 1, 3,
	  "expected one of \" \\ / b f n r t u after a backslash, got \"x\"" },
	{ "\"\\", 1, 3,
	  "expected one of \" \\ / b f n r t u after a backslash, got the end "
	  "of the text" },
	{ "\"\\u12\"", 1, 2, "expected four hexadecimal digits after \"\\u\"" },
	{ "\"\\u12g4\"", 1, 2,
	  "expected four hexadecimal digits after \"\\u\"" },
	{ "\"\\u0041\\u12\"", 1, 8,
	  "expected four hexadecimal digits after \"\\u\"" },
	{ "\"a\xff\"", 1, 3, "a byte that is not UTF-8" },
	{ "\"\xc0\xaf\"", 1, 2, "a byte that is not UTF-8" },
	{ "\"\xed\xa0\x80\"", 1, 2, "a byte that is not UTF-8" },
	{ "\"\xc3", 1, 2, "a byte that is not UTF-8" },
	{ "{\"caf\xe9\":1}", 1, 6, "a byte that is not UTF-8" },
	{ "[1\xc2\x80]", 1, 3, "expected \",\" or \"]\", got the byte 0xc2" },
};

static void assert_refused(const char *text, unsigned line, unsigned col,
			   const char *says)
{
	const struct err *e = &es.item[0];

	if (es.n != 1 || strcmp(e->text, says) != 0 || e->at.line != line ||
	    e->at.col != col || e->kind != ERR_INPUT)
		fail_msg("%s: %u:%u: %s", text, e->at.line, e->at.col, e->text);
}

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(refused); i++) {
		assert_null(parse(refused[i].text, JSON_FOREIGN));
		assert_refused(refused[i].text, refused[i].line, refused[i].col,
			       refused[i].says);
		assert_null(parse(refused[i].text, JSON_OWN));
		assert_refused(refused[i].text, refused[i].line, refused[i].col,
			       refused[i].says);
	}
}

/* What only our own files may not do. */
static void test_own(void **state)
{
	static const struct {
		const char *text;
		unsigned col;
		const char *says;
	} rows[] = {
		{ "{\"a\":1,\"a\":2}", 8,
		  "\"a\" is already a name of this object" },
		{ "{\"b\":0,\"a\":1,\"c\":2,\"\\u0061\":2}", 20,
		  "\"a\" is already a name of this object" },
		{ "{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,"
		  "\"h\":1,\"i\":1,\"c\":2}",
		  56, "\"c\" is already a name of this object" },
		{ "[\"\\u0000\"]", 3, "a string cannot hold \"\\u0000\" here" },
		{ "\"x\\ud800\"", 3,
		  "half of a surrogate pair is no character" },
		{ "\"\\udfff\"", 2,
		  "half of a surrogate pair is no character" },
		{ "\"\\ud800\\ud800\"", 2,
		  "half of a surrogate pair is no character" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		assert_null(parse(rows[i].text, JSON_OWN));
		assert_refused(rows[i].text, 1, rows[i].col, rows[i].says);
	}
}

static void test_nul_byte(void **state)
{
	(void)state;
	assert_null(parse_n("1\0", 2, JSON_FOREIGN, NULL));
	assert_refused("1 NUL", 1, 2,
		       "expected nothing after the value, got the byte 0x00");
	assert_null(parse_n("\"\0\"", 3, JSON_FOREIGN, NULL));
	assert_refused("NUL in a string", 1, 2,
		       "a control character inside a string must be escaped");
}

static char *nested(unsigned depth)
{
	char *text = malloc(2 * depth + 1);

	assert_non_null(text);
	memset(text, '[', depth);
	memset(text + depth, ']', depth);
	text[2 * depth] = '\0';
	return text;
}

static void test_depth(void **state)
{
	static const struct {
		unsigned depth, limit;
		bool fits;
	} rows[] = {
		{ 256, 0, true },      { 257, 0, false },
		{ 1000, 1000, true },  { 1001, 1000, false },
		{ 1001, 5000, false }, { 1, 1, true },
		{ 2, 1, false },       { 100000, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		char *text = nested(rows[i].depth);
		struct json_limits lim = { .max_depth = rows[i].limit };
		cJSON *tree = parse_n(text, strlen(text), JSON_FOREIGN, &lim);
		if (rows[i].fits) {
			assert_non_null(tree);
			assert_printed("nested", tree, text);
			assert_true(json_equal(tree, tree));
		} else {
			assert_null(tree);
			assert_non_null(strstr(es.item[0].text,
					       "levels inside each other"));
		}
		cJSON_Delete(tree);
		free(text);
	}
}

static void test_limits(void **state)
{
	struct json_limits bytes = { .max_bytes = 4 };
	struct json_limits nodes = { .max_nodes = 3 };
	char digits[JSON_NUMBER_MAX + 2];

	(void)state;
	cJSON *tree = parse_n("[12]", 4, JSON_FOREIGN, &bytes);
	assert_non_null(tree);
	cJSON_Delete(tree);
	assert_null(parse_n("[123]", 5, JSON_FOREIGN, &bytes));
	assert_refused("[123]", 0, 0, "longer than 4 bytes");
	tree = parse_n("[1,2]", 5, JSON_FOREIGN, &nodes);
	assert_non_null(tree);
	cJSON_Delete(tree);
	assert_null(parse_n("[1,2,3]", 7, JSON_FOREIGN, &nodes));
	assert_refused("[1,2,3]", 1, 6, "more than 3 values");
	memset(digits, '1', sizeof(digits));
	assert_null(parse_n(digits, sizeof(digits), JSON_FOREIGN, NULL));
	assert_refused("digits", 1, 1, "a number of more than 1024 characters");
	memcpy(digits, "0.", 2);
	tree = parse_n(digits, JSON_NUMBER_MAX, JSON_FOREIGN, NULL);
	assert_non_null(tree);
	cJSON_Delete(tree);
}

/* Many members, and many of the same name, must not cost their square. */
static void test_wide_object(void **state)
{
	enum { MEMBERS = 200000 };
	struct buf text;

	(void)state;
	buf_init(&text, BUF_NO_LIMIT);
	buf_putc(&text, '{');
	for (int i = 0; i < MEMBERS; i++)
		buf_printf(&text, "%s\"%d\":%d", i ? "," : "",
			   i % (MEMBERS / 2), i);
	buf_putc(&text, '}');
	cJSON *tree = parse_n(text.text, text.len, JSON_FOREIGN, NULL);
	assert_non_null(tree);
	assert_int_equal(cJSON_GetArraySize(tree), MEMBERS / 2);
	assert_string_equal(tree->child->string, "0");
	assert_int_equal(tree->child->valueint, MEMBERS / 2);
	assert_int_equal(tree->child->prev->valueint, MEMBERS - 1);
	cJSON_Delete(tree);
	buf_release(&text);
}

static void test_index(void **state)
{
	static const char text[] = "{\"a\": [1,\n  {\"b\": \"x\"}],\n\"c\":0}";
	struct source src = { "own", text, sizeof(text) - 1 };
	struct json_index index;

	(void)state;
	memset(&es, 0, sizeof(es));
	cJSON *tree = json_parse(&src, JSON_OWN, NULL, &index, &es);
	assert_non_null(tree);
	assert_int_equal(index.n, 6);
	const cJSON *a = tree->child, *b = a->child->next->child;
	const struct {
		const cJSON *node;
		unsigned line, col;
	} rows[] = {
		{ tree, 1, 1 },	       { a, 1, 7 },
		{ a->child, 1, 8 },    { b, 2, 9 },
		{ a->next, 3, 5 },     { a->child->next, 2, 3 },
		{ (void *)&es, 0, 0 },
	};
	for (size_t i = 0; i < LEN(rows); i++) {
		struct place at = json_place(&index, rows[i].node);
		assert_ptr_equal(at.src, &src);
		assert_int_equal(at.line, rows[i].line);
		assert_int_equal(at.col, rows[i].col);
	}
	cJSON_Delete(tree);
	json_index_release(&index);
	src.len--;
	assert_null(json_parse(&src, JSON_OWN, NULL, &index, &es));
	assert_null(index.mark);
}

static void test_equal(void **state)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} rows[] = {
		{ "1", "1.0", true },
		{ "0", "-0", true },
		{ "100", "1e2", true },
		{ "1", "2", false },
		{ "1", "\"1\"", false },
		{ "1", "true", false },
		{ "0", "false", false },
		{ "null", "null", true },
		{ "null", "false", false },
		{ "true", "true", true },
		{ "true", "false", false },
		{ "\"a\"", "\"\\u0061\"", true },
		{ "\"a\"", "\"A\"", false },
		{ "\"a\"", "\"a \"", false },
		{ "[]", "[]", true },
		{ "[]", "{}", false },
		{ "[]", "null", false },
		{ "[1,2]", "[1,2]", true },
		{ "[1,2]", "[2,1]", false },
		{ "[1,2]", "[1]", false },
		{ "[1]", "[1,2]", false },
		{ "{}", "{}", true },
		{ "{\"a\":1}", "{\"a\":1}", true },
		{ "{\"a\":1}", "{\"a\":2}", false },
		{ "{\"a\":1}", "{\"b\":1}", false },
		{ "{\"a\":1}", "{\"A\":1}", false },
		{ "{\"a\":1}", "{\"a\":1,\"b\":2}", false },
		{ "{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", true },
		{ "{\"a\":1,\"b\":2}", "{\"b\":1,\"a\":2}", false },
		{ "{\"a\":[{\"x\":1,\"y\":2}]}", "{\"a\":[{\"y\":2,\"x\":1}]}",
		  true },
		{ "{\"a\":[{\"x\":1,\"y\":2}]}", "{\"a\":[{\"y\":2,\"x\":3}]}",
		  false },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		cJSON *a = parse(rows[i].a, JSON_OWN);
		cJSON *b = parse(rows[i].b, JSON_OWN);
		if (json_equal(a, b) != rows[i].equal ||
		    json_equal(b, a) != rows[i].equal)
			fail_msg("%s and %s", rows[i].a, rows[i].b);
		cJSON_Delete(a);
		cJSON_Delete(b);
	}
	assert_true(json_equal(NULL, NULL));
	cJSON *null = cJSON_CreateNull();
	assert_false(json_equal(null, NULL));
	assert_false(json_equal(NULL, null));
	cJSON_Delete(null);
}

static void test_equal_within(void **state)
{
	cJSON *a = parse("[1,2,3,4,5,6,7,8,9]", JSON_OWN);
	uint64_t steps = 100;

	(void)state;
	assert_true(json_equal_within(a, a, &steps));
	assert_true(steps > 0 && steps <= 90);
	steps = 5;
	assert_false(json_equal_within(a, a, &steps));
	assert_int_equal(steps, 0);
	cJSON_Delete(a);
}

static void test_escape(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *want;
	} rows[] = {
		{ "", 0, "\"\"" },
		{ "plain", 5, "\"plain\"" },
		{ "a\"b\\c/", 6, "\"a\\\"b\\\\c/\"" },
		{ "\b\f\n\r\t\v", 6, "\"\\b\\f\\n\\r\\t\\u000b\"" },
		{ "a\0b", 3, "\"a\\u0000b\"" },
		{ "\x1b[0m", 4, "\"\\u001b[0m\"" },
		{ "\xc3\xa9", 2, "\"\xc3\xa9\"" },
		{ "\xc3", 1, "\"\xef\xbf\xbd\"" },
		{ "x\xff\xfey", 4, "\"x\xef\xbf\xbd\xef\xbf\xbdy\"" },
		{ "\xed\xa0\x80", 3,
		  "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xc2\x85\x7f", 3, "\"\\u0085\\u007f\"" },
	};
	struct buf out;

	(void)state;
	buf_init(&out, BUF_NO_LIMIT);
	for (size_t i = 0; i < LEN(rows); i++) {
		buf_reset(&out);
		assert_true(json_escape(&out, rows[i].text, rows[i].len));
		assert_string_equal(buf_text(&out), rows[i].want);
	}
	buf_release(&out);
	buf_init(&out, 4);
	assert_false(json_escape_str(&out, "too long"));
	buf_release(&out);
}

static void test_print_unusual(void **state)
{
	cJSON *list = cJSON_CreateArray();
	struct buf small;

	(void)state;
	cJSON_AddItemToArray(list, cJSON_CreateNumber(1.0 / 0.0));
	cJSON_AddItemToArray(list, cJSON_CreateNumber(5e-324));
	assert_printed("unusual", list, "[null,4.94065645841247e-324]");
	buf_init(&small, 3);
	assert_false(json_print(list, &small));
	buf_release(&small);
	cJSON_Delete(list);
}

static void test_type(void **state)
{
	static const char *const rows[][2] = {
		{ "null", "null" },	{ "true", "boolean" },
		{ "false", "boolean" }, { "1", "number" },
		{ "\"\"", "string" },	{ "[]", "array" },
		{ "{}", "object" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		cJSON *tree = parse(rows[i][0], JSON_OWN);
		assert_string_equal(json_type(tree), rows[i][1]);
		cJSON_Delete(tree);
	}
	assert_string_equal(json_type(NULL), "nothing");
}

static size_t allocations_left;

static void *scarce(size_t size)
{
	if (allocations_left == 0)
		return NULL;
	allocations_left--;
	return malloc(size);
}

/* Whichever allocation of the tree fails: one problem, and nothing leaks. */
static void test_no_memory(void **state)
{
	static const char text[] =
		"{\"a\":[1,\"x\",true,{\"b\":null}],\"a\":{\"c\":\"d\"}}";
	cJSON_Hooks hooks = { scarce, free };
	cJSON *tree = NULL;
	size_t room = 0;

	(void)state;
	cJSON_InitHooks(&hooks);
	while (!tree && room < 100) {
		allocations_left = room++;
		tree = parse(text, JSON_FOREIGN);
		if (!tree)
			assert_int_equal(es.item[0].kind, ERR_MEMORY);
	}
	cJSON_InitHooks(NULL);
	assert_non_null(tree);
	assert_true(room > 10);
	cJSON_Delete(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_nul_byte),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_wide_object),
		cmocka_unit_test(test_index),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_equal_within),
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_print_unusual),
		cmocka_unit_test(test_type),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
