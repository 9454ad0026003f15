/* SPDX-License-Identifier: MIT */
#ifndef TESTS_ORIGIN_RAW_H
#define TESTS_ORIGIN_RAW_H

/*
 * raw - ports that speak no HTTP: one table entry per mode.
 *
 * on_open says what a fresh connection is told; on_bytes takes everything in
 * c->in and appends acts.  Either may be NULL-like: see the table.
 */

#include <stdbool.h>

struct buf;
struct conn;
struct text;

struct raw_mode {
	const char *name;
	const char *help;
	void (*on_open)(struct conn *c); /* NULL: nothing */
	void (*on_bytes)(struct conn *c);
	bool is_full; /* the port's queue is stopped up, nothing is accepted */
};

/* NULL when there is none of that name. */
const struct raw_mode *raw_find(struct text name);

void raw_help(struct buf *out);

#endif
