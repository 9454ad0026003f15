/* SPDX-License-Identifier: MIT */
#include "scenarios/jsonpath/lex.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/jsonpath/jsonpath.h"
#include "scenarios/base/text.h"

enum { NUMBER_MAX = 400 }; /* characters of a number literal */

#define INTEGER_MAX 9007199254740991 /* 2^53 - 1: RFC 7493, 2.2 */

bool lex_is_digit(int ch)
{
	return ch >= '0' && ch <= '9';
}

bool lex_is_lower(int ch)
{
	return ch >= 'a' && ch <= 'z';
}

int lex_peek_at(const struct cursor *c, size_t ahead)
{
	return ahead < c->len - c->at ? (unsigned char)c->text[c->at + ahead]
				      : -1;
}

int lex_peek(const struct cursor *c)
{
	return lex_peek_at(c, 0);
}

bool lex_take(struct cursor *c, char wanted)
{
	if (lex_peek(c) != wanted)
		return false;
	c->at++;
	return true;
}

bool lex_take_word(struct cursor *c, const char *wanted)
{
	size_t n = strlen(wanted);

	if (c->len - c->at < n || memcmp(c->text + c->at, wanted, n) != 0)
		return false;
	c->at += n;
	return true;
}

bool lex_blank(struct cursor *c)
{
	size_t start = c->at;
	int ch;

	while ((ch = lex_peek(c)) == ' ' || ch == '\t' || ch == '\n' ||
	       ch == '\r')
		c->at++;
	return c->at > start;
}

bool lex_fail(struct cursor *c, size_t at, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return errs_add(c->es, ERR_INPUT, place_after(c->base, c->text, at),
			"%s", text);
}

bool lex_expected(struct cursor *c, const char *what)
{
	uint32_t code = 0;
	size_t left = c->len - c->at;
	const char *text = c->text + c->at;
	size_t n = left ? text_utf8_next(text, left, &code) : 0;

	if (left == 0)
		return lex_fail(c, c->at, "expected %s, got the end", what);
	if (n == 0 || code < 0x20 || (code > 0x7e && code < 0xa0))
		return lex_fail(c, c->at, "expected %s, got the byte 0x%02x",
				what, (unsigned char)*text);
	return lex_fail(c, c->at, "expected %s, got \"%.*s\"", what, (int)n,
			text);
}

void *lex_new(struct cursor *c, size_t size)
{
	void *node = arena_alloc(c->arena, 1, size);

	if (!node)
		errs_nomem(c->es);
	return node;
}

static size_t digits(struct cursor *c)
{
	size_t start = c->at;

	while (lex_is_digit(lex_peek(c)))
		c->at++;
	return c->at - start;
}

bool lex_int(struct cursor *c, int64_t *out)
{
	size_t start = c->at;
	bool is_negative = lex_take(c, '-');
	size_t first = c->at;
	size_t n = digits(c);
	int64_t value = 0;

	if (n == 0)
		return lex_expected(c, "a digit");
	if (c->text[first] == '0' && (n > 1 || is_negative))
		return lex_fail(c, start,
				n > 1 ? "an integer has no leading "
					"zero"
				      : "there is no -0, write 0");
	for (size_t i = 0; i < n && value <= INTEGER_MAX; i++)
		value = 10 * value + (c->text[first + i] - '0');
	if (value > INTEGER_MAX)
		return lex_fail(c, start,
				"\"%.*s\" is outside -(2^53 - 1) to 2^53 - 1",
				(int)(c->at - start < 40 ? c->at - start : 40),
				c->text + start);
	*out = is_negative ? -value : value;
	return true;
}

bool lex_number(struct cursor *c, double *out)
{
	size_t start = c->at;
	char text[NUMBER_MAX + 1];

	lex_take(c, '-');
	size_t first = c->at;
	size_t n = digits(c);
	if (n == 0)
		return lex_expected(c, "a digit");
	if (c->text[first] == '0' && n > 1)
		return lex_fail(c, start, "a number has no leading zero");
	if (lex_take(c, '.') && digits(c) == 0)
		return lex_expected(c, "a digit after the decimal point");
	if (lex_take(c, 'e') || lex_take(c, 'E')) {
		if (!lex_take(c, '+'))
			lex_take(c, '-');
		if (digits(c) == 0)
			return lex_expected(c, "a digit in the exponent");
	}
	n = c->at - start;
	if (n > NUMBER_MAX)
		return lex_fail(c, start,
				"a number has at most %d characters, got %zu",
				NUMBER_MAX, n);
	memcpy(text, c->text + start, n);
	text[n] = '\0';
	*out = strtod(text, NULL);
	return true;
}

/* ---- strings ------------------------------------------------------------ */

/* \uXXXX; the u is taken. */
static bool hex4(struct cursor *c, uint32_t *out)
{
	*out = 0;
	for (int i = 0; i < 4; i++) {
		int digit =
			lex_peek(c) < 0 ? -1 : text_hex_digit(c->text[c->at]);
		if (digit < 0)
			return lex_expected(c, "four hexadecimal digits after "
					       "\"\\u\"");
		*out = *out << 4 | (uint32_t)digit;
		c->at++;
	}
	return true;
}

static bool unicode_escape(struct cursor *c, struct buf *out)
{
	size_t start = c->at - 2;
	uint32_t code, low = 0;

	if (!hex4(c, &code))
		return false;
	if ((code & ~0x3ffU) == 0xd800) {
		if (!lex_take_word(c, "\\u"))
			return lex_expected(c, "the second half of a "
					       "surrogate pair");
		if (!hex4(c, &low))
			return false;
		if ((low & ~0x3ffU) != 0xdc00)
			return lex_fail(c, c->at - 6,
					"expected the second half of a "
					"surrogate pair");
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	}
	if ((code & ~0x3ffU) == 0xdc00)
		return lex_fail(c, start,
				"the second half of a surrogate pair without "
				"the first");
	return text_utf8_put(out, code ? code : 0xfffd) || errs_nomem(c->es);
}

static bool escape(struct cursor *c, char quote, struct buf *out)
{
	static const char from[] = "bfnrt/\\", to[] = "\b\f\n\r\t/\\";
	int ch = lex_peek(c);
	const char *hit = ch > 0 ? strchr(from, ch) : NULL;

	if (lex_take(c, 'u'))
		return unicode_escape(c, out);
	if (ch != quote && !hit)
		return lex_expected(c, quote == '"'
					       ? "one of \" \\ / b f n r t u "
						 "after a backslash"
					       : "one of ' \\ / b f n r t u "
						 "after a backslash");
	c->at++;
	return buf_putc(out, hit ? to[hit - from] : quote) || errs_nomem(c->es);
}

static bool plain(struct cursor *c, char quote, struct buf *out)
{
	uint32_t code;
	size_t n = text_utf8_next(c->text + c->at, c->len - c->at, &code);

	if (lex_peek(c) < 0)
		return lex_expected(c, quote == '"' ? "a closing double quote"
						    : "a closing quote");
	if (n == 0)
		return lex_expected(c, "a character in UTF-8");
	if (code < 0x20)
		return lex_fail(c, c->at,
				"a control character inside quotes must be "
				"escaped");
	c->at += n;
	return buf_add(out, c->text + c->at - n, n) || errs_nomem(c->es);
}

static char *keep(struct cursor *c, struct buf *text)
{
	char *kept = arena_strndup(c->arena, buf_text(text), text->len);

	if (!kept)
		errs_nomem(c->es);
	return kept;
}

char *lex_string(struct cursor *c)
{
	char quote = c->text[c->at++];
	char *kept = NULL;
	bool good = true;
	struct buf out;

	buf_init(&out, JSONPATH_BYTES_MAX);
	while (good && !lex_take(c, quote))
		good = lex_take(c, '\\') ? escape(c, quote, &out)
					 : plain(c, quote, &out);
	if (good)
		kept = keep(c, &out);
	buf_release(&out);
	return kept;
}

char *lex_shorthand(struct cursor *c)
{
	size_t start = c->at;
	uint32_t code = 0;

	for (;;) {
		size_t n =
			text_utf8_next(c->text + c->at, c->len - c->at, &code);
		bool is_first =
			code == '_' || code >= 0x80 ||
			(code < 0x80 && (lex_is_lower((int)code | 0x20)));
		bool is_next = c->at > start && lex_is_digit((int)code);
		if (n == 0 || (!is_first && !is_next))
			break;
		c->at += n;
	}
	if (c->at == start) {
		lex_expected(c, "a name or \"*\" (other names are written "
				"['...'])");
		return NULL;
	}
	char *name = arena_strndup(c->arena, c->text + start, c->at - start);
	if (!name)
		errs_nomem(c->es);
	return name;
}
