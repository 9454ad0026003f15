/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <cjson/cJSON.h>

#include "report/hist/hist.h"
#include "report/hist/hist_powers.h"
#include "report/metrics/exposition.h"
#include "report/render/render.h"
#include "report/result/gate_result.h"
#include "report/result/load_result.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"
#include "tests/unit/golden.h"
#include "tests/unit/sample_run.h"

enum { TEXT_MAX = 64 << 20, ARENA_MAX = 256 << 20, ERRS_SHOWN = 1024 };

static const struct render_options opt = { .utf8 = true };
static const enum render_kind kinds[] = {
	RENDER_PROMETHEUS, RENDER_OPENMETRICS, RENDER_INFLUX,
	RENDER_OTLP,	   RENDER_CSV,	       RENDER_CSV_PERCENTILES,
};
enum { KINDS = sizeof(kinds) / sizeof(*kinds) };

/* ---- a run with distributions that are real ------------------------------------ */

static struct hist *some_hist(uint64_t seed, size_t n)
{
	struct hist *h = hist_new(HIST_DIGITS);

	assert_non_null(h);
	for (size_t i = 0; i < n; i++) {
		seed = seed * UINT64_C(6364136223846793005) +
		       UINT64_C(1442695040888963407);
		/* most near 2 ms, one in 64 up to 32 times as long */
		uint64_t spread = 1 + (seed >> 58 ? 0 : (seed >> 33) % 32);
		hist_record(h,
			    (UNIT_NS_PER_MS + (seed >> 20) % 2000000) * spread);
	}
	return h;
}

static const double shares[] = { 0.5, 0.9, 0.95, 0.99, 0.999 };
enum { SHARES = sizeof(shares) / sizeof(*shares) };

static void fill_times(struct arena *a, struct times_result *times,
		       uint64_t seed, size_t n)
{
	struct hist *h = some_hist(seed, n);
	struct quantile_result *q = arena_alloc(a, SHARES, sizeof(*q));
	struct buf text;

	assert_non_null(q);
	for (size_t i = 0; i < SHARES; i++) {
		struct hist_bounds at =
			hist_interval(h, shares[i], HIST_CONFIDENCE);

		q[i] = (struct quantile_result){
			.q = shares[i],
			.value_ns = hist_quantile(h, shares[i]),
			.low_ns = at.low_ns,
			.high_ns = at.high_ns,
			.enough = at.is_enough,
		};
	}
	buf_init(&text, TEXT_MAX);
	assert_true(hist_encode(h, &text));
	*times = (struct times_result){
		.count = n,
		.min_ns = hist_min_ns(h),
		.mean_ns = (uint64_t)hist_mean_ns(h),
		.max_ns = hist_max_ns(h),
		.n_quantiles = SHARES,
		.quantiles = q,
		.hdr = arena_strdup(a, buf_text(&text)),
	};
	assert_non_null(times->hdr);
	buf_release(&text);
	hist_free(h);
}

static void fill_steps(struct arena *a, struct load_result *load, uint64_t seed)
{
	/* lists of sample_run are in its arena, so they may be written to */
	struct load_step_result *steps = (struct load_step_result *)load->steps;
	const struct times_result none = { .hdr = "" };

	for (size_t i = 0; i < load->n_steps; i++) {
		uint64_t of = seed + 10 * i;

		fill_times(a, &steps[i].latency, of + 3, 500);
		fill_times(a, &steps[i].service, of + 4, 500);
		steps[i].first_byte = steps[i].connect = none;
	}
}

static const struct gate_metric gate_metrics[] = {
	{ .name = "p99",
	  .group = "",
	  .kind = GATE_LATENCY,
	  .q = 0.99,
	  .is_gated = true,
	  .verdict = GATE_REGRESSION,
	  .note = "",
	  .a = 10e6,
	  .b = 11.25e6,
	  .estimate = 12.5,
	  .low = 9,
	  .high = 16,
	  .level = 0.98,
	  .could_detect = 4,
	  .cells = 400 },
	{ .name = "p99",
	  .group = "sign in",
	  .kind = GATE_LATENCY,
	  .verdict = GATE_NO_CHANGE,
	  .note = "",
	  .a = 10e6,
	  .b = 10e6,
	  .low = -1.5,
	  .high = 1.5,
	  .level = 0.98,
	  .cells = 390 },
	{ .name = "errors",
	  .group = "",
	  .kind = GATE_ERRORS,
	  .is_gated = true,
	  .verdict = GATE_INCONCLUSIVE,
	  .note = "",
	  .a = 0.0025,
	  .b = 0.005,
	  .estimate = 0.25,
	  .low = -0.5,
	  .high = 1,
	  .level = 0.98,
	  .cells = 400 },
	{ .name = "throughput",
	  .group = "",
	  .kind = GATE_THROUGHPUT,
	  .verdict = GATE_IMPROVEMENT,
	  .note = "",
	  .a = 1000,
	  .b = 1100,
	  .estimate = 10,
	  .low = 8,
	  .high = 12,
	  .level = 0.98,
	  .cells = 400 },
	/* not enough data: nothing of it but its verdict */
	{ .name = "p99.9",
	  .group = "",
	  .kind = GATE_LATENCY,
	  .verdict = GATE_INCONCLUSIVE,
	  .note = "",
	  .low = -100,
	  .high = INFINITY,
	  .could_detect = INFINITY,
	  .level = 0.98 },
};

static struct run_result *metrics_run(struct arena *a)
{
	struct run_result *run = sample_run(a, SAMPLE_LOADS);
	struct gate_result *gate = arena_alloc(a, 1, sizeof(*gate));

	assert_non_null(run);
	assert_non_null(gate);
	run->n_loads = 2;
	for (size_t i = 0; i < run->n_loads; i++) {
		struct load_result *load = &run->loads[i];

		fill_times(a, &load->latency, 100 * i + 1, 1000);
		fill_times(a, &load->service, 100 * i + 2, 1000);
		fill_steps(a, load, 100 * i);
		if (load->n_timeline > 4)
			load->n_timeline = 4;
	}
	*gate = (struct gate_result){
		.load = "booking",
		.invalid_why = "",
		.verdict = GATE_REGRESSION,
		.message = "",
		.n_metrics = sizeof(gate_metrics) / sizeof(*gate_metrics),
		.metrics = gate_metrics,
	};
	run->gate = gate;
	return run;
}

static void render_to(struct buf *out, enum render_kind kind,
		      const struct run_result *run)
{
	buf_init(out, TEXT_MAX);
	assert_true(render(kind, run, &opt, out));
}

static void test_goldens(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	const struct run_result *const runs[] = { metrics_run(a),
						  sample_run(a, SAMPLE_RICH) };
	const char *const names[] = { "metrics", "rich" };

	(void)state;
	for (size_t k = 0; k < 2 * (size_t)KINDS; k++) {
		enum render_kind kind = kinds[k / 2];
		char path[128];
		struct buf out;

		/* checks: once as a page, once as lines */
		if (k % 2 && kind != RENDER_PROMETHEUS && kind != RENDER_INFLUX)
			continue;
		render_to(&out, kind, runs[k % 2]);
		snprintf(path, sizeof(path), "tests/golden/render/%s.%s",
			 names[k % 2], renderer_get(kind)->extension);
		assert_golden(path, buf_text(&out), out.len);
		buf_release(&out);
	}
	arena_free(a);
}

/* ---- expositions are read by our own strict reader ------------------------------- */

struct seen {
	size_t n, histograms;
	double bucket; /* the last of this histogram */
	double bound;
	bool is_bucket;
};

/* Buckets of one histogram rise in bound and count, up to +Inf, which is what
 * the count then says. */
static bool look(void *self, const struct metric_sample *s)
{
	struct seen *t = self;

	t->n++;
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < i; k++)
			assert_false(s->label[i].name_len ==
					     s->label[k].name_len &&
				     !memcmp(s->label[i].name, s->label[k].name,
					     s->label[i].name_len));
	if (s->type == METRIC_HISTOGRAM && s->part == PART_BUCKET) {
		assert_true(!t->is_bucket || s->bound > t->bound);
		assert_true(!t->is_bucket || s->value >= t->bucket);
		t->is_bucket = true;
		t->bound = s->bound;
		t->bucket = s->value;
	} else if (t->is_bucket && s->part == PART_SUM) {
		assert_true(t->bound > 1e300);
		assert_true(s->value >= 0);
	} else if (t->is_bucket && s->part == PART_COUNT) {
		assert_true(s->value == t->bucket);
		t->is_bucket = false;
		t->histograms++;
	}
	return true;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* No two lines have the same name and labels. */
static void assert_no_twins(const struct buf *text)
{
	size_t n = 0;
	char *copy = strdup(buf_text(text));
	char **line = calloc(text->len + 1, sizeof(*line));

	assert_non_null(copy);
	assert_non_null(line);
	for (char *at = copy, *end; (end = strchr(at, '\n')); at = end + 1) {
		*end = '\0';
		*strrchr(at, ' ') = '\0';
		if (*at != '#')
			line[n++] = at;
	}
	qsort(line, n, sizeof(*line), by_text);
	for (size_t i = 1; i < n; i++)
		assert_string_not_equal(line[i - 1], line[i]);
	free(line);
	free(copy);
}

static struct seen read_back(enum render_kind kind,
			     const struct run_result *run)
{
	struct seen seen = { 0 };
	struct exposition_sink sink = { look, &seen };
	struct errs es = { 0 };
	struct buf out;
	size_t n;

	render_to(&out, kind, run);
	if (!exposition_read(&(struct source){ "x", buf_text(&out), out.len },
			     kind == RENDER_OPENMETRICS ? EXPOSITION_OPENMETRICS
							: EXPOSITION_TEXT,
			     &sink, &n, &es))
		fail_msg("line %u: %s", es.item[0].at.line, es.item[0].text);
	assert_int_equal(n, seen.n);
	assert_no_twins(&out);
	buf_release(&out);
	return seen;
}

static void test_expositions_are_read(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	const struct run_result *run = metrics_run(a);

	(void)state;
	struct seen text = read_back(RENDER_PROMETHEUS, run);
	struct seen open = read_back(RENDER_OPENMETRICS, run);
	assert_int_equal(text.histograms, open.histograms);
	assert_in_range(text.histograms, 10, 20);
	for (int s = 0; s < SAMPLE_N; s++) {
		run = sample_run(a, (enum sample)s);
		assert_non_null(run);
		read_back(RENDER_PROMETHEUS, run);
		read_back(RENDER_OPENMETRICS, run);
	}
	arena_free(a);
}

/* ---- counts are the same in every form ----------------------------------------------- */

static uint64_t count_of(const cJSON *text)
{
	assert_true(cJSON_IsString(text));
	return strtoull(text->valuestring, NULL, 10);
}

static const cJSON *otlp_metric(const cJSON *root, const char *name)
{
	const cJSON *metric;
	const cJSON *all = cJSON_GetArrayItem(
		cJSON_GetObjectItem(root, "resourceMetrics"), 0);

	all = cJSON_GetArrayItem(cJSON_GetObjectItem(all, "scopeMetrics"), 0);
	cJSON_ArrayForEach(metric, cJSON_GetObjectItem(all, "metrics"))
	{
		if (!strcmp(cJSON_GetObjectItem(metric, "name")->valuestring,
			    name))
			return metric;
	}
	return NULL;
}

static void check_exponential(const cJSON *point, uint64_t want)
{
	const cJSON *positive = cJSON_GetObjectItem(point, "positive");
	const cJSON *counts = cJSON_GetObjectItem(positive, "bucketCounts");
	const cJSON *one;
	uint64_t sum = count_of(cJSON_GetObjectItem(point, "zeroCount"));

	cJSON_ArrayForEach(one, counts)
	{
		sum += count_of(one);
	}
	assert_int_equal(count_of(cJSON_GetObjectItem(point, "count")), want);
	assert_int_equal(sum, want);
	assert_in_range(cJSON_GetArraySize(counts), 1, 160);
	/* the least and the greatest lie in the outer buckets, to 0.1 % */
	int scale = cJSON_GetObjectItem(point, "scale")->valueint;
	int offset = cJSON_GetObjectItem(positive, "offset")->valueint;
	double min = cJSON_GetObjectItem(point, "min")->valuedouble;
	double max = cJSON_GetObjectItem(point, "max")->valuedouble;
	assert_true(min > hist_power(scale, offset) * 0.999);
	assert_true(min < hist_power(scale, offset + 1) * 1.001);
	offset += cJSON_GetArraySize(counts) - 1;
	assert_true(max > hist_power(scale, offset) * 0.999);
	assert_true(max < hist_power(scale, offset + 1) * 1.001);
}

static void test_otlp(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	const struct run_result *run = metrics_run(a);
	struct buf out;
	const cJSON *metric, *points;
	cJSON *root;

	(void)state;
	render_to(&out, RENDER_OTLP, run);
	assert_ptr_equal(strchr(buf_text(&out), '\n'), out.text + out.len - 1);
	root = cJSON_ParseWithOpts(buf_text(&out), NULL, true);
	assert_non_null(root);
	metric = otlp_metric(root, "assay.load.latency");
	assert_non_null(metric);
	assert_string_equal(cJSON_GetObjectItem(metric, "unit")->valuestring,
			    "s");
	points = cJSON_GetObjectItem(metric, "exponentialHistogram");
	assert_int_equal(
		cJSON_GetObjectItem(points, "aggregationTemporality")->valueint,
		2);
	points = cJSON_GetObjectItem(points, "dataPoints");
	assert_int_equal(cJSON_GetArraySize(points), 2);
	for (int i = 0; i < 2; i++)
		check_exponential(cJSON_GetArrayItem(points, i), 1000);
	assert_non_null(otlp_metric(root, "assay.load.step.received"));
	assert_non_null(otlp_metric(root, "assay.gate.metric.change"));
	assert_non_null(otlp_metric(root, "probe.success"));
	cJSON_Delete(root);
	buf_release(&out);
	arena_free(a);
}

/* ---- a histogram as powers ---------------------------------------------------------------- */

static void test_powers_rows(void **state)
{
	static const struct {
		int scale;
		uint64_t ns;
		int32_t index;
	} row[] = {
		/* an upper bound belongs to its bucket */
		{ 0, 1000000000, -1 },	{ 0, 1000000001, 0 },
		{ 0, 2000000000, 0 },	{ 0, 2000000001, 1 },
		{ 3, 1000000000, -1 },	{ 3, 500000000, -9 },
		{ 3, 1090507732, 0 },	{ 3, 1090507733, 1 },
		{ 3, 1, -240 },		{ 5, 4000000000, 63 },
		{ -1, 4000000000, 0 },	{ -1, 4000000001, 1 },
		{ -2, 1000000000, -1 }, { 9, 1000000000, -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++)
		assert_int_equal(hist_power_index(row[i].scale, row[i].ns),
				 row[i].index);
	for (int scale = -3; scale <= HIST_POWERS_SCALE_MAX; scale++)
		for (uint64_t ns = 1; ns < (uint64_t)INT64_MAX / 3;
		     ns += 1 + 2 * ns) {
			double s = (double)ns / 1e9;
			int32_t at = hist_power_index(scale, ns);

			assert_true(hist_power(scale, at) < s);
			assert_true(s <= hist_power(scale, at + 1));
		}
}

static void test_powers_lose_nothing(void **state)
{
	struct hist_powers powers;

	(void)state;
	for (size_t most = 2; most <= HIST_POWERS_MAX; most *= 2) {
		struct hist *h = some_hist(most, 5000);
		uint64_t sum;

		hist_record(h, 0);
		hist_record(h, HIST_HIGH_NS);
		hist_powers(h, HIST_POWERS_SCALE_MAX, most, &powers);
		sum = powers.zeros;
		for (size_t i = 0; i < powers.n; i++)
			sum += powers.count[i];
		assert_int_equal(powers.zeros, 1);
		assert_int_equal(sum, 5002);
		assert_in_range(powers.n, 1, most);
		/* no coarser than it must be */
		assert_true(powers.n * 2 + 2 >= most ||
			    powers.scale == HIST_POWERS_SCALE_MAX);
		assert_true(powers.count[0] && powers.count[powers.n - 1]);
		hist_free(h);
	}
	struct hist *empty = hist_new(1);
	hist_powers(empty, 3, 10, &powers);
	assert_int_equal(powers.n, 0);
	hist_free(empty);
}

/* ---- what comes from outside ---------------------------------------------------------------- */

static const char *const hostile[] = {
	"",
	" ",
	"a b",
	"a\"b",
	"a\nb",
	"a\\",
	"a\\\\",
	"\\",
	"a,b=c d",
	"=",
	",",
	"a\rb\tc\vd",
	"\x01\x1b[31m\x7f",
	"\xff\xfe\xc3",
	"\xe2\x82",
	"\xc2\x85 \xe2\x80\xae",
	"# EOF",
	"x} 1\n# HELP y",
	"{\"a\":[",
	"le",
	"\xf0\x9f\x9a\x80",
};
enum { HOSTILE_N = sizeof(hostile) / sizeof(*hostile) };

/* Everywhere where a run has a text that becomes a label; twice, so that names
 * are not unique. */
static struct run_result *hostile_run(struct arena *a, const char *text)
{
	static struct load_step_result step[2];
	static struct limit_result limit[2];
	static struct named_count count[2];
	struct run_result *run = metrics_run(a);
	struct gate_metric *metric = arena_alloc(a, 2, sizeof(*metric));

	count[0] = count[1] = (struct named_count){ text, 3 };
	for (size_t i = 0; i < 2; i++) {
		step[i] = run->loads[1].steps[0];
		step[i].name = step[i].kind = step[i].method = text;
		step[i].url = step[i].transport = text;
		step[i].statuses = step[i].outcomes = count;
		step[i].n_statuses = step[i].n_outcomes = 2;
		limit[i] = run->loads[1].limits[0];
		limit[i].text = text;
		metric[i] = gate_metrics[0];
		metric[i].name = metric[i].group = text;
		run->loads[i].name = text;
		run->loads[i].n_steps = run->loads[i].n_limits = 2;
		run->loads[i].steps = step;
		run->loads[i].limits = limit;
	}
	run->tool = run->name = run->environment = run->vantage = text;
	run->host = run->gate->load = text;
	run->gate->metrics = metric;
	run->gate->n_metrics = 2;
	for (size_t i = 0; i < run->n_checks; i++)
		run->checks[i].name = text;
	return run;
}

/* A line of the line protocol: tags, fields, time, with a space that is not
 * escaped between them. */
static void check_influx_line(const char *line, size_t len)
{
	size_t spaces = 0, equals = 0;
	bool in_text = false;

	for (size_t i = 0; i < len; i++) {
		bool escaped = i && line[i - 1] == '\\';

		/* the parser of InfluxDB looks at one byte before */
		if (spaces == 0) {
			spaces += line[i] == ' ' && !escaped;
			continue;
		}
		if (in_text && line[i] == '\\') {
			i++;
			continue;
		}
		if (line[i] == '"')
			in_text = !in_text;
		spaces += line[i] == ' ' && !in_text;
		equals += line[i] == '=' && !in_text;
	}
	assert_false(in_text);
	assert_int_equal(spaces, 2);
	assert_in_range(equals, 1, 100);
}

static void check_influx(const struct run_result *run)
{
	struct buf out;

	render_to(&out, RENDER_INFLUX, run);
	for (const char *at = buf_text(&out); *at;) {
		const char *end = strchr(at, '\n');

		assert_non_null(end);
		check_influx_line(at, (size_t)(end - at));
		at = end + 1;
	}
	buf_release(&out);
}

static void test_hostile_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < HOSTILE_N; i++) {
		struct arena *a = arena_new(ARENA_MAX);
		const struct run_result *run = hostile_run(a, hostile[i]);
		struct buf out;

		read_back(RENDER_PROMETHEUS, run);
		read_back(RENDER_OPENMETRICS, run);
		check_influx(run);
		render_to(&out, RENDER_OTLP, run);
		cJSON *root = cJSON_ParseWithOpts(buf_text(&out), NULL, true);
		assert_non_null(root);
		cJSON_Delete(root);
		buf_release(&out);
		for (size_t k = 0; k < KINDS; k++) {
			render_to(&out, kinds[k], run);
			assert_true(
				text_utf8_valid(buf_text(&out), out.len, NULL));
			for (size_t c = 0; c < out.len; c++)
				assert_true((unsigned char)out.text[c] >=
						    0x20 ||
					    out.text[c] == '\n');
			buf_release(&out);
		}
		arena_free(a);
	}
}

/* Times and counts that only a file of somebody else has. */
static void test_hostile_numbers(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct run_result *run = metrics_run(a);
	struct load_result *load = &run->loads[0];

	(void)state;
	run->started_at_ns = run->total_ns = UINT64_MAX;
	load->started_at_ns = load->total_ns = UINT64_MAX;
	load->rate_per_s = 1e308;
	load->latency.count = UINT64_MAX; /* the histogram knows better */
	load->service.hdr = "HISTFAAAno";
	load->service.mean_ns = UINT64_MAX;
	load->iteration = load->latency;
	load->iteration.hdr = "";
	load->accounting.ok = UINT64_MAX;
	read_back(RENDER_PROMETHEUS, run);
	read_back(RENDER_OPENMETRICS, run);
	check_influx(run);
	arena_free(a);
}

/* A quantile that the sample cannot bear is on no page of metrics, and marked
 * in the table. */
static void test_small_samples(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct run_result *run = metrics_run(a);
	struct buf out;

	(void)state;
	run->n_loads = 1;
	fill_times(a, &run->loads[0].latency, 5, 150);
	render_to(&out, RENDER_PROMETHEUS, run);
	assert_non_null(
		strstr(buf_text(&out), "assay_load_latency_quantile_seconds{"));
	assert_non_null(
		strstr(buf_text(&out), "load=\"front page\",q=\"0.9\""));
	buf_release(&out);
	render_to(&out, RENDER_CSV_PERCENTILES, run);
	const char *line = strstr(buf_text(&out),
				  "\n\"front page\",\"\",\"latency\",0.99,");
	assert_non_null(line);
	const char *end = strchr(line + 1, '\n');
	assert_memory_equal(end - 6, ",150,0", 6);
	buf_release(&out);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_goldens),
		cmocka_unit_test(test_expositions_are_read),
		cmocka_unit_test(test_otlp),
		cmocka_unit_test(test_powers_rows),
		cmocka_unit_test(test_powers_lose_nothing),
		cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_hostile_numbers),
		cmocka_unit_test(test_small_samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
