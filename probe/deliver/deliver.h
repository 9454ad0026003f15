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
#define DELIVER_BACKOFF_MIN_NS UINT64_C(5000000000)
#define DELIVER_BACKOFF_MAX_NS UINT64_C(900000000000)

struct deliver_config {
	struct engine *en;
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

struct delivered {
	size_t sent, failed, expired, waiting;
};
struct delivered deliverer_counts(const struct deliverer *dl);

/* For a one-shot run: sends what is due now, at most until the deadline
 * (monotonic, ns; 0: DELIVER_TIMEOUT_NS from now); what fails stays in the
 * outbox for the next run. */
bool deliver_now(const struct deliver_config *config, uint64_t until_ns,
		 struct delivered *out, struct errs *es);

/* One test notice to each channel, past the outbox; prints nothing.  One row
 * a channel in *out (arena of the caller). */
struct channel_tried {
	const char *channel;
	bool ok;
	int64_t code;
	const char *detail; /* redacted */
};
struct arena;
bool deliver_test(const struct deliver_config *config, struct arena *a,
		  struct channel_tried **out, size_t *n, struct errs *es);

#endif
