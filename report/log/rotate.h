/* SPDX-License-Identifier: MIT */
#ifndef REPORT_LOG_ROTATE_H
#define REPORT_LOG_ROTATE_H

/*
 * rotate - when a log file is replaced by a new one, and what becomes of the
 * older ones.
 *
 * They are called FILE.1 (the newest), FILE.2 ... and end in .gz once they
 * were compressed.  The decisions are pure; rotate_files() and rotate_sweep()
 * carry them out.
 *
 * An empty file is never replaced.  A day is a day in UTC, as the stamps of
 * the lines are.
 *
 * Thread rule   one thread for one file.
 * Errors        false, and the first thing that failed in *why; the rest is
 *               done all the same.  No line is lost by it: the file stays.
 */

#include <stdbool.h>
#include <stdint.h>

struct buf;	     /* scenarios/base/buf.h */
struct log_rotation; /* scenarios/watch/watch.h */

enum { ROTATE_MODE = 0640 };

/* Whether a line of `more` bytes belongs into a new file, when the old one
 * has `size` and was written last at written_at_ns. */
bool rotate_is_due(const struct log_rotation *r, uint64_t size, uint64_t more,
		   uint64_t written_at_ns, uint64_t now_at_ns);

enum rotate_action { ROTATE_STAYS, ROTATE_COMPRESS, ROTATE_DELETE };

/* What is done about FILE.number, which was written last at that time. */
enum rotate_action rotate_action(const struct log_rotation *r, uint64_t number,
				 bool is_compressed, uint64_t written_at_ns,
				 uint64_t now_at_ns);

/* FILE becomes FILE.1, FILE.1 becomes FILE.2 ... and the last one goes. */
bool rotate_files(const struct log_rotation *r, const char *file,
		  struct buf *why);

/* Compresses and deletes what has come of age. */
bool rotate_sweep(const struct log_rotation *r, const char *file,
		  uint64_t now_at_ns, struct buf *why);

#endif
