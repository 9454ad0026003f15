/* SPDX-License-Identifier: MIT */
/* folder: loadgen */
/* The load's libcurl against a small server, and beside the engine's. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "loadgen/transport/transport.h"
#include "probe/engine/headers.h"
#include "scenarios/base/err.h"
#include "tests/unit/engine_ask.h"
#include "tests/unit/load_script.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

enum { LANES_MAX = 200 };

/* One hub with its lanes, each of which asks `rounds` times. */
static struct bench {
	struct request request;
	struct route route;
	struct address address[2], source;
	struct errs es;
	struct hub *hub;
	size_t n;
	struct lane *lane[LANES_MAX];
	struct wire wire[LANES_MAX];
	unsigned left[LANES_MAX];
	size_t n_under_way, n_done, n_ok, n_made;
	bool is_starting; /* on_done shall not be called now */
	bool closes;
	void (*on_done)(struct lane *la);
	/* of the last one that was over */
	struct sample sample;
	char detail[400];
	char body[4096];
	size_t n_headers;
	char remote[64];
} be;

static char url[200];

static struct address address_of(const char *text, unsigned port)
{
	struct address a = { .len = sizeof(struct sockaddr_in) };

	a.at.in.sin_family = AF_INET;
	a.at.in.sin_port = htons((uint16_t)port);
	assert_int_equal(inet_pton(AF_INET, text, &a.at.in.sin_addr), 1);
	return a;
}

static void begin(size_t i)
{
	be.is_starting = true;
	be.left[i]--;
	be.n_under_way++;
	be.lane[i]->transport->start(be.lane[i], &be.wire[i], engine_now_ns());
	be.is_starting = false;
	assert_int_not_equal(be.lane[i]->stage, LANE_IDLE);
}

static void keep_answer(const struct lane *la)
{
	const struct answer *an = la->answer;

	be.sample = la->sample;
	snprintf(be.detail, sizeof(be.detail), "%s", la->detail);
	if (!an)
		return;
	be.n_headers = an->n_headers;
	snprintf(be.body, sizeof(be.body), "%s", buf_text(&an->body));
	snprintf(be.remote, sizeof(be.remote), "%s", an->remote);
}

static size_t index_of(const struct lane *la)
{
	size_t i = 0;

	while (be.lane[i] != la)
		i++;
	return i;
}

static void on_done(struct lane *la)
{
	const struct sample *s = &la->sample;
	size_t i = index_of(la);

	assert_false(be.is_starting);
	assert_int_equal(la->stage, LANE_IDLE);
	assert_true(s->end_ns >= s->sent_ns);
	assert_true(!s->first_ns || s->first_ns >= s->sent_ns);
	assert_true(s->first_ns <= s->end_ns);
	assert_true(!la->answer || be.route.wants_answer);
	assert_true(la->answer || !be.route.wants_answer || !s->status);
	be.n_under_way--;
	be.n_done++;
	be.n_ok += s->outcome == OUTCOME_OK;
	be.n_made += s->made_connection;
	keep_answer(la);
	if (be.on_done)
		be.on_done(la);
	if (be.left[i]) {
		begin(i);
	} else if (be.closes) {
		la->transport->close(la);
		be.lane[i] = NULL;
	}
	if (!be.n_under_way)
		engine_stop(en);
}

static void prepare(const char *path)
{
	memset(&be, 0, sizeof(be));
	snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", server_port(server),
		 path);
	be.request = (struct request){ .url = url,
				       .method = "GET",
				       .version = HTTP_1_1,
				       .wants_compressed = true };
	be.address[0] = address_of("127.0.0.1", server_port(server));
	be.route = (struct route){
		.request = &be.request,
		.host = "127.0.0.1",
		.port = server_port(server),
		.n_addresses = 1,
		.address = be.address,
		.streams = ROUTE_STREAMS,
	};
}

static void open_hub(size_t n, unsigned rounds)
{
	const struct hub_config config = {
		.route = &be.route,
		.en = en,
		.loop = engine_loop(en),
		.on_done = on_done,
	};

	be.hub = load_libcurl.hub_new(&config, &be.es);
	assert_non_null(be.hub);
	be.n = n;
	for (size_t i = 0; i < n; i++) {
		be.lane[i] = load_libcurl.open(be.hub);
		assert_non_null(be.lane[i]);
		be.wire[i] =
			(struct wire){ .request = &be.request, .version = 1 };
		be.left[i] = rounds;
	}
}

static void run(void)
{
	for (size_t i = 0; i < be.n; i++)
		if (be.left[i])
			begin(i);
	engine_run(en);
	assert_int_equal(be.n_under_way, 0);
}

static void close_hub(void)
{
	for (size_t i = 0; i < be.n; i++)
		if (be.lane[i])
			load_libcurl.close(be.lane[i]);
	assert_int_equal(be.n_made, be.hub->n_made);
	load_libcurl.hub_free(be.hub);
	be.hub = NULL;
}

/* ---- the engine's verdicts -------------------------------------------- */

static const struct {
	const char *path;
	uint64_t body_max, header_max;
} rows[] = {
	{ "/ok", 0, 0 },
	{ "/ok", 5, 0 },
	{ "/ok", 4, 0 },
	{ "/ok", 0, 20 },
	{ "/cookie", 0, 0 },
	{ "/interim", 0, 0 },
	{ "/folded", 0, 0 },
	{ "/bad-fields", 0, 0 },
	{ "/nothing-here", 0, 0 },
	{ "/reset", 0, 0 },
	{ "/close", 0, 0 },
	{ "/short", 0, 0 },
	{ "/bad-chunk", 0, 0 },
	{ "/garbage", 0, 0 },
	{ "/bad-gzip", 0, 0 },
	{ "/endless-body", 100000, 0 },
	{ "/endless-headers", 0, 0 },
	{ "/endless-interim", 0, 0 },
	{ "/long-header", 0, 0 },
};

static void assert_as_engine(const struct answer *an, bool wants_answer)
{
	assert_string_equal(outcome_name(be.sample.outcome),
			    outcome_name(an->outcome));
	assert_int_equal(be.sample.status, an->status);
	assert_string_equal(be.detail, an->detail);
	if (an->outcome != OUTCOME_TOO_LARGE)
		assert_int_equal(be.sample.received_bytes, an->received_bytes);
	if (!wants_answer || !an->status || an->outcome == OUTCOME_TOO_LARGE)
		return;
	assert_int_equal(be.n_headers, an->n_headers);
	assert_string_equal(be.body, buf_text(&an->body));
	assert_string_equal(be.remote, an->remote);
}

/* Twice by the same lane: what one answer leaves behind shall not show in the
 * next one. */
static void compare(size_t i, bool wants_answer)
{
	struct ask ask;

	ask_init(&ask, rows[i].path);
	ask.ex.request.body_max_bytes = rows[i].body_max;
	ask.ex.request.header_max_bytes = rows[i].header_max;
	ask.ex.request.version = HTTP_1_1;
	ask.ex.request.wants_compressed = wants_answer;
	engine_set_transport(en, TRANSPORT_LIBCURL);
	ask_run(&ask);
	engine_set_transport(en, TRANSPORT_AUTO);

	prepare(rows[i].path);
	be.request.body_max_bytes = rows[i].body_max;
	be.request.header_max_bytes = rows[i].header_max;
	be.request.wants_compressed = wants_answer;
	be.route.wants_answer = wants_answer;
	open_hub(1, 2);
	run();
	print_message("# %s: %s (%s)\n", rows[i].path,
		      outcome_name(be.sample.outcome), be.detail);
	assert_int_equal(be.n_done, 2);
	assert_as_engine(&ask.ex.answer, wants_answer);
	close_hub();
	exchange_release(&ask.ex);
}

static void test_verdicts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		compare(i, true);
		compare(i, false);
	}
}

static void test_coded_bodies_are_unpacked(void **state)
{
	(void)state;
	prepare("/bad-gzip"); /* offered, though nobody wants to see it */
	open_hub(1, 1);
	run();
	assert_int_equal(be.n_ok, 0);
	assert_int_equal(be.sample.outcome, OUTCOME_ENCODING);
	close_hub();
}

/* Without the other fields the head tells the same of its body. */
static const char *const heads[] = {
	"HTTP/1.1 200 OK\r\nServer: a\r\nContent-Length: 3\r\n\r\n",
	"HTTP/1.1 200 OK\r\nContent-Length: 3\r\ncontent-LENGTH: 4\r\n\r\n",
	"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n X\r\nDate: "
	"1234567890\r\n\r\n",
	"HTTP/1.1 200 OK\r\nDate: 1234567890abc\r\n more of it: yes\r\n\r\n",
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
	"HTTP/1.1 103 Hints\r\nContent-Length: 9\r\n\r\n"
	"HTTP/1.1 404 No\r\nContent-Encoding: gzip\r\nX: y\r\n\r\n",
	"HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nC: d\r\nT: u\r\n",
};

static void read_head(struct headers *h, const char *head, bool only_framing)
{
	headers_init(h, 4096);
	h->only_framing = only_framing;
	while (*head) { /* a line at a time, as libcurl does */
		size_t len = (size_t)(strchr(head, '\n') - head) + 1;
		assert_true(headers_add(h, head, len));
		head += len;
	}
}

static void test_only_framing(void **state)
{
	static const char *const names[] = { "Content-Length",
					     "Transfer-Encoding",
					     "Content-Encoding" };
	struct headers all, few;

	(void)state;
	for (size_t i = 0; i < COUNT(heads); i++) {
		read_head(&all, heads[i], false);
		read_head(&few, heads[i], true);
		assert_int_equal(few.status, all.status);
		assert_int_equal(few.is_whole, all.is_whole);
		assert_int_equal(few.interim, all.interim);
		assert_int_equal(few.seen_bytes, all.seen_bytes);
		assert_true(few.n <= all.n);
		assert_ptr_equal(headers_length_flaw(&few),
				 headers_length_flaw(&all));
		for (size_t k = 0; k < COUNT(names); k++)
			assert_int_equal(headers_has(&few, names[k]),
					 headers_has(&all, names[k]));
		headers_release(&all);
		headers_release(&few);
	}
}

static void test_can(void **state)
{
	const char *why = NULL;

	(void)state;
	prepare("/ok");
	assert_true(load_libcurl.can(&be.route, &why));
	assert_string_equal(why, "");
	be.request.version = HTTP_2_PRIOR;
	be.route.is_fresh = true;
	assert_true(load_libcurl.can(&be.route, &why));
	be.request.kind = REQUEST_TCP;
	assert_false(load_libcurl.can(&be.route, &why));
	assert_true(why[0]);
}

/* ---- connections ------------------------------------------------------ */

static const struct {
	bool is_fresh;
	uint64_t max_requests;
	size_t n_lanes;
	unsigned rounds;
	size_t n_connections, n_open; /* 0: as many as lanes, at most */
} kept[] = {
	{ false, 0, 1, 50, 1, 1 },  { true, 0, 1, 10, 10, 0 },
	{ false, 0, 70, 10, 0, 0 }, { true, 0, 40, 3, 120, 0 },
	{ false, 3, 1, 9, 3, 0 },   { false, 4, 5, 10, 15, 5 },
	{ false, 1, 2, 3, 6, 0 },
};

static void test_connections(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kept); i++) {
		size_t before = server_connections(server);
		size_t all = kept[i].n_lanes * kept[i].rounds;
		prepare("/ok");
		be.route.is_fresh = kept[i].is_fresh;
		be.route.max_requests = kept[i].max_requests;
		open_hub(kept[i].n_lanes, kept[i].rounds);
		run();
		assert_int_equal(be.n_done, all);
		assert_int_equal(be.n_ok, all);
		assert_int_equal(server_connections(server) - before,
				 be.n_made);
		assert_true(be.hub->n_open_max <= kept[i].n_lanes);
		if (kept[i].n_connections) {
			assert_int_equal(be.n_made, kept[i].n_connections);
			assert_int_equal(be.hub->n_open, kept[i].n_open);
		} else {
			assert_true(be.n_made <= kept[i].n_lanes);
			assert_int_equal(be.hub->n_open, be.n_made);
		}
		close_hub();
	}
}

static void test_close_in_on_done(void **state)
{
	(void)state;
	prepare("/ok");
	be.closes = true;
	open_hub(40, 2);
	run();
	assert_int_equal(be.n_ok, 80);
	close_hub();
}

static void on_pause(struct engine_timer *t)
{
	engine_stop(t->en);
}

static void pause_ms(unsigned ms)
{
	struct engine_timer timer;

	engine_timer_init(&timer, en, on_pause, NULL);
	engine_timer_start(&timer, (uint64_t)ms * MS);
	engine_run(en);
	engine_timer_release(&timer);
}

/* A kept connection is closed under the second request, which libcurl would
 * send again whatever it is. */
static void lose_second(const char *method, const char *outcome,
			unsigned resends)
{
	static const char hello[] = "HTTP/1.1 200 OK\r\n"
				    "Content-Length: 5\r\n\r\nhello";
	const struct turn turns[] = {
		{ .say = hello },
		{ .then = THEN_CLOSE },
		{ .say = resends ? hello : "",
		  .then = THEN_WAIT_CLOSE,
		  .asks_none = !resends },
		{ 0 },
	};
	struct script *s = script_start(turns, NULL);

	prepare("/");
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", script_port(s));
	be.address[0] = address_of("127.0.0.1", script_port(s));
	be.request.method = method;
	be.request.body = strcmp(method, "POST") ? NULL : "body";
	be.request.body_len = be.request.body ? 4 : 0;
	open_hub(1, 1);
	run();
	assert_int_equal(be.n_ok, 1);
	assert_int_equal(be.sample.resends, 0);
	be.left[0] = 1;
	run();
	assert_string_equal(outcome_name(be.sample.outcome), outcome);
	assert_int_equal(be.sample.resends, resends);
	close_hub();
	script_stop(s);
}

static void test_sent_again(void **state)
{
	(void)state;
	lose_second("GET", "ok", 1);
	lose_second("PUT", "ok", 1);
	lose_second("POST", "closed", 0);
	assert_non_null(strstr(be.detail, "without an answer"));
}

/* The peer closes connections that wait: that is noticed, costs no CPU, and
 * the next request makes a new one. */
static void test_peer_closes_idle(void **state)
{
	struct server *own = server_start(SERVER_HTTP, NULL);

	(void)state;
	prepare("/ok");
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/ok", server_port(own));
	be.address[0] = address_of("127.0.0.1", server_port(own));
	open_hub(3, 2);
	run();
	assert_int_equal(be.n_ok, 6);
	server_stop(own);
	uint64_t before = (uint64_t)clock();
	pause_ms(100);
	assert_true((uint64_t)clock() - before < CLOCKS_PER_SEC / 20);
	be.left[0] = 1;
	run();
	assert_string_equal(outcome_name(be.sample.outcome), "refused");
	close_hub();
}

/* Nothing that only waits keeps the engine from coming to its end. */
static void test_idle_is_no_reason_to_run(void **state)
{
	(void)state;
	prepare("/ok");
	open_hub(2, 1);
	run();
	engine_run(en);
	close_hub();
}

/* ---- cancelling ------------------------------------------------------- */

static const struct {
	const char *path;
	enum lane_stage stage;
} stuck[] = {
	{ "/silent", LANE_WAITING },
	{ "/drip", LANE_RECEIVING },
	{ "/stall", LANE_RECEIVING },
};

static void test_cancel(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(stuck); i++) {
		prepare(stuck[i].path);
		open_hub(1, 1);
		begin(0);
		pause_ms(50);
		struct lane *la = be.lane[0];
		la->transport->look(la);
		assert_int_equal(la->stage, stuck[i].stage);
		uint64_t now = engine_now_ns();
		la->transport->cancel(la, now);
		assert_int_equal(la->stage, LANE_IDLE);
		assert_true(la->sample.end_ns == now);
		assert_true(la->sample.written_ns >= la->sample.sent_ns);
		assert_int_equal(la->sample.first_ns != 0,
				 stuck[i].stage == LANE_RECEIVING);
		assert_true(la->sample.made_connection);
		be.n_made = 1;
		assert_int_equal(be.hub->n_open, 0);
		assert_int_equal(be.n_done, 0);
		be.n_under_way = 0;
		/* and it may start again at once */
		snprintf(url, sizeof(url), "http://127.0.0.1:%u/ok",
			 server_port(server));
		be.wire[0].version++;
		be.left[0] = 1;
		run();
		assert_int_equal(be.n_ok, 1);
		close_hub();
	}
}

static struct lane *victim;

static void on_done_cancel(struct lane *la)
{
	if (!victim || la == victim || victim->stage == LANE_IDLE)
		return;
	victim->transport->cancel(victim, engine_now_ns());
	be.left[index_of(victim)] = 0;
	be.n_under_way--;
	be.n_made += victim->sample.made_connection;
}

/* One that is over as well, but whose on_done has not been called yet. */
static void test_cancel_in_on_done(void **state)
{
	(void)state;
	prepare("/ok");
	be.on_done = on_done_cancel;
	open_hub(30, 3);
	victim = be.lane[29];
	run();
	victim = NULL;
	assert_true(be.n_done >= 87 && be.n_done <= 89);
	assert_int_equal(be.n_ok, be.n_done);
	close_hub();
}

/* ---- what cannot be asked --------------------------------------------- */

static void test_bad_requests(void **state)
{
	static const struct field broken = { "X", "a\r\nb" };
	static const char *const urls[] = { "ftp://127.0.0.1/", "http://", "" };

	(void)state;
	for (size_t i = 0; i <= COUNT(urls); i++) {
		prepare("/ok");
		if (i < COUNT(urls)) {
			be.request.url = urls[i];
		} else {
			be.request.headers = &broken;
			be.request.n_headers = 1;
		}
		open_hub(2, 2);
		run();
		assert_int_equal(be.n_done, 4);
		assert_int_equal(be.n_made, 0);
		assert_string_equal(outcome_name(be.sample.outcome), "value");
		assert_true(be.detail[0]);
		close_hub();
	}
}

static void test_no_socket(void **state)
{
	struct rlimit files, few;

	(void)state;
	prepare("/ok");
	be.route.is_fresh = true;
	open_hub(1, 2);
	run(); /* what libcurl opens once is open */
	assert_int_equal(be.n_ok, 2);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
	few = files;
	few.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	be.left[0] = 2;
	run();
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
	assert_string_equal(outcome_name(be.sample.outcome), "local-fail");
	assert_contains(be.detail, "Too many open files");
	assert_int_equal(be.hub->out_of_files, 2);
	close_hub();
}

static void test_refused(void **state)
{
	(void)state;
	prepare("/ok");
	unsigned port = closed_port();
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/ok", port);
	be.address[0] = address_of("127.0.0.1", port);
	open_hub(40, 2);
	run();
	assert_int_equal(be.n_done, 80);
	assert_string_equal(outcome_name(be.sample.outcome), "refused");
	assert_int_equal(be.hub->n_open, 0);
	close_hub();
}

/* ---- addresses -------------------------------------------------------- */

static void test_addresses(void **state)
{
	(void)state;
	prepare("/ok");
	snprintf(url, sizeof(url), "http://not.known.invalid:%u/ok",
		 server_port(server));
	be.route.host = "not.known.invalid";
	be.address[1] = address_of("127.0.0.2", server_port(server));
	be.route.n_addresses = 2; /* the server listens on the first alone */
	be.route.is_fresh = true;
	be.route.wants_answer = true;
	be.source = address_of("127.0.0.3", 0);
	be.route.source = &be.source;
	be.route.n_sources = 1;
	open_hub(1, 4);
	run();
	assert_int_equal(be.n_done, 4);
	assert_true(be.n_ok > 0);
	if (be.sample.outcome == OUTCOME_OK)
		assert_memory_equal(be.remote, "127.0.0.1:", 10);
	close_hub();
}

static void test_foreign_source(void **state)
{
	(void)state;
	prepare("/ok");
	be.source = address_of("192.0.2.1", 0); /* for documentation only */
	be.route.source = &be.source;
	be.route.n_sources = 1;
	open_hub(1, 1);
	run();
	assert_string_equal(outcome_name(be.sample.outcome), "local-fail");
	assert_contains(be.detail, "assign requested address");
	assert_int_equal(be.hub->out_of_ports, 1);
	close_hub();
}

/* ---- requests that differ --------------------------------------------- */

static struct request asked_for[6];
static size_t n_asked;

static void on_done_next(struct lane *la)
{
	const struct request *rq = &asked_for[n_asked];

	(void)la;
	assert_memory_equal(be.body, rq->method,
			    be.body[0] ? strlen(rq->method) : 0);
	for (size_t i = 0; i < rq->n_headers; i++)
		assert_contains(be.body, rq->headers[i].value);
	assert_int_equal(be.sample.sent_bytes, rq->body_len);
	if (rq->body_len && rq->body_len < 100)
		assert_contains(be.body, rq->body);
	if (!rq->n_headers)
		assert_null(strstr(be.body, "X-Id"));
	if (++n_asked == COUNT(asked_for))
		n_asked = 0;
	be.wire[0].request = &asked_for[n_asked];
	be.wire[0].version++;
}

static void test_versions(void **state)
{
	static const struct field id[2] = { { "X-Id", "first" },
					    { "X-Id", "second" } };
	static char large[100000];

	(void)state;
	prepare("/echo");
	memset(large, 'x', sizeof(large));
	be.route.wants_answer = true;
	be.on_done = on_done_next;
	open_hub(1, 4 * COUNT(asked_for) + 1);
	for (size_t i = 0; i < COUNT(asked_for); i++)
		asked_for[i] = be.request;
	asked_for[0].headers = &id[0];
	asked_for[0].n_headers = 1;
	asked_for[1].headers = &id[1];
	asked_for[1].n_headers = 1;
	asked_for[3].method = "POST";
	asked_for[3].body = "some=form";
	asked_for[3].body_len = 9;
	asked_for[4].method = "POST";
	asked_for[4].body = large;
	asked_for[4].body_len = sizeof(large);
	asked_for[5].method = "DELETE";
	n_asked = 0;
	be.wire[0].request = &asked_for[0];
	run();
	assert_int_equal(be.n_ok, 4 * COUNT(asked_for) + 1);
	assert_int_equal(be.n_made, 1);
	close_hub();
}

/* The same version in another place: its strings have moved. */
static char *moved;

static void on_done_move(struct lane *la)
{
	(void)la;
	char *next = strdup("hello body");
	memset(moved, '?', strlen(moved));
	free(moved);
	moved = next;
	be.request.body = moved;
	assert_contains(be.body, "hello body");
}

static void test_moved_body(void **state)
{
	(void)state;
	prepare("/echo");
	moved = strdup("hello body");
	be.request.method = "POST";
	be.request.body = moved;
	be.request.body_len = strlen(moved);
	be.route.wants_answer = true;
	be.on_done = on_done_move;
	open_hub(1, 5);
	run();
	assert_int_equal(be.n_ok, 5);
	close_hub();
	free(moved);
}

static void test_form_of_file(void **state)
{
	char path[] = P_tmpdir "/assay-form-XXXXXX";
	int fd = mkstemp(path);
	const struct form_part parts[2] = {
		{ .name = "a", .text = "text", .len = 4 },
		{ .name = "b", .file = path, .type = "text/plain" },
	};

	(void)state;
	assert_int_equal(write(fd, "of the file", 11), 11);
	close(fd);
	prepare("/echo");
	be.request.method = "POST";
	be.request.parts = parts;
	be.request.n_parts = 2;
	be.route.wants_answer = true;
	open_hub(1, 3);
	run();
	assert_int_equal(be.n_ok, 3);
	assert_contains(be.body, "of the file");
	assert_true(be.sample.sent_bytes > 100);
	assert_true(be.sample.written_ns > 0);
	close_hub();
	unlink(path);
}

/* ---- TLS -------------------------------------------------------------- */

static void run_tls(const struct server *to, const char *ca_file,
		    const char *name, bool is_fresh, size_t n_ok,
		    const char *outcome)
{
	prepare("/ok");
	snprintf(url, sizeof(url), "https://127.0.0.1:%u/ok", server_port(to));
	be.address[0] = address_of("127.0.0.1", server_port(to));
	be.route.port = server_port(to);
	be.route.is_tls = true;
	be.route.is_fresh = is_fresh;
	be.route.resumes = true;
	be.request.ca_file = ca_file;
	be.request.sni = name;
	open_hub(3, 4);
	run();
	print_message("# TLS: %s (%s)\n", outcome_name(be.sample.outcome),
		      be.detail);
	assert_int_equal(be.n_done, 12);
	assert_int_equal(be.n_ok, n_ok);
	assert_string_equal(outcome_name(be.sample.outcome), outcome);
	if (n_ok)
		assert_int_equal(be.n_made, is_fresh ? 12 : 3);
	close_hub();
}

static void test_tls(void **state)
{
	const struct cert_plan plan = { .name = "a.test",
					.alt_names = "DNS:a.test",
					.from_days = -10,
					.to_days = 100 };
	const struct cert_plan root = {
		.name = "Root", .is_ca = true, .from_days = -10, .to_days = 100
	};
	struct made_cert ca = cert_make(&root, NULL);
	struct made_cert made = cert_make(&plan, &ca);
	const struct server_tls tls = { .key = made.key,
					.chain = { made.cert } };
	struct server *own = server_start(SERVER_HTTP, &tls);
	char path[] = P_tmpdir "/assay-ca-XXXXXX";

	(void)state;
	close(mkstemp(path));
	cert_write(path, ca.cert, NULL);
	run_tls(own, path, "a.test", false, 12, "ok");
	assert_int_equal(be.sample.tls_ns, 0); /* of a kept one */
	run_tls(own, path, "a.test", true, 12, "ok");
	assert_true(be.sample.tls_ns > 0);
	run_tls(own, path, "b.test", false, 0, "tls-name");
	run_tls(own, NULL, "a.test", true, 0, "tls-untrusted");
	server_stop(own);
	cert_unmake(&made);
	cert_unmake(&ca);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_coded_bodies_are_unpacked),
		cmocka_unit_test(test_only_framing),
		cmocka_unit_test(test_can),
		cmocka_unit_test(test_connections),
		cmocka_unit_test(test_close_in_on_done),
		cmocka_unit_test(test_sent_again),
		cmocka_unit_test(test_peer_closes_idle),
		cmocka_unit_test(test_idle_is_no_reason_to_run),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_cancel_in_on_done),
		cmocka_unit_test(test_bad_requests),
		cmocka_unit_test(test_no_socket),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_foreign_source),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_moved_body),
		cmocka_unit_test(test_form_of_file),
		cmocka_unit_test(test_tls),
	};

	return cmocka_run_group_tests(tests, engine_set_up, engine_tear_down);
}
