/* SPDX-License-Identifier: MIT */
#ifndef REPORT_RESULT_SEEN_H
#define REPORT_RESULT_SEEN_H

/*
 * seen - tells results apart that are read one after the other, so that one that
 * lies there twice, as another file or by another path, counts once.
 *
 * The same run      began at the same nanosecond on the same host, took as long,
 *                   and is of the same scenario, environment and vantage.
 * Memory            grows with the runs, texts live in the arena; seen_release()
 *                   frees the rest.
 * Thread rule       one thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;	   /* scenarios/base/arena.h */
struct run_result; /* report/result/result.h */

struct seen_run {
	uint64_t started_at_ns, total_ns;
	const char *host, *name, *environment, *vantage;
};

/* All zero: none so far. */
struct seen {
	size_t n, room;
	struct seen_run *run;
};

/* Whether that run was seen before; it is from now on.  False without memory. */
bool seen_add(struct seen *t, const struct run_result *run, struct arena *a,
	      bool *is_twice);
void seen_release(struct seen *t);

#endif
