/* SPDX-License-Identifier: MIT */
/* The maps by name of all files: data, checks, loads. */
#include <stdlib.h>
#include <string.h>

#include "scenarios/decode/load_parts.h"

/* A kind of map: where its node is, and what one entry becomes. */
struct map_kind {
	const char *key;
	const char *what;
	size_t node; /* in struct part */
	size_t list; /* in struct load */
	size_t max;
	bool (*add)(struct load *l, const struct node_entry *e);
};

static bool map_load(struct load *l, const struct map_kind *kind,
		     const struct part *part)
{
	const struct node *t =
		*(const struct node *const *)((const char *)part + kind->node);
	bool ok = true;

	if (!t)
		return true;
	if (t->kind != NODE_MAP)
		return decode_problem(&l->d, t->at,
				      "\"%s\" must be a map of name: %s, got "
				      "%s",
				      kind->key, kind->what, node_kind_name(t));
	const struct list *list =
		(const struct list *)((const char *)l + kind->list);
	for (size_t i = 0; i < t->n; i++) {
		if (list->n == kind->max)
			return decode_problem(&l->d, t->entry[i].key_at,
					      "there must be at most %zu %s",
					      kind->max, kind->key);
		ok &= kind->add(l, &t->entry[i]);
	}
	return ok;
}

static bool maps_load(struct load *l, const struct map_kind *kind)
{
	bool ok = true;

	for (size_t i = 0; i < l->n_parts; i++) {
		l->d.base = l->parts[i].base;
		ok &= map_load(l, kind, &l->parts[i]);
	}
	return ok;
}

static bool stands_twice(struct load *l, const char *what, const char *name,
			 struct place at, struct place first)
{
	return decode_problem(&l->d, at, "%s \"%s\" stands in %s:%u already",
			      what, name, first.src->name, first.line);
}

/* ---- data --------------------------------------------------------------------- */

static bool feeder_add(struct load *l, const struct node_entry *e)
{
	const struct feeder *others = l->feeders.item;
	struct feeder f = { 0 };

	for (size_t i = 0; i < l->feeders.n; i++)
		if (!strcmp(others[i].name, e->key))
			return stands_twice(l, "data", e->key, e->key_at,
					    others[i].at);
	bool ok = feeder_decode(&l->d, e, &f);
	struct feeder *kept = list_add(&l->d, &l->feeders, sizeof(*kept));
	if (kept)
		*kept = f;
	return kept && ok;
}

bool feeders_load(struct load *l)
{
	static const struct map_kind kind = { "data",
					      "file",
					      offsetof(struct part, data),
					      offsetof(struct load, feeders),
					      FEEDERS_MAX,
					      feeder_add };
	bool ok = maps_load(l, &kind);

	l->d.has_broken_data = !ok;
	l->d.feeders = l->feeders.item;
	l->d.n_feeders = l->feeders.n;
	return ok;
}

/* ---- checks -------------------------------------------------------------------- */

static bool check_add(struct load *l, const struct node_entry *e)
{
	struct check check = { 0 };

	bool ok = check_decode(&l->d, e, &check);
	struct check *kept = list_add(&l->d, &l->checks, sizeof(*kept));
	const struct node **depends =
		list_add(&l->d, &l->depends, sizeof(*depends));
	if (!kept || !depends)
		return false;
	*kept = check;
	*depends = node_find(e->value, "depends_on");
	return ok;
}

static const size_t *check_depends(const void *thing, size_t *n)
{
	const struct check *check = thing;

	*n = check->n_depends_on;
	return check->depends_on;
}

static struct place check_place(const void *thing)
{
	return ((const struct check *)thing)->at;
}

static bool depends_load(struct load *l)
{
	struct check *check = l->checks.item;
	const struct node *const *node = l->depends.item;
	const struct depends dep = {
		{ "check", check, sizeof(*check), l->checks.n },
		check_depends,
		check_place,
	};
	bool ok = true;

	for (size_t i = 0; i < l->depends.n; i++)
		if (node[i])
			ok &= things_decode(&l->d, node[i], "depends_on",
					    &dep.things, &check[i].n_depends_on,
					    &check[i].depends_on);
	return ok && depends_check(&l->d, &dep);
}

static int by_name(const void *a, const void *b)
{
	const struct check *const *ca = a;
	const struct check *const *cb = b;
	int order = strcmp((*ca)->name, (*cb)->name);

	if (order)
		return order;
	return *ca < *cb ? -1 : 1; /* in the order they came in */
}

/* Within one file the document itself refuses the same name twice. */
static bool names_differ(struct load *l)
{
	const struct check *check = l->checks.item;
	size_t n = l->checks.n;
	bool ok = true;

	if (l->n_parts < 2)
		return true;
	const struct check **order = arena_alloc(l->d.arena, n, sizeof(*order));
	if (!order)
		return errs_nomem(l->d.es);
	for (size_t i = 0; i < n; i++)
		order[i] = &check[i];
	qsort(order, n, sizeof(*order), by_name);
	for (size_t i = 1; i < n; i++)
		if (!strcmp(order[i]->name, order[i - 1]->name))
			ok = stands_twice(l, "check", order[i]->name,
					  order[i]->at, order[i - 1]->at);
	return ok;
}

bool checks_load(struct load *l)
{
	static const struct map_kind kind = { "checks",
					      "check",
					      offsetof(struct part, checks),
					      offsetof(struct load, checks),
					      CHECKS_MAX,
					      check_add };
	bool ok = maps_load(l, &kind);

	ok &= names_differ(l);
	return depends_load(l) && ok;
}

/* ---- loads ---------------------------------------------------------------------- */

static bool workload_add(struct load *l, const struct node_entry *e)
{
	const struct workload_draft *others = l->loads.item;
	struct workload_draft draft;

	for (size_t i = 0; i < l->loads.n; i++)
		if (!strcmp(others[i].w.name, e->key))
			return stands_twice(l, "load", e->key, e->key_at,
					    others[i].w.at);
	bool ok =
		workload_decode(&l->d, e, l->checks.item, l->checks.n, &draft);
	struct workload_draft *kept = list_add(&l->d, &l->loads, sizeof(*kept));
	if (kept)
		*kept = draft;
	return kept && ok;
}

bool workloads_load(struct load *l)
{
	static const struct map_kind kind = { "loads",
					      "load",
					      offsetof(struct part, loads),
					      offsetof(struct load, loads),
					      LOADS_MAX,
					      workload_add };
	bool ok = maps_load(l, &kind);

	l->sc->n_loads = l->loads.n;
	return workloads_finish(&l->d, l->loads.item, l->loads.n,
				&l->sc->loads) &&
	       ok;
}
