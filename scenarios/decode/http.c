/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "scenarios/decode/decode.h"
#include "scenarios/base/units.h"

#define ASK(field) offsetof(struct http_ask, field)

enum {
	BODY_DEFAULT_BYTES = 10 << 20, /* of an answer */
	REDIRECTS_MAX = 50,
	MULTIPART_MAX = 100, /* parts of one form */
};

void http_ask_preset(struct http_ask *ask)
{
	*ask = (struct http_ask){
		.method = "GET",
		.net = { .verify = true, .timeout.total_ns = SECONDS(10) },
		.max_body_bytes = BODY_DEFAULT_BYTES,
		.compressed = true,
		.request_id = true,
		.server_time_unit_ns = SECONDS(1),
	};
}

/* ---- bodies -------------------------------------------------------------- */

static bool body_once(struct decoder *d, const struct key *k,
		      const struct node *t, struct http_ask *ask,
		      enum body_kind kind)
{
	static const char *const names[] = {
		[BODY_TEXT] = "body",		[BODY_JSON] = "json",
		[BODY_FORM] = "form",		[BODY_FILE] = "file",
		[BODY_MULTIPART] = "multipart",
	};

	if (ask->body_kind != BODY_NONE)
		return decode_problem(d, t->at,
				      "\"%s\" and \"%s\" cannot both be the "
				      "body of a request",
				      names[ask->body_kind], k->name);
	ask->body_kind = kind;
	return true;
}

static bool text_body_decode(struct decoder *d, const struct key *k,
			     const struct node *t, void *into)
{
	struct http_ask *ask = into;
	bool is_file = !strcmp(k->name, "file");

	if (!body_once(d, k, t, ask, is_file ? BODY_FILE : BODY_TEXT))
		return false;
	ask->body = is_file ? decode_path(d, t, k->name)
			    : decode_template(d, t, k->name);
	return ask->body != NULL;
}

static void text_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"type\":[\"string\",\"number\",\"boolean\"]");
}

static const struct key_form text_body_form = { text_body_decode, text_schema };

static bool json_form_decode(struct decoder *d, const struct key *k,
			     const struct node *t, void *into)
{
	struct http_ask *ask = into;

	if (!body_once(d, k, t, ask, BODY_JSON))
		return false;
	ask->body = json_body_decode(d, t);
	return ask->body != NULL;
}

static void any_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"type\":[\"string\",\"number\",\"boolean\",\"null\","
		      "\"object\",\"array\"]");
}

static const struct key_form json_body_form = { json_form_decode, any_schema };

static const struct key form_pairs = { "form", KEY_PAIRS, 0,
				       .flags = KEY_NAMES_FREE };

static bool form_decode(struct decoder *d, const struct key *k,
			const struct node *t, void *into)
{
	struct http_ask *ask = into;

	return body_once(d, k, t, ask, BODY_FORM) &&
	       pairs_decode(d, t, &ask->form, false, k->name);
}

static void form_schema(const struct key *k, struct buf *out)
{
	(void)k;
	key_schema(&form_pairs, out);
}

static const struct key_form form_form = { form_decode, form_schema };

#define PART(field) offsetof(struct multipart_part, field)

static const struct key part_keys[] = {
	{ "text", KEY_TEXT, PART(text), .doc = "the value as a text" },
	{ "file", KEY_PATH, PART(file), .doc = "path of the file to send" },
	{ "filename", KEY_TEXT, PART(file_name),
	  .doc = "name of the file as told to the target" },
	{ "type", KEY_TEXT, PART(type), .doc = "content type of the part" },
	{ 0 },
};

static bool part_decode(struct decoder *d, const struct node_entry *e,
			struct list *l)
{
	const struct node *t = e->value;
	struct multipart_part *p = list_add(d, l, sizeof(*p));

	if (!p)
		return false;
	p->name = e->key;
	p->at = t->at;
	if (t->kind != NODE_MAP) {
		p->text = decode_template(d, t, e->key);
		return p->text != NULL;
	}
	bool ok = keys_decode(d, part_keys, t, p, "a part of \"multipart\"");
	if (ok && !p->text == !p->file)
		ok = decode_problem(d, t->at,
				    "a part of \"multipart\" needs "
				    "either \"text\" or \"file\"");
	return ok;
}

static bool multipart_decode(struct decoder *d, const struct key *k,
			     const struct node *t, void *into)
{
	struct http_ask *ask = into;
	struct list l = { 0 };
	bool ok = true;

	if (!body_once(d, k, t, ask, BODY_MULTIPART))
		return false;
	if (t->kind != NODE_MAP || !t->n || t->n > MULTIPART_MAX)
		return decode_problem(d, t->at,
				      "\"multipart\" must be a map "
				      "of 1 to %d parts",
				      MULTIPART_MAX);
	for (size_t i = 0; i < t->n; i++)
		ok &= part_decode(d, &t->entry[i], &l);
	ask->parts = l.item;
	ask->n_parts = l.n;
	return ok;
}

static void multipart_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_printf(out,
		   "\"type\":\"object\",\"minProperties\":1,"
		   "\"maxProperties\":%d,\"additionalProperties\":{\"anyOf\":"
		   "[{\"type\":[\"string\",\"number\",\"boolean\"]},{",
		   MULTIPART_MAX);
	keys_schema_object(part_keys, NULL, out);
	buf_puts(out, "}]}");
}

static const struct key_form multipart_form = { multipart_decode,
						multipart_schema };

/* ---- who asks ------------------------------------------------------------ */

static const struct key login_keys[] = {
	{ "user", KEY_TEXT, offsetof(struct auth, user), "name of the user",
	  .flags = KEY_REQUIRED },
	{ "password", KEY_TEXT, offsetof(struct auth, password),
	  .doc = "password; use a ${secret....}", .flags = KEY_REQUIRED },
	{ 0 },
};

static bool login_decode(struct decoder *d, const struct key *k,
			 const struct node *t, void *into)
{
	struct auth *auth = into;

	if (auth->kind != ASK_AUTH_NONE)
		return decode_problem(d, t->at,
				      "\"auth\" must be one of "
				      "basic, digest, bearer, not several");
	if (!strcmp(k->name, "bearer")) {
		auth->kind = ASK_AUTH_BEARER;
		auth->password = decode_template(d, t, k->name);
		return auth->password != NULL;
	}
	auth->kind =
		!strcmp(k->name, "basic") ? ASK_AUTH_BASIC : ASK_AUTH_DIGEST;
	return keys_decode(d, login_keys, t, auth, "\"auth\"");
}

static void login_schema(const struct key *k, struct buf *out)
{
	if (!strcmp(k->name, "bearer"))
		text_schema(k, out);
	else
		keys_schema_object(login_keys, NULL, out);
}

static const struct key_form login_form = { login_decode, login_schema };

static const struct key auth_keys[] = {
	{ "basic", KEY_CUSTOM, 0, .form = &login_form,
	  .doc = "user and password, RFC 7617",
	  .example = "{ user: a, password: '${secret.PASSWORD}' }" },
	{ "digest", KEY_CUSTOM, 0, .form = &login_form,
	  .doc = "user and password, RFC 7616" },
	{ "bearer", KEY_CUSTOM, 0, .form = &login_form,
	  .doc = "a token, RFC 6750", .example = "'${secret.TOKEN}'" },
	{ 0 },
};

static bool auth_decode(struct decoder *d, const struct key *k,
			const struct node *t, void *into)
{
	struct auth *auth = into;

	(void)k;
	*auth = (struct auth){ 0 };
	if (t->kind == NODE_MAP && !t->n)
		return decode_problem(d, t->at,
				      "\"auth\" needs one of basic, "
				      "digest, bearer");
	return keys_decode(d, auth_keys, t, auth, "\"auth\"");
}

static void auth_schema(const struct key *k, struct buf *out)
{
	(void)k;
	keys_schema_object(auth_keys, NULL, out);
	buf_puts(out, ",\"minProperties\":1,\"maxProperties\":1");
}

static const struct key_form auth_form = { auth_decode, auth_schema };

/* ---- how long the server says it took ------------------------------------ */

static const char *const time_units[] = { "s", "ms", "us", NULL };

struct server_time {
	const char *header;
	unsigned unit;
};

static const struct key server_time_keys[] = {
	{ "header", KEY_WORD, offsetof(struct server_time, header),
	  .flags = KEY_REQUIRED, .doc = "header that holds a number",
	  .example = "X-Process-Time" },
	{ "unit", KEY_CHOICE, offsetof(struct server_time, unit),
	  .choices = time_units, .doc = "unit of that number; s by default" },
	{ 0 },
};

static bool server_time_decode(struct decoder *d, const struct key *k,
			       const struct node *t, void *into)
{
	static const uint64_t ns[] = { UNIT_NS_PER_S, UNIT_NS_PER_MS,
				       UNIT_NS_PER_US };
	struct http_ask *ask = into;
	struct server_time st = { 0 };

	(void)k;
	if (!keys_decode(d, server_time_keys, t, &st, "\"server_time\""))
		return false;
	ask->server_time_header = st.header;
	ask->server_time_unit_ns = ns[st.unit];
	return true;
}

static void server_time_schema(const struct key *k, struct buf *out)
{
	(void)k;
	keys_schema_object(server_time_keys, NULL, out);
}

static const struct key_form server_time_form = { server_time_decode,
						  server_time_schema };

/* ---- the table ------------------------------------------------------------ */

static const char *const http_choices[] = { "any", "1.0",     "1.1",
					    "2",   "2-prior", NULL };

const struct key http_option_keys[] = {
	{ "headers", KEY_PAIRS, ASK(headers), .doc = "headers to send",
	  .example = "{ Accept: application/json }" },
	{ "auth", KEY_CUSTOM, ASK(auth), .form = &auth_form,
	  .doc = "who asks: basic, digest or bearer" },
	{ "http", KEY_CHOICE, ASK(http), .choices = http_choices,
	  .doc = "version of HTTP; 2-prior speaks it without asking" },
	{ "redirects", KEY_COUNT, ASK(redirects), .max = REDIRECTS_MAX,
	  .doc = "redirects to follow at most; 0 by default" },
	{ "max_body", KEY_SIZE, ASK(max_body_bytes), .min = 1,
	  .max = UINT64_C(1) << 30, .doc = "largest body of an answer",
	  .example = "10MB" },
	{ "compressed", KEY_BOOL, ASK(compressed),
	  .doc = "offer compression and decode it; true by default" },
	{ "request_id", KEY_BOOL, ASK(request_id),
	  .doc = "send X-Request-ID; true by default" },
	{ "server_time", KEY_CUSTOM, 0, .form = &server_time_form,
	  .doc = "where the server says how long it took",
	  .example = "{ header: X-Process-Time, unit: s }" },
	{ "", KEY_INCLUDE, ASK(net), .keys = net_keys },
	{ 0 },
};

const struct key http_keys[] = {
	{ "query", KEY_PAIRS, ASK(query), .flags = KEY_NAMES_FREE,
	  .doc = "query parameters, encoded and added to the URL" },
	{ "body", KEY_CUSTOM, 0, .form = &text_body_form,
	  .doc = "body as a text" },
	{ "json", KEY_CUSTOM, 0, .form = &json_body_form,
	  .doc = "body as JSON; texts in it may hold ${...}",
	  .example = "{ user: '${user}' }" },
	{ "form", KEY_CUSTOM, 0, .form = &form_form,
	  .doc = "body as an encoded form" },
	{ "file", KEY_CUSTOM, 0, .form = &text_body_form,
	  .doc = "path of a file to send as the body" },
	{ "multipart", KEY_CUSTOM, 0, .form = &multipart_form,
	  .doc = "body as a multipart form" },
	{ "", KEY_INCLUDE, 0, .keys = http_option_keys },
	{ 0 },
};
