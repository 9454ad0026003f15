/* SPDX-License-Identifier: MIT */
#include "loadgen/run/crew.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loadgen/run/show.h"
#include "probe/engine/engine.h"
#include "probe/patience.h"
#include "probe/run/head.h"
#include "report/load/collect.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"

#define BEGIN_PAUSE_NS UINT64_C(20000000) /* until all workers are there */

enum live_state { LIVE_WAITING, LIVE_RUNNING, LIVE_OVER };

/* A load that is being run. */
struct live {
	const struct load_job *job;
	struct load_result *result;
	struct collect_facts facts;
	struct collector *collector;
	struct channel *channel; /* of each worker */
	enum live_state state;
	enum part_stop stop;
	const char *ended, *why;
	uint64_t begin_ns, begin_at_ns, cpu_ns, rss_bytes;
	uint64_t stopped_ns; /* since its begin; 0: nobody stopped it */
	size_t n_last;
	uint64_t busiest;
};

struct crew {
	const struct load_config *config;
	struct arena *arena;
	struct errs *es;
	struct show *show;
	struct worker *worker;
	size_t n_workers;
	struct live *live;
	size_t n_live, n_left;
	uint64_t started_ns;
	sigset_t signals;
	unsigned n_signals;
	struct crew_ending *end;
};

/* ---- stopping ------------------------------------------------------- */

static void wake_all(struct crew *cr)
{
	for (size_t i = 0; i < cr->n_workers; i++)
		worker_wake(&cr->worker[i]);
}

static void stop_live(struct crew *cr, struct live *lv, enum part_stop stop,
		      const char *ended, const char *why)
{
	if (lv->state == LIVE_OVER || lv->stop >= stop)
		return;
	if (!lv->ended) {
		lv->ended = lv->state == LIVE_WAITING ? "not started" : ended;
		lv->why = why;
	}
	lv->stop = stop;
	if (lv->begin_ns && !lv->stopped_ns && part_now() > lv->begin_ns) {
		lv->stopped_ns = part_now() - lv->begin_ns;
		collector_stop(lv->collector, lv->stopped_ns);
	}
	for (size_t i = 0; i < cr->n_workers; i++)
		atomic_store(&lv->channel[i].stop, (int)stop);
}

static void stop_all(struct crew *cr, enum part_stop stop, const char *why)
{
	cr->end->is_interrupted = true;
	if (!cr->end->stopped_ns)
		cr->end->stopped_ns = part_now();
	if (!cr->end->why[0])
		cr->end->why = why;
	for (size_t i = 0; i < cr->n_live; i++)
		stop_live(cr, &cr->live[i], stop, "interrupted", why);
	wake_all(cr);
}

static void on_signal(struct crew *cr, int signo)
{
	const char *why = signo == SIGINT    ? "interrupted by SIGINT"
			  : signo == SIGTERM ? "interrupted by SIGTERM"
					     : "interrupted by SIGHUP";

	cr->n_signals++;
	stop_all(cr, cr->n_signals > 1 ? STOP_NOW : STOP_NEW, why);
	if (cr->show && cr->n_signals == 1)
		show_note(cr->show, "stopping: what is under way may end; "
				    "once more ends it at once");
}

/* ---- collecting ----------------------------------------------------- */

static void note_cpu(struct live *lv, const struct channel *ch)
{
	uint64_t cpu = atomic_load(&ch->cpu_permille);

	lv->busiest = cpu > lv->busiest ? cpu : lv->busiest;
}

static void take(struct crew *cr, struct live *lv, const struct tally *t)
{
	struct load_listener *listener = cr->config->listener;

	collector_take(lv->collector, t);
	if (listener && listener->on_slice)
		listener->on_slice(listener, lv->job->load, t);
}

static void take_full(struct crew *cr, struct live *lv)
{
	for (size_t i = 0; i < cr->n_workers; i++) {
		struct channel *ch = &lv->channel[i];
		struct tally *t = atomic_load(&ch->full);
		if (!t)
			continue;
		take(cr, lv, t);
		tally_reset(t);
		/* empty first: the worker looks for room before it fills */
		atomic_store(&ch->empty, t);
		atomic_store(&ch->full, NULL);
		note_cpu(lv, ch);
	}
}

static void take_last(struct crew *cr, struct live *lv)
{
	for (size_t i = 0; i < cr->n_workers; i++) {
		struct channel *ch = &lv->channel[i];
		struct tally *t = atomic_exchange(&ch->last, NULL);
		if (!t)
			continue;
		take_full(cr, lv); /* what came before */
		take(cr, lv, t);
		tally_free(t);
		note_cpu(lv, ch);
		lv->n_last++;
	}
}

static const char *ended_by(struct crew *cr, const struct live *lv)
{
	static const char *const words[] = {
		[END_NOT] = "not started",	 [END_PLAN] = "plan",
		[END_ITERATIONS] = "iterations", [END_DATA] = "data",
		[END_STOPPED] = "interrupted",
	};
	int end = END_NOT;

	for (size_t i = 0; i < cr->n_workers; i++) {
		int one = atomic_load(&lv->channel[i].ended);
		end = one > end ? one : end;
	}
	return words[end];
}

/* Until the last round of all, or the end of the plan. */
static uint64_t total_of(const struct crew *cr, const struct live *lv)
{
	uint64_t over_ns = 0;

	for (size_t i = 0; i < cr->n_workers; i++) {
		uint64_t one = atomic_load(&lv->channel[i].over_ns);
		over_ns = one > over_ns ? one : over_ns;
	}
	if (lv->begin_ns && over_ns < lv->begin_ns)
		over_ns = part_now(); /* nothing ended */
	return lv->begin_ns && over_ns > lv->begin_ns ? over_ns - lv->begin_ns
						      : 0;
}

static void finish(struct crew *cr, struct live *lv)
{
	struct collect_ending end = {
		.started_at_ns = lv->begin_at_ns,
		.start_ns = lv->begin_ns ? lv->begin_ns - cr->started_ns : 0,
		.total_ns = total_of(cr, lv),
		.stopped_ns = lv->stopped_ns,
		.ended = lv->ended ? lv->ended : ended_by(cr, lv),
		.why = lv->why ? lv->why : "",
		.cpu_ns = lv->begin_ns ? process_cpu_ns() - lv->cpu_ns : 0,
		.peak_rss_bytes = process_peak_rss_bytes(),
		.first_rss_bytes = lv->rss_bytes,
		.busiest_cpu_permille = lv->busiest,
	};

	for (size_t i = 0; i < cr->n_workers; i++) {
		const struct channel *ch = &lv->channel[i];
		end.open_connections_max += atomic_load(&ch->open_max);
		end.out_of_files += atomic_load(&ch->out_of_files);
		end.out_of_ports += atomic_load(&ch->out_of_ports);
		end.out_of_memory += atomic_load(&ch->out_of_memory);
	}
	lv->state = LIVE_OVER;
	cr->n_left--;
	if (!collector_finish(lv->collector, &end, cr->arena, lv->result))
		errs_nomem(cr->es);
}

/* ---- going on ------------------------------------------------------- */

static void begin(struct crew *cr, struct live *lv, uint64_t begin_ns)
{
	uint64_t now = part_now();

	lv->state = LIVE_RUNNING;
	lv->begin_ns = begin_ns;
	lv->begin_at_ns = engine_wall_ns() + (begin_ns - now);
	lv->cpu_ns = process_cpu_ns();
	for (size_t i = 0; i < cr->n_workers; i++)
		atomic_store(&lv->channel[i].begin_ns, begin_ns);
}

static struct live *find_live(struct crew *cr, const struct workload *load)
{
	for (size_t i = 0; i < cr->n_live; i++)
		if (cr->live[i].job->load == load)
			return &cr->live[i];
	return NULL;
}

/* What waits for another load starts when that one is well over. */
static void follow(struct crew *cr, struct live *lv)
{
	struct live *before = find_live(cr, lv->job->load->after);

	if (lv->stop || (before && before->state != LIVE_OVER))
		return;
	/* one that was not chosen is not waited for */
	if (!before || before->result->verdict == RUN_OK) {
		begin(cr, lv, part_now() + lv->job->load->start_ns);
		return;
	}
	stop_live(cr, lv, STOP_NOW, "not started",
		  arena_printf(cr->arena, "load \"%s\" before it was not ok",
			       before->job->load->name));
}

static void look(struct crew *cr, struct live *lv, uint64_t now)
{
	uint64_t since = now > lv->begin_ns ? now - lv->begin_ns : 0;
	const char *why = NULL;

	if (!lv->rss_bytes && since > COLLECT_SLICE_NS)
		lv->rss_bytes = process_peak_rss_bytes();
	if (!collector_look(lv->collector, since, &why)) {
		stop_live(cr, lv, STOP_NEW, "aborted", why);
		wake_all(cr);
	}
}

/* What the listener knows by now ends all of it at once. */
static void ask_listener(struct crew *cr)
{
	struct load_listener *listener = cr->config->listener;
	const char *why = listener ? listener->look(listener) : NULL;

	if (!why)
		return;
	if (!cr->end->stopped_ns)
		cr->end->stopped_ns = part_now();
	for (size_t i = 0; i < cr->n_live; i++)
		stop_live(cr, &cr->live[i], STOP_NOW, "decided", why);
	wake_all(cr);
}

static void tick(struct crew *cr)
{
	uint64_t now = part_now();

	for (size_t i = 0; i < cr->n_live; i++) {
		struct live *lv = &cr->live[i];
		if (lv->state == LIVE_WAITING && lv->job->load->after)
			follow(cr, lv);
		if (lv->state == LIVE_OVER)
			continue;
		take_full(cr, lv);
		take_last(cr, lv);
		if (lv->state == LIVE_RUNNING)
			look(cr, lv, now);
		if (lv->n_last == cr->n_workers)
			finish(cr, lv);
	}
	ask_listener(cr);
	uint64_t deadline = cr->config->deadline_ns;
	if (deadline && now >= cr->started_ns + deadline)
		stop_all(cr, STOP_NOW, "the deadline came first");
}

static void show_all(struct crew *cr)
{
	uint64_t now = part_now();

	if (!cr->show || !show_begin(cr->show, now))
		return;
	for (size_t i = 0; i < cr->n_live; i++) {
		struct live *lv = &cr->live[i];
		struct progress pg;
		if (lv->state != LIVE_RUNNING ||
		    now < lv->begin_ns + COLLECT_SLICE_NS)
			continue; /* nothing is known of it yet */
		collector_progress(lv->collector, now - lv->begin_ns, &pg);
		show_add(cr->show, lv->job->load->name, &pg);
	}
	show_end(cr->show);
}

static void watch(struct crew *cr)
{
	struct load_listener *by = cr->config->listener;
	bool waits = by && by->wait;
	const struct timespec pause = {
		.tv_nsec = waits ? 0 : (long)LOAD_LOOK_NS,
	};

	while (cr->n_left) {
		if (waits)
			by->wait(by, LOAD_LOOK_NS);
		int signo = sigtimedwait(&cr->signals, NULL, &pause);
		if (signo > 0)
			on_signal(cr, signo);
		tick(cr);
		show_all(cr);
	}
	if (cr->show)
		show_clear(cr->show);
}

/* ---- setting up ----------------------------------------------------- */

static void hold_signals(struct crew *cr)
{
	sigemptyset(&cr->signals);
	for (int i = 0; i < PATIENCE_SIGNALS; i++)
		if (!patience_ignores(patience_signals[i]))
			sigaddset(&cr->signals, patience_signals[i]);
	patience_hold();
}

/* In a list with ", " between. */
static bool is_listed(const char *list, const char *one)
{
	size_t len = strlen(one);

	for (const char *at = list; (at = strstr(at, one)); at += len)
		if ((at == list || at[-1] == ' ') &&
		    (!at[len] || at[len] == ','))
			return true;
	return false;
}

static const char *list_one(const char *list, const char *one, struct arena *a)
{
	if (!list || is_listed(list, one))
		return list;
	return arena_printf(a, "%s%s%s", list, *list ? ", " : "", one);
}

/* Without userinfo. */
static const char *host_of(const char *url, struct arena *a)
{
	const char *at = url ? strstr(url, "://") : NULL;

	if (!at)
		return NULL;
	size_t scheme = (size_t)(at + 3 - url);
	size_t all = strcspn(at + 3, "/?#");
	const char *host = memrchr(at + 3, '@', all);
	host = host ? host + 1 : at + 3;
	return arena_printf(a, "%.*s%.*s", (int)scheme, url,
			    (int)(at + 3 + all - host), host);
}

/* "http://host:port" of every step, as far as it is known beforehand. */
static const char *hosts_of(const struct load_job *job, struct arena *a)
{
	const char *text = "";

	for (size_t i = 0; i < job->n_steps; i++) {
		const char *one = host_of(job->step[i].url, a);
		if (one)
			text = list_one(text, one, a);
	}
	return text ? text : "";
}

static const char *transports_of(const struct load_job *job, struct arena *a)
{
	const char *text = "";

	for (size_t i = 0; i < job->n_flows; i++) {
		const struct load_transport *tr = job->flow[i].transport;
		text = list_one(text, tr ? tr->name : "journey", a);
	}
	return text ? text : "";
}

static const char *plan_of(const struct load_job *job, struct arena *a)
{
	struct buf text;

	buf_init(&text, ERR_TEXT_MAX);
	plan_say(&job->load->plan, &text);
	const char *copy = arena_strdup(a, buf_text(&text));
	buf_release(&text);
	return copy ? copy : "";
}

static bool live_init(struct crew *cr, struct live *lv,
		      const struct load_job *job, struct load_result *result)
{
	*lv = (struct live){ .job = job, .result = result };
	lv->facts = (struct collect_facts){
		.load = job->load,
		.n_steps = job->n_steps,
		.step = job->step,
		.seed = job->draws ? job->seed : 0,
		.target = hosts_of(job, cr->arena),
		.transport = transports_of(job, cr->arena),
		.plan = plan_of(job, cr->arena),
		.workers = cr->n_workers,
		.connections_max = job->load->connections.max,
		.timeout_ns = job->timeout_ns,
		.planned_ns = plan_length_ns(&job->plan),
		.no_limits = cr->config->no_limits,
	};
	lv->collector = collector_new(&lv->facts, cr->es);
	lv->channel = calloc(cr->n_workers, sizeof(*lv->channel));
	return lv->collector && (lv->channel || errs_nomem(cr->es));
}

static bool crew_init(struct crew *cr, struct load_job *jobs, size_t n_jobs,
		      struct load_result *result)
{
	cr->n_workers = jobs->n_workers;
	cr->worker = calloc(cr->n_workers, sizeof(*cr->worker));
	cr->live = calloc(n_jobs, sizeof(*cr->live));
	if (!cr->worker || !cr->live)
		return errs_nomem(cr->es);
	for (size_t i = 0; i < n_jobs; i++) {
		cr->n_live++; /* released, however far it came */
		if (!live_init(cr, &cr->live[i], &jobs[i], &result[i]))
			return false;
	}
	for (size_t i = 0; i < cr->n_workers; i++) {
		struct worker *wk = &cr->worker[i];
		if (!worker_init(wk, i, cr->config, n_jobs, cr->es))
			return false;
		for (size_t k = 0; k < n_jobs; k++) {
			wk->n_parts++;
			if (!part_init(&wk->part[k], wk, &jobs[k],
				       &cr->live[k].channel[i], cr->es))
				return false;
		}
		wk->n_left = n_jobs;
	}
	cr->n_left = n_jobs;
	return true;
}

static void begin_all(struct crew *cr)
{
	cr->started_ns = part_now() + BEGIN_PAUSE_NS;
	cr->end->begun_ns = cr->started_ns;
	for (size_t i = 0; i < cr->n_live; i++) {
		const struct workload *load = cr->live[i].job->load;
		if (!load->after)
			begin(cr, &cr->live[i],
			      cr->started_ns + load->start_ns);
	}
}

/* A thread that cannot be had ends those that were. */
static bool start_all(struct crew *cr)
{
	bool ok = true;

	for (size_t i = 0; ok && i < cr->n_workers; i++)
		ok = worker_start(&cr->worker[i], cr->es);
	if (!ok)
		stop_all(cr, STOP_NOW, "a thread could not be made");
	return ok;
}

static void crew_release(struct crew *cr)
{
	for (size_t i = 0; cr->worker && i < cr->n_workers; i++)
		if (cr->worker[i].is_started)
			pthread_join(cr->worker[i].thread, NULL);
	for (size_t i = 0; cr->worker && i < cr->n_workers; i++)
		worker_release(&cr->worker[i]);
	for (size_t i = 0; i < cr->n_live; i++) {
		struct live *lv = &cr->live[i];
		for (size_t k = 0; lv->channel && k < cr->n_workers; k++) {
			tally_free(atomic_load(&lv->channel[k].full));
			tally_free(atomic_load(&lv->channel[k].empty));
			tally_free(atomic_load(&lv->channel[k].last));
		}
		free(lv->channel);
		collector_free(lv->collector);
	}
	free(cr->live);
	free(cr->worker);
}

bool crew_run(const struct load_config *config, struct load_job *jobs,
	      size_t n_jobs, struct show *show, struct arena *a,
	      struct load_result *result, struct crew_ending *end,
	      struct errs *es)
{
	struct crew cr = {
		.config = config, .arena = a, .es = es, .show = show, .end = end
	};

	*end = (struct crew_ending){ .why = "" };
	hold_signals(&cr);
	bool ok = crew_init(&cr, jobs, n_jobs, result);
	if (ok) {
		begin_all(&cr);
		ok = start_all(&cr);
	}
	if (ok)
		watch(&cr);
	crew_release(&cr);
	return ok && es->n == 0;
}
