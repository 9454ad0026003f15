/* SPDX-License-Identifier: MIT */
/* Any text as rules.  Property: problems are said exactly when nothing is
 * given; the text that a rule keeps is the same rule again, alone and in a
 * list; an operator and its opposite never agree. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/base/arena.h"
#include "scenarios/doc/doc.h"
#include "scenarios/rule/rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

static int same_number(double a, double b)
{
	return !(a < b || a > b) && isfinite(a) && isfinite(b);
}

static void same_rule(const struct rule *a, const struct rule *b)
{
	must(!strcmp(a->text, b->text));
	must(a->function == b->function && a->metric == b->metric);
	must(a->op == b->op && a->is_of_planned == b->is_of_planned);
	must(same_number(a->value, b->value));
	must(same_number(a->quantile, b->quantile));
	must(a->window_ns == b->window_ns && a->for_ns == b->for_ns);
	must(!a->step == !b->step);
	must(!a->step || !strcmp(a->step, b->step));
	must(a->select.kind == b->select.kind &&
	     a->select.is_other == b->select.is_other &&
	     a->select.status_low == b->select.status_low &&
	     a->select.status_high == b->select.status_high);
}

static void check_rule(struct arena *a, const struct rule *r, struct errs *es)
{
	static const enum rule_op opposite[] = {
		[RULE_LT] = RULE_GE, [RULE_LE] = RULE_GT, [RULE_GT] = RULE_LE,
		[RULE_GE] = RULE_LT, [RULE_EQ] = RULE_NE, [RULE_NE] = RULE_EQ,
	};
	struct rule again;
	struct rule other = *r;

	must(strlen(r->text) <= RULE_TEXT_MAX && r->value >= 0);
	must(r->function != RULE_QUANTILE ||
	     (r->quantile > 0 && r->quantile < 1));
	must(rule_parse(a, r->text, strlen(r->text), NOWHERE, &again, es));
	same_rule(r, &again);
	other.op = opposite[r->op];
	for (int i = -1; i <= 1; i++)
		must(rule_holds(r, r->value + i) !=
		     rule_holds(&other, r->value + i));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct errs es;
	struct arena *a = arena_new(1 << 24);
	const struct rule *rules = NULL;
	size_t n = 0;

	must(a != NULL);
	es.n = es.dropped = 0;
	char *text = malloc(size ? size : 1);
	must(text != NULL);
	if (size)
		memcpy(text, bytes, size);
	struct source *src = doc_source(a, "rules", text, size, &es);
	must(src != NULL);
	bool ok = rules_parse(a, text, size, place_at(src, 0), &rules, &n, &es);
	must(ok == !es.n);
	for (size_t i = 0; i < es.n; i++)
		must(es.item[i].at.line >= 1 && es.item[i].at.col >= 1 &&
		     es.item[i].at.col <= size + 1 && es.item[i].text[0]);
	for (size_t i = 0; ok && i < n; i++)
		check_rule(a, &rules[i], &es);
	must(!ok || n > 0);
	free(text);
	arena_free(a);
	return 0;
}
