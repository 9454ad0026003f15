/* SPDX-License-Identifier: MIT */
/* What the intervals of a gate are made of: each launch, each cell. */
#include "report/render/html/gate/html_gate_parts.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/hist/hist.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"

enum {
	METRICS_MAX = 40,
	PLOT = 84, /* px of a metric over launches or cells */
	TICKS = 6,
	TICKS_Y = 4,
	LAUNCHES_MAX = 100, /* that are drawn */
	CELLS_MAX = 400,
	OVER_TIME_MAX = 4, /* metrics of one group */
	GROUPS_MAX = 3,	   /* that are drawn cell by cell */
	OUTLIERS = 10,	   /* one of so many cells may lie outside */
	WIDEST = 3,	   /* times what is drawn: an interval beyond is cut */
	CELL_COLUMNS = 6,  /* before those of the metrics */
};

double gate_larger(double a, double b)
{
	return b > a ? b : a;
}

/* What an axis has to hold, with some room: the interval as well, unless it is
 * so wide that nothing else could be seen. */
static double with_interval(const struct gate_metric *m, double most)
{
	double ends = gate_larger(fabs(m->low), fabs(m->high));

	if (!gate_has_change(m))
		return most * 1.1;
	if (ends > WIDEST * most)
		ends = WIDEST * most;
	return gate_larger(most, ends) * 1.1;
}

/* ---- launch by launch --------------------------------------------------- */

static size_t launches_of(const struct gate_metric *m)
{
	return m->n_launches < LAUNCHES_MAX ? m->n_launches : LAUNCHES_MAX;
}

static void launch_plot(struct sheet *s, const struct gate_result *g,
			const struct gate_metric *m)
{
	size_t n = launches_of(m);
	double most = 100 * g->settings.min_effect;
	struct scale x = { .unit = SCALE_COUNT,
			   .from = 0.5,
			   .to = (double)n + 0.5 };
	struct plot plot = { .name = "", .height = PLOT };
	struct chart c = { .out = s->out,
			   .ids = &s->ids,
			   .x = &x,
			   .plots = &plot,
			   .n_plots = 1 };
	struct buf name;

	for (size_t i = 0; i < n; i++)
		most = gate_larger(most, fabs(m->launches[i].change));
	scale_around_zero(&plot.y, SCALE_PERCENT, with_interval(m, most),
			  TICKS_Y);
	for (size_t i = 1; i <= n && x.n < SCALE_TICKS_MAX; i++)
		x.tick[x.n++] = (double)i;
	buf_init(&name, HTML_PIECE_MAX);
	say_gate_name(&name, m);
	buf_puts(&name, ": change in each launch");
	chart_begin(&c, buf_text(&name),
		    "one dot for each launch, on the interval of all of "
		    "them",
		    0);
	buf_release(&name);
	chart_plot(&c, 0);
	chart_across(&c, "ib", m->low, m->high);
	chart_line(&c, "lz");
	chart_to(&c, x.from, 0);
	chart_to(&c, x.to, 0);
	chart_line_end(&c);
	chart_plot_end(&c);
	for (size_t i = 0; i < n; i++)
		chart_dot(&c, 0, gate_dots[m->verdict], (double)(i + 1),
			  m->launches[i].change);
	chart_end(&c);
}

static void launch_table(struct sheet *s, const struct gate_result *gate)
{
	static const char *const heads[] = { "metric", "launch", "change" };
	struct grid g;

	fold_begin(s, "launches as a table", false);
	grid_begin(&g, s, "change in each launch", "hrr", heads);
	for (size_t i = 0; i < gate->n_metrics && i < METRICS_MAX; i++)
		for (size_t k = 0; k < launches_of(&gate->metrics[i]); k++) {
			const struct gate_launch *l =
				&gate->metrics[i].launches[k];

			grid_row(&g, "");
			grid_cell(&g);
			gate_put(s, &gate->metrics[i], say_gate_name);
			grid_count(&g, l->launch + 1);
			grid_cell(&g);
			buf_printf(s->out, "%+.2f %%", l->change);
			grid_row_end(&g);
		}
	grid_end(&g);
	fold_end(s);
}

void html_gate_launches(struct sheet *s, const struct gate_result *g)
{
	size_t drawn = 0;

	for (size_t i = 0; i < g->n_metrics; i++) {
		const struct gate_metric *m = &g->metrics[i];

		/* one tells nothing that the interval does not */
		if (m->n_launches < 2 || drawn >= OVER_TIME_MAX)
			continue;
		if (!drawn++) {
			section_begin(s, 2, "Launch by launch");
			buf_puts(s->out, "<div class=\"two\">");
		}
		launch_plot(s, g, m);
	}
	if (!drawn)
		return;
	buf_puts(s->out, "</div>");
	launch_table(s, g);
	section_end(s);
}

/* ---- cell by cell ------------------------------------------------------- */

struct over_time {
	const struct gate_result *gate;
	size_t group;
	size_t n_metrics;
	const struct gate_metric *metric[OVER_TIME_MAX];
	size_t n;
	const struct gate_cell *cell[CELLS_MAX];
	/* percent; NAN: a side has no answers */
	double change[OVER_TIME_MAX][CELLS_MAX];
};

static struct hist *decoded(const struct gate_half *half)
{
	struct errs es = { 0 };

	return *half->hdr ? hist_decode(half->hdr, strlen(half->hdr), &es)
			  : NULL;
}

static void take_cell(struct over_time *t, const struct gate_cell *cell)
{
	struct hist *a = decoded(&cell->a), *b = decoded(&cell->b);

	for (size_t k = 0; k < t->n_metrics; k++) {
		double q = t->metric[k]->q;
		double was = a ? (double)hist_quantile(a, q) : 0;
		double is = b ? (double)hist_quantile(b, q) : 0;

		t->change[k][t->n] =
			was > 0 && is > 0 ? 100 * (is / was - 1) : NAN;
	}
	t->cell[t->n++] = cell;
	hist_free(a);
	hist_free(b);
}

static void gather(struct over_time *t)
{
	const struct gate_result *g = t->gate;

	for (size_t i = 0; i < g->n_metrics && t->n_metrics < OVER_TIME_MAX;
	     i++)
		if (g->metrics[i].kind == GATE_LATENCY && g->metrics[i].cells &&
		    !strcmp(g->metrics[i].group, g->groups[t->group].name))
			t->metric[t->n_metrics++] = &g->metrics[i];
	for (size_t i = 0; t->n_metrics && i < g->n_cells && t->n < CELLS_MAX;
	     i++)
		if (g->cells[i].group == t->group)
			take_cell(t, &g->cells[i]);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* What all but one of OUTLIERS cells stay within. */
static double most_of(const struct over_time *t, size_t k)
{
	double sorted[CELLS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		if (!isnan(t->change[k][i]))
			sorted[n++] = fabs(t->change[k][i]);
	if (!n)
		return 0;
	qsort(sorted, n, sizeof(*sorted), by_size);
	return sorted[n - 1 - n / OUTLIERS];
}

static void draw_cells(struct chart *c, const struct over_time *t, size_t k)
{
	const struct gate_metric *m = t->metric[k];
	double cell_ns = (double)t->gate->design.cell_ns;

	chart_plot(c, k);
	for (size_t i = 0; i < t->n; i++)
		if (t->cell[i]->launch % 2)
			chart_band(c, "am", (double)t->cell[i]->at_ns,
				   (double)t->cell[i]->at_ns + cell_ns);
	chart_line(c, "lz");
	chart_to(c, c->x->from, 0);
	chart_to(c, c->x->to, 0);
	chart_line_end(c);
	if (gate_has_change(m))
		chart_across(c, "ib", m->low, m->high);
	chart_plot_end(c);
	for (size_t i = 0; i < t->n; i++)
		if (!isnan(t->change[k][i]))
			chart_dot(c, k, gate_dots[m->verdict],
				  (double)t->cell[i]->at_ns + cell_ns / 2,
				  t->change[k][i]);
}

static void cell_table(struct sheet *s, const struct over_time *t)
{
	const char *heads[CELL_COLUMNS + OVER_TIME_MAX] = {
		"at",	      "launch",	  "attempts A",
		"attempts B", "errors A", "errors B"
	};
	char columns[] = "hrrrrrrrrr";
	struct grid g;

	if (s->detail < DETAIL_ALL)
		return;
	for (size_t k = 0; k < t->n_metrics; k++)
		heads[CELL_COLUMNS + k] = t->metric[k]->name;
	columns[CELL_COLUMNS + t->n_metrics] = '\0';
	fold_begin(s, "cells as a table", false);
	grid_begin(&g, s, "cells over time", columns, heads);
	for (size_t i = 0; i < t->n; i++) {
		const struct gate_cell *cell = t->cell[i];

		grid_row(&g, "");
		grid_time(&g, cell->at_ns);
		grid_count(&g, cell->launch + 1);
		grid_count(&g, cell->a.attempts);
		grid_count(&g, cell->b.attempts);
		grid_count(&g, cell->a.errors);
		grid_count(&g, cell->b.errors);
		for (size_t k = 0; k < t->n_metrics; k++) {
			grid_cell(&g);
			if (isnan(t->change[k][i]))
				buf_putc(s->out, '-');
			else
				buf_printf(s->out, "%+.1f %%", t->change[k][i]);
		}
		grid_row_end(&g);
	}
	grid_end(&g);
	fold_end(s);
}

static void draw_over_time(struct sheet *s, const struct over_time *t)
{
	const struct gate_cell *last = t->cell[t->n - 1];
	struct plot plots[OVER_TIME_MAX];
	struct buf names[OVER_TIME_MAX], title;
	struct scale x;
	struct chart c = { .out = s->out,
			   .ids = &s->ids,
			   .x = &x,
			   .plots = plots,
			   .n_plots = t->n_metrics };

	scale_clock(&x, (double)(last->at_ns + t->gate->design.cell_ns), TICKS);
	for (size_t k = 0; k < t->n_metrics; k++) {
		buf_init(&names[k], HTML_PIECE_MAX);
		say_text(&names[k], t->metric[k]->name, FACT_NAME_MAX);
		plots[k] = (struct plot){ .name = buf_text(&names[k]),
					  .height = PLOT };
		scale_around_zero(
			&plots[k].y, SCALE_PERCENT,
			with_interval(
				t->metric[k],
				gate_larger(100 * t->gate->settings.equivalence,
					    most_of(t, k) * 1.2)),
			TICKS_Y);
	}
	buf_init(&title, HTML_PIECE_MAX);
	buf_puts(&title, "Change in each cell");
	if (*t->gate->groups[t->group].name) {
		buf_puts(&title, " of ");
		say_text(&title, t->gate->groups[t->group].name, FACT_NAME_MAX);
	}
	chart_begin(&c, buf_text(&title),
		    "one dot for each cell, grey ground for every second "
		    "launch, blue for the interval of all of them; what lies "
		    "outside is at the edge",
		    0);
	buf_release(&title);
	for (size_t k = 0; k < t->n_metrics; k++)
		draw_cells(&c, t, k);
	chart_end(&c);
	for (size_t k = 0; k < t->n_metrics; k++)
		buf_release(&names[k]);
	cell_table(s, t);
}

void html_gate_cells(struct sheet *s, const struct gate_result *g)
{
	struct over_time *t = malloc(sizeof(*t));
	size_t n = g->n_groups < GROUPS_MAX ? g->n_groups : GROUPS_MAX;
	size_t drawn = 0;

	if (!t) {
		s->out->failed = true;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		*t = (struct over_time){ .gate = g, .group = i };
		gather(t);
		if (!t->n)
			continue;
		if (!drawn++)
			section_begin(s, 2, "Cell by cell");
		draw_over_time(s, t);
	}
	if (drawn && g->n_groups > n)
		buf_printf(s->out,
			   "<p class=\"dim\">%zu more groups are in the result "
			   "file.</p>",
			   g->n_groups - n);
	if (drawn)
		section_end(s);
	free(t);
}
