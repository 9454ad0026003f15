/* SPDX-License-Identifier: MIT */
#ifndef PROBE_WATCH_H
#define PROBE_WATCH_H

/*
 * watch - the checks of a scenario on their schedule, until told to end.
 *
 * One engine on the thread that calls watch_run().  Each check is run as by a
 * one-shot run (probe/run/life.h) at the times of probe/watch/schedule.h; what
 * it has seen goes to the board and to the keeper, which have threads of
 * their own.  Nothing that is stored, told or shown keeps a check waiting.
 *
 * The start period of a check is counted once: from its first attempt until
 * it has been ok, or is over.
 *
 * SIGHUP   loads the scenario anew.  A good one takes the place of the old:
 *          a check of the same name keeps its schedule and what is known of
 *          it; those under way end as they began.  A bad one is told and the
 *          old one stays.
 * SIGUSR1  opens the log's files anew.
 * SIGINT, SIGTERM  end it: what is under way is given up, what was seen is
 *          taken down within WATCH_STOP_NS.
 *
 * Thread rule   one thread; engine_global_init() was called.
 */

#include <stdbool.h>
#include <stdint.h>

struct errs;
struct log_sink;
struct logger;
struct service;
struct watch;
struct watch_config;
struct watch_source;

enum { WATCH_CONCURRENCY = 1000 };
#define WATCH_EVERY_NS UINT64_C(300000000000) /* of checks without every: */
#define WATCH_TICK_NS  UINT64_C(1000000000)
#define WATCH_LAG_NS   UINT64_C(15000000000) /* the lag is of this long */
#define WATCH_STOP_NS  UINT64_C(10000000000)

struct watch_options {
	const struct watch_source *source; /* for reloads */
	struct watch_config *config;	   /* held by the watch as well */
	const char *vantage;		   /* or NULL */
	uint64_t concurrency;		   /* 0: as the scenario says */
	struct logger *log;
	struct log_sink *sink;	/* of the log; or NULL */
	struct log_sink *audit; /* or NULL */
	struct board *board;
	struct keeper *keeper; /* or NULL: nothing is remembered */
	struct service *service;
};

/* Of a check that says nothing itself. */
uint64_t watch_every_ns(const struct watch_config *config, uint64_t every_ns);

/* False with problems when it could not begin.  It returns at SIGINT and
 * SIGTERM. */
bool watch_run(const struct watch_options *opt, struct errs *es);

#endif
