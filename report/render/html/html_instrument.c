/* SPDX-License-Identifier: MIT */
/* What measured a load, how well it did, what it cost, and what it was told
 * to do. */
#include "report/render/html/html_parts.h"

#include <inttypes.h>
#include <string.h>

#include "report/render/load/load_say.h"
#include "scenarios/base/units.h"

/* ---- health ------------------------------------------------------------- */

static void put_times(struct grid *g, const char *name, const char *what,
		      const struct times_result *t)
{
	const uint64_t ns[] = { t->p50_ns, t->p99_ns, t->max_ns };

	if (!t->count)
		return;
	grid_row(g, "");
	grid_text(g, name, FACT_NAME_MAX);
	for (size_t i = 0; i < sizeof(ns) / sizeof(*ns); i++)
		grid_time(g, ns[i]);
	grid_text(g, what, FACT_NAME_MAX);
	grid_row_end(g);
}

static bool has_times(const struct instrument *in)
{
	return in->lateness.count || in->queue.count || in->loop_lag.count;
}

static void times(struct sheet *s, const struct instrument *in)
{
	static const char *const heads[] = { "time", "p50", "p99", "max",
					     "of what" };
	struct grid g;

	if (!has_times(in))
		return;
	grid_begin(&g, s, "times of the instrument", "hrrrl", heads);
	put_times(&g, "lateness", "from planned to taken up", &in->lateness);
	put_times(&g, "queue", "waiting for a connection", &in->queue);
	put_times(&g, "loop lag", "of the workers", &in->loop_lag);
	grid_end(&g);
}

static void cost(struct sheet *s, const struct load_cost *c)
{
	pair_begin(s, "CPU");
	unit_human_duration(s->out, whole_of(c->cpu_s * (double)UNIT_NS_PER_S));
	if (c->cpu_us_per_request > 0) {
		buf_puts(s->out, ", ");
		unit_human_duration(s->out, whole_of(c->cpu_us_per_request *
						     (double)UNIT_NS_PER_US));
		buf_puts(s->out, " a request");
	}
	pair_end(s);
	pair_begin(s, "memory");
	unit_human_size(s->out, c->peak_rss_bytes);
	if (c->rss_bytes_per_1000) {
		buf_puts(s->out, ", grew ");
		unit_human_size(s->out, c->rss_bytes_per_1000);
		buf_puts(s->out, " for 1000 requests");
	}
	pair_end(s);
}

void html_instrument(struct sheet *s, const struct load_result *load)
{
	const struct instrument *in = &load->instrument;

	section_begin(s, 2, "The instrument itself");
	times(s, in);
	pairs_begin(s, "pairs");
	pair_begin(s, "workers");
	buf_printf(s->out,
		   "%" PRIu64 ", the busiest used %" PRIu64 ".%" PRIu64
		   " %% of its CPU",
		   in->workers, in->busiest_cpu_permille / 10,
		   in->busiest_cpu_permille % 10);
	pair_end(s);
	pair_begin(s, "connections");
	buf_printf(s->out,
		   "at most %" PRIu64 " open; %" PRIu64
		   " arrivals waited for one",
		   in->open_connections_max, in->waited);
	pair_end(s);
	cost(s, &load->cost);
	pair_begin(s, "doubts");
	if (in->n_doubts)
		buf_printf(s->out, "%zu, see above", in->n_doubts);
	else
		buf_puts(s->out, "none: it was not the limit");
	pair_end(s);
	pairs_end(s);
	section_end(s);
}

/* ---- what it was told --------------------------------------------------- */

static void warm_up(struct sheet *s, const struct warm_up_result *w)
{
	if (!w->was_asked)
		return;
	pair_begin(s, "warm-up");
	sheet_text(s, w->how, FACT_NAME_MAX);
	if (*w->why) {
		buf_puts(s->out, ", ");
		sheet_text(s, w->why, FACT_VALUE_MAX);
	}
	if (w->ended_ns) {
		buf_puts(s->out, ", ended at ");
		unit_human_duration(s->out, w->ended_ns);
	}
	if (w->requests) {
		buf_puts(s->out, ": ");
		say_count(s->out, w->requests, "request");
		buf_puts(s->out, " left out of all times");
	}
	/* of a result that was merged they are not known */
	if (w->requests && w->p50_ns) {
		buf_puts(s->out, ", p50 ");
		unit_human_duration(s->out, w->p50_ns);
		buf_puts(s->out, ", p99 ");
		unit_human_duration(s->out, w->p99_ns);
	}
	pair_end(s);
}

static void notes(struct sheet *s, const struct load_result *load)
{
	for (size_t i = 0; i < load->n_notes && i < FACT_ROWS_MAX; i++) {
		pair_begin(s, "note");
		sheet_text(s, load->notes[i].name, FACT_MESSAGE_MAX);
		if (load->notes[i].count)
			buf_printf(s->out, ": %" PRIu64, load->notes[i].count);
		pair_end(s);
	}
}

static void flow_times(struct sheet *s, const struct load_result *load)
{
	struct buf said;

	if (load->n_steps < 2 || !load->iteration.count)
		return;
	pair_begin(s, "whole flow");
	buf_init(&said, HTML_PIECE_MAX);
	say_times(&said, &load->iteration);
	sheet_said(s, &said);
	buf_release(&said);
	pair_end(s);
}

void html_plan(struct sheet *s, const struct load_result *load)
{
	struct buf said;

	section_begin(s, 2, "Plan and target");
	pairs_begin(s, "pairs");
	buf_init(&said, HTML_PIECE_MAX);
	say_plan(&said, load);
	pair_begin(s, "plan");
	sheet_said(s, &said);
	pair_end(s);
	pair_text(s, "target", load->target);
	pair_text(s, "transport", load->transport);
	if (load->started_at_ns) {
		pair_begin(s, "started");
		html_time(s->out, load->started_at_ns);
		buf_puts(s->out, ", took ");
		unit_human_duration(s->out, load->total_ns);
		pair_end(s);
	}
	pair_text(s, "ended by", load->ended);
	if (is_closed_load(load))
		pair_text(s, "latency",
			  "counts from sending: in a closed model there is no "
			  "plan");
	warm_up(s, &load->warm_up);
	flow_times(s, load);
	say_spot(&said, &load->at);
	pair_text(s, "written in", buf_text(&said));
	buf_release(&said);
	notes(s, load);
	pairs_end(s);
	section_end(s);
}
