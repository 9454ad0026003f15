/* SPDX-License-Identifier: MIT */
#include "report/merge/slice.h"

#include <inttypes.h>
#include <string.h>

#include "report/load/conclude.h"
#include "report/merge/limit_rows.h"
#include "report/merge/sum/sums.h"
#include "report/result/result.h"
#include "report/result/verdict.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"

enum { ROW_DIGITS = 2, NOTES_MAX = 6, NOTE_MAX = 300, SEEN_BYTES = 120 };

/* One load on its way. */
struct cut {
	const struct load_result *of;
	struct arena *a;
	struct errs *es;
	struct load_sum sum; /* its cells, and how it decodes */
	struct hist *latency;
	size_t first, last;	   /* rows */
	uint64_t n_warm;	   /* of these */
	uint64_t carried, waiting; /* under way, or not sent, at its begin */
	uint64_t from_ns, to_ns;   /* of the rows */
	bool is_of_gate;
	bool has_end; /* it goes to the end of the load */
	struct accounting accounting;
};

/* ---- rows ------------------------------------------------------------------ */

static bool is_inside(const struct timeline_row *row, uint64_t from_ns,
		      uint64_t to_ns)
{
	uint64_t middle = row->at_ns + row->for_ns / 2;

	return middle >= from_ns && middle < to_ns;
}

static bool find_rows(struct cut *t, uint64_t from_ns, uint64_t to_ns)
{
	size_t n = t->of->n_timeline;
	bool is_there = false;

	for (size_t i = 0; i < n; i++) {
		if (!is_inside(&t->of->timeline[i], from_ns, to_ns))
			continue;
		if (!is_there)
			t->first = i;
		t->last = i;
		is_there = true;
	}
	if (!is_there)
		return false;
	t->from_ns = t->of->timeline[t->first].at_ns;
	t->to_ns = t->of->timeline[t->last].at_ns +
		   t->of->timeline[t->last].for_ns;
	t->has_end = t->last + 1 == n;
	return true;
}

static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static uint64_t ended_in(const struct timeline_row *row)
{
	return row->ok + row->failed + row->timed_out;
}

/* What the rows before have begun and not ended. */
static void carry(struct cut *t)
{
	uint64_t planned = 0, sent = 0, dropped = 0, ended = 0;

	for (size_t i = 0; i < t->first; i++) {
		const struct timeline_row *row = &t->of->timeline[i];

		sum_plus(&t->sum, &planned, row->planned);
		sum_plus(&t->sum, &sent, row->sent);
		sum_plus(&t->sum, &dropped, row->dropped);
		sum_plus(&t->sum, &ended, ended_in(row));
	}
	t->carried = less(sent, ended);
	t->waiting = less(planned, sent + dropped);
}

static bool add_row(struct cut *t, size_t i)
{
	const struct timeline_row *row = &t->of->timeline[i];
	uint64_t since = less(row->at_ns, t->of->start_ns);
	struct hist *latency;

	if (!sum_row_times(&t->sum, row, i, &latency))
		return false;
	if (row->is_warm_up)
		t->n_warm++;
	else if (latency)
		hist_merge(t->latency, latency);
	cells_add(&t->sum.cells, row, t->of->started_at_ns + since, 0, latency);
	return true;
}

/* What was under way before it began is in its books. */
static void close_books(struct cut *t)
{
	struct accounting *sum = &t->accounting;
	uint64_t ended = 0, planned = 0;

	sum_plus(&t->sum, &ended, sum->ok);
	sum_plus(&t->sum, &ended, sum->failed);
	sum_plus(&t->sum, &ended, sum->timed_out);
	sum->not_started =
		less(sum->planned + t->waiting, sum->sent + sum->dropped);
	sum_plus(&t->sum, &sum->sent, t->carried);
	/* rows that were made up may end more than was begun */
	if (sum->sent < ended)
		sum->sent = ended;
	sum->in_flight = sum->sent - ended;
	sum_plus(&t->sum, &planned, sum->sent);
	sum_plus(&t->sum, &planned, sum->dropped);
	sum_plus(&t->sum, &planned, sum->not_started);
	sum->planned = planned;
}

static bool add_rows(struct cut *t)
{
	struct accounting *sum = &t->accounting;

	for (size_t i = t->first; i <= t->last; i++) {
		const struct timeline_row *row = &t->of->timeline[i];

		if (!add_row(t, i))
			return false;
		sum_plus(&t->sum, &sum->planned, row->planned);
		sum_plus(&t->sum, &sum->sent, row->sent);
		sum_plus(&t->sum, &sum->dropped, row->dropped);
		sum_plus(&t->sum, &sum->ok, row->ok);
		sum_plus(&t->sum, &sum->failed, row->failed);
		sum_plus(&t->sum, &sum->timed_out, row->timed_out);
	}
	close_books(t);
	if (t->sum.is_over || t->sum.cells.is_over)
		return sum_bad(&t->sum,
			       "load \"%.*s\": its rows add up to more than "
			       "can be told",
			       SEEN_BYTES, t->of->name);
	return true;
}

/* ---- limits ------------------------------------------------------------------ */

static bool not_seen(struct cut *t, const struct limit_result *of,
		     const char *why, struct limit_result *to)
{
	*to = *of;
	to->verdict = VERDICT_NOT_OBSERVED;
	to->seen = "nothing";
	to->interval = "";
	to->low = to->high = 0;
	to->note = arena_printf(t->a, "not known of a slice: %s", why);
	to->samples = to->crossed_at_ns = 0;
	to->rated = to->rated_ns = to->planned = 0;
	to->aborted = false;
	return to->note;
}

static bool judge_limit(struct cut *t, const struct limit_result *of,
			struct limit_result *to)
{
	const struct limit_rows rows = {
		.cells = &t->sum.cells,
		.base_at_ns = t->of->started_at_ns,
		.plan_at_ns =
			t->of->started_at_ns +
			(t->of->rated_ns ? t->of->rated_ns : t->of->total_ns),
		.is_by_request = t->of->requests == t->of->accounting.sent,
		/* in the middle nothing is left over: it goes on */
		.was_ended = !t->has_end || sum_was_ended(t->of->ended),
		.ran_out = strcmp(t->of->ended, "data") == 0,
		.in_flight = t->has_end ? t->accounting.in_flight : 0,
		.not_started = t->has_end ? t->accounting.not_started : 0,
	};
	struct load_limit rule = { .aborts = false };
	struct errs told;
	const char *why;

	told.n = told.dropped = 0;
	if (!rule_parse(t->a, of->text, strlen(of->text), NOWHERE, &rule.rule,
			&told))
		return not_seen(t, of, "its text is no limit", to);
	why = limit_rows_judge(&rows, &rule, of, t->a, to);
	return !why || (why[0] != '\0' && not_seen(t, of, why, to));
}

static bool write_limits(struct cut *t, struct load_result *out)
{
	size_t n = t->of->n_limits;
	struct limit_result *limits = arena_alloc(t->a, n, sizeof *limits);

	for (size_t i = 0; limits && i < n; i++) {
		if (!judge_limit(t, &t->of->limits[i], &limits[i]))
			return false;
	}
	out->n_limits = n;
	out->limits = limits;
	return limits;
}

/* ---- the result -------------------------------------------------------------- */

static void write_facts(const struct cut *t, struct load_result *out)
{
	const struct load_result *of = t->of;
	const struct times_result none = { .hdr = "" };

	*out = (struct load_result){
		.name = of->name,
		.at = of->at,
		.model = of->model,
		.plan = of->plan,
		.process = of->process,
		.seed = of->seed,
		.target = of->target,
		.transport = of->transport,
		.message = "",
		.started_at_ns =
			of->started_at_ns + less(t->from_ns, of->start_ns),
		.start_ns = t->from_ns,
		.total_ns = t->to_ns - t->from_ns,
		.ended = t->has_end ? of->ended : "slice",
		.warm_up = { .how = "", .why = "" },
		.accounting = t->accounting,
		.requests = t->accounting.sent,
		.requests_ok = t->accounting.ok,
		.service = none,
		.iteration = none,
		.instrument = of->instrument,
	};
	out->instrument.lateness = none;
	out->instrument.queue = none;
	out->instrument.loop_lag = none;
	if (t->n_warm > 0)
		out->warm_up = of->warm_up;
}

static void write_rates(const struct cut *t, struct load_result *out)
{
	const struct load_result *of = t->of;
	uint64_t plan_ns =
		of->start_ns + (of->rated_ns ? of->rated_ns : of->total_ns);
	uint64_t to_ns = t->to_ns < plan_ns ? t->to_ns : plan_ns;
	uint64_t ns = less(to_ns, t->from_ns);
	const struct accounting *sum = &t->accounting;
	uint64_t planned = 0, low_ns, high_ns;
	double s;

	out->rated_ns = ns ? ns : out->total_ns;
	s = (double)out->rated_ns / (double)UNIT_NS_PER_S;
	for (size_t i = t->first; i <= t->last; i++)
		planned += of->timeline[i].planned;
	if (s > 0) {
		out->rate_per_s =
			(double)(sum->ok + sum->failed + sum->timed_out) / s;
		out->ok_per_s = (double)sum->ok / s;
		if (of->planned_per_s > 0)
			out->planned_per_s = (double)planned / s;
	}
	if (out->requests > 0)
		out->success = (double)out->requests_ok / (double)out->requests;
	cells_down(&t->sum.cells, &low_ns, &high_ns);
	out->down_for_ns = low_ns;
}

static const char *say_cut(const struct cut *t)
{
	const struct timeline_row *row = &t->of->timeline[t->first];
	struct buf text;
	const char *kept;

	buf_init(&text, NOTE_MAX);
	buf_puts(&text, "a slice from ");
	unit_human_duration(&text, t->from_ns);
	buf_puts(&text, " to ");
	unit_human_duration(&text, t->to_ns);
	buf_puts(&text, " of a run, by rows of ");
	unit_human_duration(&text, row->for_ns);
	buf_puts(&text, ": times have two digits; steps, service time, the "
			"generator's lateness and its cost are not known");
	kept = arena_strdup(t->a, buf_text(&text));
	buf_release(&text);
	return kept;
}

static bool write_notes(const struct cut *t, struct load_result *out)
{
	struct named_count *list = arena_alloc(t->a, NOTES_MAX, sizeof *list);
	size_t n = 0;

	if (!list)
		return false;
	list[n].name = say_cut(t);
	if (!list[n++].name)
		return false;
	if (t->of->requests != t->of->accounting.sent)
		list[n++].name = "requests and rates are of rounds of the "
				 "flow, as rows count these";
	if (t->carried > 0) {
		list[n].count = t->carried;
		list[n++].name = "arrivals that were under way when it begins "
				 "count as sent in it";
	}
	if (t->n_warm > 0) {
		list[n].count = t->n_warm;
		list[n++].name = "rows of it are of the warm-up: their times "
				 "are not in the latency";
	}
	if (t->is_of_gate)
		list[n++].name =
			"a gate compares whole launches: what it said "
			"of the run is not of this slice, and left out";
	out->notes = list;
	out->n_notes = n;
	return true;
}

static bool write_rows(const struct cut *t, struct load_result *out)
{
	size_t n = t->last - t->first + 1;

	out->timeline = &t->of->timeline[t->first];
	out->n_timeline = n;
	return true;
}

static bool write_all(struct cut *t, struct load_result *out)
{
	struct load_end end = { .ended = out->ended, .why = "" };
	const struct accounting *sum = &t->accounting;

	write_facts(t, out);
	write_rates(t, out);
	end.ended = out->ended;
	end.n_ended = sum->sent - sum->in_flight + sum->dropped;
	return times_result(t->latency, t->a, &out->latency) &&
	       write_rows(t, out) && write_limits(t, out) &&
	       write_notes(t, out) && load_conclude(&end, t->a, out);
}

/* ---- a load ------------------------------------------------------------------ */

static bool cut_load(struct cut *t, struct load_result *out)
{
	carry(t);
	t->latency = hist_new(ROW_DIGITS);
	if (!t->latency)
		return errs_nomem(t->es);
	if (!add_rows(t))
		return false;
	return write_all(t, out) || errs_nomem(t->es);
}

static bool slice_load(struct cut *t, size_t index, struct load_result *out)
{
	bool is_done;

	if (t->of->n_trials > 0)
		return errs_add(t->es, ERR_INPUT, NOWHERE,
				"load \"%.*s\" is a search for the highest "
				"rate, of which no slice can be judged",
				SEEN_BYTES, t->of->name);
	is_done = sum_init(&t->sum, t->a, t->es);
	t->sum.index = index;
	is_done = is_done && cut_load(t, out);
	hist_free(t->latency);
	sum_release(&t->sum);
	return is_done;
}

/* ---- a run ------------------------------------------------------------------- */

static bool nothing_there(const struct run_result *of, uint64_t from_ns,
			  uint64_t to_ns, struct errs *es)
{
	struct buf text;

	buf_init(&text, NOTE_MAX);
	if (of->n_loads == 0) {
		buf_puts(&text, "it has no load: there is no timeline to cut");
	} else {
		buf_puts(&text, "no row of a timeline lies behind ");
		unit_human_duration(&text, from_ns);
		if (to_ns < UINT64_MAX) {
			buf_puts(&text, " and before ");
			unit_human_duration(&text, to_ns);
		}
		buf_puts(&text, ": the run took ");
		unit_human_duration(&text, of->total_ns);
		if (of->loads[0].n_timeline > 0) {
			buf_puts(&text, ", and a row is ");
			unit_human_duration(&text,
					    of->loads[0].timeline[0].for_ns);
			buf_puts(&text, " long");
		}
	}
	errs_add(es, ERR_INPUT, NOWHERE, "%s", buf_text(&text));
	buf_release(&text);
	return false;
}

struct run_result *slice_run(const struct run_result *of, uint64_t from_ns,
			     uint64_t to_ns, struct arena *a, struct errs *es)
{
	struct run_result *out = arena_alloc(a, 1, sizeof *out);
	size_t n = 0;

	if (out)
		*out = *of;
	if (!out ||
	    !(out->loads = arena_alloc(a, of->n_loads, sizeof *out->loads))) {
		errs_nomem(es);
		return NULL;
	}
	for (size_t i = 0; i < of->n_loads; i++) {
		struct cut cut = { .of = &of->loads[i],
				   .is_of_gate = of->gate != NULL,
				   .a = a,
				   .es = es };

		if (!find_rows(&cut, from_ns, to_ns))
			continue;
		if (!slice_load(&cut, i, &out->loads[n++]))
			return NULL;
	}
	if (n == 0) {
		nothing_there(of, from_ns, to_ns, es);
		return NULL;
	}
	out->n_loads = n;
	out->n_checks = 0;
	out->gate = NULL;
	result_judge(out);
	return out;
}
