/* SPDX-License-Identifier: MIT */
#ifndef REPORT_RENDER_GATE_NEED_H
#define REPORT_RENDER_GATE_NEED_H

/*
 * gate_need - what would let a gate decide what it could not.
 *
 * An interval becomes narrower with the square root of what it is made of, so
 * the width that is wanted tells how many times as much has to be measured.
 * Wanted is that the promised change (equivalence) is seen; where it is seen
 * already and the change lies between the margins, that the interval leaves
 * the nearer of them, if the change stays as it is.
 *
 * Of the uncertainty only the part within launches follows the requests.  The
 * part between launches follows their number, which grows with the time; when
 * it is assumed, nothing makes it smaller but measuring it.
 *
 * Thread rule   pure.
 */

#include <stdint.h>

struct gate_metric; /* report/result/gate_result.h */
struct gate_result;

enum gate_need_kind {
	GATE_NEED_NOTHING,  /* it was decided, or does not count */
	GATE_NEED_SAMPLE,   /* too few requests for any verdict */
	GATE_NEED_REQUESTS, /* more of them, however they are made */
	GATE_NEED_TIME,	    /* for more launches */
	GATE_NEED_LAUNCHES, /* their variation has to be measured */
	GATE_NEED_MORE,	    /* how much cannot be told */
};

struct gate_need {
	enum gate_need_kind kind;
	double factor;	   /* times what was measured; 0: unknown */
	double effect;	   /* that would be seen, in percent or percentage
			     * points; 0: of the change as it is */
	uint64_t total_ns; /* factor times the planned time */
	uint64_t launches; /* factor times as many */
	double rate_per_s; /* factor times the rate; 0: no rate was planned */
	uint64_t got, wanted; /* of GATE_NEED_SAMPLE: requests of one side */
};

struct gate_need gate_need(const struct gate_result *gate,
			   const struct gate_metric *m);

#endif
