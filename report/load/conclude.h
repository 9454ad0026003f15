/* SPDX-License-Identifier: MIT */
#ifndef REPORT_LOAD_CONCLUDE_H
#define REPORT_LOAD_CONCLUDE_H

/*
 * conclude - from counts and histograms to the parts of a load's result.
 *
 * Shared by the collector of a load and by what makes one result of several
 * (report/merge): the same numbers are told in the same way.
 *
 * Ownership     what is made lives in the arena.
 * Thread rule   pure.
 * Errors        false or NULL without memory.
 */

#include <stdbool.h>
#include <stdint.h>

struct arena;		 /* scenarios/base/arena.h */
struct hist;		 /* report/hist/hist.h */
struct load_result;	 /* report/result/load_result.h */
struct load_step_result; /* report/result/load_result.h */
struct step_facts;	 /* report/load/collect.h */
struct tally_step;	 /* report/load/tally.h */
struct times_result;	 /* report/result/load_result.h */

/* "" when it is empty. */
const char *times_encode(const struct hist *h, struct arena *a);

/* The times in a histogram, with intervals and encoded. */
bool times_result(const struct hist *h, struct arena *a,
		  struct times_result *out);

/* All of one step. */
bool step_result(const struct step_facts *facts, const struct tally_step *st,
		 struct arena *a, struct load_step_result *out);

/* Takes it back that a delay of this machine spoils the load, for who allows
 * for it or compares what it meets alike.  The list of doubts becomes one of
 * the arena; the verdict is left to the caller, whom load_least() (verdict.h)
 * tells whether another doubt is fatal. */
bool load_forgive_delay(struct load_result *load, struct arena *a);

/* What a load of these limits, doubts and books adds up to, and why. */
struct load_end {
	uint64_t n_ended;  /* requests; 0: nothing was seen */
	const char *ended; /* word of load_result.ended */
	const char *why;   /* more words; "" */
};
bool load_conclude(const struct load_end *end, struct arena *a,
		   struct load_result *out);

#endif
