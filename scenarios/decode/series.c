/* SPDX-License-Identifier: MIT */
/* series: what a step keeps over time, for rules and charts. */
#include <string.h>

#include "scenarios/decode/decode.h"
#include "scenarios/json/pattern.h"
#include "scenarios/jsonpath/jsonpath.h"

static const char *const kind_choices[] = { "auto", "gauge", "counter", "text",
					    NULL };
static const char *const unit_choices[] = { "s", "ms", "us", NULL };
static const double unit_scales[] = { 1, 1e-3, 1e-6 };

bool keep_add(struct decoder *d, struct list *keeps, const struct keep *keep)
{
	const struct keep *is = keeps->item;

	if (!slot_is_name(keep->name))
		return decode_problem(d, keep->at,
				      "\"%s\" cannot be the name of a series: "
				      "use letters, digits, _ and -, a letter "
				      "first",
				      keep->name);
	for (size_t i = 0; i < keeps->n; i++)
		if (!strcmp(is[i].name, keep->name))
			return decode_problem(d, keep->at,
					      "the step keeps a \"%s\" already",
					      keep->name);
	if (keeps->n == KEEPS_MAX)
		return decode_problem(d, keep->at,
				      "a step keeps at most %d series",
				      KEEPS_MAX);
	struct keep *to = list_add(d, keeps, sizeof(*to));
	if (to)
		*to = *keep;
	return to != NULL;
}

/* ---- where it is taken from ----------------------------------------------- */

static bool source_once(struct decoder *d, const struct key *k,
			const struct node *t, struct keep *to,
			enum keep_from from)
{
	if (to->from != KEEP_FROM_N)
		return decode_problem(d, t->at,
				      "a series takes its value from one "
				      "place, \"%s\" is a second one",
				      k->name);
	to->from = from;
	return true;
}

static bool path_take(struct decoder *d, const struct node *t, struct keep *to)
{
	if (t->kind != NODE_SCALAR || node_is_null(t))
		return decode_problem(d, t->at,
				      "a series is a JSONPath, as in "
				      "$.latency_ms, or a map, got %s",
				      node_kind_name(t));
	to->from = KEEP_JSON;
	to->path = decode_jsonpath(d, t->text, t->len, t->at);
	return to->path != NULL;
}

static bool json_decode(struct decoder *d, const struct key *k,
			const struct node *t, void *into)
{
	return source_once(d, k, t, into, KEEP_JSON) && path_take(d, t, into);
}

static bool header_decode(struct decoder *d, const struct key *k,
			  const struct node *t, void *into)
{
	struct keep *to = into;

	if (!source_once(d, k, t, to, KEEP_HEADER))
		return false;
	to->header = decode_static(d, t, k->name, NULL);
	return to->header != NULL;
}

static bool regex_decode(struct decoder *d, const struct key *k,
			 const struct node *t, void *into)
{
	struct keep *to = into;

	if (!source_once(d, k, t, to, KEEP_REGEX))
		return false;
	if (t->kind != NODE_SCALAR || node_is_null(t))
		return decode_problem(d, t->at, "\"%s\" must be a text, got %s",
				      k->name, node_kind_name(t));
	to->pattern =
		pattern_compile(d->arena, t->text, t->len, 0, t->at, d->es);
	return to->pattern != NULL;
}

static bool unit_decode(struct decoder *d, const struct key *k,
			const struct node *t, void *into)
{
	struct key row = *k;
	struct keep *to = into;
	unsigned unit = 0;

	row.type = KEY_CHOICE;
	row.choices = unit_choices;
	if (!key_decode(d, &row, t, &unit))
		return false;
	to->scale = unit_scales[unit];
	return true;
}

static void text_only_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"type\":\"string\"");
}

static void unit_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"enum\":[\"s\",\"ms\",\"us\"]");
}

static const struct key_form json_form = { json_decode, text_only_schema };
static const struct key_form header_form = { header_decode, text_only_schema };
static const struct key_form regex_form = { regex_decode, text_only_schema };
static const struct key_form unit_form = { unit_decode, unit_schema };

static const struct key series_keys[] = {
	{ "json", KEY_CUSTOM, 0, .form = &json_form,
	  .doc = "JSONPath of the body; one that finds several keeps each",
	  .example = "$.latency_ms" },
	{ "header", KEY_CUSTOM, 0, .form = &header_form,
	  .doc = "header of the answer that holds a number",
	  .example = "X-Process-Time" },
	{ "regex", KEY_CUSTOM, 0, .form = &regex_form,
	  .doc = "pattern over the body: its first group, else all of it" },
	{ "kind", KEY_CHOICE, offsetof(struct keep, kind),
	  .choices = kind_choices,
	  .doc = "gauge; counter: it only rises, rules ask for its rate; text: "
		 "rules ask whether it changed; auto takes a JSON text as "
		 "text" },
	{ "unit", KEY_CUSTOM, 0, .form = &unit_form,
	  .doc = "unit of a time, which is kept in seconds" },
	{ "required", KEY_BOOL, offsetof(struct keep, is_required),
	  .doc = "true: the step fails when it is not there" },
	{ 0 },
};

static bool entry_decode(struct decoder *d, const struct node_entry *e,
			 struct list *keeps)
{
	struct keep keep = { .name = e->key,
			     .from = KEEP_FROM_N,
			     .at = e->key_at };
	bool ok;

	if (e->value->kind != NODE_MAP)
		return path_take(d, e->value, &keep) &&
		       keep_add(d, keeps, &keep);
	ok = keys_decode(d, series_keys, e->value, &keep, "a series");
	if (ok && keep.from == KEEP_FROM_N)
		ok = decode_problem(d, e->key_at,
				    "a series needs a source, like json: "
				    "$.latency_ms");
	if (ok && keep.kind == KEEP_TEXT && keep.scale > 0)
		ok = decode_problem(d, e->key_at, "a text has no \"unit\"");
	return ok && keep_add(d, keeps, &keep);
}

bool series_decode(struct decoder *d, const struct node *t, struct list *keeps)
{
	bool ok = true;

	if (t->kind != NODE_MAP)
		return decode_problem(d, t->at,
				      "\"series\" must be a map of name: "
				      "JSONPath, got %s",
				      node_kind_name(t));
	for (size_t i = 0; i < t->n; i++)
		ok &= entry_decode(d, &t->entry[i], keeps);
	return ok;
}

void series_schema(struct buf *out)
{
	buf_printf(out,
		   "\"type\":\"object\",\"maxProperties\":%d,"
		   "\"additionalProperties\":{\"anyOf\":"
		   "[{\"type\":\"string\"},{",
		   KEEPS_MAX);
	keys_schema_object(series_keys, NULL, out);
	buf_puts(out, "}]},\"propertyNames\":{\"pattern\":"
		      "\"^[A-Za-z_][A-Za-z0-9_-]*$\"}");
}
