/* SPDX-License-Identifier: MIT */
#ifndef LOADGEN_TRANSPORT_H
#define LOADGEN_TRANSPORT_H

/*
 * transport - ways of making the same exchange very often.
 *
 * A route is where a flow's requests go, and how; it is const and shared by
 * all workers.  A hub is what one worker keeps for one route: its TLS
 * context, its connections.  A lane is a place in a hub that carries one
 * exchange at a time; a transport that keeps a connection alive keeps it
 * between the exchanges of its lanes.
 *
 *     start ... on_done, start ... on_done        or start ... cancel
 *
 * A transport knows no plan, no time-out and no expectation: the runner
 * (loadgen/run) starts, cancels what takes too long, and judges.
 *
 *     native   HTTP/1.1 over TCP, TLS and unix sockets, straight on libev
 *     http2    HTTP/2 over nghttp2, several streams on one connection
 *     libcurl  everything else that is one HTTP exchange
 *
 * Callbacks     on_done is called from the loop only, never from inside
 *               start(), also when it could not even be started; it may
 *               start, cancel or close any lane, this one too.
 * Time          monotonic clock, ns (engine_now_ns()).
 * Memory        nothing is allocated for an exchange once a lane is warm.
 * Thread rule   a hub and its lanes belong to the thread of their loop.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "probe/engine/exchange.h"
#include "report/load/tally.h"

struct engine; /* probe/engine/engine.h */
struct errs;
struct ev_loop;
struct hub;
struct lane;
struct reply_rules; /* loadgen/transport/native_reply.h */

enum {
	ROUTE_ADDRESSES_MAX = 64,
	ROUTE_STREAMS = 100, /* of HTTP/2, when nobody says how many */
};

struct address {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	} at;
	socklen_t len;
};

struct route {
	/* A request as it will be, for all that stays the same: TLS, proxy,
	 * version, limits.  URL, headers and body of a single exchange are in
	 * its wire. */
	const struct request *request;
	bool is_tls;
	const char *host; /* for SNI and messages, no brackets */
	unsigned port;
	/* found at the start of the run; empty: libcurl finds them itself */
	size_t n_addresses;
	const struct address *address; /* taken in turn */
	size_t n_sources;
	const struct address *source; /* port 0; taken in turn */
	bool is_fresh;		      /* a new connection for each exchange */
	bool resumes;		      /* TLS sessions */
	uint64_t streams;	      /* HTTP/2: on one connection */
	uint64_t max_requests;	      /* on one connection; 0: no limit */
	bool wants_answer;	      /* headers and body, for judging, of some
				       * of its exchanges at least */
};

/* One request, ready to be sent.  Valid and unchanged until its exchange is
 * over. */
struct wire {
	const struct request *request;
	uint64_t version;  /* another number: the request is another one */
	const char *bytes; /* HTTP/1.1 head and body, for native */
	size_t len;
	size_t head_len;
	bool is_head; /* the method is HEAD */
	/* Of native: how its answer is read, when not all of the route are
	 * read alike; keeps_answer only with route->wants_answer.  NULL: as
	 * the route says. */
	const struct reply_rules *rules;
};

/* How far an exchange has come, so that a time-out can be named. */
enum lane_stage {
	LANE_IDLE,
	LANE_CONNECTING,
	LANE_SECURING, /* TLS */
	LANE_SENDING,
	LANE_WAITING, /* for the first byte */
	LANE_RECEIVING,
};

/* The head of every transport's own lane. */
struct lane {
	const struct load_transport *transport;
	struct hub *hub;
	void *owner; /* the runner's */
	enum lane_stage stage;
	/* Of the exchange that is over (or was cancelled): outcome, status,
	 * sent_ns, lengths, first_ns, end_ns, bytes.  planned_ns and waited
	 * are the runner's. */
	struct sample sample;
	const char *detail; /* in words, valid until the next start; "" */
	/* With route->wants_answer, valid in on_done: status, headers, body,
	 * protocol, remote, reused; tls may be NULL.  By rules that mind
	 * cookies, when there are some: all that but the body.  Else NULL. */
	const struct answer *answer;
};

struct hub_config {
	const struct route *route;
	struct engine *en;    /* of the worker */
	struct ev_loop *loop; /* the engine's */
	void (*on_done)(struct lane *la);
};

/* The head of every transport's own hub. */
struct hub {
	struct hub_config config;
	uint64_t n_open; /* connections now */
	uint64_t n_open_max;
	uint64_t n_made;
	/* flaws of this machine that were met */
	uint64_t out_of_files, out_of_ports, out_of_memory;
};

struct load_transport {
	const char *name;
	/* Whether it can make these exchanges; else *why in words. */
	bool (*can)(const struct route *rt, const char **why);
	struct hub *(*hub_new)(const struct hub_config *config,
			       struct errs *es);
	/* After all its lanes were closed. */
	void (*hub_free)(struct hub *hub);
	struct lane *(*open)(struct hub *hub); /* NULL without memory */
	/* The lane is idle.  now_ns: the clock, just read; it becomes
	 * sent_ns. */
	void (*start)(struct lane *la, const struct wire *wire,
		      uint64_t now_ns);
	/* Brings la->stage up to date, where it is not always; or NULL. */
	void (*look)(struct lane *la);
	/* Ends it without on_done: the stage is LANE_IDLE, and the sample
	 * tells how far it came, with end_ns = now_ns.  The connection is
	 * given up (HTTP/2: the stream). */
	void (*cancel)(struct lane *la, uint64_t now_ns);
	/* Idle ones only. */
	void (*close)(struct lane *la);
};

extern const struct load_transport load_native, load_http2, load_libcurl;

#endif
