/* SPDX-License-Identifier: MIT */
/* Conditions about the series that a check keeps. */
#include <math.h>
#include <string.h>

#include "report/alerts/evaluate/parts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/units.h"

/* "value(api.memory)" may name the check as well: the history is its own. */
static bool is_named(const struct question *q, const struct series *s,
		     const char *name)
{
	const char *check = q->history->check ? q->history->check : "";
	size_t len = strlen(check);

	if (strcmp(s->name, name) == 0)
		return true;
	return len > 0 && strncmp(name, check, len) == 0 && name[len] == '.' &&
	       strcmp(s->name, name + len + 1) == 0;
}

static uint64_t window_from(const struct question *q)
{
	return before_ns(q->now_at_ns, q->condition->window_ns);
}

/* ---- gauges ------------------------------------------------------------- */

struct total {
	double value;
	size_t n; /* series that had one */
	uint64_t samples;
	uint64_t newest_at_ns;
};

static double aggregate_of(struct points in, unsigned aggregate)
{
	double value = in.item[in.n - 1].value;

	if (aggregate == AGGREGATE_MEAN) {
		value = 0;
		for (size_t i = 0; i < in.n; i++)
			value += in.item[i].value;
		return value / (double)in.n;
	}
	if (aggregate == AGGREGATE_LAST)
		return value;
	for (size_t i = 0; i < in.n; i++) {
		double one = in.item[i].value;

		if (aggregate == AGGREGATE_MIN ? one < value : one > value)
			value = one;
	}
	return value;
}

static bool is_number(const struct series *s)
{
	return s->kind == SERIES_GAUGE || s->kind == SERIES_COUNTER;
}

static struct total sum_of(const struct question *q, const char *name,
			   uint64_t from_ns, uint64_t until_ns,
			   unsigned aggregate)
{
	const struct history *h = q->history;
	struct total t = { 0 };

	for (size_t i = 0; i < h->n_series; i++) {
		struct points in;

		if (!is_number(&h->series[i]) ||
		    !is_named(q, &h->series[i], name))
			continue;
		in = points_within(&h->series[i], from_ns, until_ns);
		if (in.n == 0)
			continue;
		t.value += aggregate_of(in, aggregate);
		t.n++;
		t.samples += aggregate == AGGREGATE_LAST ? 1 : in.n;
		if (in.item[in.n - 1].at_ns > t.newest_at_ns)
			t.newest_at_ns = in.item[in.n - 1].at_ns;
	}
	return t;
}

static const char *series_words(const struct total *t, struct arena *a)
{
	if (t->n < 2)
		return "";
	return arena_printf(a, " (sum of %zu series)", t->n);
}

static bool evaluate_pair(const struct question *q, struct arena *a,
			  struct finding *out)
{
	const struct condition *c = q->condition;
	uint64_t from_ns = before_ns(q->now_at_ns, question_fresh_ns(q));
	struct total one =
		sum_of(q, c->name, from_ns, q->now_at_ns, AGGREGATE_LAST);
	struct total two =
		sum_of(q, c->other, from_ns, q->now_at_ns, AGGREGATE_LAST);
	uint64_t at_ns = one.newest_at_ns < two.newest_at_ns ? one.newest_at_ns
							     : two.newest_at_ns;
	struct condition bound = *c;

	/* of one sample: both at the same moment */
	if (at_ns > 0) {
		one = sum_of(q, c->name, at_ns, at_ns, AGGREGATE_LAST);
		two = sum_of(q, c->other, at_ns, at_ns, AGGREGATE_LAST);
	}
	if (one.n == 0 || two.n == 0)
		return say(a, out, "no sample has both %s and %s", c->name,
			   c->other);
	bound.value = two.value;
	out->value = one.value;
	out->samples = 1;
	out->newest_at_ns = at_ns;
	out->truth =
		condition_holds(&bound, one.value) ? TRUTH_TRUE : TRUTH_FALSE;
	out->seen = arena_printf(a, "%s %.10g", c->name, one.value);
	out->threshold = arena_printf(a, "%s %s %.10g", op_sign(c->op),
				      c->other, two.value);
	return out->seen && out->threshold &&
	       say(a, out, "%s is %.10g, %s %s, which is %.10g", c->name,
		   one.value, op_words(c->op, out->truth == TRUTH_TRUE),
		   c->other, two.value);
}

bool evaluate_value(const struct question *q, struct arena *a,
		    struct finding *out)
{
	static const char *const names[] = { "", "mean ", "minimum ",
					     "maximum " };
	const struct condition *c = q->condition;
	uint64_t from_ns =
		c->aggregate == AGGREGATE_LAST || !c->window_ns
			? before_ns(q->now_at_ns, question_fresh_ns(q))
			: window_from(q);
	struct total t;

	if (c->other)
		return evaluate_pair(q, a, out);
	t = sum_of(q, c->name, from_ns, q->now_at_ns, c->aggregate);
	if (t.n == 0)
		return say(a, out, "%s was not seen%s", c->name,
			   window_words(a, q->now_at_ns - from_ns));
	out->value = t.value;
	out->samples = t.samples;
	out->newest_at_ns = t.newest_at_ns;
	if (!isnan(out->value))
		out->truth = condition_holds(c, out->value) ? TRUTH_TRUE
							    : TRUTH_FALSE;
	return say_value(q, a, out, c->name, "%s%s%s%s", names[c->aggregate],
			 c->name, series_words(&t, a),
			 window_words(a, c->window_ns));
}

/* ---- counters ------------------------------------------------------------ */

static struct total increase_of(const struct question *q, const char *name)
{
	const struct history *h = q->history;
	struct total t = { 0 };

	for (size_t i = 0; i < h->n_series; i++) {
		struct points in;
		double rise;

		if (!is_number(&h->series[i]) ||
		    !is_named(q, &h->series[i], name))
			continue;
		in = points_within(&h->series[i], window_from(q), q->now_at_ns);
		rise = counter_increase(in, window_from(q), q->now_at_ns);
		if (isnan(rise))
			continue;
		t.value += rise;
		t.n++;
		t.samples += in.n;
		if (in.item[in.n - 1].at_ns > t.newest_at_ns)
			t.newest_at_ns = in.item[in.n - 1].at_ns;
	}
	return t;
}

bool evaluate_counter(const struct question *q, struct arena *a,
		      struct finding *out)
{
	const struct condition *c = q->condition;
	double window_s = (double)c->window_ns / (double)UNIT_NS_PER_S;
	struct total t = increase_of(q, c->name);
	struct total whole = { .value = 1 };
	const char *in = window_words(a, c->window_ns);
	const char *what =
		c->kind == CONDITION_INCREASE ? "the increase" : "the rate";

	if (t.n == 0)
		return say(a, out, "%s has fewer than two samples%s", c->name,
			   in);
	out->value = t.value;
	out->samples = t.samples;
	out->newest_at_ns = t.newest_at_ns;
	if (c->other) {
		whole = increase_of(q, c->other);
		if (whole.n == 0 || !(whole.value > 0))
			return say(a, out, "%s did not rise%s", c->other, in);
		out->value /= whole.value;
	} else if (c->kind == CONDITION_RATE) {
		out->value /= window_s;
	}
	out->truth = condition_holds(c, out->value) ? TRUTH_TRUE : TRUTH_FALSE;
	return say_value(q, a, out, c->name, "%s of %s%s%s%s%s", what, c->name,
			 series_words(&t, a), c->other ? " as a part of " : "",
			 c->other ? c->other : "", in);
}

/* ---- histograms and summaries -------------------------------------------- */

/* The row of that bound, a new one where there is none. */
static struct bound_count *row_of(struct bound_count *rows, size_t *n,
				  double bound)
{
	for (size_t i = 0; i < *n; i++) {
		if (rows[i].bound == bound)
			return &rows[i];
	}
	rows[*n] = (struct bound_count){ .bound = bound };
	return &rows[(*n)++];
}

static bool evaluate_buckets(const struct question *q, struct arena *a,
			     struct finding *out)
{
	const struct history *h = q->history;
	const struct condition *c = q->condition;
	struct bound_count *rows = arena_alloc(a, h->n_series, sizeof(*rows));
	size_t n = 0;

	if (!rows)
		return false;
	for (size_t i = 0; i < h->n_series; i++) {
		const struct series *s = &h->series[i];
		struct points in;
		double rise;

		if (s->kind != SERIES_BUCKET || !is_named(q, s, c->name))
			continue;
		in = points_within(s, window_from(q), q->now_at_ns);
		rise = counter_increase(in, window_from(q), q->now_at_ns);
		if (isnan(rise))
			continue;
		row_of(rows, &n, s->bound)->count += rise;
		if (in.item[in.n - 1].at_ns > out->newest_at_ns)
			out->newest_at_ns = in.item[in.n - 1].at_ns;
	}
	out->value = bucket_quantile(rows, n, c->quantile);
	if (n > 0 && rows[n - 1].count > 0)
		out->samples = (uint64_t)(rows[n - 1].count + 0.5);
	return true;
}

/* A summary has its quantiles ready; of several series none can be made, so
 * the worst is taken. */
static void evaluate_summary(const struct question *q, struct finding *out)
{
	const struct history *h = q->history;
	const struct condition *c = q->condition;
	uint64_t from_ns = before_ns(q->now_at_ns, question_fresh_ns(q));

	for (size_t i = 0; i < h->n_series; i++) {
		const struct series *s = &h->series[i];
		struct points in;
		double value;

		if (s->kind != SERIES_QUANTILE || !is_named(q, s, c->name) ||
		    fabs(s->bound - c->quantile) > 1e-9)
			continue;
		in = points_within(s, from_ns, q->now_at_ns);
		if (in.n == 0 || isnan(in.item[in.n - 1].value))
			continue;
		value = in.item[in.n - 1].value;
		if (isnan(out->value) ||
		    (op_is_upper(c->op) ? value < out->value
					: value > out->value))
			out->value = value;
		out->samples++;
		if (in.item[in.n - 1].at_ns > out->newest_at_ns)
			out->newest_at_ns = in.item[in.n - 1].at_ns;
	}
}

bool evaluate_quantile(const struct question *q, struct arena *a,
		       struct finding *out)
{
	const struct condition *c = q->condition;
	const char *name = arena_printf(a, "p%.6g", c->quantile * 100);

	if (!name)
		return false;
	if (c->window_ns > 0 && !evaluate_buckets(q, a, out))
		return false;
	if (isnan(out->value))
		evaluate_summary(q, out);
	if (isnan(out->value))
		return say(a, out, "nothing was counted in %s%s", c->name,
			   window_words(a, c->window_ns));
	out->truth = condition_holds(c, out->value) ? TRUTH_TRUE : TRUTH_FALSE;
	return say_value(q, a, out, name, "%s of %s%s", name, c->name,
			 window_words(a, c->window_ns));
}

/* ---- what happens at a sample --------------------------------------------- */

bool evaluate_fallen(const struct question *q, struct arena *a,
		     struct finding *out)
{
	const struct history *h = q->history;

	for (size_t i = 0; i < h->n_series; i++) {
		const struct series *s = &h->series[i];
		struct points in = points_within(s, 0, q->now_at_ns);

		if (!is_number(s) || !is_named(q, s, q->condition->name) ||
		    in.n < 2 || in.item[in.n - 1].at_ns < out->newest_at_ns ||
		    out->truth == TRUTH_TRUE)
			continue;
		out->newest_at_ns = in.item[in.n - 1].at_ns;
		out->value = in.item[in.n - 1].value;
		out->samples = 2;
		out->truth = out->value < in.item[in.n - 2].value ? TRUTH_TRUE
								  : TRUTH_FALSE;
		out->seen = arena_printf(a, "%.10g", out->value);
		if (!out->seen || !say(a, out, "%s%s went from %.10g to %.10g",
				       s->name, s->labels ? s->labels : "",
				       in.item[in.n - 2].value, out->value))
			return false;
	}
	return true;
}

bool evaluate_changed(const struct question *q, struct arena *a,
		      struct finding *out)
{
	const struct history *h = q->history;

	for (size_t i = 0; i < h->n_series; i++) {
		const struct series *s = &h->series[i];
		struct points in = points_within(s, 0, q->now_at_ns);
		const char *was, *is;

		if (s->kind != SERIES_TEXT ||
		    !is_named(q, s, q->condition->name) || in.n < 2 ||
		    out->truth == TRUTH_TRUE)
			continue;
		was = in.item[in.n - 2].text ? in.item[in.n - 2].text : "";
		is = in.item[in.n - 1].text ? in.item[in.n - 1].text : "";
		out->newest_at_ns = in.item[in.n - 1].at_ns;
		out->samples = 2;
		out->truth = strcmp(was, is) != 0 ? TRUTH_TRUE : TRUTH_FALSE;
		out->seen = arena_printf(a, "%s", is);
		if (!out->seen || !say(a, out, "%s went from \"%s\" to \"%s\"",
				       s->name, was, is))
			return false;
	}
	return true;
}
