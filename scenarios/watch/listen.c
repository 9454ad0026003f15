/* SPDX-License-Identifier: MIT */
#include "scenarios/watch/listen.h"

#include <arpa/inet.h>
#include <string.h>

#include "scenarios/base/err.h"
#include "scenarios/base/units.h"

enum { HOST_ROOM = 128, PORT_MAX = 65535 };

static bool read_port(const char *text, in_port_t *port)
{
	uint64_t n = 0;

	if (!unit_parse_count(text, strlen(text), &n, NULL) || n > PORT_MAX)
		return false;
	*port = htons((uint16_t)n);
	return true;
}

static bool read_address(const char *text, union listen_address *to)
{
	char host[HOST_ROOM];
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : 0;

	if (!colon || len == 0 || len >= sizeof(host))
		return false;
	memset(to, 0, sizeof(*to));
	if (text[0] == '[' && text[len - 1] == ']') {
		memcpy(host, text + 1, len - 2);
		host[len - 2] = '\0';
		to->v6.sin6_family = AF_INET6;
		return inet_pton(AF_INET6, host, &to->v6.sin6_addr) == 1 &&
		       read_port(colon + 1, &to->v6.sin6_port);
	}
	memcpy(host, text, len);
	host[len] = '\0';
	to->v4.sin_family = AF_INET;
	return inet_pton(AF_INET,
			 strcmp(host, "localhost") ? host : "127.0.0.1",
			 &to->v4.sin_addr) == 1 &&
	       read_port(colon + 1, &to->v4.sin_port);
}

static bool is_loopback(const union listen_address *a)
{
	if (a->any.sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&a->v6.sin6_addr);
	return ntohl(a->v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

bool listen_read(const char *text, bool has_token, const struct place *at,
		 union listen_address *to, struct errs *es)
{
	if (!read_address(text, to))
		return errs_add(es, ERR_INPUT, *at,
				"\"listen\" must be an address and a port, "
				"like " LISTEN_USUAL " or [::1]:9115, or none, "
				"got \"%.60s\"",
				text);
	if (!is_loopback(to) && !has_token)
		return errs_add(es, ERR_INPUT, *at,
				"\"listen\" on \"%.60s\" is open to others: "
				"write a \"token\" under \"watch\" as well, or "
				"listen on 127.0.0.1",
				text);
	return true;
}
