/* SPDX-License-Identifier: MIT */
#include "tests/origin/listen.h"

#include "scenarios/base/err.h"
#include "tests/origin/origin.h"
#include "tests/origin/raw.h"
#include "tests/origin/tls.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 4096, ACCEPTS_PER_TURN = 64 };

static const double rest_s = 0.05; /* pause while descriptors are short */

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un un;
};

static unsigned port_of(const union address *a)
{
	return a->any.sa_family == AF_INET    ? ntohs(a->v4.sin_port)
	       : a->any.sa_family == AF_INET6 ? ntohs(a->v6.sin6_port)
					      : 0;
}

static bool is_short(int why)
{
	return why == EMFILE || why == ENFILE || why == ENOBUFS ||
	       why == ENOMEM;
}

static void on_accept(struct ev_loop *loop, ev_io *w, int got)
{
	struct listener *from = w->data;
	const int on = 1;

	(void)got;
	for (unsigned i = 0; i < ACCEPTS_PER_TURN; i++) {
		union address peer = { 0 };
		socklen_t n = sizeof(peer);
		int fd = accept4(w->fd, &peer.any, &n,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0) {
			if (is_short(errno)) {
				ev_io_stop(loop, w);
				ev_timer_again(loop, &from->rest);
			}
			return;
		}
		if (from->port)
			setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on,
				   sizeof(on));
		conn_open(from, fd, port_of(&peer));
	}
}

static void on_rested(struct ev_loop *loop, ev_timer *w, int got)
{
	struct listener *from = w->data;

	(void)got;
	ev_timer_stop(loop, w);
	ev_io_start(loop, &from->io);
	if (from->fd6 >= 0)
		ev_io_start(loop, &from->io6);
}

static struct listener *add(struct origin *o, const char *name, struct errs *es)
{
	if (o->listener_count == ORIGIN_LISTENERS_MAX) {
		errs_add(es, ERR_INPUT, NOWHERE,
			 "at most %d ports can be served",
			 ORIGIN_LISTENERS_MAX);
		return NULL;
	}
	if (strlen(name) >= ORIGIN_NAME_MAX) {
		errs_add(es, ERR_INPUT, NOWHERE,
			 "the name of a port has at most %d bytes, got \"%s\"",
			 ORIGIN_NAME_MAX - 1, name);
		return NULL;
	}
	struct listener *l = &o->listener[o->listener_count++];
	*l = (struct listener){ .origin = o, .fd = -1, .fd6 = -1 };
	memcpy(l->name, name, strlen(name) + 1);
	for (unsigned i = 0; i < ORIGIN_FILL; i++)
		l->fill[i] = -1;
	ev_init(&l->rest, on_rested);
	l->rest.repeat = rest_s;
	l->rest.data = l;
	return l;
}

static int open_at(const union address *at, socklen_t n, int backlog)
{
	const int on = 1;
	int fd = socket(at->any.sa_family,
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (at->any.sa_family != AF_UNIX)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, &at->any, n) == 0 && listen(fd, backlog) == 0)
		return fd;
	int why = errno;
	close(fd);
	errno = why;
	return -1;
}

static bool open_ipv4(struct listener *l, unsigned port, int backlog,
		      struct errs *es)
{
	union address at = { .v4 = { .sin_family = AF_INET } };
	socklen_t n = sizeof(at.v4);

	at.v4.sin_port = htons((uint16_t)port);
	at.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	l->fd = open_at(&at, n, backlog);
	if (l->fd < 0)
		return errs_add(es, ERR_SYSTEM, NOWHERE,
				"cannot listen on port %u: %s", port,
				strerror(errno));
	getsockname(l->fd, &at.any, &n);
	l->port = port_of(&at);
	return true;
}

static void open_ipv6(struct listener *l)
{
	union address at = { .v6 = { .sin6_family = AF_INET6 } };

	at.v6.sin6_port = htons((uint16_t)l->port);
	at.v6.sin6_addr = in6addr_loopback;
	l->fd6 = open_at(&at, sizeof(at.v6), BACKLOG);
}

static void start(struct listener *l)
{
	ev_io_init(&l->io, on_accept, l->fd, EV_READ);
	l->io.data = l;
	ev_io_start(l->origin->loop, &l->io);
	if (l->fd6 < 0)
		return;
	ev_io_init(&l->io6, on_accept, l->fd6, EV_READ);
	l->io6.data = l;
	ev_io_start(l->origin->loop, &l->io6);
}

bool listen_http(struct origin *o, const char *name, unsigned port,
		 const struct tls_setup *tls, bool with_ipv6, struct errs *es)
{
	struct listener *l = add(o, name, es);

	if (!l || !open_ipv4(l, port, BACKLOG, es))
		return false;
	if (with_ipv6)
		open_ipv6(l);
	if (tls && !(l->tls = tls_context_new(tls, es)))
		return false;
	start(l);
	return true;
}

/* Connections of our own that nobody accepts: once the queue is full, the
 * kernel drops every further SYN without a word. */
static bool stop_up(struct listener *l, struct errs *es)
{
	union address at = { .v4 = { .sin_family = AF_INET } };

	at.v4.sin_port = htons((uint16_t)l->port);
	at.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (unsigned i = 0; i < ORIGIN_FILL; i++) {
		l->fill[i] = socket(
			AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (l->fill[i] < 0 ||
		    (connect(l->fill[i], &at.any, sizeof(at.v4)) < 0 &&
		     errno != EINPROGRESS))
			return errs_add(es, ERR_SYSTEM, NOWHERE,
					"cannot fill the queue of a port: %s",
					strerror(errno));
	}
	return true;
}

/* Copies a mode's text with its escapes made plain. */
static void unescape(struct text from, char *to, size_t room)
{
	size_t n = 0;

	for (size_t i = 0; i < from.n && n + 1 < room; i++) {
		char c = from.p[i];
		if (c == '\\' && i + 1 < from.n) {
			c = from.p[++i];
			c = c == 'r' ? '\r' : c == 'n' ? '\n' : c;
		}
		to[n++] = c;
	}
	to[n] = '\0';
}

bool listen_raw(struct origin *o, const char *spec, struct errs *es)
{
	struct text rest = text_of(spec);
	char name[ORIGIN_NAME_MAX] = "";
	struct text word = { rest.p, strcspn(spec, "=:") };
	struct text called = word;

	if (spec[word.n] == '=') {
		text_cut(&rest, '=');
		word = (struct text){ rest.p, strcspn(rest.p, ":") };
	}
	text_cut(&rest, ':');
	const struct raw_mode *mode = raw_find(word);
	if (!mode || called.n >= sizeof(name))
		return errs_add(es, ERR_INPUT, NOWHERE,
				"\"%s\" is no raw mode, see --help", spec);
	memcpy(name, called.p, called.n);
	struct listener *l = add(o, name, es);
	if (!l || !open_ipv4(l, 0, mode->is_full ? 0 : BACKLOG, es))
		return false;
	l->mode = mode;
	unescape(rest, l->arg, sizeof(l->arg));
	if (mode->is_full)
		return stop_up(l, es);
	start(l);
	return true;
}

bool listen_unix(struct origin *o, const char *path, struct errs *es)
{
	union address at = { .un = { .sun_family = AF_UNIX } };
	struct listener *l = add(o, "unix", es);
	struct stat st;

	if (!l)
		return false;
	if (strlen(path) >= sizeof(at.un.sun_path))
		return errs_add(es, ERR_INPUT, NOWHERE,
				"a unix socket's path has at most %zu bytes, "
				"got %zu",
				sizeof(at.un.sun_path) - 1, strlen(path));
	memcpy(at.un.sun_path, path, strlen(path) + 1);
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(path);
	l->fd = open_at(&at, sizeof(at.un), BACKLOG);
	if (l->fd < 0)
		return errs_add(es, ERR_SYSTEM, NOWHERE,
				"cannot listen on \"%s\": %s", path,
				strerror(errno));
	unescape(text_of(path), l->arg, sizeof(l->arg));
	start(l);
	return true;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void listen_end(struct origin *o)
{
	for (unsigned i = 0; i < o->listener_count; i++) {
		struct listener *l = &o->listener[i];

		if (l->io.data)
			ev_io_stop(o->loop, &l->io);
		if (l->io6.data)
			ev_io_stop(o->loop, &l->io6);
		ev_timer_stop(o->loop, &l->rest);
		if (!l->port && l->fd >= 0 && l->arg[0])
			unlink(l->arg);
		close_fd(&l->fd);
		close_fd(&l->fd6);
		for (unsigned k = 0; k < ORIGIN_FILL; k++)
			close_fd(&l->fill[k]);
		tls_context_free(l->tls);
	}
	o->listener_count = 0;
}
