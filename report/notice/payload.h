/* SPDX-License-Identifier: MIT */
#ifndef REPORT_NOTICE_PAYLOAD_H
#define REPORT_NOTICE_PAYLOAD_H

/*
 * payload - the JSON that a webhook is posted and a command reads:
 *
 *     {"version":1,"channel":"team","notices":[{...},{...}]}
 *
 * Each notice is written by notice_write(), in the order in which they came.  What
 * does not fit is counted as "left_out".
 *
 * Thread rule   pure.
 */

#include <stdbool.h>

struct buf;	/* scenarios/base/buf.h */
struct telling; /* report/notice/channel.h */

/* False when it did not fit. */
bool payload_write(const struct telling *t, struct buf *out);

#endif
