/* SPDX-License-Identifier: MIT */
/* One connection: from the first packet to the last frame. */
#include <stdlib.h>
#include <string.h>

#include "loadgen/transport/http2_parts.h"
#include "loadgen/transport/wire.h"
#include "probe/engine/blamer.h"
#include "probe/engine/engine.h"
#include "probe/engine/handshake.h"

static void on_event(struct ev_loop *loop, ev_io *io, int got);

/* ---- who is on it --------------------------------------------------- */

static bool is_open(const struct h2_conn *c)
{
	return c->session && c->tcp.step == CONN_READY;
}

/* Nobody needs it any more. */
static bool is_over(const struct h2_conn *c)
{
	return !c->n_busy && (c->is_retired || !c->n_members);
}

static void sort(struct h2_conn *c)
{
	bool is_roomy = h2_conn_serves(c) && c->n_members < c->limit;

	if (is_roomy == !list_is_empty(&c->roomy))
		return;
	if (is_roomy)
		list_append(&c->hub->roomy, &c->roomy);
	else
		list_remove(&c->roomy);
}

void h2_conn_join(struct h2_conn *c, struct h2_lane *l)
{
	l->conn = c;
	list_append(&c->members, &l->member);
	c->n_members++;
	sort(c);
}

void h2_conn_leave(struct h2_lane *l)
{
	struct h2_conn *c = l->conn;

	if (!c)
		return;
	list_remove(&l->member);
	l->conn = NULL;
	c->n_members--;
	sort(c);
	if (is_over(c))
		h2_conn_dirty(c);
}

void h2_conn_release(struct h2_lane *l)
{
	struct h2_conn *c = l->conn;

	list_remove(&l->link);
	l->stream = 0;
	l->is_on_conn = false;
	if (c->at == l)
		c->at = NULL;
	c->n_busy--;
	if (is_over(c))
		h2_conn_dirty(c);
}

void h2_conn_limit(struct h2_conn *c, uint64_t limit)
{
	const struct h2_hub *hub = c->hub;
	uint64_t most = hub->head.config.route->max_requests;

	if (limit > hub->streams)
		limit = hub->streams;
	if (most && limit > most)
		limit = most;
	/* A server that allows no stream at the moment may allow some later. */
	c->limit = limit ? limit : 1;
	sort(c);
}

void h2_conn_retire(struct h2_conn *c)
{
	c->is_retired = true;
	sort(c);
	if (is_over(c))
		h2_conn_dirty(c);
}

void h2_conn_dirty(struct h2_conn *c)
{
	if (!list_is_empty(&c->dirty) || c->is_dead)
		return;
	list_append(&c->hub->dirty, &c->dirty);
	h2_wake(c->hub);
}

/* ---- its end -------------------------------------------------------- */

/* What lanes still point to it forget it; the memory goes later. */
static void bury(struct h2_conn *c)
{
	c->is_dead = true;
	conn_close(&c->tcp);
	sort(c);
	list_remove(&c->dirty);
	while (!list_is_empty(&c->members)) {
		struct link *first = c->members.next;

		container_of(first, struct h2_lane, member)->conn = NULL;
		list_remove(first);
	}
	c->n_members = 0;
	list_remove(&c->link);
	list_append(&c->hub->dead, &c->link);
	h2_wake(c->hub);
}

/* Nothing of an answer came on a connection that was open before: the server
 * may have closed it while the request was on its way. */
static bool may_try_again(const struct h2_lane *l)
{
	return l->is_on_used && !l->head.sample.first_ns && !l->tries &&
	       request_is_idempotent(l->wire->request);
}

static void lose_lanes(struct link *lanes, bool were_sent, enum outcome outcome,
		       const char *detail)
{
	while (!list_is_empty(lanes)) {
		struct h2_lane *l =
			container_of(lanes->next, struct h2_lane, link);

		if (may_try_again(l)) {
			l->head.sample.resends += were_sent;
			h2_lane_again(l, detail);
		} else {
			h2_lane_end(l, outcome, detail);
		}
	}
}

void h2_conn_lost(struct h2_conn *c, enum outcome outcome, const char *detail)
{
	if (c->is_dead)
		return;
	c->is_retired = true;
	c->n_busy++; /* it is we who end it */
	c->hub->now_ns = engine_now_ns();
	lose_lanes(&c->live, true, outcome, detail);
	lose_lanes(&c->unsent, false, outcome, detail);
	lose_lanes(&c->waiting, false, outcome, detail);
	bury(c);
}

static void not_offered(struct h2_conn *c)
{
	h2_conn_lost(c, OUTCOME_PROTOCOL, "the server does not offer HTTP/2");
}

/* The socket or TLS: the engine would say the same. */
static void broke(struct h2_conn *c)
{
	struct h2_hub *hub = c->hub;
	const struct route *rt = hub->head.config.route;
	const struct evidence seen = {
		.request = rt->request,
		.handshake = c->tcp.ssl ? tls_handshake(c->tcp.ssl) : NULL,
		.host = rt->host,
		.port = rt->port,
		.took_ns = engine_now_ns() - c->tcp.began_ns,
	};
	if (seen.handshake &&
	    seen.handshake->alert == SSL_AD_NO_APPLICATION_PROTOCOL) {
		not_offered(c);
		return;
	}
	enum outcome outcome =
		blamer_judge(hub->blamer, &hub->net.fault, &seen, &hub->words);

	h2_conn_lost(c, outcome, buf_text(&hub->words));
}

/* nghttp2 has given it up. */
static void misspoke(struct h2_conn *c)
{
	h2_conn_lost(c, OUTCOME_PROTOCOL,
		     *c->words ? c->words : "the HTTP/2 session was ended");
}

static void closed(struct h2_conn *c)
{
	h2_conn_lost(c, OUTCOME_CLOSED,
		     c->heard_ns ? "the connection was closed before the "
				   "answer was complete"
				 : "the server closed the connection without "
				   "an answer");
}

/* ---- what goes out -------------------------------------------------- */

/* The socket takes no more: the rest waits.  False without memory. */
static bool put_aside(struct h2_conn *c, const char *bytes, size_t len)
{
	char *more = realloc(c->left, c->left_len + len);

	if (!more)
		return false;
	memcpy(more + c->left_len, bytes, len);
	c->left = more;
	c->left_len += len;
	return true;
}

/* All of it, or aside.  False: the connection is lost. */
static bool send_or_keep(struct h2_conn *c, const char *bytes, size_t len)
{
	while (len && !c->left_len) {
		ssize_t sent = conn_send(&c->tcp, bytes, len);

		if (sent == CONN_AGAIN)
			break;
		if (sent < 0) {
			broke(c);
			return false;
		}
		bytes += sent;
		len -= (size_t)sent;
	}
	if (!len || put_aside(c, bytes, len))
		return true;
	h2_conn_lost(c, OUTCOME_LOCAL_FAIL, "not enough memory");
	return false;
}

static bool send_left(struct h2_conn *c)
{
	while (c->left_at < c->left_len) {
		ssize_t sent = conn_send(&c->tcp, c->left + c->left_at,
					 c->left_len - c->left_at);

		if (sent == CONN_AGAIN)
			return true;
		if (sent < 0) {
			broke(c);
			return false;
		}
		c->left_at += (size_t)sent;
	}
	free(c->left);
	c->left = NULL;
	c->left_at = c->left_len = 0;
	conn_sent_all(&c->tcp);
	return true;
}

/* Frames until there are none or the socket takes no more.  False: the
 * connection is lost. */
static bool send_frames(struct h2_conn *c)
{
	char *out = c->hub->out;
	const uint8_t *frame;
	size_t used = 0;
	ssize_t len = 0;

	while (!c->left_len &&
	       (len = nghttp2_session_mem_send(c->session, &frame)) > 0) {
		size_t n = (size_t)len;

		if (used + n > H2_OUT_BYTES) {
			if (!send_or_keep(c, out, used))
				return false;
			used = 0;
		}
		if (n > H2_OUT_BYTES || c->left_len) {
			if (!send_or_keep(c, (const char *)frame, n))
				return false;
			continue;
		}
		memcpy(out + used, frame, n);
		used += n;
	}
	if (!send_or_keep(c, out, used))
		return false;
	if (len >= 0)
		return true;
	h2_conn_lost(c, OUTCOME_LOCAL_FAIL, nghttp2_strerror((int)len));
	return false;
}

/* What was begun in this turn is on its way. */
static void note_sent(struct h2_conn *c)
{
	uint64_t now = engine_now_ns();

	while (!list_is_empty(&c->unsent)) {
		struct link *first = c->unsent.next;
		struct h2_lane *l = container_of(first, struct h2_lane, link);

		list_remove(first);
		list_append(&c->live, first);
		if (l->is_uploading || l->head.sample.written_ns)
			continue;
		l->head.sample.written_ns = now;
		l->head.stage = LANE_WAITING;
	}
}

void h2_conn_reset(struct h2_lane *l, uint32_t code)
{
	struct h2_conn *c = l->conn;

	nghttp2_session_set_stream_user_data(c->session, l->stream, NULL);
	nghttp2_submit_rst_stream(c->session, NGHTTP2_FLAG_NONE, l->stream,
				  code);
	h2_conn_dirty(c);
}

/* False: the connection is lost, or the socket takes no more. */
static bool send_all(struct h2_conn *c)
{
	if (c->left_len && (!send_left(c) || c->left_len))
		return false;
	if (!send_frames(c))
		return false;
	if (!list_is_empty(&c->unsent))
		note_sent(c);
	return true;
}

void h2_conn_flush(struct h2_conn *c)
{
	bool is_last = is_over(c);

	list_remove(&c->dirty);
	if (c->is_dead)
		return;
	if (is_open(c)) {
		if (is_last)
			nghttp2_session_terminate_session(c->session,
							  NGHTTP2_NO_ERROR);
		send_all(c);
	}
	if (c->is_dead)
		return;
	if (is_last)
		bury(c);
	else if (c->session && !nghttp2_session_want_read(c->session))
		misspoke(c);
}

/* ---- what comes in -------------------------------------------------- */

/* False: no more in this turn. */
static bool receive(struct h2_conn *c)
{
	struct h2_hub *hub = c->hub;
	ssize_t got = conn_recv(&c->tcp, hub->in, H2_IN_BYTES);

	if (got == CONN_AGAIN)
		return false;
	hub->now_ns = engine_now_ns();
	if (got <= 0) {
		if (got)
			broke(c);
		else
			closed(c);
		return false;
	}
	c->heard_ns = hub->now_ns;
	ssize_t used = nghttp2_session_mem_recv(
		c->session, (const uint8_t *)hub->in, (size_t)got);
	if (used < 0) {
		bool is_ours = used == NGHTTP2_ERR_NOMEM;

		h2_conn_lost(c, is_ours ? OUTCOME_LOCAL_FAIL : OUTCOME_PROTOCOL,
			     nghttp2_strerror((int)used));
		return false;
	}
	if (!nghttp2_session_want_read(c->session)) {
		h2_conn_retire(c);
		h2_conn_dirty(c); /* our reason goes out, if it can */
		return false;
	}
	return conn_has_more(&c->tcp) || got == H2_IN_BYTES;
}

/* ---- its beginning -------------------------------------------------- */

static bool submit(struct h2_conn *c, struct h2_lane *l)
{
	const nghttp2_data_provider upload = {
		.read_callback = h2_stream_read,
	};
	const struct h2_ask *ask = h2_hub_ask(c->hub, l->wire);
	bool has_body = l->body_len != 0;

	if (!ask)
		return false;
	int32_t id =
		nghttp2_submit_request(c->session, NULL, ask->field, ask->n,
				       has_body ? &upload : NULL, l);
	if (id <= 0)
		return false;
	l->stream = id;
	l->is_uploading = has_body;
	l->is_on_used = c->was_used;
	l->head.stage = LANE_SENDING;
	list_append(&c->unsent, &l->link);
	return true;
}

/* A connection that has run out of numbers for streams is done. */
static void begin(struct h2_conn *c, struct h2_lane *l)
{
	const struct route *rt = c->hub->head.config.route;
	bool is_full = !nghttp2_session_check_request_allowed(c->session);

	if (is_full || !submit(c, l)) {
		if (is_full)
			c->is_retired = true;
		c->hub->now_ns = engine_now_ns(); /* nothing was read */
		list_append(&c->unsent, &l->link);
		if (is_full)
			h2_lane_again(l, "the connection takes no more");
		else
			h2_lane_end(l, OUTCOME_LOCAL_FAIL,
				    "the request cannot be made");
		return;
	}
	if (rt->is_fresh || ++c->n_asked == rt->max_requests)
		h2_conn_retire(c);
	h2_conn_dirty(c);
}

void h2_conn_take(struct h2_conn *c, struct h2_lane *l)
{
	c->n_busy++;
	l->is_on_conn = true;
	if (is_open(c)) {
		begin(c, l);
		return;
	}
	l->head.stage =
		c->tcp.step == CONN_SECURING ? LANE_SECURING : LANE_CONNECTING;
	list_append(&c->waiting, &l->link);
}

/* The parts of its waiting that were connecting and TLS. */
static void note_opened(const struct h2_conn *c, struct h2_lane *l,
			uint64_t now)
{
	struct sample *s = &l->head.sample;
	uint64_t from_ns = c->tcp.began_ns;
	uint64_t connected_ns = from_ns + c->tcp.connect_ns;

	/* It may have come while the connection was being made. */
	if (from_ns < s->sent_ns)
		from_ns = s->sent_ns;
	s->connect_ns = s->tls_ns = 0;
	if (from_ns < connected_ns) {
		s->connect_ns = connected_ns - from_ns;
		from_ns = connected_ns;
	}
	if (c->tcp.ssl)
		s->tls_ns = now - from_ns;
}

static bool session_open(struct h2_conn *c)
{
	const nghttp2_settings_entry ours[] = {
		{ NGHTTP2_SETTINGS_ENABLE_PUSH, 0 },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, H2_WINDOW_BYTES },
	};

	return !nghttp2_session_client_new2(&c->session, c->hub->callbacks, c,
					    c->hub->option) &&
	       !nghttp2_submit_settings(c->session, NGHTTP2_FLAG_NONE, ours,
					sizeof(ours) / sizeof(ours[0])) &&
	       !nghttp2_session_set_local_window_size(
		       c->session, NGHTTP2_FLAG_NONE, 0, H2_WINDOW_BYTES);
}

static void opened(struct h2_conn *c)
{
	uint64_t now = engine_now_ns();
	struct link *first;

	if (c->hub->must_ask && !tls_speaks(c->tcp.ssl, "h2")) {
		not_offered(c);
		return;
	}
	if (!session_open(c)) {
		h2_conn_lost(c, OUTCOME_LOCAL_FAIL, "not enough memory");
		return;
	}
	h2_conn_dirty(c);
	while (!list_is_empty(&c->waiting)) {
		first = c->waiting.next;
		struct h2_lane *l = container_of(first, struct h2_lane, link);

		list_remove(first);
		note_opened(c, l, now);
		begin(c, l);
	}
}

static void advance(struct h2_conn *c, enum conn_step step)
{
	struct link *at;

	if (step == CONN_READY) {
		opened(c);
	} else if (step == CONN_FAILED) {
		broke(c);
	} else if (step == CONN_SECURING) {
		for (at = c->waiting.next; at != &c->waiting; at = at->next)
			container_of(at, struct h2_lane, link)->head.stage =
				LANE_SECURING;
	}
}

static void on_event(struct ev_loop *loop, ev_io *io, int got)
{
	struct h2_conn *c = io->data;
	struct h2_hub *hub = c->hub;

	(void)loop;
	if (!is_open(c)) {
		advance(c, conn_go_on(&c->tcp, got));
	} else {
		if (got & EV_WRITE)
			h2_conn_dirty(c);
		for (int i = 0; i < H2_READS_PER_TURN && receive(c); i++)
			;
		/* leave to send more, answers to PING */
		if (!c->is_dead && nghttp2_session_want_write(c->session))
			h2_conn_dirty(c);
	}
	h2_settle(hub);
}

struct h2_conn *h2_conn_new(struct h2_hub *hub, uint64_t now_ns)
{
	struct h2_conn *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->hub = hub;
	list_init(&c->roomy);
	list_init(&c->dirty);
	list_init(&c->members);
	list_init(&c->waiting);
	list_init(&c->unsent);
	list_init(&c->live);
	list_append(&hub->conns, &c->link);
	h2_conn_limit(c, hub->peer_streams);
	conn_init(&c->tcp, &hub->net, on_event);
	c->tcp.io.data = c;
	conn_start(&c->tcp, now_ns);
	return c;
}

void h2_conn_start(struct h2_conn *c)
{
	advance(c, c->tcp.step);
}

void h2_conn_free(struct h2_conn *c)
{
	conn_close(&c->tcp);
	nghttp2_session_del(c->session);
	list_remove(&c->link);
	list_remove(&c->roomy);
	list_remove(&c->dirty);
	free(c->left);
	free(c);
}
