/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "report/gate/parts.h"
#include "report/hist/hist.h"
#include "scenarios/base/arena.h"

enum {
	NUMBER_BYTES = 32,
	TAILS = 2,	    /* of a group: p99.9 and the maximum */
	RATES_AND_MORE = 3, /* metrics besides quantiles: errors, slow,
			     * throughput */
};

/* How far below its plan a number of arrivals may be by chance. */
#define CHANCE_DEVIATIONS 4.0

/* Working memory of one judgement, given back at its end. */
#define SCRATCH_MAX ((size_t)64 << 20)

struct scratch {
	struct arena *a;
	struct cell_change *change;
	struct rate_cell *rate;
	double *middle; /* of both sides, in logarithms */
	struct change_room change_room;
	struct rate_room rate_room;
};

/* One judgement. */
struct judge {
	struct gate_result *g;
	struct arena *a; /* of what is told */
	struct scratch s;
	struct cells cells; /* of the group that is looked at */
	const char *group;
	struct gate_metric *metrics;
	struct trial *trials;
	size_t n; /* of both */
	struct gate_tail *tails;
	size_t n_tails;
};

static bool scratch_init(struct scratch *s, size_t n)
{
	double *ranks;

	s->a = arena_new(SCRATCH_MAX);
	if (!s->a)
		return false;
	s->change = arena_alloc(s->a, n, sizeof *s->change);
	s->rate = arena_alloc(s->a, n, sizeof *s->rate);
	s->middle = arena_alloc(s->a, n, sizeof *s->middle);
	s->change_room.sorted = arena_alloc(s->a, n, sizeof(double));
	s->change_room.launches =
		arena_alloc(s->a, n, sizeof *s->change_room.launches);
	ranks = arena_alloc(s->a, SIGNED_RANK_ROOM, sizeof *ranks);
	s->change_room.ranks = s->rate_room.ranks = ranks;
	s->rate_room.d = s->change_room.sorted;
	s->rate_room.scores = arena_alloc(s->a, n, sizeof(struct cluster_part));
	return s->rate_room.scores && s->change && s->rate && s->middle &&
	       s->change_room.sorted && s->change_room.launches && ranks;
}

/* ---- a metric -------------------------------------------------------------- */

static struct trial *add_trial(struct judge *t, enum gate_kind kind,
			       const char *name, bool is_gated)
{
	struct gate_metric *m = &t->metrics[t->n];
	struct trial *trial = &t->trials[t->n++];

	*m = (struct gate_metric){
		.name = name,
		.group = t->group,
		.kind = kind,
		.is_gated = is_gated,
		.note = "",
	};
	*trial = (struct trial){
		.metric = m,
		.is_rate = kind == GATE_ERRORS || kind == GATE_SLOW,
		.harm = kind == GATE_THROUGHPUT ? -1 : 1,
	};
	return trial;
}

/* Of both sides in the typical cell, so far apart as the estimate says. */
static void tell_typical(struct judge *t, const struct trial *trial,
			 size_t used)
{
	double half = trial->harm * trial->change.estimate / 2, middle;

	hodges_sort(t->s.middle, used);
	middle = hodges_estimate(t->s.middle, used);
	trial->metric->a = exp(middle - half);
	trial->metric->b = exp(middle + half);
}

static bool keep_launches(struct judge *t, struct trial *trial)
{
	const struct change *c = &trial->change;
	struct gate_launch *l = arena_alloc(t->a, c->n_launches, sizeof *l);

	if (!l)
		return false;
	for (size_t i = 0; i < c->n_launches; i++)
		l[i] = (struct gate_launch){
			c->launches[i].launch,
			100 * expm1(trial->harm * c->launches[i].estimate),
		};
	trial->metric->launches = l;
	trial->metric->n_launches = c->n_launches;
	return true;
}

/* From the cells that were put into the scratch. */
static bool weigh(struct judge *t, struct trial *trial, size_t used)
{
	const struct gate_settings *s = &t->g->settings;
	const struct change_prior prior = { s->assumed_tau, s->least_tau,
					    GATE_LAUNCHES_MIN };
	struct gate_metric *m = trial->metric;

	m->cells = used;
	m->cells_dropped = t->cells.n - used;
	if (used == 0) {
		trial->is_enough = false;
		return true;
	}
	trial->change = change_of(t->s.change, used, &prior, &t->s.change_room);
	tell_typical(t, trial, used);
	trial->is_enough = trial->is_enough && used >= GATE_CELLS_MIN &&
			   isfinite(trial->change.se);
	return keep_launches(t, trial);
}

static void put_change(struct judge *t, size_t at, size_t cell, double log_a,
		       double log_b, double harm)
{
	t->s.middle[at] = (log_a + log_b) / 2;
	t->s.change[at] = (struct cell_change){
		t->cells.cell[cell].launch,
		harm * (log_b - log_a),
	};
}

double gate_answers_least(double q)
{
	return fmax(GATE_ANSWERS_MIN, 1 / (1 - q) - 1e-6);
}

bool gate_are_enough(double requests, double q, double cells)
{
	double planned = cells * GATE_BEYOND_PLANNED / (1 - q);

	return requests + CHANCE_DEVIATIONS * sqrt(planned) >= planned;
}

static bool add_latency(struct judge *t, const struct gate_quantile *q)
{
	char *name = arena_printf(t->a, "p%.10g", 100 * q->q);
	struct trial *trial;
	double least = gate_answers_least(q->q);
	double a = 0, b = 0;
	size_t used = 0;

	if (!name)
		return false;
	trial = add_trial(t, GATE_LATENCY, name, q->is_gated);
	trial->metric->q = q->q;
	for (size_t i = 0; i < t->cells.n; i++) {
		const struct half *ha = &t->cells.a[i], *hb = &t->cells.b[i];

		if ((double)ha->answers < least || (double)hb->answers < least)
			continue;
		put_change(t, used++, i,
			   cells_log_quantile(&t->cells, ha, q->q),
			   cells_log_quantile(&t->cells, hb, q->q), 1);
		a += (double)t->cells.cell[i].a.attempts;
		b += (double)t->cells.cell[i].b.attempts;
	}
	trial->is_enough = gate_are_enough(a, q->q, (double)used) &&
			   gate_are_enough(b, q->q, (double)used);
	return weigh(t, trial, used);
}

static bool add_throughput(struct judge *t)
{
	struct trial *trial = add_trial(t, GATE_THROUGHPUT,
					gate_kind_name(GATE_THROUGHPUT), true);
	/* both sides have half of a cell; without its length the ratio of what
	 * they did is all that is known */
	double side_s = (double)t->g->design.cell_ns / 2e9;
	double scale = side_s > 0 ? log(side_s) : 0;
	size_t used = 0;

	for (size_t i = 0; i < t->cells.n; i++) {
		const struct gate_half *a = &t->cells.cell[i].a;
		const struct gate_half *b = &t->cells.cell[i].b;
		double done_a = (double)(a->attempts - a->errors);
		double done_b = (double)(b->attempts - b->errors);

		if (done_a < GATE_ANSWERS_MIN || done_b < GATE_ANSWERS_MIN)
			continue;
		put_change(t, used++, i, log(done_a) - scale,
			   log(done_b) - scale, trial->harm);
	}
	trial->is_enough = true;
	return weigh(t, trial, used);
}

/* ---- rates ----------------------------------------------------------------- */

static struct rate_cell error_cell(const struct cells *c, size_t i)
{
	const struct gate_cell *cell = &c->cell[i];

	return (struct rate_cell){
		cell->launch,
		(double)cell->a.errors,
		(double)cell->a.attempts,
		(double)cell->b.errors,
		(double)cell->b.attempts,
	};
}

static struct rate_cell slow_cell(const struct cells *c, size_t i)
{
	return (struct rate_cell){
		c->cell[i].launch,	 (double)gate_cells_slow(c, &c->a[i]),
		(double)c->a[i].answers, (double)gate_cells_slow(c, &c->b[i]),
		(double)c->b[i].answers,
	};
}

static void add_rate(struct judge *t, enum gate_kind kind,
		     struct rate_cell (*cell_of)(const struct cells *c,
						 size_t i))
{
	struct trial *trial = add_trial(t, kind, gate_kind_name(kind), true);
	struct gate_metric *m = trial->metric;
	size_t used = 0;

	for (size_t i = 0; i < t->cells.n; i++) {
		struct rate_cell c = cell_of(&t->cells, i);

		if (c.a_n > 0 && c.b_n > 0)
			t->s.rate[used++] = c;
	}
	m->cells = used;
	m->cells_dropped = t->cells.n - used;
	trial->is_enough = used >= GATE_CELLS_MIN;
	if (used < 2)
		return;
	trial->rates = rates_of(t->s.rate, used, GATE_LAUNCHES_MIN,
				GATE_EQUAL_LEVEL, &t->s.rate_room);
	m->a = trial->rates.a;
	m->b = trial->rates.b;
}

/* ---- all ------------------------------------------------------------------- */

/* Pooled over all cells, stalls of the machine and all: to be looked at, not
 * to be judged by. */
static void add_tails(struct judge *t)
{
	const struct hist *a = t->cells.pooled_a, *b = t->cells.pooled_b;
	double least = GATE_TAIL_NEEDS / (1 - GATE_TAIL) - 1e-6;

	if (hist_count(a) == 0 || hist_count(b) == 0)
		return;
	if ((double)hist_count(a) >= least && (double)hist_count(b) >= least)
		t->tails[t->n_tails++] = (struct gate_tail){
			t->group, "p99.9", (double)hist_quantile(a, GATE_TAIL),
			(double)hist_quantile(b, GATE_TAIL)
		};
	t->tails[t->n_tails++] =
		(struct gate_tail){ t->group, "max", (double)hist_max_ns(a),
				    (double)hist_max_ns(b) };
}

static bool judge_group(struct judge *t, size_t group, size_t first, size_t n,
			struct place at, struct errs *es)
{
	const struct gate_settings *s = &t->g->settings;
	bool ok = gate_cells_init(&t->cells, t->g, first, n, at, es);

	t->group = t->g->groups[group].name;
	for (size_t i = 0; ok && i < s->n_quantiles; i++)
		ok = add_latency(t, &s->quantiles[i]) || errs_nomem(es);
	if (ok) {
		add_rate(t, GATE_ERRORS, error_cell);
		add_rate(t, GATE_SLOW, slow_cell);
		add_tails(t);
		ok = t->g->design.rate_per_s > 0 || add_throughput(t) ||
		     errs_nomem(es);
	}
	gate_cells_release(&t->cells);
	return ok;
}

static bool judge_groups(struct judge *t, struct place at, struct errs *es)
{
	const struct gate_result *g = t->g;
	size_t first = 0;
	bool ok = true;

	if (g->n_cells == 0 && g->invalid_why[0])
		return true; /* "not enough data" would be beside the point */
	for (size_t i = 0; ok && i < g->n_groups; i++) {
		size_t to = first;

		while (to < g->n_cells && g->cells[to].group == i)
			to++;
		ok = judge_group(t, i, first, to - first, at, es);
		first = to;
	}
	return ok;
}

/* The last digits of a logarithm are not the same on all machines. */
static void tidy(double *x)
{
	char text[NUMBER_BYTES];

	if (!isfinite(*x))
		return;
	snprintf(text, sizeof text, "%.*g", GATE_DIGITS_STORED, *x);
	*x = strtod(text, NULL) + 0.0;
}

static void tidy_metric(struct gate_metric *m, struct gate_launch *launches)
{
	double *const all[] = { &m->a,	       &m->b,
				&m->estimate,  &m->low,
				&m->high,      &m->level,
				&m->low90,     &m->high90,
				&m->p,	       &m->could_detect,
				&m->df,	       &m->log_estimate,
				&m->se,	       &m->within_se,
				&m->launch_sd, &m->design_effect };

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		tidy(all[i]);
	for (size_t i = 0; i < m->n_launches; i++)
		tidy(&launches[i].change);
}

double gate_alpha(const struct gate_settings *s, const struct gate_design *d)
{
	if (!d->is_fail_fast)
		return s->alpha;
	return s->alpha * (d->ended_after ? GATE_LOOK_SHARE : GATE_LAST_SHARE);
}

static void conclude(struct judge *t)
{
	struct gate_result *g = t->g;
	struct gate_settings settings = g->settings;
	bool is_valid = g->invalid_why[0] == '\0';

	settings.alpha = gate_alpha(&g->settings, &g->design);
	family_judge(t->trials, t->n, &settings);
	g->verdict = is_valid ? GATE_NO_CHANGE : GATE_INCONCLUSIVE;
	for (size_t i = 0; i < t->n; i++) {
		struct gate_metric *m = &t->metrics[i];

		tidy_metric(m, (struct gate_launch *)(uintptr_t)m->launches);
		if (!is_valid)
			m->verdict = GATE_INCONCLUSIVE;
		if (m->is_gated && m->verdict > g->verdict)
			g->verdict = m->verdict;
	}
	g->metrics = t->metrics;
	g->n_metrics = t->n;
	g->tails = t->tails;
	g->n_tails = t->n_tails;
}

static bool judge(struct judge *t, struct place at, struct errs *es)
{
	struct gate_result *g = t->g;
	size_t most = g->n_groups * (g->settings.n_quantiles + RATES_AND_MORE);

	t->metrics = arena_alloc(t->a, most, sizeof *t->metrics);
	t->tails = arena_alloc(t->a, g->n_groups * TAILS, sizeof *t->tails);
	t->trials = calloc(most, sizeof *t->trials);
	if (!t->metrics || !t->tails || !t->trials ||
	    !scratch_init(&t->s, g->n_cells))
		return errs_nomem(es);
	if (!judge_groups(t, at, es))
		return false;
	conclude(t);
	return gate_tell(g, t->trials, t->n, t->a) || errs_nomem(es);
}

bool gate_judge_at(struct gate_result *g, struct arena *a, struct place at,
		   struct errs *es)
{
	struct judge t = { .g = g, .a = a };
	bool ok = gate_check(g, at, es) && judge(&t, at, es);

	free(t.trials);
	arena_free(t.s.a);
	return ok;
}

bool gate_judge(struct gate_result *g, struct arena *a, struct errs *es)
{
	return gate_judge_at(g, a, NOWHERE, es);
}
