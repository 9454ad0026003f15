/* SPDX-License-Identifier: MIT */
/* folder: probe */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "probe/engine/exchange.h"
#include "probe/engine/mail.h"

static const char *const people[] = { "b@test", "c@test", "d@test" };

static const struct request plain = {
	.kind = REQUEST_MAIL,
	.from = "a@test",
	.n_to = 3,
	.to = people,
	.body = "Subject: x\r\n\r\n.\r\n..\r\nend",
	.body_len = sizeof("Subject: x\r\n\r\n.\r\n..\r\nend") - 1,
};

#define TEXT "Subject: x\r\n\r\n..\r\n...\r\nend\r\n.\r\n"

/* What is said, when these lines are heard one after the other. */
static void play(struct mail_talk *talk, const struct request *rq,
		 const char *const *lines, struct buf *said)
{
	struct buf out;

	memset(talk, 0, sizeof(*talk));
	buf_init(&out, 10000);
	buf_init(said, 10000);
	for (; *lines; lines++) {
		if (!mail_heard(talk, *lines, strlen(*lines)))
			continue;
		if (talk->stage == MAIL_HELLO && !strncmp(*lines, "220", 3))
			continue; /* libcurl greets */
		enum mail_stage next = mail_next(talk, rq);
		if (next == MAIL_OVER)
			break;
		talk->stage = next;
		talk->code = 0;
		assert_true(mail_say(talk, rq, &out));
		buf_add(said, out.text, out.len);
	}
	buf_release(&out);
}

static const struct {
	const char *lines[16];
	const char *said;
	bool is_taken;
	int code;
	size_t n_refused;
	const char *refused;
} rows[] = {
	{ { "220 hello", "250-mail.test\r\n", "250-SIZE 1000\r\n",
	    "250 8BITMIME\r\n", "250 ok", "250 ok", "250 ok", "250 ok", "354",
	    "250 2.0.0 queued as 1" },
	  "MAIL FROM:<a@test>\r\nRCPT TO:<b@test>\r\nRCPT TO:<c@test>\r\n"
	  "RCPT TO:<d@test>\r\nDATA\r\n" TEXT,
	  true,
	  250,
	  0,
	  "" },
	/* one that is refused keeps it not from the others */
	{ { "250 hello", "250 ok", "550 5.1.1 who?", "250 ok", "450 later",
	    "354 go on", "250 ok" },
	  "MAIL FROM:<a@test>\r\nRCPT TO:<b@test>\r\nRCPT TO:<c@test>\r\n"
	  "RCPT TO:<d@test>\r\nDATA\r\n" TEXT,
	  true,
	  250,
	  2,
	  "b@test (550 5.1.1 who?), d@test (450 later)" },
	/* but when all are, there is no text */
	{ { "250 hello", "250 ok", "550 no", "550 no", "550 no", "354 go" },
	  "MAIL FROM:<a@test>\r\nRCPT TO:<b@test>\r\nRCPT TO:<c@test>\r\n"
	  "RCPT TO:<d@test>\r\n",
	  false,
	  550,
	  3,
	  "b@test (550 no), c@test (550 no), d@test (550 no)" },
	{ { "250 hello", "530 log in first", "250 ok" },
	  "MAIL FROM:<a@test>\r\n",
	  false,
	  530,
	  0,
	  "" },
	{ { "250 hello", "250 ok", "421 bye", "250 ok" },
	  "MAIL FROM:<a@test>\r\nRCPT TO:<b@test>\r\n",
	  false,
	  421,
	  1,
	  "b@test (421 bye)" },
	/* DATA is not yet a yes */
	{ { "250 hello", "250 ok", "250 ok", "250 ok", "250 ok", "250 ok",
	    "250 ok" },
	  "MAIL FROM:<a@test>\r\nRCPT TO:<b@test>\r\nRCPT TO:<c@test>\r\n"
	  "RCPT TO:<d@test>\r\nDATA\r\n",
	  false,
	  250,
	  0,
	  "" },
	{ { "250 hello", "250 ok", "250 ok", "250 ok", "250 ok", "354 go",
	    "554 5.7.1 spam" },
	  "MAIL FROM:<a@test>\r\nRCPT TO:<b@test>\r\nRCPT TO:<c@test>\r\n"
	  "RCPT TO:<d@test>\r\nDATA\r\n" TEXT,
	  false,
	  554,
	  0,
	  "" },
	/* what is no reply is passed over */
	{ { "250 hello", "", "25", "2x0 ok", "hello", "530 no" },
	  "MAIL FROM:<a@test>\r\n",
	  false,
	  530,
	  0,
	  "" },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct mail_talk talk;
		struct buf said;

		play(&talk, &plain, rows[i].lines, &said);
		assert_string_equal(buf_text(&said), rows[i].said);
		assert_int_equal(mail_is_taken(&talk), rows[i].is_taken);
		assert_int_equal(talk.code, rows[i].code);
		assert_int_equal(talk.n_refused, rows[i].n_refused);
		assert_string_equal(talk.refused, rows[i].refused);
		buf_release(&said);
	}
}

static const struct {
	const char *lines[4];
	const char *reply;
	int code;
} replies[] = {
	{ { "535-5.7.8 Username and Password\r\n", "535 5.7.8 not accepted" },
	  "535 5.7.8 Username and Password 5.7.8 not accepted",
	  535 },
	{ { "250-one", "250-two" }, "250 one two", 0 },
	{ { "354" }, "354", 354 },
	{ { "250-\r\n", "250 \r\n" }, "250 ", 250 },
};

static void test_replies(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(replies) / sizeof(*replies); i++) {
		struct mail_talk talk = { .stage = MAIL_FROM };

		for (size_t k = 0; replies[i].lines[k]; k++)
			mail_heard(&talk, replies[i].lines[k],
				   strlen(replies[i].lines[k]));
		assert_string_equal(talk.reply, replies[i].reply);
		assert_int_equal(talk.code, replies[i].code);
	}
}

static void test_8bit(void **state)
{
	struct request rq = plain;
	struct mail_talk talk = { .stage = MAIL_FROM };
	struct buf out;

	(void)state;
	rq.body = "Subject: \xc3\xa4\r\n\r\n";
	rq.body_len = strlen(rq.body);
	buf_init(&out, 10000);
	assert_true(mail_say(&talk, &rq, &out));
	assert_string_equal(out.text, "MAIL FROM:<a@test>\r\n");
	talk.takes_8bit = true;
	assert_true(mail_say(&talk, &rq, &out));
	assert_string_equal(out.text, "MAIL FROM:<a@test> BODY=8BITMIME\r\n");
	buf_release(&out);
}

/* Nothing that a server says is too long. */
static void test_long(void **state)
{
	struct mail_talk talk = { .stage = MAIL_TO };
	char line[4000];

	(void)state;
	memset(line, 'x', sizeof(line));
	memcpy(line, "550-", 4);
	for (int i = 0; i < 100; i++)
		assert_false(mail_heard(&talk, line, sizeof(line)));
	line[3] = ' ';
	for (size_t i = 0; i < plain.n_to; i++) {
		assert_true(mail_heard(&talk, line, sizeof(line)));
		(void)mail_next(&talk, &plain);
	}
	assert_int_equal(talk.n_refused, 3);
	assert_true(strlen(talk.reply) < MAIL_REPLY_MAX);
	assert_true(strlen(talk.refused) < MAIL_REFUSED_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_replies),
		cmocka_unit_test(test_8bit),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
