/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REDACT_H
#define REPORT_REDACT_H

/*
 * redact - the one redactor: takes secrets out of text before it leaves.
 *
 * It knows two kinds of secret.  Values: what was declared, captured as
 * secret or sent as a credential; each is found as it stands, and spelled in
 * percent-encoding, JSON, XML, base64 and hexadecimal, whole or cut off at
 * the end of a text.  Shapes: what is a secret by its place, whatever its
 * value (userinfo of a URL, "password=", a Cookie line, a JWT, a private
 * key).  What is taken out reads REDACT_MARK.
 *
 * A text that would take more work than a fixed multiple of its length is
 * not shown further than it was searched: the rest becomes one mark.
 *
 * Thread rule   one thread at a time.
 * Ownership     values are copied, and wiped when the redactor is freed.
 */

#include <stdbool.h>
#include <stddef.h>

struct buf;	   /* scenarios/base/buf.h */
struct arena;	   /* scenarios/base/arena.h */
struct run_result; /* report/result/result.h */
struct redactor;

#define REDACT_MARK "[redacted]"

enum {
	REDACT_MIN = 4,		   /* bytes of the shortest value */
	REDACT_DECLARED_MAX = 512, /* values that are never forgotten */
	REDACT_LEARNED_MAX = 512,  /* values met on the way, the newest */
};

struct redactor *redactor_new(void); /* NULL without memory */
void redactor_free(struct redactor *r);

/* A declared secret.  False when it is shorter than REDACT_MIN (white space
 * around it not counted), when there are too many, or without memory. */
bool redactor_add(struct redactor *r, const char *value, size_t len);

/* A value met on the way.  One that is too short is ignored; the oldest is
 * forgotten when there are more than REDACT_LEARNED_MAX. */
void redactor_learn(struct redactor *r, const char *value, size_t len);

/* Learns what is secret in a header that is sent or was received: the
 * credentials of Authorization, the values of Cookie and Set-Cookie, the
 * whole value of an API key header.  Any other name: nothing. */
void redactor_learn_header(struct redactor *r, const char *name,
			   const char *value);

/* Appends text without its secrets.  r may be NULL: shapes only.  Doing it
 * twice gives the same as once. */
void redact_text(const struct redactor *r, const char *text, size_t len,
		 struct buf *out);

/* Appends the start of a foreign body, fit to be shown: secrets out, e-mail
 * addresses, phone and card numbers masked, white space collapsed, other
 * control bytes and broken UTF-8 replaced, at most max_bytes with an ellipsis
 * where it was cut.  Nothing is cut before it was redacted. */
void redact_excerpt(const struct redactor *r, const char *body, size_t len,
		    size_t max_bytes, struct buf *out);

/* The same for a part of a sentence: white space and control bytes stay, so
 * that who quotes it can tell "ok" from "ok\n". */
void redact_foreign(const struct redactor *r, const char *text, size_t len,
		    size_t max_bytes, struct buf *out);

/* True for a header whose value is never shown: Authorization, Cookie ... */
bool redact_header_hides(const char *name);

/* Appends the value of a header: the mark when its name says so, else as
 * redact_text() does. */
void redact_header_value(const struct redactor *r, const char *name,
			 const char *value, struct buf *out);

/* Takes the secrets out of every text of a tree, in place; texts that change
 * are made new in a, the arena of the tree.  Renderers are given sealed trees
 * only.  False without memory: the tree must not be shown then. */
bool result_seal(struct run_result *run, const struct redactor *r,
		 struct arena *a);

#endif
