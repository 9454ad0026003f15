/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_UNITS_H
#define SCENARIOS_UNITS_H

/*
 * units - durations, sizes, rates, percentages and numbers as text.
 *
 * Every quantity is an exact integer inside; no value passes through a
 * double.  What is written must carry its unit: a bare number is refused
 * with a sentence that says what to write.  No white space is accepted.
 *
 *     duration   10s 1.5s 250ms 1m30s 2h 14d 1w      ns us µs ms s m h d w
 *     size       512B 64KiB 10MB      kB = KB = 1000 B, KiB = 1024 B; M G T
 *     rate       200/s 12/min 0.5/s 5/10s      per s m min h d or a duration
 *     percent    5% 0.1% 150%
 *     number     3 -2.5 1e6            count      42            integer  -42
 *
 * Thread rule   everything here may be called from any thread.
 * Errors        a parser returns false, leaves its target alone and appends
 *               one sentence without a full stop to *why (may be NULL).
 *               Printers append to *out.
 * Guarantee     parse(print(x)) == x for every x that a parser can give.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf; /* scenarios/base/buf.h */

#define UNIT_NS_PER_US	UINT64_C(1000)
#define UNIT_NS_PER_MS	UINT64_C(1000000)
#define UNIT_NS_PER_S	UINT64_C(1000000000)
#define UNIT_NS_PER_MIN (60 * UNIT_NS_PER_S)
#define UNIT_NS_PER_H	(60 * UNIT_NS_PER_MIN)
#define UNIT_NS_PER_DAY (24 * UNIT_NS_PER_H)
#define UNIT_S_PER_DAY	86400 /* signed: days may lie in the past */

/* Parts of the whole in 1e-9: 5% is 50,000,000. */
#define UNIT_PPB_WHOLE UINT64_C(1000000000)

/* count per time, both exact: 200/s is { 200000000, 1000000000 }. */
struct unit_rate {
	uint64_t micro_count; /* count in millionths */
	uint64_t per_ns;      /* never 0 */
};

/* A composite has falling units, and only its last part a fraction. */
bool unit_parse_duration(const char *text, size_t len, uint64_t *ns,
			 struct buf *why);
bool unit_parse_size(const char *text, size_t len, uint64_t *bytes,
		     struct buf *why);
bool unit_parse_rate(const char *text, size_t len, struct unit_rate *rate,
		     struct buf *why);
bool unit_parse_percent(const char *text, size_t len, uint64_t *ppb,
			struct buf *why);

/* A decimal number, finite, without unit; as in JSON, and ".5" and "+1" are
 * refused as there. */
bool unit_parse_number(const char *text, size_t len, double *number,
		       struct buf *why);
/* A whole number, 0 or more, in decimal digits without leading zeros. */
bool unit_parse_count(const char *text, size_t len, uint64_t *count,
		      struct buf *why);
bool unit_parse_integer(const char *text, size_t len, int64_t *integer,
			struct buf *why);

/* Exact and short: 1.5s, 250ms, 1h30m, 14d. */
void unit_print_duration(struct buf *out, uint64_t ns);
void unit_print_size(struct buf *out, uint64_t bytes);
void unit_print_rate(struct buf *out, struct unit_rate rate);
void unit_print_percent(struct buf *out, uint64_t ppb);
/* The shortest decimal that reads back as the same double. */
void unit_print_number(struct buf *out, double number);

/* For people, rounded to three digits: "4.82 s", "812 ms", "14 d". */
void unit_human_duration(struct buf *out, uint64_t ns);
/* Decimal units: "1.50 MB", "812 B". */
void unit_human_size(struct buf *out, uint64_t bytes);

double unit_rate_per_s(struct unit_rate rate);

#endif
