/* SPDX-License-Identifier: MIT */
#include "report/state/state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/state/state_parts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

const char *state_named(const char *option)
{
	const char *path = option ? option : getenv(STATE_VARIABLE);

	return path && *path ? path : NULL;
}

/* ---- problems ----------------------------------------------------------- */

bool state_refuse(const char *path, const char *why, struct errs *es)
{
	return errs_add(es, ERR_INPUT, NOWHERE,
			"state file \"%s\" %s; it was left as it is", path,
			why);
}

/* By primary code; what is not here is told in SQLite's words. */
static const struct {
	int code;
	const char *why;
} troubles[] = {
	{ SQLITE_FULL,
	  "no space is left on the disk; make room, or let assay report clean "
	  "--max-size make it smaller" },
	{ SQLITE_READONLY,
	  "the file or its folder is read-only; give this user the right to "
	  "write both" },
	{ SQLITE_PERM,
	  "permission denied; give this user the right to read and write it" },
	{ SQLITE_TOOBIG, "a text is too large for it" },
};

static bool problem_busy(struct state *st, const char *what, struct errs *es)
{
	char how_long[32];
	struct buf b;

	buf_init(&b, sizeof(how_long) - 1);
	unit_print_duration(&b, STATE_BUSY_NS);
	memcpy(how_long, buf_text(&b), b.len + 1);
	buf_release(&b);
	return errs_add(es, ERR_SYSTEM, NOWHERE,
			"cannot %s state file \"%s\": another process has kept "
			"it locked for %s; end that one or try again",
			what, st->path, how_long);
}

bool state_problem(struct state *st, int rc, const char *what, struct errs *es)
{
	int system_errno = st->db ? sqlite3_system_errno(st->db) : 0;
	int primary = rc & 0xff;

	st->has_failed = true;
	if (primary == SQLITE_NOMEM)
		return errs_nomem(es);
	if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED)
		return problem_busy(st, what, es);
	if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB)
		return state_refuse(st->path,
				    "is damaged: restore a copy, or move it "
				    "away to begin anew",
				    es);
	for (size_t i = 0; i < sizeof(troubles) / sizeof(*troubles); i++)
		if (troubles[i].code == primary)
			return errs_add(es, ERR_SYSTEM, NOWHERE,
					"cannot %s state file \"%s\": %s", what,
					st->path, troubles[i].why);
	if ((primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN) &&
	    system_errno)
		return errs_add(es, ERR_SYSTEM, NOWHERE,
				"cannot %s state file \"%s\": %s", what,
				st->path, strerror(system_errno));
	return errs_add(es, ERR_SYSTEM, NOWHERE,
			"cannot %s state file \"%s\": %s", what, st->path,
			sqlite3_errstr(rc));
}

/* ---- queries ------------------------------------------------------------ */

static sqlite3_stmt *statement(struct state *st, const char *sql, int *rc)
{
	struct statement *free_one;

	for (size_t i = 0; i < st->n_statements; i++)
		if (st->statements[i].sql == sql)
			return st->statements[i].prepared;
	if (st->n_statements == STATE_STATEMENTS_MAX) {
		*rc = SQLITE_NOMEM;
		return NULL;
	}
	free_one = &st->statements[st->n_statements];
	*rc = sqlite3_prepare_v3(st->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
				 &free_one->prepared, NULL);
	if (*rc != SQLITE_OK)
		return NULL;
	free_one->sql = sql;
	st->n_statements++;
	return free_one->prepared;
}

static const char *purpose(const struct state *st)
{
	return st->is_readonly ? "read" : "use";
}

static void query_fail(struct query *q, int rc)
{
	if (!q->has_failed)
		state_problem(q->st, rc, purpose(q->st), q->es);
	q->has_failed = true;
}

/* Once SQLite has rolled back by itself, a statement would be a transaction of
 * its own. */
static bool is_lost(const struct state *st)
{
	return st->in_transaction &&
	       (st->has_failed || sqlite3_get_autocommit(st->db));
}

void query_start(struct query *q, struct state *st, const char *sql,
		 struct errs *es)
{
	int rc = SQLITE_OK;

	*q = (struct query){ .st = st, .es = es };
	if (is_lost(st)) {
		q->has_failed = true;
		errs_add(es, ERR_SYSTEM, NOWHERE,
			 "cannot use state file \"%s\": an earlier step of "
			 "this transaction failed",
			 st->path);
		return;
	}
	q->s = statement(st, sql, &rc);
	if (!q->s)
		query_fail(q, rc);
}

static void bound(struct query *q, int rc)
{
	if (rc != SQLITE_OK)
		query_fail(q, rc);
}

void query_int(struct query *q, int64_t value)
{
	if (!q->has_failed)
		bound(q, sqlite3_bind_int64(q->s, ++q->n_bound, value));
}

void query_ns(struct query *q, uint64_t value)
{
	query_int(q, value > INT64_MAX ? INT64_MAX : (int64_t)value);
}

void query_real(struct query *q, double value)
{
	if (!q->has_failed)
		bound(q, sqlite3_bind_double(q->s, ++q->n_bound, value));
}

void query_text(struct query *q, const char *text)
{
	if (!q->has_failed)
		bound(q, sqlite3_bind_text(q->s, ++q->n_bound, text, -1,
					   SQLITE_TRANSIENT));
}

void query_blob(struct query *q, const void *bytes, size_t len)
{
	if (!q->has_failed)
		bound(q,
		      sqlite3_bind_blob64(q->s, ++q->n_bound, len ? bytes : "",
					  len, SQLITE_TRANSIENT));
}

bool query_step(struct query *q)
{
	int rc;

	if (q->has_failed)
		return false;
	rc = sqlite3_step(q->s);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		query_fail(q, rc);
	return rc == SQLITE_ROW;
}

bool query_end(struct query *q)
{
	if (q->s) {
		sqlite3_reset(q->s);
		sqlite3_clear_bindings(q->s);
		q->s = NULL;
	}
	return !q->has_failed;
}

bool query_run(struct query *q)
{
	while (query_step(q))
		;
	return query_end(q);
}

int64_t row_int(const struct query *q, int column)
{
	return sqlite3_column_int64(q->s, column);
}

uint64_t row_ns(const struct query *q, int column)
{
	int64_t value = row_int(q, column);

	if (value == INT64_MAX)
		return UINT64_MAX;
	return value < 0 ? 0 : (uint64_t)value;
}

double row_real(const struct query *q, int column)
{
	return sqlite3_column_double(q->s, column);
}

const char *row_text(struct query *q, int column, struct arena *a)
{
	const unsigned char *text = sqlite3_column_text(q->s, column);
	const char *copy = arena_strdup(a, text ? (const char *)text : "");

	if (!copy)
		query_fail(q, SQLITE_NOMEM);
	return copy;
}

const unsigned char *row_blob(const struct query *q, int column, size_t *len)
{
	const unsigned char *bytes = sqlite3_column_blob(q->s, column);

	*len = bytes ? (size_t)sqlite3_column_bytes(q->s, column) : 0;
	return bytes;
}

void *rows_add(struct rows *r, struct arena *a, size_t size, struct errs *es)
{
	if (r->n == r->room) {
		size_t room = r->room ? r->room * 2 : 16;
		void *item = arena_alloc(a, room, size);

		if (!item) {
			errs_nomem(es);
			return NULL;
		}
		if (r->n)
			memcpy(item, r->item, r->n * size);
		r->item = item;
		r->room = room;
	}
	return (char *)r->item + r->n++ * size;
}

bool rows_of_texts(struct query *q, struct arena *a, const char *const **out,
		   size_t *n)
{
	struct rows rows = { 0 };

	while (query_step(q)) {
		const char **text = rows_add(&rows, a, sizeof(*text), q->es);

		if (!text)
			q->has_failed = true;
		else
			*text = row_text(q, 0, a);
	}
	*out = rows.item;
	*n = rows.n;
	return query_end(q);
}

/* ---- transactions ------------------------------------------------------- */

bool state_begin(struct state *st, struct errs *es)
{
	struct query q;

	if (st->in_transaction)
		return errs_add(es, ERR_SYSTEM, NOWHERE,
				"state file \"%s\" is in a transaction already",
				st->path);
	st->has_failed = false;
	query_start(&q, st, "BEGIN IMMEDIATE", es);
	if (!query_run(&q))
		return false;
	st->in_transaction = true;
	if (st->busy_ns == STATE_BUSY_AGAIN_NS)
		st->busy_ns = STATE_BUSY_NS;
	return true;
}

void state_rollback(struct state *st)
{
	if (!st->in_transaction)
		return;
	st->in_transaction = false;
	st->has_failed = false;
	if (!sqlite3_get_autocommit(st->db))
		(void)sqlite3_exec(st->db, "ROLLBACK", NULL, NULL, NULL);
}

bool state_commit(struct state *st, struct errs *es)
{
	struct query q;

	query_start(&q, st, "COMMIT", es);
	bool is_done = query_run(&q);
	if (is_done)
		st->in_transaction = false;
	else
		state_rollback(st);
	return is_done;
}

bool state_enter(struct state *st, bool *is_own, struct errs *es)
{
	*is_own = !st->in_transaction;
	return !*is_own || state_begin(st, es);
}

bool state_enter_to_read(struct state *st, bool *is_own, struct errs *es)
{
	struct query q;

	*is_own = !st->in_transaction;
	if (!*is_own)
		return true;
	st->has_failed = false;
	query_start(&q, st, "BEGIN", es);
	if (!query_run(&q))
		return false;
	st->in_transaction = true;
	return true;
}

bool state_leave(struct state *st, bool is_own, bool is_done, struct errs *es)
{
	if (!is_done)
		st->has_failed = true;
	if (is_own && is_done)
		return state_commit(st, es);
	if (is_own)
		state_rollback(st);
	return is_done;
}

/* ---- names -------------------------------------------------------------- */

/* FNV-1a, 64 bits: texts are found by it, and then compared. */
static int64_t text_hash(const char *text, size_t len)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)text[i]) *
		       UINT64_C(0x100000001b3);
	return (int64_t)(hash >> 1);
}

static bool text_find(struct state *st, int64_t hash, const char *text,
		      int64_t *id, struct errs *es)
{
	struct query q;

	*id = 0;
	query_start(&q, st, "SELECT id FROM text WHERE hash = ? AND body = ?",
		    es);
	query_int(&q, hash);
	query_text(&q, text);
	if (query_step(&q))
		*id = row_int(&q, 0);
	return query_end(&q);
}

static bool text_put(struct state *st, const char *text, int64_t *id,
		     struct errs *es)
{
	int64_t hash = text_hash(text, strlen(text));
	struct query q;

	if (!text_find(st, hash, text, id, es) || *id)
		return *id != 0;
	query_start(&q, st, "INSERT INTO text (hash, body) VALUES (?, ?)", es);
	query_int(&q, hash);
	query_text(&q, text);
	if (!query_run(&q))
		return false;
	*id = sqlite3_last_insert_rowid(st->db);
	return true;
}

bool state_text_id(struct state *st, const char *text, size_t max, int64_t *id,
		   struct errs *es)
{
	struct buf cut;

	buf_init(&cut, max);
	text_cut(&cut, text, strlen(text), max);
	bool is_done = buf_ok(&cut) ? text_put(st, buf_text(&cut), id, es)
				    : errs_nomem(es);
	buf_release(&cut);
	return is_done;
}

static bool scenario_find(struct state *st, const char *name, int64_t *id,
			  struct errs *es)
{
	struct query q;

	*id = 0;
	query_start(&q, st, "SELECT id FROM scenario WHERE name = ?", es);
	query_text(&q, name);
	if (query_step(&q))
		*id = row_int(&q, 0);
	return query_end(&q);
}

bool state_scenario_id(struct state *st, const char *name, int64_t *id,
		       struct errs *es)
{
	struct query q;

	if (!scenario_find(st, name, id, es) || *id)
		return *id != 0;
	query_start(&q, st, "INSERT INTO scenario (name) VALUES (?)", es);
	query_text(&q, name);
	if (!query_run(&q))
		return false;
	*id = sqlite3_last_insert_rowid(st->db);
	return true;
}

static bool check_find(struct state *st, int64_t scenario, const char *name,
		       int64_t *id, struct errs *es)
{
	struct query q;

	*id = 0;
	query_start(&q, st,
		    "SELECT id FROM watched WHERE scenario = ? AND name = ?",
		    es);
	query_int(&q, scenario);
	query_text(&q, name);
	if (query_step(&q))
		*id = row_int(&q, 0);
	return query_end(&q);
}

bool state_check_id(struct state *st, int64_t scenario, const char *name,
		    int64_t *id, struct errs *es)
{
	struct query q;

	if (!check_find(st, scenario, name, id, es) || *id)
		return *id != 0;
	query_start(&q, st,
		    "INSERT INTO watched (scenario, name) VALUES (?, ?)", es);
	query_int(&q, scenario);
	query_text(&q, name);
	if (!query_run(&q))
		return false;
	*id = sqlite3_last_insert_rowid(st->db);
	return true;
}

bool state_check_find(struct state *st, const char *scenario, const char *check,
		      int64_t *id, struct errs *es)
{
	int64_t of = 0;

	*id = 0;
	if (!scenario_find(st, scenario, &of, es))
		return false;
	return !of || check_find(st, of, check, id, es);
}
