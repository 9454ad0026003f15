/* SPDX-License-Identifier: MIT */
#include "tests/origin/play.h"

#include "tests/origin/origin.h"
#include "tests/origin/tls.h"

#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum {
	PIECES_PER_TURN = 64, /* of an endless answer, before others go on */
	LINGER_MS = 2000,
	DEAF_MS = 60 * 1000,
	US_PER_S = 1000 * 1000,
	NS_PER_US = 1000,
};

enum flow { FLOW_NEXT, FLOW_WAIT, FLOW_GONE };

static struct act *add(struct conn *c, enum act_kind kind)
{
	/* a script is at most a handful long by construction; the last place
	 * is overwritten rather than ever running past the end */
	unsigned i = c->act_count < ACTS_MAX ? c->act_count++ : ACTS_MAX - 1;

	c->act[i] = (struct act){ .kind = kind };
	return &c->act[i];
}

static struct act *add_bytes(struct conn *c, enum act_kind kind)
{
	struct act *a = add(c, kind);

	a->n = c->out.len - c->queued;
	c->queued = c->out.len;
	return a;
}

void play_send(struct conn *c)
{
	if (c->out.len > c->queued)
		add_bytes(c, ACT_SEND);
}

void play_drip(struct conn *c, size_t step, uint64_t ms)
{
	struct act *a = add_bytes(c, ACT_DRIP);

	a->step = step ? step : 1;
	a->ms = ms;
}

void play_loop(struct conn *c, uint64_t ms, uint64_t limit)
{
	struct act *a = add_bytes(c, ACT_LOOP);

	a->ms = ms;
	a->limit = limit;
}

void play_wait(struct conn *c, uint64_t ms)
{
	if (ms)
		add(c, ACT_WAIT)->ms = ms;
}

void play_wait_us(struct conn *c, uint64_t us)
{
	if (us)
		add(c, ACT_EXACT)->us = us;
}

void play_end(struct conn *c, int kind)
{
	play_send(c);
	add(c, (enum act_kind)kind);
}

static enum flow sleep_ms(struct conn *c, uint64_t ms)
{
	struct ev_loop *loop = c->origin->loop;

	/* timers count from the loop's cached time, which may be old */
	ev_now_update(loop);
	ev_timer_stop(loop, &c->timer);
	ev_timer_set(&c->timer, (double)ms / 1000.0, 0.0);
	ev_timer_start(loop, &c->timer);
	return FLOW_WAIT;
}

/* Sends *left bytes from c->sent on. */
static enum flow send_bytes(struct conn *c, size_t *left)
{
	while (*left) {
		long n = tls_write(c, c->out.text + c->sent, *left);
		if (n == TLS_AGAIN) {
			ev_io_start(c->origin->loop, &c->wr);
			return FLOW_WAIT;
		}
		if (n <= 0) {
			conn_close(c);
			return FLOW_GONE;
		}
		c->sent += (size_t)n;
		*left -= (size_t)n;
		c->origin->counts.bytes_out += (uint64_t)n;
	}
	return FLOW_NEXT;
}

static enum flow act_send(struct conn *c, struct act *a)
{
	return send_bytes(c, &a->n);
}

static enum flow act_drip(struct conn *c, struct act *a)
{
	while (a->n) {
		if (a->piece == 0)
			a->piece = a->n < a->step ? a->n : a->step;
		size_t before = a->piece;
		enum flow flow = send_bytes(c, &a->piece);
		a->n -= before - a->piece;
		if (flow != FLOW_NEXT)
			return flow;
		if (a->n && a->ms)
			return sleep_ms(c, a->ms);
	}
	return FLOW_NEXT;
}

static enum flow act_loop(struct conn *c, struct act *a)
{
	for (unsigned turn = 0; a->limit; turn++) {
		if (turn == PIECES_PER_TURN) {
			ev_io_start(c->origin->loop, &c->wr);
			return FLOW_WAIT;
		}
		if (a->piece == 0)
			a->piece = a->n;
		enum flow flow = send_bytes(c, &a->piece);
		if (flow != FLOW_NEXT)
			return flow;
		c->sent -= a->n;
		a->limit = a->limit > a->n ? a->limit - a->n : 0;
		if (a->ms && a->limit)
			return sleep_ms(c, a->ms);
	}
	c->sent += a->n;
	return FLOW_NEXT;
}

static enum flow act_wait(struct conn *c, struct act *a)
{
	if (a->began)
		return FLOW_NEXT;
	a->began = true;
	return sleep_ms(c, a->ms);
}

static enum flow act_exact(struct conn *c, struct act *a)
{
	const struct itimerspec at = {
		.it_value = { .tv_sec = (time_t)(a->us / US_PER_S),
			      .tv_nsec = (long)(a->us % US_PER_S) * NS_PER_US },
	};

	if (a->began)
		return FLOW_NEXT;
	a->began = true;
	if (c->exact_fd < 0)
		c->exact_fd = timerfd_create(CLOCK_MONOTONIC,
					     TFD_NONBLOCK | TFD_CLOEXEC);
	if (c->exact_fd < 0 || timerfd_settime(c->exact_fd, 0, &at, NULL)) {
		conn_close(c);
		return FLOW_GONE;
	}
	ev_io_set(&c->exact, c->exact_fd, EV_READ);
	ev_io_start(c->origin->loop, &c->exact);
	return FLOW_WAIT;
}

static enum flow linger(struct conn *c)
{
	shutdown(c->fd, SHUT_WR);
	/* closing with unread bytes would make the kernel send RST, which can
	 * destroy what we just said: read on until the peer is done */
	c->is_lingering = true;
	c->is_last = true;
	if (c->got_eof) {
		conn_close(c);
		return FLOW_GONE;
	}
	ev_io_start(c->origin->loop, &c->rd);
	return sleep_ms(c, LINGER_MS);
}

static enum flow act_close(struct conn *c, struct act *a)
{
	(void)a;
	tls_goodbye(c);
	return linger(c);
}

static enum flow act_cut(struct conn *c, struct act *a)
{
	(void)a;
	return linger(c);
}

static enum flow hold(struct conn *c)
{
	c->is_last = true;
	c->is_holding = true;
	if (c->got_eof) {
		conn_close(c);
		return FLOW_GONE;
	}
	ev_io_start(c->origin->loop, &c->rd);
	return FLOW_WAIT;
}

static enum flow act_half(struct conn *c, struct act *a)
{
	(void)a;
	shutdown(c->fd, SHUT_WR);
	return hold(c);
}

static enum flow act_hold(struct conn *c, struct act *a)
{
	(void)a;
	return hold(c);
}

static enum flow act_reset(struct conn *c, struct act *a)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	(void)a;
	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	conn_close(c);
	return FLOW_GONE;
}

static enum flow act_deaf(struct conn *c, struct act *a)
{
	(void)a;
	c->is_last = true;
	c->is_lingering = true; /* its timer closes */
	ev_io_stop(c->origin->loop, &c->rd);
	return sleep_ms(c, DEAF_MS);
}

static enum flow (*const performers[])(struct conn *c, struct act *a) = {
	[ACT_SEND] = act_send, [ACT_DRIP] = act_drip,	[ACT_LOOP] = act_loop,
	[ACT_WAIT] = act_wait, [ACT_CLOSE] = act_close, [ACT_CUT] = act_cut,
	[ACT_HALF] = act_half, [ACT_RESET] = act_reset, [ACT_HOLD] = act_hold,
	[ACT_DEAF] = act_deaf, [ACT_EXACT] = act_exact,
};

bool play_run(struct conn *c)
{
	c->is_busy = true;
	while (c->act_at < c->act_count) {
		struct act *a = &c->act[c->act_at];
		if (performers[a->kind](c, a) != FLOW_NEXT)
			return false;
		c->act_at++;
	}
	c->is_busy = false;
	c->act_at = c->act_count = 0;
	c->sent = c->queued = 0;
	buf_reset(&c->out);
	return true;
}

void play_on_timer(struct conn *c)
{
	if (c->is_lingering)
		conn_close(c);
	else if (play_run(c))
		conn_pump(c);
}

void play_on_writable(struct conn *c)
{
	ev_io_stop(c->origin->loop, &c->wr);
	if (c->is_lingering || c->is_holding)
		return;
	/* a handshake that waited to write goes on by reading */
	if (c->tls && !c->was_shaken)
		ev_feed_event(c->origin->loop, &c->rd, EV_READ);
	else if (!c->is_busy || play_run(c))
		conn_pump(c);
}
