/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "report/redact/redact.h"
#include "report/result/load_result.h"
#include "report/result/result_json.h"
#include "report/result/verdict.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "tests/unit/sample_run.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
enum { ROOM = 1 << 26 };

static struct errs es;

static struct run_result *read_text(struct arena *a, const struct buf *text)
{
	const struct source src = { "r.json", buf_text(text), text->len };

	es = (struct errs){ 0 };
	return result_read(a, &src, &es);
}

static void put_sample(struct buf *out, enum sample sample)
{
	struct arena *a = arena_new(ROOM);

	buf_init(out, BUF_NO_LIMIT);
	assert_true(result_write_compact(sample_run(a, sample), out));
	arena_free(a);
}

/* Every member that was written is read: the structs are the same again. */
static void a_load_comes_back(void **state)
{
	struct arena *a = arena_new(ROOM);
	struct run_result *run = sample_run(a, SAMPLE_LOADS);
	struct run_result *back;
	struct buf text;

	(void)state;
	put_sample(&text, SAMPLE_LOADS);
	back = read_text(a, &text);
	assert_non_null(back);
	assert_int_equal(back->n_loads, run->n_loads);
	assert_int_equal(back->verdict, RUN_INVALID);
	for (size_t i = 0; i < run->n_loads; i++) {
		const struct load_result *x = &run->loads[i];
		const struct load_result *y = &back->loads[i];

		assert_memory_equal(&x->accounting, &y->accounting,
				    sizeof(x->accounting));
		assert_int_equal(x->verdict, y->verdict);
		assert_int_equal(x->seed, y->seed);
		assert_int_equal(x->start_ns, y->start_ns);
		assert_int_equal(x->n_timeline, y->n_timeline);
		assert_int_equal(x->n_trials, y->n_trials);
		assert_int_equal(x->latency.p999_ns, y->latency.p999_ns);
		assert_int_equal(x->instrument.n_doubts,
				 y->instrument.n_doubts);
		assert_true(fabs(x->success - y->success) < 1e-9);
		assert_string_equal(x->latency.hdr, y->latency.hdr);
	}
	buf_release(&text);
	arena_free(a);
}

/* What scripts rely on. */
static const char *const spine[] = {
	"name",
	"verdict",
	"accounting.planned",
	"accounting.sent",
	"accounting.dropped",
	"accounting.not_started",
	"accounting.ok",
	"accounting.failed",
	"accounting.timed_out",
	"accounting.in_flight",
	"latency_ns.min",
	"latency_ns.mean",
	"latency_ns.p50",
	"latency_ns.p90",
	"latency_ns.p95",
	"latency_ns.p99",
	"latency_ns.p999",
	"latency_ns.max",
	"latency_ns.count",
	"latency_ns.hdr",
	"latency_ns.quantiles",
	"service_ns.p99",
	"service_ns.hdr",
	"rate_per_s",
	"cost.cpu_s",
	"cost.peak_rss_bytes",
	"timeline",
	"limits",
};

static const cJSON *at_path(const cJSON *from, const char *path)
{
	char key[64];

	while (from && *path) {
		size_t len = strcspn(path, ".");

		snprintf(key, sizeof(key), "%.*s", (int)len, path);
		from = cJSON_GetObjectItemCaseSensitive(from, key);
		path += len + (path[len] == '.');
	}
	return from;
}

static void the_spine_is_there(void **state)
{
	struct buf text;
	cJSON *root;
	const cJSON *loads, *load;

	(void)state;
	put_sample(&text, SAMPLE_LOADS);
	root = cJSON_Parse(buf_text(&text));
	assert_non_null(root);
	loads = cJSON_GetObjectItemCaseSensitive(root, "loads");
	assert_int_equal(cJSON_GetArraySize(loads), 4);
	cJSON_ArrayForEach(load, loads)
	{
		for (size_t i = 0; i < COUNT(spine); i++) {
			if (!at_path(load, spine[i]))
				print_message("%s\n", spine[i]);
			assert_non_null(at_path(load, spine[i]));
		}
	}
	cJSON_Delete(root);
	buf_release(&text);
}

/* In the text of a run with one load that holds. */
static const struct {
	const char *from, *to, *want;
} wrong[] = {
	{ "\"planned\":100", "\"planned\":101",
	  "\"loads[0].accounting.planned\" says 101, but its parts add up to "
	  "100" },
	{ "\"in_flight\":0", "\"in_flight\":7",
	  "\"loads[0].accounting.sent\" says 100, but its parts add up to "
	  "107" },
	{ "\"dropped\":0,", "", "\"loads[0].accounting.dropped\" is missing" },
	{ "\"sent\":100", "\"sent\":-1",
	  "\"loads[0].accounting.sent\" must be a whole number" },
	{ "\"rate_per_s\":320.512821", "\"rate_per_s\":-0.5",
	  "\"loads[0].rate_per_s\" must be a number from 0 to" },
	{ "\"rate_per_s\":320.512821", "\"rate_per_s\":1e300",
	  "\"loads[0].rate_per_s\" must be a number from 0 to" },
	{ "\"rate_per_s\":320.512821", "\"rate_per_s\":\"1\"",
	  "\"loads[0].rate_per_s\" must be a number, got string" },
	{ "\"success\":1,", "", "\"loads[0].success\" is missing" },
	{ "\"verdict\":\"ok\",\"message\":\"all limits held\"",
	  "\"verdict\":\"fine\"",
	  "\"loads[0].verdict\" is no known run-verdict" },
	{ "\"verdict\":\"ok\",\"message\":\"all limits held\"",
	  "\"verdict\":\"failed\"",
	  "\"verdict\" says ok, but the checks and loads give failed" },
	{ "\"verdict\":\"ok\",\"seen\":\"3.00 ms\"",
	  "\"verdict\":\"failed\",\"seen\":\"3.00 ms\"",
	  "\"loads[0].verdict\" says ok, but its limits and doubts give "
	  "failed" },
	{ "\"verdict\":\"ok\",\"seen\":\"3.00 ms\"",
	  "\"verdict\":\"not-observed\",\"seen\":\"\"",
	  "\"loads[0].verdict\" says ok, but its limits and doubts give "
	  "inconclusive" },
	{ "\"doubts\":[]",
	  "\"doubts\":[{\"what\":\"it was late\",\"fatal\":true}]",
	  "\"loads[0].verdict\" says ok, but its limits and doubts give "
	  "invalid" },
	{ "\"p90\":2400000", "\"p90\":24000000",
	  "\"loads[0].latency_ns\" must rise from min to max" },
	{ "\"hdr\":\"HIST", "\"hdr\":\"HI-ST",
	  "\"loads[0].latency_ns.hdr\" must be base64, byte 3 is not" },
	{ "\"hdr\":\"HIST", "\"hdr\":\"=HIST",
	  "\"loads[0].latency_ns.hdr\" must be base64, byte 1 is not" },
	{ "\"q\":0.5", "\"q\":true",
	  "\"loads[0].latency_ns.quantiles[0].q\" must be a number, got" },
	{ "\"timeline\":[]", "\"timeline\":[{}]",
	  "\"loads[0].timeline[0].at_ns\" is missing" },
	{ "\"timeline\":[]", "\"timeline\":{}",
	  "\"loads[0].timeline\" must be an array" },
	{ "\"instrument\":{\"workers\":1", "\"instrument\":{\"workers\":1.5",
	  "\"loads[0].instrument.workers\" must be a whole number" },
};

static void what_is_wrong_is_told_with_its_path(void **state)
{
	struct buf good;

	(void)state;
	put_sample(&good, SAMPLE_LOAD);
	for (size_t i = 0; i < COUNT(wrong); i++) {
		const char *at = strstr(buf_text(&good), wrong[i].from);
		struct arena *a = arena_new(ROOM);
		struct buf text;
		bool told = false;

		if (!at)
			print_message("no %s\n", wrong[i].from);
		assert_non_null(at);
		buf_init(&text, BUF_NO_LIMIT);
		buf_add(&text, good.text, (size_t)(at - good.text));
		buf_puts(&text, wrong[i].to);
		buf_puts(&text, at + strlen(wrong[i].from));
		assert_null(read_text(a, &text));
		for (size_t k = 0; k < es.n; k++)
			told |= strstr(es.item[k].text, wrong[i].want) != NULL;
		if (!told)
			print_message("want %s, got %s\n", wrong[i].want,
				      es.item[0].text);
		assert_true(told);
		buf_release(&text);
		arena_free(a);
	}
	buf_release(&good);
}

static const struct {
	double value;
	const char *want;
} reals[] = {
	{ 1200.5, "1200.5" },
	{ 0, "0" },
	{ -0.0, "0" },
	{ -3, "0" },
	{ NAN, "0" },
	{ 1.0 / 3, "0.333333333" },
	{ 1e-7, "1e-07" },
	{ 200, "200" },
	{ 1e300, "9.00719925e+15" },
	{ INFINITY, "9.00719925e+15" },
};

static void reals_are_finite_and_come_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(reals); i++) {
		struct arena *a = arena_new(ROOM);
		struct run_result *run = sample_run(a, SAMPLE_LOAD);
		struct buf once, again;
		char want[64];

		run->loads[0].ok_per_s = reals[i].value;
		run->loads[0].planned_per_s = reals[i].value;
		buf_init(&once, BUF_NO_LIMIT);
		buf_init(&again, BUF_NO_LIMIT);
		assert_true(result_write_compact(run, &once));
		snprintf(want, sizeof(want), "\"ok_per_s\":%s,", reals[i].want);
		assert_non_null(strstr(buf_text(&once), want));
		assert_int_equal(strstr(buf_text(&once), "planned_per_s") ==
					 NULL,
				 !strcmp(reals[i].want, "0"));
		run = read_text(a, &once);
		assert_non_null(run);
		assert_true(result_write_compact(run, &again));
		assert_string_equal(buf_text(&once), buf_text(&again));
		buf_release(&once);
		buf_release(&again);
		arena_free(a);
	}
}

/* The sums of a load whose instrument failed need not add up. */
static void books_of_an_invalid_load(void **state)
{
	struct arena *a = arena_new(ROOM);
	struct run_result *run = sample_run(a, SAMPLE_LOAD);
	struct buf text;

	(void)state;
	run->loads[0].accounting.ok = 3;
	buf_init(&text, BUF_NO_LIMIT);
	assert_true(result_write(run, &text));
	assert_null(read_text(a, &text));
	run->loads[0].verdict = RUN_INVALID;
	result_judge(run);
	buf_reset(&text);
	assert_true(result_write(run, &text));
	assert_non_null(read_text(a, &text));
	buf_release(&text);
	arena_free(a);
}

/* checks, loads (o ok, f failed, u inconclusive, i invalid), the run */
static const struct {
	const char *loads;
	enum sample sample;
	bool broken;
	enum run_verdict want;
} judged[] = {
	{ "", SAMPLE_EMPTY, false, RUN_INCONCLUSIVE },
	{ "o", SAMPLE_EMPTY, false, RUN_OK },
	{ "oo", SAMPLE_OK, false, RUN_OK },
	{ "f", SAMPLE_OK, false, RUN_FAILED },
	{ "of", SAMPLE_EMPTY, false, RUN_FAILED },
	{ "uf", SAMPLE_EMPTY, false, RUN_FAILED },
	{ "ou", SAMPLE_OK, false, RUN_INCONCLUSIVE },
	{ "fi", SAMPLE_OK, false, RUN_INVALID },
	{ "i", SAMPLE_RICH, false, RUN_INVALID },
	{ "o", SAMPLE_RICH, false, RUN_FAILED },
	{ "o", SAMPLE_PARTIAL, false, RUN_INCONCLUSIVE },
	{ "o", SAMPLE_OK, true, RUN_INVALID },
};

static enum run_verdict verdict_of(char c)
{
	switch (c) {
	case 'f':
		return RUN_FAILED;
	case 'u':
		return RUN_INCONCLUSIVE;
	case 'i':
		return RUN_INVALID;
	default:
		return RUN_OK;
	}
}

static void loads_judge_the_run(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(judged); i++) {
		struct arena *a = arena_new(ROOM);
		struct run_result *run = sample_run(a, judged[i].sample);

		run->n_loads = strlen(judged[i].loads);
		run->loads = arena_alloc(a, run->n_loads, sizeof(*run->loads));
		for (size_t k = 0; k < run->n_loads; k++)
			run->loads[k].verdict = verdict_of(judged[i].loads[k]);
		run->broken = judged[i].broken;
		result_judge(run);
		assert_int_equal(run->verdict, judged[i].want);
		assert_int_equal(run->exit_code,
				 run_verdict_exit_code(judged[i].want));
		arena_free(a);
	}
}

/* Texts lose their secrets; a histogram holds none and stays whole. */
static void loads_are_sealed(void **state)
{
	struct arena *a = arena_new(ROOM);
	struct run_result *run = sample_run(a, SAMPLE_LOADS);
	struct redactor *r = redactor_new();
	const char *hdr = run->loads[1].latency.hdr;
	struct buf text;

	(void)state;
	assert_true(redactor_add(r, hdr, 8));
	assert_true(redactor_add(r, "users.csv", 9));
	assert_true(result_seal(run, r, a));
	assert_ptr_equal(run->loads[1].latency.hdr, hdr);
	buf_init(&text, BUF_NO_LIMIT);
	assert_true(result_write(run, &text));
	assert_null(strstr(buf_text(&text), "hunter2hunter2"));
	assert_null(strstr(buf_text(&text), "users.csv"));
	assert_non_null(strstr(buf_text(&text), hdr));
	buf_release(&text);
	redactor_free(r);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_load_comes_back),
		cmocka_unit_test(the_spine_is_there),
		cmocka_unit_test(what_is_wrong_is_told_with_its_path),
		cmocka_unit_test(reals_are_finite_and_come_back),
		cmocka_unit_test(books_of_an_invalid_load),
		cmocka_unit_test(loads_judge_the_run),
		cmocka_unit_test(loads_are_sealed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
