/* SPDX-License-Identifier: MIT */
/* Any bytes as a document.  Properties: false exactly when there are
 * problems; every place lies inside the text; weights and limits hold;
 * reading twice gives the same tree. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/base/arena.h"
#include "scenarios/doc/doc.h"

#define REQUIRE(condition)        \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_place(const struct place *at)
{
	const char *text = at->src->text;
	const char *end = text + at->src->len;

	if (!at->line)
		return;
	for (unsigned n = 1; n < at->line; n++) {
		text = memchr(text, '\n', (size_t)(end - text));
		REQUIRE(text);
		text++;
	}
	const char *stop = memchr(text, '\n', (size_t)(end - text));
	REQUIRE(at->col >= 1 &&
		at->col - 1 <= (size_t)((stop ? stop : end) - text));
}

/* Both trees are equal; returns the nodes in one, aliases written out. */
static unsigned compare(const struct node *a, const struct node *b,
			unsigned depth)
{
	unsigned weight = 1;

	REQUIRE(depth <= DOC_DEPTH_MAX);
	check_place(&a->at);
	REQUIRE(a->kind == b->kind && a->n == b->n && a->len == b->len);
	REQUIRE(a->at.line == b->at.line && a->at.col == b->at.col);
	if (a->kind == NODE_SCALAR) {
		REQUIRE(a->type == b->type &&
			!memcmp(a->text, b->text, a->len));
		REQUIRE(!a->text[a->len] && a->len <= DOC_SCALAR_MAX);
		for (size_t i = 0; i <= a->len && i < 8; i++) {
			struct place at =
				doc_place_inside(a->at, a->text, a->len, i);
			check_place(&at);
		}
	}
	for (size_t i = 0; i < a->n; i++) {
		bool is_map = a->kind == NODE_MAP;
		if (is_map) {
			check_place(&a->entry[i].key_at);
			REQUIRE(!strcmp(a->entry[i].key, b->entry[i].key));
		}
		weight += compare(is_map ? a->entry[i].value : a->item[i],
				  is_map ? b->entry[i].value : b->item[i],
				  depth + 1);
	}
	REQUIRE(weight == a->weight);
	return weight;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena *arena = arena_new(64 << 20);
	struct errs *es = calloc(2, sizeof(*es));
	const struct node *root[2] = { NULL, NULL };

	REQUIRE(arena && es);
	const struct source *src =
		doc_source(arena, "f", (const char *)bytes, size, es);
	REQUIRE(src);
	bool done = doc_parse(arena, src, &root[0], &es[0]);
	REQUIRE(done == doc_parse(arena, src, &root[1], &es[1]));
	REQUIRE(done == (es[0].n == 0) && es[0].n == es[1].n);
	REQUIRE(!done || root[0]);
	for (size_t i = 0; i < es[0].n; i++) {
		REQUIRE(es[0].item[i].kind == ERR_INPUT);
		check_place(&es[0].item[i].at);
	}
	if (root[0])
		REQUIRE(compare(root[0], root[1], 0) <= DOC_NODES_MAX);
	free(es);
	arena_free(arena);
	return 0;
}
