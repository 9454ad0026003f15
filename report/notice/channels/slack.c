/* SPDX-License-Identifier: MIT */

/*
 * slack - incoming webhook, with one attachment for each notice:
 *
 *     { "attachments": [ { "color": "danger", "title": "Alert: CRITICAL",
 *                          "text": "...", "ts": 1767323045 } ] }
 *
 * Source        docs.slack.dev: "Sending messages using incoming webhooks"
 *               (answers), "Legacy: secondary message attachments" (fields),
 *               "Formatting message text" (& < > are escaped).  mrkdwn_in is
 *               empty, so that * _ ~ ` of a text stay what they are.
 */

#include <string.h>

#include "report/notice/channel.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

enum {
	SLACK_TEXT_MAX = 3000, /* bytes of the text of an attachment, before
				* it is escaped; the service shows less */
	SLACK_VALUE_MAX = 300, /* bytes of a field */
	SLACK_SHORT_MAX = 30,  /* of one that stands beside another */
	SLACK_ESCAPED = 5,     /* bytes of an escaped one at most */
};

static const char *color(const struct notice *n)
{
	static const char *const colors[SEVERITY_N] = {
		[SEVERITY_INFO] = "good",
		[SEVERITY_WARNING] = "warning",
		[SEVERITY_ERROR] = "danger",
		[SEVERITY_CRITICAL] = "danger",
	};

	return notice_is_over(n) ? "good" : colors[n->severity];
}

static const char *escaped(struct telling *t, const char *text,
			   size_t max_bytes)
{
	struct buf cut, out;

	buf_init(&cut, max_bytes);
	buf_init(&out, max_bytes * SLACK_ESCAPED);
	text_cut(&cut, text, strlen(text), max_bytes);
	for (const char *c = buf_text(&cut); *c; c++) {
		if (*c == '&')
			buf_puts(&out, "&amp;");
		else if (*c == '<')
			buf_puts(&out, "&lt;");
		else if (*c == '>')
			buf_puts(&out, "&gt;");
		else
			buf_putc(&out, *c);
	}
	buf_release(&cut);
	return tell_keep(t, &out);
}

static const char *body_of(struct telling *t, const struct notice *n,
			   size_t max_bytes)
{
	struct buf text;

	buf_init(&text, TELL_BODY_MAX);
	say_headline(&text, n);
	if (*n->message)
		buf_printf(&text, "\n%s", n->message);
	for (size_t i = 0; i < n->n_lines; i++) {
		buf_putc(&text, '\n');
		say_line(&text, &n->lines[i]);
	}
	return escaped(t, tell_keep(t, &text), max_bytes);
}

static void put_fields(struct telling *t, cJSON *to, const struct notice *n,
		       enum fact_weight most)
{
	struct notice_fact facts[TELL_FACTS_MAX];
	size_t n_facts = notice_facts(t, n, facts);
	cJSON *fields = tell_put_array(t, to, "fields");

	for (size_t i = 0; i < n_facts; i++) {
		cJSON *field;

		if (facts[i].weight > most)
			continue;
		field = tell_add_object(t, fields);
		tell_put_text(t, field, "title", facts[i].name);
		tell_put_text(t, field, "value",
			      escaped(t, facts[i].value, SLACK_VALUE_MAX));
		tell_put_bool(t, field, "short",
			      strlen(facts[i].value) <= SLACK_SHORT_MAX);
	}
}

static const char *title_of(struct telling *t, const struct notice *n)
{
	struct buf text;

	buf_init(&text, NOTICE_NAME_MAX);
	buf_printf(&text, "Alert: %s", notice_shout(n));
	return tell_keep(t, &text);
}

static void put_one(struct telling *t, cJSON *list, const struct notice *n,
		    size_t max_bytes, enum fact_weight most)
{
	cJSON *at = tell_add_object(t, list);
	struct buf name;

	buf_init(&name, NOTICE_NAME_MAX * 3);
	buf_puts(&name, n->scenario);
	if (*n->environment)
		buf_printf(&name, ", %s", n->environment);
	tell_put_text(t, at, "color", color(n));
	tell_put_text(t, at, "title", title_of(t, n));
	tell_put_text(t, at, "text", body_of(t, n, max_bytes));
	tell_put_text(t, at, "fallback", body_of(t, n, TELL_SHORT_MAX));
	put_fields(t, at, n, most);
	tell_put_text(t, at, "footer",
		      escaped(t, tell_keep(t, &name), NOTICE_NAME_MAX * 2));
	tell_put_array(t, at, "mrkdwn_in");
	tell_put_number(t, at, "ts", (double)(n->at_ns / UNIT_NS_PER_S));
}

static void put_rest(struct telling *t, cJSON *list, size_t more)
{
	cJSON *at = tell_add_object(t, list);
	struct buf text;

	buf_init(&text, NOTICE_NAME_MAX);
	say_and_more(&text, more);
	tell_put_text(t, at, "text", tell_keep(t, &text));
	tell_put_text(t, at, "fallback", "and more");
}

static bool render(struct telling *t)
{
	size_t told = t->n < TELL_FULLY_MAX ? t->n : TELL_FULLY_MAX;
	struct message *m =
		tell_post(t, tell_setting(t, "url"), "application/json");
	cJSON *root, *list;
	struct buf text;

	if (!m)
		return false;
	root = cJSON_CreateObject();
	if (t->n > 1) {
		buf_init(&text, NOTICE_NAME_MAX);
		say_together(&text, t);
		tell_put_text(t, root, "text", tell_keep(t, &text));
	}
	list = tell_put_array(t, root, "attachments");
	for (size_t i = 0; i < told; i++) {
		if (t->n == 1)
			put_one(t, list, t->worst[i], SLACK_TEXT_MAX,
				FACT_BRIEF);
		else
			put_one(t, list, t->worst[i], TELL_SHORT_MAX,
				FACT_ALWAYS);
	}
	if (told < t->n)
		put_rest(t, list, t->n - told);
	return tell_json(t, m, root);
}

/* 200 "ok"; invalid_payload, no_text (400), invalid_token, action_prohibited
 * (403), channel_not_found, no_service (404), channel_is_archived (410) are
 * for good, rollup_error (500) is not. */
static enum answer_meaning answer(int64_t status, const char *body, size_t len)
{
	if (status >= 400 && status < 500 &&
	    answer_says(body, len, "rate_limited"))
		return ANSWER_LATER;
	return answer_http(status);
}

static const struct channel_key keys[] = {
	{ "url", SETTING_URL, true },
};

const struct channel channel_slack = {
	.name = "slack",
	.kind = CHANNEL_SLACK,
	.takes_digest = true,
	CHANNEL_KEYS(keys),
	.render = render,
	.answer = answer,
};
