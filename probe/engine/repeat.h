/* SPDX-License-Identifier: MIT */
#ifndef PROBE_ENGINE_REPEAT_H
#define PROBE_ENGINE_REPEAT_H

/*
 * repeat - the same exchange by libcurl, again and again.
 *
 * Settings, parsers and verdicts are those of the engine's single exchanges;
 * what is different is that a handle is set up once and that nothing is kept
 * of an exchange but a sample.  Repeats of one pool share connections and
 * nothing else; the pool spreads them over multi handles of its own.
 *
 *     repeat_start ... on_done, repeat_start ... repeat_cancel
 *
 * Limits        none of time: whoever starts cancels.
 * Callbacks     on_done is called from the loop only, never from inside
 *               repeat_start(); it may start, cancel and free any repeat,
 *               this one too.
 * Resends       libcurl sends a request again when a kept connection is
 *               closed under it: the sample counts them.  One that is not
 *               idempotent is not sent again but ends as closed, as by the
 *               other transports.
 * Memory        none is taken for an exchange that is like the one before
 *               it, but what libcurl takes itself.
 * Time          monotonic clock, ns (engine_now_ns()).
 * Thread rule   that of the engine.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "probe/engine/exchange.h"
#include "report/load/tally.h"

struct engine;
struct repeats;

struct repeat_place {
	const struct sockaddr *at; /* AF_INET or AF_INET6 */
	socklen_t len;
};

struct repeat {
	void *owner; /* the caller's */
	/* Of the exchange that is over or was cancelled: all but planned_ns,
	 * waited and was_in_flight. */
	struct sample sample;
	int error;	    /* of the system, when that stopped it; else 0 */
	const char *detail; /* in words, valid until the next start; "" */
	/* Valid in on_done; NULL unless wants_answer.  Without phases and
	 * without TLS facts. */
	const struct answer *answer;
};

struct repeats_config {
	struct engine *en;
	void (*on_done)(struct repeat *r);
	/* A socket was opened, or closed. */
	void (*on_socket)(void *owner, bool is_open);
	void *owner;
	bool is_fresh; /* a new connection for each exchange */
	bool resumes;  /* TLS sessions */
	/* Keep headers and body, decoded.  Otherwise the bytes of the body
	 * are counted as they come, and nothing is unpacked. */
	bool wants_answer;
	uint64_t streams;      /* HTTP/2: on one connection; 0: any number */
	uint64_t max_requests; /* on one connection; 0: no limit */
	/* Instead of what the name resolves to, taken in turn.  A proxy or a
	 * unix socket has no use for them. */
	const char *host; /* of the URLs, no brackets */
	unsigned port;
	size_t n_addresses;
	const struct repeat_place *address;
	size_t n_sources; /* port 0; taken in turn */
	const struct repeat_place *source;
};

/* Whether libcurl can make these exchanges; else *why in words. */
bool repeats_can(const struct request *rq, bool is_tls, bool is_fresh,
		 const char **why);

/* Borrows what config points at.  NULL without memory. */
struct repeats *repeats_new(const struct repeats_config *config);
/* After all its repeats were freed.  NULL is fine. */
void repeats_free(struct repeats *pool);

struct repeat *repeat_new(struct repeats *pool); /* NULL without memory */
/* One that is not under way. */
void repeat_free(struct repeat *r);

/* version: another number, another request; all requests of a pool have the
 * same settings of TLS, proxy and HTTP version.  now_ns: the clock, just
 * read. */
void repeat_start(struct repeat *r, const struct request *rq, uint64_t version,
		  uint64_t now_ns);
/* Ends it without on_done; the sample tells how far it came. */
void repeat_cancel(struct repeat *r, uint64_t now_ns);
/* What is under way. */
enum phase repeat_phase(const struct repeat *r);

#endif
