/* SPDX-License-Identifier: MIT */
#ifndef TESTS_ORIGIN_BOOK_H
#define TESTS_ORIGIN_BOOK_H

/*
 * book - counts by name, in fixed memory.
 *
 * Names are cut at BOOK_NAME_MAX - 1 bytes; when the book is full, further
 * names share one count that book_print() shows as "(other)".
 *
 * Thread rule   a book belongs to one thread.
 */

#include "tests/origin/text.h"

#include <stdint.h>

enum {
	BOOK_NAME_MAX = 120,
	BOOK_SLOTS = 1024, /* a power of two */
	BOOK_FILL_MAX = 768,
};

struct book {
	struct {
		char name[BOOK_NAME_MAX]; /* "" is free */
		uint64_t n;
	} slot[BOOK_SLOTS];
	unsigned used;
	uint64_t other;
};

/* The count of name, made when new; never NULL. */
uint64_t *book_get(struct book *b, struct text name);

/* Appends a JSON object of all counts. */
void book_print(const struct book *b, struct buf *out);

void book_reset(struct book *b);

#endif
