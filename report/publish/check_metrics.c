/* SPDX-License-Identifier: MIT */
#include "report/publish/check_metrics.h"

#include "report/publish/standing.h"
#include "scenarios/base/units.h"

static double seconds(uint64_t ns)
{
	return (double)ns / (double)UNIT_NS_PER_S;
}

/* ---- which checks have it, and its value ---------------------------------- */

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

/* ---- metrics with labels of their own --------------------------------------- */

static bool of_tls(const struct standing *s)
{
	return s->tls[0] != '\0';
}

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

_Static_assert(sizeof(http_phases) / sizeof(*http_phases) <= CHECK_SAMPLES_MAX,
	       "one sample a phase");

static size_t phases(const struct standing *s,
		     struct check_sample out[CHECK_SAMPLES_MAX])
{
	for (size_t k = 0; k < HTTP_PHASES_N; k++) {
		uint64_t sum = 0;

		for (unsigned ph = http_phases[k].from;
		     ph <= (unsigned)http_phases[k].to; ph++)
			sum += s->phases.ns[ph];
		out[k] = (struct check_sample){ "phase", http_phases[k].name,
						seconds(sum) };
	}
	return HTTP_PHASES_N;
}

static size_t tls_version(const struct standing *s,
			  struct check_sample out[CHECK_SAMPLES_MAX])
{
	out[0] = (struct check_sample){ "version", s->tls, 1 };
	return 1;
}

static size_t verdict(const struct standing *s,
		      struct check_sample out[CHECK_SAMPLES_MAX])
{
	out[0] =
		(struct check_sample){ "verdict", verdict_name(s->verdict), 1 };
	return 1;
}

/* ---- the rows ----------------------------------------------------------------- */

const struct check_metric check_metrics[] = {
	{ NAME_PROBE_SUCCESS, false, of_known, success, NULL },
	{ NAME_PROBE_DURATION, false, of_known, duration, NULL },
	{ NAME_PROBE_DNS, false, of_network, dns_time, NULL },
	{ NAME_PROBE_STATUS, false, of_http, status, NULL },
	{ NAME_PROBE_SSL, false, of_http, uses_ssl, NULL },
	{ NAME_PROBE_REDIRECTS, false, of_http, redirects, NULL },
	{ NAME_PROBE_VERSION, false, of_http, version, NULL },
	{ NAME_PROBE_BODY, false, of_http, body, NULL },
	{ NAME_PROBE_IP, false, of_network, ip, NULL },
	{ NAME_PROBE_EXPIRY, false, of_cert, expiry, NULL },
	{ NAME_CHECK_LAST_RUN, false, of_known, last_run, NULL },
	{ NAME_CHECK_ATTEMPTS, false, of_known, attempts, NULL },
	{ NAME_CHECK_RUNS, true, of_any, runs, NULL },
	{ NAME_CHECK_FAILED_RUNS, true, of_any, failed_runs, NULL },
	{ NAME_CHECK_MISSED, true, of_any, missed, NULL },
	{ NAME_CHECK_INTERVAL, true, of_schedule, interval, NULL },
	{ NAME_CHECK_BACKOFF, true, of_schedule, backoff, NULL },
	{ NAME_PROBE_PHASES, false, of_http, NULL, phases },
	{ NAME_PROBE_TLS, false, of_tls, NULL, tls_version },
	{ NAME_CHECK_VERDICT, false, of_known, NULL, verdict },
};
const size_t check_metrics_n = sizeof(check_metrics) / sizeof(*check_metrics);

size_t check_metric_samples(const struct check_metric *row,
			    const struct standing *s,
			    struct check_sample out[CHECK_SAMPLES_MAX])
{
	if (!row->has(s))
		return 0;
	if (!row->value)
		return row->samples(s, out);
	out[0] = (struct check_sample){ NULL, NULL, row->value(s) };
	return 1;
}
