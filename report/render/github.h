/* SPDX-License-Identifier: MIT */
#ifndef REPORT_RENDER_GITHUB_H
#define REPORT_RENDER_GITHUB_H

/*
 * github - a run told to GitHub Actions.
 *
 * Annotations on the scenario's lines (workflow commands), the Markdown
 * report in the step summary, and outputs for later steps:
 *
 *     verdict        ok | failed | inconclusive | invalid
 *     exit_code      0 1 3 4
 *     failed         how many checks failed
 *     failed_checks  their names, a comma between
 *     failed_loads   how many loads failed
 *     gate           regression | inconclusive | no change | improvement |
 *                    invalid, when there is one
 *
 * The two functions that make text are pure; what the surroundings say comes
 * in as a struct.  GitHub shows ten annotations of each kind for a step, so
 * the tenth counts the rest when there are more.
 *
 * Source   docs.github.com, "Workflow commands for GitHub Actions".
 */

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct buf;	   /* scenarios/base/buf.h */
struct errs;	   /* scenarios/base/err.h */
struct out;	   /* report/out.h */
struct run_result; /* report/result/result.h */

enum {
	GITHUB_ANNOTATIONS_MAX = 10, /* of each kind */
	GITHUB_MESSAGE_MAX = 4000,   /* bytes of one, before escaping */
};

/* NULL for a variable that is not set. */
struct github_env {
	const char *actions;	  /* GITHUB_ACTIONS */
	const char *workspace;	  /* GITHUB_WORKSPACE */
	const char *step_summary; /* GITHUB_STEP_SUMMARY, a file */
	const char *output;	  /* GITHUB_OUTPUT, a file */
	char folder[PATH_MAX];	  /* where relative paths start; "" */
};

/* Looks at the environment of this process. */
void github_env_init(struct github_env *env);

bool github_is_on(const struct github_env *env); /* actions is "true" */

/* The annotations, a line each. */
bool github_annotations(const struct run_result *sealed,
			const struct github_env *env, struct buf *out);

/* What is appended to the file of outputs.  Each value is written between
 * delimiters that do not occur in it. */
bool github_outputs(const struct run_result *sealed, struct buf *out);

/* Everything, when github_is_on(), else nothing.  to is where the runner
 * reads commands: standard output, or standard error when the former carries
 * data.  Goes on after a file that cannot be written; false then. */
bool github_publish(const struct run_result *sealed,
		    const struct github_env *env, struct out *to,
		    struct errs *es);

#endif
