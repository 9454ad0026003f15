/* SPDX-License-Identifier: MIT */
#include "report/state/past/past.h"

#include <string.h>

#include "report/state/state_parts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"

#define PAGE_ARENA_MAX ((size_t)256 << 20)

/* ---- adding up --------------------------------------------------------------- */

static bool keep_latency(struct latency *l, struct arena *a, struct cell *out)
{
	struct buf bytes;

	buf_init(&bytes, STATE_BLOB_MAX);
	bool ok = latency_pack(l, &bytes);
	if (ok) {
		out->latency = (const unsigned char *)arena_strndup(
			a, bytes.text, bytes.len);
		out->latency_len = bytes.len;
		ok = out->latency != NULL;
	}
	buf_release(&bytes);
	return ok;
}

bool cells_add_up(const struct cell *cells, size_t n, struct latency *l,
		  struct arena *a, struct cell *out)
{
	bool has_latency = false;

	*out = (struct cell){ 0 };
	latency_reset(l);
	for (size_t i = 0; i < n; i++) {
		const struct cell *c = &cells[i];

		for (unsigned k = 0; k < MARK_SEEN_N; k++)
			out->ns[k] += c->ns[k];
		out->n_checks += c->n_checks;
		out->n_failed += c->n_failed;
		out->n_requests += c->n_requests;
		out->n_errors += c->n_errors;
		if (!c->latency_len)
			continue;
		has_latency = true;
		if (!latency_add_packed(l, c->latency, c->latency_len))
			return false;
	}
	return !has_latency || keep_latency(l, a, out);
}

/* ---- minutes --------------------------------------------------------------------- */

/* The part of a segment that lies in each minute it touches. */
static void spread(const struct segment *s, uint64_t from_at_ns, size_t n,
		   struct cell *cells)
{
	const uint64_t end = from_at_ns + n * UNIT_NS_PER_MIN;
	uint64_t at = s->from_at_ns > from_at_ns ? s->from_at_ns : from_at_ns;
	uint64_t to = s->to_at_ns < end ? s->to_at_ns : end;

	while (at < to) {
		size_t i = (size_t)((at - from_at_ns) / UNIT_NS_PER_MIN);
		uint64_t edge = from_at_ns + (i + 1) * UNIT_NS_PER_MIN;
		uint64_t part = (to < edge ? to : edge) - at;

		cells[i].ns[s->mark] += part;
		at += part;
	}
}

/* The sights of one minute; i is moved behind them. */
static bool count_minute(const struct timeline *t, size_t *i,
			 uint64_t until_at_ns, struct latency *l,
			 struct arena *a, struct cell *c)
{
	latency_reset(l);
	for (; *i < t->n_sights && t->sights[*i].at_ns < until_at_ns; ++*i) {
		const struct sight *s = &t->sights[*i];

		c->n_checks += s->mark != MARK_NOT_OBSERVED;
		c->n_failed += s->has_failed;
		c->n_requests += s->n_requests;
		c->n_errors += s->n_errors;
		for (size_t k = 0; k < s->n_requests; k++)
			if (!latency_add(l, s->latencies_ns[k]))
				return false;
	}
	return !c->n_requests || keep_latency(l, a, c);
}

bool minutes_of(const struct timeline *t, uint64_t from_at_ns, size_t n,
		struct latency *l, struct arena *a, struct cell *cells)
{
	size_t at = 0;

	memset(cells, 0, n * sizeof(*cells));
	for (size_t i = 0; i < t->n_segments; i++)
		spread(&t->segments[i], from_at_ns, n, cells);
	while (at < t->n_sights && t->sights[at].at_ns < from_at_ns)
		at++;
	for (size_t i = 0; i < n; i++)
		if (!count_minute(t, &at,
				  from_at_ns + (i + 1) * UNIT_NS_PER_MIN, l, a,
				  &cells[i]))
			return false;
	return true;
}

/* ---- from page to page ----------------------------------------------------------- */

struct rolling {
	struct state *st;
	struct errs *es;
	const struct watched *w;
	struct latency *l;
	struct arena *a; /* of one page */
	uint64_t n_rolled;
};

/* One cell of a level is all of a page of the level below. */
static bool roll_into(struct rolling *r, enum bucket_level level,
		      uint64_t at_ns, const struct cell *below, size_t n)
{
	struct cell cells[PAGE_CELLS_MAX];
	uint64_t page = at_ns - at_ns % page_length_ns(level);
	size_t i = (size_t)((at_ns - page) / cell_length_ns(level));

	if (!page_read(r->st, r->w->id, level, page, r->a, cells, r->es))
		return false;
	if (!cells_add_up(below, n, r->l, r->a, &cells[i]))
		return errs_add(r->es, ERR_INPUT, NOWHERE,
				"state file \"%s\" is damaged: the latency of "
				"a bucket cannot be read; restore a copy, or "
				"move it away to begin anew",
				r->st->path);
	if (!page_write(r->st, r->w->id, level, page, cells, r->es))
		return false;
	return level == BUCKET_DAY ||
	       roll_into(r, level + 1, page, cells, page_cells(level));
}

/* The minutes of an hour from one time to another. */
static bool roll_page(struct rolling *r, uint64_t page, uint64_t from_at_ns,
		      uint64_t until_at_ns)
{
	struct cell cells[PAGE_CELLS_MAX];
	size_t first = (size_t)((from_at_ns - page) / UNIT_NS_PER_MIN);
	size_t n = (size_t)((until_at_ns - from_at_ns) / UNIT_NS_PER_MIN);
	struct timeline t;

	if (!timeline_load(r->st, r->w, from_at_ns, until_at_ns, r->a, &t,
			   r->es))
		return false;
	/* most of a long pause; what was there before is there again */
	if (!t.n_segments && !t.n_sights && first == 0)
		return true;
	if (!page_read(r->st, r->w->id, BUCKET_MINUTE, page, r->a, cells,
		       r->es))
		return false;
	if (!minutes_of(&t, from_at_ns, n, r->l, r->a, &cells[first]))
		return errs_nomem(r->es);
	r->n_rolled += n;
	return page_write(r->st, r->w->id, BUCKET_MINUTE, page, cells, r->es) &&
	       roll_into(r, BUCKET_HOUR, page, cells,
			 page_cells(BUCKET_MINUTE));
}

static bool set_rolled(struct rolling *r, uint64_t at_ns)
{
	struct query q;

	query_start(&q, r->st, "UPDATE watched SET rolled_at = ? WHERE id = ?",
		    r->es);
	query_ns(&q, at_ns);
	query_int(&q, r->w->id);
	return query_run(&q);
}

/* The minute of the first observation from a time on; UINT64_MAX: none. */
static bool next_minute(struct rolling *r, uint64_t from_at_ns, uint64_t *at_ns)
{
	struct query q;

	*at_ns = UINT64_MAX;
	query_start(&q, r->st,
		    "SELECT min(at) FROM seen WHERE watched = ? AND at >= ?",
		    r->es);
	query_int(&q, r->w->id);
	query_ns(&q, from_at_ns);
	if (query_step(&q) && sqlite3_column_type(q.s, 0) != SQLITE_NULL) {
		*at_ns = row_ns(&q, 0);
		*at_ns -= *at_ns % UNIT_NS_PER_MIN;
	}
	return query_end(&q);
}

/* One page; *at_ns becomes where to go on. */
static bool roll_next(struct rolling *r, uint64_t *at_ns, uint64_t end_at_ns)
{
	uint64_t page = *at_ns - *at_ns % UNIT_NS_PER_H;
	uint64_t until = page + UNIT_NS_PER_H;
	uint64_t before = r->n_rolled, next;
	bool ok;

	if (until > end_at_ns)
		until = end_at_ns;
	r->a = arena_new(PAGE_ARENA_MAX);
	ok = r->a ? roll_page(r, page, *at_ns, until) : errs_nomem(r->es);
	arena_free(r->a);
	*at_ns = until;
	/* a long time of which there is nothing is left out */
	if (ok && r->n_rolled == before) {
		ok = next_minute(r, until, &next);
		*at_ns = next < end_at_ns ? next : end_at_ns;
	}
	return ok;
}

bool roll_watched(struct state *st, const struct watched *w, uint64_t now_at_ns,
		  struct latency *l, uint64_t *rolled, struct errs *es)
{
	struct rolling r = { .st = st, .es = es, .w = w, .l = l };
	uint64_t end = now_at_ns - now_at_ns % UNIT_NS_PER_MIN;
	uint64_t at = w->rolled_at_ns, first;
	bool ok = true;

	if (!next_minute(&r, 0, &first))
		return false;
	if (at < first)
		at = first;
	if (at >= end)
		return true;
	while (ok && at < end)
		ok = roll_next(&r, &at, end);
	*rolled += r.n_rolled;
	return ok && set_rolled(&r, end);
}
