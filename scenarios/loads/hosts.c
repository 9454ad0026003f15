/* SPDX-License-Identifier: MIT */
/* Where a load may send, and where its steps would. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"
#include "scenarios/loads/loads_parts.h"
#include "scenarios/model.h"
#include "scenarios/template/template.h"

enum {
	HOST_MAX = 255, /* bytes of a name */
	PORT_MAX = 65535,
	HTTP_PORT = 80,
	HTTPS_PORT = 443,
	LOOPBACK_NET = 127,
};

/* host[:port], port 0: none. */
struct host_port {
	const char *host;
	size_t len;
	unsigned port;
};

static bool split_port(const char *text, size_t len, unsigned *port)
{
	uint64_t n = 0;

	if (!unit_parse_count(text, len, &n, NULL) || !n || n > PORT_MAX)
		return false;
	*port = (unsigned)n;
	return true;
}

/* "host", "host:port", "[v6]", "[v6]:port" and a bare IPv6 address. */
static bool split(const char *text, size_t len, struct host_port *to)
{
	const char *colon = memchr(text, ':', len);
	const char *last = memrchr(text, ':', len);

	*to = (struct host_port){ text, len, 0 };
	if (len && text[0] == '[') {
		const char *end = memchr(text, ']', len);
		if (!end)
			return false;
		*to = (struct host_port){ text + 1, (size_t)(end - text) - 1,
					  0 };
		size_t rest = len - (size_t)(end - text) - 1;
		return !rest || (end[1] == ':' &&
				 split_port(end + 2, rest - 1, &to->port));
	}
	if (!colon || colon != last)
		return true;
	to->len = (size_t)(colon - text);
	return split_port(colon + 1, len - to->len - 1, &to->port);
}

/* ---- this machine ------------------------------------------------------------- */

static bool ends_in(const char *host, size_t len, const char *tail)
{
	size_t n = strlen(tail);

	return len > n && !strncasecmp(host + len - n, tail, n);
}

static bool is_loopback(const char *host, size_t len)
{
	char text[INET6_ADDRSTRLEN];
	struct in_addr v4;
	struct in6_addr v6;

	if (text_same_nocase(host, len, "localhost", strlen("localhost")) ||
	    ends_in(host, len, ".localhost"))
		return true;
	if (len >= sizeof(text))
		return false;
	memcpy(text, host, len);
	text[len] = '\0';
	if (inet_pton(AF_INET, text, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == LOOPBACK_NET;
	if (inet_pton(AF_INET6, text, &v6) != 1)
		return false;
	return IN6_IS_ADDR_LOOPBACK(&v6) ||
	       (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == LOOPBACK_NET);
}

/* ---- allow_hosts ---------------------------------------------------------------- */

bool load_host_check(const char *entry, struct buf *why)
{
	bool is_wide = !strncmp(entry, "*.", 2);
	const char *name = is_wide ? entry + 2 : entry;
	struct host_port to;

	if (strstr(entry, "://"))
		return buf_puts(why, "write the host alone, without the rest "
				     "of a URL") &&
		       false;
	if (!strcmp(entry, "*"))
		return buf_puts(why, "that would be every host there is: name "
				     "the hosts that are yours") &&
		       false;
	if (strpbrk(name, "*/?#@ \t\r\n\"'") || !*name ||
	    strlen(name) > HOST_MAX || !split(name, strlen(name), &to) ||
	    !to.len)
		return buf_puts(why, "it must be host, host:port or "
				     "*.example.org") &&
		       false;
	return true;
}

/* A dot at the end of a name makes no other host of it. */
static struct host_port without_dot(struct host_port h)
{
	if (h.len > 1 && h.host[h.len - 1] == '.')
		h.len--;
	return h;
}

static bool allows(const char *entry, struct host_port asked)
{
	bool is_wide = !strncmp(entry, "*.", 2);
	const char *name = is_wide ? entry + 1 : entry; /* ".example.org" */
	struct host_port to;

	if (!split(name, strlen(name), &to))
		return false;
	to = without_dot(to);
	if (to.port && to.port != asked.port)
		return false;
	if (!is_wide)
		return text_same_nocase(asked.host, asked.len, to.host, to.len);
	return asked.len > to.len &&
	       text_same_nocase(asked.host + asked.len - to.len, to.len,
				to.host, to.len);
}

bool workload_allows(const struct workload *w, const char *host, unsigned port)
{
	struct host_port asked = { host, strlen(host), port };

	if (asked.len > 1 && host[0] == '[' && host[asked.len - 1] == ']')
		asked = (struct host_port){ host + 1, asked.len - 2, port };
	asked = without_dot(asked);
	if (!asked.len)
		return false;
	if (is_loopback(asked.host, asked.len))
		return true;
	for (size_t i = 0; i < w->n_hosts; i++)
		if (allows(w->hosts[i], asked))
			return true;
	return false;
}

/* ---- what a step would ask ------------------------------------------------------- */

static const struct template *target_of(const struct step *step, bool *is_url)
{
	const struct http_ask *ask = NULL;

	*is_url = true;
	switch (step->type) {
	case STEP_HTTP:
		ask = &((const struct step_http *)step->spec)->ask;
		break;
	case STEP_HEALTH:
		ask = &((const struct step_health *)step->spec)->ask;
		break;
	case STEP_MINIO:
		ask = &((const struct step_minio *)step->spec)->ask;
		break;
	case STEP_TLS:
		*is_url = false;
		return ((const struct step_tls *)step->spec)->target;
	case STEP_TCP:
		*is_url = false;
		return ((const struct step_tcp *)step->spec)->target;
	default:
		break;
	}
	return ask && !ask->net.unix_socket ? ask->url : NULL;
}

/* The text with every value of the run being `value`; false when functions
 * of the run make it. */
static bool eval_with(const struct template *text, size_t n_slots,
		      const char *value, struct buf *out)
{
	struct template_slot slot[SLOTS_MAX];
	const struct template_world world = { .slot = slot,
					      .slot_count = n_slots };

	if (n_slots > SLOTS_MAX)
		return false;
	for (size_t i = 0; i < n_slots; i++)
		slot[i] = (struct template_slot){ value, strlen(value), true };
	return template_eval(text, &world, out, NULL);
}

/* scheme://[user@]host[:port]/... */
static bool url_target(const char *url, struct host_port *to)
{
	const char *host = strstr(url, "://");

	if (!host)
		return false;
	host += 3;
	size_t len = strcspn(host, "/?#\\");
	const char *sign = memrchr(host, '@', len);
	if (sign) {
		len -= (size_t)(sign + 1 - host);
		host = sign + 1;
	}
	if (!split(host, len, to) || !to->len)
		return false;
	if (!to->port)
		to->port =
			strncasecmp(url, "https", 5) ? HTTP_PORT : HTTPS_PORT;
	return true;
}

static bool target_with(const struct template *text, size_t n_slots,
			bool is_url, const char *value,
			struct load_target *target)
{
	struct host_port to;
	struct buf out;

	buf_init(&out, TEMPLATE_OUT_MAX);
	bool ok = eval_with(text, n_slots, value, &out) &&
		  strlen(buf_text(&out)) == out.len &&
		  (is_url ? url_target(out.text, &to)
			  : split(buf_text(&out), out.len, &to) && to.port) &&
		  to.len && to.len < sizeof(target->host);
	if (ok) {
		memcpy(target->host, to.host, to.len);
		target->host[to.len] = '\0';
		target->port = to.port;
	}
	buf_release(&out);
	return ok;
}

/* What stays the same with any value is known. */
bool load_step_target(const struct step *step, size_t n_slots,
		      struct load_target *target)
{
	struct load_target other;
	bool is_url;
	const struct template *text = target_of(step, &is_url);

	return text && target_with(text, n_slots, is_url, "1", target) &&
	       target_with(text, n_slots, is_url, "2", &other) &&
	       !strcmp(target->host, other.host) && target->port == other.port;
}

/* ---- names of steps ---------------------------------------------------------------- */

bool load_step_name(const struct step *step, size_t n_slots, struct buf *out)
{
	bool is_url;
	struct buf url;

	if (step->name) {
		const char *name = template_text(step->name, NULL);
		return name && buf_puts(out, name);
	}
	const struct template *text = target_of(step, &is_url);
	buf_puts(out, step->kind);
	if (!text || !is_url)
		return buf_ok(out);
	buf_init(&url, TEMPLATE_OUT_MAX);
	if (eval_with(text, n_slots, "*", &url)) {
		const char *host = strstr(buf_text(&url), "://");
		const char *path = host ? strpbrk(host + 3, "/?#") : NULL;
		size_t len = path && *path == '/' ? strcspn(path, "?#") : 0;
		buf_putc(out, ' ');
		buf_add(out, len ? path : "/", len ? len : 1);
	}
	buf_release(&url);
	return buf_ok(out);
}

static bool inside_each(const struct step *step,
			bool (*fn)(void *self, const struct step *step),
			void *self)
{
	switch (step->type) {
	case STEP_WAIT:
		return load_steps_each(
			&((const struct step_wait *)step->spec)->steps, fn,
			self);
	case STEP_REPEAT:
		return load_steps_each(
			&((const struct step_repeat *)step->spec)->steps, fn,
			self);
	case STEP_GROUP:
		return load_steps_each(
			&((const struct step_group *)step->spec)->steps, fn,
			self);
	case STEP_IF: {
		const struct step_if *s = step->spec;
		return load_steps_each(&s->then, fn, self) &&
		       load_steps_each(&s->otherwise, fn, self);
	}
	default:
		return true;
	}
}

bool load_steps_each(const struct step_list *steps,
		     bool (*fn)(void *self, const struct step *step),
		     void *self)
{
	for (size_t i = 0; i < steps->n; i++)
		if (!fn(self, &steps->item[i]) ||
		    !inside_each(&steps->item[i], fn, self))
			return false;
	return true;
}
