/* SPDX-License-Identifier: MIT */
#include "report/render/load/load_parts.h"

#include <string.h>

#include "scenarios/base/text.h"

/* No cell holds control characters, so these can end one. */
#define CELL_END '\x1f'
#define ROW_END	 '\x1e'

#define TABLE_BYTES_MAX ((size_t)1 << 20)
#define LINE_BYTES_MAX	((size_t)16 << 10)

enum { GAP = 2 };

void table_init(struct table *t, const char *align)
{
	buf_init(&t->cells, TABLE_BYTES_MAX);
	t->align = align;
}

void table_next(struct table *t)
{
	buf_putc(&t->cells, CELL_END);
}

void table_text(struct table *t, const char *text)
{
	buf_puts(&t->cells, text);
	table_next(t);
}

void table_row(struct table *t, enum line_look look)
{
	buf_printf(&t->cells, "%c%c", '0' + (int)look, ROW_END);
}

/* The next cell of a row, or NULL at its end. */
static const char *take_cell(const char **at, size_t *len)
{
	const char *cell = *at;
	const char *end = strchr(cell, CELL_END);
	const char *row = strchr(cell, ROW_END);

	if (!end || (row && row < end))
		return NULL;
	*len = (size_t)(end - cell);
	*at = end + 1;
	return cell;
}

static void measure(const struct table *t, size_t width[TABLE_COLUMNS_MAX])
{
	const char *at = buf_text(&t->cells);
	const char *end;

	while ((end = strchr(at, ROW_END))) {
		size_t len, column = 0;
		const char *cell;

		while ((cell = take_cell(&at, &len))) {
			size_t w = text_width(cell, len);

			if (column < TABLE_COLUMNS_MAX && w > width[column])
				width[column] = w;
			column++;
		}
		at = end + 1;
	}
}

static void put_cell(struct buf *line, const char *cell, size_t len,
		     size_t width, bool right)
{
	size_t w = text_width(cell, len);
	size_t room = width > w ? width - w : 0;

	if (right)
		buf_fill(line, ' ', room);
	buf_add(line, cell, len);
	if (!right)
		buf_fill(line, ' ', room);
}

static void trim(struct buf *line)
{
	while (line->len && line->text[line->len - 1] == ' ')
		line->text[--line->len] = '\0';
}

void table_tell(struct table *t, struct load_lines *lines)
{
	size_t width[TABLE_COLUMNS_MAX] = { 0 };
	const char *at = buf_text(&t->cells);
	const char *end;
	struct buf line;

	measure(t, width);
	buf_init(&line, LINE_BYTES_MAX);
	while ((end = strchr(at, ROW_END))) {
		size_t len, column = 0;
		const char *cell;

		buf_fill(&line, ' ', LOAD_INDENT);
		while ((cell = take_cell(&at, &len))) {
			if (column == TABLE_COLUMNS_MAX)
				break;
			if (column)
				buf_fill(&line, ' ', GAP);
			put_cell(&line, cell, len, width[column],
				 t->align[column] == 'r');
			column++;
		}
		trim(&line);
		line_end(lines, (enum line_look)(end[-1] - '0'), &line);
		at = end + 1;
	}
	buf_release(&line);
	buf_release(&t->cells);
}

void line_indent(struct buf *line)
{
	buf_init(line, LINE_BYTES_MAX);
	buf_fill(line, ' ', LOAD_INDENT);
}

void line_begin(struct buf *line, const char *label)
{
	size_t width = strlen(label);

	line_indent(line);
	buf_puts(line, label);
	buf_fill(line, ' ',
		 width < LOAD_LABEL_COLUMNS ? LOAD_LABEL_COLUMNS - width : 1);
}

void line_end(struct load_lines *t, enum line_look look, struct buf *line)
{
	t->on_line(t, look, buf_text(line));
	buf_reset(line);
}
