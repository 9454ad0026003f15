/* SPDX-License-Identifier: MIT */
/*
 * The transport that costs little: HTTP/1.1 straight on a socket.
 *
 * On this machine a connection stands as soon as it was asked for, so the
 * request is sent at once; elsewhere the socket says when.  A send tells what
 * became of the connecting, so nobody asks for that.  The request is written
 * anew if only a part of it went out, which hardly ever happens: so nothing
 * of it is kept.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probe/engine/inside.h"
#include "probe/engine/native_ask.h"

enum {
	READS_PER_TURN = 8, /* before other sockets have their say */
	/* Fits into one packet, which waits for no other one. */
	ONE_PACKET_BYTES = 1200,
};

static bool not_connected(struct transfer *t, int error, struct ending *end)
{
	struct target tg;

	target_find(&tg, &t->ex->request);
	return native_not_connected(t,
				    &(struct endpoint){ .host = tg.host,
							.host_len = tg.host_len,
							.port = tg.port },
				    engine_now_ns() - t->started_ns, error,
				    end);
}

/* ---- what comes ------------------------------------------------------- */

static bool on_body(void *self, const char *bytes, size_t len)
{
	return transfer_take_coded(self, bytes, len);
}

static bool on_coding(void *self, const char *name, size_t len,
		      bool is_transfer)
{
	struct transfer *t = self;

	if (!is_transfer && !t->ex->request.wants_compressed)
		return true;
	t->unpack_flaw = unpack_add(&t->unpack, name, len);
	return t->unpack_flaw == UNPACK_FINE;
}

static void watch(struct transfer *t, int events)
{
	ev_io *io = &t->native.io;

	if (ev_is_active(io) && (io->events & (EV_READ | EV_WRITE)) == events)
		return;
	ev_io_stop(t->en->loop, io);
	ev_io_set(io, t->native.fd, events);
	ev_io_start(t->en->loop, io);
}

static void took_bytes(struct transfer *t)
{
	struct native *n = &t->native;

	if (n->first_ns) {
		if (t->ex->request.limits.idle_ns)
			t->last_ns = engine_now_ns();
		return;
	}
	n->first_ns = engine_now_ns();
	t->last_ns = n->first_ns;
	if (!n->sent_ns) /* it has heard enough */
		n->sent_ns = n->first_ns;
}

static bool receive(struct transfer *t, struct ending *end)
{
	struct native *n = &t->native;

	for (int i = 0; i < READS_PER_TURN; i++) {
		ssize_t got = recv(n->fd, t->en->in, ENGINE_READ_BYTES, 0);
		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			return true;
		if (got < 0)
			return native_over_by_system(t, CURLE_RECV_ERROR,
						     "Recv failure", errno,
						     end);
		if (got == 0) {
			http1_close(&n->answer);
			return native_answered(t, n->answer.flaw, end);
		}
		took_bytes(t);
		if (!http1_feed(&n->answer, t->en->in, (size_t)got))
			return native_answered(t, n->answer.flaw, end);
		if (got < ENGINE_READ_BYTES)
			return true;
	}
	return true;
}

/* ---- what goes -------------------------------------------------------- */

/* Known only now, but it stood before the request was sent. */
static void connected(struct native *n, uint64_t tried_ns)
{
	if (n->is_connected)
		return;
	n->is_connected = true;
	n->connected_ns = tried_ns;
}

static bool send_failed(struct transfer *t, uint64_t tried_ns, int error,
			struct ending *end)
{
	struct native *n = &t->native;

	if (error == EAGAIN || error == EINTR) {
		watch(t, n->is_connected ? EV_READ | EV_WRITE : EV_WRITE);
		return true;
	}
	/* These two come only from one that stood. */
	if (!n->is_connected && error != EPIPE && error != ECONNRESET)
		return not_connected(t, error, end);
	connected(n, tried_ns);
	return native_over_by_system(t, CURLE_SEND_ERROR, "Send failure", error,
				     end);
}

/* As much of the request as the socket takes. */
static bool transmit(struct transfer *t, const struct target *tg,
		     struct ending *end)
{
	static const int on = 1;
	struct native *n = &t->native;
	struct buf *out = &t->en->out;

	buf_reset(out);
	if (!native_write(&t->ex->request, tg, out, &n->head_len)) {
		*end = (struct ending){ .outcome = OUTCOME_LOCAL_FAIL,
					.detail = "a header is too long" };
		return false;
	}
	if (out->len > ONE_PACKET_BYTES && !n->sent &&
	    tg->at.any.sa_family != AF_UNIX)
		setsockopt(n->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	uint64_t tried_ns = n->is_connected ? 0 : engine_now_ns();
	ssize_t sent = send(n->fd, out->text + n->sent, out->len - n->sent,
			    MSG_NOSIGNAL);
	if (sent < 0)
		return send_failed(t, tried_ns, errno, end);
	connected(n, tried_ns);
	n->sent += (size_t)sent;
	if (n->sent == out->len && !n->sent_ns)
		n->sent_ns = engine_now_ns();
	watch(t, n->sent == out->len ? EV_READ : EV_READ | EV_WRITE);
	return true;
}

/* ---- events ----------------------------------------------------------- */

static bool go_on(struct transfer *t, int got, struct ending *end)
{
	struct native *n = &t->native;
	struct target tg;

	if (n->is_connected && got & EV_READ && !receive(t, end))
		return false;
	if (!(got & n->io.events & EV_WRITE))
		return true;
	return target_find(&tg, &t->ex->request) && transmit(t, &tg, end);
}

static void on_ready(struct ev_loop *loop, ev_io *io, int got)
{
	struct transfer *t = container_of(io, struct transfer, native.io);
	struct ending end = { .outcome = OUTCOME_LOCAL_FAIL, .detail = "" };

	(void)loop;
	if (!go_on(t, got, &end))
		transfer_end(t, &end);
}

static bool open_socket(struct transfer *t, const struct target *tg,
			struct ending *end)
{
	struct native *n = &t->native;

	n->fd = socket(tg->at.any.sa_family,
		       SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (n->fd < 0)
		return not_connected(t, errno, end);
	n->is_open = true;
	ev_io_init(&n->io, on_ready, n->fd, 0);
	if (connect(n->fd, &tg->at.any, tg->at_len) && errno != EINPROGRESS)
		return not_connected(t, errno, end);
	return true;
}

static bool native_start(struct transfer *t, struct ending *end)
{
	static const struct http1_sink to_transfer = {
		.on_body = on_body,
		.on_coding = on_coding,
	};
	const struct request *rq = &t->ex->request;
	struct http1_sink sink = to_transfer;
	struct target tg;

	if (!t->en->in)
		t->en->in = malloc(ENGINE_READ_BYTES);
	if (!t->en->in || !target_find(&tg, rq))
		return false;
	sink.self = t;
	http1_init(&t->native.answer, &t->headers, &sink,
		   rq->method && !strcmp(rq->method, "HEAD"));
	if (!open_socket(t, &tg, end))
		return false;
	if (!tg.is_near)
		watch(t, EV_WRITE);
	else if (!transmit(t, &tg, end))
		return false;
	transfer_arm(t);
	return true;
}

static void native_stop(struct transfer *t)
{
	struct native *n = &t->native;

	http1_release(&n->answer);
	if (!n->is_open)
		return;
	ev_io_stop(t->en->loop, &n->io);
	close(n->fd);
	n->is_open = false;
}

/* ---- what is known ---------------------------------------------------- */

static void native_points(const struct transfer *t, struct points *at)
{
	const struct native *n = &t->native;

	*at = (struct points){
		.resolved_ns = t->started_ns, /* there was nothing to do */
		.connected_ns = n->connected_ns,
		.ready_ns = n->connected_ns,
		.sent_ns = n->sent_ns,
		.first_ns = n->first_ns,
	};
}

static const char *remote_of(const struct transfer *t)
{
	const struct request *rq = &t->ex->request;
	struct arena *a = t->ex->arena;
	struct target tg;

	if (rq->unix_socket)
		return arena_strdup(a, rq->unix_socket);
	if (!t->native.is_connected || !target_find(&tg, rq))
		return "";
	return arena_printf(a, "%.*s:%u", (int)tg.host_len, tg.host, tg.port);
}

static void native_facts(struct transfer *t)
{
	const struct native *n = &t->native;
	struct answer *an = &t->ex->answer;

	an->protocol = n->answer.version == 10 ? "HTTP/1.0" : "HTTP/1.1";
	an->remote = remote_of(t);
	if (n->sent > n->head_len)
		an->sent_bytes = n->sent - n->head_len;
}

const struct transport transport_native = {
	.name = "native",
	.start = native_start,
	.stop = native_stop,
	.points = native_points,
	.facts = native_facts,
};
