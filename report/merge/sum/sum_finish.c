/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>

#include "report/load/conclude.h"
#include "report/merge/sum/sums.h"
#include "report/result/verdict.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/units.h"

/* ---- no histogram is NULL ----------------------------------------------- */

static void fill(const struct load_sum *t, struct hist **h)
{
	if (!*h)
		*h = t->none;
}

static void fill_all(struct load_sum *t)
{
	fill(t, &t->latency);
	fill(t, &t->service);
	fill(t, &t->sum.iteration);
	fill(t, &t->sum.lateness);
	fill(t, &t->sum.queue);
	fill(t, &t->sum.loop_lag);
	for (size_t i = 0; i < t->sum.n_steps; i++) {
		fill(t, &t->sum.step[i].latency);
		fill(t, &t->sum.step[i].service);
		fill(t, &t->sum.step[i].first_byte);
		fill(t, &t->sum.step[i].connect);
	}
	t->sum.missed = t->none;
}

/* ---- the parts ------------------------------------------------------------ */

static uint64_t workers_of(const struct span *s)
{
	return s->workers;
}

static uint64_t connections_of(const struct span *s)
{
	return s->connections;
}

static uint64_t rss_of(const struct span *s)
{
	return s->rss_bytes;
}

static void write_facts(struct load_sum *t, uint64_t start_at_ns,
			struct load_result *out)
{
	uint64_t from = t->span[0].from_ns, to = from;
	const struct load_result *first = &t->first;

	for (size_t i = 0; i < t->n_parts; i++) {
		if (t->span[i].to_ns > to)
			to = t->span[i].to_ns;
	}
	*out = (struct load_result){
		.name = first->name,
		.at = first->at,
		.model = first->model,
		.plan = first->plan,
		.process = first->process,
		.seed = first->seed,
		.target = first->target,
		.transport = first->transport,
		.message = "",
		.started_at_ns = from,
		.start_ns = start_at_ns == 0 || t->n_parts == 1
				    ? first->start_ns
			    : from > start_at_ns ? from - start_at_ns
						 : 0,
		.total_ns = to - from,
		.ended = t->ended,
		.warm_up = t->warm_up,
		.accounting = t->accounting,
		.requests = t->requests,
		.requests_ok = t->requests_ok,
	};
}

static void write_rates(const struct load_sum *t, struct load_result *out)
{
	double s;

	out->rated_ns = spans_cover(t, &span_rated);
	s = (double)out->rated_ns / (double)UNIT_NS_PER_S;
	if (s > 0) {
		out->rate_per_s = t->in_plan / s;
		out->ok_per_s = t->in_plan_ok / s;
		if (t->has_plan)
			out->planned_per_s = t->planned_in_plan / s;
	}
	if (t->requests > 0)
		out->success = (double)t->requests_ok / (double)t->requests;
}

static bool write_times(struct load_sum *t, struct arena *a,
			struct load_result *out)
{
	struct instrument *in = &out->instrument;

	return times_result(t->latency, a, &out->latency) &&
	       times_result(t->service, a, &out->service) &&
	       times_result(t->sum.iteration, a, &out->iteration) &&
	       times_result(t->sum.lateness, a, &in->lateness) &&
	       times_result(t->sum.queue, a, &in->queue) &&
	       times_result(t->sum.loop_lag, a, &in->loop_lag);
}

static bool write_rows(const struct load_sum *t, struct arena *a,
		       struct load_result *out)
{
	struct timeline_row *rows =
		cells_rows(&t->cells, out->started_at_ns, a);

	for (size_t i = 0; rows && i < t->cells.n; i++)
		rows[i].at_ns += out->start_ns;
	out->n_timeline = t->cells.n;
	out->timeline = rows;
	return rows;
}

static void write_machine(const struct load_sum *t, struct load_result *out)
{
	struct instrument *in = &out->instrument;
	uint64_t low_ns, high_ns;

	in->workers = spans_peak(t, workers_of);
	in->open_connections_max = spans_peak(t, connections_of);
	in->busiest_cpu_permille = t->busiest_permille;
	in->waited = t->waited;
	in->n_doubts = t->n_doubts;
	in->doubts = t->doubt;
	out->cost.cpu_s = t->cpu_s;
	out->cost.peak_rss_bytes = spans_peak(t, rss_of);
	if (t->requests > 0) {
		out->cost.cpu_us_per_request =
			t->cpu_s * 1e6 / (double)t->requests;
		out->cost.rss_bytes_per_1000 =
			(uint64_t)(t->rss_grown / (double)t->requests);
	}
	cells_down(&t->cells, &low_ns, &high_ns);
	out->down_for_ns = t->n_parts == 1 ? t->down_ns : low_ns;
}

/* What a reader has to know of it. */
static bool write_notes(const struct load_sum *t, struct arena *a,
			struct load_result *out)
{
	size_t n = t->n_notes;
	struct named_count *list = arena_alloc(a, n + 2, sizeof *list);

	if (!list)
		return false;
	for (size_t i = 0; i < n; i++)
		list[i] = t->note[i];
	if (t->n_parts > 1)
		list[n++].name = arena_printf(
			a,
			"merged from %zu results that ran %s; the plan is that "
			"of each",
			t->n_parts,
			spans_overlap(t) ? "at the same time"
					 : "one after the other");
	if (n > t->n_notes && !list[n - 1].name)
		return false;
	if (t->n_doubts_left > 0) {
		list[n].name = "doubts of the parts are not listed";
		list[n++].count = t->n_doubts_left;
	}
	out->n_notes = n;
	out->notes = list;
	return true;
}

bool sum_result(struct load_sum *t, uint64_t start_at_ns, struct arena *a,
		struct load_result *out)
{
	const struct accounting *sum = &t->accounting;
	const struct load_end end = { sum->sent - sum->in_flight + sum->dropped,
				      t->ended, "" };

	spans_sort(t);
	fill_all(t);
	write_facts(t, start_at_ns, out);
	write_rates(t, out);
	write_machine(t, out);
	if (!write_times(t, a, out) || !write_rows(t, a, out) ||
	    !write_notes(t, a, out))
		return errs_nomem(t->es);
	if (!sum_steps_result(t, a, out) || !sum_limits_result(t, a, out))
		return false;
	if (!load_conclude(&end, a, out))
		return errs_nomem(t->es);
	if (t->is_invalid && out->verdict != RUN_INVALID) {
		out->verdict = RUN_INVALID;
		out->message = "a part of it is invalid";
	}
	return true;
}
