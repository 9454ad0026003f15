/* SPDX-License-Identifier: MIT */
#include "scenarios/jsonpath/jsonpath.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/json/json.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static struct errs es;

static cJSON *tree_of(const char *text)
{
	struct source src = { "document", text, strlen(text) };
	cJSON *tree = json_parse(&src, JSON_OWN, NULL, NULL, &es);

	assert_non_null(tree);
	return tree;
}

static void test_singular(void **state)
{
	static const struct {
		const char *path;
		bool singular;
	} rows[] = {
		{ "$", true },		 { "$.a", true },
		{ "$['a'][0].b", true }, { "$[ 'a' ] [ -1 ]", true },
		{ "$.*", false },	 { "$[*]", false },
		{ "$..a", false },	 { "$..[0]", false },
		{ "$[0,1]", false },	 { "$['a','a']", false },
		{ "$[0:1]", false },	 { "$[?@.a]", false },
		{ "$.a[*].b", false },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct arena *a = arena_new(1 << 16);
		const struct jsonpath *path = jsonpath_compile(
			a, rows[i].path, strlen(rows[i].path), NOWHERE, &es);
		assert_non_null(path);
		if (jsonpath_is_singular(path) != rows[i].singular)
			fail_msg("%s", rows[i].path);
		arena_free(a);
	}
}

static void test_normalized(void **state)
{
	static const char *const rows[][2] = {
		{ "$", "$" },
		{ "$.services.redis", "$['services']['redis']" },
		{ "$..at[-1]", "$['list'][1]['at'][2]" },
		{ "$.list[0]['it\\'s']", "$['list'][0]['it\\'s']" },
		{ "$['\\\\']", "$['\\\\']" },
		{ "$['\"']", "$['\"']" },
		{ "$['\\b\\t\\n\\f\\r']", "$['\\b\\t\\n\\f\\r']" },
		{ "$['\\u000B']", "$['\\u000b']" },
		{ "$['\\u00e9']", "$['\xc3\xa9']" },
	};
	cJSON *tree = tree_of("{\"services\":{\"redis\":1},\"list\":[{"
			      "\"it\\u0027s\":2},{\"at\":[3,4,"
			      "5]}],\"\\\\\":6,\"\\u0022\":7,"
			      "\"\\b\\t\\n\\f\\r\":8,\"\\u000b\":9,"
			      "\"\\u00e9\":10}");
	struct buf out;

	(void)state;
	buf_init(&out, BUF_NO_LIMIT);
	for (size_t i = 0; i < LEN(rows); i++) {
		struct arena *a = arena_new(1 << 16);
		struct nodelist found;
		nodelist_init(&found);
		const struct jsonpath *path = jsonpath_compile(
			a, rows[i][0], strlen(rows[i][0]), NOWHERE, &es);
		assert_non_null(path);
		assert_int_equal(jsonpath_eval(path, tree, &found),
				 JSONPATH_OK);
		assert_int_equal(found.n, 1);
		buf_reset(&out);
		assert_true(jsonpath_normalized(tree, found.item[0], &out));
		assert_string_equal(buf_text(&out), rows[i][1]);
		nodelist_release(&found);
		arena_free(a);
	}
	buf_reset(&out);
	/* Siblings of the root are not in its tree. */
	assert_false(jsonpath_normalized(tree->child, tree->child->next, &out));
	assert_int_equal(out.len, 0);
	buf_release(&out);
	cJSON_Delete(tree);
}

static enum jsonpath_status status_of(const char *text, const cJSON *tree)
{
	struct arena *a = arena_new(1 << 16);
	struct nodelist found;

	nodelist_init(&found);
	const struct jsonpath *path =
		jsonpath_compile(a, text, strlen(text), NOWHERE, &es);
	assert_non_null(path);
	enum jsonpath_status status = jsonpath_eval(path, tree, &found);
	if (status != JSONPATH_OK)
		assert_int_equal(found.n, 0);
	nodelist_release(&found);
	arena_free(a);
	return status;
}

/* A list of n numbers. */
static cJSON *wide(size_t n)
{
	cJSON *tree = cJSON_CreateArray();

	for (size_t i = 0; i < n; i++)
		cJSON_AddItemToArray(tree, cJSON_CreateNumber((double)i));
	return tree;
}

static void test_ceilings(void **state)
{
	cJSON *most = wide(JSONPATH_NODES_MAX), *too_many;
	cJSON *deep = cJSON_CreateArray(), *inner = deep;

	(void)state;
	too_many = wide(JSONPATH_NODES_MAX + 1);
	assert_int_equal(status_of("$[*]", most), JSONPATH_OK);
	assert_int_equal(status_of("$[*,0]", most), JSONPATH_TOO_MANY);
	assert_int_equal(status_of("$[*]", too_many), JSONPATH_TOO_MANY);
	assert_int_equal(status_of("$[?@>5]", too_many), JSONPATH_OK);
	assert_int_equal(status_of("$[?count($[*])>1]", too_many),
			 JSONPATH_TOO_MANY);
	assert_int_equal(status_of("$[?$[*]]", most), JSONPATH_OK);
	assert_int_equal(status_of("$[?@==$[-1]]", most), JSONPATH_OK);
	assert_int_equal(status_of("$[?$[?@>99999]]", most), JSONPATH_TOO_LONG);
	assert_int_equal(status_of("$[?count($..*)>1]", most),
			 JSONPATH_TOO_LONG);
	assert_int_equal(status_of("$[?$==$]", most), JSONPATH_TOO_LONG);
	assert_int_equal(status_of("$[?length($)>1]", most), JSONPATH_TOO_LONG);
	assert_int_equal(status_of("$[?$[::-1][?@<0]]", most),
			 JSONPATH_TOO_LONG);
	for (int i = 0; i < 900; i++) {
		cJSON *next = cJSON_CreateArray();
		cJSON_AddItemToArray(inner, next);
		inner = next;
	}
	assert_int_equal(status_of("$..*", deep), JSONPATH_OK);
	assert_int_equal(status_of("$..[?@..*]", deep), JSONPATH_OK);
	assert_int_equal(status_of("$..*..*..*", deep), JSONPATH_TOO_MANY);
	for (int i = 0; i < 200; i++) {
		cJSON *next = cJSON_CreateArray();
		cJSON_AddItemToArray(inner, next);
		inner = next;
	}
	assert_int_equal(status_of("$..*", deep), JSONPATH_TOO_DEEP);
	cJSON_Delete(most);
	cJSON_Delete(too_many);
	cJSON_Delete(deep);
}

/* A pattern out of a hostile document is stopped as well. */
static void test_pattern_ceiling(void **state)
{
	cJSON *tree = tree_of("[{\"re\":\"(a*)*[bc]\",\"t\":\"\"}]");
	char *text = malloc(5001);

	(void)state;
	memset(text, 'a', 5000);
	text[5000] = '\0';
	cJSON_ReplaceItemInObjectCaseSensitive(tree->child, "t",
					       cJSON_CreateString(text));
	assert_int_equal(status_of("$[?search(@.t,@.re)]", tree),
			 JSONPATH_TOO_LONG);
	free(text);
	cJSON_Delete(tree);
}

static void test_status_text(void **state)
{
	(void)state;
	for (int s = JSONPATH_OK; s <= JSONPATH_NO_MEMORY; s++)
		assert_true(strlen(jsonpath_status_text(
				    (enum jsonpath_status)s)) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_singular),
		cmocka_unit_test(test_normalized),
		cmocka_unit_test(test_ceilings),
		cmocka_unit_test(test_pattern_ceiling),
		cmocka_unit_test(test_status_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
