/* SPDX-License-Identifier: MIT */
/* One load becomes two: the same requests on the same plan, each to its
 * side. */
#include <string.h>

#include "loadgen/gate/inside.h"
#include "probe/steps/executor.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"
#include "scenarios/template/template.h"

#define SEED_MASK ((UINT64_C(1) << 53) - 1) /* exact in JSON */

/* ---- where the load goes -------------------------------------------- */

static bool take_first(void *self, const struct step *st)
{
	const struct http_ask **ask = self;

	if (executors[st->type].ask)
		*ask = executors[st->type].ask(st);
	return *ask == NULL;
}

bool jobs_origin(const struct workload *load, struct arena *a, struct url *url,
		 struct errs *es)
{
	const struct http_ask *ask = NULL;
	size_t len = 0;

	load_steps_each(&load->flows[0].check->steps, take_first, &ask);
	const char *text = ask ? template_prefix(ask->url, &len) : "";
	const char *host = len > 3 ? memmem(text, len, "://", 3) : NULL;
	bool is_whole = host && (template_is_static(ask->url) ||
				 memchr(host + 3, '/',
					len - (size_t)(host + 3 - text)));
	const char *copy = arena_strndup(a, text, len);
	if (!copy)
		return errs_nomem(es);
	if (is_whole && url_parse(a, copy, url, NULL))
		return true;
	return errs_add(es, ERR_INPUT, load->at,
			"load \"%s\" cannot be compared: the host of its first "
			"HTTP step must be known beforehand",
			load->name);
}

/* ---- what is run ---------------------------------------------------- */

/* The highest level, all the time: what happens on the way there is not
 * compared. */
static bool set_plan(struct gating *t, struct brought *by)
{
	const struct load_plan *from = &t->load->plan;
	double level = plan_level_max(from);

	if (from->burst_every_ns || from->replay_ns)
		return errs_add(t->es, ERR_INPUT, t->load->at,
				"load \"%s\" cannot be compared: %s have no "
				"rate of their own; give its arrivals a "
				"\"rate\"",
				t->load->name,
				from->replay_ns ? "replayed arrivals"
						: "bursts");
	by->stage = (struct load_stage){ .from = level, .to = level };
	by->load.plan = (struct load_plan){
		.model = from->model,
		.n_stages = 1,
		.stages = &by->stage,
		.process = from->process,
		.seed = from->seed ? from->seed : t->seed,
		.think_low_ns = from->think_low_ns,
		.think_high_ns = from->think_high_ns,
		/* until turns say how long */
		.for_ns = UNIT_NS_PER_S,
	};
	return true;
}

/* A URL that was typed is as good as a host that is written. */
static bool allow(struct gating *t, struct brought *by, const struct url *to)
{
	size_t n = t->load->n_hosts;
	const char **host = arena_alloc(t->a, n + 1, sizeof(*host));

	if (!host)
		return errs_nomem(t->es);
	for (size_t i = 0; i < n; i++)
		host[i] = t->load->hosts[i];
	host[n] = arena_printf(t->a, "%s:%u", to->host, to->port);
	by->load.hosts = host;
	by->load.n_hosts = n + 1;
	return host[n] || errs_nomem(t->es);
}

static bool set_limits(struct gating *t, enum turn_side which,
		       struct brought *by)
{
	size_t n = t->load->n_limits;
	struct load_limit *limit = arena_alloc(t->a, n, sizeof(*limit));

	if (!limit)
		return errs_nomem(t->es);
	for (size_t i = 0; i < n; i++) {
		limit[i] = t->load->limits[i];
		limit[i].aborts = false; /* or nothing could be compared */
	}
	by->load.limits = limit;
	by->load.n_limits = which == TURN_B ? n : 0;
	return true;
}

static bool make_one(struct gating *t, enum turn_side which,
		     const struct url *from)
{
	struct brought *by = &t->by[which];
	const struct side *s = &t->side[which];
	struct workload *load = &by->load;

	*load = *t->load;
	load->name = arena_printf(t->a, "%s (%s)", t->load->name, s->name);
	load->after = NULL;
	load->start_ns = 0;
	load->warm_up_ns = 0;
	load->finds_warm_up = false;
	by->divert = (struct divert){
		.from = *from,
		.to = s->url,
		.origin = s->origin,
	};
	if (!load->name)
		return errs_nomem(t->es);
	return set_plan(t, by) && allow(t, by, &s->url) &&
	       set_limits(t, which, by) &&
	       job_init(&by->job, &t->with, load, &by->divert, t->a, t->es);
}

static bool set_groups(struct gating *t)
{
	size_t n = t->by[TURN_A].job.n_steps;

	t->n_groups = 1;
	if (t->load->gate.by != LOAD_GATE_STEP || n < 2)
		return true;
	t->n_groups = n + 1;
	if (n + 1 <= GATE_GROUPS_MAX)
		return true;
	return errs_add(t->es, ERR_INPUT, t->load->gate.at,
			"\"by: step\" can tell at most %d steps apart, load "
			"\"%s\" has %zu",
			GATE_GROUPS_MAX - 1, t->load->name, n);
}

/* ---- when a side is ready ------------------------------------------- */

static void want_statuses(struct side_ready *to, unsigned from, unsigned below)
{
	for (unsigned i = from; i < below; i++)
		to->is_ok[i] = true;
}

/* Asked as the load's first request is, when that only reads. */
static void ready_of_leg(struct gating *t, const struct leg *leg)
{
	const struct request *rq = &leg->asked.request;

	t->ready.path = url_path(rq->url);
	t->ready.request = *rq; /* with its credentials */
	if (strcmp(rq->method, "GET") != 0) {
		/* it is there, but this is not how it is asked */
		want_statuses(&t->ready, 200, 500);
		t->ready.wanted = "any status below 500";
		return;
	}
	for (unsigned i = 0; i < SIDE_STATUSES; i++)
		t->ready.is_ok[i] = leg->is_ok[i];
	t->ready.wanted = *leg->wanted ? leg->wanted : "what its step expects";
}

static void set_ready(struct gating *t, const struct url *from)
{
	const struct load_job *job = &t->by[TURN_A].job;

	t->ready = (struct side_ready){ .path = "/" };
	if (t->load->gate.ready) {
		t->ready.path = t->load->gate.ready;
		t->ready.wanted = "2xx or 3xx";
		want_statuses(&t->ready, 200, 400);
	} else if (job->n_legs > 0) {
		ready_of_leg(t, &job->leg[0]);
	} else {
		t->ready.path = url_path(from->text);
		t->ready.wanted = "any status below 500";
		want_statuses(&t->ready, 200, 500);
	}
}

bool jobs_make(struct gating *t)
{
	struct url from;

	if (!jobs_origin(t->load, t->a, &from, t->es))
		return false;
	for (int i = 0; i < TURN_SIDES; i++)
		if (!make_one(t, (enum turn_side)i, &from))
			return false;
	set_ready(t, &from);
	for (int i = 0; i < TURN_SIDES; i++) {
		struct side *s = &t->side[i];
		s->ready = &t->ready;
		s->ready_url =
			arena_printf(t->a, "%s%s", s->origin, t->ready.path);
		if (!s->ready_url)
			return errs_nomem(t->es);
	}
	return set_groups(t);
}

/* ---- what is run next ----------------------------------------------- */

bool jobs_set(struct gating *t, struct turns *turns, uint64_t launch)
{
	if (!turns)
		return errs_nomem(t->es);
	for (int i = 0; i < TURN_SIDES; i++) {
		struct brought *by = &t->by[i];
		uint64_t seed = by->load.plan.seed + launch;

		by->stage.for_ns = by->load.plan.for_ns = turns->for_ns;
		by->job.plan = by->load.plan;
		by->job.seed = seed & SEED_MASK ? seed & SEED_MASK : 1;
		by->job.gate.turns = turns;
		by->job.gate.side = (enum turn_side)i;
	}
	return true;
}

bool jobs_make_cells(struct gating *t, size_t n_cells)
{
	size_t n_workers = t->by[TURN_A].job.n_workers;

	for (int i = 0; i < TURN_SIDES; i++) {
		struct load_turns *gate = &t->by[i].job.gate;

		gate->cells = arena_alloc(t->a, n_workers,
					  sizeof(struct gate_cells *));
		if (!gate->cells)
			return errs_nomem(t->es);
		for (size_t k = 0; k < n_workers; k++) {
			gate->cells[k] = gate_cells_new(n_cells, t->n_groups);
			if (!gate->cells[k])
				return errs_nomem(t->es);
		}
	}
	return true;
}

void jobs_free_cells(struct gating *t)
{
	for (int i = 0; i < TURN_SIDES; i++) {
		struct load_turns *gate = &t->by[i].job.gate;

		for (size_t k = 0; gate->cells && k < t->by[i].job.n_workers;
		     k++)
			gate_cells_free(gate->cells[k]);
		gate->cells = NULL;
	}
}
