/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "scenarios/steps/steps.h"
#include "scenarios/base/text.h"

static const struct step_kind *const kinds[] = {
	http_kinds,    tls_kinds,   tcp_kinds,	health_kinds,
	metrics_kinds, minio_kinds, exec_kinds, flow_kinds,
};

const struct step_kind *step_kind_at(size_t i)
{
	for (size_t t = 0; t < sizeof(kinds) / sizeof(*kinds); t++)
		for (const struct step_kind *k = kinds[t]; k->name; k++)
			if (!i--)
				return k;
	return NULL;
}

const struct step_kind *step_kind_find(const char *name)
{
	const struct step_kind *k;

	for (size_t i = 0; (k = step_kind_at(i)); i++)
		if (!strcmp(k->name, name))
			return k;
	return NULL;
}

/* ---- keys of every kind --------------------------------------------------- */

struct common {
	const struct template *name;
	const struct node *expect;
	const struct node *capture;
	const struct node *series;
};

static const struct key_form keep_form = { node_keep, NULL };

#define NAME_KEY                                                 \
	{                                                        \
		"name", KEY_TEXT, offsetof(struct common, name), \
			.doc = "name of the step in reports"     \
	}
#define EXPECT_KEY                                                           \
	{                                                                    \
		"expect", KEY_CUSTOM, offsetof(struct common, expect),       \
			.form = &keep_form, .doc = "what the answer must be" \
	}
#define CAPTURE_KEY                                                      \
	{                                                                \
		"capture", KEY_CUSTOM, offsetof(struct common, capture), \
			.form = &keep_form,                              \
			.doc = "values that later steps use by name"     \
	}

#define SERIES_KEY                                                       \
	{                                                                \
		"series", KEY_CUSTOM, offsetof(struct common, series),   \
			.form = &keep_form,                              \
			.doc = "values that are kept over time, by name" \
	}

static const struct key flow_common[] = { NAME_KEY, { 0 } };
static const struct key ask_common[] = {
	NAME_KEY, EXPECT_KEY, CAPTURE_KEY, { 0 }
};
static const struct key body_common[] = {
	NAME_KEY, EXPECT_KEY, CAPTURE_KEY, SERIES_KEY, { 0 }
};

/* Those that have a body to keep something of. */
static bool has_series(const struct step_kind *kind)
{
	return kind->expect == EXPECT_TABLE_HTTP ||
	       kind->expect == EXPECT_TABLE_METRICS ||
	       kind->expect == EXPECT_TABLE_EXEC;
}

static const struct key *common_keys(const struct step_kind *kind)
{
	if (has_series(kind))
		return body_common;
	return kind->expect == EXPECT_TABLE_NONE ? flow_common : ask_common;
}

/* ---- decoding --------------------------------------------------------------- */

static bool kind_missing(struct decoder *d, const struct node *t)
{
	struct text_nearest near = { 0 };
	const struct step_kind *k;
	struct buf names;

	buf_init(&names, ERR_PART_MAX);
	for (size_t i = 0; (k = step_kind_at(i)); i++)
		buf_printf(&names, "%s%s", i ? ", " : "", k->name);
	for (size_t e = 0; e < t->n && !near.best; e++) {
		text_nearest_init(&near, t->entry[e].key, t->entry[e].key_len);
		for (size_t i = 0; (k = step_kind_at(i)); i++)
			text_nearest_add(&near, k->name);
	}
	if (near.best)
		decode_problem(d, t->at,
			       "a step needs one key that says what "
			       "to do; did you mean \"%s\"?",
			       near.best);
	else
		decode_problem(d, t->at,
			       "a step needs one key that says what "
			       "to do: %s",
			       buf_text(&names));
	buf_release(&names);
	return false;
}

static const struct step_kind *kind_of(struct decoder *d, const struct node *t)
{
	const struct step_kind *found = NULL;

	if (t->kind != NODE_MAP) {
		decode_problem(d, t->at, "a step must be a map, got %s",
			       node_kind_name(t));
		return NULL;
	}
	for (size_t i = 0; i < t->n; i++) {
		const struct step_kind *k = step_kind_find(t->entry[i].key);
		/* "options" is a step; nothing else has two meanings */
		if (k && found) {
			decode_problem(d, t->entry[i].key_at,
				       "a step does one thing, but this one "
				       "has \"%s\" and \"%s\"",
				       found->name, k->name);
			return NULL;
		}
		if (k)
			found = k;
	}
	if (!found)
		kind_missing(d, t);
	return found;
}

static bool step_finish(struct decoder *d, const struct step_kind *kind,
			const struct node *t, const struct common *common,
			struct step *step)
{
	struct step_parts parts = { 0 };
	bool ok = true;

	if (common->expect)
		ok &= expect_decode(d, kind->expect, common->expect,
				    &parts.expect);
	if (ok && kind->finish)
		ok &= kind->finish(d, t, (void *)step->spec, &parts);
	if (common->series)
		ok &= series_decode(d, common->series, &parts.keeps);
	/* Last: a step cannot use what it captures itself. */
	if (common->capture)
		ok &= capture_decode(d, common->capture, &parts.captures);
	step->expect.item = parts.expect.item;
	step->expect.n = parts.expect.n;
	step->captures.item = parts.captures.item;
	step->captures.n = parts.captures.n;
	step->keeps.item = parts.keeps.item;
	step->keeps.n = parts.keeps.n;
	step->name = common->name;
	return ok;
}

static bool step_decode(struct decoder *d, const struct node *t,
			struct step *step)
{
	const struct step_kind *kind = kind_of(d, t);
	struct common common = { 0 };
	char what[48];

	if (!kind)
		return false;
	void *spec = arena_alloc(d->arena, 1, kind->spec_size);
	if (!spec)
		return errs_nomem(d->es);
	if (kind->preset)
		kind->preset(d, kind, spec);
	step->type = kind->type;
	step->kind = kind->name;
	step->at = t->at;
	step->spec = spec;
	const struct key rows[] = {
		*kind->main,
		{ "", KEY_INCLUDE, 0, .keys = kind->keys },
		{ 0 },
	};
	snprintf(what, sizeof(what), "a \"%s\" step", kind->name);
	bool ok = keys_decode2(d, rows, spec, common_keys(kind), &common, t,
			       what);
	return step_finish(d, kind, t, &common, step) && ok;
}

bool steps_decode(struct decoder *d, const struct node *t,
		  struct step_list *steps)
{
	struct list l = { 0 };
	bool ok = true;

	if (t->kind != NODE_SEQ)
		return decode_problem(d, t->at, "steps must be a list, got %s",
				      node_kind_name(t));
	if (!t->n || t->n > STEPS_MAX)
		return decode_problem(d, t->at,
				      "a list of steps must have 1 "
				      "to %d steps, got %zu",
				      STEPS_MAX, t->n);
	if (d->depth == STEP_DEPTH_MAX)
		return decode_problem(d, t->at,
				      "steps must be at most %d "
				      "lists deep",
				      STEP_DEPTH_MAX);
	d->depth++;
	for (size_t i = 0; i < t->n; i++) {
		struct step step = { 0 };
		ok &= step_decode(d, t->item[i], &step);
		struct step *kept = list_add(d, &l, sizeof(*kept));
		if (kept)
			*kept = step;
	}
	d->depth--;
	steps->item = l.item;
	steps->n = l.n;
	return ok;
}

static bool steps_form_decode(struct decoder *d, const struct key *k,
			      const struct node *t, void *into)
{
	(void)k;
	return steps_decode(d, t, into);
}

static void steps_form_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"$ref\":\"#/$defs/steps\"");
}

const struct key_form steps_form = { steps_form_decode, steps_form_schema };

/* ---- schema --------------------------------------------------------------------- */

static const char *const table_names[EXPECT_TABLE_N] = {
	[EXPECT_TABLE_HTTP] = "expect-http",
	[EXPECT_TABLE_TLS] = "expect-tls",
	[EXPECT_TABLE_TCP] = "expect-tcp",
	[EXPECT_TABLE_METRICS] = "expect-metrics",
	[EXPECT_TABLE_EXEC] = "expect-exec",
};

static void kind_schema(const struct step_kind *k, struct buf *out)
{
	const struct key rows[] = {
		*k->main,
		{ "", KEY_INCLUDE, 0, .keys = k->keys },
		{ "name", KEY_TEXT, 0, .doc = "name of the step in reports" },
		{ 0 },
	};
	bool first = true;

	buf_printf(out, "\"step-%s\":{", k->name);
	schema_doc(k->doc, out);
	buf_puts(out, "\"type\":\"object\",\"properties\":{");
	keys_schema_properties(rows, &first, out);
	if (k->expect != EXPECT_TABLE_NONE) {
		buf_printf(out,
			   ",\"expect\":{\"$ref\":\"#/$defs/%s\"},"
			   "\"capture\":{\"$ref\":\"#/$defs/capture\"}",
			   table_names[k->expect]);
	}
	if (has_series(k))
		buf_puts(out, ",\"series\":{\"$ref\":\"#/$defs/series\"}");
	buf_printf(out, "},\"additionalProperties\":false,\"required\":[\"%s\"",
		   k->name);
	first = false;
	keys_schema_required(k->keys, &first, out);
	buf_puts(out, "]}");
}

void steps_schema_defs(struct buf *out)
{
	const struct step_kind *k;

	buf_printf(out,
		   "\"steps\":{\"type\":\"array\",\"minItems\":1,"
		   "\"maxItems\":%d,\"items\":{\"anyOf\":[",
		   STEPS_MAX);
	for (size_t i = 0; (k = step_kind_at(i)); i++)
		buf_printf(out, "%s{\"$ref\":\"#/$defs/step-%s\"}",
			   i ? "," : "", k->name);
	buf_puts(out, "]}}");
	for (unsigned i = EXPECT_TABLE_NONE + 1; i < EXPECT_TABLE_N; i++) {
		buf_printf(out, ",\"%s\":{", table_names[i]);
		expect_schema((enum expect_table)i, out);
		buf_putc(out, '}');
	}
	buf_puts(out, ",\"series\":{");
	series_schema(out);
	buf_puts(out, "},\"capture\":{");
	capture_schema(out);
	buf_puts(out, "}");
	for (size_t i = 0; (k = step_kind_at(i)); i++) {
		buf_putc(out, ',');
		kind_schema(k, out);
	}
}
