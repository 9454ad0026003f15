/* SPDX-License-Identifier: MIT */
#ifndef REPORT_GATE_PARTS_H
#define REPORT_GATE_PARTS_H

/*
 * parts - what the files of report/gate share; nobody else includes it.
 *
 *     check.c    whether settings, design and cells can be judged at all
 *     cells.c    a group's histograms, unpacked
 *     judge.c    cells to trials: one of each metric
 *     family.c   trials to verdicts, all gated ones together
 *     tell.c     verdicts to sentences
 *     plan.c     how to measure
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/gate/gate.h"
#include "report/gate/paired/change.h"
#include "report/gate/paired/rates.h"
#include "report/result/gate_result.h"
#include "scenarios/base/err.h"

enum {
	GATE_ANSWERS_MIN = 20,	   /* of a half that is compared */
	GATE_BEYOND_PLANNED = 2,   /* requests above a quantile, of a half */
	GATE_ANSWERS_PLANNED = 40, /* of a half, whatever the quantile */
	GATE_SLICES_MAX = 4 << 20, /* buckets in use, of one group */
	GATE_TAIL_NEEDS = 10,	   /* answers beyond a quantile that is told */
	GATE_DIGITS_STORED = 10,   /* of a number that is computed */
};
#define GATE_EQUAL_LEVEL 0.05 /* one-sided: two tests give 90 % */
#define GATE_POWER	 0.95 /* of what could have been seen */
#define GATE_TAIL	 0.999

/* ---- check.c ----------------------------------------------------------- */

bool gate_check(const struct gate_result *g, struct place at, struct errs *es);

/* ---- cells.c ----------------------------------------------------------- */

/* A bucket in use. */
struct slice {
	uint64_t from_ns, to_ns, count;
};

struct half {
	size_t from, n; /* its slices */
	uint64_t answers;
};

struct cells {
	const struct gate_cell *cell; /* of one group */
	size_t n;
	struct half *a, *b; /* one of each cell */
	struct slice *slices;
	size_t n_slices, room;
	struct hist *pooled_a, *pooled_b;
	double slow_ns; /* what takes longer is slow */
};

/* Unpacks a group's histograms.  first is the index of its first cell, for
 * messages.  To be released in any case. */
bool gate_cells_init(struct cells *t, const struct gate_result *g, size_t first,
		     size_t n, struct place at, struct errs *es);
void gate_cells_release(struct cells *t);

/* The logarithm of the quantile q of a half that has answers, between the ranks
 * and inside of the buckets. */
double cells_log_quantile(const struct cells *t, const struct half *h,
			  double q);
uint64_t gate_cells_slow(const struct cells *t, const struct half *h);

/* ---- judge.c ----------------------------------------------------------- */

/* What a half has to have for q to be looked at in it. */
double gate_answers_least(double q);
/* Whether a side has so many requests in so many cells that q may decide; what
 * arrives by chance may be a little less than was planned. */
bool gate_are_enough(double requests, double q, double cells);
/* What is left of alpha where it is looked at on the way. */
double gate_alpha(const struct gate_settings *s, const struct gate_design *d);

/* ---- family.c ---------------------------------------------------------- */

enum side { SIDE_WORSE, SIDE_BETTER, SIDE_N };

/* A metric while it is judged. */
struct trial {
	struct gate_metric *metric;
	bool is_enough; /* else there is nothing to judge */
	bool is_rate;
	double harm;	      /* -1: less of it is worse */
	struct change change; /* the other way round where harm is -1 */
	struct rates rates;
	double p[SIDE_N];    /* one-sided level at which it would be seen */
	bool counts[SIDE_N]; /* it is as large as it has to be */
	bool is_decided[SIDE_N];
	double level[SIDE_N]; /* one-sided, at which it was last looked at */
};

/* How many standard errors a change must be to be seen at that one-sided level
 * as often as GATE_POWER says; df 0: normal. */
double gate_reach(double level, double df);

/* Sets verdict, interval and what could be detected of every metric. */
void family_judge(struct trial *trials, size_t n,
		  const struct gate_settings *s);

/* ---- tell.c ------------------------------------------------------------ */

/* Notes of all metrics, message and warnings.  False without memory. */
bool gate_tell(struct gate_result *g, const struct trial *trials, size_t n,
	       struct arena *a);

#endif
