/* SPDX-License-Identifier: MIT */
/* Conditions about the requests of the check itself. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/alerts/evaluate/parts.h"
#include "report/hist/hist.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/units.h"

/* 0.05 by logarithms is not less than 0.05 */
#define ROUNDING 1e-9

/* ---- which requests --------------------------------------------------- */

struct span {
	uint64_t from_at_ns, until_at_ns; /* both included */
};

static bool is_asked(const struct seen_request *r, const struct rule *rule,
		     struct span span)
{
	enum outcome_class kind = outcome_class(r->outcome);

	if (r->at_ns < span.from_at_ns || r->at_ns > span.until_at_ns)
		return false;
	if (rule->step && (!r->step || strcmp(r->step, rule->step) != 0))
		return false;
	return kind == CLASS_OK || kind == CLASS_TARGET;
}

static bool is_selected(const struct seen_request *r,
			const struct rule_select *sel)
{
	bool is_in = false;

	switch (sel->kind) {
	case RULE_ALL:
		is_in = true;
		break;
	case RULE_OK:
		is_in = outcome_class(r->outcome) == CLASS_OK;
		break;
	case RULE_ERRORS:
		is_in = outcome_class(r->outcome) != CLASS_OK;
		break;
	case RULE_TIMEOUTS:
		is_in = outcome_is_timeout(r->outcome);
		break;
	case RULE_DROPPED:
		break;
	case RULE_STATUS:
		is_in = r->status > 0 && r->status >= sel->status_low &&
			r->status <= sel->status_high;
		break;
	}
	return is_in != sel->is_other;
}

/* They are in the order of time: the first that is not too old. */
static size_t first_since(const struct history *h, uint64_t from_at_ns)
{
	size_t low = 0, high = h->n_requests;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (h->requests[middle].at_ns < from_at_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* ---- times ------------------------------------------------------------- */

/* What failed before it was answered took no time that says anything of the
 * service, or failing fast would be an improvement; a timeout does. */
static bool has_time(const struct seen_request *r)
{
	return outcome_class(r->outcome) == CLASS_OK ||
	       outcome_layer(r->outcome) == LAYER_EXPECT ||
	       outcome_is_timeout(r->outcome);
}

static uint64_t time_of(const struct seen_request *r, enum rule_metric metric)
{
	switch (metric) {
	case RULE_SERVICE:
		return r->service_ns;
	case RULE_LATENESS:
		return before_ns(r->latency_ns, r->service_ns);
	case RULE_FIRST_BYTE:
		return r->first_byte_ns;
	case RULE_CONNECT:
		return r->connect_ns;
	default:
		return r->latency_ns;
	}
}

static bool counts_none(enum rule_metric metric)
{
	return metric == RULE_FIRST_BYTE || metric == RULE_CONNECT;
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

double *request_times(const struct history *h, const struct rule *r,
		      uint64_t from_at_ns, uint64_t until_at_ns,
		      struct arena *a, size_t *n)
{
	struct span span = { from_at_ns, until_at_ns };
	size_t from = first_since(h, from_at_ns), to = from;
	double *times;

	while (to < h->n_requests && h->requests[to].at_ns <= until_at_ns)
		to++;
	times = arena_alloc(a, to - from, sizeof(*times));
	*n = 0;
	for (size_t i = from; times && i < to; i++) {
		const struct seen_request *one = &h->requests[i];
		uint64_t ns = time_of(one, r->metric);

		if (is_asked(one, r, span) && has_time(one) &&
		    (ns > 0 || !counts_none(r->metric)))
			times[(*n)++] = (double)ns;
	}
	if (times)
		qsort(times, *n, sizeof(*times), by_value);
	return times;
}

double sorted_quantile(const double *sorted, size_t n, double q)
{
	double rank = ceil(nextafter(q, 0) * (double)n);

	if (rank < 1)
		rank = 1;
	if (rank > (double)n)
		rank = (double)n;
	return sorted[(size_t)rank - 1];
}

double times_value(const struct rule *r, const double *sorted, size_t n)
{
	double sum = 0;

	switch (r->function) {
	case RULE_MIN:
		return sorted[0];
	case RULE_MAX:
		return sorted[n - 1];
	case RULE_MEAN:
		for (size_t i = 0; i < n; i++)
			sum += sorted[i];
		return sum / (double)n;
	default:
		return sorted_quantile(sorted, n, r->quantile);
	}
}

/* P(K = k) of n tries with chance q, by logarithms so that none is lost. */
static double binomial(double n, double k, double q)
{
	return exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) +
		   k * log(q) + (n - k) * log1p(-q));
}

/* A value of the sample that the quantile is not below, with the confidence of
 * HIST_CONFIDENCE; NAN: the sample has none.  The number of values below the
 * quantile is binomial: the value of rank l lies above it with the chance
 * P(K < l). */
static double sorted_low_bound(const double *sorted, size_t n, double q)
{
	double tail = 1 - HIST_CONFIDENCE + ROUNDING, below = 0;
	size_t low = 0;

	if (!(q > 0 && q < 1))
		return NAN;
	while (low < n) {
		below += binomial((double)n, (double)low, q);
		if (below > tail)
			break;
		low++;
	}
	return low > 0 ? sorted[low - 1] : NAN;
}

/* The same from the other end: P(K >= u) is at most the tail. */
static double sorted_high_bound(const double *sorted, size_t n, double q)
{
	double tail = 1 - HIST_CONFIDENCE + ROUNDING, above = 0;
	size_t high = n + 1;

	if (!(q > 0 && q < 1))
		return NAN;
	while (high > 1) {
		above += binomial((double)n, (double)(high - 1), q);
		if (above > tail)
			break;
		high--;
	}
	return high <= n ? sorted[high - 1] : NAN;
}

/* A quantile that is on the wrong side is believed when enough lies beyond
 * it, or when the interval lies there too. */
static bool bears(const struct condition *c, const double *sorted, size_t n)
{
	double q = c->rule.quantile;

	if (c->rule.function != RULE_QUANTILE ||
	    (double)n * fmin(q, 1 - q) >= HIST_ENOUGH - 1e-6)
		return true;
	if (op_is_upper(c->op))
		return condition_holds(c, sorted_high_bound(sorted, n, q));
	return condition_holds(c, sorted_low_bound(sorted, n, q));
}

static const char *function_name(const struct rule *r, struct arena *a)
{
	switch (r->function) {
	case RULE_MEAN:
		return "mean";
	case RULE_MIN:
		return "minimum";
	case RULE_MAX:
		return "maximum";
	default:
		return arena_printf(a, "p%.6g", r->quantile * 100);
	}
}

/* ---- counts ------------------------------------------------------------ */

struct tallied {
	uint64_t all, selected, newest_at_ns;
};

static struct tallied tally(const struct question *q, struct span span)
{
	const struct history *h = q->history;
	const struct rule *rule = &q->condition->rule;
	struct tallied t = { 0 };

	for (size_t i = first_since(h, span.from_at_ns); i < h->n_requests;
	     i++) {
		const struct seen_request *one = &h->requests[i];

		if (!is_asked(one, rule, span))
			continue;
		t.all++;
		t.selected += is_selected(one, &rule->select);
		if (one->at_ns > t.newest_at_ns)
			t.newest_at_ns = one->at_ns;
	}
	return t;
}

static bool was_observed(const struct history *h, struct span span)
{
	for (size_t i = h->n_checks; i-- > 0;) {
		const struct seen_check *one = &h->checks[i];

		if (one->at_ns < span.from_at_ns)
			return false;
		if (one->at_ns <= span.until_at_ns &&
		    one->verdict != VERDICT_NOT_OBSERVED)
			return true;
	}
	return false;
}

static const char *select_words(const struct rule_select *sel, struct arena *a)
{
	static const char *const words[] = { "requests", "ok", "failed",
					     "timed out", "dropped" };
	const char *not = sel->is_other ? "not " : "";

	if (sel->kind != RULE_STATUS)
		return arena_printf(a, "%s%s", not, words[sel->kind]);
	if (sel->status_high == sel->status_low)
		return arena_printf(a, "%sstatus %u", not, sel->status_low);
	if (sel->status_low % 100 == 0 &&
	    sel->status_high == sel->status_low + 99)
		return arena_printf(a, "%s%uxx", not, sel->status_low / 100);
	return arena_printf(a, "%sstatus %u to %u", not, sel->status_low,
			    sel->status_high);
}

static double counted_value(const struct condition *c, const struct tallied *t,
			    struct span span)
{
	double seconds = (double)(span.until_at_ns - span.from_at_ns) /
			 (double)UNIT_NS_PER_S;

	if (c->rule.function == RULE_RATIO)
		return t->all > 0 ? (double)t->selected / (double)t->all : NAN;
	if (c->rule.function == RULE_RATE)
		return seconds > 0 ? (double)t->selected / seconds : NAN;
	return (double)t->selected;
}

/* Too much is too much however little was observed; "too little" and "not too
 * much" need the window. */
static enum truth judge_count(const struct question *q, struct span span,
			      const struct tallied *t, double value)
{
	const struct condition *c = q->condition;
	bool holds = condition_holds(c, value);
	bool is_full = q->history->first_at_ns > 0 &&
		       q->history->first_at_ns <= span.from_at_ns;

	if (isnan(value))
		return TRUTH_UNKNOWN;
	if (c->rule.function == RULE_RATIO)
		return t->all < q->min_samples ? TRUTH_UNKNOWN
		       : holds		       ? TRUTH_TRUE
					       : TRUTH_FALSE;
	if (!op_is_upper(c->op) && holds)
		return TRUTH_TRUE;
	if (t->all == 0 && !was_observed(q->history, span))
		return TRUTH_UNKNOWN;
	if (op_is_upper(c->op) && holds)
		return is_full ? TRUTH_TRUE : TRUTH_UNKNOWN;
	return TRUTH_FALSE;
}

static bool evaluate_counts(const struct question *q, struct span span,
			    const char *in, struct arena *a,
			    struct finding *out)
{
	const struct rule *r = &q->condition->rule;
	struct tallied t = tally(q, span);
	const char *what = select_words(&r->select, a);
	bool ok;

	if (!what)
		return false;
	out->samples = t.all;
	out->newest_at_ns = t.newest_at_ns;
	out->value = counted_value(q->condition, &t, span);
	out->truth = judge_count(q, span, &t, out->value);
	if (isnan(out->value))
		return say(a, out, "there was no request%s", in);
	ok = say_value(q, a, out, what,
		       r->function == RULE_COUNT
			       ? "the count of %s of %llu requests%s"
			       : "%s of %llu requests%s",
		       what, (unsigned long long)t.all, in);
	if (ok && r->function == RULE_RATIO && t.all < q->min_samples)
		out->evidence = arena_printf(
			a, "%s; too few requests to tell, %llu are needed",
			out->evidence, (unsigned long long)q->min_samples);
	return ok && out->evidence;
}

/* ---- all of them -------------------------------------------------------- */

static bool evaluate_times(const struct question *q, struct span span,
			   const char *in, struct arena *a, struct finding *out)
{
	const struct condition *c = q->condition;
	size_t n;
	double *times = request_times(q->history, &c->rule, span.from_at_ns,
				      span.until_at_ns, a, &n);
	const char *name = function_name(&c->rule, a);
	bool holds, is_borne;

	if (!times || !name)
		return false;
	out->samples = n;
	if (n == 0)
		return say(a, out, "no request was answered%s", in);
	out->newest_at_ns = tally(q, span).newest_at_ns;
	out->value = times_value(&c->rule, times, n);
	holds = condition_holds(c, out->value);
	is_borne = bears(c, times, n);
	if (n >= q->min_samples && (!holds || is_borne))
		out->truth = holds ? TRUTH_TRUE : TRUTH_FALSE;
	if (!say_value(q, a, out, name, "%s of %zu request%s%s", name, n,
		       n == 1 ? "" : "s", in))
		return false;
	if (out->truth == TRUTH_UNKNOWN)
		out->evidence = arena_printf(a, "%s; too few requests to tell",
					     out->evidence);
	return out->evidence != NULL;
}

static struct span span_of(const struct question *q)
{
	const struct condition *c = q->condition;
	uint64_t window_ns =
		c->window_ns > 0 ? c->window_ns : c->rule.window_ns;

	/* without a window: the requests of the newest run */
	if (window_ns == 0 && q->history->n_checks > 0) {
		size_t n = q->history->n_checks;
		uint64_t from_ns =
			n > 1 ? q->history->checks[n - 2].at_ns + 1 : 0;
		uint64_t fresh_ns =
			before_ns(q->now_at_ns, question_fresh_ns(q));

		return (struct span){ from_ns > fresh_ns ? from_ns : fresh_ns,
				      q->now_at_ns };
	}
	if (window_ns == 0)
		window_ns = question_fresh_ns(q);
	return (struct span){ before_ns(q->now_at_ns, window_ns),
			      q->now_at_ns };
}

bool evaluate_requests(const struct question *q, struct arena *a,
		       struct finding *out)
{
	const struct rule *r = &q->condition->rule;
	uint64_t window_ns = q->condition->window_ns > 0
				     ? q->condition->window_ns
				     : r->window_ns;
	struct span span = span_of(q);
	const char *in = window_words(a, window_ns);

	if (r->function == RULE_RATIO || r->function == RULE_RATE ||
	    r->function == RULE_COUNT)
		return evaluate_counts(q, span, in, a, out);
	return evaluate_times(q, span, in, a, out);
}
