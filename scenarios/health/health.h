/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_HEALTH_H
#define SCENARIOS_HEALTH_H

/*
 * health - what a health body says, part by part.
 *
 * Services say how they are in some fifteen shapes (health_shapes.c), and
 * several of them answer 200 while a part of them is broken.  So every part
 * is read by itself: the overall word is one part among them, and nothing is
 * taken as ok that is not known to be.  It knows no network and no report:
 * a body, a status and the time go in, a list of parts comes out.
 *
 * Severity      of a failed part: as the step says by the part's name, else
 *               by the table in health_words.c.  A failed overall word never
 *               counts more than the worst part does.
 * Shape "any"   members named status, state, health, healthy, ok, alive or
 *               ready; maps and lists named checks, services, components,
 *               dependencies, subsystems; in details, entries and results
 *               those members that have such a status.  Nested ones get a
 *               dot: "db.replica".  This covers draft-inadarei-api-health-
 *               check-06, section 4, and what common frameworks print.
 * Cost          one walk over the body, HEALTH_PARTS_MAX parts at most; what
 *               is beyond is said to be unjudged, which fails.
 * Thread rule   no shared state.
 * Memory        when there is none (a NULL), the report is not ok.
 * Ownership     parts live in the arena and borrow from the body: texts are
 *               raw, neither redacted nor bounded.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenarios/model.h"

struct arena;
struct cJSON;

enum {
	HEALTH_PARTS_MAX = 200,
	HEALTH_DEPTH_MAX = 8,	      /* parts inside parts */
	HEALTH_DETAILS_MAX = 4,	      /* further members shown of a part */
	HEALTH_DETAIL_BYTES_MAX = 40, /* longer ones are not shown */
	HEALTH_ARENA_MAX = 32 << 20,  /* enough for any body */
};

/* What came in. */
struct health_seen {
	long status;
	const char *body; /* NUL-terminated behind len */
	size_t len;
	const struct cJSON *json; /* the body read; NULL: it is none */
	const char *json_why;	  /* why it is none; "" */
	uint64_t now_ns;	  /* since 1970 */
};

struct health_part {
	const char *name;     /* "overall", "database", "disk.free_gb" */
	const char *expected; /* "ok", "more than 1" */
	const char *seen;     /* "unhealthy (free_gb 0.4)" */
	const char *note;     /* the part's own error text, and ours; "" */
	const char *word;     /* the seen without details */
	enum health_meaning meaning;
	unsigned severity; /* enum check_severity, of a failed part */
	bool is_number;	   /* seen is a number of the body */
};

struct health_report {
	size_t n;
	const struct health_part *part;
	bool ok;	  /* every part is, and there is one */
	bool is_starting; /* not ok, but for parts that are starting only */
};

/* Of spec: shape, words, severities, max_age_ns, and the paths of bounds,
 * which replace the shape's own.  The bounds themselves, the version and
 * expectations are not judged here. */
void health_read(const struct step_health *spec, const struct health_seen *seen,
		 struct arena *a, struct health_report *out);

/* What a word means; user words first, white space around it not counted. */
enum health_meaning health_meaning_of(const struct step_health *spec,
				      const char *word, size_t len);
const char *health_meaning_name(enum health_meaning m); /* "degraded" */

/* How bad a failed part of that name is. */
unsigned health_severity(const struct step_health *spec, const char *name,
			 enum health_meaning m);

/* What the scenario itself says of that name; false when nothing. */
bool health_severity_written(const struct step_health *spec, const char *name,
			     unsigned *severity);

/* Where bodies keep their version: NULL when nowhere. */
const struct cJSON *health_version(const struct cJSON *root);

#endif
