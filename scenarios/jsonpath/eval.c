/* SPDX-License-Identifier: MIT */
#include "scenarios/jsonpath/eval.h"

#include <stdlib.h>
#include <string.h>

#include "scenarios/json/json.h"

/* Where found nodes go.  Functions that fill it return false to end the
 * query: it has enough, or the status is no longer OK. */
struct sink {
	struct nodelist *list;
	size_t enough;
};

void nodelist_init(struct nodelist *list)
{
	*list = (struct nodelist){ 0 };
}

void nodelist_release(struct nodelist *list)
{
	free(list->item);
	nodelist_init(list);
}

static bool stop(struct eval *ev, enum jsonpath_status status)
{
	if (ev->status == JSONPATH_OK)
		ev->status = status;
	return false;
}

bool eval_spend(struct eval *ev, uint64_t steps)
{
	if (ev->steps <= steps) {
		ev->steps = 0;
		return stop(ev, JSONPATH_TOO_LONG);
	}
	ev->steps -= steps;
	return true;
}

static bool emit(struct eval *ev, struct sink *sink, const cJSON *node)
{
	struct nodelist *list = sink->list;

	if (list->n == JSONPATH_NODES_MAX)
		return stop(ev, JSONPATH_TOO_MANY);
	if (list->n == list->room) {
		size_t room = list->room ? 2 * list->room : 16;
		const cJSON **more =
			realloc(list->item, room * sizeof(const cJSON *));
		if (!more)
			return stop(ev, JSONPATH_NO_MEMORY);
		list->item = more;
		list->room = room;
	}
	list->item[list->n++] = node;
	return list->n < sink->enough;
}

/* ---- selectors ---------------------------------------------------------- */

static const cJSON *child_named(struct eval *ev, const cJSON *node,
				const char *name)
{
	if (!cJSON_IsObject(node))
		return NULL;
	for (const cJSON *child = node->child; child; child = child->next) {
		if (!eval_spend(ev, 1))
			return NULL;
		if (child->string && strcmp(child->string, name) == 0)
			return child;
	}
	return NULL;
}

/* Walks n nodes on, or back towards the head for a negative n, which cJSON's
 * lists allow: the head knows the tail.  NULL when the list ends before. */
static const cJSON *walk(struct eval *ev, const cJSON *head, const cJSON *node,
			 int64_t n)
{
	for (; node && n != 0; n += n > 0 ? -1 : 1) {
		if (!eval_spend(ev, 1))
			return NULL;
		if (n > 0)
			node = node->next;
		else
			node = node == head ? NULL : node->prev;
	}
	return node;
}

static const cJSON *child_at(struct eval *ev, const cJSON *node, int64_t index)
{
	const cJSON *head = node->child;

	if (!cJSON_IsArray(node) || !head)
		return NULL;
	return index >= 0 ? walk(ev, head, head, index)
			  : walk(ev, head, head->prev, index + 1);
}

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
	return value < low ? low : value > high ? high : value;
}

/* RFC 9535, 2.3.4.2.2: the first index taken, and the one not reached. */
static void slice_bounds(const struct slice *slice, int64_t len, int64_t *first,
			 int64_t *bound)
{
	bool up = slice->step > 0;
	int64_t start = slice->has_start ? slice->start : up ? 0 : len - 1;
	int64_t end = slice->has_end ? slice->end : up ? len : -len - 1;
	int64_t low = up ? 0 : -1, high = up ? len : len - 1;

	*first = clamp(start >= 0 ? start : len + start, low, high);
	*bound = clamp(end >= 0 ? end : len + end, low, high);
}

static bool select_slice(struct eval *ev, const struct slice *slice,
			 const cJSON *node, struct sink *sink)
{
	int64_t len = 0, first, bound;

	if (!cJSON_IsArray(node) || slice->step == 0)
		return true;
	for (const cJSON *child = node->child; child; child = child->next)
		len++;
	if (!eval_spend(ev, (uint64_t)len))
		return false;
	slice_bounds(slice, len, &first, &bound);
	bool up = slice->step > 0;
	if (up ? first >= bound : first <= bound)
		return true;
	const cJSON *child = child_at(ev, node, first);
	for (int64_t i = first; child && (up ? i < bound : i > bound);
	     i += slice->step) {
		if (!emit(ev, sink, child))
			return false;
		child = walk(ev, node->child, child, slice->step);
	}
	return ev->status == JSONPATH_OK;
}

/* All children; with a filter those that it is true of. */
static bool select_children(struct eval *ev, const struct expr *filter,
			    const cJSON *node, struct sink *sink)
{
	if (!cJSON_IsObject(node) && !cJSON_IsArray(node))
		return true;
	for (const cJSON *child = node->child; child; child = child->next) {
		if (!eval_spend(ev, 1))
			return false;
		bool wanted = !filter || eval_test(ev, filter, child);
		if (ev->status != JSONPATH_OK)
			return false;
		if (wanted && !emit(ev, sink, child))
			return false;
	}
	return true;
}

static bool select_one(struct eval *ev, const struct selector *selector,
		       const cJSON *node, struct sink *sink)
{
	const cJSON *child = selector->kind == SELECT_NAME
				     ? child_named(ev, node, selector->name)
				     : child_at(ev, node, selector->index);

	if (ev->status != JSONPATH_OK)
		return false;
	return !child || emit(ev, sink, child);
}

static bool apply(struct eval *ev, const struct segment *segment,
		  const cJSON *node, struct sink *sink)
{
	bool more = true;

	for (const struct selector *selector = segment->selectors;
	     more && selector; selector = selector->next) {
		switch (selector->kind) {
		case SELECT_NAME:
		case SELECT_INDEX:
			more = select_one(ev, selector, node, sink);
			break;
		case SELECT_SLICE:
			more = select_slice(ev, &selector->slice, node, sink);
			break;
		default:
			more = select_children(ev, selector->filter, node,
					       sink);
		}
	}
	return more;
}

/* Parents before children, children in their order. */
static bool descend(struct eval *ev, const struct segment *segment,
		    const cJSON *top, struct sink *sink)
{
	const cJSON *above[JSON_DEPTH_MAX];
	const cJSON *node = top;
	size_t depth = 0;

	for (;;) {
		if (!eval_spend(ev, 1) || !apply(ev, segment, node, sink))
			return false;
		if (node->child) {
			if (depth == JSON_DEPTH_MAX)
				return stop(ev, JSONPATH_TOO_DEEP);
			above[depth++] = node;
			node = node->child;
			continue;
		}
		while (depth > 0 && !node->next)
			node = above[--depth];
		if (depth == 0)
			return true;
		node = node->next;
	}
}

/* ---- queries ------------------------------------------------------------ */

const cJSON *eval_singular(struct eval *ev, const struct query *query,
			   const cJSON *current)
{
	const cJSON *node = query->is_relative ? current : ev->root;

	for (const struct segment *segment = query->segments; node && segment;
	     segment = segment->next) {
		const struct selector *selector = segment->selectors;
		node = selector->kind == SELECT_NAME
			       ? child_named(ev, node, selector->name)
			       : child_at(ev, node, selector->index);
	}
	return ev->status == JSONPATH_OK ? node : NULL;
}

static bool run_segment(struct eval *ev, const struct segment *segment,
			const struct nodelist *from, struct sink *sink)
{
	sink->list->n = 0;
	for (size_t i = 0; i < from->n; i++) {
		bool more = segment->descends
				    ? descend(ev, segment, from->item[i], sink)
				    : apply(ev, segment, from->item[i], sink);
		if (!more)
			break;
	}
	return ev->status == JSONPATH_OK;
}

bool eval_query(struct eval *ev, const struct query *query,
		const cJSON *current, size_t enough, struct nodelist *out)
{
	struct nodelist from, to;
	struct sink sink = { .list = &from, .enough = SIZE_MAX };
	bool good = true;

	nodelist_init(&from);
	nodelist_init(&to);
	emit(ev, &sink, query->is_relative ? current : ev->root);
	good = ev->status == JSONPATH_OK;
	for (const struct segment *segment = query->segments; good && segment;
	     segment = segment->next) {
		sink.list = &to;
		sink.enough = segment->next ? SIZE_MAX : enough;
		good = run_segment(ev, segment, &from, &sink);
		struct nodelist swap = from;
		from = to;
		to = swap;
	}
	nodelist_release(&to);
	if (!good)
		nodelist_release(&from);
	*out = from;
	return good;
}

enum jsonpath_status jsonpath_eval(const struct jsonpath *path,
				   const cJSON *root, struct nodelist *out)
{
	struct eval ev = { .root = root, .steps = JSONPATH_STEPS_MAX };

	nodelist_release(out);
	eval_query(&ev, &path->query, root, SIZE_MAX, out);
	return ev.status;
}

_Static_assert(JSONPATH_NODES_MAX == 100000 && JSONPATH_STEPS_MAX == 5000000 &&
		       JSON_DEPTH_MAX == 1000,
	       "the sentences below name these");

const char *jsonpath_status_text(enum jsonpath_status status)
{
	switch (status) {
	case JSONPATH_OK:
		return "evaluated";
	case JSONPATH_TOO_MANY:
		return "the path finds more than 100000 values";
	case JSONPATH_TOO_LONG:
		return "the path takes more than 5000000 steps on this "
		       "document";
	case JSONPATH_TOO_DEEP:
		return "the document has more than 1000 levels";
	default:
		return "out of memory";
	}
}
