/* SPDX-License-Identifier: MIT */
#ifndef REPORT_LOAD_COLLECT_H
#define REPORT_LOAD_COLLECT_H

/*
 * collect - from the tallies of all workers to the result of one load.
 *
 * Keeps the total, the warm-up apart from it, the timeline (bounded: when it
 * is full, two rows become one) and the windows of limits; judges limits while
 * the load runs and at its end; says whether the instrument was the limit.
 * It has no clock: whoever calls says what time it is.
 *
 * Warm-up       ends at a whole second: a fixed one is of whole seconds, one
 *               that is to be found (settle.h) ends behind what has been taken when it
 *               is found, and after its longest time in any case.  What was
 *               planned in it is in the accounting, but not judged.
 * Limits        limit.h says how they are judged.  A load without any
 *               has the built-in ratio(errors) < 1%.
 * Rates         count what ended while the plan ran, by that time.  A load that
 *               is stopped has a plan that ends there.
 * Down          is seen in whole seconds of the plan without an ok while
 *               something was planned, failed or was under way; it lasts from
 *               the last ok before them to the first one behind them, or to
 *               the end of the plan.  One that no such second lies in (it is
 *               shorter than two) is not seen.  A silence before, between or
 *               behind them of up to a minute counts, a longer one was not
 *               observed.
 * Verdict       invalid when the instrument was the limit (the thresholds are
 *               in collect_doubts.c) or the books do not balance, else
 *               failed when a limit is, else inconclusive when a limit was not
 *               observed, nothing ended, or somebody interrupted it, else ok.
 *
 * Units         _ns nanoseconds since the start of the load, unless said.
 * Memory        allocated and touched by collector_new(); it does not grow.
 * Thread rule   one thread, the one that collects.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/load/tally.h"

struct arena;
struct errs;
struct load_result; /* report/result/load_result.h */
struct workload;    /* scenarios/loads/loads.h */

enum {
	COLLECT_ROWS_MAX = 240,	    /* of the timeline */
	COLLECT_WINDOW_SLICES = 30, /* of a limit's window */
};
#define COLLECT_SLICE_NS UINT64_C(1000000000) /* of one tally handed over */

/* What a step is called, and how it is asked. */
struct step_facts {
	const char *name, *kind;
	const char *method, *url, *transport;
	struct place at;
};

struct collect_facts {
	const struct workload *load;
	size_t n_steps;
	const struct step_facts *step;
	uint64_t seed;
	const char *target, *transport, *plan;
	uint64_t workers;
	uint64_t planned_ns;	  /* length of the plan; 0: nobody knows */
	uint64_t connections_max; /* the ceiling that held; 0: none */
	uint64_t timeout_ns;	  /* of its requests */
	bool no_limits; /* is judged by others: none, not the built-in one */
};

struct collector;

/* Borrows facts and all they point at. */
struct collector *collector_new(const struct collect_facts *facts,
				struct errs *es);
void collector_free(struct collector *c); /* NULL is fine */

/* A slice of one worker: all of it lies in one second (from_ns, to_ns).
 * Slices may come late and in any order; all counts are kept, but one that is
 * later than LIMIT_LATE_S seconds may miss its windows. */
void collector_take(struct collector *c, const struct tally *slice);

/* Judges what can be judged at this time: each second as soon as all workers
 * have handed it over, and a second after its end in any case.  So it should
 * be called a few times a second.  False: a limit with abort was crossed long
 * enough, and the load is to end; *why gets its text. */
bool collector_look(struct collector *c, uint64_t now_ns, const char **why);

/* Nothing is planned from then on: the plan ends there, for all that is taken
 * behind it.  The first one counts. */
void collector_stop(struct collector *c, uint64_t at_ns);

/* For people who watch. */
struct progress {
	uint64_t now_ns, total_ns; /* total 0: nobody knows */
	double share;		   /* of the plan done, 0 to 1; < 0: unknown */
	/* of the last full second: arrivals, those that ended, and requests
	 * that ended */
	double planned_per_s, arrivals_per_s, rate_per_s;
	bool is_of_several;	     /* requests, each arrival */
	uint64_t p50_ns, p99_ns;     /* of the last full second */
	uint64_t sent, ok, errors;   /* so far */
	uint64_t users, connections; /* now */
	bool is_warm_up;
};
void collector_progress(const struct collector *c, uint64_t now_ns,
			struct progress *out);

/* How it ended, and what it cost. */
struct collect_ending {
	uint64_t started_at_ns; /* since 1970 */
	uint64_t start_ns;	/* since the start of the run */
	uint64_t total_ns;
	uint64_t stopped_ns; /* nothing was planned from then on; 0: the plan
			      * came to its end */
	const char *ended;   /* word of load_result.ended */
	const char *why;     /* more words; "" */
	uint64_t cpu_ns, peak_rss_bytes, first_rss_bytes;
	uint64_t busiest_cpu_permille;
	uint64_t open_connections_max;
	/* flaws of this machine that were met: the instrument was the limit */
	uint64_t out_of_files, out_of_ports, out_of_memory;
};

/* The result in that arena, judged.  The strings borrow from the facts or live
 * in the arena. */
bool collector_finish(struct collector *c, const struct collect_ending *end,
		      struct arena *a, struct load_result *out);

#endif
