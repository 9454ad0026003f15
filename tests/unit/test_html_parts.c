/* SPDX-License-Identifier: MIT */
/* folder: report */
/* What single parts of a report say, by what they are given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/against/against_result.h"
#include "report/render/html/html_parts.h"
#include "report/result/gate_result.h"
#include "report/result/load_result.h"
#include "scenarios/base/buf.h"

#define MS(n) ((uint64_t)(n)*1000000u)
#define S(n)  ((uint64_t)(n)*1000000000u)

enum { PART_MAX = 1 << 20 };

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static struct buf out;

static struct sheet sheet_of(void)
{
	buf_init(&out, PART_MAX);
	return (struct sheet){ .out = &out, .level = 1, .detail = DETAIL_ALL };
}

static void assert_says(const char *text)
{
	if (!strstr(buf_text(&out), text))
		fail_msg("\"%s\" is not in: %s", text, buf_text(&out));
}

static void assert_silent(const char *text)
{
	if (strstr(buf_text(&out), text))
		fail_msg("\"%s\" is in: %s", text, buf_text(&out));
}

/* ---- loads -------------------------------------------------------------- */

static const struct times_result no_times = { .hdr = "" };

static struct load_result load_of(void)
{
	return (struct load_result){
		.name = "booking",
		.at = { "", 0, 0 },
		.model = "open",
		.plan = "100/s for 10s",
		.process = "even",
		.target = "http://127.0.0.1:8000",
		.transport = "native",
		.verdict = RUN_OK,
		.message = "",
		.started_at_ns = S(1767225600),
		.total_ns = S(10),
		.ended = "plan",
		.warm_up = { .how = "", .why = "" },
		.latency = no_times,
		.service = no_times,
		.iteration = no_times,
		.instrument = { .lateness = no_times,
				.queue = no_times,
				.loop_lag = no_times },
	};
}

static void draw_load(const struct load_result *load)
{
	struct sheet s = sheet_of();

	html_load(&s, load);
	assert_true(buf_ok(&out));
}

/* The words of all other forms, and what the verdict rests on. */
static void test_limits(void **state)
{
	static const struct limit_result limits[] = {
		{ .text = "p95(latency) < 1s",
		  .verdict = VERDICT_OK,
		  .seen = "412 ms",
		  .interval = "[398 ms, 431 ms]",
		  .note = "",
		  .samples = 900 },
		{ .text = "ratio(errors) < 1%",
		  .verdict = VERDICT_FAILED,
		  .seen = "11.1 %",
		  .interval = "",
		  .note = "",
		  .samples = 900,
		  .crossed_at_ns = S(10) },
		{ .text = "p99.9(latency) < 2s",
		  .verdict = VERDICT_NOT_OBSERVED,
		  .seen = "600 ms",
		  .interval = "",
		  .note = "needs 10000 requests, got 900",
		  .samples = 900 },
		{ .text = "p99(connect) < 2s",
		  .verdict = VERDICT_NOT_OBSERVED,
		  .seen = "",
		  .interval = "",
		  .note = "" },
	};
	struct load_result load = load_of();

	(void)state;
	draw_load(&load);
	assert_says("It has no limits of its own: ok says that");
	buf_release(&out);
	load.limits = limits;
	load.n_limits = COUNT(limits);
	draw_load(&load);
	assert_silent("no limits of its own");
	assert_says("</span>held</span>");
	assert_says("412 ms</td><td class=\"r\">[398 ms, 431 ms]</td>");
	assert_says("</span>crossed</span>");
	assert_says("11.1 %</td><td class=\"r\">-</td>");
	/* at the end of 10 s, of all of it: it did not happen then */
	assert_says("judged at the end");
	assert_silent("crossed at");
	assert_says("</span>inconclusive</span>");
	assert_says("</span>not observed</span>");
	assert_says("interval of 95 %");
	buf_release(&out);
}

/* No day of 1970, no table without rows, no numbers of what was not done. */
static void test_not_started(void **state)
{
	static const struct load_step_result step = {
		.name = "pay",
		.kind = "get",
		.at = { "", 0, 0 },
		.method = "GET",
		.url = "http://127.0.0.1:8000/pay",
		.transport = "native",
		.sample = "",
		.latency = { .hdr = "" },
		.service = { .hdr = "" },
		.first_byte = { .hdr = "" },
		.connect = { .hdr = "" },
	};
	struct load_result load = load_of();

	(void)state;
	load.steps = &step;
	load.n_steps = 1;
	draw_load(&load);
	assert_says(">Steps</h");
	assert_silent("Outcomes and statuses");
	assert_says("<dt>success</dt><dd>-<");
	buf_release(&out);
	load.started_at_ns = load.total_ns = 0;
	load.verdict = RUN_INCONCLUSIVE;
	load.message = "the load was not started";
	load.ended = "not started";
	draw_load(&load);
	assert_says("the load was not started");
	assert_says("Plan and target");
	assert_silent("1970");
	assert_silent("class=\"tiles\"");
	assert_silent("Accounting");
	assert_silent(">Steps</h");
	assert_silent("The instrument itself");
	buf_release(&out);
}

/* Those of several warm-ups are not known: no 0 ns. */
static void test_warm_up(void **state)
{
	struct load_result load = load_of();

	(void)state;
	load.warm_up =
		(struct warm_up_result){ true, "fixed", "", S(1), 600, 0, 0 };
	draw_load(&load);
	assert_says("600 requests left out of all times<");
	buf_release(&out);
	load.warm_up.p50_ns = MS(2);
	load.warm_up.p99_ns = MS(9);
	draw_load(&load);
	assert_says("left out of all times, p50 2.00 ms, p99 9.00 ms<");
	buf_release(&out);
}

/* From the least to the most, whichever quantiles a file has. */
static void test_order(void **state)
{
	static const struct quantile_result quantiles[] = {
		{ 0.25, MS(1), MS(1), MS(1), true },
		{ 0.5, MS(2), MS(2), MS(2), true },
		{ 0.75, MS(3), MS(3), MS(3), true },
		{ 0.9999, MS(9), MS(9), MS(9), false },
	};
	static const char *const names[] = { "min",   "mean",	"p25", "p50",
					     "p75",   "p90",	"p95", "p99",
					     "p99.9", "p99.99", "max" };
	const struct times_result times = { .count = 900,
					    .max_ns = MS(9),
					    .n_quantiles = COUNT(quantiles),
					    .quantiles = quantiles,
					    .hdr = "" };
	const struct load_result load = load_of();
	struct sheet s = sheet_of();
	const char *at;

	(void)state;
	html_latency(&s, &(struct latency_view){ .latency = &times,
						 .service = &times,
						 .load = &load });
	assert_true(buf_ok(&out));
	at = buf_text(&out);
	for (size_t i = 0; i < COUNT(names); i++) {
		char row[64];

		snprintf(row, sizeof(row), "<th scope=\"row\">%s</th>",
			 names[i]);
		at = strstr(at, row);
		if (!at)
			fail_msg("%s is not told in its place", names[i]);
	}
	buf_release(&out);
}

/* ---- timelines ---------------------------------------------------------- */

/* How often the pen of the first line of that look is put down. */
static size_t strokes(const char *look)
{
	char want[32];
	size_t n = 0;

	snprintf(want, sizeof(want), "<path class=\"%s\" d=\"M", look);
	/* not one of the legend, whose are M0 5h22 */
	const char *at = buf_text(&out);
	do {
		at = strstr(at, want);
		assert_non_null(at);
		at += strlen(want) - 1;
	} while (!strncmp(at, "M0 5h", 5));
	for (; *at != '"'; at++)
		n += *at == 'M';
	return n;
}

static size_t count(const char *of)
{
	size_t n = 0;

	for (const char *at = buf_text(&out); (at = strstr(at, of)); at++)
		n++;
	return n;
}

static void draw_timeline(const struct load_result *load)
{
	struct sheet s = sheet_of();

	html_timeline(&s, load);
	assert_true(buf_ok(&out));
}

/* A result that was merged of two, with a pause and a warm-up each. */
static void test_pause(void **state)
{
	enum { ROWS = 8 };
	struct timeline_row rows[ROWS];
	struct load_result load = load_of();

	(void)state;
	for (size_t i = 0; i < ROWS; i++)
		rows[i] = (struct timeline_row){
			.at_ns = S(i),
			.for_ns = S(1),
			.is_warm_up = i % 4 == 0,
			.planned = 100,
			.sent = 100,
			.ok = 90,
			.failed = 10,
			.p50_ns = MS(2),
			.p90_ns = MS(3),
			.p99_ns = MS(4),
			.max_ns = MS(5),
			.hdr = "",
		};
	load.timeline = rows;
	load.n_timeline = ROWS;
	load.warm_up =
		(struct warm_up_result){ true, "fixed", "", S(1), 200, 0, 0 };
	draw_timeline(&load);
	assert_int_equal(strokes("l3"), 1);
	assert_int_equal(strokes("ae"), 1);
	buf_release(&out);
	for (size_t i = ROWS / 2; i < ROWS; i++)
		rows[i].at_ns += S(60);
	draw_timeline(&load);
	assert_int_equal(strokes("l3"), 2);
	assert_int_equal(strokes("l1"), 2);
	assert_int_equal(strokes("ae"), 2);
	/* both warm-ups on each of three plots */
	assert_int_equal(count("<rect class=\"aw\""), 6);
	buf_release(&out);
}

/* What a row counts is no request when each arrival makes several. */
static void test_arrivals(void **state)
{
	static const struct timeline_row rows[] = {
		{ .for_ns = S(1), .planned = 9, .ok = 9, .hdr = "" },
		{ .at_ns = S(1), .for_ns = S(1), .ok = 9, .hdr = "" },
	};
	struct load_result load = load_of();

	(void)state;
	load.timeline = rows;
	load.n_timeline = COUNT(rows);
	load.n_steps = 1;
	draw_timeline(&load);
	assert_says(">requests a second<");
	buf_release(&out);
	load.n_steps = 2;
	draw_timeline(&load);
	assert_says(">arrivals a second<");
	buf_release(&out);
}

/* ---- gates -------------------------------------------------------------- */

static const struct gate_metric metrics[] = {
	{ .name = "p50",
	  .group = "search for something that has a long name",
	  .kind = GATE_LATENCY,
	  .q = 0.5,
	  .is_gated = true,
	  .verdict = GATE_INCONCLUSIVE,
	  .note = "",
	  .a = 2e6,
	  .b = 2e6,
	  .estimate = 2,
	  .low = -12,
	  .high = 14,
	  .level = 0.99,
	  .low90 = -6,
	  .high90 = 10,
	  .could_detect = 20,
	  .cells = 40,
	  .n_launches = 2,
	  .launches = (const struct gate_launch[]){ { 0, 1 }, { 1, 3 } } },
	{ .name = "p99",
	  .group = "search for something that has a long name",
	  .kind = GATE_LATENCY,
	  .q = 0.99,
	  .is_gated = true,
	  .verdict = GATE_INCONCLUSIVE,
	  .note = "",
	  .cells_dropped = 40 },
};
static const struct gate_group groups[] = {
	{ "search for something that has a long name" }
};
static const struct gate_cell cells[] = {
	{ .a = { .attempts = 9, .hdr = "" }, .b = { .attempts = 9, .hdr = "" } }
};

static struct gate_result gate_of(void)
{
	return (struct gate_result){
		.load = "booking",
		.verdict = GATE_INCONCLUSIVE,
		.message = "",
		.settings = { .min_effect = 0.05,
			      .equivalence = 0.1,
			      .min_rate = 0.001,
			      .slow_factor = 5 },
		.design = { .total_ns = S(24),
			    .cells = 60,
			    .slot_ns = MS(100),
			    .cell_ns = MS(400),
			    .seed = "" },
		.baseline = { .name = "baseline",
			      .label = "",
			      .source = "http://127.0.0.1:8001",
			      .target = "http://127.0.0.1:8001" },
		.candidate = { .name = "candidate",
			       .label = "",
			       .source = "./server",
			       .target = "http://127.0.0.1:8002" },
		.invalid_why = "",
	};
}

static void draw_gate(const struct gate_result *gate)
{
	struct sheet s = sheet_of();

	html_gate(&s, gate);
	assert_true(buf_ok(&out));
}

/* What was planned was not measured, and nobody was late. */
static void test_nothing_compared(void **state)
{
	struct gate_result gate = gate_of();

	(void)state;
	gate.invalid_why = "nothing was compared: the candidate ended";
	draw_gate(&gate);
	assert_says("<dt>planned</dt><dd>24.0 s");
	assert_silent("measured");
	assert_silent("generator late");
	assert_silent("Cell by cell");
	assert_silent("<table>");
	/* a URL is where it is asked, once */
	assert_says("<code>http://127.0.0.1:8001</code></dd>");
	assert_says("<code>./server</code> at http://127.0.0.1:8002</dd>");
	buf_release(&out);
}

static void test_gate_metrics(void **state)
{
	struct gate_result gate = gate_of();

	(void)state;
	gate.metrics = metrics;
	gate.n_metrics = COUNT(metrics);
	gate.groups = groups;
	gate.n_groups = COUNT(groups);
	gate.cells = cells;
	gate.n_cells = COUNT(cells);
	draw_gate(&gate);
	assert_says("<dt>measured</dt>");
	assert_says("over 5 times the median of both builds");
	/* the row of a drawing has room for its verdict on a phone */
	assert_says(">p50 of search for something\xe2\x80\xa6 \xc2\xb7 +2.0 % "
		    "\xc2\xb7 inconclusive<tspan class=\"cw\"> [-12.0 %, "
		    "+14.0 %]</tspan></text>");
	/* the whole interval is on the axis of launches */
	assert_says(">+10 %</text>");
	assert_silent("<rect class=\"ib\" x=\"0\" y=\"0\"");
	/* one that was not judged has no dots of cells that were left out */
	assert_says("Change in each cell of");
	assert_silent(">p99</text>");
	buf_release(&out);
}

/* The verdict of a row stands before its numbers, as in all other forms. */
static void test_against(void **state)
{
	static const struct against_metric metric = {
		.load = "booking",
		.name = "p95",
		.unit = "s",
		.verdict = AGAINST_WORSE,
		.before = 0.412,
		.bound = 0.515,
		.now = 0.73,
		.requests = 1200,
		.hits = 190,
		.low = 0.13,
		.high = 0.19,
		.share_bound = 0.05,
		.message = "15.83 % of 1200 requests took longer",
	};
	const struct against_result against = {
		.verdict = AGAINST_WORSE,
		.message = "p95 of booking is over 515 ms",
		.file = "monday.json",
		.name = "shop",
		.host = "",
		.n_metrics = 1,
		.metrics = &metric,
	};
	struct sheet s = sheet_of();

	(void)state;
	html_against(&s, &against);
	assert_true(buf_ok(&out));
	assert_says("p95</td><td><span class=\"badge bad\">");
	assert_says("</span>worse</span></td><td class=\"r\">412 ms</td>");
	assert_says("190 of 1200</td>");
	assert_says("at most 5.00 %</td></tr>");
	buf_release(&out);
}

/* ---- checks ------------------------------------------------------------- */

/* A first step that stood in the queue: it waited before it was begun, and ends
 * where the next one begins. */
static void test_fall(void **state)
{
	static const struct phases waits[] = {
		{ { 0, MS(1), 0, 0, 0, 0, MS(3), 0 } },
		{ { 0, 0, 0, 0, 0, 0, MS(4), 0 } },
	};
	struct step_result steps[3];
	struct attempt at = { .number = 1,
			      .message = "",
			      .started_at_ns = S(1767225600),
			      .total_ns = MS(7),
			      .n_steps = COUNT(steps),
			      .steps = steps };
	const struct check_result check = {
		.name = "home", .tags = "", .n_attempts = 1, .attempts = &at
	};
	struct sheet s = sheet_of();

	(void)state;
	for (size_t i = 0; i < COUNT(steps); i++)
		steps[i] = (struct step_result){ .name = "get /",
						 .kind = "get",
						 .message = "",
						 .method = "GET",
						 .url = "",
						 .group = "",
						 .request_id = "",
						 .protocol = "",
						 .remote = "",
						 .excerpt = "",
						 .at = { "", 0, 0 } };
	steps[0].phases = waits[0];
	steps[0].started_at_ns = at.started_at_ns + MS(2);
	steps[0].total_ns = MS(4);
	steps[1].phases = waits[1];
	steps[1].started_at_ns = at.started_at_ns + MS(5);
	steps[1].total_ns = MS(4);
	steps[2].outcome = OUTCOME_SKIPPED;
	html_check(&s, &check);
	assert_true(buf_ok(&out));
	assert_says("<rect class=\"q1\" x=\"111.1\" y=\"0\" width=\"111.1\"");
	assert_says("<rect class=\"q6\" x=\"222.2\" y=\"0\" width=\"333.3\"");
	assert_says("<rect class=\"q6\" x=\"555.6\" y=\"0\" width=\"444.4\"");
	/* what was not done took no 0 ns */
	assert_silent("\"dim\">0 ns");
	buf_release(&out);
	/* due before the attempt itself had begun */
	steps[0].started_at_ns = at.started_at_ns;
	steps[1].started_at_ns = at.started_at_ns + MS(3);
	s = sheet_of();
	html_check(&s, &check);
	assert_says("<rect class=\"q1\" x=\"0\" y=\"0\" width=\"125\"");
	assert_says("<rect class=\"q6\" x=\"500\" y=\"0\" width=\"500\"");
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_not_started),
		cmocka_unit_test(test_warm_up),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_arrivals),
		cmocka_unit_test(test_nothing_compared),
		cmocka_unit_test(test_gate_metrics),
		cmocka_unit_test(test_against),
		cmocka_unit_test(test_fall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
