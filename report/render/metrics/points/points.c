/* SPDX-License-Identifier: MIT */
#include "report/render/metrics/points/points.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/render/facts.h"
#include "report/result/load_result.h"
#include "report/result/shape.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"

/* Bytes of a label: a byte of a text may be shown as four. */
enum { LABEL_MAX = 4 * FACT_NAME_MAX, REAL_TEXT_MAX = 32 };

static void *take(struct points *t, size_t n, size_t size)
{
	void *p = arena_alloc(t->arena, n, size);

	if (!p)
		t->failed = true;
	return p;
}

/* ---- the scope ------------------------------------------------------------- */

void points_leave(struct points *t, size_t n_scope)
{
	t->n_scope = n_scope;
	t->kept_scope = NULL;
}

void points_enter(struct points *t, const char *name, const char *text)
{
	if (!*text || t->n_scope == POINT_SCOPE_MAX)
		return;
	t->scope[t->n_scope] = (struct metric_label){ name, text };
	points_leave(t, t->n_scope + 1);
}

void points_enter_named(struct points *t, const char *name, const char *text,
			size_t number)
{
	const char *which, *digits;

	points_enter(t, name, text);
	if (number <= 1)
		return;
	which = arena_printf(t->arena, "%s_number", name);
	digits = arena_printf(t->arena, "%zu", number);
	if (which && digits)
		points_enter(t, which, digits);
	else
		t->failed = true;
}

uint64_t points_later(uint64_t at_ns, uint64_t more_ns)
{
	if (at_ns > INT64_MAX)
		return INT64_MAX;
	return more_ns < INT64_MAX - at_ns ? at_ns + more_ns : INT64_MAX;
}

void points_when(struct points *t, uint64_t start_at_ns, uint64_t for_ns)
{
	t->start_at_ns = points_later(start_at_ns, 0);
	t->at_ns = points_later(start_at_ns, for_ns);
}

/* ---- points ------------------------------------------------------------------ */

static const struct metric_label *keep(struct points *t,
				       const struct metric_label *label,
				       size_t n)
{
	struct metric_label *to = take(t, n, sizeof(*to));

	if (to)
		memcpy(to, label, n * sizeof(*to));
	return to;
}

struct points_scope points_here(struct points *t)
{
	if (!t->kept_scope && t->n_scope)
		t->kept_scope = keep(t, t->scope, t->n_scope);
	return (struct points_scope){ t->kept_scope,
				      t->kept_scope ? t->n_scope : 0 };
}

static struct point *add(struct points *t, enum metric_id id,
			 const struct metric_label *own, size_t n)
{
	struct points_scope here = points_here(t);
	struct point *p = take(t, 1, sizeof(*p));

	if (!p || t->failed)
		return NULL;
	*p = (struct point){ .id = id,
			     .n_scope = here.n,
			     .scope = here.label,
			     .n_own = n,
			     .own = n ? keep(t, own, n) : NULL,
			     .start_at_ns = t->start_at_ns,
			     .at_ns = t->at_ns };
	if (t->failed)
		return NULL;
	if (t->last[id])
		t->last[id]->next = p;
	else
		t->first[id] = p;
	t->last[id] = p;
	if (t->end)
		t->end->after = p;
	else
		t->begin = p;
	t->end = p;
	return p;
}

void points_add_own(struct points *t, enum metric_id id,
		    const struct metric_label *own, size_t n, double value)
{
	struct point *p = isfinite(value) ? add(t, id, own, n) : NULL;

	if (p)
		p->value = value;
}

void points_add(struct points *t, enum metric_id id, double value)
{
	points_add_own(t, id, NULL, 0, value);
}

void points_add_times(struct points *t, enum metric_id id,
		      const struct times_result *times)
{
	struct point *p = times->count ? add(t, id, NULL, 0) : NULL;

	if (p)
		p->times = times;
}

double points_real(double value)
{
	char text[REAL_TEXT_MAX];

	snprintf(text, sizeof(text), "%.*g", SHAPE_REAL_DIGITS, value);
	return strtod(text, NULL);
}

int64_t point_whole(const struct point *p)
{
	if (p->value >= (double)INT64_MAX)
		return INT64_MAX;
	if (p->value <= (double)INT64_MIN)
		return INT64_MIN;
	return (int64_t)p->value;
}

/* ---- names ---------------------------------------------------------------------- */

const char *points_text(struct points *t, const char *text)
{
	struct buf shown;
	const char *kept;

	buf_init(&shown, LABEL_MAX);
	say_text(&shown, text, FACT_NAME_MAX);
	kept = arena_strndup(t->arena, buf_text(&shown), shown.len);
	t->failed |= !kept || shown.failed;
	buf_release(&shown);
	return kept ? kept : "";
}

/* By their text, those of one text in their order. */
static int by_text(const void *a, const void *b)
{
	const struct point_name *const *x = a;
	const struct point_name *const *y = b;
	int order = strcmp((*x)->text, (*y)->text);

	return order ? order : *x < *y ? -1 : *x > *y;
}

const struct point_name *points_names(struct points *t, size_t n,
				      const char *(*get)(const void *self,
							 size_t i),
				      const void *self)
{
	struct point_name *names = take(t, n, sizeof(*names));
	struct point_name **order = take(t, n, sizeof(struct point_name *));

	if (!names || !order)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		names[i] =
			(struct point_name){ points_text(t, get(self, i)), 1 };
		order[i] = &names[i];
	}
	if (n > 1)
		qsort(order, n, sizeof(struct point_name *), by_text);
	for (size_t i = 1; i < n; i++)
		if (!strcmp(order[i]->text, order[i - 1]->text))
			order[i]->number = order[i - 1]->number + 1;
	return names;
}
