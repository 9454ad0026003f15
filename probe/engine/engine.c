/* SPDX-License-Identifier: MIT */
#include "probe/engine/engine.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "probe/engine/handshake.h"
#include "probe/engine/inside.h"
#include "probe/engine/native_ask.h"
#include "probe/engine/trust.h"
#include "scenarios/base/err.h"

/* Every exchange takes a socket or two, and a shell allows 1024 in all. */
enum { FILES_WANTED = 1 << 16, LOOP_FILES = 4 };

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

static _Atomic uint64_t files_before;

uint64_t engine_files_before(void)
{
	return files_before;
}

uint64_t engine_raise_files(uint64_t wanted)
{
	struct rlimit files;
	rlim_t before;

	if (getrlimit(RLIMIT_NOFILE, &files))
		return wanted;
	before = files.rlim_cur;
	if (before >= wanted)
		return before;
	files.rlim_cur = files.rlim_max < wanted ? files.rlim_max : wanted;
	if (!files_before && files.rlim_cur > before)
		files_before = before;
	return setrlimit(RLIMIT_NOFILE, &files) ? before : files.rlim_cur;
}

bool engine_global_init(struct errs *es)
{
	CURLcode rc = curl_global_init(CURL_GLOBAL_DEFAULT);

	(void)engine_raise_files(FILES_WANTED);

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

/* Wakes the loop, so that a long silence is one of this program. */
static void on_pulse(struct ev_loop *loop, ev_timer *w, int got)
{
	(void)loop;
	(void)w;
	(void)got;
}

static void on_look(struct ev_loop *loop, ev_check *w, int got)
{
	struct engine *en = container_of(w, struct engine, look);

	(void)loop;
	(void)got;
	if (ev_is_active(&en->pulse))
		stalls_look(&en->stalls, engine_now_ns());
}

static void pulse_stop(struct engine *en)
{
	if (!ev_is_active(&en->pulse))
		return;
	ev_ref(en->loop);
	ev_timer_stop(en->loop, &en->pulse);
	stalls_end(&en->stalls);
}

static void pulse_start(struct engine *en)
{
	if (ev_is_active(&en->pulse))
		return;
	stalls_begin(&en->stalls, engine_now_ns());
	ev_timer_set(&en->pulse, 0.0, (double)STALLS_LOOK_NS / 1e9);
	ev_timer_again(en->loop, &en->pulse);
	ev_unref(en->loop); /* it is no reason to go on */
}

uint64_t engine_seen_ns(const struct engine *en, uint64_t at_ns)
{
	return en->takes_all_time ? at_ns : stalls_seen(&en->stalls, at_ns);
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
	if (en->takes_all_time ||
	    (list_is_empty(&en->live) && en->n_timed == 0))
		pulse_stop(en);
	else
		pulse_start(en);
}

/* ---- engine ----------------------------------------------------------- */

/* libev ends the program when it has no file for a signal or another thread. */
static bool has_files_for_loop(void)
{
	int fd[LOOP_FILES], n = 0;

	while (n < LOOP_FILES && (fd[n] = eventfd(0, EFD_CLOEXEC)) >= 0)
		n++;
	int error = errno;
	for (int i = 0; i < n; i++)
		close(fd[i]);
	errno = error;
	return n == LOOP_FILES;
}

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
	if (en->trust && has_files_for_loop())
		en->loop = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV);
	if (!en->loop) {
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
	ev_check_init(&en->look, on_look);
	ev_set_priority(&en->look, EV_MAXPRI); /* before any limit strikes */
	ev_check_start(en->loop, &en->look);
	ev_unref(en->loop);
	ev_timer_init(&en->pulse, on_pulse, 0.0, 0.0);
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

static void loop_free(struct engine *en)
{
	if (!en->loop)
		return;
	ev_idle_stop(en->loop, &en->idle);
	pulse_stop(en);
	ev_ref(en->loop);
	ev_check_stop(en->loop, &en->look);
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
	watches_free(en);
	free(en->in);
	buf_release(&en->out);
	trust_free(en->trust);
	loop_free(en);
	free(en);
}

void engine_take_all_time(struct engine *en)
{
	en->takes_all_time = true;
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

struct ev_loop *engine_loop(struct engine *en)
{
	return en->loop;
}

void engine_stop(struct engine *en)
{
	en->is_stopped = true;
	ev_break(en->loop, EVBREAK_ALL);
}
