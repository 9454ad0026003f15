/* SPDX-License-Identifier: MIT */
#ifndef REPORT_TREND_READ_H
#define REPORT_TREND_READ_H

/*
 * trend_read - gathers the history of a run's loads from stored results, and of
 * its checks from a state file.
 *
 * A path is a result file, a state file, a folder (its *.json, not those of its
 * folders), or a pattern of the shell that the shell did not resolve.  What lies in a folder
 * or fits a pattern may be something else: it is counted, not refused.  Loads
 * are matched by name and plan; those whose instrument was the limit say
 * nothing, and a run that did not begin before the newest is not its history.
 * Of a state file the hours with requests count, at most TREND_RUNS_MAX up to
 * that of the run; the newest of them is compared with the others.
 *
 * Thread rule   one thread.
 * Memory        each file is read into an arena of its own, so that only its
 *               numbers stay.  Problems point into the arena that is given.
 * Errors        a path that is not there, a file named on its own that is
 *               neither, and a state file that remembers none of the checks
 *               are ERR_INPUT.
 */

#include <stdbool.h>
#include <stddef.h>

#include "report/trend/trend.h"

struct errs;
struct run_result; /* report/result/result.h */

struct trend_ask {
	const struct run_result *newest;
	size_t n_paths;
	const char *const *paths;
};

bool trend_read(const struct trend_ask *ask, struct arena *a, struct trend *out,
		struct errs *es);

/* trend_state.c: adds the checks of the run that the state file at path
 * remembers to load[*n], up to TREND_LOADS_MAX. */
bool trend_state_read(const struct run_result *newest, const char *path,
		      struct arena *a, struct trend_load *load, size_t *n,
		      struct errs *es);

/* trend_read() and trend_text() in one: all that `assay report gate RESULT
 * --history PATH` needs of it. */
bool trend_tell(const struct trend_ask *ask, struct arena *a, struct buf *out,
		struct errs *es);

#endif
