/* SPDX-License-Identifier: MIT */
#ifndef PROBE_ENGINE_ENGINE_H
#define PROBE_ENGINE_ENGINE_H

/*
 * engine - drives many exchanges on one thread.
 *
 * One libev loop, sockets of its own for what is simple, and several libcurl
 * multi handles, driven by the socket interface, for everything else (see
 * enum transport_choice).  Finding a free connection is a linear walk inside a multi
 * handle, so that transfers are spread over multis of at most
 * ENGINE_MULTI_MAX and the cost of a transfer stays flat.  The engine knows
 * sockets and timers; it knows nothing of scenarios or reports.
 *
 * Thread rule   an engine belongs to one thread.  engine_global_init() is
 *               called once by the command before any thread starts.
 * Callbacks     on_done of an exchange and on_fire of a timer run from
 *               engine_run() only.
 * Time          engine_now_ns() is the monotonic clock, read anew.  libev
 *               waits in whole milliseconds, so a timer fires up to one
 *               millisecond late; that is fine for a check, not for a plan
 *               of arrivals.
 * Signals       engine_global_init() has SIGPIPE ignored.
 */

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "probe/engine/exchange.h"

struct ev_loop;
struct engine;
struct session;
struct errs;

enum {
	ENGINE_MULTI_MAX = 32, /* transfers in one multi handle */
};

bool engine_global_init(struct errs *es);
void engine_global_release(void);

/* Lets this process have so many open files, or as many as its hard limit
 * allows.  Returns how many that are now. */
uint64_t engine_raise_files(uint64_t wanted);
/* How many those were before it was first raised; 0: it never was.  For
 * children. */
uint64_t engine_files_before(void);

struct engine *engine_new(struct errs *es);
/* Cancels what is under way.  Sessions are freed before. */
void engine_free(struct engine *en);

/* How exchanges are made.  The native transport speaks plain HTTP/1.1 to an
 * address or a unix socket, on a connection of its own, at a fraction of the
 * cost; libcurl does everything.  Both come to the same verdicts. */
enum transport_choice {
	TRANSPORT_AUTO, /* native where it can */
	TRANSPORT_LIBCURL,
	TRANSPORT_NATIVE, /* or fail with LOCAL_FAIL; for tests */
};
void engine_set_transport(struct engine *en, enum transport_choice choice);

/* A session is what one journey keeps between its exchanges: cookies, open
 * connections, resolved names.  All its exchanges run one after the other.
 * An exchange without a session has a connection of its own, which is closed
 * behind it.  Connections are used again only under the same settings (TLS,
 * resolve, proxy ...): when these change within a session, its connections
 * are closed and its cookies stay. */
struct session *session_new(struct engine *en); /* NULL without memory */
/* Closes its connections; those of an exchange under way when that is over. */
void session_free(struct session *se);

/* Its cookies go, its connections stay. */
void session_forget(struct session *se);

/* Cookies of the session that apply to anything: calls fn for each. */
void session_cookies(struct session *se,
		     void (*fn)(void *self, const char *name, const char *value,
				const char *domain),
		     void *self);

/* Takes it up.  It always ends with on_done, also when it could not even be
 * started (outcome LOCAL_FAIL). */
void engine_start(struct engine *en, struct exchange *ex);

/* Ends it now without on_done. */
void engine_cancel(struct engine *en, struct exchange *ex);

/* Runs until engine_stop() was called or nothing is left to wait for. */
void engine_run(struct engine *en);
/* For those who watch sockets of their own. */
struct ev_loop *engine_loop(struct engine *en);
void engine_stop(struct engine *en);

uint64_t engine_now_ns(void);  /* CLOCK_MONOTONIC */
uint64_t engine_wall_ns(void); /* CLOCK_REALTIME */

/* A point of the monotonic clock on one that stood still whenever this program
 * did not look (see stalls.h).  A limit on what a target takes is a difference
 * of two such points. */
uint64_t engine_seen_ns(const struct engine *en, uint64_t at_ns);
/* From now on the two are one, as in a load: what it measures is not corrected,
 * and it tells by itself when it was late. */
void engine_take_all_time(struct engine *en);

/* A one-shot timer of the engine, embedded in its owner. */
struct engine_timer {
	struct engine *en;
	uint64_t due_ns;
	void (*on_fire)(struct engine_timer *t);
	void *owner;
	ev_timer watcher; /* the engine's */
};
void engine_timer_init(struct engine_timer *t, struct engine *en,
		       void (*on_fire)(struct engine_timer *t), void *owner);
void engine_timer_start(struct engine_timer *t, uint64_t after_ns);
void engine_timer_stop(struct engine_timer *t);
void engine_timer_release(struct engine_timer *t);

/* Calls on_signal from engine_run() at SIGINT, SIGTERM and SIGHUP, those that
 * are not ignored. */
void engine_on_signal(struct engine *en,
		      void (*on_signal)(void *owner, int signo), void *owner);

#endif
