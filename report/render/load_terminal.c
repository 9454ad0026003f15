/* SPDX-License-Identifier: MIT */
#include "report/render/facts.h"
#include "report/render/load/load_lines.h"
#include "report/render/load/load_say.h"
#include "report/render/render.h"
#include "report/render/terminal_parts.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"

static const struct {
	const char *mark; /* in UTF-8 */
	const char *ascii;
	enum page_colour colour;
} marks[RUN_VERDICT_N] = {
	[RUN_OK] = { "\xe2\x9c\x93", "+", GREEN },
	[RUN_FAILED] = { "\xe2\x9c\x97", "x", RED },
	[RUN_INCONCLUSIVE] = { "?", "?", YELLOW },
	[RUN_INVALID] = { "!", "!", RED },
};

static const enum page_colour looks[LOOK_N] = {
	[LOOK_PLAIN] = PLAIN, [LOOK_HEAD] = BOLD, [LOOK_DIM] = DIM,
	[LOOK_WARN] = YELLOW, [LOOK_BAD] = RED,
};

struct load_page {
	struct load_lines lines; /* first, for on_line() */
	struct page *pg;
};

static void on_line(struct load_lines *lines, enum line_look look,
		    const char *text)
{
	struct page *pg = ((struct load_page *)lines)->pg;

	if (pg->is_brief && look != LOOK_WARN && look != LOOK_BAD)
		return;
	page_paint(pg, looks[look], text);
	buf_putc(pg->out, '\n');
}

void page_load(struct page *pg, const struct load_result *load)
{
	struct load_page lp = {
		.lines = { .verbose = pg->is_brief ? -1 : pg->opt->verbose,
			   .utf8 = pg->opt->utf8,
			   .on_line = on_line },
		.pg = pg
	};
	enum page_colour colour = marks[load->verdict].colour;
	struct buf line;

	page_cell(pg, colour,
		  pg->opt->utf8 ? marks[load->verdict].mark
				: marks[load->verdict].ascii,
		  2);
	buf_init(&line, PAGE_CELL_MAX);
	buf_puts(&line, "load ");
	say_text(&line, load->name, FACT_NAME_MAX);
	page_cell(pg, BOLD, buf_text(&line), (int)pg->name_columns);
	buf_puts(pg->out, "  ");
	page_paint(pg, colour, run_verdict_name(load->verdict));
	buf_reset(&line);
	buf_puts(&line, "  ");
	if (load_was_started(load)) {
		unit_human_duration(&line, load->total_ns);
		buf_puts(&line, "  ");
	}
	say_text(&line, load_sentence(load), FACT_MESSAGE_MAX);
	page_line(pg, colour, &line);
	buf_release(&line);
	load_lines(&lp.lines, load);
}
