/* SPDX-License-Identifier: MIT */
#include "scenarios/base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ARENA_BLOCK = 16384, /* bytes of an ordinary block */
	ARENA_ALIGN = _Alignof(max_align_t),
};

struct block {
	struct block *next;
	size_t used;
	size_t room;
	_Alignas(max_align_t) char bytes[];
};

struct closer {
	struct closer *next;
	void (*fn)(void *p);
	void *p;
};

struct arena {
	struct block *block;
	struct closer *closers;
	size_t used;
	size_t max;
};

struct arena *arena_new(size_t max_bytes)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (a)
		a->max = max_bytes;
	return a;
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	for (struct closer *c = a->closers; c; c = c->next)
		c->fn(c->p);
	while (a->block) {
		struct block *next = a->block->next;
		free(a->block);
		a->block = next;
	}
	free(a);
}

static struct block *block_add(struct arena *a, size_t need)
{
	size_t room = need > ARENA_BLOCK ? need : ARENA_BLOCK;
	struct block *b = malloc(sizeof(*b) + room);

	if (!b)
		return NULL;
	b->used = 0;
	b->room = room;
	/* A large one goes behind the current block, which has room left. */
	if (a->block && need > ARENA_BLOCK) {
		b->next = a->block->next;
		a->block->next = b;
	} else {
		b->next = a->block;
		a->block = b;
	}
	return b;
}

void *arena_alloc(struct arena *a, size_t n, size_t size)
{
	if (size && n > (SIZE_MAX / 2) / size)
		return NULL;
	size_t need = n * size;
	need = (need + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
	if (need > a->max - a->used)
		return NULL;
	struct block *b = a->block;
	if (!b || need > b->room - b->used) {
		b = block_add(a, need);
		if (!b)
			return NULL;
	}
	void *p = b->bytes + b->used;
	b->used += need;
	a->used += need;
	memset(p, 0, need); /* here: most blocks are never full */
	return p;
}

char *arena_strndup(struct arena *a, const char *text, size_t len)
{
	char *copy = arena_alloc(a, len + 1, 1);

	if (copy && len)
		memcpy(copy, text, len);
	return copy;
}

char *arena_strdup(struct arena *a, const char *text)
{
	return arena_strndup(a, text, strlen(text));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	char small[256];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	if (n < 0)
		return NULL;
	if ((size_t)n < sizeof(small))
		return arena_strndup(a, small, (size_t)n);
	char *text = arena_alloc(a, (size_t)n + 1, 1);
	if (!text)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(text, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return text;
}

int arena_on_free(struct arena *a, void (*fn)(void *p), void *p)
{
	struct closer *c = arena_alloc(a, 1, sizeof(*c));

	if (!c) {
		fn(p);
		return 0;
	}
	*c = (struct closer){ .next = a->closers, .fn = fn, .p = p };
	a->closers = c;
	return 1;
}

size_t arena_used(const struct arena *a)
{
	return a->used;
}
