/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_JSONPATH_PARSE_H
#define SCENARIOS_JSONPATH_PARSE_H

/*
 * parse - the two halves of the grammar, which contain each other: queries
 * (parse.c) and filters (filter.c), and the functions they may call.
 *
 * Thread rule   as the cursor.
 */

#include <stdbool.h>
#include <stddef.h>

#include "scenarios/jsonpath/ast.h"
#include "scenarios/jsonpath/lex.h"

enum { FUNCTION_PARAMS_MAX = 2 };

enum function_id {
	FUNCTION_LENGTH,
	FUNCTION_COUNT,
	FUNCTION_MATCH,
	FUNCTION_SEARCH,
	FUNCTION_VALUE,
};

struct function {
	enum function_id id;
	const char *name;
	enum type result;
	size_t params_n;
	enum type params[FUNCTION_PARAMS_MAX];
};

/* A query; its $ or @ comes next. */
bool parse_query(struct cursor *c, struct query *query);

/* A logical expression, as it stands behind a question mark. */
bool parse_logical(struct cursor *c, const struct expr **expr);

/* A call whose name [start, c->at) was read and whose "(" comes next. */
bool parse_call(struct cursor *c, size_t start, struct expr *call);

/* A literal, a query or a call. */
bool parse_operand(struct cursor *c, struct expr **operand);

#endif
