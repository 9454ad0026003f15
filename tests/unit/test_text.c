/* SPDX-License-Identifier: MIT */
/* folder: scenarios */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define LIT(s)	     (s), sizeof(s) - 1

static void utf8(void **state)
{
	static const struct {
		const char *text;
		size_t len, used;
		uint32_t code;
	} rows[] = {
		{ LIT("a"), 1, 'a' },
		{ LIT("\0"), 1, 0 },
		{ LIT("\xc3\xa9"), 2, 0xe9 },
		{ LIT("\xe2\x82\xac"), 3, 0x20ac },
		{ LIT("\xf0\x9f\x98\x80"), 4, 0x1f600 },
		{ LIT("\xf4\x8f\xbf\xbf"), 4, 0x10ffff },
		{ LIT("\xf4\x90\x80\x80"), 0, 0 }, /* above U+10FFFF */
		{ LIT("\xc0\x80"), 0, 0 },	   /* overlong */
		{ LIT("\xe0\x9f\xbf"), 0, 0 },
		{ LIT("\xf0\x8f\xbf\xbf"), 0, 0 },
		{ LIT("\xed\xa0\x80"), 0, 0 }, /* surrogate */
		{ LIT("\x80"), 0, 0 },
		{ LIT("\xff"), 0, 0 },
		{ LIT("\xc3"), 0, 0 }, /* cut */
		{ LIT("\xf0\x9f\x98"), 0, 0 },
		{ LIT("\xc3("), 0, 0 },
		{ LIT(""), 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint32_t code = 0;
		struct buf b;
		assert_int_equal(
			text_utf8_next(rows[i].text, rows[i].len, &code),
			rows[i].used);
		size_t bad = 99;
		assert_int_equal(
			text_utf8_valid(rows[i].text, rows[i].len, &bad),
			rows[i].used || !rows[i].len);
		if (!rows[i].used)
			continue;
		assert_int_equal(code, rows[i].code);
		buf_init(&b, BUF_NO_LIMIT);
		text_utf8_put(&b, code);
		assert_int_equal(b.len, rows[i].len);
		assert_memory_equal(b.text, rows[i].text, b.len);
		buf_release(&b);
	}
	size_t bad = 0;
	assert_false(text_utf8_valid(LIT("ab\xc3\xa9\xffz"), &bad));
	assert_int_equal(bad, 4);
	assert_int_equal(text_utf8_count(LIT("a\xc3\xa9\xff\xf0\x9f\x98\x80")),
			 4);
}

static void widths(void **state)
{
	static const struct {
		const char *text;
		size_t columns;
	} rows[] = {
		{ "", 0 },
		{ "abc", 3 },
		{ "caf\xc3\xa9", 4 },
		{ "cafe\xcc\x81", 4 },		   /* combining acute */
		{ "\xe6\xbc\xa2\xe5\xad\x97", 4 }, /* two ideographs */
		{ "\xf0\x9f\x98\x80", 2 },	   /* emoji */
		{ "\xef\xbc\xa1", 2 },		   /* full-width A */
		{ "a\xe2\x80\x8b", 1 },		   /* zero width space */
		{ "\xe2\x9c\x93", 1 },		   /* check mark */
		{ "\xc2\xb5s", 2 },		   /* micro sign */
		{ "\xe1\x84\x80\xe1\x85\xa1", 2 }, /* conjoining Hangul */
		{ "\xf0\xa0\x80\x80", 2 },	   /* plane 2 */
		{ "a\tb", 2 },
		{ "a\xff", 2 },
		{ "\xf3\xa0\x84\x80", 0 }, /* variation selector */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (text_width(rows[i].text, strlen(rows[i].text)) !=
		    rows[i].columns)
			fail_msg("row %zu", i);
}

static void cutting(void **state)
{
	static const struct {
		const char *text;
		size_t max;
		const char *cut;
	} rows[] = {
		{ "hello", 5, "hello" },
		{ "hello", 4, "h\xe2\x80\xa6" },
		{ "hello", 3, "\xe2\x80\xa6" },
		{ "hello", 2, "" },
		{ "a\xc3\xa9i\xc3\xa9o", 7, "a\xc3\xa9i\xc3\xa9o" },
		{ "a\xc3\xa9i\xc3\xa9o", 6, "a\xc3\xa9\xe2\x80\xa6" },
		{ "a\xc3\xa9i\xc3\xa9o", 5, "a\xe2\x80\xa6" },
		{ "\xff\xff\xff\xff\xff", 4, "\xff\xe2\x80\xa6" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf b;
		buf_init(&b, BUF_NO_LIMIT);
		text_cut(&b, rows[i].text, strlen(rows[i].text), rows[i].max);
		assert_string_equal(buf_text(&b), rows[i].cut);
		assert_true(b.len <= rows[i].max);
		buf_release(&b);
	}
	assert_int_equal(text_cut_at(LIT("\xf0\x9f\x98\x80"), 3), 0);
	assert_int_equal(text_cut_at(LIT("\xf0\x9f\x98\x80x"), 4), 4);
	assert_int_equal(text_cut_at(LIT("ab"), 0), 0);
}

static void comparing(void **state)
{
	static const struct {
		const char *a, *b;
		size_t distance;
	} rows[] = {
		{ "", "", 0 },		 { "a", "", 1 },
		{ "abc", "abc", 0 },	 { "abc", "acb", 1 },
		{ "abc", "abd", 1 },	 { "kitten", "sitting", 3 },
		{ "every", "evrey", 1 }, { "timeout", "timeuot", 1 },
		{ "ca", "abc", 3 },	 { "abcdef", "uvwxyz", 6 },
	};
	static const char *const words[] = { "every",	"steps",    "timeout",
					     "retries", "severity", "if" };
	static const struct {
		const char *word, *nearest;
	} near_rows[] = {
		{ "evrey", "every" },
		{ "step", "steps" },
		{ "timeot", "timeout" },
		{ "retry", NULL },
		{ "severety", "severity" },
		{ "xyzzy", NULL },
		{ "of", "if" },
		{ "ab", NULL },
		{ "x", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t a = strlen(rows[i].a), b = strlen(rows[i].b);
		assert_int_equal(text_distance(rows[i].a, a, rows[i].b, b, 9),
				 rows[i].distance);
		assert_int_equal(text_distance(rows[i].b, b, rows[i].a, a, 9),
				 rows[i].distance);
		assert_int_equal(text_distance(rows[i].a, a, rows[i].b, b, 2),
				 rows[i].distance > 2 ? 3 : rows[i].distance);
	}
	for (size_t i = 0; i < COUNT(near_rows); i++) {
		const char *got = text_nearest(near_rows[i].word,
					       strlen(near_rows[i].word), words,
					       COUNT(words));
		if (!near_rows[i].nearest != !got ||
		    (got && strcmp(got, near_rows[i].nearest) != 0))
			fail_msg("%s gave %s", near_rows[i].word,
				 got ? got : "nothing");
	}
	char longer[200];
	memset(longer, 'a', sizeof(longer));
	assert_int_equal(text_distance(longer, 200, longer, 200, 5), 6);
	assert_true(text_same_nocase(LIT("HeLLo"), LIT("hEllO")));
	assert_false(text_same_nocase(LIT("HeLLo"), LIT("hEll")));
	assert_false(text_same_nocase(LIT("@"), LIT("`")));
	assert_true(text_is(LIT("abc"), "abc"));
	assert_false(text_is(LIT("ab\0"), "ab"));
}

static void tokens(void **state)
{
	(void)state;
	assert_true(text_is_token("X-a_1", 5));
	assert_false(text_is_token("", 0));
	assert_false(text_is_token("a b", 3));
	assert_false(text_is_token("a\0b", 3));
	assert_false(text_is_token("a:", 2));
	assert_false(text_is_token("\xc3\xa4", 2));
}

static void base64(void **state)
{
	static const struct {
		const char *plain, *padded, *url;
	} rows[] = {
		{ "", "", "" },
		{ "f", "Zg==", "Zg" },
		{ "fo", "Zm8=", "Zm8" },
		{ "foo", "Zm9v", "Zm9v" },
		{ "foob", "Zm9vYg==", "Zm9vYg" },
		{ "fooba", "Zm9vYmE=", "Zm9vYmE" },
		{ "foobar", "Zm9vYmFy", "Zm9vYmFy" },
		{ "\xfb\xff\xbf", "+/+/", "-_-_" },
	};
	static const char *const bad[] = {
		"Z",	    "Zg",   "Zg=",   "Zg===", "Zh==", "Zm9=",
		"Zg==Zg==", "Z g=", "Zg=\n", "====",  "Zm-_", "=Zg="
	};
	struct buf b;

	(void)state;
	buf_init(&b, BUF_NO_LIMIT);
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t n = strlen(rows[i].plain);
		buf_reset(&b);
		text_base64_encode(&b, TEXT_BASE64, rows[i].plain, n);
		assert_string_equal(buf_text(&b), rows[i].padded);
		buf_reset(&b);
		text_base64_encode(&b, TEXT_BASE64_URL, rows[i].plain, n);
		assert_string_equal(buf_text(&b), rows[i].url);
		buf_reset(&b);
		assert_true(text_base64_decode(&b, TEXT_BASE64, rows[i].padded,
					       strlen(rows[i].padded)));
		assert_string_equal(buf_text(&b), rows[i].plain);
		buf_reset(&b);
		assert_true(text_base64_decode(&b, TEXT_BASE64_URL, rows[i].url,
					       strlen(rows[i].url)));
		assert_string_equal(buf_text(&b), rows[i].plain);
	}
	buf_reset(&b);
	buf_puts(&b, "kept");
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (text_base64_decode(&b, TEXT_BASE64, bad[i], strlen(bad[i])))
			fail_msg("\"%s\" was accepted", bad[i]);
		assert_string_equal(buf_text(&b), "kept");
	}
	assert_false(text_base64_decode(&b, TEXT_BASE64_URL, LIT("Zg=")));
	assert_true(text_base64_decode(&b, TEXT_BASE64_URL, LIT("Zg==")));
	buf_release(&b);
}

static void escapes(void **state)
{
	struct row {
		bool (*escape)(struct buf *out, const char *text, size_t len);
		const char *text;
		size_t len;
		const char *escaped;
	};
	static const struct row rows[] = {
		{ text_percent_encode, LIT("a b&c/~-._Z9"),
		  "a%20b%26c%2F~-._Z9" },
		{ text_percent_encode, LIT("\xc3\xa9\0"), "%C3%A9%00" },
		{ text_xml_escape, LIT("<a href=\"x\">'&'</a>"),
		  "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;" },
		{ text_xml_escape, LIT("a\0b\x1b[31m\n\t"),
		  "a\xef\xbf\xbd"
		  "b\xef\xbf\xbd[31m\n\t" },
		{ text_xml_escape, LIT("\xff\xc3\xa9\xef\xbf\xbe\xed\xa0\x80"),
		  "\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
		  "\xef\xbf\xbd" },
		{ text_xml_escape, LIT("a\rb"), "a&#13;b" },
		{ text_printable, LIT("a\n\r\t\x1b[31m\x7f\0z"),
		  "a\\n\\r\\t\\x1b[31m\\x7f\\x00z" },
		{ text_printable, LIT("\xc3\xa9\xff\xc2\x9b"),
		  "\xc3\xa9\\xff\\u{009b}" },
		{ text_printable,
		  LIT("\xe2\x80\xae"
		      "evil"),
		  "\\u{202e}evil" },
		{ text_printable, LIT("a\\n"), "a\\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf b;
		buf_init(&b, BUF_NO_LIMIT);
		assert_true(rows[i].escape(&b, rows[i].text, rows[i].len));
		assert_string_equal(buf_text(&b), rows[i].escaped);
		buf_release(&b);
		buf_init(&b, 3);
		rows[i].escape(&b, rows[i].text, rows[i].len);
		assert_true(b.len <= 3);
		buf_release(&b);
	}
}

static void hex(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, BUF_NO_LIMIT);
	text_hex_encode(&b, LIT("\x00\xff\x1a"));
	assert_string_equal(buf_text(&b), "00ff1a");
	buf_reset(&b);
	assert_true(text_hex_decode(&b, LIT("00Ff1a")));
	assert_int_equal(b.len, 3);
	assert_memory_equal(b.text, "\x00\xff\x1a", 3);
	assert_false(text_hex_decode(&b, LIT("0")));
	assert_false(text_hex_decode(&b, LIT("000g")));
	assert_int_equal(b.len, 3);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8),	   cmocka_unit_test(widths),
		cmocka_unit_test(cutting), cmocka_unit_test(comparing),
		cmocka_unit_test(tokens),  cmocka_unit_test(base64),
		cmocka_unit_test(escapes), cmocka_unit_test(hex),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
