/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REDACT_SET_H
#define REPORT_REDACT_SET_H

/*
 * redact_set - the values of a redactor, ready to be searched for.
 *
 * Each value becomes five patterns: as it is, base64 at the three places it
 * can have in a group of three bytes, and hexadecimal.  A bitmap of the pairs
 * of bytes that a pattern can begin with passes over nearly every place of a
 * text; the rest are compared unit by unit (redact_search.c), so that any
 * mixture of spellings is found.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/redact/redact.h"

enum spelling { PLAIN, BASE64, HEX };

enum { SPELLINGS = 5 }; /* patterns of one value */

struct redact_pattern {
	unsigned char *byte;
	size_t len;
	enum spelling spelling;
	size_t open;	  /* bytes at its start that are no secret (a host) */
	bool left, right; /* a character beside it holds bits of the value */
};

struct redact_value {
	char *text;
	size_t len;
	struct redact_pattern pattern[SPELLINGS];
};

struct redact_link {
	const struct redact_pattern *pattern;
	unsigned next; /* index + 1 */
};

struct redactor {
	struct redact_value declared[REDACT_DECLARED_MAX];
	struct redact_value learned[REDACT_LEARNED_MAX];
	size_t n_declared, n_learned;
	size_t next_learned; /* the place of the next, when full the oldest */
	bool blind;	     /* a value was lost for want of memory */
	size_t longest;
	unsigned head[256];
	uint64_t pair[65536 / 64];
	size_t n_nodes;
	/* a first byte has at most two spellings */
	struct redact_link node[(REDACT_DECLARED_MAX + REDACT_LEARNED_MAX) *
				SPELLINGS * 2];
};

#endif
