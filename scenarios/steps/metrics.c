/* SPDX-License-Identifier: MIT */
#include <strings.h>

#include "scenarios/metrics/selector.h"
#include "scenarios/steps/steps.h"

/* Beside an http_ask, what is only there while decoding. */
struct metrics_spec {
	struct step_metrics step;
	const struct node *keep;
};

static const struct key main_key = { "metrics", KEY_TEXT,
				     offsetof(struct http_ask, url),
				     "URL of a page of Prometheus text or "
				     "OpenMetrics",
				     .example = "${api}/metrics" };

/* ---- keep: { requests: 'http_requests_total' } ------------------------------ */

struct selection {
	const struct selector *selector;
	bool is_required;
};

static bool selector_take(struct decoder *d, const struct node *t,
			  const struct selector **into)
{
	if (t->kind != NODE_SCALAR || node_is_null(t))
		return decode_problem(d, t->at,
				      "a selector is a text, as in "
				      "'requests_total{status=~\"5..\"}', got "
				      "%s",
				      node_kind_name(t));
	*into = selector_parse(d->arena, t->text, t->len, t->at, d->es);
	return *into != NULL;
}

static bool select_decode(struct decoder *d, const struct key *k,
			  const struct node *t, void *into)
{
	(void)k;
	return selector_take(d, t, into);
}

static void select_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"type\":\"string\"");
}

static const struct key_form select_form = { select_decode, select_schema };

static const struct key selection_keys[] = {
	{ "select", KEY_CUSTOM, offsetof(struct selection, selector),
	  .flags = KEY_REQUIRED, .form = &select_form,
	  .doc = "name and labels of the series" },
	{ "required", KEY_BOOL, offsetof(struct selection, is_required),
	  .doc = "true: the step fails when none is there" },
	{ 0 },
};

static bool keep_decode(struct decoder *d, const struct node *t,
			struct list *keeps)
{
	bool ok = true;

	if (t->kind != NODE_MAP)
		return decode_problem(d, t->at,
				      "\"keep\" must be a map of name: "
				      "selector, got %s",
				      node_kind_name(t));
	for (size_t i = 0; i < t->n; i++) {
		const struct node_entry *e = &t->entry[i];
		struct selection s = { 0 };
		bool good = e->value->kind == NODE_MAP
				    ? keys_decode(d, selection_keys, e->value,
						  &s, "a series of \"keep\"")
				    : selector_take(d, e->value, &s.selector);
		const struct keep keep = { .name = e->key,
					   .from = KEEP_METRIC,
					   .selector = s.selector,
					   .is_required = s.is_required,
					   .at = e->key_at };
		ok &= good && keep_add(d, keeps, &keep);
	}
	return ok;
}

static void keep_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_printf(out,
		   "\"type\":\"object\",\"maxProperties\":%d,"
		   "\"additionalProperties\":{\"anyOf\":"
		   "[{\"type\":\"string\"},{",
		   KEEPS_MAX);
	keys_schema_object(selection_keys, NULL, out);
	buf_puts(out, "}]},\"propertyNames\":{\"pattern\":"
		      "\"^[A-Za-z_][A-Za-z0-9_-]*$\"}");
}

static const struct key_form keep_form = { node_keep, keep_schema };

/* ---- the step ----------------------------------------------------------------- */

static const struct key metrics_keys[] = {
	{ "keep", KEY_CUSTOM, offsetof(struct metrics_spec, keep),
	  .form = &keep_form,
	  .doc = "series to keep over time, by a name for rules: all that the "
		 "selector matches, each by its labels; a histogram by the "
		 "name of its family",
	  .example = "{ errors: 'requests_total{status=~\"5..\"}' }" },
	{ "", KEY_INCLUDE, offsetof(struct metrics_spec, step.ask),
	  .keys = http_keys },
	{ 0 },
};

/* OpenMetrics is asked for, as Prometheus does, unless the user asks for
 * something else. */
static bool accept_add(struct decoder *d, struct place at, struct pairs *p)
{
	static const char accept[] =
		"application/openmetrics-text;version=1.0.0;q=1,"
		"text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
	struct pair *item;

	for (size_t i = 0; i < p->n; i++)
		if (!strcasecmp(p->item[i].name, "Accept"))
			return true;
	item = arena_alloc(d->arena, p->n + 1, sizeof(*item));
	if (!item)
		return errs_nomem(d->es);
	for (size_t i = 0; i < p->n; i++)
		item[i] = p->item[i];
	item[p->n] = (struct pair){
		.name = "Accept",
		.value = template_literal(d->arena, accept, sizeof(accept) - 1),
		.at = at,
	};
	p->item = item;
	return item[p->n++].value != NULL || errs_nomem(d->es);
}

static bool metrics_finish(struct decoder *d, const struct node *t, void *spec,
			   struct step_parts *parts)
{
	struct metrics_spec *s = spec;
	bool ok = url_finish(d, t, &s->step.ask);

	if (s->keep)
		ok &= keep_decode(d, s->keep, &parts->keeps);
	return accept_add(d, t->at, &s->step.ask.headers) &&
	       status_default(d, t->at, &parts->expect, 200, 299) && ok;
}

const struct step_kind metrics_kinds[] = {
	{ "metrics", STEP_METRICS, "reads Prometheus text or OpenMetrics",
	  sizeof(struct metrics_spec), &main_key, metrics_keys,
	  EXPECT_TABLE_METRICS, true, http_preset, metrics_finish, NULL },
	{ 0 },
};
