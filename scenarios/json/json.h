/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_JSON_H
#define SCENARIOS_JSON_H

/*
 * json - a strict, bounded reader, a printer and an equality for cJSON trees.
 *
 * The tree is cJSON's, made and freed with its allocator; the reading is our
 * own, in one pass without recursion, because cJSON 1.7.15 takes texts that
 * are no JSON (leading zeros, raw newlines in strings, bytes that are no
 * UTF-8), cuts numbers at 63 characters and strings at \u0000, and gives no
 * place for anything but a broken grammar.  The grammar is RFC 8259.
 *
 * Numbers are doubles, as RFC 7493 advises to expect: integers beyond
 * +-(2^53 - 1) are rounded to the nearest double.  A number that no double
 * can hold (1e999) is refused.  LC_NUMERIC must be "C".
 *
 * Foreign text (a body that a target sent) may do what RFC 8259 leaves open:
 * of members with the same name the last one counts, at the place of the
 * first, as in ECMAScript; \u0000 and a lone surrogate escape, which no C
 * string and no UTF-8 can hold, become U+FFFD.  Our own files may not: there
 * each of these is a problem (JSON_OWN).  A byte-order mark is skipped.
 *
 * So a tree read here has no two members of the same name, no NUL inside a
 * string, valid UTF-8 only, and is never deeper than JSON_DEPTH_MAX.
 *
 * Thread rule   no shared state; a tree that nobody writes may be read from
 *               many threads.
 * Ownership     json_parse() gives the tree away: cJSON_Delete().
 */

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenarios/base/err.h"

struct buf; /* scenarios/base/buf.h */

enum {
	JSON_BYTES_DEFAULT = 16 << 20, /* of text */
	JSON_NODES_DEFAULT = 1000000,  /* values in one tree, 80 bytes each */
	JSON_DEPTH_DEFAULT = 256,      /* containers inside each other */
	JSON_DEPTH_MAX = 1000,	       /* cJSON itself recurses this deep */
	JSON_NUMBER_MAX = 1024,	       /* characters of one number */
};

/* A member that is 0 stands for the default above. */
struct json_limits {
	size_t max_bytes;
	size_t max_nodes;
	unsigned max_depth;
};

enum json_kind {
	JSON_FOREIGN, /* a body: RFC 8259, lenient where it is */
	JSON_OWN,     /* our own file: I-JSON (RFC 7493) rules on top */
};

/* Where every value of a tree stands in its text. */
struct json_index {
	const struct source *src;
	struct json_mark {
		const cJSON *node;
		size_t at; /* offset of the first byte of the value */
	} * mark;
	size_t n;
	size_t room;
};

/* Reads one text, which need not end in a NUL.  lim NULL: all defaults;
 * index NULL: places are not wanted; else it is overwritten, and the kind
 * must be JSON_OWN.
 * NULL with exactly one problem in *es when the text is not JSON or over a
 * limit; its place is the byte that was not understood, its text reads on
 * after "not JSON: ". */
cJSON *json_parse(const struct source *src, enum json_kind kind,
		  const struct json_limits *lim, struct json_index *index,
		  struct errs *es);

/* The place of a node of the tree that filled the index; the source as a
 * whole for a node it does not know. */
struct place json_place(const struct json_index *index, const cJSON *node);
void json_index_release(struct json_index *index);

/* How json_parse() fills an index: add all, then sort once. */
bool json_index_add(struct json_index *index, const cJSON *node, size_t at,
		    struct errs *es);
void json_index_sort(struct json_index *index);

/* "null", "boolean", "number", "string", "array", "object"; "nothing" for
 * NULL. */
const char *json_type(const cJSON *node);

/* Appends the tree as compact JSON: members in their order, control
 * characters escaped, numbers with as few digits as bring the same double
 * back.  What is no finite number is printed as null.  False when it is
 * deeper than JSON_DEPTH_MAX or did not fit into *out. */
bool json_print(const cJSON *node, struct buf *out);

/* Appends one JSON string literal, quotes included, for any bytes.  What is
 * no UTF-8 becomes U+FFFD, byte by byte; control characters (C0, DEL, C1)
 * are escaped, so the literal is safe on a terminal. */
bool json_escape(struct buf *out, const char *text, size_t len);
bool json_escape_str(struct buf *out, const char *text);

/* Appends a number as json_print() does. */
bool json_print_number(struct buf *out, double value);

/* Deep equality as RFC 9535, 2.3.5.2.2: types never mix, numbers by value,
 * arrays in order, objects as sets of members.  NULL equals NULL only. */
bool json_equal(const cJSON *a, const cJSON *b);

/* The same with a price: takes the work done from *steps (about one for a
 * value or 64 bytes of string).  False with *steps 0 when it ran out. */
bool json_equal_within(const cJSON *a, const cJSON *b, uint64_t *steps);

#endif
