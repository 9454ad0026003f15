/* SPDX-License-Identifier: MIT */
/* folder: scenarios */
/* The five systems that are shipped: each of their 38 alert rules says exactly
 * what their documents say, and only addresses come from the environment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "scenarios/alerts/alerts.h"
#include "scenarios/base/buf.h"
#include "scenarios/load.h"
#include "scenarios/template/template.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define MIN	   UINT64_C(60000000000)
#define HOUR	   (60 * MIN)
#define DAY	   (24 * HOUR)
#define ANY	   UINT64_MAX /* the document names none */

static struct errs problems, warnings;

static const char *environment(void *self, const char *name)
{
	const char *const *pair = self;

	return pair && !strcmp(pair[0], name) ? pair[1] : NULL;
}

static struct scenario *load(const char *name, const char *const *env)
{
	const struct load_options options = { .getenv = environment,
					      .self = (void *)env };
	char path[64];

	problems.n = problems.dropped = 0;
	warnings.n = warnings.dropped = 0;
	snprintf(path, sizeof(path), "scenarios/systems/%s.yaml", name);
	struct scenario *sc =
		scenario_load(path, &options, &problems, &warnings);
	const struct errs *es = problems.n ? &problems : &warnings;
	if (es->n)
		fail_msg("%s:%u:%u: %s", path, es->item[0].at.line,
			 es->item[0].at.col, es->item[0].text);
	assert_non_null(sc->alerts);
	return sc;
}

static const struct row {
	const char *id, *file, *rule;
	size_t tier;
	const char *when;
	unsigned severity;
	uint64_t cooldown_ns;
	const char *channel; /* that it goes to by name; NULL: by routing */
} rows[] = {
	/* FinanceHub: one bad status is enough */
	{ "FH17", "financehub", "api-down", 0, "consecutive(fail) >= 1",
	  CHECK_CRITICAL, ANY, NULL },
	{ "FH18", "financehub", "frontend-down", 0, "consecutive(fail) >= 1",
	  CHECK_CRITICAL, ANY, NULL },
	/* Clicky: eleven */
	{ "CF16", "clicky", "service-down", 0, "consecutive(fail) >= 3",
	  CHECK_CRITICAL, 5 * MIN, "telegram" },
	{ "CF29", "clicky", "service-down-api", 0, "consecutive(fail) >= 3",
	  CHECK_CRITICAL, 5 * MIN, "email" },
	{ "CF31", "clicky", "service-down-website", 0, "consecutive(fail) >= 3",
	  CHECK_CRITICAL, 5 * MIN, "email" },
	{ "CF17", "clicky", "high-error-rate", 0,
	  "count(status >= 500, 5m) > 10", CHECK_ERROR, 10 * MIN, NULL },
	{ "CF18", "clicky", "database-down", 0, "consecutive(fail) >= 1",
	  CHECK_CRITICAL, 5 * MIN, NULL },
	{ "CF19", "clicky", "redis-down", 0, "consecutive(fail) >= 1",
	  CHECK_ERROR, 5 * MIN, NULL },
	{ "CF20", "clicky", "deployment-failed", 0, "event(deploy) fails",
	  CHECK_ERROR, 0, NULL },
	{ "CF21", "clicky", "slow-response", 0, "p95(latency, 5m) > 2s for 5m",
	  CHECK_WARNING, 15 * MIN, NULL },
	{ "CF22", "clicky", "disk-space", 0, "value(disk) > 85%", CHECK_WARNING,
	  HOUR, NULL },
	{ "CF22", "clicky", "disk-space", 1, "value(disk) > 95%",
	  CHECK_CRITICAL, 15 * MIN, NULL },
	{ "CF23", "clicky", "backup-failed", 0, "event(backup) fails",
	  CHECK_ERROR, 0, NULL },
	{ "CF24", "clicky", "wp-sync-failed", 0,
	  "consecutive(fail, event: wp-sync) >= 3", CHECK_WARNING, HOUR, NULL },
	{ "CF25", "clicky", "certificate-expiry", 0, "cert_days() < 14",
	  CHECK_WARNING, DAY, NULL },
	/* AccrediTrack: thirteen */
	{ "AT9", "accreditrack", "not-200", 0, "consecutive(fail) >= 1",
	  CHECK_ERROR, ANY, NULL },
	{ "AT10", "accreditrack", "service-down", 0, "down_for() > 60s",
	  CHECK_CRITICAL, ANY, NULL },
	{ "AT11", "accreditrack", "error-ratio", 0,
	  "ratio(5xx, 5m) > 5% for 5m", CHECK_CRITICAL, ANY, NULL },
	{ "AT16", "accreditrack", "HighErrorRate", 0,
	  "rate(errors_5xx, 5m) > 0.05/s for 5m", CHECK_CRITICAL, ANY, NULL },
	{ "AT16", "accreditrack", "ServiceDown", 0, "down_for() > 60s",
	  CHECK_CRITICAL, ANY, NULL },
	{ "AT12", "accreditrack", "slow", 0, "p95(latency, 5m) > 2s for 10m",
	  CHECK_WARNING, ANY, NULL },
	{ "AT13", "accreditrack", "memory", 0, "value(memory) > 90%",
	  CHECK_CRITICAL, ANY, NULL },
	{ "AT13", "accreditrack", "disk", 0, "value(disk) > 85%",
	  CHECK_CRITICAL, ANY, NULL },
	{ "AT13", "accreditrack", "cpu", 0, "value(cpu) > 90% for 5m",
	  CHECK_CRITICAL, ANY, NULL },
	{ "AT14", "accreditrack", "pool-exhausted", 0,
	  "value(connections) >= value(max_connections)", CHECK_CRITICAL, ANY,
	  NULL },
	{ "AT14", "accreditrack", "slow-queries", 0,
	  "value(longest_query) > 1s", CHECK_WARNING, ANY, NULL },
	{ "AT14", "accreditrack", "replication-lag", 0,
	  "value(replication_lag) > 30s for 1m", CHECK_WARNING, ANY, NULL },
	{ "AT17", "accreditrack", "external-down", 0, "down_for() > 120s",
	  CHECK_CRITICAL, ANY, NULL },
	/* TUX: five */
	{ "TX10", "tux", "HighErrorRate", 0,
	  "rate(errors_5xx, 5m) > 0.1/s for 5m", CHECK_CRITICAL, ANY, NULL },
	{ "TX11", "tux", "SlowResponseTimes", 0, "p95(duration) > 2s for 5m",
	  CHECK_WARNING, ANY, NULL },
	{ "TX12", "tux", "PropagationJobFailures", 0,
	  "rate(propagation_failed, 10m) > 0.05/s for 5m", CHECK_WARNING, ANY,
	  NULL },
	{ "TX13", "tux", "DatabaseConnectionIssues", 0, "down_for() > 120s",
	  CHECK_CRITICAL, ANY, NULL },
	{ "TX14", "tux", "HighMemoryUsage", 0, "value(rss) > 512MiB for 10m",
	  CHECK_WARNING, ANY, NULL },
	/* DermAI: seven */
	{ "DA9", "dermai", "error-rate", 0, "ratio(errors, 5m) > 5%",
	  CHECK_CRITICAL, ANY, NULL },
	{ "DA10", "dermai", "response-time", 0, "p95(latency, 5m) > 2s",
	  CHECK_CRITICAL, ANY, NULL },
	{ "DA11", "dermai", "cpu", 0, "value(cpu) > 80%", CHECK_CRITICAL, ANY,
	  NULL },
	{ "DA11", "dermai", "memory", 0, "value(memory) > 85%", CHECK_CRITICAL,
	  ANY, NULL },
	{ "DA11", "dermai", "disk", 0, "value(disk) > 90%", CHECK_CRITICAL, ANY,
	  NULL },
	{ "DA12", "dermai", "pool-exhausted", 0,
	  "value(checkedout) >= value(pool_size)", CHECK_CRITICAL, ANY, NULL },
	{ "DA13", "dermai", "backup-failed", 0, "event(backup) fails",
	  CHECK_CRITICAL, 0, NULL },
};

static const struct alert_rule *rule_find(const struct alerts *a,
					  const char *name)
{
	for (size_t i = 0; i < a->n_rules; i++)
		if (!strcmp(a->rules[i].name, name))
			return &a->rules[i];
	return NULL;
}

static bool goes_to(const struct alerts *a, const struct alert_rule *r,
		    const char *channel)
{
	for (size_t i = 0; i < r->n_channels; i++)
		if (!strcmp(a->channels[r->channels[i]].name, channel))
			return true;
	return false;
}

static void row_check(const struct row *row)
{
	struct scenario *sc = load(row->file, NULL);
	const struct alert_rule *r = rule_find(sc->alerts, row->rule);

	if (!r || row->tier >= r->n_tiers)
		fail_msg("%s: %s has no rule \"%s\"", row->id, row->file,
			 row->rule);
	const struct alert_tier *t = &r->tiers[row->tier];
	if (strcmp(t->when.text, row->when) != 0)
		fail_msg("%s: %s", row->id, t->when.text);
	if (t->severity != row->severity || t->is_severity_of_check)
		fail_msg("%s: another severity", row->id);
	if (row->cooldown_ns != ANY && t->cooldown_ns != row->cooldown_ns)
		fail_msg("%s: another cooldown", row->id);
	if (row->channel && !goes_to(sc->alerts, r, row->channel))
		fail_msg("%s: not to %s", row->id, row->channel);
	if (!r->is_global && !r->n_checks)
		fail_msg("%s: about no check", row->id);
	scenario_free(sc);
}

static void each_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++)
		row_check(&rows[i]);
	/* CF16 stands three times, for the routing of CF29 to CF32 */
	assert_int_equal(LEN(rows), 38 + 2 + 0);
}

/* What asks first, with and without the variable. */
static const char *first_url(const struct scenario *sc, const char *check)
{
	for (size_t i = 0; i < sc->n_checks; i++)
		if (!strcmp(sc->checks[i].name, check)) {
			const struct http_ask *ask =
				sc->checks[i].steps.item[0].spec;
			return template_text(ask->url, NULL);
		}
	return "";
}

static void addresses(void **state)
{
	static const struct {
		const char *id, *file, *check, *url;
		const char *env[2];
		const char *other;
	} at[] = {
		{ "FH17",
		  "financehub",
		  "api",
		  "https://api.financehub.com/health/",
		  { "FINANCEHUB_API", "http://localhost:8000" },
		  "http://localhost:8000/health/" },
		{ "FH18",
		  "financehub",
		  "frontend",
		  "https://financehub.com/",
		  { "FINANCEHUB_SITE", "http://localhost:3000" },
		  "http://localhost:3000/" },
		{ "CF29",
		  "clicky",
		  "api-health",
		  "https://api.clicky.or.id/health",
		  { "CLICKY_API", "http://localhost:1" },
		  "http://localhost:1/health" },
		{ "CF30",
		  "clicky",
		  "api-ready",
		  "https://api.clicky.or.id/health/ready",
		  { "CLICKY_API", "http://localhost:1" },
		  "http://localhost:1/health/ready" },
		{ "CF31",
		  "clicky",
		  "website",
		  "https://www.sahabatkhairat.or.id",
		  { "CLICKY_SITE", "http://localhost:1" },
		  "http://localhost:1" },
		{ "CF32",
		  "clicky",
		  "storage",
		  "https://storage.clicky.or.id",
		  { "CLICKY_STORAGE", "http://localhost:1" },
		  "http://localhost:1" },
		{ "AT17",
		  "accreditrack",
		  "uptime",
		  "https://your-domain.com/health/",
		  { "ACCREDITRACK_URL", "http://localhost:1" },
		  "http://localhost:1/health/" },
		{ "TX23",
		  "tux",
		  "health",
		  "http://localhost:8000/api/v1/health/",
		  { "TUX_BASE", "http://localhost:1" },
		  "http://localhost:1/api/v1/health/" },
		{ "DA4",
		  "dermai",
		  "system",
		  "http://localhost:8000/health/system",
		  { "DERMAI_API", "http://localhost:1" },
		  "http://localhost:1/health/system" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(at); i++) {
		struct scenario *sc = load(at[i].file, NULL);
		assert_string_equal(first_url(sc, at[i].check), at[i].url);
		scenario_free(sc);
		sc = load(at[i].file, at[i].env);
		assert_string_equal(first_url(sc, at[i].check), at[i].other);
		scenario_free(sc);
	}
}

/* A failure of so long is seen inside one run: tries and pauses outlast it. */
static void one_run_sees_it(void **state)
{
	static const struct {
		const char *id, *file, *check;
		uint64_t ns;
	} at[] = {
		{ "AT17", "accreditrack", "uptime", 2 * MIN },
		{ "TX13", "tux", "health", 2 * MIN },
	};

	(void)state;
	for (size_t i = 0; i < LEN(at); i++) {
		struct scenario *sc = load(at[i].file, NULL);
		for (size_t k = 0; k < sc->n_checks; k++) {
			const struct check *c = &sc->checks[k];
			if (!strcmp(c->name, at[i].check) &&
			    (c->retries.attempts - 1) * c->retries.every_ns <=
				    at[i].ns)
				fail_msg("%s: too short", at[i].id);
		}
		scenario_free(sc);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_rule),
		cmocka_unit_test(addresses),
		cmocka_unit_test(one_run_sees_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
