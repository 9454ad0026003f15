/* SPDX-License-Identifier: MIT */
#include "report/state/past/past.h"

#include <stdlib.h>
#include <string.h>

#include "report/state/state_parts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"

enum {
	GAPS_MAX = 101, /* the newest that tell how often it is made */
};
#define EVERY_MAX_NS (400 * UNIT_NS_PER_DAY)

uint64_t cover_of(uint64_t every_ns)
{
	uint64_t slack = every_ns / STATE_SLACK_PART;

	if (slack < STATE_SLACK_MIN_NS)
		slack = STATE_SLACK_MIN_NS;
	if (slack > STATE_SLACK_MAX_NS)
		slack = STATE_SLACK_MAX_NS;
	return every_ns + slack;
}

/* ---- how often, when nobody said ------------------------------------------- */

static int by_size(const void *left, const void *right)
{
	const uint64_t *l = left, *r = right;

	return *l < *r ? -1 : *l > *r;
}

/* Gaps between runs of one vantage. */
static bool typical_gap(struct state *st, int64_t watched, uint64_t *every_ns,
			struct errs *es)
{
	uint64_t gaps[GAPS_MAX];
	size_t n = 0;
	struct query q;

	query_start(&q, st,
		    "SELECT next - at FROM (SELECT at, lead(at) OVER "
		    "(PARTITION BY vantage ORDER BY at) AS next FROM seen "
		    "WHERE watched = ? ORDER BY at DESC LIMIT ?) "
		    "WHERE next > at",
		    es);
	query_int(&q, watched);
	query_int(&q, GAPS_MAX);
	while (n < GAPS_MAX && query_step(&q))
		gaps[n++] = row_ns(&q, 0);
	if (!query_end(&q))
		return false;
	qsort(gaps, n, sizeof(*gaps), by_size);
	*every_ns = n ? gaps[n / 2] : STATE_EVERY_NS;
	return true;
}

bool watched_read(struct state *st, int64_t id, struct watched *out,
		  struct errs *es)
{
	uint64_t every_ns = 0;
	struct query q;

	*out = (struct watched){ .id = id };
	query_start(&q, st,
		    "SELECT every_ns, rolled_at FROM watched WHERE id = ?", es);
	query_int(&q, id);
	if (query_step(&q)) {
		every_ns = row_ns(&q, 0);
		out->rolled_at_ns = row_ns(&q, 1);
	}
	if (!query_end(&q) ||
	    (!every_ns && !typical_gap(st, id, &every_ns, es)))
		return false;
	if (every_ns > EVERY_MAX_NS)
		every_ns = EVERY_MAX_NS;
	out->cover_ns = cover_of(every_ns);
	return true;
}

/* ---- reading ------------------------------------------------------------------ */

static bool read_requests(struct query *q, uint64_t at_ns, struct arena *a,
			  struct sight *s)
{
	struct rows ns = { 0 };
	struct packed_request r;
	struct unpack u = { 0 };

	u.bytes = row_blob(q, 4, &u.len);
	while (!unpack_is_at_end(&u) && unpack_request(&u, at_ns, &r)) {
		uint64_t *to = rows_add(&ns, a, sizeof(*to), q->es);

		if (!to)
			return false;
		*to = r.seen.latency_ns;
		s->n_errors += r.seen.outcome != OUTCOME_OK;
	}
	s->latencies_ns = ns.item;
	s->n_requests = ns.n;
	return true;
}

static bool read_sight(struct query *q, struct arena *a, struct rows *sights)
{
	struct sight *s = rows_add(sights, a, sizeof(*s), q->es);
	int64_t mark = row_int(q, 2);

	if (!s)
		return false;
	*s = (struct sight){
		.at_ns = row_ns(q, 0),
		.vantage = row_int(q, 1),
		.mark = mark >= 0 && mark < MARK_N ? (enum mark)mark
						   : MARK_NOT_OBSERVED,
		.has_failed = row_int(q, 3) == VERDICT_FAILED,
	};
	return read_requests(q, s->at_ns, a, s);
}

/* ---- from points to stretches --------------------------------------------------- */

/* A vantage begins or ends to say something. */
struct turn {
	uint64_t at_ns;
	enum mark mark;
	bool begins;
};

static int by_time(const void *left, const void *right)
{
	const struct turn *l = left, *r = right;

	if (l->at_ns != r->at_ns)
		return l->at_ns < r->at_ns ? -1 : 1;
	return (int)l->begins - (int)r->begins;
}

static enum mark agreed(const size_t n[MARK_N])
{
	if (n[MARK_DEGRADED] || (n[MARK_UP] && n[MARK_DOWN]))
		return MARK_DEGRADED;
	if (n[MARK_DOWN])
		return MARK_DOWN;
	if (n[MARK_UP])
		return MARK_UP;
	return n[MARK_INCONCLUSIVE] ? MARK_INCONCLUSIVE : MARK_NOT_OBSERVED;
}

/* An observation counts until the next of its vantage.  Backwards, with the
 * next of each vantage remembered: there are few of them. */
static bool set_ends(struct sight *sights, size_t n, uint64_t cover_ns,
		     struct arena *a)
{
	struct next {
		int64_t vantage;
		uint64_t at_ns;
	} *next = arena_alloc(a, n, sizeof(*next));
	size_t n_next = 0;

	if (!next)
		return false;
	for (size_t i = n; i-- > 0;) {
		struct sight *s = &sights[i];
		size_t k = 0;

		s->until_at_ns = s->at_ns + cover_ns;
		if (s->until_at_ns < s->at_ns)
			s->until_at_ns = UINT64_MAX;
		while (k < n_next && next[k].vantage != s->vantage)
			k++;
		if (k == n_next)
			next[n_next++].vantage = s->vantage;
		else if (next[k].at_ns < s->until_at_ns)
			s->until_at_ns = next[k].at_ns;
		next[k].at_ns = s->at_ns;
	}
	return true;
}

static size_t make_turns(const struct sight *sights, size_t n,
			 uint64_t from_at_ns, uint64_t until_at_ns,
			 struct turn *turns)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t from = sights[i].at_ns, to = sights[i].until_at_ns;

		if (from < from_at_ns)
			from = from_at_ns;
		if (to > until_at_ns)
			to = until_at_ns;
		if (from >= to || sights[i].mark == MARK_NOT_OBSERVED)
			continue;
		turns[k++] = (struct turn){ from, sights[i].mark, true };
		turns[k++] = (struct turn){ to, sights[i].mark, false };
	}
	if (k)
		qsort(turns, k, sizeof(*turns), by_time);
	return k;
}

static void add_segment(struct timeline *t, uint64_t from_at_ns,
			uint64_t to_at_ns, enum mark mark)
{
	struct segment *last =
		t->n_segments ? &t->segments[t->n_segments - 1] : NULL;

	if (from_at_ns == to_at_ns || mark == MARK_NOT_OBSERVED)
		return;
	if (last && last->mark == mark && last->to_at_ns == from_at_ns)
		last->to_at_ns = to_at_ns;
	else
		t->segments[t->n_segments++] =
			(struct segment){ from_at_ns, to_at_ns, mark };
}

bool timeline_combine(struct sight *sights, size_t n, uint64_t cover_ns,
		      uint64_t from_at_ns, uint64_t until_at_ns,
		      struct arena *a, struct timeline *out)
{
	struct turn *turns = arena_alloc(a, n, 2 * sizeof(*turns));
	size_t now[MARK_N] = { 0 };

	*out = (struct timeline){ .sights = sights, .n_sights = n };
	out->segments = arena_alloc(a, n, 2 * sizeof(*out->segments));
	if (!turns || !out->segments || !set_ends(sights, n, cover_ns, a))
		return false;
	n = make_turns(sights, n, from_at_ns, until_at_ns, turns);
	for (size_t i = 0; i < n; i++) {
		if (i)
			add_segment(out, turns[i - 1].at_ns, turns[i].at_ns,
				    agreed(now));
		if (turns[i].begins)
			now[turns[i].mark]++;
		else
			now[turns[i].mark]--;
	}
	return true;
}

/* Those before the time only speak for what comes after them. */
static void drop_early(struct timeline *t, uint64_t from_at_ns)
{
	size_t n = 0;

	while (n < t->n_sights && t->sights[n].at_ns < from_at_ns)
		n++;
	t->sights += n;
	t->n_sights -= n;
}

bool timeline_load(struct state *st, const struct watched *w,
		   uint64_t from_at_ns, uint64_t until_at_ns, struct arena *a,
		   struct timeline *out, struct errs *es)
{
	const uint64_t cover_ns = w->cover_ns;
	struct rows sights = { 0 };
	struct query q;

	query_start(&q, st,
		    "SELECT at, vantage, mark, verdict, requests FROM seen "
		    "WHERE watched = ? AND at >= ? AND at < ? "
		    "ORDER BY at, vantage",
		    es);
	query_int(&q, w->id);
	query_ns(&q, from_at_ns > cover_ns ? from_at_ns - cover_ns : 0);
	query_ns(&q, until_at_ns);
	while (query_step(&q))
		if (!read_sight(&q, a, &sights))
			q.has_failed = true;
	if (!query_end(&q))
		return false;
	if (!timeline_combine(sights.item, sights.n, cover_ns, from_at_ns,
			      until_at_ns, a, out))
		return errs_nomem(es);
	if (out->sights)
		drop_early(out, from_at_ns);
	return true;
}
