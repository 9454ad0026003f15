/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_SCHEMA_H
#define SCENARIOS_SCHEMA_H

/*
 * schema - the JSON Schema (2020-12) of a scenario, from the key tables.
 *
 * Editors complete and check scenarios with it.  It says what the tables
 * say; what needs more than one place at once (an undefined name, a
 * capture used before it is made) only the decoder finds.
 */

#include <stdbool.h>

struct buf;

/* Appends the whole schema, indented.  False when it did not fit. */
bool scenario_schema_print(struct buf *out);

/* Appends compact JSON again with two spaces a level. */
bool schema_indent(const char *json, struct buf *out);

#endif
