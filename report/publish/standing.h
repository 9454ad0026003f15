/* SPDX-License-Identifier: MIT */
#ifndef REPORT_STANDING_H
#define REPORT_STANDING_H

/*
 * standing - how things stand now, for pages, metrics, JSON and badges.
 *
 * One row a check with what its last run showed, and one of the program
 * itself.  Filled from a sealed run_result, by one-shot runs (--publish) and
 * by the daemon alike; everything that is published is rendered from it by
 * pure functions.
 *
 * Texts of a row are inside of it and cut, so that a row can be copied under
 * a lock; names borrow from the scenario.
 *
 * Units         _ns nanoseconds; _at_ns since 1970 UTC, 0: never.
 * Thread rule   plain data.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/result/result.h"

struct alert_standing; /* report/alerts/round.h */
struct run_result;

enum {
	STANDING_MESSAGE_MAX = 256, /* bytes with the NUL */
	STANDING_TARGET_MAX = 128,
	STANDING_TLS_MAX = 16,
	HOURS_COUNTED = 24,
};

struct standing {
	const char *name;
	enum severity severity;
	uint64_t every_ns; /* 0: on no schedule */
	bool is_known;	   /* it has ended at least once */
	enum verdict verdict;
	enum outcome outcome;
	char message[STANDING_MESSAGE_MAX];
	char target[STANDING_TARGET_MAX]; /* "https://host:port"; "" */
	uint64_t since_at_ns;		  /* of this verdict */
	uint64_t started_at_ns, ended_at_ns;
	uint64_t total_ns; /* of the deciding attempt */
	uint64_t attempts;
	/* of the steps of that attempt; 0 and "" where there were none */
	struct phases phases;
	int64_t status; /* of the last answer */
	bool is_http, is_encrypted;
	double http_version;
	uint64_t redirects, body_bytes;
	unsigned ip; /* 4 or 6 */
	char tls[STANDING_TLS_MAX];
	int64_t cert_expires_s; /* the earliest, since 1970 */
	/* of this process */
	uint64_t n_runs, n_failed, n_missed;
	uint64_t backoff; /* of so many slots one is used; 1: all */
};

/* What failed in each of the last hours. */
struct hour_counts {
	uint64_t hour; /* of count[hour % HOURS_COUNTED], since 1970 */
	uint64_t count[HOURS_COUNTED];
};
void hour_counts_add(struct hour_counts *h, uint64_t at_ns, uint64_t n);
void hour_counts_merge(struct hour_counts *into, const struct hour_counts *h);
uint64_t hour_counts_sum(const struct hour_counts *h, uint64_t now_at_ns);

struct self_facts {
	uint64_t started_at_ns;
	uint64_t cpu_ns, rss_bytes;
	uint64_t loop_lag_ns; /* the longest of the last while */
	uint64_t late_starts; /* by SELF_LATE_NS or more */
	uint64_t late_max_ns; /* the latest of them */
	uint64_t missed_slots;
	uint64_t active, waiting; /* checks */
	uint64_t queue_depth;	  /* results on the way to the state */
	uint64_t dropped_results;
	uint64_t outbox_waiting;
	uint64_t sent, send_failures;
	uint64_t storage_failures;
	uint64_t state_bytes; /* on the disk; 0: there is none */
	uint64_t log_bytes, log_dropped;
	uint64_t reloads;
	bool reload_ok; /* the newest one */
	uint64_t reload_at_ns;
	uint64_t alerts_firing;
};
#define SELF_LATE_NS UINT64_C(50000000)

struct published {
	const char *name; /* of the scenario */
	const char *environment;
	const char *version;
	uint64_t now_at_ns;
	size_t n;
	const struct standing *checks;
	bool has_errors_24h;
	uint64_t errors_24h;
	const struct self_facts *self; /* NULL: of a one-shot run */
	size_t n_alerts;
	const struct alert_standing *alerts;
};

/* What this run of the check showed; counts, since and schedule stay. */
void standing_take(struct standing *s, const struct check_result *check);

/* ok, degraded (warnings, flaky, starting, unknown) or down. */
enum published_status { PUBLISHED_OK, PUBLISHED_DEGRADED, PUBLISHED_DOWN };
enum published_status standing_status(const struct standing *s);
enum published_status published_status(const struct published *p);
extern const char *const published_status_names[];

/* The newest end of a run; 0. */
uint64_t published_last_run(const struct published *p);

#endif
