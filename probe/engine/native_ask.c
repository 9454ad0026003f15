/* SPDX-License-Identifier: MIT */
#include "probe/engine/native_ask.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "probe/engine/exchange.h"
#include "probe/engine/headers.h"
#include "probe/engine/setup.h"
#include "probe/engine/unpack.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"

enum {
	PORT_HTTP = 80,
	PORT_HTTPS = 443,
	PORT_MAX = 65535,
	PORT_DIGITS_MAX = 5,
	NAME_MAX_BYTES = 253, /* RFC 1035 */
	FIELD_MAX = 60 << 10, /* bytes of one field; libcurl refuses longer */
};

/* ---- where to --------------------------------------------------------- */

static bool find_unix(struct target *tg, const struct request *rq)
{
	size_t len = strlen(rq->unix_socket);

	if (!len || len >= sizeof(tg->at.un.sun_path))
		return false;
	tg->at.un.sun_family = AF_UNIX;
	memcpy(tg->at.un.sun_path, rq->unix_socket, len + 1);
	tg->at_len = sizeof(tg->at.un);
	tg->is_near = true;
	return true;
}

/* Only the one usual notation, so that it can be sent as it stands. */
static bool find_ip4(struct target *tg, const char *text)
{
	struct sockaddr_in *in = &tg->at.in;

	if (inet_pton(AF_INET, text, &in->sin_addr) != 1)
		return false;
	in->sin_family = AF_INET;
	in->sin_port = htons((uint16_t)tg->port);
	tg->at_len = sizeof(*in);
	tg->is_near = ntohl(in->sin_addr.s_addr) >> 24 == 127;
	return true;
}

static bool find_ip6(struct target *tg, const char *text)
{
	struct sockaddr_in6 *in6 = &tg->at.in6;
	char usual[INET6_ADDRSTRLEN];

	if (inet_pton(AF_INET6, text, &in6->sin6_addr) != 1 ||
	    !inet_ntop(AF_INET6, &in6->sin6_addr, usual, sizeof(usual)) ||
	    strcmp(usual, text) != 0)
		return false;
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons((uint16_t)tg->port);
	tg->at_len = sizeof(*in6);
	tg->is_near = IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
	return true;
}

static bool find_ip(struct target *tg, enum ip_version wanted)
{
	char text[INET6_ADDRSTRLEN];
	bool is_ip6 = *tg->host == '[';
	size_t len = tg->host_len - (is_ip6 ? 2 : 0);

	if (len >= sizeof(text) || wanted == (is_ip6 ? IP_4 : IP_6))
		return false;
	memcpy(text, tg->host + is_ip6, len);
	text[len] = '\0';
	return is_ip6 ? find_ip6(tg, text) : find_ip4(tg, text);
}

/* A name that nobody could take for a number; a unix socket does not care. */
static bool is_name(const char *text, size_t len)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const char rest[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";

	return len && len <= NAME_MAX_BYTES && strchr(letters, *text) &&
	       strspn(text, rest) >= len && text[len - 1] != '.';
}

/* Nothing follows, or a port as one writes it. */
static bool take_port(struct target *tg, const char *text, size_t len)
{
	unsigned port = 0;

	tg->port = tg->usual_port;
	if (!len)
		return true;
	if (*text != ':' || len < 2 || len > PORT_DIGITS_MAX + 1 ||
	    text[1] == '0')
		return false;
	for (size_t i = 1; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		port = port * 10 + (unsigned)(text[i] - '0');
	}
	tg->port = port;
	return port <= PORT_MAX;
}

/* What follows that scheme; NULL: it is another one. */
static const char *behind(const char *url, const char *scheme)
{
	size_t len = strlen(scheme);

	return strncasecmp(url, scheme, len) ? NULL : url + len;
}

/* Printable, and nothing that would have to be cut off or written anew. */
static bool is_plain_path(const char *path)
{
	size_t len = 0;

	for (; path[len]; len++)
		if (path[len] <= ' ' || path[len] > '~' ||
		    strchr("#\\\"<>^`{|}", path[len]))
			return false;
	return !len || (*path == '/' && path[len - 1] != '?' &&
			len < NATIVE_HEAD_MAX / 4);
}

/* Host, port and the rest of a URL behind its scheme. */
static bool split(struct target *tg, const char *text, unsigned usual_port)
{
	*tg = (struct target){ .host = text, .usual_port = usual_port };
	size_t len = strcspn(tg->host, "/?#");
	size_t end = *tg->host == '[' ? strcspn(tg->host, "]/?#") + 1
				      : strcspn(tg->host, ":/?#");
	if (end > len || !end || !take_port(tg, tg->host + end, len - end))
		return false;
	tg->host_len = end;
	tg->path = tg->host + len;
	tg->path_len = strlen(tg->path);
	return true;
}

bool target_find(struct target *tg, const struct request *rq)
{
	const char *text = rq->url ? behind(rq->url, "http://") : NULL;

	if (!text || !split(tg, text, PORT_HTTP) || !is_plain_path(tg->path))
		return false;
	if (!rq->unix_socket)
		return find_ip(tg, rq->ip);
	return (is_name(tg->host, tg->host_len) || find_ip(tg, IP_ANY)) &&
	       find_unix(tg, rq);
}

/* No number, which could be an address in some old notation. */
static bool is_wide_name(const char *text, size_t len)
{
	size_t at = len;

	while (at && text[at - 1] != '.')
		at--;
	for (size_t i = 0; i < at; i++)
		if (!isalnum((unsigned char)text[i]) && !strchr("-_.", text[i]))
			return false;
	return is_name(text + at, len - at);
}

/* Up to a fragment, which is nobody's but the browser's. */
static bool is_sendable_path(struct target *tg)
{
	tg->path_len = strcspn(tg->path, "#");
	if (tg->path_len > NATIVE_HEAD_MAX / 4)
		return false;
	for (size_t i = 0; i < tg->path_len; i++)
		if ((unsigned char)tg->path[i] <= ' ' || tg->path[i] == 127)
			return false;
	return true;
}

bool target_split(struct target *tg, const char *url)
{
	const char *text = behind(url, "http://");
	unsigned port = text ? PORT_HTTP : PORT_HTTPS;

	if (!text)
		text = behind(url, "https://");
	return text && split(tg, text, port) && is_sendable_path(tg) &&
	       (is_wide_name(tg->host, tg->host_len) || find_ip(tg, IP_ANY));
}

/* ---- what ------------------------------------------------------------- */

/* Fields that change how the request is sent or how the answer is read. */
static bool is_special(const char *name)
{
	static const char *const names[] = { "Content-Length",
					     "Transfer-Encoding", "Expect",
					     "Upgrade", "TE" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcasecmp(name, names[i]))
			return true;
	return false;
}

static bool is_plain_text(const char *text)
{
	for (; *text; text++)
		if (((unsigned char)*text < ' ' && *text != '\t') ||
		    *text == 127)
			return false;
	return true;
}

static bool can_fields(const struct request *rq, bool may_expect)
{
	size_t bytes = 0;

	for (size_t i = 0; i < rq->n_headers; i++) {
		const struct field *f = &rq->headers[i];
		size_t len = strlen(f->name);
		size_t all = len + strlen(f->value) + 4;
		bytes += all;
		bool is_fine = !is_special(f->name) ||
			       (may_expect && !strcasecmp(f->name, "Expect"));
		if (!is_fine || all > FIELD_MAX ||
		    !text_is_token(f->name, len) || !is_plain_text(f->value))
			return false;
	}
	return bytes < NATIVE_HEAD_MAX / 2;
}

static bool can_auth(const struct request *rq)
{
	switch (rq->auth) {
	case AUTH_NONE:
	case AUTH_BASIC:
		return true;
	case AUTH_BEARER:
		return rq->password && *rq->password &&
		       is_plain_text(rq->password);
	default:
		return false;
	}
}

static const char *method_of(const struct request *rq)
{
	return rq->method ? rq->method : "GET";
}

static bool can_method(const struct request *rq)
{
	const char *method = method_of(rq);
	bool is_head = !strcasecmp(method, "HEAD");

	if (is_head && (rq->body || strcmp(method, "HEAD") != 0))
		return false;
	return text_is_token(method, strlen(method)) &&
	       strcmp(method, "CONNECT") != 0;
}

const char *native_cannot_say(const struct request *rq)
{
	if (!can_method(rq))
		return "the method";
	if (!can_auth(rq))
		return "the kind of credentials";
	return can_fields(rq, true) ? NULL : "a header that is not plain";
}

bool native_can(const struct request *rq, const struct session *se)
{
	struct target tg;
	bool is_direct = !rq->proxy && !rq->n_resolve && !rq->n_connect_to &&
			 !rq->source;
	bool is_http1 = rq->version == HTTP_ANY || rq->version == HTTP_1_1;

	return rq->kind == REQUEST_HTTP && !se && is_direct && is_http1 &&
	       !rq->n_parts && rq->body_len <= NATIVE_BODY_MAX &&
	       can_method(rq) && can_auth(rq) && can_fields(rq, false) &&
	       target_find(&tg, rq);
}

/* ---- on the wire ------------------------------------------------------ */

static const struct field *find_field(const struct request *rq,
				      const char *name)
{
	for (size_t i = 0; i < rq->n_headers; i++)
		if (!strcasecmp(rq->headers[i].name, name))
			return &rq->headers[i];
	return NULL;
}

static void put_field(struct buf *out, const char *name, const char *value)
{
	value += strspn(value, " \t");
	buf_puts(out, name);
	buf_puts(out, *value ? ": " : ":");
	buf_puts(out, value);
	buf_puts(out, "\r\n");
}

static void put_host(const struct request *rq, const struct target *tg,
		     struct buf *out)
{
	const struct field *own = find_field(rq, "Host");

	if (own) {
		put_field(out, "Host", own->value);
		return;
	}
	buf_puts(out, "Host: ");
	buf_add(out, tg->host, tg->host_len);
	if (tg->port != tg->usual_port)
		buf_printf(out, ":%u", tg->port);
	buf_puts(out, "\r\n");
}

static void put_basic(const struct request *rq, struct buf *out)
{
	struct buf pair;

	buf_init(&pair, NATIVE_HEAD_MAX / 2);
	buf_puts(&pair, rq->user ? rq->user : "");
	buf_putc(&pair, ':');
	buf_puts(&pair, rq->password ? rq->password : "");
	buf_puts(out, "Authorization: Basic ");
	text_base64_encode(out, TEXT_BASE64, pair.text, pair.len);
	buf_puts(out, "\r\n");
	out->failed |= !buf_ok(&pair);
	buf_release(&pair);
}

static void put_auth(const struct request *rq, struct buf *out)
{
	if (rq->auth == AUTH_NONE || find_field(rq, "Authorization"))
		return;
	if (rq->auth == AUTH_BASIC) {
		put_basic(rq, out);
		return;
	}
	buf_puts(out, "Authorization: Bearer ");
	buf_puts(out, rq->password);
	buf_puts(out, "\r\n");
}

/* What is sent unless the request says otherwise. */
static void put_usual(const struct request *rq, struct buf *out)
{
	if (!find_field(rq, "User-Agent"))
		put_field(out, "User-Agent", "assay/" ASSAY_VERSION);
	if (!find_field(rq, "Accept"))
		put_field(out, "Accept", "*/*");
	if (rq->wants_compressed && !find_field(rq, "Accept-Encoding"))
		put_field(out, "Accept-Encoding", UNPACK_OFFER);
}

bool native_write(const struct request *rq, const struct target *tg,
		  struct buf *out, size_t *head_len)
{
	const char *method = method_of(rq);

	buf_puts(out, method);
	buf_puts(out, *tg->path == '/' ? " " : " /");
	buf_add(out, tg->path, tg->path_len);
	buf_puts(out, " HTTP/1.1\r\n");
	put_host(rq, tg, out);
	put_auth(rq, out);
	put_usual(rq, out);
	for (size_t i = 0; i < rq->n_headers; i++)
		if (strcasecmp(rq->headers[i].name, "Host") != 0)
			put_field(out, rq->headers[i].name,
				  rq->headers[i].value);
	if (tg->says_last && !find_field(rq, "Connection"))
		put_field(out, "Connection", "close");
	if (rq->body || setup_implies_body(method))
		buf_printf(out, "Content-Length: %zu\r\n",
			   rq->body ? rq->body_len : 0);
	buf_puts(out, "\r\n");
	*head_len = out->len;
	if (rq->body)
		buf_add(out, rq->body, rq->body_len);
	return buf_ok(out);
}
