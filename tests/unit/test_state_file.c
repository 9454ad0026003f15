/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "report/file.h"
#include "report/state/state.h"
#include "report/state/state_parts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "tests/unit/state_rig.h"

enum { NOBODY = 65534, FILE_MAX = 8 << 20 };

/* ---- helpers ------------------------------------------------------------------ */

static void read_all(const char *path, struct buf *out)
{
	static struct errs es;

	buf_init(out, BUF_NO_LIMIT);
	assert_true(file_read(path, FILE_MAX, out, &es));
}

static void write_all(const char *path, const void *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	close(fd);
}

/* Refused with a part of the message, both ways of opening; and the bytes of
 * the file are what they were. */
static void assert_refused(struct state_rig *t, const char *part)
{
	struct buf before, after;

	read_all(t->path, &before);
	for (int i = 0; i < 2; i++) {
		t->es->n = 0;
		assert_null(i ? state_open_readonly(t->path, t->es)
			      : state_open(t->path, NULL, t->es));
		assert_int_equal(t->es->n, 1);
		assert_int_equal(t->es->item[0].kind, ERR_INPUT);
		if (!strstr(t->es->item[0].text, part) ||
		    !strstr(t->es->item[0].text, t->path) ||
		    !strstr(t->es->item[0].text, "left as it is"))
			fail_msg("%s: %s", part, t->es->item[0].text);
		read_all(t->path, &after);
		assert_int_equal(before.len, after.len);
		assert_memory_equal(buf_text(&before), buf_text(&after),
				    before.len);
		buf_release(&after);
	}
	t->es->n = 0;
	buf_release(&before);
}

static void one_run(struct state_rig *t, struct state *st, uint64_t minute)
{
	struct rig_check ok = { .message = "fine" };
	struct rig_run r;

	state_rig_run(&r, RIG_EPOCH + minute * RIG_MINUTE, &ok, 1);
	assert_true(state_take_run(st, &r.run, NULL, t->es));
}

/* A good one with something in it. */
static void good_file(struct state_rig *t)
{
	struct state *st = state_rig_open(t);

	for (uint64_t i = 0; i < 200; i++)
		one_run(t, st, i);
	state_close(st);
}

/* ---- how it is found ------------------------------------------------------------ */

static void a_missing_file_is_a_fresh_start(void **state)
{
	struct state_rig *t = *state;
	enum state_found found;
	struct state *st = state_open(t->path, &found, t->es);
	struct stat is;

	assert_non_null(st);
	assert_int_equal(found, STATE_FRESH);
	assert_int_equal(stat(t->path, &is), 0);
	assert_int_equal(is.st_mode & 0777, 0600);
	state_close(st);
	st = state_open(t->path, &found, t->es);
	assert_int_equal(found, STATE_RESUMED);
	state_close(st);
	state_rig_no_problems(t);
	assert_int_equal(state_rig_number(t, "PRAGMA application_id"),
			 STATE_APPLICATION_ID);
	assert_int_equal(state_rig_number(t, "PRAGMA user_version"),
			 STATE_LAYOUT);
	/* nothing else stays in the folder: one file is all of it */
	char other[128];
	snprintf(other, sizeof(other), "%s-wal", t->path);
	assert_int_not_equal(access(other, F_OK), 0);
	assert_null(state_open_readonly("/nowhere/state.db", t->es));
	assert_non_null(strstr(t->es->item[0].text, "is not there"));
	assert_null(state_open("/nowhere/state.db", NULL, t->es));
	assert_int_equal(t->es->item[1].kind, ERR_SYSTEM);
}

static void an_older_layout_is_migrated(void **state)
{
	struct state_rig *t = *state;
	enum state_found found;
	struct state *st;

	/* layout 0: ours by its number, and nothing in it */
	state_rig_sql(t->path, "PRAGMA application_id = 0x61737379;"
			       "VACUUM");
	assert_null(state_open_readonly(t->path, t->es));
	assert_non_null(strstr(t->es->item[0].text, "older layout"));
	t->es->n = 0;
	st = state_open(t->path, &found, t->es);
	state_rig_no_problems(t);
	assert_non_null(st);
	assert_int_equal(found, STATE_OLDER);
	one_run(t, st, 1);
	state_close(st);
	assert_int_equal(state_rig_number(t, "PRAGMA user_version"),
			 STATE_LAYOUT);
	assert_int_equal(state_rig_number(t, "SELECT count(*) FROM seen"), 1);
}

/* The steps themselves, on tables of their own. */
static void a_migration_is_done_whole_or_not_at_all(void **state)
{
	static const struct migration steps[] = {
		{ "CREATE TABLE a (x); INSERT INTO a VALUES (1)", NULL },
		{ "ALTER TABLE a ADD COLUMN y DEFAULT 7", NULL },
		{ "UPDATE a SET y = x + 1; CREATE TABLE b (z)", NULL },
	};
	static const struct migration broken[] = {
		{ "CREATE TABLE a (x)", NULL },
		{ "CREATE TABLE b (y)", NULL },
		{ "UPDATE a SET nothing = 1", NULL },
	};
	struct state_rig *t = *state;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(t->path, &db), SQLITE_OK);
	assert_int_not_equal(state_migrate(db, broken, 3), SQLITE_OK);
	assert_int_equal(
		state_rig_number(t, "SELECT count(*) FROM sqlite_schema"), 0);
	assert_int_equal(state_migrate(db, steps, 1), SQLITE_OK);
	assert_int_equal(state_migrate(db, steps, 3), SQLITE_OK);
	assert_int_equal(state_migrate(db, steps, 3), SQLITE_OK);
	assert_int_equal(state_rig_number(t, "SELECT y FROM a"), 2);
	assert_int_equal(state_rig_number(t, "PRAGMA user_version"), 3);
	sqlite3_close(db);
}

/* ---- what is refused --------------------------------------------------------------- */

static void what_is_not_ours_is_refused(void **state)
{
	struct state_rig *t = *state;

	write_all(t->path, "", 0);
	assert_refused(t, "is empty");
	write_all(t->path, "checks:\n  a: 1\n", 15);
	assert_refused(t, "is no state file");
	write_all(t->path, "SQLite format 3", 16);
	assert_refused(t, "is no state file");
	unlink(t->path);
	state_rig_sql(t->path, "CREATE TABLE mine (x);");
	assert_refused(t, "database of another program");
	unlink(t->path);
	good_file(t);
	state_rig_sql(t->path, "PRAGMA user_version = 3");
	assert_refused(t, "has layout 3, this assay knows up to 2");
	state_rig_sql(t->path, "PRAGMA user_version = -1");
	assert_refused(t, "has layout -1");
	state_rig_sql(t->path, "PRAGMA user_version = 2");
	struct state *st = state_rig_open(t);
	state_close(st);
	unlink(t->path);
	assert_int_equal(mkdir(t->path, 0700), 0);
	assert_null(state_open(t->path, NULL, t->es));
	assert_non_null(strstr(t->es->item[0].text, "no regular file"));
}

/* What a hostile file may have besides our tables. */
static void other_tables_are_refused(void **state)
{
	static const char *const extras[] = {
		"CREATE TABLE more (x)",
		"CREATE TRIGGER t AFTER INSERT ON run BEGIN SELECT 1; END",
		"CREATE VIEW v AS SELECT 1",
		"DROP TABLE audit",
		"DROP INDEX entry_at",
		"ALTER TABLE letter ADD COLUMN x",
		"PRAGMA user_version = 0",
	};
	struct state_rig *t = *state;

	for (size_t i = 0; i < sizeof(extras) / sizeof(*extras); i++) {
		good_file(t);
		state_rig_sql(t->path, extras[i]);
		assert_refused(t, "has other tables than its layout says");
		unlink(t->path);
	}
	/* what a curious user may have done is no reason */
	good_file(t);
	state_rig_sql(t->path, "ANALYZE");
	state_close(state_rig_open(t));
}

static void damage_is_refused(void **state)
{
	struct state_rig *t = *state;
	struct buf whole;
	char *bytes;
	unsigned n_refused = 0;

	good_file(t);
	read_all(t->path, &whole);
	bytes = malloc(whole.len);
	assert_non_null(bytes);
	/* every page in turn becomes noise */
	for (size_t at = 4096; at + 4096 <= whole.len; at += 4096) {
		memcpy(bytes, whole.text, whole.len);
		memset(bytes + at, 0x5a, 4096);
		write_all(t->path, bytes, whole.len);
		assert_refused(t, "damaged");
		n_refused++;
	}
	assert_true(n_refused > 10);
	/* cut in the middle, as by a full disk under somebody's copy */
	write_all(t->path, whole.text, whole.len / 2 / 4096 * 4096);
	assert_refused(t, "damaged");
	write_all(t->path, whole.text, 2000);
	assert_refused(t, "damaged");
	free(bytes);
	buf_release(&whole);
}

static void leftovers_of_another_file_are_refused(void **state)
{
	struct state_rig *t = *state;
	char log[128];

	snprintf(log, sizeof(log), "%s-wal", t->path);
	write_all(log, "something", 9);
	assert_null(state_open(t->path, NULL, t->es));
	assert_int_equal(t->es->item[0].kind, ERR_INPUT);
	assert_non_null(strstr(t->es->item[0].text, "a part of it"));
	assert_int_not_equal(access(t->path, F_OK), 0);
}

/* The newer layout is only in the log yet, as another process would have it. */
static void a_log_is_not_put_into_a_refused_file(void **state)
{
	struct state_rig *t = *state;
	sqlite3 *db;
	int on = 1;

	good_file(t);
	assert_int_equal(sqlite3_open(t->path, &db), SQLITE_OK);
	sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, on, NULL);
	assert_int_equal(
		sqlite3_exec(db, "PRAGMA user_version = 9", NULL, NULL, NULL),
		SQLITE_OK);
	sqlite3_close(db);
	assert_refused(t, "has layout 9");
	assert_refused(t, "has layout 9");
}

/* ---- machines that say no -------------------------------------------------------------- */

/* Runs fn in a child, which leaves 0 when all is as it should be. */
static void in_child(int (*fn)(struct state_rig *t), struct state_rig *t)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(fn(t));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static bool says(const struct state_rig *t, const char *part)
{
	bool is_so = t->es->n > 0 && t->es->item[0].kind == ERR_SYSTEM &&
		     strstr(t->es->item[0].text, part) &&
		     strstr(t->es->item[0].text, t->path);

	if (!is_so)
		fprintf(stderr, "# wants \"%s\", got: %s\n", part,
			t->es->item[0].text);
	return is_so;
}

static int as_nobody(struct state_rig *t)
{
	struct arena *a = arena_new(1 << 20);
	struct history h;
	struct state *st;

	if (geteuid() == 0 && seteuid(NOBODY) != 0)
		return 9;
	if (state_open(t->path, NULL, t->es) || !says(t, "read-only"))
		return 1;
	t->es->n = 0;
	/* looking is possible all the same, and leaves nothing behind */
	st = state_open_readonly(t->path, t->es);
	if (!st || !state_history(st, "shop", "home", 0, a, &h, t->es) ||
	    h.n_checks != 200)
		return 2;
	if (state_begin(st, t->es) &&
	    state_event_add(st, &(struct seen_event){ .name = "x" }, t->es))
		return 3;
	state_close(st);
	arena_free(a);
	return 0;
}

static void a_read_only_file_is_said(void **state)
{
	struct state_rig *t = *state;

	good_file(t);
	assert_int_equal(chmod(t->path, 0444), 0);
	assert_int_equal(chmod(t->folder, 0555), 0);
	if (geteuid() == 0)
		in_child(as_nobody, t);
	assert_int_equal(chmod(t->folder, 0700), 0);
}

static int cannot_make(struct state_rig *t)
{
	if (geteuid() == 0 && seteuid(NOBODY) != 0)
		return 9;
	return state_open(t->path, NULL, t->es) ||
	       !says(t, "Permission denied");
}

static void a_read_only_folder_is_said(void **state)
{
	struct state_rig *t = *state;

	assert_int_equal(chmod(t->folder, 0555), 0);
	if (geteuid() == 0)
		in_child(cannot_make, t);
	assert_int_equal(chmod(t->folder, 0700), 0);
}

/* No file may grow: as a disk that is full. */
static bool limit_files(rlim_t bytes)
{
	struct rlimit limit = { bytes, RLIM_INFINITY };

	signal(SIGXFSZ, SIG_IGN);
	return setrlimit(RLIMIT_FSIZE, &limit) == 0;
}

static int on_a_full_disk(struct state_rig *t)
{
	struct state *st = state_open(t->path, NULL, t->es);
	struct rig_check ok = { .message = "fine" };
	struct rig_run r;
	bool is_new;
	int i;

	if (!st || !limit_files(20000))
		return 1;
	for (i = 0; i < 1000; i++) {
		state_rig_run(&r,
			      RIG_EPOCH + (uint64_t)i * RIG_HOUR / 2 +
				      RIG_DAY * 9,
			      &ok, 1);
		if (!state_begin(st, t->es) ||
		    !state_take_run(st, &r.run, &is_new, t->es) ||
		    !state_commit(st, t->es))
			break;
	}
	state_rollback(st);
	if (i == 1000 || !says(t, "state file"))
		return 2;
	/* with room again it goes on */
	t->es->n = 0;
	if (!limit_files(RLIM_INFINITY) || !state_begin(st, t->es) ||
	    !state_take_run(st, &r.run, &is_new, t->es) || !is_new ||
	    !state_commit(st, t->es))
		return 3;
	state_close(st);
	return t->es->n > 0;
}

static void a_full_disk_is_said_and_survived(void **state)
{
	struct state_rig *t = *state;

	good_file(t);
	in_child(on_a_full_disk, t);
	assert_true(state_rig_number(t, "SELECT count(*) FROM seen") > 200);
	state_close(state_rig_open(t));
	state_rig_no_problems(t);
}

static int makes_on_a_full_disk(struct state_rig *t)
{
	if (!limit_files(5000))
		return 1;
	if (state_open(t->path, NULL, t->es) || !says(t, "cannot make"))
		return 2;
	/* nothing half-made is left */
	return rmdir(t->folder) != 0;
}

static void no_room_for_a_new_file(void **state)
{
	struct state_rig *t = *state;

	in_child(makes_on_a_full_disk, t);
	assert_int_equal(mkdir(t->folder, 0700), 0);
}

static void a_lock_is_waited_for_and_said(void **state)
{
	struct state_rig *t = *state;
	struct state *st = state_rig_open(t);
	int hold[2], tell[2], status;
	char byte;

	assert_int_equal(pipe(hold) | pipe(tell), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		sqlite3 *db;

		close(hold[1]);
		if (sqlite3_open(t->path, &db) ||
		    sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL))
			_exit(1);
		if (write(tell[1], "x", 1) != 1)
			_exit(1);
		(void)!read(hold[0], &byte, 1);
		_exit(0);
	}
	assert_int_equal(read(tell[0], &byte, 1), 1);
	st->busy_ns = 50 * 1000000;
	assert_false(state_begin(st, t->es));
	assert_true(says(t, "another process has kept it locked"));
	/* one that reads is not held up */
	struct state *look = state_open_readonly(t->path, t->es);
	assert_non_null(look);
	state_close(look);
	close(hold[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	t->es->n = 0;
	assert_true(state_begin(st, t->es));
	assert_true(state_commit(st, t->es));
	close(hold[0]);
	close(tell[0]);
	close(tell[1]);
	state_close(st);
}

/* Some network file systems have no memory that processes share. */
static void without_shared_memory_there_is_no_log(void **state)
{
	struct state_rig *t = *state;
	sqlite3_vfs *usual = sqlite3_vfs_find(NULL);
	sqlite3_vfs *other = sqlite3_vfs_find("unix-none");
	enum state_found found;
	struct state *st, *second;
	char log[128];

	assert_non_null(other);
	/* one that was made elsewhere, and one that is made here */
	good_file(t);
	sqlite3_vfs_register(other, 1);
	for (int i = 0; i < 2; i++) {
		st = state_open(t->path, &found, t->es);
		state_rig_no_problems(t);
		assert_non_null(st);
		assert_int_equal(found, i ? STATE_FRESH : STATE_RESUMED);
		one_run(t, st, 300);
		snprintf(log, sizeof(log), "%s-wal", t->path);
		assert_int_not_equal(access(log, F_OK), 0);
		/* not for one process alone */
		second = state_open(t->path, &found, t->es);
		assert_non_null(second);
		one_run(t, second, 301);
		state_close(second);
		one_run(t, st, 302);
		state_close(st);
		assert_int_equal(state_rig_number(t, "SELECT count(*) "
						     "FROM seen"),
				 i ? 3 : 203);
		unlink(t->path);
	}
	sqlite3_vfs_register(usual, 1);
	state_rig_no_problems(t);
}

#define ROW(f) \
	cmocka_unit_test_setup_teardown(f, state_rig_enter, state_rig_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(a_missing_file_is_a_fresh_start),
		ROW(an_older_layout_is_migrated),
		ROW(a_migration_is_done_whole_or_not_at_all),
		ROW(what_is_not_ours_is_refused),
		ROW(other_tables_are_refused),
		ROW(damage_is_refused),
		ROW(leftovers_of_another_file_are_refused),
		ROW(a_log_is_not_put_into_a_refused_file),
		ROW(a_read_only_file_is_said),
		ROW(a_read_only_folder_is_said),
		ROW(a_full_disk_is_said_and_survived),
		ROW(no_room_for_a_new_file),
		ROW(a_lock_is_waited_for_and_said),
		ROW(without_shared_memory_there_is_no_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
