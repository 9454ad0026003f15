/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "probe/ask/ask_body.h"
#include "probe/run/record.h"
#include "probe/steps/executor.h"
#include "probe/steps/tcp_talk.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/match/match.h"
#include "scenarios/template/template.h"

/* What a turn of a plain dialogue needs to know when it has enough. */
struct listening {
	struct journey *jo;
	size_t turn;
};

/* Every expectation of the turn holds on what came so far. */
static bool is_enough(void *self, const char *bytes, size_t len)
{
	const struct listening *li = self;
	const struct step *st = li->jo->asking.step;
	const struct template_world world = journey_values(li->jo);
	const struct subject subject = { .kind = VALUE_TEXT,
					 .text = bytes,
					 .len = len };
	bool any = false, all = true;
	struct buf seen, note;

	buf_init(&seen, MATCH_SEEN_MAX);
	buf_init(&note, MATCH_SEEN_MAX);
	for (size_t i = 0; all && i < st->expect.n; i++) {
		const struct expect_item *item = &st->expect.item[i];

		if (item->what != EXPECT_ANSWER || item->which != li->turn)
			continue;
		any = true;
		buf_reset(&seen);
		buf_reset(&note);
		all = match_judge(item->matcher, &subject, &world, &seen,
				  &note);
	}
	buf_release(&seen);
	buf_release(&note);
	return any ? all : len > 0;
}

static bool plain_turns(struct journey *jo, const struct step_tcp *tcp,
			struct buf *why)
{
	struct asking *as = &jo->asking;
	const struct template_world world = journey_values(jo);
	struct tcp_turn *turn =
		arena_alloc(as->arena, tcp->n_turns, sizeof(*turn));
	struct listening *li =
		arena_alloc(as->arena, tcp->n_turns, sizeof(*li));
	bool ok = turn && li;

	for (size_t i = 0; ok && i < tcp->n_turns; i++) {
		const struct tcp_say *say = &tcp->turns[i];

		li[i] = (struct listening){ jo, i };
		turn[i].send = say->bytes;
		turn[i].send_len = say->len;
		if (say->send)
			turn[i].send = ask_bytes(say->send, &world, as->arena,
						 &turn[i].send_len, &ok, why);
		turn[i].wants_answer = say->wants_answer;
		turn[i].until = is_enough;
		turn[i].self = &li[i];
	}
	as->asked.request.turns = turn;
	as->asked.request.n_turns = tcp->n_turns;
	return ok;
}

static bool make_turns(struct journey *jo, const struct step_tcp *tcp,
		       struct buf *why)
{
	struct asking *as = &jo->asking;
	const struct template_world world = journey_values(jo);

	if (tcp->protocol == TCP_PLAIN)
		return plain_turns(jo, tcp, why);
	if (tcp->protocol == TCP_REDIS)
		return tcp_redis_turns(as->arena, &as->asked.request, why);
	bool ok = true;
	const char *user = ask_text(tcp->user, &world, as->arena, &ok, why);
	const char *database =
		ok ? ask_text(tcp->database, &world, as->arena, &ok, why)
		   : NULL;
	return ok && tcp_postgres_turns(as->arena, user, database,
					&as->asked.request, why);
}

static void judge_talk(struct judging *j, const struct step *st, void *own)
{
	const struct step_tcp *tcp = st->spec;

	(void)own;
	if (tcp->protocol == TCP_REDIS)
		tcp_redis_judge(j);
	else if (tcp->protocol == TCP_POSTGRES)
		tcp_postgres_judge(j);
}

static void on_done(struct exchange *ex)
{
	struct journey *jo = ex->owner;
	const struct record_extra extra = {
		.n_turns = ex->answer.turn_bytes ? ex->request.n_turns : 0,
		.turns = ex->answer.turn_bytes,
		.judge = judge_talk,
	};

	journey_wake(jo);
	record_hop(jo);
	tcp_forgive(ex, jo->asking.step);
	record_finish(jo, &extra);
	journey_go_on(jo);
}

void tcp_start(struct journey *jo, const struct step *st)
{
	const struct step_tcp *tcp = st->spec;
	struct asking *as = record_begin(jo, st);
	struct buf why;

	if (!as)
		return;
	const struct template_world world = journey_values(jo);
	buf_init(&why, JUDGE_WHY_MAX);
	if (ask_target(REQUEST_TCP, tcp->target, &tcp->net, &world, as->arena,
		       &as->asked, &why) &&
	    make_turns(jo, tcp, &why)) {
		as->asked.request.body_max_bytes = tcp->max_answer_bytes;
		record_target(jo);
		record_ask(jo, on_done);
	} else {
		record_fail(jo, OUTCOME_VALUE, buf_text(&why));
	}
	buf_release(&why);
}
