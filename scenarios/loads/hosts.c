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

unsigned load_port(const char *text, size_t len)
{
	uint64_t n = 0;

	if (!unit_parse_count(text, len, &n, NULL) || n > PORT_MAX)
		return 0;
	return (unsigned)n;
}

static bool split_port(const char *text, size_t len, unsigned *port)
{
	*port = load_port(text, len);
	return *port;
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

/* ---- this machine --------------------------------------------------- */

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

/* ---- allow_hosts ---------------------------------------------------- */

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

static struct host_port bare(const char *host, unsigned port)
{
	struct host_port asked = { host, strlen(host), port };

	if (asked.len > 1 && host[0] == '[' && host[asked.len - 1] == ']')
		asked = (struct host_port){ host + 1, asked.len - 2, port };
	return without_dot(asked);
}

bool workload_names(const struct workload *w, const char *host, unsigned port)
{
	struct host_port asked = bare(host, port);

	for (size_t i = 0; asked.len && i < w->n_hosts; i++)
		if (allows(w->hosts[i], asked))
			return true;
	return false;
}

bool workload_allows(const struct workload *w, const char *host, unsigned port)
{
	struct host_port asked = bare(host, port);

	return is_loopback(asked.host, asked.len) ||
	       workload_names(w, host, port);
}

/* ---- what a step would ask ------------------------------------------ */

struct step_target {
	const struct template *text; /* or NULL */
	const struct net_options *net;
	bool is_url; /* else host:port */
};

static struct step_target of_ask(const struct http_ask *ask)
{
	return (struct step_target){ ask->net.unix_socket ? NULL : ask->url,
				     &ask->net, true };
}

static struct step_target target_of(const struct step *step)
{
	const struct step_tls *tls = step->spec;
	const struct step_tcp *tcp = step->spec;

	switch (step->type) {
	case STEP_HTTP:
		return of_ask(&((const struct step_http *)step->spec)->ask);
	case STEP_HEALTH:
		return of_ask(&((const struct step_health *)step->spec)->ask);
	case STEP_METRICS:
		return of_ask(&((const struct step_metrics *)step->spec)->ask);
	case STEP_MINIO:
		return of_ask(&((const struct step_minio *)step->spec)->ask);
	case STEP_TLS:
		return (struct step_target){ tls->target, &tls->net, false };
	case STEP_TCP:
		return (struct step_target){ tcp->target, &tcp->net, false };
	default:
		return (struct step_target){ .is_url = true };
	}
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

struct known_host {
	char host[HOST_MAX + 1];
	unsigned port;
};

static bool host_with(const struct step_target *target, size_t n_slots,
		      const char *value, struct known_host *known)
{
	struct host_port to;
	struct buf out;

	buf_init(&out, TEMPLATE_OUT_MAX);
	bool ok = eval_with(target->text, n_slots, value, &out) &&
		  strlen(buf_text(&out)) == out.len &&
		  (target->is_url
			   ? url_target(out.text, &to)
			   : split(buf_text(&out), out.len, &to) && to.port) &&
		  to.len && to.len < sizeof(known->host);
	if (ok) {
		memcpy(known->host, to.host, to.len);
		known->host[to.len] = '\0';
		known->port = to.port;
	}
	buf_release(&out);
	return ok;
}

/* What stays the same with any value is known. */
static bool host_take(struct arena *a, const struct step_target *target,
		      size_t n_slots, struct load_way *way)
{
	struct known_host known, other;

	if (!target->text || !host_with(target, n_slots, "1", &known) ||
	    !host_with(target, n_slots, "2", &other) ||
	    strcmp(known.host, other.host) != 0 || known.port != other.port)
		return true;
	way->port = known.port;
	return (way->host = arena_strdup(a, known.host));
}

/* head, and the text; *to stays NULL when the text varies. */
static bool text_take(struct arena *a, const struct template *text,
		      size_t n_slots, const char *head, const char **to)
{
	struct buf one, other;
	bool ok = true;

	*to = NULL;
	if (!text)
		return true;
	buf_init(&one, TEMPLATE_OUT_MAX);
	buf_init(&other, TEMPLATE_OUT_MAX);
	if (eval_with(text, n_slots, "1", &one) &&
	    eval_with(text, n_slots, "2", &other) &&
	    !strcmp(buf_text(&one), buf_text(&other)))
		ok = (*to = arena_printf(a, "%s%s", head, buf_text(&one)));
	buf_release(&one);
	buf_release(&other);
	return ok;
}

static bool rows_take(struct arena *a, const struct pairs *from, size_t n_slots,
		      size_t *n, const char *const **to)
{
	const char **row = arena_alloc(a, from->n, sizeof(*row));
	bool ok = row;

	for (size_t i = 0; ok && i < from->n; i++) {
		const char *head = arena_printf(a, "%s:", from->item[i].name);
		ok = head &&
		     text_take(a, from->item[i].value, n_slots, head, &row[i]);
	}
	*n = from->n;
	*to = row;
	return ok;
}

bool load_step_way(struct arena *a, const struct step *step, size_t n_slots,
		   struct load_way *way, const struct net_options **net)
{
	struct step_target target = target_of(step);

	*way = (struct load_way){ .host = NULL };
	*net = target.net;
	if (!target.net || target.net->unix_socket)
		return true;
	return host_take(a, &target, n_slots, way) &&
	       text_take(a, target.net->proxy, n_slots, "", &way->proxy) &&
	       rows_take(a, &target.net->resolve, n_slots, &way->n_resolve,
			 &way->resolve) &&
	       rows_take(a, &target.net->connect_to, n_slots,
			 &way->n_connect_to, &way->connect_to);
}

/* ---- names of steps ------------------------------------------------- */

bool load_step_name(const struct step *step, size_t n_slots, struct buf *out)
{
	struct step_target target = target_of(step);
	struct buf url;

	if (step->name) {
		const char *name = template_text(step->name, NULL);
		return name && buf_puts(out, name);
	}
	buf_puts(out, step->kind);
	if (!target.text || !target.is_url)
		return buf_ok(out);
	buf_init(&url, TEMPLATE_OUT_MAX);
	if (eval_with(target.text, n_slots, "*", &url)) {
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
