/* SPDX-License-Identifier: MIT */
#include "report/render/render.h"

#include <inttypes.h>
#include <string.h>

#include "report/render/facts.h"
#include "report/result/result.h"
#include "report/result/verdict.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

enum {
	NAME_COLUMNS_MAX = 44, /* longer names push their line out */
	NAME_COLUMNS_MIN = 12,
	TIME_COLUMNS = 8,
	INDENT = 4,
	CELL_MAX = 16 * 1024, /* bytes of one piece of a line */
	EXCERPT_LINES = 3,    /* of the terminal's width */
	OTHER_COLUMNS = 40,   /* of a line, beside the name */
};

enum colour { PLAIN, GREEN, RED, YELLOW, DIM, BOLD };

static const char *const codes[] = {
	[PLAIN] = "",	       [GREEN] = "\x1b[32m", [RED] = "\x1b[31m",
	[YELLOW] = "\x1b[33m", [DIM] = "\x1b[2m",    [BOLD] = "\x1b[1m",
};

static const struct {
	const char *mark; /* in UTF-8 */
	const char *ascii;
	enum colour colour;
} marks[VERDICT_N] = {
	[VERDICT_OK] = { "\xe2\x9c\x93", "+", GREEN },
	[VERDICT_FLAKY] = { "~", "~", YELLOW },
	[VERDICT_STARTING] = { "?", "?", YELLOW },
	[VERDICT_SKIPPED] = { "-", "-", DIM },
	[VERDICT_NOT_OBSERVED] = { "?", "?", YELLOW },
	[VERDICT_FAILED] = { "\xe2\x9c\x97", "x", RED },
};

/* One text under way; facts come first, for on_fact(). */
struct page {
	struct facts facts;
	const struct render_options *opt;
	struct buf *out;
	size_t name_columns;
	size_t verdict_columns;
};

/* Punctuation of our own that ASCII can stand in for. */
static const char *ascii_for(uint32_t code)
{
	switch (code) {
	case 0xb7:
		return "|";
	case 0xb5:
		return "u";
	case 0x2013:
		return "-";
	case 0x2026:
		return "...";
	default:
		return NULL;
	}
}

/* Text in what the terminal can show. */
static void encode(const struct page *pg, struct buf *to, const char *text,
		   size_t len)
{
	if (pg->opt->utf8) {
		buf_add(to, text, len);
		return;
	}
	while (len) {
		uint32_t code = 0;
		size_t n = text_utf8_next(text, len, &code);
		const char *word = ascii_for(code);

		if (!n)
			n = 1;
		if (n == 1)
			buf_putc(to, *text & 0x80 ? '?' : *text);
		else if (word)
			buf_puts(to, word);
		else
			buf_printf(to, "\\u{%" PRIX32 "}", code);
		text += n;
		len -= n;
	}
}

/* A CI runner that reads this as its log takes a line that begins with "::",
 * and "##[" anywhere in a line, for a command: neither may come from a
 * target. */
static void show(const struct page *pg, struct buf *to, const char *text)
{
	const char *hit;

	if (!strncmp(text, "::", 2)) {
		buf_puts(to, ": ");
		text++;
	}
	while ((hit = strstr(text, "##["))) {
		encode(pg, to, text, (size_t)(hit - text) + 2);
		buf_putc(to, ' ');
		text = hit + 2;
	}
	encode(pg, to, text, strlen(text));
}

static void paint(const struct page *pg, enum colour colour, const char *text)
{
	bool on = pg->opt->colour && colour != PLAIN;

	if (on)
		buf_puts(pg->out, codes[colour]);
	show(pg, pg->out, text);
	if (on)
		buf_puts(pg->out, "\x1b[0m");
}

/* A text with blanks behind it, or before it when columns < 0. */
static void cell(const struct page *pg, enum colour colour, const char *text,
		 int columns)
{
	size_t room = (size_t)(columns < 0 ? -columns : columns);
	struct buf shown;
	size_t width;

	buf_init(&shown, CELL_MAX);
	show(pg, &shown, text);
	width = text_width(buf_text(&shown), shown.len);
	buf_release(&shown);
	if (columns < 0 && width < room)
		buf_fill(pg->out, ' ', room - width);
	paint(pg, colour, text);
	if (columns > 0 && width < room)
		buf_fill(pg->out, ' ', room - width);
}

static enum colour fact_colour(enum fact_kind kind, bool bad)
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
	size_t max = CELL_MAX;

	/* A step's own lines stand under its name. */
	buf_fill(pg->out, ' ',
		 kind == FACT_STEP || kind == FACT_ATTEMPT ? INDENT
							   : INDENT + 2);
	if (kind == FACT_EXCERPT && pg->opt->width > INDENT + 2)
		max = (size_t)(pg->opt->width - INDENT - 2) * EXCERPT_LINES;
	buf_init(&cut, max);
	text_cut(&cut, text, strlen(text), max);
	paint(pg, fact_colour(kind, bad), buf_text(&cut));
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
	enum colour colour = marks[check->verdict].colour;
	struct buf word;

	cell(pg, colour,
	     pg->opt->utf8 ? marks[check->verdict].mark
			   : marks[check->verdict].ascii,
	     2);
	buf_init(&word, CELL_MAX);
	say_text(&word, check->name, FACT_NAME_MAX);
	cell(pg, PLAIN, buf_text(&word), (int)pg->name_columns);
	buf_puts(pg->out, "  ");
	cell(pg, colour, verdict_name(check->verdict),
	     (int)pg->verdict_columns);
	buf_putc(pg->out, ' ');
	buf_reset(&word);
	if (check->total_ns)
		unit_human_duration(&word, check->total_ns);
	else
		buf_putc(&word, '-');
	cell(pg, PLAIN, buf_text(&word), -TIME_COLUMNS);
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
	buf_init(&name, CELL_MAX);
	for (size_t i = 0; i < run->n_checks; i++) {
		struct buf shown;
		size_t width;

		buf_reset(&name);
		buf_init(&shown, CELL_MAX);
		say_text(&name, run->checks[i].name, FACT_NAME_MAX);
		show(pg, &shown, buf_text(&name));
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

static void put_line(struct page *pg, enum colour colour, struct buf *line)
{
	paint(pg, colour, buf_text(line));
	buf_putc(pg->out, '\n');
	buf_reset(line);
}

static void put_why(struct page *pg, struct buf *line, const char *what,
		    const char *why)
{
	buf_puts(line, what);
	if (*why) {
		buf_puts(line, ": ");
		say_text(line, why, FACT_MESSAGE_MAX);
	}
	put_line(pg, YELLOW, line);
}

static void put_summary(struct page *pg, const struct run_result *run)
{
	struct buf line;

	buf_init(&line, CELL_MAX);
	say_counts(&line, run);
	put_line(pg, BOLD, &line);
	if (run->exit_code) {
		say_verdict(&line, run);
		put_line(pg, run->verdict == RUN_FAILED ? RED : YELLOW, &line);
	}
	if (run->broken)
		put_why(pg, &line, "this machine failed", run->broken_why);
	if (run->partial)
		put_why(pg, &line, "partial", run->partial_why);
	buf_release(&line);
}

static void put_run(struct page *pg, const struct run_result *run)
{
	struct buf line;

	buf_init(&line, CELL_MAX);
	say_title(&line, run);
	put_line(pg, BOLD, &line);
	if (pg->opt->now_at_ns) {
		say_begun(&line, run, pg->opt->now_at_ns);
		put_line(pg, DIM, &line);
	}
	buf_release(&line);
	pg->name_columns = widest_name(pg, run);
	pg->verdict_columns = widest_verdict(run);
	for (size_t i = 0; i < run->n_checks; i++)
		if (pg->opt->verbose >= 0 || check_needs_look(&run->checks[i]))
			put_check(pg, &run->checks[i]);
	put_summary(pg, run);
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
		if (opt->verbose < 0 && !runs[i]->exit_code)
			continue;
		if (told)
			buf_putc(out, '\n');
		told = true;
		put_run(&pg, runs[i]);
	}
	return buf_ok(out);
}
