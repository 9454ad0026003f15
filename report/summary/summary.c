/* SPDX-License-Identifier: MIT */
#include "report/summary/summary.h"

#include <math.h>
#include <string.h>

#include "report/hist/hist.h"
#include "report/page/page.h"
#include "report/state/state.h"
#include "report/summary/summary_parts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"
#include "scenarios/model.h"

#define SERIES_BYTES_MAX ((size_t)256 << 20) /* of the past of one check */

struct gathering {
	struct state *st;
	const struct scenario *sc;
	struct arena *a;
	struct summary *out;
	enum bucket_level level;
	struct hist *of_check, *of_all;
	struct errs *es;
};

/* ---- buckets ------------------------------------------------------------ */

static void add_times(struct summary_times *into, const struct summary_times *t)
{
	into->up_ns += t->up_ns;
	into->degraded_ns += t->degraded_ns;
	into->down_ns += t->down_ns;
	into->inconclusive_ns += t->inconclusive_ns;
	into->not_observed_ns += t->not_observed_ns;
}

static void add_bucket(struct summary_check *c, const struct state_bucket *b,
		       uint64_t until_at_ns)
{
	uint64_t end = b->from_at_ns + b->length_ns;
	/* what is still to come was not missed */
	uint64_t ahead = end > until_at_ns ? end - until_at_ns : 0;
	const struct summary_times t = {
		.up_ns = b->up_ns,
		.degraded_ns = b->degraded_ns,
		.down_ns = b->down_ns,
		.inconclusive_ns = b->inconclusive_ns,
		.not_observed_ns = b->not_observed_ns > ahead
					   ? b->not_observed_ns - ahead
					   : 0,
	};

	add_times(&c->times, &t);
	c->n_checks += b->n_checks;
	c->n_failed += b->n_failed;
	c->n_requests += b->n_requests;
	c->n_errors += b->n_errors;
}

static bool take_check(struct gathering *g, struct summary_check *c)
{
	const struct summary *s = g->out;
	const char *scenario = g->sc->name;
	struct state_bucket *buckets = NULL;
	size_t n = 0;

	if (!state_buckets(g->st, scenario, c->name, g->level, s->from_at_ns,
			   s->until_at_ns, g->a, &buckets, &n, g->es))
		return false;
	for (size_t i = 0; i < n; i++)
		add_bucket(c, &buckets[i], s->until_at_ns);
	hist_reset(g->of_check);
	if (!state_latency(g->st, scenario, c->name, g->level, s->from_at_ns,
			   s->until_at_ns, g->of_check, g->es))
		return false;
	c->mean_ns = (uint64_t)hist_mean_ns(g->of_check);
	c->p50_ns = hist_quantile(g->of_check, 0.5);
	c->p95_ns = hist_quantile(g->of_check, 0.95);
	c->max_ns = hist_max_ns(g->of_check);
	hist_merge(g->of_all, g->of_check);
	return true;
}

static bool take_checks(struct gathering *g)
{
	struct summary *s = g->out;
	struct summary_check *rows =
		arena_alloc(g->a, g->sc->n_checks + 1, sizeof(*rows));

	if (!rows)
		return errs_nomem(g->es);
	for (size_t i = 0; i < g->sc->n_checks; i++) {
		struct summary_check *c = &rows[i];

		c->name = g->sc->checks[i].name;
		if (!take_check(g, c))
			return false;
		add_times(&s->times, &c->times);
		s->n_runs += c->n_checks;
		s->n_failed += c->n_failed;
		s->n_requests += c->n_requests;
		s->n_errors += c->n_errors;
	}
	s->checks = rows;
	s->n_checks = g->sc->n_checks;
	return true;
}

/* ---- incidents ------------------------------------------------------------ */

static bool take_incidents(struct gathering *g)
{
	struct summary *s = g->out;
	const struct page_incident *all = NULL;
	size_t n = 0;

	if (!page_find_incidents(g->st, g->sc, s->until_at_ns, g->a, &all, &n,
				 g->es))
		return false;
	struct page_incident *kept = arena_alloc(g->a, n + 1, sizeof(*kept));
	if (!kept)
		return errs_nomem(g->es);
	for (size_t i = 0; i < n; i++)
		if (!all[i].until_at_ns || all[i].until_at_ns >= s->from_at_ns)
			kept[s->n_incidents++] = all[i];
	s->incidents = kept;
	return true;
}

/* ---- series --------------------------------------------------------------- */

static bool take_told(struct gathering *g, struct told_sums *sums)
{
	const struct summary *s = g->out;

	for (size_t i = 0; i < g->sc->n_checks; i++) {
		struct arena *a = arena_new(SERIES_BYTES_MAX);
		struct history h = { 0 };
		bool ok = a ? state_history(g->st, g->sc->name,
					    g->sc->checks[i].name,
					    s->from_at_ns, a, &h, g->es)
			    : errs_nomem(g->es);

		for (size_t k = 0; ok && k < h.n_series; k++)
			told_add(&h.series[k], s->from_at_ns, s->until_at_ns,
				 sums);
		arena_free(a);
		if (!ok)
			return false;
	}
	return true;
}

static bool set_metrics(struct gathering *g)
{
	struct told_sums sums = { 0 };

	if (!take_told(g, &sums))
		return false;
	summary_set_metrics(g->out, &sums, g->of_all);
	return true;
}

/* ---- all of it ------------------------------------------------------------- */

bool summary_gather(struct state *st, const struct scenario *sc,
		    uint64_t since_ns, uint64_t now_at_ns, struct arena *a,
		    struct summary *out, struct errs *es)
{
	struct gathering g = { st, sc, a, out, BUCKET_HOUR, NULL, NULL, es };
	uint64_t unit = UNIT_NS_PER_H;
	uint64_t from = now_at_ns > since_ns ? now_at_ns - since_ns : 0;

	if (since_ns > STATE_HOUR_NS) {
		g.level = BUCKET_DAY;
		unit = UNIT_NS_PER_DAY;
	}
	*out = (struct summary){
		.name = sc->name,
		.from_at_ns = from / unit * unit,
		.until_at_ns = now_at_ns,
		.since_ns = since_ns,
	};
	g.of_check = hist_new(HIST_DIGITS);
	g.of_all = hist_new(HIST_DIGITS);
	bool ok = g.of_check && g.of_all
			  ? take_checks(&g) && take_incidents(&g) &&
				    set_metrics(&g)
			  : errs_nomem(es);
	hist_free(g.of_check);
	hist_free(g.of_all);
	return ok;
}

double summary_availability(const struct summary_times *t)
{
	double well = (double)t->up_ns + (double)t->degraded_ns;
	double seen = well + (double)t->down_ns;

	return seen > 0 ? well / seen : NAN;
}
