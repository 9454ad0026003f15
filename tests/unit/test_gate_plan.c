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

#include "report/gate/dist.h"
#include "report/gate/gate.h"
#include "report/hist/hist.h"
#include "report/result/gate_result.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define MS	   UINT64_C(1000000)
#define S	   UINT64_C(1000000000)

static const struct {
	const char *what;
	struct gate_wish wish;
	double q; /* the highest one that is gated; 0: 0.99 */
	struct gate_design want;
} plans[] = {
	{ "usual",
	  { .can_launch = true, .rate_per_s = 1000 },
	  0,
	  { .total_ns = 60 * S,
	    .launches = 10,
	    .launch_ns = 6 * S,
	    .slot_ns = 100 * MS,
	    .cell_ns = 400 * MS,
	    .cells = 150 } },
	{ "no launches",
	  { .rate_per_s = 1000 },
	  0,
	  { .total_ns = 60 * S,
	    .launches = 1,
	    .launch_ns = 60 * S,
	    .slot_ns = 100 * MS,
	    .cell_ns = 400 * MS,
	    .cells = 150 } },
	{ "half the rate",
	  { .can_launch = true, .rate_per_s = 500 },
	  0,
	  { .total_ns = 60 * S,
	    .launches = 10,
	    .launch_ns = 6 * S,
	    .slot_ns = 100 * MS,
	    .cell_ns = 1000 * MS,
	    .cells = 60 } },
	{ "the rate of a closed model",
	  { .can_launch = true, .seen_per_s = 500 },
	  0,
	  { .total_ns = 60 * S,
	    .launches = 10,
	    .launch_ns = 6 * S,
	    .slot_ns = 100 * MS,
	    .cell_ns = 1000 * MS,
	    .cells = 60 } },
	{ "slots of a slow service",
	  { .can_launch = true, .rate_per_s = 1000, .p99_ns = 24 * MS },
	  0,
	  { .total_ns = 57600 * MS,
	    .launches = 10,
	    .launch_ns = 5760 * MS,
	    .slot_ns = 240 * MS,
	    .cell_ns = 480 * MS,
	    .cells = 120 } },
	{ "slots of one that hangs",
	  { .can_launch = true, .rate_per_s = 1000, .p99_ns = 24 * S },
	  0,
	  { .total_ns = 60 * S,
	    .launches = 10,
	    .launch_ns = 6 * S,
	    .slot_ns = 1 * S,
	    .cell_ns = 2 * S,
	    .cells = 30 } },
	{ "too little for p99.9: planned for p50",
	  { .can_launch = true, .rate_per_s = 100, .total_ns = 20 * S },
	  0.999,
	  { .total_ns = 19200 * MS,
	    .launches = 3,
	    .launch_ns = 6400 * MS,
	    .slot_ns = 100 * MS,
	    .cell_ns = 800 * MS,
	    .cells = 24 } },
	{ "twenty cells, which are not of three launches",
	  { .can_launch = true,
	    .rate_per_s = 300,
	    .total_ns = 6 * S,
	    .launch_ns = 2 * S,
	    .slot_ns = 50 * MS },
	  0.5,
	  { .total_ns = 6 * S,
	    .launches = 2,
	    .launch_ns = 3 * S,
	    .slot_ns = 50 * MS,
	    .cell_ns = 300 * MS,
	    .cells = 20 } },
	{ "hardly anything",
	  { .can_launch = true, .rate_per_s = 1, .total_ns = 3 * S },
	  0,
	  { .total_ns = 3 * S,
	    .launches = 1,
	    .launch_ns = 3 * S,
	    .slot_ns = 100 * MS,
	    .cell_ns = 3 * S,
	    .cells = 1 } },
};

static void plans_are_those_of_the_method(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(plans); i++) {
		const struct gate_quantile quantiles[] = {
			{ 0.5, true },
			{ plans[i].q > 0 ? plans[i].q : 0.99, true },
		};
		const struct gate_design *want = &plans[i].want;
		struct gate_settings s;
		struct gate_design d;

		gate_settings_default(&s);
		s.quantiles = quantiles;
		s.n_quantiles = LEN(quantiles);
		gate_plan(&s, &plans[i].wish, &d);
		if (d.total_ns != want->total_ns ||
		    d.launches != want->launches ||
		    d.launch_ns != want->launch_ns ||
		    d.slot_ns != want->slot_ns || d.cell_ns != want->cell_ns ||
		    d.cells != want->cells)
			fail_msg("%s: %llu ms in %llu launches of %llu ms, "
				 "slots %llu ms, %llu cells of %llu ms",
				 plans[i].what,
				 (unsigned long long)(d.total_ns / MS),
				 (unsigned long long)d.launches,
				 (unsigned long long)(d.launch_ns / MS),
				 (unsigned long long)(d.slot_ns / MS),
				 (unsigned long long)d.cells,
				 (unsigned long long)(d.cell_ns / MS));
		assert_true(d.rate_per_s == plans[i].wish.rate_per_s);
		assert_int_equal(d.warm_up_ns, GATE_WARM_UP_NS);
		assert_true(d.seed[0] == '\0' && !d.is_fixed_order);
	}
}

/* Whatever is wished, the parts add up. */
static void plans_add_up(void **state)
{
	struct gate_settings s;

	(void)state;
	gate_settings_default(&s);
	for (unsigned i = 0; i < 3000; i++) {
		struct gate_wish wish = {
			.total_ns = (1 + i * 7 % 120) * S + i % 7 * 11 * MS,
			.launch_ns = i % 5 * 3 * S / 2,
			.can_launch = i % 3 > 0,
			.rate_per_s = i * 37 % 4000,
			.p99_ns = i % 11 * 17 * MS,
		};
		struct gate_design d;

		gate_plan(&s, &wish, &d);
		assert_true(d.cells >= 1 && d.cells <= GATE_CELLS_MAX);
		assert_int_equal(d.cell_ns % (2 * d.slot_ns), 0);
		assert_int_equal(d.cells % d.launches, 0);
		assert_int_equal(d.cells * d.cell_ns, d.total_ns);
		assert_int_equal(d.launches * d.launch_ns, d.total_ns);
		assert_true(d.total_ns <= wish.total_ns || d.cells == 1);
		assert_true(d.slot_ns >= GATE_SLOT_NS &&
			    d.slot_ns <= GATE_SLOT_MAX_NS);
		/* what is said to be long enough is */
		if (d.cells > 1 && d.cells < GATE_CELLS_MIN) {
			wish.total_ns = d.cell_ns * GATE_CELLS_MIN;
			gate_plan(&s, &wish, &d);
			assert_true(d.cells >= GATE_CELLS_MIN);
		}
	}
}

/* Of a Pareto distribution of index 2.2, 85,000 requests of a side show 10 %
 * of p99 with a chance of 95 %, in a family of three. */
static void what_could_be_seen_is_known_before(void **state)
{
	static const struct gate_quantile only[] = { { 0.99, true } };
	struct gate_wish wish = { .rate_per_s = 85500 * 2 / 60.0 };
	struct gate_settings s;
	struct gate_design d;
	struct hist *seen = hist_new(HIST_DIGITS);

	(void)state;
	assert_non_null(seen);
	for (int i = 0; i < 1000000; i++)
		hist_record(seen,
			    (uint64_t)(1e6 * pow((i + 0.5) / 1e6, -1 / 2.2)));
	gate_settings_default(&s);
	s.quantiles = only;
	s.n_quantiles = 1;
	wish.seen = seen;
	gate_plan(&s, &wish, &d);
	assert_true(d.could_detect > 9.4 && d.could_detect < 11.2);
	double without = d.could_detect;
	wish.tau = 0.03;
	gate_plan(&s, &wish, &d);
	assert_true(d.could_detect > 1.5 * without);
	/* too few to tell how steep it is */
	hist_reset(seen);
	hist_record_n(seen, 5 * MS, 300);
	gate_plan(&s, &wish, &d);
	assert_true(d.could_detect == 0);
	hist_free(seen);
}

/* Of a log-normal distribution. */
static uint64_t draw_ns(uint64_t *state)
{
	double sum = -6;

	for (int i = 0; i < 12; i++) {
		*state = *state * UINT64_C(6364136223846793005) +
			 UINT64_C(1442695040888963407);
		sum += (double)(*state >> 11) / 9007199254740992.0;
	}
	return (uint64_t)(1e6 * exp(0.4 * sum));
}

/* All that are judged together share alpha, and looks on the way have theirs. */
static void plans_know_the_family(void **state)
{
	static const double halves[] = { 1, 0.5, 0.5 };
	static const double uneven[] = { 1, 0.95, 0.05, 0 };
	static const struct {
		const char *what;
		struct gate_wish wish;
		double alpha, family;
	} row[] = {
		{ "open", { .rate_per_s = 10000 }, 0.01, 4 },
		{ "closed: throughput", { .seen_per_s = 10000 }, 0.01, 5 },
		{ "each step",
		  { .rate_per_s = 10000, .n_groups = 3, .shares = halves },
		  0.01,
		  12 },
		{ "steps without enough for p99, or anything",
		  { .rate_per_s = 10000, .n_groups = 4, .shares = uneven },
		  0.01,
		  11 },
	};
	struct hist *seen = hist_new(HIST_DIGITS);
	struct gate_settings s;
	double se = 0;

	(void)state;
	assert_non_null(seen);
	for (uint64_t i = 0, from = 1; i < 100000; i++)
		hist_record(seen, draw_ns(&from));
	gate_settings_default(&s);
	for (size_t i = 0; i < LEN(row); i++) {
		struct gate_wish wish = row[i].wish;
		double reach =
			dist_normal_quantile(1 - row[i].alpha / row[i].family) +
			dist_normal_quantile(0.95);
		struct gate_design d;

		wish.seen = seen;
		wish.tau = 0.01;
		gate_plan(&s, &wish, &d);
		double is = log1p(d.could_detect / 100) / reach;
		se = i ? se : is;
		if (fabs(is / se - 1) > 1e-9)
			fail_msg("%s: %.10g, and %.10g before", row[i].what, is,
				 se);
		assert_true(is > 0);
	}
	hist_free(seen);
}

/* Looks on the way take a part of alpha, where there are any. */
static void looks_are_paid_for(void **state)
{
	static const struct {
		uint64_t total_s;
		bool looks;
	} row[] = { { 60, true }, { 36, true }, { 30, false }, { 12, false } };
	const double power = dist_normal_quantile(0.95);
	const double least = (dist_normal_quantile(1 - 0.0085 / 4) + power) /
			     (dist_normal_quantile(1 - 0.01 / 4) + power);
	struct hist *seen = hist_new(HIST_DIGITS);
	struct gate_settings s;

	(void)state;
	assert_non_null(seen);
	for (uint64_t i = 0, from = 1; i < 100000; i++)
		hist_record(seen, draw_ns(&from));
	gate_settings_default(&s);
	for (size_t i = 0; i < LEN(row); i++) {
		struct gate_wish wish = {
			.rate_per_s = 10000,
			.total_ns = row[i].total_s * 1000000000u,
			.can_launch = true,
			.seen = seen,
			.tau = 0.01,
		};
		struct gate_design without, with;

		gate_plan(&s, &wish, &without);
		wish.is_fail_fast = true;
		gate_plan(&s, &wish, &with);
		double is = log1p(with.could_detect / 100) /
			    log1p(without.could_detect / 100);
		assert_false(without.is_fail_fast);
		assert_true(with.is_fail_fast == row[i].looks);
		/* the tails of t are longer than those of the normal */
		if (row[i].looks ? is < least : is != 1)
			fail_msg("%u s: %.10g times", (unsigned)row[i].total_s,
				 is);
	}
	hist_free(seen);
}

/* A half of a cell, of independent requests. */
static struct gate_half draw_half(struct arena *a, uint64_t n, uint64_t *from,
				  struct hist *seen)
{
	struct hist *h = hist_new(GATE_DIGITS);
	struct buf text;

	assert_non_null(h);
	for (uint64_t i = 0; i < n; i++) {
		uint64_t ns = draw_ns(from);
		hist_record(h, ns);
		hist_record(seen, ns);
	}
	buf_init(&text, BUF_NO_LIMIT);
	assert_true(hist_encode(h, &text));
	struct gate_half half = { .attempts = n,
				  .hdr = arena_strdup(a, buf_text(&text)) };
	assert_non_null(half.hdr);
	buf_release(&text);
	hist_free(h);
	return half;
}

/* With the same requests, the end says what the plan said. */
static void plans_come_true(void **state)
{
	static const struct gate_group all = { "" };
	static struct gate_cell cell[GATE_CELLS_MAX];
	static struct errs es;
	struct arena *a = arena_new(1 << 26);
	struct hist *seen = hist_new(HIST_DIGITS);
	struct gate_wish wish = { .rate_per_s = 2500,
				  .can_launch = true,
				  .tau = 0.005,
				  .seen = seen };
	struct gate_result g = {
		.groups = &all, .n_groups = 1, .cells = cell, .invalid_why = ""
	};
	uint64_t from = 7;

	(void)state;
	assert_true(a && seen);
	gate_settings_default(&g.settings);
	gate_plan(&g.settings, &wish, &g.design);
	assert_int_equal(g.design.launches, 10);
	g.n_cells = (size_t)g.design.cells;
	for (size_t i = 0; i < g.n_cells; i++) {
		uint64_t n = 2500 * g.design.cell_ns / 2 / S;
		cell[i].launch = i * g.design.launches / g.n_cells;
		cell[i].a = draw_half(a, n, &from, seen);
		cell[i].b = draw_half(a, n, &from, seen);
	}
	gate_plan(&g.settings, &wish, &g.design);
	assert_true(gate_judge(&g, a, &es));
	const struct gate_metric *p99 = &g.metrics[2];
	assert_string_equal(p99->name, "p99");
	assert_true(p99->launch_is_measured);
	if (fabs(g.design.could_detect / p99->could_detect - 1) > 0.2)
		fail_msg("planned %g %%, and it was %g %%",
			 g.design.could_detect, p99->could_detect);
	hist_free(seen);
	arena_free(a);
}

/* Quarters of the launches, but five of them at least and not the last. */
static void looks_are_at_quarters(void **state)
{
	static const struct {
		uint64_t launches;
		const char *looks; /* behind these */
	} row[] = {
		{ 1, "" },	    { 5, "" },	    { 6, " 5" },
		{ 8, " 5 6" },	    { 10, " 5 8" }, { 20, " 5 10 15" },
		{ 21, " 6 11 16" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(row); i++) {
		struct gate_design d = { .launches = row[i].launches };
		char seen[100] = "";

		for (uint64_t k = 0; k <= d.launches + 1; k++) {
			assert_false(gate_looks_after(&d, k));
			d.is_fail_fast = true;
			if (gate_looks_after(&d, k))
				snprintf(seen + strlen(seen),
					 sizeof(seen) - strlen(seen), " %d",
					 (int)k);
			d.is_fail_fast = false;
		}
		assert_string_equal(seen, row[i].looks);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plans_are_those_of_the_method),
		cmocka_unit_test(plans_add_up),
		cmocka_unit_test(looks_are_at_quarters),
		cmocka_unit_test(what_could_be_seen_is_known_before),
		cmocka_unit_test(plans_know_the_family),
		cmocka_unit_test(looks_are_paid_for),
		cmocka_unit_test(plans_come_true),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
