/* SPDX-License-Identifier: MIT */
#include "report/log/rotate.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"
#include "scenarios/watch/watch.h"

enum { CHUNK = 16384, PART_ROOM = 16 };

/* ---- decisions --------------------------------------------------------- */

bool rotate_is_due(const struct log_rotation *r, uint64_t size, uint64_t more,
		   uint64_t written_at_ns, uint64_t now_at_ns)
{
	if (size == 0)
		return false;
	if (r->max_bytes > 0 && size + more > r->max_bytes)
		return true;
	return r->daily &&
	       written_at_ns / UNIT_NS_PER_DAY < now_at_ns / UNIT_NS_PER_DAY;
}

enum rotate_action rotate_action(const struct log_rotation *r, uint64_t number,
				 bool is_compressed, uint64_t written_at_ns,
				 uint64_t now_at_ns)
{
	uint64_t age =
		now_at_ns > written_at_ns ? now_at_ns - written_at_ns : 0;

	if (number > r->keep ||
	    (r->delete_after_ns > 0 && age >= r->delete_after_ns))
		return ROTATE_DELETE;
	if (!r->compress || is_compressed || age < r->compress_after_ns ||
	    (r->delay_compress && number == 1))
		return ROTATE_STAYS;
	return ROTATE_COMPRESS;
}

/* ---- doing it ---------------------------------------------------------- */

static bool complain(struct buf *why, const char *what, const char *path)
{
	if (why->len == 0)
		buf_printf(why, "cannot %s \"%s\": %s", what, path,
			   strerror(errno));
	return false;
}

static bool name_of(char path[PATH_MAX], const char *file, uint64_t number,
		    bool is_compressed)
{
	int n = snprintf(path, PATH_MAX, "%s.%" PRIu64 "%s", file, number,
			 is_compressed ? ".gz" : "");

	return n > 0 && n < PATH_MAX - PART_ROOM;
}

static bool move_up(const char *file, uint64_t number, bool is_compressed,
		    struct buf *why)
{
	char from[PATH_MAX];
	char to[PATH_MAX];

	if (!name_of(from, file, number, is_compressed) ||
	    !name_of(to, file, number + 1, is_compressed))
		return true; /* too long a name was never made */
	if (rename(from, to) == 0 || errno == ENOENT)
		return true;
	return complain(why, "rename", from);
}

static void remove_number(const char *file, uint64_t number)
{
	char path[PATH_MAX];

	for (int gz = 0; gz <= 1; gz++)
		if (name_of(path, file, number, gz))
			(void)unlink(path);
}

bool rotate_files(const struct log_rotation *r, const char *file,
		  struct buf *why)
{
	char first[PATH_MAX];
	bool ok = true;

	remove_number(file, r->keep);
	for (uint64_t i = r->keep; i-- > 1;) {
		ok &= move_up(file, i, false, why);
		ok &= move_up(file, i, true, why);
	}
	if (!name_of(first, file, 1, false)) {
		errno = ENAMETOOLONG;
		return complain(why, "rename", file);
	}
	if (rename(file, first) != 0 && errno != ENOENT)
		return complain(why, "rename", file);
	return ok;
}

static bool copy_all(int from, gzFile to)
{
	char chunk[CHUNK];
	ssize_t n;

	while ((n = read(from, chunk, sizeof chunk)) > 0)
		if (gzwrite(to, chunk, (unsigned)n) != (int)n)
			return false;
	return n == 0;
}

/* The new file is complete on the disk before the old one goes. */
static bool pack(int from, const struct stat *was, const char *part,
		 const char *whole)
{
	const struct timespec times[2] = { was->st_atim, was->st_mtim };
	int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		      ROTATE_MODE);
	int kept = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
	gzFile gz = fd < 0 ? NULL : gzdopen(fd, "wb6");

	if (!gz && fd >= 0)
		close(fd);
	bool ok = gz && kept >= 0 && copy_all(from, gz);
	if (gz)
		ok = gzclose(gz) == Z_OK && ok;
	ok = ok && fchmod(kept, was->st_mode & 0777) == 0 && fsync(kept) == 0 &&
	     futimens(kept, times) == 0 && rename(part, whole) == 0;
	int saved = errno;
	if (kept >= 0)
		close(kept);
	if (!ok)
		(void)unlink(part);
	errno = saved;
	return ok;
}

static bool compress_number(const char *file, uint64_t number, struct buf *why)
{
	char plain[PATH_MAX];
	char whole[PATH_MAX];
	char part[PATH_MAX];
	struct stat was;

	if (!name_of(plain, file, number, false) ||
	    !name_of(whole, file, number, true))
		return true;
	(void)snprintf(part, sizeof part, "%.*s.part", PATH_MAX - PART_ROOM,
		       whole);
	int fd = open(plain, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return complain(why, "read", plain);
	bool ok = fstat(fd, &was) == 0 && pack(fd, &was, part, whole);
	if (!ok)
		complain(why, "compress", plain);
	close(fd);
	if (ok)
		(void)unlink(plain);
	return ok;
}

static bool sweep_one(const struct log_rotation *r, const char *file,
		      uint64_t number, bool is_compressed, uint64_t now_at_ns,
		      struct buf *why)
{
	char path[PATH_MAX];
	struct stat st;

	if (!name_of(path, file, number, is_compressed) || stat(path, &st) != 0)
		return true;
	uint64_t written = (uint64_t)st.st_mtim.tv_sec * UNIT_NS_PER_S;
	switch (rotate_action(r, number, is_compressed, written, now_at_ns)) {
	case ROTATE_DELETE:
		return unlink(path) == 0 || complain(why, "delete", path);
	case ROTATE_COMPRESS:
		return compress_number(file, number, why);
	case ROTATE_STAYS:
		break;
	}
	return true;
}

bool rotate_sweep(const struct log_rotation *r, const char *file,
		  uint64_t now_at_ns, struct buf *why)
{
	bool ok = true;

	for (uint64_t i = 1; i <= LOG_KEEP_MAX + 1; i++) {
		ok &= sweep_one(r, file, i, false, now_at_ns, why);
		ok &= sweep_one(r, file, i, true, now_at_ns, why);
	}
	return ok;
}
