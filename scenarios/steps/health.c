/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "scenarios/jsonpath/jsonpath.h"
#include "scenarios/steps/steps.h"

enum { HEALTH_LIST_MAX = 200 };

#define HEALTH(field) offsetof(struct step_health, field)

static const struct key main_key = { "health", KEY_TEXT,
				     offsetof(struct http_ask, url),
				     "URL of a health endpoint",
				     .example = "${api}/health" };

/* ---- shape ---------------------------------------------------------------- */

static bool shape_decode(struct decoder *d, const struct key *k,
			 const struct node *t, void *into)
{
	const char *names[64] = { 0 };
	struct key row = *k;

	for (size_t i = 0; i < health_shapes_n && i < 63; i++)
		names[i] = health_shapes[i].name;
	row.type = KEY_CHOICE;
	row.choices = names;
	return key_decode(d, &row, t, into);
}

static void shape_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"enum\":[");
	for (size_t i = 0; i < health_shapes_n; i++)
		buf_printf(out, "%s\"%s\"", i ? "," : "",
			   health_shapes[i].name);
	buf_puts(out, "]");
}

static const struct key_form shape_form = { shape_decode, shape_schema };

/* ---- bounds: { $.checks.disk.free_gb: { gt: 1 } } --------------------------- */

static bool bounds_decode(struct decoder *d, const struct key *k,
			  const struct node *t, void *into)
{
	struct match_context mc = { d->arena, &d->scope, d->es };
	struct step_health *s = into;
	struct list l = { 0 };
	bool ok = true;

	if (t->kind != NODE_MAP || t->n > HEALTH_LIST_MAX)
		return decode_problem(d, t->at,
				      "\"%s\" must be a map of at "
				      "most %d entries",
				      k->name, HEALTH_LIST_MAX);
	for (size_t i = 0; i < t->n; i++) {
		const struct node_entry *e = &t->entry[i];
		const struct jsonpath *path =
			decode_jsonpath(d, e->key, e->key_len, e->key_at);
		if (!path) {
			ok = false;
			continue;
		}
		struct health_bound *b = list_add(d, &l, sizeof(*b));
		if (!b)
			return false;
		b->at = e->key_at;
		b->path = path;
		b->label = arena_printf(d->arena, "part %s", e->key);
		b->matcher = match_compile(&mc, e->value, VALUE_JSON,
					   !jsonpath_is_singular(path), e->key);
		ok &= b->label && b->matcher;
	}
	s->bounds = l.item;
	s->n_bounds = l.n;
	return ok;
}

static void bounds_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"type\":\"object\",\"additionalProperties\":{");
	match_schema(VALUE_JSON, out);
	buf_puts(out, "}");
}

static const struct key_form bounds_form = { bounds_decode, bounds_schema };

/* ---- words: { ok: [up, green], down: [red] } -------------------------------- */

static const char *const meaning_choices[] = { "ok",	  "starting",
					       "unknown", "degraded",
					       "down",	  NULL };

static bool word_add(struct decoder *d, const struct node *t, unsigned meaning,
		     struct list *l)
{
	const char *text = decode_static(d, t, "words", NULL);
	struct health_word *w = text ? list_add(d, l, sizeof(*w)) : NULL;

	if (w)
		*w = (struct health_word){ text, meaning };
	return w != NULL;
}

static bool words_decode(struct decoder *d, const struct key *k,
			 const struct node *t, void *into)
{
	struct step_health *s = into;
	struct list l = { 0 };
	bool ok = true;

	if (t->kind != NODE_MAP)
		return decode_problem(d, t->at,
				      "\"%s\" must be a map of "
				      "meaning: [words], got %s",
				      k->name, node_kind_name(t));
	for (size_t i = 0; i < t->n; i++) {
		const struct node *words = t->entry[i].value;
		unsigned m = 0;
		while (meaning_choices[m] &&
		       strcmp(meaning_choices[m], t->entry[i].key))
			m++;
		if (!meaning_choices[m] || words->kind != NODE_SEQ) {
			ok = decode_problem(d, t->entry[i].key_at,
					    "\"words\" takes lists under ok, "
					    "starting, unknown, degraded, "
					    "down");
			continue;
		}
		for (size_t w = 0; w < words->n && w < HEALTH_LIST_MAX; w++)
			ok &= word_add(d, words->item[w], m, &l);
	}
	s->words = l.item;
	s->n_words = l.n;
	return ok;
}

static void words_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"type\":\"object\",\"propertyNames\":{\"enum\":[");
	for (size_t i = 0; meaning_choices[i]; i++)
		buf_printf(out, "%s\"%s\"", i ? "," : "", meaning_choices[i]);
	buf_puts(out, "]},\"additionalProperties\":{\"type\":\"array\","
		      "\"items\":{\"type\":[\"string\",\"number\","
		      "\"boolean\"]}}");
}

static const struct key_form words_form = { words_decode, words_schema };

/* ---- severities, version ------------------------------------------------------ */

static bool severities_decode(struct decoder *d, const struct key *k,
			      const struct node *t, void *into)
{
	struct pairs *p = into;
	bool ok = pairs_decode(d, t, p, false, k->name);

	for (size_t i = 0; ok && i < t->n; i++) {
		struct key row = { "severities", KEY_CHOICE, 0,
				   .choices = severity_choices };
		unsigned ignored;
		ok &= key_decode(d, &row, t->entry[i].value, &ignored);
	}
	return ok;
}

static void severities_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"type\":\"object\",\"additionalProperties\":{\"enum\":"
		      "[");
	for (size_t i = 0; severity_choices[i]; i++)
		buf_printf(out, "%s\"%s\"", i ? "," : "", severity_choices[i]);
	buf_puts(out, "]}");
}

static const struct key_form severities_form = { severities_decode,
						 severities_schema };

static bool version_decode(struct decoder *d, const struct key *k,
			   const struct node *t, void *into)
{
	struct match_context mc = { d->arena, &d->scope, d->es };
	const struct matcher **m = into;

	*m = match_compile(&mc, t, VALUE_TEXT, false, k->name);
	return *m != NULL;
}

static void version_schema(const struct key *k, struct buf *out)
{
	(void)k;
	match_schema(VALUE_TEXT, out);
}

static const struct key_form version_form = { version_decode, version_schema };

/* ---- the table ------------------------------------------------------------------ */

static const struct key health_keys[] = {
	{ "shape", KEY_CUSTOM, HEALTH(shape), .form = &shape_form,
	  .doc = "shape of the body; any when not written",
	  .example = "checks" },
	{ "bounds", KEY_CUSTOM, 0, .form = &bounds_form,
	  .doc = "numbers of the body, each a part of its own",
	  .example = "{ $.checks.disk.free_gb: { gt: 1 } }" },
	{ "words", KEY_CUSTOM, 0, .form = &words_form,
	  .doc = "further words and what they mean" },
	{ "severities", KEY_CUSTOM, HEALTH(severities),
	  .form = &severities_form,
	  .doc = "severity of a part by its name, when it fails",
	  .example = "{ cache: warning }" },
	{ "max_age", KEY_DURATION, HEALTH(max_age_ns), .min = MS(1),
	  .max = HOURS(24 * 365), .doc = "how far $.timestamp may be from now",
	  .example = "60s" },
	{ "version", KEY_CUSTOM, HEALTH(version), .form = &version_form,
	  .doc = "expected version" },
	{ "", KEY_INCLUDE, HEALTH(ask), .keys = http_keys },
	{ 0 },
};

static bool health_finish(struct decoder *d, const struct node *t, void *spec,
			  struct step_parts *parts)
{
	(void)parts;
	return url_finish(d, t, spec);
}

const struct step_kind health_kinds[] = {
	{ "health", STEP_HEALTH, "judges a health body part by part",
	  sizeof(struct step_health), &main_key, health_keys, EXPECT_TABLE_HTTP,
	  true, http_preset, health_finish, NULL },
	{ 0 },
};
