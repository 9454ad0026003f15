/* SPDX-License-Identifier: MIT */
/* folder: probe */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "probe/judge/certs.h"
#include "probe/judge/judge.h"
#include "probe/world.h"
#include "report/redact/redact.h"
#include "scenarios/base/arena.h"
#include "scenarios/load.h"
#include "scenarios/base/options.h"
#include "scenarios/base/units.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

enum { DAY_S = 86400 };
#define NOW_S INT64_C(1800000000)

/* A made-up answer judged by a step as a file would have it. */
struct bench {
	struct scenario *scenario;
	struct errs problems;
	struct arena *arena;
	struct redactor *redactor;
	struct template_world world;
	struct answer answer;
	struct seen seen;
	struct judging j;
	struct step_result r;
};

static struct bench b;

static void load_bench(const char *expect)
{
	char text[4000];
	const struct load_options options = { 0 };

	b = (struct bench){ .arena = arena_new(1 << 20),
			    .redactor = redactor_new() };
	int len = snprintf(text, sizeof(text),
			   "checks:\n  c:\n    steps:\n      - get: http://h/\n"
			   "        expect: %s\n",
			   expect);
	b.scenario = scenario_load_text("t.yaml", text, (size_t)len, &options,
					&b.problems, NULL);
	if (b.problems.n > 0)
		print_error("%s\n", b.problems.item[0].text);
	assert_int_equal(b.problems.n, 0);
	b.world = world_now(NULL, 0);
	b.answer = (struct answer){ .outcome = OUTCOME_OK,
				    .detail = "",
				    .protocol = "HTTP/1.1",
				    .remote = "[::1]:80",
				    .status = 200 };
	buf_init(&b.answer.body, 1 << 20);
	b.seen = (struct seen){ .answer = &b.answer,
				.url = "http://h/",
				.wall_ns = (uint64_t)NOW_S * UNIT_NS_PER_S };
	b.r = (struct step_result){ .message = "" };
}

static void judge_bench(void)
{
	const struct step *st = &b.scenario->checks[0].steps.item[0];

	judging_init(&b.j, b.arena, &b.world, b.redactor, st, &b.seen);
	judge_expect(&b.j, &st->expect);
	judging_finish(&b.j, &b.r);
	judging_release(&b.j);
}

static void close_bench(void)
{
	buf_release(&b.answer.body);
	scenario_free(b.scenario);
	redactor_free(b.redactor);
	arena_free(b.arena);
}

static const struct expectation *row(const char *subject)
{
	for (size_t i = 0; i < b.r.n_expectations; i++)
		if (!strcmp(b.r.expectations[i].subject, subject))
			return &b.r.expectations[i];
	fail_msg("no row \"%s\"", subject);
	return NULL;
}

static void test_well(void **state)
{
	static const struct field headers[] = { { "Via", "a" },
						{ "via", "b" } };

	(void)state;
	load_bench("{ status: [200, 404], headers: { Via: 'a, b' }, ip: '::1', "
		   "protocol: HTTP/1.1, url: http://h/, redirects: 0, "
		   "size: 12B, json: { $.a: 1, $.b: { exists: false } } }");
	b.answer.headers = headers;
	b.answer.n_headers = COUNT(headers);
	buf_puts(&b.answer.body, " { \"a\": 1 } ");
	judge_bench();
	for (size_t i = 0; i < b.r.n_expectations; i++)
		if (!b.r.expectations[i].ok)
			fail_msg("%s: %s", b.r.expectations[i].subject,
				 b.r.expectations[i].note);
	assert_int_equal(b.r.n_expectations, 9);
	assert_int_equal(b.r.outcome, OUTCOME_OK);
	assert_string_equal(b.r.message, "");
	close_bench();
}

/* Every expectation is judged, whatever the status was. */
static void test_all_are_judged(void **state)
{
	(void)state;
	load_bench("{ status: 200, json: { $.status: healthy, "
		   "$.db: up }, headers: { X: y } }");
	b.answer.status = 503;
	buf_puts(&b.answer.body, "{\"status\":\"unhealthy\",\"db\":\"up\"}");
	judge_bench();
	assert_int_equal(b.r.outcome, OUTCOME_STATUS);
	assert_int_equal(b.r.n_expectations, 4);
	assert_true(row("json $.db")->ok);
	assert_false(row("json $.status")->ok);
	assert_non_null(strstr(row("json $.status")->seen, "unhealthy"));
	assert_string_equal(row("header X")->seen, "nothing");
	assert_string_equal(b.r.message,
			    "status 503, expected 200; and 2 more");
	assert_string_equal(row("status")->at.file, "t.yaml");
	close_bench();
}

static void test_no_json(void **state)
{
	(void)state;
	load_bench("{ json: { $.a: 1, $.b: 2 } }");
	buf_puts(&b.answer.body, "not ready");
	judge_bench();
	assert_int_equal(b.r.outcome, OUTCOME_EXPECT);
	assert_non_null(strstr(row("json $.a")->note,
			       "the body is not JSON: line 1, column 1"));
	assert_string_equal(row("json $.b")->note, "the body is not JSON");
	close_bench();
}

static void test_time(void **state)
{
	(void)state;
	load_bench("{ time: { total: { lt: 2s }, dns: { lt: 1s }, "
		   "tls: { lt: 1s } } }");
	b.seen.phases.ns[PHASE_LATENESS] = 90 * UNIT_NS_PER_S;
	b.seen.phases.ns[PHASE_QUEUE] = 90 * UNIT_NS_PER_S;
	b.seen.phases.ns[PHASE_DNS] = 4800 * UNIT_NS_PER_MS;
	b.seen.phases.ns[PHASE_WAIT] = 200 * UNIT_NS_PER_MS;
	judge_bench();
	/* our own lateness is none of the target's */
	assert_string_equal(row("time total")->seen, "5.00 s");
	assert_string_equal(row("time total")->note,
			    "dns took 4.80 s of 5.00 s");
	assert_false(row("time dns")->ok);
	/* what was not there is no time of 0 */
	assert_false(row("time tls")->ok);
	assert_string_equal(row("time tls")->note,
			    "the connection was not encrypted");
	b.seen.is_encrypted = true;
	judge_bench();
	assert_true(row("time tls")->ok);
	close_bench();
}

static void test_server_time(void **state)
{
	static const struct field took[] = { { "X-Process-Time", "0.5" } };

	(void)state;
	load_bench("{ time: { server: { lt: 1s }, network: { lt: 1s } } }");
	b.seen.server_time_header = "x-process-time";
	b.seen.server_time_unit_ns = UNIT_NS_PER_S;
	b.seen.phases.ns[PHASE_WAIT] = 700 * UNIT_NS_PER_MS;
	b.answer.headers = took;
	b.answer.n_headers = 1;
	judge_bench();
	assert_int_equal(b.r.outcome, OUTCOME_OK);
	assert_string_equal(row("time server")->seen, "500 ms");
	assert_string_equal(row("time network")->seen, "200 ms");
	close_bench();
}

static void test_redacted(void **state)
{
	(void)state;
	load_bench("{ json: { $.key: x, $.mail: y } }");
	assert_true(redactor_add(b.redactor, "hunter22", 8));
	buf_puts(&b.answer.body, "{\"key\":\"hunter22\","
				 "\"mail\":\"ann@example.org\"}");
	judge_bench();
	assert_null(strstr(row("json $.key")->seen, "hunter"));
	assert_null(strstr(row("json $.mail")->seen, "ann@"));
	assert_null(strstr(b.r.message, "hunter"));
	close_bench();
}

/* An address loses its at sign where it is cut; then nobody finds it. */
static void test_redacted_before_cut(void **state)
{
	(void)state;
	for (size_t pad = 90; pad < 130; pad++) {
		load_bench("{ json: { $: { each: { eq: 1 } } } }");
		buf_puts(&b.answer.body, "{\"a\":\"");
		buf_fill(&b.answer.body, '-', pad);
		buf_puts(&b.answer.body, " http://joe:hunter22@db/\"}");
		judge_bench();
		assert_null(strstr(row("json $")->seen, "hunt"));
		assert_null(strstr(row("json $")->note, "hunt"));
		assert_null(strstr(b.r.message, "hunt"));
		close_bench();
	}
}

static void test_bounded(void **state)
{
	(void)state;
	load_bench("{ body: x }");
	assert_true(redactor_add(b.redactor, "0123456789abcdef", 16));
	for (int i = 0; i < 1000; i++)
		buf_puts(&b.answer.body, "0123456789abcdef ");
	judge_bench();
	assert_true(strlen(row("body")->seen) <= JUDGE_TEXT_MAX);
	assert_null(strstr(row("body")->seen, "01234"));
	close_bench();
}

static void test_certificate(void **state)
{
	static const struct cert certs[] = {
		{ .role = "leaf",
		  .subject = "CN=a",
		  .issuer = "CN=i",
		  .names = "a.example, b.example",
		  .serial = "",
		  .key = "",
		  .signature = "",
		  .sha256 = "",
		  .not_after_s = NOW_S + 90 * DAY_S,
		  .on_path = true },
		{ .role = "intermediate",
		  .subject = "CN=i",
		  .names = "",
		  .not_after_s = NOW_S + 100,
		  .on_path = true },
		{ .role = "extra",
		  .subject = "CN=x",
		  .names = "",
		  .not_after_s = NOW_S - 1000,
		  .on_path = false },
	};
	static const struct tls_facts tls = { .protocol = "TLSv1.1",
					      .cipher = "c",
					      .sni = "h",
					      .name = "h",
					      .why = "",
					      .trusted = true,
					      .n_certs = COUNT(certs),
					      .certs = certs };

	(void)state;
	load_bench("{ certificate: { expires_in: { gt: 14d }, name: match, "
		   "leaf_expires_in: { gt: 14d }, version: { ge: TLSv1.2 }, "
		   "issuer: CN=i, names: { any: b.example } } }");
	b.answer.tls = &tls;
	judge_bench();
	assert_string_equal(row("certificate expires_in")->seen,
			    "expires today");
	assert_string_equal(row("certificate expires_in")->note,
			    "it is the intermediate \"CN=i\"");
	assert_true(row("certificate leaf_expires_in")->ok);
	assert_string_equal(row("certificate leaf_expires_in")->seen,
			    "expires in 90 days");
	assert_false(row("certificate version")->ok);
	assert_false(row("certificate name")->ok);
	assert_non_null(strstr(row("certificate name")->note, "a.example"));
	assert_true(row("certificate issuer")->ok);
	assert_true(row("certificate names")->ok);
	close_bench();
}

static void test_not_encrypted(void **state)
{
	(void)state;
	load_bench("{ certificate: { chain: trusted } }");
	judge_bench();
	assert_string_equal(row("certificate chain")->note,
			    "the connection was not encrypted");
	close_bench();
}

static void test_days(void **state)
{
	static const struct {
		int64_t left_s;
		const char *words;
	} rows[] = {
		{ 2 * DAY_S, "expires in 2 days" },
		{ 2 * DAY_S - 1, "expires in 1 day" },
		{ DAY_S, "expires in 1 day" },
		{ DAY_S - 1, "expires today" },
		{ 0, "expires today" },
		{ -1, "expired today" },
		{ -DAY_S + 1, "expired today" },
		{ -DAY_S, "expired 1 day ago" },
		{ -3 * DAY_S - 5, "expired 3 days ago" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct cert c = { .not_after_s = NOW_S + rows[i].left_s };
		struct buf out;

		buf_init(&out, 100);
		certs_say_expiry(&c, (uint64_t)NOW_S * UNIT_NS_PER_S, &out);
		assert_string_equal(buf_text(&out), rows[i].words);
		buf_release(&out);
	}
	const struct cert far = { .not_after_s = INT64_MAX / 2 };
	assert_int_equal(certs_left_ns(&far, 0), INT64_MAX);
}

/* A transport that failed keeps its outcome. */
static void test_outcome_stays(void **state)
{
	(void)state;
	load_bench("{ status: 200 }");
	b.answer.status = 0;
	b.r.outcome = OUTCOME_TLS_EXPIRED;
	b.r.message = "as it was";
	judge_bench();
	assert_int_equal(b.r.outcome, OUTCOME_TLS_EXPIRED);
	assert_string_equal(b.r.message, "as it was");
	close_bench();
}

/* Rows of kinds that judge more: the worst part is told first. */
static void test_parts(void **state)
{
	const struct expectation parts[] = {
		{ .subject = "part cache",
		  .expected = "ok",
		  .seen = "down",
		  .is_part = true,
		  .severity = SEVERITY_WARNING },
		{ .subject = "part database",
		  .expected = "ok",
		  .seen = "down",
		  .is_part = true,
		  .severity = SEVERITY_CRITICAL },
	};
	const struct step *st;

	(void)state;
	load_bench("{ status: 200 }");
	st = &b.scenario->checks[0].steps.item[0];
	judging_init(&b.j, b.arena, &b.world, b.redactor, st, &b.seen);
	judge_expect(&b.j, &st->expect);
	judging_add(&b.j, &parts[0], true);
	judging_add(&b.j, &parts[1], true);
	b.j.outcome = OUTCOME_UNHEALTHY;
	judging_finish(&b.j, &b.r);
	judging_release(&b.j);
	assert_int_equal(b.r.outcome, OUTCOME_UNHEALTHY);
	assert_string_equal(b.r.message, "part database down, expected ok; "
					 "and 1 more");
	assert_string_equal(row("part cache")->at.file, "t.yaml");
	close_bench();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_well),
		cmocka_unit_test(test_all_are_judged),
		cmocka_unit_test(test_no_json),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_server_time),
		cmocka_unit_test(test_redacted),
		cmocka_unit_test(test_redacted_before_cut),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_certificate),
		cmocka_unit_test(test_not_encrypted),
		cmocka_unit_test(test_days),
		cmocka_unit_test(test_outcome_stays),
		cmocka_unit_test(test_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
