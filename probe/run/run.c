/* SPDX-License-Identifier: MIT */
#include "probe/run/run.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "probe/engine/engine.h"
#include "probe/run/head.h"
#include "probe/run/journey.h"
#include "probe/judge/judge.h"
#include "probe/patience.h"
#include "report/log.h"
#include "report/redact/redact.h"
#include "report/result/verdict.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/model.h"
#include "scenarios/base/units.h"

enum {
	REASON_MAX = 256, /* bytes */
	ATTEMPTS_FIRST = 2,
};

/* One check on its way through the run. */
struct check_run {
	struct run *run;
	const struct check *check;
	struct check_run *next; /* in the queue */
	struct journey *journey;
	struct engine_timer pause;
	bool has_timer;
	bool is_done;
	bool in_start_period; /* the attempt under way */
	uint64_t due_ns;      /* when the next attempt is to start */
	uint64_t first_ns;    /* when the first one began; 0: none did */
	uint64_t ended_ns;
	uint64_t first_at_ns; /* the same, since 1970 */
	uint64_t counted;     /* attempts outside the start period */
	uint64_t made;
	struct attempt *attempts;
	size_t n_attempts, room;
	size_t n_starting; /* of these */
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

/* ---- attempts ------------------------------------------------------- */

static struct attempt *new_attempt(struct check_run *cr)
{
	/* of many attempts in a start period the first and the newest stay */
	if (cr->in_start_period && cr->n_starting >= RUN_STARTING_KEPT) {
		memmove(&cr->attempts[1], &cr->attempts[2],
			(cr->n_attempts - 2) * sizeof(*cr->attempts));
		cr->n_attempts--;
		cr->n_starting--;
	}
	if (cr->n_attempts == cr->room) {
		size_t room = cr->room ? cr->room * 2 : ATTEMPTS_FIRST;
		struct attempt *attempts =
			realloc(cr->attempts, room * sizeof(*attempts));

		if (!attempts)
			return NULL;
		cr->attempts = attempts;
		cr->room = room;
	}
	if (cr->in_start_period)
		cr->n_starting++;
	struct attempt *at = &cr->attempts[cr->n_attempts++];
	*at = (struct attempt){ .message = "" };
	return at;
}

/* Takes down what the journey has seen; true when every step was ok. */
static bool take_attempt(struct check_run *cr)
{
	struct attempt seen = { .number = ++cr->made };

	journey_take(cr->journey, &seen);
	journey_free(cr->journey);
	cr->journey = NULL;
	bool ok = attempt_first_failed(&seen) == seen.n_steps;
	if (!ok && cr->in_start_period)
		seen.verdict = VERDICT_STARTING;
	struct attempt *at = new_attempt(cr);
	if (at)
		*at = seen;
	cr->ended_ns = engine_now_ns();
	return ok;
}

static void finish_check(struct check_run *cr)
{
	struct run *run = cr->run;

	cr->is_done = true;
	if (--run->n_left == 0)
		engine_stop(run->en);
}

static void on_pause_over(struct engine_timer *t)
{
	struct check_run *cr = t->owner;

	cr->due_ns = engine_now_ns();
	enqueue(cr);
	pump(cr->run);
}

/* How long until the next attempt; false when there is none. */
static bool next_attempt(struct check_run *cr, uint64_t *pause_ns)
{
	const struct check *check = cr->check;

	*pause_ns = check->retries.every_ns;
	if (cr->in_start_period) {
		if (*pause_ns < RUN_PAUSE_MIN_NS)
			*pause_ns = RUN_PAUSE_MIN_NS;
		return true;
	}
	cr->counted++;
	return cr->counted < check->retries.attempts;
}

/* The attempt is over: the check is, too, or there is another one. */
static void end_attempt(struct check_run *cr)
{
	struct run *run = cr->run;
	uint64_t pause_ns = 0;

	run->n_active--;
	if (take_attempt(cr) || !next_attempt(cr, &pause_ns)) {
		finish_check(cr);
		return;
	}
	if (log_wants(run->opt->log, LEVEL_INFO))
		log_printf(run->opt->log, LEVEL_INFO, "assay.probe",
			   "check \"%s\": attempt %llu failed, trying again",
			   cr->check->name, (unsigned long long)cr->made);
	if (!cr->has_timer)
		engine_timer_init(&cr->pause, run->en, on_pause_over, cr);
	cr->has_timer = true;
	engine_timer_start(&cr->pause, pause_ns);
}

static void on_journey_done(struct journey *jo, void *owner)
{
	struct check_run *cr = owner;
	struct run *run = cr->run;

	(void)jo;
	end_attempt(cr);
	pump(run);
}

/* ---- starting ------------------------------------------------------- */

/* An attempt of which there is nothing but a word. */
static void add_attempt(struct check_run *cr, enum outcome outcome,
			const char *message)
{
	struct attempt *at = new_attempt(cr);
	struct step_result *step =
		arena_alloc(cr->run->arena, 1, sizeof(*step));

	cr->ended_ns = engine_now_ns();
	if (!at)
		return;
	at->number = ++cr->made;
	if (!step)
		return;
	*step = (struct step_result){
		.name = "",
		.kind = "",
		.at = judge_spot(cr->check->at),
		.outcome = outcome,
		.message = message,
		.group = "",
		.method = "",
		.url = "",
		.request_id = "",
		.protocol = "",
		.remote = "",
		.excerpt = "",
	};
	at->steps = step;
	at->n_steps = 1;
}

static void fail_attempt(struct check_run *cr)
{
	finish_check(cr);
	add_attempt(cr, OUTCOME_LOCAL_FAIL, "out of memory");
}

/* The run ends while the check waits to be tried again: what failed is not
 * confirmed, so that it is not observed. */
static void leave_unconfirmed(struct check_run *cr)
{
	uint64_t tries = cr->check->retries.attempts;
	const char *message = arena_printf(cr->run->arena,
					   "%s, with %" PRIu64 " of %" PRIu64
					   " attempts made: the "
					   "failure is not confirmed",
					   cr->run->why, cr->counted, tries);

	add_attempt(cr, OUTCOME_NOT_REACHED, message ? message : "");
}

static void start_attempt(struct check_run *cr)
{
	struct run *run = cr->run;
	uint64_t now = engine_now_ns();

	if (cr->first_ns == 0) {
		cr->first_ns = now;
		cr->first_at_ns = engine_wall_ns();
	}
	cr->in_start_period = cr->check->start_period_ns > 0 &&
			      now - cr->first_ns < cr->check->start_period_ns;
	const struct journey_plan plan = {
		.check = cr->check,
		.arena = run->arena,
		.due_ns = cr->due_ns,
		.scenario = run->opt->scenario,
		.on_done = on_journey_done,
		.owner = cr,
	};
	cr->journey = journey_start(&run->world, &plan);
	if (!cr->journey) {
		fail_attempt(cr);
		return;
	}
	run->n_active++;
	if (journey_is_over(cr->journey))
		end_attempt(cr);
}

/* Fills the free places.  What ends at once does not lead back in here. */
static void pump(struct run *run)
{
	if (run->is_pumping)
		return;
	run->is_pumping = true;
	while (!run->is_stopped && run->first &&
	       run->n_active < run->concurrency)
		start_attempt(dequeue(run));
	run->is_pumping = false;
}

/* ---- stopping ------------------------------------------------------- */

static void stop_run(struct run *run, const char *why)
{
	if (run->is_stopped)
		return;
	run->is_stopped = true;
	run->why = why ? why : "it was stopped";
	for (size_t i = 0; i < run->n_checks; i++) {
		struct check_run *cr = &run->checks[i];

		if (cr->has_timer)
			engine_timer_stop(&cr->pause);
		if (!cr->journey && !cr->is_done && cr->counted > 0)
			leave_unconfirmed(cr);
		if (!cr->journey)
			continue;
		journey_stop(cr->journey, run->why);
		take_attempt(cr);
	}
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

static const char *join_tags(struct arena *a, const struct check *check)
{
	const char *text = "";

	for (size_t i = 0; text && i < check->n_tags; i++)
		text = arena_printf(a, "%s%s%s", text, i > 0 ? ", " : "",
				    check->tags[i]);
	return text ? text : "";
}

static void take_check(struct run *run, struct check_run *cr,
		       struct check_result *to)
{
	struct attempt *attempts =
		arena_alloc(run->arena, cr->n_attempts, sizeof(*attempts));

	if (attempts && cr->n_attempts > 0)
		memcpy(attempts, cr->attempts,
		       cr->n_attempts * sizeof(*attempts));
	*to = (struct check_result){
		.name = cr->check->name,
		.at = judge_spot(cr->check->at),
		.severity = (enum severity)cr->check->severity,
		.tags = join_tags(run->arena, cr->check),
		.message = "",
		.started_at_ns = cr->first_at_ns,
		.total_ns = cr->first_ns ? cr->ended_ns - cr->first_ns : 0,
		.n_attempts = attempts ? cr->n_attempts : 0,
		.attempts = attempts,
	};
}

/* A machine that could not even ask says nothing of what it asked. */
static void find_broken(struct run_result *to)
{
	for (size_t i = 0; i < to->n_checks && !to->broken; i++) {
		const struct check_result *check = &to->checks[i];

		if (check->outcome != OUTCOME_LOCAL_FAIL)
			continue;
		to->broken = true;
		to->broken_why = check->message;
	}
	if (to->broken)
		result_judge(to);
}

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
		take_check(run, &run->checks[i], &checks[i]);
	result_cost(to);
	result_judge(to);
	find_broken(to);
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
		cr->run = run;
		cr->check = &sc->checks[i];
		cr->due_ns = engine_now_ns();
		enqueue(cr);
	}
	run->n_left = run->n_checks;
	return true;
}

static void tear_down(struct run *run)
{
	for (size_t i = 0; i < run->n_checks; i++) {
		struct check_run *cr = &run->checks[i];

		journey_free(cr->journey);
		if (cr->has_timer)
			engine_timer_release(&cr->pause);
		free(cr->attempts);
	}
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
