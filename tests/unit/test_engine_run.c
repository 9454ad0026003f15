/* SPDX-License-Identifier: MIT */
/* folder: probe */
#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "tests/unit/engine_ask.h"

#include "scenarios/base/err.h"

enum { MANY = 200 };

/* ---- sessions --------------------------------------------------------- */

struct cookie_seen {
	unsigned n;
	char text[100];
};

static void on_cookie(void *self, const char *name, const char *value,
		      const char *domain)
{
	struct cookie_seen *seen = self;

	seen->n++;
	snprintf(seen->text, sizeof(seen->text), "%s=%s at %s", name, value,
		 domain);
}

static void test_session(void **state)
{
	struct session *se = session_new(en);
	struct session *other = session_new(en);
	struct cookie_seen seen = { .n = 0 };
	struct ask ask;

	(void)state;
	ask_init(&ask, "/cookie");
	ask.ex.session = se;
	ask_run(&ask);
	assert_false(ask.ex.answer.reused);
	exchange_release(&ask.ex);
	session_cookies(se, on_cookie, &seen);
	session_cookies(other, on_cookie, &seen);
	assert_int_equal(seen.n, 1);
	assert_string_equal(seen.text, "color=blue at 127.0.0.1");

	ask_init(&ask, "/echo");
	ask.ex.session = se;
	ask_run(&ask);
	assert_true(ask.ex.answer.reused);
	assert_int_equal(ask.ex.answer.phases.ns[PHASE_CONNECT], 0);
	assert_contains(body_of(&ask), "\r\nCookie: color=blue\r\n");
	ask.ex.session = other;
	ask_run(&ask);
	assert_false(ask.ex.answer.reused);
	assert_null(strstr(body_of(&ask), "Cookie"));
	/* other settings: a new connection, but the same cookies */
	ask.ex.session = se;
	ask.ex.request.version = HTTP_1_1;
	ask_run(&ask);
	assert_false(ask.ex.answer.reused);
	assert_contains(body_of(&ask), "\r\nCookie: color=blue\r\n");
	ask.ex.request.wants_fresh = true;
	ask_run(&ask);
	assert_false(ask.ex.answer.reused);
	exchange_release(&ask.ex);
	session_free(se);
	session_free(other);
}

static size_t open_files(void)
{
	DIR *folder = opendir("/proc/self/fd");
	size_t n = 0;

	while (readdir(folder))
		n++;
	closedir(folder);
	return n;
}

static size_t files_of_sessions(unsigned n)
{
	size_t most = 0;

	for (unsigned i = 0; i < n; i++) {
		struct session *se = session_new(en);
		struct ask ask;
		ask_init(&ask, "/ok");
		ask.ex.session = se;
		ask_run(&ask);
		assert_outcome(&ask, "ok");
		exchange_release(&ask.ex);
		session_free(se);
		most = open_files() > most ? open_files() : most;
	}
	return most;
}

/* The server's own ends of the connections are in this process too. */
static void test_sessions_close(void **state)
{
	(void)state;
	files_of_sessions(5);
	size_t few = files_of_sessions(5);
	size_t many = files_of_sessions(100);
	assert_true(many <= few + 10);
}

static void test_freed_under_way(void **state)
{
	struct session *se = session_new(en);
	struct ask ask;

	(void)state;
	ask_init(&ask, "/ok");
	ask.ex.session = se;
	engine_start(en, &ask.ex);
	session_free(se);
	engine_run(en);
	assert_outcome(&ask, "ok");
	exchange_release(&ask.ex);
}

/* ---- time limits ------------------------------------------------------ */

static const struct {
	const char *path;
	struct time_limits limits;
	const char *detail;
	enum phase longest;
} slow[] = {
	{ "/silent", { .total_ns = 60 * MS }, "first byte took", PHASE_WAIT },
	{ "/silent",
	  { .total_ns = 9000ull * MS, .first_byte_ns = 60 * MS },
	  "of 60 ms",
	  PHASE_WAIT },
	{ "/stall",
	  { .total_ns = 9000ull * MS, .idle_ns = 60 * MS },
	  "the next byte took",
	  PHASE_RECEIVE },
	{ "/stall", { .total_ns = 60 * MS }, "the answer took", PHASE_RECEIVE },
	{ "/drip", { .total_ns = 60 * MS }, "of 60 ms", PHASE_RECEIVE },
};

static void test_limits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(slow) / sizeof(slow[0]); i++) {
		struct ask ask;
		ask_init(&ask, slow[i].path);
		ask.ex.request.limits = slow[i].limits;
		ask_run(&ask);
		const struct answer *an = &ask.ex.answer;
		print_message("# %s: %s\n", slow[i].path, an->detail);
		assert_outcome(&ask, "timeout");
		assert_contains(an->detail, slow[i].detail);
		assert_int_equal(phases_longest(&an->phases), slow[i].longest);
		assert_true(phases_total(&an->phases) >= 60 * MS);
		exchange_release(&ask.ex);
	}
}

/* A port whose queue is full swallows what wants to connect. */
static int full_port(unsigned *port, int fill[8])
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	getsockname(fd, (struct sockaddr *)&at, &len);
	assert_int_equal(listen(fd, 0), 0);
	for (int i = 0; i < 8; i++) {
		fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(fill[i], (struct sockaddr *)&at, len);
	}
	*port = ntohs(at.sin_port);
	return fd;
}

static void test_connect_limit(void **state)
{
	unsigned port;
	int fill[8], fd = full_port(&port, fill);
	struct ask ask;

	(void)state;
	for (int i = 0; i < 2; i++) {
		ask_port(&ask, port, "/");
		if (i)
			ask.ex.request.limits.connect_ns = 80 * MS;
		else
			ask.ex.request.limits.total_ns = 80 * MS;
		ask_run(&ask);
		assert_outcome(&ask, "connect-timeout");
		assert_contains(ask.ex.answer.detail, "connect took");
		assert_contains(ask.ex.answer.detail, "of 80 ms");
		assert_true(ask.ex.answer.phases.ns[PHASE_CONNECT] >= 70 * MS);
		exchange_release(&ask.ex);
	}
	for (int i = 0; i < 8; i++)
		close(fill[i]);
	close(fd);
}

static void test_tls_limit(void **state)
{
	struct server *mute = server_start(SERVER_SILENT, NULL);
	struct ask ask;

	(void)state;
	ask_port(&ask, server_port(mute), "/");
	snprintf(ask.url, sizeof(ask.url), "https://127.0.0.1:%u/",
		 server_port(mute));
	ask.ex.request.limits.tls_ns = 80 * MS;
	ask_run(&ask);
	assert_outcome(&ask, "tls-timeout");
	assert_contains(ask.ex.answer.detail, "tls took");
	assert_true(ask.ex.answer.phases.ns[PHASE_TLS] >= 70 * MS);
	exchange_release(&ask.ex);
	server_stop(mute);
}

/* ---- many, and callbacks that do things ------------------------------- */

static void test_many(void **state)
{
	struct ask *asks = calloc(MANY, sizeof(*asks));
	struct session *sessions[MANY / 2];

	(void)state;
	for (int i = 0; i < MANY; i++) {
		ask_init(&asks[i], "/ok");
		if (i < MANY / 2)
			asks[i].ex.session = sessions[i] = session_new(en);
		engine_start(en, &asks[i].ex);
	}
	engine_run(en);
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(asks[i].done, 1);
		assert_outcome(&asks[i], "ok");
		exchange_release(&asks[i].ex);
		if (i < MANY / 2)
			session_free(sessions[i]);
	}
	free(asks);
}

struct meddler {
	struct ask first;
	struct ask live;    /* never answers; cancelled */
	struct ask pending; /* cancelled */
	struct ask next;    /* started */
	struct ask twin[2]; /* the first of them that ends cancels the other */
};

static void on_meddle(struct exchange *ex)
{
	struct meddler *m = ex->owner;

	m->first.done++;
	engine_start(en, &m->pending.ex);
	engine_cancel(en, &m->pending.ex);
	exchange_release(&m->live.ex);
	engine_start(en, &m->next.ex);
	exchange_release(ex);
}

static void on_twin(struct exchange *ex)
{
	struct meddler *m = ex->owner;

	m->twin[0].done++;
	for (int i = 0; i < 2; i++)
		exchange_release(&m->twin[i].ex);
}

static void test_meddling(void **state)
{
	struct meddler m;

	(void)state;
	ask_init(&m.first, "/ok");
	ask_init(&m.live, "/silent");
	ask_init(&m.pending, "/ok");
	ask_init(&m.next, "/ok");
	m.first.ex.owner = &m;
	m.first.ex.on_done = on_meddle;
	engine_start(en, &m.live.ex);
	engine_start(en, &m.first.ex);
	engine_run(en);
	assert_int_equal(m.first.done, 1);
	assert_int_equal(m.live.done, 0);
	assert_int_equal(m.pending.done, 0);
	assert_int_equal(m.next.done, 1);
	exchange_release(&m.next.ex);
	exchange_release(&m.pending.ex);
	for (int i = 0; i < 2; i++) {
		ask_init(&m.twin[i], "/ok");
		m.twin[i].ex.request.url = ""; /* both end in one turn */
		m.twin[i].ex.owner = &m;
		m.twin[i].ex.on_done = on_twin;
		engine_start(en, &m.twin[i].ex);
	}
	engine_run(en);
	assert_int_equal(m.twin[0].done, 1);
}

static void on_again(struct exchange *ex)
{
	struct ask *ask = ex->owner;

	if (++ask->done < 20)
		engine_start(en, ex);
	else
		engine_stop(en);
}

static void test_again(void **state)
{
	struct session *se = session_new(en);
	struct ask ask, slow_one;

	(void)state;
	ask_init(&slow_one, "/silent");
	engine_start(en, &slow_one.ex);
	ask_init(&ask, "/ok");
	ask.ex.session = se;
	ask.ex.on_done = on_again;
	engine_start(en, &ask.ex);
	engine_run(en); /* comes back although one is still under way */
	assert_int_equal(ask.done, 20);
	assert_int_equal(slow_one.done, 0);
	assert_true(ask.ex.answer.reused);
	exchange_release(&slow_one.ex);
	exchange_release(&ask.ex);
	engine_run(en); /* nothing is left */
	session_free(se);
}

struct ticker {
	struct engine_timer timer;
	unsigned n;
	int signo;
};

static void on_tick(struct engine_timer *t)
{
	struct ticker *ticker = t->owner;

	if (++ticker->n < 3)
		engine_timer_start(t, 2 * MS);
	else
		engine_timer_release(t);
}

static void on_signal(void *owner, int signo)
{
	struct ticker *ticker = owner;

	ticker->signo = signo;
	engine_stop(en);
}

static void test_timer_and_signal(void **state)
{
	struct ticker ticker = { .n = 0 };

	(void)state;
	engine_timer_init(&ticker.timer, en, on_tick, &ticker);
	engine_timer_start(&ticker.timer, 0);
	engine_run(en);
	assert_int_equal(ticker.n, 3);
	engine_on_signal(en, on_signal, &ticker);
	engine_timer_init(&ticker.timer, en, on_tick, &ticker);
	engine_timer_start(&ticker.timer, 20000ull * MS);
	raise(SIGTERM);
	engine_run(en);
	assert_int_equal(ticker.signo, SIGTERM);
	engine_timer_release(&ticker.timer);
}

/* An engine that goes while things are under way. */
static void test_free_under_way(void **state)
{
	struct errs *es = calloc(1, sizeof(*es));
	struct engine *other = engine_new(es);
	struct ask ask[3];

	(void)state;
	for (int i = 0; i < 3; i++) {
		ask_init(&ask[i], i ? "/silent" : "/ok");
		engine_start(other, &ask[i].ex);
		if (i == 0)
			ask[i].ex.on_done = NULL;
	}
	engine_free(other);
	for (int i = 0; i < 3; i++)
		exchange_release(&ask[i].ex);
	free(es);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_session),
		cmocka_unit_test(test_sessions_close),
		cmocka_unit_test(test_freed_under_way),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_connect_limit),
		cmocka_unit_test(test_tls_limit),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_meddling),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_timer_and_signal),
		cmocka_unit_test(test_free_under_way),
	};

	return cmocka_run_group_tests(tests, engine_set_up, engine_tear_down);
}
