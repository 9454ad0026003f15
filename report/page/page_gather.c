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
	const char *severity, *message;
	bool is_firing;
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
		.severity = member(a, tree, "severity"),
		.message = member(a, tree, "message"),
		.is_firing = cJSON_IsTrue(
			cJSON_GetObjectItemCaseSensitive(tree, "firing")),
	};

	cJSON_Delete(tree);
	return told;
}

static bool is_same(const char *key, const struct page_incident *in)
{
	size_t len = strlen(in->rule);

	return !strncmp(key, in->rule, len) && key[len] == '/' &&
	       !strcmp(key + len + 1, in->check);
}

/* The incident of that alert that goes on, NULL: none does. */
static struct page_incident *open_one(struct page_incident *list, size_t n,
				      const char *key)
{
	while (n-- > 0)
		if (!list[n].until_at_ns && is_same(key, &list[n]))
			return &list[n];
	return NULL;
}

static void begin(struct arena *a, struct page_incident *in,
		  const struct state_entry *e, const struct told *told)
{
	const char *slash = strchr(e->key, '/');
	const char *rule =
		slash ? arena_strndup(a, e->key, (size_t)(slash - e->key))
		      : e->key;

	*in = (struct page_incident){
		.rule = rule ? rule : "",
		.check = slash ? slash + 1 : "",
		.severity = told->severity,
		.message = told->message,
		.from_at_ns = e->at_ns,
	};
}

static bool ends(const struct state_entry *e, const struct told *told)
{
	return !strcmp(e->kind, "resolved") ||
	       (!strcmp(e->kind, "settled") && !told->is_firing);
}

static size_t take(struct arena *a, const struct state_entry *e,
		   size_t n_entries, struct page_incident *list)
{
	size_t n = 0;

	for (size_t i = 0; i < n_entries; i++) {
		struct page_incident *open = open_one(list, n, e[i].key);
		bool is_begin = !strcmp(e[i].kind, "firing");
		bool is_tier = !strcmp(e[i].kind, "tier");

		if (!is_begin && !open)
			continue;
		struct told told = read_entry(a, e[i].text);
		if (is_begin && !open)
			begin(a, &list[n++], &e[i], &told);
		else if (is_tier)
			open->severity = told.severity;
		else if (ends(&e[i], &told))
			open->until_at_ns = e[i].at_ns;
	}
	return n;
}

static bool incidents(const struct gathering *g, struct page_past *out)
{
	uint64_t span = PAGE_DAYS * UNIT_NS_PER_DAY;
	const struct state_entry *entries = NULL;
	size_t n_entries = 0;

	if (!state_entries(g->st, g->scenario->name,
			   g->now_at_ns > span ? g->now_at_ns - span : 0,
			   g->arena, &entries, &n_entries, g->es))
		return false;
	struct page_incident *list =
		arena_alloc(g->arena, n_entries ? n_entries : 1, sizeof(*list));
	if (!list)
		return errs_nomem(g->es);
	size_t n = take(g->arena, entries, n_entries, list);
	for (size_t i = 0; i < n / 2; i++) { /* newest first */
		struct page_incident kept = list[i];
		list[i] = list[n - 1 - i];
		list[n - 1 - i] = kept;
	}
	out->incidents = list;
	out->has_more = n > PAGE_INCIDENTS_MAX;
	out->n_incidents = out->has_more ? PAGE_INCIDENTS_MAX : n;
	return true;
}

bool page_gather(struct state *st, const struct scenario *sc,
		 uint64_t now_at_ns, struct arena *a, struct page_past *out,
		 struct errs *es)
{
	const struct gathering g = { st, sc, now_at_ns, a, es };

	*out = (struct page_past){ 0 };
	return checks(&g, out) && incidents(&g, out);
}
