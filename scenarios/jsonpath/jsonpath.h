/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_JSONPATH_JSONPATH_H
#define SCENARIOS_JSONPATH_JSONPATH_H

/*
 * jsonpath - JSONPath as RFC 9535, completely.
 *
 * Compiles an expression once and evaluates it on trees of cJSON as
 * json_parse() makes them.  It knows nothing of files, bodies or
 * expectations.
 *
 * Numbers are doubles; indexes and slices are within +-(2^53 - 1).  In a
 * quoted name or a string \u0000 stands for U+FFFD, as json_parse() reads it.
 * A second argument of match() and search() that is no I-Regexp (RFC 9485)
 * makes them false, as the RFC wants; jsonpath_warn() says so of literals.
 *
 * Cost          cJSON's objects and arrays are lists, so finding a member or
 *               an index walks them.  All work is counted and ends at
 *               JSONPATH_STEPS_MAX, whatever expression and tree are.
 * Thread rule   a compiled path is const; many threads may evaluate it.
 * Ownership     it lives in its arena and borrows nothing but the source
 *               that its place points to.  Nodes found belong to their tree.
 */

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#include "scenarios/base/err.h"

struct arena; /* scenarios/base/arena.h */
struct buf;   /* scenarios/base/buf.h */

enum {
	JSONPATH_BYTES_MAX = 8192,    /* of an expression */
	JSONPATH_NESTING_MAX = 50,    /* filters, parentheses, calls */
	JSONPATH_NODES_MAX = 100000,  /* in a result, and on the way to it */
	JSONPATH_STEPS_MAX = 5000000, /* values, members and bytes looked at */
};

enum jsonpath_status {
	JSONPATH_OK,
	JSONPATH_TOO_MANY, /* more than JSONPATH_NODES_MAX nodes */
	JSONPATH_TOO_LONG, /* more than JSONPATH_STEPS_MAX steps */
	JSONPATH_TOO_DEEP, /* the tree is deeper than JSON_DEPTH_MAX */
	JSONPATH_NO_MEMORY,
};

/* The nodes found, in the order of the RFC; one may be there twice. */
struct nodelist {
	const cJSON **item;
	size_t n;
	size_t room;
};

struct jsonpath; /* opaque */

/* NULL with one problem in *es when the text is no JSONPath; it stands at
 * what was not understood, counted on from at, the place of text[0]. */
const struct jsonpath *jsonpath_compile(struct arena *a, const char *text,
					size_t len, struct place at,
					struct errs *es);

/* True for a path that finds one node at most whatever the tree is: only
 * names and indexes, one in each bracket (RFC 9535, 2.3.5.1). */
bool jsonpath_is_singular(const struct jsonpath *path);

/* The expression as it was written, NUL-terminated. */
const char *jsonpath_text(const struct jsonpath *path);

/* Adds one problem for every part that is allowed but surely not meant. */
void jsonpath_warn(const struct jsonpath *path, struct errs *warnings);

void nodelist_init(struct nodelist *list); /* cannot fail */
void nodelist_release(struct nodelist *list);

/* Empties *out, then fills it.  After anything but JSONPATH_OK it is empty. */
enum jsonpath_status jsonpath_eval(const struct jsonpath *path,
				   const cJSON *root, struct nodelist *out);

/* What a status other than JSONPATH_OK means, as one line. */
const char *jsonpath_status_text(enum jsonpath_status status);

/* Appends the Normalized Path (RFC 9535, 2.7) of a node, such as
 * $['services'][0].  False when it is not in the tree under root, or did not
 * fit.  Walks the tree: meant for messages. */
bool jsonpath_normalized(const cJSON *root, const cJSON *node, struct buf *out);

#endif
