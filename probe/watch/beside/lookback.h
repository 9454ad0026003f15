/* SPDX-License-Identifier: MIT */
#ifndef PROBE_LOOKBACK_H
#define PROBE_LOOKBACK_H

/*
 * lookback - what the status page tells of the past, gathered now and then.
 *
 * Ninety days of a thousand checks are no work for each request: what was
 * gathered is shown again until it is LOOKBACK_NS old, and until
 * LOOKBACK_SHARE times as long as it took to gather have gone by, so that
 * readers who reload cannot keep the disk busy.  The state is open for looking
 * only, which in its journal mode keeps no writer waiting.
 *
 * Thread rule   that of the state.
 */

#include <stddef.h>

struct alert_standing; /* report/alerts/round.h */
struct lookback;
struct page_past; /* report/page/page.h */
struct state;
struct watch_config;

#define LOOKBACK_NS UINT64_C(15000000000)
enum { LOOKBACK_SHARE = 20 };

/* Borrows the state, NULL: nothing is remembered.  NULL without memory. */
struct lookback *lookback_new(struct state *state);
void lookback_free(struct lookback *l); /* NULL is fine */

/* NULL: nothing is remembered, or it cannot be read.  It lasts until the next
 * call. */
const struct page_past *lookback_past(struct lookback *l,
				      struct watch_config *config);

#endif
