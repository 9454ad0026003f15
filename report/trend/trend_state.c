/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "report/result/result.h"
#include "report/state/state.h"
#include "report/trend/trend_read.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"

#define HOUR_NS UINT64_C(3600000000000)

static struct trend_run run_of(const struct state_bucket *b)
{
	return (struct trend_run){
		.at_ns = b->from_at_ns,
		.p50_ns = b->p50_ns,
		.p95_ns = b->p95_ns,
		.p99_ns = b->p99_ns,
		.requests = b->n_requests,
		.errors = b->n_errors < b->n_requests ? b->n_errors
						      : b->n_requests,
		.host = "",
	};
}

/* The hours up to that of the run; those without a request say nothing. */
static bool read_hours(struct state *st, const struct run_result *newest,
		       const char *check, struct arena *a,
		       struct trend_load *out, struct errs *es)
{
	const uint64_t span_ns = (uint64_t)TREND_RUNS_MAX * HOUR_NS;
	uint64_t until_at_ns = newest->started_at_ns + 1;
	struct state_bucket *bucket;
	size_t n;

	if (!state_buckets(st, newest->name, check, BUCKET_HOUR,
			   until_at_ns > span_ns ? until_at_ns - span_ns : 0,
			   until_at_ns, a, &bucket, &n, es))
		return false;
	struct trend_run *runs = arena_alloc(a, n, sizeof(*runs));
	if (!runs)
		return errs_nomem(es);
	*out = (struct trend_load){ .name = check,
				    .is_check = true,
				    .runs = runs };
	for (size_t i = 0; i < n; i++)
		if (bucket[i].n_requests && bucket[i].p50_ns)
			runs[out->n_runs++] = run_of(&bucket[i]);
	return true;
}

static bool read_checks(struct state *st, const struct run_result *newest,
			struct arena *a, struct trend_load *load, size_t *n,
			struct errs *es)
{
	for (size_t i = 0; i < newest->n_checks && *n < TREND_LOADS_MAX; i++) {
		if (!read_hours(st, newest, newest->checks[i].name, a,
				&load[*n], es))
			return false;
		*n += load[*n].n_runs > 0;
	}
	return true;
}

bool trend_state_read(const struct run_result *newest, const char *path,
		      struct arena *a, struct trend_load *load, size_t *n,
		      struct errs *es)
{
	size_t before = *n;

	if (!newest->n_checks)
		return errs_add(es, ERR_INPUT, NOWHERE,
				"\"%s\" is a state file: it remembers checks, "
				"and the result has none; of loads --history "
				"wants result files, or a folder of them",
				path);
	struct state *st = state_open_readonly(path, es);
	if (!st)
		return false;
	bool ok = read_checks(st, newest, a, load, n, es);
	state_close(st);
	if (ok && *n == before)
		return errs_add(es, ERR_INPUT, NOWHERE,
				"\"%s\" remembers none of the checks of \"%s\"",
				path, newest->name);
	return ok;
}
