/* SPDX-License-Identifier: MIT */
#include "scenarios/base/arena.h"
#include "scenarios/template/template_compiler.h"
#include "scenarios/base/text.h"

/* ---- names ------------------------------------------------------------ */

struct word {
	char text[TEMPLATE_NAME_MAX + 1];
	size_t at; /* offset in the text */
};

static bool unknown_name(struct compiler *c, const struct word *w,
			 const char *space, const char *name,
			 const char *nearest)
{
	static const struct {
		const char *space;
		const char *sentence;
	} rows[] = {
		{ "secret", "is not declared under secrets" },
		{ "data", "is no column of the data that is known here" },
		{ "", "is not defined: no var, capture or other value has "
		      "this name" },
	};

	if (!strcmp(space, "env"))
		return TEMPLATE_TROUBLE(
			c, w->at,
			"the environment variable \"%s\" is not set; "
			"write ${env.%s:-text} for a default",
			name, name);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(space, rows[i].space) != 0)
			continue;
		if (nearest)
			return TEMPLATE_TROUBLE(
				c, w->at,
				"\"%s\" is not defined; did you mean "
				"\"%s%s%s\"?",
				w->text, space, *space ? "." : "", nearest);
		if (!*space && template_fn_find(name))
			return TEMPLATE_TROUBLE(
				c, w->at, "\"%s\" is a function; write ${%s()}",
				name, name);
		return TEMPLATE_TROUBLE(c, w->at, "\"%s\" %s", w->text,
					rows[i].sentence);
	}
	return TEMPLATE_TROUBLE(
		c, w->at,
		"\"%s\" is not defined: before the dot stands env, "
		"secret or data, not \"%s\"",
		w->text, space);
}

static enum name_kind ask_scope(struct compiler *c, const char *space,
				const char *name, struct name_ref *ref)
{
	*ref = (struct name_ref){ 0 };
	return c->scope ? c->scope->find(c->scope->self, space, name, ref)
			: NAME_UNKNOWN;
}

static bool add_slot(struct compiler *c, struct draft *d, const struct word *w,
		     const struct name_ref *ref,
		     const struct template *fallback)
{
	struct template_part part = {
		.kind = PART_SLOT,
		.text = arena_strdup(c->arena, w->text),
		.len = strlen(w->text),
		.slot = ref->slot,
		.fallback = fallback,
	};

	if (!part.text)
		return template_no_memory(c);
	d->uses_secret = d->uses_secret || ref->is_secret ||
			 (fallback && fallback->uses_secret);
	return draft_add_part(c, d, &part);
}

/* fallback is what stood behind :-, or NULL. */
static bool add_name(struct compiler *c, struct draft *d, const struct word *w,
		     const struct template *fallback)
{
	char space[TEMPLATE_NAME_MAX + 1];
	struct name_ref ref;

	memcpy(space, w->text, strlen(w->text) + 1);
	char *dot = strchr(space, '.');
	const char *name = dot ? dot + 1 : w->text;
	*(dot ? dot : space) = '\0';
	if (!*name)
		return TEMPLATE_TROUBLE(
			c, w->at, "a name is missing behind \"%s\"", w->text);
	switch (ask_scope(c, space, name, &ref)) {
	case NAME_STATIC:
		if (fallback && !ref.len)
			return draft_add_program(c, d, fallback);
		d->uses_secret = d->uses_secret || ref.is_secret;
		return draft_add_text(c, d, ref.text, ref.len);
	case NAME_SLOT:
		return add_slot(c, d, w, &ref, fallback);
	case NAME_TEMPLATE:
		if (fallback)
			return TEMPLATE_TROUBLE(
				c, w->at,
				"\"%s\" is made anew at each use and "
				"takes no default",
				w->text);
		return draft_add_program(c, d, ref.program);
	case NAME_REFUSED:
		c->has_failed = true;
		return false;
	default:
		if (fallback && !strcmp(space, "env"))
			return draft_add_program(c, d, fallback);
		return unknown_name(c, w, space, name, ref.nearest);
	}
}

/* ---- the inside of ${ ------------------------------------------------- */

static char peek(const struct compiler *c)
{
	return c->i < c->len ? c->text[c->i] : '\0';
}

static void skip_space(struct compiler *c)
{
	while (c->i < c->len && strchr(" \t\r\n", c->text[c->i]) &&
	       c->text[c->i])
		c->i++;
}

static bool is_name_start(char ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
	       ch == '_';
}

static bool is_name_byte(char ch)
{
	return is_name_start(ch) || (ch >= '0' && ch <= '9') || ch == '-' ||
	       ch == '.';
}

static bool unclosed(struct compiler *c, size_t start)
{
	c->i = c->len;
	return TEMPLATE_TROUBLE(c, start,
				"\"${\" is not closed with \"}\"; a literal "
				"${ is written $${");
}

/* The one byte or character at i, for a message. */
static int shown_bytes(const struct compiler *c)
{
	uint32_t code;
	size_t n = text_utf8_next(c->text + c->i, c->len - c->i, &code);

	return n ? (int)n : 1;
}

static bool read_word(struct compiler *c, struct word *w, size_t start)
{
	skip_space(c);
	w->at = c->i;
	if (c->i == c->len)
		return unclosed(c, start);
	if (c->i - start == 2 && peek(c) == '}')
		return TEMPLATE_TROUBLE(c, start, "\"${}\" names nothing");
	if (!is_name_start(peek(c)))
		return TEMPLATE_TROUBLE(c, c->i,
					"expected a name, found \"%.*s\"",
					shown_bytes(c), c->text + c->i);
	while (c->i < c->len && is_name_byte(c->text[c->i]))
		c->i++;
	size_t len = c->i - w->at;
	if (len > TEMPLATE_NAME_MAX)
		return TEMPLATE_TROUBLE(c, w->at,
					"a name of %zu bytes: the limit is %d",
					len, TEMPLATE_NAME_MAX);
	memcpy(w->text, c->text + w->at, len);
	w->text[len] = '\0';
	skip_space(c);
	return true;
}

static bool add_call(struct compiler *c, struct draft *d, const struct word *w,
		     size_t start);

/* A text in quotes; i stands on the opening one. */
static bool add_quoted(struct compiler *c, struct draft *d)
{
	static const char escapes[] = "\\\\''\"\"n\nt\t";
	size_t start = c->i;
	char quote = c->text[c->i++];

	for (; c->i < c->len && c->text[c->i] != quote; c->i++) {
		char ch = c->text[c->i];
		if (ch == '\\') {
			c->i++;
			const char *at = escapes;
			while (*at && *at != peek(c))
				at += 2;
			if (!*at || c->i == c->len)
				return TEMPLATE_TROUBLE(
					c, c->i - 1,
					"unknown escape: there are \\\\ "
					"\\' \\\" \\n \\t");
			ch = at[1];
		}
		if (!draft_add_text(c, d, &ch, 1))
			return false;
	}
	if (c->i == c->len)
		return TEMPLATE_TROUBLE(c, start, "this quote is never closed");
	c->i++;
	return true;
}

static bool add_number(struct compiler *c, struct draft *d)
{
	size_t from = c->i;

	if (peek(c) == '-' || peek(c) == '+')
		c->i++;
	while (peek(c) >= '0' && peek(c) <= '9')
		c->i++;
	if (is_name_byte(peek(c)))
		return TEMPLATE_TROUBLE(
			c, from,
			"this is neither a whole number nor a name; a "
			"text stands in quotes");
	return draft_add_text(c, d, c->text + from, c->i - from);
}

/* One argument: a text, a number, a name or a call. */
static bool add_operand(struct compiler *c, struct draft *d, size_t start)
{
	struct word w;

	skip_space(c);
	char ch = peek(c);
	if (ch == '\'' || ch == '"')
		return add_quoted(c, d);
	if ((ch >= '0' && ch <= '9') || ch == '-' || ch == '+')
		return add_number(c, d);
	if (!read_word(c, &w, start))
		return false;
	return peek(c) == '(' ? add_call(c, d, &w, start)
			      : add_name(c, d, &w, NULL);
}

static const struct template *read_argument(struct compiler *c, size_t start)
{
	struct draft d;
	const struct template *t = NULL;

	draft_init(&d);
	if (add_operand(c, &d, start))
		t = draft_finish(c, &d);
	draft_release(&d);
	skip_space(c);
	return t;
}

/* The arguments up to and with the closing parenthesis. */
static bool read_arguments(struct compiler *c, const struct template **arg,
			   size_t *args, size_t *arg_at, size_t start)
{
	*args = 0;
	c->i++;
	skip_space(c);
	if (peek(c) == ')') {
		c->i++;
		return true;
	}
	for (;;) {
		if (*args == TEMPLATE_ARGS_MAX)
			return TEMPLATE_TROUBLE(
				c, c->i, "too many arguments: the limit is %d",
				TEMPLATE_ARGS_MAX);
		skip_space(c);
		arg_at[*args] = c->i;
		arg[*args] = read_argument(c, start);
		if (!arg[(*args)++])
			return false;
		char ch = peek(c);
		if (c->i == c->len)
			return unclosed(c, start);
		if (ch != ',' && ch != ')')
			return TEMPLATE_TROUBLE(
				c, c->i,
				"expected \",\" or \")\", found "
				"\"%.*s\"",
				shown_bytes(c), c->text + c->i);
		c->i++;
		if (ch == ')')
			return true;
	}
}

static bool check_count(struct compiler *c, const struct word *w,
			const struct template_fn *fn, size_t args)
{
	if (args >= fn->least_args && args <= fn->most_args)
		return true;
	if (fn->least_args == fn->most_args)
		return TEMPLATE_TROUBLE(c, w->at,
					"\"%s\" takes %zu argument%s, got %zu",
					fn->name, fn->least_args,
					fn->least_args == 1 ? "" : "s", args);
	return TEMPLATE_TROUBLE(c, w->at,
				"\"%s\" takes %zu to %zu arguments, got %zu",
				fn->name, fn->least_args, fn->most_args, args);
}

/* The call becomes text at once when nothing outside decides it. */
static bool finish_call(struct compiler *c, struct draft *d,
			const struct word *w, struct template_part *part,
			const size_t *arg_at)
{
	struct buf why;
	size_t index = 0;
	bool is_static = part->fn->is_pure;

	for (size_t i = 0; i < part->args; i++) {
		is_static = is_static && template_is_static(part->arg[i]);
		d->uses_secret = d->uses_secret || part->arg[i]->uses_secret;
	}
	buf_init(&why, CALL_ERROR_MAX);
	bool done = template_fn_constants(part, &index, &why);
	if (!done)
		TEMPLATE_TROUBLE(c, arg_at[index], "\"%s\": %s", w->text,
				 buf_text(&why));
	else if (!is_static)
		done = draft_add_part(c, d, part);
	else if (!template_eval_part(part, NULL, &d->literal, &why))
		done = TEMPLATE_TROUBLE(c, w->at, "\"%s\": %s", w->text,
					buf_text(&why));
	buf_release(&why);
	return done;
}

static bool add_call(struct compiler *c, struct draft *d, const struct word *w,
		     size_t start)
{
	const struct template *arg[TEMPLATE_ARGS_MAX];
	size_t arg_at[TEMPLATE_ARGS_MAX] = { 0 };
	struct template_part part = {
		.kind = PART_CALL,
		.fn = template_fn_find(w->text),
	};

	if (!part.fn) {
		const char *near = template_fn_nearest(w->text);
		return TEMPLATE_TROUBLE(
			c, w->at,
			near ? "\"%s\" is not a function; did you mean "
			       "\"%s\"?"
			     : "\"%s\" is not a function%s",
			w->text, near ? near : "");
	}
	if (c->depth == TEMPLATE_DEPTH_MAX)
		return TEMPLATE_TROUBLE(c, w->at, "calls are more than %d deep",
					TEMPLATE_DEPTH_MAX);
	c->depth++;
	bool done = read_arguments(c, arg, &part.args, arg_at, start);
	c->depth--;
	if (!done || !check_count(c, w, part.fn, part.args))
		return false;
	void *copy = arena_alloc(c->arena, part.args, sizeof(arg[0]));
	if (!copy)
		return template_no_memory(c);
	memcpy(copy, arg, part.args * sizeof(arg[0]));
	part.arg = copy;
	return finish_call(c, d, w, &part, arg_at);
}

/* The text behind :- , up to the brace that closes. */
static const struct template *read_default(struct compiler *c, size_t start)
{
	struct draft d;
	const struct template *t = NULL;

	if (c->depth == TEMPLATE_DEPTH_MAX) {
		TEMPLATE_TROUBLE(c, start, "defaults are more than %d deep",
				 TEMPLATE_DEPTH_MAX);
		return NULL;
	}
	c->i += 2;
	c->depth++;
	draft_init(&d);
	if (template_add_text(c, &d, true))
		t = draft_finish(c, &d);
	draft_release(&d);
	c->depth--;
	return t;
}

bool template_add_expression(struct compiler *c, struct draft *d)
{
	size_t start = c->i - 2;
	struct word w;
	const struct template *fallback = NULL;

	if (!read_word(c, &w, start))
		return false;
	bool is_call = peek(c) == '(';
	if (is_call && !add_call(c, d, &w, start))
		return false;
	skip_space(c);
	if (!is_call && template_is_next(c, ":-", 2)) {
		fallback = read_default(c, start);
		if (!fallback)
			return false;
	}
	if (c->i == c->len)
		return unclosed(c, start);
	if (peek(c) != '}')
		return TEMPLATE_TROUBLE(c, c->i,
					"expected \"}\", found \"%.*s\"",
					shown_bytes(c), c->text + c->i);
	c->i++;
	return is_call || add_name(c, d, &w, fallback);
}
