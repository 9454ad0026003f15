/* SPDX-License-Identifier: MIT */
#include "report/state/state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "report/file.h"
#include "report/state/state_parts.h"
#include "scenarios/base/err.h"

static int make_tables(sqlite3 *db)
{
	char sql[64];
	int rc;

	snprintf(sql, sizeof(sql), "PRAGMA application_id = %d",
		 STATE_APPLICATION_ID);
	rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = state_migrate(db, state_migrations, STATE_LAYOUT);
	/* where the file system has no shared memory it stays as it is */
	if (rc == SQLITE_OK)
		(void)sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL,
				   NULL);
	return rc;
}

static bool fill_new(const char *draft, const char *path, struct errs *es)
{
	struct state *st = state_handle_new(draft, es);
	bool ok =
		st && state_connect(st, draft, SQLITE_OPEN_READWRITE, true, es);

	if (ok) {
		int rc = make_tables(st->db);

		free(st->path);
		st->path = strdup(path);
		ok = st->path ? rc == SQLITE_OK ||
					state_problem(st, rc, "make", es)
			      : errs_nomem(es);
	}
	state_close(st);
	return ok;
}

/* Under its name, unless another process was faster (EEXIST). */
static bool put_in_place(const char *draft, const char *path)
{
	if (renameat2(AT_FDCWD, draft, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
		return true;
	if (errno != EINVAL && errno != ENOSYS)
		return false;
	if (link(draft, path) == 0) {
		unlink(draft);
		return true;
	}
	if (errno == EEXIST)
		return false;
	/* a file system without links */
	return access(path, F_OK) != 0 && rename(draft, path) == 0;
}

static void remove_draft(const char *draft)
{
	static const char *const parts[] = { "", "-journal", "-wal", "-shm" };
	char name[PATH_MAX + 16];

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		snprintf(name, sizeof(name), "%s%s", draft, parts[i]);
		(void)unlink(name);
	}
}

bool state_make_file(const char *path, bool *is_new, struct errs *es)
{
	char draft[PATH_MAX];
	uint64_t random = 0;
	int fd = -1;

	*is_new = false;
	if (getrandom(&random, sizeof(random), 0) < 0 ||
	    snprintf(draft, sizeof(draft), "%s.new-%016" PRIx64, path,
		     random) >= (int)sizeof(draft))
		errno = ENAMETOOLONG;
	else
		fd = open(draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
			  FILE_PRIVATE);
	if (fd < 0)
		return state_trouble(path, "make", es);
	close(fd);
	bool ok = fill_new(draft, path, es);
	if (ok) {
		*is_new = put_in_place(draft, path);
		ok = *is_new || errno == EEXIST ||
		     state_trouble(path, "make", es);
	}
	if (!*is_new)
		remove_draft(draft);
	return ok && (!*is_new || file_sync_folder(path) ||
		      state_trouble(path, "make", es));
}

bool state_no_leftovers(const char *path, struct errs *es)
{
	static const char *const suffixes[] = { "-wal", "-journal" };

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++)
		if (state_beside(path, suffixes[i]) > 0 &&
		    access(path, F_OK) != 0)
			return errs_add(es, ERR_INPUT, NOWHERE,
					"state file \"%s\" is not there, but "
					"\"%s%s\" is, a part of it: restore "
					"it, or remove that one to begin anew",
					path, path, suffixes[i]);
	return true;
}
