/* SPDX-License-Identifier: MIT */
#include "loadgen/run/load_run.h"

#include <stdlib.h>
#include <string.h>

#include "loadgen/gate/gate_run.h"
#include "loadgen/run/crew.h"
#include "loadgen/run/preflight.h"
#include "loadgen/run/show.h"
#include "probe/engine/engine.h"
#include "probe/run/head.h"
#include "report/result/verdict.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"

enum {
	USERS_OPEN_MAX = 10000, /* of an open load when nobody says */
};

#define GRACE_DEFAULT_NS (10 * UNIT_NS_PER_S) /* when nothing has a time-out */

/* ---- jobs ----------------------------------------------------------- */

static uint64_t users_max(const struct load_job *job)
{
	const struct load_connections *how = &job->load->connections;
	uint64_t streams = LOAD_STREAMS_MAX; /* the fewest that a flow has */

	if (job->plan.model == LOAD_CLOSED)
		return (uint64_t)plan_level_max(&job->plan);
	for (size_t i = 0; i < job->n_flows; i++) {
		const struct flow *f = &job->flow[i];
		uint64_t n = f->transport == &load_http2
				     ? job->leg[f->first_leg].route.streams
				     : 1;
		streams = n < streams ? n : streams;
	}
	if (how->max)
		return how->max * streams;
	return USERS_OPEN_MAX;
}

void job_deal_users(struct load_job *job)
{
	job->users_max = users_max(job);
	job->n_sharing = job->n_workers;
	if (job->users_max && job->users_max < job->n_sharing)
		job->n_sharing = (size_t)job->users_max;
}

static bool pauses_vary(const struct flow *f)
{
	const struct step_list *steps = &f->check->steps;

	for (size_t i = 0; f->transport && i < steps->n; i++) {
		const struct step_think *think = steps->item[i].spec;
		if (steps->item[i].type == STEP_THINK &&
		    think->high_ns > think->low_ns)
			return true;
	}
	return false;
}

static bool draws(const struct load_job *job)
{
	const struct scenario *sc = job->config->scenario;

	for (size_t i = 0; i < sc->n_feeders; i++)
		if (job->uses[i] && sc->feeders[i].order != FEEDER_SEQUENTIAL)
			return true;
	for (size_t i = 0; i < job->n_flows; i++)
		if (pauses_vary(&job->flow[i]))
			return true;
	return job->n_flows > 1 || job->plan.process == PROCESS_POISSON ||
	       job->plan.think_high_ns > job->plan.think_low_ns;
}

/* n even arrivals of one rate take n gaps, the last one too: without an end of
 * its own such a plan ends behind that gap. */
static bool end_plan(struct load_job *job, struct arena *a)
{
	struct load_plan *plan = &job->plan;
	const struct load_stage *last = plan->stages;
	struct load_stage *stage;

	if (plan->model != LOAD_OPEN || plan->process != PROCESS_EVEN ||
	    plan->n_stages != 1 || !plan->iterations ||
	    last->from != last->to || last->to <= 0)
		return true;
	double ns = (double)plan->iterations / last->to * UNIT_NS_PER_S;
	if (plan->for_ns && (double)plan->for_ns <= ns)
		return true;
	stage = arena_alloc(a, 1, sizeof(*stage));
	if (!stage)
		return false;
	*stage = *last;
	stage->for_ns = plan->for_ns = (uint64_t)ns;
	plan->stages = stage;
	job->ends_on_time = true;
	return true;
}

bool job_init(struct load_job *job, const struct load_config *config,
	      const struct workload *load, const struct divert *divert,
	      struct arena *a, struct errs *es)
{
	*job = (struct load_job){
		.load = load,
		.config = config,
		.plan = load->plan,
		.seed = load->plan.seed ? load->plan.seed : random_seed(),
		.n_workers = config->n_workers ? config->n_workers : 1,
		.divert = divert,
	};
	if (!end_plan(job, a))
		return errs_nomem(es);
	if (!flows_compile(job, a, es))
		return false;
	job->draws = draws(job);
	job_deal_users(job);
	job->grace_ns = load->grace_ns;
	if (!load->has_grace)
		job->grace_ns =
			job->timeout_ns ? job->timeout_ns : GRACE_DEFAULT_NS;
	return true;
}

static struct load_job *jobs_make(const struct load_config *config, size_t *n,
				  struct arena *a, struct errs *es)
{
	const struct scenario *sc = config->scenario;
	struct load_job *jobs = arena_alloc(a, sc->n_loads, sizeof(*jobs));
	bool ok = true;

	if (!jobs)
		return errs_nomem(es), NULL;
	for (size_t i = 0; i < sc->n_loads; i++)
		if (!config->chosen || config->chosen[i])
			ok &= job_init(&jobs[(*n)++], config, &sc->loads[i],
				       NULL, a, es);
	return ok ? jobs : NULL;
}

/* ---- the whole ------------------------------------------------------ */

static void finish(const struct crew_ending *end, uint64_t started_ns,
		   struct run_result *to)
{
	to->total_ns = part_now() - started_ns;
	to->partial = end->is_interrupted;
	to->partial_why = end->why;
	result_cost(to);
	result_judge(to);
}

static bool fill(const struct load_config *config, struct load_job *jobs,
		 size_t n, struct arena *a, struct run_result *to,
		 struct errs *es)
{
	struct load_result *loads = arena_alloc(a, n, sizeof(*loads));
	uint64_t started_at_ns = engine_wall_ns();
	uint64_t started_ns = part_now();
	struct crew_ending end;
	struct show *show = config->watch ? show_new(config->watch,
						     config->watch_is_terminal)
					  : NULL;

	if (!loads)
		return errs_nomem(es);
	bool ok = config->n_goals
			  ? find_max(config, jobs, show, a, loads, &end, es)
			  : crew_run(config, jobs, n, show, a, loads, &end, es);
	show_free(show);
	if (!ok)
		return false;
	result_head(to, config->scenario, config->vantage, a);
	to->started_at_ns = started_at_ns;
	to->n_loads = n;
	to->loads = loads;
	finish(&end, started_ns, to);
	return true;
}

static bool fill_gate(const struct load_config *config, struct arena *a,
		      struct run_result *to, struct errs *problems,
		      struct errs *warnings)
{
	const struct scenario *sc = config->scenario;
	uint64_t started_at_ns = engine_wall_ns();
	uint64_t started_ns = part_now();
	const struct workload *load = sc->loads;
	struct gate_run ran;
	struct show *show = config->watch ? show_new(config->watch,
						     config->watch_is_terminal)
					  : NULL;

	for (size_t i = 0; config->chosen && i < sc->n_loads; i++)
		if (config->chosen[i])
			load = &sc->loads[i];
	bool ok = gate_run(config, load, show, a, &ran, problems, warnings);
	show_free(show);
	if (!ok)
		return false;
	result_head(to, config->scenario, config->vantage, a);
	to->started_at_ns = started_at_ns;
	to->gate = ran.gate;
	to->n_loads = ran.loads ? TURN_SIDES : 0;
	to->loads = ran.loads;
	finish(&ran.end, started_ns, to);
	return true;
}

struct run_result *run_loads(const struct load_config *config, struct arena *a,
			     struct errs *problems, struct errs *warnings)
{
	struct run_result *to = arena_alloc(a, 1, sizeof(*to));
	size_t n = 0;

	if (!to) {
		errs_nomem(problems);
		return NULL;
	}
	if (config->gate)
		return fill_gate(config, a, to, problems, warnings) ? to : NULL;
	struct load_job *jobs = jobs_make(config, &n, a, problems);
	if (!jobs || !preflight_run(jobs, n, problems, warnings))
		return NULL;
	return fill(config, jobs, n, a, to, problems) ? to : NULL;
}
