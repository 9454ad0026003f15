/* SPDX-License-Identifier: MIT */
#ifndef PROBE_RUN_H
#define PROBE_RUN_H

/*
 * run - all checks of a scenario, once.
 *
 * Checks stand in one queue in the order of the file; at most `concurrency`
 * are under way, and each runs whatever becomes of the others.  What becomes
 * of one check is probe/run/life.h's; while it pauses its place is another's.
 *
 * A run ends when all is done, at its deadline, or at SIGINT, SIGTERM or SIGHUP:
 * then everything under way is given up at once, and the result says that it
 * is partial.  Targets have no say in this.
 *
 * Thread rule   one thread; engine_global_init() was called.
 * Ownership     the result lives in the arena that was given; the names in it
 *               borrow from the scenario.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;	      /* scenarios/base/arena.h */
struct errs;	      /* scenarios/base/err.h */
struct logger;	      /* report/log.h */
struct redactor;      /* report/redact/redact.h */
struct run_result;    /* report/result/result.h */
struct scenario;      /* scenarios/model.h */
struct secret_values; /* probe/secrets.h */

enum {
	RUN_CONCURRENCY = 64,
	RUN_CONCURRENCY_MAX = 10000,
};

struct run_options {
	const struct scenario *scenario;
	const bool *chosen;   /* for each check; NULL: all */
	uint64_t concurrency; /* 0: RUN_CONCURRENCY */
	uint64_t deadline_ns; /* 0: none */
	const char *vantage;  /* or NULL */
	bool holds_signals;   /* from its end to patience_begin() */
	bool is_terse; /* nobody reads what holds: it is not taken down */
	struct redactor *redactor;
	struct logger *log;		     /* or NULL */
	const struct secret_values *secrets; /* or NULL */
};

/* NULL when the engine could not be set up.  Otherwise a judged tree, not
 * yet sealed. */
struct run_result *run_checks(const struct run_options *opt, struct arena *a,
			      struct errs *es);

#endif
