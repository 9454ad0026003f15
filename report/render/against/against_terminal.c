/* SPDX-License-Identifier: MIT */
#include "report/render/against/against_say.h"
#include "report/render/load/load_parts.h"
#include "report/render/render.h"
#include "report/render/terminal_parts.h"
#include "scenarios/base/buf.h"

static const struct {
	const char *mark; /* in UTF-8 */
	const char *ascii;
	enum page_colour colour;
	enum line_look look;
} marks[AGAINST_VERDICT_N] = {
	[AGAINST_NOT_WORSE] = { "\xe2\x9c\x93", "+", GREEN, LOOK_PLAIN },
	[AGAINST_UNDECIDED] = { "?", "?", YELLOW, LOOK_WARN },
	[AGAINST_WORSE] = { "\xe2\x9c\x97", "x", RED, LOOK_BAD },
	[AGAINST_INVALID] = { "!", "!", RED, LOOK_BAD },
};

static void put_metrics(struct load_lines *lines,
			const struct against_result *ag)
{
	struct table table;

	table_init(&table, "lllrrrrrr");
	table_text(&table, "");
	for (size_t k = 0; k < AGAINST_CELLS; k++)
		table_text(&table, against_heads[k]);
	table_row(&table, LOOK_HEAD);
	for (size_t i = 0; i < ag->n_metrics && i < FACT_ROWS_MAX; i++) {
		const struct against_metric *m = &ag->metrics[i];

		table_text(&table, against_verdict_name(m->verdict));
		for (size_t k = 0; k < AGAINST_CELLS; k++) {
			say_against_cell(&table.cells, m, k);
			table_next(&table);
		}
		table_row(&table, marks[m->verdict].look);
	}
	table_tell(&table, lines);
}

static void put_notes(struct page *pg, const struct against_result *ag)
{
	struct buf line;

	buf_init(&line, PAGE_CELL_MAX);
	for (size_t i = 0; i < ag->n_notes && i < FACT_ROWS_MAX; i++) {
		buf_fill(&line, ' ', PAGE_INDENT);
		say_text(&line, ag->notes[i].text, FACT_MESSAGE_MAX);
		page_line(pg, DIM, &line);
	}
	buf_release(&line);
}

void page_against(struct page *pg, const struct run_result *run)
{
	const struct against_result *ag = run->against;
	struct page_lines told = page_lines(pg);
	struct buf line;

	if (!ag)
		return;
	page_cell(pg, marks[ag->verdict].colour,
		  pg->opt->utf8 ? marks[ag->verdict].mark
				: marks[ag->verdict].ascii,
		  2);
	buf_init(&line, PAGE_CELL_MAX);
	buf_puts(&line, "against ");
	say_text(&line, ag->file, FACT_URL_MAX);
	buf_puts(&line, ": ");
	say_against(&line, ag);
	page_line(pg, marks[ag->verdict].colour, &line);
	buf_release(&line);
	put_metrics(&told.lines, ag);
	put_notes(pg, ag);
	buf_putc(pg->out, '\n');
}
