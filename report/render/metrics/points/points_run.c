/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "report/publish/check_metrics.h"
#include "report/publish/standing.h"
#include "report/render/metrics/points/points.h"
#include "report/result/result.h"
#include "report/result/verdict.h"
#include "scenarios/base/units.h"

static double seconds(uint64_t ns)
{
	return (double)ns / (double)UNIT_NS_PER_S;
}

/* ---- the run ---------------------------------------------------------------- */

static void add_run(struct points *t, const struct run_result *run)
{
	const char *space = strrchr(run->tool, ' ');
	const struct metric_label version = {
		"version", points_text(t, space ? space + 1 : run->tool)
	};
	const struct metric_label verdict = { "verdict",
					      run_verdict_name(run->verdict) };

	points_add_own(t, NAME_BUILD_INFO, &version, 1, 1);
	points_add_own(t, NAME_RUN_VERDICT, &verdict, 1, 1);
	points_add(t, NAME_RUN_EXIT_CODE, (double)run->exit_code);
	points_add(t, NAME_RUN_PARTIAL, run->partial);
	points_add(t, NAME_RUN_START, seconds(run->started_at_ns));
	points_add(t, NAME_RUN_DURATION, seconds(run->total_ns));
	points_add(t, NAME_RUN_CPU, seconds(run->cpu_ns));
	points_add(t, NAME_RUN_MEMORY, (double)run->peak_rss_bytes);
}

/* ---- its checks --------------------------------------------------------------- */

static const char *check_name(const void *self, size_t i)
{
	return ((const struct check_result *)self)[i].name;
}

static const char *step_name(const void *self, size_t i)
{
	return ((const struct step_result *)self)[i].name;
}

static void add_steps(struct points *t, const struct attempt *last)
{
	const struct point_name *name =
		points_names(t, last->n_steps, step_name, last->steps);
	size_t outer = t->n_scope;

	for (size_t i = 0; name && i < last->n_steps; i++) {
		const struct step_result *step = &last->steps[i];

		points_enter_named(t, "step", name[i].text, name[i].number);
		points_add(t, NAME_CHECK_STEP_SUCCESS,
			   step->outcome == OUTCOME_OK);
		points_add(t, NAME_CHECK_STEP_DURATION,
			   seconds(step->total_ns));
		points_leave(t, outer);
	}
}

static void add_check(struct points *t, const struct check_result *check)
{
	const struct attempt *last = check_deciding(check);
	struct standing now = { .name = check->name };

	standing_take(&now, check);
	for (size_t i = 0; i < check_metrics_n; i++) {
		const struct check_metric *row = &check_metrics[i];
		struct check_sample sample[CHECK_SAMPLES_MAX];
		size_t n = row->is_of_watch
				   ? 0
				   : check_metric_samples(row, &now, sample);

		for (size_t k = 0; k < n; k++) {
			const char *text =
				sample[k].label ? sample[k].text : "";
			/* the standing goes, its texts must stay */
			const struct metric_label own = {
				sample[k].label, points_text(t, text)
			};

			points_add_own(t, row->id, &own, own.name ? 1 : 0,
				       sample[k].value);
		}
	}
	if (last)
		add_steps(t, last);
}

static void add_checks(struct points *t, const struct run_result *run)
{
	const struct point_name *name =
		points_names(t, run->n_checks, check_name, run->checks);
	size_t outer = t->n_scope;

	for (size_t i = 0; name && i < run->n_checks; i++) {
		const struct check_result *check = &run->checks[i];

		points_when(t,
			    check->started_at_ns ? check->started_at_ns
						 : run->started_at_ns,
			    check->total_ns);
		points_enter_named(t, "check", name[i].text, name[i].number);
		add_check(t, check);
		points_leave(t, outer);
	}
}

bool points_of_run(struct points *t, struct arena *a,
		   const struct run_result *run)
{
	*t = (struct points){ .arena = a,
			      .begin_at_ns =
				      points_later(run->started_at_ns, 0) };
	points_when(t, run->started_at_ns, run->total_ns);
	points_enter(t, "scenario", points_text(t, run->name));
	points_enter(t, "environment", points_text(t, run->environment));
	points_enter(t, "vantage", points_text(t, run->vantage));
	add_run(t, run);
	add_checks(t, run);
	points_of_loads(t, run);
	if (run->gate)
		points_of_gate(t, run);
	return !t->failed;
}
