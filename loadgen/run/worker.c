/* SPDX-License-Identifier: MIT */
/* One thread, one loop, and a part of every load. */
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "loadgen/run/inside.h"
#include "probe/engine/engine.h"
#include "probe/secrets.h"
#include "report/redact/redact.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"

#include <stdlib.h>

enum {
	PRIORITY_FIRST = EV_MAXPRI,
	PRIORITY_LAST = EV_MINPRI,
	TURNS_PER_LOOK = 8, /* of the loop: each of these is timed */
};

#define TICK_S	       0.02
#define CPU_LOOK_NS    (UNIT_NS_PER_S / 2)
#define TIMER_SLACK_NS 1UL

/* ---- the loop watches itself ---------------------------------------- */

static void on_check(struct ev_loop *loop, ev_check *w, int got)
{
	struct worker *wk = container_of(w, struct worker, check);

	(void)loop;
	(void)got;
	wk->turn_ns = ++wk->n_turns % TURNS_PER_LOOK ? 0 : part_now();
}

/* How long a turn of the loop took: nobody was served meanwhile. */
static void on_prepare(struct ev_loop *loop, ev_prepare *w, int got)
{
	struct worker *wk = container_of(w, struct worker, prepare);

	(void)loop;
	(void)got;
	if (!wk->turn_ns)
		return;
	uint64_t took = part_now() - wk->turn_ns;
	for (size_t i = 0; i < wk->n_parts; i++)
		if (wk->part[i].state == PART_RUNNING)
			hist_record(wk->part[i].tally->loop_lag, took);
}

uint64_t worker_cpu(struct worker *wk, uint64_t now)
{
	struct rusage ru;

	/* a short time says little, but the first look has nothing better */
	if (wk->cpu_at_ns && wk->cpu_permille &&
	    now < wk->cpu_at_ns + CPU_LOOK_NS)
		return wk->cpu_permille;
	if (getrusage(RUSAGE_THREAD, &ru))
		return 0;
	uint64_t cpu = (uint64_t)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) *
			       UNIT_NS_PER_S +
		       (uint64_t)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) *
			       UNIT_NS_PER_US;
	if (wk->cpu_at_ns && now > wk->cpu_at_ns)
		wk->cpu_permille =
			(cpu - wk->cpu_ns) * 1000 / (now - wk->cpu_at_ns);
	wk->cpu_at_ns = now;
	wk->cpu_ns = cpu;
	return wk->cpu_permille;
}

/* ---- ticks ---------------------------------------------------------- */

static void tick(struct worker *wk)
{
	for (size_t i = 0; i < wk->n_parts; i++)
		part_tick(&wk->part[i], part_now());
	if (!wk->n_left)
		engine_stop(wk->en);
}

static void on_tick(struct ev_loop *loop, ev_timer *w, int got)
{
	(void)loop;
	(void)got;
	tick(container_of(w, struct worker, tick));
}

static void on_wake(struct ev_loop *loop, ev_async *w, int got)
{
	(void)loop;
	(void)got;
	tick(container_of(w, struct worker, wake));
}

void worker_wake(struct worker *wk)
{
	ev_async_send(wk->loop, &wk->wake);
}

/* ---- life ----------------------------------------------------------- */

static void *run(void *self)
{
	struct worker *wk = self;

	prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS);
	worker_cpu(wk, part_now());
	tick(wk);
	while (wk->n_left)
		engine_run(wk->en);
	return NULL;
}

bool worker_start(struct worker *wk, struct errs *es)
{
	int flaw = pthread_create(&wk->thread, NULL, run, wk);

	wk->is_started = !flaw;
	return wk->is_started ||
	       errs_add(es, ERR_SYSTEM, NOWHERE, "a thread cannot be made: %s",
			strerror(flaw));
}

static void watch(struct worker *wk)
{
	ev_check_init(&wk->check, on_check);
	ev_set_priority(&wk->check, PRIORITY_FIRST);
	ev_check_start(wk->loop, &wk->check);
	ev_prepare_init(&wk->prepare, on_prepare);
	ev_set_priority(&wk->prepare, PRIORITY_LAST);
	ev_prepare_start(wk->loop, &wk->prepare);
	ev_async_init(&wk->wake, on_wake);
	ev_async_start(wk->loop, &wk->wake);
	ev_timer_init(&wk->tick, on_tick, TICK_S, TICK_S);
	ev_timer_start(wk->loop, &wk->tick);
}

/* A redactor of its own, as it learns from what this worker sees. */
static bool learn_secrets(struct worker *wk, const struct secret_values *from)
{
	wk->redactor = redactor_new();
	bool ok = wk->redactor != NULL;

	/* the main redactor has taken all of them before */
	for (size_t i = 0; ok && from && i < from->n; i++)
		ok = redactor_add(wk->redactor, from->item[i].text,
				  from->item[i].len);
	return ok;
}

bool worker_init(struct worker *wk, size_t index,
		 const struct load_config *config, size_t n_parts,
		 struct errs *es)
{
	*wk = (struct worker){ .index = index };
	wk->en = engine_new(es);
	if (!wk->en)
		return false;
	engine_take_all_time(wk->en);
	wk->loop = engine_loop(wk->en);
	wk->part = calloc(n_parts, sizeof(*wk->part));
	if (!wk->part || !learn_secrets(wk, config->secrets))
		return errs_nomem(es);
	wk->world = (struct journey_world){
		.en = wk->en,
		.redactor = wk->redactor,
		.secrets = config->secrets,
		.is_terse = true,
	};
	watch(wk);
	return true;
}

void worker_release(struct worker *wk)
{
	for (size_t i = 0; i < wk->n_parts; i++)
		part_release(&wk->part[i]);
	free(wk->part);
	redactor_free(wk->redactor);
	if (!wk->en)
		return;
	if (ev_is_active(&wk->tick)) {
		ev_check_stop(wk->loop, &wk->check);
		ev_prepare_stop(wk->loop, &wk->prepare);
		ev_async_stop(wk->loop, &wk->wake);
		ev_timer_stop(wk->loop, &wk->tick);
	}
	engine_free(wk->en);
}
