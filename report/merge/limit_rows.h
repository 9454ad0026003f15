/* SPDX-License-Identifier: MIT */
#ifndef REPORT_MERGE_LIMIT_ROWS_H
#define REPORT_MERGE_LIMIT_ROWS_H

/*
 * limit_rows - judges a limit over the rows of a timeline.
 *
 * A row has counts of arrivals and a histogram of latency with two digits, so it
 * cannot judge everything that a load can while it runs: no step, no time but
 * latency, no status, and requests only where an arrival is one ("of planned" is
 * about arrivals).  A window that
 * rows do not fill is up to a quarter longer than asked.  A time that is nearer to
 * the limit than two digits tell is not observed.
 *
 * Units         _ns nanoseconds, at_ns since 1970.
 * Thread rule   pure.
 */

#include <stdbool.h>
#include <stdint.h>

struct arena;	     /* scenarios/base/arena.h */
struct cells;	     /* report/merge/cells.h */
struct limit_result; /* report/result/load_result.h */
struct load_limit;   /* scenarios/loads/loads.h */

struct limit_rows {
	const struct cells *cells;	 /* warm-ups are left out */
	uint64_t base_at_ns;		 /* moments are told since then */
	uint64_t plan_at_ns;		 /* nothing is planned from then on */
	bool is_by_request;		 /* each arrival was one request */
	bool was_ended;			 /* by somebody */
	bool ran_out;			 /* of data */
	uint64_t in_flight, not_started; /* at the end */
};

/* NULL: *out is what of (its text, place and kind) is by the rows.  Else a
 * sentence why it cannot be told; "" without memory. */
const char *limit_rows_judge(const struct limit_rows *rows,
			     const struct load_limit *rule,
			     const struct limit_result *of, struct arena *a,
			     struct limit_result *out);

#endif
