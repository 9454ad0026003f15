/* SPDX-License-Identifier: MIT */
/* What the engine knows of a transfer, as points in time and as an answer. */
#include <string.h>

#include "probe/engine/handshake.h"
#include "probe/engine/inside.h"

/* Does anything follow the handshakes? */
static bool asks_more(const struct transfer *t)
{
	const struct request *rq = &t->ex->request;

	return rq->kind == REQUEST_HTTP || rq->kind == REQUEST_MAIL ||
	       (rq->kind == REQUEST_TCP && rq->n_turns);
}

enum phase transfer_phase(const struct transfer *t, const struct points *at)
{
	if (at->first_ns)
		return PHASE_RECEIVE;
	if (at->ready_ns && asks_more(t))
		return at->sent_ns ? PHASE_WAIT : PHASE_SEND;
	if (!at->resolved_ns)
		return PHASE_DNS;
	return at->connected_ns && t->is_tls ? PHASE_TLS : PHASE_CONNECT;
}

static void see_points(const struct transfer *t, struct points *at)
{
	uint64_t *const points[] = { &at->resolved_ns, &at->connected_ns,
				     &at->secured_ns,  &at->ready_ns,
				     &at->sent_ns,     &at->first_ns };

	t->transport->points(t, at);
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++)
		*points[i] = engine_seen_ns(t->en, *points[i]);
}

void transfer_view(const struct transfer *t, struct limits_view *v)
{
	struct points at;

	see_points(t, &at);
	*v = (struct limits_view){
		.started_ns = engine_seen_ns(t->en, t->started_ns),
		.resolved_ns = at.resolved_ns,
		.connected_ns = at.connected_ns,
		.ready_ns = at.ready_ns,
		.first_ns = at.first_ns,
		.last_ns = t->last_ns ? engine_seen_ns(t->en, t->last_ns)
				      : at.first_ns,
		.under_way = transfer_phase(t, &at),
	};
	if (t->dialogue.is_on && !t->dialogue.is_answered) {
		v->ready_ns = engine_seen_ns(t->en, t->dialogue.asked_ns);
		v->under_way = PHASE_WAIT;
	}
}

static void fill_phases(struct transfer *t, const struct points *at,
			uint64_t end_ns)
{
	const struct exchange *ex = t->ex;
	uint64_t planned_ns = ex->planned_ns ? ex->planned_ns : t->taken_ns;
	uint64_t seen_ns = engine_seen_ns(t->en, end_ns) -
			   engine_seen_ns(t->en, planned_ns);
	struct phase_points pp = {
		.planned_ns = engine_seen_ns(t->en, planned_ns),
		.taken_ns = engine_seen_ns(t->en, t->taken_ns),
		.started_ns = engine_seen_ns(t->en, t->started_ns),
		.resolved_ns = at->is_reused ? 0 : at->resolved_ns,
		.connected_ns = at->is_reused ? 0 : at->connected_ns,
		.secured_ns = at->is_reused ? 0 : at->secured_ns,
		.sent_ns = at->sent_ns,
		.first_ns = at->first_ns,
		.end_ns = engine_seen_ns(t->en, end_ns),
		.under_way = transfer_phase(t, at),
	};

	phases_build(&t->ex->answer.phases, &pp);
	/* what we slept through is no time of the target's */
	if (end_ns > planned_ns + seen_ns)
		t->ex->answer.phases.ns[PHASE_LATENESS] +=
			end_ns - planned_ns - seen_ns;
}

static void fill_head(struct transfer *t)
{
	struct answer *an = &t->ex->answer;

	an->status = t->headers.status;
	if (!an->status)
		an->protocol = "";
	an->headers = headers_fields(&t->headers, t->ex->arena);
	an->n_headers = an->headers ? t->headers.n : 0;
}

void answer_fill(struct transfer *t, uint64_t end_ns)
{
	struct exchange *ex = t->ex;
	struct answer *an = &ex->answer;
	struct points at;

	see_points(t, &at);
	t->transport->facts(t);
	fill_phases(t, &at, end_ns);
	fill_head(t);
	if (t->mail)
		mail_fill(t);
	an->transport = t->transport->name;
	an->reused = at.is_reused;
	if (!an->remote)
		an->remote = "";
	an->received_bytes = t->received;
	if (t->handshake)
		an->tls = handshake_facts(
			t->handshake, (int64_t)(engine_wall_ns() / 1000000000u),
			ex->arena);
}
