/* SPDX-License-Identifier: MIT */
/* What is told: the difference of the two ledgers, unless something holds it
 * back. */
#include <math.h>
#include <string.h>

#include "report/alerts/machine/parts.h"
#include "scenarios/base/capped.h"

#define DAYS_MAX 1e9 /* of a certificate: beyond this it is no number */

uint64_t tier_cooldown_ns(const struct alert_rule *rule, unsigned tier)
{
	const struct alert_tier *at = &rule->tiers[tier];

	if (condition_is_event(&at->when) && !rule->has_cooldown)
		return 0;
	return at->cooldown_ns;
}

static unsigned bit(const struct step *s, unsigned tier)
{
	return 1u << alert_tier_severity(&s->rule->tiers[tier],
					 s->context->check_severity);
}

void step_notice(struct step *s, struct happening *h)
{
	struct alert_state *t = s->state;

	h->is_told = true;
	h->notice = ++t->notices;
	h->severities = t->told_severities | bit(s, h->tier);
	h->was_escalated = t->told_escalated;
	h->episode = t->told_episode;
	h->episode_at_ns = t->told_since_at_ns;
}

/* The happening of that kind that was logged in this step, or a new one. */
static struct happening *logged_or_new(struct step *s, enum happened kind)
{
	for (size_t i = 0; i < s->out->n; i++) {
		if (s->out->item[i].kind == kind)
			return &s->out->item[i];
	}
	return step_add(s, kind);
}

/* ---- held back ------------------------------------------------------------ */

static void hold_back(struct step *s, enum held_by held)
{
	struct happening *h;

	if (s->state->held == held)
		return;
	s->state->held = held;
	h = step_add(s, HAPPENED_HELD);
	h->is_logged = true;
	h->held = held;
	if (held == s->context->held && s->context->held_why)
		h->why = s->context->held_why;
}

static bool is_cooling(const struct step *s)
{
	const struct alert_state *t = s->state;
	uint64_t cooldown_ns = tier_cooldown_ns(s->rule, t->tier_now);

	if (t->told_at_ns == 0 || cooldown_ns == 0 ||
	    t->tier_now > t->told_tier)
		return false;
	return s->now_at_ns < capped_sum(t->told_at_ns, cooldown_ns);
}

/* ---- flapping ------------------------------------------------------------- */

static size_t changes_most(const struct step *s)
{
	uint64_t most = s->context->flap_changes;

	return most < ALERT_CHANGES_MAX ? (size_t)most : ALERT_CHANGES_MAX;
}

static bool can_flap(const struct step *s)
{
	return s->context->flap_changes > 0 && s->context->flap_within_ns > 0;
}

void step_note_change(struct step *s)
{
	struct alert_state *t = s->state;

	if (!can_flap(s))
		return;
	if (t->n_changes == ALERT_CHANGES_MAX) {
		memmove(t->changes, t->changes + 1,
			(ALERT_CHANGES_MAX - 1) * sizeof(t->changes[0]));
		t->n_changes--;
	}
	t->changes[t->n_changes++] = s->now_at_ns;
}

static void forget_changes(struct step *s)
{
	struct alert_state *t = s->state;
	size_t old = 0;

	while (old < t->n_changes &&
	       capped_sum(t->changes[old], s->context->flap_within_ns) <=
		       s->now_at_ns)
		old++;
	memmove(t->changes, t->changes + old,
		(t->n_changes - old) * sizeof(t->changes[0]));
	t->n_changes -= old;
	/* what is not used is 0, so that a state read back is the same */
	memset(t->changes + t->n_changes, 0, old * sizeof(t->changes[0]));
}

static void close_ledger(struct alert_state *t)
{
	t->told_firing = false;
	t->told_escalated = false;
	t->told_severities = 0;
	t->has_told_days = false;
	t->told_days = 0;
}

/* The deciding tier's days, where it is about a certificate. */
static void note_days(struct step *s)
{
	struct alert_state *t = s->state;
	const struct finding *f = &s->findings[t->tier_now];

	if (s->rule->tiers[t->tier_now].when.kind != CONDITION_CERT_DAYS ||
	    !(fabs(f->value) < DAYS_MAX))
		return;
	t->has_told_days = true;
	t->told_days = (int64_t)f->value;
}

static void open_ledger(struct step *s)
{
	struct alert_state *t = s->state;

	if (!t->told_firing) {
		t->told_firing = true;
		t->told_episode = t->episode;
		t->told_since_at_ns = t->since_at_ns;
		t->first_told_at_ns = s->now_at_ns;
		t->told_severities = 0;
	}
	t->told_tier = t->tier_now;
	t->told_at_ns = s->now_at_ns;
	note_days(s);
}

static void tell_firing(struct step *s, enum happened kind)
{
	struct happening *h = logged_or_new(s, kind);

	open_ledger(s);
	h->is_firing = true;
	h->is_urgent = kind == HAPPENED_TIER;
	step_notice(s, h);
	s->state->told_severities |= bit(s, s->state->tier_now);
}

static void tell_quiet(struct step *s, enum happened kind)
{
	struct alert_state *t = s->state;
	struct happening *h;

	if (s->rule->tells_resolved) {
		h = logged_or_new(s, kind);
		h->is_firing = false;
		h->tier = t->told_tier;
		h->since_at_ns = t->told_since_at_ns;
		h->lasted_ns = s->now_at_ns - t->told_since_at_ns;
		if (t->phase != ALERT_FIRING && t->since_at_ns > 0 &&
		    t->since_at_ns >= t->told_since_at_ns)
			h->lasted_ns = t->since_at_ns - t->told_since_at_ns;
		step_notice(s, h);
	}
	close_ledger(t);
}

static void begin_flapping(struct step *s)
{
	struct alert_state *t = s->state;
	struct happening *h = step_add(s, HAPPENED_FLAPPING);

	t->is_flapping = true;
	h->is_logged = true;
	t->flapping_told = s->context->held == HELD_NOT;
	if (!t->flapping_told)
		return;
	/* it opens what settling, or the end, closes under the same name */
	if (!t->told_firing)
		open_ledger(s);
	step_notice(s, h);
	t->told_severities |= bit(s, h->tier);
}

static void end_flapping(struct step *s)
{
	struct alert_state *t = s->state;
	struct happening *h;
	bool is_firing = t->phase == ALERT_FIRING;
	bool was_told = t->flapping_told;

	/* who was told of it is told how it ends, when nothing is in the way */
	if (is_firing && was_told && s->context->held != HELD_NOT)
		return;
	h = step_add(s, HAPPENED_SETTLED);
	h->is_logged = true;
	t->is_flapping = false;
	t->flapping_told = false;
	if (is_firing && s->context->held != HELD_NOT)
		return;
	if (is_firing != t->told_firing) {
		if (is_firing)
			tell_firing(s, HAPPENED_SETTLED);
		else
			tell_quiet(s, HAPPENED_SETTLED);
	} else if (was_told) {
		step_notice(s, h);
	}
}

void step_flap(struct step *s)
{
	struct alert_state *t = s->state;

	if (!can_flap(s)) {
		if (t->is_flapping)
			end_flapping(s);
		return;
	}
	forget_changes(s);
	if (!t->is_flapping && t->n_changes >= changes_most(s))
		begin_flapping(s);
	else if (t->is_flapping && t->n_changes <= changes_most(s) / 2)
		end_flapping(s);
}

/* ---- the two ledgers -------------------------------------------------------- */

static bool is_short_of_quorum(const struct step *s)
{
	for (size_t i = 0; i < s->state->n_tiers; i++) {
		if (s->findings[i].is_short_of_quorum)
			return true;
	}
	return false;
}

/* What is due to be told and may not be; NOT: nothing is in the way. */
static enum held_by obstacle(const struct step *s)
{
	const struct alert_state *t = s->state;

	if (t->is_flapping)
		return HELD_FLAPPING;
	if (s->context->held != HELD_NOT)
		return s->context->held;
	return !t->told_firing && is_cooling(s) ? HELD_COOLDOWN : HELD_NOT;
}

static void tell_difference(struct step *s)
{
	struct alert_state *t = s->state;
	bool is_firing = t->phase == ALERT_FIRING;
	enum held_by held;

	if (!is_firing && !t->told_firing) {
		if (is_short_of_quorum(s))
			hold_back(s, HELD_QUORUM);
		else if (!t->is_flapping)
			t->held = HELD_NOT;
		return;
	}
	if (!is_firing) {
		if (t->is_flapping)
			hold_back(s, HELD_FLAPPING);
		else
			tell_quiet(s, HAPPENED_RESOLVED);
		return;
	}
	if (t->told_firing && t->told_tier == t->tier_now) {
		if (!t->is_flapping)
			t->held = HELD_NOT;
		return;
	}
	held = obstacle(s);
	if (held != HELD_NOT) {
		hold_back(s, held);
		return;
	}
	t->held = HELD_NOT;
	tell_firing(s, t->told_firing ? HAPPENED_TIER : HAPPENED_FIRING);
}

/* ---- what is told again -------------------------------------------------------- */

static bool is_told_already(const struct step *s)
{
	for (size_t i = 0; i < s->out->n; i++) {
		if (s->out->item[i].is_told)
			return true;
	}
	return false;
}

static bool has_lost_a_day(const struct step *s)
{
	const struct alert_state *t = s->state;
	const struct finding *f = &s->findings[t->tier_now];

	if (!t->has_told_days || isnan(f->value) ||
	    s->rule->tiers[t->tier_now].when.kind != CONDITION_CERT_DAYS)
		return false;
	return (f->value <= 0 && t->told_days > 0) ||
	       (f->value < 0 && t->told_days >= 0);
}

/* A certificate has a day less each day: it is told again without asking. */
uint64_t reminder_pause_ns(const struct alert_rule *rule, unsigned tier)
{
	uint64_t cooldown_ns = tier_cooldown_ns(rule, tier);

	if (rule->remind_ns > 0)
		return rule->remind_ns > cooldown_ns ? rule->remind_ns
						     : cooldown_ns;
	return rule->tiers[tier].when.kind == CONDITION_CERT_DAYS ? cooldown_ns
								  : 0;
}

static bool is_reminder_due(const struct step *s)
{
	const struct alert_state *t = s->state;
	uint64_t pause_ns = reminder_pause_ns(s->rule, t->tier_now);

	return pause_ns > 0 && !t->acknowledged_by[0] &&
	       s->now_at_ns >= capped_sum(t->told_at_ns, pause_ns);
}

static void tell_again(struct step *s)
{
	struct alert_state *t = s->state;
	bool is_lost = has_lost_a_day(s);
	struct happening *h;

	if (!is_lost && !is_reminder_due(s))
		return;
	open_ledger(s);
	h = step_add(s, HAPPENED_REMINDER);
	h->is_logged = true;
	h->is_urgent = is_lost;
	step_notice(s, h);
	h->since_at_ns = t->told_since_at_ns;
}

static void escalate(struct step *s)
{
	struct alert_state *t = s->state;
	struct happening *h;

	if (s->rule->escalate_after_ns == 0 || t->told_escalated ||
	    t->acknowledged_by[0] ||
	    s->now_at_ns <
		    capped_sum(t->first_told_at_ns, s->rule->escalate_after_ns))
		return;
	t->told_escalated = true;
	h = step_add(s, HAPPENED_ESCALATED);
	h->is_logged = true;
	h->is_urgent = true;
	step_notice(s, h);
}

void step_tell(struct step *s)
{
	struct alert_state *t = s->state;

	tell_difference(s);
	if (t->phase != ALERT_FIRING || !t->told_firing || t->is_flapping ||
	    s->context->held != HELD_NOT)
		return;
	if (!is_told_already(s))
		tell_again(s);
	escalate(s);
}

/* ---- events ----------------------------------------------------------------------- */

void step_event(struct step *s)
{
	struct alert_state *t = s->state;
	unsigned tier = (unsigned)t->n_tiers;
	struct happening *h;
	uint64_t cooldown_ns;

	for (size_t i = 0; i < t->n_tiers; i++) {
		if (s->findings[i].truth == TRUTH_TRUE &&
		    s->findings[i].newest_at_ns > t->event_at_ns)
			tier = (unsigned)i;
	}
	for (size_t i = 0; i < t->n_tiers; i++) {
		if (s->findings[i].newest_at_ns > t->event_at_ns)
			t->event_at_ns = s->findings[i].newest_at_ns;
	}
	if (tier == t->n_tiers)
		return;
	t->tier_now = tier;
	t->since_at_ns = s->findings[tier].newest_at_ns;
	t->told_episode = ++t->episode;
	t->told_since_at_ns = t->since_at_ns;
	h = step_add(s, HAPPENED_EVENT);
	h->is_logged = true;
	h->is_firing = false;
	h->held = s->context->held;
	h->why = s->context->held_why ? s->context->held_why : "";
	cooldown_ns = tier_cooldown_ns(s->rule, tier);
	if (h->held == HELD_NOT && cooldown_ns > 0 && t->event_told_at_ns > 0 &&
	    s->now_at_ns < capped_sum(t->event_told_at_ns, cooldown_ns))
		h->held = HELD_COOLDOWN;
	if (h->held != HELD_NOT)
		return;
	t->event_told_at_ns = s->now_at_ns;
	step_notice(s, h);
}
