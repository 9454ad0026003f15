/* SPDX-License-Identifier: MIT */
#include "report/state/chain/chain.h"

#include <string.h>

#include "report/state/state_parts.h"

static void add_number(struct sha256 *s, uint64_t value)
{
	unsigned char bytes[8];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(value >> (56 - 8 * i));
	sha256_add(s, bytes, sizeof(bytes));
}

static void add_field(struct sha256 *s, const void *bytes, size_t len)
{
	add_number(s, len);
	sha256_add(s, bytes, len);
}

void chain_hash(const struct chain_row *row, unsigned char hash[SHA256_BYTES])
{
	struct sha256 s;

	sha256_init(&s);
	sha256_add(&s, hash, SHA256_BYTES);
	add_field(&s, row->table, strlen(row->table));
	add_number(&s, sizeof(uint64_t));
	add_number(&s, row->at_ns > INT64_MAX ? INT64_MAX : row->at_ns);
	for (size_t i = 0; i < row->n_texts; i++)
		add_field(&s, row->texts[i].bytes, row->texts[i].len);
	sha256_end(&s, hash);
}

/* ---- a row more ------------------------------------------------------------- */

static bool read_head(struct state *st, int64_t of,
		      unsigned char hash[SHA256_BYTES], struct errs *es)
{
	struct query q;

	memset(hash, 0, SHA256_BYTES);
	query_start(&q, st, "SELECT head FROM chain WHERE of = ?", es);
	query_int(&q, of);
	if (query_step(&q)) {
		size_t len;
		const unsigned char *head = row_blob(&q, 0, &len);

		if (len == SHA256_BYTES)
			memcpy(hash, head, len);
	}
	return query_end(&q);
}

bool chain_add(struct state *st, int64_t of, const struct chain_row *row,
	       unsigned char hash[SHA256_BYTES], struct errs *es)
{
	struct query q;

	if (!read_head(st, of, hash, es))
		return false;
	chain_hash(row, hash);
	query_start(&q, st,
		    "INSERT INTO chain (of, base, removed, head, added) "
		    "VALUES (?1, zeroblob(32), 0, ?2, 1) ON CONFLICT DO UPDATE "
		    "SET head = ?2, added = added + 1",
		    es);
	query_int(&q, of);
	query_blob(&q, hash, SHA256_BYTES);
	return query_run(&q);
}

/* ---- the oldest go ---------------------------------------------------------- */

/* Statements of either table. */
struct cut {
	const char *last;   /* the id and hash of the last one that goes */
	const char *remove; /* up to an id */
};
static const struct cut cut_entries = {
	"SELECT id, hash FROM entry WHERE scenario = ?1 AND id < "
	"ifnull((SELECT "
	"min(id) FROM entry WHERE scenario = ?1 AND at >= ?2), "
	"9223372036854775807) ORDER BY id DESC LIMIT 1",
	"DELETE FROM entry WHERE scenario = ?1 AND id <= ?2",
};
static const struct cut cut_audit = {
	"SELECT id, hash FROM audit WHERE ?1 = 0 AND id < ifnull((SELECT "
	"min(id) FROM audit WHERE at >= ?2), 9223372036854775807) ORDER BY id "
	"DESC LIMIT 1",
	"DELETE FROM audit WHERE ?1 = 0 AND id <= ?2",
};

bool chain_cut(struct state *st, int64_t of, uint64_t until_at_ns,
	       uint64_t *removed, struct errs *es)
{
	const struct cut *cut =
		of == CHAIN_OF_AUDIT ? &cut_audit : &cut_entries;
	unsigned char base[SHA256_BYTES];
	int64_t last = 0, n;
	size_t len = 0;
	struct query q;

	query_start(&q, st, cut->last, es);
	query_int(&q, of);
	query_ns(&q, until_at_ns);
	if (query_step(&q)) {
		const unsigned char *hash = row_blob(&q, 1, &len);

		last = row_int(&q, 0);
		if (len == sizeof(base))
			memcpy(base, hash, len);
	}
	if (!query_end(&q))
		return false;
	if (!last)
		return true;
	query_start(&q, st, cut->remove, es);
	query_int(&q, of);
	query_int(&q, last);
	if (!query_run(&q))
		return false;
	n = sqlite3_changes(st->db);
	*removed += (uint64_t)n;
	/* of a row without one the base stays, and what follows will not fit */
	if (len != sizeof(base))
		return true;
	query_start(&q, st,
		    "UPDATE chain SET base = ?, removed = removed + ? WHERE "
		    "of = ?",
		    es);
	query_blob(&q, base, sizeof(base));
	query_int(&q, n);
	query_int(&q, of);
	return query_run(&q);
}

/* ---- a file from before ------------------------------------------------------ */

/* In the order of chains: of, id, at, texts. */
static const char all_entries[] =
	"SELECT scenario, entry.id, at, name, key, kind, body FROM entry JOIN "
	"scenario ON scenario.id = scenario ORDER BY scenario, entry.id";
static const char all_audit[] =
	"SELECT 0, id, at, user, action, resource, details, "
	"CAST(success AS TEXT) FROM audit ORDER BY id";

static int write_hash(sqlite3 *db, const char *sql, int64_t id,
		      const unsigned char hash[SHA256_BYTES])
{
	sqlite3_stmt *s = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &s, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(s, 1, id);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_blob(s, 2, hash, SHA256_BYTES,
				       SQLITE_TRANSIENT);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(s);
	sqlite3_finalize(s);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

void chain_row_read(sqlite3_stmt *s, const char *table, size_t n_texts,
		    struct chain_row *out)
{
	*out = (struct chain_row){ .table = table,
				   .at_ns =
					   (uint64_t)sqlite3_column_int64(s, 2),
				   .n_texts = n_texts };
	for (size_t i = 0; i < n_texts; i++) {
		const void *bytes = sqlite3_column_blob(s, 3 + (int)i);

		out->texts[i].bytes = bytes ? bytes : "";
		out->texts[i].len = (size_t)sqlite3_column_bytes(s, 3 + (int)i);
	}
}

static int chain_table(sqlite3 *db, const char *list, const char *table,
		       size_t n_texts, const char *write)
{
	static const char head[] =
		"INSERT INTO chain (of, base, removed, head, added) VALUES "
		"(?1, zeroblob(32), 0, ?2, 1) ON CONFLICT DO UPDATE SET "
		"head = ?2, added = added + 1";
	unsigned char hash[SHA256_BYTES];
	sqlite3_stmt *s = NULL;
	int64_t was = -1;
	int rc = sqlite3_prepare_v2(db, list, -1, &s, NULL);

	while (rc == SQLITE_OK && (rc = sqlite3_step(s)) == SQLITE_ROW) {
		int64_t of = sqlite3_column_int64(s, 0);
		struct chain_row row;

		if (of != was)
			memset(hash, 0, sizeof(hash));
		was = of;
		chain_row_read(s, table, n_texts, &row);
		chain_hash(&row, hash);
		rc = write_hash(db, write, sqlite3_column_int64(s, 1), hash);
		if (rc == SQLITE_OK)
			rc = write_hash(db, head, of, hash);
	}
	sqlite3_finalize(s);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int chain_migrate(sqlite3 *db)
{
	int rc = chain_table(db, all_entries, "entry", CHAIN_ENTRY_TEXTS,
			     "UPDATE entry SET hash = ?2 WHERE id = ?1");

	return rc == SQLITE_OK
		       ? chain_table(db, all_audit, "audit", CHAIN_AUDIT_TEXTS,
				     "UPDATE audit SET hash = ?2 WHERE id = ?1")
		       : rc;
}
