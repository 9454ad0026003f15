/* SPDX-License-Identifier: MIT */
#include "report/state/state.h"

#include "report/state/chain/chain.h"
#include "report/state/state_parts.h"

bool state_alert_get(struct state *st, const char *scenario, const char *key,
		     struct arena *a, const char **text, struct errs *es)
{
	struct query q;

	*text = NULL;
	query_start(&q, st,
		    "SELECT body FROM alert WHERE key = ? AND scenario = "
		    "(SELECT id FROM scenario WHERE name = ?)",
		    es);
	query_text(&q, key);
	query_text(&q, scenario);
	if (query_step(&q))
		*text = row_text(&q, 0, a);
	return query_end(&q);
}

bool state_alert_keys(struct state *st, const char *scenario, struct arena *a,
		      const char *const **out, size_t *n, struct errs *es)
{
	struct query q;

	query_start(&q, st,
		    "SELECT key FROM alert WHERE scenario = "
		    "(SELECT id FROM scenario WHERE name = ?) ORDER BY key",
		    es);
	query_text(&q, scenario);
	return rows_of_texts(&q, a, out, n);
}

static bool forget(struct state *st, const char *scenario, const char *key,
		   struct errs *es)
{
	struct query q;

	query_start(&q, st,
		    "DELETE FROM alert WHERE key = ? AND scenario = "
		    "(SELECT id FROM scenario WHERE name = ?)",
		    es);
	query_text(&q, key);
	query_text(&q, scenario);
	return query_run(&q);
}

static bool put(struct state *st, const char *scenario, const char *key,
		const char *text, struct errs *es)
{
	int64_t id;
	struct query q;

	if (!text)
		return forget(st, scenario, key, es);
	if (!state_scenario_id(st, scenario, &id, es))
		return false;
	query_start(&q, st,
		    "INSERT INTO alert (scenario, key, body) VALUES (?, ?, ?) "
		    "ON CONFLICT DO UPDATE SET body = excluded.body",
		    es);
	query_int(&q, id);
	query_text(&q, key);
	query_text(&q, text);
	return query_run(&q);
}

bool state_alert_put(struct state *st, const char *scenario, const char *key,
		     const char *text, struct errs *es)
{
	bool is_own;

	return state_enter(st, &is_own, es) &&
	       state_leave(st, is_own, put(st, scenario, key, text, es), es);
}

/* ---- the log ------------------------------------------------------------- */

static bool add_entry(struct state *st, struct state_entry *entry,
		      struct errs *es)
{
	const struct chain_row row = {
		.table = "entry",
		.at_ns = entry->at_ns,
		.n_texts = CHAIN_ENTRY_TEXTS,
		.texts = { chain_text(entry->scenario), chain_text(entry->key),
			   chain_text(entry->kind), chain_text(entry->text) },
	};
	unsigned char hash[SHA256_BYTES];
	int64_t id;
	struct query q;

	if (!state_scenario_id(st, entry->scenario, &id, es) ||
	    !chain_add(st, id, &row, hash, es))
		return false;
	query_start(&q, st,
		    "INSERT INTO entry (scenario, at, key, kind, body, hash) "
		    "VALUES (?, ?, ?, ?, ?, ?)",
		    es);
	query_int(&q, id);
	query_ns(&q, entry->at_ns);
	query_text(&q, entry->key);
	query_text(&q, entry->kind);
	query_text(&q, entry->text);
	query_blob(&q, hash, sizeof(hash));
	if (!query_run(&q))
		return false;
	entry->id = (uint64_t)sqlite3_last_insert_rowid(st->db);
	return true;
}

bool state_entry_add(struct state *st, struct state_entry *entry,
		     struct errs *es)
{
	bool is_own;

	return state_enter(st, &is_own, es) &&
	       state_leave(st, is_own, add_entry(st, entry, es), es);
}

bool state_entries(struct state *st, const char *scenario, uint64_t since_at_ns,
		   struct arena *a, const struct state_entry **out, size_t *n,
		   struct errs *es)
{
	struct rows rows = { 0 };
	struct query q;

	query_start(&q, st,
		    "SELECT entry.id, at, scenario.name, key, kind, body "
		    "FROM entry JOIN scenario ON scenario.id = scenario "
		    "WHERE (?1 IS NULL OR scenario.name = ?1) AND at >= ?2 "
		    "ORDER BY entry.id",
		    es);
	query_text(&q, scenario);
	query_ns(&q, since_at_ns);
	while (query_step(&q)) {
		struct state_entry *e = rows_add(&rows, a, sizeof(*e), es);

		if (!e) {
			q.has_failed = true;
			break;
		}
		e->id = (uint64_t)row_int(&q, 0);
		e->at_ns = row_ns(&q, 1);
		e->scenario = row_text(&q, 2, a);
		e->key = row_text(&q, 3, a);
		e->kind = row_text(&q, 4, a);
		e->text = row_text(&q, 5, a);
	}
	*out = rows.item;
	*n = rows.n;
	return query_end(&q);
}
