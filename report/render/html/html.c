/* SPDX-License-Identifier: MIT */
/* The page as a whole: the verdict first, then what needs a person to look,
 * then the rest, then where and how all of it was seen. */
#include "report/render/html/html_parts.h"

#include <inttypes.h>
#include <string.h>

#include "report/render/gate/gate_say.h"
#include "report/render/load/load_say.h"
#include "report/render/render.h"
#include "report/result/verdict.h"
#include "scenarios/base/units.h"

enum {
	/* kept free: verdict and environment of a run at their longest, and
	 * what is said of all that was left out */
	FOOT_BYTES = 24 * 1024,
	PIECE_LEAST = 1000, /* nothing that can be looked at is smaller */
};

/* ---- loads in a few lines ------------------------------------------------ */

static void load_row(struct grid *g, const struct load_result *l)
{
	const struct times_result *t = &l->latency;

	grid_row(g, "");
	grid_text(g, l->name, FACT_NAME_MAX);
	grid_cell(g);
	badge(g->s, look_of_run(l->verdict), run_verdict_name(l->verdict));
	grid_count(g, l->requests);
	grid_cell(g);
	say_success(g->s->out, l);
	grid_cell(g);
	say_ok_rate(g->s->out, l);
	grid_cell(g);
	say_time_at(g->s->out, t, t->p50_ns);
	grid_cell(g);
	say_time_at(g->s->out, t, t->p95_ns);
	grid_cell(g);
	say_time_at(g->s->out, t, t->p99_ns);
	grid_text(g, load_sentence(l), FACT_VALUE_MAX);
	grid_row_end(g);
}

static void load_table(struct sheet *s, const struct run_result *run)
{
	static const char *const heads[] = { "load",	"verdict", "requests",
					     "success", "ok",	   "p50",
					     "p95",	"p99",	   "why" };
	struct grid g;

	grid_begin(&g, s, "all loads", "hlrrrrrrt", heads);
	for (size_t i = 0; i < told_rows(run->n_loads); i++)
		load_row(&g, &run->loads[i]);
	grid_end(&g);
	grid_rest(s, run->n_loads);
}

/* ---- room --------------------------------------------------------------- */

/* A check or a load, made in a buffer of its own to see how large it is. */
struct piece {
	const struct check_result *check;     /* or */
	const struct load_result *load;	      /* or */
	const struct gate_result *gate;	      /* or */
	const struct against_result *against; /* or */
	const struct run_result *merged;      /* or */
	const struct run_result *loads;	      /* as a table */
};

static void draw(struct sheet *s, const struct piece *p)
{
	if (p->check)
		html_check(s, p->check);
	else if (p->load)
		html_load(s, p->load);
	else if (p->gate)
		html_gate(s, p->gate);
	else if (p->against)
		html_against(s, p->against);
	else if (p->merged)
		html_merged(s, p->merged);
	else
		load_table(s, p->loads);
}

/* With as many details, at most those, as fit into so many bytes; false: not
 * even the least of them. */
static bool put(struct sheet *s, const struct piece *p, enum detail most,
		size_t room)
{
	struct buf *const page = s->out;
	struct buf block;
	bool fits = false;

	if (room < PIECE_LEAST)
		return false;
	buf_init(&block, HTML_BLOCK_MAX);
	for (int detail = (int)most; detail >= DETAIL_LEAST && !fits;
	     detail--) {
		unsigned ids = s->ids;

		buf_reset(&block);
		block.truncated = false;
		s->out = &block;
		s->detail = (enum detail)detail;
		draw(s, p);
		s->out = page;
		fits = !block.truncated && block.len <= room;
		if (!fits)
			s->ids = ids;
	}
	if (fits)
		buf_add(page, buf_text(&block), block.len);
	page->failed = page->failed || block.failed;
	buf_release(&block);
	return fits;
}

static size_t room_left(const struct sheet *s, size_t ceiling)
{
	return s->out->len < ceiling ? ceiling - s->out->len : 0;
}

/* ---- loads and checks --------------------------------------------------- */

static void left_out(struct sheet *s, size_t n, const char *noun)
{
	if (!n)
		return;
	buf_puts(s->out, "<p><strong>");
	say_count(s->out, n, noun);
	buf_printf(s->out,
		   " more %s left out: a report has at most %d kB. The result "
		   "file has all of it.</strong></p>\n",
		   n == 1 ? "is" : "are", HTML_MAX / 1000);
}

static void loads(struct sheet *s, const struct run_result *run, size_t ceiling)
{
	size_t dropped = 0;

	if (run->n_loads > 1)
		put(s, &(struct piece){ .loads = run }, DETAIL_ALL,
		    room_left(s, ceiling) / 4);
	/* those that are not well first */
	for (int well = 0; well < 2; well++) {
		size_t left = 0;

		for (size_t i = 0; i < run->n_loads; i++)
			left += (run->loads[i].verdict == RUN_OK) == well;
		for (size_t i = 0; i < run->n_loads; i++) {
			const struct piece p = { .load = &run->loads[i] };
			size_t room = room_left(s, ceiling);

			if ((run->loads[i].verdict == RUN_OK) != well)
				continue;
			/* a fair share with details, or more with few */
			if (dropped || (!put(s, &p, DETAIL_ALL, room / left) &&
					!put(s, &p, DETAIL_LEAST, room)))
				dropped++;
			left--;
		}
	}
	left_out(s, dropped, "load");
}

static void check_row(struct grid *g, const struct check_result *c)
{
	grid_row(g, look_of_check(c->verdict));
	grid_text(g, c->name, FACT_NAME_MAX);
	grid_cell(g);
	badge(g->s, look_of_check(c->verdict), verdict_name(c->verdict));
	grid_cell(g);
	if (c->total_ns)
		unit_human_duration(g->s->out, c->total_ns);
	else
		buf_putc(g->s->out, '-');
	grid_text(g, check_needs_look(c) ? check_sentence(c) : "",
		  FACT_VALUE_MAX);
	grid_row_end(g);
}

/* What failed, what else needs a look, what is well. */
enum { RANKS = 3 };
static int rank_of(const struct check_result *c)
{
	return c->verdict == VERDICT_FAILED ? 0 : check_needs_look(c) ? 1 : 2;
}

/* All of them in a few lines, where there are more than one sees at once. */
static void check_table(struct sheet *s, const struct run_result *run,
			size_t ceiling)
{
	static const char *const heads[] = { "check", "verdict", "time",
					     "why" };
	static const size_t enough = 4;
	struct grid g;

	if (run->n_checks < enough)
		return;
	fold_begin(s, "all checks as a table", run->n_checks <= FACT_ROWS_MAX);
	grid_begin(&g, s, "all checks", "hlrt", heads);
	for (int rank = 0; rank < RANKS; rank++)
		for (size_t i = 0; i < run->n_checks; i++)
			if (rank_of(&run->checks[i]) == rank &&
			    room_left(s, ceiling) > FOOT_BYTES)
				check_row(&g, &run->checks[i]);
	grid_end(&g);
	fold_end(s);
}

static void checks(struct sheet *s, const struct run_result *run,
		   size_t ceiling)
{
	size_t dropped = 0;

	if (!run->n_checks)
		return;
	section_begin(s, 1, "Checks");
	check_table(s, run, s->out->len + room_left(s, ceiling) / 2);
	for (int rank = 0; rank < RANKS; rank++)
		for (size_t i = 0; i < run->n_checks; i++) {
			const struct piece p = { .check = &run->checks[i] };

			if (rank_of(&run->checks[i]) != rank)
				continue;
			if (dropped ||
			    !put(s, &p, DETAIL_ALL, room_left(s, ceiling)))
				dropped++;
		}
	left_out(s, dropped, "check");
	section_end(s);
}

/* ---- a run -------------------------------------------------------------- */

static void verdict(struct sheet *s, const struct run_result *run)
{
	struct buf said;

	/* a gate that cannot tell fails nothing, but is no good news */
	bool is_doubtful = run->verdict == RUN_OK && run->gate &&
			   gate_needs_look(run->gate);
	buf_printf(s->out, "<div class=\"verdict %s\"><p class=\"big\">",
		   is_doubtful ? "warn" : look_of_run(run->verdict));
	badge(s, look_of_run(run->verdict), run_verdict_name(run->verdict));
	buf_puts(s->out, " <strong>");
	buf_init(&said, HTML_PIECE_MAX);
	say_verdict(&said, run);
	/* the word is in the badge */
	buf_puts(s->out,
		 buf_text(&said) + strlen(run_verdict_name(run->verdict)) + 2);
	buf_puts(s->out, "</strong></p><p>");
	buf_reset(&said);
	say_counts(&said, run);
	sheet_said(s, &said);
	buf_release(&said);
	buf_puts(s->out, "</p>");
	if (run->broken) {
		buf_puts(s->out, "<p>This machine failed: ");
		sheet_text(s, run->broken_why, FACT_MESSAGE_MAX);
		buf_puts(s->out, "</p>");
	}
	if (run->partial) {
		buf_puts(s->out, "<p>Partial: ");
		sheet_text(s, run->partial_why, FACT_MESSAGE_MAX);
		buf_puts(s->out, "</p>");
	}
	buf_puts(s->out, "</div>\n");
}

static void environment(struct sheet *s, const struct run_result *run)
{
	buf_puts(s->out, "<div class=\"card\">");
	section_begin(s, 1, "Environment");
	pairs_begin(s, "pairs");
	pair_begin(s, "started");
	html_time(s->out, run->started_at_ns);
	buf_puts(s->out, ", took ");
	unit_human_duration(s->out, run->total_ns);
	pair_end(s);
	pair_text(s, "tool", run->tool);
	pair_text(s, "scenario", run->file);
	pair_text(s, "environment", run->environment);
	pair_text(s, "vantage", run->vantage);
	pair_text(s, "host", run->host);
	pair_begin(s, "cost");
	buf_puts(s->out, "CPU ");
	unit_human_duration(s->out, run->cpu_ns);
	buf_puts(s->out, ", memory ");
	unit_human_size(s->out, run->peak_rss_bytes);
	pair_end(s);
	pairs_end(s);
	section_end(s);
	buf_puts(s->out, "</div>\n");
}

static void put_alone(struct sheet *s, const struct piece *p, size_t ceiling,
		      const char *noun)
{
	if (!put(s, p, DETAIL_ALL, room_left(s, ceiling)))
		left_out(s, 1, noun);
}

/* Up to `ceiling` bytes of the page. */
static void run_parts(struct sheet *s, const struct run_result *run,
		      size_t ceiling)
{
	size_t of_loads = run->n_checks ? room_left(s, ceiling) / 4 * 3
					: room_left(s, ceiling);

	verdict(s, run);
	if (run->gate)
		put_alone(s, &(struct piece){ .gate = run->gate }, ceiling,
			  "gate");
	if (run->against)
		put_alone(s, &(struct piece){ .against = run->against },
			  ceiling, "comparison");
	loads(s, run, s->out->len + of_loads);
	checks(s, run, ceiling);
	if (run->n_parts)
		put_alone(s, &(struct piece){ .merged = run }, ceiling,
			  "list of parts");
	environment(s, run);
}

/* ---- the page ----------------------------------------------------------- */

static void contents(struct sheet *s, const struct run_result *const *runs,
		     size_t n)
{
	static const char *const heads[] = { "result", "verdict", "started",
					     "took", "what" };
	struct grid g;
	struct buf said;

	buf_init(&said, HTML_PIECE_MAX);
	grid_begin(&g, s, "results in this report", "hllrt", heads);
	for (size_t i = 0; i < n && i < FACT_ROWS_MAX; i++) {
		grid_row(&g, "");
		grid_cell(&g);
		/* those of a week have the same name */
		buf_printf(s->out, "<a href=\"#run%zu\">%zu. ", i + 1, i + 1);
		say_title(&said, runs[i]);
		sheet_said(s, &said);
		buf_puts(s->out, "</a>");
		grid_cell(&g);
		badge(s, look_of_run(runs[i]->verdict),
		      run_verdict_name(runs[i]->verdict));
		grid_cell(&g);
		html_time(s->out, runs[i]->started_at_ns);
		grid_time(&g, runs[i]->total_ns);
		grid_cell(&g);
		say_counts(&said, runs[i]);
		sheet_said(s, &said);
		grid_row_end(&g);
	}
	grid_end(&g);
	grid_rest(s, n);
	buf_release(&said);
}

static void title_of(struct buf *title, const struct run_result *const *runs,
		     size_t n)
{
	if (n == 1)
		say_title(title, runs[0]);
	else
		say_count(title, n, "result");
}

static void many(struct sheet *s, const struct run_result *const *runs,
		 size_t n)
{
	size_t dropped = 0;
	struct buf said;

	buf_init(&said, HTML_PIECE_MAX);
	contents(s, runs, n);
	s->level = 2;
	for (size_t i = 0; i < n; i++) {
		size_t room = room_left(s, HTML_MAX - FOOT_BYTES);
		size_t share = room / (n - i);

		/* not even its verdict and environment have room */
		if (room < FOOT_BYTES) {
			dropped++;
			continue;
		}
		buf_printf(s->out,
			   "<section id=\"run%zu\" aria-labelledby=\"h%u\">",
			   i + 1, s->ids + 1);
		buf_printf(&said, "%zu. ", i + 1);
		say_title(&said, runs[i]);
		buf_puts(&said, ", ");
		say_time(&said, runs[i]->started_at_ns);
		sheet_heading(s, 0, buf_text(&said));
		buf_reset(&said);
		run_parts(s, runs[i], s->out->len + share);
		buf_puts(s->out, "</section>\n");
	}
	left_out(s, dropped, "result");
	buf_release(&said);
}

static void style(struct buf *out)
{
	buf_puts(out, chart_style);
	buf_puts(out, report_style);
}

bool render_html(const struct run_result *const *runs, size_t n,
		 const struct render_options *opt, struct buf *out)
{
	struct buf page, title, css;
	struct sheet s = { .out = &page, .level = 1 };

	(void)opt;
	buf_init(&page, HTML_MAX);
	buf_init(&title, HTML_PIECE_MAX);
	buf_init(&css, HTML_PIECE_MAX);
	style(&css);
	title_of(&title, runs, n);
	html_begin(&page, &(struct html_page){ .title = buf_text(&title),
					       .style = buf_text(&css) });
	buf_puts(&page, "<a class=\"skip\" href=\"#main\">to the report</a>"
			"<header><h1>");
	html_text(&page, buf_text(&title));
	buf_puts(&page, "</h1></header><main id=\"main\">\n");
	if (n == 1)
		run_parts(&s, runs[0], HTML_MAX - FOOT_BYTES);
	else
		many(&s, runs, n);
	buf_puts(&page, "</main><footer class=\"dim\"><p>Times are UTC. What "
			"is drawn also stands in a table. Made by ");
	sheet_text(&s, n ? runs[0]->tool : "assay", FACT_NAME_MAX);
	buf_puts(&page, ".</p></footer>");
	html_end(&page);
	buf_add(out, buf_text(&page), page.len);
	bool ok = buf_ok(&page) && buf_ok(&css) && buf_ok(out);
	buf_release(&page);
	buf_release(&title);
	buf_release(&css);
	return ok;
}
