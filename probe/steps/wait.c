/* SPDX-License-Identifier: MIT */
#include "probe/run/journey_inside.h"
#include "probe/steps/executor.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"

/* Results of a round that is not the last one are given back, so that a long
 * wait takes no more memory than a short one. */
static bool begin_round(struct journey *jo, struct frame *fr, uint64_t at_ns)
{
	fr->arena = arena_new(JOURNEY_ROUND_MAX);
	fr->next = 0;
	fr->round = fr->turn;
	fr->round_ns = at_ns;
	fr->first = jo->n_steps;
	return fr->arena != NULL;
}

void wait_start(struct journey *jo, const struct step *st)
{
	const struct step_wait *wait = st->spec;
	struct frame *fr = journey_enter(jo, st, &wait->steps);

	if (!fr)
		return;
	uint64_t now = journey_now_ns(jo);
	fr->until_ns = now + wait->for_ns;
	if (!begin_round(jo, fr, now)) {
		journey_leave(jo);
		journey_fail_step(jo, st, OUTCOME_LOCAL_FAIL, "out of memory");
	}
}

/* Says how long it was tried, in the message of the step that failed. */
static void say_rounds(struct journey *jo, const struct frame *fr)
{
	struct buf took;

	for (size_t i = fr->first; i < jo->n_steps; i++) {
		struct step_result *r = &jo->steps[i];

		if (r->outcome == OUTCOME_OK || r->outcome == OUTCOME_SKIPPED)
			continue;
		buf_init(&took, JUDGE_TEXT_MAX);
		unit_human_duration(
			&took,
			((const struct step_wait *)fr->step->spec)->for_ns);
		const char *message = arena_printf(
			fr->arena, "%s (round %llu, waited for %s)", r->message,
			(unsigned long long)fr->turn, buf_text(&took));
		if (message)
			r->message = message;
		buf_release(&took);
		return;
	}
}

static void arena_close(void *a)
{
	arena_free(a);
}

/* The results of the last round stay: they go with those around them. */
static void keep_round(struct journey *jo, struct frame *fr)
{
	struct arena *kept = fr->arena;

	fr->arena = NULL;
	if (!arena_on_free(journey_arena(jo), arena_close, kept))
		jo->n_steps = fr->first;
}

/* When the next round begins, 0 for never.  A round that the end would cut
 * short proves nothing: what this one has seen is better evidence.  So the
 * last one is put forward, with some room, unless it would follow at once. */
static uint64_t next_round(const struct step_wait *wait, const struct frame *fr,
			   uint64_t now)
{
	uint64_t likely_ns = 2 * (now - fr->round_ns);
	uint64_t next = fr->round_ns + wait->every_ns;

	if (next < now)
		next = now;
	if (next + likely_ns < fr->until_ns)
		return next;
	likely_ns += wait->every_ns / 8;
	if (now + wait->every_ns / 2 + likely_ns < fr->until_ns)
		return fr->until_ns - likely_ns;
	return 0;
}

void wait_at_end(struct journey *jo, struct frame *fr)
{
	const struct step_wait *wait = fr->step->spec;
	const struct step *st = fr->step;
	uint64_t now = journey_now_ns(jo);
	uint64_t next = next_round(wait, fr, now);

	if (!jo->failed || !next) {
		if (jo->failed)
			say_rounds(jo, fr);
		keep_round(jo, fr);
		journey_leave(jo);
		return;
	}
	jo->n_steps = fr->first;
	arena_free(fr->arena);
	fr->arena = NULL;
	jo->failed = false;
	fr->turn++;
	if (!begin_round(jo, fr, next)) {
		journey_leave(jo);
		journey_fail_step(jo, st, OUTCOME_LOCAL_FAIL, "out of memory");
		return;
	}
	journey_pause(jo, next - now);
}
