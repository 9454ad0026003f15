/* SPDX-License-Identifier: MIT */
#include "probe/cmd_probe.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe/run/choose.h"
#include "probe/engine/engine.h"
#include "probe/memory.h"
#include "probe/patience.h"
#include "probe/run/run.h"
#include "probe/secrets.h"
#include "probe/tell.h"
#include "probe/url_scenario.h"
#include "report/log.h"
#include "report/out.h"
#include "report/page/page.h"
#include "report/page/publish_run.h"
#include "report/redact/redact.h"
#include "report/render/outputs.h"
#include "report/result/result.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/load.h"
#include "scenarios/model.h"
#include "scenarios/base/options.h"

enum {
	EXIT_OF_OTHER_RUN = 3,
	EXIT_OF_MACHINE = 4,
	RETRIES_MAX = 1000,
	REDIRECTS_MAX = 50
};

#define TREE_MAX	((size_t)1 << 30)	 /* bytes of one result */
#define TIME_MAX_NS	UINT64_C(86400000000000) /* a day */
#define TIME_MIN_NS	UINT64_C(1000000)
#define QUIET_LOG_LEVEL "ERROR"

struct settings {
	/* of a file */
	const char *environment;
	struct args vars;
	struct args only;
	struct args tags;
	/* of a URL */
	const char *statuses;
	const char *method;
	const char *ca_file;
	struct args headers;
	uint64_t timeout_ns, retries, every_ns, redirects;
	bool insecure;
	/* of the run */
	uint64_t concurrency, deadline_ns;
	const char *vantage;
	/* of what is remembered */
	const char *state;
	bool no_alerts, test_alerts;
	/* of what is told */
	struct outputs outputs;
	const char *publish;
	unsigned colour; /* enum out_colour */
	bool quiet, verbose;
	const char *log_format, *log_level, *log_file;
};

/* What one call of the command works with. */
struct job {
	struct settings set;
	struct args operands;
	struct scenario *scenario;
	bool *chosen;
	struct arena *tree; /* the result, and secrets */
	struct secret_values secrets;
	struct redactor *redactor;
	struct logger *log;
	struct memory memory;
	struct run_result *result;
	struct errs problems;
	struct errs warnings;
};

#define AT(field) OPTION_AT(struct settings, field)

static const struct option_spec specs[] = {
	{ .help = "a scenario" },
	{ "env", 0, OPTION_TEXT, AT(environment), .arg = "NAME",
	  .help = "choose the block of that name under environments" },
	{ "var", 0, OPTION_LIST, AT(vars), .arg = "NAME=VALUE",
	  .help = "replace the value of a var" },
	{ "only", 0, OPTION_LIST, AT(only), .arg = "CHECK",
	  .help = "run the check of that name" },
	{ "tag", 0, OPTION_LIST, AT(tags), .arg = "TAG",
	  .help = "run the checks with that tag" },

	{ .help = "a URL" },
	{ "expect-status", 0, OPTION_TEXT, AT(statuses), .arg = "LIST",
	  .help = "statuses or classes that are well, like 200 or 2xx,404; "
		  "2xx when not given" },
	{ "timeout", 't', OPTION_DURATION, AT(timeout_ns), .arg = "TIME",
	  .min = TIME_MIN_NS, .max = TIME_MAX_NS,
	  .help = "give up after TIME; 10s when not given" },
	{ "retries", 0, OPTION_COUNT, AT(retries), .arg = "N", .min = 1,
	  .max = RETRIES_MAX,
	  .help = "tries in all before it counts as failed; 1 when not "
		  "given" },
	{ "every", 0, OPTION_DURATION, AT(every_ns), .arg = "TIME",
	  .min = TIME_MIN_NS, .max = TIME_MAX_NS,
	  .help = "pause before trying again; 1s when not given" },
	{ "header", 'H', OPTION_LIST, AT(headers), .arg = "LINE",
	  .help = "send this header, \"Name: value\"" },
	{ "request", 'X', OPTION_TEXT, AT(method), .arg = "METHOD",
	  .help = "ask with METHOD instead of GET" },
	{ "redirects", 0, OPTION_COUNT, AT(redirects), .arg = "N",
	  .max = REDIRECTS_MAX, .help = "follow at most N redirects" },
	{ "insecure", 'k', OPTION_FLAG, AT(insecure),
	  .help = "do not verify certificates; the result says so" },
	{ "ca-file", 0, OPTION_TEXT, AT(ca_file), .arg = "FILE",
	  .help = "trust the authorities in FILE (PEM) only" },

	{ .help = "the run" },
	{ "concurrency", 'c', OPTION_COUNT, AT(concurrency), .arg = "N",
	  .min = 1, .max = RUN_CONCURRENCY_MAX, .preset = "64",
	  .help = "run at most N checks side by side" },
	{ "deadline", 0, OPTION_DURATION, AT(deadline_ns), .arg = "TIME",
	  .min = TIME_MIN_NS, .max = TIME_MAX_NS,
	  .help = "end the run after TIME, whatever was reached; notices that "
		  "are due have five seconds at least" },
	{ "vantage", 0, OPTION_TEXT, AT(vantage), .arg = "TEXT",
	  .help = "say in the result where it was seen from" },

	{ .help = "memory and alerts" },
	{ "state", 0, OPTION_TEXT, AT(state), .arg = "FILE",
	  .help = "remember what was seen in FILE, and tell the channels of "
		  "the scenario what changes; " STATE_VARIABLE
		  " of the environment when not given" },
	{ "no-alerts", 0, OPTION_FLAG, AT(no_alerts),
	  .help = "remember, but tell nobody" },
	{ "test-alerts", 0, OPTION_FLAG, AT(test_alerts),
	  .help = "send a test notice to each channel instead of running the "
		  "checks" },

	OUTPUTS_OPTIONS(struct settings, outputs){
		"publish", 0, OPTION_TEXT, AT(publish), .arg = "DIR",
		.help = "write how things stand into DIR: index.html, "
			"metrics.prom "
			"for node_exporter, status.json, checks.json, badges" },

	{ .help = "what is told" },
	{ "color", 0, OPTION_CHOICE, AT(colour), .arg = "WHEN",
	  .preset = "auto", .choices = out_colours,
	  .help = "when to use colour" },
	{ "quiet", 'q', OPTION_FLAG, AT(quiet),
	  .help = "say nothing when all is well, as for cron" },
	{ "verbose", 'v', OPTION_FLAG, AT(verbose),
	  .help = "tell everything, of checks that are ok as well" },
	{ "log-format", 0, OPTION_TEXT, AT(log_format), .arg = "FORMAT",
	  .help = "json or text; text on a terminal when not given" },
	{ "log-level", 0, OPTION_TEXT, AT(log_level), .arg = "LEVEL",
	  .help = "DEBUG, INFO, WARNING, ERROR or CRITICAL; LOG_LEVEL of the "
		  "environment, then WARNING, when not given" },
	{ "log-file", 0, OPTION_TEXT, AT(log_file), .arg = "FILE",
	  .help = "append the log to FILE instead of standard error" },
	{ 0 },
};

/* ---- what is asked ----------------------------------------------------------------- */

/* Options of the other form are a mistake, not to be passed over. */
static bool check_form(struct job *t, bool url)
{
	const struct settings *set = &t->set;
	const struct {
		const char *name;
		bool is_given, of_url;
	} given[] = {
		{ "env", set->environment != NULL, false },
		{ "var", set->vars.n > 0, false },
		{ "only", set->only.n > 0, false },
		{ "tag", set->tags.n > 0, false },
		{ "expect-status", set->statuses != NULL, true },
		{ "timeout", set->timeout_ns > 0, true },
		{ "retries", set->retries > 0, true },
		{ "every", set->every_ns > 0, true },
		{ "header", set->headers.n > 0, true },
		{ "request", set->method != NULL, true },
		{ "redirects", set->redirects > 0, true },
		{ "insecure", set->insecure, true },
		{ "ca-file", set->ca_file != NULL, true },
	};
	bool ok = true;

	for (size_t i = 0; i < sizeof(given) / sizeof(*given); i++) {
		if (given[i].is_given && given[i].of_url != url)
			ok = errs_add(&t->problems, ERR_INPUT, NOWHERE,
				      "\"--%s\" is for a %s, and \"%s\" is a "
				      "%s%s",
				      given[i].name, url ? "scenario" : "URL",
				      t->operands.item[0],
				      url ? "URL" : "scenario",
				      url ? "" : ": write it into the file");
	}
	return ok;
}

/* Nothing is written over what is read, nor to a place without a name. */
static bool check_outputs(struct job *t)
{
	bool ok = true;

	if (t->operands.n == 1 && !operand_is_url(t->operands.item[0]))
		ok = outputs_spare(&t->set.outputs, t->operands.item[0],
				   "the scenario", &t->problems) &&
		     ok;
	if (t->set.publish && !*t->set.publish)
		ok = errs_add(&t->problems, ERR_INPUT, NOWHERE,
			      "--publish needs the name of a folder");
	if (state_named(t->set.state))
		ok = outputs_spare(&t->set.outputs, state_named(t->set.state),
				   "the state", &t->problems) &&
		     ok;
	if (t->set.log_file)
		ok = outputs_spare(&t->set.outputs, t->set.log_file, "the log",
				   &t->problems) &&
		     ok;
	return outputs_check(&t->set.outputs, 1, &t->problems) && ok;
}

static bool check_usage(struct job *t)
{
	bool ok = true;

	if (t->operands.n != 1)
		ok = errs_add(&t->problems, ERR_INPUT, NOWHERE,
			      "name one scenario file or one URL, got %zu",
			      t->operands.n);
	if (t->set.verbose && t->set.quiet)
		ok = errs_add(&t->problems, ERR_INPUT, NOWHERE,
			      "--verbose and --quiet exclude each other");
	if (t->set.no_alerts && t->set.test_alerts)
		ok = errs_add(&t->problems, ERR_INPUT, NOWHERE,
			      "--no-alerts and --test-alerts exclude each "
			      "other");
	return check_outputs(t) && ok;
}

static bool load_file(struct job *t, const char *path)
{
	const struct load_options load = {
		.environment = t->set.environment,
		.vars = &t->set.vars,
		.getenv = operand_env,
	};

	t->scenario = scenario_load(path, &load, &t->problems, NULL);
	return t->scenario && t->problems.n == 0;
}

static bool load_url(struct job *t, const char *url)
{
	const struct url_check check = {
		.url = url,
		.method = t->set.method,
		.headers = &t->set.headers,
		.statuses = t->set.statuses,
		.ca_file = t->set.ca_file,
		.timeout_ns = t->set.timeout_ns,
		.retries = t->set.retries,
		.every_ns = t->set.every_ns,
		.redirects = t->set.redirects,
		.insecure = t->set.insecure,
	};

	t->scenario = scenario_from_url(&check, &t->problems);
	return t->scenario != NULL;
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
	if (!check_form(t, url))
		return false;
	if (!(url ? load_url(t, operand) : load_file(t, operand)))
		return false;
	t->chosen = calloc(t->scenario->n_checks + 1, sizeof(*t->chosen));
	if (!t->chosen)
		return errs_nomem(&t->problems);
	return choose_checks(t->scenario, &t->set.only, &t->set.tags, t->chosen,
			     &t->problems);
}

/* ---- doing it --------------------------------------------------------------------- */

static bool open_log(struct job *t)
{
	const struct scenario *sc = t->scenario;
	const char *level = t->set.log_level;

	/* silence on success includes warnings of slow requests */
	if (!level && t->set.quiet && !getenv(LOG_LEVEL_VARIABLE))
		level = QUIET_LOG_LEVEL;
	const struct log_config config = {
		.level = level,
		.format = t->set.log_format,
		.file = t->set.log_file,
		.service = sc->service ? sc->service : NULL,
		.environment = sc->environment && sc->environment[0]
				       ? sc->environment
				       : NULL,
		.redactor = t->redactor,
	};

	t->log = log_open(&config, &t->problems);
	return t->log != NULL;
}

/* -q alone: only what fails is ever shown. */
static bool is_terse(const struct job *t)
{
	return t->set.quiet && !t->set.verbose && !t->set.publish &&
	       !outputs_any(&t->set.outputs) && !getenv("GITHUB_ACTIONS");
}

/* And all is well: nobody is told anything, so nothing is prepared. */
static bool is_silent(const struct job *t)
{
	return is_terse(t) && t->result->verdict == RUN_OK;
}

static bool perform(struct job *t)
{
	const struct run_options opt = {
		.scenario = t->scenario,
		.chosen = t->chosen,
		.concurrency = t->set.concurrency,
		.deadline_ns = t->set.deadline_ns,
		.vantage = t->set.vantage,
		.redactor = t->redactor,
		.log = t->log,
		.secrets = &t->secrets,
		.holds_signals = true,
		.is_terse = is_terse(t) && !t->memory.state,
	};

	t->result = run_checks(&opt, t->tree, &t->problems);
	patience_begin();
	if (!t->result)
		return false;
	if (is_silent(t) && !t->memory.state)
		return true;
	return result_seal(t->result, t->redactor, t->tree) ||
	       errs_nomem(&t->problems);
}

/* ---- remembering it ----------------------------------------------------- */

static void set_memory(struct job *t)
{
	t->memory = (struct memory){
		.path = state_named(t->set.state),
		.has_alerts = !t->set.no_alerts,
		.scenario = t->scenario,
		.secrets = &t->secrets,
		.redactor = t->redactor,
		.log = t->log,
		.deadline_ns = t->set.deadline_ns,
	};
	if (!t->memory.path && t->scenario->alerts && !t->set.no_alerts &&
	    !t->set.test_alerts)
		errs_add(&t->warnings, ERR_INPUT, NOWHERE,
			 "nobody is alerted without a memory: give --state "
			 "FILE, or --no-alerts");
}

static int say_other_run(struct job *t)
{
	struct out err;

	out_init(&err, stderr, t->redactor, (enum out_colour)t->set.colour);
	out_printf(&err,
		   "assay: another run of \"%s\" with \"%s\" is still under "
		   "way: nothing was observed by this one\n",
		   t->scenario->name, t->memory.path);
	(void)out_failed(&err);
	return EXIT_OF_OTHER_RUN;
}

static void say_found(struct job *t)
{
	struct out err;

	if (t->set.quiet)
		return;
	out_init(&err, stderr, t->redactor, (enum out_colour)t->set.colour);
	memory_tell(&t->memory, &err);
}

/* ---- telling it ------------------------------------------------------------------- */

/* A log that was asked for as a file is a result as well. */
static void check_log(struct job *t)
{
	uint64_t n = log_lost(t->log);

	if (t->set.log_file && n > 0)
		errs_add(&t->problems, ERR_SYSTEM, NOWHERE,
			 "\"%s\" lacks lines of the log: %" PRIu64
			 " could not be written",
			 t->set.log_file, n);
}

static int tell_all(struct job *t)
{
	const struct telling how = {
		.outputs = &t->set.outputs,
		.redactor = t->redactor,
		.colour = (enum out_colour)t->set.colour,
		.quiet = t->set.quiet,
		.verbose = t->set.verbose,
	};

	return tell_run(&how, t->result, &t->problems);
}

static int tell(struct job *t)
{
	int code = (int)t->result->exit_code;

	if (is_silent(t))
		patience_end();
	else
		code = tell_all(t);
	check_log(t);
	return t->problems.n > 0 ? EXIT_OF_MACHINE : code;
}

static bool set_up(struct job *t)
{
	t->redactor = redactor_new();
	t->tree = arena_new(TREE_MAX);
	if (!t->redactor || !t->tree)
		return errs_nomem(&t->problems);
	return load(t) &&
	       secrets_read(t->scenario, t->tree, t->redactor, &t->secrets,
			    &t->problems, &t->warnings) &&
	       open_log(t);
}

/* What stands in the folder is the newest, with what is remembered. */
static void publish(struct job *t)
{
	struct publish_memory memory;
	bool has_memory =
		t->memory.state &&
		publish_recall(t->memory.state, t->scenario, engine_wall_ns(),
			       t->tree, &memory, &t->problems);

	publish_run(t->set.publish, t->result, has_memory ? &memory : NULL,
		    &t->problems);
}

/* The alert first, then what is told here, and the exit code last. */
static int run_once(struct job *t)
{
	if (!memory_open(&t->memory, &t->problems))
		return say_other_run(t);
	say_found(t);
	bool done = perform(t);
	if (done)
		memory_take(&t->memory, t->result, &t->problems);
	if (done && t->set.publish)
		publish(t);
	memory_close(&t->memory);
	return done ? tell(t) : errs_exit_code(&t->problems);
}

static int test_alerts(struct job *t)
{
	struct out out;

	out_init(&out, stdout, t->redactor, (enum out_colour)t->set.colour);
	int code = memory_test_alerts(&t->memory, t->tree, &out, &t->problems);
	return out_lost(&out, &t->problems) ? EXIT_OF_MACHINE : code;
}

static int probe(struct job *t, int argc, char **argv)
{
	if (!options_parse(specs, &t->set, argc, argv, &t->operands,
			   &t->problems) ||
	    !check_usage(t) || !set_up(t) || !engine_global_init(&t->problems))
		return errs_exit_code(&t->problems);
	set_memory(t);
	int code = t->set.test_alerts ? test_alerts(t) : run_once(t);
	engine_global_release();
	return code;
}

static void clean_up(struct job *t)
{
	log_close(t->log);
	secrets_wipe(&t->secrets);
	arena_free(t->tree);
	scenario_free(t->scenario);
	redactor_free(t->redactor);
	args_release(&t->operands);
	options_release(specs, &t->set);
	free(t->chosen);
	free(t);
}

static int run(int argc, char **argv)
{
	struct job *t = calloc(1, sizeof(*t));

	if (!t)
		return EXIT_OF_MACHINE;
	int code = probe(t, argc, argv);
	tell_problems(t->redactor, (enum out_colour)t->set.colour, &t->problems,
		      t->set.quiet ? NULL : &t->warnings);
	clean_up(t);
	return code;
}

static const char *const examples[] = {
	"assay probe scenario.yaml",
	"assay probe scenario.yaml --env staging --junit junit.xml",
	"assay probe http://localhost:8000/health --expect-status 200",
	"assay probe -q scenario.yaml --state state.db",
	"assay probe scenario.yaml --test-alerts",
	NULL,
};

const struct command cmd_probe = {
	.name = "probe",
	.operands = "SCENARIO|URL",
	.summary = "run the checks of a scenario once, or check one URL",
	.options = specs,
	.details =
		"Runs every check, whatever becomes of the others, and tells "
		"what was expected, what was seen and where the time went. A "
		"URL instead of a file is a check of its own, fit for a "
		"container's health check.",
	.examples = examples,
	.run = run,
};
