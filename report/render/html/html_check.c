/* SPDX-License-Identifier: MIT */
/* One check: its verdict, its attempts, and the evidence of each step. */
#include "report/render/html/html_parts.h"

#include <inttypes.h>
#include <string.h>

#include "report/result/stamp.h"
#include "report/result/verdict.h"
#include "scenarios/base/units.h"

/* ---- what was expected -------------------------------------------------- */

static bool has_notes(const struct step_result *step)
{
	for (size_t i = 0; i < step->n_expectations; i++)
		if (*step->expectations[i].note)
			return true;
	return false;
}

static void put_expectation(struct grid *g, const struct expectation *ex)
{
	grid_row(g, ex->ok ? "" : "bad");
	grid_text(g, ex->subject, FACT_NAME_MAX);
	grid_cell(g);
	badge(g->s, ex->ok ? "ok" : "bad",
	      ex->ok	    ? "holds"
	      : ex->is_part ? severity_name(ex->severity)
			    : "does not hold");
	grid_text(g, ex->expected, FACT_VALUE_MAX);
	grid_text(g, ex->seen, FACT_VALUE_MAX);
	if (g->columns[g->at])
		grid_text(g, ex->note, FACT_VALUE_MAX);
	grid_row_end(g);
}

static void expectations(struct sheet *s, const struct step_result *step)
{
	static const char *const heads[] = { "what", "verdict", "expected",
					     "seen", "note" };
	size_t told = 0;
	struct grid g;

	if (!step->n_expectations)
		return;
	grid_begin(&g, s, "expectations", has_notes(step) ? "hlllt" : "hlll",
		   heads);
	/* what does not hold first: it may be the last of a hundred */
	for (int ok = 0; ok < 2; ok++)
		for (size_t i = 0; i < step->n_expectations; i++)
			if (step->expectations[i].ok == ok &&
			    told++ < FACT_ROWS_MAX)
				put_expectation(&g, &step->expectations[i]);
	grid_end(&g);
	grid_rest(s, step->n_expectations);
}

/* ---- where it went ------------------------------------------------------ */

static void put_hop(struct grid *g, const struct hop *hop)
{
	grid_row(g, "");
	grid_text(g, hop->method, FACT_NAME_MAX);
	grid_text(g, hop->url, FACT_URL_MAX);
	grid_cell(g);
	if (hop->status)
		buf_printf(g->s->out, "%" PRId64, hop->status);
	else
		buf_puts(g->s->out, "no answer");
	grid_text(g, hop->protocol, FACT_NAME_MAX);
	grid_text(g, hop->remote, FACT_NAME_MAX);
	if (hop->reused)
		buf_puts(g->s->out, " (same connection)");
	grid_time(g, phases_total(&hop->phases));
	grid_row_end(g);
}

static void hops(struct sheet *s, const struct step_result *step)
{
	static const char *const heads[] = { "method",	 "URL",	 "status",
					     "protocol", "from", "time" };
	struct grid g;

	if (step->n_hops < 2)
		return;
	grid_begin(&g, s, "requests of this step", "htrllr", heads);
	for (size_t i = 0; i < told_rows(step->n_hops); i++)
		put_hop(&g, &step->hops[i]);
	grid_end(&g);
	grid_rest(s, step->n_hops);
}

static void request(struct sheet *s, const struct step_result *step)
{
	if (*step->url) {
		pair_begin(s, *step->method ? "request" : "target");
		sheet_text(s, step->method, FACT_NAME_MAX);
		buf_putc(s->out, ' ');
		sheet_text(s, step->url, FACT_URL_MAX);
		pair_end(s);
	}
	if (step->status || *step->protocol || *step->remote) {
		pair_begin(s, "answer");
		if (step->status)
			buf_printf(s->out, "<strong>%" PRId64 "</strong> ",
				   step->status);
		sheet_text(s, step->protocol, FACT_NAME_MAX);
		if (*step->remote) {
			buf_puts(s->out, " from ");
			sheet_text(s, step->remote, FACT_NAME_MAX);
		}
		if (step->received_bytes) {
			buf_puts(s->out, ", ");
			unit_human_size(s->out, step->received_bytes);
		}
		pair_end(s);
	}
	pair_text(s, "request id", step->request_id);
	pair_text(s, "group", step->group);
	if (step->round) {
		pair_begin(s, "round");
		buf_printf(s->out, "%" PRIu64, step->round);
		pair_end(s);
	}
	if (step->unverified)
		pair_text(s, "certificates", "were not verified");
}

/* ---- certificates ------------------------------------------------------- */

static void put_day(struct grid *g, int64_t at_s)
{
	grid_cell(g);
	html_day(g->s->out, at_s > 0 ? (uint64_t)at_s * UNIT_NS_PER_S : 0);
}

static void put_cert(struct grid *g, const struct cert *c)
{
	struct buf said;

	grid_row(g, c->days < 0 ? "bad" : c->on_path ? "" : "none");
	grid_text(g, c->role, FACT_NAME_MAX);
	grid_text(g, c->subject, FACT_NAME_MAX);
	if (*c->names) {
		buf_puts(g->s->out, "<br><span class=\"dim\">");
		sheet_text(g->s, c->names, FACT_VALUE_MAX);
		buf_puts(g->s->out, "</span>");
	}
	grid_text(g, c->issuer, FACT_NAME_MAX);
	put_day(g, c->not_before_s);
	put_day(g, c->not_after_s);
	grid_cell(g);
	buf_init(&said, HTML_PIECE_MAX);
	say_expires(&said, c->days);
	sheet_said(g->s, &said);
	grid_cell(g);
	say_text(&said, c->key, FACT_NAME_MAX);
	buf_puts(&said, *c->key && *c->signature ? ", " : "");
	say_text(&said, c->signature, FACT_NAME_MAX);
	sheet_said(g->s, &said);
	buf_release(&said);
	grid_text(g, c->sha256, FACT_NAME_MAX);
	grid_row_end(g);
}

static void certificates(struct sheet *s, const struct step_result *step)
{
	static const char *const heads[] = {
		"role",	   "subject",		"issuer", "from", "until",
		"expires", "key and signature", "SHA-256"
	};
	const struct tls_facts *t = step->tls;
	struct grid g;

	if (!t)
		return;
	pairs_begin(s, "pairs");
	pair_begin(s, "TLS");
	sheet_text(s, t->protocol, FACT_NAME_MAX);
	buf_putc(s->out, ' ');
	sheet_text(s, t->cipher, FACT_NAME_MAX);
	pair_end(s);
	pair_begin(s, "chain");
	badge(s, t->trusted ? "ok" : "bad",
	      t->trusted ? "trusted" : "not trusted");
	buf_putc(s->out, ' ');
	sheet_text(s, t->why, FACT_VALUE_MAX);
	if (!t->verified)
		buf_puts(s->out, " (the step asked not to verify)");
	pair_end(s);
	pair_begin(s, "name");
	badge(s, t->name_ok ? "ok" : "bad", t->name_ok ? "matches" : "differs");
	buf_putc(s->out, ' ');
	sheet_text(s, t->name, FACT_NAME_MAX);
	pair_end(s);
	pairs_end(s);
	if (!t->n_certs)
		return;
	grid_begin(&g, s, "certificates as they were sent", "httrrltt", heads);
	for (size_t i = 0; i < told_rows(t->n_certs); i++)
		put_cert(&g, &t->certs[i]);
	grid_end(&g);
	grid_rest(s, t->n_certs);
}

/* ---- what it left ------------------------------------------------------- */

static void put_named(struct grid *g, const char *name, const char *value)
{
	grid_row(g, "");
	grid_text(g, name, FACT_NAME_MAX);
	grid_text(g, value, FACT_VALUE_MAX);
	grid_row_end(g);
}

static const char *const named_heads[] = { "name", "value" };

static void captures(struct sheet *s, const struct step_result *step)
{
	struct grid g;

	if (!step->n_captures)
		return;
	fold_begin(s, "captured values", false);
	grid_begin(&g, s, "captured values", "hl", named_heads);
	for (size_t i = 0; i < told_rows(step->n_captures); i++)
		put_named(&g, step->captures[i].name, step->captures[i].value);
	grid_end(&g);
	grid_rest(s, step->n_captures);
	fold_end(s);
}

static void headers(struct sheet *s, const struct step_result *step)
{
	struct grid g;

	if (!step->n_headers)
		return;
	fold_begin(s, "headers of the answer", false);
	grid_begin(&g, s, "headers of the answer", "hl", named_heads);
	for (size_t i = 0; i < told_rows(step->n_headers); i++)
		put_named(&g, step->headers[i].name, step->headers[i].value);
	grid_end(&g);
	grid_rest(s, step->n_headers);
	fold_end(s);
}

/* Series are many and alike: their words are those of the other forms. */
struct kept_lines {
	struct facts facts; /* first, for on_fact() */
	struct sheet *s;
};

static void on_fact(struct facts *t, enum fact_kind kind, bool bad,
		    const char *text)
{
	struct kept_lines *k = (struct kept_lines *)t;

	(void)bad;
	if (kind != FACT_KEPT)
		return;
	buf_puts(k->s->out, "<li>");
	html_text(k->s->out, text);
	buf_puts(k->s->out, "</li>");
}

static void kept(struct sheet *s, const struct step_result *step)
{
	struct kept_lines k = { .facts = { .kept = true, .on_fact = on_fact },
				.s = s };

	if (!step->n_kept)
		return;
	fold_begin(s, "series that were kept", false);
	buf_puts(s->out, "<ul class=\"dim\">");
	facts_step(&k.facts, step);
	buf_puts(s->out, "</ul>");
	grid_rest(s, step->n_kept);
	fold_end(s);
}

static void excerpt(struct sheet *s, const struct step_result *step,
		    bool is_open)
{
	if (!*step->excerpt)
		return;
	fold_begin(s, "start of the body", is_open);
	buf_puts(s->out, "<pre tabindex=\"0\">");
	sheet_text(s, step->excerpt, FACT_EXCERPT_MAX * 4);
	buf_puts(s->out, "</pre>");
	fold_end(s);
}

/* ---- a step ------------------------------------------------------------- */

void html_step(struct sheet *s, const struct step_result *step)
{
	bool ok = step->outcome == OUTCOME_OK;
	bool skipped = step->outcome == OUTCOME_SKIPPED;
	struct buf said;

	buf_puts(s->out, "<div class=\"step\"><div class=\"title\">");
	badge(s,
	      ok	? "ok"
	      : skipped ? "none"
			: "bad",
	      outcome_name(step->outcome));
	buf_init(&said, HTML_PIECE_MAX);
	buf_puts(&said, "Step ");
	say_text(&said, step->name, FACT_NAME_MAX);
	sheet_heading(s, 3, buf_text(&said));
	buf_reset(&said);
	buf_puts(s->out, "<span class=\"dim\">");
	if (skipped)
		buf_puts(s->out, "not done");
	else
		unit_human_duration(s->out, step->total_ns);
	if (step->always)
		buf_puts(s->out, ", runs always");
	say_spot(&said, &step->at);
	if (said.len) {
		buf_puts(s->out, ", ");
		sheet_said(s, &said);
	}
	buf_release(&said);
	buf_puts(s->out, "</span></div>\n");
	if (!ok && *step->message) {
		buf_puts(s->out, "<p>");
		sheet_text(s, step->message, FACT_MESSAGE_MAX);
		buf_puts(s->out, "</p>");
	}
	if (s->detail > DETAIL_LEAST || !ok) {
		pairs_begin(s, "pairs");
		request(s, step);
		pairs_end(s);
		expectations(s, step);
	}
	if (s->detail > DETAIL_LEAST) {
		hops(s, step);
		certificates(s, step);
		excerpt(s, step, !ok);
	}
	if (s->detail == DETAIL_ALL) {
		captures(s, step);
		headers(s, step);
		kept(s, step);
	}
	buf_puts(s->out, "</div>\n");
}

/* ---- a check ------------------------------------------------------------ */

static void attempts(struct sheet *s, const struct check_result *check)
{
	static const char *const heads[] = { "attempt", "outcome", "began",
					     "time", "why" };
	struct grid g;

	if (check->n_attempts < 2)
		return;
	grid_begin(&g, s, "attempts", "hlrrt", heads);
	for (size_t i = 0; i < told_rows(check->n_attempts); i++) {
		const struct attempt *at = &check->attempts[i];

		grid_row(&g, look_of_check(at->verdict));
		grid_cell(&g);
		buf_printf(s->out, "%" PRIu64, at->number);
		grid_cell(&g);
		badge(s, look_of_check(at->verdict), outcome_name(at->outcome));
		grid_cell(&g);
		stamp_print_clock(s->out, at->started_at_ns, 3);
		grid_time(&g, at->total_ns);
		grid_text(&g, at->message, FACT_MESSAGE_MAX);
		grid_row_end(&g);
	}
	grid_end(&g);
	grid_rest(s, check->n_attempts);
}

/* The requests of a step below it, when there were more than one. */
static size_t add_hops(struct fall *falls, size_t room,
		       const struct step_result *st, uint64_t from_ns)
{
	size_t n = 0;

	for (size_t i = 0; st->n_hops > 1 && i < st->n_hops && n < room; i++) {
		falls[n++] = (struct fall){ st->hops[i].url, from_ns,
					    &st->hops[i].phases };
		from_ns += phases_total(&st->hops[i].phases);
	}
	return n;
}

/* What a step waited for its turn is the first of its phases, and over when it
 * was begun. */
static uint64_t waited_ns(const struct step_result *st)
{
	return st->phases.ns[PHASE_LATENESS] + st->phases.ns[PHASE_QUEUE];
}

static uint64_t due_at_ns(const struct attempt *at,
			  const struct step_result *st)
{
	uint64_t begun_ns = st->started_at_ns > at->started_at_ns
				    ? st->started_at_ns
				    : at->started_at_ns;

	return begun_ns > waited_ns(st) ? begun_ns - waited_ns(st) : 0;
}

/* The earliest of what is drawn, which may have been due before the attempt
 * had begun. */
static uint64_t origin_ns(const struct attempt *at)
{
	uint64_t first = at->started_at_ns;

	for (size_t i = 0; i < at->n_steps; i++)
		if (phases_total(&at->steps[i].phases) &&
		    due_at_ns(at, &at->steps[i]) < first)
			first = due_at_ns(at, &at->steps[i]);
	return first;
}

static void fall(struct sheet *s, const struct attempt *at)
{
	struct fall falls[FACT_ROWS_MAX];
	uint64_t origin = origin_ns(at);
	size_t n = 0;

	for (size_t i = 0; i < at->n_steps && n < FACT_ROWS_MAX; i++) {
		const struct step_result *st = &at->steps[i];
		uint64_t from_ns = due_at_ns(at, st) - origin;

		if (!phases_total(&st->phases))
			continue;
		falls[n++] = (struct fall){ st->name, from_ns, &st->phases };
		n += add_hops(&falls[n], FACT_ROWS_MAX - n, st,
			      from_ns + waited_ns(st));
	}
	html_waterfall(s, "Phases of each step", falls, n);
}

/* What is known of those that did not decide. */
static void earlier(struct sheet *s, const struct check_result *check)
{
	struct buf said;

	if (s->detail < DETAIL_ALL)
		return;
	buf_init(&said, HTML_PIECE_MAX);
	for (size_t i = 0; i + 1 < told_rows(check->n_attempts); i++) {
		const struct attempt *at = &check->attempts[i];

		buf_reset(&said);
		buf_printf(&said, "attempt %" PRIu64 " in detail: %s",
			   at->number, outcome_name(at->outcome));
		fold_begin(s, buf_text(&said), false);
		fall(s, at);
		for (size_t k = 0; k < told_rows(at->n_steps); k++)
			html_step(s, &at->steps[k]);
		fold_end(s);
	}
	buf_release(&said);
}

static void summary(struct sheet *s, const struct check_result *check)
{
	struct buf said;

	buf_puts(s->out, "<summary>");
	badge(s, look_of_check(check->verdict), verdict_name(check->verdict));
	buf_init(&said, HTML_PIECE_MAX);
	say_text(&said, check->name, FACT_NAME_MAX);
	sheet_heading(s, 2, buf_text(&said));
	buf_puts(s->out, "<span class=\"dim\">");
	buf_reset(&said);
	if (check->total_ns)
		unit_human_duration(&said, check->total_ns);
	if (check->n_attempts > 1)
		buf_printf(&said, ", %zu attempts", check->n_attempts);
	if (check_needs_look(check)) {
		buf_printf(&said, "%s%s: ", said.len ? ", " : "",
			   severity_name(check->worst));
		say_text(&said,
			 check->n_attempts ? check_sentence(check)
					   : "it was not reached",
			 FACT_MESSAGE_MAX);
	}
	sheet_said(s, &said);
	buf_release(&said);
	buf_puts(s->out, "</span></summary>\n");
}

void html_check(struct sheet *s, const struct check_result *check)
{
	const struct attempt *at = check_deciding(check);

	buf_printf(s->out, "<details class=\"card check\"%s>",
		   check_needs_look(check) ? " open" : "");
	summary(s, check);
	if (*check->tags) {
		buf_puts(s->out, "<p class=\"dim\">tags: ");
		sheet_text(s, check->tags, FACT_VALUE_MAX);
		buf_puts(s->out, "</p>");
	}
	attempts(s, check);
	if (at) {
		if (s->detail > DETAIL_LEAST)
			fall(s, at);
		for (size_t i = 0; i < told_rows(at->n_steps); i++)
			html_step(s, &at->steps[i]);
		grid_rest(s, at->n_steps);
	}
	earlier(s, check);
	buf_puts(s->out, "</details>\n");
}
