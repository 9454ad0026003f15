/* SPDX-License-Identifier: MIT */
#ifndef REPORT_RENDER_LOAD_LINES_H
#define REPORT_RENDER_LOAD_LINES_H

/*
 * load_lines - what there is to say about a load, one line at a time.
 *
 * The lines are made for a fixed pitch: columns stand below each other by
 * text_width().  They are the same on a terminal, in Markdown and in JUnit;
 * the renderers only decide how a line looks.  Every line is bounded,
 * printable and without a newline, but not escaped for any markup.
 *
 * Two of them, "Success Rate: " and "Average Duration: ", begin in the first
 * column and keep their form, for those who cut them out with a script.
 *
 * Thread rule   everything here may be called from any thread.
 * Lifetime      the text of a line lives until its callback returns.
 */

#include <stdbool.h>

struct load_result; /* report/result/load_result.h */

enum line_look {
	LOOK_PLAIN,
	LOOK_HEAD, /* of a table */
	LOOK_DIM,  /* worth less */
	LOOK_WARN,
	LOOK_BAD,
	LOOK_N
};

/* Embed it and find your own struct around it in the callback. */
struct load_lines {
	int verbose; /* < 0: only what is not well; > 0: everything */
	bool utf8;   /* false: strips are drawn in ASCII */
	void (*on_line)(struct load_lines *t, enum line_look look,
			const char *text);
};

void load_lines(struct load_lines *t, const struct load_result *load);

#endif
