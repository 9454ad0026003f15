/* SPDX-License-Identifier: MIT */
#include "report/render/render.h"

#include <inttypes.h>
#include <string.h>

#include "report/render/against/against_say.h"
#include "report/render/facts.h"
#include "report/render/gate/gate_say.h"
#include "report/render/load/load_say.h"
#include "report/render/tap_parts.h"
#include "report/result/result.h"
#include "report/result/verdict.h"
#include "scenarios/base/buf.h"
#include "scenarios/json/json.h"
#include "scenarios/base/text.h"

/* The Test Anything Protocol, version 14: testanything.org. */

void tap_description(struct buf *out, const char *text)
{
	struct buf shown;

	buf_init(&shown, TAP_PIECE_MAX);
	say_text(&shown, text, FACT_NAME_MAX);
	for (const char *c = buf_text(&shown); *c; c++) {
		if (*c == '#' || *c == '\\')
			buf_putc(out, '\\');
		buf_putc(out, *c);
	}
	buf_release(&shown);
}

/* A double-quoted scalar of YAML is what JSON calls a string. */
static void put_scalar(struct buf *out, const char *text, size_t max_bytes)
{
	struct buf shown;

	buf_init(&shown, TAP_PIECE_MAX);
	say_text(&shown, text, max_bytes);
	json_escape(out, buf_text(&shown), shown.len);
	buf_release(&shown);
}

void tap_pair(struct buf *out, const char *before, const char *key,
	      const char *text)
{
	if (!*text)
		return;
	buf_printf(out, "%s%s: ", before, key);
	put_scalar(out, text, FACT_MESSAGE_MAX);
	buf_putc(out, '\n');
}

static void put_at(struct buf *out, const char *before, const struct spot *at)
{
	if (!*at->file)
		return;
	buf_printf(out, "%sat:\n%s  file: ", before, before);
	put_scalar(out, at->file, FACT_URL_MAX);
	buf_printf(out, "\n%s  line: %" PRIu64 "\n%s  column: %" PRIu64 "\n",
		   before, at->line, before, at->col);
}

static void put_expectations(struct buf *out, const struct step_result *step)
{
	size_t told = 0;

	for (size_t i = 0; i < step->n_expectations && told < FACT_ROWS_MAX;
	     i++) {
		const struct expectation *ex = &step->expectations[i];

		if (ex->ok)
			continue;
		if (!told++)
			buf_puts(out, "  failed:\n");
		tap_pair(out, "    - ", "what",
			 *ex->subject ? ex->subject : "expectation");
		tap_pair(out, "      ", "expected", ex->expected);
		tap_pair(out, "      ", "seen", ex->seen);
		tap_pair(out, "      ", "note", ex->note);
		if (ex->is_part)
			tap_pair(out, "      ", "severity",
				 severity_name(ex->severity));
	}
}

static void put_phases(struct buf *out, const struct phases *ph)
{
	buf_puts(out, "  phases_ns:\n");
	for (size_t p = 0; p < PHASE_N; p++)
		buf_printf(out, "    %s: %" PRIu64 "\n",
			   phase_name((enum phase)p), ph->ns[p]);
}

static void put_attempts(struct buf *out, const struct check_result *check)
{
	if (check->n_attempts < 2)
		return;
	buf_puts(out, "  attempts:\n");
	for (size_t i = 0; i < check->n_attempts && i < FACT_ROWS_MAX; i++) {
		const struct attempt *at = &check->attempts[i];

		tap_pair(out, "    - ", "outcome", outcome_name(at->outcome));
		tap_pair(out, "      ", "message", at->message);
		buf_printf(out, "      duration_ns: %" PRIu64 "\n",
			   at->total_ns);
	}
}

static void put_step(struct buf *out, const struct step_result *step)
{
	tap_pair(out, "  ", "step", step->name);
	tap_pair(out, "  ", "url", step->url);
	if (step->status)
		buf_printf(out, "  status: %" PRId64 "\n", step->status);
	put_expectations(out, step);
	put_phases(out, &step->phases);
	tap_pair(out, "  ", "request_id", step->request_id);
	tap_pair(out, "  ", "body", step->excerpt);
}

/* The block is indented by two, as the protocol says. */
static void put_diagnostic(struct buf *out, const struct check_result *check)
{
	const struct step_result *step = check_failed_step(check);

	buf_puts(out, "  ---\n");
	tap_pair(out, "  ", "verdict", verdict_name(check->verdict));
	tap_pair(out, "  ", "outcome", outcome_name(check->outcome));
	tap_pair(out, "  ", "message", check_sentence(check));
	tap_pair(out, "  ", "severity", severity_name(check->severity));
	put_at(out, "  ", step ? &step->at : &check->at);
	buf_printf(out, "  duration_ns: %" PRIu64 "\n", check->total_ns);
	if (step)
		put_step(out, step);
	put_attempts(out, check);
	buf_puts(out, "  ...\n");
}

/* What a reader of TAP must not count as failed has a directive. */
static const char *skip_reason(const struct check_result *check)
{
	switch (check->verdict) {
	case VERDICT_SKIPPED:
		return "its own condition did not ask for it";
	case VERDICT_STARTING:
		return "the service is still starting";
	case VERDICT_NOT_OBSERVED:
		return "not observed";
	default:
		return NULL;
	}
}

static void put_check(struct buf *out, const struct check_result *check,
		      size_t number)
{
	bool failed =
		check->verdict == VERDICT_FAILED || check_machine_failed(check);
	const char *skip = failed ? NULL : skip_reason(check);

	buf_printf(out, "%s %zu - ", failed ? "not ok" : "ok", number);
	tap_description(out, check->name);
	if (skip)
		buf_printf(out, " # SKIP %s", skip);
	buf_putc(out, '\n');
	if (check_needs_look(check))
		put_diagnostic(out, check);
}

static void put_limit(struct buf *out, const struct load_result *load,
		      const struct load_point *p)
{
	tap_pair(out, "  ", "limit", p->limit->text);
	tap_pair(out, "  ", "seen", p->limit->seen);
	tap_pair(out, "  ", "interval", p->limit->interval);
	tap_pair(out, "  ", "verdict", limit_word(p->limit));
	buf_printf(out, "  samples: %" PRIu64 "\n", p->limit->samples);
	tap_pair(out, "  ", "note", p->limit->note);
	if (p->limit->crossed_at_ns)
		buf_printf(out, "  crossed_at_ns: %" PRIu64 "\n",
			   p->limit->crossed_at_ns);
	buf_printf(out, "  duration_ns: %" PRIu64 "\n", load->total_ns);
}

/* A point of a load: its measurement, or a limit. */
static void put_point(struct buf *out, const struct load_result *load,
		      const struct load_point *p, size_t number)
{
	bool failed = p->kind == POINT_FAILED || p->kind == POINT_INVALID;
	struct buf said;

	buf_init(&said, TAP_PIECE_MAX);
	buf_printf(out, "%s %zu - load ", failed ? "not ok" : "ok", number);
	tap_description(out, load->name);
	buf_puts(out, ": ");
	say_point_name(&said, p);
	tap_description(out, buf_text(&said));
	if (p->kind == POINT_UNSEEN)
		buf_printf(out, " # SKIP %s",
			   p->limit ? limit_word(p->limit) : "not observed");
	buf_putc(out, '\n');
	if (p->kind != POINT_OK) {
		buf_reset(&said);
		say_point(&said, load, p);
		buf_puts(out, "  ---\n");
		tap_pair(out, "  ", "message", buf_text(&said));
		put_at(out, "  ", p->at);
		if (p->limit)
			put_limit(out, load, p);
		buf_puts(out, "  ...\n");
	}
	buf_release(&said);
}

/* A metric that is compared with a stored run. */
static void put_metric(struct buf *out, const struct against_metric *m,
		       enum against_verdict v, size_t number)
{
	bool failed = v == AGAINST_WORSE || v == AGAINST_INVALID;

	buf_printf(out, "%s %zu - load ", failed ? "not ok" : "ok", number);
	tap_description(out, m->load);
	buf_puts(out, ": ");
	tap_description(out, m->name);
	buf_puts(out, " against a stored run");
	if (v == AGAINST_UNDECIDED)
		buf_puts(out, " # SKIP not decided");
	buf_puts(out, "\n  ---\n");
	tap_pair(out, "  ", "message", m->message);
	buf_puts(out, "  ...\n");
}

static size_t count_points(const struct run_result *run)
{
	size_t n = run->n_checks;

	for (size_t i = 0; i < run->n_loads; i++)
		n += load_points(&run->loads[i]);
	n += run->gate ? gate_points(run->gate) : 0;
	return n + (run->against ? run->against->n_metrics : 0);
}

static void put_points(struct buf *out, const struct run_result *run)
{
	size_t number = 0;

	for (size_t i = 0; i < run->n_checks; i++)
		put_check(out, &run->checks[i], ++number);
	for (size_t i = 0; i < run->n_loads; i++) {
		for (size_t k = 0; k < load_points(&run->loads[i]); k++) {
			struct load_point p = load_point_get(&run->loads[i], k);

			put_point(out, &run->loads[i], &p, ++number);
		}
	}
	for (size_t k = 0; run->gate && k < gate_points(run->gate); k++) {
		struct gate_point p = gate_point_get(run->gate, k);

		tap_gate_point(out, run->gate, &p, ++number);
	}
	for (size_t i = 0; run->against && i < run->against->n_metrics; i++) {
		const struct against_metric *m = &run->against->metrics[i];

		put_metric(out, m,
			   run->against->verdict == AGAINST_INVALID
				   ? AGAINST_INVALID
				   : m->verdict,
			   ++number);
	}
}

static void put_why(struct buf *out, const char *what, const char *why)
{
	buf_puts(out, what);
	if (*why) {
		buf_puts(out, ": ");
		say_text(out, why, FACT_MESSAGE_MAX);
	}
	buf_putc(out, '\n');
}

static void put_run(struct buf *out, const struct run_result *run)
{
	size_t n = count_points(run);

	if (n)
		buf_printf(out, "1..%zu\n", n);
	else
		buf_puts(out, "1..0 # SKIP nothing was asked\n");
	buf_puts(out, "# ");
	say_title(out, run);
	buf_putc(out, '\n');
	put_points(out, run);
	buf_puts(out, "# ");
	say_counts(out, run);
	buf_puts(out, "\n# ");
	say_verdict(out, run);
	buf_putc(out, '\n');
	if (run->partial)
		put_why(out, "# partial", run->partial_why);
	if (run->broken)
		put_why(out, "Bail out! this machine failed", run->broken_why);
}

bool render_tap(const struct run_result *const *runs, size_t n,
		const struct render_options *opt, struct buf *out)
{
	(void)opt;
	buf_puts(out, "TAP version 14\n");
	if (n)
		put_run(out, runs[0]);
	return buf_ok(out);
}
