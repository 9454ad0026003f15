/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "report/gate/parts.h"
#include "report/hist/hist.h"
#include "report/result/verdict.h"
#include "tests/unit/gate_rig.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static struct gate_rig rig;

static void assert_near(double is, double want, double by)
{
	if (!(fabs(is - want) <= by))
		fail_msg("%.12g is not %.12g", is, want);
}

/* ---- what a cell may be ---------------------------------------------------- */

static void few_requests(size_t i, struct rig_half *a, struct rig_half *b)
{
	rig_slower(i, a, b);
	a->n = b->n = 60;
}

static void very_few_requests(size_t i, struct rig_half *a, struct rig_half *b)
{
	rig_slower(i, a, b);
	a->n = b->n = 15;
}

static void faster(size_t i, struct rig_half *a, struct rig_half *b)
{
	rig_slower(i, b, a);
}

static void more_errors(size_t i, struct rig_half *a, struct rig_half *b)
{
	rig_same(i, a, b);
	a->errors = 1;
	b->errors = 3 + i % 2;
}

/* Significant, and too little to count: 0.05 pp. */
static void a_few_more_errors(size_t i, struct rig_half *a, struct rig_half *b)
{
	rig_same(i, a, b);
	b->errors = i % 10 == 0;
}

/* In so few cells that the test sees it at the level of four metrics, and not
 * at the half of it. */
static void hardly_more_errors(size_t i, struct rig_half *a, struct rig_half *b)
{
	rig_same(i, a, b);
	b->errors = i < 10;
}

/* Much more than 0.1 pp, and not 1.2 times as many. */
static void many_errors(size_t i, struct rig_half *a, struct rig_half *b)
{
	rig_same(i, a, b);
	a->errors = 20;
	b->errors = 22;
}

static void nothing_answers(size_t i, struct rig_half *a, struct rig_half *b)
{
	rig_same(i, a, b);
	b->errors = b->n;
}

/* A second in which the candidate was away. */
static void outage(size_t i, struct rig_half *a, struct rig_half *b)
{
	rig_same(i, a, b);
	if (i == 40 || i == 41)
		b->errors = 150;
}

static void pauses(size_t i, struct rig_half *a, struct rig_half *b)
{
	rig_same(i, a, b);
	b->slow = i % 2 ? 5 : 2;
}

/* Stalls hit whom they hit. */
static void stalls(size_t i, struct rig_half *a, struct rig_half *b)
{
	rig_same(i, a, b);
	if (i % 37 == 0)
		a->slow = 100;
	if (i % 29 == 0)
		b->slow = 150;
}

static void fewer_answers(size_t i, struct rig_half *a, struct rig_half *b)
{
	rig_same(i, a, b);
	a->n = 200 + i % 3;
	b->n = 180 + i % 4;
}

/* No answers of one side for a while. */
static void half_away(size_t i, struct rig_half *a, struct rig_half *b)
{
	rig_same(i, a, b);
	if (i >= 100)
		a->errors = b->errors = 150;
}

static void some_away(size_t i, struct rig_half *a, struct rig_half *b)
{
	rig_same(i, a, b);
	if (i < 30)
		a->errors = b->errors = 150;
}

/* ---- verdicts -------------------------------------------------------------- */

static void each_metric_has_its_verdict(void **state)
{
	static const struct {
		rig_fill *fill;
		size_t cells, launches;
		const char *metric;
		enum gate_verdict verdict, all;
		const char *note; /* has these words */
	} row[] = {
		{ rig_same, 150, 10, "p50", GATE_NO_CHANGE, GATE_NO_CHANGE,
		  "" },
		{ rig_same, 150, 10, "errors", GATE_NO_CHANGE, GATE_NO_CHANGE,
		  "" },
		{ rig_slower, 150, 10, "p50", GATE_REGRESSION, GATE_REGRESSION,
		  "" },
		{ rig_slower, 150, 10, "p99", GATE_REGRESSION, GATE_REGRESSION,
		  "" },
		{ faster, 150, 10, "p50", GATE_IMPROVEMENT, GATE_IMPROVEMENT,
		  "" },
		{ rig_slower_4, 150, 10, "p50", GATE_NO_CHANGE, GATE_NO_CHANGE,
		  "slower, below the smallest effect that counts" },
		{ rig_slower, 150, 1, "p50", GATE_REGRESSION, GATE_REGRESSION,
		  "" },
		{ few_requests, 150, 10, "p99", GATE_INCONCLUSIVE,
		  GATE_REGRESSION, "insufficient: 0 cells with at least 100" },
		{ few_requests, 150, 10, "p95", GATE_REGRESSION,
		  GATE_REGRESSION, "" },
		{ very_few_requests, 150, 10, "p50", GATE_INCONCLUSIVE,
		  GATE_INCONCLUSIVE, "insufficient: 0 cells with at least 20" },
		{ rig_slower, 19, 1, "p50", GATE_INCONCLUSIVE,
		  GATE_INCONCLUSIVE, "insufficient: 19 cells" },
		{ rig_slower, 20, 1, "p50", GATE_REGRESSION, GATE_REGRESSION,
		  "" },
		{ more_errors, 150, 10, "errors", GATE_REGRESSION,
		  GATE_REGRESSION, "" },
		{ a_few_more_errors, 150, 10, "errors", GATE_NO_CHANGE,
		  GATE_NO_CHANGE, "more, below" },
		{ hardly_more_errors, 150, 10, "errors", GATE_NO_CHANGE,
		  GATE_NO_CHANGE, "more, below" },
		{ many_errors, 150, 10, "errors", GATE_NO_CHANGE,
		  GATE_NO_CHANGE, "more, below" },
		{ nothing_answers, 150, 10, "errors", GATE_REGRESSION,
		  GATE_REGRESSION, "" },
		{ nothing_answers, 150, 10, "p50", GATE_INCONCLUSIVE,
		  GATE_REGRESSION, "insufficient: 0 cells" },
		{ outage, 150, 10, "errors", GATE_INCONCLUSIVE,
		  GATE_INCONCLUSIVE, "undecided" },
		{ pauses, 150, 10, "slow", GATE_REGRESSION, GATE_REGRESSION,
		  "" },
		{ stalls, 150, 10, "slow", GATE_NO_CHANGE, GATE_NO_CHANGE,
		  "of the typical cell" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(row); i++) {
		const struct gate_metric *m;

		gate_rig_make(&rig, row[i].cells, row[i].launches, row[i].fill);
		gate_rig_judge(&rig);
		m = gate_rig_metric(&rig, "", row[i].metric);
		if (m->verdict != row[i].verdict ||
		    rig.g.verdict != row[i].all ||
		    !strstr(m->note, row[i].note))
			fail_msg("row %zu: %s is %s, note \"%s\", all %s: %s",
				 i, m->name, gate_verdict_name(m->verdict),
				 m->note, gate_verdict_name(rig.g.verdict),
				 rig.g.message);
		gate_rig_free(&rig);
	}
}

/* Four gated metrics, nobody rejected: a quarter of alpha each. */
static void intervals_have_the_level_of_the_family(void **state)
{
	const struct gate_metric *m;

	(void)state;
	gate_rig_make(&rig, 150, 10, rig_same);
	gate_rig_judge(&rig);
	assert_int_equal(rig.g.n_metrics, 5);
	m = gate_rig_metric(&rig, "", "p50");
	assert_near(m->level, 0.995, 1e-12);
	assert_true(m->is_gated && m->low < m->low90 && m->high90 < m->high);
	assert_true(m->launch_is_measured && m->n_launches == 10);
	assert_near(m->a, 1e6, 1e4);
	assert_near(m->b / m->a, 1 + m->estimate / 100, 1e-8);
	m = gate_rig_metric(&rig, "", "p95");
	assert_true(!m->is_gated && m->could_detect > 0);
	gate_rig_free(&rig);
	/* p50 and p99 have gone: the two that are left share alpha */
	gate_rig_make(&rig, 150, 10, rig_slower);
	gate_rig_judge(&rig);
	assert_near(gate_rig_metric(&rig, "", "p50")->level, 0.995, 1e-12);
	assert_near(gate_rig_metric(&rig, "", "p50")->estimate, 10, 0.5);
	/* of shares each of two tests has half */
	assert_near(gate_rig_metric(&rig, "", "errors")->level, 0.995, 1e-12);
	assert_true(strstr(rig.g.message, "the candidate is worse: p50 +") ==
		    rig.g.message);
	gate_rig_free(&rig);
}

/* Each look has a twentieth of alpha, and the end less than without looks. */
static void looks_have_their_share_of_alpha(void **state)
{
	double level[3];

	(void)state;
	for (size_t i = 0; i < LEN(level); i++) {
		gate_rig_make(&rig, 150, 10, rig_same);
		rig.g.design.is_fail_fast = i > 0;
		rig.g.design.ended_after = i > 1 ? 10 : 0;
		gate_rig_judge(&rig);
		level[i] = 1 - gate_rig_metric(&rig, "", "p50")->level;
		gate_rig_free(&rig);
	}
	assert_near(level[1], level[0] * 0.85, 1e-9);
	assert_near(level[2], level[0] * 0.05, 1e-9);
}

static void steps_are_one_family(void **state)
{
	(void)state;
	gate_rig_make(&rig, 60, 10, rig_same);
	gate_rig_add(&rig, "login", rig_same);
	gate_rig_add(&rig, "search", rig_slower);
	gate_rig_judge(&rig);
	assert_int_equal(rig.g.n_metrics, 15);
	assert_int_equal(rig.g.verdict, GATE_REGRESSION);
	assert_int_equal(gate_rig_metric(&rig, "login", "p50")->verdict,
			 GATE_NO_CHANGE);
	assert_int_equal(gate_rig_metric(&rig, "search", "p50")->verdict,
			 GATE_REGRESSION);
	assert_near(gate_rig_metric(&rig, "search", "p50")->level,
		    1 - 2 * 0.01 / 12, 1e-9);
	assert_non_null(strstr(rig.g.message, "search p50 +"));
	gate_rig_free(&rig);
}

static void fewer_answers_are_worse(void **state)
{
	const struct gate_metric *m;

	(void)state;
	gate_rig_make(&rig, 150, 10, fewer_answers);
	rig.g.design.rate_per_s = 0;
	gate_rig_judge(&rig);
	m = gate_rig_metric(&rig, "", "throughput");
	assert_int_equal(m->verdict, GATE_REGRESSION);
	assert_near(m->a, 201 / 0.2, 5);
	assert_true(m->b < m->a && m->estimate < -8 && m->low < m->estimate &&
		    m->high > m->estimate && m->high < 0);
	assert_near(m->log_estimate, log1p(m->estimate / 100), 1e-9);
	assert_true(m->launches[0].change < 0);
	gate_rig_free(&rig);
}

static void what_failed_has_no_verdict(void **state)
{
	(void)state;
	gate_rig_make(&rig, 150, 10, rig_slower);
	rig.g.invalid_why = "sends were late: 12 ms";
	gate_rig_judge(&rig);
	assert_int_equal(rig.g.verdict, GATE_INCONCLUSIVE);
	assert_int_equal(gate_run_verdict(&rig.g), RUN_INVALID);
	for (size_t i = 0; i < rig.g.n_metrics; i++)
		assert_int_equal(rig.g.metrics[i].verdict, GATE_INCONCLUSIVE);
	assert_string_equal(rig.g.message,
			    "the measurement failed: sends were late: 12 ms");
	gate_rig_free(&rig);
	gate_rig_make(&rig, 20, 1, rig_same);
	rig.g.invalid_why = "the candidate does not start";
	rig.g.n_cells = 0;
	gate_rig_judge(&rig);
	assert_int_equal(gate_run_verdict(&rig.g), RUN_INVALID);
	assert_int_equal(rig.g.n_metrics, 0);
	assert_int_equal(rig.g.n_warnings, 0);
	/* without a reason it is too little, and no "no change" */
	rig.g.invalid_why = "";
	gate_rig_judge(&rig);
	assert_int_equal(rig.g.verdict, GATE_INCONCLUSIVE);
	assert_true(rig.g.n_metrics > 0);
	gate_rig_free(&rig);
}

static void tails_are_told(void **state)
{
	(void)state;
	gate_rig_make(&rig, 150, 10, stalls);
	gate_rig_judge(&rig);
	assert_int_equal(rig.g.n_tails, 2);
	assert_string_equal(rig.g.tails[0].name, "p99.9");
	assert_string_equal(rig.g.tails[1].name, "max");
	assert_near(rig.g.tails[1].b, 1e7, 5e5);
	gate_rig_free(&rig);
	/* ten answers are to lie beyond */
	gate_rig_make(&rig, 20, 1, rig_same);
	gate_rig_judge(&rig);
	assert_int_equal(rig.g.n_tails, 1);
	gate_rig_free(&rig);
}

/* ---- warnings -------------------------------------------------------------- */

static bool warns(const char *words)
{
	for (size_t i = 0; i < rig.g.n_warnings; i++)
		if (strstr(rig.g.warnings[i].text, words))
			return true;
	return false;
}

static void weak_verdicts_are_called_so(void **state)
{
	static const struct {
		rig_fill *fill;
		size_t cells, launches;
		bool can_launch, is_fixed, is_calibrated;
		const char *words;
	} row[] = {
		{ rig_same, 150, 1, false, false, false,
		  "assumed, 1 %, and not measured: the builds ran already" },
		{ rig_same, 150, 1, false, false, true,
		  "assumed, 1 %, from a calibration" },
		{ rig_same, 150, 3, true, false, false,
		  "it needs 4 launches, there were 3" },
		{ rig_same, 150, 10, true, true, false, "the order was fixed" },
		{ few_requests, 150, 10, true, false, false,
		  "p99 is not gated, insufficient: 0 cells" },
		{ some_away, 150, 10, true, false, false,
		  "p99: 30 of 150 cells were dropped" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(row); i++) {
		gate_rig_make(&rig, row[i].cells, row[i].launches, row[i].fill);
		rig.g.design.can_launch = row[i].can_launch;
		rig.g.design.is_fixed_order = row[i].is_fixed;
		rig.g.settings.tau_calibrated = row[i].is_calibrated;
		gate_rig_judge(&rig);
		if (!warns(row[i].words))
			fail_msg("row %zu: no warning \"%s\" but \"%s\"", i,
				 row[i].words,
				 rig.g.n_warnings ? rig.g.warnings[0].text
						  : "none");
		gate_rig_free(&rig);
	}
	gate_rig_make(&rig, 150, 10, rig_same);
	gate_rig_judge(&rig);
	assert_int_equal(rig.g.n_warnings, 0);
	gate_rig_free(&rig);
}

static void cells_without_answers_are_dropped(void **state)
{
	const struct gate_metric *m;

	(void)state;
	gate_rig_make(&rig, 150, 10, half_away);
	gate_rig_judge(&rig);
	m = gate_rig_metric(&rig, "", "p99");
	assert_int_equal(m->cells, 100);
	assert_int_equal(m->cells_dropped, 50);
	/* 50 answers are enough for a median */
	assert_int_equal(gate_rig_metric(&rig, "", "p50")->cells, 150);
	gate_rig_free(&rig);
}

/* ---- what must not matter -------------------------------------------------- */

static enum gate_verdict mirrored(enum gate_verdict v)
{
	return v == GATE_REGRESSION    ? GATE_IMPROVEMENT
	       : v == GATE_IMPROVEMENT ? GATE_REGRESSION
				       : v;
}

static void sides_may_change_places(void **state)
{
	static rig_fill *const fills[] = {
		rig_same,    rig_slower,	faster,	     more_errors,
		many_errors, a_few_more_errors, pauses,	     stalls,
		outage,	     fewer_answers,	few_requests
	};

	(void)state;
	for (size_t i = 0; i < LEN(fills); i++) {
		struct gate_metric was[6];
		size_t n;

		gate_rig_make(&rig, 150, 10, fills[i]);
		rig.g.design.rate_per_s = 0;
		gate_rig_judge(&rig);
		n = rig.g.n_metrics;
		assert_int_equal(n, LEN(was));
		memcpy(was, rig.g.metrics, sizeof was);
		gate_rig_swap(&rig);
		gate_rig_judge(&rig);
		for (size_t k = 0; k < n; k++) {
			const struct gate_metric *m = &rig.g.metrics[k];

			assert_int_equal(m->verdict, mirrored(was[k].verdict));
			assert_true(m->log_estimate == -was[k].log_estimate);
			assert_true(m->se == was[k].se && m->a == was[k].b &&
				    m->level == was[k].level &&
				    m->could_detect == was[k].could_detect);
			if (m->q == 0 && m->kind != GATE_THROUGHPUT)
				assert_near(m->estimate, -was[k].estimate,
					    1e-9);
		}
		gate_rig_free(&rig);
	}
}

static void cells_of_a_launch_have_no_order(void **state)
{
	static struct gate_metric was[6];

	(void)state;
	gate_rig_make(&rig, 150, 10, stalls);
	rig.g.design.rate_per_s = 0;
	gate_rig_judge(&rig);
	memcpy(was, rig.g.metrics, sizeof was);
	for (size_t i = 0; i < 150; i += 15)
		for (size_t k = 0; k < 7; k++) {
			struct gate_cell c = rig.cells[i + k];

			rig.cells[i + k] = rig.cells[i + 14 - k];
			rig.cells[i + 14 - k] = c;
		}
	gate_rig_judge(&rig);
	for (size_t k = 0; k < LEN(was); k++) {
		const struct gate_metric *m = &rig.g.metrics[k];

		assert_true(m->estimate == was[k].estimate &&
			    m->low == was[k].low && m->high == was[k].high &&
			    m->p == was[k].p && m->se == was[k].se &&
			    m->design_effect == was[k].design_effect);
		for (size_t l = 0; l < m->n_launches; l++)
			assert_true(m->launches[l].change ==
				    was[k].launches[l].change);
	}
	gate_rig_free(&rig);
}

/* ---- inside of the buckets ------------------------------------------------- */

/* Of sorted values, between two ranks. */
static double exact_log_quantile(const double *ns, size_t n, double q)
{
	double rank = (double)(n - 1) * q;
	size_t i = (size_t)rank;
	double part = rank - (double)i;

	return log(ns[i]) * (1 - part) + log(ns[i + 1 < n ? i + 1 : i]) * part;
}

static void quantiles_lie_inside_of_buckets(void **state)
{
	static const double qs[] = { 0.001, 0.5, 0.9, 0.95, 0.99, 0.999 };
	static double ns[400];

	(void)state;
	gate_rig_make(&rig, 1, 1, rig_same);
	struct rig_half h = { .n = LEN(ns) };
	rig.cells[0].a = (struct gate_half){ h.n, 0, gate_rig_text(&rig, &h) };
	for (size_t i = 0; i < LEN(ns); i++)
		ns[i] = gate_rig_value(&rig, &h, i);
	struct cells c;
	assert_true(gate_cells_init(&c, &rig.g, 0, 1, NOWHERE, &rig.es));
	for (size_t i = 0; i < LEN(qs); i++)
		assert_near(cells_log_quantile(&c, &c.a[0], qs[i]),
			    exact_log_quantile(ns, LEN(ns), qs[i]), 0.006);
	assert_int_equal(c.a[0].answers, LEN(ns));
	gate_cells_release(&c);
	gate_rig_free(&rig);
}

/* ---- foreign cells --------------------------------------------------------- */

static void wrong_group(void)
{
	rig.cells[3].group = 1;
}
static void falling_group(void)
{
	rig.cells[3].group = 1;
	rig.g.n_groups = 2;
	rig.groups[1].name = "x";
}
static void no_group(void)
{
	rig.g.n_groups = 0;
}
static void same_name(void)
{
	rig.g.n_groups = 2;
	rig.groups[1].name = "";
}
static void wrong_launch(void)
{
	rig.cells[5].launch = 10;
}
static void too_many_errors(void)
{
	rig.cells[2].b.errors = 201;
}
static void too_few_attempts(void)
{
	rig.cells[2].a.attempts = 199;
}
static void too_many_attempts(void)
{
	rig.cells[2].a.attempts = 201;
}
static void garbage(void)
{
	rig.cells[7].a.hdr = "HISTFAAAABx42pNp";
}
static void empty_text(void)
{
	rig.cells[7].a.hdr = "";
}
static void wrong_alpha(void)
{
	rig.g.settings.alpha = 0;
}
static void alpha_is_none(void)
{
	rig.g.settings.alpha = NAN;
}
static void wrong_ratio(void)
{
	rig.g.settings.min_ratio = 0.5;
}
static void falling_quantiles(void)
{
	rig.quantiles[1].q = 0.5;
}
static void quantile_of_all(void)
{
	rig.quantiles[2].q = 1;
}
static void many_quantiles(void)
{
	rig.g.settings.n_quantiles = 17;
}
static void many_cells(void)
{
	rig.g.n_cells = GATE_STORED_MAX + 1;
}

static void ended_late(void)
{
	rig.g.design.is_fail_fast = true;
	rig.g.design.ended_after = 11;
}

static void ended_unseen(void)
{
	rig.g.design.ended_after = 5;
}

static void what_cannot_be_is_refused(void **state)
{
	static const struct {
		void (*spoil)(void);
		const char *words;
	} row[] = {
		{ wrong_group, "\"gate.cells[3].group\" must be below 1" },
		{ falling_group, "\"gate.cells[4].group\" must not be less" },
		{ no_group, "\"gate.groups\" must have 1 to 64" },
		{ same_name, "\"gate.groups[1].name\" is that of groups[0]" },
		{ wrong_launch, "\"gate.cells[5].launch\" must be below 10" },
		{ too_many_errors,
		  "\"gate.cells[2].b.errors\" must be at most the attempts" },
		{ too_few_attempts, "\"gate.cells[2].a.hdr\" must count" },
		{ too_many_attempts, "\"gate.cells[2].a.hdr\" must count" },
		{ garbage, "\"gate.cells[7].a.hdr\": histogram" },
		{ empty_text, "\"gate.cells[7].a.hdr\" is empty, but 200" },
		{ wrong_alpha, "\"gate.settings.alpha\" must be from" },
		{ alpha_is_none, "\"gate.settings.alpha\" must be from" },
		{ wrong_ratio, "\"gate.settings.min_ratio\" must be from 1" },
		{ falling_quantiles, "\"gate.settings.quantiles[1].q\"" },
		{ quantile_of_all, "\"gate.settings.quantiles[2].q\"" },
		{ many_quantiles, "\"gate.settings.quantiles\" has 17" },
		{ ended_late, "\"gate.design.ended_after\" must be at most" },
		{ ended_unseen, "\"gate.design.ended_after\" is for a gate" },
		{ many_cells, "\"gate.cells\" has 100001 elements" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(row); i++) {
		gate_rig_make(&rig, 30, 10, rig_same);
		row[i].spoil();
		gate_rig_refuses(&rig, row[i].words);
		gate_rig_free(&rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_metric_has_its_verdict),
		cmocka_unit_test(intervals_have_the_level_of_the_family),
		cmocka_unit_test(looks_have_their_share_of_alpha),
		cmocka_unit_test(steps_are_one_family),
		cmocka_unit_test(fewer_answers_are_worse),
		cmocka_unit_test(what_failed_has_no_verdict),
		cmocka_unit_test(tails_are_told),
		cmocka_unit_test(weak_verdicts_are_called_so),
		cmocka_unit_test(cells_without_answers_are_dropped),
		cmocka_unit_test(sides_may_change_places),
		cmocka_unit_test(cells_of_a_launch_have_no_order),
		cmocka_unit_test(quantiles_lie_inside_of_buckets),
		cmocka_unit_test(what_cannot_be_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
