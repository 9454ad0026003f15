/* SPDX-License-Identifier: MIT */
#ifndef PROBE_ENGINE_CHILD_H
#define PROBE_ENGINE_CHILD_H

/*
 * child - runs one command of this machine on the engine's loop.
 *
 *     const struct child_plan plan = {
 *             .argv = argv, .env = child_env(a, NULL, 0),
 *             .timeout_ns = ..., .on_done = on_done, .owner = me,
 *     };
 *     struct child *ch = child_start(en, &plan, &why);
 *     ...
 *     on_done(ch): child_result(ch), then child_free(ch)
 *
 * There is no shell: argv is what the command gets.  It has the environment
 * that is given and nothing else, no open file but its three streams, default
 * signals, the limit of open files that this process was started with, and a
 * session of its own, so that it and all it starts (unless that
 * begins a session itself) can be ended together: SIGTERM, and SIGKILL when
 * grace_ns is over.  That happens at the time limit, past the limit of output
 * when ends_at_limit is set, and when the child is freed while it runs; what
 * is left of the group after the command has ended gets SIGKILL, unless
 * spares_rest is set.  Every child is waited for.  A SIGKILL to assay itself
 * is the one end that its children do not learn of.
 *
 * It knows nothing of steps and notices, and judges no exit code.
 *
 * Thread rule   that of the engine.
 * Lifetime      a child belongs to the caller until child_free().  The plan is
 *               copied, and what it points to is not needed after
 *               child_start() has returned; `owner` is the caller's.
 * Callbacks     on_done and on_output run from engine_run() only, never from
 *               inside child_start() or child_free().  on_done is called once,
 *               and may free the child; on_output may not.
 * Errors        NULL with one sentence in *why when the command cannot be
 *               started: not there, not executable, no such folder.
 * Sources       vfork(2), getrlimit(2), pidfd_open(2), credentials(7).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "scenarios/base/buf.h"

struct arena;
struct child; /* opaque */
struct engine;

enum {
	CHILD_OUT_MAX = 1 << 20,   /* bytes kept of standard output */
	CHILD_ERR_MAX = 64 << 10,  /* and of standard error */
	CHILD_INPUT_MAX = 4 << 20, /* bytes of standard input */
	CHILD_ARGS_MAX = 1000,
	CHILD_ENV_MAX = 1000,
};
#define CHILD_GRACE_NS	UINT64_C(2000000000) /* from SIGTERM to SIGKILL */
#define CHILD_DRAIN_NS	UINT64_C(250000000)  /* for output after the end */
#define CHILD_CANCEL_NS UINT64_C(300000000)  /* the grace in child_free() */
#define CHILD_LOST_NS	UINT64_C(2000000000) /* for the end after SIGKILL */

enum child_stream {
	CHILD_PIPE,   /* input: `input`, then its end; output: kept */
	CHILD_NULL,   /* /dev/null */
	CHILD_INHERIT /* that of this process */
};

struct child_plan {
	/* Ends with NULL.  argv[0] without a slash is looked for in the PATH of
	 * env; with one it is relative to folder. */
	const char *const *argv;
	const char *const *env; /* "NAME=value", ends with NULL */
	const char *folder;	/* to work in; NULL: that of this process */
	enum child_stream in, out, err;
	const void *input;
	size_t input_len;
	size_t out_max, err_max; /* 0: CHILD_OUT_MAX, CHILD_ERR_MAX */
	/* more output ends the command; else it is read and dropped */
	bool ends_at_limit;
	bool spares_rest; /* of the group, after the command has ended */
	/* It stays in the group of this process, for one that may ask the
	 * terminal; then only the command itself can be ended. */
	bool stays_in_group;
	uint64_t timeout_ns; /* 0: none */
	uint64_t grace_ns;   /* 0: CHILD_GRACE_NS */
	/* every piece of output as it comes, of fd 1 or 2; or NULL */
	void (*on_output)(struct child *ch, int fd, const char *bytes,
			  size_t len);
	void (*on_done)(struct child *ch);
	void *owner;
};

enum child_end {
	CHILD_RUNNING,
	CHILD_EXITED,	 /* by itself: exit_code */
	CHILD_SIGNALLED, /* by somebody else: signo */
	CHILD_TIMED_OUT, /* ended by us; exit_code or signo tell how */
	CHILD_TOO_MUCH,	 /* the same, for its output */
	CHILD_STOPPED,	 /* the same, by child_stop() */
};

struct child_result {
	enum child_end end;
	int exit_code;	     /* -1: it did not exit */
	int signo;	     /* 0: it was not ended by a signal */
	bool was_killed;     /* SIGTERM was not enough */
	uint64_t timeout_ns; /* as planned */
	uint64_t started_ns; /* monotonic */
	uint64_t ended_ns;
	uint64_t stalled_ns;   /* of that, while this program did not look;
				* with a timeout */
	struct buf out, err;   /* the first bytes of each */
	bool out_cut, err_cut; /* there was more */
};

/* Starts it; see above.  The arguments and the environment together have a
 * limit of the system, a longer list is refused by it. */
struct child *child_start(struct engine *en, const struct child_plan *plan,
			  struct buf *why);

void *child_owner(const struct child *ch);
const struct child_result *child_result(const struct child *ch);

/* Ends it as its time limit would: SIGTERM now, SIGKILL after the grace, then
 * on_done.  One that has ended already is left alone. */
void child_stop(struct child *ch);

/* The number of its session and group, which is that of the command; it
 * outlives the command while there is somebody in it. */
pid_t child_session(const struct child *ch);

/* Passes a signal on to the group. */
void child_signal(struct child *ch, int signo);

/* Ends it when it still runs, without on_done, and waits for it: at most
 * CHILD_CANCEL_NS, then SIGKILL.  NULL is fine. */
void child_free(struct child *ch);

/* The environment of a command: PATH, LANG and HOME of this process, and
 * `more` ("NAME=value"), which come first.  NULL without memory. */
const char *const *child_env(struct arena *a, const char *const *more,
			     size_t n);

/* "exit code 3", "signal 15 (Terminated)", "it took longer than 2 s". */
void child_say(const struct child_result *r, struct buf *out);

#endif
