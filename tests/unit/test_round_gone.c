/* SPDX-License-Identifier: MIT */
/* folder: report */
/* What a round makes of alerts that the scenario knows no more, and of those
 * whose stored state is damaged. */
#include "report/alerts/round.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "report/notice/notice.h"
#include "report/state/state.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"
#include "tests/unit/round_rig.h"

#define M  RIG_MINUTE
#define T0 RIG_EPOCH

#define OPS                                                     \
	"    ops: { webhook: { url: 'http://127.0.0.1/ops' }, " \
	"severities: [critical] }\n"
#define TEAM                                                      \
	"    team: { webhook: { url: 'http://127.0.0.1/team' }, " \
	"severities: [warning] }\n"
#define CHANNELS "  channels:\n" OPS TEAM
#define DOWN                                                             \
	"    down: { when: consecutive(fail) >= 1, severity: critical, " \
	"channels: [team] }\n"
#define LONG "    long: { when: consecutive(fail) >= 2, severity: critical }\n"

static int64_t rows(const struct round_rig *r)
{
	return state_rig_number(r->files, "SELECT count(*) FROM alert WHERE "
					  "key NOT LIKE '/%'");
}

static const char *episode_of(struct round_rig *r, uint64_t nth)
{
	char sql[128];
	struct letter *all;
	struct notice n;
	size_t n_all;

	snprintf(sql, sizeof(sql), "UPDATE letter SET status = 0");
	state_rig_sql(r->files->path, sql);
	assert_true(state_letters_claim(r->st, "shop", T0 + RIG_DAY / 2, "x", 1,
					100, r->arena, &all, &n_all, r->es));
	assert_true(nth < n_all);
	assert_true(notice_read(all[nth].text, strlen(all[nth].text), r->arena,
				&n, r->es));
	return n.episode;
}

static void a_check_that_is_removed(void **state)
{
	struct round_rig r;

	round_rig_init(&r, state, "a b", CHANNELS "  rules:\n" DOWN);
	round_rig_run(&r, T0, NULL, "a:down b:down");
	assert_int_equal(r.seen.n_firing, 2);
	assert_string_equal(round_rig_letters(&r, T0),
			    "team firing critical down/a; team firing critical "
			    "down/b");
	round_rig_load(&r, "a", CHANNELS "  rules:\n" DOWN);
	round_rig_run(&r, T0 + 5 * M, NULL, "a:down");
	assert_string_equal(round_rig_log(&r, T0 + M), "resolved down/b!");
	assert_string_equal(round_rig_letters(&r, T0 + 5 * M),
			    "team resolved critical down/b");
	/* the incident that was opened is the one that is closed */
	assert_string_equal(episode_of(&r, 1), episode_of(&r, 2));
	assert_int_equal(r.seen.n_firing, 1);
	assert_int_equal(rows(&r), 1);
	/* once */
	round_rig_run(&r, T0 + 6 * M, NULL, "a:down");
	round_rig_run(&r, T0 + 7 * M, NULL, "a:ok");
	assert_string_equal(round_rig_log(&r, T0 + 6 * M), "resolved down/a!");
	round_rig_release(&r);
}

/* Who was told of it is told, however the rule was routed. */
static void a_rule_that_is_removed(void **state)
{
	struct round_rig r;
	const struct state_entry *all;
	size_t n;

	round_rig_init(&r, state, "a", CHANNELS "  rules:\n" DOWN LONG);
	round_rig_run(&r, T0, NULL, "a:down");
	round_rig_run(&r, T0 + M, NULL, "a:down");
	assert_string_equal(round_rig_letters(&r, T0 + M),
			    "team firing critical down/a; ops firing critical "
			    "long/a");
	round_rig_load(&r, "a", CHANNELS "  rules:\n" LONG);
	round_rig_time(&r, T0 + 2 * M);
	assert_string_equal(round_rig_log(&r, T0 + 2 * M), "resolved down/a!");
	assert_string_equal(round_rig_letters(&r, T0 + 2 * M),
			    "team resolved critical down/a");
	assert_int_equal(r.seen.n_firing, 1);
	assert_true(state_entries(r.st, "shop", T0 + 2 * M, r.arena, &all, &n,
				  r.es));
	assert_non_null(strstr(all[0].text,
			       "no longer watched: the scenario has no rule "
			       "\\\"down\\\" now"));
	round_rig_release(&r);
}

/* A channel that was removed along with it cannot be told, and no other heard
 * of it. */
static void a_rule_and_its_channel(void **state)
{
	struct round_rig r;

	round_rig_init(&r, state, "a", CHANNELS "  rules:\n" DOWN LONG);
	round_rig_run(&r, T0, NULL, "a:down");
	assert_string_equal(round_rig_letters(&r, T0),
			    "team firing critical down/a");
	round_rig_load(&r, "a", "  channels:\n" OPS "  rules:\n" LONG);
	round_rig_run(&r, T0 + M, NULL, "a:ok");
	assert_string_equal(round_rig_log(&r, T0 + M), "resolved down/a");
	assert_string_equal(round_rig_letters(&r, T0 + M), "");
	round_rig_release(&r);
}

static void what_was_quiet_is_only_forgotten(void **state)
{
	struct round_rig r;

	round_rig_init(&r, state, "a b<a", CHANNELS "  rules:\n" DOWN LONG);
	round_rig_run(&r, T0, NULL, "a:ok b:down");
	round_rig_run(&r, T0 + M, NULL, "a:ok b:ok");
	assert_int_equal(rows(&r), 4);
	round_rig_load(&r, "a", CHANNELS "  rules:\n" LONG);
	round_rig_run(&r, T0 + 2 * M, NULL, "a:ok");
	assert_string_equal(round_rig_log(&r, T0 + 2 * M), "");
	assert_int_equal(rows(&r), 1);
	/* it comes back as a new one */
	round_rig_load(&r, "a b<a", CHANNELS "  rules:\n" DOWN LONG);
	round_rig_run(&r, T0 + 3 * M, NULL, "a:ok b:down");
	assert_string_equal(round_rig_log(&r, T0 + 2 * M), "firing down/b!");
	round_rig_release(&r);
}

static const char *const damages[] = {
	"", "{", "[]", "{\"now\":\"x\"}", "null", "\x01\x02",
};

static void a_damaged_alert_starts_afresh(void **state)
{
	for (size_t i = 0; i < sizeof(damages) / sizeof(*damages); i++) {
		struct round_rig r;
		const struct state_entry *all;
		size_t n;

		round_rig_init(&r, state, "a b", CHANNELS "  rules:\n" DOWN);
		round_rig_run(&r, T0, NULL, "a:ok b:down");
		assert_true(state_alert_put(r.st, "shop", "down/a", damages[i],
					    r.es));
		round_rig_run(&r, T0 + M, NULL, "a:down b:ok");
		assert_int_equal(r.seen.n_afresh, 1);
		assert_string_equal(round_rig_log(&r, T0 + M),
				    "afresh down/a; firing down/a!; resolved "
				    "down/b!");
		assert_true(state_entries(r.st, "shop", T0 + M, r.arena, &all,
					  &n, r.es));
		assert_non_null(strstr(all[0].text, "alert \\\"down/a\\\" "
						    "cannot be read ("));
		assert_non_null(strstr(all[0].text, "starts afresh; if it was "
						    "told as firing, close"));
		/* once, then it goes on as any other */
		round_rig_run(&r, T0 + 2 * M, NULL, "a:ok b:ok");
		assert_int_equal(r.seen.n_afresh, 0);
		assert_string_equal(round_rig_log(&r, T0 + 2 * M),
				    "resolved down/a!");
		round_rig_release(&r);
		remove(r.files->path);
	}
}

/* Said before the run that mends it, by who only looks. */
static void a_damaged_alert_stands_as_unknown(void **state)
{
	struct round_rig r;
	const struct alert_standing *all;
	size_t n;

	round_rig_init(&r, state, "a", CHANNELS "  rules:\n" DOWN);
	round_rig_run(&r, T0, NULL, "a:down");
	assert_true(state_alert_put(r.st, "shop", "down/a", "{", r.es));
	assert_true(
		alerts_standing(r.st, r.sc, T0 + M, r.arena, &all, &n, r.es));
	assert_int_equal(n, 1);
	assert_int_equal(all[0].phase, ALERT_QUIET);
	assert_non_null(strstr(all[0].message, "cannot be read"));
	round_rig_release(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define EACH(f) \
	cmocka_unit_test_setup_teardown(f, state_rig_enter, state_rig_leave)
		EACH(a_check_that_is_removed),
		EACH(a_rule_that_is_removed),
		EACH(a_rule_and_its_channel),
		EACH(what_was_quiet_is_only_forgotten),
		EACH(a_damaged_alert_starts_afresh),
		EACH(a_damaged_alert_stands_as_unknown),
	};

	return cmocka_run_group_tests_name("round_gone", tests, NULL, NULL);
}
