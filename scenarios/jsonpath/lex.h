/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_JSONPATH_LEX_H
#define SCENARIOS_JSONPATH_LEX_H

/*
 * lex - the smallest parts of an expression: blanks, words, numbers, strings.
 *
 * Every function that fails adds one problem at the byte it did not
 * understand.  The grammar is appendix A of RFC 9535.
 *
 * Thread rule   a cursor belongs to one compilation.
 */

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenarios/base/err.h"

struct arena; /* scenarios/base/arena.h */
struct dubious;

struct cursor {
	const char *text;
	size_t len;
	size_t at;	  /* the next byte */
	unsigned nesting; /* of filters, parentheses and calls */
	struct arena *arena;
	const struct dubious **dubious_end; /* where the next one goes */
	struct place base;		    /* of text[0] */
	struct errs *es;
};

int lex_peek(const struct cursor *c);		       /* -1 at the end */
int lex_peek_at(const struct cursor *c, size_t ahead); /* the same */
bool lex_take(struct cursor *c, char wanted);
bool lex_take_word(struct cursor *c, const char *wanted);

/* Blank space; true when there was some. */
bool lex_blank(struct cursor *c);

/* Problems; all return false. */
bool lex_fail(struct cursor *c, size_t at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4), cold));
bool lex_expected(struct cursor *c, const char *what);

/* Zeroed memory for one node of the tree; NULL with a problem. */
void *lex_new(struct cursor *c, size_t size);

/* An integer of an index or slice: no leading zero, no -0, within
 * +-(2^53 - 1). */
bool lex_int(struct cursor *c, int64_t *out);

/* A number literal of a filter. */
bool lex_number(struct cursor *c, double *out);

/* A string in either kind of quotes, as UTF-8 in the arena; NULL: failed. */
char *lex_string(struct cursor *c);

/* A name after a dot; NULL: failed. */
char *lex_shorthand(struct cursor *c);

bool lex_is_digit(int ch);
bool lex_is_lower(int ch);

#endif
