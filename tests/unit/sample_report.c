/* SPDX-License-Identifier: MIT */
#include "tests/unit/sample_report.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/against/against_result.h"
#include "report/hist/hist.h"
#include "report/result/gate_result.h"
#include "report/result/load_result.h"
#include "report/result/result_shape.h"
#include "report/result/verdict.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/json/json.h"
#include "tests/unit/sample_gate.h"
#include "tests/unit/sample_run.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define US(n)	     ((uint64_t)(n)*1000u)
#define MS(n)	     ((uint64_t)(n)*1000000u)
#define S(n)	     ((uint64_t)(n)*1000000000u)

enum {
	ROWS = 240,
	SAMPLES = 3000, /* of a histogram; counted many times over */
	HDR_MAX = 1 << 20,
	CELLS = 150,
	LAUNCHES = 10,
	CELL_SAMPLES = 200,
	LONG_S = 600,
	TEXT_MAX = 16 << 20,
};

/* ---- distributions ------------------------------------------------------ */

/* A body around the median and a tail of Pareto's kind, without chance: the
 * i-th of n quantiles, so that every run gives the same page. */
static uint64_t shaped_ns(double median_ns, double tail, double u)
{
	double body = median_ns * (0.6 + 0.8 * u);

	return (uint64_t)(u > 0.97 ? body * pow(0.03 / (1.0001 - u), tail)
				   : body);
}

static const char *encoded(struct arena *a, const struct hist *h)
{
	const char *text = NULL;
	struct buf out;

	buf_init(&out, HDR_MAX);
	if (hist_encode(h, &out))
		text = arena_strdup(a, buf_text(&out));
	buf_release(&out);
	return text ? text : "";
}

static void take_quantiles(struct arena *a, const struct hist *h,
			   struct times_result *t)
{
	static const double qs[] = { 0.5, 0.75, 0.9, 0.95, 0.99, 0.999 };
	struct quantile_result *list = arena_alloc(a, COUNT(qs), sizeof(*list));

	for (size_t i = 0; list && i < COUNT(qs); i++) {
		struct hist_bounds b = hist_interval(h, qs[i], 0.95);

		list[i] = (struct quantile_result){ qs[i],
						    hist_quantile(h, qs[i]),
						    b.low_ns, b.high_ns,
						    b.is_enough };
	}
	t->quantiles = list;
	t->n_quantiles = list ? COUNT(qs) : 0;
}

static struct times_result times_of(struct arena *a, double median_ns,
				    double tail, uint64_t many)
{
	struct hist *h = hist_new(HIST_DIGITS);
	struct times_result t = { .hdr = "" };

	if (!h)
		return t;
	for (int i = 0; i < SAMPLES; i++)
		hist_record_n(
			h,
			shaped_ns(median_ns, tail, ((double)i + 0.5) / SAMPLES),
			many);
	t = (struct times_result){
		.count = hist_count(h),
		.min_ns = hist_min_ns(h),
		.mean_ns = (uint64_t)hist_mean_ns(h),
		.stddev_ns = (uint64_t)hist_stddev_ns(h),
		.p50_ns = hist_quantile(h, 0.5),
		.p90_ns = hist_quantile(h, 0.9),
		.p95_ns = hist_quantile(h, 0.95),
		.p99_ns = hist_quantile(h, 0.99),
		.p999_ns = hist_quantile(h, 0.999),
		.max_ns = hist_max_ns(h),
		.hdr = encoded(a, h),
	};
	take_quantiles(a, h, &t);
	hist_free(h);
	return t;
}

/* ---- a long load -------------------------------------------------------- */

/* Day and night, and a bad minute. */
static void fill_row(struct timeline_row *r, size_t i)
{
	double wave = 1 + 0.15 * sin((double)i / 9);
	bool bad = i > 150 && i < 175;
	uint64_t row_ns = S(LONG_S) / ROWS;

	*r = (struct timeline_row){
		.at_ns = i * row_ns,
		.for_ns = row_ns,
		.is_warm_up = i < 8,
		.planned = 12500,
		.sent = 12500,
		.ok = bad ? 11200 : 12488,
		.failed = bad ? 700 : 12,
		.timed_out = bad ? 600 : 0,
		.users = bad ? 210 : (uint64_t)(31 * wave),
		.connections = bad ? 256 : 64,
		.p50_ns = (uint64_t)((bad ? 4 : 1) * 5.2e6 * wave),
		.p90_ns = (uint64_t)((bad ? 6 : 1) * 9.1e6 * wave),
		.p99_ns = (uint64_t)((bad ? 12 : 1) * 21e6 * wave),
		.max_ns = (uint64_t)((bad ? 30 : 1) * 60e6 * wave),
		.hdr = "",
	};
}

static const struct named_count long_outcomes[] = { { "ok", 148000 },
						    { "status", 1500 },
						    { "timeout", 500 } };
static const struct named_count long_statuses[] = {
	{ "200", 140000 }, { "201", 8000 }, { "503", 1500 }, { "none", 500 }
};

static void fill_step(struct arena *a, struct load_step_result *st, size_t i)
{
	double median = 1.1e6 * (double)(1 + i % 7);

	*st = (struct load_step_result){
		.name = arena_printf(a, "step %zu: get /catalogue/items", i),
		.kind = "get",
		.at = { "shop.yaml", 30 + 4 * i, 9 },
		.method = "GET",
		.url = arena_printf(a, "https://staging.example.org/items/%zu",
				    i),
		.transport = "native",
		.accounting = { 150000, 150000, 0, 0, 148000, 1500, 500, 0 },
		.status_5xx = 1500,
		.n_statuses = COUNT(long_statuses),
		.statuses = long_statuses,
		.n_outcomes = COUNT(long_outcomes),
		.outcomes = long_outcomes,
		.sample = "status 503, expected 200",
		.connections = 4,
		.sent_bytes = 120000,
		.received_bytes = 48000000,
		.mean_phases = { { US(4), US(12), 0, US(90), US(300), US(8),
				   (uint64_t)median, US(140) } },
		.latency = times_of(a, median * 1.2, 0.45, 50),
		.service = times_of(a, median, 0.4, 50),
		.first_byte = times_of(a, median * 0.9, 0.4, 50),
		.connect = { .hdr = "" },
	};
}

static const struct limit_result long_limits[] = {
	{ .text = "p95(latency) < 20ms",
	  .verdict = VERDICT_OK,
	  .seen = "14.1 ms",
	  .note = "",
	  .samples = 2900000,
	  .at = { "shop.yaml", 20, 9 } },
	{ .text = "ratio(errors, 10s) < 5% for 10s",
	  .verdict = VERDICT_FAILED,
	  .seen = "10.4 %",
	  .note = "for 50 s",
	  .samples = 50000,
	  .crossed_at_ns = S(388),
	  .at = { "shop.yaml", 21, 9 } },
};

static bool fill_load(struct arena *a, struct load_result *load, size_t n)
{
	struct load_step_result *steps = arena_alloc(a, n, sizeof(*steps));
	struct timeline_row *rows = arena_alloc(a, ROWS, sizeof(*rows));

	if (!steps || !rows)
		return false;
	for (size_t i = 0; i < n; i++)
		fill_step(a, &steps[i], i);
	for (size_t i = 0; i < ROWS; i++)
		fill_row(&rows[i], i);
	*load = (struct load_result){
		.name = "a long one",
		.at = { "shop.yaml", 12, 3 },
		.model = "open",
		.plan = "5000/s for 10m",
		.process = "poisson",
		.seed = 7,
		.target = "https://staging.example.org:443",
		.transport = "native",
		.verdict = RUN_FAILED,
		.message = "\"ratio(errors, 10s) < 5% for 10s\" does not "
			   "hold: 10.4 %",
		.started_at_ns = SAMPLE_STARTED_AT_NS,
		.total_ns = S(LONG_S),
		.ended = "plan",
		.warm_up = { true, "found", "p50 and rate within 5 % for 5 s",
			     S(20), 100000, MS(6), MS(40) },
		.accounting = { 3000000, 3000000, 0, 0, 2960000, 30000, 10000,
				0 },
		.requests = 3000000,
		.requests_ok = 2960000,
		.planned_per_s = 5000,
		.rate_per_s = 5000,
		.ok_per_s = 4933.3,
		.success = 0.986666667,
		.latency = times_of(a, 5.2e6, 0.5, 1000),
		.service = times_of(a, 4.6e6, 0.45, 1000),
		.iteration = times_of(a, 90e6, 0.3, 50),
		.n_steps = n,
		.steps = steps,
		.n_limits = COUNT(long_limits),
		.limits = long_limits,
		.n_timeline = ROWS,
		.timeline = rows,
		.instrument = { .workers = 2,
				.lateness = times_of(a, 30e3, 0.3, 1000),
				.queue = { .hdr = "" },
				.loop_lag = times_of(a, 20e3, 0.3, 100),
				.busiest_cpu_permille = 640,
				.open_connections_max = 256 },
		.cost = { 192.5, 64.2, 73400320, 0 },
	};
	return true;
}

/* Tables are const, and who fills a tree writes into it: as from a file, all of
 * it is in the arena then.  It is not judged, so that it stays as it is. */
struct run_result *sample_report_copy(struct arena *a,
				      const struct run_result *run)
{
	struct run_result *copy = arena_alloc(a, 1, sizeof(*copy));
	struct json_index places = { 0 };
	static struct errs es;
	cJSON *tree = NULL;
	struct buf text;

	memset(&es, 0, sizeof(es));
	buf_init(&text, TEXT_MAX);
	shape_write(&run_shape, run, true, &text);
	tree = json_parse(
		&(struct source){ "sample", buf_text(&text), text.len },
		JSON_OWN, NULL, &places, &es);
	if (copy)
		memset(copy, 0, sizeof(*copy));
	if (!copy || !tree ||
	    !shape_read(&run_shape, tree, &places, a, copy, &es))
		copy = NULL;
	json_index_release(&places);
	cJSON_Delete(tree);
	buf_release(&text);
	if (es.n)
		fprintf(stderr, "sample_report: %s\n", es.item[0].text);
	return copy;
}

struct run_result *sample_report_long(struct arena *a, size_t n_steps)
{
	struct run_result *run = sample_run(a, SAMPLE_EMPTY);

	if (!run)
		return NULL;
	run->loads = arena_alloc(a, 1, sizeof(*run->loads));
	if (!run->loads || !fill_load(a, &run->loads[0], n_steps))
		return NULL;
	run->n_loads = 1;
	run->total_ns = run->loads[0].total_ns;
	result_judge(run);
	return sample_report_copy(a, run);
}

/* ---- a gate ------------------------------------------------------------- */

static struct gate_half half_of(struct arena *a, double factor, size_t i)
{
	struct hist *h = hist_new(2);
	struct gate_half half = { .attempts = CELL_SAMPLES,
				  .errors = i % 40 == 0,
				  .hdr = "" };
	double noise = 1 + 0.06 * sin(7.3 * (double)i);

	if (!h)
		return half;
	for (int k = 0; k < CELL_SAMPLES; k++)
		hist_record(h, shaped_ns(2.7e6 * factor * noise, 0.45,
					 ((double)k + 0.5) / CELL_SAMPLES));
	half.hdr = encoded(a, h);
	hist_free(h);
	return half;
}

static bool add_cells(struct arena *a, struct gate_result *g)
{
	struct gate_cell *cells = arena_alloc(a, CELLS, sizeof(*cells));

	if (!cells)
		return false;
	for (size_t i = 0; i < CELLS; i++) {
		double launch = sin(3.1 * (double)(i / (CELLS / LAUNCHES)));

		cells[i] = (struct gate_cell){
			.launch = i / (CELLS / LAUNCHES),
			.at_ns = i * g->design.cell_ns,
			.a = half_of(a, 1, i),
			.b = half_of(a, 1.09 + 0.02 * launch, i + 3),
		};
	}
	g->cells = cells;
	g->n_cells = CELLS;
	return true;
}

/* ---- another run, and parts --------------------------------------------- */

static const struct against_metric against_metrics[] = {
	{ .load = "booking",
	  .name = "p95",
	  .unit = "s",
	  .verdict = AGAINST_WORSE,
	  .before = 0.412,
	  .before_high = 0.431,
	  .bound = 0.515,
	  .now = 0.73,
	  .requests = 1200,
	  .hits = 190,
	  .seconds = 60,
	  .share = 0.158,
	  .low = 0.13,
	  .high = 0.19,
	  .share_bound = 0.05,
	  .worse_evidence = 1e9,
	  .message = "p95 of booking is over 515 ms" },
	{ .load = "booking",
	  .name = "errors",
	  .unit = "share",
	  .verdict = AGAINST_NOT_WORSE,
	  .before = 0.001,
	  .before_high = 0.002,
	  .bound = 0.01,
	  .now = 0.0008,
	  .requests = 1200,
	  .hits = 1,
	  .seconds = 60,
	  .share = 0.0008,
	  .high = 0.005,
	  .share_bound = 0.01,
	  .same_evidence = 1e5,
	  .message = "" },
};
static const struct against_note against_notes[] = {
	{ "it was another machine: \"runner-3\"" },
};
static const struct part_result parts[] = {
	{ "runner-7", "jakarta-1", SAMPLE_STARTED_AT_NS, S(40), 7, RUN_OK },
	{ "runner-8", "frankfurt", SAMPLE_STARTED_AT_NS, S(41), 8, RUN_FAILED },
};

static bool add_against(struct arena *a, struct run_result *run)
{
	run->against = arena_alloc(a, 1, sizeof(*run->against));
	if (!run->against)
		return false;
	*run->against = (struct against_result){
		.message = "p95 of booking is over 515 ms",
		.file = "monday.json",
		.name = "shop",
		.host = "runner-3",
		.started_at_ns = SAMPLE_STARTED_AT_NS,
		.latency_margin = 0.25,
		.error_margin = 0.01,
		.worse_level = 0.01,
		.same_level = 0.05,
		.decided_ns = S(12),
		.n_metrics = COUNT(against_metrics),
		.metrics = against_metrics,
		.n_notes = COUNT(against_notes),
		.notes = against_notes,
	};
	run->parts = parts;
	run->n_parts = COUNT(parts);
	return true;
}

struct run_result *sample_report(struct arena *a)
{
	struct run_result *run = sample_run(a, SAMPLE_RICH);
	struct run_result *loads = sample_run(a, SAMPLE_LOADS);
	struct run_result *gate = sample_gate(a, GATE_SAMPLE_REGRESSION);
	struct run_result *big = sample_report_long(a, 3);
	size_t n;

	if (!run || !loads || !gate || !big || !add_cells(a, gate->gate) ||
	    !add_against(a, run))
		return NULL;
	n = loads->n_loads;
	run->loads = arena_alloc(a, n + 1, sizeof(*run->loads));
	if (!run->loads)
		return NULL;
	memcpy(run->loads, loads->loads, n * sizeof(*run->loads));
	run->loads[n] = big->loads[0];
	run->n_loads = n + 1;
	run->gate = gate->gate;
	result_judge(run);
	return sample_report_copy(a, run);
}

/* ---- texts -------------------------------------------------------------- */

struct fill {
	struct shape_pass pass; /* first */
	const char *text;
};

static bool on_text(struct shape_pass *pass, const struct shape *sh,
		    const struct shape_field *f, const void *of,
		    const char **text)
{
	(void)sh;
	(void)of;
	if (f->type == SHAPE_TEXT || f->type == SHAPE_WORDS)
		*text = ((struct fill *)pass)->text;
	return true;
}

bool sample_report_fill(struct run_result *run, const char *text)
{
	struct fill fill = { .pass = { on_text }, .text = text };

	return shape_texts(&run_shape, run, &fill.pass);
}
