/* SPDX-License-Identifier: MIT */
#include "probe/watch/config.h"

#include <stdlib.h>

#include "probe/run/choose.h"
#include "probe/tell.h"
#include "probe/world.h"
#include "report/redact/redact.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/load.h"
#include "scenarios/watch/watch.h"

enum { ARENA_MAX = 16 << 20, TOKEN_MAX = 4096, TOKEN_MIN = 8 };

/* A text whose only unknowns are secrets. */
static bool eval_token(struct watch_config *c, struct errs *es)
{
	const struct watch_settings *w = c->scenario->watch;
	size_t n = c->secrets.n;
	struct buf out;
	struct buf why;

	if (!w || !w->token)
		return true;
	struct template_slot *slots = arena_alloc(c->arena, n, sizeof(*slots));
	if (!slots)
		return errs_nomem(es);
	for (size_t i = 0; i < n; i++)
		slots[i] = (struct template_slot){
			.text = c->secrets.item[i].text,
			.len = c->secrets.item[i].len,
			.is_set = true,
		};
	struct template_world world = world_now(slots, n);
	buf_init(&out, TOKEN_MAX);
	buf_init(&why, ERR_PART_MAX);
	bool ok = template_eval(w->token, &world, &out, &why);
	if (!ok)
		errs_add(es, ERR_INPUT, NOWHERE, "\"token\" of \"watch\": %s",
			 buf_text(&why));
	else if (out.len < TOKEN_MIN)
		ok = errs_add(es, ERR_INPUT, NOWHERE,
			      "\"token\" of \"watch\" must be at least %d "
			      "characters long",
			      TOKEN_MIN);
	if (ok) {
		c->token = arena_strndup(c->arena, buf_text(&out), out.len);
		c->token_len = out.len;
		ok = c->token || errs_nomem(es);
	}
	buf_release(&out);
	buf_release(&why);
	/* whoever logs what a reader sent shall not log this */
	return ok && (redactor_add(c->redactor, c->token, c->token_len) ||
		      errs_nomem(es));
}

static bool read_secrets(struct watch_config *c, struct errs *problems,
			 struct errs *warnings)
{
	struct secret_values again = { 0 };
	struct errs told = { 0 };

	c->redactor = redactor_new();
	c->keeper_redactor = redactor_new();
	c->arena = arena_new(ARENA_MAX);
	if (!c->redactor || !c->keeper_redactor || !c->arena)
		return errs_nomem(problems);
	bool ok = secrets_read(c->scenario, c->arena, c->redactor, &c->secrets,
			       problems, warnings) &&
		  secrets_read(c->scenario, c->arena, c->keeper_redactor,
			       &again, problems, &told);
	secrets_wipe(&again);
	return ok;
}

static bool fill(struct watch_config *c, const struct watch_source *from,
		 struct errs *problems, struct errs *warnings)
{
	const struct load_options load = {
		.environment = from->environment,
		.vars = from->vars,
		.getenv = operand_env,
	};

	c->scenario = scenario_load(from->file, &load, problems, warnings);
	if (!c->scenario || problems->n > 0)
		return false;
	if (c->scenario->n_checks == 0)
		return errs_add(problems, ERR_INPUT, NOWHERE,
				"\"%s\" has no checks to watch", from->file);
	c->chosen = calloc(c->scenario->n_checks, sizeof(*c->chosen));
	if (!c->chosen)
		return errs_nomem(problems);
	return choose_checks(c->scenario, from->only, from->tags, c->chosen,
			     problems) &&
	       read_secrets(c, problems, warnings) && eval_token(c, problems);
}

struct watch_config *watch_config_load(const struct watch_source *from,
				       struct watch_config **broken,
				       struct errs *problems,
				       struct errs *warnings)
{
	struct watch_config *c = calloc(1, sizeof(*c));

	*broken = NULL;
	if (!c) {
		errs_nomem(problems);
		return NULL;
	}
	c->refs = 1;
	if (fill(c, from, problems, warnings))
		return c;
	*broken = c;
	return NULL;
}

struct watch_config *watch_config_hold(struct watch_config *c)
{
	__atomic_add_fetch(&c->refs, 1, __ATOMIC_RELAXED);
	return c;
}

void watch_config_drop(struct watch_config *c)
{
	if (!c || __atomic_sub_fetch(&c->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	secrets_wipe(&c->secrets);
	arena_free(c->arena);
	scenario_free(c->scenario);
	redactor_free(c->redactor);
	redactor_free(c->keeper_redactor);
	free(c->chosen);
	free(c);
}
