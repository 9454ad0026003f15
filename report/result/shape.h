/* SPDX-License-Identifier: MIT */
#ifndef REPORT_SHAPE_H
#define REPORT_SHAPE_H

/*
 * shape - structs told as tables, and what follows from a table.
 *
 * A shape names the fields of a struct once: key, type, place and meaning.
 * Writing it as JSON, reading it back, printing its JSON Schema and passing
 * over all of its texts are the same few functions for every struct.
 *
 * It knows nothing of runs and checks; report/result/result_shape.h holds the
 * tables of a result.
 *
 * Thread rule   pure, tables are const.
 */

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;	   /* scenarios/base/arena.h */
struct buf;	   /* scenarios/base/buf.h */
struct errs;	   /* scenarios/base/err.h */
struct json_index; /* scenarios/json/json.h */

/* The largest whole number that is exact in every JSON reader: 2^53 - 1. */
#define SHAPE_NUMBER_MAX ((INT64_C(1) << 53) - 1)

enum shape_type {
	SHAPE_TEXT,    /* const char *, never NULL */
	SHAPE_WORDS,   /* const char *, ", " between; a list of strings */
	SHAPE_COUNT,   /* uint64_t, cut to SHAPE_NUMBER_MAX */
	SHAPE_NUMBER,  /* int64_t, cut to +-SHAPE_NUMBER_MAX */
	SHAPE_REAL,    /* double, 0 or more, cut to SHAPE_NUMBER_MAX; written
			* with SHAPE_REAL_DIGITS digits */
	SHAPE_FLOAT,   /* double, any; with all its digits, what is not finite
			* as "NaN", "+Inf" or "-Inf" */
	SHAPE_BASE64,  /* const char *, never NULL; bytes of our own making, so
			* that no text of anybody is in it */
	SHAPE_BOOL,    /* bool */
	SHAPE_ENUM,    /* an enum; a string */
	SHAPE_TIME_NS, /* uint64_t, ns since 1970 UTC; RFC 3339 */
	SHAPE_TIME_S,  /* int64_t, seconds since 1970 UTC; RFC 3339 */
	SHAPE_PHASES,  /* struct phases; an object of all phases */
	SHAPE_STRUCT,  /* a struct inside its parent */
	SHAPE_POINTER, /* a pointer to a struct, or NULL */
	SHAPE_LIST,    /* a count and a pointer to an array of structs */
	SHAPE_LIFTED,  /* the list of this key in the last element of the array
			* at `at`, written here instead of there */
	SHAPE_FIXED,   /* in the file only: always the JSON value `fixed` */
	SHAPE_TYPE_N
};

#define SHAPE_NO_TOTAL ((size_t)-1)

struct shape_words {
	const char *name; /* of the definition in the schema */
	unsigned n;
	const char *(*word)(unsigned value);
};

struct shape {
	const char *name; /* of the definition in the schema */
	const char *doc;
	size_t size;
	const struct shape_field *field;
	size_t n;
};

struct shape_field {
	const char *key;
	enum shape_type type;
	bool required; /* else left out when empty, and empty when absent */
	size_t at;
	size_t n_at; /* of the count; SHAPE_PHASES: of the uint64_t that they
		      * add up to, or SHAPE_NO_TOTAL */
	const struct shape *of; /* what is inside; SHAPE_LIFTED: an element of
				 * the array that is lifted from */
	const struct shape_words *words;
	const char *fixed;
	const char *doc; /* one sentence */
};

enum {
	SHAPE_LIST_MAX = 1000000, /* elements of one list */
	SHAPE_REAL_DIGITS = 9,
};

/* Appends one struct as a JSON object. */
void shape_write(const struct shape *sh, const void *from, bool compact,
		 struct buf *out);

/* Fills *into, which comes zeroed; texts and lists live in the arena.  Every
 * problem carries its path: "checks[3].steps[0].outcome". */
bool shape_read(const struct shape *sh, const cJSON *from,
		const struct json_index *places, struct arena *a, void *into,
		struct errs *es);

/* Appends the JSON Schema (2020-12) of a document that is one sh. */
void shape_schema(const struct shape *sh, const char *id, struct buf *out);

/* Calls on_text for every text of the tree, which may put another one in
 * place.  False as soon as on_text says so. */
struct shape_pass {
	bool (*on_text)(struct shape_pass *p, const struct shape *sh,
			const struct shape_field *f, const void *of,
			const char **text);
};
bool shape_texts(const struct shape *sh, void *of, struct shape_pass *p);

/* ---- for the files shape_*.c ------------------------------------------ */

/* The field of sh that takes its list from the array of f, or NULL. */
const struct shape_field *shape_lifted(const struct shape *sh,
				       const struct shape_field *f);
/* The list in the elements that a lifted field takes. */
const struct shape_field *shape_lift_list(const struct shape_field *f);
const struct shape_field *shape_find(const struct shape *sh, const char *key);

static inline const void *shape_at(const void *of, size_t offset)
{
	return (const char *)of + offset;
}

/* The array of a list field, and its length. */
const void *shape_array(const struct shape_field *f, const void *of, size_t *n);

#endif
