/* SPDX-License-Identifier: MIT */
#include "report/render/markdown.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/render/against/against_say.h"
#include "report/render/facts.h"
#include "report/render/gate/gate_say.h"
#include "report/render/markdown_parts.h"
#include "report/render/render.h"
#include "report/result/result.h"
#include "report/result/verdict.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

/* GitHub Flavored Markdown: github.github.com/gfm. */

static const struct {
	const char *mark;
	const char *word;
	unsigned rank; /* in the order of the table: lowest first */
} marks[VERDICT_N] = {
	[VERDICT_FAILED] = { "\xe2\x9d\x8c", "failed", 0 },
	[VERDICT_NOT_OBSERVED] = { "\xe2\x9d\x94", "not observed", 1 },
	[VERDICT_STARTING] = { "\xe2\x9d\x94", "starting", 2 },
	[VERDICT_FLAKY] = { "\xe2\x9a\xa0\xef\xb8\x8f", "flaky", 3 },
	[VERDICT_OK] = { "\xe2\x9c\x85", "ok", 4 },
	[VERDICT_SKIPPED] = { "\xe2\x9e\x96", "skipped", 5 },
};

const char *const md_run_marks[RUN_VERDICT_N] = {
	[RUN_OK] = "\xe2\x9c\x85",
	[RUN_FAILED] = "\xe2\x9d\x8c",
	[RUN_INCONCLUSIVE] = "\xe2\x9d\x94",
	[RUN_INVALID] = "\xe2\x9a\xa0\xef\xb8\x8f",
};

void md_escape(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '&')
			buf_puts(out, "&amp;");
		else if (*text == '<')
			buf_puts(out, "&lt;");
		else if (*text == '>')
			buf_puts(out, "&gt;");
		else if (*text == '@' || *text == '$' || *text == '|')
			buf_printf(out, "&#%d;", *text);
		else if (strchr("\\`*_[]#~!", *text))
			buf_printf(out, "\\%c", *text);
		else if (*text == ':' && text[1] == '/')
			buf_puts(out, "\\:");
		else
			buf_putc(out, *text);
	}
}

void md_text(struct buf *out, const char *text, size_t max_bytes)
{
	struct buf shown;

	buf_init(&shown, MD_PIECE_MAX);
	say_text(&shown, text, max_bytes);
	md_escape(out, buf_text(&shown));
	buf_release(&shown);
}

static void put_row(struct buf *out, const struct check_result *check)
{
	buf_printf(out, "| %s %s | ", marks[check->verdict].mark,
		   marks[check->verdict].word);
	md_text(out, check->name, FACT_NAME_MAX);
	buf_puts(out, " | ");
	if (check->total_ns)
		unit_human_duration(out, check->total_ns);
	buf_printf(out, " | %zu | ", check->n_attempts);
	if (check_needs_look(check) && check->verdict != VERDICT_FLAKY)
		md_text(out, check_sentence(check), FACT_VALUE_MAX);
	buf_puts(out, " |\n");
}

/* The lines of a check as one block of preformatted text, which ends at its
 * own tag only. */
struct block {
	struct facts facts; /* first, for on_fact() */
	struct buf *out;
	size_t lines;
};

static void on_fact(struct facts *facts, enum fact_kind kind, bool bad,
		    const char *text)
{
	struct block *block = (struct block *)facts; /* its first member */

	(void)bad;
	/* these are in the table above the block */
	if (kind == FACT_EXPECTATION || kind == FACT_PART)
		return;
	if (!block->lines++)
		buf_puts(block->out, "<pre>");
	if (kind != FACT_STEP && kind != FACT_ATTEMPT)
		buf_puts(block->out, "  ");
	text_xml_escape(block->out, text, strlen(text));
	buf_putc(block->out, '\n');
}

static void put_expectation(struct buf *out, const struct expectation *ex)
{
	buf_puts(out, "| ");
	md_text(out, ex->subject, FACT_NAME_MAX);
	buf_puts(out, " | ");
	md_text(out, ex->expected, FACT_VALUE_MAX);
	buf_puts(out, " | ");
	md_text(out, ex->seen, FACT_VALUE_MAX);
	buf_puts(out, " | ");
	md_text(out, ex->note, FACT_VALUE_MAX);
	if (ex->is_part)
		buf_printf(out, "%s%s", *ex->note ? ", " : "",
			   severity_name(ex->severity));
	buf_puts(out, " |\n");
}

static void put_expectations(struct buf *out, const struct step_result *step)
{
	size_t told = 0;

	for (size_t i = 0; i < step->n_expectations; i++) {
		const struct expectation *ex = &step->expectations[i];

		if (ex->ok)
			continue;
		if (!told++)
			buf_puts(out, "| what | expected | seen | |\n"
				      "|---|---|---|---|\n");
		if (told <= FACT_ROWS_MAX)
			put_expectation(out, ex);
	}
	if (told > FACT_ROWS_MAX)
		buf_printf(out, "\nand %zu more\n", told - FACT_ROWS_MAX);
	if (told)
		buf_putc(out, '\n');
}

static void put_details(struct buf *out, const struct check_result *check)
{
	const struct step_result *step = check_failed_step(check);
	struct block block = { .facts = { .kept = true, .on_fact = on_fact },
			       .out = out };
	struct buf name;

	buf_printf(out, "<details%s><summary>%s ",
		   check->verdict == VERDICT_FAILED ? " open" : "",
		   marks[check->verdict].mark);
	buf_init(&name, MD_PIECE_MAX);
	say_text(&name, check->name, FACT_NAME_MAX);
	text_xml_escape(out, buf_text(&name), name.len);
	buf_release(&name);
	buf_printf(out, " (%s, %s)</summary>\n\n", marks[check->verdict].word,
		   severity_name(check->severity));
	if (step)
		put_expectations(out, step);
	facts_check(&block.facts, check);
	if (block.lines)
		buf_puts(out, "</pre>\n\n");
	buf_puts(out, "</details>\n\n");
}

bool md_fits(struct buf *out, struct buf *piece, size_t ceiling)
{
	bool ok = buf_ok(piece) && out->len + piece->len <= ceiling &&
		  buf_add(out, buf_text(piece), piece->len);

	buf_reset(piece);
	return ok;
}

void md_left_out(struct buf *out, size_t n)
{
	buf_putc(out, '\n');
	if (n)
		buf_printf(out,
			   "%zu more are left out of this table: the report "
			   "may not be longer\n\n",
			   n);
}

static int by_rank(const void *a, const void *b)
{
	const struct check_result *x = *(const struct check_result *const *)a;
	const struct check_result *y = *(const struct check_result *const *)b;
	unsigned rank_x = marks[x->verdict].rank;
	unsigned rank_y = marks[y->verdict].rank;

	if (rank_x != rank_y)
		return rank_x < rank_y ? -1 : 1;
	if (x->severity != y->severity)
		return x->severity > y->severity ? -1 : 1;
	return x < y ? -1 : x > y; /* as in the scenario */
}

static const struct check_result **in_order(const struct run_result *run)
{
	const struct check_result **order =
		calloc(run->n_checks + 1, sizeof(*order));

	if (!order)
		return NULL;
	for (size_t i = 0; i < run->n_checks; i++)
		order[i] = &run->checks[i];
	qsort(order, run->n_checks, sizeof(*order), by_rank);
	return order;
}

static void put_why(struct buf *out, const char *what, const char *why)
{
	buf_printf(out, "> %s", what);
	if (*why) {
		buf_puts(out, ": ");
		md_text(out, why, FACT_MESSAGE_MAX);
	}
	buf_puts(out, "\n\n");
}

static void put_head(struct buf *out, const struct run_result *run)
{
	struct buf line;

	buf_init(&line, MD_PIECE_MAX);
	buf_printf(out, "## %s ",
		   run->verdict == RUN_OK && run->gate &&
				   gate_needs_look(run->gate)
			   ? md_run_marks[RUN_INCONCLUSIVE]
			   : md_run_marks[run->verdict]);
	say_title(&line, run);
	md_escape(out, buf_text(&line));
	buf_reset(&line);
	buf_puts(out, "\n\n**");
	say_verdict(&line, run);
	md_escape(out, buf_text(&line));
	buf_puts(out, "**\n\n");
	say_counts(out, run);
	buf_puts(out, ", begun ");
	say_time(out, run->started_at_ns);
	buf_puts(out, "\n\n");
	if (run->partial)
		put_why(out, "partial", run->partial_why);
	if (run->broken)
		put_why(out, "this machine failed", run->broken_why);
	buf_release(&line);
}

/* Half of the room is for the table, so that details have some as well. */
static void put_table(struct buf *out, const struct run_result *run,
		      const struct check_result *const *order)
{
	size_t left_out = 0;
	struct buf row;

	if (!run->n_checks)
		return;
	buf_init(&row, MD_BLOCK_MAX);
	buf_puts(out, "| verdict | check | time | attempts | |\n"
		      "|---|---|--:|--:|---|\n");
	for (size_t i = 0; i < run->n_checks; i++) {
		put_row(&row, order[i]);
		if (left_out || !md_fits(out, &row, MARKDOWN_MAX / 2))
			left_out++;
		buf_reset(&row);
	}
	buf_putc(out, '\n');
	if (left_out)
		buf_printf(out,
			   "%zu of %zu checks are left out of this table: "
			   "the report may not be longer\n\n",
			   left_out, run->n_checks);
	buf_release(&row);
}

static void put_blocks(struct buf *out, const struct run_result *run,
		       const struct check_result *const *order)
{
	size_t left_out = 0;
	struct buf block;

	buf_init(&block, MD_BLOCK_MAX);
	for (size_t i = 0; i < run->n_checks; i++) {
		if (!check_needs_look(order[i]) || !order[i]->n_attempts)
			continue;
		put_details(&block, order[i]);
		if (!md_fits(out, &block, MARKDOWN_MAX - MD_SENTENCES_MAX))
			left_out++;
	}
	if (left_out)
		buf_printf(out,
			   "The details of %zu more checks are left out: the "
			   "report may not be longer\n",
			   left_out);
	buf_release(&block);
}

bool render_markdown(const struct run_result *const *runs, size_t n,
		     const struct render_options *opt, struct buf *out)
{
	const struct check_result **order;
	struct buf text;
	bool ok;

	(void)opt;
	if (!n)
		return true;
	order = in_order(runs[0]);
	if (!order)
		return false;
	buf_init(&text, MARKDOWN_MAX);
	put_head(&text, runs[0]);
	md_gate(&text, runs[0]);
	md_against(&text, runs[0]);
	md_load_tables(&text, runs[0]);
	put_table(&text, runs[0], order);
	md_load_blocks(&text, runs[0]);
	put_blocks(&text, runs[0], order);
	ok = buf_ok(&text) && buf_add(out, buf_text(&text), text.len);
	buf_release(&text);
	free(order);
	return ok;
}
