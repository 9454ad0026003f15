/* SPDX-License-Identifier: MIT */
/* folder: probe */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "probe/judge/capture.h"
#include "probe/world.h"
#include "report/redact/redact.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/load.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

#define BODY "{\"token\":\"abc123xyz\",\"n\":1.50,\"list\":[1,{\"a\":null}]}"

static const struct field headers[] = { { "Location", "/next" } };
static const struct field cookies[] = { { "sid", "c00kie" } };

/* One capture named x; NULL for a value that is missed. */
static const struct row {
	const char *how;
	const char *want;
} rows[] = {
	{ "{ json: $.token }", "abc123xyz" },
	{ "{ json: $.n }", "1.5" },
	{ "{ json: $.list }", "[1,{\"a\":null}]" },
	{ "{ json: '$.list[1].a' }", "null" },
	{ "{ json: $.no }", NULL },
	{ "{ json: $.no, default: d }", "d" },
	{ "{ header: location }", "/next" },
	{ "{ header: X-No }", NULL },
	{ "{ cookie: sid }", "c00kie" },
	{ "{ cookie: no }", NULL },
	{ "{ regex: 'token\":\"([a-z]+)' }", "abc" },
	{ "{ regex: 'abc[0-9]' }", "abc1" },
	{ "{ regex: 'nothing' }", NULL },
	{ "{ regex: '(zzz)?abc' }", NULL },
	{ "{ status: true }", "201" },
	{ "{ body: true }", BODY },
	{ "{ url: true }", "http://h/" },
	{ "{ certificate: subject }", NULL },
};

struct bench {
	struct scenario *scenario;
	struct arena *arena;
	struct redactor *redactor;
	struct template_world world;
	struct answer answer;
	struct seen seen;
	struct slots slots;
	struct step_result r;
	const struct capture *missing;
};

static void take(struct bench *b, const char *captures)
{
	static struct errs problems;
	const struct load_options options = { 0 };
	char text[1000];
	struct judging j;

	problems.n = 0;
	*b = (struct bench){ .arena = arena_new(1 << 20),
			     .redactor = redactor_new() };
	int len = snprintf(text, sizeof(text),
			   "checks: { c: { steps: [ { get: 'http://h/', "
			   "capture: %s } ] } }",
			   captures);
	b->scenario = scenario_load_text("t.yaml", text, (size_t)len, &options,
					 &problems, NULL);
	if (problems.n > 0)
		print_error("%s\n", problems.item[0].text);
	assert_int_equal(problems.n, 0);
	const struct check *check = &b->scenario->checks[0];
	const struct step *st = &check->steps.item[0];
	assert_true(slots_init(&b->slots, check->n_slots));
	b->world = world_now(b->slots.item, b->slots.n);
	b->answer = (struct answer){ .status = 201,
				     .n_headers = COUNT(headers),
				     .headers = headers,
				     .detail = "",
				     .protocol = "",
				     .remote = "" };
	buf_init(&b->answer.body, 1000);
	buf_puts(&b->answer.body, BODY);
	b->seen = (struct seen){ .answer = &b->answer,
				 .url = "http://h/",
				 .n_cookies = COUNT(cookies),
				 .cookies = cookies };
	judging_init(&j, b->arena, &b->world, b->redactor, st, &b->seen);
	b->missing =
		capture_take(&j, &st->captures, &b->slots, b->redactor, &b->r);
	judging_release(&j);
}

static void give_back(struct bench *b)
{
	buf_release(&b->answer.body);
	slots_release(&b->slots);
	scenario_free(b->scenario);
	redactor_free(b->redactor);
	arena_free(b->arena);
}

static void test_rows(void **state)
{
	struct bench b;
	char text[200];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(text, sizeof(text), "{ x: %s }", rows[i].how);
		take(&b, text);
		if ((b.missing != NULL) != (rows[i].want == NULL))
			print_error("%s\n", rows[i].how);
		assert_int_equal(b.missing != NULL, rows[i].want == NULL);
		assert_int_equal(b.slots.item[0].is_set, rows[i].want != NULL);
		if (rows[i].want) {
			assert_string_equal(b.slots.item[0].text, rows[i].want);
			assert_int_equal(b.r.n_captures, 1);
			assert_string_equal(b.r.captures[0].name, "x");
		}
		give_back(&b);
	}
}

/* The redactor knows a secret capture before anything else is recorded. */
static void test_secret(void **state)
{
	struct bench b;
	struct buf out;

	(void)state;
	take(&b, "{ x: { json: $.token, secret: true } }");
	assert_null(b.missing);
	assert_string_equal(b.slots.item[0].text, "abc123xyz");
	assert_string_equal(b.r.captures[0].value, REDACT_MARK);
	buf_init(&out, 1000);
	redact_text(b.redactor, BODY, strlen(BODY), &out);
	assert_null(strstr(buf_text(&out), "abc123xyz"));
	buf_release(&out);
	give_back(&b);
}

static void test_one_missing(void **state)
{
	struct bench b;

	(void)state;
	take(&b, "{ a: { json: $.no }, b: { status: true } }");
	assert_non_null(b.missing);
	assert_string_equal(b.missing->name, "a");
	assert_int_equal(b.r.n_captures, 1);
	assert_string_equal(b.r.captures[0].value, "201");
	give_back(&b);
}

static void test_slots(void **state)
{
	struct slots t;

	(void)state;
	assert_true(slots_init(&t, 2));
	assert_false(slots_set(&t, 2, "x", 1));
	assert_true(slots_set(&t, 1, "a\0b", 3));
	assert_true(slots_set(&t, 1, "", 0));
	assert_true(t.item[1].is_set);
	assert_int_equal(t.item[1].len, 0);
	assert_false(t.item[0].is_set);
	slots_release(&t);
	slots_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_secret),
		cmocka_unit_test(test_one_missing),
		cmocka_unit_test(test_slots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
