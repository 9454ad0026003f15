/* SPDX-License-Identifier: MIT */
#ifndef REPORT_RENDER_LOAD_PARTS_H
#define REPORT_RENDER_LOAD_PARTS_H

/*
 * load_parts - for the files that make the lines of a load.
 *
 * A table takes its cells in the order of reading and measures its columns
 * when it is told:
 *
 *     struct table t;
 *     table_init(&t, "lr");
 *     buf_puts(&t.cells, "max");  table_next(&t);
 *     say_time_at(&t.cells, ...); table_next(&t);
 *     table_row(&t, LOOK_PLAIN);
 *     table_tell(&t, lines);
 *
 * Thread rule   one thread for each table.
 */

#include <stddef.h>

#include "report/render/load/load_lines.h"
#include "scenarios/base/buf.h"

enum {
	TABLE_COLUMNS_MAX = 16,
	LOAD_INDENT = 4,
	LOAD_LABEL_COLUMNS = 12,
};

struct table {
	struct buf cells;  /* of the cell under way, and all before it */
	const char *align; /* a letter for each column: l or r */
};

void table_init(struct table *t, const char *align);
void table_next(struct table *t);		    /* the cell is complete */
void table_text(struct table *t, const char *text); /* a whole cell */
void table_row(struct table *t, enum line_look look);
/* Tells all rows, and gives back what the table holds. */
void table_tell(struct table *t, struct load_lines *lines);

/* A line that begins with a label, or with text at once; line_end() tells it.
 */
void line_indent(struct buf *line);
void line_begin(struct buf *line, const char *label);
void line_end(struct load_lines *t, enum line_look look, struct buf *line);

struct load_result;  /* report/result/load_result.h */
struct times_result; /* report/result/load_result.h */

/* One line of a distribution; nothing when it is empty. */
void line_times(struct load_lines *t, const char *label,
		const struct times_result *times, const char *what);

void tell_latency(struct load_lines *t, const struct load_result *load);
void tell_steps(struct load_lines *t, const struct load_result *load);
void tell_errors(struct load_lines *t, const struct load_result *load);
void tell_timeline(struct load_lines *t, const struct load_result *load);
void tell_trials(struct load_lines *t, const struct load_result *load);
void tell_strips(struct load_lines *t, const struct load_result *load);

#endif
