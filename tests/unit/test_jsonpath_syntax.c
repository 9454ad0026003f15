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

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static struct errs es;

static const struct jsonpath *compile(struct arena *a, const char *text,
				      size_t len, struct place at)
{
	memset(&es, 0, sizeof(es));
	const struct jsonpath *path = jsonpath_compile(a, text, len, at, &es);
	assert_int_equal(path ? 0 : 1, es.n);
	return path;
}

/* What is no path: the column of the problem, and words of its text. */
static const struct {
	const char *path;
	unsigned col;
	const char *says;
} refused[] = {
	{ "", 1, "expected \"$\" at the start of a path, got the end" },
	{ "a", 1, "expected \"$\" at the start of a path, got \"a\"" },
	{ "@.a", 1, "expected \"$\"" },
	{ " $", 1, "expected \"$\"" },
	{ "$ ", 2, "the end of the path, got \" \"" },
	{ "$.a ", 4, "the end of the path" },
	{ "$[0]\n", 5, "the end of the path" },
	{ "$a", 2, "expected \".\" or \"[\"" },
	{ "$$", 2, "expected \".\" or \"[\"" },
	{ "$.", 3, "expected a name or \"*\"" },
	{ "$..", 4, "expected a name or \"*\"" },
	{ "$...a", 4, "expected a name or \"*\"" },
	{ "$. a", 3, "expected a name or \"*\"" },
	{ "$.. a", 4, "expected a name or \"*\"" },
	{ "$. .a", 3, "expected a name or \"*\"" },
	{ "$.1a", 3, "expected a name or \"*\"" },
	{ "$.-a", 3, "expected a name or \"*\"" },
	{ "$.'a'", 3, "expected a name or \"*\"" },
	{ "$.\"a\"", 3, "expected a name or \"*\"" },
	{ "$.[0]", 3, "expected a name or \"*\"" },
	{ "$.a-b", 4, "expected \".\" or \"[\"" },
	{ "$.a b", 4, "expected \".\" or \"[\"" },
	{ "$.a*", 4, "expected \".\" or \"[\"" },
	{ "$.*a", 4, "expected \".\" or \"[\"" },
	{ "$.a\xff", 4, "got the byte 0xff" },
	{ "$.\x01", 3, "got the byte 0x01" },
	{ "$[", 3, "expected a selector" },
	{ "$[]", 3, "expected a selector" },
	{ "$[ ]", 4, "expected a selector" },
	{ "$[a]", 3, "a name in brackets stands in quotes" },
	{ "$[0", 4, "expected \",\" or \"]\", got the end" },
	{ "$[0,]", 5, "expected a selector" },
	{ "$[,0]", 3, "expected a selector" },
	{ "$[0 1]", 5, "expected \",\" or \"]\"" },
	{ "$[0]]", 5, "the end of the path" },
	{ "$[(@.length-1)]", 3, "expected a selector" },
	{ "$[$.a]", 3, "expected a selector" },
	{ "$[-]", 4, "expected a digit" },
	{ "$[+1]", 3, "expected a selector" },
	{ "$[01]", 3, "an integer has no leading zero" },
	{ "$[-01]", 3, "an integer has no leading zero" },
	{ "$[00]", 3, "an integer has no leading zero" },
	{ "$[-0]", 3, "there is no -0" },
	{ "$[1.0]", 4, "expected \",\" or \"]\"" },
	{ "$[1e3]", 4, "expected \",\" or \"]\"" },
	{ "$[- 1]", 4, "expected a digit" },
	{ "$[9007199254740992]", 3, "is outside" },
	{ "$[-9007199254740992]", 3, "is outside" },
	{ "$[99999999999999999999999999]", 3, "is outside" },
	{ "$[1:01]", 5, "an integer has no leading zero" },
	{ "$[-0:1]", 3, "there is no -0" },
	{ "$[::-0]", 5, "there is no -0" },
	{ "$[::01]", 5, "an integer has no leading zero" },
	{ "$[:9007199254740992]", 4, "is outside" },
	{ "$[::9007199254740992]", 5, "is outside" },
	{ "$[1:2:3:4]", 8, "expected \",\" or \"]\"" },
	{ "$[:::]", 5, "expected \",\" or \"]\"" },
	{ "$[1:a]", 5, "expected \",\" or \"]\"" },
	{ "$['a]", 6, "expected a closing quote" },
	{ "$[\"a]", 6, "expected a closing double quote" },
	{ "$['a\"]", 7, "expected a closing quote" },
	{ "$['a'b]", 6, "expected \",\" or \"]\"" },
	{ "$['it's']", 7, "expected \",\" or \"]\"" },
	{ "$['\\\"']", 5, "expected one of ' \\ / b f n r t u" },
	{ "$[\"\\'\"]", 5, "expected one of \" \\ / b f n r t u" },
	{ "$['\\x']", 5, "after a backslash, got \"x\"" },
	{ "$['\\U0041']", 5, "after a backslash, got \"U\"" },
	{ "$['\\", 5, "after a backslash, got the end" },
	{ "$['\\u12']", 8, "four hexadecimal digits" },
	{ "$['\\u12g4']", 8, "four hexadecimal digits" },
	{ "$['\\ud800']", 10, "the second half of a surrogate pair" },
	{ "$['\\ud800x']", 10, "the second half of a surrogate pair" },
	{ "$['\\ud800\\n']", 10, "the second half of a surrogate pair" },
	{ "$['\\ud800\\u0041']", 10, "the second half of a surrogate pair" },
	{ "$['\\ud800\\ud800']", 10, "the second half of a surrogate pair" },
	{ "$['\\udc00']", 4, "without the first" },
	{ "$['\\udfff\\ud800']", 4, "without the first" },
	{ "$['a\nb']", 5, "a control character inside quotes" },
	{ "$['\t']", 4, "a control character inside quotes" },
	{ "$['\xc3']", 4, "a character in UTF-8" },
	{ "$['\xed\xa0\x80']", 4, "a character in UTF-8" },
	{ "$[?]", 4, "expected a path (@ or $), a value or a function" },
	{ "$[?", 4, "expected a path (@ or $), a value or a function" },
	{ "$[?@.a", 7, "expected \",\" or \"]\"" },
	{ "$[?@.a==]", 9, "expected a path (@ or $), a value" },
	{ "$[?==1]", 4, "expected a path (@ or $), a value" },
	{ "$[?@.a=1]", 7, "expected \"==\", got \"=\"" },
	{ "$[?@.a===1]", 9, "expected a path (@ or $), a value" },
	{ "$[?@.a<>1]", 8, "expected a path (@ or $), a value" },
	{ "$[?@.a=~'x']", 7, "expected \"==\"" },
	{ "$[?@.a!1]", 7, "expected \",\" or \"]\"" },
	{ "$[?@.a = = 1]", 8, "expected \"==\"" },
	{ "$[?@.a==1==2]", 10, "expected \",\" or \"]\"" },
	{ "$[?@.a<1<2]", 9, "expected \",\" or \"]\"" },
	{ "$[?@.a&@.b]", 7, "expected \",\" or \"]\"" },
	{ "$[?@.a|@.b]", 7, "expected \",\" or \"]\"" },
	{ "$[?@.a&&]", 9, "expected a path (@ or $), a value" },
	{ "$[?&&@.a]", 4, "expected a path (@ or $), a value" },
	{ "$[?@.a||]", 9, "expected a path (@ or $), a value" },
	{ "$[?@.a and @.b]", 8, "expected \",\" or \"]\"" },
	{ "$[?(@.a]", 8, "expected \")\"" },
	{ "$[?@.a)]", 7, "expected \",\" or \"]\"" },
	{ "$[?()]", 5, "expected a path (@ or $), a value" },
	{ "$[?(@.a)==1]", 9, "expected \",\" or \"]\"" },
	{ "$[?(@.a==1]", 11, "expected \")\"" },
	{ "$[?!!@.a]", 5, "expected a path (@ or $), a value" },
	{ "$[?!@.a==1]", 8, "expected \",\" or \"]\"" },
	{ "$[?!1==1]", 6, "expected a comparison" },
	{ "$[?!]", 5, "expected a path (@ or $), a value" },
	{ "$[?1]", 5, "expected a comparison" },
	{ "$[?'a']", 7, "expected a comparison" },
	{ "$[?true]", 8, "expected a comparison" },
	{ "$[?@.a&&true]", 13, "expected a comparison" },
	{ "$[?null||@.a]", 8, "expected a comparison" },
	{ "$[?True==1]", 4, "expected a path (@ or $), a value" },
	{ "$[?@.a==TRUE]", 9, "expected a path (@ or $), a value" },
	{ "$[?@.a==nul]", 9, "expected a value, got \"nul\"" },
	{ "$[?@.a==truely]", 9, "expected a value, got \"truely\"" },
	{ "$[?@.a==b]", 9, "expected a value, got \"b\"" },
	{ "$[?@.a==[1]]", 9, "expected a path (@ or $), a value" },
	{ "$[?@.a=={}]", 9, "expected a path (@ or $), a value" },
	{ "$[?@.a==01]", 9, "a number has no leading zero" },
	{ "$[?@.a==-01]", 9, "a number has no leading zero" },
	{ "$[?@.a==1.]", 11, "a digit after the decimal point" },
	{ "$[?@.a==.5]", 9, "expected a path (@ or $), a value" },
	{ "$[?@.a==+1]", 9, "expected a path (@ or $), a value" },
	{ "$[?@.a==1e]", 11, "a digit in the exponent" },
	{ "$[?@.a==1.e1]", 11, "a digit after the decimal point" },
	{ "$[?@.a==0x1]", 10, "expected \",\" or \"]\"" },
	{ "$[?@.a==-]", 10, "expected a digit" },
	{ "$[?@.a==- 1]", 10, "expected a digit" },
	{ "$[?@.a=='x]", 12, "expected a closing quote" },
	{ "$[?a]", 4, "expected a value, got \"a\"" },
	{ "$[?.a]", 4, "expected a path (@ or $), a value" },
	{ "$[?@a]", 5, "expected \",\" or \"]\"" },
	{ "$[?@.*==1]", 4, "only a path that finds one value" },
	{ "$[?1==@.*]", 7, "only a path that finds one value" },
	{ "$[?@[*]==1]", 4, "only a path that finds one value" },
	{ "$[?@..a==1]", 4, "only a path that finds one value" },
	{ "$[?@[0,1]==1]", 4, "only a path that finds one value" },
	{ "$[?@[0:1]==1]", 4, "only a path that finds one value" },
	{ "$[?@[?@.a]==1]", 4, "only a path that finds one value" },
	{ "$[?$..a<1]", 4, "only a path that finds one value" },
	{ "$[?@.a<$.*]", 8, "only a path that finds one value" },
	{ "$[?@[ 'a' ]==1]", 4, "no blanks inside its brackets" },
	{ "$[?1<@[0 ]]", 6, "no blanks inside its brackets" },
	{ "$[?len(@.a)==1]", 4, "there is no function \"len()\"" },
	{ "$[?lenght(@.a)==1]", 4, "did you mean \"length()\"?" },
	{ "$[?Length(@.a)==1]", 4, "expected a path (@ or $), a value" },
	{ "$[?length (@.a)==1]", 4, "expected a value, got \"length\"" },
	{ "$[?length==1]", 4, "expected a value, got \"length\"" },
	{ "$[?length()==1]", 4, "\"length()\" takes 1 argument, got 0" },
	{ "$[?length(@.a,@.b)==1]", 4, "takes 1 argument, got 2" },
	{ "$[?length(@.a]", 14, "expected \",\" or \")\"" },
	{ "$[?length(@.a,)==1]", 15, "expected a path (@ or $), a value" },
	{ "$[?length(,)==1]", 11, "expected a path (@ or $), a value" },
	{ "$[?length(@.*)==1]", 11, "\"length()\" takes one value" },
	{ "$[?length(@..a)==1]", 11, "\"length()\" takes one value" },
	{ "$[?length(@.a==1)==1]", 14, "expected \",\" or \")\"" },
	{ "$[?length(!@.a)==1]", 11, "expected a path (@ or $), a value" },
	{ "$[?length(match(@.a,'b'))==1]", 11, "\"match()\" is true or" },
	{ "$[?length(@.a)]", 15, "expected a comparison" },
	{ "$[?!length(@.a)]", 16, "expected a comparison" },
	{ "$[?length(@.a)&&@.b]", 15, "expected a comparison" },
	{ "$[?count()==1]", 4, "\"count()\" takes 1 argument, got 0" },
	{ "$[?count(1)==1]", 10, "\"count()\" takes a path" },
	{ "$[?count('a')==1]", 10, "\"count()\" takes a path" },
	{ "$[?count(true)==1]", 10, "\"count()\" takes a path" },
	{ "$[?count(length(@))==1]", 10, "\"count()\" takes a path" },
	{ "$[?count(value(@.a))==1]", 10, "\"count()\" takes a path" },
	{ "$[?count(@.*)]", 14, "expected a comparison" },
	{ "$[?value(1)==1]", 10, "\"value()\" takes a path" },
	{ "$[?value(@.a)]", 14, "expected a comparison" },
	{ "$[?match(@.a)]", 4, "\"match()\" takes 2 arguments, got 1" },
	{ "$[?match(@.a,'b','c')]", 4, "takes 2 arguments, got 3" },
	{ "$[?match(@.*,'b')]", 10, "\"match()\" takes one value" },
	{ "$[?match(@.a,@.*)]", 14, "\"match()\" takes one value" },
	{ "$[?match(@.a,'b')==true]", 4, "\"match()\" is true or false" },
	{ "$[?true==match(@.a,'b')]", 10, "\"match()\" is true or false" },
	{ "$[?search(@.a,'b')==1]", 4, "\"search()\" is true or false" },
	{ "$[?search(@.a)]", 4, "\"search()\" takes 2 arguments, got 1" },
	{ "$[?search(@.a,b)]", 15, "expected a value, got \"b\"" },
	{ "$.length()", 9, "expected \".\" or \"[\"" },
	{ "$.a[?@.b == 'x'].c[?@.d > ].e", 27, "expected a path (@ or $)" },
};

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(refused); i++) {
		const char *text = refused[i].path;
		struct source src = { "path", text, strlen(text) };
		struct arena *a = arena_new(1 << 20);
		const struct err *e = &es.item[0];
		if (compile(a, text, src.len, place_at(&src, 0)))
			fail_msg("%s was taken", text);
		if (e->at.line != 1 || e->at.col != refused[i].col ||
		    !strstr(e->text, refused[i].says))
			fail_msg("%s: %u:%u: %s", text, e->at.line, e->at.col,
				 e->text);
		arena_free(a);
	}
}

/* What is a path although it looks odd. */
static void test_accepted(void **state)
{
	static const char *const rows[] = {
		"$",
		"$['a']['b']",
		"$\t[\n'a'\r]  [ 0 ]",
		"$ .a .b",
		"$ ..a",
		"$\n..*",
		"$..['a',0,*,1:2,?@]",
		"$[?@.a,?@.b]",
		"$[?@.a==1 , ?@.b]",
		"$[?((((@.a))))]",
		"$[?@['a']==@[\"b\"]]",
		"$[?@ .a ['b'] [0]==1]",
		"$[?@[ 'a' ]]",
		"$[?length(@[ 'a' ])==1]",
		"$[?@.a==-0]",
		"$[?@.a==-0.0e-0]",
		"$[?@.a==1E+10]",
		"$[?@.a==100000000000000000000]",
		"$[?@.a==1e99999]",
		"$[?'a'==\"a\"]",
		"$[?@<@]",
		"$[?$.a]",
		"$[?length('')<count(@)]",
		"$[?match(@,'[')]",
		"$[?count(@[?count(@.*)>1])>1]",
		"$[9007199254740991]",
		"$[-9007199254740991:9007199254740991:-9007199254740991]",
		"$._",
		"$.A1_z",
		"$['\x7f']",
		"$['\\u0000']",
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct arena *a = arena_new(1 << 20);
		if (!compile(a, rows[i], strlen(rows[i]), NOWHERE))
			fail_msg("%s: %s", rows[i], es.item[0].text);
		arena_free(a);
	}
}

static void test_nul_byte(void **state)
{
	struct arena *a = arena_new(1 << 20);

	(void)state;
	assert_null(compile(a, "$.a\0", 4, NOWHERE));
	assert_null(compile(a, "$['\0']", 6, NOWHERE));
	assert_null(compile(a, "$[?\0]", 5, NOWHERE));
	assert_null(compile(a, "$['\\\0']", 7, NOWHERE));
	arena_free(a);
}

/* An expression inside a file counts on from where it stands. */
static void test_place(void **state)
{
	static const char file[] = "expect:\n  json: $.a[?@.b=1]\n";
	struct source src = { "shop.yaml", file, sizeof(file) - 1 };
	const char *text = strchr(file, '$');
	struct arena *a = arena_new(1 << 20);

	(void)state;
	assert_null(compile(a, text, strlen(text) - 1,
			    place_at(&src, (size_t)(text - file))));
	assert_ptr_equal(es.item[0].at.src, &src);
	assert_int_equal(es.item[0].at.line, 2);
	assert_int_equal(es.item[0].at.col, 17);
	assert_null(compile(a, "$[\n\n 0\n,x]", 10, place_at(&src, 8)));
	assert_int_equal(es.item[0].at.line, 5);
	assert_int_equal(es.item[0].at.col, 2);
	assert_null(compile(a, "$[", 2, NOWHERE));
	assert_null(es.item[0].at.src);
	arena_free(a);
}

/* Compiles open repeated n times, then core, then close n times. */
static bool nests(const char *open, const char *core, const char *close,
		  size_t n)
{
	struct arena *a = arena_new(1 << 20);
	struct buf text;

	buf_init(&text, BUF_NO_LIMIT);
	buf_puts(&text, "$[?");
	for (size_t i = 0; i < n; i++)
		buf_puts(&text, open);
	buf_puts(&text, core);
	for (size_t i = 0; i < n; i++)
		buf_puts(&text, close);
	buf_puts(&text, "]");
	bool good = compile(a, buf_text(&text), text.len, NOWHERE) != NULL;
	if (!good)
		assert_non_null(strstr(es.item[0].text, "more than 50 levels"));
	buf_release(&text);
	arena_free(a);
	return good;
}

static void test_nesting(void **state)
{
	static const char *const rows[][3] = {
		{ "(", "@.a", ")" },
		{ "!(", "@.a", ")" },
		{ "@[?", "@.a", "]" },
		{ "@.a&&(", "@.b", ")" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		const char *const *r = rows[i];
		assert_true(nests(r[0], r[1], r[2], JSONPATH_NESTING_MAX - 1));
		assert_false(nests(r[0], r[1], r[2], JSONPATH_NESTING_MAX));
		assert_false(nests(r[0], r[1], r[2], 600));
	}
	assert_true(nests("length(", "@.a", ")", 0));
	assert_false(nests("length(", "@.a", ")", 600));
}

static void test_length(void **state)
{
	enum { WORD = 6 };
	struct arena *a = arena_new(1 << 22);
	struct buf text;

	(void)state;
	buf_init(&text, BUF_NO_LIMIT);
	buf_puts(&text, "$[?@.a");
	while (text.len + WORD < JSONPATH_BYTES_MAX)
		buf_puts(&text, "||@.bc");
	buf_puts(&text, "]");
	assert_non_null(compile(a, text.text, text.len, NOWHERE));
	buf_puts(&text, ".abcdefgh");
	assert_null(compile(a, text.text, text.len, NOWHERE));
	assert_non_null(strstr(es.item[0].text, "at most 8192 bytes, got"));
	buf_release(&text);
	arena_free(a);
}

static void test_warnings(void **state)
{
	static const struct {
		const char *path;
		unsigned cols[2]; /* 0: no warning */
		const char *says;
	} rows[] = {
		{ "$[?match(@,'a.*')]", { 0, 0 }, "" },
		{ "$[?match(@,@.re)]", { 0, 0 }, "" },
		{ "$[?match(@,'\\\\d+')]", { 12, 0 }, "expected one of" },
		{ "$[?search(@,'a++')]", { 13, 0 }, "something to repeat" },
		{ "$[?match(@,1)]", { 12, 0 }, "a pattern is a string" },
		{ "$[?match(@,'(')||search(@,'[')]", { 12, 27 }, "expected" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		static struct errs warnings;
		struct source src = { "path", rows[i].path,
				      strlen(rows[i].path) };
		struct arena *a = arena_new(1 << 16);
		const struct jsonpath *path =
			compile(a, rows[i].path, src.len, place_at(&src, 0));
		assert_non_null(path);
		warnings.n = 0;
		jsonpath_warn(path, &warnings);
		size_t want = (rows[i].cols[0] != 0) + (rows[i].cols[1] != 0);
		assert_int_equal(warnings.n, want);
		for (size_t w = 0; w < want; w++) {
			assert_int_equal(warnings.item[w].at.col,
					 rows[i].cols[w]);
			assert_non_null(
				strstr(warnings.item[w].text, rows[i].says));
		}
		arena_free(a);
	}
}

/* A full arena is a problem, whenever it fills up. */
static void test_no_memory(void **state)
{
	static const char text[] =
		"$.a[?@.b=='c'&&match(@.d,'e')&&search(@,'[')]['f',0]";

	(void)state;
	for (size_t room = 0; room < 8192; room += 64) {
		struct arena *a = arena_new(room);
		if (!compile(a, text, sizeof(text) - 1, NOWHERE))
			assert_int_equal(es.item[0].kind, ERR_MEMORY);
		arena_free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_nul_byte),
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_nesting),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
