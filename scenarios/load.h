/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_LOAD_H
#define SCENARIOS_LOAD_H

/*
 * load - from a scenario file to the model.
 *
 * Reads the file and what it includes, finds the values of vars, environment
 * and secrets' names, and decodes everything by the key tables.  All
 * problems are collected.  Nothing is sent, and no secret is read.
 *
 * Thread rule   one thread; the model is const afterwards.
 * Lifetime      the model owns the texts that problems point into: print the
 *               problems before scenario_free().
 */

#include <stdbool.h>

#include "scenarios/base/err.h"
#include "scenarios/model.h"

struct args; /* scenarios/base/options.h */

enum {
	INCLUDE_FILES_MAX = 64,
	INCLUDE_DEPTH_MAX = 8,
};

struct load_options {
	const char *environment; /* --env, or NULL */
	const struct args *vars; /* --var name=value, or NULL */
	/* The process environment; NULL: nothing is set. */
	const char *(*getenv)(void *self, const char *name);
	void *self;
};

/* Never NULL but without memory: look at problems->n before using it.
 * warnings (may be NULL) gets what lint warns of. */
struct scenario *scenario_load(const char *path,
			       const struct load_options *options,
			       struct errs *problems, struct errs *warnings);

/* The same from a text in memory, which includes nothing. */
struct scenario *scenario_load_text(const char *name, const char *text,
				    size_t len,
				    const struct load_options *options,
				    struct errs *problems,
				    struct errs *warnings);

void scenario_free(struct scenario *sc); /* NULL is fine */

/* What is legal and yet probably not meant: a check with no expectation, a
 * secret in clear, a timeout longer than the interval, a load that nothing
 * limits, a rule that nobody is told of. */
void scenario_lint(const struct scenario *sc, struct errs *warnings);

/* A header, a parameter or a column that is called so holds a secret. */
bool lint_names_secret(const char *name, size_t len);

#endif
