/* SPDX-License-Identifier: MIT */
#ifndef PROBE_WATCH_CONFIG_H
#define PROBE_WATCH_CONFIG_H

/*
 * config - a scenario that a daemon works with, and all that goes with it.
 *
 * A reload makes a new one; the old one stays until the last of its checks,
 * letters and pages is done with it.
 *
 * Thread rule   made by one thread, const afterwards; held and dropped by
 *               any.  A redactor belongs to one thread, so there are two.
 */

#include <stdbool.h>
#include <stddef.h>

#include "probe/secrets.h"

struct args;
struct errs;
struct redactor;
struct scenario;

struct watch_config {
	int refs; /* atomic */
	struct scenario *scenario;
	bool *chosen; /* of its checks */
	struct arena *arena;
	struct secret_values secrets;
	struct redactor *redactor;	  /* of the checks */
	struct redactor *keeper_redactor; /* of the state and the notices */
	const char *token;		  /* or NULL */
	size_t token_len;
};

/* What the command line says of it; the same for each reload. */
struct watch_source {
	const char *file;
	const char *environment; /* or NULL */
	const struct args *vars;
	const struct args *only;
	const struct args *tags;
};

/* Loads and lints the file and reads its secrets.  NULL with problems; their
 * places are in *broken, which is to be dropped once they were told (NULL
 * when there is nothing). */
struct watch_config *watch_config_load(const struct watch_source *from,
				       struct watch_config **broken,
				       struct errs *problems,
				       struct errs *warnings);

struct watch_config *watch_config_hold(struct watch_config *c);
void watch_config_drop(struct watch_config *c); /* NULL is fine */

#endif
