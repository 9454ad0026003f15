/* SPDX-License-Identifier: MIT */
#include "scenarios/decode/target.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/base/buf.h"

enum { PORT_MAX = 65535 };

static bool is_port(const char *text)
{
	char *end = NULL;

	if (text[0] < '0' || text[0] > '9')
		return false;
	unsigned long port = strtoul(text, &end, 10);
	return *end == '\0' && port > 0 && port <= PORT_MAX;
}

bool target_check(const char *text, struct buf *why)
{
	const char *colon = strrchr(text, ':');
	size_t host = colon ? (size_t)(colon - text) : 0;
	const char *flaw = NULL;

	if (host == 0 || colon[1] == '\0' || strpbrk(text, "/@?# \t\r\n") ||
	    (text[0] == '[' && text[host - 1] != ']'))
		flaw = "the target must be host:port";
	else if (text[0] != '[' && memchr(text, ':', host))
		flaw = "an IPv6 address needs [ and ]";
	else if (!is_port(colon + 1))
		flaw = "the port must be 1 to 65535";
	if (flaw)
		buf_printf(why, "%s: %s", flaw, text);
	return !flaw;
}

bool address_check(const char *text, struct buf *why)
{
	unsigned char bytes[sizeof(struct in6_addr)];

	if (inet_pton(AF_INET, text, bytes) == 1 ||
	    inet_pton(AF_INET6, text, bytes) == 1)
		return true;
	buf_printf(why, "must be an address like 127.0.0.1 or ::1: %s", text);
	return false;
}
