/* SPDX-License-Identifier: MIT */
/* folder: loadgen */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "loadgen/url_load.h"
#include "scenarios/base/err.h"
#include "scenarios/base/options.h"
#include "scenarios/load.h"
#include "scenarios/loads/loads.h"
#include "scenarios/model.h"
#include "scenarios/template/template.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define S	   UINT64_C(1000000000)
#define URL	   "http://x.example.org:8080/a?b"

static struct errs es;

static struct scenario *make(const struct url_load *from)
{
	struct url_load load = *from;

	es.n = es.dropped = 0;
	if (!load.check.url)
		load.check.url = URL;
	return scenario_from_url_load(&load, &es);
}

static const struct workload *good(const struct url_load *from,
				   struct scenario **sc)
{
	*sc = make(from);
	if (es.n)
		fail_msg("%s", es.item[0].text);
	assert_non_null(*sc);
	assert_int_equal((*sc)->n_loads, 1);
	return (*sc)->loads;
}

/* Levels of the table are exact as doubles. */
static bool same_stage(const struct load_stage *a, const struct load_stage *b)
{
	return !(a->from < b->from || a->from > b->from) &&
	       !(a->to < b->to || a->to > b->to) && a->for_ns == b->for_ns;
}

static const struct {
	struct url_load from;
	struct load_plan plan;
	struct load_stage stages[2];
	uint64_t max; /* connections */
} plan_rows[] = {
	/* closed */
	{ { .users = 0 },
	  { .model = LOAD_CLOSED, .n_stages = 1, .for_ns = 10 * S },
	  { { 10, 10, 10 * S } },
	  0 },
	{ { .users = 64, .for_ns = 3 * S },
	  { .model = LOAD_CLOSED, .n_stages = 1, .for_ns = 3 * S },
	  { { 64, 64, 3 * S } },
	  0 },
	{ { .users = 2, .iterations = 100 },
	  { .model = LOAD_CLOSED, .n_stages = 1, .iterations = 100 },
	  { { 2, 2, 0 } },
	  0 },
	{ { .users = 2, .iterations = 100, .for_ns = S },
	  { .model = LOAD_CLOSED,
	    .n_stages = 1,
	    .for_ns = S,
	    .iterations = 100 },
	  { { 2, 2, S } },
	  0 },
	{ { .users = 8, .for_ns = 3 * S, .ramp_ns = 2 * S },
	  { .model = LOAD_CLOSED, .n_stages = 2, .for_ns = 5 * S },
	  { { 0, 8, 2 * S }, { 8, 8, 3 * S } },
	  0 },
	{ { .users = 8, .iterations = 9, .ramp_ns = 2 * S },
	  { .model = LOAD_CLOSED, .n_stages = 2, .iterations = 9 },
	  { { 0, 8, 2 * S }, { 8, 8, 0 } },
	  0 },
	/* open */
	{ { .rate_per_s = 200 },
	  { .model = LOAD_OPEN, .n_stages = 1, .for_ns = 10 * S },
	  { { 200, 200, 10 * S } },
	  0 },
	{ { .rate_per_s = 0.5,
	    .users = 7,
	    .for_ns = 4 * S,
	    .is_poisson = true,
	    .seed = 9 },
	  { .model = LOAD_OPEN,
	    .n_stages = 1,
	    .for_ns = 4 * S,
	    .process = PROCESS_POISSON,
	    .seed = 9 },
	  { { 0.5, 0.5, 4 * S } },
	  7 },
	{ { .rate_per_s = 50, .for_ns = 4 * S, .ramp_ns = S },
	  { .model = LOAD_OPEN, .n_stages = 2, .for_ns = 5 * S },
	  { { 0, 50, S }, { 50, 50, 4 * S } },
	  0 },
	{ { .rate_per_s = 50, .iterations = 100 },
	  { .model = LOAD_OPEN, .n_stages = 1, .iterations = 100 },
	  { { 50, 50, 0 } },
	  0 },
	{ { .rate_per_s = 50, .iterations = 10, .ramp_ns = S },
	  { .model = LOAD_OPEN, .n_stages = 2, .iterations = 10 },
	  { { 0, 50, S }, { 50, 50, 0 } },
	  0 },
};

static void plans(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(plan_rows); i++) {
		struct scenario *sc;
		const struct workload *w = good(&plan_rows[i].from, &sc);
		const struct load_plan *p = &w->plan;
		const struct load_plan *want = &plan_rows[i].plan;

		assert_int_equal(p->model, want->model);
		assert_int_equal(p->for_ns, want->for_ns);
		assert_int_equal(p->iterations, want->iterations);
		assert_int_equal(p->process, want->process);
		assert_int_equal(p->seed, want->seed);
		assert_int_equal(p->n_stages, want->n_stages);
		for (size_t k = 0; k < p->n_stages; k++)
			assert_true(same_stage(&p->stages[k],
					       &plan_rows[i].stages[k]));
		assert_int_equal(w->connections.max, plan_rows[i].max);
		scenario_free(sc);
	}
}

static void presets(void **state)
{
	const struct url_load none = { .users = 0 };
	struct scenario *sc;
	const struct workload *w = good(&none, &sc);

	(void)state;
	assert_string_equal(w->name, URL);
	assert_int_equal(w->n_flows, 1);
	assert_int_equal(w->flows[0].weight, 1);
	assert_ptr_equal(w->flows[0].check, sc->checks);
	assert_int_equal(w->digits, 3);
	assert_int_equal(w->n_limits, 0);
	assert_true(w->connections.resumes);
	assert_false(w->connections.is_fresh || w->has_grace);
	const struct step *step = w->flows[0].check->steps.item;
	const struct http_ask *ask =
		&((const struct step_http *)step->spec)->ask;
	assert_string_equal(ask->method, "GET");
	assert_false(ask->compressed || ask->request_id);
	assert_int_equal(ask->redirects, 0);
	assert_int_equal(ask->net.timeout.total_ns, 10 * S);
	assert_true(ask->net.verify);
	scenario_free(sc);
}

static void what_is_asked_for(void **state)
{
	const char *addresses[] = { "127.0.0.2", "::1" };
	const struct args sources = { .n = 2, .item = addresses };
	const struct url_load all = {
		.check = { .method = "PUT",
			   .body = "${x}",
			   .body_len = 4,
			   .insecure = true,
			   .http = HTTP_CHOICE_2,
			   .unix_socket = "/run/x" },
		.warm_up_ns = S,
		.finds_warm_up = true,
		.grace_ns = 2 * S,
		.has_grace = true,
		.digits = 4,
		.sources = &sources,
		.is_fresh = true,
		.no_resumption = true,
		.streams = 5,
		.max_requests = 6,
	};
	struct scenario *sc;
	const struct workload *w = good(&all, &sc);

	(void)state;
	assert_int_equal(w->warm_up_ns, S);
	assert_true(w->finds_warm_up);
	assert_true(w->has_grace && w->grace_ns == 2 * S);
	assert_int_equal(w->digits, 4);
	assert_true(w->connections.is_fresh && !w->connections.resumes);
	assert_int_equal(w->connections.streams, 5);
	assert_int_equal(w->connections.max_requests, 6);
	assert_int_equal(w->connections.n_sources, 2);
	assert_string_equal(w->connections.sources[1], "::1");
	const struct step *step = w->flows[0].check->steps.item;
	const struct http_ask *ask =
		&((const struct step_http *)step->spec)->ask;
	assert_string_equal(ask->method, "PUT");
	assert_string_equal(step->kind, "put");
	assert_string_equal(template_text(ask->body, NULL), "${x}");
	assert_int_equal(ask->http, HTTP_CHOICE_2);
	assert_false(ask->net.verify);
	assert_string_equal(template_text(ask->net.unix_socket, NULL),
			    "/run/x");
	scenario_free(sc);
}

/* Only the host that was typed, and this machine. */
static void the_host_is_allowed(void **state)
{
	static const struct {
		const char *url, *host;
	} rows[] = {
		{ "http://x.example.org/", "x.example.org" },
		{ "HTTPS://X.Example.ORG:8443", "x.example.org" },
		{ "http://a:b@x.example.org/", "x.example.org" },
		{ "http://127.0.0.1@x.example.org/", "x.example.org" },
		{ "http://[2001:db8::1]:80/", "2001:db8::1" },
		{ "http://10.0.0.1/?http://x.example.org", "10.0.0.1" },
		{ "http://167772161/", "10.0.0.1" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct url_load from = { .check = { .url = rows[i].url } };
		struct scenario *sc;
		const struct workload *w = good(&from, &sc);

		assert_int_equal(w->n_hosts, 1);
		assert_true(workload_allows(w, rows[i].host, 80));
		assert_true(workload_allows(w, "localhost", 80));
		assert_false(workload_allows(w, "evil.test", 80));
		assert_false(workload_allows(w, "10.0.0.2", 80));
		scenario_free(sc);
	}
}

static void limits(void **state)
{
	const char *texts[] = { "p99(latency) < 200ms, ratio(errors) < 1%",
				"rate(ok) >= 95% of planned" };
	const struct args args = { .n = 2, .item = texts };
	const struct url_load from = { .rate_per_s = 1, .limits = &args };
	struct scenario *sc;
	const struct workload *w = good(&from, &sc);

	(void)state;
	assert_int_equal(w->n_limits, 3);
	assert_string_equal(w->limits[0].rule.text, "p99(latency) < 200ms");
	assert_string_equal(w->limits[1].rule.text, "ratio(errors) < 1%");
	assert_int_equal(w->limits[1].rule.at.col, 23);
	assert_string_equal(w->limits[1].rule.at.src->name, "--limit");
	assert_true(w->limits[2].rule.is_of_planned);
	assert_ptr_equal(w->limits[2].rule.at.src->text, texts[1]);
	assert_false(w->limits[0].aborts);
	scenario_free(sc);
}

/* Several --limit, and where the mistake is. */
static void limits_that_are_none(void **state)
{
	static const struct {
		const char *texts[2];
		unsigned col;
		const char *part;
	} rows[] = {
		{ { "p99(latencies) < 1s" }, 5, "did you mean \"latency\"" },
		{ { "max(latency) < 1s", "max(latency) < 1s, p99(x) < 1s" },
		  24,
		  "\"x\"" },
		{ { "" }, 1, "" },
		{ { "max(latency) < 1s," }, 18, "" },
		{ { "p95(latency, step: b) < 1s" }, 1, "no step \"b\"" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		const char *texts[2] = { rows[i].texts[0], rows[i].texts[1] };
		const struct args args = { .n = texts[1] ? 2 : 1,
					   .item = texts };
		const struct url_load from = { .limits = &args };
		struct scenario *sc = make(&from);

		assert_int_equal(es.n, 1);
		const struct err *one = &es.item[0];
		if (!strstr(one->text, rows[i].part) ||
		    one->at.col < rows[i].col)
			fail_msg("%s: %u: %s", texts[0], one->at.col,
				 one->text);
		assert_string_equal(one->at.src->name, "--limit");
		scenario_free(sc);
	}
}

/* The step is called as in a scenario. */
static void a_limit_of_the_step(void **state)
{
	const char *texts[] = { "p95(latency, step: \"get /a\") < 1s" };
	const struct args args = { .n = 1, .item = texts };
	const struct url_load from = { .limits = &args };
	struct scenario *sc;
	const struct workload *w = good(&from, &sc);

	(void)state;
	assert_string_equal(w->limits[0].rule.step, "get /a");
	scenario_free(sc);
}

static void resolve(void **state)
{
	static const struct {
		const char *text, *name, *address;
	} rows[] = {
		{ "x.test:80:127.0.0.1", "x.test:80", "127.0.0.1" },
		{ "x.test:80:::1", "x.test:80", "::1" },
		{ "x.test:80:[::1]", "x.test:80", "::1" },
		{ "[2001:db8::1]:80:::1", "[2001:db8::1]:80", "::1" },
		{ "x.test:80", NULL, NULL },
		{ "x.test:80:", NULL, NULL },
		{ "x.test", NULL, NULL },
		{ ":80:127.0.0.1", NULL, NULL },
		{ "[::1:80:127.0.0.1", NULL, NULL },
		{ "x.test:http:127.0.0.1", NULL, NULL },
		{ "x.test:0:127.0.0.1", NULL, NULL },
		{ "x.test:65536:127.0.0.1", NULL, NULL },
		{ "x.test::127.0.0.1", NULL, NULL },
		{ "x.test:80:other.test", NULL, NULL },
		{ "x.test:80:[127.0.0.1", NULL, NULL },
		{ "", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		const char *texts[] = { rows[i].text };
		const struct args args = { .n = 1, .item = texts };
		const struct url_load from = { .check = { .resolve = &args } };
		struct scenario *sc = make(&from);

		if (!es.n != !!rows[i].name)
			fail_msg("%s: %s", rows[i].text,
				 es.n ? es.item[0].text : "taken");
		if (!rows[i].name) {
			assert_non_null(strstr(es.item[0].text, "--resolve"));
			scenario_free(sc);
			continue;
		}
		const struct step *step = sc->checks->steps.item;
		const struct pairs *p = &((const struct step_http *)step->spec)
						 ->ask.net.resolve;
		assert_int_equal(p->n, 1);
		assert_string_equal(p->item[0].name, rows[i].name);
		assert_string_equal(template_text(p->item[0].value, NULL),
				    rows[i].address);
		scenario_free(sc);
	}
}

static void mistakes(void **state)
{
	static const struct {
		struct url_load from;
		const char *part;
	} rows[] = {
		{ { .for_ns = S, .warm_up_ns = S }, "nothing is left" },
		{ { .warm_up_ns = 10 * S }, "nothing is left" },
		{ { .for_ns = S, .warm_up_ns = 3 * S / 10 },
		  "\"--warm-up\" must be whole seconds" },
		{ { .warm_up_ns = S + 1 }, "must be whole seconds" },
		{ { .check = { .statuses = "2xx,9" } }, "statuses or classes" },
		{ { .check = { .method = "GE T" } }, "a method like GET" },
		{ { .check = { .url = "ftp://x/" } }, "http://" },
		{ { .check = { .url = "http:///" } }, "not valid" },
		{ { .check = { .url = "http://x y/" } }, "not valid" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct scenario *sc = make(&rows[i].from);

		if (!es.n || !strstr(es.item[0].text, rows[i].part))
			fail_msg("%s: %s", rows[i].part,
				 es.n ? es.item[0].text : "taken");
		scenario_free(sc);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plans),
		cmocka_unit_test(presets),
		cmocka_unit_test(what_is_asked_for),
		cmocka_unit_test(the_host_is_allowed),
		cmocka_unit_test(limits),
		cmocka_unit_test(limits_that_are_none),
		cmocka_unit_test(a_limit_of_the_step),
		cmocka_unit_test(resolve),
		cmocka_unit_test(mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
