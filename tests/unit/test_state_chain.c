/* SPDX-License-Identifier: MIT */
/* folder: report */
/* TX18: what was changed in the log of alerts or in the audit is found. */
#include "report/state/chain/chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "report/state/state.h"
#include "report/state/state_parts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"
#include "tests/unit/state_rig.h"

#define ARENA_MAX ((size_t)16 << 20)

/* ---- the hash ---------------------------------------------------------------- */

static void hex_of(const void *bytes, size_t len, size_t step, char hex[65])
{
	unsigned char hash[SHA256_BYTES];
	struct sha256 s;

	sha256_init(&s);
	for (size_t at = 0; at < len; at += step)
		sha256_add(&s, (const char *)bytes + at,
			   len - at < step ? len - at : step);
	sha256_end(&s, hash);
	for (size_t i = 0; i < SHA256_BYTES; i++)
		snprintf(hex + 2 * i, 3, "%02x", hash[i]);
}

/* FIPS 180-4's own examples, and lengths around a block as sha256sum has them;
 * in pieces of any size. */
static void sha256_is_sha256(void **state)
{
	static const struct {
		const char *text, *hash;
	} rows[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b"
		      "7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410f"
			 "f61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db"
		  "06c1" },
		{ "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijk"
		  "lmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
		  "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afe"
		  "e9d1" },
	};
	static char million[1000000];
	char hex[65];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (size_t step = 1; step < 130; step++) {
			hex_of(rows[i].text, strlen(rows[i].text), step, hex);
			assert_string_equal(hex, rows[i].hash);
		}
	memset(million, 'a', sizeof(million));
	hex_of(million, sizeof(million), 4097, hex);
	assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a4972"
				 "00e046d39ccc7112cd0");
}

/* ---- chains ------------------------------------------------------------------ */

static void add(struct state_rig *t, struct state *st, const char *scenario,
		uint64_t at_ns, const char *text)
{
	struct state_entry e = { .at_ns = at_ns,
				 .scenario = scenario,
				 .key = "down/home",
				 .kind = "firing",
				 .text = text };

	assert_true(state_entry_add(st, &e, t->es));
}

static void record(struct state_rig *t, struct state *st, uint64_t at_ns,
		   const char *user)
{
	const struct audit_record r = { .at_ns = at_ns,
					.user = user,
					.action = "silence.add",
					.resource = "down/home",
					.details = "1 h",
					.success = true };

	assert_true(state_audit_add(st, &r, t->es));
}

/* Two scenarios in turn, and records: six rows a chain. */
static void fill(struct state_rig *t)
{
	struct state *st = state_rig_open(t);
	char text[32];

	for (uint64_t i = 0; i < 6; i++) {
		snprintf(text, sizeof(text), "{\"n\":%d}", (int)i);
		add(t, st, "shop", RIG_EPOCH + i * RIG_DAY, text);
		add(t, st, "mail", RIG_EPOCH + i * RIG_DAY, text);
		record(t, st, RIG_EPOCH + i * RIG_DAY, "ana");
	}
	state_close(st);
}

static const struct state_chain *look(struct state_rig *t, struct arena *a)
{
	struct state *st = state_open_readonly(t->path, t->es);
	const struct state_chain *all;
	size_t n;

	state_rig_no_problems(t);
	assert_true(state_chains(st, NULL, 0, NULL, a, &all, &n, t->es));
	state_close(st);
	assert_int_equal(n, 3);
	assert_string_equal(all[0].scenario, "shop");
	assert_string_equal(all[1].scenario, "mail");
	assert_null(all[2].scenario);
	return all;
}

static void what_is_as_written_fits(void **state)
{
	struct state_rig *t = *state;
	struct arena *a = arena_new(ARENA_MAX);
	const struct state_chain *all;

	fill(t);
	all = look(t, a);
	for (size_t i = 0; i < 3; i++) {
		assert_null(all[i].flaw);
		assert_int_equal(all[i].n, 6);
		assert_int_equal(all[i].n_removed, 0);
		assert_int_equal(strlen(all[i].head), 64);
	}
	assert_string_not_equal(all[0].head, all[1].head);
	arena_free(a);
}

/* In the file rows 1, 3, 5 ... of entry are shop's. */
static const struct {
	const char *says, *sql;
	int chain;
	const char *flaw;
} changes[] = {
	{ "a text", "UPDATE entry SET body = '{}' WHERE id = 5", 0,
	  "row 5 of table entry (2026-01-03T00:00:00Z firing down/home) does "
	  "not follow" },
	{ "a time", "UPDATE entry SET at = at + 1 WHERE id = 1", 0, "row 1 " },
	{ "the newest", "UPDATE entry SET kind = 'x' WHERE id = 11", 0,
	  "row 11 " },
	{ "a byte behind the end",
	  "UPDATE entry SET key = CAST(key || x'00' || 'x' AS TEXT) WHERE id "
	  "= 7",
	  0, "row 7 " },
	{ "one to another scenario",
	  "UPDATE entry SET scenario = 2 WHERE id = 3", 0, "row 5 " },
	{ "and there", "UPDATE entry SET scenario = 2 WHERE id = 3", 1,
	  "row 3 " },
	{ "the scenario's name",
	  "UPDATE scenario SET name = 'shop' WHERE id = 9; UPDATE entry SET "
	  "hash = NULL WHERE id = 1",
	  0,
	  "row 1 of table entry (2026-01-01T00:00:00Z firing down/home) was "
	  "not written by assay" },
	{ "removed in the middle", "DELETE FROM entry WHERE id = 6", 1,
	  "row 8 " },
	{ "removed at the start", "DELETE FROM entry WHERE id = 2", 1,
	  "row 4 " },
	{ "removed at the end", "DELETE FROM entry WHERE id > 8", 0,
	  "the newest 2 rows were removed: there are 4, and 6 were written" },
	{ "all of it", "DELETE FROM entry", 0, "the newest 6 rows" },
	{ "all of it and its head",
	  "DELETE FROM audit; UPDATE chain SET head = base WHERE of = 0", 2,
	  "the newest 6 rows" },
	{ "put in",
	  "INSERT INTO audit (at, user, action, resource, details, success) "
	  "VALUES (1, 'eve', 'a', 'b', '', 1)",
	  2, "row 7 of table audit (1970-01-01T00:00:00Z eve a) was not" },
	{ "put in with a hash",
	  "INSERT INTO entry (scenario, at, key, kind, body, hash) SELECT "
	  "scenario, at, key, kind, body, hash FROM entry WHERE id = 11",
	  0, "row 13 " },
	{ "turned round",
	  "UPDATE entry SET id = 99 WHERE id = 5; UPDATE entry SET id = 5 "
	  "WHERE id = 7; UPDATE entry SET id = 7 WHERE id = 99",
	  0, "row 5 " },
	{ "who it was", "UPDATE audit SET user = 'bo' WHERE id = 4", 2,
	  "row 4 of table audit (2026-01-04T00:00:00Z bo silence.add) does" },
	{ "whether it was done", "UPDATE audit SET success = 0 WHERE id = 2", 2,
	  "row 2 " },
	{ "the head alone", "UPDATE chain SET head = zeroblob(32) WHERE of = 0",
	  2, "the newest row is not the one that was written last" },
	{ "the chain's row", "DELETE FROM chain WHERE of = 0", 2,
	  "row 1 of table audit (2026-01-01T00:00:00Z ana silence.add) was "
	  "not written by assay" },
};

static void every_change_is_found(void **state)
{
	struct state_rig *t = *state;

	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		struct arena *a = arena_new(ARENA_MAX);
		const struct state_chain *all;
		const char *flaw;

		fill(t);
		state_rig_sql(t->path, changes[i].sql);
		all = look(t, a);
		flaw = all[changes[i].chain].flaw;
		if (!flaw || strncmp(flaw, changes[i].flaw,
				     strlen(changes[i].flaw)) != 0)
			fail_msg("%s: got %s", changes[i].says,
				 flaw ? flaw : "nothing");
		arena_free(a);
		remove(t->path);
	}
}

/* What age removes leaves its last hash: the rest fits, and goes on. */
static void age_removes_from_the_start(void **state)
{
	const struct state_keep keep = { .older_than_ns = 2 * RIG_DAY };
	struct state_rig *t = *state;
	struct arena *a = arena_new(ARENA_MAX);
	const struct state_chain *all;
	struct state_cleaned done;
	struct state *st;

	fill(t);
	st = state_rig_open(t);
	assert_true(state_clean(st, &keep, RIG_EPOCH + 5 * RIG_DAY + RIG_HOUR,
				&done, t->es));
	add(t, st, "shop", RIG_EPOCH + 6 * RIG_DAY, "{}");
	record(t, st, RIG_EPOCH + 6 * RIG_DAY, "bo");
	state_close(st);
	all = look(t, a);
	for (size_t i = 0; i < 3; i++) {
		assert_null(all[i].flaw);
		assert_int_equal(all[i].n_removed, 4);
		assert_int_equal(all[i].n, i == 1 ? 2 : 3);
	}
	state_rig_sql(t->path, "DELETE FROM entry WHERE id = 9");
	all = look(t, a);
	assert_non_null(all[0].flaw);
	assert_null(all[1].flaw);
	arena_free(a);
}

/* Who writes all anew is found by what was noted elsewhere. */
static void a_noted_head_is_found_again(void **state)
{
	struct state_rig *t = *state;
	struct arena *a = arena_new(ARENA_MAX);
	const struct state_chain *all;
	const char *heads[4];
	bool is_found[4];
	struct state *st;
	size_t n;

	fill(t);
	all = look(t, a);
	for (size_t i = 0; i < 3; i++)
		heads[i] = all[i].head;
	heads[3] = "ffffffffffffffffffffffffffffffff"
		   "ffffffffffffffffffffffffffffffff";
	st = state_rig_open(t);
	add(t, st, "shop", RIG_EPOCH + 9 * RIG_DAY, "{}");
	assert_true(state_chains(st, heads, 4, is_found, a, &all, &n, t->es));
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(is_found[i], i < 3);
	state_close(st);
	remove(t->path);
	/* another history, which fits in itself */
	st = state_rig_open(t);
	add(t, st, "shop", RIG_EPOCH, "{\"n\":1}");
	assert_true(state_chains(st, heads, 1, is_found, a, &all, &n, t->es));
	assert_null(all[0].flaw);
	assert_false(is_found[0]);
	state_close(st);
	arena_free(a);
}

static void a_file_from_before_is_chained(void **state)
{
	struct state_rig *t = *state;
	struct arena *a = arena_new(ARENA_MAX);
	const struct state_chain *all;
	enum state_found found;
	struct state *st;
	sqlite3 *db;

	state_rig_sql(t->path, "PRAGMA application_id = 0x61737379; VACUUM");
	assert_int_equal(sqlite3_open(t->path, &db), SQLITE_OK);
	assert_int_equal(state_migrate(db, state_migrations, 1), SQLITE_OK);
	sqlite3_close(db);
	state_rig_sql(
		t->path,
		"INSERT INTO scenario (id, name) VALUES (1, 'shop'), (2, "
		"'mail'); WITH RECURSIVE m(i) AS (SELECT 1 UNION ALL SELECT i "
		"+ 1 FROM m WHERE i < 500) INSERT INTO entry (scenario, at, "
		"key, kind, body) SELECT 1 + i % 2, 500 - i, 'k' || i, 'x', "
		"'{}' FROM m; INSERT INTO audit (at, user, action, resource, "
		"details, success) VALUES (5, 'a', 'b', 'c', 'd', 0)");
	st = state_open(t->path, &found, t->es);
	assert_non_null(st);
	assert_int_equal(found, STATE_OLDER);
	add(t, st, "mail", RIG_EPOCH, "{}");
	state_close(st);
	all = look(t, a);
	for (size_t i = 0; i < 3; i++)
		assert_null(all[i].flaw);
	assert_int_equal(all[0].n, 250);
	assert_int_equal(all[1].n, 251);
	assert_int_equal(all[2].n, 1);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define EACH(f) \
	cmocka_unit_test_setup_teardown(f, state_rig_enter, state_rig_leave)
		cmocka_unit_test(sha256_is_sha256),
		EACH(what_is_as_written_fits),
		EACH(every_change_is_found),
		EACH(age_removes_from_the_start),
		EACH(a_noted_head_is_found_again),
		EACH(a_file_from_before_is_chained),
	};

	return cmocka_run_group_tests_name("TX18 chain", tests, NULL, NULL);
}
