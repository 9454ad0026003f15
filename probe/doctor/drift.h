/* SPDX-License-Identifier: MIT */
#ifndef PROBE_DOCTOR_DRIFT_H
#define PROBE_DOCTOR_DRIFT_H

/*
 * drift - how a schedule was really kept, from the times of the runs.
 *
 * Schedulers of others (cron on a busy machine, GitHub's scheduled workflows)
 * start late and leave out; what a rule can see in time depends on the gaps
 * there are, not on those that were asked for.
 *
 * Units         _ns nanoseconds, _at_ns since 1970.
 * Thread rule   pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DRIFT_ENOUGH = 5 }; /* gaps that a judgement needs */

struct drift {
	size_t n; /* gaps between runs */
	uint64_t median_ns, p95_ns, longest_ns;
	uint64_t longest_at_ns;	  /* when the longest one ended */
	uint64_t since_newest_ns; /* from the newest run until now */
};

enum drift_verdict {
	DRIFT_FEW, /* too little was seen */
	DRIFT_KEPT,
	DRIFT_GAPS,  /* mostly kept, with longer gaps */
	DRIFT_LATE,  /* half of the gaps are too long */
	DRIFT_STOPS, /* nothing runs any more */
};

/* Times in rising order.  False without memory. */
bool drift_measure(const uint64_t *at_ns, size_t n, uint64_t now_at_ns,
		   struct drift *out);

/* A gap that is longer than every by a quarter, or by ten seconds, is late;
 * one of three times every is a gap. */
enum drift_verdict drift_judge(const struct drift *d, uint64_t every_ns);

#endif
