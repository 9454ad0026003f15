/* SPDX-License-Identifier: MIT */
/* folder: report */
#include "report/alerts/round.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/notice/notice.h"
#include "report/state/state.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"
#include "tests/unit/round_rig.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define S	   RIG_SECOND
#define M	   RIG_MINUTE
#define H	   RIG_HOUR
#define T0	   RIG_EPOCH

#define CHANNELS                                                  \
	"  channels:\n"                                           \
	"    ops: { webhook: { url: 'http://127.0.0.1/ops' }, "   \
	"severities: [critical, error] }\n"                       \
	"    team: { webhook: { url: 'http://127.0.0.1/team' }, " \
	"severities: [warning], batch: 1h, digest: true }\n"

/* ---- one line a run ------------------------------------------------------------ */

struct act {
	uint64_t at_s;
	const char *run; /* words; "!NAME CODE" is an event; "" the time */
};

static const struct {
	const char *says;
	const char *checks, *rules;
	struct act acts[12];
	const char *log;
} rows[] = {
	{ "CF16 down after three, told once in five minutes, resolved",
	  "ready",
	  "    down: { when: consecutive(fail) >= 3, severity: critical, "
	  "cooldown: 5m }\n",
	  { { 0, "ready:ok" },
	    { 300, "ready:down" },
	    { 600, "ready:down" },
	    { 900, "ready:down" },
	    { 1000, "ready:ok" },
	    { 1010, "ready:down" },
	    { 1020, "ready:down" },
	    { 1030, "ready:down" },
	    { 1210, "ready:down" },
	    { 1300, "ready:ok" } },
	  "firing down/ready!; resolved down/ready!; firing down/ready; "
	  "held down/ready (cooldown); told down/ready!; resolved "
	  "down/ready!" },
	{ "AT10 AT17 a target down 61 s is told within the same run",
	  "ready",
	  "    down: { when: down_for() > 60s, severity: critical }\n",
	  { { 0, "ready:ok" }, { 361, "ready:down61" } },
	  "firing down/ready!" },
	{ "AT10 59 s are not",
	  "ready",
	  "    down: { when: down_for() > 60s, severity: critical }\n",
	  { { 0, "ready:ok" }, { 361, "ready:down59" }, { 600, "ready:ok" } },
	  "" },
	{ "CF18 CF19 the first failure counts",
	  "db redis",
	  "    db: { when: consecutive(fail) >= 1, on: [db], severity: "
	  "critical }\n"
	  "    redis: { when: consecutive(fail) >= 1, on: [redis], severity: "
	  "error }\n",
	  { { 0, "db:down redis:ok" }, { 60, "db:ok redis:down" } },
	  "firing db/db!; resolved db/db!; firing redis/redis!" },
	{ "CF17 more than ten 5xx in 5 minutes",
	  "api",
	  "    errors: { when: 'count(5xx, 5m) > 2', severity: error }\n",
	  { { 0, "api:status503" },
	    { 60, "api:status503" },
	    { 120, "api:status503" },
	    { 180, "api:ok" },
	    { 421, "api:ok" } },
	  "firing errors/api!; resolved errors/api!" },
	{ "CF22 DA11 tiers",
	  "host",
	  "    disk:\n      tiers:\n"
	  "        - { when: value(disk) > 85%, severity: warning, cooldown: "
	  "1h }\n"
	  "        - { when: value(disk) > 95%, severity: critical }\n",
	  { { 0, "host:disk80" },
	    { 60, "host:disk86" },
	    { 120, "host:disk96" },
	    { 180, "host:disk90" },
	    { 240, "host:disk50" } },
	  "firing disk/host!; tier disk/host!; tier disk/host!; resolved "
	  "disk/host!" },
	{ "AT13 TX14 a gauge held for ten minutes",
	  "host",
	  "    disk: { when: value(disk) > 85 for 10m, severity: warning }\n",
	  { { 0, "host:disk90" },
	    { 300, "host:disk90" },
	    { 600, "host:disk90" },
	    { 900, "host:disk80" } },
	  "pending disk/host; firing disk/host!; resolved disk/host!" },
	{ "CF25 one notice a day until it is renewed",
	  "web",
	  "    cert: { when: cert_days() < 14, severity: warning, cooldown: "
	  "24h }\n",
	  { { 0, "web:cert14" },
	    { 86400, "web:cert13" },
	    { 90000, "web:cert13" },
	    { 2 * 86400, "web:cert12" },
	    { 2 * 86400 + 60, "web:cert0" },
	    { 2 * 86400 + 120, "web:cert90" } },
	  "firing cert/web!; reminder cert/web!; reminder cert/web!; "
	  "resolved cert/web!" },
	{ "CF20 CF23 every failed event is told",
	  "web",
	  "    deploy: { when: event(deploy) fails, severity: error }\n",
	  { { 0, "!deploy 1" },
	    { 1, "!deploy 0" },
	    { 2, "!deploy 3" },
	    { 3, "!deploy 3" },
	    { 4, "!backup 1" } },
	  "event deploy/!; event deploy/!; event deploy/!" },
	{ "CF24 three failed syncs",
	  "web",
	  "    sync: { when: 'consecutive(fail, event: sync) >= 3', severity: "
	  "warning }\n",
	  { { 0, "!sync 1" },
	    { 86400, "!sync 1" },
	    { 2 * 86400, "!sync 2" },
	    { 3 * 86400, "!sync 0" } },
	  "firing sync/!; resolved sync/!" },
	{ "DA13 a backup that never ran",
	  "web",
	  "    late: { when: missing(backup), severity: error }\n"
	  "  heartbeats: { backup: { every: 24h, grace: 1h } }\n",
	  { { 0, "web:ok" },
	    { 86400, "!backup 0" },
	    { 86400 + 90000, "web:ok" },
	    { 86400 + 90001, "web:ok" },
	    { 86400 + 95000, "!backup 0" } },
	  "firing late/!; resolved late/!" },
	{ "FH10 a new version is told",
	  "host",
	  "    new: { when: changed(version), severity: info }\n",
	  { { 0, "host:v1.0" },
	    { 300, "host:v1.0" },
	    { 600, "host:v1.1" },
	    { 900, "host:v1.1" } },
	  "event new/host!" },
	{ "what it depends on is down",
	  "db web<db",
	  "    down: { when: consecutive(fail) >= 1, severity: critical }\n",
	  { { 0, "db:down web:down" },
	    { 60, "db:ok" },
	    { 61, "" },
	    { 70, "web:down" },
	    { 120, "web:ok db:ok" } },
	  "firing down/db!; firing down/web; held down/web (dependency); "
	  "resolved down/db!; told down/web!; resolved down/web!" },
	{ "and comes up together",
	  "db web<db",
	  "    down: { when: consecutive(fail) >= 1, severity: critical }\n",
	  { { 0, "db:down web:down" }, { 60, "db:ok web:ok" } },
	  "firing down/db!; firing down/web; held down/web (dependency); "
	  "resolved down/db!; resolved down/web" },
	{ "a rule that depends on another",
	  "web",
	  "    slow: { when: 'max(latency, 5m) > 1s', severity: warning, "
	  "depends_on: [down] }\n"
	  "    down: { when: consecutive(fail) >= 1, severity: critical }\n",
	  { { 0, "web:slow2000" },
	    { 60, "web:down" },
	    { 120, "web:slow2000" } },
	  "firing slow/web!; firing down/web!; resolved down/web!" },
	{ "nothing was seen: nothing changes",
	  "ready",
	  "    down: { when: consecutive(fail) >= 2, severity: critical }\n",
	  { { 0, "ready:down" },
	    { 300, "ready:unseen" },
	    { 600, "ready:down" },
	    { 900, "ready:unseen" },
	    { 1200, "ready:flaky" } },
	  "firing down/ready!; resolved down/ready!" },
	{ "AT15 reminded and escalated by time alone",
	  "ready",
	  "    down: { when: consecutive(fail) >= 1, severity: critical, "
	  "remind: 10m, escalate: { after: 5m, to: [team] } }\n",
	  { { 0, "ready:down" },
	    { 299, "" },
	    { 300, "" },
	    { 600, "" },
	    { 700, "ready:ok" } },
	  "firing down/ready!; escalated down/ready!; reminder down/ready!; "
	  "resolved down/ready!" },
	{ "maintenance",
	  "ready",
	  "    down: { when: consecutive(fail) >= 1, severity: critical }\n"
	  "  maintenance:\n"
	  "    - { name: move, from: '2026-01-01T00:00:00Z', until: "
	  "'2026-01-01T01:00:00Z' }\n",
	  { { 60, "ready:down" },
	    { 120, "ready:ok" },
	    { 180, "ready:down" },
	    { 3660, "" } },
	  "firing down/ready; held down/ready (maintenance); resolved "
	  "down/ready; firing down/ready; held down/ready (maintenance); told "
	  "down/ready!" },
};

static void act(struct round_rig *r, const struct act *a)
{
	char name[40];
	long code;

	if (sscanf(a->run, "!%39s %ld", name, &code) == 2)
		round_rig_event(r, T0 + a->at_s * S, name, code);
	else if (a->run[0])
		round_rig_run(r, T0 + a->at_s * S, NULL, a->run);
	else
		round_rig_time(r, T0 + a->at_s * S);
}

/* Once by one handle, as a daemon; once by a process each. */
static void play(void **state, size_t row, bool is_daemon)
{
	struct round_rig r;
	struct buf alerts;

	buf_init(&alerts, BUF_NO_LIMIT);
	buf_printf(&alerts, CHANNELS "  rules:\n%s", rows[row].rules);
	round_rig_init(&r, state, rows[row].checks, buf_text(&alerts));
	r.is_daemon = is_daemon;
	for (size_t i = 0; i < LEN(rows[row].acts) && rows[row].acts[i].run;
	     i++) {
		act(&r, &rows[row].acts[i]);
		if (!is_daemon)
			round_rig_reopen(&r);
	}
	const char *log = round_rig_log(&r, 0);
	if (strcmp(log, rows[row].log) != 0)
		fail_msg("%s:\n  got    %s\n  wanted %s", rows[row].says, log,
			 rows[row].log);
	round_rig_release(&r);
	buf_release(&alerts);
	remove(r.files->path);
}

static void runs_and_what_is_logged(void **state)
{
	for (size_t i = 0; i < LEN(rows); i++) {
		play(state, i, true);
		play(state, i, false);
	}
}

/* ---- letters ----------------------------------------------------------------------- */

static void letters_go_where_they_should(void **state)
{
	struct round_rig r;

	round_rig_init(
		&r, state, "host ready",
		CHANNELS
		"    all: { webhook: { url: 'http://127.0.0.1/all' }, checks: "
		"[ready] }\n"
		"  rules:\n"
		"    down: { when: consecutive(fail) >= 1, on: [ready], "
		"severity: critical }\n"
		"    disk:\n      tiers:\n"
		"        - { when: value(disk) > 85%, severity: warning }\n"
		"        - { when: value(disk) > 95%, severity: critical }\n");
	round_rig_run(&r, T0, NULL, "host:disk90 ready:down");
	assert_int_equal(r.seen.n_firing, 2);
	assert_int_equal(r.seen.n_letters, 3);
	/* CF14: the warning waits for its batch */
	assert_string_equal(round_rig_letters(&r, T0),
			    "ops firing critical down/ready; all firing "
			    "critical down/ready");
	assert_string_equal(round_rig_letters(&r, T0 + H - 1), "");
	assert_string_equal(round_rig_letters(&r, T0 + H),
			    "team firing warning disk/host");
	/* a worse tier goes to both, and its end, too */
	round_rig_run(&r, T0 + H + M, NULL, "host:disk99 ready:down");
	assert_string_equal(round_rig_letters(&r, T0 + 2 * H),
			    "ops tier critical disk/host; team tier critical "
			    "disk/host");
	round_rig_run(&r, T0 + 3 * H, NULL, "host:disk10 ready:ok");
	assert_string_equal(round_rig_letters(&r, T0 + 4 * H),
			    "ops resolved critical down/ready; all resolved "
			    "critical down/ready; ops resolved critical "
			    "disk/host; team resolved critical disk/host");
	assert_int_equal(r.seen.n_firing, 0);
	round_rig_release(&r);
}

static void the_same_run_is_taken_once(void **state)
{
	struct round_rig r;

	round_rig_init(&r, state, "ready",
		       CHANNELS "  rules:\n"
				"    down: { when: consecutive(fail) >= 2, "
				"severity: critical }\n");
	round_rig_run(&r, T0, NULL, "ready:down");
	assert_true(r.seen.was_new);
	round_rig_run(&r, T0, NULL, "ready:down");
	assert_false(r.seen.was_new);
	assert_string_equal(round_rig_log(&r, 0), "");
	round_rig_release(&r);
}

static void what_fires_together_is_told_together(void **state)
{
	struct round_rig r;

	round_rig_init(&r, state, "a b",
		       CHANNELS "  group: 30s\n  rules:\n"
				"    down: { when: consecutive(fail) >= 1, "
				"severity: critical }\n");
	r.is_daemon = true;
	round_rig_run(&r, T0 + 5 * S, NULL, "a:down");
	round_rig_run(&r, T0 + 9 * S, NULL, "b:down");
	assert_string_equal(round_rig_letters(&r, T0 + 29 * S), "");
	assert_string_equal(round_rig_letters(&r, T0 + 30 * S),
			    "ops firing critical down/a; ops firing critical "
			    "down/b");
	/* a one-shot run does not wait for what comes after it */
	r.is_daemon = false;
	round_rig_run(&r, T0 + 60 * S, NULL, "a:ok b:ok");
	assert_string_equal(round_rig_letters(&r, T0 + 60 * S),
			    "ops resolved critical down/a; ops resolved "
			    "critical down/b");
	round_rig_release(&r);
}

/* The cause names whom it silences; the evidence is in the message. */
static void the_cause_names_its_dependants(void **state)
{
	struct round_rig r;
	struct letter *all;
	struct notice n;
	size_t n_all;

	round_rig_init(&r, state, "db web<db app<web",
		       CHANNELS "  rules:\n"
				"    down: { when: consecutive(fail) >= 1, "
				"severity: critical }\n");
	round_rig_run(&r, T0, "fra", "db:down10 web:down app:down");
	assert_true(state_letters_claim(r.st, "shop", T0, "test", H, 10,
					r.arena, &all, &n_all, r.es));
	assert_int_equal(n_all, 1);
	assert_true(notice_read(all[0].text, strlen(all[0].text), r.arena, &n,
				r.es));
	assert_string_equal(n.title, "down: db");
	assert_string_equal(n.check, "db");
	assert_string_equal(n.silenced, "web, app");
	assert_string_equal(n.vantage, "fra");
	assert_string_equal(n.request_id, "req-1");
	assert_string_equal(n.url, "http://127.0.0.1/");
	assert_true(n.is_firing);
	assert_int_equal(n.since_at_ns, T0 - 10 * S);
	assert_string_equal(
		n.message,
		"the number of failed results in a row since "
		"2025-12-31T23:59:50Z from fra is 1, at least 1: the port "
		"refused the connection");
	assert_true(all[0].expires_at_ns == T0 + RIG_DAY);
	round_rig_release(&r);
}

static void hours_are_kept(void **state)
{
	struct round_rig r;

	round_rig_init(
		&r, state, "ready",
		"  channels:\n"
		"    day: { webhook: { url: 'http://127.0.0.1/' }, hours: { "
		"from: '08:00', until: '18:00' } }\n"
		"  rules:\n"
		"    down: { when: consecutive(fail) >= 1, severity: critical "
		"}\n");
	round_rig_run(&r, T0 + 3 * H, NULL, "ready:down");
	assert_string_equal(round_rig_letters(&r, T0 + 8 * H - 1), "");
	assert_string_equal(round_rig_letters(&r, T0 + 8 * H),
			    "day firing critical down/ready");
	round_rig_release(&r);
}

/* ---- silences, acknowledgement, quorum ------------------------------------------------- */

#define DOWN_AT_ONCE                                                     \
	"  rules:\n"                                                     \
	"    down: { when: consecutive(fail) >= 1, severity: critical, " \
	"remind: 10m }\n"

static void silences(void **state)
{
	struct round_rig r;
	struct silence s = { .rule = "do*",
			     .check = "*",
			     .from_at_ns = T0,
			     .until_at_ns = T0 + H,
			     .author = "ana",
			     .reason = "new disks" };
	const struct alert_standing *standing;
	size_t n;

	round_rig_init(&r, state, "ready", CHANNELS DOWN_AT_ONCE);
	assert_true(state_silence_add(r.st, &s, r.es));
	round_rig_run(&r, T0 + M, NULL, "ready:down");
	assert_int_equal(r.seen.next_at_ns, T0 + H);
	assert_true(alerts_standing(r.st, r.sc, T0 + 2 * M, r.arena, &standing,
				    &n, r.es));
	assert_int_equal(n, 1);
	assert_int_equal(standing[0].phase, ALERT_FIRING);
	assert_int_equal(standing[0].severity, SEVERITY_CRITICAL);
	assert_string_equal(standing[0].silenced_by,
			    "silenced by ana until 2026-01-01T01:00:00Z: new "
			    "disks");
	assert_non_null(strstr(standing[0].message, "refused"));
	assert_string_equal(round_rig_letters(&r, T0 + 2 * M), "");
	round_rig_time(&r, T0 + H);
	assert_string_equal(round_rig_letters(&r, T0 + H),
			    "ops firing critical down/ready");
	round_rig_release(&r);
}

static void acknowledged(void **state)
{
	struct round_rig r;

	round_rig_init(&r, state, "ready", CHANNELS DOWN_AT_ONCE);
	assert_false(alerts_acknowledge(r.st, r.sc, "down", "ready", "ana", T0,
					r.es));
	assert_non_null(strstr(r.es->item[0].text, "does not fire"));
	r.es->n = 0;
	assert_false(alerts_acknowledge(r.st, r.sc, "dawn", "ready", "ana", T0,
					r.es));
	r.es->n = 0;
	round_rig_run(&r, T0, NULL, "ready:down");
	round_rig_letters(&r, T0);
	assert_true(alerts_acknowledge(r.st, r.sc, "down", "ready", "ana",
				       T0 + M, r.es));
	assert_string_equal(round_rig_letters(&r, T0 + M),
			    "ops acknowledged critical down/ready");
	round_rig_time(&r, T0 + H);
	assert_string_equal(round_rig_letters(&r, T0 + H), "");
	round_rig_run(&r, T0 + 2 * H, NULL, "ready:ok");
	assert_string_equal(round_rig_log(&r, 0),
			    "firing down/ready!; acknowledged down/ready!; "
			    "resolved down/ready!");
	round_rig_release(&r);
}

static void two_of_three_vantages(void **state)
{
	struct round_rig r;

	round_rig_init(&r, state, "ready",
		       CHANNELS "  rules:\n"
				"    down: { when: consecutive(fail) >= 1, "
				"severity: critical, quorum: 2 }\n");
	round_rig_run(&r, T0 + 1, "fra", "ready:ok");
	round_rig_run(&r, T0 + 2, "sin", "ready:down");
	round_rig_run(&r, T0 + 3, "nyc", "ready:ok");
	assert_string_equal(round_rig_log(&r, 0), "held down/ready (quorum)");
	round_rig_run(&r, T0 + M, "nyc", "ready:down");
	round_rig_run(&r, T0 + 2 * M, "sin", "ready:ok");
	assert_string_equal(round_rig_log(&r, 0),
			    "held down/ready (quorum); firing down/ready!; "
			    "resolved down/ready!");
	round_rig_release(&r);
}

/* ---- the digest and the review ------------------------------------------------------------ */

static void one_digest_a_day(void **state)
{
	struct round_rig r;
	struct letter *all;
	struct notice n;
	const char *head;
	size_t n_all;

	round_rig_init(&r, state, "ready",
		       CHANNELS "  digest: { at: '08:00' }\n"
				"  rules:\n"
				"    down: { when: consecutive(fail) >= 1, "
				"severity: critical }\n");
	round_rig_run(&r, T0, NULL, "ready:down");
	round_rig_run(&r, T0 + H, NULL, "ready:ok");
	assert_int_equal(r.seen.next_at_ns, T0 + 8 * H);
	round_rig_letters(&r, T0 + H);
	/* CF28, and the run is late */
	round_rig_run(&r, T0 + 9 * H, NULL, "ready:down");
	assert_true(state_letters_claim(r.st, "shop", T0 + 9 * H, "digest", H,
					10, r.arena, &all, &n_all, r.es));
	assert_int_equal(n_all, 2);
	assert_true(notice_read(all[1].text, strlen(all[1].text), r.arena, &n,
				r.es));
	assert_int_equal(n.kind, NOTICE_DIGEST);
	/* what fired after 08:00 is tomorrow's */
	assert_int_equal(n.n_lines, 2);
	assert_non_null(strstr(n.message, "1 error and 0 warnings"));
	/* TX18: the head of the log, as it can be verified later */
	assert_true(state_chain_head(r.st, "shop", r.arena, &head, r.es));
	assert_non_null(strstr(n.message, "; the log of alerts is at "));
	assert_non_null(strstr(n.message, head));
	round_rig_run(&r, T0 + 10 * H, NULL, "ready:ok");
	round_rig_run(&r, T0 + 31 * H, NULL, "ready:ok");
	round_rig_letters(&r, T0 + 31 * H);
	/* two days without a run are one digest, and nothing is lost */
	round_rig_run(&r, T0 + 81 * H, NULL, "ready:ok");
	assert_string_equal(round_rig_letters(&r, T0 + 81 * H),
			    "team digest critical /");
	round_rig_run(&r, T0 + 82 * H, NULL, "ready:ok");
	assert_string_equal(round_rig_letters(&r, T0 + 82 * H), "");
	round_rig_release(&r);
}

static void rules_are_reviewed(void **state)
{
	const struct alert_review *rows_of;
	struct round_rig r;
	size_t n;

	round_rig_init(&r, state, "ready",
		       CHANNELS "  rules:\n"
				"    down: { when: consecutive(fail) >= 1, "
				"severity: critical, cooldown: 5m }\n"
				"    never: { when: consecutive(fail) >= 9, "
				"severity: critical }\n");
	for (uint64_t i = 0; i < 6; i++)
		round_rig_run(&r, T0 + i * M, NULL,
			      i % 2 ? "ready:ok" : "ready:down");
	assert_true(alerts_review(r.st, r.sc, T0, r.arena, &rows_of, &n, r.es));
	assert_int_equal(n, 2); /* AT19 */
	assert_string_equal(rows_of[0].rule, "down");
	assert_int_equal(rows_of[0].n_fired, 3);
	assert_int_equal(rows_of[0].n_told, 1);
	assert_int_equal(rows_of[0].firing_ns, 3 * M + 3 * 1000000);
	assert_string_equal(rows_of[1].rule, "never");
	assert_int_equal(rows_of[1].n_fired, 0);
	round_rig_release(&r);
}

/* ---- blips, and long histories ---------------------------------------------------------------- */

static void a_thousand_blips_raise_nothing(void **state)
{
	struct round_rig r;

	round_rig_init(&r, state, "ready",
		       CHANNELS
		       "  rules:\n"
		       "    down: { when: consecutive(fail) >= 1, severity: "
		       "critical }\n"
		       "    long: { when: down_for() > 60s, severity: critical "
		       "}\n");
	for (uint64_t i = 0; i < 1000; i++)
		round_rig_run(&r, T0 + i * M, NULL, "ready:flaky");
	assert_string_equal(round_rig_log(&r, 0), "");
	assert_string_equal(round_rig_letters(&r, T0 + RIG_DAY), "");
	round_rig_run(&r, T0 + 1000 * M, NULL, "ready:down61");
	assert_string_equal(round_rig_log(&r, 0),
			    "firing down/ready!; firing long/ready!");
	round_rig_release(&r);
}

static uint64_t seed;

static uint64_t draw(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

/* One history, told twice: by one handle, and with the file closed and opened
 * between rounds. */
static char *long_history(void **state, bool is_daemon)
{
	static const char *const ways[] = { "ok",	 "ok",	   "ok",
					    "flaky",	 "down",   "down61",
					    "status503", "unseen", "slow3000" };
	struct round_rig r;
	const char *last[3] = { "ok", "ok", "ok" };
	char words[100], *log;
	uint64_t at_ns = T0;

	round_rig_init(
		&r, state, "db web<db api",
		CHANNELS
		"  flapping: { changes: 6, within: 1h }\n"
		"  digest: { at: '08:00' }\n"
		"  heartbeats: { backup: { every: 1h, grace: 5m } }\n"
		"  rules:\n"
		"    down: { when: consecutive(fail) >= 2, severity: critical, "
		"cooldown: 5m, remind: 30m }\n"
		"    long: { when: down_for() > 60s, recover: 2 }\n"
		"    slow: { when: 'mean(latency, 5m) > 1s for 2m', severity: "
		"warning, depends_on: [down] }\n"
		"    late: { when: missing(backup), severity: error }\n"
		"    deploy: { when: event(deploy) fails, severity: error }\n");
	r.is_daemon = is_daemon;
	seed = 20260101;
	for (int i = 0; i < 2500; i++) {
		for (int k = 0; k < 3; k++) {
			if (draw(6) == 0)
				last[k] = ways[draw(LEN(ways))];
		}
		at_ns += (10 + draw(110)) * S;
		if (draw(20) == 0)
			round_rig_event(&r, at_ns++,
					draw(2) ? "backup" : "deploy",
					(int64_t)draw(2));
		snprintf(words, sizeof(words), "db:%s web:%s api:%s", last[0],
			 last[1], last[2]);
		round_rig_run(&r, at_ns, NULL, words);
		if (!is_daemon && i % 10 == 0)
			round_rig_reopen(&r);
	}
	log = strdup(round_rig_log(&r, 0));
	round_rig_release(&r);
	remove(r.files->path);
	return log;
}

static void a_long_history_told_twice(void **state)
{
	char *one = long_history(state, true);
	char *two = long_history(state, false);

	assert_true(strlen(one) > 10000);
	if (strcmp(one, two) != 0)
		fail_msg("the logs differ");
	free(one);
	free(two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define EACH(f) \
	cmocka_unit_test_setup_teardown(f, state_rig_enter, state_rig_leave)
		EACH(runs_and_what_is_logged),
		EACH(letters_go_where_they_should),
		EACH(the_same_run_is_taken_once),
		EACH(what_fires_together_is_told_together),
		EACH(the_cause_names_its_dependants),
		EACH(hours_are_kept),
		EACH(silences),
		EACH(acknowledged),
		EACH(two_of_three_vantages),
		EACH(one_digest_a_day),
		EACH(rules_are_reviewed),
		EACH(a_thousand_blips_raise_nothing),
		EACH(a_long_history_told_twice),
	};

	return cmocka_run_group_tests_name("round", tests, NULL, NULL);
}
