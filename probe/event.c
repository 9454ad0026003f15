/* SPDX-License-Identifier: MIT */
#include "probe/event.h"

#include <string.h>

#include "probe/deliver/deliver.h"
#include "probe/engine/engine.h"
#include "probe/memory.h"
#include "probe/secrets.h"
#include "probe/tell.h"
#include "report/alerts/round.h"
#include "report/redact/redact.h"
#include "report/state/state.h"
#include "scenarios/alerts/alerts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/decode/decode.h"
#include "scenarios/load.h"

enum { TELLING_ARENA_MAX = 1 << 20 };

/* What telling one event needs at once. */
struct telling_event {
	struct event_ask *ask;
	struct scenario *scenario; /* or NULL */
	struct redactor *redactor;
	struct arena *arena;
	struct secret_values secrets;
	struct state *state;
	struct buf message;
	struct errs *problems, *warnings;
};

bool event_check(const struct event_ask *ask, struct errs *es)
{
	if (!slot_is_name(ask->name))
		return errs_add(es, ERR_INPUT, NOWHERE,
				"\"%s\" cannot be the name of an event: use "
				"letters, digits, _ and -, a letter first",
				ask->name);
	return state_named(ask->state) ||
	       errs_add(es, ERR_INPUT, NOWHERE,
			"say where events are remembered: --state FILE, or "
			"the variable " STATE_VARIABLE);
}

/* ---- the scenario --------------------------------------------------------- */

static void offer_names(const struct alerts *alerts, struct text_nearest *near,
			const char *name, bool *is_known)
{
	for (size_t i = 0; i < alerts->n_rules; i++) {
		const struct alert_rule *r = &alerts->rules[i];

		for (size_t k = 0; k < r->n_tiers; k++) {
			const struct condition *c = &r->tiers[k].when;

			if (!c->name || !r->is_global)
				continue;
			*is_known |= !strcmp(c->name, name);
			text_nearest_add(near, c->name);
		}
	}
	for (size_t i = 0; i < alerts->n_heartbeats; i++) {
		*is_known |= !strcmp(alerts->heartbeats[i].name, name);
		text_nearest_add(near, alerts->heartbeats[i].name);
	}
}

/* An event that nobody listens to is most likely called something else. */
static void warn_unheard(struct telling_event *t)
{
	const struct alerts *alerts = t->scenario->alerts;
	const char *name = t->ask->name;
	struct text_nearest near;
	bool is_known = false;

	text_nearest_init(&near, name, strlen(name));
	if (alerts)
		offer_names(alerts, &near, name, &is_known);
	if (!is_known)
		errs_add(t->warnings, ERR_INPUT, NOWHERE,
			 "no rule of \"%s\" is about the event \"%s\"%s%s%s",
			 t->ask->scenario, name,
			 near.best ? "; did you mean \"" : "",
			 near.best ? near.best : "", near.best ? "\"?" : "");
}

static bool load(struct telling_event *t)
{
	const struct load_options options = {
		.environment = t->ask->environment,
		.vars = t->ask->vars,
		.getenv = operand_env,
	};

	if (!t->ask->scenario)
		return true;
	t->scenario =
		scenario_load(t->ask->scenario, &options, t->problems, NULL);
	t->ask->loaded = t->scenario;
	if (!t->scenario || t->problems->n > 0)
		return false;
	warn_unheard(t);
	return secrets_read(t->scenario, t->arena, t->redactor, &t->secrets,
			    t->problems, t->warnings);
}

/* ---- telling -------------------------------------------------------------- */

/* Which words are secret is known from the scenario: without the one that was
 * named, what was said is not kept. */
static void leave_message(struct telling_event *t)
{
	if (t->ask->message && *t->ask->message)
		buf_puts(&t->message,
			 "(what it said was not kept: the scenario "
			 "that names its secrets could not be "
			 "read)");
}

static void write_message(struct telling_event *t)
{
	const char *message = t->ask->message ? t->ask->message : "";
	struct buf safe;

	buf_init(&safe, BUF_NO_LIMIT);
	redact_text(t->redactor, message, strlen(message), &safe);
	text_cut(&t->message, buf_text(&safe), safe.len, EVENT_MESSAGE_MAX);
	buf_release(&safe);
}

static bool take_down(struct telling_event *t)
{
	const struct seen_event ev = {
		.at_ns = engine_wall_ns(),
		.exit_code = t->ask->exit_code,
		.name = t->ask->name,
		.message = buf_text(&t->message),
	};

	return state_begin(t->state, t->problems) &&
	       state_event_add(t->state, &ev, t->problems) &&
	       state_commit(t->state, t->problems);
}

static bool evaluate(struct telling_event *t)
{
	const struct round_input in = {
		.scenario = t->scenario,
		.event = t->ask->name,
		.event_exit = t->ask->exit_code,
		.event_message = buf_text(&t->message),
		.now_at_ns = engine_wall_ns(),
		.is_alone = true,
	};
	const struct deliver_config config = {
		.state = t->state,
		.scenario = t->scenario,
		.secrets = &t->secrets,
		.redactor = t->redactor,
	};
	struct round_seen seen = { 0 };
	struct delivered done = { 0 };

	if (!alerts_round(t->state, &in, &seen, t->problems))
		return false;
	if (!deliver_now(&config, 0, &done, t->problems))
		return false;
	deliver_say_waiting(&done, state_named(t->ask->state), t->warnings);
	return true;
}

static bool tell(struct telling_event *t)
{
	if (!t->redactor || !t->arena)
		return errs_nomem(t->problems);
	bool is_loaded = load(t);
	if (is_loaded)
		write_message(t);
	else
		leave_message(t);
	t->state = state_open(state_named(t->ask->state), NULL, t->problems);
	if (!t->state)
		return false;
	/* a mistake in the scenario does not make what happened unknown */
	if (!is_loaded || !t->scenario)
		return take_down(t) && is_loaded;
	return evaluate(t);
}

/* A state that only events are put into has nobody else to look after it. */
static void tidy(struct telling_event *t)
{
	struct memory m = { .path = state_named(t->ask->state),
			    .scenario = t->scenario,
			    .state = t->state };

	memory_tidy(&m);
}

bool event_tell(struct event_ask *ask, struct errs *problems,
		struct errs *warnings)
{
	struct telling_event t = {
		.ask = ask,
		.redactor = redactor_new(),
		.arena = arena_new(TELLING_ARENA_MAX),
		.problems = problems,
		.warnings = warnings,
	};

	buf_init(&t.message, EVENT_MESSAGE_MAX);
	bool ok = event_check(ask, problems) && tell(&t);
	if (ok)
		tidy(&t);
	state_close(t.state);
	secrets_wipe(&t.secrets);
	arena_free(t.arena);
	redactor_free(t.redactor);
	buf_release(&t.message);
	return ok;
}
