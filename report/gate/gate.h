/* SPDX-License-Identifier: MIT */
#ifndef REPORT_GATE_H
#define REPORT_GATE_H

/*
 * gate - says from the cells of two builds whether the candidate is worse.
 *
 * Latency       of each cell the logarithm of the ratio of the quantiles;
 *               Hodges-Lehmann estimate over the cells with the exact interval of
 *               Wilcoxon's signed-rank test, and the variance between launches
 *               on top of it (Satterthwaite's degrees of freedom).
 * Rates         errors and slow requests: exact signed-rank test, or the
 *               Newcombe interval of a difference of proportions with the
 *               variance of clusters; half of the level each, and both widened
 *               by what launches differ more than their cells do.
 * Family        Holm over all gated metrics, of all groups, on each of both
 *               sides, so that builds may change places; a regression must also
 *               be as large as min_effect (of rates: min_rate and min_ratio).
 *               No change: two one-sided tests (TOST) against equivalence (of
 *               rates: twice what counts; slow requests come in heaps when the
 *               machine stands still, so of them in the typical cell).
 * Not enough    a quantile needs GATE_CELLS_MIN cells with 1/(1-q) answers of
 *               each side, and 2/(1-q) requests on average; else it is
 *               inconclusive, says so, and takes nothing from the others.
 * Invalid       a measurement that failed is inconclusive, whatever its numbers;
 *               one that failed before its first cell has no metrics.
 * Early         one that is looked at between launches (is_fail_fast) spends
 *               GATE_LOOK_SHARE of alpha on each look and GATE_LAST_SHARE at its
 *               end, so that all of them together stay below alpha.
 * Random        nothing is drawn: the same cells give the same verdict.
 *
 * It knows nothing of sockets, clocks and how the cells were measured.
 *
 * Thread rule   pure.
 * Memory        what is told lives in the arena.
 * Sources       Hodges and Lehmann 1963; Wilcoxon 1945; Satterthwaite 1946;
 *               Holm 1979; Schuirmann 1987; Haybittle 1971 and Peto 1976 (looks);
 *               Newcombe, Statistics in Medicine 17 (1998), method 10; Wilson
 *               1927.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct errs;
struct gate_design; /* report/result/gate_result.h */
struct gate_result;
struct gate_settings;
struct hist;
struct place;

enum {
	GATE_CELLS_MAX = 150,	  /* planned for one group */
	GATE_CELLS_MIN = 20,	  /* fewer: no verdict on that quantile */
	GATE_STORED_MAX = 100000, /* cells of all groups that are read */
	GATE_GROUPS_MAX = 64,
	GATE_QUANTILES_MAX = 16,
	GATE_DIGITS = 2,	   /* of a cell's histogram */
	GATE_LAUNCHES_MIN = 4,	   /* fewer tell no variance */
	GATE_LOOKS = 3,		   /* at most, before the end */
	GATE_LOOK_MIN = 5,	   /* launches: fewer tell it badly */
	GATE_RATE_EQUIVALENCE = 2, /* times what counts, of shares */
};
#define GATE_LOOK_SHARE	 0.05
#define GATE_LAST_SHARE	 0.85
#define GATE_SLOT_NS	 UINT64_C(100000000)
#define GATE_SLOT_MAX_NS UINT64_C(1000000000)
#define GATE_TOTAL_NS	 UINT64_C(60000000000)
#define GATE_LAUNCH_NS	 UINT64_C(6000000000)
#define GATE_WARM_UP_NS	 UINT64_C(1000000000)

/* alpha 1 %, min_effect 5 %, equivalence 10 %, p50 and p99 gated, p95 told. */
void gate_settings_default(struct gate_settings *s);

/* What is asked of the measurement, and known before it. */
struct gate_wish {
	uint64_t total_ns, launch_ns, warm_up_ns, slot_ns; /* 0: usual */
	bool can_launch;
	double rate_per_s; /* requests; 0: a closed model */
	double seen_per_s; /* requests in the warm-up of a closed model; 0: as
			    * many as in seen, in warm_up_ns */
	uint64_t p99_ns;   /* of the warm-up; 0: unknown */
	const struct hist *seen; /* latencies of the warm-up; NULL: none */
	bool is_fail_fast;
	/* for could_detect: */
	double tau;	      /* between launches */
	size_t n_groups;      /* that are judged; 0: one */
	const double *shares; /* of the requests, of each group; NULL: each has
			       * all of them */
};

/* How many launches, cells, how long slots are.  A gated quantile that the
 * requests cannot bear (2/(1-q) of each side and cell, GATE_CELLS_MIN cells) is
 * left to gate_judge() to refuse: the plan is made for the highest one that they
 * can, and could_detect is what gate_judge() will say of that one if requests
 * are as in seen and do not depend on each other.  Cells lie evenly in launches, so that total_ns may become a little less
 * than was wished.  seed is "" and is_fixed_order false: the caller's. */
void gate_plan(const struct gate_settings *s, const struct gate_wish *wish,
	       struct gate_design *out);

/* Whether one that is_fail_fast is looked at when so many launches are over. */
bool gate_looks_after(const struct gate_design *d, uint64_t launches);

/* Computes verdict, message, metrics, tails and warnings from settings, design
 * and cells.  False without memory, or with a problem for cells that are none:
 * it has the path of what is wrong. */
bool gate_judge(struct gate_result *g, struct arena *a, struct errs *es);

/* The same for what was read: at is the place of the problems. */
bool gate_judge_at(struct gate_result *g, struct arena *a, struct place at,
		   struct errs *es);

#endif
