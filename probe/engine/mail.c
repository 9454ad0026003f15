/* SPDX-License-Identifier: MIT */
#include "probe/engine/mail.h"

#include <string.h>

#include "probe/engine/inside.h"
#include "probe/engine/setup.h"

enum {
	READ_BYTES = 4 << 10,
	READS_PER_TURN = 8, /* before other sockets have their say */
	ASCII_MAX = 0x7e,
};

/* ---- the request -------------------------------------------------------- */

/* What would make more than one command of it.  Beyond ASCII the server would
 * have to know RFC 6531. */
static bool is_address(const char *text)
{
	size_t len = text ? strlen(text) : 0;

	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > ASCII_MAX ||
		    strchr("<>", text[i]))
			return false;
	return len > 0 && len < MAIL_ADDRESS_MAX;
}

static bool check(const struct request *rq, struct ending *end)
{
	if (!is_address(rq->from))
		return setup_refuse(end, OUTCOME_VALUE,
				    "the sender is no e-mail address");
	if (rq->n_to == 0 || rq->n_to > MAIL_RECIPIENTS_MAX)
		return setup_refuse(end, OUTCOME_VALUE,
				    "there are no recipients, or too many");
	for (size_t i = 0; i < rq->n_to; i++)
		if (!is_address(rq->to[i]))
			return setup_refuse(end, OUTCOME_VALUE,
					    "a recipient is no e-mail "
					    "address");
	if (!rq->body || rq->body_len > MAIL_BODY_MAX)
		return setup_refuse(end, OUTCOME_VALUE,
				    "there is no text, or too much of it");
	return true;
}

static size_t on_reply(char *bytes, size_t size, size_t n, void *self)
{
	struct transfer *t = self;

	(void)mail_heard(&t->mail->talk, bytes, size * n);
	return size * n;
}

bool setup_mail(struct transfer *t, struct ending *end)
{
	const struct request *rq = &t->ex->request;
	CURL *easy = t->easy;

	if (!check(rq, end))
		return false;
	t->mail = arena_alloc(t->ex->arena, 1, sizeof(*t->mail));
	if (!t->mail)
		return setup_refuse(end, OUTCOME_LOCAL_FAIL,
				    "not enough memory");
	/* at most every line begins with a dot */
	buf_init(&t->mail->out, (size_t)MAIL_BODY_MAX * 2);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(easy, CURLOPT_USE_SSL,
			 rq->needs_tls ? (long)CURLUSESSL_ALL
				       : (long)CURLUSESSL_TRY);
	if (rq->user && *rq->user) {
		curl_easy_setopt(easy, CURLOPT_USERNAME, rq->user);
		curl_easy_setopt(easy, CURLOPT_PASSWORD,
				 rq->password ? rq->password : "");
	}
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_reply);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, t);
	return true;
}

/* ---- the dialogue ------------------------------------------------------- */

enum talk { TALK_ON, TALK_WAIT, TALK_OVER };

static enum talk finish(struct transfer *t, CURLcode code)
{
	struct shard *sh = t->shard;
	struct ending end;

	transfer_blame(t, code, &end);
	transfer_end(t, &end);
	shard_settle(sh);
	return TALK_OVER;
}

static void watch(struct transfer *t, int events)
{
	ev_io *io = &t->mail->io;

	if (ev_is_active(io) && (io->events & (EV_READ | EV_WRITE)) == events)
		return;
	ev_io_stop(t->en->loop, io);
	ev_io_set(io, io->fd, events);
	ev_io_start(t->en->loop, io);
}

/* Nobody waits for the answer to it. */
static enum talk say_goodbye(struct transfer *t)
{
	const struct mail_talk over = { .stage = MAIL_OVER };
	struct mail *m = t->mail;
	size_t n;

	if (mail_say(&over, &t->ex->request, &m->out))
		(void)curl_easy_send(t->easy, m->out.text, m->out.len, &n);
	return finish(t, CURLE_OK);
}

static enum talk go_on(struct transfer *t)
{
	struct mail *m = t->mail;
	enum mail_stage next = mail_next(&m->talk, &t->ex->request);

	if (next == MAIL_OVER)
		return say_goodbye(t);
	m->talk.stage = next;
	m->talk.code = 0;
	m->sent = 0;
	return mail_say(&m->talk, &t->ex->request, &m->out)
		       ? TALK_ON
		       : finish(t, CURLE_OUT_OF_MEMORY);
}

static enum talk do_send(struct transfer *t)
{
	struct mail *m = t->mail;
	size_t n = 0;
	CURLcode rc = curl_easy_send(t->easy, m->out.text + m->sent,
				     m->out.len - m->sent, &n);

	if (rc == CURLE_AGAIN) {
		/* TLS may have to read before it can write */
		watch(t, EV_READ | EV_WRITE);
		return TALK_WAIT;
	}
	if (rc)
		return finish(t, rc);
	m->sent += n;
	t->ex->answer.sent_bytes += n;
	if (m->sent == m->out.len && m->talk.stage == MAIL_TEXT)
		m->sent_ns = engine_now_ns();
	return TALK_ON;
}

/* Bytes up to the end of a reply. */
static enum talk take_bytes(struct transfer *t, const char *bytes, size_t len)
{
	struct mail *m = t->mail;

	for (size_t i = 0; i < len; i++) {
		if (m->line_len < MAIL_LINE_MAX)
			m->line[m->line_len++] = bytes[i];
		if (bytes[i] != '\n')
			continue;
		size_t n = m->line_len;
		m->line_len = 0;
		/* what comes behind it nobody asked for */
		if (mail_heard(&m->talk, m->line, n))
			return go_on(t);
	}
	return TALK_ON;
}

static enum talk do_receive(struct transfer *t)
{
	char bytes[READ_BYTES];
	size_t n = 0;
	CURLcode rc = curl_easy_recv(t->easy, bytes, sizeof(bytes), &n);

	if (rc == CURLE_AGAIN) {
		watch(t, EV_READ);
		return TALK_WAIT;
	}
	if (rc || !n)
		return finish(t, rc ? rc : CURLE_GOT_NOTHING);
	t->last_ns = engine_now_ns();
	return take_bytes(t, bytes, n);
}

static void talk(struct transfer *t)
{
	enum talk state = TALK_ON;

	for (int i = 0; i < READS_PER_TURN && state == TALK_ON; i++)
		state = t->mail->sent < t->mail->out.len ? do_send(t)
							 : do_receive(t);
	/* Not exhausted, but others wait too. */
	if (state == TALK_ON)
		watch(t, EV_READ | EV_WRITE);
}

static void on_ready(struct ev_loop *loop, ev_io *io, int got)
{
	struct mail *m = container_of(io, struct mail, io);
	struct transfer *t = m->io.data;

	(void)loop;
	(void)got;
	talk(t);
}

void mail_start(struct transfer *t)
{
	struct mail *m = t->mail;
	curl_socket_t fd = CURL_SOCKET_BAD;

	curl_easy_getinfo(t->easy, CURLINFO_ACTIVESOCKET, &fd);
	if (fd == CURL_SOCKET_BAD) {
		m->talk.code = 0;
		(void)finish(t, CURLE_GOT_NOTHING);
		return;
	}
	ev_io_init(&m->io, on_ready, fd, 0);
	m->io.data = t;
	m->is_on = true;
	if (go_on(t) != TALK_OVER)
		talk(t);
}

void mail_stop(struct transfer *t)
{
	if (!t->mail)
		return;
	if (t->mail->is_on)
		ev_io_stop(t->en->loop, &t->mail->io);
	t->mail->is_on = false;
	buf_release(&t->mail->out);
}
