/* SPDX-License-Identifier: MIT */
#ifndef PROBE_ENGINE_MAIL_H
#define PROBE_ENGINE_MAIL_H

/*
 * mail - one e-mail, handed to an SMTP server.
 *
 * libcurl connects, greets, starts TLS and logs in.  The envelope and the text
 * are sent from here, on the connection that it made: libcurl would wait on
 * the spot for the reply to the text, and keep every other exchange of the
 * loop waiting.  So also each recipient that is refused is known by name.
 * Where TLS is needed and not to be had nothing is sent, neither the password
 * nor the text.  Only files of the engine include it.
 *
 * Source        SMTP: RFC 5321.  STARTTLS: RFC 3207.  AUTH: RFC 4954.
 *               8BITMIME: RFC 6152.
 * Lifetime      a talk lives in the arena of its exchange.
 */

#include <curl/curl.h>
#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenarios/base/buf.h"

struct ending;
struct request;
struct transfer;

enum {
	MAIL_ADDRESS_MAX = 321, /* RFC 5321 4.5.3.1: 64 + 1 + 255, a NUL */
	MAIL_LINE_MAX = 1024,	/* of a reply; 4.5.3.1.5 asks for 512 */
	MAIL_REPLY_MAX = 600,	/* bytes kept of one reply */
	MAIL_REFUSED_MAX = 300, /* bytes kept about recipients */
	MAIL_BODY_MAX = 16 << 20,
	MAIL_RECIPIENTS_MAX = 100, /* 4.5.3.1.8 */
};

enum mail_stage {
	MAIL_HELLO, /* libcurl: up to the login */
	MAIL_FROM,
	MAIL_TO,
	MAIL_DATA,
	MAIL_TEXT,
	MAIL_OVER,
};

/* What was heard of the server. */
struct mail_talk {
	enum mail_stage stage;
	size_t recipient; /* MAIL_TO: the one asked for */
	int code;	  /* of the last reply; 0: none since we spoke */
	bool is_cut;	  /* a reply of several lines is under way */
	bool takes_8bit;  /* it said 8BITMIME */
	char reply[MAIL_REPLY_MAX];
	size_t n_refused; /* recipients */
	char refused[MAIL_REFUSED_MAX];
};

/* A line of a reply, with its end or without.  True when the reply is
 * complete. */
bool mail_heard(struct mail_talk *talk, const char *line, size_t len);

/* After a reply: where the dialogue goes on; MAIL_OVER: it does not. */
enum mail_stage mail_next(struct mail_talk *talk, const struct request *rq);

/* The server has it. */
bool mail_is_taken(const struct mail_talk *talk);

/* What is said in the stage of the talk: a command, or the text, its lines
 * guarded against a dot that ends it. */
bool mail_say(const struct mail_talk *talk, const struct request *rq,
	      struct buf *out);

/* Of a transfer: the talk, and the socket. */
struct mail {
	struct mail_talk talk;
	ev_io io;
	struct buf out; /* what is being said */
	size_t sent;	/* bytes of it */
	char line[MAIL_LINE_MAX];
	size_t line_len;
	uint64_t sent_ns; /* when the text was */
	bool is_on;
};

/* The options of REQUEST_MAIL. */
bool setup_mail(struct transfer *t, struct ending *end);
/* libcurl has done its part. */
void mail_start(struct transfer *t);
void mail_stop(struct transfer *t);

/* True when the dialogue says how it ended. */
bool mail_blame(const struct transfer *t, CURLcode code, struct ending *end);
/* Status and body of the answer: the deciding reply. */
void mail_fill(struct transfer *t);

#endif
