/* SPDX-License-Identifier: MIT */
#ifndef PROBE_MEMORY_H
#define PROBE_MEMORY_H

/*
 * memory - what a one-shot run remembers and whom it tells: its state file,
 * the alerts, and their delivery.
 *
 * A state that cannot be used keeps no check from running and from being told;
 * it is a problem, and the exit code is that of a machine.
 *
 *     memory_open();             before the run
 *     memory_take(sealed run);   then the notices are on their way, or over
 *     memory_close();
 *
 * Thread rule   one thread; engine_global_init() was called.
 */

#include <stdbool.h>
#include <stdint.h>

#include "probe/overlap.h"
#include "report/state/state.h"

struct arena;
struct errs;
struct logger;
struct out;
struct redactor;
struct run_result;
struct scenario;
struct secret_values;

struct memory {
	/* set by the caller */
	const char *path; /* NULL: nothing is remembered */
	bool has_alerts;  /* false: what was seen is kept, nobody is told */
	const struct scenario *scenario;
	const struct secret_values *secrets;
	struct redactor *redactor;
	struct logger *log;
	uint64_t deadline_ns; /* of the whole run, from memory_open(); 0 */
	/* its own */
	uint64_t until_ns;   /* monotonic; 0: none */
	struct state *state; /* NULL: not to be used */
	enum state_found found;
	struct overlap overlap;
};

/* What is wrong with the state is a problem in *es, and memory_take() then
 * does without.  False only when another run is under way: this one is not to
 * begin. */
bool memory_open(struct memory *m, struct errs *es);

/* In one line, what is new; nothing when it was resumed. */
void memory_tell(const struct memory *m, struct out *to);

/* Takes the run down, decides who is told, and delivers what is due. */
void memory_take(struct memory *m, const struct run_result *sealed,
		 struct errs *es);
/* Where no daemon does it: cleans the state, by what its scenarios say, when
 * that was not done within the hour.  memory_take() does.  That it fails is told
 * in the log, and changes nothing of what was seen and told. */
void memory_tidy(struct memory *m);
void memory_close(struct memory *m);

/* Sends one test notice to each channel, and says how each went.  The exit
 * code. */
int memory_test_alerts(const struct memory *m, struct arena *a, struct out *to,
		       struct errs *es);

#endif
