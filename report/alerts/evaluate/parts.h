/* SPDX-License-Identifier: MIT */
#ifndef REPORT_ALERTS_EVALUATE_PARTS_H
#define REPORT_ALERTS_EVALUATE_PARTS_H

/*
 * parts - what the files of report/alerts/evaluate share.
 *
 * Each evaluate_...() gets a finding that is unknown and says "nothing was
 * observed"; it returns false only without memory.
 */

#include "report/alerts/evaluate.h"
#include "scenarios/base/buf.h"

enum { EVIDENCE_MAX = 480 }; /* bytes of a sentence */

bool evaluate_requests(const struct question *q, struct arena *a,
		       struct finding *out);
bool evaluate_streaks(const struct question *q, struct arena *a,
		      struct finding *out);
bool evaluate_missing(const struct question *q, struct arena *a,
		      struct finding *out);
bool evaluate_event(const struct question *q, struct arena *a,
		    struct finding *out);
bool evaluate_value(const struct question *q, struct arena *a,
		    struct finding *out);
bool evaluate_counter(const struct question *q, struct arena *a,
		      struct finding *out);
bool evaluate_quantile(const struct question *q, struct arena *a,
		       struct finding *out);
bool evaluate_fallen(const struct question *q, struct arena *a,
		     struct finding *out);
bool evaluate_changed(const struct question *q, struct arena *a,
		      struct finding *out);
bool evaluate_worse(const struct question *q, struct arena *a,
		    struct finding *out);

/* ---- requests of the check itself ------------------------------------ */

/* The times of a rule's metric that were answered in from..until (closed),
 * sorted; *n of them in the arena.  NULL without memory. */
double *request_times(const struct history *h, const struct rule *r,
		      uint64_t from_at_ns, uint64_t until_at_ns,
		      struct arena *a, size_t *n);
/* The smallest value that the part q of all does not exceed; n > 0. */
double sorted_quantile(const double *sorted, size_t n, double q);
/* The mean or quantile of a rule; n > 0. */
double times_value(const struct rule *r, const double *sorted, size_t n);

/* ---- counters and histograms, as Prometheus documents them ------------ */

/* The points that lie in from..until. */
struct points {
	size_t n;
	const struct series_point *item;
};
struct points points_within(const struct series *s, uint64_t from_at_ns,
			    uint64_t until_at_ns);
/* What a counter rose by from the first of them to the last, each fall being
 * a new start at zero. */
double counter_rise(struct points in);
/* The increase of a counter in a window; NAN with fewer than two points. */
double counter_increase(struct points in, uint64_t from_at_ns,
			uint64_t until_at_ns);

struct bound_count {
	double bound; /* INFINITY: the last */
	double count; /* of what is <= bound, or its rate */
};
/* Sorts and mends rows (each bound once); NAN when they say nothing. */
double bucket_quantile(struct bound_count *rows, size_t n, double q);

/* ---- time and words ---------------------------------------------------- */

uint64_t question_fresh_ns(const struct question *q);
uint64_t before_ns(uint64_t at_ns, uint64_t by_ns); /* not below 0 */

/* value OP the condition's own. */
bool condition_holds(const struct condition *c, double value);
bool op_is_upper(enum rule_op op); /* < or <= */

/* What a value of the condition is a number of. */
enum unit {
	UNIT_NUMBER,
	UNIT_TIME, /* ns */
	UNIT_SHARE,
	UNIT_PER_S,
	UNIT_DAYS,
	UNIT_RESULTS,
	UNIT_PERCENT,
	UNIT_SECONDS,
	UNIT_BYTES,
};
enum unit condition_unit(const struct condition *c);
void print_value(struct buf *out, enum unit unit, double value);
const char *op_sign(enum rule_op op);		   /* ">" */
const char *op_words(enum rule_op op, bool holds); /* "over", "not over" */

/* Sets evidence, seen and threshold; what is "p95 of 37 requests in 5 m" and
 * short_what "p95".  False without memory. */
bool say_value(const struct question *q, struct arena *a, struct finding *out,
	       const char *short_what, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
bool say(struct arena *a, struct finding *out, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* " in 5 min" */
const char *window_words(struct arena *a, uint64_t window_ns);

#endif
