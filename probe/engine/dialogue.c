/* SPDX-License-Identifier: MIT */
/*
 * The turns of a TCP dialogue, on the socket that libcurl connected.  The
 * easy handle stays in its multi until the last turn is over: libcurl closes
 * the connection when it is taken out.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probe/engine/inside.h"

enum {
	DIALOGUE_READ_BYTES = 16 << 10,
	DIALOGUE_READS_PER_TURN = 8, /* before other sockets have their say */
};

enum talk { TALK_ON, TALK_WAIT, TALK_OVER };

static struct transfer *transfer_of(ev_io *io)
{
	return container_of(io, struct transfer, dialogue.io);
}

static void finish(struct transfer *t, enum outcome outcome, const char *why)
{
	struct shard *sh = t->shard;

	transfer_end(t, &(struct ending){ .outcome = outcome, .detail = why });
	shard_settle(sh);
}

static enum talk fail_with(struct transfer *t, int error)
{
	bool is_reset = error == ECONNRESET || error == EPIPE;

	finish(t, is_reset ? OUTCOME_RESET : OUTCOME_CLOSED, strerror(error));
	return TALK_OVER;
}

static void fail_flaw(struct transfer *t, enum transfer_flaw flaw)
{
	struct ending end;

	t->flaw = flaw;
	transfer_blame(t, CURLE_WRITE_ERROR, &end);
	finish(t, end.outcome, end.detail);
}

static void watch(struct transfer *t, int events)
{
	ev_io *io = &t->dialogue.io;

	if (ev_is_active(io) && (io->events & (EV_READ | EV_WRITE)) == events)
		return;
	ev_io_stop(t->en->loop, io);
	ev_io_set(io, io->fd, events);
	ev_io_start(t->en->loop, io);
}

static enum talk next_turn(struct transfer *t)
{
	struct dialogue *d = &t->dialogue;

	d->turn++;
	d->sent = 0;
	d->is_answered = false;
	d->asked_ns = engine_now_ns();
	if (d->turn < t->ex->request.n_turns)
		return TALK_ON;
	finish(t, OUTCOME_OK, "");
	return TALK_OVER;
}

static enum talk sent_all(struct transfer *t, const struct tcp_turn *turn)
{
	struct dialogue *d = &t->dialogue;

	d->asked_ns = engine_now_ns();
	if (!d->sent_ns)
		d->sent_ns = d->asked_ns;
	transfer_arm(t);
	return turn->wants_answer ? TALK_ON : next_turn(t);
}

static enum talk do_send(struct transfer *t, const struct tcp_turn *turn)
{
	struct dialogue *d = &t->dialogue;

	while (d->sent < turn->send_len) {
		ssize_t n = send(d->io.fd, turn->send + d->sent,
				 turn->send_len - d->sent, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			watch(t, EV_WRITE);
			return TALK_WAIT;
		}
		if (n < 0)
			return fail_with(t, errno);
		d->sent += (size_t)n;
		t->ex->answer.sent_bytes += (uint64_t)n;
	}
	return sent_all(t, turn);
}

/* The peer has closed: enough for the last turn, if something came. */
static enum talk end_of_stream(struct transfer *t)
{
	const struct dialogue *d = &t->dialogue;
	bool is_last = d->turn + 1 == t->ex->request.n_turns;

	if (is_last && d->is_answered)
		finish(t, OUTCOME_OK, "");
	else
		finish(t, OUTCOME_CLOSED,
		       d->is_answered ? "the peer closed in the middle of "
					"the dialogue"
				      : "the peer closed without an answer");
	return TALK_OVER;
}

static enum talk take_bytes(struct transfer *t, const struct tcp_turn *turn,
			    const char *bytes, size_t n)
{
	struct dialogue *d = &t->dialogue;
	struct buf *got = &t->ex->answer.turn_bytes[d->turn];

	t->last_ns = engine_now_ns();
	if (!d->first_ns)
		d->first_ns = t->last_ns;
	t->received += n;
	bool is_first = !d->is_answered;
	d->is_answered = true;
	if (!buf_add(got, bytes, n)) {
		fail_flaw(t, got->failed ? FLAW_MEMORY : FLAW_TURN);
		return TALK_OVER;
	}
	if (!turn->until || turn->until(turn->self, got->text, got->len))
		return next_turn(t);
	if (is_first)
		transfer_arm(t);
	return TALK_ON;
}

static enum talk do_receive(struct transfer *t, const struct tcp_turn *turn)
{
	struct dialogue *d = &t->dialogue;
	char bytes[DIALOGUE_READ_BYTES];

	ssize_t n = recv(d->io.fd, bytes, sizeof(bytes), 0);
	if (n > 0)
		return take_bytes(t, turn, bytes, (size_t)n);
	if (n == 0)
		return end_of_stream(t);
	if (errno == EINTR)
		return TALK_ON;
	if (errno != EAGAIN && errno != EWOULDBLOCK)
		return fail_with(t, errno);
	watch(t, EV_READ);
	return TALK_WAIT;
}

static enum talk step(struct transfer *t)
{
	const struct tcp_turn *turn = &t->ex->request.turns[t->dialogue.turn];

	if (t->dialogue.sent < turn->send_len)
		return do_send(t, turn);
	if (!turn->wants_answer)
		return next_turn(t);
	return do_receive(t, turn);
}

static void talk(struct transfer *t)
{
	enum talk state = TALK_ON;

	for (int i = 0; i < DIALOGUE_READS_PER_TURN && state == TALK_ON; i++)
		state = step(t);
	/* Not exhausted, but others wait too. */
	if (state == TALK_ON)
		watch(t, EV_READ | EV_WRITE);
}

static void on_ready(struct ev_loop *loop, ev_io *io, int got)
{
	(void)loop;
	(void)got;
	talk(transfer_of(io));
}

void dialogue_start(struct transfer *t)
{
	struct dialogue *d = &t->dialogue;
	curl_socket_t fd = CURL_SOCKET_BAD;

	if (!t->ex->request.n_turns) {
		finish(t, OUTCOME_OK, "");
		return;
	}
	curl_easy_getinfo(t->easy, CURLINFO_ACTIVESOCKET, &fd);
	if (fd == CURL_SOCKET_BAD) {
		finish(t, OUTCOME_CLOSED, "the connection was closed at once");
		return;
	}
	ev_io_init(&d->io, on_ready, fd, 0);
	d->is_on = true;
	d->asked_ns = engine_now_ns();
	if (!t->ex->request.turns->send_len)
		d->sent_ns = d->asked_ns;
	transfer_arm(t);
	talk(t);
}

void dialogue_stop(struct transfer *t)
{
	if (t->dialogue.is_on)
		ev_io_stop(t->en->loop, &t->dialogue.io);
	t->dialogue.is_on = false;
}
