/* SPDX-License-Identifier: MIT */
#include <time.h>

#include "report/result/stamp.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"

enum { DAYS_PER_400_YEARS = 146097, FRACTION = 9 };

static const int64_t first_s = INT64_C(-62167219200); /* 0000-01-01 */
static const int64_t last_s = INT64_C(253402300799);  /* 9999-12-31 */

struct date {
	int64_t year;
	unsigned month, day; /* from 1 */
};

static bool is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned month_days(int64_t year, unsigned month)
{
	static const unsigned char days[12] = { 31, 28, 31, 30, 31, 30,
						31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days from 0000-01-01 to the first of January of a year from 0 on. */
static int64_t days_before_year(int64_t year)
{
	if (year == 0)
		return 0;
	return year * 365 + (year - 1) / 4 - (year - 1) / 100 +
	       (year - 1) / 400 + 1;
}

static int64_t days_of(const struct date *d)
{
	int64_t days = days_before_year(d->year) + d->day - 1;

	for (unsigned m = 1; m < d->month; m++)
		days += month_days(d->year, m);
	return days + first_s / UNIT_S_PER_DAY;
}

static struct date date_of(int64_t days)
{
	struct date d = { 0, 1, 1 };

	days -= first_s / UNIT_S_PER_DAY;
	d.year = days * 400 / DAYS_PER_400_YEARS;
	while (days_before_year(d.year + 1) <= days)
		d.year++;
	while (days_before_year(d.year) > days)
		d.year--;
	days -= days_before_year(d.year);
	while (days >= month_days(d.year, d.month))
		days -= month_days(d.year, d.month++);
	d.day = (unsigned)days + 1;
	return d;
}

static void print_date(struct buf *out, int64_t at_s)
{
	int64_t days =
		(at_s - first_s) / UNIT_S_PER_DAY + first_s / UNIT_S_PER_DAY;
	struct date d = date_of(days);

	buf_printf(out, "%04u-%02u-%02uT", (unsigned)d.year, d.month, d.day);
}

static void print_clock(struct buf *out, int64_t at_s)
{
	unsigned s = (unsigned)((at_s - first_s) % UNIT_S_PER_DAY);

	buf_printf(out, "%02u:%02u:%02u", s / 3600, s / 60 % 60, s % 60);
}

static void print_fraction(struct buf *out, uint64_t ns, unsigned digits)
{
	if (digits > FRACTION)
		digits = FRACTION;
	if (digits == 0)
		return;
	for (unsigned i = digits; i < FRACTION; i++)
		ns /= 10;
	buf_printf(out, ".%0*u", (int)digits, (unsigned)ns);
}

void stamp_print_s(struct buf *out, int64_t at_s)
{
	if (at_s < first_s)
		at_s = first_s;
	if (at_s > last_s)
		at_s = last_s;
	print_date(out, at_s);
	print_clock(out, at_s);
	buf_putc(out, 'Z');
}

void stamp_print_ns(struct buf *out, uint64_t at_ns, unsigned digits)
{
	print_date(out, (int64_t)(at_ns / UNIT_NS_PER_S));
	stamp_print_clock(out, at_ns, digits);
	buf_putc(out, 'Z');
}

void stamp_print_clock(struct buf *out, uint64_t at_ns, unsigned digits)
{
	print_clock(out, (int64_t)(at_ns / UNIT_NS_PER_S));
	print_fraction(out, at_ns % UNIT_NS_PER_S, digits);
}

/* Digits at text[at]; the separator behind them must be `then`. */
static bool number(const char *text, size_t at, size_t n, char then,
		   unsigned *value)
{
	*value = 0;
	for (size_t i = at; i < at + n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		*value = *value * 10 + (unsigned)(text[i] - '0');
	}
	return then == '\0' || text[at + n] == then;
}

static bool fraction(const char *text, size_t len, uint32_t *ns)
{
	unsigned value = 0;

	*ns = 0;
	if (len == 1)
		return text[0] == 'Z';
	if (text[0] != '.' || len < 3 || len > FRACTION + 2 ||
	    text[len - 1] != 'Z' || !number(text, 1, len - 2, 'Z', &value))
		return false;
	for (size_t i = len - 2; i < FRACTION; i++)
		value *= 10;
	*ns = value;
	return true;
}

static bool parse_date(const char *text, struct date *d)
{
	unsigned year;

	if (!number(text, 0, 4, '-', &year) ||
	    !number(text, 5, 2, '-', &d->month) ||
	    !number(text, 8, 2, 'T', &d->day))
		return false;
	d->year = year;
	return d->month >= 1 && d->month <= 12 && d->day >= 1 &&
	       d->day <= month_days(d->year, d->month);
}

static bool parse_clock(const char *text, unsigned *s_of_day)
{
	unsigned h, min, s;

	if (!number(text, 0, 2, ':', &h) || !number(text, 3, 2, ':', &min) ||
	    !number(text, 6, 2, '\0', &s))
		return false;
	*s_of_day = h * 3600 + min * 60 + s;
	return h < 24 && min < 60 && s < 60;
}

bool stamp_parse(const char *text, size_t len, int64_t *at_s, uint32_t *ns)
{
	enum { CLOCK_AT = 11, FRACTION_AT = 19 };
	struct date d;
	unsigned s_of_day;
	uint32_t rest;

	if (len <= FRACTION_AT || !parse_date(text, &d) ||
	    !parse_clock(text + CLOCK_AT, &s_of_day) ||
	    !fraction(text + FRACTION_AT, len - FRACTION_AT, &rest))
		return false;
	*at_s = days_of(&d) * UNIT_S_PER_DAY + s_of_day;
	*ns = rest;
	return true;
}

bool stamp_parse_ns(const char *text, size_t len, uint64_t *at_ns)
{
	int64_t s;
	uint32_t ns;

	if (!stamp_parse(text, len, &s, &ns) || s < 0 ||
	    (uint64_t)s >= UINT64_MAX / UNIT_NS_PER_S)
		return false;
	*at_ns = (uint64_t)s * UNIT_NS_PER_S + ns;
	return true;
}

uint64_t stamp_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * UNIT_NS_PER_S + (uint64_t)t.tv_nsec;
}
