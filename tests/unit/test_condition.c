/* SPDX-License-Identifier: MIT */
/* folder: scenarios */
/* The sentences of alert rules: each form, each mistake with its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "scenarios/alerts/alerts.h"
#include "scenarios/base/arena.h"
#include "scenarios/doc/doc.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define S	   UINT64_C(1000000000)
#define MIN	   (60 * S)
#define DAY	   (86400 * S)

static struct errs es;

static bool parse(struct arena *a, const char *text, struct condition *out)
{
	struct source *src = doc_source(a, "rule", text, strlen(text), &es);

	es.n = es.dropped = 0;
	assert_non_null(src);
	return condition_parse(a, text, strlen(text), place_at(src, 0), out,
			       &es);
}

static bool near(double a, double b)
{
	double d = a - b;

	return d < 1e-9 && d > -1e-9;
}

static void same_text(const char *row, const char *got, const char *wanted)
{
	if (!got != !wanted || (got && strcmp(got, wanted) != 0))
		fail_msg("%s: got \"%s\", wanted \"%s\"", row,
			 got ? got : "nothing", wanted ? wanted : "nothing");
}

static const struct condition good_rows[] = {
	{ .text = "consecutive(fail) >= 3",
	  .kind = CONDITION_CONSECUTIVE,
	  .op = RULE_GE,
	  .value = 3 },
	{ .text = "consecutive( fail , event: sync ) >= 3",
	  .kind = CONDITION_CONSECUTIVE,
	  .name = "sync",
	  .op = RULE_GE,
	  .value = 3 },
	{ .text = "down_for() > 60s",
	  .kind = CONDITION_DOWN_FOR,
	  .op = RULE_GT,
	  .value = 60e9 },
	{ .text = "p95(latency, 5m) > 2s for 5m",
	  .kind = CONDITION_REQUESTS,
	  .quantile = 0.95,
	  .op = RULE_GT,
	  .value = 2e9,
	  .window_ns = 5 * MIN,
	  .for_ns = 5 * MIN },
	{ .text = "ratio(5xx, 5m) > 5% for 5m",
	  .kind = CONDITION_REQUESTS,
	  .op = RULE_GT,
	  .value = 0.05,
	  .window_ns = 5 * MIN,
	  .for_ns = 5 * MIN },
	{ .text = "ratio(errors, 1d) > 1%",
	  .kind = CONDITION_REQUESTS,
	  .op = RULE_GT,
	  .value = 0.01,
	  .window_ns = DAY },
	{ .text = "rate(5xx, 5m) > 0.05/s",
	  .kind = CONDITION_REQUESTS,
	  .op = RULE_GT,
	  .value = 0.05,
	  .window_ns = 5 * MIN },
	{ .text = "count(status >= 500, 5m) > 10",
	  .kind = CONDITION_REQUESTS,
	  .op = RULE_GT,
	  .value = 10,
	  .window_ns = 5 * MIN },
	{ .text = "max(service, 5m) > 2s",
	  .kind = CONDITION_REQUESTS,
	  .op = RULE_GT,
	  .value = 2e9,
	  .window_ns = 5 * MIN },
	{ .text = "value(memory) > 85% for 10m",
	  .kind = CONDITION_VALUE,
	  .name = "memory",
	  .op = RULE_GT,
	  .value = 85,
	  .unit = CONDITION_PERCENT,
	  .for_ns = 10 * MIN },
	{ .text = "value(temperature) < -5",
	  .kind = CONDITION_VALUE,
	  .name = "temperature",
	  .op = RULE_LT,
	  .value = -5 },
	{ .text = "value(host.rss) > 512MiB",
	  .kind = CONDITION_VALUE,
	  .name = "host.rss",
	  .op = RULE_GT,
	  .value = 536870912,
	  .unit = CONDITION_BYTES },
	{ .text = "mean(memory, 5m) > 0.9",
	  .kind = CONDITION_VALUE,
	  .name = "memory",
	  .aggregate = AGGREGATE_MEAN,
	  .op = RULE_GT,
	  .value = 0.9,
	  .window_ns = 5 * MIN },
	{ .text = "min(\"free space\", window: 5m) < 1GB",
	  .kind = CONDITION_VALUE,
	  .name = "free space",
	  .aggregate = AGGREGATE_MIN,
	  .op = RULE_LT,
	  .value = 1e9,
	  .unit = CONDITION_BYTES,

	  .window_ns = 5 * MIN },
	{ .text = "value(checkedout) >= value(size)",
	  .kind = CONDITION_VALUE,
	  .name = "checkedout",
	  .other = "size",
	  .op = RULE_GE },
	{ .text = "rate(failed_total, 10m) > 0.05/s for 5m",
	  .kind = CONDITION_RATE,
	  .name = "failed_total",
	  .op = RULE_GT,
	  .value = 0.05,
	  .window_ns = 10 * MIN,
	  .for_ns = 5 * MIN },
	{ .text = "rate(failed_total, 5m)/rate(served_total, 5m) > 5%",
	  .kind = CONDITION_RATE,
	  .name = "failed_total",
	  .other = "served_total",
	  .op = RULE_GT,
	  .value = 0.05,
	  .window_ns = 5 * MIN },
	{ .text = "rate('errors', 5m) > 3/min",
	  .kind = CONDITION_RATE,
	  .name = "errors",
	  .op = RULE_GT,
	  .value = 0.05,
	  .window_ns = 5 * MIN },
	{ .text = "increase(failed_total, 5m) > 10",
	  .kind = CONDITION_INCREASE,
	  .name = "failed_total",
	  .op = RULE_GT,
	  .value = 10,
	  .window_ns = 5 * MIN },
	{ .text = "p95(duration, 5m) > 2s",
	  .kind = CONDITION_QUANTILE,
	  .name = "duration",
	  .quantile = 0.95,
	  .op = RULE_GT,
	  .value = 2,
	  .unit = CONDITION_SECONDS,
	  .window_ns = 5 * MIN },
	{ .text = "p95(duration) > 2s for 5m",
	  .kind = CONDITION_QUANTILE,
	  .name = "duration",
	  .quantile = 0.95,
	  .op = RULE_GT,
	  .value = 2,
	  .unit = CONDITION_SECONDS,
	  .for_ns = 5 * MIN },
	{ .text = "cert_days() < 14",
	  .kind = CONDITION_CERT_DAYS,
	  .op = RULE_LT,
	  .value = 14 },
	{ .text = "event(deploy) fails",
	  .kind = CONDITION_EVENT,
	  .name = "deploy" },
	{ .text = "missing(backup)",
	  .kind = CONDITION_MISSING,
	  .name = "backup" },
	{ .text = "reset(uptime)", .kind = CONDITION_RESET, .name = "uptime" },
	{ .text = "changed(version)",
	  .kind = CONDITION_CHANGED,
	  .name = "version" },
	{ .text = "p95(latency, 1h) worse than 7d",
	  .kind = CONDITION_WORSE,
	  .quantile = 0.95,
	  .window_ns = 60 * MIN,
	  .past_ns = 7 * DAY },
};

static void good(void **state)
{
	struct arena *a = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < LEN(good_rows); i++) {
		const struct condition *want = &good_rows[i];
		struct condition got;
		if (!parse(a, want->text, &got))
			fail_msg("%s: %s", want->text, es.item[0].text);
		same_text(want->text, got.text, want->text);
		same_text(want->text, got.name, want->name);
		same_text(want->text, got.other, want->other);
		if (got.kind != want->kind || got.op != want->op ||
		    got.aggregate != want->aggregate ||
		    got.unit != want->unit ||
		    got.window_ns != want->window_ns ||
		    got.past_ns != want->past_ns || got.for_ns != want->for_ns)
			fail_msg("%s: another meaning", want->text);
		if (!near(got.value, want->value) ||
		    !near(got.quantile, want->quantile))
			fail_msg("%s: value %g, quantile %g", want->text,
				 got.value, got.quantile);
	}
	arena_free(a);
}

/* What is written wrong, the column of it, and what the message must say. */
static const struct {
	const char *text;
	unsigned col;
	const char *says;
} bad_rows[] = {
	/* AT16: 5% and 0.05 a second are two things */
	{ "ratio(5xx, 5m) > 0.05", 18, "ratio(5xx, 5m) > 5% for a share" },
	{ "ratio(5xx, 5m) > 0.05", 18, "rate(5xx, 5m) > 0.05/s for" },
	{ "ratio(5xx, 5m) > 0.05/s", 18, "ambiguous" },
	{ "rate(5xx, 5m) > 0.05", 17, "rate(5xx, 5m) > 0.05/s" },
	{ "rate(5xx, 5m) > 5%", 17, "ratio(5xx, 5m) > 5%" },
	{ "rate(errors, 5m) > 5%", 20, "rate(errors, 5m) > 0.05/s" },
	{ "rate(failed, 5m) > 5%", 20, "rate(failed, 5m) > 0.05/s" },
	{ "rate(failed, 5m) > 0.05 for 5m", 20,
	  "rate(failed, 5m) / rate(ALL, TIME) > 5%" },
	{ "ratio(5xx, 5m) > 120%", 18, "at most 100%" },
	/* functions and names */
	{ "", 1, "must be a function" },
	{ "concecutive(fail) >= 3", 1, "did you mean \"consecutive\"" },
	{ "latency > 2s", 1, "is not a function" },
	{ "consecutive(ok) >= 3", 13, "consecutive(fail)" },
	{ "consecutive(fail) > 3", 19, "write >=" },
	{ "consecutive(fail) >= 0", 22, "from 1 to" },
	{ "consecutive(fail, evnt: x) >= 1", 19, "event: NAME" },
	{ "consecutive(fail) >= 3 for 5m", 24, "no \"for\"" },
	{ "down_for(5m) > 60s", 10, "must be \")\"" },
	{ "down_for() > 60", 14, "duration" },
	{ "down_for() < 60s", 12, "> or >=" },
	{ "p95(latency) > 2s", 12, "p95(latency, 5m)" },
	{ "p95(latency, 5m > 2s", 17, "\",\" or \")\"" },
	{ "p95(latency", 12, "needs quotes" },
	{ "p95(latency, 5m) > 2", 20, "duration" },
	{ "p95(5xx, 5m) > 2s", 5, "has no time" },
	{ "p95(lateness, 5m) > 2s", 5, "no plan" },
	{ "count(dropped, 5m) > 2", 7, "drops no requests" },
	{ "count(5xx, 100d) > 2", 12, "at most 90d" },
	{ "p0(latency, 5m) > 2s", 1, "not a quantile" },
	{ "value(memory, 5m) > 85%", 13, "no window" },
	{ "value(memory) > lots", 17, "a number" },
	{ "value(memory) => 5", 15, "one of <" },
	{ "value(errors) > 5", 7, "own requests" },
	{ "mean(memory) > 85%", 12, "mean(memory, 5m)" },
	{ "rate(failed, 5m) / 5", 20, "divided by a rate" },
	{ "rate(failed, 5m) / rate(all_total, 1m) > 5%", 20, "same time" },
	{ "rate(failed, 5m) / rate(errors, 5m) > 5%", 25, "own requests" },
	{ "cert_days() < 14d", 15, "whole number of days" },
	{ "cert_days() > 14", 13, "< or <=" },
	{ "event(deploy)", 14, "event(deploy) fails" },
	{ "event() fails", 7, "name of an event" },
	{ "event(deploy) fails for 5m", 21, "at a moment" },
	{ "missing(backup) for 1h", 17, "grace" },
	{ "changed(\"version) ", 9, "never closed" },
	{ "max(latency, 1h) worse than 7d", 18, "quantile or a mean" },
	{ "p95(latency, 1h) worse than 1h", 29, "twice as long" },
	{ "p95(latency, 1h) worse 7d", 24, "\"than\"" },
	{ "value(a) > 5 and value(b) > 5", 14, "two rules" },
	{ "value(a) > 5, value(b) > 5", 13, "over here" },
	{ "value(a) > 5 for", 17, "duration" },
};

static void bad(void **state)
{
	struct arena *a = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < LEN(bad_rows); i++) {
		const char *text = bad_rows[i].text;
		struct condition unused;
		if (parse(a, text, &unused))
			fail_msg("%s: taken", text);
		if (es.n != 1)
			fail_msg("%s: %zu problems", text, es.n);
		if (es.item[0].at.line != 1 ||
		    es.item[0].at.col != bad_rows[i].col)
			fail_msg("%s: at %u:%u: %s", text, es.item[0].at.line,
				 es.item[0].at.col, es.item[0].text);
		if (!strstr(es.item[0].text, bad_rows[i].says))
			fail_msg("%s: says \"%s\", not \"%s\"", text,
				 es.item[0].text, bad_rows[i].says);
	}
	arena_free(a);
}

static void long_text(void **state)
{
	struct arena *a = arena_new(1 << 20);
	char text[RULE_TEXT_MAX + 50];
	struct condition unused;

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text, "value(", 6);
	memcpy(text + sizeof(text) - 7, ") > 5 ", 7);
	assert_false(parse(a, text, &unused));
	assert_non_null(strstr(es.item[0].text, "at most 300 bytes"));
	arena_free(a);
}

static void reach(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} rows[] = {
		{ "p95(latency, 1h) worse than 7d", 7 * DAY + 60 * MIN },
		{ "down_for() > 60s", 60 * S },
		{ "value(memory) > 5 for 10m", 0 },
		{ "ratio(5xx, 5m) > 5%", 5 * MIN },
	};
	struct arena *a = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct condition c;
		assert_true(parse(a, rows[i].text, &c));
		assert_int_equal(condition_reach_ns(&c), rows[i].ns);
	}
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(bad),
		cmocka_unit_test(long_text),
		cmocka_unit_test(reach),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
