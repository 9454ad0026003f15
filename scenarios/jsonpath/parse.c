/* SPDX-License-Identifier: MIT */
#include "scenarios/jsonpath/parse.h"

#include <string.h>

#include "scenarios/base/arena.h"
#include "scenarios/jsonpath/jsonpath.h"

static bool starts_int(int ch)
{
	return ch == '-' || lex_is_digit(ch);
}

/* What follows the first colon of a slice. */
static bool slice_rest(struct cursor *c, struct slice *slice)
{
	slice->step = 1;
	lex_blank(c);
	if (starts_int(lex_peek(c))) {
		slice->has_end = true;
		if (!lex_int(c, &slice->end))
			return false;
		lex_blank(c);
	}
	if (!lex_take(c, ':'))
		return true;
	lex_blank(c);
	return !starts_int(lex_peek(c)) || lex_int(c, &slice->step);
}

static bool index_or_slice(struct cursor *c, struct selector *selector)
{
	bool has_start = starts_int(lex_peek(c));
	int64_t start = 0;

	if (has_start && !lex_int(c, &start))
		return false;
	size_t behind = c->at;
	lex_blank(c);
	if (lex_take(c, ':')) {
		selector->kind = SELECT_SLICE;
		selector->slice.start = start;
		selector->slice.has_start = has_start;
		return slice_rest(c, &selector->slice);
	}
	c->at = behind;
	selector->kind = SELECT_INDEX;
	selector->index = start;
	return true;
}

static bool selector_filter(struct cursor *c, struct selector *selector)
{
	selector->kind = SELECT_FILTER;
	c->at++;
	lex_blank(c);
	return parse_logical(c, &selector->filter);
}

static bool parse_selector(struct cursor *c, struct selector *selector)
{
	int ch = lex_peek(c);

	if (ch == '\'' || ch == '"') {
		selector->kind = SELECT_NAME;
		selector->name = lex_string(c);
		return selector->name != NULL;
	}
	if (lex_take(c, '*')) {
		selector->kind = SELECT_ALL;
		return true;
	}
	if (ch == '?')
		return selector_filter(c, selector);
	if (ch == ':' || starts_int(ch))
		return index_or_slice(c, selector);
	if (ch == '_' || lex_is_lower(ch | 0x20))
		return lex_expected(c, "a selector (a name in brackets stands "
				       "in quotes)");
	return lex_expected(c, "a selector (a name in quotes, an index, a "
			       "slice, * or ?)");
}

/* Selectors up to the closing bracket; the opening one is taken. */
static bool bracket(struct cursor *c, struct segment *segment, bool *blank)
{
	const struct selector **end = &segment->selectors;

	*blank = false;
	for (;;) {
		struct selector *selector = lex_new(c, sizeof(*selector));
		if (!selector)
			return false;
		*blank |= lex_blank(c);
		if (!parse_selector(c, selector))
			return false;
		*end = selector;
		end = &selector->next;
		*blank |= lex_blank(c);
		if (lex_take(c, ']'))
			return true;
		if (!lex_take(c, ','))
			return lex_expected(c, "\",\" or \"]\"");
	}
}

/* A name or a star behind one or two dots. */
static bool shorthand(struct cursor *c, struct segment *segment)
{
	struct selector *selector = lex_new(c, sizeof(*selector));

	if (!selector)
		return false;
	segment->selectors = selector;
	if (lex_take(c, '*')) {
		selector->kind = SELECT_ALL;
		return true;
	}
	selector->kind = SELECT_NAME;
	selector->name = lex_shorthand(c);
	return selector->name != NULL;
}

static bool parse_segment(struct cursor *c, struct segment *segment,
			  bool *blank)
{
	*blank = false;
	if (lex_take(c, '[')) /* a child */
		return bracket(c, segment, blank);
	c->at++;
	segment->descends = lex_take(c, '.');
	if (segment->descends && lex_take(c, '['))
		return bracket(c, segment, blank);
	return shorthand(c, segment);
}

static bool finds_one(const struct segment *segment)
{
	const struct selector *first = segment->selectors;

	return !segment->descends && !first->next &&
	       (first->kind == SELECT_NAME || first->kind == SELECT_INDEX);
}

bool parse_query(struct cursor *c, struct query *query)
{
	const struct segment **end = &query->segments;

	query->is_relative = c->text[c->at++] == '@';
	query->is_singular = true;
	for (;;) {
		size_t behind = c->at;
		bool blank;

		lex_blank(c);
		if (lex_peek(c) != '.' && lex_peek(c) != '[') {
			c->at = behind;
			return true;
		}
		struct segment *segment = lex_new(c, sizeof(*segment));
		if (!segment || !parse_segment(c, segment, &blank))
			return false;
		*end = segment;
		end = &segment->next;
		query->is_singular &= finds_one(segment);
		query->has_inner_blank |= blank;
	}
}

static bool parse_all(struct cursor *c, struct jsonpath *path)
{
	if (c->len > JSONPATH_BYTES_MAX)
		return errs_add(c->es, ERR_INPUT, c->base,
				"a path has at most %d bytes, got %zu",
				JSONPATH_BYTES_MAX, c->len);
	path->text = arena_strndup(c->arena, c->text, c->len);
	if (!path->text)
		return errs_nomem(c->es);
	if (lex_peek(c) != '$')
		return lex_expected(c, "\"$\" at the start of a path");
	if (!parse_query(c, &path->query))
		return false;
	return c->at == c->len ||
	       lex_expected(c, "\".\" or \"[\" or the end of the path");
}

const struct jsonpath *jsonpath_compile(struct arena *a, const char *text,
					size_t len, struct place at,
					struct errs *es)
{
	struct jsonpath *path = arena_alloc(a, 1, sizeof(*path));
	struct cursor c = {
		.text = text, .len = len, .arena = a, .base = at, .es = es
	};

	if (!path) {
		errs_nomem(es);
		return NULL;
	}
	c.dubious_end = &path->dubious;
	return parse_all(&c, path) ? path : NULL;
}

bool jsonpath_is_singular(const struct jsonpath *path)
{
	return path->query.is_singular;
}

const char *jsonpath_text(const struct jsonpath *path)
{
	return path->text;
}

void jsonpath_warn(const struct jsonpath *path, struct errs *warnings)
{
	for (const struct dubious *d = path->dubious; d; d = d->next)
		errs_add(warnings, ERR_INPUT, d->at, "this never matches: %s",
			 d->says);
}
