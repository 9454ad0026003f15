/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_GATE_RIG_H
#define TESTS_UNIT_GATE_RIG_H

/*
 * gate_rig - a gate whose cells hold what a test says, without chance.
 */

#include <stddef.h>
#include <stdint.h>

#include "report/result/gate_result.h"
#include "scenarios/base/err.h"

/* What one side does in a cell. */
struct rig_half {
	double factor;	 /* of all its latencies, around 1 ms; 0: 1 */
	uint64_t n;	 /* requests */
	uint64_t errors; /* of them, without a latency */
	uint64_t slow;	 /* of the others, ten times as long */
};

struct gate_rig {
	struct arena *a;
	struct errs es;
	struct gate_result g;
	struct gate_cell *cells; /* those of g, to be changed */
	struct gate_quantile quantiles[16];
	struct gate_group groups[8];
	double shape[500]; /* of latencies */
};

/* Says what a and b do in the cell. */
typedef void rig_fill(size_t cell, struct rig_half *a, struct rig_half *b);

/* One group of so many cells in so many launches. */
void gate_rig_make(struct gate_rig *r, size_t cells, size_t launches,
		   rig_fill *fill);
/* Another group of as many cells with that name. */
void gate_rig_add(struct gate_rig *r, const char *name, rig_fill *fill);
void gate_rig_free(struct gate_rig *r);

/* Judges; a problem fails the test. */
void gate_rig_judge(struct gate_rig *r);
/* Judges, and the problem has these words. */
void gate_rig_refuses(struct gate_rig *r, const char *words);

/* a and b of every cell change places. */
void gate_rig_swap(struct gate_rig *r);

const struct gate_metric *gate_rig_metric(const struct gate_rig *r,
					  const char *group, const char *name);

/* The latencies of a half, which lie like a log-normal distribution, rising
 * but for the slow ones, which come first; and their histogram. */
double gate_rig_value(const struct gate_rig *r, const struct rig_half *h,
		      uint64_t i);
const char *gate_rig_text(struct gate_rig *r, const struct rig_half *h);

/* 200 requests of each side, the same but for a little noise of the cells;
 * and with the candidate slower by 10 %, 4 % and 2 %. */
rig_fill rig_same, rig_slower, rig_slower_4, rig_slower_2;

#endif
