/* SPDX-License-Identifier: MIT */
#include "report/load/limit.h"

#include <stdlib.h>

#include "report/load/collect.h"
#include "report/result/load_result.h"
#include "scenarios/base/units.h"
#include "scenarios/loads/loads.h"

#define NEVER		  UINT64_MAX
#define EMPTY		  UINT64_MAX
#define WINDOW_DIGITS_MAX 3

/* A mean or a rate of the whole run says nothing before. */
#define LOOK_FROM_NS (3 * UNIT_NS_PER_S)

/* ---- making --------------------------------------------------------- */

/* Slices of whole seconds that fill the window, and as fine as can be. */
static void cut_window(struct limit *l, uint64_t window_ns)
{
	uint64_t window_s = (window_ns + UNIT_NS_PER_S - 1) / UNIT_NS_PER_S;
	uint64_t finest =
		(window_s + COLLECT_WINDOW_SLICES - 1) / COLLECT_WINDOW_SLICES;

	if (window_s == 0)
		return;
	l->slice_s = finest;
	for (uint64_t s = finest; s <= 3 * finest; s++) {
		if (window_s % s == 0) {
			l->slice_s = s;
			break;
		}
	}
	l->n_slices = (window_s + l->slice_s - 1) / l->slice_s;
	l->next = l->n_slices - 1;
	/* one that is being filled, and those that late ones go to */
	l->n_slots = (size_t)(l->n_slices + LIMIT_LATE_S / l->slice_s + 3);
}

static bool make_slots(struct limit *l, unsigned digits)
{
	l->slot = calloc(l->n_slots, sizeof *l->slot);
	if (!l->slot)
		return false;
	for (size_t i = 0; i < l->n_slots; i++) {
		l->slot[i].number = EMPTY;
		if (!l->wants_times)
			continue;
		l->slot[i].times = hist_new(digits);
		if (!l->slot[i].times)
			return false;
	}
	return true;
}

bool limit_init(struct limit *l, const struct limit_facts *facts)
{
	const struct rule *r = &facts->limit->rule;
	unsigned digits = facts->digits;

	*l = (struct limit){ .limit = facts->limit,
			     .built_in = facts->built_in,
			     .step = facts->step,
			     .n_steps = facts->n_steps,
			     .plan_ns = facts->plan_ns,
			     .false_since_ns = NEVER,
			     .maybe_since_ns = NEVER };
	l->wants_times = r->function == RULE_QUANTILE ||
			 r->function == RULE_MEAN || r->function == RULE_MIN ||
			 r->function == RULE_MAX;
	if (r->function != RULE_DOWN_FOR)
		cut_window(l, r->window_ns);
	if (l->wants_times) {
		l->sum = hist_new(digits);
		if (!l->sum)
			return false;
	}
	if (digits > WINDOW_DIGITS_MAX)
		digits = WINDOW_DIGITS_MAX;
	return l->n_slices == 0 || make_slots(l, digits);
}

void limit_release(struct limit *l)
{
	for (size_t i = 0; l->slot && i < l->n_slots; i++)
		hist_free(l->slot[i].times);
	free(l->slot);
	l->slot = NULL;
	hist_free(l->sum);
	l->sum = NULL;
}

/* ---- taking --------------------------------------------------------- */

static void add_count(struct limit_count *into, const struct limit_count *from)
{
	into->selected += from->selected;
	into->all += from->all;
	into->arrivals += from->arrivals;
	into->requests += from->requests;
	into->in_flight += from->in_flight;
	into->not_started += from->not_started;
	into->planned += from->planned;
	into->in_plan += from->in_plan;
	into->in_time += from->in_time;
}

void limit_stop(struct limit *l, uint64_t at_ns)
{
	l->plan_ns = at_ns;
}

/* The slot of that slice, emptied when it held an older one; NULL when the
 * slice is too old. */
static struct limit_slice *slot_find(struct limit *l, uint64_t number)
{
	struct limit_slice *s = &l->slot[number % l->n_slots];

	if (s->number != EMPTY && s->number > number)
		return NULL;
	if (s->number != number) {
		s->number = number;
		s->count = (struct limit_count){ 0 };
		if (s->times)
			hist_reset(s->times);
	}
	return s;
}

/* How long after the plan what was planned may end. */
static uint64_t behind_ns(struct limit *l, const struct tally *slice)
{
	uint64_t ns;

	if (l->n_steps < 2 || !limit_is_of_arrivals(l))
		return LIMIT_BEHIND_NS;
	if (hist_count(slice->iteration) > 0) {
		ns = hist_min_ns(slice->iteration);
		if (l->shortest_ns == 0 || ns < l->shortest_ns)
			l->shortest_ns = ns;
	}
	/* slices are of whole seconds */
	return LIMIT_BEHIND_NS + l->shortest_ns / UNIT_NS_PER_S * UNIT_NS_PER_S;
}

void limit_take(struct limit *l, const struct tally *slice, uint64_t second)
{
	struct limit_count count = { 0 };
	struct limit_slice *s;

	limit_count(l, slice, &count);
	if (l->plan_ns == 0 || slice->from_ns < l->plan_ns)
		count.in_plan = count.selected;
	if (l->plan_ns == 0 ||
	    slice->from_ns < l->plan_ns + behind_ns(l, slice))
		count.in_time = count.selected;
	add_count(&l->whole, &count);
	limit_pace_take(&l->pace, second, count.in_plan);
	if (l->n_slices == 0)
		return;
	s = slot_find(l, second / l->slice_s);
	if (!s)
		return;
	add_count(&s->count, &count);
	if (s->times)
		limit_times(l, slice, s->times);
}

/* ---- looking -------------------------------------------------------- */

/* True when a is worse than b. */
static bool is_worse(const struct limit *l, const struct limit_look *a,
		     const struct limit_look *b)
{
	const struct rule *r = &l->limit->rule;
	double left = a->value, right = b->value;

	if (b->state == LIMIT_NONE)
		return true;
	if (r->is_of_planned && a->planned_per_s > 0 && b->planned_per_s > 0) {
		left /= a->planned_per_s;
		right /= b->planned_per_s;
	}
	switch (r->op) {
	case RULE_LT:
	case RULE_LE:
		return left > right;
	case RULE_GT:
	case RULE_GE:
		return left < right;
	default:
		return a->state > b->state;
	}
}

static bool has_lasted(uint64_t since_ns, uint64_t now_ns, uint64_t for_ns)
{
	return since_ns != NEVER && now_ns - since_ns >= for_ns;
}

static void mark(uint64_t *since_ns, bool is_so, uint64_t now_ns)
{
	if (!is_so)
		*since_ns = NEVER;
	else if (*since_ns == NEVER)
		*since_ns = now_ns;
}

static void remember(struct limit *l, const struct limit_look *look)
{
	uint64_t for_ns = l->limit->rule.for_ns;
	bool is_false = look->state == LIMIT_FALSE;

	mark(&l->false_since_ns, is_false, look->at_ns);
	mark(&l->maybe_since_ns, is_false || look->state == LIMIT_MAY_FAIL,
	     look->at_ns);
	if (look->state == LIMIT_NONE)
		return;
	l->n_looks++;
	if (is_false || look->state == LIMIT_HOLDS)
		l->n_sure++;
	else
		l->n_unsure++;
	if (has_lasted(l->maybe_since_ns, look->at_ns, for_ns))
		l->may_be_crossed = true;
	if (l->crossed_at_ns == 0 &&
	    has_lasted(l->false_since_ns, look->at_ns, for_ns))
		l->crossed_at_ns = look->at_ns ? look->at_ns : 1;
	if (is_worse(l, look, &l->worst))
		l->worst = *look;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Until when arrivals were planned, or now. */
static uint64_t plan_end(const struct limit *l, const struct limit_moment *now)
{
	return l->plan_ns ? least(l->plan_ns, now->now_ns) : now->now_ns;
}

static uint64_t span(uint64_t from_ns, uint64_t to_ns)
{
	return to_ns > from_ns ? to_ns - from_ns : 0;
}

/* The window of n slices that ends with `last`. */
static void look_at_window(struct limit *l, uint64_t last, uint64_t n,
			   const struct limit_moment *now)
{
	uint64_t slice_ns = l->slice_s * UNIT_NS_PER_S;
	uint64_t first = last + 1 - n;
	uint64_t from_ns = now->from_ns + first * slice_ns;
	uint64_t end_ns = now->from_ns + (last + 1) * slice_ns;
	struct limit_count count = { 0 };
	struct limit_look look;

	if (l->sum)
		hist_reset(l->sum);
	for (uint64_t k = first; k <= last; k++) {
		const struct limit_slice *s = &l->slot[k % l->n_slots];

		if (s->number != k)
			continue; /* nothing happened then */
		add_count(&count, &s->count);
		if (s->times)
			hist_merge(l->sum, s->times);
	}
	limit_evaluate(l, &count, l->sum,
		       span(from_ns, least(end_ns, plan_end(l, now))),
		       now->down_ns, &look);
	look.at_ns = least(end_ns, now->now_ns);
	remember(l, &look);
}

static void evaluate_whole(struct limit *l, const struct limit_count *count,
			   const struct limit_moment *now,
			   struct limit_look *look)
{
	if (l->sum) {
		hist_reset(l->sum);
		limit_times(l, now->all, l->sum);
	}
	uint64_t elapsed_ns = span(now->from_ns, plan_end(l, now));

	limit_evaluate(l, count, l->sum, elapsed_ns, now->down_ns, look);
	limit_bound(l, count, l->sum, elapsed_ns, look);
	look->at_ns = now->now_ns;
}

/* Whether the whole run so far cannot be judged yet: what only grows always
 * can, a quantile when the sample can bear it, a share when it is beyond doubt
 * or after a while. */
static bool is_early(const struct limit *l, const struct limit_look *look,
		     const struct limit_moment *now)
{
	enum rule_function f = l->limit->rule.function;

	return f != RULE_COUNT && f != RULE_DOWN_FOR && f != RULE_MAX &&
	       f != RULE_QUANTILE && !look->is_sure &&
	       span(now->from_ns, now->now_ns) < LOOK_FROM_NS;
}

bool limit_is_steady(const struct limit *l)
{
	return l->n_slices > 0 || l->limit->rule.for_ns > 0;
}

bool limit_judge(struct limit *l, uint64_t second,
		 const struct limit_moment *now)
{
	const struct load_limit *ll = l->limit;

	if (l->n_slices > 0) {
		for (; (l->next + 1) * l->slice_s <= second; l->next++)
			look_at_window(l, l->next, l->n_slices, now);
	} else if (ll->aborts || ll->rule.for_ns > 0) {
		struct limit_look look;

		evaluate_whole(l, &l->whole, now, &look);
		if (!is_early(l, &look, now))
			remember(l, &look);
	}
	if (ll->aborts && has_lasted(l->false_since_ns, now->now_ns,
				     ll->rule.for_ns + ll->hold_ns))
		l->is_aborted = true;
	return l->is_aborted;
}

/* ---- the end -------------------------------------------------------- */

/* A rule that is about what is not ok is about what was left, too. */
static bool selects_unfinished(const struct rule *r)
{
	if (r->select.kind == RULE_STATUS || r->select.kind == RULE_OK)
		return r->select.is_other;
	return (r->select.kind == RULE_ERRORS) != r->select.is_other;
}

void limit_count_unfinished(const struct limit *l, bool ran_out,
			    struct limit_count *count)
{
	uint64_t n = count->in_flight;

	if (!ran_out)
		n += count->not_started;
	count->all += n;
	if (selects_unfinished(&l->limit->rule))
		count->selected += n;
}

static void finish_windows(struct limit *l, uint64_t seconds,
			   const struct limit_moment *now)
{
	uint64_t n = (seconds + l->slice_s - 1) / l->slice_s;

	for (; l->next < n; l->next++)
		look_at_window(l, l->next, l->n_slices, now);
	if (n > 0 && n < l->n_slices) {
		l->is_partial = true;
		look_at_window(l, n - 1, n, now);
	}
}

bool limit_finish(struct limit *l, uint64_t seconds,
		  const struct limit_moment *now, struct arena *a,
		  struct limit_result *out)
{
	struct limit_count count = l->whole;
	struct limit_look end;

	l->is_aborted = l->is_aborted && now->was_aborted;
	if (!now->was_ended)
		limit_count_unfinished(l, now->ran_out, &count);
	limit_pace_close(&l->pace);
	if (l->n_slices > 0)
		finish_windows(l, seconds, now);
	evaluate_whole(l, &count, now, &end);
	if (l->n_slices == 0 && l->limit->rule.for_ns > 0)
		remember(l, &end);
	if (!limit_conclude(l, limit_is_steady(l) ? &l->worst : &end, now, a,
			    out))
		return false;
	if (l->limit->rule.function == RULE_RATE && l->n_slices == 0) {
		out->rated = l->limit->rule.is_of_planned ? count.in_time
							  : count.in_plan;
		out->rated_ns = span(now->from_ns, plan_end(l, now));
		out->planned = count.planned;
	}
	return true;
}
