/* SPDX-License-Identifier: MIT */
#include "loadgen/gate/side.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "probe/engine/child.h"
#include "report/result/outcome.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

enum {
	SIDE_ENV_ARENA_MAX = 16 << 20,
	SIDE_SAID_MAX = 240, /* bytes of its last words in a message */
	SIDE_ANSWER_MAX = 1 << 20,
};

/* ---- what it is ----------------------------------------------------- */

static bool is_url(const char *text)
{
	return !strncasecmp(text, "http://", 7) ||
	       !strncasecmp(text, "https://", 8);
}

static bool take_url(struct side *s, struct arena *a, struct errs *es)
{
	struct buf why;

	buf_init(&why, ERR_PART_MAX);
	bool ok = url_parse(a, s->source, &s->url, &why);
	if (!ok)
		errs_add(es, ERR_INPUT, NOWHERE, "\"--%s\": %s", s->name,
			 buf_text(&why));
	else if (s->url.user || s->url.password ||
		 strcmp(url_path(s->url.text), "/") != 0)
		ok = errs_add(es, ERR_INPUT, NOWHERE,
			      "\"--%s\" is a scheme, a host and a port, as "
			      "in \"http://localhost:8001\": what is asked "
			      "there is what the load asks",
			      s->name);
	buf_release(&why);
	if (!ok)
		return false;
	s->origin = arena_printf(a, "%s://%s:%u", s->url.scheme, s->url.host,
				 s->url.port);
	return s->origin || errs_nomem(es);
}

static bool take_command(struct side *s, unsigned taken, struct arena *a,
			 struct errs *es)
{
	if (!s->source[strspn(s->source, " \t\n")])
		return errs_add(es, ERR_INPUT, NOWHERE,
				"\"--%s\" is a URL, or a command that starts a "
				"server on 127.0.0.1:$PORT",
				s->name);
	s->port = port_choose(taken);
	if (!s->port)
		return errs_add(es, ERR_SYSTEM, NOWHERE,
				"there is no free port on 127.0.0.1");
	s->origin = arena_printf(a, "http://127.0.0.1:%u", s->port);
	return s->origin ? url_parse(a, s->origin, &s->url, NULL) ||
				   errs_nomem(es)
			 : errs_nomem(es);
}

static void on_again(struct engine_timer *t);

bool side_init(struct side *s, const struct side_plan *plan, struct engine *en,
	       struct arena *a, struct errs *es)
{
	*s = (struct side){
		.name = plan->name,
		.source = plan->source,
		.is_command = !is_url(plan->source),
		.grace_ns = CHILD_GRACE_NS,
		.en = en,
	};
	exchange_init(&s->ex);
	engine_timer_init(&s->again, en, on_again, s);
	return s->is_command ? take_command(s, plan->taken, a, es)
			     : take_url(s, a, es);
}

/* ---- whether it is ready -------------------------------------------- */

/* One that is longer than we look has answered, too. */
static bool is_answer(const struct answer *an)
{
	return an->outcome == OUTCOME_OK || an->outcome == OUTCOME_TOO_LARGE;
}

static void on_answer(struct exchange *ex)
{
	struct side *s = ex->owner;
	const struct answer *an = &ex->answer;
	long status = an->status;

	s->is_asking = false;
	if (is_answer(an) && status >= 100 && status < SIDE_STATUSES) {
		snprintf(s->seen, sizeof(s->seen), "status %ld", status);
		s->is_ready = s->ready->is_ok[status];
	} else {
		snprintf(s->seen, sizeof(s->seen), "%s",
			 outcome_sentence(an->outcome));
	}
	if (!s->is_ready) {
		engine_timer_start(&s->again, SIDE_AGAIN_NS);
		return;
	}
	s->n_starts++;
	s->starts_ns += engine_now_ns() - s->started_ns;
}

static void ask(struct side *s)
{
	struct request *rq;

	exchange_release(&s->ex);
	exchange_init(&s->ex);
	rq = &s->ex.request;
	*rq = s->ready->request;
	rq->kind = REQUEST_HTTP;
	rq->method = "GET";
	rq->url = s->ready_url;
	rq->body = NULL;
	rq->body_len = rq->n_parts = 0;
	rq->limits = (struct time_limits){ .total_ns = SIDE_PATIENT_NS };
	rq->body_max_bytes = SIDE_ANSWER_MAX;
	rq->skip_verify = true; /* whether it is there, not who it is */
	s->ex.on_done = on_answer;
	s->ex.owner = s;
	s->is_asking = true;
	engine_start(s->en, &s->ex);
}

static void on_again(struct engine_timer *t)
{
	ask(t->owner);
}

static void end_asking(struct side *s)
{
	engine_timer_stop(&s->again);
	exchange_release(&s->ex);
	exchange_init(&s->ex);
	s->is_asking = false;
}

/* ---- its life ------------------------------------------------------- */

/* The last bytes count. */
static void on_output(struct child *ch, int fd, const char *bytes, size_t len)
{
	struct side *s = child_owner(ch);
	size_t room = sizeof(s->tail);

	(void)fd;
	if (len > room) {
		bytes += len - room;
		len = room;
	}
	if (s->tail_len + len > room) {
		size_t gone = s->tail_len + len - room;
		memmove(s->tail, s->tail + gone, s->tail_len - gone);
		s->tail_len -= gone;
	}
	memcpy(s->tail + s->tail_len, bytes, len);
	s->tail_len += len;
}

static void on_end(struct child *ch)
{
	struct side *s = child_owner(ch);
	struct buf how;

	buf_init(&how, sizeof(s->how) - 1);
	child_say(child_result(ch), &how);
	snprintf(s->how, sizeof(s->how), "%s", buf_text(&how));
	buf_release(&how);
	s->is_over = true;
}

/* What this process has, and what is of the side. */
static const char *const *make_env(const struct side *s, uint64_t launch,
				   struct arena *a)
{
	static const char *const ours[] = { "PORT=", "ASSAY_SIDE=",
					    "ASSAY_LAUNCH=" };
	enum { N = sizeof(ours) / sizeof(*ours) };
	size_t n = 0, at = 0;

	while (environ[n])
		n++;
	const char **env = arena_alloc(a, n + N + 1, sizeof(*env));
	if (!env)
		return NULL;
	env[at++] = arena_printf(a, "PORT=%u", s->port);
	env[at++] = arena_printf(a, "ASSAY_SIDE=%s", s->name);
	env[at++] = arena_printf(a, "ASSAY_LAUNCH=%llu",
				 (unsigned long long)launch);
	for (size_t i = 0; i < N; i++)
		if (!env[i])
			return NULL;
	for (size_t i = 0; i < n; i++) {
		bool is_ours = false;
		for (size_t k = 0; k < N; k++)
			is_ours |=
				!strncmp(environ[i], ours[k], strlen(ours[k]));
		if (!is_ours)
			env[at++] = environ[i];
	}
	return env;
}

static bool launch_command(struct side *s, uint64_t launch, struct buf *why)
{
	const char *const argv[] = { "/bin/sh", "-c", s->source, NULL };
	struct arena *a = arena_new(SIDE_ENV_ARENA_MAX);
	const char *const *env = a ? make_env(s, launch, a) : NULL;
	const struct child_plan plan = {
		.argv = argv,
		.env = env,
		.in = CHILD_NULL,
		.out_max = 1, /* on_output() keeps what is kept */
		.err_max = 1,
		.grace_ns = s->grace_ns,
		.on_output = on_output,
		.on_done = on_end,
		.owner = s,
	};

	s->child = env ? child_start(s->en, &plan, why) : NULL;
	if (!env)
		buf_puts(why, "out of memory");
	arena_free(a);
	if (s->child)
		s->session = child_session(s->child);
	return s->child != NULL;
}

bool side_start(struct side *s, uint64_t launch, struct buf *why)
{
	s->is_over = s->is_ready = false;
	s->tail_len = 0;
	s->seen[0] = s->how[0] = '\0';
	s->started_ns = engine_now_ns();
	if (s->is_command && !launch_command(s, launch, why))
		return false;
	ask(s);
	return true;
}

void side_stop(struct side *s)
{
	end_asking(s);
	if (!s->child || s->is_over)
		return;
	/* nobody twice: the second one is often taken for "at once" */
	session_signal_rest(s->session, SIGTERM);
	child_stop(s->child);
}

bool side_is_gone(struct side *s)
{
	if (!s->is_command)
		return true;
	if (s->child && !s->is_over)
		return false;
	child_free(s->child);
	s->child = NULL;
	if (s->session && session_signal(s->session, SIGKILL) > 0)
		return false;
	s->session = 0;
	return true;
}

bool side_port_is_free(const struct side *s)
{
	return !s->is_command || port_is_free(s->port);
}

void side_release(struct side *s)
{
	if (!s->en)
		return;
	end_asking(s);
	engine_timer_release(&s->again);
	if (s->child && !s->is_over)
		session_signal_rest(s->session, SIGTERM);
	child_free(s->child);
	s->child = NULL;
	for (int i = 0; s->session && i < SWEEPS_MAX; i++) {
		if (!session_signal(s->session, SIGKILL))
			break;
		usleep(UNIT_NS_PER_MS / UNIT_NS_PER_US);
	}
	s->session = 0;
}

/* ---- words ---------------------------------------------------------- */

/* Its last words, in one line. */
static void say_tail(const struct side *s, struct buf *out)
{
	size_t end = s->tail_len, begin;

	while (end && (unsigned char)s->tail[end - 1] <= ' ')
		end--;
	begin = end > SIDE_SAID_MAX ? end - SIDE_SAID_MAX : 0;
	if (begin == end)
		return;
	buf_puts(out, "; it said last: ");
	for (size_t i = begin, len; i < end; i += len) {
		uint32_t c = (unsigned char)s->tail[i];

		len = text_utf8_next(s->tail + i, end - i, &c);
		if (!len) { /* no text: not for a terminal */
			len = 1;
			continue;
		}
		if (c == '\n')
			buf_puts(out, " / ");
		else if (c >= ' ' && !(c >= 0x7f && c < 0xa0))
			text_utf8_put(out, c);
	}
}

void side_say_end(const struct side *s, struct buf *out)
{
	if (s->is_over)
		buf_puts(out, s->how);
	if (s->is_over && !strcmp(s->how, "exit code 0"))
		buf_puts(out, " (a side has to stay in the foreground)");
	say_tail(s, out);
}
