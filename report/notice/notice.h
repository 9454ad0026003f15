/* SPDX-License-Identifier: MIT */
#ifndef REPORT_NOTICE_H
#define REPORT_NOTICE_H

/*
 * notice - what is told about an alert, and how each channel wants it said.
 *
 * Pure: a notice and the settings of a channel in, a message out: a plain
 * request, a mail or a command.  It opens no socket and knows no clock;
 * probe/deliver sends it.  A notice is kept in the outbox as JSON
 * (notice_write(), notice_read()), and rendered when it is sent.
 *
 * Foreign text  escaped for the form it is put in, bounded to what the service
 *               takes, and redacted before it got here.
 * Ownership     all that is made lives in the arena given.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/result/result.h"
#include "scenarios/alerts/alerts.h"

struct arena;
struct buf;
struct errs;

enum notice_kind {
	NOTICE_FIRING,
	NOTICE_TIER,	 /* it fires, and its severity is another one */
	NOTICE_REMINDER, /* it still fires */
	NOTICE_ESCALATED,
	NOTICE_RESOLVED,
	NOTICE_FLAPPING, /* it changes too often: held back from here on */
	NOTICE_SETTLED, /* it no longer does; is_firing tells the final state */
	NOTICE_EVENT,	/* something happened once */
	NOTICE_ACKNOWLEDGED,
	NOTICE_TEST,
	NOTICE_DIGEST,
	NOTICE_KIND_N
};

struct notice {
	enum notice_kind kind;
	const char *scenario;
	const char *environment; /* "" */
	const char *rule;
	const char *check; /* ""; */
	enum severity severity;
	bool is_firing;
	const char *title;	/* "Service Down: ready" */
	const char *message;	/* sentences with the evidence */
	uint64_t at_ns;		/* since 1970 */
	uint64_t since_at_ns;	/* it fires since; 0 */
	uint64_t lasted_ns;	/* RESOLVED: length of the outage */
	const char *episode;	/* the same for all notices of one outage */
	const char *url;	/* of the target; "" */
	const char *request_id; /* of the deciding request; "" */
	const char *vantage;	/* "" */
	const char *value;	/* "p95 2.31 s", "" */
	const char *threshold;	/* "> 2 s"; "" */
	const char *silenced;	/* dependants that are silenced by it; "" */
	size_t n_tags;
	const char *const *tags;
};

bool notice_write(const struct notice *n, struct buf *out);
bool notice_read(const char *json, size_t len, struct arena *a,
		 struct notice *out, struct errs *es);

/* A setting of a channel with its value: secrets are in it. */
struct notice_setting {
	const char *name;
	const char *value; /* "" when it was not written */
};

/* Several notices that are told together are one message. */
struct notice_input {
	const struct alert_channel *channel;
	size_t n_settings;
	const struct notice_setting *settings;
	size_t n;
	const struct notice *notices;
	const char *reference; /* of an earlier message of the episode: the
				* number of an issue; "" */
	bool is_plain;	       /* the service refused the markup */
};

enum message_kind { MESSAGE_HTTP, MESSAGE_MAIL, MESSAGE_EXEC };

struct message_header {
	const char *name, *value;
};

struct message {
	enum message_kind kind;
	/* HTTP */
	const char *method, *url;
	size_t n_headers;
	const struct message_header *headers;
	const char *body;
	size_t body_len;
	/* mail: RFC 5322 text in body; several recipients */
	const char *server; /* smtp://host:587, smtps://host */
	const char *user, *password;
	bool needs_tls;
	const char *from;
	size_t n_to;
	const char *const *to;
	/* exec: no shell */
	size_t n_args;
	const char *const *args;
	/* body is its standard input */
	/* how the answer is read */
	const char *reference_path; /* JSONPath of the service's id; "" */
};

/* What is to be sent now; false with problems when a setting is missing or
 * wrong.  *n_out messages: most channels one, some one each notice. */
bool notice_render(const struct notice_input *in, struct arena *a,
		   struct message **out, size_t *n_out, struct errs *es);

enum answer_meaning {
	ANSWER_TAKEN,
	ANSWER_LATER,	/* try again, not before Retry-After */
	ANSWER_NEVER,	/* it is refused for good */
	ANSWER_PLAINER, /* send it again with is_plain */
};
/* What an HTTP or SMTP status (and body) of that service means. */
enum answer_meaning notice_answer(enum channel_kind kind, int64_t status,
				  const char *body, size_t len);

#endif
