/* SPDX-License-Identifier: MIT */

/*
 * pagerduty - Events API v2: one event for each notice, under the dedup_key of
 * its outage, so that what comes later changes the incident and opens none.
 *
 * Source        developer.pagerduty.com, "Events API v2": summary at most 1024
 *               characters, dedup_key at most 255, severity one of critical,
 *               error, warning, info; an event at most 512 KB; answers 202
 *               accepted, 400 invalid, 429 too many, 5xx try again.
 * Test          is triggered and resolved at once, so nobody has to.
 */

#include <string.h>

#include "report/notice/channel.h"
#include "scenarios/base/buf.h"

enum {
	PAGERDUTY_SUMMARY_MAX = 1024, /* UTF-16 units: never too many */
	PAGERDUTY_KEY_MAX = 255,
};

static const char *action_of(const struct notice *n)
{
	if (n->kind == NOTICE_ACKNOWLEDGED)
		return "acknowledge";
	return notice_is_over(n) ? "resolve" : "trigger";
}

static const char *summary_of(struct telling *t, const struct notice *n)
{
	struct buf all, text;

	buf_init(&all, TELL_BODY_MAX);
	buf_init(&text, TELL_BODY_MAX);
	say_headline(&all, n);
	if (*n->message)
		buf_printf(&all, ": %s", n->message);
	say_units(&text, buf_text(&all), PAGERDUTY_SUMMARY_MAX);
	buf_release(&all);
	return tell_keep(t, &text);
}

/* What is affected: the target if it is known. */
static const char *source_of(const struct notice *n)
{
	if (*n->url)
		return n->url;
	if (*n->check)
		return n->check;
	return *n->scenario ? n->scenario : "assay";
}

static void put_payload(struct telling *t, cJSON *root, const struct notice *n)
{
	struct notice_fact facts[TELL_FACTS_MAX];
	size_t n_facts = notice_facts(t, n, facts);
	cJSON *payload = tell_put_object(t, root, "payload");
	cJSON *details;

	tell_put_text(t, payload, "summary", summary_of(t, n));
	tell_put_text(t, payload, "source", source_of(n));
	tell_put_text(t, payload, "severity",
		      n->kind == NOTICE_TEST ? "info"
					     : severity_name(n->severity));
	tell_put_text(t, payload, "timestamp", tell_time(t, n->at_ns));
	tell_put_some(t, payload, "component", n->check);
	tell_put_some(t, payload, "group", n->scenario);
	tell_put_some(t, payload, "class", n->rule);
	details = tell_put_object(t, payload, "custom_details");
	tell_put_some(t, details, "message", n->message);
	tell_put_text(t, details, "kind", notice_kind_name(n->kind));
	for (size_t i = 0; i < n_facts; i++)
		tell_put_text(t, details, facts[i].key, facts[i].value);
}

static bool put_event(struct telling *t, const struct notice *n,
		      const char *action)
{
	struct message *m =
		tell_post(t, tell_setting(t, "api"), "application/json");
	cJSON *root;

	if (!m)
		return false;
	root = cJSON_CreateObject();
	tell_put_text(t, root, "routing_key", tell_setting(t, "routing_key"));
	tell_put_text(t, root, "event_action", action);
	tell_put_text(t, root, "dedup_key", n->episode);
	tell_put_text(t, root, "client", "assay");
	put_payload(t, root, n);
	return tell_json(t, m, root);
}

static bool render(struct telling *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct notice *n = &t->notices[i];

		if (!*n->episode)
			return tell_wrong(t, "routing_key",
					  "is given a notice without an "
					  "episode");
		if (!put_event(t, n, action_of(n)))
			return false;
		if (n->kind == NOTICE_TEST && !put_event(t, n, "resolve"))
			return false;
		tell_told(t, i + 1);
	}
	return true;
}

static const struct channel_key keys[] = {
	{ "routing_key", SETTING_TEXT, true },
	{ "api", SETTING_URL, true },
};

const struct channel channel_pagerduty = {
	.name = "pagerduty",
	.kind = CHANNEL_PAGERDUTY,
	CHANNEL_KEYS(keys),
	.render = render,
	.answer = answer_by_status,
};

_Static_assert((int)NOTICE_EPISODE_MAX <= (int)PAGERDUTY_KEY_MAX,
	       "an episode is a dedup_key");
