/* SPDX-License-Identifier: MIT */
#include "report/commands/alerts/who.h"

#include <fnmatch.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scenarios/alerts/alerts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"
#include "scenarios/base/text.h"
#include "scenarios/model.h"

const char *who_asks(const char *option)
{
	static const char *const variables[] = { "GITHUB_ACTOR", "SUDO_USER",
						 "USER", "LOGNAME" };

	if (option && *option)
		return option;
	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++) {
		const char *value = getenv(variables[i]);

		if (value && *value)
			return value;
	}
	/* cron and containers set none of them */
	const struct passwd *own = getpwuid(geteuid());
	return own && own->pw_name ? own->pw_name : "unknown";
}

bool target_globs_read(const char *operand, struct arena *a,
		       struct target_globs *out, struct errs *es)
{
	const char *slash = strchr(operand, '/');
	size_t len = slash ? (size_t)(slash - operand) : strlen(operand);

	if (len == 0 || (slash && !slash[1]))
		return errs_add(es, ERR_INPUT, NOWHERE,
				"\"%s\" names no rule: write RULE or "
				"RULE/CHECK, like down/home or '*/home'",
				operand);
	out->rule = arena_strndup(a, operand, len);
	out->check = slash ? slash + 1 : "*";
	return out->rule || errs_nomem(es);
}

bool target_globs_fit(const struct target_globs *g, const char *rule,
		      const char *check)
{
	return fnmatch(g->rule, rule, 0) == 0 &&
	       fnmatch(g->check, check, 0) == 0;
}

/* How many targets of the rule fit; the names of the others are offered. */
static size_t count_checks(const struct target_globs *g,
			   const struct scenario *sc,
			   const struct alert_rule *r,
			   struct text_nearest *near)
{
	size_t n = 0;

	if (r->is_global)
		return target_globs_fit(g, r->name, "");
	for (size_t i = 0; i < r->n_checks; i++) {
		const char *check = sc->checks[r->checks[i]].name;

		n += target_globs_fit(g, r->name, check);
		text_nearest_add(near, check);
	}
	return n;
}

static bool say_none(const char *what, const struct text_nearest *near,
		     struct errs *es)
{
	return errs_add(es, ERR_INPUT, NOWHERE, "%s \"%s\"%s%s%s", what,
			near->word, near->best ? "; did you mean \"" : "",
			near->best ? near->best : "", near->best ? "\"?" : "");
}

bool target_globs_count(const struct target_globs *g, const struct scenario *sc,
			size_t *n, struct errs *es)
{
	struct text_nearest rules, checks;
	size_t n_rules = 0;

	*n = 0;
	if (!sc->alerts)
		return errs_add(es, ERR_INPUT, NOWHERE,
				"scenario \"%s\" has no alerts", sc->name);
	text_nearest_init(&rules, g->rule, strlen(g->rule));
	text_nearest_init(&checks, g->check, strlen(g->check));
	for (size_t i = 0; i < sc->alerts->n_rules; i++) {
		const struct alert_rule *r = &sc->alerts->rules[i];

		text_nearest_add(&rules, r->name);
		if (fnmatch(g->rule, r->name, 0) != 0)
			continue;
		n_rules++;
		*n += count_checks(g, sc, r, &checks);
	}
	if (!n_rules)
		return say_none("there is no rule", &rules, es);
	return *n > 0 || say_none(n_rules > 1 ? "these rules are about no check"
					      : "this rule is about no check",
				  &checks, es);
}
