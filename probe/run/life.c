/* SPDX-License-Identifier: MIT */
#include "probe/run/life.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "probe/judge/judge.h"
#include "probe/run/journey.h"
#include "report/log.h"
#include "report/result/result.h"
#include "report/result/verdict.h"
#include "scenarios/base/arena.h"
#include "scenarios/model.h"

enum { ATTEMPTS_FIRST = 2 };

static void on_pause_over(struct engine_timer *t)
{
	struct life *life = t->owner;

	life->due_ns = engine_now_ns();
	life->plan.on_change(life, LIFE_WAITS);
}

void life_init(struct life *life, const struct life_plan *plan)
{
	*life = (struct life){ .plan = *plan, .due_ns = plan->due_ns };
	engine_timer_init(&life->pause, plan->world->en, on_pause_over, life);
}

void life_release(struct life *life)
{
	journey_free(life->journey);
	life->journey = NULL;
	engine_timer_release(&life->pause);
	free(life->attempts);
	life->attempts = NULL;
	life->n_attempts = life->room = 0;
}

/* ---- attempts ------------------------------------------------------- */

static struct attempt *new_attempt(struct life *life)
{
	/* of many attempts in a start period the first and the newest stay */
	if (life->in_start_period && life->n_starting >= LIFE_STARTING_KEPT) {
		memmove(&life->attempts[1], &life->attempts[2],
			(life->n_attempts - 2) * sizeof(*life->attempts));
		life->n_attempts--;
		life->n_starting--;
	}
	if (life->n_attempts == life->room) {
		size_t room = life->room ? life->room * 2 : ATTEMPTS_FIRST;
		struct attempt *attempts =
			realloc(life->attempts, room * sizeof(*attempts));

		if (!attempts)
			return NULL;
		life->attempts = attempts;
		life->room = room;
	}
	if (life->in_start_period)
		life->n_starting++;
	struct attempt *at = &life->attempts[life->n_attempts++];
	*at = (struct attempt){ .message = "" };
	return at;
}

/* Takes down what the journey has seen; true when every step was ok. */
static bool take_attempt(struct life *life)
{
	struct attempt seen = { .number = ++life->made };

	journey_take(life->journey, &seen);
	journey_free(life->journey);
	life->journey = NULL;
	bool ok = attempt_first_failed(&seen) == seen.n_steps;
	if (!ok && life->in_start_period)
		seen.verdict = VERDICT_STARTING;
	struct attempt *at = new_attempt(life);
	if (at)
		*at = seen;
	life->ended_ns = engine_now_ns();
	return ok;
}

/* How long until the next attempt; false when there is none. */
static bool next_attempt(struct life *life, uint64_t *pause_ns)
{
	const struct check *check = life->plan.check;

	*pause_ns = check->retries.every_ns;
	if (life->in_start_period) {
		if (*pause_ns < LIFE_PAUSE_MIN_NS)
			*pause_ns = LIFE_PAUSE_MIN_NS;
		return true;
	}
	life->counted++;
	return life->counted < check->retries.attempts;
}

static void finish(struct life *life)
{
	life->is_over = true;
	life->plan.on_change(life, LIFE_OVER);
}

/* The attempt is over: the check is, too, or there is another one. */
static void end_attempt(struct life *life)
{
	struct logger *log = life->plan.world->log;
	uint64_t pause_ns = 0;

	if (take_attempt(life) || !next_attempt(life, &pause_ns)) {
		finish(life);
		return;
	}
	if (log_wants(log, LEVEL_INFO))
		log_printf(log, LEVEL_INFO, "assay.probe",
			   "check \"%s\": attempt %" PRIu64
			   " failed, trying again",
			   life->plan.check->name, life->made);
	engine_timer_start(&life->pause, pause_ns);
	life->plan.on_change(life, LIFE_RESTS);
}

static void on_journey_done(struct journey *jo, void *owner)
{
	(void)jo;
	end_attempt(owner);
}

void life_bare_step(struct step_result *step, const struct check *check,
		    enum outcome outcome, const char *message)
{
	*step = (struct step_result){
		.name = "",
		.kind = "",
		.at = judge_spot(check->at),
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
}

/* An attempt of which there is nothing but a word. */
static void add_attempt(struct life *life, enum outcome outcome,
			const char *message)
{
	struct attempt *at = new_attempt(life);
	struct step_result *step =
		arena_alloc(life->plan.arena, 1, sizeof(*step));

	life->ended_ns = engine_now_ns();
	if (!at)
		return;
	at->number = ++life->made;
	if (!step)
		return;
	life_bare_step(step, life->plan.check, outcome, message);
	at->steps = step;
	at->n_steps = 1;
}

void life_go(struct life *life)
{
	uint64_t now = engine_now_ns();

	if (life->first_ns == 0) {
		life->first_ns = now;
		life->first_at_ns = engine_wall_ns();
	}
	life->in_start_period =
		life->plan.start_period_ns > 0 &&
		now - life->first_ns < life->plan.start_period_ns;
	const struct journey_plan plan = {
		.check = life->plan.check,
		.arena = life->plan.arena,
		.due_ns = life->due_ns,
		.scenario = life->plan.scenario,
		.on_done = on_journey_done,
		.owner = life,
	};
	life->journey = journey_start(life->plan.world, &plan);
	if (!life->journey) {
		add_attempt(life, OUTCOME_LOCAL_FAIL, "out of memory");
		finish(life);
	} else if (journey_is_over(life->journey)) {
		end_attempt(life);
	}
}

void life_stop(struct life *life, const char *why)
{
	engine_timer_stop(&life->pause);
	if (life->journey) {
		journey_stop(life->journey, why);
		take_attempt(life);
	} else if (!life->is_over && life->counted > 0) {
		const char *message = arena_printf(
			life->plan.arena,
			"%s, with %" PRIu64 " of %" PRIu64
			" attempts made: the "
			"failure is not confirmed",
			why, life->counted, life->plan.check->retries.attempts);

		add_attempt(life, OUTCOME_NOT_REACHED, message ? message : "");
	}
	life->is_over = true;
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

void life_take(const struct life *life, struct check_result *out)
{
	const struct check *check = life->plan.check;
	struct attempt *attempts = arena_alloc(
		life->plan.arena, life->n_attempts, sizeof(*attempts));

	if (attempts && life->n_attempts > 0)
		memcpy(attempts, life->attempts,
		       life->n_attempts * sizeof(*attempts));
	*out = (struct check_result){
		.name = check->name,
		.at = judge_spot(check->at),
		.severity = (enum severity)check->severity,
		.tags = join_tags(life->plan.arena, check),
		.message = "",
		.started_at_ns = life->first_at_ns,
		.total_ns =
			life->first_ns ? life->ended_ns - life->first_ns : 0,
		.n_attempts = attempts ? life->n_attempts : 0,
		.attempts = attempts,
	};
}
