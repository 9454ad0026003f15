/* SPDX-License-Identifier: MIT */
#include "probe/deliver/send/sending.h"

#include <inttypes.h>
#include <string.h>

#include "probe/engine/child.h"
#include "report/redact/redact.h"
#include "report/result/outcome.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/text.h"
#include "scenarios/json/json.h"
#include "scenarios/jsonpath/jsonpath.h"

enum { STATUS_REDIRECT = 300, STATUS_BAD = 400 };

/* ---- what is kept of an answer ------------------------------------------ */

static const char *keep_redacted(struct sending *s, const struct buf *words)
{
	struct buf safe;

	buf_init(&safe, SENDING_DETAIL_MAX);
	redact_text(s->redactor, buf_text(words), words->len, &safe);
	const char *kept = arena_strdup(s->arena, buf_text(&safe));
	buf_release(&safe);
	return kept ? kept : "";
}

static void finish(struct sending *s, const struct buf *words)
{
	s->sent.took_ns = engine_now_ns() - s->started_ns;
	s->sent.detail = keep_redacted(s, words);
	s->is_on = false;
	s->on_done(s);
}

static void print_node(const cJSON *node, struct buf *out)
{
	if (cJSON_IsString(node))
		buf_puts(out, node->valuestring);
	else if (cJSON_IsNumber(node))
		buf_printf(out, "%.15g", node->valuedouble);
}

static void read_tree(struct sending *s, const cJSON *tree, struct buf *out)
{
	const char *text = s->message->reference_path;
	struct errs es = { 0 };
	struct nodelist found;
	const struct jsonpath *path =
		jsonpath_compile(s->arena, text, strlen(text), NOWHERE, &es);

	if (!path)
		return;
	nodelist_init(&found);
	if (jsonpath_eval(path, tree, &found) == JSONPATH_OK && found.n > 0)
		print_node(found.item[0], out);
	nodelist_release(&found);
}

/* The id that the service gave, when it gave one. */
static const char *find_reference(struct sending *s, const struct buf *body)
{
	const struct source src = { .name = "answer",
				    .text = buf_text(body),
				    .len = body->len };
	struct errs es = { 0 };
	struct buf text;

	if (!s->message->reference_path || !*s->message->reference_path)
		return "";
	cJSON *tree = json_parse(&src, JSON_FOREIGN, NULL, NULL, &es);
	if (!tree)
		return "";
	buf_init(&text, SENDING_REFERENCE_MAX);
	read_tree(s, tree, &text);
	cJSON_Delete(tree);
	const char *kept =
		buf_ok(&text) ? arena_strdup(s->arena, buf_text(&text)) : NULL;
	buf_release(&text);
	return kept ? kept : "";
}

/* ---- HTTP and mail ------------------------------------------------------ */

/* An HTTP status counts whatever became of the body behind it: the service has
 * decided by then, and asking again would tell everything twice. */
static bool is_answered(const struct sending *s, const struct answer *an)
{
	if (s->message->kind == MESSAGE_HTTP)
		return an->status > 0;
	return an->status > 0 &&
	       (an->outcome == OUTCOME_OK || an->outcome == OUTCOME_STATUS);
}

static void say_answer(const struct sending *s, const struct answer *an,
		       struct buf *out)
{
	bool is_mail = s->message->kind == MESSAGE_MAIL;
	bool is_good = an->status < STATUS_REDIRECT;

	if (!is_answered(s, an)) {
		buf_printf(out, "%s: %s", outcome_name(an->outcome),
			   *an->detail ? an->detail
				       : outcome_sentence(an->outcome));
		return;
	}
	if (is_mail) {
		buf_puts(out, *an->detail ? an->detail : buf_text(&an->body));
		return;
	}
	buf_printf(out, "HTTP %ld", an->status);
	if (!is_good && an->status < STATUS_BAD)
		buf_puts(out, ", a redirect, which is not followed");
	if (is_good || !an->body.len)
		return;
	buf_puts(out, ": ");
	redact_excerpt(s->redactor, buf_text(&an->body), an->body.len,
		       SENDING_EXCERPT_MAX, out);
}

static void judge_answer(struct sending *s, const struct answer *an)
{
	const char *body = buf_text(&an->body);

	s->sent.code = an->status;
	if (is_answered(s, an)) {
		s->sent.meaning =
			notice_answer(s->kind, an->status, body, an->body.len);
		s->sent.asked_ns = notice_retry_after_ns(
			s->kind, answer_header(an, "Retry-After"), body,
			an->body.len);
	} else if (an->outcome == OUTCOME_VALUE) {
		/* a mistake of the scenario, which may be mended */
		s->sent.is_asked = false;
	}
	if (s->sent.meaning == ANSWER_TAKEN && s->message->kind == MESSAGE_HTTP)
		s->sent.reference = find_reference(s, &an->body);
}

static void on_answer(struct exchange *ex)
{
	struct sending *s = ex->owner;
	struct buf words;

	buf_init(&words, SENDING_DETAIL_MAX);
	judge_answer(s, &ex->answer);
	say_answer(s, &ex->answer, &words);
	exchange_release(ex);
	finish(s, &words);
	buf_release(&words);
}

static bool fill_http(struct sending *s)
{
	const struct message *m = s->message;
	struct request *rq = &s->ex.request;
	struct field *fields =
		arena_alloc(s->arena, m->n_headers, sizeof(*fields));

	if (!fields)
		return false;
	for (size_t i = 0; i < m->n_headers; i++)
		fields[i] = (struct field){ m->headers[i].name,
					    m->headers[i].value };
	rq->kind = REQUEST_HTTP;
	rq->method = m->method;
	rq->url = m->url;
	rq->headers = fields;
	rq->n_headers = m->n_headers;
	return true;
}

static void fill_mail(struct sending *s)
{
	const struct message *m = s->message;
	struct request *rq = &s->ex.request;

	rq->kind = REQUEST_MAIL;
	rq->url = m->server;
	rq->user = m->user;
	rq->password = m->password;
	rq->needs_tls = m->needs_tls;
	rq->from = m->from;
	rq->to = m->to;
	rq->n_to = m->n_to;
}

static bool start_exchange(struct sending *s)
{
	struct request *rq = &s->ex.request;

	if (s->message->kind == MESSAGE_MAIL)
		fill_mail(s);
	else if (!fill_http(s))
		return false;
	rq->body = s->message->body;
	rq->body_len = s->message->body_len;
	rq->limits.total_ns = s->timeout_ns;
	rq->body_max_bytes = SENDING_ANSWER_MAX;
	s->ex.on_done = on_answer;
	s->ex.owner = s;
	engine_start(s->en, &s->ex);
	return true;
}

/* ---- commands ----------------------------------------------------------- */

static void say_child(const struct sending *s, const struct child_result *r,
		      struct buf *out)
{
	child_say(r, out);
	if (r->end == CHILD_EXITED && r->exit_code == 0)
		return;
	if (!r->err.len && !r->out.len)
		return;
	const struct buf *said = r->err.len ? &r->err : &r->out;
	buf_puts(out, ": ");
	redact_excerpt(s->redactor, buf_text(said), said->len,
		       SENDING_EXCERPT_MAX, out);
}

static void on_child(struct child *ch)
{
	struct sending *s = child_owner(ch);
	const struct child_result *r = child_result(ch);
	struct buf words;

	buf_init(&words, SENDING_DETAIL_MAX);
	if (r->end == CHILD_EXITED) {
		s->sent.code = r->exit_code;
		s->sent.meaning = notice_answer(s->kind, r->exit_code,
						buf_text(&r->out), r->out.len);
	}
	say_child(s, r, &words);
	child_free(ch);
	s->child = NULL;
	finish(s, &words);
	buf_release(&words);
}

static const char *const *list_args(struct sending *s)
{
	const struct message *m = s->message;
	const char **argv = arena_alloc(s->arena, m->n_args + 1, sizeof(*argv));

	for (size_t i = 0; argv && i < m->n_args; i++)
		argv[i] = m->args[i];
	return argv;
}

static const char *const *list_env(struct sending *s)
{
	const struct message *m = s->message;
	const char **more = arena_alloc(s->arena, m->n_env, sizeof(*more));

	for (size_t i = 0; more && i < m->n_env; i++) {
		more[i] = arena_printf(s->arena, "%s=%s", m->env[i].name,
				       m->env[i].value);
		if (!more[i])
			return NULL;
	}
	return more ? child_env(s->arena, more, m->n_env) : NULL;
}

static bool start_child(struct sending *s, struct buf *why)
{
	const char *const *argv = list_args(s);
	const char *const *env = list_env(s);

	if (!argv || !env)
		return buf_puts(why, "not enough memory") && false;
	const struct child_plan plan = {
		.argv = argv,
		.env = env,
		.input = s->message->body,
		.input_len = s->message->body_len,
		.out_max = SENDING_ANSWER_MAX,
		.timeout_ns = s->timeout_ns,
		.on_done = on_child,
		.owner = s,
	};
	s->child = child_start(s->en, &plan, why);
	return s->child != NULL;
}

/* ---- start and stop ----------------------------------------------------- */

static void on_late(struct engine_timer *t)
{
	struct sending *s = t->owner;
	struct buf words;

	engine_timer_release(&s->late);
	buf_init(&words, SENDING_DETAIL_MAX);
	buf_puts(&words, s->sent.detail);
	finish(s, &words);
	buf_release(&words);
}

void sending_start(struct sending *s)
{
	struct buf why;
	bool is_started;

	s->sent = (struct sent){ .meaning = ANSWER_LATER,
				 .is_asked = true,
				 .detail = "",
				 .reference = "" };
	s->child = NULL;
	s->is_on = true;
	s->started_ns = engine_now_ns();
	exchange_init(&s->ex);
	buf_init(&why, SENDING_DETAIL_MAX);
	if (s->message->kind == MESSAGE_EXEC) {
		is_started = start_child(s, &why);
	} else {
		is_started = start_exchange(s);
		if (!is_started)
			buf_puts(&why, "not enough memory");
	}
	engine_timer_init(&s->late, s->en, on_late, s);
	if (!is_started) {
		s->sent.detail = arena_strdup(s->arena, buf_text(&why));
		if (!s->sent.detail)
			s->sent.detail = "not enough memory";
		engine_timer_start(&s->late, 0);
	}
	buf_release(&why);
}

void sending_stop(struct sending *s)
{
	if (!s->is_on)
		return;
	s->is_on = false;
	engine_timer_release(&s->late);
	exchange_release(&s->ex);
	child_free(s->child);
	s->child = NULL;
}
