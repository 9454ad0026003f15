/* SPDX-License-Identifier: MIT */
#include "scenarios/alerts/calendar/cron.h"

#include <stdarg.h>
#include <string.h>

#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

enum {
	NAME_LEN = 3, /* sun, jan */
	SHOWN_MAX = 40,
	SUNDAY_TOO = 7,
};

static const char *const day_names[] = { "sun", "mon", "tue", "wed",
					 "thu", "fri", "sat", NULL };
static const char *const month_names[] = { "jan", "feb", "mar", "apr", "may",
					   "jun", "jul", "aug", "sep", "oct",
					   "nov", "dec", NULL };

static const struct field {
	const char *what;
	unsigned low, high;
	const char *const *names; /* of low and what follows; or NULL */
} fields[] = {
	{ "minute", 0, 59, NULL },
	{ "hour", 0, 23, NULL },
	{ "day of the month", 1, 31, NULL },
	{ "month", 1, 12, month_names },
	{ "day of the week", 0, 7, day_names },
};
enum { MINUTE, HOUR, DAY, MONTH, WEEKDAY, FIELD_N };

struct piece {
	const char *text;
	size_t len;
};

static int shown(const struct piece *p)
{
	return (int)(p->len < SHOWN_MAX ? p->len : SHOWN_MAX);
}

/* What stands before the separator; the rest stays in *p. */
static struct piece cut(struct piece *p, char separator)
{
	const char *end = p->len ? memchr(p->text, separator, p->len) : NULL;
	struct piece head = { p->text, end ? (size_t)(end - p->text) : p->len };

	p->text += head.len + (end != NULL);
	p->len -= head.len + (end != NULL);
	return head;
}

static bool number(const struct field *f, const struct piece *p, unsigned *n,
		   struct buf *why)
{
	uint64_t value = 0;

	for (unsigned i = 0; f->names && f->names[i]; i++)
		if (p->len == NAME_LEN &&
		    text_same_nocase(p->text, p->len, f->names[i], NAME_LEN)) {
			*n = f->low + i;
			return true;
		}
	/* crontab(5) takes 05 */
	const char *digits = p->text;
	size_t len = p->len;
	while (len > 1 && *digits == '0') {
		digits++;
		len--;
	}
	if (unit_parse_count(digits, len, &value, NULL) && value >= f->low &&
	    value <= f->high) {
		*n = (unsigned)value;
		return true;
	}
	if (why)
		buf_printf(why, "\"%.*s\" is no %s: %u to %u%s", shown(p),
			   p->text, f->what, f->low, f->high,
			   f->names == day_names     ? ", or sun to sat"
			   : f->names == month_names ? ", or jan to dec"
						     : "");
	return false;
}

static bool wrong(struct buf *why, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static bool wrong(struct buf *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (why)
		buf_vprintf(why, fmt, ap);
	va_end(ap);
	return false;
}

/* a, a-b or * */
static bool span_parse(const struct field *f, const struct piece *span,
		       unsigned *low, unsigned *high, struct buf *why)
{
	struct piece end = *span;
	struct piece begin = cut(&end, '-');

	if (span->len == 1 && *span->text == '*')
		return true;
	if (!number(f, &begin, low, why))
		return false;
	*high = *low;
	if (begin.len < span->len && !number(f, &end, high, why))
		return false;
	return *high >= *low ||
	       wrong(why, "\"%.*s\" goes backwards", shown(span), span->text);
}

/* n behind a range */
static bool step_parse(const struct field *f, const struct piece *span,
		       const struct piece *steps, uint64_t *step,
		       struct buf *why)
{
	bool is_range =
		*span->text == '*' || memchr(span->text, '-', span->len);

	if (!is_range)
		return wrong(why, "a step needs a range: write %.*s-%u/%.*s",
			     shown(span), span->text, f->high, shown(steps),
			     steps->text);
	return (unit_parse_count(steps->text, steps->len, step, NULL) &&
		*step && *step <= f->high) ||
	       wrong(why, "\"%.*s\" is no step of a %s", shown(steps),
		     steps->text, f->what);
}

/* One piece of a list. */
static bool range(const struct field *f, struct piece p, uint64_t *bits,
		  struct buf *why)
{
	struct piece steps = p;
	struct piece span = cut(&steps, '/');
	bool is_week = f->high == SUNDAY_TOO;
	unsigned low = f->low;
	unsigned high = is_week ? SUNDAY_TOO - 1 : f->high;
	uint64_t step = 1;

	if (!span_parse(f, &span, &low, &high, why))
		return false;
	if (span.len < p.len && !step_parse(f, &span, &steps, &step, why))
		return false;
	for (uint64_t i = low; i <= high; i += step)
		*bits |= UINT64_C(1) << (is_week ? i % SUNDAY_TOO : i);
	return true;
}

static bool field_parse(const struct field *f, struct piece p, uint64_t *bits,
			struct buf *why)
{
	*bits = 0;
	for (;;) {
		size_t len = p.len;
		struct piece head = cut(&p, ',');
		if (!range(f, head, bits, why))
			return false;
		if (head.len == len)
			return true;
	}
}

static const char *macro(const char *text, size_t len)
{
	static const char *const rows[][2] = {
		{ "@hourly", "0 * * * *" },   { "@daily", "0 0 * * *" },
		{ "@midnight", "0 0 * * *" }, { "@weekly", "0 0 * * 0" },
		{ "@monthly", "0 0 1 * *" },  { "@yearly", "0 0 1 1 *" },
		{ "@annually", "0 0 1 1 *" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (text_is(text, len, rows[i][0]))
			return rows[i][1];
	return NULL;
}

static size_t split(const char *text, size_t len, struct piece *to)
{
	size_t n = 0;

	for (size_t i = 0; i < len;) {
		size_t from = i;
		while (i < len && text[i] != ' ' && text[i] != '\t')
			i++;
		if (i > from && n <= FIELD_N)
			to[n++] = (struct piece){ text + from, i - from };
		i += i == from;
	}
	return n;
}

bool cron_parse(const char *text, size_t len, struct cron *out, struct buf *why)
{
	struct piece piece[FIELD_N + 1] = { 0 };
	uint64_t bits[FIELD_N];
	const char *whole = macro(text, len);

	if (whole) {
		text = whole;
		len = strlen(whole);
	}
	if (len > CRON_TEXT_MAX || split(text, len, piece) != FIELD_N) {
		if (why)
			buf_puts(why, "a schedule has five fields: minute, "
				      "hour, day of the month, month, day of "
				      "the week, like 0 2 * * sun");
		return false;
	}
	for (size_t i = 0; i < FIELD_N; i++)
		if (!field_parse(&fields[i], piece[i], &bits[i], why))
			return false;
	*out = (struct cron){
		.minutes = bits[MINUTE],
		.hours = (uint32_t)bits[HOUR],
		.days = (uint32_t)bits[DAY],
		.months = (uint32_t)bits[MONTH],
		.weekdays = (uint32_t)bits[WEEKDAY],
		.any_day = *piece[DAY].text == '*',
		.any_weekday = *piece[WEEKDAY].text == '*',
		.any_hour = *piece[HOUR].text == '*',
	};
	return true;
}

bool cron_parse_weekdays(const char *text, size_t len, uint32_t *days,
			 struct buf *why)
{
	uint64_t bits;

	if (!field_parse(&fields[WEEKDAY], (struct piece){ text, len }, &bits,
			 why))
		return false;
	*days = (uint32_t)bits;
	return true;
}

bool cron_is_day(const struct cron *c, unsigned month, unsigned day,
		 unsigned weekday)
{
	bool by_day = c->days >> day & 1;
	bool by_weekday = c->weekdays >> weekday & 1;

	if (!(c->months >> month & 1))
		return false;
	return c->any_day || c->any_weekday ? by_day && by_weekday
					    : by_day || by_weekday;
}
