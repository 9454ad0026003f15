/* SPDX-License-Identifier: MIT */
#include "report/result/load_books.h"

#include <inttypes.h>
#include <stdio.h>

#include "report/result/load_result.h"
#include "report/result/verdict.h"

enum { PATH_BYTES = 80 };

struct books {
	struct place at;
	struct errs *es;
	size_t load;
	bool ok;
};

static void same_sum(struct books *b, const char *path, const char *key,
		     uint64_t said, uint64_t sum)
{
	if (said == sum)
		return;
	b->ok = errs_add(b->es, ERR_INPUT, b->at,
			 "\"%s.accounting.%s\" says %" PRIu64
			 ", but its parts add up to %" PRIu64,
			 path, key, said, sum);
}

static void check_accounting(struct books *b, const char *path,
			     const struct accounting *a)
{
	same_sum(b, path, "planned", a->planned,
		 a->sent + a->dropped + a->not_started);
	same_sum(b, path, "sent", a->sent,
		 a->ok + a->failed + a->timed_out + a->in_flight);
}

static void check_times(struct books *b, const char *path, const char *key,
			const struct times_result *t)
{
	const uint64_t row[] = { t->min_ns, t->p50_ns,	t->p90_ns, t->p95_ns,
				 t->p99_ns, t->p999_ns, t->max_ns };

	for (size_t i = 1; i < sizeof row / sizeof row[0]; i++) {
		if (row[i - 1] <= row[i])
			continue;
		b->ok = errs_add(b->es, ERR_INPUT, b->at,
				 "\"%s.%s\" must rise from min to max", path,
				 key);
		return;
	}
}

static void check_step(struct books *b, size_t i,
		       const struct load_step_result *step, bool sums)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof path, "loads[%zu].steps[%zu]", b->load, i);
	if (sums)
		check_accounting(b, path, &step->accounting);
	check_times(b, path, "latency_ns", &step->latency);
	check_times(b, path, "service_ns", &step->service);
}

bool load_books(const struct load_result *load, size_t i, struct place at,
		struct errs *es)
{
	struct books b = { at, es, i, true };
	bool sums = load->verdict != RUN_INVALID;
	enum run_verdict least = load_least(load);
	char path[PATH_BYTES];

	snprintf(path, sizeof path, "loads[%zu]", i);
	if (sums)
		check_accounting(&b, path, &load->accounting);
	check_times(&b, path, "latency_ns", &load->latency);
	check_times(&b, path, "service_ns", &load->service);
	for (size_t k = 0; k < load->n_steps; k++)
		check_step(&b, k, &load->steps[k], sums);
	if (run_verdict_worse(load->verdict, least) != load->verdict)
		b.ok = errs_add(es, ERR_INPUT, at,
				"\"%s.verdict\" says %s, but its limits and "
				"doubts give %s",
				path, run_verdict_name(load->verdict),
				run_verdict_name(least));
	return b.ok;
}
