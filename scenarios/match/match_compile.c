/* SPDX-License-Identifier: MIT */
#include "scenarios/match/match.h"
#include "scenarios/match/match_parts.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/doc/doc.h"
#include "scenarios/json/json.h"
#include "scenarios/json/pattern.h"
#include "scenarios/template/template.h"
#include "scenarios/base/text.h"

static const char *op_name(const struct matching *c)
{
	return match_ops[c->op].name;
}

static void *more_memory(const struct matching *c, size_t n, size_t size)
{
	void *p = arena_alloc(c->mc->arena, n, size);

	if (!p)
		errs_nomem(c->mc->es);
	return p;
}

/* ---- terms by operator ------------------------------------------------- */

static bool operands_from(const struct matching *c,
			  const struct node *const *item, size_t n,
			  enum value_kind kind, struct match_term *term)
{
	struct operand *o = more_memory(c, n, sizeof(*o));
	bool is_good = true;

	if (!o)
		return false;
	for (size_t i = 0; i < n; i++)
		is_good &= match_operand(c, item[i], kind, &o[i]);
	term->n_operands = n;
	term->operands = o;
	return is_good;
}

static bool make_one(const struct matching *c, const struct node *t,
		     struct match_term *term)
{
	return operands_from(c, &t, 1, c->kind, term);
}

/* eq: 200, 2xx or a list of them. */
static bool make_equal(const struct matching *c, const struct node *t,
		       struct match_term *term)
{
	if (c->kind != VALUE_JSON && t->kind == NODE_SEQ)
		return match_problem(
			c, t->at, "\"%s\" takes one value; write %s: [...]",
			op_name(c), c->op == MATCH_EQ ? "in" : "not_in");
	return make_one(c, t, term);
}

/* What has no order is refused; texts have one in JSON. */
static bool check_ordered(const struct matching *c, const struct node *t,
			  const struct operand *o)
{
	if (c->kind != VALUE_JSON || o->text || o->path ||
	    cJSON_IsNumber(o->json))
		return true;
	return match_problem(c, t->at,
			     "\"%s\" wants a number or a text, got %s",
			     op_name(c), node_kind_name(t));
}

static bool make_ordered(const struct matching *c, const struct node *t,
			 struct match_term *term)
{
	return make_one(c, t, term) && check_ordered(c, t, term->operands);
}

static bool make_pair(const struct matching *c, const struct node *t,
		      struct match_term *term)
{
	if (t->kind != NODE_SEQ || t->n != 2)
		return match_problem(c, t->at,
				     "\"between\" wants two values: [low, "
				     "high]");
	return operands_from(c, t->item, 2, c->kind, term) &&
	       check_ordered(c, t->item[0], &term->operands[0]) &&
	       check_ordered(c, t->item[1], &term->operands[1]) &&
	       match_check_pair(c, t, term->operands);
}

static bool make_list(const struct matching *c, const struct node *t,
		      struct match_term *term)
{
	if (t->kind != NODE_SEQ)
		return match_problem(c, t->at,
				     "\"%s\" wants a list of values, got %s",
				     op_name(c), node_kind_name(t));
	if (!t->n || t->n > MATCH_OPERANDS_MAX)
		return match_problem(c, t->at,
				     "\"%s\" wants 1 to %d values, got %zu",
				     op_name(c), MATCH_OPERANDS_MAX, t->n);
	return operands_from(c, t->item, t->n, c->kind, term);
}

static bool refuse_empty_text(const struct matching *c, const struct node *t)
{
	return match_problem(c, t->at,
			     "\"%s\" wants a text that is not empty: the empty "
			     "one is found everywhere",
			     op_name(c));
}

static bool make_pattern(const struct matching *c, const struct node *t,
			 struct match_term *term)
{
	struct operand *o = more_memory(c, 1, sizeof(*o));
	const char *text;
	size_t len;

	if (!o || !match_static_text(c, t, o, &text, &len))
		return false;
	if (!len)
		return refuse_empty_text(c, t);
	o->kind = VALUE_TEXT;
	o->written = template_uses_secret(o->text)
			     ? arena_strndup(c->mc->arena, t->text, t->len)
			     : text;
	if (!o->written)
		return errs_nomem(c->mc->es);
	term->n_operands = 1;
	term->operands = o;
	term->pattern = pattern_compile(c->mc->arena, text, len, PATTERN_PLAIN,
					t->at, c->mc->es);
	return term->pattern != NULL;
}

static bool make_text(const struct matching *c, const struct node *t,
		      struct match_term *term)
{
	bool is_json = c->kind == VALUE_JSON && c->op == MATCH_CONTAINS;
	const char *text = NULL;
	size_t len = 0;

	if (!operands_from(c, &t, 1, is_json ? VALUE_JSON : VALUE_TEXT, term))
		return false;
	if (term->operands->text)
		text = template_text(term->operands->text, &len);
	return !text || len || refuse_empty_text(c, t);
}

static bool make_exists(const struct matching *c, const struct node *t,
			struct match_term *term)
{
	if (t->kind == NODE_SCALAR && node_as_bool(t, &term->wanted))
		return true;
	const char *hint = node_hint(t);
	return match_problem(
		c, t->at, "\"exists\" wants true or false, got %s%s%s",
		node_kind_name(t), hint ? "; " : "", hint ? hint : "");
}

static bool add_type(const struct matching *c, const struct node *t,
		     struct match_term *term)
{
	if (t->kind != NODE_SCALAR)
		return match_problem(c, t->at,
				     "\"type\" wants the name of a type, got "
				     "%s",
				     node_kind_name(t));
	for (unsigned i = 0; i < JSON_TYPE_N; i++)
		if (text_is(t->text, t->len, json_type_names[i])) {
			term->types |= 1u << i;
			return true;
		}
	const char *near =
		text_nearest(t->text, t->len, json_type_names, JSON_TYPE_N);
	return match_problem(c, t->at, "unknown type \"%s\"; %s%s%s", t->text,
			     near ? "did you mean \""
				  : "allowed: string, "
				    "number, integer, "
				    "boolean, null, "
				    "object, array",
			     near ? near : "", near ? "\"?" : "");
}

static bool make_type(const struct matching *c, const struct node *t,
		      struct match_term *term)
{
	bool is_good = true;

	if (t->kind != NODE_SEQ)
		return add_type(c, t, term);
	if (!t->n)
		return match_problem(c, t->at,
				     "\"type\" wants at least one type");
	for (size_t i = 0; i < t->n; i++)
		is_good &= add_type(c, t->item[i], term);
	return is_good;
}

static bool make_sub(const struct matching *c, const struct node *t,
		     struct match_term *term)
{
	enum value_kind kind = c->op == MATCH_LENGTH	? VALUE_NUMBER
			       : c->kind == VALUE_NAMES ? VALUE_TEXT
							: VALUE_JSON;

	term->sub = match_compile(c->mc, t, kind, false, op_name(c));
	return term->sub != NULL;
}

static bool (*const makers[MATCH_OP_N])(const struct matching *c,
					const struct node *t,
					struct match_term *term) = {
	[MATCH_EQ] = make_equal,       [MATCH_NE] = make_equal,
	[MATCH_LT] = make_ordered,     [MATCH_LE] = make_ordered,
	[MATCH_GT] = make_ordered,     [MATCH_GE] = make_ordered,
	[MATCH_IN] = make_list,	       [MATCH_NOT_IN] = make_list,
	[MATCH_BETWEEN] = make_pair,   [MATCH_MATCHES] = make_pattern,
	[MATCH_CONTAINS] = make_text,  [MATCH_STARTS_WITH] = make_text,
	[MATCH_ENDS_WITH] = make_text, [MATCH_EXISTS] = make_exists,
	[MATCH_TYPE] = make_type,      [MATCH_LENGTH] = make_sub,
	[MATCH_EACH] = make_sub,       [MATCH_ANY] = make_sub,
	[MATCH_NONE] = make_sub,
};

/* ---- operators ---------------------------------------------------------- */

/* As people know them from elsewhere. */
static const char *const other_names[][2] = {
	{ "==", "eq" },
	{ "=", "eq" },
	{ "!=", "ne" },
	{ "<", "lt" },
	{ "<=", "le" },
	{ ">", "gt" },
	{ ">=", "ge" },
	{ "lte", "le" },
	{ "gte", "ge" },
	{ "equals", "eq" },
	{ "equal", "eq" },
	{ "is", "eq" },
	{ "not", "ne" },
	{ "min", "ge" },
	{ "max", "le" },
	{ "one_of", "in" },
	{ "nin", "not_in" },
	{ "regex", "matches" },
	{ "match", "matches" },
	{ "regexp", "matches" },
	{ "includes", "contains" },
	{ "all", "each" },
};

static const char *nearest_op(const struct matching *c, const char *name)
{
	struct text_nearest near;

	for (size_t i = 0; i < sizeof(other_names) / sizeof(*other_names); i++)
		if (!strcmp(name, other_names[i][0]))
			return other_names[i][1];
	text_nearest_init(&near, name, strlen(name));
	for (int op = 0; op < MATCH_OP_N; op++)
		if (match_allows(op, c->kind))
			text_nearest_add(&near, match_ops[op].name);
	return near.best;
}

static void list_allowed(const struct matching *c, struct buf *out)
{
	const char *comma = "";

	for (int op = 0; op < MATCH_OP_N; op++)
		if (match_allows(op, c->kind)) {
			buf_printf(out, "%s%s", comma, match_ops[op].name);
			comma = ", ";
		}
}

static bool refuse_op(const struct matching *c, struct place at,
		      const char *name, bool is_known)
{
	const char *near = is_known ? NULL : nearest_op(c, name);
	struct buf shown, rest;

	buf_init(&shown, 80);
	buf_init(&rest, ERR_PART_MAX);
	text_printable(&shown, name, strlen(name));
	if (near) {
		buf_printf(&rest, "did you mean \"%s\"?", near);
	} else {
		buf_puts(&rest, "allowed: ");
		list_allowed(c, &rest);
	}
	if (!is_known && c->kind == VALUE_JSON)
		buf_puts(&rest, " (to compare with a map write eq: {...})");
	match_problem(c, at, "%s \"%s\"%s; %s",
		      is_known ? "there is no" : "unknown comparison",
		      buf_text(&shown), is_known ? " for this value" : "",
		      buf_text(&rest));
	buf_release(&shown);
	buf_release(&rest);
	return false;
}

static bool takes_many(enum match_op op)
{
	return op == MATCH_EACH || op == MATCH_ANY || op == MATCH_NONE ||
	       op == MATCH_LENGTH || op == MATCH_EXISTS;
}

/* A path that may find several nodes, or the names of a certificate. */
static bool refuse_many(const struct matching *c, struct place at,
			bool is_written)
{
	const char *name = op_name(c);

	if (c->kind == VALUE_NAMES)
		return match_problem(c, at,
				     "\"%s\" needs one value, but there may be "
				     "several names; write contains: ... or "
				     "each: {%s: ...}",
				     name, name);
	return match_problem(c, at,
			     "\"%s\" needs one value, but %s may find several; "
			     "write each: {%s: ...}%s",
			     name, c->what, name,
			     is_written ? "" : " or any: {...}");
}

static bool find_op(const struct matching *c, const struct node_entry *e,
		    enum match_op *op)
{
	for (int i = 0; i < MATCH_OP_N; i++)
		if (text_is(e->key, e->key_len, match_ops[i].name)) {
			*op = i;
			return true;
		}
	return refuse_op(c, e->key_at, e->key, false);
}

static bool make_entry(struct matching *c, const struct node_entry *e,
		       struct match_term *term)
{
	if (!find_op(c, e, &c->op))
		return false;
	term->op = c->op;
	term->at = e->key_at;
	if (c->kind == VALUE_NAMES && match_allows(c->op, VALUE_TEXT) &&
	    !match_allows(c->op, VALUE_NAMES))
		return refuse_many(c, e->key_at, true);
	if (!match_allows(c->op, c->kind))
		return refuse_op(c, e->key_at, e->key, true);
	if (c->many && !takes_many(c->op))
		return refuse_many(c, e->key_at, true);
	return makers[c->op](c, e->value, term);
}

/* Nothing else can be asked of what is not there. */
static bool check_exists(struct matching *c, const struct match_term *terms,
			 size_t n)
{
	for (size_t i = 0; i < n && n > 1; i++)
		if (terms[i].op == MATCH_EXISTS && !terms[i].wanted)
			return match_problem(
				c, terms[i].at,
				"\"exists: false\" cannot be combined with "
				"\"%s\"",
				match_ops[terms[i ? 0 : 1].op].name);
	return true;
}

static bool compile_map(struct matching *c, const struct node *t,
			struct match_term *terms)
{
	bool is_good = true;

	for (size_t i = 0; i < t->n; i++)
		is_good &= make_entry(c, &t->entry[i], &terms[i]);
	return is_good && check_exists(c, terms, t->n);
}

/* Without a map: the value that it must equal. */
static bool compile_short(struct matching *c, const struct node *t,
			  struct match_term *term)
{
	bool is_list = t->kind == NODE_SEQ;

	c->op = is_list ? MATCH_IN : MATCH_EQ;
	*term = (struct match_term){ .op = c->op, .at = t->at };
	if (is_list && c->kind != VALUE_STATUS)
		return match_problem(c, t->at,
				     c->kind == VALUE_JSON
					     ? "a list here may mean two "
					       "things; write eq: [...] or "
					       "in: [...]"
					     : "to accept one of several "
					       "values write in: [...]");
	if (node_is_null(t) && !t->len)
		return match_problem(c, t->at,
				     "nothing is written to compare with");
	if (c->many || c->kind == VALUE_NAMES)
		return refuse_many(c, t->at, false);
	return makers[c->op](c, t, term);
}

const struct matcher *match_compile(const struct match_context *mc,
				    const struct node *t, enum value_kind kind,
				    bool many, const char *what)
{
	struct matching c = {
		.mc = mc, .kind = kind, .many = many, .what = what
	};
	bool is_map = t->kind == NODE_MAP;

	if (is_map && !t->n) {
		match_problem(&c, t->at, "nothing is written to compare with");
		return NULL;
	}
	size_t n = is_map ? t->n : 1;
	struct matcher *m = more_memory(&c, 1, sizeof(*m));
	struct match_term *terms = more_memory(&c, n, sizeof(*terms));
	if (!m || !terms)
		return NULL;
	*m = (struct matcher){ kind, t->at, n, terms };
	if (is_map ? !compile_map(&c, t, terms) : !compile_short(&c, t, terms))
		return NULL;
	return match_check_range(&c, m) ? m : NULL;
}
