/* SPDX-License-Identifier: MIT */
#include "scenarios/base/arena.h"
#include "scenarios/template/template_compiler.h"

bool template_no_memory(struct compiler *c)
{
	c->has_failed = true;
	return errs_nomem(c->es);
}

void draft_init(struct draft *d)
{
	*d = (struct draft){ 0 };
	buf_init(&d->parts, BUF_NO_LIMIT);
	buf_init(&d->literal, TEMPLATE_OUT_MAX);
}

void draft_release(struct draft *d)
{
	buf_release(&d->parts);
	buf_release(&d->literal);
}

bool draft_add_text(struct compiler *c, struct draft *d, const char *text,
		    size_t len)
{
	if (buf_add(&d->literal, text, len))
		return true;
	if (d->literal.failed)
		return template_no_memory(c);
	return TEMPLATE_TROUBLE(c, 0, "the text becomes longer than %d bytes",
				TEMPLATE_OUT_MAX);
}

static bool push_part(struct compiler *c, struct draft *d,
		      const struct template_part *part, size_t weight,
		      unsigned height)
{
	if (height > d->height)
		d->height = height;
	d->weight += weight;
	if (d->weight > TEMPLATE_PARTS_MAX)
		return TEMPLATE_TROUBLE(
			c, 0,
			"the text has more than %d parts, with the vars "
			"in it written out",
			TEMPLATE_PARTS_MAX);
	if (d->height > TEMPLATE_DEPTH_MAX)
		return TEMPLATE_TROUBLE(
			c, 0,
			"calls and defaults are more than %d deep, with "
			"the vars in it written out",
			TEMPLATE_DEPTH_MAX);
	return buf_add(&d->parts, part, sizeof(*part)) || template_no_memory(c);
}

/* Makes a part of the text gathered so far. */
static bool flush_literal(struct compiler *c, struct draft *d)
{
	if (!d->literal.len)
		return true;
	struct template_part part = {
		.kind = PART_TEXT,
		.text = arena_strndup(c->arena, d->literal.text,
				      d->literal.len),
		.len = d->literal.len,
	};
	buf_reset(&d->literal);
	if (!part.text)
		return template_no_memory(c);
	return push_part(c, d, &part, 1, 0);
}

static size_t weight_of(const struct template_part *part)
{
	size_t weight = 1 + (part->fallback ? part->fallback->weight : 0);

	for (size_t i = 0; i < part->args; i++)
		weight += part->arg[i]->weight;
	return weight;
}

static unsigned height_of(const struct template_part *part)
{
	unsigned most = part->fallback ? part->fallback->height + 1 : 0;

	if (part->kind == PART_CALL)
		most = 1;
	for (size_t i = 0; i < part->args; i++)
		if (part->arg[i]->height >= most)
			most = part->arg[i]->height + 1;
	return most;
}

bool draft_add_part(struct compiler *c, struct draft *d,
		    const struct template_part *part)
{
	return flush_literal(c, d) &&
	       push_part(c, d, part, weight_of(part), height_of(part));
}

bool draft_add_program(struct compiler *c, struct draft *d,
		       const struct template *program)
{
	d->uses_secret = d->uses_secret || program->uses_secret;
	for (size_t i = 0; i < program->n; i++) {
		const struct template_part *part = &program->part[i];
		bool done =
			part->kind == PART_TEXT
				? draft_add_text(c, d, part->text, part->len)
				: draft_add_part(c, d, part);
		if (!done)
			return false;
	}
	return true;
}

const struct template *draft_finish(struct compiler *c, struct draft *d)
{
	if (!flush_literal(c, d))
		return NULL;
	struct template *t = arena_alloc(c->arena, 1, sizeof(*t));
	void *parts = arena_alloc(c->arena, d->parts.len, 1);
	if (!t || !parts) {
		template_no_memory(c);
		return NULL;
	}
	if (d->parts.len)
		memcpy(parts, d->parts.text, d->parts.len);
	t->part = parts;
	t->n = d->parts.len / sizeof(*t->part);
	t->weight = d->weight;
	t->height = d->height;
	t->uses_secret = d->uses_secret;
	return t;
}
