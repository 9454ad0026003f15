/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_TEMPLATE_COMPILER_H
#define SCENARIOS_TEMPLATE_COMPILER_H

/*
 * template_compiler - what the files that compile templates share; nobody
 * else includes it.
 *
 * All functions that return bool or a pointer have added a problem and set
 * has_failed when they return false or NULL.
 */

#include <string.h>

#include "scenarios/doc/doc.h"
#include "scenarios/template/template_parts.h"

struct compiler {
	struct arena *arena;
	const char *text;
	size_t len;
	size_t i; /* next byte */
	struct place at;
	const struct names *scope;
	struct errs *es;
	bool has_failed;
	unsigned depth; /* calls and defaults that are open */
};

/* A template that is growing; literal is text that is not a part yet. */
struct draft {
	struct buf parts;
	struct buf literal;
	size_t weight;
	unsigned height;
	bool uses_secret;
};

/* Adds a problem at an offset of the text; false. */
#define TEMPLATE_TROUBLE(c, offset, ...)                                  \
	((c)->has_failed = true,                                          \
	 errs_add((c)->es, ERR_INPUT,                                     \
		  doc_place_inside((c)->at, (c)->text, (c)->len, offset), \
		  __VA_ARGS__))

bool template_no_memory(struct compiler *c);

void draft_init(struct draft *d);
void draft_release(struct draft *d);
bool draft_add_text(struct compiler *c, struct draft *d, const char *text,
		    size_t len);
bool draft_add_part(struct compiler *c, struct draft *d,
		    const struct template_part *part);
/* A copy of all parts of a compiled template. */
bool draft_add_program(struct compiler *c, struct draft *d,
		       const struct template *program);
const struct template *draft_finish(struct compiler *c, struct draft *d);

/* From behind ${ to behind the brace that closes. */
bool template_add_expression(struct compiler *c, struct draft *d);

/* Text up to its end, or in a default up to the brace that closes. */
bool template_add_text(struct compiler *c, struct draft *d, bool is_default);

static inline bool template_is_next(const struct compiler *c, const char *text,
				    size_t len)
{
	return c->len - c->i >= len && !memcmp(c->text + c->i, text, len);
}

#endif
