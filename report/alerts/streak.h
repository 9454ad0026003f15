/* SPDX-License-Identifier: MIT */
#ifndef REPORT_ALERTS_STREAK_H
#define REPORT_ALERTS_STREAK_H

/*
 * streak - results in a row, so that rules about them need no long history.
 *
 * One streak a vantage.  A result that says nothing of the target (not
 * observed, skipped, starting) neither lengthens nor ends it; a flaky one is
 * ok.  A result that is not newer than the last is not counted again.
 *
 * Time down     is what was seen of it: from the first failed attempt to the
 *               newest one, but of a pause between two results at most
 *               fresh_ns.
 * Thread rule   pure; plain data.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/alerts/history.h"
#include "scenarios/alerts/alerts.h"

enum {
	STREAKS_MAX = ALERT_QUORUM_MAX,
	STREAK_VANTAGE_MAX = 64, /* bytes with the NUL; longer ones are cut */
};

struct streak {
	char vantage[STREAK_VANTAGE_MAX];
	uint64_t last_at_ns;  /* the newest result */
	uint64_t fails, oks;  /* in a row; one of them is 0 */
	uint64_t began_at_ns; /* the first of them; of fails: its first failed
			       * attempt */
	uint64_t down_ns;     /* seen down */
	int64_t cert_days;    /* the newest seen; INT64_MAX: none */
	uint64_t cert_at_ns;
};

struct streaks {
	size_t n;
	struct streak item[STREAKS_MAX]; /* past these the oldest goes */
};

/* Copies a name into room bytes, cut at a code point; bytes that are no UTF-8
 * become "?". */
void streak_copy_name(char *into, size_t room, const char *name);

void streaks_reset(struct streaks *all);
/* True when the result was new. */
bool streaks_add(struct streaks *all, const struct seen_check *seen,
		 uint64_t fresh_ns);
/* What others told: exit 0 is ok.  One of an earlier time than the one before
 * counts as of the same. */
void streaks_add_event(struct streaks *all, const struct seen_event *ev,
		       uint64_t fresh_ns);
/* The newest result of all vantages; 0: none. */
uint64_t streaks_newest(const struct streaks *all);

#endif
