/* SPDX-License-Identifier: MIT */
/* folder: probe */
/* The same exchange by both transports: equal in all but the time. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include "tests/unit/engine_ask.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const char *const names[] = { "native", "libcurl" };
static const enum transport_choice choices[] = { TRANSPORT_NATIVE,
						 TRANSPORT_LIBCURL };

static void run_by(struct ask *ask, size_t which)
{
	ask->ex.owner = ask; /* it may have been copied */
	engine_set_transport(en, choices[which]);
	ask_run(ask);
	engine_set_transport(en, TRANSPORT_AUTO);
	assert_string_equal(ask->ex.answer.transport, names[which]);
	assert_int_equal(ask->ex.answer.phases.ns[PHASE_TLS], 0);
}

static void assert_same(const struct answer *a, const struct answer *b)
{
	assert_string_equal(outcome_name(a->outcome), outcome_name(b->outcome));
	assert_int_equal(!*a->detail, !*b->detail);
	assert_int_equal(a->status, b->status);
	assert_string_equal(a->protocol, b->protocol);
	assert_string_equal(a->remote, b->remote);
	assert_int_equal(a->reused, b->reused);
	assert_int_equal(a->limit_ns, b->limit_ns);
	assert_int_equal(a->sent_bytes, b->sent_bytes);
	assert_int_equal(a->n_headers, b->n_headers);
	for (size_t i = 0; i < a->n_headers; i++) {
		assert_string_equal(a->headers[i].name, b->headers[i].name);
		assert_string_equal(a->headers[i].value, b->headers[i].value);
	}
	assert_int_equal(a->body.len, b->body.len);
	assert_string_equal(buf_text(&a->body), buf_text(&b->body));
}

/* Runs it by both and leaves what the native one brought. */
static void run_both(struct ask *ask)
{
	struct ask other = *ask;

	run_by(ask, 0);
	run_by(&other, 1);
	print_message("# %s: %s (%s | %s)\n", ask->url,
		      outcome_name(ask->ex.answer.outcome),
		      ask->ex.answer.detail, other.ex.answer.detail);
	assert_same(&ask->ex.answer, &other.ex.answer);
	exchange_release(&other.ex);
}

static const struct {
	const char *path;
	uint64_t body_max, header_max;
	struct time_limits limits;
} rows[] = {
	{ "/ok", 0, 0, { 0 } },
	{ "/ok", 5, 0, { 0 } },
	{ "/ok", 4, 0, { 0 } },
	{ "/ok", 0, 20, { 0 } },
	{ "/cookie", 0, 0, { 0 } },
	{ "/interim", 0, 0, { 0 } },
	{ "/folded", 0, 0, { 0 } },
	{ "/bad-fields", 0, 0, { 0 } },
	{ "/nothing-here", 0, 0, { 0 } },
	{ "/reset", 0, 0, { 0 } },
	{ "/close", 0, 0, { 0 } },
	{ "/short", 0, 0, { 0 } },
	{ "/bad-chunk", 0, 0, { 0 } },
	{ "/garbage", 0, 0, { 0 } },
	{ "/bad-gzip", 0, 0, { 0 } },
	{ "/endless-body", 100000, 0, { 0 } },
	{ "/endless-headers", 0, 0, { 0 } },
	{ "/endless-interim", 0, 0, { 0 } },
	{ "/long-header", 0, 0, { 0 } },
	{ "/silent", 0, 0, { .total_ns = 60 * MS } },
	{ "/silent", 0, 0, { .first_byte_ns = 60 * MS } },
	{ "/stall", 0, 0, { .idle_ns = 60 * MS } },
	{ "/stall", 0, 0, { .total_ns = 60 * MS } },
	{ "/drip", 0, 0, { .idle_ns = 60 * MS } },
};

static void test_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ask ask;
		ask_init(&ask, rows[i].path);
		ask.ex.request.body_max_bytes = rows[i].body_max;
		ask.ex.request.header_max_bytes = rows[i].header_max;
		ask.ex.request.wants_compressed = true;
		if (memcmp(&rows[i].limits, &(struct time_limits){ 0 },
			   sizeof(rows[i].limits)) != 0)
			ask.ex.request.limits = rows[i].limits;
		run_both(&ask);
		exchange_release(&ask.ex);
	}
}

static const struct {
	const char *path, *method, *body;
	struct field fields[6];
	enum auth_kind auth;
	const char *user, *password;
} requests[] = {
	{ "/echo", NULL, NULL, { { 0 } }, AUTH_NONE, NULL, NULL },
	{ "/echo?a=/../b&c=[1]",
	  "DELETE",
	  NULL,
	  { { 0 } },
	  AUTH_NONE,
	  NULL,
	  NULL },
	{ "/echo", "POST", NULL, { { 0 } }, AUTH_NONE, NULL, NULL },
	{ "/echo", "PUT", "", { { 0 } }, AUTH_NONE, NULL, NULL },
	{ "/echo", "GET", "body", { { 0 } }, AUTH_NONE, NULL, NULL },
	{ "/echo",
	  "PATCH",
	  "body",
	  { { "Content-Type", "a/b" }, { "X-A", "" }, { "x-a", " \t" } },
	  AUTH_BASIC,
	  "u",
	  "p" },
	{ "/echo",
	  "PURGE",
	  NULL,
	  { { "accept", "" },
	    { "HOST", "a.name" },
	    { "user-Agent", "me" },
	    { "Cookie", "a=b" },
	    { "Host", "b.name" } },
	  AUTH_BEARER,
	  NULL,
	  "token" },
	{ "/echo",
	  "OPTIONS",
	  NULL,
	  { { "Authorization", "mine" }, { "Host", "" } },
	  AUTH_BASIC,
	  "u",
	  NULL },
	{ "/echo", "GET", NULL, { { 0 } }, AUTH_BASIC, NULL, NULL },
};

/* To the byte. */
static void test_requests(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(requests); i++) {
		struct ask ask;
		ask_init(&ask, requests[i].path);
		struct request *rq = &ask.ex.request;
		rq->method = requests[i].method;
		rq->body = requests[i].body;
		rq->body_len = rq->body ? strlen(rq->body) : 0;
		rq->headers = requests[i].fields;
		while (requests[i].fields[rq->n_headers].name)
			rq->n_headers++;
		rq->auth = requests[i].auth;
		rq->user = requests[i].user;
		rq->password = requests[i].password;
		run_both(&ask);
		assert_outcome(&ask, "ok");
		exchange_release(&ask.ex);
	}
}

static void test_no_connection(void **state)
{
	struct ask ask;

	(void)state;
	ask_port(&ask, closed_port(), "/");
	run_both(&ask);
	assert_outcome(&ask, "refused");
	exchange_release(&ask.ex);
	ask_init(&ask, "/");
	ask.ex.request.unix_socket = "/nowhere/at/all";
	run_both(&ask);
	assert_outcome(&ask, "connect-fail");
	exchange_release(&ask.ex);
}

/* ---- a request that does not go out at once --------------------------- */

enum { LARGE_FIELD = 58000, LARGE_FIELDS = 2, LARGE_PATH = 60000 };

struct slow {
	int fd;
	size_t seen;
	char last[8];
};

/* Begins to read when the socket is long full. */
static void *slow_main(void *self)
{
	struct slow *s = self;
	static char bytes[64 << 10];
	int fd = accept(s->fd, NULL, NULL);
	ssize_t n;

	usleep(50000);
	while (strcmp(s->last, "the end") != 0 &&
	       (n = recv(fd, bytes, sizeof(bytes), 0)) > 0) {
		s->seen += (size_t)n;
		if (n >= 7)
			memcpy(s->last, bytes + n - 7, 7);
	}
	send(fd, "HTTP/1.1 200 OK\r\n\r\n", 19, MSG_NOSIGNAL);
	close(fd);
	return NULL;
}

/* Packets and windows so small that little is on its way at a time. */
static unsigned listen_small(struct slow *s)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	int segment = 536, window = 4096;

	s->fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(s->fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof(segment));
	setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof(window));
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(s->fd, 1), 0);
	getsockname(s->fd, (struct sockaddr *)&at, &len);
	return ntohs(at.sin_port);
}

static char *letters(size_t n)
{
	char *text = malloc(n + 1);

	assert_non_null(text);
	memset(text, 'a', n);
	text[n] = '\0';
	return text;
}

static void fill_large(struct ask *ask, struct field *fields, char *url,
		       char *body)
{
	struct request *rq = &ask->ex.request;

	memcpy(url, ask->url, strlen(ask->url));
	memcpy(body + 32000 - 7, "the end", 7);
	rq->url = url;
	rq->method = "POST";
	rq->headers = fields;
	rq->n_headers = LARGE_FIELDS;
	rq->body = body;
	rq->body_len = 32000;
}

static void test_slow_reader(void **state)
{
	char *value = letters(LARGE_FIELD), *url = letters(LARGE_PATH);
	char *body = letters(32000);
	struct field fields[LARGE_FIELDS] = { { "A", value }, { "B", value } };
	struct slow slow = { .fd = -1 };
	pthread_t thread;
	struct ask ask;

	(void)state;
	unsigned port = listen_small(&slow);
	pthread_create(&thread, NULL, slow_main, &slow);
	ask_port(&ask, port, "/");
	fill_large(&ask, fields, url, body);
	run_by(&ask, 0);
	pthread_join(thread, NULL);
	assert_outcome(&ask, "ok");
	assert_int_equal(ask.ex.answer.sent_bytes, 32000);
	assert_true(slow.seen > LARGE_PATH + 2 * LARGE_FIELD + 32000);
	assert_true(slow.seen < LARGE_PATH + 2 * LARGE_FIELD + 32500);
	exchange_release(&ask.ex);
	close(slow.fd);
	free(value);
	free(url);
	free(body);
}

/* Without a file descriptor to be had. */
static void test_no_socket(void **state)
{
	struct rlimit was, none_left;
	struct ask ask;

	(void)state;
	ask_init(&ask, "/ok");
	run_both(&ask); /* all that is opened once is open */
	exchange_release(&ask.ex);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	int next = open("/dev/null", O_RDONLY);
	close(next);
	none_left = was;
	none_left.rlim_cur = (rlim_t)next;
	ask_port(&ask, closed_port(), "/");
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none_left), 0);
	run_by(&ask, 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	assert_outcome(&ask, "local-fail");
	exchange_release(&ask.ex);
}

static void test_choice(void **state)
{
	struct ask ask;

	(void)state;
	ask_init(&ask, "/ok");
	ask_run(&ask);
	assert_string_equal(ask.ex.answer.transport, "native");
	ask.ex.request.version = HTTP_1_0;
	ask_run(&ask);
	assert_outcome(&ask, "ok");
	assert_string_equal(ask.ex.answer.transport, "libcurl");
	engine_set_transport(en, TRANSPORT_NATIVE);
	ask_run(&ask);
	engine_set_transport(en, TRANSPORT_AUTO);
	assert_outcome(&ask, "local-fail");
	exchange_release(&ask.ex);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_no_connection),
		cmocka_unit_test(test_slow_reader),
		cmocka_unit_test(test_no_socket),
		cmocka_unit_test(test_choice),
	};

	return cmocka_run_group_tests(tests, engine_set_up, engine_tear_down);
}
