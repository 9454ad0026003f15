/* SPDX-License-Identifier: MIT */
#include "report/state/state.h"

#include "report/state/state_parts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"

/* The columns of a letter, in the order of read_letter(). */
#define LETTER_COLUMNS                                                       \
	"letter.id, scenario.name, channel, told_with, dedup, letter.body, " \
	"made_at, letter.not_before, expires_at, attempts, letter.status"
enum { LETTER_COLUMNS_N = 11 };

static bool read_letter(struct query *q, struct arena *a, struct letter *l)
{
	int64_t status = row_int(q, 10);

	l->id = (uint64_t)row_int(q, 0);
	l->scenario = row_text(q, 1, a);
	l->channel = row_text(q, 2, a);
	l->group = row_text(q, 3, a);
	l->dedup = row_text(q, 4, a);
	l->text = row_text(q, 5, a);
	l->made_at_ns = row_ns(q, 6);
	l->not_before_at_ns = row_ns(q, 7);
	l->expires_at_ns = row_ns(q, 8);
	l->attempts = (uint64_t)row_int(q, 9);
	l->status = status >= 0 && status < LETTER_STATUS_N
			    ? (enum letter_status)status
			    : LETTER_REFUSED;
	return !q->has_failed;
}

/* ---- putting in ------------------------------------------------------------ */

static bool put(struct state *st, const struct letter *l, bool *is_new,
		struct errs *es)
{
	int64_t scenario;
	struct query q;

	if (!state_scenario_id(st, l->scenario, &scenario, es))
		return false;
	query_start(&q, st,
		    "INSERT INTO letter (scenario, channel, told_with, dedup, "
		    "body, made_at, not_before, expires_at) "
		    "VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
		    "ON CONFLICT (scenario, channel, dedup) DO NOTHING",
		    es);
	query_int(&q, scenario);
	query_text(&q, l->channel);
	query_text(&q, l->group ? l->group : "");
	query_text(&q, l->dedup);
	query_text(&q, l->text);
	query_ns(&q, l->made_at_ns);
	query_ns(&q, l->not_before_at_ns);
	query_ns(&q, l->expires_at_ns);
	if (!query_run(&q))
		return false;
	*is_new = sqlite3_changes(st->db) > 0;
	return true;
}

bool state_letter_put(struct state *st, const struct letter *l, bool *is_new,
		      struct errs *es)
{
	bool is_own, was_new = false;

	if (!state_enter(st, &is_own, es))
		return false;
	bool ok = state_leave(st, is_own, put(st, l, &was_new, es), es);
	if (is_new)
		*is_new = ok && was_new;
	return ok;
}

bool state_letter_channels(struct state *st, const char *scenario,
			   const char *dedup_start, struct arena *a,
			   const char *const **out, size_t *n, struct errs *es)
{
	struct query q;

	query_start(&q, st,
		    "SELECT DISTINCT channel FROM letter WHERE scenario = "
		    "(SELECT id FROM scenario WHERE name = ?1) AND "
		    "substr(dedup, 1, length(?2)) = ?2 ORDER BY channel",
		    es);
	query_text(&q, scenario);
	query_text(&q, dedup_start);
	return rows_of_texts(&q, a, out, n);
}

/* ---- taking out ------------------------------------------------------------- */

/* Due: its time has come or it has expired, and nobody else has it. */
static bool find_due(struct state *st, const char *scenario, uint64_t now_at_ns,
		     size_t max, struct arena *a, struct rows *rows,
		     struct errs *es)
{
	struct query q;

	query_start(&q, st,
		    "SELECT " LETTER_COLUMNS
		    " FROM letter JOIN scenario ON scenario.id = scenario "
		    "WHERE scenario.name = ?1 AND letter.status < 2 AND "
		    "((letter.status = 0 AND (letter.not_before <= ?2 OR "
		    "expires_at <= ?2)) OR "
		    "(letter.status = 1 AND lease_until <= ?2)) "
		    "ORDER BY made_at, letter.id LIMIT ?3",
		    es);
	query_text(&q, scenario);
	query_ns(&q, now_at_ns);
	query_ns(&q, max);
	while (query_step(&q)) {
		struct letter *l = rows_add(rows, a, sizeof(*l), es);

		if (!l)
			q.has_failed = true;
		else
			read_letter(&q, a, l);
	}
	return query_end(&q);
}

static bool mark_taken(struct state *st, struct letter *l, const char *owner,
		       uint64_t until_at_ns, struct errs *es)
{
	struct query q;

	query_start(&q, st,
		    "UPDATE letter SET status = 1, owner = ?, lease_until = ? "
		    "WHERE id = ?",
		    es);
	query_text(&q, owner);
	query_ns(&q, until_at_ns);
	query_int(&q, (int64_t)l->id);
	l->status = LETTER_SENDING;
	return query_run(&q);
}

bool state_letters_claim(struct state *st, const char *scenario,
			 uint64_t now_at_ns, const char *owner,
			 uint64_t lease_ns, size_t max, struct arena *a,
			 struct letter **out, size_t *n, struct errs *es)
{
	struct rows rows = { 0 };
	uint64_t until_at_ns = now_at_ns + lease_ns;
	bool is_own;

	*out = NULL;
	*n = 0;
	if (!state_enter(st, &is_own, es))
		return false;
	if (until_at_ns < now_at_ns)
		until_at_ns = UINT64_MAX;
	bool ok = find_due(st, scenario, now_at_ns, max, a, &rows, es);
	struct letter *l = rows.item;
	for (size_t i = 0; ok && i < rows.n; i++)
		ok = mark_taken(st, &l[i], owner, until_at_ns, es);
	if (!state_leave(st, is_own, ok, es))
		return false;
	*out = l;
	*n = rows.n;
	return true;
}

bool state_letters_waiting(struct state *st, struct arena *a,
			   const struct letter **out, size_t *n,
			   struct errs *es)
{
	struct rows rows = { 0 };
	struct query q;

	query_start(&q, st,
		    "SELECT " LETTER_COLUMNS
		    " FROM letter JOIN scenario ON scenario.id = scenario "
		    "WHERE letter.status < 2 ORDER BY made_at, letter.id",
		    es);
	while (query_step(&q)) {
		struct letter *l = rows_add(&rows, a, sizeof(*l), es);

		if (!l)
			q.has_failed = true;
		else
			read_letter(&q, a, l);
	}
	*out = rows.item;
	*n = rows.n;
	return query_end(&q);
}

bool state_letters_next(struct state *st, const char *scenario, uint64_t *at_ns,
			struct errs *es)
{
	struct query q;

	*at_ns = UINT64_MAX;
	query_start(&q, st,
		    "SELECT min(CASE letter.status WHEN 1 THEN lease_until "
		    "ELSE min(letter.not_before, expires_at) END) "
		    "FROM letter JOIN scenario ON scenario.id = scenario "
		    "WHERE scenario.name = ? AND letter.status < 2",
		    es);
	query_text(&q, scenario);
	if (query_step(&q) && sqlite3_column_type(q.s, 0) != SQLITE_NULL)
		*at_ns = row_ns(&q, 0);
	return query_end(&q);
}

/* ---- how it went -------------------------------------------------------------- */

static bool settle(struct state *st, const struct delivery *d, struct errs *es)
{
	struct query q;

	query_start(
		&q, st,
		"UPDATE letter SET status = ?1, attempts = attempts + 1, "
		"not_before = CASE WHEN ?1 = 0 THEN ?2 ELSE not_before END, "
		"owner = NULL, lease_until = 0 WHERE id = ?3",
		es);
	query_int(&q, d->status);
	query_ns(&q, d->not_before_at_ns);
	query_int(&q, (int64_t)d->letter);
	if (!query_run(&q))
		return false;
	if (sqlite3_changes(st->db) == 0)
		return errs_add(es, ERR_INPUT, NOWHERE,
				"state file \"%s\" has no letter %llu to take "
				"down a delivery of",
				st->path, (unsigned long long)d->letter);
	query_start(&q, st,
		    "INSERT INTO delivery (letter, at, took_ns, status, "
		    "not_before, code, detail, reference) "
		    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		    es);
	query_int(&q, (int64_t)d->letter);
	query_ns(&q, d->at_ns);
	query_ns(&q, d->took_ns);
	query_int(&q, d->status);
	query_ns(&q, d->not_before_at_ns);
	query_int(&q, d->code);
	query_text(&q, d->detail ? d->detail : "");
	query_text(&q, d->reference ? d->reference : "");
	return query_run(&q);
}

bool state_delivered(struct state *st, const struct delivery *d,
		     struct errs *es)
{
	bool is_own;

	return state_enter(st, &is_own, es) &&
	       state_leave(st, is_own, settle(st, d, es), es);
}

static void read_delivery(struct query *q, struct arena *a, struct delivery *d)
{
	int at = LETTER_COLUMNS_N;
	int64_t status = row_int(q, at + 3);

	d->letter = (uint64_t)row_int(q, 0);
	d->at_ns = row_ns(q, at + 1);
	d->took_ns = row_ns(q, at + 2);
	d->status = status >= 0 && status < LETTER_STATUS_N
			    ? (enum letter_status)status
			    : LETTER_REFUSED;
	d->not_before_at_ns = row_ns(q, at + 4);
	d->code = row_int(q, at + 5);
	d->detail = row_text(q, at + 6, a);
	d->reference = row_text(q, at + 7, a);
}

bool state_deliveries(struct state *st, uint64_t since_at_ns, struct arena *a,
		      const struct delivery **out,
		      const struct letter **letters, size_t *n, struct errs *es)
{
	struct rows deliveries = { 0 }, of = { 0 };
	struct query q;

	query_start(&q, st,
		    "SELECT " LETTER_COLUMNS
		    ", delivery.id, at, took_ns, delivery.status, "
		    "delivery.not_before, code, detail, reference "
		    "FROM delivery JOIN letter ON letter.id = letter "
		    "JOIN scenario ON scenario.id = scenario "
		    "WHERE at >= ? ORDER BY at, delivery.id",
		    es);
	query_ns(&q, since_at_ns);
	while (query_step(&q)) {
		struct delivery *d = rows_add(&deliveries, a, sizeof(*d), es);
		struct letter *l = d ? rows_add(&of, a, sizeof(*l), es) : NULL;

		if (!l) {
			q.has_failed = true;
			break;
		}
		read_letter(&q, a, l);
		read_delivery(&q, a, d);
	}
	*out = deliveries.item;
	*letters = of.item;
	*n = deliveries.n;
	return query_end(&q);
}
