/* SPDX-License-Identifier: MIT */
#ifndef REPORT_RESULTS_H
#define REPORT_RESULTS_H

/*
 * results - what the commands that make one result of others share: the files
 * they read, and how the result is told.
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
		  .help = "tell everything" },                                 \
		{ "quiet", 'q', OPTION_FLAG, OPTION_AT(type, member.quiet),    \
		  .help = "tell only of what is not well; nothing when all "   \
			  "is" },

/* False when the options contradict each other, or one of them would write
 * over a file that is read. */
bool results_check(const struct results_tell *t, const struct args *files,
		   struct errs *es);

/* Tells the run on standard output and in all files that are asked for.  The
 * exit code: that of the verdict, or 4. */
int results_tell(const struct results_tell *t, struct run_result *run,
		 struct arena *a, struct errs *es);

/* Problems on standard error. */
void results_problems(const struct errs *es, unsigned colour);

#endif
