/* SPDX-License-Identifier: MIT */
/*
 * The bytes are what an SMTP server says, line by line.  The text of the mail
 * is sent at most once, after a 354 that answered DATA, with a sender and at
 * least one recipient that were taken; what is kept is bounded; a mail counts
 * as taken only behind its text.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "probe/engine/exchange.h"
#include "probe/engine/mail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static const char *const people[] = { "a@test", "b@test", "c@test" };

static const struct request rq = {
	.kind = REQUEST_MAIL,
	.from = "x@test",
	.n_to = 3,
	.to = people,
	.body = "Subject: x\r\n\r\n.\r\nend\r\n",
	.body_len = sizeof("Subject: x\r\n\r\n.\r\nend\r\n") - 1,
};

/* A command is one line; the text is one with its end. */
static void check_said(const struct mail_talk *talk, const struct buf *out)
{
	const char *end = "\r\n";

	if (talk->stage == MAIL_TEXT) {
		must(!strcmp(out->text,
			     "Subject: x\r\n\r\n..\r\nend\r\n.\r\n"));
		return;
	}
	must(out->len > 2);
	must(strstr(out->text, end) == out->text + out->len - 2);
}

static void check_talk(const struct mail_talk *talk)
{
	must(strlen(talk->reply) < MAIL_REPLY_MAX);
	must(strlen(talk->refused) < MAIL_REFUSED_MAX);
	must(talk->n_refused <= rq.n_to);
	must(talk->recipient <= rq.n_to);
	must(talk->code >= 0 && talk->code <= 999);
	must(!mail_is_taken(talk) || talk->stage == MAIL_TEXT);
}

/* True when the dialogue goes on. */
static bool hear(struct mail_talk *talk, const char *line, size_t len,
		 struct buf *out)
{
	enum mail_stage was = talk->stage;
	bool is_reply = mail_heard(talk, line, len);

	check_talk(talk);
	if (!is_reply)
		return true;
	int code = talk->code;
	enum mail_stage next = mail_next(talk, &rq);
	check_talk(talk);
	must(next >= was);
	must(next != MAIL_TEXT || (was == MAIL_DATA && code == 354));
	must(next != MAIL_DATA || talk->n_refused < rq.n_to);
	if (next == MAIL_OVER)
		return false;
	talk->stage = next;
	talk->code = 0;
	must(mail_say(talk, &rq, out));
	check_said(talk, out);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	struct mail_talk talk = { .stage = MAIL_HELLO };
	struct buf out;
	bool goes_on = true;

	buf_init(&out, 1 << 16);
	while (goes_on && size > 0) {
		const char *end = memchr(bytes, '\n', size);
		size_t len = end ? (size_t)(end - bytes) + 1 : size;
		goes_on = hear(&talk, bytes, len, &out);
		bytes += len;
		size -= len;
	}
	buf_release(&out);
	return 0;
}
