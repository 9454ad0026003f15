/* SPDX-License-Identifier: MIT */
#include <inttypes.h>

#include "report/alerts/round.h"
#include "report/publish/publish.h"
#include "report/result/stamp.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"
#include "scenarios/json/json.h"

enum { STAMP_DIGITS = 3 };

/* ---- members ------------------------------------------------------------- */

/* "key": with the comma before it, where there is one. */
static void key(struct buf *out, const char *name)
{
	char last = out->len ? out->text[out->len - 1] : '{';

	if (last != '{' && last != '[')
		buf_putc(out, ',');
	buf_printf(out, "\"%s\":", name);
}

static void text(struct buf *out, const char *name, const char *value)
{
	key(out, name);
	json_escape_str(out, value);
}

static void number(struct buf *out, const char *name, uint64_t value)
{
	key(out, name);
	buf_printf(out, "%" PRIu64, value);
}

static void when(struct buf *out, const char *name, uint64_t at_ns)
{
	key(out, name);
	if (!at_ns) {
		buf_puts(out, "null");
		return;
	}
	buf_putc(out, '"');
	stamp_print_ns(out, at_ns, STAMP_DIGITS);
	buf_putc(out, '"');
}

static void millis(struct buf *out, const char *name, uint64_t ns)
{
	key(out, name);
	json_print_number(out, (double)(ns / UNIT_NS_PER_US) / 1e3);
}

static void open_item(struct buf *out)
{
	if (out->text[out->len - 1] != '[')
		buf_putc(out, ',');
	buf_putc(out, '{');
}

/* ---- texts ------------------------------------------------------------------ */

static void count_checks(struct buf *out, const struct published *p)
{
	uint64_t n[3] = { 0 };

	for (size_t i = 0; i < p->n; i++)
		n[standing_status(&p->checks[i])]++;
	key(out, "checks");
	buf_putc(out, '{');
	number(out, "total", p->n);
	for (size_t i = 0; i < 3; i++)
		number(out, published_status_names[i], n[i]);
	buf_putc(out, '}');
}

bool publish_status(const struct published *p, struct buf *out)
{
	uint64_t firing = 0;

	for (size_t i = 0; i < p->n_alerts; i++)
		firing += p->alerts[i].phase == ALERT_FIRING;
	buf_putc(out, '{');
	text(out, "api_status", published_status_names[published_status(p)]);
	when(out, "last_run", published_last_run(p));
	if (p->has_errors_24h) {
		number(out, "errors_24h", p->errors_24h);
	} else {
		key(out, "errors_24h");
		buf_puts(out, "null");
	}
	text(out, "name", p->name);
	if (p->environment[0])
		text(out, "environment", p->environment);
	count_checks(out, p);
	number(out, "alerts_firing", firing);
	text(out, "version", p->version);
	when(out, "generated", p->now_at_ns);
	buf_puts(out, "}\n");
	return buf_ok(out);
}

static void put_answer(struct buf *out, const struct standing *s)
{
	if (s->target[0])
		text(out, "target", s->target);
	if (s->is_http && s->status)
		number(out, "status_code", (uint64_t)s->status);
	if (s->cert_expires_s > 0)
		when(out, "certificate_expires",
		     (uint64_t)s->cert_expires_s * UNIT_NS_PER_S);
}

static void put_check(struct buf *out, const struct standing *s)
{
	open_item(out);
	text(out, "name", s->name);
	text(out, "status", published_status_names[standing_status(s)]);
	text(out, "verdict",
	     s->is_known ? verdict_name(s->verdict) : "unknown");
	text(out, "severity", severity_name(s->severity));
	if (s->is_known) {
		text(out, "outcome", outcome_name(s->outcome));
		text(out, "message", s->message);
		number(out, "attempts", s->attempts);
		millis(out, "duration_ms", s->total_ns);
		put_answer(out, s);
	}
	when(out, "since", s->since_at_ns);
	when(out, "last_run", s->ended_at_ns);
	if (s->every_ns) {
		key(out, "every");
		buf_putc(out, '"');
		unit_print_duration(out, s->every_ns);
		buf_putc(out, '"');
		number(out, "runs", s->n_runs);
		number(out, "failed_runs", s->n_failed);
		number(out, "missed_slots", s->n_missed);
		number(out, "backoff_slots", s->backoff ? s->backoff : 1);
	}
	buf_putc(out, '}');
}

bool publish_checks(const struct published *p, struct buf *out)
{
	buf_puts(out, "{\"checks\":[");
	for (size_t i = 0; i < p->n; i++)
		put_check(out, &p->checks[i]);
	buf_puts(out, "]");
	when(out, "generated", p->now_at_ns);
	buf_puts(out, "}\n");
	return buf_ok(out);
}

static const char *const phase_words[ALERT_PHASE_N] = {
	[ALERT_QUIET] = "quiet",
	[ALERT_PENDING] = "pending",
	[ALERT_FIRING] = "firing",
	[ALERT_FLAPPING] = "flapping",
};

bool publish_alerts(const struct published *p, struct buf *out)
{
	buf_puts(out, "{\"alerts\":[");
	for (size_t i = 0; i < p->n_alerts; i++) {
		const struct alert_standing *a = &p->alerts[i];

		open_item(out);
		text(out, "rule", a->rule);
		text(out, "check", a->check);
		text(out, "phase", phase_words[a->phase]);
		text(out, "severity", severity_name(a->severity));
		when(out, "since", a->since_at_ns);
		text(out, "message", a->message ? a->message : "");
		text(out, "silenced_by", a->silenced_by ? a->silenced_by : "");
		text(out, "acknowledged_by",
		     a->acknowledged_by ? a->acknowledged_by : "");
		buf_putc(out, '}');
	}
	buf_puts(out, "]");
	when(out, "generated", p->now_at_ns);
	buf_puts(out, "}\n");
	return buf_ok(out);
}
