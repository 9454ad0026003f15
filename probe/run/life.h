/* SPDX-License-Identifier: MIT */
#ifndef PROBE_LIFE_H
#define PROBE_LIFE_H

/*
 * life - one check, run once: its attempts, the pauses between them, and its
 * start period.
 *
 * A failed attempt is repeated after its pause, as often as the check says;
 * one that failed within the start period does not count as one.  Who runs
 * checks (run.c once, probe/watch on a schedule) has the places: a life asks
 * for one before each attempt and gives it back behind it.
 *
 *     life_init(&life, &plan);
 *     life_go(&life);             a place was free
 *     ... on_change(LIFE_RESTS)   the place is free, a pause runs
 *     ... on_change(LIFE_WAITS)   it wants a place: life_go() when there is one
 *     ... on_change(LIFE_OVER)    the place is free, life_take()
 *
 * Thread rule   the thread of its engine.
 * Callbacks     on_change is the last thing that happens: it may release the
 *               life.  It may be called from within life_go().
 * Ownership     embedded in its owner; what it saw lives in the arena of its
 *               plan, names in it borrow from the scenario.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/engine/engine.h"
#include "report/result/outcome.h"

struct arena;	      /* scenarios/base/arena.h */
struct attempt;	      /* report/result/result.h */
struct check;	      /* scenarios/model.h */
struct check_result;  /* report/result/result.h */
struct journey;	      /* probe/run/journey.h */
struct journey_world; /* probe/run/journey.h */
struct life;
struct scenario;    /* scenarios/model.h */
struct step_result; /* report/result/result.h */

enum {
	LIFE_STARTING_KEPT = 20, /* attempts of a start period in a result */
};
#define LIFE_PAUSE_MIN_NS UINT64_C(100000000) /* within a start period */

enum life_change { LIFE_RESTS, LIFE_WAITS, LIFE_OVER };

struct life_plan {
	const struct check *check;
	const struct scenario *scenario;
	const struct journey_world *world;
	struct arena *arena;
	uint64_t due_ns;	  /* monotonic: when it was to start */
	uint64_t start_period_ns; /* from its first attempt; 0: none */
	void (*on_change)(struct life *life, enum life_change change);
	void *owner;
};

struct life {
	struct life_plan plan;
	struct journey *journey; /* of the attempt under way */
	struct engine_timer pause;
	bool is_over;
	bool in_start_period; /* the attempt under way */
	uint64_t due_ns;      /* when the next attempt is to start */
	uint64_t first_ns;    /* when the first one began; 0: none did */
	uint64_t first_at_ns; /* the same, since 1970 */
	uint64_t ended_ns;
	uint64_t counted; /* attempts outside the start period */
	uint64_t made;
	struct attempt *attempts;
	size_t n_attempts, room;
	size_t n_starting; /* of these */
};

void life_init(struct life *life, const struct life_plan *plan);
void life_release(struct life *life); /* ends what is under way */

/* Makes the next attempt. */
void life_go(struct life *life);

/* Ends it where it is, without on_change; a failure that was to be tried
 * again is not confirmed, and so not observed. */
void life_stop(struct life *life, const char *why);

/* A step of which there is nothing but an outcome and a word, for what was not
 * even asked. */
void life_bare_step(struct step_result *step, const struct check *check,
		    enum outcome outcome, const char *message);

/* What was seen; verdicts are the caller's (result_judge()). */
void life_take(const struct life *life, struct check_result *out);

#endif
