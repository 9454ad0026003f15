/* SPDX-License-Identifier: MIT */
#ifndef LOADGEN_GATE_INSIDE_H
#define LOADGEN_GATE_INSIDE_H

/*
 * inside - what the files of loadgen/gate share; nobody else includes it.
 *
 *     gate_run.c    the course of it: trial, plan, launch after launch
 *     gate_jobs.c   one load becomes two, which go to the sides
 *     gate_sides.c  both sides are started, waited for, and ended
 *     gate_take.c   what the workers saw becomes cells of the result
 *     gate_doubt.c  whether the instrument was good enough
 */

#include <signal.h>

#include "loadgen/gate/gate_run.h"
#include "loadgen/gate/side.h"
#include "probe/ask/divert.h"
#include "report/gate/gate.h"
#include "report/result/gate_result.h"
#include "report/result/load_result.h"

enum {
	TRIAL_CELLS = 10,
	TRIAL_SLOTS = 2, /* of a cell */
};

/* What one side has brought. */
struct brought {
	struct workload load; /* as it is run */
	struct load_stage stage;
	struct load_job job;
	struct divert divert;
	struct hist *latency;		/* of all cells so far */
	const struct load_result **ran; /* of each launch */
};

/* CPU time of this machine, in ticks. */
struct cpu_ticks {
	uint64_t all, stolen;
	bool is_known;
};

struct gating {
	const struct load_config *config;
	const struct gate_config *how;
	const struct workload *load; /* as written */
	struct load_config with;     /* of the crew */
	struct load_listener listener;
	struct show *show;
	struct arena *a;
	struct errs *es;
	struct engine *en;
	struct engine_timer tick;
	struct side side[TURN_SIDES];
	struct side_ready ready;
	struct brought by[TURN_SIDES];
	struct gate_result *gate;
	struct gate_design *design; /* of gate */
	uint64_t seed;
	uint64_t start_timeout_ns, stop_timeout_ns;
	uint64_t began_ns; /* for the deadline */
	uint64_t first_ns; /* of the first slot that is measured; 0: none */
	size_t n_groups;   /* with that of all requests */
	size_t n_launched; /* that were measured, if not to their end */
	size_t launch;	   /* the one under way, from 0 */
	size_t n_started; /* its number in words: how often sides were started */
	struct gate_cell *cell;	    /* by time, groups side by side */
	size_t n_cells, cells_room; /* of one group */
	struct hist *lateness;
	uint64_t *late_p50_ns, *p50_ns; /* of each cell */
	struct cpu_ticks before;
	sigset_t signals;
	bool adopts;		/* what sides leave behind */
	struct crew_ending end; /* why it ended early */
	const char *broken;	/* it cannot go on; NULL */
};

/* gate_jobs.c */
/* Both loads, compiled; the sides are known. */
bool jobs_make(struct gating *t);
/* The length of what is run next; turns NULL without memory. */
bool jobs_set(struct gating *t, struct turns *turns, uint64_t launch);
bool jobs_make_cells(struct gating *t, size_t n_cells);
void jobs_free_cells(struct gating *t);
/* Where the first step of the load goes: *url. */
bool jobs_origin(const struct workload *load, struct arena *a, struct url *url,
		 struct errs *es);

/* gate_sides.c */
bool sides_init(struct gating *t);
void sides_release(struct gating *t);
/* Both answer, or false: t->broken or t->end says why. */
bool sides_start(struct gating *t, enum turn_side first);
bool sides_stop(struct gating *t);
/* True when a signal came, or the deadline. */
bool gating_is_stopped(struct gating *t);
const char *gating_why(struct gating *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* gate_take.c */
bool take_init(struct gating *t);
void take_release(struct gating *t);
/* What the trial showed; its p99 is that of the cell in the middle, so that a
 * stall of the machine does not make slots long.  False without memory. */
bool take_trial(struct gating *t, struct gate_wish *wish, struct hist *seen);
/* The cells that were over by until_ns (monotonic). */
bool take_launch(struct gating *t, const struct turns *turns, uint64_t begin_ns,
		 uint64_t until_ns);
/* Into the result: by group, then by time. */
bool take_all(struct gating *t);

/* gate_doubt.c */
void doubt_begin(struct gating *t);
/* Takes it back that a stall makes this load invalid.  False without memory. */
bool doubt_forgive(struct gating *t, struct load_result *of);
/* Sorts them. */
uint64_t gating_median(uint64_t *ns, size_t n);
/* Fills lateness, steal and invalid_why. */
void doubt_end(struct gating *t, struct errs *warnings);

#endif
