/* SPDX-License-Identifier: MIT */
#ifndef REPORT_LOAD_TALLY_H
#define REPORT_LOAD_TALLY_H

/*
 * tally - counts and histograms of one load on one worker.
 *
 * A worker records into a tally of its own, without locks and without
 * allocating, and hands it over about once a second (loadgen/run); the
 * collector (collect.h) merges it and gives it back empty.
 *
 * Units         _ns nanoseconds; times of day are of the monotonic clock.
 * Memory        all of it is allocated and touched by tally_new().
 * Thread rule   belongs to whoever holds it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/hist/hist.h"
#include "report/result/outcome.h"
#include "report/result/phases.h"
#include "scenarios/rule/rule.h"

enum {
	TALLY_STATUSES = 1000, /* 0: no status; above: counted as 999 */
	TALLY_SAMPLE_MAX = 200,
};

/* How one request of a step ended.  Points in time as in DESIGN: planned <=
 * taken <= sent <= first <= end. */
struct sample {
	enum outcome outcome;
	unsigned status; /* 0: none */
	bool waited;	 /* for a free connection, between planned and sent */
	bool was_in_flight; /* the run ended first: end_ns is that moment */
	bool made_connection;
	unsigned resends;    /* of the request, as a kept connection was closed
			   * under it */
	uint64_t planned_ns; /* when it should have been sent */
	uint64_t sent_ns;    /* connecting, or writing on an open connection,
			      * began */
	uint64_t dns_ns, connect_ns, tls_ns; /* lengths; 0 when reused */
	uint64_t written_ns; /* the last byte of the request; 0: unknown */
	uint64_t first_ns;   /* the first byte of the answer; 0: none came */
	uint64_t end_ns;
	uint64_t sent_bytes, received_bytes; /* bodies */
};

struct tally_step {
	uint64_t sent, ok, failed, timed_out, in_flight, skipped;
	uint64_t connections;
	uint64_t resends; /* not in sent */
	uint64_t sent_bytes, received_bytes;
	uint64_t status[TALLY_STATUSES];
	uint64_t outcome[OUTCOME_N];
	unsigned __int128 phase_ns[PHASE_N]; /* sums; they add up to that of
					      * latency */
	/* tally_reset() zeroes what stands above */
	struct hist *latency, *service, *first_byte, *connect;
	char sample[TALLY_SAMPLE_MAX]; /* of the first failure; "" */
};

struct tally {
	/* of arrivals (rounds of the flow) */
	uint64_t planned, sent, dropped, not_started;
	uint64_t ok, failed, timed_out, in_flight;
	uint64_t waited;	/* for a connection */
	struct hist *lateness;	/* planned to sent of those that did not wait */
	struct hist *queue;	/* planned to sent of those that waited */
	struct hist *iteration; /* planned to end of the flow */
	struct hist *missed;	/* latency of what was never sent, at the age it
			      * had: dropped and not started */
	struct hist *loop_lag;
	size_t n_steps;
	struct tally_step *step;
	/* what holds at the end of the slice */
	uint64_t users, connections;
	/* of which part of the run it is: nanoseconds since its start */
	uint64_t from_ns, to_ns;
	/* by the clock of the samples */
	uint64_t begin_ns;		  /* that start */
	uint64_t first_ok_ns, last_ok_ns; /* when one ended; 0: none was ok */
};

/* NULL without memory, or with digits out of the range of hist.h. */
struct tally *tally_new(size_t n_steps, unsigned digits);
void tally_free(struct tally *t); /* NULL is fine */
void tally_reset(struct tally *t);

/* Adds all of from, which has as many steps.  users and connections add up
 * (those of several workers at one moment); the span becomes the one around
 * both. */
void tally_merge(struct tally *into, const struct tally *from);

/* One request has ended.  Latency counts from planned, service from sent, and
 * the phases add up to the latency; points that run backwards are clamped.
 * What timed out or was in flight is recorded at the age it had. */
void tally_request(struct tally *t, size_t step, const struct sample *s);

/* What a failure said, kept when it is the first of its step. */
void tally_sample(struct tally *t, size_t step, const char *text);

/* What the books say must add up, of a whole load (the slices of one do not,
 * as requests go from one into the next):
 *
 *     planned = sent + dropped + not started
 *     sent    = ok + failed + timed out + in flight, of arrivals and of steps
 *     what was never sent, and each request, is in the histogram of its kind
 *
 * NULL when they do, else the first line that does not. */
const char *tally_imbalance(const struct tally *t);

/* Everybody's latency: of the requests of all steps, and of what was never
 * sent.  Adds to into. */
void tally_latency(const struct tally *t, struct hist *into);

#endif
