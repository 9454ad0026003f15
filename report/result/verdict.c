/* SPDX-License-Identifier: MIT */
#include "report/result/verdict.h"

#include "report/against/against_result.h"
#include "report/result/gate_result.h"
#include "report/result/load_result.h"

static const char *const verdicts[VERDICT_N] = {
	[VERDICT_OK] = "ok",
	[VERDICT_FLAKY] = "flaky",
	[VERDICT_STARTING] = "starting",
	[VERDICT_SKIPPED] = "skipped",
	[VERDICT_NOT_OBSERVED] = "not-observed",
	[VERDICT_FAILED] = "failed",
};

static const struct {
	const char *name;
	int exit_code;
} run_verdicts[RUN_VERDICT_N] = {
	[RUN_OK] = { "ok", 0 },
	[RUN_FAILED] = { "failed", 1 },
	[RUN_INCONCLUSIVE] = { "inconclusive", 3 },
	[RUN_INVALID] = { "invalid", 4 },
};

static const char *const severities[SEVERITY_N] = {
	[SEVERITY_INFO] = "info",
	[SEVERITY_WARNING] = "warning",
	[SEVERITY_ERROR] = "error",
	[SEVERITY_CRITICAL] = "critical",
};

const char *verdict_name(enum verdict v)
{
	return verdicts[v];
}

const char *run_verdict_name(enum run_verdict v)
{
	return run_verdicts[v].name;
}

int run_verdict_exit_code(enum run_verdict v)
{
	return run_verdicts[v].exit_code;
}

const char *series_kind_name(enum series_kind k)
{
	static const char *const names[SERIES_KIND_N] = {
		[SERIES_GAUGE] = "gauge",   [SERIES_COUNTER] = "counter",
		[SERIES_BUCKET] = "bucket", [SERIES_QUANTILE] = "quantile",
		[SERIES_TEXT] = "text",
	};

	return names[k];
}

const char *severity_name(enum severity s)
{
	return severities[s];
}

size_t attempt_first_failed(const struct attempt *at)
{
	for (size_t i = 0; i < at->n_steps; i++) {
		enum outcome o = at->steps[i].outcome;

		if (o != OUTCOME_OK && o != OUTCOME_SKIPPED)
			return i;
	}
	return at->n_steps;
}

bool step_is_request(const struct step_result *step)
{
	return *step->method && (step->outcome == OUTCOME_OK ||
				 outcome_class(step->outcome) == CLASS_TARGET);
}

const struct attempt *check_deciding(const struct check_result *check)
{
	if (check->n_attempts == 0)
		return NULL;
	return &check->attempts[check->n_attempts - 1];
}

static enum verdict failed_verdict(enum outcome o)
{
	/* a value that was not there is the scenario's or the target's doing */
	if (o == OUTCOME_VALUE)
		return VERDICT_FAILED;
	return outcome_class(o) == CLASS_TARGET ? VERDICT_FAILED
						: VERDICT_NOT_OBSERVED;
}

static bool any_ok(const struct attempt *at)
{
	for (size_t i = 0; i < at->n_steps; i++) {
		if (at->steps[i].outcome == OUTCOME_OK)
			return true;
	}
	return false;
}

void attempt_judge(struct attempt *at)
{
	size_t failed = attempt_first_failed(at);
	bool in_start_period = at->verdict == VERDICT_STARTING;

	at->outcome = OUTCOME_OK;
	at->message = "";
	if (failed == at->n_steps) {
		at->verdict = any_ok(at) ? VERDICT_OK : VERDICT_SKIPPED;
		return;
	}
	at->outcome = at->steps[failed].outcome;
	at->verdict = failed_verdict(at->outcome);
	if (in_start_period && at->verdict == VERDICT_FAILED)
		at->verdict = VERDICT_STARTING;
	at->message = at->steps[failed].message;
	if (at->message[0] == '\0')
		at->message = outcome_sentence(at->outcome);
}

static enum severity worst_part(const struct check_result *check)
{
	const struct attempt *at = check_deciding(check);
	enum severity worst = SEVERITY_INFO;
	bool found = false;

	for (size_t i = 0; at && i < at->n_steps; i++) {
		const struct step_result *step = &at->steps[i];

		for (size_t k = 0; k < step->n_expectations; k++) {
			const struct expectation *ex = &step->expectations[k];

			if (ex->ok || !ex->is_part)
				continue;
			found = true;
			if (ex->severity > worst)
				worst = ex->severity;
		}
	}
	return found ? worst : check->severity;
}

static void judge_check(struct check_result *check)
{
	const struct attempt *last = check_deciding(check);
	bool again = false;

	for (size_t i = 0; i < check->n_attempts; i++) {
		attempt_judge(&check->attempts[i]);
		if (check->attempts[i].verdict == VERDICT_FAILED ||
		    check->attempts[i].verdict == VERDICT_NOT_OBSERVED)
			again = true;
	}
	check->verdict = last ? last->verdict : VERDICT_NOT_OBSERVED;
	check->outcome = last ? last->outcome : OUTCOME_NOT_REACHED;
	check->message =
		last ? last->message : outcome_sentence(OUTCOME_NOT_REACHED);
	if (check->verdict == VERDICT_OK && again)
		check->verdict = VERDICT_FLAKY;
	check->worst = worst_part(check);
}

static void count_expectations(struct counts *n, const struct attempt *at)
{
	for (size_t i = 0; at && i < at->n_steps; i++) {
		const struct step_result *step = &at->steps[i];

		n->expectations += step->n_expectations;
		for (size_t k = 0; k < step->n_expectations; k++)
			n->expectations_failed += !step->expectations[k].ok;
	}
}

static void count_check(struct counts *n, const struct check_result *check)
{
	uint64_t *const of[VERDICT_N] = {
		[VERDICT_OK] = &n->ok,
		[VERDICT_FLAKY] = &n->flaky,
		[VERDICT_STARTING] = &n->starting,
		[VERDICT_SKIPPED] = &n->skipped,
		[VERDICT_NOT_OBSERVED] = &n->not_observed,
		[VERDICT_FAILED] = &n->failed,
	};

	n->checks++;
	*of[check->verdict] += 1;
	count_expectations(n, check_deciding(check));
}

enum run_verdict run_verdict_worse(enum run_verdict a, enum run_verdict b)
{
	static const unsigned rank[RUN_VERDICT_N] = {
		[RUN_OK] = 0,
		[RUN_INCONCLUSIVE] = 1,
		[RUN_FAILED] = 2,
		[RUN_INVALID] = 3,
	};

	return rank[a] > rank[b] ? a : b;
}

enum run_verdict load_least(const struct load_result *load)
{
	enum run_verdict least = RUN_OK;

	for (size_t i = 0; i < load->instrument.n_doubts; i++)
		if (load->instrument.doubts[i].is_fatal)
			return RUN_INVALID;
	for (size_t i = 0; i < load->n_limits; i++) {
		enum verdict v = load->limits[i].verdict;

		if (v != VERDICT_OK)
			least = run_verdict_worse(
				least, v == VERDICT_FAILED ? RUN_FAILED
							   : RUN_INCONCLUSIVE);
	}
	return least;
}

enum run_verdict gate_run_verdict(const struct gate_result *gate)
{
	if (gate->invalid_why[0])
		return RUN_INVALID;
	if (gate->verdict == GATE_REGRESSION)
		return RUN_FAILED;
	return gate->verdict == GATE_INCONCLUSIVE && gate->settings.is_strict
		       ? RUN_INCONCLUSIVE
		       : RUN_OK;
}

static enum run_verdict judge_checks(const struct run_result *run)
{
	const struct counts *n = &run->counts;

	if (n->failed > 0)
		return RUN_FAILED;
	if (n->not_observed > 0 || n->starting > 0 ||
	    (n->checks == n->skipped && run->n_loads == 0 && !run->gate))
		return RUN_INCONCLUSIVE;
	return RUN_OK;
}

void result_judge(struct run_result *run)
{
	run->counts = (struct counts){ 0 };
	for (size_t i = 0; i < run->n_checks; i++) {
		judge_check(&run->checks[i]);
		count_check(&run->counts, &run->checks[i]);
	}
	run->verdict = run->broken ? RUN_INVALID : judge_checks(run);
	for (size_t i = 0; i < run->n_loads; i++)
		run->verdict =
			run_verdict_worse(run->verdict, run->loads[i].verdict);
	against_judge(run);
	if (run->against)
		run->verdict = run_verdict_worse(
			run->verdict,
			against_run_verdict(run->against->verdict));
	if (run->gate)
		run->verdict = run_verdict_worse(run->verdict,
						 gate_run_verdict(run->gate));
	if (run->gate && run->partial && run->n_loads == 0)
		run->verdict =
			run_verdict_worse(run->verdict, RUN_INCONCLUSIVE);
	run->exit_code = run_verdict_exit_code(run->verdict);
}
