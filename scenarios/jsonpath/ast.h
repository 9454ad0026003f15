/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_JSONPATH_AST_H
#define SCENARIOS_JSONPATH_AST_H

/*
 * ast - what an expression becomes when it is compiled; seen only inside this
 * folder.
 *
 * Thread rule   const once jsonpath_compile() has returned.
 * Ownership     everything lives in the arena of the path.
 */

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenarios/base/err.h"

struct expr;
struct pattern; /* scenarios/json/pattern.h */

enum selector_kind {
	SELECT_NAME,
	SELECT_INDEX,
	SELECT_SLICE,
	SELECT_ALL,
	SELECT_FILTER,
};

struct slice {
	int64_t start, end, step;
	bool has_start, has_end;
};

struct selector {
	enum selector_kind kind;
	const char *name;
	int64_t index;
	struct slice slice;
	const struct expr *filter;
	const struct selector *next;
};

struct segment {
	bool descends; /* written with two dots */
	const struct selector *selectors;
	const struct segment *next;
};

struct query {
	bool is_relative; /* starts with @ */
	bool is_singular;
	/* Singular, but not in the form that may be compared: the grammar
	 * allows no blank inside those brackets. */
	bool has_inner_blank;
	const struct segment *segments;
};

/* The types of RFC 9535, 2.4.1. */
enum type { TYPE_VALUE, TYPE_LOGICAL, TYPE_NODES };

enum expr_kind {
	EXPR_OR,      /* any of the operands */
	EXPR_AND,     /* all of the operands */
	EXPR_NOT,     /* of the one operand */
	EXPR_COMPARE, /* of the two operands */
	EXPR_QUERY,   /* existence, or the value of a singular query */
	EXPR_CALL,    /* of the operands */
	EXPR_LITERAL,
};

enum compare { CMP_EQ, CMP_NE, CMP_LT, CMP_LE, CMP_GT, CMP_GE };

struct function; /* scenarios/jsonpath/filter.c */

struct expr {
	enum expr_kind kind;
	size_t at; /* offset in the expression */
	enum compare compare;
	struct query query;
	const struct function *function;
	const struct pattern *pattern; /* a literal I-Regexp of a call */
	bool is_never;		       /* that literal is no I-Regexp */
	cJSON literal;
	const struct expr *operands;
	const struct expr *next; /* operand of the same parent */
};

/* A call whose literal pattern is none, for jsonpath_warn(). */
struct dubious {
	struct place at;
	const char *says;
	const struct dubious *next;
};

struct jsonpath {
	const char *text;
	struct query query;
	const struct dubious *dubious;
};

#endif
