/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/load/conclude.h"
#include "report/merge/sum/sums.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

enum { KEY_BYTES = 80, SEEN_BYTES = 80 };

/* ---- making ------------------------------------------------------------ */

static bool copy_facts(struct load_sum *t, size_t i,
		       const struct load_step_result *of)
{
	struct step_facts *f = &t->facts[i];

	f->name = arena_strdup(t->a, of->name);
	f->kind = arena_strdup(t->a, of->kind);
	f->method = arena_strdup(t->a, of->method);
	f->url = arena_strdup(t->a, of->url);
	f->transport = arena_strdup(t->a, of->transport);
	t->spot[i] = of->at;
	t->spot[i].file = arena_strdup(t->a, of->at.file);
	return f->name && f->kind && f->method && f->url && f->transport &&
	       t->spot[i].file;
}

bool sum_steps_init(struct load_sum *t, const struct load_result *of)
{
	size_t n = of->n_steps;

	if (n > MERGE_STEPS_MAX)
		return sum_bad(t,
			       "load \"%.*s\" has %zu steps, at most %d are "
			       "merged",
			       SEEN_BYTES, of->name, n, MERGE_STEPS_MAX);
	t->sum.step = calloc(n ? n : 1, sizeof *t->sum.step);
	t->facts = arena_alloc(t->a, n, sizeof *t->facts);
	t->spot = arena_alloc(t->a, n, sizeof *t->spot);
	if (!t->sum.step || !t->facts || !t->spot)
		return errs_nomem(t->es);
	t->sum.n_steps = n;
	for (size_t i = 0; i < n; i++) {
		if (!copy_facts(t, i, &of->steps[i]))
			return errs_nomem(t->es);
	}
	return true;
}

void sum_steps_release(struct load_sum *t)
{
	for (size_t i = 0; t->sum.step && i < t->sum.n_steps; i++) {
		struct tally_step *st = &t->sum.step[i];

		sum_free(t, st->latency);
		sum_free(t, st->service);
		sum_free(t, st->first_byte);
		sum_free(t, st->connect);
	}
	free(t->sum.step);
	t->sum.step = NULL;
}

/* ---- counts by name ----------------------------------------------------- */

static bool status_of(const char *name, size_t *status)
{
	uint64_t n;

	*status = 0;
	if (strcmp(name, "none") == 0)
		return true;
	if (!unit_parse_count(name, strlen(name), &n, NULL) || n == 0 ||
	    n >= TALLY_STATUSES)
		return false;
	*status = (size_t)n;
	return true;
}

static bool outcome_of(const char *name, size_t *outcome)
{
	enum outcome o;

	if (!outcome_find(name, &o))
		return false;
	*outcome = (size_t)o;
	return true;
}

struct names {
	const char *key; /* "statuses" */
	bool (*of)(const char *name, size_t *index);
	const struct named_count *list;
	size_t n;
	uint64_t *count; /* by index */
};

static bool add_names(struct load_sum *t, size_t step, const struct names *of,
		      uint64_t want)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < of->n; i++) {
		size_t index;

		if (!of->of(of->list[i].name, &index))
			return sum_bad(t,
				       "\"loads[%zu].steps[%zu].%s[%zu].name\" "
				       "is \"%.*s\", which is none",
				       t->index, step, of->key, i, SEEN_BYTES,
				       of->list[i].name);
		sum_plus(t, &sum, of->list[i].count);
		sum_plus(t, &of->count[index], of->list[i].count);
	}
	if (sum == want || t->is_invalid)
		return true;
	return sum_bad(t,
		       "\"loads[%zu].steps[%zu].%s\" add up to %" PRIu64
		       ", but %" PRIu64 " were sent",
		       t->index, step, of->key, sum, want);
}

/* ---- adding ------------------------------------------------------------- */

static void add_sums(struct load_sum *t, struct tally_step *st,
		     const struct load_step_result *of)
{
	sum_plus(t, &st->sent, of->accounting.sent);
	sum_plus(t, &st->ok, of->accounting.ok);
	sum_plus(t, &st->failed, of->accounting.failed);
	sum_plus(t, &st->timed_out, of->accounting.timed_out);
	sum_plus(t, &st->in_flight, of->accounting.in_flight);
	sum_plus(t, &st->skipped, of->skipped);
	sum_plus(t, &st->connections, of->connections);
	sum_plus(t, &st->resends, of->resends);
	sum_plus(t, &st->sent_bytes, of->sent_bytes);
	sum_plus(t, &st->received_bytes, of->received_bytes);
	for (size_t i = 0; i < PHASE_N; i++)
		st->phase_ns[i] += (unsigned __int128)of->mean_phases.ns[i] *
				   of->accounting.sent;
	if (st->sample[0] == '\0')
		snprintf(st->sample, sizeof st->sample, "%.*s",
			 (int)text_cut_at(of->sample, strlen(of->sample),
					  sizeof st->sample - 1),
			 of->sample);
}

static bool add_times(struct load_sum *t, size_t i, struct tally_step *st,
		      const struct load_step_result *of)
{
	const struct {
		struct hist **into;
		const struct times_result *times;
		const char *key;
	} row[] = {
		{ &st->latency, &of->latency, "latency_ns" },
		{ &st->service, &of->service, "service_ns" },
		{ &st->first_byte, &of->first_byte, "first_byte_ns" },
		{ &st->connect, &of->connect, "connect_ns" },
	};
	char key[KEY_BYTES];

	for (size_t k = 0; k < sizeof row / sizeof row[0]; k++) {
		snprintf(key, sizeof key, "steps[%zu].%s", i, row[k].key);
		if (!sum_times(t, row[k].into, row[k].times, key))
			return false;
	}
	if (of->latency.count == of->accounting.sent || t->is_invalid)
		return true;
	return sum_bad(t,
		       "\"loads[%zu].steps[%zu].latency_ns\" counts %" PRIu64
		       " requests, but %" PRIu64 " were sent",
		       t->index, i, of->latency.count, of->accounting.sent);
}

static bool add_step(struct load_sum *t, size_t i, struct tally_step *alone,
		     const struct load_step_result *of)
{
	struct tally_step *st = &t->sum.step[i];
	const struct names statuses = { "statuses", status_of, of->statuses,
					of->n_statuses, alone->status };
	const struct names outcomes = { "outcomes", outcome_of, of->outcomes,
					of->n_outcomes, alone->outcome };

	add_sums(t, alone, of);
	if (!add_names(t, i, &statuses, of->accounting.sent) ||
	    !add_names(t, i, &outcomes, of->accounting.sent))
		return false;
	add_sums(t, st, of);
	for (size_t k = 0; k < TALLY_STATUSES; k++)
		sum_plus(t, &st->status[k], alone->status[k]);
	for (size_t k = 0; k < OUTCOME_N; k++)
		sum_plus(t, &st->outcome[k], alone->outcome[k]);
	return add_times(t, i, st, of);
}

bool sum_steps(struct load_sum *t, const struct load_result *of,
	       struct tally *counts)
{
	for (size_t i = 0; i < of->n_steps; i++) {
		if (!add_step(t, i, &counts->step[i], &of->steps[i]))
			return false;
	}
	return true;
}

/* ---- the result --------------------------------------------------------- */

bool sum_steps_result(struct load_sum *t, struct arena *a,
		      struct load_result *out)
{
	size_t n = t->sum.n_steps;
	struct load_step_result *steps = arena_alloc(a, n, sizeof *steps);

	if (!steps)
		return errs_nomem(t->es);
	for (size_t i = 0; i < n; i++) {
		if (!step_result(&t->facts[i], &t->sum.step[i], a, &steps[i]))
			return errs_nomem(t->es);
		steps[i].at = t->spot[i];
	}
	out->n_steps = n;
	out->steps = steps;
	return true;
}
