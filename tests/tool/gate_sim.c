/* SPDX-License-Identifier: MIT */
/*
 * gate_sim - plays gates that never were, and counts how often they were right.
 *
 *     gate_sim few|all           each experiment, a line with its bound; exit
 *                                code 1 when one is missed
 *     gate_sim result KIND       one as a result file, to standard output
 *     gate_sim cost              judging 150 cells and 20 metrics: milliseconds
 *     gate_sim cost-result       the same cells as a result file
 *
 * The bounds of `all` are what the method promises (at most 10 of 1000 false
 * alarms, 95 % and 92 % of what is there).  `few` has as many fewer runs that
 * they can be made each time; its bounds are so wide that a gate which keeps the
 * promise misses them once in ten thousand times.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "report/gate/gate.h"
#include "report/result/gate_result.h"
#include "report/result/result_json.h"
#include "report/result/verdict.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "tests/unit/gate_model.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

enum { QUESTIONS = 2, COST_GROUPS = 4, COST_ROUNDS = 21 };

static struct errs problems;

static void stop(const char *why)
{
	fprintf(stderr, "gate_sim: %s\n", why);
	exit(2);
}

/* ---- experiments ----------------------------------------------------------- */

#define LIGHT(tau_, launches_)                                             \
	{                                                                  \
		.noise = NOISE_TYPICAL, .rate_per_s = 1000, .total_s = 60, \
		.tau = tau_, .launches = launches_,                        \
	}
#define FAST(tau_, effect_)                                                \
	{                                                                  \
		.noise = NOISE_TYPICAL, .rate_per_s = 1000, .total_s = 60, \
		.tau = tau_, .launches = 10, .slowdown = SLOW_SERVICE,     \
		.effect = effect_, .is_fail_fast = true,                   \
	}
#define WITH(rate, heavy, kind)                                                \
	{                                                                      \
		.noise = NOISE_TYPICAL, .rate_per_s = rate, .is_heavy = heavy, \
		.total_s = 60, .tau = 0.01, .launches = 10, .slowdown = kind,  \
		.effect = 0.10,                                                \
	}

/* BEYOND: more than a gate that keeps MOST could have. */
enum bound { NONE, MOST, LEAST, BEYOND };

struct question {
	const char *metric; /* NULL: the whole gate */
	enum gate_verdict verdict;
	enum bound bound;
	double share;
};

static const struct experiment {
	const char *name;
	size_t all, few;
	struct gate_model model;
	struct question q[QUESTIONS];
} experiments[] = {
	{ "same, launches do not differ",
	  1000,
	  70,
	  LIGHT(0, 10),
	  { { NULL, GATE_REGRESSION, MOST, 0.01 } } },
	{ "same, launches differ by 1 %",
	  1000,
	  90,
	  LIGHT(0.01, 10),
	  { { NULL, GATE_REGRESSION, MOST, 0.01 },
	    { "p50", GATE_NO_CHANGE, LEAST, 0.95 } } },
	{ "same, launches differ by 3 %",
	  1000,
	  70,
	  LIGHT(0.03, 10),
	  { { NULL, GATE_REGRESSION, MOST, 0.01 } } },
	/* the same, but launched once: that these can see false alarms at all */
	{ "same, launched once, differ by 3 %",
	  200,
	  40,
	  LIGHT(0.03, 1),
	  { { NULL, GATE_REGRESSION, BEYOND, 0.01 } } },
	{ "same, looked at on the way",
	  1000,
	  70,
	  FAST(0.01, 0),
	  { { NULL, GATE_REGRESSION, MOST, 0.01 } } },
	{ "same, looked at on the way, differ by 3 %",
	  1000,
	  70,
	  FAST(0.03, 0),
	  { { NULL, GATE_REGRESSION, MOST, 0.01 } } },
	{ "work +10 %, looked at on the way",
	  200,
	  40,
	  FAST(0.01, 0.10),
	  { { NULL, GATE_REGRESSION, LEAST, 0.95 } } },
	{ "work +10 %",
	  200,
	  40,
	  WITH(1000, false, SLOW_SERVICE),
	  { { NULL, GATE_REGRESSION, LEAST, 0.95 },
	    { "p50", GATE_REGRESSION, LEAST, 0.95 } } },
	{ "latency +10 %",
	  200,
	  40,
	  WITH(1000, false, SLOW_LATENCY),
	  { { "p99", GATE_REGRESSION, LEAST, 0.92 } } },
	{ "latency +10 %, heavy tail, 4000/s",
	  200,
	  15,
	  WITH(4000, true, SLOW_LATENCY),
	  { { "p99", GATE_REGRESSION, LEAST, 0.92 } } },
};

static enum gate_verdict verdict_of(const struct gate_result *g,
				    const char *metric)
{
	for (size_t i = 0; metric && i < g->n_metrics; i++)
		if (!strcmp(g->metrics[i].name, metric))
			return g->metrics[i].verdict;
	return g->verdict;
}

static size_t bound_of(const struct question *q, size_t n, bool is_few)
{
	switch (q->bound) {
	case MOST:
		return is_few ? gate_sim_most(n, q->share)
			      : (size_t)((double)n * q->share);
	case LEAST:
		return is_few ? gate_sim_least(n, q->share)
			      : (size_t)((double)n * q->share + 0.5);
	default:
		return gate_sim_most(n, q->share) + 1;
	}
}

static bool tell(const struct experiment *e, const struct question *q,
		 size_t hits, size_t n, bool is_few)
{
	size_t bound = bound_of(q, n, is_few);
	bool ok = q->bound == MOST ? hits <= bound : hits >= bound;

	printf("%s - %s: %s %s %zu of %zu, at %s %zu\n", ok ? "ok" : "not ok",
	       e->name, q->metric ? q->metric : "gate",
	       gate_verdict_name(q->verdict), hits, n,
	       q->bound == MOST ? "most" : "least", bound);
	fflush(stdout);
	return ok;
}

static bool experiment(struct gate_sim *sim, const struct experiment *e,
		       bool is_few)
{
	size_t n = is_few ? e->few : e->all, hits[QUESTIONS] = { 0 };
	bool ok = true;

	for (size_t i = 0; i < n; i++) {
		/* the same runs of both kinds: the few are the first of all */
		struct gate_result *g =
			gate_sim_run(sim, &e->model, 1 + i * 7919);

		if (!g || !gate_sim_judge(sim, g, &problems))
			stop(g ? problems.item[0].text : "no memory");
		for (size_t k = 0; k < QUESTIONS; k++)
			hits[k] += verdict_of(g, e->q[k].metric) ==
				   e->q[k].verdict;
	}
	for (size_t k = 0; k < QUESTIONS && e->q[k].bound != NONE; k++)
		ok = tell(e, &e->q[k], hits[k], n, is_few) && ok;
	return ok;
}

static int experiments_run(struct gate_sim *sim, bool is_few)
{
	bool ok = true;

	for (size_t i = 0; i < LEN(experiments); i++)
		ok = experiment(sim, &experiments[i], is_few) && ok;
	return ok ? 0 : 1;
}

/* ---- result files ---------------------------------------------------------- */

static const struct gate_quantile high[] = { { 0.5, true }, { 0.999, true } };

static const struct kind {
	const char *name;
	struct gate_model model;
	const char *invalid_why;
	bool is_high; /* p99.9 is gated */
} kinds[] = {
	{ "same", LIGHT(0.01, 10), "", false },
	{ "slower", WITH(1000, false, SLOW_LATENCY), "", false },
	{ "once", LIGHT(0.01, 1), "", false },
	{ "insufficient",
	  { .noise = NOISE_TYPICAL,
	    .rate_per_s = 100,
	    .total_s = 20,
	    .tau = 0.01,
	    .launches = 3 },
	  "",
	  true },
	{ "overload", WITH(1000, false, SLOW_LATENCY),
	  "sends were late: p99 12 ms, more than a tenth of p50", false },
};

static int result(struct gate_sim *sim, const struct kind *k)
{
	struct gate_result *g = gate_sim_run(sim, &k->model, 11);
	struct run_result run = {
		.tool = "assay",
		.name = "gate",
		.file = "",
		.environment = "",
		.vantage = "",
		.host = "",
		.partial_why = "",
		.broken_why = "",
		.gate = g,
	};
	struct buf text;
	int code = 0;

	buf_init(&text, RESULT_FILE_MAX);
	if (!g)
		stop("no memory");
	if (k->is_high) {
		g->settings.quantiles = high;
		g->settings.n_quantiles = LEN(high);
	}
	g->invalid_why = k->invalid_why;
	if (!gate_judge(g, gate_sim_arena(sim), &problems))
		stop(problems.item[0].text);
	result_judge(&run);
	if (!result_write(&run, &text) ||
	    fwrite(text.text, 1, text.len, stdout) != text.len)
		code = 2;
	buf_release(&text);
	return code;
}

static int result_of(struct gate_sim *sim, const char *name)
{
	for (size_t i = 0; i < LEN(kinds); i++)
		if (!strcmp(kinds[i].name, name))
			return result(sim, &kinds[i]);
	stop("there is no such result");
	return 2;
}

/* ---- cost ------------------------------------------------------------------ */

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The same cells for four groups of five metrics. */
static struct gate_result *many_groups(struct gate_sim *sim)
{
	static const struct gate_group groups[COST_GROUPS] = {
		{ "" }, { "login" }, { "search" }, { "book" }
	};
	static const struct gate_model model = LIGHT(0.01, 10);
	struct gate_result *g = gate_sim_run(sim, &model, 1);
	struct gate_cell *cells;

	if (!g)
		stop("no memory");
	cells = arena_alloc(gate_sim_arena(sim), COST_GROUPS * g->n_cells,
			    sizeof *cells);
	if (!cells)
		stop("no memory");
	for (size_t i = 0; i < COST_GROUPS * g->n_cells; i++) {
		cells[i] = g->cells[i % g->n_cells];
		cells[i].group = i / g->n_cells;
	}
	g->groups = groups;
	g->n_groups = COST_GROUPS;
	g->cells = cells;
	g->n_cells *= COST_GROUPS;
	return g;
}

static int cost(struct gate_sim *sim)
{
	struct gate_result *g = many_groups(sim);
	struct arena *a = gate_sim_arena(sim);
	double took[COST_ROUNDS];
	size_t before = arena_used(a);

	for (size_t i = 0; i < COST_ROUNDS; i++) {
		double from = cpu_ms();

		if (!gate_judge(g, a, &problems))
			stop(problems.item[0].text);
		took[i] = cpu_ms() - from;
	}
	qsort(took, COST_ROUNDS, sizeof *took, by_value);
	printf("metrics %zu cells %zu ms %.2f told_kb %zu\n", g->n_metrics,
	       g->n_cells, took[COST_ROUNDS / 2],
	       (arena_used(a) - before) / COST_ROUNDS / 1024);
	return 0;
}

/* The same cells as a result file, for the program to read. */
static int cost_result(struct gate_sim *sim)
{
	struct run_result run = {
		.tool = "assay",
		.name = "gate",
		.file = "",
		.environment = "",
		.vantage = "",
		.host = "",
		.partial_why = "",
		.broken_why = "",
		.gate = many_groups(sim),
	};
	struct buf text;
	bool ok;

	buf_init(&text, RESULT_FILE_MAX);
	if (!gate_judge(run.gate, gate_sim_arena(sim), &problems))
		stop(problems.item[0].text);
	result_judge(&run);
	ok = result_write(&run, &text) &&
	     fwrite(text.text, 1, text.len, stdout) == text.len;
	buf_release(&text);
	return ok ? 0 : 2;
}

int main(int argc, char **argv)
{
	struct gate_sim *sim = gate_sim_new();
	const char *what = argc > 1 ? argv[1] : "";
	int code = 2;

	if (!sim)
		stop("no memory");
	if (!strcmp(what, "few") || !strcmp(what, "all"))
		code = experiments_run(sim, !strcmp(what, "few"));
	else if (!strcmp(what, "result") && argc > 2)
		code = result_of(sim, argv[2]);
	else if (!strcmp(what, "cost"))
		code = cost(sim);
	else if (!strcmp(what, "cost-result"))
		code = cost_result(sim);
	else
		stop("few, all, result KIND, cost or cost-result");
	gate_sim_free(sim);
	return code;
}
