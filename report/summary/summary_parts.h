/* SPDX-License-Identifier: MIT */
#ifndef REPORT_SUMMARY_PARTS_H
#define REPORT_SUMMARY_PARTS_H

/*
 * summary_parts - what the files of the summary share: its metrics.
 *
 * Thread rule   pure.
 */

#include "report/alerts/history.h"
#include "report/summary/summary.h"

struct hist; /* report/hist/hist.h */

enum told {
	TOLD_GENERATIONS,
	TOLD_JOBS,
	TOLD_RATE,
	TOLD_HITS,
	TOLD_QUERIES,
	TOLD_N
};

/* What series of these names say, added up over labels and checks. */
struct told_sums {
	double sum[TOLD_N];  /* of counters */
	double mean[TOLD_N]; /* of gauges, added up */
	size_t n[TOLD_N], n_gauges[TOLD_N];
};

/* A series of that name is told. */
bool told_is_one(const char *name);
void told_add(const struct series *s, uint64_t from_at_ns, uint64_t until_at_ns,
	      struct told_sums *sums);

/* From the series, the requests counted in *s and the latencies of all. */
void summary_set_metrics(struct summary *s, const struct told_sums *sums,
			 const struct hist *of_all);

#endif
