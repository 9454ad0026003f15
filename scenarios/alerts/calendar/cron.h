/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_CRON_H
#define SCENARIOS_CRON_H

/*
 * cron - when a schedule of five fields begins.
 *
 *     minute hour day-of-month month day-of-week       0 2 * * sun
 *
 * As in crontab(5): lists (1,15), ranges (mon-fri), steps (0-30/10, *\/5),
 * English names of three letters for months and days, 7 is Sunday too, and
 * @hourly, @daily, @weekly, @monthly, @yearly.  When neither day field
 * begins with a star, a day matches that matches one of them.
 *
 * It knows local days and minutes; which moments they are is for zone.h.
 * Thread rule   pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf; /* scenarios/base/buf.h */

struct cron {
	uint64_t minutes; /* bit n: minute n */
	uint32_t hours;
	uint32_t days; /* bits 1 to 31 */
	uint32_t months;
	uint32_t weekdays;		     /* bit 0: Sunday */
	bool any_day, any_weekday, any_hour; /* began with a star */
};

enum { CRON_TEXT_MAX = 200 };

/* False with one sentence in *why (may be NULL). */
bool cron_parse(const char *text, size_t len, struct cron *out,
		struct buf *why);

/* A list of days as in the fifth field: mon-fri, or sat,sun.  Bits. */
bool cron_parse_weekdays(const char *text, size_t len, uint32_t *days,
			 struct buf *why);

/* weekday: 0 is Sunday; month and day from 1. */
bool cron_is_day(const struct cron *c, unsigned month, unsigned day,
		 unsigned weekday);

#endif
