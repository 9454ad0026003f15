/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/result/verdict.h"

enum { TRIES = 3, STEPS = 3, CHECKS = 3 };

/* A letter for each step: o ok, f failed, s starting, u not reached, k left
 * out, l this machine, v a value missing. */
static enum outcome outcome_of(char c)
{
	switch (c) {
	case 'o':
		return OUTCOME_OK;
	case 'f':
		return OUTCOME_STATUS;
	case 's':
		return OUTCOME_STARTING;
	case 'u':
		return OUTCOME_NOT_REACHED;
	case 'k':
		return OUTCOME_SKIPPED;
	case 'v':
		return OUTCOME_VALUE;
	default:
		return OUTCOME_LOCAL_FAIL;
	}
}

struct tree {
	struct run_result run;
	struct check_result check[CHECKS];
	struct attempt attempt[CHECKS][TRIES];
	struct step_result step[CHECKS][TRIES][STEPS];
};

/* "of,oo|f": checks between bars, attempts between commas. */
static void build(struct tree *t, const char *text)
{
	size_t c = 0, a = 0;

	memset(t, 0, sizeof *t);
	t->run.checks = t->check;
	if (*text == '\0')
		return;
	t->run.n_checks = 1;
	for (; *text; text++) {
		struct check_result *check;
		struct attempt *at;

		if (*text == '|') {
			t->run.n_checks = ++c + 1;
			a = 0;
			continue;
		}
		check = &t->check[c];
		check->attempts = t->attempt[c];
		if (*text == ',')
			a++;
		check->n_attempts = a + 1;
		at = &t->attempt[c][a];
		at->steps = t->step[c][a];
		if (*text == ',' || *text == '-')
			continue;
		t->step[c][a][at->n_steps].outcome = outcome_of(*text);
		t->step[c][a][at->n_steps++].message = "";
	}
}

static void one_check(void **state)
{
	static const struct {
		const char *steps;
		enum verdict want;
		enum outcome outcome;
		enum run_verdict run;
	} row[] = {
		{ "o", VERDICT_OK, OUTCOME_OK, RUN_OK },
		{ "oo", VERDICT_OK, OUTCOME_OK, RUN_OK },
		{ "ok", VERDICT_OK, OUTCOME_OK, RUN_OK },
		{ "f", VERDICT_FAILED, OUTCOME_STATUS, RUN_FAILED },
		{ "ofk", VERDICT_FAILED, OUTCOME_STATUS, RUN_FAILED },
		{ "f,f,o", VERDICT_FLAKY, OUTCOME_OK, RUN_OK },
		{ "u,o", VERDICT_FLAKY, OUTCOME_OK, RUN_OK },
		{ "o,f", VERDICT_FAILED, OUTCOME_STATUS, RUN_FAILED },
		{ "f,s", VERDICT_FAILED, OUTCOME_STARTING, RUN_FAILED },
		{ "u", VERDICT_NOT_OBSERVED, OUTCOME_NOT_REACHED,
		  RUN_INCONCLUSIVE },
		{ "l", VERDICT_NOT_OBSERVED, OUTCOME_LOCAL_FAIL,
		  RUN_INCONCLUSIVE },
		{ "v", VERDICT_FAILED, OUTCOME_VALUE, RUN_FAILED },
		/* the first that failed decides, also before an always step */
		{ "flu", VERDICT_FAILED, OUTCOME_STATUS, RUN_FAILED },
		{ "lfo", VERDICT_NOT_OBSERVED, OUTCOME_LOCAL_FAIL,
		  RUN_INCONCLUSIVE },
		{ "-", VERDICT_SKIPPED, OUTCOME_OK, RUN_INCONCLUSIVE },
		{ "kk", VERDICT_SKIPPED, OUTCOME_OK, RUN_INCONCLUSIVE },
	};
	struct tree t;

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		build(&t, row[i].steps);
		result_judge(&t.run);
		assert_string_equal(verdict_name(t.check[0].verdict),
				    verdict_name(row[i].want));
		assert_string_equal(outcome_name(t.check[0].outcome),
				    outcome_name(row[i].outcome));
		assert_string_equal(run_verdict_name(t.run.verdict),
				    run_verdict_name(row[i].run));
		assert_int_equal(t.run.exit_code,
				 run_verdict_exit_code(row[i].run));
	}
}

static void whole_runs(void **state)
{
	static const struct {
		const char *steps;
		bool broken;
		enum run_verdict want;
		int exit_code;
	} row[] = {
		{ "", false, RUN_INCONCLUSIVE, 3 },
		{ "o|o", false, RUN_OK, 0 },
		{ "o|-", false, RUN_OK, 0 },
		{ "-|-", false, RUN_INCONCLUSIVE, 3 },
		{ "o|f|u", false, RUN_FAILED, 1 },
		{ "o|u", false, RUN_INCONCLUSIVE, 3 },
		{ "o|s", false, RUN_FAILED, 1 },
		{ "f,o|o", false, RUN_OK, 0 },
		{ "o|f", true, RUN_INVALID, 4 },
		{ "o|", false, RUN_INCONCLUSIVE, 3 },
	};
	struct tree t;

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		const struct counts *n = &t.run.counts;

		build(&t, row[i].steps);
		t.run.broken = row[i].broken;
		result_judge(&t.run);
		assert_int_equal(t.run.verdict, row[i].want);
		assert_int_equal(t.run.exit_code, row[i].exit_code);
		assert_int_equal(n->checks, t.run.n_checks);
		assert_int_equal(n->checks, n->ok + n->flaky + n->failed +
						    n->starting + n->skipped +
						    n->not_observed);
	}
	assert_null(check_deciding(&t.check[1]));
	assert_int_equal(t.check[1].outcome, OUTCOME_NOT_REACHED);
}

static void severity_is_that_of_the_worst_part(void **state)
{
	static const struct expectation parts[] = {
		{ .ok = true, .is_part = true, .severity = SEVERITY_CRITICAL },
		{ .is_part = true, .severity = SEVERITY_WARNING },
		{ .is_part = true, .severity = SEVERITY_INFO },
		{ .is_part = false, .severity = SEVERITY_CRITICAL },
	};
	struct tree t;

	(void)state;
	build(&t, "f");
	t.check[0].severity = SEVERITY_ERROR;
	result_judge(&t.run);
	assert_int_equal(t.check[0].worst, SEVERITY_ERROR);
	t.step[0][0][0].expectations = parts;
	t.step[0][0][0].n_expectations = 4;
	result_judge(&t.run);
	assert_int_equal(t.check[0].worst, SEVERITY_WARNING);
	assert_int_equal(t.run.counts.expectations, 4);
	assert_int_equal(t.run.counts.expectations_failed, 3);
}

static void messages_climb(void **state)
{
	struct tree t;

	(void)state;
	build(&t, "of");
	t.step[0][0][1].message = "status was 503";
	result_judge(&t.run);
	assert_string_equal(t.check[0].message, "status was 503");
	build(&t, "f");
	result_judge(&t.run);
	assert_string_equal(t.check[0].message,
			    outcome_sentence(OUTCOME_STATUS));
	build(&t, "f,o");
	result_judge(&t.run);
	assert_string_equal(t.check[0].message, "");
	assert_int_equal(t.attempt[0][0].verdict, VERDICT_FAILED);
	assert_int_equal(t.attempt[0][1].verdict, VERDICT_OK);
}

/* What fails within its start period is starting, what holds is ok. */
static void the_start_period_is_kept(void **state)
{
	static const struct {
		const char *steps;
		enum verdict want;
	} row[] = {
		{ "f", VERDICT_STARTING },
		{ "s", VERDICT_STARTING },
		{ "o", VERDICT_OK },
		{ "u", VERDICT_NOT_OBSERVED },
	};
	struct tree t;

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		build(&t, row[i].steps);
		t.attempt[0][0].verdict = VERDICT_STARTING;
		result_judge(&t.run);
		result_judge(&t.run); /* as a reader does */
		assert_int_equal(t.check[0].verdict, row[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_check),
		cmocka_unit_test(whole_runs),
		cmocka_unit_test(severity_is_that_of_the_worst_part),
		cmocka_unit_test(messages_climb),
		cmocka_unit_test(the_start_period_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
