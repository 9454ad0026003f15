/* SPDX-License-Identifier: MIT */
#ifndef REPORT_WHO_H
#define REPORT_WHO_H

/*
 * who - who gives a command, and what it is about: RULE or RULE/CHECK.
 *
 * Both may be globs (fnmatch(3)): down/shop-*.  A name that fits nothing of
 * the scenario is a mistake, said with what is near.
 *
 * Thread rule   who_asks() looks at the environment; the rest is pure.
 */

#include <stdbool.h>
#include <stddef.h>

struct alert_rule;
struct arena;
struct errs;
struct scenario;

/* The option; else who started the workflow (GITHUB_ACTOR), else who did it
 * under sudo, else USER, else the name of the user id; "unknown". */
const char *who_asks(const char *option);

struct target_globs {
	const char *rule, *check; /* "*" where nothing was written */
};
bool target_globs_read(const char *operand, struct arena *a,
		       struct target_globs *out, struct errs *es);

/* check "" is that of a rule about no check. */
bool target_globs_fit(const struct target_globs *g, const char *rule,
		      const char *check);

/* How many alerts of the scenario it is about, at least one; else a problem
 * that says what would be right. */
bool target_globs_count(const struct target_globs *g, const struct scenario *sc,
			size_t *n, struct errs *es);

#endif
