/* SPDX-License-Identifier: MIT */
/* limits: rules that the numbers of a load must keep. */
#include <string.h>

#include "scenarios/loads/loads_parts.h"

struct limit_draft {
	const struct node *limit;
	bool aborts;
	uint64_t hold_ns;
};

static void limit_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"type\":\"string\"");
}

static const struct key_form limit_form = { node_keep, limit_schema };

#define LIMIT(field) offsetof(struct limit_draft, field)

static const struct key limit_keys[] = {
	{ "limit", KEY_CUSTOM, LIMIT(limit), .form = &limit_form,
	  .flags = KEY_REQUIRED, .doc = "the rule",
	  .example = "ratio(errors) < 5%" },
	{ "abort", KEY_BOOL, LIMIT(aborts),
	  .doc = "ends the load as soon as it is crossed" },
	{ "hold", KEY_DURATION, LIMIT(hold_ns), .min = MS(1), .max = HOURS(24),
	  .doc = "only when it was crossed all this time", .example = "5s" },
	{ 0 },
};

/* What a rule needs that this load has not. */
static bool suits(struct decoder *d, const struct workload *w,
		  const struct rule *r)
{
	if (w->plan.model == LOAD_OPEN)
		return true;
	if (r->is_of_planned)
		return decode_problem(d, r->at,
				      "\"users\" have no planned rate: limit "
				      "the rate itself, like rate(ok) >= "
				      "100/s");
	if (r->metric == RULE_LATENESS)
		return decode_problem(d, r->at,
				      "\"users\" have no plan to be late for: "
				      "lateness is of \"arrivals\"");
	return true;
}

static bool rules_add(struct decoder *d, const struct node *t,
		      const struct workload *w, const struct limit_draft *draft,
		      struct list *limits)
{
	const struct rule *rules = NULL;
	size_t n = 0;
	size_t len = 0;
	const char *text = decode_static(d, t, "limit", &len);
	bool ok = true;

	if (!text ||
	    !rules_parse(d->arena, text, len, t->at, &rules, &n, d->es))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (limits->n == RULES_MAX)
			return decode_problem(d, t->at,
					      "there must be at most %d limits",
					      RULES_MAX);
		struct load_limit *kept = list_add(d, limits, sizeof(*kept));
		if (!kept)
			return false;
		*kept = (struct load_limit){ rules[i], draft->aborts,
					     draft->hold_ns, false };
		ok &= suits(d, w, &rules[i]) &&
		      flows_check_step(d, w, &rules[i]);
	}
	return ok;
}

static bool limit_decode(struct decoder *d, const struct node *t,
			 const struct workload *w, struct list *limits)
{
	struct limit_draft draft = { 0 };

	if (t->kind != NODE_MAP)
		return rules_add(d, t, w, &draft, limits);
	if (!keys_decode(d, limit_keys, t, &draft, "a limit"))
		return false;
	if (draft.hold_ns && !draft.aborts)
		return decode_problem(d, node_find_entry(t, "hold")->key_at,
				      "\"hold\" goes with \"abort: true\"; "
				      "without it write the time into the "
				      "rule: ... for 5s");
	return rules_add(d, draft.limit, w, &draft, limits);
}

bool limits_decode(struct decoder *d, const struct node *t, struct workload *w)
{
	struct list limits = { 0 };
	bool ok = true;

	if (t->kind != NODE_SEQ)
		ok = limit_decode(d, t, w, &limits);
	for (size_t i = 0; t->kind == NODE_SEQ && i < t->n; i++)
		ok &= limit_decode(d, t->item[i], w, &limits);
	w->limits = limits.item;
	w->n_limits = limits.n;
	return ok;
}

void limits_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"anyOf\":[{\"type\":\"string\"},{");
	keys_schema_object(limit_keys, NULL, out);
	buf_printf(out,
		   "},{\"type\":\"array\",\"maxItems\":%d,\"items\":{"
		   "\"anyOf\":[{\"type\":\"string\"},{",
		   RULES_MAX);
	keys_schema_object(limit_keys, NULL, out);
	buf_puts(out, "}]}}]");
}
