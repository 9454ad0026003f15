/* SPDX-License-Identifier: MIT */
#ifndef LOADGEN_AFTER_H
#define LOADGEN_AFTER_H

/*
 * after - watches a service with little load, as after a deployment, and
 * compares it with a run that is stored.
 *
 * Of each load that is chosen it makes one that sends at a low rate: that of
 * --rate, else AFTER_RATE_MAX a second or that of the stored run, whichever is
 * less; drawn (poisson), so that it does not beat in time with anything.  All
 * start at once; a warm-up of whole seconds stays, limits are left out: what
 * is judged is the difference (report/against/against.h).  Without --against it
 * only measures: what it writes can be compared with later.
 *
 *     struct after *af = after_new(&set, &ask, problems, warnings);
 *     after_fill(af, &config);
 *     run = run_loads(&config, ...);
 *     after_finish(af, run)        before the result is sealed
 *     after_tell(af, ...)          when it is written (hooks.h)
 *
 * Thread rule   one thread, the main one.
 * Ownership     what it makes lives in the arena that is given.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/against/against.h"

struct after;
struct arena;
struct errs;
struct load_config; /* loadgen/run/load_run.h */
struct run_result;
struct scenario;

#define AFTER_RATE_MAX	   10.0 /* arrivals a second, of each load */
#define AFTER_WATCH_MIN_NS UINT64_C(1000000000)
#define AFTER_WATCH_MAX_NS UINT64_C(86400000000000)
#define AFTER_MARGIN_MAX   UINT64_C(100000000000) /* 10000 % in 1e-9 */
#define AFTER_ERRORS_MAX   UINT64_C(900000000)
#define AFTER_LEVEL_MIN	   UINT64_C(1000) /* one in a million */
#define AFTER_LEVEL_MAX	   UINT64_C(900000000)

/* Of the command line (loadgen/settings.c). */
struct after_settings {
	uint64_t watch_ns; /* 0: it is an ordinary run */
	const char *against;
	uint64_t latency_margin, error_margin; /* 1e-9 */
	uint64_t worse_level, same_level;      /* 1e-9 */
	const char *command, *webhook;
	uint64_t hook_ns;
};

/* What the command line says, on its own. */
bool after_check(const struct after_settings *set, struct errs *es);

struct after_ask {
	const struct scenario *scenario;
	const bool *chosen;
	double rate_per_s; /* of --rate; 0: not given */
	struct arena *arena;
};

/* NULL with problems: the stored run cannot be read or compared with, or it
 * has no load of that name. */
struct after *after_new(const struct after_settings *set,
			const struct after_ask *ask, struct errs *problems,
			struct errs *warnings);
void after_free(struct after *af); /* NULL is fine */

/* Puts the scenario, the listener and what is left out into the
 * configuration. */
void after_fill(struct after *af, struct load_config *config);

/* Adds what became of it to the run and judges that again. */
bool after_finish(struct after *af, struct run_result *run, struct errs *es);

#endif
