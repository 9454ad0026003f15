/* SPDX-License-Identifier: MIT */
/* The way of a transfer from engine_start() to on_done. */
#include <stdlib.h>
#include <string.h>

#include "probe/engine/inside.h"
#include "probe/engine/native_ask.h"

/* ---- its memory ------------------------------------------------------- */

static void on_limit(struct ev_loop *loop, ev_timer *w, int got);

static struct transfer *transfer_new(struct engine *en)
{
	struct transfer *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->en = en;
	list_init(&t->link);
	return t;
}

void transfer_free(struct transfer *t)
{
	curl_easy_cleanup(t->easy);
	free(t);
}

struct transfer *transfer_take(struct engine *en)
{
	if (list_is_empty(&en->spare))
		return transfer_new(en);
	struct transfer *t =
		container_of(en->spare.prev, struct transfer, link);
	list_remove(&t->link);
	en->n_spare--;
	return t;
}

/* Before 8.10 libcurl keeps a pointer to the last field of an answer beyond the
 * end of it, and goes by it when the next answer of the handle begins with a
 * folded line (mended upstream by cd1c611b24): there a handle that has heard
 * an answer hears no other one. */
static bool has_heard(const struct transfer *t)
{
	static const unsigned mended = 0x080a00;

	return t->transport == &transport_libcurl &&
	       curl_version_info(CURLVERSION_NOW)->version_num < mended;
}

void transfer_recycle(struct transfer *t)
{
	struct engine *en = t->en;

	if (has_heard(t)) {
		curl_easy_cleanup(t->easy);
		t->easy = NULL;
	}
	CURL *easy = t->easy;
	list_remove(&t->link);
	if (en->n_spare >= ENGINE_SPARE_MAX) {
		transfer_free(t);
		return;
	}
	memset(t, 0, sizeof(*t));
	t->en = en;
	t->easy = easy;
	list_append(&en->spare, &t->link);
	en->n_spare++;
}

/* ---- start and cancel ------------------------------------------------- */

static bool answer_prepare(struct exchange *ex)
{
	const struct request *rq = &ex->request;
	struct answer *an = &ex->answer;
	uint64_t max = request_body_max(rq);

	exchange_forget_answer(ex);
	ex->arena = arena_new(ENGINE_ARENA_MAX);
	if (!ex->arena)
		return false;
	buf_init(&an->body, max);
	if (rq->kind != REQUEST_TCP || !rq->n_turns)
		return true;
	an->turn_bytes =
		arena_alloc(ex->arena, rq->n_turns, sizeof(*an->turn_bytes));
	if (!an->turn_bytes)
		return false;
	an->n_turns = rq->n_turns;
	for (size_t i = 0; i < an->n_turns; i++)
		buf_init(&an->turn_bytes[i], max);
	return true;
}

void engine_start(struct engine *en, struct exchange *ex)
{
	struct transfer *t = transfer_take(en);

	if (!t) {
		exchange_forget_answer(ex);
		ex->answer.outcome = OUTCOME_LOCAL_FAIL;
		ex->answer.detail = "not enough memory";
		ex->next = en->failed;
		en->failed = ex;
		ev_ref(en->loop);
		return;
	}
	t->ex = ex;
	ex->transfer = t;
	t->taken_ns = engine_now_ns();
	ev_init(&t->limit, on_limit);
	if (!answer_prepare(ex))
		t->flaw = FLAW_MEMORY;
	headers_init(&t->headers, request_header_max(&ex->request));
	t->has_session = ex->session;
	if (ex->session)
		session_use(ex->session);
	list_append(&en->pending, &t->link);
	ev_ref(en->loop);
}

static void failed_remove(struct engine *en, const struct exchange *ex)
{
	for (struct exchange **at = &en->failed; *at; at = &(*at)->next) {
		if (*at != ex)
			continue;
		*at = ex->next;
		ev_unref(en->loop);
		return;
	}
}

void engine_cancel(struct engine *en, struct exchange *ex)
{
	if (ex->transfer)
		transfer_drop(ex->transfer);
	else
		failed_remove(en, ex);
	ex->transfer = NULL;
}

/* ---- ending ----------------------------------------------------------- */

/* Gives back all that the transfer holds.  Does nothing the second time. */
static void let_go(struct transfer *t)
{
	ev_timer_stop(t->en->loop, &t->limit);
	if (t->transport)
		t->transport->stop(t);
	headers_release(&t->headers);
	unpack_free(t->unpack);
	t->unpack = NULL;
	if (t->has_session)
		session_unuse(t->ex->session);
	t->has_session = false;
}

void transfer_end(struct transfer *t, const struct ending *end)
{
	struct exchange *ex = t->ex;
	struct answer *an = &ex->answer;

	an->outcome = end->outcome;
	if (ex->arena) {
		answer_fill(t, engine_now_ns());
		an->detail = arena_strdup(ex->arena, end->detail);
	}
	if (!an->detail)
		an->detail = "";
	let_go(t);
	list_remove(&t->link);
	list_append(&t->en->done, &t->link);
}

void transfer_drop(struct transfer *t)
{
	let_go(t);
	ev_unref(t->en->loop);
	transfer_recycle(t);
}

void transfer_completed(struct transfer *t, CURLcode code)
{
	struct ending end;

	if (t->pool) {
		repeat_completed(t, code);
		return;
	}
	if (!code && t->ex->request.kind == REQUEST_TCP) {
		dialogue_start(t);
		return;
	}
	if (!code && t->mail) {
		mail_start(t);
		return;
	}
	transfer_blame(t, code, &end);
	transfer_end(t, &end);
}

/* ---- beginning -------------------------------------------------------- */

/* NULL: none that is wanted can. */
static const struct transport *choose(const struct transfer *t)
{
	const struct exchange *ex = t->ex;

	if (t->en->choice == TRANSPORT_LIBCURL)
		return &transport_libcurl;
	if (native_can(&ex->request, ex->session))
		return &transport_native;
	return t->en->choice == TRANSPORT_AUTO ? &transport_libcurl : NULL;
}

void transfer_begin(struct transfer *t)
{
	struct ending end = {
		.outcome = OUTCOME_LOCAL_FAIL,
		.detail = "not enough memory",
	};

	list_remove(&t->link);
	list_append(&t->en->live, &t->link);
	t->ex->answer.started_at_ns = engine_wall_ns();
	t->started_ns = engine_now_ns();
	t->transport = choose(t);
	if (!t->transport) {
		t->transport = &transport_libcurl;
		end.detail = "the native transport cannot do this";
		transfer_end(t, &end);
	} else if (t->flaw || !gate_passes(t->ex, &end) ||
		   !t->transport->start(t, &end)) {
		transfer_end(t, &end);
	}
}

/* ---- what comes ------------------------------------------------------- */

bool transfer_take_body(struct transfer *t, const char *bytes, size_t len)
{
	struct buf *body = &t->ex->answer.body;
	bool is_kept = !t->pool || repeats_keep_answers(t->pool);

	t->received += len;
	if (is_kept ? buf_add(body, bytes, len) : t->received <= body->max)
		return true;
	t->flaw = body->failed ? FLAW_MEMORY : FLAW_BODY;
	return false;
}

static bool take_plain(void *self, const char *bytes, size_t len)
{
	return transfer_take_body(self, bytes, len);
}

bool transfer_take_coded(struct transfer *t, const char *bytes, size_t len)
{
	if (!t->unpack)
		return transfer_take_body(t, bytes, len);
	t->unpack_flaw = unpack_write(t->unpack, bytes, len, take_plain, t);
	if (t->unpack_flaw == UNPACK_MEMORY)
		t->flaw = FLAW_MEMORY;
	return t->unpack_flaw == UNPACK_FINE;
}

/* ---- time limits ------------------------------------------------------ */

static void arm(struct transfer *t, const struct limits_view *v, uint64_t now)
{
	uint64_t next = limits_next(&t->ex->request.limits, v, now);
	struct ev_loop *loop = t->en->loop;

	ev_timer_stop(loop, &t->limit);
	if (next == LIMITS_NEVER)
		return;
	ev_now_update(loop);
	ev_timer_set(&t->limit, next > now ? (double)(next - now) / 1e9 : 0.0,
		     0.0);
	ev_timer_start(loop, &t->limit);
}

void transfer_arm(struct transfer *t)
{
	struct limits_view v;

	transfer_view(t, &v);
	arm(t, &v, engine_seen_ns(t->en, engine_now_ns()));
}

static void on_limit(struct ev_loop *loop, ev_timer *w, int got)
{
	struct transfer *t = container_of(w, struct transfer, limit);
	struct limits_view v;
	struct limits_hit hit;
	struct buf words;
	uint64_t now = engine_seen_ns(t->en, engine_now_ns());

	(void)loop;
	(void)got;
	transfer_view(t, &v);
	if (!limits_find_hit(&t->ex->request.limits, &v, now, &hit)) {
		arm(t, &v, now);
		return;
	}
	buf_init(&words, TRANSFER_DETAIL_MAX);
	limits_say(&hit, &words);
	if (!hit.is_total)
		t->ex->answer.limit_ns = hit.limit_ns;
	transfer_end(t, &(struct ending){
				.outcome = hit.outcome,
				.code = CURLE_OPERATION_TIMEDOUT,
				.detail = buf_text(&words),
			});
	buf_release(&words);
}
