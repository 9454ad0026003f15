/* SPDX-License-Identifier: MIT */
#include "scenarios/json/pattern_iregexp.h"

#include <stdint.h>
#include <string.h>

#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"

struct scan {
	const char *text;
	size_t len;
	size_t at;
	struct buf *out;
	const char *expected; /* set by the first problem */
};

static bool fail(struct scan *s, const char *expected)
{
	s->expected = expected;
	return false;
}

static int peek(const struct scan *s)
{
	return s->at < s->len ? (unsigned char)s->text[s->at] : -1;
}

static bool take(struct scan *s, char c)
{
	if (peek(s) != (unsigned char)c)
		return false;
	s->at++;
	return true;
}

/* One of a set of ASCII characters. */
static bool is_one_of(int c, const char *set)
{
	return c > 0 && c < 0x80 && strchr(set, c) != NULL;
}

/* Copies one character as it is; punctuation of ASCII gets a backslash, which
 * PCRE2 always takes for the character itself. */
static bool literal(struct scan *s, const char *keep)
{
	uint32_t code;
	size_t n = text_utf8_next(s->text + s->at, s->len - s->at, &code);

	if (n == 0 || code == 0)
		return fail(s, "a character in UTF-8");
	if (code < 0x80 &&
	    is_one_of((int)code, "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~") &&
	    !is_one_of((int)code, keep))
		buf_putc(s->out, '\\');
	buf_add(s->out, s->text + s->at, n);
	s->at += n;
	return true;
}

/* \p{Lu}: a general category, one letter or two; s->at is behind the p. */
static bool category(struct scan *s, char p)
{
	static const char *const minor[][2] = {
		{ "L", "lmotu" },   { "M", "cen" }, { "N", "dlo" },
		{ "P", "cdefios" }, { "Z", "lps" }, { "S", "ckmo" },
		{ "C", "cfno" },
	};
	size_t start = s->at;

	if (!take(s, '{'))
		return fail(s, "\"{\"");
	for (size_t i = 0; i < sizeof(minor) / sizeof(minor[0]); i++) {
		if (!take(s, minor[i][0][0]))
			continue;
		if (is_one_of(peek(s), minor[i][1]))
			s->at++;
		if (!take(s, '}'))
			return fail(s, "\"}\" after a general category");
		return buf_printf(s->out, "\\%c%.*s", p, (int)(s->at - start),
				  s->text + start) ||
		       true;
	}
	return fail(s, "a general category of Unicode such as Lu");
}

/* What follows a backslash.  *single: it stands for one character. */
static bool escape(struct scan *s, bool *single)
{
	int c = peek(s);

	*single = !is_one_of(c, "pP");
	if (!*single) {
		s->at++;
		return category(s, (char)c);
	}
	if (!is_one_of(c, "()*+-.?[\\]^nrt{|}"))
		return fail(s, "one of ()*+-.?[\\]^{|} n r t p P after a "
			       "backslash");
	s->at++;
	return buf_printf(s->out, "\\%c", c) || true;
}

static bool class_char(struct scan *s, bool *single)
{
	int c = peek(s);

	*single = true;
	if (c < 0)
		return fail(s, "\"]\"");
	if (take(s, '\\'))
		return escape(s, single);
	if (is_one_of(c, "-[]"))
		return fail(s, "a character of the class; - [ ] are "
			       "written with a backslash");
	return literal(s, "");
}

/* A character, a category or a range. */
static bool class_item(struct scan *s)
{
	bool single;

	if (!class_char(s, &single))
		return false;
	if (!single || peek(s) != '-' || s->len - s->at < 2 ||
	    s->text[s->at + 1] == ']')
		return true;
	s->at++;
	buf_putc(s->out, '-');
	if (!class_char(s, &single))
		return false;
	return single || fail(s, "a character that ends the range");
}

/* A class; s->at is behind its opening bracket. */
static bool class_expr(struct scan *s)
{
	bool empty = true;

	buf_putc(s->out, '[');
	if (take(s, '^'))
		buf_putc(s->out, '^');
	if (take(s, '-')) {
		buf_puts(s->out, "\\-");
		empty = false;
	}
	while (empty || !take(s, ']')) {
		if (!empty && peek(s) == '-' && s->len - s->at > 1 &&
		    s->text[s->at + 1] == ']') {
			s->at++;
			buf_puts(s->out, "\\-");
		} else if (!class_item(s)) {
			return false;
		}
		empty = false;
	}
	return buf_putc(s->out, ']') || true;
}

static size_t digits(struct scan *s)
{
	size_t start = s->at;

	while (is_one_of(peek(s), "0123456789"))
		s->at++;
	return s->at - start;
}

/* {n}, {n,} or {n,m}; s->at is at the opening brace. */
static bool range_quantifier(struct scan *s)
{
	size_t start = s->at++;

	if (digits(s) == 0)
		return fail(s, "a digit");
	if (take(s, ','))
		digits(s);
	if (!take(s, '}'))
		return fail(s, "\"}\"");
	return buf_add(s->out, s->text + start, s->at - start) || true;
}

static bool quantifier(struct scan *s, bool has_atom)
{
	if (!has_atom)
		return fail(s, "something to repeat; the character itself is "
			       "written with a backslash");
	if (peek(s) == '{')
		return range_quantifier(s);
	return buf_putc(s->out, s->text[s->at++]) || true;
}

static bool atom(struct scan *s, int c)
{
	bool single;

	switch (c) {
	case '.':
		s->at++;
		return buf_puts(s->out, "[^\\n\\r]") || true;
	case '[':
		s->at++;
		return class_expr(s);
	case '\\':
		s->at++;
		return escape(s, &single);
	case ']':
	case '}':
		return fail(s, "\"]\" and \"}\" only with a backslash");
	default:
		return literal(s, "^$");
	}
}

static bool bracket(struct scan *s, int c, int *depth)
{
	*depth += c == '(' ? 1 : -1;
	if (*depth < 0)
		return fail(s, "no \")\" without \"(\"");
	if (*depth > IREGEXP_NESTING_MAX)
		return fail(s, "fewer parentheses inside each other");
	s->at++;
	return buf_puts(s->out, c == '(' ? "(?:" : ")") || true;
}

bool iregexp_translate(const char *text, size_t len, struct buf *out,
		       size_t *bad_at, const char **expected)
{
	struct scan s = { .text = text, .len = len, .out = out };
	bool has_atom = false; /* there is something to repeat */
	bool good = true;
	int depth = 0;
	int c;

	while (good && (c = peek(&s)) >= 0) {
		if (is_one_of(c, "*+?{")) {
			good = quantifier(&s, has_atom);
			has_atom = false;
		} else if (c == '|') {
			s.at++;
			buf_putc(out, '|');
			has_atom = false;
		} else if (is_one_of(c, "()")) {
			good = bracket(&s, c, &depth);
			has_atom = c == ')';
		} else {
			good = atom(&s, c);
			has_atom = true;
		}
	}
	if (good && depth > 0)
		good = fail(&s, "\")\"");
	*bad_at = s.at;
	*expected = s.expected;
	return good;
}
