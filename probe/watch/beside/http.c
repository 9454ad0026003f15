/* SPDX-License-Identifier: MIT */
#include "probe/watch/beside/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "probe/engine/engine.h"
#include "probe/watch/beside/board.h"
#include "probe/watch/config.h"
#include "report/alerts/round.h"
#include "report/page/page.h"
#include "report/publish/publish.h"
#include "report/state/state.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"
#include "scenarios/model.h"
#include "scenarios/watch/listen.h"

#ifndef ASSAY_VERSION
#define ASSAY_VERSION "0.1"
#endif

enum { ALERTS_BYTES_MAX = 8 << 20, REQUEST_MEMORY = 16384 };
#define LOOP_DEAD_NS UINT64_C(30000000000) /* without a turn */
/* Ninety days of bars are read again after so long. */
#define PAST_FRESH_NS UINT64_C(60000000000)
enum { PAST_BYTES_MAX = 64 << 20, REFRESH_S = 60 };

struct pages {
	struct MHD_Daemon *daemon;
	struct board *board;
	struct state *state; /* for looking only; or NULL */
	uint64_t stale_after_ns;
	/* what the state file knew lately */
	struct arena *past_arena;
	struct watch_config *past_config; /* held: names borrow from it */
	struct page_past past;
	uint64_t past_ns;
	char address[PAGES_ADDRESS_ROOM];
};

/* What one request works with. */
struct visit {
	struct pages *pages;
	struct board_copy copy;
	struct published now;
	struct arena *arena;
	struct buf out;
	unsigned status;
	const char *type;
};

static const char type_text[] = "text/plain; charset=utf-8";
static const char type_html[] = "text/html; charset=utf-8";
static const char type_json[] = "application/json";
static const char type_svg[] = "image/svg+xml";
static const char type_metrics[] = "text/plain; version=0.0.4; charset=utf-8";

/* ---- what is shown ---------------------------------------------------------- */

/* Pages without alerts are better than none. */
static void find_alerts(struct visit *v)
{
	struct errs es = { 0 };

	if (!v->pages->state || !v->copy.config->scenario->alerts)
		return;
	v->arena = arena_new(ALERTS_BYTES_MAX);
	if (v->arena &&
	    !alerts_standing(v->pages->state, v->copy.config->scenario,
			     v->now.now_at_ns, v->arena, &v->now.alerts,
			     &v->now.n_alerts, &es))
		v->now.n_alerts = 0;
}

static void forget_past(struct pages *p)
{
	arena_free(p->past_arena);
	watch_config_drop(p->past_config);
	p->past_arena = NULL;
	p->past_config = NULL;
}

/* NULL: nothing is remembered, or it cannot be read. */
static const struct page_past *find_past(struct visit *v)
{
	struct pages *p = v->pages;
	uint64_t now = engine_now_ns();
	struct errs es = { 0 };

	if (!p->state)
		return NULL;
	if (p->past_arena && p->past_config == v->copy.config &&
	    now - p->past_ns < PAST_FRESH_NS)
		return &p->past;
	forget_past(p);
	p->past_arena = arena_new(PAST_BYTES_MAX);
	p->past_config = watch_config_hold(v->copy.config);
	p->past_ns = now;
	if (p->past_arena &&
	    page_gather(p->state, p->past_config->scenario, v->now.now_at_ns,
			p->past_arena, &p->past, &es))
		return &p->past;
	forget_past(p);
	return NULL;
}

static bool show_page(struct visit *v)
{
	v->type = type_html;
	find_alerts(v);
	return page_render(&v->now, find_past(v), REFRESH_S, &v->out);
}

static bool look(struct visit *v)
{
	if (!board_copy(v->pages->board, &v->copy))
		return false;
	const struct scenario *sc = v->copy.config->scenario;
	v->now = (struct published){
		.name = sc->name,
		.environment = sc->environment,
		.version = ASSAY_VERSION,
		.now_at_ns = engine_wall_ns(),
		.n = v->copy.n,
		.checks = v->copy.rows,
		.has_errors_24h = true,
		.errors_24h = v->copy.errors_24h,
		.self = &v->copy.self,
	};
	return true;
}

static void say(struct visit *v, unsigned status, const char *text)
{
	v->status = status;
	v->type = type_text;
	buf_reset(&v->out);
	buf_puts(&v->out, text);
}

/* ---- /healthz ------------------------------------------------------------------ */

static void show_health(struct visit *v)
{
	uint64_t now = engine_now_ns();
	uint64_t last = published_last_run(&v->now);
	uint64_t since = last > v->copy.self.started_at_ns
				 ? last
				 : v->copy.self.started_at_ns;

	if (now > v->copy.alive_ns && now - v->copy.alive_ns > LOOP_DEAD_NS)
		say(v, MHD_HTTP_SERVICE_UNAVAILABLE,
		    "the loop does not turn\n");
	else if (v->pages->stale_after_ns > 0 && v->now.now_at_ns > since &&
		 v->now.now_at_ns - since > v->pages->stale_after_ns)
		say(v, MHD_HTTP_SERVICE_UNAVAILABLE,
		    "no check has ended for too long\n");
	else
		say(v, MHD_HTTP_OK, "ok\n");
}

/* ---- badges ------------------------------------------------------------------------ */

/* "NAME.svg", the name as publish_file_name() spells it or as it is. */
static const struct standing *find_check(const struct visit *v,
					 const char *name, size_t len)
{
	const struct standing *found = NULL;
	struct buf file;

	buf_init(&file, BUF_NO_LIMIT);
	for (size_t i = 0; i < v->copy.n && !found; i++) {
		const struct standing *s = &v->copy.rows[i];

		buf_reset(&file);
		publish_file_name(s->name, &file);
		if ((strlen(s->name) == len && !memcmp(s->name, name, len)) ||
		    (file.len == len && !memcmp(buf_text(&file), name, len)))
			found = s;
	}
	buf_release(&file);
	return found;
}

static bool show_badge(struct visit *v, const char *path)
{
	const char *dot = strrchr(path, '.');
	bool is_svg = dot && !strcmp(dot, ".svg");
	const struct standing *s = NULL;

	if (!dot || (!is_svg && strcmp(dot, ".json") != 0))
		return false;
	if (!strncmp(path, "/badge/", 7)) {
		s = find_check(v, path + 7, (size_t)(dot - path) - 7);
		if (!s)
			return false;
	} else if (strncmp(path, "/badge.", 7) != 0) {
		return false;
	}
	v->type = is_svg ? type_svg : type_json;
	return is_svg ? publish_badge_svg(&v->now, s, &v->out)
		      : publish_badge_json(&v->now, s, &v->out);
}

/* ---- answers ---------------------------------------------------------------------- */

static const struct page {
	const char *path;
	bool (*render)(const struct published *p, struct buf *out);
	const char *type;
	bool has_alerts;
} pages_table[] = {
	{ "/api/v1/status", publish_status, type_json, true },
	{ "/api/v1/checks", publish_checks, type_json, false },
	{ "/api/v1/alerts", publish_alerts, type_json, true },
	{ "/metrics", publish_metrics, type_metrics, false },
};
enum { PAGES_N = sizeof(pages_table) / sizeof(*pages_table) };

static void show(struct visit *v, const char *path)
{
	v->status = MHD_HTTP_OK;
	if (!strcmp(path, "/")) {
		if (!show_page(v))
			say(v, MHD_HTTP_INTERNAL_SERVER_ERROR,
			    "out of memory\n");
		return;
	}
	for (size_t i = 0; i < PAGES_N; i++) {
		const struct page *page = &pages_table[i];

		if (strcmp(page->path, path) != 0)
			continue;
		if (page->has_alerts)
			find_alerts(v);
		v->type = page->type;
		if (!page->render(&v->now, &v->out))
			say(v, MHD_HTTP_INTERNAL_SERVER_ERROR,
			    "out of memory\n");
		return;
	}
	if (!show_badge(v, path))
		say(v, MHD_HTTP_NOT_FOUND, "there is no such page\n");
}

/* Same time whatever was sent. */
static bool may_see(struct MHD_Connection *c, const struct watch_config *config)
{
	static const char scheme[] = "Bearer ";
	const char *sent = MHD_lookup_connection_value(c, MHD_HEADER_KIND,
						       "Authorization");
	size_t n = sizeof(scheme) - 1;

	if (!config->token)
		return true;
	if (!sent || strncasecmp(sent, scheme, n) != 0)
		return false;
	return strlen(sent + n) == config->token_len &&
	       !CRYPTO_memcmp(sent + n, config->token, config->token_len);
}

static enum MHD_Result answer(struct MHD_Connection *c, struct visit *v)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(
		v->out.len, (void *)(uintptr_t)buf_text(&v->out),
		MHD_RESPMEM_MUST_COPY);

	if (!r)
		return MHD_NO;
	MHD_add_response_header(r, "Content-Type", v->type);
	MHD_add_response_header(r, "Cache-Control", "no-store");
	MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
	MHD_add_response_header(r, "Content-Security-Policy",
				"default-src 'none'; style-src "
				"'unsafe-inline'; img-src data:");
	if (v->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(r, "Allow", "GET, HEAD");
	if (v->status == MHD_HTTP_UNAUTHORIZED)
		MHD_add_response_header(r, "WWW-Authenticate", "Bearer");
	enum MHD_Result rc = MHD_queue_response(c, v->status, r);
	MHD_destroy_response(r);
	return rc;
}

static enum MHD_Result on_request(void *self, struct MHD_Connection *c,
				  const char *path, const char *method,
				  const char *version, const char *body,
				  size_t *body_len, void **own)
{
	struct visit v = { .pages = self };

	bool is_asking = !strcmp(method, "GET") || !strcmp(method, "HEAD");

	(void)version;
	(void)body;
	/* an answer to the head alone would close the connection, which is
	 * right only for who has a body that nobody will read */
	if (is_asking && !*own) {
		*own = self;
		return MHD_YES;
	}
	*body_len = 0;
	buf_init(&v.out, PUBLISH_MAX);
	if (!is_asking)
		say(&v, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n");
	else if (!look(&v))
		say(&v, MHD_HTTP_SERVICE_UNAVAILABLE, "not yet\n");
	else if (!strcmp(path, "/healthz"))
		show_health(&v);
	else if (!may_see(c, v.copy.config))
		say(&v, MHD_HTTP_UNAUTHORIZED, "a token is needed\n");
	else
		show(&v, path);
	enum MHD_Result rc = answer(c, &v);
	buf_release(&v.out);
	arena_free(v.arena);
	board_copy_release(&v.copy);
	return rc;
}

/* ---- where it listens ------------------------------------------------------------- */

static void note_address(struct pages *p, const union listen_address *a)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(p->daemon, MHD_DAEMON_INFO_BIND_PORT);
	unsigned port = info ? info->port : 0;
	char host[INET6_ADDRSTRLEN] = "";

	if (a->any.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &a->v6.sin6_addr, host, sizeof(host));
		snprintf(p->address, sizeof(p->address), "[%s]:%u", host, port);
	} else {
		inet_ntop(AF_INET, &a->v4.sin_addr, host, sizeof(host));
		snprintf(p->address, sizeof(p->address), "%s:%u", host, port);
	}
}

struct pages *pages_start(const struct pages_config *config, struct errs *es)
{
	const struct place nowhere = NOWHERE;
	union listen_address address;
	struct errs unread = { 0 };
	struct pages *p;
	sigset_t all;
	sigset_t was;

	if (!listen_read(config->listen, config->has_token, &nowhere, &address,
			 es))
		return NULL;
	p = calloc(1, sizeof(*p));
	if (!p) {
		errs_nomem(es);
		return NULL;
	}
	p->board = config->board;
	p->stale_after_ns = config->stale_after_ns;
	if (config->state_path)
		p->state = state_open_readonly(config->state_path, &unread);
	unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL;
	if (address.any.sa_family == AF_INET6)
		flags |= MHD_USE_IPv6;
	/* its thread takes no signals */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &was);
	errno = 0;
	p->daemon = MHD_start_daemon(
		flags, 0, NULL, NULL, on_request, p, MHD_OPTION_SOCK_ADDR,
		&address.any, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned)PAGES_CONNECTIONS_MAX,
		MHD_OPTION_PER_IP_CONNECTION_LIMIT,
		(unsigned)PAGES_PER_ADDRESS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
		(unsigned)PAGES_TIMEOUT_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)REQUEST_MEMORY, MHD_OPTION_END);
	int why = errno;
	pthread_sigmask(SIG_SETMASK, &was, NULL);
	if (p->daemon) {
		note_address(p, &address);
		return p;
	}
	errs_add(es, ERR_SYSTEM, NOWHERE, "cannot listen on \"%.60s\": %s",
		 config->listen, why ? strerror(why) : "it was refused");
	pages_stop(p);
	return NULL;
}

const char *pages_address(const struct pages *p)
{
	return p->address;
}

void pages_stop(struct pages *p)
{
	if (!p)
		return;
	if (p->daemon)
		MHD_stop_daemon(p->daemon);
	forget_past(p);
	state_close(p->state);
	free(p);
}
