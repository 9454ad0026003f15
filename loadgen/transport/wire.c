/* SPDX-License-Identifier: MIT */
#include "loadgen/transport/wire.h"

#include "loadgen/transport/transport.h"
#include "probe/engine/native_ask.h"

static const char *why_not(const struct route *rt)
{
	const struct request *rq = rt->request;
	struct target tg;

	if (rq->kind != REQUEST_HTTP)
		return "no HTTP";
	if (rq->version != HTTP_ANY && rq->version != HTTP_1_1)
		return "another version of HTTP";
	if (rq->proxy)
		return "a proxy";
	if (rq->n_parts)
		return "a form of several parts";
	if (rq->wants_any_tls)
		return "TLS of any strength";
	if (!rt->n_addresses)
		return "a host whose addresses are not known";
	if (rq->url && !target_split(&tg, rq->url))
		return "a URL that is not plain";
	return native_cannot_say(rq);
}

bool wire_can(const struct route *rt, const char **why)
{
	*why = why_not(rt);
	return !*why;
}

bool wire_render(const struct request *rq, bool is_fresh, struct buf *out,
		 size_t *head_len)
{
	struct target tg;

	if (!rq->url || !target_split(&tg, rq->url) || native_cannot_say(rq))
		return false;
	tg.says_last = is_fresh;
	return native_write(rq, &tg, out, head_len);
}
