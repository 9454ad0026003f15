/* SPDX-License-Identifier: MIT */
/* One alert in a round: what it looks at, its step, what comes of it. */
#include <math.h>
#include <string.h>

#include "report/alerts/round/parts.h"
#include "report/state/state.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/units.h"
#include "scenarios/model.h"

enum { WORSE_CELLS = 12 }; /* "worse than" is judged so often a window */

/* What only happens at a sample looks at the one before, too. */
#define PREVIOUS_MIN_NS	  UNIT_NS_PER_H
#define PREVIOUS_LOOSE_NS (2 * UNIT_NS_PER_DAY)

/* ---- the history of a check ---------------------------------------------------- */

static uint64_t reach_of(const struct condition *c, const struct check *check)
{
	uint64_t fresh_ns = check_fresh_ns(check), reach_ns;

	if (c->kind == CONDITION_RESET || c->kind == CONDITION_CHANGED) {
		reach_ns = check->every_ns > 0 ? 3 * check->every_ns
					       : PREVIOUS_LOOSE_NS;
		return reach_ns > PREVIOUS_MIN_NS ? reach_ns : PREVIOUS_MIN_NS;
	}
	reach_ns = condition_reach_ns(c);
	/* a window is full when there is something before it */
	return (reach_ns > fresh_ns ? reach_ns : fresh_ns) + fresh_ns;
}

static bool is_about(const struct alert_rule *r, size_t check)
{
	for (size_t i = 0; i < r->n_checks; i++) {
		if (r->checks[i] == check)
			return true;
	}
	return false;
}

/* The longest of all rules about this check, so that it is read once. */
static uint64_t check_reach(const struct round *rd, size_t check)
{
	uint64_t most_ns = 0;

	for (size_t i = 0; i < rd->al->n_rules; i++) {
		const struct alert_rule *r = &rd->al->rules[i];

		if (!is_about(r, check))
			continue;
		for (size_t k = 0; k < r->n_tiers; k++) {
			const struct condition *c = &r->tiers[k].when;
			uint64_t reach_ns =
				condition_needs_only_streaks(c)
					? 0
					: reach_of(c, &rd->sc->checks[check]);

			if (reach_ns > most_ns)
				most_ns = reach_ns;
		}
	}
	return most_ns;
}

static bool load_history(struct round *rd, size_t check)
{
	uint64_t reach_ns;

	if (rd->history_of == check)
		return true;
	reach_ns = check_reach(rd, check);
	rd->history_of = NO_CHECK;
	if (!state_history(rd->st, rd->sc->name, rd->sc->checks[check].name,
			   rd->now_at_ns > reach_ns ? rd->now_at_ns - reach_ns
						    : 0,
			   rd->a, &rd->history, rd->es))
		return false;
	rd->history_of = check;
	return true;
}

/* ---- what is asked ---------------------------------------------------------------- */

static bool is_same_event(const struct round *rd, const struct condition *c)
{
	return rd->in->event && c->name && strcmp(c->name, rd->in->event) == 0;
}

static struct seen_event event_of(const struct round *rd)
{
	return (struct seen_event){
		.at_ns = rd->now_at_ns,
		.exit_code = rd->in->event_exit,
		.name = rd->in->event,
		.message = rd->in->event_message ? rd->in->event_message : "",
	};
}

/* Takes what this round brings into the streaks. */
static void fold(struct round *rd, const struct target *at,
		 struct alert_state *t)
{
	uint64_t fresh_ns = check_fresh_ns(at->c);

	if (at->result) {
		struct seen_check seen =
			seen_of_result(at->result, rd->in->sealed->vantage);

		streaks_add(&t->streaks, &seen, fresh_ns);
	}
	for (size_t i = 0; i < at->r->n_tiers; i++) {
		const struct condition *c = &at->r->tiers[i].when;
		struct seen_event ev;

		if ((c->kind == CONDITION_CONSECUTIVE ||
		     c->kind == CONDITION_MISSING) &&
		    is_same_event(rd, c)) {
			ev = event_of(rd);
			streaks_add_event(&t->streaks, &ev, fresh_ns);
			return;
		}
	}
}

static const struct alert_heartbeat *heartbeat_of(const struct round *rd,
						  const struct condition *c)
{
	for (size_t i = 0; i < rd->al->n_heartbeats; i++) {
		if (c->name && strcmp(rd->al->heartbeats[i].name, c->name) == 0)
			return &rd->al->heartbeats[i];
	}
	return NULL;
}

/* It costs much and says little new within minutes. */
static bool is_too_early(const struct round *rd, const struct target *at,
			 const struct alert_state *t, const struct condition *c)
{
	uint64_t cell_ns = c->window_ns / WORSE_CELLS;

	if (c->kind != CONDITION_WORSE)
		return false;
	if (!at->result)
		return true;
	return cell_ns > 0 && t->now_at_ns > 0 &&
	       rd->now_at_ns / cell_ns == t->now_at_ns / cell_ns;
}

static bool find(struct round *rd, const struct target *at,
		 const struct alert_state *t, const struct condition *c,
		 struct finding *out)
{
	struct seen_event ev;
	struct history told = { .check = "", .n_events = 1, .events = &ev };
	struct question q = {
		.condition = c,
		.streaks = &t->streaks,
		.now_at_ns = rd->now_at_ns,
		.fresh_ns = check_fresh_ns(at->c),
		.min_samples = at->r->min_samples,
		.quorum = at->r->quorum,
		.heartbeat = heartbeat_of(rd, c),
		.watched_since_at_ns = t->watched_since_at_ns
					       ? t->watched_since_at_ns
					       : rd->now_at_ns,
		.message = at->result ? at->result->message : NULL,
	};

	*out = (struct finding){ .value = NAN,
				 .evidence = "",
				 .seen = "",
				 .threshold = "",
				 .vantage = "" };
	if (is_too_early(rd, at, t, c))
		return true;
	if (c->kind == CONDITION_EVENT && is_same_event(rd, c)) {
		ev = event_of(rd);
		/* who told it may have waited for one that is later */
		if (ev.at_ns <= t->event_at_ns)
			ev.at_ns = q.now_at_ns = t->event_at_ns + 1;
		q.history = &told;
	} else if (!condition_needs_only_streaks(c) && at->check != NO_CHECK) {
		if (!load_history(rd, at->check))
			return false;
		q.history = &rd->history;
	}
	return condition_evaluate(&q, rd->a, out) || errs_nomem(rd->es);
}

/* ---- the step ------------------------------------------------------------------------ */

static bool is_missing(const struct alert_rule *r)
{
	return r->tiers[0].when.kind == CONDITION_MISSING;
}

/* By time alone nothing begins but the silence of a heartbeat. */
static bool has_nothing_to_do(const struct round *rd, const struct target *at,
			      const struct alert_state *t)
{
	bool is_concerned = at->result != NULL;

	for (size_t i = 0; i < at->r->n_tiers; i++)
		is_concerned = is_concerned ||
			       is_same_event(rd, &at->r->tiers[i].when);
	return !is_concerned && t->phase == ALERT_QUIET && !t->told_firing &&
	       !t->is_flapping && !is_missing(at->r);
}

static bool may_tell(const struct alert_rule *r, const struct alert_state *t,
		     const struct finding *findings)
{
	for (size_t i = 0; i < r->n_tiers; i++) {
		if (findings[i].truth == TRUTH_TRUE)
			return true;
	}
	return t->phase != ALERT_QUIET || t->told_firing;
}

static void look_again(struct round *rd, const struct target *at,
		       const struct alert_state *t,
		       const struct finding *findings,
		       const struct alert_context *context)
{
	uint64_t next_ns = alert_next_at_ns(at->r, t, context);

	if (is_missing(at->r) && findings[0].truth == TRUTH_FALSE &&
	    findings[0].valid_until_ns < next_ns)
		next_ns = findings[0].valid_until_ns + 1;
	/* what is over already was dealt with now */
	if (next_ns <= rd->now_at_ns)
		next_ns = rd->now_at_ns + ROUND_LOOK_AGAIN_NS;
	if (next_ns < rd->next_at_ns)
		rd->next_at_ns = next_ns;
}

static void keep_message(const struct alert_rule *r, struct alert_state *t,
			 const struct finding *findings)
{
	if (t->phase == ALERT_QUIET)
		t->message[0] = '\0';
	for (size_t i = 0; i < r->n_tiers && t->phase != ALERT_QUIET; i++) {
		if (findings[i].truth == TRUTH_TRUE)
			streak_copy_name(t->message, sizeof(t->message),
					 findings[i].evidence);
	}
}

static bool step_target(struct round *rd, const struct target *at,
			struct alert_state *t)
{
	struct finding findings[ALERT_TIERS_MAX];
	struct alert_context context = {
		.now_at_ns = rd->now_at_ns,
		.flap_changes = rd->al->flap_changes,
		.flap_within_ns = rd->al->flap_within_ns,
		.held_why = "",
		.check_severity = at->c ? at->c->severity : CHECK_ERROR,
	};
	struct happenings all;

	fold(rd, at, t);
	for (size_t i = 0; i < at->r->n_tiers; i++) {
		if (!find(rd, at, t, &at->r->tiers[i].when, &findings[i]))
			return false;
	}
	context.observed_at_ns = at->c ? streaks_newest(&t->streaks) : 0;
	if (may_tell(at->r, t, findings) && !round_held(rd, at, t, &context))
		return false;
	alert_advance(at->r, t, findings, &context, &all);
	keep_message(at->r, t, findings);
	look_again(rd, at, t, findings, &context);
	return all.n == 0 || round_tell(rd, at, findings, &all, &context);
}

bool round_target(struct round *rd, const struct target *at)
{
	static _Thread_local struct alert_state t;
	const char *damage;
	bool was_firing;

	if (!target_load(rd, at->key, &t, &damage))
		return false;
	/* stored at once, so that it is said once */
	if (damage && (!round_log_afresh(rd, at, damage) ||
		       !target_store(rd, at->key, &t)))
		return false;
	was_firing = t.phase == ALERT_FIRING;
	if (rd->is_all && was_firing)
		rd->n_firing++;
	if (has_nothing_to_do(rd, at, &t))
		return true;
	if (!step_target(rd, at, &t) || !target_store(rd, at->key, &t))
		return false;
	rd->n_firing += (t.phase == ALERT_FIRING) - was_firing;
	return true;
}
