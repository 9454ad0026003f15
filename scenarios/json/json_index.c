/* SPDX-License-Identifier: MIT */
#include "scenarios/json/json.h"

#include <stdlib.h>

bool json_index_add(struct json_index *index, const cJSON *node, size_t at,
		    struct errs *es)
{
	if (index->n == index->room) {
		size_t room = index->room ? 2 * index->room : 64;
		struct json_mark *more =
			realloc(index->mark, room * sizeof(*more));
		if (!more)
			return errs_nomem(es);
		index->mark = more;
		index->room = room;
	}
	index->mark[index->n++] = (struct json_mark){ node, at };
	return true;
}

static int by_node(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t)((const struct json_mark *)a)->node;
	uintptr_t y = (uintptr_t)((const struct json_mark *)b)->node;

	return (x > y) - (x < y);
}

void json_index_sort(struct json_index *index)
{
	if (index->n > 1)
		qsort(index->mark, index->n, sizeof(*index->mark), by_node);
}

struct place json_place(const struct json_index *index, const cJSON *node)
{
	struct json_mark key = { .node = node };
	const struct json_mark *hit = NULL;

	if (index->n)
		hit = bsearch(&key, index->mark, index->n, sizeof(key),
			      by_node);
	return hit ? place_at(index->src, hit->at)
		   : (struct place){ .src = index->src };
}

void json_index_release(struct json_index *index)
{
	free(index->mark);
	*index = (struct json_index){ 0 };
}
