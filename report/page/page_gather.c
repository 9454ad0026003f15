/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "report/page/page_parts.h"
#include "report/result/stamp.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"
#include "scenarios/json/json.h"
#include "scenarios/model.h"

/* ---- buckets ------------------------------------------------------------ */

struct gathering {
	struct state *st;
	const struct scenario *scenario;
	uint64_t now_at_ns;
	struct arena *arena;
	struct errs *es;
};

/* So many whole ones, the one that is going on the last. */
static bool buckets(const struct gathering *g, const char *check,
		    enum bucket_level level, uint64_t length_ns, size_t want,
		    const struct state_bucket **out, size_t *n)
{
	uint64_t until = (g->now_at_ns / length_ns + 1) * length_ns;
	uint64_t span = want * length_ns;
	struct state_bucket *found = NULL;

	if (!state_buckets(g->st, g->scenario->name, check, level,
			   until > span ? until - span : 0, until, g->arena,
			   &found, n, g->es))
		return false;
	*out = found;
	return true;
}

static bool checks(const struct gathering *g, struct page_past *out)
{
	size_t n = g->scenario->n_checks;
	size_t drawn = n < PAGE_CHARTS_MAX ? n : PAGE_CHARTS_MAX;
	struct page_check *list =
		arena_alloc(g->arena, drawn ? drawn : 1, sizeof(*list));

	if (!list)
		return errs_nomem(g->es);
	for (size_t i = 0; i < drawn; i++) {
		struct page_check *c = &list[i];

		c->name = g->scenario->checks[i].name;
		if (!buckets(g, c->name, BUCKET_DAY, UNIT_NS_PER_DAY, PAGE_DAYS,
			     &c->days, &c->n_days) ||
		    !buckets(g, c->name, BUCKET_HOUR, UNIT_NS_PER_H, PAGE_HOURS,
			     &c->hours, &c->n_hours))
			return false;
	}
	out->checks = list;
	out->n_checks = drawn;
	return true;
}

/* ---- incidents ------------------------------------------------------------ */

/* What an entry of the log says of itself. */
struct told {
	const char *rule, *check, *severity, *message;
};

static const char *member(struct arena *a, const cJSON *tree, const char *name)
{
	const cJSON *is = cJSON_GetObjectItemCaseSensitive(tree, name);
	const char *copy =
		cJSON_IsString(is) ? arena_strdup(a, is->valuestring) : NULL;

	return copy ? copy : "";
}

static struct told read_entry(struct arena *a, const char *text)
{
	const struct source src = { .text = text, .len = strlen(text) };
	struct errs es = { 0 };
	cJSON *tree = json_parse(&src, JSON_FOREIGN, NULL, NULL, &es);
	const struct told told = {
		.rule = member(a, tree, "rule"),
		.check = member(a, tree, "check"),
		.severity = member(a, tree, "severity"),
		.message = member(a, tree, "message"),
	};

	cJSON_Delete(tree);
	return told;
}

/* Incidents in the order in which they began, and whose they are. */
struct listing {
	struct page_incident *item;
	const char **key;
	size_t n;
};

/* The incident of that alert that goes on, NULL: none does. */
static struct page_incident *open_one(const struct listing *l, const char *key)
{
	for (size_t i = l->n; i-- > 0;)
		if (!strcmp(l->key[i], key))
			return l->item[i].until_at_ns ? NULL : &l->item[i];
	return NULL;
}

static void begin(struct listing *l, const struct state_entry *e,
		  const struct told *told)
{
	l->key[l->n] = e->key;
	l->item[l->n++] = (struct page_incident){
		.rule = told->rule,
		.check = told->check,
		.severity = told->severity,
		.message = told->message,
		.from_at_ns = e->at_ns,
	};
}

static void take(struct arena *a, const struct state_entry *e,
		 struct listing *l)
{
	struct page_incident *open = open_one(l, e->key);

	if (!strcmp(e->kind, "resolved") && open) {
		open->until_at_ns = e->at_ns;
	} else if (!strcmp(e->kind, "tier") && open) {
		open->severity = read_entry(a, e->text).severity;
	} else if (!strcmp(e->kind, "firing") && !open) {
		const struct told told = read_entry(a, e->text);
		begin(l, e, &told);
	}
}

static void turn_around(struct listing *l)
{
	for (size_t i = 0; i < l->n / 2; i++) {
		struct page_incident kept = l->item[i];

		l->item[i] = l->item[l->n - 1 - i];
		l->item[l->n - 1 - i] = kept;
	}
}

bool page_find_incidents(struct state *st, const struct scenario *sc,
			 uint64_t now_at_ns, struct arena *a,
			 const struct page_incident **out, size_t *n,
			 struct errs *es)
{
	uint64_t span = PAGE_DAYS * UNIT_NS_PER_DAY;
	const struct state_entry *entries = NULL;
	size_t n_entries = 0;

	if (!state_entries(st, sc->name,
			   now_at_ns > span ? now_at_ns - span : 0, a, &entries,
			   &n_entries, es))
		return false;
	size_t room = n_entries ? n_entries : 1;
	struct listing l = {
		.item = arena_alloc(a, room, sizeof(*l.item)),
		.key = arena_alloc(a, room, sizeof(*l.key)),
	};
	if (!l.item || !l.key)
		return errs_nomem(es);
	for (size_t i = 0; i < n_entries; i++)
		take(a, &entries[i], &l);
	turn_around(&l);
	*out = l.item;
	*n = l.n;
	return true;
}

bool page_gather(struct state *st, const struct scenario *sc,
		 uint64_t now_at_ns, struct arena *a, struct page_past *out,
		 struct errs *es)
{
	const struct gathering g = { st, sc, now_at_ns, a, es };

	*out = (struct page_past){ 0 };
	if (!checks(&g, out) ||
	    !page_find_incidents(st, sc, now_at_ns, a, &out->incidents,
				 &out->n_incidents, es))
		return false;
	out->has_more = out->n_incidents > PAGE_INCIDENTS_MAX;
	if (out->has_more)
		out->n_incidents = PAGE_INCIDENTS_MAX;
	return true;
}
