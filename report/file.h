/* SPDX-License-Identifier: MIT */
#ifndef REPORT_FILE_H
#define REPORT_FILE_H

/*
 * file - whole files, in and out.
 *
 * Writing is atomic: a temporary file in the same folder, fsync, rename,
 * fsync of the folder; a reader sees the old file or the new one.  A link is
 * followed, and the file behind it replaced.  What is no regular file (a
 * pipe, /dev/null, the standard streams under any name) is written straight.
 *
 * Errors   a file that cannot be had is ERR_SYSTEM with its path and the
 *          system's words; one that is too large is ERR_INPUT.
 * Threads  any; it keeps nothing between calls.
 */

#include <stdbool.h>
#include <stddef.h>

struct buf;  /* scenarios/base/buf.h */
struct errs; /* scenarios/base/err.h */

enum { FILE_MODE = 0644, FILE_PRIVATE = 0600 };

/* mode is that of a new file, less the umask; a file that is there keeps its
 * own.  "-" is standard output. */
bool file_write(const char *path, const void *bytes, size_t n, unsigned mode,
		struct errs *es);

/* Appends all of the file to *out.  "-" is standard input.  More than
 * max_bytes is a problem. */
bool file_read(const char *path, size_t max_bytes, struct buf *out,
	       struct errs *es);

/* Makes what happened to names in the folder of path last through a power
 * cut.  False with errno set; true where a file system has no such thing. */
bool file_sync_folder(const char *path);

#endif
