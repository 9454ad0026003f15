/* SPDX-License-Identifier: MIT */
#include "report/load/collect_parts.h"
#include "scenarios/base/arena.h"

static size_t count_used(const uint64_t *count, size_t n)
{
	size_t used = 0;

	for (size_t i = 0; i < n; i++)
		used += count[i] > 0;
	return used;
}

static const char *status_name(size_t status, struct arena *a)
{
	return status ? arena_printf(a, "%zu", status) : "none";
}

static const char *outcome_label(size_t outcome, struct arena *a)
{
	(void)a;
	return outcome_name((enum outcome)outcome);
}

/* The counts that are not 0, with their names. */
static bool write_counts(const uint64_t *count, size_t n,
			 const char *(*name)(size_t i, struct arena *a),
			 struct arena *a, const struct named_count **list,
			 size_t *n_list)
{
	size_t used = count_used(count, n), next = 0;
	struct named_count *out = arena_alloc(a, used, sizeof *out);

	if (!out)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (count[i] == 0)
			continue;
		out[next].count = count[i];
		out[next].name = name(i, a);
		if (!out[next++].name)
			return false;
	}
	*list = out;
	*n_list = used;
	return true;
}

static uint64_t count_range(const uint64_t *status, size_t from, size_t to)
{
	uint64_t sum = 0;

	for (size_t i = from; i <= to; i++)
		sum += status[i];
	return sum;
}

/* Each boundary is rounded, not each phase: so they add up to the mean. */
static void write_phases(const struct tally_step *st, struct phases *out)
{
	unsigned __int128 sum = 0;
	uint64_t before = 0;

	*out = (struct phases){ 0 };
	for (size_t i = 0; st->sent > 0 && i < PHASE_N; i++) {
		uint64_t mean;

		sum += st->phase_ns[i];
		mean = (uint64_t)(sum / st->sent);
		out->ns[i] = mean - before;
		before = mean;
	}
}

static bool write_times(const struct tally_step *st, struct arena *a,
			struct load_step_result *out)
{
	return times_result(st->latency, a, &out->latency) &&
	       times_result(st->service, a, &out->service) &&
	       times_result(st->first_byte, a, &out->first_byte) &&
	       times_result(st->connect, a, &out->connect);
}

bool step_result(const struct step_facts *facts, const struct tally_step *st,
		 struct arena *a, struct load_step_result *out)
{
	const struct source *src = facts->at.src;

	*out = (struct load_step_result){
		.name = facts->name ? facts->name : "",
		.kind = facts->kind ? facts->kind : "",
		.at = { src && src->name ? src->name : "", facts->at.line,
			facts->at.col },
		.method = facts->method ? facts->method : "",
		.url = facts->url ? facts->url : "",
		.transport = facts->transport ? facts->transport : "",
		.accounting = { .planned = st->sent,
				.sent = st->sent,
				.ok = st->ok,
				.failed = st->failed,
				.timed_out = st->timed_out,
				.in_flight = st->in_flight },
		.skipped = st->skipped,
		.status_4xx = count_range(st->status, 400, 499),
		.status_5xx = count_range(st->status, 500, 599),
		.sample = arena_strdup(a, st->sample),
		.connections = st->connections,
		.resends = st->resends,
		.sent_bytes = st->sent_bytes,
		.received_bytes = st->received_bytes,
	};
	write_phases(st, &out->mean_phases);
	return out->sample && write_times(st, a, out) &&
	       write_counts(st->status, TALLY_STATUSES, status_name, a,
			    &out->statuses, &out->n_statuses) &&
	       write_counts(st->outcome, OUTCOME_N, outcome_label, a,
			    &out->outcomes, &out->n_outcomes);
}

bool steps_result(const struct collector *c, struct arena *a,
		  struct load_result *out)
{
	size_t n = c->facts.n_steps;
	struct load_step_result *steps = arena_alloc(a, n, sizeof *steps);

	if (!steps)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!step_result(&c->facts.step[i], &c->judged->step[i], a,
				 &steps[i]))
			return false;
	}
	out->n_steps = n;
	out->steps = steps;
	return true;
}
