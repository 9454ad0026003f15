/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/load/search.h"

/* A target that holds up to a rate, and a generator that makes one. */
struct world {
	double holds_to, makes_to;
	/* 0: the target is sure; else confirmations fail above that rate */
	double wobbles_from;
};

struct tried {
	unsigned n;
	double rate[SEARCH_TRIALS_MAX + 1];
	bool held[SEARCH_TRIALS_MAX + 1];
};

static void look_for(struct search *s, const struct world *w, struct tried *t)
{
	double per_s;
	bool is_confirm;

	t->n = 0;
	while (search_next(s, &per_s, &is_confirm)) {
		bool held = per_s <= w->holds_to;
		bool is_spoiled = per_s > w->makes_to;

		assert_true(t->n < SEARCH_TRIALS_MAX);
		if (is_confirm && w->wobbles_from > 0)
			held = per_s <= w->wobbles_from;
		t->rate[t->n] = per_s;
		t->held[t->n++] = held && !is_spoiled;
		search_tell(s, held, is_spoiled);
	}
	assert_false(search_next(s, &per_s, &is_confirm));
}

/* It held each time it was tried, and lies below all that failed. */
static void assert_proven(const struct tried *t, double answer)
{
	unsigned held = 0;

	for (unsigned i = 0; i < t->n; i++) {
		if (!t->held[i])
			assert_true(t->rate[i] > answer);
		else
			held += t->rate[i] <= answer && t->rate[i] >= answer;
	}
	assert_true(answer <= 0 || held > 0);
}

static const struct {
	const char *name;
	double start, low, high;
	struct world world;
	double least, most; /* the answer lies between */
	bool is_confirmed, is_least, is_spoiled;
} searches[] = {
	{ "from below",
	  100,
	  0,
	  0,
	  { 1234, 1e9, 0 },
	  1170,
	  1234,
	  true,
	  false,
	  false },
	{ "from above",
	  100000,
	  0,
	  0,
	  { 1234, 1e9, 0 },
	  1170,
	  1234,
	  true,
	  false,
	  false },
	{ "just at the start",
	  1000,
	  0,
	  0,
	  { 1000, 1e9, 0 },
	  1000,
	  1000,
	  true,
	  false,
	  false },
	{ "a fraction",
	  1,
	  0,
	  0,
	  { 0.037, 1e9, 0 },
	  0.035,
	  0.037,
	  true,
	  false,
	  false },
	{ "no bound but ours",
	  1e6,
	  0,
	  0,
	  { 1e12, 1e12, 0 },
	  1e7,
	  1e7,
	  true,
	  true,
	  false },
	{ "as high as it may go",
	  100,
	  0,
	  500,
	  { 1e12, 1e12, 0 },
	  500,
	  500,
	  true,
	  true,
	  false },
	{ "no rate holds",
	  100,
	  0,
	  0,
	  { 0, 1e9, 0 },
	  0,
	  0,
	  false,
	  false,
	  false },
	{ "none in the range",
	  100,
	  50,
	  0,
	  { 20, 1e9, 0 },
	  0,
	  0,
	  false,
	  false,
	  false },
	{ "the generator is the limit",
	  100,
	  0,
	  0,
	  { 1e9, 3000, 0 },
	  1600,
	  1600,
	  true,
	  true,
	  true },
	{ "the generator cannot even start",
	  10000,
	  0,
	  0,
	  { 1e9, 3000, 0 },
	  2500,
	  2500,
	  true,
	  true,
	  true },
	{ "it fails before the generator does",
	  100,
	  0,
	  0,
	  { 500, 3000, 0 },
	  475,
	  500,
	  true,
	  false,
	  false },
	{ "the generator fails between",
	  100,
	  0,
	  0,
	  { 700, 600, 0 },
	  400,
	  400,
	  true,
	  true,
	  true },
	{ "what held does not hold again",
	  100,
	  0,
	  0,
	  { 1234, 1e9, 1000 },
	  800,
	  1000,
	  true,
	  false,
	  false },
	{ "it never holds again",
	  100,
	  0,
	  0,
	  { 1234, 1e9, 1e-9 },
	  0,
	  0,
	  false,
	  false,
	  false },
};

static void rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof searches / sizeof searches[0]; i++) {
		struct search s;
		struct search_answer answer;
		struct tried tried;

		search_init(&s, searches[i].start, searches[i].low,
			    searches[i].high);
		look_for(&s, &searches[i].world, &tried);
		search_answer(&s, &answer);
		assert_proven(&tried, answer.per_s);
		if (answer.per_s < searches[i].least ||
		    answer.per_s > searches[i].most)
			fail_msg("%s: %g", searches[i].name, answer.per_s);
		if (answer.is_confirmed != searches[i].is_confirmed ||
		    answer.is_least != searches[i].is_least ||
		    answer.is_spoiled != searches[i].is_spoiled)
			fail_msg("%s: %d %d %d", searches[i].name,
				 answer.is_confirmed, answer.is_least,
				 answer.is_spoiled);
	}
}

/* Whatever it is told: it ends, and answers nothing that failed. */
static void any_world(void **state)
{
	uint64_t seed = 11;

	(void)state;
	for (int round = 0; round < 5000; round++) {
		struct search s;
		struct search_answer answer;
		struct tried tried = { 0 };
		double per_s;
		bool is_confirm;

		search_init(&s, 1 + round % 977, 0, 0);
		while (search_next(&s, &per_s, &is_confirm)) {
			unsigned kind;

			seed = seed * UINT64_C(6364136223846793005) + 1;
			kind = (unsigned)(seed >> 33) % 8;
			assert_true(tried.n < SEARCH_TRIALS_MAX);
			tried.rate[tried.n] = per_s;
			tried.held[tried.n++] = kind < 5;
			search_tell(&s, kind < 5, kind == 7);
		}
		search_answer(&s, &answer);
		assert_proven(&tried, answer.per_s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows),
		cmocka_unit_test(any_world),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
