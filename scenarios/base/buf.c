/* SPDX-License-Identifier: MIT */
#include "scenarios/base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUF_FIRST = 64 }; /* bytes of the first allocation */

void buf_init(struct buf *b, size_t max_bytes)
{
	*b = (struct buf){ .max = max_bytes };
}

void buf_release(struct buf *b)
{
	free(b->text);
	buf_init(b, b->max);
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->truncated = b->failed = false;
	if (b->text)
		b->text[0] = '\0';
}

/* Makes room for n more bytes and the NUL. */
static bool buf_reserve(struct buf *b, size_t n)
{
	size_t need = b->len + n + 1;

	if (need <= b->room)
		return true;
	size_t room = b->room ? b->room : BUF_FIRST;
	while (room < need)
		room = room > SIZE_MAX / 2 ? need : room * 2;
	char *text = realloc(b->text, room);
	if (!text) {
		b->failed = true;
		return false;
	}
	b->text = text;
	b->room = room;
	return true;
}

bool buf_add(struct buf *b, const void *bytes, size_t n)
{
	size_t fits = b->max - b->len;
	bool all = n <= fits;

	if (!all) {
		b->truncated = true;
		n = fits;
	}
	if (!buf_reserve(b, n))
		return false;
	if (n)
		memcpy(b->text + b->len, bytes, n);
	b->len += n;
	b->text[b->len] = '\0';
	return all;
}

bool buf_puts(struct buf *b, const char *text)
{
	return buf_add(b, text, strlen(text));
}

bool buf_putc(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

bool buf_fill(struct buf *b, char c, size_t n)
{
	while (n--)
		if (!buf_putc(b, c))
			return false;
	return true;
}

bool buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	char small[256];
	va_list again;

	va_copy(again, ap);
	int n = vsnprintf(small, sizeof(small), fmt, ap);
	bool done = false;
	if (n < 0) {
		b->failed = true;
	} else if ((size_t)n < sizeof(small)) {
		done = buf_add(b, small, (size_t)n);
	} else {
		char *large = malloc((size_t)n + 1);
		if (large) {
			vsnprintf(large, (size_t)n + 1, fmt, again);
			done = buf_add(b, large, (size_t)n);
		} else {
			b->failed = true;
		}
		free(large);
	}
	va_end(again);
	return done;
}

bool buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	bool done = buf_vprintf(b, fmt, ap);
	va_end(ap);
	return done;
}

const char *buf_text(const struct buf *b)
{
	return b->text ? b->text : "";
}

char *buf_take(struct buf *b, size_t *len)
{
	if (!b->text && !b->failed)
		buf_add(b, "", 0);
	char *text = b->failed ? NULL : b->text;
	if (len)
		*len = text ? b->len : 0;
	if (text)
		b->text = NULL;
	buf_release(b);
	return text;
}
