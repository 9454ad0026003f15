/* SPDX-License-Identifier: MIT */
#include "tests/unit/sample_run.h"

#include <string.h>

#include "report/result/verdict.h"
#include "scenarios/base/arena.h"
#include "tests/unit/sample_loads.h"
#include "tests/unit/sample_rows.h"

static const struct {
	const char *name;
	const struct check_rows *rows;
} samples[SAMPLE_N] = {
	[SAMPLE_RICH] = { "rich", &rows_rich },
	[SAMPLE_OUTCOMES] = { "outcomes", NULL },
	[SAMPLE_OK] = { "ok", &rows_simple },
	[SAMPLE_PARTIAL] = { "partial", &rows_partial },
	[SAMPLE_BROKEN] = { "broken", &rows_simple },
	[SAMPLE_EMPTY] = { "empty", NULL },
	[SAMPLE_LOADS] = { "loads", &rows_partial },
	[SAMPLE_LOAD] = { "load", NULL },
};

const char *sample_name(enum sample which)
{
	return samples[which].name;
}

static void fill(const char **text)
{
	if (!*text)
		*text = "";
}

static void fill_spot(struct spot *at)
{
	fill(&at->file);
}

static void *copy(struct arena *a, const void *from, size_t n, size_t size)
{
	void *to = arena_alloc(a, n, size);

	if (to && n)
		memcpy(to, from, n * size);
	return to;
}

static bool fill_expectations(struct arena *a, struct step_result *st)
{
	struct expectation *list =
		copy(a, st->expectations, st->n_expectations, sizeof(*list));

	if (!list)
		return false;
	for (size_t i = 0; i < st->n_expectations; i++) {
		fill(&list[i].note);
		fill_spot(&list[i].at);
	}
	st->expectations = list;
	return true;
}

static bool fill_kept(struct arena *a, struct step_result *st)
{
	struct kept *list = copy(a, st->kept, st->n_kept, sizeof(*list));

	if (!list)
		return false;
	for (size_t i = 0; i < st->n_kept; i++) {
		fill(&list[i].labels);
		fill(&list[i].text);
	}
	st->kept = list;
	return true;
}

static bool fill_hops(struct arena *a, struct step_result *st)
{
	struct hop *list = copy(a, st->hops, st->n_hops, sizeof(*list));

	if (!list)
		return false;
	for (size_t i = 0; i < st->n_hops; i++) {
		fill(&list[i].protocol);
		fill(&list[i].remote);
		fill(&list[i].transport);
	}
	st->hops = list;
	return true;
}

static bool fill_tls(struct arena *a, struct step_result *st)
{
	struct tls_facts *tls;
	struct cert *certs;

	if (!st->tls)
		return true;
	tls = copy(a, st->tls, 1, sizeof(*tls));
	if (!tls)
		return false;
	fill(&tls->why);
	certs = copy(a, tls->certs, tls->n_certs, sizeof(*certs));
	if (!certs)
		return false;
	for (size_t i = 0; i < tls->n_certs; i++) {
		fill(&certs[i].serial);
		fill(&certs[i].key);
		fill(&certs[i].signature);
		fill(&certs[i].sha256);
		fill(&certs[i].names);
	}
	tls->certs = certs;
	st->tls = tls;
	return true;
}

static bool fill_step(struct arena *a, struct step_result *st, uint64_t at_ns)
{
	fill_spot(&st->at);
	fill(&st->message);
	fill(&st->group);
	fill(&st->method);
	fill(&st->url);
	fill(&st->request_id);
	fill(&st->protocol);
	fill(&st->remote);
	fill(&st->excerpt);
	st->started_at_ns = at_ns;
	st->total_ns = phases_total(&st->phases);
	return fill_expectations(a, st) && fill_hops(a, st) &&
	       fill_kept(a, st) && fill_tls(a, st);
}

static bool add_attempt(struct arena *a, struct attempt *at,
			const struct try_row *row, uint64_t number,
			uint64_t at_ns)
{
	struct step_result *steps = copy(a, row->steps, row->n, sizeof(*steps));

	if (!steps)
		return false;
	*at = (struct attempt){ .number = number,
				.message = "",
				.started_at_ns = at_ns,
				.n_steps = row->n,
				.steps = steps };
	for (size_t i = 0; i < row->n; i++) {
		if (!fill_step(a, &steps[i], at_ns + at->total_ns))
			return false;
		/* inside its start period */
		if (steps[i].outcome == OUTCOME_STARTING)
			at->verdict = VERDICT_STARTING;
		at->total_ns += steps[i].total_ns;
	}
	return true;
}

static bool add_check(struct arena *a, struct check_result *check,
		      const struct check_row *row, uint64_t at_ns)
{
	struct attempt *tries =
		arena_alloc(a, TRIES_MAX, sizeof(struct attempt));

	if (!tries)
		return false;
	*check = (struct check_result){
		.name = row->name,
		.at = { .file = "shop.yaml", .line = row->line, .col = 3 },
		.severity = row->severity,
		.tags = row->tags,
		.message = "",
		.started_at_ns = at_ns,
		.attempts = tries,
	};
	for (size_t i = 0; i < TRIES_MAX && row->tries[i].steps; i++) {
		if (i)
			check->total_ns += row->pause_ns;
		if (!add_attempt(a, &tries[i], &row->tries[i], i + 1,
				 at_ns + check->total_ns))
			return false;
		check->total_ns += tries[i].total_ns;
		check->n_attempts++;
	}
	return true;
}

static struct run_result *new_run(struct arena *a, size_t n_checks)
{
	struct run_result *run = arena_alloc(a, 1, sizeof(*run));

	if (!run)
		return NULL;
	*run = (struct run_result){
		.tool = "assay 0.1.0",
		.name = "Shop \xe2\x80\x93 checkout",
		.file = "shop.yaml",
		.environment = "staging",
		.vantage = "jakarta-1",
		.host = "runner-7",
		.started_at_ns = SAMPLE_STARTED_AT_NS,
		.partial_why = "",
		.broken_why = "",
		.cpu_ns = MS(61),
		.peak_rss_bytes = 12582912,
		.n_checks = n_checks,
		.checks = arena_alloc(a, n_checks, sizeof(*run->checks)),
	};
	return run->checks ? run : NULL;
}

/* Checks run one after the other here. */
static bool add_rows(struct arena *a, struct run_result *run,
		     const struct check_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!add_check(a, &run->checks[i], &rows[i],
			       run->started_at_ns + run->total_ns))
			return false;
		run->total_ns += run->checks[i].total_ns;
	}
	return true;
}

static bool add_outcomes(struct arena *a, struct run_result *run)
{
	for (size_t o = 0; o < OUTCOME_N; o++) {
		struct step_result step = {
			.name = "get /",
			.kind = "get",
			.at = { "shop.yaml", 100 + o, 7 },
			.outcome = (enum outcome)o,
			.message = o ? outcome_sentence((enum outcome)o) : "",
			.method = "GET",
			.url = "http://192.0.2.1/",
			.phases = PHASES(0, 0, MS(1), MS(2), MS(3), US(50),
					 MS(4), MS(1)),
		};
		struct check_row row = {
			.name = arena_printf(a, "outcome %s",
					     outcome_name((enum outcome)o)),
			.line = 100 + o,
			.severity = (enum severity)(o % SEVERITY_N),
			.tags = "",
			.tries = { { 1, &step } },
		};

		if (!row.name || !add_check(a, &run->checks[o], &row,
					    run->started_at_ns + run->total_ns))
			return false;
		run->total_ns += run->checks[o].total_ns;
	}
	return true;
}

struct run_result *sample_run(struct arena *a, enum sample which)
{
	static const struct check_rows none = { NULL, 0 };
	const struct check_rows *rows =
		samples[which].rows ? samples[which].rows : &none;
	size_t n = which == SAMPLE_OUTCOMES ? OUTCOME_N : rows->n;
	struct run_result *run = new_run(a, n);

	if (!run)
		return NULL;
	if (!(which == SAMPLE_OUTCOMES ? add_outcomes(a, run)
				       : add_rows(a, run, rows->row, n)))
		return NULL;
	if (which == SAMPLE_PARTIAL) {
		run->partial = true;
		run->partial_why = "interrupted";
	}
	if (which == SAMPLE_BROKEN) {
		run->broken = true;
		run->broken_why = "no file descriptor was left for a socket";
	}
	if ((which == SAMPLE_LOADS && !sample_add_loads(a, run, SAMPLE_ALL)) ||
	    (which == SAMPLE_LOAD && !sample_add_loads(a, run, 1)))
		return NULL;
	result_judge(run);
	return run;
}

enum { MANY_EXCERPT_BYTES = 1500 };

struct run_result *sample_many(struct arena *a, size_t n)
{
	struct run_result *run = new_run(a, n);
	char *excerpt = arena_alloc(a, MANY_EXCERPT_BYTES + 1, 1);

	if (!run || !excerpt)
		return NULL;
	for (size_t i = 0; i < MANY_EXCERPT_BYTES; i++)
		excerpt[i] = (char)('a' + i % 26);
	for (size_t i = 0; i < n; i++) {
		struct step_result step = try_bad.steps[0];
		struct check_row row = {
			.name = arena_printf(a, "check %zu", i),
			.line = i + 1,
			.severity = (enum severity)(i % SEVERITY_N),
			.tags = "",
			.tries = { try_good }
		};

		step.excerpt = excerpt;
		if (i % 3 == 2)
			row.tries[0] = (struct try_row){ 1, &step };
		if (!row.name || !add_check(a, &run->checks[i], &row,
					    run->started_at_ns + run->total_ns))
			return NULL;
		run->total_ns += run->checks[i].total_ns;
	}
	result_judge(run);
	return run;
}
