/* SPDX-License-Identifier: MIT */
#include "report/merge/compare/compare.h"

#include <math.h>
#include <string.h>

#include "report/load/limit.h"
#include "report/render/facts.h"
#include "report/result/load_result.h"
#include "report/result/result.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"

enum {
	FACTS_OF_RUN = 6,
	FACTS_OF_LOAD = 11,
	ROWS_OF_LOAD = 9,
	ROWS_OF_STEP = 5,
};

struct maker {
	struct arena *a;
	struct compare *out;
	bool is_done; /* there was memory */
};

/* ---- facts ------------------------------------------------------------------ */

static void add_fact(struct maker *m, const char *load, const char *what,
		     const char *const text[COMPARE_MAX])
{
	struct compare *out = m->out;
	struct compare_fact *f = &out->facts[out->n_facts];
	bool differs = false;

	for (size_t i = 1; i < out->n; i++)
		differs = differs || strcmp(text[i], text[0]) != 0;
	if (!differs)
		return;
	*f = (struct compare_fact){ .load = load, .what = what };
	memcpy(f->text, text, out->n * sizeof *text);
	out->n_facts++;
}

static void run_facts(struct maker *m)
{
	static const struct {
		const char *what;
		size_t at;
	} row[FACTS_OF_RUN] = {
		{ "scenario", offsetof(struct run_result, name) },
		{ "file", offsetof(struct run_result, file) },
		{ "environment", offsetof(struct run_result, environment) },
		{ "seen from", offsetof(struct run_result, vantage) },
		{ "host", offsetof(struct run_result, host) },
		{ "tool", offsetof(struct run_result, tool) },
	};

	for (size_t k = 0; k < FACTS_OF_RUN; k++) {
		const char *text[COMPARE_MAX];

		for (size_t i = 0; i < m->out->n; i++)
			memcpy(&text[i],
			       (const char *)m->out->run[i] + row[k].at,
			       sizeof text[i]);
		add_fact(m, "", row[k].what, text);
	}
}

static const struct load_result *load_find(const struct run_result *run,
					   const char *name)
{
	for (size_t i = 0; i < run->n_loads; i++) {
		if (strcmp(run->loads[i].name, name) == 0)
			return &run->loads[i];
	}
	return NULL;
}

static const char *limits_of(struct maker *m, const struct load_result *load)
{
	struct buf text;
	const char *kept;

	buf_init(&text, FACT_VALUE_MAX * 4);
	for (size_t i = 0; i < load->n_limits; i++)
		buf_printf(&text, "%s%s", i ? ", " : "", load->limits[i].text);
	kept = arena_strdup(m->a, buf_text(&text));
	buf_release(&text);
	return kept;
}

static const char *doubt_of(const struct load_result *load)
{
	return load->instrument.n_doubts > 0 ? load->instrument.doubts[0].what
					     : "none";
}

/* As people say it: a moment more or less is the same. */
static const char *length_of(struct maker *m, const struct load_result *load)
{
	struct buf text;
	const char *kept;

	buf_init(&text, FACT_VALUE_MAX);
	unit_human_duration(&text, load->total_ns);
	kept = arena_strdup(m->a, buf_text(&text));
	buf_release(&text);
	return kept;
}

static const char *load_fact(struct maker *m, size_t k,
			     const struct load_result *load)
{
	const char *text = "";

	switch (k) {
	case 0:
		return run_verdict_name(load->verdict);
	case 1:
		return load->model;
	case 2:
		return load->plan;
	case 3:
		return load->process;
	case 4:
		return load->target;
	case 5:
		return load->transport;
	case 6:
		text = limits_of(m, load);
		break;
	case 7:
		return doubt_of(load);
	case 9:
		text = length_of(m, load);
		break;
	case 10:
		return load->ended;
	default:
		text = arena_printf(
			m->a, "%llu",
			(unsigned long long)load->instrument.workers);
		break;
	}
	m->is_done = m->is_done && text;
	return text ? text : "";
}

static void load_facts(struct maker *m, const char *name)
{
	static const char *const what[FACTS_OF_LOAD] = {
		"verdict", "model",	"plan",	  "process",
		"target",  "transport", "limits", "doubts",
		"workers", "length",	"ended",
	};

	for (size_t k = 0; k < FACTS_OF_LOAD; k++) {
		const char *text[COMPARE_MAX];

		for (size_t i = 0; i < m->out->n; i++) {
			const struct load_result *load =
				load_find(m->out->run[i], name);

			text[i] = load ? load_fact(m, k, load) : "not there";
		}
		add_fact(m, name, what[k], text);
	}
}

/* ---- cells ------------------------------------------------------------------- */

static struct compare_cell plain(double value)
{
	return (struct compare_cell){ .is_there = true, .value = value };
}

static struct compare_cell share(uint64_t selected, uint64_t all)
{
	struct compare_cell cell = { .has_interval = true };

	if (all == 0)
		return (struct compare_cell){ .is_there = false };
	cell.is_there = true;
	cell.value = fmin((double)selected / (double)all, 1);
	limit_wilson(cell.value, (double)all, &cell.low, &cell.high);
	return cell;
}

static struct compare_cell quantile(const struct times_result *t, double q)
{
	for (size_t i = 0; i < t->n_quantiles; i++) {
		const struct quantile_result *of = &t->quantiles[i];

		if (t->count == 0 || fabs(of->q - q) > 1e-9)
			continue;
		return (struct compare_cell){
			.is_there = true,
			.has_interval = of->enough,
			.is_few = !of->enough,
			.value = (double)of->value_ns,
			.low = (double)of->low_ns,
			.high = (double)of->high_ns,
		};
	}
	return (struct compare_cell){ .is_there = false };
}

static void compare_cells(struct compare_row *row, size_t n)
{
	const struct compare_cell *a = &row->cell[0];

	for (size_t i = 1; i < n; i++) {
		struct compare_cell *b = &row->cell[i];

		if (!a->is_there || !b->is_there)
			continue;
		if (row->kind == COMPARE_SHARE) {
			b->has_change = true;
			b->change = (b->value - a->value) * 100;
		} else if (a->value > 0) {
			b->has_change = true;
			b->change = (b->value / a->value - 1) * 100;
		}
		b->is_apart = a->has_interval && b->has_interval &&
			      (a->high < b->low || b->high < a->low);
	}
}

/* ---- rows --------------------------------------------------------------------- */

static struct compare_cell load_cell(const struct load_result *load, size_t k)
{
	static const double q[] = { 0.5, 0.95, 0.99, 0.999 };

	switch (k) {
	case 0:
		return plain((double)load->requests);
	case 1:
		return plain(load->rate_per_s);
	case 2:
		return plain(load->ok_per_s);
	case 3:
		return share(load->requests > load->requests_ok
				     ? load->requests - load->requests_ok
				     : 0,
			     load->requests);
	case 8:
		return load->latency.count
			       ? plain((double)load->latency.max_ns)
			       : (struct compare_cell){ .is_there = false };
	default:
		return quantile(&load->latency, q[k - 4]);
	}
}

static void load_rows(struct maker *m, const char *name)
{
	static const struct {
		const char *what;
		enum compare_kind kind;
	} of[ROWS_OF_LOAD] = {
		{ "requests", COMPARE_COUNT }, { "rate", COMPARE_RATE },
		{ "ok rate", COMPARE_RATE },   { "errors", COMPARE_SHARE },
		{ "p50", COMPARE_TIME },       { "p95", COMPARE_TIME },
		{ "p99", COMPARE_TIME },       { "p99.9", COMPARE_TIME },
		{ "max", COMPARE_TIME },
	};

	for (size_t k = 0; k < ROWS_OF_LOAD; k++) {
		struct compare_row *row = &m->out->rows[m->out->n_rows++];

		*row = (struct compare_row){ .load = name,
					     .step = "",
					     .what = of[k].what,
					     .kind = of[k].kind };
		for (size_t i = 0; i < m->out->n; i++) {
			const struct load_result *load =
				load_find(m->out->run[i], name);

			if (load)
				row->cell[i] = load_cell(load, k);
		}
		compare_cells(row, m->out->n);
	}
}

static const struct load_step_result *step_find(
	const struct load_result *load, const struct load_step_result *like)
{
	for (size_t i = 0; i < load->n_steps; i++) {
		const struct load_step_result *step = &load->steps[i];

		if (strcmp(step->name, like->name) == 0 &&
		    strcmp(step->kind, like->kind) == 0)
			return step;
	}
	return NULL;
}

static struct compare_cell step_cell(const struct load_step_result *step,
				     size_t k)
{
	static const double q[] = { 0.5, 0.95, 0.99 };
	const struct accounting *sum = &step->accounting;

	switch (k) {
	case 0:
		return plain((double)sum->sent);
	case 1:
		return share(sum->failed + sum->timed_out, sum->sent);
	default:
		return quantile(&step->latency, q[k - 2]);
	}
}

static void step_rows(struct maker *m, const char *name,
		      const struct load_step_result *like)
{
	static const struct {
		const char *what;
		enum compare_kind kind;
	} of[ROWS_OF_STEP] = {
		{ "sent", COMPARE_COUNT }, { "errors", COMPARE_SHARE },
		{ "p50", COMPARE_TIME },   { "p95", COMPARE_TIME },
		{ "p99", COMPARE_TIME },
	};

	for (size_t k = 0; k < ROWS_OF_STEP; k++) {
		struct compare_row *row = &m->out->rows[m->out->n_rows++];

		*row = (struct compare_row){ .load = name,
					     .step = like->name,
					     .what = of[k].what,
					     .kind = of[k].kind };
		for (size_t i = 0; i < m->out->n; i++) {
			const struct load_result *load =
				load_find(m->out->run[i], name);
			const struct load_step_result *step =
				load ? step_find(load, like) : NULL;

			if (step)
				row->cell[i] = step_cell(step, k);
		}
		compare_cells(row, m->out->n);
	}
}

/* ---- all of it ------------------------------------------------------------------ */

/* Whether a run before that one has it already. */
static bool is_new_load(const struct compare *t, size_t run, const char *name)
{
	for (size_t i = 0; i < run; i++) {
		if (load_find(t->run[i], name))
			return false;
	}
	return true;
}

static bool is_new_step(const struct compare *t, size_t run, const char *load,
			const struct load_step_result *step)
{
	for (size_t i = 0; i < run; i++) {
		const struct load_result *of = load_find(t->run[i], load);

		if (of && step_find(of, step))
			return false;
	}
	return true;
}

static void add_steps(struct maker *m, const char *name)
{
	const struct compare *t = m->out;

	for (size_t i = 0; i < t->n; i++) {
		const struct load_result *load = load_find(t->run[i], name);

		for (size_t k = 0; load && k < load->n_steps; k++) {
			const struct load_step_result *step = &load->steps[k];

			if (step_find(load, step) == step &&
			    is_new_step(t, i, name, step))
				step_rows(m, name, step);
		}
	}
}

static void add_loads(struct maker *m)
{
	const struct compare *t = m->out;

	for (size_t i = 0; i < t->n; i++) {
		for (size_t k = 0; k < t->run[i]->n_loads; k++) {
			const struct load_result *load = &t->run[i]->loads[k];

			if (load_find(t->run[i], load->name) != load ||
			    !is_new_load(t, i, load->name))
				continue;
			load_facts(m, load->name);
			load_rows(m, load->name);
			add_steps(m, load->name);
		}
	}
}

bool compare_make(const struct run_result *const *runs,
		  const char *const *names, size_t n, struct arena *a,
		  struct compare *out)
{
	struct maker m = { .a = a, .out = out, .is_done = true };
	size_t n_loads = 0, n_steps = 0;

	*out = (struct compare){ .n = n };
	for (size_t i = 0; i < n; i++) {
		out->run[i] = runs[i];
		out->name[i] = names[i];
		n_loads += runs[i]->n_loads;
		for (size_t k = 0; k < runs[i]->n_loads; k++)
			n_steps += runs[i]->loads[k].n_steps;
	}
	out->facts = arena_alloc(a, FACTS_OF_RUN + n_loads * FACTS_OF_LOAD,
				 sizeof *out->facts);
	out->rows =
		arena_alloc(a, n_loads * ROWS_OF_LOAD + n_steps * ROWS_OF_STEP,
			    sizeof *out->rows);
	if (!out->facts || !out->rows)
		return false;
	run_facts(&m);
	add_loads(&m);
	return m.is_done;
}
