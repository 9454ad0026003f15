/* SPDX-License-Identifier: MIT */
#ifndef REPORT_LOAD_COLLECT_PARTS_H
#define REPORT_LOAD_COLLECT_PARTS_H

/*
 * collect_parts - what the files of the collector share.
 */

#include <string.h>

#include "report/load/collect.h"
#include "report/load/conclude.h"
#include "report/load/limit.h"
#include "report/load/settle.h"
#include "report/result/load_result.h"
#include "scenarios/base/units.h"
#include "scenarios/loads/loads.h"

enum {
	SECONDS_KEPT = LIMIT_LATE_S + 3,
	ROW_DIGITS = 2, /* of a row's histogram */
};
#define NO_SECOND UINT64_MAX

/* What all workers saw in one second. */
struct second {
	uint64_t number; /* NO_SECOND: nothing yet */
	uint64_t planned, ended, ok, errors;
	uint64_t arrivals;		  /* that ended */
	uint64_t users, connections;	  /* at its end */
	uint64_t first_ok_ns, last_ok_ns; /* when there were any */
	uint64_t n_whole;		  /* slices that last until its end */
	struct hist *latency;
};

/* A row of the timeline while it grows. */
struct row {
	uint64_t planned, sent, ok, failed, timed_out, dropped;
	uint64_t users, connections;
	uint64_t level_s; /* of which second these two are */
	bool is_used;
	struct hist *latency;
};

/* A time without an ok. */
struct down {
	uint64_t from_ns;
	uint64_t to_s; /* the last second that showed it ended then */
	bool is_down, has_ok;
	uint64_t last_ok_ns;
	uint64_t longest_ns; /* of those that are over */
};

/* What came before the load had warmed up. */
struct warm {
	struct accounting accounting; /* of arrivals */
	uint64_t requests, requests_ok, ended, local_failures, waited;
	struct hist *latency, *missed;
};

struct collector {
	struct collect_facts facts;
	struct tally *judged; /* all but the warm-up */
	struct warm warm;
	struct hist *scratch;
	/* the timeline */
	struct row row[COLLECT_ROWS_MAX];
	uint64_t row_s; /* seconds of a row */
	/* the last seconds, and how far they were looked at */
	struct second second[SECONDS_KEPT];
	uint64_t done_s; /* all before it was looked at */
	uint64_t newest_s;
	bool has_slices;
	struct second last; /* the last full one; no histogram */
	uint64_t last_p50_ns, last_p99_ns;
	uint64_t sent, ok, errors; /* requests so far, warm-up too */
	/* the warm-up */
	struct settle settle;
	uint64_t warm_s;  /* it ends there; NO_SECOND: not found yet */
	uint64_t plan_ns; /* until then something is planned; 0: unknown */
	struct down down;
	uint64_t in_plan, in_plan_ok; /* requests that ended in the plan */
	size_t n_limits;
	struct limit *limit;
	struct load_limit built_in; /* when the load has none */
	const char *abort_why;
	bool is_over; /* limits are judged by collector_finish() */
};

/* Somebody, a limit or a verdict ended it: what was left was not meant to be
 * done. */
static inline bool ending_is_early(const struct collect_ending *end)
{
	return strcmp(end->ended, "interrupted") == 0 ||
	       strcmp(end->ended, "aborted") == 0 ||
	       strcmp(end->ended, "decided") == 0;
}

/* What was not started then had nothing to be started with. */
static inline bool ending_is_of_data(const struct collect_ending *end)
{
	return strcmp(end->ended, "data") == 0;
}

/* ---- collect_rows.c ------------------------------------------------- */

bool rows_init(struct collector *c);
void rows_release(struct collector *c);
void rows_take(struct collector *c, const struct tally *slice);
bool rows_result(const struct collector *c, uint64_t start_ns,
		 uint64_t total_ns, struct arena *a, struct load_result *out);

/* ---- collect.c ------------------------------------------------------ */

/* Looks at all seconds before that one. */
void collector_advance(struct collector *c, uint64_t second);
void collector_moment(const struct collector *c, uint64_t now_ns,
		      struct limit_moment *out);
/* Seconds from the end of the warm-up, at most to the last one of the plan. */
uint64_t judged_seconds(const struct collector *c, uint64_t second);

/* ---- collect_steps.c ------------------------------------------------ */

bool steps_result(const struct collector *c, struct arena *a,
		  struct load_result *out);

/* ---- collect_doubts.c ----------------------------------------------- */

/* Reasons why the instrument was the limit.  The limits are judged. */
bool doubts_result(const struct collector *c, const struct collect_ending *end,
		   struct arena *a, struct load_result *out);

#endif
