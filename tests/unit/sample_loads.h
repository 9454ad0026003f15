/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_SAMPLE_LOADS_H
#define TESTS_UNIT_SAMPLE_LOADS_H

/*
 * sample_loads - loads made up in code, for the trees of sample_run.
 *
 * The first holds; then one with a crossed limit and two steps, one where the
 * instrument was the limit and every text is hostile, and a search for the
 * highest rate that did not observe all.
 */

#include <stdbool.h>
#include <stddef.h>

struct arena;	   /* scenarios/base/arena.h */
struct run_result; /* report/result/result.h */

enum { SAMPLE_ALL = 4 };

/* The first n of them into a run that has none.  False without memory. */
bool sample_add_loads(struct arena *a, struct run_result *run, size_t n);

#endif
