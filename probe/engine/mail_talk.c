/* SPDX-License-Identifier: MIT */
/* What is said to an SMTP server, and what is heard: no socket in here. */
#include <stdio.h>
#include <string.h>

#include "probe/engine/inside.h"
#include "scenarios/base/text.h"

enum {
	REPLY_GOOD = 200,
	REPLY_NOT_GOOD = 300,
	REPLY_GO_ON = 354,
	REPLY_LEAVES = 421,
	REPLY_FAILS = 400,
	CODE_LEN = 3,
};

/* ---- hearing ------------------------------------------------------------ */

static void add_text(char *to, size_t room, const char *glue, const char *bytes,
		     size_t len)
{
	size_t used = strlen(to);

	if (used + 1 < room)
		snprintf(to + used, room - used, "%s%.*s", used ? glue : "",
			 (int)(len < room ? len : room), bytes);
}

/* -1: no reply. */
static int code_of(const char *bytes, size_t len)
{
	int code = 0;

	if (len < CODE_LEN)
		return -1;
	for (size_t i = 0; i < CODE_LEN; i++) {
		if (bytes[i] < '0' || bytes[i] > '9')
			return -1;
		code = code * 10 + (bytes[i] - '0');
	}
	return code;
}

/* One text of the lines: the first with its code, the others without. */
static void keep_line(struct mail_talk *talk, const char *bytes, size_t len)
{
	size_t skip = talk->is_cut ? CODE_LEN + 1 : 0;

	if (!talk->is_cut)
		*talk->reply = '\0';
	if (skip < len)
		add_text(talk->reply, sizeof(talk->reply), " ", bytes + skip,
			 len - skip);
	if (!talk->is_cut && len > CODE_LEN)
		talk->reply[CODE_LEN] = ' ';
}

/* "250-first line" ... "250 last line": RFC 5321 section 4.2.1. */
bool mail_heard(struct mail_talk *talk, const char *line, size_t len)
{
	static const char word[] = "8BITMIME";

	while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		len--;
	int code = code_of(line, len);
	if (code < 0)
		return false;
	if (talk->stage == MAIL_HELLO && len > CODE_LEN + 1 &&
	    text_is(line + CODE_LEN + 1, len - CODE_LEN - 1, word))
		talk->takes_8bit = true;
	bool is_last = len == CODE_LEN || line[CODE_LEN] != '-';
	keep_line(talk, line, len);
	talk->is_cut = !is_last;
	talk->code = is_last ? code : 0;
	return is_last;
}

/* ---- going on ----------------------------------------------------------- */

static void note_refused(struct mail_talk *talk, const char *address)
{
	talk->n_refused++;
	add_text(talk->refused, sizeof(talk->refused), ", ", address,
		 strlen(address));
	add_text(talk->refused, sizeof(talk->refused), " (", talk->reply,
		 strlen(talk->reply));
	add_text(talk->refused, sizeof(talk->refused), "", ")", 1);
}

/* One recipient that is refused must not keep the others from hearing of it;
 * with a server that is about to leave there are no others. */
static enum mail_stage next_recipient(struct mail_talk *talk,
				      const struct request *rq)
{
	if (talk->code >= REPLY_FAILS)
		note_refused(talk, rq->to[talk->recipient]);
	if (talk->code == REPLY_LEAVES)
		return MAIL_OVER;
	if (++talk->recipient < rq->n_to)
		return MAIL_TO;
	return talk->n_refused < rq->n_to ? MAIL_DATA : MAIL_OVER;
}

enum mail_stage mail_next(struct mail_talk *talk, const struct request *rq)
{
	bool is_fine = talk->code < REPLY_FAILS;

	switch (talk->stage) {
	case MAIL_HELLO:
		return MAIL_FROM;
	case MAIL_FROM:
		return is_fine ? MAIL_TO : MAIL_OVER;
	case MAIL_TO:
		return next_recipient(talk, rq);
	case MAIL_DATA:
		return talk->code == REPLY_GO_ON ? MAIL_TEXT : MAIL_OVER;
	default:
		return MAIL_OVER;
	}
}

/* ---- saying ------------------------------------------------------------- */

static bool has_8bit(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] >= 0x80)
			return true;
	return false;
}

/* RFC 5321 section 4.5.2. */
static void say_text(const char *text, size_t len, struct buf *out)
{
	while (len > 0) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) + 1 : len;
		if (*text == '.')
			buf_putc(out, '.');
		buf_add(out, text, n);
		text += n;
		len -= n;
	}
	if (out->len < 2 || memcmp(out->text + out->len - 2, "\r\n", 2) != 0)
		buf_puts(out, "\r\n");
	buf_puts(out, ".\r\n");
}

bool mail_say(const struct mail_talk *talk, const struct request *rq,
	      struct buf *out)
{
	buf_reset(out);
	switch (talk->stage) {
	case MAIL_FROM:
		buf_printf(out, "MAIL FROM:<%s>%s\r\n", rq->from,
			   talk->takes_8bit && has_8bit(rq->body, rq->body_len)
				   ? " BODY=8BITMIME"
				   : "");
		break;
	case MAIL_TO:
		buf_printf(out, "RCPT TO:<%s>\r\n", rq->to[talk->recipient]);
		break;
	case MAIL_DATA:
		buf_puts(out, "DATA\r\n");
		break;
	case MAIL_TEXT:
		say_text(rq->body, rq->body_len, out);
		break;
	default:
		buf_puts(out, "QUIT\r\n");
		break;
	}
	return buf_ok(out);
}

/* ---- the answer --------------------------------------------------------- */

static const char *const stage_words[] = {
	[MAIL_FROM] = "the sender was refused",
	[MAIL_TO] = "every recipient was refused",
	[MAIL_DATA] = "the mail was refused",
	[MAIL_TEXT] = "the mail was refused",
};

/* libcurl's part, by its codes. */
static const char *hello_words(CURLcode code)
{
	switch (code) {
	case CURLE_LOGIN_DENIED:
		return "the login was refused";
	case CURLE_USE_SSL_FAILED:
		return "STARTTLS was refused";
	default:
		return "the server does not take mail";
	}
}

static const char *say_reply(const struct transfer *t, CURLcode code)
{
	const struct mail_talk *talk = &t->mail->talk;
	size_t n_to = t->ex->request.n_to;
	struct buf line;

	buf_init(&line, TRANSFER_DETAIL_MAX);
	buf_printf(&line, "%s: ",
		   talk->stage == MAIL_HELLO ? hello_words(code)
		   : talk->stage == MAIL_TO && talk->n_refused < n_to
			   ? "the server left"
			   : stage_words[talk->stage]);
	text_printable(&line, talk->reply, strlen(talk->reply));
	const char *kept = arena_strdup(t->ex->arena, buf_text(&line));
	buf_release(&line);
	return kept;
}

static const char *say_refused(const struct transfer *t)
{
	const struct mail_talk *talk = &t->mail->talk;
	struct buf line;

	if (!talk->n_refused)
		return "";
	buf_init(&line, TRANSFER_DETAIL_MAX);
	buf_printf(&line, "%zu of %zu recipients %s refused: ", talk->n_refused,
		   t->ex->request.n_to, talk->n_refused > 1 ? "were" : "was");
	text_printable(&line, talk->refused, strlen(talk->refused));
	const char *kept = arena_strdup(t->ex->arena, buf_text(&line));
	buf_release(&line);
	return kept;
}

static bool end_with(struct ending *end, enum outcome outcome,
		     const char *detail)
{
	end->outcome = outcome;
	end->detail = detail;
	return true;
}

bool mail_is_taken(const struct mail_talk *talk)
{
	return talk->stage == MAIL_TEXT && talk->code >= REPLY_GOOD &&
	       talk->code < REPLY_NOT_GOOD;
}

bool mail_blame(const struct transfer *t, CURLcode code, struct ending *end)
{
	if (!t->mail)
		return false;
	const struct mail_talk *talk = &t->mail->talk;
	bool is_refused = talk->code >= REPLY_FAILS;
	if (code == CURLE_USE_SSL_FAILED && !is_refused)
		return end_with(end, OUTCOME_TLS_FAIL,
				"the server offers no STARTTLS: nothing was "
				"sent in clear");
	if (is_refused)
		return end_with(end,
				code == CURLE_USE_SSL_FAILED ? OUTCOME_TLS_FAIL
							     : OUTCOME_STATUS,
				say_reply(t, code));
	if (code)
		return false;
	if (mail_is_taken(talk))
		return end_with(end, OUTCOME_OK, say_refused(t));
	return end_with(end, OUTCOME_PROTOCOL,
			"the server's reply has no place in SMTP");
}

void mail_fill(struct transfer *t)
{
	const struct mail_talk *talk = &t->mail->talk;
	struct answer *an = &t->ex->answer;

	an->protocol = "SMTP";
	/* "354 go on" and then silence is no answer */
	if (an->outcome != OUTCOME_OK && talk->code < REPLY_FAILS)
		return;
	an->status = talk->code;
	buf_reset(&an->body);
	buf_puts(&an->body, talk->reply);
}
