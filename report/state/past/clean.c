/* SPDX-License-Identifier: MIT */
#include "report/state/state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/state/past/clean.h"
#include "report/state/past/past.h"
#include "report/state/state_parts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"

enum {
	VACUUM_PAGES_MIN = 64, /* less is not worth writing all anew */
	VACUUM_PART = 4,       /* a quarter of the file is */
	SHRINKS_MAX = 40,      /* each to three quarters of the age before */
	SHRINKS_POLITE = 20,   /* that spare what conditions look at */
};

#define RAW_MIN_NS UNIT_NS_PER_H /* a run takes less than that */

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* ---- how long ------------------------------------------------------------- */

/* What is asked, else what the scenario says, else the default; at most
 * older_than; shrunk. */
static uint64_t age(const struct cleaning *c, uint64_t asked, uint64_t said,
		    uint64_t otherwise)
{
	uint64_t ns = asked ? asked : said ? said : otherwise;

	if (c->keep->older_than_ns && ns > c->keep->older_than_ns)
		ns = c->keep->older_than_ns;
	for (unsigned i = 0; i < c->n_shrinks; i++)
		ns -= ns / 4;
	return ns;
}

static void set_ages(const struct cleaning *c, const struct state_keep *said,
		     uint64_t reach_ns, uint64_t cover_ns, struct ages *out)
{
	const struct state_keep *asked = c->keep;

	out->raw_ns = age(c, asked->raw_ns, said->raw_ns, STATE_RAW_NS);
	if (c->n_shrinks < SHRINKS_POLITE)
		out->raw_ns = larger(out->raw_ns, reach_ns);
	/* what the newest observations mean for the time after them, and runs
	 * that are under way */
	out->raw_ns = larger(out->raw_ns, RAW_MIN_NS + 2 * cover_ns);
	out->cover_ns = cover_ns;
	out->minute_ns =
		larger(out->raw_ns, age(c, asked->minute_ns, said->minute_ns,
					STATE_MINUTE_NS));
	out->hour_ns =
		larger(out->minute_ns,
		       age(c, asked->hour_ns, said->hour_ns, STATE_HOUR_NS));
	out->day_ns = larger(out->hour_ns,
			     age(c, asked->day_ns, said->day_ns, STATE_DAY_NS));
}

/* ---- lists of what there is --------------------------------------------------- */

static bool list_ids(struct cleaning *c, const char *sql, int64_t of,
		     struct rows *ids)
{
	struct query q;

	query_start(&q, c->st, sql, c->es);
	if (of)
		query_int(&q, of);
	while (query_step(&q)) {
		int64_t *id = rows_add(ids, c->a, sizeof(*id), c->es);

		if (!id)
			q.has_failed = true;
		else
			*id = row_int(&q, 0);
	}
	return query_end(&q);
}

static bool list_watched(struct cleaning *c, int64_t scenario,
			 struct rows *watched)
{
	struct rows ids = { 0 };

	if (!list_ids(c, "SELECT id FROM watched WHERE scenario = ?", scenario,
		      &ids))
		return false;
	for (size_t i = 0; i < ids.n; i++) {
		struct watched *w = rows_add(watched, c->a, sizeof(*w), c->es);

		if (!w ||
		    !watched_read(c->st, ((int64_t *)ids.item)[i], w, c->es))
			return false;
	}
	return true;
}

/* ---- one scenario ----------------------------------------------------------------- */

static bool read_settings(struct cleaning *c, int64_t scenario,
			  struct state_keep *said, uint64_t *reach_ns)
{
	struct query q;

	*said = (struct state_keep){ 0 };
	*reach_ns = 0;
	query_start(&q, c->st,
		    "SELECT raw_ns, minute_ns, hour_ns, day_ns, max_bytes, "
		    "reach_ns FROM scenario WHERE id = ?",
		    c->es);
	query_int(&q, scenario);
	if (query_step(&q)) {
		said->raw_ns = row_ns(&q, 0);
		said->minute_ns = row_ns(&q, 1);
		said->hour_ns = row_ns(&q, 2);
		said->day_ns = row_ns(&q, 3);
		said->max_bytes = row_ns(&q, 4);
		*reach_ns = row_ns(&q, 5);
	}
	return query_end(&q);
}

static bool roll_all(struct cleaning *c, const struct rows *watched)
{
	const struct watched *w = watched->item;

	for (size_t i = 0; i < watched->n; i++)
		if (!roll_watched(c->st, &w[i], c->now_at_ns, &c->l,
				  &c->out->rolled, c->es))
			return false;
	return true;
}

static bool clean_scenario(struct cleaning *c, int64_t scenario)
{
	struct rows watched = { 0 };
	struct state_keep said;
	uint64_t reach_ns, cover_ns = 0;
	struct ages ages;

	if (!read_settings(c, scenario, &said, &reach_ns) ||
	    !list_watched(c, scenario, &watched))
		return false;
	if (c->n_shrinks == 0 && !roll_all(c, &watched))
		return false;
	/* as it is after rolling up */
	watched.n = 0;
	if (!list_watched(c, scenario, &watched))
		return false;
	const struct watched *w = watched.item;
	for (size_t i = 0; i < watched.n; i++)
		cover_ns = larger(cover_ns, w[i].cover_ns);
	set_ages(c, &said, reach_ns, cover_ns, &ages);
	c->longest.hour_ns = larger(c->longest.hour_ns, ages.hour_ns);
	c->longest.day_ns = larger(c->longest.day_ns, ages.day_ns);
	if (said.max_bytes &&
	    (!c->said_max_bytes || said.max_bytes < c->said_max_bytes))
		c->said_max_bytes = said.max_bytes;
	return remove_of_scenario(c, scenario, w, watched.n, &ages);
}

static bool clean_once(struct cleaning *c)
{
	struct rows scenarios = { 0 };

	c->longest = (struct ages){ 0 };
	if (!list_ids(c, "SELECT id FROM scenario", 0, &scenarios))
		return false;
	for (size_t i = 0; i < scenarios.n; i++)
		if (!clean_scenario(c, ((int64_t *)scenarios.item)[i]))
			return false;
	if (!scenarios.n)
		set_ages(c, &(struct state_keep){ 0 }, 0, 0, &c->longest);
	return remove_of_all(c) && remove_unused(c);
}

/* ---- the size -------------------------------------------------------------------------- */

static bool number(struct cleaning *c, const char *sql, uint64_t *out)
{
	struct query q;

	*out = 0;
	query_start(&q, c->st, sql, c->es);
	if (query_step(&q))
		*out = row_ns(&q, 0);
	return query_end(&q);
}

static bool measure(struct cleaning *c, struct size *out)
{
	return number(c, "PRAGMA page_size", &out->page_bytes) &&
	       number(c, "PRAGMA page_count", &out->pages) &&
	       number(c, "PRAGMA freelist_count", &out->free_pages);
}

static bool shrink(struct cleaning *c)
{
	uint64_t max =
		c->keep->max_bytes ? c->keep->max_bytes : c->said_max_bytes;
	struct size is;

	c->out->has_room = true;
	while (max) {
		if (!measure(c, &is))
			return false;
		if ((is.pages - is.free_pages) * is.page_bytes <= max)
			return true;
		if (c->n_shrinks == SHRINKS_MAX) {
			c->out->has_room = false;
			return true;
		}
		c->n_shrinks++;
		if (!clean_once(c))
			return false;
	}
	return true;
}

/* Writing all anew costs as much as the file is large. */
static bool vacuum(struct cleaning *c)
{
	struct size is;
	int rc;

	if (!measure(c, &is))
		return false;
	bool is_worth = is.free_pages >= VACUUM_PAGES_MIN &&
			is.free_pages * VACUUM_PART >= is.pages;
	uint64_t max =
		c->keep->max_bytes ? c->keep->max_bytes : c->said_max_bytes;
	bool is_needed = max && is.free_pages && is.pages * is.page_bytes > max;
	if (!is_worth && !is_needed)
		return true;
	/* it attaches what it writes */
	sqlite3_limit(c->st->db, SQLITE_LIMIT_ATTACHED, 1);
	rc = sqlite3_exec(c->st->db, "VACUUM", NULL, NULL, NULL);
	sqlite3_limit(c->st->db, SQLITE_LIMIT_ATTACHED, 0);
	return rc == SQLITE_OK ||
	       state_problem(c->st, rc, "make smaller", c->es);
}

static bool sizes_after(struct cleaning *c)
{
	struct size is;

	/* another process that reads may keep it from being cut: later then */
	(void)sqlite3_wal_checkpoint_v2(c->st->db, "main",
					SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	if (!measure(c, &is))
		return false;
	c->out->bytes_after = is.pages * is.page_bytes;
	return true;
}

static bool clean_all(struct cleaning *c)
{
	struct size is;
	bool is_own;

	if (!measure(c, &is))
		return false;
	c->out->bytes_before = is.pages * is.page_bytes;
	if (!state_enter(c->st, &is_own, c->es) ||
	    !state_leave(c->st, is_own, clean_once(c) && shrink(c), c->es))
		return false;
	return vacuum(c) && sizes_after(c);
}

bool state_clean(struct state *st, const struct state_keep *keep,
		 uint64_t now_at_ns, struct state_cleaned *out, struct errs *es)
{
	struct cleaning c = { .st = st,
			      .es = es,
			      .keep = keep,
			      .now_at_ns = now_at_ns,
			      .out = out };

	*out = (struct state_cleaned){ 0 };
	if (st->in_transaction)
		return errs_add(es, ERR_SYSTEM, NOWHERE,
				"state file \"%s\" cannot be cleaned inside a "
				"transaction",
				st->path);
	c.a = arena_new(CLEAN_ARENA_MAX);
	if (!c.a)
		return errs_nomem(es);
	latency_init(&c.l);
	bool ok = clean_all(&c);
	latency_release(&c.l);
	arena_free(c.a);
	return ok;
}

/* ---- now and then ---------------------------------------------------------------- */

#define NOTE_TIDIED "state.tidied" /* when */
enum { TIDIED_ROOM = 24 };

/* A time that has not come yet is of a clock that was wrong. */
static bool is_tidy(struct state *st, uint64_t now_at_ns, bool *is_so,
		    struct errs *es)
{
	struct arena *a = arena_new(CLEAN_ARENA_MAX);
	const char *text = NULL;
	bool ok = a ? state_note_get(st, NOTE_TIDIED, a, &text, es)
		    : errs_nomem(es);
	uint64_t last_ns = text ? strtoull(text, NULL, 10) : 0;

	*is_so = text && last_ns <= now_at_ns &&
		 now_at_ns - last_ns < STATE_TIDY_NS;
	arena_free(a);
	return ok;
}

bool state_tidy(struct state *st, uint64_t now_at_ns, bool *was_due,
		struct state_cleaned *out, struct errs *es)
{
	static const struct state_keep keep = { 0 };
	char text[TIDIED_ROOM];
	bool is_so;

	*was_due = false;
	if (!is_tidy(st, now_at_ns, &is_so, es))
		return false;
	if (is_so)
		return true;
	*was_due = true;
	/* first, so that one that fails is not tried by every run */
	snprintf(text, sizeof(text), "%" PRIu64, now_at_ns);
	return state_note_put(st, NOTE_TIDIED, text, es) &&
	       state_clean(st, &keep, now_at_ns, out, es);
}
