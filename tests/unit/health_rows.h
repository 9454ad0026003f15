/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_HEALTH_ROWS_H
#define TESTS_UNIT_HEALTH_ROWS_H

/*
 * health_rows - bodies of health endpoints and what is to be read of them.
 *
 * The time of reading is 2026-01-30T12:00:00Z.
 */

#include <stddef.h>

struct health_row {
	const char *id; /* of the mission */
	const char *shape;
	long status;
	const char *body;
	const char *parts; /* "overall=ok disk=down/error" */
	const char *says;  /* somewhere; or NULL */
};

/* The shapes of the documents, good and broken, by the mission's ids. */
extern const struct health_row health_rows[];
extern const size_t health_rows_n;
/* Shape "any". */
extern const struct health_row health_any_rows[];
extern const size_t health_any_rows_n;

#endif
