/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/load/conclude.h"
#include "report/merge/sum/sums.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/capped.h"
#include "scenarios/base/units.h"

/* ---- making -------------------------------------------------------------- */

bool sum_bad(struct load_sum *t, const char *fmt, ...)
{
	struct place at = { .src = t->src };
	struct buf text;
	va_list ap;

	buf_init(&text, ERR_TEXT_MAX);
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	errs_add(t->es, ERR_INPUT, at, "%s", buf_text(&text));
	buf_release(&text);
	return false;
}

bool sum_was_ended(const char *ended)
{
	return strcmp(ended, "interrupted") == 0 ||
	       strcmp(ended, "aborted") == 0 || strcmp(ended, "decided") == 0;
}

void sum_plus(struct load_sum *t, uint64_t *into, uint64_t n)
{
	if (n > HIST_COUNT_MAX || *into > HIST_COUNT_MAX - n)
		t->is_over = true;
	else
		*into += n;
}

void sum_free(const struct load_sum *t, struct hist *h)
{
	if (h != t->none)
		hist_free(h);
}

bool sum_init(struct load_sum *t, struct arena *a, struct errs *es)
{
	*t = (struct load_sum){ .a = a, .es = es, .has_plan = true };
	t->none = hist_new(HIST_DIGITS_MIN);
	return (cells_init(&t->cells, es) && t->none) || errs_nomem(es);
}

void sum_release(struct load_sum *t)
{
	sum_steps_release(t);
	cells_release(&t->cells);
	sum_free(t, t->latency);
	sum_free(t, t->service);
	sum_free(t, t->sum.iteration);
	sum_free(t, t->sum.lateness);
	sum_free(t, t->sum.queue);
	sum_free(t, t->sum.loop_lag);
	hist_free(t->none);
	free(t->span);
	*t = (struct load_sum){ 0 };
}

/* Its strings; nothing of the part itself is kept. */
static bool copy_first(struct load_sum *t, const struct load_result *of)
{
	const char **const text[] = {
		&t->first.name,	       &t->first.model,	 &t->first.plan,
		&t->first.process,     &t->first.target, &t->first.transport,
		&t->first.at.file,     &t->first.ended,	 &t->first.warm_up.how,
		&t->first.warm_up.why,
	};

	t->first = *of;
	for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
		*text[i] = arena_strdup(t->a, *text[i]);
		if (!*text[i])
			return errs_nomem(t->es);
	}
	t->ended = t->first.ended;
	t->warm_up = t->first.warm_up;
	t->warm_up.requests = 0;
	t->doubt = arena_alloc(t->a, SUM_DOUBTS_MAX, sizeof *t->doubt);
	t->note = arena_alloc(t->a, SUM_NOTES_MAX, sizeof *t->note);
	if (!t->doubt || !t->note)
		return errs_nomem(t->es);
	return sum_steps_init(t, of) && sum_limits_init(t, of);
}

/* ---- when it ran ---------------------------------------------------------- */

/* Files that do not say what their rates count by: an open plan tells it by
 * its rate. */
static uint64_t rated_ns(const struct load_result *of)
{
	double s;

	if (of->rated_ns > 0)
		return of->rated_ns < of->total_ns ? of->rated_ns
						   : of->total_ns;
	if (!(of->planned_per_s > 0))
		return of->total_ns;
	s = (double)of->accounting.planned / of->planned_per_s;
	if (s * (double)UNIT_NS_PER_S >= (double)of->total_ns)
		return of->total_ns;
	return (uint64_t)(s * (double)UNIT_NS_PER_S);
}

static uint64_t judged_ns(const struct load_result *of, uint64_t otherwise)
{
	for (size_t i = 0; i < of->n_limits; i++) {
		if (of->limits[i].rated_ns > 0)
			return of->limits[i].rated_ns;
	}
	return otherwise;
}

static bool add_span(struct load_sum *t, const struct load_result *of)
{
	uint64_t from = of->started_at_ns, warm = of->warm_up.ended_ns;
	struct span *s;

	if (t->n_parts == t->room) {
		size_t room = t->room ? 2 * t->room : 16;
		struct span *more = realloc(t->span, room * sizeof *more);

		if (!more)
			return errs_nomem(t->es);
		t->span = more;
		t->room = room;
	}
	s = &t->span[t->n_parts++];
	*s = (struct span){
		.from_ns = from,
		.to_ns = capped_sum(from, of->total_ns),
		.rated_to_ns = capped_sum(from, rated_ns(of)),
		.judged_ns = capped_sum(from, warm),
		.workers = of->instrument.workers,
		.connections = of->instrument.open_connections_max,
		.rss_bytes = of->cost.peak_rss_bytes,
	};
	s->judged_to_ns = capped_sum(
		s->judged_ns,
		judged_ns(of, warm < rated_ns(of) ? rated_ns(of) - warm : 0));
	return true;
}

/* ---- counts ---------------------------------------------------------------- */

static void add_accounting(struct load_sum *t, const struct accounting *of)
{
	struct accounting *sum = &t->accounting;

	sum_plus(t, &sum->planned, of->planned);
	sum_plus(t, &sum->sent, of->sent);
	sum_plus(t, &sum->dropped, of->dropped);
	sum_plus(t, &sum->not_started, of->not_started);
	sum_plus(t, &sum->ok, of->ok);
	sum_plus(t, &sum->failed, of->failed);
	sum_plus(t, &sum->timed_out, of->timed_out);
	sum_plus(t, &sum->in_flight, of->in_flight);
}

static void add_rates(struct load_sum *t, const struct load_result *of)
{
	double s = (double)rated_ns(of) / (double)UNIT_NS_PER_S;

	t->in_plan += of->rate_per_s * s;
	t->in_plan_ok += of->ok_per_s * s;
	t->planned_in_plan += of->planned_per_s * s;
	t->has_plan = t->has_plan && of->planned_per_s > 0;
	sum_plus(t, &t->requests, of->requests);
	sum_plus(t, &t->requests_ok, of->requests_ok);
}

static void take_off(uint64_t *from, uint64_t n)
{
	if (n <= *from)
		*from -= n;
}

/* The judged part of arrivals; what was dropped in the warm-up shows only by
 * what is missing in the times. */
static void count_arrivals(struct load_sum *t, const struct load_result *of,
			   struct tally *counts)
{
	uint64_t in_steps = 0, missed;

	counts->planned = of->accounting.planned;
	counts->dropped = of->accounting.dropped;
	counts->not_started = of->accounting.not_started;
	counts->ok = of->accounting.ok;
	counts->failed = of->accounting.failed;
	counts->timed_out = of->accounting.timed_out;
	counts->in_flight = of->accounting.in_flight;
	for (size_t i = 0; i < of->n_steps; i++)
		sum_plus(t, &in_steps, of->steps[i].latency.count);
	if (!of->warm_up.was_asked)
		return;
	missed =
		of->latency.count > in_steps ? of->latency.count - in_steps : 0;
	if (missed >= counts->not_started &&
	    missed - counts->not_started < counts->dropped)
		counts->dropped = missed - counts->not_started;
	for (size_t i = 0; i < of->n_timeline; i++) {
		const struct timeline_row *row = &of->timeline[i];

		if (!row->is_warm_up)
			continue;
		take_off(&counts->planned, row->planned);
		take_off(&counts->ok, row->ok);
		take_off(&counts->failed, row->failed);
		take_off(&counts->timed_out, row->timed_out);
	}
}

static bool add_times(struct load_sum *t, const struct load_result *of)
{
	const struct instrument *in = &of->instrument;

	return sum_times(t, &t->latency, &of->latency, "latency_ns") &&
	       sum_times(t, &t->service, &of->service, "service_ns") &&
	       sum_times(t, &t->sum.iteration, &of->iteration,
			 "iteration_ns") &&
	       sum_times(t, &t->sum.lateness, &in->lateness,
			 "instrument.lateness_ns") &&
	       sum_times(t, &t->sum.queue, &in->queue, "instrument.queue_ns") &&
	       sum_times(t, &t->sum.loop_lag, &in->loop_lag,
			 "instrument.loop_lag_ns");
}

static bool add_rows(struct load_sum *t, const struct load_result *of)
{
	for (size_t i = 0; i < of->n_timeline; i++) {
		const struct timeline_row *row = &of->timeline[i];
		uint64_t since = row->at_ns > of->start_ns
					 ? row->at_ns - of->start_ns
					 : 0;
		struct hist *latency;

		if (!sum_row_times(t, row, i, &latency))
			return false;
		cells_add(&t->cells, row, capped_sum(of->started_at_ns, since),
			  t->n_parts, latency);
	}
	t->is_over = t->is_over || t->cells.is_over;
	return true;
}

/* ---- words ------------------------------------------------------------------ */

static bool add_doubts(struct load_sum *t, const struct load_result *of)
{
	for (size_t i = 0; i < of->instrument.n_doubts; i++) {
		const struct doubt *d = &of->instrument.doubts[i];
		struct doubt *to = &t->doubt[t->n_doubts];

		if (t->n_doubts == SUM_DOUBTS_MAX) {
			t->n_doubts_left++;
			/* one that decides is never left out */
			if (!d->is_fatal || t->doubt[t->n_doubts - 1].is_fatal)
				continue;
			to = &t->doubt[t->n_doubts - 1];
		} else {
			t->n_doubts++;
		}
		*to = *d;
		to->what =
			t->where ? arena_printf(t->a, "%.*s: %s", SUM_WHERE_MAX,
						t->where, d->what)
				 : arena_strdup(t->a, d->what);
		to->remedy = arena_strdup(t->a, d->remedy);
		if (!to->what || !to->remedy)
			return errs_nomem(t->es);
	}
	return true;
}

static bool add_notes(struct load_sum *t, const struct load_result *of)
{
	for (size_t i = 0; i < of->n_notes; i++) {
		size_t k = 0;

		while (k < t->n_notes &&
		       strcmp(t->note[k].name, of->notes[i].name) != 0)
			k++;
		if (k == SUM_NOTES_MAX)
			continue;
		if (k == t->n_notes) {
			t->note[k].name = arena_strdup(t->a, of->notes[i].name);
			if (!t->note[k].name)
				return errs_nomem(t->es);
			t->n_notes++;
		}
		sum_plus(t, &t->note[k].count, of->notes[i].count);
	}
	return true;
}

/* The worst end is that of all. */
static bool add_end(struct load_sum *t, const struct load_result *of)
{
	static const char *const worst[] = { "not started", "interrupted",
					     "aborted", "decided", "data" };

	for (size_t i = 0; i < sizeof worst / sizeof worst[0]; i++) {
		if (strcmp(t->ended, worst[i]) == 0)
			return true;
		if (strcmp(of->ended, worst[i]) == 0) {
			t->ended = worst[i];
			return true;
		}
	}
	return true;
}

static void add_warm_up(struct load_sum *t, const struct load_result *of)
{
	struct warm_up_result *w = &t->warm_up;

	w->was_asked = w->was_asked || of->warm_up.was_asked;
	sum_plus(t, &w->requests, of->warm_up.requests);
	if (of->warm_up.ended_ns > w->ended_ns)
		w->ended_ns = of->warm_up.ended_ns;
	if (t->n_parts > 1) {
		w->p50_ns = w->p99_ns = 0; /* its times are not kept */
		if (strcmp(of->warm_up.how, "not found") == 0)
			w->how = "not found";
	}
}

static void add_machine(struct load_sum *t, const struct load_result *of)
{
	const struct instrument *in = &of->instrument;

	if (in->busiest_cpu_permille > t->busiest_permille)
		t->busiest_permille = in->busiest_cpu_permille;
	sum_plus(t, &t->waited, in->waited);
	t->cpu_s += of->cost.cpu_s;
	t->rss_grown +=
		(double)of->cost.rss_bytes_per_1000 * (double)of->requests;
	t->down_ns = of->down_for_ns; /* of one that is alone */
	if (of->seed != t->first.seed)
		t->first.seed = 0;
}

/* ---- one part ----------------------------------------------------------------- */

static bool is_wanted(struct load_sum *t, const struct load_result *of)
{
	if (of->n_trials > 0 || of->max_rate_per_s > 0)
		return sum_bad(t,
			       "load \"%s\" is a search for the highest rate, "
			       "which cannot be merged",
			       of->name);
	if (t->n_parts == MERGE_PARTS_MAX)
		return sum_bad(t, "at most %d results are merged",
			       MERGE_PARTS_MAX);
	return t->n_parts > 0 ? sum_matches(t, of) : copy_first(t, of);
}

static bool add_counts(struct load_sum *t, const struct load_result *of)
{
	struct tally counts = { .n_steps = of->n_steps };
	bool is_done;

	counts.step =
		calloc(of->n_steps ? of->n_steps : 1, sizeof *counts.step);
	if (!counts.step)
		return errs_nomem(t->es);
	is_done = sum_steps(t, of, &counts);
	if (is_done) {
		count_arrivals(t, of, &counts);
		is_done = sum_limits(t, of, &counts);
	}
	free(counts.step);
	return is_done;
}

bool sum_add(struct load_sum *t, const struct load_result *of)
{
	if (!is_wanted(t, of))
		return false;
	t->is_invalid = t->is_invalid || of->verdict == RUN_INVALID;
	add_accounting(t, &of->accounting);
	add_rates(t, of);
	add_machine(t, of);
	if (!add_times(t, of) || !add_counts(t, of) || !add_rows(t, of) ||
	    !add_span(t, of) || !add_doubts(t, of) || !add_notes(t, of) ||
	    !add_end(t, of))
		return false;
	add_warm_up(t, of);
	if (t->is_over)
		return sum_bad(t,
			       "load \"%s\": the sums would be larger than "
			       "%" PRIu64,
			       of->name, HIST_COUNT_MAX);
	return true;
}
