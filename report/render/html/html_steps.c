/* SPDX-License-Identifier: MIT */
/* The steps of a load: what each took, where the time went, how it ended. */
#include "report/render/html/html_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/render/load/load_say.h"
#include "scenarios/base/units.h"

/* ---- one row for each --------------------------------------------------- */

static uint64_t errors_of(const struct accounting *a)
{
	return a->failed + a->timed_out + a->in_flight;
}

static void put_at(struct grid *g, const struct times_result *t, uint64_t ns)
{
	grid_cell(g);
	say_time_at(g->s->out, t, ns);
}

static void put_step(struct grid *g, const struct load_step_result *st)
{
	uint64_t errors = errors_of(&st->accounting);

	grid_row(g, "");
	grid_text(g, st->name, FACT_NAME_MAX);
	grid_count(g, st->accounting.sent);
	grid_cell(g);
	buf_printf(g->s->out,
		   errors ? "<span class=\"no\">%" PRIu64 "</span>"
			  : "%" PRIu64,
		   errors);
	put_at(g, &st->latency, st->latency.p50_ns);
	put_at(g, &st->latency, st->latency.p95_ns);
	put_at(g, &st->latency, st->latency.p99_ns);
	put_at(g, &st->latency, st->latency.max_ns);
	put_at(g, &st->service, st->service.p99_ns);
	put_at(g, &st->first_byte, st->first_byte.p50_ns);
	put_at(g, &st->connect, st->connect.p50_ns);
	grid_count(g, st->connections);
	grid_count(g, st->skipped);
	grid_row_end(g);
}

static void step_table(struct sheet *s, const struct load_result *load)
{
	static const char *const heads[] = { "step",
					     "sent",
					     "errors",
					     "p50",
					     "p95",
					     "p99",
					     "max",
					     "service p99",
					     "first byte p50",
					     "connect p50",
					     "connections made",
					     "skipped" };
	struct grid g;

	grid_begin(&g, s, "steps", "hrrrrrrrrrrr", heads);
	for (size_t i = 0; i < told_rows(load->n_steps); i++)
		put_step(&g, &load->steps[i]);
	grid_end(&g);
	grid_rest(s, load->n_steps);
}

/* ---- what one of them is ------------------------------------------------ */

static void put_bytes(struct sheet *s, const struct load_step_result *st)
{
	pair_begin(s, "bodies");
	unit_human_size(s->out, st->sent_bytes);
	buf_puts(s->out, " sent, ");
	unit_human_size(s->out, st->received_bytes);
	buf_puts(s->out, " received");
	pair_end(s);
}

static void put_request(struct sheet *s, const struct load_step_result *st)
{
	struct buf said;

	buf_init(&said, HTML_PIECE_MAX);
	say_text(&said, *st->method ? st->method : st->kind, FACT_NAME_MAX);
	buf_putc(&said, ' ');
	say_text(&said, st->url, FACT_URL_MAX);
	pair_begin(s, "request");
	sheet_said(s, &said);
	pair_end(s);
	say_spot(&said, &st->at);
	if (said.len) {
		pair_begin(s, "in");
		sheet_said(s, &said);
		pair_end(s);
	}
	buf_release(&said);
	pair_text(s, "transport", st->transport);
	pair_text(s, "first failure", st->sample);
	if (st->resends) {
		pair_begin(s, "sent again");
		say_count(s->out, st->resends, "request");
		buf_puts(s->out, ", as a kept connection was closed");
		pair_end(s);
	}
	put_bytes(s, st);
}

static void step_details(struct sheet *s, const struct load_result *load,
			 const struct load_step_result *st)
{
	struct buf said;

	buf_init(&said, HTML_PIECE_MAX);
	say_text(&said, st->name, FACT_NAME_MAX);
	fold_begin(s, buf_text(&said), false);
	buf_release(&said);
	pairs_begin(s, "pairs");
	put_request(s, st);
	pairs_end(s);
	if (s->detail > DETAIL_LEAST) {
		struct sheet lean = *s;

		/* the pointer is for the load as a whole */
		lean.detail = DETAIL_LESS;
		html_latency(&lean,
			     &(struct latency_view){ .latency = &st->latency,
						     .service = &st->service,
						     .load = load,
						     .step = st });
		s->ids = lean.ids;
	}
	fold_end(s);
}

/* ---- phases ------------------------------------------------------------- */

static void one_after_another(struct sheet *s, const struct load_result *load)
{
	size_t n = told_rows(load->n_steps);
	struct fall *fall = calloc(n, sizeof(*fall));
	uint64_t at = 0;

	if (!fall) {
		s->out->failed = true;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const struct load_step_result *st = &load->steps[i];

		fall[i] = (struct fall){ st->name, at, &st->mean_phases };
		at += phases_total(&st->mean_phases);
	}
	html_waterfall(s, "Mean phases of each step", fall, n);
	free(fall);
}

void html_load_phases(struct sheet *s, const struct load_result *load)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < load->n_steps; i++)
		sum += phases_total(&load->steps[i].mean_phases);
	if (!sum)
		return;
	section_begin(s, 2, "Where the time went");
	if (load->n_steps == 1)
		html_phases(s, "Mean of each phase",
			    &load->steps[0].mean_phases);
	else
		one_after_another(s, load);
	buf_puts(s->out, "<p class=\"dim\">The phases add up to ");
	unit_human_duration(s->out, sum);
	buf_puts(s->out, load->n_steps == 1
				 ? ", the mean latency.</p>\n"
				 : ", the sum of the mean latencies.</p>\n");
	section_end(s);
}

/* ---- outcomes and statuses ---------------------------------------------- */

/* A bar in a cell, of the share that is said beside it. */
static void share_bar(struct sheet *s, double share, bool is_bad)
{
	double wide = share > 0 && share < 0.01 ? 0.01 : share;

	if (!(wide > 0))
		return;
	buf_printf(s->out,
		   "<svg class=\"sb\" width=\"100\" height=\"10\" "
		   "aria-hidden=\"true\"><rect class=\"%s\" width=\"%.1f\" "
		   "height=\"10\"/></svg>",
		   is_bad ? "d5" : "d1", 100 * (wide < 1 ? wide : 1));
}

static void put_named(struct grid *g, const char *what,
		      const struct named_count *n,
		      const struct load_step_result *st, bool is_bad)
{
	double share = st->accounting.sent
			       ? (double)n->count / (double)st->accounting.sent
			       : 0;

	grid_row(g, is_bad ? "bad" : "");
	grid_text(g, st->name, FACT_NAME_MAX);
	grid_text(g, what, FACT_NAME_MAX);
	grid_text(g, n->name, FACT_NAME_MAX);
	grid_count(g, n->count);
	grid_cell(g);
	say_share(g->s->out, share);
	grid_cell(g);
	share_bar(g->s, share, is_bad);
	grid_row_end(g);
}

static bool is_bad_status(const char *name)
{
	return *name != '1' && *name != '2' && *name != '3';
}

static bool has_endings(const struct load_result *load)
{
	for (size_t i = 0; i < told_rows(load->n_steps); i++)
		if (load->steps[i].n_outcomes || load->steps[i].n_statuses)
			return true;
	return false;
}

static void endings(struct sheet *s, const struct load_result *load)
{
	static const char *const heads[] = {
		"step", "kind", "name", "count", "share", "share as a bar"
	};
	struct grid g;

	if (!has_endings(load))
		return;
	section_begin(s, 2, "Outcomes and statuses");
	grid_begin(&g, s, "outcomes and statuses", "hllrrl", heads);
	for (size_t i = 0; i < told_rows(load->n_steps); i++) {
		const struct load_step_result *st = &load->steps[i];

		for (size_t k = 0; k < told_rows(st->n_outcomes); k++)
			put_named(&g, "outcome", &st->outcomes[k], st,
				  strcmp(st->outcomes[k].name,
					 outcome_name(OUTCOME_OK)) != 0);
		for (size_t k = 0; k < told_rows(st->n_statuses); k++)
			put_named(&g, "status", &st->statuses[k], st,
				  is_bad_status(st->statuses[k].name));
	}
	grid_end(&g);
	section_end(s);
}

void html_steps(struct sheet *s, const struct load_result *load)
{
	if (!load->n_steps)
		return;
	section_begin(s, 2, "Steps");
	step_table(s, load);
	if (s->detail > DETAIL_LEAST)
		for (size_t i = 0; i < told_rows(load->n_steps); i++)
			step_details(s, load, &load->steps[i]);
	section_end(s);
	endings(s, load);
}
