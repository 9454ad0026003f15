/* SPDX-License-Identifier: MIT */
/* What a run is next to one that was stored, and what it was merged of. */
#include "report/render/html/html_parts.h"

#include <inttypes.h>

#include "report/against/against_result.h"
#include "report/render/against/against_say.h"
#include "scenarios/base/units.h"

enum { NAMES = 2 }; /* cells before the verdict: load and metric */

static void put_metric(struct grid *g, const struct against_metric *m)
{
	const char *look = look_of_run(against_run_verdict(m->verdict));
	struct buf said;

	grid_row(g, "");
	buf_init(&said, HTML_PIECE_MAX);
	for (size_t k = 0; k < AGAINST_CELLS; k++) {
		if (k == NAMES) {
			grid_cell(g);
			badge(g->s, look, against_verdict_name(m->verdict));
		}
		grid_cell(g);
		say_against_cell(&said, m, k);
		sheet_said(g->s, &said);
	}
	buf_release(&said);
	grid_row_end(g);
}

/* The verdict before the numbers, which a phone has no room for; the sentence
 * of a metric would say them once more. */
static void metrics(struct sheet *s, const struct against_result *ag)
{
	const char *heads[AGAINST_CELLS + 1];
	size_t n = 0;
	struct grid g;

	if (!ag->n_metrics)
		return;
	for (size_t k = 0; k < AGAINST_CELLS; k++) {
		if (k == NAMES)
			heads[n++] = "verdict";
		heads[n++] = against_heads[k];
	}
	grid_begin(&g, s, "this run against the stored one", "hllrrrrrr",
		   heads);
	for (size_t i = 0; i < ag->n_metrics && i < FACT_ROWS_MAX; i++)
		put_metric(&g, &ag->metrics[i]);
	grid_end(&g);
	grid_rest(s, ag->n_metrics);
	buf_puts(s->out,
		 "<p class=\"dim\">Failed or beyond: requests that failed, or "
		 "took longer than &quot;worse beyond&quot; says. In the long "
		 "run: where the share of them lies. As before: the share up "
		 "to which it is not worse.</p>");
}

void html_against(struct sheet *s, const struct against_result *ag)
{
	struct buf said;

	buf_printf(s->out,
		   "<article class=\"card\" aria-labelledby=\"h%u\"><div "
		   "class=\"title\">",
		   s->ids + 1);
	badge(s, look_of_run(against_run_verdict(ag->verdict)),
	      against_verdict_name(ag->verdict));
	sheet_heading(s, 1, "Against a stored run");
	buf_puts(s->out, "</div><p>");
	buf_init(&said, HTML_PIECE_MAX);
	say_against(&said, ag);
	sheet_said(s, &said);
	buf_release(&said);
	buf_puts(s->out, "</p>");
	for (size_t i = 0; i < ag->n_notes && i < FACT_ROWS_MAX; i++) {
		buf_puts(s->out, "<p class=\"doubt\"><strong>note:</strong> ");
		sheet_text(s, ag->notes[i].text, FACT_MESSAGE_MAX);
		buf_puts(s->out, "</p>");
	}
	metrics(s, ag);
	pairs_begin(s, "pairs");
	pair_text(s, "stored in", ag->file);
	pair_text(s, "scenario", ag->name);
	pair_text(s, "host", ag->host);
	pair_begin(s, "started");
	html_time(s->out, ag->started_at_ns);
	pair_end(s);
	pairs_end(s);
	buf_puts(s->out, "</article>\n");
}

/* What no part knows has no column. */
static void put_part(struct grid *g, const struct part_result *p,
		     bool has_vantage, bool has_seed)
{
	grid_row(g, "");
	grid_text(g, p->host, FACT_NAME_MAX);
	if (has_vantage)
		grid_text(g, *p->vantage ? p->vantage : "-", FACT_NAME_MAX);
	grid_cell(g);
	badge(g->s, look_of_run(p->verdict), run_verdict_name(p->verdict));
	grid_cell(g);
	html_time(g->s->out, p->started_at_ns);
	grid_time(g, p->total_ns);
	if (has_seed && p->seed)
		grid_count(g, p->seed);
	else if (has_seed)
		grid_text(g, "-", FACT_NAME_MAX);
	grid_row_end(g);
}

void html_merged(struct sheet *s, const struct run_result *run)
{
	const char *heads[6] = { "host" };
	char columns[7] = "h";
	bool has_vantage = false, has_seed = false;
	size_t n = 1;
	struct grid g;

	if (!run->n_parts)
		return;
	for (size_t i = 0; i < run->n_parts; i++) {
		has_vantage = has_vantage || *run->parts[i].vantage;
		has_seed = has_seed || run->parts[i].seed;
	}
	if (has_vantage) {
		columns[n] = 'l';
		heads[n++] = "vantage";
	}
	columns[n] = 'l';
	heads[n++] = "verdict";
	columns[n] = 'r';
	heads[n++] = "started";
	columns[n] = 'r';
	heads[n++] = "took";
	if (has_seed) {
		columns[n] = 'r';
		heads[n++] = "seed";
	}
	section_begin(s, 1, "Merged of");
	grid_begin(&g, s, "results that were merged into this one", columns,
		   heads);
	for (size_t i = 0; i < run->n_parts && i < FACT_ROWS_MAX; i++)
		put_part(&g, &run->parts[i], has_vantage, has_seed);
	grid_end(&g);
	grid_rest(s, run->n_parts);
	section_end(s);
}
