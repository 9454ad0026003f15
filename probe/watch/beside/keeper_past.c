/* SPDX-License-Identifier: MIT */
/* What the state file remembers of the day before the watch began. */
#include "probe/watch/beside/keeper_inside.h"
#include "probe/watch/config.h"
#include "report/state/state.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"
#include "scenarios/model.h"

/* ---- what was before us ------------------------------------------------------- */

enum { BEFORE_BYTES_MAX = 1 << 20 };

static bool count_before(struct keeper *k, const char *check, uint64_t now,
			 struct hour_counts *sum)
{
	const char *scenario = k->config->scenario->name;
	struct arena *a = arena_new(BEFORE_BYTES_MAX);
	struct state_bucket *b = NULL;
	struct errs es = { 0 };
	size_t n = 0;
	bool ok = a && state_buckets(k->state, scenario, check, BUCKET_HOUR,
				     now - (HOURS_COUNTED - 1) * UNIT_NS_PER_H,
				     now, a, &b, &n, &es);

	for (size_t i = 0; ok && i < n; i++)
		hour_counts_add(sum, b[i].from_at_ns, b[i].n_failed);
	arena_free(a);
	return ok;
}

/* What failed in the last day, of what the state file remembers. */
void keeper_look_back(struct keeper *k)
{
	const struct scenario *sc = k->config->scenario;
	struct hour_counts sum = { 0 };
	uint64_t now = engine_wall_ns();
	bool goes_on = true;

	hour_counts_add(&sum, now, 0);
	for (size_t i = 0; i < sc->n_checks && goes_on; i++) {
		if (k->config->chosen[i])
			goes_on =
				count_before(k, sc->checks[i].name, now, &sum);
		pthread_mutex_lock(&k->lock);
		goes_on = goes_on && !k->must_end;
		pthread_mutex_unlock(&k->lock);
	}
	pthread_mutex_lock(&k->lock);
	k->before = sum;
	k->has_before = true;
	pthread_mutex_unlock(&k->lock);
}

bool keeper_errors_before(struct keeper *k, struct hour_counts *out)
{
	pthread_mutex_lock(&k->lock);
	bool is_new = k->has_before;
	if (is_new)
		hour_counts_merge(out, &k->before);
	k->has_before = false;
	pthread_mutex_unlock(&k->lock);
	return is_new;
}

void keeper_alive(struct keeper *k, uint64_t now_ns)
{
	pthread_mutex_lock(&k->lock);
	k->alive_ns = now_ns;
	pthread_mutex_unlock(&k->lock);
}
