/* SPDX-License-Identifier: MIT */
#include "report/render/gate/gate_need.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "report/gate/gate.h"
#include "report/result/gate_result.h"

/* What is longer cannot be waited for, and says no more than "far more". */
#define FACTOR_MAX 1e6

static bool is_share(const struct gate_metric *m)
{
	return m->kind == GATE_ERRORS || m->kind == GATE_SLOW;
}

/* Percent, as the logarithm that intervals are symmetric in. */
static double log_of(double percent)
{
	return percent > -100 ? log1p(percent / 100) : -INFINITY;
}

/* ---- requests that a quantile takes to be judged at all ------------- */

static uint64_t wanted_requests(double q)
{
	/* 1 - q is not exact */
	return q < 1 ? (uint64_t)ceil(2 * GATE_CELLS_MIN / (1 - q) - 1e-6) : 0;
}

/* Those of the side that had fewer; UINT64_MAX without its cells. */
static uint64_t got_requests(const struct gate_result *gate,
			     const struct gate_metric *m)
{
	uint64_t a = 0, b = 0;
	bool is_known = false;

	for (size_t i = 0; i < gate->n_cells; i++) {
		const struct gate_cell *c = &gate->cells[i];

		if (c->group >= gate->n_groups ||
		    strcmp(gate->groups[c->group].name, m->group) != 0)
			continue;
		is_known = true;
		a += c->a.attempts;
		b += c->b.attempts;
	}
	if (!is_known)
		return UINT64_MAX;
	return a < b ? a : b;
}

/* ---- how much narrower the interval has to be ----------------------- */

/* The square of a ratio of widths, where it asks for more. */
static double grown(double width, double wanted)
{
	double ratio = width / wanted;

	return wanted > 0 && ratio > 1 && isfinite(ratio) ? ratio * ratio : 0;
}

static double lesser(double a, double b)
{
	if (!(a > 0) || !(b > 0))
		return a > 0 ? a : b;
	return a < b ? a : b;
}

/* One width for all: logarithms of changes, or percentage points. */
struct widths {
	double seen;   /* could_detect */
	double change; /* without its sign */
	double half, half90;
	double least, same; /* min_effect, equivalence */
};

static struct widths widths_of(const struct gate_result *gate,
			       const struct gate_metric *m)
{
	const struct gate_settings *s = &gate->settings;

	if (is_share(m)) {
		double fewer = fmin(m->a, m->b);
		double least =
			100 * fmax(s->min_rate, (s->min_ratio - 1) * fewer);

		return (struct widths){
			.seen = m->could_detect,
			.change = fabs(m->estimate),
			.half = (m->high - m->low) / 2,
			.half90 = (m->high90 - m->low90) / 2,
			.least = least,
			.same = GATE_RATE_EQUIVALENCE * least,
		};
	}
	return (struct widths){
		.seen = log_of(m->could_detect),
		.change = fabs(log_of(m->estimate)),
		.half = (log_of(m->high) - log_of(m->low)) / 2,
		.half90 = (log_of(m->high90) - log_of(m->low90)) / 2,
		.least = log1p(s->min_effect),
		.same = log1p(s->equivalence),
	};
}

static double factor_of(const struct widths *w, bool *sees)
{
	double factor = grown(w->seen, w->same);

	*sees = factor > 0;
	if (*sees)
		return factor;
	/* the change is between the margins: leave the nearer of them */
	if (w->change >= w->least)
		factor = grown(w->half, w->change);
	return lesser(factor, grown(w->half90, w->same - w->change));
}

/* ---- what it takes for that ----------------------------------------- */

/* se is made of what the cells tell and of what launches differ by. */
static void split(const struct gate_result *gate, const struct gate_metric *m,
		  struct gate_need *need)
{
	double all = m->se * m->se, within = m->within_se * m->within_se;
	double between = all - within;

	need->kind = GATE_NEED_REQUESTS;
	if (is_share(m) || !(between > 0) || !(all > 0))
		return;
	if (m->launch_is_measured || gate->design.can_launch) {
		if (between > within)
			need->kind = GATE_NEED_TIME;
		return;
	}
	if (all / need->factor <= between) {
		need->kind = GATE_NEED_LAUNCHES;
		return;
	}
	need->factor = within / (all / need->factor - between);
}

static void scale(const struct gate_design *d, struct gate_need *need)
{
	if (!(need->factor > 0 && need->factor <= FACTOR_MAX)) {
		need->factor = 0;
		if (need->kind != GATE_NEED_SAMPLE &&
		    need->kind != GATE_NEED_LAUNCHES)
			need->kind = GATE_NEED_MORE;
		return;
	}
	need->total_ns =
		(uint64_t)fmin((double)d->total_ns * need->factor, 1e18);
	need->launches =
		(uint64_t)fmin(ceil((double)d->launches * need->factor), 1e9);
	need->rate_per_s = d->rate_per_s * need->factor;
}

struct gate_need gate_need(const struct gate_result *gate,
			   const struct gate_metric *m)
{
	struct gate_need need = { .kind = GATE_NEED_NOTHING };
	struct widths w;
	bool sees;

	if (!m->is_gated || m->verdict != GATE_INCONCLUSIVE)
		return need;
	if (m->kind == GATE_LATENCY) {
		need.wanted = wanted_requests(m->q);
		need.got = got_requests(gate, m);
	}
	if (need.got < need.wanted) {
		need.kind = GATE_NEED_SAMPLE;
		if (need.got)
			need.factor = (double)need.wanted / (double)need.got;
		scale(&gate->design, &need);
		return need;
	}
	need.kind = GATE_NEED_MORE;
	if (m->cells < GATE_CELLS_MIN) { /* nothing was judged to grow from */
		if (m->cells && !m->cells_dropped)
			need.factor = (double)GATE_CELLS_MIN / (double)m->cells;
		scale(&gate->design, &need);
		return need;
	}
	w = widths_of(gate, m);
	need.factor = factor_of(&w, &sees);
	if (!(need.factor > 0))
		return need;
	if (sees)
		need.effect =
			is_share(m) ? w.same : 100 * gate->settings.equivalence;
	split(gate, m, &need);
	scale(&gate->design, &need);
	return need;
}
