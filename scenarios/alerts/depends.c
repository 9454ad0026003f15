/* SPDX-License-Identifier: MIT */
/* Things that wait for each other must not do so in a circle. */
#include <string.h>

#include "scenarios/alerts/alerts_parts.h"

enum { CIRCLE_SHOWN_MAX = 200 }; /* bytes of it in a message */

/* Walks without recursion: as many things as there are may hang on each
 * other in one chain. */
struct walk {
	const struct depends *dep;
	unsigned char *seen; /* 0 never, 1 on the way, 2 done */
	size_t *way;	     /* things from the first to where we are */
	size_t *next;	     /* which of its own each goes to next */
	size_t depth;
};

static const void *thing_at(const struct named_things *things, size_t i)
{
	return (const char *)things->item + i * things->size;
}

static bool circle(struct decoder *d, const struct walk *w, size_t again)
{
	const struct named_things *things = &w->dep->things;
	size_t from = 0;
	struct buf names;

	while (w->way[from] != again)
		from++;
	buf_init(&names, CIRCLE_SHOWN_MAX);
	for (size_t i = from; i < w->depth; i++)
		buf_printf(&names, "%s -> ", thing_name(things, w->way[i]));
	buf_puts(&names, thing_name(things, again));
	decode_problem(d, w->dep->at(thing_at(things, again)),
		       "\"depends_on\" goes in a circle: %s%s",
		       buf_text(&names), names.truncated ? "..." : "");
	buf_release(&names);
	return false;
}

static bool walk_from(struct decoder *d, struct walk *w, size_t first)
{
	w->depth = 0;
	w->seen[first] = 1;
	w->way[w->depth] = first;
	w->next[w->depth++] = 0;
	while (w->depth) {
		size_t n = 0;
		size_t here = w->way[w->depth - 1];
		const size_t *of =
			w->dep->of(thing_at(&w->dep->things, here), &n);
		size_t k = w->next[w->depth - 1]++;
		if (k >= n) {
			w->seen[here] = 2;
			w->depth--;
		} else if (w->seen[of[k]] == 1) {
			return circle(d, w, of[k]);
		} else if (!w->seen[of[k]]) {
			w->seen[of[k]] = 1;
			w->way[w->depth] = of[k];
			w->next[w->depth++] = 0;
		}
	}
	return true;
}

bool depends_check(struct decoder *d, const struct depends *dep)
{
	size_t n = dep->things.n;
	struct walk w = {
		.dep = dep,
		.seen = arena_alloc(d->arena, n + 1, 1),
		.way = arena_alloc(d->arena, n + 1, sizeof(*w.way)),
		.next = arena_alloc(d->arena, n + 1, sizeof(*w.next)),
	};

	if (!w.seen || !w.way || !w.next)
		return errs_nomem(d->es);
	for (size_t i = 0; i < n; i++)
		if (!w.seen[i] && !walk_from(d, &w, i))
			return false;
	return true;
}
