/* SPDX-License-Identifier: MIT */
/* folder: loadgen */
/* Exchanges over HTTP/2 with a server on the same loop. */
#include <arpa/inet.h>
#include <ev.h>
#include <nghttp2/nghttp2.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "loadgen/transport/transport.h"
#include "probe/engine/engine.h"
#include "scenarios/base/err.h"
#include "tests/unit/engine_server.h"
#include "tests/unit/h2_server.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

enum {
	LANES_MAX = 64,
	PATIENCE_S = 20, /* until a test is given up; nothing takes so long */
	UPLOAD = 200000,
};

/* One hub, its lanes, and a server. */
struct bench {
	struct engine *en;
	struct ev_loop *loop;
	struct h2_server *server;
	struct request request;
	struct field field[4];
	struct address address;
	struct route route;
	struct wire wire;
	struct hub *hub;
	struct lane *lane[LANES_MAX];
	size_t n_lanes;
	ev_timer patience;
	char url[128], host[64];
	/* what comes of it */
	size_t to_start, n_started, n_done, n_busy;
	size_t n_by[OUTCOME_N];
	struct sample last;
	char detail[256];
	enum lane_stage stage; /* when somebody looked */
	void (*then)(struct bench *b, struct lane *la);
};

static void on_impatience(struct ev_loop *loop, ev_timer *w, int got)
{
	(void)w;
	(void)got;
	ev_break(loop, EVBREAK_ALL);
}

static void start(struct bench *b, struct lane *la)
{
	b->n_started++;
	b->n_busy++;
	la->transport->start(la, &b->wire, engine_now_ns());
}

static void check_times(const struct sample *s)
{
	assert_true(s->sent_ns <= s->end_ns);
	assert_true(!s->written_ns || s->written_ns >= s->sent_ns);
	if (!s->first_ns)
		return;
	assert_in_range(s->first_ns, s->sent_ns, s->end_ns);
	assert_true(s->sent_ns + s->connect_ns + s->tls_ns <= s->first_ns);
}

static void on_done(struct lane *la)
{
	struct bench *b = la->owner;

	b->n_done++;
	b->n_busy--;
	b->last = la->sample;
	b->n_by[la->sample.outcome]++;
	snprintf(b->detail, sizeof(b->detail), "%s", la->detail);
	assert_int_equal(la->stage, LANE_IDLE);
	check_times(&la->sample);
	if (b->then)
		b->then(b, la);
	else if (b->n_started < b->to_start)
		start(b, la);
	if (!b->n_busy)
		ev_break(b->loop, EVBREAK_ALL);
}

static void bench_open(struct bench *b, const struct h2_server_plan *plan)
{
	static const struct h2_server_plan usual = { 0 };
	static struct errs es;

	memset(b, 0, sizeof(*b));
	es.n = 0;
	b->en = engine_new(&es);
	assert_non_null(b->en);
	b->loop = engine_loop(b->en);
	b->server = h2_server_start(b->loop, plan ? plan : &usual);
	b->request = (struct request){
		.kind = REQUEST_HTTP,
		.url = b->url,
		.method = "GET",
		.version = HTTP_2_PRIOR,
		.headers = b->field,
	};
	b->address.len = sizeof(b->address.at.in);
	b->address.at.in.sin_family = AF_INET;
	b->address.at.in.sin_port = htons((uint16_t)h2_server_port(b->server));
	b->address.at.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	b->route = (struct route){
		.request = &b->request,
		.host = "127.0.0.1",
		.port = h2_server_port(b->server),
		.n_addresses = 1,
		.address = &b->address,
		.streams = 8,
	};
	b->wire = (struct wire){ .request = &b->request, .version = 1 };
	ev_timer_init(&b->patience, on_impatience, PATIENCE_S, 0);
	ev_timer_start(b->loop, &b->patience);
}

static void bench_path(struct bench *b, const char *path)
{
	snprintf(b->host, sizeof(b->host), "127.0.0.1:%u",
		 h2_server_port(b->server));
	snprintf(b->url, sizeof(b->url), "http://%s%s", b->host, path);
	b->wire.version++;
}

static void bench_lanes(struct bench *b, size_t n)
{
	static struct errs es;
	const struct hub_config config = {
		.route = &b->route,
		.en = b->en,
		.loop = b->loop,
		.on_done = on_done,
	};
	const char *why;

	if (!b->hub) {
		assert_true(load_http2.can(&b->route, &why));
		b->hub = load_http2.hub_new(&config, &es);
		assert_non_null(b->hub);
	}
	for (; b->n_lanes < n; b->n_lanes++) {
		b->lane[b->n_lanes] = load_http2.open(b->hub);
		assert_non_null(b->lane[b->n_lanes]);
		b->lane[b->n_lanes]->owner = b;
	}
}

/* So many exchanges by so many lanes. */
static void bench_run(struct bench *b, const char *path, size_t lanes, size_t n)
{
	bench_path(b, path);
	bench_lanes(b, lanes);
	memset(b->n_by, 0, sizeof(b->n_by));
	b->n_started = b->n_done = 0;
	b->to_start = n;
	for (size_t i = 0; i < lanes && b->n_started < n; i++)
		start(b, b->lane[i]);
	assert_int_equal(b->n_done, 0); /* never from inside start() */
	ev_run(b->loop, 0);
	assert_int_equal(b->n_busy, 0);
	if (n)
		print_message("# %s: %s (%s)\n", path,
			      outcome_name(b->last.outcome), b->detail);
}

static void bench_close(struct bench *b)
{
	for (size_t i = 0; i < b->n_lanes; i++)
		load_http2.close(b->lane[i]);
	if (b->hub)
		load_http2.hub_free(b->hub);
	h2_server_stop(b->server);
	ev_timer_stop(b->loop, &b->patience);
	engine_free(b->en);
}

/* ---- one exchange of every kind --------------------------------------- */

static const struct {
	const char *path;
	enum outcome outcome;
	unsigned status;
	uint64_t received;
	const char *detail; /* in it */
	size_t connections; /* for three exchanges; 0: does not matter */
	uint64_t header_max, body_max;
} rows[] = {
	{ "/ok", OUTCOME_OK, 200, 5, "", 1, 0, 0 },
	{ "/empty", OUTCOME_OK, 204, 0, "", 1, 0, 0 },
	{ "/big", OUTCOME_OK, 200, H2_SERVER_BIG, "", 1, 0, 0 },
	{ "/trailers", OUTCOME_OK, 200, 5, "", 1, 0, 0 },
	{ "/interim", OUTCOME_OK, 200, 5, "", 1, 0, 0 },
	{ "/interims", OUTCOME_TOO_LARGE, 0, 0, "more than 32 interim", 1, 0,
	  0 },
	{ "/huge-head", OUTCOME_TOO_LARGE, 0, 0, "larger than 65536 bytes", 1,
	  0, 0 },
	{ "/ok", OUTCOME_OK, 200, 5, "", 1, 25, 0 },
	{ "/ok", OUTCOME_TOO_LARGE, 0, 0, "larger than 24 bytes", 1, 24, 0 },
	{ "/ok", OUTCOME_OK, 200, 5, "", 1, 0, 5 },
	{ "/ok", OUTCOME_TOO_LARGE, 200, 5, "larger than 4 bytes", 1, 0, 4 },
	{ "/reset", OUTCOME_PROTOCOL, 0, 0, "INTERNAL_ERROR", 1, 0, 0 },
	{ "/end", OUTCOME_PROTOCOL, 0, 0, "closed before", 1, 0, 0 },
	{ "/refuse", OUTCOME_CLOSED, 0, 0, "refused", 0, 0, 0 },
	{ "/close", OUTCOME_CLOSED, 0, 0, "closed", 3, 0, 0 },
	{ "/reset-connection", OUTCOME_RESET, 0, 0, "reset", 3, 0, 0 },
	{ "/cut", OUTCOME_CLOSED, 200, 5, "closed", 3, 0, 0 },
	{ "/go", OUTCOME_CLOSED, 0, 0, "refused", 0, 0, 0 },
	{ "/last", OUTCOME_OK, 200, 5, "", 3, 0, 0 },
	{ "/wrong-length", OUTCOME_PROTOCOL, 200, 5, "", 0, 0, 0 },
	{ "/bad-field", OUTCOME_PROTOCOL, 0, 0, "", 0, 0, 0 },
};

static void run_rows(bool wants_answer)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bench b;

		bench_open(&b, NULL);
		b.route.wants_answer = wants_answer;
		b.request.header_max_bytes = rows[i].header_max;
		b.request.body_max_bytes = rows[i].body_max;
		bench_run(&b, rows[i].path, 1, 3);
		assert_string_equal(outcome_name(b.last.outcome),
				    outcome_name(rows[i].outcome));
		assert_int_equal(b.n_by[rows[i].outcome], 3);
		assert_int_equal(b.last.status, rows[i].status);
		assert_int_equal(b.last.received_bytes, rows[i].received);
		assert_non_null(strstr(b.detail, rows[i].detail));
		assert_int_equal(!*b.detail, rows[i].outcome == OUTCOME_OK);
		if (rows[i].connections)
			assert_int_equal(b.hub->n_made, rows[i].connections);
		bench_close(&b);
	}
}

static void test_rows(void **state)
{
	(void)state;
	run_rows(false);
}

static void test_rows_kept(void **state)
{
	(void)state;
	run_rows(true);
}

static void test_garbage(void **state)
{
	static const char *const garbage[] = {
		"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\nwhat?",
		"SSH-2.0-OpenSSH_9.2\r\n and more of it",
		"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
		"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x01\x02\x03\x04\x05",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(garbage); i++) {
		struct h2_server_plan plan = { .garbage = garbage[i] };
		struct bench b;

		bench_open(&b, &plan);
		bench_run(&b, "/ok", 2, 4);
		assert_int_equal(b.n_by[OUTCOME_PROTOCOL], 4);
		assert_string_not_equal(b.detail, "");
		bench_close(&b);
	}
}

/* ---- what is asked ---------------------------------------------------- */

static void test_request(void **state)
{
	const struct h2_server_facts *f;
	struct bench b;

	(void)state;
	bench_open(&b, NULL);
	b.field[0] = (struct field){ "User-Agent", "tester" };
	b.field[1] = (struct field){ "Connection", "keep-alive" };
	b.field[2] = (struct field){ "X-Mixed-Case", "One" };
	b.request.n_headers = 3;
	bench_run(&b, "/ok?a=b", 1, 1);
	f = h2_server_facts(b.server);
	assert_string_equal(f->method, "GET");
	assert_string_equal(f->path, "/ok?a=b");
	assert_string_equal(f->authority, b.host);
	assert_string_equal(f->agent, "tester");
	assert_int_equal(f->n_connection, 0);
	b.field[0].value = "another";
	bench_run(&b, "/ok", 1, 1);
	assert_string_equal(f->agent, "another");
	assert_string_equal(f->path, "/ok");
	bench_close(&b);
}

static char *make_body(size_t len)
{
	char *body = malloc(len);

	assert_non_null(body);
	memset(body, 'x', len);
	return body;
}

static void test_upload(void **state)
{
	static const uint32_t windows[] = { 0, 1000, 1 << 20 };
	char *body = make_body(UPLOAD);

	(void)state;
	for (size_t i = 0; i < COUNT(windows); i++) {
		struct h2_server_plan plan = { .window = windows[i] };
		struct bench b;

		bench_open(&b, &plan);
		b.request.method = "POST";
		b.request.body = body;
		b.request.body_len = UPLOAD;
		bench_run(&b, "/ok", 4, 8);
		assert_int_equal(b.n_by[OUTCOME_OK], 8);
		assert_int_equal(b.last.sent_bytes, UPLOAD);
		assert_true(b.last.written_ns <= b.last.first_ns);
		assert_int_equal(h2_server_facts(b.server)->body_bytes,
				 8 * (size_t)UPLOAD);
		bench_run(&b, "/big", 4, 8);
		assert_int_equal(b.n_by[OUTCOME_OK], 8);
		bench_close(&b);
	}
	free(body);
}

/* An answer before the request is whole ends the upload. */
static void test_early_answer(void **state)
{
	struct h2_server_plan plan = { .window = 1000 };
	char *body = make_body(UPLOAD);
	struct bench b;

	(void)state;
	bench_open(&b, &plan);
	b.request.method = "POST";
	b.request.body = body;
	b.request.body_len = UPLOAD;
	bench_run(&b, "/early", 2, 10);
	assert_int_equal(b.n_by[OUTCOME_OK], 10);
	assert_true(b.last.sent_bytes < UPLOAD);
	assert_int_equal(b.hub->n_made, 1);
	bench_close(&b);
	free(body);
}

/* ---- the answer ------------------------------------------------------- */

static void look_at_answer(struct bench *b, struct lane *la)
{
	const struct answer *an = la->answer;

	assert_non_null(an);
	assert_int_equal(an->status, 200);
	assert_string_equal(an->protocol, "HTTP/2");
	assert_string_equal(an->transport, "http2");
	assert_string_equal(an->remote, b->host);
	assert_string_equal(buf_text(&an->body), "bbbbb");
	assert_int_equal(an->received_bytes, 5);
	assert_string_equal(answer_header(an, "X-One"), "1");
	assert_int_equal(!answer_header(an, "x-trailer"),
			 !strstr(b->url, "trailers"));
	assert_null(answer_header(an, "link"));
	if (b->n_started < b->to_start)
		start(b, la);
}

static void test_answer(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, NULL);
	b.route.wants_answer = true;
	b.then = look_at_answer;
	bench_run(&b, "/ok", 2, 6);
	bench_run(&b, "/trailers", 2, 6);
	bench_run(&b, "/interim", 2, 6);
	b.then = NULL;
	b.request.wants_compressed = true;
	bench_run(&b, "/not-gzip", 2, 6);
	assert_int_equal(b.n_by[OUTCOME_ENCODING], 6);
	b.request.wants_compressed = false;
	bench_run(&b, "/not-gzip", 2, 6);
	assert_int_equal(b.n_by[OUTCOME_OK], 6);
	bench_close(&b);
}

/* ---- streams and connections ------------------------------------------ */

static const struct {
	uint32_t server_max;
	uint64_t streams, max_requests;
	bool is_fresh;
	size_t lanes;
	size_t made_min, made_max; /* connections for 200 exchanges */
	size_t at_once_max;	   /* streams on one; 0: does not matter */
} crowds[] = {
	{ 0, 8, 0, false, 8, 1, 1, 8 },	   { 0, 8, 0, false, 32, 4, 4, 8 },
	{ 0, 0, 0, false, 64, 1, 1, 64 },  { 100, 1, 0, false, 5, 5, 5, 1 },
	{ 1, 8, 0, false, 4, 4, 6, 0 },	   { 3, 8, 0, false, 8, 3, 6, 0 },
	{ 0, 8, 10, false, 4, 20, 24, 8 }, { 0, 8, 1, false, 4, 200, 200, 1 },
	{ 0, 8, 0, true, 4, 200, 200, 1 },
};

static void test_crowds(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(crowds); i++) {
		struct h2_server_plan plan = { .max_streams =
						       crowds[i].server_max };
		struct bench b;

		bench_open(&b, &plan);
		b.route.streams = crowds[i].streams;
		b.route.max_requests = crowds[i].max_requests;
		b.route.is_fresh = crowds[i].is_fresh;
		bench_run(&b, "/ok", crowds[i].lanes, 200);
		print_message("# row %zu: %zu connections, %zu at once\n", i,
			      (size_t)b.hub->n_made,
			      h2_server_facts(b.server)->open_max);
		assert_int_equal(b.n_by[OUTCOME_OK], 200);
		assert_in_range(b.hub->n_made, crowds[i].made_min,
				crowds[i].made_max);
		if (crowds[i].at_once_max)
			assert_in_range(h2_server_facts(b.server)->open_max, 1,
					crowds[i].at_once_max);
		bench_close(&b);
	}
}

/* Refused a few times, and then not: the exchange is one. */
static void test_refused_then_taken(void **state)
{
	struct h2_server_plan plan = { .refusals = 3 };
	struct bench b;

	(void)state;
	bench_open(&b, &plan);
	bench_run(&b, "/ok", 1, 2);
	assert_int_equal(b.n_by[OUTCOME_OK], 2);
	assert_int_equal(h2_server_facts(b.server)->n_asked, 5);
	bench_close(&b);
}

/* The server has closed while nobody asked: that is no fault. */
static void test_closed_while_idle(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, NULL);
	bench_run(&b, "/last", 1, 1);
	bench_run(&b, "/ok", 1, 2);
	assert_int_equal(b.n_by[OUTCOME_OK], 2);
	assert_int_equal(b.hub->n_made, 2);
	bench_close(&b);
}

/* On a connection that was used before, a request that nobody has answered is
 * sent once more if it may be. */
static void test_lost_when_used(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, NULL);
	bench_run(&b, "/ok", 1, 1);
	bench_run(&b, "/close", 1, 1);
	assert_int_equal(b.n_by[OUTCOME_CLOSED], 1);
	assert_int_equal(b.last.resends, 1);
	assert_int_equal(b.hub->n_made, 2);
	bench_run(&b, "/ok", 1, 1);
	assert_int_equal(b.last.resends, 0);
	b.request.method = "POST";
	bench_run(&b, "/close", 1, 1);
	assert_int_equal(b.n_by[OUTCOME_CLOSED], 1);
	assert_int_equal(b.last.resends, 0);
	assert_int_equal(b.hub->n_made, 3);
	bench_close(&b);
}

static void test_refused(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, NULL);
	b.address.at.in.sin_port = htons(1);
	bench_run(&b, "/ok", 4, 20);
	assert_int_equal(b.n_by[OUTCOME_REFUSED], 20);
	assert_int_equal(b.hub->n_open, 0);
	bench_close(&b);
}

/* What an earlier connection had brought says nothing of a new one. */
static void test_lost_when_new(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, NULL);
	bench_run(&b, "/ok", 1, 2);
	bench_run(&b, "/close", 1, 1);
	size_t before = h2_server_facts(b.server)->n_asked;
	bench_run(&b, "/close", 1, 1);
	assert_int_equal(b.n_by[OUTCOME_CLOSED], 1);
	assert_int_equal(h2_server_facts(b.server)->n_asked, before + 1);
	bench_close(&b);
}

/* ---- cancelling ------------------------------------------------------- */

struct later {
	ev_timer timer;
	struct bench *b;
};

static void on_later(struct ev_loop *loop, ev_timer *w, int got)
{
	struct later *later = w->data;
	struct bench *b = later->b;

	(void)got;
	for (size_t i = 0; i < b->n_lanes; i++) {
		uint64_t now = engine_now_ns();

		if (b->lane[i]->stage == LANE_IDLE)
			continue;
		load_http2.cancel(b->lane[i], now);
		b->n_busy--;
		b->last = b->lane[i]->sample;
		assert_int_equal(b->last.end_ns, now);
		assert_int_equal(b->lane[i]->stage, LANE_IDLE);
		check_times(&b->last);
	}
	ev_break(loop, EVBREAK_ALL);
}

static void run_and_cancel(struct bench *b, const char *path, size_t lanes,
			   double after_s)
{
	struct later later = { .b = b };

	bench_path(b, path);
	bench_lanes(b, lanes);
	b->n_started = b->n_done = b->to_start = 0;
	for (size_t i = 0; i < lanes; i++)
		start(b, b->lane[i]);
	ev_timer_init(&later.timer, on_later, after_s, 0);
	later.timer.data = &later;
	ev_timer_start(b->loop, &later.timer);
	ev_run(b->loop, 0);
	ev_timer_stop(b->loop, &later.timer);
	assert_int_equal(b->n_busy, 0);
}

static void on_look(struct ev_loop *loop, ev_timer *w, int got)
{
	struct bench *b = w->data;

	(void)got;
	b->stage = b->lane[0]->stage;
	ev_timer_stop(loop, w);
}

static void test_cancel(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, NULL);
	run_and_cancel(&b, "/stall", 8, 0.05);
	assert_int_equal(b.n_done, 0);
	assert_int_equal(b.last.status, 200);
	assert_int_equal(b.last.received_bytes, 5);
	assert_int_not_equal(b.last.first_ns, 0);
	/* the connection goes on */
	bench_run(&b, "/ok", 8, 16);
	assert_int_equal(b.n_by[OUTCOME_OK], 16);
	assert_int_equal(b.hub->n_made, 1);
	assert_int_equal(h2_server_facts(b.server)->n_reset, 8);
	/* nothing came at all: another one */
	run_and_cancel(&b, "/silent", 8, 0.05);
	assert_int_equal(b.last.status, 0);
	assert_int_equal(b.last.first_ns, 0);
	bench_run(&b, "/ok", 8, 16);
	assert_int_equal(b.n_by[OUTCOME_OK], 16);
	bench_close(&b);
}

/* Before anything has gone out. */
static void test_cancel_at_once(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, NULL);
	for (int round = 0; round < 3; round++) {
		bench_path(&b, "/ok");
		bench_lanes(&b, 8);
		for (size_t i = 0; i < 8; i++)
			start(&b, b.lane[i]);
		for (size_t i = 0; i < 8; i++) {
			load_http2.cancel(b.lane[i], engine_now_ns());
			b.n_busy--;
		}
		bench_run(&b, "/ok", 4, 8);
		assert_int_equal(b.n_by[OUTCOME_OK], 8);
		assert_int_equal(b.n_done, 8);
	}
	bench_close(&b);
}

/* A lane's end cancels and closes the others. */
static void end_the_others(struct bench *b, struct lane *la)
{
	for (size_t i = 0; i < b->n_lanes; i++) {
		if (b->lane[i] == la)
			continue;
		if (b->lane[i]->stage != LANE_IDLE) {
			load_http2.cancel(b->lane[i], engine_now_ns());
			b->n_busy--;
		}
		load_http2.close(b->lane[i]);
	}
	b->lane[0] = la;
	b->n_lanes = 1;
	b->then = NULL;
}

static void test_end_the_others(void **state)
{
	static const char *const paths[] = { "/ok", "/close", "/reset" };

	(void)state;
	for (size_t i = 0; i < COUNT(paths); i++) {
		struct bench b;

		bench_open(&b, NULL);
		b.then = end_the_others;
		bench_run(&b, paths[i], 20, 20);
		assert_int_equal(b.n_done, 1);
		bench_run(&b, "/ok", 1, 5);
		assert_int_equal(b.n_by[OUTCOME_OK], 5);
		bench_close(&b);
	}
}

/* Closing all while streams and connections are under way. */
static void test_close_all(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, NULL);
	run_and_cancel(&b, "/stall", 30, 0.05);
	bench_close(&b);
	bench_open(&b, NULL);
	run_and_cancel(&b, "/big", 30, 0.0);
	bench_close(&b);
}

/* ---- TLS -------------------------------------------------------------- */

static struct server *tls_server(struct bench *b, enum server_kind kind,
				 bool skip_verify)
{
	static const struct cert_plan plan = {
		.name = "127.0.0.1",
		.alt_names = "IP:127.0.0.1",
		.from_days = -1,
		.to_days = 10,
	};
	struct made_cert made = cert_make(&plan, NULL);
	struct server_tls tls = { .key = made.key, .chain = { made.cert } };
	struct server *s = server_start(kind, &tls);

	b->address.at.in.sin_port = htons((uint16_t)server_port(s));
	b->request.version = HTTP_2;
	b->request.skip_verify = skip_verify;
	b->route.is_tls = true;
	cert_unmake(&made);
	return s;
}

/* It speaks TLS, but knows nothing of HTTP/2. */
static void test_not_offered(void **state)
{
	struct server *s;
	struct bench b;

	(void)state;
	bench_open(&b, NULL);
	s = tls_server(&b, SERVER_HTTP, true);
	bench_run(&b, "/ok", 2, 6);
	assert_int_equal(b.n_by[OUTCOME_PROTOCOL], 6);
	assert_string_equal(b.detail, "the server does not offer HTTP/2");
	assert_int_equal(b.hub->n_open, 0);
	bench_close(&b);
	server_stop(s);
}

static void test_not_trusted(void **state)
{
	struct server *s;
	struct bench b;

	(void)state;
	bench_open(&b, NULL);
	s = tls_server(&b, SERVER_HTTP, false);
	bench_run(&b, "/ok", 2, 6);
	assert_int_equal(b.n_by[OUTCOME_TLS_SELF_SIGNED], 6);
	bench_close(&b);
	server_stop(s);
}

/* The handshake never ends: whoever gives up takes the connection along. */
static void test_cancel_while_securing(void **state)
{
	struct server *s;
	struct bench b;
	ev_timer look;

	(void)state;
	bench_open(&b, NULL);
	s = tls_server(&b, SERVER_SILENT, true);
	ev_timer_init(&look, on_look, 0.02, 0);
	look.data = &b;
	ev_timer_start(b.loop, &look);
	run_and_cancel(&b, "/ok", 4, 0.05);
	assert_int_equal(b.stage, LANE_SECURING);
	assert_int_equal(b.last.first_ns, 0);
	ev_run(b.loop, EVRUN_NOWAIT);
	assert_int_equal(b.hub->n_open, 0);
	assert_int_equal(b.hub->n_made, 0);
	bench_close(&b);
	server_stop(s);
}

/* ---- what it can ------------------------------------------------------ */

static void test_can(void **state)
{
	struct address at = { .len = 1 };
	struct request usual = { .version = HTTP_2_PRIOR };
	struct route rt = { .n_addresses = 1, .address = &at };
	struct request rq;
	const char *why;

	(void)state;
	rt.request = &rq;
	rq = usual;
	assert_true(load_http2.can(&rt, &why));
	rq.version = HTTP_ANY;
	assert_false(load_http2.can(&rt, &why));
	assert_non_null(why);
	rq.version = HTTP_2;
	assert_false(load_http2.can(&rt, &why));
	rt.is_tls = true;
	assert_true(load_http2.can(&rt, &why));
	rq.proxy = "http://p";
	assert_false(load_http2.can(&rt, &why));
	rq = usual;
	rq.auth = AUTH_DIGEST;
	assert_false(load_http2.can(&rt, &why));
	rq = usual;
	rq.kind = REQUEST_TLS;
	assert_false(load_http2.can(&rt, &why));
	rq = usual;
	rt.n_addresses = 0;
	assert_false(load_http2.can(&rt, &why));
}

static int set_up(void **state)
{
	static struct errs es;

	(void)state;
	return engine_global_init(&es) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	engine_global_release();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_rows_kept),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_upload),
		cmocka_unit_test(test_early_answer),
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_crowds),
		cmocka_unit_test(test_refused_then_taken),
		cmocka_unit_test(test_closed_while_idle),
		cmocka_unit_test(test_lost_when_used),
		cmocka_unit_test(test_lost_when_new),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_cancel_at_once),
		cmocka_unit_test(test_end_the_others),
		cmocka_unit_test(test_close_all),
		cmocka_unit_test(test_not_offered),
		cmocka_unit_test(test_not_trusted),
		cmocka_unit_test(test_cancel_while_securing),
		cmocka_unit_test(test_can),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
