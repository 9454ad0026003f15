/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_ARENA_H
#define SCENARIOS_ARENA_H

/*
 * arena - memory that is given back all at once.
 *
 * The scenario model and every result tree live in one arena each: readers
 * hold const pointers into it and nobody frees a part.
 *
 * Thread rule   one writer; const reading from many threads afterwards.
 */

#include <stddef.h>

struct arena;

/* NULL without memory.  max_bytes is the ceiling of all that is handed out. */
struct arena *arena_new(size_t max_bytes);
void arena_free(struct arena *a); /* NULL is fine */

/* Zeroed memory, aligned for any type; NULL without memory, past the ceiling,
 * or when n * size overflows.  n == 0 gives a valid pointer. */
void *arena_alloc(struct arena *a, size_t n, size_t size);
char *arena_strndup(struct arena *a, const char *text, size_t len);
char *arena_strdup(struct arena *a, const char *text);
char *arena_printf(struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Calls fn(p) when the arena is freed, last registered first: for what a
 * library allocated (a compiled pattern, a cJSON tree).  When it cannot be
 * registered, fn(p) is called at once and 0 is returned, else 1. */
int arena_on_free(struct arena *a, void (*fn)(void *p), void *p);

size_t arena_used(const struct arena *a); /* bytes handed out */

#endif
