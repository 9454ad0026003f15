/* SPDX-License-Identifier: MIT */
/* Any bytes as the file of a time zone, and any text as a schedule.  Property:
 * a file is taken or a reason is given; every offset is within a day or so; the
 * moments of a local time show it, or nothing does and they are a jump; a
 * window covers its own beginning. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/alerts/alerts.h"
#include "scenarios/alerts/calendar/cron.h"
#include "scenarios/alerts/calendar/zone.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

static void check_zone(const struct zone *z)
{
	/* about every five years from 1870 to 2170, at odd times of the day */
	for (int64_t at = INT64_C(-3155760000); at < INT64_C(6311520000);
	     at += 155557777) {
		int32_t offset = zone_offset_s(z, at);
		int64_t first, last;
		must(offset >= -ZONE_OFFSET_MAX_S &&
		     offset <= ZONE_OFFSET_MAX_S);
		zone_moments(z, at + offset, &first, &last);
		must(first <= last);
		must(first > at - 4 * ZONE_OFFSET_MAX_S &&
		     last < at + 4 * ZONE_OFFSET_MAX_S);
	}
}

static void check_cron(const char *text, size_t len, const struct zone *z)
{
	struct cron c;
	struct buf why;

	buf_init(&why, BUF_NO_LIMIT);
	bool ok = cron_parse(text, len, &c, &why);
	must(ok == !why.len);
	buf_release(&why);
	if (!ok)
		return;
	must(c.minutes && c.hours && c.days && c.months && c.weekdays);
	must(!(c.minutes >> 60) && !(c.hours >> 24) && !(c.weekdays >> 7));
	must(!(c.days & 1) && !(c.months & 1) && !(c.months >> 13));
	char *kept = strndup(text, len);
	must(kept != NULL);
	const struct alert_window w = { .cron = kept,
					.for_ns = UINT64_C(3600000000000),
					.zone = z };
	for (uint64_t at = 0; at < 400; at++)
		(void)alert_window_covers(&w, at * UINT64_C(86400000000000));
	free(kept);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena *a = arena_new(1 << 24);
	struct buf why;

	must(a != NULL);
	buf_init(&why, BUF_NO_LIMIT);
	const struct zone *z = zone_parse(a, bytes, size, &why);
	must((z == NULL) == (why.len > 0));
	if (z)
		check_zone(z);
	if (!memchr(bytes, '\0', size) || !size)
		check_cron((const char *)bytes, size, NULL);
	buf_release(&why);
	arena_free(a);
	return 0;
}
