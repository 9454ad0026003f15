/* SPDX-License-Identifier: MIT */
/* folder: scenarios */
#include "scenarios/loads/loads.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "scenarios/base/buf.h"
#include "scenarios/load.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define S	   UINT64_C(1000000000)

static struct errs problems, warnings;

/* A scenario with a check "a" and a load "l" that has these keys. */
static struct scenario *load(const char *keys)
{
	static const struct load_options options = { 0 };
	struct buf text;

	problems.n = problems.dropped = 0;
	warnings.n = warnings.dropped = 0;
	buf_init(&text, BUF_NO_LIMIT);
	buf_printf(&text,
		   "checks:\n  a:\n    steps:\n"
		   "      - { get: http://127.0.0.1:1/x?y, expect: "
		   "{ status: 200 } }\n"
		   "loads:\n  l: { %s }\n",
		   keys);
	struct scenario *sc = scenario_load_text(
		"t.yaml", text.text, text.len, &options, &problems, &warnings);
	buf_release(&text);
	return sc;
}

static const struct workload *good(const char *keys, struct scenario **sc)
{
	*sc = load(keys);
	if (problems.n)
		fail_msg("%s: %s", keys, problems.item[0].text);
	assert_int_equal((*sc)->n_loads, 1);
	return &(*sc)->loads[0];
}

static bool same_plan(const struct load_plan *a, const struct load_plan *b)
{
	return a->model == b->model && a->n_stages == b->n_stages &&
	       a->process == b->process && a->seed == b->seed &&
	       a->burst_size == b->burst_size &&
	       a->burst_every_ns == b->burst_every_ns &&
	       a->for_ns == b->for_ns && !a->n_replay && !a->replay_ns &&
	       a->iterations == b->iterations &&
	       a->iterations_each == b->iterations_each &&
	       a->think_low_ns == b->think_low_ns &&
	       a->think_high_ns == b->think_high_ns;
}

/* Levels of the table are exact as doubles. */
static bool same_stage(const struct load_stage *a, const struct load_stage *b)
{
	return !(a->from < b->from || a->from > b->from) &&
	       !(a->to < b->to || a->to > b->to) && a->for_ns == b->for_ns;
}

static void plans(void **state)
{
	static const struct {
		const char *keys;
		struct load_plan plan;
		struct load_stage stages[4];
	} rows[] = {
		{ "arrivals: { rate: 200/s, for: 60s }",
		  { .n_stages = 1, .for_ns = 60 * S },
		  { { 200, 200, 60 * S } } },
		{ "arrivals: { rate: 30/min, ramp: 10s, for: 60s, process: "
		  "poisson, seed: 7 }",
		  { .n_stages = 2,
		    .for_ns = 70 * S,
		    .process = PROCESS_POISSON,
		    .seed = 7 },
		  { { 0, 0.5, 10 * S }, { 0.5, 0.5, 60 * S } } },
		{ "arrivals: { rate: 5/s, iterations: 100 }",
		  { .n_stages = 1, .iterations = 100 },
		  { { 5, 5, 0 } } },
		{ "arrivals: { stages: [{ rate: 50/s, for: 30s }, { to: 200/s, "
		  "for: 1m }, { rate: 0/s, for: 1s }, { rate: 5/s, to: 6/s, "
		  "for: 1s }] }",
		  { .n_stages = 4, .for_ns = 92 * S },
		  { { 50, 50, 30 * S },
		    { 50, 200, 60 * S },
		    { 0, 0, S },
		    { 5, 6, S } } },
		{ "arrivals: { burst: { size: 10, every: 2s }, for: 10s }",
		  { .burst_size = 10,
		    .burst_every_ns = 2 * S,
		    .for_ns = 10 * S },
		  { { 0, 0, 0 } } },
		{ "users: { count: 5, ramp: 1s, for: 2s, think: 1s }",
		  { .model = LOAD_CLOSED,
		    .n_stages = 2,
		    .for_ns = 3 * S,
		    .think_low_ns = S,
		    .think_high_ns = S },
		  { { 0, 5, S }, { 5, 5, 2 * S } } },
		{ "users: { count: 5, iterations_each: 3, iterations: 9, think:"
		  " { between: [1s, 3s] } }",
		  { .model = LOAD_CLOSED,
		    .n_stages = 1,
		    .iterations = 9,
		    .iterations_each = 3,
		    .think_low_ns = S,
		    .think_high_ns = 3 * S },
		  { { 5, 5, 0 } } },
		{ "users: { stages: [{ users: 10, for: 30s }, { to: 50, "
		  "for: 1m }] }",
		  { .model = LOAD_CLOSED, .n_stages = 2, .for_ns = 90 * S },
		  { { 10, 10, 30 * S }, { 10, 50, 60 * S } } },
	};
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		char keys[400];
		struct scenario *sc;
		snprintf(keys, sizeof(keys), "flow: a, %s", rows[i].keys);
		const struct load_plan *p = &good(keys, &sc)->plan;
		if (!same_plan(p, &rows[i].plan))
			fail_msg("%s: another plan", keys);
		for (size_t k = 0; k < p->n_stages; k++)
			if (!same_stage(&p->stages[k], &rows[i].stages[k]))
				fail_msg("%s: another stage %zu: %f to %f",
					 keys, k, p->stages[k].from,
					 p->stages[k].to);
		scenario_free(sc);
	}
}

static void presets(void **state)
{
	struct scenario *sc;
	const struct workload *w =
		good("flow: a, arrivals: { rate: 1/s, for: 1s }", &sc);

	(void)state;
	assert_string_equal(w->name, "l");
	assert_int_equal(w->digits, 3);
	assert_int_equal(w->n_hosts, 0);
	assert_int_equal(w->n_limits, 0);
	assert_false(w->has_grace);
	assert_true(w->connections.resumes);
	assert_false(w->connections.is_fresh);
	assert_int_equal(w->n_flows, 1);
	assert_ptr_equal(w->flows[0].check, &sc->checks[0]);
	assert_int_equal(w->flows[0].weight, 1);
	assert_false(w->flows[0].is_own);
	scenario_free(sc);
}

static void everything(void **state)
{
	struct scenario *sc;
	const struct workload *w =
		good("description: d, flow: [{ run: a, weight: 9 }, { steps: "
		     "[{ get: 'http://x.example.org/' }] }], allow_hosts: "
		     "[x.example.org], users: { count: 1, for: 20s }, start: "
		     "5s, warm_up: 2s, grace: 0s, digits: 4, connections: { "
		     "max: 10, per_user: true, resume: false, streams: 8, "
		     "max_requests: 100, sources: [127.0.0.2, '::1'] }, "
		     "limits: [p95(latency) < 2s, { limit: ratio(errors) < "
		     "5%, abort: true, hold: 5s }]",
		     &sc);

	(void)state;
	assert_int_equal(w->n_flows, 2);
	assert_int_equal(w->flows[0].weight, 9);
	assert_true(w->flows[1].is_own);
	assert_string_equal(w->flows[1].check->name, "l.2");
	assert_int_equal(w->flows[1].check->steps.n, 1);
	assert_int_equal(w->start_ns, 5 * S);
	assert_int_equal(w->warm_up_ns, 2 * S);
	assert_true(w->has_grace && !w->grace_ns);
	assert_int_equal(w->digits, 4);
	assert_int_equal(w->connections.max, 10);
	assert_true(w->connections.keeps_user && !w->connections.resumes);
	assert_int_equal(w->connections.streams, 8);
	assert_int_equal(w->connections.n_sources, 2);
	assert_string_equal(w->connections.sources[1], "::1");
	assert_int_equal(w->n_limits, 2);
	assert_string_equal(w->limits[0].rule.text, "p95(latency) < 2s");
	assert_true(w->limits[1].aborts && w->limits[1].hold_ns == 5 * S);
	scenario_free(sc);
}

#define PLAN "arrivals: { rate: 1/s, for: 20s }"

/* What is written, and a part of what is said. */
static const char *const mistake_rows[][2] = {
	{ "arrivals: { rate: 1/s, for: 1s }", "needs \"flow\"" },
	{ "flow: a", "needs \"arrivals\" or \"users\"" },
	{ "flow: a, " PLAN ", users: { count: 1, for: 1s }",
	  "either \"arrivals\" or \"users\"" },
	{ "flow: b, " PLAN, "there is no check \"b\"" },
	{ "flow: { run: [a] }, " PLAN, "must be a text" },
	{ "flow: [], " PLAN, "1 to 100 flows" },
	{ "flow: {}, " PLAN, "either \"run\" or \"steps\"" },
	{ "flow: { run: a, steps: [{ think: 1s }] }, " PLAN,
	  "either \"run\" or \"steps\"" },
	{ "flow: { run: a, always: [{ think: 1s }] }, " PLAN,
	  "brings its own" },
	{ "flow: { get: 'http://x/' }, " PLAN, "this is a step" },
	{ "flow: [{ run: a, weight: 0 }], " PLAN, "at least 1" },
	{ "flow: a, arrivals: {}", "needs one of \"rate\"" },
	{ "flow: a, arrivals: { rate: 200 }", "write 200/s" },
	{ "flow: a, arrivals: { rate: 200/s }", "never end" },
	{ "flow: a, arrivals: { rate: 0/s, for: 1s }", "at least 0.001/s" },
	{ "flow: a, arrivals: { rate: -5/s, for: 1s }", "negative" },
	{ "flow: a, arrivals: { rate: 10000001/s, for: 1s }",
	  "at most 10000000/s" },
	{ "flow: a, arrivals: { rate: 0.001/h, for: 1s }", "at least 0.001/s" },
	{ "flow: a, arrivals: { rate: 1/s, for: 0s }", "at least 1ms" },
	{ "flow: a, arrivals: { rate: 1/s, for: 7d, ramp: 1s }", "at most 7d" },
	{ "flow: a, arrivals: { rate: 1/s, for: 8d }", "at most 7d" },
	{ "flow: a, arrivals: { rate: 1/s, for: 1s, process: posson }",
	  "did you mean \"poisson\"" },
	{ "flow: a, arrivals: { rate: 1/s, burst: { size: 1, every: 1s "
	  "} }",
	  "another plan" },
	{ "flow: a, arrivals: { stages: [{ rate: 1/s, for: 1s }], for: "
	  "1s }",
	  "\"for\" does not go with \"stages\"" },
	{ "flow: a, arrivals: { burst: { size: 1, every: 1s }, for: 1s"
	  ", process: even }",
	  "\"process\" does not go" },
	{ "flow: a, arrivals: { burst: { size: 1, every: 1s } }", "never end" },
	{ "flow: a, arrivals: { burst: { size: 1000000, every: 1ms }, "
	  "for: 1s }",
	  "on average" },
	{ "flow: a, arrivals: { stages: [] }", "1 to 1000 stages" },
	{ "flow: a, arrivals: { stages: [{ for: 1s }] }",
	  "\"rate\" or \"to\"" },
	{ "flow: a, arrivals: { stages: [{ rate: 1/s }] }", "needs \"for\"" },
	{ "flow: a, arrivals: { stages: [{ rate: 0/s, for: 1s }] }",
	  "nothing at all" },
	{ "flow: a, arrivals: { seed: 0, rate: 1/s, for: 1s }", "at least 1" },
	{ "flow: a, arrivals: { file: t.csv }", "text in memory" },
	{ "flow: a, users: { count: 0, for: 1s }", "at least 1" },
	{ "flow: a, users: { count: 1000001, for: 1s }", "at most 1000000" },
	{ "flow: a, users: { count: 5 }", "never end" },
	{ "flow: a, users: { for: 5s }", "needs one of \"count\"" },
	{ "flow: a, users: { stages: [{ rate: 5/s, for: 1s }] }",
	  "unknown key \"rate\"" },
	{ "flow: a, users: { count: 5, for: 1s, think: { between: [3s,"
	  " 1s] } }",
	  "impossible range" },
	{ "flow: a, after: l, " PLAN, "waits for itself" },
	{ "flow: a, after: m, " PLAN, "there is no load \"m\"" },
	{ "flow: a, warm_up: 20s, " PLAN, "nothing is left" },
	{ "flow: a, warm_up: soon, " PLAN, "must be a duration" },
	{ "flow: a, warm_up: 300ms, " PLAN, "\"warm_up\" must be whole" },
	{ "flow: a, warm_up: 1500ms, " PLAN, "must be whole seconds" },
	{ "flow: a, digits: 5, " PLAN, "at most 4" },
	{ "flow: a, allow_hosts: x, " PLAN, "must be a list" },
	{ "flow: a, allow_hosts: ['*'], " PLAN, "every host" },
	{ "flow: a, allow_hosts: ['http://x/'], " PLAN, "the host alone" },
	{ "flow: a, allow_hosts: [x/y], " PLAN, "host:port" },
	{ "flow: a, allow_hosts: ['x:0'], " PLAN, "host:port" },
	{ "flow: a, allow_hosts: ['a.*.b'], " PLAN, "host:port" },
	{ "flow: a, allow_hosts: ['*.'], " PLAN, "host:port" },
	{ "flow: a, connections: { per_user: true }, " PLAN,
	  "goes with \"users\"" },
	{ "flow: a, connections: { reuse: false, streams: 2 }, " PLAN,
	  "\"streams\" does not go with" },
	{ "flow: a, connections: { sources: [lo] }, " PLAN, "in numbers" },
	{ "flow: a, connections: { max: 0 }, " PLAN, "at least 1" },
	{ "flow: a, limits: [p95(latency, 5m) < 2s], " PLAN, "needs quotes" },
	{ "flow: a, limits: ['p95(latency, step: b) < 2s'], " PLAN,
	  "no step \"b\"" },
	{ "flow: a, limits: ['p95(latency, step: \"get /y\") < 2s'], "
	  "" PLAN,
	  "did you mean \"get /x\"" },
	{ "flow: a, limits: [{ limit: max(latency) < 2s, hold: 5s }], "
	  "" PLAN,
	  "goes with \"abort: true\"" },
	{ "flow: a, limits: [{ abort: true }], " PLAN, "needs \"limit\"" },
	{ "flow: a, limits: [rate(ok) >= 95% of planned], users: { "
	  "count: 1, for: 1s }",
	  "no planned rate" },
	{ "flow: a, limits: [max(lateness) < 1s], users: { count: 1, "
	  "for: 1s }",
	  "no plan to be late for" },
	{ "flow: { steps: [{ get: 'http://x.example.org/' }] }, " PLAN,
	  "may not send to x.example.org" },
	{ "allow_hosts: ['x.example.org:443'], flow: { steps: [{ get: "
	  "'http://x.example.org/' }] }, " PLAN,
	  "may not send to x.example.org" },
	{ "flow: { steps: [{ get: 'http://127.0.0.1:1/', capture: { t: "
	  "{ status: true } } }, { get: 'http://x.org/${t}' }] }, "
	  "" PLAN,
	  "may not send to x.org" },
	{ "flow: { steps: [{ tls: 'x.org:443' }] }, " PLAN,
	  "may not send to x.org" },
	{ "flow: { steps: [{ get: 'http://127.0.0.1@x.org/' }] }, "
	  "" PLAN,
	  "may not send to x.org" },
	{ "flow: { steps: [{ get: 'http://127.0.0.1:1/', connect_to: { "
	  "'127.0.0.1:1': 'x.org:80' } }] }, " PLAN,
	  "may not send to x.org:80, where \"connect_to\" leads: name it in" },
	{ "flow: { steps: [{ get: 'http://localhost:1/x', "
	  "resolve: { 'localhost:1': 10.0.0.1 } }] }, " PLAN,
	  "may not send to 10.0.0.1, where \"resolve\" leads" },
	{ "flow: { steps: [{ tls: 'localhost:1', resolve: { 'localhost:1': "
	  "10.0.0.1 } }] }, " PLAN,
	  "may not send to 10.0.0.1, where \"resolve\" leads" },
	{ "allow_hosts: ['x.org:443'], flow: { steps: [{ get: "
	  "'http://127.0.0.1:1/', connect_to: { '127.0.0.1:1': 'x.org:80' } "
	  "}] }, " PLAN,
	  "may not send to x.org:80" },
	{ "flow: { steps: [{ get: 'http://127.0.0.1:1/', proxy: "
	  "'http://me@x.org:80' }] }, " PLAN,
	  "may not send to x.org, its proxy" },
	{ "allow_hosts: [y.org], flow: { steps: [{ get: 'http://y.org/', "
	  "proxy: 'x.org' }] }, " PLAN,
	  "may not send to x.org, its proxy" },
	{ "flwo: a, " PLAN, "did you mean \"flow\"" },
};

static void mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(mistake_rows); i++) {
		struct scenario *sc = load(mistake_rows[i][0]);
		bool said = false;
		for (size_t k = 0; k < problems.n; k++) {
			said |= !!strstr(problems.item[k].text,
					 mistake_rows[i][1]);
			assert_true(problems.item[k].at.line >= 4);
		}
		if (!said)
			fail_msg("%s: %s", mistake_rows[i][0],
				 problems.n ? problems.item[0].text : "taken");
		scenario_free(sc);
	}
}

static void hosts(void **state)
{
	static const char *const allowed[] = {
		"a.example.org",    "b.example.org:8443", "*.wide.example.org",
		"[2001:db8::1]:80", "2001:db8::2",	  "*.port.org:81"
	};
	static const struct workload w = { .n_hosts = LEN(allowed),
					   .hosts = allowed };
	static const struct {
		const char *host;
		unsigned port;
		bool is_allowed;
	} rows[] = {
		{ "localhost", 80, true },
		{ "LOCALHOST.", 80, true },
		{ "a.localhost", 80, true },
		{ "127.0.0.1", 80, true },
		{ "127.9.9.9", 80, true },
		{ "::1", 80, true },
		{ "[::1]", 80, true },
		{ "::ffff:127.0.0.1", 80, true },
		{ "128.0.0.1", 80, false },
		{ "127.0.0.1.example.org", 80, false },
		{ "notlocalhost", 80, false },
		{ "localhost.example.org", 80, false },
		{ "::2", 80, false },
		{ "", 80, false },
		{ "a.example.org", 1, true },
		{ "A.Example.ORG.", 443, true },
		{ "xa.example.org", 1, false },
		{ "x.a.example.org", 1, false },
		{ "b.example.org", 8443, true },
		{ "b.example.org", 443, false },
		{ "x.wide.example.org", 443, true },
		{ "x.y.wide.example.org", 443, true },
		{ "wide.example.org", 443, false },
		{ ".wide.example.org", 443, false },
		{ "xwide.example.org", 443, false },
		{ "2001:db8::1", 80, true },
		{ "[2001:db8::1]", 80, true },
		{ "2001:db8::1", 81, false },
		{ "2001:db8::2", 81, true },
		{ "x.port.org", 81, true },
		{ "x.port.org", 82, false },
		{ "example.org", 80, false },
	};
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++)
		if (workload_allows(&w, rows[i].host, rows[i].port) !=
		    rows[i].is_allowed)
			fail_msg("%s:%u", rows[i].host, rows[i].port);
}

static void step_names(void **state)
{
	static const char *const rows[][2] = {
		{ "{ get: 'http://x/' }", "get /" },
		{ "{ get: 'http://x' }", "get /" },
		{ "{ get: 'http://x?a/b' }", "get /" },
		{ "{ post: 'http://x/a/b?c#d' }", "post /a/b" },
		{ "{ get: 'http://x/${secret.K}/b' }", "get /*/b" },
		{ "{ get: 'http://x/${uuid()}' }", "get" },
		{ "{ get: 'http://x/', name: front page }", "front page" },
		{ "{ get: 'http://x/', name: '${secret.K}' }", NULL },
		{ "{ tls: 'x:443' }", "tls" },
	};
	static const struct load_options options = { 0 };
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		char text[300];
		struct buf name;
		int len = snprintf(text, sizeof(text),
				   "secrets: [K]\nchecks:\n  a:\n    steps:\n"
				   "      - %s\n",
				   rows[i][0]);
		problems.n = 0;
		struct scenario *sc = scenario_load_text(
			"t", text, (size_t)len, &options, &problems, NULL);
		assert_int_equal(problems.n, 0);
		buf_init(&name, 100);
		bool known = load_step_name(&sc->checks[0].steps.item[0],
					    sc->checks[0].n_slots, &name);
		assert_int_equal(known, rows[i][1] != NULL);
		if (known)
			assert_string_equal(buf_text(&name), rows[i][1]);
		buf_release(&name);
		scenario_free(sc);
	}
}

/* What is warned of; NULL: nothing. */
static void advice(void **state)
{
	static const char *const rows[][2] = {
		{ "flow: a, limits: [max(latency) < 1s], " PLAN, NULL },
		{ "flow: a, " PLAN, "has no \"limits\"" },
		{ "flow: a, limits: [p99(latency) < 1s], " PLAN,
		  "p99 needs at least 1000 values to be judged, and there are "
		  "at most 20 in the load" },
		{ "flow: a, limits: [p50(latency) < 1s], " PLAN, NULL },
		{ "flow: a, limits: [p50(latency) < 1s], warm_up: 2s, " PLAN,
		  "at most 18 in the load" },
		{ "flow: a, limits: ['p50(latency, 10s) < 1s'], " PLAN,
		  "at most 10 in the window" },
		{ "flow: a, limits: ['max(latency, 30s) < 1s'], " PLAN,
		  "longer than the load" },
		{ "flow: a, limits: [p99.9(latency) < 1s], users: { count: 9, "
		  "for: 1s }",
		  NULL },
		{ "flow: a, limits: [p99.9(latency) < 1s], users: { count: 9, "
		  "iterations: 9999 }",
		  "p99.9 needs at least 10000" },
		{ "flow: { steps: [{ repeat: 100, steps: [{ get: "
		  "'http://127.0.0.1:1/', expect: { status: 200 } }] }] }, "
		  "limits: [p99(latency) < 1s], " PLAN,
		  NULL },
		{ "flow: { steps: [{ get: 'http://127.0.0.1:1/' }] }, limits: "
		  "[max(latency) < 1s], " PLAN,
		  "load \"l\" expects nothing" },
	};
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct scenario *sc = load(rows[i][0]);
		if (problems.n)
			fail_msg("%s: %s", rows[i][0], problems.item[0].text);
		const char *said = warnings.n ? warnings.item[0].text : "";
		if (warnings.n != (rows[i][1] != NULL) ||
		    (rows[i][1] && !strstr(said, rows[i][1])))
			fail_msg("%s: %zu: %s", rows[i][0], warnings.n, said);
		scenario_free(sc);
	}
}

static void in_order(void **state)
{
	static const char text[] =
		"loads:\n"
		"  c: { after: b, flow: { steps: [{ think: 1s }] }, " PLAN
		" }\n"
		"  a: { flow: { steps: [{ think: 1s }] }, " PLAN " }\n"
		"  b: { after: a, flow: { steps: [{ think: 1s }] }, " PLAN
		" }\n";
	static const struct load_options options = { 0 };

	(void)state;
	problems.n = 0;
	struct scenario *sc = scenario_load_text("t", text, strlen(text),
						 &options, &problems, NULL);
	assert_int_equal(problems.n, 0);
	assert_int_equal(sc->n_checks, 0);
	assert_int_equal(sc->n_loads, 3);
	assert_ptr_equal(sc->loads[0].after, &sc->loads[2]);
	assert_ptr_equal(sc->loads[2].after, &sc->loads[1]);
	assert_null(sc->loads[1].after);
	scenario_free(sc);
}

/* ---- a file of times -------------------------------------------------------------- */

static const char *const times_rows[][2] = {
	{ "0\n0.25\n0.25\n250ms\n\n# more\n 1s \r\n2", NULL },
	{ "", "holds no time" },
	{ "# none\n", "holds no time" },
	{ "1\n0.5\n", "t.csv:2:1: a time of arrival" },
	{ "1\n  x\n", "t.csv:2:3: a time of arrival" },
	{ "-1\n", "negative" },
	{ "9d\n", "at most 7d" },
};

static void times(void **state)
{
	static const struct load_options options = { 0 };
	char dir[] = P_tmpdir "/assay-times-XXXXXX";
	char path[64], file[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/s.yaml", dir);
	snprintf(file, sizeof(file), "%s/t.csv", dir);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs("loads:\n  a:\n    flow: { steps: [{ think: 1s }] }\n"
	      "    arrivals: { file: t.csv }\n",
	      f);
	fclose(f);
	for (size_t i = 0; i < LEN(times_rows); i++) {
		struct buf said;
		f = fopen(file, "w");
		assert_non_null(f);
		fputs(times_rows[i][0], f);
		fclose(f);
		problems.n = 0;
		struct scenario *sc =
			scenario_load(path, &options, &problems, NULL);
		buf_init(&said, 1 << 16);
		errs_format(&problems, "", "", &said);
		if (!times_rows[i][1] != !problems.n ||
		    (problems.n && !strstr(said.text, times_rows[i][1])))
			fail_msg("%s: %s", times_rows[i][0], buf_text(&said));
		if (!problems.n) {
			const struct load_plan *p = &sc->loads[0].plan;
			assert_int_equal(p->n_replay, 6);
			assert_int_equal(p->replay_ns[3], S / 4);
			assert_int_equal(p->replay_ns[5], 2 * S);
			assert_int_equal(p->for_ns, 0);
		}
		buf_release(&said);
		scenario_free(sc);
	}
	unlink(file);
	unlink(path);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plans),      cmocka_unit_test(presets),
		cmocka_unit_test(everything), cmocka_unit_test(mistakes),
		cmocka_unit_test(hosts),      cmocka_unit_test(step_names),
		cmocka_unit_test(advice),     cmocka_unit_test(in_order),
		cmocka_unit_test(times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
