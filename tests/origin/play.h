/* SPDX-License-Identifier: MIT */
#ifndef TESTS_ORIGIN_PLAY_H
#define TESTS_ORIGIN_PLAY_H

/*
 * play - what a connection sends, as a script of acts.
 *
 * Behaviours append bytes to c->out and acts to c->act; play_run() performs
 * them as far as the socket and the clock allow, and goes on from the
 * watchers.  A script that runs out leaves the connection open for the next
 * request.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conn;
struct act;

/* What was appended to c->out since the last act goes out at once. */
void play_send(struct conn *c);
/* ... in pieces of step bytes, ms apart. */
void play_drip(struct conn *c, size_t step, uint64_t ms);
/* ... again and again, ms apart, until limit bytes. */
void play_loop(struct conn *c, uint64_t ms, uint64_t limit);
void play_wait(struct conn *c, uint64_t ms);
void play_wait_us(struct conn *c, uint64_t us); /* to a few us */
/* One of the acts that take no argument (origin.h); ends the script. */
void play_end(struct conn *c, int kind);

/* Performs acts.  True when the script is over and c lives. */
bool play_run(struct conn *c);

/* Timer and write watcher of c fired. */
void play_on_timer(struct conn *c);
void play_on_writable(struct conn *c);

#endif
