/* SPDX-License-Identifier: MIT */
#include "report/html/scale.h"

#include <math.h>
#include <string.h>

#include "scenarios/base/buf.h"

#define NEARLY 1e-9 /* of a step: a tick that rounding pushed out */

enum { LOG_TICKS = 7 }; /* powers that have a tick each */

/* What can be drawn at all: hostile numbers end here. */
#define VALUE_MAX 1e18
#define VALUE_MIN 1e-9

static double bounded(double value)
{
	if (!(value > VALUE_MIN)) /* NaN too */
		return VALUE_MIN;
	return value < VALUE_MAX ? value : VALUE_MAX;
}

/* The smallest 1, 2 or 5 times a power of ten that is not below. */
static double nice_above(double value)
{
	static const double steps[] = { 1, 2, 5, 10 };
	double power = pow(10, floor(log10(value)));

	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		if (steps[i] * power >= value * (1 - NEARLY))
			return steps[i] * power;
	return 10 * power;
}

static void add_tick(struct scale *s, double value)
{
	if (s->n < SCALE_TICKS_MAX)
		s->tick[s->n++] = value;
}

void scale_from_zero(struct scale *s, enum scale_unit unit, double max,
		     size_t about)
{
	double most = bounded(max);
	double step = nice_above(most / (double)about);

	*s = (struct scale){ .unit = unit };
	/* half of a request cannot be seen */
	if (unit == SCALE_COUNT && step < 1)
		step = 1;
	s->to = ceil(most / step * (1 - NEARLY)) * step;
	for (size_t i = 0;
	     (double)i * step <= s->to * (1 + NEARLY) && s->n < SCALE_TICKS_MAX;
	     i++)
		add_tick(s, (double)i * step);
}

void scale_around_zero(struct scale *s, enum scale_unit unit, double most,
		       size_t about)
{
	double end = bounded(most);
	double step = nice_above(2 * end / (double)about);

	/* from 2 to 5 is the widest of the steps, and 0 alone no axis */
	if (step > end)
		step *= 2.0 / 5;
	*s = (struct scale){ .unit = unit, .from = -end, .to = end };
	for (double k = -floor(end / step); k <= end / step; k++)
		add_tick(s, k * step);
}

void scale_clock(struct scale *s, double until_ns, size_t about)
{
	/* seconds, from the one on which they are no powers of ten */
	static const double steps[] = { 10,   15,    30,    60,	   120,
					300,  600,   900,   1800,  3600,
					7200, 10800, 21600, 43200, 86400 };
	double end = bounded(until_ns) > 1 ? bounded(until_ns) : 1;
	double step = nice_above(end / (double)about);

	*s = (struct scale){ .unit = SCALE_TIME, .to = end };
	if (step > steps[0] * 1e9) {
		size_t i = 0;

		while (i + 1 < sizeof(steps) / sizeof(*steps) &&
		       steps[i] * 1e9 * (double)about < end)
			i++;
		step = steps[i] * 1e9;
		while (step * (double)about < end)
			step *= 2;
	}
	for (size_t i = 0;
	     (double)i * step <= end * (1 + NEARLY) && s->n < SCALE_TICKS_MAX;
	     i++)
		add_tick(s, (double)i * step);
}

/* Ticks of a power of ten, as many as have room; ends with 0. */
static const double *log_digits(double decades)
{
	static const double many[] = { 1, 2, 5, 0 };
	static const double some[] = { 1, 3, 0 };
	static const double few[] = { 1, 0 };

	return decades <= 1.5 ? many : decades <= 2.5 ? some : few;
}

void scale_log(struct scale *s, enum scale_unit unit, double min, double max)
{
	double low = bounded(min), high = bounded(max);

	*s = (struct scale){ .unit = unit, .is_log = true };
	if (low > high)
		low = high;
	s->to = nice_above(high);
	s->from = 1 / nice_above(1 / low);
	if (s->from >= s->to)
		s->from = s->to / 10;
	double decades = log10(s->to / s->from);
	const double *digits = log_digits(decades);
	int every = (int)ceil(decades / LOG_TICKS);
	int last = (int)ceil(log10(s->to));
	for (int k = (int)floor(log10(s->from)); k <= last; k += every) {
		for (size_t i = 0; digits[i] > 0; i++) {
			double tick = digits[i] * pow(10, k);

			if (tick >= s->from * (1 - NEARLY) &&
			    tick <= s->to * (1 + NEARLY))
				add_tick(s, tick);
		}
	}
}

void scale_nines(struct scale *s, double n_samples)
{
	double end = log10(bounded(n_samples));
	double half = -log10(0.5);

	*s = (struct scale){ .unit = SCALE_NINES, .to = end > 1 ? end : 1 };
	add_tick(s, half);
	for (double nines = 1; nines <= s->to + NEARLY; nines++)
		add_tick(s, nines);
}

double scale_at(const struct scale *s, double value)
{
	double at;

	if (s->is_log)
		at = value > 0 ? log(value / s->from) / log(s->to / s->from)
			       : 0;
	else
		at = (value - s->from) / (s->to - s->from);
	if (!(at > 0)) /* NaN too */
		return 0;
	return at < 1 ? at : 1;
}

static void say_time(struct buf *out, double ns)
{
	static const struct {
		double ns;
		const char *unit;
	} units[] = {
		{ 86400e9, "d" }, { 3600e9, "h" }, { 60e9, "min" },
		{ 1e9, "s" },	  { 1e6, "ms" },   { 1e3, "\xc2\xb5s" },
	};

	if (!(ns > 0)) {
		buf_putc(out, '0');
		return;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		/* 90 s is not 1.5 min */
		bool is_whole = i > 2 || fmod(ns, units[i].ns) < 1;

		if (ns >= units[i].ns * (1 - NEARLY) && is_whole) {
			buf_printf(out, "%.4g %s", ns / units[i].ns,
				   units[i].unit);
			return;
		}
	}
	buf_printf(out, "%.3g ns", ns);
}

static void say_count(struct buf *out, double value)
{
	if (value >= 1e9)
		buf_printf(out, "%.3gG", value / 1e9);
	else if (value >= 1e6)
		buf_printf(out, "%.3gM", value / 1e6);
	else if (value >= 1e4)
		buf_printf(out, "%.3gk", value / 1e3);
	else
		buf_printf(out, "%.4g", value);
}

/* "+5 %", "-1000 %", "+20k %" */
static void say_signed(struct buf *out, double value, const char *unit)
{
	if (value > 0)
		buf_putc(out, '+');
	else if (value < 0)
		buf_putc(out, '-');
	say_count(out, fabs(value));
	buf_printf(out, " %s", unit);
}

static void say_nines(struct buf *out, double nines)
{
	double percent = 100 * (1 - pow(10, -nines));

	buf_printf(out, "p%.10g", percent);
}

void scale_say(struct buf *out, enum scale_unit unit, double value)
{
	switch (unit) {
	case SCALE_COUNT:
		say_count(out, value);
		break;
	case SCALE_PER_S:
		say_count(out, value);
		buf_puts(out, "/s");
		break;
	case SCALE_TIME:
		say_time(out, value);
		break;
	case SCALE_PERCENT:
		say_signed(out, value, "%");
		break;
	case SCALE_POINTS:
		say_signed(out, value, "pp");
		break;
	case SCALE_NINES:
		say_nines(out, value);
		break;
	}
}
