/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "report/gate/parts.h"
#include "report/hist/hist.h"
#include "scenarios/base/units.h"
#include "scenarios/loads/loads.h"

/* What a setting may be, both ends included. */
#define ALPHA_MIN    ((double)LOAD_GATE_ALPHA_MIN_PPB / (double)UNIT_PPB_WHOLE)
#define ALPHA_MAX    ((double)LOAD_GATE_ALPHA_MAX_PPB / (double)UNIT_PPB_WHOLE)
#define EFFECT_MAX   10.0
#define RATIO_MAX    1e6
#define FACTOR_MAX   1e6
#define TAU_MAX	     1.0
#define QUANTILE_MIN 1e-6
#define QUANTILE_MAX 0.999999

struct check {
	struct place at;
	struct errs *es;
	bool ok;
};

static void bad(struct check *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static void bad(struct check *c, const char *fmt, ...)
{
	char text[ERR_PART_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	c->ok = errs_add(c->es, ERR_INPUT, c->at, "%s", text);
}

static void check_settings(struct check *c, const struct gate_settings *s)
{
	const struct {
		const char *key;
		double is, min, max;
	} row[] = {
		{ "alpha", s->alpha, ALPHA_MIN, ALPHA_MAX },
		{ "min_effect", s->min_effect, 0, EFFECT_MAX },
		{ "equivalence", s->equivalence, 0, EFFECT_MAX },
		{ "min_rate", s->min_rate, 0, 1 },
		{ "min_ratio", s->min_ratio, 1, RATIO_MAX },
		{ "slow_factor", s->slow_factor, 1, FACTOR_MAX },
		{ "assumed_tau", s->assumed_tau, 0, TAU_MAX },
		{ "least_tau", s->least_tau, 0, TAU_MAX },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		if (!(row[i].is >= row[i].min && row[i].is <= row[i].max))
			bad(c,
			    "\"gate.settings.%s\" must be from %g to %g, got "
			    "%g",
			    row[i].key, row[i].min, row[i].max, row[i].is);
}

static void check_quantiles(struct check *c, const struct gate_settings *s)
{
	double before = 0;

	if (s->n_quantiles > GATE_QUANTILES_MAX) {
		bad(c,
		    "\"gate.settings.quantiles\" has %zu elements, at most %d",
		    s->n_quantiles, GATE_QUANTILES_MAX);
		return;
	}
	for (size_t i = 0; i < s->n_quantiles; i++) {
		double q = s->quantiles[i].q;

		if (!(q >= QUANTILE_MIN && q <= QUANTILE_MAX && q > before))
			bad(c,
			    "\"gate.settings.quantiles[%zu].q\" must be above "
			    "%g and at most %g, got %.10g",
			    i, before, QUANTILE_MAX, q);
		before = q;
	}
}

static void check_design(struct check *c, const struct gate_design *d)
{
	if (d->ended_after && !d->is_fail_fast)
		bad(c, "\"gate.design.ended_after\" is for a gate that was "
		       "looked at between launches");
	if (d->ended_after > d->launches)
		bad(c,
		    "\"gate.design.ended_after\" must be at most the launches, "
		    "%" PRIu64 ", got %" PRIu64,
		    d->launches, d->ended_after);
}

static void check_groups(struct check *c, const struct gate_result *g)
{
	if (g->n_groups == 0 || g->n_groups > GATE_GROUPS_MAX) {
		bad(c, "\"gate.groups\" must have 1 to %d elements, got %zu",
		    GATE_GROUPS_MAX, g->n_groups);
		return;
	}
	for (size_t i = 0; i < g->n_groups; i++)
		for (size_t k = 0; k < i; k++)
			if (!strcmp(g->groups[i].name, g->groups[k].name))
				bad(c,
				    "\"gate.groups[%zu].name\" is that of "
				    "groups[%zu] as well",
				    i, k);
}

/* How the numbers of a half belong together is looked at when its histogram
 * is unpacked. */
static void check_half(struct check *c, size_t i, char side,
		       const struct gate_half *h)
{
	if (h->attempts > HIST_COUNT_MAX)
		bad(c, "\"gate.cells[%zu].%c.attempts\" is too large", i, side);
	if (h->errors > h->attempts)
		bad(c,
		    "\"gate.cells[%zu].%c.errors\" must be at most the "
		    "attempts, %" PRIu64 ", got %" PRIu64,
		    i, side, h->attempts, h->errors);
}

static void check_cells(struct check *c, const struct gate_result *g)
{
	uint64_t group = 0;

	if (g->n_cells > GATE_STORED_MAX) {
		bad(c, "\"gate.cells\" has %zu elements, at most %d",
		    g->n_cells, GATE_STORED_MAX);
		return;
	}
	for (size_t i = 0; i < g->n_cells && c->es->dropped == 0; i++) {
		const struct gate_cell *cell = &g->cells[i];

		if (cell->group >= g->n_groups)
			bad(c,
			    "\"gate.cells[%zu].group\" must be below %zu, the "
			    "number of groups, got %" PRIu64,
			    i, g->n_groups, cell->group);
		else if (cell->group < group)
			bad(c,
			    "\"gate.cells[%zu].group\" must not be less than "
			    "that before, %" PRIu64 ", got %" PRIu64,
			    i, group, cell->group);
		group = cell->group;
		if (cell->launch >= g->design.launches)
			bad(c,
			    "\"gate.cells[%zu].launch\" must be below %" PRIu64
			    ", the launches of the design, got %" PRIu64,
			    i, g->design.launches, cell->launch);
		check_half(c, i, 'a', &cell->a);
		check_half(c, i, 'b', &cell->b);
	}
}

bool gate_check(const struct gate_result *g, struct place at, struct errs *es)
{
	struct check c = { at, es, true };

	check_settings(&c, &g->settings);
	check_quantiles(&c, &g->settings);
	check_design(&c, &g->design);
	check_groups(&c, g);
	check_cells(&c, g);
	return c.ok;
}
