/* SPDX-License-Identifier: MIT */
#ifndef REPORT_NOTICE_CHANNEL_H
#define REPORT_NOTICE_CHANNEL_H

/*
 * channel - what a channel kind is to notice.c, and what the files of the
 * channels share; nobody else includes it but tests.
 *
 * A kind is one file in channels/ that exports one const struct channel.  Its
 * render function is given notices that are clean: no pointer is NULL, every
 * text is valid UTF-8 within its limit, with line feeds only in a message, and
 * no control character.  It only has to escape them for its own form.
 *
 * Ownership     all that is made lives in the arena of the telling.
 * Errors        a render function that returns false has added a problem; one
 *               that found no memory may also just set has_failed.
 * Thread rule   pure; tables are const.
 */

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/notice/notice.h"
#include "scenarios/alerts/alerts.h"

enum {
	TELL_HEADERS_MAX = 40,	   /* of one request */
	TELL_ENV_MAX = 120,	   /* of one command */
	TELL_BODY_MAX = 4 << 20,   /* bytes of one message */
	TELL_SETTING_MAX = 4096,   /* bytes of one setting */
	TELL_LIST_MAX = 100,	   /* elements of a setting that is a list */
	TELL_FULLY_MAX = 10,	   /* notices of a batch that are told with
				    * their message, "and 12 more" */
	TELL_SHORT_MAX = 400,	   /* bytes of a message among others */
	TELL_FACTS_MAX = 20,	   /* facts of one notice */
	TELL_REFERENCE_DIGITS = 15 /* longest number of an issue or message */
};

/* ---- settings --------------------------------------------------------- */

enum setting_kind {
	SETTING_TEXT,
	SETTING_URL,	  /* http or https */
	SETTING_SERVER,	  /* smtp or smtps */
	SETTING_ARGUMENT, /* any bytes: exec gives it on as it is */
};

/* What scenarios/alerts decodes under the same name; a default is filled in
 * there. */
struct channel_key {
	const char *name;
	enum setting_kind kind;
	bool is_needed;
};

/* ---- telling ---------------------------------------------------------- */

struct telling {
	const struct notice_input *in;
	size_t n;
	const struct notice *notices;	   /* clean, in the order given */
	const struct notice *const *worst; /* the same, the worst first and
					    * what is over last */
	struct arena *a;
	struct errs *es;
	struct message *messages;
	size_t n_messages, room;
	bool has_failed; /* no memory */
};

struct channel {
	const char *name; /* "telegram" */
	enum channel_kind kind;
	bool takes_digest;
	size_t n_keys;
	const struct channel_key *keys;
	bool (*render)(struct telling *t);
	enum answer_meaning (*answer)(int64_t status, const char *body,
				      size_t len);
};

extern const struct channel channel_telegram, channel_email, channel_slack,
	channel_pagerduty, channel_sms, channel_teams, channel_discord,
	channel_webhook, channel_alertmanager, channel_github, channel_exec;

const struct channel *channel_find(enum channel_kind kind);

#define CHANNEL_KEYS(rows) \
	.n_keys = sizeof(rows) / sizeof((rows)[0]), .keys = rows

/* The value, or "". */
const char *tell_setting(const struct telling *t, const char *name);
/* The i-th value of a list that is not empty, or NULL. */
const char *tell_setting_at(const struct telling *t, const char *name,
			    size_t i);
/* Adds a problem about a setting, with the channel's name and place, but
 * never with the value.  Returns false. */
bool tell_wrong(struct telling *t, const char *name, const char *what);

/* ---- messages --------------------------------------------------------- */

/* A new message, zeroed but for texts that are ""; NULL without memory. */
struct message *tell_message(struct telling *t, enum message_kind kind);
struct message *tell_post(struct telling *t, const char *url,
			  const char *content_type);
void tell_header(struct telling *t, struct message *m, const char *name,
		 const char *value);
/* Moves the text into the message; the buffer is released. */
bool tell_body(struct telling *t, struct message *m, struct buf *text);
/* The messages so far tell all of the first n notices. */
void tell_told(struct telling *t, size_t n);
/* Prints the tree into the message and deletes it; NULL is no memory. */
bool tell_json(struct telling *t, struct message *m, cJSON *root);

/* Members of cJSON trees: a failed allocation sets has_failed. */
void tell_put_text(struct telling *t, cJSON *to, const char *key,
		   const char *text);
/* Left out when it is empty. */
void tell_put_some(struct telling *t, cJSON *to, const char *key,
		   const char *text);
void tell_put_number(struct telling *t, cJSON *to, const char *key,
		     double value);
void tell_put_bool(struct telling *t, cJSON *to, const char *key, bool value);
cJSON *tell_put_object(struct telling *t, cJSON *to, const char *key);
cJSON *tell_put_array(struct telling *t, cJSON *to, const char *key);
cJSON *tell_add_object(struct telling *t, cJSON *array);
void tell_add_text(struct telling *t, cJSON *array, const char *text);

/* Headers out of a setting that is a list of "Name: value". */
bool tell_headers(struct telling *t, struct message *m, const char *setting);
/* base without slashes at its end, and what follows. */
const char *tell_join(struct telling *t, const char *base, const char *path);
/* "Basic ..." of a pair. */
const char *tell_basic(struct telling *t, const char *user,
		       const char *password);

/* The text of a buffer in the arena; the buffer is released. */
const char *tell_keep(struct telling *t, struct buf *text);
const char *tell_time(struct telling *t, uint64_t at_ns); /* RFC 3339 */

/* The reference as a number, 0 when it is none: it came from a service. */
uint64_t tell_reference(const struct telling *t);
/* True when it belongs to that notice. */
bool tell_is_referred(const struct telling *t, const struct notice *n);

/* ---- words ------------------------------------------------------------ */

/* Nothing is wrong any more. */
bool notice_is_over(const struct notice *n);
/* "firing", "resolved", "acknowledged", "event", "test" or "digest" */
const char *notice_state(const struct notice *n);
/* "CRITICAL", "RESOLVED", "TEST" ...: what a subject begins with. */
const char *notice_shout(const struct notice *n);
/* The title with what the kind says: "Resolved: Service Down: ready". */
void say_headline(struct buf *out, const struct notice *n);
/* The same behind the word of notice_shout(), which may have said it. */
void say_shouted(struct buf *out, const struct notice *n);
/* "5 alerts: 3 critical, 1 warning, 1 resolved", or the headline of one. */
void say_together(struct buf *out, const struct telling *t);
void say_and_more(struct buf *out, size_t more); /* "and 12 more" */

enum fact_weight {
	FACT_ALWAYS, /* also where it is one of many */
	FACT_BRIEF,  /* where a notice is alone */
	FACT_FULL,   /* where there is place for everything */
};

/* What else is known, in the order in which one wants to read it. */
struct notice_fact {
	const char *name;  /* "Down for" */
	const char *key;   /* "lasted": of a JSON */
	const char *value; /* never empty */
	enum fact_weight weight;
};
size_t notice_facts(struct telling *t, const struct notice *n,
		    struct notice_fact facts[TELL_FACTS_MAX]);

/* The message in at most max bytes, the lines of a digest, and facts of at most
 * that weight as lines "name: value". */
void say_body(struct buf *out, struct telling *t, const struct notice *n,
	      size_t max, enum fact_weight most);
/* One line of a digest: "2026-01-02T03:04:05Z critical Service Down: ready:
 * why (12 min 4 s)". */
void say_line(struct buf *out, const struct notice_line *line);

/* ---- lengths ---------------------------------------------------------- */

/* UTF-16 code units of valid UTF-8. */
size_t utf16_units(const char *text, size_t len);
/* The bytes from the beginning that take at most max units, and no half of a
 * character. */
size_t utf16_units_at(const char *text, size_t len, size_t max_units);
/* Appends text in at most max_units; what is longer ends in an ellipsis. */
void say_units(struct buf *out, const char *text, size_t max_units);

/* ---- answers ---------------------------------------------------------- */

/* What holds of any HTTP service: 2xx taken; no answer, 408, 425, 429 and 5xx
 * later; the rest never. */
enum answer_meaning answer_http(int64_t status);
/* The same for a table: of a channel whose bodies say no more. */
enum answer_meaning answer_by_status(int64_t status, const char *body,
				     size_t len);
/* True when the body has that word, in any case. */
bool answer_says(const char *body, size_t len, const char *word);

#endif
