/* SPDX-License-Identifier: MIT */
#ifndef REPORT_HTML_SCALE_H
#define REPORT_HTML_SCALE_H

/*
 * scale - from values to places, and the ticks that a person would choose.
 *
 * A scale covers all it was asked for and ends at ticks.  Ticks of values are
 * 1, 2 or 5 times a power of ten; those of a clock also a quarter or half of
 * a minute, an hour, a day.
 *
 * Units         durations are nanoseconds, changes percent.
 * Thread rule   pure.
 */

#include <stdbool.h>
#include <stddef.h>

struct buf; /* scenarios/base/buf.h */

enum scale_unit {
	SCALE_COUNT,
	SCALE_PER_S,
	SCALE_TIME,    /* a duration */
	SCALE_PERCENT, /* of a change; told as "+5 %" */
	SCALE_POINTS,  /* percentage points of a change; told as "+0.5 pp" */
	SCALE_NINES,   /* -log10(1 - q) of a quantile; told as "p99.9" */
};

enum { SCALE_TICKS_MAX = 16 };

struct scale {
	enum scale_unit unit;
	bool is_log;
	double from, to; /* from < to; both > 0 when is_log */
	size_t n;
	double tick[SCALE_TICKS_MAX];
};

/* From 0 to max, with about that many ticks. */
void scale_from_zero(struct scale *s, enum scale_unit unit, double max,
		     size_t about);
/* The same on both sides of 0. */
void scale_around_zero(struct scale *s, enum scale_unit unit, double most,
		       size_t about);
/* From 0 to exactly until_ns, with ticks as a clock has them. */
void scale_clock(struct scale *s, double until_ns, size_t about);
/* Each power of ten is as far from the next. */
void scale_log(struct scale *s, enum scale_unit unit, double min, double max);
/* Of quantiles: p0 to the one of the last of n samples. */
void scale_nines(struct scale *s, double n_samples);

/* 0 to 1; what lies outside is at the end. */
double scale_at(const struct scale *s, double value);

/* "250 ms", "1.5k/s", "p99.9": short, for a tick. */
void scale_say(struct buf *out, enum scale_unit unit, double value);

#endif
