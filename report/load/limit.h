/* SPDX-License-Identifier: MIT */
#ifndef REPORT_LOAD_LIMIT_H
#define REPORT_LOAD_LIMIT_H

/*
 * limit - judges one rule over the slices of a load, while it runs and after.
 *
 * Whole run     without a window a rule is about all that was judged.  It is
 *               judged at the end; while the load runs it is looked at once a
 *               second when it may abort the load or has a `for`: a share from
 *               the time on when Wilson's interval of 95 % (J. Am. Stat. Assoc.
 *               22, 1927) lies on the wrong side as a whole, or from the third
 *               second, as a mean and a rate.
 * Window        it is cut into slices of whole seconds, at most
 *               COLLECT_WINDOW_SLICES, and moves on by one of them; a window
 *               that no such slices fill is a little longer than asked.  It is
 *               judged when it is full.  A load that ends before the
 *               first one is full is judged once, over what there was, and
 *               the note says so.  What ends after the last arrival of the
 *               plan belongs to the last window: by itself it would be a
 *               sample of nothing but the slowest.
 * for           the rule was false at every look of that time.  A look that
 *               had nothing to judge ends the time: it was not observed.
 *               A load that ends while the time runs leaves the limit
 *               not observed.
 * abort         the rule was false at every look of the time to hold, in whole
 *               seconds.
 * Samples       no request at all: not observed.  A quantile that the sample
 *               cannot bear (fewer than HIST_ENOUGH beyond it) holds never
 *               for sure; it is false for sure when its interval of 95 % lies
 *               on the wrong side as a whole.  What is not sure is not
 *               observed, and the note tells how many it needs.
 * Interval      a quantile, share, mean and rate of the whole run comes with an
 *               interval of 95 %, and is judged with it: crossed when it lies
 *               on the wrong side as a whole, held when it lies on the right
 *               one, and inconclusive (not observed) when the limit is inside
 *               it.  Of a quantile by order statistics; of a share, also of
 *               what was planned, by Wilson; of a mean by its deviation; of a
 *               rate by the mean square of the differences of successive
 *               seconds (von Neumann et al., Ann. Math. Stat. 12, 1941), which
 *               a ramp does not widen.  They take requests, or seconds, as
 *               independent, which under load they are not: they are of this
 *               run only, and tell nothing of the next one.
 *               No interval: counts, min, max and down_for are what they are,
 *               as are windows and `for`, which are judged look by look, and
 *               the trials of a search, which tries again.  A share of which
 *               nothing was seen holds, whatever the sample: none could look
 *               better, and 3,800 requests without an error would be too few
 *               for 0.1 %; the note tells what could have gone unseen.
 *               What ends a load early has crossed its limit.
 * Errors        a request under way at the end and an arrival that was not
 *               started are errors too, unless somebody ended the load; with
 *               data that came to its end nothing more was to be started.
 * Rates         count what ended while the plan ran, by that time.
 * Of planned    arrivals were planned, so arrivals are counted, each ok when all
 *               of its requests were; only with a step or a status requests are,
 *               of which an arrival makes one each.  Where an arrival is several
 *               requests, it may end as long after the plan as the shortest of
 *               them took.
 *
 * A step named in a rule selects every step of that name.  lateness, iteration
 * and down_for() are always of the load.
 *
 * Memory        all of it is taken by limit_init(); about 9 MB for a window
 *               of times with three digits.
 * Thread rule   the collector's thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/load/tally.h"

struct arena;
struct limit_result;
struct load_limit;
struct step_facts;

enum {
	LIMIT_LATE_S = 3, /* a slice later than this is in no window */
};
/* What was planned last is answered a little behind the plan.  Answers that come
 * so late count for "of planned"; a backlog that is worked off later does
 * not. */
#define LIMIT_BEHIND_NS UINT64_C(1000000000)

/* What a rule selects, and out of what. */
struct limit_count {
	uint64_t selected, all;
	uint64_t arrivals, requests;	 /* that ended */
	uint64_t in_flight, not_started; /* at the end */
	uint64_t planned;
	uint64_t in_plan; /* selected while the plan ran */
	uint64_t in_time; /* or just behind it: LIMIT_BEHIND_NS */
};

enum limit_state {
	LIMIT_NONE, /* there was nothing to judge */
	LIMIT_HOLDS,
	LIMIT_MAY_HOLD, /* it does, but the sample cannot bear it */
	LIMIT_MAY_FAIL, /* it does not, but the sample cannot bear that */
	LIMIT_FALSE,
};

/* The rule at one moment. */
struct limit_look {
	enum limit_state state;
	double value; /* in the unit of the rule's function */
	double planned_per_s;
	bool is_of_several; /* requests, each arrival */
	bool is_sure;	    /* of a share: it is false, and not by chance */
	uint64_t low_ns, high_ns; /* of a quantile: its interval */
	/* of the whole run, limit_bound() */
	bool has_bounds;
	double low, high; /* the interval, in the unit of value */
	bool holds_bound; /* the limit lies inside */
	bool is_spotless; /* but nothing was seen that could count against it */
	uint64_t samples, needed;
	uint64_t at_ns;
};

enum { LIMIT_PACE_SLOTS = LIMIT_LATE_S + 3 };

/* How evenly what is selected comes, second by second. */
struct limit_pace {
	double count[LIMIT_PACE_SLOTS];
	bool was_taken[LIMIT_PACE_SLOTS];
	bool has_gaps; /* seconds of which nothing is known: no interval */
	uint64_t next, last; /* second: to be added, and seen */
	double before, squares;
	uint64_t n_steps;
};

struct limit_slice {
	uint64_t number; /* UINT64_MAX: empty */
	struct limit_count count;
	struct hist *times; /* NULL: the rule is not about times */
};

struct limit {
	const struct load_limit *limit;
	bool built_in;
	bool wants_times;
	const struct step_facts *step;
	size_t n_steps;
	uint64_t plan_ns; /* nothing is planned from then on; 0: unknown */
	/* the window; 0 slices: the whole run */
	uint64_t slice_s, n_slices;
	size_t n_slots;
	struct limit_slice *slot;
	uint64_t next; /* slice that ends the next window to be judged */
	/* the whole run */
	struct limit_count whole;
	struct hist *sum; /* of what is judged */
	struct limit_pace pace;
	uint64_t shortest_ns; /* of arrivals of several requests; 0: unknown */
	/* what the looks have shown */
	uint64_t n_looks, n_sure, n_unsure;
	uint64_t false_since_ns, maybe_since_ns; /* UINT64_MAX: it is not */
	uint64_t crossed_at_ns;			 /* 0: never */
	bool may_be_crossed, is_partial, is_aborted;
	struct limit_look worst;
};

/* What the collector knows at a moment. */
struct limit_moment {
	uint64_t now_ns;
	uint64_t from_ns;	 /* the warm-up ended */
	uint64_t down_ns;	 /* longest time without an ok so far */
	const struct tally *all; /* since from_ns */
	bool was_ended;	  /* by somebody: the rest was not meant to be done */
	bool was_aborted; /* by a limit */
	bool ran_out;	  /* of data: what was not started could not be */
	uint64_t stopped_ns; /* when it was ended; 0: it was not */
};

struct limit_facts {
	const struct load_limit *limit;
	bool built_in;
	const struct step_facts *step; /* of all steps */
	size_t n_steps;
	uint64_t plan_ns;
	unsigned digits;
};

/* False without memory; release in any case. */
bool limit_init(struct limit *l, const struct limit_facts *facts);
void limit_release(struct limit *l);

/* Nothing is planned from then on. */
void limit_stop(struct limit *l, uint64_t at_ns);

/* A slice that is to be judged.  second counts from the end of the warm-up and
 * is at most the last one of the plan. */
void limit_take(struct limit *l, const struct tally *slice, uint64_t second);

/* All before that second (from the end of the warm-up) has been taken.  True
 * when the load is to be aborted. */
bool limit_judge(struct limit *l, uint64_t second,
		 const struct limit_moment *now);

/* The load is over, that many seconds after the warm-up ended.  False without
 * memory. */
bool limit_finish(struct limit *l, uint64_t seconds,
		  const struct limit_moment *now, struct arena *a,
		  struct limit_result *out);

/* ---- between the files of limit ------------------------------------- */

/* The rule on what was counted and timed in elapsed_ns.  times NULL or
 * empty: none. */
void limit_evaluate(const struct limit *l, const struct limit_count *count,
		    const struct hist *times, uint64_t elapsed_ns,
		    uint64_t down_ns, struct limit_look *out);

/* The interval of a look at the whole run, on the same. */
void limit_bound(const struct limit *l, const struct limit_count *count,
		 const struct hist *times, uint64_t elapsed_ns,
		 struct limit_look *look);
/* True when the interval leaves it open whether the limit holds. */
bool limit_is_open(const struct limit *l, const struct limit_look *look);
/* As many samples would close it, if the value stays; 0: cannot be told. */
double limit_wanted(const struct limit *l, const struct limit_look *look);

/* The interval of 95 % of a share of n (report/statistics/wilson.h). */
void limit_wilson(double share, double n, double *low, double *high);
void limit_pace_take(struct limit_pace *p, uint64_t second, uint64_t count);
void limit_pace_close(struct limit_pace *p);
bool limit_is_upper(const struct rule *r);
bool limit_is_lower(const struct rule *r);

/* Adds the times of a tally that the rule is about. */
void limit_times(const struct limit *l, const struct tally *t,
		 struct hist *into);
void limit_count(const struct limit *l, const struct tally *t,
		 struct limit_count *into);

/* True when it is about arrivals, and not about requests. */
bool limit_is_of_arrivals(const struct limit *l);

/* Adds what was left at the end to what is counted, as a rule about errors is
 * about it, too.  ran_out: there was no data left to start it with. */
void limit_count_unfinished(const struct limit *l, bool ran_out,
			    struct limit_count *count);

/* What the looks add up to, with text and note. */
bool limit_conclude(const struct limit *l, const struct limit_look *end,
		    const struct limit_moment *now, struct arena *a,
		    struct limit_result *out);

/* True when it is judged again and again, and not once at the end. */
bool limit_is_steady(const struct limit *l);

/* "412 ms", "2.31 %", "181/s, 90.5 % of the planned 200/s".  NULL without
 * memory. */
const char *limit_seen(const struct limit *l, const struct limit_look *look,
		       struct arena *a);
/* "[398 ms, 431 ms]"; "" without one. */
const char *limit_interval(const struct limit *l, const struct limit_look *look,
			   struct arena *a);

#endif
