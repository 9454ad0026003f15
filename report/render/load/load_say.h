/* SPDX-License-Identifier: MIT */
#ifndef REPORT_RENDER_LOAD_SAY_H
#define REPORT_RENDER_LOAD_SAY_H

/*
 * load_say - the words and numbers of a load that renderers share.
 *
 * Everything appended is printable and bounded, but not escaped for any
 * markup.
 *
 * A load is told as points by those forms that know only things that hold or
 * do not: one for the measurement itself, then one for each limit.
 *
 * Thread rule   pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/result/load_result.h"

struct buf; /* scenarios/base/buf.h */

enum load_point_kind {
	POINT_OK,
	POINT_FAILED,
	POINT_UNSEEN,  /* not observed */
	POINT_INVALID, /* the instrument was the limit */
	POINT_KIND_N
};

struct load_point {
	enum load_point_kind kind;
	const struct limit_result *limit; /* NULL: the measurement itself */
	const struct spot *at;
};

size_t load_points(const struct load_result *load); /* at least 1 */
struct load_point load_point_get(const struct load_result *load, size_t i);

/* True when it was judged once, over all of the load, and crossed then. */
bool limit_is_of_end(const struct load_result *load,
		     const struct limit_result *limit);
/* "crossed at 12.3 s", "judged at the end". */
bool say_crossed(struct buf *out, const struct load_result *load,
		 const struct limit_result *limit);

/* "held", "crossed", "inconclusive", "not observed". */
const char *limit_word(const struct limit_result *limit);

/* "measurement is valid", or the limit as it was written. */
bool say_point_name(struct buf *out, const struct load_point *p);
/* "seen 2.41 s [2.30 s, 2.55 s] in 12990 samples, crossed at 12.3 s: ..." or
 * why the measurement is not valid. */
bool say_point(struct buf *out, const struct load_result *load,
	       const struct load_point *p);

/* "200/s", with three digits or more. */
bool say_rate(struct buf *out, double per_s);
/* "99.87 %": two digits, and 100.00 % only when it is all, 0.00 % when nothing. */
bool say_share(struct buf *out, double share);
/* "99.87%", in the lines that scripts cut out. */
bool say_share_for_scripts(struct buf *out, double share);
/* One that waited for another, which was not ok, has a plan and no numbers. */
bool load_was_started(const struct load_result *load);
/* How many were ok a second, "-" when it was not started. */
bool say_ok_rate(struct buf *out, const struct load_result *load);
/* The share of its requests that were ok, "-" when it made none. */
bool say_success(struct buf *out, const struct load_result *load);
/* "p99.9" */
bool say_quantile_name(struct buf *out, double q);

/* The rows that a table of latencies has: min, mean, the quantiles that every
 * distribution knows, max. */
enum { MAIN_TIMES = 8 };
struct main_time {
	const char *name; /* "p99.9" */
	size_t at;	  /* in struct times_result */
	double q;	  /* 0: no quantile */
};
extern const struct main_time main_times[MAIN_TIMES];
uint64_t main_time_ns(const struct times_result *t, size_t row);
bool is_main_time(double q);

/* A count or a time that a double may be too large for. */
uint64_t whole_of(double amount);

/* The time of a distribution at one of its quantiles, "-" when empty. */
bool say_time_at(struct buf *out, const struct times_result *t, uint64_t ns);
/* The time at q, and what is known of it; NULL when it was not computed. */
const struct quantile_result *quantile_find(const struct times_result *t,
					    double q);
/* "[398, 431]", or "too few: needs 10000"; nothing without q. */
bool say_interval(struct buf *out, const struct quantile_result *q);

/* "p50 12.0 µs, p99 80.0 µs, max 1.20 ms" */
bool say_times(struct buf *out, const struct times_result *t);

/* "open, 200/s for 60 s, poisson, seed 7" */
bool say_plan(struct buf *out, const struct load_result *load);

/* The message, or the verdict in words. */
const char *load_sentence(const struct load_result *load);

#endif
