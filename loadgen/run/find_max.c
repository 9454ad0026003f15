/* SPDX-License-Identifier: MIT */
/*
 * The highest rate that holds: one open load after the other, at rates that
 * a search chooses (report/load/search.h).
 */
#include "loadgen/run/crew.h"
#include "loadgen/run/show.h"
#include "report/load/search.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"

enum { TRIAL_LONGER_MAX = 12 }; /* times what was asked */

#define FIND_MAX_START 100.0 /* a second, when nobody says */
#define FIND_MAX_FALL  16.0  /* the lowest rate is so much below the first */
#define TRIAL_MARGIN   1.2   /* more requests than needed */

/* ---- one trial ------------------------------------------------------ */

static bool is_about_errors(const struct rule *r)
{
	bool counts = r->function == RULE_RATIO || r->function == RULE_COUNT ||
		      r->function == RULE_RATE;

	return counts && r->select.kind != RULE_ALL;
}

/* The goals instead of what the load says.  A target that refuses is fast, so
 * errors are bounded in any case. */
static bool set_goals(const struct load_config *config, struct workload *load,
		      struct arena *a, struct errs *es)
{
	static const char usual[] = "ratio(errors) < 1%";
	size_t n = config->n_goals;
	struct load_limit *limit = arena_alloc(a, n + 1, sizeof(*limit));
	bool has_errors = false;

	if (!limit)
		return errs_nomem(es);
	for (size_t i = 0; i < n; i++) {
		limit[i].rule = config->goals[i];
		has_errors |= is_about_errors(&config->goals[i]);
	}
	if (!has_errors && !rule_parse(a, usual, sizeof(usual) - 1, NOWHERE,
				       &limit[n++].rule, es))
		return false;
	for (size_t i = 0; i < n; i++)
		limit[i].is_trial = true;
	load->limits = limit;
	load->n_limits = n;
	return true;
}

static bool trial_load(const struct load_config *config, struct load_job *job,
		       struct workload *load, struct arena *a, struct errs *es)
{
	*load = *job->load;
	load->after = NULL;
	load->start_ns = 0;
	load->warm_up_ns = 0;
	load->finds_warm_up = false;
	job->load = load;
	return set_goals(config, load, a, es);
}

/* As many requests as the quantiles of the goals need, and some more. */
static double requests_needed(const struct load_config *config)
{
	double most = 0;

	for (size_t i = 0; i < config->n_goals; i++) {
		const struct rule *r = &config->goals[i];
		if (r->function != RULE_QUANTILE || r->quantile >= 1)
			continue;
		double n = HIST_ENOUGH / (1 - r->quantile) * TRIAL_MARGIN;
		most = n > most ? n : most;
	}
	return most;
}

/* A low rate takes longer to show a high quantile. */
static uint64_t trial_ns(const struct load_config *config, double rate)
{
	uint64_t asked = config->trial_ns ? config->trial_ns : LOAD_TRIAL_NS;
	double needed = requests_needed(config) / rate * UNIT_NS_PER_S;

	if (needed <= (double)asked)
		return asked;
	uint64_t most = asked * TRIAL_LONGER_MAX;
	return needed < (double)most ? (uint64_t)needed : most;
}

static double start_rate(const struct load_config *config)
{
	uint64_t asked = config->trial_ns ? config->trial_ns : LOAD_TRIAL_NS;
	double needed = requests_needed(config) * UNIT_NS_PER_S / (double)asked;

	if (config->start_rate > 0)
		return config->start_rate;
	return needed > FIND_MAX_START ? needed : FIND_MAX_START;
}

/* An open plan of one rate. */
static void set_rate(const struct load_config *config, struct load_job *job,
		     struct workload *load, struct load_stage *stage,
		     double rate)
{
	uint64_t for_ns = trial_ns(config, rate);

	*stage = (struct load_stage){ .from = rate,
				      .to = rate,
				      .for_ns = for_ns };
	job->plan = (struct load_plan){
		.model = LOAD_OPEN,
		.n_stages = 1,
		.stages = stage,
		.process = job->plan.process,
		.for_ns = for_ns,
	};
	load->plan = job->plan;
	job_deal_users(job);
}

static const char *why_not(const struct load_result *r, struct arena *a)
{
	for (size_t i = 0; i < r->n_limits && r->verdict != RUN_INVALID; i++)
		if (r->limits[i].verdict != VERDICT_OK)
			return arena_printf(a, "%s: %s%s%s", r->limits[i].text,
					    r->limits[i].seen,
					    r->limits[i].note[0] ? ", " : "",
					    r->limits[i].note);
	return r->verdict == RUN_OK ? "" : r->message;
}

static void note_trial(struct trial *to, const struct load_result *r,
		       double rate, bool confirms, struct arena *a)
{
	*to = (struct trial){
		.rate_per_s = rate,
		.achieved_per_s = r->ok_per_s,
		.for_ns = r->total_ns,
		.holds = r->verdict == RUN_OK,
		.confirms = confirms,
		.p50_ns = r->latency.p50_ns,
		.p99_ns = r->latency.p99_ns,
		.requests = r->requests,
		.errors = r->requests - r->requests_ok,
		.why = why_not(r, a),
	};
	if (!to->why)
		to->why = "";
}

/* ---- the answer ----------------------------------------------------- */

static const char *say(const struct search_answer *is, struct arena *a)
{
	if (!is->per_s)
		return "no rate that was tried holds";
	if (is->is_spoiled)
		return arena_printf(a,
				    "at least %.6g/s hold; above, this "
				    "generator was the limit",
				    is->per_s);
	if (is->is_least)
		return arena_printf(a, "at least %.6g/s hold", is->per_s);
	return arena_printf(a,
			    "%.6g/s is the highest rate that holds; %.6g/s "
			    "does not",
			    is->per_s, is->failed_per_s);
}

static void answer(const struct search *search, bool is_cut, struct arena *a,
		   struct load_result *to)
{
	struct search_answer is;

	search_answer(search, &is);
	to->max_rate_per_s = is.per_s;
	to->message = say(&is, a);
	if (!to->message)
		to->message = "";
	if (is_cut || (is.per_s > 0 && !is.is_confirmed))
		to->verdict = RUN_INCONCLUSIVE;
	else if (!is.per_s)
		to->verdict = is.is_spoiled ? RUN_INVALID : RUN_FAILED;
	else
		to->verdict = is.is_spoiled ? RUN_INVALID : RUN_OK;
}

/* ---- the search ----------------------------------------------------- */

struct hunt {
	struct search search;
	struct trial *trial;
	size_t n;
	struct load_stage *stage;
	struct workload *load;	  /* as it is tried */
	struct load_result shown; /* the best that held, or the first */
	bool has_shown;
	bool is_undecided; /* a trial that says neither yes nor no */
};

static bool hunt_init(struct hunt *h, const struct load_config *config,
		      struct load_job *job, struct arena *a, struct errs *es)
{
	double start = start_rate(config);

	*h = (struct hunt){
		.trial = arena_alloc(a, SEARCH_TRIALS_MAX, sizeof(*h->trial)),
		.stage = arena_alloc(a, 1, sizeof(*h->stage)),
		.load = arena_alloc(a, 1, sizeof(*h->load)),
	};
	search_init(&h->search, start, start / FIND_MAX_FALL, 0);
	if (!h->trial || !h->stage || !h->load)
		return errs_nomem(es);
	return trial_load(config, job, h->load, a, es);
}

/* A copy of what the machine may change is not needed: each trial begins with
 * new connections. */
static void keep(struct hunt *h, const struct load_result *one)
{
	bool held = one->verdict == RUN_OK;

	if (h->has_shown && !held)
		return;
	h->shown = *one;
	h->has_shown = true;
}

bool find_max(const struct load_config *config, struct load_job *job,
	      struct show *show, struct arena *a, struct load_result *result,
	      struct crew_ending *end, struct errs *es)
{
	struct hunt h;
	struct load_result one;
	bool confirms;
	double rate;

	if (!hunt_init(&h, config, job, a, es))
		return false;
	while (search_next(&h.search, &rate, &confirms)) {
		set_rate(config, job, h.load, h.stage, rate);
		if (!crew_run(config, job, 1, show, a, &one, end, es))
			return false;
		keep(&h, &one);
		if (end->is_interrupted)
			break;
		h.is_undecided = one.verdict == RUN_INCONCLUSIVE;
		struct trial *tr = &h.trial[h.n++];
		note_trial(tr, &one, rate, confirms, a);
		if (show)
			show_trial(show, tr);
		if (h.is_undecided)
			break;
		search_tell(&h.search, one.verdict == RUN_OK,
			    one.verdict == RUN_INVALID);
	}
	*result = h.shown;
	result->trials = h.trial;
	result->n_trials = h.n;
	answer(&h.search, end->is_interrupted || h.is_undecided, a, result);
	if (h.is_undecided)
		result->message = arena_printf(
			a, "the trial at %.6g/s was not enough to tell: %s",
			rate, h.trial[h.n - 1].why);
	if (!result->message)
		result->message = "";
	return true;
}
