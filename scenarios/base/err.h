/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_ERR_H
#define SCENARIOS_ERR_H

/*
 * err - problems that climb to the command, each with its place.
 *
 * A problem is bad input or a broken machine.  A target that fails is never
 * a problem: that is an outcome (report/result/outcome.h).  Nothing here prints;
 * errs_format() writes into a buffer and the command lets it out.
 *
 * Thread rule   a list belongs to one thread.
 * Lifetime      a place borrows its source: keep the source as long as the
 *               list.  The text of a problem is inside the list, so that
 *               reporting a failed allocation allocates nothing.
 */

#include <stdbool.h>
#include <stddef.h>

struct buf; /* scenarios/base/buf.h */

enum err_kind {
	ERR_NONE = 0,
	ERR_INPUT,  /* the user's mistake: exit code 2 */
	ERR_SYSTEM, /* no file, no disk, no socket: exit code 4 */
	ERR_MEMORY, /* no memory: exit code 4 */
};

/* A text that places point into: a file, an expression, the arguments. */
struct source {
	const char *name; /* as the user wrote it */
	const char *text; /* NULL: no text to quote */
	size_t len;	  /* bytes of text */
};

/* line and col count from 1; col counts bytes.  src NULL: no place at all;
 * line 0: the source as a whole. */
struct place {
	const struct source *src;
	unsigned line;
	unsigned col;
};

#define NOWHERE ((struct place){ 0 })

enum {
	ERR_TEXT_MAX = 480, /* bytes of one message, with its NUL */
	ERRS_MAX = 50,	    /* problems kept; the rest is counted */
	ERR_PART_MAX = 300, /* bytes that one part of a message may take */
};

struct err {
	enum err_kind kind;
	struct place at;
	char text[ERR_TEXT_MAX];
};

struct errs {
	size_t n;	/* problems in item[] */
	size_t dropped; /* problems that did not fit */
	struct err item[ERRS_MAX];
};

/* Always returns false, so that a parser can say: return errs_add(...).
 * The text is one line, lower case, without full stop. */
bool errs_add(struct errs *es, enum err_kind kind, struct place at,
	      const char *fmt, ...) __attribute__((format(printf, 4, 5), cold));

/* A failed allocation, said the same way everywhere.  Returns false. */
bool errs_nomem(struct errs *es);

/* The exit code that the worst problem asks for: 0 with none, 2 for input,
 * 4 for a broken machine. */
int errs_exit_code(const struct errs *es);

/* Appends every problem to *out in order of place:
 *
 *     shop.yaml:12:17: "rate" must be at most 1000000, got 5000000
 *         rate: 5000000
 *               ^
 *
 * and how many were dropped.  prefix ("warning: " or "") follows the place;
 * where there is none, who ("assay: ") stands for it. */
void errs_format(const struct errs *es, const char *who, const char *prefix,
		 struct buf *out);

/* The place of byte offset in src; an offset past the end is the end. */
struct place place_at(const struct source *src, size_t offset);

/* The place of text[offset] when at is the place of text[0]: for an
 * expression inside a file.  A place without a line stays as it is. */
struct place place_after(struct place at, const char *text, size_t offset);

#endif
