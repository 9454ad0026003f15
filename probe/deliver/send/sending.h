/* SPDX-License-Identifier: MIT */
#ifndef PROBE_DELIVER_SEND_SENDING_H
#define PROBE_DELIVER_SEND_SENDING_H

/*
 * sending - one message on its way: an HTTP exchange, a mail, or a command.
 *
 * It asks once.  What the answer means is the channel's to say
 * (notice_answer()); where there was none, it is to be tried later.  A
 * redirect is not followed: it could lead a secret anywhere.
 *
 * Lifetime      the caller owns it; message, arena and what they hold stay
 *               until on_done has returned or sending_stop() was called.
 * Callbacks     on_done runs from engine_run(), never from sending_start(),
 *               and may release what it likes.
 * Thread rule   that of the engine.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/engine/engine.h"
#include "report/notice/notice.h"

struct arena;
struct child; /* probe/engine/child.h */
struct redactor;

enum {
	SENDING_ANSWER_MAX = 256 << 10, /* bytes of an answer */
	SENDING_DETAIL_MAX = 400,
	SENDING_EXCERPT_MAX = 200, /* bytes of the answer that are shown */
	SENDING_REFERENCE_MAX = 200,
};

struct sent {
	enum answer_meaning meaning;
	bool is_asked; /* the service was: it is not our own mistake */
	int64_t code;  /* HTTP or SMTP status, exit code; 0 */
	uint64_t took_ns;
	uint64_t asked_ns;     /* the service wants to be left alone so long */
	const char *detail;    /* in words, redacted; in the arena */
	const char *reference; /* the service's own id; "" */
};

struct sending {
	/* set by the caller */
	struct engine *en;
	struct redactor *redactor; /* or NULL */
	struct arena *arena;
	enum channel_kind kind;
	const struct message *message;
	uint64_t timeout_ns;
	void (*on_done)(struct sending *s);
	void *owner;
	/* the answer */
	struct sent sent;
	/* its own */
	struct exchange ex;
	struct child *child;
	struct engine_timer late; /* for what ended before it began */
	uint64_t started_ns;
	bool is_on;
};

void sending_start(struct sending *s);
/* Gives it up, without on_done. */
void sending_stop(struct sending *s);

#endif
