/* SPDX-License-Identifier: MIT */
#ifndef REPORT_PHASES_H
#define REPORT_PHASES_H

/*
 * phases - where the time of an exchange went.
 *
 * The phases of one exchange follow each other without gap or overlap, and
 * add up to its total to the nanosecond: phases_build() gives a remainder to
 * the phase that was under way.  All times are nanoseconds of the monotonic
 * clock.  Pure functions.
 */

#include <stdint.h>

enum phase {
	PHASE_LATENESS, /* from planned until this program took it up */
	PHASE_QUEUE,	/* waiting for a free place in the run */
	PHASE_DNS,
	PHASE_CONNECT, /* TCP, and a proxy's CONNECT */
	PHASE_TLS,
	PHASE_SEND,    /* the request */
	PHASE_WAIT,    /* for the first byte of the answer */
	PHASE_RECEIVE, /* from the first byte to the last */
	PHASE_N
};

struct phases {
	uint64_t ns[PHASE_N];
};

/* Ends of phases as points in time.  A point that was not reached is 0 and
 * so are all after it, except those that do not apply (tls without TLS, dns
 * on a reused connection), which are 0 between others. */
struct phase_points {
	uint64_t planned_ns;
	uint64_t taken_ns;   /* this program took it up */
	uint64_t started_ns; /* a place was free */
	uint64_t resolved_ns;
	uint64_t connected_ns;
	uint64_t secured_ns;
	uint64_t sent_ns;     /* the last byte of the request */
	uint64_t first_ns;    /* the first byte of the answer */
	uint64_t end_ns;      /* always set */
	enum phase under_way; /* what was going on at end_ns */
};

/* Points that run backwards (two clocks were mixed) are clamped. */
void phases_build(struct phases *ph, const struct phase_points *at);

uint64_t phases_total(const struct phases *ph);
void phases_add(struct phases *sum, const struct phases *ph);
enum phase phases_longest(const struct phases *ph);

const char *phase_name(enum phase p); /* "connect" */

#endif
