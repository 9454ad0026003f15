/* SPDX-License-Identifier: MIT */
#ifndef LOADGEN_SHOW_H
#define LOADGEN_SHOW_H

/*
 * show - how the loads are doing, for people who watch.
 *
 * On a terminal a line for each load, drawn anew in its place:
 *
 *     booking  1998/s of 2000/s  p50 1.23 ms  p99 8.45 ms  0 errors
 *
 * with connections, users, the time left and a bar where there is room;
 * anywhere else a line for each load every ten seconds.  What it says is
 * never needed: the result has all of it.
 *
 * A frame is show_begin(), show_add() for each load, show_end().
 *
 * Foreign text  names are redacted, and their control characters are not
 *               shown.
 * Thread rule   one thread, the one that collects.
 * Ownership     borrows the out.  Its error sticks there: nobody who watches
 *               is no reason to stop.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;	 /* scenarios/base/buf.h */
struct out;	 /* report/out.h */
struct progress; /* report/load/collect.h */
struct show;
struct trial; /* report/result/load_result.h */

#define SHOW_REDRAW_NS UINT64_C(250000000)   /* on a terminal */
#define SHOW_LINE_NS   UINT64_C(10000000000) /* elsewhere */

enum {
	SHOW_WIDTH_MIN = 10,
	SHOW_LOADS_MAX = 20, /* lines on a terminal; the rest is counted */
};

/* NULL without memory.  A terminal that cannot move its cursor (TERM=dumb)
 * counts as none. */
struct show *show_new(struct out *to, bool is_terminal);
/* Erases the frame that stands.  NULL is fine. */
void show_free(struct show *t);

/* Whether it is time for a frame; now_ns of any clock that goes on. */
bool show_begin(struct show *t, uint64_t now_ns);
void show_add(struct show *t, const char *name, const struct progress *pg);
void show_end(struct show *t);

/* Erases the frame, so that something else can be written. */
void show_clear(struct show *t);
/* A line that stays, above what is drawn next. */
void show_note(struct show *t, const char *text);
void show_trial(struct show *t, const struct trial *trial);

/* ---- pure ----------------------------------------------------------- */

/* One line without its end, in at most width columns: what matters least is
 * left out, and a bar takes the room that stays.  width 0: no limit and no
 * bar, for a log. */
void show_line(const struct progress *pg, const char *name, unsigned width,
	       bool utf8, struct buf *out);
/* "2400/s does not hold: p99(latency) < 200ms: 312 ms" */
void show_trial_line(const struct trial *trial, bool utf8, struct buf *out);

#endif
