/* SPDX-License-Identifier: MIT */
#include "probe/run/journey_inside.h"

#include <stdlib.h>
#include <string.h>

#include "probe/run/record.h"
#include "probe/secrets.h"
#include "probe/steps/executor.h"
#include "probe/world.h"
#include "report/redact/redact.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/loads/loads.h"
#include "scenarios/template/template.h"
#include "scenarios/base/text.h"

enum { RECORDS_FIRST = 4 };

/* ---- what steps ask for --------------------------------------------- */

struct arena *journey_arena(struct journey *jo)
{
	for (size_t i = jo->depth; i-- > 0;) {
		if (jo->frame[i].arena)
			return jo->frame[i].arena;
	}
	return jo->plan.arena;
}

struct template_world journey_values(const struct journey *jo)
{
	return world_now(jo->slots.item, jo->slots.n);
}

uint64_t journey_now_ns(const struct journey *jo)
{
	return engine_seen_ns(jo->world.en, engine_now_ns());
}

uint64_t journey_left_ns(const struct journey *jo)
{
	uint64_t now = journey_now_ns(jo);
	uint64_t left = UINT64_MAX;

	for (size_t i = 0; i < jo->depth; i++) {
		uint64_t until = jo->frame[i].until_ns;

		if (until == 0)
			continue;
		uint64_t mine = until > now ? until - now : 0;
		left = mine < left ? mine : left;
	}
	return left;
}

/* ---- results -------------------------------------------------------- */

static const char *name_of(struct journey *jo, const struct step *st)
{
	const struct template_world world = journey_values(jo);
	const char *name = NULL;
	struct buf text;

	if (!st->name)
		return st->kind;
	buf_init(&text, JUDGE_TEXT_MAX);
	if (template_eval(st->name, &world, &text, NULL))
		name = arena_strndup(journey_arena(jo), buf_text(&text),
				     text.len);
	buf_release(&text);
	return name ? name : st->kind;
}

struct step_result journey_new_result(struct journey *jo, const struct step *st)
{
	const struct frame *fr = journey_top(jo);

	return (struct step_result){
		.name = name_of(jo, st),
		.kind = st->kind,
		.at = judge_spot(st->at),
		.outcome = OUTCOME_OK,
		.message = "",
		.started_at_ns = engine_wall_ns(),
		.round = fr->round,
		.group = fr->group,
		.always = jo->in_always,
		.method = "",
		.url = "",
		.request_id = "",
		.protocol = "",
		.remote = "",
		.excerpt = "",
	};
}

static bool make_room(struct journey *jo)
{
	if (jo->n_steps < jo->room)
		return true;
	size_t room = jo->room ? jo->room * 2 : RECORDS_FIRST;
	struct step_result *steps = realloc(jo->steps, room * sizeof(*steps));
	if (!steps)
		return false;
	jo->steps = steps;
	jo->room = room;
	return true;
}

void journey_end_step(struct journey *jo, const struct step_result *r)
{
	bool is_bad = r->outcome != OUTCOME_OK && r->outcome != OUTCOME_SKIPPED;

	if (is_bad)
		jo->failed = true;
	if (jo->n_steps >= JOURNEY_STEPS_MAX && !is_bad)
		return;
	if (make_room(jo)) {
		jo->steps[jo->n_steps] = *r;
		jo->steps[jo->n_steps++].total_ns = phases_total(&r->phases);
	}
}

const char *journey_message(struct journey *jo, const char *why)
{
	struct buf safe, cut;

	buf_init(&safe, BUF_NO_LIMIT);
	buf_init(&cut, JUDGE_MESSAGE_MAX);
	redact_text(jo->world.redactor, why, strlen(why), &safe);
	text_cut(&cut, buf_text(&safe), safe.len, JUDGE_MESSAGE_MAX);
	const char *copy =
		arena_strndup(journey_arena(jo), buf_text(&cut), cut.len);
	buf_release(&safe);
	buf_release(&cut);
	return copy ? copy : "";
}

void journey_fail_step(struct journey *jo, const struct step *st,
		       enum outcome outcome, const char *why)
{
	struct step_result r = journey_new_result(jo, st);

	r.outcome = outcome;
	r.message = journey_message(jo, why);
	if (!r.message[0])
		r.message = outcome_sentence(outcome);
	journey_end_step(jo, &r);
}

/* ---- frames --------------------------------------------------------- */

struct frame *journey_enter(struct journey *jo, const struct step *st,
			    const struct step_list *list)
{
	struct frame blank = {
		.step = st, .list = list, .turn = 1, .group = ""
	};

	if (jo->depth >= JOURNEY_DEPTH_MAX) {
		journey_fail_step(jo, st, OUTCOME_LOCAL_FAIL,
				  "steps are nested too deeply");
		return NULL;
	}
	if (jo->depth > 0) {
		blank.group = journey_top(jo)->group;
		blank.round = journey_top(jo)->round;
	}
	jo->frame[jo->depth++] = blank;
	return journey_top(jo);
}

void journey_leave(struct journey *jo)
{
	arena_free(journey_top(jo)->arena);
	journey_top(jo)->arena = NULL;
	jo->depth--;
}

/* The list of the check is done: always: comes next, then it is over. */
static void end_of_list(struct journey *jo, struct frame *fr)
{
	if (jo->in_always || jo->plan.check->always.n == 0) {
		jo->is_over = true;
		jo->ended_ns = engine_now_ns();
		return;
	}
	jo->in_always = true;
	fr->list = &jo->plan.check->always;
	fr->next = 0;
}

static void take_turn(struct journey *jo)
{
	struct frame *fr = journey_top(jo);

	if (fr->next >= fr->list->n) {
		if (fr->step)
			executors[fr->step->type].at_end(jo, fr);
		else
			end_of_list(jo, fr);
		return;
	}
	const struct step *st = &fr->list->item[fr->next++];
	/* each of always: runs, whatever became of the one before */
	if (jo->in_always && !fr->step)
		jo->failed = false;
	if (jo->failed) {
		struct step_result r = journey_new_result(jo, st);

		r.outcome = OUTCOME_SKIPPED;
		journey_end_step(jo, &r);
		return;
	}
	executors[st->type].start(jo, st);
}

/* Not for ever at a stretch: the loop has other journeys, and a deadline. */
static void take_turns(struct journey *jo)
{
	unsigned turns = 0;

	while (!jo->is_waiting && !jo->is_over) {
		if (++turns > JOURNEY_TURNS_MAX)
			journey_pause(jo, 0);
		else
			take_turn(jo);
	}
}

/* ---- waiting -------------------------------------------------------- */

static void on_pause_over(struct engine_timer *t)
{
	struct journey *jo = t->owner;

	journey_wake(jo);
	journey_go_on(jo);
}

void journey_pause(struct journey *jo, uint64_t ns)
{
	jo->is_waiting = true;
	engine_timer_start(&jo->pause, ns);
}

void journey_wake(struct journey *jo)
{
	jo->is_waiting = false;
}

void journey_go_on(struct journey *jo)
{
	take_turns(jo);
	if (jo->is_over)
		jo->plan.on_done(jo, jo->plan.owner);
}

/* ---- life ----------------------------------------------------------- */

/* What is known before the first step: secrets and data. */
static bool fill_secret(struct journey *jo, size_t slot)
{
	const char *name = jo->plan.check->slots[slot].name;
	const struct secret_value *value =
		jo->world.secrets ? secrets_find(jo->world.secrets, name)
				  : NULL;

	return !value || slots_set(&jo->slots, slot, value->text, value->len);
}

static bool fill_data(struct journey *jo, size_t slot)
{
	const struct slot_name *is = &jo->plan.check->slots[slot];
	const struct scenario *sc = jo->plan.scenario;

	if (!sc || is->feeder >= sc->n_feeders)
		return true;
	size_t row = jo->plan.rows ? jo->plan.rows[is->feeder] : 0;
	const char *text =
		feeder_cell(&sc->feeders[is->feeder], row, is->column);
	return slots_set(&jo->slots, slot, text, strlen(text));
}

/* The redactor forgets what it has learned long ago, and many journeys share
 * one. */
void journey_teach(const struct journey *jo)
{
	const struct check *check = jo->plan.check;

	for (size_t i = 0; i < check->n_slots; i++) {
		const struct template_slot *slot = &jo->slots.item[i];

		/* those declared under secrets: are never forgotten */
		if (check->slots[i].is_secret && slot->is_set &&
		    strcmp(check->slots[i].space, "secret") != 0)
			redactor_learn(jo->world.redactor, slot->text,
				       slot->len);
	}
}

static bool fill_slots(struct journey *jo)
{
	const struct check *check = jo->plan.check;
	bool ok = true;

	for (size_t i = 0; ok && i < check->n_slots; i++) {
		if (!strcmp(check->slots[i].space, "secret"))
			ok = fill_secret(jo, i);
		else if (!strcmp(check->slots[i].space, "data"))
			ok = fill_data(jo, i);
	}
	return ok;
}

/* Cookies, connections and names are kept for the next request: a check of
 * one request has none, and a session would only cost. */
static bool needs_session(const struct check *check)
{
	const struct step *st = check->steps.item;

	if (check->steps.n != 1 || check->always.n > 0 ||
	    !executors[st->type].ask)
		return true;
	const struct http_ask *ask = executors[st->type].ask(st);
	/* digest asks twice */
	return ask->redirects > 0 || ask->auth.kind == ASK_AUTH_DIGEST ||
	       record_wants_cookies(st);
}

struct journey *journey_start(const struct journey_world *world,
			      const struct journey_plan *plan)
{
	struct journey *jo = calloc(1, sizeof(*jo));

	if (!jo)
		return NULL;
	jo->world = *world;
	jo->plan = *plan;
	engine_timer_init(&jo->pause, world->en, on_pause_over, jo);
	bool is_kept = plan->session || needs_session(plan->check);
	jo->session = plan->session;
	if (is_kept && !jo->session)
		jo->session = session_new(world->en);
	if ((is_kept && !jo->session) ||
	    !slots_init(&jo->slots, plan->check->n_slots) || !fill_slots(jo)) {
		journey_free(jo);
		return NULL;
	}
	jo->started_ns = engine_now_ns();
	jo->started_at_ns = engine_wall_ns();
	journey_enter(jo, NULL, &plan->check->steps);
	take_turns(jo);
	return jo;
}

bool journey_is_over(const struct journey *jo)
{
	return jo->is_over;
}

static void close_asking(struct asking *as)
{
	child_free(as->child);
	if (as->is_open)
		exchange_release(&as->ex);
	arena_free(as->arena);
	*as = (struct asking){ 0 };
}

/* The step that is under way, or would have been next. */
static const struct step *current_step(struct journey *jo)
{
	const struct frame *fr = journey_top(jo);

	if (fr->next < fr->list->n)
		return &fr->list->item[fr->next];
	if (fr->next > 0)
		return &fr->list->item[fr->next - 1];
	return fr->step;
}

static void stop_asking(struct journey *jo, const char *why)
{
	struct asking *as = &jo->asking;
	uint64_t now = engine_now_ns();

	if (as->ex.transfer)
		engine_cancel(jo->world.en, &as->ex);
	child_free(as->child);
	as->child = NULL;
	as->r.outcome = OUTCOME_NOT_REACHED;
	as->r.message = why;
	as->r.phases = as->phases;
	phases_add(&as->r.phases, &as->ex.answer.phases);
	uint64_t known = phases_total(&as->r.phases);
	uint64_t took = now - as->planned_ns;
	/* what the engine did not account for was spent waiting */
	if (took > known)
		as->r.phases.ns[PHASE_WAIT] += took - known;
	as->r.hops = as->hops;
	as->r.n_hops = as->n_hops;
	journey_end_step(jo, &as->r);
}

static void close_arena(void *a)
{
	arena_free(a);
}

/* The results of rounds under way go with the attempt. */
static void keep_rounds(struct journey *jo)
{
	while (jo->depth > 0) {
		struct arena *kept = journey_top(jo)->arena;

		jo->depth--;
		if (kept &&
		    !arena_on_free(journey_arena(jo), close_arena, kept))
			jo->n_steps = 0;
	}
}

void journey_stop(struct journey *jo, const char *why)
{
	if (jo->is_over)
		return;
	engine_timer_stop(&jo->pause);
	if (jo->asking.step) {
		stop_asking(jo, why);
	} else {
		const struct step *st = current_step(jo);

		if (st)
			journey_fail_step(jo, st, OUTCOME_NOT_REACHED, why);
	}
	keep_rounds(jo);
	jo->is_over = true;
	jo->ended_ns = engine_now_ns();
}

void journey_take(struct journey *jo, struct attempt *out)
{
	struct step_result *steps =
		arena_alloc(jo->plan.arena, jo->n_steps, sizeof(*steps));

	if (steps && jo->n_steps > 0)
		memcpy(steps, jo->steps, jo->n_steps * sizeof(*steps));
	out->steps = steps;
	out->n_steps = steps ? jo->n_steps : 0;
	out->message = "";
	out->started_at_ns = jo->started_at_ns;
	out->total_ns = jo->ended_ns - jo->started_ns;
}

void journey_free(struct journey *jo)
{
	if (!jo)
		return;
	while (jo->depth > 0)
		journey_leave(jo);
	close_asking(&jo->asking);
	engine_timer_release(&jo->pause);
	if (!jo->plan.session)
		session_free(jo->session);
	slots_release(&jo->slots);
	free(jo->steps);
	free(jo);
}
