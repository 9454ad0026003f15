/* SPDX-License-Identifier: MIT */
#include "probe/deliver/send/parcel.h"

#include <stdlib.h>
#include <string.h>

#include "probe/deliver/deliver.h"
#include "probe/deliver/send/settings.h"
#include "report/redact/redact.h"
#include "scenarios/alerts/alerts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"

struct parcel {
	struct parcel_plan plan;
	struct arena *a;
	struct template_world world;
	const struct notice_setting *settings;
	struct message *messages;
	size_t n_messages;
	size_t at;	/* the message under way */
	size_t n_taken; /* notices that were told to everybody */
	bool is_plain;
	uint64_t until_ns;
	struct sending sending;
	struct sent sent;
	struct engine_timer late; /* for one that ended before it began */
};

static void go_on(struct parcel *p);

void *parcel_owner(const struct parcel *p)
{
	return p->plan.owner;
}

const struct sent *parcel_sent(const struct parcel *p)
{
	return &p->sent;
}

/* ---- rendering ---------------------------------------------------------- */

static const char *setting(const struct parcel *p, const char *name)
{
	for (size_t i = 0; i < p->plan.channel->n_settings; i++)
		if (!strcmp(p->settings[i].name, name))
			return p->settings[i].value;
	return NULL;
}

static bool render_all(struct parcel *p, struct errs *es)
{
	const struct notice_input in = {
		.channel = p->plan.channel,
		.n_settings = p->plan.channel->n_settings,
		.settings = p->settings,
		.n = p->plan.n,
		.notices = p->plan.notices,
		.reference = p->plan.reference ? p->plan.reference : "",
		.is_plain = p->is_plain,
		.world = &p->world,
	};

	p->messages = NULL;
	p->n_messages = 0;
	return notice_render(&in, p->a, &p->messages, &p->n_messages, es);
}

static bool prepare(struct parcel *p, struct errs *es)
{
	const struct deliver_config *config = p->plan.config;

	if (!settings_world(config->scenario, config->secrets, p->a, &p->world))
		return errs_nomem(es);
	p->settings = settings_evaluate(p->plan.channel, &p->world, p->a, es);
	return p->settings && render_all(p, es);
}

/* A mistake in the scenario: it may be mended before the notice expires. */
static void blame_problem(struct parcel *p, const struct errs *es)
{
	struct buf words;

	buf_init(&words, SENDING_DETAIL_MAX);
	redact_text(p->plan.config->redactor, es->n ? es->item[0].text : "",
		    es->n ? strlen(es->item[0].text) : 0, &words);
	p->sent.meaning = ANSWER_LATER;
	p->sent.detail = arena_strdup(p->a, buf_text(&words));
	if (!p->sent.detail)
		p->sent.detail = "not enough memory";
	buf_release(&words);
}

/* ---- sending ------------------------------------------------------------ */

static void end_soon(struct parcel *p)
{
	engine_timer_start(&p->late, 0);
}

static void on_late(struct engine_timer *t)
{
	struct parcel *p = t->owner;

	p->plan.on_done(p);
}

static bool again_plainer(struct parcel *p)
{
	struct errs es = { 0 };

	if (p->is_plain) {
		p->sent.meaning = ANSWER_NEVER;
		return false;
	}
	p->is_plain = true;
	if (render_all(p, &es) && p->at < p->n_messages)
		return true;
	blame_problem(p, &es);
	return false;
}

/* What is told for good is not told again when a later message fails; the last
 * one is followed by on_done. */
static void note_taken(struct parcel *p)
{
	size_t n = p->messages[p->at].n_told;

	if (p->at + 1 == p->n_messages || n > p->plan.n)
		return;
	for (; p->n_taken < n; p->n_taken++)
		p->plan.on_taken(p, p->n_taken, &p->sent);
}

static void on_sent(struct sending *s)
{
	struct parcel *p = s->owner;

	p->sent = s->sent;
	if (p->sent.meaning == ANSWER_PLAINER && again_plainer(p)) {
		go_on(p);
		return;
	}
	if (p->sent.meaning != ANSWER_TAKEN) {
		p->plan.on_done(p);
		return;
	}
	if (p->plan.on_taken)
		note_taken(p);
	p->at++;
	if (p->at < p->n_messages)
		go_on(p);
	else
		p->plan.on_done(p);
}

/* Of one try: a command may say it itself. */
static uint64_t timeout_of(const struct parcel *p)
{
	const char *text = setting(p, "timeout");
	uint64_t ns = 0;

	if (text && unit_parse_duration(text, strlen(text), &ns, NULL) && ns)
		return ns;
	return DELIVER_TIMEOUT_NS;
}

static uint64_t left_ns(const struct parcel *p)
{
	uint64_t now = engine_now_ns();
	uint64_t left = p->until_ns > now ? p->until_ns - now : 0;
	uint64_t timeout = timeout_of(p);

	return left < timeout ? left : timeout;
}

static void go_on(struct parcel *p)
{
	uint64_t timeout_ns = left_ns(p);

	if (!timeout_ns) {
		p->sent.meaning = ANSWER_LATER;
		p->sent.detail = "the messages before it took too long";
		end_soon(p);
		return;
	}
	p->sending = (struct sending){
		.en = p->plan.en,
		.redactor = p->plan.config->redactor,
		.arena = p->a,
		.kind = p->plan.channel->kind,
		.message = &p->messages[p->at],
		.timeout_ns = timeout_ns,
		.on_done = on_sent,
		.owner = p,
	};
	sending_start(&p->sending);
}

struct parcel *parcel_new(const struct parcel_plan *plan)
{
	struct parcel *p = calloc(1, sizeof(*p));
	struct errs es = { 0 };

	if (!p)
		return NULL;
	p->plan = *plan;
	p->sent = (struct sent){ .meaning = ANSWER_TAKEN,
				 .detail = "",
				 .reference = "" };
	p->a = arena_new(PARCEL_ARENA_MAX);
	if (!p->a) {
		free(p);
		return NULL;
	}
	p->until_ns = engine_now_ns() + PARCEL_TIMEOUT_NS;
	engine_timer_init(&p->late, plan->en, on_late, p);
	if (!prepare(p, &es)) {
		blame_problem(p, &es);
		end_soon(p);
	} else if (!p->n_messages) {
		p->sent.detail = "the channel has nothing to say of it";
		end_soon(p);
	} else {
		go_on(p);
	}
	return p;
}

void parcel_free(struct parcel *p)
{
	if (!p)
		return;
	engine_timer_release(&p->late);
	sending_stop(&p->sending);
	settings_wipe(p->settings,
		      p->settings ? p->plan.channel->n_settings : 0);
	arena_free(p->a);
	free(p);
}
