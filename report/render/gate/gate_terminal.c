/* SPDX-License-Identifier: MIT */
#include "report/render/gate/gate_lines.h"
#include "report/render/gate/gate_say.h"
#include "report/render/load/load_lines.h"
#include "report/render/render.h"
#include "report/render/terminal_parts.h"
#include "scenarios/base/buf.h"

static const struct look {
	const char *mark; /* in UTF-8 */
	const char *ascii;
	const char *word; /* what must not be overlooked is in capitals */
	enum page_colour colour;
} looks[GATE_VERDICT_N] = {
	[GATE_NO_CHANGE] = { "\xe2\x9c\x93", "+", "no change", GREEN },
	[GATE_IMPROVEMENT] = { "\xe2\x9c\x93", "+", "improvement", GREEN },
	[GATE_INCONCLUSIVE] = { "?", "?", "INCONCLUSIVE", YELLOW },
	[GATE_REGRESSION] = { "\xe2\x9c\x97", "x", "REGRESSION", RED },
};
static const struct look invalid = { "!", "!", "INVALID", RED };

/* The verdict comes first, in one sentence. */
void page_gate(struct page *pg, const struct gate_result *gate)
{
	struct page_lines told = page_lines(pg);
	const struct look *look =
		*gate->invalid_why ? &invalid : &looks[gate->verdict];
	struct buf line;

	page_cell(pg, look->colour, pg->opt->utf8 ? look->mark : look->ascii,
		  2);
	page_paint(pg, BOLD, "gate  ");
	page_paint(pg, look->colour, look->word);
	buf_init(&line, PAGE_CELL_MAX);
	buf_puts(&line, "  ");
	say_gate_sentence(&line, gate);
	page_line(pg, look->colour, &line);
	buf_release(&line);
	gate_lines(&told.lines, gate, pg->opt->width);
}
