/* SPDX-License-Identifier: MIT */
#ifndef LOADGEN_NATIVE_PARTS_H
#define LOADGEN_NATIVE_PARTS_H

/*
 * native_parts - what the files of the native transport share; nobody else
 * includes it.
 *
 *     native.c       hub and lanes, and how an exchange begins and ends
 *     native_io.c    what goes and what comes
 *     native_reply.c reading an answer
 *
 * An exchange that ends inside of start() waits in hub.ended for the next
 * turn of the loop.  Whoever ends one touches the lane no more: on_done may
 * have started, cancelled or closed it.
 */

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loadgen/transport/conn.h"
#include "loadgen/transport/native_reply.h"
#include "loadgen/transport/transport.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/link.h"

enum {
	NATIVE_IN_BYTES = 64 << 10,
	NATIVE_READS_PER_TURN = 8, /* before other sockets have their say */
	/* Sent by one call they take no time worth a look at the clock. */
	NATIVE_QUICK_BYTES = 16 << 10,
	NATIVE_DETAIL_MAX = 400,
};

/* Until the body is sent unasked, as libcurl does. */
#define NATIVE_EXPECT_S 1.0

struct native_hub {
	struct hub head;
	struct net net;
	struct reply_rules rules; /* unless the wire has others */
	struct head_memo memo;	  /* by these rules */
	struct blamer *blamer;
	struct buf words; /* of the blamer */
	char *in;
	struct link ended;  /* lanes whose on_done is still to be called */
	ev_prepare prepare; /* active while there are some, as is idle */
	ev_idle idle;	    /* do not wait in this turn */
};

struct native_lane {
	struct lane head;
	struct conn conn;
	struct reply reply;
	const struct wire *wire;
	const struct reply_rules *rules; /* of its answer */
	size_t sent;			 /* of the wire */
	uint64_t n_used;		 /* exchanges on this connection */
	bool is_busy;
	bool is_starting; /* start() has not returned */
	bool is_reused;
	bool is_retried;
	bool waits_to_send;	      /* the body, until the server says 100 */
	char *detail;		      /* room for words; or NULL */
	char remote[DIAL_REMOTE_MAX]; /* with route.wants_answer */
	ev_timer expect;
	struct link link; /* in hub.ended, or in no list */
};

/* ---- native.c ------------------------------------------------------- */

/* The net's fault has happened, or the answer's. */
void native_fail(struct native_lane *l);
void native_fail_answer(struct native_lane *l);
/* The answer is whole. */
void native_succeed(struct native_lane *l, uint64_t now_ns);

/* ---- native_io.c ---------------------------------------------------- */

void native_on_event(struct ev_loop *loop, ev_io *io, int got);
void native_on_expect(struct ev_loop *loop, ev_timer *timer, int got);
/* The connection is ready, the request is not begun. */
void native_send(struct native_lane *l);

#endif
