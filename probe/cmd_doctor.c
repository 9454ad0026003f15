/* SPDX-License-Identifier: MIT */
#include "probe/cmd_doctor.h"

#include <stdlib.h>
#include <string.h>

#include "probe/doctor/doctor.h"
#include "probe/engine/engine.h"
#include "probe/memory.h"
#include "probe/tell.h"
#include "report/file.h"
#include "report/out.h"
#include "report/redact/redact.h"
#include "report/state/state.h"
#include "scenarios/alerts/alerts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/options.h"
#include "scenarios/load.h"

enum { EXIT_FAILED = 1, EXIT_OF_MACHINE = 4 };

#define DOCTOR_BYTES_MAX ((size_t)64 << 20)
#define TEXT_BYTES_MAX	 ((size_t)16 << 20)

struct settings {
	const char *environment;
	struct args vars;
	const char *state, *json;
	bool online, send;
};

#define AT(field) OPTION_AT(struct settings, field)

static const struct option_spec specs[] = {
	{ "env", 0, OPTION_TEXT, AT(environment), .arg = "NAME",
	  .help = "choose the block of that name under environments" },
	{ "var", 0, OPTION_LIST, AT(vars), .arg = "NAME=VALUE",
	  .help = "replace the value of a var" },
	{ "state", 's', OPTION_TEXT, AT(state), .arg = "FILE",
	  .help = "the state file that runs are given; " STATE_VARIABLE
		  " of the environment when not given" },
	{ "online", 0, OPTION_FLAG, AT(online),
	  .help = "compare the clock with that of the HTTP targets: one HEAD "
		  "to each" },
	{ "send", 0, OPTION_FLAG, AT(send),
	  .help = "send a test notice to each channel" },
	{ "json", 0, OPTION_TEXT, AT(json), .arg = "FILE",
	  .help = "write it as JSON (- is standard output, instead of the "
		  "text)" },
	{ 0 },
};

struct job {
	struct settings set;
	struct args operands;
	struct scenario *scenario;
	struct doctor doctor;
	struct errs problems;
};

/* ---- looking ------------------------------------------------------------ */

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void say_scenario(struct job *t, const char *path,
			 const struct errs *wrong, const struct errs *warnings)
{
	struct doctor *d = &t->doctor;
	const struct scenario *sc = t->scenario;

	doctor_say_problems(d, FINDING_FAIL, "scenario",
			    "assay lint shows the place", wrong);
	doctor_say_problems(d, FINDING_WARN, "scenario",
			    "assay lint shows the place", warnings);
	if (!wrong->n && sc) {
		size_t n_rules = sc->alerts ? sc->alerts->n_rules : 0;
		size_t n_channels = sc->alerts ? sc->alerts->n_channels : 0;

		doctor_say(d, FINDING_OK, "scenario", "",
			   "\"%s\" can be read: %zu check%s, %zu rule%s, %zu "
			   "channel%s",
			   path, sc->n_checks, plural(sc->n_checks), n_rules,
			   plural(n_rules), n_channels, plural(n_channels));
	}
}

static void look_at_scenario(struct job *t, const char *path)
{
	const struct load_options load = {
		.environment = t->set.environment,
		.vars = &t->set.vars,
		.getenv = operand_env,
	};
	struct errs wrong = { 0 }, warnings = { 0 };

	t->scenario = scenario_load(path, &load, &wrong, &warnings);
	say_scenario(t, path, &wrong, &warnings);
	if (t->scenario && !wrong.n)
		t->doctor.sc = t->scenario;
}

static void look_at_secrets(struct job *t)
{
	struct doctor *d = &t->doctor;
	struct errs wrong = { 0 }, warnings = { 0 };

	if (!d->sc)
		return;
	d->has_secrets = secrets_read(d->sc, d->a, d->redactor, &d->secrets,
				      &wrong, &warnings);
	doctor_say_problems(d, FINDING_FAIL, "secret",
			    "set it in the environment that assay runs in",
			    &wrong);
	doctor_say_problems(d, FINDING_WARN, "secret",
			    "chmod 600, or give it to the user that runs assay",
			    &warnings);
	if (d->has_secrets && d->sc->n_secrets)
		doctor_say(d, FINDING_OK, "secret", "",
			   "what the scenario needs is set");
}

static void look(struct job *t)
{
	struct doctor *d = &t->doctor;

	if (t->operands.n)
		look_at_scenario(t, t->operands.item[0]);
	look_at_secrets(t);
	doctor_state(d);
	doctor_schedule(d);
	doctor_log(d);
	doctor_certificates(d);
	doctor_channels(d);
	doctor_files_limit(d);
	doctor_zones(d);
	doctor_clock(d);
	doctor_checkout(d, t->operands.n ? t->operands.item[0] : ".");
	if (t->set.online)
		doctor_clock_online(d);
	if (t->set.send)
		doctor_send(d);
}

/* ---- telling ------------------------------------------------------------ */

static void tell(struct job *t)
{
	struct out to;
	struct buf text;

	buf_init(&text, TEXT_BYTES_MAX);
	if (t->set.json) {
		doctor_json(&t->doctor, &text);
		if (!buf_ok(&text))
			errs_nomem(&t->problems);
		file_write(t->set.json, buf_text(&text), text.len, FILE_MODE,
			   &t->problems);
		buf_reset(&text);
	}
	if (!t->set.json || strcmp(t->set.json, "-") != 0) {
		doctor_text(&t->doctor, &text);
		out_init(&to, stdout, t->doctor.redactor, OUT_NEVER);
		out_buf(&to, &text);
		(void)out_lost(&to, &t->problems);
	}
	buf_release(&text);
}

static bool check_usage(struct job *t)
{
	if (t->operands.n > 1)
		return errs_add(&t->problems, ERR_INPUT, NOWHERE,
				"name one scenario file at most, got %zu",
				t->operands.n);
	if (!t->operands.n && (t->set.send || t->set.online))
		return errs_add(&t->problems, ERR_INPUT, NOWHERE,
				"--online and --send need a scenario");
	return true;
}

static int doctor(struct job *t, int argc, char **argv)
{
	struct doctor *d = &t->doctor;

	if (!options_parse(specs, &t->set, argc, argv, &t->operands,
			   &t->problems) ||
	    !check_usage(t) || !engine_global_init(&t->problems))
		return errs_exit_code(&t->problems);
	d->redactor = redactor_new();
	d->a = arena_new(DOCTOR_BYTES_MAX);
	d->now_at_ns = engine_wall_ns();
	d->state_path = state_named(t->set.state);
	if (d->redactor && d->a) {
		look(t);
		tell(t);
	} else {
		errs_nomem(&t->problems);
	}
	engine_global_release();
	if (t->problems.n)
		return EXIT_OF_MACHINE;
	return doctor_worst(d) == FINDING_FAIL ? EXIT_FAILED : 0;
}

static int run(int argc, char **argv)
{
	struct job *t = calloc(1, sizeof(*t));

	if (!t)
		return EXIT_OF_MACHINE;
	int code = doctor(t, argc, argv);
	tell_problems(t->doctor.redactor, OUT_NEVER, &t->problems, NULL);
	state_close(t->doctor.state);
	secrets_wipe(&t->doctor.secrets);
	arena_free(t->doctor.a);
	scenario_free(t->scenario);
	redactor_free(t->doctor.redactor);
	args_release(&t->operands);
	options_release(specs, &t->set);
	free(t);
	return code;
}

static const char *const examples[] = {
	"assay doctor",
	"assay doctor scenario.yaml --state state.db",
	"assay doctor scenario.yaml --state state.db --online --send",
	NULL,
};

const struct command cmd_doctor = {
	.name = "doctor",
	.operands = "[SCENARIO]",
	.summary = "check that this machine can do what a scenario asks",
	.options = specs,
	.details =
		"Looks at the scenario, its secrets and channels, the state "
		"file and how its schedule is really kept, the log, "
		"certificates, time zones, the clock, the limit of open files, "
		"and the age of the newest commit where a workflow runs it. "
		"Each line is ok, warn or fail, with what to do about it. "
		"Nothing is changed, and nothing is sent without --online or "
		"--send.",
	.examples = examples,
	.run = run,
};
