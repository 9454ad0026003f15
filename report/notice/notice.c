/* SPDX-License-Identifier: MIT */
#include "report/notice/notice.h"

#include <stdlib.h>
#include <string.h>

#include "report/notice/channel.h"
#include "report/notice/clean.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/text.h"

static const struct channel *const channels[CHANNEL_KIND_N] = {
	[CHANNEL_TELEGRAM] = &channel_telegram,
	[CHANNEL_EMAIL] = &channel_email,
	[CHANNEL_SLACK] = &channel_slack,
	[CHANNEL_PAGERDUTY] = &channel_pagerduty,
	[CHANNEL_SMS] = &channel_sms,
	[CHANNEL_TEAMS] = &channel_teams,
	[CHANNEL_DISCORD] = &channel_discord,
	[CHANNEL_WEBHOOK] = &channel_webhook,
	[CHANNEL_ALERTMANAGER] = &channel_alertmanager,
	[CHANNEL_GITHUB] = &channel_github,
	[CHANNEL_EXEC] = &channel_exec,
};

const struct channel *channel_find(enum channel_kind kind)
{
	return channels[kind];
}

/* ---- what is put in --------------------------------------------------- */

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static const char *wrong_letter(const struct channel_key *key,
				const char *value)
{
	bool is_url = key->kind == SETTING_URL || key->kind == SETTING_SERVER;

	for (const char *c = value; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return "holds a control character, such as the line "
			       "end of a file";
		if (is_url && (*c == ' ' || (unsigned char)*c > 0x7e))
			return "is no address: a space or a letter beyond "
			       "ASCII is in it";
	}
	return text_utf8_valid(value, strlen(value), NULL) ? NULL
							   : "is no UTF-8";
}

static const char *wrong_value(const struct channel_key *key, const char *value)
{
	if (strlen(value) > TELL_SETTING_MAX)
		return "is too long";
	switch (key->kind) {
	case SETTING_ARGUMENT:
		return NULL;
	case SETTING_URL:
		if (!begins(value, "https://") && !begins(value, "http://"))
			return "must begin with https:// or http://";
		break;
	case SETTING_SERVER:
		if (!begins(value, "smtp://") && !begins(value, "smtps://"))
			return "must begin with smtp:// or smtps://";
		break;
	default:
		break;
	}
	return wrong_letter(key, value);
}

static bool check_settings(struct telling *t, const struct channel *ch)
{
	bool ok = true;

	for (size_t i = 0; i < ch->n_keys; i++) {
		const struct channel_key *key = &ch->keys[i];
		const char *value;

		if (key->is_needed && !*tell_setting(t, key->name))
			ok = tell_wrong(t, key->name, "is empty");
		for (size_t k = 0; (value = tell_setting_at(t, key->name, k));
		     k++) {
			const char *why = wrong_value(key, value);

			if (k == TELL_LIST_MAX)
				why = "has too many elements";
			if (why)
				ok = tell_wrong(t, key->name, why);
			if (k == TELL_LIST_MAX)
				break;
		}
	}
	return ok;
}

static bool check_notices(struct telling *t, const struct channel *ch)
{
	const struct notice_input *in = t->in;
	const struct alert_channel *c = in->channel;

	if (in->n == 0 || in->n > NOTICE_TOGETHER_MAX)
		return errs_add(t->es, ERR_INPUT, c->at,
				"channel \"%s\" is given %zu notices, must be "
				"1 to %d",
				c->name, in->n, NOTICE_TOGETHER_MAX);
	for (size_t i = 0; i < in->n; i++) {
		const char *episode = in->notices[i].episode;

		if (episode && strlen(episode) > NOTICE_EPISODE_MAX)
			return errs_add(t->es, ERR_INPUT, c->at,
					"the episode of a notice has more than "
					"%d bytes",
					NOTICE_EPISODE_MAX);
		if (in->notices[i].kind == NOTICE_DIGEST && !ch->takes_digest)
			return errs_add(t->es, ERR_INPUT, c->at,
					"channel \"%s\" (%s) takes no digest",
					c->name, ch->name);
	}
	return true;
}

/* A digest is about all of it, and what is over comes last. */
static unsigned rank(const struct notice *n)
{
	if (n->kind == NOTICE_DIGEST)
		return SEVERITY_N + 1;
	return notice_is_over(n) ? 0 : (unsigned)n->severity + 1;
}

static int by_rank(const void *a, const void *b)
{
	const struct notice *const *x = a, *const *y = b;
	unsigned rx = rank(*x), ry = rank(*y);

	if (rx != ry)
		return rx > ry ? -1 : 1;
	return *x < *y ? -1 : *x > *y; /* both are in one array */
}

static bool take_in(struct telling *t)
{
	struct notice *clean = arena_alloc(t->a, t->in->n, sizeof *clean);
	const struct notice **worst =
		arena_alloc(t->a, t->in->n, sizeof *worst);

	if (!clean || !worst)
		return false;
	for (size_t i = 0; i < t->in->n; i++) {
		if (!clean_notice(t->a, &t->in->notices[i], &clean[i]))
			return false;
		worst[i] = &clean[i];
	}
	qsort(worst, t->in->n, sizeof *worst, by_rank);
	t->n = t->in->n;
	t->notices = clean;
	t->worst = worst;
	return true;
}

bool notice_render(const struct notice_input *in, struct arena *a,
		   struct message **out, size_t *n_out, struct errs *es)
{
	const struct channel *ch = channel_find(in->channel->kind);
	struct telling t = { .in = in, .a = a, .es = es };
	size_t before = es->n + es->dropped;
	bool ok = check_settings(&t, ch);

	if (!check_notices(&t, ch) || !ok)
		return false;
	if (!take_in(&t))
		return errs_nomem(es);
	ok = ch->render(&t) && !t.has_failed;
	if (!ok) {
		if (es->n + es->dropped == before)
			errs_nomem(es);
		return false;
	}
	tell_told(&t, t.n);
	for (size_t i = 1; i < t.n_messages; i++)
		if (t.messages[i].n_told < t.messages[i - 1].n_told)
			t.messages[i].n_told = t.messages[i - 1].n_told;
	*out = t.messages;
	*n_out = t.n_messages;
	return true;
}

struct notice notice_test(const char *scenario, const char *environment,
			  const char *episode, uint64_t at_ns)
{
	return (struct notice){
		.kind = NOTICE_TEST,
		.scenario = scenario,
		.environment = environment ? environment : "",
		.rule = "test",
		.check = "",
		.severity = SEVERITY_INFO,
		.title = "Test notice",
		.message = "This is a test of the alerts of assay. Nothing is "
			   "wrong.",
		.at_ns = at_ns,
		.episode = episode,
		.url = "",
		.request_id = "",
		.vantage = "",
		.value = "",
		.threshold = "",
		.silenced = "",
	};
}
