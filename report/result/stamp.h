/* SPDX-License-Identifier: MIT */
#ifndef REPORT_STAMP_H
#define REPORT_STAMP_H

/*
 * stamp - points in time as RFC 3339 text in UTC.
 *
 * The calendar is the proleptic Gregorian one; leap seconds do not exist, as
 * in POSIX time.  Years are 0000 to 9999: what lies outside is printed as the
 * nearest point inside.
 *
 * Thread rule   pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf; /* scenarios/base/buf.h */

/* "2026-01-02T03:04:05.123Z"; digits of the fraction: 0 to 9, cut off. */
void stamp_print_ns(struct buf *out, uint64_t at_ns, unsigned digits);
void stamp_print_s(struct buf *out, int64_t at_s);
/* "03:04:05.123" */
void stamp_print_clock(struct buf *out, uint64_t at_ns, unsigned digits);

/* Exactly "YYYY-MM-DDThh:mm:ss[.f]Z" with 1 to 9 digits of fraction and a day
 * that exists.  False leaves *at_s and *ns alone. */
bool stamp_parse(const char *text, size_t len, int64_t *at_s, uint32_t *ns);

/* Nanoseconds since 1970; false for a time before, or past 2554. */
bool stamp_parse_ns(const char *text, size_t len, uint64_t *at_ns);

uint64_t stamp_now_ns(void); /* the wall clock */

#endif
