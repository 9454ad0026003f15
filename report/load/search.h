/* SPDX-License-Identifier: MIT */
#ifndef REPORT_LOAD_SEARCH_H
#define REPORT_LOAD_SEARCH_H

/*
 * search - looks for the highest rate that holds.
 *
 * A state machine: it says which rate to try, and is told how that went.
 *
 *     up        the rate doubles until one fails (the first one halves until
 *               one holds)
 *     between   the geometric middle of the highest that held and the lowest
 *               that failed, until they are SEARCH_PRECISION apart
 *     confirm   the highest that held is tried SEARCH_CONFIRMATIONS times
 *               more; when one of these fails, the next notch below is tried
 *               and confirmed instead
 *
 * A trial that was invalid (the generator was the limit) says nothing of the
 * target: nothing as fast is tried again, and the answer is "at least".  The
 * answer is always a rate that held each time it was tried, below every rate
 * that failed; 0 when there is none.
 *
 * Units         arrivals per second, rounded to three digits.
 * Thread rule   pure; belongs to whoever holds it.
 */

#include <stdbool.h>
#include <stddef.h>

enum {
	SEARCH_TRIALS_MAX = 30,
	SEARCH_CONFIRMATIONS = 2,
};
#define SEARCH_PRECISION 1.05

enum search_state { SEARCH_GOING, SEARCH_DONE };

struct search {
	double low_per_s, high_per_s; /* nothing outside of these is tried */
	double held_per_s;    /* the candidate: the highest that held; 0 */
	double failed_per_s;  /* the lowest that failed; 0: none yet */
	double spoiled_per_s; /* the lowest that was invalid; 0: none */
	double next_per_s;
	bool is_confirming;
	bool is_falling;    /* a confirmation has failed */
	double notch;	    /* by how much the next fall-back goes down */
	unsigned confirmed; /* confirmations of the candidate */
	unsigned n_trials;
	enum search_state state;
};

/* start: the first rate.  low and high: the range in which to search; 0: no
 * such bound but that of loads. */
void search_init(struct search *s, double start_per_s, double low_per_s,
		 double high_per_s);

/* The rate of the next trial, and whether it repeats one that held.  False:
 * the search is over. */
bool search_next(const struct search *s, double *per_s, bool *is_confirm);

/* How that trial went. */
void search_tell(struct search *s, bool held, bool was_invalid);

struct search_answer {
	double per_s;	     /* 0: no rate held */
	bool is_confirmed;   /* it held each of the times */
	bool is_least;	     /* a higher one may hold, too */
	bool is_spoiled;     /* because the generator was the limit */
	double failed_per_s; /* the lowest that did not hold; 0: none */
};
void search_answer(const struct search *s, struct search_answer *out);

#endif
