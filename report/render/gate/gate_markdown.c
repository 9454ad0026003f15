/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "report/render/facts.h"
#include "report/render/gate/gate_lines.h"
#include "report/render/gate/gate_say.h"
#include "report/render/load/load_lines.h"
#include "report/render/markdown.h"
#include "report/render/markdown_parts.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"

/*
 * Made for a comment on a pull request, which holds 65,536 characters: what
 * does not hold and what is about all requests stands at the top, the rest is
 * folded in.
 */

enum {
	TABLE_MAX = 16 * 1024, /* bytes of each of the two tables */
	DETAILS_MAX = 20 * 1024,
	NOTES_MAX = 8 * 1024,
};

static const char *const marks[POINT_KIND_N] = {
	[POINT_OK] = "\xe2\x9c\x85",
	[POINT_FAILED] = "\xe2\x9d\x8c",
	[POINT_UNSEEN] = "\xe2\x9d\x94",
	[POINT_INVALID] = "\xe2\x9a\xa0\xef\xb8\x8f",
};

static const char *gate_mark(const struct gate_result *gate)
{
	if (*gate->invalid_why)
		return marks[POINT_INVALID];
	if (gate->verdict == GATE_REGRESSION)
		return marks[POINT_FAILED];
	return marks[gate->verdict == GATE_INCONCLUSIVE ? POINT_UNSEEN
							: POINT_OK];
}

/* In a table: what does not hold comes first. */
static const enum load_point_kind order[] = { POINT_FAILED, POINT_UNSEEN,
					      POINT_OK };
enum { ORDER_N = sizeof(order) / sizeof(*order) };

/* ---- a line of text ------------------------------------------------- */

/* What was said, as inline Markdown; *said is emptied. */
static void put_said(struct buf *out, struct buf *said)
{
	md_escape(out, buf_text(said));
	buf_reset(said);
}

static void put_head(struct buf *out, const struct gate_result *gate)
{
	struct buf said;

	buf_init(&said, MD_PIECE_MAX);
	buf_printf(out, "### %s gate: %s\n\n", gate_mark(gate),
		   gate_word(gate));
	buf_puts(out, "**");
	say_gate_sentence(&said, gate);
	put_said(out, &said);
	buf_puts(out, "**\n\n");
	say_gate_sides(&said, gate);
	buf_puts(&said, gate_is_compared(gate) ? ", " : ", planned: ");
	say_gate_plan(&said, gate);
	put_said(out, &said);
	buf_puts(out, "\n\n");
	buf_release(&said);
}

static void put_warnings(struct buf *out, const struct gate_result *gate)
{
	for (size_t i = 0; i < gate->n_warnings && i < FACT_ROWS_MAX; i++) {
		buf_printf(out, "> %s ", marks[POINT_INVALID]);
		md_text(out, gate->warnings[i].text, FACT_MESSAGE_MAX);
		buf_puts(out, "\n\n");
	}
}

/* ---- tables --------------------------------------------------------- */

static bool is_dull(const struct gate_point *p)
{
	return p->kind == POINT_OK && *p->metric->group;
}

static void put_change(struct buf *said, const struct gate_metric *m)
{
	if (gate_has_change(m))
		say_gate_change(said, m, m->estimate);
	else
		buf_putc(said, '-');
}

static void put_cells(struct buf *out, const struct gate_metric *m)
{
	struct buf said;

	buf_init(&said, MD_PIECE_MAX);
	say_gate_value(&said, m, m->a);
	put_said(out, &said);
	buf_puts(out, " | ");
	say_gate_value(&said, m, m->b);
	put_said(out, &said);
	buf_puts(out, " | ");
	put_change(&said, m);
	put_said(out, &said);
	buf_puts(out, " | ");
	say_gate_interval(&said, m);
	if (gate_has_change(m)) {
		buf_puts(&said, " at ");
		say_gate_level(&said, m->level);
	}
	put_said(out, &said);
	buf_puts(out, " | ");
	say_gate_seen(&said, m);
	put_said(out, &said);
	if (say_gate_p(&said, m) && said.len) {
		buf_puts(out, ", ");
		put_said(out, &said);
	}
	buf_puts(out, " |\n");
	buf_release(&said);
}

static void put_row(struct buf *out, const struct gate_result *gate,
		    const struct gate_point *p)
{
	struct buf said;

	buf_init(&said, MD_PIECE_MAX);
	buf_printf(out, "| %s ",
		   gate_counts(gate, p->metric) ? marks[p->kind] : "");
	say_gate_verdict(&said, gate, p->metric);
	put_said(out, &said);
	buf_puts(out, " | ");
	say_gate_point_name(&said, p);
	put_said(out, &said);
	buf_puts(out, " | ");
	put_cells(out, p->metric);
	buf_release(&said);
}

/* The points of the table at the top, or those of the folded one: those that
 * do not hold first. */
static size_t put_table(struct buf *out, const struct gate_result *gate,
			bool dull)
{
	size_t ceiling = out->len + TABLE_MAX, left_out = 0, told = 0;
	struct buf row;

	buf_init(&row, MD_BLOCK_MAX);
	for (size_t k = 0; k < ORDER_N; k++) {
		for (size_t i = 1; i < gate_points(gate); i++) {
			struct gate_point p = gate_point_get(gate, i);

			if (is_dull(&p) != dull || p.kind != order[k])
				continue;
			if (!told++)
				buf_puts(out, "| verdict | metric | A | B | "
					      "change | interval | could "
					      "detect |\n|---|---|--:|--:|--:"
					      "|---|---|\n");
			put_row(&row, gate, &p);
			if (left_out || !md_fits(out, &row, ceiling))
				left_out++;
			buf_reset(&row);
		}
	}
	if (told)
		md_left_out(out, left_out);
	buf_release(&row);
	return told;
}

static void put_item(struct buf *out, const struct gate_point *p,
		     struct buf *said)
{
	struct buf name;

	if (!said->len)
		return;
	buf_init(&name, MD_PIECE_MAX);
	say_gate_point_name(&name, p);
	buf_printf(out, "- %s", p->kind == POINT_OK ? "" : "**");
	put_said(out, &name);
	buf_puts(out, p->kind == POINT_OK ? ": " : "**: ");
	put_said(out, said);
	buf_putc(out, '\n');
	buf_release(&name);
}

/* What the brackets of a verdict say. */
static void put_brackets(struct buf *out, const struct gate_result *gate)
{
	for (size_t i = 0; i < gate->n_metrics; i++)
		if (!gate_counts(gate, &gate->metrics[i])) {
			buf_puts(out, "(in brackets): told only, not part of "
				      "the verdict\n\n");
			return;
		}
}

/* What an undecided metric needs, then what the notes say; of a measurement
 * that failed the head has said it. */
static void put_notes(struct buf *out, const struct gate_result *gate)
{
	size_t ceiling = out->len + NOTES_MAX, told = out->len;
	struct buf item, said;

	if (*gate->invalid_why)
		return;
	buf_init(&item, MD_BLOCK_MAX);
	buf_init(&said, MD_PIECE_MAX);
	for (size_t i = 1; i < gate_points(gate); i++) {
		struct gate_point p = gate_point_get(gate, i);

		say_gate_need(&said, gate, p.metric);
		put_item(&item, &p, &said);
		say_gate_note(&said, p.metric);
		put_item(&item, &p, &said);
		if (!md_fits(out, &item, ceiling))
			break;
	}
	if (out->len > told)
		buf_putc(out, '\n');
	buf_release(&said);
	buf_release(&item);
}

/* ---- preformatted text ---------------------------------------------- */

struct block {
	struct load_lines lines; /* first, for on_line() */
	struct buf text;
	size_t left_out;
};

static void on_line(struct load_lines *lines, enum line_look look,
		    const char *text)
{
	struct block *block = (struct block *)lines; /* its first member */
	struct buf line;

	(void)look;
	buf_init(&line, MD_PIECE_MAX);
	text_xml_escape(&line, text, strlen(text));
	buf_putc(&line, '\n');
	if (block->left_out || !md_fits(&block->text, &line, DETAILS_MAX))
		block->left_out++;
	buf_release(&line);
}

/* It ends at its own tag only; nothing when there is nothing to tell. */
static void put_block(struct buf *out, const struct gate_result *gate,
		      void (*tell)(struct load_lines *,
				   const struct gate_result *))
{
	struct block block = { .lines = { .utf8 = true, .on_line = on_line } };

	buf_init(&block.text, MD_BLOCK_MAX);
	tell(&block.lines, gate);
	if (block.text.len) {
		buf_printf(out, "<pre>\n%s", buf_text(&block.text));
		if (block.left_out)
			buf_printf(out, "and %zu more lines\n", block.left_out);
		buf_puts(out, "</pre>\n\n");
	}
	buf_release(&block.text);
}

static void put_source(struct buf *out, const char *name,
		       const struct gate_side *side)
{
	buf_printf(out, "- %s: ", name);
	md_text(out, side->source, FACT_URL_MAX);
	if (*side->target && strcmp(side->target, side->source) != 0) {
		buf_puts(out, " at ");
		md_text(out, side->target, FACT_URL_MAX);
	}
	buf_putc(out, '\n');
}

static void put_details(struct buf *out, const struct gate_result *gate)
{
	size_t from = 0;
	struct buf said;

	buf_puts(out, "<details><summary>how it was measured</summary>\n\n");
	put_table(out, gate, true);
	put_source(out, "A", &gate->baseline);
	put_source(out, "B", &gate->candidate);
	buf_init(&said, MD_PIECE_MAX);
	/* those of all requests come first */
	if (gate->n_tails && say_gate_tails(&said, gate, &from)) {
		buf_puts(out, "- not judged: ");
		put_said(out, &said);
		buf_putc(out, '\n');
	}
	if (gate_is_compared(gate)) {
		buf_printf(out,
			   "- slow: requests that took over %.3g times the "
			   "median of both builds\n- ",
			   gate->settings.slow_factor);
		say_gate_instrument(&said, gate);
		put_said(out, &said);
		buf_putc(out, '\n');
	}
	buf_putc(out, '\n');
	buf_release(&said);
	put_block(out, gate, gate_lines_launches);
	buf_puts(out, "</details>\n\n");
}

void md_gate(struct buf *out, const struct run_result *run)
{
	const struct gate_result *gate = run->gate;

	if (!gate)
		return;
	put_head(out, gate);
	put_warnings(out, gate);
	put_table(out, gate, false);
	put_brackets(out, gate);
	put_notes(out, gate);
	put_block(out, gate, gate_lines_plot);
	put_details(out, gate);
}
