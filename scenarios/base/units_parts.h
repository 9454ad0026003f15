/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_UNITS_PARTS_H
#define SCENARIOS_UNITS_PARTS_H

/*
 * units_parts - what the files of units share; nobody else includes it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf; /* scenarios/base/buf.h */

enum { UNIT_NUMBER_MAX = 64 }; /* bytes of a number that is read at all */

/* Tables end with a NULL name. */
struct unit {
	const char *name;
	uint64_t scale;
};

extern const struct unit unit_durations[]; /* in ns, small ones first */
extern const struct unit unit_rates[];	   /* in ns */
extern const struct unit unit_sizes[];	   /* in bytes, small ones first */

static inline bool unit_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Appends the wrong text in quotes, bounded and on one line, then the
 * sentence.  Always returns false. */
bool unit_refuse(struct buf *why, const char *text, size_t len, const char *fmt,
		 ...) __attribute__((format(printf, 4, 5)));

#endif
