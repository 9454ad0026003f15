/* SPDX-License-Identifier: MIT */
#ifndef REPORT_OUT_H
#define REPORT_OUT_H

/*
 * out - the one place where text leaves to a terminal or a pipe.
 *
 * It decides once whether there is colour, UTF-8 and how wide a line may be,
 * and passes text through the redactor.  It never ends the program: a reader
 * that went away (EPIPE) and a full disk are remembered, and out_failed()
 * tells the command.
 *
 * Thread rule   one thread.
 * Ownership     borrows the stream and the redactor.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct buf;	 /* scenarios/base/buf.h */
struct errs;	 /* scenarios/base/err.h */
struct redactor; /* report/redact/redact.h */

enum {
	OUT_WIDTH = 80, /* columns when nothing tells */
	OUT_WIDTH_MIN = 40,
	OUT_WIDTH_MAX = 400
};

enum out_colour { OUT_AUTO, OUT_ALWAYS, OUT_NEVER, OUT_COLOUR_N };

/* What the surroundings say; a NULL variable is one that is not set. */
struct out_env {
	bool is_terminal;
	unsigned columns; /* of the terminal; 0: not known */
	const char *no_color, *clicolor_force, *term;
	const char *lc_all, *lc_ctype, *lang, *columns_var;
};

struct out {
	FILE *to;
	const struct redactor *redactor; /* or NULL: shapes only */
	bool colour;
	bool utf8;
	unsigned width; /* columns */
	int error;	/* errno of the first write that failed; 0 */
};

/* "auto", "always", "never", NULL: the choices of --color. */
extern const char *const out_colours[OUT_COLOUR_N + 1];

/* Looks at the stream and the environment of this process. */
void out_init(struct out *o, FILE *to, const struct redactor *r,
	      enum out_colour mode);

/* The decision of out_init() as a pure function.  NO_COLOR (no-color.org)
 * and CLICOLOR_FORCE (bixense.com/clicolors) count when they are not empty;
 * NO_COLOR wins, and the option wins over both. */
void out_decide(struct out *o, enum out_colour mode, const struct out_env *env);

/* Text of any origin, through the redactor. */
void out_text(struct out *o, const char *text, size_t len);
void out_buf(struct out *o, const struct buf *b);
void out_printf(struct out *o, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* What was rendered from a sealed tree, as it is. */
void out_raw(struct out *o, const char *text, size_t len);

/* Problems as errs_format() writes them, those without a place as assay's;
 * nothing when there are none. */
void out_problems(struct out *o, const struct errs *es, const char *prefix);

/* Flushes.  True when anything was not written; with EPIPE nobody is left
 * to be told. */
bool out_failed(struct out *o);

/* The same of standard output, said as a problem: a full disk is no reader
 * that had enough. */
bool out_lost(struct out *o, struct errs *es);

#endif
