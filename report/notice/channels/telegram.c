/* SPDX-License-Identifier: MIT */

/*
 * telegram - Bot API, sendMessage, with parse_mode Markdown (the legacy one).
 *
 *     {emoji} *{title}*
 *
 *     {message}
 *
 *     (clock) {ISO time}
 *
 * Source        core.telegram.org/bots/api: sendMessage (text of 1 to 4096
 *               characters), "Markdown style", "Making requests",
 *               ResponseParameters.  Lengths are counted as the service does,
 *               in UTF-16 code units, with the escapes in it: so a text is
 *               never longer than it seems.
 * Escaping      outside of an entity _ * ` [ are escaped by a backslash;
 *               inside none can be, so bold is closed around a *.
 */

#include <string.h>

#include "report/notice/channel.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"

enum {
	TELEGRAM_UNITS_MAX = 4096,
	TELEGRAM_KEEP = 40,   /* kept free for "and 12 more" */
	TELEGRAM_ENTRY = 300, /* bytes of a message among others */
};

static const char clock_mark[] = "\xf0\x9f\x95\x90";

static const char *emoji(const struct notice *n)
{
	static const char *const marks[SEVERITY_N] = {
		[SEVERITY_INFO] = "\xf0\x9f\x94\xb5",
		[SEVERITY_WARNING] = "\xf0\x9f\x9f\xa1",
		[SEVERITY_ERROR] = "\xf0\x9f\x9f\xa0",
		[SEVERITY_CRITICAL] = "\xf0\x9f\x94\xb4",
	};

	return notice_is_over(n) ? "\xe2\x9a\xaa" : marks[n->severity];
}

static bool is_markup(char c)
{
	return c == '_' || c == '*' || c == '`' || c == '[';
}

/* Text outside of an entity in at most max units, escapes counted. */
static void put_text(struct buf *out, const char *text, size_t max_units,
		     bool is_plain)
{
	size_t units = 0, len = strlen(text), at = 0;
	struct buf shown;

	buf_init(&shown, TELL_BODY_MAX);
	/* the last one is for the ellipsis */
	while (at < len && max_units) {
		uint32_t code;
		size_t n = text_utf8_next(text + at, len - at, &code);
		size_t step = utf16_units(text + at, n);

		if (!is_plain && is_markup(text[at]))
			step++;
		if (units + step > max_units - (at + n < len))
			break;
		if (!is_plain && is_markup(text[at]))
			buf_putc(&shown, '\\');
		buf_add(&shown, text + at, n);
		units += step;
		at += n;
	}
	buf_puts(out, buf_text(&shown));
	if (at < len && max_units)
		buf_puts(out, "\xe2\x80\xa6");
	buf_release(&shown);
}

/* Everything but a * is itself inside of bold. */
static void put_bold(struct buf *out, const char *text, bool is_plain)
{
	if (is_plain) {
		buf_puts(out, text);
		return;
	}
	while (*text) {
		size_t n = strcspn(text, "*");

		if (n) {
			buf_putc(out, '*');
			buf_add(out, text, n);
			buf_putc(out, '*');
		}
		for (text += n; *text == '*'; text++)
			buf_puts(out, "\\*");
	}
}

static void put_head(struct buf *out, const struct notice *n, const char *title,
		     bool is_plain)
{
	buf_printf(out, "%s ", emoji(n));
	put_bold(out, title, is_plain);
}

static const char *headline(struct telling *t, const struct notice *n)
{
	struct buf text;

	buf_init(&text, NOTICE_TITLE_MAX * 2);
	say_headline(&text, n);
	return tell_keep(t, &text);
}

static size_t units_left(const struct buf *out, size_t keep)
{
	size_t used = utf16_units(buf_text(out), out->len) + keep;

	return used < TELEGRAM_UNITS_MAX ? TELEGRAM_UNITS_MAX - used : 0;
}

static void put_one(struct telling *t, struct buf *out, size_t keep)
{
	const struct notice *n = &t->notices[0];
	struct buf body;

	buf_init(&body, TELL_BODY_MAX);
	say_body(&body, t, n, NOTICE_MESSAGE_MAX, FACT_BRIEF);
	put_head(out, n, headline(t, n), t->in->is_plain);
	buf_puts(out, "\n\n");
	put_text(out, buf_text(&body), units_left(out, keep), t->in->is_plain);
	buf_release(&body);
}

/* Entries are put in while they fit, the worst first. */
static void put_many(struct telling *t, struct buf *out, size_t keep)
{
	struct buf title, entry;
	size_t told = 0;

	buf_init(&title, NOTICE_TITLE_MAX * 2);
	buf_init(&entry, TELL_BODY_MAX);
	say_together(&title, t);
	put_head(out, t->worst[0], buf_text(&title), t->in->is_plain);
	for (; told < t->n && told < TELL_FULLY_MAX; told++) {
		const struct notice *n = t->worst[told];
		struct buf body;

		buf_reset(&entry);
		buf_init(&body, TELL_BODY_MAX);
		say_body(&body, t, n, TELEGRAM_ENTRY, FACT_ALWAYS);
		buf_puts(&entry, "\n\n");
		put_head(&entry, n, headline(t, n), t->in->is_plain);
		buf_putc(&entry, '\n');
		put_text(&entry, buf_text(&body), TELEGRAM_ENTRY * 2,
			 t->in->is_plain);
		buf_release(&body);
		if (utf16_units(buf_text(&entry), entry.len) >
		    units_left(out, keep + TELEGRAM_KEEP))
			break;
		buf_puts(out, buf_text(&entry));
	}
	if (told < t->n) {
		buf_puts(out, "\n\n");
		say_and_more(out, t->n - told);
	}
	buf_release(&title);
	buf_release(&entry);
}

static uint64_t newest(const struct telling *t)
{
	uint64_t at_ns = 0;

	for (size_t i = 0; i < t->n; i++)
		if (t->notices[i].at_ns > at_ns)
			at_ns = t->notices[i].at_ns;
	return at_ns;
}

static const char *text_of(struct telling *t)
{
	struct buf text, tail;

	buf_init(&text, TELL_BODY_MAX);
	buf_init(&tail, NOTICE_NAME_MAX);
	buf_printf(&tail, "\n\n%s %s", clock_mark, tell_time(t, newest(t)));
	if (t->n == 1)
		put_one(t, &text, utf16_units(buf_text(&tail), tail.len));
	else
		put_many(t, &text, utf16_units(buf_text(&tail), tail.len));
	buf_puts(&text, buf_text(&tail));
	buf_release(&tail);
	return tell_keep(t, &text);
}

/* So that one reads below the other, when the service told its number. */
static void put_reply(struct telling *t, cJSON *root)
{
	cJSON *reply;

	if (!tell_is_referred(t, &t->notices[0]))
		return;
	reply = tell_put_object(t, root, "reply_parameters");
	tell_put_number(t, reply, "message_id", (double)tell_reference(t));
	tell_put_bool(t, reply, "allow_sending_without_reply", true);
}

static const char *address(struct telling *t)
{
	struct buf path;

	buf_init(&path, TELL_SETTING_MAX * 2);
	buf_printf(&path, "/bot%s/sendMessage", tell_setting(t, "token"));
	return tell_join(t, tell_setting(t, "api"), tell_keep(t, &path));
}

static bool render(struct telling *t)
{
	const char *token = tell_setting(t, "token");
	struct message *m;
	cJSON *root, *preview;

	/* it becomes a part of the path */
	if (token[strspn(token, "0123456789:_-"
				"abcdefghijklmnopqrstuvwxyz"
				"ABCDEFGHIJKLMNOPQRSTUVWXYZ")])
		return tell_wrong(t, "token",
				  "may have only letters, digits, \":\", "
				  "\"_\" and \"-\"");
	m = tell_post(t, address(t), "application/json");
	if (!m)
		return false;
	m->reference_path = "$.result.message_id";
	root = cJSON_CreateObject();
	tell_put_text(t, root, "chat_id", tell_setting(t, "chat"));
	tell_put_text(t, root, "text", text_of(t));
	if (!t->in->is_plain)
		tell_put_text(t, root, "parse_mode", "Markdown");
	preview = tell_put_object(t, root, "link_preview_options");
	tell_put_bool(t, preview, "is_disabled", true);
	put_reply(t, root);
	return tell_json(t, m, root);
}

/* 401 and 404: the token is wrong; 403: the bot was removed. */
static enum answer_meaning answer(int64_t status, const char *body, size_t len)
{
	if (status == 400 && answer_says(body, len, "can't parse entities"))
		return ANSWER_PLAINER;
	return answer_http(status);
}

static const struct channel_key keys[] = {
	{ "token", SETTING_TEXT, true },
	{ "chat", SETTING_TEXT, true },
	{ "api", SETTING_URL, true },
};

const struct channel channel_telegram = {
	.name = "telegram",
	.kind = CHANNEL_TELEGRAM,
	.takes_digest = true,
	CHANNEL_KEYS(keys),
	.render = render,
	.answer = answer,
};
