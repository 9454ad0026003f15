/* SPDX-License-Identifier: MIT */
#include "scenarios/alerts/alerts.h"

#include <string.h>

#include "scenarios/alerts/alerts_parts.h"
#include "scenarios/base/units.h"
#include "scenarios/decode/load_parts.h"

enum { FLAP_CHANGES_MAX = 1000 };

/* ---- keys ------------------------------------------------------------------- */

struct part_draft {
	const struct node *channels, *rules, *heartbeats, *maintenance;
	struct alert_digest digest;
	uint64_t group_ns, flap_changes, flap_within_ns;
	const struct template *heartbeat_url;
};

#define BEAT(field) offsetof(struct alert_heartbeat, field)

static const struct key heartbeat_keys[] = {
	{ "every", KEY_DURATION, BEAT(every_ns), .flags = KEY_REQUIRED,
	  .min = SECONDS(1), .max = HOURS(24 * 366),
	  .doc = "how often it is due", .example = "24h" },
	{ "grace", KEY_DURATION, BEAT(grace_ns), .max = HOURS(24 * 31),
	  .doc = "and how late it may be; 0s when not written" },
	{ 0 },
};

static void heartbeats_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"type\":\"object\",\"additionalProperties\":{");
	keys_schema_object(heartbeat_keys, NULL, out);
	buf_puts(out, "}");
}

static const struct key_form channels_form = { node_keep, channels_schema };
static const struct key_form rules_form = { node_keep, rules_schema };
static const struct key_form heartbeats_form = { node_keep, heartbeats_schema };
static const struct key_form windows_form = { node_keep, windows_schema };

#define PART(field) offsetof(struct part_draft, field)

static const struct key flapping_keys[] = {
	{ "changes", KEY_COUNT, PART(flap_changes), .flags = KEY_REQUIRED,
	  .min = 2, .max = FLAP_CHANGES_MAX, .doc = "so many changes ..." },
	{ "within", KEY_DURATION, PART(flap_within_ns), .flags = KEY_REQUIRED,
	  .min = SECONDS(60), .max = HOURS(24 * 7),
	  .doc = "... in this time are flapping" },
	{ 0 },
};

static const struct key alerts_keys[] = {
	{ "channels", KEY_CUSTOM, PART(channels), .form = &channels_form,
	  .doc = "who is told, and by which way" },
	{ "rules", KEY_CUSTOM, PART(rules), .form = &rules_form,
	  .doc = "when somebody is told; with none: when a check fails" },
	{ "heartbeats", KEY_CUSTOM, PART(heartbeats), .form = &heartbeats_form,
	  .doc = "what must report in time, by assay event or assay run",
	  .example = "{ backup: { every: 24h, grace: 1h } }" },
	{ "maintenance", KEY_CUSTOM, PART(maintenance), .form = &windows_form,
	  .doc = "times when nobody is told" },
	{ "digest", KEY_CUSTOM, PART(digest), .form = &digest_form,
	  .doc = "a daily summary, for the channels with digest: true",
	  .example = "{ at: '08:00', time_zone: Asia/Jakarta }" },
	{ "group", KEY_DURATION, PART(group_ns), .max = HOURS(1),
	  .doc = "what fires within this time is told together",
	  .example = "30s" },
	{ "flapping", KEY_MAP, 0, .keys = flapping_keys,
	  .doc = "what changes too often is held back, its final state told",
	  .example = "{ changes: 6, within: 1h }" },
	{ "heartbeat_url", KEY_TEXT, PART(heartbeat_url),
	  .doc = "asked after each round, so that somebody notices when assay "
		 "itself stops" },
	{ 0 },
};

void alerts_schema(const struct key *k, struct buf *out)
{
	(void)k;
	keys_schema_object(alerts_keys, NULL, out);
}

/* ---- maps and lists ------------------------------------------------------------ */

static bool heartbeat_decode(struct alerts_draft *t, const struct node_entry *e)
{
	struct alert_heartbeat beat = { .name = e->key, .at = e->key_at };
	bool ok = keys_decode(t->d, heartbeat_keys, e->value, &beat,
			      "a heartbeat");
	struct alert_heartbeat *kept =
		list_add(t->d, &t->heartbeats, sizeof(*kept));

	if (kept)
		*kept = beat;
	return kept && ok;
}

struct map_kind {
	const char *key, *what;
	size_t node; /* in struct part_draft */
	size_t list; /* in struct alerts_draft */
	size_t size, max;
	bool (*decode)(struct alerts_draft *t, const struct node_entry *e);
};

#define DRAFT(field) offsetof(struct alerts_draft, field)

static const struct map_kind maps[] = {
	{ "channels", "channel", PART(channels), DRAFT(channels),
	  sizeof(struct alert_channel), ALERT_CHANNELS_MAX, channel_decode },
	{ "heartbeats", "heartbeat", PART(heartbeats), DRAFT(heartbeats),
	  sizeof(struct alert_heartbeat), ALERT_HEARTBEATS_MAX,
	  heartbeat_decode },
	{ "rules", "rule", PART(rules), DRAFT(rules), sizeof(struct rule_draft),
	  ALERT_RULES_MAX, rule_decode },
};

static bool entry_decode(struct alerts_draft *t, const struct map_kind *kind,
			 const struct node_entry *e)
{
	const struct list *list =
		(const struct list *)(void *)((char *)t + kind->list);
	const struct named_things there = { kind->what, list->item, kind->size,
					    list->n };

	if (!*e->key)
		return decode_problem(t->d, e->key_at, "a %s needs a name",
				      kind->what);
	if (list->n == kind->max)
		return decode_problem(t->d, e->key_at,
				      "there must be at most %zu %s", kind->max,
				      kind->key);
	for (size_t i = 0; i < there.n; i++)
		if (!strcmp(thing_name(&there, i), e->key))
			return decode_problem(t->d, e->key_at,
					      "%s \"%s\" stands in another "
					      "file already",
					      kind->what, e->key);
	return kind->decode(t, e);
}

static bool map_decode(struct alerts_draft *t, const struct map_kind *kind,
		       const struct part_draft *part)
{
	const struct node *node =
		*(const struct node *const *)(const void *)((const char *)part +
							    kind->node);
	bool ok = true;

	if (!node)
		return true;
	if (node->kind != NODE_MAP)
		return decode_problem(t->d, node->at,
				      "\"%s\" must be a map of name: %s, got "
				      "%s",
				      kind->key, kind->what,
				      node_kind_name(node));
	for (size_t i = 0; i < node->n; i++)
		ok &= entry_decode(t, kind, &node->entry[i]);
	return ok;
}

static bool windows_decode(struct alerts_draft *t, const struct node *node)
{
	bool ok = true;

	if (!node)
		return true;
	if (node->kind != NODE_SEQ)
		return decode_problem(t->d, node->at,
				      "\"maintenance\" must be a list, got %s",
				      node_kind_name(node));
	for (size_t i = 0; i < node->n; i++) {
		if (t->windows.n == ALERT_WINDOWS_MAX)
			return decode_problem(t->d, node->item[i]->at,
					      "there must be at most %d "
					      "maintenance windows",
					      ALERT_WINDOWS_MAX);
		ok &= window_decode(t, node->item[i]);
	}
	return ok;
}

/* ---- secrets of channels ---------------------------------------------------------- */

static bool setting_is_written(const struct node *kind,
			       const struct channel_kind_row *row,
			       const char *name)
{
	if (kind->kind == NODE_MAP)
		return node_find(kind, name) != NULL;
	bool is_null = kind->kind == NODE_SCALAR && node_is_null(kind);
	return !is_null && !strcmp(name, row->main);
}

static bool channel_secrets(struct load *l, const struct node *channel)
{
	bool ok = true;

	for (size_t i = 0; i < CHANNEL_KIND_N; i++) {
		const struct node *kind =
			node_find(channel, channel_kind_names[i]);
		const struct setting_row *row = channel_kinds[i].settings;
		for (; kind && row->name; row++)
			if (row->is_secret &&
			    !setting_is_written(kind, &channel_kinds[i],
						row->name))
				ok &= secret_optional(l, row->fallback,
						      kind->at);
	}
	return ok;
}

bool alerts_secrets(struct load *l)
{
	bool ok = true;

	for (size_t p = 0; p < l->n_parts; p++) {
		const struct node *channels =
			node_find(l->parts[p].alerts, "channels");
		for (size_t i = 0;
		     channels && channels->kind == NODE_MAP && i < channels->n;
		     i++)
			ok &= channel_secrets(l, channels->entry[i].value);
	}
	return ok;
}

/* ---- the whole ----------------------------------------------------------------------- */

/* Templates under alerts: know vars, the environment and secrets. */
static enum name_kind find_name(void *self, const char *space, const char *name,
				struct name_ref *out)
{
	struct decoder *d = self;
	struct names any = scope_any(d);

	if (!strcmp(space, "data")) {
		decode_problem(d, d->spot,
			       "\"alerts\" know no data: \"%s\" is of loads "
			       "and checks",
			       name);
		return NAME_REFUSED;
	}
	return any.find(any.self, space, name, out);
}

/* What stands once: the last file that says it, which is the main one. */
static void single_values(struct alerts *a, const struct part_draft *part)
{
	if (part->digest.is_set)
		a->digest = part->digest;
	if (part->group_ns)
		a->group_ns = part->group_ns;
	if (part->flap_changes) {
		a->flap_changes = part->flap_changes;
		a->flap_within_ns = part->flap_within_ns;
	}
	if (part->heartbeat_url)
		a->heartbeat_url = part->heartbeat_url;
}

static bool parts_decode(struct load *l, struct alerts_draft *t,
			 struct part_draft *drafts)
{
	bool ok = true;

	for (size_t p = 0; p < l->n_parts; p++) {
		const struct node *node = l->parts[p].alerts;
		if (!node)
			continue;
		t->a.at = node->at;
		ok &= keys_decode(t->d, alerts_keys, node, &drafts[p],
				  "\"alerts\"");
		single_values(&t->a, &drafts[p]);
	}
	/* Rules name channels and heartbeats of any file. */
	for (size_t m = 0; m < sizeof(maps) / sizeof(*maps); m++)
		for (size_t p = 0; p < l->n_parts; p++)
			ok &= map_decode(t, &maps[m], &drafts[p]);
	for (size_t p = 0; p < l->n_parts; p++)
		ok &= windows_decode(t, drafts[p].maintenance);
	return ok;
}

static bool draft_finish_all(struct load *l, struct alerts_draft *t)
{
	struct alerts *a = arena_alloc(l->d.arena, 1, sizeof(*a));
	struct slot_name *slots =
		arena_alloc(l->d.arena, l->d.n_secrets, sizeof(*slots));

	if (!a || !slots)
		return errs_nomem(l->d.es);
	if (l->d.n_secrets)
		memcpy(slots, l->d.slots, l->d.n_secrets * sizeof(*slots));
	bool ok = rules_finish(t);
	*a = t->a;
	a->channels = t->channels.item;
	a->n_channels = t->channels.n;
	a->windows = t->windows.item;
	a->n_windows = t->windows.n;
	a->heartbeats = t->heartbeats.item;
	a->n_heartbeats = t->heartbeats.n;
	a->slots = slots;
	a->n_slots = l->d.n_secrets;
	l->sc->alerts = a;
	return ok;
}

bool alerts_load(struct load *l)
{
	struct alerts_draft t = { .d = &l->d,
				  .checks = l->checks.item,
				  .n_checks = l->checks.n };
	struct part_draft *drafts =
		arena_alloc(l->d.arena, l->n_parts, sizeof(*drafts));
	struct names outer = l->d.scope;
	bool is_there = false;

	if (!drafts)
		return errs_nomem(l->d.es);
	for (size_t p = 0; p < l->n_parts; p++)
		is_there |= l->parts[p].alerts != NULL;
	if (!is_there)
		return true;
	l->d.scope = (struct names){ &l->d, find_name };
	bool ok = parts_decode(l, &t, drafts);
	ok = draft_finish_all(l, &t) && ok;
	l->d.scope = outer;
	return ok;
}
