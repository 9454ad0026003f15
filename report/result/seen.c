/* SPDX-License-Identifier: MIT */
#include "report/result/seen.h"

#include <stdlib.h>
#include <string.h>

#include "report/result/result.h"
#include "scenarios/base/arena.h"

enum { ROOM_FIRST = 32 };

static bool is_same(const struct seen_run *a, const struct run_result *b)
{
	return a->started_at_ns == b->started_at_ns &&
	       a->total_ns == b->total_ns && !strcmp(a->host, b->host) &&
	       !strcmp(a->name, b->name) &&
	       !strcmp(a->environment, b->environment) &&
	       !strcmp(a->vantage, b->vantage);
}

static bool keep(struct seen *t, const struct run_result *run, struct arena *a)
{
	struct seen_run *own;

	if (t->n == t->room) {
		size_t room = t->room ? t->room * 2 : ROOM_FIRST;

		own = reallocarray(t->run, room, sizeof(*own));
		if (!own)
			return false;
		t->run = own;
		t->room = room;
	}
	own = &t->run[t->n];
	*own = (struct seen_run){
		.started_at_ns = run->started_at_ns,
		.total_ns = run->total_ns,
		.host = arena_strdup(a, run->host),
		.name = arena_strdup(a, run->name),
		.environment = arena_strdup(a, run->environment),
		.vantage = arena_strdup(a, run->vantage),
	};
	t->n++;
	return own->host && own->name && own->environment && own->vantage;
}

bool seen_add(struct seen *t, const struct run_result *run, struct arena *a,
	      bool *is_twice)
{
	*is_twice = false;
	for (size_t i = 0; i < t->n && !*is_twice; i++)
		*is_twice = is_same(&t->run[i], run);
	return *is_twice || keep(t, run, a);
}

void seen_release(struct seen *t)
{
	free(t->run);
	*t = (struct seen){ 0 };
}
