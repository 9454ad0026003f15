/* SPDX-License-Identifier: MIT */
#include "report/state/state_parts.h"

#include <stdio.h>
#include <string.h>

#include "report/state/chain/chain.h"

/*
 * Times are nanoseconds since 1970; a name that many rows share is kept once,
 * in text.  A row of page has the buckets of an hour, a day or 32 days
 * (report/state/past/page.c).
 */
static const char layout_1[] =
	"CREATE TABLE scenario (id INTEGER PRIMARY KEY,"
	" name TEXT NOT NULL UNIQUE,"
	" raw_ns INTEGER NOT NULL DEFAULT 0,"
	" minute_ns INTEGER NOT NULL DEFAULT 0,"
	" hour_ns INTEGER NOT NULL DEFAULT 0,"
	" day_ns INTEGER NOT NULL DEFAULT 0,"
	" max_bytes INTEGER NOT NULL DEFAULT 0,"
	" reach_ns INTEGER NOT NULL DEFAULT 0,"
	" raw_from_at INTEGER NOT NULL DEFAULT 0);"
	"CREATE TABLE watched (id INTEGER PRIMARY KEY,"
	" scenario INTEGER NOT NULL REFERENCES scenario (id),"
	" name TEXT NOT NULL,"
	" every_ns INTEGER NOT NULL DEFAULT 0,"
	" rolled_at INTEGER NOT NULL DEFAULT 0,"
	" UNIQUE (scenario, name));"
	"CREATE TABLE text (id INTEGER PRIMARY KEY,"
	" hash INTEGER NOT NULL, body TEXT NOT NULL);"
	"CREATE INDEX text_hash ON text (hash);"
	"CREATE TABLE run ("
	" scenario INTEGER NOT NULL REFERENCES scenario (id),"
	" vantage INTEGER NOT NULL, started_at INTEGER NOT NULL,"
	" PRIMARY KEY (scenario, vantage, started_at)) WITHOUT ROWID;"
	"CREATE TABLE seen ("
	" watched INTEGER NOT NULL REFERENCES watched (id),"
	" at INTEGER NOT NULL, vantage INTEGER NOT NULL,"
	" mark INTEGER NOT NULL, verdict INTEGER NOT NULL,"
	" worst INTEGER NOT NULL, outcome INTEGER NOT NULL,"
	" failing_since INTEGER NOT NULL, cert_days INTEGER,"
	" message INTEGER NOT NULL, requests BLOB, points BLOB,"
	" PRIMARY KEY (watched, at, vantage)) WITHOUT ROWID;"
	"CREATE TABLE series (id INTEGER PRIMARY KEY,"
	" watched INTEGER NOT NULL REFERENCES watched (id),"
	" name INTEGER NOT NULL, labels INTEGER NOT NULL,"
	" kind INTEGER NOT NULL, bound REAL NOT NULL,"
	" UNIQUE (watched, name, labels, kind, bound));"
	"CREATE TABLE page ("
	" watched INTEGER NOT NULL REFERENCES watched (id),"
	" level INTEGER NOT NULL, from_at INTEGER NOT NULL,"
	" cells BLOB NOT NULL,"
	" PRIMARY KEY (watched, level, from_at)) WITHOUT ROWID;"
	"CREATE TABLE event (id INTEGER PRIMARY KEY, at INTEGER NOT NULL,"
	" name TEXT NOT NULL, exit_code INTEGER NOT NULL,"
	" message TEXT NOT NULL);"
	"CREATE INDEX event_at ON event (at);"
	"CREATE TABLE alert ("
	" scenario INTEGER NOT NULL REFERENCES scenario (id),"
	" key TEXT NOT NULL, body TEXT NOT NULL,"
	" PRIMARY KEY (scenario, key)) WITHOUT ROWID;"
	"CREATE TABLE entry (id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" scenario INTEGER NOT NULL REFERENCES scenario (id),"
	" at INTEGER NOT NULL, key TEXT NOT NULL, kind TEXT NOT NULL,"
	" body TEXT NOT NULL);"
	"CREATE INDEX entry_at ON entry (scenario, at);"
	"CREATE TABLE letter (id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" scenario INTEGER NOT NULL REFERENCES scenario (id),"
	" channel TEXT NOT NULL, told_with TEXT NOT NULL,"
	" dedup TEXT NOT NULL, body TEXT NOT NULL,"
	" made_at INTEGER NOT NULL, not_before INTEGER NOT NULL,"
	" expires_at INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,"
	" status INTEGER NOT NULL DEFAULT 0,"
	" owner TEXT, lease_until INTEGER NOT NULL DEFAULT 0,"
	" UNIQUE (scenario, channel, dedup));"
	"CREATE INDEX letter_open ON letter (scenario, made_at)"
	" WHERE status < 2;"
	"CREATE TABLE delivery (id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" letter INTEGER NOT NULL REFERENCES letter (id),"
	" at INTEGER NOT NULL, took_ns INTEGER NOT NULL,"
	" status INTEGER NOT NULL, not_before INTEGER NOT NULL,"
	" code INTEGER NOT NULL, detail TEXT NOT NULL,"
	" reference TEXT NOT NULL);"
	"CREATE INDEX delivery_letter ON delivery (letter);"
	"CREATE INDEX delivery_at ON delivery (at);"
	"CREATE TABLE silence (id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" rule TEXT NOT NULL, checks TEXT NOT NULL,"
	" from_at INTEGER NOT NULL, until_at INTEGER NOT NULL,"
	" author TEXT NOT NULL, reason TEXT NOT NULL);"
	"CREATE TABLE audit (id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" at INTEGER NOT NULL, user TEXT NOT NULL, action TEXT NOT NULL,"
	" resource TEXT NOT NULL, details TEXT NOT NULL,"
	" success INTEGER NOT NULL);"
	"CREATE INDEX audit_at ON audit (at);"
	"CREATE TABLE note (name TEXT PRIMARY KEY, body TEXT NOT NULL)"
	" WITHOUT ROWID;";

/* report/state/chain/chain.h */
static const char layout_2[] =
	"ALTER TABLE entry ADD COLUMN hash BLOB;"
	"ALTER TABLE audit ADD COLUMN hash BLOB;"
	"CREATE TABLE chain (of INTEGER PRIMARY KEY, base BLOB NOT NULL,"
	" removed INTEGER NOT NULL, head BLOB NOT NULL,"
	" added INTEGER NOT NULL);";

/* Never change a row: add one, and raise STATE_LAYOUT. */
const struct migration state_migrations[STATE_LAYOUT] = {
	{ layout_1, NULL },
	{ layout_2, chain_migrate },
};

static int run_sql(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

static int one_number(sqlite3 *db, const char *sql, int64_t *number)
{
	sqlite3_stmt *s = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &s, NULL);

	if (rc == SQLITE_OK && (rc = sqlite3_step(s)) == SQLITE_ROW)
		*number = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

static int migrate_inside(sqlite3 *db, const struct migration *migrations,
			  size_t n)
{
	char sql[64];
	int64_t at = 0;
	/* another process may have been faster */
	int rc = one_number(db, "PRAGMA user_version", &at);

	for (size_t i = at < 0 ? 0 : (size_t)at; rc == SQLITE_OK && i < n;
	     i++) {
		rc = run_sql(db, migrations[i].sql);
		if (rc == SQLITE_OK && migrations[i].then)
			rc = migrations[i].then(db);
	}
	if (rc != SQLITE_OK || at >= (int64_t)n)
		return rc;
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %zu", n);
	return run_sql(db, sql);
}

int state_migrate(sqlite3 *db, const struct migration *migrations, size_t n)
{
	int rc = run_sql(db, "BEGIN IMMEDIATE");

	if (rc != SQLITE_OK)
		return rc;
	rc = migrate_inside(db, migrations, n);
	if (rc == SQLITE_OK)
		rc = run_sql(db, "COMMIT");
	if (rc != SQLITE_OK && !sqlite3_get_autocommit(db))
		(void)run_sql(db, "ROLLBACK");
	return rc;
}

/* ---- whether it is what it says ------------------------------------------ */

/* Everything that is declared, but what ANALYZE may have left. */
static const char declared[] =
	"SELECT type, name, tbl_name, ifnull(sql, '') FROM sqlite_schema"
	" WHERE name NOT LIKE 'sqlite_stat%' ORDER BY type, name";

static bool same_row(sqlite3_stmt *a, sqlite3_stmt *b)
{
	for (int i = 0; i < 4; i++) {
		const unsigned char *ta = sqlite3_column_text(a, i);
		const unsigned char *tb = sqlite3_column_text(b, i);

		if (!ta || !tb || strcmp((const char *)ta, (const char *)tb))
			return false;
	}
	return true;
}

static int same_rows(sqlite3_stmt *a, sqlite3_stmt *b, bool *is_same)
{
	int ra, rb;

	*is_same = true;
	do {
		ra = sqlite3_step(a);
		rb = sqlite3_step(b);
		if (ra != SQLITE_ROW && ra != SQLITE_DONE)
			return ra;
		*is_same = ra == rb && (ra != SQLITE_ROW || same_row(a, b));
	} while (*is_same && ra == SQLITE_ROW);
	return SQLITE_OK;
}

int state_same_schema(sqlite3 *db, size_t layout, bool *is_same)
{
	sqlite3 *model = NULL;
	sqlite3_stmt *a = NULL, *b = NULL;
	int rc = sqlite3_open(":memory:", &model);

	for (size_t i = 0; rc == SQLITE_OK && i < layout; i++)
		rc = run_sql(model, state_migrations[i].sql);
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(model, declared, -1, &b, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(db, declared, -1, &a, NULL);
	if (rc == SQLITE_OK)
		rc = same_rows(a, b, is_same);
	sqlite3_finalize(a);
	sqlite3_finalize(b);
	sqlite3_close(model);
	return rc;
}
