/* SPDX-License-Identifier: MIT */
#ifndef LOADGEN_GATE_SIDE_H
#define LOADGEN_GATE_SIDE_H

/*
 * side - one of the two builds that a gate compares: a command that it starts
 * and ends, or a URL where something runs already.
 *
 * A command is run by /bin/sh with the environment of this process and
 *
 *     PORT           where it has to listen on 127.0.0.1; one for each side,
 *                    the same in all launches, and none that the system gives
 *                    to outgoing connections
 *     ASSAY_SIDE     "baseline" or "candidate"
 *     ASSAY_LAUNCH   from 1
 *
 * in a session of its own.  It is ready when its path is answered as it should
 * be.  At its end everything in that session is ended: SIGTERM, and SIGKILL
 * when the grace is over, or the command has gone and left others behind.  What
 * it started in other sessions is ended with it when this process adopts
 * orphans (gate_sides.c).
 *
 * Thread rule   that of the engine.
 * Errors        one sentence; what a command said last is part of it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "probe/ask/url.h"
#include "probe/engine/engine.h"
#include "probe/engine/exchange.h"

struct arena;
struct buf;
struct child;
struct errs;

enum {
	SIDE_TAIL_MAX = 2048, /* bytes kept of the end of what it said */
	SIDE_STATUSES = 600,  /* those from 100 to 599 can be well */
	SWEEPS_MAX = 100,     /* at the very end, until nobody is left */
};
#define SIDE_AGAIN_NS	UINT64_C(50000000)   /* between two questions */
#define SIDE_PATIENT_NS UINT64_C(5000000000) /* for one answer */

/* What an answer of a side that is ready is like. */
struct side_ready {
	const char *path;	/* with its query */
	struct request request; /* who asks, and how; the rest is the side's */
	bool is_ok[SIDE_STATUSES];
	const char *wanted; /* in words */
};

struct side {
	const char *name;   /* "baseline" */
	const char *source; /* as given */
	bool is_command;
	const char *origin; /* "http://127.0.0.1:4711" */
	struct url url;	    /* the same */
	unsigned port;	    /* of a command */
	uint64_t grace_ns;  /* from SIGTERM to SIGKILL */
	struct engine *en;
	const struct side_ready *ready;
	uint64_t n_starts, starts_ns; /* sum until ready */
	/* one launch */
	struct child *child;
	pid_t session;
	bool is_over; /* the command has ended */
	bool is_ready;
	uint64_t started_ns;
	char how[64]; /* it ended: "exit code 3" */
	char tail[SIDE_TAIL_MAX];
	size_t tail_len;
	/* asking whether it is ready */
	struct exchange ex;
	bool is_asking;
	char seen[128]; /* the last answer: "status 503" */
	const char *ready_url;
	struct engine_timer again;
};

/* What the command line says of one. */
struct side_plan {
	const char *name, *source;
	unsigned taken; /* a port that the other one has; 0: none */
};

/* A command gets its port. */
bool side_init(struct side *s, const struct side_plan *plan, struct engine *en,
	       struct arena *a, struct errs *es);
void side_release(struct side *s); /* ends it at once if it runs */

/* Launches a command, from 1, and begins to ask.  False with *why. */
bool side_start(struct side *s, uint64_t launch, struct buf *why);
/* It began to end, or there is nothing to end. */
void side_stop(struct side *s);
/* Nobody of it is left, and it can be started again. */
bool side_is_gone(struct side *s);
/* Whether its port can be listened on. */
bool side_port_is_free(const struct side *s);

/* "exit code 3; it said last: cannot open config.json" */
void side_say_end(const struct side *s, struct buf *out);

/* ---- what a command leaves behind (remains.c) ------------------------ */

/* Sends the signal to all of that session, but those that ended; returns how
 * many there are.  Its command is a child of this process, or has ended.
 * Source: proc(5). */
size_t session_signal(pid_t session, int signo);
/* The same of those that are not in the group of the command, which child_stop()
 * and child_free() signal. */
size_t session_signal_rest(pid_t session, int signo);

/* Who begins a session of its own leaves that of the side, and is an orphan when
 * whoever started it has ended: its parent is then this process, if that adopts
 * orphans.  False: it does not, as they could be somebody else's.
 * Source: PR_SET_CHILD_SUBREAPER in prctl(2). */
bool orphans_adopt(void);
void orphans_leave(void);
/* The same as session_signal() for children of this process that are not known;
 * those that ended are waited for. */
size_t orphans_signal(const pid_t *known, size_t n_known, int signo);
/* Waits for those that ended: nobody else does. */
void orphans_reap(const pid_t *known, size_t n_known);

/* A port of the loopback that nobody listens on, and another one than that which
 * is taken though nobody listens yet (0: none).  0: there is none. */
unsigned port_choose(unsigned taken);
bool port_is_free(unsigned port);

#endif
