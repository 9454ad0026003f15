/* SPDX-License-Identifier: MIT */
#include "report/alerts/evaluate.h"

#include <math.h>

#include "report/alerts/evaluate/parts.h"
#include "scenarios/base/capped.h"

typedef bool (*evaluator)(const struct question *q, struct arena *a,
			  struct finding *out);

static const evaluator evaluators[CONDITION_KIND_N] = {
	[CONDITION_REQUESTS] = evaluate_requests,
	[CONDITION_CONSECUTIVE] = evaluate_streaks,
	[CONDITION_DOWN_FOR] = evaluate_streaks,
	[CONDITION_VALUE] = evaluate_value,
	[CONDITION_INCREASE] = evaluate_counter,
	[CONDITION_RATE] = evaluate_counter,
	[CONDITION_QUANTILE] = evaluate_quantile,
	[CONDITION_CERT_DAYS] = evaluate_streaks,
	[CONDITION_EVENT] = evaluate_event,
	[CONDITION_MISSING] = evaluate_missing,
	[CONDITION_RESET] = evaluate_fallen,
	[CONDITION_CHANGED] = evaluate_changed,
	[CONDITION_WORSE] = evaluate_worse,
};

bool condition_needs_only_streaks(const struct condition *c)
{
	return c->kind == CONDITION_CONSECUTIVE ||
	       c->kind == CONDITION_DOWN_FOR ||
	       c->kind == CONDITION_CERT_DAYS || c->kind == CONDITION_MISSING ||
	       c->kind == CONDITION_EVENT;
}

bool condition_is_event(const struct condition *c)
{
	return c->kind == CONDITION_EVENT || c->kind == CONDITION_RESET ||
	       c->kind == CONDITION_CHANGED;
}

bool condition_evaluate(const struct question *q, struct arena *a,
			struct finding *out)
{
	static const struct history nothing = { .check = "" };
	struct question asked = *q;

	*out = (struct finding){
		.truth = TRUTH_UNKNOWN,
		.value = NAN,
		.evidence = "nothing was observed",
		.seen = "",
		.threshold = "",
		.vantage = "",
	};
	if (!asked.history)
		asked.history = &nothing;
	if (!evaluators[q->condition->kind](&asked, a, out))
		return false;
	if (out->newest_at_ns == 0)
		out->newest_at_ns =
			out->truth == TRUTH_UNKNOWN ? 0 : q->now_at_ns;
	if (out->truth != TRUTH_UNKNOWN && out->valid_until_ns == 0)
		out->valid_until_ns =
			capped_sum(out->newest_at_ns, question_fresh_ns(q));
	return true;
}
