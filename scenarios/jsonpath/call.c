/* SPDX-License-Identifier: MIT */
#include "scenarios/jsonpath/parse.h"

#include <string.h>

#include "scenarios/base/arena.h"
#include "scenarios/jsonpath/jsonpath.h"
#include "scenarios/json/pattern.h"
#include "scenarios/base/text.h"

/* RFC 9535, 2.4.4 to 2.4.8. */
static const struct function functions[] = {
	{ FUNCTION_LENGTH, "length", TYPE_VALUE, 1, { TYPE_VALUE } },
	{ FUNCTION_COUNT, "count", TYPE_VALUE, 1, { TYPE_NODES } },
	{ FUNCTION_MATCH,
	  "match",
	  TYPE_LOGICAL,
	  2,
	  { TYPE_VALUE, TYPE_VALUE } },
	{ FUNCTION_SEARCH,
	  "search",
	  TYPE_LOGICAL,
	  2,
	  { TYPE_VALUE, TYPE_VALUE } },
	{ FUNCTION_VALUE, "value", TYPE_VALUE, 1, { TYPE_NODES } },
};

enum {
	FUNCTIONS_N = sizeof(functions) / sizeof(functions[0]),
	NAME_SHOWN_MAX = 40, /* bytes of a name that is repeated */
};

static const struct function *function_find(struct cursor *c, size_t start)
{
	const char *name = c->text + start, *names[FUNCTIONS_N];
	size_t n = c->at - start;

	for (size_t i = 0; i < FUNCTIONS_N; i++) {
		if (text_is(name, n, functions[i].name))
			return &functions[i];
		names[i] = functions[i].name;
	}
	const char *near = text_nearest(name, n, names, FUNCTIONS_N);
	lex_fail(c, start, "there is no function \"%.*s()\"%s%s%s",
		 (int)(n < NAME_SHOWN_MAX ? n : NAME_SHOWN_MAX), name,
		 near ? "; did you mean \"" : "",
		 near ? near : ": use length, count, match, search or value",
		 near ? "()\"?" : "");
	return NULL;
}

/* RFC 9535, 2.4.3: is the argument what the parameter wants? */
static bool check_argument(struct cursor *c, const struct expr *call,
			   const struct expr *argument, enum type wanted)
{
	const char *name = call->function->name;

	if (wanted == TYPE_NODES)
		return argument->kind == EXPR_QUERY ||
		       lex_fail(c, argument->at,
				"\"%s()\" takes a path (@ or $)", name);
	if (argument->kind == EXPR_QUERY && !argument->query.is_singular)
		return lex_fail(c, argument->at,
				"\"%s()\" takes one value: a path of names and "
				"indexes, or value()",
				name);
	if (argument->kind == EXPR_CALL &&
	    argument->function->result != TYPE_VALUE)
		return lex_fail(c, argument->at,
				"\"%s()\" takes a value, \"%s()\" is true or "
				"false",
				name, argument->function->name);
	return true;
}

static bool dubious_add(struct cursor *c, const struct expr *argument,
			const char *says)
{
	struct dubious *d = lex_new(c, sizeof(*d));
	char *kept = arena_strdup(c->arena, says);

	if (!d || !kept)
		return d ? errs_nomem(c->es) : false;
	d->at = place_after(c->base, c->text, argument->at);
	d->says = kept;
	*c->dubious_end = d;
	c->dubious_end = &d->next;
	return true;
}

/* A pattern that stands in the expression is compiled with it. */
static bool prepare_pattern(struct cursor *c, struct expr *call,
			    const struct expr *argument)
{
	unsigned flags = PATTERN_IREGEXP;
	struct errs problems;

	if (argument->kind != EXPR_LITERAL)
		return true;
	if (!cJSON_IsString(&argument->literal)) {
		call->is_never = true;
		return dubious_add(c, argument, "a pattern is a string");
	}
	const char *text = argument->literal.valuestring;
	problems.n = problems.dropped = 0;
	if (call->function->id == FUNCTION_MATCH)
		flags |= PATTERN_WHOLE;
	call->pattern = pattern_compile(c->arena, text, strlen(text), flags,
					NOWHERE, &problems);
	if (call->pattern)
		return true;
	if (problems.item[0].kind == ERR_MEMORY)
		return errs_nomem(c->es);
	call->is_never = true;
	return dubious_add(c, argument, problems.item[0].text);
}

/* Arguments up to the closing parenthesis; the opening one is taken. */
static bool arguments(struct cursor *c, struct expr *call, size_t *n)
{
	const struct expr **end = &call->operands;
	const struct function *function = call->function;

	lex_blank(c);
	if (lex_take(c, ')'))
		return true;
	for (;;) {
		struct expr *argument;
		lex_blank(c);
		if (!parse_operand(c, &argument))
			return false;
		if (*n < function->params_n &&
		    !check_argument(c, call, argument, function->params[*n]))
			return false;
		*end = argument;
		end = &argument->next;
		(*n)++;
		lex_blank(c);
		if (lex_take(c, ')'))
			return true;
		if (!lex_take(c, ','))
			return lex_expected(c, "\",\" or \")\"");
	}
}

bool parse_call(struct cursor *c, size_t start, struct expr *call)
{
	size_t n = 0;

	call->kind = EXPR_CALL;
	call->function = function_find(c, start);
	if (!call->function)
		return false;
	if (c->nesting == JSONPATH_NESTING_MAX)
		return lex_fail(c, start,
				"more than %d levels inside each "
				"other",
				JSONPATH_NESTING_MAX);
	c->at++;
	c->nesting++;
	bool good = arguments(c, call, &n);
	c->nesting--;
	if (!good)
		return false;
	if (n != call->function->params_n)
		return lex_fail(c, start,
				"\"%s()\" takes %zu argument%s, got %zu",
				call->function->name, call->function->params_n,
				call->function->params_n == 1 ? "" : "s", n);
	if (call->function->result == TYPE_LOGICAL)
		return prepare_pattern(c, call, call->operands->next);
	return true;
}
