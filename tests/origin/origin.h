/* SPDX-License-Identifier: MIT */
#ifndef TESTS_ORIGIN_ORIGIN_H
#define TESTS_ORIGIN_ORIGIN_H

/*
 * origin - the scripted server that tests and the demo ask.
 *
 * One loop on one thread.  What a connection is answered with is chosen by
 * the request itself (behave.h), so a test needs no configuration.  This
 * header holds what the rooms share: the process, a listener, a connection.
 *
 *     listen.c   ports and accepting        raw.c     ports without HTTP
 *     conn.c     reading, taking requests   play.c    writing, on a script
 *     http.c     parsing                    reply.c   ordinary answers
 *     behave.c   which path does what       fault.c   answers that are wrong
 *     state.c, auth.c, redirect.c           more behaviours
 *     tls.c      certificates and bytes     text.c, book.c   helpers
 *
 * Thread rule   everything belongs to the one thread.
 * Lifetime      conn_close() only marks and unhooks; the memory goes when the
 *               loop comes round, so a pointer stays good inside a callback.
 */

#include "scenarios/base/buf.h"
#include "tests/origin/book.h"
#include "tests/origin/http.h"
#include "tests/origin/reply.h"

#include <ev.h>
#include <stdint.h>

struct conn;
struct errs;	   /* scenarios/base/err.h */
struct raw_mode;   /* tests/origin/raw.h */
struct ssl_ctx_st; /* OpenSSL's SSL_CTX */
struct ssl_st;	   /* OpenSSL's SSL */

enum {
	ORIGIN_CONNS_MAX = 20000,
	ORIGIN_READ_BYTES = 64 * 1024, /* asked of one read */
	ORIGIN_IN_MAX = HTTP_HEAD_MAX + 2 * HTTP_BODY_MAX,
	ORIGIN_OUT_MAX = 72 * 1024 * 1024, /* bytes of one answer */
	ORIGIN_LISTENERS_MAX = 40,
	ORIGIN_NAME_MAX = 32,
	ORIGIN_ARG_MAX = 200,
	ORIGIN_FILL = 3, /* own connections that stop up a "full" port */
	ACTS_MAX = 24,
};

struct origin_counts {
	uint64_t connections;
	uint64_t open;
	uint64_t open_peak;
	uint64_t refused; /* accepted over ORIGIN_CONNS_MAX, closed at once */
	uint64_t requests;
	uint64_t bad_requests;
	uint64_t handshakes;
	uint64_t resumed;
	uint64_t handshakes_failed;
	uint64_t bytes_in;
	uint64_t bytes_out;
};

struct listener {
	ev_io io;
	ev_timer rest; /* runs while descriptors are short */
	struct origin *origin;
	struct ssl_ctx_st *tls;	     /* NULL: plain */
	const struct raw_mode *mode; /* NULL: HTTP */
	char name[ORIGIN_NAME_MAX];
	char arg[ORIGIN_ARG_MAX]; /* of a raw mode */
	unsigned port;		  /* 0 for a unix socket */
	int fd;
	int fd6;
	ev_io io6;
	int fill[ORIGIN_FILL];
};

struct origin {
	struct ev_loop *loop;
	ev_prepare reap;
	ev_timer thaw; /* starts the freeze that was asked for later */
	uint64_t thaw_ms;
	struct listener listener[ORIGIN_LISTENERS_MAX];
	unsigned listener_count;
	struct conn *open;
	struct conn *dead;
	struct origin_counts counts;
	struct book paths;
	struct book names; /* counters, flaky names, sequences */
	uint64_t start_ns;
	uint64_t next_id;
	uint64_t random; /* state of jitter */
	char nonce[33];
	struct request request; /* the one being served */
	struct reply reply;	/* its answer, kept for its buffers */
	struct buf word;	/* a decoded query value */
	char scratch[ORIGIN_READ_BYTES];
};

enum act_kind {
	ACT_SEND,  /* n bytes */
	ACT_DRIP,  /* n bytes, step at a time, ms apart */
	ACT_LOOP,  /* the next n bytes again and again, up to limit bytes */
	ACT_WAIT,  /* ms */
	ACT_EXACT, /* us, as exactly as the kernel can */
	ACT_CLOSE, /* FIN, with a TLS goodbye */
	ACT_CUT,   /* FIN without the goodbye */
	ACT_HALF,  /* FIN in our direction, then hold */
	ACT_RESET, /* RST */
	ACT_HOLD,  /* nothing more, until the peer goes */
	ACT_DEAF,  /* nothing more, and nothing is read */
};

struct act {
	enum act_kind kind;
	uint64_t ms, us;
	size_t n;
	size_t step;
	uint64_t limit;
	size_t piece; /* progress: bytes left of this piece */
	bool began;
};

struct conn {
	ev_io rd;
	ev_io wr;
	ev_timer timer;
	ev_io exact; /* of exact_fd; the loop's timers are of whole ms */
	struct origin *origin;
	struct listener *from;
	struct ssl_st *tls;
	struct conn *next, *prev; /* in origin->open; next alone in dead */
	uint64_t id;
	uint64_t served;    /* requests taken so far */
	unsigned peer_port; /* 0 on a unix socket */
	int fd;
	int exact_fd; /* -1: not needed yet */

	struct buf in;
	size_t used;	 /* bytes of in that belong to served requests */
	struct buf body; /* decoded from chunks */
	struct http_chunks chunks;
	size_t need; /* bytes of in, from used, until the body is there */
	bool in_body;

	struct buf out;
	size_t queued; /* bytes of out that some act covers */
	size_t sent;
	struct act act[ACTS_MAX];
	unsigned act_count;
	unsigned act_at;

	bool is_busy;	   /* a script is playing */
	bool is_lingering; /* FIN sent; reading on to throw it away */
	bool is_holding;   /* nothing more to say: the peer's EOF ends it */
	bool is_last;	   /* no request is taken after this one */
	bool is_dead;
	bool got_eof;
	bool was_shaken; /* the TLS handshake is done and counted */
};

struct origin *origin_new(struct errs *es);
void origin_free(struct origin *o);

uint64_t origin_now_ns(void); /* monotonic */

/* Stops the whole process for ms. */
void origin_freeze(uint64_t ms);

/* A number below n, n > 0; good enough for jitter. */
uint64_t origin_random(struct origin *o, uint64_t n);

/* The port of a listener by name, 0 when there is none. */
unsigned origin_port(const struct origin *o, const char *name);

/* ---- conn.c */
void conn_open(struct listener *from, int fd, unsigned peer_port);
void conn_close(struct conn *c);

/* Takes and answers what has been read, as far as it goes. */
void conn_pump(struct conn *c);

#endif
