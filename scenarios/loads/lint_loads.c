/* SPDX-License-Identifier: MIT */
/* What is legal in data: and loads: and yet probably not meant.  Every warning
 * is true whatever the target does: where numbers are not known, nothing is
 * said. */
#include <math.h>
#include <string.h>

#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"
#include "scenarios/load.h"
#include "scenarios/loads/loads.h"
#include "scenarios/model.h"

/* A quantile needs about so many values beyond it. */
#define TAIL_MIN 10.0

/* A gate compares so many cells at least, in each of which so many requests of
 * a side lie beyond the quantile (report/gate/gate.h). */
#define GATE_CELLS   20
#define GATE_BEYOND  2
#define GATE_USUAL_S 60

/* ---- how much there will be ----------------------------------------- */

/* Arrivals between two moments of the plan: the area under its stages. */
static double stages_area(const struct load_plan *p, double from_s, double to_s)
{
	double area = 0;
	double at = 0;

	for (size_t i = 0; i < p->n_stages; i++) {
		const struct load_stage *s = &p->stages[i];
		double len = (double)s->for_ns / (double)UNIT_NS_PER_S;
		double low = fmax(from_s - at, 0);
		double high = fmin(to_s - at, len);
		if (len > 0 && low < high) {
			double slope = (s->to - s->from) / len;
			area += (high - low) *
				(s->from + slope * (low + high) / 2);
		}
		at += len;
	}
	return area;
}

/* The rounds of the flow that are judged, at most; 0: nobody knows. */
static double rounds_of(const struct workload *w)
{
	const struct load_plan *p = &w->plan;
	double warm_s = (double)w->warm_up_ns / (double)UNIT_NS_PER_S;
	double end_s = (double)p->for_ns / (double)UNIT_NS_PER_S;
	double n = 0;

	if (p->model == LOAD_OPEN && p->replay_ns)
		n = (double)p->n_replay;
	else if (p->model == LOAD_OPEN && p->for_ns && p->burst_every_ns)
		n = ceil((double)p->for_ns / (double)p->burst_every_ns) *
		    (double)p->burst_size;
	else if (p->model == LOAD_OPEN && p->for_ns)
		n = stages_area(p, warm_s, end_s);
	if (p->iterations && (n <= 0 || (double)p->iterations < n))
		n = (double)p->iterations;
	return n;
}

/* Arrivals in a window, at most. */
static double window_rounds(const struct load_plan *p, uint64_t window_ns)
{
	double top = 0;

	if (p->model != LOAD_OPEN || !p->n_stages)
		return 0;
	for (size_t i = 0; i < p->n_stages; i++)
		top = fmax(top, fmax(p->stages[i].from, p->stages[i].to));
	return top * (double)window_ns / (double)UNIT_NS_PER_S;
}

/* Requests in one round, at most; 0: nobody knows. */
struct tally_steps {
	size_t n;
	bool is_open;
};

static bool count_step(void *self, const struct step *step)
{
	struct tally_steps *t = self;

	t->n += step->type <= STEP_MINIO;
	t->is_open |= step->type == STEP_WAIT || step->type == STEP_REPEAT;
	return true;
}

static size_t requests_in_round(const struct workload *w)
{
	size_t most = 0;

	for (size_t i = 0; i < w->n_flows; i++) {
		const struct check *check = w->flows[i].check;
		struct tally_steps t = { 0 };
		load_steps_each(&check->steps, count_step, &t);
		load_steps_each(&check->always, count_step, &t);
		if (t.is_open)
			return 0;
		most = t.n > most ? t.n : most;
	}
	return most;
}

/* ---- limits --------------------------------------------------------- */

/* The order statistics of a quantile say nothing when too few values lie
 * beyond it. */
static void lint_quantile(const struct workload *w, const struct rule *r,
			  struct errs *warnings)
{
	double rounds = r->window_ns ? window_rounds(&w->plan, r->window_ns)
				     : rounds_of(w);
	double each =
		r->metric == RULE_ITERATION ? 1 : (double)requests_in_round(w);
	double needed = round(TAIL_MIN / (1 - r->quantile));
	struct buf name;

	if (r->function != RULE_QUANTILE || rounds <= 0 || each <= 0 ||
	    rounds * each >= needed)
		return;
	buf_init(&name, ERR_PART_MAX);
	unit_print_number(&name, r->quantile * 100);
	errs_add(warnings, ERR_INPUT, r->at,
		 "p%s needs at least %.0f values to be judged, and there are "
		 "at most %.0f %s",
		 buf_text(&name), needed, floor(rounds * each),
		 r->window_ns ? "in the window" : "in the load");
	buf_release(&name);
}

static void lint_window(const struct workload *w, const struct rule *r,
			struct errs *warnings)
{
	if (w->plan.for_ns && r->window_ns > w->plan.for_ns)
		errs_add(warnings, ERR_INPUT, r->at,
			 "the window is longer than the load \"%s\"", w->name);
}

/* ---- gate ----------------------------------------------------------- */

static bool has_gate(const struct workload *w)
{
	return w->gate.at.src != NULL;
}

/* Requests of one side: of the time, each has half. */
static double requests_of_side(const struct workload *w)
{
	uint64_t for_ns =
		w->gate.for_ns ? w->gate.for_ns : GATE_USUAL_S * UNIT_NS_PER_S;
	double level = 0;

	for (size_t i = 0; i < w->plan.n_stages; i++)
		level = fmax(level, fmax(w->plan.stages[i].from,
					 w->plan.stages[i].to));
	return level * (double)requests_in_round(w) * (double)for_ns /
	       (double)UNIT_NS_PER_S / 2;
}

static void lint_gate(const struct workload *w, struct errs *warnings)
{
	double has = requests_of_side(w);

	if (w->plan.burst_every_ns || w->plan.replay_ns)
		errs_add(warnings, ERR_INPUT, w->gate.at,
			 "load \"%s\" cannot compare two builds: its arrivals "
			 "have no rate of their own",
			 w->name);
	if (w->plan.model != LOAD_OPEN || has <= 0)
		return;
	for (size_t i = 0; i < w->gate.n_quantiles; i++) {
		double q = w->gate.quantiles[i];
		double needs = round(GATE_CELLS * GATE_BEYOND / (1 - q));
		struct buf name;

		if (has >= needs)
			continue;
		buf_init(&name, ERR_PART_MAX);
		unit_print_number(&name, q * 100);
		errs_add(warnings, ERR_INPUT, w->gate.at,
			 "p%s cannot decide: it needs %.0f requests of each "
			 "build, and there are at most %.0f",
			 buf_text(&name), needs, floor(has));
		buf_release(&name);
	}
}

/* ---- data ----------------------------------------------------------- */

static bool check_uses(const struct check *check, size_t feeder)
{
	for (size_t i = 0; i < check->n_slots; i++)
		if (!strcmp(check->slots[i].space, "data") &&
		    check->slots[i].feeder == feeder)
			return true;
	return false;
}

static bool load_uses(const struct workload *w, size_t feeder)
{
	for (size_t i = 0; i < w->n_flows; i++)
		if (check_uses(w->flows[i].check, feeder))
			return true;
	return false;
}

static void lint_feeder(const struct scenario *sc, size_t index,
			struct errs *warnings)
{
	const struct feeder *f = &sc->feeders[index];
	bool is_used = false;

	for (size_t i = 0; i < sc->n_checks && !is_used; i++)
		is_used = check_uses(&sc->checks[i], index);
	for (size_t i = 0; i < sc->n_loads && !is_used; i++)
		is_used = load_uses(&sc->loads[i], index);
	if (!is_used)
		errs_add(warnings, ERR_INPUT, f->at,
			 "nothing uses the data \"%s\": its columns are "
			 "${data.%s} and so on",
			 f->name, f->columns[0]);
	for (size_t i = 0; i < f->n_columns; i++) {
		const char *name = f->columns[i];
		if (lint_names_secret(name, strlen(name)) && !f->is_secret[i])
			errs_add(warnings, ERR_INPUT, f->at,
				 "the values of column \"%s\" may be shown: "
				 "write \"secret: [%s]\"",
				 name, name);
	}
}

/* Rows that are used once each and then end the load. */
static void lint_end(const struct scenario *sc, const struct workload *w,
		     struct errs *warnings)
{
	double rounds = w->n_flows == 1 && !w->warm_up_ns ? rounds_of(w) : 0;

	for (size_t i = 0; i < sc->n_feeders; i++) {
		const struct feeder *f = &sc->feeders[i];
		if (f->at_end == FEEDER_STOP && rounds > (double)f->n_rows &&
		    load_uses(w, i))
			errs_add(warnings, ERR_INPUT, w->at,
				 "load \"%s\" will end early: it needs %.0f "
				 "rows, and \"%s\" has %zu",
				 w->name, floor(rounds), f->name, f->n_rows);
	}
}

void loads_lint(const struct scenario *sc, struct errs *warnings)
{
	for (size_t i = 0; i < sc->n_feeders; i++)
		lint_feeder(sc, i, warnings);
	for (size_t i = 0; i < sc->n_loads; i++) {
		const struct workload *w = &sc->loads[i];
		if (has_gate(w))
			lint_gate(w, warnings);
		else if (!w->n_limits)
			errs_add(warnings, ERR_INPUT, w->at,
				 "load \"%s\" has no \"limits\": only "
				 "\"ratio(errors) < 1%%\" is judged",
				 w->name);
		for (size_t k = 0; k < w->n_limits; k++) {
			lint_quantile(w, &w->limits[k].rule, warnings);
			lint_window(w, &w->limits[k].rule, warnings);
		}
		lint_end(sc, w, warnings);
	}
}
