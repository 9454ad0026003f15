/* SPDX-License-Identifier: MIT */
/* Any text as the sentence of an alert.  Property: problems are said exactly
 * when nothing is given, each with its place inside the text; the text that a
 * condition keeps gives the same condition again. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/alerts/alerts.h"
#include "scenarios/base/arena.h"
#include "scenarios/doc/doc.h"

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

static int same_text(const char *a, const char *b)
{
	return !a == !b && (!a || !strcmp(a, b));
}

static void same_rule(const struct rule *a, const struct rule *b)
{
	must(a->function == b->function && a->metric == b->metric);
	must(a->op == b->op && a->for_ns == b->for_ns);
	must(same_number(a->value, b->value));
	must(same_number(a->quantile, b->quantile));
	must(a->window_ns == b->window_ns && same_text(a->step, b->step));
	must(a->select.kind == b->select.kind &&
	     a->select.is_other == b->select.is_other &&
	     a->select.status_low == b->select.status_low &&
	     a->select.status_high == b->select.status_high);
}

static void same_condition(const struct condition *a, const struct condition *b)
{
	must(a->kind == b->kind && same_text(a->text, b->text));
	must(same_text(a->name, b->name) && same_text(a->other, b->other));
	must(a->aggregate == b->aggregate && a->op == b->op);
	must(a->unit == b->unit && a->unit <= CONDITION_BYTES);
	must(same_number(a->quantile, b->quantile));
	must(same_number(a->value, b->value));
	must(a->window_ns == b->window_ns && a->past_ns == b->past_ns &&
	     a->for_ns == b->for_ns);
	same_rule(&a->rule, &b->rule);
}

/* What those who evaluate it need not look for. */
static void check_condition(const struct condition *c)
{
	int is_own =
		c->kind == CONDITION_REQUESTS || c->kind == CONDITION_WORSE;

	must(c->kind < CONDITION_KIND_N && strlen(c->text) <= RULE_TEXT_MAX);
	must(!is_own || c->rule.window_ns > 0);
	must(c->window_ns <= ALERT_WINDOW_MAX_NS &&
	     c->past_ns <= ALERT_WINDOW_MAX_NS);
	must(c->kind != CONDITION_WORSE || c->past_ns >= 2 * c->window_ns);
	must(c->kind != CONDITION_RATE || c->window_ns > 0);
	must(c->kind != CONDITION_QUANTILE ||
	     (c->quantile > 0 && c->quantile < 1));
	must(condition_reach_ns(c) >= c->window_ns);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct errs es;
	struct arena *a = arena_new(1 << 24);
	struct condition c, again;

	must(a != NULL);
	es.n = es.dropped = 0;
	char *text = malloc(size ? size : 1);
	must(text != NULL);
	if (size)
		memcpy(text, bytes, size);
	struct source *src = doc_source(a, "rule", text, size, &es);
	must(src != NULL);
	bool ok = condition_parse(a, text, size, place_at(src, 0), &c, &es);
	must(ok == !es.n);
	for (size_t i = 0; i < es.n; i++)
		must(es.item[i].at.line >= 1 && es.item[i].at.col >= 1 &&
		     es.item[i].at.col <= size + 1 && es.item[i].text[0]);
	if (ok) {
		check_condition(&c);
		must(condition_parse(a, c.text, strlen(c.text), NOWHERE, &again,
				     &es));
		same_condition(&c, &again);
	}
	free(text);
	arena_free(a);
	return 0;
}
