/* SPDX-License-Identifier: MIT */
/* Multi handles of libcurl on the loop of an engine: sockets and timers. */
#include <stdlib.h>
#include <string.h>

#include "probe/engine/inside.h"
#include "scenarios/base/units.h"

enum { FILES_FIRST = 256 }; /* of the table of sockets */

/* ---- watchers --------------------------------------------------------- */

static void stop(struct ev_loop *loop, struct watch *wa)
{
	if (wa->is_idle)
		ev_ref(loop);
	wa->is_idle = false;
	ev_io_stop(loop, &wa->io);
}

static void on_readable(struct ev_loop *loop, ev_io *io, int got)
{
	struct watch *wa = container_of(io, struct watch, io);
	struct shard *sh = wa->shard; /* wa may be gone below */
	int mask = (got & EV_READ ? CURL_CSELECT_IN : 0) |
		   (got & EV_WRITE ? CURL_CSELECT_OUT : 0) |
		   (got & EV_ERROR ? CURL_CSELECT_ERR : 0);
	int running;

	if (wa->is_idle) { /* closed by the peer; libcurl will see */
		stop(loop, wa);
		return;
	}
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

static void watch_drop(struct engine *en, struct watch *wa)
{
	stop(en->loop, wa);
	wa->next = en->spare_watches;
	en->spare_watches = wa;
}

void watches_free(struct engine *en)
{
	while (en->spare_watches) {
		struct watch *next = en->spare_watches->next;
		free(en->spare_watches);
		en->spare_watches = next;
	}
	free(en->watch_of);
}

/* ---- sockets whose end will be told ----------------------------------- */

static struct watch *known(const struct engine *en, int fd)
{
	return (size_t)fd < en->n_watch_of ? en->watch_of[fd] : NULL;
}

static bool make_room(struct engine *en, size_t fd)
{
	size_t n = en->n_watch_of ? en->n_watch_of : FILES_FIRST;

	if (fd < en->n_watch_of)
		return true;
	while (n <= fd)
		n *= 2;
	struct watch **more = realloc(en->watch_of, n * sizeof(*more));
	if (!more)
		return false;
	memset(more + en->n_watch_of, 0, (n - en->n_watch_of) * sizeof(*more));
	en->watch_of = more;
	en->n_watch_of = n;
	return true;
}

void shard_opened(struct shard *sh, int fd)
{
	if (make_room(sh->en, (size_t)fd))
		sh->en->watch_of[fd] = watch_take(sh);
}

void shard_closes(struct engine *en, int fd)
{
	struct watch *wa = known(en, fd);

	if (!wa)
		return;
	en->watch_of[fd] = NULL;
	watch_drop(en, wa);
}

/* ---- what libcurl wants ----------------------------------------------- */

/* A connection that waits for its next exchange stays watched, so that the
 * kernel need not be told twice for each of them. */
static void set_idle(struct watch *wa, bool is_idle)
{
	struct ev_loop *loop = wa->shard->en->loop;

	if (wa->is_idle == is_idle || !ev_is_active(&wa->io))
		return;
	wa->is_idle = is_idle;
	if (is_idle)
		ev_unref(loop); /* it is no reason to go on */
	else
		ev_ref(loop);
}

static void forget_socket(struct shard *sh, int fd, struct watch *wa)
{
	if (!wa)
		return;
	if (wa == known(sh->en, fd))
		set_idle(wa, true);
	else
		watch_drop(sh->en, wa);
}

static void watch_for(struct watch *wa, int fd, int events)
{
	struct ev_loop *loop = wa->shard->en->loop;

	set_idle(wa, false);
	if (ev_is_active(&wa->io) && wa->io.fd == fd &&
	    (wa->io.events & (EV_READ | EV_WRITE)) == events)
		return;
	ev_io_stop(loop, &wa->io);
	ev_io_set(&wa->io, fd, events);
	ev_io_start(loop, &wa->io);
}

/* libcurl tells what it wants to know of a socket. */
static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *self,
			  void *linked)
{
	struct shard *sh = self;
	struct watch *wa = linked;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		forget_socket(sh, fd, wa);
		return 0;
	}
	if (!wa) {
		wa = known(sh->en, fd);
		if (!wa)
			wa = watch_take(sh);
		if (!wa)
			return -1;
		curl_multi_assign(sh->multi, fd, wa);
	}
	watch_for(wa, fd,
		  (what & CURL_POLL_IN ? EV_READ : 0) |
			  (what & CURL_POLL_OUT ? EV_WRITE : 0));
	return 0;
}

/* ---- time ------------------------------------------------------------- */

/* libcurl tells when it wants to be called. */
static int on_curl_timer(CURLM *multi, long timeout_ms, void *self)
{
	struct shard *sh = self;

	(void)multi;
	sh->due_ns = timeout_ms < 0 ? LIMITS_NEVER : 0;
	if (timeout_ms > 0)
		sh->due_ns =
			engine_now_ns() + (uint64_t)timeout_ms * UNIT_NS_PER_MS;
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

/* ---- shards ----------------------------------------------------------- */

void shard_collect(struct shard *sh)
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

void shard_settle(struct shard *sh)
{
	struct repeats *pool = sh->pool;

	shard_collect(sh);
	if (pool)
		repeats_deliver(pool);
}

struct shard *shard_new(struct engine *en, size_t n_connections)
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
	curl_multi_setopt(sh->multi, CURLMOPT_MAXCONNECTS, (long)n_connections);
	return sh;
}

void shard_free(struct shard *sh)
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
	struct shard *sh = shard_new(en, ENGINE_IDLE_CONNECTIONS);
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
