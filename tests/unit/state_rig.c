/* SPDX-License-Identifier: MIT */
#include "tests/unit/state_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "report/state/state.h"
#include "scenarios/base/err.h"

int state_rig_enter(void **state)
{
	struct state_rig *t = calloc(1, sizeof(*t));

	if (!t)
		return -1;
	t->es = calloc(1, sizeof(*t->es));
	snprintf(t->folder, sizeof(t->folder), P_tmpdir "/assay-state-XXXXXX");
	if (!t->es || !mkdtemp(t->folder))
		return -1;
	snprintf(t->path, sizeof(t->path), "%s/state.db", t->folder);
	*state = t;
	return 0;
}

int state_rig_leave(void **state)
{
	struct state_rig *t = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", t->folder);
	int rc = system(command);
	free(t->es);
	free(t);
	return rc;
}

static void fill_step(struct step_result *s, const struct rig_check *c,
		      uint64_t started_at_ns)
{
	*s = (struct step_result){
		.name = "get /",
		.kind = "get",
		.at = { .file = "" },
		.method = "GET",
		.url = "http://127.0.0.1/",
		.outcome = c->outcome,
		.message = c->message ? c->message : "",
		.started_at_ns = started_at_ns,
		.total_ns = c->took_ns ? c->took_ns : 1000000,
		.status = c->status,
		.group = "",
		.request_id = "",
		.protocol = "HTTP/1.1",
		.remote = "127.0.0.1:80",
		.excerpt = "",
		.n_kept = c->n_kept,
		.kept = c->kept,
	};
	s->phases.ns[PHASE_CONNECT] = s->total_ns / 10;
	s->phases.ns[PHASE_WAIT] = s->total_ns - s->total_ns / 10;
}

struct run_result *state_rig_run(struct rig_run *r, uint64_t started_at_ns,
				 const struct rig_check *checks, size_t n)
{
	*r = (struct rig_run){ 0 };
	assert_true(n <= 4);
	for (size_t i = 0; i < n; i++) {
		const struct rig_check *c = &checks[i];

		fill_step(&r->steps[i], c, started_at_ns);
		r->attempts[i] = (struct attempt){
			.number = 1,
			.verdict = c->verdict,
			.outcome = c->outcome,
			.message = r->steps[i].message,
			.started_at_ns = started_at_ns,
			.total_ns = r->steps[i].total_ns,
			.n_steps = 1,
			.steps = &r->steps[i],
		};
		r->checks[i] = (struct check_result){
			.name = c->name ? c->name : "home",
			.at = { .file = "" },
			.severity = SEVERITY_ERROR,
			.tags = "",
			.verdict = c->verdict,
			.worst = c->worst,
			.outcome = c->outcome,
			.message = r->steps[i].message,
			.started_at_ns = started_at_ns,
			.total_ns = r->steps[i].total_ns,
			.n_attempts = 1,
			.attempts = &r->attempts[i],
		};
		if (r->steps[i].total_ns > r->run.total_ns)
			r->run.total_ns = r->steps[i].total_ns;
	}
	r->run.tool = "assay";
	r->run.name = "shop";
	r->run.file = r->run.environment = r->run.vantage = r->run.host = "";
	r->run.partial_why = r->run.broken_why = "";
	r->run.started_at_ns = started_at_ns;
	r->run.n_checks = n;
	r->run.checks = r->checks;
	return &r->run;
}

struct state *state_rig_open(struct state_rig *t)
{
	struct state *st = state_open(t->path, NULL, t->es);

	if (!st)
		print_error("%s\n", t->es->item[0].text);
	assert_non_null(st);
	return st;
}

void state_rig_no_problems(const struct state_rig *t)
{
	if (t->es->n)
		print_error("%s\n", t->es->item[0].text);
	assert_int_equal(t->es->n, 0);
}

int64_t state_rig_number(const struct state_rig *t, const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *s = NULL;

	assert_int_equal(sqlite3_open(t->path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 10000);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	int64_t number = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	sqlite3_close(db);
	return number;
}

void state_rig_sql(const char *path, const char *sql)
{
	sqlite3 *db = NULL;
	char *why = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 10000);
	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", sql, why);
	sqlite3_close(db);
}
