/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_MATCH_PARTS_H
#define SCENARIOS_MATCH_PARTS_H

/*
 * match_parts - what the files of match share; nobody else includes it.
 */

#include "scenarios/match/match.h"

/* ---- tables ----------------------------------------------------------- */

extern const char *const match_kind_names[VALUE_KIND_N]; /* "tls-version" */

/* By age, ends with NULL; operands keep the index. */
extern const char *const match_tls_versions[];
/* -1 for a text that is none. */
int match_tls_age(const char *text, size_t len);

enum {
	MATCH_STATUS_LOW = 100,
	MATCH_STATUS_HIGH = 599,
};

static inline bool match_allows(enum match_op op, enum value_kind kind)
{
	return match_ops[op].kinds >> kind & 1;
}

/* ---- compiling -------------------------------------------------------- */

struct matching {
	const struct match_context *mc;
	enum value_kind kind;
	bool many;
	const char *what;
	enum match_op op; /* of the term at hand */
};

bool match_problem(const struct matching *c, struct place at, const char *fmt,
		   ...) __attribute__((format(printf, 3, 4), cold));

/* One operand of that kind.  False when problems were added. */
bool match_operand(const struct matching *c, const struct node *t,
		   enum value_kind kind, struct operand *out);

/* A scalar whose text is known at load, for a pattern. */
bool match_static_text(const struct matching *c, const struct node *t,
		       struct operand *out, const char **text, size_t *len);

/* Adds a problem when no value can be in all the ranges of the terms. */
bool match_check_range(const struct matching *c, const struct matcher *m);
/* The same for the two of between, where they are texts. */
bool match_check_pair(const struct matching *c, const struct node *t,
		      const struct operand *pair);

/* ---- judging ---------------------------------------------------------- */

enum truth { TRUTH_NO, TRUTH_YES, TRUTH_UNKNOWN };

enum relation {
	RELATION_LESS = 1,
	RELATION_EQUAL = 2,
	RELATION_MORE = 4,
	RELATION_NONE = 8, /* they differ and have no order */
	RELATION_UNKNOWN = 16,
};

enum { MATCH_PATHS_KEPT = 256 }; /* results of paths of operands */

/* What the path of an operand found. */
struct path_found {
	const struct jsonpath *path;
	const struct cJSON *node;
};

struct judge {
	const struct template_world *world;
	const struct cJSON *root;
	uint64_t steps;	    /* of work left */
	struct buf *reason; /* why something is unknown: the first one */
	struct buf *given;  /* holds an evaluated template */
	size_t n_found;
	struct path_found found[MATCH_PATHS_KEPT];
};

/* A member of a list, a map or a list of names. */
struct member {
	const struct cJSON *node; /* or NULL: a name */
	const char *name;
	size_t index;
};

/* What each, any and none found. */
struct tally {
	size_t n;
	size_t n_held;
	size_t n_unknown;
	size_t n_failing; /* each: did not hold; none: did */
	size_t length;	  /* length: of the value */
	struct member failing[MATCH_FAILING_SHOWN];
};

/* Walks the members of a value: nodes, elements, names. */
struct members {
	const struct subject *s;
	const struct cJSON *next;
	size_t index;
};

/* False when the value has none by its type. */
bool members_init(struct members *t, const struct subject *s);
bool members_take(struct members *t, struct member *out);
struct subject member_subject(const struct member *m, const struct subject *of);

/* The one node of a JSON value that is no list; NULL when it is not there. */
const struct cJSON *subject_node(const struct subject *s);
bool subject_is_there(const struct subject *s);
/* Its text, if it is one: TEXT, TLS_VERSION and JSON strings. */
bool subject_text(const struct subject *s, const char **text, size_t *len);
/* Code points, elements, members, nodes, names. */
bool subject_length(const struct subject *s, size_t *length);

/* Sets the reason, unless there is one, and gives TRUTH_UNKNOWN. */
enum truth judge_unknown(struct judge *j, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* False when the work ran out. */
bool judge_charge(struct judge *j, size_t bytes);

/* The text of an operand; evaluated into j->given unless static. */
bool operand_text(struct judge *j, const struct operand *o, const char **text,
		  size_t *len);
/* The node that it stands for: a literal, or what its path finds; NULL. */
const struct cJSON *operand_node(const struct operand *o,
				 const struct cJSON *root);
enum relation compare(struct judge *j, const struct subject *s,
		      const struct operand *o);
enum truth judge_texts(struct judge *j, const struct match_term *term,
		       const struct subject *s);

/* ---- words ------------------------------------------------------------ */

struct words {
	const struct template_world *world;
	const struct cJSON *root;
	struct buf *out;
};

/* Of a ceiling, what words may take: an ellipsis may follow. */
#define WORDS_ROOM(max_bytes) ((max_bytes)-3)
/* Appends from to to (may be NULL) and releases it. */
void words_hand_over(struct buf *from, struct buf *to);
/* The value in quotes or as JSON, in at most about max bytes.  It is shown
 * to the world before it is cut: half a secret is not found any more. */
void words_node(const struct words *w, const struct cJSON *node, size_t max);
void words_quoted(const struct words *w, const char *text, size_t len,
		  size_t max);
/* Where a node stands; false when it is not below the root. */
bool words_place(const struct words *w, const struct cJSON *node, size_t max);

void words_subject(const struct words *w, const struct subject *s);
void words_operand(const struct words *w, const struct operand *o);
void words_term(const struct words *w, const struct match_term *term,
		const char *phrase);
void words_matcher(const struct words *w, const struct matcher *m);
/* Why a term does not hold. */
void words_failure(const struct words *w, const struct match_term *term,
		   const struct subject *s, const struct tally *tally);

#endif
