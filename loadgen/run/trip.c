/* SPDX-License-Identifier: MIT */
/*
 * Rounds that are journeys: flows with steps that no lane can make.  The very
 * code of a check runs them; connections are kept between the rounds of
 * a user, cookies are not.
 */
#include <string.h>

#include "loadgen/run/inside.h"
#include "probe/engine/engine.h"
#include "report/result/verdict.h"
#include "scenarios/base/arena.h"

enum { TRIP_ARENA_MAX = 64 << 20 }; /* of what one round has seen */

static const char *const cut_short = "the load ended first";

/* ---- what was seen -------------------------------------------------- */

static size_t find_step(const struct load_job *job, const struct flow *f,
			const struct step_result *r)
{
	for (size_t i = 0; i < f->n_steps; i++) {
		const struct place at = job->step[f->first_step + i].at;
		if (at.line == r->at.line && at.col == r->at.col)
			return f->first_step + i;
	}
	return job->n_steps;
}

/* Only lengths count; they end now. */
static void sample_of(const struct step_result *r, uint64_t now,
		      struct sample *s)
{
	const uint64_t *ns = r->phases.ns;
	uint64_t late = ns[PHASE_LATENESS] + ns[PHASE_QUEUE];
	uint64_t total = phases_total(&r->phases);
	uint64_t start = now > total ? now - total : 0;

	*s = (struct sample){
		.outcome = r->outcome,
		.status = r->status > 0 ? (unsigned)r->status : 0,
		.was_in_flight = r->outcome == OUTCOME_NOT_REACHED,
		.planned_ns = start,
		.sent_ns = start + late,
		.dns_ns = ns[PHASE_DNS],
		.connect_ns = ns[PHASE_CONNECT],
		.tls_ns = ns[PHASE_TLS],
		.made_connection = r->n_hops > 0 && !r->hops[0].reused &&
				   r->hops[0].remote[0],
		.end_ns = start + total,
		.sent_bytes = r->sent_bytes,
		.received_bytes = r->received_bytes,
	};
	s->written_ns = s->sent_ns + s->dns_ns + s->connect_ns + s->tls_ns +
			ns[PHASE_SEND];
	if (r->status > 0 || ns[PHASE_RECEIVE] > 0)
		s->first_ns = s->written_ns + ns[PHASE_WAIT];
}

static void count_step(struct user *u, const struct step_result *r,
		       uint64_t now)
{
	struct part *p = u->part;
	const struct load_job *job = p->job;
	size_t step = find_step(job, &job->flow[u->flow], r);
	struct sample s;

	if (step == job->n_steps)
		return; /* one that asks nothing */
	if (r->outcome == OUTCOME_SKIPPED) {
		p->tally->step[step].skipped++;
		return;
	}
	/* the load ended in a pause before it */
	if (r->outcome == OUTCOME_NOT_REACHED && !phases_total(&r->phases))
		return;
	sample_of(r, now, &s);
	s.waited = u->waited;
	if (r->outcome != OUTCOME_OK && !s.was_in_flight)
		tally_sample(p->tally, step, r->message);
	part_count(u, step, &s);
}

/* Takes the journey down; it is gone afterwards. */
static enum outcome take_down(struct user *u, uint64_t now)
{
	struct attempt at = { .message = "" };

	part_slice(u->part, now);
	journey_take(u->journey, &at);
	for (size_t i = 0; i < at.n_steps; i++)
		count_step(u, &at.steps[i], now);
	attempt_judge(&at);
	enum outcome outcome =
		at.verdict == VERDICT_OK || at.verdict == VERDICT_SKIPPED
			? OUTCOME_OK
			: at.outcome;
	trip_release(u);
	return outcome;
}

void trip_release(struct user *u)
{
	journey_free(u->journey);
	u->journey = NULL;
	arena_free(u->seen);
	u->seen = NULL;
}

/* ---- on its way ----------------------------------------------------- */

static void on_done(struct journey *jo, void *owner)
{
	struct user *u = owner;
	uint64_t now = part_now();

	(void)jo;
	enum outcome outcome = take_down(u, now);
	round_over(u, outcome, false, now);
}

static struct session *session_for(struct user *u)
{
	struct worker *wk = u->part->worker;
	struct session **kept = &u->session[u->flow];

	if (u->part->job->load->connections.is_fresh)
		return NULL;
	if (!*kept)
		*kept = session_new(wk->en);
	else
		session_forget(*kept);
	return *kept;
}

/* Always the same for one user, whose connections are kept. */
static const char *source_of(const struct user *u)
{
	const struct load_connections *how = &u->part->job->load->connections;

	return how->n_sources ? how->sources[u->number % how->n_sources] : NULL;
}

void trip_start(struct user *u, uint64_t now)
{
	struct worker *wk = u->part->worker;
	const struct load_job *job = u->part->job;
	const struct flow *f = &job->flow[u->flow];

	u->seen = arena_new(TRIP_ARENA_MAX);
	const struct journey_plan plan = {
		.check = f->check,
		.scenario = job->config->scenario,
		.rows = u->row,
		.session = session_for(u),
		.arena = u->seen,
		.due_ns = u->planned_ns,
		.on_done = on_done,
		.owner = u,
	};
	wk->world.source = source_of(u);
	wk->world.gate =
		(struct gate){ .allows = route_allows, .self = job->load };
	wk->world.divert = job->divert;
	u->journey = u->seen ? journey_start(&wk->world, &plan) : NULL;
	if (!u->journey)
		round_end_later(u, OUTCOME_LOCAL_FAIL, 0.01);
	else if (journey_is_over(u->journey))
		round_end_later(u, take_down(u, now), 0.0);
}

void trip_cancel(struct user *u, uint64_t now)
{
	if (!u->journey) {
		round_over(u, u->failed, false, now);
		return;
	}
	journey_stop(u->journey, cut_short);
	take_down(u, now);
	round_over(u, OUTCOME_NOT_REACHED, true, now);
}
