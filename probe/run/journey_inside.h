/* SPDX-License-Identifier: MIT */
#ifndef PROBE_JOURNEY_INSIDE_H
#define PROBE_JOURNEY_INSIDE_H

/*
 * journey_inside - what journey.c and the kinds of steps share; nobody else
 * includes it.
 *
 * A kind of step is taken up by its executor.  It ends by journey_end_step(),
 * at once or later from a callback of the engine, or it enters a frame with
 * steps of its own.  A callback says that it is there with journey_wake()
 * first, and calls journey_go_on() last.
 */

#include "probe/ask/ask.h"
#include "probe/judge/capture.h"
#include "probe/engine/child.h"
#include "probe/engine/engine.h"
#include "probe/run/journey.h"
#include "scenarios/model.h"

/* Steps that are under way inside another step. */
struct frame {
	const struct step *step; /* NULL: the list of the check */
	const struct step_list *list;
	size_t next;
	uint64_t round;	     /* shown in results; 0: no rounds around */
	uint64_t turn;	     /* of this frame itself, from 1 */
	const char *group;   /* names of the groups around */
	uint64_t until_ns;   /* wait: when its time is over; 0: no limit */
	uint64_t round_ns;   /* wait: when the round began */
	size_t first;	     /* wait: the first record of the round */
	struct arena *arena; /* wait: of the records of the round; or NULL */
};

/* The step that asks something just now. */
struct asking {
	const struct step *step; /* NULL: none */
	struct arena *arena;	 /* of the request; goes with the step */
	struct asked asked;
	struct exchange ex;
	bool is_open;	     /* ex is to be released */
	struct child *child; /* of exec, under way; or NULL */
	struct step_result r;
	uint64_t began_ns;
	uint64_t planned_ns;
	struct phases phases; /* of the hops so far */
	uint64_t redirects;
	struct hop *hops;
	size_t n_hops;
	void *own;		  /* of the kind, in the arena */
	const char *shown_url_of; /* the address that was searched */
	const char *shown_url;	  /* and what may be shown of it */
};

struct journey {
	struct journey_world world;
	struct journey_plan plan;
	struct session *session; /* NULL: there is one request only */
	struct slots slots;
	struct engine_timer pause;
	struct frame frame[JOURNEY_DEPTH_MAX];
	size_t depth;
	struct asking asking;
	struct step_result *steps;
	size_t n_steps, room;
	uint64_t started_ns, started_at_ns, ended_ns;
	bool failed; /* the rest is skipped */
	bool in_always;
	bool has_asked;	 /* the first exchange is over */
	bool is_waiting; /* for a callback */
	bool is_over;
};

static inline struct frame *journey_top(struct journey *jo)
{
	return &jo->frame[jo->depth - 1];
}

/* Where the results of the steps under way belong. */
struct arena *journey_arena(struct journey *jo);
struct template_world journey_values(const struct journey *jo);

/* For limits of the target's: see engine_seen_ns(). */
uint64_t journey_now_ns(const struct journey *jo);
/* What is left for the steps under way, UINT64_MAX without a limit. */
uint64_t journey_left_ns(const struct journey *jo);

/* A result with what is known of every step. */
struct step_result journey_new_result(struct journey *jo,
				      const struct step *st);
/* Takes the result down; one that is not ok fails the journey. */
void journey_end_step(struct journey *jo, const struct step_result *r);
/* The same for a step that could not be carried out. */
void journey_fail_step(struct journey *jo, const struct step *st,
		       enum outcome outcome, const char *why);

/* Tells the redactor the secret values of this journey, before a text of it is
 * redacted. */
void journey_teach(const struct journey *jo);

/* Any sentence for a message: redacted first, cut afterwards. */
const char *journey_message(struct journey *jo, const char *why);

/* False (and the step failed) when there are too many frames. */
struct frame *journey_enter(struct journey *jo, const struct step *st,
			    const struct step_list *list);
void journey_leave(struct journey *jo);

/* Goes on after that time. */
void journey_pause(struct journey *jo, uint64_t ns);
void journey_wake(struct journey *jo);
/* May free the journey. */
void journey_go_on(struct journey *jo);

#endif
