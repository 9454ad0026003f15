/* SPDX-License-Identifier: MIT */

/*
 * sms - a short message through a gateway that takes HTTP, one request for
 * each recipient.
 *
 *     preset: twilio     POST {url}/2010-04-01/Accounts/{user}/Messages.json
 *                        form To, From, Body; Basic {user}:{token}
 *     preset: form       POST {url} with the form to, from, text
 *     preset: json       POST {url} with {"to": ..., "from": ..., "text": ...}
 *                        both with Basic {user}:{token} or Bearer {token}
 *
 * body: replaces the fields by a text of the user's own, where {to}, {from} and
 * {text} stand for values that are percent-encoded, or escaped for the inside
 * of a JSON string.
 *
 * Source        twilio.com/docs/messaging/api: Message resource (201 created,
 *               429 too many); lengths: 3GPP TS 23.038, 6.2.1 (the default
 *               alphabet and its extension) and 23.040: 160 septets in one
 *               part, 153 in each of several; 70 and 67 UTF-16 units when a
 *               letter is not in that alphabet.
 * Length        at most SMS_PARTS_MAX parts, for they are paid one by one.
 */

#include <string.h>

#include "report/notice/channel.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"
#include "scenarios/json/json.h"

enum {
	SMS_PARTS_MAX = 3,
	SMS_SEPTETS_ONE = 160,
	SMS_SEPTETS_PART = 153,
	SMS_UNITS_ONE = 70,
	SMS_UNITS_PART = 67,
};

static const char twilio_url[] = "https://api.twilio.com";

/* ---- the alphabet ----------------------------------------------------- */

/* Septets of a character; 0: it is not in the alphabet. */
static unsigned septets(uint32_t code)
{
	static const char plain[] = "@$_ !\"#%&'()*+,-./0123456789:;<=>?"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz\n\r";
	static const char escaped[] = "^{}\\[~]|\f";
	static const uint16_t wide[] = {
		0xa3,  0xa5,  0xe8,  0xe9,  0xf9,  0xec,  0xf2,	 0xc7,
		0xd8,  0xf8,  0xc5,  0xe5,  0x394, 0x3a6, 0x393, 0x39b,
		0x3a9, 0x3a0, 0x3a8, 0x3a3, 0x398, 0x39e, 0xc6,	 0xe6,
		0xdf,  0xc9,  0xa4,  0xa1,  0xc4,  0xd6,  0xd1,	 0xdc,
		0xa7,  0xbf,  0xe4,  0xf6,  0xf1,  0xfc,  0xe0,
	};

	if (code == 0x20ac)
		return 2;
	if (code && code < 0x80) {
		if (strchr(plain, (int)code))
			return 1;
		return strchr(escaped, (int)code) ? 2 : 0;
	}
	for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
		if (wide[i] == code)
			return 1;
	return 0;
}

/* Typography that would more than halve what fits is written plainly. */
static const char *plainly(uint32_t code)
{
	switch (code) {
	case 0x2018:
	case 0x2019:
	case '`':
		return "'";
	case 0x201c:
	case 0x201d:
		return "\"";
	case 0x2010:
	case 0x2011:
	case 0x2012:
	case 0x2013:
	case 0x2014:
	case 0x2212:
		return "-";
	case 0x2026:
		return "...";
	case 0xa0:
	case 0x202f:
	case 0x2009:
		return " ";
	case 0xb5:
	case 0x3bc:
		return "u";
	case 0xb7:
	case 0x2022:
		return "*";
	case 0xd7:
		return "x";
	default:
		return NULL;
	}
}

static const char *plain_text(struct telling *t, const char *text)
{
	size_t len = strlen(text);
	struct buf out;

	buf_init(&out, TELL_BODY_MAX);
	for (size_t at = 0; at < len;) {
		uint32_t code;
		size_t n = text_utf8_next(text + at, len - at, &code);
		const char *instead = plainly(code);

		if (instead)
			buf_puts(&out, instead);
		else
			buf_add(&out, text + at, n);
		at += n;
	}
	return tell_keep(t, &out);
}

static bool is_in_alphabet(const char *text, size_t len)
{
	for (size_t at = 0; at < len;) {
		uint32_t code;

		at += text_utf8_next(text + at, len - at, &code);
		if (!septets(code))
			return false;
	}
	return true;
}

/* The bytes of a text in the alphabet that take at most max septets. */
static size_t septets_at(const char *text, size_t len, size_t max)
{
	size_t at = 0;

	while (at < len) {
		uint32_t code;
		size_t n = text_utf8_next(text + at, len - at, &code);

		if (septets(code) > max)
			break;
		max -= septets(code);
		at += n;
	}
	return at;
}

static const char *cut(struct telling *t, const char *text)
{
	size_t len = strlen(text), most;
	struct buf out;

	buf_init(&out, TELL_BODY_MAX);
	if (is_in_alphabet(text, len)) {
		static const char dots[] = "...";

		most = (size_t)SMS_SEPTETS_PART * SMS_PARTS_MAX;
		if (septets_at(text, len, most) == len)
			return text;
		buf_add(&out, text,
			septets_at(text, len, most - (sizeof dots - 1)));
		buf_puts(&out, dots);
	} else {
		most = (size_t)SMS_UNITS_PART * SMS_PARTS_MAX;
		say_units(&out, text, most);
	}
	return tell_keep(t, &out);
}

/* ---- the text --------------------------------------------------------- */

static void put_one(struct telling *t, struct buf *out)
{
	const struct notice *n = &t->notices[0];

	buf_printf(out, "%s ", notice_shout(n));
	say_shouted(out, n);
	if (*n->environment)
		buf_printf(out, " (%s)", n->environment);
	buf_printf(out, " %s", tell_time(t, n->at_ns));
	if (n->lasted_ns) {
		buf_puts(out, " after ");
		unit_human_duration(out, n->lasted_ns);
	}
	if (*n->message)
		buf_printf(out, "\n%s", n->message);
}

static void put_many(struct telling *t, struct buf *out)
{
	say_together(out, t);
	for (size_t i = 0; i < t->n && i < TELL_FULLY_MAX; i++) {
		buf_printf(out, "\n%s ", notice_shout(t->worst[i]));
		say_shouted(out, t->worst[i]);
	}
}

static const char *text_of(struct telling *t)
{
	struct buf text;

	buf_init(&text, TELL_BODY_MAX);
	if (t->n == 1)
		put_one(t, &text);
	else
		put_many(t, &text);
	return cut(t, plain_text(t, tell_keep(t, &text)));
}

/* ---- the request ------------------------------------------------------ */

enum sms_form { SMS_FORM, SMS_JSON };

struct sms {
	const char *url;
	const char *auth; /* ""; value of the Authorization header */
	const char *from, *text;
	const char *template; /* ""; with {to}, {from} and {text} */
	const char *names[3]; /* of the fields */
	enum sms_form form;
};

static void put_value(struct buf *out, enum sms_form form, const char *value)
{
	struct buf quoted;

	if (form == SMS_FORM) {
		text_percent_encode(out, value, strlen(value));
		return;
	}
	buf_init(&quoted, TELL_BODY_MAX);
	json_escape_str(&quoted, value);
	/* the quotes are the template's */
	if (quoted.len > 2)
		buf_add(out, buf_text(&quoted) + 1, quoted.len - 2);
	buf_release(&quoted);
}

static void put_template(struct buf *out, const struct sms *sms,
			 const char *const names[3],
			 const char *const values[3])
{
	const char *at = sms->template;

	while (*at) {
		size_t i = 0;

		while (i < 3 && strncmp(at, names[i], strlen(names[i])) != 0)
			i++;
		if (i < 3) {
			put_value(out, sms->form, values[i]);
			at += strlen(names[i]);
		} else {
			buf_putc(out, *at++);
		}
	}
}

static void put_fields(struct buf *out, const struct sms *sms,
		       const char *const values[3])
{
	bool is_form = sms->form == SMS_FORM;

	buf_puts(out, is_form ? "" : "{");
	for (size_t i = 0; i < 3; i++) {
		if (!*values[i])
			continue;
		if (i)
			buf_putc(out, is_form ? '&' : ',');
		buf_printf(out, is_form ? "%s=" : "\"%s\":\"", sms->names[i]);
		put_value(out, sms->form, values[i]);
		buf_puts(out, is_form ? "" : "\"");
	}
	buf_puts(out, is_form ? "" : "}");
}

static bool post(struct telling *t, const struct sms *sms, const char *to)
{
	static const char *const places[3] = { "{to}", "{from}", "{text}" };
	const char *const values[3] = { to, sms->from, sms->text };
	struct message *m =
		tell_post(t, sms->url,
			  sms->form == SMS_FORM ? "application/"
						  "x-www-form-urlencoded"
						: "application/json");
	struct buf body;

	if (!m)
		return false;
	if (*sms->auth)
		tell_header(t, m, "Authorization", sms->auth);
	buf_init(&body, TELL_BODY_MAX);
	if (*sms->template)
		put_template(&body, sms, places, values);
	else
		put_fields(&body, sms, values);
	return tell_body(t, m, &body);
}

static bool as_twilio(struct telling *t, struct sms *sms)
{
	const char *account = tell_setting(t, "user");
	struct buf path;

	if (!*account || account[strspn(account, "0123456789"
						 "abcdefghijklmnopqrstuvwxyz"
						 "ABCDEFGHIJKLMNOPQRSTUVWXYZ")])
		return tell_wrong(t, "user",
				  "must be the account's SID: letters and "
				  "digits");
	if (!*tell_setting(t, "token"))
		return tell_wrong(t, "token", "is empty");
	buf_init(&path, TELL_SETTING_MAX * 2);
	buf_printf(&path, "/2010-04-01/Accounts/%s/Messages.json", account);
	sms->url = tell_join(t, *sms->url ? sms->url : twilio_url,
			     tell_keep(t, &path));
	sms->names[0] = "To";
	sms->names[1] = "From";
	sms->names[2] = "Body";
	return true;
}

/* With a user it is a password, without one a bearer token. */
static const char *authorization(struct telling *t)
{
	const char *user = tell_setting(t, "user");
	const char *token = tell_setting(t, "token");
	struct buf text;

	if (*user)
		return tell_basic(t, user, token);
	if (!*token)
		return "";
	buf_init(&text, TELL_SETTING_MAX * 2);
	buf_printf(&text, "Bearer %s", token);
	return tell_keep(t, &text);
}

static bool read_settings(struct telling *t, struct sms *sms)
{
	const char *preset = tell_setting(t, "preset");

	*sms = (struct sms){ .url = tell_setting(t, "url"),
			     .auth = authorization(t),
			     .from = tell_setting(t, "from"),
			     .text = text_of(t),
			     .template = tell_setting(t, "body"),
			     .names = { "to", "from", "text" } };
	if (!strcmp(preset, "twilio"))
		return as_twilio(t, sms);
	if (!strcmp(preset, "json"))
		sms->form = SMS_JSON;
	else if (strcmp(preset, "form") != 0)
		return tell_wrong(t, "preset", "must be form, json or twilio");
	return *sms->url || tell_wrong(t, "url", "is empty");
}

static bool render(struct telling *t)
{
	struct sms sms;
	const char *to;

	if (!read_settings(t, &sms))
		return false;
	for (size_t i = 0; (to = tell_setting_at(t, "to", i)); i++)
		if (!post(t, &sms, to))
			return false;
	return true;
}

static const struct channel_key keys[] = {
	{ "to", SETTING_TEXT, true },	  { "from", SETTING_TEXT, false },
	{ "preset", SETTING_TEXT, true }, { "url", SETTING_URL, false },
	{ "user", SETTING_TEXT, false },  { "token", SETTING_TEXT, false },
	{ "body", SETTING_TEXT, false },
};

const struct channel channel_sms = {
	.name = "sms",
	.kind = CHANNEL_SMS,
	CHANNEL_KEYS(keys),
	.render = render,
	.answer = answer_by_status,
};
