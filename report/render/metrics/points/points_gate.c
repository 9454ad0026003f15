/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "report/render/metrics/points/points.h"
#include "report/result/gate_result.h"
#include "report/result/result.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/units.h"

#define PERCENT 100.0

/* What a and b of a metric are, and their unit here. */
static const struct {
	enum metric_id id;
	double unit;
} sides[GATE_KIND_N] = {
	[GATE_LATENCY] = { NAME_GATE_LATENCY, (double)UNIT_NS_PER_S },
	[GATE_ERRORS] = { NAME_GATE_SHARE, 1 },
	[GATE_SLOW] = { NAME_GATE_SHARE, 1 },
	[GATE_THROUGHPUT] = { NAME_GATE_RATE, 1 },
};

/* Nothing where the data are not enough to say something. */
static void add_change(struct points *t, const struct gate_metric *m)
{
	const struct metric_label baseline = { "side", "baseline" };
	const struct metric_label candidate = { "side", "candidate" };
	double unit = sides[m->kind].unit;

	if (!m->cells || !isfinite(m->high))
		return;
	points_add(t, NAME_GATE_CHANGE, points_real(m->estimate) / PERCENT);
	points_add(t, NAME_GATE_CHANGE_LOW, points_real(m->low) / PERCENT);
	points_add(t, NAME_GATE_CHANGE_HIGH, points_real(m->high) / PERCENT);
	points_add(t, NAME_GATE_LEVEL, points_real(m->level));
	if (m->could_detect > 0)
		points_add(t, NAME_GATE_DETECTABLE,
			   points_real(m->could_detect) / PERCENT);
	points_add_own(t, sides[m->kind].id, &baseline, 1,
		       points_real(m->a) / unit);
	points_add_own(t, sides[m->kind].id, &candidate, 1,
		       points_real(m->b) / unit);
}

static void add_metric(struct points *t, const struct gate_metric *m)
{
	const struct metric_label verdict[] = {
		{ "verdict", gate_verdict_name(m->verdict) },
		{ "gated", m->is_gated ? "true" : "false" },
	};

	points_add_own(t, NAME_GATE_METRIC_VERDICT, verdict, 2, 1);
	add_change(t, m);
	points_add(t, NAME_GATE_CELLS, (double)m->cells);
}

/* Metrics of one name differ by their group: both tell them apart. */
static const char *key_of(const void *self, size_t i)
{
	return ((const char *const *)self)[i];
}

static const char **keys_of(struct points *t, const struct gate_result *gate)
{
	const char **key =
		arena_alloc(t->arena, gate->n_metrics, sizeof(char *));

	for (size_t i = 0; key && i < gate->n_metrics; i++) {
		key[i] = arena_printf(t->arena, "%s\n%s",
				      points_text(t, gate->metrics[i].name),
				      points_text(t, gate->metrics[i].group));
		t->failed |= !key[i];
	}
	t->failed |= !key;
	return t->failed ? NULL : key;
}

void points_of_gate(struct points *t, const struct run_result *run)
{
	const struct gate_result *gate = run->gate;
	const struct metric_label verdict = {
		"verdict", gate_verdict_name(gate->verdict)
	};
	const char **key = keys_of(t, gate);
	const struct point_name *name =
		key ? points_names(t, gate->n_metrics, key_of, key) : NULL;
	size_t outer = t->n_scope;

	points_when(t, run->started_at_ns, run->total_ns);
	points_enter(t, "load", points_text(t, gate->load));
	points_add_own(t, NAME_GATE_VERDICT, &verdict, 1, 1);
	points_add(t, NAME_GATE_REGRESSED, gate->verdict == GATE_REGRESSION);
	size_t inner = t->n_scope;
	for (size_t i = 0; name && i < gate->n_metrics; i++) {
		const struct gate_metric *m = &gate->metrics[i];

		points_enter(t, "step", points_text(t, m->group));
		points_enter_named(t, "metric", points_text(t, m->name),
				   name[i].number);
		add_metric(t, m);
		points_leave(t, inner);
	}
	points_leave(t, outer);
}
