/* SPDX-License-Identifier: MIT */
#include "report/render/render.h"

#include <inttypes.h>
#include <string.h>

#include "report/render/against/against_say.h"
#include "report/render/facts.h"
#include "report/render/gate/gate_say.h"
#include "report/render/terminal_parts.h"
#include "report/result/load_result.h"
#include "report/result/result.h"
#include "report/result/verdict.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

enum {
	NAME_COLUMNS_MAX = 44, /* longer names push their line out */
	NAME_COLUMNS_MIN = 12,
	EXCERPT_LINES = 3,  /* of the terminal's width */
	OTHER_COLUMNS = 40, /* of a line, beside the name */
};

static const struct {
	const char *mark; /* in UTF-8 */
	const char *ascii;
	enum page_colour colour;
} marks[VERDICT_N] = {
	[VERDICT_OK] = { "\xe2\x9c\x93", "+", GREEN },
	[VERDICT_FLAKY] = { "~", "~", YELLOW },
	[VERDICT_STARTING] = { "?", "?", YELLOW },
	[VERDICT_SKIPPED] = { "-", "-", DIM },
	[VERDICT_NOT_OBSERVED] = { "?", "?", YELLOW },
	[VERDICT_FAILED] = { "\xe2\x9c\x97", "x", RED },
};

static enum page_colour fact_colour(enum fact_kind kind, bool bad)
{
	switch (kind) {
	case FACT_MESSAGE:
	case FACT_EXPECTATION:
	case FACT_PART:
	case FACT_CERTIFICATE:
		return bad ? RED : PLAIN;
	case FACT_SLOW:
	case FACT_ATTEMPT:
		return YELLOW;
	case FACT_PHASES:
	case FACT_HEADER:
	case FACT_CAPTURE:
	case FACT_KEPT:
	case FACT_EXCERPT:
	case FACT_REQUEST_ID:
		return DIM;
	default:
		return bad ? YELLOW : PLAIN;
	}
}

static void on_fact(struct facts *facts, enum fact_kind kind, bool bad,
		    const char *text)
{
	struct page *pg = (struct page *)facts; /* its first member */
	struct buf cut;
	size_t max = PAGE_CELL_MAX;

	/* A step's own lines stand under its name. */
	buf_fill(pg->out, ' ',
		 kind == FACT_STEP || kind == FACT_ATTEMPT ? PAGE_INDENT
							   : PAGE_INDENT + 2);
	if (kind == FACT_EXCERPT && pg->opt->width > PAGE_INDENT + 2)
		max = (size_t)(pg->opt->width - PAGE_INDENT - 2) *
		      EXCERPT_LINES;
	buf_init(&cut, max);
	text_cut(&cut, text, strlen(text), max);
	page_paint(pg, fact_colour(kind, bad), buf_text(&cut));
	buf_putc(pg->out, '\n');
	buf_release(&cut);
}

/* Said of a check that holds, too: it holds for less. */
static bool check_is_unverified(const struct check_result *check)
{
	const struct attempt *at = check_deciding(check);

	for (size_t i = 0; at && i < at->n_steps; i++)
		if (at->steps[i].unverified)
			return true;
	return false;
}

static void put_check(struct page *pg, const struct check_result *check)
{
	enum page_colour colour = marks[check->verdict].colour;
	struct buf word;

	page_cell(pg, colour,
		  pg->opt->utf8 ? marks[check->verdict].mark
				: marks[check->verdict].ascii,
		  2);
	buf_init(&word, PAGE_CELL_MAX);
	say_text(&word, check->name, FACT_NAME_MAX);
	page_cell(pg, PLAIN, buf_text(&word), (int)pg->name_columns);
	buf_puts(pg->out, "  ");
	page_cell(pg, colour, verdict_name(check->verdict),
		  (int)pg->verdict_columns);
	buf_putc(pg->out, ' ');
	buf_reset(&word);
	if (check->total_ns)
		unit_human_duration(&word, check->total_ns);
	else
		buf_putc(&word, '-');
	page_cell(pg, PLAIN, buf_text(&word), -PAGE_TIME_COLUMNS);
	buf_release(&word);
	if (check->n_attempts > 1)
		buf_printf(pg->out, "  %zu attempts", check->n_attempts);
	if (check_is_unverified(check))
		buf_puts(pg->out, "  certificates not verified");
	buf_putc(pg->out, '\n');
	if (!pg->facts.all && !check_needs_look(check))
		return;
	facts_check(&pg->facts, check);
	if (!check->n_attempts && check_needs_look(check))
		on_fact(&pg->facts, FACT_NOTE, false, "it was not reached");
}

static size_t widest_name(const struct page *pg, const struct run_result *run)
{
	size_t max = NAME_COLUMNS_MAX;
	size_t widest = 0;
	struct buf name;

	if (pg->opt->width && pg->opt->width < max + OTHER_COLUMNS)
		max = pg->opt->width > OTHER_COLUMNS + NAME_COLUMNS_MIN
			      ? pg->opt->width - OTHER_COLUMNS
			      : NAME_COLUMNS_MIN;
	buf_init(&name, PAGE_CELL_MAX);
	for (size_t i = 0; i < run->n_checks; i++) {
		struct buf shown;
		size_t width;

		buf_reset(&name);
		buf_init(&shown, PAGE_CELL_MAX);
		say_text(&name, run->checks[i].name, FACT_NAME_MAX);
		page_show(pg, &shown, buf_text(&name));
		width = text_width(buf_text(&shown), shown.len);
		buf_release(&shown);
		if (width > widest && width <= max)
			widest = width;
	}
	buf_release(&name);
	return widest;
}

static size_t widest_verdict(const struct run_result *run)
{
	size_t widest = 0;

	for (size_t i = 0; i < run->n_checks; i++) {
		size_t len = strlen(verdict_name(run->checks[i].verdict));

		if (len > widest)
			widest = len;
	}
	return widest;
}

static void put_why(struct page *pg, struct buf *line, const char *what,
		    const char *why)
{
	buf_puts(line, what);
	if (*why) {
		buf_puts(line, ": ");
		say_text(line, why, FACT_MESSAGE_MAX);
	}
	page_line(pg, YELLOW, line);
}

/* A gate that could not tell is told also when it does not fail. */
static bool needs_look(const struct run_result *run)
{
	return run->exit_code || (run->gate && gate_needs_look(run->gate));
}

static void put_summary(struct page *pg, const struct run_result *run)
{
	struct buf line;

	buf_init(&line, PAGE_CELL_MAX);
	say_counts(&line, run);
	page_line(pg, BOLD, &line);
	if (needs_look(run)) {
		say_verdict(&line, run);
		page_line(pg, run->verdict == RUN_FAILED ? RED : YELLOW, &line);
	}
	if (run->broken)
		put_why(pg, &line, "this machine failed", run->broken_why);
	if (run->partial)
		put_why(pg, &line, "partial", run->partial_why);
	buf_release(&line);
}

/* What is compared comes first, and these are the evidence of it: one that is
 * ok is told in a line then.  Whether any was told. */
static bool put_loads(struct page *pg, const struct run_result *run)
{
	bool is_compared = run->gate || run->against;
	bool told = false;

	for (size_t i = 0; i < run->n_loads; i++) {
		bool is_ok = run->loads[i].verdict == RUN_OK;

		if (pg->opt->verbose < 0 && is_ok)
			continue;
		pg->is_brief = is_compared && is_ok && !pg->opt->verbose;
		if (told ? !pg->is_brief
			 : run->gate || (run->n_checks && !run->against))
			buf_putc(pg->out, '\n');
		told = true;
		page_load(pg, &run->loads[i]);
	}
	return told;
}

/* Before the loads of its sides, as it is what was asked. */
static void put_gate(struct page *pg, const struct run_result *run)
{
	if (pg->opt->verbose < 0 && !gate_needs_look(run->gate))
		return;
	if (run->n_checks)
		buf_putc(pg->out, '\n');
	page_gate(pg, run->gate);
}

static void put_run(struct page *pg, const struct run_result *run)
{
	struct buf line;

	buf_init(&line, PAGE_CELL_MAX);
	say_title(&line, run);
	page_line(pg, BOLD, &line);
	if (pg->opt->now_at_ns) {
		say_begun(&line, run, pg->opt->now_at_ns);
		page_line(pg, DIM, &line);
	}
	buf_release(&line);
	pg->name_columns = widest_name(pg, run);
	pg->verdict_columns = widest_verdict(run);
	for (size_t i = 0; i < run->n_checks; i++)
		if (pg->opt->verbose >= 0 || check_needs_look(&run->checks[i]))
			put_check(pg, &run->checks[i]);
	if (run->gate)
		put_gate(pg, run);
	page_against(pg, run);
	if (put_loads(pg, run) || run->gate)
		buf_putc(pg->out, '\n');
	put_summary(pg, run);
}

/* The last line says how the process ends. */
static void put_lost(struct page *pg)
{
	struct buf line;

	buf_init(&line, PAGE_CELL_MAX);
	buf_puts(&line, "invalid: not every file was written (exit code 4, "
			"whatever the verdict is)");
	page_line(pg, YELLOW, &line);
	buf_release(&line);
}

bool render_terminal(const struct run_result *const *runs, size_t n,
		     const struct render_options *opt, struct buf *out)
{
	struct page pg = {
		.facts = { .all = opt->verbose > 0, .on_fact = on_fact },
		.opt = opt,
		.out = out,
	};
	bool told = false;

	for (size_t i = 0; i < n; i++) {
		if (opt->verbose < 0 && !needs_look(runs[i]))
			continue;
		if (told)
			buf_putc(out, '\n');
		told = true;
		put_run(&pg, runs[i]);
	}
	if (opt->is_lost)
		put_lost(&pg);
	return buf_ok(out);
}
