/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/gate/parts.h"
#include "report/hist/hist.h"

enum { SLICES_FIRST = 1024, WHERE_BYTES = 60 };

struct reading {
	struct cells *t;
	char where[WHERE_BYTES]; /* "gate.cells[3].a" */
	struct place at;
	struct errs *es;
	bool is_full, has_no_memory;
};

static bool grow(struct reading *r)
{
	struct cells *t = r->t;
	size_t room = t->room ? t->room * 2 : SLICES_FIRST;
	struct slice *more;

	if (t->n_slices < t->room)
		return true;
	if (room > GATE_SLICES_MAX) {
		r->is_full = true;
		return false;
	}
	more = realloc(t->slices, room * sizeof *more);
	if (!more) {
		r->has_no_memory = true;
		return false;
	}
	t->slices = more;
	t->room = room;
	return true;
}

static void take_slice(void *self, uint64_t from_ns, uint64_t to_ns,
		       uint64_t count)
{
	struct reading *r = self;

	if (grow(r))
		r->t->slices[r->t->n_slices++] =
			(struct slice){ from_ns, to_ns, count };
}

static bool take_hist(struct reading *r, const struct gate_half *from,
		      const struct hist *h, struct half *into)
{
	uint64_t answers = hist_count(h);

	if (h->digits != GATE_DIGITS)
		return errs_add(r->es, ERR_INPUT, r->at,
				"\"%s.hdr\" must have %d digits, got %u",
				r->where, GATE_DIGITS, h->digits);
	/* what neither answered nor timed out is in no histogram */
	if (answers > from->attempts || answers < from->attempts - from->errors)
		return errs_add(r->es, ERR_INPUT, r->at,
				"\"%s.hdr\" must count between attempts less "
				"errors, %" PRIu64 ", and attempts, %" PRIu64
				", got %" PRIu64,
				r->where, from->attempts - from->errors,
				from->attempts, answers);
	into->from = r->t->n_slices;
	into->answers = answers;
	hist_each(h, take_slice, r);
	into->n = r->t->n_slices - into->from;
	if (r->has_no_memory)
		return errs_nomem(r->es);
	if (r->is_full)
		return errs_add(r->es, ERR_INPUT, r->at,
				"\"%s.hdr\" and those before it use more than "
				"%d buckets",
				r->where, GATE_SLICES_MAX);
	return true;
}

/* A problem of the histogram becomes one of the file. */
static struct hist *decode(struct reading *r, const char *text)
{
	struct errs *own = calloc(1, sizeof *own);
	struct hist *h;

	if (!own) {
		errs_nomem(r->es);
		return NULL;
	}
	h = hist_decode(text, strlen(text), own);
	if (!h)
		errs_add(r->es, own->item[0].kind, r->at, "\"%s.hdr\": %.200s",
			 r->where, own->item[0].text);
	free(own);
	return h;
}

static bool take_half(struct reading *r, size_t i, char side,
		      const struct gate_half *from, struct hist *pool,
		      struct half *into)
{
	struct hist *h;
	bool ok;

	snprintf(r->where, sizeof r->where, "gate.cells[%zu].%c", i, side);
	if (from->hdr[0] == '\0' && from->errors == from->attempts)
		return true;
	if (from->hdr[0] == '\0')
		return errs_add(r->es, ERR_INPUT, r->at,
				"\"%s.hdr\" is empty, but %" PRIu64
				" attempts ended well",
				r->where, from->attempts - from->errors);
	h = decode(r, from->hdr);
	ok = h && take_hist(r, from, h, into);
	if (ok)
		hist_merge(pool, h);
	hist_free(h);
	return ok;
}

static void find_slow(struct cells *t, double factor, struct hist *both)
{
	hist_merge(both, t->pooled_a);
	hist_merge(both, t->pooled_b);
	t->slow_ns = factor * (double)hist_quantile(both, 0.5);
}

bool gate_cells_init(struct cells *t, const struct gate_result *g, size_t first,
		     size_t n, struct place at, struct errs *es)
{
	struct reading r = { .t = t, .at = at, .es = es };
	struct hist *both = hist_new(GATE_DIGITS);
	bool ok;

	*t = (struct cells){ .cell = g->cells + first, .n = n };
	t->a = calloc(n + 1, sizeof *t->a);
	t->b = calloc(n + 1, sizeof *t->b);
	t->pooled_a = hist_new(GATE_DIGITS);
	t->pooled_b = hist_new(GATE_DIGITS);
	ok = (both && t->a && t->b && t->pooled_a && t->pooled_b) ||
	     errs_nomem(es);
	for (size_t i = 0; ok && i < n; i++) {
		const struct gate_cell *cell = &t->cell[i];

		ok = take_half(&r, first + i, 'a', &cell->a, t->pooled_a,
			       &t->a[i]) &&
		     take_half(&r, first + i, 'b', &cell->b, t->pooled_b,
			       &t->b[i]);
	}
	if (ok)
		find_slow(t, g->settings.slow_factor, both);
	hist_free(both);
	return ok;
}

void gate_cells_release(struct cells *t)
{
	free(t->a);
	free(t->b);
	free(t->slices);
	hist_free(t->pooled_a);
	hist_free(t->pooled_b);
	*t = (struct cells){ 0 };
}

/* The value of a rank from 0: those of a bucket lie evenly in it. */
static double value_at(const struct slice *s, const struct half *h,
		       uint64_t rank)
{
	uint64_t before = 0;
	size_t i = h->from;

	while (rank >= before + s[i].count)
		before += s[i++].count;
	double width = (double)(s[i].to_ns - s[i].from_ns) + 1;
	return (double)s[i].from_ns +
	       width * ((double)(rank - before) + 0.5) / (double)s[i].count;
}

double cells_log_quantile(const struct cells *t, const struct half *h, double q)
{
	double rank = (double)(h->answers - 1) * q;
	uint64_t below = (uint64_t)rank;
	double part = rank - (double)below;
	double low = log(value_at(t->slices, h, below));

	if (below + 1 >= h->answers)
		return low;
	return low * (1 - part) + log(value_at(t->slices, h, below + 1)) * part;
}

uint64_t gate_cells_slow(const struct cells *t, const struct half *h)
{
	uint64_t n = 0;

	for (size_t i = h->from; i < h->from + h->n; i++)
		if ((double)t->slices[i].from_ns > t->slow_ns)
			n += t->slices[i].count;
	return n;
}
