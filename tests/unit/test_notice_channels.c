/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "report/notice/channel.h"
#include "report/notice/notice.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"
#include "scenarios/template/template.h"
#include "tests/unit/golden.h"
#include "tests/unit/notice_forms.h"
#include "tests/unit/sample_notices.h"

enum { ARENA_MAX = 256 << 20, TEXT_MAX = 16 << 20 };

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static struct errs problems;

static bool sign(void *self, const void *key, size_t key_len, const void *bytes,
		 size_t n, unsigned char digest[TEMPLATE_DIGEST_BYTES])
{
	(void)self;
	return HMAC(EVP_sha256(), key, (int)key_len, bytes, n, digest, NULL) !=
	       NULL;
}

static const struct template_world world = {
	.wall_ns = SAMPLE_AT_NS + UNIT_NS_PER_MIN,
	.hmac_sha256 = sign,
};

/* What was told, until the next telling. */
static struct {
	struct arena *a;
	struct sample_channel ch;
	struct message *m;
	size_t n;
} told;

static bool tell_with(enum channel_kind kind, const struct notice *notices,
		      size_t n, const char *reference, bool is_plain)
{
	struct notice_input in = {
		.settings = told.ch.settings,
		.n = n,
		.notices = notices,
		.reference = reference,
		.is_plain = is_plain,
		.world = &world,
	};

	arena_free(told.a);
	told.a = arena_new(ARENA_MAX);
	sample_channel(kind, &told.ch);
	in.channel = &told.ch.channel;
	in.n_settings = told.ch.n_settings;
	problems = (struct errs){ 0 };
	told.n = 0;
	return notice_render(&in, told.a, &told.m, &told.n, &problems);
}

static void tell(enum channel_kind kind, const struct notice *notices, size_t n)
{
	if (!tell_with(kind, notices, n, "", false))
		fail_msg("%s", problems.item[0].text);
	for (size_t i = 0; i < told.n; i++) {
		const char *why = form_check(kind, &told.m[i]);

		if (why)
			fail_msg("%s: %s\n%s", channel_find(kind)->name, why,
				 told.m[i].body);
	}
}

static void tell_one(enum channel_kind kind, enum notice_kind what,
		     enum sample_text text)
{
	const struct notice n = sample_notice(what, text);

	tell(kind, &n, 1);
}

static int free_told(void **state)
{
	(void)state;
	arena_free(told.a);
	told.a = NULL;
	return 0;
}

static bool takes(enum channel_kind kind, enum notice_kind what)
{
	return what != NOTICE_DIGEST || channel_find(kind)->takes_digest;
}

/* ---- every form ------------------------------------------------------- */

static void test_every_kind_everywhere(void **state)
{
	(void)state;
	for (size_t k = 0; k < CHANNEL_KIND_N; k++)
		for (size_t what = 0; what < NOTICE_KIND_N; what++)
			for (size_t text = 0; text < SAMPLE_TEXT_N; text++) {
				if (!takes((enum channel_kind)k,
					   (enum notice_kind)what))
					continue;
				tell_one((enum channel_kind)k,
					 (enum notice_kind)what,
					 (enum sample_text)text);
				assert_true(told.n > 0);
			}
}

static void test_batches(void **state)
{
	static const size_t sizes[] = { 2, 9, 10, 11, 13, SAMPLE_BATCH_MAX };
	static struct notice batch[SAMPLE_BATCH_MAX];

	(void)state;
	for (size_t k = 0; k < CHANNEL_KIND_N; k++) {
		for (size_t i = 0; i < COUNT(sizes); i++) {
			sample_batch(batch, sizes[i]);
			tell((enum channel_kind)k, batch, sizes[i]);
		}
		for (size_t i = 0; i < SAMPLE_BATCH_MAX; i++)
			batch[i] =
				sample_notice(NOTICE_FIRING,
					      i % 2 ? TEXT_LONG : TEXT_HOSTILE);
		tell((enum channel_kind)k, batch, SAMPLE_BATCH_MAX);
	}
}

static void test_digest_is_refused_where_it_would_page(void **state)
{
	const struct notice n = sample_notice(NOTICE_DIGEST, TEXT_RICH);

	(void)state;
	assert_false(tell_with(CHANNEL_PAGERDUTY, &n, 1, "", false));
	assert_non_null(strstr(problems.item[0].text, "takes no digest"));
	assert_false(tell_with(CHANNEL_ALERTMANAGER, &n, 1, "", false));
	assert_false(tell_with(CHANNEL_SMS, &n, 1, "", false));
}

/* What is told when only some of the messages were taken. */
static void test_what_a_message_tells(void **state)
{
	static const struct {
		enum channel_kind kind;
		size_t n, want[6]; /* of each message */
	} rows[] = {
		{ CHANNEL_SLACK, 3, { 3 } },
		{ CHANNEL_EMAIL, 1, { 1 } },
		{ CHANNEL_PAGERDUTY, 3, { 1, 2, 3 } },
		{ CHANNEL_GITHUB, 3, { 1, 2, 3 } },
		/* two recipients */
		{ CHANNEL_SMS, 2, { 0, 2 } },
	};
	struct notice batch[3];
	const struct notice test = sample_notice(NOTICE_TEST, TEXT_RICH);

	(void)state;
	sample_batch(batch, COUNT(batch));
	for (size_t i = 0; i < COUNT(rows); i++) {
		tell(rows[i].kind, batch, rows[i].n);
		for (size_t k = 0; k < told.n; k++)
			assert_int_equal(told.m[k].n_told, rows[i].want[k]);
		assert_int_equal(told.m[told.n - 1].n_told, rows[i].n);
	}
	tell(CHANNEL_PAGERDUTY, &test, 1);
	assert_int_equal(told.m[0].n_told, 0);
	/* an outage that is told from its beginning to its end is one issue */
	batch[2] = batch[0];
	batch[2].kind = NOTICE_RESOLVED;
	tell(CHANNEL_GITHUB, batch, 3);
	assert_int_equal(told.n, 2);
	assert_non_null(strstr(told.m[0].body, "**Resolved: "));
	assert_int_equal(told.m[1].n_told, 3);
}

/* ---- goldens ---------------------------------------------------------- */

static void put_body(struct buf *out, const struct message *m)
{
	cJSON *json = cJSON_Parse(m->body);
	char *text = json ? cJSON_Print(json) : NULL;

	buf_puts(out, text ? text : m->body);
	buf_puts(out, "\n\n");
	cJSON_free(text);
	cJSON_Delete(json);
}

static void put_message(struct buf *out, const struct message *m)
{
	if (m->kind == MESSAGE_HTTP)
		buf_printf(out, "%s %s\n", m->method, m->url);
	for (size_t i = 0; i < m->n_headers; i++)
		buf_printf(out, "%s: %s\n", m->headers[i].name,
			   m->headers[i].value);
	if (m->kind == MESSAGE_MAIL)
		buf_printf(out, "%s from %s user %s%s\n", m->server, m->from,
			   m->user, m->needs_tls ? " over TLS" : "");
	for (size_t i = 0; i < m->n_to; i++)
		buf_printf(out, "to %s\n", m->to[i]);
	for (size_t i = 0; i < m->n_args; i++)
		buf_printf(out, "argument %s\n", m->args[i]);
	for (size_t i = 0; i < m->n_env; i++)
		buf_printf(out, "%s=%s\n", m->env[i].name, m->env[i].value);
	if (*m->reference_path)
		buf_printf(out, "reference %s\n", m->reference_path);
	put_body(out, m);
}

static void put_told(struct buf *out, const char *what)
{
	buf_printf(out, "=== %s\n\n", what);
	for (size_t i = 0; i < told.n; i++)
		put_message(out, &told.m[i]);
}

static void test_goldens(void **state)
{
	static struct notice batch[13];

	(void)state;
	sample_batch(batch, COUNT(batch));
	for (size_t k = 0; k < CHANNEL_KIND_N; k++) {
		enum channel_kind kind = (enum channel_kind)k;
		char path[100];
		struct buf out;

		buf_init(&out, TEXT_MAX);
		tell_one(kind, NOTICE_FIRING, TEXT_RICH);
		put_told(&out, "firing");
		tell_one(kind, NOTICE_RESOLVED, TEXT_RICH);
		put_told(&out, "resolved");
		tell_one(kind, NOTICE_TIER, TEXT_HOSTILE);
		put_told(&out, "hostile");
		tell(kind, batch, COUNT(batch));
		put_told(&out, "batch");
		if (takes(kind, NOTICE_DIGEST)) {
			tell_one(kind, NOTICE_DIGEST, TEXT_RICH);
			put_told(&out, "digest");
		}
		snprintf(path, sizeof path, "tests/golden/notice/%s.txt",
			 channel_find(kind)->name);
		assert_golden(path, buf_text(&out), out.len);
		buf_release(&out);
	}
}

/* ---- secrets ---------------------------------------------------------- */

static size_t count(const char *text, const char *word)
{
	size_t n = 0;

	for (const char *at = text; (at = strstr(at, word)); at++)
		n++;
	return n;
}

/* A secret is where its service wants it, once a message, and nowhere else. */
static void test_secrets_stay_in_their_place(void **state)
{
	static const struct {
		size_t in_url, in_headers, in_body, in_env;
	} rows[CHANNEL_KIND_N] = {
		[CHANNEL_TELEGRAM] = { .in_url = 1 },
		[CHANNEL_SLACK] = { .in_url = 1 },
		[CHANNEL_TEAMS] = { .in_url = 1 },
		[CHANNEL_DISCORD] = { .in_url = 1 },
		[CHANNEL_PAGERDUTY] = { .in_body = 1 },
		[CHANNEL_ALERTMANAGER] = { .in_headers = 1 },
		[CHANNEL_GITHUB] = { .in_headers = 1 },
		[CHANNEL_EXEC] = { .in_env = 1 },
		/* email: password; sms: in base64; webhook: only its HMAC */
	};

	(void)state;
	for (size_t k = 0; k < CHANNEL_KIND_N; k++) {
		tell_one((enum channel_kind)k, NOTICE_FIRING, TEXT_RICH);
		for (size_t i = 0; i < told.n; i++) {
			const struct message *m = &told.m[i];
			size_t headers = 0, env = 0;

			for (size_t h = 0; h < m->n_headers; h++)
				headers += count(m->headers[h].value,
						 SAMPLE_SECRET);
			for (size_t e = 0; e < m->n_env; e++)
				env += count(m->env[e].value, SAMPLE_SECRET);
			assert_int_equal(count(m->url, SAMPLE_SECRET),
					 rows[k].in_url);
			assert_int_equal(count(m->body, SAMPLE_SECRET),
					 rows[k].in_body);
			assert_int_equal(headers, rows[k].in_headers);
			assert_int_equal(env, rows[k].in_env);
		}
	}
}

/* ---- Telegram --------------------------------------------------------- */

static char *text_of(const struct message *m, const char *key)
{
	cJSON *root = cJSON_Parse(m->body);
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, key);
	char *text = cJSON_IsString(item) ? strdup(item->valuestring) : NULL;

	cJSON_Delete(root);
	return text;
}

/* CF15: the layout, each emoji, where it goes. */
static void test_telegram_layout(void **state)
{
	static const struct {
		enum severity severity;
		enum notice_kind kind;
		const char *want;
	} rows[] = {
		{ SEVERITY_CRITICAL, NOTICE_FIRING,
		  "\xf0\x9f\x94\xb4 *Service Down: shop*\n\nIt is down.\n\n"
		  "\xf0\x9f\x95\x90 2026-01-02T03:04:05Z" },
		{ SEVERITY_ERROR, NOTICE_FIRING, "\xf0\x9f\x9f\xa0 *" },
		{ SEVERITY_WARNING, NOTICE_FIRING, "\xf0\x9f\x9f\xa1 *" },
		{ SEVERITY_INFO, NOTICE_FIRING, "\xf0\x9f\x94\xb5 *" },
		{ SEVERITY_CRITICAL, NOTICE_RESOLVED,
		  "\xe2\x9a\xaa *Resolved: Service Down: shop*\n\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct notice n = sample_notice(rows[i].kind, TEXT_BARE);
		char *text;

		n.severity = rows[i].severity;
		tell(CHANNEL_TELEGRAM, &n, 1);
		text = text_of(told.m, "text");
		assert_int_equal(
			strncmp(text, rows[i].want, strlen(rows[i].want)), 0);
		if (i == 0)
			assert_string_equal(text, rows[i].want);
		free(text);
		text = text_of(told.m, "parse_mode");
		assert_string_equal(text, "Markdown");
		free(text);
		text = text_of(told.m, "chat_id");
		assert_string_equal(text, "-1001234567890");
		free(text);
		assert_string_equal(
			told.m->url,
			"https://api.telegram.org/bot12345:" SAMPLE_SECRET
			"/sendMessage");
	}
}

/* CF15: what is shown is what was meant, and the plain form says the same. */
static void test_telegram_escapes(void **state)
{
	static const char *const texts[] = {
		"a_b",
		"*",
		"**",
		"a*b*c",
		"`code`",
		"[x](y)",
		"\\",
		"\\_",
		"\\\\*",
		"a\\",
		"_*`[",
		"*a*",
		"]",
		"a_b_c_d",
		"\\*\\*\\*",
		"1 * 2 *",
		"[[[[[[",
		"x",
		"_\xf0\x9f\x92\xa5_",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct notice n = sample_notice(NOTICE_FIRING, TEXT_BARE);
		char *marked, *shown, *plain;

		n.title = n.message = texts[i];
		tell(CHANNEL_TELEGRAM, &n, 1);
		marked = text_of(told.m, "text");
		shown = form_markdown(marked);
		assert_non_null(shown);
		assert_true(tell_with(CHANNEL_TELEGRAM, &n, 1, "", true));
		assert_null(strstr(told.m->body, "parse_mode"));
		plain = text_of(told.m, "text");
		assert_string_equal(shown, plain);
		assert_non_null(strstr(plain, texts[i]));
		free(marked);
		free(shown);
		free(plain);
	}
}

static void test_telegram_answers_below_the_first(void **state)
{
	const struct notice n = sample_notice(NOTICE_RESOLVED, TEXT_RICH);

	(void)state;
	assert_true(tell_with(CHANNEL_TELEGRAM, &n, 1, "4711", false));
	assert_non_null(strstr(told.m->body, "\"message_id\":4711,"));
	assert_null(form_check(CHANNEL_TELEGRAM, told.m));
	assert_true(tell_with(CHANNEL_TELEGRAM, &n, 1, "47x\"", false));
	assert_null(strstr(told.m->body, "message_id"));
}

/* ---- Slack ------------------------------------------------------------ */

/* DA8: color, title, text and ts of the attachment. */
static void test_slack_attachment(void **state)
{
	static const struct {
		enum severity severity;
		const char *color, *title;
	} rows[] = {
		{ SEVERITY_CRITICAL, "danger", "Alert: CRITICAL" },
		{ SEVERITY_ERROR, "danger", "Alert: ERROR" },
		{ SEVERITY_WARNING, "warning", "Alert: WARNING" },
		{ SEVERITY_INFO, "good", "Alert: INFO" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct notice n = sample_notice(NOTICE_FIRING, TEXT_BARE);
		cJSON *root, *at;

		n.severity = rows[i].severity;
		n.message = "<!channel> a & b";
		tell(CHANNEL_SLACK, &n, 1);
		root = cJSON_Parse(told.m->body);
		at = cJSON_GetArrayItem(
			cJSON_GetObjectItem(root, "attachments"), 0);
#define MEMBER(key) cJSON_GetObjectItem(at, key)->valuestring
		assert_string_equal(MEMBER("color"), rows[i].color);
		assert_string_equal(MEMBER("title"), rows[i].title);
		assert_string_equal(MEMBER("text"),
				    "Service Down: shop\n"
				    "&lt;!channel&gt; a &amp; b");
		assert_int_equal(cJSON_GetObjectItem(at, "ts")->valuedouble,
				 SAMPLE_AT_NS / UNIT_NS_PER_S);
		cJSON_Delete(root);
	}
}

/* ---- PagerDuty -------------------------------------------------------- */

/* AT15: what belongs to one outage has one key, and its end resolves it. */
static void test_pagerduty_actions(void **state)
{
	static const struct {
		enum notice_kind kind;
		const char *action;
	} rows[] = {
		{ NOTICE_FIRING, "trigger" },
		{ NOTICE_TIER, "trigger" },
		{ NOTICE_REMINDER, "trigger" },
		{ NOTICE_ESCALATED, "trigger" },
		{ NOTICE_ACKNOWLEDGED, "acknowledge" },
		{ NOTICE_RESOLVED, "resolve" },
		{ NOTICE_SETTLED, "trigger" },
	};
	struct notice n;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *text;

		tell_one(CHANNEL_PAGERDUTY, rows[i].kind, TEXT_RICH);
		text = text_of(told.m, "event_action");
		assert_string_equal(text, rows[i].action);
		free(text);
		text = text_of(told.m, "dedup_key");
		assert_string_equal(text, "clicky/down/ready/1767322925");
		free(text);
	}
	n = sample_notice(NOTICE_SETTLED, TEXT_RICH);
	n.is_firing = false;
	tell(CHANNEL_PAGERDUTY, &n, 1);
	assert_non_null(strstr(told.m->body, "\"resolve\""));
	/* a test wakes nobody for long */
	tell_one(CHANNEL_PAGERDUTY, NOTICE_TEST, TEXT_RICH);
	assert_int_equal(told.n, 2);
	assert_non_null(strstr(told.m[0].body, "\"trigger\""));
	assert_non_null(strstr(told.m[0].body, "\"severity\":\"info\""));
	assert_non_null(strstr(told.m[1].body, "\"resolve\""));
}

/* ---- Alertmanager ----------------------------------------------------- */

/* A change of severity ends the alert of the others. */
static void test_alertmanager_tiers(void **state)
{
	static const struct {
		enum notice_kind kind;
		size_t n_alerts, n_over;
	} rows[] = {
		{ NOTICE_FIRING, 1, 0 },   { NOTICE_TIER, 4, 3 },
		{ NOTICE_REMINDER, 1, 0 }, { NOTICE_RESOLVED, 4, 4 },
		{ NOTICE_EVENT, 1, 0 },	   { NOTICE_TEST, 1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		tell_one(CHANNEL_ALERTMANAGER, rows[i].kind, TEXT_RICH);
		assert_string_equal(told.m->url,
				    "http://alertmanager.example.org:9093"
				    "/api/v2/alerts");
		assert_int_equal(count(told.m->body, "\"labels\""),
				 rows[i].n_alerts);
		assert_int_equal(count(told.m->body,
				       "\"endsAt\":\"2026-01-02T03:04:05Z\""),
				 rows[i].n_over);
	}
}

/* ---- GitHub ----------------------------------------------------------- */

static void test_github_goes_by_the_reference(void **state)
{
	static const struct {
		enum notice_kind kind;
		const char *reference;
		const char *requests;
	} rows[] = {
		{ NOTICE_FIRING, "", "POST /issues " },
		{ NOTICE_REMINDER, "12", "POST /issues/12/comments " },
		{ NOTICE_TIER, "12", "POST /issues/12/comments " },
		{ NOTICE_RESOLVED, "12",
		  "POST /issues/12/comments PATCH /issues/12 " },
		{ NOTICE_RESOLVED, "", "POST /issues " },
		{ NOTICE_RESOLVED, "12/../../x", "POST /issues " },
		{ NOTICE_RESOLVED, "0", "POST /issues " },
		{ NOTICE_RESOLVED, "99999999999999999", "POST /issues " },
	};
	static const char base[] = "https://api.github.com/repos/clicky/ops";

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct notice n = sample_notice(rows[i].kind, TEXT_RICH);
		struct buf seen;

		assert_true(tell_with(CHANNEL_GITHUB, &n, 1, rows[i].reference,
				      false));
		buf_init(&seen, TEXT_MAX);
		for (size_t k = 0; k < told.n; k++) {
			const struct message *m = &told.m[k];

			assert_null(form_check(CHANNEL_GITHUB, m));
			assert_int_equal(strncmp(m->url, base, sizeof base - 1),
					 0);
			buf_printf(&seen, "%s %s ", m->method,
				   m->url + sizeof base - 1);
		}
		assert_string_equal(buf_text(&seen), rows[i].requests);
		buf_release(&seen);
	}
	assert_true(tell_with(
		CHANNEL_GITHUB,
		(struct notice[]){ sample_notice(NOTICE_FIRING, TEXT_RICH) }, 1,
		"", false));
	assert_string_equal(told.m->reference_path, "$.number");
	assert_non_null(strstr(told.m->body, "[\"outage\",\"assay\"]"));
}

/* ---- webhook ---------------------------------------------------------- */

static const char *header(const struct message *m, const char *name)
{
	for (size_t i = 0; i < m->n_headers; i++)
		if (!strcmp(m->headers[i].name, name))
			return m->headers[i].value;
	return NULL;
}

static void test_webhook_signature(void **state)
{
	unsigned char digest[TEMPLATE_DIGEST_BYTES];
	struct buf text, want;

	(void)state;
	tell_one(CHANNEL_WEBHOOK, NOTICE_FIRING, TEXT_RICH);
	assert_string_equal(header(told.m, "X-Assay-Timestamp"), "1767323105");
	buf_init(&text, TEXT_MAX);
	buf_init(&want, TEXT_MAX);
	buf_printf(&text, "1767323105.%s", told.m->body);
	sign(NULL, SAMPLE_SECRET, strlen(SAMPLE_SECRET), buf_text(&text),
	     text.len, digest);
	buf_puts(&want, "sha256=");
	text_hex_encode(&want, digest, sizeof digest);
	assert_string_equal(header(told.m, "X-Assay-Signature"),
			    buf_text(&want));
	buf_release(&text);
	buf_release(&want);
}

/* Without a world there is no signature, and so no message. */
static void test_webhook_fails_closed(void **state)
{
	const struct notice n = sample_notice(NOTICE_FIRING, TEXT_RICH);
	struct notice_input in = { .n = 1, .notices = &n, .reference = "" };
	struct sample_channel ch;

	(void)state;
	tell_one(CHANNEL_WEBHOOK, NOTICE_FIRING, TEXT_RICH);
	sample_channel(CHANNEL_WEBHOOK, &ch);
	in.channel = &ch.channel;
	in.settings = ch.settings;
	in.n_settings = ch.n_settings;
	assert_false(notice_render(&in, told.a, &told.m, &told.n, &problems));
	assert_non_null(strstr(problems.item[0].text, "nothing signs"));
	problems = (struct errs){ 0 };
	in.n_settings = 1; /* the address alone */
	assert_true(notice_render(&in, told.a, &told.m, &told.n, &problems));
	assert_null(header(told.m, "X-Assay-Signature"));
}

/* ---- SMS -------------------------------------------------------------- */

/* AT15 */
static void test_sms_presets(void **state)
{
	struct notice n = sample_notice(NOTICE_FIRING, TEXT_BARE);

	(void)state;
	n.message = "\xe2\x80\x9cquoted\xe2\x80\x9d \xe2\x80\x94 5 \xc2\xb5s";
	n.environment = "";
	tell(CHANNEL_SMS, &n, 1);
	assert_int_equal(told.n, 2);
	assert_string_equal(told.m[0].url,
			    "https://api.twilio.com/2010-04-01/Accounts/"
			    "AC0123456789abcdef/Messages.json");
	assert_string_equal(told.m[0].body,
			    "To=%2B62811223344&From=%2B15005550006&Body=INFO"
			    "%20Service%20Down%3A%20shop%202026-01-02T03%3A04"
			    "%3A05Z%0A%22quoted%22%20-%205%20us");
	assert_non_null(strstr(told.m[1].body, "To=%2B62811223355&"));
	assert_int_equal(strncmp(header(told.m, "Authorization"), "Basic ", 6),
			 0);
}

static void test_sms_own_body(void **state)
{
	static const struct notice_setting settings[] = {
		{ "preset", "json" },
		{ "url", "https://sms.example.org/" },
		{ "to", "+1\"" },
		{ "token", SAMPLE_SECRET },
		{ "body", "{\"msisdn\":\"{to}\",\"msg\":\"{text}\"}" },
	};
	struct notice n = sample_notice(NOTICE_FIRING, TEXT_BARE);
	struct alert_channel c = { .name = "sms", .kind = CHANNEL_SMS };
	const struct notice_input in = { .channel = &c,
					 .n_settings = COUNT(settings),
					 .settings = settings,
					 .n = 1,
					 .notices = &n,
					 .reference = "" };
	char *text;

	(void)state;
	tell(CHANNEL_SMS, &n, 1);
	n.message = "a\"b\\c";
	problems = (struct errs){ 0 };
	assert_true(notice_render(&in, told.a, &told.m, &told.n, &problems));
	text = text_of(told.m, "msg");
	assert_non_null(strstr(text, "a\"b\\c"));
	free(text);
	text = text_of(told.m, "msisdn");
	assert_string_equal(text, "+1\"");
	free(text);
	assert_string_equal(header(told.m, "Authorization"),
			    "Bearer " SAMPLE_SECRET);
}

/* ---- mail ------------------------------------------------------------- */

static bool has_line(const struct message *m, const char *line)
{
	const char *at = strstr(m->body, line);

	return at && (at == m->body || at[-1] == '\n');
}

/* All mails of an outage name the first one. */
static void test_mail_threads(void **state)
{
	static const char root[] = "<clicky=2Fdown=2Fready=2F1767322925"
				   "@monitor.example.org>";

	(void)state;
	tell_one(CHANNEL_EMAIL, NOTICE_FIRING, TEXT_RICH);
	assert_non_null(strstr(told.m->body, root));
	assert_true(has_line(told.m, "Message-ID: <clicky=2Fdown=2Fready=2F"
				     "1767322925@monitor.example.org>\r\n"));
	assert_null(strstr(told.m->body, "In-Reply-To"));
	tell_one(CHANNEL_EMAIL, NOTICE_RESOLVED, TEXT_RICH);
	assert_true(has_line(told.m, "References: <clicky=2Fdown=2Fready=2F"
				     "1767322925@monitor.example.org>\r\n"));
	assert_true(has_line(told.m, "In-Reply-To: <clicky="));
	assert_true(has_line(told.m, "Auto-Submitted: auto-generated\r\n"));
	assert_int_equal(count(told.m->body, root), 2);
}

/* CF27: its length is told by every channel. */
static void test_length_is_told(void **state)
{
	(void)state;
	for (size_t k = 0; k < CHANNEL_KIND_N; k++) {
		const char *want = "12 min 4 s";

		if (k == CHANNEL_WEBHOOK || k == CHANNEL_EXEC)
			want = "\"lasted_ns\":724000000000";
		if (k == CHANNEL_SMS)
			want = "after%2012%20min%204%20s";

		tell_one((enum channel_kind)k, NOTICE_RESOLVED, TEXT_RICH);
		assert_non_null(strstr(told.m->body, want));
	}
}

/* CF28: the warnings and errors of a day as a table. */
static void test_mail_digest(void **state)
{
	(void)state;
	tell_one(CHANNEL_EMAIL, NOTICE_DIGEST, TEXT_RICH);
	assert_true(has_line(told.m, "Subject: [DIGEST] Daily digest: Clicky "
				     "Foundation (Clicky Foundation)\r\n"));
	assert_int_equal(count(told.m->body, "<tr>"), 1 + 3 + 2);
	assert_int_equal(count(told.m->body, "Backup Failed: backup"), 2);
	assert_null(strstr(told.m->body, "<no space left>"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_kind_everywhere),
		cmocka_unit_test(test_batches),
		cmocka_unit_test(test_digest_is_refused_where_it_would_page),
		cmocka_unit_test(test_what_a_message_tells),
		cmocka_unit_test(test_goldens),
		cmocka_unit_test(test_secrets_stay_in_their_place),
		cmocka_unit_test(test_telegram_layout),
		cmocka_unit_test(test_telegram_escapes),
		cmocka_unit_test(test_telegram_answers_below_the_first),
		cmocka_unit_test(test_slack_attachment),
		cmocka_unit_test(test_pagerduty_actions),
		cmocka_unit_test(test_alertmanager_tiers),
		cmocka_unit_test(test_github_goes_by_the_reference),
		cmocka_unit_test(test_webhook_signature),
		cmocka_unit_test(test_webhook_fails_closed),
		cmocka_unit_test(test_sms_presets),
		cmocka_unit_test(test_sms_own_body),
		cmocka_unit_test(test_mail_threads),
		cmocka_unit_test(test_length_is_told),
		cmocka_unit_test(test_mail_digest),
	};

	return cmocka_run_group_tests(tests, NULL, free_told);
}
