/* SPDX-License-Identifier: MIT */
#ifndef LOADGEN_CONN_H
#define LOADGEN_CONN_H

/*
 * conn - one connection of a hub, from the first SYN to its end: TCP or a
 * unix socket, in clear or with TLS.
 *
 * The owner's callback hears every event of the socket.  While the step is
 * CONN_CONNECTING or CONN_SECURING it calls conn_go_on(); then it reads and
 * writes.  The watcher stays on EV_READ unless something waits to be written,
 * so that an ordinary exchange needs no other system call than its own.
 *
 *     conn_start ... conn_go_on ... CONN_READY, conn_send, conn_recv ...
 *     conn_close
 *
 * Failures      the fault of the net says what happened; it is told to
 *               somebody (blamer.h) before the connection is closed.
 * Books         n_open, n_made and the flaws of this machine are kept in the
 *               hub.
 * Thread rule   that of the hub.
 */

#include <ev.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "loadgen/transport/dial.h"
#include "loadgen/transport/tls.h"
#include "loadgen/transport/transport.h"
#include "probe/engine/blamer.h"

/* What the connections of a hub share. */
struct net {
	struct hub *hub;
	struct ev_loop *loop;
	struct dialer dialer;
	struct tls *tls;    /* or NULL */
	struct fault fault; /* the last one */
};

enum conn_step {
	CONN_NONE,
	CONN_CONNECTING,
	CONN_SECURING,
	CONN_READY,
	CONN_FAILED, /* net->fault says why; to be closed */
};

enum {
	CONN_AGAIN = -1,  /* nothing now */
	CONN_BROKEN = -2, /* net->fault says why */
};

struct conn {
	ev_io io; /* io.data is the owner's */
	struct net *net;
	SSL *ssl; /* or NULL */
	struct dial dial;
	enum conn_step step;
	uint64_t began_ns;
	uint64_t connect_ns, tls_ns; /* lengths */
};

/* alpn: "http/1.1" or "h2".  hub->config is set. */
bool net_init(struct net *n, struct hub *hub, const char *alpn,
	      struct errs *es);
void net_release(struct net *n);

/* An error of the system: counts it when it is a flaw of this machine. */
void hub_count_flaw(struct hub *hub, int error);

void conn_init(struct conn *c, struct net *n,
	       void (*on_event)(struct ev_loop *loop, ev_io *io, int got));
/* The connection is closed before. */
enum conn_step conn_start(struct conn *c, uint64_t now_ns);
/* After an event, before CONN_READY. */
enum conn_step conn_go_on(struct conn *c, int got);
/* Does nothing to one that is closed. */
void conn_close(struct conn *c);

/* Bytes that came, 0 when the peer has closed, CONN_AGAIN, CONN_BROKEN. */
ssize_t conn_recv(struct conn *c, void *bytes, size_t room);
/* Likewise, but nobody wants to see the bytes: *bytes may hold anything. */
ssize_t conn_skip(struct conn *c, void *bytes, size_t room);
/* Bytes taken (never 0), CONN_AGAIN (then an EV_WRITE event comes), or
 * CONN_BROKEN.  With TLS the same bytes are given again. */
ssize_t conn_send(struct conn *c, const void *bytes, size_t len);
/* Everything was written: EV_WRITE is heard no more. */
void conn_sent_all(struct conn *c);

/* There are bytes that no event will tell of: with TLS. */
bool conn_has_more(const struct conn *c);

#endif
