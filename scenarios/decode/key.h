/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_KEY_H
#define SCENARIOS_KEY_H

/*
 * key - what may be written in a map, declared once.
 *
 * A table of keys decodes a map into a struct, limits its values, documents
 * them, and prints their JSON Schema, so that decoder, schema and manual
 * cannot drift apart.  A table ends with a zeroed row.
 *
 *     static const struct key wait_keys[] = {
 *             { "for", KEY_DURATION, offsetof(struct step_wait, for_ns),
 *               .min = MS(1), .max = HOURS(1), .doc = "give up after this" },
 *             { 0 },
 *     };
 *
 * Thread rule   one decoder belongs to one thread; tables are const.
 * Errors        problems go to the decoder's list with their place; false
 *               means that something was added.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenarios/base/err.h"
#include "scenarios/model.h"

struct buf;
struct decoder; /* scenarios/decode/decode.h */
struct key;
struct node;

#define MS(n)	   ((uint64_t)(n)*1000000u)
#define SECONDS(n) (MS(n) * 1000u)
#define HOURS(n)   (SECONDS(n) * 3600u)

enum key_type {
	KEY_END,
	KEY_BOOL,     /* bool */
	KEY_COUNT,    /* uint64_t, min to max */
	KEY_DURATION, /* uint64_t ns, min to max */
	KEY_SIZE,     /* uint64_t bytes, min to max */
	KEY_CHOICE,   /* unsigned: index in choices */
	KEY_WORD,     /* const char *, known when loaded */
	KEY_TEXT,     /* const struct template * */
	KEY_PATH,     /* the same; relative to the file that says it */
	KEY_PAIRS,    /* struct pairs */
	KEY_MAP,      /* a map of `keys` into the struct at `at` */
	KEY_INCLUDE,  /* the rows of `keys` stand here */
	KEY_CUSTOM,   /* by its own functions */
};

/* A form of its own.  into points at the field of the key. */
struct key_form {
	bool (*decode)(struct decoder *d, const struct key *k,
		       const struct node *t, void *into);
	void (*schema)(const struct key *k, struct buf *out);
};

enum key_flag {
	KEY_REQUIRED = 1,
	KEY_NAMES_FREE = 2, /* pairs: not header names, any text */
	KEY_FIRST = 4,	    /* decoded before the others, as they need it */
};

struct key {
	const char *name;
	enum key_type type;
	size_t at;
	const char *doc; /* one sentence, for schema and manual */
	unsigned flags;
	uint64_t min, max;	    /* max 0: no limit */
	const char *const *choices; /* ends with NULL */
	const struct key *keys;
	const struct key_form *form;
	const char *example; /* as written in YAML, or NULL */
};

/* Decodes the map t into `into`.  what names the map in messages ("check",
 * "a get step").  Unknown keys, wrong types and missing required keys are
 * problems; everything else is decoded all the same. */
bool keys_decode(struct decoder *d, const struct key *keys,
		 const struct node *t, void *into, const char *what);

/* As above, for a map whose other keys are declared in a second table (NULL
 * is none), into a second struct. */
bool keys_decode2(struct decoder *d, const struct key *keys, void *into,
		  const struct key *more, void *into_more, const struct node *t,
		  const char *what);

/* One value by its row. */
bool key_decode(struct decoder *d, const struct key *k, const struct node *t,
		void *into);

/* The decode of a form that keeps the node for later, in a field of
 * const struct node *. */
bool node_keep(struct decoder *d, const struct key *k, const struct node *t,
	       void *into);

/* The row of that name, through includes; *at gets the offset of its field
 * in the outer struct.  NULL when there is none. */
const struct key *keys_find(const struct key *keys, const char *name,
			    size_t *at);

/* The problem for a key that is in neither table, with a suggestion. */
bool keys_unknown(struct decoder *d, const struct key *keys,
		  const struct key *more, struct place at, const char *name,
		  const char *what);

/* The JSON Schema: of one value, and the members of "properties". */
void key_schema(const struct key *k, struct buf *out);
void keys_schema_properties(const struct key *keys, bool *first,
			    struct buf *out);
void keys_schema_required(const struct key *keys, bool *first, struct buf *out);
/* An object that takes these keys and no other. */
void keys_schema_object(const struct key *keys, const struct key *more,
			struct buf *out);

#endif
