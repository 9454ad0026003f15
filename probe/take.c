/* SPDX-License-Identifier: MIT */
#include "probe/take.h"

#include <stdlib.h>
#include <string.h>

#include "probe/deliver/deliver.h"
#include "probe/engine/engine.h"
#include "probe/memory.h"
#include "probe/secrets.h"
#include "probe/tell.h"
#include "report/alerts/round.h"
#include "report/redact/redact.h"
#include "report/result/result.h"
#include "report/result/result_json.h"
#include "report/result/stamp.h"
#include "report/state/state.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/capped.h"
#include "scenarios/base/err.h"
#include "scenarios/base/options.h"
#include "scenarios/load.h"
#include "scenarios/model.h"

#define TREES_MAX ((size_t)1 << 30) /* bytes of all results read */

struct taking {
	struct take_ask *ask;
	struct arena *arena;
	struct redactor *redactor;
	struct secret_values secrets;
	struct state *state;
	struct run_result **runs;
	size_t n_runs;
	uint64_t now_at_ns;
	struct errs *problems, *warnings;
};

static uint64_t end_of(const struct run_result *run)
{
	return capped_sum(run->started_at_ns, run->total_ns);
}

/* Of the run and of all in it: what lies ahead would be the newest there is,
 * and what comes then would not count. */
static uint64_t newest_of(const struct run_result *run)
{
	uint64_t newest = end_of(run);

	for (size_t i = 0; i < run->n_checks; i++) {
		const struct check_result *c = &run->checks[i];
		uint64_t end = capped_sum(c->started_at_ns, c->total_ns);

		if (end > newest)
			newest = end;
	}
	return newest;
}

/* ---- what is read --------------------------------------------------------- */

static bool is_fit(struct taking *t, const char *file,
		   const struct run_result *run)
{
	struct buf when;

	if (strcmp(run->name, t->ask->loaded->name) != 0)
		return errs_add(t->problems, ERR_INPUT, NOWHERE,
				"\"%s\" is a result of \"%s\", and the "
				"scenario is \"%s\"",
				file, run->name, t->ask->loaded->name);
	if (newest_of(run) <= t->now_at_ns + TAKE_AHEAD_NS)
		return true;
	buf_init(&when, BUF_NO_LIMIT);
	stamp_print_ns(&when, newest_of(run), 0);
	errs_add(t->problems, ERR_INPUT, NOWHERE,
		 "\"%s\" says that its run ended at %s, which is still to "
		 "come: set the clock of the machine that ran it",
		 file, buf_text(&when));
	buf_release(&when);
	return false;
}

/* A voice without a name cannot be told from another. */
static void warn_nameless(struct taking *t, const char *file,
			  const struct run_result *run)
{
	if (!run->vantage[0] && t->ask->files->n > 1)
		errs_add(t->warnings, ERR_INPUT, NOWHERE,
			 "\"%s\" does not say where it was seen from: all "
			 "results without --vantage count as of one place",
			 file);
}

static bool read_one(struct taking *t, const char *file)
{
	struct run_result *run = NULL;

	if (!result_read_file(file, t->arena, &run, t->problems) ||
	    !is_fit(t, file, run))
		return true; /* the others are taken all the same */
	if (!result_seal(run, t->redactor, t->arena))
		return errs_nomem(t->problems);
	warn_nameless(t, file, run);
	t->runs[t->n_runs++] = run;
	return true;
}

static int by_end(const void *a, const void *b)
{
	const struct run_result *x = *(struct run_result *const *)a;
	const struct run_result *y = *(struct run_result *const *)b;
	uint64_t ex = end_of(x), ey = end_of(y);

	return ex != ey ? (ex > ey) - (ex < ey)
			: strcmp(x->vantage, y->vantage);
}

static bool read_all(struct taking *t)
{
	const struct args *files = t->ask->files;

	t->runs = calloc(files->n, sizeof(struct run_result *));
	if (!t->runs)
		return errs_nomem(t->problems);
	for (size_t i = 0; i < files->n; i++)
		if (!read_one(t, files->item[i]))
			return false;
	qsort(t->runs, t->n_runs, sizeof(struct run_result *), by_end);
	return true;
}

/* ---- what is taken -------------------------------------------------------- */

static bool take_run(struct taking *t, const struct run_result *run)
{
	const struct round_input in = {
		.scenario = t->ask->loaded,
		.sealed = run,
		.now_at_ns =
			end_of(run) < t->now_at_ns ? end_of(run) : t->now_at_ns,
		.is_alone = true,
	};
	struct round_seen seen = { 0 };

	if (!alerts_round(t->state, &in, &seen, t->problems))
		return false;
	t->ask->n_taken += seen.was_new;
	t->ask->n_known += !seen.was_new;
	t->ask->n_notices += seen.n_letters;
	if (seen.was_new)
		t->ask->n_firing = seen.n_firing;
	return true;
}

static bool deliver(struct taking *t)
{
	const struct deliver_config config = {
		.state = t->state,
		.scenario = t->ask->loaded,
		.secrets = &t->secrets,
		.redactor = t->redactor,
	};
	struct delivered done = { 0 };

	if (!t->ask->loaded->alerts)
		return true;
	if (!deliver_now(&config, 0, &done, t->problems))
		return false;
	deliver_say_waiting(&done, state_named(t->ask->state), t->warnings);
	return true;
}

static bool load(struct taking *t)
{
	const struct load_options options = {
		.environment = t->ask->environment,
		.vars = t->ask->vars,
		.getenv = operand_env,
	};

	t->ask->loaded =
		scenario_load(t->ask->scenario, &options, t->problems, NULL);
	return t->ask->loaded && t->problems->n == 0 &&
	       secrets_read(t->ask->loaded, t->arena, t->redactor, &t->secrets,
			    t->problems, t->warnings);
}

static bool take_all(struct taking *t)
{
	if (!t->arena || !t->redactor)
		return errs_nomem(t->problems);
	if (!load(t) || !read_all(t))
		return false;
	t->state = state_open(state_named(t->ask->state), NULL, t->problems);
	if (!t->state ||
	    !state_scenario_put(t->state, t->ask->loaded, t->problems))
		return false;
	for (size_t i = 0; i < t->n_runs; i++)
		if (!take_run(t, t->runs[i]))
			return false;
	return deliver(t);
}

static void tidy(struct taking *t)
{
	struct memory m = { .path = state_named(t->ask->state),
			    .scenario = t->ask->loaded,
			    .state = t->state };

	memory_tidy(&m);
}

bool take_results(struct take_ask *ask, struct errs *problems,
		  struct errs *warnings)
{
	struct taking t = {
		.ask = ask,
		.arena = arena_new(TREES_MAX),
		.redactor = redactor_new(),
		.now_at_ns = engine_wall_ns(),
		.problems = problems,
		.warnings = warnings,
	};
	bool ok = take_all(&t);

	if (ok)
		tidy(&t);
	state_close(t.state);
	secrets_wipe(&t.secrets);
	free(t.runs);
	arena_free(t.arena);
	redactor_free(t.redactor);
	return ok && problems->n == 0;
}
