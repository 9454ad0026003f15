/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "report/merge/sum/sums.h"

/* Parts that follow each other overlap a little when clocks differ: up to this
 * share of the shorter one. */
#define OVERLAP_SHARE 0.1

static uint64_t all_from(const struct span *s)
{
	return s->from_ns;
}

static uint64_t all_to(const struct span *s)
{
	return s->to_ns;
}

static uint64_t rated_to(const struct span *s)
{
	return s->rated_to_ns;
}

static uint64_t judged_from(const struct span *s)
{
	return s->judged_ns;
}

static uint64_t judged_to(const struct span *s)
{
	return s->judged_to_ns;
}

const struct span_view span_all = { all_from, all_to };
const struct span_view span_rated = { all_from, rated_to };
const struct span_view span_judged = { judged_from, judged_to };

static int by_start(const void *a, const void *b)
{
	const struct span *left = a, *right = b;

	if (left->from_ns != right->from_ns)
		return left->from_ns < right->from_ns ? -1 : 1;
	return (left->to_ns > right->to_ns) - (left->to_ns < right->to_ns);
}

void spans_sort(struct load_sum *t)
{
	qsort(t->span, t->n_parts, sizeof *t->span, by_start);
}

/* All views begin in the order of the parts, or nearly so: a later begin that
 * lies before what is covered already adds only what is behind that. */
uint64_t spans_cover(const struct load_sum *t, const struct span_view *view)
{
	uint64_t sum = 0, covered_to = 0;

	for (size_t i = 0; i < t->n_parts; i++) {
		uint64_t from = view->from(&t->span[i]);
		uint64_t to = view->to(&t->span[i]);

		if (from < covered_to)
			from = covered_to;
		if (to <= from)
			continue;
		sum += to - from;
		covered_to = to;
	}
	return sum;
}

uint64_t spans_rated_to(const struct load_sum *t)
{
	uint64_t to_ns = 0;

	for (size_t i = 0; i < t->n_parts; i++) {
		if (t->span[i].rated_to_ns > to_ns)
			to_ns = t->span[i].rated_to_ns;
	}
	return to_ns;
}

bool spans_overlap(const struct load_sum *t)
{
	uint64_t to_ns = 0;

	for (size_t i = 0; i < t->n_parts; i++) {
		const struct span *s = &t->span[i];
		double common =
			to_ns > s->from_ns ? (double)(to_ns - s->from_ns) : 0;

		if (common > OVERLAP_SHARE * (double)(s->to_ns - s->from_ns))
			return true;
		if (s->to_ns > to_ns)
			to_ns = s->to_ns;
	}
	return false;
}

/* One that ends when another one begins is not there any more; one without any
 * length is there at its begin. */
static bool is_there(const struct span *s, uint64_t at_ns)
{
	return s->from_ns == at_ns || (s->from_ns < at_ns && at_ns < s->to_ns);
}

/* It is highest where a part begins. */
uint64_t spans_peak(const struct load_sum *t,
		    uint64_t (*of)(const struct span *s))
{
	uint64_t most = 0;

	for (size_t i = 0; i < t->n_parts; i++) {
		uint64_t now = 0;

		for (size_t k = 0; k < t->n_parts; k++)
			if (is_there(&t->span[k], t->span[i].from_ns))
				now += of(&t->span[k]);
		if (now > most)
			most = now;
	}
	return most;
}
