/* SPDX-License-Identifier: MIT */
#include "tests/unit/sample_loads.h"

#include <string.h>

#include "report/result/load_result.h"
#include "report/result/result_shape.h"
#include "scenarios/base/arena.h"
#include "tests/unit/sample_rows.h"
#include "tests/unit/sample_run.h"

#define S(n) ((uint64_t)(n)*1000000000u)
#define AT(line)                     \
	{                            \
		"shop.yaml", line, 9 \
	}

/* One of 1 ms, two digits. */
#define HDR "HISTFAAAACR4nJNpmSzMwMDAzAABTFCaCyjkZrBjAYP9B4jAc1EmAF7/BVQ="

#define Q(q_, value, low, high, enough_)                                    \
	{                                                                   \
		.q = q_, .value_ns = value, .low_ns = low, .high_ns = high, \
		.enough = enough_                                           \
	}

static const struct quantile_result small_quantiles[] = {
	Q(0.5, US(1210), US(1180), US(1250), true),
	Q(0.9, US(2400), US(2200), MS(3), true),
	Q(0.95, MS(3), US(2600), US(4100), false),
	Q(0.99, US(4100), MS(3), US(4100), false),
	Q(0.999, US(4100), US(4100), US(4100), false),
};
static const struct quantile_result large_quantiles[] = {
	Q(0.5, MS(412), MS(398), MS(431), true),
	Q(0.75, MS(620), MS(601), MS(640), true),
	Q(0.9, MS(980), MS(940), US(1020000), true),
	Q(0.95, MS(2410), MS(2300), MS(2550), true),
	Q(0.99, MS(3100), MS(2900), MS(3300), true),
	Q(0.999, MS(4700), MS(4200), MS(4900), true),
	Q(0.9999, MS(4900), MS(4700), MS(4900), false),
};

static const struct times_result small_times = {
	.count = 100,
	.min_ns = US(812),
	.mean_ns = US(1404),
	.stddev_ns = US(310),
	.p50_ns = US(1210),
	.p90_ns = US(2400),
	.p95_ns = MS(3),
	.p99_ns = US(4100),
	.p999_ns = US(4100),
	.max_ns = US(4100),
	.n_quantiles = COUNT(small_quantiles),
	.quantiles = small_quantiles,
	.hdr = HDR,
};
static const struct times_result large_times = {
	.count = 11970,
	.min_ns = US(310),
	.mean_ns = MS(498),
	.stddev_ns = MS(377),
	.p50_ns = MS(412),
	.p90_ns = MS(980),
	.p95_ns = MS(2410),
	.p99_ns = MS(3100),
	.p999_ns = MS(4700),
	.max_ns = MS(4900),
	.over = 1,
	.n_quantiles = COUNT(large_quantiles),
	.quantiles = large_quantiles,
	.hdr = HDR,
};
/* no quantile has an interval */
static const struct times_result few_times = {
	.count = 31,
	.min_ns = US(12),
	.mean_ns = US(31),
	.p50_ns = US(22),
	.p90_ns = US(80),
	.p95_ns = US(80),
	.p99_ns = US(90),
	.p999_ns = MS(12),
	.max_ns = MS(12),
	.hdr = "",
};

static const struct named_count all_200[] = { { "200", 100 } };
static const struct named_count all_ok[] = { { "ok", 100 } };
static const struct load_step_result quiet_steps[] = {
	{ .name = "get /",
	  .kind = "get",
	  .at = AT(70),
	  .method = "GET",
	  .url = "http://127.0.0.1:8080/",
	  .transport = "native",
	  .accounting = { 100, 100, 0, 0, 100, 0, 0, 0 },
	  .n_statuses = COUNT(all_200),
	  .statuses = all_200,
	  .n_outcomes = COUNT(all_ok),
	  .outcomes = all_ok,
	  .connections = 10,
	  .received_bytes = 2400,
	  .mean_phases = PHASES(0, 0, 0, US(4), 0, US(10), US(1380), US(10)) },
};

static const struct named_count login_statuses[] = {
	{ "200", 6480 }, { "429", 9 }, { "503", 4 }, { "none", 7 }
};
static const struct named_count login_outcomes[] = {
	{ "ok", 6480 }, { "status", 13 }, { "timeout", 6 }, { "refused", 1 }
};
static const struct named_count me_statuses[] = { { "200", 6479 } };
static const struct named_count me_outcomes[] = { { "ok", 6479 },
						  { "not-reached", 1 } };
static const struct load_step_result booking_steps[] = {
	{ .name = "sign in",
	  .kind = "post",
	  .at = AT(81),
	  .method = "POST",
	  .url = "https://staging.example.org/login?token=hunter2hunter2",
	  .transport = "libcurl",
	  .accounting = { 6500, 6500, 0, 0, 6480, 14, 6, 0 },
	  .status_4xx = 9,
	  .status_5xx = 4,
	  .n_statuses = COUNT(login_statuses),
	  .statuses = login_statuses,
	  .n_outcomes = COUNT(login_outcomes),
	  .outcomes = login_outcomes,
	  .sample = "status 503, expected 200",
	  .connections = 64,
	  .resends = 98,
	  .sent_bytes = 390000,
	  .received_bytes = 12300000,
	  .mean_phases = PHASES(US(80), MS(1), US(2), US(20), US(60), US(5),
				MS(490), MS(6)) },
	{ .name = "me",
	  .kind = "get",
	  .at = AT(85),
	  .method = "GET",
	  .url = "https://staging.example.org/me",
	  .transport = "native",
	  .accounting = { 6480, 6480, 0, 0, 6479, 0, 0, 1 },
	  .skipped = 20,
	  .n_statuses = COUNT(me_statuses),
	  .statuses = me_statuses,
	  .n_outcomes = COUNT(me_outcomes),
	  .outcomes = me_outcomes,
	  .connections = 3,
	  .received_bytes = 800000,
	  .mean_phases = PHASES(0, 0, 0, 0, 0, US(5), MS(490), MS(6)) },
};
static const struct limit_result quiet_limits[] = {
	{ .text = "p95(latency) < 2s",
	  .verdict = VERDICT_OK,
	  .seen = "3.00 ms",
	  .samples = 100,
	  .at = AT(66) },
	{ .text = "ratio(errors) < 1%",
	  .verdict = VERDICT_OK,
	  .seen = "0 %",
	  .samples = 100,
	  .built_in = true },
};
static const struct limit_result booking_limits[] = {
	{ .text = "p95(latency) < 2s",
	  .verdict = VERDICT_FAILED,
	  .seen = "2.41 s",
	  .interval = "[2.30 s, 2.55 s]",
	  .low = 2.3e9,
	  .high = 2.55e9,
	  .samples = 11970,
	  .crossed_at_ns = S(90),
	  .at = AT(91) },
	{ .text = "ratio(errors, 5s) < 5% for 5s",
	  .verdict = VERDICT_FAILED,
	  .seen = "7.31 %",
	  .note = "for 6 s",
	  .samples = 1000,
	  .crossed_at_ns = S(41),
	  .aborted = true,
	  .at = AT(92) },
	{ .text = "p50(service) < 500ms",
	  .verdict = VERDICT_OK,
	  .seen = "398 ms",
	  .samples = 11970,
	  .at = AT(93) },
};
static const struct limit_result hostile_limits[] = {
	{ .text = "count(" HOSTILE ") < 1",
	  .verdict = VERDICT_FAILED,
	  .seen = HOSTILE,
	  .note = HOSTILE,
	  .samples = 3,
	  .at = { HOSTILE, 3, 1 } },
};
static const struct limit_result search_limits[] = {
	{ .text = "p50(latency) < 50ms",
	  .verdict = VERDICT_NOT_OBSERVED,
	  .seen = "49.2 ms",
	  .interval = "[44.1 ms, 57.0 ms]",
	  .low = 44.1e6,
	  .high = 57e6,
	  .note = "its interval has the limit inside: if it stays as it is, "
		  "about 2950 requests would decide it",
	  .samples = 31,
	  .at = AT(119) },
	{ .text = "p99.9(latency) < 200ms",
	  .verdict = VERDICT_NOT_OBSERVED,
	  .seen = "",
	  .note = "needs 10000 requests, got 31",
	  .samples = 31,
	  .at = AT(120) },
};

static const struct doubt small_doubts[] = {
	{ "the busiest worker used 91% of its CPU",
	  "give it more workers: -t 2", false, false },
};
static const struct doubt hostile_doubts[] = {
	{ HOSTILE, HOSTILE, true, false },
	{ "send lateness p99 is 12 ms, more than 2 ms", "", false, false },
};
static const struct named_count booking_notes[] = {
	{ "rows of users.csv were used again from the beginning", 2 },
	{ "keys were made on the way", 0 },
};
static const struct trial trials[] = {
	{ 1000, 999.8, S(10), true, false, US(900), MS(12), 9998, 0, "" },
	{ 2000, 1312.25, S(10), false, false, MS(120), S(2), 19800, 6600,
	  "p99(latency) < 200ms: seen 2.00 s" },
	{ 1000, 1000, S(10), true, true, US(900), MS(11), 10000, 0, "" },
};

enum { ROWS = 90 };

/* Slow from the middle on. */
static void fill_rows(struct timeline_row *row, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool slow = i > n / 2;

		row[i] = (struct timeline_row){
			.at_ns = S(i),
			.for_ns = S(1),
			.is_warm_up = i < 2,
			.planned = 200,
			.sent = 200,
			.ok = slow ? 150 - i : 200,
			.failed = slow ? 10 : 0,
			.timed_out = slow ? 40 + i : 0,
			.users = slow ? 60 : 3,
			.connections = 64,
			.p50_ns = MS(slow ? 400 : 12),
			.p90_ns = MS(slow ? 900 : 20),
			.p99_ns = MS(slow ? 2000 + 20 * i : 40),
			.max_ns = S(5),
			.hdr = i == 7 ? "" : HDR,
		};
	}
}

static const struct load_result rows[SAMPLE_ALL] = {
	{ .name = "front page",
	  .at = AT(60),
	  .model = "closed",
	  .plan = "10 users, 100 iterations",
	  .target = "http://127.0.0.1:8080",
	  .transport = "native",
	  .verdict = RUN_OK,
	  .message = "all limits held",
	  .total_ns = MS(312),
	  .ended = "iterations",
	  .accounting = { 100, 100, 0, 0, 100, 0, 0, 0 },
	  .requests = 100,
	  .requests_ok = 100,
	  .rate_per_s = 320.512821,
	  .ok_per_s = 320.512821,
	  .success = 1,
	  .n_steps = COUNT(quiet_steps),
	  .steps = quiet_steps,
	  .n_limits = COUNT(quiet_limits),
	  .limits = quiet_limits,
	  .instrument = { .workers = 1,
			  .busiest_cpu_permille = 123,
			  .open_connections_max = 10 },
	  .cost = { 0.031, 310, 9437184, 0 } },
	{ .name = "booking",
	  .at = AT(76),
	  .model = "open",
	  .plan = "200/s for 60 s after a ramp of 10 s",
	  .process = "poisson",
	  .seed = 7,
	  .target = "https://staging.example.org:443",
	  .transport = "libcurl, native",
	  .verdict = RUN_FAILED,
	  .message = "2 of 3 limits were crossed",
	  .start_ns = MS(400),
	  .total_ns = S(90),
	  .ended = "aborted",
	  .warm_up = { true, "fixed", "", S(2), 400, MS(14), MS(80) },
	  .accounting = { 6600, 6500, 80, 20, 6479, 14, 6, 1 },
	  .requests = 12980,
	  .requests_ok = 12959,
	  .planned_per_s = 73.3333333,
	  .rate_per_s = 144.2,
	  .ok_per_s = 143.988889,
	  .success = 0.99838212635,
	  .down_for_ns = S(12),
	  .n_steps = COUNT(booking_steps),
	  .steps = booking_steps,
	  .n_limits = COUNT(booking_limits),
	  .limits = booking_limits,
	  .n_timeline = ROWS,
	  .instrument = { .workers = 2,
			  .busiest_cpu_permille = 910,
			  .open_connections_max = 64,
			  .waited = 31,
			  .n_doubts = COUNT(small_doubts),
			  .doubts = small_doubts },
	  .cost = { 1.2345678912, 95.11, 25165824, 12000 },
	  .n_notes = COUNT(booking_notes),
	  .notes = booking_notes },
	{ .name = HOSTILE,
	  .at = { HOSTILE, 1, 2 },
	  .model = HOSTILE,
	  .plan = HOSTILE,
	  .process = HOSTILE,
	  .target = "https://user:hunter2hunter2@" HOSTILE,
	  .transport = HOSTILE,
	  .verdict = RUN_INVALID,
	  .message = "",
	  .total_ns = S(5),
	  .ended = HOSTILE,
	  .warm_up = { true, "not found", HOSTILE, 0, 0, 0, 0 },
	  .accounting = { 10, 3, 0, 0, 1, 1, 1, 1 },
	  .requests = 3,
	  .requests_ok = 1,
	  .planned_per_s = 2,
	  .rate_per_s = 0.6,
	  .ok_per_s = 0.2,
	  .success = 0.333333333,
	  .n_limits = COUNT(hostile_limits),
	  .limits = hostile_limits,
	  .n_timeline = 5,
	  .instrument = { .workers = 1,
			  .n_doubts = COUNT(hostile_doubts),
			  .doubts = hostile_doubts } },
	{ .name = "highest rate",
	  .at = AT(115),
	  .model = "open",
	  .plan = "the highest rate, from 1000/s",
	  .process = "even",
	  .target = "http://127.0.0.1:8080",
	  .transport = "native",
	  .verdict = RUN_INCONCLUSIVE,
	  .message = "p99.9(latency) < 200ms was not observed",
	  .total_ns = S(30),
	  .ended = "interrupted",
	  .warm_up = { true, "found", "p50 and rate within 5 % for 5 s", S(6),
		       1200, MS(2), MS(9) },
	  .accounting = { 31, 31, 0, 0, 31, 0, 0, 0 },
	  .requests = 31,
	  .requests_ok = 31,
	  .planned_per_s = 1,
	  .rate_per_s = 1,
	  .ok_per_s = 1,
	  .success = 1,
	  .n_limits = COUNT(search_limits),
	  .limits = search_limits,
	  .instrument = { .workers = 1 },
	  .n_trials = COUNT(trials),
	  .trials = trials,
	  .max_rate_per_s = 1000 },
};

static const struct times_result *const row_times[SAMPLE_ALL] = {
	&small_times, &large_times, &few_times, &few_times
};

static const struct times_result no_times = { .hdr = "" };

/* A copy in the arena: who seals or fills a tree writes into its lists. */
static void *copy(struct arena *a, const void *list, size_t n, size_t size)
{
	void *to = arena_alloc(a, n, size);

	if (to && n)
		memcpy(to, list, n * size);
	return to;
}

#define OWN(a, of, list) \
	((of)->list = copy(a, (of)->list, (of)->n_##list, sizeof(*(of)->list)))

static bool add_steps(struct arena *a, struct load_result *load,
		      const struct times_result *times)
{
	struct load_step_result *steps =
		arena_alloc(a, load->n_steps, sizeof(*steps));

	if (!steps)
		return false;
	for (size_t i = 0; i < load->n_steps; i++) {
		steps[i] = load->steps[i];
		steps[i].latency = steps[i].service = *times;
		steps[i].first_byte = *times;
		steps[i].connect = i ? no_times : few_times;
		if (!OWN(a, &steps[i], statuses) ||
		    !OWN(a, &steps[i], outcomes))
			return false;
	}
	load->steps = steps;
	return true;
}

static bool add_rows(struct arena *a, struct load_result *load)
{
	struct timeline_row *row =
		arena_alloc(a, load->n_timeline, sizeof(*row));

	if (!row)
		return false;
	fill_rows(row, load->n_timeline);
	load->timeline = row;
	return OWN(a, load, limits) && OWN(a, load, trials) &&
	       OWN(a, load, notes) && OWN(a, &load->instrument, doubts);
}

/* No text is NULL. */
static bool fill_text(struct shape_pass *p, const struct shape *sh,
		      const struct shape_field *f, const void *of,
		      const char **text)
{
	(void)p;
	(void)sh;
	(void)f;
	(void)of;
	if (!*text)
		*text = "";
	return true;
}

bool sample_add_loads(struct arena *a, struct run_result *run, size_t n)
{
	struct shape_pass pass = { fill_text };

	run->loads = arena_alloc(a, n, sizeof(*run->loads));
	if (!run->loads)
		return false;
	run->n_loads = n;
	for (size_t i = 0; i < n; i++) {
		struct load_result *load = &run->loads[i];
		const struct times_result *times = row_times[i];

		*load = rows[i];
		load->started_at_ns = SAMPLE_STARTED_AT_NS + load->start_ns;
		load->latency = load->service = *times;
		load->iteration = i == 1 ? few_times : no_times;
		load->instrument.lateness = few_times;
		load->instrument.queue = i == 1 ? few_times : no_times;
		load->instrument.loop_lag = no_times;
		run->total_ns += load->total_ns;
		if (!add_steps(a, load, times) || !add_rows(a, load))
			return false;
	}
	return shape_texts(&run_shape, run, &pass);
}
