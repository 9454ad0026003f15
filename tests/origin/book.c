/* SPDX-License-Identifier: MIT */
#include "tests/origin/book.h"

#include "scenarios/base/buf.h"

#include <inttypes.h>
#include <string.h>

/* FNV-1a, 32 bits: http://www.isthe.com/chongo/tech/comp/fnv */
static uint32_t hash_of(struct text t)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < t.n; i++)
		h = (h ^ (unsigned char)t.p[i]) * 16777619u;
	return h;
}

uint64_t *book_get(struct book *b, struct text name)
{
	if (name.n >= BOOK_NAME_MAX)
		name.n = BOOK_NAME_MAX - 1;
	uint32_t i = hash_of(name) & (BOOK_SLOTS - 1);
	while (b->slot[i].name[0]) {
		if (text_is(name, b->slot[i].name))
			return &b->slot[i].n;
		i = (i + 1) & (BOOK_SLOTS - 1);
	}
	if (b->used == BOOK_FILL_MAX || name.n == 0)
		return &b->other;
	b->used++;
	memcpy(b->slot[i].name, name.p, name.n);
	return &b->slot[i].n;
}

void book_print(const struct book *b, struct buf *out)
{
	const char *comma = "";

	buf_putc(out, '{');
	for (size_t i = 0; i < BOOK_SLOTS; i++) {
		if (!b->slot[i].name[0])
			continue;
		buf_puts(out, comma);
		text_json(text_of(b->slot[i].name), out);
		buf_printf(out, ":%" PRIu64, b->slot[i].n);
		comma = ",";
	}
	if (b->other)
		buf_printf(out, "%s\"(other)\":%" PRIu64, comma, b->other);
	buf_putc(out, '}');
}

void book_reset(struct book *b)
{
	memset(b, 0, sizeof(*b));
}
