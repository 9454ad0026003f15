/* SPDX-License-Identifier: MIT */
#ifndef REPORT_RESULTS_H
#define REPORT_RESULTS_H

/*
 * results - what the commands that read results share: the options that say how
 * they are told, and telling them.
 *
 *     static const struct option_spec specs[] = {
 *             RESULTS_OPTIONS(struct mine, tell),
 *             ...
 *
 * Thread rule   one thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/out.h"
#include "report/render/outputs.h"
#include "scenarios/base/err.h"
#include "scenarios/base/options.h"

struct arena;
struct run_result;

#define RESULTS_TREE_MAX ((size_t)1 << 30) /* bytes of what is read */

struct results_tell {
	struct outputs outputs;
	unsigned colour; /* enum out_colour */
	bool verbose, quiet;
};

/* Ends with the comma of its last row. */
#define RESULTS_OPTIONS(type, member)                                          \
	OUTPUTS_OPTIONS(type, member.outputs){ "color",                        \
					       0,                              \
					       OPTION_CHOICE,                  \
					       OPTION_AT(type, member.colour), \
					       .arg = "WHEN",                  \
					       .preset = "auto",               \
					       .choices = out_colours,         \
					       .help = "when to use colour" }, \
		{ "verbose", 'v', OPTION_FLAG,                                 \
		  OPTION_AT(type, member.verbose),                             \
		  .help = "tell everything, of what is ok as well" },          \
		{ "quiet", 'q', OPTION_FLAG, OPTION_AT(type, member.quiet),    \
		  .help = "tell only of what is not well; nothing when all "   \
			  "is" },

/* False when the options contradict each other, one of them would write over a
 * file that is read, or cannot hold n_runs results. */
bool results_check(const struct results_tell *t, const struct args *files,
		   size_t n_runs, struct errs *es);

/* Tells runs on standard output and in all files that are asked for.  False with
 * a problem when not all of it got there. */
bool results_show(const struct results_tell *t,
		  const struct run_result *const *sealed, size_t n,
		  struct errs *es);

/* Seals one that was made here and tells it.  The exit code: that of the
 * verdict, or 4. */
int results_tell(const struct results_tell *t, struct run_result *run,
		 struct arena *a, struct errs *es);

/* Problems on standard error. */
void results_problems(const struct errs *es, unsigned colour);

#endif
