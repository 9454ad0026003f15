/* SPDX-License-Identifier: MIT */
#include "scenarios/json/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scenarios/base/arena.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

enum { LONG_TEXT = 1 << 20 };

static struct errs es;

static const struct pattern *compile(const char *text, unsigned flags)
{
	struct source src = { "pattern", text, strlen(text) };

	memset(&es, 0, sizeof(es));
	const struct pattern *p = pattern_compile(
		NULL, text, strlen(text), flags, place_at(&src, 0), &es);
	assert_int_equal(p ? 0 : 1, es.n);
	return p;
}

/* Pattern, text, what is found: NULL for nothing. */
static const struct {
	const char *pattern;
	unsigned flags;
	const char *text;
	const char *found;
} plain[] = {
	{ "a", 0, "cat", "a" },
	{ "", 0, "cat", "" },
	{ "x", 0, "", NULL },
	{ "^c.t$", 0, "cat", "cat" },
	{ "^c.t$", 0, "cat\n", "cat" },
	{ "^a", 0, "cat", NULL },
	{ "a.b", 0, "a\nb", NULL },
	{ "(?s)a.b", 0, "a\nb", "a\nb" },
	{ "OK", 0, "ok", NULL },
	{ "OK", PATTERN_NOCASE, "ok", "ok" },
	{ "\xc3\x89", PATTERN_NOCASE, "caf\xc3\xa9", "\xc3\xa9" },
	{ "^.$", 0, "\xe2\x82\xac", "\xe2\x82\xac" },
	{ "\\d+", 0, "uptime 123s", "123" },
	{ "\\d", 0, "\xd9\xa3", NULL },
	{ "at", PATTERN_WHOLE, "cat", NULL },
	{ "c|cat", PATTERN_WHOLE, "cat", "cat" },
	{ "cat", PATTERN_WHOLE, "cat\n", NULL },
	/* Bytes that are no UTF-8 stop nothing. */
	{ "b", 0,
	  "\xff\xfe"
	  "b",
	  "b" },
	{ "^a.c", 0,
	  "a\xff"
	  "c",
	  NULL },
	{ "c$", 0,
	  "\xc3(\xff"
	  "c",
	  "c" },
};

static void test_plain(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(plain); i++) {
		const char *text = plain[i].text;
		const struct pattern *p =
			compile(plain[i].pattern, plain[i].flags);
		struct pattern_found found;
		assert_non_null(p);
		enum pattern_result result =
			pattern_match(p, text, strlen(text), &found);
		bool hit = result == PATTERN_YES;
		const char *want = plain[i].found;
		if (result == PATTERN_LIMIT || hit != (want != NULL))
			fail_msg("%s on %s: %d", plain[i].pattern, text,
				 (int)result);
		if (hit) {
			struct pattern_span at = found.group[0];
			assert_int_equal(at.to - at.from, strlen(want));
			assert_memory_equal(text + at.from, want, strlen(want));
		}
		pattern_free(p);
	}
}

static void test_groups(void **state)
{
	struct arena *a = arena_new(1 << 16);
	static const char text[] = "v=12; z", re[] = "(x)?v=(?<major>\\d+)";
	const struct pattern *p =
		pattern_compile(a, re, strlen(re), 0, NOWHERE, &es);
	struct pattern_found found;

	(void)state;
	assert_non_null(p);
	assert_int_equal(pattern_group_count(p), 3);
	assert_int_equal(pattern_group_find(p, "major"), 2);
	assert_int_equal(pattern_group_find(p, "minor"), 0);
	assert_int_equal(pattern_match(p, text, sizeof(text) - 1, &found),
			 PATTERN_YES);
	assert_int_equal(found.n, 3);
	assert_true(found.group[1].from == PATTERN_UNSET);
	assert_int_equal(found.group[2].from, 2);
	assert_int_equal(found.group[2].to, 4);
	arena_free(a);
}

static void test_many_groups(void **state)
{
	char re[3 * 40 + 1];
	struct pattern_found found;

	(void)state;
	for (size_t i = 0; i < 40; i++)
		memcpy(re + 3 * i, "(a)", 4);
	const struct pattern *p = compile(re, 0);
	assert_int_equal(pattern_group_count(p), 41);
	char text[41];
	memset(text, 'a', 40);
	assert_int_equal(pattern_match(p, text, 40, &found), PATTERN_YES);
	assert_int_equal(found.n, PATTERN_GROUPS_MAX);
	assert_int_equal(found.group[31].to, 31);
	pattern_free(p);
}

static const struct {
	const char *pattern;
	unsigned flags, line, col;
	const char *says;
} refused[] = {
	{ "a(b", 0, 1, 4, "missing closing parenthesis" },
	{ "ab)", 0, 1, 3, "unmatched closing parenthesis" },
	{ "*a", 0, 1, 1, "quantifier does not follow" },
	{ "a\n[b", 0, 2, 3, "missing terminating ]" },
	{ "\\C", 0, 1, 3, "\\C" },
	{ "a\xff", 0, 1, 2, "UTF-8" },
	{ "a\\d", PATTERN_IREGEXP, 1, 3, "after a backslash" },
	{ "a++", PATTERN_IREGEXP, 1, 3, "something to repeat" },
	{ "[z-a]", PATTERN_IREGEXP, 1, 1, "range out of order" },
};

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(refused); i++) {
		const struct err *e = &es.item[0];
		assert_null(compile(refused[i].pattern, refused[i].flags));
		if (e->at.line != refused[i].line ||
		    e->at.col != refused[i].col ||
		    !strstr(e->text, refused[i].says))
			fail_msg("%s: %u:%u: %s", refused[i].pattern,
				 e->at.line, e->at.col, e->text);
	}
}

static void test_too_long(void **state)
{
	char *text = malloc(PATTERN_BYTES_MAX + 2);

	(void)state;
	memset(text, 'a', PATTERN_BYTES_MAX + 1);
	text[PATTERN_BYTES_MAX + 1] = '\0';
	assert_null(compile(text, 0));
	assert_string_equal(es.item[0].text,
			    "a pattern has at most 4096 bytes, got 4097");
	text[PATTERN_BYTES_MAX] = '\0';
	const struct pattern *p = compile(text, 0);
	assert_non_null(p);
	pattern_free(p);
	free(text);
}

/* Patterns that would run for ages end with PATTERN_LIMIT. */
static void test_limits(void **state)
{
	static const char *const rows[] = {
		"(a+)+$",	    "(a|aa)+$",	      "a*[bc]",
		"(?:a?){30}a{30}x", "^(?:.*?,){11}P", "(x+x+)+y|(a*)*c",
	};
	char *text = malloc(LONG_TEXT);

	(void)state;
	memset(text, 'a', LONG_TEXT);
	text[LONG_TEXT - 1] = '!';
	for (size_t i = 0; i < LEN(rows); i++) {
		const struct pattern *p = compile(rows[i], 0);
		uint64_t steps = 20000;
		assert_non_null(p);
		assert_int_not_equal(pattern_match(p, text, LONG_TEXT, NULL),
				     PATTERN_YES);
		assert_int_equal(
			pattern_test_within(p, text, LONG_TEXT, &steps),
			PATTERN_LIMIT);
		assert_true(steps == 0);
		pattern_free(p);
	}
	free(text);
}

static void test_steps(void **state)
{
	const struct pattern *p = compile("b+c", 0);
	uint64_t steps = 1000;

	(void)state;
	assert_int_equal(pattern_test_within(p, "abbbc", 5, &steps),
			 PATTERN_YES);
	assert_true(steps > 900 && steps < 1000);
	assert_int_equal(pattern_test_within(p, "abbb", 4, &steps), PATTERN_NO);
	pattern_free(p);
}

/* I-Regexp: 'm' a whole match, 's' a search; '?' says it is no I-Regexp. */
static const struct {
	const char *pattern;
	const char *text;
	char how;
	bool hit;
} iregexp[] = {
	{ "abc", "abc", 'm', true },
	{ "abc", "xabcx", 'm', false },
	{ "abc", "xabcx", 's', true },
	{ "", "", 'm', true },
	{ "", "a", 'm', false },
	{ "a|b", "b", 'm', true },
	{ "a|b", "ab", 'm', false },
	{ "|a", "", 'm', true },
	{ "()", "", 'm', true },
	{ "(ab)+c", "ababc", 'm', true },
	{ "a?b*c+", "cc", 'm', true },
	{ "a{2}", "aa", 'm', true },
	{ "a{2}", "aaa", 'm', false },
	{ "a{2,}", "aaa", 'm', true },
	{ "a{1,2}", "aaa", 'm', false },
	{ "a{0}", "", 'm', true },
	{ "a.c", "abc", 'm', true },
	{ "a.c", "a\nc", 'm', false },
	{ "a.c", "a\rc", 'm', false },
	{ "a.c",
	  "a\xe2\x80\xa8"
	  "c",
	  'm', true },
	{ "a.c",
	  "a\xf0\x9f\x98\x80"
	  "c",
	  'm', true },
	{ "[abc]", "b", 'm', true },
	{ "[^abc]", "b", 'm', false },
	{ "[^abc]", "\n", 'm', true },
	{ "[a-c]", "b", 'm', true },
	{ "[a-c0-9]+", "a1", 'm', true },
	{ "[-a]", "-", 'm', true },
	{ "[a-]", "-", 'm', true },
	{ "[-]", "-", 'm', true },
	{ "[--]", "-", 'm', true },
	{ "[^-]", "-", 'm', false },
	{ "[a^]", "^", 'm', true },
	{ "[^^]", "^", 'm', false },
	{ "[.]", ".", 'm', true },
	{ "[.]", "a", 'm', false },
	{ "[$*+?(){}|]", "|", 'm', true },
	{ "[\\]]", "]", 'm', true },
	{ "[\\[]", "[", 'm', true },
	{ "[\\\\]", "\\", 'm', true },
	{ "[+-9]", "-", 'm', true },
	{ "[\\n]", "\n", 'm', true },
	{ "[\\p{L}]", "\xc3\xa9", 'm', true },
	{ "[\\p{Lu}0-9]", "9", 'm', true },
	{ "[^\\p{Lu}]", "A", 'm', false },
	{ "\\p{Lu}", "\xc3\x89", 'm', true },
	{ "\\P{Lu}", "\xc3\x89", 'm', false },
	{ "\\p{Nd}{2}", "12", 'm', true },
	{ "\\p{Zs}", " ", 'm', true },
	{ "\\p{Cn}", "a", 'm', false },
	{ "a\\.b", "a.b", 'm', true },
	{ "a\\.b", "axb", 'm', false },
	{ "\\^\\-\\{\\}\\(\\)\\|", "^-{}()|", 'm', true },
	{ "\\t\\r\\n", "\t\r\n", 'm', true },
	{ "^ab", "ab", 'm', true },
	{ "^b", "ab", 's', false },
	{ "a$", "ab", 's', false },
	{ "b$", "ab", 's', true },
	{ "b$", "ab\n", 's', false },
	{ "a b#c", "a b#c", 'm', true },
	{ "\xc3\xa9+", "\xc3\xa9\xc3\xa9", 'm', true },
	{ "[\xce\xb1-\xcf\x89]", "\xce\xb2", 'm', true },
	{ "a,b-c", "a,b-c", 'm', true },
	{ "a/b", "a/b", 'm', true },
	{ "\\d", "1", '?', false },
	{ "\\w", "a", '?', false },
	{ "\\b", "a", '?', false },
	{ "\\s", " ", '?', false },
	{ "\\/", "/", '?', false },
	{ "\\x41", "A", '?', false },
	{ "\\u0041", "A", '?', false },
	{ "\\1", "", '?', false },
	{ "\\", "", '?', false },
	{ "\\pL", "a", '?', false },
	{ "\\p{}", "a", '?', false },
	{ "\\p{Xx}", "a", '?', false },
	{ "\\p{Lx}", "a", '?', false },
	{ "\\p{lu}", "a", '?', false },
	{ "\\p{Lu", "a", '?', false },
	{ "\\p{Cs}", "a", '?', false },
	{ "\\p{Greek}", "a", '?', false },
	{ "\\p{^Lu}", "a", '?', false },
	{ "*a", "a", '?', false },
	{ "a**", "a", '?', false },
	{ "a*?", "a", '?', false },
	{ "a+?", "a", '?', false },
	{ "a??", "a", '?', false },
	{ "a{2}?", "aa", '?', false },
	{ "a{2}+", "aa", '?', false },
	{ "a{}", "a", '?', false },
	{ "a{,2}", "a", '?', false },
	{ "a{2", "a", '?', false },
	{ "a{x}", "a", '?', false },
	{ "a{2,1}", "a", '?', false },
	{ "a|*", "a", '?', false },
	{ "(a", "a", '?', false },
	{ "a)", "a", '?', false },
	{ "(?:a)", "a", '?', false },
	{ "(?i)a", "A", '?', false },
	{ "(?=a)", "a", '?', false },
	{ "(*UCP)a", "a", '?', false },
	{ "[", "[", '?', false },
	{ "[]", "", '?', false },
	{ "[^]", "", '?', false },
	{ "[]a]", "a", '?', false },
	{ "[a", "a", '?', false },
	{ "[[:alpha:]]", "a", '?', false },
	{ "[a-b-c]", "a", '?', false },
	{ "[a-\\p{L}]", "a", '?', false },
	{ "[\\p{L}-a]", "a", '?', false },
	{ "[\\d]", "1", '?', false },
	{ "[a-c-[b]]", "a", '?', false },
	{ "a]", "a]", '?', false },
	{ "a}", "a}", '?', false },
	{ "{", "{", '?', false },
	{ "\xff", "\xff", '?', false },
	{ "[\xff]", "\xff", '?', false },
};

static void test_iregexp(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(iregexp); i++) {
		const char *re = iregexp[i].pattern, *text = iregexp[i].text;
		unsigned flags = PATTERN_IREGEXP;
		if (iregexp[i].how == 'm')
			flags |= PATTERN_WHOLE;
		const struct pattern *p = compile(re, flags);
		if ((p != NULL) != (iregexp[i].how != '?'))
			fail_msg("%s: %s", re, es.item[0].text);
		if (p && pattern_match(p, text, strlen(text), NULL) !=
				 (iregexp[i].hit ? PATTERN_YES : PATTERN_NO))
			fail_msg("%s on %s", re, text);
		pattern_free(p);
	}
}

static void test_iregexp_nesting(void **state)
{
	char re[2 * 101 + 1];

	(void)state;
	for (unsigned depth = 100; depth <= 101; depth++) {
		memset(re, '(', depth);
		memset(re + depth, ')', depth);
		re[2 * depth] = '\0';
		const struct pattern *p = compile(re, PATTERN_IREGEXP);
		assert_true((p != NULL) == (depth == 100));
		pattern_free(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_many_groups),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_iregexp),
		cmocka_unit_test(test_iregexp_nesting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
