/* SPDX-License-Identifier: MIT */
#include "report/render/metrics/points/points.h"
#include "report/result/load_result.h"
#include "report/result/result.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/units.h"

#define PERMILLE 1000.0

static double seconds(uint64_t ns)
{
	return (double)ns / (double)UNIT_NS_PER_S;
}

static void add_text(struct points *t, enum metric_id id, const char *label,
		     const char *text, double value)
{
	const struct metric_label own = { label, text };

	points_add_own(t, id, &own, 1, value);
}

/* ---- counts ------------------------------------------------------------------ */

static const char *count_name(const void *self, size_t i)
{
	return ((const struct named_count *)self)[i].name;
}

/* A count for each text of a label.  One that is there twice, as only a file of
 * somebody else has it, counts once. */
static void add_counts(struct points *t, enum metric_id id, const char *label,
		       const struct named_count *list, size_t n)
{
	const struct point_name *name = points_names(t, n, count_name, list);

	for (size_t i = 0; name && i < n; i++)
		if (name[i].number == 1)
			add_text(t, id, label, name[i].text,
				 (double)list[i].count);
}

static void add_ends(struct points *t, enum metric_id id,
		     const struct accounting *all)
{
	add_text(t, id, "outcome", "ok", (double)all->ok);
	add_text(t, id, "outcome", "failed", (double)all->failed);
	add_text(t, id, "outcome", "timed_out", (double)all->timed_out);
	add_text(t, id, "outcome", "in_flight", (double)all->in_flight);
}

static void add_accounting(struct points *t, const struct load_result *load)
{
	const struct accounting *all = &load->accounting;
	struct accounting sum = load_requests(load);

	add_ends(t, NAME_LOAD_ARRIVALS, all);
	add_text(t, NAME_LOAD_ARRIVALS, "outcome", "dropped",
		 (double)all->dropped);
	add_text(t, NAME_LOAD_ARRIVALS, "outcome", "not_started",
		 (double)all->not_started);
	add_ends(t, NAME_LOAD_REQUESTS, &sum);
}

/* ---- steps --------------------------------------------------------------------- */

static void add_what(struct points *t, const struct load_step_result *step)
{
	struct metric_label own[POINT_OWN_MAX];
	const char *const text[] = { "kind",	   step->kind,	   "method",
				     step->method, "url",	   step->url,
				     "transport",  step->transport };
	size_t n = 0;

	for (size_t i = 0; i < sizeof(text) / sizeof(*text); i += 2)
		if (*text[i + 1])
			own[n++] = (struct metric_label){
				text[i], points_text(t, text[i + 1])
			};
	points_add_own(t, NAME_STEP_INFO, own, n, 1);
}

static void add_step(struct points *t, const struct load_step_result *step)
{
	add_what(t, step);
	add_counts(t, NAME_STEP_REQUESTS, "outcome", step->outcomes,
		   step->n_outcomes);
	add_counts(t, NAME_STEP_ANSWERS, "status", step->statuses,
		   step->n_statuses);
	add_text(t, NAME_STEP_CLASSES, "class", "4xx",
		 (double)step->status_4xx);
	add_text(t, NAME_STEP_CLASSES, "class", "5xx",
		 (double)step->status_5xx);
	points_add(t, NAME_STEP_SKIPPED, (double)step->skipped);
	points_add(t, NAME_STEP_CONNECTIONS, (double)step->connections);
	points_add(t, NAME_STEP_RESENDS, (double)step->resends);
	points_add(t, NAME_STEP_SENT, (double)step->sent_bytes);
	points_add(t, NAME_STEP_RECEIVED, (double)step->received_bytes);
	for (size_t p = 0; p < PHASE_N; p++)
		add_text(t, NAME_STEP_PHASES, "phase",
			 phase_name((enum phase)p),
			 seconds(step->mean_phases.ns[p]));
	points_add_times(t, NAME_STEP_LATENCY, &step->latency);
	points_add_times(t, NAME_STEP_SERVICE, &step->service);
	points_add_times(t, NAME_STEP_FIRST_BYTE, &step->first_byte);
	points_add_times(t, NAME_STEP_CONNECT, &step->connect);
}

static const char *step_name(const void *self, size_t i)
{
	return ((const struct load_step_result *)self)[i].name;
}

static void add_steps(struct points *t, const struct load_result *load)
{
	const struct point_name *name =
		points_names(t, load->n_steps, step_name, load->steps);
	size_t outer = t->n_scope;

	for (size_t i = 0; name && i < load->n_steps; i++) {
		points_enter_named(t, "step", name[i].text, name[i].number);
		add_step(t, &load->steps[i]);
		points_leave(t, outer);
	}
}

/* ---- limits ---------------------------------------------------------------------- */

static const char *limit_text(const void *self, size_t i)
{
	return ((const struct limit_result *)self)[i].text;
}

static void add_limits(struct points *t, const struct load_result *load)
{
	const struct point_name *name =
		points_names(t, load->n_limits, limit_text, load->limits);
	size_t outer = t->n_scope;

	for (size_t i = 0; name && i < load->n_limits; i++) {
		const struct limit_result *limit = &load->limits[i];

		points_enter_named(t, "limit", name[i].text, name[i].number);
		if (limit->verdict == VERDICT_OK ||
		    limit->verdict == VERDICT_FAILED)
			points_add(t, NAME_LOAD_LIMIT_HELD,
				   limit->verdict == VERDICT_OK);
		add_text(t, NAME_LOAD_LIMIT_VERDICT, "verdict",
			 verdict_name(limit->verdict), 1);
		points_add(t, NAME_LOAD_LIMIT_SAMPLES, (double)limit->samples);
		points_leave(t, outer);
	}
}

/* ---- the instrument ---------------------------------------------------------------- */

static void add_instrument(struct points *t, const struct load_result *load)
{
	const struct instrument *in = &load->instrument;
	size_t fatal = 0;

	for (size_t i = 0; i < in->n_doubts; i++)
		fatal += in->doubts[i].is_fatal;
	points_add_times(t, NAME_LOAD_LATENESS, &in->lateness);
	points_add_times(t, NAME_LOAD_QUEUE, &in->queue);
	points_add_times(t, NAME_LOAD_LOOP_LAG, &in->loop_lag);
	add_text(t, NAME_LOAD_DOUBTS, "fatal", "true", (double)fatal);
	add_text(t, NAME_LOAD_DOUBTS, "fatal", "false",
		 (double)(in->n_doubts - fatal));
	points_add(t, NAME_LOAD_WORKERS, (double)in->workers);
	points_add(t, NAME_LOAD_WORKER_CPU,
		   (double)in->busiest_cpu_permille / PERMILLE);
	points_add(t, NAME_LOAD_CONNECTIONS, (double)in->open_connections_max);
	points_add(t, NAME_LOAD_WAITED, (double)in->waited);
	points_add(t, NAME_LOAD_CPU, points_real(load->cost.cpu_s));
	points_add(t, NAME_LOAD_MEMORY, (double)load->cost.peak_rss_bytes);
}

/* ---- a load ---------------------------------------------------------------------------- */

static void add_load(struct points *t, const struct load_result *load)
{
	add_text(t, NAME_LOAD_VERDICT, "verdict",
		 run_verdict_name(load->verdict), 1);
	points_add(t, NAME_LOAD_DURATION, seconds(load->total_ns));
	add_accounting(t, load);
	if (load->planned_per_s > 0)
		points_add(t, NAME_LOAD_PLANNED_RATE,
			   points_real(load->planned_per_s));
	points_add(t, NAME_LOAD_RATE, points_real(load->rate_per_s));
	points_add(t, NAME_LOAD_OK_RATE, points_real(load->ok_per_s));
	points_add(t, NAME_LOAD_SUCCESS, points_real(load->success));
	if (load->max_rate_per_s > 0)
		points_add(t, NAME_LOAD_MAX_RATE,
			   points_real(load->max_rate_per_s));
	points_add(t, NAME_LOAD_DOWN, seconds(load->down_for_ns));
	points_add_times(t, NAME_LOAD_LATENCY, &load->latency);
	points_add_times(t, NAME_LOAD_SERVICE, &load->service);
	points_add_times(t, NAME_LOAD_ITERATION, &load->iteration);
	add_instrument(t, load);
	add_limits(t, load);
	add_steps(t, load);
}

static const char *load_name(const void *self, size_t i)
{
	return ((const struct load_result *)self)[i].name;
}

void points_of_loads(struct points *t, const struct run_result *run)
{
	const struct point_name *name =
		points_names(t, run->n_loads, load_name, run->loads);
	struct points_scope *scope =
		arena_alloc(t->arena, run->n_loads, sizeof(*scope));
	size_t outer = t->n_scope;

	t->loads = scope;
	t->failed |= !scope;
	for (size_t i = 0; name && scope && i < run->n_loads; i++) {
		const struct load_result *load = &run->loads[i];

		points_when(t,
			    load->started_at_ns ? load->started_at_ns
						: run->started_at_ns,
			    load->total_ns);
		points_enter_named(t, "load", name[i].text, name[i].number);
		scope[i] = points_here(t);
		add_load(t, load);
		points_leave(t, outer);
	}
}
