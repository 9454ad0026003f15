/* SPDX-License-Identifier: MIT */
/* folder: report */
/* Twenty simulated runs as another implementation judges them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "report/gate/parts.h"
#include "report/result/gate_result.h"

enum { CELLS = 150, QUANTILES = 3, RUNS = 20, NAME_BYTES = 100 };

/* The line of a quantile. */
struct expected {
	char name[8], verdict[20];
	double estimate, se, df;
};

static FILE *open_runs(void)
{
	FILE *f = fopen("tests/golden/gate/runs.txt", "r");
	int c;

	assert_non_null(f);
	/* what it is, in lines of its own */
	while ((c = getc(f)) == '#')
		while (c != '\n' && c != EOF)
			c = getc(f);
	ungetc(c, f);
	return f;
}

static struct change read_change(FILE *f, size_t launches)
{
	static struct cell_change cells[CELLS];
	static double sorted[CELLS], ranks[SIGNED_RANK_ROOM];
	static struct launch_change each[CELLS];
	const struct change_prior prior = { 0.01, 0.005, GATE_LAUNCHES_MIN };
	const struct change_room room = { sorted, each, ranks };

	for (size_t i = 0; i < CELLS; i++) {
		long micro;

		assert_int_equal(fscanf(f, "%ld", &micro), 1);
		cells[i] = (struct cell_change){ i * launches / CELLS,
						 (double)micro / 1e6 };
	}
	return change_of(cells, CELLS, &prior, &room);
}

static void assert_same(const char *run, const struct expected *want,
			const struct gate_metric *is)
{
	char verdict[sizeof want->verdict];
	double off = fabs(is->log_estimate - want->estimate);

	snprintf(verdict, sizeof verdict, "%s", gate_verdict_name(is->verdict));
	for (char *c = verdict; *c; c++)
		if (*c == ' ')
			*c = '-';
	/* 0.1 % of the estimate; what is rounded is nothing */
	if (off > 1e-3 * fabs(want->estimate) + 1e-9 ||
	    fabs(is->se - want->se) > 1e-6 * want->se ||
	    fabs(is->df - want->df) > 1e-5 * want->df ||
	    strcmp(verdict, want->verdict) != 0)
		fail_msg("%s: %s is %.10f +- %.10f (%.8g) %s, expected %.10f "
			 "+- %.10f (%.8g) %s",
			 run, want->name, is->log_estimate, is->se, is->df,
			 verdict, want->estimate, want->se, want->df,
			 want->verdict);
}

static void runs_are_judged_alike(void **state)
{
	FILE *f = open_runs();
	char run[NAME_BYTES];
	size_t n = 0, launches;

	(void)state;
	while (fscanf(f, "run %99s %zu\n", run, &launches) == 2) {
		struct expected want[QUANTILES] = { 0 };
		struct gate_metric metrics[QUANTILES] = { 0 };
		struct trial trials[QUANTILES] = { 0 };
		struct gate_settings s;

		gate_settings_default(&s);
		for (size_t i = 0; i < QUANTILES; i++) {
			struct expected *w = &want[i];

			assert_int_equal(fscanf(f, "%7s %lf %lf %lf %19s\n",
						w->name, &w->estimate, &w->se,
						&w->df, w->verdict),
					 5);
			metrics[i].is_gated = true;
			trials[i].metric = &metrics[i];
			trials[i].is_enough = true;
			trials[i].harm = 1;
			trials[i].change = read_change(f, launches);
		}
		family_judge(trials, QUANTILES, &s);
		for (size_t i = 0; i < QUANTILES; i++)
			assert_same(run, &want[i], &metrics[i]);
		n++;
		assert_true(fscanf(f, "\n") <= 0);
	}
	assert_int_equal(n, RUNS);
	fclose(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_are_judged_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
