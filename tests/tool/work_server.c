/* SPDX-License-Identifier: MIT */
/*
 * A server whose answers take a known amount of work, to compare with itself.
 *
 *     PORT=4711 work_server --steps 20000 --bytes 1048576
 *
 * listens on 127.0.0.1 and answers every request after so many steps of a walk
 * through so many bytes, each of which hangs on the one before.  One thread.
 *
 *     --stall-ms N     the first request waits so long
 *     --die-after N    exits with code 7 at request N
 *     --fail-every N   answers every N-th request with 500
 *     --wait-ms N      listens only after so long
 *     --keep           ignores SIGTERM
 *     --name TEXT      is not looked at: for who looks at processes
 *
 * What begins with /missing is not there (404).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS = 1024, REQUEST_MAX = 8192, EVENTS = 64 };

static struct {
	unsigned long steps, bytes, stall_ms, die_after, fail_every, wait_ms;
	bool keeps;
} set = { .steps = 1000, .bytes = 16384 };

static struct {
	const char *name;
	unsigned long *to;
} const options[] = {
	{ "--steps", &set.steps },	     { "--bytes", &set.bytes },
	{ "--stall-ms", &set.stall_ms },     { "--die-after", &set.die_after },
	{ "--fail-every", &set.fail_every }, { "--wait-ms", &set.wait_ms },
};

/* ---- work ----------------------------------------------------------- */

static uint32_t *next_of;
static uint32_t at;

static uint64_t draw(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

/* One cycle through all of it, in a random order that is always the same. */
static void make_walk(void)
{
	size_t n = set.bytes / sizeof(*next_of);
	uint64_t s = 88172645463325252u;

	n = n < 2 ? 2 : n;
	next_of = malloc(n * sizeof(*next_of));
	if (!next_of)
		exit(1);
	for (size_t i = 0; i < n; i++)
		next_of[i] = (uint32_t)i;
	for (size_t i = n - 1; i > 0; i--) {
		size_t k = draw(&s) % i;
		uint32_t was = next_of[i];
		next_of[i] = next_of[k];
		next_of[k] = was;
	}
}

static void work(void)
{
	for (unsigned long i = 0; i < set.steps; i++)
		at = next_of[at];
}

/* ---- connections ---------------------------------------------------- */

static struct {
	char text[REQUEST_MAX];
	size_t len;
} connection[CONNECTIONS];

static unsigned long n_requests;

static bool answer(int fd, const char *request)
{
	static const char ok[] =
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n";
	static const char bad[] = "HTTP/1.1 500 Internal Server Error\r\n"
				  "Content-Length: 4\r\n\r\nbad\n";
	static const char none[] = "HTTP/1.1 404 Not Found\r\n"
				   "Content-Length: 5\r\n\r\nnone\n";
	bool fails = set.fail_every && ++n_requests % set.fail_every == 0;

	bool is_missing = !strncmp(request, "GET /missing", 12);

	if (set.die_after && !set.fail_every)
		n_requests++;
	if (set.die_after && n_requests >= set.die_after) {
		fprintf(stderr, "work_server: that was request %lu\n",
			n_requests);
		exit(7);
	}
	if (set.stall_ms)
		usleep((useconds_t)set.stall_ms * 1000);
	set.stall_ms = 0;
	work();
	const char *text = is_missing ? none : fails ? bad : ok;
	size_t len = strlen(text);
	return write(fd, text, len) == (ssize_t)len;
}

/* False: it is over.  Requests have no bodies. */
static bool serve(int fd)
{
	char *text = connection[fd].text;
	size_t *len = &connection[fd].len;
	ssize_t n = read(fd, text + *len, REQUEST_MAX - 1 - *len);
	char *end;

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	*len += (size_t)n;
	text[*len] = '\0';
	while ((end = strstr(text, "\r\n\r\n")) != NULL) {
		if (!answer(fd, text))
			return false;
		size_t used = (size_t)(end + 4 - text);
		memmove(text, text + used, *len - used + 1);
		*len -= used;
	}
	return *len < REQUEST_MAX - 1;
}

static int listen_at(unsigned port)
{
	const struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd < 0 || bind(fd, (const void *)&to, sizeof(to)) ||
	    listen(fd, CONNECTIONS)) {
		perror("work_server: port");
		exit(1);
	}
	return fd;
}

static void take(int loop, int listener)
{
	int on = 1, fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = fd };

	if (fd < 0)
		return;
	if (fd >= CONNECTIONS || epoll_ctl(loop, EPOLL_CTL_ADD, fd, &ev)) {
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	connection[fd].len = 0;
}

static void read_options(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		bool known = !strcmp(argv[i], "--keep");

		set.keeps |= known;
		if (!strcmp(argv[i], "--name")) {
			i++;
			continue;
		}
		for (size_t k = 0; k < sizeof(options) / sizeof(*options); k++)
			if (!strcmp(argv[i], options[k].name) && i + 1 < argc) {
				*options[k].to = strtoul(argv[++i], NULL, 10);
				known = true;
				break;
			}
		if (!known) {
			fprintf(stderr, "work_server: what is %s\n", argv[i]);
			exit(2);
		}
	}
}

int main(int argc, char **argv)
{
	const char *port = getenv("PORT");
	struct epoll_event ev[EVENTS];

	read_options(argc, argv);
	signal(SIGPIPE, SIG_IGN);
	if (set.keeps)
		signal(SIGTERM, SIG_IGN);
	make_walk();
	usleep((useconds_t)set.wait_ms * 1000);
	int listener = listen_at(port ? (unsigned)strtoul(port, NULL, 10) : 0);
	int loop = epoll_create1(EPOLL_CLOEXEC);
	ev[0] = (struct epoll_event){ .events = EPOLLIN, .data.fd = listener };
	epoll_ctl(loop, EPOLL_CTL_ADD, listener, &ev[0]);
	for (;;) {
		int n = epoll_wait(loop, ev, EVENTS, -1);
		for (int i = 0; i < n; i++)
			if (ev[i].data.fd == listener)
				take(loop, listener);
			else if (!serve(ev[i].data.fd))
				close(ev[i].data.fd);
	}
}
