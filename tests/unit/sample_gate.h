/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_SAMPLE_GATE_H
#define TESTS_UNIT_SAMPLE_GATE_H

/*
 * sample_gate - runs with a gate, made up in code, to try renderers on.
 *
 * As sample_run.h: complete, judged (as a run: nobody computed the numbers of
 * the metrics), and living in the arena it was asked from.  What the gate is
 * made of is const and static, but the gate itself may be changed.
 */

#include <stdbool.h>
#include <stddef.h>

struct arena; /* scenarios/base/arena.h */
struct run_result;

enum gate_sample {
	GATE_SAMPLE_REGRESSION,
	GATE_SAMPLE_NO_CHANGE,	  /* with a note: slower, below the margin */
	GATE_SAMPLE_INSUFFICIENT, /* p99.9 without the requests for it */
	GATE_SAMPLE_STRICT,	  /* the same, and strict */
	GATE_SAMPLE_INVALID,	  /* the generator was late */
	GATE_SAMPLE_URLS,	  /* nothing was launched: a warning */
	GATE_SAMPLE_GROUPS,	  /* five of them, with hostile names */
	GATE_SAMPLE_N
};

const char *gate_sample_name(enum gate_sample which); /* "regression" */
struct run_result *sample_gate(struct arena *a, enum gate_sample which);

/* A run with a gate whose cells are there and were judged, as a file must have
 * it: B takes so many times as long as A. */
struct gate_story {
	const char *name;
	double times;
	size_t cells;	/* of each of four launches */
	double highest; /* quantile that is gated */
	bool is_strict;
	const char *invalid_why;
};
enum { GATE_STORIES = 5 };
extern const struct gate_story gate_stories[GATE_STORIES];
struct run_result *sample_gate_judged(struct arena *a,
				      const struct gate_story *story);

/* As many metrics as a file may hold. */
struct run_result *sample_gate_many(struct arena *a, size_t n_metrics);

#endif
