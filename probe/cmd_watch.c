/* SPDX-License-Identifier: MIT */
#include "probe/cmd_watch.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe/engine/engine.h"
#include "probe/memory.h"
#include "probe/run/run.h"
#include "probe/tell.h"
#include "probe/watch/beside/board.h"
#include "probe/watch/config.h"
#include "probe/watch/beside/http.h"
#include "probe/watch/beside/keeper.h"
#include "probe/watch/beside/service.h"
#include "probe/watch/watch.h"
#include "report/log.h"
#include "report/log/sink.h"
#include "report/out.h"
#include "scenarios/base/err.h"
#include "scenarios/base/options.h"
#include "scenarios/base/units.h"
#include "scenarios/model.h"
#include "scenarios/template/template.h"
#include "scenarios/watch/listen.h"
#include "scenarios/watch/watch.h"

enum { EXIT_OF_MACHINE = 4, STALE_INTERVALS = 3 };
#define STALE_EXTRA_NS	 UINT64_C(60000000000)
#define LOG_CLOSE_NS	 UINT64_C(5000000000)
#define LOG_LEVEL_PRESET "INFO"

/* A line for each request of each check is for who asks for it. */
static const struct log_level_of quiet_requests = { "assay.probe", "WARNING" };

struct settings {
	const char *environment;
	struct args vars, only, tags;
	const char *state, *listen, *vantage;
	uint64_t concurrency;
	const char *log_format, *log_level, *log_file, *log_errors;
	struct log_rotation rotate;
	bool compresses;
	unsigned colour; /* enum out_colour */
};

struct job {
	struct settings set;
	struct args operands;
	struct watch_source source;
	struct watch_config *config, *broken;
	struct log_sink *sink, *audit;
	struct logger *log;
	struct log_config log_config;
	struct board *board;
	struct keeper *keeper;
	struct pages *pages;
	struct service service;
	bool engine_is_up;
	bool is_stuck; /* a thread was left behind */
	struct errs problems, warnings;
};

#define AT(field) OPTION_AT(struct settings, field)

static const struct option_spec specs[] = {
	{ .help = "the scenario" },
	{ "env", 0, OPTION_TEXT, AT(environment), .arg = "NAME",
	  .help = "choose the block of that name under environments" },
	{ "var", 0, OPTION_LIST, AT(vars), .arg = "NAME=VALUE",
	  .help = "replace the value of a var" },
	{ "only", 0, OPTION_LIST, AT(only), .arg = "CHECK",
	  .help = "watch the check of that name" },
	{ "tag", 0, OPTION_LIST, AT(tags), .arg = "TAG",
	  .help = "watch the checks with that tag" },

	{ .help = "the watch" },
	{ "state", 0, OPTION_TEXT, AT(state), .arg = "FILE",
	  .help = "remember results, alerts and notices in "
		  "FILE; " STATE_VARIABLE " of the environment when not given; "
		  "without it nothing is remembered, and nobody is told" },
	{ "listen", 0, OPTION_TEXT, AT(listen), .arg = "ADDRESS:PORT",
	  .help = "where the pages are, or none; " LISTEN_USUAL
		  " when neither this nor the scenario says; others than "
		  "loopback need a token in the scenario" },
	{ "concurrency", 'c', OPTION_COUNT, AT(concurrency), .arg = "N",
	  .min = 1, .max = RUN_CONCURRENCY_MAX,
	  .help = "run at most N checks side by side; 1000 when not given" },
	{ "vantage", 0, OPTION_TEXT, AT(vantage), .arg = "TEXT",
	  .help = "say in results where they were seen from" },

	{ .help = "the log" },
	{ "log-level", 0, OPTION_TEXT, AT(log_level), .arg = "LEVEL",
	  .help = "DEBUG, INFO, WARNING, ERROR or CRITICAL; LOG_LEVEL of the "
		  "environment, then INFO without a line for each request, "
		  "when "
		  "not given; DEBUG is never written with --env production" },
	{ "log-format", 0, OPTION_TEXT, AT(log_format), .arg = "FORMAT",
	  .help = "json or text; text on a terminal when not given" },
	{ "log-file", 0, OPTION_TEXT, AT(log_file), .arg = "FILE",
	  .help = "append the log to FILE instead of standard error" },
	{ "log-errors", 0, OPTION_TEXT, AT(log_errors), .arg = "FILE",
	  .help = "append what is ERROR or worse to FILE as well" },
	{ "log-size", 0, OPTION_SIZE, AT(rotate.max_bytes), .arg = "SIZE",
	  .min = 1024, .help = "begin a new file before one gets larger" },
	{ "log-daily", 0, OPTION_FLAG, AT(rotate.daily),
	  .help = "begin a new file each day (UTC)" },
	{ "log-keep", 0, OPTION_COUNT, AT(rotate.keep), .arg = "N", .min = 1,
	  .max = LOG_KEEP_MAX,
	  .help = "keep N older files; 10 when not given" },
	{ "log-compress", 0, OPTION_FLAG, AT(compresses),
	  .help = "compress older files (gzip), the newest of them once it is "
		  "no longer that" },
	{ "log-compress-after", 0, OPTION_DURATION,
	  AT(rotate.compress_after_ns), .arg = "TIME",
	  .help = "compress older files at this age" },
	{ "log-delete-after", 0, OPTION_DURATION, AT(rotate.delete_after_ns),
	  .arg = "TIME", .help = "delete older files at this age" },
	{ "color", 0, OPTION_CHOICE, AT(colour), .arg = "WHEN",
	  .preset = "auto", .choices = out_colours,
	  .help = "when to use colour" },
	{ 0 },
};

/* ---- the log ---------------------------------------------------------------- */

static const struct log_settings *log_of(const struct job *t)
{
	static const struct log_settings nothing = { 0 };
	const struct scenario *sc = t->config->scenario;

	return sc->log ? sc->log : &nothing;
}

static const char *path_of(const char *given, const struct template *written)
{
	if (given)
		return given;
	return written ? template_text(written, NULL) : NULL;
}

enum { KEEP_DEFAULT = 10 };

/* Options say all of it, or the scenario does. */
static struct log_rotation rotation_of(const struct job *t)
{
	struct log_rotation r = t->set.rotate;

	if (!r.max_bytes && !r.daily)
		return log_of(t)->rotate;
	if (!r.keep)
		r.keep = KEEP_DEFAULT;
	r.compress = t->set.compresses || r.compress_after_ns > 0;
	r.delay_compress = t->set.compresses;
	return r;
}

static bool check_rotation(struct job *t, const char *file)
{
	const struct log_rotation *r = &t->set.rotate;
	bool has_more = r->keep || t->set.compresses || r->compress_after_ns ||
			r->delete_after_ns;

	if (has_more && !r->max_bytes && !r->daily)
		return errs_add(&t->problems, ERR_INPUT, NOWHERE,
				"say when a new file of the log is begun: "
				"--log-size or --log-daily");
	if ((r->max_bytes || r->daily) && !file)
		return errs_add(&t->problems, ERR_INPUT, NOWHERE,
				"--log-size and --log-daily need --log-file");
	return true;
}

static bool open_sinks(struct job *t, const char *file)
{
	const struct log_settings *set = log_of(t);
	const char *audit = path_of(NULL, set->audit);
	struct log_sink_config config = {
		.file = file,
		.fd = STDERR_FILENO,
		.errors = path_of(t->set.log_errors, set->errors),
		.rotate = rotation_of(t),
	};

	t->sink = log_sink_open(&config, &t->problems);
	if (!t->sink || !audit)
		return t->sink != NULL;
	config.file = audit;
	config.errors = NULL;
	t->audit = log_sink_open(&config, &t->problems);
	return t->audit != NULL;
}

static bool open_log(struct job *t)
{
	const struct scenario *sc = t->config->scenario;
	const struct log_settings *set = log_of(t);
	const char *file = path_of(t->set.log_file, set->file);
	const char *level = t->set.log_level ? t->set.log_level : set->level;

	bool is_open = !level && !getenv(LOG_LEVEL_VARIABLE);

	if (is_open)
		level = LOG_LEVEL_PRESET;
	if (!check_rotation(t, file) || !open_sinks(t, file))
		return false;
	t->log_config = (struct log_config){
		.level = level,
		.format = t->set.log_format ? t->set.log_format : set->format,
		.sink = t->sink,
		.service = sc->service,
		.environment = sc->environment[0] ? sc->environment : NULL,
		.redactor = t->config->redactor,
		.n_levels = set->n_levels,
		.levels = set->levels,
	};
	if (is_open && set->n_levels == 0) {
		t->log_config.levels = &quiet_requests;
		t->log_config.n_levels = 1;
	}
	t->log = log_open(&t->log_config, &t->problems);
	return t->log != NULL;
}

/* ---- the other parts ---------------------------------------------------------- */

static uint64_t stale_after(const struct job *t)
{
	const struct scenario *sc = t->config->scenario;
	uint64_t shortest = UINT64_MAX;

	if (sc->watch && sc->watch->stale_after_ns > 0)
		return sc->watch->stale_after_ns;
	for (size_t i = 0; i < sc->n_checks; i++) {
		uint64_t every =
			watch_every_ns(t->config, sc->checks[i].every_ns);

		if (t->config->chosen[i] && every < shortest)
			shortest = every;
	}
	return shortest == UINT64_MAX
		       ? 0
		       : STALE_INTERVALS * shortest + STALE_EXTRA_NS;
}

static bool open_pages(struct job *t)
{
	const struct watch_settings *set = t->config->scenario->watch;
	const char *written =
		set && set->listen ? template_text(set->listen, NULL) : NULL;
	const char *listen = t->set.listen ? t->set.listen : written;
	const struct pages_config config = {
		.listen = listen ? listen : LISTEN_USUAL,
		.board = t->board,
		.state_path = t->set.state,
		.has_token = t->config->token != NULL,
		.stale_after_ns = stale_after(t),
	};
	struct errs es = { 0 };

	if (!strcmp(config.listen, LISTEN_NOT))
		return true;
	t->pages = pages_start(&config, listen ? &t->problems : &es);
	if (t->pages) {
		log_printf(t->log, LEVEL_INFO, "assay.watch",
			   "the pages are at http://%s/",
			   pages_address(t->pages));
		return true;
	}
	if (listen)
		return false;
	/* nobody asked for that place: it is no reason not to watch */
	log_printf(t->log, LEVEL_WARNING, "assay.watch", "no pages: %s",
		   es.n ? es.item[0].text : "out of memory");
	return true;
}

static bool open_state(struct job *t)
{
	const struct scenario *sc = t->config->scenario;

	t->set.state = state_named(t->set.state);
	if (!t->set.state)
		return !sc->alerts ||
		       errs_add(&t->problems, ERR_INPUT, NOWHERE,
				"\"%s\" has alerts, and alerts need a memory: "
				"write --state FILE",
				t->source.file);
	t->keeper = keeper_new(t->set.state, t->config, &t->log_config,
			       &t->problems);
	return t->keeper != NULL;
}

static void log_warnings(struct job *t)
{
	for (size_t i = 0; i < t->warnings.n; i++) {
		const struct err *e = &t->warnings.item[i];

		log_printf(t->log, LEVEL_WARNING, "assay.watch", "%s:%u:%u: %s",
			   e->at.src ? e->at.src->name : t->source.file,
			   e->at.line, e->at.col, e->text);
	}
}

static bool set_up(struct job *t)
{
	t->source = (struct watch_source){
		.file = t->operands.item[0],
		.environment = t->set.environment,
		.vars = &t->set.vars,
		.only = &t->set.only,
		.tags = &t->set.tags,
	};
	t->config = watch_config_load(&t->source, &t->broken, &t->problems,
				      &t->warnings);
	if (!t->config || !open_log(t))
		return false;
	log_warnings(t);
	t->engine_is_up = engine_global_init(&t->problems);
	t->board = board_new();
	if (!t->board)
		return errs_nomem(&t->problems);
	return t->engine_is_up && open_state(t) && open_pages(t);
}

static bool check_usage(struct job *t)
{
	if (t->operands.n != 1)
		return errs_add(&t->problems, ERR_INPUT, NOWHERE,
				"name one scenario file, got %zu",
				t->operands.n);
	if (!strcmp(t->operands.item[0], "-"))
		return errs_add(&t->problems, ERR_INPUT, NOWHERE,
				"a scenario that is watched must be a file, "
				"so that it can be loaded again");
	return true;
}

static bool watch(struct job *t)
{
	const struct watch_options opt = {
		.source = &t->source,
		.config = t->config,
		.vantage = t->set.vantage,
		.concurrency = t->set.concurrency,
		.log = t->log,
		.sink = t->sink,
		.audit = t->audit,
		.board = t->board,
		.keeper = t->keeper,
		.service = &t->service,
	};

	return watch_run(&opt, &t->problems);
}

static enum keeper_end close_keeper(struct job *t)
{
	enum keeper_end end = keeper_close(t->keeper, WATCH_STOP_NS);

	t->keeper = NULL;
	if (end == KEEPER_STUCK)
		t->is_stuck = true;
	return end;
}

static int watch_all(struct job *t, int argc, char **argv)
{
	if (!options_parse(specs, &t->set, argc, argv, &t->operands,
			   &t->problems) ||
	    !check_usage(t) || !set_up(t) || !watch(t))
		return errs_exit_code(&t->problems);
	pages_stop(t->pages);
	t->pages = NULL;
	enum keeper_end end = close_keeper(t);
	if (end != KEEPER_DONE)
		log_printf(t->log, LEVEL_ERROR, "assay.watch",
			   "results were lost: they could not be taken down "
			   "in time");
	return end == KEEPER_DONE ? 0 : EXIT_OF_MACHINE;
}

static void clean_up(struct job *t)
{
	pages_stop(t->pages);
	(void)close_keeper(t);
	if (t->is_stuck) {
		/* it still has hold of all this, until the process ends */
		if (t->audit)
			(void)log_sink_end(t->audit, LOG_CLOSE_NS);
		if (t->sink)
			(void)log_sink_end(t->sink, LOG_CLOSE_NS);
		_exit(EXIT_OF_MACHINE);
	}
	board_free(t->board);
	log_close(t->log);
	log_sink_close(t->audit, LOG_CLOSE_NS);
	log_sink_close(t->sink, LOG_CLOSE_NS);
	watch_config_drop(t->config);
	watch_config_drop(t->broken);
	service_release(&t->service);
	if (t->engine_is_up)
		engine_global_release();
	args_release(&t->operands);
	options_release(specs, &t->set);
	free(t);
}

static int run(int argc, char **argv)
{
	struct job *t = calloc(1, sizeof(*t));

	if (!t)
		return EXIT_OF_MACHINE;
	service_init(&t->service);
	int code = watch_all(t, argc, argv);
	/* warnings were logged */
	tell_problems(t->config ? t->config->redactor : NULL,
		      (enum out_colour)t->set.colour, &t->problems, NULL);
	clean_up(t);
	return code;
}

static const char *const examples[] = {
	"assay watch scenario.yaml --state assay.db",
	"assay watch scenario.yaml --listen 127.0.0.1:9115 --env production",
	"assay watch scenario.yaml --log-file assay.log --log-size 10MB "
	"--log-daily --log-keep 10",
	NULL,
};

const struct command cmd_watch = {
	.name = "watch",
	.operands = "SCENARIO",
	.summary = "run the checks of a scenario on their schedule",
	.options = specs,
	.details =
		"Runs until SIGTERM or SIGINT. SIGHUP loads the scenario anew; "
		"one with mistakes is told in the log and the old one stays. "
		"SIGUSR1 opens the log's files anew, after they were moved. "
		"Under systemd (Type=notify) it tells when it is ready and "
		"keeps the watchdog fed; assay.service in the examples is a "
		"unit for it.",
	.examples = examples,
	.run = run,
};
