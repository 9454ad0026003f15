/* SPDX-License-Identifier: MIT */
/* Which row of data belongs to which round. */
#include "loadgen/run/inside.h"
#include "scenarios/base/arena.h"

static uint64_t seed_of(const struct load_job *job, size_t feeder)
{
	uint64_t own = job->config->scenario->feeders[feeder].seed;

	return (own ? own : job->seed) + feeder;
}

/* Fisher and Yates, in the form of Durstenfeld 1964. */
static uint32_t *shuffle(const struct load_job *job, size_t feeder,
			 struct arena *a)
{
	size_t n = job->config->scenario->feeders[feeder].n_rows;
	uint32_t *row = arena_alloc(a, n, sizeof(*row));
	struct random draw;

	if (!row)
		return NULL;
	random_init(&draw, seed_of(job, feeder), 0);
	for (size_t i = 0; i < n; i++) {
		size_t j = random_below(&draw, i + 1);
		row[i] = row[j];
		row[j] = (uint32_t)i;
	}
	return row;
}

bool deal_init(struct load_job *job, struct arena *a)
{
	const struct scenario *sc = job->config->scenario;
	const uint32_t **dealt = arena_alloc(a, sc->n_feeders, sizeof(*dealt));

	if (!dealt)
		return false;
	for (size_t i = 0; i < sc->n_feeders; i++) {
		if (sc->feeders[i].order != FEEDER_SHUFFLE)
			continue;
		dealt[i] = shuffle(job, i, a);
		if (!dealt[i])
			return false;
	}
	job->dealt = dealt;
	return true;
}

bool deal_row(const struct load_job *job, size_t feeder, uint64_t k,
	      size_t worker, size_t *row)
{
	const struct feeder *f = &job->config->scenario->feeders[feeder];
	size_t n = job->n_sharing;
	uint64_t rows = f->n_rows, at = k;

	if (f->order == FEEDER_RANDOM) {
		struct random draw;
		random_init(&draw, seed_of(job, feeder), k + 1);
		*row = random_below(&draw, rows);
		return true;
	}
	if (f->is_by_worker) { /* only every n-th row is its own */
		at = k / n;
		rows = (rows + n - 1 - worker) / n;
	}
	if (!rows || (at >= rows && f->at_end == FEEDER_STOP))
		return false;
	at %= rows;
	if (f->is_by_worker)
		at = at * n + worker;
	*row = job->dealt[feeder] ? job->dealt[feeder][at] : at;
	return true;
}
