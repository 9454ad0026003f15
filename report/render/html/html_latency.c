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
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"
#include "scenarios/rule/rule.h"

enum {
	HEIGHT = 240,	     /* px */
	STEPS_PER_NINE = 40, /* of the line */
	NINES_MAX = 16,	     /* more than HIST_COUNT_MAX samples have */
	GRID_MAX = NINES_MAX * STEPS_PER_NINE,
	STEPS_PER_SPOT = 4, /* of the pointer */
	TICKS = 5,
	LIMITS_MAX = 20,
	RULES_ROOM = 64 * 1024, /* bytes of what their texts say */
	FAR = 4,		/* maxima: limits beyond are not drawn */
	LOG_FROM = 25, /* a maximum so many medians away wants a log scale */
	QUANTILES_MAX = 32,
};

#define LIMIT_NINES 0.12 /* half of the width of a limit */

/* One distribution: its quantiles on a grid of nines when the file has the
 * histogram, else only those with a name. */
struct curve {
	const struct times_result *times;
	double n;
	size_t n_grid; /* 0: no histogram */
	double grid[GRID_MAX];
	uint64_t seen; /* while the grid is filled */
};

/* ---- the drawing -------------------------------------------------------- */

static double q_of(double nines)
{
	return 1 - pow(10, -nines);
}

/* hist_each() in rising order, as many points of the grid as end in it. */
static void on_bucket(void *self, uint64_t from_ns, uint64_t to_ns,
		      uint64_t count)
{
	struct curve *c = self;
	uint64_t max_ns = c->times->max_ns;

	(void)from_ns;
	c->seen += count;
	while (c->n_grid < GRID_MAX &&
	       q_of((double)c->n_grid / STEPS_PER_NINE) * c->n <=
		       (double)c->seen) {
		c->grid[c->n_grid++] =
			(double)(to_ns < max_ns ? to_ns : max_ns);
		if ((double)c->n_grid > log10(c->n) * STEPS_PER_NINE)
			break;
	}
}

static void curve_init(struct curve *c, const struct times_result *times)
{
	struct errs es = { 0 };
	struct hist *hist = NULL;

	*c = (struct curve){ .times = times, .n = (double)times->count };
	if (*times->hdr)
		hist = hist_decode(times->hdr, strlen(times->hdr), &es);
	/* one that tells of others than the table does is not drawn */
	if (hist && hist_count(hist) == times->count) {
		hist_each(hist, on_bucket, c);
	}
	hist_free(hist);
}

/* A step is told by its two ends. */
static void draw_hist(struct chart *ch, const struct curve *c)
{
	double before = -1;

	for (size_t i = 0; i < c->n_grid; i++) {
		double nines = (double)i / STEPS_PER_NINE;

		if (c->grid[i] != before || i + 1 == c->n_grid)
			chart_to(ch, nines, c->grid[i]);
		before = c->grid[i];
	}
	chart_to(ch, log10(c->n), (double)c->times->max_ns);
}

static void draw_named(struct chart *ch, const struct curve *c)
{
	for (size_t i = 0; i < MAIN_TIMES; i++)
		if (main_times[i].q > 0 && c->n * (1 - main_times[i].q) >= 1)
			chart_to(ch, -log10(1 - main_times[i].q),
				 (double)main_time_ns(c->times, i));
	chart_to(ch, log10(c->n), (double)c->times->max_ns);
}

static void draw_curve(struct chart *ch, const char *look,
		       const struct curve *c)
{
	if (!(c->n >= 1))
		return;
	chart_line(ch, look);
	if (c->n_grid)
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
	if (s->detail < DETAIL_ALL || !a->n_grid)
		return;
	chart_over(ch);
	for (size_t i = 0; i + STEPS_PER_SPOT <= a->n_grid;
	     i += STEPS_PER_SPOT) {
		size_t middle = i + STEPS_PER_SPOT / 2;
		double nines = (double)middle / STEPS_PER_NINE;

		chart_spot(ch, (double)i / STEPS_PER_NINE,
			   (double)(i + STEPS_PER_SPOT) / STEPS_PER_NINE);
		buf_printf(s->out, "p%.*f: latency ", (int)nines + 1,
			   100 * q_of(nines));
		unit_human_duration(s->out, (uint64_t)a->grid[middle]);
		if (middle < b->n_grid) {
			buf_puts(s->out, ", service ");
			unit_human_duration(s->out, (uint64_t)b->grid[middle]);
		}
		chart_spot_end(ch);
	}
	chart_over_end(ch);
}

/* ---- limits of a quantile ----------------------------------------------- */

struct limit_mark {
	double nines, ns;
	bool is_broken;
};
struct limit_marks {
	size_t n;
	struct limit_mark mark[LIMITS_MAX];
};

static bool is_drawn(const struct rule *r, const struct latency_view *v)
{
	const char *step = v->step ? v->step->name : NULL;

	if (r->function != RULE_QUANTILE || !(r->quantile < 1) ||
	    (r->metric != RULE_LATENCY && r->metric != RULE_SERVICE) ||
	    (r->op != RULE_LT && r->op != RULE_LE))
		return false;
	return r->step && step ? !strcmp(r->step, step) : !r->step && !step;
}

/* A limit so far above all that was seen would press it flat. */
static void take_limits(struct limit_marks *t, const struct latency_view *v)
{
	struct arena *a = arena_new(RULES_ROOM);

	for (size_t i = 0; a && i < v->load->n_limits && t->n < LIMITS_MAX;
	     i++) {
		const struct limit_result *l = &v->load->limits[i];
		struct errs es = { 0 };
		struct rule r;

		if (!rule_parse(a, l->text, strlen(l->text),
				(struct place){ 0 }, &r, &es) ||
		    !is_drawn(&r, v) ||
		    r.value > FAR * (double)v->latency->max_ns)
			continue;
		t->mark[t->n++] =
			(struct limit_mark){ -log10(1 - r.quantile), r.value,
					     l->verdict == VERDICT_FAILED };
	}
	arena_free(a);
}

static void draw_limits(struct chart *ch, const struct limit_marks *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct limit_mark *m = &t->mark[i];

		chart_line(ch, m->is_broken ? "lb" : "ll");
		chart_to(ch, m->nines - LIMIT_NINES, m->ns);
		chart_to(ch, m->nines + LIMIT_NINES, m->ns);
		chart_line_end(ch);
	}
}

/* ---- all of it ---------------------------------------------------------- */

static void scale_of(struct scale *y, const struct times_result *a,
		     const struct times_result *b,
		     const struct limit_marks *limits)
{
	double max = (double)(a->max_ns > b->max_ns ? a->max_ns : b->max_ns);
	uint64_t min =
		b->min_ns && b->min_ns < a->min_ns ? b->min_ns : a->min_ns;

	for (size_t i = 0; i < limits->n; i++)
		max = limits->mark[i].ns > max ? limits->mark[i].ns : max;
	if (max > LOG_FROM * (double)(a->p50_ns ? a->p50_ns : 1))
		scale_log(y, SCALE_TIME, (double)(min ? min : 1), max);
	else
		scale_from_zero(y, SCALE_TIME, max, TICKS);
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
		 const struct latency_view *v)
{
	static const struct chart_key keys[] = {
		{ "l1", "latency, with the interval of 95 %" },
		{ "l2", "service time, from sending" },
		{ "am", "too few samples to promise" },
		{ "ll", "a limit that holds" },
		{ "lb", "one that does not" },
	};
	struct limit_marks limits = { 0 };
	struct plot plot = { .name = "", .height = HEIGHT };
	struct scale x;
	struct chart ch = { .out = s->out,
			    .ids = &s->ids,
			    .x = &x,
			    .plots = &plot,
			    .n_plots = 1,
			    .keys = keys,
			    .n_keys = sizeof(keys) / sizeof(*keys),
			    .is_headed = v->is_headed };
	struct buf said;

	scale_nines(&x, a->n);
	take_limits(&limits, v);
	if (!limits.n)
		ch.n_keys -= 2; /* of limits */
	scale_of(&plot.y, a->times, b->times, &limits);
	buf_init(&said, HTML_PIECE_MAX);
	describe(&said, a->times, plot.y.is_log);
	chart_begin(&ch, "Latency by percentile", buf_text(&said), 0);
	buf_release(&said);
	chart_plot(&ch, 0);
	chart_band(&ch, "am", log10(a->n / HIST_ENOUGH), x.to);
	draw_curve(&ch, "l2", b);
	draw_curve(&ch, "l1", a);
	draw_intervals(&ch, a->times);
	draw_limits(&ch, &limits);
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
	double q = main_times[i].q;

	grid_row(g, "");
	grid_text(g, main_times[i].name, FACT_NAME_MAX);
	put_value(g, a, main_time_ns(a, i));
	put_interval(g, !(q > 0) || !a->count ? NULL : quantile_find(a, q));
	put_value(g, b, main_time_ns(b, i));
	put_interval(g, !(q > 0) || !b->count ? NULL : quantile_find(b, q));
	grid_row_end(g);
}

/* Of those that not every distribution has: from one to below the other. */
static void put_others(struct grid *g, const struct times_result *a,
		       const struct times_result *b, double from, double to)
{
	for (size_t i = 0; i < a->n_quantiles && i < QUANTILES_MAX; i++) {
		const struct quantile_result *q = &a->quantiles[i];
		const struct quantile_result *r = quantile_find(b, q->q);

		if (!(q->q >= from && q->q < to) || is_main_time(q->q))
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

/* From the least to the most; minimum, mean and maximum have no q. */
static void put_rows(struct grid *g, const struct times_result *a,
		     const struct times_result *b)
{
	double told = 0;

	for (size_t i = 0; i < MAIN_TIMES; i++) {
		double until = i + 1 == MAIN_TIMES ? 1 : main_times[i].q;

		if (until > told) {
			put_others(g, a, b, told, until);
			told = until;
		}
		put_main_row(g, i, a, b);
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
	put_rows(&g, a, b);
	grid_end(&g);
	buf_puts(s->out, "<p class=\"dim\">");
	say_count(s->out, a->count, "sample");
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

bool is_closed_load(const struct load_result *load)
{
	return !strcmp(load->model, "closed");
}

void html_latency(struct sheet *s, const struct latency_view *v)
{
	struct curve a, b;

	if (!v->latency->count)
		return;
	curve_init(&a, v->latency);
	curve_init(&b, v->service);
	draw(s, &a, &b, v);
	table(s, v->latency, v->service, is_closed_load(v->load));
}
