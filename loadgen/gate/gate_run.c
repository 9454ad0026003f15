/* SPDX-License-Identifier: MIT */
/* The course of a gate: a short trial tells how long slots must be, then launch
 * follows launch. */
#include "loadgen/gate/gate_run.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "loadgen/gate/inside.h"
#include "loadgen/plan/random.h"
#include "loadgen/run/preflight.h"
#include "loadgen/run/show.h"
#include "report/gate/gate.h"
#include "report/hist/hist.h"
#include "report/merge/merge.h"
#include "report/result/verdict.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"

/* Slots that are so long that a gate has fewer pairs of them do more harm than
 * a queue that goes over into the next one. */
enum {
	PAIRS_MIN = 40,
	SLOT_P99S = 10, /* of gate_plan() */
};

#define TRIAL_WARM_UP_NS (500 * UNIT_NS_PER_MS)
#define TRIAL_LAUNCH	 (UINT64_C(1) << 32) /* of its coins */
#define EFFECT_NEVER	 10.0		     /* eleven times as slow */

const char *const gate_fixed_names[GATE_FIXED_N + 1] = { "nothing", "slots",
							 "starts", "all",
							 NULL };

/* ---- settings ------------------------------------------------------- */

static void take_share(uint64_t ppb, double *to)
{
	if (ppb)
		*to = (double)ppb / (double)UNIT_PPB_WHOLE;
}

static bool set_quantiles(struct gating *t)
{
	const struct load_gate *says = &t->load->gate;
	struct gate_settings *set = &t->gate->settings;
	struct gate_quantile *q =
		arena_alloc(t->a, says->n_quantiles, sizeof(*q));

	if (!says->n_quantiles)
		return true;
	if (!q)
		return errs_nomem(t->es);
	for (size_t i = 0; i < says->n_quantiles; i++)
		q[i] = (struct gate_quantile){ says->quantiles[i], true };
	set->quantiles = q;
	set->n_quantiles = says->n_quantiles;
	return true;
}

static bool set_up(struct gating *t)
{
	const struct load_gate *says = &t->load->gate;
	struct gate_settings *set = &t->gate->settings;

	gate_settings_default(set);
	take_share(says->alpha_ppb, &set->alpha);
	take_share(says->min_effect_ppb, &set->min_effect);
	take_share(says->equivalence_ppb, &set->equivalence);
	take_share(says->tau_ppb, &set->assumed_tau);
	set->tau_calibrated = says->tau_ppb > 0;
	set->is_strict = t->how->is_strict;
	if (t->how->is_calibration) { /* what differs is told, not judged */
		set->min_effect = EFFECT_NEVER;
		set->min_rate = 1;
	}
	return set_quantiles(t);
}

static uint64_t warm_up_ns(const struct gating *t)
{
	const struct load_gate *says = &t->load->gate;

	return says->has_warm_up ? says->warm_up_ns : GATE_WARM_UP_NS;
}

static uint64_t total_ns(const struct gating *t)
{
	if (t->how->for_ns)
		return t->how->for_ns;
	return t->load->gate.for_ns ? t->load->gate.for_ns : GATE_TOTAL_NS;
}

static bool can_launch(const struct gating *t)
{
	return t->side[TURN_A].is_command && t->side[TURN_B].is_command;
}

/* ---- one run of both ------------------------------------------------ */

static uint64_t left_ns(const struct gating *t)
{
	uint64_t now = part_now(), end = t->began_ns + t->config->deadline_ns;

	return end > now ? end - now : 1;
}

/* With what the coins say; the cells are to be freed. */
static bool run_both(struct gating *t, struct turns *turns, uint64_t launch,
		     struct load_result *result, struct crew_ending *end)
{
	struct load_job jobs[TURN_SIDES];

	if (!jobs_set(t, turns, launch) || !jobs_make_cells(t, turns->n_cells))
		return false;
	for (int i = 0; i < TURN_SIDES; i++)
		jobs[i] = t->by[i].job;
	if (t->config->deadline_ns)
		t->with.deadline_ns = left_ns(t);
	bool ok = crew_run(&t->with, jobs, TURN_SIDES, t->show, t->a, result,
			   end, t->es);
	/* a side that ended is no wish of the user */
	if (ok && end->is_interrupted && !t->broken && !t->end.is_interrupted)
		t->end = *end;
	return ok;
}

/* ---- the trial ------------------------------------------------------ */

static void note_plan(struct gating *t)
{
	const struct gate_design *d = t->design;
	struct buf text;

	if (!t->show)
		return;
	buf_init(&text, ERR_TEXT_MAX);
	buf_puts(&text, "gate: ");
	unit_human_duration(&text, d->total_ns);
	buf_printf(&text,
		   " in %" PRIu64 " launch%s, %" PRIu64 " cell%s, slots of ",
		   d->launches, d->launches == 1 ? "" : "es", d->cells,
		   d->cells == 1 ? "" : "s");
	unit_human_duration(&text, d->slot_ns);
	buf_printf(&text, ", seed %s", d->seed);
	show_note(t->show, buf_text(&text));
	if (d->cells < GATE_CELLS_MIN) {
		buf_reset(&text);
		buf_printf(&text,
			   "this is too short for any verdict: it needs %d "
			   "cells, which take about ",
			   GATE_CELLS_MIN);
		unit_human_duration(&text,
				    d->total_ns * GATE_CELLS_MIN / d->cells);
		show_note(t->show, buf_text(&text));
	}
	buf_release(&text);
}

static void note_no_look(struct gating *t)
{
	struct buf text;

	if (!t->show || !t->how->is_fail_fast || t->design->is_fail_fast)
		return;
	buf_init(&text, ERR_TEXT_MAX);
	buf_printf(&text,
		   "--fail-fast does nothing: it looks from launch %d on, and "
		   "not behind the last; this gate has %" PRIu64,
		   GATE_LOOK_MIN, t->design->launches);
	show_note(t->show, buf_text(&text));
	buf_release(&text);
}

/* Useful as a trial of the gate, and else a slip of the hand. */
static void note_same(struct gating *t)
{
	if (t->show && !t->how->is_calibration &&
	    !strcmp(t->how->source[TURN_A], t->how->source[TURN_B]))
		show_note(t->show, "baseline and candidate are the same: what "
				   "is found is not of a change");
}

/* Even, and at least one pair. */
static size_t slots_per_cell(const struct gate_design *d)
{
	size_t n = (size_t)(d->cell_ns / d->slot_ns) / 2 * 2;

	return n < 2 ? 2 : n;
}

static size_t cells_per_launch(const struct gate_design *d)
{
	size_t n = (size_t)(d->cells / d->launches);

	return n ? n : 1;
}

static bool is_small_enough(struct gating *t)
{
	size_t n = gate_cells_bytes(cells_per_launch(t->design), t->n_groups) *
		   t->by[TURN_A].job.n_workers * TURN_SIDES;
	struct buf size;

	if (n <= GATE_CELLS_BYTES_MAX)
		return true;
	buf_init(&size, ERR_PART_MAX);
	unit_human_size(&size, n);
	errs_add(t->es, ERR_SYSTEM, t->load->at,
		 "the cells of one launch would take %s: use fewer threads, a "
		 "shorter \"launch_every\", or not \"by: step\"",
		 buf_text(&size));
	buf_release(&size);
	return false;
}

static bool make_plan(struct gating *t, const struct gate_wish *wish)
{
	struct gate_design *d = t->design;

	gate_plan(&t->gate->settings, wish, d);
	if (!d->launches)
		d->launches = 1;
	d->seed = arena_printf(t->a, "0x%" PRIx64, t->seed);
	d->is_fixed_order = t->how->fixed != GATE_FIXED_NOTHING;
	d->warm_up_ns = warm_up_ns(t);
	return d->seed || errs_nomem(t->es);
}

/* As far as the plan tells; else what the trial saw. */
static void set_rate(struct gating *t, struct gate_wish *wish)
{
	const struct load_job *job = &t->by[TURN_A].job;

	if (job->plan.model == LOAD_CLOSED)
		wish->rate_per_s = 0;
	else if (job->n_flows == 1 && job->flow[0].transport)
		wish->rate_per_s =
			job->plan.stages[0].from * (double)job->flow[0].n_legs;
	else
		wish->rate_per_s = wish->seen_per_s;
}

static struct gate_wish wish_of(struct gating *t)
{
	const struct load_gate *says = &t->load->gate;
	struct gate_wish wish = {
		.total_ns = total_ns(t),
		.launch_ns = t->how->is_calibration
				     ? total_ns(t) / GATE_CALIBRATION_LAUNCHES
				     : says->launch_every_ns,
		.warm_up_ns = warm_up_ns(t),
		.slot_ns = says->slot_ns,
		.can_launch = can_launch(t),
		.is_fail_fast = t->how->is_fail_fast,
		.tau = t->gate->settings.assumed_tau,
		.n_groups = t->n_groups,
	};

	set_rate(t, &wish);
	return wish;
}

static bool learn(struct gating *t, struct hist *seen, struct gate_wish *wish)
{
	*wish = wish_of(t);
	if (!take_trial(t, wish, seen))
		return false;
	set_rate(t, wish);
	uint64_t most = wish->total_ns / (2 * PAIRS_MIN) / SLOT_P99S;
	wish->p99_ns = wish->p99_ns < most ? wish->p99_ns : most;
	if (hist_count(seen))
		return true;
	gating_why(t, "no request was answered in a trial of both sides");
	return false;
}

/* With both of them up: what must be known before the plan. */
static bool try_both(struct gating *t)
{
	const struct turn_plan plan = {
		.slot_ns = GATE_SLOT_NS,
		.warm_up_ns = TRIAL_WARM_UP_NS,
		.n_cells = TRIAL_CELLS,
		.slots_per_cell = TRIAL_SLOTS,
		.seed = t->seed,
		.launch = TRIAL_LAUNCH,
	};
	struct load_result result[TURN_SIDES];
	struct hist *seen = hist_new(GATE_DIGITS);
	struct crew_ending end;
	struct gate_wish wish;

	bool ok = seen || errs_nomem(t->es);
	ok = ok && run_both(t, turns_new(&plan, t->a), 0, result, &end) &&
	     !end.is_interrupted && learn(t, seen, &wish) &&
	     make_plan(t, &wish) && is_small_enough(t) && take_init(t);
	jobs_free_cells(t);
	hist_free(seen);
	return ok;
}

/* ---- launches ------------------------------------------------------- */

static void say_time(struct buf *text, const struct hist *h, double q)
{
	unit_human_duration(text, hist_quantile(h, q));
}

static void note_launch(struct gating *t)
{
	const struct hist *a = t->by[TURN_A].latency;
	const struct hist *b = t->by[TURN_B].latency;
	struct buf text;

	if (!t->show || !hist_count(a) || !hist_count(b))
		return;
	buf_init(&text, ERR_TEXT_MAX);
	buf_printf(&text,
		   "launch %zu of %" PRIu64
		   ": baseline and candidate so far p50 ",
		   t->launch + 1, t->design->launches);
	say_time(&text, a, 0.5);
	buf_puts(&text, " and ");
	say_time(&text, b, 0.5);
	buf_puts(&text, ", p99 ");
	say_time(&text, a, 0.99);
	buf_puts(&text, " and ");
	say_time(&text, b, 0.99);
	show_note(t->show, buf_text(&text));
	buf_release(&text);
}

static bool measure_launch(struct gating *t)
{
	const struct gate_design *d = t->design;
	const struct turn_plan plan = {
		.slot_ns = d->slot_ns,
		.warm_up_ns = d->warm_up_ns,
		.n_cells = cells_per_launch(d),
		.slots_per_cell = slots_per_cell(d),
		.seed = t->seed,
		.launch = t->launch,
		.is_fixed = t->how->fixed & GATE_FIXED_SLOTS,
	};
	struct turns *turns = turns_new(&plan, t->a);
	struct load_result *result =
		arena_alloc(t->a, TURN_SIDES, sizeof(*result));
	struct crew_ending end;

	if (!result)
		return errs_nomem(t->es);
	for (int i = 0; i < TURN_SIDES; i++)
		t->by[i].load.warm_up_ns = d->warm_up_ns;
	bool ok = run_both(t, turns, t->launch, result, &end);
	if (ok) {
		for (int i = 0; i < TURN_SIDES; i++)
			t->by[i].ran[t->n_launched] = &result[i];
		t->n_launched++;
		ok = take_launch(t, turns, end.begun_ns,
				 end.stopped_ns ? end.stopped_ns : UINT64_MAX);
	}
	jobs_free_cells(t);
	if (ok)
		note_launch(t);
	return ok;
}

static enum turn_side first_of(const struct gating *t)
{
	return t->how->fixed & GATE_FIXED_STARTS
		       ? TURN_A
		       : turns_first(t->seed, t->launch);
}

/* By the launches so far; true: it is worse, and no more of them are needed. */
static bool look(struct gating *t)
{
	struct gate_design *d = t->design;
	struct buf text;

	if (!gate_looks_after(d, t->n_launched))
		return false;
	t->gate->invalid_why = "";
	d->ended_after = t->n_launched;
	if (take_all(t) && gate_judge(t->gate, t->a, t->es) &&
	    t->gate->verdict == GATE_REGRESSION) {
		if (!t->show)
			return true;
		buf_init(&text, ERR_TEXT_MAX);
		buf_printf(&text,
			   "ends after launch %" PRIu64
			   ": the candidate is worse",
			   d->ended_after);
		show_note(t->show, buf_text(&text));
		buf_release(&text);
		return true;
	}
	d->ended_after = 0;
	return false;
}

static bool goes_on(struct gating *t)
{
	return !t->broken && !t->es->n && !gating_is_stopped(t);
}

/* All of it; what keeps it from going on is in broken, end or es. */
static void measure(struct gating *t)
{
	if (!sides_start(t, first_of(t)) || !try_both(t))
		return;
	note_plan(t);
	note_same(t);
	note_no_look(t);
	doubt_begin(t);
	for (; t->launch < t->design->launches && goes_on(t); t->launch++) {
		if (t->launch && (!sides_stop(t) || !goes_on(t) ||
				  !sides_start(t, first_of(t))))
			return;
		if (!measure_launch(t) || !goes_on(t) || look(t))
			return;
	}
}

/* What goes wrong with this machine in a later launch (no memory, no
 * thread) is told of the gate, as what was measured before it is still there. */
static void keep_measured(struct gating *t)
{
	if (!t->es->n || !t->n_launched || !t->n_cells)
		return;
	gating_why(t, "it could not go on in launch %zu: %s", t->launch + 1,
		   t->es->item[0].text);
	t->es->n = t->es->dropped = 0;
}

/* What cannot be ended behind the last launch spoils nothing that was
 * measured. */
static void end_sides(struct gating *t, struct errs *warnings)
{
	bool was_broken = t->broken != NULL;

	if (sides_stop(t) || was_broken)
		return;
	errs_add(warnings, ERR_SYSTEM, NOWHERE, "%s", t->broken);
	t->broken = NULL;
}

/* ---- what it brings back -------------------------------------------- */

static struct gate_side side_of(const struct gating *t, enum turn_side which)
{
	const struct side *s = &t->side[which];
	const char *label = t->how->label[which];

	return (struct gate_side){
		.name = s->name,
		.label = label ? label : "",
		.source = s->source,
		.target = s->origin,
		.starts_ns = s->is_command && s->n_starts
				     ? s->starts_ns / s->n_starts
				     : 0,
	};
}

/* Only limits that somebody wrote, and only on the candidate: errors are the
 * gate's to compare. */
static bool bring_load(struct gating *t, enum turn_side which,
		       struct load_result *to)
{
	const struct brought *by = &t->by[which];
	size_t n = t->n_launched;
	struct load_result *part = arena_alloc(t->a, n, sizeof(*part));
	const struct load_result **of =
		arena_alloc(t->a, n, sizeof(const struct load_result *));

	if (!part || !of)
		return errs_nomem(t->es);
	for (size_t k = 0; k < n; k++) {
		part[k] = *by->ran[k];
		if (!by->load.n_limits)
			part[k].n_limits = 0;
		if (!doubt_forgive(t, &part[k]))
			return errs_nomem(t->es);
		of[k] = &part[k];
	}
	if (!merge_loads(of, n, t->a, to, t->es))
		return false;
	to->target = t->side[which].origin;
	if (t->end.is_interrupted && to->verdict == RUN_OK) {
		to->verdict = RUN_INCONCLUSIVE;
		to->message = t->end.why;
	}
	return true;
}

static bool bring_loads(struct gating *t, struct gate_run *out)
{
	struct load_result *loads =
		arena_alloc(t->a, TURN_SIDES, sizeof(*loads));

	out->loads = loads;
	if (!loads)
		return errs_nomem(t->es);
	return bring_load(t, TURN_A, &loads[TURN_A]) &&
	       bring_load(t, TURN_B, &loads[TURN_B]);
}

/* A side that does not even start is what a gate is to tell, in every form that
 * was asked for.  Who was interrupted has seen nothing wrong. */
static bool bring_why(struct gating *t)
{
	const char *why = t->broken ? t->broken : t->end.why;

	t->n_cells = 0;
	t->gate->steal = -1; /* unknown */
	t->gate->invalid_why = "";
	if (!t->broken && t->end.is_interrupted)
		return true;
	t->gate->invalid_why = arena_printf(t->a, "nothing was compared: %s",
					    why[0] ? why : "it was too short");
	return t->gate->invalid_why || errs_nomem(t->es);
}

static bool bring(struct gating *t, struct gate_run *out, struct errs *warnings)
{
	struct gate_result *g = t->gate;

	g->load = t->load->name;
	g->baseline = side_of(t, TURN_A);
	g->candidate = side_of(t, TURN_B);
	out->gate = g;
	out->end = t->end;
	if (t->n_launched && t->n_cells) {
		doubt_end(t, warnings);
		if (!bring_loads(t, out))
			return false;
	} else if (!bring_why(t)) {
		return false;
	}
	return take_all(t) && gate_judge(g, t->a, t->es);
}

static bool begin(struct gating *t, struct errs *warnings)
{
	struct load_job jobs[TURN_SIDES];
	struct gate_wish wish;

	if (!t->gate || !t->design)
		return errs_nomem(t->es);
	if (!set_up(t) || !sides_init(t) || !jobs_make(t))
		return false;
	wish = wish_of(t);
	if (!make_plan(t, &wish))
		return false;
	for (int i = 0; i < TURN_SIDES; i++)
		jobs[i] = t->by[i].job;
	return preflight_run(jobs, TURN_SIDES, t->es, warnings);
}

bool gate_run(const struct load_config *config, const struct workload *load,
	      struct show *show, struct arena *a, struct gate_run *out,
	      struct errs *problems, struct errs *warnings)
{
	struct gating t = {
		.config = config,
		.how = config->gate,
		.load = load,
		.with = *config,
		.show = show,
		.a = a,
		.es = problems,
		.gate = arena_alloc(a, 1, sizeof(*t.gate)),
		.seed = config->gate->seed ? config->gate->seed : random_seed(),
		.began_ns = part_now(),
		.end = { .why = "" },
	};

	t.design = t.gate ? &t.gate->design : NULL;
	t.with.listener = &t.listener;
	*out = (struct gate_run){ .end = { .why = "" } };
	bool ok = begin(&t, warnings);
	if (ok) {
		measure(&t);
		keep_measured(&t);
		end_sides(&t, warnings);
		ok = !problems->n && bring(&t, out, warnings);
	}
	sides_release(&t);
	take_release(&t);
	return ok;
}
