/* SPDX-License-Identifier: MIT */
#ifndef LOADGEN_PLAN_H
#define LOADGEN_PLAN_H

/*
 * plan - when the arrivals of an open load are to happen.
 *
 * A cursor over the plan: it gives one time after the other, ascending, and
 * does not care whether anybody kept to it.  The same specification and seed
 * give the same times, however many workers share them: each worker walks the
 * whole plan and takes every n-th arrival.
 *
 * Even          arrival k (from 0) happens as soon as the integral of the
 *               rate goes beyond k: the first one at once, or at the end of
 *               the pause that a plan begins with; 10/s for 1 s are 10.
 * Poisson       the gaps of the integral are exponential with mean 1 (an
 *               inhomogeneous Poisson process by inversion; Cinlar 1975,
 *               Lewis and Shedler 1979).
 * Bursts        burst_size arrivals at once, every burst_every_ns.
 * Replay        the times of the file.
 * Users         user k (from 0) is there while the level is beyond k; the
 *               first one of a ramp from 0 begins at once.
 *
 * Length        for_ns where it is given: stages are cut there, or the last
 *               level goes on until then.  Otherwise the sum of the stages;
 *               a last stage without a length has no end.  An arrival lies
 *               before the end, never on it.
 * Precision     within 1 ns of the exact time over a week at 1,000,000/s;
 *               arrival k of 1000/s is k ms exactly.  Where long double is
 *               another one, ramps may differ by 1 ns.
 * Units         ns since the start of the load.
 * Thread rule   pure; a cursor belongs to one thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loadgen/plan/random.h"
#include "scenarios/loads/loads.h"

struct buf; /* scenarios/base/buf.h */

/* A stage as it happens: cut at the end of the plan, or held until then. */
struct plan_stage {
	long double from, to; /* arrivals a second */
	long double integral; /* arrivals */
	uint64_t ramp_ns;     /* from the one level to the other */
	uint64_t for_ns;      /* until it is cut */
};

struct plan {
	const struct load_plan *spec;
	struct random random;
	uint64_t n; /* arrivals given so far */
	/* the rest is plan.c's */
	size_t next_stage;
	uint64_t stage_at_ns;
	uint64_t stage_n; /* arrivals of this stage so far, even */
	long double x;	  /* integral of the stage at the next arrival; even:
			      * at its first one */
	uint64_t at_ns;	  /* the latest arrival */
	struct plan_stage stage;
};

void plan_init(struct plan *p, const struct load_plan *spec, uint64_t seed);

/* The next arrival; false when the plan is over.  A closed load has none. */
bool plan_next(struct plan *p, uint64_t *at_ns);

/* Length of the plan, 0: until its iterations are done (no end by itself).
 * A replay without for_ns ends just behind its last arrival. */
uint64_t plan_length_ns(const struct load_plan *spec);
/* How many arrivals it has: exact but for Poisson, where it is the mean.
 * Closed: the rounds of all users when nothing but their number ends the
 * load.  0: nobody knows. */
double plan_count(const struct load_plan *spec);
/* Arrivals a second, or users, at that time; 0 behind the end.  Of bursts it
 * is the mean, of a replay the number in that second. */
double plan_level(const struct load_plan *spec, uint64_t at_ns);
double plan_level_max(const struct load_plan *spec);
/* Closed: users that there are to be at that time (0 behind the end), and when
 * that number changes next (UINT64_MAX: never again). */
uint64_t plan_users(const struct load_plan *spec, uint64_t at_ns,
		    uint64_t *next_ns);

/* "200/s for 1m after a ramp of 10s" */
void plan_say(const struct load_plan *spec, struct buf *out);

#endif
