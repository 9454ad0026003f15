/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_DOC_PARTS_H
#define SCENARIOS_DOC_PARTS_H

/*
 * doc_parts - what the files of doc share; nobody else includes it.
 */

#include <yaml.h>

#include "scenarios/doc/doc.h"

/* libyaml counts characters, a place counts bytes: a cursor that walks the
 * text from one mark to the next. */
struct doc_cursor {
	const struct source *src;
	size_t index; /* characters */
	size_t byte;
	size_t line_start; /* byte */
	unsigned line;	   /* from 1 */
};

struct place doc_place_of(struct doc_cursor *c, size_t index);

/* The type of a plain scalar by its spelling; text is NUL-terminated. */
enum scalar_type doc_plain_type(const char *text, size_t len);

/* Refuses what is no UTF-8 text, before libyaml sees it. */
bool doc_check_bytes(const struct source *src, struct errs *es);

/* Adds the problem that stopped the parser, in words that help. */
bool doc_syntax_problem(const yaml_parser_t *parser, struct doc_cursor *c,
			struct errs *es);

/* JSON writes a character beyond U+FFFF as two escapes, which libyaml does not
 * put together.  *joined is the text with YAML's long escapes, as long as the
 * source so that places stay right behind each string, to be freed; NULL when
 * the source does as it is.  False without memory. */
bool doc_join_pairs(const struct source *src, char **joined);

#endif
