/* SPDX-License-Identifier: MIT */
#include "loadgen/transport/dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LOOPBACK_NET = 127 }; /* the first byte of its IPv4 addresses */

void dialer_init(struct dialer *dr, const struct route *rt)
{
	*dr = (struct dialer){ .route = rt };
}

/* ---- whose turn it is ----------------------------------------------- */

static uint64_t all_of(const struct dialer *dr)
{
	size_t n = dr->route->n_addresses;

	return n < ROUTE_ADDRESSES_MAX ? (UINT64_C(1) << n) - 1 : UINT64_MAX;
}

/* The next address that nothing speaks against. */
static size_t take_address(struct dialer *dr)
{
	size_t n = dr->route->n_addresses;
	size_t at = dr->next_address % n;

	if (++dr->n_dials > DIAL_FORGET || dr->failing == all_of(dr)) {
		dr->n_dials = 0;
		dr->failing = 0;
	}
	while (dr->failing >> at & 1)
		at = (at + 1) % n;
	dr->next_address = (at + 1) % n;
	return at;
}

/* NULL: none of that family. */
static const struct address *take_source(struct dialer *dr, int family)
{
	const struct route *rt = dr->route;

	for (size_t i = 0; i < rt->n_sources; i++) {
		const struct address *from =
			&rt->source[dr->next_source++ % rt->n_sources];
		if (from->at.any.sa_family == family)
			return from;
	}
	return NULL;
}

bool address_is_near(const struct address *to)
{
	const struct in6_addr *v6 = &to->at.in6.sin6_addr;

	switch (to->at.any.sa_family) {
	case AF_INET:
		return ntohl(to->at.in.sin_addr.s_addr) >> 24 == LOOPBACK_NET;
	case AF_INET6:
		return IN6_IS_ADDR_LOOPBACK(v6) ||
		       (IN6_IS_ADDR_V4MAPPED(v6) &&
			v6->s6_addr[12] == LOOPBACK_NET);
	default:
		return to->at.any.sa_family == AF_UNIX;
	}
}

/* ---- one socket ----------------------------------------------------- */

static bool bind_source(struct dialer *dr, int fd, int family)
{
	static const int on = 1;
	const struct address *from;

	if (!dr->route->n_sources || family == AF_UNIX)
		return true;
	from = take_source(dr, family);
	if (!from) {
		errno = EAFNOSUPPORT;
		return false;
	}
	/* The port is chosen by connect(), which knows the other end: so each
	 * pair of addresses has all the ports. */
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	return !bind(fd, &from->at.any, from->len);
}

static bool is_connected(int fd, const struct address *to)
{
	return !connect(fd, &to->at.any, to->len) || errno == EISCONN;
}

static bool connect_to(struct dialer *dr, struct dial *di,
		       const struct address *to)
{
	static const int on = 1;
	int family = to->at.any.sa_family;

	di->fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (di->fd < 0)
		return false;
	if (!bind_source(dr, di->fd, family))
		return false;
	if (family != AF_UNIX)
		setsockopt(di->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (is_connected(di->fd, to))
		di->is_up = true;
	else if (errno == EINPROGRESS && address_is_near(to))
		/* On this machine it stands already; a second call says so. */
		di->is_up = is_connected(di->fd, to);
	return di->is_up || errno == EINPROGRESS || errno == EALREADY;
}

/* What another address would not make better. */
static bool is_ours(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM ||
	       error == ENOBUFS;
}

static void give_up(struct dialer *dr, struct dial *di, int error)
{
	di->error = error;
	if (di->fd >= 0)
		close(di->fd);
	di->fd = -1;
	if (!is_ours(error))
		dr->failing |= UINT64_C(1) << di->at;
}

static bool dial_on(struct dialer *dr, struct dial *di)
{
	while (di->n_tried < dr->route->n_addresses) {
		di->at = (uint8_t)take_address(dr);
		di->n_tried++;
		if (connect_to(dr, di, &dr->route->address[di->at]))
			return true;
		give_up(dr, di, errno);
		if (is_ours(di->error))
			break;
	}
	return false;
}

bool dial_start(struct dialer *dr, struct dial *di)
{
	*di = (struct dial){ .fd = -1, .error = EDESTADDRREQ };
	return dial_on(dr, di);
}

bool dial_retry(struct dialer *dr, struct dial *di, int error)
{
	give_up(dr, di, error);
	return dial_on(dr, di);
}

int dial_result(const struct dial *di)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(di->fd, SOL_SOCKET, SO_ERROR, &error, &len))
		return errno;
	return error;
}

void dial_remote(const struct dialer *dr, const struct dial *di,
		 char remote[DIAL_REMOTE_MAX])
{
	const struct address *to = &dr->route->address[di->at];
	char host[INET6_ADDRSTRLEN] = "";

	switch (to->at.any.sa_family) {
	case AF_INET:
		inet_ntop(AF_INET, &to->at.in.sin_addr, host, sizeof(host));
		snprintf(remote, DIAL_REMOTE_MAX, "%s:%u", host,
			 ntohs(to->at.in.sin_port));
		break;
	case AF_INET6:
		inet_ntop(AF_INET6, &to->at.in6.sin6_addr, host, sizeof(host));
		snprintf(remote, DIAL_REMOTE_MAX, "[%s]:%u", host,
			 ntohs(to->at.in6.sin6_port));
		break;
	default:
		snprintf(remote, DIAL_REMOTE_MAX, "%.*s",
			 (int)sizeof(to->at.un.sun_path), to->at.un.sun_path);
	}
}
