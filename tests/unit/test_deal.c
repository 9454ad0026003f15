/* SPDX-License-Identifier: MIT */
/* folder: loadgen */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "loadgen/run/inside.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

enum { ROWS_MAX = 200, NO_ROW = -1 };

/* What a job with these feeders deals; arrival k belongs to worker k mod
 * workers, as in a run. */
struct dealer {
	struct arena *arena;
	struct scenario scenario;
	struct load_config config;
	struct load_job job;
	int row[ROWS_MAX]; /* NO_ROW: there were no more */
};

static void deal(struct dealer *d, const struct feeder *feeders, size_t n,
		 uint64_t seed, size_t workers)
{
	*d = (struct dealer){ .arena = arena_new(1 << 20) };
	d->scenario.feeders = feeders;
	d->scenario.n_feeders = n;
	d->config.scenario = &d->scenario;
	d->job.config = &d->config;
	d->job.seed = seed;
	d->job.n_workers = d->job.n_sharing = workers;
	assert_non_null(d->arena);
	assert_true(deal_init(&d->job, d->arena));
}

static const int *rows_of(struct dealer *d, size_t feeder, size_t n)
{
	size_t workers = d->job.n_sharing;

	for (size_t k = 0; k < n; k++) {
		size_t row = SIZE_MAX;
		bool ok = deal_row(&d->job, feeder, k, k % workers, &row);
		assert_true(!ok || row < d->scenario.feeders[feeder].n_rows);
		d->row[k] = ok ? (int)row : NO_ROW;
	}
	return d->row;
}

static void put_rows(const int *row, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		if (row[i] == NO_ROW)
			buf_puts(out, "-");
		else
			buf_printf(out, "%d", row[i]);
		buf_puts(out, i + 1 < n ? " " : "");
	}
}

static void in_order(void **state)
{
	static const struct {
		unsigned at_end;
		bool is_by_worker;
		size_t rows, workers, n;
		const char *want;
	} rows[] = {
		{ FEEDER_WRAP, false, 3, 1, 7, "0 1 2 0 1 2 0" },
		{ FEEDER_STOP, false, 3, 1, 5, "0 1 2 - -" },
		/* all workers take from the same rows, in order of arrival */
		{ FEEDER_WRAP, false, 3, 2, 7, "0 1 2 0 1 2 0" },
		{ FEEDER_STOP, false, 3, 4, 5, "0 1 2 - -" },
		/* rows 0, 2, 4 are the first worker's */
		{ FEEDER_WRAP, true, 5, 2, 10, "0 1 2 3 4 1 0 3 2 1" },
		{ FEEDER_STOP, true, 5, 2, 8, "0 1 2 3 4 - - -" },
		{ FEEDER_STOP, true, 4, 2, 6, "0 1 2 3 - -" },
		/* more workers than rows: some have none at all */
		{ FEEDER_WRAP, true, 2, 3, 7, "0 1 - 0 1 - 0" },
		{ FEEDER_WRAP, true, 1, 1, 3, "0 0 0" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		const struct feeder f = {
			.order = FEEDER_SEQUENTIAL,
			.at_end = rows[i].at_end,
			.is_by_worker = rows[i].is_by_worker,
			.n_rows = rows[i].rows,
		};
		struct dealer d;
		struct buf got;

		deal(&d, &f, 1, 7, rows[i].workers);
		buf_init(&got, BUF_NO_LIMIT);
		put_rows(rows_of(&d, 0, rows[i].n), rows[i].n, &got);
		assert_string_equal(buf_text(&got), rows[i].want);
		buf_release(&got);
		arena_free(d.arena);
	}
}

/* How often each row came; those beyond were not dealt. */
static size_t count_rows(const int *row, size_t n, unsigned *seen)
{
	size_t dealt = 0;

	memset(seen, 0, ROWS_MAX * sizeof(*seen));
	for (size_t i = 0; i < n; i++) {
		if (row[i] == NO_ROW)
			continue;
		seen[row[i]]++;
		dealt++;
	}
	return dealt;
}

static void shuffled_rows_come_once(void **state)
{
	static const struct {
		bool is_by_worker;
		size_t rows, workers;
	} rows[] = {
		{ false, 60, 1 }, { false, 60, 4 }, { true, 60, 1 },
		{ true, 60, 4 },  { true, 61, 4 },  { true, 3, 4 },
		{ false, 1, 2 },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct feeder f = {
			.order = FEEDER_SHUFFLE,
			.at_end = FEEDER_STOP,
			.is_by_worker = rows[i].is_by_worker,
			.n_rows = rows[i].rows,
		};
		unsigned seen[ROWS_MAX];
		struct dealer d;

		deal(&d, &f, 1, 7, rows[i].workers);
		const int *row = rows_of(&d, 0, ROWS_MAX);
		assert_int_equal(count_rows(row, ROWS_MAX, seen), rows[i].rows);
		for (size_t k = 0; k < rows[i].rows; k++)
			assert_int_equal(seen[k], 1);
		arena_free(d.arena);
	}
}

/* The second time round is as the first. */
static void shuffled_rows_wrap(void **state)
{
	const struct feeder f = { .order = FEEDER_SHUFFLE, .n_rows = 50 };
	struct dealer d;
	bool is_other = false;

	(void)state;
	deal(&d, &f, 1, 7, 2);
	const int *row = rows_of(&d, 0, 100);
	for (size_t k = 0; k < 50; k++) {
		assert_int_equal(row[k], row[k + 50]);
		is_other |= row[k] != (int)k;
	}
	assert_true(is_other);
	arena_free(d.arena);
}

static const unsigned drawn[] = { FEEDER_RANDOM, FEEDER_SHUFFLE };

static bool same_rows(const struct feeder *f, size_t feeder, size_t n_feeders,
		      uint64_t seed, size_t workers, const int *as)
{
	struct dealer d;

	deal(&d, f, n_feeders, seed, workers);
	bool same = !memcmp(rows_of(&d, feeder, 60), as, 60 * sizeof(*as));
	arena_free(d.arena);
	return same;
}

/* The number of the arrival and the seed say it all: not how many workers
 * there are, nor what was asked before. */
static void the_seed_says_which_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(drawn); i++) {
		const struct feeder f[2] = {
			{ .order = drawn[i], .n_rows = 100 },
			{ .order = drawn[i], .n_rows = 100 },
		};
		const struct feeder own = { .order = drawn[i],
					    .n_rows = 100,
					    .seed = 7 };
		struct dealer d;
		size_t row;

		deal(&d, f, 1, 7, 1);
		const int *first = rows_of(&d, 0, 60);
		assert_true(same_rows(f, 0, 1, 7, 1, first));
		assert_true(same_rows(f, 0, 1, 7, 3, first));
		assert_false(same_rows(f, 0, 1, 8, 1, first));
		/* two files of data do not go hand in hand */
		assert_false(same_rows(f, 1, 2, 7, 1, first));
		/* a seed of its own, whatever the run has drawn */
		assert_true(same_rows(&own, 0, 1, 99, 1, first));
		assert_true(deal_row(&d.job, 0, 41, 0, &row));
		assert_int_equal(row, first[41]);
		arena_free(d.arena);
	}
}

static void random_rows_never_end(void **state)
{
	const struct feeder f = { .order = FEEDER_RANDOM, .n_rows = 8 };
	unsigned seen[ROWS_MAX];
	struct dealer d;

	(void)state;
	deal(&d, &f, 1, 7, 2);
	const int *row = rows_of(&d, 0, ROWS_MAX);
	assert_int_equal(count_rows(row, ROWS_MAX, seen), ROWS_MAX);
	for (size_t k = 0; k < 8; k++) /* 25 are expected of each */
		assert_true(seen[k] > 5 && seen[k] < 60);
	arena_free(d.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order),
		cmocka_unit_test(shuffled_rows_come_once),
		cmocka_unit_test(shuffled_rows_wrap),
		cmocka_unit_test(the_seed_says_which_rows),
		cmocka_unit_test(random_rows_never_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
