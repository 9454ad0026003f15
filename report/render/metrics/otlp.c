/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "report/hist/hist_powers.h"
#include "report/render/metrics/points/distribution.h"
#include "report/render/metrics/points/points.h"
#include "report/render/render.h"
#include "report/result/result.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/json/json.h"

/*
 * A result as an ExportMetricsServiceRequest of OTLP in JSON, on one line: what
 * is posted to /v1/metrics of a collector, and what its file exporter writes.
 *
 * Names are the group with dots, and the field without unit and _total, which a
 * backend that speaks Prometheus puts back: assay.load.latency in "s".  What an
 * _info tells has a value of 1.
 *
 * Sums and distributions are cumulative from the start of the run: another run
 * has another start, which is what tells a reset from a fall.
 *
 * Distributions are exponential histograms at the finest scale, up to 9, at
 * which EXPONENTIAL_MAX buckets are enough; that is the size that SDKs have.
 *
 * Source        OTLP 1.x, "JSON Protobuf Encoding": keys in lowerCamelCase, 64
 *               bits as decimal strings, enums as numbers; metrics.proto.
 */

enum { EXPONENTIAL_MAX = 160, CUMULATIVE = 2 };

struct otlp {
	struct buf *out;
	size_t opened; /* distributions */
	bool failed;
};

/* ---- pieces -------------------------------------------------------------------- */

/* json_escape() writes the quotes. */
static void put_attribute(struct otlp *t, const char *before, const char *key,
			  const char *value)
{
	buf_printf(t->out,
		   "%s{\"key\":\"%s\",\"value\":{\"stringValue\":", before,
		   key);
	json_escape_str(t->out, value);
	buf_puts(t->out, "}}");
}

static void put_attributes(struct otlp *t, const struct point *p)
{
	const char *before = "";

	buf_puts(t->out, "{\"attributes\":[");
	for (size_t i = 0; i < p->n_scope + p->n_own; i++) {
		const struct metric_label *label =
			i < p->n_scope ? &p->scope[i] : &p->own[i - p->n_scope];

		put_attribute(t, before, label->name, label->value);
		before = ",";
	}
	buf_printf(t->out,
		   "],\"startTimeUnixNano\":\"%" PRIu64
		   "\",\"timeUnixNano\":\"%" PRIu64 "\"",
		   p->start_at_ns, p->at_ns);
}

static void put_number(struct otlp *t, const char *key, double value)
{
	buf_printf(t->out, ",\"%s\":", key);
	json_print_number(t->out, value);
}

static void put_count(struct otlp *t, const char *key, uint64_t count)
{
	buf_printf(t->out, ",\"%s\":\"%" PRIu64 "\"", key, count);
}

/* ---- data points ----------------------------------------------------------------- */

static void put_value(struct otlp *t, const struct point *p)
{
	put_attributes(t, p);
	if (metric_names[p->id].is_whole)
		buf_printf(t->out, ",\"asInt\":\"%" PRId64 "\"",
			   point_whole(p));
	else
		put_number(t, "asDouble", p->value);
	buf_putc(t->out, '}');
}

static void put_powers(struct otlp *t, const struct distribution *d)
{
	struct hist_powers powers;

	hist_powers(d->hist, HIST_POWERS_SCALE_MAX, EXPONENTIAL_MAX, &powers);
	put_number(t, "scale", powers.scale);
	put_count(t, "zeroCount", powers.zeros);
	buf_printf(t->out,
		   ",\"positive\":{\"offset\":%" PRId32 ",\"bucketCounts\":[",
		   powers.offset);
	for (size_t i = 0; i < powers.n; i++)
		buf_printf(t->out, "%s\"%" PRIu64 "\"", i ? "," : "",
			   powers.count[i]);
	buf_puts(t->out, "]}");
}

static void put_times(struct otlp *t, const struct point *p)
{
	struct distribution d;

	if (!distribution_open(p->times, &t->opened, &d)) {
		t->failed = true;
		return;
	}
	put_attributes(t, p);
	put_count(t, "count", d.count);
	put_number(t, "sum", d.sum_s);
	if (d.hist)
		put_powers(t, &d);
	put_number(t, "min", d.min_s);
	put_number(t, "max", d.max_s);
	buf_putc(t->out, '}');
	distribution_close(&d);
}

/* ---- metrics ------------------------------------------------------------------------ */

static const char *ucum(const char *unit)
{
	if (!strcmp(unit, "seconds"))
		return "s";
	if (!strcmp(unit, "bytes"))
		return "By";
	return *unit ? "1" : "";
}

static void put_name(struct otlp *t, const struct metric_name *m)
{
	const char *const tails[] = { "total", "info", m->unit };
	size_t len = strlen(m->field);

	for (const char *c = m->group; *c; c++)
		buf_putc(t->out, *c == '_' ? '.' : *c);
	for (size_t i = 0; i < sizeof(tails) / sizeof(*tails); i++) {
		size_t tail = strlen(tails[i]);

		if (tail && len > tail + 1 && m->field[len - tail - 1] == '_' &&
		    !memcmp(m->field + len - tail, tails[i], tail))
			len -= tail + 1;
	}
	buf_putc(t->out, '.');
	buf_add(t->out, m->field, len);
}

static void put_metric(struct otlp *t, const struct point *first)
{
	const struct metric_name *m = &metric_names[first->id];
	const char *kind = m->type == METRIC_HISTOGRAM ? "exponentialHistogram"
			   : m->type == METRIC_COUNTER ? "sum"
						       : "gauge";

	buf_puts(t->out, "{\"name\":\"");
	put_name(t, m);
	buf_puts(t->out, "\",\"description\":");
	json_escape_str(t->out, m->help);
	buf_printf(t->out, ",\"unit\":\"%s\",\"%s\":{\"dataPoints\":[",
		   ucum(m->unit), kind);
	for (const struct point *p = first; p; p = p->next) {
		if (p != first)
			buf_putc(t->out, ',');
		if (m->type == METRIC_HISTOGRAM)
			put_times(t, p);
		else
			put_value(t, p);
	}
	buf_putc(t->out, ']');
	if (m->type == METRIC_HISTOGRAM || m->type == METRIC_COUNTER)
		put_number(t, "aggregationTemporality", CUMULATIVE);
	if (m->type == METRIC_COUNTER)
		buf_puts(t->out, ",\"isMonotonic\":true");
	buf_puts(t->out, "}}");
}

static void put_run(struct otlp *t, const struct points *points,
		    const struct run_result *run)
{
	const char *space = strrchr(run->tool, ' ');
	const char *version = space ? space + 1 : "";
	const char *before = "";

	buf_puts(t->out, "{\"resource\":{\"attributes\":[");
	put_attribute(t, "", "service.name", "assay");
	put_attribute(t, ",", "service.version", version);
	put_attribute(t, ",", "host.name", run->host);
	buf_puts(t->out, "]},\"scopeMetrics\":[{\"scope\":{\"name\":\"assay\","
			 "\"version\":");
	json_escape_str(t->out, version);
	buf_puts(t->out, "},\"metrics\":[");
	for (size_t id = 0; id < METRIC_NAMES_N; id++) {
		if (!points->first[id])
			continue;
		buf_puts(t->out, before);
		put_metric(t, points->first[id]);
		before = ",";
	}
	buf_puts(t->out, "]}]}");
}

bool render_otlp(const struct run_result *const *runs, size_t n,
		 const struct render_options *opt, struct buf *out)
{
	struct otlp t = { .out = out };
	struct arena *a = arena_new(POINTS_BYTES_MAX);
	struct points points;

	(void)opt;
	buf_puts(out, "{\"resourceMetrics\":[");
	if (!a || (n && !points_of_run(&points, a, runs[0])))
		t.failed = true;
	else if (n)
		put_run(&t, &points, runs[0]);
	buf_puts(out, "]}\n");
	out->failed |= t.failed;
	arena_free(a);
	return buf_ok(out);
}
