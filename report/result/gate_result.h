/* SPDX-License-Identifier: MIT */
#ifndef REPORT_GATE_RESULT_H
#define REPORT_GATE_RESULT_H

/*
 * gate_result - what a regression gate has seen and said, inside a run's result.
 *
 * Two builds, the baseline (A) and the candidate (B), were loaded by turns on
 * one machine: slots of 100 ms in random order, both launched anew every few
 * seconds.  A cell is a few slots of each that lie side by side in time; its two
 * halves are compared, so that whatever both met is not in the difference.
 *
 * The cells are the data, written by loadgen/gate; everything from `metrics`
 * on follows from them and from `settings` (report/gate/gate.h), so that a
 * stored verdict can be computed again to the byte, or with other margins.
 *
 * Ownership, thread rule and units as in report/result/result.h.  Changes are
 * in percent: +10 is a tenth more.  Of rates they are percentage points.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/result/result.h"

enum gate_verdict {
	GATE_NO_CHANGE,
	GATE_IMPROVEMENT,
	GATE_INCONCLUSIVE,
	GATE_REGRESSION,
	GATE_VERDICT_N
};
const char *gate_verdict_name(enum gate_verdict v); /* "no change" */

enum gate_kind {
	GATE_LATENCY,	 /* of the quantile q */
	GATE_ERRORS,	 /* share of attempts that did not end ok */
	GATE_SLOW,	 /* share of answers slower than slow_factor medians */
	GATE_THROUGHPUT, /* answers a second, in a closed model */
	GATE_KIND_N
};
const char *gate_kind_name(enum gate_kind k); /* "latency" */

/* How it is judged; shares, not percent: 0.05 is 5 %. */
struct gate_settings {
	double alpha;	     /* of a false alarm, of all metrics together */
	double min_effect;   /* the smallest change that counts */
	double equivalence;  /* a change within it is none */
	double min_rate;     /* errors and slow: at least so much more, 0.001 */
	double min_ratio;    /* and at least so many times as many, 1.2 */
	double slow_factor;  /* times the pooled median, 5 */
	double assumed_tau;  /* sd between launches when it is not measured */
	double least_tau;    /* no less is believed when it is, 0.005 */
	bool tau_calibrated; /* assumed_tau comes from --calibrate */
	bool is_strict;	     /* inconclusive is a verdict of its own */
	size_t n_quantiles;
	const struct gate_quantile *quantiles;
};
struct gate_quantile {
	double q;
	bool is_gated; /* else only told */
};

/* How it was measured. */
struct gate_design {
	uint64_t total_ns;    /* slots of both sides, without warm-ups */
	uint64_t launches;    /* of each side; 1: it was there already */
	bool can_launch;      /* by a command */
	uint64_t launch_ns;   /* slots between two launches */
	uint64_t warm_up_ns;  /* after each launch, not measured */
	uint64_t slot_ns;     /* one side has all of the traffic */
	uint64_t cell_ns;     /* a whole number of pairs of slots */
	uint64_t cells;	      /* planned */
	double rate_per_s;    /* in a slot; 0 in a closed model */
	const char *seed;     /* hexadecimal: of the order and the starts */
	bool is_fixed_order;  /* A, B, A, B: for tests, never for a verdict */
	bool is_fail_fast;    /* it was looked at between launches, too */
	uint64_t ended_after; /* so many launches, as it was decided; 0: no */
	double could_detect;  /* planned: percent, of the highest quantile; 0:
			       * unknown */
};

struct gate_side {
	const char *name;   /* "baseline", "candidate" */
	const char *label;  /* what people call it: "main@1a2b"; "" */
	const char *source; /* the command or URL, redacted */
	const char *target; /* "http://127.0.0.1:4711" */
	uint64_t
		starts_ns; /* mean time from launch to ready; 0: not launched */
};

/* What one side did in one cell. */
struct gate_half {
	uint64_t attempts;
	uint64_t errors; /* timeouts among them */
	const char *hdr; /* latency of the others and of timeouts, two
			   * digits; "" when empty */
};

struct gate_cell {
	uint64_t group;	 /* index in gate_result.groups */
	uint64_t launch; /* from 0 */
	uint64_t at_ns;	 /* since the first slot of all, of its begin */
	struct gate_half a, b;
};

struct gate_group {
	const char *name; /* "" all requests, or a step's name */
};

struct gate_launch {
	uint64_t launch;
	double change; /* percent, of this launch alone */
};

struct gate_metric {
	const char *name;  /* "p99", "errors", "slow", "throughput" */
	const char *group; /* "" all requests */
	enum gate_kind kind;
	double q; /* of GATE_LATENCY, else 0 */
	bool is_gated;
	enum gate_verdict verdict;
	const char *note; /* why, or what else is to be known; "" */
	/* ns, shares (0 to 1), answers a second; of latency and throughput
	 * those of the typical cell, as far apart as the estimate; 0 when no
	 * cell could be used */
	double a, b;
	/* B against A: percent, of rates percentage points.  Where the data
	 * are not enough: 0, with an interval from -100 to infinity (of rates
	 * to 100), and as much for what could be detected */
	double estimate, low, high;
	double level; /* confidence of low..high, two-sided: 0.98 */
	double low90, high90;
	double could_detect; /* the smallest change that would have been seen */
	double log_estimate, se, df; /* of latency: natural logarithm; df 0:
				      * normal */
	double within_se;	     /* the part of se that the cells tell */
	double launch_sd;	     /* percent, between launches of one side */
	bool launch_is_measured;
	double p;	      /* of rates: of the rank test, one-sided */
	double design_effect; /* of rates: clustered by independent variance */
	uint64_t cells;	      /* that were used */
	uint64_t cells_dropped; /* too few answers on a side */
	size_t n_launches;
	const struct gate_launch *launches;
};

/* What is looked at and not judged by: of all cells together, with the stalls
 * of the machine and with pauses that are too rare for the cells to tell. */
struct gate_tail {
	const char *group;
	const char *name; /* "p99.9", "max" */
	double a, b;	  /* ns */
};

struct gate_result {
	const char *load; /* name */
	struct gate_settings settings;
	struct gate_design design;
	struct gate_side baseline, candidate;
	size_t n_groups;
	const struct gate_group *groups;
	size_t n_cells;
	const struct gate_cell *cells; /* by group, then in time order */
	/* the instrument */
	uint64_t lateness_p99_ns; /* of sends */
	double steal;		  /* share of CPU taken by others, 0 to 1; < 0:
				   * unknown */
	const char *invalid_why;  /* the measurement failed; "" */
	/* computed by gate_judge() */
	enum gate_verdict verdict;
	const char *message; /* one sentence */
	size_t n_metrics;
	const struct gate_metric *metrics;
	size_t n_tails;
	const struct gate_tail *tails;
	size_t n_warnings;
	const struct gate_warning *warnings;
};
struct gate_warning {
	const char *text;
};

#endif
