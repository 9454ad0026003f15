/* SPDX-License-Identifier: MIT */
/* folder: loadgen */
/* Whole loads by several workers against a server in this process; run under
 * ThreadSanitizer, too. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "loadgen/run/load_run.h"
#include "probe/engine/engine.h"
#include "probe/patience.h"
#include "probe/secrets.h"
#include "report/redact/redact.h"
#include "report/result/load_result.h"
#include "report/result/result_json.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/load.h"
#include "tests/unit/engine_server.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define MS	   UINT64_C(1000000)

enum { ROOM = 1 << 28, STOP_USERS = 6, STEP_US = 150000 };

static struct server *server;
static struct errs problems, warnings;
static char dir[64], yaml_path[128], csv_path[128];

/* ---- one run ---------------------------------------------------------------- */

struct ran {
	struct scenario *sc;
	struct arena *arena;
	struct redactor *redactor;
	struct run_result *run;
};

static void put(char path[128], const char *name, const char *text)
{
	snprintf(path, 128, "%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* body: what stands behind vars, with ${at} for the server. */
static void go_with(struct ran *r, const char *body,
		    const struct load_config *with)
{
	static const struct load_options options = { 0 };
	struct load_config config = *with;
	struct buf text;

	*r = (struct ran){ .arena = arena_new(ROOM),
			   .redactor = redactor_new() };
	problems.n = problems.dropped = warnings.n = warnings.dropped = 0;
	buf_init(&text, BUF_NO_LIMIT);
	buf_printf(&text, "vars: { at: 'http://127.0.0.1:%u' }\n%s",
		   server_port(server), body);
	put(yaml_path, "s.yaml", buf_text(&text));
	r->sc = scenario_load(yaml_path, &options, &problems, NULL);
	if (problems.n)
		fail_msg("%s: %s", buf_text(&text), problems.item[0].text);
	buf_release(&text);
	config.scenario = r->sc;
	config.redactor = r->redactor;
	r->run = run_loads(&config, r->arena, &problems, &warnings);
}

static void go(struct ran *r, const char *body, size_t n_workers)
{
	const struct load_config with = { .n_workers = n_workers };

	go_with(r, body, &with);
	if (!r->run)
		fail_msg("%s", problems.item[0].text);
	assert_int_equal(problems.n, 0);
}

static void leave(struct ran *r)
{
	arena_free(r->arena);
	redactor_free(r->redactor);
	scenario_free(r->sc);
}

/* ---- books ------------------------------------------------------------------- */

static void books_close(const struct load_result *l)
{
	const struct accounting *a = &l->accounting;
	uint64_t requests = 0, seconds = 0;

	assert_int_equal(a->planned, a->sent + a->dropped + a->not_started);
	assert_int_equal(a->sent,
			 a->ok + a->failed + a->timed_out + a->in_flight);
	for (size_t i = 0; i < l->n_steps; i++) {
		const struct accounting *s = &l->steps[i].accounting;
		uint64_t statuses = 0, outcomes = 0;

		assert_int_equal(s->sent, s->ok + s->failed + s->timed_out +
						  s->in_flight);
		for (size_t k = 0; k < l->steps[i].n_statuses; k++)
			statuses += l->steps[i].statuses[k].count;
		for (size_t k = 0; k < l->steps[i].n_outcomes; k++)
			outcomes += l->steps[i].outcomes[k].count;
		assert_true(outcomes <= s->sent && statuses <= s->sent);
		requests += s->sent;
	}
	assert_int_equal(l->requests, requests);
	for (size_t i = 0; i < l->n_timeline; i++)
		seconds += l->timeline[i].planned;
	assert_int_equal(seconds, a->planned);
}

/* A busy machine may spoil a load, and then it says so. */
static void verdict_is(const struct load_result *l, enum run_verdict want)
{
	bool is_fatal = false;

	for (size_t i = 0; i < l->instrument.n_doubts; i++)
		is_fatal |= l->instrument.doubts[i].is_fatal;
	if (l->verdict != want && !(is_fatal && l->verdict == RUN_INVALID))
		fail_msg("load \"%s\" is %s: %s", l->name,
			 run_verdict_name(l->verdict), l->message);
}

struct want {
	uint64_t planned, ok, failed, timed_out;
	const char *ended;
	enum run_verdict verdict;
};

static void is_as(const struct load_result *l, const struct want *w)
{
	const struct accounting *a = &l->accounting;

	books_close(l);
	assert_int_equal(a->planned, w->planned);
	assert_int_equal(a->ok, w->ok);
	assert_int_equal(a->failed, w->failed);
	assert_int_equal(a->timed_out, w->timed_out);
	assert_string_equal(l->ended, w->ended);
	verdict_is(l, w->verdict);
}

#define LOAD(flow, plan, limit)                                               \
	"loads:\n  l:\n    flow: " flow "\n    " plan "\n    limits: [" limit \
	"]\n"
#define STEP(keys) "{ steps: [{ " keys " }] }"
#define OK_STEP	   STEP("get: '${at}/ok', expect: { status: 200 }")
#define SILENT	   STEP("get: '${at}/silent', timeout: 60s")
#define NO_ERRORS  "count(errors) == 0"

static const struct {
	const char *what, *body;
	size_t n_workers;
	struct want want;
} rows[] = {
	{ "open",
	  LOAD(OK_STEP, "arrivals: { rate: 200/s, for: 500ms }", NO_ERRORS),
	  2,
	  { 100, 100, 0, 0, "plan", RUN_OK } },
	{ "open, poisson, to the last one",
	  LOAD(OK_STEP,
	       "arrivals: { rate: 200/s, iterations: 50, process: poisson, "
	       "seed: 7 }",
	       NO_ERRORS),
	  3,
	  { 50, 50, 0, 0, "iterations", RUN_OK } },
	{ "open, bursts",
	  LOAD(OK_STEP,
	       "arrivals: { burst: { size: 10, every: 100ms }, for: 300ms }",
	       NO_ERRORS),
	  4,
	  { 30, 30, 0, 0, "plan", RUN_OK } },
	{ "closed, shared",
	  LOAD(OK_STEP, "users: { count: 6, iterations: 100 }", NO_ERRORS),
	  4,
	  { 100, 100, 0, 0, "iterations", RUN_OK } },
	{ "closed, of each",
	  LOAD(OK_STEP, "users: { count: 5, iterations_each: 4 }", NO_ERRORS),
	  2,
	  { 20, 20, 0, 0, "iterations", RUN_OK } },
	{ "closed, with pauses",
	  LOAD(OK_STEP,
	       "users: { count: 4, iterations: 12, think: { between: [1ms, "
	       "5ms] } }",
	       NO_ERRORS),
	  2,
	  { 12, 12, 0, 0, "iterations", RUN_OK } },
	{ "more workers than users",
	  LOAD(OK_STEP, "users: { count: 1, iterations: 10 }", NO_ERRORS),
	  4,
	  { 10, 10, 0, 0, "iterations", RUN_OK } },
	{ "answers are judged",
	  LOAD(STEP("get: '${at}/ok', expect: { body: hello }"),
	       "users: { count: 4, iterations: 20 }", NO_ERRORS),
	  2,
	  { 20, 20, 0, 0, "iterations", RUN_OK } },
	{ "answers are judged, and wrong",
	  LOAD(STEP("get: '${at}/ok', expect: { body: bye }"),
	       "users: { count: 4, iterations: 20 }", NO_ERRORS),
	  2,
	  { 20, 0, 20, 0, "iterations", RUN_FAILED } },
	{ "a status",
	  LOAD(STEP("get: '${at}/broken'"),
	       "users: { count: 4, iterations: 20 }", "count(5xx) == 0"),
	  2,
	  { 20, 0, 20, 0, "iterations", RUN_FAILED } },
	{ "a status that is expected",
	  LOAD(STEP("get: '${at}/broken', expect: { status: 5xx }"),
	       "users: { count: 4, iterations: 20 }", "count(5xx) == 20"),
	  2,
	  { 20, 20, 0, 0, "iterations", RUN_OK } },
	{ "closed connections",
	  LOAD(STEP("get: '${at}/close'"),
	       "users: { count: 4, iterations: 20 }", NO_ERRORS),
	  2,
	  { 20, 0, 20, 0, "iterations", RUN_FAILED } },
	{ "silence",
	  LOAD(STEP("get: '${at}/silent', timeout: 50ms"),
	       "users: { count: 4, iterations: 8 }", NO_ERRORS),
	  2,
	  { 8, 0, 0, 8, "iterations", RUN_FAILED } },
	{ "a new connection each time",
	  LOAD(OK_STEP,
	       "users: { count: 4, iterations: 20 }\n    connections: { "
	       "reuse: false }",
	       NO_ERRORS),
	  2,
	  { 20, 20, 0, 0, "iterations", RUN_OK } },
	{ "requests that differ",
	  LOAD(STEP("post: '${at}/echo', body: '${uuid()}', expect: { body: { "
		    "matches: '[0-9a-f]{8}-' } }"),
	       "users: { count: 4, iterations: 20 }", NO_ERRORS),
	  2,
	  { 20, 20, 0, 0, "iterations", RUN_OK } },
	{ "by libcurl",
	  LOAD(STEP("get: '${at}/ok', http: 1.0, expect: { status: 200 }"),
	       "users: { count: 4, iterations: 20 }", NO_ERRORS),
	  2,
	  { 20, 20, 0, 0, "iterations", RUN_OK } },
	{ "several flows",
	  LOAD("[{ weight: 3, steps: [{ get: '${at}/ok' }] }, { steps: [{ "
	       "get: '${at}/broken', expect: { status: 500 } }] }]",
	       "users: { count: 4, iterations: 40 }", NO_ERRORS),
	  3,
	  { 40, 40, 0, 0, "iterations", RUN_OK } },
	{ "a value that is not there",
	  LOAD(STEP("get: '${at}/ok', headers: { X: \"${lower('A\\nB')}"
		    "${uuid()}\" }"),
	       "users: { count: 2, iterations: 4 }", NO_ERRORS),
	  2,
	  { 0, 0, 0, 0, "", RUN_OK } },
};

static void loads_of_one_request(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		const struct load_config with = {
			.n_workers = rows[i].n_workers,
		};
		struct ran r;

		go_with(&r, rows[i].body, &with);
		if (!*rows[i].want.ended) { /* nothing was sent */
			assert_null(r.run);
			assert_int_equal(problems.n, 1);
			leave(&r);
			continue;
		}
		if (!r.run)
			fail_msg("%s: %s", rows[i].what, problems.item[0].text);
		print_message("%s\n", rows[i].what);
		is_as(&r.run->loads[0], &rows[i].want);
		assert_int_equal(r.run->loads[0].instrument.workers,
				 rows[i].n_workers);
		leave(&r);
	}
}

/* The same loads, all at once, and none knows of the other. */
static void loads_at_once(void **state)
{
	struct ran r;

	(void)state;
	go(&r,
	   "loads:\n"
	   "  a: { flow: " OK_STEP
	   ", arrivals: { rate: 100/s, for: 300ms }, limits: [" NO_ERRORS
	   "] }\n"
	   "  b: { flow: " STEP(
		   "get: '${at}/broken'") ", users: { count: 3, iterations: 30 "
					  "}, limits: [" NO_ERRORS "] }\n"
					  "  c: { flow: " OK_STEP
					  ", start: 100ms, users: { count: 2, "
					  "iterations: 10 }, limits: "
					  "[" NO_ERRORS "] }\n",
	   3);
	static const struct want want[] = {
		{ 30, 30, 0, 0, "plan", RUN_OK },
		{ 30, 0, 30, 0, "iterations", RUN_FAILED },
		{ 10, 10, 0, 0, "iterations", RUN_OK },
	};
	assert_int_equal(r.run->n_loads, LEN(want));
	for (size_t i = 0; i < LEN(want); i++)
		is_as(&r.run->loads[i], &want[i]);
	assert_true(r.run->loads[2].start_ns >= 100 * MS);
	assert_true(r.run->verdict == RUN_FAILED ||
		    r.run->verdict == RUN_INVALID);
	assert_false(r.run->partial);
	leave(&r);
}

/* ---- journeys ------------------------------------------------------------------ */

#define TWO_STEPS                                                              \
	"{ steps: [{ get: '${at}/ok', capture: { one: { header: X-One } } }, " \
	"{ name: two, post: '${at}/%s', body: 'is ${one}', expect: { body: { " \
	"contains: 'is 1' } } }] }"

static void journeys(void **state)
{
	static const char *const paths[] = { "echo", "ok", "close" };

	(void)state;
	for (size_t i = 0; i < LEN(paths); i++) {
		char body[1000];
		struct ran r;

		snprintf(body, sizeof(body),
			 LOAD(TWO_STEPS, "users: { count: 6, iterations: 24 }",
			      NO_ERRORS),
			 paths[i]);
		go(&r, body, 1 + i);
		const struct load_result *l = &r.run->loads[0];
		uint64_t ok = i ? 0 : 24;
		const struct want want = {
			24, ok,		  24 - ok,
			0,  "iterations", i ? RUN_FAILED : RUN_OK
		};
		is_as(l, &want);
		assert_string_equal(l->transport, "journey");
		assert_int_equal(l->n_steps, 2);
		assert_int_equal(l->steps[0].accounting.ok, 24);
		assert_int_equal(l->steps[1].accounting.sent, 24);
		assert_int_equal(l->steps[1].accounting.ok, ok);
		assert_string_equal(l->steps[1].name, "two");
		assert_int_equal(l->steps[1].sample[0] != '\0', i > 0);
		leave(&r);
	}
}

static void later_steps_are_skipped(void **state)
{
	struct ran r;

	(void)state;
	go(&r,
	   LOAD("{ steps: [{ get: '${at}/broken' }, { get: '${at}/ok' }] }",
		"arrivals: { rate: 100/s, for: 200ms }", NO_ERRORS),
	   2);
	const struct want want = { 20, 0, 20, 0, "plan", RUN_FAILED };
	is_as(&r.run->loads[0], &want);
	assert_int_equal(r.run->loads[0].steps[1].skipped, 20);
	assert_int_equal(r.run->loads[0].steps[1].accounting.sent, 0);
	assert_int_equal(r.run->loads[0].steps[0].status_5xx, 20);
	leave(&r);
}

/* ---- chains ------------------------------------------------------------------ */

#define CHAIN(steps) "{ steps: [" steps "] }"
#define USERS	     "users: { count: 6, iterations: 24 }"

/* Of several plain requests; the same as journeys and as they are made by
 * themselves. */
static const struct {
	const char *what, *flow;
	struct want want;
	size_t n_steps;
	uint64_t sent[4], skipped[4]; /* of each step */
} chains[] = {
	{ "two",
	  CHAIN("{ get: '${at}/ok' }, { get: '${at}/ok', expect: { body: hello "
		"} }"),
	  { 24, 24, 0, 0, "iterations", RUN_OK },
	  2,
	  { 24, 24 },
	  { 0 } },
	{ "the first one fails",
	  CHAIN("{ get: '${at}/broken' }, { get: '${at}/ok' }, { get: "
		"'${at}/ok' }"),
	  { 24, 0, 24, 0, "iterations", RUN_FAILED },
	  3,
	  { 24 },
	  { 0, 24, 24 } },
	{ "one in the middle fails",
	  CHAIN("{ get: '${at}/ok' }, { get: '${at}/ok', expect: { body: bye } "
		"}, { get: '${at}/ok' }, { think: 1ms }"),
	  { 24, 0, 24, 0, "iterations", RUN_FAILED },
	  3,
	  { 24, 24 },
	  { 0, 0, 24 } },
	{ "the last one is closed",
	  CHAIN("{ get: '${at}/ok' }, { think: 1ms }, { get: '${at}/close' }"),
	  { 24, 0, 24, 0, "iterations", RUN_FAILED },
	  2,
	  { 24, 24 },
	  { 0 } },
	{ "one is silent",
	  CHAIN("{ get: '${at}/ok' }, { get: '${at}/silent', timeout: 30ms }, "
		"{ get: '${at}/ok' }"),
	  { 24, 0, 0, 24, "iterations", RUN_FAILED },
	  3,
	  { 24, 24 },
	  { 0, 0, 24 } },
	{ "pauses",
	  CHAIN("{ think: 1ms }, { get: '${at}/ok' }, { think: { between: "
		"[0ms, 3ms] } }, { think: 0ms }, { get: '${at}/ok' }, { think: "
		"2ms }"),
	  { 24, 24, 0, 0, "iterations", RUN_OK },
	  2,
	  { 24, 24 },
	  { 0 } },
	{ "cookies",
	  CHAIN("{ post: '${at}/echo', expect: { body: { matches: "
		"'^(?!(?s:.*)color=blue)' } } }, { get: '${at}/cookie' }, { "
		"post: "
		"'${at}/echo', headers: { X-A: b }, expect: { body: { matches: "
		"'\\r\\nCookie: color=blue\\r\\n' } } }, { get: "
		"'${at}/ok' }"),
	  { 24, 24, 0, 0, "iterations", RUN_OK },
	  4,
	  { 24, 24, 24, 24 },
	  { 0 } },
	{ "cookies with what varies",
	  CHAIN("{ get: '${at}/cookie', expect: { body: set } }, { post: "
		"'${at}/echo', json: { a: '${uuid()}' }, expect: { body: { "
		"contains: 'Cookie: color=blue' } } }, { get: '${at}/echo', "
		"request_id: false, expect: { body: { contains: 'Cookie: "
		"color=blue' } } }"),
	  { 24, 24, 0, 0, "iterations", RUN_OK },
	  3,
	  { 24, 24, 24 },
	  { 0 } },
	{ "a cookie that fails, and is not carried on",
	  CHAIN("{ get: '${at}/cookie', expect: { body: other } }, { get: "
		"'${at}/ok' }"),
	  { 24, 0, 24, 0, "iterations", RUN_FAILED },
	  2,
	  { 24 },
	  { 0, 24 } },
};

static void chains_are_as_journeys(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * LEN(chains); i++) {
		size_t k = i / 2;
		const struct load_config with = {
			.n_workers = 1 + k % 3,
			.transport = i % 2 ? LOAD_TRANSPORT_JOURNEY
					   : LOAD_TRANSPORT_AUTO,
		};
		char body[1500];
		struct ran r;

		print_message("%s\n", chains[k].what);
		snprintf(body, sizeof(body), LOAD("%s", USERS, NO_ERRORS),
			 chains[k].flow);
		go_with(&r, body, &with);
		if (!r.run)
			fail_msg("%s: %s", chains[k].what,
				 problems.item[0].text);
		const struct load_result *l = &r.run->loads[0];
		is_as(l, &chains[k].want);
		assert_string_equal(l->transport, i % 2 ? "journey" : "native");
		assert_int_equal(l->n_steps, chains[k].n_steps);
		for (size_t n = 0; n < l->n_steps; n++) {
			const struct load_step_result *st = &l->steps[n];
			assert_string_equal(st->transport, l->transport);
			assert_int_equal(st->accounting.sent,
					 chains[k].sent[n]);
			assert_int_equal(st->skipped, chains[k].skipped[n]);
		}
		leave(&r);
	}
}

/* Not more connections than users. */
static void a_user_keeps_one_connection(void **state)
{
	struct ran r;
	uint64_t n = 0;

	(void)state;
	go(&r,
	   LOAD(CHAIN("{ get: '${at}/ok' }, { post: '${at}/echo', body: a, "
		      "expect: { body: { contains: a } } }, { get: "
		      "'${at}/ok', compressed: false }"),
		USERS, NO_ERRORS),
	   2);
	const struct load_result *l = &r.run->loads[0];
	books_close(l);
	assert_int_equal(l->accounting.ok, 24);
	for (size_t i = 0; i < l->n_steps; i++)
		n += l->steps[i].connections;
	assert_int_equal(n, 6);
	assert_int_equal(l->instrument.open_connections_max, 6);
	leave(&r);
}

/* Each later request counts from when it was begun, the first one from when it
 * was planned; the round has all of it. */
static void times_of_a_chain(void **state)
{
	struct ran r;

	(void)state;
	go(&r,
	   LOAD(CHAIN("{ get: '${at}/ok' }, { think: 40ms }, { get: "
		      "'${at}/slow' }"),
		"users: { count: 2, iterations: 10 }", NO_ERRORS),
	   1);
	const struct load_result *l = &r.run->loads[0];
	books_close(l);
	assert_true(l->steps[1].latency.min_ns >= 20 * MS);
	/* the pause is in neither of them: three digits of a histogram */
	assert_true(l->iteration.min_ns + l->iteration.min_ns / 500 >=
		    l->steps[0].latency.min_ns + 40 * MS +
			    l->steps[1].latency.min_ns);
	leave(&r);
}

/* ---- one after the other --------------------------------------------------------- */

static void after_another(void **state)
{
	static const char *const paths[] = { "ok", "broken" };

	(void)state;
	for (size_t i = 0; i < LEN(paths); i++) {
		char body[1000];
		struct ran r;

		snprintf(
			body, sizeof(body),
			"loads:\n"
			"  b: { after: a, start: 50ms, flow: " OK_STEP
			", users: { count: 2, iterations: 10 }, limits: "
			"[" NO_ERRORS "] }\n"
			"  a: { flow: { steps: [{ get: '${at}/%s' }] }, users: "
			"{ count: 2, iterations: 10 }, limits: [" NO_ERRORS
			"] }\n",
			paths[i]);
		go(&r, body, 2);
		const struct load_result *b = &r.run->loads[0];
		const struct load_result *a = &r.run->loads[1];
		books_close(a);
		books_close(b);
		if (a->verdict == RUN_OK) {
			assert_int_equal(i, 0);
			assert_int_equal(b->accounting.ok, 10);
			assert_true(b->start_ns >= a->start_ns + a->total_ns);
		} else {
			assert_int_equal(b->accounting.planned, 0);
			assert_string_equal(b->ended, "not started");
		}
		leave(&r);
	}
}

/* ---- data -------------------------------------------------------------------------- */

static const char people[] = "id,pw\n1,hunter-01\n2,hunter-02\n3,hunter-03\n"
			     "4,hunter-04\n5,hunter-05\n6,hunter-06\n"
			     "7,hunter-07\n";

#define DATA(keys) "data: { d: { file: d.csv, secret: [pw]" keys " } }\n"
/* The answer holds what was sent. */
#define ECHO_ROW                                                              \
	STEP("post: '${at}/echo', body: 'is=${data.id}=', expect: { body: { " \
	     "contains: 'is=${data.id}=' } }")
#define ECHO_TWICE                                                            \
	"{ steps: [{ post: '${at}/echo', body: 'is=${data.id}=', capture: { " \
	"b: { regex: 'is=(.)=' } } }, { post: '${at}/echo', body: "           \
	"'has=${b}=', expect: { body: { contains: 'has=${data.id}=' } } }] }"

static void rows_of_data(void **state)
{
	static const struct {
		const char *body;
		struct want want;
	} data[] = {
		{ DATA(", at_end: stop") LOAD(
			  ECHO_ROW, "users: { count: 3, for: 20s }", NO_ERRORS),
		  { 7, 7, 0, 0, "data", RUN_OK } },
		{ DATA(", at_end: stop, order: shuffle, share: worker") LOAD(
			  ECHO_ROW, "users: { count: 4, for: 20s }", NO_ERRORS),
		  { 7, 7, 0, 0, "data", RUN_OK } },
		{ DATA(", at_end: stop")
			  LOAD(ECHO_TWICE, "users: { count: 3, for: 20s }",
			       NO_ERRORS),
		  { 7, 7, 0, 0, "data", RUN_OK } },
		{ DATA("") LOAD(ECHO_ROW, "users: { count: 3, iterations: 30 }",
				NO_ERRORS),
		  { 30, 30, 0, 0, "iterations", RUN_OK } },
		{ DATA(", order: random") LOAD(
			  ECHO_TWICE, "users: { count: 3, iterations: 30 }",
			  NO_ERRORS),
		  { 30, 30, 0, 0, "iterations", RUN_OK } },
	};

	(void)state;
	put(csv_path, "d.csv", people);
	for (size_t i = 0; i < LEN(data); i++) {
		struct ran r;

		go(&r, data[i].body, 2);
		is_as(&r.run->loads[0], &data[i].want);
		leave(&r);
	}
}

/* An open plan goes on until it is noticed; what came in between was not
 * started. */
static void rows_of_an_open_load(void **state)
{
	struct ran r;

	(void)state;
	put(csv_path, "d.csv", people);
	go(&r,
	   DATA(", at_end: stop") LOAD(
		   ECHO_ROW, "arrivals: { rate: 100/s, for: 20s }", NO_ERRORS),
	   2);
	const struct load_result *l = &r.run->loads[0];
	books_close(l);
	assert_int_equal(l->accounting.sent, 7);
	assert_int_equal(l->accounting.ok, 7);
	assert_true(l->accounting.not_started > 0);
	assert_string_equal(l->ended, "data");
	assert_true(l->total_ns < 15000 * MS);
	leave(&r);
}

/* Passwords of data stand in no result, however it comes to speak of them. */
static void secret_columns_are_not_shown(void **state)
{
	static const char *const flows[] = {
		STEP("get: '${at}/${data.pw}?a=${data.pw}'"),
		STEP("get: '${at}/ok', query: { p: '${data.pw}' }, expect: { "
		     "status: 404 }"),
		STEP("post: '${at}/echo', query: { q: '${data.pw}' }, expect: "
		     "{ body: bye }"),
		STEP("post: '${at}/echo', json: { p: '${data.pw}' }, expect: { "
		     "body: 'no ${data.pw}' }"),
		STEP("post: '${at}/echo', body: '${data.pw}', expect: { "
		     "json: { $.p: '${data.pw}' } }"),
		STEP("get: '${at}/ok', auth: { basic: { user: a, password: "
		     "'${data.pw}' } }, expect: { headers: { X-One: "
		     "'${data.pw}' } }"),
		STEP("get: '${at}/ok', headers: { X: \"${data.pw}${data.nl}\" "
		     "}"),
		"{ steps: [{ name: 'in ${data.pw}', get: "
		"'${at}/x/${data.pw}' }, { get: '${at}/ok' }] }",
		"{ steps: [{ get: '${at}/ok', capture: { h: { header: X-One } "
		"} }, { post: '${at}/echo', body: '${data.pw}', expect: { "
		"body: { contains: '${h}${data.pw}' } } }] }",
		"{ steps: [{ get: 'http://${data.pw}.invalid/' }] }",
		"{ steps: [{ get: 'http://127.0.0.1:1/${data.pw}' }, { get: "
		"'${at}/ok' }] }",
	};

	(void)state;
	put(csv_path, "d.csv",
	    "pw,nl\nhunter-01,x\nhunter-02,\"x\ny\"\nhunter-03,x\n");
	for (size_t i = 0; i < LEN(flows); i++) {
		char body[1500];
		struct ran r;
		struct buf text;

		snprintf(
			body, sizeof(body),
			DATA("") "loads:\n  l:\n    flow: %s\n    allow_hosts: "
				 "['*.invalid']\n    users: { count: 3, "
				 "iterations: 9 }\n    limits: [" NO_ERRORS
				 "]\n",
			flows[i]);
		go(&r, body, 2);
		books_close(&r.run->loads[0]);
		assert_int_equal(r.run->loads[0].accounting.planned, 9);
		if (!r.run->loads[0].accounting.failed)
			fail_msg("%s: nothing failed", flows[i]);
		buf_init(&text, BUF_NO_LIMIT);
		assert_true(result_seal(r.run, r.redactor, r.arena));
		assert_true(result_write(r.run, &text));
		const char *at = strstr(buf_text(&text), "hunter");
		if (at)
			fail_msg("%s: %.200s", flows[i], at - 100);
		buf_release(&text);
		leave(&r);
	}
}

static void short_secrets_are_refused(void **state)
{
	struct secret_values none;
	struct ran r;

	(void)state;
	put(csv_path, "d.csv", "id,pw\n1,hunter-01\n2,\n3,\" abc \"\n");
	go(&r,
	   DATA("") LOAD(ECHO_ROW, "users: { count: 1, iterations: 1 }",
			 NO_ERRORS),
	   1);
	assert_false(secrets_read(r.sc, r.arena, r.redactor, &none, &problems,
				  &warnings));
	assert_int_equal(problems.n, 1);
	assert_non_null(strstr(problems.item[0].text,
			       "column \"pw\" of \"d\" is too short in row 3"));
	leave(&r);
}

/* ---- stopping ------------------------------------------------------------------------ */

static void aborted(void **state)
{
	struct ran r;

	(void)state;
	go(&r,
	   LOAD(STEP("get: '${at}/broken'"),
		"arrivals: { rate: 50/s, for: 60s }",
		"{ limit: ratio(errors) < 5%, abort: true }"),
	   2);
	const struct load_result *l = &r.run->loads[0];
	books_close(l);
	assert_string_equal(l->ended, "aborted");
	assert_true(l->total_ns < 30000 * MS);
	assert_int_equal(l->accounting.in_flight, 0);
	assert_true(l->limits[0].aborted);
	verdict_is(l, RUN_FAILED);
	leave(&r);
}

static void the_deadline_comes_first(void **state)
{
	const struct load_config with = { .n_workers = 2,
					  .deadline_ns = 300 * MS };
	struct ran r;

	(void)state;
	go_with(&r,
		LOAD(SILENT, "arrivals: { rate: 50/s, for: 60s }", NO_ERRORS),
		&with);
	assert_non_null(r.run);
	const struct load_result *l = &r.run->loads[0];
	books_close(l);
	assert_true(r.run->partial);
	assert_string_equal(l->ended, "interrupted");
	assert_true(l->accounting.in_flight > 0);
	assert_int_equal(l->accounting.ok + l->accounting.timed_out, 0);
	/* their age counts */
	assert_int_equal(l->latency.count, l->accounting.sent);
	assert_true(l->total_ns < 30000 * MS);
	leave(&r);
}

static const struct {
	const char *flow, *keys;
	int signals[3];
	bool in_flight;
	const char *why;
} stops[] = {
	/* what is under way may end */
	{ STEP("get: '${at}/slow'"), "", { SIGINT }, false, "SIGINT" },
	{ STEP("get: '${at}/slow', timeout: 60s"),
	  "",
	  { SIGTERM },
	  false,
	  "SIGTERM" },
	{ "{ steps: [{ get: '${at}/slow' }, { get: '${at}/slow' }] }",
	  "",
	  { SIGINT },
	  false,
	  "SIGINT" },
	/* until the grace is over */
	{ SILENT, "    grace: 200ms\n", { SIGHUP }, true, "SIGHUP" },
	/* a second one ends it all at once */
	{ SILENT, "", { SIGINT, SIGINT }, true, "SIGINT" },
	{ "{ steps: [{ get: '${at}/ok' }, { get: '${at}/silent', timeout: 60s "
	  "}] }",
	  "",
	  { SIGTERM, SIGINT },
	  true,
	  "SIGTERM" },
	{ "{ steps: [{ think: 50s }, { get: '${at}/ok' }] }",
	  "",
	  { SIGINT, SIGTERM },
	  true,
	  "SIGINT" },
	{ "{ steps: [{ get: '${at}/ok' }, { think: 50s }] }",
	  "    grace: 100ms\n",
	  { SIGINT },
	  true,
	  "SIGINT" },
	{ "{ steps: [{ get: '${at}/ok' }, { think: 50s }, { tcp: '127.0.0.1:1' "
	  "}] }",
	  "",
	  { SIGINT, SIGTERM },
	  true,
	  "SIGINT" },
};

static useconds_t step_us; /* before each signal */

static void *send_signals(void *row)
{
	for (const int *s = stops[*(size_t *)row].signals; *s; s++) {
		usleep(step_us);
		kill(getpid(), *s);
	}
	return NULL;
}

static void stop_once(size_t i, struct ran *r)
{
	char body[600];
	pthread_t thread;

	snprintf(body, sizeof(body),
		 "loads:\n  l:\n    flow: %s\n    users: { count: %d, "
		 "for: 60s }\n%s    limits: [" NO_ERRORS "]\n",
		 stops[i].flow, STOP_USERS, stops[i].keys);
	pthread_create(&thread, NULL, send_signals, &i);
	go(r, body, 1 + i % 3);
	pthread_join(thread, NULL);
	/* one that came when all had ended: what is ignored is forgotten */
	for (const int *s = stops[i].signals; *s; s++) {
		signal(*s, SIG_IGN);
		signal(*s, SIG_DFL);
	}
}

static void signals_end_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(stops); i++) {
		struct ran r;

		step_us = STEP_US;
		stop_once(i, &r);
		/* a busy machine begins late */
		while (r.run->loads[0].accounting.sent < STOP_USERS &&
		       (step_us *= 4) < 30 * STEP_US) {
			leave(&r);
			stop_once(i, &r);
		}
		const struct load_result *l = &r.run->loads[0];
		books_close(l);
		assert_true(r.run->partial);
		assert_non_null(strstr(r.run->partial_why, stops[i].why));
		assert_string_equal(l->ended, "interrupted");
		assert_true(l->total_ns < 30000 * MS);
		assert_int_equal(l->accounting.in_flight,
				 stops[i].in_flight ? STOP_USERS : 0);
		assert_int_equal(l->accounting.timed_out, 0);
		leave(&r);
	}
}

/* ---- seeds, hosts -------------------------------------------------------------------- */

static void the_same_seed_chooses_the_same_flows(void **state)
{
	static const char body[] =
		"loads:\n  l:\n    flow: [{ steps: [{ name: a, get: '${at}/ok' "
		"}] }, { weight: 2, steps: [{ name: b, get: '${at}/ok' }] }, { "
		"steps: [{ name: c, get: '${at}/ok' }, { think: 1ms }] }]\n"
		"    arrivals: { rate: 500/s, for: 200ms, seed: 11 }\n"
		"    limits: [" NO_ERRORS "]\n";
	uint64_t sent[3] = { 0 };

	(void)state;
	for (size_t i = 1; i <= 3; i++) {
		struct ran r;

		go(&r, body, i);
		const struct load_result *l = &r.run->loads[0];
		books_close(l);
		assert_int_equal(l->accounting.planned, 100);
		assert_int_equal(l->seed, 11);
		for (size_t k = 0; k < 3; k++) {
			uint64_t n = l->steps[k].accounting.sent;
			assert_true(n > 5);
			assert_true(i == 1 || n == sent[k]);
			sent[k] = n;
		}
		leave(&r);
	}
}

static void other_hosts_are_not_asked(void **state)
{
	static const char *const flows[] = {
		STEP("get: 'http://10.255.255.1${data.tail}'"),
		STEP("get: 'http://${data.host}/'"),
		STEP("tcp: '${data.host}:80'"),
	};

	(void)state;
	put(csv_path, "d.csv", "host,tail\n10.255.255.1,/x\n");
	for (size_t i = 0; i < LEN(flows); i++) {
		const struct load_config with = { .n_workers = 2 };
		char body[600];
		struct ran r;

		snprintf(body, sizeof(body),
			 "data: { d: d.csv }\nloads:\n  l:\n    flow: %s\n"
			 "    users: { count: 2, iterations: 4 }\n    limits: "
			 "[" NO_ERRORS "]\n",
			 flows[i]);
		go_with(&r, body, &with);
		if (!r.run) { /* known beforehand */
			assert_non_null(
				strstr(problems.item[0].text, "allow_hosts"));
			leave(&r);
			continue;
		}
		const struct load_result *l = &r.run->loads[0];
		books_close(l);
		assert_int_equal(l->accounting.failed, 4);
		assert_non_null(strstr(l->steps[0].sample, "allow_hosts"));
		assert_int_equal(l->steps[0].connections, 0);
		leave(&r);
	}
}

/* Before any thread is there: signals wait for the run. */
static int begin(void **state)
{
	(void)state;
	patience_hold();
	snprintf(dir, sizeof(dir), P_tmpdir "/assay-load-XXXXXX");
	server = server_start(SERVER_HTTP, NULL);
	return mkdtemp(dir) && engine_global_init(&problems) ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	server_stop(server);
	engine_global_release();
	unlink(yaml_path);
	unlink(csv_path);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loads_of_one_request),
		cmocka_unit_test(loads_at_once),
		cmocka_unit_test(journeys),
		cmocka_unit_test(later_steps_are_skipped),
		cmocka_unit_test(chains_are_as_journeys),
		cmocka_unit_test(a_user_keeps_one_connection),
		cmocka_unit_test(times_of_a_chain),
		cmocka_unit_test(after_another),
		cmocka_unit_test(rows_of_data),
		cmocka_unit_test(rows_of_an_open_load),
		cmocka_unit_test(secret_columns_are_not_shown),
		cmocka_unit_test(short_secrets_are_refused),
		cmocka_unit_test(aborted),
		cmocka_unit_test(the_deadline_comes_first),
		cmocka_unit_test(signals_end_it),
		cmocka_unit_test(the_same_seed_chooses_the_same_flows),
		cmocka_unit_test(other_hosts_are_not_asked),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
