/* SPDX-License-Identifier: MIT */
#include "scenarios/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "scenarios/base/buf.h"

enum { QUOTE_MAX = 160 }; /* bytes of a source line that are quoted */

bool errs_add(struct errs *es, enum err_kind kind, struct place at,
	      const char *fmt, ...)
{
	if (es->n == ERRS_MAX) {
		es->dropped++;
		return false;
	}
	struct err *e = &es->item[es->n++];
	va_list ap;

	e->kind = kind;
	e->at = at;
	va_start(ap, fmt);
	int n = vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	if (n >= (int)sizeof(e->text))
		memcpy(e->text + sizeof(e->text) - 4, "...", 4);
	/* One problem is one line, whatever bytes it quotes. */
	for (char *c = e->text; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	return false;
}

bool errs_nomem(struct errs *es)
{
	/* once is enough, however many steps could not be made */
	if (es->n && es->item[es->n - 1].kind == ERR_MEMORY)
		return false;
	return errs_add(es, ERR_MEMORY, NOWHERE, "out of memory");
}

int errs_exit_code(const struct errs *es)
{
	int code = 0;

	for (size_t i = 0; i < es->n; i++) {
		if (es->item[i].kind != ERR_INPUT)
			return 4;
		code = 2;
	}
	return code;
}

struct place place_at(const struct source *src, size_t offset)
{
	struct place at = { .src = src, .line = 1, .col = 1 };

	if (offset > src->len)
		offset = src->len;
	for (size_t i = 0; i < offset; i++) {
		at.col++;
		if (src->text[i] == '\n') {
			at.line++;
			at.col = 1;
		}
	}
	return at;
}

struct place place_after(struct place at, const char *text, size_t offset)
{
	if (at.line == 0)
		return at;
	for (size_t i = 0; i < offset; i++) {
		at.col++;
		if (text[i] == '\n') {
			at.line++;
			at.col = 1;
		}
	}
	return at;
}

/* The line that at points into, without its end. */
static const char *line_of(const struct place *at, size_t *len)
{
	const char *text = at->src->text;
	const char *end = text + at->src->len;

	for (unsigned n = 1; n < at->line; n++) {
		text = memchr(text, '\n', (size_t)(end - text));
		if (!text)
			return NULL;
		text++;
	}
	const char *stop = memchr(text, '\n', (size_t)(end - text));
	*len = (size_t)((stop ? stop : end) - text);
	return text;
}

/* The source line and a caret below.  Long lines are cut to a window around
 * the place; control bytes become spaces, so that the caret stays right. */
static void quote(const struct place *at, struct buf *out)
{
	size_t len = 0;
	const char *line = line_of(at, &len);

	if (!line || at->col > len + 1)
		return;
	size_t col = at->col - 1;
	size_t from = col > QUOTE_MAX / 2 ? col - QUOTE_MAX / 2 : 0;
	while (from < col && (line[from] & 0xc0) == 0x80)
		from++;
	size_t to = len - from > QUOTE_MAX ? from + QUOTE_MAX : len;
	while (to < len && to > from && (line[to] & 0xc0) == 0x80)
		to--;
	buf_puts(out, "    ");
	for (size_t i = from; i < to; i++) {
		unsigned char c = (unsigned char)line[i];
		buf_putc(out, c < 0x20 || c == 0x7f ? ' ' : (char)c);
	}
	buf_puts(out, "\n    ");
	for (size_t i = from; i < col; i++)
		if ((line[i] & 0xc0) != 0x80)
			buf_putc(out, ' ');
	buf_puts(out, "^\n");
}

static bool comes_before(const struct place *a, const struct place *b)
{
	if (a->src != b->src || !a->src)
		return false;
	return a->line != b->line ? a->line < b->line : a->col < b->col;
}

void errs_format(const struct errs *es, const char *who, const char *prefix,
		 struct buf *out)
{
	size_t order[ERRS_MAX];

	/* Stable: places of other sources keep the order they came in. */
	for (size_t i = 0; i < es->n; i++) {
		size_t k = i;
		while (k && comes_before(&es->item[i].at,
					 &es->item[order[k - 1]].at)) {
			order[k] = order[k - 1];
			k--;
		}
		order[k] = i;
	}
	for (size_t i = 0; i < es->n; i++) {
		const struct err *e = &es->item[order[i]];
		const struct place *at = &e->at;
		if (at->src)
			buf_printf(out, "%s:", at->src->name);
		if (at->src && at->line)
			buf_printf(out, "%u:%u:", at->line, at->col);
		buf_printf(out, "%s%s%s\n", at->src ? " " : who, prefix,
			   e->text);
		if (at->src && at->src->text && at->line)
			quote(at, out);
	}
	if (es->dropped)
		buf_printf(out, "and %zu more\n", es->dropped);
}
