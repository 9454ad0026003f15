/* SPDX-License-Identifier: MIT */
#ifndef REPORT_RENDER_OUTPUTS_H
#define REPORT_RENDER_OUTPUTS_H

/*
 * outputs - the files that a command writes its result to.
 *
 * One set of options for every command: --json FILE, --junit FILE and so on,
 * a row for each renderer.  Put a struct outputs into the options of the
 * command and OUTPUTS_OPTIONS() into its table.
 *
 *     static const struct option_spec specs[] = {
 *             OUTPUTS_OPTIONS(struct mine, outputs),
 *             ...
 *
 * Errors   a wrong combination is ERR_INPUT, found by outputs_check() before
 *          anything is done; a file that cannot be written is ERR_SYSTEM.
 */

#include <stdbool.h>
#include <stddef.h>

#include "report/render/render.h"
#include "scenarios/base/options.h"

struct errs;	   /* scenarios/base/err.h */
struct run_result; /* report/result/result.h */

struct outputs {
	const char *path[RENDER_N]; /* "-" is standard output; NULL: none */
};

#define OUTPUTS_ROW(type, member, kind_, lower, name_, extension_, many, doc_) \
	{ .name = name_,                                                       \
	  .kind = OPTION_TEXT,                                                 \
	  .at = OPTION_AT(type, member.path[RENDER_##kind_]),                  \
	  .arg = "FILE",                                                       \
	  .help = doc_ },

/* Ends with the comma of its last row. */
#define OUTPUTS_OPTIONS(type, member)                             \
	{ .help = "output (FILE may be - for standard output)" }, \
		RENDERER_FILES(OUTPUTS_ROW, type, member)

/* Whether both are the same file, by whatever path; devices are not, as nothing
 * is lost in them. */
bool outputs_same(const char *a, const char *b);

/* False when two name the same file, or one cannot hold n_runs results. */
bool outputs_check(const struct outputs *t, size_t n_runs, struct errs *es);

/* False when it can be told already that one of them cannot be written. */
bool outputs_try(const struct outputs *t, struct errs *es);

/* False when one of them would write over path, which is what ("the log"). */
bool outputs_spare(const struct outputs *t, const char *path, const char *what,
		   struct errs *es);

/* Whether there is any. */
bool outputs_any(const struct outputs *t);

/* Whether one of them is standard output, so that text must stay away. */
bool outputs_take_stdout(const struct outputs *t);

/* Renders and writes every one of them.  One that fails does not keep the
 * others from being written; false then. */
bool outputs_write(const struct outputs *t,
		   const struct run_result *const *sealed, size_t n_runs,
		   struct errs *es);

#endif
