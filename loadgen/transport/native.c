/* SPDX-License-Identifier: MIT */
/*
 * HTTP/1.1 straight on libev: a lane is a connection, which is kept from one
 * exchange to the next.
 *
 * An ordinary exchange on an open connection costs one send() and one recv(),
 * its share of a wait for many, and one look at the clock.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "loadgen/transport/native_parts.h"
#include "loadgen/transport/wire.h"
#include "probe/engine/engine.h"
#include "scenarios/base/err.h"

static struct native_lane *lane_of(struct lane *la)
{
	return container_of(la, struct native_lane, head);
}

static struct native_hub *hub_of(const struct native_lane *l)
{
	return container_of(l->head.hub, struct native_hub, head);
}

/* ---- the end of an exchange ----------------------------------------- */

static void tell(struct native_lane *l)
{
	struct native_hub *hub = hub_of(l);

	if (!l->is_starting) {
		hub->head.config.on_done(&l->head);
		return;
	}
	list_append(&hub->ended, &l->link);
	if (ev_is_active(&hub->idle))
		return;
	ev_prepare_start(hub->net.loop, &hub->prepare);
	ev_idle_start(hub->net.loop, &hub->idle);
}

/* Those that are there now; what they start and lose has the next turn. */
static void on_prepare(struct ev_loop *loop, ev_prepare *w, int got)
{
	struct native_hub *hub = w->data;
	struct link now;

	(void)got;
	if (list_is_empty(&hub->ended)) {
		ev_prepare_stop(loop, &hub->prepare);
		ev_idle_stop(loop, &hub->idle);
		return;
	}
	list_move_all(&hub->ended, &now);
	while (!list_is_empty(&now)) {
		struct native_lane *l =
			container_of(now.next, struct native_lane, link);
		list_remove(&l->link);
		hub->head.config.on_done(&l->head);
	}
}

static void on_idle(struct ev_loop *loop, ev_idle *w, int got)
{
	(void)loop;
	(void)w;
	(void)got;
}

static void count_bytes(struct native_lane *l)
{
	struct sample *s = &l->head.sample;
	size_t head = l->wire->head_len;

	s->sent_bytes = l->sent > head ? l->sent - head : 0;
	s->received_bytes = l->reply.received;
	s->status = l->reply.status;
}

static void end(struct native_lane *l, enum outcome outcome, const char *detail,
		uint64_t now_ns)
{
	l->head.sample.outcome = outcome;
	l->head.sample.end_ns = now_ns;
	l->head.detail = detail;
	l->head.stage = LANE_IDLE;
	l->is_busy = false;
	if (l->waits_to_send)
		ev_timer_stop(hub_of(l)->net.loop, &l->expect);
	count_bytes(l);
	tell(l);
}

/* What the runner may judge, as the engine would give it. */
static void fill_answer(struct native_lane *l, enum outcome outcome,
			const char *detail)
{
	struct reading *rd = l->reply.reading;
	struct answer *an = &rd->keep->answer;

	if (!keep_fields(rd->keep))
		an->n_headers = 0;
	an->outcome = outcome;
	an->detail = detail;
	an->reused = l->is_reused;
	an->received_bytes = rd->received;
	an->protocol = rd->http1.version == 10 ? "HTTP/1.0" : "HTTP/1.1";
	if (!an->status)
		an->protocol = "";
	an->remote = l->remote;
	l->head.answer = an;
}

static const char *keep_words(struct native_lane *l, const struct buf *words)
{
	if (!words->len)
		return "";
	if (!l->detail)
		l->detail = malloc(NATIVE_DETAIL_MAX + 1);
	if (!l->detail)
		return "not enough memory";
	memcpy(l->detail, words->text, words->len + 1);
	return l->detail;
}

/* The engine's opinion of it. */
static enum outcome judge(struct native_lane *l, const struct fault *f,
			  struct evidence *seen, uint64_t now_ns)
{
	struct native_hub *hub = hub_of(l);
	const struct route *rt = hub->head.config.route;

	seen->request = l->wire->request;
	seen->host = rt->host;
	seen->port = rt->port;
	seen->took_ns = now_ns - l->conn.began_ns;
	return blamer_judge(hub->blamer, f, seen, &hub->words);
}

/* Somebody looks at more of the answer than its status. */
static bool is_looked_at(const struct native_lane *l)
{
	return l->rules->keeps_answer ||
	       (l->rules->minds & LEAN_MINDS_COOKIES &&
		l->reply.way == REPLY_BY_HTTP1);
}

static void end_judged(struct native_lane *l, const struct fault *f,
		       struct evidence *seen, uint64_t now_ns)
{
	struct native_hub *hub = hub_of(l);
	enum outcome outcome = judge(l, f, seen, now_ns);
	const char *detail = keep_words(l, &hub->words);

	if (f->kind == FAULT_MEMORY)
		hub->head.out_of_memory++;
	if (is_looked_at(l))
		fill_answer(l, outcome, detail);
	if (outcome != OUTCOME_OK || !l->reply.can_last)
		conn_close(&l->conn);
	end(l, outcome, detail, now_ns);
}

static struct handshake *handshake_of(const struct native_lane *l)
{
	return l->conn.ssl ? tls_handshake(l->conn.ssl) : NULL;
}

/* ---- beginning ------------------------------------------------------ */

static bool wants_leave(const struct wire *wire)
{
	static const char field[] = "\r\nexpect: 100-continue\r\n";

	if (wire->len == wire->head_len)
		return false;
	for (const char *at = wire->bytes;
	     (at = memchr(at, '\r',
			  wire->head_len - (size_t)(at - wire->bytes)));
	     at++) {
		size_t left = wire->head_len - (size_t)(at - wire->bytes);
		if (left >= sizeof(field) - 1 &&
		    !strncasecmp(at, field, sizeof(field) - 1))
			return true;
	}
	return false;
}

/* ---- trying again --------------------------------------------------- */

static void connect_lane(struct native_lane *l, uint64_t now_ns);

/* Nothing of the request is sent, nothing of an answer is there. */
static void begin(struct native_lane *l)
{
	l->sent = 0;
	l->waits_to_send = wants_leave(l->wire);
	reply_begin(&l->reply, l->rules, l->wire->is_head);
	l->reply.is_odd |= l->waits_to_send;
}

/* The server closed a kept connection just when the request went out: that
 * is no answer to it. */
static bool retry(struct native_lane *l)
{
	if (!l->is_reused || l->is_retried || l->head.sample.first_ns ||
	    !request_is_idempotent(l->wire->request))
		return false;
	if (l->waits_to_send)
		ev_timer_stop(hub_of(l)->net.loop, &l->expect);
	l->is_retried = true;
	l->head.sample.resends++;
	l->is_reused = false;
	begin(l);
	conn_close(&l->conn);
	connect_lane(l, engine_now_ns());
	return true;
}

void native_fail(struct native_lane *l)
{
	struct evidence seen = { .handshake = handshake_of(l) };

	if (retry(l))
		return;
	l->reply.can_last = false;
	seen.received = l->reply.received;
	end_judged(l, &hub_of(l)->net.fault, &seen, engine_now_ns());
}

void native_fail_answer(struct native_lane *l)
{
	struct evidence seen = { .handshake = handshake_of(l) };
	struct fault f;

	if (!l->head.sample.first_ns && retry(l))
		return;
	l->reply.can_last = false;
	reply_fault(&l->reply, &f, &seen);
	end_judged(l, &f, &seen, engine_now_ns());
}

/* ---- an answer that is whole ---------------------------------------- */

/* Whatever TLS has in store was sent by nobody who was asked. */
static bool is_quiet(struct native_lane *l)
{
	return !conn_has_more(&l->conn) ||
	       conn_recv(&l->conn, hub_of(l)->in, NATIVE_IN_BYTES) ==
		       CONN_AGAIN;
}

static bool may_last(struct native_lane *l)
{
	const struct route *rt = l->head.hub->config.route;

	l->n_used++;
	return l->reply.can_last && !rt->is_fresh && !l->reply.n_behind &&
	       l->sent == l->wire->len &&
	       (!rt->max_requests || l->n_used < rt->max_requests) &&
	       is_quiet(l);
}

void native_succeed(struct native_lane *l, uint64_t now_ns)
{
	struct evidence seen = { .handshake = handshake_of(l) };
	struct fault f;

	l->reply.can_last = may_last(l);
	if (l->reply.way == REPLY_BY_HTTP1 &&
	    reply_fault(&l->reply, &f, &seen)) {
		end_judged(l, &f, &seen, now_ns);
		return;
	}
	if (!l->reply.can_last)
		conn_close(&l->conn);
	end(l, OUTCOME_OK, "", now_ns);
}

/* ---- the start ------------------------------------------------------ */

static void connect_lane(struct native_lane *l, uint64_t now_ns)
{
	l->n_used = 0;
	l->head.stage = LANE_CONNECTING;
	l->head.sample.made_connection = true;
	switch (conn_start(&l->conn, now_ns)) {
	case CONN_READY:
		native_send(l);
		break;
	case CONN_FAILED:
		native_fail(l);
		break;
	case CONN_SECURING:
		l->head.stage = LANE_SECURING;
		break;
	default:
		break;
	}
}

static void native_start(struct lane *la, const struct wire *wire,
			 uint64_t now_ns)
{
	struct native_lane *l = lane_of(la);

	la->sample = (struct sample){ .sent_ns = now_ns };
	la->detail = "";
	la->answer = NULL;
	l->wire = wire;
	l->rules = wire->rules ? wire->rules : &hub_of(l)->rules;
	l->is_busy = l->is_starting = true;
	l->is_retried = false;
	begin(l);
	l->is_reused = l->conn.step == CONN_READY;
	if (l->is_reused)
		native_send(l);
	else
		connect_lane(l, now_ns);
	l->is_starting = false;
}

static void native_cancel(struct lane *la, uint64_t now_ns)
{
	struct native_lane *l = lane_of(la);

	list_remove(&l->link);
	if (!l->is_busy)
		return;
	if (l->waits_to_send)
		ev_timer_stop(hub_of(l)->net.loop, &l->expect);
	conn_close(&l->conn);
	l->is_busy = false;
	la->stage = LANE_IDLE;
	la->sample.end_ns = now_ns;
	count_bytes(l);
}

/* ---- lanes ---------------------------------------------------------- */

static struct lane *native_open(struct hub *head)
{
	struct native_hub *hub = container_of(head, struct native_hub, head);
	struct native_lane *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->head = (struct lane){ .transport = &load_native,
				 .hub = head,
				 .detail = "" };
	if (hub->rules.keeps_answer && !reply_make_room(&l->reply)) {
		free(l);
		return NULL;
	}
	conn_init(&l->conn, &hub->net, native_on_event);
	l->conn.io.data = l;
	ev_timer_init(&l->expect, native_on_expect, NATIVE_EXPECT_S, 0.0);
	l->expect.data = l;
	list_init(&l->link);
	return &l->head;
}

static void native_close(struct lane *la)
{
	struct native_lane *l = lane_of(la);

	list_remove(&l->link);
	conn_close(&l->conn);
	reply_release(&l->reply);
	free(l->detail);
	free(l);
}

/* ---- the hub -------------------------------------------------------- */

static void native_hub_free(struct hub *head)
{
	struct native_hub *hub = container_of(head, struct native_hub, head);

	if (!hub)
		return;
	ev_prepare_stop(hub->net.loop, &hub->prepare);
	ev_idle_stop(hub->net.loop, &hub->idle);
	net_release(&hub->net);
	blamer_free(hub->blamer);
	buf_release(&hub->words);
	free(hub->in);
	free(hub);
}

static struct hub *native_hub_new(const struct hub_config *config,
				  struct errs *es)
{
	struct native_hub *hub = calloc(1, sizeof(*hub));

	if (!hub) {
		errs_nomem(es);
		return NULL;
	}
	hub->head.config = *config;
	reply_rules_init(&hub->rules, config->route->request,
			 config->route->wants_answer);
	hub->rules.memo = &hub->memo;
	buf_init(&hub->words, NATIVE_DETAIL_MAX);
	list_init(&hub->ended);
	ev_prepare_init(&hub->prepare, on_prepare);
	hub->prepare.data = hub;
	ev_idle_init(&hub->idle, on_idle);
	hub->blamer = blamer_new();
	hub->in = malloc(NATIVE_IN_BYTES);
	bool done = net_init(&hub->net, &hub->head, "http/1.1", es);
	if (done && hub->blamer && hub->in)
		return &hub->head;
	if (done)
		errs_nomem(es);
	native_hub_free(&hub->head);
	return NULL;
}

const struct load_transport load_native = {
	.name = "native",
	.can = wire_can,
	.hub_new = native_hub_new,
	.hub_free = native_hub_free,
	.open = native_open,
	.start = native_start,
	.cancel = native_cancel,
	.close = native_close,
};
