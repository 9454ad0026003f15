/* SPDX-License-Identifier: MIT */

/*
 * exec - a command of the user's own, started without a shell.  Its standard
 * input is the JSON that a webhook is given; the environment has, beside PATH:
 *
 *     ASSAY_KIND         firing, resolved, reminder ... of the worst one
 *     ASSAY_STATUS       firing, resolved, acknowledged, event, test, digest
 *     ASSAY_SEVERITY     critical, error, warning, info
 *     ASSAY_TITLE        "Service Down: ready"
 *     ASSAY_SCENARIO  ASSAY_ENVIRONMENT  ASSAY_RULE  ASSAY_CHECK
 *     ASSAY_EPISODE      the same for all notices of one outage
 *     ASSAY_CHANNEL      name of the channel
 *     ASSAY_COUNT        notices that it is given together
 *
 * and what "env" says, which may replace them.
 *
 * Answer        exit code 0 is taken.  64 (usage), 65 (data), 77 (permission)
 *               and 78 (configuration) of sysexits.h, 126 and 127 (it cannot
 *               be started) are for good; any other is tried again, 75 too.
 */

#include <string.h>

#include "report/notice/channel.h"
#include "report/notice/payload.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"

static void put_env(struct telling *t, struct message *m, const char *name,
		    const char *value)
{
	struct message_header *env = (struct message_header *)(uintptr_t)m->env;

	if (!name || m->n_env == TELL_ENV_MAX)
		t->has_failed = true;
	else
		env[m->n_env++] = (struct message_header){ name, value };
}

/* "NAME=value" of the channel's own. */
static bool put_own_env(struct telling *t, struct message *m)
{
	const char *text;

	for (size_t i = 0; (text = tell_setting_at(t, "env", i)); i++) {
		const char *equals = strchr(text, '=');

		if (!equals || equals == text)
			return tell_wrong(t, "env",
					  "must be names of variables with "
					  "their values");
		put_env(t, m,
			arena_strndup(t->a, text, (size_t)(equals - text)),
			equals + 1);
	}
	return true;
}

static void put_all_env(struct telling *t, struct message *m)
{
	const struct notice *n = t->worst[0];
	struct buf text;

	put_env(t, m, "ASSAY_KIND", notice_kind_name(n->kind));
	put_env(t, m, "ASSAY_STATUS", notice_state(n));
	put_env(t, m, "ASSAY_SEVERITY", severity_name(n->severity));
	put_env(t, m, "ASSAY_TITLE", n->title);
	put_env(t, m, "ASSAY_SCENARIO", n->scenario);
	put_env(t, m, "ASSAY_ENVIRONMENT", n->environment);
	put_env(t, m, "ASSAY_RULE", n->rule);
	put_env(t, m, "ASSAY_CHECK", n->check);
	put_env(t, m, "ASSAY_EPISODE", n->episode);
	put_env(t, m, "ASSAY_CHANNEL", t->in->channel->name);
	buf_init(&text, NOTICE_NAME_MAX);
	buf_printf(&text, "%zu", t->n);
	put_env(t, m, "ASSAY_COUNT", tell_keep(t, &text));
}

static bool render(struct telling *t)
{
	struct message *m = tell_message(t, MESSAGE_EXEC);
	const char **args = arena_alloc(t->a, TELL_LIST_MAX, sizeof *args);
	struct buf body;

	if (!m || !args)
		return false;
	while (m->n_args < TELL_LIST_MAX &&
	       (args[m->n_args] = tell_setting_at(t, "command", m->n_args)))
		m->n_args++;
	m->args = args;
	put_all_env(t, m);
	if (!put_own_env(t, m))
		return false;
	buf_init(&body, TELL_BODY_MAX);
	if (!payload_write(t, &body)) {
		buf_release(&body);
		return false;
	}
	return tell_body(t, m, &body);
}

static enum answer_meaning answer(int64_t status, const char *body, size_t len)
{
	(void)body;
	(void)len;
	switch (status) {
	case 0:
		return ANSWER_TAKEN;
	case 64:
	case 65:
	case 77:
	case 78:
	case 126:
	case 127:
		return ANSWER_NEVER;
	default:
		return ANSWER_LATER;
	}
}

static const struct channel_key keys[] = {
	{ "command", SETTING_ARGUMENT, true },
	{ "env", SETTING_ARGUMENT, false },
};

const struct channel channel_exec = {
	.name = "exec",
	.kind = CHANNEL_EXEC,
	.takes_digest = true,
	CHANNEL_KEYS(keys),
	.render = render,
	.answer = answer,
};
