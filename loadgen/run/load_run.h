/* SPDX-License-Identifier: MIT */
#ifndef LOADGEN_LOAD_RUN_H
#define LOADGEN_LOAD_RUN_H

/*
 * load_run - runs the loads of a scenario and brings back what was seen.
 *
 * The main thread makes the workers, collects their tallies, judges limits while
 * it goes on, tells those who watch, and answers signals: the first SIGINT,
 * SIGTERM or SIGHUP lets what is under way end, the second ends everything at once;
 * both leave a whole result.
 *
 * Thread rule   one thread; engine_global_init() was called.
 * Ownership     the result lives in the arena that was given; the names in it
 *               borrow from the scenario.
 * Errors        a plan that cannot work on this machine is ERR_SYSTEM, a
 *               target that may not be loaded ERR_INPUT; nothing was sent
 *               then.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenarios/rule/rule.h"

struct arena;
struct errs;
struct gate_config;
struct out;
struct redactor;
struct run_result;
struct scenario;
struct secret_values;
struct tally;	 /* report/load/tally.h */
struct workload; /* scenarios/loads/loads.h */

enum {
	LOAD_WORKERS_MAX = 256,
};
#define LOAD_TRIAL_NS UINT64_C(5000000000)
#define LOAD_LOOK_NS  UINT64_C(100000000) /* of the main thread */

enum load_transport_choice {
	LOAD_TRANSPORT_AUTO,
	LOAD_TRANSPORT_NATIVE,
	LOAD_TRANSPORT_HTTP2,
	LOAD_TRANSPORT_LIBCURL,
	LOAD_TRANSPORT_JOURNEY,
	LOAD_TRANSPORT_N
};
extern const char *const load_transport_names[LOAD_TRANSPORT_N + 1];

/* Who follows a run while it goes on, from the main thread.  Embed it. */
struct load_listener {
	/* what one worker saw in a part of a second; the load as in the
	 * scenario; or NULL */
	void (*on_slice)(struct load_listener *l, const struct workload *load,
			 const struct tally *slice);
	/* a few times a second; NULL: go on, else why all is ended now */
	const char *(*look)(struct load_listener *l);
	/* between two looks, returns after that time; NULL: it is slept */
	void (*wait)(struct load_listener *l, uint64_t for_ns);
};

struct load_config {
	const struct scenario *scenario;
	const bool *chosen; /* for each load; NULL: all */
	size_t n_workers;   /* 0: one */
	unsigned transport; /* enum load_transport_choice */
	uint64_t deadline_ns;
	const char *vantage;
	struct redactor *redactor;
	const struct secret_values *secrets; /* or NULL */
	struct out *watch; /* where progress goes; NULL: nowhere */
	bool watch_is_terminal;
	struct load_listener *listener; /* or NULL */
	bool no_limits;			/* those of the loads are not judged */
	/* --find-max */
	size_t n_goals;
	const struct rule *goals;
	double start_rate;		/* of the search; 0: found out */
	uint64_t trial_ns;		/* 0: LOAD_TRIAL_NS */
	const struct gate_config *gate; /* loadgen/gate/gate_run.h; or NULL */
};

/* NULL with problems.  Otherwise a judged tree, not yet sealed. */
struct run_result *run_loads(const struct load_config *config, struct arena *a,
			     struct errs *problems, struct errs *warnings);

#endif
