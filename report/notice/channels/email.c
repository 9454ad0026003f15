/* SPDX-License-Identifier: MIT */

/*
 * email - one mail with the same said as text and as HTML.
 *
 * All notices of an outage are one thread: the first has a Message-ID made of
 * the episode, the others name it under In-Reply-To and References.  The same
 * notice has the same Message-ID in each try, so what was sent twice can be
 * told.  Auto-Submitted keeps answering machines quiet.
 *
 * Source        message: RFC 5322; multipart/alternative: RFC 2046, 5.1.4;
 *               Auto-Submitted: RFC 3834, 5.  Answers: RFC 5321, 4.2.1: a code
 *               4xx is for now, 5xx for good.
 */

#include <inttypes.h>
#include <string.h>

#include "report/notice/channel.h"
#include "report/notice/mail/mail_html.h"
#include "report/notice/mail/mime.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

struct mail {
	struct telling *t;
	struct mime_address from;
	size_t n_to;
	struct mime_address to[TELL_LIST_MAX];
};

/* No quoted-printable text has this in it. */
static const char boundary[] = "=_assay_part_=";

/* ---- people ----------------------------------------------------------- */

static bool add_to(struct mail *mail, const char *text, size_t len)
{
	struct telling *t = mail->t;
	const char *one = arena_strndup(t->a, text, len);
	const char *why;

	if (!one)
		return false;
	if (mail->n_to == TELL_LIST_MAX)
		return tell_wrong(t, "to", "has too many recipients");
	why = mime_address_parse(t->a, one, &mail->to[mail->n_to]);
	if (why)
		return tell_wrong(t, "to", why);
	if (!mail->to[mail->n_to].mailbox || !mail->to[mail->n_to].name)
		return false;
	mail->n_to++;
	return true;
}

/* A list, and commas inside of each of its elements. */
static bool read_people(struct mail *mail)
{
	struct telling *t = mail->t;
	const char *text, *why = mime_address_parse(
				  t->a, tell_setting(t, "from"), &mail->from);

	if (why)
		return tell_wrong(t, "from", why);
	if (!mail->from.mailbox || !mail->from.name)
		return false;
	for (size_t i = 0; (text = tell_setting_at(t, "to", i)); i++) {
		for (;;) {
			size_t n = strcspn(text, ",");

			if (!add_to(mail, text, n))
				return false;
			if (!text[n])
				break;
			text += n + 1;
			text += strspn(text, " ");
		}
	}
	return true;
}

/* ---- identity --------------------------------------------------------- */

/* Letters that an atom of RFC 5322 may have, and =XX for the others. */
static void put_atom(struct buf *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || c == '-' || c == '_')
			buf_putc(out, *text);
		else
			buf_printf(out, "=%02X", c);
	}
}

/* The first notice of an outage has the name of the outage. */
static bool is_root(const struct notice *n)
{
	return n->kind == NOTICE_FIRING || n->kind == NOTICE_EVENT;
}

static bool is_one_episode(const struct telling *t)
{
	for (size_t i = 1; i < t->n; i++)
		if (strcmp(t->notices[i].episode, t->notices[0].episode) != 0)
			return false;
	return *t->notices[0].episode;
}

static const char *message_id(struct mail *mail, const struct notice *n,
			      bool root)
{
	struct buf text;

	buf_init(&text, TELL_SETTING_MAX);
	buf_putc(&text, '<');
	put_atom(&text, *n->episode ? n->episode : "assay");
	if (!root)
		buf_printf(&text, ".%s.%" PRIu64 ".%zu",
			   notice_kind_name(n->kind), n->at_ns, mail->t->n);
	buf_printf(&text, "%s>", strchr(mail->from.mailbox, '@'));
	return tell_keep(mail->t, &text);
}

static void put_identity(struct mail *mail, struct buf *out)
{
	const struct telling *t = mail->t;
	const struct notice *first = &t->notices[0];
	const struct notice *last = &t->notices[t->n - 1];
	bool one = is_one_episode(t);
	bool root = one && is_root(first);

	mime_header_raw(out, "Message-ID",
			message_id(mail, root ? first : last, root));
	if (one && !root && last->kind != NOTICE_DIGEST &&
	    last->kind != NOTICE_TEST) {
		const char *of = message_id(mail, first, true);

		mime_header_raw(out, "In-Reply-To", of);
		mime_header_raw(out, "References", of);
	}
}

/* ---- text ------------------------------------------------------------- */

static const char *subject(struct telling *t)
{
	const struct notice *n = t->worst[0];
	struct buf text;

	buf_init(&text, TELL_SETTING_MAX);
	buf_printf(&text, "[%s] ", notice_shout(n));
	if (t->n == 1)
		say_shouted(&text, n);
	else
		say_together(&text, t);
	if (*n->scenario)
		buf_printf(&text, " (%s%s%s)", n->scenario,
			   *n->environment ? ", " : "", n->environment);
	return tell_keep(t, &text);
}

static void put_notice_text(struct buf *out, struct telling *t,
			    const struct notice *n, bool is_full)
{
	buf_printf(out, "[%s] ", notice_shout(n));
	say_shouted(out, n);
	buf_printf(out, "\n%s\n\n", tell_time(t, n->at_ns));
	say_body(out, t, n, is_full ? NOTICE_MESSAGE_MAX : TELL_SHORT_MAX,
		 is_full ? FACT_FULL : FACT_ALWAYS);
	buf_puts(out, "\n\n");
}

/* What comes after the first few is told in one line each. */
static void put_text(struct buf *out, struct telling *t)
{
	if (t->n > 1) {
		say_together(out, t);
		buf_puts(out, "\n\n");
	}
	for (size_t i = 0; i < t->n && i < TELL_FULLY_MAX; i++)
		put_notice_text(out, t, t->worst[i], t->n == 1);
	if (t->n > TELL_FULLY_MAX) {
		say_and_more(out, t->n - TELL_FULLY_MAX);
		buf_puts(out, ":\n\n");
	}
	for (size_t i = TELL_FULLY_MAX; i < t->n; i++) {
		const struct notice *n = t->worst[i];

		buf_printf(out, "%s [%s] ", tell_time(t, n->at_ns),
			   notice_shout(n));
		say_shouted(out, n);
		buf_putc(out, '\n');
	}
	buf_puts(out, "-- \nassay\n");
}

static void put_part(struct buf *out, const char *type, struct buf *text)
{
	buf_printf(out, "--%s\r\nContent-Type: text/%s; charset=utf-8\r\n",
		   boundary, type);
	buf_puts(out, "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
	mime_quoted_printable(out, buf_text(text), text->len);
	if (!buf_ok(text))
		out->failed = true;
}

static void put_parts(struct buf *out, struct telling *t)
{
	struct buf text;

	buf_init(&text, TELL_BODY_MAX);
	put_text(&text, t);
	put_part(out, "plain", &text);
	buf_reset(&text);
	mail_html(&text, t);
	put_part(out, "html", &text);
	buf_release(&text);
	buf_printf(out, "--%s--\r\n", boundary);
}

/* ---- headers ---------------------------------------------------------- */

static void put_people(struct mail *mail, struct buf *out)
{
	struct buf text;

	buf_init(&text, TELL_BODY_MAX);
	mime_address_put(&text, &mail->from);
	mime_header_raw(out, "From", buf_text(&text));
	buf_reset(&text);
	for (size_t i = 0; i < mail->n_to; i++) {
		buf_puts(&text, i ? ", " : "");
		mime_address_put(&text, &mail->to[i]);
	}
	mime_header_raw(out, "To", buf_text(&text));
	buf_release(&text);
}

static void put_headers(struct mail *mail, struct buf *out)
{
	struct telling *t = mail->t;
	const struct notice *n = t->worst[0];
	struct buf date;

	buf_init(&date, NOTICE_NAME_MAX);
	mime_date(&date, t->notices[t->n - 1].at_ns / UNIT_NS_PER_S);
	mime_header_raw(out, "Date", buf_text(&date));
	buf_release(&date);
	put_people(mail, out);
	mime_header(out, "Subject", subject(t));
	put_identity(mail, out);
	buf_puts(out, "Auto-Submitted: auto-generated\r\n");
	if (!notice_is_over(n) && n->severity == SEVERITY_CRITICAL)
		buf_puts(out, "Importance: high\r\n");
	buf_printf(out,
		   "MIME-Version: 1.0\r\n"
		   "Content-Type: multipart/alternative;\r\n"
		   " boundary=\"%s\"\r\n\r\n",
		   boundary);
}

/* ---- the message ------------------------------------------------------ */

static bool check_server(struct telling *t, bool *needs_tls)
{
	const char *tls = tell_setting(t, "tls");

	*needs_tls = strcmp(tls, "none") != 0;
	if (*needs_tls && *tls && strcmp(tls, "required") != 0)
		return tell_wrong(t, "tls", "must be required or none");
	if (!*needs_tls && *tell_setting(t, "password"))
		return tell_wrong(t, "tls",
				  "must not be none with a password: it would "
				  "be sent in the clear");
	return true;
}

static bool render(struct telling *t)
{
	struct mail mail = { .t = t };
	struct message *m = tell_message(t, MESSAGE_MAIL);
	const char **to;
	struct buf text;

	if (!m || !check_server(t, &m->needs_tls) || !read_people(&mail))
		return false;
	to = arena_alloc(t->a, mail.n_to, sizeof *to);
	if (!to)
		return false;
	for (size_t i = 0; i < mail.n_to; i++)
		to[i] = mail.to[i].mailbox;
	m->server = tell_setting(t, "server");
	m->user = tell_setting(t, "user");
	m->password = tell_setting(t, "password");
	m->from = mail.from.mailbox;
	m->n_to = mail.n_to;
	m->to = to;
	buf_init(&text, TELL_BODY_MAX);
	put_headers(&mail, &text);
	put_parts(&text, t);
	return tell_body(t, m, &text);
}

static enum answer_meaning answer(int64_t status, const char *body, size_t len)
{
	(void)body;
	(void)len;
	if (status >= 200 && status < 300)
		return ANSWER_TAKEN;
	return status >= 500 && status < 600 ? ANSWER_NEVER : ANSWER_LATER;
}

static const struct channel_key keys[] = {
	{ "to", SETTING_TEXT, true },	     { "from", SETTING_TEXT, true },
	{ "server", SETTING_SERVER, true },  { "user", SETTING_TEXT, false },
	{ "password", SETTING_TEXT, false }, { "tls", SETTING_TEXT, false },
};

const struct channel channel_email = {
	.name = "email",
	.kind = CHANNEL_EMAIL,
	.takes_digest = true,
	CHANNEL_KEYS(keys),
	.render = render,
	.answer = answer,
};
