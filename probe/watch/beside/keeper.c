/* SPDX-License-Identifier: MIT */
#include "probe/watch/beside/keeper.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "probe/deliver/deliver.h"
#include "probe/engine/engine.h"
#include "probe/overlap.h"
#include "probe/run/head.h"
#include "probe/watch/config.h"
#include "report/alerts/round.h"
#include "report/log.h"
#include "report/publish/standing.h"
#include "report/result/verdict.h"
#include "report/state/state.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"
#include "scenarios/base/link.h"
#include "scenarios/base/units.h"
#include "scenarios/model.h"

enum { LOCK_NAME_ROOM = 256 };

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
};

static void work(struct keeper *k);

/* ---- posts ------------------------------------------------------------ */

static void post_free(struct post *p)
{
	watch_config_drop(p->config);
	arena_free(p->arena);
	free(p);
}

static struct post *first_post(struct link *head)
{
	return container_of(head->next, struct post, link);
}

static void free_posts(struct link *head)
{
	while (!list_is_empty(head)) {
		struct post *p = first_post(head);

		list_remove(&p->link);
		post_free(p);
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
		post_free(p);
}

/* ---- failures ----------------------------------------------------------- */

static void tell_failure(struct keeper *k, const char *what,
			 const struct errs *es)
{
	pthread_mutex_lock(&k->lock);
	k->facts.storage_failures++;
	pthread_mutex_unlock(&k->lock);
	for (size_t i = 0; i < es->n; i++)
		log_printf(k->log, LEVEL_ERROR, "assay.state", "%s: %s", what,
			   es->item[i].text);
}

/* The batch stays; it is tried again later. */
static void put_off(struct keeper *k, const struct errs *es)
{
	if (k->pause_ns == 0)
		tell_failure(k, "results could not be taken down, trying again",
			     es);
	k->pause_ns = k->pause_ns == 0 ? KEEPER_PAUSE_MIN_NS : 2 * k->pause_ns;
	if (k->pause_ns > KEEPER_PAUSE_MAX_NS)
		k->pause_ns = KEEPER_PAUSE_MAX_NS;
	engine_timer_start(&k->retry, k->pause_ns);
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
static void fill_batch(struct keeper *k)
{
	pthread_mutex_lock(&k->lock);
	while (!list_is_empty(&k->queue) && k->n_batch < KEEPER_BATCH_MAX) {
		struct post *p = first_post(&k->queue);

		if (p->kind != POST_RESULT ||
		    (k->n_batch > 0 &&
		     (p->config != first_post(&k->batch)->config ||
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
static bool merge_batch(struct keeper *k)
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
	*run = *first_post(&k->batch)->run;
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

static void end_batch(struct keeper *k)
{
	free_posts(&k->batch);
	k->n_batch = 0;
	k->merged = NULL;
	arena_free(k->merged_arena);
	k->merged_arena = NULL;
	if (k->pause_ns > 0)
		log_printf(k->log, LEVEL_WARNING, "assay.state",
			   "results are taken down again");
	k->pause_ns = 0;
}

/* ---- rounds ----------------------------------------------------------------- */

static void await_moment(struct keeper *k, uint64_t at_ns)
{
	uint64_t now = engine_wall_ns();

	engine_timer_stop(&k->moment);
	if (at_ns != UINT64_MAX)
		engine_timer_start(&k->moment, at_ns > now ? at_ns - now : 0);
}

static bool play_round(struct keeper *k, const struct scenario *sc,
		       const struct run_result *run, struct errs *es)
{
	const struct round_input in = {
		.scenario = sc,
		.sealed = run,
		.now_at_ns = engine_wall_ns(),
	};
	struct round_seen seen = { .next_at_ns = UINT64_MAX };

	if (!alerts_round(k->state, &in, &seen, es))
		return false;
	if (seen.n_firing != k->n_firing)
		log_printf(k->log, LEVEL_INFO, "assay.alerts",
			   "alerts that fire: %zu, before: %" PRIu64,
			   seen.n_firing, k->n_firing);
	k->n_firing = seen.n_firing;
	await_moment(k, seen.next_at_ns);
	if (k->deliverer)
		deliverer_wake(k->deliverer);
	return true;
}

static void on_moment(struct engine_timer *t)
{
	struct keeper *k = t->owner;
	struct errs es = { 0 };

	if (play_round(k, k->config->scenario, NULL, &es))
		return;
	tell_failure(k, "the alerts could not be looked at", &es);
	engine_timer_start(&k->moment, KEEPER_PAUSE_MAX_NS);
}

static void on_cleaning(struct engine_timer *t)
{
	static const struct state_keep keep = { 0 };
	struct keeper *k = t->owner;
	struct state_cleaned seen = { 0 };
	struct errs es = { 0 };

	if (!state_clean(k->state, &keep, engine_wall_ns(), &seen, &es))
		tell_failure(k, "the state file could not be cleaned", &es);
	engine_timer_start(&k->cleaning, KEEPER_CLEAN_NS);
}

/* Who waits for it learns that nothing is watched any more: when the checks'
 * loop stands still, or what they see cannot be taken down. */
static void on_heartbeat(struct engine_timer *t)
{
	struct keeper *k = t->owner;

	pthread_mutex_lock(&k->lock);
	uint64_t alive_ns = k->alive_ns;
	pthread_mutex_unlock(&k->lock);
	bool is_alive = engine_now_ns() < alive_ns + KEEPER_ALIVE_NS;
	if (k->pinger && is_alive && k->pause_ns == 0)
		pinger_ping(k->pinger);
	engine_timer_start(&k->heartbeat, PINGER_EVERY_NS);
}

/* ---- what was before us ------------------------------------------------------- */

enum { BEFORE_BYTES_MAX = 1 << 20 };

static bool count_before(struct keeper *k, const char *check, uint64_t now,
			 struct hour_counts *sum)
{
	const char *scenario = k->config->scenario->name;
	struct arena *a = arena_new(BEFORE_BYTES_MAX);
	struct state_bucket *b = NULL;
	struct errs es = { 0 };
	size_t n = 0;
	bool ok = a && state_buckets(k->state, scenario, check, BUCKET_HOUR,
				     now - (HOURS_COUNTED - 1) * UNIT_NS_PER_H,
				     now, a, &b, &n, &es);

	for (size_t i = 0; ok && i < n; i++)
		hour_counts_add(sum, b[i].from_at_ns, b[i].n_failed);
	arena_free(a);
	return ok;
}

/* What failed in the last day, of what the state file remembers. */
static void look_back(struct keeper *k)
{
	const struct scenario *sc = k->config->scenario;
	struct hour_counts sum = { 0 };
	uint64_t now = engine_wall_ns();
	bool goes_on = true;

	hour_counts_add(&sum, now, 0);
	for (size_t i = 0; i < sc->n_checks && goes_on; i++) {
		if (k->config->chosen[i])
			goes_on =
				count_before(k, sc->checks[i].name, now, &sum);
		pthread_mutex_lock(&k->lock);
		goes_on = goes_on && !k->must_end;
		pthread_mutex_unlock(&k->lock);
	}
	pthread_mutex_lock(&k->lock);
	k->before = sum;
	k->has_before = true;
	pthread_mutex_unlock(&k->lock);
}

bool keeper_errors_before(struct keeper *k, struct hour_counts *out)
{
	pthread_mutex_lock(&k->lock);
	bool is_new = k->has_before;
	if (is_new)
		hour_counts_merge(out, &k->before);
	k->has_before = false;
	pthread_mutex_unlock(&k->lock);
	return is_new;
}

void keeper_alive(struct keeper *k, uint64_t now_ns)
{
	pthread_mutex_lock(&k->lock);
	k->alive_ns = now_ns;
	pthread_mutex_unlock(&k->lock);
}

/* ---- the scenario -------------------------------------------------------------- */

static bool take_config(struct keeper *k, struct watch_config *config,
			struct errs *es)
{
	const struct deliver_config dc = {
		.en = k->en,
		.state = k->state,
		.scenario = config->scenario,
		.secrets = &config->secrets,
		.redactor = config->keeper_redactor,
		.log = k->log,
	};
	bool tells = config->scenario->alerts != NULL;
	struct deliverer *new_one = tells ? deliverer_new(&dc, es) : NULL;
	struct pinger *pinger = NULL;

	if (new_one)
		pinger = pinger_new(&dc, es);
	if ((tells && !pinger) ||
	    !state_scenario_put(k->state, config->scenario, es)) {
		pinger_free(pinger);
		deliverer_free(new_one);
		return false;
	}
	pinger_free(k->pinger);
	deliverer_free(k->deliverer);
	k->pinger = pinger;
	k->deliverer = new_one;
	watch_config_hold(config);
	log_set_redactor(k->log, config->keeper_redactor);
	watch_config_drop(k->config);
	k->config = config;
	return true;
}

static void handle_other(struct keeper *k, struct post *p)
{
	struct errs es = { 0 };

	if (p->kind == POST_CONFIG && !take_config(k, p->config, &es))
		tell_failure(k,
			     "the channels of the new scenario cannot be "
			     "used, the old ones stay",
			     &es);
	else if (p->kind == POST_CONFIG)
		engine_timer_start(&k->moment, 0);
	if (p->kind == POST_AUDIT && !state_audit_add(k->state, p->audit, &es))
		tell_failure(k, "an audit record could not be written", &es);
	post_free(p);
}

/* ---- the loop --------------------------------------------------------------------- */

static struct post *take_other(struct keeper *k)
{
	struct post *p = NULL;

	pthread_mutex_lock(&k->lock);
	if (!list_is_empty(&k->queue) &&
	    first_post(&k->queue)->kind != POST_RESULT) {
		p = first_post(&k->queue);
		list_remove(&p->link);
	}
	pthread_mutex_unlock(&k->lock);
	return p;
}

static void publish_facts(struct keeper *k, bool *must_end)
{
	struct delivered d = { 0 };

	if (k->deliverer)
		d = deliverer_counts(k->deliverer);
	pthread_mutex_lock(&k->lock);
	k->facts.outbox_waiting = d.waiting;
	k->facts.sent = d.sent;
	k->facts.send_failures = d.failed;
	k->facts.alerts_firing = k->n_firing;
	*must_end = k->must_end;
	pthread_mutex_unlock(&k->lock);
}

/* Takes down one batch; false when there is none, or it has to wait. */
static bool take_down(struct keeper *k)
{
	struct errs es = { 0 };

	if (k->n_batch == 0)
		fill_batch(k);
	if (k->n_batch == 0)
		return false;
	const struct watch_config *c = first_post(&k->batch)->config;
	if (!merge_batch(k))
		errs_nomem(&es);
	else if (play_round(k, c->scenario, k->merged, &es)) {
		end_batch(k);
		return true;
	}
	put_off(k, &es);
	return false;
}

static void work(struct keeper *k)
{
	bool must_end = false;
	struct post *p;

	do {
		while (k->n_batch == 0 && (p = take_other(k)))
			handle_other(k, p);
	} while (take_down(k));
	publish_facts(k, &must_end);
	if (must_end)
		engine_stop(k->en);
}

static void on_news(struct ev_loop *loop, ev_async *w, int got)
{
	struct keeper *k = container_of(w, struct keeper, news);

	(void)loop;
	(void)got;
	/* a batch that failed has its own time, but at the end */
	pthread_mutex_lock(&k->lock);
	bool must_end = k->must_end;
	pthread_mutex_unlock(&k->lock);
	if (k->pause_ns == 0 || must_end)
		work(k);
}

static void on_retry(struct engine_timer *t)
{
	work(t->owner);
}

static void *keep(void *self)
{
	struct keeper *k = self;

	look_back(k);
	engine_timer_start(&k->moment, 0);
	engine_timer_start(&k->cleaning, KEEPER_CLEAN_NS);
	engine_timer_start(&k->heartbeat, 0);
	work(k);
	engine_run(k->en);
	pinger_free(k->pinger);
	k->pinger = NULL;
	deliverer_free(k->deliverer);
	k->deliverer = NULL;
	state_close(k->state);
	k->state = NULL;
	pthread_mutex_lock(&k->lock);
	k->has_ended = true;
	pthread_cond_signal(&k->ended);
	pthread_mutex_unlock(&k->lock);
	return NULL;
}

/* ---- life ----------------------------------------------------------------------------- */

static void keeper_free(struct keeper *k)
{
	pinger_free(k->pinger);
	deliverer_free(k->deliverer);
	if (k->en) {
		ev_async_stop(engine_loop(k->en), &k->news);
		engine_timer_release(&k->retry);
		engine_timer_release(&k->moment);
		engine_timer_release(&k->cleaning);
		engine_timer_release(&k->heartbeat);
	}
	engine_free(k->en);
	state_close(k->state);
	overlap_drop(&k->overlap);
	free_posts(&k->queue);
	free_posts(&k->batch);
	arena_free(k->merged_arena);
	log_close(k->log);
	watch_config_drop(k->config);
	pthread_mutex_destroy(&k->lock);
	pthread_cond_destroy(&k->ended);
	free(k);
}

static bool start(struct keeper *k, struct errs *es)
{
	sigset_t all;
	sigset_t was;

	engine_timer_init(&k->retry, k->en, on_retry, k);
	engine_timer_init(&k->moment, k->en, on_moment, k);
	engine_timer_init(&k->cleaning, k->en, on_cleaning, k);
	engine_timer_init(&k->heartbeat, k->en, on_heartbeat, k);
	ev_async_init(&k->news, on_news);
	ev_async_start(engine_loop(k->en), &k->news);
	/* signals are the main thread's */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &was);
	int rc = pthread_create(&k->thread, NULL, keep, k);
	pthread_sigmask(SIG_SETMASK, &was, NULL);
	return rc == 0 ||
	       errs_add(es, ERR_SYSTEM, NOWHERE,
			"no thread for the state file: %s", strerror(rc));
}

static void tell_found(struct keeper *k, const char *path,
		       enum state_found found)
{
	static const char *const words[] = {
		[STATE_FRESH] = "was not there: a fresh start",
		[STATE_OLDER] = "was of an older assay, and is migrated",
		[STATE_RESUMED] = "is taken up where it was left",
	};

	log_printf(k->log, LEVEL_INFO, "assay.state", "\"%s\" %s", path,
		   words[found]);
}

/* Two daemons of one scenario would ask everything twice; a one-shot run beside
 * a daemon is somebody who looks. */
static bool be_alone(struct keeper *k, const char *state_path,
		     const struct watch_config *config, struct errs *es)
{
	char name[LOCK_NAME_ROOM];

	snprintf(name, sizeof(name), "watch %s", config->scenario->name);
	switch (overlap_take(&k->overlap, state_path, name, 0, es)) {
	case OVERLAP_NONE:
		return true;
	case OVERLAP_OTHER:
		return errs_add(es, ERR_SYSTEM, NOWHERE,
				"another watch of \"%.100s\" is under way with "
				"the state file \"%.200s\"",
				config->scenario->name, state_path);
	default:
		return false;
	}
}

struct keeper *keeper_new(const char *state_path, struct watch_config *config,
			  const struct log_config *log, struct errs *es)
{
	struct keeper *k = calloc(1, sizeof(*k));
	struct log_config own_log = *log;
	enum state_found found = STATE_RESUMED;

	if (!k) {
		errs_nomem(es);
		return NULL;
	}
	pthread_mutex_init(&k->lock, NULL);
	pthread_cond_init(&k->ended, NULL);
	list_init(&k->queue);
	list_init(&k->batch);
	k->alive_ns = engine_now_ns();
	own_log.redactor = config->keeper_redactor;
	k->log = log_open(&own_log, es);
	if (k->log && be_alone(k, state_path, config, es))
		k->state = state_open(state_path, &found, es);
	k->en = k->state ? engine_new(es) : NULL;
	if (k->state)
		tell_found(k, state_path, found);
	if (k->en && take_config(k, config, es) && start(k, es))
		return k;
	keeper_free(k);
	return NULL;
}

void keeper_facts(struct keeper *k, struct self_facts *out)
{
	pthread_mutex_lock(&k->lock);
	out->queue_depth = k->n_queued;
	out->dropped_results = k->facts.dropped_results;
	out->storage_failures = k->facts.storage_failures;
	out->outbox_waiting = k->facts.outbox_waiting;
	out->sent = k->facts.sent;
	out->send_failures = k->facts.send_failures;
	out->alerts_firing = k->facts.alerts_firing;
	pthread_mutex_unlock(&k->lock);
}

enum keeper_end keeper_close(struct keeper *k, uint64_t within_ns)
{
	struct timespec until;
	int rc = 0;

	if (!k)
		return KEEPER_DONE;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += (time_t)(within_ns / UNIT_NS_PER_S);
	pthread_mutex_lock(&k->lock);
	k->must_end = true;
	pthread_mutex_unlock(&k->lock);
	ev_async_send(engine_loop(k->en), &k->news);
	pthread_mutex_lock(&k->lock);
	while (!k->has_ended && rc != ETIMEDOUT)
		rc = pthread_cond_timedwait(&k->ended, &k->lock, &until);
	bool has_ended = k->has_ended;
	bool is_empty = list_is_empty(&k->queue) && k->n_batch == 0;
	pthread_mutex_unlock(&k->lock);
	if (!has_ended) {
		pthread_detach(k->thread);
		return KEEPER_STUCK;
	}
	pthread_join(k->thread, NULL);
	keeper_free(k);
	return is_empty ? KEEPER_DONE : KEEPER_LOST;
}
