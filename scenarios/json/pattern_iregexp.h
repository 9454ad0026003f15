/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_PATTERN_IREGEXP_H
#define SCENARIOS_PATTERN_IREGEXP_H

/*
 * pattern_iregexp - checks an I-Regexp (RFC 9485, section 4) and writes it as
 * a PCRE2 pattern.
 *
 * Thread rule   pure functions.
 */

#include <stdbool.h>
#include <stddef.h>

struct buf; /* scenarios/base/buf.h */

enum { IREGEXP_NESTING_MAX = 100 }; /* parentheses inside each other */

/* Appends the PCRE2 form to *out.  False when the text does not follow the
 * grammar: *bad_at is the offset and *expected says what it should be. */
bool iregexp_translate(const char *text, size_t len, struct buf *out,
		       size_t *bad_at, const char **expected);

#endif
