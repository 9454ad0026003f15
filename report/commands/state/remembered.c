/* SPDX-License-Identifier: MIT */
#include "report/commands/state/remembered.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/file.h"
#include "report/out.h"
#include "report/result/stamp.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/load.h"

#define REMEMBERED_ARENA_MAX ((size_t)256 << 20)
#define REMEMBERED_TEXT_MAX  ((size_t)256 << 20)

static const char *read_env(void *self, const char *name)
{
	(void)self;
	return getenv(name);
}

static bool load_scenario(struct remembered *r, bool needs_one)
{
	const struct load_options load = {
		.environment = r->set->environment,
		.vars = &r->set->vars,
		.getenv = read_env,
	};

	if (!r->set->scenario)
		return !needs_one ||
		       errs_add(&r->problems, ERR_INPUT, NOWHERE,
				"say which scenario it is about: --scenario "
				"FILE");
	r->scenario =
		scenario_load(r->set->scenario, &load, &r->problems, NULL);
	return r->scenario && r->problems.n == 0;
}

static bool open_state(struct remembered *r, enum remembered_how how)
{
	const char *path = state_named(r->set->state);

	if (!path)
		return errs_add(&r->problems, ERR_INPUT, NOWHERE,
				"say which state file to look at: --state "
				"FILE");
	/* one that is not there would be made */
	if (how == REMEMBERED_TO_CHANGE && access(path, F_OK) != 0)
		return errs_add(&r->problems, ERR_SYSTEM, NOWHERE,
				"state file \"%s\" is not there: runs with "
				"--state make it",
				path);
	r->state = how == REMEMBERED_TO_CHANGE
			   ? state_open(path, NULL, &r->problems)
			   : state_open_readonly(path, &r->problems);
	return r->state != NULL;
}

bool remembered_nothing(struct remembered *r,
			const struct remembered_options *set)
{
	r->set = set;
	r->now_at_ns = stamp_now_ns();
	r->arena = arena_new(REMEMBERED_ARENA_MAX);
	return r->arena || errs_nomem(&r->problems);
}

bool remembered_open(struct remembered *r, const struct remembered_options *set,
		     enum remembered_how how, bool needs_scenario)
{
	if (!remembered_nothing(r, set))
		return false;
	bool is_loaded = load_scenario(r, needs_scenario);
	return open_state(r, how) && is_loaded;
}

uint64_t remembered_since(const struct remembered *r, uint64_t ns)
{
	return r->now_at_ns > ns ? r->now_at_ns - ns : 0;
}

bool remembered_write(const char *json, struct out *to,
		      remembered_say *say_text, remembered_say *say_json,
		      const void *self, struct errs *es)
{
	struct buf text;
	bool ok = true;

	buf_init(&text, REMEMBERED_TEXT_MAX);
	if (json) {
		say_json(self, &text);
		ok = buf_ok(&text) ? file_write(json, buf_text(&text), text.len,
						FILE_MODE, es)
				   : errs_nomem(es);
		buf_reset(&text);
	}
	if (!json || strcmp(json, "-") != 0) {
		say_text(self, &text);
		ok = (buf_ok(&text) || errs_nomem(es)) && ok;
		out_buf(to, &text);
	}
	buf_release(&text);
	return ok;
}

bool remembered_tell(struct remembered *r, struct out *to,
		     remembered_say *say_text, remembered_say *say_json,
		     const void *self)
{
	bool ok = remembered_write(r->set->json, to, say_text, say_json, self,
				   &r->problems);

	return !out_lost(to, &r->problems) && ok;
}

int remembered_close(struct remembered *r)
{
	struct out say;

	out_init(&say, stderr, NULL, OUT_NEVER);
	out_problems(&say, &r->problems, "");
	(void)out_failed(&say);
	state_close(r->state);
	r->state = NULL;
	/* problems point into its texts */
	scenario_free(r->scenario);
	r->scenario = NULL;
	arena_free(r->arena);
	r->arena = NULL;
	return errs_exit_code(&r->problems);
}
