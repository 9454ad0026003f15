/* SPDX-License-Identifier: MIT */
#ifndef REPORT_ALERTS_HISTORY_H
#define REPORT_ALERTS_HISTORY_H

/*
 * history - what was seen of one check lately: what a condition looks at.
 *
 * Filled from the state file (report/state) or by a test, and read by
 * condition_evaluate().  All lists are in the order of time, and reach back at
 * least as far as the conditions of the check (condition_reach_ns()).
 *
 * Units         _at_ns nanoseconds since 1970 UTC.
 * Ownership     all of it lives in the arena of whoever made it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/result/outcome.h"
#include "report/result/result.h"

/* One run of the check. */
struct seen_check {
	uint64_t at_ns; /* it ended */
	enum verdict verdict;
	enum severity worst;
	enum outcome outcome;
	uint64_t failing_since_ns; /* first failed attempt of this run; 0 */
	int64_t cert_days;	   /* of the earliest; INT64_MAX: none seen */
	const char *message;
	const char *vantage;
};

/* One request of the check (each step that asked). */
struct seen_request {
	uint64_t at_ns; /* it ended */
	uint64_t latency_ns, service_ns, first_byte_ns, connect_ns;
	enum outcome outcome;
	unsigned status; /* 0: none */
	const char *step;
};

struct series_point {
	uint64_t at_ns;
	double value;
	const char *text; /* of SERIES_TEXT; else NULL */
};

/* name, labels and bound are one series. */
struct series {
	const char *name;   /* "errors" */
	const char *labels; /* as in struct kept */
	enum series_kind kind;
	double bound;
	size_t n_points;
	const struct series_point *points;
};

/* What somebody else told: assay event, assay run. */
struct seen_event {
	uint64_t at_ns;
	int64_t exit_code;
	const char *name;
	const char *message; /* "" */
};

struct history {
	const char *check;    /* ""; of events and heartbeats */
	uint64_t first_at_ns; /* the oldest observation there is; 0: none.
			       * A window that began before it is not full */
	size_t n_checks;
	const struct seen_check *checks;
	size_t n_requests;
	const struct seen_request *requests;
	size_t n_series;
	const struct series *series;
	size_t n_events;
	const struct seen_event *events;
};

#endif
