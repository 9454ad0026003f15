/* SPDX-License-Identifier: MIT */
/*
 * What the engine knows of a transfer, as points in time and as an answer.
 *
 * The points come from libcurl, which counts microseconds from its start of
 * the transfer; that start is ours, as transfer_begin() runs it at once.  The
 * end is our own clock.  A short request goes out in one piece together with
 * its body, so it counts as sent when libcurl begins the transfer; the end
 * of a longer one is noted from libcurl's progress calls.
 */
#include <string.h>

#include "probe/engine/handshake.h"
#include "probe/engine/inside.h"

/* Points in time; 0: not reached. */
struct points {
	uint64_t resolved_ns, connected_ns, secured_ns, ready_ns, first_ns;
	bool is_reused;
};

static uint64_t point(const struct transfer *t, CURLINFO what)
{
	curl_off_t us = 0;

	curl_easy_getinfo(t->easy, what, &us);
	return us > 0 ? t->started_ns + (uint64_t)us * 1000 : 0;
}

static bool is_reused(const struct transfer *t, const struct points *at)
{
	long made = 0;

	curl_easy_getinfo(t->easy, CURLINFO_NUM_CONNECTS, &made);
	return at->ready_ns && !made;
}

/* While TLS is under way libcurl 7.88 does not tell yet that TCP is connected,
 * and a proxy's CONNECT belongs to the connecting: the handshake knows. */
static void refine_connected(const struct transfer *t, struct points *at)
{
	const struct handshake *h = t->handshake;

	if (!h || !h->started_ns || at->is_reused)
		return;
	if (!at->connected_ns || t->ex->request.proxy)
		at->connected_ns = h->started_ns;
}

static void points_find(const struct transfer *t, struct points *at)
{
	bool is_http = t->ex->request.kind == REQUEST_HTTP;

	*at = (struct points){
		.resolved_ns = point(t, CURLINFO_NAMELOOKUP_TIME_T),
		.connected_ns = point(t, CURLINFO_CONNECT_TIME_T),
		.first_ns = t->dialogue.first_ns,
	};
	if (t->is_tls)
		at->secured_ns = point(t, CURLINFO_APPCONNECT_TIME_T);
	if (is_http) {
		at->ready_ns = point(t, CURLINFO_PRETRANSFER_TIME_T);
		at->first_ns = point(t, CURLINFO_STARTTRANSFER_TIME_T);
		/* libcurl's is the first byte either way */
		if (t->to_upload)
			at->first_ns = t->first_ns;
		at->is_reused = is_reused(t, at);
	} else {
		at->ready_ns = t->is_tls ? at->secured_ns : at->connected_ns;
	}
	refine_connected(t, at);
}

static bool is_sending(const struct transfer *t)
{
	if (t->ex->request.kind == REQUEST_TCP)
		return !t->dialogue.sent_ns;
	return t->uploaded < t->to_upload;
}

/* Does anything follow the handshakes? */
static bool asks_more(const struct transfer *t)
{
	const struct request *rq = &t->ex->request;

	return rq->kind == REQUEST_HTTP ||
	       (rq->kind == REQUEST_TCP && rq->n_turns);
}

static enum phase phase_of(const struct transfer *t, const struct points *at)
{
	if (at->first_ns)
		return PHASE_RECEIVE;
	if (at->ready_ns && asks_more(t))
		return is_sending(t) ? PHASE_SEND : PHASE_WAIT;
	if (!at->resolved_ns)
		return PHASE_DNS;
	return at->connected_ns && t->is_tls ? PHASE_TLS : PHASE_CONNECT;
}

void transfer_view(const struct transfer *t, struct limits_view *v)
{
	struct points at;

	points_find(t, &at);
	*v = (struct limits_view){
		.started_ns = t->started_ns,
		.resolved_ns = at.resolved_ns,
		.connected_ns = at.connected_ns,
		.ready_ns = at.ready_ns,
		.first_ns = at.first_ns,
		.last_ns = t->last_ns ? t->last_ns : at.first_ns,
		.under_way = phase_of(t, &at),
	};
	if (t->dialogue.is_on && !t->dialogue.is_answered) {
		v->ready_ns = t->dialogue.asked_ns;
		v->under_way = PHASE_WAIT;
	}
}

static uint64_t sent_at(const struct transfer *t, const struct points *at)
{
	if (t->ex->request.kind == REQUEST_TCP)
		return t->dialogue.sent_ns;
	if (!at->ready_ns || t->ex->request.kind != REQUEST_HTTP)
		return 0;
	if (!t->to_upload)
		return at->ready_ns;
	return is_sending(t) ? 0 : t->uploaded_ns;
}

static void fill_phases(struct transfer *t, const struct points *at,
			uint64_t end_ns)
{
	const struct exchange *ex = t->ex;
	struct phase_points pp = {
		.planned_ns = ex->planned_ns ? ex->planned_ns : t->taken_ns,
		.taken_ns = t->taken_ns,
		.started_ns = t->started_ns,
		.resolved_ns = at->is_reused ? 0 : at->resolved_ns,
		.connected_ns = at->is_reused ? 0 : at->connected_ns,
		.secured_ns = at->is_reused ? 0 : at->secured_ns,
		.sent_ns = sent_at(t, at),
		.first_ns = at->first_ns,
		.end_ns = end_ns,
		.under_way = phase_of(t, at),
	};

	phases_build(&t->ex->answer.phases, &pp);
}

static const char *protocol_name(long version)
{
	switch (version) {
	case CURL_HTTP_VERSION_1_0:
		return "HTTP/1.0";
	case CURL_HTTP_VERSION_1_1:
		return "HTTP/1.1";
	case CURL_HTTP_VERSION_2_0:
		return "HTTP/2";
	case CURL_HTTP_VERSION_3:
		return "HTTP/3";
	default:
		return "";
	}
}

static const char *remote_of(const struct transfer *t)
{
	struct arena *a = t->ex->arena;
	const char *address = NULL;
	long port = 0;

	if (t->ex->request.unix_socket)
		return arena_strdup(a, t->ex->request.unix_socket);
	curl_easy_getinfo(t->easy, CURLINFO_PRIMARY_IP, &address);
	curl_easy_getinfo(t->easy, CURLINFO_PRIMARY_PORT, &port);
	if (!address || !*address)
		return "";
	return arena_printf(a, strchr(address, ':') ? "[%s]:%ld" : "%s:%ld",
			    address, port);
}

static void fill_head(struct transfer *t)
{
	struct answer *an = &t->ex->answer;
	long version = 0;

	an->status = t->headers.status;
	if (an->status) {
		curl_easy_getinfo(t->easy, CURLINFO_HTTP_VERSION, &version);
		an->protocol = protocol_name(version);
	}
	an->headers = headers_fields(&t->headers, t->ex->arena);
	an->n_headers = an->headers ? t->headers.n : 0;
}

void answer_fill(struct transfer *t, uint64_t end_ns)
{
	struct exchange *ex = t->ex;
	struct answer *an = &ex->answer;
	struct points at;
	curl_off_t sent = 0;

	points_find(t, &at);
	fill_phases(t, &at, end_ns);
	fill_head(t);
	an->reused = at.is_reused;
	an->remote = remote_of(t);
	if (!an->remote)
		an->remote = "";
	curl_easy_getinfo(t->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
	an->sent_bytes += sent > 0 ? (uint64_t)sent : 0;
	an->received_bytes = t->received;
	if (t->handshake)
		an->tls = handshake_facts(
			t->handshake, (int64_t)(engine_wall_ns() / 1000000000u),
			ex->arena);
}
