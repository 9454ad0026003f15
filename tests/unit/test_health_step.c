/* SPDX-License-Identifier: MIT */
/* folder: probe */
#include "probe/steps/health.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "probe/judge/judge.h"
#include "probe/world.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/load.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

enum { ARENA_MAX = 1 << 20, SCENARIO_MAX = 4096 };

static struct errs problems, warnings;

static struct scenario *load(const char *keys)
{
	struct buf yaml;

	buf_init(&yaml, SCENARIO_MAX);
	buf_printf(&yaml,
		   "name: t\nchecks:\n  c:\n    steps:\n"
		   "      - health: http://127.0.0.1/health\n%s",
		   keys);
	memset(&problems, 0, sizeof(problems));
	struct scenario *sc = scenario_load_text(
		"t.yaml", buf_text(&yaml), yaml.len,
		&(struct load_options){ 0 }, &problems, &warnings);
	if (problems.n)
		fail_msg("%s: %s", keys, problems.item[0].text);
	buf_release(&yaml);
	return sc;
}

/* Each row that is not ok, with its severity where it is a part. */
static void failed_line(const struct step_result *r, struct buf *out)
{
	for (size_t i = 0; i < r->n_expectations; i++) {
		const struct expectation *row = &r->expectations[i];

		if (row->ok)
			continue;
		buf_printf(out, "%s%s=%s", out->len ? "; " : "", row->subject,
			   row->seen);
		if (row->is_part)
			buf_printf(out, "/%s", severity_name(row->severity));
	}
}

static const struct step_row {
	const char *id;
	const char *keys; /* of the step */
	long status;
	const char *body;
	enum outcome outcome;
	const char *failed;
	const char *message; /* starts so */
} step_rows[] = {
	{ "all is well", "", 200,
	  "{\"status\":\"ok\",\"version\":\"1.0.0\",\"checks\":{\"db\":\"up\"}"
	  "}",
	  OUTCOME_OK, "", "" },
	{ "FH7", "        shape: checks\n", 200,
	  "{\"status\":\"healthy\",\"checks\":{\"disk\":{\"status\":"
	  "\"unhealthy\",\"free_gb\":0.4}}}",
	  OUTCOME_UNHEALTHY,
	  "part disk=unhealthy (free_gb 0.4)/error; part "
	  "disk.free_gb=0.4/error",
	  "part disk unhealthy (free_gb 0.4), expected ok: the overall word "
	  "says \"healthy\" all the same; and 1 more" },
	{ "FH7: a bound of one's own takes the place of the shape's",
	  "        shape: checks\n"
	  "        bounds: { $.checks.disk.free_gb: { gt: 0.1 } }\n",
	  200,
	  "{\"status\":\"healthy\",\"checks\":{\"disk\":{\"status\":"
	  "\"healthy\",\"free_gb\":0.4}}}",
	  OUTCOME_OK, "", "" },
	{ "FH7: a bound that does not hold",
	  "        bounds: { $.checks.disk.free_gb: { gt: 5 } }\n"
	  "        severities: { checks.disk.free_gb: critical }\n",
	  200,
	  "{\"status\":\"healthy\",\"checks\":{\"disk\":{\"status\":"
	  "\"healthy\",\"free_gb\":0.4}}}",
	  OUTCOME_UNHEALTHY, "part $.checks.disk.free_gb=0.4/critical",
	  "part $.checks.disk.free_gb 0.4, expected more than 5" },
	{ "a bound of what is not there",
	  "        bounds: { $.load: { lt: 5 } }\n", 200,
	  "{\"status\":\"healthy\"}", OUTCOME_UNHEALTHY,
	  "part $.load=nothing/error", "part $.load nothing" },
	{ "a bound without JSON", "        bounds: { $.load: { lt: 5 } }\n",
	  200, "ok", OUTCOME_UNHEALTHY, "part $.load=nothing/error",
	  "part $.load nothing" },
	{ "FH8: severities by name",
	  "        severities: { cache: info, overall: warning }\n", 503,
	  "{\"status\":\"down\",\"checks\":{\"cache\":\"down\","
	  "\"db\":\"degraded\"}}",
	  OUTCOME_UNHEALTHY,
	  "part overall=down/warning; part cache=down/info; "
	  "part db=degraded/warning",
	  "part overall down" },
	{ "FH10: the expected version", "        version: 1.4.2\n", 200,
	  "{\"status\":\"ok\",\"version\":\"1.4.2\"}", OUTCOME_OK, "", "" },
	{ "FH10: another version", "        version: 1.4.2\n", 200,
	  "{\"status\":\"ok\",\"version\":\"1.4.1\"}", OUTCOME_EXPECT,
	  "version=\"1.4.1\"", "version \"1.4.1\", expected \"1.4.2\"" },
	{ "FH10: no version", "        version: 1.4.2\n", 200,
	  "{\"status\":\"ok\"}", OUTCOME_EXPECT, "version=nothing",
	  "version nothing, expected \"1.4.2\"" },
	{ "TX3: starting", "        shape: ready\n", 503,
	  "{\"status\":\"not_ready\"}", OUTCOME_STARTING,
	  "part overall=not_ready/warning", "part overall not_ready" },
	{ "TX3: a part is down", "", 503,
	  "{\"status\":\"not_ready\",\"checks\":{\"db\":\"down\"}}",
	  OUTCOME_UNHEALTHY,
	  "part overall=not_ready/warning; part db=down/critical",
	  "part db down" },
	{ "TX3: a version is wrong as well",
	  "        shape: ready\n        version: 2.0.0\n", 503,
	  "{\"status\":\"not_ready\",\"version\":\"1.0.0\"}", OUTCOME_EXPECT,
	  "part overall=not_ready/warning; version=\"1.0.0\"",
	  "part overall not_ready" },
	{ "TX1: an age of one's own", "        max_age: 1h\n", 200,
	  "{\"status\":\"ok\",\"timestamp\":1}", OUTCOME_UNHEALTHY, NULL,
	  "part timestamp 20" },
	{ "words of one's own", "        words: { ok: [passing, 1] }\n", 200,
	  "{\"status\":\"passing\",\"checks\":{\"a\":1}}", OUTCOME_OK, "", "" },
	{ "no personal data in a note", "", 503,
	  "{\"status\":\"down\",\"error\":\"mail jane@example.org\"}",
	  OUTCOME_UNHEALTHY, "part overall=down/critical",
	  "part overall down, expected ok: mail [" },
};

static void judge(const struct step_row *row, struct arena *a,
		  const struct scenario *sc, struct step_result *r)
{
	const struct step *step = &sc->checks[0].steps.item[0];
	struct template_world world = world_now(NULL, 0);
	struct answer an = { .status = row->status };
	struct seen seen = { .answer = &an,
			     .url = "http://127.0.0.1/health",
			     .wall_ns = 1769774400000000000ull };
	struct judging j;

	buf_init(&an.body, BUF_NO_LIMIT);
	buf_puts(&an.body, row->body);
	judging_init(&j, a, &world, NULL, step, &seen);
	judge_expect(&j, &step->expect);
	health_judge(&j, step->spec);
	judging_finish(&j, r);
	judging_release(&j);
	buf_release(&an.body);
}

static void steps_are_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(step_rows); i++) {
		const struct step_row *row = &step_rows[i];
		struct step_result r = { .message = "" };
		struct arena *a = arena_new(ARENA_MAX);
		struct scenario *sc = load(row->keys);
		struct buf failed;

		buf_init(&failed, BUF_NO_LIMIT);
		judge(row, a, sc, &r);
		failed_line(&r, &failed);
		if (r.outcome != row->outcome)
			fail_msg("%s: outcome %s", row->id,
				 outcome_name(r.outcome));
		if (row->failed && strcmp(buf_text(&failed), row->failed))
			fail_msg("%s: got %s", row->id, buf_text(&failed));
		if (strncmp(r.message, row->message, strlen(row->message)))
			fail_msg("%s: says %s", row->id, r.message);
		buf_release(&failed);
		scenario_free(sc);
		arena_free(a);
	}
}

/* FH10: the version is a row of its own, also when nothing is expected. */
static void the_version_is_recorded(void **state)
{
	static const struct step_row row = {
		.keys = "",
		.status = 200,
		.body = "{\"status\":\"ok\",\"version\":\"1.4.2\"}"
	};
	struct step_result r = { .message = "" };
	struct arena *a = arena_new(ARENA_MAX);
	struct scenario *sc = load(row.keys);
	const struct expectation *last;

	(void)state;
	judge(&row, a, sc, &r);
	assert_int_equal(2, r.n_expectations);
	last = &r.expectations[1];
	assert_string_equal("version", last->subject);
	assert_string_equal("1.4.2", last->seen);
	assert_true(last->ok);
	assert_false(last->is_part);
	assert_true(r.expectations[0].is_part);
	scenario_free(sc);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_are_judged),
		cmocka_unit_test(the_version_is_recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
