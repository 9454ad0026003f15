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

static void on_brief(struct load_lines *lines, enum line_look look,
		     const char *text)
{
	if (look == LOOK_WARN || look == LOOK_BAD)
		page_on_line(lines, look, text);
}

void page_load(struct page *pg, const struct load_result *load)
{
	struct page_lines told = page_lines(pg);
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
	if (pg->is_brief) {
		told.lines.verbose = -1;
		told.lines.on_line = on_brief;
	}
	load_lines(&told.lines, load);
}
