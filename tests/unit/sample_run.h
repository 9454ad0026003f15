/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_SAMPLE_RUN_H
#define TESTS_UNIT_SAMPLE_RUN_H

/*
 * sample_run - runs made up in code, to try renderers and readers on.
 *
 * Every tree is complete (no string is NULL), judged, and lives in the arena
 * it was asked from; NULL without memory.  Times are fixed: the run starts at
 * SAMPLE_STARTED_AT_NS.
 */

#include "report/result/result.h"

struct arena; /* scenarios/base/arena.h */

#define SAMPLE_STARTED_AT_NS 1767225600000000000u /* 2026-01-01 00:00:00 UTC */

enum sample {
	SAMPLE_RICH,	 /* every verdict, hops, TLS, parts, hostile strings */
	SAMPLE_OUTCOMES, /* one check for each row of the outcome table */
	SAMPLE_OK,	 /* two checks that hold */
	SAMPLE_PARTIAL,	 /* interrupted: one ok, one never reached */
	SAMPLE_BROKEN,	 /* the machine failed */
	SAMPLE_EMPTY,	 /* nothing was asked */
	SAMPLE_LOADS,	 /* loads of every verdict, and a check */
	SAMPLE_LOAD,	 /* one load that holds, and nothing else */
	SAMPLE_N
};

const char *sample_name(enum sample which); /* "rich" */
struct run_result *sample_run(struct arena *a, enum sample which);

/* A run of n checks of which every third failed with a long excerpt. */
struct run_result *sample_many(struct arena *a, size_t n);

#endif
