/* SPDX-License-Identifier: MIT */
/* folder: probe */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe/engine/engine.h"
#include "probe/run/run.h"
#include "probe/secrets.h"
#include "report/redact/redact.h"
#include "report/result/result.h"
#include "report/result/verdict.h"
#include "scenarios/base/arena.h"
#include "scenarios/load.h"
#include "scenarios/base/units.h"
#include "tests/unit/engine_server.h"

/* Whole runs against a small server on loopback. */

static struct server *server;

struct ran {
	struct scenario *scenario;
	struct arena *arena;
	struct redactor *redactor;
	struct run_result *run;
	struct errs problems;
};

static const char *read_env(void *self, const char *name)
{
	(void)self;
	return getenv(name);
}

static void run_text(struct ran *t, const char *text,
		     const struct run_options *more)
{
	const struct load_options options = { .getenv = read_env };
	struct run_options opt = { 0 };
	struct secret_values secrets;

	*t = (struct ran){ .arena = arena_new(64 << 20),
			   .redactor = redactor_new() };
	t->scenario = scenario_load_text("t.yaml", text, strlen(text), &options,
					 &t->problems, NULL);
	for (size_t i = 0; i < t->problems.n; i++)
		print_error("%u: %s\n", t->problems.item[i].at.line,
			    t->problems.item[i].text);
	assert_int_equal(t->problems.n, 0);
	assert_true(secrets_read(t->scenario, t->arena, t->redactor, &secrets,
				 &t->problems, &t->problems));
	if (more)
		opt = *more;
	opt.scenario = t->scenario;
	opt.redactor = t->redactor;
	opt.secrets = &secrets;
	t->run = run_checks(&opt, t->arena, &t->problems);
	assert_non_null(t->run);
	assert_true(result_seal(t->run, t->redactor, t->arena));
}

static void run_steps(struct ran *t, const char *steps)
{
	char text[4000];

	snprintf(text, sizeof(text),
		 "vars: { u: 'http://127.0.0.1:%u' }\n"
		 "checks:\n  c:\n    steps:\n%s",
		 server_port(server), steps);
	run_text(t, text, NULL);
}

static void give_back(struct ran *t)
{
	scenario_free(t->scenario);
	redactor_free(t->redactor);
	arena_free(t->arena);
}

/* The steps of the deciding attempt as "name=outcome ...". */
static void assert_steps(const struct ran *t, const char *want)
{
	const struct attempt *at = check_deciding(&t->run->checks[0]);
	char got[2000] = "";
	size_t len = 0;

	assert_non_null(at);
	for (size_t i = 0; i < at->n_steps && len < sizeof(got); i++) {
		const struct step_result *r = &at->steps[i];
		uint64_t sum = phases_total(&r->phases);

		assert_int_equal(sum, r->total_ns);
		len += (size_t)snprintf(got + len, sizeof(got) - len, "%s%s=%s",
					i ? " " : "", r->name,
					outcome_name(r->outcome));
		if (r->round)
			len += (size_t)snprintf(got + len, sizeof(got) - len,
						"@%llu",
						(unsigned long long)r->round);
	}
	assert_string_equal(got, want);
}

static void test_skips(void **state)
{
	struct ran t;

	(void)state;
	run_steps(
		&t,
		"      - { get: '${u}/ok', name: a }\n"
		"      - { get: '${u}/ok', name: b, expect: { status: 404 } }\n"
		"      - { get: '${u}/ok', name: c }\n"
		"    always:\n"
		"      - { get: '${u}/ok', name: d, expect: { status: 500 } }\n"
		"      - { get: '${u}/ok', name: e }\n");
	assert_steps(&t, "a=ok b=status c=skipped d=status e=ok");
	assert_int_equal(t.run->verdict, RUN_FAILED);
	assert_string_equal(t.run->checks[0].message,
			    "status 200, expected 404");
	assert_true(t.run->checks[0].attempts[0].steps[4].always);
	give_back(&t);
}

static void test_frames(void **state)
{
	struct ran t;

	(void)state;
	run_steps(&t, "      - group: g\n"
		      "        steps:\n"
		      "          - group: h\n"
		      "            steps: [ { get: '${u}/ok', name: a } ]\n"
		      "      - repeat: 3\n"
		      "        as: i\n"
		      "        steps: [ { get: '${u}/ok', name: 'r${i}' } ]\n"
		      "      - if: x\n"
		      "        is: y\n"
		      "        then: [ { get: '${u}/ok', name: t } ]\n"
		      "        else: [ { get: '${u}/ok', name: o }, { think: "
		      "1ms } ]\n");
	assert_steps(&t, "a=ok r1=ok@1 r2=ok@2 r3=ok@3 o=ok");
	assert_string_equal(t.run->checks[0].attempts[0].steps[0].group,
			    "g / h");
	assert_int_equal(t.run->verdict, RUN_OK);
	give_back(&t);
}

/* Of a wait the last round decides, and is all that is kept. */
static void test_wait(void **state)
{
	struct ran t;

	(void)state;
	run_steps(&t, "      - wait:\n"
		      "          - { get: '${u}/ok', name: a }\n"
		      "          - { get: '${u}/ok', name: b, "
		      "expect: { status: 404 } }\n"
		      "        for: 200ms\n"
		      "        every: 20ms\n"
		      "      - { get: '${u}/ok', name: c }\n");
	const struct attempt *at = &t.run->checks[0].attempts[0];
	assert_int_equal(at->n_steps, 3);
	assert_true(at->steps[0].round > 1);
	assert_int_equal(at->steps[0].round, at->steps[1].round);
	assert_int_equal(at->steps[1].outcome, OUTCOME_STATUS);
	assert_non_null(strstr(at->steps[1].message, "waited for 200 ms"));
	assert_int_equal(at->steps[2].outcome, OUTCOME_SKIPPED);
	give_back(&t);
}

static void test_repeat_stops(void **state)
{
	struct ran t;

	(void)state;
	run_steps(&t, "      - repeat: 5\n"
		      "        steps:\n"
		      "          - { get: '${u}/reset', name: a }\n"
		      "          - { get: '${u}/ok', name: b }\n"
		      "      - { get: '${u}/ok', name: c }\n");
	assert_steps(&t, "a=reset@1 b=skipped@1 c=skipped");
	give_back(&t);
}

static void test_values(void **state)
{
	struct ran t;

	(void)state;
	run_steps(&t, "      - get: '${u}/ok'\n"
		      "        name: a\n"
		      "        capture: { code: { status: true } }\n"
		      "      - { get: '${u}/echo?${code}', name: 'b${code}' }\n"
		      "      - { get: '${u}/ok', name: c, capture: { v: { "
		      "header: X-No } } }\n"
		      "    always:\n"
		      "      - { get: '${u}/echo?${v}', name: d }\n");
	assert_steps(&t, "a=ok b200=ok c=capture d=value");
	assert_int_equal(t.run->verdict, RUN_FAILED);
	give_back(&t);
}

/* A value that is missing is a failed check, not a broken machine. */
static void test_missing_value_fails(void **state)
{
	struct ran t;

	(void)state;
	run_steps(&t, "      - { get: '${u}/ok', name: a, headers: { X: "
		      "\"a\\nb\" } }\n");
	assert_steps(&t, "a=value");
	assert_int_equal(t.run->verdict, RUN_FAILED);
	assert_false(t.run->broken);
	give_back(&t);
}

/* All are tried, a failed one first, and only so often. */
static void test_attempts(void **state)
{
	char text[1000];
	struct ran t;

	(void)state;
	snprintf(text, sizeof(text),
		 "vars: { u: 'http://127.0.0.1:%u' }\n"
		 "defaults: { retries: { attempts: 3, every: 1ms } }\n"
		 "checks:\n"
		 "  bad: { steps: [ { get: '${u}/reset' } ] }\n"
		 "  good: { steps: [ { get: '${u}/ok' } ] }\n",
		 server_port(server));
	const struct run_options one = { .concurrency = 1 };
	run_text(&t, text, &one);
	assert_int_equal(t.run->n_checks, 2);
	assert_int_equal(t.run->checks[0].n_attempts, 3);
	assert_int_equal(t.run->checks[0].attempts[2].number, 3);
	assert_int_equal(t.run->checks[0].verdict, VERDICT_FAILED);
	assert_int_equal(t.run->checks[1].verdict, VERDICT_OK);
	assert_int_equal(t.run->checks[1].n_attempts, 1);
	assert_int_equal(t.run->exit_code, 1);
	give_back(&t);
}

static void test_start_period(void **state)
{
	char text[1000];
	struct ran t;

	(void)state;
	snprintf(text, sizeof(text),
		 "checks: { c: { start_period: 250ms, retries: { attempts: 2, "
		 "every: 1ms }, steps: [ { get: "
		 "'http://127.0.0.1:%u/reset' } ] } }\n",
		 server_port(server));
	run_text(&t, text, NULL);
	const struct check_result *c = &t.run->checks[0];
	/* what failed within the period comes on top of two attempts */
	assert_true(c->n_attempts > 2);
	assert_int_equal(c->attempts[0].verdict, VERDICT_STARTING);
	assert_int_equal(c->attempts[c->n_attempts - 3].verdict,
			 VERDICT_STARTING);
	assert_int_equal(c->attempts[c->n_attempts - 2].verdict,
			 VERDICT_FAILED);
	assert_int_equal(c->verdict, VERDICT_FAILED);
	give_back(&t);
}

static void test_deadline(void **state)
{
	char text[1000];
	struct ran t;

	(void)state;
	snprintf(text, sizeof(text),
		 "vars: { u: 'http://127.0.0.1:%u' }\n"
		 "checks:\n"
		 "  a: { steps: [ { get: '${u}/ok' } ] }\n"
		 "  b: { steps: [ { get: '${u}/ok' }, { get: '${u}/silent' } ] "
		 "}\n"
		 "  c: { steps: [ { get: '${u}/ok' } ] }\n",
		 server_port(server));
	const struct run_options soon = { .concurrency = 1,
					  .deadline_ns = 300000000 };
	run_text(&t, text, &soon);
	assert_true(t.run->partial);
	assert_non_null(strstr(t.run->partial_why, "300ms"));
	assert_int_equal(t.run->checks[0].verdict, VERDICT_OK);
	assert_int_equal(t.run->checks[1].verdict, VERDICT_NOT_OBSERVED);
	const struct step_result *stuck =
		&t.run->checks[1].attempts[0].steps[1];
	assert_int_equal(stuck->outcome, OUTCOME_NOT_REACHED);
	assert_true(stuck->total_ns > 0);
	assert_int_equal(t.run->checks[2].verdict, VERDICT_NOT_OBSERVED);
	assert_int_equal(t.run->checks[2].n_attempts, 0);
	assert_int_equal(t.run->exit_code, 3);
	give_back(&t);
}

/* A deadline is kept also while nothing but the journey itself is busy. */
static void test_deadline_in_pauses(void **state)
{
	char text[1000];
	struct ran t;

	(void)state;
	snprintf(text, sizeof(text),
		 "checks:\n"
		 "  think: { steps: [ { get: 'http://127.0.0.1:%u/ok' }, "
		 "{ think: 1h } ] }\n"
		 "  wait: { steps: [ { wait: [ { get: "
		 "'http://127.0.0.1:%u/reset' } ], for: 1h, every: 30m } ] }\n",
		 server_port(server), server_port(server));
	const struct run_options soon = { .deadline_ns = 200000000 };
	run_text(&t, text, &soon);
	assert_int_equal(t.run->checks[0].verdict, VERDICT_NOT_OBSERVED);
	assert_int_equal(t.run->checks[1].verdict, VERDICT_NOT_OBSERVED);
	give_back(&t);
}

static void test_secrets(void **state)
{
	static const struct {
		const char *value;
		const char *problem; /* NULL: none */
	} rows[] = {
		{ NULL, "not set" },
		{ "", "empty" },
		{ "abc", "too short" },
		{ "abcd", NULL },
	};
	const struct load_options options = { .getenv = read_env };
	const char *text = "secrets: [ASSAY_TEST_KEY]\n"
			   "checks: { c: { steps: [ { get: 'http://h/' } ] } }";

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct errs es = { 0 }, warnings = { 0 };
		struct secret_values values;
		struct arena *a = arena_new(1 << 20);
		struct redactor *r = redactor_new();

		if (rows[i].value)
			setenv("ASSAY_TEST_KEY", rows[i].value, 1);
		else
			unsetenv("ASSAY_TEST_KEY");
		struct scenario *sc = scenario_load_text(
			"t.yaml", text, strlen(text), &options, &es, NULL);
		assert_int_equal(es.n, 0);
		bool ok = secrets_read(sc, a, r, &values, &es, &warnings);
		assert_int_equal(ok, rows[i].problem == NULL);
		if (rows[i].problem)
			assert_non_null(
				strstr(es.item[0].text, rows[i].problem));
		else
			assert_non_null(
				secrets_find(&values, "ASSAY_TEST_KEY"));
		secrets_wipe(&values);
		scenario_free(sc);
		redactor_free(r);
		arena_free(a);
	}
}

static int set_up(void **state)
{
	static struct errs es;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	server = server_start(SERVER_HTTP, NULL);
	return engine_global_init(&es) && server ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	server_stop(server);
	engine_global_release();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_skips),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_repeat_stops),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_missing_value_fails),
		cmocka_unit_test(test_attempts),
		cmocka_unit_test(test_start_period),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_deadline_in_pauses),
		cmocka_unit_test(test_secrets),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
