/* SPDX-License-Identifier: MIT */
#include "report/render/html/html_parts.h"

#include <inttypes.h>
#include <string.h>

#include "scenarios/base/units.h"

void sheet_text(struct sheet *s, const char *text, size_t max_bytes)
{
	struct buf shown;

	buf_init(&shown, HTML_PIECE_MAX);
	say_text(&shown, text, max_bytes);
	html_text(s->out, buf_text(&shown));
	buf_release(&shown);
}

void sheet_said(struct sheet *s, struct buf *said)
{
	html_text(s->out, buf_text(said));
	buf_reset(said);
}

unsigned sheet_heading(struct sheet *s, unsigned below, const char *text)
{
	unsigned id = ++s->ids;
	unsigned level = s->level + below;

	buf_printf(s->out, "<h%u id=\"h%u\">", level, id);
	html_text(s->out, text);
	buf_printf(s->out, "</h%u>", level);
	return id;
}

void section_begin(struct sheet *s, unsigned below, const char *text)
{
	buf_printf(s->out, "<section aria-labelledby=\"h%u\">", s->ids + 1);
	sheet_heading(s, below, text);
}

void section_end(struct sheet *s)
{
	buf_puts(s->out, "</section>\n");
}

void fold_begin(struct sheet *s, const char *summary, bool is_open)
{
	buf_printf(s->out, "<details%s><summary>", is_open ? " open" : "");
	html_text(s->out, summary);
	buf_puts(s->out, "</summary>");
}

void fold_end(struct sheet *s)
{
	buf_puts(s->out, "</details>\n");
}

/* ---- tables ------------------------------------------------------------- */

void grid_begin(struct grid *g, struct sheet *s, const char *caption,
		const char *columns, const char *const *heads)
{
	*g = (struct grid){ .s = s, .columns = columns };
	/* what scrolls must be reached by the keyboard */
	buf_puts(s->out, "<div class=\"wide\" role=\"group\" tabindex=\"0\" "
			 "aria-label=\"");
	html_text(s->out, caption);
	buf_puts(s->out, "\"><table><caption>");
	html_text(s->out, caption);
	buf_puts(s->out, "</caption><thead><tr>");
	for (size_t i = 0; columns[i]; i++) {
		buf_printf(s->out, "<th scope=\"col\"%s>",
			   columns[i] == 'r' ? " class=\"r\"" : "");
		html_text(s->out, heads[i]);
		buf_puts(s->out, "</th>");
	}
	buf_puts(s->out, "</tr></thead><tbody>\n");
}

void grid_row(struct grid *g, const char *look)
{
	g->at = 0;
	if (*look)
		buf_printf(g->s->out, "<tr class=\"%s\">", look);
	else
		buf_puts(g->s->out, "<tr>");
}

static void close_cell(struct grid *g)
{
	if (g->at)
		buf_puts(g->s->out,
			 g->columns[g->at - 1] == 'h' ? "</th>" : "</td>");
}

void grid_cell(struct grid *g)
{
	close_cell(g);
	switch (g->columns[g->at++]) {
	case 'h':
		buf_puts(g->s->out, "<th scope=\"row\">");
		break;
	case 'r':
		buf_puts(g->s->out, "<td class=\"r\">");
		break;
	case 't':
		buf_puts(g->s->out, "<td class=\"t\">");
		break;
	default:
		buf_puts(g->s->out, "<td>");
	}
}

void grid_text(struct grid *g, const char *text, size_t max_bytes)
{
	grid_cell(g);
	sheet_text(g->s, text, max_bytes);
}

void grid_count(struct grid *g, uint64_t n)
{
	grid_cell(g);
	buf_printf(g->s->out, "%" PRIu64, n);
}

void grid_time(struct grid *g, uint64_t ns)
{
	grid_cell(g);
	unit_human_duration(g->s->out, ns);
}

void grid_row_end(struct grid *g)
{
	close_cell(g);
	buf_puts(g->s->out, "</tr>\n");
}

void grid_end(struct grid *g)
{
	buf_puts(g->s->out, "</tbody></table></div>\n");
}

void grid_rest(struct sheet *s, size_t n)
{
	if (n > FACT_ROWS_MAX)
		buf_printf(s->out, "<p class=\"dim\">and %zu more</p>",
			   n - FACT_ROWS_MAX);
}

/* ---- pairs -------------------------------------------------------------- */

void pairs_begin(struct sheet *s, const char *look)
{
	buf_printf(s->out, "<dl class=\"%s\">", look);
}

void pair_begin(struct sheet *s, const char *name)
{
	buf_puts(s->out, "<div><dt>");
	html_text(s->out, name);
	buf_puts(s->out, "</dt><dd>");
}

void pair_end(struct sheet *s)
{
	buf_puts(s->out, "</dd></div>");
}

void pair_text(struct sheet *s, const char *name, const char *text)
{
	if (!*text)
		return;
	pair_begin(s, name);
	sheet_text(s, text, FACT_URL_MAX);
	pair_end(s);
}

void pairs_end(struct sheet *s)
{
	buf_puts(s->out, "</dl>\n");
}

/* ---- verdicts ----------------------------------------------------------- */

const char *look_of_run(enum run_verdict v)
{
	static const char *const looks[RUN_VERDICT_N] = {
		[RUN_OK] = "ok",
		[RUN_FAILED] = "bad",
		[RUN_INCONCLUSIVE] = "warn",
		[RUN_INVALID] = "bad",
	};

	return looks[v];
}

const char *look_of_check(enum verdict v)
{
	static const char *const looks[VERDICT_N] = {
		[VERDICT_OK] = "ok",	     [VERDICT_FLAKY] = "warn",
		[VERDICT_STARTING] = "warn", [VERDICT_SKIPPED] = "none",
		[VERDICT_FAILED] = "bad",    [VERDICT_NOT_OBSERVED] = "warn",
	};

	return looks[v];
}

void badge(struct sheet *s, const char *look, const char *word)
{
	static const struct {
		const char *look, *mark;
	} marks[] = {
		{ "ok", "\xe2\x9c\x93" },
		{ "bad", "\xe2\x9c\x97" },
		{ "warn", "!" },
		{ "none", "\xe2\x80\x93" },
	};
	const char *mark = "";

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (!strcmp(marks[i].look, look))
			mark = marks[i].mark;
	buf_printf(s->out,
		   "<span class=\"badge %s\"><span aria-hidden=\"true\">%s "
		   "</span>",
		   look, mark);
	html_text(s->out, word);
	buf_puts(s->out, "</span>");
}
