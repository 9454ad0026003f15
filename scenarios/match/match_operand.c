/* SPDX-License-Identifier: MIT */
#include "scenarios/match/match_parts.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/doc/doc.h"
#include "scenarios/jsonpath/jsonpath.h"
#include "scenarios/template/template.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

bool match_problem(const struct matching *c, struct place at, const char *fmt,
		   ...)
{
	struct buf text;
	va_list ap;

	buf_init(&text, ERR_TEXT_MAX);
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	errs_add(c->mc->es, ERR_INPUT, at, "\"%s\": %s", c->what,
		 buf_text(&text));
	buf_release(&text);
	return false;
}

static bool no_memory(const struct matching *c)
{
	return errs_nomem(c->mc->es);
}

/* An empty value is a slip of the pen more often than a null. */
static bool is_empty(const struct node *t)
{
	return node_is_null(t) && !t->len;
}

static bool refuse_empty(const struct matching *c, const struct node *t)
{
	return match_problem(c, t->at,
			     "\"%s\" has no value; write null or '' if that "
			     "is what is expected",
			     match_ops[c->op].name);
}

/* "wants a duration like 2s, got a list". */
static bool refuse(const struct matching *c, const struct node *t,
		   const char *wants)
{
	const char *hint = node_hint(t);

	return match_problem(c, t->at, "\"%s\" wants %s, got %s%s%s",
			     match_ops[c->op].name, wants, node_kind_name(t),
			     hint ? "; " : "", hint ? hint : "");
}

/* ---- texts ------------------------------------------------------------- */

static bool text_template(const struct matching *c, const struct node *t,
			  struct operand *out)
{
	out->text = template_compile(c->mc->arena, t->text, t->len, t->at,
				     c->mc->scope, c->mc->es);
	return out->text != NULL;
}

static bool text_operand(const struct matching *c, const struct node *t,
			 struct operand *out)
{
	if (t->kind != NODE_SCALAR)
		return refuse(c, t, "a text");
	if (is_empty(t))
		return refuse_empty(c, t);
	if (node_scalar_type(t) == SCALAR_BOOL || node_is_null(t))
		return match_problem(c, t->at,
				     "\"%s\" wants a text, got %s; write "
				     "'%s' in quotes if the text is meant",
				     match_ops[c->op].name, node_kind_name(t),
				     t->text);
	return text_template(c, t, out);
}

bool match_static_text(const struct matching *c, const struct node *t,
		       struct operand *out, const char **text, size_t *len)
{
	if (!text_operand(c, t, out))
		return false;
	*text = template_text(out->text, len);
	if (!*text)
		return match_problem(c, t->at,
				     "a pattern must be known when the file is "
				     "loaded; use eq, contains or starts_with "
				     "with values that come later");
	return true;
}

/* ---- quantities and words ------------------------------------------------ */

/* A scalar as it counts when the file is loaded. */
struct word {
	const struct node *t;
	const char *text;
	size_t len;
	bool is_template; /* then quotes around it mean nothing */
};

static bool word_take(const struct matching *c, const struct node *t,
		      const char *wants, struct word *out)
{
	struct operand o = { 0 };

	if (t->kind != NODE_SCALAR || is_empty(t))
		return refuse(c, t, wants);
	*out = (struct word){ t, t->text, t->len, false };
	if (!memmem(t->text, t->len, "${", 2))
		return true;
	if (!text_template(c, t, &o))
		return false;
	out->is_template = true;
	out->text = template_text(o.text, &out->len);
	if (out->text)
		return true;
	return match_problem(c, t->at,
			     "%s must be known when the file is loaded, and %s "
			     "is not",
			     wants, t->text);
}

static bool refuse_word(const struct matching *c, const struct word *w,
			const char *wants)
{
	const char *hint = node_hint(w->t);

	return match_problem(c, w->t->at, "\"%s\" wants %s, got \"%s\"%s%s%s",
			     match_ops[c->op].name, wants, w->text,
			     w->t->is_quoted && !w->is_template ? " in quotes"
								: "",
			     hint ? "; " : "", hint ? hint : "");
}

static bool number_operand(const struct matching *c, const struct node *t,
			   struct operand *out)
{
	static const char wants[] = "a number";
	struct word w;

	if (!word_take(c, t, wants, &w))
		return false;
	if (!(w.is_template
		      ? unit_parse_number(w.text, w.len, &out->number, NULL)
		      : node_as_double(t, &out->number)) ||
	    !isfinite(out->number))
		return refuse_word(c, &w, wants);
	return true;
}

/* A quantity with a unit; the sentence of units says what is wrong. */
static bool quantity(const struct matching *c, const struct word *w,
		     bool (*parse)(const char *text, size_t len,
				   uint64_t *value, struct buf *why),
		     bool is_signed, struct operand *out)
{
	bool is_negative = is_signed && w->len > 1 && w->text[0] == '-';
	struct buf why;
	uint64_t value = 0;

	buf_init(&why, ERR_TEXT_MAX / 2);
	bool is_done = parse(w->text + is_negative, w->len - is_negative,
			     &value, &why);
	if (!is_done)
		match_problem(c, w->t->at, "%s", buf_text(&why));
	buf_release(&why);
	if (!is_done)
		return false;
	if (value > INT64_MAX)
		return match_problem(c, w->t->at, "\"%s\" is too large",
				     w->text);
	out->integer = is_negative ? -(int64_t)value : (int64_t)value;
	return true;
}

static bool duration_operand(const struct matching *c, const struct node *t,
			     struct operand *out)
{
	struct word w;

	return word_take(c, t, "a duration like 2s", &w) &&
	       quantity(c, &w, unit_parse_duration, true, out);
}

static bool size_operand(const struct matching *c, const struct node *t,
			 struct operand *out)
{
	struct word w;

	return word_take(c, t, "a size like 10MB", &w) &&
	       quantity(c, &w, unit_parse_size, false, out);
}

static bool is_class(const struct word *w)
{
	return w->len == 3 && w->text[0] >= '1' && w->text[0] <= '5' &&
	       !memcmp(w->text + 1, "xx", 2);
}

static bool status_operand(const struct matching *c, const struct node *t,
			   struct operand *out)
{
	static const char wants[] = "a status like 200 or a class like 2xx";
	struct word w;

	if (!word_take(c, t, wants, &w))
		return false;
	if (is_class(&w)) {
		out->integer = (w.text[0] - '0') * 100;
		out->high = out->integer + 99;
		return true;
	}
	if (!(w.is_template
		      ? unit_parse_integer(w.text, w.len, &out->integer, NULL)
		      : node_as_int(t, &out->integer)))
		return refuse_word(c, &w, wants);
	if (out->integer < MATCH_STATUS_LOW || out->integer > MATCH_STATUS_HIGH)
		return match_problem(
			c, t->at, "a status is %d to %d, got %" PRId64,
			MATCH_STATUS_LOW, MATCH_STATUS_HIGH, out->integer);
	out->high = out->integer;
	return true;
}

static bool tls_operand(const struct matching *c, const struct node *t,
			struct operand *out)
{
	size_t n = 0;
	struct word w;

	if (!word_take(c, t, "a version like TLSv1.2", &w))
		return false;
	out->integer = match_tls_age(w.text, w.len);
	if (out->integer >= 0)
		return true;
	while (match_tls_versions[n])
		n++;
	const char *near = text_nearest(w.text, w.len, match_tls_versions, n);
	return match_problem(
		c, t->at, "\"%s\" is no TLS version; %s%s%s", w.text,
		near ? "did you mean \"" : "write one like TLSv1.2",
		near ? near : "", near ? "\"?" : "");
}

static bool bool_operand(const struct matching *c, const struct node *t,
			 struct operand *out)
{
	static const char wants[] = "true or false";
	struct word w;
	bool value;

	if (!word_take(c, t, wants, &w))
		return false;
	if (w.is_template) {
		value = text_is(w.text, w.len, "true");
		if (!value && !text_is(w.text, w.len, "false"))
			return refuse_word(c, &w, wants);
	} else if (!node_as_bool(t, &value)) {
		return refuse_word(c, &w, wants);
	}
	out->integer = value;
	return true;
}

/* ---- JSON -------------------------------------------------------------- */

static bool json_build(const struct matching *c, const struct node *t,
		       cJSON *out);

/* Texts inside a list or map: what ${...} means must be known by now. */
static bool json_text(const struct matching *c, const struct node *t,
		      cJSON *out)
{
	struct operand o = { 0 };
	size_t len;

	if (!text_template(c, t, &o))
		return false;
	const char *text = template_text(o.text, &len);
	if (!text)
		return match_problem(c, t->at,
				     "a value that comes later cannot stand "
				     "inside a list or map; compare that "
				     "member by a path of its own");
	if (memchr(text, '\0', len))
		return match_problem(c, t->at,
				     "a text inside a list or map cannot hold "
				     "a NUL");
	out->type = cJSON_String;
	out->valuestring = arena_strndup(c->mc->arena, text, len);
	return out->valuestring || no_memory(c);
}

static bool json_scalar(const struct matching *c, const struct node *t,
			cJSON *out)
{
	enum scalar_type type = node_scalar_type(t);
	bool truth;

	if (is_empty(t))
		return refuse_empty(c, t);
	if (type == SCALAR_NULL) {
		out->type = cJSON_NULL;
	} else if (node_as_bool(t, &truth)) {
		out->type = truth ? cJSON_True : cJSON_False;
	} else if (type == SCALAR_INT || type == SCALAR_FLOAT) {
		out->type = cJSON_Number;
		if (!node_as_double(t, &out->valuedouble) ||
		    !isfinite(out->valuedouble))
			return match_problem(
				c, t->at, "%s is no number in JSON", t->text);
	} else {
		return json_text(c, t, out);
	}
	return true;
}

static bool json_children(const struct matching *c, const struct node *t,
			  cJSON *out)
{
	cJSON *last = NULL;

	out->type = t->kind == NODE_MAP ? cJSON_Object : cJSON_Array;
	for (size_t i = 0; i < t->n; i++) {
		cJSON *child = arena_alloc(c->mc->arena, 1, sizeof(*child));
		if (!child)
			return no_memory(c);
		if (t->kind == NODE_MAP) {
			child->string =
				arena_strdup(c->mc->arena, t->entry[i].key);
			if (!child->string)
				return no_memory(c);
		}
		if (!json_build(c,
				t->kind == NODE_MAP ? t->entry[i].value
						    : t->item[i],
				child))
			return false;
		child->prev = last;
		if (last)
			last->next = child;
		else
			out->child = child;
		last = child;
	}
	if (out->child)
		out->child->prev = last;
	return true;
}

/* The tree is in the arena; a node is never deeper than DOC_DEPTH_MAX. */
static bool json_build(const struct matching *c, const struct node *t,
		       cJSON *out)
{
	return t->kind == NODE_SCALAR ? json_scalar(c, t, out)
				      : json_children(c, t, out);
}

static bool json_literal(const struct matching *c, const struct node *t,
			 struct operand *out)
{
	cJSON *json = arena_alloc(c->mc->arena, 1, sizeof(*json));

	out->json = json;
	if (!json)
		return no_memory(c);
	return json_build(c, t, json);
}

static bool path_operand(const struct matching *c, const struct node *t,
			 struct operand *out)
{
	if (t->kind != NODE_SCALAR || is_empty(t))
		return match_problem(c, t->at,
				     "\"path\" wants a path like $.size, got "
				     "%s",
				     node_kind_name(t));
	out->path = jsonpath_compile(c->mc->arena, t->text, t->len, t->at,
				     c->mc->es);
	if (!out->path)
		return false;
	if (!jsonpath_is_singular(out->path))
		return match_problem(c, t->at,
				     "%s may find several values; a path to "
				     "compare with must name one",
				     t->text);
	out->written = jsonpath_text(out->path);
	return true;
}

static bool json_operand(const struct matching *c, const struct node *t,
			 struct operand *out)
{
	const struct node *path = node_find(t, "path");
	const struct node *literal = node_find(t, "literal");

	if (t->kind == NODE_MAP && (path || literal) && t->n > 1)
		return match_problem(c, t->at,
				     "\"%s\" stands alone; for a map that has "
				     "this key itself write literal: {...}",
				     path ? "path" : "literal");
	if (path)
		return path_operand(c, path, out);
	if (literal)
		return json_literal(c, literal, out);
	if (t->kind == NODE_SCALAR &&
	    (t->is_quoted || node_scalar_type(t) == SCALAR_STRING))
		return text_template(c, t, out);
	return json_literal(c, t, out);
}

static bool (*const operands[VALUE_KIND_N])(const struct matching *c,
					    const struct node *t,
					    struct operand *out) = {
	[VALUE_TEXT] = text_operand,	   [VALUE_JSON] = json_operand,
	[VALUE_NUMBER] = number_operand,   [VALUE_DURATION] = duration_operand,
	[VALUE_SIZE] = size_operand,	   [VALUE_STATUS] = status_operand,
	[VALUE_TLS_VERSION] = tls_operand, [VALUE_BOOL] = bool_operand,
	[VALUE_NAMES] = text_operand,
};

bool match_operand(const struct matching *c, const struct node *t,
		   enum value_kind kind, struct operand *out)
{
	*out = (struct operand){ .kind = kind };
	if (!operands[kind](c, t, out))
		return false;
	if (t->kind == NODE_SCALAR && !out->written) {
		out->written = arena_strndup(c->mc->arena, t->text, t->len);
		return out->written || no_memory(c);
	}
	return true;
}
