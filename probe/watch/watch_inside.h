/* SPDX-License-Identifier: MIT */
#ifndef PROBE_WATCH_INSIDE_H
#define PROBE_WATCH_INSIDE_H

/*
 * watch_inside - what the files of the watch share: its checks, their turns,
 * the targets behind them.  For probe/watch/watch*.c only.
 */

#include "probe/engine/engine.h"
#include "probe/run/journey.h"
#include "probe/run/life.h"
#include "probe/watch/schedule.h"
#include "probe/watch/watch.h"
#include "report/publish/standing.h"
#include "scenarios/base/link.h"

enum { WATCH_TARGETS_MAX = 20000, WATCH_TREE_MAX = 64 << 20 };

/* What several checks may ask: a scheme, a host and a port. */
struct watch_target {
	char *name;
	uint64_t n_timeouts; /* in a row */
};

struct watch_check {
	struct watch *watch;
	const struct check *check; /* of the newest scenario; NULL: gone */
	size_t row;		   /* on the board */
	uint64_t epoch_ns;	   /* of its schedule */
	struct slot_plan plan;
	uint64_t next_slot;
	uint64_t due_ns;  /* of the run under way or waiting */
	struct link link; /* in the queue; alone: not in it */
	struct link gone; /* in the list of those, with check NULL */
	bool is_busy;	  /* waits or runs */
	struct life life;
	struct journey_world *world; /* of the run under way */
	struct watch_config *config; /* held, while busy */
	struct arena *arena;
	bool has_started;	     /* its start period is over */
	uint64_t start_ends_ns;	     /* 0: it has not begun */
	struct watch_target *target; /* or NULL: not known */
	uint64_t backoff;	     /* as told last */
	struct standing now;
};

struct watch {
	const struct watch_options *opt;
	struct engine *en;
	struct watch_config *config; /* held */
	struct logger *log;
	uint64_t started_ns;
	struct watch_check **checks;
	size_t n_checks;
	struct link gone; /* under way, but no longer in the scenario */
	size_t concurrency;
	size_t n_active;
	struct link queue; /* checks that wait for a place */
	size_t n_waiting;
	bool is_pumping;
	bool is_stopping;
	struct due_heap heap;
	struct engine_timer alarm; /* the earliest of the heap */
	struct engine_timer tick;
	uint64_t tick_due_ns;
	uint64_t lag_from_ns, lag_ns, lag_before_ns;
	struct engine_timer watchdog;
	ev_signal usr1;
	struct watch_target **targets;
	size_t n_targets;
	struct hour_counts errors;
	struct self_facts self;
	uint64_t stamp_ns; /* the newest start that was given */
};

/* watch_check.c: a slot is due; what a run has shown goes its ways. */
void watch_check_due(struct watch_check *wc, uint64_t now_ns);
void watch_pump(struct watch *w);
void watch_check_free(struct watch_check *wc);
/* What is under way is given up. */
void watch_check_stop(struct watch_check *wc, const char *why);

/* watch_load.c: checks of a configuration take the place of the old ones;
 * false without memory: all stays as it was. */
bool watch_take_config(struct watch *w, struct watch_config *config,
		       struct errs *es);
void watch_reload(struct watch *w);
void watch_heap_fill(struct watch *w);

/* watch_target.c: how often a target is asked. */
void watch_target_note(struct watch_check *wc);
uint64_t watch_backoff(const struct watch_check *wc);

#endif
