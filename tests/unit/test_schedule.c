/* SPDX-License-Identifier: MIT */
/* folder: probe */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "probe/watch/schedule.h"

#define S(n) ((uint64_t)((n)*1000000000ull))

static struct slot_plan plan(uint64_t every, uint64_t jitter, uint64_t offset)
{
	return schedule_plan("ready", every, jitter, offset);
}

/* Slot k is due at offset + k * every, for ever. */
static void no_drift(void **state)
{
	const struct slot_plan p = plan(S(10), 0, S(3));

	(void)state;
	assert_int_equal(schedule_due_ns(&p, 0), S(3));
	assert_int_equal(schedule_due_ns(&p, 1), S(13));
	assert_int_equal(schedule_due_ns(&p, 8640 * 365ull),
			 S(3) + 8640 * 365ull * S(10));
}

static void what_was_missed(void **state)
{
	static const struct {
		const char *says;
		uint64_t from, now, slot, n_missed;
	} rows[] = {
		{ "just due", 0, S(3), 0, 0 },
		{ "late, before the next", 0, S(12.999), 0, 0 },
		{ "the next one came", 0, S(13), 1, 1 },
		{ "one missed", 1, S(23), 2, 1 },
		{ "an hour asleep", 2, S(3603), 360, 358 },
		{ "used up to here", 360, S(3603), 360, 0 },
	};
	const struct slot_plan p = plan(S(10), 0, S(3));

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct slots_gone got =
			schedule_catch_up(&p, rows[i].from, rows[i].now);

		if (got.slot != rows[i].slot ||
		    got.n_missed != rows[i].n_missed)
			fail_msg("%s: slot %llu, missed %llu", rows[i].says,
				 (unsigned long long)got.slot,
				 (unsigned long long)got.n_missed);
	}
}

static void what_comes_next(void **state)
{
	static const struct {
		uint64_t from, now, slot;
	} rows[] = {
		{ 0, 0, 0 },	   { 0, S(2.9), 0 }, { 0, S(3), 1 },
		{ 0, S(12.9), 1 }, { 0, S(13), 2 },  { 5, S(13), 5 },
	};
	const struct slot_plan p = plan(S(10), 0, S(3));

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(schedule_next(&p, rows[i].from, rows[i].now),
				 rows[i].slot);
}

/* Late by up to the jitter, differently each time, the same each time it is
 * asked; and slots stay in their order. */
static void jitter_is_bounded(void **state)
{
	const struct slot_plan p = plan(S(10), S(4), 0);
	uint64_t least = UINT64_MAX;
	uint64_t most = 0;

	(void)state;
	for (uint64_t k = 0; k < 10000; k++) {
		uint64_t late = schedule_due_ns(&p, k) - k * S(10);

		assert_true(late < S(4));
		assert_int_equal(schedule_due_ns(&p, k), k * S(10) + late);
		assert_int_equal(schedule_next(&p, 0, schedule_due_ns(&p, k)),
				 k + 1);
		least = late < least ? late : least;
		most = late > most ? late : most;
	}
	assert_true(least < S(0.1) && most > S(3.9));
}

/* By the name alone, and evenly: of 1,000 checks each 10 s no second has more
 * than twice its share. */
static void offsets_are_spread(void **state)
{
	unsigned in[10] = { 0 };
	char name[32];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "check-%d", i);
		struct slot_plan p =
			schedule_plan(name, S(10), 0, SCHEDULE_NO_OFFSET);
		struct slot_plan again =
			schedule_plan(name, S(10), 0, SCHEDULE_NO_OFFSET);

		assert_true(p.offset_ns < S(10));
		assert_int_equal(p.offset_ns, again.offset_ns);
		in[p.offset_ns / S(1)]++;
	}
	for (int i = 0; i < 10; i++)
		assert_in_range(in[i], 50, 200);
}

/* Once a day is not "first tomorrow". */
static void first_start_is_soon(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++) {
		char name[32];

		snprintf(name, sizeof(name), "daily-%d", i);
		assert_true(schedule_plan(name, S(86400), 0, SCHEDULE_NO_OFFSET)
				    .offset_ns < SCHEDULE_SPREAD_MAX_NS);
	}
}

static void backoff_is_bounded(void **state)
{
	static const struct {
		uint64_t timeouts, every, slots;
	} rows[] = {
		{ 0, S(10), 1 },   { 2, S(10), 1 },    { 3, S(10), 2 },
		{ 5, S(10), 2 },   { 6, S(10), 4 },    { 9, S(10), 8 },
		{ 99, S(10), 8 },  { 99, S(60), 8 },   { 99, S(120), 4 },
		{ 99, S(300), 2 }, { 99, S(3600), 1 }, { UINT64_MAX, S(1), 8 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(
			schedule_backoff(rows[i].timeouts, rows[i].every),
			rows[i].slots);
}

static void heap_gives_the_earliest(void **state)
{
	enum { N = 1000 };
	struct due_heap h;
	uint64_t last = 0;
	uint64_t draw = 12345;

	(void)state;
	assert_true(due_heap_init(&h, N));
	for (size_t i = 0; i < N; i++) {
		draw = draw * 6364136223846793005u + 1442695040888963407u;
		due_heap_add(&h, (struct due){ draw >> 40, i });
	}
	due_heap_add(&h, (struct due){ 0, N }); /* no room: left out */
	assert_int_equal(h.n, N);
	for (size_t i = 0; i < N; i++) {
		struct due d = due_heap_take(&h);

		assert_true(d.due_ns >= last);
		last = d.due_ns;
	}
	assert_int_equal(h.n, 0);
	due_heap_release(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_drift),
		cmocka_unit_test(what_was_missed),
		cmocka_unit_test(what_comes_next),
		cmocka_unit_test(jitter_is_bounded),
		cmocka_unit_test(offsets_are_spread),
		cmocka_unit_test(first_start_is_soon),
		cmocka_unit_test(backoff_is_bounded),
		cmocka_unit_test(heap_gives_the_earliest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
