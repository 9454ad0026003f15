/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_PATTERN_H
#define SCENARIOS_PATTERN_H

/*
 * pattern - regular expressions with a ceiling on what a match may cost.
 *
 * A wrap of PCRE2 (8 bits).  Patterns and texts are UTF-8; a text may hold
 * bytes that are no UTF-8, these match nothing and end no search.  Without
 * (?i) and the like, PCRE2's defaults hold: \d, \w, \s and \b mean ASCII, dot
 * does not match \n, ^ and $ mean the whole text, $ also before a newline that
 * ends it.
 *
 * PATTERN_IREGEXP takes the interoperable subset of RFC 9485 instead, checked
 * against its grammar and mapped as its section 5.4 says; ^ and $ outside a
 * class are the very start and end.
 *
 * What a match costs is counted in steps: one for every item of the pattern
 * tried at some place of the text, and one for every 16 bytes walked over.
 * Memory and backtracking depth are limited too.  The JIT stays off: it counts
 * nothing, and most patterns see few short texts.
 *
 * Thread rule   a compiled pattern is const; many threads may match with it.
 * Ownership     a pattern lives in its arena and is freed with it, or is free
 *               standing (arena NULL) and freed with pattern_free().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenarios/base/err.h"

struct arena; /* scenarios/base/arena.h */

enum {
	PATTERN_BYTES_MAX = 4096,     /* of one pattern */
	PATTERN_STEPS_MAX = 5000000,  /* of one match */
	PATTERN_DEPTH_MAX = 200000,   /* of backtracking */
	PATTERN_HEAP_MAX_KIB = 32768, /* for one match */
	PATTERN_GROUPS_MAX = 32,      /* reported; the whole match is one */
};

enum pattern_flags {
	PATTERN_PLAIN = 0,
	PATTERN_WHOLE = 1,   /* must match the whole text */
	PATTERN_IREGEXP = 2, /* RFC 9485 */
	PATTERN_NOCASE = 4,
};

enum pattern_result {
	PATTERN_NO,
	PATTERN_YES,
	PATTERN_LIMIT, /* a ceiling was reached, or there was no memory */
};

struct pattern; /* opaque */

/* What was found, as offsets into the text. */
struct pattern_found {
	unsigned n; /* groups filled in; group 0 is the whole match */
	struct pattern_span {
		size_t from; /* PATTERN_UNSET: took no part */
		size_t to;
	} group[PATTERN_GROUPS_MAX];
};

#define PATTERN_UNSET SIZE_MAX

/* NULL with one problem in *es at the byte that was not understood, counted
 * on from at, the place of text[0].  flags: a sum of enum pattern_flags. */
const struct pattern *pattern_compile(struct arena *a, const char *text,
				      size_t len, unsigned flags,
				      struct place at, struct errs *es);
void pattern_free(const struct pattern *p); /* not for one in an arena */

/* Searches text; found may be NULL. */
enum pattern_result pattern_match(const struct pattern *p, const char *text,
				  size_t len, struct pattern_found *found);

/* The same for one of very many matches: takes what it cost from *steps.
 * PATTERN_LIMIT with *steps 0 when they ran out. */
enum pattern_result pattern_test_within(const struct pattern *p,
					const char *text, size_t len,
					uint64_t *steps);

/* Groups in the pattern, the whole match included: 1 without parentheses. */
unsigned pattern_group_count(const struct pattern *p);

/* The number of the group (?<name>...), 0 when there is none. */
unsigned pattern_group_find(const struct pattern *p, const char *name);

#endif
