/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/notice/channel.h"
#include "report/notice/notice.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"
#include "tests/unit/notice_forms.h"
#include "tests/unit/sample_notices.h"

enum { ARENA_MAX = 64 << 20, TEXT_MAX = 8 << 20 };

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static struct errs problems;

/* ---- JSON ------------------------------------------------------------- */

/* What was written is read, and written the same again. */
static void test_json_round(void **state)
{
	(void)state;
	for (size_t k = 0; k < NOTICE_KIND_N; k++) {
		struct arena *a = arena_new(ARENA_MAX);
		struct notice n = sample_notice((enum notice_kind)k, TEXT_RICH);
		struct notice back;
		struct buf first, second;

		problems = (struct errs){ 0 };
		buf_init(&first, NOTICE_JSON_MAX);
		buf_init(&second, NOTICE_JSON_MAX);
		assert_true(notice_write(&n, &first));
		assert_true(notice_read(buf_text(&first), first.len, a, &back,
					&problems));
		assert_true(notice_write(&back, &second));
		assert_string_equal(buf_text(&first), buf_text(&second));
		assert_int_equal(back.kind, k);
		assert_int_equal(back.at_ns, SAMPLE_AT_NS);
		assert_int_equal(back.n_tags, n.n_tags);
		assert_int_equal(back.n_lines, n.n_lines);
		assert_string_equal(back.title, n.title);
		buf_release(&first);
		buf_release(&second);
		arena_free(a);
	}
}

#define BEGIN                                                        \
	"{\"version\":1,\"kind\":\"firing\",\"severity\":\"error\"," \
	"\"is_firing\":true,\"scenario\":\"s\",\"title\":\"t\","     \
	"\"at\":\"2026-01-02T03:04:05Z\""

static void test_json_refused(void **state)
{
	static const struct {
		const char *json, *say;
	} rows[] = {
		{ "", "not JSON" },
		{ "{", "not JSON" },
		{ "[]", "must be an object" },
		{ "{\"kind\":\"firing\"}", "\"version\" must be 1" },
		{ "{\"version\":2}", "\"version\" must be 1" },
		{ "{\"version\":1}", "\"kind\" is missing" },
		{ BEGIN "}", "\"episode\" is missing" },
		{ BEGIN ",\"episode\":7}", "must be a string, got number" },
		{ BEGIN ",\"episode\":\"e\",\"at\":1}", "" },
		{ BEGIN ",\"episode\":\"e\",\"lasted_ns\":-1}",
		  "must be a whole number" },
		{ BEGIN ",\"episode\":\"e\",\"tags\":[[[[[1]]]]]}", "levels" },
		{ BEGIN ",\"episode\":\"e\",\"lines\":[{}]}",
		  "\"lines[0].at\" is missing" },
		{ BEGIN ",\"episode\":\"e\",\"url\":\"\\u0000\"}", "not JSON" },
		{ BEGIN ",\"episode\":\"e\",\"url\":\"\xff\"}", "not JSON" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *a = arena_new(ARENA_MAX);
		struct notice n;

		problems = (struct errs){ 0 };
		assert_false(notice_read(rows[i].json, strlen(rows[i].json), a,
					 &n, &problems));
		assert_true(problems.n > 0);
		if (!strstr(problems.item[0].text, rows[i].say))
			fail_msg("row %zu: %s", i, problems.item[0].text);
		assert_null(problems.item[0].at.src);
		arena_free(a);
	}
}

static void test_json_is_bounded(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct buf text;
	struct notice n;

	(void)state;
	problems = (struct errs){ 0 };
	buf_init(&text, TEXT_MAX);
	buf_puts(&text, BEGIN ",\"episode\":\"");
	buf_fill(&text, 'e', NOTICE_EPISODE_MAX + 1);
	buf_puts(&text, "\"}");
	assert_false(notice_read(buf_text(&text), text.len, a, &n, &problems));
	assert_non_null(strstr(problems.item[0].text, "at most 200"));
	problems = (struct errs){ 0 };
	buf_fill(&text, ' ', NOTICE_JSON_MAX);
	assert_false(notice_read(buf_text(&text), text.len, a, &n, &problems));
	assert_int_equal(problems.n, 1);
	buf_release(&text);
	arena_free(a);
}

/* ---- settings --------------------------------------------------------- */

static bool tell(struct arena *a, const struct sample_channel *ch,
		 const struct notice *notices, size_t n, struct message **out,
		 size_t *n_out)
{
	const struct notice_input in = {
		.channel = &ch->channel,
		.n_settings = ch->n_settings,
		.settings = ch->settings,
		.n = n,
		.notices = notices,
		.reference = "",
	};

	problems = (struct errs){ 0 };
	*n_out = 0;
	return notice_render(&in, a, out, n_out, &problems);
}

/* Each needed setting that is empty is named, with the channel. */
static void test_missing_settings(void **state)
{
	const struct notice n = sample_notice(NOTICE_FIRING, TEXT_RICH);

	(void)state;
	for (size_t k = 0; k < CHANNEL_KIND_N; k++) {
		const struct channel *kind = channel_find((enum channel_kind)k);
		struct arena *a = arena_new(ARENA_MAX);
		struct sample_channel ch;
		struct message *out;
		size_t n_out, needed = 0;

		sample_channel((enum channel_kind)k, &ch);
		ch.n_settings = 0;
		assert_false(tell(a, &ch, &n, 1, &out, &n_out));
		for (size_t i = 0; i < kind->n_keys; i++)
			needed += kind->keys[i].is_needed;
		assert_int_equal(problems.n, needed);
		assert_non_null(strstr(problems.item[0].text, kind->name));
		assert_non_null(strstr(problems.item[0].text, "\"ops\""));
		assert_non_null(strstr(problems.item[0].text, "is empty"));
		arena_free(a);
	}
}

/* A value that is wrong is named by its setting, never shown. */
static void test_wrong_settings(void **state)
{
	static const struct {
		enum channel_kind kind;
		const char *name, *value, *say;
	} rows[] = {
		{ CHANNEL_SLACK, "url", SAMPLE_SECRET, "must begin with" },
		{ CHANNEL_SLACK, "url", "https://a b/" SAMPLE_SECRET, "space" },
		{ CHANNEL_TELEGRAM, "token", "1:" SAMPLE_SECRET "\n",
		  "control character" },
		{ CHANNEL_TELEGRAM, "token", "1:" SAMPLE_SECRET "/../x",
		  "only letters" },
		{ CHANNEL_TELEGRAM, "chat", "\xff" SAMPLE_SECRET, "UTF-8" },
		{ CHANNEL_GITHUB, "repo", "a/b/../" SAMPLE_SECRET,
		  "owner/name" },
		{ CHANNEL_GITHUB, "repo", SAMPLE_SECRET, "owner/name" },
		{ CHANNEL_GITHUB, "token", SAMPLE_SECRET "\r\nX: y",
		  "control character" },
		{ CHANNEL_EMAIL, "from", SAMPLE_SECRET, "no mail address" },
		{ CHANNEL_EMAIL, "from", "a@b <" SAMPLE_SECRET "@c", "no >" },
		{ CHANNEL_EMAIL, "to", "a" SAMPLE_SECRET "@b@c", "two @" },
		{ CHANNEL_EMAIL, "to", "<a@b>,<x y@" SAMPLE_SECRET ">",
		  "a space" },
		{ CHANNEL_EMAIL, "server", SAMPLE_SECRET, "must begin with" },
		{ CHANNEL_EMAIL, "tls", "maybe" SAMPLE_SECRET, "required" },
		{ CHANNEL_EMAIL, "tls", "none", "with a password" },
		{ CHANNEL_SMS, "preset", SAMPLE_SECRET, "must be form" },
		{ CHANNEL_SMS, "user", "../" SAMPLE_SECRET, "SID" },
		{ CHANNEL_WEBHOOK, "method", "GET" SAMPLE_SECRET, "POST" },
		{ CHANNEL_ALERTMANAGER, "headers", SAMPLE_SECRET, "headers" },
		{ CHANNEL_WEBHOOK, "headers", "a b: " SAMPLE_SECRET,
		  "headers" },
		{ CHANNEL_EXEC, "env", SAMPLE_SECRET, "variables" },
	};
	const struct notice n = sample_notice(NOTICE_FIRING, TEXT_RICH);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *a = arena_new(ARENA_MAX);
		struct sample_channel ch;
		struct message *out;
		size_t n_out, k = 0;

		sample_channel(rows[i].kind, &ch);
		while (k < ch.n_settings &&
		       strcmp(ch.settings[k].name, rows[i].name) != 0)
			k++;
		ch.settings[k] =
			(struct notice_setting){ rows[i].name, rows[i].value };
		ch.n_settings += k == ch.n_settings;
		assert_false(tell(a, &ch, &n, 1, &out, &n_out));
		assert_int_equal(problems.n, 1);
		if (!strstr(problems.item[0].text, rows[i].say) ||
		    !strstr(problems.item[0].text, rows[i].name) ||
		    strstr(problems.item[0].text, SAMPLE_SECRET))
			fail_msg("row %zu: %s", i, problems.item[0].text);
		arena_free(a);
	}
}

static void test_too_many(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct sample_channel ch;
	struct message *out;
	size_t n_out;
	static struct notice many[NOTICE_TOGETHER_MAX + 1];
	char episode[NOTICE_EPISODE_MAX + 2];
	struct notice n = sample_notice(NOTICE_FIRING, TEXT_RICH);

	(void)state;
	sample_channel(CHANNEL_SLACK, &ch);
	assert_false(tell(a, &ch, many, COUNT(many), &out, &n_out));
	assert_false(tell(a, &ch, many, 0, &out, &n_out));
	assert_int_equal(problems.n, 1);
	memset(episode, 'e', sizeof episode - 1);
	episode[sizeof episode - 1] = '\0';
	n.episode = episode;
	assert_false(tell(a, &ch, &n, 1, &out, &n_out));
	assert_int_equal(problems.n, 1);
	arena_free(a);
}

/* Wherever memory ends, it is said. */
static void test_without_memory(void **state)
{
	const struct notice n = sample_notice(NOTICE_FIRING, TEXT_RICH);

	(void)state;
	for (size_t k = 0; k < CHANNEL_KIND_N; k++) {
		bool done = false;

		for (size_t room = 64; !done; room += 512) {
			struct arena *a = arena_new(room);
			struct sample_channel ch;
			struct message *out;
			size_t n_out;

			sample_channel((enum channel_kind)k, &ch);
			if (k == CHANNEL_WEBHOOK)
				ch.n_settings = 1;
			done = tell(a, &ch, &n, 1, &out, &n_out);
			assert_int_equal(done, problems.n == 0);
			if (!done)
				assert_int_equal(problems.item[0].kind,
						 ERR_MEMORY);
			arena_free(a);
		}
	}
}

/* ---- answers ---------------------------------------------------------- */

static void test_answers(void **state)
{
	static const struct {
		enum channel_kind kind;
		int64_t status;
		const char *body;
		enum answer_meaning want;
	} rows[] = {
		{ CHANNEL_TELEGRAM, 200, "{\"ok\":true}", ANSWER_TAKEN },
		{ CHANNEL_TELEGRAM, 400,
		  "{\"ok\":false,\"error_code\":400,\"description\":\"Bad "
		  "Request: can't parse entities: Can't find end of the entity "
		  "starting at byte offset 5\"}",
		  ANSWER_PLAINER },
		{ CHANNEL_TELEGRAM, 400,
		  "{\"description\":\"Bad Request: chat not found\"}",
		  ANSWER_NEVER },
		{ CHANNEL_TELEGRAM, 401, "", ANSWER_NEVER },
		{ CHANNEL_TELEGRAM, 403,
		  "{\"description\":\"Forbidden: bot was blocked by the "
		  "user\"}",
		  ANSWER_NEVER },
		{ CHANNEL_TELEGRAM, 404, "", ANSWER_NEVER },
		{ CHANNEL_TELEGRAM, 429, "", ANSWER_LATER },
		{ CHANNEL_TELEGRAM, 502, "", ANSWER_LATER },
		{ CHANNEL_TELEGRAM, 0, "", ANSWER_LATER },
		{ CHANNEL_SLACK, 200, "ok", ANSWER_TAKEN },
		{ CHANNEL_SLACK, 400, "invalid_payload", ANSWER_NEVER },
		{ CHANNEL_SLACK, 403, "invalid_token", ANSWER_NEVER },
		{ CHANNEL_SLACK, 403, "action_prohibited", ANSWER_NEVER },
		{ CHANNEL_SLACK, 404, "no_service", ANSWER_NEVER },
		{ CHANNEL_SLACK, 410, "channel_is_archived", ANSWER_NEVER },
		{ CHANNEL_SLACK, 429, "rate_limited", ANSWER_LATER },
		{ CHANNEL_SLACK, 400, "rate_limited", ANSWER_LATER },
		{ CHANNEL_SLACK, 500, "rollup_error", ANSWER_LATER },
		{ CHANNEL_PAGERDUTY, 202, "{\"status\":\"success\"}",
		  ANSWER_TAKEN },
		{ CHANNEL_PAGERDUTY, 400, "{\"status\":\"invalid event\"}",
		  ANSWER_NEVER },
		{ CHANNEL_PAGERDUTY, 429, "", ANSWER_LATER },
		{ CHANNEL_PAGERDUTY, 500, "", ANSWER_LATER },
		{ CHANNEL_ALERTMANAGER, 200, "", ANSWER_TAKEN },
		{ CHANNEL_ALERTMANAGER, 400, "\"bad\"", ANSWER_NEVER },
		{ CHANNEL_ALERTMANAGER, 503, "", ANSWER_LATER },
		{ CHANNEL_GITHUB, 201, "{\"number\":7}", ANSWER_TAKEN },
		{ CHANNEL_GITHUB, 403,
		  "{\"message\":\"You have exceeded a secondary rate limit\"}",
		  ANSWER_LATER },
		{ CHANNEL_GITHUB, 403,
		  "{\"message\":\"API rate limit exceeded for user\"}",
		  ANSWER_LATER },
		{ CHANNEL_GITHUB, 403,
		  "{\"message\":\"Resource not "
		  "accessible\"}",
		  ANSWER_NEVER },
		{ CHANNEL_GITHUB, 410, "", ANSWER_NEVER },
		{ CHANNEL_GITHUB, 422, "", ANSWER_NEVER },
		{ CHANNEL_DISCORD, 204, "", ANSWER_TAKEN },
		{ CHANNEL_DISCORD, 429, "{\"retry_after\":0.5}", ANSWER_LATER },
		{ CHANNEL_DISCORD, 404, "", ANSWER_NEVER },
		{ CHANNEL_TEAMS, 202, "", ANSWER_TAKEN },
		{ CHANNEL_TEAMS, 200, "1", ANSWER_TAKEN },
		{ CHANNEL_TEAMS, 200,
		  "Webhook message delivery failed with error: Microsoft Teams "
		  "endpoint returned HTTP error 429",
		  ANSWER_LATER },
		{ CHANNEL_SMS, 201, "", ANSWER_TAKEN },
		{ CHANNEL_SMS, 400, "{\"code\":21211}", ANSWER_NEVER },
		{ CHANNEL_SMS, 429, "", ANSWER_LATER },
		{ CHANNEL_WEBHOOK, 204, "", ANSWER_TAKEN },
		{ CHANNEL_WEBHOOK, 302, "", ANSWER_NEVER },
		{ CHANNEL_WEBHOOK, 408, "", ANSWER_LATER },
		{ CHANNEL_WEBHOOK, 425, "", ANSWER_LATER },
		{ CHANNEL_WEBHOOK, 501, "", ANSWER_LATER },
		{ CHANNEL_EMAIL, 250, "", ANSWER_TAKEN },
		{ CHANNEL_EMAIL, 421, "", ANSWER_LATER },
		{ CHANNEL_EMAIL, 451, "", ANSWER_LATER },
		{ CHANNEL_EMAIL, 535, "", ANSWER_NEVER },
		{ CHANNEL_EMAIL, 550, "", ANSWER_NEVER },
		{ CHANNEL_EMAIL, 0, "", ANSWER_LATER },
		{ CHANNEL_EXEC, 0, "", ANSWER_TAKEN },
		{ CHANNEL_EXEC, 1, "", ANSWER_LATER },
		{ CHANNEL_EXEC, 75, "", ANSWER_LATER },
		{ CHANNEL_EXEC, 78, "", ANSWER_NEVER },
		{ CHANNEL_EXEC, 127, "", ANSWER_NEVER },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (notice_answer(rows[i].kind, rows[i].status, rows[i].body,
				  strlen(rows[i].body)) != rows[i].want)
			fail_msg("row %zu", i);
	assert_int_equal(notice_answer(CHANNEL_TELEGRAM, 400, NULL, 0),
			 ANSWER_NEVER);
}

static void test_retry_after(void **state)
{
	static const struct {
		enum channel_kind kind;
		const char *header, *body;
		uint64_t want_ns;
	} rows[] = {
		{ CHANNEL_SLACK, "30", "", 30 * UNIT_NS_PER_S },
		{ CHANNEL_SLACK, " 30 ", "", 30 * UNIT_NS_PER_S },
		{ CHANNEL_SLACK, "0", "", 0 },
		{ CHANNEL_SLACK, "-1", "", 0 },
		{ CHANNEL_SLACK, "1e9", "", 0 },
		{ CHANNEL_SLACK, "Fri, 31 Dec 1999 23:59:59 GMT", "", 0 },
		{ CHANNEL_SLACK, "99999999999999999999", "",
		  NOTICE_RETRY_AFTER_MAX_NS },
		{ CHANNEL_SLACK, NULL, "{\"retry_after\":60}",
		  60 * UNIT_NS_PER_S },
		{ CHANNEL_TELEGRAM, NULL,
		  "{\"ok\":false,\"parameters\":{\"retry_after\":7}}",
		  7 * UNIT_NS_PER_S },
		{ CHANNEL_TELEGRAM, NULL, "{\"parameters\":7}", 0 },
		{ CHANNEL_DISCORD, NULL, "{\"retry_after\":0.5}",
		  UNIT_NS_PER_S / 2 },
		{ CHANNEL_DISCORD, "1", "{\"retry_after\":0.5}",
		  UNIT_NS_PER_S },
		{ CHANNEL_DISCORD, NULL, "{\"retry_after\":-3}", 0 },
		{ CHANNEL_DISCORD, NULL, "{\"retry_after\":1e300}",
		  NOTICE_RETRY_AFTER_MAX_NS },
		{ CHANNEL_DISCORD, NULL, "{\"retry_after\":\"5\"}", 0 },
		{ CHANNEL_DISCORD, NULL, "[5]", 0 },
		{ CHANNEL_DISCORD, NULL, "no JSON", 0 },
		{ CHANNEL_GITHUB, NULL, "... secondary rate limit ...",
		  60 * UNIT_NS_PER_S },
		{ CHANNEL_GITHUB, "90", "... secondary rate limit ...",
		  90 * UNIT_NS_PER_S },
		{ CHANNEL_EMAIL, "30", "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (notice_retry_after_ns(rows[i].kind, rows[i].header,
					  rows[i].body, strlen(rows[i].body)) !=
		    rows[i].want_ns)
			fail_msg("row %zu", i);
	assert_int_equal(notice_retry_after_ns(CHANNEL_SLACK, NULL, NULL, 0),
			 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_round),
		cmocka_unit_test(test_json_refused),
		cmocka_unit_test(test_json_is_bounded),
		cmocka_unit_test(test_missing_settings),
		cmocka_unit_test(test_wrong_settings),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_without_memory),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_retry_after),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
