/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_LOAD_PARTS_H
#define SCENARIOS_LOAD_PARTS_H

/*
 * load_parts - what load.c and its rooms share.  Internal to scenarios/.
 *
 * One part is one file: the main one or an included one, as nodes whose
 * meaning is decoded once vars and secrets of all parts are known.
 */

#include "scenarios/alerts/alerts_parts.h"
#include "scenarios/decode/decode.h"
#include "scenarios/load.h"
#include "scenarios/loads/loads_parts.h"

struct part {
	const struct source *src;
	const char *path;
	const struct node *name, *service, *include, *vars, *environments;
	const struct node *secrets, *defaults, *checks, *data, *loads;
	const struct node *watch, *log;
	const struct node *alerts;
	const struct node *state;
	struct inherited base; /* what its defaults hand down */
};

struct load {
	struct decoder d;
	const struct load_options *options;
	struct scenario *sc;
	struct part parts[INCLUDE_FILES_MAX]; /* included ones first */
	size_t n_parts;
	const char *stack[INCLUDE_DEPTH_MAX + 1]; /* being read */
	size_t depth;
	struct list vars;    /* struct template_var */
	struct list secrets; /* struct secret */
	struct list checks;  /* struct check */
	struct list depends; /* const struct node *, of each check */
	struct list feeders; /* struct feeder */
	struct list loads;   /* struct workload_draft */
};

/* scope.c: what ${...} may name in vars, and everywhere else */
struct names scope_outer(struct decoder *d);
struct names scope_any(struct decoder *d);

/* load_files.c: fills parts[], from a file with what it includes */
bool parts_read(struct load *l, const char *path);
bool part_decode(struct load *l, const struct source *src, const char *path,
		 const struct node *root, struct part *part);

/* load_maps.c: the maps by name of all parts, each needing those before it;
 * a name stands once in all of them. */
bool feeders_load(struct load *l);
bool checks_load(struct load *l);
bool workloads_load(struct load *l);

/* load_names.c: a secret that nobody declared, and that may be unset. */
bool secret_optional(struct load *l, const char *env, struct place at);
/* state.c: state: of any one part */
extern const struct key state_keys[];
bool state_load(struct load *l);

/* load_names.c: vars, environments and secrets of all parts */
bool names_load(struct load *l);

#endif
