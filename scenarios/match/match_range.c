/* SPDX-License-Identifier: MIT */
#include "scenarios/match/match_parts.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

#include "scenarios/doc/doc.h"
#include "scenarios/template/template.h"

/* Exact for every operand: the significand has 64 bits or more. */
static bool edge(const struct operand *o, bool is_high, long double *value)
{
	switch (o->kind) {
	case VALUE_NUMBER:
		*value = o->number;
		return true;
	case VALUE_JSON:
		if (!cJSON_IsNumber(o->json))
			return false;
		*value = o->json->valuedouble;
		return true;
	case VALUE_STATUS:
		*value = is_high ? o->high : o->integer;
		return true;
	case VALUE_DURATION:
	case VALUE_SIZE:
	case VALUE_TLS_VERSION:
		*value = o->integer;
		return true;
	default:
		return false;
	}
}

struct range {
	long double low, high;
	bool low_is_open, high_is_open;
};

static void range_raise(struct range *r, long double low, bool is_open)
{
	if (low > r->low) {
		r->low = low;
		r->low_is_open = is_open;
	} else if (low == r->low) {
		r->low_is_open |= is_open;
	}
}

static void range_lower(struct range *r, long double high, bool is_open)
{
	if (high < r->high) {
		r->high = high;
		r->high_is_open = is_open;
	} else if (high == r->high) {
		r->high_is_open |= is_open;
	}
}

static void range_cut(struct range *r, const struct match_term *term)
{
	const struct operand *o = term->operands;
	long double low, high;

	if (!term->n_operands)
		return;
	const struct operand *last = o + (term->op == MATCH_BETWEEN);
	if (!edge(o, term->op == MATCH_GT, &low) ||
	    !edge(last, term->op != MATCH_LT, &high))
		return;
	if (term->op == MATCH_EQ || term->op == MATCH_BETWEEN ||
	    term->op == MATCH_GT || term->op == MATCH_GE)
		range_raise(r, low, term->op == MATCH_GT);
	if (term->op == MATCH_EQ || term->op == MATCH_BETWEEN ||
	    term->op == MATCH_LT || term->op == MATCH_LE)
		range_lower(r, high, term->op == MATCH_LT);
}

bool match_check_range(const struct matching *c, const struct matcher *m)
{
	struct range r = { .low = -INFINITY, .high = INFINITY };

	for (size_t i = 0; i < m->n; i++)
		range_cut(&r, &m->terms[i]);
	if (r.low < r.high ||
	    (r.low == r.high && !r.low_is_open && !r.high_is_open))
		return true;
	return match_problem(c, m->at, "impossible range: no value is %s",
			     m->n > 1 ? "in all of these at once"
				      : "between these two, write the lower "
					"one first");
}

/* True unless both are known and a comes behind b. */
static bool texts_rise(const struct template *a, const struct template *b)
{
	size_t a_len, b_len;
	const char *low = template_text(a, &a_len);
	const char *high = template_text(b, &b_len);

	if (!low || !high)
		return true;
	int order = memcmp(low, high, a_len < b_len ? a_len : b_len);
	return order < 0 || (!order && a_len <= b_len);
}

bool match_check_pair(const struct matching *c, const struct node *t,
		      const struct operand *pair)
{
	const struct template *low = pair[0].text;
	const struct template *high = pair[1].text;

	if (pair[0].path || pair[1].path || (!low && !high))
		return true;
	if (!low || !high)
		return match_problem(c, t->at,
				     "impossible range: a number and a text "
				     "have no order");
	return texts_rise(low, high) ||
	       match_problem(c, t->at,
			     "impossible range: no value is between these two, "
			     "write the lower one first");
}
