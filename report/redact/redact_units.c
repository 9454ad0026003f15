/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <string.h>

#include "report/redact/redact_parts.h"
#include "scenarios/base/text.h"

enum {
	PERCENT_LEVELS = 3,
	ENTITY_DIGITS = 8,
	CODE_MAX = 0x10FFFF,
};

static void set_code(struct unit *u, uint32_t code, size_t len)
{
	u->len = len;
	if (code < 0x80) {
		u->byte[0] = (unsigned char)code;
		u->n = 1;
	} else if (code < 0x800) {
		u->byte[0] = (unsigned char)(0xC0 | code >> 6);
		u->byte[1] = (unsigned char)(0x80 | (code & 0x3F));
		u->n = 2;
	} else if (code < 0x10000) {
		u->byte[0] = (unsigned char)(0xE0 | code >> 12);
		u->byte[1] = (unsigned char)(0x80 | (code >> 6 & 0x3F));
		u->byte[2] = (unsigned char)(0x80 | (code & 0x3F));
		u->n = 3;
	} else {
		u->byte[0] = (unsigned char)(0xF0 | code >> 18);
		u->byte[1] = (unsigned char)(0x80 | (code >> 12 & 0x3F));
		u->byte[2] = (unsigned char)(0x80 | (code >> 6 & 0x3F));
		u->byte[3] = (unsigned char)(0x80 | (code & 0x3F));
		u->n = 4;
	}
}

static void set_byte(struct unit *u, int byte, size_t len)
{
	u->byte[0] = (unsigned char)byte;
	u->n = 1;
	u->len = len;
}

/* %41, and %2541 where it was encoded twice. */
static unsigned percent_units(const char *text, size_t len, struct unit *u)
{
	unsigned n = 0;
	size_t at = 1;

	while (n < PERCENT_LEVELS && at + 2 <= len) {
		int high = text_hex_digit(text[at]);
		int low = text_hex_digit(text[at + 1]);

		if (high < 0 || low < 0)
			break;
		at += 2;
		set_byte(&u[n++], high << 4 | low, at);
		if ((high << 4 | low) != '%')
			break;
	}
	return n;
}

static bool numeric_entity(const char *text, size_t len, struct unit *u)
{
	bool hex = text[2] == 'x' || text[2] == 'X';
	size_t first = hex ? 3 : 2;
	size_t end = len < first + ENTITY_DIGITS ? len : first + ENTITY_DIGITS;
	uint32_t code = 0;

	for (size_t i = first; i < end; i++) {
		int digit = text_hex_digit(text[i]);

		if (text[i] == ';' && i > first && code <= CODE_MAX) {
			set_code(u, code, i + 1);
			return true;
		}
		if (digit < 0 || (!hex && digit > 9))
			return false;
		code = code * (hex ? 16 : 10) + (uint32_t)digit;
	}
	return false;
}

static bool entity_unit(const char *text, size_t len, struct unit *u)
{
	static const struct {
		const char *name;
		char is;
	} known[] = {
		{ "&amp;", '&' },  { "&lt;", '<' },    { "&gt;", '>' },
		{ "&quot;", '"' }, { "&apos;", '\'' },
	};

	if (len > 2 && text[1] == '#')
		return numeric_entity(text, len, u);
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		size_t n = strlen(known[i].name);

		if (len >= n && memcmp(text, known[i].name, n) == 0) {
			set_byte(u, known[i].is, n);
			return true;
		}
	}
	return false;
}

/* One character below the level of JSON escapes. */
static size_t outer(const char *text, size_t len, unsigned char *c)
{
	struct unit u[PERCENT_LEVELS];

	if (len == 0)
		return 0;
	if (text[0] == '%' && percent_units(text, len, u) > 0) {
		*c = u[0].byte[0];
		return u[0].len;
	}
	if (text[0] == '&' && entity_unit(text, len, u) && u[0].n == 1) {
		*c = u[0].byte[0];
		return u[0].len;
	}
	*c = (unsigned char)text[0];
	return 1;
}

/* The four digits behind \u. */
static size_t four_digits(const char *text, size_t len, uint32_t *code)
{
	size_t at = 0;

	*code = 0;
	for (int i = 0; i < 4; i++) {
		unsigned char c = 0;
		size_t n = outer(text + at, len - at, &c);
		int digit = n ? text_hex_digit((char)c) : -1;

		if (digit < 0)
			return 0;
		*code = *code << 4 | (uint32_t)digit;
		at += n;
	}
	return at;
}

/* A backslash and the letter behind it; 0 when there is none. */
static size_t escape_head(const char *text, size_t len, unsigned char *letter)
{
	unsigned char c = 0;
	size_t n = outer(text, len, &c);
	size_t m;

	if (n == 0 || c != '\\')
		return 0;
	m = outer(text + n, len - n, letter);
	return m ? n + m : 0;
}

static bool unicode_escape(const char *text, size_t len, size_t at,
			   struct unit *u)
{
	uint32_t code, low;
	unsigned char letter = 0;
	size_t n = four_digits(text + at, len - at, &code);
	size_t head;

	if (n == 0)
		return false;
	at += n;
	if (code >= 0xD800 && code <= 0xDBFF) {
		head = escape_head(text + at, len - at, &letter);
		n = letter == 'u' ? four_digits(text + at + head,
						len - at - head, &low)
				  : 0;
		if (n == 0 || low < 0xDC00 || low > 0xDFFF)
			return false;
		code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
		at += head + n;
	}
	set_code(u, code, at);
	return true;
}

static bool escape_unit(const char *text, size_t len, struct unit *u)
{
	static const char letters[] = "nrtbf";
	static const char means[] = "\n\r\t\b\f";
	unsigned char letter = 0;
	size_t n = escape_head(text, len, &letter);
	const char *found;

	if (n == 0)
		return false;
	if (letter == 'u')
		return unicode_escape(text, len, n, u);
	if (letter == '"' || letter == '\\' || letter == '/' ||
	    letter == '\'') {
		set_byte(u, letter, n);
		return true;
	}
	found = letter ? strchr(letters, letter) : NULL;
	if (found == NULL)
		return false;
	set_byte(u, means[found - letters], n);
	return true;
}

/* JSON inside a string of JSON: the backslashes of an escape are escaped, and
 * so may be what stands behind them. */
static unsigned nested_units(const char *text, size_t len, struct unit *u)
{
	unsigned n = 0;

	if (len < 3 || text[0] != '\\' || text[1] != '\\')
		return 0;
	for (size_t skip = 1; skip <= 2; skip++) {
		if (!escape_unit(text + skip, len - skip, &u[n]))
			continue;
		u[n++].len += skip;
	}
	return n;
}

unsigned units_at(const char *text, size_t len, size_t at,
		  struct unit u[UNITS_MAX])
{
	unsigned n = 0;

	if (at >= len)
		return 0;
	text += at;
	len -= at;
	if (text[0] == '%')
		n += percent_units(text, len, u);
	if (text[0] == '&')
		n += entity_unit(text, len, &u[n]);
	if (text[0] == '\\' || text[0] == '%' || text[0] == '&')
		n += escape_unit(text, len, &u[n]);
	n += nested_units(text, len, &u[n]);
	if (text[0] == '+')
		set_byte(&u[n++], ' ', 1);
	set_byte(&u[n++], (unsigned char)text[0], 1);
	return n;
}
