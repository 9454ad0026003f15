/* SPDX-License-Identifier: MIT */
/*
 * Rounds of several plain requests, one after the other by lanes, with pauses
 * between them.  What is counted is what a journey would count: the first
 * request from when it was planned, each later one from when it was begun;
 * behind one that failed the others are skipped, and the round is as that one.
 */
#include "loadgen/run/inside.h"
#include "probe/engine/engine.h"
#include "scenarios/base/units.h"

static void go_on(struct user *u, uint64_t now);

static void on_pause_over(struct ev_loop *loop, ev_timer *w, int got)
{
	struct user *u = container_of(w, struct user, think);
	uint64_t now = part_now();

	(void)loop;
	(void)got;
	u->pauses = false;
	if (u->leg > 0)
		u->asked_ns = now;
	go_on(u, now);
}

static void pause_for(struct user *u, uint64_t ns)
{
	struct ev_loop *loop = u->part->worker->loop;

	u->pauses = true;
	ev_now_update(loop);
	ev_timer_init(&u->think, on_pause_over,
		      (double)ns / (double)UNIT_NS_PER_S, 0.0);
	ev_timer_start(loop, &u->think);
}

/* Evenly, by the seed. */
static uint64_t draw_pause(struct user *u, const struct step_think *think)
{
	uint64_t span = think->high_ns - think->low_ns;

	if (think->high_ns <= think->low_ns)
		return think->low_ns;
	return think->low_ns + random_below(&u->part->random, span + 1);
}

/* To its next request, or through a pause, or to its end. */
static void go_on(struct user *u, uint64_t now)
{
	const struct step_list *steps =
		&u->part->job->flow[u->flow].check->steps;

	while (u->next_step < steps->n) {
		const struct step *st = &steps->item[u->next_step++];
		if (st->type != STEP_THINK) {
			round_ask(u, now);
			return;
		}
		uint64_t ns = draw_pause(u, st->spec);
		if (ns) {
			pause_for(u, ns);
			return;
		}
	}
	round_over(u, OUTCOME_OK, false, now);
}

void chain_start(struct user *u, uint64_t now)
{
	cookies_forget(u); /* of the round before */
	u->next_step = 0;
	go_on(u, now);
}

void chain_go_on(struct user *u, const struct lane *la)
{
	if (la->answer)
		cookies_take(u, la->answer);
	u->leg++;
	u->asked_ns = la->sample.end_ns;
	go_on(u, la->sample.end_ns);
}

void chain_skip_rest(struct user *u)
{
	const struct load_job *job = u->part->job;
	const struct flow *f = &job->flow[u->flow];

	for (size_t i = u->leg + 1; i < f->n_legs; i++)
		u->part->tally->step[f->first_step + i].skipped++;
}
