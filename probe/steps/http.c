/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <strings.h>

#include "probe/run/record.h"
#include "probe/ask/divert.h"
#include "probe/ask/redirect.h"
#include "probe/steps/executor.h"
#include "probe/steps/health.h"
#include "probe/ask/url.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"

enum { NAME_MAX_BYTES = 200 };

/* "get /health": for a step that has no name of its own. */
static void name_step(struct journey *jo, const struct url *url)
{
	struct step_result *r = &jo->asking.r;

	if (jo->asking.step->name)
		return;
	/* of the whole address, which may hold a secret as a whole */
	const char *at = url_path(record_url(jo, url->text));
	struct buf path;

	buf_init(&path, NAME_MAX_BYTES);
	text_cut(&path, at, strcspn(at, "?#"), NAME_MAX_BYTES);
	const char *name = arena_printf(journey_arena(jo), "%s %s", r->kind,
					buf_text(&path));
	if (name)
		r->name = name;
	buf_release(&path);
}

/* Everything that the request says, in jo->asking. */
static bool prepare(struct journey *jo, struct buf *why)
{
	struct asking *as = &jo->asking;
	const struct template_world world = journey_values(jo);
	const struct http_ask *ask = executors[as->step->type].ask(as->step);
	struct request *rq = &as->asked.request;
	struct url url;

	if (!ask_http(ask, &world, jo->world.redactor, as->arena, &as->asked,
		      why) ||
	    !divert_apply(jo->world.divert, as->arena, &as->asked, why))
		return false;
	url = as->asked.url;
	if (as->step->type == STEP_MINIO) {
		rq->url = url_add_path(as->arena, rq->url,
				       minio_path(as->step->spec), why);
		if (!rq->url || !url_parse(as->arena, rq->url, &url, why))
			return false;
		rq->url = url.text;
	}
	as->r.method = rq->method;
	as->r.url = record_url(jo, rq->url);
	as->r.request_id = record_text(jo, as->asked.request_id);
	as->r.unverified = rq->skip_verify && url.is_encrypted;
	name_step(jo, &url);
	return true;
}

static void run_judge(struct judging *j, const struct step *st, void *own)
{
	(void)own;
	if (executors[st->type].judge)
		executors[st->type].judge(j, st);
}

static void finish(struct journey *jo)
{
	struct asking *as = &jo->asking;
	const struct http_ask *ask = executors[as->step->type].ask(as->step);
	const struct record_extra extra = {
		.is_encrypted = strncmp(as->ex.request.url, "https:", 6) == 0,
		.server_time_header = ask->server_time_header,
		.server_time_unit_ns = ask->server_time_unit_ns,
		.judge = run_judge,
	};

	record_finish(jo, &extra);
}

static void stop_following(struct journey *jo, enum outcome outcome,
			   const char *what, const char *detail)
{
	struct asking *as = &jo->asking;
	const char *message = arena_printf(as->arena, "%s: %s", what, detail);

	as->r.outcome = outcome;
	as->r.message = journey_message(jo, message ? message : what);
}

/* True when another hop is under way. */
static bool follow(struct journey *jo, void (*on_done)(struct exchange *ex))
{
	struct asking *as = &jo->asking;
	const struct answer *an = &as->ex.answer;
	const struct http_ask *ask = executors[as->step->type].ask(as->step);
	const char *why = "";

	if (an->outcome != OUTCOME_OK || ask->redirects == 0)
		return false;
	switch (redirect_next(as->arena, &as->asked, an->status,
			      answer_header(an, "Location"), &why)) {
	case REDIRECT_NONE:
		return false;
	case REDIRECT_REFUSE:
		stop_following(jo, OUTCOME_REDIRECT_REFUSED,
			       "the redirect is not followed", why);
		return false;
	case REDIRECT_FOLLOW:
		break;
	}
	if (as->redirects >= ask->redirects) {
		stop_following(jo, OUTCOME_REDIRECTS,
			       "there were too many redirects, the next one to",
			       as->asked.request.url);
		return false;
	}
	as->redirects++;
	exchange_release(&as->ex);
	as->is_open = false;
	record_ask(jo, on_done);
	return true;
}

static void on_done(struct exchange *ex)
{
	struct journey *jo = ex->owner;

	journey_wake(jo);
	record_hop(jo);
	if (follow(jo, on_done))
		return;
	finish(jo);
	journey_go_on(jo);
}

void http_start(struct journey *jo, const struct step *st)
{
	struct asking *as = record_begin(jo, st);
	struct buf why;

	if (!as)
		return;
	buf_init(&why, JUDGE_WHY_MAX);
	if (prepare(jo, &why))
		record_ask(jo, on_done);
	else
		record_fail(jo,
			    as->asked.lacks_file ? OUTCOME_LOCAL_FAIL
						 : OUTCOME_VALUE,
			    buf_text(&why));
	buf_release(&why);
}
