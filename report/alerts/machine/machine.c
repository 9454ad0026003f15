/* SPDX-License-Identifier: MIT */
#include "report/alerts/machine.h"

#include <assert.h>

#include "report/alerts/machine/parts.h"
#include "scenarios/base/capped.h"

const char *const held_names[HELD_N] = {
	[HELD_NOT] = "",
	[HELD_SILENCE] = "silence",
	[HELD_MAINTENANCE] = "maintenance",
	[HELD_DEPENDENCY] = "dependency",
	[HELD_COOLDOWN] = "cooldown",
	[HELD_QUORUM] = "quorum",
	[HELD_FLAPPING] = "flapping",
};

const char *const happened_names[HAPPENED_N] = {
	[HAPPENED_PENDING] = "pending",
	[HAPPENED_CLEARED] = "cleared",
	[HAPPENED_FIRING] = "firing",
	[HAPPENED_TIER] = "tier",
	[HAPPENED_REMINDER] = "reminder",
	[HAPPENED_RESOLVED] = "resolved",
	[HAPPENED_FLAPPING] = "flapping",
	[HAPPENED_SETTLED] = "settled",
	[HAPPENED_HELD] = "held",
	[HAPPENED_ESCALATED] = "escalated",
	[HAPPENED_EVENT] = "event",
	[HAPPENED_ACKNOWLEDGED] = "acknowledged",
};

unsigned alert_tier_severity(const struct alert_tier *tier,
			     unsigned check_severity)
{
	return tier->is_severity_of_check ? check_severity : tier->severity;
}

struct happening *step_add(struct step *s, enum happened kind)
{
	const struct alert_state *t = s->state;
	struct happening *h;

	assert(s->out->n < ALERT_HAPPENINGS_MAX);
	h = &s->out->item[s->out->n++];
	*h = (struct happening){
		.kind = kind,
		.is_firing = t->phase == ALERT_FIRING,
		.tier = t->tier_now,
		.was_tier = t->tier_now,
		.since_at_ns = t->since_at_ns,
		.episode = t->episode,
		.episode_at_ns = t->since_at_ns,
		.why = "",
		.finding = t->tier_now,
	};
	return h;
}

static struct step begin(const struct alert_rule *rule, struct alert_state *t,
			 const struct alert_context *context,
			 struct happenings *out)
{
	struct step s = {
		.rule = rule, .state = t, .context = context, .out = out
	};
	uint64_t now_at_ns = context->now_at_ns;

	out->n = 0;
	s.now_at_ns = now_at_ns > t->now_at_ns ? now_at_ns : t->now_at_ns;
	t->now_at_ns = s.now_at_ns;
	if (t->watched_since_at_ns == 0)
		t->watched_since_at_ns = s.now_at_ns;
	/* a scenario may have changed in between */
	for (size_t i = rule->n_tiers; i < ALERT_TIERS_MAX; i++)
		t->tier[i] = (struct tier_state){ 0 };
	t->n_tiers = rule->n_tiers;
	if (t->tier_now >= t->n_tiers)
		t->tier_now = (unsigned)(t->n_tiers - 1);
	if (t->told_tier >= t->n_tiers)
		t->told_tier = (unsigned)(t->n_tiers - 1);
	return s;
}

void alert_advance(const struct alert_rule *rule, struct alert_state *t,
		   const struct finding *findings,
		   const struct alert_context *context, struct happenings *out)
{
	struct step s = begin(rule, t, context, out);

	assert(rule->n_tiers > 0 && rule->n_tiers <= ALERT_TIERS_MAX);
	s.findings = findings;
	if (condition_is_event(&rule->tiers[0].when)) {
		step_event(&s);
		return;
	}
	step_move(&s);
	step_flap(&s);
	step_tell(&s);
}

bool alert_acknowledge(const struct alert_rule *rule, struct alert_state *t,
		       const char *author, const struct alert_context *context,
		       struct happenings *out)
{
	struct step s = begin(rule, t, context, out);
	struct happening *h;

	if (t->phase != ALERT_FIRING)
		return false;
	streak_copy_name(t->acknowledged_by, sizeof(t->acknowledged_by),
			 author);
	t->acknowledged_at_ns = s.now_at_ns;
	h = step_add(&s, HAPPENED_ACKNOWLEDGED);
	h->is_logged = true;
	if (t->told_firing)
		step_notice(&s, h);
	return true;
}

/* ---- what time alone changes ------------------------------------------- */

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t next_hold(const struct alert_rule *rule,
			  const struct alert_state *t)
{
	uint64_t next_ns = UINT64_MAX;

	for (size_t i = 0; i < t->n_tiers; i++) {
		const struct tier_state *tier = &t->tier[i];
		uint64_t for_ns = rule->tiers[i].when.for_ns, at_ns;

		if (tier->phase != TIER_HOLDING || tier->held_ns >= for_ns)
			continue;
		at_ns = capped_sum(tier->seen_at_ns, for_ns - tier->held_ns);
		if (at_ns <= tier->valid_until_ns)
			next_ns = sooner(next_ns, at_ns);
	}
	return next_ns;
}

static uint64_t next_settling(const struct alert_state *t,
			      const struct alert_context *c)
{
	uint64_t half = c->flap_changes < ALERT_CHANGES_MAX
				? c->flap_changes / 2
				: ALERT_CHANGES_MAX / 2;

	if (t->n_changes <= half)
		return t->now_at_ns;
	return capped_sum(t->changes[t->n_changes - 1 - half],
			  c->flap_within_ns);
}

static uint64_t next_told(const struct alert_rule *rule,
			  const struct alert_state *t,
			  const struct alert_context *c)
{
	uint64_t pause_ns = reminder_pause_ns(rule, t->tier_now);
	uint64_t next_ns = UINT64_MAX;

	if (c->held != HELD_NOT)
		return c->held_until_at_ns > 0 ? c->held_until_at_ns
					       : UINT64_MAX;
	if (!t->told_firing)
		return capped_sum(t->told_at_ns,
				  tier_cooldown_ns(rule, t->tier_now));
	if (t->acknowledged_by[0])
		return UINT64_MAX;
	if (pause_ns > 0)
		next_ns = capped_sum(t->told_at_ns, pause_ns);
	if (rule->escalate_after_ns > 0 && !t->told_escalated)
		next_ns = sooner(next_ns, capped_sum(t->first_told_at_ns,
						     rule->escalate_after_ns));
	return next_ns;
}

uint64_t alert_next_at_ns(const struct alert_rule *rule,
			  const struct alert_state *t,
			  const struct alert_context *context)
{
	uint64_t next_ns = next_hold(rule, t);

	if (condition_is_event(&rule->tiers[0].when))
		return UINT64_MAX;
	if (t->is_flapping)
		return sooner(next_ns, next_settling(t, context));
	if (t->phase == ALERT_FIRING)
		next_ns = sooner(next_ns, next_told(rule, t, context));
	return next_ns;
}
