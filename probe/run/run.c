/* SPDX-License-Identifier: MIT */
#include "probe/run/run.h"

#include <signal.h>
#include <stdlib.h>

#include "probe/engine/engine.h"
#include "probe/run/head.h"
#include "probe/run/journey.h"
#include "probe/run/life.h"
#include "probe/patience.h"
#include "report/result/verdict.h"
#include "report/result/result.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/model.h"
#include "scenarios/base/units.h"

enum { REASON_MAX = 256 }; /* bytes */

/* One check on its way through the run. */
struct check_run {
	struct run *run;
	struct check_run *next; /* in the queue */
	struct life life;
};

struct run {
	const struct run_options *opt;
	struct engine *en;
	struct arena *arena;
	struct journey_world world;
	struct check_run *checks;
	size_t n_checks;
	size_t n_left;
	size_t n_active;
	size_t concurrency;
	struct check_run *first, *last; /* the queue */
	struct engine_timer deadline;
	bool is_pumping;
	bool is_stopped;
	const char *why; /* it was stopped */
};

static void pump(struct run *run);

/* ---- the queue ------------------------------------------------------ */

static void enqueue(struct check_run *cr)
{
	struct run *run = cr->run;

	cr->next = NULL;
	if (run->last)
		run->last->next = cr;
	else
		run->first = cr;
	run->last = cr;
}

static struct check_run *dequeue(struct run *run)
{
	struct check_run *cr = run->first;

	run->first = cr->next;
	if (!run->first)
		run->last = NULL;
	cr->next = NULL;
	return cr;
}

/* ---- places --------------------------------------------------------- */

static void on_change(struct life *life, enum life_change change)
{
	struct check_run *cr = life->plan.owner;
	struct run *run = cr->run;

	if (change == LIFE_WAITS)
		enqueue(cr);
	else
		run->n_active--;
	if (change == LIFE_OVER && --run->n_left == 0)
		engine_stop(run->en);
	pump(run);
}

static void give_place(struct check_run *cr)
{
	cr->run->n_active++;
	life_go(&cr->life);
}

/* Fills the free places.  What ends at once does not lead back in here. */
static void pump(struct run *run)
{
	if (run->is_pumping)
		return;
	run->is_pumping = true;
	while (!run->is_stopped && run->first &&
	       run->n_active < run->concurrency)
		give_place(dequeue(run));
	run->is_pumping = false;
}

/* ---- stopping ------------------------------------------------------- */

static void stop_run(struct run *run, const char *why)
{
	if (run->is_stopped)
		return;
	run->is_stopped = true;
	run->why = why ? why : "it was stopped";
	for (size_t i = 0; i < run->n_checks; i++)
		life_stop(&run->checks[i].life, run->why);
	engine_stop(run->en);
}

static void on_deadline(struct engine_timer *t)
{
	struct run *run = t->owner;
	struct buf text;

	buf_init(&text, REASON_MAX);
	buf_puts(&text, "the deadline of ");
	unit_print_duration(&text, run->opt->deadline_ns);
	buf_puts(&text, " came first");
	stop_run(run, arena_strdup(run->arena, buf_text(&text)));
	buf_release(&text);
}

static void on_signal(void *owner, int signo)
{
	struct run *run = owner;

	stop_run(run, signo == SIGINT	 ? "interrupted by SIGINT"
		      : signo == SIGTERM ? "interrupted by SIGTERM"
					 : "interrupted by SIGHUP");
}

/* ---- the result ----------------------------------------------------- */

static struct run_result *make_result(struct run *run, uint64_t started_ns,
				      uint64_t started_at_ns)
{
	const struct scenario *sc = run->opt->scenario;
	struct run_result *to = arena_alloc(run->arena, 1, sizeof(*to));
	struct check_result *checks =
		arena_alloc(run->arena, run->n_checks, sizeof(*checks));

	if (!to || !checks)
		return NULL;
	result_head(to, sc, run->opt->vantage, run->arena);
	to->started_at_ns = started_at_ns;
	to->total_ns = engine_now_ns() - started_ns;
	to->partial = run->is_stopped;
	to->partial_why = run->is_stopped ? run->why : "";
	to->n_checks = run->n_checks;
	to->checks = checks;
	for (size_t i = 0; i < run->n_checks; i++)
		life_take(&run->checks[i].life, &checks[i]);
	result_cost(to);
	result_judge(to);
	result_note_broken(to);
	return to;
}

/* ---- the whole ------------------------------------------------------ */

static bool set_up(struct run *run, struct errs *es)
{
	const struct scenario *sc = run->opt->scenario;
	const bool *chosen = run->opt->chosen;

	run->en = engine_new(es);
	if (!run->en)
		return false;
	engine_timer_init(&run->deadline, run->en, on_deadline, run);
	run->world = (struct journey_world){
		.en = run->en,
		.redactor = run->opt->redactor,
		.log = run->opt->log,
		.secrets = run->opt->secrets,
		.is_terse = run->opt->is_terse,
	};
	run->checks =
		calloc(sc->n_checks ? sc->n_checks : 1, sizeof(*run->checks));
	if (!run->checks)
		return errs_nomem(es);
	for (size_t i = 0; i < sc->n_checks; i++) {
		if (chosen && !chosen[i])
			continue;
		struct check_run *cr = &run->checks[run->n_checks++];
		const struct life_plan plan = {
			.check = &sc->checks[i],
			.scenario = sc,
			.world = &run->world,
			.arena = run->arena,
			.due_ns = engine_now_ns(),
			.start_period_ns = sc->checks[i].start_period_ns,
			.on_change = on_change,
			.owner = cr,
		};
		cr->run = run;
		life_init(&cr->life, &plan);
		enqueue(cr);
	}
	run->n_left = run->n_checks;
	return true;
}

static void tear_down(struct run *run)
{
	for (size_t i = 0; i < run->n_checks; i++)
		life_release(&run->checks[i].life);
	free(run->checks);
	if (!run->en)
		return;
	engine_timer_release(&run->deadline);
	engine_free(run->en);
}

struct run_result *run_checks(const struct run_options *opt, struct arena *a,
			      struct errs *es)
{
	struct run run = { .opt = opt, .arena = a };
	struct run_result *result = NULL;

	run.concurrency = opt->concurrency ? opt->concurrency : RUN_CONCURRENCY;
	if (!set_up(&run, es))
		goto out;
	uint64_t started_ns = engine_now_ns();
	uint64_t started_at_ns = engine_wall_ns();
	engine_on_signal(run.en, on_signal, &run);
	if (opt->deadline_ns > 0)
		engine_timer_start(&run.deadline, opt->deadline_ns);
	pump(&run);
	if (run.n_left > 0)
		engine_run(run.en);
	if (opt->holds_signals)
		patience_hold();
	result = make_result(&run, started_ns, started_at_ns);
	if (!result)
		errs_nomem(es);
out:
	tear_down(&run);
	return result;
}
