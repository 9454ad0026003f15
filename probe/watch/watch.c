/* SPDX-License-Identifier: MIT */
#include "probe/watch/watch.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe/run/head.h"
#include "probe/watch/beside/board.h"
#include "probe/watch/config.h"
#include "probe/watch/beside/keeper.h"
#include "probe/watch/beside/service.h"
#include "probe/watch/watch_inside.h"
#include "report/log.h"
#include "report/log/sink.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"

enum {
	DUE_PER_TURN = 256, /* then the loop sees to its sockets */
	STATUS_ROOM = 160,
	TROUBLE_MAX = 512,
};

/* ---- what is due ---------------------------------------------------------- */

static void set_alarm(struct watch *w, uint64_t now)
{
	if (w->heap.n == 0)
		return;
	uint64_t due = w->heap.item[0].due_ns;
	engine_timer_start(&w->alarm, due > now ? due - now : 0);
}

static void on_alarm(struct engine_timer *t)
{
	struct watch *w = t->owner;
	uint64_t now = engine_now_ns();

	for (int i = 0;
	     i < DUE_PER_TURN && w->heap.n > 0 && w->heap.item[0].due_ns <= now;
	     i++) {
		struct due due = due_heap_take(&w->heap);
		struct watch_check *wc = w->checks[due.what];

		watch_check_due(wc, now);
		due.due_ns = wc->epoch_ns +
			     schedule_due_ns(&wc->plan, wc->next_slot);
		due_heap_add(&w->heap, due);
	}
	watch_pump(w);
	set_alarm(w, now);
}

/* ---- the tick: how we are doing --------------------------------------------- */

static uint64_t resident_bytes(void)
{
	unsigned long long pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (!f)
		return process_peak_rss_bytes();
	if (fscanf(f, "%*u %llu", &pages) != 1)
		pages = 0;
	fclose(f);
	return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* The longest of the last while, and of the one before it. */
static void note_lag(struct watch *w, uint64_t now)
{
	uint64_t lag = now > w->tick_due_ns ? now - w->tick_due_ns : 0;

	if (now - w->lag_from_ns >= WATCH_LAG_NS) {
		w->lag_before_ns = w->lag_ns;
		w->lag_ns = 0;
		w->lag_from_ns = now;
	}
	if (lag > w->lag_ns)
		w->lag_ns = lag;
	w->self.loop_lag_ns =
		w->lag_ns > w->lag_before_ns ? w->lag_ns : w->lag_before_ns;
}

static void note_log(struct watch *w)
{
	struct buf text;

	if (!w->opt->sink)
		return;
	struct log_sink_counts counts = log_sink_counts(w->opt->sink);
	uint64_t dropped = counts.dropped + counts.failed;
	if (dropped > w->self.log_dropped)
		log_printf(w->log, LEVEL_WARNING, "assay.log",
			   "%" PRIu64 " line%s dropped of the log",
			   dropped - w->self.log_dropped,
			   dropped - w->self.log_dropped == 1 ? " was"
							      : "s were");
	w->self.log_dropped = dropped;
	w->self.log_bytes = counts.bytes;
	buf_init(&text, TROUBLE_MAX);
	if (log_sink_trouble(w->opt->sink, &text))
		log_printf(w->log, LEVEL_ERROR, "assay.log", "%s",
			   buf_text(&text));
	buf_release(&text);
}

static void tell_board(struct watch *w, uint64_t now)
{
	struct self_facts self = w->self;
	uint64_t own = self.dropped_results;

	self.active = w->n_active;
	self.waiting = w->n_waiting;
	self.cpu_ns = process_cpu_ns();
	self.rss_bytes = resident_bytes();
	if (w->opt->keeper) {
		keeper_facts(w->opt->keeper, &self);
		keeper_alive(w->opt->keeper, now);
		keeper_errors_before(w->opt->keeper, &w->errors);
	}
	self.dropped_results += w->opt->keeper ? own : 0;
	board_tick(w->opt->board, &self,
		   hour_counts_sum(&w->errors, engine_wall_ns()), now);
}

static void on_tick(struct engine_timer *t)
{
	struct watch *w = t->owner;
	uint64_t now = engine_now_ns();

	note_lag(w, now);
	note_log(w);
	tell_board(w, now);
	w->tick_due_ns += WATCH_TICK_NS;
	if (w->tick_due_ns <= now)
		w->tick_due_ns = now + WATCH_TICK_NS;
	engine_timer_start(&w->tick, w->tick_due_ns - now);
}

/* At half of the time, so that one late turn is not a dead one. */
static void on_watchdog(struct engine_timer *t)
{
	struct watch *w = t->owner;

	service_tell(w->opt->service, "WATCHDOG=1");
	engine_timer_start(&w->watchdog, w->opt->service->watchdog_ns / 2);
}

/* ---- signals -------------------------------------------------------------------- */

static void on_signal(void *owner, int signo)
{
	struct watch *w = owner;

	if (signo == SIGHUP) {
		watch_reload(w);
		set_alarm(w, engine_now_ns());
		return;
	}
	log_printf(w->log, LEVEL_WARNING, "assay.watch", "ends: %s",
		   signo == SIGINT ? "SIGINT" : "SIGTERM");
	w->is_stopping = true;
	engine_stop(w->en);
}

static void on_usr1(struct ev_loop *loop, ev_signal *s, int got)
{
	struct watch *w = container_of(s, struct watch, usr1);

	(void)loop;
	(void)got;
	if (w->opt->sink)
		log_sink_reopen(w->opt->sink);
	if (w->opt->audit)
		log_sink_reopen(w->opt->audit);
	log_printf(w->log, LEVEL_INFO, "assay.watch", "the log is opened anew");
}

static void take_signals(struct watch *w)
{
	engine_on_signal(w->en, on_signal, w);
	ev_signal_init(&w->usr1, on_usr1, SIGUSR1);
	ev_signal_start(engine_loop(w->en), &w->usr1);
}

/* ---- the whole ------------------------------------------------------------------- */

static bool set_up(struct watch *w, struct errs *es)
{
	list_init(&w->queue);
	list_init(&w->gone);
	w->en = engine_new(es);
	if (!w->en)
		return false;
	engine_timer_init(&w->alarm, w->en, on_alarm, w);
	engine_timer_init(&w->tick, w->en, on_tick, w);
	engine_timer_init(&w->watchdog, w->en, on_watchdog, w);
	w->log = w->opt->log;
	w->started_ns = w->tick_due_ns = w->lag_from_ns = engine_now_ns();
	w->self.started_at_ns = w->self.reload_at_ns = engine_wall_ns();
	w->self.reload_ok = true;
	return watch_take_config(w, w->opt->config, es);
}

static void tell_ready(struct watch *w)
{
	const char *verb = w->n_checks == 1 ? " is" : "s are";
	char text[STATUS_ROOM];

	log_printf(w->log, LEVEL_INFO, "assay.watch", "%zu check%s watched",
		   w->n_checks, verb);
	snprintf(text, sizeof(text), "READY=1\nSTATUS=%zu check%s watched",
		 w->n_checks, verb);
	service_tell(w->opt->service, text);
}

static void tear_down(struct watch *w)
{
	for (size_t i = 0; i < w->n_checks; i++)
		watch_check_free(w->checks[i]);
	while (!list_is_empty(&w->gone))
		watch_check_free(
			container_of(w->gone.next, struct watch_check, gone));
	free(w->checks);
	for (size_t i = 0; i < w->n_targets; i++) {
		free(w->targets[i]->name);
		free(w->targets[i]);
	}
	free(w->targets);
	due_heap_release(&w->heap);
	if (w->en) {
		ev_signal_stop(engine_loop(w->en), &w->usr1);
		engine_timer_release(&w->alarm);
		engine_timer_release(&w->tick);
		engine_timer_release(&w->watchdog);
		engine_free(w->en);
	}
	watch_config_drop(w->config);
}

bool watch_run(const struct watch_options *opt, struct errs *es)
{
	struct watch w = { .opt = opt };
	bool ok = set_up(&w, es);

	if (ok) {
		take_signals(&w);
		engine_timer_start(&w.tick, 0);
		if (opt->service->watchdog_ns > 0)
			engine_timer_start(&w.watchdog, 0);
		set_alarm(&w, engine_now_ns());
		tell_ready(&w);
		engine_run(w.en);
		service_tell(opt->service, "STOPPING=1");
	}
	tear_down(&w);
	return ok;
}
