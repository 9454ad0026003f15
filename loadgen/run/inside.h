/* SPDX-License-Identifier: MIT */
#ifndef LOADGEN_RUN_INSIDE_H
#define LOADGEN_RUN_INSIDE_H

/*
 * inside - what the files of loadgen/run share; nobody else includes it.
 *
 * A load_job is one load as it will be run: const, shared by all workers.
 * A worker is one thread, with a part of every load.  Within a part there are
 * users, each of whom makes one round of a flow at a time:
 *
 *     flow of one plain HTTP request   by a lane (loadgen/transport)
 *     flow of several of them          a chain: step after step, by lanes of
 *                                      the native transport
 *     any other flow                   by a journey (probe/run)
 *
 * Between a worker and the main thread there is only the channel of each
 * part: tallies go one way full and the other way empty, and a few published
 * numbers.
 */

#include <ev.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loadgen/gate/cells.h"
#include "loadgen/gate/turns.h"
#include "loadgen/plan/plan.h"
#include "loadgen/run/load_run.h"
#include "loadgen/transport/native_reply.h"
#include "loadgen/transport/transport.h"
#include "probe/ask/ask.h"
#include "probe/run/journey.h"
#include "probe/world.h"
#include "report/load/collect.h"
#include "report/load/tally.h"
#include "scenarios/base/link.h"
#include "scenarios/loads/loads.h"
#include "scenarios/model.h"

struct arena;
struct cookies;
struct divert; /* probe/ask/divert.h */
struct engine;
struct part;
struct redactor;
struct worker;

/* ---- a load as it will be run --------------------------------------- */

struct flow {
	const struct check *check;
	uint64_t weight;
	size_t first_step; /* in load_job.step */
	size_t n_steps;
	/* of plain HTTP requests; NULL: by journeys */
	const struct load_transport *transport;
	const char *why_journey; /* in words; "" */
	size_t first_leg;	 /* in load_job.leg */
	size_t n_legs;		 /* 0: journeys of more than one request */
	bool is_chain; /* of several steps, which are requests and pauses */
	uint64_t timeout_ns; /* the longest of its steps */
};

/* One plain HTTP request of a flow, as lanes make it. */
struct leg {
	const struct check *check;
	const struct step *step;
	const struct http_ask *ask;
	size_t at_step; /* in load_job.step */
	size_t hub;	/* in load_job.hub; legs of one flow share it when their
			 * connections are alike */
	bool in_chain;
	struct route route;
	struct reply_rules rules; /* of a chain */
	struct asked asked;	  /* as it is with the first row of data */
	struct wire wire;	  /* the same, when nothing in it varies */
	bool varies;		  /* each request is rendered anew */
	bool url_varies;	  /* its address, too */
	size_t id_at; /* of the value of X-Request-ID in wire.bytes; 0 */
	bool is_ok[TALLY_STATUSES]; /* the statuses that are expected */
	const char *wanted;	    /* these, in words: "200" */
	bool judges;		    /* more than the status is looked at */
	uint64_t timeout_ns;
};

/* Where lanes of the same kind belong. */
struct hub_plan {
	const struct load_transport *transport;
	struct route route;
	size_t n_legs; /* which use it, all of one flow */
};

/* A load that has the time by turns with another one. */
struct load_turns {
	const struct turns *turns; /* NULL: it has all of it */
	enum turn_side side;
	struct gate_cells **cells; /* of each worker */
};

enum { REQUEST_BYTES_MAX = 64 << 20 }; /* of one rendered request */

struct load_job {
	const struct workload *load;
	const struct load_config *config;
	struct load_plan plan; /* as in the load, unless a trial changes it */
	bool ends_on_time;     /* its last arrival has its gap, too */
	size_t n_flows;
	struct flow *flow;
	size_t n_legs;
	struct leg *leg;
	size_t n_hubs;
	struct hub_plan *hub;
	uint64_t weights;
	size_t n_steps;
	struct step_facts *step;
	uint64_t seed;
	bool draws;	    /* something depends on the seed */
	uint64_t users_max; /* at once, of all workers */
	uint64_t grace_ns;
	uint64_t timeout_ns;	      /* the longest of its flows */
	const bool *uses;	      /* feeders, by its flows */
	const uint32_t *const *dealt; /* feeder -> row by number; NULL */
	size_t n_workers;	      /* threads */
	size_t n_sharing;	      /* the first of them, who have users */
	const struct divert *divert;  /* NULL: requests go where they say */
	struct load_turns gate;
};

/* load_run.c: as the load says, or `divert` does; problems are mistakes. */
bool job_init(struct load_job *job, const struct load_config *config,
	      const struct workload *load, const struct divert *divert,
	      struct arena *a, struct errs *es);

/* ---- feeders (deal.c) ----------------------------------------------- */

/* The row of that feeder for arrival k of this worker; false: there are no
 * more. */
bool deal_row(const struct load_job *job, size_t feeder, uint64_t k,
	      size_t worker, size_t *row);
bool deal_init(struct load_job *job, struct arena *a);

/* ---- compiling (flow.c, route.c) ------------------------------------ */

/* Whether its flows can be run, and how; problems are mistakes (exit 2). */
bool flows_compile(struct load_job *job, struct arena *a, struct errs *es);
/* first: of the same flow, up to this one. */
bool route_make(struct leg *leg, const struct leg *first,
		const struct workload *load, struct arena *a, struct errs *es);
/* Whether both may go over the same connection. */
bool route_same(const struct route *one, const struct route *other);
/* Whether a request may go all of its way; self: the workload. */
bool route_allows(const void *self, const struct request *rq, const char *host,
		  unsigned port, const char **why);
/* All the values of one request for these rows of data; NULL: the first
 * ones.  Everything lives in the arena. */
bool leg_ask(const struct load_job *job, const struct leg *leg,
	     const size_t *rows, struct redactor *r, struct arena *a,
	     struct asked *out, struct buf *why);

/* How many users its plan takes at once, and who has them. */
void job_deal_users(struct load_job *job);

/* ---- one part of a load on one worker ------------------------------- */

enum part_state {
	PART_WAITING, /* for its start */
	PART_RUNNING,
	PART_DRAINING, /* nothing new is planned */
	PART_OVER,
};

/* What worker and main thread tell each other. */
struct channel {
	_Atomic(struct tally *) full;  /* to be taken by the main thread */
	_Atomic(struct tally *) empty; /* given back */
	_Atomic(struct tally *) last;  /* the final one; state is OVER */
	_Atomic uint64_t begin_ns;     /* 0: not yet; when the load starts */
	_Atomic int stop;	       /* enum part_stop */
	_Atomic int ended;	       /* enum part_end */
	_Atomic uint64_t cpu_permille;
	_Atomic uint64_t out_of_files, out_of_ports, out_of_memory;
	_Atomic uint64_t open_max;
	_Atomic uint64_t over_ns; /* when its last round, or its plan, ended */
};

enum part_stop {
	STOP_NOT,
	STOP_NEW, /* starts nothing more, waits for what is under way */
	STOP_NOW,
};

enum part_end {
	END_NOT,
	END_PLAN,
	END_ITERATIONS,
	END_DATA,
	END_STOPPED,
};

/* Makes one round after the other. */
struct user {
	struct part *part;
	size_t number;	   /* on its worker */
	struct user *next; /* idle or waiting */
	struct link due;   /* in the list of deadlines of its leg */
	uint64_t due_ns;
	uint64_t planned_ns; /* of the round */
	uint64_t asked_ns;   /* from when the latency of the request counts */
	uint64_t k;	     /* number of the round */
	uint64_t n_left;     /* rounds of its own; UINT64_MAX: no limit */
	size_t flow;
	size_t leg;		 /* of the flow; in a pause the one behind it */
	struct stand *stand;	 /* of the leg under way */
	const struct wire *sent; /* on it */
	bool waited;
	bool is_busy;
	bool retires;	    /* behind this round */
	struct lane **lane; /* in each hub; opened when needed */
	/* a request of its own, when it varies */
	struct arena *arena;
	struct asked asked;
	struct wire wire;
	struct buf bytes;
	struct field *fields; /* of request, with an X-Request-ID of its own */
	struct request request;
	const struct leg *copied; /* that bytes and request are of; or NULL */
	char request_id[WORLD_UUID_ROOM];
	size_t row[FEEDERS_MAX];
	enum outcome failed; /* round_end_later() */
	char why[TALLY_SAMPLE_MAX];
	/* a chain */
	size_t next_step;	 /* in the steps of the check */
	bool pauses;		 /* between two of them */
	struct cookies *cookies; /* NULL: it never got one */
	/* a journey */
	struct journey *journey;
	struct arena *seen;	  /* of the journey */
	struct session **session; /* of each flow */
	ev_timer think;
};

/* A leg on one worker. */
struct stand {
	struct part *part;
	const struct leg *leg;
	struct hub *hub; /* NULL: journeys */
	struct link due; /* users by deadline, soonest first */
	ev_timer deadline;
};

struct part {
	struct worker *worker;
	const struct load_job *job;
	struct channel *channel;
	enum part_state state;
	enum part_end end;
	uint64_t begin_ns; /* monotonic */
	uint64_t until_ns; /* of the plan; UINT64_MAX */
	uint64_t grace_until_ns;
	uint64_t last_end_ns; /* of a round */
	/* the plan twice: what was due by now, and what was taken up */
	struct plan due, take;
	uint64_t due_at, take_at; /* next ones, monotonic; UINT64_MAX: over */
	uint64_t k;		  /* rounds started on this worker */
	bool is_blocked;	  /* what was due found nobody free */
	int timer_fd;
	ev_io timer;
	uint64_t armed_ns;
	/* users */
	struct hub **hub;    /* of load_job.hub */
	struct stand *stand; /* of load_job.leg */
	struct user **user;
	size_t n_users, room, users_max;
	struct user *idle;
	size_t n_busy;
	uint64_t quota; /* closed: rounds left to start; UINT64_MAX */
	size_t n_thinking;
	uint64_t users_change_ns;
	/* books */
	struct tally *tally;
	struct gate_cells *cells; /* by turns; else NULL */
	uint64_t slice_end_ns;
	struct random random;
};

/* Whether the load has that time. */
static inline bool part_is_on(const struct part *p, uint64_t now)
{
	const struct load_turns *by = &p->job->gate;

	return !by->turns || turns_is(by->turns, by->side, now - p->begin_ns);
}
/* Where what was planned for that time is counted. */
static inline size_t part_cell(const struct part *p, uint64_t planned_ns)
{
	return turns_cell(p->job->gate.turns, planned_ns - p->begin_ns);
}

struct worker {
	pthread_t thread;
	bool is_started;
	size_t index;
	struct engine *en;
	struct ev_loop *loop;
	ev_async wake;
	ev_timer tick;
	ev_prepare prepare;
	ev_check check;
	uint64_t turn_ns; /* when the loop came back with events; 0: this turn
			   * is not timed */
	uint64_t n_turns;
	uint64_t cpu_at_ns, cpu_ns, cpu_permille; /* of the last look */
	struct redactor *redactor;
	struct journey_world world;
	size_t n_parts;
	struct part *part;
	size_t n_left; /* parts that are not over */
};

/* part.c: life and books */
bool part_init(struct part *p, struct worker *wk, const struct load_job *job,
	       struct channel *ch, struct errs *es);
void part_release(struct part *p);
void part_tick(struct part *p, uint64_t now);
void part_roll(struct part *p, uint64_t now); /* a new slice */
static inline void part_slice(struct part *p, uint64_t now)
{
	if (now >= p->slice_end_ns)
		part_roll(p, now);
}
uint64_t part_now(void);

/* A new user, NULL when there are as many as there may be. */
struct user *part_add_user(struct part *p);
/* The user has nothing to do. */
void part_rest(struct user *u);
bool part_thinks(const struct part *p); /* a user pauses between rounds */

/* A request of that round has ended: in all books. */
void part_count(struct user *u, size_t step, const struct sample *s);

/* pace.c: who starts when */
void pace_begin(struct part *p, uint64_t now);
void pace_on(struct part *p, uint64_t now);   /* starts what is due */
void pace_tick(struct part *p, uint64_t now); /* counts and drops */
void pace_stop(struct part *p, uint64_t now);
/* The user is free. */
void pace_next(struct user *u, uint64_t now);
/* What was planned by now. */
void pace_count(struct part *p, uint64_t now);
/* Nothing more is started: says what never was. */
void pace_leave(struct part *p, uint64_t now);
/* Whether something that was planned still waits. */
bool pace_waits(const struct part *p, uint64_t now);

/* Ends the load on this worker: a feeder has no more rows for this round. */
void part_out_of_data(struct user *u, uint64_t now);

/* round.c: one round of one user */
bool user_init(struct user *u, struct part *p);
void user_release(struct user *u);
void round_start(struct user *u, uint64_t now);
/* Ends it because the load is over: it was in flight. */
void round_cancel(struct user *u, uint64_t now);
/* Counts the round and frees the user. */
void round_over(struct user *u, enum outcome outcome, bool in_flight,
		uint64_t end_ns);
void round_on_deadline(struct ev_loop *loop, ev_timer *w, int got);
void round_on_done(struct lane *la);
/* Asks for the leg that the user is at. */
void round_ask(struct user *u, uint64_t now);
/* The round is over with that outcome, but not just now: whoever calls is
 * still beginning it. */
void round_end_later(struct user *u, enum outcome outcome, double pause_s);

/* request.c: what a user sends, when it varies.  NULL with *why. */
const struct wire *request_of(struct user *u, const struct leg *leg,
			      const char **why);
/* Deals the rows of this round; false: there are no more. */
bool request_deal(struct user *u);
/* verdict of an answer when more than its status is expected */
enum outcome request_judge(struct user *u, const struct leg *leg,
			   const struct lane *la, struct buf *message);

/* chain.c: rounds of several requests */
void chain_start(struct user *u, uint64_t now);
/* The request of the user was answered well: on to the next step, or to the
 * end of the round. */
void chain_go_on(struct user *u, const struct lane *la);
/* It was not: the others are not made. */
void chain_skip_rest(struct user *u);

/* cookies.c: those that a round of a chain has got */
/* Without memory they are not kept. */
void cookies_take(struct user *u, const struct answer *an);
void cookies_forget(struct user *u);
void cookies_free(struct cookies *ck); /* NULL is fine */
/* The same request with those that go there; NULL with *why. */
const struct wire *cookies_add(struct user *u, const struct leg *leg,
			       const struct wire *wire, const char **why);
/* Tells the redactor what was sent and set. */
void cookies_teach(struct user *u, const struct answer *an);

/* worker.c */
bool worker_init(struct worker *wk, size_t index,
		 const struct load_config *config, size_t n_parts,
		 struct errs *es);
void worker_release(struct worker *wk);
bool worker_start(struct worker *wk, struct errs *es);
void worker_wake(struct worker *wk); /* from any thread */
/* Of its CPU, since it was asked last, in thousandths. */
uint64_t worker_cpu(struct worker *wk, uint64_t now);

/* trip.c: rounds that are journeys */
void trip_start(struct user *u, uint64_t now);
void trip_cancel(struct user *u, uint64_t now);
void trip_release(struct user *u);

#endif
