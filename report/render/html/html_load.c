/* SPDX-License-Identifier: MIT */
/* One load: the verdict and why, then the numbers, then everything. */
#include "report/render/html/html_parts.h"

#include <inttypes.h>
#include <string.h>

#include "report/render/load/load_say.h"
#include "scenarios/base/units.h"

enum { BESIDE_MAX = 8 }; /* steps that are drawn beside the latency */

/* ---- numbers that are looked for first ---------------------------------- */

static void tile_time(struct sheet *s, const char *name,
		      const struct load_result *load, uint64_t ns, double q)
{
	const struct quantile_result *found = quantile_find(&load->latency, q);
	struct buf said;

	pair_begin(s, name);
	say_time_at(s->out, &load->latency, ns);
	buf_init(&said, HTML_PIECE_MAX);
	if (load->latency.count)
		say_interval(&said, found);
	if (said.len) {
		buf_puts(s->out, "<small>");
		sheet_said(s, &said);
		buf_puts(s->out, "</small>");
	}
	buf_release(&said);
	pair_end(s);
}

static void tile_small(struct sheet *s, const char *what)
{
	buf_printf(s->out, "<small>%s</small>", what);
}

static void tiles(struct sheet *s, const struct load_result *load)
{
	const struct times_result *l = &load->latency;

	pairs_begin(s, "tiles");
	pair_begin(s, "requests");
	buf_printf(s->out, "%" PRIu64, load->requests);
	buf_printf(s->out, "<small>%" PRIu64 " ok</small>", load->requests_ok);
	pair_end(s);
	pair_begin(s, "success");
	say_success(s->out, load);
	tile_small(s, "of requests");
	pair_end(s);
	pair_begin(s, "ok");
	say_rate(s->out, load->ok_per_s);
	if (load->planned_per_s > 0) {
		buf_puts(s->out, "<small>");
		say_rate(s->out, load->planned_per_s);
		buf_puts(s->out, " arrivals planned</small>");
	}
	pair_end(s);
	tile_time(s, "latency p50", load, l->p50_ns, 0.5);
	tile_time(s, "latency p95", load, l->p95_ns, 0.95);
	tile_time(s, "latency p99", load, l->p99_ns, 0.99);
	pair_begin(s, "slowest");
	say_time_at(s->out, l, l->max_ns);
	pair_end(s);
	if (load->max_rate_per_s > 0) {
		pair_begin(s, "highest rate that held");
		say_rate(s->out, load->max_rate_per_s);
		pair_end(s);
	}
	if (load->down_for_ns) {
		pair_begin(s, "down for");
		unit_human_duration(s->out, load->down_for_ns);
		tile_small(s, "longest time without an ok");
		pair_end(s);
	}
	pairs_end(s);
}

/* ---- limits ------------------------------------------------------------- */

static void put_limit(struct grid *g, const struct load_result *load,
		      const struct limit_result *l)
{
	struct buf note;

	grid_row(g, look_of_check(l->verdict));
	grid_text(g, l->text, FACT_VALUE_MAX);
	if (l->built_in)
		buf_puts(g->s->out, " (built in)");
	grid_cell(g);
	badge(g->s, look_of_check(l->verdict), limit_word(l));
	grid_text(g, *l->seen ? l->seen : "nothing", FACT_VALUE_MAX);
	grid_text(g, *l->interval ? l->interval : "-", FACT_VALUE_MAX);
	grid_count(g, l->samples);
	grid_cell(g);
	buf_init(&note, HTML_PIECE_MAX);
	if (l->crossed_at_ns)
		say_crossed(&note, load, l);
	if (l->aborted)
		buf_printf(&note, "%sended the load", note.len ? ", " : "");
	if (*l->note) {
		buf_puts(&note, note.len ? "; " : "");
		say_text(&note, l->note, FACT_MESSAGE_MAX);
	}
	sheet_said(g->s, &note);
	buf_release(&note);
	grid_row_end(g);
}

static void limits(struct sheet *s, const struct load_result *load)
{
	static const char *const heads[] = { "limit",	"verdict",
					     "seen",	"interval of 95 %",
					     "samples", "note" };
	struct grid g;

	if (!load->n_limits && load->verdict == RUN_OK)
		buf_puts(s->out,
			 "<p class=\"dim\">It has no limits of its own: ok "
			 "says that it was measured.</p>");
	if (!load->n_limits)
		return;
	section_begin(s, 2, "Limits");
	grid_begin(&g, s, "limits", "hllrrt", heads);
	for (size_t i = 0; i < told_rows(load->n_limits); i++)
		put_limit(&g, load, &load->limits[i]);
	grid_end(&g);
	grid_rest(s, load->n_limits);
	section_end(s);
}

static void doubts(struct sheet *s, const struct load_result *load)
{
	const struct instrument *in = &load->instrument;

	for (size_t i = 0; i < told_rows(in->n_doubts); i++) {
		const struct doubt *d = &in->doubts[i];

		buf_printf(s->out, "<p class=\"doubt%s\"><strong>%s</strong> ",
			   d->is_fatal ? " bad" : "",
			   d->is_fatal ? "invalid:" : "doubt:");
		sheet_text(s, d->what, FACT_VALUE_MAX);
		if (*d->remedy) {
			buf_puts(s->out, " \xe2\x86\x92 ");
			sheet_text(s, d->remedy, FACT_VALUE_MAX);
		}
		buf_puts(s->out, "</p>\n");
	}
}

/* ---- accounting --------------------------------------------------------- */

struct term {
	const char *name;
	uint64_t n;
};

/* "6600 planned = 6500 sent + 80 dropped + 20 not started" */
static void sum(struct sheet *s, const struct term *whole,
		const struct term *parts, size_t n)
{
	uint64_t all = 0;

	buf_printf(s->out, "<p class=\"sum\"><strong>%" PRIu64 "</strong> %s",
		   whole->n, whole->name);
	for (size_t i = 0; i < n; i++) {
		all += parts[i].n;
		buf_printf(s->out, " %c <strong>%" PRIu64 "</strong> %s",
			   i ? '+' : '=', parts[i].n, parts[i].name);
	}
	if (all != whole->n)
		buf_puts(s->out, " <strong>(this does not add up)</strong>");
	buf_puts(s->out, "</p>\n");
}

static void accounting(struct sheet *s, const struct load_result *load)
{
	const struct accounting *a = &load->accounting;
	const struct term planned = { "planned", a->planned };
	const struct term sent = { "sent", a->sent };
	const struct term of_planned[] = {
		sent,
		{ "dropped", a->dropped },
		{ "not started", a->not_started },
	};
	const struct term of_sent[] = {
		{ "ok", a->ok },
		{ "failed", a->failed },
		{ "timed out", a->timed_out },
		{ "in flight at the end", a->in_flight },
	};

	section_begin(s, 2, "Accounting");
	sum(s, &planned, of_planned, sizeof(of_planned) / sizeof(*of_planned));
	sum(s, &sent, of_sent, sizeof(of_sent) / sizeof(*of_sent));
	buf_printf(s->out,
		   "<p class=\"dim\">Arrivals, with those of the warm-up; "
		   "they sent %" PRIu64 " request%s. What timed out or was "
		   "under way counts in all latencies with the age it had."
		   "</p>\n",
		   load->requests, load->requests == 1 ? "" : "s");
	section_end(s);
}

/* ---- trials of a search ------------------------------------------------- */

static void put_trial(struct grid *g, const struct trial *t)
{
	grid_row(g, t->holds ? "" : "warn");
	grid_cell(g);
	say_rate(g->s->out, t->rate_per_s);
	grid_cell(g);
	say_rate(g->s->out, t->achieved_per_s);
	grid_time(g, t->for_ns);
	grid_time(g, t->p50_ns);
	grid_time(g, t->p99_ns);
	grid_count(g, t->requests);
	grid_count(g, t->errors);
	grid_cell(g);
	buf_puts(g->s->out, t->holds ? "holds" : "does not hold");
	if (t->confirms)
		buf_puts(g->s->out, " (again)");
	if (*t->why) {
		buf_puts(g->s->out, ": ");
		sheet_text(g->s, t->why, FACT_VALUE_MAX);
	}
	grid_row_end(g);
}

static void trials(struct sheet *s, const struct load_result *load)
{
	static const char *const heads[] = { "planned", "ok",	  "for",
					     "p50",	"p99",	  "requests",
					     "errors",	"verdict" };
	struct grid g;

	if (!load->n_trials)
		return;
	section_begin(s, 2, "Search for the highest rate");
	grid_begin(&g, s, "trials", "hrrrrrrt", heads);
	for (size_t i = 0; i < told_rows(load->n_trials); i++)
		put_trial(&g, &load->trials[i]);
	grid_end(&g);
	grid_rest(s, load->n_trials);
	buf_puts(s->out, "<p>");
	if (load->max_rate_per_s > 0) {
		say_rate(s->out, load->max_rate_per_s);
		buf_puts(s->out, " is the highest rate that held.");
	} else {
		buf_puts(s->out, "No rate held.");
	}
	buf_puts(s->out, "</p>");
	section_end(s);
}

/* ---- all of it ---------------------------------------------------------- */

static void head(struct sheet *s, const struct load_result *load)
{
	struct buf said;

	buf_puts(s->out, "<div class=\"title\">");
	badge(s, look_of_run(load->verdict), run_verdict_name(load->verdict));
	buf_init(&said, HTML_PIECE_MAX);
	buf_puts(&said, "Load ");
	say_text(&said, load->name, FACT_NAME_MAX);
	sheet_heading(s, 1, buf_text(&said));
	buf_puts(s->out, "</div><p>");
	buf_reset(&said);
	say_text(&said, load_sentence(load), FACT_MESSAGE_MAX);
	buf_puts(&said, "; ");
	say_plan(&said, load);
	sheet_said(s, &said);
	buf_puts(s->out, "</p>\n");
	buf_release(&said);
}

static void numbers(struct sheet *s, const struct load_result *load)
{
	if (s->detail > DETAIL_LEAST) {
		buf_puts(s->out, load->n_steps <= BESIDE_MAX
					 ? "<div class=\"two\">"
					 : "<div>");
		if (load->latency.count) {
			section_begin(s, 2, "Latency by percentile");
			html_latency(s, &(struct latency_view){
						.latency = &load->latency,
						.service = &load->service,
						.load = load,
						.is_headed = true });
			section_end(s);
		}
		html_load_phases(s, load);
		buf_puts(s->out, "</div>");
		if (load->n_timeline > 1) {
			section_begin(s, 2, "Timeline");
			html_timeline(s, load);
			section_end(s);
		}
	}
	html_steps(s, load);
	trials(s, load);
	buf_puts(s->out, "<div class=\"two\"><div>");
	accounting(s, load);
	html_plan(s, load);
	buf_puts(s->out, "</div><div>");
	html_instrument(s, load);
	buf_puts(s->out, "</div></div>");
}

void html_load(struct sheet *s, const struct load_result *load)
{
	buf_printf(s->out, "<article class=\"card\" aria-labelledby=\"h%u\">",
		   s->ids + 1);
	head(s, load);
	doubts(s, load);
	if (load_was_started(load))
		tiles(s, load);
	limits(s, load);
	if (load_was_started(load))
		numbers(s, load);
	else
		html_plan(s, load);
	buf_puts(s->out, "</article>\n");
}
