/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "probe/ask/ask_body.h"
#include "probe/engine/child.h"
#include "probe/run/record.h"
#include "probe/steps/executor.h"
#include "probe/steps/plugin.h"
#include "report/log.h"
#include "report/redact/redact.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"

#define LOGGER "assay.probe"

enum { NAME_MAX_BYTES = 200 };

/* ---- what it is given ----------------------------------------------------- */

static const char *const *make_argv(struct journey *jo,
				    const struct step_exec *ex, struct buf *why)
{
	struct arena *a = jo->asking.arena;
	const struct template_world world = journey_values(jo);
	const char **argv = arena_alloc(a, ex->n_args + 1, sizeof(*argv));
	bool ok = argv != NULL;

	for (size_t i = 0; ok && i < ex->n_args; i++)
		argv[i] = ask_text(ex->args[i], &world, a, &ok, why);
	return ok ? argv : NULL;
}

static const char *const *make_env(struct journey *jo,
				   const struct step_exec *ex, struct buf *why)
{
	struct arena *a = jo->asking.arena;
	const struct template_world world = journey_values(jo);
	const char **more = arena_alloc(a, ex->env.n, sizeof(*more));
	bool ok = more != NULL;

	for (size_t i = 0; ok && i < ex->env.n; i++) {
		const struct pair *p = &ex->env.item[i];
		const char *value = ask_text(p->value, &world, a, &ok, why);

		more[i] = ok ? arena_printf(a, "%s=%s", p->name, value) : NULL;
		ok = more[i] != NULL;
	}
	return ok ? child_env(a, more, ex->env.n) : NULL;
}

/* Everything of the plan that templates say.  False with *why, which is empty
 * when memory is what lacks. */
static bool make_plan(struct journey *jo, const struct step_exec *ex,
		      struct child_plan *plan, struct buf *why)
{
	struct arena *a = jo->asking.arena;
	const struct template_world world = journey_values(jo);
	bool ok = true;

	plan->argv = make_argv(jo, ex, why);
	plan->env = plan->argv ? make_env(jo, ex, why) : NULL;
	if (!plan->env)
		return false;
	plan->folder = ask_text(ex->folder, &world, a, &ok, why);
	plan->in = CHILD_NULL;
	if (ok && ex->input) {
		plan->in = CHILD_PIPE;
		plan->input = ask_bytes(ex->input, &world, a, &plan->input_len,
					&ok, why);
	}
	return ok;
}

static void name_step(struct journey *jo, const char *command)
{
	struct step_result *r = &jo->asking.r;
	const char *slash = strrchr(command, '/');

	if (jo->asking.step->name)
		return;
	const char *name = arena_printf(
		journey_arena(jo), "%s %.*s", r->kind, NAME_MAX_BYTES,
		record_text(jo, slash ? slash + 1 : command));
	if (name)
		r->name = name;
}

/* ---- what it said ----------------------------------------------------------- */

static const char *last_line(const struct buf *text, size_t *len)
{
	const char *from = buf_text(text);
	size_t end = text->len;

	while (end && strchr(" \t\r\n", from[end - 1]))
		end--;
	const char *feed = end ? memrchr(from, '\n', end) : NULL;
	const char *line = feed ? feed + 1 : from;
	*len = end - (size_t)(line - from);
	return line;
}

/* "exit code 3: disk full": what it said last tells most. */
static void say_exit(struct judging *j)
{
	const struct child_result *r = j->seen->child;
	struct buf text;
	size_t len = 0;

	if (!j->exit_failed)
		return;
	const char *line = last_line(r->err.len ? &r->err : &r->out, &len);
	buf_init(&text, JUDGE_MESSAGE_MAX);
	child_say(r, &text);
	if (len) {
		buf_puts(&text, ": ");
		redact_excerpt(j->redactor, line, len, JUDGE_TEXT_MAX, &text);
	}
	j->message = arena_strndup(j->arena, buf_text(&text), text.len);
	buf_release(&text);
}

static void judge(struct judging *j, const struct step *st, void *own)
{
	(void)own;
	if (((const struct step_exec *)st->spec)->is_plugin)
		plugin_judge(j);
	else
		say_exit(j);
}

/* How the command ended, when it did not exit. */
static void take_end(struct journey *jo, const struct child_result *r)
{
	static const enum outcome outcomes[] = {
		[CHILD_SIGNALLED] = OUTCOME_KILLED,
		[CHILD_TIMED_OUT] = OUTCOME_TIMEOUT,
		[CHILD_TOO_MUCH] = OUTCOME_TOO_LARGE,
	};
	struct asking *as = &jo->asking;
	struct buf text;

	if (r->end == CHILD_EXITED)
		return;
	buf_init(&text, JUDGE_WHY_MAX);
	child_say(r, &text);
	if (r->was_killed)
		buf_puts(&text, ", and SIGTERM did not end it");
	as->r.outcome = outcomes[r->end];
	as->r.message = journey_message(jo, buf_text(&text));
	buf_release(&text);
}

static void log_run(struct journey *jo, const struct child_result *r)
{
	const struct asking *as = &jo->asking;
	const struct log_entry entry = {
		.logger = LOGGER,
		.message = as->r.message[0] ? as->r.message : NULL,
		.method = as->r.kind,
		.path = as->r.name,
		.status_code = r->exit_code,
		.duration_ns = (int64_t)(r->ended_ns - r->started_ns),
	};

	if (log_wants(jo->world.log, LEVEL_WARNING))
		log_request(jo->world.log, &entry);
}

static void on_done(struct child *ch)
{
	struct journey *jo = child_owner(ch);
	struct asking *as = &jo->asking;
	const struct child_result *r = child_result(ch);
	const struct record_extra extra = { .child = r, .judge = judge };
	struct answer *an = &as->ex.answer;

	journey_wake(jo);
	buf_init(&an->body, BUF_NO_LIMIT);
	buf_add(&an->body, buf_text(&r->out), r->out.len);
	an->received_bytes = r->out.len;
	as->phases.ns[PHASE_LATENESS] += r->stalled_ns;
	as->phases.ns[PHASE_WAIT] +=
		r->ended_ns - r->started_ns - r->stalled_ns;
	take_end(jo, r);
	log_run(jo, r);
	record_finish(jo, &extra);
	journey_go_on(jo);
}

void exec_start(struct journey *jo, const struct step *st)
{
	const struct step_exec *ex = st->spec;
	struct asking *as = record_begin(jo, st);
	struct child_plan plan = {
		.out_max = ex->max_output_bytes,
		.ends_at_limit = true,
		.timeout_ns = ex->timeout_ns,
		.grace_ns = ex->grace_ns,
		.on_done = on_done,
		.owner = jo,
	};
	struct buf why;

	if (!as)
		return;
	uint64_t left = journey_left_ns(jo);
	if (left < plan.timeout_ns || !plan.timeout_ns)
		plan.timeout_ns = left == UINT64_MAX ? plan.timeout_ns
				  : left	     ? left
						     : UNIT_NS_PER_MS;
	buf_init(&why, JUDGE_WHY_MAX);
	if (!make_plan(jo, ex, &plan, &why)) {
		record_fail(jo, OUTCOME_VALUE, buf_text(&why));
	} else {
		name_step(jo, plan.argv[0]);
		exchange_init(&as->ex);
		as->is_open = true;
		as->child = child_start(jo->world.en, &plan, &why);
		jo->is_waiting = as->child != NULL;
		if (!as->child)
			record_fail(jo, OUTCOME_LOCAL_FAIL, buf_text(&why));
	}
	buf_release(&why);
}
