/* SPDX-License-Identifier: MIT */
#include "tests/origin/origin.h"

#include "tests/origin/behave.h"
#include "tests/origin/play.h"
#include "tests/origin/raw.h"
#include "tests/origin/tls.h"

#include <stdlib.h>
#include <unistd.h>

enum { IN_KEEP_BYTES = 64 * 1024 }; /* larger buffers go back when empty */

static void on_read(struct ev_loop *loop, ev_io *w, int got);

static void on_write(struct ev_loop *loop, ev_io *w, int got)
{
	(void)loop;
	(void)got;
	play_on_writable(w->data);
}

static void on_timer(struct ev_loop *loop, ev_timer *w, int got)
{
	(void)loop;
	(void)got;
	play_on_timer(w->data);
}

static void on_exact(struct ev_loop *loop, ev_io *w, int got)
{
	(void)got;
	ev_io_stop(loop, w);
	play_on_timer(w->data);
}

static void hook(struct conn *c)
{
	struct origin *o = c->origin;

	ev_io_init(&c->rd, on_read, c->fd, EV_READ);
	ev_io_init(&c->wr, on_write, c->fd, EV_WRITE);
	ev_init(&c->timer, on_timer);
	ev_init(&c->exact, on_exact);
	c->rd.data = c->wr.data = c->timer.data = c->exact.data = c;
	c->next = o->open;
	if (o->open)
		o->open->prev = c;
	o->open = c;
	o->counts.connections++;
	if (++o->counts.open > o->counts.open_peak)
		o->counts.open_peak = o->counts.open;
	ev_io_start(o->loop, &c->rd);
}

void conn_open(struct listener *from, int fd, unsigned peer_port)
{
	struct origin *o = from->origin;
	struct conn *c = NULL;

	if (o->counts.open < ORIGIN_CONNS_MAX)
		c = calloc(1, sizeof(*c));
	if (!c) {
		o->counts.refused++;
		close(fd);
		return;
	}
	c->origin = o;
	c->from = from;
	c->fd = fd;
	c->exact_fd = -1;
	c->peer_port = peer_port;
	c->id = ++o->next_id;
	buf_init(&c->in, ORIGIN_IN_MAX);
	buf_init(&c->body, HTTP_BODY_MAX);
	buf_init(&c->out, ORIGIN_OUT_MAX);
	hook(c);
	if (from->tls && !tls_begin(c, from->tls)) {
		conn_close(c);
	} else if (from->mode && from->mode->on_open) {
		from->mode->on_open(c);
		play_run(c);
	}
}

void conn_close(struct conn *c)
{
	struct origin *o = c->origin;

	if (c->is_dead)
		return;
	c->is_dead = true;
	ev_io_stop(o->loop, &c->rd);
	ev_io_stop(o->loop, &c->wr);
	ev_timer_stop(o->loop, &c->timer);
	ev_io_stop(o->loop, &c->exact);
	tls_end(c);
	close(c->fd);
	if (c->exact_fd >= 0)
		close(c->exact_fd);
	if (c->prev)
		c->prev->next = c->next;
	else
		o->open = c->next;
	if (c->next)
		c->next->prev = c->prev;
	c->next = o->dead;
	o->dead = c;
	o->counts.open--;
	buf_release(&c->in);
	buf_release(&c->body);
	buf_release(&c->out);
}

/* Drops the bytes of requests that are done. */
static void compact(struct conn *c)
{
	if (c->used == c->in.len) {
		c->used = 0;
		buf_reset(&c->in);
		if (c->in.room > IN_KEEP_BYTES)
			buf_release(&c->in);
	} else if (c->used > IN_KEEP_BYTES) {
		struct buf rest;
		buf_init(&rest, ORIGIN_IN_MAX);
		buf_add(&rest, c->in.text + c->used, c->in.len - c->used);
		buf_release(&c->in);
		c->in = rest;
		c->used = 0;
	}
}

static void serve(struct conn *c, const struct behaviour *b, size_t total)
{
	c->served++;
	c->origin->counts.requests++;
	behave_serve(c, b, &c->origin->request);
	c->used += total;
	c->in_body = false;
	if (c->body.room > IN_KEEP_BYTES)
		buf_release(&c->body);
}

static void refuse(struct conn *c, int status)
{
	c->origin->counts.bad_requests++;
	c->used = c->in.len;
	behave_refuse(c, status);
}

/* Whether the whole body of r is in; as http_parse_head. */
static int body_state(struct conn *c, const struct request *r, struct text in)
{
	if (!r->is_chunked) {
		c->need = r->head_bytes + r->length;
		return in.n >= c->need;
	}
	struct text rest = { in.p + r->head_bytes, in.n - r->head_bytes };
	int got = http_decode_chunks(&c->chunks, rest, &c->body);
	c->need = r->head_bytes + c->chunks.at;
	return got;
}

static void begin_body(struct conn *c)
{
	c->in_body = true;
	c->chunks = (struct http_chunks){ 0 };
	buf_reset(&c->body);
}

/* Goes on with a request whose head is parsed.  False when more of its body
 * is needed first. */
static bool take_body(struct conn *c, const struct behaviour *b,
		      struct request *r, struct text in)
{
	bool is_new = !c->in_body;

	if (is_new)
		begin_body(c);
	int got = body_state(c, r, in);
	if (got > 1) {
		refuse(c, got);
	} else if (got == 1) {
		r->body = r->is_chunked ? text_buf(&c->body)
					: (struct text){ in.p + r->head_bytes,
							 r->length };
		serve(c, b, c->need);
	} else if (is_new && r->expects_continue) {
		buf_puts(&c->out, "HTTP/1.1 100 Continue\r\n\r\n");
		play_send(c);
	} else {
		return false;
	}
	return true;
}

/* Takes one request and starts its answer.  False when there is nothing
 * more to take. */
static bool take_http(struct conn *c)
{
	struct request *r = &c->origin->request;
	struct text in = { buf_text(&c->in) + c->used, c->in.len - c->used };

	/* a length that is known need not be looked at until it is there */
	if (in.n == 0 || (c->in_body && in.n < c->need))
		return false;
	int got = http_parse_head(in, r);
	if (got == 0)
		return false;
	if (got != 1) {
		refuse(c, got);
		return true;
	}
	const struct behaviour *b = behave_find(r->path);
	if (!(b->flags & BEHAVE_EARLY))
		return take_body(c, b, r, in);
	serve(c, b, in.n);
	return true;
}

static bool take(struct conn *c)
{
	if (!c->from->mode)
		return take_http(c);
	if (c->used == c->in.len)
		return false;
	c->from->mode->on_bytes(c);
	return c->act_count > 0;
}

void conn_pump(struct conn *c)
{
	while (!c->is_dead && !c->is_busy && take(c))
		if (!play_run(c))
			break;
	if (c->is_dead)
		return;
	compact(c);
	if (c->is_busy)
		return;
	if (c->got_eof)
		conn_close(c);
	else
		ev_io_start(c->origin->loop, &c->rd);
}

static void on_eof(struct conn *c)
{
	c->got_eof = true;
	ev_io_stop(c->origin->loop, &c->rd);
	if (c->is_lingering || c->is_holding)
		conn_close(c);
}

static void keep(struct conn *c, const char *bytes, size_t n)
{
	c->origin->counts.bytes_in += n;
	if (c->is_lingering || c->is_holding)
		return;
	if (!buf_add(&c->in, bytes, n)) {
		conn_close(c);
		return;
	}
	/* while an answer is going out, let the sender wait in its socket */
	if (c->is_busy && c->in.len - c->used > IN_KEEP_BYTES)
		ev_io_stop(c->origin->loop, &c->rd);
}

/* A failed handshake ends with an alert that the peer shall get to read, so
 * what it goes on sending is read and thrown away. */
static void on_failure(struct conn *c)
{
	if (!c->tls || c->was_shaken || c->is_busy) {
		conn_close(c);
		return;
	}
	tls_end(c);
	play_end(c, ACT_CUT);
	play_run(c);
}

static void on_read(struct ev_loop *loop, ev_io *w, int got)
{
	struct conn *c = w->data;
	struct origin *o = c->origin;

	(void)loop;
	(void)got;
	do {
		long n = tls_read(c, o->scratch, sizeof(o->scratch));
		if (n == TLS_AGAIN)
			break;
		if (n == TLS_EOF)
			on_eof(c);
		else if (n < 0)
			on_failure(c);
		else
			keep(c, o->scratch, (size_t)n);
	} while (!c->is_dead && !c->got_eof && tls_pending(c));
	if (!c->is_dead && !c->is_busy)
		conn_pump(c);
}
