/* SPDX-License-Identifier: MIT */
#ifndef REPORT_TREND_H
#define REPORT_TREND_H

/*
 * trend - how the numbers of a load have gone over stored runs, or those of a
 * check over the hours of a state file: whether the newest is as those before
 * it, whether they drift, and where they changed.
 *
 * Numbers       p50, p95, p99 and the error rate of each load.  Latencies are
 *               taken as logarithms, as they differ by factors; the rate p as
 *               log((x + 1/2) / (n - x + 1/2)) of x errors in n requests, which
 *               is finite with no error as well (J. B. S. Haldane, 1956).
 * As before     the interval in which one more run lies with 99 %, by the mean
 *               m and standard deviation s of the n runs before it:
 *               m +- t(n-1) s sqrt(1 + 1/n).  It begins behind the last change,
 *               when TREND_RUNS_MIN runs lie there.
 * Change        the split into two parts of at least TREND_PART_MIN runs with
 *               the largest two-sample t; significant when it would be so with
 *               the level dealt out to all splits (K. J. Worsley, 1979), and
 *               then both parts are split again (A. J. Scott, M. Knott, 1974).
 *               The level is 0.001, as Hunter (M. Fleming et al., 2023) has
 *               it.
 * Drift         the least-squares slope over the runs behind the last change,
 *               and its interval of 99 %.
 *
 * None of it is fit to block a merge: runs of different times and machines
 * differ by more than a change that matters.  So it gives no verdict.
 *
 * Units         _ns nanoseconds, _at_ns since 1970; a rate is 0 to 1.
 * Thread rule   pure; trend_read.h gathers.
 * Memory        of the arena that is given.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;

enum {
	TREND_RUNS_MIN = 8, /* before the newest */
	TREND_RUNS_MAX = 1000,
	TREND_PART_MIN = 4,
	TREND_CHANGES_MAX = 16,
	TREND_LOADS_MAX = 100, /* checks among them */
};
#define TREND_LEVEL	   0.01
#define TREND_CHANGE_LEVEL 0.001

enum trend_number {
	TREND_P50,
	TREND_P95,
	TREND_P99,
	TREND_ERRORS,
	TREND_NUMBERS_N
};
const char *trend_number_name(enum trend_number n); /* "p95", "errors" */

/* What is known of one load in one run. */
struct trend_run {
	uint64_t at_ns;
	uint64_t p50_ns, p95_ns, p99_ns;
	uint64_t requests, errors;
	const char *host; /* "" */
};

struct trend_change {
	size_t at;	      /* the first run behind it */
	double before, after; /* means, as latency in ns or as rate */
	double p;
};

struct trend_line {
	enum trend_number number;
	bool is_known;	  /* enough runs, and they are not all the same */
	double newest;	  /* ns, or a rate */
	size_t n;	  /* runs that the interval is made from */
	double low, high; /* as before */
	int side;	  /* of the newest: -1 below, 0 within, 1 above */
	bool drifts;	  /* the interval of the slope leaves out 0 */
	double slope;	  /* factor a run, less 1; of odds for a rate */
	double slope_low, slope_high;
	size_t n_changes; /* in the order of time */
	struct trend_change change[TREND_CHANGES_MAX];
};

/* runs: at least one, in the order of time; the last one is the newest.  Of
 * more than TREND_RUNS_MAX the last ones count.  errors <= requests. */
void trend_line(const struct trend_run *runs, size_t n,
		enum trend_number number, struct trend_line *out);

/* The same of numbers as they are; the parts for the tests. */
struct trend_fit {
	double low, high;
};
/* False with fewer than 2 numbers. */
bool trend_interval(const double *y, size_t n, double level,
		    struct trend_fit *out);
bool trend_slope(const double *y, size_t n, double level, double *slope,
		 struct trend_fit *out);
/* The most telling split of y, its index and p; n when there is none. */
size_t trend_split(const double *y, size_t n, double *p);
/* All that are significant, in order; at most room. */
size_t trend_changes(const double *y, size_t n, size_t *at, double *p,
		     size_t room);

/* ---- told ------------------------------------------------------------ */

struct trend_load {
	const char *name;
	bool is_check; /* of a state file: a run is an hour of it */
	size_t n_runs; /* with the newest */
	const struct trend_run *runs;
	size_t n_hosts;
	struct trend_line line[TREND_NUMBERS_N];
};

struct trend {
	const char *name; /* of the scenario */
	size_t n_loads;
	const struct trend_load *loads;
	size_t n_files;	  /* that were looked at */
	size_t n_unread;  /* of them: cut short, or no result at all */
	size_t n_skipped; /* of them: nothing of these loads */
	size_t n_invalid; /* loads left out: the instrument was the limit */
	size_t n_other;	  /* loads left out: another plan */
	size_t n_again;	  /* loads of runs that another file had */
	size_t n_later;	  /* runs left out: not before the newest */
};

void trend_text(const struct trend *t, struct buf *out);

#endif
