/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <strings.h>

#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/steps/steps.h"
#include "scenarios/decode/target.h"

enum { URL_SHOWN_MAX = 100 }; /* bytes of it in a message */

#define URL_KEY(name, text)                                           \
	{                                                             \
		name, KEY_TEXT, offsetof(struct http_ask, url), text, \
			.example = "${api}/health"                    \
	}

static const struct key main_keys[] = {
	URL_KEY("get", "URL to ask with GET"),
	URL_KEY("post", "URL to ask with POST"),
	URL_KEY("put", "URL to ask with PUT"),
	URL_KEY("patch", "URL to ask with PATCH"),
	URL_KEY("delete", "URL to ask with DELETE"),
	URL_KEY("head", "URL to ask with HEAD"),
	URL_KEY("options", "URL to ask with OPTIONS"),
	URL_KEY("request", "URL to ask with the method of \"method\""),
};

static const struct key request_keys[] = {
	{ "method", KEY_WORD, offsetof(struct http_ask, method),
	  .flags = KEY_REQUIRED, .doc = "method of a request step",
	  .example = "PURGE" },
	{ "", KEY_INCLUDE, 0, .keys = http_keys },
	{ 0 },
};

static const char *method_of(const char *kind)
{
	static const char *const rows[][2] = {
		{ "get", "GET" },	  { "post", "POST" },
		{ "put", "PUT" },	  { "patch", "PATCH" },
		{ "delete", "DELETE" },	  { "head", "HEAD" },
		{ "options", "OPTIONS" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (!strcmp(rows[i][0], kind))
			return rows[i][1];
	return "GET";
}

void http_preset(const struct decoder *d, const struct step_kind *kind,
		 void *spec)
{
	struct http_ask *ask = spec;

	*ask = d->base.ask;
	ask->method = method_of(kind->name);
}

bool status_default(struct decoder *d, struct place at, struct list *items,
		    int low, int high)
{
	struct expect_item item = {
		.what = EXPECT_STATUS,
		.label = "status",
		.is_default = true,
		.at = at,
	};

	if (expect_has(items, EXPECT_STATUS, 0))
		return true;
	item.matcher = match_make_status(d->arena, low, high);
	return item.matcher ? expect_add(d, items, &item) : errs_nomem(d->es);
}

/* A method is a token, RFC 9110 section 5.6.2. */
bool url_finish(struct decoder *d, const struct node *t,
		const struct http_ask *ask)
{
	const char *text = ask->url ? template_text(ask->url, NULL) : NULL;

	if (!text || !strncasecmp(text, "http://", 7) ||
	    !strncasecmp(text, "https://", 8))
		return true;
	/* what may be a password is not repeated */
	size_t len = strchr(text, '@') ? 0 : strcspn(text, "?#");
	return decode_problem(
		d, t->at,
		"a URL begins with http:// or https://, got \"%.*s%s\"",
		(int)(len > URL_SHOWN_MAX ? URL_SHOWN_MAX : len), text,
		len > URL_SHOWN_MAX || text[len] ? "..." : "");
}

bool target_finish(struct decoder *d, const struct node *t,
		   const struct template *target)
{
	const char *text = target ? template_text(target, NULL) : NULL;
	struct buf why;

	buf_init(&why, BUF_NO_LIMIT);
	bool ok = !text || target_check(text, &why) ||
		  decode_problem(d, t->at, "%s", buf_text(&why));
	buf_release(&why);
	return ok;
}

static bool http_finish(struct decoder *d, const struct node *t, void *spec,
			struct step_parts *parts)
{
	struct list *items = &parts->expect;
	struct http_ask *ask = spec;

	if (!ask->method)
		return true; /* its absence was told */
	if (!text_is_token(ask->method, strlen(ask->method)) ||
	    !strcmp(ask->method, "CONNECT"))
		return decode_problem(d, t->at,
				      "\"%s\" is no method to ask with",
				      ask->method);
	if (!strcmp(ask->method, "HEAD") && ask->body_kind != BODY_NONE)
		return decode_problem(d, t->at, "HEAD cannot have a body");
	return url_finish(d, t, ask) &&
	       status_default(d, t->at, items, 200, 299);
}

#define HTTP_KIND(i, key, keys_)                                            \
	{                                                                   \
		key, STEP_HTTP, "asks over HTTP", sizeof(struct step_http), \
			&main_keys[i], keys_, EXPECT_TABLE_HTTP, true,      \
			http_preset, http_finish, NULL                      \
	}

const struct step_kind http_kinds[] = {
	HTTP_KIND(0, "get", http_keys),
	HTTP_KIND(1, "post", http_keys),
	HTTP_KIND(2, "put", http_keys),
	HTTP_KIND(3, "patch", http_keys),
	HTTP_KIND(4, "delete", http_keys),
	HTTP_KIND(5, "head", http_keys),
	HTTP_KIND(6, "options", http_keys),
	HTTP_KIND(7, "request", request_keys),
	{ 0 },
};
