/* SPDX-License-Identifier: MIT */
#include "probe/overlap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "probe/engine/engine.h"
#include "report/state/state.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"

enum { LOCK_MODE = 0644, LOOK_EVERY_NS = 20000000 };

#define FNV_BASIS UINT32_C(2166136261)
#define FNV_PRIME UINT32_C(16777619)
#define BYTE_MASK UINT32_C(0x7fffffff) /* also where off_t has 32 bits */

/* FNV-1a: two names with the same byte only wait for each other. */
static off_t byte_of(const char *name)
{
	uint32_t hash = FNV_BASIS;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * FNV_PRIME;
	return (off_t)(hash & BYTE_MASK);
}

static int open_lock(const char *state_path, struct errs *es)
{
	struct buf path;

	buf_init(&path, BUF_NO_LIMIT);
	buf_puts(&path, state_path);
	buf_puts(&path, ".lock");
	int fd = buf_ok(&path) ? open(buf_text(&path),
				      O_RDWR | O_CREAT | O_CLOEXEC, LOCK_MODE)
			       : -1;
	if (fd < 0)
		errs_add(es, ERR_SYSTEM, NOWHERE, "\"%s\" cannot be opened: %s",
			 buf_text(&path), strerror(errno));
	buf_release(&path);
	return fd;
}

static bool is_taken(int error)
{
	return error == EAGAIN || error == EACCES;
}

enum overlap_found overlap_take(struct overlap *ov, const char *state_path,
				const char *scenario, uint64_t wait_ns,
				struct errs *es)
{
	const struct timespec pause = { .tv_nsec = LOOK_EVERY_NS };
	uint64_t until = engine_now_ns() + wait_ns;
	int fd;

	*ov = (struct overlap){ 0 };
	/* nothing is left beside a file that is none of ours */
	if (!state_is_takable(state_path, es))
		return OVERLAP_BROKEN;
	fd = open_lock(state_path, es);
	if (fd < 0)
		return OVERLAP_BROKEN;
	for (;;) {
		struct flock lock = {
			.l_type = F_WRLCK,
			.l_whence = SEEK_SET,
			.l_start = byte_of(scenario),
			.l_len = 1,
		};
		if (!fcntl(fd, F_OFD_SETLK, &lock)) {
			ov->fd = fd;
			return OVERLAP_NONE;
		}
		if (!is_taken(errno) || engine_now_ns() >= until)
			break;
		nanosleep(&pause, NULL);
	}
	enum overlap_found found = OVERLAP_OTHER;
	if (!is_taken(errno)) {
		errs_add(es, ERR_SYSTEM, NOWHERE,
			 "\"%s.lock\" cannot be locked: %s", state_path,
			 strerror(errno));
		found = OVERLAP_BROKEN;
	}
	close(fd);
	return found;
}

void overlap_drop(struct overlap *ov)
{
	if (ov->fd > 0)
		close(ov->fd);
	ov->fd = 0;
}
