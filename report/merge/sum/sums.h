/* SPDX-License-Identifier: MIT */
#ifndef REPORT_MERGE_SUM_SUMS_H
#define REPORT_MERGE_SUM_SUMS_H

/*
 * sums - what the files of merge share: one load while it grows.
 *
 * All strings are copies in the merger's arena: a part may go once it was
 * added.
 */

#include <stdarg.h>

#include "report/hist/hist.h"
#include "report/load/collect.h"
#include "report/load/limit.h"
#include "report/merge/cells.h"
#include "report/merge/merge.h"
#include "report/result/load_result.h"
#include "scenarios/base/err.h"
#include "scenarios/loads/loads.h"

struct arena;

enum {
	SUM_LIMITS_MAX = 200, /* of one load */
	SUM_DOUBTS_MAX = 60,
	SUM_NOTES_MAX = 20,
	SUM_WHERE_MAX = 80, /* bytes of where a doubt comes from */
};

/* Histograms that belong together have the same digits and range. */
struct hist_kind {
	unsigned digits; /* 0: none was seen */
	uint64_t low_ns, high_ns;
};

/* When a part ran, since 1970, and what it held. */
struct span {
	uint64_t from_ns, to_ns;
	uint64_t rated_to_ns;		  /* rates count from from_ns to here */
	uint64_t judged_ns, judged_to_ns; /* rates of limits: from, to */
	uint64_t workers, connections, rss_bytes;
};

/* A limit of the load, read back from its text. */
struct limit_sum {
	const struct limit_result *first;
	struct load_limit rule;
	struct limit limit; /* to count with; nothing is allocated in it */
	bool is_read;	    /* its text is a rule */
	bool is_rated;	    /* each part tells what its rate counts */
	bool is_aborted;
	struct limit_count count;
	enum verdict worst; /* of the parts */
	const struct limit_result *worst_of;
};

/* One load of all parts. */
struct load_sum {
	struct arena *a;
	struct errs *es;
	const struct source *src; /* of the part under way; or NULL */
	const char *where;	  /* it ran there, for doubts; or NULL */
	size_t index;		  /* of the load in its run */
	bool any_address;
	bool is_over; /* a sum was too large */
	size_t n_parts, room;
	struct span *span;
	struct load_result first; /* its strings and flags */
	struct hist_kind kind, row_kind;
	struct tally sum; /* judged; histograms NULL where empty */
	struct step_facts *facts;
	struct spot *spot;
	struct hist *latency, *service, *none;
	struct accounting accounting;
	uint64_t requests, requests_ok;
	double in_plan, in_plan_ok, planned_in_plan;
	bool has_plan; /* each part tells what was planned */
	bool is_invalid;
	const char *ended; /* the worst */
	struct warm_up_result warm_up;
	uint64_t busiest_permille, waited, down_ns;
	double cpu_s, rss_grown;
	struct cells cells;
	size_t n_limits;
	struct limit_sum *limit;
	size_t n_doubts, n_doubts_left;
	struct doubt *doubt;
	size_t n_notes;
	struct named_count *note;
};

/* Somebody, a limit or a verdict ended it: what was left was not meant to be
 * done. */
bool sum_was_ended(const char *ended);

/* A problem with the part under way, at its file.  False. */
bool sum_bad(struct load_sum *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Adds, and remembers when the sum would be too large. */
void sum_plus(struct load_sum *t, uint64_t *into, uint64_t n);

/* Frees a histogram that is not the empty one of all. */
void sum_free(const struct load_sum *t, struct hist *h);

/* ---- sum_match.c: what must be the same --------------------------------- */

bool sum_matches(struct load_sum *t, const struct load_result *of);

/* ---- sum_times.c: histograms -------------------------------------------- */

/* Adds them to *into, which begins as NULL. */
bool sum_times(struct load_sum *t, struct hist **into,
	       const struct times_result *times, const char *key);
/* Of a row; *out is NULL when it has none. */
bool sum_row_times(struct load_sum *t, const struct timeline_row *row, size_t i,
		   struct hist **out);

/* ---- sum_steps.c --------------------------------------------------------- */

bool sum_steps_init(struct load_sum *t, const struct load_result *of);
void sum_steps_release(struct load_sum *t);
/* counts: what this part alone counts, for its limits. */
bool sum_steps(struct load_sum *t, const struct load_result *of,
	       struct tally *counts);
bool sum_steps_result(struct load_sum *t, struct arena *a,
		      struct load_result *out);

/* ---- sum_limits.c -------------------------------------------------------- */

bool sum_limits_init(struct load_sum *t, const struct load_result *of);
bool sum_limits(struct load_sum *t, const struct load_result *of,
		const struct tally *counts);
/* The rest of out is written. */
bool sum_limits_result(struct load_sum *t, struct arena *a,
		       struct load_result *out);

/* ---- sum.c ---------------------------------------------------------------- */

bool sum_init(struct load_sum *t, struct arena *a, struct errs *es);
void sum_release(struct load_sum *t);
bool sum_add(struct load_sum *t, const struct load_result *of);
/* start_at_ns: of the whole run; 0: as the first part said. */
bool sum_result(struct load_sum *t, uint64_t start_at_ns, struct arena *a,
		struct load_result *out);

/* ---- sum_spans.c ---------------------------------------------------------- */

struct span_view {
	uint64_t (*from)(const struct span *s);
	uint64_t (*to)(const struct span *s);
};
extern const struct span_view span_all, span_rated, span_judged;

/* In order of time. */
void spans_sort(struct load_sum *t);
/* How long at least one of them lasts. */
uint64_t spans_cover(const struct load_sum *t, const struct span_view *view);
/* When the last plan ends. */
uint64_t spans_rated_to(const struct load_sum *t);
/* True when parts ran at the same time. */
bool spans_overlap(const struct load_sum *t);
/* The most of a quantity at one time, added over the parts. */
uint64_t spans_peak(const struct load_sum *t,
		    uint64_t (*of)(const struct span *s));

#endif
