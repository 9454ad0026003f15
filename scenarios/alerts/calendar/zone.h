/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_ZONE_H
#define SCENARIOS_ZONE_H

/*
 * zone - the local time of an IANA time zone.
 *
 * The C library knows one zone for the whole process, so the files of the
 * system's database are read here: TZif, RFC 9636 (before it RFC 8536), with
 * the rule in its footer (POSIX TZ, with the hours from -167 to 167 of
 * section 3.3.1) for the times behind its last transition.  Leap seconds
 * are not looked at: the system's "right/" zones are refused.
 *
 * Units         seconds since 1970, UTC; offsets in seconds east of it.
 * Thread rule   reading belongs to one thread; a zone is const afterwards.
 * Ownership     a zone lives in the arena.  NULL is UTC everywhere.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena; /* scenarios/base/arena.h */
struct buf;   /* scenarios/base/buf.h */
struct zone;  /* opaque */

enum {
	ZONE_NAME_MAX = 64,
	ZONE_FILE_MAX = 1 << 18,
	ZONE_OFFSET_MAX_S = 26 * 3600, /* RFC 9636 section 3.2 */
};
#define ZONE_FOLDER "/usr/share/zoneinfo"

/* The zone of that name ("Asia/Jakarta"); *out is NULL for UTC.  False with
 * one sentence in *why: no such zone, or a file that is none. */
bool zone_read(struct arena *a, const char *name, const struct zone **out,
	       struct buf *why);

/* The same from the bytes of such a file. */
const struct zone *zone_parse(struct arena *a, const void *bytes, size_t len,
			      struct buf *why);

/* Seconds east of UTC at that moment. */
int32_t zone_offset_s(const struct zone *z, int64_t at_s);

/* The moments when clocks show that local time (as if it were UTC): first
 * and last are the same but where clocks are put back, and the time is shown
 * twice.  A time that is left out is the moment of the jump. */
void zone_moments(const struct zone *z, int64_t local_s, int64_t *first,
		  int64_t *last);

/* A day of the Gregorian calendar, of days since 1970-01-01, and back. */
struct zone_day {
	int64_t year;
	unsigned month, day; /* from 1 */
	unsigned weekday;    /* 0: Sunday */
};
struct zone_day zone_day_of(int64_t days);
int64_t zone_days_of(int64_t year, unsigned month, unsigned day);

#endif
