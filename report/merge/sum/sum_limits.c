/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "report/merge/limit_rows.h"
#include "report/merge/sum/sums.h"
#include "scenarios/base/arena.h"

/* ---- reading them back -------------------------------------------------- */

static bool read_rule(struct load_sum *t, struct limit_sum *l)
{
	const char *text = l->first->text;
	struct errs told;

	told.n = told.dropped = 0;
	l->is_read = rule_parse(t->a, text, strlen(text), NOWHERE,
				&l->rule.rule, &told);
	if (told.n > 0 && told.item[0].kind != ERR_INPUT)
		return errs_nomem(t->es);
	l->limit = (struct limit){
		.limit = &l->rule,
		.built_in = l->first->built_in,
		.wants_times = l->rule.rule.function == RULE_QUANTILE ||
			       l->rule.rule.function == RULE_MEAN ||
			       l->rule.rule.function == RULE_MIN ||
			       l->rule.rule.function == RULE_MAX,
		.step = t->facts,
		.n_steps = t->sum.n_steps,
	};
	return true;
}

static const struct limit_result *copy_of(struct load_sum *t,
					  const struct limit_result *of)
{
	struct limit_result *own = arena_alloc(t->a, 1, sizeof *own);

	if (!own)
		return NULL;
	*own = *of;
	own->text = arena_strdup(t->a, of->text);
	own->seen = arena_strdup(t->a, of->seen);
	own->interval = arena_strdup(t->a, of->interval);
	own->note = arena_strdup(t->a, of->note);
	own->at.file = arena_strdup(t->a, of->at.file);
	return own->text && own->seen && own->interval && own->note &&
			       own->at.file
		       ? own
		       : NULL;
}

bool sum_limits_init(struct load_sum *t, const struct load_result *of)
{
	if (of->n_limits > SUM_LIMITS_MAX)
		return sum_bad(t, "it has %zu limits, at most %d are merged",
			       of->n_limits, SUM_LIMITS_MAX);
	t->limit = arena_alloc(t->a, of->n_limits, sizeof *t->limit);
	if (!t->limit)
		return errs_nomem(t->es);
	for (; t->n_limits < of->n_limits; t->n_limits++) {
		struct limit_sum *l = &t->limit[t->n_limits];

		l->first = copy_of(t, &of->limits[t->n_limits]);
		if (!l->first || !read_rule(t, l))
			return errs_nomem(t->es);
		l->is_rated = true;
		l->worst_of = l->first;
		l->worst = l->first->verdict;
	}
	return true;
}

/* ---- adding --------------------------------------------------------------- */

static bool is_worse(enum verdict a, enum verdict b)
{
	if (a == b || b == VERDICT_FAILED)
		return false;
	return a == VERDICT_FAILED || b == VERDICT_OK;
}

static void add_count(struct load_sum *t, struct limit_sum *l,
		      const struct load_result *of, const struct tally *counts)
{
	struct limit_count n = { 0 };

	limit_count(&l->limit, counts, &n);
	if (!sum_was_ended(of->ended))
		limit_count_unfinished(&l->limit,
				       strcmp(of->ended, "data") == 0, &n);
	sum_plus(t, &l->count.selected, n.selected);
	sum_plus(t, &l->count.all, n.all);
	sum_plus(t, &l->count.arrivals, n.arrivals);
	sum_plus(t, &l->count.requests, n.requests);
}

static bool add_one(struct load_sum *t, struct limit_sum *l,
		    const struct limit_result *mine,
		    const struct load_result *of, const struct tally *counts)
{
	bool is_rate = l->rule.rule.function == RULE_RATE;

	if (is_worse(mine->verdict, l->worst)) {
		l->worst = mine->verdict;
		l->worst_of = copy_of(t, mine);
		if (!l->worst_of)
			return false;
	}
	l->is_aborted = l->is_aborted || mine->aborted;
	if (!l->is_read)
		return true;
	add_count(t, l, of, counts);
	if (is_rate && mine->rated_ns == 0)
		l->is_rated = false;
	sum_plus(t, &l->count.in_plan, mine->rated);
	sum_plus(t, &l->count.planned,
		 is_rate ? mine->planned : counts->planned);
	return true;
}

bool sum_limits(struct load_sum *t, const struct load_result *of,
		const struct tally *counts)
{
	for (size_t i = 0; i < t->n_limits; i++) {
		if (!add_one(t, &t->limit[i], &of->limits[i], of, counts))
			return errs_nomem(t->es);
	}
	return true;
}

/* ---- judging --------------------------------------------------------------- */

static const char *join_notes(struct arena *a, const char *first,
			      const char *second)
{
	if (first[0] == '\0')
		return second;
	return arena_printf(a, "%s; %s", first, second);
}

/* As the worst of the parts had it; together they may be better or worse. */
static bool as_parts(struct load_sum *t, const struct limit_sum *l,
		     const char *why, struct arena *a, struct limit_result *out)
{
	bool is_known = l->is_aborted || !spans_overlap(t);

	*out = *l->worst_of;
	out->samples = 0;
	out->rated = out->rated_ns = out->planned = 0;
	if (l->is_aborted) {
		out->verdict = VERDICT_FAILED;
		out->aborted = true;
		out->note = join_notes(a, out->note, "it ended a part");
		return out->note;
	}
	if (!is_known) {
		out->verdict = VERDICT_NOT_OBSERVED;
		out->crossed_at_ns = 0;
		out->seen = "nothing";
		out->interval = "";
		out->low = out->high = 0;
	}
	out->note = arena_printf(
		a,
		is_known ? "as the worst of the parts had it: %s"
			 : "what the parts saw cannot be put together: %s",
		why);
	return out->note;
}

static bool judge_whole(struct load_sum *t, struct limit_sum *l,
			struct arena *a, const struct load_result *out,
			struct limit_result *to)
{
	const struct rule *r = &l->rule.rule;
	struct limit_moment now = { .now_ns = out->total_ns,
				    .from_ns = out->warm_up.ended_ns };
	uint64_t elapsed_ns = spans_cover(t, &span_judged);
	struct hist *own = NULL;
	const struct hist *times = t->latency;
	struct limit_look look;
	bool is_done;

	l->count.in_time = l->count.in_plan;
	if (l->limit.wants_times && (r->step || r->metric != RULE_LATENCY)) {
		times = own =
			hist_new(t->kind.digits ? t->kind.digits : HIST_DIGITS);
		if (!own)
			return false;
		limit_times(&l->limit, &t->sum, own);
	}
	/* how evenly a rate came is not in the parts: it has no interval */
	l->limit.pace.has_gaps = true;
	limit_evaluate(&l->limit, &l->count, times, elapsed_ns, 0, &look);
	limit_bound(&l->limit, &l->count, times, elapsed_ns, &look);
	look.at_ns = out->total_ns;
	is_done = limit_conclude(&l->limit, &look, &now, a, to);
	if (r->function == RULE_RATE) {
		to->rated = l->count.in_plan;
		to->rated_ns = elapsed_ns;
		to->planned = l->count.planned;
	}
	hist_free(own);
	to->text = l->first->text;
	to->at = l->first->at;
	return is_done;
}

static bool judge_rows(struct load_sum *t, struct limit_sum *l, struct arena *a,
		       const struct load_result *out, struct limit_result *to)
{
	const struct limit_rows rows = {
		.cells = &t->cells,
		.base_at_ns = out->started_at_ns,
		.plan_at_ns = spans_rated_to(t),
		.is_by_request = t->requests == t->accounting.sent,
		.was_ended = sum_was_ended(t->ended),
		.ran_out = strcmp(t->ended, "data") == 0,
		.in_flight = t->accounting.in_flight,
		.not_started = t->accounting.not_started,
	};
	const char *why = limit_rows_judge(&rows, &l->rule, l->first, a, to);

	/* each part has judged a window that it did not fill, too */
	if (!why && to->verdict == VERDICT_NOT_OBSERVED && !spans_overlap(t))
		why = "they were judged one by one";
	if (!why)
		return true;
	return why[0] != '\0' && as_parts(t, l, why, a, to);
}

static bool judge(struct load_sum *t, struct limit_sum *l, struct arena *a,
		  const struct load_result *out, struct limit_result *to)
{
	const struct rule *r = &l->rule.rule;

	if (t->n_parts == 1) {
		*to = *l->first;
		return true;
	}
	if (!l->is_read)
		return as_parts(t, l, "its text is no limit", a, to);
	if (l->is_aborted)
		return as_parts(t, l, "", a, to);
	if (r->window_ns > 0 || r->for_ns > 0 || r->function == RULE_DOWN_FOR)
		return judge_rows(t, l, a, out, to);
	if (r->function == RULE_RATE && !l->is_rated)
		return as_parts(t, l,
				"a part does not tell what its rate counts", a,
				to);
	return judge_whole(t, l, a, out, to);
}

bool sum_limits_result(struct load_sum *t, struct arena *a,
		       struct load_result *out)
{
	struct limit_result *limits =
		arena_alloc(a, t->n_limits, sizeof *limits);

	for (size_t i = 0; limits && i < t->n_limits; i++) {
		if (!judge(t, &t->limit[i], a, out, &limits[i]))
			return errs_nomem(t->es);
	}
	out->n_limits = t->n_limits;
	out->limits = limits;
	return limits || errs_nomem(t->es);
}
