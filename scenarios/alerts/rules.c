/* SPDX-License-Identifier: MIT */
/* rules: when somebody is told. */
#include <stdio.h>
#include <string.h>

#include "scenarios/alerts/alerts_parts.h"
#include "scenarios/base/units.h"

enum {
	SEVERITY_NONE = 100, /* none was written */
	RECOVER_MAX = 100,
	SAMPLES_MAX = 1000000,
};

/* ---- keys ------------------------------------------------------------------ */

static void when_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_printf(out, "\"type\":\"string\",\"maxLength\":%d", RULE_TEXT_MAX);
}

static const struct key_form when_form = { node_keep, when_schema };

struct tier_draft {
	const struct node *when;
	unsigned severity;
	uint64_t cooldown_ns;
};

#define TIER(field) offsetof(struct tier_draft, field)
#define COOLDOWN    .min = 0, .max = HOURS(24 * 31)

static const struct key tier_keys[] = {
	{ "when", KEY_CUSTOM, TIER(when), .form = &when_form,
	  .flags = KEY_REQUIRED, .doc = "the sentence that is true of it",
	  .example = "value(disk) > 95%" },
	{ "severity", KEY_CHOICE, TIER(severity), .choices = severity_choices,
	  .doc = "how bad this tier is" },
	{ "cooldown", KEY_DURATION, TIER(cooldown_ns), COOLDOWN,
	  .doc = "between two notices of this tier" },
	{ 0 },
};

static void tiers_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_printf(out,
		   "\"type\":\"array\",\"minItems\":1,\"maxItems\":%d,"
		   "\"items\":{",
		   ALERT_TIERS_MAX);
	keys_schema_object(tier_keys, NULL, out);
	buf_puts(out, "}");
}

struct escalate_draft {
	uint64_t after_ns;
	const struct node *to;
};

#define ESCALATE(field) offsetof(struct escalate_draft, field)

static const struct key escalate_keys[] = {
	{ "after", KEY_DURATION, ESCALATE(after_ns), .flags = KEY_REQUIRED,
	  .min = SECONDS(60), .max = HOURS(24 * 7),
	  .doc = "nobody acknowledged it for so long" },
	{ "to", KEY_CUSTOM, ESCALATE(to), .form = &words_form,
	  .flags = KEY_REQUIRED, .doc = "channels that are told then" },
	{ 0 },
};

static void escalate_schema(const struct key *k, struct buf *out)
{
	(void)k;
	keys_schema_object(escalate_keys, NULL, out);
}

static const struct key_form tiers_form = { node_keep, tiers_schema };
static const struct key_form escalate_form = { node_keep, escalate_schema };

#define RULE(field) offsetof(struct rule_draft, field)

static const struct key rule_keys[] = {
	{ "description", KEY_WORD, RULE(rule.description),
	  .doc = "what it means and what to do, for people" },
	{ "when", KEY_CUSTOM, RULE(when), .form = &when_form,
	  .doc = "the sentence that is true of what is wrong",
	  .example = "consecutive(fail) >= 3" },
	{ "tiers", KEY_CUSTOM, RULE(tiers), .form = &tiers_form,
	  .doc = "several sentences instead, mildest first; a higher one is "
		 "told at once" },
	{ "on", KEY_CUSTOM, RULE(on), .form = &words_form,
	  .doc = "checks by name; without it and tags all that suit" },
	{ "tags", KEY_CUSTOM, RULE(tags), .form = &words_form,
	  .doc = "and checks with one of these tags" },
	{ "severity", KEY_CHOICE, RULE(severity), .choices = severity_choices,
	  .doc = "how bad it is; that of each check when not written" },
	{ "cooldown", KEY_DURATION, RULE(cooldown_ns), COOLDOWN,
	  .doc = "at least so long between two notices of one alert",
	  .example = "5m" },
	{ "min_samples", KEY_COUNT, RULE(rule.min_samples), .min = 1,
	  .max = SAMPLES_MAX,
	  .doc = "requests in the window below which nothing is judged" },
	{ "recover", KEY_COUNT, RULE(rule.recover), .min = 1,
	  .max = RECOVER_MAX,
	  .doc = "good results in a row until it is resolved; 1" },
	{ "remind", KEY_DURATION, RULE(rule.remind_ns), .min = SECONDS(60),
	  .max = HOURS(24 * 31),
	  .doc = "told again so often while it lasts; never when not "
		 "written" },
	{ "resolved", KEY_BOOL, RULE(rule.tells_resolved),
	  .doc = "whether its end is told; true when not written" },
	{ "quorum", KEY_COUNT, RULE(rule.quorum), .min = 1,
	  .max = ALERT_QUORUM_MAX, .doc = "vantage points that must see it" },
	{ "depends_on", KEY_CUSTOM, RULE(depends_on), .form = &words_form,
	  .doc = "rules that silence this one while they fire" },
	{ "channels", KEY_CUSTOM, RULE(channels), .form = &words_form,
	  .doc = "who is told; without it every channel whose routing takes "
		 "it" },
	{ "escalate", KEY_CUSTOM, RULE(escalate), .form = &escalate_form,
	  .doc = "who else is told when nobody acknowledges it",
	  .example = "{ after: 15m, to: [on-call] }" },
	{ 0 },
};

/* ---- tiers ------------------------------------------------------------------ */

/* How long it is quiet after a notice when nothing was written. */
static uint64_t kind_cooldown_ns(const struct condition *c)
{
	switch (c->kind) {
	case CONDITION_EVENT:
	case CONDITION_RESET:
	case CONDITION_CHANGED:
		return 0;
	case CONDITION_CONSECUTIVE:
	case CONDITION_DOWN_FOR:
		return 5 * UNIT_NS_PER_MIN;
	case CONDITION_REQUESTS:
	case CONDITION_RATE:
	case CONDITION_QUANTILE:
	case CONDITION_INCREASE:
		return 15 * UNIT_NS_PER_MIN;
	case CONDITION_CERT_DAYS:
	case CONDITION_WORSE:
		return UNIT_NS_PER_DAY;
	default:
		return UNIT_NS_PER_H;
	}
}

static bool tier_add(struct alerts_draft *t, struct rule_draft *r,
		     const struct tier_draft *draft)
{
	struct decoder *d = t->d;
	struct alert_tier tier = { .severity = draft->severity,
				   .cooldown_ns = draft->cooldown_ns };
	size_t len = 0;
	const char *text = decode_static(d, draft->when, "when", &len);

	if (!text || !condition_parse(d->arena, text, len, draft->when->at,
				      &tier.when, d->es))
		return false;
	if (tier.severity == SEVERITY_NONE)
		tier.severity = r->severity;
	if (tier.cooldown_ns == UINT64_MAX)
		tier.cooldown_ns = r->cooldown_ns;
	if (tier.cooldown_ns == UINT64_MAX)
		tier.cooldown_ns = kind_cooldown_ns(&tier.when);
	else
		r->rule.has_cooldown = true;
	struct alert_tier *kept = list_add(d, &r->tier, sizeof(*kept));
	if (kept)
		*kept = tier;
	return kept != NULL;
}

static bool tiers_decode(struct alerts_draft *t, struct rule_draft *r)
{
	const struct node *tiers = r->tiers;
	bool ok = true;

	if (tiers->kind != NODE_SEQ || !tiers->n || tiers->n > ALERT_TIERS_MAX)
		return decode_problem(
			t->d, tiers->at,
			"\"tiers\" must be a list of 1 to %d, got "
			"%s",
			ALERT_TIERS_MAX, node_kind_name(tiers));
	for (size_t i = 0; i < tiers->n; i++) {
		struct tier_draft draft = { .severity = SEVERITY_NONE,
					    .cooldown_ns = UINT64_MAX };
		ok &= keys_decode(t->d, tier_keys, tiers->item[i], &draft,
				  "a tier") &&
		      tier_add(t, r, &draft);
		const struct alert_tier *tier = r->tier.item;
		size_t n = r->tier.n;
		if (!ok || n < 2)
			continue;
		if (tier[n - 1].severity == SEVERITY_NONE ||
		    tier[n - 1].severity <= tier[n - 2].severity)
			ok = decode_problem(t->d, tiers->item[i]->at,
					    "each tier needs a severity worse "
					    "than the one before it");
	}
	return ok;
}

static bool when_decode(struct alerts_draft *t, struct rule_draft *r)
{
	const struct tier_draft one = { r->when, SEVERITY_NONE, UINT64_MAX };

	if (!r->when == !r->tiers)
		return decode_problem(
			t->d, r->rule.at,
			"rule \"%s\" needs \"when\" or \"tiers\"%s",
			r->rule.name, r->when ? ", not both" : "");
	return r->when ? tier_add(t, r, &one) : tiers_decode(t, r);
}

/* Nothing written: each check's own severity; of what is no check an error. */
static void severity_settle(const struct alerts_draft *t, struct rule_draft *r)
{
	struct alert_tier *tier = r->tier.item;

	for (size_t i = 0; i < r->tier.n; i++) {
		if (tier[i].severity != SEVERITY_NONE)
			continue;
		tier[i].severity = CHECK_INFO;
		tier[i].is_severity_of_check = !r->rule.is_global;
		if (r->rule.is_global)
			tier[i].severity = CHECK_ERROR;
		for (size_t k = 0; k < r->rule.n_checks; k++) {
			unsigned of = t->checks[r->rule.checks[k]].severity;
			if (of > tier[i].severity)
				tier[i].severity = of;
		}
	}
	r->rule.tiers = tier;
	r->rule.n_tiers = r->tier.n;
}

/* ---- one rule ------------------------------------------------------------------ */

static bool samples_suit(struct decoder *d, struct rule_draft *r)
{
	const struct alert_tier *tier = r->tier.item;

	for (size_t i = 0; i < r->tier.n; i++)
		if (tier[i].when.kind == CONDITION_REQUESTS ||
		    tier[i].when.kind == CONDITION_WORSE)
			return true;
	return decode_problem(d, r->rule.at,
			      "\"min_samples\" is of rules about the requests "
			      "of a check: ratio, rate, p95 ...");
}

static bool escalate_decode(struct alerts_draft *t, struct rule_draft *r,
			    const struct named_things *channels)
{
	struct escalate_draft draft = { 0 };

	if (!keys_decode(t->d, escalate_keys, r->escalate, &draft,
			 "\"escalate\""))
		return false;
	r->rule.escalate_after_ns = draft.after_ns;
	return things_decode(t->d, draft.to, "to", channels,
			     &r->rule.n_escalate_to, &r->rule.escalate_to);
}

bool rule_decode(struct alerts_draft *t, const struct node_entry *e)
{
	const struct named_things channels = { "channel", t->channels.item,
					       sizeof(struct alert_channel),
					       t->channels.n };
	struct rule_draft r = {
		.rule = { .name = e->key,
			  .at = e->key_at,
			  .recover = 1,
			  .tells_resolved = true },
		.severity = SEVERITY_NONE,
		.cooldown_ns = UINT64_MAX,
	};
	char what[96];

	snprintf(what, sizeof(what), "rule \"%.60s\"", e->key);
	const struct node_entry *hold = node_find_entry(e->value, "for");
	if (hold)
		return decode_problem(t->d, hold->key_at,
				      "the time belongs into the sentence: "
				      "when: '... for 5m'");
	/* A sentence that a comma has cut makes strange keys: it says why. */
	bool ok = keys_decode(t->d, rule_keys, e->value, &r, what);
	if (ok || r.when)
		ok = when_decode(t, &r) && ok;
	ok = ok && rule_about(t, &r);
	if (ok && r.rule.min_samples)
		ok = samples_suit(t->d, &r);
	if (!r.rule.min_samples)
		r.rule.min_samples = 1;
	if (r.channels)
		ok &= things_decode(t->d, r.channels, "channels", &channels,
				    &r.rule.n_channels, &r.rule.channels);
	if (r.escalate)
		ok &= escalate_decode(t, &r, &channels);
	if (ok)
		severity_settle(t, &r);
	struct rule_draft *kept = list_add(t->d, &t->rules, sizeof(*kept));
	if (kept)
		*kept = r;
	return kept && ok;
}

/* ---- all rules --------------------------------------------------------------------- */

static const size_t *rule_depends(const void *thing, size_t *n)
{
	const struct rule_draft *r = thing;

	*n = r->rule.n_depends_on;
	return r->rule.depends_on;
}

static struct place rule_place_of(const void *thing)
{
	return ((const struct rule_draft *)thing)->rule.at;
}

static bool depends_decode(struct alerts_draft *t)
{
	struct rule_draft *r = t->rules.item;
	const struct depends dep = {
		{ "rule", r, sizeof(*r), t->rules.n },
		rule_depends,
		rule_place_of,
	};
	bool ok = true;

	for (size_t i = 0; i < t->rules.n; i++)
		if (r[i].depends_on)
			ok &= things_decode(t->d, r[i].depends_on, "depends_on",
					    &dep.things,
					    &r[i].rule.n_depends_on,
					    &r[i].rule.depends_on);
	return ok && depends_check(t->d, &dep);
}

/* Channels without a rule: somebody wants to know when a check fails. */
static bool builtin_add(struct alerts_draft *t)
{
	static const char text[] = "consecutive(fail) >= 1";
	struct rule_draft r = {
		.rule = { .name = "down",
			  .at = t->a.at,
			  .is_builtin = true,
			  .min_samples = 1,
			  .recover = 1,
			  .tells_resolved = true },
		.severity = SEVERITY_NONE,
	};
	struct alert_tier *tier = list_add(t->d, &r.tier, sizeof(*tier));

	if (!tier || !condition_parse(t->d->arena, text, strlen(text), t->a.at,
				      &tier->when, t->d->es))
		return false;
	tier->severity = SEVERITY_NONE;
	tier->cooldown_ns = kind_cooldown_ns(&tier->when);
	if (!rule_about(t, &r))
		return false;
	severity_settle(t, &r);
	struct rule_draft *kept = list_add(t->d, &t->rules, sizeof(*kept));
	if (kept)
		*kept = r;
	return kept != NULL;
}

bool rules_finish(struct alerts_draft *t)
{
	if (!t->rules.n && t->channels.n && !builtin_add(t))
		return false;
	bool ok = depends_decode(t);
	const struct rule_draft *r = t->rules.item;
	struct alert_rule *rules =
		arena_alloc(t->d->arena, t->rules.n, sizeof(*rules));

	if (!rules)
		return errs_nomem(t->d->es);
	for (size_t i = 0; i < t->rules.n; i++) {
		rules[i] = r[i].rule;
		for (size_t k = 0; k < rules[i].n_tiers; k++) {
			uint64_t reach =
				condition_reach_ns(&rules[i].tiers[k].when);
			if (reach > t->a.reach_ns)
				t->a.reach_ns = reach;
		}
	}
	t->a.rules = rules;
	t->a.n_rules = t->rules.n;
	return ok;
}

void rules_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"type\":\"object\",\"additionalProperties\":{");
	keys_schema_object(rule_keys, NULL, out);
	buf_puts(out, "}");
}
