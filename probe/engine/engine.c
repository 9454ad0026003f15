/* SPDX-License-Identifier: MIT */
#include "probe/engine/engine.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "probe/engine/handshake.h"
#include "probe/engine/inside.h"
#include "probe/engine/native_ask.h"
#include "probe/engine/trust.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"

enum { FILES_WANTED = 1 << 16 }; /* as far as the machine lets us */

/* ---- clocks ----------------------------------------------------------- */

static uint64_t clock_ns(clockid_t id)
{
	struct timespec at;

	clock_gettime(id, &at);
	return (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
}

uint64_t engine_now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

uint64_t engine_wall_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

/* ---- the whole process ------------------------------------------------ */

/* Every exchange takes a socket or two, and a shell allows 1024 in all. */
static void raise_files(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur >= FILES_WANTED)
		return;
	files.rlim_cur =
		files.rlim_max < FILES_WANTED ? files.rlim_max : FILES_WANTED;
	(void)setrlimit(RLIMIT_NOFILE, &files);
}

bool engine_global_init(struct errs *es)
{
	CURLcode rc = curl_global_init(CURL_GLOBAL_DEFAULT);

	raise_files();

	if (rc)
		return errs_add(es, ERR_SYSTEM, NOWHERE,
				"libcurl cannot be set up: %s",
				curl_easy_strerror(rc));
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return errs_add(es, ERR_SYSTEM, NOWHERE,
				"SIGPIPE cannot be ignored: %s",
				strerror(errno));
	return handshake_global_init(es);
}

void engine_global_release(void)
{
	curl_global_cleanup();
}

/* ---- turns of the loop ------------------------------------------------ */

static bool is_waiting(const struct engine *en)
{
	return !list_is_empty(&en->pending) || !list_is_empty(&en->done) ||
	       en->failed;
}

static struct transfer *first_of(struct link *head)
{
	return container_of(head->next, struct transfer, link);
}

static void begin_pending(struct engine *en)
{
	for (int i = 0; i < ENGINE_STARTS_PER_TURN; i++) {
		if (list_is_empty(&en->pending))
			return;
		transfer_begin(first_of(&en->pending));
	}
}

static void deliver_failed(struct engine *en)
{
	struct exchange *ex = en->failed;

	if (!ex || en->is_stopped)
		return;
	en->failed = ex->next;
	ev_unref(en->loop);
	if (ex->on_done)
		ex->on_done(ex);
}

/* Only what is there now: an on_done that always starts one that fails at
 * once shall not keep the loop from its sockets. */
static void deliver(struct engine *en)
{
	struct link now;

	list_init(&now);
	while (!list_is_empty(&en->done)) {
		struct transfer *t = first_of(&en->done);
		list_remove(&t->link);
		list_append(&now, &t->link);
	}
	while (!list_is_empty(&now) && !en->is_stopped) {
		struct transfer *t = first_of(&now);
		struct exchange *ex = t->ex;
		ex->transfer = NULL;
		transfer_recycle(t);
		ev_unref(en->loop);
		if (ex->on_done)
			ex->on_done(ex);
	}
	while (!list_is_empty(&now)) { /* stopped: they wait */
		struct transfer *t = first_of(&now);
		list_remove(&t->link);
		list_append(&en->done, &t->link);
	}
}

static void on_idle(struct ev_loop *loop, ev_idle *w, int got)
{
	(void)loop;
	(void)w;
	(void)got;
}

static void on_prepare(struct ev_loop *loop, ev_prepare *w, int got)
{
	struct engine *en = container_of(w, struct engine, prepare);

	(void)got;
	for (int round = 0; round < 2 && is_waiting(en); round++) {
		begin_pending(en);
		deliver(en);
		deliver_failed(en);
	}
	if (is_waiting(en))
		ev_idle_start(loop, &en->idle);
	else
		ev_idle_stop(loop, &en->idle);
}

/* ---- engine ----------------------------------------------------------- */

struct engine *engine_new(struct errs *es)
{
	struct engine *en = calloc(1, sizeof(*en));

	if (!en) {
		errs_nomem(es);
		return NULL;
	}
	list_init(&en->spare);
	list_init(&en->pending);
	list_init(&en->live);
	list_init(&en->done);
	en->trust = trust_new();
	en->loop = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV);
	if (!en->trust || !en->loop) {
		errs_add(es, ERR_SYSTEM, NOWHERE,
			 "the event loop cannot be set up: %s",
			 strerror(errno));
		engine_free(en);
		return NULL;
	}
	buf_init(&en->out, NATIVE_HEAD_MAX + NATIVE_BODY_MAX);
	ev_prepare_init(&en->prepare, on_prepare);
	ev_prepare_start(en->loop, &en->prepare);
	ev_unref(en->loop); /* it is no reason to go on */
	ev_idle_init(&en->idle, on_idle);
	return en;
}

static void drop_all(struct link *head)
{
	while (!list_is_empty(head)) {
		struct transfer *t = first_of(head);
		t->ex->transfer = NULL;
		transfer_drop(t);
	}
}

static void shard_free(struct shard *sh);

static void loop_free(struct engine *en)
{
	if (!en->loop)
		return;
	ev_idle_stop(en->loop, &en->idle);
	for (int i = 0; i < PATIENCE_SIGNALS; i++) {
		if (!ev_is_active(&en->signals[i]))
			continue;
		ev_ref(en->loop);
		ev_signal_stop(en->loop, &en->signals[i]);
	}
	ev_ref(en->loop);
	ev_prepare_stop(en->loop, &en->prepare);
	ev_loop_destroy(en->loop);
}

void engine_free(struct engine *en)
{
	if (!en)
		return;
	drop_all(&en->pending);
	drop_all(&en->live);
	drop_all(&en->done);
	while (!list_is_empty(&en->spare)) {
		struct transfer *t = first_of(&en->spare);
		list_remove(&t->link);
		transfer_free(t);
	}
	curl_easy_cleanup(en->clerk);
	for (size_t i = 0; i < en->n_shards; i++)
		shard_free(en->shards[i]);
	free(en->shards);
	while (en->spare_watches) {
		struct watch *next = en->spare_watches->next;
		free(en->spare_watches);
		en->spare_watches = next;
	}
	free(en->in);
	buf_release(&en->out);
	trust_free(en->trust);
	loop_free(en);
	free(en);
}

void engine_set_transport(struct engine *en, enum transport_choice choice)
{
	en->choice = choice;
}

CURL *engine_clerk(struct engine *en)
{
	if (!en->clerk)
		en->clerk = curl_easy_init();
	return en->clerk;
}

void engine_run(struct engine *en)
{
	en->is_stopped = false;
	ev_run(en->loop, 0);
}

void engine_stop(struct engine *en)
{
	en->is_stopped = true;
	ev_break(en->loop, EVBREAK_ALL);
}

/* ---- shards: watchers for libcurl ------------------------------------- */

static void on_readable(struct ev_loop *loop, ev_io *io, int got)
{
	struct watch *wa = container_of(io, struct watch, io);
	struct shard *sh = wa->shard; /* wa may be gone below */
	int mask = (got & EV_READ ? CURL_CSELECT_IN : 0) |
		   (got & EV_WRITE ? CURL_CSELECT_OUT : 0) |
		   (got & EV_ERROR ? CURL_CSELECT_ERR : 0);
	int running;

	(void)loop;
	curl_multi_socket_action(sh->multi, io->fd, mask, &running);
	shard_settle(sh);
}

static struct watch *watch_take(struct shard *sh)
{
	struct engine *en = sh->en;
	struct watch *wa = en->spare_watches;

	if (wa)
		en->spare_watches = wa->next;
	else
		wa = calloc(1, sizeof(*wa));
	if (!wa)
		return NULL;
	wa->shard = sh;
	ev_init(&wa->io, on_readable);
	return wa;
}

/* libcurl tells what it wants to know of a socket. */
static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *self,
			  void *linked)
{
	struct shard *sh = self;
	struct ev_loop *loop = sh->en->loop;
	struct watch *wa = linked;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (wa) {
			ev_io_stop(loop, &wa->io);
			wa->next = sh->en->spare_watches;
			sh->en->spare_watches = wa;
		}
		return 0;
	}
	if (!wa) {
		wa = watch_take(sh);
		if (!wa)
			return -1;
		curl_multi_assign(sh->multi, fd, wa);
	}
	int events = (what & CURL_POLL_IN ? EV_READ : 0) |
		     (what & CURL_POLL_OUT ? EV_WRITE : 0);
	ev_io_stop(loop, &wa->io);
	ev_io_set(&wa->io, fd, events);
	ev_io_start(loop, &wa->io);
	return 0;
}

/* libcurl tells when it wants to be called. */
static int on_curl_timer(CURLM *multi, long timeout_ms, void *self)
{
	struct shard *sh = self;

	(void)multi;
	sh->due_ns = timeout_ms < 0 ? LIMITS_NEVER
				    : engine_now_ns() + (uint64_t)timeout_ms *
								UNIT_NS_PER_MS;
	return 0;
}

static void shard_arm(struct shard *sh)
{
	struct ev_loop *loop = sh->en->loop;

	if (sh->due_ns == LIMITS_NEVER) {
		ev_timer_stop(loop, &sh->timer);
		return;
	}
	/* One that fires too early is cheaper than one set anew each time. */
	if (ev_is_active(&sh->timer) && sh->armed_ns <= sh->due_ns)
		return;
	uint64_t now = engine_now_ns();
	uint64_t wait = sh->due_ns > now ? sh->due_ns - now : 0;
	ev_timer_stop(loop, &sh->timer);
	ev_now_update(loop);
	ev_timer_set(&sh->timer, (double)wait / 1e9, 0.0);
	ev_timer_start(loop, &sh->timer);
	sh->armed_ns = sh->due_ns;
}

static void on_shard_timer(struct ev_loop *loop, ev_timer *w, int got)
{
	struct shard *sh = container_of(w, struct shard, timer);
	int running;

	(void)loop;
	(void)got;
	if (engine_now_ns() >= sh->due_ns) {
		sh->due_ns = LIMITS_NEVER; /* it tells the next one */
		curl_multi_socket_action(sh->multi, CURL_SOCKET_TIMEOUT, 0,
					 &running);
	}
	shard_settle(sh);
}

void shard_settle(struct shard *sh)
{
	CURLMsg *message;
	int left;

	if (sh->is_settling)
		return; /* the call above goes on */
	sh->is_settling = true;
	while ((message = curl_multi_info_read(sh->multi, &left))) {
		struct transfer *t = NULL;
		CURLcode code = message->data.result;
		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &t);
		if (t)
			transfer_completed(t, code);
	}
	sh->is_settling = false;
	shard_arm(sh);
}

static struct shard *shard_new(struct engine *en)
{
	struct shard *sh = calloc(1, sizeof(*sh));

	if (!sh)
		return NULL;
	sh->en = en;
	sh->due_ns = LIMITS_NEVER;
	sh->multi = curl_multi_init();
	if (!sh->multi) {
		free(sh);
		return NULL;
	}
	ev_init(&sh->timer, on_shard_timer);
	curl_multi_setopt(sh->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
	curl_multi_setopt(sh->multi, CURLMOPT_SOCKETDATA, sh);
	curl_multi_setopt(sh->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
	curl_multi_setopt(sh->multi, CURLMOPT_TIMERDATA, sh);
	curl_multi_setopt(sh->multi, CURLMOPT_MAXCONNECTS,
			  (long)ENGINE_IDLE_CONNECTIONS);
	return sh;
}

static void shard_free(struct shard *sh)
{
	curl_multi_cleanup(sh->multi);
	ev_timer_stop(sh->en->loop, &sh->timer);
	free(sh);
}

struct shard *engine_bind(struct engine *en)
{
	for (size_t i = 0; i < en->n_shards; i++) {
		struct shard *sh = en->shards[i];
		if (sh->n_bound >= ENGINE_MULTI_MAX)
			continue;
		sh->n_bound++;
		return sh;
	}
	struct shard **shards =
		realloc(en->shards, (en->n_shards + 1) * sizeof(*shards));
	if (!shards)
		return NULL;
	en->shards = shards;
	struct shard *sh = shard_new(en);
	if (!sh)
		return NULL;
	shards[en->n_shards++] = sh;
	sh->n_bound = 1;
	return sh;
}

void engine_unbind(struct shard *sh)
{
	sh->n_bound--;
}
