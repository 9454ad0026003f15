/* SPDX-License-Identifier: MIT */
#include "report/merge/cells.h"

#include <stdlib.h>
#include <string.h>

#include "report/hist/hist.h"
#include "report/load/collect.h"
#include "report/load/conclude.h"
#include "report/result/load_result.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/capped.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"

enum { CELLS_MAX = COLLECT_ROWS_MAX };

bool cells_init(struct cells *t, struct errs *es)
{
	*t = (struct cells){ 0 };
	t->cell = calloc(CELLS_MAX, sizeof *t->cell);
	return t->cell || errs_nomem(es);
}

void cells_release(struct cells *t)
{
	for (size_t i = 0; t->cell && i < t->n; i++)
		hist_free(t->cell[i].latency);
	free(t->cell);
	t->cell = NULL;
	t->n = 0;
}

/* ---- adding ----------------------------------------------------------- */

static void plus(struct cells *t, uint64_t *into, uint64_t n)
{
	if (n > HIST_COUNT_MAX - *into)
		t->is_over = true;
	else
		*into += n;
}

static void take_latency(struct cells *t, struct cell *into,
			 struct hist *latency)
{
	if (!latency)
		return;
	if (!into->latency) {
		into->latency = latency;
		return;
	}
	if (hist_count(latency) > HIST_COUNT_MAX - hist_count(into->latency))
		t->is_over = true;
	hist_merge(into->latency, latency);
	hist_free(latency);
}

/* The later of two cells becomes part of the one before. */
static void join(struct cells *t, struct cell *into, const struct cell *from)
{
	plus(t, &into->planned, from->planned);
	plus(t, &into->sent, from->sent);
	plus(t, &into->ok, from->ok);
	plus(t, &into->failed, from->failed);
	plus(t, &into->timed_out, from->timed_out);
	plus(t, &into->dropped, from->dropped);
	into->users = from->users;
	into->connections = from->connections;
	into->part = from->part;
	into->part_users = from->part_users;
	into->part_connections = from->part_connections;
	into->is_warm_up = into->is_warm_up && from->is_warm_up;
	if (from->begin_at_ns < into->begin_at_ns)
		into->begin_at_ns = from->begin_at_ns;
	if (from->end_at_ns > into->end_at_ns)
		into->end_at_ns = from->end_at_ns;
	if (from->max_ns > into->max_ns)
		into->max_ns = from->max_ns;
	take_latency(t, into, from->latency);
}

static int64_t half_of(int64_t number)
{
	return number >= 0 ? number / 2 : -((1 - number) / 2);
}

static void coarsen(struct cells *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++) {
		struct cell *c = &t->cell[i];
		int64_t number = half_of(c->number);

		if (n > 0 && t->cell[n - 1].number == number) {
			join(t, &t->cell[n - 1], c);
			continue;
		}
		t->cell[n] = *c;
		t->cell[n++].number = number;
	}
	t->n = n;
	t->width_ns *= 2;
}

static int64_t number_at(const struct cells *t, uint64_t at_ns)
{
	if (at_ns >= t->anchor_at_ns)
		return (int64_t)((at_ns - t->anchor_at_ns) / t->width_ns);
	return -(int64_t)((t->anchor_at_ns - at_ns - 1) / t->width_ns) - 1;
}

/* The first cell that is not before that number. */
static size_t place_of(const struct cells *t, int64_t number)
{
	size_t low = 0, high = t->n;

	/* most come behind all others */
	if (t->n > 0 && t->cell[t->n - 1].number < number)
		return t->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (t->cell[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct cell *cell_for(struct cells *t, uint64_t at_ns)
{
	for (;;) {
		int64_t number = number_at(t, at_ns);
		size_t i = place_of(t, number);

		if (i < t->n && t->cell[i].number == number)
			return &t->cell[i];
		if (t->n == CELLS_MAX) {
			coarsen(t);
			continue;
		}
		memmove(&t->cell[i + 1], &t->cell[i],
			(t->n - i) * sizeof *t->cell);
		t->n++;
		t->cell[i] = (struct cell){ .number = number,
					    .begin_at_ns = UINT64_MAX,
					    .part = SIZE_MAX,
					    .is_warm_up = true };
		return &t->cell[i];
	}
}

static void take_level(struct cells *t, struct cell *c,
		       const struct timeline_row *row, size_t part)
{
	if (c->part == part) {
		/* the later row of the same part */
		c->users -= c->part_users;
		c->connections -= c->part_connections;
	}
	c->part = part;
	c->part_users = row->users;
	c->part_connections = row->connections;
	plus(t, &c->users, row->users);
	plus(t, &c->connections, row->connections);
}

void cells_add(struct cells *t, const struct timeline_row *row, uint64_t at_ns,
	       size_t part, struct hist *latency)
{
	uint64_t for_ns = row->for_ns ? row->for_ns : 1;
	struct cell *c;

	if (t->width_ns == 0) {
		t->anchor_at_ns = at_ns;
		t->width_ns = UNIT_NS_PER_S;
	}
	while (t->width_ns < for_ns)
		coarsen(t);
	c = cell_for(t, capped_sum(at_ns, for_ns / 2));
	plus(t, &c->planned, row->planned);
	plus(t, &c->sent, row->sent);
	plus(t, &c->ok, row->ok);
	plus(t, &c->failed, row->failed);
	plus(t, &c->timed_out, row->timed_out);
	plus(t, &c->dropped, row->dropped);
	take_level(t, c, row, part);
	c->is_warm_up = c->is_warm_up && row->is_warm_up;
	if (at_ns < c->begin_at_ns)
		c->begin_at_ns = at_ns;
	if (capped_sum(at_ns, for_ns) > c->end_at_ns)
		c->end_at_ns = capped_sum(at_ns, for_ns);
	if (row->max_ns > c->max_ns)
		c->max_ns = row->max_ns;
	take_latency(t, c, latency);
}

/* ---- telling ---------------------------------------------------------- */

uint64_t cell_at_ns(const struct cells *t, const struct cell *cell)
{
	uint64_t off_ns;

	if (cell->number >= 0)
		return t->anchor_at_ns + (uint64_t)cell->number * t->width_ns;
	off_ns = (uint64_t)-cell->number * t->width_ns;
	return off_ns < t->anchor_at_ns ? t->anchor_at_ns - off_ns : 0;
}

/* When a row begins that ends with its last answers, before its cell does: as
 * early as those did that it has, or their rate would be one that nobody saw.
 * Not before the end of the row before it, and no longer than a cell. */
static uint64_t begin_of(const struct cells *t, const struct cell *c,
			 uint64_t to, uint64_t before)
{
	uint64_t from = c->begin_at_ns;

	if (from > cell_at_ns(t, c))
		from = cell_at_ns(t, c);
	if (to > t->width_ns && from < to - t->width_ns)
		from = to - t->width_ns;
	return from > before ? from : before;
}

/* It may begin before the first result did, and last longer than the last. */
static bool write_row(const struct cells *t, size_t i, uint64_t since_at_ns,
		      struct arena *a, struct timeline_row *out)
{
	const struct cell *c = &t->cell[i];
	uint64_t from = cell_at_ns(t, c), to = capped_sum(from, t->width_ns);

	if (c->end_at_ns < to) {
		to = c->end_at_ns;
		from = begin_of(t, c, to,
				i ? since_at_ns + out[-1].at_ns + out[-1].for_ns
				  : since_at_ns);
	}
	if (from < since_at_ns)
		from = since_at_ns;
	*out = (struct timeline_row){
		.at_ns = from - since_at_ns,
		.for_ns = to > from ? to - from : 1,
		.is_warm_up = c->is_warm_up,
		.planned = c->planned,
		.sent = c->sent,
		.ok = c->ok,
		.failed = c->failed,
		.timed_out = c->timed_out,
		.dropped = c->dropped,
		.users = c->users,
		.connections = c->connections,
		.max_ns = c->max_ns,
		.hdr = "",
	};
	if (!c->latency)
		return true;
	out->p50_ns = hist_quantile(c->latency, 0.5);
	out->p90_ns = hist_quantile(c->latency, 0.9);
	out->p99_ns = hist_quantile(c->latency, 0.99);
	out->hdr = times_encode(c->latency, a);
	return out->hdr;
}

struct timeline_row *cells_rows(const struct cells *t, uint64_t since_at_ns,
				struct arena *a)
{
	struct timeline_row *rows = arena_alloc(a, t->n, sizeof *rows);

	for (size_t i = 0; rows && i < t->n; i++) {
		if (!write_row(t, i, since_at_ns, a, &rows[i]))
			return NULL;
	}
	return rows;
}

static bool is_down(const struct cell *c)
{
	return c->ok == 0 && (c->planned > 0 || c->failed > 0 ||
			      c->timed_out > 0 || c->users > 0);
}

void cells_down(const struct cells *t, uint64_t *low_ns, uint64_t *high_ns)
{
	uint64_t run = 0;
	int64_t before = 0;

	*low_ns = 0;
	for (size_t i = 0; i < t->n; i++) {
		const struct cell *c = &t->cell[i];

		if (!is_down(c) || (i > 0 && c->number != before + 1))
			run = 0;
		if (is_down(c))
			run += t->width_ns;
		if (run > *low_ns)
			*low_ns = run;
		before = c->number;
	}
	/* it may begin and end inside of a cell that has an ok */
	*high_ns = *low_ns + 2 * t->width_ns;
}
