/* SPDX-License-Identifier: MIT */
#include "report/load/limit.h"

#include <math.h>
#include <string.h>

#include "report/load/collect.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"
#include "scenarios/loads/loads.h"

/* ---- what a rule is about ------------------------------------------- */

static bool is_about(const struct limit *l, size_t step)
{
	const char *name = l->limit->rule.step;

	return !name || strcmp(l->step[step].name, name) == 0;
}

static const struct hist *step_times(const struct tally_step *st,
				     enum rule_metric metric)
{
	switch (metric) {
	case RULE_SERVICE:
		return st->service;
	case RULE_FIRST_BYTE:
		return st->first_byte;
	case RULE_CONNECT:
		return st->connect;
	default:
		return st->latency;
	}
}

void limit_times(const struct limit *l, const struct tally *t,
		 struct hist *into)
{
	const struct rule *r = &l->limit->rule;

	if (r->metric == RULE_ITERATION) {
		hist_merge(into, t->iteration);
		return;
	}
	if (r->metric == RULE_LATENESS) {
		hist_merge(into, t->lateness);
		return;
	}
	for (size_t i = 0; i < t->n_steps; i++) {
		if (is_about(l, i))
			hist_merge(into, step_times(&t->step[i], r->metric));
	}
	if (!r->step && r->metric == RULE_LATENCY)
		hist_merge(into, t->missed);
}

static uint64_t count_statuses(const struct tally_step *st,
			       const struct rule_select *sel)
{
	uint64_t n = 0;
	/* those above were counted as the highest */
	size_t to = sel->status_high < TALLY_STATUSES ? sel->status_high
						      : TALLY_STATUSES - 1;

	for (size_t i = sel->status_low > 0 ? sel->status_low : 1; i <= to; i++)
		n += st->status[i];
	return n;
}

static uint64_t count_step(const struct tally_step *st,
			   const struct rule_select *sel)
{
	uint64_t ended = st->sent - st->in_flight;
	uint64_t n = 0;

	switch (sel->kind) {
	case RULE_ALL:
		n = ended;
		break;
	case RULE_OK:
		n = st->ok;
		break;
	case RULE_ERRORS:
		n = st->failed + st->timed_out;
		break;
	case RULE_TIMEOUTS:
		n = st->timed_out;
		break;
	case RULE_DROPPED:
		break;
	case RULE_STATUS:
		n = count_statuses(st, sel);
		break;
	}
	if (n > ended)
		n = ended; /* under way, with a status */
	return sel->is_other ? ended - n : n;
}

/* An arrival that found no connection in time has no status and is not ok. */
static bool selects_dropped(const struct rule_select *sel)
{
	bool is_in = sel->kind == RULE_ALL || sel->kind == RULE_ERRORS ||
		     sel->kind == RULE_DROPPED;

	return is_in != sel->is_other;
}

bool limit_is_of_arrivals(const struct limit *l)
{
	const struct rule *r = &l->limit->rule;

	return r->is_of_planned && !r->step && r->select.kind != RULE_STATUS;
}

static void count_requests(const struct limit *l, const struct tally *t,
			   struct limit_count *into)
{
	for (size_t i = 0; i < t->n_steps; i++) {
		const struct tally_step *st = &t->step[i];

		into->requests += st->sent - st->in_flight;
		if (!is_about(l, i))
			continue;
		into->all += st->sent - st->in_flight;
		into->selected += count_step(st, &l->limit->rule.select);
		into->in_flight += st->in_flight;
	}
}

void limit_count(const struct limit *l, const struct tally *t,
		 struct limit_count *into)
{
	const struct rule *r = &l->limit->rule;
	const struct tally_step arrivals = {
		.sent = t->ok + t->failed + t->timed_out,
		.ok = t->ok,
		.failed = t->failed,
		.timed_out = t->timed_out,
	};
	struct limit_count requests = { 0 };

	into->planned += t->planned;
	into->arrivals += arrivals.sent;
	count_requests(l, t, &requests);
	into->requests += requests.requests;
	if (limit_is_of_arrivals(l)) {
		into->all += arrivals.sent;
		into->selected += count_step(&arrivals, &r->select);
		into->in_flight += t->in_flight;
	} else {
		into->all += requests.all;
		into->selected += requests.selected;
		into->in_flight += requests.in_flight;
	}
	if (r->step)
		return;
	into->all += t->dropped;
	into->not_started += t->not_started;
	if (selects_dropped(&r->select))
		into->selected += t->dropped;
}

/* ---- the rule on numbers -------------------------------------------- */

/* True when the sample says, with the confidence of the interval, that the
 * quantile lies on the wrong side.  The interval has that end only when the
 * chance that all values lie on one side of the quantile is small. */
static bool is_refuted(const struct rule *r, const struct limit_look *look)
{
	double tail = (1 - HIST_CONFIDENCE) / 2, n = (double)look->samples;

	if (limit_is_upper(r))
		return pow(1 - r->quantile, n) <= tail &&
		       !rule_holds(r, (double)look->low_ns);
	if (limit_is_lower(r))
		return pow(r->quantile, n) <= tail &&
		       !rule_holds(r, (double)look->high_ns);
	return false;
}

static void look_at_quantile(const struct limit *l, const struct hist *times,
			     struct limit_look *out)
{
	const struct rule *r = &l->limit->rule;
	struct hist_bounds bounds =
		hist_interval(times, r->quantile, HIST_CONFIDENCE);
	double beyond = fmin(r->quantile, 1 - r->quantile);
	bool holds;

	out->value = (double)hist_quantile(times, r->quantile);
	out->low_ns = bounds.low_ns;
	out->high_ns = bounds.high_ns;
	out->needed =
		beyond > 0 ? (uint64_t)ceil(HIST_ENOUGH / beyond - 1e-6) : 0;
	holds = rule_holds(r, out->value);
	if (bounds.is_enough || !(beyond > 0))
		out->state = holds ? LIMIT_HOLDS : LIMIT_FALSE;
	else if (holds)
		out->state = LIMIT_MAY_HOLD;
	else
		out->state = is_refuted(r, out) ? LIMIT_FALSE : LIMIT_MAY_FAIL;
}

static void look_at_times(const struct limit *l, const struct hist *times,
			  struct limit_look *out)
{
	const struct rule *r = &l->limit->rule;

	out->samples = times ? hist_count(times) : 0;
	if (out->samples == 0)
		return;
	switch (r->function) {
	case RULE_MEAN:
		out->value = hist_mean_ns(times);
		break;
	case RULE_MIN:
		out->value = (double)hist_min_ns(times);
		break;
	case RULE_MAX:
		out->value = (double)hist_max_ns(times);
		break;
	default:
		look_at_quantile(l, times, out);
		return;
	}
	out->state = rule_holds(r, out->value) ? LIMIT_HOLDS : LIMIT_FALSE;
}

/* True when Wilson's score interval of the share lies on the wrong side as a
 * whole. */
static bool is_share_refuted(const struct rule *r,
			     const struct limit_look *look)
{
	double low, high;

	limit_wilson(look->value, (double)look->samples, &low, &high);
	if (limit_is_upper(r))
		return !rule_holds(r, low);
	return limit_is_lower(r) && !rule_holds(r, high);
}

static void look_at_counts(const struct limit *l,
			   const struct limit_count *count, uint64_t elapsed_ns,
			   struct limit_look *out)
{
	const struct rule *r = &l->limit->rule;
	double seconds = (double)elapsed_ns / (double)UNIT_NS_PER_S;
	double shown;

	out->samples = count->all;
	out->is_of_several = count->requests > count->arrivals;
	if (count->all == 0 && (r->function != RULE_RATE || !count->planned))
		return;
	if (r->function == RULE_RATE) {
		if (!(seconds > 0))
			return;
		out->value = (double)(r->is_of_planned ? count->in_time
						       : count->in_plan) /
			     seconds;
		out->planned_per_s = (double)count->planned / seconds;
	} else if (r->function == RULE_RATIO) {
		out->value = (double)count->selected / (double)count->all;
		out->is_sure = is_share_refuted(r, out);
	} else {
		out->value = (double)count->selected;
	}
	shown = out->value;
	if (r->is_of_planned) {
		if (count->planned == 0)
			return;
		shown = (double)(r->function == RULE_RATE ? count->in_time
							  : count->selected) /
			(double)count->planned;
	}
	out->state = rule_holds(r, shown) ? LIMIT_HOLDS : LIMIT_FALSE;
}

void limit_evaluate(const struct limit *l, const struct limit_count *count,
		    const struct hist *times, uint64_t elapsed_ns,
		    uint64_t down_ns, struct limit_look *out)
{
	const struct rule *r = &l->limit->rule;

	*out = (struct limit_look){ .state = LIMIT_NONE };
	if (r->function == RULE_DOWN_FOR) {
		out->samples = count->all;
		if (count->all == 0 && count->planned == 0)
			return;
		out->value = (double)down_ns;
		out->state =
			rule_holds(r, out->value) ? LIMIT_HOLDS : LIMIT_FALSE;
	} else if (l->wants_times) {
		look_at_times(l, times, out);
	} else {
		look_at_counts(l, count, elapsed_ns, out);
	}
}

/* ---- in words ------------------------------------------------------- */

static void print_per_s(struct buf *out, double per_s, const char *unit)
{
	buf_printf(out, per_s >= 100 ? "%.0f%s/s" : "%.3g%s/s", per_s, unit);
}

/* A value of the rule's function, in its unit. */
static void print_number(const struct rule *r, double value, struct buf *out)
{
	switch (r->function) {
	case RULE_RATIO:
		buf_printf(out, "%.3g %%", value * 100);
		break;
	case RULE_RATE:
		print_per_s(out, value, "");
		break;
	case RULE_COUNT:
		buf_printf(out, "%.0f", value);
		break;
	default:
		unit_human_duration(out, (uint64_t)value);
		break;
	}
}

/* A rate says what it counts where that is not requests. */
static void print_rated(const struct limit *l, const struct limit_look *look,
			double value, struct buf *out)
{
	if (limit_is_of_arrivals(l) && look->is_of_several)
		print_per_s(out, value, " arrivals");
	else
		print_number(&l->limit->rule, value, out);
}

static void print_value(const struct limit *l, const struct limit_look *look,
			struct buf *out)
{
	const struct rule *r = &l->limit->rule;

	print_rated(l, look, look->value, out);
	if (r->function != RULE_RATE || !r->is_of_planned ||
	    !(look->planned_per_s > 0))
		return;
	buf_printf(out, ", %.3g %% of the planned ",
		   look->value / look->planned_per_s * 100);
	print_per_s(out, look->planned_per_s, "");
}

const char *limit_interval(const struct limit *l, const struct limit_look *look,
			   struct arena *a)
{
	struct buf text;
	const char *kept;

	if (!look->has_bounds)
		return "";
	buf_init(&text, RULE_TEXT_MAX);
	buf_putc(&text, '[');
	print_rated(l, look, look->low, &text);
	buf_puts(&text, ", ");
	print_rated(l, look, look->high, &text);
	buf_putc(&text, ']');
	kept = arena_strdup(a, buf_text(&text));
	buf_release(&text);
	return kept;
}

const char *limit_seen(const struct limit *l, const struct limit_look *look,
		       struct arena *a)
{
	struct buf text;
	const char *kept;

	if (look->state == LIMIT_NONE)
		return "nothing";
	buf_init(&text, RULE_TEXT_MAX);
	print_value(l, look, &text);
	kept = arena_strdup(a, buf_text(&text));
	buf_release(&text);
	return kept;
}
