/* SPDX-License-Identifier: MIT */
#ifndef LOADGEN_TRANSPORT_HTTP2_PARTS_H
#define LOADGEN_TRANSPORT_HTTP2_PARTS_H

/*
 * http2_parts - what the files of the HTTP/2 transport share; nobody else
 * includes it.
 *
 * A hub has connections, a connection has lanes, and a lane that is busy has
 * a stream.  A lane stays with its connection from one exchange to the next
 * while that takes new streams; else it goes to one with room, or to a new
 * one.
 *
 *     http2.c         hub and lanes: who goes where, and when on_done is called
 *     http2_conn.c    one connection: socket, TLS, what goes out and comes in
 *     http2_stream.c  what nghttp2 reports of frames
 *     http2_ask.c     a request as header fields
 *
 * Whatever happens is noted at once, but lanes are told, connections freed
 * and frames sent in h2_settle() only: at the end of a callback of a socket,
 * and before the loop waits.  So all requests that were started meanwhile go
 * out together, and nothing is freed under somebody's feet.
 *
 * Sources       RFC 9113 (HTTP/2), RFC 7541 (header fields), RFC 7301 (ALPN).
 */

#include <ev.h>
#include <nghttp2/nghttp2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loadgen/transport/conn.h"
#include "loadgen/transport/http2_ask.h"
#include "loadgen/transport/keep.h"
#include "loadgen/transport/transport.h"
#include "scenarios/base/link.h"

enum {
	H2_ASKS = 16, /* requests kept as header fields */
	H2_IN_BYTES = 64 << 10,
	H2_OUT_BYTES = 64 << 10,
	H2_READS_PER_TURN = 8, /* before other sockets have their say */
	H2_STREAMS_MAX = 100000,
	H2_WORDS_MAX = 240,
	H2_TRIES_MAX =
		5, /* of an exchange that the server refused; libcurl's */
	/* An answer as large as one likes does not wait for our leave. */
	H2_WINDOW_BYTES = (1 << 30) - 1,
	H2_SETTINGS_MAX = 32, /* entries of one frame */
	H2_OUTBOUND_ACK_MAX =
		64, /* answers to PING and SETTINGS not sent yet */
};

struct h2_hub {
	struct hub head;
	struct link conns;
	struct link roomy; /* those of them that take one more lane */
	struct link dirty; /* those that may have something to send */
	struct link dead;
	struct link done;      /* lanes whose exchange is over */
	struct link again;     /* lanes whose exchange has to be begun again */
	uint64_t streams;      /* on one connection, as far as we decide */
	uint64_t peer_streams; /* what the server last allowed */
	uint64_t now_ns;       /* when the bytes being read came */
	bool is_settling;
	bool is_fresh; /* of the route */
	ev_prepare prepare;
	ev_idle idle; /* active: do not wait in the next turn */
	struct net net;
	struct blamer *blamer;
	struct buf words; /* of the blamer */
	bool must_ask;	  /* TLS has to agree on h2 */
	nghttp2_session_callbacks *callbacks;
	nghttp2_option *option;
	char *in, *out;
	struct h2_ask ask[H2_ASKS];
};

struct h2_conn {
	struct link link;  /* h2_hub.conns or .dead */
	struct link roomy; /* h2_hub.roomy, or in no list */
	struct link dirty; /* likewise */
	struct h2_hub *hub;
	struct conn tcp;
	bool is_dead;	 /* all is over, but its memory */
	bool is_retired; /* takes no new stream, and closes with the last */
	bool was_used;	 /* has brought a whole answer */
	nghttp2_session *session;
	struct link members; /* its lanes, busy or idle */
	size_t n_members;
	/* its busy lanes: until it is open, until they are sent, afterwards */
	struct link waiting, unsent, live;
	size_t n_busy;
	uint64_t limit; /* of lanes */
	uint64_t n_asked;
	uint64_t heard_ns; /* when the last bytes came; 0 */
	/* the lane of the stream that was looked up last */
	int32_t at_id;
	struct h2_lane *at;
	/* bytes that the socket did not take */
	char *left;
	size_t left_len, left_at;
	char words[H2_WORDS_MAX]; /* what nghttp2 found wrong; "" */
};

struct h2_lane {
	struct lane head;
	struct link link;     /* of h2_conn or h2_hub, by what it waits for */
	struct link member;   /* h2_conn.members */
	struct h2_conn *conn; /* or NULL */
	const struct wire *wire;
	int32_t stream; /* 0: none */
	bool is_busy;
	bool is_on_conn; /* counted in n_busy there */
	bool is_uploading;
	bool is_on_used; /* the connection had brought an answer before */
	bool has_head;	 /* of the final answer */
	bool was_reset;	 /* by the server */
	unsigned tries;
	unsigned n_interim;
	unsigned status; /* of the header block being read */
	uint64_t head_bytes, head_max;
	uint64_t body_max;
	/* of the request */
	const char *body;
	size_t body_len, body_at;
	struct answer_keep *keep; /* NULL: nobody wants the answer */
	char words[H2_WORDS_MAX];
};

/* ---- hub and lanes (http2.c) ---------------------------------------- */

/* Makes the next turn of the loop come at once, if that is needed. */
void h2_wake(struct h2_hub *hub);
/* Tells what ended, begins again what has to, sends, frees. */
void h2_settle(struct h2_hub *hub);

/* The header fields of a request; NULL without memory. */
const struct h2_ask *h2_hub_ask(struct h2_hub *hub, const struct wire *wire);

/* The exchange is over; detail is copied. */
void h2_lane_end(struct h2_lane *l, enum outcome outcome, const char *detail);
/* The server did nothing for it: it is begun anew, unless that happened too
 * often. */
void h2_lane_again(struct h2_lane *l, const char *detail);
/* Ends it, and its stream, which has not ended. */
void h2_lane_fail(struct h2_lane *l, enum outcome outcome, const char *detail);

/* ---- connections (http2_conn.c) ------------------------------------- */

/* One that is on its way; NULL without memory.  What became of it at once is
 * noticed by h2_conn_start(), when somebody waits for it. */
struct h2_conn *h2_conn_new(struct h2_hub *hub, uint64_t now_ns);
void h2_conn_start(struct h2_conn *c);
void h2_conn_free(struct h2_conn *c);

/* It takes the exchange of this lane, now or when it is open. */
void h2_conn_take(struct h2_conn *c, struct h2_lane *l);
void h2_conn_join(struct h2_conn *c, struct h2_lane *l);
void h2_conn_leave(struct h2_lane *l);
/* A busy lane of it is busy no more. */
void h2_conn_release(struct h2_lane *l);
/* Takes no more. */
void h2_conn_retire(struct h2_conn *c);
/* Whether a member may go on with it. */
static inline bool h2_conn_serves(const struct h2_conn *c)
{
	return !c->is_dead && !c->is_retired && c->n_members <= c->limit;
}
/* It takes that many lanes. */
void h2_conn_limit(struct h2_conn *c, uint64_t limit);
/* It may have something to send, or be done with. */
void h2_conn_dirty(struct h2_conn *c);
/* The stream of this lane is given up. */
void h2_conn_reset(struct h2_lane *l, uint32_t code);
void h2_conn_flush(struct h2_conn *c);
/* All lanes on it end, or begin anew. */
void h2_conn_lost(struct h2_conn *c, enum outcome outcome, const char *detail);

/* ---- frames (http2_stream.c) ---------------------------------------- */

bool h2_stream_setup(struct h2_hub *hub); /* false without memory */
/* Bytes of the body of a request, for nghttp2. */
ssize_t h2_stream_read(nghttp2_session *session, int32_t id, uint8_t *out,
		       size_t room, uint32_t *flags,
		       nghttp2_data_source *source, void *self);

#endif
