/* SPDX-License-Identifier: MIT */
/* What the repeats of a pool share: sockets, multi handles, and the list of
 * those that are over. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe/engine/chain.h"
#include "probe/engine/repeat_parts.h"

bool repeats_can(const struct request *rq, bool is_tls, bool is_fresh,
		 const char **why)
{
	*why = "";
	if (rq->kind != REQUEST_HTTP)
		*why = "only exchanges of HTTP are repeated";
	else if (rq->version == HTTP_2_PRIOR && !is_tls && !is_fresh &&
		 !libcurl_keeps_clear_http2())
		*why = "this version of libcurl cannot use a connection of "
		       "HTTP/2 in clear again";
	return !**why;
}

/* ---- what the settings ask -------------------------------------------- */

bool repeats_is_fresh(const struct repeats *pool)
{
	return pool->config.is_fresh;
}

bool repeats_resume(const struct repeats *pool)
{
	return pool->config.resumes;
}

bool repeats_keep_answers(const struct repeats *pool)
{
	return pool->config.wants_answer;
}

const char *repeats_resolve(const struct repeats *pool)
{
	return pool->resolve;
}

/* ---- sockets ---------------------------------------------------------- */

static const struct repeat_place *next_source(struct repeats *pool, int family)
{
	const struct repeats_config *c = &pool->config;

	for (size_t i = 0; i < c->n_sources; i++) {
		const struct repeat_place *p =
			&c->source[pool->next_source++ % c->n_sources];
		if (p->at->sa_family == family)
			return p;
	}
	return NULL;
}

/* The port is chosen when it connects, so that each source has all of them
 * for each target. */
static bool bind_source(struct repeats *pool, int fd, int family)
{
	static const int on = 1;

	if (!pool->config.n_sources || family == AF_UNIX)
		return true;
	const struct repeat_place *from = next_source(pool, family);
	if (!from) {
		errno = EAFNOSUPPORT;
		return false;
	}
	(void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on,
			 sizeof(on));
	return bind(fd, from->at, from->len) == 0;
}

/* libcurl connects to what it finds in *at afterwards. */
static void redirect(struct repeats *pool, struct curl_sockaddr *at)
{
	const struct repeats_config *c = &pool->config;
	const struct repeat_place *to =
		&c->address[pool->next_address++ % c->n_addresses];

	at->family = to->at->sa_family;
	at->addrlen = to->len;
	memcpy((char *)at + offsetof(struct curl_sockaddr, addr), to->at,
	       to->len);
}

curl_socket_t repeats_open(struct transfer *t, struct curl_sockaddr *at)
{
	struct repeats *pool = t->pool;

	if (pool->config.n_addresses && !t->ex->request.proxy &&
	    at->family != AF_UNIX)
		redirect(pool, at);
	int fd = socket(at->family, at->socktype | SOCK_CLOEXEC, at->protocol);
	if (fd < 0 || !bind_source(pool, fd, at->family)) {
		t->socket_error = errno;
		if (fd >= 0)
			close(fd);
		return CURL_SOCKET_BAD;
	}
	shard_opened(t->shard, fd);
	pool->config.on_socket(pool->config.owner, true);
	return fd;
}

int repeats_close(void *self, curl_socket_t fd)
{
	struct repeats *pool = self;

	shard_closes(pool->config.en, fd);
	pool->config.on_socket(pool->config.owner, false);
	return close(fd);
}

/* ---- telling ---------------------------------------------------------- */

void repeats_look_later(struct repeats *pool)
{
	struct ev_loop *loop = pool->config.en->loop;

	if (list_is_empty(&pool->ended) || ev_is_active(&pool->later))
		return;
	ev_timer_set(&pool->later, 0.0, 0.0);
	ev_timer_start(loop, &pool->later);
}

/* Only what is over now: one that fails as soon as it is started shall not
 * keep the loop from its sockets. */
void repeats_deliver(struct repeats *pool)
{
	struct link now;

	if (pool->is_delivering || list_is_empty(&pool->ended))
		return;
	list_move_all(&pool->ended, &now);
	pool->is_delivering = true;
	while (!list_is_empty(&now)) {
		struct transfer *t =
			container_of(now.next, struct transfer, link);
		struct repeating *r = repeating_of(t);
		list_remove(&t->link);
		pool->config.on_done(&r->head);
	}
	pool->is_delivering = false;
	repeats_look_later(pool);
}

static void on_later(struct ev_loop *loop, ev_timer *w, int got)
{
	(void)loop;
	(void)got;
	repeats_deliver(container_of(w, struct repeats, later));
}

/* ---- memory ----------------------------------------------------------- */

static bool add_address(struct buf *out, const struct sockaddr *at)
{
	char text[INET6_ADDRSTRLEN];
	struct sockaddr_in in = { .sin_port = 0 };
	struct sockaddr_in6 in6 = { .sin6_port = 0 };
	const void *bytes = &in.sin_addr;

	if (at->sa_family == AF_INET6) {
		memcpy(&in6, at, sizeof(in6));
		bytes = &in6.sin6_addr;
	} else {
		memcpy(&in, at, sizeof(in));
	}
	return inet_ntop(at->sa_family, bytes, text, sizeof(text)) &&
	       buf_puts(out, text);
}

/* "host:port:address,address"; an address as host needs none. */
static bool make_resolve(struct repeats *pool)
{
	const struct repeats_config *c = &pool->config;
	struct buf out;
	size_t len;

	if (!c->n_addresses || chain_is_address(c->host))
		return true;
	buf_init(&out, BUF_NO_LIMIT);
	buf_printf(&out, "%s:%u:", c->host, c->port);
	for (size_t i = 0; i < c->n_addresses; i++) {
		if (i)
			buf_putc(&out, ',');
		add_address(&out, c->address[i].at);
	}
	if (buf_ok(&out))
		pool->resolve = buf_take(&out, &len);
	buf_release(&out);
	return pool->resolve;
}

struct repeats *repeats_new(const struct repeats_config *config)
{
	struct repeats *pool = calloc(1, sizeof(*pool));

	if (!pool)
		return NULL;
	pool->config = *config;
	pool->shard_max = config->max_requests ? 1 : ENGINE_MULTI_MAX;
	list_init(&pool->ended);
	ev_init(&pool->later, on_later);
	if (make_resolve(pool))
		return pool;
	repeats_free(pool);
	return NULL;
}

void repeats_free(struct repeats *pool)
{
	if (!pool)
		return;
	ev_timer_stop(pool->config.en->loop, &pool->later);
	for (size_t i = 0; i < pool->n_shards; i++)
		shard_free(pool->shards[i]);
	free(pool->shards);
	free(pool->resolve);
	free(pool);
}

static struct shard *add_shard(struct repeats *pool)
{
	struct shard **shards =
		realloc(pool->shards, (pool->n_shards + 1) * sizeof(*shards));

	if (!shards)
		return NULL;
	pool->shards = shards;
	struct shard *sh = shard_new(pool->config.en, pool->shard_max);
	if (!sh)
		return NULL;
	sh->pool = pool;
	if (pool->config.streams)
		curl_multi_setopt(sh->multi, CURLMOPT_MAX_CONCURRENT_STREAMS,
				  (long)pool->config.streams);
	shards[pool->n_shards++] = sh;
	return sh;
}

struct shard *repeats_shard(struct repeats *pool)
{
	for (size_t i = pool->n_shards; i; i--)
		if (pool->shards[i - 1]->n_bound < pool->shard_max)
			return pool->shards[i - 1];
	return add_shard(pool);
}
