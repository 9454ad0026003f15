/* SPDX-License-Identifier: MIT */
/* folder: loadgen */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "loadgen/plan/plan.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define S	     UNIT_NS_PER_S
#define MS	     UNIT_NS_PER_MS
#define WEEK	     LOAD_TIME_MAX_NS

enum { STAGES = 6 };

/* A plan as a row of a table. */
struct row {
	struct load_stage stage[STAGES];
	size_t n_stages;
	struct load_plan spec; /* the rest of it */
};

static struct load_plan plan_of(const struct row *r)
{
	struct load_plan spec = r->spec;

	spec.stages = r->stage;
	spec.n_stages = r->n_stages;
	return spec;
}

static size_t count_of(const struct load_plan *spec, uint64_t seed)
{
	struct plan p;
	uint64_t at_ns;
	size_t n = 0;

	plan_init(&p, spec, seed);
	while (plan_next(&p, &at_ns))
		n++;
	assert_false(plan_next(&p, &at_ns));
	assert_true(p.n == n);
	return n;
}

/* ---- even --------------------------------------------------------------- */

static const struct {
	struct row plan;
	size_t n;
	uint64_t first[6];
	size_t n_first;
} even_rows[] = {
	/* a constant rate is exact */
	{ { { { 1000, 1000, S } }, 1, { 0 } },
	  1000,
	  { 0, MS, 2 * MS, 3 * MS },
	  4 },
	{ { { { 3, 3, S } }, 1, { 0 } }, 3, { 0, 333333333, 666666667 }, 3 },
	/* rates that no double holds */
	{ { { { 0.1, 0.1, 10 * S } }, 1, { 0 } }, 1, { 0 }, 1 },
	{ { { { 0.1, 0.1, 10 * S }, { 10, 10, S } }, 2, { 0 } },
	  11,
	  { 0, 10 * S, 10 * S + 100 * MS },
	  3 },
	{ { { { 0.7, 0.7, 10 * S }, { 0.3, 0.3, 10 * S } }, 2, { 0 } },
	  10,
	  { 0 },
	  1 },
	/* the part of an arrival that a stage leaves is kept */
	{ { { { 1, 1, 1500 * MS }, { 2, 2, S } }, 2, { 0 } },
	  4,
	  { 0, S, 1750 * MS, 2250 * MS },
	  4 },
	/* pauses: before, between, behind */
	{ { { { 0, 0, 5 * S }, { 2, 2, S } }, 2, { 0 } },
	  2,
	  { 5 * S, 5500 * MS },
	  2 },
	{ { { { 2, 2, S }, { 0, 0, 9 * S }, { 2, 2, S } }, 3, { 0 } },
	  4,
	  { 0, 500 * MS, 10 * S, 10500 * MS },
	  4 },
	{ { { { 2, 2, S }, { 0, 0, 9 * S } }, 2, { 0 } },
	  2,
	  { 0, 500 * MS },
	  2 },
	{ { { { 0, 0, S } }, 1, { 0 } }, 0, { 0 }, 0 },
	/* a ramp: k = t^2 / 2 with 1/s more each second */
	{ { { { 0, 8, 8 * S } }, 1, { 0 } },
	  32,
	  { 0, 1414213562, 2 * S, 2449489743, 2828427125 },
	  5 },
	{ { { { 8, 0, 8 * S } }, 1, { 0 } },
	  32,
	  { 0, 125992126, 254033308 },
	  3 },
	/* a stage without a length is a step */
	{ { { { 1, 1, S }, { 7, 9, 0 }, { 2, 2, S } }, 3, { 0 } },
	  3,
	  { 0, S, 1500 * MS },
	  3 },
	/* cut, and held */
	{ { { { 10, 10, S } }, 1, { .for_ns = 250 * MS } },
	  3,
	  { 0, 100 * MS, 200 * MS },
	  3 },
	{ { { { 0, 8, 8 * S } }, 1, { .for_ns = 4 * S } },
	  8,
	  { 0, 1414213562, 2 * S },
	  3 },
	{ { { { 8, 0, 8 * S } }, 1, { .for_ns = 4 * S } },
	  24,
	  { 0, 125992126, 254033308 },
	  3 },
	{ { { { 0, 2, 2 * S } }, 1, { .for_ns = 4 * S } },
	  6,
	  { 0, 1414213562, 2 * S, 2500 * MS, 3 * S, 3500 * MS },
	  6 },
	/* no end but iterations */
	{ { { { 4, 4, 0 } }, 1, { .iterations = 5 } },
	  5,
	  { 0, 250 * MS, 500 * MS, 750 * MS, S },
	  5 },
	{ { { { 4, 4, 10 * S } }, 1, { .iterations = 2 } },
	  2,
	  { 0, 250 * MS },
	  2 },
	/* nothing at all */
	{ { { { 0, 0, 0 } }, 0, { .for_ns = S } }, 0, { 0 }, 0 },
	{ { { { 4, 4, S } }, 1, { .model = LOAD_CLOSED } }, 0, { 0 }, 0 },
};

static void even_times(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(even_rows); i++) {
		struct load_plan spec = plan_of(&even_rows[i].plan);
		struct plan p;
		uint64_t at_ns;

		plan_init(&p, &spec, 1);
		for (size_t k = 0; k < even_rows[i].n_first; k++) {
			assert_true(plan_next(&p, &at_ns));
			if (at_ns != even_rows[i].first[k])
				fail_msg("row %zu: arrival %zu at %lu", i, k,
					 (unsigned long)at_ns);
		}
		size_t n = count_of(&spec, 1);
		if (n != even_rows[i].n)
			fail_msg("row %zu: %zu arrivals", i, n);
		if (spec.model == LOAD_OPEN)
			assert_true(plan_count(&spec) == (double)n);
	}
}

/* Arrival k is as late as the end of a week, for every rate that is a whole
 * number of ns. */
static void constant_rates_are_exact(void **state)
{
	static const struct {
		double rate;
		uint64_t gap_ns;
	} rows[] = { { 1e6, 1000 },	 { 1e7, 100 },	   { 1000, MS },
		     { 200, 5 * MS },	 { 64, 15625000 }, { 0.1, 10 * S },
		     { 0.001, 1000 * S } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct load_stage stage = { rows[i].rate, rows[i].rate, WEEK };
		struct load_plan spec = { .n_stages = 1, .stages = &stage };
		struct plan p;
		uint64_t at_ns, n = (WEEK - 1) / rows[i].gap_ns + 1;

		assert_true(plan_count(&spec) == (double)n);
		plan_init(&p, &spec, 1);
		assert_true(plan_next(&p, &at_ns));
		for (uint64_t k = 1; k < n; k += n / 9973 + 1) {
			p.stage_n = k;
			assert_true(plan_next(&p, &at_ns));
			assert_true(at_ns == k * rows[i].gap_ns);
		}
		p.stage_n = n - 1;
		assert_true(plan_next(&p, &at_ns));
		assert_true(at_ns == (n - 1) * rows[i].gap_ns);
		assert_false(plan_next(&p, &at_ns));
	}
}

/* 2 * for_ns * 1e9 times the integral of a ramp, exactly. */
static __int128 ramp_sum(const struct load_stage *s, uint64_t at_ns)
{
	__int128 from = (__int128)s->from, to = (__int128)s->to;

	return 2 * from * s->for_ns * at_ns + (to - from) * at_ns * at_ns;
}

static void ramps_are_exact(void **state)
{
	static const struct load_stage rows[] = {
		{ 0, 1000000, WEEK },
		{ 1000000, 0, WEEK },
		{ 1, 1000000, WEEK },
		{ 1000000, 1, WEEK },
		{ 999999, 1000000, WEEK },
		{ 1000000, 999999, WEEK },
		{ 0, 200, 10 * S },
		{ 200, 0, 10 * S },
		{ 17, 5000, 3 * S },
		{ 5000, 17, 3 * S },
		{ 0, 1, WEEK },
		{ 1, 0, WEEK },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct load_stage *s = &rows[i];
		struct load_plan spec = { .n_stages = 1, .stages = s };
		struct plan p;
		uint64_t at_ns, n = (uint64_t)plan_count(&spec);
		__int128 all = ramp_sum(s, s->for_ns);
		__int128 one = (__int128)2 * s->for_ns * S;

		assert_true(n == (uint64_t)((all + one - 1) / one));
		plan_init(&p, &spec, 1);
		assert_true(plan_next(&p, &at_ns));
		assert_true(at_ns == 0);
		uint64_t step = n / 9973 + 1;
		for (uint64_t k = 1; k < n;
		     k = k < n - 1 && k + step >= n ? n - 1 : k + step) {
			p.stage_n = k;
			p.at_ns = 0;
			assert_true(plan_next(&p, &at_ns));
			assert_true(at_ns > 0 && at_ns < s->for_ns);
			if (ramp_sum(s, at_ns - 1) > one * k ||
			    ramp_sum(s, at_ns + 1) < one * k)
				fail_msg("row %zu: arrival %lu at %lu", i,
					 (unsigned long)k,
					 (unsigned long)at_ns);
		}
		assert_false(plan_next(&p, &at_ns));
	}
}

/* ---- bursts and files --------------------------------------------------- */

static void bursts(void **state)
{
	const struct load_plan spec = { .burst_size = 3,
					.burst_every_ns = S,
					.for_ns = 2 * S + 1 };
	struct load_plan capped = spec;
	struct plan p;
	uint64_t at_ns;

	(void)state;
	plan_init(&p, &spec, 1);
	for (uint64_t k = 0; k < 9; k++) {
		assert_true(plan_next(&p, &at_ns));
		assert_true(at_ns == k / 3 * S);
	}
	assert_false(plan_next(&p, &at_ns));
	assert_true(plan_count(&spec) == 9);
	assert_true(plan_level(&spec, S) == 3);
	assert_true(plan_level_max(&spec) == 3);
	assert_true(plan_level(&spec, 2 * S + 1) == 0);
	/* A burst on the end is none. */
	capped.for_ns = 2 * S;
	assert_int_equal(count_of(&capped, 1), 6);
	assert_true(plan_count(&capped) == 6);
	capped.for_ns = 0;
	assert_true(plan_count(&capped) == 0);
	capped.iterations = 7;
	assert_int_equal(count_of(&capped, 1), 7);
	assert_true(plan_count(&capped) == 7);
	assert_true(plan_length_ns(&capped) == 0);
}

static void replays(void **state)
{
	static const uint64_t times[] = { 0,	 5,	5,	   S - 1,
					  S,	 2 * S, 2 * S + 1, 2 * S + 2,
					  3 * S, 3 * S, 3 * S + 1, 3 * S + 2 };
	struct load_plan spec = { .n_replay = COUNT(times),
				  .replay_ns = times };
	struct plan p;
	uint64_t at_ns;

	(void)state;
	plan_init(&p, &spec, 1);
	for (size_t k = 0; k < COUNT(times); k++) {
		assert_true(plan_next(&p, &at_ns));
		assert_true(at_ns == times[k]);
	}
	assert_false(plan_next(&p, &at_ns));
	assert_true(plan_length_ns(&spec) == 3 * S + 3);
	assert_true(plan_count(&spec) == COUNT(times));
	assert_true(plan_level(&spec, 7) == 4);
	assert_true(plan_level(&spec, S + 7) == 1);
	assert_true(plan_level_max(&spec) == 4);
	spec.for_ns = 2 * S + 1;
	assert_int_equal(count_of(&spec, 1), 6);
	assert_true(plan_count(&spec) == 6);
	assert_true(plan_level(&spec, 2 * S) == 1);
	spec.iterations = 2;
	assert_int_equal(count_of(&spec, 1), 2);
	assert_true(plan_count(&spec) == 2);
}

/* ---- Poisson ------------------------------------------------------------ */

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Distance of Kolmogorov and Smirnov between values and the exponential
 * distribution with mean 1. */
static double ks_distance(double *value, size_t n)
{
	double most = 0;

	qsort(value, n, sizeof(*value), by_size);
	for (size_t i = 0; i < n; i++) {
		double f = 1 - exp(-value[i]);

		most = fmax(most, fmax(f - (double)i / (double)n,
				       (double)(i + 1) / (double)n - f));
	}
	return most;
}

enum { GAPS = 10000 };
#define KS_LIMIT 1.9495 /* over sqrt(n): passes 999 of 1000 */

static void poisson_gaps(void **state)
{
	static double gap[GAPS];
	const struct load_stage stage = { 500, 500, WEEK };
	const struct load_plan spec = { .n_stages = 1,
					.stages = &stage,
					.process = PROCESS_POISSON };

	(void)state;
	for (uint64_t seed = 1; seed <= 8; seed++) {
		struct plan p;
		uint64_t at_ns, last_ns = 0;
		double mean = 0, both = 0;

		plan_init(&p, &spec, seed);
		for (size_t i = 0; i < GAPS; i++) {
			assert_true(plan_next(&p, &at_ns));
			gap[i] = (double)(at_ns - last_ns) * 500 / 1e9;
			last_ns = at_ns;
			mean += gap[i] / GAPS;
			if (i)
				both += (gap[i] - 1) * (gap[i - 1] - 1) / GAPS;
		}
		assert_true(mean > 0.95 && mean < 1.05);
		/* No gap tells the next one. */
		assert_true(fabs(both) < 0.05);
		if (ks_distance(gap, GAPS) > KS_LIMIT / sqrt(GAPS))
			fail_msg("seed %u", (unsigned)seed);
	}
}

/* On a ramp the gaps are exponential in the integral of the rate. */
static void poisson_on_ramps(void **state)
{
	static double gap[GAPS];
	static const struct load_stage stages[] = { { 0, 2000, 6 * S },
						    { 0, 0, 3 * S },
						    { 2000, 0, 6 * S } };
	const struct load_plan spec = { .n_stages = COUNT(stages),
					.stages = stages,
					.process = PROCESS_POISSON };

	(void)state;
	assert_true(plan_count(&spec) == 12000);
	for (uint64_t seed = 1; seed <= 4; seed++) {
		struct plan p;
		uint64_t at_ns;
		double last = 0;

		plan_init(&p, &spec, seed);
		for (size_t i = 0; i < GAPS; i++) {
			double sum, t;

			assert_true(plan_next(&p, &at_ns));
			assert_false(at_ns >= 6 * S && at_ns < 9 * S);
			t = (double)at_ns / 1e9;
			sum = t < 6 ? t * t * 1000 / 6
				    : 12000 - (15 - t) * (15 - t) * 1000 / 6;
			gap[i] = sum - last;
			last = sum;
		}
		if (ks_distance(gap, GAPS) > KS_LIMIT / sqrt(GAPS))
			fail_msg("seed %u", (unsigned)seed);
		size_t n = count_of(&spec, seed);
		assert_in_range(n, 12000 - 550, 12000 + 550);
	}
}

/* These times are the plan of seed 7 for ever, on every machine. */
static void same_seed_same_plan(void **state)
{
	static const uint64_t want[] = { 9905489,  23564780, 29848270,
					 38105051, 39510434, 45387952 };
	const struct load_stage stage = { 200, 200, 10 * S };
	const struct load_plan spec = { .n_stages = 1,
					.stages = &stage,
					.process = PROCESS_POISSON };
	struct plan a, b, other;
	uint64_t x, y, z;
	unsigned same = 0;

	(void)state;
	plan_init(&a, &spec, 7);
	for (size_t i = 0; i < COUNT(want); i++) {
		assert_true(plan_next(&a, &x));
		if (x != want[i])
			fail_msg("arrival %zu at %lu", i, (unsigned long)x);
	}
	plan_init(&a, &spec, 7);
	plan_init(&b, &spec, 7);
	plan_init(&other, &spec, 8);
	while (plan_next(&a, &x)) {
		assert_true(plan_next(&b, &y));
		assert_true(x == y);
		same += plan_next(&other, &z) && x == z;
	}
	assert_false(plan_next(&b, &y));
	assert_int_equal(same, 0);
}

/* Workers who take every n-th arrival share the plan out between them. */
static void parts_cover_all(void **state)
{
	enum { PARTS = 3 };
	static const struct load_stage stages[] = { { 0, 300, S },
						    { 300, 300, S } };
	const struct load_plan spec = { .n_stages = 2,
					.stages = stages,
					.process = PROCESS_POISSON };
	struct plan whole, part[PARTS];
	uint64_t at_ns, mine;

	(void)state;
	plan_init(&whole, &spec, 3);
	for (size_t i = 0; i < PARTS; i++) {
		plan_init(&part[i], &spec, 3);
		for (size_t skip = 0; skip < i; skip++)
			assert_true(plan_next(&part[i], &mine));
	}
	for (size_t k = 0; plan_next(&whole, &at_ns); k++) {
		struct plan *p = &part[k % PARTS];

		assert_true(plan_next(p, &mine));
		assert_true(mine == at_ns);
		for (size_t skip = 1; skip < PARTS; skip++)
			(void)plan_next(p, &mine);
	}
	for (size_t i = 0; i < PARTS; i++)
		assert_true(part[i].n == whole.n);
}

/* ---- levels and users --------------------------------------------------- */

static void levels(void **state)
{
	static const struct row row = {
		{ { 0, 200, 10 * S }, { 200, 200, 60 * S }, { 200, 50, S } },
		3,
		{ .for_ns = 80 * S }
	};
	static const struct {
		uint64_t at_ns;
		double level;
	} want[] = {
		{ 0, 0 },	   { 5 * S, 100 },     { 10 * S, 200 },
		{ 69 * S, 200 },   { 70 * S, 200 },    { 70500 * MS, 125 },
		{ 71 * S, 50 },	   { 80 * S - 1, 50 }, { 80 * S, 0 },
		{ UINT64_MAX, 0 },
	};
	struct load_plan spec = plan_of(&row);

	(void)state;
	for (size_t i = 0; i < COUNT(want); i++)
		if (fabs(plan_level(&spec, want[i].at_ns) - want[i].level) >
		    1e-9)
			fail_msg("row %zu: %g", i,
				 plan_level(&spec, want[i].at_ns));
	assert_true(plan_level_max(&spec) == 200);
	assert_true(plan_length_ns(&spec) == 80 * S);
	/* What is never reached does not count. */
	spec.for_ns = 5 * S;
	assert_true(plan_level_max(&spec) == 100);
	spec.for_ns = 0;
	assert_true(plan_length_ns(&spec) == 71 * S);
	spec.n_stages = 0;
	assert_true(plan_length_ns(&spec) == 0);
	assert_true(plan_level_max(&spec) == 0);
	assert_true(plan_level(&spec, 0) == 0);
}

static void users(void **state)
{
	static const struct {
		struct row plan;
		struct {
			uint64_t at_ns, n, next_ns;
		} want[6];
	} rows[] = {
		/* constant, with an end and without */
		{ { { { 64, 64, 10 * S } }, 1, { 0 } },
		  { { 0, 64, 10 * S },
		    { 9 * S, 64, 10 * S },
		    { 10 * S, 0, UINT64_MAX } } },
		{ { { { 64, 64, 0 } }, 1, { .iterations = 10 } },
		  { { 0, 64, UINT64_MAX }, { WEEK, 64, UINT64_MAX } } },
		/* the first of a ramp at once, the last before its end */
		{ { { { 0, 4, 2 * S }, { 4, 4, 3 * S } }, 2, { 0 } },
		  { { 0, 1, 500 * MS },
		    { 500 * MS - 1, 1, 500 * MS },
		    { 500 * MS, 2, S },
		    { 1500 * MS, 4, 5 * S },
		    { 2 * S, 4, 5 * S },
		    { 5 * S, 0, UINT64_MAX } } },
		/* down, and up again */
		{ { { { 3, 1, 2 * S }, { 1, 2, S } }, 2, { 0 } },
		  { { 0, 3, S }, { S, 2, 3 * S }, { 2 * S, 2, 3 * S } } },
		/* times that are no whole ns */
		{ { { { 0, 3, 10 } }, 1, { .for_ns = 100 } },
		  { { 0, 1, 4 },
		    { 3, 1, 4 },
		    { 4, 2, 7 },
		    { 7, 3, 100 },
		    { 99, 3, 100 },
		    { 100, 0, UINT64_MAX } } },
		/* steps, a pause, stages without a length */
		{ { { { 1, 1, S },
		      { 9, 9, 0 },
		      { 5, 5, S },
		      { 0, 0, S },
		      { 5, 5, S } },
		    5,
		    { 0 } },
		  { { 0, 1, S },
		    { S, 5, 2 * S },
		    { 2 * S, 0, 3 * S },
		    { 3 * S, 5, 4 * S },
		    { 4 * S, 0, UINT64_MAX } } },
		/* cut on the way */
		{ { { { 0, 10, 10 * S } }, 1, { .for_ns = 2500 * MS } },
		  { { 0, 1, S }, { S, 2, 2 * S }, { 2 * S, 3, 2500 * MS } } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct load_plan spec = plan_of(&rows[i].plan);

		spec.model = LOAD_CLOSED;
		for (size_t k = 0; k < COUNT(rows[i].want); k++) {
			uint64_t next_ns;
			uint64_t n = plan_users(&spec, rows[i].want[k].at_ns,
						&next_ns);

			if (!rows[i].want[k].next_ns)
				break;
			if (n != rows[i].want[k].n ||
			    next_ns != rows[i].want[k].next_ns)
				fail_msg("row %zu.%zu: %lu until %lu", i, k,
					 (unsigned long)n,
					 (unsigned long)next_ns);
		}
	}
}

/* From one change to the next: the number is another one, and a moment before
 * it was still the old one. */
static void changes_of_users_agree(void **state)
{
	static const struct load_stage stages[] = { { 0, 777, 10 * S + 1 },
						    { 777, 3, WEEK },
						    { 3, 1000, 7 } };
	const struct load_plan spec = { .model = LOAD_CLOSED,
					.n_stages = COUNT(stages),
					.stages = stages };
	uint64_t at_ns = 0, next_ns, ignored;
	size_t changes = 0;

	(void)state;
	for (;;) {
		uint64_t n = plan_users(&spec, at_ns, &next_ns);

		if (next_ns == UINT64_MAX)
			break;
		assert_true(next_ns > at_ns);
		assert_true(plan_users(&spec, next_ns - 1, &ignored) == n);
		assert_true(plan_users(&spec, next_ns, &ignored) != n);
		at_ns = next_ns;
		changes++;
	}
	assert_true(at_ns == plan_length_ns(&spec));
	/* The first is there at once; the last to go is wanted again; within 7
	 * ns there are 6 changes; and then the end. */
	assert_int_equal(changes, 776 + 773 + 6 + 1);
	assert_true(plan_level_max(&spec) == 1000);
}

static void closed_counts(void **state)
{
	const struct load_stage stage = { 4, 4, 0 };
	struct load_plan spec = { .model = LOAD_CLOSED,
				  .n_stages = 1,
				  .stages = &stage };

	(void)state;
	assert_true(plan_count(&spec) == 0);
	spec.iterations_each = 25;
	assert_true(plan_count(&spec) == 100);
	spec.iterations = 99;
	assert_true(plan_count(&spec) == 99);
	spec.iterations_each = 0;
	assert_true(plan_count(&spec) == 99);
	spec.for_ns = S;
	assert_true(plan_count(&spec) == 0);
}

/* ---- in words ----------------------------------------------------------- */

static void words(void **state)
{
	static const uint64_t three[] = { 1, 2, 3 };
	static const struct {
		struct row plan;
		const char *want;
	} rows[] = {
		{ { { { 0, 200, 10 * S }, { 200, 200, 60 * S } },
		    2,
		    { .process = PROCESS_POISSON } },
		  "200/s for 1m after a ramp of 10s" },
		{ { { { 0.5, 0.5, 60 * S } }, 1, { 0 } }, "0.5/s for 1m" },
		{ { { { 2000, 2000, 0 } }, 1, { .iterations = 1000 } },
		  "2000/s, 1000 arrivals in all" },
		{ { { { 9, 9, 90 * S } }, 1, { .iterations = 1 } },
		  "9/s for 90s, at most 1 arrival in all" },
		{ { { { 50, 50, 30 * S }, { 50, 200, 60 * S } }, 2, { 0 } },
		  "50/s for 30s, then 50/s to 200/s in 1m" },
		{ { { { 1, 1, S },
		      { 2, 2, S },
		      { 0, 0, S },
		      { 3, 3, S },
		      { 4, 4, S },
		      { 5, 5, S } },
		    6,
		    { 0 } },
		  "1/s for 1s, then 2/s for 1s, then 0/s for 1s, then 3/s for "
		  "1s, then 2 more, all in 6s" },
		{ { { { 0, 0, 0 } },
		    0,
		    { .burst_size = 50,
		      .burst_every_ns = S,
		      .for_ns = 60 * S } },
		  "bursts of 50 every 1s for 1m" },
		{ { { { 0, 0, 0 } },
		    0,
		    { .n_replay = 3,
		      .replay_ns = three,
		      .replay_file = "times.csv" } },
		  "3 arrivals of \"times.csv\"" },
		{ { { { 64, 64, 10 * S } }, 1, { .model = LOAD_CLOSED } },
		  "64 users for 10s" },
		{ { { { 1, 1, 0 } },
		    1,
		    { .model = LOAD_CLOSED,
		      .iterations_each = 100,
		      .think_low_ns = S,
		      .think_high_ns = S } },
		  "1 user, 100 rounds each, thinking 1s" },
		{ { { { 0, 10, 5 * S }, { 10, 10, S } },
		    2,
		    { .model = LOAD_CLOSED,
		      .iterations = 100,
		      .think_low_ns = S,
		      .think_high_ns = 3 * S } },
		  "10 users for 1s after a ramp of 5s, at most 100 rounds in "
		  "all, thinking 1s to 3s" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct load_plan spec = plan_of(&rows[i].plan);
		struct buf out;

		buf_init(&out, BUF_NO_LIMIT);
		plan_say(&spec, &out);
		assert_string_equal(buf_text(&out), rows[i].want);
		buf_release(&out);
	}
}

/* ---- any plan ----------------------------------------------------------- */

static double any_rate(struct random *r)
{
	switch (random_below(r, 4)) {
	case 0:
		return 0;
	case 1:
		return (double)random_below(r, 1000);
	case 2:
		return (double)random_below(r, 1000) / 10;
	default:
		return random_unit(r) * 2000;
	}
}

static struct row any_plan(struct random *r)
{
	struct row row = { .n_stages = 1 + random_below(r, STAGES) };

	for (size_t i = 0; i < row.n_stages; i++) {
		double from = any_rate(r);

		row.stage[i] = (struct load_stage){
			.from = from,
			.to = random_below(r, 2) ? from : any_rate(r),
			.for_ns = random_below(r, 8)
					  ? random_below(r, 2 * S)
					  : random_below(r, 3) * S / 2,
		};
	}
	if (!random_below(r, 3))
		row.spec.for_ns = 1 + random_below(r, 8 * S);
	if (!random_below(r, 3) ||
	    (!row.spec.for_ns && !row.stage[row.n_stages - 1].for_ns))
		row.spec.iterations = 1 + random_below(r, 5000);
	row.spec.process = (unsigned)random_below(r, 2);
	return row;
}

static void any_plan_holds(void **state)
{
	struct random r;

	(void)state;
	random_init(&r, 2026, 0);
	for (int round = 0; round < 400; round++) {
		struct row row = any_plan(&r);
		struct load_plan spec = plan_of(&row);
		uint64_t length_ns = plan_length_ns(&spec);
		double most = plan_level_max(&spec);
		uint64_t at_ns, last_ns = 0;
		struct plan p;

		plan_init(&p, &spec, (uint64_t)round);
		while (plan_next(&p, &at_ns)) {
			assert_true(at_ns >= last_ns);
			assert_true(!length_ns || at_ns < length_ns);
			last_ns = at_ns;
		}
		assert_false(plan_next(&p, &at_ns));
		assert_true(plan_level(&spec, last_ns) <= most * (1 + 1e-12));
		double n = plan_count(&spec), off = fabs(n - (double)p.n);
		if (spec.process == PROCESS_EVEN ? off != 0
						 : off > 6 * sqrt(n) + 6)
			fail_msg("round %d: %g for %lu", round, n,
				 (unsigned long)p.n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(even_times),
		cmocka_unit_test(constant_rates_are_exact),
		cmocka_unit_test(ramps_are_exact),
		cmocka_unit_test(bursts),
		cmocka_unit_test(replays),
		cmocka_unit_test(poisson_gaps),
		cmocka_unit_test(poisson_on_ramps),
		cmocka_unit_test(same_seed_same_plan),
		cmocka_unit_test(parts_cover_all),
		cmocka_unit_test(levels),
		cmocka_unit_test(users),
		cmocka_unit_test(changes_of_users_agree),
		cmocka_unit_test(closed_counts),
		cmocka_unit_test(words),
		cmocka_unit_test(any_plan_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
