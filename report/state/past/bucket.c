/* SPDX-License-Identifier: MIT */
#include "report/state/state.h"

#include <inttypes.h>
#include <string.h>

#include "report/hist/hist.h"
#include "report/state/past/past.h"
#include "report/state/state_parts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"

#define SCRATCH_MAX ((size_t)512 << 20)

struct looking {
	struct state *st;
	struct errs *es;
	struct arena *a; /* scratch */
	struct watched w;
	struct latency l;
};

static bool looking_start(struct looking *k, struct state *st,
			  const char *scenario, const char *check,
			  struct errs *es)
{
	int64_t id;

	*k = (struct looking){ .st = st, .es = es };
	k->a = arena_new(SCRATCH_MAX);
	latency_init(&k->l);
	if (!k->a)
		return errs_nomem(es);
	return state_check_find(st, scenario, check, &id, es) &&
	       (!id || watched_read(st, id, &k->w, es));
}

static void looking_end(struct looking *k)
{
	latency_release(&k->l);
	arena_free(k->a);
}

/* ---- cells of any level ------------------------------------------------------ */

/* Out of the pages, up to where they reach. */
static bool stored(struct looking *k, enum bucket_level level,
		   uint64_t from_at_ns, size_t n, struct cell *out)
{
	const uint64_t length = cell_length_ns(level);
	struct cell cells[PAGE_CELLS_MAX];

	for (size_t i = 0; i < n;) {
		uint64_t at = from_at_ns + i * length;
		uint64_t page = at - at % page_length_ns(level);
		size_t first = (size_t)((at - page) / length);
		size_t m = page_cells(level) - first;

		if (m > n - i)
			m = n - i;
		if (!page_read(k->st, k->w.id, level, page, k->a, cells, k->es))
			return false;
		memcpy(out + i, cells + first, m * sizeof(*out));
		i += m;
	}
	return true;
}

static bool cells_of(struct looking *k, enum bucket_level level,
		     uint64_t from_at_ns, size_t n, struct cell *out);

static bool live_minutes(struct looking *k, uint64_t from_at_ns, size_t n,
			 struct cell *out)
{
	struct timeline t;

	return timeline_load(k->st, &k->w, from_at_ns,
			     from_at_ns + n * UNIT_NS_PER_MIN, k->a, &t,
			     k->es) &&
	       (minutes_of(&t, from_at_ns, n, &k->l, k->a, out) ||
		errs_nomem(k->es));
}

/* Each from all cells of the level below that lie in it. */
static bool live(struct looking *k, enum bucket_level level,
		 uint64_t from_at_ns, size_t n, struct cell *out)
{
	struct cell below[PAGE_CELLS_MAX];
	size_t m = page_cells(level - 1);

	if (level == BUCKET_MINUTE)
		return live_minutes(k, from_at_ns, n, out);
	for (size_t i = 0; i < n; i++) {
		if (!cells_of(k, level - 1,
			      from_at_ns + i * cell_length_ns(level), m, below))
			return false;
		if (!cells_add_up(below, m, &k->l, k->a, &out[i]))
			return errs_add(k->es, ERR_INPUT, NOWHERE,
					"state file \"%s\" is damaged: the "
					"latency of a bucket cannot be read",
					k->st->path);
	}
	return true;
}

static bool cells_of(struct looking *k, enum bucket_level level,
		     uint64_t from_at_ns, size_t n, struct cell *out)
{
	const uint64_t length = cell_length_ns(level);
	uint64_t whole = k->w.rolled_at_ns - k->w.rolled_at_ns % length;
	size_t n_stored = 0;

	if (whole > from_at_ns)
		n_stored = (size_t)((whole - from_at_ns) / length);
	if (n_stored > n)
		n_stored = n;
	return stored(k, level, from_at_ns, n_stored, out) &&
	       live(k, level, from_at_ns + n_stored * length, n - n_stored,
		    out + n_stored);
}

/* ---- buckets ------------------------------------------------------------------- */

static bool fill_latency(struct looking *k, const struct cell *c,
			 struct state_bucket *b)
{
	struct latency *l = &k->l;

	if (!c->latency_len)
		return true;
	latency_reset(l);
	if (!latency_add_packed(l, c->latency, c->latency_len))
		return false;
	latency_sort(l);
	b->p50_ns = latency_quantile(l, 0.50);
	b->p95_ns = latency_quantile(l, 0.95);
	b->p99_ns = latency_quantile(l, 0.99);
	b->max_ns = latency_quantile(l, 1);
	return true;
}

static bool fill_bucket(struct looking *k, const struct cell *c,
			struct state_bucket *b)
{
	uint64_t seen = 0;

	for (unsigned i = 0; i < MARK_SEEN_N; i++)
		seen += c->ns[i];
	b->up_ns = c->ns[MARK_UP];
	b->degraded_ns = c->ns[MARK_DEGRADED];
	b->down_ns = c->ns[MARK_DOWN];
	b->inconclusive_ns = c->ns[MARK_INCONCLUSIVE];
	b->not_observed_ns = b->length_ns - seen;
	b->n_checks = c->n_checks;
	b->n_failed = c->n_failed;
	b->n_requests = c->n_requests;
	b->n_errors = c->n_errors;
	return fill_latency(k, c, b) ||
	       errs_add(k->es, ERR_INPUT, NOWHERE,
			"state file \"%s\" is damaged: the latency of a "
			"bucket cannot be read",
			k->st->path);
}

/* Whole buckets; *n of them. */
static bool whole(const struct looking *k, enum bucket_level level,
		  uint64_t *from_at_ns, uint64_t until_at_ns, size_t *n)
{
	const uint64_t length = cell_length_ns(level);

	*n = 0;
	*from_at_ns -= *from_at_ns % length;
	if (until_at_ns <= *from_at_ns)
		return true;
	uint64_t many = (until_at_ns - *from_at_ns - 1) / length + 1;
	if (many > STATE_BUCKETS_MAX)
		return errs_add(k->es, ERR_INPUT, NOWHERE,
				"%" PRIu64 " buckets are asked for, at most "
				"%d are told: ask for longer ones",
				many, STATE_BUCKETS_MAX);
	*n = (size_t)many;
	return true;
}

static bool read_cells(struct looking *k, enum bucket_level level,
		       uint64_t *from_at_ns, uint64_t until_at_ns,
		       struct cell **cells, size_t *n)
{
	if (!whole(k, level, from_at_ns, until_at_ns, n))
		return false;
	*cells = arena_alloc(k->a, *n, sizeof(**cells));
	if (!*cells)
		return errs_nomem(k->es);
	return !k->w.id || cells_of(k, level, *from_at_ns, *n, *cells);
}

static bool buckets(struct looking *k, enum bucket_level level,
		    uint64_t from_at_ns, uint64_t until_at_ns, struct arena *a,
		    struct state_bucket **out, size_t *n)
{
	struct cell *cells;

	if (!read_cells(k, level, &from_at_ns, until_at_ns, &cells, n))
		return false;
	*out = arena_alloc(a, *n, sizeof(**out));
	if (!*out)
		return errs_nomem(k->es);
	for (size_t i = 0; i < *n; i++) {
		struct state_bucket *b = &(*out)[i];

		b->length_ns = cell_length_ns(level);
		b->from_at_ns = from_at_ns + i * b->length_ns;
		if (!fill_bucket(k, &cells[i], b))
			return false;
	}
	return true;
}

/* ---- stretches --------------------------------------------------------------------- */

static bool stretch(struct looking *k, struct rows *rows, struct arena *a,
		    uint64_t from_at_ns, uint64_t to_at_ns, enum mark mark)
{
	struct cell c = { 0 };
	struct state_bucket *b;

	if (from_at_ns >= to_at_ns)
		return true;
	b = rows_add(rows, a, sizeof(*b), k->es);
	if (!b)
		return false;
	*b = (struct state_bucket){ .from_at_ns = from_at_ns,
				    .length_ns = to_at_ns - from_at_ns };
	if (mark < MARK_SEEN_N)
		c.ns[mark] = b->length_ns;
	return fill_bucket(k, &c, b);
}

/* Observations are counted in the stretch that they are in or begin. */
static void count_sights(const struct timeline *t, struct rows *rows)
{
	struct state_bucket *b = rows->item;
	size_t i = 0;

	for (size_t s = 0; s < t->n_sights; s++) {
		const struct sight *sight = &t->sights[s];

		while (i < rows->n &&
		       sight->at_ns >= b[i].from_at_ns + b[i].length_ns)
			i++;
		if (i == rows->n)
			return;
		b[i].n_checks += sight->mark != MARK_NOT_OBSERVED;
		b[i].n_failed += sight->has_failed;
		b[i].n_requests += sight->n_requests;
		b[i].n_errors += sight->n_errors;
	}
}

static bool stretches(struct looking *k, uint64_t from_at_ns,
		      uint64_t until_at_ns, struct arena *a,
		      struct state_bucket **out, size_t *n)
{
	struct rows rows = { 0 };
	struct timeline t = { 0 };
	uint64_t at = from_at_ns;

	if (k->w.id && !timeline_load(k->st, &k->w, from_at_ns, until_at_ns,
				      k->a, &t, k->es))
		return false;
	for (size_t i = 0; i < t.n_segments; i++) {
		const struct segment *s = &t.segments[i];

		if (!stretch(k, &rows, a, at, s->from_at_ns,
			     MARK_NOT_OBSERVED) ||
		    !stretch(k, &rows, a, s->from_at_ns, s->to_at_ns, s->mark))
			return false;
		at = s->to_at_ns;
	}
	if (!stretch(k, &rows, a, at, until_at_ns, MARK_NOT_OBSERVED))
		return false;
	count_sights(&t, &rows);
	*out = rows.item;
	*n = rows.n;
	return true;
}

bool state_buckets(struct state *st, const char *scenario, const char *check,
		   enum bucket_level level, uint64_t from_at_ns,
		   uint64_t until_at_ns, struct arena *a,
		   struct state_bucket **out, size_t *n, struct errs *es)
{
	struct looking k;
	bool is_own, ok;

	*out = NULL;
	*n = 0;
	if (!state_enter_to_read(st, &is_own, es))
		return false;
	ok = looking_start(&k, st, scenario, check, es);
	if (ok && level == BUCKET_RAW)
		ok = stretches(&k, from_at_ns, until_at_ns, a, out, n);
	else if (ok)
		ok = buckets(&k, level, from_at_ns, until_at_ns, a, out, n);
	looking_end(&k);
	return state_leave(st, is_own, ok, es);
}

/* ---- latency --------------------------------------------------------------------------- */

static bool add_latencies(struct looking *k, const struct cell *cells, size_t n,
			  struct hist *into)
{
	for (size_t i = 0; i < n; i++) {
		const struct hist *h = NULL;

		if (!cells[i].latency_len)
			continue;
		latency_reset(&k->l);
		if (latency_add_packed(&k->l, cells[i].latency,
				       cells[i].latency_len))
			h = latency_hist(&k->l);
		if (!h)
			return errs_add(k->es, ERR_INPUT, NOWHERE,
					"state file \"%s\" is damaged: the "
					"latency of a bucket cannot be read",
					k->st->path);
		hist_merge(into, h);
	}
	return true;
}

bool state_latency(struct state *st, const char *scenario, const char *check,
		   enum bucket_level level, uint64_t from_at_ns,
		   uint64_t until_at_ns, struct hist *into, struct errs *es)
{
	struct looking k;
	struct cell *cells;
	bool is_own, ok;
	size_t n;

	if (!state_enter_to_read(st, &is_own, es))
		return false;
	ok = looking_start(&k, st, scenario, check, es) &&
	     read_cells(&k, level == BUCKET_RAW ? BUCKET_MINUTE : level,
			&from_at_ns, until_at_ns, &cells, &n) &&
	     add_latencies(&k, cells, n, into);
	looking_end(&k);
	return state_leave(st, is_own, ok, es);
}
