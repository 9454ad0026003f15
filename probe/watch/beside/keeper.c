/* SPDX-License-Identifier: MIT */
#include "probe/watch/beside/keeper_inside.h"

#include <errno.h>
#include <inttypes.h>
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

static void work(struct keeper *k);

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
	if (!seen.was_new) {
		if (!k->is_refused)
			log_printf(k->log, LEVEL_ERROR, "assay.state", "%s",
				   STATE_NOT_NEW);
		k->is_refused = true;
		return true;
	}
	k->is_refused = k->is_refused && !run;
	if (seen.n_afresh)
		log_printf(k->log, LEVEL_WARNING, "assay.alerts",
			   "what was stored of %zu alert%s cannot be read: %s "
			   "afresh, and the log of alerts names %s",
			   seen.n_afresh, seen.n_afresh == 1 ? "" : "s",
			   seen.n_afresh == 1 ? "it starts" : "they start",
			   seen.n_afresh == 1 ? "it" : "them");
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
	if (k->pinger && is_alive && k->pause_ns == 0 && !k->is_refused)
		pinger_ping(k->pinger);
	engine_timer_start(&k->heartbeat, PINGER_EVERY_NS);
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
	keeper_post_free(p);
}

/* ---- the loop --------------------------------------------------------------------- */

static struct post *take_other(struct keeper *k)
{
	struct post *p = NULL;

	pthread_mutex_lock(&k->lock);
	if (!list_is_empty(&k->queue) &&
	    keeper_first(&k->queue)->kind != POST_RESULT) {
		p = keeper_first(&k->queue);
		list_remove(&p->link);
	}
	pthread_mutex_unlock(&k->lock);
	return p;
}

static void publish_facts(struct keeper *k, bool *must_end)
{
	struct delivered d = { 0 };
	uint64_t state_size = state_bytes(k->state);

	if (k->deliverer)
		d = deliverer_counts(k->deliverer);
	pthread_mutex_lock(&k->lock);
	k->facts.outbox_waiting = d.waiting;
	k->facts.sent = d.sent;
	k->facts.send_failures = d.failed;
	k->facts.alerts_firing = k->n_firing;
	k->facts.state_bytes = state_size;
	*must_end = k->must_end;
	pthread_mutex_unlock(&k->lock);
}

/* Takes down one batch; false when there is none, or it has to wait. */
static bool take_down(struct keeper *k)
{
	struct errs es = { 0 };

	if (k->n_batch == 0)
		keeper_batch_fill(k);
	if (k->n_batch == 0)
		return false;
	/* what was under way before a reload is judged by the rules of now:
	 * those that are gone were closed */
	if (!keeper_batch_merge(k))
		errs_nomem(&es);
	else if (play_round(k, k->config->scenario, k->merged, &es)) {
		keeper_batch_end(k);
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

	keeper_look_back(k);
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
	keeper_posts_free(&k->queue);
	keeper_posts_free(&k->batch);
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
	out->state_bytes = k->facts.state_bytes;
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
	/* the batch is its thread's until that has ended */
	bool is_empty = has_ended && list_is_empty(&k->queue) && !k->n_batch;
	pthread_mutex_unlock(&k->lock);
	if (!has_ended) {
		pthread_detach(k->thread);
		return KEEPER_STUCK;
	}
	pthread_join(k->thread, NULL);
	keeper_free(k);
	return is_empty ? KEEPER_DONE : KEEPER_LOST;
}
