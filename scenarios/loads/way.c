/* SPDX-License-Identifier: MIT */
/* The way that a load takes to a host: by connect_to, resolve or a proxy it
 * may end elsewhere. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "scenarios/base/text.h"
#include "scenarios/loads/loads_parts.h"

enum {
	PROXY_PORT = 1080, /* libcurl's, where none is written */
	PROXY_PORT_TLS = 443,
	WAY_HOST_MAX = 255, /* bytes of a name that is looked at */
};

struct walk {
	const struct workload *w;
	const struct load_way *way;
	struct load_detour *detour;
};

static bool take(const char *text, size_t len, char host[WAY_HOST_MAX + 1])
{
	if (len > 1 && text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	}
	if (len > WAY_HOST_MAX || memchr(text, ',', len))
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	return true;
}

static bool refuse(struct walk *walk, enum load_detour_kind kind, size_t row,
		   const char *to)
{
	*walk->detour = (struct load_detour){ .kind = kind, .row = row };
	snprintf(walk->detour->host, sizeof(walk->detour->host), "%s", to);
	return false;
}

/* ---- rows ----------------------------------------------------------- */

/* "host:port:" of a row, and where the rest begins; port 0: any. */
struct from {
	char host[WAY_HOST_MAX + 1];
	unsigned port;
	const char *to;
};

static bool from_take(const char *row, struct from *f)
{
	if (*row == '+') /* libcurl's: forget it after a while */
		row++;
	const char *end = *row == '[' ? strchr(row, ']') : row;
	const char *colon = end ? strchr(end, ':') : NULL;

	if (!colon || !take(row, (size_t)(colon - row), f->host))
		return false;
	const char *port = colon + 1;
	size_t digits = strspn(port, "0123456789");
	if (port[digits] != ':')
		return false;
	f->port = load_port(port, digits);
	f->to = port + digits + 1;
	return !digits || f->port;
}

static bool same_address(int family, const char *a, const char *b)
{
	struct in6_addr one, other; /* room for both kinds */
	size_t len = family == AF_INET ? sizeof(struct in_addr) : sizeof(one);

	return inet_pton(family, a, &one) == 1 &&
	       inet_pton(family, b, &other) == 1 && !memcmp(&one, &other, len);
}

/* A dot at the end makes no other host. */
static bool same_name(const char *a, const char *b)
{
	size_t a_len = strlen(a), b_len = strlen(b);

	a_len -= a_len && a[a_len - 1] == '.';
	b_len -= b_len && b[b_len - 1] == '.';
	return text_same_nocase(a, a_len, b, b_len);
}

/* Addresses are written in many ways, and libcurl knows them all. */
static bool is_from(const struct from *f, const char *host, unsigned port)
{
	if (f->port && f->port != port)
		return false;
	return !*f->host || !strcmp(f->host, "*") || same_name(f->host, host) ||
	       same_address(AF_INET, f->host, host) ||
	       same_address(AF_INET6, f->host, host);
}

/* ---- where it ends -------------------------------------------------- */

/* A host that is named may be resolved to anything: whoever named it wrote
 * that, too. */
static bool resolved_suits(struct walk *walk, const char *host, unsigned port)
{
	const struct load_way *way = walk->way;
	char to[WAY_HOST_MAX + 1];
	struct from f;

	if (workload_names(walk->w, host, port))
		return true;
	for (size_t i = 0; i < way->n_resolve; i++) {
		const char *row = way->resolve[i];
		if (!row)
			continue;
		if (!from_take(row, &f))
			return refuse(walk, DETOUR_RESOLVE, i, row);
		if (!is_from(&f, host, port))
			continue;
		if (!take(f.to, strlen(f.to), to) ||
		    !workload_allows(walk->w, to, port))
			return refuse(walk, DETOUR_RESOLVE, i, f.to);
	}
	return true;
}

/* What libcurl leaves out stays as it is. */
static bool target_take(const char *text, const char *host, unsigned port,
			char to[WAY_HOST_MAX + 1], unsigned *to_port)
{
	const char *colon = strrchr(text, ':');
	size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;

	if (!colon || colon[1 + digits])
		return false;
	*to_port = digits ? load_port(colon + 1, digits) : port;
	if (colon == text)
		return take(host, strlen(host), to) && *to_port;
	return take(text, (size_t)(colon - text), to) && *to_port;
}

static bool connected_suits(struct walk *walk, const char *host, unsigned port)
{
	const struct load_way *way = walk->way;
	char to[WAY_HOST_MAX + 1];
	unsigned to_port;
	struct from f;

	for (size_t i = 0; i < way->n_connect_to; i++) {
		const char *row = way->connect_to[i];
		if (!row)
			continue;
		if (!from_take(row, &f))
			return refuse(walk, DETOUR_CONNECT_TO, i, row);
		if (!is_from(&f, host, port))
			continue;
		if (!target_take(f.to, host, port, to, &to_port) ||
		    !workload_allows(walk->w, to, to_port))
			return refuse(walk, DETOUR_CONNECT_TO, i, f.to);
		if (!resolved_suits(walk, to, to_port))
			return false;
	}
	return true;
}

/* [scheme://][user[:password]@]host[:port][/] */
static bool proxy_take(const char *proxy, char host[WAY_HOST_MAX + 1],
		       unsigned *port)
{
	const char *at = strstr(proxy, "://");

	at = at ? at + 3 : proxy;
	size_t len = strcspn(at, "/?#\\");
	const char *sign = memchr(at, '@', len);
	if (sign) {
		len -= (size_t)(sign + 1 - at);
		at = sign + 1;
	}
	const char *end = *at == '[' ? memchr(at, ']', len) : at;
	const char *colon =
		end ? memchr(end, ':', len - (size_t)(end - at)) : NULL;
	size_t name = colon ? (size_t)(colon - at) : len;
	*port = strncasecmp(proxy, "https:", 6) ? PROXY_PORT : PROXY_PORT_TLS;
	if (colon)
		*port = load_port(colon + 1, len - name - 1);
	return name && *port && !memchr(at, '@', len) && take(at, name, host);
}

static bool proxy_suits(struct walk *walk, const char *proxy)
{
	char host[WAY_HOST_MAX + 1] = "";
	unsigned port;

	if (!proxy_take(proxy, host, &port) ||
	    !workload_allows(walk->w, host, port))
		return refuse(walk, DETOUR_PROXY, 0, host);
	return resolved_suits(walk, host, port);
}

bool workload_allows_way(const struct workload *w, const struct load_way *way,
			 struct load_detour *detour)
{
	struct walk walk = { w, way, detour };
	char host[WAY_HOST_MAX + 1] = "";

	*detour = (struct load_detour){ .kind = DETOUR_NONE };
	if (way->host && (!take(way->host, strlen(way->host), host) ||
			  !workload_allows(w, host, way->port)))
		return refuse(&walk, DETOUR_NONE, 0, way->host);
	if (way->proxy && !proxy_suits(&walk, way->proxy))
		return false;
	if (!way->host || workload_names(w, host, way->port))
		return true;
	return resolved_suits(&walk, host, way->port) &&
	       connected_suits(&walk, host, way->port);
}

const char *load_detour_say(const struct load_detour *detour)
{
	static const char *const words[] = {
		[DETOUR_NONE] = "the host is not in \"allow_hosts\"",
		[DETOUR_RESOLVE] = "where \"resolve\" leads is not in "
				   "\"allow_hosts\"",
		[DETOUR_CONNECT_TO] = "where \"connect_to\" leads is not in "
				      "\"allow_hosts\"",
		[DETOUR_PROXY] = "the proxy is not in \"allow_hosts\"",
	};

	return words[detour->kind];
}
