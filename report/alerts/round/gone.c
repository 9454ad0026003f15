/* SPDX-License-Identifier: MIT */
/* Alerts whose rule or check is no longer in the scenario. */
#include <string.h>

#include "report/alerts/round/parts.h"
#include "report/state/state.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"
#include "scenarios/model.h"

/* The note of a scenario: a fingerprint of all that it watches. */
#define NOTE "watched"

/* ---- what is watched ------------------------------------------------------ */

/* Over all keys that an alert, or a check of its own, may have. */
struct walk {
	const char *key;      /* looked for; NULL: all of them count */
	uint64_t fingerprint; /* of those so far */
};

static bool is_it(struct walk *w, const char *rule, const char *check)
{
	size_t len = strlen(rule);

	if (w->key)
		return strncmp(w->key, rule, len) == 0 && w->key[len] == '/' &&
		       strcmp(w->key + len + 1, check) == 0;
	w->fingerprint = round_fingerprint(rule, w->fingerprint);
	w->fingerprint = round_fingerprint("/", w->fingerprint);
	w->fingerprint = round_fingerprint(check, w->fingerprint);
	w->fingerprint = round_fingerprint("\n", w->fingerprint);
	return false;
}

static bool walk(const struct round *rd, struct walk *w)
{
	const struct scenario *sc = rd->sc;

	for (size_t i = 0; i < sc->n_checks; i++)
		if (is_it(w, "", sc->checks[i].name))
			return true;
	for (size_t i = 0; i < rd->al->n_rules; i++) {
		const struct alert_rule *r = &rd->al->rules[i];

		if (r->is_global && is_it(w, r->name, ""))
			return true;
		for (size_t k = 0; k < r->n_checks; k++)
			if (is_it(w, r->name, sc->checks[r->checks[k]].name))
				return true;
	}
	return false;
}

static bool is_watched(const struct round *rd, const char *key)
{
	struct walk w = { .key = key };

	return walk(rd, &w);
}

/* ---- one that is not -------------------------------------------------------- */

/* What is left of a rule and a check: their names, and who was told. */
struct left {
	struct alert_rule rule;
	struct alert_tier tier;
	struct check check;
	struct target at;
	const char *why;
	bool is_known_to_none; /* those who were told are no channels now */
};

static const struct alert_rule *rule_of(const struct round *rd,
					const char *name)
{
	for (size_t i = 0; i < rd->al->n_rules; i++)
		if (strcmp(rd->al->rules[i].name, name) == 0)
			return &rd->al->rules[i];
	return NULL;
}

static bool split(struct round *rd, const char *key, struct left *out)
{
	const char *slash = strchr(key, '/');
	const struct alert_rule *rule;

	out->rule.name = arena_strndup(rd->a, key, (size_t)(slash - key));
	if (!out->rule.name)
		return errs_nomem(rd->es);
	out->check.name = slash + 1;
	out->check.severity = CHECK_ERROR;
	out->at = (struct target){ .check = NO_CHECK,
				   .r = &out->rule,
				   .c = slash[1] ? &out->check : NULL,
				   .key = key };
	rule = rule_of(rd, out->rule.name);
	out->why = arena_printf(
		rd->a, "no longer watched: the scenario has no %s \"%s\" now%s",
		rule ? "check" : "rule",
		rule ? out->check.name : out->rule.name,
		rule ? " for this rule" : "");
	return out->why || errs_nomem(rd->es);
}

static bool add_channels(struct round *rd, const struct alert_state *t,
			 struct left *out)
{
	const char *episode =
		round_episode(rd, out->at.key, t->told_since_at_ns);
	const char *start =
		episode ? arena_printf(rd->a, "%s#", episode) : NULL;
	const char *const *names;
	size_t n, *channels = arena_alloc(rd->a, rd->al->n_channels + 1,
					  sizeof(*channels));

	if (!start || !channels)
		return errs_nomem(rd->es);
	if (!state_letter_channels(rd->st, rd->sc->name, start, rd->a, &names,
				   &n, rd->es))
		return false;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < rd->al->n_channels; k++)
			if (strcmp(rd->al->channels[k].name, names[i]) == 0)
				channels[out->rule.n_channels++] = k;
	out->rule.channels = channels;
	out->is_known_to_none = n > 0 && out->rule.n_channels == 0;
	return true;
}

static unsigned worst_told(const struct alert_state *t)
{
	unsigned worst = CHECK_ERROR;

	for (unsigned i = 0; i <= CHECK_CRITICAL; i++)
		if (t->told_severities & 1u << i)
			worst = i;
	return worst;
}

static bool close_one(struct round *rd, const char *key, struct alert_state *t)
{
	struct left left = { 0 };
	struct happenings all = { .n = 1 };
	struct happening *h = &all.item[0];
	struct alert_context context = { .now_at_ns = rd->now_at_ns,
					 .held_why = "" };
	struct finding finding = {
		.evidence = "", .seen = "", .threshold = "", .vantage = ""
	};

	if (!split(rd, key, &left) || !add_channels(rd, t, &left))
		return false;
	left.tier.severity = worst_told(t);
	left.rule.tiers = &left.tier;
	left.rule.n_tiers = 1;
	finding.evidence = left.why;
	*h = (struct happening){
		.kind = HAPPENED_RESOLVED,
		.is_logged = true,
		.is_told = t->told_firing && !left.is_known_to_none,
		.severities = t->told_severities,
		.since_at_ns =
			t->told_firing ? t->told_since_at_ns : t->since_at_ns,
		.episode = t->episode,
		.notice = t->notices + 1,
		.why = "",
	};
	h->episode_at_ns = h->since_at_ns;
	if (rd->now_at_ns > h->since_at_ns)
		h->lasted_ns = rd->now_at_ns - h->since_at_ns;
	return round_tell(rd, &left.at, &finding, &all, &context);
}

static bool put_away(struct round *rd, const char *key)
{
	static _Thread_local struct alert_state t;
	const char *damage;

	/* that a check is down is nothing that anybody was told */
	if (key[0] != '/' && strchr(key, '/')) {
		if (!target_load(rd, key, &t, &damage))
			return false;
		if ((t.told_firing || t.phase == ALERT_FIRING) &&
		    !close_one(rd, key, &t))
			return false;
	}
	return state_alert_put(rd->st, rd->sc->name, key, NULL, rd->es);
}

bool round_gone(struct round *rd, bool *is_changed)
{
	struct walk now = { 0 };
	uint64_t was = 0;
	const char *const *keys;
	size_t n;

	*is_changed = false;
	(void)walk(rd, &now);
	if (!round_note_get(rd, NOTE, &was, 1, is_changed))
		return false;
	*is_changed = !*is_changed || was != now.fingerprint;
	if (!*is_changed)
		return true;
	if (!state_alert_keys(rd->st, rd->sc->name, rd->a, &keys, &n, rd->es))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_watched(rd, keys[i]) && !put_away(rd, keys[i]))
			return false;
	return round_note_put(rd, NOTE, &now.fingerprint, 1);
}
