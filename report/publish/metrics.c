/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "report/publish/publish.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

static double seconds(uint64_t ns)
{
	return (double)ns / (double)UNIT_NS_PER_S;
}

/* ---- labels ----------------------------------------------------------------- */

static void put_escaped(struct buf *out, const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len;) {
		uint32_t code = 0;
		size_t n = text_utf8_next(text + i, len - i, &code);

		if (n == 0)
			text_utf8_put(out, UINT32_MAX); /* U+FFFD */
		else if (code == '\n')
			buf_puts(out, "\\n");
		else if (code == '"' || code == '\\')
			buf_printf(out, "\\%c", (char)code);
		else
			buf_add(out, text + i, n);
		i += n ? n : 1;
	}
}

static void put_value(struct buf *out, double value)
{
	buf_putc(out, ' ');
	unit_print_number(out, value);
	buf_putc(out, '\n');
}

/* label and text: one more label, or NULL */
static void put_sample(struct buf *out, const char *name, const char *check,
		       const char *label, const char *text, double value)
{
	buf_puts(out, name);
	if (check || label)
		buf_putc(out, '{');
	if (check) {
		buf_puts(out, "check=\"");
		put_escaped(out, check);
		buf_putc(out, '"');
	}
	if (label) {
		buf_printf(out, "%s%s=\"", check ? "," : "", label);
		put_escaped(out, text);
		buf_putc(out, '"');
	}
	if (check || label)
		buf_putc(out, '}');
	put_value(out, value);
}

static void put_head(struct buf *out, const char *name, const char *type,
		     const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* ---- one row a metric of a check ---------------------------------------------- */

static bool of_known(const struct standing *s)
{
	return s->is_known;
}

static bool of_http(const struct standing *s)
{
	return s->is_known && s->is_http;
}

static bool of_cert(const struct standing *s)
{
	return s->cert_expires_s != 0;
}

static bool of_network(const struct standing *s)
{
	return s->ip != 0;
}

static bool of_any(const struct standing *s)
{
	(void)s;
	return true;
}

static bool of_schedule(const struct standing *s)
{
	return s->every_ns > 0;
}

#define VALUE(name, expression)                      \
	static double name(const struct standing *s) \
	{                                            \
		return (double)(expression);         \
	}
VALUE(success, s->verdict == VERDICT_OK || s->verdict == VERDICT_FLAKY ||
		       s->verdict == VERDICT_SKIPPED)
VALUE(duration, seconds(s->total_ns))
VALUE(dns_time, seconds(s->phases.ns[PHASE_DNS]))
VALUE(status, s->status)
VALUE(uses_ssl, s->is_encrypted)
VALUE(redirects, s->redirects)
VALUE(version, s->http_version)
VALUE(body, s->body_bytes)
VALUE(ip, s->ip)
VALUE(expiry, s->cert_expires_s)
VALUE(last_run, seconds(s->ended_at_ns))
VALUE(attempts, s->attempts)
VALUE(runs, s->n_runs)
VALUE(failed_runs, s->n_failed)
VALUE(missed, s->n_missed)
VALUE(interval, seconds(s->every_ns))
VALUE(backoff, s->backoff ? s->backoff : 1)

static const struct row {
	const char *name, *type, *help;
	bool (*has)(const struct standing *s);
	double (*value)(const struct standing *s);
} rows[] = {
	{ "probe_success", "gauge",
	  "Whether the last run of the check was ok, after its retries",
	  of_known, success },
	{ "probe_duration_seconds", "gauge",
	  "How long the attempt took that decided the last run", of_known,
	  duration },
	{ "probe_dns_lookup_time_seconds", "gauge",
	  "Time of name resolution in that attempt", of_network, dns_time },
	{ "probe_http_status_code", "gauge", "Status of the last answer",
	  of_http, status },
	{ "probe_http_ssl", "gauge", "Whether TLS was used", of_http,
	  uses_ssl },
	{ "probe_http_redirects", "gauge", "Redirects that were followed",
	  of_http, redirects },
	{ "probe_http_version", "gauge", "Version of HTTP of the last answer",
	  of_http, version },
	{ "probe_http_uncompressed_body_length", "gauge",
	  "Bytes of the last body, decoded", of_http, body },
	{ "probe_ip_protocol", "gauge", "Version of IP, 4 or 6", of_network,
	  ip },
	{ "probe_ssl_earliest_cert_expiry", "gauge",
	  "When the first certificate of the chain expires, since 1970",
	  of_cert, expiry },
	{ "assay_check_last_run_timestamp_seconds", "gauge",
	  "When the last run of the check ended, since 1970", of_known,
	  last_run },
	{ "assay_check_attempts", "gauge", "Attempts of the last run", of_known,
	  attempts },
	{ "assay_check_runs_total", "counter", "Runs of the check", of_any,
	  runs },
	{ "assay_check_failed_runs_total", "counter",
	  "Runs of the check that failed", of_any, failed_runs },
	{ "assay_check_missed_slots_total", "counter",
	  "Times at which the check was due and did not start", of_any,
	  missed },
	{ "assay_check_interval_seconds", "gauge", "Interval of the check",
	  of_schedule, interval },
	{ "assay_check_backoff_slots", "gauge",
	  "Of how many due times one is used, as the target keeps timing out",
	  of_schedule, backoff },
};

static void put_row(struct buf *out, const struct row *r,
		    const struct published *p)
{
	bool has_head = false;

	for (size_t i = 0; i < p->n; i++) {
		const struct standing *s = &p->checks[i];

		if (!r->has(s))
			continue;
		if (!has_head)
			put_head(out, r->name, r->type, r->help);
		has_head = true;
		put_sample(out, r->name, s->name, NULL, NULL, r->value(s));
	}
}

/* ---- metrics with labels of their own ------------------------------------------ */

/* The phases as blackbox_exporter calls them. */
static const struct {
	const char *name;
	enum phase from, to; /* both included */
} http_phases[] = {
	{ "resolve", PHASE_DNS, PHASE_DNS },
	{ "connect", PHASE_CONNECT, PHASE_CONNECT },
	{ "tls", PHASE_TLS, PHASE_TLS },
	{ "processing", PHASE_SEND, PHASE_WAIT },
	{ "transfer", PHASE_RECEIVE, PHASE_RECEIVE },
};
enum { HTTP_PHASES_N = sizeof(http_phases) / sizeof(*http_phases) };

static void put_phases(struct buf *out, const struct published *p)
{
	static const char name[] = "probe_http_duration_seconds";
	bool has_head = false;

	for (size_t i = 0; i < p->n; i++) {
		const struct standing *s = &p->checks[i];

		if (!of_http(s))
			continue;
		if (!has_head)
			put_head(out, name, "gauge",
				 "Time of each phase of the requests of the "
				 "last run");
		has_head = true;
		for (size_t k = 0; k < HTTP_PHASES_N; k++) {
			uint64_t sum = 0;

			for (unsigned ph = http_phases[k].from;
			     ph <= (unsigned)http_phases[k].to; ph++)
				sum += s->phases.ns[ph];
			put_sample(out, name, s->name, "phase",
				   http_phases[k].name, seconds(sum));
		}
	}
}

static void put_tls_versions(struct buf *out, const struct published *p)
{
	bool has_head = false;

	for (size_t i = 0; i < p->n; i++) {
		const struct standing *s = &p->checks[i];

		if (!s->tls[0])
			continue;
		if (!has_head)
			put_head(out, "probe_tls_version_info", "gauge",
				 "Version of TLS that was used");
		has_head = true;
		put_sample(out, "probe_tls_version_info", s->name, "version",
			   s->tls, 1);
	}
}

static void put_verdicts(struct buf *out, const struct published *p)
{
	bool has_head = false;

	for (size_t i = 0; i < p->n; i++) {
		const struct standing *s = &p->checks[i];

		if (!s->is_known)
			continue;
		if (!has_head)
			put_head(out, "assay_check_verdict_info", "gauge",
				 "Verdict of the last run");
		has_head = true;
		put_sample(out, "assay_check_verdict_info", s->name, "verdict",
			   verdict_name(s->verdict), 1);
	}
}

/* ---- of ourselves ----------------------------------------------------------------- */

static void put_one(struct buf *out, const char *name, const char *type,
		    const char *help, double value)
{
	put_head(out, name, type, help);
	put_sample(out, name, NULL, NULL, NULL, value);
}

static void put_dropped(struct buf *out, const struct self_facts *f)
{
	static const char name[] = "assay_dropped_total";

	put_head(out, name, "counter",
		 "What was dropped because its queue was full");
	put_sample(out, name, NULL, "what", "results",
		   (double)f->dropped_results);
	put_sample(out, name, NULL, "what", "log_lines",
		   (double)f->log_dropped);
}

static void put_work(struct buf *out, const struct self_facts *f)
{
	put_one(out, "assay_loop_lag_seconds", "gauge",
		"Longest time for which the event loop was kept from its work",
		seconds(f->loop_lag_ns));
	put_one(out, "assay_late_starts_total", "counter",
		"Checks that started 50 ms late or later",
		(double)f->late_starts);
	put_one(out, "assay_late_start_max_seconds", "gauge",
		"The latest start so far", seconds(f->late_max_ns));
	put_one(out, "assay_missed_slots_total", "counter",
		"Due times of checks that went by unused",
		(double)f->missed_slots);
	put_one(out, "assay_checks_active", "gauge", "Checks under way",
		(double)f->active);
	put_one(out, "assay_checks_waiting", "gauge",
		"Checks that wait for a place", (double)f->waiting);
	put_one(out, "assay_queue_depth", "gauge",
		"Results on their way to the state file",
		(double)f->queue_depth);
	put_dropped(out, f);
	put_one(out, "assay_storage_failures_total", "counter",
		"Failed calls of the state file", (double)f->storage_failures);
}

static void put_rest(struct buf *out, const struct self_facts *f)
{
	put_one(out, "assay_alerts_firing", "gauge", "Alerts that fire",
		(double)f->alerts_firing);
	put_one(out, "assay_outbox_waiting", "gauge",
		"Notices that wait to be delivered", (double)f->outbox_waiting);
	put_one(out, "assay_notices_sent_total", "counter",
		"Notices that were delivered", (double)f->sent);
	put_one(out, "assay_notice_failures_total", "counter",
		"Attempts to deliver a notice that failed",
		(double)f->send_failures);
	if (f->state_bytes)
		put_one(out, "assay_state_bytes", "gauge",
			"Bytes of the state file and its log on the disk",
			(double)f->state_bytes);
	put_one(out, "assay_log_bytes_total", "counter",
		"Bytes written to the log", (double)f->log_bytes);
	put_one(out, "assay_config_last_reload_successful", "gauge",
		"Whether the newest reload of the scenario was taken",
		f->reload_ok ? 1 : 0);
	put_one(out, "assay_config_last_reload_success_timestamp_seconds",
		"gauge", "When the scenario in use was loaded, since 1970",
		seconds(f->reload_at_ns));
	put_one(out, "process_start_time_seconds", "gauge",
		"When the process started, since 1970",
		seconds(f->started_at_ns));
	put_one(out, "process_cpu_seconds_total", "counter",
		"CPU time, user and system", seconds(f->cpu_ns));
	put_one(out, "process_resident_memory_bytes", "gauge",
		"Resident memory", (double)f->rss_bytes);
}

bool publish_metrics(const struct published *p, struct buf *out)
{
	put_head(out, "assay_build_info", "gauge", "Version of assay");
	put_sample(out, "assay_build_info", NULL, "version", p->version, 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		put_row(out, &rows[i], p);
	put_phases(out, p);
	put_tls_versions(out, p);
	put_verdicts(out, p);
	if (p->self) {
		put_work(out, p->self);
		put_rest(out, p->self);
	}
	return buf_ok(out);
}
