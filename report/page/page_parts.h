/* SPDX-License-Identifier: MIT */
#ifndef REPORT_PAGE_PARTS_H
#define REPORT_PAGE_PARTS_H

/*
 * page_parts - what the files of page share; nobody else includes it.
 */

#include "report/html/html.h"
#include "report/page/page.h"
#include "scenarios/base/buf.h"

extern const char page_style[];

/* Shares of a row of buckets. */
struct page_shares {
	uint64_t up_ns, degraded_ns, down_ns, inconclusive_ns, not_observed_ns;
};
void page_share_add(struct page_shares *sum, const struct state_bucket *b);
/* "99.98 %" of what was observed; "not observed" when nothing was. */
void page_availability(struct buf *out, const struct page_shares *s);

/* page_bars.c: a bar for each day, and the table of days that were not all
 * up. */
void page_bars(struct buf *out, const struct page_check *c);
/* page_chart.c: median and p95 for each hour, and their table. */
void page_chart(struct buf *out, const struct page_check *c);
/* page_incidents.c */
void page_incidents(struct buf *out, const struct page_past *past);

#endif
