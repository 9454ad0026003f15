/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/merge/compare/compare.h"
#include "report/result/load_result.h"
#include "report/result/result.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "tests/unit/sample_run.h"

enum { ROOM = 1 << 26, TEXT_ROOM = 1 << 20 };

static const char *const names[] = { "a.json", "b.json", "c.json" };

static const struct compare_row *row_of(const struct compare *t,
					const char *load, const char *step,
					const char *what)
{
	for (size_t i = 0; i < t->n_rows; i++) {
		const struct compare_row *row = &t->rows[i];

		if (!strcmp(row->load, load) && !strcmp(row->step, step) &&
		    !strcmp(row->what, what))
			return row;
	}
	fail_msg("no row %s of %s", what, load);
	return NULL;
}

static void near(double a, double b)
{
	if (!(fabs(a - b) < 1e-9 * fmax(1, fabs(b))))
		fail_msg("%.12g is not %.12g", a, b);
}

/* from, to, the change, whether the intervals are apart */
static const struct {
	uint64_t a, a_low, a_high, b, b_low, b_high;
	double change;
	bool is_apart;
} times[] = {
	{ 100, 90, 110, 100, 90, 110, 0, false },
	{ 100, 90, 110, 150, 120, 170, 50, true },
	{ 100, 90, 110, 80, 70, 95, -20, false },
	{ 100, 90, 110, 50, 40, 60, -50, true },
};

static void changes_are_against_the_first(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
		struct arena *a = arena_new(ROOM);
		struct run_result *x = sample_run(a, SAMPLE_LOAD);
		struct run_result *y = sample_run(a, SAMPLE_LOAD);
		const struct run_result *runs[] = { x, y };
		const struct quantile_result q_a = { 0.99, times[i].a,
						     times[i].a_low,
						     times[i].a_high, true };
		const struct quantile_result q_b = { 0.99, times[i].b,
						     times[i].b_low,
						     times[i].b_high, true };
		struct compare t;
		const struct compare_cell *cell;

		x->loads[0].latency.n_quantiles = 1;
		x->loads[0].latency.quantiles = &q_a;
		y->loads[0].latency.n_quantiles = 1;
		y->loads[0].latency.quantiles = &q_b;
		assert_true(compare_make(runs, names, 2, a, &t));
		cell = &row_of(&t, x->loads[0].name, "", "p99")->cell[1];
		near(cell->change, times[i].change);
		assert_int_equal(cell->is_apart, times[i].is_apart);
		arena_free(a);
	}
}

/* Wilson's interval of 5 of 100: the book says 2.15 % to 11.18 %. */
static void errors_have_an_interval(void **state)
{
	struct arena *a = arena_new(ROOM);
	struct run_result *x = sample_run(a, SAMPLE_LOAD);
	const struct run_result *runs[] = { x, x };
	const struct compare_cell *cell;
	struct compare t;

	(void)state;
	x->loads[0].requests = 100;
	x->loads[0].requests_ok = 95;
	assert_true(compare_make(runs, names, 2, a, &t));
	cell = &row_of(&t, x->loads[0].name, "", "errors")->cell[0];
	near(cell->value, 0.05);
	assert_true(fabs(cell->low - 0.0215) < 1e-4);
	assert_true(fabs(cell->high - 0.1118) < 1e-4);
	/* exactly: what rounding leaves reads as "4.34e-17 %" */
	x->loads[0].requests = x->loads[0].requests_ok = 500;
	assert_true(compare_make(runs, names, 2, a, &t));
	cell = &row_of(&t, x->loads[0].name, "", "errors")->cell[0];
	assert_true(cell->low == 0 && cell->high > 0);
	arena_free(a);
}

/* None of them, or all, is an end of the interval, and no last digit of it:
 * "[1.73e-16 %, 2.5 %]". */
static void none_and_all_are_exact(void **state)
{
	(void)state;
	for (uint64_t n = 1; n < 400; n++) {
		struct arena *a = arena_new(ROOM);
		struct run_result *x = sample_run(a, SAMPLE_LOAD);
		struct run_result *y = sample_run(a, SAMPLE_LOAD);
		const struct run_result *runs[] = { x, y };
		const struct compare_cell *cell;
		struct compare t;

		x->loads[0].requests = x->loads[0].requests_ok = n;
		y->loads[0].requests = n;
		y->loads[0].requests_ok = 0;
		assert_true(compare_make(runs, names, 2, a, &t));
		cell = row_of(&t, x->loads[0].name, "", "errors")->cell;
		assert_true(fpclassify(cell[0].low) == FP_ZERO);
		assert_true(fpclassify(1 - cell[1].high) == FP_ZERO);
		arena_free(a);
	}
}

static bool has_fact(const struct compare *t, const char *what)
{
	for (size_t i = 0; i < t->n_facts; i++) {
		if (!strcmp(t->facts[i].what, what))
			return true;
	}
	return false;
}

static void what_is_the_same_is_not_told(void **state)
{
	struct arena *a = arena_new(ROOM);
	struct run_result *x = sample_run(a, SAMPLE_LOAD);
	struct run_result *y = sample_run(a, SAMPLE_LOAD);
	const struct run_result *runs[] = { x, x, y };
	struct compare t;

	(void)state;
	assert_true(compare_make(runs, names, 3, a, &t));
	assert_int_equal(t.n_facts, 0);
	y->host = "elsewhere";
	y->tool = "assay 9";
	y->loads[0].plan = "7/s";
	y->loads[0].target = "http://other";
	assert_true(compare_make(runs, names, 3, a, &t));
	assert_int_equal(t.n_facts, 4);
	assert_true(has_fact(&t, "host") && has_fact(&t, "tool") &&
		    has_fact(&t, "plan") && has_fact(&t, "target"));
	arena_free(a);
}

/* Loads of every kind, hostile texts too, beside a run that has but one. */
static void every_form_is_clean(void **state)
{
	bool (*const say[])(const struct compare *t,
			    struct buf *out) = { compare_markdown,
						 compare_csv };
	struct arena *a = arena_new(ROOM);
	const struct run_result *runs[] = { sample_run(a, SAMPLE_LOADS),
					    sample_run(a, SAMPLE_LOAD) };
	struct compare t;
	struct buf text;

	(void)state;
	assert_true(compare_make(runs, names, 2, a, &t));
	for (size_t k = 0; k < 3; k++) {
		buf_init(&text, TEXT_ROOM);
		assert_true(k == 2 ? compare_text(&t, true, &text)
				   : say[k](&t, &text));
		for (size_t i = 0; i < text.len; i++) {
			unsigned char c = (unsigned char)text.text[i];

			assert_true(c == '\n' || (c >= 0x20 && c != 0x7f));
		}
		if (k != 1)
			assert_non_null(
				strstr(text.text, "This is no verdict"));
		assert_null(strstr(text.text, "<script"));
		buf_release(&text);
	}
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes_are_against_the_first),
		cmocka_unit_test(errors_have_an_interval),
		cmocka_unit_test(none_and_all_are_exact),
		cmocka_unit_test(what_is_the_same_is_not_told),
		cmocka_unit_test(every_form_is_clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
