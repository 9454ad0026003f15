/* SPDX-License-Identifier: MIT */
#ifndef REPORT_AGAINST_H
#define REPORT_AGAINST_H

/*
 * against - whether a service does worse than in a run that is stored, while
 * it is watched with little load.
 *
 * For each load two shares of requests are followed, second by second:
 *
 *   errors   that failed, timed out or were dropped.  Bound: the high end of
 *            the 95 % interval of the stored share (E. B. Wilson, 1927), and
 *            error_margin more.
 *   p95      that took longer than T, which is the high end of the 95 %
 *            interval of the stored p95 and latency_margin of it, at least
 *            AGAINST_LATENCY_FLOOR_NS, more.  As before, at most 5 % of them
 *            do; so the bound is 0.05.
 *
 * A metric is worse when evidence.h shows its share above the bound, not worse
 * when it shows it below.  Seconds are what is bet on, as requests of one
 * second share its mishaps.  The run is worse with the first metric that is,
 * not worse when all of them are at the same time.
 *
 * Errors of the verdict     a service that is within all bounds is called worse
 *            with a chance of at most worse_level, which is dealt out to all
 *            metrics evenly; one that is not within one of them is called not
 *            worse with a chance of at most same_level.
 * Own delay  what this machine was late by at most in a second, in sending and
 *            in taking up answers, may be in each latency of it.  So a request
 *            is evidence of "worse" only beyond T and that delay, and evidence
 *            of "not worse" only below T: what is left in between is neither.
 * Limits     the other run was at another time, perhaps on another machine and
 *            at another rate: what that changes is not in the interval, so
 *            there are margins.  A request belongs to the second that it ended
 *            in.
 *
 * It has no clock; who calls says what second it is.
 *
 * Units         _ns nanoseconds, shares 0 to 1.
 * Memory        allocated by against_new(); it does not grow.
 * Thread rule   one thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/against/against_result.h"

struct arena;
struct buf;
struct hist;
struct load_result;
struct tally;

#define AGAINST_WORSE_LEVEL	 0.01
#define AGAINST_SAME_LEVEL	 0.05
#define AGAINST_LATENCY_MARGIN	 0.25
#define AGAINST_ERROR_MARGIN	 0.01
#define AGAINST_LATENCY_FLOOR_NS UINT64_C(1000000) /* nobody notices */
#define AGAINST_SLOW_SHARE	 0.05		   /* beyond a p95 */

enum {
	AGAINST_LOADS_MAX = 100,
	AGAINST_SECONDS_MAX = 86400,
};

struct against_rule {
	double latency_margin, error_margin;
	double worse_level, same_level;
};

#define AGAINST_RULE                                                          \
	((struct against_rule){ AGAINST_LATENCY_MARGIN, AGAINST_ERROR_MARGIN, \
				AGAINST_WORSE_LEVEL, AGAINST_SAME_LEVEL })

/* What is known of a load from the stored run. */
struct against_before {
	const char *load; /* borrowed */
	uint64_t p95_ns, p95_high_ns;
	uint64_t slow_ns; /* T */
	uint64_t late_ns; /* half of the margin in T */
	uint64_t requests, errors;
	double error_high, error_bound;
	double arrivals_per_s; /* 0: unknown */
};

/* False with a sentence in *why: it says too little of it. */
bool against_before(const struct load_result *stored,
		    const struct against_rule *rule, struct against_before *out,
		    struct buf *why);

/* What ended in one second. */
struct against_second {
	uint64_t requests, errors;
	uint64_t times, slow; /* with a latency; longer than slow_ns */
	uint64_t sure;	      /* and longer by more than own delay */
	uint64_t late_ns;     /* most that this machine was late by */
};

struct against;

/* Copies before; NULL without memory. */
struct against *against_new(size_t n_loads, const struct against_before *before,
			    const struct against_rule *rule);
void against_free(struct against *ag); /* NULL is fine */

/* A second of that load, each once.  After the verdict is there, and beyond
 * AGAINST_SECONDS_MAX, nothing more is taken. */
void against_take(struct against *ag, size_t load,
		  const struct against_second *s);

/* Worse or not worse as soon as it is known. */
enum against_verdict against_now(const struct against *ag);

/* Seconds of a load that were taken, and those in which this machine was late by
 * more than half of the margin. */
size_t against_seconds(const struct against *ag, size_t load);
size_t against_late(const struct against *ag, size_t load);

/* The fewest seconds in which it can be shown that it is not worse. */
uint64_t against_least_s(const struct against *ag);

/* The metrics; now: of each load, in the order of before, what this run
 * measured.  What the stored run was is left to the caller.  False without
 * memory. */
bool against_result(const struct against *ag,
		    const struct load_result *const *now, struct arena *a,
		    struct against_result *out);

/* What this machine was late by at most in a slice. */
uint64_t against_delay(const struct tally *slice);

/* The requests that ended in a slice of a load; scratch is reset.  late_ns comes
 * in as that of the second before, in which some of them were sent. */
void against_count(const struct tally *slice, uint64_t slow_ns,
		   struct hist *scratch, struct against_second *add_to);

#endif
