/* SPDX-License-Identifier: MIT */
/* folder: loadgen */
/* The native transport of loads, against scripted servers and the engine. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "loadgen/transport/wire.h"
#include "tests/unit/load_lane.h"
#include "tests/unit/load_script.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define HELLO	    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
enum { TRIES_MAX = 8 };

/* ---- turns ------------------------------------------------------------ */

struct play {
	const char *name;
	struct turn turns[TRIES_MAX];
	const char *ends; /* of each exchange, in order */
	unsigned connections;
	const char *method;
	uint64_t max_requests;
	bool is_fresh;
	unsigned status; /* of the last one; 0: 200 */
	uint64_t received;
};

static const struct play plays[] = {
	{ "kept",
	  { { .say = HELLO }, { .say = HELLO }, { .say = HELLO } },
	  "ok ok ok",
	  1,
	  .received = 5 },
	{ "cut",
	  { { .say = HELLO, .is_cut = true },
	    { .say = HELLO, .is_cut = true } },
	  "ok ok",
	  1,
	  .received = 5 },
	{ "fresh",
	  { { .say = HELLO }, { .say = HELLO } },
	  "ok ok",
	  2,
	  .is_fresh = true,
	  .received = 5 },
	{ "two each",
	  { { .say = HELLO }, { .say = HELLO }, { .say = HELLO } },
	  "ok ok ok",
	  2,
	  .max_requests = 2,
	  .received = 5 },
	{ "says close",
	  { { .say = "HTTP/1.1 200 OK\r\nConnection: close\r\n"
		     "Content-Length: 1\r\n\r\na",
	      .then = THEN_CLOSE },
	    { .say = HELLO } },
	  "ok ok",
	  2,
	  .received = 5 },
	{ "HTTP/1.0",
	  { { .say = "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na",
	      .then = THEN_WAIT_CLOSE },
	    { .say = HELLO } },
	  "ok ok",
	  2,
	  .received = 5 },
	{ "HTTP/1.0, kept",
	  { { .say = "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n"
		     "Content-Length: 1\r\n\r\na" },
	    { .say = HELLO } },
	  "ok ok",
	  1,
	  .received = 5 },
	{ "until close",
	  { { .say = "HTTP/1.1 200 OK\r\n\r\nto the end", .then = THEN_CLOSE },
	    { .say = HELLO } },
	  "ok ok",
	  2,
	  .received = 5 },
	{ "chunks",
	  { { .say = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		     "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n" },
	    { .say = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		     "3\r\nabc\r\n5\r\ndefgh\r\n0\r\nA: b\r\n\r\n",
	      .is_cut = true } },
	  "ok ok",
	  1,
	  .received = 8 },
	{ "interim",
	  { { .say = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n"
		     "Link: x\r\n\r\n" HELLO },
	    { .say = HELLO } },
	  "ok ok",
	  1,
	  .received = 5 },
	{ "no body",
	  { { .say = "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n" },
	    { .say = "HTTP/1.1 204 No Content\r\n\r\n" } },
	  "ok ok",
	  1,
	  .status = 204 },
	{ "HEAD",
	  { { .say = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n" },
	    { .say = "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
		     "chunked\r\n\r\n" } },
	  "ok ok",
	  1,
	  .method = "HEAD" },
	{ "bytes behind",
	  { { .say = HELLO "HTTP/1.1 200 OK\r\n", .then = THEN_WAIT_CLOSE },
	    { .say = HELLO } },
	  "ok ok",
	  2,
	  .received = 5 },
	{ "closed in between",
	  { { .say = HELLO, .then = THEN_CLOSE }, { .say = HELLO } },
	  "ok ok",
	  2,
	  .received = 5 },
	{ "closed instead of an answer",
	  { { .say = HELLO },
	    { .say = NULL, .then = THEN_CLOSE },
	    { .say = HELLO } },
	  "ok ok",
	  2,
	  .received = 5 },
	{ "reset instead of an answer",
	  { { .say = HELLO },
	    { .say = NULL, .then = THEN_RESET },
	    { .say = HELLO } },
	  "ok ok",
	  2,
	  .received = 5 },
	{ "tried twice only",
	  { { .say = HELLO },
	    { .say = NULL, .then = THEN_CLOSE },
	    { .say = NULL, .then = THEN_CLOSE },
	    { .say = HELLO } },
	  "ok closed ok",
	  3,
	  .received = 5 },
	{ "not to be repeated",
	  { { .say = HELLO },
	    { .say = NULL, .then = THEN_CLOSE },
	    { .say = HELLO } },
	  "ok closed ok",
	  2,
	  .method = "POST",
	  .received = 5 },
	{ "closed at first",
	  { { .say = NULL, .then = THEN_CLOSE }, { .say = HELLO } },
	  "closed ok",
	  2,
	  .received = 5 },
	{ "reset at first",
	  { { .say = NULL, .then = THEN_RESET }, { .say = HELLO } },
	  "reset ok",
	  2,
	  .received = 5 },
	{ "cut off",
	  { { .say = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",
	      .then = THEN_CLOSE } },
	  "closed",
	  1,
	  .received = 5 },
	{ "cut off, reset",
	  { { .say = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",
	      .then = THEN_CLOSE },
	    { .say = HELLO } },
	  "closed ok",
	  2,
	  .received = 5 },
	{ "cut head",
	  { { .say = "HTTP/1.1 200 OK\r\nA: b", .then = THEN_CLOSE } },
	  "closed",
	  1,
	  .received = 0 },
	{ "garbage",
	  { { .say = "hello you\r\n\r\n", .then = THEN_WAIT_CLOSE },
	    { .say = HELLO } },
	  "protocol ok",
	  2,
	  .received = 5 },
	{ "two lengths",
	  { { .say = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: "
		     "6\r\n"
		     "\r\nhello!",
	      .then = THEN_WAIT_CLOSE },
	    { .say = HELLO } },
	  "protocol ok",
	  2,
	  .received = 5 },
	{ "upgrade",
	  { { .say = "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n",
	      .then = THEN_CLOSE } },
	  "ok",
	  1,
	  .status = 101 },
};

static unsigned status_of(const struct play *p)
{
	return p->status ? p->status : 200;
}

static void run_play(const struct play *p, bool wants_answer)
{
	struct script *s = script_start(p->turns, NULL);
	struct load ld;
	char ends[100], *at = ends;

	print_message("# %s\n", p->name);
	load_init(&ld, script_port(s), "/");
	ld.request.method = p->method;
	ld.route.is_fresh = p->is_fresh;
	ld.route.max_requests = p->max_requests;
	ld.route.wants_answer = wants_answer;
	load_open(&ld);
	snprintf(ends, sizeof(ends), "%s", p->ends);
	for (char *end; (end = strsep(&at, " "));) {
		load_run(&ld);
		if (strcmp(outcome_name(ld.lane->sample.outcome), end) != 0)
			fail_msg("%s instead of %s: %s",
				 outcome_name(ld.lane->sample.outcome), end,
				 ld.lane->detail);
	}
	if (!ld.lane->sample.outcome)
		assert_int_equal(ld.lane->sample.status, status_of(p));
	assert_int_equal(ld.lane->sample.received_bytes, p->received);
	if (wants_answer)
		assert_int_equal(ld.lane->answer->body.len, p->received);
	assert_int_equal(script_connections(s), p->connections);
	assert_int_equal(ld.hub->n_made, p->connections);
	load_close(&ld);
	script_stop(s);
}

static void test_plays(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(plays); i++) {
		run_play(&plays[i], false);
		run_play(&plays[i], true);
	}
}

/* ---- what an answer holds --------------------------------------------- */

static void test_answer(void **state)
{
	static const struct turn turns[] = {
		{ .say = "HTTP/1.1 201 Made\r\nA: b \r\nContent-Length: "
			 "2\r\n\r\nhi" },
		{ .say = NULL, .then = THEN_CLOSE },
		{ .say = NULL, .then = THEN_CLOSE },
		{ 0 },
	};
	struct script *s = script_start(turns, NULL);
	struct load ld;
	char remote[50];

	(void)state;
	load_init(&ld, script_port(s), "/");
	ld.route.wants_answer = true;
	load_open(&ld);
	load_run(&ld);
	const struct answer *an = ld.lane->answer;
	snprintf(remote, sizeof(remote), "127.0.0.1:%u", script_port(s));
	assert_int_equal(an->status, 201);
	assert_int_equal(an->n_headers, 2);
	assert_string_equal(answer_header(an, "a"), "b");
	assert_string_equal(buf_text(&an->body), "hi");
	assert_string_equal(an->protocol, "HTTP/1.1");
	assert_string_equal(an->remote, remote);
	assert_string_equal(an->transport, "native");
	assert_false(an->reused);
	assert_true(ld.lane->sample.made_connection);
	load_run(&ld); /* nothing of it is left */
	an = ld.lane->answer;
	assert_ended(&ld, "closed");
	assert_int_equal(an->status, 0);
	assert_int_equal(an->n_headers, 0);
	assert_int_equal(an->body.len, 0);
	assert_string_equal(an->protocol, "");
	assert_string_equal(an->detail, ld.lane->detail);
	load_close(&ld);
	script_stop(s);
}

/* ---- idle connections ------------------------------------------------- */

/* It is closed as soon as it is known to be of no use. */
static void test_idle(void **state)
{
	static const struct turn rows[][4] = {
		{ { .say = HELLO, .then = THEN_CLOSE }, { .say = HELLO } },
		{ { .say = HELLO, .then = THEN_RESET }, { .say = HELLO } },
		{ { .say = HELLO, .then = THEN_MORE },
		  { .say = "unasked",
		    .then = THEN_WAIT_CLOSE,
		    .asks_none = true },
		  { .say = HELLO } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct script *s = script_start(rows[i], NULL);
		struct load ld;
		load_init(&ld, script_port(s), "/");
		load_open(&ld);
		load_run(&ld);
		assert_ended(&ld, "ok");
		for (int n = 0; n < 1000 && ld.hub->n_open; n++)
			load_rest(&ld, 0.01);
		assert_int_equal(ld.hub->n_open, 0);
		load_run(&ld);
		assert_ended(&ld, "ok");
		assert_true(ld.lane->sample.made_connection);
		load_close(&ld);
		script_stop(s);
	}
}

/* ---- starting, cancelling, closing ------------------------------------ */

static void test_cancel(void **state)
{
	static const struct turn turns[] = {
		{ .say = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
		  .then = THEN_WAIT_CLOSE },
		{ .say = HELLO },
		{ 0 },
	};
	struct script *s = script_start(turns, NULL);
	struct load ld;

	(void)state;
	load_init(&ld, script_port(s), "/");
	load_open(&ld);
	load_start(&ld);
	for (int n = 0; n < 1000 && ld.lane->stage != LANE_RECEIVING; n++)
		load_rest(&ld, 0.01);
	assert_int_equal(ld.lane->stage, LANE_RECEIVING);
	uint64_t now_ns = engine_now_ns();
	load_native.cancel(ld.lane, now_ns);
	assert_int_equal(ld.lane->sample.end_ns, now_ns);
	assert_int_equal(ld.lane->sample.received_bytes, 4);
	assert_int_equal(ld.lane->sample.status, 200);
	assert_true(ld.lane->sample.first_ns);
	assert_int_equal(ld.hub->n_open, 0);
	assert_int_equal(ld.n_done, 0);
	load_run(&ld);
	assert_ended(&ld, "ok");
	load_close(&ld);
	script_stop(s);
}

/* What cannot even be started: told by the loop, unless it is cancelled. */
static void test_refused(void **state)
{
	struct load ld;

	(void)state;
	load_init(&ld, closed_port(), "/");
	load_open(&ld);
	ld.to_start = 3;
	load_start(&ld);
	load_wait(&ld);
	assert_int_equal(ld.n_done, 4);
	assert_ended(&ld, "refused");
	assert_contains(ld.lane->detail, "Failed to connect to 127.0.0.1 port");
	assert_contains(ld.lane->detail, "Connection refused");
	assert_int_equal(ld.hub->n_made, 0);
	load_start(&ld);
	load_native.cancel(ld.lane, engine_now_ns());
	load_rest(&ld, 0.02);
	assert_int_equal(ld.n_done, 4);
	ld.closes = true;
	load_start(&ld);
	load_wait(&ld);
	assert_null(ld.lane);
	load_close(&ld);
}

static void test_no_files(void **state)
{
	struct rlimit old, low;
	struct load ld;

	(void)state;
	load_init(&ld, server_port(server), "/ok");
	load_open(&ld);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	low = old;
	low.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &low);
	load_start(&ld);
	setrlimit(RLIMIT_NOFILE, &old);
	load_wait(&ld);
	assert_ended(&ld, "local-fail");
	assert_contains(ld.lane->detail, "Too many open files");
	assert_int_equal(ld.hub->out_of_files, 1);
	load_run(&ld);
	assert_ended(&ld, "ok");
	load_close(&ld);
}

/* ---- addresses -------------------------------------------------------- */

static void test_addresses(void **state)
{
	struct load ld;
	unsigned port = server_port(server);

	(void)state;
	load_init(&ld, port, "/ok");
	ld.route.n_addresses = 3;
	load_address(&ld.address[0], closed_port());
	load_address(&ld.address[1], port);
	load_address(&ld.address[2], closed_port());
	ld.route.is_fresh = true;
	load_open(&ld);
	for (int i = 0; i < 6; i++) {
		load_run(&ld);
		assert_ended(&ld, "ok");
	}
	load_close(&ld);
}

static void test_sources(void **state)
{
	static const struct {
		const char *source;
		const char *outcome;
	} rows[] = {
		{ "127.0.0.1", "ok" },
		{ "127.0.0.9", "ok" },
		{ "192.0.2.1", "local-fail" },
	};
	struct address from = { .len = sizeof(from.at.in) };
	struct load ld;

	(void)state;
	from.at.in.sin_family = AF_INET;
	for (size_t i = 0; i < COUNT(rows); i++) {
		inet_pton(AF_INET, rows[i].source, &from.at.in.sin_addr);
		load_init(&ld, server_port(server), "/ok");
		ld.route.n_sources = 1;
		ld.route.source = &from;
		load_open(&ld);
		load_run(&ld);
		assert_ended(&ld, rows[i].outcome);
		assert_int_equal(ld.hub->out_of_ports,
				 ld.lane->sample.outcome != OUTCOME_OK);
		load_close(&ld);
	}
}

static void test_unix(void **state)
{
	static const struct turn turns[] = { { .say = HELLO },
					     { .say = HELLO },
					     { 0 } };
	char path[] = P_tmpdir "/assay-load-XXXXXX";
	struct load ld;

	(void)state;
	close(mkstemp(path));
	unlink(path);
	struct script *s = script_start(turns, path);
	load_init(&ld, 1, "/");
	ld.request.unix_socket = path;
	ld.route.wants_answer = true;
	ld.address[0].at.un.sun_family = AF_UNIX;
	snprintf(ld.address[0].at.un.sun_path,
		 sizeof(ld.address[0].at.un.sun_path), "%s", path);
	ld.address[0].len = sizeof(ld.address[0].at.un);
	load_open(&ld);
	load_run(&ld);
	load_run(&ld);
	assert_ended(&ld, "ok");
	assert_string_equal(ld.lane->answer->remote, path);
	assert_true(ld.lane->answer->reused);
	script_stop(s);
	unlink(path);
	load_rest(&ld, 0.02);
	load_run(&ld);
	assert_ended(&ld, "connect-fail");
	assert_contains(ld.lane->detail, "unix socket \"");
	assert_contains(ld.lane->detail, path);
	load_close(&ld);
}

/* ---- sent again ----------------------------------------------------- */

/* A kept connection is closed, or reset, under the second request. */
static void lose_second(const char *method, enum script_then then,
			const char *outcome, unsigned resends)
{
	const struct turn turns[] = {
		{ .say = HELLO },
		{ .then = then },
		{ .say = resends ? HELLO : NULL },
		{ 0 },
	};
	struct script *s = script_start(turns, NULL);
	struct load ld;

	load_init(&ld, script_port(s), "/");
	ld.request.method = method;
	load_open(&ld);
	load_run(&ld);
	assert_ended(&ld, "ok");
	assert_int_equal(ld.lane->sample.resends, 0);
	load_run(&ld);
	assert_ended(&ld, outcome);
	assert_int_equal(ld.lane->sample.resends, resends);
	assert_int_equal(script_connections(s), 1 + resends);
	load_close(&ld);
	script_stop(s);
}

static void test_sent_again(void **state)
{
	(void)state;
	lose_second("GET", THEN_CLOSE, "ok", 1);
	lose_second("GET", THEN_RESET, "ok", 1);
	lose_second("POST", THEN_CLOSE, "closed", 0);
	lose_second("POST", THEN_RESET, "reset", 0);
}

/* ---- bodies that go --------------------------------------------------- */

enum { BIG_BYTES = 6 << 20 };

static void test_upload(void **state)
{
	static const struct turn turns[] = {
		{ .say = HELLO },
		{ .say = HELLO },
		/* an answer before the body was taken */
		{ .say = "HTTP/1.1 413 Too Large\r\nConnection: "
			 "close\r\nContent-Length: 0\r\n\r\n",
		  .then = THEN_WAIT_CLOSE,
		  .asks_head = true },
		{ .say = HELLO },
		{ 0 },
	};
	struct script *s = script_start(turns, NULL);
	char *body = malloc(BIG_BYTES);
	struct load ld;

	(void)state;
	memset(body, 'x', BIG_BYTES);
	load_init(&ld, script_port(s), "/");
	ld.request.method = "POST";
	ld.request.body = body;
	ld.request.body_len = BIG_BYTES;
	load_open(&ld);
	for (int i = 0; i < 2; i++) {
		load_run(&ld);
		assert_ended(&ld, "ok");
		assert_int_equal(ld.lane->sample.sent_bytes, BIG_BYTES);
		assert_true(ld.lane->sample.written_ns >=
			    ld.lane->sample.sent_ns);
	}
	assert_int_equal(script_connections(s), 1);
	load_run(&ld);
	assert_ended(&ld, "ok");
	assert_int_equal(ld.lane->sample.status, 413);
	load_run(&ld);
	assert_ended(&ld, "ok");
	load_close(&ld);
	script_stop(s);
	free(body);
}

static void test_expect(void **state)
{
	static const struct field field = { "Expect", "100-continue" };
	static const struct turn turns[] = {
		{ .say = "HTTP/1.1 100 Continue\r\n\r\n",
		  .then = THEN_MORE,
		  .asks_head = true },
		{ .say = HELLO },
		/* no word: it is sent all the same */
		{ .say = HELLO },
		/* refused: the body is never sent */
		{ .say = "HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n",
		  .then = THEN_WAIT_CLOSE,
		  .asks_head = true },
		{ 0 },
	};
	struct script *s = script_start(turns, NULL);
	struct load ld;

	(void)state;
	load_init(&ld, script_port(s), "/");
	ld.request.method = "PUT";
	ld.request.body = "body!";
	ld.request.body_len = 5;
	ld.request.n_headers = 1;
	ld.request.headers = &field;
	load_open(&ld);
	size_t once = ld.wire.len;
	load_run(&ld);
	assert_ended(&ld, "ok");
	assert_int_equal(ld.lane->sample.sent_bytes, 5);
	load_run(&ld);
	assert_ended(&ld, "ok");
	assert_int_equal(script_received(s), 2 * once);
	assert_int_equal(script_connections(s), 1);
	load_run(&ld);
	assert_ended(&ld, "ok");
	assert_int_equal(ld.lane->sample.status, 417);
	assert_int_equal(ld.lane->sample.sent_bytes, 0);
	load_close(&ld);
	script_stop(s);
}

/* ---- the engine's opinion --------------------------------------------- */

static const char *const paths[] = {
	"/ok",
	"/echo",
	"/reset",
	"/close",
	"/short",
	"/interim",
	"/bad-chunk",
	"/garbage",
	"/bad-gzip",
	"/bad-fields",
	"/folded",
	"/endless-interim",
	"/endless-headers",
	"/long-header",
	"/endless-body",
	"/nowhere",
};

static void run_same(unsigned port, const char *path, bool wants_answer)
{
	struct load ld;
	struct ask ask;

	load_init(&ld, port, path);
	ld.request.wants_compressed = true;
	ld.request.body_max_bytes = 100000;
	ld.route.wants_answer = wants_answer;
	ask_port(&ask, port, path);
	ask.ex.request.wants_compressed = true;
	ask.ex.request.body_max_bytes = 100000;
	ask.ex.owner = &ask;
	engine_set_transport(en, TRANSPORT_LIBCURL);
	ask_run(&ask); /* first: an open connection keeps its loop going */
	load_open(&ld);
	load_run(&ld);
	load_assert_same(&ld, &ask);
	load_run(&ld); /* and again, on what is left */
	if (strcmp(path, "/echo") != 0)
		load_assert_same(&ld, &ask);
	exchange_release(&ask.ex);
	load_close(&ld);
}

static void test_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(paths); i++) {
		run_same(server_port(server), paths[i], false);
		run_same(server_port(server), paths[i], true);
	}
	run_same(closed_port(), "/", true);
}

/* ---- requests --------------------------------------------------------- */

static void test_render(void **state)
{
	static const struct {
		const char *url;
		bool is_fresh;
		const char *has; /* NULL: cannot be sent */
	} rows[] = {
		{ "http://a.example", false,
		  "GET / HTTP/1.1\r\nHost: a.example\r\n" },
		{ "https://a.example:443/x?y#z", false,
		  "GET /x?y HTTP/1.1\r\nHost: a.example\r\n" },
		{ "http://a.example:443?y", false,
		  "GET /?y HTTP/1.1\r\nHost: a.example:443\r\n" },
		{ "HTTPS://[::1]:80/{a}", false,
		  "GET /{a} HTTP/1.1\r\nHost: [::1]:80\r\n" },
		{ "http://3.my_host.example/", false,
		  "Host: 3.my_host.example" },
		{ "http://127.0.0.1/", true, "\r\nConnection: close\r\n" },
		{ "http://127.1/", false, NULL },
		{ "http://0x7f.1/", false, NULL },
		{ "http://user@a.example/", false, NULL },
		{ "http://a.example/a b", false, NULL },
		{ "http://a.example:/", false, NULL },
		{ "ftp://a.example/", false, NULL },
		{ "http:///", false, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct request rq = { .url = rows[i].url };
		struct buf out;
		size_t head_len = 0;
		buf_init(&out, 1 << 16);
		bool done = wire_render(&rq, rows[i].is_fresh, &out, &head_len);
		if (done != (rows[i].has != NULL))
			fail_msg("row %zu: %s", i, rows[i].url);
		if (done) {
			assert_contains(buf_text(&out), rows[i].has);
			assert_int_equal(head_len, out.len);
			assert_int_equal(!strstr(buf_text(&out), "Connection:"),
					 !rows[i].is_fresh);
		}
		buf_release(&out);
	}
}

static void test_can(void **state)
{
	static const struct field length = { "Content-Length", "3" };
	static const struct form_part part = { .name = "a" };
	static const struct {
		struct request rq;
		const char *why; /* NULL: it can */
	} rows[] = {
		{ { .url = "http://a.example/" }, NULL },
		{ { .version = HTTP_1_1, .auth = AUTH_BASIC }, NULL },
		{ { .version = HTTP_2 }, "version" },
		{ { .version = HTTP_1_0 }, "version" },
		{ { .proxy = "http://p" }, "proxy" },
		{ { .auth = AUTH_DIGEST }, "credentials" },
		{ { .n_parts = 1, .parts = &part }, "form" },
		{ { .wants_any_tls = true }, "TLS" },
		{ { .url = "http://127.1/" }, "URL" },
		{ { .method = "CONNECT" }, "method" },
		{ { .n_headers = 1, .headers = &length }, "header" },
		{ { .kind = REQUEST_TCP }, "HTTP" },
	};
	struct address a = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct route rt = { .request = &rows[i].rq,
				    .n_addresses = 1,
				    .address = &a };
		const char *why = NULL;
		assert_int_equal(load_native.can(&rt, &why), !rows[i].why);
		if (rows[i].why)
			assert_contains(why, rows[i].why);
		rt.n_addresses = 0;
		assert_false(load_native.can(&rt, &why));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plays),
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_files),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_unix),
		cmocka_unit_test(test_sent_again),
		cmocka_unit_test(test_upload),
		cmocka_unit_test(test_expect),
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_render),
		cmocka_unit_test(test_can),
	};

	return cmocka_run_group_tests(tests, engine_set_up, engine_tear_down);
}
