/* SPDX-License-Identifier: MIT */
#include "tests/unit/load_script.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { REQUEST_MAX = 8 << 20 };

struct script {
	const struct turn *turn;
	int listener, fd;
	unsigned port;
	pthread_t thread;
	char *text; /* of the request being read */
	size_t len;
	_Atomic size_t n_connections, n_received;
};

static int listen_tcp(struct script *s)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&at, len) || listen(fd, 16) ||
	    getsockname(fd, (struct sockaddr *)&at, &len))
		abort();
	s->port = ntohs(at.sin_port);
	return fd;
}

static int listen_unix(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 16))
		abort();
	return fd;
}

static bool is_whole(const struct script *s, bool only_head)
{
	const char *end = strstr(s->text, "\r\n\r\n");
	const char *field = strcasestr(s->text, "\r\ncontent-length:");
	size_t body = field && !only_head ? strtoul(field + 17, NULL, 10) : 0;

	return end && s->len >= (size_t)(end - s->text) + 4 + body;
}

static bool read_request(struct script *s, bool only_head)
{
	while (!is_whole(s, only_head)) {
		ssize_t n = recv(s->fd, s->text + s->len,
				 REQUEST_MAX - 1 - s->len, 0);
		if (n <= 0)
			return false;
		s->len += (size_t)n;
		s->text[s->len] = '\0';
		s->n_received += (size_t)n;
	}
	return true;
}

static void say(struct script *s, const struct turn *t)
{
	size_t len = t->say ? strlen(t->say) : 0;
	size_t step = t->is_cut ? 1 : len;

	for (size_t at = 0; at < len; at += step) {
		if (send(s->fd, t->say + at, step, MSG_NOSIGNAL) < 0)
			return;
		if (t->is_cut)
			usleep(200);
	}
}

/* False: the connection is over. */
static bool finish(struct script *s, enum script_then then)
{
	static const struct linger now = { .l_onoff = 1 };
	char rest[4096];

	switch (then) {
	case THEN_KEEP:
		s->len = 0;
		s->text[0] = '\0';
		return true;
	case THEN_MORE:
		return true;
	case THEN_RESET:
		setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		return false;
	case THEN_WAIT_CLOSE:
		while (recv(s->fd, rest, sizeof(rest), 0) > 0)
			;
		return false;
	default:
		return false;
	}
}

static bool is_last(const struct turn *t)
{
	return !t->say && !t->then;
}

static bool accept_one(struct script *s)
{
	static const int on = 1;

	s->fd = accept(s->listener, NULL, NULL);
	if (s->fd < 0)
		return false;
	setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	s->n_connections++;
	s->len = 0;
	s->text[0] = '\0';
	return true;
}

/* A connection that ends without having asked takes no turn. */
static void *serve(void *self)
{
	struct script *s = self;

	while (!is_last(s->turn) && accept_one(s)) {
		bool is_open = true;
		while (is_open && !is_last(s->turn)) {
			const struct turn *t = s->turn;
			if (!t->asks_none && !read_request(s, t->asks_head))
				break;
			s->turn++;
			say(s, t);
			is_open = finish(s, t->then);
		}
		close(s->fd);
	}
	return NULL;
}

struct script *script_start(const struct turn *turns, const char *path)
{
	struct script *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	s->turn = turns;
	s->text = calloc(1, REQUEST_MAX);
	s->listener = path ? listen_unix(path) : listen_tcp(s);
	if (!s->text || pthread_create(&s->thread, NULL, serve, s))
		abort();
	return s;
}

void script_stop(struct script *s)
{
	shutdown(s->listener, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->listener);
	free(s->text);
	free(s);
}

unsigned script_port(const struct script *s)
{
	return s->port;
}

size_t script_connections(const struct script *s)
{
	return s->n_connections;
}

size_t script_received(const struct script *s)
{
	return s->n_received;
}
