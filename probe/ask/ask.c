/* SPDX-License-Identifier: MIT */
#include "probe/ask/ask.h"

#include <string.h>
#include <strings.h>

#include "probe/ask/ask_body.h"
#include "probe/ask/url.h"
#include "probe/world.h"
#include "report/redact/redact.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/decode/target.h"
#include "scenarios/template/template.h"
#include "scenarios/base/text.h"

#ifndef ASSAY_VERSION
#define ASSAY_VERSION "0"
#endif

enum { HEADERS_ADDED = 4 }; /* at most, by ourselves */

const char *ask_text(const struct template *t,
		     const struct template_world *world, struct arena *a,
		     bool *ok, struct buf *why)
{
	size_t len = 0;
	const char *text = ask_bytes(t, world, a, &len, ok, why);

	if (text && memchr(text, '\0', len)) {
		buf_puts(why, "a value holds a NUL byte");
		*ok = false;
		return NULL;
	}
	return text;
}

/* ---- how to get there -------------------------------------------------- */

/* "name:value" for each pair, as the engine wants them. */
static bool build_routes(const struct pairs *from,
			 const struct template_world *world, struct arena *a,
			 size_t *n, const char *const **out, struct buf *why)
{
	const char **route = arena_alloc(a, from->n, sizeof(*route));
	bool ok = route != NULL;

	for (size_t i = 0; ok && i < from->n; i++) {
		const char *to =
			ask_text(from->item[i].value, world, a, &ok, why);

		if (!ok)
			return false;
		route[i] = arena_printf(a, "%s:%s", from->item[i].name,
					to ? to : "");
		ok = route[i] != NULL;
	}
	*out = route;
	*n = from->n;
	return ok;
}

static bool build_net(const struct net_options *net,
		      const struct template_world *world, struct arena *a,
		      struct request *rq, struct buf *why)
{
	const struct {
		const struct template *from;
		const char **to;
	} texts[] = {
		{ net->proxy, &rq->proxy },
		{ net->unix_socket, &rq->unix_socket },
		{ net->ca_file, &rq->ca_file },
		{ net->cert_file, &rq->cert_file },
		{ net->key_file, &rq->key_file },
		{ net->key_password, &rq->key_password },
		{ net->sni, &rq->sni },
		{ net->verify_name, &rq->verify_name },
	};
	bool ok = true;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		*texts[i].to = ask_text(texts[i].from, world, a, &ok, why);
		if (!ok)
			return false;
	}
	rq->limits = (struct time_limits){
		.total_ns = net->timeout.total_ns,
		.dns_ns = net->timeout.dns_ns,
		.connect_ns = net->timeout.connect_ns,
		.tls_ns = net->timeout.tls_ns,
		.first_byte_ns = net->timeout.first_byte_ns,
		.idle_ns = net->timeout.idle_ns,
	};
	rq->ip = (enum ip_version)net->ip;
	rq->skip_verify = !net->verify;
	rq->header_max_bytes = ASK_HEADERS_MAX_BYTES;
	return build_routes(&net->resolve, world, a, &rq->n_resolve,
			    &rq->resolve, why) &&
	       build_routes(&net->connect_to, world, a, &rq->n_connect_to,
			    &rq->connect_to, why);
}

/* ---- who asks ----------------------------------------------------------- */

static bool build_auth(const struct http_ask *ask, const struct url *url,
		       const struct template_world *world, struct redactor *r,
		       struct arena *a, struct request *rq, struct buf *why)
{
	static const enum auth_kind kinds[] = {
		[ASK_AUTH_NONE] = AUTH_NONE,
		[ASK_AUTH_BASIC] = AUTH_BASIC,
		[ASK_AUTH_DIGEST] = AUTH_DIGEST,
		[ASK_AUTH_BEARER] = AUTH_BEARER,
	};
	bool ok = true;

	rq->auth = kinds[ask->auth.kind];
	rq->user = ask_text(ask->auth.user, world, a, &ok, why);
	if (ok)
		rq->password = ask_text(ask->auth.password, world, a, &ok, why);
	if (ok && rq->auth == AUTH_NONE && (url->user || url->password)) {
		rq->auth = AUTH_BASIC;
		rq->user = url->user ? url->user : "";
		rq->password = url->password ? url->password : "";
	}
	if (url->password)
		redactor_learn(r, url->password, strlen(url->password));
	if (!ok || rq->auth == AUTH_NONE)
		return ok;
	if (rq->password)
		redactor_learn(r, rq->password, strlen(rq->password));
	if (rq->auth == AUTH_BASIC) {
		struct buf line;

		buf_init(&line, URL_MAX);
		buf_printf(&line, "%s:%s", rq->user ? rq->user : "",
			   rq->password ? rq->password : "");
		redactor_learn(r, line.text, line.len);
		buf_release(&line);
	}
	return true;
}

/* ---- headers ------------------------------------------------------------ */

static bool has_header(const struct request *rq, const char *name)
{
	for (size_t i = 0; i < rq->n_headers; i++) {
		if (strcasecmp(rq->headers[i].name, name) == 0)
			return true;
	}
	return false;
}

/* The array was made with room for HEADERS_ADDED. */
static void add_header(struct asked *out, struct field *headers,
		       const char *name, const char *value)
{
	if (has_header(&out->request, name))
		return;
	headers[out->request.n_headers] =
		(struct field){ .name = name, .value = value };
	out->is_private[out->request.n_headers++] = false;
}

static bool add_request_id(const struct http_ask *ask, struct arena *a,
			   struct asked *out, struct field *headers)
{
	char uuid[WORLD_UUID_ROOM];

	out->request_id = "";
	for (size_t i = 0; i < out->request.n_headers; i++) {
		if (strcasecmp(headers[i].name, "X-Request-ID") == 0)
			out->request_id = headers[i].value;
	}
	if (!ask->request_id || out->request_id[0])
		return true;
	if (!world_uuid(uuid))
		return true;
	out->request_id = arena_strdup(a, uuid);
	if (!out->request_id)
		return false;
	add_header(out, headers, "X-Request-ID", out->request_id);
	return true;
}

static bool build_headers(const struct http_ask *ask,
			  const struct template_world *world,
			  struct redactor *r, struct arena *a,
			  struct asked *out, struct buf *why)
{
	size_t room = ask->headers.n + HEADERS_ADDED;
	struct field *headers = arena_alloc(a, room, sizeof(*headers));
	bool ok = true;

	out->is_private = arena_alloc(a, room, sizeof(*out->is_private));
	if (!headers || !out->is_private)
		return buf_puts(why, "out of memory"), false;
	out->request.headers = headers;
	for (size_t i = 0; i < ask->headers.n; i++) {
		const struct pair *pair = &ask->headers.item[i];
		const char *value = ask_text(pair->value, world, a, &ok, why);

		if (!ok)
			return false;
		if (!value || strpbrk(value, "\r\n")) {
			buf_printf(why, "header \"%s\" holds a line break",
				   pair->name);
			return false;
		}
		redactor_learn_header(r, pair->name, value);
		headers[i] = (struct field){ pair->name, value };
		out->is_private[i] = redact_header_hides(pair->name) ||
				     template_uses_secret(pair->value);
		out->request.n_headers = i + 1;
	}
	const char *type = ask_body_type(ask);
	if (type)
		add_header(out, headers, "Content-Type", type);
	add_header(out, headers, "User-Agent", "assay/" ASSAY_VERSION);
	return add_request_id(ask, a, out, headers);
}

/* ---- the whole ----------------------------------------------------------- */

static const char *build_url(const struct http_ask *ask,
			     const struct template_world *world,
			     struct arena *a, struct url *url, struct buf *why)
{
	bool ok = true;
	const char *text = ask_text(ask->url, world, a, &ok, why);
	struct field *pair = arena_alloc(a, ask->query.n, sizeof(*pair));

	if (!ok || !pair || !text || !url_parse(a, text, url, why))
		return NULL;
	for (size_t i = 0; i < ask->query.n; i++) {
		pair[i].name = ask->query.item[i].name;
		pair[i].value =
			ask_text(ask->query.item[i].value, world, a, &ok, why);
		if (!ok || !pair[i].value)
			return NULL;
	}
	const char *whole =
		url_add_query(a, url->text, ask->query.n, pair, why);
	/* how it is written counts, and what was added changes that */
	if (!whole || whole == url->text)
		return whole;
	const struct url said = *url;
	if (!url_parse(a, whole, url, why))
		return NULL;
	url->user = said.user;
	url->password = said.password;
	return url->text;
}

bool ask_http(const struct http_ask *ask, const struct template_world *world,
	      struct redactor *r, struct arena *a, struct asked *out,
	      struct buf *why)
{
	static const enum http_version versions[] = {
		[HTTP_CHOICE_ANY] = HTTP_ANY,
		[HTTP_CHOICE_1_0] = HTTP_1_0,
		[HTTP_CHOICE_1_1] = HTTP_1_1,
		[HTTP_CHOICE_2] = HTTP_2,
		[HTTP_CHOICE_2_PRIOR] = HTTP_2_PRIOR,
	};
	struct request *rq = &out->request;

	*out = (struct asked){ .request_id = "" };
	rq->kind = REQUEST_HTTP;
	rq->method = ask->method;
	rq->version = versions[ask->http];
	rq->wants_compressed = ask->compressed;
	rq->body_max_bytes = ask->max_body_bytes;
	rq->url = build_url(ask, world, a, &out->url, why);
	if (!rq->url)
		return false;
	return build_net(&ask->net, world, a, rq, why) &&
	       build_auth(ask, &out->url, world, r, a, rq, why) &&
	       build_headers(ask, world, r, a, out, why) &&
	       ask_body(ask, world, a, out, why);
}

bool ask_target(enum request_kind kind, const struct template *target,
		const struct net_options *net,
		const struct template_world *world, struct arena *a,
		struct asked *out, struct buf *why)
{
	bool ok = true;

	*out = (struct asked){ .request_id = "" };
	out->request.kind = kind;
	out->request.url = ask_text(target, world, a, &ok, why);
	if (!ok || !out->request.url || !target_check(out->request.url, why))
		return false;
	return build_net(net, world, a, &out->request, why);
}
