/* SPDX-License-Identifier: MIT */
#ifndef REPORT_ALERTS_EVALUATE_H
#define REPORT_ALERTS_EVALUATE_H

/*
 * evaluate - whether a condition is true of what was seen, with the evidence.
 *
 * Pure: a question and the time in, a finding out.  It remembers nothing; what
 * holds for how long is the machine's matter (report/alerts/machine.h).
 *
 * Unknown       is neither true nor false: nothing was observed lately, or too
 *               little for the claim.  A quantile over its bound is believed
 *               when HIST_ENOUGH values lie beyond it, or when its bound by
 *               order statistics (one-sided, HIST_CONFIDENCE) is over it, too;
 *               else it is unknown.  So one slow answer bears "p95 > 2s" (when
 *               the p95 is lower, it had a chance of 5 %), but 3 of 20 do not.
 *               Under its bound it is false.
 * Windows       end now and are closed at both ends, as in Prometheus 2.x.
 * Counters      increase and rate are extrapolated to the window as Prometheus
 *               documents it for rate() and increase(): to the ends of the
 *               window when a sample is within 1.1 mean distances of them, else
 *               by half a distance, and never below zero.  Each series is
 *               corrected for its resets, then those of one name are added up.
 * Histograms    the quantile as histogram_quantile() is documented: linear
 *               within a bucket, the upper bound of the last finite one for
 *               what lies in +Inf.
 * Gauges        the newest sample of at most fresh_ns (5 minutes by default, as
 *               Prometheus looks back).
 * Worse than    a 99 % prediction interval for one new value, from the
 *               logarithms of its past ones (t distribution; G. J. Hahn and
 *               W. Q. Meeker, Statistical Intervals, section 4.7).
 * Sources       prometheus.io, querying/functions and querying/basics;
 *               order statistics: report/hist/hist.h.
 * Vantages      conditions about results and certificates hear each vantage for
 *               itself, and only those with a result of at most fresh_ns: true
 *               when as many as the quorum say so, unknown when fewer than it
 *               were heard.  All others take what was seen from everywhere.
 * Ownership     texts of a finding live in the arena.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/alerts/history.h"
#include "report/alerts/streak.h"
#include "scenarios/alerts/alerts.h"

struct arena;

#define EVALUATE_FRESH_NS UINT64_C(300000000000) /* 5 minutes */
/* Past values that a prediction takes at least, and samples of each. */
enum { EVALUATE_PAST_MIN = 8, EVALUATE_PAST_SAMPLES = 5 };

enum truth { TRUTH_UNKNOWN, TRUTH_FALSE, TRUTH_TRUE };

struct finding {
	enum truth truth;
	double value; /* in the unit of the condition; NAN: there is none */
	uint64_t samples;
	uint64_t newest_at_ns;	 /* the newest thing it rests on; 0 */
	uint64_t valid_until_ns; /* without news it holds no longer */
	uint64_t since_at_ns;	 /* what it tells of began then; 0: unknown */
	bool is_short_of_quorum; /* some say so, but too few */
	/* a sentence: "p95 of 37 requests in 5 m is 2.31 s, over 2 s" */
	const char *evidence;
	const char *seen;      /* "p95 2.31 s"; "" */
	const char *threshold; /* "> 2 s"; "" */
	const char *vantage;   /* whose results decided; "" */
};

/* One value of the past of a WORSE condition. */
struct past_value {
	uint64_t samples;
	double value;
};

struct question {
	const struct condition *condition;
	const struct history *history; /* NULL: nothing but streaks */
	const struct streaks *streaks; /* NULL: folded from the history */
	/* of a WORSE condition; NULL: taken from the history */
	const struct past_value *past;
	size_t n_past;
	uint64_t now_at_ns;
	uint64_t fresh_ns; /* an observation is current for; 0: as above */
	uint64_t min_samples;
	uint64_t quorum; /* vantages that must say so; 0: any one */
	const struct alert_heartbeat *heartbeat; /* of MISSING */
	uint64_t watched_since_at_ns; /* nothing was expected before; 0 */
	const char *message;	      /* of the newest result; NULL */
};

/* False without memory. */
bool condition_evaluate(const struct question *q, struct arena *a,
			struct finding *out);

/* True when streaks are all it looks at, so that no history is needed. */
bool condition_needs_only_streaks(const struct condition *c);

/* True for what happens at a point in time and does not last. */
bool condition_is_event(const struct condition *c);

#endif
