/* SPDX-License-Identifier: MIT */
/* The POSIX TZ rule at the end of a zone's file, and the calendar. */
#include <string.h>

#include "scenarios/alerts/calendar/zone_parts.h"
#include "scenarios/base/units.h"

enum {
	HOUR_MAX = 167, /* RFC 9636 section 3.3.1 */
	NAME_MIN = 3,
	LAST_WEEK = 5,
	DAYS_400_YEARS = 146097,
	DAYS_TO_1970 = 719468, /* from 0000-03-01 */
};

/* ---- the calendar --------------------------------------------------- */

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Years begin in March, so that the leap day is their last. */
struct zone_day zone_day_of(int64_t days)
{
	int64_t from_march = days + DAYS_TO_1970;
	int64_t era = floor_div(from_march, DAYS_400_YEARS);
	int64_t in_era = from_march - era * DAYS_400_YEARS;
	int64_t year =
		(in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) /
		365;
	int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * in_year + 2) / 153;
	struct zone_day out = {
		.day = (unsigned)(in_year - (153 * month + 2) / 5 + 1),
		.month = (unsigned)(month < 10 ? month + 3 : month - 9),
		.weekday = (unsigned)(((days + 4) % 7 + 7) % 7),
	};

	out.year = year + era * 400 + (out.month <= 2);
	return out;
}

int64_t zone_days_of(int64_t year, unsigned month, unsigned day)
{
	year -= month <= 2;
	int64_t era = floor_div(year, 400);
	int64_t in_era = year - era * 400;
	int64_t in_year =
		(153 * (int64_t)(month > 2 ? month - 3 : month + 9) + 2) / 5 +
		day - 1;
	return era * DAYS_400_YEARS + in_era * 365 + in_era / 4 - in_era / 100 +
	       in_year - DAYS_TO_1970;
}

static bool is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* ---- reading -------------------------------------------------------- */

struct reader {
	const char *at, *end;
};

static bool is_next(struct reader *r, char c)
{
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

static bool is_digit(const struct reader *r)
{
	return r->at < r->end && *r->at >= '0' && *r->at <= '9';
}

static bool number(struct reader *r, unsigned low, unsigned high, unsigned *n)
{
	*n = 0;
	if (!is_digit(r))
		return false;
	while (is_digit(r) && *n <= high)
		*n = *n * 10 + (unsigned)(*r->at++ - '0');
	return *n >= low && *n <= high;
}

static bool name(struct reader *r)
{
	const char *from = r->at;

	if (is_next(r, '<')) {
		while (r->at < r->end && *r->at != '>')
			r->at++;
		return is_next(r, '>');
	}
	while (r->at < r->end && ((*r->at >= 'a' && *r->at <= 'z') ||
				  (*r->at >= 'A' && *r->at <= 'Z')))
		r->at++;
	return r->at - from >= NAME_MIN;
}

/* [+-]hh[:mm[:ss]] */
static bool clock_time(struct reader *r, unsigned hours, int32_t *seconds)
{
	bool is_minus = is_next(r, '-');
	unsigned h = 0, m = 0, s = 0;

	if (!is_minus)
		is_next(r, '+');
	if (!number(r, 0, hours, &h))
		return false;
	if (is_next(r, ':') && !number(r, 0, 59, &m))
		return false;
	if (is_next(r, ':') && !number(r, 0, 59, &s))
		return false;
	*seconds = (int32_t)(h * 3600 + m * 60 + s);
	if (is_minus)
		*seconds = -*seconds;
	return true;
}

static bool change(struct reader *r, struct zone_change *out)
{
	*out = (struct zone_change){ .time_s = 2 * 3600 };
	if (is_next(r, 'M')) {
		out->kind = CHANGE_MONTH;
		if (!number(r, 1, 12, &out->month) || !is_next(r, '.') ||
		    !number(r, 1, LAST_WEEK, &out->week) || !is_next(r, '.') ||
		    !number(r, 0, 6, &out->weekday))
			return false;
	} else if (is_next(r, 'J')) {
		out->kind = CHANGE_JULIAN;
		if (!number(r, 1, 365, &out->day))
			return false;
	} else {
		out->kind = CHANGE_DAY;
		if (!number(r, 0, 365, &out->day))
			return false;
	}
	return !is_next(r, '/') || clock_time(r, HOUR_MAX, &out->time_s);
}

bool zone_rule_parse(const char *text, size_t len, struct zone_rule *out)
{
	struct reader r = { text, text + len };

	*out = (struct zone_rule){ 0 };
	if (!len)
		return true;
	out->is_set = true;
	/* POSIX counts west of Greenwich */
	if (!name(&r) || !clock_time(&r, 24, &out->winter_s))
		return false;
	out->winter_s = -out->winter_s;
	if (r.at == r.end)
		return true;
	out->has_summer = true;
	if (!name(&r))
		return false;
	out->summer_s = out->winter_s + 3600;
	if (r.at < r.end && *r.at != ',') {
		if (!clock_time(&r, 24, &out->summer_s))
			return false;
		out->summer_s = -out->summer_s;
	}
	return is_next(&r, ',') && change(&r, &out->begin) &&
	       is_next(&r, ',') && change(&r, &out->end) && r.at == r.end;
}

/* ---- using ---------------------------------------------------------- */

/* Local seconds since 1970 of a change in that year. */
static int64_t change_s(const struct zone_change *c, int64_t year)
{
	int64_t days = zone_days_of(year, 1, 1);

	switch (c->kind) {
	case CHANGE_JULIAN: /* the leap day is never counted */
		days += c->day - 1 + (is_leap(year) && c->day >= 60);
		break;
	case CHANGE_DAY:
		days += c->day;
		break;
	case CHANGE_MONTH: {
		int64_t first = zone_days_of(year, c->month, 1);
		int64_t next = c->month == 12
				       ? zone_days_of(year + 1, 1, 1)
				       : zone_days_of(year, c->month + 1, 1);
		unsigned is = zone_day_of(first).weekday;
		days = first + (7 + c->weekday - is) % 7 + 7 * (c->week - 1);
		if (days >= next)
			days -= 7;
		break;
	}
	}
	return days * UNIT_S_PER_DAY + c->time_s;
}

int32_t zone_rule_offset_s(const struct zone_rule *r, int64_t at_s)
{
	if (!r->has_summer)
		return r->winter_s;
	int64_t local = at_s + r->winter_s;
	int64_t year = zone_day_of(floor_div(local, UNIT_S_PER_DAY)).year;
	int64_t begin = change_s(&r->begin, year) - r->winter_s;
	int64_t end = change_s(&r->end, year) - r->summer_s;
	bool is_summer = begin < end ? at_s >= begin && at_s < end
				     : at_s >= begin || at_s < end;
	return is_summer ? r->summer_s : r->winter_s;
}
