/* SPDX-License-Identifier: MIT */
#include "report/against/against_result.h"

#include <stdbool.h>

#include "report/result/load_result.h"

const char *against_verdict_name(enum against_verdict v)
{
	static const char *const names[AGAINST_VERDICT_N] = {
		[AGAINST_NOT_WORSE] = "not worse",
		[AGAINST_UNDECIDED] = "not decided",
		[AGAINST_WORSE] = "worse",
		[AGAINST_INVALID] = "invalid",
	};

	return names[v];
}

enum run_verdict against_run_verdict(enum against_verdict v)
{
	static const enum run_verdict verdicts[AGAINST_VERDICT_N] = {
		[AGAINST_NOT_WORSE] = RUN_OK,
		[AGAINST_UNDECIDED] = RUN_INCONCLUSIVE,
		[AGAINST_WORSE] = RUN_FAILED,
		[AGAINST_INVALID] = RUN_INVALID,
	};

	return verdicts[v];
}

static enum against_verdict of_metrics(const struct against_result *ag)
{
	enum against_verdict worst =
		ag->n_metrics ? AGAINST_NOT_WORSE : AGAINST_UNDECIDED;

	for (size_t i = 0; i < ag->n_metrics; i++)
		if (ag->metrics[i].verdict > worst)
			worst = ag->metrics[i].verdict;
	return worst;
}

void against_judge(struct run_result *run)
{
	struct against_result *ag = run->against;

	if (!ag)
		return;
	ag->verdict = of_metrics(ag);
	for (size_t i = 0; i < run->n_loads; i++)
		if (run->loads[i].verdict == RUN_INVALID)
			ag->verdict = AGAINST_INVALID;
}

const struct against_metric *against_worst(const struct against_result *ag)
{
	const struct against_metric *worst = NULL;

	for (size_t i = 0; i < ag->n_metrics; i++) {
		const struct against_metric *m = &ag->metrics[i];

		if (!worst || m->verdict > worst->verdict ||
		    (m->verdict == worst->verdict &&
		     m->worse_evidence > worst->worse_evidence))
			worst = m;
	}
	return worst;
}
