/* SPDX-License-Identifier: MIT */
/* folder: probe */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probe/engine/engine.h"
#include "scenarios/err.h"
#include "tests/unit/engine_server.h"

enum { MS = 1000000, MANY = 200 };

static struct engine *en;
static struct server *server;

/* ---- one exchange ----------------------------------------------------- */

struct ask {
	struct exchange ex;
	char url[200];
	unsigned done;
};

static void on_done(struct exchange *ex)
{
	struct ask *ask = ex->owner;

	ask->done++;
}

static void ask_port(struct ask *ask, unsigned port, const char *path)
{
	*ask = (struct ask){ .done = 0 };
	exchange_init(&ask->ex);
	snprintf(ask->url, sizeof(ask->url), "http://127.0.0.1:%u%s", port,
		 path);
	ask->ex.request.url = ask->url;
	ask->ex.request.method = "GET";
	ask->ex.request.limits.total_ns = 20000ull * MS;
	ask->ex.owner = ask;
	ask->ex.on_done = on_done;
}

static void ask_init(struct ask *ask, const char *path)
{
	ask_port(ask, server_port(server), path);
}

static void check_time(const struct ask *ask)
{
	const struct answer *an = &ask->ex.answer;

	assert_true(phases_total(&an->phases) > 0);
	assert_true(phases_total(&an->phases) < 15000ull * MS);
	assert_true(an->started_at_ns > 1600000000ull * 1000 * MS);
}

static void ask_run(struct ask *ask)
{
	unsigned before = ask->done;

	engine_start(en, &ask->ex);
	assert_int_equal(ask->done, before);
	engine_run(en);
	assert_int_equal(ask->done, before + 1);
	assert_null(ask->ex.transfer);
	check_time(ask);
}

static const char *body_of(const struct ask *ask)
{
	return buf_text(&ask->ex.answer.body);
}

#define assert_outcome(ask, name) \
	assert_string_equal(outcome_name((ask)->ex.answer.outcome), name)

#define assert_contains(text, part)                                      \
	do {                                                             \
		if (!strstr(text, part))                                 \
			fail_msg("\"%s\" does not contain \"%s\"", text, \
				 part);                                  \
	} while (0)

/* ---- answers ---------------------------------------------------------- */

static void test_ok(void **state)
{
	struct ask ask;

	(void)state;
	ask_init(&ask, "/ok");
	ask_run(&ask);
	const struct answer *an = &ask.ex.answer;
	assert_outcome(&ask, "ok");
	assert_string_equal(an->detail, "");
	assert_int_equal(an->status, 200);
	assert_string_equal(an->protocol, "HTTP/1.1");
	assert_string_equal(body_of(&ask), "hello");
	assert_int_equal(an->received_bytes, 5);
	assert_false(an->reused);
	assert_null(an->tls);
	assert_int_equal(an->n_headers, 3);
	assert_string_equal(answer_header(an, "x-one"), "1");
	assert_string_equal(answer_header(an, "X-Two"), "");
	assert_null(answer_header(an, "X-Three"));
	assert_non_null(strstr(an->remote, "127.0.0.1:"));
	assert_int_equal(an->phases.ns[PHASE_TLS], 0);
	assert_true(an->phases.ns[PHASE_CONNECT] > 0);
	assert_true(an->phases.ns[PHASE_WAIT] > 0);
	/* the same exchange once more */
	ask_run(&ask);
	assert_string_equal(body_of(&ask), "hello");
	exchange_release(&ask.ex);
	exchange_release(&ask.ex);
}

static void test_planned(void **state)
{
	struct ask ask;

	(void)state;
	ask_init(&ask, "/ok");
	ask.ex.planned_ns = engine_now_ns() - 5000ull * MS;
	ask_run(&ask);
	assert_true(ask.ex.answer.phases.ns[PHASE_LATENESS] >= 5000ull * MS);
	exchange_release(&ask.ex);
}

static const struct {
	const char *path;
	const char *outcome;
	const char *detail;
	uint64_t body_max;
	uint64_t header_max;
	const char *body;
} endings[] = {
	{ "/interim", "ok", "", 0, 0, "hello" },
	{ "/folded", "ok", "", 0, 0, "" },
	{ "/bad-fields", "protocol", "", 0, 0, "" },
	{ "/nothing-here", "ok", "", 0, 0, "" },
	{ "/reset", "reset", "", 0, 0, "" },
	{ "/close", "closed", "", 0, 0, "" },
	{ "/short", "closed", "", 0, 0, "abc" },
	{ "/bad-chunk", "protocol", "", 0, 0, "" },
	{ "/garbage", "protocol", "", 0, 0, "" },
	{ "/bad-gzip", "encoding", "", 0, 0, "" },
	{ "/ok", "ok", "", 5, 0, "hello" },
	{ "/ok", "too-large", "larger than 4 bytes", 4, 0, "hell" },
	{ "/endless-body", "too-large", "", 100000, 0, NULL },
	{ "/endless-headers", "too-large", "headers are larger", 0, 0, "" },
	{ "/endless-interim", "too-large", "interim", 0, 0, "" },
	{ "/long-header", "too-large", "", 0, 0, "" },
	{ "/ok", "too-large", "headers are larger than 20 bytes", 0, 20, "" },
};

static void test_endings(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		struct ask ask;
		ask_init(&ask, endings[i].path);
		ask.ex.request.body_max_bytes = endings[i].body_max;
		ask.ex.request.header_max_bytes = endings[i].header_max;
		ask.ex.request.wants_compressed = true;
		ask_run(&ask);
		const struct answer *an = &ask.ex.answer;
		print_message("# %s: %s (%s)\n", endings[i].path,
			      outcome_name(an->outcome), an->detail);
		assert_outcome(&ask, endings[i].outcome);
		assert_contains(an->detail, endings[i].detail);
		assert_int_equal(!*an->detail, an->outcome == OUTCOME_OK);
		if (endings[i].body)
			assert_string_equal(body_of(&ask), endings[i].body);
		exchange_release(&ask.ex);
	}
}

static void test_folded(void **state)
{
	struct ask ask;

	(void)state;
	ask_init(&ask, "/folded");
	ask_run(&ask);
	assert_string_equal(answer_header(&ask.ex.answer, "Folded"), "a b");
	exchange_release(&ask.ex);
}

static unsigned closed_port(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	getsockname(fd, (struct sockaddr *)&at, &len);
	close(fd);
	return ntohs(at.sin_port);
}

static void test_refused(void **state)
{
	struct ask ask;

	(void)state;
	ask_port(&ask, closed_port(), "/");
	ask_run(&ask);
	assert_outcome(&ask, "refused");
	assert_true(*ask.ex.answer.detail);
	assert_true(ask.ex.answer.phases.ns[PHASE_CONNECT] > 0);
	assert_int_equal(ask.ex.answer.phases.ns[PHASE_WAIT], 0);
	exchange_release(&ask.ex);
}

static void test_no_such_name(void **state)
{
	struct ask ask;

	(void)state;
	ask_init(&ask, "/ok");
	ask.ex.request.url = "http://no-such-name.invalid/";
	ask_run(&ask);
	assert_int_equal(outcome_layer(ask.ex.answer.outcome), LAYER_NAME);
	exchange_release(&ask.ex);
}

static void test_refusals(void **state)
{
	static const struct field breaks[] = { { "A", "1\r\nB: 2" } };
	static const struct field blank[] = { { "A b", "1" } };
	static const char *const urls[] = {
		"",	   "ftp://127.0.0.1/", "file:///etc/passwd",
		"http://", "http://[::1",      NULL
	};
	static const char *const methods[] = { "G T", "", "CONNECT",
					       "GET\r\nA: 1" };
	struct ask ask;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		ask_init(&ask, "/ok");
		ask.ex.request.n_headers = 1;
		ask.ex.request.headers = i ? blank : breaks;
		ask_run(&ask);
		assert_outcome(&ask, "value");
		exchange_release(&ask.ex);
	}
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		ask_init(&ask, "/ok");
		ask.ex.request.url = urls[i];
		ask_run(&ask);
		assert_outcome(&ask, "value");
		exchange_release(&ask.ex);
	}
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		ask_init(&ask, "/ok");
		ask.ex.request.method = methods[i];
		ask_run(&ask);
		assert_outcome(&ask, "value");
		exchange_release(&ask.ex);
	}
}

/* ---- requests --------------------------------------------------------- */

static void test_request(void **state)
{
	static const struct field fields[] = { { "X-One", "1" },
					       { "X-Empty", "" } };
	struct ask ask;

	(void)state;
	ask_init(&ask, "/echo?a=/../b");
	ask.ex.request.method = "PATCH";
	ask.ex.request.headers = fields;
	ask.ex.request.n_headers = 2;
	ask.ex.request.body = "{\"a\":1}";
	ask.ex.request.body_len = 7;
	ask.ex.request.auth = AUTH_BASIC;
	ask.ex.request.user = "u";
	ask.ex.request.password = "p";
	ask_run(&ask);
	const char *seen = body_of(&ask);
	assert_contains(seen, "PATCH /echo?a=/../b HTTP/1.1\r\n");
	assert_contains(seen, "\r\nX-One: 1\r\n");
	assert_contains(seen, "\r\nX-Empty:\r\n");
	assert_contains(seen, "\r\nUser-Agent: assay/");
	assert_contains(seen, "\r\nAuthorization: Basic dTpw\r\n");
	assert_contains(seen, "\r\n\r\n{\"a\":1}");
	assert_null(strstr(seen, "Expect"));
	assert_null(strstr(seen, "Content-Type"));
	assert_int_equal(ask.ex.answer.sent_bytes, 7);
	exchange_release(&ask.ex);
}

static void test_methods(void **state)
{
	static const struct {
		const char *method, *part;
	} want[] = {
		{ "GET", "GET /echo HTTP/1.1\r\n" },
		{ "DELETE", "DELETE /echo HTTP/1.1\r\n" },
		{ "OPTIONS", "OPTIONS /echo HTTP/1.1\r\n" },
		{ "POST", "Content-Length: 0\r\n" },
		{ "PUT", "Content-Length: 0\r\n" },
		{ "PURGE", "PURGE /echo HTTP/1.1\r\n" },
	};
	struct ask ask;

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		ask_init(&ask, "/echo");
		ask.ex.request.method = want[i].method;
		ask_run(&ask);
		assert_outcome(&ask, "ok");
		assert_contains(body_of(&ask), want[i].part);
		exchange_release(&ask.ex);
	}
	ask_init(&ask, "/ok");
	ask.ex.request.method = "HEAD";
	ask.ex.request.version = HTTP_1_0;
	ask_run(&ask);
	assert_outcome(&ask, "ok");
	assert_string_equal(body_of(&ask), "");
	exchange_release(&ask.ex);
}

static void test_bearer(void **state)
{
	struct ask ask;

	(void)state;
	ask_init(&ask, "/echo");
	ask.ex.request.auth = AUTH_BEARER;
	ask.ex.request.password = "t0ken";
	ask_run(&ask);
	assert_contains(body_of(&ask), "\r\nAuthorization: Bearer t0ken\r\n");
	exchange_release(&ask.ex);
}

static void test_large_upload(void **state)
{
	size_t len = 900000;
	char *body = malloc(len);
	struct ask ask;

	(void)state;
	memset(body, 'x', len);
	ask_init(&ask, "/ok");
	ask.ex.request.method = "PUT";
	ask.ex.request.body = body;
	ask.ex.request.body_len = len;
	ask_run(&ask);
	assert_outcome(&ask, "ok");
	assert_int_equal(ask.ex.answer.sent_bytes, len);
	assert_true(ask.ex.answer.phases.ns[PHASE_SEND] > 0);
	exchange_release(&ask.ex);
	free(body);
}

static void test_form(void **state)
{
	static const struct form_part parts[] = {
		{ .name = "a", .text = "1", .len = 1 },
		{ .name = "f",
		  .text = "x,y",
		  .len = 3,
		  .file_name = "t.csv",
		  .type = "text/csv" },
	};
	static const struct form_part missing[] = {
		{ .name = "f", .file = "/no/such/file" },
	};
	struct ask ask;

	(void)state;
	ask_init(&ask, "/echo");
	ask.ex.request.method = "POST";
	ask.ex.request.parts = parts;
	ask.ex.request.n_parts = 2;
	ask_run(&ask);
	assert_outcome(&ask, "ok");
	assert_contains(body_of(&ask), "multipart/form-data; boundary=");
	assert_contains(body_of(&ask), "name=\"f\"; filename=\"t.csv\"");
	assert_contains(body_of(&ask), "Content-Type: text/csv");
	ask.ex.request.parts = missing;
	ask.ex.request.n_parts = 1;
	ask_run(&ask);
	assert_outcome(&ask, "local-fail");
	exchange_release(&ask.ex);
}

static void test_environment_is_ignored(void **state)
{
	struct ask ask;

	(void)state;
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	ask_init(&ask, "/ok");
	ask_run(&ask);
	assert_outcome(&ask, "ok");
	unsetenv("http_proxy");
	exchange_release(&ask.ex);
}

static void test_ways(void **state)
{
	char entry[100];
	const char *list[] = { entry };
	struct ask ask;

	(void)state;
	ask_init(&ask, "/ok");
	snprintf(ask.url, sizeof(ask.url), "http://a.test:81/ok");
	snprintf(entry, sizeof(entry), "a.test:81:127.0.0.1:%u",
		 server_port(server));
	ask.ex.request.connect_to = list;
	ask.ex.request.n_connect_to = 1;
	ask_run(&ask);
	assert_outcome(&ask, "ok");
	exchange_release(&ask.ex);
	ask_init(&ask, "/ok");
	snprintf(ask.url, sizeof(ask.url), "http://a.test:%u/ok",
		 server_port(server));
	snprintf(entry, sizeof(entry), "a.test:%u:127.0.0.1",
		 server_port(server));
	ask.ex.request.resolve = list;
	ask.ex.request.n_resolve = 1;
	ask_run(&ask);
	assert_outcome(&ask, "ok");
	exchange_release(&ask.ex);
	ask_port(&ask, closed_port(), "/ok");
	ask.ex.request.proxy = ask.url;
	ask_run(&ask);
	assert_outcome(&ask, "proxy-fail");
	exchange_release(&ask.ex);
}

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

/* ---- dialogues -------------------------------------------------------- */

static bool until_line(void *self, const char *bytes, size_t len)
{
	(void)self;
	return len && bytes[len - 1] == '\n';
}

#define SAY(text) .send = (text), .send_len = sizeof(text) - 1
#define HEAR	  .wants_answer = true, .until = until_line

static const struct {
	size_t n;
	struct tcp_turn turns[3];
	uint64_t max;
	uint64_t first_byte_ns;
	const char *outcome;
	const char *last;
} talks[] = {
	{ 0, { { .send = NULL } }, 0, 0, "ok", "" },
	{ 1, { { HEAR } }, 0, 0, "ok", "220 here\r\n" },
	{ 2, { { HEAR }, { SAY("PING\r\n"), HEAR } }, 0, 0, "ok", "PONG\r\n" },
	{ 3,
	  { { HEAR }, { SAY("MUTE\r\n") }, { SAY("QUIT\r\n"), HEAR } },
	  0,
	  0,
	  "ok",
	  "221 bye\r\n" },
	{ 3,
	  { { HEAR }, { SAY("QUIT\r\n"), HEAR }, { HEAR } },
	  0,
	  0,
	  "closed",
	  "" },
	{ 2,
	  { { HEAR }, { SAY("MUTE\r\n"), HEAR } },
	  0,
	  60 * MS,
	  "timeout",
	  "" },
	{ 2,
	  { { HEAR },
	    { SAY("FLOOD\r\n"), .wants_answer = true, .until = NULL } },
	  0,
	  0,
	  "ok",
	  NULL },
	{ 1, { { HEAR } }, 5, 0, "too-large", "220 h" },
};

static void test_dialogue(void **state)
{
	struct server *lines = server_start(SERVER_LINES, NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(talks) / sizeof(talks[0]); i++) {
		struct ask ask;
		ask_init(&ask, "");
		snprintf(ask.url, sizeof(ask.url), "127.0.0.1:%u",
			 server_port(lines));
		ask.ex.request.kind = REQUEST_TCP;
		ask.ex.request.n_turns = talks[i].n;
		ask.ex.request.turns = talks[i].turns;
		ask.ex.request.body_max_bytes = talks[i].max;
		ask.ex.request.limits.first_byte_ns = talks[i].first_byte_ns;
		ask_run(&ask);
		const struct answer *an = &ask.ex.answer;
		print_message("# talk %zu: %s (%s)\n", i,
			      outcome_name(an->outcome), an->detail);
		assert_outcome(&ask, talks[i].outcome);
		assert_int_equal(an->n_turns, talks[i].n);
		if (talks[i].n && talks[i].last)
			assert_string_equal(
				buf_text(&an->turn_bytes[an->n_turns - 1]),
				talks[i].last);
		exchange_release(&ask.ex);
	}
	server_stop(lines);
}

static void test_dialogue_refused(void **state)
{
	static const struct tcp_turn turn = { HEAR };
	struct ask ask;

	(void)state;
	ask_init(&ask, "");
	snprintf(ask.url, sizeof(ask.url), "127.0.0.1:%u", closed_port());
	ask.ex.request.kind = REQUEST_TCP;
	ask.ex.request.n_turns = 1;
	ask.ex.request.turns = &turn;
	ask_run(&ask);
	assert_outcome(&ask, "refused");
	ask.ex.request.url = "http://127.0.0.1:80/";
	ask_run(&ask);
	assert_outcome(&ask, "value");
	exchange_release(&ask.ex);
}

/* ---- all -------------------------------------------------------------- */

static int set_up(void **state)
{
	struct errs *es = calloc(1, sizeof(*es));

	(void)state;
	bool done = engine_global_init(es) && (en = engine_new(es));
	server = server_start(SERVER_HTTP, NULL);
	free(es);
	return done ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	engine_free(en);
	server_stop(server);
	engine_global_release();
	return 0;
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
		cmocka_unit_test(test_ok),
		cmocka_unit_test(test_planned),
		cmocka_unit_test(test_endings),
		cmocka_unit_test(test_folded),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_such_name),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_methods),
		cmocka_unit_test(test_bearer),
		cmocka_unit_test(test_large_upload),
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_environment_is_ignored),
		cmocka_unit_test(test_ways),
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
		cmocka_unit_test(test_dialogue),
		cmocka_unit_test(test_dialogue_refused),
		cmocka_unit_test(test_free_under_way),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
