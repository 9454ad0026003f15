/* SPDX-License-Identifier: MIT */
#include "tests/origin/text.h"

#include "scenarios/base/buf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { KEY_MAX = 64, NUMBER_MAX = 24, FORMS = 9 };

struct text text_of(const char *literal)
{
	return (struct text){ literal, strlen(literal) };
}

struct text text_buf(const struct buf *b)
{
	return (struct text){ buf_text(b), b->len };
}

bool text_is(struct text t, const char *word)
{
	return strlen(word) == t.n && memcmp(t.p, word, t.n) == 0;
}

bool text_is_nocase(struct text t, const char *word)
{
	return strlen(word) == t.n && strncasecmp(t.p, word, t.n) == 0;
}

bool text_has_nocase(struct text t, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= t.n; i++)
		if (strncasecmp(t.p + i, word, n) == 0)
			return true;
	return false;
}

struct text text_cut(struct text *rest, char c)
{
	const char *at = rest->n ? memchr(rest->p, c, rest->n) : NULL;
	struct text part = { rest->p, at ? (size_t)(at - rest->p) : rest->n };
	size_t gone = part.n + (at != NULL);

	*rest = (struct text){ rest->p + gone, rest->n - gone };
	return part;
}

long long text_number(struct text t, long long otherwise)
{
	char digits[NUMBER_MAX];
	char *end;

	if (t.n == 0 || t.n >= sizeof(digits) || *t.p == ' ')
		return otherwise;
	memcpy(digits, t.p, t.n);
	digits[t.n] = '\0';
	long long n = strtoll(digits, &end, 10);
	return end == digits + t.n ? n : otherwise;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void text_url_decode(struct text t, struct buf *out)
{
	for (size_t i = 0; i < t.n; i++) {
		int high, low;

		if (t.p[i] == '+') {
			buf_putc(out, ' ');
		} else if (t.p[i] == '%' && i + 2 < t.n &&
			   (high = hex_value(t.p[i + 1])) >= 0 &&
			   (low = hex_value(t.p[i + 2])) >= 0) {
			buf_putc(out, (char)(high * 16 + low));
			i += 2;
		} else {
			buf_putc(out, t.p[i]);
		}
	}
}

/* How many bytes the UTF-8 character at p has; 0 when it is not one.  The
 * second byte's range is what keeps surrogates and overlong forms out
 * (Unicode 15, table 3-7). */
static size_t utf8_bytes(const unsigned char *p, size_t n)
{
	static const struct {
		unsigned char first, last; /* first byte */
		unsigned char low, high;   /* second byte */
		size_t bytes;
	} forms[FORMS] = {
		{ 0x00, 0x7f, 0x00, 0x00, 1 }, { 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	size_t form = 0;

	while (form < FORMS &&
	       (p[0] < forms[form].first || p[0] > forms[form].last))
		form++;
	if (form == FORMS || forms[form].bytes > n)
		return 0;
	if (forms[form].bytes == 1)
		return 1;
	if (p[1] < forms[form].low || p[1] > forms[form].high)
		return 0;
	for (size_t i = 2; i < forms[form].bytes; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return forms[form].bytes;
}

void text_json(struct text t, struct buf *out)
{
	buf_putc(out, '"');
	for (size_t i = 0; i < t.n;) {
		unsigned char c = (unsigned char)t.p[i];
		size_t n = utf8_bytes((const unsigned char *)t.p + i, t.n - i);

		if (c == '"' || c == '\\')
			buf_printf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			buf_printf(out, "\\u%04x", c);
		else if (n == 0)
			buf_puts(out, "\\ufffd");
		else
			buf_add(out, t.p + i, n);
		i += n ? n : 1;
	}
	buf_putc(out, '"');
}

void text_base64(struct text t, struct buf *out)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkl"
				       "mnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < t.n; i += 3) {
		size_t n = t.n - i < 3 ? t.n - i : 3;
		uint32_t bits = 0;
		char quad[4] = "====";

		for (size_t k = 0; k < 3; k++)
			bits = bits << 8 |
			       (k < n ? (unsigned char)t.p[i + k] : 0);
		for (size_t k = 0; k <= n; k++)
			quad[k] = alphabet[bits >> (18 - 6 * k) & 63];
		buf_add(out, quad, sizeof(quad));
	}
}

void text_hex(const unsigned char *bytes, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%02x", bytes[i]);
}

bool query_next(struct text *rest, struct text *key, struct text *value)
{
	if (rest->n == 0)
		return false;
	*value = text_cut(rest, '&');
	*key = text_cut(value, '=');
	return true;
}

bool query_find(struct text query, const char *key, struct buf *value)
{
	struct text name, coded;
	struct buf plain;
	bool found = false;

	buf_reset(value);
	buf_init(&plain, KEY_MAX);
	while (!found && query_next(&query, &name, &coded)) {
		buf_reset(&plain);
		text_url_decode(name, &plain);
		found = text_is(text_buf(&plain), key);
	}
	buf_release(&plain);
	if (found)
		text_url_decode(coded, value);
	return found;
}

long long query_number(struct text query, const char *key, long long low,
		       long long high, long long otherwise)
{
	struct buf value;
	long long n = otherwise;

	buf_init(&value, NUMBER_MAX);
	if (query_find(query, key, &value))
		n = text_number(text_buf(&value), otherwise);
	buf_release(&value);
	if (n == otherwise)
		return n;
	return n < low ? low : n > high ? high : n;
}
