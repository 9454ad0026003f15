/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_MATCH_H
#define SCENARIOS_MATCH_H

/*
 * match - comparison operators: what a value is expected to be.
 *
 *     ok                       the same as { eq: ok }
 *     { ge: 1, lt: 10 }        all terms must hold
 *     { in: [ok, healthy] }    { between: [1, 5] } includes both ends
 *     { matches: '^v[0-9]+' }  PCRE2, anywhere in the text
 *     { length: { gt: 0 } }    of a text, list or map; nodes of a path
 *     { type: number }         or a list of types
 *     { each: { ge: 1 } }      every member or node, and at least one
 *     { any: ... } { none: ... } { exists: false }
 *     { lt: { path: $.size } } another value of the same body
 *     { eq: { literal: { path: x } } }  a map that itself has the key path
 *
 * each, any and none judge the members of a list or map, the nodes that a
 * path found, or the names of a certificate.  Over nothing, each and any do
 * not hold and none does.  A value that is not there fails every term but
 * { exists: false }; a path that may find several nodes is always there.
 *
 * Texts are compared byte by byte, which for UTF-8 is by code point; numbers
 * as doubles.  Types never mix: the text "3" does not equal the number 3 and
 * is in no order with it; ne and not_in hold then.  A class of statuses is
 * an interval: lt 5xx is less than 500, gt 4xx is more than 499.
 *
 * A term that cannot be judged (the pattern or the comparison gave up, a
 * template or an operand's path has no value) does not hold, and neither
 * does its negation.
 *
 * A matcher is compiled with the kind of value it will meet, so that a
 * duration is compared with durations only and a mistake shows at load.
 * match_judge() is pure: no clock, no memory of earlier calls.
 *
 * Thread rule   compiling belongs to one thread; a matcher is const after.
 * Lifetime      matchers live in the scenario's arena.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenarios/base/err.h"

struct arena;
struct buf;
struct cJSON;
struct jsonpath;
struct names; /* scenarios/template/template.h */
struct node;  /* scenarios/doc/doc.h */
struct pattern;
struct template;
struct template_world;

/* What kind of value a matcher meets. */
enum value_kind {
	VALUE_TEXT,	   /* header, body, cipher */
	VALUE_JSON,	   /* a node of a JSON body, or several */
	VALUE_NUMBER,	   /* a count: redirects */
	VALUE_DURATION,	   /* nanoseconds, may be negative */
	VALUE_SIZE,	   /* bytes */
	VALUE_STATUS,	   /* an HTTP status; 200, 2xx, [200, 404] */
	VALUE_TLS_VERSION, /* TLSv1.2: ordered by age */
	VALUE_BOOL,
	VALUE_NAMES, /* several texts: certificate names */
	VALUE_KIND_N
};

enum match_op {
	MATCH_EQ,
	MATCH_NE,
	MATCH_LT,
	MATCH_LE,
	MATCH_GT,
	MATCH_GE,
	MATCH_IN,
	MATCH_NOT_IN,
	MATCH_BETWEEN,
	MATCH_MATCHES,
	MATCH_CONTAINS,
	MATCH_STARTS_WITH,
	MATCH_ENDS_WITH,
	MATCH_EXISTS,
	MATCH_TYPE,
	MATCH_LENGTH,
	MATCH_EACH,
	MATCH_ANY,
	MATCH_NONE,
	MATCH_OP_N
};

/* One value to compare with. */
struct operand {
	enum value_kind kind;
	const struct template *text; /* TEXT, NAMES and JSON texts; evaluated
				      * at run time */
	const struct cJSON *json;    /* JSON that is no text */
	double number;		     /* NUMBER */
	int64_t integer;	     /* DURATION, SIZE, BOOL; STATUS: low;
				      * TLS_VERSION: age, 0 is SSLv3 */
	int64_t high;		     /* STATUS: last of the class */
	const struct jsonpath *path; /* another value of the same body */
	const char *written; /* as the user wrote it, for messages; PATH,
			      * MATCHES and templates without a world */
};

struct matcher;

struct match_term {
	enum match_op op;
	struct place at;
	size_t n_operands;
	const struct operand *operands;
	const struct pattern *pattern; /* MATCHES; operand 0 has its text */
	const struct matcher *sub;     /* LENGTH EACH ANY NONE */
	bool wanted;		       /* EXISTS */
	unsigned types;		       /* TYPE: bits by enum json_type */
};

enum json_type {
	JSON_TYPE_STRING,
	JSON_TYPE_NUMBER,
	JSON_TYPE_INTEGER,
	JSON_TYPE_BOOLEAN,
	JSON_TYPE_NULL,
	JSON_TYPE_OBJECT,
	JSON_TYPE_ARRAY,
	JSON_TYPE_N
};

struct matcher {
	enum value_kind kind;
	struct place at;
	size_t n;
	const struct match_term *terms; /* all must hold */
};

/* The table of operators, for the decoder, the schema and the manual. */
struct match_op_row {
	const char *name;   /* "starts_with" */
	const char *phrase; /* "starting with" */
	const char *fails;  /* "does not start with" */
	const char *doc;
	unsigned kinds; /* bits by enum value_kind that allow it */
};
extern const struct match_op_row match_ops[MATCH_OP_N];
extern const char *const json_type_names[JSON_TYPE_N + 1];

/* What compiling needs beside the node. */
struct match_context {
	struct arena *arena;
	const struct names *scope; /* for ${...} in operands; or NULL */
	struct errs *es;
};

/* many: the value comes from a path that may find several nodes; then a term
 * that needs one value is refused: use each, any, none, length or exists.
 * what names the value in messages ("status").  NULL when problems were
 * added. */
const struct matcher *match_compile(const struct match_context *mc,
				    const struct node *t, enum value_kind kind,
				    bool many, const char *what);

/* A matcher that the program makes itself: value op operand. */
const struct matcher *match_make_integer(struct arena *a, enum value_kind kind,
					 enum match_op op, int64_t integer);
const struct matcher *match_make_text(struct arena *a, enum value_kind kind,
				      enum match_op op, const char *text);
/* status low..high */
const struct matcher *match_make_status(struct arena *a, int low, int high);

/* The members of a JSON Schema that refer to "$defs": "$ref":"#/..." */
void match_schema(enum value_kind kind, struct buf *out);
/* The members of "$defs" that these refer to, with commas between. */
void match_schema_defs(struct buf *out);

/* The value as it was seen. */
struct subject {
	enum value_kind kind;
	bool is_absent;	  /* no such header, node ... */
	const char *text; /* TEXT, TLS_VERSION; NUL-terminated behind
				 * len, may hold NULs */
	size_t len;
	double number;	 /* NUMBER */
	int64_t integer; /* DURATION SIZE STATUS BOOL */
	/* JSON: the nodes found; NAMES: none, see names */
	const struct cJSON *const *nodes;
	size_t n_nodes;
	bool is_list;		  /* the path may find several */
	const struct cJSON *root; /* for path operands; or NULL */
	const char *const *names; /* NAMES */
	size_t n_names;
};

/* An operand with a secret is named in *note and in descriptions as it was
 * written, never by its value.  What was seen passes the show of the world
 * before it is cut; without one it is for the caller to redact. */

/* True when every term holds.  *seen gets the value for people, at most
 * MATCH_SEEN_MAX bytes before redaction; *note, when it does not hold, which
 * term failed and why in half a sentence ("3 of 5 hold; $['db'] is \"down\"").
 * world evaluates templates in operands; one that cannot be evaluated makes
 * it false with the reason in *note. */
bool match_judge(const struct matcher *m, const struct subject *s,
		 const struct template_world *world, struct buf *seen,
		 struct buf *note);

/* The expectation in words: "at least 1 and less than 10", "one of "ok",
 * "healthy"".  Templates are evaluated when world is given. */
void match_describe(const struct matcher *m, const struct template_world *world,
		    struct buf *out);
/* The same, with what the paths of operands find: "less than $.size (10)". */
void match_describe_in(const struct matcher *m, const struct cJSON *root,
		       const struct template_world *world, struct buf *out);

enum {
	MATCH_SEEN_MAX = 4096,	    /* bytes of *seen and of *note */
	MATCH_WORDS_MAX = 4096,	    /* bytes of a described matcher */
	MATCH_NODES_SHOWN = 5,	    /* of the nodes of a path in *seen */
	MATCH_FAILING_SHOWN = 3,    /* of failing members in *note */
	MATCH_OPERANDS_MAX = 10000, /* values of one in: */
	MATCH_STEPS_MAX = 30000000, /* of work in one judging; see json.h and
				     * pattern.h for what one is */
};

#endif
