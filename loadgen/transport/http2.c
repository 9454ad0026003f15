/* SPDX-License-Identifier: MIT */
/* HTTP/2: the hub, its lanes, and who goes where. */
#include <stdlib.h>
#include <string.h>

#include "loadgen/transport/http2_parts.h"
#include "probe/engine/blamer.h"
#include "probe/engine/engine.h"
#include "scenarios/base/err.h"

enum { ASK_HASH_SHIFT = 6 };

/* ---- the hub -------------------------------------------------------- */

static void on_prepare(struct ev_loop *loop, ev_prepare *w, int got)
{
	(void)loop;
	(void)got;
	h2_settle(w->data);
}

static void on_idle(struct ev_loop *loop, ev_idle *w, int got)
{
	(void)loop;
	(void)w;
	(void)got;
}

void h2_wake(struct h2_hub *hub)
{
	if (!hub->is_settling)
		ev_idle_start(hub->head.config.loop, &hub->idle);
}

const struct h2_ask *h2_hub_ask(struct h2_hub *hub, const struct wire *wire)
{
	uintptr_t key = ((uintptr_t)wire >> ASK_HASH_SHIFT) + wire->version;
	struct h2_ask *a = &hub->ask[key % H2_ASKS];

	return h2_ask_make(a, wire, hub->head.config.route->is_tls) ? a : NULL;
}

static void free_conns(struct link *conns)
{
	while (!list_is_empty(conns))
		h2_conn_free(container_of(conns->next, struct h2_conn, link));
}

static void hub_free(struct hub *head)
{
	struct h2_hub *hub = container_of(head, struct h2_hub, head);
	struct ev_loop *loop = head->config.loop;

	free_conns(&hub->conns);
	free_conns(&hub->dead);
	if (ev_is_active(&hub->prepare))
		ev_ref(loop);
	ev_prepare_stop(loop, &hub->prepare);
	ev_idle_stop(loop, &hub->idle);
	for (size_t i = 0; i < H2_ASKS; i++)
		h2_ask_release(&hub->ask[i]);
	nghttp2_session_callbacks_del(hub->callbacks);
	nghttp2_option_del(hub->option);
	net_release(&hub->net);
	blamer_free(hub->blamer);
	buf_release(&hub->words);
	free(hub->in);
	free(hub->out);
	free(hub);
}

static bool hub_setup(struct h2_hub *hub, struct errs *es)
{
	struct hub *head = &hub->head;

	hub->in = malloc(H2_IN_BYTES);
	hub->out = malloc(H2_OUT_BYTES);
	hub->blamer = blamer_new();
	if (!hub->in || !hub->out || !hub->blamer || !h2_stream_setup(hub))
		return errs_nomem(es);
	return net_init(&hub->net, head, "h2", es);
}

static struct hub *hub_new(const struct hub_config *config, struct errs *es)
{
	const struct route *rt = config->route;
	struct h2_hub *hub = calloc(1, sizeof(*hub));

	if (!hub) {
		errs_nomem(es);
		return NULL;
	}
	hub->head.config = *config;
	hub->is_fresh = rt->is_fresh;
	hub->must_ask = rt->is_tls && rt->request->version == HTTP_2;
	hub->streams = rt->streams ? rt->streams : ROUTE_STREAMS;
	if (hub->streams > H2_STREAMS_MAX)
		hub->streams = H2_STREAMS_MAX;
	if (rt->is_fresh)
		hub->streams = 1;
	hub->peer_streams = hub->streams;
	list_init(&hub->conns);
	list_init(&hub->roomy);
	list_init(&hub->dirty);
	list_init(&hub->dead);
	list_init(&hub->done);
	list_init(&hub->again);
	buf_init(&hub->words, H2_WORDS_MAX);
	for (size_t i = 0; i < H2_ASKS; i++)
		buf_init(&hub->ask[i].text, 0);
	ev_idle_init(&hub->idle, on_idle);
	ev_prepare_init(&hub->prepare, on_prepare);
	hub->prepare.data = hub;
	if (!hub_setup(hub, es)) {
		hub_free(&hub->head);
		return NULL;
	}
	ev_prepare_start(config->loop, &hub->prepare);
	ev_unref(config->loop);
	return &hub->head;
}

static bool can(const struct route *rt, const char **why)
{
	const struct request *rq = rt->request;

	*why = NULL;
	if (rq->kind != REQUEST_HTTP)
		*why = "it is no HTTP request";
	else if (rq->version != HTTP_2 && rq->version != HTTP_2_PRIOR)
		*why = "HTTP/2 was not asked for";
	else if (rq->version == HTTP_2 && !rt->is_tls)
		*why = "HTTP/2 without TLS has to be asked for as such";
	else if (rq->proxy)
		*why = "it goes through a proxy";
	else if (rq->auth == AUTH_DIGEST)
		*why = "digest authentication takes two exchanges";
	else if (rq->n_parts)
		*why = "it sends a form in parts";
	else if (rq->wants_any_tls)
		*why = "it accepts any TLS";
	else if (!rt->n_addresses)
		*why = "the addresses are not known";
	return !*why;
}

/* ---- lanes ---------------------------------------------------------- */

static struct h2_lane *lane_of(struct lane *head)
{
	return container_of(head, struct h2_lane, head);
}

static struct h2_hub *hub_of(struct h2_lane *l)
{
	return container_of(l->head.hub, struct h2_hub, head);
}

static struct lane *lane_open(struct hub *head)
{
	struct h2_lane *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	if (head->config.route->wants_answer) {
		l->keep = keep_new("http2");
		if (!l->keep) {
			free(l);
			return NULL;
		}
	}
	l->head.transport = &load_http2;
	l->head.hub = head;
	l->head.detail = "";
	list_init(&l->link);
	list_init(&l->member);
	return &l->head;
}

static void lane_close(struct lane *head)
{
	struct h2_lane *l = lane_of(head);

	/* Its owner's wire may go, and another one come to lie there. */
	for (size_t i = 0; i < H2_ASKS; i++)
		hub_of(l)->ask[i].wire = NULL;
	h2_conn_leave(l);
	keep_free(l->keep);
	free(l);
}

/* The connection that this lane is a member of already, one with room, or a
 * new one. */
static void place(struct h2_hub *hub, struct h2_lane *l, uint64_t now_ns)
{
	struct h2_conn *c = l->conn;

	if (c && h2_conn_serves(c) && !hub->is_fresh) {
		h2_conn_take(c, l);
		return;
	}
	h2_conn_leave(l);
	if (!list_is_empty(&hub->roomy)) {
		c = container_of(hub->roomy.next, struct h2_conn, roomy);
		h2_conn_join(c, l);
		h2_conn_take(c, l);
		return;
	}
	c = h2_conn_new(hub, now_ns);
	if (!c) {
		hub->head.out_of_memory++;
		hub->now_ns = now_ns;
		h2_lane_end(l, OUTCOME_LOCAL_FAIL, "not enough memory");
		return;
	}
	l->head.sample.made_connection = true;
	h2_conn_join(c, l);
	h2_conn_take(c, l);
	h2_conn_start(c);
}

/* The part of a request that is no header field. */
static void find_body(struct h2_lane *l, const struct wire *wire)
{
	if (wire->bytes) {
		l->body = wire->bytes + wire->head_len;
		l->body_len = wire->len - wire->head_len;
	} else {
		l->body = wire->request->body;
		l->body_len = l->body ? wire->request->body_len : 0;
	}
}

static void lane_start(struct lane *head, const struct wire *wire,
		       uint64_t now_ns)
{
	struct h2_lane *l = lane_of(head);
	const struct request *rq = wire->request;

	head->sample = (struct sample){ .sent_ns = now_ns };
	head->detail = "";
	head->answer = NULL;
	head->stage = LANE_CONNECTING;
	l->wire = wire;
	l->is_busy = true;
	l->is_uploading = l->has_head = l->was_reset = false;
	l->is_on_used = false;
	l->tries = l->n_interim = 0;
	l->head_bytes = 0;
	l->body_at = 0;
	l->head_max = request_header_max(rq);
	l->body_max = request_body_max(rq);
	find_body(l, wire);
	if (l->keep)
		keep_begin(l->keep, rq);
	place(hub_of(l), l, now_ns);
}

static void lane_cancel(struct lane *head, uint64_t now_ns)
{
	struct h2_lane *l = lane_of(head);
	struct h2_conn *c = l->conn;
	bool has_stream = l->stream != 0;

	if (!l->is_busy)
		return;
	if (has_stream)
		h2_conn_reset(l, NGHTTP2_CANCEL);
	/* Nothing at all came meanwhile: another connection may do better. */
	if (c && l->is_on_conn && c->heard_ns < head->sample.sent_ns)
		h2_conn_retire(c);
	if (l->is_on_conn)
		h2_conn_release(l);
	list_remove(&l->link);
	l->is_busy = false;
	head->sample.end_ns = now_ns;
	head->stage = LANE_IDLE;
}

/* ---- how exchanges end ---------------------------------------------- */

static void say(struct h2_lane *l, const char *detail)
{
	l->head.detail = "";
	if (!*detail)
		return;
	snprintf(l->words, sizeof(l->words), "%s", detail);
	l->head.detail = l->words;
}

/* What the runner may look at, besides the sample. */
static void fill_answer(struct h2_lane *l)
{
	const struct sample *s = &l->head.sample;
	struct answer *an = &l->keep->answer;
	struct h2_conn *c = l->conn;

	if (c && c->tcp.dial.fd >= 0)
		dial_remote(&c->hub->net.dialer, &c->tcp.dial, l->keep->remote);
	else
		*l->keep->remote = '\0';
	an->remote = l->keep->remote;
	an->outcome = s->outcome;
	an->detail = l->head.detail;
	an->protocol = s->status ? "HTTP/2" : "";
	an->reused = !s->made_connection;
	an->sent_bytes = s->sent_bytes;
	if (!keep_fields(l->keep) && s->outcome == OUTCOME_OK)
		l->head.sample.outcome = an->outcome = OUTCOME_LOCAL_FAIL;
	l->head.answer = an;
}

void h2_lane_end(struct h2_lane *l, enum outcome outcome, const char *detail)
{
	struct h2_hub *hub = hub_of(l);
	struct lane *head = &l->head;

	head->sample.outcome = outcome;
	head->sample.end_ns = hub->now_ns;
	say(l, detail);
	if (l->keep)
		fill_answer(l);
	if (l->is_on_conn)
		h2_conn_release(l);
	list_append(&hub->done, &l->link);
	h2_wake(hub);
}

void h2_lane_again(struct h2_lane *l, const char *detail)
{
	struct h2_hub *hub = hub_of(l);

	if (l->tries >= H2_TRIES_MAX) {
		h2_lane_end(l, OUTCOME_CLOSED, detail);
		return;
	}
	l->tries++;
	h2_conn_release(l);
	h2_conn_leave(l);
	l->is_uploading = l->has_head = l->was_reset = false;
	l->is_on_used = false;
	l->body_at = 0;
	l->head.sample.sent_bytes = 0;
	l->head.stage = LANE_CONNECTING;
	list_append(&hub->again, &l->link);
	h2_wake(hub);
}

void h2_lane_fail(struct h2_lane *l, enum outcome outcome, const char *detail)
{
	h2_conn_reset(l, NGHTTP2_CANCEL);
	h2_lane_end(l, outcome, detail);
}

/* ---- the one place where lanes are told ----------------------------- */

static void tell_done(struct h2_hub *hub)
{
	struct link now;

	list_move_all(&hub->done, &now);
	while (!list_is_empty(&now)) {
		struct h2_lane *l =
			container_of(now.next, struct h2_lane, link);

		list_remove(&l->link);
		l->is_busy = false;
		l->head.stage = LANE_IDLE;
		hub->head.config.on_done(&l->head);
	}
}

static void begin_again(struct h2_hub *hub)
{
	uint64_t now_ns = engine_now_ns();
	struct link now;

	list_move_all(&hub->again, &now);
	while (!list_is_empty(&now)) {
		struct h2_lane *l =
			container_of(now.next, struct h2_lane, link);

		list_remove(&l->link);
		place(hub, l, now_ns);
	}
}

void h2_settle(struct h2_hub *hub)
{
	struct ev_loop *loop = hub->head.config.loop;

	hub->is_settling = true;
	if (!list_is_empty(&hub->done))
		tell_done(hub);
	if (!list_is_empty(&hub->again))
		begin_again(hub);
	while (!list_is_empty(&hub->dirty))
		h2_conn_flush(
			container_of(hub->dirty.next, struct h2_conn, dirty));
	free_conns(&hub->dead);
	hub->is_settling = false;
	if (!list_is_empty(&hub->done) || !list_is_empty(&hub->again))
		ev_idle_start(loop, &hub->idle);
	else
		ev_idle_stop(loop, &hub->idle);
}

const struct load_transport load_http2 = {
	.name = "http2",
	.can = can,
	.hub_new = hub_new,
	.hub_free = hub_free,
	.open = lane_open,
	.start = lane_start,
	.cancel = lane_cancel,
	.close = lane_close,
};
