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
 * One file per channel kind in report/notice/channels/, each exporting one
 * struct channel (report/notice/channel.h); its header comment says where the
 * form, its limits and its answers are documented.
 *
 * Foreign text  escaped for the form it is put in, bounded to what the service
 *               takes, and redacted before it got here.  What is no UTF-8, and
 *               what could move a cursor or turn a line around, is shown as an
 *               escape.
 * Secrets       a setting goes to the one place that it is for, and is in no
 *               message of a problem.
 * Ownership     all that is made lives in the arena given.
 * Thread rule   pure; tables are const.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/result/result.h"
#include "scenarios/alerts/alerts.h"

struct arena;
struct buf;
struct errs;
struct template_world; /* scenarios/template/template.h */

enum {
	NOTICE_JSON_MAX = 256 * 1024, /* bytes of one notice as JSON */
	NOTICE_NODES_MAX = 10000,     /* values in it */
	NOTICE_TITLE_MAX = 250,	      /* bytes that are told of each */
	NOTICE_MESSAGE_MAX = 8000,
	NOTICE_NAME_MAX = 200, /* of a scenario, rule, check, value ... */
	NOTICE_URL_MAX = 1000,
	NOTICE_EPISODE_MAX = 200, /* longer is refused: it is an identity */
	NOTICE_TAGS_MAX = 100,
	NOTICE_LINES_MAX = 500,	   /* of a digest */
	NOTICE_LINE_MAX = 500,	   /* bytes of the message of one */
	NOTICE_TOGETHER_MAX = 500, /* notices in one input; more is refused */
};

/* How long an alert lasts in Alertmanager when nothing more is told of it:
 * it forgets in minutes what is not repeated, and assay tells a change once. */
#define NOTICE_ALERTMANAGER_HOLD_NS UINT64_C(2592000000000000) /* 30 days */
#define NOTICE_RETRY_AFTER_MAX_NS   UINT64_C(86400000000000)   /* a day */

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
/* "firing", "tier", "reminder" ... as in the JSON. */
const char *notice_kind_name(enum notice_kind kind);

/* What a digest has to say of one thing that happened. */
struct notice_line {
	uint64_t at_ns;
	enum notice_kind kind;
	enum severity severity;
	const char *title;
	const char *message;
	uint64_t lasted_ns; /* 0: it has not ended, or it has no length */
};

struct notice {
	enum notice_kind kind;
	const char *scenario;
	const char *environment; /* "" */
	const char *rule;
	const char *check; /* ""; */
	enum severity severity;
	bool is_firing;
	const char *title;    /* "Service Down: ready"; that it is resolved or a
			    * reminder is said by the kind, not in here */
	const char *message;  /* sentences with the evidence */
	uint64_t at_ns;	      /* since 1970 */
	uint64_t since_at_ns; /* it fires since; 0 */
	uint64_t lasted_ns;   /* RESOLVED: length of the outage */
	const char *episode;  /* the same for all notices of one outage */
	const char *url;      /* of the target; "" */
	const char *request_id; /* of the deciding request; "" */
	const char *vantage;	/* "" */
	const char *value;	/* "p95 2.31 s", "" */
	const char *threshold;	/* "> 2 s"; "" */
	const char *silenced;	/* dependants that are silenced by it; "" */
	size_t n_tags;
	const char *const *tags;
	size_t n_lines; /* DIGEST: what happened, in the order of time */
	const struct notice_line *lines;
};

/* One that says that nothing is wrong, to try a channel; it borrows the
 * texts. */
struct notice notice_test(const char *scenario, const char *environment,
			  const char *episode, uint64_t at_ns);

/* One JSON object on one line, also what a webhook and exec are given: keys
 * are the members' names without _ns, times RFC 3339, lasted_ns a number.
 * False when it did not fit into *out. */
bool notice_write(const struct notice *n, struct buf *out);
/* Any bytes: false with problems for what is no notice or over a limit. */
bool notice_read(const char *json, size_t len, struct arena *a,
		 struct notice *out, struct errs *es);

/* A setting of a channel with its value: secrets are in it.  One that is a
 * list (recipients, labels, arguments) is there once for each element. */
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
	const char *reference; /* of an earlier message of the episode of the
				* first notice: the number of an issue; "" */
	bool is_plain;	       /* the service refused the markup */
	/* The time of sending and hmac_sha256(), for a signed webhook; NULL:
	 * one that has a secret is refused. */
	const struct template_world *world;
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
	size_t n_env; /* beside PATH: nothing else is needed */
	const struct message_header *env;
	/* body is its standard input */
	/* When this message is taken too, so many of the notices, from the
	 * first, have been told to everybody: what a later message fails to
	 * tell is the rest.  That of the last message is all of them. */
	size_t n_told;
	/* how the answer is read */
	const char *reference_path; /* JSONPath of the service's id; "" */
};

/* What is to be sent now, in this order; false with problems when a setting is
 * missing or wrong.  *n_out messages: most channels one, some one each notice,
 * 0 when the channel has nothing to say of it. */
bool notice_render(const struct notice_input *in, struct arena *a,
		   struct message **out, size_t *n_out, struct errs *es);

enum answer_meaning {
	ANSWER_TAKEN,
	ANSWER_LATER,	/* try again, not before Retry-After */
	ANSWER_NEVER,	/* it is refused for good */
	ANSWER_PLAINER, /* send it again with is_plain */
};
/* What an HTTP or SMTP status, or an exit code of exec, and the body mean for
 * that service.  Status 0 is "no answer" (exec: it is the good one). */
enum answer_meaning notice_answer(enum channel_kind kind, int64_t status,
				  const char *body, size_t len);

/* For how long the service asks not to be bothered: from the value of
 * Retry-After (seconds; NULL without), or from the body.  0: it does not say;
 * at most NOTICE_RETRY_AFTER_MAX_NS. */
uint64_t notice_retry_after_ns(enum channel_kind kind, const char *header,
			       const char *body, size_t len);

#endif
