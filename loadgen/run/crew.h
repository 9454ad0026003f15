/* SPDX-License-Identifier: MIT */
#ifndef LOADGEN_CREW_H
#define LOADGEN_CREW_H

/*
 * crew - the workers of one run, and what the main thread does meanwhile.
 *
 * crew_run() takes loads as they will be run (load_job) and gives the result of
 * each.  It starts loads when it is their time, collects tallies, judges
 * limits, shows progress and answers signals.
 *
 * Thread rule   one thread, the main one: it holds back SIGINT, SIGTERM and
 *               SIGHUP while it is at it.
 */

#include "loadgen/run/inside.h"
#include "report/result/load_result.h"

struct show; /* loadgen/run/show.h */

struct crew_ending {
	bool is_interrupted; /* by a signal or the deadline */
	const char *why;     /* "interrupted by SIGINT"; "" */
	uint64_t begun_ns;   /* monotonic: the loads without a start of their
			      * own began */
	uint64_t stopped_ns; /* when all was ended early; 0: never */
};

/* False with problems: nothing was sent then.  result: one of each job. */
bool crew_run(const struct load_config *config, struct load_job *jobs,
	      size_t n_jobs, struct show *show, struct arena *a,
	      struct load_result *result, struct crew_ending *end,
	      struct errs *es);

/* find_max.c: the same for --find-max, of one job. */
bool find_max(const struct load_config *config, struct load_job *job,
	      struct show *show, struct arena *a, struct load_result *result,
	      struct crew_ending *end, struct errs *es);

#endif
