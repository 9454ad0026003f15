/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_HEALTH_INSIDE_H
#define SCENARIOS_HEALTH_INSIDE_H

/*
 * health_inside - what the files of health share among themselves.
 */

#include <cjson/cJSON.h>

#include "scenarios/health/health.h"

/* One reading under way. */
struct health_work {
	struct arena *arena;
	const struct step_health *spec;
	const struct health_shape *shape;
	const struct health_seen *seen;
	struct health_part *part; /* room for HEALTH_PARTS_MAX */
	size_t n;
	struct health_part *overall; /* of part[]; or NULL */
	bool is_full;
};

/* health.c: adds a part with what all have; NULL when there are too many. */
struct health_part *health_add(struct health_work *w, const char *name,
			       enum health_meaning m, const char *seen,
			       const char *note);
/* A part that a value speaks for: its word, details of the object around
 * it (or NULL), and its error. */
struct health_part *health_add_word(struct health_work *w, const char *name,
				    const cJSON *value, const cJSON *around);
/* Formats into the arena; fallback without memory. */
const char *health_text(struct health_work *w, const char *fallback,
			const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* health_words.c */
bool health_is_status_name(const char *name);
bool health_is_error_name(const char *name);
/* The text that stands for a value: "up", "true", "5"; what is none of these
 * is named by its type. */
const char *health_word_of(struct health_work *w, const cJSON *value);
/* The member that says how an object is; NULL. */
const cJSON *health_status_of(const cJSON *object);
/* The text of the member that says what is wrong; NULL. */
const char *health_error_of(const cJSON *object);

/* health_walk.c: the parts of a map or list, named below prefix ("" or
 * "db"). */
void health_walk_map(struct health_work *w, const char *prefix,
		     const cJSON *map, bool is_loose, unsigned depth);
void health_walk_any(struct health_work *w);

/* health_limits.c */
const cJSON *health_at(const cJSON *root, const char *path);
/* "$.checks.disk.free_gb" of shape checks is "disk.free_gb". */
const char *health_path_name(const struct health_shape *shape,
			     const char *path);
void health_judge_limits(struct health_work *w);
void health_judge_required(struct health_work *w);
void health_judge_timestamp(struct health_work *w);
void health_judge_status(struct health_work *w);

#endif
