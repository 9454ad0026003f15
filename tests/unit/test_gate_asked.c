/* SPDX-License-Identifier: MIT */
/* folder: report */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "report/gate/asked.h"
#include "report/gate/gate.h"
#include "report/result/gate_result.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define ROOM	   ((size_t)1 << 20)

struct mine {
	struct gate_asked asked;
};

static const struct option_spec specs[] = {
	GATE_OPTIONS(struct mine, asked){ 0 },
};

enum { ARGS_MAX = 4 };

/* The settings that follow from a command line, as text; or the problem.  The
 * smallest effect is as it was measured with; 0: the usual one. */
static void apply(double min_effect, char *const *argv, int argc, char *out,
		  size_t room)
{
	static struct errs es;
	struct arena *a = arena_new(ROOM);
	struct gate_settings s;
	struct mine mine;
	size_t n = 0;

	memset(&es, 0, sizeof es);
	assert_non_null(a);
	gate_settings_default(&s);
	if (min_effect > 0)
		s.min_effect = min_effect;
	gate_asked_init(&mine.asked);
	if (!options_parse(specs, &mine, argc, (char **)(uintptr_t)argv, NULL,
			   &es) ||
	    !gate_asked_apply(&mine.asked, &s, a, &es)) {
		snprintf(out, room, "%s", es.item[0].text);
		arena_free(a);
		return;
	}
	n += (size_t)snprintf(out, room, "%g %g %g %g %g %g %g %s", s.alpha,
			      s.min_effect, s.equivalence, s.min_rate,
			      s.min_ratio, s.slow_factor, s.assumed_tau,
			      s.is_strict ? "strict" : "-");
	for (size_t i = 0; i < s.n_quantiles; i++)
		n += (size_t)snprintf(out + n, room - n, " %g%s",
				      s.quantiles[i].q,
				      s.quantiles[i].is_gated ? "" : "?");
	arena_free(a);
}

static void settings_are_those_that_are_asked(void **state)
{
	static const struct {
		const char *arg[ARGS_MAX];
		const char *want; /* begins with it */
	} row[] = {
		{ { NULL }, "0.01 0.05 0.1 0.001 1.2 5 0.01 - 0.5 0.95? 0.99" },
		{ { "--alpha=0.5%" }, "0.005 " },
		{ { "--alpha=25%" }, "0.25 " },
		{ { "--alpha=26%" },
		  "option \"--alpha\": must be at most 25%" },
		{ { "--min-effect=7%" }, "0.01 0.07 0.1 " },
		{ { "--min-effect=20%", "--equivalence=30%" }, "0.01 0.2 0.3" },
		{ { "--min-effect=20%" }, "the equivalence, 10 %, must not" },
		{ { "--equivalence=4%" }, "the equivalence, 4 %, must not" },
		{ { "--min-rate=0.2%", "--min-ratio=2" },
		  "0.01 0.05 0.1 0.002 2 " },
		{ { "--slow-factor=3", "--tau=2.5%", "--strict" },
		  "0.01 0.05 0.1 0.001 1.2 3 0.025 strict" },
		{ { "--quantiles=p50" },
		  "0.01 0.05 0.1 0.001 1.2 5 0.01 - 0.5 0.95? 0.99?" },
		{ { "--quantiles=p99.9,p75" },
		  "0.01 0.05 0.1 0.001 1.2 5 0.01 - 0.5? 0.75 0.95? 0.99? "
		  "0.999" },
		{ { "--quantiles=p95,p95" },
		  "0.01 0.05 0.1 0.001 1.2 5 0.01 - 0.5? 0.95 0.99?" },
		{ { "--quantiles=p50," }, "--quantiles are like p50,p99.9" },
		{ { "--quantiles=50" }, "--quantiles are like p50,p99.9" },
		{ { "--quantiles=p100" }, "--quantiles are like p50,p99.9" },
		{ { "--quantiles=p0" }, "--quantiles are like p50,p99.9" },
		{ { "--quantiles=p1,p2,p3,p4,p5,p6,p7,p8,p9,p10,p11,p12,p13,"
		    "p14" },
		  "--quantiles and those that were measured are more than 16" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(row); i++) {
		char out[ERR_TEXT_MAX];
		char *argv[ARGS_MAX + 1] = { (char *)(uintptr_t) "gate" };
		int argc = 1;

		for (; argc <= ARGS_MAX && row[i].arg[argc - 1]; argc++)
			argv[argc] = (char *)(uintptr_t)row[i].arg[argc - 1];
		apply(0, argv, argc, out, sizeof out);
		if (strncmp(out, row[i].want, strlen(row[i].want)) != 0)
			fail_msg("row %zu: \"%s\", expected \"%s\"", i, out,
				 row[i].want);
	}
}

/* An older result may have it that way, and a calibration has: only who asks for one of
 * both is told that they do not go together. */
static void what_was_measured_with_may_be(void **state)
{
	static const struct {
		double min_effect;
		const char *arg, *want;
	} row[] = {
		{ 0.15, "--alpha=2%", "0.02 0.15 0.1 " },
		{ 10, "--strict", "0.01 10 0.1 " },
		{ 0.15, "--equivalence=12%", "the equivalence, 12 %, must" },
		{ 0.15, "--min-effect=11%", "the equivalence, 10 %, must" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(row); i++) {
		char *argv[] = { (char *)(uintptr_t) "gate",
				 (char *)(uintptr_t)row[i].arg };
		char out[ERR_TEXT_MAX];

		apply(row[i].min_effect, argv, 2, out, sizeof out);
		if (strncmp(out, row[i].want, strlen(row[i].want)) != 0)
			fail_msg("row %zu: \"%s\", expected \"%s\"", i, out,
				 row[i].want);
	}
}

static void the_table_is_sound(void **state)
{
	struct gate_asked asked;
	struct buf why;

	(void)state;
	buf_init(&why, ROOM);
	if (!options_check(specs, &why))
		fail_msg("%s", buf_text(&why));
	buf_release(&why);
	gate_asked_init(&asked);
	assert_false(gate_asked_any(&asked));
	asked.tau = 0;
	assert_true(gate_asked_any(&asked));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_are_those_that_are_asked),
		cmocka_unit_test(what_was_measured_with_may_be),
		cmocka_unit_test(the_table_is_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
