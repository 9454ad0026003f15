/* SPDX-License-Identifier: MIT */
/* What goes to and comes from the connection of a lane. */
#include "loadgen/transport/native_parts.h"
#include "probe/engine/engine.h"

static struct native_hub *hub_of(const struct native_lane *l)
{
	return container_of(l->head.hub, struct native_hub, head);
}

/* ---- what goes ------------------------------------------------------ */

static size_t to_send(const struct native_lane *l)
{
	return l->waits_to_send ? l->wire->head_len : l->wire->len;
}

static void sent_all(struct native_lane *l, bool at_once)
{
	if (!at_once || l->sent > NATIVE_QUICK_BYTES) {
		conn_sent_all(&l->conn);
		l->head.sample.written_ns = engine_now_ns();
	}
	if (l->head.stage < LANE_WAITING)
		l->head.stage = LANE_WAITING;
	if (l->waits_to_send && !ev_is_active(&l->expect)) {
		ev_now_update(hub_of(l)->net.loop);
		ev_timer_set(&l->expect, NATIVE_EXPECT_S, 0.0);
		ev_timer_start(hub_of(l)->net.loop, &l->expect);
	}
}

/* As much as the socket takes.  False: it is over. */
static bool transmit(struct native_lane *l)
{
	const struct wire *wire = l->wire;
	size_t all = to_send(l);
	bool at_once = !l->sent;

	while (l->sent < all) {
		ssize_t n = conn_send(&l->conn, wire->bytes + l->sent,
				      all - l->sent);
		if (n == CONN_AGAIN)
			return true;
		if (n < 0) {
			native_fail(l);
			return false;
		}
		l->sent += (size_t)n;
	}
	sent_all(l, at_once);
	return true;
}

void native_send(struct native_lane *l)
{
	struct sample *s = &l->head.sample;

	if (!l->is_reused) {
		s->connect_ns = l->conn.connect_ns;
		s->tls_ns = l->conn.tls_ns;
		if (hub_of(l)->rules.keeps_answer)
			dial_remote(&hub_of(l)->net.dialer, &l->conn.dial,
				    l->remote);
	}
	l->head.stage = LANE_SENDING;
	transmit(l);
}

static bool send_body(struct native_lane *l)
{
	ev_timer_stop(hub_of(l)->net.loop, &l->expect);
	l->waits_to_send = false;
	return transmit(l);
}

void native_on_expect(struct ev_loop *loop, ev_timer *timer, int got)
{
	struct native_lane *l = timer->data;

	(void)loop;
	(void)got;
	send_body(l);
}

/* ---- what comes ----------------------------------------------------- */

/* Nobody asked for anything. */
static void receive_idle(struct native_lane *l)
{
	if (conn_recv(&l->conn, hub_of(l)->in, NATIVE_IN_BYTES) != CONN_AGAIN)
		conn_close(&l->conn);
}

static ssize_t take_bytes(struct native_lane *l, enum reply_step *step)
{
	struct native_hub *hub = hub_of(l);
	uint64_t skippable = reply_skippable(&l->reply);
	ssize_t n;

	if (skippable && !l->conn.ssl) {
		n = conn_skip(&l->conn, hub->in, NATIVE_IN_BYTES);
		if (n > 0)
			*step = reply_skip(&l->reply, (size_t)n);
		return n;
	}
	n = conn_recv(&l->conn, hub->in, NATIVE_IN_BYTES);
	if (n > 0)
		*step = reply_feed(&l->reply, l->rules, hub->in, (size_t)n);
	return n;
}

/* An interim answer has come: the server is ready for the body. */
static bool is_welcome(const struct native_lane *l)
{
	return l->waits_to_send && l->reply.way == REPLY_BY_HTTP1 &&
	       l->reply.reading->keep->head.interim;
}

static void ended(struct native_lane *l, enum reply_step step, uint64_t now_ns)
{
	if (step == REPLY_DONE)
		native_succeed(l, now_ns);
	else
		native_fail_answer(l);
}

static void note_first(struct native_lane *l)
{
	if (l->head.sample.first_ns)
		return;
	l->head.sample.first_ns = engine_now_ns();
	l->head.stage = LANE_RECEIVING;
}

/* The socket has more than was read. */
static bool has_more(const struct native_lane *l, ssize_t n)
{
	return l->conn.ssl ? conn_has_more(&l->conn) : n == NATIVE_IN_BYTES;
}

enum turn { TURN_MORE, TURN_WAIT, TURN_OVER };

/* One read.  An answer that came all at once needs no second look at the
 * clock. */
static enum turn receive_some(struct native_lane *l, bool is_first)
{
	enum reply_step step = REPLY_MORE;
	ssize_t n = take_bytes(l, &step);

	if (n == CONN_AGAIN)
		return TURN_WAIT;
	if (n == CONN_BROKEN) {
		native_fail(l);
		return TURN_OVER;
	}
	if (n)
		note_first(l);
	else
		step = reply_close(&l->reply, l->rules);
	if (step != REPLY_MORE) {
		ended(l, step,
		      n && is_first ? l->head.sample.first_ns
				    : engine_now_ns());
		return TURN_OVER;
	}
	if (is_welcome(l) && !send_body(l))
		return TURN_OVER;
	return has_more(l, n) ? TURN_MORE : TURN_WAIT;
}

/* False: this exchange is over. */
static bool receive(struct native_lane *l)
{
	for (int i = 0; i < NATIVE_READS_PER_TURN; i++) {
		enum turn turn = receive_some(l, !l->head.sample.first_ns);
		if (turn != TURN_MORE)
			return turn == TURN_WAIT;
	}
	if (conn_has_more(&l->conn)) /* the socket may not tell */
		ev_feed_event(hub_of(l)->net.loop, &l->conn.io, EV_READ);
	return true;
}

/* ---- events --------------------------------------------------------- */

static void go_on(struct native_lane *l, int got)
{
	switch (conn_go_on(&l->conn, got)) {
	case CONN_READY:
		native_send(l);
		break;
	case CONN_SECURING:
		l->head.stage = LANE_SECURING;
		break;
	case CONN_FAILED:
		native_fail(l);
		break;
	default:
		break;
	}
}

void native_on_event(struct ev_loop *loop, ev_io *io, int got)
{
	struct native_lane *l = io->data;

	(void)loop;
	if (l->conn.step != CONN_READY) {
		go_on(l, got);
		return;
	}
	if (l->conn.ssl) /* it reads to write, and the other way round */
		got |= EV_READ | (got & EV_READ ? EV_WRITE : 0);
	if (!l->is_busy) {
		receive_idle(l);
		return;
	}
	if (got & EV_READ && !receive(l))
		return;
	if (!(got & EV_WRITE))
		return;
	if (l->sent < to_send(l))
		transmit(l);
	else
		conn_sent_all(&l->conn);
}
