/* SPDX-License-Identifier: MIT */
#include "loadgen/gate/gate_tell.h"

#include <math.h>

#include "report/gate/gate.h"
#include "report/out.h"
#include "report/result/gate_result.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"

static bool tells(const struct gate_metric *m)
{
	return m->kind == GATE_LATENCY && m->is_gated &&
	       m->launch_is_measured && m->cells >= GATE_CELLS_MIN &&
	       isfinite(m->launch_sd);
}

double gate_calibrated(const struct gate_result *g)
{
	double most = -1;

	for (size_t i = 0; i < g->n_metrics; i++)
		if (tells(&g->metrics[i]))
			most = fmax(most, g->metrics[i].launch_sd);
	return most;
}

void gate_tell_calibration(const struct gate_result *g, struct out *o)
{
	double tau = gate_calibrated(g);
	const char *between = "";
	struct buf text;

	if (tau < 0 || g->invalid_why[0]) {
		out_printf(o, "calibration: how much launches differ was not "
			      "measured\n");
		return;
	}
	buf_init(&text, BUF_NO_LIMIT);
	buf_printf(&text,
		   "calibration: launches of this build differ by %.1f "
		   "%% (",
		   tau);
	for (size_t i = 0; i < g->n_metrics; i++) {
		const struct gate_metric *m = &g->metrics[i];
		if (!tells(m))
			continue;
		buf_printf(&text, "%s%s%s%s %.1f %%", between, m->name,
			   m->group[0] ? " of " : "", m->group, m->launch_sd);
		between = ", ";
	}
	buf_printf(&text,
		   ")\nkeep it with the load, for when they cannot be launched:"
		   "\n    gate: { tau: %.1f%% }\n",
		   tau);
	out_buf(o, &text);
	buf_release(&text);
}
