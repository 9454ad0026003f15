/* SPDX-License-Identifier: MIT */
/* The regression gate: what it says, on what it rests.  All intervals stand on
 * one axis with the margins that they are judged by, so that "no change" and
 * "not known" look as different as they are. */
#include "report/render/html/gate/html_gate_parts.h"

#include <math.h>
#include <string.h>

#include "scenarios/base/units.h"

enum {
	METRICS_MAX = 40, /* intervals that are drawn */
	BAR = 18,	  /* px of a row */
	NAME_BYTES = 30,  /* of a row, on a phone */
	TICKS = 6,
	WIDEST = 5, /* times what matters: what a scale shows at most */
};

static const char *const looks[GATE_VERDICT_N] = {
	[GATE_NO_CHANGE] = "ok",
	[GATE_IMPROVEMENT] = "ok",
	[GATE_INCONCLUSIVE] = "warn",
	[GATE_REGRESSION] = "bad",
};
const char *const gate_dots[GATE_VERDICT_N] = {
	[GATE_NO_CHANGE] = "d1",
	[GATE_IMPROVEMENT] = "d3",
	[GATE_INCONCLUSIVE] = "d4",
	[GATE_REGRESSION] = "d5",
};

void gate_put(struct sheet *s, const struct gate_metric *m,
	      bool (*say)(struct buf *out, const struct gate_metric *m))
{
	struct buf said;

	buf_init(&said, HTML_PIECE_MAX);
	say(&said, m);
	sheet_said(s, &said);
	buf_release(&said);
}

static bool is_of_points(const struct gate_metric *m)
{
	return m->kind == GATE_ERRORS || m->kind == GATE_SLOW;
}

bool say_gate_name(struct buf *out, const struct gate_metric *m)
{
	const struct gate_point p = { .metric = m };

	return say_gate_point_name(out, &p);
}

/* ---- the verdict -------------------------------------------------------- */

static void put_pair(struct sheet *s, const struct gate_result *g,
		     const char *name,
		     bool (*say)(struct buf *out, const struct gate_result *g))
{
	struct buf said;

	buf_init(&said, HTML_PIECE_MAX);
	say(&said, g);
	pair_text(s, name, buf_text(&said));
	buf_release(&said);
}

static void side(struct sheet *s, const char *name, const struct gate_side *sd)
{
	pair_begin(s, name);
	if (*sd->label) {
		buf_puts(s->out, "<strong>");
		sheet_text(s, sd->label, FACT_NAME_MAX);
		buf_puts(s->out, "</strong> ");
	}
	buf_puts(s->out, "<code>");
	sheet_text(s, sd->source, FACT_URL_MAX);
	buf_puts(s->out, "</code>");
	if (*sd->target && strcmp(sd->target, sd->source) != 0) {
		buf_puts(s->out, " at ");
		sheet_text(s, sd->target, FACT_URL_MAX);
	}
	if (sd->starts_ns) {
		buf_puts(s->out, ", ready after ");
		unit_human_duration(s->out, sd->starts_ns);
	}
	pair_end(s);
}

static void head(struct sheet *s, const struct gate_result *g)
{
	bool is_invalid = *g->invalid_why;
	bool is_compared = gate_is_compared(g);
	struct buf said;

	buf_puts(s->out, "<div class=\"title\">");
	badge(s, is_invalid ? "bad" : looks[g->verdict], gate_word(g));
	sheet_heading(s, 1, "Regression gate");
	buf_puts(s->out, "</div><p>");
	buf_init(&said, HTML_PIECE_MAX);
	say_gate_sentence(&said, g);
	sheet_said(s, &said);
	buf_release(&said);
	buf_puts(s->out, "</p>");
	for (size_t i = 0; i < g->n_warnings && i < FACT_ROWS_MAX; i++) {
		buf_puts(s->out,
			 "<p class=\"doubt\"><strong>warning:</strong> ");
		sheet_text(s, g->warnings[i].text, FACT_MESSAGE_MAX);
		buf_puts(s->out, "</p>");
	}
	pairs_begin(s, "pairs");
	side(s, "A, baseline", &g->baseline);
	side(s, "B, candidate", &g->candidate);
	pair_text(s, "load", g->load);
	put_pair(s, g, is_compared ? "measured" : "planned", say_gate_plan);
	if (is_compared)
		put_pair(s, g, "instrument", say_gate_instrument);
	pairs_end(s);
}

/* ---- the metrics -------------------------------------------------------- */

static void note(struct buf *said, const struct gate_result *gate,
		 const struct gate_metric *m)
{
	struct buf more;

	buf_init(&more, HTML_PIECE_MAX);
	if (!m->is_gated)
		buf_puts(said, "told, not gated");
	say_gate_p(&more, m);
	if (more.len)
		buf_printf(said, "%s%s", said->len ? "; " : "",
			   buf_text(&more));
	buf_reset(&more);
	say_gate_note(&more, m);
	if (more.len)
		buf_printf(said, "%s%s", said->len ? "; " : "",
			   buf_text(&more));
	buf_reset(&more);
	say_gate_need(&more, gate, m);
	if (more.len)
		buf_printf(said, "%s%s", said->len ? "; " : "",
			   buf_text(&more));
	buf_release(&more);
}

static void put_metric(struct grid *g, const struct gate_result *gate,
		       const struct gate_metric *m)
{
	struct sheet *s = g->s;
	struct buf said;

	grid_row(g, m->is_gated ? "" : "none");
	grid_cell(g);
	gate_put(s, m, say_gate_name);
	grid_cell(g);
	badge(s, m->is_gated ? looks[m->verdict] : "none",
	      gate_verdict_name(m->verdict));
	buf_init(&said, HTML_PIECE_MAX);
	for (int b = 0; b < 2; b++) {
		grid_cell(g);
		say_gate_value(&said, m, b ? m->b : m->a);
		sheet_said(s, &said);
	}
	if (gate_has_change(m)) {
		grid_cell(g);
		say_gate_change(&said, m, m->estimate);
		sheet_said(s, &said);
		grid_cell(g);
		gate_put(s, m, say_gate_interval);
		grid_cell(g);
		say_gate_level(&said, m->level);
		sheet_said(s, &said);
	} else {
		for (int i = 0; i < 3; i++)
			grid_text(g, "-", FACT_NAME_MAX);
	}
	grid_cell(g);
	gate_put(s, m, say_gate_seen);
	grid_cell(g);
	note(&said, gate, m);
	sheet_said(s, &said);
	buf_release(&said);
	grid_row_end(g);
}

static void metrics(struct sheet *s, const struct gate_result *gate)
{
	static const char *const heads[] = {
		"metric",     "verdict",      "A",   "B", "change", "interval",
		"confidence", "could detect", "note"
	};
	struct grid g;

	if (!gate->n_metrics) /* it compared nothing */
		return;
	grid_begin(&g, s, "metrics of the gate", "hlrrrrrrt", heads);
	for (size_t i = 0; i < gate->n_metrics && i < FACT_ROWS_MAX; i++)
		put_metric(&g, gate, &gate->metrics[i]);
	grid_end(&g);
	grid_rest(s, gate->n_metrics);
	buf_printf(s->out,
		   "<p class=\"dim\">slow: the share of requests that took "
		   "over %.3g times the median of both builds. Could detect: "
		   "the smallest change that this run would have seen.</p>",
		   gate->settings.slow_factor);
}

/* ---- intervals on one axis ---------------------------------------------- */

struct intervals {
	struct chart chart;
	struct scale x;
	struct plot plot[METRICS_MAX];
	struct buf name[METRICS_MAX], interval[METRICS_MAX];
	const struct gate_metric *metric[METRICS_MAX];
	size_t n;
	double matters, none; /* min_effect and equivalence, in percent */
};

static void add_interval(struct intervals *t, const struct gate_metric *m)
{
	struct buf *name = &t->name[t->n], *interval = &t->interval[t->n];
	struct buf whole;

	buf_init(&whole, HTML_PIECE_MAX);
	say_gate_name(&whole, m);
	buf_init(name, HTML_PIECE_MAX);
	say_text(name, buf_text(&whole), NAME_BYTES);
	buf_release(&whole);
	buf_puts(name, " \xc2\xb7 ");
	say_gate_change(name, m, m->estimate);
	buf_printf(name, " \xc2\xb7 %s", gate_verdict_name(m->verdict));
	buf_init(interval, HTML_PIECE_MAX);
	say_gate_interval(interval, m);
	t->metric[t->n] = m;
	t->plot[t->n] = (struct plot){ .name = buf_text(name),
				       .more = buf_text(interval),
				       .height = BAR,
				       .y = { .from = 0, .to = 1 } };
	t->n++;
}

static void make_axis(struct intervals *t, bool of_points)
{
	double most = t->none * 1.2, middle = t->none;

	for (size_t i = 0; i < t->n; i++) {
		const struct gate_metric *m = t->metric[i];

		most = gate_larger(gate_larger(most, fabs(m->low)),
				   fabs(m->high));
		middle = gate_larger(middle, fabs(m->estimate) * 1.2);
	}
	if (most > WIDEST * middle)
		most = WIDEST * middle;
	scale_around_zero(&t->x, of_points ? SCALE_POINTS : SCALE_PERCENT,
			  most * 1.05, TICKS);
}

/* A tenth more, and a tenth less is 1/1.1. */
static void margin(struct chart *c, const char *look, double percent,
		   bool of_points)
{
	double below =
		of_points ? -percent : 100 * (1 / (1 + percent / 100) - 1);

	chart_band(c, look, below, percent);
}

static void draw_interval(struct intervals *t, size_t i, bool of_points)
{
	const struct gate_metric *m = t->metric[i];
	struct chart *c = &t->chart;

	chart_plot(c, i);
	margin(c, "am", t->none, of_points);
	margin(c, "an", t->matters, of_points);
	chart_line(c, "lz");
	chart_to(c, 0, 0);
	chart_to(c, 0, 1);
	chart_line_end(c);
	chart_box(c, gate_dots[m->verdict], m->low, m->high, 0.44, 0.56);
	chart_box(c, gate_dots[m->verdict], m->low90, m->high90, 0.34, 0.66);
	chart_plot_end(c);
	chart_dot(c, i, gate_dots[m->verdict], m->estimate, 0.5);
}

static void intervals(struct sheet *s, const struct gate_result *g,
		      bool of_points)
{
	static const struct chart_key keys[] = {
		{ "d4", "interval; the thick part is that of 90 %" },
		{ "an", "too small to count" },
		{ "am", "as good as the same" },
	};
	struct intervals t = {
		.matters = 100 * (of_points ? g->settings.min_rate
					    : g->settings.min_effect),
		.none = 100 * (of_points ? g->settings.min_rate
					 : g->settings.equivalence)
	};

	for (size_t i = 0; i < g->n_metrics && t.n < METRICS_MAX; i++)
		if (is_of_points(&g->metrics[i]) == of_points &&
		    gate_has_change(&g->metrics[i]))
			add_interval(&t, &g->metrics[i]);
	if (!t.n)
		return;
	make_axis(&t, of_points);
	t.chart = (struct chart){ .out = s->out,
				  .ids = &s->ids,
				  .x = &t.x,
				  .plots = t.plot,
				  .n_plots = t.n,
				  .keys = keys,
				  .n_keys = of_points ? 2 : 3,
				  .is_narrow = true };
	chart_begin(&t.chart,
		    of_points ? "B against A, in percentage points"
			      : "B against A, in percent",
		    "each interval with its estimate, about zero; the table "
		    "above has the numbers",
		    0);
	for (size_t i = 0; i < t.n; i++)
		draw_interval(&t, i, of_points);
	chart_end(&t.chart);
	for (size_t i = 0; i < t.n; i++) {
		buf_release(&t.name[i]);
		buf_release(&t.interval[i]);
	}
}

void html_gate(struct sheet *s, const struct gate_result *gate)
{
	buf_printf(s->out, "<article class=\"card\" aria-labelledby=\"h%u\">",
		   s->ids + 1);
	head(s, gate);
	metrics(s, gate);
	if (s->detail > DETAIL_LEAST) {
		buf_puts(s->out, "<div class=\"two\">");
		intervals(s, gate, false);
		intervals(s, gate, true);
		buf_puts(s->out, "</div>");
		html_gate_launches(s, gate);
		if (gate->n_cells)
			html_gate_cells(s, gate);
	}
	buf_puts(s->out, "</article>\n");
}
