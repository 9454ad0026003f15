/* SPDX-License-Identifier: MIT */
#ifndef PROBE_DELIVER_H
#define PROBE_DELIVER_H

/*
 * deliver - carries the letters of the outbox to their channels.
 *
 * Each letter is claimed, rendered (report/notice), sent by the engine like
 * any other exchange (mail by libcurl's SMTP, exec by a child of its own), and
 * its end is written down before the next try: at least once, never lost.
 * Retries back off with jitter and heed Retry-After; a channel that keeps
 * failing is left alone for a while (its breaker); what is past its expiry is
 * dropped with a record.  Nothing here ever keeps a check waiting.
 *
 * Thread rule   that of the engine.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct deliverer;
struct engine;
struct errs;
struct logger;
struct notice;
struct redactor;
struct scenario;
struct secret_values;
struct state;

enum {
	DELIVER_AT_ONCE = 16, /* letters under way */
};
#define DELIVER_TIMEOUT_NS     UINT64_C(30000000000) /* of one try */
#define DELIVER_LAST_NS	       UINT64_C(10000000000)
#define DELIVER_BACKOFF_MIN_NS UINT64_C(5000000000)
#define DELIVER_BACKOFF_MAX_NS UINT64_C(900000000000)

struct deliver_config {
	struct engine
		*en; /* deliver_now(), deliver_test(), ping_now(): or NULL */
	struct state *state;
	const struct scenario *scenario;
	const struct secret_values *secrets;
	struct redactor *redactor;
	struct logger *log; /* or NULL */
};

struct deliverer *deliverer_new(const struct deliver_config *config,
				struct errs *es);
void deliverer_free(struct deliverer *dl); /* what is under way is given back */

/* Takes up what is due and goes on by itself while the engine runs. */
void deliverer_wake(struct deliverer *dl);

/* Letters under way or due before that time (since 1970). */
bool deliverer_is_done(const struct deliverer *dl, uint64_t by_at_ns);

/* Letters; failed counts each time that one was tried in vain or refused. */
struct delivered {
	size_t sent, failed, expired, waiting;
};
struct delivered deliverer_counts(const struct deliverer *dl);

/* For a one-shot run: sends what is due now, at most until the deadline
 * (monotonic, ns; 0: DELIVER_TIMEOUT_NS from now).  What fails is tried again
 * while DELIVER_LAST_NS are left for it, and else stays in the outbox for the
 * next run.  Without an engine in the configuration it has one of its own;
 * then SIGINT, SIGTERM and SIGHUP end it early, and wait from its end until
 * patience_begin() (probe/patience.h). */
bool deliver_now(const struct deliver_config *config, uint64_t until_ns,
		 struct delivered *out, struct errs *es);

/* A warning when letters stay in the outbox of that state file. */
void deliver_say_waiting(const struct delivered *done, const char *state,
			 struct errs *warnings);

/* One test notice to each channel, past the outbox; prints nothing.  One row
 * a channel in *out (arena of the caller).  The state may be NULL. */
struct channel_tried {
	const char *channel;
	bool ok;
	int64_t code;
	const char *detail; /* redacted */
};
struct arena;
bool deliver_test(const struct deliver_config *config, struct arena *a,
		  struct channel_tried **out, size_t *n, struct errs *es);

/* ---- that assay itself runs ------------------------------------------- */

/* A GET of heartbeat_url of the alerts: after each one-shot run, and by the
 * daemon each PINGER_EVERY_NS.  A failure is logged, and nothing else. */
#define PINGER_EVERY_NS	  UINT64_C(60000000000)
#define PINGER_TIMEOUT_NS UINT64_C(10000000000)

struct pinger;
/* NULL without memory, with a problem.  Without a heartbeat_url it does
 * nothing.  It borrows all of config. */
struct pinger *pinger_new(const struct deliver_config *config, struct errs *es);
void pinger_free(struct pinger *p); /* gives up what is under way */
/* Once; while the one before is under way: nothing. */
void pinger_ping(struct pinger *p);

/* Once, and waits for the answer, at most PINGER_TIMEOUT_NS.  False only when
 * it could not be tried. */
bool ping_now(const struct deliver_config *config, struct errs *es);

#endif
