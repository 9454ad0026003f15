/* SPDX-License-Identifier: MIT */
/* What is: the hold time of each tier, and the phase. */
#include "report/alerts/machine/parts.h"

/* Hold time that was seen since the last evaluation. */
static void credit(struct tier_state *tier, uint64_t now_at_ns)
{
	uint64_t until_ns = now_at_ns < tier->valid_until_ns
				    ? now_at_ns
				    : tier->valid_until_ns;

	if (until_ns > tier->seen_at_ns)
		tier->held_ns += until_ns - tier->seen_at_ns;
	if (now_at_ns > tier->seen_at_ns)
		tier->seen_at_ns = now_at_ns;
}

static void move_tier(struct tier_state *tier, const struct finding *f,
		      uint64_t for_ns, uint64_t now_at_ns)
{
	if (f->truth == TRUTH_FALSE) {
		*tier = (struct tier_state){ 0 };
		return;
	}
	if (f->truth == TRUTH_UNKNOWN) {
		if (tier->phase != TIER_IDLE)
			credit(tier, now_at_ns);
		return;
	}
	if (tier->phase == TIER_IDLE) {
		*tier = (struct tier_state){
			.phase = TIER_HOLDING,
			.since_at_ns = now_at_ns,
			.seen_at_ns = now_at_ns,
		};
	}
	credit(tier, now_at_ns);
	tier->valid_until_ns = f->valid_until_ns;
	if (tier->held_ns >= for_ns)
		tier->phase = TIER_ACTIVE;
}

/* The worst tier of at least that phase; n_tiers: none. */
static unsigned worst_tier(const struct alert_state *t, enum tier_phase least)
{
	for (size_t i = t->n_tiers; i-- > 0;) {
		if (t->tier[i].phase >= least)
			return (unsigned)i;
	}
	return (unsigned)t->n_tiers;
}

static bool has_false(const struct step *s)
{
	for (size_t i = 0; i < s->state->n_tiers; i++) {
		if (s->findings[i].truth == TRUTH_FALSE)
			return true;
	}
	return false;
}

/* True when enough good results came in a row. */
static bool has_recovered(struct step *s)
{
	struct alert_state *t = s->state;
	uint64_t at_ns = s->context->observed_at_ns;

	if (!has_false(s))
		return false;
	if (at_ns == 0)
		at_ns = s->now_at_ns;
	if (t->good == 0 || at_ns > t->good_at_ns) {
		t->good++;
		t->good_at_ns = at_ns;
	}
	return t->good >= s->rule->recover;
}

/* What it tells of began then: with the first failure, where that is known. */
static uint64_t began_at(const struct step *s, unsigned tier)
{
	uint64_t at_ns = s->findings[tier].since_at_ns;
	uint64_t true_ns = s->state->tier[tier].since_at_ns;

	return at_ns > 0 && at_ns < true_ns ? at_ns : true_ns;
}

static void fire(struct step *s, unsigned tier)
{
	struct alert_state *t = s->state;

	t->phase = ALERT_FIRING;
	t->tier_now = tier;
	t->since_at_ns = began_at(s, tier);
	t->episode++;
	t->good = 0;
	t->acknowledged_by[0] = '\0';
	t->acknowledged_at_ns = 0;
	step_add(s, HAPPENED_FIRING)->is_logged = true;
	step_note_change(s);
}

static void resolve(struct step *s)
{
	struct alert_state *t = s->state;
	struct happening *h;

	t->phase = ALERT_QUIET;
	h = step_add(s, HAPPENED_RESOLVED);
	h->is_logged = true;
	h->is_firing = false;
	h->lasted_ns = s->now_at_ns - t->since_at_ns;
	t->since_at_ns = s->now_at_ns;
	t->good = 0;
	t->acknowledged_by[0] = '\0';
	t->acknowledged_at_ns = 0;
	step_note_change(s);
}

static void change_tier(struct step *s, unsigned tier)
{
	struct happening *h;
	unsigned was = s->state->tier_now;

	s->state->tier_now = tier;
	h = step_add(s, HAPPENED_TIER);
	h->is_logged = true;
	h->was_tier = was;
	step_note_change(s);
}

static void move_firing(struct step *s)
{
	struct alert_state *t = s->state;
	unsigned tier = worst_tier(t, TIER_ACTIVE);

	if (tier == t->n_tiers)
		tier = worst_tier(t, TIER_HOLDING);
	if (tier < t->n_tiers) {
		t->good = 0;
		if (tier != t->tier_now)
			change_tier(s, tier);
	} else if (has_recovered(s)) {
		resolve(s);
	}
}

static void move_quiet(struct step *s)
{
	struct alert_state *t = s->state;
	unsigned active = worst_tier(t, TIER_ACTIVE);
	unsigned holding = worst_tier(t, TIER_HOLDING);

	if (active < t->n_tiers) {
		fire(s, active);
	} else if (holding < t->n_tiers && t->phase == ALERT_QUIET) {
		t->phase = ALERT_PENDING;
		t->tier_now = holding;
		t->since_at_ns = began_at(s, holding);
		step_add(s, HAPPENED_PENDING)->is_logged = true;
	} else if (holding == t->n_tiers && t->phase == ALERT_PENDING) {
		t->phase = ALERT_QUIET;
		t->since_at_ns = s->now_at_ns;
		step_add(s, HAPPENED_CLEARED)->is_logged = true;
	}
}

void step_move(struct step *s)
{
	struct alert_state *t = s->state;

	for (size_t i = 0; i < t->n_tiers; i++)
		move_tier(&t->tier[i], &s->findings[i],
			  s->rule->tiers[i].when.for_ns, s->now_at_ns);
	if (t->phase == ALERT_FIRING)
		move_firing(s);
	else
		move_quiet(s);
}
