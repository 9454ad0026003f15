/* SPDX-License-Identifier: MIT */
/* Comma-separated values as RFC 4180 has them: a value with commas, quotes or
 * line ends stands in quotes, a quote inside is doubled.  Lines end in CRLF or
 * LF; empty lines at the end count for nothing. */
#include <string.h>

#include "scenarios/loads/loads_parts.h"

enum cell_end { END_CELL, END_LINE, END_FILE, END_BAD };

struct csv {
	struct feeder_rows *r;
	const char *text;
	size_t len, at;
	size_t line_start;
	char *to; /* where the next value goes */
};

static size_t col(const struct csv *c)
{
	return c->at - c->line_start;
}

static void next_line(struct csv *c)
{
	c->at++;
	c->line_start = c->at;
	c->r->line++;
}

/* What is wrong in a line is told once. */
static enum cell_end give_up_line(struct csv *c)
{
	const char *end = memchr(c->text + c->at, '\n', c->len - c->at);

	c->at = end ? (size_t)(end - c->text) : c->len;
	return END_BAD;
}

static enum cell_end cell_over(struct csv *c)
{
	if (c->at == c->len)
		return END_FILE;
	if (c->text[c->at] == ',') {
		c->at++;
		return END_CELL;
	}
	if (c->text[c->at] == '\r' && c->at + 1 < c->len &&
	    c->text[c->at + 1] == '\n')
		c->at++;
	if (c->text[c->at] == '\n')
		return END_LINE; /* the caller goes on */
	if (c->text[c->at] == '\r')
		feeder_bad(c->r, col(c),
			   "a carriage return alone does not end a line");
	else
		feeder_bad(c->r, col(c),
			   "behind a closing quote comes a comma or the end of "
			   "the line; a quote inside is doubled");
	return give_up_line(c);
}

static enum cell_end quoted_read(struct csv *c)
{
	struct feeder_rows *r = c->r;
	unsigned line = r->line;
	size_t start = col(c);

	for (c->at++; c->at < c->len;) {
		char ch = c->text[c->at];
		if (ch == '"' && c->at + 1 < c->len &&
		    c->text[c->at + 1] == '"') {
			c->at++;
		} else if (ch == '"') {
			c->at++;
			return cell_over(c);
		}
		*c->to++ = ch;
		if (ch == '\n')
			next_line(c);
		else
			c->at++;
	}
	r->line = line;
	feeder_bad(r, start, "the quote is never closed");
	return END_BAD;
}

static enum cell_end plain_read(struct csv *c)
{
	while (c->at < c->len && !strchr(",\r\n\"", c->text[c->at]))
		*c->to++ = c->text[c->at++];
	if (c->at < c->len && c->text[c->at] == '"') {
		feeder_bad(c->r, col(c),
			   "a value with a quote inside stands in quotes, and "
			   "the quote is doubled");
		return give_up_line(c);
	}
	return cell_over(c);
}

/* One row into r->cells; *n values were there. */
static enum cell_end row_read(struct csv *c, size_t *n)
{
	size_t most = c->r->n_columns ? c->r->n_columns : FEEDER_COLUMNS_MAX;
	enum cell_end end;

	*n = 0;
	do {
		char *value = c->to;
		bool is_quoted = c->at < c->len && c->text[c->at] == '"';
		end = is_quoted ? quoted_read(c) : plain_read(c);
		if (end == END_BAD)
			return END_BAD;
		*c->to++ = '\0';
		if (++*n <= most && !feeder_cell_add(c->r, value))
			return END_BAD;
	} while (end == END_CELL);
	return end;
}

static bool only_empty_lines(const struct csv *c)
{
	for (size_t i = c->at; i < c->len; i++)
		if (c->text[i] != '\n' && c->text[i] != '\r')
			return false;
	return true;
}

/* What a row leaves behind when it is wrong is taken back. */
static void row_take(struct csv *c, struct feeder *f)
{
	struct feeder_rows *r = c->r;
	unsigned line = r->line;
	size_t before = r->n;
	bool is_first = !r->n_columns;
	bool is_empty = c->text[c->at] == '\n' || c->text[c->at] == '\r';
	size_t n;
	enum cell_end end = row_read(c, &n);
	unsigned end_line = r->line;

	r->line = line;
	bool ok = end != END_BAD;
	if (ok && is_empty)
		ok = feeder_bad(r, 0,
				"this line is empty; a value that is "
				"empty is written \"\"");
	else if (ok && is_first)
		ok = feeder_columns(r, r->cells, n, f);
	else if (ok)
		ok = feeder_row_end(r, n);
	if (!ok || is_first)
		r->n = before;
	if (!ok && is_first) /* nothing else can be understood */
		r->problems = FILE_PROBLEMS_MAX;
	r->line = end_line;
	if (c->at < c->len)
		next_line(c);
}

bool feeder_read_csv(struct feeder_rows *r, struct feeder *f)
{
	struct csv c = { .r = r, .text = r->src->text, .len = r->src->len };

	/* a value is never longer than it is written */
	c.to = arena_alloc(r->d->arena, c.len + 1, 1);
	if (!c.to)
		return errs_nomem(r->d->es);
	while (c.at < c.len && !only_empty_lines(&c) &&
	       r->problems < FILE_PROBLEMS_MAX)
		row_take(&c, f);
	return !r->problems;
}
