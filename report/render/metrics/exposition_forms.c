/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "report/hist/hist.h"
#include "report/hist/hist_powers.h"
#include "report/metrics/metric_text.h"
#include "report/render/metrics/points/distribution.h"
#include "report/render/metrics/points/points.h"
#include "report/render/render.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"

/*
 * A result as Prometheus reads it: the text format 0.0.4, for the textfile
 * collector of node_exporter and for the Pushgateway, and OpenMetrics 1.0.
 * Neither has timestamps: both collectors refuse or replace them.
 *
 * Buckets of the text format are few and round (a value that a histogram cannot
 * tell from a bound counts as below it), for dashboards that add up many runs.
 *
 * Those of OpenMetrics are those that a native histogram of schema 3 would have,
 * each 2^(1/8) = 1.09 times the one before, as plain buckets with `le`: native
 * histograms have no text form in OpenMetrics 1.0.  histogram_quantile()
 * interpolates inside one bucket, so it is at most 9 % off, 4.5 % in the middle;
 * the quantiles of the result stand beside them in full.  All buckets between
 * the least and the greatest are there, and the bound below the least one, which
 * that function needs.
 *
 * A quantile that the sample cannot bear is left out, as a page of metrics has
 * no place to say so.  Its label is "q": "quantile" is kept for summaries, which
 * promtool insists on.
 */

enum { FINE_SCALE = 3 };

/* Nanoseconds, rising. */
static const uint64_t plain_bounds[] = {
	100 * UNIT_NS_PER_US, 250 * UNIT_NS_PER_US,  500 * UNIT_NS_PER_US,
	1 * UNIT_NS_PER_MS,   2500 * UNIT_NS_PER_US, 5 * UNIT_NS_PER_MS,
	10 * UNIT_NS_PER_MS,  25 * UNIT_NS_PER_MS,   50 * UNIT_NS_PER_MS,
	100 * UNIT_NS_PER_MS, 250 * UNIT_NS_PER_MS,  500 * UNIT_NS_PER_MS,
	1 * UNIT_NS_PER_S,    2500 * UNIT_NS_PER_MS, 5 * UNIT_NS_PER_S,
	10 * UNIT_NS_PER_S,   30 * UNIT_NS_PER_S,    60 * UNIT_NS_PER_S,
};
enum { PLAIN_BOUNDS = sizeof(plain_bounds) / sizeof(*plain_bounds) };

struct exposer {
	struct buf *out;
	enum exposition_format format;
	size_t opened; /* distributions */
	bool failed;
};

static void put_line(struct exposer *t, const struct point *p,
		     const char *suffix, double value)
{
	metric_text_line(t->out, &(struct metric_line){ .id = p->id,
							.suffix = suffix,
							.n_scope = p->n_scope,
							.scope = p->scope,
							.n_own = p->n_own,
							.own = p->own,
							.value = value });
}

static void put_bounded(struct exposer *t, const struct point *p,
			enum metric_more more, const char *suffix,
			const char *label, double bound, double value)
{
	struct metric_label own = { label, NULL };
	struct buf text;

	buf_init(&text, EXPOSITION_NUMBER_MAX);
	metric_text_bound(&text, bound, t->format);
	own.value = buf_text(&text);
	metric_text_line(t->out, &(struct metric_line){ .id = p->id,
							.more = more,
							.suffix = suffix,
							.n_scope = p->n_scope,
							.scope = p->scope,
							.n_own = 1,
							.own = &own,
							.value = value });
	t->failed |= !buf_ok(&text);
	buf_release(&text);
}

/* ---- buckets ---------------------------------------------------------------- */

static void put_bucket(struct exposer *t, const struct point *p, double bound,
		       uint64_t count)
{
	put_bounded(t, p, MORE_NONE, "_bucket", "le", bound, (double)count);
}

struct plain {
	size_t at; /* the bound that is being counted for */
	uint64_t count[PLAIN_BOUNDS];
};

static void count_plain(void *self, uint64_t from_ns, uint64_t to_ns,
			uint64_t count)
{
	struct plain *t = self;

	(void)to_ns;
	while (t->at < PLAIN_BOUNDS && plain_bounds[t->at] < from_ns)
		t->at++;
	if (t->at < PLAIN_BOUNDS)
		t->count[t->at] += count;
}

static void put_plain(struct exposer *t, const struct point *p,
		      const struct hist *hist)
{
	struct plain plain = { 0 };
	uint64_t sum = 0;

	hist_each(hist, count_plain, &plain);
	for (size_t i = 0; i < PLAIN_BOUNDS; i++) {
		sum += plain.count[i];
		put_bucket(t, p,
			   (double)plain_bounds[i] / (double)UNIT_NS_PER_S,
			   sum);
	}
}

static void put_fine(struct exposer *t, const struct point *p,
		     const struct hist *hist)
{
	struct hist_powers powers;
	uint64_t sum;

	hist_powers(hist, FINE_SCALE, HIST_POWERS_MAX, &powers);
	sum = powers.zeros;
	if (powers.n)
		put_bucket(t, p, hist_power(powers.scale, powers.offset), sum);
	for (size_t i = 0; i < powers.n; i++) {
		sum += powers.count[i];
		put_bucket(t, p,
			   hist_power(powers.scale,
				      powers.offset + (int32_t)i + 1),
			   sum);
	}
}

static void put_times(struct exposer *t, const struct point *p)
{
	struct distribution d;

	if (!distribution_open(p->times, &t->opened, &d)) {
		t->failed = true;
		return;
	}
	if (d.hist && t->format == EXPOSITION_OPENMETRICS)
		put_fine(t, p, d.hist);
	else if (d.hist)
		put_plain(t, p, d.hist);
	put_bucket(t, p, INFINITY, d.count);
	put_line(t, p, "_sum", d.sum_s);
	put_line(t, p, "_count", (double)d.count);
	distribution_close(&d);
}

/* ---- families ----------------------------------------------------------------- */

static double seconds(uint64_t ns)
{
	return (double)ns / (double)UNIT_NS_PER_S;
}

/* The lines of the gauges beside a histogram; the head comes with the first. */
struct more {
	enum metric_more which;
	bool has_head;
};

static void put_more_line(struct exposer *t, const struct point *p,
			  struct more *more, double q, uint64_t ns)
{
	if (!more->has_head)
		metric_text_head(t->out, p->id, more->which, t->format);
	more->has_head = true;
	if (more->which == MORE_MIN || more->which == MORE_MAX)
		metric_text_line(t->out,
				 &(struct metric_line){ .id = p->id,
							.more = more->which,
							.n_scope = p->n_scope,
							.scope = p->scope,
							.value = seconds(ns) });
	else
		put_bounded(t, p, more->which, NULL, "q", q, seconds(ns));
}

static void put_quantiles(struct exposer *t, const struct point *p,
			  struct more *more)
{
	struct quantile_result q[DISTRIBUTION_QUANTILES_MAX];
	size_t n = distribution_quantiles(p->times, q);

	for (size_t i = 0; i < n; i++) {
		if (!q[i].enough)
			continue;
		if (more->which == MORE_QUANTILE)
			put_more_line(t, p, more, q[i].q, q[i].value_ns);
		else if (q[i].high_ns)
			put_more_line(t, p, more, q[i].q,
				      more->which == MORE_QUANTILE_LOW
					      ? q[i].low_ns
					      : q[i].high_ns);
	}
}

static void put_more(struct exposer *t, const struct point *first,
		     enum metric_more which)
{
	struct more more = { which, false };

	for (const struct point *p = first; p; p = p->next) {
		if (which == MORE_MIN)
			put_more_line(t, p, &more, 0, p->times->min_ns);
		else if (which == MORE_MAX)
			put_more_line(t, p, &more, 1, p->times->max_ns);
		else
			put_quantiles(t, p, &more);
	}
}

static void put_family(struct exposer *t, const struct point *first)
{
	bool is_times = metric_names[first->id].type == METRIC_HISTOGRAM;

	metric_text_head(t->out, first->id, MORE_NONE, t->format);
	for (const struct point *p = first; p; p = p->next) {
		if (is_times)
			put_times(t, p);
		else
			put_line(t, p, NULL, p->value);
	}
	for (unsigned more = MORE_NONE + 1; is_times && more < MORE_N; more++)
		put_more(t, first, (enum metric_more)more);
}

static bool expose(const struct run_result *const *runs, size_t n,
		   enum exposition_format format, struct buf *out)
{
	struct exposer t = { .out = out, .format = format };
	struct arena *a = arena_new(POINTS_BYTES_MAX);
	struct points points;

	t.failed = !a || (n && !points_of_run(&points, a, runs[0]));
	for (size_t id = 0; n && !t.failed && id < METRIC_NAMES_N; id++)
		if (points.first[id])
			put_family(&t, points.first[id]);
	metric_text_end(out, format);
	out->failed |= t.failed;
	arena_free(a);
	return buf_ok(out);
}

bool render_prometheus(const struct run_result *const *runs, size_t n,
		       const struct render_options *opt, struct buf *out)
{
	(void)opt;
	return expose(runs, n, EXPOSITION_TEXT, out);
}

bool render_openmetrics(const struct run_result *const *runs, size_t n,
			const struct render_options *opt, struct buf *out)
{
	(void)opt;
	return expose(runs, n, EXPOSITION_OPENMETRICS, out);
}
