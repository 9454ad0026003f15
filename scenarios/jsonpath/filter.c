/* SPDX-License-Identifier: MIT */
#include "scenarios/jsonpath/parse.h"

#include <string.h>

#include "scenarios/jsonpath/jsonpath.h"

static struct expr *expr_new(struct cursor *c, enum expr_kind kind)
{
	struct expr *expr = lex_new(c, sizeof(*expr));

	if (expr) {
		expr->kind = kind;
		expr->at = c->at;
	}
	return expr;
}

/* ---- operands ----------------------------------------------------------- */

static bool string_literal(struct cursor *c, struct expr *expr)
{
	expr->kind = EXPR_LITERAL;
	expr->literal.type = cJSON_String;
	expr->literal.valuestring = lex_string(c);
	return expr->literal.valuestring != NULL;
}

static bool number_literal(struct cursor *c, struct expr *expr)
{
	expr->kind = EXPR_LITERAL;
	expr->literal.type = cJSON_Number;
	return lex_number(c, &expr->literal.valuedouble);
}

/* true, false, null or the name of a function. */
static bool word(struct cursor *c, struct expr *expr)
{
	static const struct {
		const char *text;
		int type;
	} words[] = {
		{ "true", cJSON_True },
		{ "false", cJSON_False },
		{ "null", cJSON_NULL },
	};
	size_t start = c->at;
	int ch;

	while (lex_is_lower(ch = lex_peek(c)) || lex_is_digit(ch) || ch == '_')
		c->at++;
	if (ch == '(')
		return parse_call(c, start, expr);
	size_t n = c->at - start;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i].text) != n ||
		    memcmp(words[i].text, c->text + start, n) != 0)
			continue;
		expr->kind = EXPR_LITERAL;
		expr->literal.type = words[i].type;
		return true;
	}
	return lex_fail(c, start,
			"expected a value, got \"%.*s\" (strings stand in "
			"quotes, paths start with @ or $)",
			(int)(n < 40 ? n : 40), c->text + start);
}

bool parse_operand(struct cursor *c, struct expr **operand)
{
	int ch = lex_peek(c);
	struct expr *expr = expr_new(c, EXPR_QUERY);

	*operand = expr;
	if (!expr)
		return false;
	if (ch == '@' || ch == '$')
		return parse_query(c, &expr->query);
	if (ch == '\'' || ch == '"')
		return string_literal(c, expr);
	if (ch == '-' || lex_is_digit(ch))
		return number_literal(c, expr);
	if (lex_is_lower(ch))
		return word(c, expr);
	return lex_expected(c, "a path (@ or $), a value or a function");
}

/* ---- comparisons and tests ---------------------------------------------- */

static bool take_compare(struct cursor *c, enum compare *out)
{
	static const struct {
		const char *text;
		enum compare compare;
	} signs[] = {
		/* longer ones first */
		{ "==", CMP_EQ }, { "!=", CMP_NE }, { "<=", CMP_LE },
		{ ">=", CMP_GE }, { "<", CMP_LT },  { ">", CMP_GT },
	};

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (lex_take_word(c, signs[i].text)) {
			*out = signs[i].compare;
			return true;
		}
	return false;
}

/* RFC 9535, 2.3.5.1: comparable; and 2.4.3 for calls. */
static bool check_comparable(struct cursor *c, const struct expr *expr)
{
	if (expr->kind == EXPR_CALL && expr->function->result != TYPE_VALUE)
		return lex_fail(c, expr->at,
				"\"%s()\" is true or false by itself and "
				"cannot be compared",
				expr->function->name);
	if (expr->kind != EXPR_QUERY)
		return true;
	if (!expr->query.is_singular)
		return lex_fail(c, expr->at,
				"only a path that finds one value can be "
				"compared (names and indexes; or use value() "
				"or count())");
	if (expr->query.has_inner_blank)
		return lex_fail(c, expr->at,
				"a path that is compared has no blanks inside "
				"its brackets");
	return true;
}

static bool check_test(struct cursor *c, const struct expr *expr)
{
	if (expr->kind == EXPR_LITERAL)
		return lex_expected(c, "a comparison (== != < <= > >=) after "
				       "a value");
	if (expr->kind == EXPR_CALL && expr->function->result == TYPE_VALUE)
		return lex_expected(c, "a comparison (== != < <= > >=) after "
				       "a function that gives a value");
	return true;
}

/* Something that is true or false without operators around it. */
static bool parse_test(struct cursor *c, const struct expr **out)
{
	struct expr *expr;

	if (!parse_operand(c, &expr) || !check_test(c, expr))
		return false;
	*out = expr;
	return true;
}

static bool parse_comparison(struct cursor *c, const struct expr **out)
{
	struct expr *left, *right;
	enum compare compare;

	if (!parse_operand(c, &left))
		return false;
	size_t behind = c->at;
	lex_blank(c);
	if (lex_peek(c) == '=' && lex_peek_at(c, 1) != '=')
		return lex_expected(c, "\"==\"");
	struct expr *expr = expr_new(c, EXPR_COMPARE);
	if (!expr)
		return false;
	if (!take_compare(c, &compare)) {
		*out = left;
		bool good = check_test(c, left);
		c->at = behind;
		return good;
	}
	lex_blank(c);
	if (!check_comparable(c, left) || !parse_operand(c, &right) ||
	    !check_comparable(c, right))
		return false;
	expr->compare = compare;
	expr->operands = left;
	left->next = right;
	*out = expr;
	return true;
}

static bool parse_paren(struct cursor *c, const struct expr **out)
{
	c->at++;
	lex_blank(c);
	if (!parse_logical(c, out))
		return false;
	lex_blank(c);
	return lex_take(c, ')') || lex_expected(c, "\")\", && or ||");
}

static bool parse_not(struct cursor *c, const struct expr **out)
{
	struct expr *expr = expr_new(c, EXPR_NOT);

	if (!expr)
		return false;
	c->at++;
	lex_blank(c);
	*out = expr;
	return lex_peek(c) == '(' ? parse_paren(c, &expr->operands)
				  : parse_test(c, &expr->operands);
}

static bool parse_basic(struct cursor *c, const struct expr **out)
{
	switch (lex_peek(c)) {
	case '!':
		return parse_not(c, out);
	case '(':
		return parse_paren(c, out);
	default:
		return parse_comparison(c, out);
	}
}

/* ---- logic -------------------------------------------------------------- */

typedef bool parse_fn(struct cursor *c, const struct expr **out);

/* One operand, or several with the same operator between them. */
static bool parse_chain(struct cursor *c, enum expr_kind kind,
			const char *between, parse_fn *parse_part,
			const struct expr **out)
{
	struct expr *chain = expr_new(c, kind);
	const struct expr **end = chain ? &chain->operands : NULL;

	if (!chain)
		return false;
	for (;;) {
		const struct expr *part;
		if (!parse_part(c, &part))
			return false;
		/* A part was made just now by this compilation. */
		struct expr *own = (struct expr *)part;
		*end = own;
		end = &own->next;
		size_t behind = c->at;
		lex_blank(c);
		if (!lex_take_word(c, between)) {
			c->at = behind;
			break;
		}
		lex_blank(c);
	}
	*out = chain->operands->next ? chain : chain->operands;
	return true;
}

static bool parse_and(struct cursor *c, const struct expr **out)
{
	return parse_chain(c, EXPR_AND, "&&", parse_basic, out);
}

bool parse_logical(struct cursor *c, const struct expr **expr)
{
	if (c->nesting == JSONPATH_NESTING_MAX)
		return lex_fail(c, c->at,
				"more than %d levels inside each "
				"other",
				JSONPATH_NESTING_MAX);
	c->nesting++;
	bool good = parse_chain(c, EXPR_OR, "||", parse_and, expr);
	c->nesting--;
	return good;
}
