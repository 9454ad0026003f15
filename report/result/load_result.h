/* SPDX-License-Identifier: MIT */
#ifndef REPORT_LOAD_RESULT_H
#define REPORT_LOAD_RESULT_H

/*
 * load_result - what one load has seen, as a tree inside a run's result.
 *
 * Filled by report/load/, written and read by the shape tables, rendered by
 * report/render/.  Rules as in report/result/result.h.
 *
 *     planned = sent + dropped + not_started
 *     sent    = ok + failed + timed_out + in_flight
 *
 * Of a load these count arrivals (rounds of its flow), of a step requests;
 * a flow of one request makes them the same.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/result/phases.h"
#include "report/result/result.h"

struct accounting {
	uint64_t planned;
	uint64_t sent;
	uint64_t dropped;     /* waited for a connection in vain */
	uint64_t not_started; /* the load ended before */
	uint64_t ok, failed, timed_out;
	uint64_t in_flight; /* at the end */
};

/* A quantile and the order-statistic interval of 95% around it. */
struct quantile_result {
	double q; /* 0.99 */
	uint64_t value_ns, low_ns, high_ns;
	bool enough; /* the sample can bear it: n(1-q) >= 10 */
};

/* One distribution of times. */
struct times_result {
	uint64_t count;
	uint64_t min_ns, mean_ns, stddev_ns;
	uint64_t p50_ns, p90_ns, p95_ns, p99_ns, p999_ns, max_ns;
	uint64_t over; /* longer than can be told apart; in the count */
	size_t n_quantiles;
	const struct quantile_result *quantiles;
	const char *hdr; /* HdrHistogram V2, compressed, base64; "" */
};

struct named_count {
	const char *name;
	uint64_t count;
};

/* A count for each kind of step in the flows. */
struct load_step_result {
	const char *name;
	const char *kind;
	struct spot at;
	const char *method;    /* "" for what is not HTTP */
	const char *url;       /* "" likewise; as written, redacted */
	const char *transport; /* "native", "libcurl", "http2", "journey" */
	struct accounting accounting; /* planned is sent */
	uint64_t skipped;	      /* an earlier step had failed */
	uint64_t status_4xx, status_5xx;
	size_t n_statuses;
	const struct named_count *statuses; /* "200", "none" */
	size_t n_outcomes;
	const struct named_count *outcomes; /* "ok", "refused" */
	const char *sample;   /* what the first failure said; "" */
	uint64_t connections; /* made for it */
	uint64_t resends; /* as a kept connection was closed under them; not in
			   * sent */
	uint64_t sent_bytes, received_bytes;
	struct phases mean_phases; /* they add up to the mean latency */
	struct times_result latency, service, first_byte, connect;
};

/* What was seen between two moments. */
struct timeline_row {
	uint64_t at_ns; /* since the start of the run */
	uint64_t for_ns;
	bool is_warm_up;
	uint64_t planned, sent, ok, failed, timed_out, dropped;
	uint64_t users; /* open: arrivals under way, at the end of the row */
	uint64_t connections;			 /* open, likewise */
	uint64_t p50_ns, p90_ns, p99_ns, max_ns; /* latency */
	const char *hdr; /* latency, two digits; "" when empty */
};

struct limit_result {
	const char *text;
	enum verdict verdict; /* ok, failed, not-observed */
	const char *seen;     /* "412 ms", "2.31 %" */
	/* of 95 %, for this run only; whole runs, but not of what is counted */
	const char *interval;	/* "[398 ms, 431 ms]"; "": none */
	double low, high;	/* its ends: nanoseconds, shares, a second */
	const char *note;	/* why; sample too small; when it was crossed */
	uint64_t samples;	/* what it was computed from */
	uint64_t crossed_at_ns; /* since the start; 0: never */
	/* of a rate over the whole run, for who judges it again; else 0 */
	uint64_t rated, rated_ns, planned;
	bool built_in; /* nobody wrote it */
	bool aborted;  /* it ended the load */
	struct spot at;
};

/* A reason why the instrument was the limit, or may have been. */
struct doubt {
	const char *what;   /* "send lateness p99 is 12 ms, more than 2 ms" */
	const char *remedy; /* "give it more workers: -t 4" */
	bool is_fatal;	    /* the load is invalid */
	bool is_delay;	    /* of a stall that may meet anybody; not in files */
};

struct instrument {
	uint64_t workers;
	struct times_result lateness; /* planned to taken up, nobody waiting */
	struct times_result queue;    /* waiting for a free connection */
	struct times_result loop_lag;
	uint64_t busiest_cpu_permille; /* of the busiest worker */
	uint64_t open_connections_max;
	uint64_t waited; /* arrivals that waited for a connection */
	size_t n_doubts;
	const struct doubt *doubts;
};

struct load_cost {
	double cpu_s;
	double cpu_us_per_request;
	uint64_t peak_rss_bytes;
	uint64_t rss_bytes_per_1000; /* grown since the first second */
};

struct warm_up_result {
	bool was_asked;
	const char *how;   /* "fixed", "found", "not found" */
	const char *why;   /* "p50 and rate within 5 % for 5 s" */
	uint64_t ended_ns; /* since the start */
	uint64_t requests;
	uint64_t p50_ns, p99_ns;
};

/* One try of --find-max. */
struct trial {
	double rate_per_s;     /* planned */
	double achieved_per_s; /* ok */
	uint64_t for_ns;
	bool holds;
	bool confirms; /* repeats one that held */
	uint64_t p50_ns, p99_ns;
	uint64_t requests, errors;
	const char *why; /* limit that failed, with what was seen; "" */
};

struct load_result {
	const char *name;
	struct spot at;
	const char *model;     /* "open", "closed" */
	const char *plan;      /* "200/s for 60 s after a ramp of 10 s" */
	const char *process;   /* "even", "poisson"; "" */
	uint64_t seed;	       /* 0: nothing was drawn */
	const char *target;    /* scheme://host:port, ", " between */
	const char *transport; /* "native", ... ", " between */
	enum run_verdict verdict;
	const char *message; /* one sentence */
	uint64_t started_at_ns;
	uint64_t start_ns; /* since the start of the run */
	uint64_t total_ns;
	const char *ended; /* "plan", "iterations", "interrupted", "aborted",
			    * "decided", "data", "not started", "slice" */
	struct warm_up_result warm_up;
	struct accounting accounting; /* of all, warm-up too */
	uint64_t requests;	      /* sent */
	uint64_t requests_ok;
	double planned_per_s; /* 0 in a closed model */
	double rate_per_s;    /* requests that ended, a second */
	uint64_t rated_ns;    /* of which time these rates are: the plan */
	double ok_per_s;
	double success; /* share of requests that ended ok, 0 to 1 */
	/* what follows leaves the warm-up out */
	struct times_result latency, service, iteration;
	uint64_t down_for_ns;
	size_t n_steps;
	const struct load_step_result *steps;
	size_t n_limits;
	const struct limit_result *limits;
	size_t n_timeline;
	const struct timeline_row *timeline;
	struct instrument instrument;
	struct load_cost cost;
	size_t n_trials;
	const struct trial *trials;
	double max_rate_per_s; /* of --find-max; 0 */
	size_t n_notes;
	const struct named_count *notes; /* a sentence; count 0: none to tell */
};

/* The requests of all its steps; those of the load itself are arrivals. */
struct accounting load_requests(const struct load_result *load);

/* How many of them ended, and how many did not end ok.  An arrival that was
 * dropped is one of both. */
struct load_errors {
	uint64_t requests, errors;
};
struct load_errors load_errors(const struct load_result *load);

#endif
