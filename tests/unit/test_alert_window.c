/* SPDX-License-Identifier: MIT */
/* folder: scenarios */
/* Time zones, schedules, windows of maintenance and hours, where clocks jump
 * too.  The zones are those of this machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "scenarios/alerts/alerts.h"
#include "scenarios/alerts/calendar/cron.h"
#include "scenarios/alerts/calendar/zone.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define MIN_NS	   UINT64_C(60000000000)
#define HOUR_NS	   (60 * MIN_NS)

/* "2026-03-29 00:59" of UTC, in seconds */
static int64_t at_s(const char *text)
{
	int year, month, day, hour, minute, second = 0;

	assert_true(sscanf(text, "%d-%d-%d %d:%d:%d", &year, &month, &day,
			   &hour, &minute, &second) >= 5);
	return zone_days_of(year, (unsigned)month, (unsigned)day) * 86400 +
	       hour * 3600 + minute * 60 + second;
}

static const struct zone *zone(struct arena *a, const char *name)
{
	const struct zone *z = NULL;
	struct buf why;

	buf_init(&why, BUF_NO_LIMIT);
	if (!zone_read(a, name, &z, &why))
		fail_msg("%s: %s", name, buf_text(&why));
	buf_release(&why);
	return z;
}

static void offsets(void **state)
{
	static const struct {
		const char *zone, *at;
		int32_t seconds;
	} rows[] = {
		{ "", "2026-07-01 00:00", 0 },
		{ "UTC", "2026-07-01 00:00", 0 },
		{ "Asia/Jakarta", "2026-07-01 00:00", 7 * 3600 },
		{ "Asia/Kathmandu", "2026-07-01 00:00", 20700 },
		{ "Europe/Berlin", "2026-03-29 00:59:59", 3600 },
		{ "Europe/Berlin", "2026-03-29 01:00:00", 7200 },
		{ "Europe/Berlin", "2026-10-25 00:59:59", 7200 },
		{ "Europe/Berlin", "2026-10-25 01:00:00", 3600 },
		/* behind the last transition of any file */
		{ "Europe/Berlin", "2093-07-01 12:00", 7200 },
		{ "Europe/Berlin", "2093-12-01 12:00", 3600 },
		{ "America/New_York", "2060-07-01 12:00", -14400 },
		{ "Australia/Sydney", "2060-01-01 12:00", 39600 },
		{ "Australia/Sydney", "2060-07-01 12:00", 36000 },
		/* summer is the exception there, and winter has the jump */
		{ "Europe/Dublin", "2060-07-01 12:00", 3600 },
		{ "Europe/Dublin", "2060-01-01 12:00", 0 },
		{ "Pacific/Kiritimati", "2026-07-01 00:00", 14 * 3600 },
	};
	struct arena *a = arena_new(1 << 22);

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		int32_t got =
			zone_offset_s(zone(a, rows[i].zone), at_s(rows[i].at));
		if (got != rows[i].seconds)
			fail_msg("%s at %s: %d", rows[i].zone, rows[i].at, got);
	}
	arena_free(a);
}

/* Another implementation, that of the C library, over two centuries. */
static void like_libc(void **state)
{
	static const char *const names[] = {
		"Europe/Berlin",       "America/New_York", "Asia/Jakarta",
		"Australia/Lord_Howe", "Europe/Dublin",	   "America/Santiago",
		"Asia/Tehran",	       "Africa/Cairo",	   "America/Nuuk",
	};
	struct arena *a = arena_new(1 << 22);

	(void)state;
	for (size_t i = 0; i < LEN(names); i++) {
		const struct zone *z = zone(a, names[i]);
		setenv("TZ", names[i], 1);
		tzset();
		for (int64_t s = at_s("1901-12-15 00:00");
		     s < at_s("2100-01-01 00:00"); s += 123457) {
			const time_t at = s;
			struct tm tm;
			assert_non_null(localtime_r(&at, &tm));
			if (zone_offset_s(z, s) != tm.tm_gmtoff)
				fail_msg("%s at %lld: %d, libc %ld", names[i],
					 (long long)s, zone_offset_s(z, s),
					 tm.tm_gmtoff);
		}
	}
	unsetenv("TZ");
	arena_free(a);
}

static void moments(void **state)
{
	static const struct {
		const char *zone, *local, *first, *last;
	} rows[] = {
		{ "", "2026-03-29 02:30", "2026-03-29 02:30",
		  "2026-03-29 02:30" },
		{ "Europe/Berlin", "2026-03-29 01:59", "2026-03-29 00:59",
		  "2026-03-29 00:59" },
		/* left out: the moment of the jump */
		{ "Europe/Berlin", "2026-03-29 02:00", "2026-03-29 01:00",
		  "2026-03-29 01:00" },
		{ "Europe/Berlin", "2026-03-29 02:30", "2026-03-29 01:00",
		  "2026-03-29 01:00" },
		{ "Europe/Berlin", "2026-03-29 03:00", "2026-03-29 01:00",
		  "2026-03-29 01:00" },
		/* shown twice */
		{ "Europe/Berlin", "2026-10-25 01:59", "2026-10-24 23:59",
		  "2026-10-24 23:59" },
		{ "Europe/Berlin", "2026-10-25 02:00", "2026-10-25 00:00",
		  "2026-10-25 01:00" },
		{ "Europe/Berlin", "2026-10-25 02:59", "2026-10-25 00:59",
		  "2026-10-25 01:59" },
		{ "Europe/Berlin", "2026-10-25 03:00", "2026-10-25 02:00",
		  "2026-10-25 02:00" },
		{ "America/New_York", "2026-11-01 01:30", "2026-11-01 05:30",
		  "2026-11-01 06:30" },
		/* half an hour */
		{ "Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-04 14:45",
		  "2026-04-04 15:15" },
	};
	struct arena *a = arena_new(1 << 22);

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		int64_t first, last;
		zone_moments(zone(a, rows[i].zone), at_s(rows[i].local), &first,
			     &last);
		if (first != at_s(rows[i].first) || last != at_s(rows[i].last))
			fail_msg("%s %s: %lld and %lld off", rows[i].zone,
				 rows[i].local,
				 (long long)(first - at_s(rows[i].first)),
				 (long long)(last - at_s(rows[i].last)));
	}
	arena_free(a);
}

static void bad_zones(void **state)
{
	static const char *const names[] = {
		"Asia/Jakrta",
		"../../etc/passwd",
		"/etc/localtime",
		"Asia",
		"right/UTC",
		"Asia/",
		"tzdata.zi",
		"a b",
		"WIB",
		"posixrules/x",
	};
	struct arena *a = arena_new(1 << 22);

	(void)state;
	for (size_t i = 0; i < LEN(names); i++) {
		const struct zone *z;
		struct buf why;
		buf_init(&why, BUF_NO_LIMIT);
		if (zone_read(a, names[i], &z, &why))
			fail_msg("%s: taken", names[i]);
		assert_true(why.len > 0);
		buf_release(&why);
	}
	arena_free(a);
}

/* A file that ends early, or has a byte of its header or of its times
 * changed, is no zone, or another one; never more than was read. */
static void broken_files(void **state)
{
	static const char path[] = ZONE_FOLDER "/Europe/Berlin";
	unsigned char bytes[8192];
	FILE *f = fopen(path, "rb");

	(void)state;
	assert_non_null(f);
	size_t len = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	assert_true(len > 500 && len < sizeof(bytes));
	for (size_t n = 0; n <= len; n += n < len - 2 ? 1 + n / 64 : 1) {
		struct arena *a = arena_new(1 << 20);
		/* of its own, so that reading past the end is seen */
		unsigned char *part = malloc(n + 1);
		assert_non_null(part);
		memcpy(part, bytes, n);
		unsigned char *exact = realloc(part, n ? n : 1);
		assert_non_null(exact);
		const struct zone *z = zone_parse(a, exact, n, NULL);
		assert_true((z != NULL) == (n == len));
		free(exact);
		arena_free(a);
	}
	for (size_t i = 0; i < len; i += 1 + i / 32) {
		struct arena *a = arena_new(1 << 20);
		bytes[i] ^= 0x80;
		const struct zone *z = zone_parse(a, bytes, len, NULL);
		int32_t offset = zone_offset_s(z, 1000000000);
		assert_true(offset <= ZONE_OFFSET_MAX_S &&
			    offset >= -ZONE_OFFSET_MAX_S);
		bytes[i] ^= 0x80;
		arena_free(a);
	}
}

static void days(void **state)
{
	(void)state;
	for (int64_t day = -200000; day < 200000; day += 7) {
		struct zone_day d = zone_day_of(day);
		assert_int_equal(zone_days_of(d.year, d.month, d.day), day);
		assert_int_equal(zone_day_of(day + 7).weekday, d.weekday);
	}
	assert_int_equal(zone_day_of(0).weekday, 4); /* a Thursday */
	assert_int_equal(zone_day_of(at_s("2024-02-29 00:00") / 86400).day, 29);
}

static void schedules(void **state)
{
	static const struct {
		const char *text;
		const char *says; /* NULL: it is one */
	} rows[] = {
		{ "0 2 * * sun", NULL },
		{ "*/15 0-6,22 1,15 jan-mar mon-fri", NULL },
		{ "5-59/10 05 * * 7", NULL },
		{ "@daily", NULL },
		{ "  0   2 * *\tSUN ", NULL },
		{ "", "five fields" },
		{ "0 2 * *", "five fields" },
		{ "0 2 * * * *", "five fields" },
		{ "@reboot", "five fields" },
		{ "60 2 * * *", "no minute: 0 to 59" },
		{ "0 24 * * *", "no hour" },
		{ "0 2 0 * *", "no day of the month" },
		{ "0 2 * 13 *", "or jan to dec" },
		{ "0 2 * * sunday", "or sun to sat" },
		{ "0 2 * * 8", "day of the week" },
		{ "5-1 2 * * *", "backwards" },
		{ "5/10 2 * * *", "needs a range: write 5-59/10" },
		{ "*/0 2 * * *", "no step" },
		{ "1,,2 2 * * *", "no minute" },
		{ "-1 2 * * *", "no minute" },
	};
	struct cron c;

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct buf why;
		buf_init(&why, BUF_NO_LIMIT);
		bool ok = cron_parse(rows[i].text, strlen(rows[i].text), &c,
				     &why);
		if (ok != !rows[i].says)
			fail_msg("%s: %s", rows[i].text, buf_text(&why));
		if (!ok && !strstr(buf_text(&why), rows[i].says))
			fail_msg("%s: says %s", rows[i].text, buf_text(&why));
		buf_release(&why);
	}
	/* crontab(5): when both day fields are bound, either will do */
	assert_true(cron_parse("0 0 13 * fri", 12, &c, NULL));
	assert_true(cron_is_day(&c, 2, 13, 1));
	assert_true(cron_is_day(&c, 2, 14, 5));
	assert_false(cron_is_day(&c, 2, 14, 1));
	assert_true(cron_parse("0 0 13 * *", 10, &c, NULL));
	assert_false(cron_is_day(&c, 2, 14, 5));
	assert_true(cron_parse("0 0 * * 0-7/7", 13, &c, NULL));
	assert_int_equal(c.weekdays, 1);
}

static const struct {
	const char *cron;
	unsigned for_min;
	const char *zone;
	const char *at; /* UTC */
	bool covers;
} window_rows[] = {
	/* a Sunday, 02:00 to 04:00 in Jakarta is 19:00 to 21:00 on Saturday */
	{ "0 2 * * sun", 120, "Asia/Jakarta", "2026-11-28 18:59:59", false },
	{ "0 2 * * sun", 120, "Asia/Jakarta", "2026-11-28 19:00", true },
	{ "0 2 * * sun", 120, "Asia/Jakarta", "2026-11-28 20:59:59", true },
	{ "0 2 * * sun", 120, "Asia/Jakarta", "2026-11-28 21:00", false },
	{ "0 2 * * sun", 120, "", "2026-11-29 02:00", true },
	{ "0 2 * * sun", 120, "", "2026-11-28 19:00", false },
	/* over midnight and the end of a year */
	{ "30 23 31 12 *", 60, "", "2027-01-01 00:29", true },
	{ "30 23 31 12 *", 60, "", "2027-01-01 00:30", false },
	/* longer than its own period: always */
	{ "0 0 * * *", 2880, "", "2026-05-05 12:00", true },
	/* days long */
	{ "0 0 1 * *", 10080, "", "2026-05-07 23:59", true },
	{ "0 0 1 * *", 10080, "", "2026-05-08 00:00", false },
	{ "0 0 29 2 *", 60, "", "2028-02-29 00:30", true },
	{ "0 0 29 2 *", 60, "", "2027-03-01 00:30", false },
	/* a local time that is left out begins at the jump, 01:00 UTC */
	{ "30 2 * * *", 30, "Europe/Berlin", "2026-03-29 00:59", false },
	{ "30 2 * * *", 30, "Europe/Berlin", "2026-03-29 01:00", true },
	{ "30 2 * * *", 30, "Europe/Berlin", "2026-03-29 01:29", true },
	{ "30 2 * * *", 30, "Europe/Berlin", "2026-03-29 01:30", false },
	/* shown twice: once, at the first, 00:30 UTC */
	{ "30 2 * * *", 30, "Europe/Berlin", "2026-10-25 00:30", true },
	{ "30 2 * * *", 30, "Europe/Berlin", "2026-10-25 00:59", true },
	{ "30 2 * * *", 30, "Europe/Berlin", "2026-10-25 01:30", false },
	/* but every hour is every hour */
	{ "30 * * * *", 10, "Europe/Berlin", "2026-10-25 00:35", true },
	{ "30 * * * *", 10, "Europe/Berlin", "2026-10-25 01:35", true },
	{ "30 * * * *", 10, "Europe/Berlin", "2026-10-25 01:45", false },
	{ "30 * * * *", 10, "Europe/Berlin", "2026-10-25 02:35", true },
	{ "*/20 * * * *", 5, "Europe/Berlin", "2026-10-25 01:22", true },
	{ "*/20 * * * *", 5, "Europe/Berlin", "2026-10-25 01:26", false },
	/* a window over the jump is as long as it says */
	{ "0 1 * * *", 120, "Europe/Berlin", "2026-03-29 01:59", true },
	{ "0 1 * * *", 120, "Europe/Berlin", "2026-03-29 02:00", false },
};

static void windows(void **state)
{
	struct arena *a = arena_new(1 << 22);

	(void)state;
	for (size_t i = 0; i < LEN(window_rows); i++) {
		const struct alert_window w = {
			.cron = window_rows[i].cron,
			.for_ns = window_rows[i].for_min * MIN_NS,
			.time_zone = window_rows[i].zone,
			.zone = zone(a, window_rows[i].zone),
		};
		uint64_t at = (uint64_t)at_s(window_rows[i].at) *
			      UINT64_C(1000000000);
		if (alert_window_covers(&w, at) != window_rows[i].covers)
			fail_msg("%s %s at %s: %s", w.cron, w.time_zone,
				 window_rows[i].at,
				 window_rows[i].covers ? "not covered"
						       : "covered");
	}
	const struct alert_window once = { .from_at_ns = HOUR_NS,
					   .until_at_ns = 2 * HOUR_NS };
	assert_false(alert_window_covers(&once, HOUR_NS - 1));
	assert_true(alert_window_covers(&once, HOUR_NS));
	assert_false(alert_window_covers(&once, 2 * HOUR_NS));
	arena_free(a);
}

static void hours(void **state)
{
	static const struct {
		unsigned from, until, days;
		const char *zone, *at;
		bool covers;
	} rows[] = {
		/* 2026-11-30 is a Monday */
		{ 480, 1080, 0x3e, "", "2026-11-30 07:59", false },
		{ 480, 1080, 0x3e, "", "2026-11-30 08:00", true },
		{ 480, 1080, 0x3e, "", "2026-11-30 17:59", true },
		{ 480, 1080, 0x3e, "", "2026-11-30 18:00", false },
		{ 480, 1080, 0x3e, "", "2026-11-29 12:00", false },
		{ 480, 1080, 0x3e, "Asia/Jakarta", "2026-11-30 01:00", true },
		{ 480, 1080, 0x3e, "Asia/Jakarta", "2026-11-30 11:00", false },
		/* over midnight: the night of Friday ends on Saturday */
		{ 1320, 360, 0x20, "", "2026-11-27 23:00", true },
		{ 1320, 360, 0x20, "", "2026-11-28 05:59", true },
		{ 1320, 360, 0x20, "", "2026-11-28 23:00", false },
		{ 1320, 360, 0x20, "", "2026-11-27 05:00", false },
		{ 0, 1440, 127, "", "2026-11-27 23:59", true },
	};
	const struct alert_hours unset = { 0 };
	struct arena *a = arena_new(1 << 22);

	(void)state;
	assert_true(alert_hours_cover(&unset, 0));
	for (size_t i = 0; i < LEN(rows); i++) {
		const struct alert_hours h = {
			true,	      rows[i].from, rows[i].until,
			rows[i].days, rows[i].zone, zone(a, rows[i].zone)
		};
		uint64_t at = (uint64_t)at_s(rows[i].at) * UINT64_C(1000000000);
		if (alert_hours_cover(&h, at) != rows[i].covers)
			fail_msg("row %zu at %s", i, rows[i].at);
	}
	arena_free(a);
}

static void digest(void **state)
{
	struct arena *a = arena_new(1 << 22);
	const struct alert_digest g = { .is_set = true,
					.minute = 480,
					.zone = zone(a, "Europe/Berlin") };
	static const struct {
		const char *at, *before, *after;
	} rows[] = {
		{ "2026-03-28 06:59", "2026-03-27 07:00", "2026-03-28 07:00" },
		{ "2026-03-28 07:00", "2026-03-28 07:00", "2026-03-29 06:00" },
		{ "2026-03-29 05:59", "2026-03-28 07:00", "2026-03-29 06:00" },
		{ "2026-10-25 06:30", "2026-10-24 06:00", "2026-10-25 07:00" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		uint64_t at = (uint64_t)at_s(rows[i].at) * UINT64_C(1000000000);
		assert_int_equal(alert_digest_before(&g, at) / 1000000000,
				 at_s(rows[i].before));
		assert_int_equal(alert_digest_after(&g, at) / 1000000000,
				 at_s(rows[i].after));
	}
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offsets),	cmocka_unit_test(like_libc),
		cmocka_unit_test(moments),	cmocka_unit_test(bad_zones),
		cmocka_unit_test(broken_files), cmocka_unit_test(days),
		cmocka_unit_test(schedules),	cmocka_unit_test(windows),
		cmocka_unit_test(hours),	cmocka_unit_test(digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
