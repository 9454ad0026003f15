/* SPDX-License-Identifier: MIT */
#include "loadgen/cmd_loadgen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loadgen/after/after.h"
#include "loadgen/after/hooks.h"
#include "loadgen/gate/gate_run.h"
#include "loadgen/gate/gate_tell.h"
#include "loadgen/gate/gate_usage.h"
#include "loadgen/run/load_run.h"
#include "loadgen/settings.h"
#include "loadgen/url_load.h"
#include "probe/engine/engine.h"
#include "probe/patience.h"
#include "probe/secrets.h"
#include "probe/tell.h"
#include "report/file.h"
#include "report/out.h"
#include "report/redact/redact.h"
#include "report/render/outputs.h"
#include "report/result/gate_result.h"
#include "report/result/result.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/options.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"
#include "scenarios/load.h"
#include "scenarios/loads/loads.h"
#include "scenarios/model.h"

enum {
	EXIT_OF_MACHINE = 4,
	BODY_MAX = 64 << 20, /* bytes of --body */
};

#define TREE_MAX ((size_t)2 << 30) /* bytes of one result */

/* What one call of the command works with. */
struct job {
	struct settings set;
	struct args operands;
	struct scenario *scenario;
	bool *chosen;
	struct arena *tree; /* the result, and secrets */
	struct buf body;    /* of --body-file */
	double rate_per_s;
	const struct rule *goals;
	size_t n_goals;
	struct secret_values secrets;
	struct redactor *redactor;
	struct run_result *result;
	struct after *after; /* NULL: an ordinary run */
	struct errs problems;
	struct errs warnings;
};

/* ---- what is asked -------------------------------------------------- */

struct given {
	const char *name;
	bool is_given;
};

static bool refuse_given(struct job *t, const struct given *given, size_t n,
			 const char *is_for, const char *got)
{
	bool ok = true;

	for (size_t i = 0; i < n; i++)
		if (given[i].is_given)
			ok = errs_add(&t->problems, ERR_INPUT, NOWHERE,
				      "\"--%s\" is for a %s, and \"%s\" is a "
				      "%s",
				      given[i].name, is_for,
				      t->operands.item[0], got);
	return ok;
}

static bool refuse_of_file(struct job *t)
{
	const struct settings *set = &t->set;
	const struct given given[] = {
		{ "env", set->environment != NULL },
		{ "var", set->vars.n > 0 },
		{ "only", set->only.n > 0 },
	};

	return refuse_given(t, given, sizeof(given) / sizeof(*given),
			    "scenario", "URL");
}

static bool refuse_of_url(struct job *t)
{
	const struct settings *set = &t->set;
	bool is_gate = gate_is_asked(set); /* these are of the gate, too */
	const struct given given[] = {
		{ "connections", set->users > 0 },
		{ "duration", set->for_ns > 0 && !is_gate },
		{ "requests", set->iterations > 0 },
		{ "rate", set->rate && !set->find_max && !set->after.watch_ns },
		{ "ramp", set->ramp_ns > 0 },
		{ "poisson", set->is_poisson },
		{ "seed", set->seed > 0 && !is_gate },
		{ "warm-up", set->warm_up_ns > 0 },
		{ "find-warm-up", set->finds_warm_up },
		{ "grace", set->grace_ns > 0 },
		{ "limit", set->limits.n > 0 },
		{ "method", set->method != NULL },
		{ "header", set->headers.n > 0 },
		{ "body", set->body || set->body_file },
		{ "timeout", set->timeout_ns > 0 },
		{ "expect-status", set->statuses != NULL },
		{ "http", set->http > 0 },
		{ "insecure", set->insecure },
		{ "ca-file", set->ca_file != NULL },
		{ "fresh", set->is_fresh },
		{ "max-requests", set->max_requests > 0 },
		{ "streams", set->streams > 0 },
		{ "no-resumption", set->no_resumption },
		{ "source", set->sources.n > 0 },
		{ "resolve", set->resolve.n > 0 },
		{ "unix-socket", set->unix_socket != NULL },
		{ "digits", set->digits > 0 },
	};

	return refuse_given(t, given, sizeof(given) / sizeof(*given), "URL",
			    "scenario: write it into the file");
}

/* Options that say different things about the same, or something about what
 * is not there. */
static bool refuse_pairs(struct job *t)
{
	const struct settings *set = &t->set;
	bool is_gate = gate_is_asked(set);
	bool has_rate = set->rate || set->find_max;
	const struct {
		bool is_wrong;
		const char *why;
	} pair[] = {
		{ set->verbose && set->quiet,
		  "--verbose and --quiet exclude each other" },
		{ set->body && set->body_file,
		  "--body and --body-file exclude each other" },
		{ set->finds_warm_up && set->warm_up_ns,
		  "--warm-up and --find-warm-up exclude each other" },
		{ set->find_max && (set->for_ns || set->iterations),
		  "--find-max tries each rate for --trial, not for --duration "
		  "or --requests" },
		{ set->find_max && set->after.watch_ns,
		  "--find-max and --watch exclude each other" },
		{ set->trial_ns && !set->find_max,
		  "--trial is for --find-max" },
		{ (set->is_poisson || (set->seed && !is_gate)) && !has_rate &&
			  operand_is_url(t->operands.item[0]),
		  "--poisson and --seed are for a --rate: users who wait for "
		  "their answers have no plan" },
	};
	bool ok = true;

	for (size_t i = 0; i < sizeof(pair) / sizeof(*pair); i++)
		if (pair[i].is_wrong)
			ok = errs_add(&t->problems, ERR_INPUT, NOWHERE, "%s",
				      pair[i].why);
	return ok;
}

static bool refuse_length(struct job *t)
{
	const struct settings *set = &t->set;

	if (!set->after.watch_ns ||
	    (!set->for_ns && !set->iterations && !set->ramp_ns))
		return true;
	return errs_add(&t->problems, ERR_INPUT, NOWHERE,
			"--watch says itself how long: leave --duration, "
			"--requests and --ramp out");
}

static bool check_usage(struct job *t)
{
	struct settings *set = &t->set;

	if (t->operands.n != 1)
		return errs_add(&t->problems, ERR_INPUT, NOWHERE,
				"name one scenario file or one URL, got %zu",
				t->operands.n);
	bool ok = after_check(&set->after, &t->problems) &&
		  gate_usage(set, &t->problems) && refuse_pairs(t) &&
		  refuse_length(t);
	if (set->after.against)
		ok = outputs_spare(&set->outputs, set->after.against,
				   "which is compared with", &t->problems) &&
		     ok;
	if (!operand_is_url(t->operands.item[0]))
		ok = outputs_spare(&set->outputs, t->operands.item[0],
				   "the scenario", &t->problems) &&
		     ok;
	return outputs_check(&set->outputs, 1, &t->problems) && ok &&
	       outputs_try(&set->outputs, &t->problems);
}

/* "2000", "2000/s", "90/m" */
static bool read_rate(struct job *t)
{
	const char *text = t->set.rate;
	struct unit_rate rate;
	struct buf why;
	double number;

	if (!text)
		return true;
	buf_init(&why, ERR_TEXT_MAX);
	size_t len = strlen(text);
	bool ok = true;
	if (!strchr(text, '/')) {
		ok = unit_parse_number(text, len, &number, &why);
		t->rate_per_s = ok ? number : 0;
	} else {
		ok = unit_parse_rate(text, len, &rate, &why);
		t->rate_per_s = ok ? unit_rate_per_s(rate) : 0;
	}
	if (!ok)
		errs_add(&t->problems, ERR_INPUT, NOWHERE, "\"--rate\" %s",
			 buf_text(&why));
	else if (!(t->rate_per_s >= LOAD_RATE_MIN &&
		   t->rate_per_s <= LOAD_RATE_MAX))
		ok = errs_add(&t->problems, ERR_INPUT, NOWHERE,
			      "\"--rate\" must be %g to %.0f a second, got "
			      "\"%s\"",
			      LOAD_RATE_MIN, LOAD_RATE_MAX, text);
	buf_release(&why);
	return ok;
}

static bool read_goals(struct job *t)
{
	const char *text = t->set.find_max;

	if (!text)
		return true;
	struct source *src = arena_alloc(t->tree, 1, sizeof(*src));
	if (!src)
		return errs_nomem(&t->problems);
	*src = (struct source){ "--find-max", text, strlen(text) };
	return rules_parse(t->tree, text, strlen(text),
			   (struct place){ src, 1, 1 }, &t->goals, &t->n_goals,
			   &t->problems);
}

static bool load_file(struct job *t, const char *path)
{
	const struct load_options load = {
		.environment = t->set.environment,
		.vars = &t->set.vars,
		.getenv = operand_env,
	};

	t->scenario = scenario_load(path, &load, &t->problems, NULL);
	if (!t->scenario || t->problems.n)
		return false;
	if (!t->scenario->n_loads)
		return errs_add(&t->problems, ERR_INPUT, NOWHERE,
				"\"%s\" has no \"loads\": its checks are run "
				"by `assay probe`",
				path);
	return true;
}

static bool read_body(struct job *t, struct url_check *check)
{
	const struct settings *set = &t->set;

	check->body = set->body;
	check->body_len = set->body ? strlen(set->body) : 0;
	if (!set->body_file)
		return true;
	buf_init(&t->body, BODY_MAX);
	if (access(set->body_file, R_OK))
		return errs_add(&t->problems, ERR_INPUT, NOWHERE,
				"\"%s\" of --body-file cannot be read: %s",
				set->body_file, strerror(errno));
	if (!file_read(set->body_file, BODY_MAX, &t->body, &t->problems))
		return false;
	check->body = buf_text(&t->body);
	check->body_len = t->body.len;
	return true;
}

static bool load_url(struct job *t, const char *url)
{
	const struct settings *set = &t->set;
	struct url_load load = {
		.check = {
			.url = url,
			.method = set->method,
			.headers = &set->headers,
			.statuses = set->statuses,
			.ca_file = set->ca_file,
			.timeout_ns = set->timeout_ns,
			.insecure = set->insecure,
			.unix_socket = set->unix_socket,
			.resolve = &set->resolve,
			.http = set->http,
		},
		.users = set->users,
		.iterations = set->iterations,
		.for_ns = set->for_ns,
		.rate_per_s = t->rate_per_s,
		.ramp_ns = set->ramp_ns,
		.is_poisson = set->is_poisson,
		.seed = set->seed,
		.warm_up_ns = set->warm_up_ns,
		.finds_warm_up = set->finds_warm_up,
		.grace_ns = set->grace_ns,
		.has_grace = set->grace_ns > 0,
		.digits = set->digits,
		.limits = &set->limits,
		.sources = &set->sources,
		.is_fresh = set->is_fresh,
		.no_resumption = set->no_resumption,
		.streams = set->streams,
		.max_requests = set->max_requests,
	};

	if (!read_body(t, &load.check))
		return false;
	if (load.check.body && !load.check.method)
		load.check.method = "POST";
	t->scenario = scenario_from_url_load(&load, &t->problems);
	return t->scenario && !t->problems.n;
}

static bool choose(struct job *t)
{
	const struct scenario *sc = t->scenario;
	size_t n = 0;

	t->chosen = calloc(sc->n_loads + 1, sizeof(*t->chosen));
	if (!t->chosen)
		return errs_nomem(&t->problems);
	for (size_t i = 0; i < sc->n_loads; i++)
		t->chosen[i] = !t->set.only.n;
	for (size_t k = 0; k < t->set.only.n; k++) {
		struct text_nearest near;
		const char *want = t->set.only.item[k];
		bool found = false;

		text_nearest_init(&near, want, strlen(want));
		for (size_t i = 0; i < sc->n_loads; i++) {
			bool is_it = !strcmp(sc->loads[i].name, want);
			t->chosen[i] |= is_it;
			found |= is_it;
			text_nearest_add(&near, sc->loads[i].name);
		}
		if (!found)
			errs_add(&t->problems, ERR_INPUT, NOWHERE,
				 "there is no load \"%s\"%s%s%s", want,
				 near.best ? ", did you mean \"" : "",
				 near.best ? near.best : "",
				 near.best ? "\"?" : "");
	}
	for (size_t i = 0; i < sc->n_loads; i++)
		n += t->chosen[i];
	if (t->n_goals && n != 1)
		errs_add(&t->problems, ERR_INPUT, NOWHERE,
			 "--find-max is for one load: choose it with --only");
	if (gate_is_asked(&t->set) && n != 1 && !t->problems.n)
		errs_add(&t->problems, ERR_INPUT, NOWHERE,
			 "two builds are compared by one load: choose it with "
			 "--only");
	return !t->problems.n;
}

static bool watch(struct job *t)
{
	const struct after_ask ask = {
		.scenario = t->scenario,
		.chosen = t->chosen,
		.rate_per_s = t->rate_per_s,
		.arena = t->tree,
	};

	if (!t->set.after.watch_ns)
		return true;
	t->after = after_new(&t->set.after, &ask, &t->problems, &t->warnings);
	if (!t->after)
		return false;
	/* now, as it may go on for long */
	if (!t->set.quiet)
		tell_problems(t->redactor, (enum out_colour)t->set.colour,
			      &t->problems, &t->warnings);
	t->warnings.n = 0;
	return true;
}

static bool load(struct job *t)
{
	const char *operand = t->operands.item[0];
	bool url = operand_is_url(operand);

	if (!url && !operand_is_file(operand))
		return errs_add(&t->problems, ERR_INPUT, NOWHERE,
				"\"%s\" is no file and no URL: a URL begins "
				"with http:// or https://",
				operand);
	if (!(url ? refuse_of_file(t) : refuse_of_url(t)))
		return false;
	return read_rate(t) && read_goals(t) &&
	       (url ? load_url(t, operand) : load_file(t, operand)) &&
	       choose(t) && watch(t);
}

/* ---- doing it ------------------------------------------------------- */

static bool perform(struct job *t)
{
	struct out watch;
	struct gate_config gate;
	struct load_config config = {
		.scenario = t->scenario,
		.chosen = t->chosen,
		.n_workers = t->set.workers,
		.transport = t->set.transport,
		.deadline_ns = t->set.deadline_ns,
		.vantage = t->set.vantage,
		.redactor = t->redactor,
		.secrets = &t->secrets,
		.watch_is_terminal = isatty(STDERR_FILENO),
		.n_goals = t->n_goals,
		.goals = t->goals,
		.start_rate = t->rate_per_s,
		.trial_ns = t->set.trial_ns,
	};

	gate_usage_take(&t->set, &gate);
	if (gate_is_asked(&t->set))
		config.gate = &gate;
	out_init(&watch, stderr, t->redactor, (enum out_colour)t->set.colour);
	if (!t->set.quiet)
		config.watch = &watch;
	if (t->after)
		after_fill(t->after, &config);
	if (!engine_global_init(&t->problems))
		return false;
	t->result = run_loads(&config, t->tree, &t->problems, &t->warnings);
	patience_begin();
	engine_global_release();
	if (t->result && t->after &&
	    !after_finish(t->after, t->result, &t->problems))
		return false;
	return t->result && (result_seal(t->result, t->redactor, t->tree) ||
			     errs_nomem(&t->problems));
}

static bool set_up(struct job *t)
{
	t->redactor = redactor_new();
	t->tree = arena_new(TREE_MAX);
	if (!t->redactor || !t->tree)
		return errs_nomem(&t->problems);
	return load(t) && secrets_read(t->scenario, t->tree, t->redactor,
				       &t->secrets, &t->problems, &t->warnings);
}

/* When it is worse, and all is written. */
static bool run_hooks(struct job *t)
{
	struct out say;
	const struct hook_ask ask = {
		.set = &t->set.after,
		.run = t->result,
		.result_file = t->set.outputs.path[RENDER_JSON],
		.redactor = t->redactor,
		.say = &say,
	};

	out_init(&say, stderr, t->redactor, (enum out_colour)t->set.colour);
	return hooks_run(&ask);
}

static int loadgen(struct job *t, int argc, char **argv)
{
	if (!options_parse(loadgen_options, &t->set, argc, argv, &t->operands,
			   &t->problems) ||
	    !check_usage(t) || !set_up(t) || !perform(t))
		return errs_exit_code(&t->problems);
	const struct telling how = {
		.outputs = &t->set.outputs,
		.redactor = t->redactor,
		.colour = (enum out_colour)t->set.colour,
		.quiet = t->set.quiet,
		.verbose = t->set.verbose,
	};
	int code = tell_run(&how, t->result, &t->problems);
	if (t->set.calibrates && t->result->gate) {
		struct out o;
		bool is_taken = outputs_take_stdout(&t->set.outputs);
		out_init(&o, is_taken ? stderr : stdout, t->redactor,
			 how.colour);
		gate_tell_calibration(t->result->gate, &o);
		out_failed(&o);
	}
	if (!run_hooks(t) && !code)
		code = EXIT_OF_MACHINE;
	return t->problems.n > 0 ? EXIT_OF_MACHINE : code;
}

static void clean_up(struct job *t)
{
	secrets_wipe(&t->secrets);
	after_free(t->after);
	arena_free(t->tree);
	scenario_free(t->scenario);
	redactor_free(t->redactor);
	args_release(&t->operands);
	options_release(loadgen_options, &t->set);
	free(t->chosen);
	buf_release(&t->body);
	free(t);
}

static int run(int argc, char **argv)
{
	struct job *t = calloc(1, sizeof(*t));

	if (!t)
		return EXIT_OF_MACHINE;
	int code = loadgen(t, argc, argv);
	tell_problems(t->redactor, (enum out_colour)t->set.colour, &t->problems,
		      t->set.quiet ? NULL : &t->warnings);
	clean_up(t);
	return code;
}

static const char *const examples[] = {
	"assay loadgen http://localhost:8000/ -c 64 -d 10s",
	"assay loadgen http://localhost:8000/ -r 2000 -d 30s --limit "
	"'p99(latency) < 200ms'",
	"assay loadgen http://localhost:8000/ --find-max 'p99(latency) < "
	"200ms, ratio(errors) < 0.1%'",
	"assay loadgen scenario.yaml --only booking --json result.json",
	"assay loadgen scenario.yaml --watch 10m --against before.json "
	"--on-fail-command ./rollback.sh",
	"assay loadgen scenario.yaml --baseline './main/server -p $PORT' "
	"--candidate './branch/server -p $PORT'",
	NULL,
};

const struct command cmd_loadgen = {
	.name = "loadgen",
	.operands = "SCENARIO|URL",
	.summary = "put load on a service, and say honestly how it took it",
	.options = loadgen_options,
	.details =
		"Runs the loads of a scenario, or loads one URL. With a rate "
		"(an open model) every request has a planned time, whatever "
		"the target does, and latency counts from that time; service "
		"time, from sending, is shown beside it. Without a rate (a "
		"closed model) each user asks again when it was answered: "
		"there is no plan, and latency counts from sending. What was "
		"planned, sent, dropped, timed out and under way at the end "
		"adds up. When this program, its machine or its connection "
		"ceiling was the limit, the verdict is \"invalid\" (exit code "
		"4), with what to change. With --baseline and --candidate the "
		"load goes to two builds by turns, which are launched anew "
		"every few seconds, and the verdict is whether the candidate "
		"is worse, with the size of the change and its interval. "
		"After a deployment, --watch sends "
		"little and --against says whether errors or p95 are worse "
		"than in a stored run; one that --watch alone has written is "
		"the best to compare with, as it has the same rate.",
	.examples = examples,
	.run = run,
};
