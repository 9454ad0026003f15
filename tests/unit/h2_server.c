/* SPDX-License-Identifier: MIT */
#include "tests/unit/h2_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ev.h>
#include <netinet/in.h>
#include <nghttp2/nghttp2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

struct peer;

struct question {
	struct question *next;
	struct peer *peer;
	int32_t id;
	char path[64];
	size_t got;	/* of the body */
	size_t to_send; /* of the answer's body */
	bool stalls;	/* behind that */
	bool has_trailers;
	bool is_answered;
};

struct peer {
	struct peer *next;
	struct h2_server *server;
	int fd;
	ev_io io;
	nghttp2_session *session;
	struct question *questions;
	size_t n_open;
	bool is_closing;   /* when all was sent */
	bool is_resetting; /* with a reset */
};

struct h2_server {
	struct ev_loop *loop;
	struct h2_server_plan plan;
	struct h2_server_facts facts;
	int fd;
	unsigned port;
	ev_io io;
	struct peer *peers;
};

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* ---- answers ---------------------------------------------------------- */

static nghttp2_nv pair(const char *name, const char *value)
{
	return (nghttp2_nv){ (uint8_t *)(uintptr_t)name,
			     (uint8_t *)(uintptr_t)value, strlen(name),
			     strlen(value), 0 };
}

static ssize_t on_read(nghttp2_session *session, int32_t id, uint8_t *out,
		       size_t room, uint32_t *flags,
		       nghttp2_data_source *source, void *self)
{
	struct question *q = source->ptr;
	nghttp2_nv trailer = pair("x-trailer", "behind");

	(void)self;
	if (!q->to_send && q->stalls)
		return NGHTTP2_ERR_DEFERRED;
	size_t n = room < q->to_send ? room : q->to_send;
	memset(out, 'b', n);
	q->to_send -= n;
	if (q->to_send || q->stalls)
		return (ssize_t)n;
	*flags |= NGHTTP2_DATA_FLAG_EOF;
	if (q->has_trailers) {
		*flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
		must(!nghttp2_submit_trailer(session, id, &trailer, 1));
	}
	return (ssize_t)n;
}

static void answer_with(struct question *q, const nghttp2_nv *field, size_t n,
			size_t body)
{
	nghttp2_data_provider source = { .source.ptr = q,
					 .read_callback = on_read };

	q->is_answered = true;
	q->to_send = body;
	must(!nghttp2_submit_response(q->peer->session, q->id, field, n,
				      body || q->stalls ? &source : NULL));
}

static void answer(struct question *q, const char *status, size_t body)
{
	nghttp2_nv field[] = { pair(":status", status), pair("x-one", "1") };

	answer_with(q, field, COUNT(field), body);
}

static void do_ok(struct question *q)
{
	answer(q, "200", 5);
}

static void do_empty(struct question *q)
{
	answer(q, "204", 0);
}

static void do_big(struct question *q)
{
	answer(q, "200", H2_SERVER_BIG);
}

static void do_trailers(struct question *q)
{
	q->has_trailers = true;
	answer(q, "200", 5);
}

static void interim(struct question *q, int n)
{
	nghttp2_nv field[] = { pair(":status", "103"), pair("link", "</a>") };

	for (int i = 0; i < n; i++)
		must(!nghttp2_submit_headers(q->peer->session, 0, q->id, NULL,
					     field, COUNT(field), NULL));
	answer(q, "200", 5);
}

static void do_interim(struct question *q)
{
	interim(q, 2);
}

static void do_interims(struct question *q)
{
	interim(q, H2_SERVER_INTERIM);
}

static void do_reset(struct question *q)
{
	nghttp2_submit_rst_stream(q->peer->session, 0, q->id,
				  NGHTTP2_INTERNAL_ERROR);
}

static void do_end(struct question *q)
{
	nghttp2_submit_rst_stream(q->peer->session, 0, q->id, NGHTTP2_NO_ERROR);
}

static void do_refuse(struct question *q)
{
	nghttp2_submit_rst_stream(q->peer->session, 0, q->id,
				  NGHTTP2_REFUSED_STREAM);
}

static void do_close(struct question *q)
{
	q->peer->is_closing = true;
}

static void do_reset_connection(struct question *q)
{
	q->peer->is_resetting = q->peer->is_closing = true;
}

/* The head and a part of the body, then nothing. */
static void do_stall(struct question *q)
{
	q->stalls = true;
	answer(q, "200", 5);
}

static void do_cut(struct question *q)
{
	do_stall(q);
	q->peer->is_closing = true;
}

/* This one and all behind it were not looked at. */
static void do_go(struct question *q)
{
	nghttp2_submit_goaway(q->peer->session, 0, q->id > 1 ? q->id - 2 : 0,
			      NGHTTP2_NO_ERROR, NULL, 0);
	q->peer->is_closing = true;
}

/* This one still, and nothing more. */
static void do_last(struct question *q)
{
	answer(q, "200", 5);
	nghttp2_submit_goaway(q->peer->session, 0, q->id, NGHTTP2_NO_ERROR,
			      NULL, 0);
}

static void do_silent(struct question *q)
{
	q->is_answered = true;
}

static void do_huge_head(struct question *q)
{
	static char value[] =
		"12345678901234567890123456789012345678901234567890"
		"123456789012345678901234567890123456789";
	static nghttp2_nv field[H2_SERVER_FIELDS];

	field[0] = pair(":status", "200");
	for (size_t i = 1; i < COUNT(field); i++)
		field[i] = pair("x-long", value);
	answer_with(q, field, COUNT(field), 5);
}

static void do_wrong_length(struct question *q)
{
	nghttp2_nv field[] = { pair(":status", "200"),
			       pair("content-length", "10") };

	answer_with(q, field, COUNT(field), 5);
}

static void do_bad_field(struct question *q)
{
	nghttp2_nv field[] = { pair(":status", "200"),
			       pair("connection", "close") };

	answer_with(q, field, COUNT(field), 5);
}

static void do_not_gzip(struct question *q)
{
	nghttp2_nv field[] = { pair(":status", "200"),
			       pair("content-encoding", "gzip") };

	answer_with(q, field, COUNT(field), 20);
}

static const struct {
	const char *path;
	void (*act)(struct question *q);
	bool at_once; /* does not wait for the end of the request */
} behaviours[] = {
	{ "/ok", do_ok, false },
	{ "/empty", do_empty, false },
	{ "/big", do_big, false },
	{ "/trailers", do_trailers, false },
	{ "/interim", do_interim, false },
	{ "/interims", do_interims, false },
	{ "/reset", do_reset, true },
	{ "/end", do_end, true },
	{ "/refuse", do_refuse, true },
	{ "/close", do_close, true },
	{ "/reset-connection", do_reset_connection, true },
	{ "/stall", do_stall, false },
	{ "/cut", do_cut, false },
	{ "/go", do_go, true },
	{ "/last", do_last, false },
	{ "/silent", do_silent, false },
	{ "/early", do_ok, true },
	{ "/huge-head", do_huge_head, false },
	{ "/wrong-length", do_wrong_length, false },
	{ "/bad-field", do_bad_field, false },
	{ "/not-gzip", do_not_gzip, false },
};

static void act(struct question *q, bool at_once)
{
	struct h2_server *s = q->peer->server;
	size_t len = strcspn(q->path, "?");

	if (q->is_answered)
		return;
	if (at_once && s->plan.refusals) {
		s->plan.refusals--;
		q->is_answered = true;
		do_refuse(q);
		return;
	}
	for (size_t i = 0; i < COUNT(behaviours); i++) {
		if (strncmp(behaviours[i].path, q->path, len) != 0 ||
		    behaviours[i].path[len] || behaviours[i].at_once != at_once)
			continue;
		behaviours[i].act(q);
		q->is_answered = true;
	}
}

/* ---- frames ----------------------------------------------------------- */

static int on_begin(nghttp2_session *session, const nghttp2_frame *frame,
		    void *self)
{
	struct peer *p = self;
	struct question *q;

	if (frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	q = calloc(1, sizeof(*q));
	must(q != NULL);
	q->peer = p;
	q->id = frame->hd.stream_id;
	q->next = p->questions;
	p->questions = q;
	nghttp2_session_set_stream_user_data(session, q->id, q);
	if (++p->n_open > p->server->facts.open_max)
		p->server->facts.open_max = p->n_open;
	p->server->facts.n_asked++;
	return 0;
}

static void keep_text(char *to, size_t room, const uint8_t *text, size_t len)
{
	snprintf(to, room, "%.*s", (int)len, (const char *)text);
}

static bool is_named(const uint8_t *name, size_t len, const char *word)
{
	return len == strlen(word) && !memcmp(name, word, len);
}

static int on_field(nghttp2_session *session, const nghttp2_frame *frame,
		    const uint8_t *name, size_t name_len, const uint8_t *value,
		    size_t value_len, uint8_t flags, void *self)
{
	struct peer *p = self;
	struct h2_server_facts *f = &p->server->facts;
	struct question *q = nghttp2_session_get_stream_user_data(
		session, frame->hd.stream_id);

	(void)flags;
	if (!q)
		return 0;
	if (is_named(name, name_len, ":path")) {
		keep_text(q->path, sizeof(q->path), value, value_len);
		keep_text(f->path, sizeof(f->path), value, value_len);
	} else if (is_named(name, name_len, ":authority")) {
		keep_text(f->authority, sizeof(f->authority), value, value_len);
	} else if (is_named(name, name_len, ":method")) {
		keep_text(f->method, sizeof(f->method), value, value_len);
	} else if (is_named(name, name_len, "user-agent")) {
		keep_text(f->agent, sizeof(f->agent), value, value_len);
	}
	f->n_te += is_named(name, name_len, "te");
	f->n_connection += is_named(name, name_len, "connection") ||
			   is_named(name, name_len, "host");
	return 0;
}

static int on_bytes(nghttp2_session *session, uint8_t flags, int32_t id,
		    const uint8_t *bytes, size_t len, void *self)
{
	struct peer *p = self;
	struct question *q = nghttp2_session_get_stream_user_data(session, id);

	(void)flags;
	(void)bytes;
	if (q)
		q->got += len;
	p->server->facts.body_bytes += len;
	return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame,
		    void *self)
{
	struct peer *p = self;
	struct question *q = nghttp2_session_get_stream_user_data(
		session, frame->hd.stream_id);

	if (frame->hd.type == NGHTTP2_RST_STREAM)
		p->server->facts.n_reset++;
	if (!q)
		return 0;
	if (frame->hd.type == NGHTTP2_HEADERS)
		act(q, true);
	if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM &&
	    (frame->hd.type == NGHTTP2_HEADERS ||
	     frame->hd.type == NGHTTP2_DATA))
		act(q, false);
	return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t code,
		    void *self)
{
	struct peer *p = self;

	(void)code;
	if (nghttp2_session_get_stream_user_data(session, id))
		p->n_open--;
	return 0;
}

/* ---- connections ------------------------------------------------------ */

static void peer_free(struct peer *p)
{
	struct h2_server *s = p->server;
	struct peer **at = &s->peers;

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	ev_io_stop(s->loop, &p->io);
	nghttp2_session_del(p->session);
	while (p->questions) {
		struct question *q = p->questions;

		p->questions = q->next;
		free(q);
	}
	close(p->fd);
	free(p);
	s->facts.n_open--;
}

static void hang_up(struct peer *p)
{
	struct linger at_once = { 1, 0 };

	if (p->is_resetting)
		setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &at_once,
			   sizeof(at_once));
	peer_free(p);
}

static ssize_t on_send(nghttp2_session *session, const uint8_t *bytes,
		       size_t len, int flags, void *self)
{
	struct peer *p = self;
	ssize_t sent = send(p->fd, bytes, len, MSG_NOSIGNAL);

	(void)session;
	(void)flags;
	if (sent < 0)
		return errno == EAGAIN ? NGHTTP2_ERR_WOULDBLOCK
				       : NGHTTP2_ERR_CALLBACK_FAILURE;
	return sent;
}

static void on_peer(struct ev_loop *loop, ev_io *io, int events)
{
	struct peer *p = io->data;
	uint8_t bytes[16384];

	if (events & EV_READ) {
		ssize_t got = recv(p->fd, bytes, sizeof(bytes), 0);

		if (got == 0 || (got < 0 && errno != EAGAIN)) {
			peer_free(p);
			return;
		}
		if (got > 0 && !p->server->plan.garbage &&
		    nghttp2_session_mem_recv(p->session, bytes, (size_t)got) <
			    0) {
			peer_free(p);
			return;
		}
	}
	if (nghttp2_session_send(p->session) || p->is_closing) {
		hang_up(p);
		return;
	}
	ev_io_stop(loop, io);
	ev_io_set(io, p->fd,
		  nghttp2_session_want_write(p->session) ? EV_READ | EV_WRITE
							 : EV_READ);
	ev_io_start(loop, io);
}

static void open_session(struct peer *p)
{
	const struct h2_server_plan *plan = &p->server->plan;
	nghttp2_settings_entry entry[2];
	nghttp2_session_callbacks *cb;
	size_t n = 0;

	if (plan->max_streams)
		entry[n++] = (nghttp2_settings_entry){
			NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS,
			plan->max_streams
		};
	if (plan->window)
		entry[n++] = (nghttp2_settings_entry){
			NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, plan->window
		};
	must(!nghttp2_session_callbacks_new(&cb));
	nghttp2_session_callbacks_set_send_callback(cb, on_send);
	nghttp2_session_callbacks_set_on_begin_headers_callback(cb, on_begin);
	nghttp2_session_callbacks_set_on_header_callback(cb, on_field);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(cb, on_bytes);
	nghttp2_session_callbacks_set_on_frame_recv_callback(cb, on_frame);
	nghttp2_session_callbacks_set_on_stream_close_callback(cb, on_close);
	nghttp2_option *option;
	must(!nghttp2_option_new(&option));
	/* sends what is wrong, too */
	nghttp2_option_set_no_http_messaging(option, 1);
	nghttp2_option_set_max_send_header_block_length(option, 1 << 20);
	must(!nghttp2_session_server_new2(&p->session, cb, p, option));
	nghttp2_option_del(option);
	nghttp2_session_callbacks_del(cb);
	nghttp2_submit_settings(p->session, 0, entry, n);
}

static void on_accept(struct ev_loop *loop, ev_io *io, int events)
{
	struct h2_server *s = io->data;
	struct peer *p = calloc(1, sizeof(*p));

	(void)events;
	must(p != NULL);
	p->server = s;
	p->fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	must(p->fd >= 0);
	p->next = s->peers;
	s->peers = p;
	s->facts.n_accepted++;
	s->facts.n_open++;
	open_session(p);
	if (s->plan.garbage) {
		const char *text = s->plan.garbage;

		must(send(p->fd, text, strlen(text), MSG_NOSIGNAL) >= 0);
	}
	ev_io_init(&p->io, on_peer, p->fd, EV_READ);
	p->io.data = p;
	ev_io_start(loop, &p->io);
}

struct h2_server *h2_server_start(struct ev_loop *loop,
				  const struct h2_server_plan *plan)
{
	struct h2_server *s = calloc(1, sizeof(*s));
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);

	must(s != NULL);
	s->loop = loop;
	s->plan = *plan;
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	must(s->fd >= 0 && !bind(s->fd, (struct sockaddr *)&at, len) &&
	     !listen(s->fd, 128) &&
	     !getsockname(s->fd, (struct sockaddr *)&at, &len));
	s->port = ntohs(at.sin_port);
	ev_io_init(&s->io, on_accept, s->fd, EV_READ);
	s->io.data = s;
	ev_io_start(loop, &s->io);
	return s;
}

void h2_server_stop(struct h2_server *s)
{
	while (s->peers)
		peer_free(s->peers);
	ev_io_stop(s->loop, &s->io);
	close(s->fd);
	free(s);
}

unsigned h2_server_port(const struct h2_server *s)
{
	return s->port;
}

const struct h2_server_facts *h2_server_facts(const struct h2_server *s)
{
	return &s->facts;
}
