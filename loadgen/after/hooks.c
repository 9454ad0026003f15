/* SPDX-License-Identifier: MIT */
#include "loadgen/after/hooks.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "loadgen/after/after.h"
#include "probe/deliver/send/sending.h"
#include "probe/engine/child.h"
#include "probe/engine/engine.h"
#include "report/notice/notice.h"
#include "report/out.h"
#include "report/redact/redact.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"

extern char **environ;

#define HOOKS_ARENA_MAX	 ((size_t)64 << 20)
#define WEBHOOK_TRY_NS	 UINT64_C(10000000000) /* of one try */
#define WEBHOOK_PAUSE_NS UINT64_C(1000000000)  /* it doubles */

enum {
	WEBHOOK_TRIES = 6,
	SAYS_MAX = 600,
	VARIABLES = 8,
	STREAMS = 2,	      /* standard output and error of the command */
	HOOK_LINE_MAX = 65536 /* of its output; a longer one is told in parts */
};

struct hooks {
	const struct hook_ask *ask;
	const struct against_metric *metric;
	struct arena *a;
	struct engine *en;
	struct child *child;
	struct buf line[STREAMS]; /* begun by the command, not yet ended */
	struct sending sending;
	struct engine_timer again;
	uint64_t until_ns, pause_ns;
	unsigned tries, n_left;
	bool has_failed;
};

static void is_over(struct hooks *t)
{
	if (--t->n_left == 0)
		engine_stop(t->en);
}

static void tell(struct hooks *t, const char *hook, bool ok, const char *how)
{
	struct buf line;

	buf_init(&line, SAYS_MAX);
	buf_printf(&line, "assay: %s%s: %s\n", hook, ok ? "" : " FAILED", how);
	if (!ok) {
		t->has_failed = true;
		buf_printf(&line,
			   "assay: what %s was to do has not been "
			   "done: do it by hand\n",
			   hook);
	}
	out_text(t->ask->say, buf_text(&line), line.len);
	buf_release(&line);
}

/* ---- the command ----------------------------------------------------- */

static bool is_ours(const char *pair)
{
	static const char *const names[] = {
		"ASSAY_VERDICT=", "ASSAY_LOAD=",  "ASSAY_METRIC=",
		"ASSAY_BEFORE=",  "ASSAY_NOW=",	  "ASSAY_BOUND=",
		"ASSAY_MESSAGE=", "ASSAY_RESULT="
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strncmp(pair, names[i], strlen(names[i])))
			return true;
	return false;
}

static const char *absolute(struct arena *a, const char *path)
{
	char folder[4096];

	if (!path || !strcmp(path, "-"))
		return "";
	if (*path == '/' || !getcwd(folder, sizeof(folder)))
		return path;
	return arena_printf(a, "%s/%s", folder, path);
}

static const char *const *environment(struct hooks *t)
{
	const struct against_metric *m = t->metric;
	const char *file = absolute(t->a, t->ask->result_file);
	size_t n = 0, room = VARIABLES + 1;
	const char **env;

	while (environ[room - VARIABLES - 1])
		room++;
	env = arena_alloc(t->a, room, sizeof(*env));
	if (!env || !file)
		return NULL;
	for (char **at = environ; *at; at++)
		if (!is_ours(*at))
			env[n++] = *at;
	env[n++] = arena_printf(
		t->a, "ASSAY_VERDICT=%s",
		against_verdict_name(t->ask->run->against->verdict));
	env[n++] = arena_printf(t->a, "ASSAY_LOAD=%s", m->load);
	env[n++] = arena_printf(t->a, "ASSAY_METRIC=%s", m->name);
	env[n++] = arena_printf(t->a, "ASSAY_BEFORE=%.6g", m->before);
	env[n++] = arena_printf(t->a, "ASSAY_NOW=%.6g", m->now);
	env[n++] = arena_printf(t->a, "ASSAY_BOUND=%.6g", m->bound);
	env[n++] = arena_printf(t->a, "ASSAY_MESSAGE=%s",
				t->ask->run->against->message);
	env[n++] = arena_printf(t->a, "ASSAY_RESULT=%s", file);
	for (size_t i = 0; i < n; i++)
		if (!env[i])
			return NULL;
	return env;
}

static void tell_line(struct hooks *t, struct buf *line)
{
	out_text(t->ask->say, buf_text(line), line->len);
	buf_reset(line);
}

/* By whole lines, as half of a secret is not known for one. */
static void on_output(struct child *ch, int fd, const char *bytes, size_t len)
{
	struct hooks *t = child_owner(ch);
	struct buf *line = &t->line[fd == STDERR_FILENO];

	for (size_t i = 0; i < len; i++) {
		buf_putc(line, bytes[i]);
		if (bytes[i] == '\n' || line->len == HOOK_LINE_MAX)
			tell_line(t, line);
	}
}

static void on_child(struct child *ch)
{
	struct hooks *t = child_owner(ch);
	const struct child_result *r = child_result(ch);
	struct buf how;

	for (int i = 0; i < STREAMS; i++) {
		if (!t->line[i].len)
			continue;
		buf_putc(&t->line[i], '\n');
		tell_line(t, &t->line[i]);
	}
	buf_init(&how, SAYS_MAX);
	child_say(r, &how);
	tell(t, "--on-fail-command", r->end == CHILD_EXITED && !r->exit_code,
	     buf_text(&how));
	buf_release(&how);
	is_over(t);
}

static void start_command(struct hooks *t)
{
	const char *const argv[] = { "/bin/sh", "-c", t->ask->set->command,
				     NULL };
	const struct child_plan plan = {
		.argv = argv,
		.env = environment(t),
		.in = CHILD_NULL,
		.spares_rest = true, /* perhaps the service as it was before */
		.timeout_ns = t->ask->set->hook_ns,
		.on_output = on_output,
		.on_done = on_child,
		.owner = t,
	};
	struct buf why;

	buf_init(&why, SAYS_MAX);
	if (plan.env)
		t->child = child_start(t->en, &plan, &why);
	else
		buf_puts(&why, "not enough memory");
	t->n_left += t->child != NULL;
	if (!t->child)
		tell(t, "--on-fail-command", false, buf_text(&why));
	buf_release(&why);
}

/* ---- the webhook ----------------------------------------------------- */

static void on_sent(struct sending *s)
{
	struct hooks *t = s->owner;
	uint64_t now = engine_now_ns();
	uint64_t pause = t->pause_ns;
	struct buf how;

	t->pause_ns *= 2;
	if (s->sent.asked_ns > pause)
		pause = s->sent.asked_ns;
	if (s->sent.meaning == ANSWER_LATER && t->tries < WEBHOOK_TRIES &&
	    pause < t->until_ns && now < t->until_ns - pause) {
		engine_timer_start(&t->again, pause);
		return;
	}
	buf_init(&how, SAYS_MAX);
	buf_puts(&how, s->sent.detail);
	if (t->tries > 1)
		buf_printf(&how, ", at try %u", t->tries);
	tell(t, "--on-fail-webhook", s->sent.meaning == ANSWER_TAKEN,
	     buf_text(&how));
	buf_release(&how);
	is_over(t);
}

static void try_webhook(struct hooks *t)
{
	uint64_t now = engine_now_ns();
	uint64_t left = t->until_ns > now ? t->until_ns - now : 1;

	t->tries++;
	t->sending.timeout_ns = left < WEBHOOK_TRY_NS ? left : WEBHOOK_TRY_NS;
	sending_start(&t->sending);
}

static void on_again(struct engine_timer *timer)
{
	struct hooks *t = timer->owner;

	try_webhook(t);
}

static const char *print(struct arena *a, double value, const char *unit)
{
	bool is_time = !strcmp(unit, "s");
	const char *text = is_time ? arena_printf(a, "%.3g s", value)
				   : arena_printf(a, "%.2f %%", value * 100);

	return text ? text : "";
}

static bool render(struct hooks *t, struct errs *es)
{
	const struct run_result *run = t->ask->run;
	const struct against_metric *m = t->metric;
	const struct notice_setting url = { "url", t->ask->set->webhook };
	const struct alert_channel channel = { .name = "on-fail-webhook",
					       .kind = CHANNEL_WEBHOOK };
	static const char *const tags[] = { "worse" };
	const struct notice notice = {
		.kind = NOTICE_EVENT,
		.scenario = run->name,
		.environment = run->environment,
		.rule = "against",
		.check = m->load,
		.severity = SEVERITY_CRITICAL,
		.title = arena_printf(t->a, "Worse than before: %s of %s",
				      m->name, m->load),
		.message = run->against->message,
		.at_ns = engine_wall_ns(),
		.episode = arena_printf(t->a, "against:%s:%" PRIu64, m->load,
					run->started_at_ns),
		.url = "",
		.request_id = "",
		.vantage = run->vantage,
		.value = print(t->a, m->now, m->unit),
		.threshold = print(t->a, m->bound, m->unit),
		.silenced = "",
		.n_tags = 1,
		.tags = tags,
	};
	const struct notice_input in = {
		.channel = &channel,
		.n_settings = 1,
		.settings = &url,
		.n = 1,
		.notices = &notice,
		.reference = "",
	};
	struct message *messages;
	size_t n = 0;

	if (!notice.title || !notice.episode)
		return errs_nomem(es);
	if (!notice_render(&in, t->a, &messages, &n, es) || n != 1)
		return false;
	t->sending = (struct sending){
		.en = t->en,
		.redactor = t->ask->redactor,
		.arena = t->a,
		.kind = CHANNEL_WEBHOOK,
		.message = messages,
		.on_done = on_sent,
		.owner = t,
	};
	return true;
}

static void start_webhook(struct hooks *t)
{
	struct errs es = { 0 };

	if (!render(t, &es)) {
		tell(t, "--on-fail-webhook", false,
		     es.n ? es.item[0].text : "it cannot be rendered");
		return;
	}
	t->pause_ns = WEBHOOK_PAUSE_NS;
	t->until_ns = engine_now_ns() + t->ask->set->hook_ns;
	engine_timer_init(&t->again, t->en, on_again, t);
	t->n_left++;
	try_webhook(t);
}

/* ---- both ------------------------------------------------------------ */

static void give_up_webhook(struct hooks *t)
{
	engine_timer_stop(&t->again);
	if (t->sending.is_on)
		sending_stop(&t->sending);
	tell(t, "--on-fail-webhook", false, "interrupted");
	is_over(t);
}

/* The command may have something to tidy up; the webhook has not. */
static void on_signal(void *owner, int signo)
{
	struct hooks *t = owner;

	t->has_failed = true;
	if (t->child && child_result(t->child)->end == CHILD_RUNNING)
		child_signal(t->child, signo);
	else if (t->n_left)
		give_up_webhook(t);
}

static void run_both(struct hooks *t)
{
	const struct after_settings *set = t->ask->set;

	engine_on_signal(t->en, on_signal, t);
	for (int i = 0; i < STREAMS; i++)
		buf_init(&t->line[i], HOOK_LINE_MAX + 2);
	if (set->command)
		start_command(t);
	if (set->webhook)
		start_webhook(t);
	if (t->n_left)
		engine_run(t->en);
	child_free(t->child);
	for (int i = 0; i < STREAMS; i++)
		buf_release(&t->line[i]);
	if (t->sending.is_on)
		sending_stop(&t->sending);
	if (t->tries)
		engine_timer_release(&t->again);
}

bool hooks_run(const struct hook_ask *ask)
{
	const struct against_result *ag = ask->run->against;
	struct hooks t = { .ask = ask };
	struct errs es = { 0 };

	if (!ag || ag->verdict != AGAINST_WORSE ||
	    ask->run->verdict != RUN_FAILED ||
	    (!ask->set->command && !ask->set->webhook))
		return true;
	t.metric = against_worst(ag);
	t.a = arena_new(HOOKS_ARENA_MAX);
	if (t.metric && t.a && engine_global_init(&es)) {
		t.en = engine_new(&es);
		if (t.en)
			run_both(&t);
		engine_free(t.en);
		engine_global_release();
	}
	if (!t.en) {
		tell(&t, "on-fail", false,
		     es.n ? es.item[0].text : "not enough memory");
	}
	arena_free(t.a);
	return !t.has_failed;
}
