/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "report/merge/sum/sums.h"

enum { SEEN_BYTES = 120 };

static bool same_text(struct load_sum *t, const char *what, const char *mine,
		      const char *first)
{
	if (strcmp(mine, first) == 0)
		return true;
	return sum_bad(t,
		       "load \"%.*s\" has the %s \"%.*s\", the first has "
		       "\"%.*s\": they are not parts of one load",
		       SEEN_BYTES, t->first.name, what, SEEN_BYTES, mine,
		       SEEN_BYTES, first);
}

static bool same_step(struct load_sum *t, size_t i,
		      const struct load_step_result *mine)
{
	const struct step_facts *first = &t->facts[i];
	const struct {
		const char *what, *mine, *first;
		bool is_left;
	} row[] = {
		{ "name", mine->name, first->name, false },
		{ "kind", mine->kind, first->kind, false },
		{ "method", mine->method, first->method, false },
		{ "url", mine->url, first->url, t->any_address },
	};

	for (size_t k = 0; k < sizeof row / sizeof row[0]; k++) {
		if (row[k].is_left || strcmp(row[k].mine, row[k].first) == 0)
			continue;
		return sum_bad(t,
			       "step %zu of load \"%.*s\" has the %s "
			       "\"%.*s\", that of the first \"%.*s\": they "
			       "are not the same steps",
			       i + 1, SEEN_BYTES, t->first.name, row[k].what,
			       SEEN_BYTES, row[k].mine, SEEN_BYTES,
			       row[k].first);
	}
	return true;
}

static bool same_limits(struct load_sum *t, const struct load_result *of)
{
	if (of->n_limits != t->n_limits)
		return sum_bad(t,
			       "load \"%.*s\" has %zu limits, the first has "
			       "%zu",
			       SEEN_BYTES, t->first.name, of->n_limits,
			       t->n_limits);
	for (size_t i = 0; i < t->n_limits; i++) {
		if (!same_text(t, "limit", of->limits[i].text,
			       t->limit[i].first->text))
			return false;
	}
	return true;
}

bool sum_matches(struct load_sum *t, const struct load_result *of)
{
	const struct load_result *first = &t->first;

	if (!same_text(t, "model", of->model, first->model) ||
	    !same_text(t, "plan", of->plan, first->plan) ||
	    !same_text(t, "process", of->process, first->process) ||
	    (!t->any_address &&
	     !same_text(t, "target", of->target, first->target)))
		return false;
	if (of->n_steps != t->sum.n_steps)
		return sum_bad(t,
			       "load \"%.*s\" has %zu steps, the first has "
			       "%zu: they are not the same steps",
			       SEEN_BYTES, first->name, of->n_steps,
			       t->sum.n_steps);
	for (size_t i = 0; i < of->n_steps; i++) {
		if (!same_step(t, i, &of->steps[i]))
			return false;
	}
	return same_limits(t, of);
}
