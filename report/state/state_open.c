/* SPDX-License-Identifier: MIT */
#include "report/state/state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "report/state/state_parts.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

/*
 * The head of a file, from the documentation of SQLite's file format: its
 * magic, and two numbers of ours, big endian.
 */
enum {
	HEAD_BYTES = 100,
	MAGIC_BYTES = 16,
	AT_USER_VERSION = 60,
	AT_APPLICATION_ID = 68,
	OPEN_TRIES = 3,
};
static const char magic[MAGIC_BYTES] = "SQLite format 3";

#define MOVE_AWAY "move it away to begin anew"

bool state_trouble(const char *path, const char *what, struct errs *es)
{
	return errs_add(es, ERR_SYSTEM, NOWHERE,
			"cannot %s state file \"%s\": %s", what, path,
			strerror(errno));
}

/* ---- looking at it before SQLite does ------------------------------------- */

enum presence { ABSENT, PRESENT, REFUSED };

static uint32_t number_at(const unsigned char *head, size_t at)
{
	return (uint32_t)head[at] << 24 | (uint32_t)head[at + 1] << 16 |
	       (uint32_t)head[at + 2] << 8 | head[at + 3];
}

static bool refuse_newer(const char *path, int64_t layout, struct errs *es)
{
	char why[128];

	snprintf(why, sizeof(why),
		 "has layout %" PRId64 ", this assay knows up to %d: use a "
		 "newer assay, or another file",
		 layout, STATE_LAYOUT);
	return state_refuse(path, why, es);
}

static bool head_is_ours(const char *path, const unsigned char *head,
			 int64_t size, struct errs *es)
{
	if (size == 0)
		return state_refuse(path,
				    "is empty, and assay made no empty file: "
				    "remove it to begin anew",
				    es);
	if (size < HEAD_BYTES || memcmp(head, magic, MAGIC_BYTES) != 0)
		return state_refuse(path,
				    "is no state file of assay: name another "
				    "file, or " MOVE_AWAY,
				    es);
	if (number_at(head, AT_APPLICATION_ID) != STATE_APPLICATION_ID)
		return state_refuse(path,
				    "is the database of another program: name "
				    "another file",
				    es);
	int64_t layout = (int32_t)number_at(head, AT_USER_VERSION);
	return (layout >= 0 && layout <= STATE_LAYOUT) ||
	       refuse_newer(path, layout, es);
}

/* By SQLite's own descriptor: closing one of ours would end the locks that
 * another handle of this process has on the file (fcntl(2)). */
static bool check_head(struct state *st, struct errs *es)
{
	unsigned char head[HEAD_BYTES] = { 0 };
	sqlite3_file *file = NULL;
	sqlite3_int64 size = 0;
	int rc = sqlite3_file_control(st->db, "main", SQLITE_FCNTL_FILE_POINTER,
				      &file);

	if (rc == SQLITE_OK && (!file || !file->pMethods))
		rc = SQLITE_CANTOPEN;
	if (rc == SQLITE_OK)
		rc = file->pMethods->xFileSize(file, &size);
	if (rc == SQLITE_OK && size >= HEAD_BYTES)
		rc = file->pMethods->xRead(file, head, sizeof(head), 0);
	return rc == SQLITE_OK ? head_is_ours(st->path, head, size, es)
			       : state_problem(st, rc, "read", es);
}

static enum presence look(const char *path, struct errs *es)
{
	struct stat is;

	if (stat(path, &is) != 0) {
		if (errno == ENOENT && lstat(path, &is) != 0)
			return ABSENT;
		state_trouble(path, "open", es);
		return REFUSED;
	}
	if (S_ISREG(is.st_mode))
		return PRESENT;
	state_refuse(path, "is no regular file: name another one", es);
	return REFUSED;
}

bool state_is_takable(const char *path, struct errs *es)
{
	unsigned char head[HEAD_BYTES] = { 0 };
	struct stat is;
	enum presence there = look(path, es);

	if (there != PRESENT)
		return there == ABSENT;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool ok = fd >= 0 && fstat(fd, &is) == 0 &&
		  pread(fd, head, sizeof(head), 0) >= 0;
	if (!ok)
		state_trouble(path, "read", es);
	if (fd >= 0)
		close(fd);
	return ok && head_is_ours(path, head, is.st_size, es);
}

off_t state_beside(const char *path, const char *suffix)
{
	char name[PATH_MAX];
	struct stat is;

	if (snprintf(name, sizeof(name), "%s%s", path, suffix) >=
		    (int)sizeof(name) ||
	    stat(name, &is) != 0)
		return 0;
	return is.st_size;
}

uint64_t state_bytes(const struct state *st)
{
	static const char *const parts[] = { "", "-wal", "-shm", "-journal" };
	uint64_t bytes = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		bytes += (uint64_t)state_beside(st->path, parts[i]);
	return bytes;
}

/* ---- a connection -------------------------------------------------------- */

static uint64_t monotonic_ns(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UNIT_NS_PER_S + (uint64_t)now.tv_nsec;
}

/* In short steps: SQLite's own grow so long that whoever came last wins. */
static int wait_a_little(void *self, int n_before)
{
	static const struct timespec step = { .tv_nsec = 2000000 };
	struct state *st = self;

	if (n_before == 0)
		st->waits_since_ns = monotonic_ns();
	else if (monotonic_ns() - st->waits_since_ns >= st->busy_ns) {
		/* who has it keeps it: not as long for each thing we try */
		if (st->busy_ns > STATE_BUSY_AGAIN_NS)
			st->busy_ns = STATE_BUSY_AGAIN_NS;
		return 0;
	}
	(void)nanosleep(&step, NULL);
	return 1;
}

/* What a file that somebody else wrote must not be able to do. */
static int harden(sqlite3 *db)
{
	static const struct {
		int option, value;
	} options[] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
		{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 },
		{ SQLITE_DBCONFIG_ENABLE_VIEW, 0 },
		{ SQLITE_DBCONFIG_DQS_DML, 0 },
		{ SQLITE_DBCONFIG_DQS_DDL, 0 },
		{ SQLITE_DBCONFIG_ENABLE_FKEY, 1 },
	};
	static const struct {
		int limit, value;
	} limits[] = {
		{ SQLITE_LIMIT_LENGTH, 16 << 20 },
		{ SQLITE_LIMIT_SQL_LENGTH, 64 << 10 },
		{ SQLITE_LIMIT_COLUMN, 64 },
		{ SQLITE_LIMIT_EXPR_DEPTH, 64 },
		{ SQLITE_LIMIT_COMPOUND_SELECT, 8 },
		{ SQLITE_LIMIT_FUNCTION_ARG, 8 },
		{ SQLITE_LIMIT_ATTACHED, 0 },
		{ SQLITE_LIMIT_TRIGGER_DEPTH, 1 },
		{ SQLITE_LIMIT_WORKER_THREADS, 0 },
	};
	int rc = SQLITE_OK;

	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
		if (rc == SQLITE_OK)
			rc = sqlite3_db_config(db, options[i].option,
					       options[i].value, NULL);
	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++)
		sqlite3_limit(db, limits[i].limit, limits[i].value);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db,
				  "PRAGMA mmap_size = 0;"
				  "PRAGMA cell_size_check = ON;"
				  "PRAGMA temp_store = MEMORY;",
				  NULL, NULL, NULL);
	return rc;
}

struct state *state_handle_new(const char *path, struct errs *es)
{
	struct state *st = calloc(1, sizeof(*st));
	char *copy = strdup(path);

	if (!st || !copy) {
		free(st);
		free(copy);
		errs_nomem(es);
		return NULL;
	}
	st->path = copy;
	st->busy_ns = STATE_BUSY_NS;
	return st;
}

void state_close(struct state *st)
{
	if (!st)
		return;
	state_rollback(st);
	for (size_t i = 0; i < st->n_statements; i++)
		sqlite3_finalize(st->statements[i].prepared);
	/* the last one to close moves all into the one file */
	sqlite3_close(st->db);
	free(st->path);
	free(st);
}

bool state_connect(struct state *st, const char *name, int flags, bool is_new,
		   struct errs *es)
{
	char plain[PATH_MAX];
	int rc;

	/* ":memory:" and "file:..." mean something else to SQLite */
	if (*name != '/' && !(flags & SQLITE_OPEN_URI)) {
		if (snprintf(plain, sizeof(plain), "./%s", name) >=
		    (int)sizeof(plain)) {
			errno = ENAMETOOLONG;
			return state_trouble(st->path, "open", es);
		}
		name = plain;
	}
	rc = sqlite3_open_v2(
		name, &st->db,
		flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);

	if (rc == SQLITE_OK && !is_new && !check_head(st, es))
		return false;
	if (rc == SQLITE_OK)
		rc = harden(st->db);
	if (rc == SQLITE_OK)
		rc = sqlite3_busy_handler(st->db, wait_a_little, st);
	return rc == SQLITE_OK || state_problem(st, rc, "open", es);
}

/* ---- whether it is ours, whole and of a layout that we know ----------------- */

static bool first_row(struct state *st, const char *sql, int64_t *number,
		      char *word, size_t room, struct errs *es)
{
	struct query q;

	query_start(&q, st, sql, es);
	if (query_step(&q)) {
		const unsigned char *text = sqlite3_column_text(q.s, 0);

		*number = row_int(&q, 0);
		snprintf(word, room, "%s", text ? (const char *)text : "");
	}
	return query_end(&q);
}

static bool is_whole(struct state *st, struct errs *es)
{
	char word[160] = "", why[256];
	int64_t number;

	if (!first_row(st, "PRAGMA quick_check(1)", &number, word, sizeof(word),
		       es))
		return false;
	if (!strcmp(word, "ok"))
		return true;
	for (char *c = word; *c; c++)
		if ((unsigned char)*c < ' ' || (unsigned char)*c > '~')
			*c = ' ';
	snprintf(why, sizeof(why),
		 "is damaged (%s): restore a copy, or " MOVE_AWAY, word);
	return state_refuse(st->path, why, es);
}

static bool check_file(struct state *st, int64_t *layout, struct errs *es)
{
	char word[32];
	int64_t id = 0;
	bool is_same = false;

	if (!first_row(st, "PRAGMA application_id", &id, word, sizeof(word),
		       es) ||
	    !first_row(st, "PRAGMA user_version", layout, word, sizeof(word),
		       es))
		return false;
	if (id != STATE_APPLICATION_ID)
		return state_refuse(st->path,
				    "is the database of another program: name "
				    "another file",
				    es);
	if (*layout < 0 || *layout > STATE_LAYOUT)
		return refuse_newer(st->path, *layout, es);
	if (!is_whole(st, es))
		return false;
	int rc = state_same_schema(st->db, (size_t)*layout, &is_same);
	if (rc != SQLITE_OK)
		return state_problem(st, rc, "read", es);
	return is_same || state_refuse(st->path,
				       "has other tables than its layout "
				       "says, so it is damaged or was "
				       "changed: restore a copy, or " MOVE_AWAY,
				       es);
}

/* ---- opening -------------------------------------------------------------- */

/* rc when the statement fails, as where it need not succeed. */
static int exec_or(sqlite3 *db, const char *sql, int rc)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? SQLITE_OK
								    : rc;
}

/* A file with a log came to a file system that cannot share memory (some
 * network ones): until it is checked it can be read by one process alone. */
static void probe_log(struct state *st)
{
	static const char look[] = "SELECT count(*) FROM sqlite_schema";

	if (exec_or(st->db, look, SQLITE_ERROR) == SQLITE_OK ||
	    (sqlite3_errcode(st->db) & 0xff) != SQLITE_CANTOPEN)
		return;
	(void)exec_or(st->db, "PRAGMA locking_mode = EXCLUSIVE", SQLITE_OK);
	st->has_no_shared_memory = true;
}

static int share_without_log(sqlite3 *db)
{
	/* the last one lets the lock go */
	return sqlite3_exec(db,
			    "PRAGMA journal_mode = DELETE;"
			    "PRAGMA locking_mode = NORMAL;"
			    "SELECT count(*) FROM sqlite_schema",
			    NULL, NULL, NULL);
}

static bool set_up(struct state *st, struct errs *es)
{
	static const char *const settings[] = {
		/* a transaction that is told as done is whole after a kill; the
		 * last ones before a power cut may be undone, each as a whole */
		"PRAGMA synchronous = NORMAL",
		"PRAGMA journal_size_limit = 4194304",
	};

	/* stays with the rollback journal where it must */
	int rc = st->has_no_shared_memory
			 ? share_without_log(st->db)
			 : exec_or(st->db, "PRAGMA journal_mode = WAL",
				   SQLITE_OK);

	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++)
		if (rc == SQLITE_OK)
			rc = sqlite3_exec(st->db, settings[i], NULL, NULL,
					  NULL);
	return rc == SQLITE_OK || state_problem(st, rc, "open", es);
}

static bool accept(struct state *st, enum state_found *found, struct errs *es)
{
	int64_t layout = 0;

	probe_log(st);
	if (!check_file(st, &layout, es))
		return false;
	if (sqlite3_db_readonly(st->db, "main") == 1)
		return state_problem(st, SQLITE_READONLY, "write to", es);
	if (layout < STATE_LAYOUT) {
		int rc = state_migrate(st->db, state_migrations, STATE_LAYOUT);

		if (rc != SQLITE_OK)
			return state_problem(st, rc, "migrate", es);
		*found = STATE_OLDER;
	}
	return set_up(st, es);
}

/* A refused file must not get what is still in its log. */
static bool hold_log(struct state *st, bool holds, struct errs *es)
{
	int rc = sqlite3_db_config(st->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE,
				   holds, NULL);

	return rc == SQLITE_OK || state_problem(st, rc, "open", es);
}

static struct state *open_present(const char *path, enum state_found *found,
				  struct errs *es)
{
	struct state *st = state_handle_new(path, es);
	bool has_log = state_beside(path, "-wal") > 0;

	if (!st)
		return NULL;
	if (state_connect(st, path, SQLITE_OPEN_READWRITE, false, es) &&
	    hold_log(st, has_log, es) && accept(st, found, es) &&
	    hold_log(st, false, es))
		return st;
	state_close(st);
	return NULL;
}

struct state *state_open(const char *path, enum state_found *found,
			 struct errs *es)
{
	enum state_found how = STATE_RESUMED;
	struct state *st = NULL;

	/* another process may make it at the same time */
	for (int i = 0; i < OPEN_TRIES && !st; i++) {
		enum presence is = look(path, es);
		bool is_new = false;

		if (is == REFUSED)
			return NULL;
		if (is == ABSENT && (!state_no_leftovers(path, es) ||
				     !state_make_file(path, &is_new, es)))
			return NULL;
		if (is_new)
			how = STATE_FRESH;
		if (is == PRESENT || is_new) {
			st = open_present(path, &how, es);
			if (!st)
				return NULL;
		}
	}
	if (!st)
		errs_add(es, ERR_SYSTEM, NOWHERE,
			 "state file \"%s\" comes and goes: another process "
			 "removes it",
			 path);
	else if (found)
		*found = how;
	return st;
}

/* ---- only to look ---------------------------------------------------------- */

/* Writes nothing, not even beside it: for a folder that cannot be written. */
static bool connect_still(struct state *st, struct errs *es)
{
	struct buf name;

	buf_init(&name, BUF_NO_LIMIT);
	buf_puts(&name, "file:");
	text_percent_encode(&name, st->path, strlen(st->path));
	buf_puts(&name, "?immutable=1");
	bool ok =
		buf_ok(&name)
			? state_connect(st, buf_text(&name),
					SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
					false, es)
			: errs_nomem(es);
	buf_release(&name);
	return ok;
}

static bool can_read(struct state *st)
{
	return sqlite3_exec(st->db, "SELECT count(*) FROM sqlite_schema", NULL,
			    NULL, NULL) == SQLITE_OK;
}

static bool connect_to_look(struct state *st, struct errs *es)
{
	/* taking part in the log needs the right to write beside it */
	if (!state_connect(st, st->path, SQLITE_OPEN_READWRITE, false, es))
		return false;
	if (can_read(st) || state_beside(st->path, "-wal") > 0)
		return true;
	sqlite3_close(st->db);
	st->db = NULL;
	st->has_failed = false;
	return connect_still(st, es);
}

struct state *state_open_readonly(const char *path, struct errs *es)
{
	struct state *st;
	bool has_log = state_beside(path, "-wal") > 0;
	int64_t layout = 0;

	switch (look(path, es)) {
	case ABSENT:
		errs_add(es, ERR_SYSTEM, NOWHERE,
			 "state file \"%s\" is not there: a run with --state "
			 "makes it",
			 path);
		return NULL;
	case REFUSED:
		return NULL;
	case PRESENT:
		break;
	}
	st = state_handle_new(path, es);
	if (!st)
		return NULL;
	st->is_readonly = true;
	bool ok = connect_to_look(st, es) && hold_log(st, has_log, es) &&
		  check_file(st, &layout, es);
	if (ok && layout < STATE_LAYOUT)
		ok = state_refuse(path,
				  "has an older layout: a run with --state "
				  "brings it up to date",
				  es);
	if (ok) {
		int rc = sqlite3_exec(st->db, "PRAGMA query_only = ON", NULL,
				      NULL, NULL);

		ok = rc == SQLITE_OK || state_problem(st, rc, "read", es);
	}
	if (ok)
		return st;
	state_close(st);
	return NULL;
}
