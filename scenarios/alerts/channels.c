/* SPDX-License-Identifier: MIT */
/* channels: who is told, and by which way. */
#include <stdio.h>
#include <string.h>

#include "scenarios/alerts/alerts_parts.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

/* ---- keys of a kind --------------------------------------------------- */

struct setting_nodes {
	const struct node *node[SETTINGS_MAX];
};

static void text_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"type\":[\"string\",\"number\",\"boolean\"]");
}

static void pairs_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"type\":\"object\",\"additionalProperties\":{\"type\":["
		      "\"string\",\"number\",\"boolean\"]}");
}

static void duration_schema(const struct key *k, struct buf *out)
{
	(void)k;
	key_schema(&(const struct key){ .name = "", .type = KEY_DURATION },
		   out);
}

static void choice_schema(const struct key *k, struct buf *out)
{
	key_schema(&(const struct key){ "", KEY_CHOICE, .choices = k->choices },
		   out);
}

static const struct key_form setting_forms[] = {
	[SETTING_TEXT] = { node_keep, text_schema },
	[SETTING_LIST] = { node_keep, words_schema },
	[SETTING_PAIRS] = { node_keep, pairs_schema },
	[SETTING_DURATION] = { node_keep, duration_schema },
	[SETTING_CHOICE] = { node_keep, choice_schema },
};

static void setting_keys(const struct setting_row *rows,
			 struct key keys[SETTINGS_MAX + 1])
{
	size_t n = 0;

	for (; rows[n].name; n++)
		keys[n] = (struct key){
			rows[n].name,
			KEY_CUSTOM,
			n * sizeof(const struct node *),
			.doc = rows[n].doc,
			.flags = rows[n].is_required ? KEY_REQUIRED : 0,
			.choices = rows[n].choices,
			.form = &setting_forms[rows[n].type],
			.example = rows[n].example,
		};
	keys[n] = (struct key){ 0 };
}

/* ---- values ------------------------------------------------------------ */

static bool setting_add(struct decoder *d, struct list *to, const char *name,
			const struct template *value, struct place at)
{
	struct channel_setting *kept =
		value ? list_add(d, to, sizeof(*kept)) : NULL;

	if (kept)
		*kept = (struct channel_setting){ name, value, at };
	return kept != NULL;
}

static bool pair_add(struct decoder *d, struct list *to,
		     const struct setting_row *row, const struct node_entry *e)
{
	const char *front =
		arena_printf(d->arena, "%s%s", e->key, row->pair_join);
	const struct template *value = decode_template(d, e->value, e->key);
	struct template_piece piece[] = { { NULL, false }, { value, false } };

	if (!front)
		return errs_nomem(d->es);
	if (!value)
		return false;
	bool is_header = row->pair_join[0] == ':';
	if (is_header ? !text_is_token(e->key, e->key_len)
		      : !*e->key || strchr(e->key, '='))
		return decode_problem(
			d, e->key_at, "\"%s\" cannot be the name of a %s",
			e->key, is_header ? "header" : "variable");
	piece[0].part = template_literal(d->arena, front, strlen(front));
	const struct template *whole =
		piece[0].part ? template_join(d->arena, piece, 2) : NULL;
	return whole ? setting_add(d, to, row->name, whole, e->value->at)
		     : errs_nomem(d->es);
}

static bool pairs_add(struct decoder *d, struct list *to,
		      const struct setting_row *row, const struct node *t)
{
	bool ok = true;

	if (t->kind != NODE_MAP || t->n > ITEMS_MAX)
		return decode_problem(d, t->at,
				      "\"%s\" must be a map of name: text, got "
				      "%s",
				      row->name, node_kind_name(t));
	for (size_t i = 0; i < t->n; i++)
		ok &= pair_add(d, to, row, &t->entry[i]);
	return ok;
}

static bool text_add(struct decoder *d, struct list *to,
		     const struct setting_row *row, const struct node *t)
{
	const struct template *value = decode_template(d, t, row->name);
	const char *text = value ? template_text(value, NULL) : NULL;

	if (text && !*text && row->is_required)
		return decode_problem(d, t->at, "\"%s\" must not be empty",
				      row->name);
	/* It may be a secret: it is not repeated. */
	if (text && *text && row->looks && !row->looks(text))
		return decode_problem(d, t->at, "\"%s\" must be %s", row->name,
				      row->like);
	return setting_add(d, to, row->name, value, t->at);
}

static bool list_of_texts_add(struct decoder *d, struct list *to,
			      const struct setting_row *row,
			      const struct node *t)
{
	bool ok = true;

	if (t->kind == NODE_SCALAR)
		return text_add(d, to, row, t);
	if (t->kind != NODE_SEQ || !t->n || t->n > ITEMS_MAX)
		return decode_problem(d, t->at,
				      "\"%s\" must be a text or a list of 1 to "
				      "%d, got %s",
				      row->name, ITEMS_MAX, node_kind_name(t));
	for (size_t i = 0; i < t->n; i++)
		ok &= text_add(d, to, row, t->item[i]);
	return ok;
}

static bool value_add(struct decoder *d, struct list *to,
		      const struct setting_row *row, const struct node *t)
{
	const struct key duration = { row->name, KEY_DURATION, .min = MS(100),
				      .max = HOURS(1) };
	const struct key choice = { row->name, KEY_CHOICE,
				    .choices = row->choices };
	uint64_t ns;
	unsigned index;

	switch (row->type) {
	case SETTING_LIST:
		return list_of_texts_add(d, to, row, t);
	case SETTING_PAIRS:
		return pairs_add(d, to, row, t);
	case SETTING_DURATION:
		return key_decode(d, &duration, t, &ns) &&
		       text_add(d, to, row, t);
	case SETTING_CHOICE:
		return key_decode(d, &choice, t, &index) &&
		       text_add(d, to, row, t);
	case SETTING_TEXT:
		break;
	}
	return text_add(d, to, row, t);
}

/* What nobody wrote: the secret of that variable, or a text. */
static bool fallback_add(struct decoder *d, struct list *to,
			 const struct setting_row *row, struct place at)
{
	const char *text = row->fallback;

	if (!text)
		return true;
	if (row->is_secret)
		text = arena_printf(d->arena, "${secret.%s}", row->fallback);
	if (!text)
		return errs_nomem(d->es);
	d->spot = at;
	return setting_add(d, to, row->name,
			   template_compile(d->arena, text, strlen(text), at,
					    &d->scope, d->es),
			   at);
}

static bool settings_decode(struct decoder *d, const struct node *t,
			    struct place at, struct alert_channel *c)
{
	const struct channel_kind_row *kind = &channel_kinds[c->kind];
	struct setting_nodes nodes = { 0 };
	struct key keys[SETTINGS_MAX + 1];
	struct list settings = { 0 };
	char what[48];
	bool ok = true;

	snprintf(what, sizeof(what), "\"%s\"", channel_kind_names[c->kind]);
	setting_keys(kind->settings, keys);
	bool is_bare = t->kind != NODE_MAP;
	/* nothing: all as by default */
	if (!is_bare || (t->kind == NODE_SCALAR && node_is_null(t))) {
		const struct node empty = { .kind = NODE_MAP, .at = t->at };
		ok = keys_decode(d, keys, is_bare ? &empty : t, &nodes, what);
	}
	for (size_t i = 0; kind->settings[i].name; i++) {
		const struct setting_row *row = &kind->settings[i];
		const struct node *value = nodes.node[i];
		if (is_bare && !(t->kind == NODE_SCALAR && node_is_null(t)) &&
		    !strcmp(row->name, kind->main))
			value = t;
		ok &= value ? value_add(d, &settings, row, value)
			    : fallback_add(d, &settings, row, at);
	}
	c->settings = settings.item;
	c->n_settings = settings.n;
	return ok;
}

/* ---- routing ------------------------------------------------------------- */

struct channel_draft {
	struct alert_channel c;
	const struct node *severities, *checks, *tags;
	const struct node *kind[CHANNEL_KIND_N];
};

static void severities_schema(const struct key *k, struct buf *out)
{
	const struct key one = { "", KEY_CHOICE, .choices = severity_choices };

	(void)k;
	buf_puts(out, "\"anyOf\":[{");
	key_schema(&one, out);
	buf_puts(out, "},{\"type\":\"array\",\"minItems\":1,\"items\":{");
	key_schema(&one, out);
	buf_puts(out, "}}]");
}

static const struct key_form severities_form = { node_keep, severities_schema };

#define CHANNEL(field) offsetof(struct channel_draft, field)

static const struct key routing_keys[] = {
	{ "severities", KEY_CUSTOM, CHANNEL(severities),
	  .form = &severities_form,
	  .doc = "which ones it gets; all when not written",
	  .example = "[critical, error]" },
	{ "checks", KEY_CUSTOM, CHANNEL(checks), .form = &words_form,
	  .doc = "only of these checks" },
	{ "tags", KEY_CUSTOM, CHANNEL(tags), .form = &words_form,
	  .doc = "only of checks with one of these tags" },
	{ "hours", KEY_CUSTOM, CHANNEL(c.hours), .form = &hours_form,
	  .doc = "when it is told; what happens at other times waits",
	  .example = "{ from: '08:00', until: '18:00', days: mon-fri }" },
	{ "batch", KEY_DURATION, CHANNEL(c.batch_ns), .min = SECONDS(1),
	  .max = HOURS(24),
	  .doc = "what comes within this time is told together",
	  .example = "1h" },
	{ "expires", KEY_DURATION, CHANNEL(c.expires_ns), .min = SECONDS(60),
	  .max = HOURS(24 * 30),
	  .doc = "undelivered after so long it is dropped, with a record; 24h "
		 "when not written" },
	{ "digest", KEY_BOOL, CHANNEL(c.gets_digest),
	  .doc = "whether it gets the daily digest" },
	{ 0 },
};

static bool severities_decode(struct decoder *d, const struct node *t,
			      unsigned *bits)
{
	const struct key row = { "severities", KEY_CHOICE,
				 .choices = severity_choices };
	const struct node *const *item = t->kind == NODE_SEQ ? t->item : &t;
	size_t n = t->kind == NODE_SEQ ? t->n : 1;
	unsigned severity = 0;
	bool ok = true;

	if (!n)
		return decode_problem(d, t->at,
				      "\"severities\" must not be empty");
	for (size_t i = 0; i < n; i++) {
		if (key_decode(d, &row, item[i], &severity))
			*bits |= 1U << severity;
		else
			ok = false;
	}
	return ok;
}

static bool is_tag_used(const struct alerts_draft *t, const char *tag)
{
	for (size_t i = 0; i < t->n_checks; i++)
		for (size_t k = 0; k < t->checks[i].n_tags; k++)
			if (!strcmp(t->checks[i].tags[k], tag))
				return true;
	return false;
}

bool tags_decode_known(struct alerts_draft *t, const struct node *node,
		       size_t *n, const char *const **tags)
{
	struct words words;
	struct list found = { 0 };
	bool ok = words_decode(t->d, node, "tags", &words);

	for (size_t i = 0; i < words.n; i++) {
		const struct word *w = &words.item[i];
		struct text_nearest near;
		if (is_tag_used(t, w->text)) {
			const char **kept =
				list_add(t->d, &found, sizeof(*kept));
			if (!kept)
				return false;
			*kept = w->text;
			continue;
		}
		text_nearest_init(&near, w->text, strlen(w->text));
		for (size_t c = 0; c < t->n_checks; c++)
			for (size_t k = 0; k < t->checks[c].n_tags; k++)
				text_nearest_add(&near, t->checks[c].tags[k]);
		ok = decode_problem(
			t->d, w->at, "no check has the tag \"%s\"%s%s%s",
			w->text, near.best ? "; did you mean \"" : "",
			near.best ? near.best : "", near.best ? "\"?" : "");
	}
	*n = found.n;
	*tags = found.item;
	return ok;
}

/* ---- the whole ------------------------------------------------------------ */

static const struct key_form kind_form;

static void channel_keys(struct key keys[CHANNEL_KIND_N + 2])
{
	keys[0] = (struct key){ "", KEY_INCLUDE, 0, .keys = routing_keys };
	for (size_t i = 0; i < CHANNEL_KIND_N; i++)
		keys[i + 1] = (struct key){
			channel_kind_names[i],
			KEY_CUSTOM,
			CHANNEL(kind) + i * sizeof(const struct node *),
			.doc = channel_kinds[i].doc,
			.form = &kind_form,
		};
	keys[CHANNEL_KIND_N + 1] = (struct key){ 0 };
}

/* By the name of the key. */
static void kind_schema(const struct key *k, struct buf *out)
{
	struct key keys[SETTINGS_MAX + 1];
	bool has_needs = false;

	for (size_t i = 0; i < CHANNEL_KIND_N; i++) {
		if (strcmp(channel_kind_names[i], k->name) != 0)
			continue;
		setting_keys(channel_kinds[i].settings, keys);
		for (size_t s = 0; keys[s].name; s++)
			has_needs |= keys[s].flags & KEY_REQUIRED;
	}
	buf_puts(out, "\"anyOf\":[{\"type\":[\"string\",\"number\"");
	buf_puts(out, has_needs ? "]},{\"type\":\"array\"},{"
				: ",\"null\"]},{\"type\":\"array\"},{");
	keys_schema_object(keys, NULL, out);
	buf_puts(out, "}]");
}

static const struct key_form kind_form = { node_keep, kind_schema };

static bool kind_find(struct decoder *d, const struct node_entry *e,
		      struct channel_draft *draft, const char *what)
{
	size_t n = 0;
	size_t found = 0;
	struct buf names;

	for (size_t i = 0; i < CHANNEL_KIND_N; i++)
		if (draft->kind[i]) {
			found = i;
			n++;
		}
	draft->c.kind = (enum channel_kind)found;
	if (n == 1)
		return true;
	if (n)
		return decode_problem(d, e->value->at,
				      "%s is of one kind, not several", what);
	buf_init(&names, ERR_PART_MAX);
	for (size_t i = 0; i < CHANNEL_KIND_N; i++)
		buf_printf(&names, "%s%s", i ? ", " : "",
			   channel_kind_names[i]);
	decode_problem(d, e->value->at, "%s needs its kind: one of %s", what,
		       buf_text(&names));
	buf_release(&names);
	return false;
}

bool channel_decode(struct alerts_draft *t, const struct node_entry *e)
{
	const struct named_things checks = { "check", t->checks,
					     sizeof(*t->checks), t->n_checks };
	struct channel_draft draft = { .c = { .name = e->key,
					      .at = e->key_at,
					      .expires_ns = UNIT_NS_PER_DAY } };
	struct key keys[CHANNEL_KIND_N + 2];
	struct decoder *d = t->d;
	char what[96];

	snprintf(what, sizeof(what), "channel \"%.60s\"", e->key);
	channel_keys(keys);
	if (!keys_decode(d, keys, e->value, &draft, what) ||
	    !kind_find(d, e, &draft, what))
		return false;
	bool ok = settings_decode(d, draft.kind[draft.c.kind], e->key_at,
				  &draft.c);
	if (draft.severities)
		ok &= severities_decode(d, draft.severities,
					&draft.c.severities);
	if (draft.checks)
		ok &= things_decode(d, draft.checks, "checks", &checks,
				    &draft.c.n_checks, &draft.c.checks);
	if (draft.tags)
		ok &= tags_decode_known(t, draft.tags, &draft.c.n_tags,
					&draft.c.tags);
	struct alert_channel *kept = list_add(d, &t->channels, sizeof(*kept));
	if (kept)
		*kept = draft.c;
	return kept && ok;
}

void channels_schema(const struct key *k, struct buf *out)
{
	struct key keys[CHANNEL_KIND_N + 2];

	(void)k;
	channel_keys(keys);
	buf_puts(out, "\"type\":\"object\",\"additionalProperties\":{");
	keys_schema_object(keys, NULL, out);
	buf_puts(out, "}");
}

const struct channel_setting *channel_setting(const struct alert_channel *c,
					      const char *name)
{
	for (size_t i = 0; i < c->n_settings; i++)
		if (!strcmp(c->settings[i].name, name))
			return &c->settings[i];
	return NULL;
}
