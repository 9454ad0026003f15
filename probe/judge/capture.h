/* SPDX-License-Identifier: MIT */
#ifndef PROBE_CAPTURE_H
#define PROBE_CAPTURE_H

/*
 * capture - values out of an answer, for the steps behind it.
 *
 * A capture fills a slot of the attempt.  A secret one is made known to the
 * redactor at once, before anything of the answer is recorded.
 *
 * Thread rule   belongs to the thread of its journey.
 * Ownership     slots own their values and wipe them.
 */

#include <stdbool.h>
#include <stddef.h>

#include "probe/judge/judge.h"
#include "scenarios/model.h"
#include "scenarios/template/template.h"

struct redactor;

enum { CAPTURE_MAX = 1 << 20 }; /* bytes of one value */

/* The values of one attempt. */
struct slots {
	size_t n;
	struct template_slot *item;
};

bool slots_init(struct slots *t, size_t n); /* false: no memory */
void slots_release(struct slots *t);
/* Copies; false without memory or for a slot that is not there. */
bool slots_set(struct slots *t, size_t slot, const char *text, size_t len);

/* All of the list, into slots and into r->captures.  NULL, or the name of the
 * first one that was not there and has no fallback. */
const struct capture *capture_take(struct judging *j,
				   const struct capture_list *list,
				   struct slots *slots, struct redactor *red,
				   struct step_result *r);

#endif
