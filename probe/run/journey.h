/* SPDX-License-Identifier: MIT */
#ifndef PROBE_JOURNEY_H
#define PROBE_JOURNEY_H

/*
 * journey - one attempt at a check: its steps in order.
 *
 * A journey has a session of its own (new connections, new name resolution,
 * no cookies) unless it is given one, the slots of its captures, and a stack of frames for steps
 * inside steps.  After a step that failed the others are skipped; the steps
 * of always: run in any case.  It knows nothing of retries or of other
 * checks.
 *
 * Thread rule   belongs to the thread of its engine.
 * Lifetime      free it when it is over or was stopped; what it has seen
 *               lives in the arena that was given.
 * Callbacks     on_done is called from engine_run() only, as the last thing,
 *               so that it may free the journey.
 */

#include <stdbool.h>
#include <stdint.h>

#include "probe/engine/exchange.h"
#include "report/result/result.h"

struct arena;
struct check;
struct divert; /* probe/ask/divert.h */
struct engine;
struct journey;
struct logger;
struct redactor;
struct scenario;
struct secret_values; /* probe/secrets.h */

enum {
	JOURNEY_DEPTH_MAX = 32,	      /* frames */
	JOURNEY_STEPS_MAX = 2000,     /* ok steps recorded, the first ones */
	JOURNEY_TURNS_MAX = 1000,     /* steps in a row without the loop */
	JOURNEY_ROUND_MAX = 64 << 20, /* bytes of results of one round */
};

/* What all journeys of a run share. */
struct journey_world {
	struct engine *en;
	struct redactor *redactor;
	struct logger *log;		     /* or NULL */
	const struct secret_values *secrets; /* or NULL */
	bool is_terse;			     /* only what fails is taken down */
	struct gate gate;		     /* hosts that may be asked */
	const char *source; /* numeric address to connect from; or NULL */
	const struct divert *divert; /* of HTTP requests; or NULL */
};

struct journey_plan {
	const struct check *check;
	struct arena *arena;		 /* of the result */
	uint64_t due_ns;		 /* monotonic: when it was to start */
	const struct scenario *scenario; /* of its data; NULL: it has none */
	const size_t *rows; /* of each feeder; NULL: the first of each */
	/* or NULL: the journey has one of its own, if it needs one */
	struct session *session;
	void (*on_done)(struct journey *jo, void *owner);
	void *owner;
};

/* NULL without memory.  It may be over when this returns (journey_is_over());
 * on_done is not called then. */
struct journey *journey_start(const struct journey_world *world,
			      const struct journey_plan *plan);
bool journey_is_over(const struct journey *jo);

/* Ends it now without on_done: what was under way is recorded as not
 * reached, because of why. */
void journey_stop(struct journey *jo, const char *why);

/* What was seen; the number and verdicts are the caller's. */
void journey_take(struct journey *jo, struct attempt *out);
void journey_free(struct journey *jo); /* NULL is fine */

#endif
