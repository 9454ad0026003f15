/* SPDX-License-Identifier: MIT */

/*
 * alertmanager - POST /api/v2/alerts: an array of alerts.
 *
 * An alert is its labels, and severity is one of them because routes look at
 * it.  So a change of severity ends the alert of the other severities in the
 * same request, and an end ends all of them: of what never fired, Alertmanager
 * says nothing.  It forgets in minutes (resolve_timeout) what has no endsAt
 * and is not repeated; what fires is told once here, so it gets one that is
 * NOTICE_ALERTMANAGER_HOLD_NS away.
 *
 * Source        github.com/prometheus/alertmanager, api/v2/openapi.yaml
 *               (postableAlert), doc/arch.  Answers: 200; 400 with what is
 *               wrong; 5xx.
 */

#include <string.h>

#include "report/notice/channel.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"

enum { TEST_S = 60, EVENT_S = 300 };

static void put_labels(struct telling *t, cJSON *alert, const struct notice *n,
		       enum severity severity)
{
	cJSON *labels = tell_put_object(t, alert, "labels");

	tell_put_text(t, labels, "alertname",
		      *n->rule ? n->rule : notice_kind_name(n->kind));
	tell_put_text(t, labels, "severity", severity_name(severity));
	tell_put_some(t, labels, "job", "assay");
	tell_put_some(t, labels, "scenario", n->scenario);
	tell_put_some(t, labels, "environment", n->environment);
	tell_put_some(t, labels, "check", n->check);
	/* an event that happens twice is two alerts */
	if (n->kind == NOTICE_EVENT)
		tell_put_some(t, labels, "episode", n->episode);
}

static void put_annotations(struct telling *t, cJSON *alert,
			    const struct notice *n)
{
	struct notice_fact facts[TELL_FACTS_MAX];
	size_t n_facts = notice_facts(t, n, facts);
	cJSON *annotations = tell_put_object(t, alert, "annotations");
	struct buf text;

	buf_init(&text, TELL_BODY_MAX);
	say_headline(&text, n);
	tell_put_text(t, annotations, "summary", tell_keep(t, &text));
	tell_put_some(t, annotations, "description", n->message);
	for (size_t i = 0; i < n_facts; i++)
		if (facts[i].weight <= FACT_BRIEF &&
		    strcmp(facts[i].key, "environment"))
			tell_put_text(t, annotations, facts[i].key,
				      facts[i].value);
}

static uint64_t begin_of(const struct notice *n)
{
	return n->since_at_ns && n->since_at_ns < n->at_ns ? n->since_at_ns
							   : n->at_ns;
}

static uint64_t end_of(const struct notice *n)
{
	if (n->kind == NOTICE_TEST)
		return n->at_ns + TEST_S * UNIT_NS_PER_S;
	if (n->kind == NOTICE_EVENT)
		return n->at_ns + EVENT_S * UNIT_NS_PER_S;
	return notice_is_over(n) ? n->at_ns
				 : n->at_ns + NOTICE_ALERTMANAGER_HOLD_NS;
}

static bool is_link(const char *url)
{
	return !strncmp(url, "https://", 8) || !strncmp(url, "http://", 7);
}

static void put_alert(struct telling *t, cJSON *list, const struct notice *n,
		      enum severity severity, uint64_t end_ns)
{
	cJSON *alert = tell_add_object(t, list);

	put_labels(t, alert, n, severity);
	put_annotations(t, alert, n);
	tell_put_text(t, alert, "startsAt", tell_time(t, begin_of(n)));
	tell_put_text(t, alert, "endsAt", tell_time(t, end_ns));
	/* it must be a URI, and a cut one is none */
	if (is_link(n->url) && strlen(n->url) < NOTICE_URL_MAX)
		tell_put_text(t, alert, "generatorURL", n->url);
}

static void put_notice(struct telling *t, cJSON *list, const struct notice *n)
{
	bool is_once = n->kind == NOTICE_EVENT || n->kind == NOTICE_TEST;
	bool is_change = n->kind == NOTICE_TIER || notice_is_over(n);

	if (!notice_is_over(n))
		put_alert(t, list, n, n->severity, end_of(n));
	for (size_t s = 0; is_change && !is_once && s < SEVERITY_N; s++)
		if (notice_is_over(n) || s != n->severity)
			put_alert(t, list, n, (enum severity)s, n->at_ns);
}

static bool render(struct telling *t)
{
	struct message *m = tell_post(
		t, tell_join(t, tell_setting(t, "url"), "/api/v2/alerts"),
		"application/json");
	cJSON *list;

	if (!m || !tell_headers(t, m, "headers"))
		return false;
	list = cJSON_CreateArray();
	for (size_t i = 0; i < t->n; i++)
		put_notice(t, list, &t->notices[i]);
	return tell_json(t, m, list);
}

static const struct channel_key keys[] = {
	{ "url", SETTING_URL, true },
	{ "headers", SETTING_TEXT, false },
};

const struct channel channel_alertmanager = {
	.name = "alertmanager",
	.kind = CHANNEL_ALERTMANAGER,
	CHANNEL_KEYS(keys),
	.render = render,
	.answer = answer_by_status,
};
