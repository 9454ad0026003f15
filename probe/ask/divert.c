/* SPDX-License-Identifier: MIT */
#include "probe/ask/divert.h"

#include "probe/ask/url.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"

static void forget_way(struct request *rq)
{
	rq->unix_socket = NULL;
	rq->sni = rq->verify_name = NULL;
	rq->n_resolve = rq->n_connect_to = 0;
}

bool divert_apply(const struct divert *dv, struct arena *a, struct asked *asked,
		  struct buf *why)
{
	if (!dv || !url_same_origin(&asked->url, &dv->from))
		return true;
	const struct url was = asked->url;
	const char *text =
		arena_printf(a, "%s%s", dv->origin, url_path(was.text));
	if (!text) {
		buf_puts(why, "out of memory");
		return false;
	}
	if (!url_parse(a, text, &asked->url, why))
		return false;
	asked->url.user = was.user;
	asked->url.password = was.password;
	asked->request.url = asked->url.text;
	forget_way(&asked->request);
	return true;
}
