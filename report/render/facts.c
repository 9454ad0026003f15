/* SPDX-License-Identifier: MIT */
#include "report/render/facts.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/result/verdict.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"

/* Above what any line can grow to, as every piece is bounded. */
#define LINE_MAX_BYTES ((size_t)16 << 10)

static void tell(struct facts *t, enum fact_kind kind, bool bad,
		 struct buf *line)
{
	if (line->len)
		t->on_fact(t, kind, bad, buf_text(line));
	buf_release(line);
}

static void tell_rest(struct facts *t, size_t n)
{
	struct buf line;

	if (n <= FACT_ROWS_MAX)
		return;
	buf_init(&line, LINE_MAX_BYTES);
	buf_printf(&line, "and %zu more", n - FACT_ROWS_MAX);
	tell(t, FACT_NOTE, false, &line);
}

static size_t rows(size_t n)
{
	return n < FACT_ROWS_MAX ? n : FACT_ROWS_MAX;
}

static bool step_held(const struct step_result *step)
{
	return step->outcome == OUTCOME_OK;
}

static void tell_step(struct facts *t, const struct step_result *step)
{
	struct buf line;

	buf_init(&line, LINE_MAX_BYTES);
	say_spot(&line, &step->at);
	buf_printf(&line, "%sstep \"", line.len ? "  " : "");
	say_text(&line, step->name, FACT_NAME_MAX);
	buf_putc(&line, '"');
	if (*step->group) {
		buf_puts(&line, ", group \"");
		say_text(&line, step->group, FACT_NAME_MAX);
		buf_putc(&line, '"');
	}
	if (step->round)
		buf_printf(&line, ", round %" PRIu64, step->round);
	if (step->always)
		buf_puts(&line, ", always");
	if (t->all) {
		buf_puts(&line, "  ");
		unit_human_duration(&line, step->total_ns);
	}
	tell(t, FACT_STEP, false, &line);
}

static void tell_message(struct facts *t, const struct step_result *step)
{
	const char *name = outcome_name(step->outcome);
	struct buf line;

	if (step_held(step))
		return;
	buf_init(&line, LINE_MAX_BYTES);
	/* "status 503, expected 200" names its outcome by itself. */
	if (strncmp(step->message, name, strlen(name)))
		buf_printf(&line, "%s: ", name);
	say_text(&line,
		 *step->message ? step->message
				: outcome_sentence(step->outcome),
		 FACT_MESSAGE_MAX);
	tell(t, FACT_MESSAGE, true, &line);
}

static void say_exchange(struct buf *line, const char *method, const char *url,
			 int64_t status, const char *protocol,
			 const char *remote)
{
	if (*method) {
		say_text(line, method, FACT_NAME_MAX);
		buf_putc(line, ' ');
	}
	say_text(line, url, FACT_URL_MAX);
	/* what has no method is no request, and has no answer either */
	if (status)
		buf_printf(line, "  %" PRId64, status);
	else if (*method)
		buf_puts(line, "  no answer");
	if (*protocol) {
		buf_putc(line, ' ');
		say_text(line, protocol, FACT_NAME_MAX);
	}
	if (*remote) {
		buf_puts(line, " from ");
		say_text(line, remote, FACT_NAME_MAX);
	}
}

static void tell_request(struct facts *t, const struct step_result *step)
{
	struct buf line;

	if (!*step->url)
		return;
	buf_init(&line, LINE_MAX_BYTES);
	say_exchange(&line, step->method, step->url, step->status,
		     step->protocol, step->remote);
	if (step->received_bytes) {
		buf_puts(&line, ", ");
		unit_human_size(&line, step->received_bytes);
	}
	tell(t, FACT_REQUEST, false, &line);
}

static void tell_hops(struct facts *t, const struct step_result *step)
{
	if (step->n_hops < 2)
		return;
	for (size_t i = 0; i < rows(step->n_hops); i++) {
		const struct hop *hop = &step->hops[i];
		struct buf line;

		buf_init(&line, LINE_MAX_BYTES);
		buf_printf(&line, "hop %zu: ", i + 1);
		say_exchange(&line, hop->method, hop->url, hop->status,
			     hop->protocol, hop->remote);
		if (hop->reused)
			buf_puts(&line, ", same connection");
		if (phases_total(&hop->phases)) {
			buf_puts(&line, ", ");
			unit_human_duration(&line, phases_total(&hop->phases));
		}
		tell(t, FACT_HOP, false, &line);
	}
	tell_rest(t, step->n_hops);
}

static void say_part(struct buf *line, const struct expectation *ex)
{
	say_text(line, ex->subject, FACT_NAME_MAX);
	buf_puts(line, "  ");
	say_text(line, ex->seen, FACT_VALUE_MAX);
	if (*ex->note) {
		buf_puts(line, "  \"");
		say_text(line, ex->note, FACT_VALUE_MAX);
		buf_putc(line, '"');
	}
	if (!ex->ok)
		buf_printf(line, "  %s", severity_name(ex->severity));
}

static void say_expectation(struct buf *line, const struct expectation *ex)
{
	say_text(line, ex->subject, FACT_NAME_MAX);
	buf_puts(line, "  expected ");
	say_text(line, ex->expected, FACT_VALUE_MAX);
	buf_puts(line, "  seen ");
	say_text(line, ex->seen, FACT_VALUE_MAX);
	if (*ex->note) {
		buf_puts(line, "  (");
		say_text(line, ex->note, FACT_VALUE_MAX);
		buf_putc(line, ')');
	}
}

static void tell_expectations(struct facts *t, const struct step_result *step)
{
	size_t told = 0;

	for (size_t i = 0; i < step->n_expectations; i++) {
		const struct expectation *ex = &step->expectations[i];
		struct buf line;

		if (ex->ok && !t->all)
			continue;
		if (told++ >= FACT_ROWS_MAX)
			continue;
		buf_init(&line, LINE_MAX_BYTES);
		(ex->is_part ? say_part : say_expectation)(&line, ex);
		tell(t, ex->is_part ? FACT_PART : FACT_EXPECTATION, !ex->ok,
		     &line);
	}
	tell_rest(t, told);
}

/* Whether the step failed because something took too long. */
static bool was_slow(const struct step_result *step)
{
	if (outcome_is_timeout(step->outcome))
		return true;
	for (size_t i = 0; i < step->n_expectations; i++)
		if (!step->expectations[i].ok &&
		    !strncmp(step->expectations[i].subject, "time", 4))
			return true;
	return false;
}

static void tell_times(struct facts *t, const struct step_result *step)
{
	enum phase longest = phases_longest(&step->phases);
	struct buf line;

	if (was_slow(step) && step->total_ns) {
		buf_init(&line, LINE_MAX_BYTES);
		buf_printf(&line, "%s took ", phase_name(longest));
		unit_human_duration(&line, step->phases.ns[longest]);
		buf_puts(&line, " of ");
		unit_human_duration(&line, step->total_ns);
		tell(t, FACT_SLOW, true, &line);
	}
	buf_init(&line, LINE_MAX_BYTES);
	say_phases(&line, &step->phases);
	tell(t, FACT_PHASES, false, &line);
}

/* The certificate that decides the days: the first to end on the path. */
static const struct cert *earliest(const struct tls_facts *tls)
{
	const struct cert *best = NULL;

	for (size_t i = 0; i < tls->n_certs; i++)
		if (tls->certs[i].on_path &&
		    (!best || tls->certs[i].not_after_s < best->not_after_s))
			best = &tls->certs[i];
	return best;
}

static bool tls_worth_a_line(const struct step_result *step)
{
	const struct tls_facts *tls = step->tls;

	return outcome_layer(step->outcome) == LAYER_TLS ||
	       !strcmp(step->kind, "tls") || !tls->trusted || !tls->name_ok ||
	       tls->days < FACT_CERT_NOTICE_DAYS;
}

static void say_trust(struct buf *line, const struct tls_facts *tls)
{
	if (!tls->trusted) {
		buf_puts(line, ", not trusted");
		if (*tls->why) {
			buf_puts(line, ": ");
			say_text(line, tls->why, FACT_VALUE_MAX);
		}
	}
	if (!tls->name_ok) {
		buf_puts(line, ", not for the name \"");
		say_text(line, tls->name, FACT_NAME_MAX);
		buf_putc(line, '"');
	}
	if (*tls->protocol) {
		buf_puts(line, ", ");
		say_text(line, tls->protocol, FACT_NAME_MAX);
		buf_putc(line, ' ');
		say_text(line, tls->cipher, FACT_NAME_MAX);
	}
}

static void tell_tls(struct facts *t, const struct step_result *step)
{
	const struct tls_facts *tls = step->tls;
	const struct cert *cert;
	struct buf line;

	if (!tls || !(t->all || tls_worth_a_line(step)))
		return;
	cert = earliest(tls);
	buf_init(&line, LINE_MAX_BYTES);
	buf_puts(&line, "certificate ");
	if (cert) {
		say_text(&line, cert->role, FACT_NAME_MAX);
		buf_puts(&line, " \"");
		say_text(&line, cert->subject, FACT_NAME_MAX);
		buf_puts(&line, "\" ");
	}
	if (cert || tls->n_certs)
		say_expires(&line, tls->days);
	else
		buf_puts(&line, "was not seen");
	say_trust(&line, tls);
	tell(t, FACT_CERTIFICATE, tls->days < 0 || !tls->trusted, &line);
}

static void tell_body(struct facts *t, const struct step_result *step)
{
	struct buf line;

	if (*step->excerpt && !step_held(step)) {
		buf_init(&line, LINE_MAX_BYTES);
		buf_puts(&line, "body: ");
		say_text(&line, step->excerpt, FACT_EXCERPT_MAX);
		tell(t, FACT_EXCERPT, false, &line);
	}
	if (*step->request_id) {
		buf_init(&line, LINE_MAX_BYTES);
		buf_puts(&line, "request id: ");
		say_text(&line, step->request_id, FACT_NAME_MAX);
		tell(t, FACT_REQUEST_ID, false, &line);
	}
	if (step->unverified) {
		buf_init(&line, LINE_MAX_BYTES);
		buf_puts(&line, "certificates were not verified");
		tell(t, FACT_NOTE, true, &line);
	}
}

static void tell_pair(struct facts *t, enum fact_kind kind, const char *what,
		      const char *name, const char *value)
{
	struct buf line;

	buf_init(&line, LINE_MAX_BYTES);
	buf_puts(&line, what);
	say_text(&line, name, FACT_NAME_MAX);
	buf_puts(&line, ": ");
	say_text(&line, value, FACT_VALUE_MAX);
	tell(t, kind, false, &line);
}

static void say_kept(const struct kept *k, struct buf *out)
{
	if (k->kind == SERIES_TEXT) {
		say_text(out, k->text, FACT_VALUE_MAX);
		return;
	}
	if (k->kind == SERIES_BUCKET || k->kind == SERIES_QUANTILE) {
		buf_puts(out, k->kind == SERIES_BUCKET ? "le " : "quantile ");
		if (isinf(k->bound))
			buf_puts(out, "+Inf");
		else
			unit_print_number(out, k->bound);
		buf_puts(out, ": ");
	}
	unit_print_number(out, k->value);
}

static void tell_kept(struct facts *t, const struct step_result *step)
{
	for (size_t i = 0; i < rows(step->n_kept); i++) {
		const struct kept *k = &step->kept[i];
		struct buf line;

		buf_init(&line, LINE_MAX_BYTES);
		buf_puts(&line, "kept ");
		say_text(&line, k->name, FACT_NAME_MAX);
		say_text(&line, k->labels, FACT_VALUE_MAX);
		buf_puts(&line, ": ");
		say_kept(k, &line);
		tell(t, FACT_KEPT, false, &line);
	}
	tell_rest(t, step->n_kept);
}

static void tell_details(struct facts *t, const struct step_result *step)
{
	for (size_t i = 0; i < rows(step->n_headers); i++)
		tell_pair(t, FACT_HEADER, "header ", step->headers[i].name,
			  step->headers[i].value);
	tell_rest(t, step->n_headers);
	for (size_t i = 0; i < rows(step->n_captures); i++)
		tell_pair(t, FACT_CAPTURE, "captured ", step->captures[i].name,
			  step->captures[i].value);
	tell_rest(t, step->n_captures);
}

void facts_step(struct facts *t, const struct step_result *step)
{
	tell_step(t, step);
	tell_message(t, step);
	tell_expectations(t, step);
	tell_request(t, step);
	tell_hops(t, step);
	tell_times(t, step);
	tell_tls(t, step);
	tell_body(t, step);
	if (t->all)
		tell_details(t, step);
	if (t->all || t->kept)
		tell_kept(t, step);
}

void facts_attempts(struct facts *t, const struct check_result *check)
{
	size_t before = check->n_attempts ? check->n_attempts - 1 : 0;

	for (size_t i = 0; i < rows(before); i++) {
		const struct attempt *at = &check->attempts[i];
		struct buf line;

		buf_init(&line, LINE_MAX_BYTES);
		buf_printf(&line, "attempt %" PRIu64 " of %zu: %s after ",
			   at->number, check->n_attempts,
			   outcome_name(at->outcome));
		unit_human_duration(&line, at->total_ns);
		if (*at->message) {
			buf_puts(&line, ": ");
			say_text(&line, at->message, FACT_MESSAGE_MAX);
		}
		tell(t, FACT_ATTEMPT, true, &line);
	}
	tell_rest(t, before);
}

static void tell_skipped(struct facts *t, size_t n)
{
	struct buf line;

	if (!n)
		return;
	buf_init(&line, LINE_MAX_BYTES);
	say_count(&line, n, "later step");
	buf_puts(&line, n == 1 ? " was skipped" : " were skipped");
	tell(t, FACT_NOTE, false, &line);
}

void facts_check(struct facts *t, const struct check_result *check)
{
	const struct attempt *at = check_deciding(check);
	size_t skipped = 0;
	size_t told = 0;

	for (size_t i = 0; at && i < at->n_steps; i++) {
		const struct step_result *step = &at->steps[i];

		if (step->outcome == OUTCOME_SKIPPED) {
			skipped++;
			continue;
		}
		if ((t->all || !step_held(step)) && told++ < FACT_ROWS_MAX)
			facts_step(t, step);
	}
	tell_rest(t, told);
	tell_skipped(t, skipped);
	facts_attempts(t, check);
}
