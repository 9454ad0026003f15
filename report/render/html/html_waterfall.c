/* SPDX-License-Identifier: MIT */
/* Where the time went.  A row's name stands above its bar, so that there is
 * room for both on a phone. */
#include "report/render/html/html_parts.h"

#include "scenarios/base/arena.h"
#include "scenarios/base/units.h"

enum {
	BAR = 13,	 /* px */
	ROWS_MAX = 40,	 /* that are drawn */
	NAME_BYTES = 38, /* of a row, on a phone */
	TICKS = 5,
};

static const char *const looks[PHASE_N] = { "q0", "q1", "q2", "q3",
					    "q4", "q5", "q6", "q7" };

struct waterfall {
	struct chart chart;
	struct scale x;
	struct plot plot[ROWS_MAX];
	struct buf name[ROWS_MAX];
	struct chart_key key[PHASE_N];
	size_t n;
};

static void row_init(struct waterfall *w, const char *name, uint64_t ns)
{
	struct buf *text = &w->name[w->n];

	buf_init(text, HTML_PIECE_MAX);
	say_text(text, name, NAME_BYTES);
	buf_puts(text, " \xc2\xb7 ");
	unit_human_duration(text, ns);
	w->plot[w->n] = (struct plot){ .name = buf_text(text),
				       .height = BAR,
				       .y = { .from = 0, .to = 1 } };
	w->n++;
}

static void begin(struct sheet *s, struct waterfall *w, const char *title,
		  uint64_t total_ns)
{
	struct buf said;

	scale_clock(&w->x, (double)total_ns, TICKS);
	w->chart.out = s->out;
	w->chart.ids = &s->ids;
	w->chart.x = &w->x;
	w->chart.plots = w->plot;
	w->chart.n_plots = w->n;
	w->chart.keys = w->key;
	w->chart.is_narrow = true;
	w->chart.is_headed = true;
	buf_init(&said, HTML_PIECE_MAX);
	for (size_t i = 0; i < w->n; i++)
		buf_printf(&said, "%s%s", i ? "; " : "", w->plot[i].name);
	buf_puts(&said, "; together ");
	unit_human_duration(&said, total_ns);
	chart_begin(&w->chart, title, buf_text(&said), 0);
	buf_release(&said);
}

static void end(struct waterfall *w)
{
	chart_end(&w->chart);
	for (size_t i = 0; i < w->n; i++)
		buf_release(&w->name[i]);
}

/* A bar that is there can be seen: half of a thousandth at least. */
static void bar(struct waterfall *w, enum phase p, double from, double ns)
{
	double least = w->x.to / 2000;

	chart_box(&w->chart, looks[p], from, from + (ns > least ? ns : least),
		  0, 1);
}

/* Phases that are there at all. */
static void add_keys(struct waterfall *w, const struct fall *rows, size_t n)
{
	for (unsigned p = 0; p < PHASE_N; p++) {
		bool is_there = false;

		for (size_t i = 0; i < n; i++)
			is_there = is_there || rows[i].phases->ns[p];
		if (is_there)
			w->key[w->chart.n_keys++] =
				(struct chart_key){ looks[p],
						    phase_name((enum phase)p) };
	}
}

static void draw_row(struct waterfall *w, size_t i, const struct fall *row)
{
	double at = (double)row->from_ns;

	chart_plot(&w->chart, i);
	for (unsigned p = 0; p < PHASE_N; p++) {
		double ns = (double)row->phases->ns[p];

		if (ns > 0)
			bar(w, (enum phase)p, at, ns);
		at += ns;
	}
	chart_plot_end(&w->chart);
}

static void phase_table(struct sheet *s, const struct fall *rows, size_t n)
{
	static const char *const heads[] = { "step", "lateness", "queue",
					     "dns",  "connect",	 "tls",
					     "send", "wait",	 "receive",
					     "total" };
	struct grid g;

	fold_begin(s, "phases as a table", false);
	grid_begin(&g, s, "phases of each step", "hrrrrrrrrr", heads);
	for (size_t i = 0; i < n && i < FACT_ROWS_MAX; i++) {
		grid_row(&g, "");
		grid_text(&g, rows[i].name, FACT_NAME_MAX);
		for (unsigned p = 0; p < PHASE_N; p++)
			grid_time(&g, rows[i].phases->ns[p]);
		grid_time(&g, phases_total(rows[i].phases));
		grid_row_end(&g);
	}
	grid_end(&g);
	grid_rest(s, n);
	fold_end(s);
}

void html_waterfall(struct sheet *s, const char *title, const struct fall *rows,
		    size_t n)
{
	struct waterfall w = { 0 };
	size_t drawn = n < ROWS_MAX ? n : ROWS_MAX;
	uint64_t until = 0;

	for (size_t i = 0; i < drawn; i++) {
		uint64_t took = phases_total(rows[i].phases);
		uint64_t last = rows[i].from_ns + took;

		row_init(&w, rows[i].name, took);
		until = last > until ? last : until;
	}
	if (until) {
		add_keys(&w, rows, drawn);
		begin(s, &w, title, until);
		for (size_t i = 0; i < drawn; i++)
			draw_row(&w, i, &rows[i]);
		end(&w);
		phase_table(s, rows, n);
		return;
	}
	for (size_t i = 0; i < w.n; i++)
		buf_release(&w.name[i]);
}

void html_phases(struct sheet *s, const char *title,
		 const struct phases *phases)
{
	static const char *const heads[] = { "phase", "mean",
					     "from the start" };
	struct waterfall w = { 0 };
	enum phase which[PHASE_N];
	uint64_t total = phases_total(phases), at = 0;
	struct grid g;

	if (!total)
		return;
	for (unsigned p = 0; p < PHASE_N; p++)
		if (phases->ns[p]) {
			which[w.n] = (enum phase)p;
			row_init(&w, phase_name((enum phase)p), phases->ns[p]);
		}
	begin(s, &w, title, total);
	for (size_t i = 0; i < w.n; i++) {
		chart_plot(&w.chart, i);
		bar(&w, which[i], (double)at, (double)phases->ns[which[i]]);
		chart_plot_end(&w.chart);
		at += phases->ns[which[i]];
	}
	end(&w);
	fold_begin(s, "phases as a table", false);
	grid_begin(&g, s, "mean of each phase", "hrr", heads);
	at = 0;
	for (unsigned p = 0; p < PHASE_N; p++) {
		at += phases->ns[p];
		grid_row(&g, phases->ns[p] ? "" : "none");
		grid_text(&g, phase_name((enum phase)p), FACT_NAME_MAX);
		grid_time(&g, phases->ns[p]);
		grid_time(&g, at);
		grid_row_end(&g);
	}
	grid_end(&g);
	fold_end(s);
}
