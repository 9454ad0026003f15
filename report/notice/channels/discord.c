/* SPDX-License-Identifier: MIT */

/*
 * discord - a webhook of a channel, one embed for each notice.
 *
 * Source        discord.com/developers/docs: "Execute Webhook", "Embed
 *               Limits" (title 256, description 4096, field name 256, value
 *               1024, 25 fields, 10 embeds, 6000 characters in all),
 *               "Allowed Mentions" (none: nobody is called by a foreign text),
 *               "Rate Limits" (429, retry_after in seconds with a fraction).
 * Escaping      a backslash before what Markdown or a mention begins with.
 */

#include <string.h>

#include "report/notice/channel.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"

enum {
	DISCORD_TITLE_MAX = 256, /* UTF-16 units, with escapes: never more
				  * than the service counts */
	DISCORD_TEXT_MAX = 4096,
	DISCORD_VALUE_MAX = 1024,
	DISCORD_ALL_MAX = 6000,
	DISCORD_EMBEDS_MAX = 10,
	DISCORD_KEEP = 40,	 /* for "and 12 more" */
	DISCORD_ONE_TEXT = 2500, /* of the text of a single notice */
	DISCORD_FEW_TEXT = 200,	 /* among others */
	DISCORD_FEW_TITLE = 128,
	DISCORD_FACT = 200,
};

static double color(const struct notice *n)
{
	static const double colors[SEVERITY_N] = {
		[SEVERITY_INFO] = 0x3498db,
		[SEVERITY_WARNING] = 0xf1c40f,
		[SEVERITY_ERROR] = 0xe67e22,
		[SEVERITY_CRITICAL] = 0xe74c3c,
	};

	return notice_is_over(n) ? 0x2ecc71 : colors[n->severity];
}

static bool is_markup(char c)
{
	return c && strchr("\\*_~`|<>[]()#@", c);
}

/* At most max units with its escapes; none is left without what it escapes. */
static const char *escaped(struct telling *t, const char *text,
			   size_t max_units)
{
	size_t len = strlen(text), at = 0, units = 0;
	struct buf out;

	buf_init(&out, TELL_BODY_MAX);
	while (at < len) {
		uint32_t code;
		size_t n = text_utf8_next(text + at, len - at, &code);
		size_t step = utf16_units(text + at, n) + is_markup(text[at]);

		if (units + step > max_units - (at + n < len))
			break;
		if (is_markup(text[at]))
			buf_putc(&out, '\\');
		buf_add(&out, text + at, n);
		units += step;
		at += n;
	}
	if (at < len)
		buf_puts(&out, "\xe2\x80\xa6");
	return tell_keep(t, &out);
}

/* An embed that is being put together, and what it counts for. */
struct embed {
	cJSON *json;
	size_t units;
};

static void count(struct embed *e, const char *text)
{
	e->units += utf16_units(text, strlen(text));
}

static void put(struct telling *t, struct embed *e, cJSON *to, const char *key,
		const char *text)
{
	if (*text) {
		tell_put_text(t, to, key, text);
		count(e, text);
	}
}

static void put_fields(struct telling *t, struct embed *e,
		       const struct notice *n)
{
	struct notice_fact facts[TELL_FACTS_MAX];
	size_t n_facts = notice_facts(t, n, facts);
	cJSON *fields = tell_put_array(t, e->json, "fields");

	for (size_t i = 0; i < n_facts; i++) {
		cJSON *field;

		if (facts[i].weight > FACT_BRIEF)
			continue;
		field = tell_add_object(t, fields);
		put(t, e, field, "name", facts[i].name);
		put(t, e, field, "value",
		    escaped(t, facts[i].value, DISCORD_FACT));
		tell_put_bool(t, field, "inline", true);
	}
}

static const char *text_of(struct telling *t, const struct notice *n)
{
	struct buf text;

	buf_init(&text, TELL_BODY_MAX);
	buf_puts(&text, n->message);
	for (size_t i = 0; i < n->n_lines; i++) {
		buf_puts(&text, text.len ? "\n" : "");
		say_line(&text, &n->lines[i]);
	}
	return tell_keep(t, &text);
}

static struct embed make(struct telling *t, const struct notice *n, bool alone)
{
	struct embed e = { cJSON_CreateObject(), 0 };
	struct buf text;
	const char *title;

	buf_init(&text, TELL_BODY_MAX);
	buf_printf(&text, "%s: ", notice_shout(n));
	say_shouted(&text, n);
	title = tell_keep(t, &text);
	put(t, &e, e.json, "title",
	    escaped(t, title, alone ? DISCORD_TITLE_MAX : DISCORD_FEW_TITLE));
	put(t, &e, e.json, "description",
	    escaped(t, text_of(t, n),
		    alone ? DISCORD_ONE_TEXT : DISCORD_FEW_TEXT));
	tell_put_number(t, e.json, "color", color(n));
	tell_put_text(t, e.json, "timestamp", tell_time(t, n->at_ns));
	if (alone)
		put_fields(t, &e, n);
	return e;
}

/* The worst first, while they fit. */
static size_t put_embeds(struct telling *t, cJSON *list)
{
	size_t told = 0, units = DISCORD_KEEP;

	while (told < t->n && told < DISCORD_EMBEDS_MAX) {
		struct embed e = make(t, t->worst[told], t->n == 1);

		units += e.units;
		if (!e.json || units > DISCORD_ALL_MAX ||
		    !cJSON_AddItemToArray(list, e.json)) {
			cJSON_Delete(e.json);
			break;
		}
		told++;
	}
	return told;
}

static bool render(struct telling *t)
{
	struct message *m =
		tell_post(t, tell_setting(t, "url"), "application/json");
	cJSON *root, *mentions;
	struct buf text;
	size_t told;

	if (!m)
		return false;
	root = cJSON_CreateObject();
	told = put_embeds(t, tell_put_array(t, root, "embeds"));
	if (!told)
		t->has_failed = true;
	if (t->n > 1) {
		buf_init(&text, TELL_BODY_MAX);
		say_together(&text, t);
		if (told < t->n) {
			buf_puts(&text, "; ");
			buf_printf(&text, "the worst %zu, ", told);
			say_and_more(&text, t->n - told);
		}
		tell_put_text(t, root, "content", tell_keep(t, &text));
	}
	mentions = tell_put_object(t, root, "allowed_mentions");
	tell_put_array(t, mentions, "parse");
	return tell_json(t, m, root);
}

static const struct channel_key keys[] = {
	{ "url", SETTING_URL, true },
};

const struct channel channel_discord = {
	.name = "discord",
	.kind = CHANNEL_DISCORD,
	.takes_digest = true,
	CHANNEL_KEYS(keys),
	.render = render,
	.answer = answer_by_status,
};

_Static_assert((int)DISCORD_ONE_TEXT <= (int)DISCORD_TEXT_MAX &&
		       (int)DISCORD_FACT <= (int)DISCORD_VALUE_MAX,
	       "a part fits into its field");
