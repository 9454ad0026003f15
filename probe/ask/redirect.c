/* SPDX-License-Identifier: MIT */
#include "probe/ask/redirect.h"

#include <string.h>
#include <strings.h>

#include "probe/ask/url.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"

static bool leads_on(long status)
{
	return status == 301 || status == 302 || status == 303 ||
	       status == 307 || status == 308;
}

/* The method after that status; *keeps_body tells of the body. */
static const char *next_method(const char *method, long status,
			       bool *keeps_body)
{
	bool becomes_get = (status == 303 && strcmp(method, "HEAD") != 0) ||
			   ((status == 301 || status == 302) &&
			    strcmp(method, "POST") == 0);

	*keeps_body = !becomes_get;
	return becomes_get ? "GET" : method;
}

static bool is_body_header(const char *name)
{
	return strncasecmp(name, "content-", 8) == 0 ||
	       strcasecmp(name, "transfer-encoding") == 0 ||
	       strcasecmp(name, "expect") == 0;
}

/* The headers that go along, in an array of their own. */
static bool keep_headers(struct arena *a, struct asked *asked, bool keeps_body,
			 bool same_origin)
{
	size_t n = asked->request.n_headers;
	struct field *kept = arena_alloc(a, n, sizeof(*kept));
	bool *private = arena_alloc(a, n, sizeof(*private));
	size_t n_kept = 0;

	if (!kept || !private)
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct field *h = &asked->request.headers[i];

		if (!same_origin &&
		    (asked->is_private[i] || strcasecmp(h->name, "host") == 0))
			continue;
		if (!keeps_body && is_body_header(h->name))
			continue;
		private[n_kept] = asked->is_private[i];
		kept[n_kept++] = *h;
	}
	asked->request.headers = kept;
	asked->request.n_headers = n_kept;
	asked->is_private = private;
	return true;
}

static void drop_body(struct request *rq)
{
	rq->body = NULL;
	rq->body_len = 0;
	rq->parts = NULL;
	rq->n_parts = 0;
}

static void drop_identity(struct request *rq)
{
	rq->auth = AUTH_NONE;
	rq->user = rq->password = NULL;
	rq->cert_file = rq->key_file = rq->key_password = NULL;
	rq->sni = rq->verify_name = NULL;
}

/* NULL when the redirect may be followed, else why not. */
static const char *refusal(struct arena *a, const struct asked *asked,
			   const struct url *from, const struct url *to,
			   bool keeps_body)
{
	bool is_http = strcmp(to->scheme, "http") == 0;

	if (!is_http && !to->is_encrypted)
		return arena_printf(a, "it leads to %s:, which is not HTTP",
				    to->scheme);
	if (from->is_encrypted && is_http)
		return arena_printf(a, "it leads from https to http: %s",
				    to->text);
	if (keeps_body && asked->body_is_private && !url_same_origin(from, to))
		return arena_printf(a,
				    "the body holds a secret, and it leads to "
				    "another host: %s",
				    to->host);
	return NULL;
}

enum redirect_is redirect_next(struct arena *a, struct asked *asked,
			       long status, const char *location,
			       const char **why)
{
	struct url from, to;
	struct buf reason;
	bool keeps_body = false;

	*why = "";
	if (!leads_on(status) || !location || location[0] == '\0')
		return REDIRECT_NONE;
	buf_init(&reason, BUF_NO_LIMIT);
	if (!url_parse(a, asked->request.url, &from, &reason) ||
	    !url_resolve(a, asked->request.url, location, &to, &reason))
		*why = arena_strdup(a, buf_text(&reason));
	buf_release(&reason);
	if (!*why || (*why)[0])
		goto refuse;
	const char *method =
		next_method(asked->request.method, status, &keeps_body);
	const char *no = refusal(a, asked, &from, &to, keeps_body);
	if (no) {
		*why = no;
		return REDIRECT_REFUSE;
	}
	bool same = url_same_origin(&from, &to);
	if (!keep_headers(a, asked, keeps_body, same))
		goto refuse;
	if (!keeps_body)
		drop_body(&asked->request);
	if (!same)
		drop_identity(&asked->request);
	asked->request.method = method;
	asked->request.url = to.text;
	return REDIRECT_FOLLOW;
refuse:
	if (!*why || !(*why)[0])
		*why = "out of memory";
	return REDIRECT_REFUSE;
}
