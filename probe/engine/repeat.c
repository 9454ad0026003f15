/* SPDX-License-Identifier: MIT */
/*
 * A repeat is a transfer of its own, in no list of the engine but when it is
 * over: then it waits in the pool's list until on_done has been called.
 *
 * A request is sent as soon as it is started, unless that happens in an
 * on_done: those go out together when the sockets of this turn have been
 * read, which costs a good deal less, as the processor need not run through
 * all of libcurl for each of them.  When they began is told by how long they
 * took.
 */
#include "probe/engine/repeat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "probe/engine/handshake.h"
#include "probe/engine/inside.h"
#include "probe/engine/repeat_parts.h"
#include "probe/engine/setup.h"

enum {
	DETAIL_ARENA_MAX = 64 << 10, /* bytes of the words of one failure */
	BODY_KEPT_MAX = 1 << 20, /* bytes that an answer may leave allocated */
};

/* ---- the end ---------------------------------------------------------- */

static uint64_t span(uint64_t from, uint64_t to)
{
	return from && to > from ? to - from : 0;
}

static void take_times(struct sample *s, const struct transfer *t,
		       const struct points *at)
{
	if (at->is_reused)
		return;
	s->made_connection = at->connected_ns;
	s->dns_ns = span(t->started_ns, at->resolved_ns);
	s->connect_ns = span(at->resolved_ns, at->connected_ns);
	s->tls_ns = span(at->connected_ns, at->secured_ns);
}

static void find_start(struct repeating *r, uint64_t end_ns)
{
	struct sample *s = &r->head.sample;
	curl_off_t us = 0;

	curl_easy_getinfo(r->t.easy, CURLINFO_TOTAL_TIME_T, &us);
	uint64_t took_ns = us > 0 ? (uint64_t)us * 1000 : 0;
	if (took_ns && took_ns < end_ns - s->sent_ns)
		s->sent_ns = r->t.started_ns = end_ns - took_ns;
}

static void fill(struct repeating *r, uint64_t end_ns)
{
	const struct transfer *t = &r->t;
	struct sample *s = &r->head.sample;
	struct points at = { .is_reused = false };
	curl_off_t sent = 0;

	transport_libcurl.points(t, &at);
	take_times(s, t, &at);
	s->written_ns = at.sent_ns < end_ns ? at.sent_ns : end_ns;
	s->first_ns = at.first_ns < end_ns ? at.first_ns : end_ns;
	s->end_ns = end_ns;
	s->status = t->headers.status > 0 ? (unsigned)t->headers.status : 0;
	s->received_bytes = t->received;
	if (t->ex->request.body || t->ex->request.n_parts)
		curl_easy_getinfo(t->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
	s->sent_bytes = sent > 0 ? (uint64_t)sent : 0;
	r->n_on_connection = at.is_reused ? r->n_on_connection + 1 : 1;
}

/* The fields as they lie in the text of the headers. */
static bool list_fields(struct repeating *r)
{
	const struct headers *h = &r->t.headers;
	const char *text = buf_text(&h->text);

	if (h->n > r->n_fields) {
		struct field *more =
			realloc(r->fields, h->n * sizeof(*r->fields));
		if (!more)
			return false;
		r->fields = more;
		r->n_fields = h->n;
	}
	for (size_t i = 0; i < h->n; i++) {
		r->fields[i].name = text;
		text += strlen(text) + 1;
		r->fields[i].value = text;
		text += strlen(text) + 1;
	}
	return true;
}

static void fill_answer(struct repeating *r)
{
	const struct sample *s = &r->head.sample;
	struct answer *an = &r->ex.answer;

	if (!list_fields(r)) {
		r->head.sample.outcome = OUTCOME_LOCAL_FAIL;
		r->head.detail = "not enough memory";
		return;
	}
	libcurl_remote(&r->t, r->remote, sizeof(r->remote));
	an->outcome = s->outcome;
	an->transport = transport_libcurl.name;
	an->detail = r->head.detail;
	an->status = s->status;
	an->protocol = s->status ? libcurl_protocol(&r->t) : "";
	an->remote = r->remote;
	an->reused = !s->made_connection;
	an->headers = r->fields;
	an->n_headers = r->t.headers.n;
	an->sent_bytes = s->sent_bytes;
	an->received_bytes = s->received_bytes;
	r->head.answer = an;
}

static void leave_multi(struct transfer *t)
{
	if (t->is_live)
		curl_multi_remove_handle(t->shard->multi, t->easy);
	t->is_live = false;
}

/* Words are made only of what went wrong. */
static bool needs_words(const struct transfer *t, CURLcode code)
{
	return code || t->flaw || (t->handshake && t->handshake->is_refused);
}

void repeat_completed(struct transfer *t, CURLcode code)
{
	struct repeating *r = repeating_of(t);
	struct ending end;

	if (r->is_lost) {
		code = CURLE_GOT_NOTHING;
		snprintf(t->words, sizeof(t->words), "%s",
			 http1_say(HTTP1_EMPTY));
	}
	if (needs_words(t, code) && !r->ex.arena)
		r->ex.arena = arena_new(DETAIL_ARENA_MAX);
	if (needs_words(t, code) && !r->ex.arena)
		end = (struct ending){ .outcome = OUTCOME_LOCAL_FAIL,
				       .detail = "not enough memory" };
	else
		transfer_blame(t, code, &end);
	r->head.sample.outcome = end.outcome;
	r->head.detail = end.detail;
	if (end.outcome == OUTCOME_LOCAL_FAIL)
		r->head.error =
			t->flaw == FLAW_MEMORY ? ENOMEM : transfer_error(t);
	uint64_t end_ns = engine_now_ns();
	if (r->is_later)
		find_start(r, end_ns);
	fill(r, end_ns);
	if (r->pool->config.wants_answer)
		fill_answer(r);
	leave_multi(t);
	list_append(&r->pool->ended, &t->link);
}

/* ---- setting up ------------------------------------------------------- */

/* libcurl is about to send: for the first time, after an answer that asked
 * for more (digest), or once more, as a kept connection was closed. */
static int on_request(void *self, char *remote, char *local, int remote_port,
		      int local_port)
{
	struct repeating *r = self;
	bool is_again = r->is_asked && !r->t.headers.status;

	(void)remote;
	(void)local;
	(void)remote_port;
	(void)local_port;
	r->is_asked = true;
	if (!is_again)
		return CURL_PREREQFUNC_OK;
	if (!request_is_idempotent(&r->ex.request)) {
		r->is_lost = true;
		return CURL_PREREQFUNC_ABORT;
	}
	r->head.sample.resends++;
	return CURL_PREREQFUNC_OK;
}

static const char *method_of(const struct request *rq)
{
	return rq->method ? rq->method : "GET";
}

static bool is_alike(const struct repeating *r, const struct request *rq)
{
	const struct request *before = &r->ex.request;

	return !strcmp(method_of(rq), r->method) && !rq->n_parts &&
	       !before->n_parts && !before->body == !rq->body &&
	       before->auth == rq->auth;
}

static void forget(struct repeating *r)
{
	libcurl_forget(&r->t);
	handshake_unref(r->t.handshake);
	r->t.handshake = NULL;
	r->is_set = false;
	r->method[0] = '\0';
}

/* Whoever starts holds the limits of time. */
static void copy_request(struct repeating *r, const struct request *rq)
{
	r->ex.request = *rq;
	r->ex.request.limits = (struct time_limits){ .total_ns = 0 };
}

static bool set_anew(struct repeating *r, const struct request *rq,
		     struct ending *end)
{
	struct transfer *t = &r->t;

	forget(r);
	copy_request(r, rq);
	t->to_upload = 0;
	t->headers.max_bytes = request_header_max(rq);
	t->headers.line.max = t->headers.text.max = t->headers.max_bytes;
	r->ex.answer.body.max = request_body_max(rq);
	r->ex.arena = arena_new(DETAIL_ARENA_MAX);
	if (!r->ex.arena)
		return setup_refuse(end, OUTCOME_LOCAL_FAIL,
				    "not enough memory");
	if (!transfer_setup(t, end))
		return false;
	curl_easy_setopt(t->easy, CURLOPT_PREREQFUNCTION, on_request);
	curl_easy_setopt(t->easy, CURLOPT_PREREQDATA, r);
	arena_free(r->ex.arena);
	r->ex.arena = NULL;
	snprintf(r->method, sizeof(r->method), "%s", method_of(rq));
	return true;
}

/* A request that is the same may still lie elsewhere than before. */
static void set_same(struct repeating *r, const struct request *rq)
{
	const char *before = r->ex.request.body;

	copy_request(r, rq);
	if (rq->body && rq->body != before)
		curl_easy_setopt(r->t.easy, CURLOPT_POSTFIELDS, rq->body);
}

static bool set_up(struct repeating *r, const struct request *rq,
		   uint64_t version, struct ending *end)
{
	bool done = true;

	if (r->is_set && r->version == version) {
		set_same(r, rq);
		return true;
	}
	if (r->is_set && is_alike(r, rq)) {
		copy_request(r, rq);
		done = setup_again(&r->t, end);
	} else {
		done = set_anew(r, rq, end);
	}
	r->is_set = done;
	r->version = version;
	return done;
}

static void forget_last(struct repeating *r)
{
	struct transfer *t = &r->t;
	struct buf *body = &r->ex.answer.body;

	r->is_asked = r->is_lost = false;
	r->head.sample = (struct sample){ .outcome = OUTCOME_OK };
	r->head.detail = "";
	r->head.error = 0;
	r->head.answer = NULL;
	arena_free(r->ex.arena);
	r->ex.arena = NULL;
	t->flaw = FLAW_NONE;
	t->unpack_flaw = UNPACK_FINE;
	t->socket_error = 0;
	t->has_codings = false;
	t->first_ns = t->last_ns = t->uploaded_ns = 0;
	t->uploaded = t->received = 0;
	t->words[0] = '\0';
	unpack_free(t->unpack);
	t->unpack = NULL;
	headers_reset(&t->headers);
	t->headers.only_framing = !r->pool->config.wants_answer;
	if (body->room > BODY_KEPT_MAX)
		buf_release(body);
	else
		buf_reset(body);
}

/* ---- start, cancel ---------------------------------------------------- */

static void end_at_once(struct repeating *r, const struct ending *end)
{
	struct sample *s = &r->head.sample;

	s->outcome = end->outcome;
	s->end_ns = s->sent_ns;
	r->head.detail = end->detail;
	forget(r);
	list_append(&r->pool->ended, &r->t.link);
	repeats_look_later(r->pool);
}

/* A shard of such a pool has one repeat, and so one connection. */
static void count_request(struct repeating *r)
{
	uint64_t max = r->pool->config.max_requests;

	if (!max || r->pool->config.is_fresh)
		return;
	if (r->n_on_connection >= max)
		r->n_on_connection = 0;
	curl_easy_setopt(r->t.easy, CURLOPT_FORBID_REUSE,
			 r->n_on_connection + 1 >= max ? 1L : 0L);
}

void repeat_start(struct repeat *head, const struct request *rq,
		  uint64_t version, uint64_t now_ns)
{
	struct repeating *r = container_of(head, struct repeating, head);
	struct transfer *t = &r->t;
	struct ending end = { .outcome = OUTCOME_LOCAL_FAIL,
			      .detail = "not enough memory" };
	int running;

	forget_last(r);
	head->sample.sent_ns = t->started_ns = now_ns;
	if (!set_up(r, rq, version, &end)) {
		end_at_once(r, &end);
		return;
	}
	count_request(r);
	if (curl_multi_add_handle(t->shard->multi, t->easy)) {
		head->error = ENOMEM;
		end_at_once(r, &end);
		return;
	}
	t->is_live = true;
	r->is_later = r->pool->is_delivering;
	if (!r->is_later)
		curl_multi_socket_action(t->shard->multi, CURL_SOCKET_TIMEOUT,
					 0, &running);
	shard_collect(t->shard);
	repeats_look_later(r->pool);
}

void repeat_cancel(struct repeat *head, uint64_t now_ns)
{
	struct repeating *r = container_of(head, struct repeating, head);
	struct transfer *t = &r->t;

	if (t->is_live)
		fill(r, now_ns);
	head->sample.end_ns = now_ns;
	list_remove(&t->link);
	leave_multi(t);
	r->n_on_connection = 0; /* it was closed */
	shard_collect(t->shard);
	repeats_look_later(r->pool);
}

enum phase repeat_phase(const struct repeat *head)
{
	const struct repeating *r =
		container_of(head, const struct repeating, head);
	struct points at;

	if (!r->t.is_live)
		return PHASE_RECEIVE;
	transport_libcurl.points(&r->t, &at);
	return transfer_phase(&r->t, &at);
}

/* ---- memory ----------------------------------------------------------- */

struct repeat *repeat_new(struct repeats *pool)
{
	struct repeating *r = calloc(1, sizeof(*r));
	CURL *easy = curl_easy_init();
	struct shard *sh = r && easy ? repeats_shard(pool) : NULL;

	if (!sh) {
		curl_easy_cleanup(easy);
		free(r);
		return NULL;
	}
	sh->n_bound++;
	r->pool = pool;
	exchange_init(&r->ex);
	r->t = (struct transfer){
		.en = pool->config.en,
		.pool = pool,
		.ex = &r->ex,
		.transport = &transport_libcurl,
		.easy = easy,
		.shard = sh,
	};
	list_init(&r->t.link);
	headers_init(&r->t.headers, EXCHANGE_HEADER_MAX);
	buf_init(&r->ex.answer.body, EXCHANGE_BODY_MAX);
	r->head.detail = "";
	return &r->head;
}

void repeat_free(struct repeat *head)
{
	struct repeating *r = container_of(head, struct repeating, head);
	struct transfer *t = &r->t;

	list_remove(&t->link);
	forget(r);
	curl_easy_cleanup(t->easy);
	t->shard->n_bound--;
	headers_release(&t->headers);
	unpack_free(t->unpack);
	buf_release(&r->ex.answer.body);
	arena_free(r->ex.arena);
	free(r->fields);
	free(r);
}
