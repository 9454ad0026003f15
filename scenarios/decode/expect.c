/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <strings.h>

#include "scenarios/decode/decode.h"
#include "scenarios/jsonpath/jsonpath.h"
#include "scenarios/metrics/selector.h"
#include "scenarios/base/text.h"

/* One key of expect: a single value, or a map from a name to a value. */
struct expect_row {
	const char *name;
	enum expect_what what;
	unsigned which;
	enum value_kind kind;
	enum { ONE, BY_NAME, BY_PATH, BY_SELECTOR, SUB, INCLUDE } form;
	const struct expect_row *sub; /* SUB: a map of these; INCLUDE: these
					 * rows stand here */
	const char *prefix;	      /* of labels */
	const char *doc;
};

const char *const expect_cert_names[CERT_FACT_N + 1] = {
	[CERT_EXPIRES_IN] = "expires_in",
	[CERT_LEAF_EXPIRES_IN] = "leaf_expires_in",
	[CERT_CHAIN] = "chain",
	[CERT_NAME] = "name",
	[CERT_VERSION] = "version",
	[CERT_CIPHER] = "cipher",
	[CERT_ISSUER] = "issuer",
	[CERT_SUBJECT] = "subject",
	[CERT_SERIAL] = "serial",
	[CERT_KEY] = "key",
	[CERT_SIGNATURE] = "signature",
	[CERT_SHA256] = "sha256",
	[CERT_NAMES] = "names",
};

#define TIME_ROW(text, which, about)                                          \
	{                                                                     \
		text, EXPECT_TIME, which, VALUE_DURATION, ONE, NULL, "time ", \
			about                                                 \
	}

static const struct expect_row time_rows[] = {
	TIME_ROW("total", TIME_TOTAL, "all of the step"),
	TIME_ROW("dns", TIME_DNS, "resolving the name"),
	TIME_ROW("connect", TIME_CONNECT, "connecting"),
	TIME_ROW("tls", TIME_TLS, "the TLS handshake"),
	TIME_ROW("send", TIME_SEND, "sending the request"),
	TIME_ROW("wait", TIME_WAIT, "waiting for the first byte"),
	TIME_ROW("receive", TIME_RECEIVE, "receiving the answer"),
	TIME_ROW("first_byte", TIME_FIRST_BYTE,
		 "from the start to the first byte"),
	TIME_ROW("server", TIME_SERVER, "what server_time says"),
	TIME_ROW("network", TIME_NETWORK, "total less what server_time says"),
	{ 0 },
};

#define CERT_ROW(text, fact, kind, about)                                 \
	{                                                                 \
		text, EXPECT_CERT, fact, kind, ONE, NULL, "certificate ", \
			about                                             \
	}

static const struct expect_row cert_rows[] = {
	CERT_ROW("expires_in", CERT_EXPIRES_IN, VALUE_DURATION,
		 "time left of the certificate of the path that ends first; a "
		 "tls step demands { gt: 14d } when not written"),
	CERT_ROW("leaf_expires_in", CERT_LEAF_EXPIRES_IN, VALUE_DURATION,
		 "time left of the leaf"),
	CERT_ROW("chain", CERT_CHAIN, VALUE_TEXT,
		 "trusted (a tls step demands it when not written) or "
		 "untrusted"),
	CERT_ROW("name", CERT_NAME, VALUE_TEXT,
		 "match (a tls step demands it when not written) or mismatch"),
	CERT_ROW("version", CERT_VERSION, VALUE_TLS_VERSION,
		 "version of TLS; a tls step demands { ge: TLSv1.2 } when not "
		 "written"),
	CERT_ROW("cipher", CERT_CIPHER, VALUE_TEXT, "cipher suite"),
	CERT_ROW("issuer", CERT_ISSUER, VALUE_TEXT, "issuer of the leaf"),
	CERT_ROW("subject", CERT_SUBJECT, VALUE_TEXT, "subject of the leaf"),
	CERT_ROW("serial", CERT_SERIAL, VALUE_TEXT,
		 "serial number of the leaf, hexadecimal"),
	CERT_ROW("key", CERT_KEY, VALUE_TEXT, "key of the leaf, like rsa 2048"),
	CERT_ROW("signature", CERT_SIGNATURE, VALUE_TEXT,
		 "signature algorithm of the leaf"),
	CERT_ROW("sha256", CERT_SHA256, VALUE_TEXT,
		 "fingerprint of the leaf, hexadecimal"),
	CERT_ROW("names", CERT_NAMES, VALUE_NAMES,
		 "names that the leaf is for"),
	{ 0 },
};

static const struct expect_row common_rows[] = {
	{ "ip", EXPECT_IP, 0, VALUE_TEXT, ONE, NULL, "",
	  "address that answered" },
	{ "time", EXPECT_TIME, TIME_TOTAL, VALUE_DURATION, SUB, time_rows, "",
	  "times by phase, like { total: { lt: 2s } }" },
	{ 0 },
};

#define COMMON_ROWS                                                        \
	{                                                                  \
		"", EXPECT_IP, 0, VALUE_TEXT, INCLUDE, common_rows, "", "" \
	}

static const struct expect_row http_rows[] = {
	{ "status", EXPECT_STATUS, 0, VALUE_STATUS, ONE, NULL, "",
	  "status: 200, 2xx or a list; 2xx when not written" },
	{ "headers", EXPECT_HEADER, 0, VALUE_TEXT, BY_NAME, NULL, "header ",
	  "headers of the answer by name" },
	{ "cookies", EXPECT_COOKIE, 0, VALUE_TEXT, BY_NAME, NULL, "cookie ",
	  "cookies of the journey by name" },
	{ "body", EXPECT_BODY, 0, VALUE_TEXT, ONE, NULL, "", "body as a text" },
	{ "size", EXPECT_SIZE, 0, VALUE_SIZE, ONE, NULL, "",
	  "size of the decoded body" },
	{ "sha256", EXPECT_SHA256, 0, VALUE_TEXT, ONE, NULL, "",
	  "hash of the decoded body, hexadecimal" },
	{ "json", EXPECT_JSON, 0, VALUE_JSON, BY_PATH, NULL, "json ",
	  "values of a JSON body by JSONPath" },
	{ "url", EXPECT_URL, 0, VALUE_TEXT, ONE, NULL, "",
	  "URL after redirects" },
	{ "redirects", EXPECT_REDIRECTS, 0, VALUE_NUMBER, ONE, NULL, "",
	  "number of redirects that were followed" },
	{ "protocol", EXPECT_PROTOCOL, 0, VALUE_TEXT, ONE, NULL, "",
	  "protocol of the answer, like HTTP/2" },
	COMMON_ROWS,
	{ "certificate", EXPECT_CERT, 0, VALUE_TEXT, SUB, cert_rows, "",
	  "facts of the certificates and the handshake" },
	{ 0 },
};

static const struct expect_row tls_rows[] = {
	{ "", EXPECT_CERT, 0, VALUE_TEXT, INCLUDE, cert_rows, "", "" },
	COMMON_ROWS,
	{ 0 },
};

static const struct expect_row tcp_rows[] = {
	{ "answer", EXPECT_ANSWER, 0, VALUE_TEXT, ONE, NULL, "",
	  "what came back" },
	COMMON_ROWS,
	{ 0 },
};

static const struct expect_row metrics_rows[] = {
	{ "metrics", EXPECT_METRIC, 0, VALUE_JSON, BY_SELECTOR, NULL, "",
	  "values by selector, like { 'up{job=\"db\"}': 1 }: the sum of the "
	  "series that match; each, any, none and length judge all of them" },
	{ "", EXPECT_IP, 0, VALUE_TEXT, INCLUDE, http_rows, "", "" },
	{ 0 },
};

static const struct expect_row exec_time_rows[] = {
	TIME_ROW("total", TIME_TOTAL, "from its start to its end"),
	{ 0 },
};

static const struct expect_row exec_rows[] = {
	{ "exit", EXPECT_EXIT, 0, VALUE_NUMBER, ONE, NULL, "",
	  "exit code; 0 when not written" },
	{ "stdout", EXPECT_BODY, 0, VALUE_TEXT, ONE, NULL, "",
	  "what it wrote, as a text" },
	{ "stderr", EXPECT_STDERR, 0, VALUE_TEXT, ONE, NULL, "",
	  "what it wrote to standard error" },
	{ "json", EXPECT_JSON, 0, VALUE_JSON, BY_PATH, NULL, "json ",
	  "values of what it wrote, as JSON, by JSONPath" },
	{ "size", EXPECT_SIZE, 0, VALUE_SIZE, ONE, NULL, "",
	  "size of what it wrote" },
	{ "time", EXPECT_TIME, TIME_TOTAL, VALUE_DURATION, SUB, exec_time_rows,
	  "", "how long it took, like { total: { lt: 2s } }" },
	{ 0 },
};

static const struct expect_row *const tables[EXPECT_TABLE_N] = {
	[EXPECT_TABLE_NONE] = NULL,
	[EXPECT_TABLE_HTTP] = http_rows,
	[EXPECT_TABLE_TLS] = tls_rows,
	[EXPECT_TABLE_TCP] = tcp_rows,
	[EXPECT_TABLE_METRICS] = metrics_rows,
	[EXPECT_TABLE_EXEC] = exec_rows,
};

/* ---- decoding -------------------------------------------------------------- */

bool expect_add(struct decoder *d, struct list *items,
		const struct expect_item *item)
{
	if (items->n >= ITEMS_MAX)
		return decode_problem(d, item->at,
				      "a step must have at most "
				      "%d expectations",
				      ITEMS_MAX);
	struct expect_item *e = list_add(d, items, sizeof(*e));
	if (e)
		*e = *item;
	return e != NULL;
}

bool expect_has(const struct list *items, enum expect_what what, unsigned which)
{
	const struct expect_item *item = items->item;

	for (size_t i = 0; i < items->n; i++)
		if (item[i].what == what && item[i].which == which)
			return true;
	return false;
}

const struct jsonpath *decode_jsonpath(struct decoder *d, const char *text,
				       size_t len, struct place at)
{
	return jsonpath_compile(d->arena, text, len, at, d->es);
}

/* Some terms judge the sum of all series, some look at each. */
static bool looks_at_each(enum match_op op)
{
	return op == MATCH_EACH || op == MATCH_ANY || op == MATCH_NONE ||
	       op == MATCH_LENGTH;
}

/* The terms of m that do, or do not. */
static bool metric_add(struct decoder *d, const struct matcher *m,
		       struct expect_item item, enum expect_metric which,
		       struct list *items)
{
	struct match_term *terms = arena_alloc(d->arena, m->n, sizeof(*terms));
	struct matcher *part = arena_alloc(d->arena, 1, sizeof(*part));

	if (!terms || !part)
		return errs_nomem(d->es);
	*part = *m;
	part->terms = terms;
	part->n = 0;
	for (size_t i = 0; i < m->n; i++)
		if (looks_at_each(m->terms[i].op) == (which == SELECTED_EACH))
			terms[part->n++] = m->terms[i];
	item.which = which;
	item.matcher = part;
	return !part->n || expect_add(d, items, &item);
}

static bool metric_decode(struct decoder *d, const struct node_entry *e,
			  struct list *items)
{
	struct match_context mc = { d->arena, &d->scope, d->es };
	struct expect_item item = { .what = EXPECT_METRIC, .at = e->key_at };
	const struct matcher *m;

	item.selector =
		selector_parse(d->arena, e->key, e->key_len, e->key_at, d->es);
	item.label = arena_strndup(d->arena, e->key, e->key_len);
	if (!item.selector)
		return false;
	if (!item.label)
		return errs_nomem(d->es);
	m = match_compile(&mc, e->value, VALUE_JSON, false, e->key);
	return m && metric_add(d, m, item, SELECTED_SUM, items) &&
	       metric_add(d, m, item, SELECTED_EACH, items);
}

static bool item_decode(struct decoder *d, const struct expect_row *row,
			const struct node_entry *e, struct list *items)
{
	struct expect_item item = { .what = row->what,
				    .which = row->which,
				    .at = e->key_at };
	bool many = false;

	if (row->form == BY_SELECTOR)
		return metric_decode(d, e, items);
	item.label = arena_printf(d->arena, "%s%s", row->prefix, e->key);
	if (!item.label)
		return errs_nomem(d->es);
	if (row->form == BY_NAME)
		item.name = e->key;
	if (row->form == BY_PATH) {
		item.path = decode_jsonpath(d, e->key, e->key_len, e->key_at);
		if (!item.path)
			return false;
		many = !jsonpath_is_singular(item.path);
	}
	struct match_context mc = { d->arena, &d->scope, d->es };
	item.matcher = match_compile(&mc, e->value, row->kind, many, e->key);
	return item.matcher && expect_add(d, items, &item);
}

static bool rows_decode(struct decoder *d, const struct expect_row *rows,
			const struct node *t, const char *what,
			struct list *items);

static bool row_decode(struct decoder *d, const struct expect_row *row,
		       const struct node_entry *e, struct list *items)
{
	const struct node *t = e->value;
	bool ok = true;

	if (row->form == ONE)
		return item_decode(d, row, e, items);
	if (t->kind != NODE_MAP)
		return decode_problem(d, t->at, "\"%s\" must be a map, got %s",
				      row->name, node_kind_name(t));
	if (row->form == SUB)
		return rows_decode(d, row->sub, t, row->name, items);
	for (size_t i = 0; i < t->n; i++)
		ok &= item_decode(d, row, &t->entry[i], items);
	return ok;
}

static const struct expect_row *row_find(const struct expect_row *rows,
					 const char *key)
{
	for (const struct expect_row *r = rows; r->name; r++) {
		if (r->form == INCLUDE) {
			const struct expect_row *in = row_find(r->sub, key);
			if (in)
				return in;
		} else if (!strcmp(r->name, key)) {
			return r;
		}
	}
	return NULL;
}

static void rows_offer(const struct expect_row *rows, struct text_nearest *near,
		       struct buf *allowed)
{
	for (const struct expect_row *r = rows; r->name; r++) {
		if (r->form == INCLUDE) {
			rows_offer(r->sub, near, allowed);
			continue;
		}
		text_nearest_add(near, r->name);
		buf_printf(allowed, "%s%s", allowed->len ? ", " : "", r->name);
	}
}

static bool rows_unknown(struct decoder *d, const struct expect_row *rows,
			 const struct node_entry *e, const char *what)
{
	struct text_nearest near;
	struct buf allowed;

	text_nearest_init(&near, e->key, e->key_len);
	buf_init(&allowed, ERR_PART_MAX);
	rows_offer(rows, &near, &allowed);
	if (near.best)
		decode_problem(d, e->key_at,
			       "unknown key \"%s\" in \"%s\"; "
			       "did you mean \"%s\"?",
			       e->key, what, near.best);
	else
		decode_problem(d, e->key_at,
			       "unknown key \"%s\" in \"%s\"; "
			       "allowed: %s",
			       e->key, what, buf_text(&allowed));
	buf_release(&allowed);
	return false;
}

static bool rows_decode(struct decoder *d, const struct expect_row *rows,
			const struct node *t, const char *what,
			struct list *items)
{
	bool ok = true;

	if (t->kind != NODE_MAP)
		return decode_problem(d, t->at, "\"%s\" must be a map, got %s",
				      what, node_kind_name(t));
	for (size_t i = 0; i < t->n; i++) {
		const struct expect_row *r = row_find(rows, t->entry[i].key);
		if (r)
			ok &= row_decode(d, r, &t->entry[i], items);
		else
			ok = rows_unknown(d, rows, &t->entry[i], what);
	}
	return ok;
}

bool expect_decode(struct decoder *d, enum expect_table table,
		   const struct node *t, struct list *items)
{
	return rows_decode(d, tables[table], t, "expect", items);
}

/* ---- schema ---------------------------------------------------------------- */

static void rows_schema(const struct expect_row *rows, struct buf *out);

static void rows_properties(const struct expect_row *rows, bool *first,
			    struct buf *out)
{
	for (const struct expect_row *r = rows; r->name; r++) {
		if (r->form == INCLUDE) {
			rows_properties(r->sub, first, out);
			continue;
		}
		schema_comma(first, out);
		buf_printf(out, "\"%s\":{", r->name);
		schema_doc(r->doc, out);
		if (r->form == ONE) {
			match_schema(r->kind, out);
		} else if (r->form == SUB) {
			rows_schema(r->sub, out);
		} else {
			buf_puts(out, "\"type\":\"object\","
				      "\"additionalProperties\":{");
			match_schema(r->kind, out);
			buf_puts(out, "}");
		}
		buf_puts(out, "}");
	}
}

static void rows_schema(const struct expect_row *rows, struct buf *out)
{
	bool first = true;

	buf_puts(out, "\"type\":\"object\",\"properties\":{");
	rows_properties(rows, &first, out);
	buf_puts(out, "},\"additionalProperties\":false");
}

void expect_schema(enum expect_table table, struct buf *out)
{
	rows_schema(tables[table], out);
}
