/* SPDX-License-Identifier: MIT */
#ifndef LOADGEN_AFTER_HOOKS_H
#define LOADGEN_AFTER_HOOKS_H

/*
 * hooks - what is done when a service does worse than before: a command that
 * rolls back, a webhook that tells somebody.
 *
 * The command is given to /bin/sh with this environment and
 *
 *     ASSAY_VERDICT  worse            ASSAY_LOAD    name of the load
 *     ASSAY_METRIC   p95, errors      ASSAY_BEFORE  then: seconds, or a share
 *     ASSAY_NOW      the same, now    ASSAY_BOUND   with the margin
 *     ASSAY_MESSAGE  one sentence     ASSAY_RESULT  file of --json; ""
 *
 * What it prints goes to standard error, as standard output may be a result.
 * What it has started in the background goes on behind its end, with no reader
 * of what that prints.
 * The webhook is the channel of that name (report/notice), asked again with
 * growing pauses when there is no answer or one of 5xx or 429.
 *
 * Both run at the same time, and each has hook_ns for everything.  They are
 * told on standard error: how they ended, and loudly when that was not well.
 *
 * Thread rule   the main thread, when the load is over and the result written.
 */

#include <stdbool.h>

struct after_settings; /* loadgen/after/after.h */
struct out;
struct redactor;
struct run_result;

struct hook_ask {
	const struct after_settings *set;
	const struct run_result *run; /* sealed */
	const char *result_file;      /* NULL: none was written */
	struct redactor *redactor;
	struct out *say;
};

/* Nothing when the run is not worse.  False: one of them failed. */
bool hooks_run(const struct hook_ask *ask);

#endif
