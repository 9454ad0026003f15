/* SPDX-License-Identifier: MIT */
#include "loadgen/transport/conn.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "probe/engine/engine.h"
#include "probe/engine/handshake.h"

bool net_init(struct net *n, struct hub *hub, const char *alpn, struct errs *es)
{
	const struct route *rt = hub->config.route;

	*n = (struct net){ .hub = hub, .loop = hub->config.loop };
	dialer_init(&n->dialer, rt);
	if (rt->is_tls)
		n->tls = tls_new(rt, alpn, es);
	return n->tls || !rt->is_tls;
}

void net_release(struct net *n)
{
	tls_free(n->tls);
	n->tls = NULL;
}

/* ---- what went wrong ------------------------------------------------ */

static enum conn_step fail(struct conn *c, enum fault_kind kind, int error)
{
	c->net->fault = (struct fault){ .kind = kind, .error = error };
	c->step = CONN_FAILED;
	return CONN_FAILED;
}

void hub_count_flaw(struct hub *hub, int error)
{
	hub->out_of_files += error == EMFILE || error == ENFILE;
	hub->out_of_ports += error == EADDRNOTAVAIL || error == EADDRINUSE;
	hub->out_of_memory += error == ENOMEM || error == ENOBUFS;
}

static enum conn_step not_connected(struct conn *c)
{
	hub_count_flaw(c->net->hub, c->dial.error);
	return fail(c, FAULT_CONNECT, c->dial.error);
}

/* In libcurl's words, which the blame knows. */
static void say_tls(struct fault *f, const char *call, int ret_code, int error)
{
	unsigned long queued = ERR_get_error();
	char text[FAULT_WORDS_MAX - 40] = "";

	if (queued)
		ERR_error_string_n(queued, text, sizeof(text));
	else if (ret_code == SSL_ERROR_SYSCALL && error)
		snprintf(text, sizeof(text), "%s", strerror(error));
	else
		snprintf(text, sizeof(text), "%s", "the connection was closed");
	snprintf(f->words, sizeof(f->words), "OpenSSL %s: %s", call, text);
	f->error = error;
	ERR_clear_error();
}

static ssize_t broken(struct conn *c, enum fault_kind kind, int error)
{
	fail(c, kind, error);
	return CONN_BROKEN;
}

static ssize_t broken_tls(struct conn *c, enum fault_kind kind,
			  const char *call, int ret_code, int error)
{
	fail(c, kind, error);
	say_tls(&c->net->fault, call, ret_code, error);
	return CONN_BROKEN;
}

/* ---- watching ------------------------------------------------------- */

static void watch(struct conn *c, int events)
{
	ev_io *io = &c->io;

	if (ev_is_active(io) && (io->events & (EV_READ | EV_WRITE)) == events)
		return;
	ev_io_stop(c->net->loop, io);
	ev_io_set(io, c->dial.fd, events);
	ev_io_start(c->net->loop, io);
}

/* ---- from nothing to ready ------------------------------------------ */

void conn_init(struct conn *c, struct net *n,
	       void (*on_event)(struct ev_loop *loop, ev_io *io, int got))
{
	*c = (struct conn){ .net = n, .dial = { .fd = -1 } };
	ev_init(&c->io, on_event);
}

static enum conn_step be_ready(struct conn *c)
{
	struct hub *hub = c->net->hub;

	hub->n_made++;
	c->step = CONN_READY;
	watch(c, EV_READ);
	return CONN_READY;
}

static enum conn_step shake(struct conn *c)
{
	ERR_clear_error();
	errno = 0;
	int ret = SSL_do_handshake(c->ssl);
	int error = errno;
	int code = ret == 1 ? SSL_ERROR_NONE : SSL_get_error(c->ssl, ret);

	if (code == SSL_ERROR_WANT_READ || code == SSL_ERROR_WANT_WRITE) {
		watch(c, code == SSL_ERROR_WANT_READ ? EV_READ : EV_WRITE);
		return c->step;
	}
	if (code) {
		broken_tls(c, FAULT_TLS, "SSL_connect", code, error);
		return CONN_FAILED;
	}
	ERR_clear_error(); /* of judging */
	c->tls_ns = engine_now_ns() - c->began_ns - c->connect_ns;
	if (!tls_accept(c->net->tls, c->ssl))
		return fail(c, FAULT_UNVERIFIED, 0);
	return be_ready(c);
}

static enum conn_step be_connected(struct conn *c)
{
	c->connect_ns = engine_now_ns() - c->began_ns;
	if (!c->net->tls)
		return be_ready(c);
	c->step = CONN_SECURING;
	c->ssl = tls_open(c->net->tls, c->dial.fd);
	return c->ssl ? shake(c) : fail(c, FAULT_MEMORY, 0);
}

/* A socket is open: is there anything to wait for? */
static enum conn_step dialled(struct conn *c)
{
	if (c->dial.is_up)
		return be_connected(c);
	watch(c, EV_WRITE);
	return c->step;
}

enum conn_step conn_start(struct conn *c, uint64_t now_ns)
{
	struct hub *hub = c->net->hub;

	c->began_ns = now_ns;
	c->connect_ns = c->tls_ns = 0;
	c->step = CONN_CONNECTING;
	if (!dial_start(&c->net->dialer, &c->dial))
		return not_connected(c);
	if (++hub->n_open > hub->n_open_max)
		hub->n_open_max = hub->n_open;
	return dialled(c);
}

static enum conn_step go_on_connecting(struct conn *c)
{
	int error = dial_result(&c->dial);

	if (!error)
		return be_connected(c);
	ev_io_stop(c->net->loop, &c->io);
	if (dial_retry(&c->net->dialer, &c->dial, error))
		return dialled(c);
	c->net->hub->n_open--;
	return not_connected(c);
}

enum conn_step conn_go_on(struct conn *c, int got)
{
	switch (c->step) {
	case CONN_CONNECTING:
		return got & EV_WRITE ? go_on_connecting(c) : c->step;
	case CONN_SECURING:
		return shake(c);
	default:
		return c->step;
	}
}

void conn_close(struct conn *c)
{
	if (c->step == CONN_NONE)
		return;
	ev_io_stop(c->net->loop, &c->io);
	if (c->ssl) {
		if (c->step == CONN_READY)
			SSL_shutdown(c->ssl);
		SSL_free(c->ssl);
		ERR_clear_error();
	}
	if (c->dial.fd >= 0) {
		close(c->dial.fd);
		c->net->hub->n_open--;
	}
	c->ssl = NULL;
	c->dial.fd = -1;
	c->step = CONN_NONE;
}

/* ---- reading and writing -------------------------------------------- */

static bool is_later(int error)
{
	return error == EAGAIN || error == EINTR;
}

static ssize_t recv_tls(struct conn *c, void *bytes, size_t room)
{
	size_t got = 0;

	errno = 0;
	if (SSL_read_ex(c->ssl, bytes, room, &got))
		return (ssize_t)got;
	int error = errno;
	int code = SSL_get_error(c->ssl, 0);
	switch (code) {
	case SSL_ERROR_WANT_READ:
		return CONN_AGAIN;
	case SSL_ERROR_WANT_WRITE: /* new keys that the socket has no room
				    * for */
		watch(c, EV_READ | EV_WRITE);
		return CONN_AGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	default:
		return broken_tls(c, FAULT_RECEIVE, "SSL_read", code, error);
	}
}

static ssize_t recv_plain(struct conn *c, void *bytes, size_t room, int flags)
{
	ssize_t got = recv(c->dial.fd, bytes, room, flags);

	if (got >= 0)
		return got;
	if (is_later(errno))
		return CONN_AGAIN;
	return broken(c, FAULT_RECEIVE, errno);
}

ssize_t conn_recv(struct conn *c, void *bytes, size_t room)
{
	return c->ssl ? recv_tls(c, bytes, room)
		      : recv_plain(c, bytes, room, 0);
}

/* Linux throws away what it is asked to cut off from a stream: tcp(7). */
ssize_t conn_skip(struct conn *c, void *bytes, size_t room)
{
	bool is_tcp =
		c->net->dialer.route->address[c->dial.at].at.any.sa_family !=
		AF_UNIX;

	return c->ssl ? recv_tls(c, bytes, room)
		      : recv_plain(c, bytes, room, is_tcp ? MSG_TRUNC : 0);
}

/* A server that refuses us says why and closes: its words may lie behind a
 * connection that takes nothing any more.  True when they were heard. */
static bool hear_alert(struct conn *c)
{
	char byte;
	size_t got = 0;

	ERR_clear_error();
	if (SSL_read_ex(c->ssl, &byte, sizeof(byte), &got) ||
	    SSL_get_error(c->ssl, 0) != SSL_ERROR_SSL)
		return false;
	broken_tls(c, FAULT_RECEIVE, "SSL_read", SSL_ERROR_SSL, 0);
	return true;
}

static ssize_t send_tls(struct conn *c, const void *bytes, size_t len)
{
	size_t sent = 0;

	errno = 0;
	if (SSL_write_ex(c->ssl, bytes, len, &sent))
		return (ssize_t)sent;
	int error = errno;
	int code = SSL_get_error(c->ssl, 0);
	if (code == SSL_ERROR_WANT_WRITE) {
		watch(c, EV_READ | EV_WRITE);
		return CONN_AGAIN;
	}
	if (code == SSL_ERROR_WANT_READ)
		return CONN_AGAIN;
	if (code == SSL_ERROR_SYSCALL && hear_alert(c))
		return CONN_BROKEN;
	return broken_tls(c, FAULT_SEND, "SSL_write", code, error);
}

ssize_t conn_send(struct conn *c, const void *bytes, size_t len)
{
	if (c->ssl)
		return send_tls(c, bytes, len);
	ssize_t sent = send(c->dial.fd, bytes, len, MSG_NOSIGNAL);
	if (sent >= 0)
		return sent;
	if (!is_later(errno))
		return broken(c, FAULT_SEND, errno);
	watch(c, EV_READ | EV_WRITE);
	return CONN_AGAIN;
}

void conn_sent_all(struct conn *c)
{
	watch(c, EV_READ);
}

bool conn_has_more(const struct conn *c)
{
	return c->ssl && SSL_has_pending(c->ssl);
}
