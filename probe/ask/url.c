/* SPDX-License-Identifier: MIT */
#include "probe/ask/url.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "probe/engine/exchange.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"

enum {
	PARSE_FLAGS = CURLU_URLENCODE,
};

static bool complain(struct buf *why, const char *what, const char *reason)
{
	if (why)
		buf_printf(why, "%s: %s", what, reason);
	return false;
}

/* A part as arena text; NULL when it is not there. */
static const char *part(struct arena *a, CURLU *u, CURLUPart which,
			unsigned flags)
{
	char *text = NULL;

	if (curl_url_get(u, which, &text, flags) != CURLUE_OK)
		return NULL;
	const char *copy = arena_strdup(a, text);
	curl_free(text);
	return copy;
}

/* A text that libcurl would put together again as it is: no userinfo, no
 * fragment, a path, nothing to escape and no dot segment.  Most are so, and
 * putting together is half the cost of taking apart. */
static bool is_canonical(const char *text)
{
	const char *host = strstr(text, "://");

	if (!host ||
	    (strncmp(text, "http://", 7) && strncmp(text, "https://", 8)))
		return false;
	host += 3;
	host += strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-:");
	return *host == '/' && !strstr(host, "/.") &&
	       !host[strspn(host, "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789-._~/?&=+%")];
}

static const char *without_userinfo(struct arena *a, CURLU *u, struct url *out)
{
	out->user = part(a, u, CURLUPART_USER, CURLU_URLDECODE);
	out->password = part(a, u, CURLUPART_PASSWORD, CURLU_URLDECODE);
	curl_url_set(u, CURLUPART_USER, NULL, 0);
	curl_url_set(u, CURLUPART_PASSWORD, NULL, 0);
	curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0);
	return part(a, u, CURLUPART_URL, 0);
}

/* text is what u was made of, or NULL. */
static bool take_apart(struct arena *a, CURLU *u, const char *text,
		       struct url *out)
{
	*out = (struct url){ 0 };
	out->text = text && is_canonical(text) ? arena_strdup(a, text)
					       : without_userinfo(a, u, out);
	out->scheme = part(a, u, CURLUPART_SCHEME, 0);
	out->host = part(a, u, CURLUPART_HOST, 0);
	out->path = part(a, u, CURLUPART_PATH, 0);
	const char *port = part(a, u, CURLUPART_PORT, CURLU_DEFAULT_PORT);
	out->port = port ? (unsigned)strtoul(port, NULL, 10) : 0;
	out->is_encrypted = out->scheme && strcmp(out->scheme, "https") == 0;
	if (!out->host)
		out->host = ""; /* file: and the like */
	return out->text && out->scheme && out->path;
}

/* A blank as %20, which it means everywhere; libcurl would write + into a
 * query, which only forms read as a blank. */
static const char *escape_blanks(struct arena *a, const char *text)
{
	struct buf out;

	if (!strchr(text, ' '))
		return text;
	buf_init(&out, BUF_NO_LIMIT);
	for (; *text; text++) {
		if (*text == ' ')
			buf_puts(&out, "%20");
		else
			buf_putc(&out, *text);
	}
	const char *copy = arena_strndup(a, buf_text(&out), out.len);
	buf_release(&out);
	return copy ? copy : "";
}

bool url_parse(struct arena *a, const char *text, struct url *out,
	       struct buf *why)
{
	CURLU *u = curl_url();
	bool ok = false;

	if (!u)
		return complain(why, "the URL", "out of memory");
	text = escape_blanks(a, text);
	if (!strstr(text, "://")) {
		complain(why, "the URL must begin with http:// or https://",
			 text[0] ? text : "it is empty");
		goto out;
	}
	if (strlen(text) > URL_MAX) {
		complain(why, "the URL", "it is longer than 65536 bytes");
		goto out;
	}
	CURLUcode rc = curl_url_set(u, CURLUPART_URL, text,
				    PARSE_FLAGS | CURLU_NON_SUPPORT_SCHEME);
	if (rc != CURLUE_OK) {
		complain(why, "the URL is not valid",
			 rc == CURLUE_BAD_SCHEME
				 ? "it must begin with http:// or https://"
				 : curl_url_strerror(rc));
		goto out;
	}
	if (!take_apart(a, u, text, out)) {
		complain(why, "the URL is not valid", "a part is missing");
		goto out;
	}
	ok = (out->is_encrypted || strcmp(out->scheme, "http") == 0) &&
	     out->host[0] != '\0';
	if (!ok)
		complain(why, "the URL must begin with http:// or https://",
			 out->scheme);
out:
	curl_url_cleanup(u);
	return ok;
}

bool url_resolve(struct arena *a, const char *base, const char *reference,
		 struct url *out, struct buf *why)
{
	const unsigned flags = PARSE_FLAGS | CURLU_NON_SUPPORT_SCHEME;
	CURLU *u = curl_url();
	bool ok = false;

	if (!u)
		return complain(why, "the location", "out of memory");
	CURLUcode rc = CURLUE_MALFORMED_INPUT;
	reference = escape_blanks(a, reference);
	if (strlen(reference) <= URL_MAX)
		rc = curl_url_set(u, CURLUPART_URL, base, flags);
	if (rc == CURLUE_OK)
		rc = curl_url_set(u, CURLUPART_URL, reference, flags);
	ok = rc == CURLUE_OK && take_apart(a, u, NULL, out);
	if (!ok)
		complain(why, "the location is not valid",
			 curl_url_strerror(rc));
	curl_url_cleanup(u);
	return ok;
}

/* Sets one part of base and gives the whole. */
static const char *with_part(struct arena *a, const char *base, CURLUPart which,
			     const char *value, unsigned flags, struct buf *why)
{
	CURLU *u = curl_url();
	const char *whole = NULL;

	if (!u) {
		complain(why, "the URL", "out of memory");
		return NULL;
	}
	CURLUcode rc = curl_url_set(u, CURLUPART_URL, base, PARSE_FLAGS);
	if (rc == CURLUE_OK)
		rc = curl_url_set(u, which, value, flags);
	if (rc == CURLUE_OK)
		whole = part(a, u, CURLUPART_URL, 0);
	if (!whole)
		complain(why, "the URL is not valid", curl_url_strerror(rc));
	curl_url_cleanup(u);
	return whole;
}

/* By hand: libcurl would write its escapes in lower case. */
static const char *append_query(struct arena *a, const char *text,
				const char *query, struct buf *why)
{
	size_t head = strcspn(text, "#");
	const char *mark = memchr(text, '?', head);
	const char *join = !mark ? "?" : mark == text + head - 1 ? "" : "&";
	const char *whole = arena_printf(a, "%.*s%s%s%s", (int)head, text, join,
					 query, text + head);

	if (!whole)
		complain(why, "the URL", "out of memory");
	return whole;
}

const char *url_add_query(struct arena *a, const char *text, size_t n,
			  const struct field *pair, struct buf *why)
{
	struct buf query;
	const char *whole = NULL;

	if (n == 0)
		return text;
	buf_init(&query, URL_MAX);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_putc(&query, '&');
		text_percent_encode(&query, pair[i].name, strlen(pair[i].name));
		buf_putc(&query, '=');
		text_percent_encode(&query, pair[i].value,
				    strlen(pair[i].value));
	}
	if (buf_ok(&query))
		whole = append_query(a, text, buf_text(&query), why);
	else
		complain(why, "the query", "it is longer than 65536 bytes");
	buf_release(&query);
	return whole;
}

const char *url_add_path(struct arena *a, const char *base, const char *extra,
			 struct buf *why)
{
	struct url at;
	size_t path_len = strcspn(extra, "?");

	if (!url_parse(a, base, &at, why))
		return NULL;
	size_t keep = strlen(at.path);
	while (keep > 0 && at.path[keep - 1] == '/')
		keep--;
	const char *path = arena_printf(a, "%.*s%.*s", (int)keep, at.path,
					(int)path_len, extra);
	if (!path) {
		complain(why, "the URL", "out of memory");
		return NULL;
	}
	const char *whole = with_part(a, base, CURLUPART_PATH, path, 0, why);
	if (whole && extra[path_len] == '?')
		whole = with_part(a, whole, CURLUPART_QUERY,
				  extra + path_len + 1, CURLU_APPENDQUERY, why);
	return whole;
}

bool url_same_origin(const struct url *one, const struct url *other)
{
	return strcmp(one->scheme, other->scheme) == 0 &&
	       strcasecmp(one->host, other->host) == 0 &&
	       one->port == other->port;
}

const char *url_path(const char *url)
{
	const char *host = strstr(url, "://");

	if (!host)
		return url;
	host += 3;
	host += strcspn(host, "/?");
	return *host ? host : "/";
}
