/* SPDX-License-Identifier: MIT */
/*
 * epoll_loop N CONNECTIONS PORT [PATH]: N requests to 127.0.0.1 on kept
 * connections, straight on libev: receive, find where the answer ends by its
 * Content-Length, send the next one.  It records and judges nothing: what is
 * left is what any load generator has to pay.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <ev.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	USAGE = 2,
	BROKEN = 4,
	CONNECTIONS_MAX = 20000,
	REQUEST_ROOM = 512,
	READ_ROOM = 64 << 10,
};

struct loop {
	struct ev_loop *ev;
	char request[REQUEST_ROOM];
	size_t len;
	long n_asked, n_over, n_all;
	bool is_broken;
	char in[READ_ROOM + 1];
};

struct connection {
	ev_io io;
	struct loop *lo;
	size_t left; /* of a body whose head was seen */
};

static void give_up(struct loop *lo)
{
	lo->is_broken = true;
	ev_break(lo->ev, EVBREAK_ALL);
}

static void ask(struct connection *c)
{
	struct loop *lo = c->lo;

	if (lo->n_asked == lo->n_all)
		return;
	lo->n_asked++;
	if (send(c->io.fd, lo->request, lo->len, MSG_NOSIGNAL) !=
	    (ssize_t)lo->len)
		give_up(lo);
}

/* Bytes of the head, and of the body that follows; a head that comes in
 * pieces is more than this program understands. */
static bool read_head(const char *in, size_t *head, size_t *body)
{
	const char *end = strstr(in, "\r\n\r\n");
	const char *length = strcasestr(in, "\r\nContent-Length:");

	if (!end || !length || length > end || strncmp(in, "HTTP/1.1 200", 12))
		return false;
	*head = (size_t)(end - in) + 4;
	*body = strtoul(length + strlen("\r\nContent-Length:"), NULL, 10);
	return true;
}

static void on_readable(struct ev_loop *ev, ev_io *io, int got)
{
	struct connection *c = io->data;
	struct loop *lo = c->lo;
	size_t head, body;

	(void)ev;
	(void)got;
	ssize_t n = recv(io->fd, lo->in, READ_ROOM, 0);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		give_up(lo);
		return;
	}
	lo->in[n] = '\0';
	if (!c->left) {
		if (!read_head(lo->in, &head, &body)) {
			give_up(lo);
			return;
		}
		c->left = head + body;
	}
	c->left -= (size_t)n < c->left ? (size_t)n : c->left;
	if (c->left)
		return;
	if (++lo->n_over == lo->n_all)
		ev_break(lo->ev, EVBREAK_ALL);
	else
		ask(c);
}

static bool join(struct connection *c, struct loop *lo, unsigned port)
{
	static const int on = 1;
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&at, sizeof(at)))
		return false;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	c->lo = lo;
	ev_io_init(&c->io, on_readable, fd, EV_READ);
	c->io.data = c;
	ev_io_start(lo->ev, &c->io);
	ask(c);
	return true;
}

static bool run(struct loop *lo, long n, unsigned port)
{
	struct connection *c = calloc((size_t)n, sizeof(*c));

	lo->ev = ev_loop_new(EVFLAG_AUTO);
	if (!c || !lo->ev)
		return false;
	for (long i = 0; i < n; i++)
		if (!join(&c[i], lo, port))
			return false;
	ev_run(lo->ev, 0);
	for (long i = 0; i < n; i++)
		close(c[i].io.fd);
	ev_loop_destroy(lo->ev);
	free(c);
	return !lo->is_broken;
}

int main(int argc, char **argv)
{
	static struct loop lo;
	long n = argc >= 4 ? strtol(argv[2], NULL, 10) : 0;
	unsigned port = argc >= 4 ? (unsigned)strtoul(argv[3], NULL, 10) : 0;
	const char *path = argc == 5 ? argv[4] : "/";

	if (n < 1 || n > CONNECTIONS_MAX || !port || port > UINT16_MAX ||
	    argc > 5) {
		fprintf(stderr, "usage: %s N CONNECTIONS PORT [PATH]\n",
			argv[0]);
		return USAGE;
	}
	lo.n_all = strtol(argv[1], NULL, 10);
	int len = snprintf(lo.request, sizeof(lo.request),
			   "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n",
			   path, port);
	if (len < 0 || (size_t)len >= sizeof(lo.request))
		return USAGE;
	lo.len = (size_t)len;
	if (!run(&lo, n, port))
		return BROKEN;
	printf("%ld of %ld good\n", lo.n_over, lo.n_all);
	return 0;
}
