/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "report/redact/redact.h"
#include "report/redact/redact_parts.h"
#include "scenarios/base/buf.h"

/* Hiding one thing can bring another to light (an address whose password
 * held a slash): a text is gone over until nothing is found. */
enum { ROUNDS_MAX = 6, SPANS_ROOM = 16 };

void spans_add(struct spans *sp, size_t from, size_t to)
{
	if (sp->failed || from >= to)
		return;
	if (sp->n > 0 && sp->item[sp->n - 1].from <= from &&
	    sp->item[sp->n - 1].to >= from) {
		if (sp->item[sp->n - 1].to < to)
			sp->item[sp->n - 1].to = to;
		return;
	}
	if (sp->n == sp->room) {
		size_t room = sp->room ? sp->room * 2 : SPANS_ROOM;
		struct span *item = realloc(sp->item, room * sizeof *item);

		if (item == NULL) {
			sp->failed = true;
			return;
		}
		sp->item = item;
		sp->room = room;
	}
	sp->item[sp->n++] = (struct span){ from, to };
}

bool redact_mark_at(const char *text, size_t len, size_t at)
{
	return at <= len && len - at >= REDACT_MARK_LEN &&
	       memcmp(text + at, REDACT_MARK, REDACT_MARK_LEN) == 0;
}

static int by_start(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->to < y->to ? -1 : x->to > y->to;
}

/* The first mark that ends behind `at`; {len, len} when there is none. */
static struct span mark_behind(const char *text, size_t len, size_t at)
{
	size_t from = at < REDACT_MARK_LEN ? 0 : at - REDACT_MARK_LEN + 1;
	const char *p =
		memmem(text + from, len - from, REDACT_MARK, REDACT_MARK_LEN);

	if (p == NULL)
		return (struct span){ len, len };
	from = (size_t)(p - text);
	return (struct span){ from, from + REDACT_MARK_LEN };
}

/* Sorts spans and joins those that touch. */
static void spans_join(struct spans *sp)
{
	size_t n = 0;

	qsort(sp->item, sp->n, sizeof *sp->item, by_start);
	for (size_t i = 0; i < sp->n; i++) {
		struct span s = sp->item[i];

		if (n == 0 || s.from > sp->item[n - 1].to)
			sp->item[n++] = s;
		else if (s.to > sp->item[n - 1].to)
			sp->item[n - 1].to = s.to;
	}
	sp->n = n;
}

/* What lies inside a mark is done already; a mark that is touched belongs to
 * the span. */
static void spans_settle(struct spans *sp, const char *text, size_t len)
{
	struct span mark = { 0, 0 };
	size_t n = 0;

	spans_join(sp);
	for (size_t i = 0; i < sp->n; i++) {
		struct span s = sp->item[i];

		if (mark.to <= s.from)
			mark = mark_behind(text, len, s.from);
		if (mark.from <= s.from && mark.to >= s.to)
			continue;
		if (mark.from < s.from)
			s.from = mark.from;
		while (mark.from < s.to) {
			if (mark.to > s.to)
				s.to = mark.to;
			mark = mark_behind(text, len, mark.to);
		}
		sp->item[n++] = s;
	}
	sp->n = n;
	spans_join(sp);
}

/* One pass over a text.  False when there was nothing to hide; then *out got
 * nothing. */
static bool hide(const struct redactor *r, const char *text, size_t len,
		 struct buf *out)
{
	struct spans sp = { 0 };
	size_t at = 0;

	redact_find_values(r, text, len, &sp);
	redact_find_forms(text, len, &sp);
	if (sp.failed)
		sp.n = 0;
	else if (sp.n > 0)
		spans_settle(&sp, text, len);
	for (size_t i = 0; i < sp.n; i++) {
		buf_add(out, text + at, sp.item[i].from - at);
		buf_puts(out, REDACT_MARK);
		at = sp.item[i].to;
	}
	if (sp.failed)
		buf_puts(out, REDACT_MARK);
	else if (sp.n > 0)
		buf_add(out, text + at, len - at);
	free(sp.item);
	return sp.failed || sp.n > 0;
}

void redact_text(const struct redactor *r, const char *text, size_t len,
		 struct buf *out)
{
	struct buf work[2];
	unsigned round = 0;

	if (!redact_sees(r)) {
		buf_puts(out, REDACT_MARK);
		return;
	}
	buf_init(&work[0], BUF_NO_LIMIT);
	buf_init(&work[1], BUF_NO_LIMIT);
	while (round < ROUNDS_MAX && hide(r, text, len, &work[round % 2])) {
		struct buf *done = &work[round % 2];

		text = buf_text(done);
		len = done->len;
		if (done->failed) {
			text = REDACT_MARK;
			len = REDACT_MARK_LEN;
			break;
		}
		round++;
		buf_reset(&work[round % 2]);
	}
	buf_add(out, text, len);
	buf_release(&work[0]);
	buf_release(&work[1]);
}
