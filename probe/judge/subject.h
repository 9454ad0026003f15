/* SPDX-License-Identifier: MIT */
#ifndef PROBE_SUBJECT_H
#define PROBE_SUBJECT_H

/*
 * subject - one value out of what was seen.
 *
 * Expectations and captures name values in the same words; this finds them.
 *
 * Ownership     a subject borrows from the answer, the judging and its room:
 *               use it before subject_release().
 */

#include "probe/judge/judge.h"
#include "scenarios/base/buf.h"
#include "scenarios/jsonpath/jsonpath.h"
#include "scenarios/match/match.h"

struct subject_want {
	enum expect_what what;
	unsigned which;			 /* as in struct expect_item */
	const char *name;		 /* header, cookie */
	const struct jsonpath *path;	 /* JSON */
	const struct selector *selector; /* METRIC */
};

struct subject_room {
	struct subject subject;
	struct buf text;
	const char **names;
	struct nodelist nodes;
	const struct cert *cert; /* whose expiry it is, or NULL */
	struct cJSON *made;	 /* of series; goes with the room */
};

/* Fills in room->subject (is_absent when there is no such value).  False
 * when it cannot be had at all, with half a sentence in *why: no JSON, no
 * encryption. */
bool subject_find(struct subject_room *room, struct judging *j,
		  const struct subject_want *want, struct buf *why);
void subject_release(struct subject_room *room);

/* What the target took: without our own lateness and queue. */
uint64_t subject_target_ns(const struct phases *ph);

#endif
