/* SPDX-License-Identifier: MIT */
/* folder: loadgen */
/* One load on two sides by turns, by several workers, against a server in this
 * process; run under ThreadSanitizer, too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "loadgen/gate/gate_run.h"
#include "loadgen/run/load_run.h"
#include "probe/engine/engine.h"
#include "probe/patience.h"
#include "report/redact/redact.h"
#include "report/result/gate_result.h"
#include "report/result/load_result.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/load.h"
#include "tests/unit/engine_server.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

enum { ROOM = 1 << 28 };

static struct server *server;
static struct errs problems, warnings;
static char dir[64], yaml_path[128];

#define LOADS "loads:\n  l:\n"
#define ONE   "    flow: { steps: [{ get: '${at}/ok' }] }\n"
#define TWO                                                                    \
	"    flow: { steps: [{ get: '${at}/ok' }, { get: '${at}/ok', expect: " \
	"{ status: 404 } }] }\n"
#define GATE(keys) "    gate: { for: 2s, warm_up: 0s, slot: 50ms" keys " }\n"

static const struct {
	const char *what, *body;
	size_t n_workers;
	uint64_t requests; /* of both sides; 0: nobody knows */
	size_t n_groups;
	uint64_t errors; /* in a hundred */
} rows[] = {
	{ "open", LOADS ONE "    arrivals: { rate: 200/s, for: 9s }\n" GATE(""),
	  2, 400, 1, 0 },
	{ "open, poisson",
	  LOADS ONE "    arrivals: { rate: 200/s, for: 9s, process: poisson "
		    "}\n" GATE(""),
	  3, 0, 1, 0 },
	{ "closed, with pauses",
	  LOADS ONE "    users: { count: 4, for: 9s, think: { between: [1ms, "
		    "5ms] } }\n" GATE(""),
	  3, 0, 1, 0 },
	{ "a chain, by step, with a failure",
	  LOADS TWO
	  "    arrivals: { rate: 100/s, for: 9s }\n" GATE(", by: step"),
	  2, 400, 3, 50 },
};

static struct scenario *write_scenario(const char *body)
{
	static const struct load_options options = { 0 };
	FILE *f = fopen(yaml_path, "w");

	assert_non_null(f);
	fprintf(f, "vars: { at: 'http://127.0.0.1:%u' }\n%s",
		server_port(server), body);
	fclose(f);
	problems.n = problems.dropped = warnings.n = warnings.dropped = 0;
	struct scenario *sc =
		scenario_load(yaml_path, &options, &problems, NULL);
	if (problems.n)
		fail_msg("%s: %s", body, problems.item[0].text);
	return sc;
}

static void books_close(const struct load_result *l)
{
	const struct accounting *a = &l->accounting;

	assert_int_equal(a->planned, a->sent + a->dropped + a->not_started);
	assert_int_equal(a->sent,
			 a->ok + a->failed + a->timed_out + a->in_flight);
	assert_int_equal(a->dropped + a->not_started + a->in_flight, 0);
}

/* Nothing is lost between the books of the loads and the cells. */
static void cells_are_whole(const struct run_result *run,
			    const char *const origin[2], size_t row)
{
	const struct gate_result *g = run->gate;
	uint64_t attempts[2] = { 0 }, errors = 0;

	assert_int_equal(g->n_groups, rows[row].n_groups);
	assert_string_equal(g->design.seed, "0x7");
	assert_string_equal(g->baseline.target, origin[0]);
	assert_string_equal(g->candidate.target, origin[1]);
	assert_int_equal(run->n_loads, 2);
	for (size_t k = 0; k < g->n_cells; k++) {
		const struct gate_cell *c = &g->cells[k];
		if (c->group)
			continue;
		attempts[0] += c->a.attempts;
		attempts[1] += c->b.attempts;
		errors += c->a.errors + c->b.errors;
	}
	for (size_t k = 0; k < 2; k++) {
		books_close(&run->loads[k]);
		assert_int_equal(attempts[k], run->loads[k].requests);
		assert_true(attempts[k] > 0);
	}
	if (rows[row].requests)
		assert_int_equal(attempts[0] + attempts[1], rows[row].requests);
	assert_int_equal(errors * 100,
			 rows[row].errors * (attempts[0] + attempts[1]));
}

static void by_turns(void **state)
{
	(void)state;
	char a[64], b[64];
	const char *const origin[2] = { a, b };

	snprintf(a, sizeof(a), "http://127.0.0.1:%u", server_port(server));
	snprintf(b, sizeof(b), "http://localhost:%u", server_port(server));
	for (size_t i = 0; i < LEN(rows); i++) {
		const struct gate_config gate = { .source = { a, b },
						  .seed = 7 };
		struct arena *arena = arena_new(ROOM);
		struct redactor *r = redactor_new();
		struct scenario *sc = write_scenario(rows[i].body);
		const struct load_config config = {
			.scenario = sc,
			.n_workers = rows[i].n_workers,
			.redactor = r,
			.gate = &gate,
		};

		struct run_result *run =
			run_loads(&config, arena, &problems, &warnings);
		if (!run)
			fail_msg("%s: %s", rows[i].what, problems.item[0].text);
		cells_are_whole(run, origin, i);
		arena_free(arena);
		redactor_free(r);
		scenario_free(sc);
	}
}

/* ---- what it cannot compare ------------------------------------------------ */

static const struct {
	const char *body, *why;
} refused[] = {
	{ LOADS ONE
	  "    arrivals: { burst: { size: 3, every: 1s }, for: 9s }\n",
	  "bursts have no rate" },
	{ LOADS "    flow: { steps: [{ tcp: 'localhost:1' }] }\n"
		"    users: { count: 1, for: 9s }\n",
	  "the host of its first HTTP step" },
};

static void what_cannot_be_compared(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(refused); i++) {
		const struct gate_config gate = { .source = { "true",
							      "true" } };
		struct arena *arena = arena_new(ROOM);
		struct redactor *r = redactor_new();
		struct scenario *sc = write_scenario(refused[i].body);
		const struct load_config config = { .scenario = sc,
						    .redactor = r,
						    .gate = &gate };

		assert_null(run_loads(&config, arena, &problems, &warnings));
		assert_int_equal(problems.n, 1);
		assert_int_equal(problems.item[0].kind, ERR_INPUT);
		if (!strstr(problems.item[0].text, refused[i].why))
			fail_msg("%s", problems.item[0].text);
		arena_free(arena);
		redactor_free(r);
		scenario_free(sc);
	}
}

/* Before any thread is there: signals wait for the run. */
static int begin(void **state)
{
	(void)state;
	patience_hold();
	snprintf(dir, sizeof(dir), P_tmpdir "/assay-gate-XXXXXX");
	server = server_start(SERVER_HTTP, NULL);
	if (!mkdtemp(dir) || !engine_global_init(&problems))
		return -1;
	snprintf(yaml_path, sizeof(yaml_path), "%s/s.yaml", dir);
	return 0;
}

static int end(void **state)
{
	(void)state;
	server_stop(server);
	engine_global_release();
	unlink(yaml_path);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_turns),
		cmocka_unit_test(what_cannot_be_compared),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
