/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "scenarios/decode/decode.h"
#include "scenarios/jsonpath/jsonpath.h"
#include "scenarios/json/pattern.h"
#include "scenarios/base/text.h"

bool slot_is_name(const char *text)
{
	const char *rest = text + strspn(text, "abcdefghijklmnopqrstuvwxyz"
					       "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");

	if (rest == text)
		return false;
	rest += strspn(rest, "abcdefghijklmnopqrstuvwxyz"
			     "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789-");
	return !*rest;
}

bool slot_add(struct decoder *d, const char *name, struct place at,
	      bool is_secret, size_t *slot)
{
	if (!slot_is_name(name))
		return decode_problem(d, at,
				      "\"%s\" cannot be a name: use "
				      "letters, digits, _ and -, a letter "
				      "first",
				      name);
	for (size_t i = 0; i < d->n_vars; i++)
		if (!strcmp(d->vars[i].name, name))
			return decode_problem(d, at,
					      "\"%s\" is a name of "
					      "\"vars\" already",
					      name);
	/* A later step may capture the same name again. */
	for (size_t i = 0; i < d->n_slots; i++)
		if (!*d->slots[i].space && !strcmp(d->slots[i].name, name)) {
			d->slots[i].is_secret |= is_secret;
			*slot = i;
			return true;
		}
	if (d->n_slots == SLOTS_MAX)
		return decode_problem(d, at,
				      "a check must have at most %d "
				      "secrets, columns and captures",
				      SLOTS_MAX);
	d->slots[d->n_slots] = (struct slot_name){ .space = "",
						   .name = name,
						   .is_secret = is_secret };
	*slot = d->n_slots++;
	return true;
}

/* Where a capture takes its value from: exactly one of these keys. */
static bool source_once(struct decoder *d, const struct key *k,
			const struct node *t, struct capture *c)
{
	if (c->from != CAPTURE_FROM_N)
		return decode_problem(d, t->at,
				      "a capture takes its value "
				      "from one place, \"%s\" is a second one",
				      k->name);
	if (!strcmp(k->name, "stdout")) {
		c->from = CAPTURE_BODY;
		return true;
	}
	for (unsigned i = 0; i < CAPTURE_FROM_N; i++) {
		static const char *const names[] = {
			[CAPTURE_JSON] = "json",
			[CAPTURE_HEADER] = "header",
			[CAPTURE_COOKIE] = "cookie",
			[CAPTURE_REGEX] = "regex",
			[CAPTURE_CERT] = "certificate",
			[CAPTURE_STATUS] = "status",
			[CAPTURE_BODY] = "body",
			[CAPTURE_URL] = "url",
			[CAPTURE_ANSWER] = "answer",
			[CAPTURE_STDERR] = "stderr",
			[CAPTURE_EXIT] = "exit",
		};
		if (!strcmp(names[i], k->name))
			c->from = (enum capture_from)i;
	}
	return true;
}

static bool text_source_decode(struct decoder *d, const struct key *k,
			       const struct node *t, void *into)
{
	struct capture *c = into;
	size_t len = 0;

	if (!source_once(d, k, t, c))
		return false;
	/* A path or a pattern is taken as it is: $ and { mean themselves. */
	if (c->from == CAPTURE_HEADER || c->from == CAPTURE_COOKIE) {
		c->key = decode_static(d, t, k->name, &len);
		return c->key != NULL;
	}
	if (t->kind != NODE_SCALAR || node_is_null(t))
		return decode_problem(d, t->at,
				      "\"%s\" must be a text, got "
				      "%s",
				      k->name, node_kind_name(t));
	if (c->from == CAPTURE_REGEX) {
		c->pattern = pattern_compile(d->arena, t->text, t->len, 0,
					     t->at, d->es);
		return c->pattern != NULL;
	}
	c->path = decode_jsonpath(d, t->text, t->len, t->at);
	if (c->path && !jsonpath_is_singular(c->path))
		return decode_problem(d, t->at,
				      "a capture needs one value, "
				      "but %s may find several",
				      t->text);
	return c->path != NULL;
}

static void string_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"type\":\"string\"");
}

static const struct key_form text_source = { text_source_decode,
					     string_schema };

static bool whole_decode(struct decoder *d, const struct key *k,
			 const struct node *t, void *into)
{
	bool yes;

	if (!node_as_bool(t, &yes) || !yes)
		return decode_problem(d, t->at,
				      "\"%s\" of a capture must be "
				      "true",
				      k->name);
	return source_once(d, k, t, into);
}

static void true_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"const\":true");
}

static const struct key_form whole_source = { whole_decode, true_schema };

static const struct key cert_fact_key = { "certificate", KEY_CHOICE, 0,
					  .choices = expect_cert_names };

static bool cert_decode(struct decoder *d, const struct key *k,
			const struct node *t, void *into)
{
	struct capture *c = into;

	return source_once(d, k, t, c) &&
	       key_decode(d, &cert_fact_key, t, &c->which);
}

static void cert_schema(const struct key *k, struct buf *out)
{
	(void)k;
	key_schema(&cert_fact_key, out);
}

static const struct key_form cert_source = { cert_decode, cert_schema };

static const struct key capture_keys[] = {
	{ "json", KEY_CUSTOM, 0, .form = &text_source,
	  .doc = "JSONPath of one value of the body", .example = "$.token" },
	{ "header", KEY_CUSTOM, 0, .form = &text_source,
	  .doc = "name of a header of the answer" },
	{ "cookie", KEY_CUSTOM, 0, .form = &text_source,
	  .doc = "name of a cookie of the journey" },
	{ "regex", KEY_CUSTOM, 0, .form = &text_source,
	  .doc = "pattern over the body: its first group, else all of it" },
	{ "certificate", KEY_CUSTOM, 0, .form = &cert_source,
	  .doc = "a fact of the certificate" },
	{ "status", KEY_CUSTOM, 0, .form = &whole_source,
	  .doc = "true: the status" },
	{ "body", KEY_CUSTOM, 0, .form = &whole_source,
	  .doc = "true: the body as a text" },
	{ "url", KEY_CUSTOM, 0, .form = &whole_source,
	  .doc = "true: the URL after redirects" },
	{ "answer", KEY_CUSTOM, 0, .form = &whole_source,
	  .doc = "true: the last answer of a tcp step" },
	{ "stdout", KEY_CUSTOM, 0, .form = &whole_source,
	  .doc = "true: what a command wrote" },
	{ "stderr", KEY_CUSTOM, 0, .form = &whole_source,
	  .doc = "true: what a command wrote to standard error" },
	{ "exit", KEY_CUSTOM, 0, .form = &whole_source,
	  .doc = "true: the exit code of a command" },
	{ "secret", KEY_BOOL, offsetof(struct capture, secret),
	  .doc = "true: never show the value" },
	{ "default", KEY_TEXT, offsetof(struct capture, fallback),
	  .doc = "value when it is not there" },
	{ 0 },
};

bool capture_decode(struct decoder *d, const struct node *t, struct list *items)
{
	bool ok = true;

	if (t->kind != NODE_MAP)
		return decode_problem(d, t->at,
				      "\"capture\" must be a map of "
				      "name: source, got %s",
				      node_kind_name(t));
	for (size_t i = 0; i < t->n && i < ITEMS_MAX; i++) {
		const struct node_entry *e = &t->entry[i];
		struct capture c = { .name = e->key,
				     .from = CAPTURE_FROM_N,
				     .at = e->key_at };
		bool good =
			keys_decode(d, capture_keys, e->value, &c, "a capture");
		if (good && c.from == CAPTURE_FROM_N)
			good = decode_problem(d, e->key_at,
					      "a capture needs "
					      "a source, like json: $.token");
		good &= slot_add(d, e->key, e->key_at, c.secret, &c.slot);
		struct capture *kept =
			good ? list_add(d, items, sizeof(*kept)) : NULL;
		if (kept)
			*kept = c;
		ok &= kept != NULL;
	}
	return ok;
}

void capture_schema(struct buf *out)
{
	buf_puts(out, "\"type\":\"object\",\"additionalProperties\":{");
	keys_schema_object(capture_keys, NULL, out);
	buf_puts(out, "},\"propertyNames\":{\"pattern\":"
		      "\"^[A-Za-z_][A-Za-z0-9_-]*$\"}");
}
