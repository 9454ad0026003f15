/* SPDX-License-Identifier: MIT */
#ifndef REPORT_RENDER_TERMINAL_PARTS_H
#define REPORT_RENDER_TERMINAL_PARTS_H

/*
 * terminal_parts - what the files of the terminal's renderer share.
 *
 * Every text goes through page_show(), which keeps what is no ASCII from a
 * terminal that cannot show it, and commands from a CI runner.
 *
 * Thread rule   one page, one thread.
 */

#include <stdbool.h>
#include <stddef.h>

#include "report/render/facts.h"
#include "report/render/load/load_lines.h"

struct buf;	       /* scenarios/base/buf.h */
struct gate_result;    /* report/result/gate_result.h */
struct load_result;    /* report/result/load_result.h */
struct render_options; /* report/render/render.h */

enum {
	PAGE_CELL_MAX = 16 * 1024, /* bytes of one piece of a line */
	PAGE_INDENT = 4,
	PAGE_TIME_COLUMNS = 8,
};

enum page_colour { PLAIN, GREEN, RED, YELLOW, DIM, BOLD };

/* One text under way; facts come first, for their callback. */
struct page {
	struct facts facts;
	const struct render_options *opt;
	struct buf *out;
	size_t name_columns;
	size_t verdict_columns;
	bool is_brief; /* of a load: its head and what is not well */
};

/* Appends text as this terminal can show it. */
void page_show(const struct page *pg, struct buf *to, const char *text);
void page_paint(const struct page *pg, enum page_colour colour,
		const char *text);

/* A text with blanks behind it, or before it when columns < 0. */
void page_cell(const struct page *pg, enum page_colour colour, const char *text,
	       int columns);

/* A whole line; *line is emptied. */
void page_line(struct page *pg, enum page_colour colour, struct buf *line);

/* Lines of load_lines.h, each in the colour of its look. */
struct page_lines {
	struct load_lines lines; /* first, for its callback */
	struct page *pg;
};
struct page_lines page_lines(struct page *pg);
/* The callback, for who tells only some of them. */
void page_on_line(struct load_lines *lines, enum line_look look,
		  const char *text);

void page_load(struct page *pg, const struct load_result *load);
void page_gate(struct page *pg, const struct gate_result *gate);

#endif
