/* SPDX-License-Identifier: MIT */
#include "loadgen/url_load.h"

#include <string.h>

#include "probe/ask/url.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"
#include "scenarios/base/options.h"
#include "scenarios/base/units.h"
#include "scenarios/load.h"
#include "scenarios/loads/loads.h"
#include "scenarios/model.h"

static bool add_limits(struct workload *w, struct arena *a,
		       const struct args *from, struct errs *es)
{
	struct load_limit *limit = arena_alloc(a, RULES_MAX, sizeof(*limit));

	if (!limit)
		return errs_nomem(es);
	for (size_t i = 0; from && i < from->n; i++) {
		const struct rule *rule;
		struct source *src = arena_alloc(a, 1, sizeof(*src));
		size_t n, len = strlen(from->item[i]);

		if (!src)
			return errs_nomem(es);
		*src = (struct source){ "--limit", from->item[i], len };
		if (!rules_parse(a, from->item[i], len,
				 (struct place){ src, 1, 1 }, &rule, &n, es))
			return false;
		if (w->n_limits + n > RULES_MAX)
			return errs_add(es, ERR_INPUT, NOWHERE,
					"there must be at most %d limits",
					RULES_MAX);
		for (size_t k = 0; k < n; k++) {
			if (!workload_knows(w, &rule[k], es))
				return false;
			limit[w->n_limits++].rule = rule[k];
		}
	}
	w->limits = limit;
	return true;
}

static bool plan_open(const struct url_load *from, struct arena *a,
		      struct load_plan *plan, struct errs *es)
{
	struct load_stage *stage = arena_alloc(a, 2, sizeof(*stage));
	double rate = from->rate_per_s;
	size_t n = 0;

	if (!stage)
		return errs_nomem(es);
	if (from->ramp_ns)
		stage[n++] = (struct load_stage){ 0, rate, from->ramp_ns };
	stage[n++] = (struct load_stage){ rate, rate, plan->for_ns };
	plan->model = LOAD_OPEN;
	plan->stages = stage;
	plan->n_stages = n;
	plan->process = from->is_poisson ? PROCESS_POISSON : PROCESS_EVEN;
	if (plan->for_ns)
		plan->for_ns += from->ramp_ns;
	return true;
}

static bool plan_closed(const struct url_load *from, struct arena *a,
			struct load_plan *plan, struct errs *es)
{
	struct load_stage *stage = arena_alloc(a, 2, sizeof(*stage));
	double users = from->users ? (double)from->users : URL_LOAD_USERS;
	size_t n = 0;

	if (!stage)
		return errs_nomem(es);
	if (from->ramp_ns)
		stage[n++] = (struct load_stage){ 0, users, from->ramp_ns };
	stage[n++] = (struct load_stage){ users, users, plan->for_ns };
	plan->model = LOAD_CLOSED;
	plan->stages = stage;
	plan->n_stages = n;
	if (plan->for_ns)
		plan->for_ns += from->ramp_ns;
	return true;
}

static bool make_plan(const struct url_load *from, struct arena *a,
		      struct load_plan *plan, struct errs *es)
{
	plan->seed = from->seed;
	plan->iterations = from->iterations;
	plan->for_ns = from->for_ns;
	if (!plan->for_ns && !plan->iterations)
		plan->for_ns = URL_LOAD_FOR_NS;
	return from->rate_per_s > 0 ? plan_open(from, a, plan, es)
				    : plan_closed(from, a, plan, es);
}

static bool check_warm_up(const struct workload *w, struct errs *es)
{
	if (w->warm_up_ns % UNIT_NS_PER_S)
		return errs_add(es, ERR_INPUT, NOWHERE,
				"\"--warm-up\" must be whole seconds");
	if (!w->plan.for_ns || w->warm_up_ns < w->plan.for_ns)
		return true;
	return errs_add(es, ERR_INPUT, NOWHERE,
			"\"--warm-up\" is as long as the load: nothing is "
			"left to judge");
}

static bool allow_host(struct workload *w, struct arena *a, const char *text,
		       struct errs *es)
{
	const char **host = arena_alloc(a, 1, sizeof(*host));
	struct url url;

	if (!host || !url_parse(a, text, &url, NULL))
		return errs_nomem(es);
	size_t len = strlen(url.host);
	*host = *url.host == '[' ? arena_strndup(a, url.host + 1, len - 2)
				 : url.host;
	w->hosts = host;
	w->n_hosts = 1;
	return *host || errs_nomem(es);
}

static bool make_load(const struct url_load *from, struct scenario *sc,
		      struct workload *w, struct load_flow *flow,
		      struct errs *es)
{
	struct load_connections *how = &w->connections;

	workload_preset(w);
	*flow = (struct load_flow){ .weight = 1, .check = sc->checks };
	w->name = sc->name;
	w->flows = flow;
	w->n_flows = 1;
	w->warm_up_ns = from->warm_up_ns;
	w->finds_warm_up = from->finds_warm_up;
	w->grace_ns = from->grace_ns;
	w->has_grace = from->has_grace;
	if (from->digits)
		w->digits = from->digits;
	how->is_fresh = from->is_fresh;
	how->resumes = !from->no_resumption;
	how->streams = from->streams;
	how->max_requests = from->max_requests;
	if (from->rate_per_s > 0)
		how->max = from->users;
	if (from->sources) {
		how->sources = from->sources->item;
		how->n_sources = from->sources->n;
	}
	return make_plan(from, sc->arena, &w->plan, es) &&
	       check_warm_up(w, es) &&
	       add_limits(w, sc->arena, from->limits, es) &&
	       allow_host(w, sc->arena, from->check.url, es);
}

struct scenario *scenario_from_url_load(const struct url_load *from,
					struct errs *es)
{
	struct url_check check = from->check;

	if (!check.statuses)
		check.statuses = URL_LOAD_STATUSES;
	check.is_bare = true;
	struct scenario *sc = scenario_from_url(&check, es);
	if (!sc)
		return NULL;
	struct workload *w = arena_alloc(sc->arena, 1, sizeof(*w));
	struct load_flow *flow = arena_alloc(sc->arena, 1, sizeof(*flow));
	if (!w || !flow) {
		errs_nomem(es);
		return sc;
	}
	if (make_load(from, sc, w, flow, es)) {
		sc->loads = w;
		sc->n_loads = 1;
	}
	return sc;
}
