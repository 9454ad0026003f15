/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/file.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"

enum { TEMP_TRIES = 8, READ_STEP = 64 * 1024 };

static bool trouble(struct errs *es, const char *path, const char *what)
{
	return errs_add(es, ERR_SYSTEM, NOWHERE, "cannot %s \"%s\": %s", what,
			path, strerror(errno));
}

static bool write_all(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t did = write(fd, bytes, n);

		if (did < 0 && errno == EINTR)
			continue;
		if (did < 0)
			return false;
		bytes += did;
		n -= (size_t)did;
	}
	return true;
}

/* ---- straight ---------------------------------------------------------- */

static bool write_stream(int fd, const char *path, const void *bytes, size_t n,
			 struct errs *es)
{
	return write_all(fd, bytes, n) || trouble(es, path, "write");
}

/* /dev/stdout may be a regular file: replacing that would take it away from
 * the shell that opened it. */
static int standard_stream(const struct stat *st)
{
	struct stat own;

	for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fstat(fd, &own) == 0 && own.st_dev == st->st_dev &&
		    own.st_ino == st->st_ino)
			return fd;
	}
	return -1;
}

/* A pipe without a reader must not hold us up: open() says ENXIO. */
static bool write_special(const char *path, const void *bytes, size_t n,
			  struct errs *es)
{
	int fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int flags;
	bool ok;

	if (fd < 0)
		return trouble(es, path, "open");
	flags = fcntl(fd, F_GETFL);
	if (flags >= 0)
		(void)fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
	ok = write_stream(fd, path, bytes, n, es);
	if (close(fd) != 0 && ok)
		ok = trouble(es, path, "write");
	return ok;
}

/* ---- by way of a temporary file ---------------------------------------- */

/* Opens a new file beside path, hidden, with an unguessable name. */
static int open_temp(const char *path, unsigned mode, struct buf *name)
{
	const char *slash = strrchr(path, '/');
	size_t folder = slash ? (size_t)(slash + 1 - path) : 0;

	for (int i = 0; i < TEMP_TRIES; i++) {
		uint64_t random = 0;
		int fd;

		if (getrandom(&random, sizeof random, 0) < 0)
			return -1;
		buf_reset(name);
		buf_add(name, path, folder);
		buf_printf(name, ".assay-%016llx.tmp",
			   (unsigned long long)random);
		if (!buf_ok(name)) {
			errno = ENAMETOOLONG;
			return -1;
		}
		fd = open(buf_text(name),
			  O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
			  mode);
		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
	return -1;
}

bool file_sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX] = ".";
	int fd;
	bool ok;

	if (slash) {
		size_t n = slash == path ? 1 : (size_t)(slash - path);

		if (n >= sizeof folder)
			n = 0;
		memcpy(folder, path, n);
		folder[n] = '\0';
	}
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return true; /* a folder may be writable and not readable */
	/* some file systems have no fsync of folders */
	ok = fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP;
	close(fd);
	return ok;
}

/* What is written to a file that is there keeps its mode. */
static bool fill(int fd, const void *bytes, size_t n, const struct stat *old)
{
	if (old && fchmod(fd, old->st_mode & 07777) != 0)
		return false;
	return write_all(fd, bytes, n) && fsync(fd) == 0;
}

static bool replace(const char *path, const void *bytes, size_t n,
		    unsigned mode, const struct stat *old, struct errs *es)
{
	struct buf name;
	sigset_t all, before;
	bool ok = false;
	int fd, saved;

	/* a death in between would leave the temporary file behind */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	buf_init(&name, PATH_MAX);
	fd = open_temp(path, mode, &name);
	if (fd < 0) {
		trouble(es, path, "write");
		goto out;
	}
	ok = fill(fd, bytes, n, old);
	saved = errno;
	if (close(fd) != 0 && ok) {
		ok = false;
		saved = errno;
	}
	if (ok && rename(buf_text(&name), path) != 0) {
		ok = false;
		saved = errno;
	}
	if (!ok) {
		unlink(buf_text(&name));
		errno = saved;
	}
	ok = ok && file_sync_folder(path);
	if (!ok)
		trouble(es, path, "write");
out:
	buf_release(&name);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return ok;
}

bool file_write(const char *path, const void *bytes, size_t n, unsigned mode,
		struct errs *es)
{
	struct stat st;
	char *real;
	bool ok;
	int stream;

	if (strcmp(path, "-") == 0)
		return write_stream(STDOUT_FILENO, "standard output", bytes, n,
				    es);
	if (stat(path, &st) != 0) {
		if (errno != ENOENT)
			return trouble(es, path, "write");
		if (lstat(path, &st) == 0)
			return errs_add(es, ERR_SYSTEM, NOWHERE,
					"cannot write \"%s\": it is a link to "
					"a file that is not there",
					path);
		return replace(path, bytes, n, mode, NULL, es);
	}
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return trouble(es, path, "write");
	}
	stream = standard_stream(&st);
	if (stream >= 0)
		return write_stream(stream, path, bytes, n, es);
	if (!S_ISREG(st.st_mode))
		return write_special(path, bytes, n, es);
	real = realpath(path, NULL);
	if (real == NULL)
		return trouble(es, path, "write");
	ok = replace(real, bytes, n, mode, &st, es);
	free(real);
	return ok;
}

/* ---- reading ----------------------------------------------------------- */

static bool read_all(int fd, const char *path, size_t max_bytes,
		     struct buf *out, struct errs *es)
{
	char *step = malloc(READ_STEP);
	size_t total = 0;
	ssize_t got = 0;
	bool ok = step != NULL || errs_nomem(es);

	while (ok && (got = read(fd, step, READ_STEP)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			ok = trouble(es, path, "read");
		} else if ((size_t)got > max_bytes - total) {
			ok = errs_add(es, ERR_INPUT, NOWHERE,
				      "\"%s\" is larger than %zu bytes", path,
				      max_bytes);
		} else {
			total += (size_t)got;
			ok = buf_add(out, step, (size_t)got) || errs_nomem(es);
		}
	}
	free(step);
	return ok;
}

bool file_read(const char *path, size_t max_bytes, struct buf *out,
	       struct errs *es)
{
	int fd;
	bool ok;

	if (strcmp(path, "-") == 0)
		return read_all(STDIN_FILENO, "standard input", max_bytes, out,
				es);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return trouble(es, path, "open");
	ok = read_all(fd, path, max_bytes, out, es);
	close(fd);
	return ok;
}
