/* SPDX-License-Identifier: MIT */
#include "tests/unit/sample_gate.h"

#include <math.h>

#include "report/gate/gate.h"
#include "report/hist/hist.h"
#include "report/load/conclude.h"
#include "report/result/gate_result.h"
#include "report/result/verdict.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"
#include "tests/unit/sample_run.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define S(n)	     ((uint64_t)(n)*1000000000u)
#define MS(n)	     ((uint64_t)(n)*1000000u)

/* Two digits, 1 ms. */
#define HDR "HISTFAAAACR4nJNpmSzMwMDAzAABTFCaCyjkZrBjAYP9B4jAc1EmAF7/BVQ="

static const struct gate_quantile quantiles[] = {
	{ 0.5, true },
	{ 0.95, false },
	{ 0.99, true },
};
static const struct gate_quantile high_quantiles[] = {
	{ 0.5, true },
	{ 0.999, true },
};

static const struct gate_settings usual = {
	.alpha = 0.01,
	.min_effect = 0.05,
	.equivalence = 0.10,
	.min_rate = 0.001,
	.min_ratio = 1.2,
	.slow_factor = 5,
	.assumed_tau = 0.01,
	.least_tau = 0.005,
	.n_quantiles = COUNT(quantiles),
	.quantiles = quantiles,
};

static const struct gate_design launched = {
	.total_ns = S(60),
	.launches = 10,
	.can_launch = true,
	.launch_ns = S(6),
	.warm_up_ns = S(1),
	.slot_ns = MS(100),
	.cell_ns = MS(400),
	.cells = 150,
	.rate_per_s = 1000,
	.seed = "7f3a",
	.could_detect = 9.8,
};

static const struct gate_side sides[] = {
	{ "baseline", "main@1a2b", "./shop-main --port 0",
	  "http://127.0.0.1:4711", MS(212) },
	{ "candidate", "pr@3c4d", "./shop-pr --port 0", "http://127.0.0.1:4712",
	  MS(208) },
};
static const struct gate_side urls[] = {
	{ "baseline", "", "https://old.example.org/",
	  "https://old.example.org:443", 0 },
	{ "candidate", "", "https://new.example.org/",
	  "https://new.example.org:443", 0 },
};

static const struct gate_launch launches_p50[] = {
	{ 0, 0.9 }, { 1, 2.3 }, { 2, 1.1 }, { 3, -0.4 }
};
static const struct gate_launch launches_p99[] = {
	{ 0, 11.2 }, { 1, 14.8 }, { 2, 9.9 }, { 3, 13.0 }
};

/* name, of which group, quantile */
#define LATENCY(name_, group_, q_)                                     \
	.name = name_, .group = group_, .kind = GATE_LATENCY, .q = q_, \
	.is_gated = true
#define SHARE(name_, group_, kind_) \
	.name = name_, .group = group_, .kind = kind_, .q = 0, .is_gated = true
/* change, interval at level, that of 90 %, could detect */
#define CHANGE(e, l, h, level_, l90, h90, seen)                            \
	.estimate = e, .low = l, .high = h, .level = level_, .low90 = l90, \
	.high90 = h90, .could_detect = seen, .cells = 150, .note = ""
#define ERROR_OF(log_, se_, within) \
	.log_estimate = log_, .se = se_, .df = 31, .within_se = within
#define LAUNCHES(sd, rows)                           \
	.launch_sd = sd, .launch_is_measured = true, \
	.n_launches = COUNT(rows), .launches = rows

#define P50                                                                  \
	{                                                                    \
		LATENCY("p50", "", 0.5),                                     \
			.verdict = GATE_NO_CHANGE, .a = 2.71e6, .b = 2.75e6, \
			CHANGE(1.48, -0.6, 3.7, 0.995, 0.1, 2.9, 3.4),       \
			ERROR_OF(0.0147, 0.0079, 0.0051),                    \
			LAUNCHES(0.8, launches_p50)                          \
	}
#define P95_TOLD                                                             \
	{                                                                    \
		.name = "p95", .group = "", .kind = GATE_LATENCY, .q = 0.95, \
		.verdict = GATE_INCONCLUSIVE, .a = 5.41e6, .b = 5.71e6,      \
		CHANGE(5.5, -0.2, 11.5, 0.98, 1.2, 10.1, 8.1),               \
		ERROR_OF(0.0535, 0.024, 0.021), .launch_sd = 1.0,            \
		.launch_is_measured = true                                   \
	}
#define ERRORS                                                               \
	{                                                                    \
		SHARE("errors", "", GATE_ERRORS),                            \
			.verdict = GATE_NO_CHANGE, .a = 0.0010, .b = 0.0011, \
			CHANGE(0.01, -0.06, 0.09, 0.99, -0.04, 0.07, 0.1),   \
			.p = 0.41, .design_effect = 1.7                      \
	}
#define SLOW                                                               \
	{                                                                  \
		SHARE("slow", "", GATE_SLOW),                              \
			.verdict = GATE_NO_CHANGE, .a = 0.007, .b = 0.008, \
			CHANGE(0.1, -0.2, 0.4, 0.99, -0.1, 0.3, 0.4),      \
			.p = 0.12, .design_effect = 3.2                    \
	}

static const struct gate_metric regression[] = {
	P50,
	P95_TOLD,
	{ LATENCY("p99", "", 0.99), .verdict = GATE_REGRESSION, .a = 10.9e6,
	  .b = 12.3e6, CHANGE(12.4, 5.6, 19.6, 0.995, 7.3, 17.7, 10.3),
	  ERROR_OF(0.1169, 0.0232, 0.0201), LAUNCHES(1.1, launches_p99) },
	ERRORS,
	SLOW,
};

static const struct gate_metric no_change[] = {
	{ LATENCY("p50", "", 0.5), .verdict = GATE_NO_CHANGE, .a = 2.71e6,
	  .b = 2.82e6, .estimate = 3.9, .low = 1.0, .high = 6.9, .level = 0.995,
	  .low90 = 1.8, .high90 = 6.0, .could_detect = 4.6,
	  .note = "slower, below the smallest change that counts (5 %)",
	  .cells = 148, .cells_dropped = 2, ERROR_OF(0.038, 0.0103, 0.008),
	  LAUNCHES(0.8, launches_p50) },
	{ LATENCY("p99", "", 0.99), .verdict = GATE_IMPROVEMENT, .a = 10.9e6,
	  .b = 9.6e6, CHANGE(-11.9, -17.4, -6.1, 0.995, -16, -7.6, 9.9),
	  ERROR_OF(-0.1267, 0.0232, 0.0201), .launch_sd = 1.1,
	  .launch_is_measured = true },
	ERRORS,
	SLOW,
};

static const struct gate_metric insufficient[] = {
	P50,
	{ LATENCY("p99.9", "", 0.999), .verdict = GATE_INCONCLUSIVE,
	  .note = "insufficient: too few requests beyond it" },
	ERRORS,
	SLOW,
};

static const struct gate_metric of_urls[] = {
	{ LATENCY("p50", "", 0.5), .verdict = GATE_INCONCLUSIVE, .a = 2.71e6,
	  .b = 2.9e6, CHANGE(7.0, -0.1, 14.6, 0.98, 1.9, 12.4, 9.4),
	  ERROR_OF(0.0677, 0.0275, 0.0100), .launch_sd = 1.0 },
	{ LATENCY("p99", "", 0.99), .verdict = GATE_INCONCLUSIVE, .a = 10.9e6,
	  .b = 11.2e6, CHANGE(2.8, -21, 34, 0.98, -15, 24, 47),
	  ERROR_OF(0.0276, 0.1056, 0.1046), .launch_sd = 1.0 },
	ERRORS,
	{ SHARE("slow", "", GATE_SLOW), .verdict = GATE_INCONCLUSIVE,
	  .a = 0.007, .b = 0.0095,
	  CHANGE(0.25, -0.4, 0.9, 0.99, -0.2, 0.7, 0.9), .p = 0.06,
	  .design_effect = 3.2 },
};

#define HOSTILE "<script>alert(1)</script>|`@all`"
#define BREAKS	"a\n::error::x\x1b[2J]]>-->##[group]x"
static const struct gate_metric of_groups[] = {
	P50,
	ERRORS,
	{ LATENCY("p50", "login", 0.5), .verdict = GATE_NO_CHANGE, .a = 1.5e6,
	  .b = 1.5e6, CHANGE(0.02, -1.1, 1.2, 0.9975, -0.8, 0.9, 2.0),
	  ERROR_OF(0.0002, 0.005, 0.004), .launch_sd = 0.5,
	  .launch_is_measured = true },
	{ LATENCY("p99", "login", 0.99), .verdict = GATE_INCONCLUSIVE,
	  .a = 8.1e6, .b = 8.9e6,
	  CHANGE(9.9, -3.2, 24.7, 0.9975, 1.2, 19.4, 19.9),
	  ERROR_OF(0.0944, 0.05, 0.02), .launch_sd = 4.1,
	  .launch_is_measured = true },
	{ LATENCY("p50", HOSTILE, 0.5), .verdict = GATE_REGRESSION, .a = 4e6,
	  .b = 9.1e6, CHANGE(127, 99, 158, 0.9975, 107, 149, 12),
	  ERROR_OF(0.82, 0.05, 0.05), .launch_sd = 0.5,
	  .launch_is_measured = true },
	{ SHARE("errors", HOSTILE, GATE_ERRORS), .verdict = GATE_REGRESSION,
	  .a = 0, .b = 0.31, CHANGE(31, 22, 40, 0.9975, 24, 38, 2.5), .p = 1e-9,
	  .design_effect = 1 },
	{ LATENCY("p50", BREAKS, 0.5), .verdict = GATE_NO_CHANGE, .a = 4e6,
	  .b = 4e6, CHANGE(-0.01, -1, 1, 0.9975, -0.8, 0.8, 2),
	  ERROR_OF(0, 0.005, 0.004), .launch_sd = 0.5,
	  .launch_is_measured = true },
	{ .name = "throughput",
	  .group = "pay",
	  .kind = GATE_THROUGHPUT,
	  .is_gated = true,
	  .verdict = GATE_NO_CHANGE,
	  .a = 812.4,
	  .b = 809,
	  CHANGE(-0.4, -2.2, 1.3, 0.9975, -1.6, 0.9, 3.1),
	  ERROR_OF(-0.004, 0.007, 0.006),
	  .launch_sd = 0.6,
	  .launch_is_measured = true },
};

static const struct gate_group all[] = { { "" } };
static const struct gate_group many_groups[] = {
	{ "" }, { "login" }, { HOSTILE }, { BREAKS }, { "pay" },
};

/* The planned 30,000 of each side, in two cells: few tell as much. */
static const struct gate_cell cells[] = {
	{ 0, 0, 0, { 15000, 14, HDR }, { 15000, 17, HDR } },
	{ 0, 1, S(30), { 15000, 16, HDR }, { 15000, 16, HDR } },
};

static const struct gate_tail tails[] = {
	{ "", "p99.9", 18.1e6, 19e6 },
	{ "", "max", 211e6, 198e6 },
};
static const struct gate_tail group_tails[] = {
	{ "", "p99.9", 18.1e6, 19e6 },
	{ "login", "p99.9", 9.1e6, 0 },
	{ HOSTILE, BREAKS, 1e99, 5 },
};

static const struct gate_warning url_warnings[] = {
	{ "nothing was launched: what two launches of one build differ by is "
	  "assumed (1 %), not measured" },
	{ "both sides may share a cache or a database" },
};
static const struct gate_warning hostile_warnings[] = {
	{ "step \"" HOSTILE "\" had " BREAKS },
};

static const struct row {
	const char *name;
	enum gate_verdict verdict;
	const char *message, *invalid_why;
	const struct gate_side *sides;
	const struct gate_metric *metrics;
	size_t n_metrics;
	const struct gate_warning *warnings;
	size_t n_warnings;
} rows[GATE_SAMPLE_N] = {
	[GATE_SAMPLE_REGRESSION] = { "regression", GATE_REGRESSION,
				     "p99 is 12.4 % slower than the baseline, "
				     "between 5.6 % and 19.6 %",
				     "", sides, regression, COUNT(regression),
				     NULL, 0 },
	[GATE_SAMPLE_NO_CHANGE] = { "no-change", GATE_NO_CHANGE,
				    "no metric is worse by more than 10 %", "",
				    sides, no_change, COUNT(no_change), NULL,
				    0 },
	[GATE_SAMPLE_INSUFFICIENT] = { "insufficient", GATE_INCONCLUSIVE,
				       "p99.9 has too few requests to be "
				       "judged",
				       "", sides, insufficient,
				       COUNT(insufficient), NULL, 0 },
	[GATE_SAMPLE_STRICT] = { "strict", GATE_INCONCLUSIVE,
				 "p99.9 has too few requests to be judged", "",
				 sides, insufficient, COUNT(insufficient), NULL,
				 0 },
	[GATE_SAMPLE_INVALID] = { "invalid", GATE_REGRESSION, "",
				  "sends were late: p99 of 4.10 ms, more than "
				  "a tenth of p50",
				  sides, regression, COUNT(regression), NULL,
				  0 },
	[GATE_SAMPLE_URLS] = { "urls", GATE_INCONCLUSIVE, "", "", urls, of_urls,
			       COUNT(of_urls), url_warnings,
			       COUNT(url_warnings) },
	[GATE_SAMPLE_GROUPS] = { "groups", GATE_REGRESSION,
				 "p50 of " HOSTILE " is 127 % slower", "",
				 sides, of_groups, COUNT(of_groups),
				 hostile_warnings, COUNT(hostile_warnings) },
};

const char *gate_sample_name(enum gate_sample which)
{
	return rows[which].name;
}

static void adapt(struct gate_result *g, enum gate_sample which)
{
	g->settings.is_strict = which == GATE_SAMPLE_STRICT;
	if (g->metrics == insufficient) {
		g->settings.quantiles = high_quantiles;
		g->settings.n_quantiles = COUNT(high_quantiles);
	}
	if (which == GATE_SAMPLE_INVALID)
		g->lateness_p99_ns = 4100000;
	if (which == GATE_SAMPLE_URLS) {
		g->design.can_launch = false;
		g->design.launches = 1;
		g->steal = -1;
	}
	if (which == GATE_SAMPLE_GROUPS) {
		g->groups = many_groups;
		g->n_groups = COUNT(many_groups);
		g->baseline.label = BREAKS;
		g->candidate.source = HOSTILE;
		g->tails = group_tails;
		g->n_tails = COUNT(group_tails);
	}
}

struct run_result *sample_gate(struct arena *a, enum gate_sample which)
{
	const struct row *row = &rows[which];
	struct run_result *run = sample_run(a, SAMPLE_EMPTY);

	if (!run)
		return NULL;
	run->gate = arena_alloc(a, 1, sizeof(*run->gate));
	if (!run->gate)
		return NULL;
	*run->gate = (struct gate_result){
		.load = "checkout",
		.settings = usual,
		.design = launched,
		.baseline = row->sides[0],
		.candidate = row->sides[1],
		.n_groups = COUNT(all),
		.groups = all,
		.n_cells = COUNT(cells),
		.cells = cells,
		.lateness_p99_ns = 80000,
		.steal = 0.009,
		.invalid_why = row->invalid_why,
		.verdict = row->verdict,
		.message = row->message,
		.n_metrics = row->n_metrics,
		.metrics = row->metrics,
		.n_tails = COUNT(tails),
		.tails = tails,
		.n_warnings = row->n_warnings,
		.warnings = row->warnings,
	};
	adapt(run->gate, which);
	run->total_ns = S(81);
	result_judge(run);
	return run;
}

/* ---- with cells ----------------------------------------------------- */

enum { STORY_LAUNCHES = 4, STORY_ANSWERS = 200 };

static const struct gate_quantile few_quantiles[] = {
	{ 0.5, true },
	{ 0.995, true },
};

const struct gate_story gate_stories[GATE_STORIES] = {
	{ "slower", 1.12, 10, 0.99, false, "" },
	{ "same", 1.0, 10, 0.99, false, "" },
	{ "few", 1.0, 7, 0.995, false, "" },
	{ "few-strict", 1.0, 7, 0.995, true, "" },
	{ "late", 1.12, 10, 0.99, false, "sends were late" },
};

/* Of Knuth, TAOCP 2, 3.3.4: as good as it has to be. */
static double draw(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) +
		 UINT64_C(1442695040888963407);
	return (double)(*state >> 11) / 9007199254740992.0;
}

/* Around 2 ms, with a tail up to 12 ms. */
static const char *make_hdr(struct arena *a, uint64_t *state, double times)
{
	struct hist *h = hist_new(GATE_DIGITS);
	const char *hdr;

	if (!h)
		return NULL;
	for (size_t i = 0; i < STORY_ANSWERS; i++) {
		double u = draw(state), ms = 2 + u + 10 * pow(u, 20);

		hist_record(h, (uint64_t)(ms * times * 1e6));
	}
	hdr = times_encode(h, a);
	hist_free(h);
	return hdr;
}

static struct gate_cell *make_cells(struct arena *a,
				    const struct gate_story *story)
{
	size_t n = story->cells * STORY_LAUNCHES;
	struct gate_cell *cell = arena_alloc(a, n, sizeof(*cell));
	uint64_t state = 7;

	for (size_t i = 0; cell && i < n; i++) {
		struct gate_cell *c = &cell[i];

		*c = (struct gate_cell){
			.launch = i / story->cells,
			.at_ns = i * MS(400),
			.a = { STORY_ANSWERS, 0, make_hdr(a, &state, 1) },
			.b = { STORY_ANSWERS, 0,
			       make_hdr(a, &state, story->times) },
		};
		if (!c->a.hdr || !c->b.hdr)
			return NULL;
	}
	return cell;
}

struct run_result *sample_gate_judged(struct arena *a,
				      const struct gate_story *story)
{
	struct run_result *run = sample_gate(a, GATE_SAMPLE_REGRESSION);
	struct gate_cell *cell = make_cells(a, story);
	static struct errs es;
	struct gate_result *g;

	if (!run || !cell)
		return NULL;
	g = run->gate;
	g->cells = cell;
	g->n_cells = g->design.cells = story->cells * STORY_LAUNCHES;
	g->design.launches = STORY_LAUNCHES;
	g->design.total_ns = g->n_cells * MS(400);
	g->design.launch_ns = story->cells * MS(400);
	g->settings.is_strict = story->is_strict;
	g->invalid_why = story->invalid_why;
	if (story->highest > 0.99) {
		g->settings.quantiles = few_quantiles;
		g->settings.n_quantiles = COUNT(few_quantiles);
	}
	es.n = 0;
	if (!gate_judge(g, a, &es))
		return NULL;
	result_judge(run);
	return run;
}

struct run_result *sample_gate_many(struct arena *a, size_t n_metrics)
{
	struct run_result *run = sample_gate(a, GATE_SAMPLE_GROUPS);
	struct gate_metric *metrics =
		arena_alloc(a, n_metrics, sizeof(*metrics));

	if (!run || !metrics)
		return NULL;
	for (size_t i = 0; i < n_metrics; i++) {
		metrics[i] = of_groups[4];
		metrics[i].group = arena_printf(
			a, "%zu " HOSTILE HOSTILE HOSTILE HOSTILE, i / 4);
		if (!metrics[i].group)
			return NULL;
	}
	run->gate->metrics = metrics;
	run->gate->n_metrics = n_metrics;
	return run;
}
