/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "report/hist/hist.h"
#include "report/render/metrics/points/distribution.h"
#include "report/render/metrics/points/points.h"
#include "report/render/render.h"
#include "report/result/load_result.h"
#include "report/result/result.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"

/*
 * A result in the line protocol of InfluxDB, times in nanoseconds.
 *
 *     assay_load,scenario=shop,load=booking success_ratio=0.99,... 1767225690...
 *
 * The measurement is the group of a name, the field the rest of it, labels are
 * tags; totals are at the end of what they count.  What is an _info elsewhere is
 * a text field (verdict="ok").  A distribution is its count, mean, least,
 * greatest and the quantiles that the sample can bear (latency_p99_seconds),
 * since InfluxQL has no use for buckets.  Each row of a timeline is a point of
 * assay_load_timeline at the end of its interval.
 *
 * Escaping      in tags a backslash before comma, equals sign and space; in text
 *               fields before quote and backslash.  A tag has no spelling for a
 *               backslash at its end, so one there becomes a slash; empty tags
 *               are left out.
 * Source        docs.influxdata.com, "Line protocol reference" (1.x).
 */

struct line {
	struct buf *out;
	bool has_field;
};

/* ---- parts of a line --------------------------------------------------------- */

static void put_tag(struct buf *out, const struct metric_label *tag)
{
	const char *end = tag->value + strlen(tag->value);

	if (end == tag->value)
		return;
	while (end > tag->value && end[-1] == '\\')
		end--;
	buf_printf(out, ",%s=", tag->name);
	for (const char *c = tag->value; *c; c++) {
		if (c >= end) {
			buf_putc(out, '/');
			continue;
		}
		if (*c == ',' || *c == '=' || *c == ' ')
			buf_putc(out, '\\');
		buf_putc(out, *c);
	}
}

/* All names of fields are ours: letters and _. */
static void put_field(struct line *t, const char *name, const char *more)
{
	buf_printf(t->out, "%c%s%s=", t->has_field ? ',' : ' ', name, more);
	t->has_field = true;
}

static void put_text(struct line *t, const char *name, const char *text)
{
	put_field(t, name, "");
	buf_putc(t->out, '"');
	for (const char *c = text; *c; c++) {
		if (*c == '"' || *c == '\\')
			buf_putc(t->out, '\\');
		buf_putc(t->out, *c);
	}
	buf_putc(t->out, '"');
}

static void put_count(struct line *t, const char *name, const char *more,
		      uint64_t count)
{
	put_field(t, name, more);
	buf_printf(t->out, "%" PRIu64 "i",
		   count < INT64_MAX ? count : INT64_MAX);
}

static void put_seconds(struct line *t, const char *name, const char *more,
			double s)
{
	put_field(t, name, more);
	unit_print_number(t->out, s);
}

static void put_ns(struct line *t, const char *name, const char *more,
		   uint64_t ns)
{
	put_seconds(t, name, more, (double)ns / (double)UNIT_NS_PER_S);
}

static void put_begin(struct line *t, const char *measurement, size_t n,
		      const struct metric_label *scope)
{
	buf_puts(t->out, measurement);
	for (size_t i = 0; i < n; i++)
		put_tag(t->out, &scope[i]);
	t->has_field = false;
}

/* ---- totals --------------------------------------------------------------------- */

/* "latency_seconds", 0.999: latency_p99_9 is no name, so "latency_p999". */
static void put_quantile(struct line *t, const char *stem,
			 const struct quantile_result *q)
{
	struct buf digits, more;

	buf_init(&digits, HIST_TEXT_MAX);
	buf_init(&more, HIST_TEXT_MAX);
	unit_print_number(&digits, q->q);
	/* 0.5 is p50, 0.999 is p999 */
	const char *text = buf_text(&digits);
	text += strncmp(text, "0.", 2) ? 0 : 2;
	buf_printf(&more, "_p%s%s_seconds", text, text[1] ? "" : "0");
	if (!text[strspn(text, "0123456789")])
		put_ns(t, stem, buf_text(&more), q->value_ns);
	t->out->failed |= digits.failed || more.failed;
	buf_release(&digits);
	buf_release(&more);
}

static void put_times(struct line *t, const struct point *p)
{
	const struct times_result *times = p->times;
	struct quantile_result q[DISTRIBUTION_QUANTILES_MAX];
	size_t n = distribution_quantiles(times, q);
	struct buf stem; /* the field without _seconds */
	const char *field = metric_names[p->id].field;
	const char *unit = strrchr(field, '_');

	buf_init(&stem, HIST_TEXT_MAX);
	buf_add(&stem, field, unit ? (size_t)(unit - field) : strlen(field));
	put_count(t, buf_text(&stem), "_count", times->count);
	put_ns(t, buf_text(&stem), "_mean_seconds", times->mean_ns);
	put_ns(t, buf_text(&stem), "_min_seconds", times->min_ns);
	put_ns(t, buf_text(&stem), "_max_seconds", times->max_ns);
	for (size_t i = 0; i < n; i++)
		if (q[i].enough)
			put_quantile(t, buf_text(&stem), &q[i]);
	t->out->failed |= stem.failed;
	buf_release(&stem);
}

static void put_point(struct line *t, const struct point *p)
{
	const struct metric_name *m = &metric_names[p->id];

	if (p->times) {
		put_times(t, p);
	} else if (m->type == METRIC_INFO) {
		for (size_t i = 0; i < p->n_own; i++)
			put_text(t, p->own[i].name, p->own[i].value);
	} else {
		put_field(t, m->field, "");
		if (m->is_whole)
			buf_printf(t->out, "%" PRId64 "i", point_whole(p));
		else
			unit_print_number(t->out, p->value);
	}
}

/* What a point has as tags besides its scope. */
static size_t n_tags(const struct point *p)
{
	return metric_names[p->id].type == METRIC_INFO ? 0 : p->n_own;
}

/* Neighbours of one measurement, scope and time are one line.  A scope is kept
 * once for all that is in it, so its address says which it is. */
static bool same_line(const struct point *a, const struct point *b)
{
	return a && !n_tags(a) && !n_tags(b) && a->scope == b->scope &&
	       a->n_scope == b->n_scope && a->at_ns == b->at_ns &&
	       !strcmp(metric_names[a->id].group, metric_names[b->id].group);
}

static void put_totals(struct buf *out, const struct points *points)
{
	struct line t = { .out = out };
	const struct point *before = NULL;

	for (const struct point *p = points->begin; p; p = p->after) {
		/* a line needs a field */
		if (metric_names[p->id].type == METRIC_INFO && !p->n_own)
			continue;
		if (!same_line(before, p)) {
			if (before)
				buf_printf(out, " %" PRIu64 "\n",
					   before->at_ns);
			put_begin(&t, metric_names[p->id].group, p->n_scope,
				  p->scope);
			for (size_t i = 0; i < n_tags(p); i++)
				put_tag(out, &p->own[i]);
		}
		put_point(&t, p);
		before = p;
	}
	if (before)
		buf_printf(out, " %" PRIu64 "\n", before->at_ns);
}

/* ---- the timeline ------------------------------------------------------------------ */

static void put_row(struct buf *out, const struct points_scope *scope,
		    uint64_t begin_at_ns, const struct timeline_row *r)
{
	struct line t = { .out = out };
	uint64_t at_ns = points_later(begin_at_ns, r->at_ns);

	put_begin(&t, "assay_load_timeline", scope->n, scope->label);
	put_field(&t, "warm_up", "");
	buf_puts(out, r->is_warm_up ? "true" : "false");
	put_ns(&t, "for", "_seconds", r->for_ns);
	put_count(&t, "planned", "", r->planned);
	put_count(&t, "sent", "", r->sent);
	put_count(&t, "ok", "", r->ok);
	put_count(&t, "failed", "", r->failed);
	put_count(&t, "timed_out", "", r->timed_out);
	put_count(&t, "dropped", "", r->dropped);
	put_count(&t, "users", "", r->users);
	put_count(&t, "connections", "", r->connections);
	if (r->ok || r->failed || r->timed_out) {
		put_ns(&t, "latency_p50", "_seconds", r->p50_ns);
		put_ns(&t, "latency_p90", "_seconds", r->p90_ns);
		put_ns(&t, "latency_p99", "_seconds", r->p99_ns);
		put_ns(&t, "latency_max", "_seconds", r->max_ns);
	}
	at_ns = points_later(at_ns, r->for_ns);
	buf_printf(out, " %" PRIu64 "\n", at_ns);
}

bool render_influx(const struct run_result *const *runs, size_t n,
		   const struct render_options *opt, struct buf *out)
{
	struct arena *a = arena_new(POINTS_BYTES_MAX);
	struct points points;

	(void)opt;
	if (!a || (n && !points_of_run(&points, a, runs[0]))) {
		out->failed = true;
	} else if (n) {
		put_totals(out, &points);
		for (size_t i = 0; i < runs[0]->n_loads; i++) {
			const struct load_result *load = &runs[0]->loads[i];

			for (size_t k = 0; k < load->n_timeline; k++)
				put_row(out, &points.loads[i],
					points.begin_at_ns, &load->timeline[k]);
		}
	}
	arena_free(a);
	return buf_ok(out);
}
