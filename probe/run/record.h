/* SPDX-License-Identifier: MIT */
#ifndef PROBE_RECORD_H
#define PROBE_RECORD_H

/*
 * record - from the end of an exchange to the end of its step.
 *
 * What every kind that asks has in common: the request begins, the answer's
 * facts are taken down (bounded, redacted), captures are made, expectations
 * judged, and the step ends.  For journey.c and probe/steps/ only.
 */

#include "probe/run/journey_inside.h"

enum {
	RECORD_EXCERPT_MAX = 512, /* bytes, redacted */
	RECORD_HEADERS_MAX = 40,
	RECORD_HEADER_MAX = 200, /* bytes of one value, redacted */
	RECORD_COOKIES_MAX = 100,
};

/* Sets jo->asking up for the step; NULL when the step has failed already. */
struct asking *record_begin(struct journey *jo, const struct step *st);

/* Ends the step before anything was asked.  Without a why, which only a want
 * of memory leaves out, it is LOCAL_FAIL. */
void record_fail(struct journey *jo, enum outcome outcome, const char *why);

/* Redacted, in the arena of the results. */
const char *record_text(struct journey *jo, const char *text);
/* The same for the address under way, searched once. */
const char *record_url(struct journey *jo, const char *url);

/* Names the step of TLS and TCP by its target. */
void record_target(struct journey *jo);

/* Whether anything looks at the cookies of the session behind it. */
bool record_wants_cookies(const struct step *st);

/* Sends jo->asking.asked.request; on_done will be called. */
void record_ask(struct journey *jo, void (*on_done)(struct exchange *ex));

/* Takes the finished exchange down as a hop. */
void record_hop(struct journey *jo);

/* What judging needs besides; more rows may be added by judge. */
struct record_extra {
	bool is_encrypted;
	const char *server_time_header;
	uint64_t server_time_unit_ns;
	size_t n_turns;
	const struct buf *turns;
	const struct child_result *child; /* of a command; or NULL */
	void (*judge)(struct judging *j, const struct step *st, void *own);
	void *own;
};

/* Facts, captures, expectations; then the step ends. */
void record_finish(struct journey *jo, const struct record_extra *extra);

#endif
