/* SPDX-License-Identifier: MIT */
#ifndef PROBE_TAKE_H
#define PROBE_TAKE_H

/*
 * take - results that were seen elsewhere become part of one state, and whoever
 * is to be told is told.
 *
 * Runs in several places write result files, each with its --vantage; one place
 * takes them all, so that a rule with quorum hears every voice.  Each file is
 * read as something hostile, sealed, and taken with a round of the alerts, in
 * the order in which the runs ended; a round's time is the end of its run.  A
 * run that was taken before is passed over.
 *
 * Thread rule   one thread; engine_global_init() was called.
 * Errors        a file that is no result of the scenario, or says that it is
 *               from the future, is a problem (ERR_INPUT), and the others are
 *               taken all the same.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct args; /* scenarios/base/options.h */
struct errs;
struct scenario; /* scenarios/model.h */

/* Clocks differ by so much. */
#define TAKE_AHEAD_NS UINT64_C(300000000000)

struct take_ask {
	const struct args *files; /* "-" is standard input */
	const char *state;	  /* NULL: see state_named() */
	const char *scenario;
	const char *environment; /* or NULL */
	const struct args *vars;
	/* set by take_results(), to be freed (scenario_free()) when problems
	 * were told: they point into it */
	struct scenario *loaded;
	size_t n_taken, n_known; /* known: taken before, or too old */
	size_t n_firing, n_notices;
};

bool take_results(struct take_ask *ask, struct errs *problems,
		  struct errs *warnings);

#endif
