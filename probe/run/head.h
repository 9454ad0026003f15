/* SPDX-License-Identifier: MIT */
#ifndef PROBE_HEAD_H
#define PROBE_HEAD_H

/*
 * head - what every result says of its run, whatever was run.
 *
 * Thread rule   the thread that owns the tree.
 */

#include <stdint.h>

struct arena;	   /* scenarios/base/arena.h */
struct run_result; /* report/result/result.h */
struct scenario;   /* scenarios/model.h */

/* Zeroes the tree but for who ran what, where.  vantage may be NULL. */
void result_head(struct run_result *to, const struct scenario *sc,
		 const char *vantage, struct arena *a);

/* What this process has cost so far. */
void result_cost(struct run_result *to);

/* A machine that could not even ask says nothing of what it asked: judges the
 * run anew as broken then. */
void result_note_broken(struct run_result *run);
uint64_t process_cpu_ns(void);
uint64_t process_peak_rss_bytes(void);

#endif
