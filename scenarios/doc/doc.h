/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_DOC_H
#define SCENARIOS_DOC_H

/*
 * doc - a YAML or JSON text as a tree of nodes, each with its place.
 *
 * Reads through libyaml's events.  It knows the shape of a text and nothing
 * of what the keys mean.  Whatever is wrong becomes a problem with a place;
 * the first syntax error ends the reading, everything else is collected.
 *
 * Accepted      one document of YAML 1.1 syntax with the scalar types of the
 *               YAML 1.2 core schema (1.2.2, section 10.3); JSON is inside
 *               that.  UTF-8 only.
 * Refused       duplicate keys, keys that are no plain or quoted text, the
 *               merge key "<<", tags outside the core schema, %TAG
 *               lines, several documents, and all beyond the limits below.
 * Aliases       share the node of their anchor, so the tree may be a graph
 *               without cycles; every limit counts it as if written out.
 * Thread rule   reading belongs to one thread; nodes are const afterwards.
 * Lifetime      nodes, texts and the source live in the arena.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenarios/base/err.h"

struct arena; /* scenarios/base/arena.h */

enum {
	DOC_FILE_MAX = 4 << 20,	  /* bytes of one file */
	DOC_DEPTH_MAX = 64,	  /* maps and lists inside each other */
	DOC_NODES_MAX = 200000,	  /* nodes, aliases written out */
	DOC_SCALAR_MAX = 1 << 20, /* bytes of one scalar */
	DOC_KEY_MAX = 1024,	  /* bytes of one key */
};

enum node_kind { NODE_SCALAR, NODE_SEQ, NODE_MAP };

enum scalar_type {
	SCALAR_STRING,
	SCALAR_INT,
	SCALAR_FLOAT,
	SCALAR_BOOL,
	SCALAR_NULL, /* also an empty value: "key:" */
};

struct node;

struct node_entry {
	const char *key; /* NUL-terminated; holds no NUL itself */
	size_t key_len;
	struct place key_at;
	const struct node *value;
};

struct node {
	enum node_kind kind;
	struct place at; /* first byte of the value; a quote, a [ ... */

	/* NODE_SCALAR */
	const char *text; /* NUL-terminated; may hold NULs by "\0" */
	size_t len;
	bool is_quoted; /* quoted or block: always a string */
	enum scalar_type type;

	/* NODE_SEQ, NODE_MAP: in the order of the text */
	size_t n;
	const struct node *const *item; /* NODE_SEQ */
	const struct node_entry *entry; /* NODE_MAP */

	unsigned weight; /* nodes in here, this one too, aliases written out */
	unsigned height; /* 0 for a scalar */
};

/* ---- reading ---------------------------------------------------------- */

/* Reads path ("-" is standard input) into the arena as *src, refusing
 * directories, what cannot be read and more than max_bytes, before reading
 * when the size is known.  Any bytes are accepted.  For other text files than
 * scenarios too. */
bool doc_read_source(struct arena *a, const char *path, size_t max_bytes,
		     struct source **src, struct errs *es);

/* A text that is in memory already becomes a source; it is copied. */
struct source *doc_source(struct arena *a, const char *name, const char *text,
			  size_t len, struct errs *es);

/* *root is set on true, and on false when problems were found in a text that
 * could be read to its end (duplicate keys); else NULL. */
bool doc_parse(struct arena *a, const struct source *src,
	       const struct node **root, struct errs *es);

/* Both: reads at most DOC_FILE_MAX and parses.  *src is set as soon as the
 * text was read. */
bool doc_read_file(struct arena *a, const char *path, struct source **src,
		   const struct node **root, struct errs *es);

/* ---- looking ---------------------------------------------------------- */

/* NULL when the map has no such key, or the node is no map (or NULL). */
const struct node_entry *node_find_entry(const struct node *map,
					 const char *key);
const struct node *node_find(const struct node *map, const char *key);

enum scalar_type node_scalar_type(const struct node *scalar);
bool node_is_null(const struct node *t);

/* "a list", "a map", "a number", "a text", "true or false", "nothing". */
const char *node_kind_name(const struct node *t);

/* False when the scalar is of another type, or does not fit. */
bool node_as_bool(const struct node *t, bool *value);
bool node_as_int(const struct node *t, int64_t *value);
bool node_as_double(const struct node *t, double *value);

/* A sentence for a plain scalar that people write by an older habit (yes,
 * no, on, off, y, n), to be put behind a problem; NULL when there is none. */
const char *node_hint(const struct node *t);

/* The place of byte offset of a text that begins at at, where the source
 * shows it letter by letter (plain, quoted without escapes on that line, or
 * a line of a block after | ); else at itself. */
struct place doc_place_inside(struct place at, const char *text, size_t len,
			      size_t offset);

#endif
