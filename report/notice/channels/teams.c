/* SPDX-License-Identifier: MIT */

/*
 * teams - a Workflows webhook ("when a Teams webhook request is received"),
 * which posts an Adaptive Card.  The connectors that took a MessageCard are
 * retired.
 *
 * Source        learn.microsoft.com: "Create incoming webhooks with Workflows"
 *               (type message, attachments with contentType
 *               application/vnd.microsoft.card.adaptive; at most 28 KB);
 *               adaptivecards.io: AdaptiveCard 1.4, Container, RichTextBlock.
 * Escaping      a TextRun takes no Markdown, so all foreign text is in one.
 */

#include <string.h>

#include "report/notice/channel.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"

enum {
	TEAMS_BYTES_MAX = 28 * 1024, /* of a message */
	TEAMS_ONE_TEXT = 6000,	     /* bytes of the text of one notice */
	TEAMS_FACT = 300,
	TEAMS_ENTRIES_MAX = TELL_FULLY_MAX,
};

static const char *style(const struct notice *n)
{
	static const char *const styles[SEVERITY_N] = {
		[SEVERITY_INFO] = "accent",
		[SEVERITY_WARNING] = "warning",
		[SEVERITY_ERROR] = "attention",
		[SEVERITY_CRITICAL] = "attention",
	};

	return notice_is_over(n) ? "good" : styles[n->severity];
}

static void put_run(struct telling *t, cJSON *inlines, const char *text,
		    size_t max_bytes, bool is_bold)
{
	cJSON *run = tell_add_object(t, inlines);
	struct buf cut;

	buf_init(&cut, max_bytes);
	text_cut(&cut, text, strlen(text), max_bytes);
	tell_put_text(t, run, "type", "TextRun");
	tell_put_text(t, run, "text", tell_keep(t, &cut));
	if (is_bold)
		tell_put_text(t, run, "weight", "Bolder");
}

static cJSON *add_block(struct telling *t, cJSON *items)
{
	cJSON *block = tell_add_object(t, items);

	tell_put_text(t, block, "type", "RichTextBlock");
	return tell_put_array(t, block, "inlines");
}

/* A line of its own: a line feed in a run is not shown by every client. */
static void put_lines(struct telling *t, cJSON *items, const char *text,
		      size_t max_bytes)
{
	struct buf cut;
	char *at;

	buf_init(&cut, max_bytes);
	text_cut(&cut, text, strlen(text), max_bytes);
	at = cut.text;
	while (at && *at) {
		size_t n = strcspn(at, "\n");
		bool is_last = !at[n];

		at[n] = '\0';
		if (n)
			put_run(t, add_block(t, items), at, max_bytes, false);
		at += n + !is_last;
	}
	buf_release(&cut);
}

static void put_fact(struct telling *t, cJSON *items, const char *name,
		     const char *value)
{
	cJSON *inlines = add_block(t, items);
	struct buf text;

	buf_init(&text, NOTICE_NAME_MAX);
	buf_printf(&text, "%s: ", name);
	put_run(t, inlines, tell_keep(t, &text), TEAMS_FACT, true);
	put_run(t, inlines, value, TEAMS_FACT, false);
}

static void put_notice(struct telling *t, cJSON *body, const struct notice *n,
		       bool alone)
{
	struct notice_fact facts[TELL_FACTS_MAX];
	size_t n_facts = notice_facts(t, n, facts);
	cJSON *box = tell_add_object(t, body);
	cJSON *items;
	struct buf text;

	tell_put_text(t, box, "type", "Container");
	tell_put_text(t, box, "style", style(n));
	items = tell_put_array(t, box, "items");
	buf_init(&text, TELL_BODY_MAX);
	buf_printf(&text, "%s: ", notice_shout(n));
	say_shouted(&text, n);
	put_run(t, add_block(t, items), tell_keep(t, &text),
		NOTICE_TITLE_MAX * 2, true);
	put_lines(t, items, n->message,
		  alone ? TEAMS_ONE_TEXT : TELL_SHORT_MAX);
	if (n->n_lines) {
		buf_init(&text, TELL_BODY_MAX);
		for (size_t i = 0; i < n->n_lines; i++) {
			say_line(&text, &n->lines[i]);
			buf_putc(&text, '\n');
		}
		put_lines(t, items, tell_keep(t, &text), TEAMS_ONE_TEXT);
	}
	for (size_t i = 0; i < n_facts && alone; i++)
		if (facts[i].weight <= FACT_BRIEF)
			put_fact(t, items, facts[i].name, facts[i].value);
	put_fact(t, items, "Time", tell_time(t, n->at_ns));
}

/* So many notices as fit; the tree is the caller's. */
static cJSON *make(struct telling *t, size_t told)
{
	cJSON *root = cJSON_CreateObject();
	cJSON *list, *attachment, *card, *body, *wide;
	struct buf text;

	tell_put_text(t, root, "type", "message");
	list = tell_put_array(t, root, "attachments");
	attachment = tell_add_object(t, list);
	tell_put_text(t, attachment, "contentType",
		      "application/vnd.microsoft.card.adaptive");
	card = tell_put_object(t, attachment, "content");
	tell_put_text(t, card, "$schema",
		      "http://adaptivecards.io/schemas/adaptive-card.json");
	tell_put_text(t, card, "type", "AdaptiveCard");
	tell_put_text(t, card, "version", "1.4");
	buf_init(&text, TELL_BODY_MAX);
	say_together(&text, t);
	tell_put_text(t, card, "fallbackText", tell_keep(t, &text));
	wide = tell_put_object(t, card, "msteams");
	tell_put_text(t, wide, "width", "Full");
	body = tell_put_array(t, card, "body");
	for (size_t i = 0; i < told; i++)
		put_notice(t, body, t->worst[i], t->n == 1);
	if (told < t->n) {
		buf_init(&text, NOTICE_NAME_MAX);
		say_and_more(&text, t->n - told);
		put_run(t, add_block(t, body), tell_keep(t, &text),
			NOTICE_NAME_MAX, false);
	}
	return root;
}

static bool render(struct telling *t)
{
	size_t told = t->n < TEAMS_ENTRIES_MAX ? t->n : TEAMS_ENTRIES_MAX;
	struct message *m =
		tell_post(t, tell_setting(t, "url"), "application/json");

	if (!m)
		return false;
	while (tell_json(t, m, make(t, told))) {
		if (m->body_len <= TEAMS_BYTES_MAX || told == 1)
			return true;
		told--;
	}
	return false;
}

/* The connectors answered 200 with the failure in words; a proxy of one may
 * still. */
static enum answer_meaning answer(int64_t status, const char *body, size_t len)
{
	if (status == 200 && answer_says(body, len, "delivery failed"))
		return ANSWER_LATER;
	return answer_http(status);
}

static const struct channel_key keys[] = {
	{ "url", SETTING_URL, true },
};

const struct channel channel_teams = {
	.name = "teams",
	.kind = CHANNEL_TEAMS,
	.takes_digest = true,
	CHANNEL_KEYS(keys),
	.render = render,
	.answer = answer,
};
