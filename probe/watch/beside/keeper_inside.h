/* SPDX-License-Identifier: MIT */
#ifndef PROBE_KEEPER_INSIDE_H
#define PROBE_KEEPER_INSIDE_H

/*
 * keeper_inside - what the files of the keeper share.  For
 * probe/watch/beside/keeper*.c only.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/engine/engine.h"
#include "probe/overlap.h"
#include "probe/watch/beside/keeper.h"
#include "report/publish/standing.h"
#include "scenarios/base/link.h"

enum post_kind { POST_RESULT, POST_CONFIG, POST_AUDIT };

struct post {
	struct link link;
	enum post_kind kind;
	struct watch_config *config; /* held; of RESULT and CONFIG */
	struct arena *arena;	     /* owned; of RESULT and AUDIT */
	const struct run_result *run;
	const struct audit_record *audit;
};

struct keeper {
	/* shared */
	pthread_mutex_t lock;
	pthread_cond_t ended;
	pthread_t thread;
	bool has_thread;
	struct link queue; /* struct post, oldest first */
	size_t n_queued;   /* results */
	bool must_end, has_ended;
	struct self_facts facts;
	uint64_t alive_ns;	   /* of the checks' loop */
	struct hour_counts before; /* what failed before we were started */
	bool has_before;
	ev_async news;
	/* its own */
	struct engine *en;
	struct state *state;
	struct logger *log;
	struct watch_config *config;
	struct deliverer *deliverer;
	struct link batch; /* posts that are being taken down */
	size_t n_batch;
	struct arena *merged_arena;
	struct run_result *merged;
	struct engine_timer retry, moment, cleaning, heartbeat;
	struct pinger *pinger;
	struct overlap overlap;
	uint64_t pause_ns; /* before the next try; 0: all is well */
	uint64_t n_firing;
	bool is_behind; /* what was stored last is from the future */
};

/* keeper_post.c: what was handed over, and what of it is taken down at once */
void keeper_post_free(struct post *p);
void keeper_posts_free(struct link *head);
struct post *keeper_first(struct link *head);
/* Moves what can be taken down at once, of one scenario and each check once,
 * from the queue into the batch. */
void keeper_batch_fill(struct keeper *k);
/* One run of all checks in the batch, as a one-shot run would have it, in
 * k->merged.  False without memory. */
bool keeper_batch_merge(struct keeper *k);
void keeper_batch_end(struct keeper *k);

/* keeper_past.c: what failed in the last day, of what the state remembers */
void keeper_look_back(struct keeper *k);

#endif
