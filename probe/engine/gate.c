/* SPDX-License-Identifier: MIT */
/* The last look before anything is sent: may this host be asked? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "probe/engine/inside.h"

enum { GATE_HOST_MAX = 300, PORT_HTTP = 80, PORT_HTTPS = 443 };

/* "scheme://host:port/...", or "host:port".  The addresses that come here were
 * put together by this program: there is no userinfo in them. */
static bool take_apart(const char *url, char host[GATE_HOST_MAX],
		       unsigned *port)
{
	const char *at = url + strcspn(url, ":/?#");

	at = strncmp(at, "://", 3) ? url : at + 3;
	*port = at > url && !strncasecmp(url, "https:", 6) ? PORT_HTTPS
							   : PORT_HTTP;
	size_t all = strcspn(at, "/?#");
	if (memchr(at, '@', all))
		return false;
	size_t len = *at == '[' ? strcspn(at, "]/?#") + 1 : strcspn(at, ":/?#");
	if (len < all && at[len] != ':')
		return false;
	if (len + 1 < all)
		*port = (unsigned)strtoul(at + len + 1, NULL, 10);
	bool is_bare = *at != '[';
	size_t cut = is_bare ? 0 : 1;
	if (len > all || len <= 2 * cut || len - 2 * cut >= GATE_HOST_MAX)
		return false;
	memcpy(host, at + cut, len - 2 * cut);
	host[len - 2 * cut] = '\0';
	return true;
}

bool gate_passes(const struct exchange *ex, struct ending *end)
{
	const struct gate *gate = &ex->gate;
	const struct request *rq = &ex->request;
	const char *why = "the host is not in \"allow_hosts\"";
	char host[GATE_HOST_MAX];
	unsigned port;

	if (!gate->allows)
		return true;
	if (rq->unix_socket)
		return true;
	if (rq->url && take_apart(rq->url, host, &port) &&
	    gate->allows(gate->self, rq, host, port, &why))
		return true;
	*end = (struct ending){ .outcome = OUTCOME_REDIRECT_REFUSED,
				.detail = why };
	return false;
}
