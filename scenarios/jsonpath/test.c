/* SPDX-License-Identifier: MIT */
#include "scenarios/jsonpath/eval.h"

#include <string.h>

#include "scenarios/json/json.h"
#include "scenarios/jsonpath/parse.h"
#include "scenarios/json/pattern.h"

enum {
	BYTES_PER_STEP = 64,  /* of a string that is looked at */
	PATTERN_PRICE = 500,  /* steps for compiling a pattern of the tree */
	PATTERN_PER_BYTE = 8, /* and for each of its bytes */
};

/* A value is a node of the tree, a literal, or a number put into *made; NULL
 * is Nothing (RFC 9535, 2.4.1). */
static const cJSON *value_of(struct eval *ev, const struct expr *expr,
			     const cJSON *current, cJSON *made);

static const cJSON *make_number(cJSON *made, size_t n)
{
	memset(made, 0, sizeof(*made));
	made->type = cJSON_Number;
	made->valuedouble = (double)n;
	return made;
}

/* ---- functions ---------------------------------------------------------- */

/* Unicode scalar values of a string, members, elements. */
static const cJSON *call_length(struct eval *ev, const cJSON *value,
				cJSON *made)
{
	size_t n = 0;

	if (cJSON_IsString(value)) {
		const char *text = value->valuestring;
		if (!eval_spend(ev, strlen(text) / BYTES_PER_STEP))
			return NULL;
		for (; *text; text++)
			n += ((unsigned char)*text & 0xc0) != 0x80;
		return make_number(made, n);
	}
	if (!cJSON_IsArray(value) && !cJSON_IsObject(value))
		return NULL;
	for (const cJSON *child = value->child; child; child = child->next)
		n++;
	return eval_spend(ev, n) ? make_number(made, n) : NULL;
}

static const cJSON *call_count(struct eval *ev, const struct query *query,
			       const cJSON *current, cJSON *made)
{
	struct nodelist found;

	if (!eval_query(ev, query, current, SIZE_MAX, &found))
		return NULL;
	make_number(made, found.n);
	nodelist_release(&found);
	return made;
}

static const cJSON *call_value(struct eval *ev, const struct query *query,
			       const cJSON *current)
{
	struct nodelist found;

	if (!eval_query(ev, query, current, 2, &found))
		return NULL;
	const cJSON *only = found.n == 1 ? found.item[0] : NULL;
	nodelist_release(&found);
	return only;
}

static const cJSON *call(struct eval *ev, const struct expr *expr,
			 const cJSON *current, cJSON *made)
{
	const struct expr *argument = expr->operands;
	cJSON inner;

	switch (expr->function->id) {
	case FUNCTION_COUNT:
		return call_count(ev, &argument->query, current, made);
	case FUNCTION_VALUE:
		return call_value(ev, &argument->query, current);
	default:
		return call_length(ev, value_of(ev, argument, current, &inner),
				   made);
	}
}

static const cJSON *value_of(struct eval *ev, const struct expr *expr,
			     const cJSON *current, cJSON *made)
{
	switch (expr->kind) {
	case EXPR_LITERAL:
		return &expr->literal;
	case EXPR_CALL:
		return call(ev, expr, current, made);
	default:
		return eval_singular(ev, &expr->query, current);
	}
}

/* match() and search() with a pattern that is known. */
static bool matches(struct eval *ev, const struct pattern *pattern,
		    const char *text)
{
	enum pattern_result result =
		pattern_test_within(pattern, text, strlen(text), &ev->steps);

	if (result == PATTERN_LIMIT && ev->status == JSONPATH_OK)
		ev->status = JSONPATH_TOO_LONG;
	return result == PATTERN_YES;
}

/* With one that is found in the tree. */
static bool matches_text(struct eval *ev, const struct expr *expr,
			 const char *text, const char *pattern_text)
{
	bool whole = expr->function->id == FUNCTION_MATCH;
	size_t len = strlen(pattern_text);
	struct errs problems;

	problems.n = problems.dropped = 0;
	if (!eval_spend(ev, PATTERN_PRICE + PATTERN_PER_BYTE * (uint64_t)len))
		return false;
	const struct pattern *pattern =
		pattern_compile(NULL, pattern_text, len,
				PATTERN_IREGEXP | (whole ? PATTERN_WHOLE : 0),
				NOWHERE, &problems);
	if (!pattern) {
		if (problems.item[0].kind == ERR_MEMORY)
			ev->status = JSONPATH_NO_MEMORY;
		return false;
	}
	bool yes = matches(ev, pattern, text);
	pattern_free(pattern);
	return yes;
}

static bool test_match(struct eval *ev, const struct expr *expr,
		       const cJSON *current)
{
	const struct expr *first = expr->operands;
	cJSON made, made_too;
	const cJSON *text = value_of(ev, first, current, &made);

	if (expr->is_never || !cJSON_IsString(text))
		return false;
	if (expr->pattern)
		return matches(ev, expr->pattern, text->valuestring);
	const cJSON *pattern = value_of(ev, first->next, current, &made_too);
	return cJSON_IsString(pattern) &&
	       matches_text(ev, expr, text->valuestring, pattern->valuestring);
}

/* ---- comparisons (RFC 9535, 2.3.5.2.2) ---------------------------------- */

static bool equal(struct eval *ev, const cJSON *a, const cJSON *b)
{
	bool same = json_equal_within(a, b, &ev->steps);

	if (ev->steps == 0 && ev->status == JSONPATH_OK)
		ev->status = JSONPATH_TOO_LONG;
	return same;
}

/* Numbers and strings have an order, nothing else; bytes of UTF-8 are in the
 * order of the scalar values. */
static bool less(struct eval *ev, const cJSON *a, const cJSON *b)
{
	if (cJSON_IsNumber(a) && cJSON_IsNumber(b))
		return a->valuedouble < b->valuedouble;
	if (!cJSON_IsString(a) || !cJSON_IsString(b))
		return false;
	return eval_spend(ev, strlen(a->valuestring) / BYTES_PER_STEP) &&
	       strcmp(a->valuestring, b->valuestring) < 0;
}

static bool test_compare(struct eval *ev, const struct expr *expr,
			 const cJSON *current)
{
	cJSON left, right;
	const cJSON *a = value_of(ev, expr->operands, current, &left);
	const cJSON *b = value_of(ev, expr->operands->next, current, &right);

	if (ev->status != JSONPATH_OK)
		return false;
	switch (expr->compare) {
	case CMP_EQ:
		return equal(ev, a, b);
	case CMP_NE:
		return !equal(ev, a, b);
	case CMP_LT:
		return less(ev, a, b);
	case CMP_LE:
		return less(ev, a, b) || equal(ev, a, b);
	case CMP_GT:
		return less(ev, b, a);
	default:
		return less(ev, b, a) || equal(ev, a, b);
	}
}

/* ---- logic -------------------------------------------------------------- */

static bool test_exists(struct eval *ev, const struct query *query,
			const cJSON *current)
{
	struct nodelist found;

	if (query->is_singular)
		return eval_singular(ev, query, current) != NULL;
	if (!eval_query(ev, query, current, 1, &found))
		return false;
	bool exists = found.n > 0;
	nodelist_release(&found);
	return exists;
}

/* Whether all (and) or any (or) of the operands are true. */
static bool test_chain(struct eval *ev, const struct expr *expr,
		       const cJSON *current)
{
	bool all = expr->kind == EXPR_AND;

	for (const struct expr *part = expr->operands; part; part = part->next)
		if (eval_test(ev, part, current) != all)
			return !all;
	return all;
}

bool eval_test(struct eval *ev, const struct expr *expr, const cJSON *current)
{
	if (!eval_spend(ev, 1))
		return false;
	switch (expr->kind) {
	case EXPR_OR:
	case EXPR_AND:
		return test_chain(ev, expr, current);
	case EXPR_NOT:
		return !eval_test(ev, expr->operands, current);
	case EXPR_COMPARE:
		return test_compare(ev, expr, current);
	case EXPR_CALL:
		return test_match(ev, expr, current);
	default:
		return test_exists(ev, &expr->query, current);
	}
}
