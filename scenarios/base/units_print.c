/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"
#include "scenarios/base/units_parts.h"

/* value / scale with as many decimals as it takes; scale is a power of ten. */
static void print_decimal(struct buf *out, uint64_t value, uint64_t scale)
{
	uint64_t rest = value % scale;

	buf_printf(out, "%" PRIu64, value / scale);
	if (!rest)
		return;
	buf_putc(out, '.');
	while (rest) {
		scale /= 10;
		buf_putc(out, (char)('0' + rest / scale));
		rest %= scale;
	}
}

/* Units that are written side by side, and up to which count a smaller one
 * is still used alone: 90m reads better than 1h30m. */
static const struct {
	const char *name;
	uint64_t scale;
	uint64_t alone_below_ns;
} long_units[] = {
	{ "d", UNIT_NS_PER_DAY, UINT64_MAX },
	{ "h", UNIT_NS_PER_H, 2 * UNIT_NS_PER_DAY },
	{ "m", UNIT_NS_PER_MIN, 2 * UNIT_NS_PER_H },
	{ "s", UNIT_NS_PER_S, 2 * UNIT_NS_PER_MIN },
};

void unit_print_duration(struct buf *out, uint64_t ns)
{
	static const struct unit *small = unit_durations;
	enum { NS = 0, US = 1, MS = 4 };

	if (ns && ns < UNIT_NS_PER_S) {
		const struct unit *u = ns < UNIT_NS_PER_US   ? &small[NS]
				       : ns < UNIT_NS_PER_MS ? &small[US]
							     : &small[MS];
		print_decimal(out, ns, u->scale);
		buf_puts(out, u->name);
		return;
	}
	for (size_t i = 0; i < 3; i++) {
		uint64_t scale = long_units[i].scale;
		if (ns >= scale && ns % scale == 0 &&
		    ns < long_units[i].alone_below_ns) {
			buf_printf(out, "%" PRIu64 "%s", ns / scale,
				   long_units[i].name);
			return;
		}
		if (ns < scale || ns < long_units[i + 1].alone_below_ns)
			continue;
		buf_printf(out, "%" PRIu64 "%s", ns / scale,
			   long_units[i].name);
		ns %= scale;
		if (!ns)
			return;
	}
	print_decimal(out, ns, UNIT_NS_PER_S);
	buf_putc(out, 's');
}

/* Rounds value / scale to three digits.  False when that makes 1000. */
static bool print_three_digits(struct buf *out, uint64_t value, uint64_t scale)
{
	unsigned decimals = scale < 100 || value / scale >= 100 ? 0
			    : value / scale >= 10		? 1
								: 2;
	uint64_t step = decimals == 2	? scale / 100
			: decimals == 1 ? scale / 10
					: scale;
	uint64_t n = value / step + (value % step >= step - step / 2);

	/* 9.996 became 10.00: one decimal fewer shows the same. */
	if (decimals && n >= 1000) {
		n /= 10;
		decimals--;
	}
	if (!decimals && n >= 1000)
		return false;
	static const unsigned power[] = { 1, 10, 100 };
	if (decimals)
		buf_printf(out, "%" PRIu64 ".%0*" PRIu64, n / power[decimals],
			   (int)decimals, n % power[decimals]);
	else
		buf_printf(out, "%" PRIu64, n);
	return true;
}

/* "3 min 20 s": ns in whole large and rounded small units. */
static void human_pair(struct buf *out, uint64_t ns, uint64_t large,
		       const char *large_name, uint64_t small,
		       const char *small_name)
{
	uint64_t count = ns / small + (ns % small >= small / 2);
	uint64_t per = large / small;

	buf_printf(out, "%" PRIu64 " %s", count / per, large_name);
	if (count % per)
		buf_printf(out, " %" PRIu64 " %s", count % per, small_name);
}

void unit_human_duration(struct buf *out, uint64_t ns)
{
	static const struct unit small[] = { { "ns", 1 },
					     { "\xc2\xb5s", UNIT_NS_PER_US },
					     { "ms", UNIT_NS_PER_MS } };
	enum { DAYS_ALONE = 10 };

	for (size_t i = 0; i < 3; i++)
		if (ns < small[i].scale * 1000 &&
		    print_three_digits(out, ns, small[i].scale)) {
			buf_printf(out, " %s", small[i].name);
			return;
		}
	if (ns < 2 * UNIT_NS_PER_MIN) {
		print_three_digits(out, ns, UNIT_NS_PER_S);
		buf_puts(out, " s");
	} else if (ns < 2 * UNIT_NS_PER_H) {
		human_pair(out, ns, UNIT_NS_PER_MIN, "min", UNIT_NS_PER_S, "s");
	} else if (ns < 2 * UNIT_NS_PER_DAY) {
		human_pair(out, ns, UNIT_NS_PER_H, "h", UNIT_NS_PER_MIN, "min");
	} else if (ns < DAYS_ALONE * UNIT_NS_PER_DAY) {
		human_pair(out, ns, UNIT_NS_PER_DAY, "d", UNIT_NS_PER_H, "h");
	} else {
		human_pair(out, ns, UNIT_NS_PER_DAY, "d", UNIT_NS_PER_DAY, "d");
	}
}

void unit_print_size(struct buf *out, uint64_t bytes)
{
	const struct unit *best = &unit_sizes[0];

	/* The larger the unit, the fewer the digits. */
	for (const struct unit *u = unit_sizes; u->name; u++)
		if (bytes && bytes % u->scale == 0 && u->scale > best->scale)
			best = u;
	buf_printf(out, "%" PRIu64 "%s", bytes / best->scale, best->name);
}

void unit_human_size(struct buf *out, uint64_t bytes)
{
	static const char *const names[] = { "B",  "kB", "MB", "GB",
					     "TB", "PB", "EB" };
	uint64_t scale = 1;
	size_t i = 0;

	while (i < 6 && bytes / scale >= 1000) {
		scale *= 1000;
		i++;
	}
	if (!print_three_digits(out, bytes, scale)) {
		i++;
		print_three_digits(out, bytes, scale * 1000);
	}
	buf_printf(out, " %s", names[i]);
}

void unit_print_rate(struct buf *out, struct unit_rate rate)
{
	print_decimal(out, rate.micro_count, 1000000);
	buf_putc(out, '/');
	for (const struct unit *u = unit_rates; u->name; u++)
		if (u->scale == rate.per_ns && strcmp(u->name, "m") != 0) {
			buf_puts(out, u->name);
			return;
		}
	unit_print_duration(out, rate.per_ns);
}

double unit_rate_per_s(struct unit_rate rate)
{
	return (double)rate.micro_count / 1e6 /
	       ((double)rate.per_ns / (double)UNIT_NS_PER_S);
}

void unit_print_percent(struct buf *out, uint64_t ppb)
{
	print_decimal(out, ppb, 10000000);
	buf_putc(out, '%');
}

void unit_print_number(struct buf *out, double number)
{
	enum { ENOUGH = 17, FIRST = 15 };
	char text[UNIT_NUMBER_MAX];

	for (int digits = FIRST; digits <= ENOUGH; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, number);
		if (strtod(text, NULL) == number)
			break;
	}
	buf_puts(out, text);
}
