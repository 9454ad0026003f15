/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/load/settle.h"

#define S  UINT64_C(1000000000)
#define MS 1e6

static double draw(void)
{
	static uint64_t seed = 5;

	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (double)(seed >> 33) / (double)(UINT64_C(1) << 31) - 0.5;
}

static void at_rest(unsigned t, struct settle_second *s)
{
	(void)t;
	*s = (struct settle_second){ 1000, 5000000, 9000000 };
}

/* Code that gets faster while it is compiled. */
static void decay(unsigned t, struct settle_second *s)
{
	double p50 = (10 + 90 * exp(-(double)t / 8)) * MS;

	*s = (struct settle_second){ 1000, (uint64_t)p50, (uint64_t)(2 * p50) };
}

static void noise(unsigned t, struct settle_second *s)
{
	(void)t;
	*s = (struct settle_second){ 1000 * (1 + 0.03 * draw()),
				     (uint64_t)(5 * MS * (1 + 0.2 * draw())),
				     (uint64_t)(9 * MS * (1 + 0.5 * draw())) };
}

static void few(unsigned t, struct settle_second *s)
{
	noise(t, s);
	s->rate_per_s = 10 + floor(7 * draw());
}

static void step(unsigned t, struct settle_second *s)
{
	at_rest(t, s);
	if (t < 10)
		s->p50_ns *= 4;
}

static void ramp(unsigned t, struct settle_second *s)
{
	at_rest(t, s);
	s->rate_per_s = t < 12 ? 100 * t : 1200;
}

static void one_bad_second(unsigned t, struct settle_second *s)
{
	at_rest(t, s);
	if (t == 4)
		*s = (struct settle_second){ 100, 900000000, 950000000 };
}

static void ever_slower(unsigned t, struct settle_second *s)
{
	at_rest(t, s);
	s->p50_ns += t * UINT64_C(1000000);
}

static void ever_faster_users(unsigned t, struct settle_second *s)
{
	at_rest(t, s);
	s->rate_per_s = 100 * (t + 1);
}

static void nothing(unsigned t, struct settle_second *s)
{
	(void)t;
	*s = (struct settle_second){ 0, 0, 0 };
}

static void swings(unsigned t, struct settle_second *s)
{
	at_rest(t, s);
	if (t / 5 % 2)
		s->p50_ns *= 2;
}

static void rows(void **state)
{
	static const struct {
		const char *name;
		void (*series)(unsigned t, struct settle_second *s);
		uint64_t plan_s;
		enum settle_state want;
		unsigned least_s, most_s;
		const char *why;
	} row[] = {
		{ "at rest", at_rest, 180, SETTLE_FOUND, 15, 15,
		  "rate within 5 % and p50 within 10 % for 10 s" },
		{ "no plan", at_rest, 0, SETTLE_FOUND, 15, 15, "" },
		{ "a shorter one", at_rest, 30, SETTLE_FOUND, 6, 6, "" },
		{ "the shortest", at_rest, 9, SETTLE_FOUND, 3, 3, "" },
		/* the rest is within 10 % of where it is going */
		{ "decay", decay, 0, SETTLE_FOUND, 32, 50, "" },
		{ "noise", noise, 180, SETTLE_FOUND, 15, 40, "" },
		{ "few requests", few, 180, SETTLE_FOUND, 15, 60, "" },
		{ "step", step, 180, SETTLE_FOUND, 18, 26, "" },
		{ "ramp", ramp, 180, SETTLE_FOUND, 19, 28, "" },
		{ "one bad second", one_bad_second, 180, SETTLE_FOUND, 15, 20,
		  "" },
		{ "ever slower", ever_slower, 0, SETTLE_GIVEN_UP, 60, 60,
		  "after 60 s the rate could still change by 0 %" },
		{ "more and more", ever_faster_users, 0, SETTLE_GIVEN_UP, 60,
		  60, "after 60 s" },
		{ "never more than a third", ever_slower, 60, SETTLE_GIVEN_UP,
		  20, 20, "after 20 s" },
		{ "nothing at all", nothing, 0, SETTLE_GIVEN_UP, 60, 60,
		  "change by 999 %" },
		{ "swings", swings, 0, SETTLE_GIVEN_UP, 60, 60, "" },
		{ "too short a plan", at_rest, 5, SETTLE_GIVEN_UP, 0, 0,
		  "leaves 1 s" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct settle t;
		struct settle_second s;
		unsigned n = 0;

		settle_init(&t, row[i].plan_s * S);
		while (t.state == SETTLE_GOING && n < 100) {
			assert_string_equal(t.why, "");
			row[i].series(n++, &s);
			settle_add(&t, &s);
		}
		if (t.state != row[i].want || n < row[i].least_s ||
		    n > row[i].most_s || !strstr(t.why, row[i].why))
			fail_msg("%s: %d after %u s: %s", row[i].name,
				 (int)t.state, n, t.why);
		row[i].series(n, &s);
		assert_int_equal(settle_add(&t, &s), row[i].want);
		assert_int_equal(t.n, n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
