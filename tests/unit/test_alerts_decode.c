/* SPDX-License-Identifier: MIT */
/* folder: scenarios */
/* alerts: as it is decoded, and every mistake in it with its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scenarios/alerts/alerts.h"
#include "scenarios/base/buf.h"
#include "scenarios/load.h"
#include "scenarios/template/template.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define S	   UINT64_C(1000000000)
#define MIN	   (60 * S)
#define HOUR	   (60 * MIN)
#define OPS	   "  channels: { ops: { telegram: 5 } }\n"

static struct errs problems, warnings;

static const char *no_env(void *self, const char *name)
{
	(void)self;
	if (!strcmp(name, "TELEGRAM_CHAT_ID"))
		return "-100";
	return !strcmp(name, "SMTP_HOST") ? "mail.example.org" : NULL;
}

/* Checks that rules can be about: a keeps nothing, b has a certificate. */
static const char checks[] = "secrets: [{ name: KEY, env: KEY }]\n"
			     "checks:\n"
			     "  a:\n"
			     "    severity: critical\n"
			     "    tags: [core]\n"
			     "    every: 30s\n"
			     "    steps:\n"
			     "      - get: http://127.0.0.1:1/\n"
			     "        expect: { status: 200 }\n"
			     "        capture: { version: { json: $.v } }\n"
			     "  b:\n"
			     "    depends_on: a\n"
			     "    severity: warning\n"
			     "    steps:\n"
			     "      - tls: x:443\n"
			     "alerts:\n";
enum { ALERTS_LINE = 17 };

/* The text stands below "alerts:". */
static struct scenario *load(const char *text)
{
	static const struct load_options options = { .getenv = no_env };
	struct buf whole;

	problems.n = problems.dropped = 0;
	warnings.n = warnings.dropped = 0;
	buf_init(&whole, BUF_NO_LIMIT);
	buf_printf(&whole, "%s%s", checks, text);
	struct scenario *sc =
		scenario_load_text("t.yaml", whole.text, whole.len, &options,
				   &problems, &warnings);
	buf_release(&whole);
	return sc;
}

static struct scenario *good(const char *text)
{
	struct scenario *sc = load(text);

	if (problems.n)
		fail_msg("%s\n%u:%u: %s", text, problems.item[0].at.line,
			 problems.item[0].at.col, problems.item[0].text);
	assert_non_null(sc->alerts);
	return sc;
}

static const char *setting(const struct alert_channel *c, const char *name)
{
	const struct channel_setting *s = channel_setting(c, name);

	assert_non_null(s);
	return template_text(s->value, NULL);
}

static void channels(void **state)
{
	struct scenario *sc = good(
		"  channels:\n"
		"    ops: { telegram: {}, severities: [critical, error] }\n"
		"    team: { email: [a@example.org, b@example.org], batch: "
		"1h,\n"
		"            digest: true, expires: 2h, checks: a, tags: core "
		"}\n"
		"    chat: { slack: '${secret.KEY}', hours: { from: '22:00',\n"
		"            until: '06:00', days: [mon-fri], time_zone: "
		"Asia/Jakarta } }\n"
		"    page: { exec: { command: [/bin/x, -n], env: { A: '1' } } "
		"}\n"
		"    hook: { webhook: { url: http://x/, headers: { X-Key: "
		"'${secret.KEY}' } } }\n"
		"  digest: { at: '08:00' }\n"
		"  heartbeat_url: http://x/${secret.KEY}\n");
	const struct alerts *a = sc->alerts;
	const struct alert_channel *c = a->channels;

	(void)state;
	assert_int_equal(a->n_channels, 5);
	assert_int_equal(c[0].kind, CHANNEL_TELEGRAM);
	assert_string_equal(setting(&c[0], "chat"), "-100");
	assert_int_equal(c[0].severities,
			 1U << CHECK_CRITICAL | 1U << CHECK_ERROR);
	assert_int_equal(c[0].expires_ns, 24 * HOUR);
	/* the token is a secret that nobody declared */
	const struct template *token = channel_setting(&c[0], "token")->value;
	assert_false(template_is_static(token));
	assert_true(template_uses_secret(token));
	assert_int_equal(sc->n_secrets, 3);
	assert_string_equal(sc->secrets[1].name, "TELEGRAM_BOT_TOKEN");
	assert_true(sc->secrets[1].is_optional);
	assert_int_equal(a->n_slots, 3);
	assert_string_equal(a->slots[1].name, "TELEGRAM_BOT_TOKEN");

	assert_string_equal(setting(&c[1], "to"), "a@example.org");
	assert_string_equal(template_text(c[1].settings[1].value, NULL),
			    "b@example.org");
	assert_string_equal(setting(&c[1], "server"),
			    "smtp://mail.example.org:587");
	assert_string_equal(setting(&c[1], "tls"), "required");
	assert_true(c[1].gets_digest);
	assert_int_equal(c[1].batch_ns, HOUR);
	assert_int_equal(c[1].n_checks, 1);
	assert_string_equal(c[1].tags[0], "core");

	assert_true(c[2].hours.is_set);
	assert_int_equal(c[2].hours.days, 0x3e);
	assert_non_null(c[2].hours.zone);
	assert_string_equal(setting(&c[3], "command"), "/bin/x");
	assert_string_equal(setting(&c[3], "env"), "A=1");
	assert_string_equal(setting(&c[3], "timeout"), "30s");
	assert_false(
		template_is_static(channel_setting(&c[4], "headers")->value));
	assert_null(channel_setting(&c[4], "chat"));
	assert_int_equal(a->digest.minute, 480);
	assert_true(template_uses_secret(a->heartbeat_url));
	scenario_free(sc);
}

static void every_kind(void **state)
{
	static const char *const rows[] = {
		"telegram:",   "email: a@b",	     "slack:",
		"pagerduty:",  "sms: '+49'",	     "teams:",
		"discord:",    "webhook: http://x/", "alertmanager: http://x/",
		"github: a/b", "exec: /bin/true",
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct buf text;
		buf_init(&text, BUF_NO_LIMIT);
		buf_printf(&text, "  channels:\n    c:\n      %s\n", rows[i]);
		struct scenario *sc = good(text.text);
		assert_int_equal(sc->alerts->channels[0].kind, i);
		scenario_free(sc);
		buf_release(&text);
	}
}

static void rules(void **state)
{
	struct scenario *sc = good(
		"  channels: { ops: { telegram: 5 }, team: { email: a@b } }\n"
		"  heartbeats: { backup: { every: 24h, grace: 1h } }\n"
		"  rules:\n"
		"    down: { when: consecutive(fail) >= 3, on: a, cooldown: 5m "
		"}\n"
		"    slow: { when: 'p95(latency, 5m) > 2s for 5m', tags: "
		"core,\n"
		"            severity: warning, min_samples: 20, channels: "
		"[team],\n"
		"            depends_on: [down], remind: 1h, recover: 2, "
		"quorum: 2,\n"
		"            resolved: false, escalate: { after: 15m, to: "
		"[ops] } }\n"
		"    cert: { when: cert_days() < 14 }\n"
		"    deploy: { when: event(deploy) fails, severity: error }\n"
		"    late: { when: missing(backup) }\n"
		"    new: { when: changed(version), severity: info }\n"
		"    errors: { tiers: [{ when: 'count(5xx, 5m) > 10', "
		"severity: error },\n"
		"              { when: 'ratio(5xx, 1h) > 50%', severity: "
		"critical, cooldown: 1m }] }\n");
	const struct alerts *a = sc->alerts;
	const struct alert_rule *r = a->rules;

	(void)state;
	assert_int_equal(a->n_rules, 7);
	assert_int_equal(r[0].n_checks, 1);
	assert_true(r[0].has_cooldown && r[0].tells_resolved);
	assert_int_equal(r[0].tiers[0].cooldown_ns, 5 * MIN);
	assert_int_equal(r[0].tiers[0].severity, CHECK_CRITICAL);
	assert_true(r[0].tiers[0].is_severity_of_check);

	assert_int_equal(r[1].n_checks, 1);
	assert_int_equal(r[1].tiers[0].severity, CHECK_WARNING);
	assert_false(r[1].tiers[0].is_severity_of_check || r[1].has_cooldown ||
		     r[1].tells_resolved);
	assert_int_equal(r[1].min_samples, 20);
	assert_int_equal(r[1].channels[0], 1);
	assert_int_equal(r[1].depends_on[0], 0);
	assert_int_equal(r[1].escalate_to[0], 0);
	assert_int_equal(r[1].escalate_after_ns, 15 * MIN);

	/* all checks, as each may have one */
	assert_int_equal(r[2].n_checks, 2);
	assert_int_equal(r[2].tiers[0].cooldown_ns, 24 * HOUR);
	assert_true(r[3].is_global);
	assert_int_equal(r[3].tiers[0].cooldown_ns, 0);
	assert_int_equal(r[4].tiers[0].severity, CHECK_ERROR);
	/* only the check that captures it */
	assert_int_equal(r[5].n_checks, 1);
	assert_int_equal(r[5].checks[0], 0);
	assert_int_equal(r[6].n_tiers, 2);
	assert_int_equal(r[6].tiers[1].cooldown_ns, MIN);
	assert_int_equal(a->reach_ns, HOUR);
	assert_int_equal(sc->checks[1].n_depends_on, 1);
	scenario_free(sc);
}

static void builtin(void **state)
{
	struct scenario *sc = good("  channels: { ops: { telegram: 5 } }\n");
	const struct alert_rule *r = sc->alerts->rules;

	(void)state;
	assert_int_equal(sc->alerts->n_rules, 1);
	assert_string_equal(r->name, "down");
	assert_true(r->is_builtin);
	assert_int_equal(r->n_checks, 2);
	assert_int_equal(r->tiers[0].when.kind, CONDITION_CONSECUTIVE);
	assert_true(r->tiers[0].is_severity_of_check);
	scenario_free(sc);
	/* with neither there is nothing to tell */
	sc = good("  group: 30s\n");
	assert_int_equal(sc->alerts->n_rules, 0);
	scenario_free(sc);
}

static void maintenance(void **state)
{
	struct scenario *sc =
		good("  maintenance:\n"
		     "    - { cron: '0 2 * * sun', for: 2h, time_zone: "
		     "Asia/Jakarta }\n"
		     "    - { name: move, from: 2026-12-24T22:00, until: "
		     "2026-12-25T02:00,\n"
		     "        time_zone: Asia/Jakarta, checks: [a] }\n"
		     "    - { from: 2026-12-24T22:00:00+07:00, for: 90m }\n"
		     "    - { from: 2026-12-24 15:00Z, for: 1h }\n");
	const struct alert_window *w = sc->alerts->windows;

	(void)state;
	assert_int_equal(sc->alerts->n_windows, 4);
	assert_int_equal(w[0].for_ns, 2 * HOUR);
	assert_int_equal(w[1].from_at_ns, UINT64_C(1798124400) * S);
	assert_int_equal(w[1].until_at_ns - w[1].from_at_ns, 4 * HOUR);
	assert_int_equal(w[2].from_at_ns, w[1].from_at_ns);
	assert_int_equal(w[2].until_at_ns - w[2].from_at_ns, 90 * MIN);
	assert_int_equal(w[3].from_at_ns, w[1].from_at_ns);
	scenario_free(sc);
}

static void series_of_a_check(void **state)
{
	/* CHECK.NAME says the check; a captured value is named alike */
	struct scenario *sc = good(
		OPS "  rules:\n"
		    "    one: { when: changed(a.version), severity: info }\n"
		    "    both: { when: changed(version), on: a }\n");
	const struct alert_rule *r = sc->alerts->rules;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(r[i].n_checks, 1);
		assert_int_equal(r[i].checks[0], 0);
		assert_string_equal(r[i].tiers[0].when.name, "version");
	}
	assert_string_equal(r[0].tiers[0].when.text, "changed(a.version)");
	scenario_free(sc);
}

/* Lines count from behind "alerts:". */
static const struct {
	const char *text;
	unsigned line, col;
	const char *says;
} bad_rows[] = {
	{ "  chanels: {}\n", 1, 3, "did you mean \"channels\"" },
	{ "  channels: [a]\n", 1, 13, "map of name: channel" },
	{ "  channels: { ops: {} }\n", 1, 20, "needs its kind" },
	{ "  channels: { ops: { telegram: 5, slack: x } }\n", 1, 20,
	  "of one kind" },
	{ "  channels: { ops: { telegramm: 5 } }\n", 1, 22,
	  "did you mean \"telegram\"" },
	{ "  channels: { ops: { telegram: { chatt: 5 } } }\n", 1, 34,
	  "did you mean \"chat\"" },
	{ "  channels: { ops: { email: {} } }\n", 1, 29, "needs \"to\"" },
	{ "  channels: { ops: { email: { to: a@b, tls: maybe } } }\n", 1, 45,
	  "one of required, none" },
	{ "  channels: { ops: { slack: '${secret.NONE}' } }\n", 1, 32, "NONE" },
	{ "  channels: { ops: { slack: '${data.x}' } }\n", 1, 29,
	  "know no data" },
	{ "  channels: { ops: { exec: x, severities: [criticl] } }\n", 1, 44,
	  "did you mean \"critical\"" },
	{ "  channels: { ops: { exec: x, checks: [aa] } }\n", 1, 40,
	  "no check \"aa\"" },
	{ "  channels: { ops: { exec: x, tags: cor } }\n", 1, 37,
	  "did you mean \"core\"" },
	{ "  channels: { ops: { exec: x, hours: { from: '8', until: '09:00' } "
	  "} "
	  "}\n",
	  1, 46, "'08:00'" },
	{ "  channels: { ops: { exec: x, hours: { from: '08:00', until: "
	  "'09:00', time_zone: Asia/Jakrta } } }\n",
	  1, 82, "no time zone \"Asia/Jakrta\"" },
	{ "  channels: { ops: { exec: x, hours: { from: '08:00', until: "
	  "'09:00', days: [funday] } } }\n",
	  1, 78, "no day of the week" },
	{ "  channels: { ops: { email: ops } }\n", 1, 29, "an address like" },
	{ "  channels: { ops: { slack: hooks } }\n", 1, 29, "a URL with" },
	{ "  channels: { ops: { email: { to: a@b, server: mail } } }\n", 1, 48,
	  "smtp://host" },
	{ "  channels: { ops: { github: status } }\n", 1, 30, "owner/name" },
	{ "  channels: { ops: { exec: x, webhook: http://x/ } }\n", 1, 20,
	  "of one kind" },
	{ "  channels: { ops: { webhook: { url: http://x/, headers: { 'a b': "
	  "c } } } }\n",
	  1, 60, "name of a header" },
	{ "  channels: { ops: { exec: { command: x, env: { 'a=b': c } } } }\n",
	  1, 49, "name of a variable" },
	{ "  channels: { ops: { exec: { command: x, timeout: 5 } } }\n", 1, 51,
	  "must be a duration" },
	{ OPS "  rules: { r: { when: cert_days() < 5, for: 5m } }\n", 2, 40,
	  "into the sentence" },
	{ OPS "  rules: { r: {} }\n", 2, 12, "needs \"when\" or \"tiers\"" },
	{ OPS "  rules: { r: { when: down } }\n", 2, 23,
	  "not a function of a rule" },
	{ OPS "  rules: { r: { when: consecutive(fail) >= 3, on: aa } }\n", 2,
	  51, "no check \"aa\"" },
	{ OPS "  rules: { r: { when: consecutive(fail) >= 3, channels: [op] } }"
	      "\n",
	  2, 58, "no channel \"op\"" },
	{ OPS "  rules: { r: { when: 'ratio(5xx, 5m) > 0.05' } }\n", 2, 41,
	  "ambiguous" },
	{ OPS "  rules: { r: { when: value(memory) > 5 } }\n", 2, 23,
	  "no check keeps a series \"memory\"" },
	{ OPS "  rules: { r: { when: 'p95(latncy, 5m) > 5s' } }\n", 2, 24,
	  "did you mean \"latency\"" },
	{ OPS "  rules: { r: { when: changed(version), on: b } }\n", 2, 23,
	  "check \"b\" keeps no" },
	{ OPS "  rules: { r: { when: changed(versoin) } }\n", 2, 23,
	  "did you mean \"version\"" },
	{ OPS "  rules: { r: { when: event(x) fails, on: a } }\n", 2, 43,
	  "not about checks" },
	{ OPS "  rules: { r: { when: missing(x) } }\n", 2, 23,
	  "no heartbeat \"x\"" },
	{ OPS "  rules: { r: { when: cert_days() < 5, min_samples: 5 } }\n", 2,
	  12, "about the requests" },
	{ OPS "  rules: { r: { when: cert_days() < 5, depends_on: s } }\n", 2,
	  52, "no rule \"s\"" },
	{ OPS "  rules:\n    r: { when: cert_days() < 5, depends_on: s }\n"
	      "    s: { when: cert_days() < 6, depends_on: r }\n",
	  3, 5, "circle: r -> s -> r" },
	{ OPS "  rules: { r: { tiers: [{ when: cert_days() < 5, severity: "
	      "error }, { when: cert_days() < 2, severity: error }] } }\n",
	  2, 69, "worse than the one before" },
	{ OPS "  rules: { r: { tiers: [{ when: cert_days() < 5, severity: info "
	      "}, { when: event(x) fails, severity: error }] } }\n",
	  2, 12, "different things" },
	{ "  heartbeats: { b: {} }\n", 1, 20, "needs \"every\"" },
	{ "  maintenance: { cron: x }\n", 1, 16, "must be a list" },
	{ "  maintenance: [{ cron: '0 2 * *', for: 1h }]\n", 1, 25,
	  "five fields" },
	{ "  maintenance: [{ cron: '0 2 * * *' }]\n", 1, 17, "needs \"for\"" },
	{ "  maintenance: [{ for: 1h }]\n", 1, 17, "\"cron\" and \"for\"" },
	{ "  maintenance: [{ from: 2026-02-30T10:00, for: 1h }]\n", 1, 25,
	  "must be a time like" },
	{ "  maintenance: [{ from: 2026-02-02T10:00, until: "
	  "2026-02-02T09:00 }]\n",
	  1, 17, "ends before" },
	{ "  digest: { at: '24:00' }\n", 1, 11, "write '00:00'" },
	{ "  flapping: { changes: 5 }\n", 1, 13, "needs \"within\"" },
};

static void bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(bad_rows); i++) {
		const char *text = bad_rows[i].text;
		struct scenario *sc = load(text);
		const struct err *e = &problems.item[0];
		if (!problems.n)
			fail_msg("taken: %s", text);
		if (!strstr(e->text, bad_rows[i].says) ||
		    e->at.line != bad_rows[i].line + ALERTS_LINE - 1 ||
		    e->at.col != bad_rows[i].col)
			fail_msg("%s%u:%u: %s", text,
				 e->at.line - ALERTS_LINE + 1, e->at.col,
				 e->text);
		if (problems.n != 1)
			fail_msg("%s%s", text, problems.item[1].text);
		scenario_free(sc);
	}
}

static void checks_depend(void **state)
{
	static const struct load_options options = { 0 };
	static const struct {
		const char *a, *b, *says;
	} rows[] = {
		{ "b", "a", "circle: a -> b -> a" },
		{ "a", "b", "circle: a -> a" },
		{ "c", "a", "no check \"c\"" },
		{ "{}", "a", "a word or a list" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct buf text;
		problems.n = problems.dropped = 0;
		buf_init(&text, BUF_NO_LIMIT);
		buf_printf(&text,
			   "checks:\n"
			   "  a: { depends_on: %s, steps: [{ think: 1s }] }\n"
			   "  b: { depends_on: %s, steps: [{ think: 1s }] }\n",
			   rows[i].a, rows[i].b);
		struct scenario *sc =
			scenario_load_text("t.yaml", text.text, text.len,
					   &options, &problems, NULL);
		assert_int_equal(problems.n, 1);
		if (!strstr(problems.item[0].text, rows[i].says))
			fail_msg("%s", problems.item[0].text);
		scenario_free(sc);
		buf_release(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(channels),
		cmocka_unit_test(every_kind),
		cmocka_unit_test(rules),
		cmocka_unit_test(builtin),
		cmocka_unit_test(maintenance),
		cmocka_unit_test(bad),
		cmocka_unit_test(series_of_a_check),
		cmocka_unit_test(checks_depend),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
