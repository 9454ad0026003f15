/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "report/render/facts.h"
#include "report/render/load/load_parts.h"
#include "report/render/load/load_say.h"
#include "scenarios/base/units.h"

enum { QUANTILES_MAX = 32, TIMELINE_ROWS_MAX = 1000 };

/* ---- latency and service side by side ------------------------------- */

static void put_main_cell(struct table *table, const struct times_result *t,
			  size_t row)
{
	say_time_at(&table->cells, t, main_time_ns(t, row));
	table_next(table);
	if (main_times[row].q > 0 && t->count)
		say_interval(&table->cells,
			     quantile_find(t, main_times[row].q));
	table_next(table);
}

static void put_quantile_cell(struct table *table,
			      const struct quantile_result *q)
{
	if (q)
		unit_human_duration(&table->cells, q->value_ns);
	table_next(table);
	say_interval(&table->cells, q);
	table_next(table);
}

/* Those between two of the main ones that have no row of their own. */
static void put_between(struct table *table, const struct load_result *load,
			double from, double to)
{
	const struct times_result *t = &load->latency;

	for (size_t i = 0; i < t->n_quantiles && i < QUANTILES_MAX; i++) {
		const struct quantile_result *q = &t->quantiles[i];

		if (is_main_time(q->q) || !(q->q > from && q->q <= to))
			continue;
		say_quantile_name(&table->cells, q->q);
		table_next(table);
		put_quantile_cell(table, q);
		put_quantile_cell(table, quantile_find(&load->service, q->q));
		table_row(table, LOOK_PLAIN);
	}
}

static void put_main_rows(struct table *table, const struct load_result *load,
			  bool all)
{
	double before = 0;

	for (size_t i = 0; i < MAIN_TIMES; i++) {
		/* the last row is the maximum, behind every quantile */
		double q = i + 1 == MAIN_TIMES ? 1 : main_times[i].q;

		if (all && q > 0) {
			put_between(table, load, before, q);
			before = q;
		}
		table_text(table, main_times[i].name);
		put_main_cell(table, &load->latency, i);
		put_main_cell(table, &load->service, i);
		table_row(table, LOOK_PLAIN);
	}
}

void tell_latency(struct load_lines *t, const struct load_result *load)
{
	bool is_closed = !strcmp(load->model, "closed");
	struct table table;

	if (!load->latency.count)
		return;
	table_init(&table, "lrlrl");
	table_text(&table, "          ");
	table_text(&table, "latency");
	table_text(&table, is_closed ? "from sending" : "from planned");
	table_text(&table, "service");
	table_text(&table, "from sending");
	table_row(&table, LOOK_HEAD);
	put_main_rows(&table, load, t->verbose > 0);
	table_tell(&table, t);
}

/* ---- steps ---------------------------------------------------------- */

static uint64_t errors_of(const struct accounting *a)
{
	return a->failed + a->timed_out + a->in_flight;
}

static void put_count(struct table *table, uint64_t n)
{
	buf_printf(&table->cells, "%" PRIu64, n);
	table_next(table);
}

static void put_time(struct table *table, const struct times_result *t,
		     uint64_t ns)
{
	say_time_at(&table->cells, t, ns);
	table_next(table);
}

static void put_heads(struct table *table, const char *const *heads, size_t n)
{
	for (size_t i = 0; i < n; i++)
		table_text(table, heads[i]);
	table_row(table, LOOK_HEAD);
}

static void put_step(struct table *table, const struct load_step_result *s)
{
	const struct times_result *l = &s->latency;

	say_text(&table->cells, s->name, FACT_NAME_MAX);
	table_next(table);
	put_count(table, s->accounting.sent);
	put_time(table, l, l->p50_ns);
	put_time(table, l, l->p95_ns);
	put_time(table, l, l->p99_ns);
	put_count(table, s->status_4xx);
	put_count(table, s->status_5xx);
	put_count(table, errors_of(&s->accounting));
	put_count(table, s->skipped);
	table_row(table, LOOK_PLAIN);
}

void line_times(struct load_lines *t, const char *label,
		const struct times_result *times, const char *what)
{
	struct buf line;

	if (!times->count)
		return;
	line_begin(&line, label);
	say_times(&line, times);
	buf_printf(&line, " %s", what);
	line_end(t, LOOK_PLAIN, &line);
	buf_release(&line);
}

static void tell_details(struct load_lines *t, const struct load_step_result *s)
{
	struct buf line;

	line_begin(&line, "step");
	buf_putc(&line, '"');
	say_text(&line, s->name, FACT_NAME_MAX);
	buf_puts(&line, "\": ");
	if (*s->method) {
		say_text(&line, s->method, FACT_NAME_MAX);
		buf_putc(&line, ' ');
	}
	say_text(&line, s->url, FACT_URL_MAX);
	if (*s->transport) {
		buf_puts(&line, ", by ");
		say_text(&line, s->transport, FACT_NAME_MAX);
	}
	buf_puts(&line, ", ");
	say_count(&line, s->connections, "connection");
	line_end(t, LOOK_PLAIN, &line);
	buf_release(&line);
	line_times(t, "  answer", &s->first_byte,
		   "(from sending to the first byte)");
	line_times(t, "  connect", &s->connect, "(dns, connect and tls)");
	if (!phases_total(&s->mean_phases))
		return;
	line_begin(&line, "  mean");
	say_phases(&line, &s->mean_phases);
	line_end(t, LOOK_DIM, &line);
	buf_release(&line);
}

void tell_steps(struct load_lines *t, const struct load_result *load)
{
	static const char *const heads[] = { "step", "sent",   "p50",
					     "p95",  "p99",    "4xx",
					     "5xx",  "errors", "skipped" };
	struct table table;

	if (load->n_steps > 1) {
		table_init(&table, "lrrrrrrrr");
		put_heads(&table, heads, sizeof(heads) / sizeof(*heads));
		for (size_t i = 0; i < load->n_steps && i < FACT_ROWS_MAX; i++)
			put_step(&table, &load->steps[i]);
		table_tell(&table, t);
	}
	for (size_t i = 0;
	     t->verbose > 0 && i < load->n_steps && i < FACT_ROWS_MAX; i++)
		tell_details(t, &load->steps[i]);
}

/* ---- statuses and errors -------------------------------------------- */

static void put_named(struct table *table, const char *what,
		      const struct named_count *n, uint64_t sent,
		      const char *step, enum line_look look)
{
	table_text(table, what);
	say_text(&table->cells, n->name, FACT_NAME_MAX);
	table_next(table);
	put_count(table, n->count);
	say_share(&table->cells, sent ? (double)n->count / (double)sent : 0);
	table_next(table);
	say_text(&table->cells, step, FACT_NAME_MAX);
	table_next(table);
	table_row(table, look);
}

static void put_statuses(struct table *table, const struct load_step_result *s,
			 const char *name)
{
	for (size_t i = 0; i < s->n_statuses && i < FACT_ROWS_MAX; i++)
		put_named(table, "status    ", &s->statuses[i],
			  s->accounting.sent, name, LOOK_PLAIN);
}

static void put_outcomes(struct table *table, const struct load_step_result *s,
			 const char *name)
{
	for (size_t i = 0; i < s->n_outcomes && i < FACT_ROWS_MAX; i++)
		if (strcmp(s->outcomes[i].name, outcome_name(OUTCOME_OK)) != 0)
			put_named(table, "error     ", &s->outcomes[i],
				  s->accounting.sent, name, LOOK_BAD);
}

static void tell_sample(struct load_lines *t, const struct load_step_result *s,
			const char *name)
{
	struct buf line;

	if (!*s->sample)
		return;
	line_begin(&line, "  first");
	if (*name) {
		say_text(&line, name, FACT_NAME_MAX);
		buf_puts(&line, ": ");
	}
	say_text(&line, s->sample, FACT_MESSAGE_MAX);
	line_end(t, LOOK_BAD, &line);
	buf_release(&line);
}

/* Statuses are told when they tell more than that all was well. */
static bool has_news(const struct load_lines *t,
		     const struct load_step_result *s)
{
	return t->verbose > 0 || s->n_statuses > 1 ||
	       s->accounting.ok != s->accounting.sent;
}

void tell_errors(struct load_lines *t, const struct load_result *load)
{
	size_t n =
		load->n_steps < FACT_ROWS_MAX ? load->n_steps : FACT_ROWS_MAX;
	bool named = load->n_steps > 1;
	struct table table;

	table_init(&table, "llrrl");
	for (size_t i = 0; i < n; i++)
		if (has_news(t, &load->steps[i]))
			put_statuses(&table, &load->steps[i],
				     named ? load->steps[i].name : "");
	for (size_t i = 0; i < n; i++)
		put_outcomes(&table, &load->steps[i],
			     named ? load->steps[i].name : "");
	table_tell(&table, t);
	for (size_t i = 0; i < n; i++)
		tell_sample(t, &load->steps[i],
			    named ? load->steps[i].name : "");
}

/* ---- the timeline --------------------------------------------------- */

static void put_timeline_row(struct table *table, const struct timeline_row *r)
{
	unit_human_duration(&table->cells, r->at_ns);
	table_next(table);
	unit_human_duration(&table->cells, r->for_ns);
	table_next(table);
	put_count(table, r->planned);
	put_count(table, r->sent);
	put_count(table, r->ok);
	put_count(table, r->failed);
	put_count(table, r->timed_out);
	put_count(table, r->dropped);
	put_count(table, r->users);
	put_count(table, r->connections);
	unit_human_duration(&table->cells, r->p50_ns);
	table_next(table);
	unit_human_duration(&table->cells, r->p99_ns);
	table_next(table);
	unit_human_duration(&table->cells, r->max_ns);
	table_next(table);
	table_text(table, r->is_warm_up ? "warm-up" : "");
	table_row(table, r->is_warm_up ? LOOK_DIM : LOOK_PLAIN);
}

void tell_timeline(struct load_lines *t, const struct load_result *load)
{
	static const char *const heads[] = { "at",	 "for",	    "planned",
					     "sent",	 "ok",	    "failed",
					     "timeouts", "dropped", "users",
					     "open",	 "p50",	    "p99",
					     "max",	 "" };
	struct table table;

	if (t->verbose <= 0 || !load->n_timeline)
		return;
	table_init(&table, "rrrrrrrrrrrrrl");
	put_heads(&table, heads, sizeof(heads) / sizeof(*heads));
	for (size_t i = 0; i < load->n_timeline && i < TIMELINE_ROWS_MAX; i++)
		put_timeline_row(&table, &load->timeline[i]);
	table_tell(&table, t);
}

/* ---- the search for the highest rate -------------------------------- */

static void put_trial(struct table *table, const struct trial *trial)
{
	say_rate(&table->cells, trial->rate_per_s);
	table_next(table);
	say_rate(&table->cells, trial->achieved_per_s);
	table_next(table);
	unit_human_duration(&table->cells, trial->for_ns);
	table_next(table);
	unit_human_duration(&table->cells, trial->p50_ns);
	table_next(table);
	unit_human_duration(&table->cells, trial->p99_ns);
	table_next(table);
	put_count(table, trial->requests);
	put_count(table, trial->errors);
	buf_printf(&table->cells, "%s%s",
		   trial->holds ? "holds" : "does not hold",
		   trial->confirms ? " (again)" : "");
	if (*trial->why) {
		buf_puts(&table->cells, ": ");
		say_text(&table->cells, trial->why, FACT_VALUE_MAX);
	}
	table_next(table);
	table_row(table, trial->holds ? LOOK_PLAIN : LOOK_WARN);
}

void tell_trials(struct load_lines *t, const struct load_result *load)
{
	static const char *const heads[] = { "trial",  "ok",	 "for",
					     "p50",    "p99",	 "requests",
					     "errors", "verdict" };
	struct table table;
	struct buf line;

	if (!load->n_trials)
		return;
	table_init(&table, "lrrrrrrl");
	put_heads(&table, heads, sizeof(heads) / sizeof(*heads));
	for (size_t i = 0; i < load->n_trials && i < FACT_ROWS_MAX; i++)
		put_trial(&table, &load->trials[i]);
	table_tell(&table, t);
	line_begin(&line, "highest");
	if (load->max_rate_per_s > 0) {
		say_rate(&line, load->max_rate_per_s);
		buf_puts(&line, " is the highest rate that held");
	} else {
		buf_puts(&line, "no rate held");
	}
	line_end(t, LOOK_HEAD, &line);
	buf_release(&line);
}
