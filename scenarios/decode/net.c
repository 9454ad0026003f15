/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <strings.h>

#include "scenarios/base/buf.h"
#include "scenarios/decode/decode.h"
#include "scenarios/decode/target.h"

/* ---- timeout: 10s, or a map of phases ---------------------------------- */

#define LIMIT(field, text)                                                   \
	{                                                                    \
#field, KEY_DURATION, offsetof(struct timeouts, field##_ns), \
			.min = MS(1), .max = HOURS(24), .doc = text,         \
			.example = "5s"                                      \
	}

static const struct key timeout_keys[] = {
	LIMIT(total, "longest time of the whole step"),
	LIMIT(dns, "longest time to resolve the name"),
	LIMIT(connect, "longest time to connect"),
	LIMIT(tls, "longest time of the TLS handshake"),
	LIMIT(first_byte, "longest time from the handshakes to the first byte"),
	LIMIT(idle, "longest silence between two bytes of the answer"),
	{ 0 },
};

static const struct key total_key = LIMIT(total, "the whole step");

static bool timeout_decode(struct decoder *d, const struct key *k,
			   const struct node *t, void *into)
{
	struct timeouts *limits = into;
	uint64_t total = limits->total_ns;

	if (t->kind == NODE_SCALAR) {
		struct key row = total_key;
		row.name = k->name;
		return key_decode(d, &row, t, &limits->total_ns);
	}
	*limits = (struct timeouts){ .total_ns = total };
	return keys_decode(d, timeout_keys, t, limits, "\"timeout\"");
}

static void timeout_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"anyOf\":[{");
	key_schema(&total_key, out);
	buf_puts(out, "},{");
	keys_schema_object(timeout_keys, NULL, out);
	buf_puts(out, "}]");
}

static const struct key_form timeout_form = { timeout_decode, timeout_schema };

/* ---- name: text pairs -------------------------------------------------- */

static bool pair_value(struct decoder *d, struct list *l,
		       const struct node_entry *e, const struct node *t)
{
	const struct template *value = decode_template(d, t, e->key);

	if (!value)
		return false;
	struct pair *p = list_add(d, l, sizeof(*p));
	if (!p)
		return false;
	*p = (struct pair){ .name = e->key, .value = value, .at = t->at };
	return true;
}

static bool pair_add(struct decoder *d, struct list *l,
		     const struct node_entry *e)
{
	const struct node *t = e->value;
	bool ok = true;

	if (!e->key_len || strpbrk(e->key, "\r\n"))
		return decode_problem(d, e->key_at,
				      "a name must not be empty or hold a "
				      "line break");
	if (t->kind != NODE_SEQ)
		return pair_value(d, l, e, t);
	for (size_t i = 0; i < t->n; i++)
		ok &= pair_value(d, l, e, t->item[i]);
	return ok;
}

/* merge: pairs that were there stay, unless a new one has their name. */
bool pairs_decode(struct decoder *d, const struct node *t, struct pairs *p,
		  bool merge, const char *what)
{
	struct list l = { 0 };
	bool ok = true;

	if (t->kind != NODE_MAP)
		return decode_problem(d, t->at,
				      "\"%s\" must be a map of name: text, "
				      "got %s",
				      what, node_kind_name(t));
	for (size_t i = 0; merge && i < p->n; i++) {
		bool replaced = false;
		for (size_t k = 0; k < t->n; k++)
			replaced |=
				!strcasecmp(t->entry[k].key, p->item[i].name);
		if (replaced)
			continue;
		struct pair *kept = list_add(d, &l, sizeof(*kept));
		if (!kept)
			return false;
		*kept = p->item[i];
	}
	if (t->n > ITEMS_MAX)
		return decode_problem(d, t->at,
				      "\"%s\" must have at most %d entries, "
				      "got %zu",
				      what, ITEMS_MAX, t->n);
	for (size_t i = 0; i < t->n; i++)
		ok &= pair_add(d, &l, &t->entry[i]);
	*p = (struct pairs){ .n = l.n, .item = l.item };
	return ok;
}

/* ---- resolve, connect_to: another way to a host:port -------------------- */

static bool route_text(struct decoder *d, struct place at, const char *text,
		       const char *what,
		       bool (*is_right)(const char *, struct buf *))
{
	struct buf why;

	buf_init(&why, BUF_NO_LIMIT);
	bool ok = is_right(text, &why) ||
		  decode_problem(d, at, "\"%s\": %s", what, buf_text(&why));
	buf_release(&why);
	return ok;
}

/* The names are templates here, as ports often are vars. */
static bool route_decode(struct decoder *d, const struct key *k,
			 const struct node *t, void *into)
{
	struct pairs *routes = into;
	bool is_resolve = !strcmp(k->name, "resolve");
	bool ok = pairs_decode(d, t, routes, false, k->name);
	struct list l = { 0 };

	for (size_t i = 0; ok && i < routes->n; i++) {
		struct pair *p = list_add(d, &l, sizeof(*p));
		if (!p)
			return false;
		*p = routes->item[i];
		struct node name = { .kind = NODE_SCALAR,
				     .at = p->at,
				     .text = p->name,
				     .len = strlen(p->name),
				     .is_quoted = true };
		const char *to = template_text(p->value, NULL);
		p->name = decode_static(d, &name, k->name, NULL);
		ok = p->name &&
		     route_text(d, p->at, p->name, k->name, target_check);
		if (ok && to && !template_uses_secret(p->value))
			ok = route_text(d, p->at, to, k->name,
					is_resolve ? address_check
						   : target_check);
	}
	*routes = (struct pairs){ .n = l.n, .item = l.item };
	return ok;
}

static void route_schema(const struct key *k, struct buf *out)
{
	struct key row = *k;

	row.type = KEY_PAIRS;
	row.doc = NULL;
	row.example = NULL;
	key_schema(&row, out);
}

static const struct key_form route_form = { route_decode, route_schema };

/* ---- the tables --------------------------------------------------------- */

static const char *const ip_choices[] = { "any", "4", "6", NULL };

#define NET(field) offsetof(struct net_options, field)

const struct key net_tls_keys[] = {
	{ "timeout", KEY_CUSTOM, NET(timeout), .form = &timeout_form,
	  .doc = "longest time, in all or for each phase", .example = "10s" },
	{ "ip", KEY_CHOICE, NET(ip), .choices = ip_choices,
	  .doc = "version of the Internet Protocol to connect over" },
	{ "proxy", KEY_TEXT, NET(proxy),
	  .doc = "proxy to go through; the environment's is never used",
	  .example = "http://proxy.example:3128" },
	{ "resolve", KEY_CUSTOM, NET(resolve), .form = &route_form,
	  .doc = "address to use for a host:port instead of asking DNS",
	  .example = "{ 'example.org:443': 127.0.0.1 }" },
	{ "connect_to", KEY_CUSTOM, NET(connect_to), .form = &route_form,
	  .doc = "host:port to connect to instead of a host:port",
	  .example = "{ 'example.org:443': 'backend-1:8443' }" },
	{ "verify", KEY_BOOL, NET(verify),
	  .doc = "verify certificates; false is said in the result" },
	{ "ca_file", KEY_PATH, NET(ca_file),
	  .doc = "PEM file of trusted authorities instead of the system's" },
	{ "cert_file", KEY_PATH, NET(cert_file),
	  .doc = "PEM file of the client's certificate" },
	{ "key_file", KEY_PATH, NET(key_file),
	  .doc = "PEM file of the client's key" },
	{ "key_password", KEY_TEXT, NET(key_password),
	  .doc = "password of the client's key; use a ${secret....}" },
	{ "sni", KEY_TEXT, NET(sni),
	  .doc = "server name to send instead of the host" },
	{ "verify_name", KEY_TEXT, NET(verify_name),
	  .doc = "name that the certificate must be for, instead of the "
		 "server name" },
	{ 0 },
};

const struct key net_keys[] = {
	{ .name = "", .type = KEY_INCLUDE, .keys = net_tls_keys },
	{ "unix_socket", KEY_PATH, NET(unix_socket),
	  .doc = "path of a unix socket to connect to" },
	{ 0 },
};
