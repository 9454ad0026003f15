/* SPDX-License-Identifier: MIT */
#ifndef REPORT_AGAINST_RESULT_H
#define REPORT_AGAINST_RESULT_H

/*
 * against_result - a run compared with one that is stored, as a part of its
 * result.
 *
 * Filled by report/against/against.h, written and read by the shape tables,
 * rendered by report/render/against/.  Rules as in report/result/result.h.
 *
 * Units         values of latencies in seconds, of errors as shares 0 to 1.
 */

#include <stddef.h>
#include <stdint.h>

#include "report/result/result.h"

enum against_verdict {
	AGAINST_NOT_WORSE,
	AGAINST_UNDECIDED,
	AGAINST_WORSE,
	AGAINST_INVALID, /* the instrument was the limit */
	AGAINST_VERDICT_N
};
const char *against_verdict_name(enum against_verdict v); /* "not worse" */

/* One number of one load.  The share is what is judged: of the requests that
 * failed, or that took longer than the bound of the p95; as before it would be
 * at most share_bound. */
struct against_metric {
	const char *load;
	const char *name; /* "p95", "errors" */
	const char *unit; /* "s", "share" */
	enum against_verdict verdict;
	double before, before_high; /* then, and the end of its interval */
	double bound;		    /* with the margin */
	double now;
	uint64_t requests, hits; /* judged; those that failed or were slower */
	uint64_t seconds;	 /* that had any */
	double share, low, high; /* of the hits, and its interval */
	double share_bound;
	double worse_evidence, same_evidence; /* evidence.h */
	const char *message;		      /* one sentence */
};

struct against_note {
	const char *text;
};

struct against_result {
	enum against_verdict verdict; /* computed by against_judge() */
	const char *message;
	/* the stored run */
	const char *file, *name, *host;
	uint64_t started_at_ns;
	double latency_margin, error_margin; /* 0.25, 0.01 */
	double worse_level;		     /* of false alarms, all in all */
	double same_level;   /* of one that is called not worse and is */
	uint64_t decided_ns; /* since the start of the run; 0: it was not */
	size_t n_metrics;
	const struct against_metric *metrics;
	size_t n_notes;
	const struct against_note *notes;
};

/* Sets the verdict from the metrics: invalid with a load that is, else worse
 * with one metric that is, not worse when all of them are.  Nothing without an
 * against. */
void against_judge(struct run_result *run);

/* What it makes of a run: ok, inconclusive, failed, invalid. */
enum run_verdict against_run_verdict(enum against_verdict v);

/* The metric that decided, or comes closest; NULL without any. */
const struct against_metric *against_worst(const struct against_result *ag);

#endif
