/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"
#include "scenarios/base/units_parts.h"

enum { QUOTE_MAX = 40 }; /* bytes of a wrong text that are repeated */

bool unit_refuse(struct buf *why, const char *text, size_t len, const char *fmt,
		 ...)
{
	struct buf cut;
	va_list ap;

	if (!why)
		return false;
	buf_init(&cut, QUOTE_MAX);
	text_cut(&cut, text, len, QUOTE_MAX);
	buf_putc(why, '"');
	text_printable(why, buf_text(&cut), cut.len);
	buf_puts(why, "\" ");
	buf_release(&cut);
	va_start(ap, fmt);
	buf_vprintf(why, fmt, ap);
	va_end(ap);
	return false;
}

bool unit_parse_count(const char *text, size_t len, uint64_t *count,
		      struct buf *why)
{
	uint64_t value = 0;

	if (!len)
		return unit_refuse(why, text, len,
				   "is empty; write a whole number");
	if (text[0] == '-' && len > 1)
		return unit_refuse(
			why, text, len,
			"is negative; write a whole number, 0 or more");
	if (len > 1 && text[0] == '0' && unit_is_digit(text[1]))
		return unit_refuse(why, text, len, "has leading zeros");
	for (size_t i = 0; i < len; i++) {
		if (!unit_is_digit(text[i]))
			return unit_refuse(
				why, text, len,
				"is not a whole number; write digits "
				"only, like 1000");
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(text[i] - '0'),
					   &value))
			return unit_refuse(
				why, text, len,
				"is too large; the limit is %" PRIu64,
				UINT64_MAX);
	}
	*count = value;
	return true;
}

bool unit_parse_integer(const char *text, size_t len, int64_t *integer,
			struct buf *why)
{
	bool is_negative = len && text[0] == '-';
	uint64_t limit = (uint64_t)INT64_MAX + is_negative;
	uint64_t value;

	if (len == (size_t)is_negative || (is_negative && text[1] == '-'))
		return unit_refuse(why, text, len, "is not a whole number");
	if (!unit_parse_count(text + is_negative, len - is_negative, &value,
			      why))
		return false;
	if (value > limit)
		return unit_refuse(why, text, len,
				   "is too large; the limit is %s%" PRIu64,
				   is_negative ? "-" : "", limit);
	*integer = is_negative ? (int64_t)(0 - value) : (int64_t)value;
	return true;
}

/* Moves over digits; false when there is none. */
static bool skip_digits(const char **at, const char *end)
{
	const char *from = *at;

	while (*at < end && unit_is_digit(**at))
		++*at;
	return *at > from;
}

/* Behind the whole part: a fraction, an exponent, both or none. */
static bool skip_fraction(const char **at, const char *end)
{
	if (*at == end || **at != '.')
		return true;
	++*at;
	return skip_digits(at, end);
}

static bool skip_exponent(const char **at, const char *end)
{
	if (*at == end || (**at != 'e' && **at != 'E'))
		return true;
	++*at;
	if (*at < end && (**at == '+' || **at == '-'))
		++*at;
	return skip_digits(at, end);
}

/* The grammar of RFC 8259, section 6. */
static bool is_json_number(const char *text, size_t len)
{
	const char *at = text;
	const char *end = text + len;

	if (at < end && *at == '-')
		at++;
	if (end - at > 1 && at[0] == '0' && unit_is_digit(at[1]))
		return false;
	return skip_digits(&at, end) && skip_fraction(&at, end) &&
	       skip_exponent(&at, end) && at == end;
}

bool unit_parse_number(const char *text, size_t len, double *number,
		       struct buf *why)
{
	char copy[UNIT_NUMBER_MAX + 1];

	if (!is_json_number(text, len))
		return unit_refuse(
			why, text, len,
			"is not a number; write it like 3, -2.5 or 1e6");
	if (len > UNIT_NUMBER_MAX)
		return unit_refuse(
			why, text, len,
			"is too long for a number; the limit is %d bytes",
			UNIT_NUMBER_MAX);
	memcpy(copy, text, len);
	copy[len] = '\0';
	double value = strtod(copy, NULL);
	if (!isfinite(value))
		return unit_refuse(why, text, len, "is too large for a number");
	*number = value;
	return true;
}
