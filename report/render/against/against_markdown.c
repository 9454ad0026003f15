/* SPDX-License-Identifier: MIT */
#include "report/render/against/against_say.h"
#include "report/render/facts.h"
#include "report/render/markdown.h"
#include "report/render/markdown_parts.h"
#include "scenarios/base/buf.h"

enum { TABLE_SHARE = 8 }; /* of the room, as other tables have it */

static void put_cell(struct buf *out, const struct against_metric *m,
		     size_t cell)
{
	struct buf said;

	buf_init(&said, MD_PIECE_MAX);
	say_against_cell(&said, m, cell);
	md_escape(out, buf_text(&said));
	buf_puts(out, " | ");
	buf_release(&said);
}

static void put_table(struct buf *out, const struct against_result *ag)
{
	size_t ceiling = out->len + MARKDOWN_MAX / TABLE_SHARE, left_out = 0;
	struct buf row;

	buf_init(&row, MD_BLOCK_MAX);
	buf_puts(out, "| verdict | ");
	for (size_t k = 0; k < AGAINST_CELLS; k++)
		buf_printf(out, "%s | ", against_heads[k]);
	buf_puts(out, "\n|---|---|---|--:|--:|--:|--:|--:|--:|\n");
	for (size_t i = 0; i < ag->n_metrics; i++) {
		const struct against_metric *m = &ag->metrics[i];

		buf_printf(&row, "| %s %s | ",
			   md_run_marks[against_run_verdict(m->verdict)],
			   against_verdict_name(m->verdict));
		for (size_t k = 0; k < AGAINST_CELLS; k++)
			put_cell(&row, m, k);
		buf_putc(&row, '\n');
		if (left_out || !md_fits(out, &row, ceiling))
			left_out++;
		buf_reset(&row);
	}
	buf_putc(out, '\n');
	if (left_out)
		buf_printf(out,
			   "%zu more are left out of this table: the report "
			   "may not be longer\n\n",
			   left_out);
	buf_release(&row);
}

void md_against(struct buf *out, const struct run_result *run)
{
	const struct against_result *ag = run->against;
	struct buf said;

	if (!ag)
		return;
	buf_printf(out, "%s **against ",
		   md_run_marks[against_run_verdict(ag->verdict)]);
	md_text(out, ag->file, FACT_URL_MAX);
	buf_puts(out, ": ");
	buf_init(&said, MD_PIECE_MAX);
	say_against(&said, ag);
	md_escape(out, buf_text(&said));
	buf_release(&said);
	buf_puts(out, "**\n\n");
	put_table(out, ag);
	for (size_t i = 0; i < ag->n_notes && i < FACT_ROWS_MAX; i++) {
		buf_puts(out, "> ");
		md_text(out, ag->notes[i].text, FACT_MESSAGE_MAX);
		buf_puts(out, "\n\n");
	}
}
