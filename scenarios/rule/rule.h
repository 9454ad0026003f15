/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_RULE_H
#define SCENARIOS_RULE_H

/*
 * rule - a sentence about many requests: "p95(latency, 5m) < 2s".
 *
 *     FUNCTION(WHAT [, STEP-OR-WINDOW ...]) OP VALUE [of planned] [for TIME]
 *
 *     p50(latency) ... p99.9(latency), mean, min, max (latency, service,
 *     lateness, first_byte, connect, iteration)
 *     ratio(SELECT)  share of all requests       < 1%   or  < 0.01
 *     rate(SELECT)   per second                  >= 180/s, >= 95% of planned
 *                    (answered at most a second behind the plan; of planned
 *                    counts arrivals, as those are planned: an arrival is ok
 *                    when all of its requests are)
 *     count(SELECT)                              <= 10
 *     down_for()     longest time without an ok  < 60s
 *
 * SELECT is all, ok, errors, timeouts, dropped, 4xx, 5xx ..., "status >= 500",
 * "status != 200" (an error without a status is none of these but !=).
 * Behind WHAT come, in any order, `step: NAME`, `window: TIME` and, as a bare
 * TIME, the window again: p95(latency, 5m).  Without a window the rule is
 * about the whole run.
 * A limit holds while its rule is true; with `for`, it is crossed only when the
 * rule was false all that time.
 *
 * Units         durations ns; ratio 0 to 1; rate per second; count absolute.
 * Thread rule   pure; a parsed rule is const.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenarios/base/err.h"

struct arena; /* scenarios/base/arena.h */

enum rule_function {
	RULE_QUANTILE,
	RULE_MEAN,
	RULE_MIN,
	RULE_MAX,
	RULE_RATIO,
	RULE_RATE,
	RULE_COUNT,
	RULE_DOWN_FOR,
	RULE_FUNCTION_N
};

/* The times that are recorded. */
enum rule_metric {
	RULE_LATENCY,	 /* from planned to end */
	RULE_SERVICE,	 /* from sent to end */
	RULE_LATENESS,	 /* from planned to sent */
	RULE_FIRST_BYTE, /* from sent to the first byte */
	RULE_CONNECT,	 /* dns, connect and tls of new connections */
	RULE_ITERATION,	 /* a whole flow, from planned to end */
	RULE_METRIC_N
};

enum rule_select_kind {
	RULE_ALL,
	RULE_OK,
	RULE_ERRORS, /* whatever is not ok, timeouts and dropped too */
	RULE_TIMEOUTS,
	RULE_DROPPED,
	RULE_STATUS, /* status_low to status_high */
};

struct rule_select {
	enum rule_select_kind kind;
	unsigned status_low, status_high; /* both included */
	bool is_other; /* all but these, also what has no status */
};

enum rule_op { RULE_LT, RULE_LE, RULE_GT, RULE_GE, RULE_EQ, RULE_NE };

struct rule {
	const char *text; /* as written */
	enum rule_function function;
	double quantile; /* 0.95 */
	enum rule_metric metric;
	struct rule_select select;
	const char *step;   /* name, or NULL: all steps */
	uint64_t window_ns; /* 0: the whole run */
	enum rule_op op;
	double value;	    /* in the unit of the function */
	bool is_of_planned; /* value is a share of what was planned */
	uint64_t for_ns;
	struct place at; /* of the text */
};

enum {
	RULE_TEXT_MAX = 300, /* bytes of one rule */
	RULES_MAX = 100,     /* in one list, several joined by commas */
};
#define RULE_WINDOW_MIN_NS UINT64_C(1000000000)
#define RULE_WINDOW_MAX_NS UINT64_C(3600000000000)
#define RULE_TIME_MAX_NS   UINT64_C(604800000000000) /* of a value, of for */

/* at: where the text begins.  False with problems at the place of the
 * mistake. */
bool rule_parse(struct arena *a, const char *text, size_t len, struct place at,
		struct rule *out, struct errs *es);

/* "p99(latency) < 200ms, ratio(errors) < 0.1%" */
bool rules_parse(struct arena *a, const char *text, size_t len, struct place at,
		 const struct rule **out, size_t *n, struct errs *es);

/* value OP rule->value; what is no number holds for nothing. */
bool rule_holds(const struct rule *r, double value);

#endif
