/* SPDX-License-Identifier: MIT */
/*
 * The transport that does everything that is one HTTP exchange: libcurl,
 * through the engine's repeats.  Lanes of a hub share its connections, so a
 * lane need not get the one back that it had before.  What libcurl sends
 * again by itself is counted, and a POST never is: repeat.h.
 */
#include <stdlib.h>

#include "loadgen/transport/conn.h"
#include "loadgen/transport/transport.h"
#include "probe/engine/repeat.h"
#include "scenarios/base/err.h"
#include "scenarios/base/link.h"

struct curl_hub {
	struct hub head;
	struct repeats *pool;
	struct repeat_place *address, *source;
};

struct curl_lane {
	struct lane head;
	struct repeat *repeat;
};

static struct curl_lane *lane_of(struct lane *la)
{
	return container_of(la, struct curl_lane, head);
}

static bool curl_can(const struct route *rt, const char **why)
{
	return repeats_can(rt->request, rt->is_tls, rt->is_fresh, why);
}

/* ---- what a repeat tells -------------------------------------------- */

static void take_over(struct lane *la, const struct repeat *r)
{
	la->sample = r->sample;
	la->detail = r->detail;
	la->answer = la->hub->config.route->wants_answer ? r->answer : NULL;
	la->stage = LANE_IDLE;
	la->hub->n_made += r->sample.made_connection;
	if (r->error)
		hub_count_flaw(la->hub, r->error);
}

static void on_done(struct repeat *r)
{
	struct lane *la = r->owner;

	take_over(la, r);
	la->hub->config.on_done(la);
}

static void on_socket(void *owner, bool is_open)
{
	struct hub *hub = owner;

	if (!is_open) {
		hub->n_open--;
		return;
	}
	if (++hub->n_open > hub->n_open_max)
		hub->n_open_max = hub->n_open;
}

/* ---- hubs ----------------------------------------------------------- */

/* Those that libcurl can be told: the path of a unix socket is in the
 * request. */
static struct repeat_place *places(const struct address *a, size_t *n)
{
	struct repeat_place *to = calloc(*n ? *n : 1, sizeof(*to));
	size_t kept = 0;

	for (size_t i = 0; to && i < *n; i++) {
		if (a[i].at.any.sa_family == AF_UNIX)
			continue;
		to[kept++] = (struct repeat_place){ .at = &a[i].at.any,
						    .len = a[i].len };
	}
	*n = kept;
	return to;
}

static void curl_hub_free(struct hub *hub)
{
	struct curl_hub *h = container_of(hub, struct curl_hub, head);

	repeats_free(h->pool);
	free(h->address);
	free(h->source);
	free(h);
}

static struct hub *curl_hub_new(const struct hub_config *config,
				struct errs *es)
{
	const struct route *rt = config->route;
	struct curl_hub *h = calloc(1, sizeof(*h));
	struct repeats_config rc = {
		.en = config->en,
		.on_done = on_done,
		.on_socket = on_socket,
		.is_fresh = rt->is_fresh,
		.resumes = rt->resumes,
		/* what is coded is unpacked, so that what cannot be is
		 * found out */
		.wants_answer =
			rt->wants_answer || rt->request->wants_compressed,
		.streams = rt->streams,
		.max_requests = rt->max_requests,
		.host = rt->host,
		.port = rt->port,
		.n_addresses = rt->n_addresses,
		.n_sources = rt->n_sources,
	};

	if (!h) {
		errs_nomem(es);
		return NULL;
	}
	h->head.config = *config;
	h->address = places(rt->address, &rc.n_addresses);
	h->source = places(rt->source, &rc.n_sources);
	rc.owner = &h->head;
	rc.address = h->address;
	rc.source = h->source;
	h->pool = h->address && h->source ? repeats_new(&rc) : NULL;
	if (h->pool)
		return &h->head;
	errs_nomem(es);
	curl_hub_free(&h->head);
	return NULL;
}

/* ---- lanes ---------------------------------------------------------- */

static struct lane *curl_open(struct hub *hub)
{
	struct curl_hub *h = container_of(hub, struct curl_hub, head);
	struct curl_lane *la = calloc(1, sizeof(*la));

	if (!la)
		return NULL;
	la->repeat = repeat_new(h->pool);
	if (!la->repeat) {
		free(la);
		return NULL;
	}
	la->repeat->owner = &la->head;
	la->head.transport = &load_libcurl;
	la->head.hub = hub;
	la->head.detail = "";
	return &la->head;
}

static void curl_start(struct lane *la, const struct wire *wire,
		       uint64_t now_ns)
{
	la->stage = LANE_WAITING;
	repeat_start(lane_of(la)->repeat, wire->request, wire->version, now_ns);
}

static void curl_look(struct lane *la)
{
	static const enum lane_stage stages[PHASE_N] = {
		[PHASE_LATENESS] = LANE_CONNECTING,
		[PHASE_QUEUE] = LANE_CONNECTING,
		[PHASE_DNS] = LANE_CONNECTING,
		[PHASE_CONNECT] = LANE_CONNECTING,
		[PHASE_TLS] = LANE_SECURING,
		[PHASE_SEND] = LANE_SENDING,
		[PHASE_WAIT] = LANE_WAITING,
		[PHASE_RECEIVE] = LANE_RECEIVING,
	};

	if (la->stage != LANE_IDLE)
		la->stage = stages[repeat_phase(lane_of(la)->repeat)];
}

static void curl_cancel(struct lane *la, uint64_t now_ns)
{
	struct repeat *r = lane_of(la)->repeat;

	repeat_cancel(r, now_ns);
	take_over(la, r);
}

static void curl_close(struct lane *la)
{
	repeat_free(lane_of(la)->repeat);
	free(lane_of(la));
}

const struct load_transport load_libcurl = {
	.name = "libcurl",
	.can = curl_can,
	.hub_new = curl_hub_new,
	.hub_free = curl_hub_free,
	.open = curl_open,
	.start = curl_start,
	.look = curl_look,
	.cancel = curl_cancel,
	.close = curl_close,
};
