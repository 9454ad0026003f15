/* SPDX-License-Identifier: MIT */
/* folder: scenarios */
#include "scenarios/rule/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "scenarios/base/arena.h"
#include "scenarios/doc/doc.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define MS	   1000000.0
#define S	   1000000000.0

static struct errs es;

static void same_text(const char *rule, const char *got, const char *wanted)
{
	if (!got != !wanted || (got && strcmp(got, wanted) != 0))
		fail_msg("%s: got \"%s\", wanted \"%s\"", rule,
			 got ? got : "nothing", wanted ? wanted : "nothing");
}

static bool near(double a, double b)
{
	double d = a - b;

	return d < 1e-12 && d > -1e-12;
}

static const struct rule good_rows[] = {
	{ .text = "p99(latency) < 300ms", .quantile = 0.99, .value = 300 * MS },
	{ .text = "p99.9(latency) <= 1s",
	  .quantile = 0.999,
	  .op = RULE_LE,
	  .value = S },
	{ .text = "p50(iteration)>1m30s",
	  .quantile = 0.5,
	  .metric = RULE_ITERATION,
	  .op = RULE_GT,
	  .value = 90 * S },
	{ .text = "ratio(errors) < 1%",
	  .function = RULE_RATIO,
	  .select = { .kind = RULE_ERRORS },
	  .value = 0.01 },
	{ .text = "ratio(errors) < 0.01",
	  .function = RULE_RATIO,
	  .select = { .kind = RULE_ERRORS },
	  .value = 0.01 },
	{ .text = "rate(ok) >= 95% of planned",
	  .function = RULE_RATE,
	  .select = { .kind = RULE_OK },
	  .op = RULE_GE,
	  .value = 0.95,
	  .is_of_planned = true },
	{ .text = "p95(latency, step: login, window: 10s) < 2s",
	  .quantile = 0.95,
	  .step = "login",
	  .window_ns = 10000000000,
	  .value = 2 * S },
	{ .text = "p95(latency,window:10s,step:'sign in, then') < 2s",
	  .quantile = 0.95,
	  .step = "sign in, then",
	  .window_ns = 10000000000,
	  .value = 2 * S },
	{ .text = "p95(latency, 5m) > 2s for 10m",
	  .quantile = 0.95,
	  .window_ns = 300000000000,
	  .op = RULE_GT,
	  .value = 2 * S,
	  .for_ns = 600000000000 },
	{ .text = "count(status>=500, 5m) > 10",
	  .function = RULE_COUNT,
	  .select = { RULE_STATUS, 500, 999, false },
	  .window_ns = 300000000000,
	  .op = RULE_GT,
	  .value = 10 },
	{ .text = "ratio(5xx, 5m) > 0.05 for 5m",
	  .function = RULE_RATIO,
	  .select = { RULE_STATUS, 500, 599, false },
	  .window_ns = 300000000000,
	  .op = RULE_GT,
	  .value = 0.05,
	  .for_ns = 300000000000 },
	{ .text = "down_for() < 60s",
	  .function = RULE_DOWN_FOR,
	  .value = 60 * S },
	{ .text = "down_for(step: 'a b', 5m) < 60s",
	  .function = RULE_DOWN_FOR,
	  .step = "a b",
	  .window_ns = 300000000000,
	  .value = 60 * S },
	{ .text = "count(status != 200) == 0",
	  .function = RULE_COUNT,
	  .select = { RULE_STATUS, 200, 200, true },
	  .op = RULE_EQ },
	{ .text = "count(status < 400) != 7",
	  .function = RULE_COUNT,
	  .select = { RULE_STATUS, 100, 399, false },
	  .op = RULE_NE,
	  .value = 7 },
	{ .text = "count(status <= 299) > 7",
	  .function = RULE_COUNT,
	  .select = { RULE_STATUS, 100, 299, false },
	  .op = RULE_GT,
	  .value = 7 },
	{ .text = "count(status > 299) > 7",
	  .function = RULE_COUNT,
	  .select = { RULE_STATUS, 300, 999, false },
	  .op = RULE_GT,
	  .value = 7 },
	{ .text = "count(status == 429) > 7",
	  .function = RULE_COUNT,
	  .select = { RULE_STATUS, 429, 429, false },
	  .op = RULE_GT,
	  .value = 7 },
	{ .text = "rate(all) >= 180/s",
	  .function = RULE_RATE,
	  .op = RULE_GE,
	  .value = 180 },
	{ .text = "rate(dropped) < 30/min",
	  .function = RULE_RATE,
	  .select = { .kind = RULE_DROPPED },
	  .value = 0.5 },
	{ .text = "count(timeouts) < 3",
	  .function = RULE_COUNT,
	  .select = { .kind = RULE_TIMEOUTS },
	  .value = 3 },
	{ .text = "mean(service) < 20ms",
	  .function = RULE_MEAN,
	  .metric = RULE_SERVICE,
	  .value = 20 * MS },
	{ .text = "min(connect) < 20ms",
	  .function = RULE_MIN,
	  .metric = RULE_CONNECT,
	  .value = 20 * MS },
	{ .text = "max(lateness) < 20ms",
	  .function = RULE_MAX,
	  .metric = RULE_LATENESS,
	  .value = 20 * MS },
	{ .text = "max(first_byte) < 20ms",
	  .function = RULE_MAX,
	  .metric = RULE_FIRST_BYTE,
	  .value = 20 * MS },
};

static void good_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(good_rows); i++) {
		const struct rule *want = &good_rows[i];
		struct arena *a = arena_new(1 << 20);
		struct rule r;

		memset(&es, 0, sizeof(es));
		if (!rule_parse(a, want->text, strlen(want->text), NOWHERE, &r,
				&es))
			fail_msg("%s: %s", want->text, es.item[0].text);
		same_text(want->text, r.text, want->text);
		same_text(want->text, r.step, want->step);
		if (r.function != want->function || r.metric != want->metric ||
		    r.op != want->op || r.window_ns != want->window_ns ||
		    r.for_ns != want->for_ns || !near(r.value, want->value) ||
		    !near(r.quantile, want->quantile) ||
		    r.is_of_planned != want->is_of_planned)
			fail_msg("%s: read as something else", want->text);
		if (r.select.kind != want->select.kind ||
		    r.select.status_low != want->select.status_low ||
		    r.select.status_high != want->select.status_high ||
		    r.select.is_other != want->select.is_other)
			fail_msg("%s: selects something else", want->text);
		arena_free(a);
	}
}

/* A rule, the column of its mistake, and a part of what is said. */
static void bad_rules(void **state)
{
	static const struct {
		const char *text;
		unsigned col;
		const char *part;
	} rows[] = {
		{ "", 1, "a function of a rule is missing" },
		{ "p99", 4, "p95(latency)" },
		{ "ratio < 1%", 7, "ratio(errors)" },
		{ "down_for < 1s", 10, "down_for()" },
		{ "p99(latency", 12, "\")\" is missing" },
		{ "p99(latency) ", 14, "one of < <=" },
		{ "p99(latency) <", 15, "the value is missing: a duration" },
		{ "p99(latency) < 300", 16, "write 300s or 300ms" },
		{ "p99(latency) < 1%", 16, "a duration like 300ms" },
		{ "p99(latency) < 2w", 16, "at most 7d" },
		{ "p99(latency) = 1s", 14, "did you mean \"==\"" },
		{ "p99(latency) => 1s", 14, "one of < <=" },
		{ "p99(latency) <> 1s", 14, "one of < <=" },
		{ "p99(latency) < 1s 2", 19, "the rule is over here" },
		{ "p99(latency) < 1s and ratio(errors) < 1%", 19, "comma" },
		{ "p99(latency) < 1s && a", 19, "comma" },
		{ "p99(latency) < 1s or a", 19, "no \"or\"" },
		{ "p99(latency) < 1s, ratio(errors) < 1%", 18, "one rule" },
		{ "p99(latency) < 1s for", 22, "\"for\" needs a duration" },
		{ "p99(latency) < 1s for 5", 23, "write 5s" },
		{ "p99(latency) < 1s for 0s", 23, "at least 1ns" },
		{ "p99(latency) < 50% of planned", 16, "a duration" },
		{ "p99(latency) < 1s of planned", 16, "only a rate" },
		{ "p0(latency) < 1s", 1, "not a quantile" },
		{ "p100(latency) < 1s", 1, "\"max\"" },
		{ "p9.9.9(latency) < 1s", 1, "not a quantile" },
		{ "p99999999999999999999999999999999999999999(x) < 1s", 1,
		  "not a quantile" },
		{ "p99(latncy) < 1s", 5, "did you mean \"latency\"" },
		{ "p99() < 1s", 5, "a time that is measured is missing" },
		{ "p99(errors) < 1s", 5, "has no time" },
		{ "ratio(latency) < 1%", 7, "is a time" },
		{ "ratio(erors) < 1%", 7, "did you mean \"errors\"" },
		{ "ratio(6xx) < 1%", 7, "a kind of request" },
		{ "ratio(errors) < 5", 17, "0 to 1" },
		{ "ratio(errors) < 101%", 17, "0 to 1" },
		{ "ratio(errors) < 1s", 17, "a share like 1%" },
		{ "ratio(errors) < -1", 17, "0 to 1" },
		{ "rate(ok) >= 180", 13, "180/s" },
		{ "rate(ok) >= 95%", 16, "of planned" },
		{ "rate(ok) >= 95% of", 19, "of planned" },
		{ "rate(ok) >= 1001% of planned", 13, "at most 1000%" },
		{ "count(ok) < 1.5", 13, "whole number" },
		{ "count(ok) < 99999999999999999", 13, "larger than" },
		{ "count(status) < 5", 13, "one of < <=" },
		{ "count(status >= 5) < 5", 17, "from 100 to 599" },
		{ "count(status < 100) < 5", 16, "less than 100" },
		{ "p99(latency, 500ms) < 1s", 14, "at least 1s" },
		{ "p99(latency, 2h) < 1s", 14, "at most 1h" },
		{ "p99(latency, 5m, window: 5m) < 1s", 26, "said already" },
		{ "p99(latency, step: a, step: b) < 1s", 29, "said already" },
		{ "p99(latency, stpe: a) < 1s", 14, "did you mean \"step\"" },
		{ "p99(latency, step a) < 1s", 19, "comes a colon" },
		{ "p99(latency, step: ) < 1s", 20, "the name of a step" },
		{ "p99(latency, step: get /x) < 1s", 20, "needs quotes" },
		{ "p99(latency, step: \"get) < 1s", 20, "never closed" },
		{ "p99(latency;) < 1s", 12, "\",\" or \")\"" },
		{ "p99(iteration, step: a) < 1s", 23, "a whole flow" },
		{ "avg(latency) < 1s", 1, "write mean(latency)" },
		{ "latency < 1s", 1, "write p95(latency)" },
		{ "rato(errors) < 1%", 1, "did you mean \"ratio\"" },
	};
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct arena *a = arena_new(1 << 20);
		size_t len = strlen(rows[i].text);
		struct source *src = doc_source(a, "r", rows[i].text, len, &es);
		struct rule r;

		memset(&es, 0, sizeof(es));
		if (rule_parse(a, rows[i].text, len, place_at(src, 0), &r, &es))
			fail_msg("\"%s\" is taken", rows[i].text);
		assert_int_equal(es.n, 1);
		if (!strstr(es.item[0].text, rows[i].part) ||
		    es.item[0].at.col != rows[i].col)
			fail_msg("\"%s\": %u: %s", rows[i].text,
				 es.item[0].at.col, es.item[0].text);
		arena_free(a);
	}
}

static void several_rules(void **state)
{
	static const char text[] =
		" p99(latency, 5m) < 200ms,\n ratio(errors) < 0.1% ";
	struct arena *a = arena_new(1 << 20);
	const struct rule *rules = NULL;
	size_t n = 0;

	(void)state;
	memset(&es, 0, sizeof(es));
	assert_true(
		rules_parse(a, text, strlen(text), NOWHERE, &rules, &n, &es));
	assert_int_equal(n, 2);
	assert_string_equal(rules[0].text, "p99(latency, 5m) < 200ms");
	assert_string_equal(rules[1].text, "ratio(errors) < 0.1%");
	assert_false(
		rules_parse(a, "count(ok) > 1,", 14, NOWHERE, &rules, &n, &es));
	arena_free(a);
}

static void limits_of_size(void **state)
{
	struct arena *a = arena_new(1 << 24);
	char text[RULES_MAX * 16];
	const struct rule *rules = NULL;
	struct rule r;
	size_t n = 0;
	size_t len = 0;

	(void)state;
	memset(&es, 0, sizeof(es));
	memset(text, ' ', sizeof(text));
	memcpy(text, "count(ok)", 9);
	memcpy(text + RULE_TEXT_MAX - 3, "> 1", 3);
	assert_true(rule_parse(a, text, RULE_TEXT_MAX, NOWHERE, &r, &es));
	memmove(text + RULE_TEXT_MAX - 2, "> 1", 3);
	text[RULE_TEXT_MAX - 3] = ' ';
	assert_false(rule_parse(a, text, RULE_TEXT_MAX + 1, NOWHERE, &r, &es));
	assert_non_null(strstr(es.item[0].text, "at most 300 bytes, got 301"));
	for (size_t i = 0; i <= RULES_MAX; i++) {
		memcpy(text + len, "count(ok)>1,", 12);
		len += 12;
	}
	memset(&es, 0, sizeof(es));
	assert_true(rules_parse(a, text, len - 13, NOWHERE, &rules, &n, &es));
	assert_int_equal(n, RULES_MAX);
	assert_false(rules_parse(a, text, len - 1, NOWHERE, &rules, &n, &es));
	assert_non_null(strstr(es.item[0].text, "at most 100"));
	arena_free(a);
}

static void judging(void **state)
{
	static const struct {
		enum rule_op op;
		bool below, equal, above;
	} rows[] = {
		{ RULE_LT, true, false, false }, { RULE_LE, true, true, false },
		{ RULE_GT, false, false, true }, { RULE_GE, false, true, true },
		{ RULE_EQ, false, true, false }, { RULE_NE, true, false, true },
	};
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		const struct rule r = { .op = rows[i].op, .value = 5 };
		assert_int_equal(rule_holds(&r, 4), rows[i].below);
		assert_int_equal(rule_holds(&r, 5), rows[i].equal);
		assert_int_equal(rule_holds(&r, 6), rows[i].above);
		assert_false(rule_holds(&r, __builtin_nan("")));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_rules),	  cmocka_unit_test(bad_rules),
		cmocka_unit_test(several_rules),  cmocka_unit_test(judging),
		cmocka_unit_test(limits_of_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
