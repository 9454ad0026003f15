/* SPDX-License-Identifier: MIT */
/* Which checks a rule is about, and whether what it names is there. */
#include <string.h>

#include "scenarios/alerts/alerts_parts.h"
#include "scenarios/base/text.h"
#include "scenarios/loads/loads.h"

/* ---- what a check keeps ------------------------------------------------ */

struct asked {
	const char *name;
	bool is_text; /* captures count too */
	bool is_kept;
	bool is_open; /* names that only a run knows: of a plugin */
	struct text_nearest *near; /* or NULL */
};

static void offer(struct asked *a, const char *name)
{
	if (!strcmp(name, a->name))
		a->is_kept = true;
	if (a->near)
		text_nearest_add(a->near, name);
}

static bool step_offers(void *self, const struct step *step)
{
	struct asked *a = self;

	for (size_t i = 0; i < step->keeps.n; i++)
		offer(a, step->keeps.item[i].name);
	for (size_t i = 0; a->is_text && i < step->captures.n; i++)
		offer(a, step->captures.item[i].name);
	a->is_open |= !strcmp(step->kind, "exec");
	return true;
}

static bool keeps(const struct check *check, const char *name, bool is_text,
		  struct text_nearest *near)
{
	struct asked a = { .name = name, .is_text = is_text, .near = near };

	if (!check->steps.n)
		return true; /* its mistakes are told, its names unknown */
	load_steps_each(&check->steps, step_offers, &a);
	load_steps_each(&check->always, step_offers, &a);
	return a.is_kept || a.is_open;
}

/* ---- the names in a condition ------------------------------------------- */

static bool is_about_series(const struct condition *c)
{
	return c->kind == CONDITION_VALUE || c->kind == CONDITION_INCREASE ||
	       c->kind == CONDITION_RATE || c->kind == CONDITION_QUANTILE ||
	       c->kind == CONDITION_RESET || c->kind == CONDITION_CHANGED;
}

static bool is_global(const struct condition *c)
{
	return c->kind == CONDITION_EVENT || c->kind == CONDITION_MISSING ||
	       (c->kind == CONDITION_CONSECUTIVE && c->name);
}

static bool check_suits(const struct check *check, const struct condition *c)
{
	bool is_text = c->kind == CONDITION_CHANGED;

	if (!is_about_series(c))
		return true;
	return keeps(check, c->name, is_text, NULL) &&
	       (!c->other || keeps(check, c->other, is_text, NULL));
}

static struct alert_tier *tiers_of(struct rule_draft *r)
{
	return r->tier.item;
}

static bool suits_all(const struct check *check, struct rule_draft *r)
{
	for (size_t i = 0; i < r->tier.n; i++)
		if (!check_suits(check, &tiers_of(r)[i].when))
			return false;
	return true;
}

static bool has_series(struct rule_draft *r)
{
	for (size_t i = 0; i < r->tier.n; i++)
		if (is_about_series(&tiers_of(r)[i].when))
			return true;
	return false;
}

/* ---- CHECK.NAME ------------------------------------------------------------ */

/* The name behind "check.", or NULL. */
static const char *behind(const char *name, const char *check)
{
	size_t n = strlen(check);

	return name && !strncmp(name, check, n) && name[n] == '.' && name[n + 1]
		       ? name + n + 1
		       : NULL;
}

static bool says_check(struct rule_draft *r, const struct check *check)
{
	for (size_t i = 0; i < r->tier.n; i++) {
		const struct condition *c = &tiers_of(r)[i].when;
		if (!is_about_series(c))
			continue;
		if (!behind(c->name, check->name) ||
		    (c->other && !behind(c->other, check->name)))
			return false;
	}
	return true;
}

/* Conditions keep the name alone: the check is in the rule. */
static void cut_names(struct rule_draft *r, const struct check *check)
{
	for (size_t i = 0; i < r->tier.n; i++) {
		struct condition *c = &tiers_of(r)[i].when;
		if (!is_about_series(c))
			continue;
		c->name = behind(c->name, check->name);
		c->other = behind(c->other, check->name);
	}
}

/* ---- problems ----------------------------------------------------------------- */

static const char *kind_of_name(const struct condition *c)
{
	return c->kind == CONDITION_CHANGED ? "captured value or series"
					    : "series";
}

/* The first name that none of these checks keeps. */
static bool name_unknown(struct alerts_draft *t, const struct condition *c,
			 const char *name)
{
	struct text_nearest near;
	bool is_text = c->kind == CONDITION_CHANGED;

	text_nearest_init(&near, name, strlen(name));
	for (size_t i = 0; i < t->n_checks; i++)
		if (keeps(&t->checks[i], name, is_text, &near))
			return false;
	/* p95(latncy, 5m): times that were meant look like series */
	static const char *const times[] = { "latency", "service", "first_byte",
					     "connect", "errors",  "timeouts" };
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++)
		if (c->kind != CONDITION_RESET && !is_text)
			text_nearest_add(&near, times[i]);
	decode_problem(t->d, c->at, "no check keeps a %s \"%s\"%s%s%s",
		       kind_of_name(c), name,
		       near.best ? "; did you mean \"" : "",
		       near.best ? near.best : "", near.best ? "\"?" : "");
	return true;
}

static bool none_suits(struct alerts_draft *t, struct rule_draft *r)
{
	bool told = false;

	for (size_t i = 0; i < r->tier.n; i++) {
		const struct condition *c = &tiers_of(r)[i].when;
		if (!is_about_series(c))
			continue;
		told |= name_unknown(t, c, c->name);
		if (c->other)
			told |= name_unknown(t, c, c->other);
	}
	if (!told)
		decode_problem(t->d, r->rule.at,
			       "no check keeps all the series that rule \"%s\" "
			       "names",
			       r->rule.name);
	return false;
}

static bool does_not_suit(struct alerts_draft *t, struct rule_draft *r,
			  const struct check *check)
{
	for (size_t i = 0; i < r->tier.n; i++) {
		const struct condition *c = &tiers_of(r)[i].when;
		bool is_text = c->kind == CONDITION_CHANGED;
		struct text_nearest near;
		if (check_suits(check, c))
			continue;
		const char *name = keeps(check, c->name, is_text, NULL)
					   ? c->other
					   : c->name;
		text_nearest_init(&near, name, strlen(name));
		keeps(check, name, is_text, &near);
		return decode_problem(
			t->d, c->at, "check \"%s\" keeps no %s \"%s\"%s%s%s",
			check->name, kind_of_name(c), name,
			near.best ? "; did you mean \"" : "",
			near.best ? near.best : "", near.best ? "\"?" : "");
	}
	return true;
}

/* ---- the checks ------------------------------------------------------------------ */

static bool index_add(struct decoder *d, struct list *l, size_t index)
{
	size_t *kept = list_add(d, l, sizeof(*kept));

	if (kept)
		*kept = index;
	return kept != NULL;
}

static bool has_tag(const struct check *check, const char *const *tags,
		    size_t n)
{
	for (size_t i = 0; i < check->n_tags; i++)
		for (size_t k = 0; k < n; k++)
			if (!strcmp(check->tags[i], tags[k]))
				return true;
	return false;
}

/* Those of on: in their order, then those of tags: that suit. */
static bool checks_written(struct alerts_draft *t, struct rule_draft *r,
			   struct list *out)
{
	const struct named_things checks = { "check", t->checks,
					     sizeof(*t->checks), t->n_checks };
	const size_t *on = NULL;
	const char *const *tags = NULL;
	size_t n_on = 0, n_tags = 0;
	bool ok = true;

	if (r->on)
		ok &= things_decode(t->d, r->on, "on", &checks, &n_on, &on);
	if (r->tags)
		ok &= tags_decode_known(t, r->tags, &n_tags, &tags);
	for (size_t i = 0; ok && i < n_on; i++)
		ok &= does_not_suit(t, r, &t->checks[on[i]]) &&
		      index_add(t->d, out, on[i]);
	for (size_t i = 0; ok && i < t->n_checks; i++) {
		bool is_there = false;
		for (size_t k = 0; k < n_on; k++)
			is_there |= on[k] == i;
		if (!is_there && has_tag(&t->checks[i], tags, n_tags) &&
		    suits_all(&t->checks[i], r))
			ok = index_add(t->d, out, i);
	}
	return ok && (out->n || none_suits(t, r));
}

static bool checks_by_name(struct alerts_draft *t, struct rule_draft *r,
			   struct list *out)
{
	for (size_t i = 0; i < t->n_checks; i++)
		if (suits_all(&t->checks[i], r) && !index_add(t->d, out, i))
			return false;
	for (size_t i = 0; !out->n && i < t->n_checks; i++) {
		if (!says_check(r, &t->checks[i]))
			continue;
		cut_names(r, &t->checks[i]);
		return does_not_suit(t, r, &t->checks[i]) &&
		       index_add(t->d, out, i);
	}
	return out->n || !has_series(r) || none_suits(t, r);
}

/* ---- events and heartbeats ---------------------------------------------------------- */

static bool global_about(struct alerts_draft *t, struct rule_draft *r)
{
	const struct named_things beats = { "heartbeat", t->heartbeats.item,
					    sizeof(struct alert_heartbeat),
					    t->heartbeats.n };
	bool ok = true;

	r->rule.is_global = true;
	if (r->on || r->tags)
		ok = decode_problem(t->d, (r->on ? r->on : r->tags)->at,
				    "rule \"%s\" is about an event or a "
				    "heartbeat, not about checks",
				    r->rule.name);
	for (size_t i = 0; i < r->tier.n; i++) {
		const struct condition *c = &tiers_of(r)[i].when;
		const struct word word = { c->name, c->at };
		size_t unused;
		if (c->kind == CONDITION_MISSING)
			ok &= thing_find(t->d, &beats, &word, &unused);
	}
	return ok;
}

bool rule_about(struct alerts_draft *t, struct rule_draft *r)
{
	struct list found = { 0 };
	size_t n_global = 0;
	bool ok;

	for (size_t i = 0; i < r->tier.n; i++)
		n_global += is_global(&tiers_of(r)[i].when);
	if (n_global && n_global < r->tier.n)
		return decode_problem(t->d, r->rule.at,
				      "the tiers of rule \"%s\" are about "
				      "different things",
				      r->rule.name);
	if (n_global)
		return global_about(t, r);
	ok = r->on || r->tags ? checks_written(t, r, &found)
			      : checks_by_name(t, r, &found);
	r->rule.checks = found.item;
	r->rule.n_checks = found.n;
	return ok;
}
