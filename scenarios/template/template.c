/* SPDX-License-Identifier: MIT */
#include "scenarios/template/template.h"

#include "scenarios/base/arena.h"
#include "scenarios/template/template_compiler.h"

/* After a mistake: behind the brace that seems to close. */
static void skip_expression(struct compiler *c)
{
	const char *close = memchr(c->text + c->i, '}', c->len - c->i);

	if (c->i && c->text[c->i - 1] == '}')
		return;
	c->i = close ? (size_t)(close - c->text) + 1 : c->len;
}

/* Bytes from here on that mean nothing but themselves. */
static size_t plain_run(const struct compiler *c)
{
	size_t i = c->i;

	while (i < c->len && c->text[i] != '$' && c->text[i] != '{' &&
	       c->text[i] != '}')
		i++;
	return i - c->i;
}

/* In a default braces pair, and the one too many ends it. */
bool template_add_text(struct compiler *c, struct draft *d, bool is_default)
{
	size_t open = 0;

	while (c->i < c->len) {
		size_t plain = plain_run(c);
		if (plain) {
			if (!draft_add_text(c, d, c->text + c->i, plain))
				return false;
			c->i += plain;
			continue;
		}
		size_t skip = template_is_next(c, "$${", 3) ? 1 : 0;
		if (template_is_next(c, "${", 2)) {
			c->i += 2;
			if (!template_add_expression(c, d))
				skip_expression(c);
			continue;
		}
		char ch = c->text[c->i + 2 * skip];
		if (ch == '}' && is_default && !open--)
			return !c->has_failed;
		open += ch == '{';
		if (!draft_add_text(c, d, skip ? "${" : &ch, 1 + skip))
			return false;
		c->i += 1 + 2 * skip;
	}
	return !c->has_failed;
}

const struct template *template_compile(struct arena *a, const char *text,
					size_t len, struct place at,
					const struct names *scope,
					struct errs *es)
{
	struct compiler c = {
		.arena = a,
		.text = text,
		.len = len,
		.at = at,
		.scope = scope,
		.es = es,
	};
	struct draft d;
	const struct template *t = NULL;

	draft_init(&d);
	if (template_add_text(&c, &d, false))
		t = draft_finish(&c, &d);
	draft_release(&d);
	return t;
}

/* ---- looking ---------------------------------------------------------- */

const struct template *template_literal(struct arena *a, const char *text,
					size_t len)
{
	struct template *t = arena_alloc(a, 1, sizeof(*t));
	struct template_part *part = arena_alloc(a, 1, sizeof(*part));

	if (!t || !part)
		return NULL;
	part->kind = PART_TEXT;
	part->text = arena_strndup(a, text, len);
	part->len = len;
	t->part = part;
	t->n = t->weight = len ? 1 : 0;
	return part->text ? t : NULL;
}

bool template_is_static(const struct template *t)
{
	return !t->n || (t->n == 1 && t->part[0].kind == PART_TEXT);
}

const char *template_text(const struct template *t, size_t *len)
{
	bool is_static = template_is_static(t);

	if (len)
		*len = is_static && t->n ? t->part[0].len : 0;
	if (!is_static)
		return NULL;
	return t->n ? t->part[0].text : "";
}

bool template_uses_secret(const struct template *t)
{
	return t->uses_secret;
}

static bool part_varies(const struct template_part *part, size_t n_constant)
{
	if (part->kind == PART_SLOT && part->slot >= n_constant)
		return true;
	if (part->kind == PART_CALL && !part->fn->is_pure)
		return true;
	if (part->fallback && template_varies(part->fallback, n_constant))
		return true;
	for (size_t i = 0; i < part->args; i++)
		if (template_varies(part->arg[i], n_constant))
			return true;
	return false;
}

bool template_varies(const struct template *t, size_t n_constant)
{
	for (size_t i = 0; i < t->n; i++)
		if (part_varies(&t->part[i], n_constant))
			return true;
	return false;
}

const char *template_prefix(const struct template *t, size_t *len)
{
	bool has_text = t->n && t->part[0].kind == PART_TEXT;

	*len = has_text ? t->part[0].len : 0;
	return has_text ? t->part[0].text : "";
}

void template_each_slot(const struct template *t,
			void (*fn)(void *self, size_t slot, const char *name,
				   bool has_default),
			void *self)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct template_part *part = &t->part[i];
		if (part->kind == PART_SLOT)
			fn(self, part->slot, part->text, part->fallback);
		if (part->fallback)
			template_each_slot(part->fallback, fn, self);
		for (size_t k = 0; k < part->args; k++)
			template_each_slot(part->arg[k], fn, self);
	}
}
