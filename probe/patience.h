/* SPDX-License-Identifier: MIT */
#ifndef PROBE_PATIENCE_H
#define PROBE_PATIENCE_H

/*
 * patience - from the end of a run until its files are written.
 *
 * The run itself answers SIGINT, SIGTERM and SIGHUP by stopping early.  Once it
 * is over, the first of them must not take its result away; a second one
 * ends the program, as a file may never be written (a pipe, a dead server).
 * A signal that the caller has ignored (nohup, a background job) stays so.
 *
 *     patience_hold();      they wait
 *     ... the run takes its handlers down ...
 *     patience_begin();     the first one is forgotten
 *     ... the files are written ...
 *     patience_end();       as in any program
 *
 * Thread rule   one thread.
 */

#include <stdbool.h>

enum { PATIENCE_SIGNALS = 3 };

/* SIGINT, SIGTERM, SIGHUP. */
extern const int patience_signals[PATIENCE_SIGNALS];

bool patience_ignores(int signo);
void patience_hold(void);
void patience_begin(void);
void patience_end(void);

#endif
