/* SPDX-License-Identifier: MIT */
#ifndef REPORT_SUMMARY_H
#define REPORT_SUMMARY_H

/*
 * summary - how a scenario fared over some days: availability, latency,
 * errors, incidents, and counts that its systems tell of themselves.
 *
 * Gathered from what a state file has rolled up, or from result files, then
 * rendered by pure functions.  Time that was not observed is neither up nor down.
 *
 * Availability  of what was observed: up and degraded time against up,
 *               degraded and down time.
 * Metrics       average_response_time (seconds, of the requests of checks) and
 *               error_rate (0 to 1, of the same) are its own.  The others come
 *               from series that checks keep under these names: of a counter
 *               what it rose by, of a gauge its mean.  cache_hit_rate is also
 *               cache_hits by cache_queries, two counters.  Series reach back
 *               as far as observations are kept raw (state: raw).
 * Units         _ns nanoseconds, _at_ns since 1970 UTC.
 * Ownership     texts and rows live in the arena.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;
struct errs;
struct page_incident; /* report/page/page.h */
struct scenario;
struct state;

enum {
	SUMMARY_SLOWEST = 5,
	SUMMARY_INCIDENTS = 20, /* that are told */
};

struct summary_times {
	uint64_t up_ns, degraded_ns, down_ns, inconclusive_ns, not_observed_ns;
};

struct summary_check {
	const char *name;
	struct summary_times times;
	uint64_t n_checks, n_failed; /* runs */
	uint64_t n_requests, n_errors;
	uint64_t mean_ns, p50_ns, p95_ns, max_ns; /* of the requests */
};

enum summary_metric {
	SUMMARY_STRING_GENERATIONS,
	SUMMARY_PROPAGATION_JOBS,
	SUMMARY_AVERAGE_RESPONSE_TIME,
	SUMMARY_ERROR_RATE,
	SUMMARY_CACHE_HIT_RATE,
	SUMMARY_METRICS_N
};
extern const char *const summary_metric_names[SUMMARY_METRICS_N];

struct summary {
	const char *name;
	uint64_t from_at_ns, until_at_ns; /* from: a whole hour or day */
	uint64_t since_ns;		  /* as asked */
	size_t n_checks;
	const struct summary_check *checks; /* in the order of the file */
	struct summary_times times;	    /* of all checks together */
	uint64_t n_runs, n_failed, n_requests, n_errors;
	size_t n_incidents; /* newest first; those that touch the time */
	const struct page_incident *incidents;
	bool is_of_files; /* no times and incidents, as files tell of moments */
	size_t n_files, n_outside; /* results in the time, and not in it */
	size_t n_again;		   /* results of a run that another file had */
	size_t n_invalid; /* loads left out: the instrument was the limit */
	/* NAN: not known, and why */
	double metrics[SUMMARY_METRICS_N];
	const char *why[SUMMARY_METRICS_N];
};

bool summary_gather(struct state *st, const struct scenario *sc,
		    uint64_t since_ns, uint64_t now_at_ns, struct arena *a,
		    struct summary *out, struct errs *es);

/* The same from result files; loads have rows like checks, and their requests
 * count like those of checks.  Every file that is no result is a problem. */
bool summary_read(const char *const *path, size_t n, uint64_t since_ns,
		  uint64_t now_at_ns, struct arena *a, struct summary *out,
		  struct errs *es);

/* The share that was well of what was observed; NAN: nothing was. */
double summary_availability(const struct summary_times *t);

/* { "period": { start, end, days }, "metrics": { ... } }, and nothing else. */
void summary_json(const struct summary *s, struct buf *out);
void summary_text(const struct summary *s, struct buf *out);

#endif
