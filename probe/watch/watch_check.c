/* SPDX-License-Identifier: MIT */
/* One check of the watch: its slots, its runs, and where these go. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "probe/run/head.h"
#include "probe/watch/beside/board.h"
#include "probe/watch/config.h"
#include "probe/watch/beside/keeper.h"
#include "probe/watch/watch_inside.h"
#include "report/log.h"
#include "report/redact/redact.h"
#include "report/result/verdict.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"
#include "scenarios/model.h"

enum { WORD_MAX = 64, WAS_MAX = 80 };

/* ---- results ------------------------------------------------------------ */

/* The state knows a run by its start: no two are alike.  The wall clock may
 * be set back: what came before is no bound. */
static uint64_t own_stamp(struct watch *w, uint64_t at_ns)
{
	if (at_ns == w->stamp_ns)
		at_ns++;
	w->stamp_ns = at_ns;
	return at_ns;
}

static struct run_result *make_run(struct watch *w, struct watch_config *config,
				   struct arena *a, uint64_t started_at_ns)
{
	struct run_result *run = arena_alloc(a, 1, sizeof(*run));
	struct check_result *check = arena_alloc(a, 1, sizeof(*check));

	if (!run || !check)
		return NULL;
	result_head(run, config->scenario, w->opt->vantage, a);
	run->started_at_ns = own_stamp(w, started_at_ns);
	run->n_checks = 1;
	run->checks = check;
	return run;
}

/* Judged, sealed, and on its way. */
static bool finish_run(struct watch_config *config, struct arena *a,
		       struct run_result *run)
{
	run->total_ns = run->checks[0].total_ns;
	result_cost(run);
	result_judge(run);
	result_note_broken(run);
	return result_seal(run, config->redactor, a);
}

static void hand_over(struct watch *w, struct watch_config *config,
		      struct arena *a, const struct run_result *run)
{
	if (w->opt->keeper)
		keeper_put(w->opt->keeper, config, a, run);
	else
		arena_free(a);
}

static void tell_verdict(struct watch_check *wc, const struct standing *before)
{
	const struct standing *now = &wc->now;
	bool changed = !before->is_known || before->verdict != now->verdict;
	bool bad = now->verdict == VERDICT_FAILED;
	bool is_over = changed && before->is_known &&
		       before->verdict == VERDICT_FAILED;
	enum log_level level = !changed	 ? LEVEL_DEBUG
			       : bad	 ? LEVEL_ERROR
			       : is_over ? LEVEL_WARNING
					 : LEVEL_INFO;
	struct buf was;

	if (!log_wants(wc->watch->log, level))
		return;
	buf_init(&was, WAS_MAX);
	if (is_over && now->since_at_ns > before->since_at_ns) {
		buf_puts(&was, " (it was failed for ");
		unit_human_duration(&was,
				    now->since_at_ns - before->since_at_ns);
		buf_puts(&was, ")");
	}
	log_printf(wc->watch->log, level, "assay.watch",
		   "check \"%s\" is %s%s%s%s", now->name,
		   verdict_name(now->verdict), now->message[0] ? ": " : "",
		   now->message, buf_text(&was));
	buf_release(&was);
}

static void note_result(struct watch_check *wc,
			const struct check_result *check)
{
	struct watch *w = wc->watch;
	const struct standing before = wc->now;

	standing_take(&wc->now, check);
	wc->now.n_runs++;
	if (check->verdict == VERDICT_FAILED) {
		wc->now.n_failed++;
		hour_counts_add(&w->errors, engine_wall_ns(), 1);
	}
	if (check->verdict == VERDICT_OK || check->verdict == VERDICT_FLAKY)
		wc->has_started = true;
	watch_target_note(wc);
	tell_verdict(wc, &before);
	if (wc->check)
		board_put(w->opt->board, wc->row, &wc->now);
}

/* The life is over; the check may wait for its next slot. */
static void end_run(struct watch_check *wc)
{
	struct watch *w = wc->watch;
	struct watch_config *config = wc->config;
	struct arena *a = wc->arena;
	struct run_result *run = make_run(w, config, a, wc->life.first_at_ns);

	if (run) {
		life_take(&wc->life, &run->checks[0]);
		run->checks[0].started_at_ns = run->started_at_ns;
	}
	life_release(&wc->life);
	free(wc->world);
	wc->world = NULL;
	wc->arena = NULL;
	wc->config = NULL;
	wc->is_busy = false;
	if (run && finish_run(config, a, run)) {
		note_result(wc, &run->checks[0]);
		hand_over(w, config, a, run);
	} else {
		w->self.dropped_results++;
		arena_free(a);
	}
	watch_config_drop(config);
	if (!wc->check)
		watch_check_free(wc);
}

/* ---- places ----------------------------------------------------------------- */

static void wait_for_place(struct watch_check *wc)
{
	list_append(&wc->watch->queue, &wc->link);
	wc->watch->n_waiting++;
}

static void on_change(struct life *life, enum life_change change)
{
	struct watch_check *wc = life->plan.owner;
	struct watch *w = wc->watch;

	if (change == LIFE_WAITS)
		wait_for_place(wc);
	else
		w->n_active--;
	if (change == LIFE_OVER)
		end_run(wc);
	watch_pump(w);
}

/* From its first attempt until it was ok: as Docker counts it. */
static uint64_t start_period(struct watch_check *wc, uint64_t now)
{
	uint64_t period = wc->check->start_period_ns;

	if (wc->has_started || period == 0)
		return 0;
	if (wc->start_ends_ns == 0)
		wc->start_ends_ns = now + period;
	if (now < wc->start_ends_ns)
		return wc->start_ends_ns - now;
	wc->has_started = true;
	return 0;
}

static bool begin_life(struct watch_check *wc, uint64_t now)
{
	struct watch *w = wc->watch;
	struct journey_world *world = calloc(1, sizeof(*world));

	wc->arena = world ? arena_new(WATCH_TREE_MAX) : NULL;
	if (!wc->arena) {
		free(world);
		return false;
	}
	wc->world = world;
	wc->config = watch_config_hold(w->config);
	*world = (struct journey_world){
		.en = w->en,
		.redactor = wc->config->redactor,
		.log = w->log,
		.secrets = &wc->config->secrets,
	};
	const struct life_plan plan = {
		.check = wc->check,
		.scenario = wc->config->scenario,
		.world = world,
		.arena = wc->arena,
		.due_ns = wc->due_ns,
		.start_period_ns = start_period(wc, now),
		.on_change = on_change,
		.owner = wc,
	};
	life_init(&wc->life, &plan);
	return true;
}

static void note_start(struct watch_check *wc, uint64_t now)
{
	struct self_facts *self = &wc->watch->self;
	uint64_t late = now > wc->due_ns ? now - wc->due_ns : 0;

	self->late_starts += late >= SELF_LATE_NS;
	if (late > self->late_max_ns)
		self->late_max_ns = late;
}

static void take_place(struct watch_check *wc)
{
	struct watch *w = wc->watch;
	uint64_t now = engine_now_ns();

	if (!wc->config) {
		note_start(wc, now);
		if (!begin_life(wc, now)) {
			wc->is_busy = false;
			w->self.dropped_results++;
			return;
		}
	}
	w->n_active++;
	life_go(&wc->life);
}

void watch_pump(struct watch *w)
{
	if (w->is_pumping)
		return;
	w->is_pumping = true;
	while (!w->is_stopping && !list_is_empty(&w->queue) &&
	       w->n_active < w->concurrency) {
		struct watch_check *wc =
			container_of(w->queue.next, struct watch_check, link);

		list_remove(&wc->link);
		w->n_waiting--;
		take_place(wc);
	}
	w->is_pumping = false;
}

/* ---- slots -------------------------------------------------------------------- */

static bool fill_unseen(struct watch_check *wc, struct arena *a,
			struct run_result *run, const char *why)
{
	struct attempt *at = arena_alloc(a, 1, sizeof(*at));
	struct step_result *step = arena_alloc(a, 1, sizeof(*step));
	struct check_result *to = &run->checks[0];
	const char *message = arena_strdup(a, why);

	if (!at || !step || !message)
		return false;
	life_bare_step(step, wc->check, OUTCOME_NOT_REACHED, message);
	step->started_at_ns = run->started_at_ns;
	*at = (struct attempt){
		.number = 1,
		.message = message,
		.started_at_ns = run->started_at_ns,
		.n_steps = 1,
		.steps = step,
	};
	*to = (struct check_result){
		.name = wc->check->name,
		.at = step->at,
		.severity = (enum severity)wc->check->severity,
		.tags = "",
		.message = message,
		.started_at_ns = run->started_at_ns,
		.n_attempts = 1,
		.attempts = at,
	};
	return true;
}

/* Slots that went by while nobody looked: not observed, said once. */
static void record_unseen(struct watch_check *wc, uint64_t n, uint64_t from_ns,
			  uint64_t now_ns, const char *because)
{
	struct watch *w = wc->watch;
	struct arena *a = NULL;
	struct buf why;

	buf_init(&why, STANDING_MESSAGE_MAX);
	buf_printf(&why, "%" PRIu64 " %s not used: %s", n,
		   n == 1 ? "time was" : "times were", because);
	log_printf(w->log, LEVEL_INFO, "assay.watch", "check \"%s\": %s",
		   wc->check->name, buf_text(&why));
	if (w->opt->keeper)
		a = arena_new(WATCH_TREE_MAX);
	if (a) {
		struct run_result *run = make_run(
			w, w->config, a, engine_wall_ns() - (now_ns - from_ns));

		if (run && fill_unseen(wc, a, run, buf_text(&why)) &&
		    finish_run(w->config, a, run))
			hand_over(w, w->config, a, run);
		else
			arena_free(a);
	}
	buf_release(&why);
}

/* Counts what was missed, and says so where nobody was looking. */
static void miss(struct watch_check *wc, uint64_t n, uint64_t first_slot,
		 uint64_t now_ns, const char *because)
{
	uint64_t from_ns =
		wc->epoch_ns + schedule_due_ns(&wc->plan, first_slot);

	wc->now.n_missed += n;
	wc->watch->self.missed_slots += n;
	if (because)
		record_unseen(wc, n, from_ns, now_ns, because);
	else
		log_printf(wc->watch->log, LEVEL_INFO, "assay.watch",
			   "check \"%s\" was due while its run before was "
			   "still under way",
			   wc->check->name);
	board_put(wc->watch->opt->board, wc->row, &wc->now);
}

void watch_check_due(struct watch_check *wc, uint64_t now_ns)
{
	uint64_t first = wc->next_slot;
	struct slots_gone gone =
		schedule_catch_up(&wc->plan, first, now_ns - wc->epoch_ns);
	uint64_t backoff = watch_backoff(wc);

	wc->next_slot = gone.slot + 1;
	if (gone.n_missed > 0)
		miss(wc, gone.n_missed, first, now_ns,
		     wc->is_busy ? NULL
				 : "this machine was not awake, or busy");
	if (wc->is_busy && wc->config) {
		miss(wc, 1, gone.slot, now_ns, NULL);
		return;
	}
	if (wc->is_busy) {
		miss(wc, 1, gone.slot, now_ns,
		     "too many checks were under way");
		return;
	}
	if ((gone.slot + wc->plan.seed) % backoff != 0) {
		miss(wc, 1, gone.slot, now_ns,
		     "its target keeps timing out, and is asked less often");
		return;
	}
	wc->is_busy = true;
	wc->due_ns = wc->epoch_ns + schedule_due_ns(&wc->plan, gone.slot);
	wait_for_place(wc);
}

/* ---- the end ----------------------------------------------------------------------- */

void watch_check_stop(struct watch_check *wc, const char *why)
{
	if (!wc->is_busy)
		return;
	if (wc->link.next != &wc->link) {
		list_remove(&wc->link);
		wc->watch->n_waiting--;
	}
	if (wc->config) {
		life_stop(&wc->life, why);
		life_release(&wc->life);
	}
	free(wc->world);
	arena_free(wc->arena);
	watch_config_drop(wc->config);
	wc->world = NULL;
	wc->arena = NULL;
	wc->config = NULL;
	wc->is_busy = false;
}

void watch_check_free(struct watch_check *wc)
{
	if (!wc)
		return;
	watch_check_stop(wc, "it has ended");
	list_remove(&wc->gone);
	free(wc);
}
