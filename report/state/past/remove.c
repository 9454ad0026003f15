/* SPDX-License-Identifier: MIT */
#include "report/state/past/clean.h"

#include <stdlib.h>

#include "report/state/chain/chain.h"
#include "report/state/state_parts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"

static uint64_t before(const struct cleaning *c, uint64_t age_ns)
{
	return c->now_at_ns > age_ns ? c->now_at_ns - age_ns : 0;
}

/* Counts what a statement removed. */
static bool removed(struct cleaning *c, struct query *q)
{
	if (!query_run(q))
		return false;
	c->out->removed += (uint64_t)sqlite3_changes(c->st->db);
	return true;
}

/* ---- of a scenario ---------------------------------------------------------- */

static bool remove_seen(struct cleaning *c, const struct watched *w,
			uint64_t until_at_ns)
{
	uint64_t needed = w->rolled_at_ns > w->cover_ns
				  ? w->rolled_at_ns - w->cover_ns
				  : 0;
	struct query q;

	query_start(&q, c->st, "DELETE FROM seen WHERE watched = ? AND at < ?",
		    c->es);
	query_int(&q, w->id);
	query_ns(&q, until_at_ns < needed ? until_at_ns : needed);
	return removed(c, &q);
}

static bool remove_pages(struct cleaning *c, const struct watched *w,
			 enum bucket_level level, uint64_t until_at_ns)
{
	uint64_t length = page_length_ns(level);
	struct query q;

	query_start(&q, c->st,
		    "DELETE FROM page WHERE watched = ? AND level = ? AND "
		    "from_at <= ?",
		    c->es);
	query_int(&q, w->id);
	query_int(&q, level);
	/* before 1970 there is none */
	if (until_at_ns < length)
		query_int(&q, -1);
	else
		query_ns(&q, until_at_ns - length);
	return removed(c, &q);
}

/* Runs that come from now on are refused when they began before from. */
static bool remove_runs(struct cleaning *c, int64_t scenario,
			uint64_t from_at_ns)
{
	struct query q;

	query_start(&q, c->st,
		    "UPDATE scenario SET raw_from_at = max(raw_from_at, ?) "
		    "WHERE id = ?",
		    c->es);
	query_ns(&q, from_at_ns);
	query_int(&q, scenario);
	if (!query_run(&q))
		return false;
	query_start(&q, c->st,
		    "DELETE FROM run WHERE scenario = ?1 AND started_at < "
		    "(SELECT raw_from_at FROM scenario WHERE id = ?1)",
		    c->es);
	query_int(&q, scenario);
	return removed(c, &q);
}

/* What waits is no part of it. */
static bool remove_letters(struct cleaning *c, int64_t scenario,
			   uint64_t until_at_ns)
{
	struct query q;

	query_start(&q, c->st,
		    "DELETE FROM delivery WHERE letter IN (SELECT id FROM "
		    "letter WHERE scenario = ? AND status >= 2 AND made_at < "
		    "?)",
		    c->es);
	query_int(&q, scenario);
	query_ns(&q, until_at_ns);
	if (!removed(c, &q))
		return false;
	query_start(&q, c->st,
		    "DELETE FROM letter WHERE scenario = ? AND status >= 2 AND "
		    "made_at < ?",
		    c->es);
	query_int(&q, scenario);
	query_ns(&q, until_at_ns);
	return removed(c, &q);
}

bool remove_of_scenario(struct cleaning *c, int64_t scenario,
			const struct watched *w, size_t n,
			const struct ages *ages)
{
	uint64_t raw = before(c, ages->raw_ns);

	raw -= raw % UNIT_NS_PER_MIN;
	for (size_t i = 0; i < n; i++)
		if (!remove_seen(c, &w[i], raw) ||
		    !remove_pages(c, &w[i], BUCKET_MINUTE,
				  before(c, ages->minute_ns)) ||
		    !remove_pages(c, &w[i], BUCKET_HOUR,
				  before(c, ages->hour_ns)) ||
		    !remove_pages(c, &w[i], BUCKET_DAY,
				  before(c, ages->day_ns)))
			return false;
	/* one that comes late needs those before it, for its bucket */
	return remove_runs(c, scenario, raw ? raw + ages->cover_ns : 0) &&
	       remove_letters(c, scenario, before(c, ages->hour_ns)) &&
	       chain_cut(c->st, scenario, before(c, ages->day_ns),
			 &c->out->removed, c->es);
}

/* ---- of all -------------------------------------------------------------------- */

static bool remove_by(struct cleaning *c, const char *sql, uint64_t until_at_ns)
{
	struct query q;

	query_start(&q, c->st, sql, c->es);
	query_ns(&q, until_at_ns);
	return removed(c, &q);
}

bool remove_of_all(struct cleaning *c)
{
	uint64_t hours = before(c, c->longest.hour_ns);

	return remove_by(c, "DELETE FROM event WHERE at < ?", hours) &&
	       remove_by(c, "DELETE FROM silence WHERE until_at < ?", hours) &&
	       chain_cut(c->st, CHAIN_OF_AUDIT, before(c, c->longest.day_ns),
			 &c->out->removed, c->es);
}

/* ---- what nothing names any more -------------------------------------------------- */

/* A bit for each number up to the largest. */
struct marks {
	unsigned char *bits;
	int64_t max;
};

static bool marks_init(struct cleaning *c, const char *sql, struct marks *m)
{
	struct query q;

	*m = (struct marks){ 0 };
	query_start(&q, c->st, sql, c->es);
	if (query_step(&q))
		m->max = row_int(&q, 0);
	if (!query_end(&q))
		return false;
	if (m->max < 0)
		m->max = 0;
	m->bits = calloc((size_t)(m->max / 8) + 1, 1);
	return m->bits || errs_nomem(c->es);
}

static void mark(struct marks *m, int64_t id)
{
	if (id > 0 && id <= m->max)
		m->bits[id / 8] |= (unsigned char)(1u << (id % 8));
}

static bool is_marked(const struct marks *m, int64_t id)
{
	return id <= 0 || id > m->max || (m->bits[id / 8] >> (id % 8) & 1);
}

/* Bytes that cannot be read are left for who wants to read them to say so. */
static bool mark_seen(struct cleaning *c, struct marks *texts,
		      struct marks *series)
{
	struct query q;

	query_start(&q, c->st,
		    "SELECT vantage, message, requests, points FROM seen",
		    c->es);
	while (query_step(&q)) {
		struct unpack u = { 0 };
		struct packed_request r;
		struct packed_point p;

		mark(texts, row_int(&q, 0));
		mark(texts, row_int(&q, 1));
		u.bytes = row_blob(&q, 2, &u.len);
		while (!unpack_is_at_end(&u) && unpack_request(&u, 0, &r))
			mark(texts, r.step);
		u = (struct unpack){ 0 };
		u.bytes = row_blob(&q, 3, &u.len);
		while (!unpack_is_at_end(&u) && unpack_point(&u, 0, &p)) {
			mark(series, p.series);
			mark(texts, p.text);
		}
	}
	return query_end(&q);
}

static bool mark_texts(struct cleaning *c, const char *sql, struct marks *texts)
{
	struct query q;

	query_start(&q, c->st, sql, c->es);
	while (query_step(&q)) {
		mark(texts, row_int(&q, 0));
		mark(texts, row_int(&q, 1));
	}
	return query_end(&q);
}

/* Those that are there and not marked. */
static bool remove_unmarked(struct cleaning *c, const char *list,
			    const char *sql, const struct marks *m)
{
	struct rows ids = { 0 };
	struct query q;

	query_start(&q, c->st, list, c->es);
	while (query_step(&q)) {
		int64_t *id;

		if (is_marked(m, row_int(&q, 0)))
			continue;
		id = rows_add(&ids, c->a, sizeof(*id), c->es);
		if (!id)
			q.has_failed = true;
		else
			*id = row_int(&q, 0);
	}
	if (!query_end(&q))
		return false;
	for (size_t i = 0; i < ids.n; i++) {
		query_start(&q, c->st, sql, c->es);
		query_int(&q, ((int64_t *)ids.item)[i]);
		if (!removed(c, &q))
			return false;
	}
	return true;
}

bool remove_unused(struct cleaning *c)
{
	struct marks texts = { 0 }, series = { 0 };
	bool ok = marks_init(c, "SELECT max(id) FROM text", &texts) &&
		  marks_init(c, "SELECT max(id) FROM series", &series) &&
		  mark_seen(c, &texts, &series) &&
		  remove_unmarked(c, "SELECT id FROM series",
				  "DELETE FROM series WHERE id = ?", &series) &&
		  mark_texts(c, "SELECT name, labels FROM series", &texts) &&
		  mark_texts(c, "SELECT vantage, 0 FROM run", &texts) &&
		  remove_unmarked(c, "SELECT id FROM text",
				  "DELETE FROM text WHERE id = ?", &texts);

	free(texts.bits);
	free(series.bits);
	return ok;
}
