/* SPDX-License-Identifier: MIT */
/* Latency by percentile, as HdrHistogram's plots have it: the axis of x is
 * logarithmic in 1/(1-q), so that each nine has the same room.  Where fewer
 * than HIST_ENOUGH samples lie beyond a quantile the ground is grey: what is
 * drawn there is this sample, and no promise. */
#include "report/render/html/html_parts.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "report/hist/hist.h"
#include "report/render/load/load_say.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"

enum {
	HEIGHT = 240,	     /* px */
	STEPS_PER_NINE = 40, /* of the line */
	SPOTS_PER_NINE = 12, /* of the pointer */
	TICKS = 5,
	LOG_FROM = 25, /* a maximum so many medians away wants a log scale */
	QUANTILES_MAX = 32,
};

/* One distribution, by whatever the file has of it. */
struct curve {
	const struct times_result *times;
	struct hist *hist; /* NULL: only the named quantiles */
	double n;
};

static const struct {
	const char *name;
	size_t at; /* in struct times_result */
	double q;  /* < 0: no quantile */
} main_rows[] = {
	{ "min", offsetof(struct times_result, min_ns), -1 },
	{ "mean", offsetof(struct times_result, mean_ns), -1 },
	{ "p50", offsetof(struct times_result, p50_ns), 0.5 },
	{ "p90", offsetof(struct times_result, p90_ns), 0.9 },
	{ "p95", offsetof(struct times_result, p95_ns), 0.95 },
	{ "p99", offsetof(struct times_result, p99_ns), 0.99 },
	{ "p99.9", offsetof(struct times_result, p999_ns), 0.999 },
	{ "max", offsetof(struct times_result, max_ns), -1 },
};
enum { MAIN_ROWS = sizeof(main_rows) / sizeof(*main_rows) };

static uint64_t main_ns(const struct times_result *t, size_t row)
{
	uint64_t ns;

	memcpy(&ns, (const char *)t + main_rows[row].at, sizeof(ns));
	return ns;
}

/* ---- the drawing -------------------------------------------------------- */

static void curve_init(struct curve *c, const struct times_result *times)
{
	struct errs es = { 0 };

	*c = (struct curve){ .times = times, .n = (double)times->count };
	if (*times->hdr)
		c->hist = hist_decode(times->hdr, strlen(times->hdr), &es);
	if (c->hist && hist_count(c->hist))
		c->n = (double)hist_count(c->hist);
}

static double q_of(double nines)
{
	return 1 - pow(10, -nines);
}

static double value_at(const struct curve *c, double nines)
{
	return (double)hist_quantile(c->hist, q_of(nines));
}

/* A step is told by its two ends. */
static void draw_hist(struct chart *ch, const struct curve *c)
{
	int n = (int)ceil(log10(c->n) * STEPS_PER_NINE);
	double before = -1;

	for (int i = 0; i <= n; i++) {
		double nines = (double)i / STEPS_PER_NINE;
		double ns =
			i == n ? (double)c->times->max_ns : value_at(c, nines);

		if (i == n || ns != before || !i)
			chart_to(ch, nines, ns);
		before = ns;
	}
}

static void draw_named(struct chart *ch, const struct curve *c)
{
	for (size_t i = 0; i < MAIN_ROWS; i++)
		if (main_rows[i].q >= 0 && c->n * (1 - main_rows[i].q) >= 1)
			chart_to(ch, -log10(1 - main_rows[i].q),
				 (double)main_ns(c->times, i));
	chart_to(ch, log10(c->n), (double)c->times->max_ns);
}

static void draw_curve(struct chart *ch, const char *look,
		       const struct curve *c)
{
	if (!(c->n >= 1))
		return;
	chart_line(ch, look);
	if (c->hist)
		draw_hist(ch, c);
	else
		draw_named(ch, c);
	chart_line_end(ch);
}

static void draw_intervals(struct chart *ch, const struct times_result *t)
{
	for (size_t i = 0; i < t->n_quantiles && i < QUANTILES_MAX; i++) {
		const struct quantile_result *q = &t->quantiles[i];

		if (!q->enough || !(q->q > 0 && q->q < 1))
			continue;
		double x = -log10(1 - q->q);

		chart_line(ch, "ai");
		chart_to(ch, x, (double)q->low_ns);
		chart_to(ch, x, (double)q->high_ns);
		chart_line_end(ch);
	}
}

static void spots(struct sheet *s, struct chart *ch, const struct curve *a,
		  const struct curve *b)
{
	int n = (int)ceil(log10(a->n) * SPOTS_PER_NINE);

	if (s->detail < DETAIL_ALL || !a->hist || !b->hist)
		return;
	chart_over(ch);
	for (int i = 0; i < n; i++) {
		double nines = ((double)i + 0.5) / SPOTS_PER_NINE;

		chart_spot(ch, (double)i / SPOTS_PER_NINE,
			   (double)(i + 1) / SPOTS_PER_NINE);
		buf_printf(s->out, "p%.*f: latency ", (int)nines + 2,
			   100 * q_of(nines));
		unit_human_duration(s->out, (uint64_t)value_at(a, nines));
		buf_puts(s->out, ", service ");
		unit_human_duration(s->out, (uint64_t)value_at(b, nines));
		chart_spot_end(ch);
	}
	chart_over_end(ch);
}

static void scale_of(struct scale *y, const struct times_result *a,
		     const struct times_result *b)
{
	uint64_t max = a->max_ns > b->max_ns ? a->max_ns : b->max_ns;
	uint64_t min =
		b->min_ns && b->min_ns < a->min_ns ? b->min_ns : a->min_ns;

	if ((double)max > LOG_FROM * (double)(a->p50_ns ? a->p50_ns : 1))
		scale_log(y, SCALE_TIME, (double)(min ? min : 1), (double)max);
	else
		scale_from_zero(y, SCALE_TIME, (double)max, TICKS);
}

static void describe(struct buf *said, const struct times_result *t,
		     bool is_log)
{
	buf_puts(said, "latency: ");
	say_times(said, t);
	buf_printf(said,
		   "; the axis of time is %s, that of quantiles is "
		   "logarithmic in 1/(1-q)",
		   is_log ? "logarithmic" : "linear");
}

static void draw(struct sheet *s, const struct curve *a, const struct curve *b,
		 bool is_headed)
{
	static const struct chart_key keys[] = {
		{ "l1", "latency, with the interval of 95 %" },
		{ "l2", "service time, from sending" },
		{ "am", "too few samples to promise" },
	};
	struct plot plot = { .name = "", .height = HEIGHT };
	struct scale x;
	struct chart ch = { .out = s->out,
			    .ids = &s->ids,
			    .x = &x,
			    .plots = &plot,
			    .n_plots = 1,
			    .keys = keys,
			    .n_keys = sizeof(keys) / sizeof(*keys),
			    .is_headed = is_headed };
	struct buf said;

	scale_nines(&x, a->n);
	scale_of(&plot.y, a->times, b->times);
	buf_init(&said, HTML_PIECE_MAX);
	describe(&said, a->times, plot.y.is_log);
	chart_begin(&ch, "Latency by percentile", buf_text(&said), 0);
	buf_release(&said);
	chart_plot(&ch, 0);
	chart_band(&ch, "am", log10(a->n / HIST_ENOUGH), x.to);
	draw_curve(&ch, "l2", b);
	draw_curve(&ch, "l1", a);
	draw_intervals(&ch, a->times);
	chart_plot_end(&ch);
	spots(s, &ch, a, b);
	chart_end(&ch);
}

/* ---- the table ---------------------------------------------------------- */

static void put_interval(struct grid *g, const struct quantile_result *q)
{
	struct buf said;

	grid_cell(g);
	buf_init(&said, HTML_PIECE_MAX);
	say_interval(&said, q);
	sheet_said(g->s, &said);
	buf_release(&said);
}

static void put_value(struct grid *g, const struct times_result *t, uint64_t ns)
{
	grid_cell(g);
	say_time_at(g->s->out, t, ns);
}

static void put_main_row(struct grid *g, size_t i, const struct times_result *a,
			 const struct times_result *b)
{
	double q = main_rows[i].q;

	grid_row(g, "");
	grid_text(g, main_rows[i].name, FACT_NAME_MAX);
	put_value(g, a, main_ns(a, i));
	put_interval(g, q < 0 || !a->count ? NULL : quantile_find(a, q));
	put_value(g, b, main_ns(b, i));
	put_interval(g, q < 0 || !b->count ? NULL : quantile_find(b, q));
	grid_row_end(g);
}

static bool is_main(double q)
{
	for (size_t i = 0; i < MAIN_ROWS; i++)
		if (fabs(main_rows[i].q - q) < 1e-9)
			return true;
	return false;
}

static void put_others(struct grid *g, const struct times_result *a,
		       const struct times_result *b)
{
	for (size_t i = 0; i < a->n_quantiles && i < QUANTILES_MAX; i++) {
		const struct quantile_result *q = &a->quantiles[i];
		const struct quantile_result *r = quantile_find(b, q->q);

		if (is_main(q->q))
			continue;
		grid_row(g, "");
		grid_cell(g);
		say_quantile_name(g->s->out, q->q);
		put_value(g, a, q->value_ns);
		put_interval(g, q);
		put_value(g, b, r ? r->value_ns : 0);
		put_interval(g, r);
		grid_row_end(g);
	}
}

static void table(struct sheet *s, const struct times_result *a,
		  const struct times_result *b, bool is_closed)
{
	const char *const heads[] = { "quantile",
				      is_closed ? "latency, from sending"
						: "latency, from planned",
				      "interval of 95 %",
				      "service time, from sending",
				      "interval of 95 %" };
	struct grid g;

	fold_begin(s, "latencies as a table", false);
	grid_begin(&g, s, "latency by percentile", "hrrrr", heads);
	for (size_t i = 0; i < MAIN_ROWS; i++)
		put_main_row(&g, i, a, b);
	put_others(&g, a, b);
	grid_end(&g);
	buf_printf(s->out, "<p class=\"dim\">%" PRIu64 " samples", a->count);
	if (a->over)
		buf_printf(s->out,
			   ", %" PRIu64
			   " of them longer than can be told apart",
			   a->over);
	buf_puts(s->out, "; standard deviation ");
	unit_human_duration(s->out, a->stddev_ns);
	buf_puts(s->out, ". Intervals are of order statistics, for this run "
			 "alone.</p>");
	fold_end(s);
}

void html_latency(struct sheet *s, const struct times_result *latency,
		  const struct times_result *service, bool is_closed,
		  bool is_headed)
{
	struct curve a, b;

	if (!latency->count)
		return;
	curve_init(&a, latency);
	curve_init(&b, service);
	draw(s, &a, &b, is_headed);
	hist_free(a.hist);
	hist_free(b.hist);
	table(s, latency, service, is_closed);
}
