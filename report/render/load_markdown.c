/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "report/render/facts.h"
#include "report/render/load/load_lines.h"
#include "report/render/load/load_say.h"
#include "report/render/markdown.h"
#include "report/render/markdown_parts.h"
#include "report/result/load_result.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"

/* Half of the room is for tables, a quarter of it for each of these. */
enum { TABLE_SHARE = 8, BLOCK_SHARE = 2 };

static const struct {
	const char *mark;
	const char *word;
} marks[POINT_KIND_N] = {
	[POINT_OK] = { "\xe2\x9c\x85", "ok" },
	[POINT_FAILED] = { "\xe2\x9d\x8c", "failed" },
	[POINT_UNSEEN] = { "\xe2\x9d\x94", "not observed" },
	[POINT_INVALID] = { "\xe2\x9a\xa0\xef\xb8\x8f", "invalid" },
};

static void put_time(struct buf *out, const struct times_result *t, uint64_t ns)
{
	say_time_at(out, t, ns);
	buf_puts(out, " | ");
}

static void put_load_row(struct buf *out, const struct load_result *load)
{
	const struct times_result *l = &load->latency;

	buf_printf(out, "| %s %s | ", md_run_marks[load->verdict],
		   run_verdict_name(load->verdict));
	md_text(out, load->name, FACT_NAME_MAX);
	buf_printf(out, " | %" PRIu64 " | ", load->requests);
	say_success(out, load);
	buf_puts(out, " | ");
	say_ok_rate(out, load);
	buf_puts(out, " | ");
	put_time(out, l, l->p50_ns);
	put_time(out, l, l->p95_ns);
	put_time(out, l, l->p99_ns);
	md_text(out, load_sentence(load), FACT_VALUE_MAX);
	buf_puts(out, " |\n");
}

static void put_limit_row(struct buf *out, const struct load_result *load,
			  const struct load_point *p)
{
	struct buf said;

	buf_printf(out, "| %s %s | ", marks[p->kind].mark,
		   p->limit ? limit_word(p->limit) : marks[p->kind].word);
	md_text(out, load->name, FACT_NAME_MAX);
	buf_puts(out, " | ");
	buf_init(&said, MD_PIECE_MAX);
	say_point_name(&said, p);
	md_escape(out, buf_text(&said));
	buf_reset(&said);
	buf_puts(out, " | ");
	say_point(&said, load, p);
	md_escape(out, buf_text(&said));
	buf_release(&said);
	buf_puts(out, " |\n");
}

static void put_limits(struct buf *out, const struct run_result *run,
		       size_t ceiling)
{
	size_t left_out = 0;
	struct buf row;

	buf_init(&row, MD_BLOCK_MAX);
	buf_puts(out, "| verdict | load | limit | |\n|---|---|---|---|\n");
	for (size_t i = 0; i < run->n_loads; i++) {
		const struct load_result *load = &run->loads[i];

		for (size_t k = 0; k < load_points(load); k++) {
			struct load_point p = load_point_get(load, k);

			if (!p.limit && p.kind == POINT_OK)
				continue;
			put_limit_row(&row, load, &p);
			if (left_out || !md_fits(out, &row, ceiling))
				left_out++;
			buf_reset(&row);
		}
	}
	md_left_out(out, left_out);
	buf_release(&row);
}

/* Loads that are watched have no limits. */
static bool has_points(const struct run_result *run)
{
	for (size_t i = 0; i < run->n_loads; i++)
		if (run->loads[i].n_limits ||
		    load_point_get(&run->loads[i], 0).kind != POINT_OK)
			return true;
	return false;
}

void md_load_tables(struct buf *out, const struct run_result *run)
{
	size_t left_out = 0;
	struct buf row;

	if (!run->n_loads)
		return;
	buf_init(&row, MD_BLOCK_MAX);
	buf_puts(out, "| verdict | load | requests | success | ok | p50 | p95 "
		      "| p99 | |\n"
		      "|---|---|--:|--:|--:|--:|--:|--:|---|\n");
	for (size_t i = 0; i < run->n_loads; i++) {
		put_load_row(&row, &run->loads[i]);
		if (left_out || !md_fits(out, &row, MARKDOWN_MAX / TABLE_SHARE))
			left_out++;
		buf_reset(&row);
	}
	md_left_out(out, left_out);
	buf_release(&row);
	if (has_points(run))
		put_limits(out, run, out->len + MARKDOWN_MAX / TABLE_SHARE);
}

/* The lines as one block of preformatted text, which ends at its own tag
 * only. */
struct block {
	struct load_lines lines; /* first, for on_line() */
	struct buf *out;
};

static void on_line(struct load_lines *lines, enum line_look look,
		    const char *text)
{
	struct block *block = (struct block *)lines; /* its first member */

	(void)look;
	text_xml_escape(block->out, text, strlen(text));
	buf_putc(block->out, '\n');
}

static void put_block(struct buf *out, const struct load_result *load)
{
	struct block block = { .lines = { .utf8 = true, .on_line = on_line },
			       .out = out };
	struct buf name;

	buf_printf(out, "<details%s><summary>%s load ",
		   load->verdict != RUN_OK ? " open" : "",
		   md_run_marks[load->verdict]);
	buf_init(&name, MD_PIECE_MAX);
	say_text(&name, load->name, FACT_NAME_MAX);
	text_xml_escape(out, buf_text(&name), name.len);
	buf_release(&name);
	buf_printf(out, " (%s)</summary>\n\n<pre>",
		   run_verdict_name(load->verdict));
	load_lines(&block.lines, load);
	buf_puts(out, "</pre>\n\n</details>\n\n");
}

void md_load_blocks(struct buf *out, const struct run_result *run)
{
	size_t ceiling = out->len + (MARKDOWN_MAX - out->len) / BLOCK_SHARE;
	size_t left_out = 0;
	struct buf block;

	buf_init(&block, MD_BLOCK_MAX);
	for (size_t i = 0; i < run->n_loads; i++) {
		put_block(&block, &run->loads[i]);
		if (!md_fits(out, &block, ceiling))
			left_out++;
	}
	if (left_out)
		buf_printf(out,
			   "The details of %zu more loads are left out: the "
			   "report may not be longer\n\n",
			   left_out);
	buf_release(&block);
}
