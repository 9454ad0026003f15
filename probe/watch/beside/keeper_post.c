/* SPDX-License-Identifier: MIT */
/* What is handed to the keeper, and what of it is taken down at once. */
#include <stdlib.h>
#include <string.h>

#include "probe/run/head.h"
#include "probe/watch/beside/keeper_inside.h"
#include "probe/watch/config.h"
#include "report/log.h"
#include "report/result/verdict.h"
#include "report/state/state.h"
#include "scenarios/base/arena.h"

/* ---- posts ------------------------------------------------------------ */

void keeper_post_free(struct post *p)
{
	watch_config_drop(p->config);
	arena_free(p->arena);
	free(p);
}

struct post *keeper_first(struct link *head)
{
	return container_of(head->next, struct post, link);
}

void keeper_posts_free(struct link *head)
{
	while (!list_is_empty(head)) {
		struct post *p = keeper_first(head);

		list_remove(&p->link);
		keeper_post_free(p);
	}
}

static void put(struct keeper *k, struct post *p)
{
	pthread_mutex_lock(&k->lock);
	list_append(&k->queue, &p->link);
	k->n_queued += p->kind == POST_RESULT;
	pthread_mutex_unlock(&k->lock);
	ev_async_send(engine_loop(k->en), &k->news);
}

static void count_dropped(struct keeper *k, uint64_t n)
{
	pthread_mutex_lock(&k->lock);
	k->facts.dropped_results += n;
	pthread_mutex_unlock(&k->lock);
}

void keeper_put(struct keeper *k, struct watch_config *config,
		struct arena *arena, const struct run_result *sealed)
{
	struct post *p = NULL;

	pthread_mutex_lock(&k->lock);
	bool is_full = k->n_queued >= KEEPER_QUEUE_MAX;
	pthread_mutex_unlock(&k->lock);
	if (!is_full)
		p = calloc(1, sizeof(*p));
	if (!p) {
		count_dropped(k, 1);
		arena_free(arena);
		return;
	}
	p->kind = POST_RESULT;
	p->config = watch_config_hold(config);
	p->arena = arena;
	p->run = sealed;
	put(k, p);
}

void keeper_reload(struct keeper *k, struct watch_config *config)
{
	struct post *p = calloc(1, sizeof(*p));

	if (!p)
		return;
	p->kind = POST_CONFIG;
	p->config = watch_config_hold(config);
	put(k, p);
}

enum { AUDIT_BYTES_MAX = 1 << 20 };

void keeper_audit(struct keeper *k, const struct audit_record *r)
{
	struct post *p = calloc(1, sizeof(*p));
	struct arena *a = p ? arena_new(AUDIT_BYTES_MAX) : NULL;
	struct audit_record *copy = a ? arena_alloc(a, 1, sizeof(*copy)) : NULL;

	if (!copy) {
		arena_free(a);
		free(p);
		return;
	}
	*copy = *r;
	copy->user = arena_strdup(a, r->user);
	copy->action = arena_strdup(a, r->action);
	copy->resource = arena_strdup(a, r->resource);
	copy->details = arena_strdup(a, r->details);
	p->kind = POST_AUDIT;
	p->arena = a;
	p->audit = copy;
	if (copy->user && copy->action && copy->resource && copy->details)
		put(k, p);
	else
		keeper_post_free(p);
}

/* ---- a batch -------------------------------------------------------------- */

static bool is_in_batch(struct keeper *k, const struct run_result *run)
{
	for (struct link *l = k->batch.next; l != &k->batch; l = l->next) {
		const struct post *p = container_of(l, struct post, link);

		if (!strcmp(p->run->checks[0].name, run->checks[0].name))
			return true;
	}
	return false;
}

/* Moves what can be taken down at once, of one scenario and each check once,
 * from the queue into the batch. */
void keeper_batch_fill(struct keeper *k)
{
	pthread_mutex_lock(&k->lock);
	while (!list_is_empty(&k->queue) && k->n_batch < KEEPER_BATCH_MAX) {
		struct post *p = keeper_first(&k->queue);

		if (p->kind != POST_RESULT ||
		    (k->n_batch > 0 &&
		     (p->config != keeper_first(&k->batch)->config ||
		      is_in_batch(k, p->run))))
			break;
		list_remove(&p->link);
		list_append(&k->batch, &p->link);
		k->n_batch++;
		k->n_queued--;
	}
	pthread_mutex_unlock(&k->lock);
}

enum { MERGED_BYTES_MAX = 16 << 20 };

/* One run of all checks in the batch, as a one-shot run would have it. */
bool keeper_batch_merge(struct keeper *k)
{
	size_t i = 0;

	if (k->merged)
		return true;
	arena_free(k->merged_arena);
	k->merged_arena = arena_new(MERGED_BYTES_MAX);
	if (!k->merged_arena)
		return false;
	struct run_result *run = arena_alloc(k->merged_arena, 1, sizeof(*run));
	struct check_result *checks =
		arena_alloc(k->merged_arena, k->n_batch, sizeof(*checks));
	if (!run || !checks)
		return false;
	*run = *keeper_first(&k->batch)->run;
	run->checks = checks;
	run->n_checks = k->n_batch;
	run->broken = false;
	run->broken_why = "";
	for (struct link *l = k->batch.next; l != &k->batch; l = l->next) {
		const struct run_result *one =
			container_of(l, struct post, link)->run;
		uint64_t end = run->started_at_ns + run->total_ns;
		uint64_t end_of_one = one->started_at_ns + one->total_ns;

		checks[i++] = one->checks[0];
		if (one->started_at_ns < run->started_at_ns)
			run->started_at_ns = one->started_at_ns;
		run->total_ns = (end > end_of_one ? end : end_of_one) -
				run->started_at_ns;
	}
	result_judge(run);
	result_note_broken(run);
	k->merged = run;
	return true;
}

void keeper_batch_end(struct keeper *k)
{
	keeper_posts_free(&k->batch);
	k->n_batch = 0;
	k->merged = NULL;
	arena_free(k->merged_arena);
	k->merged_arena = NULL;
	if (k->pause_ns > 0)
		log_printf(k->log, LEVEL_WARNING, "assay.state",
			   "results are taken down again");
	k->pause_ns = 0;
}
