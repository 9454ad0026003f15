/* SPDX-License-Identifier: MIT */
/* Where the requests of a flow go: looked up once, before anything is sent,
 * so that no name server is loaded as well. */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "loadgen/run/inside.h"
#include "scenarios/base/arena.h"

enum { PORT_ROOM = 8, HOST_ROOM = 1100 };

/* ---- addresses ------------------------------------------------------ */

static bool add_address(struct address *list, size_t *n,
			const struct sockaddr *at, socklen_t len)
{
	if (*n >= ROUTE_ADDRESSES_MAX || len > sizeof(list->at))
		return false;
	memcpy(&list[*n].at, at, len);
	list[(*n)++].len = len;
	return true;
}

/* Names and numbers alike; nothing found is nothing added. */
static void look_up(const char *host, unsigned port, int family, int flags,
		    struct address *list, size_t *n)
{
	struct addrinfo hints = { .ai_family = family,
				  .ai_socktype = SOCK_STREAM,
				  .ai_flags = AI_NUMERICSERV | flags };
	struct addrinfo *found = NULL;
	char service[PORT_ROOM];

	snprintf(service, sizeof(service), "%u", port);
	if (getaddrinfo(host, service, &hints, &found))
		return;
	for (struct addrinfo *at = found; at; at = at->ai_next)
		if (!add_address(list, n, at->ai_addr, at->ai_addrlen))
			break;
	freeaddrinfo(found);
}

/* The address that a row "host:port:address" of resolve: gives, or NULL. */
static const char *resolved(const struct request *rq, const char *host,
			    unsigned port)
{
	char want[HOST_ROOM];
	bool is_v6 = strchr(host, ':');
	int len = snprintf(want, sizeof(want), "%s%s%s:%u:", is_v6 ? "[" : "",
			   host, is_v6 ? "]" : "", port);

	for (size_t i = 0; i < rq->n_resolve; i++)
		if (len > 0 && !strncasecmp(rq->resolve[i], want, (size_t)len))
			return rq->resolve[i] + len;
	return NULL;
}

static const char *without_brackets(struct arena *a, const char *host)
{
	size_t len = strlen(host);

	if (*host != '[' || len < 2)
		return host;
	return arena_strndup(a, host + 1, len - 2);
}

static bool find_unix(const char *path, struct address *list, size_t *n)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(at.sun_path))
		return false;
	memcpy(at.sun_path, path, strlen(path) + 1);
	return add_address(list, n, (const struct sockaddr *)(void *)&at,
			   sizeof(at));
}

static void find_addresses(const struct route *rt, struct arena *a,
			   struct address *list, size_t *n)
{
	static const int families[] = {
		[IP_ANY] = AF_UNSPEC, [IP_4] = AF_INET, [IP_6] = AF_INET6
	};
	const struct request *rq = rt->request;
	const char *host = resolved(rq, rt->host, rt->port);

	/* a proxy, or another host, is for libcurl to find */
	if (rq->proxy || rq->n_connect_to)
		return;
	if (rq->unix_socket) {
		find_unix(rq->unix_socket, list,
			  n); /* its length was looked at */
		return;
	}
	host = host ? without_brackets(a, host) : rt->host;
	if (host)
		look_up(host, rt->port, families[rq->ip], 0, list, n);
}

static bool find_sources(const struct workload *load, struct address *list,
			 size_t *n, struct errs *es)
{
	for (size_t i = 0; i < load->connections.n_sources; i++) {
		const char *text = load->connections.sources[i];
		size_t before = *n;

		look_up(text, 0, AF_UNSPEC, AI_NUMERICHOST, list, n);
		if (*n == before)
			return errs_add(es, ERR_INPUT, load->at,
					"\"%s\" is no numeric address to "
					"connect from",
					text);
	}
	return true;
}

/* ---- the same connection -------------------------------------------- */

static bool text_same(const char *one, const char *other)
{
	return one == other || (one && other && !strcmp(one, other));
}

static bool list_same(size_t n, const char *const *one, size_t n_other,
		      const char *const *other)
{
	if (n != n_other)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!text_same(one[i], other[i]))
			return false;
	return true;
}

static bool tls_same(const struct request *one, const struct request *other)
{
	return one->skip_verify == other->skip_verify &&
	       one->wants_any_tls == other->wants_any_tls &&
	       text_same(one->ca_file, other->ca_file) &&
	       text_same(one->cert_file, other->cert_file) &&
	       text_same(one->key_file, other->key_file) &&
	       text_same(one->key_password, other->key_password) &&
	       text_same(one->sni, other->sni) &&
	       text_same(one->verify_name, other->verify_name) &&
	       text_same(one->tls_min, other->tls_min) &&
	       text_same(one->tls_max, other->tls_max);
}

static bool way_same(const struct request *one, const struct request *other)
{
	return one->ip == other->ip && text_same(one->proxy, other->proxy) &&
	       text_same(one->unix_socket, other->unix_socket) &&
	       list_same(one->n_resolve, one->resolve, other->n_resolve,
			 other->resolve) &&
	       list_same(one->n_connect_to, one->connect_to,
			 other->n_connect_to, other->connect_to);
}

/* What is the same for all of a load is not looked at. */
bool route_same(const struct route *one, const struct route *other)
{
	return one->is_tls == other->is_tls && one->port == other->port &&
	       !strcasecmp(one->host, other->host) &&
	       way_same(one->request, other->request) &&
	       (!one->is_tls || tls_same(one->request, other->request));
}

/* ---- the route ------------------------------------------------------ */

static bool is_short_enough(const struct leg *leg, struct errs *es)
{
	const char *path = leg->asked.request.unix_socket;
	size_t most = sizeof(((struct sockaddr_un *)0)->sun_path) - 1;

	if (!path || strlen(path) <= most)
		return true;
	return errs_add(es, ERR_INPUT, leg->step->at,
			"the path of a unix socket must be at most %zu bytes, "
			"got %zu",
			most, strlen(path));
}

bool route_allows(const void *self, const struct request *rq, const char *host,
		  unsigned port, const char **why)
{
	const struct load_way way = {
		.host = host,
		.port = port,
		.proxy = rq->proxy,
		.n_resolve = rq->n_resolve,
		.resolve = rq->resolve,
		.n_connect_to = rq->n_connect_to,
		.connect_to = rq->connect_to,
	};
	struct load_detour detour;
	bool may = workload_allows_way(self, &way, &detour);

	*why = load_detour_say(&detour);
	return may;
}

static bool is_allowed(const struct leg *leg, const struct workload *load,
		       const char *host, struct errs *es)
{
	const struct request *rq = &leg->asked.request;
	const char *why = "";

	if (rq->unix_socket ||
	    route_allows(load, rq, host, leg->asked.url.port, &why))
		return true;
	return errs_add(es, ERR_INPUT, leg->step->at,
			"load \"%s\" may not be put on \"%s\": %s", load->name,
			host, why);
}

/* As some leg before it has found them: once is enough. */
static bool find_known(const struct leg *first, const struct leg *leg,
		       struct route *rt)
{
	for (const struct leg *known = first; known < leg; known++) {
		if (!known->route.host || !route_same(&known->route, rt))
			continue;
		rt->address = known->route.address;
		rt->n_addresses = known->route.n_addresses;
		return true;
	}
	return false;
}

bool route_make(struct leg *leg, const struct leg *first,
		const struct workload *load, struct arena *a, struct errs *es)
{
	const struct load_connections *how = &load->connections;
	struct route *rt = &leg->route;
	struct address *to = arena_alloc(a, ROUTE_ADDRESSES_MAX, sizeof(*to));
	struct address *from =
		arena_alloc(a, ROUTE_ADDRESSES_MAX, sizeof(*from));
	const char *host = without_brackets(a, leg->asked.url.host);

	if (!to || !from || !host)
		return errs_nomem(es);
	*rt = (struct route){
		.request = &leg->asked.request,
		.is_tls = leg->asked.url.is_encrypted,
		.host = host,
		.port = leg->asked.url.port,
		.address = to,
		.source = from,
		.is_fresh = how->is_fresh,
		.resumes = how->resumes,
		.streams = how->streams ? how->streams : ROUTE_STREAMS,
		.max_requests = how->max_requests,
	};
	if (!is_short_enough(leg, es) || !is_allowed(leg, load, host, es) ||
	    !find_sources(load, from, &rt->n_sources, es))
		return false;
	if (!find_known(first, leg, rt))
		find_addresses(rt, a, to, &rt->n_addresses);
	return true;
}
