/* SPDX-License-Identifier: MIT */
#include "scenarios/base/units.h"

#include <inttypes.h>
#include <string.h>

#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units_parts.h"

enum { FRACTION_DIGITS = 18 }; /* digits behind the point that are kept */

__extension__ typedef unsigned __int128 wide_uint;

const struct unit unit_durations[] = {
	{ "ns", 1 },
	{ "us", UNIT_NS_PER_US },
	{ "\xc2\xb5s", UNIT_NS_PER_US }, /* micro sign */
	{ "\xce\xbcs", UNIT_NS_PER_US }, /* Greek mu */
	{ "ms", UNIT_NS_PER_MS },
	{ "s", UNIT_NS_PER_S },
	{ "m", UNIT_NS_PER_MIN },
	{ "h", UNIT_NS_PER_H },
	{ "d", UNIT_NS_PER_DAY },
	{ "w", 7 * UNIT_NS_PER_DAY },
	{ NULL, 0 },
};

/* What comes behind the slash of a rate besides these is a duration. */
const struct unit unit_rates[] = {
	{ "s", UNIT_NS_PER_S },	    { "m", UNIT_NS_PER_MIN },
	{ "min", UNIT_NS_PER_MIN }, { "h", UNIT_NS_PER_H },
	{ "d", UNIT_NS_PER_DAY },   { NULL, 0 },
};

const struct unit unit_sizes[] = {
	{ "B", 1 },
	{ "kB", UINT64_C(1000) },
	{ "KB", UINT64_C(1000) },
	{ "KiB", UINT64_C(1) << 10 },
	{ "MB", UINT64_C(1000000) },
	{ "MiB", UINT64_C(1) << 20 },
	{ "GB", UINT64_C(1000000000) },
	{ "GiB", UINT64_C(1) << 30 },
	{ "TB", UINT64_C(1000000000000) },
	{ "TiB", UINT64_C(1) << 40 },
	{ NULL, 0 },
};

/* Other spellings, and what to write instead. */
static const struct {
	const char *written;
	const char *right;
} other_spellings[] = {
	{ "sec", "s" },	    { "secs", "s" },	{ "second", "s" },
	{ "seconds", "s" }, { "min", "m" },	{ "mins", "m" },
	{ "minute", "m" },  { "minutes", "m" }, { "hr", "h" },
	{ "hrs", "h" },	    { "hour", "h" },	{ "hours", "h" },
	{ "day", "d" },	    { "days", "d" },	{ "week", "w" },
	{ "weeks", "w" },   { "msec", "ms" },	{ "msecs", "ms" },
	{ "usec", "us" },   { "usecs", "us" },	{ "nsec", "ns" },
	{ "millis", "ms" },
};

/* An unsigned decimal number, exact: whole + fraction / power. */
struct decimal {
	uint64_t whole;
	uint64_t fraction;
	uint64_t power; /* 10^digits, at least 1 */
	size_t bytes;	/* of the text */
};

enum reading { READ_OK, READ_NO_NUMBER, READ_TOO_LARGE, READ_TOO_FINE };

/* The digits behind the point. */
static enum reading read_fraction(struct decimal *d, const char *text,
				  size_t len)
{
	size_t from = d->bytes + 1;
	size_t end = from;

	while (end < len && unit_is_digit(text[end]))
		end++;
	if (end == from)
		return READ_NO_NUMBER;
	d->bytes = end;
	while (end > from && text[end - 1] == '0')
		end--;
	if (end - from > FRACTION_DIGITS)
		return READ_TOO_FINE;
	for (size_t i = from; i < end; i++) {
		d->fraction = d->fraction * 10 + (uint64_t)(text[i] - '0');
		d->power *= 10;
	}
	return READ_OK;
}

static enum reading read_decimal(struct decimal *d, const char *text,
				 size_t len)
{
	*d = (struct decimal){ .power = 1 };
	for (; d->bytes < len && unit_is_digit(text[d->bytes]); d->bytes++) {
		uint64_t digit = (uint64_t)(text[d->bytes] - '0');
		if (__builtin_mul_overflow(d->whole, 10, &d->whole) ||
		    __builtin_add_overflow(d->whole, digit, &d->whole))
			return READ_TOO_LARGE;
	}
	if (!d->bytes)
		return READ_NO_NUMBER;
	if (d->bytes < len && text[d->bytes] == '.')
		return read_fraction(d, text, len);
	return READ_OK;
}

/* *value = d * scale when that is a whole number that fits. */
static enum reading scale_decimal(const struct decimal *d, uint64_t scale,
				  uint64_t *value)
{
	wide_uint part = (wide_uint)d->fraction * scale;
	wide_uint all = (wide_uint)d->whole * scale + part / d->power;

	if (part % d->power)
		return READ_TOO_FINE;
	if (all > UINT64_MAX)
		return READ_TOO_LARGE;
	*value = (uint64_t)all;
	return READ_OK;
}

static const struct unit *find_unit(const struct unit *units, const char *text,
				    size_t len)
{
	for (; units->name; units++)
		if (text_is(text, len, units->name))
			return units;
	return NULL;
}

/* What quantities share: how they are called, what an example looks like. */
struct quantity {
	const char *a_name;  /* "a duration" */
	const char *example; /* "10s" */
	const char *finest;  /* "a nanosecond" */
};

static const struct quantity a_duration = { "a duration", "10s",
					    "a nanosecond" };
static const struct quantity a_size = { "a size", "64KiB", "a byte" };
static const struct quantity a_rate = { "a rate", "200/s",
					"a millionth per unit of time" };
static const struct quantity a_percentage = { "a percentage", "5%",
					      "a ten-millionth of a percent" };

static bool refuse_reading(struct buf *why, const char *text, size_t len,
			   const struct quantity *what, enum reading bad)
{
	if (bad == READ_TOO_LARGE)
		return unit_refuse(why, text, len, "is larger than %s can be",
				   what->a_name);
	if (bad == READ_TOO_FINE)
		return unit_refuse(why, text, len, "is finer than %s",
				   what->finest);
	if (!len)
		return unit_refuse(why, text, len, "is empty; write %s",
				   what->example);
	if (text[0] == '-')
		return unit_refuse(why, text, len, "is negative; %s cannot be",
				   what->a_name);
	return unit_refuse(why, text, len, "is not %s; write it like %s",
			   what->a_name, what->example);
}

/* White space anywhere gets its own answer, since the eye passes over it. */
static bool has_space(struct buf *why, const char *text, size_t len,
		      const struct quantity *what)
{
	for (size_t i = 0; i < len; i++)
		if (strchr(" \t\r\n", text[i]) && text[i]) {
			unit_refuse(why, text, len,
				    "has white space in it; write it like %s",
				    what->example);
			return true;
		}
	return false;
}

/* ---- durations -------------------------------------------------------- */

static bool refuse_duration_unit(struct buf *why, const char *text, size_t len,
				 const char *unit, size_t unit_len)
{
	if (!unit_len)
		return unit_refuse(
			why, text, len,
			"is a bare number without a unit; write %.*ss or "
			"%.*sms",
			len > 20 ? 2 : (int)len, len > 20 ? "10" : text,
			len > 20 ? 2 : (int)len, len > 20 ? "10" : text);
	size_t n = sizeof(other_spellings) / sizeof(other_spellings[0]);
	for (size_t i = 0; i < n; i++)
		if (text_same_nocase(unit, unit_len, other_spellings[i].written,
				     strlen(other_spellings[i].written)))
			return unit_refuse(
				why, unit, unit_len,
				"is not a unit of time here; write \"%s\"",
				other_spellings[i].right);
	if (text_is(unit, unit_len, "M"))
		return unit_refuse(why, unit, unit_len,
				   "is not a unit of time; \"m\" is minutes");
	return unit_refuse(
		why, unit, unit_len,
		"is not a unit of time; there are ns us ms s m h d w");
}

static bool is_unit_byte(char c)
{
	return !unit_is_digit(c) && c != '.' && c != '-' && c != '+';
}

static bool refuse_order(struct buf *why, const char *text, size_t len,
			 bool had_fraction)
{
	return unit_refuse(why, text, len,
			   had_fraction ? "may have a fraction only in its "
					  "last part"
					: "must go from large units to small "
					  "ones, each once, like 1h30m");
}

static enum reading add_scaled(const struct decimal *d, uint64_t scale,
			       uint64_t *total)
{
	uint64_t part;
	enum reading got = scale_decimal(d, scale, &part);

	if (got == READ_OK && __builtin_add_overflow(*total, part, total))
		return READ_TOO_LARGE;
	return got;
}

bool unit_parse_duration(const char *text, size_t len, uint64_t *ns,
			 struct buf *why)
{
	uint64_t total = 0;
	uint64_t last_scale = UINT64_MAX;
	bool had_fraction = false;

	if (has_space(why, text, len, &a_duration))
		return false;
	for (size_t i = 0; i < len || !i;) {
		struct decimal d;
		enum reading got = read_decimal(&d, text + i, len - i);
		if (got != READ_OK)
			return refuse_reading(why, text, len, &a_duration, got);
		size_t from = i + d.bytes;
		for (i = from; i < len && is_unit_byte(text[i]);)
			i++;
		const struct unit *u =
			find_unit(unit_durations, text + from, i - from);
		if (!u)
			return refuse_duration_unit(why, text, len, text + from,
						    i - from);
		if (u->scale >= last_scale || had_fraction)
			return refuse_order(why, text, len, had_fraction);
		last_scale = u->scale;
		had_fraction = d.power > 1;
		got = add_scaled(&d, u->scale, &total);
		if (got != READ_OK)
			return refuse_reading(why, text, len, &a_duration, got);
	}
	*ns = total;
	return true;
}

/* ---- sizes ------------------------------------------------------------ */

static bool refuse_size_unit(struct buf *why, const char *text, size_t len,
			     const char *unit, size_t unit_len)
{
	static const char letters[] = "kmgt";
	int number_len = (int)(unit - text);

	if (!unit_len)
		return unit_refuse(
			why, text, len,
			"is a bare number without a unit; write it like "
			"512B, 64KiB or 10MB");
	char first = (char)(unit[0] | 0x20);
	const char *at = first ? strchr(letters, first) : NULL;
	bool is_short = unit_len == 1 ||
			text_same_nocase(unit + 1, unit_len - 1, "b", 1) ||
			text_same_nocase(unit + 1, unit_len - 1, "i", 1) ||
			text_same_nocase(unit + 1, unit_len - 1, "ib", 2);
	if (!at || !is_short || number_len > 20) {
		if (unit_len == 1 && first == 'b')
			return unit_refuse(why, text, len,
					   "has an unknown unit; write %.*sB",
					   number_len, text);
		return unit_refuse(
			why, unit, unit_len,
			"is not a unit of size; there are B, kB MB GB TB "
			"(1000) and KiB MiB GiB TiB (1024)");
	}
	size_t step = (size_t)(at - letters);
	const struct unit *decimal = &unit_sizes[step ? 2 * step + 2 : 1];
	const struct unit *binary = &unit_sizes[2 * step + 3];
	return unit_refuse(why, text, len,
			   "could be %.*s%s (%" PRIu64 " bytes each) or %.*s%s "
			   "(%" PRIu64 " bytes each); write one of them",
			   number_len, text, decimal->name, decimal->scale,
			   number_len, text, binary->name, binary->scale);
}

bool unit_parse_size(const char *text, size_t len, uint64_t *bytes,
		     struct buf *why)
{
	struct decimal d;

	if (has_space(why, text, len, &a_size))
		return false;
	enum reading got = read_decimal(&d, text, len);
	if (got != READ_OK)
		return refuse_reading(why, text, len, &a_size, got);
	const struct unit *u =
		find_unit(unit_sizes, text + d.bytes, len - d.bytes);
	if (!u)
		return refuse_size_unit(why, text, len, text + d.bytes,
					len - d.bytes);
	got = scale_decimal(&d, u->scale, bytes);
	if (got != READ_OK)
		return refuse_reading(why, text, len, &a_size, got);
	return true;
}

/* ---- rates and percentages -------------------------------------------- */

static bool parse_per(const char *text, size_t len, const char *per,
		      uint64_t *ns, struct buf *why)
{
	size_t per_len = len - (size_t)(per - text);
	const struct unit *u = find_unit(unit_rates, per, per_len);

	if (u) {
		*ns = u->scale;
		return true;
	}
	if (!per_len || !unit_is_digit(per[0]))
		return unit_refuse(
			why, text, len,
			"is not a rate; behind the / comes s, min, h or "
			"d, or a duration like 10s");
	if (!unit_parse_duration(per, per_len, ns, why))
		return false;
	if (!*ns)
		return unit_refuse(why, text, len,
				   "is a rate per no time at all");
	return true;
}

bool unit_parse_rate(const char *text, size_t len, struct unit_rate *rate,
		     struct buf *why)
{
	enum { MICRO = 1000000 };
	struct decimal d;
	struct unit_rate r;

	if (has_space(why, text, len, &a_rate))
		return false;
	enum reading got = read_decimal(&d, text, len);
	if (got == READ_OK)
		got = scale_decimal(&d, MICRO, &r.micro_count);
	if (got != READ_OK)
		return refuse_reading(why, text, len, &a_rate, got);
	if (d.bytes == len)
		return unit_refuse(
			why, text, len,
			"is a bare number without a unit; write %.*s/s "
			"or %.*s/min",
			len > 20 ? 3 : (int)len, len > 20 ? "200" : text,
			len > 20 ? 3 : (int)len, len > 20 ? "200" : text);
	if (text[d.bytes] != '/')
		return refuse_reading(why, text, len, &a_rate, READ_NO_NUMBER);
	if (!parse_per(text, len, text + d.bytes + 1, &r.per_ns, why))
		return false;
	*rate = r;
	return true;
}

bool unit_parse_percent(const char *text, size_t len, uint64_t *ppb,
			struct buf *why)
{
	enum { PPB_PER_PERCENT = 10000000 };
	struct decimal d;

	if (has_space(why, text, len, &a_percentage))
		return false;
	enum reading got = read_decimal(&d, text, len);
	if (got != READ_OK)
		return refuse_reading(why, text, len, &a_percentage, got);
	if (d.bytes == len && d.whole == 0 && d.fraction && len <= 9) {
		struct buf hundredfold;
		uint64_t value = 0;
		buf_init(&hundredfold, BUF_NO_LIMIT);
		scale_decimal(&d, UNIT_PPB_WHOLE, &value);
		unit_print_percent(&hundredfold, value);
		unit_refuse(why, text, len,
			    "could be %s or %.*s%%; write one of them",
			    buf_text(&hundredfold), (int)len, text);
		buf_release(&hundredfold);
		return false;
	}
	if (d.bytes == len)
		return unit_refuse(
			why, text, len,
			"is a bare number; write a percentage like 5%%");
	if (len - d.bytes != 1 || text[d.bytes] != '%')
		return refuse_reading(why, text, len, &a_percentage,
				      READ_NO_NUMBER);
	got = scale_decimal(&d, PPB_PER_PERCENT, ppb);
	if (got != READ_OK)
		return refuse_reading(why, text, len, &a_percentage, got);
	return true;
}
