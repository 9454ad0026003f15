/* SPDX-License-Identifier: MIT */
/* One round of one user, by a lane; chains of several requests are in chain.c,
 * journeys in trip.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loadgen/run/inside.h"
#include "probe/engine/engine.h"
#include "report/result/outcome.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/units.h"

/* ---- which flow ----------------------------------------------------- */

/* By the number of the round alone, so that it is the same whoever makes it. */
static size_t choose_flow(const struct load_job *job, uint64_t k)
{
	struct random draw;

	if (job->n_flows == 1)
		return 0;
	random_init(&draw, job->seed ^ k * UINT64_C(0x9e3779b97f4a7c15), 0);
	uint64_t at = random_below(&draw, job->weights);
	size_t i = 0;
	while (at >= job->flow[i].weight)
		at -= job->flow[i++].weight;
	return i;
}

/* ---- the end of a round --------------------------------------------- */

void round_over(struct user *u, enum outcome outcome, bool in_flight,
		uint64_t end_ns)
{
	struct part *p = u->part;
	struct tally *t = p->tally;

	if (in_flight)
		t->in_flight++;
	else if (outcome == OUTCOME_OK)
		t->ok++;
	else if (outcome_is_timeout(outcome))
		t->timed_out++;
	else
		t->failed++;
	hist_record(t->iteration,
		    end_ns > u->planned_ns ? end_ns - u->planned_ns : 0);
	p->last_end_ns = end_ns;
	u->is_busy = false;
	p->n_busy--;
	if (p->state != PART_OVER)
		pace_next(u, end_ns);
}

/* ---- an exchange that is over --------------------------------------- */

static void say(struct part *p, size_t step, const struct lane *la)
{
	if (!p->tally->step[step].sample[0] && la->detail && la->detail[0])
		tally_sample(p->tally, step, la->detail);
}

static void say_status(struct part *p, const struct leg *leg, unsigned status)
{
	char text[TALLY_SAMPLE_MAX];

	if (p->tally->step[leg->at_step].sample[0])
		return;
	snprintf(text, sizeof(text), "status %u, expected %s", status,
		 leg->wanted);
	tally_sample(p->tally, leg->at_step, text);
}

static void judge(struct user *u, const struct leg *leg, struct lane *la)
{
	struct sample *s = &la->sample;
	struct buf message;

	if (!leg->judges) {
		if (leg->is_ok[s->status < TALLY_STATUSES ? s->status : 0])
			return;
		s->outcome = OUTCOME_STATUS;
		say_status(u->part, leg, s->status);
		return;
	}
	buf_init(&message, TALLY_SAMPLE_MAX);
	s->outcome = request_judge(u, leg, la, &message);
	if (s->outcome != OUTCOME_OK)
		tally_sample(u->part->tally, leg->at_step, buf_text(&message));
	buf_release(&message);
}

static void count(struct user *u, struct lane *la)
{
	struct part *p = u->part;
	const struct leg *leg = u->stand->leg;
	struct sample *s = &la->sample;

	s->planned_ns = u->asked_ns;
	s->waited = u->waited;
	part_slice(p, s->end_ns);
	if (s->outcome == OUTCOME_OK)
		judge(u, leg, la);
	else
		say(p, leg->at_step, la);
	part_count(u, leg->at_step, s);
}

/* Behind its last request, or the one that failed. */
static void end_round(struct user *u, enum outcome outcome, uint64_t end_ns)
{
	if (outcome != OUTCOME_OK && u->stand->leg->in_chain)
		chain_skip_rest(u);
	round_over(u, outcome, false, end_ns);
}

void round_on_done(struct lane *la)
{
	struct user *u = la->owner;

	list_remove(&u->due);
	count(u, la);
	if (la->sample.outcome == OUTCOME_OK && u->stand->leg->in_chain)
		chain_go_on(u, la);
	else
		end_round(u, la->sample.outcome, la->sample.end_ns);
}

static enum outcome timeout_at(enum lane_stage stage)
{
	switch (stage) {
	case LANE_CONNECTING:
		return OUTCOME_CONNECT_TIMEOUT;
	case LANE_SECURING:
		return OUTCOME_TLS_TIMEOUT;
	default:
		return OUTCOME_TIMEOUT;
	}
}

static void give_up(struct user *u, uint64_t now)
{
	struct lane *la = u->lane[u->stand->leg->hub];

	if (la->transport->look)
		la->transport->look(la);
	enum lane_stage stage = la->stage;
	list_remove(&u->due);
	la->transport->cancel(la, now);
	la->sample.outcome = timeout_at(stage);
	la->detail = outcome_sentence(la->sample.outcome);
	count(u, la);
	end_round(u, la->sample.outcome, now);
}

/* All of a leg have the same time, so the first one is the next. */
void round_on_deadline(struct ev_loop *loop, ev_timer *w, int got)
{
	struct stand *sd = container_of(w, struct stand, deadline);
	uint64_t now = part_now();

	(void)got;
	while (!list_is_empty(&sd->due)) {
		struct user *u = container_of(sd->due.next, struct user, due);
		if (u->due_ns > now) {
			ev_now_update(loop);
			ev_timer_set(w, (double)(u->due_ns - now) / 1e9, 0.0);
			ev_timer_start(loop, w);
			return;
		}
		give_up(u, now);
	}
}

static void limit(struct user *u, struct stand *sd, uint64_t now)
{
	struct ev_loop *loop = u->part->worker->loop;
	uint64_t timeout_ns = sd->leg->timeout_ns;

	if (!timeout_ns) {
		list_init(&u->due);
		return;
	}
	u->due_ns = now + timeout_ns;
	list_append(&sd->due, &u->due);
	if (ev_is_active(&sd->deadline))
		return;
	ev_now_update(loop);
	ev_timer_set(&sd->deadline, (double)timeout_ns / 1e9, 0.0);
	ev_timer_start(loop, &sd->deadline);
}

/* ---- a round that ended before it began ----------------------------- */

#define FAIL_PAUSE_S 0.01 /* until the next one may try */

static void on_later(struct ev_loop *loop, ev_timer *w, int got)
{
	struct user *u = container_of(w, struct user, think);

	(void)loop;
	(void)got;
	round_over(u, u->failed, false, part_now());
}

void round_end_later(struct user *u, enum outcome outcome, double pause_s)
{
	struct ev_loop *loop = u->part->worker->loop;

	u->failed = outcome;
	ev_now_update(loop);
	ev_timer_init(&u->think, on_later, pause_s, 0.0);
	ev_timer_start(loop, &u->think);
}

/* ---- beginning ------------------------------------------------------ */

/* It could not be asked: this machine failed, or a value was not there. */
static void fail(struct user *u, enum outcome outcome, const char *why,
		 uint64_t now)
{
	struct part *p = u->part;
	const struct leg *leg = u->stand->leg;
	const struct sample s = {
		.outcome = outcome,
		.planned_ns = u->asked_ns,
		.waited = u->waited,
		.sent_ns = now,
		.end_ns = now,
	};

	tally_sample(p->tally, leg->at_step, why);
	part_count(u, leg->at_step, &s);
	if (leg->in_chain)
		chain_skip_rest(u);
	/* not at once again: that would be a loop without an end */
	round_end_later(u, outcome, FAIL_PAUSE_S);
}

/* In the hub of its leg; NULL without memory. */
static struct lane *open_lane(struct user *u, struct stand *sd)
{
	const struct load_transport *by = u->part->job->flow[u->flow].transport;
	struct lane *la = by->open(sd->hub);

	if (!la) {
		sd->hub->out_of_memory++;
		return NULL;
	}
	la->owner = u;
	u->lane[sd->leg->hub] = la;
	return la;
}

void round_ask(struct user *u, uint64_t now)
{
	const struct load_job *job = u->part->job;
	struct stand *sd =
		&u->part->stand[job->flow[u->flow].first_leg + u->leg];
	const struct leg *leg = sd->leg;
	struct lane *la = u->lane[leg->hub];
	const struct wire *wire = &leg->wire;
	const char *why = "";

	u->stand = sd;
	if (!la) {
		la = open_lane(u, sd);
		if (!la) {
			fail(u, OUTCOME_LOCAL_FAIL, "not enough memory", now);
			return;
		}
	}
	if (leg->varies || leg->id_at || u->cookies)
		wire = request_of(u, leg, &why);
	if (!wire) {
		fail(u, OUTCOME_VALUE, why, now);
		return;
	}
	u->sent = wire;
	limit(u, sd, now);
	la->transport->start(la, wire, now);
}

void round_start(struct user *u, uint64_t now)
{
	struct part *p = u->part;

	part_slice(p, now);
	u->is_busy = true;
	p->n_busy++;
	u->flow = choose_flow(p->job, u->k);
	if (!request_deal(u)) {
		part_out_of_data(u, now);
		return;
	}
	p->tally->sent++;
	u->leg = 0;
	u->asked_ns = u->planned_ns;
	const struct flow *f = &p->job->flow[u->flow];
	if (!f->transport)
		trip_start(u, now);
	else if (f->is_chain)
		chain_start(u, now);
	else
		round_ask(u, now);
}

static void cancel_lane(struct user *u, uint64_t now)
{
	const struct leg *leg = u->stand->leg;
	struct lane *la = u->lane[leg->hub];

	if (!la || la->stage == LANE_IDLE) { /* it has failed already */
		round_over(u, u->failed, false, now);
		return;
	}
	list_remove(&u->due);
	la->transport->cancel(la, now);
	la->sample.was_in_flight = true;
	la->sample.planned_ns = u->asked_ns;
	la->sample.waited = u->waited;
	part_count(u, leg->at_step, &la->sample);
	round_over(u, OUTCOME_NOT_REACHED, true, now);
}

void round_cancel(struct user *u, uint64_t now)
{
	if (!u->part->job->flow[u->flow].transport) {
		trip_cancel(u, now);
	} else if (u->pauses) { /* nothing is under way, but the round */
		u->pauses = false;
		round_over(u, OUTCOME_NOT_REACHED, true, now);
	} else {
		cancel_lane(u, now);
	}
}

/* ---- users ---------------------------------------------------------- */

bool user_init(struct user *u, struct part *p)
{
	size_t n_flows = p->job->n_flows, n_hubs = p->job->n_hubs;
	uint64_t each = p->job->plan.iterations_each;

	u->part = p;
	u->n_left = each ? each : UINT64_MAX;
	list_init(&u->due);
	ev_init(&u->think, on_later);
	buf_init(&u->bytes, REQUEST_BYTES_MAX);
	u->lane = calloc(n_hubs ? n_hubs : 1, sizeof(*u->lane));
	u->session = calloc(n_flows, sizeof(*u->session));
	return u->lane && u->session;
}

void user_release(struct user *u)
{
	const struct load_job *job = u->part->job;

	ev_timer_stop(u->part->worker->loop, &u->think);
	trip_release(u);
	for (size_t i = 0; u->lane && i < job->n_hubs; i++)
		if (u->lane[i])
			u->lane[i]->transport->close(u->lane[i]);
	for (size_t i = 0; u->session && i < job->n_flows; i++)
		session_free(u->session[i]);
	free(u->lane);
	free(u->session);
	arena_free(u->arena);
	buf_release(&u->bytes);
	free(u->fields);
	cookies_free(u->cookies);
}
