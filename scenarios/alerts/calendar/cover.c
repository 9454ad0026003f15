/* SPDX-License-Identifier: MIT */
/* Whether a moment lies in a window of maintenance, or in the hours of a
 * channel. */
#include <string.h>

#include "scenarios/alerts/alerts.h"
#include "scenarios/alerts/calendar/cron.h"
#include "scenarios/alerts/calendar/zone.h"
#include "scenarios/base/units.h"

enum {
	HOURS = 24,
	MINUTES = 60,
	MINUTE_S = 60,
};

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

struct alert_clock alert_clock_at(const struct zone *zone, uint64_t at_ns)
{
	int64_t at_s = (int64_t)(at_ns / UNIT_NS_PER_S);
	int64_t local_s = at_s + zone_offset_s(zone, at_s);
	int64_t days = floor_div(local_s, UNIT_S_PER_DAY);

	return (struct alert_clock){
		.days = days,
		.weekday = zone_day_of(days).weekday,
		.minute = (unsigned)((local_s - days * UNIT_S_PER_DAY) /
				     MINUTE_S),
	};
}

uint64_t alert_clock_ns(const struct zone *zone, int64_t days, unsigned minute)
{
	int64_t first, last;

	zone_moments(zone, days * UNIT_S_PER_DAY + (int64_t)minute * MINUTE_S,
		     &first, &last);
	return first > 0 ? (uint64_t)first * UNIT_NS_PER_S : 0;
}

/* ---- maintenance ---------------------------------------------------- */

/* The moments of a local time; a day without a jump is quick. */
struct moments {
	const struct zone *zone;
	bool is_plain;
	int32_t offset_s;
};

static struct moments moments_of_day(const struct zone *zone, int64_t days)
{
	int64_t begin = days * UNIT_S_PER_DAY;
	int32_t before = zone_offset_s(zone, begin - ZONE_OFFSET_MAX_S);
	int32_t after =
		zone_offset_s(zone, begin + UNIT_S_PER_DAY + ZONE_OFFSET_MAX_S);

	return (struct moments){ zone, before == after, before };
}

/* The last beginning at a local time that is not after at_s; later than at_s:
 * none.  What is due every hour is due in both of a doubled one. */
static int64_t begin_at(const struct moments *m, int64_t local_s,
			bool is_hourly, int64_t at_s)
{
	int64_t first, last;

	if (m->is_plain)
		return local_s - m->offset_s;
	zone_moments(m->zone, local_s, &first, &last);
	return is_hourly && last <= at_s ? last : first;
}

/* The last beginning on that local day at or before at_s; false: none. */
static bool last_on_day(const struct cron *c, const struct zone *zone,
			int64_t days, int64_t at_s, int64_t *begin_s)
{
	struct moments m = moments_of_day(zone, days);
	bool found = false;

	for (int i = HOURS * MINUTES - 1; i >= 0; i--) {
		if (!(c->hours >> i / MINUTES & 1) ||
		    !(c->minutes >> i % MINUTES & 1))
			continue;
		int64_t begin =
			begin_at(&m, days * UNIT_S_PER_DAY + i * MINUTE_S,
				 c->any_hour, at_s);
		if (begin > at_s || (found && begin <= *begin_s))
			continue;
		*begin_s = begin;
		found = true;
		if (m.is_plain)
			break;
	}
	return found;
}

/* Windows of one length: the one that began last ends last. */
static bool cron_covers(const struct alert_window *w, uint64_t at_ns)
{
	struct cron c;

	if (!cron_parse(w->cron, strlen(w->cron), &c, NULL))
		return false;
	int64_t at_s = (int64_t)(at_ns / UNIT_NS_PER_S);
	int64_t today =
		floor_div(at_s + zone_offset_s(w->zone, at_s), UNIT_S_PER_DAY);
	/* a day more, as a day may have 25 hours */
	int64_t back = (int64_t)(w->for_ns / UNIT_NS_PER_DAY) + 2;
	int64_t begin_s = 0;

	/* Where clocks go back over midnight, tomorrow has been already. */
	for (int64_t days = today + 1; days >= today - back; days--) {
		struct zone_day d = zone_day_of(days);
		if (!cron_is_day(&c, d.month, d.day, d.weekday) ||
		    !last_on_day(&c, w->zone, days, at_s, &begin_s))
			continue;
		/* at_ns - begin, without the fraction of a second lost */
		return begin_s < 0 ||
		       at_ns - (uint64_t)begin_s * UNIT_NS_PER_S < w->for_ns;
	}
	return false;
}

bool alert_window_covers(const struct alert_window *w, uint64_t at_ns)
{
	if (w->cron)
		return cron_covers(w, at_ns);
	return at_ns >= w->from_at_ns && at_ns < w->until_at_ns;
}

/* ---- hours ---------------------------------------------------------- */

bool alert_hours_cover(const struct alert_hours *h, uint64_t at_ns)
{
	if (!h->is_set)
		return true;
	struct alert_clock now = alert_clock_at(h->zone, at_ns);
	unsigned yesterday = (now.weekday + 6) % 7;
	bool is_today = h->days >> now.weekday & 1;

	if (h->from_minute < h->until_minute)
		return is_today && now.minute >= h->from_minute &&
		       now.minute < h->until_minute;
	/* Over midnight: the day is that of the beginning. */
	return (is_today && now.minute >= h->from_minute) ||
	       ((h->days >> yesterday & 1) && now.minute < h->until_minute);
}

/* ---- digest --------------------------------------------------------- */

uint64_t alert_digest_before(const struct alert_digest *g, uint64_t at_ns)
{
	struct alert_clock now = alert_clock_at(g->zone, at_ns);
	uint64_t due = alert_clock_ns(g->zone, now.days, g->minute);

	return due <= at_ns ? due
			    : alert_clock_ns(g->zone, now.days - 1, g->minute);
}

uint64_t alert_digest_after(const struct alert_digest *g, uint64_t at_ns)
{
	struct alert_clock now = alert_clock_at(g->zone, at_ns);
	uint64_t due = alert_clock_ns(g->zone, now.days, g->minute);

	return due > at_ns ? due
			   : alert_clock_ns(g->zone, now.days + 1, g->minute);
}
