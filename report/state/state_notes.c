/* SPDX-License-Identifier: MIT */
#include "report/state/state.h"

#include "report/state/chain/chain.h"
#include "report/state/state_parts.h"
#include "scenarios/base/err.h"

/* ---- silences ------------------------------------------------------------- */

bool state_silence_add(struct state *st, struct silence *s, struct errs *es)
{
	struct query q;

	query_start(&q, st,
		    "INSERT INTO silence (rule, checks, from_at, until_at, "
		    "author, reason) VALUES (?, ?, ?, ?, ?, ?)",
		    es);
	query_text(&q, s->rule);
	query_text(&q, s->check);
	query_ns(&q, s->from_at_ns);
	query_ns(&q, s->until_at_ns);
	query_text(&q, s->author);
	query_text(&q, s->reason);
	if (!query_run(&q))
		return false;
	s->id = (uint64_t)sqlite3_last_insert_rowid(st->db);
	return true;
}

bool state_silence_end(struct state *st, uint64_t id, uint64_t at_ns,
		       struct errs *es)
{
	struct query q;

	query_start(&q, st,
		    "UPDATE silence SET until_at = max(from_at, min(until_at, "
		    "?)) WHERE id = ?",
		    es);
	query_ns(&q, at_ns);
	query_ns(&q, id);
	if (!query_run(&q))
		return false;
	return sqlite3_changes(st->db) > 0 ||
	       errs_add(es, ERR_INPUT, NOWHERE,
			"there is no silence %llu in state file \"%s\"",
			(unsigned long long)id, st->path);
}

bool state_silences(struct state *st, uint64_t at_ns, struct arena *a,
		    const struct silence **out, size_t *n, struct errs *es)
{
	struct rows rows = { 0 };
	struct query q;

	query_start(
		&q, st,
		"SELECT id, rule, checks, from_at, until_at, author, reason "
		"FROM silence WHERE from_at <= ?1 AND until_at > ?1 "
		"ORDER BY id",
		es);
	query_ns(&q, at_ns);
	while (query_step(&q)) {
		struct silence *s = rows_add(&rows, a, sizeof(*s), es);

		if (!s) {
			q.has_failed = true;
			break;
		}
		s->id = (uint64_t)row_int(&q, 0);
		s->rule = row_text(&q, 1, a);
		s->check = row_text(&q, 2, a);
		s->from_at_ns = row_ns(&q, 3);
		s->until_at_ns = row_ns(&q, 4);
		s->author = row_text(&q, 5, a);
		s->reason = row_text(&q, 6, a);
	}
	*out = rows.item;
	*n = rows.n;
	return query_end(&q);
}

/* ---- audit ------------------------------------------------------------------ */

static bool add_record(struct state *st, const struct audit_record *r,
		       struct errs *es)
{
	const struct chain_row row = {
		.table = "audit",
		.at_ns = r->at_ns,
		.n_texts = CHAIN_AUDIT_TEXTS,
		.texts = { chain_text(r->user), chain_text(r->action),
			   chain_text(r->resource), chain_text(r->details),
			   chain_text(r->success ? "1" : "0") },
	};
	unsigned char hash[SHA256_BYTES];
	struct query q;

	if (!chain_add(st, CHAIN_OF_AUDIT, &row, hash, es))
		return false;
	query_start(&q, st,
		    "INSERT INTO audit (at, user, action, resource, details, "
		    "success, hash) VALUES (?, ?, ?, ?, ?, ?, ?)",
		    es);
	query_ns(&q, r->at_ns);
	query_text(&q, r->user);
	query_text(&q, r->action);
	query_text(&q, r->resource);
	query_text(&q, r->details);
	query_int(&q, r->success);
	query_blob(&q, hash, sizeof(hash));
	return query_run(&q);
}

bool state_audit_add(struct state *st, const struct audit_record *r,
		     struct errs *es)
{
	bool is_own;

	return state_enter(st, &is_own, es) &&
	       state_leave(st, is_own, add_record(st, r, es), es);
}

bool state_audits(struct state *st, uint64_t since_at_ns, struct arena *a,
		  const struct audit_record **out, size_t *n, struct errs *es)
{
	struct rows rows = { 0 };
	struct query q;

	query_start(&q, st,
		    "SELECT at, user, action, resource, details, success "
		    "FROM audit WHERE at >= ? ORDER BY at, id",
		    es);
	query_ns(&q, since_at_ns);
	while (query_step(&q)) {
		struct audit_record *r = rows_add(&rows, a, sizeof(*r), es);

		if (!r) {
			q.has_failed = true;
			break;
		}
		r->at_ns = row_ns(&q, 0);
		r->user = row_text(&q, 1, a);
		r->action = row_text(&q, 2, a);
		r->resource = row_text(&q, 3, a);
		r->details = row_text(&q, 4, a);
		r->success = row_int(&q, 5) != 0;
	}
	*out = rows.item;
	*n = rows.n;
	return query_end(&q);
}

/* ---- notes ------------------------------------------------------------------- */

bool state_note_get(struct state *st, const char *name, struct arena *a,
		    const char **text, struct errs *es)
{
	struct query q;

	*text = NULL;
	query_start(&q, st, "SELECT body FROM note WHERE name = ?", es);
	query_text(&q, name);
	if (query_step(&q))
		*text = row_text(&q, 0, a);
	return query_end(&q);
}

static bool note_remove(struct state *st, const char *name, struct errs *es)
{
	struct query q;

	query_start(&q, st, "DELETE FROM note WHERE name = ?", es);
	query_text(&q, name);
	return query_run(&q);
}

bool state_note_put(struct state *st, const char *name, const char *text,
		    struct errs *es)
{
	struct query q;

	if (!text)
		return note_remove(st, name, es);
	query_start(&q, st,
		    "INSERT INTO note (name, body) VALUES (?, ?) "
		    "ON CONFLICT DO UPDATE SET body = excluded.body",
		    es);
	query_text(&q, name);
	query_text(&q, text);
	return query_run(&q);
}
