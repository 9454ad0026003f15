/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/base/text.h"
#include "scenarios/doc/doc_parts.h"

enum {
	UNIT_LEN = 6,  /* of \uXXXX */
	PAIR_LEN = 12, /* of two of them, as JSON writes a character */
	LONG_LEN = 10, /* of \UXXXXXXXX, as YAML writes it */
};

/* Two escapes that are one character (RFC 8259 section 7); 0: they are not. */
static uint32_t pair_at(const char *text, size_t len)
{
	uint32_t half[2] = { 0, 0 };

	if (len < PAIR_LEN)
		return 0;
	for (size_t i = 0; i < PAIR_LEN; i++) {
		size_t k = i % UNIT_LEN;
		int digit = text_hex_digit(text[i]);
		if (k < 2 ? text[i] != "\\u"[k] : digit < 0)
			return 0;
		if (k >= 2)
			half[i / UNIT_LEN] =
				half[i / UNIT_LEN] << 4 | (uint32_t)digit;
	}
	if (half[0] >> 10 != 0xd800 >> 10 || half[1] >> 10 != 0xdc00 >> 10)
		return 0;
	return 0x10000 + ((half[0] & 0x3ff) << 10 | (half[1] & 0x3ff));
}

static bool is_json(const struct source *src)
{
	size_t blank = strspn(src->text, " \t\r\n");

	return blank < src->len &&
	       (src->text[blank] == '{' || src->text[blank] == '[');
}

/* One string from behind its opening quote to behind its closing one; what
 * the shorter escapes leave over is blank space behind it. */
static size_t copy_string(const char *text, size_t len, char *to)
{
	size_t i = 0, n = 0;

	while (i < len && text[i] != '"') {
		uint32_t code = pair_at(text + i, len - i);
		if (code) {
			char escape[LONG_LEN + 1];
			snprintf(escape, sizeof(escape), "\\U%08x",
				 (unsigned)code);
			memcpy(to + n, escape, LONG_LEN);
			n += LONG_LEN;
			i += PAIR_LEN;
			continue;
		}
		if (text[i] == '\\' && i + 1 < len)
			to[n++] = text[i++];
		to[n++] = text[i++];
	}
	if (i < len)
		to[n++] = text[i++];
	memset(to + n, ' ', i - n);
	return i;
}

bool doc_join_pairs(const struct source *src, char **joined)
{
	*joined = NULL;
	if (!is_json(src) || !memmem(src->text, src->len, "\\u", 2))
		return true;
	char *to = malloc(src->len + 1);
	if (!to)
		return false;
	for (size_t i = 0; i < src->len;) {
		to[i] = src->text[i];
		bool opens = to[i++] == '"';
		if (opens)
			i += copy_string(src->text + i, src->len - i, to + i);
	}
	to[src->len] = '\0';
	*joined = to;
	return true;
}
