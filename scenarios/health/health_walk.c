/* SPDX-License-Identifier: MIT */
/* Parts of a body whose names nobody knows in advance. */
#include <string.h>

#include "scenarios/health/health_inside.h"

/* Maps that hold parts.  A loose one holds facts as well, so that only what
 * has a status in it is a part. */
static const struct {
	const char *name;
	bool is_loose;
} maps[] = {
	{ "checks", false },	 { "services", false },
	{ "components", false }, { "dependencies", false },
	{ "subsystems", false }, { "details", true },
	{ "entries", true },	 { "results", true },
};

enum { MAPS_N = sizeof(maps) / sizeof(maps[0]) };

static const char *const item_names[] = { "name", "id", "service", "component",
					  NULL };

static void walk_value(struct health_work *w, const char *name,
		       const cJSON *value, unsigned depth);

static const cJSON *map_at(const cJSON *object, size_t i)
{
	const cJSON *map =
		cJSON_GetObjectItemCaseSensitive(object, maps[i].name);

	return cJSON_IsObject(map) || cJSON_IsArray(map) ? map : NULL;
}

static bool has_maps(const cJSON *object)
{
	for (size_t i = 0; i < MAPS_N; i++)
		if (map_at(object, i))
			return true;
	return false;
}

static bool looks_like_part(const cJSON *value)
{
	return cJSON_IsObject(value) && health_status_of(value);
}

static void walk_maps(struct health_work *w, const char *prefix,
		      const cJSON *object, unsigned depth)
{
	for (size_t i = 0; i < MAPS_N; i++) {
		const cJSON *map = map_at(object, i);
		if (map)
			health_walk_map(w, prefix, map, maps[i].is_loose,
					depth);
	}
}

static void add_unreadable(struct health_work *w, const char *name,
			   const cJSON *object, const char *why)
{
	const char *error =
		cJSON_IsObject(object) ? health_error_of(object) : NULL;

	health_add(w, name, HEALTH_UNKNOWN, "no status", error ? error : why);
}

static void walk_object(struct health_work *w, const char *name,
			const cJSON *object, unsigned depth)
{
	const cJSON *status = health_status_of(object);
	size_t before = w->n;

	if (status)
		health_add_word(w, name, status, object);
	if (depth < HEALTH_DEPTH_MAX)
		walk_maps(w, name, object, depth + 1);
	else if (has_maps(object))
		add_unreadable(w, name, NULL,
			       "parts are nested too deep to be judged");
	if (w->n == before)
		add_unreadable(w, name, object, "no status was found in it");
}

/* One part told of several times, as the draft health+json does. */
static void walk_list(struct health_work *w, const char *name,
		      const cJSON *list, unsigned depth)
{
	const cJSON *item;
	size_t i = 0, before = w->n;
	bool is_single = cJSON_GetArraySize(list) == 1;

	cJSON_ArrayForEach(item, list)
	{
		if (w->is_full)
			return;
		if (cJSON_IsObject(item))
			walk_object(w,
				    is_single ? name
					      : health_text(w, name, "%s[%zu]",
							    name, i),
				    item, depth);
		i++;
	}
	if (w->n == before)
		add_unreadable(w, name, NULL, "no status was found in it");
}

static void walk_value(struct health_work *w, const char *name,
		       const cJSON *value, unsigned depth)
{
	if (cJSON_IsObject(value))
		walk_object(w, name, value, depth);
	else if (cJSON_IsArray(value))
		walk_list(w, name, value, depth);
	else
		health_add_word(w, name, value, NULL);
}

static const char *item_name(const cJSON *item)
{
	for (size_t i = 0; item_names[i]; i++) {
		const char *text = cJSON_GetStringValue(
			cJSON_GetObjectItemCaseSensitive(item, item_names[i]));
		if (text && text[0])
			return text;
	}
	return NULL;
}

void health_walk_map(struct health_work *w, const char *prefix,
		     const cJSON *map, bool is_loose, unsigned depth)
{
	bool is_list = cJSON_IsArray(map);
	const cJSON *value;
	size_t i = 0;

	cJSON_ArrayForEach(value, map)
	{
		const char *own = is_list ? item_name(value) : value->string;

		if (w->is_full)
			return;
		i++;
		/* a list of plain texts is a list of names */
		if ((is_loose && !looks_like_part(value)) ||
		    (is_list && !cJSON_IsObject(value)))
			continue;
		if (!own)
			own = health_text(w, "part", "[%zu]", i - 1);
		walk_value(w,
			   prefix[0] ? health_text(w, own, "%s.%s", prefix, own)
				     : own,
			   value, depth);
	}
}

/* ---- a body of any shape ------------------------------------------------------ */

static bool is_known_word(const struct health_work *w, const cJSON *value)
{
	const char *text = cJSON_GetStringValue(value);

	return cJSON_IsBool(value) ||
	       (text && health_meaning_of(w->spec, text, strlen(text)) !=
				HEALTH_UNKNOWN);
}

/* {"status": "ok", "ready": false}: the others speak for themselves, unless
 * they speak of something else ("state": "leader"). */
static void walk_other_words(struct health_work *w, const cJSON *root,
			     const cJSON *overall)
{
	const cJSON *value;

	cJSON_ArrayForEach(value, root)
	{
		if (w->is_full)
			return;
		if (value == overall || !health_is_status_name(value->string))
			continue;
		if (looks_like_part(value) || has_maps(value))
			walk_object(w, value->string, value, 1);
		else if (cJSON_IsObject(value) || cJSON_IsArray(value))
			health_walk_map(w, "", value, false, 1);
		else if (is_known_word(w, value))
			health_add_word(w, value->string, value, NULL);
	}
}

static void walk_root(struct health_work *w, const cJSON *root)
{
	const cJSON *overall = health_status_of(root);

	if (overall)
		w->overall = health_add_word(w, "overall", overall, root);
	walk_other_words(w, root, overall);
	walk_maps(w, "", root, 1);
}

void health_walk_any(struct health_work *w)
{
	const cJSON *root = w->seen->json;

	if (cJSON_IsObject(root))
		walk_root(w, root);
	else if (cJSON_IsArray(root))
		health_walk_map(w, "", root, false, 1);
	else if (root)
		w->overall = health_add_word(w, "overall", root, NULL);
	if (w->n > 0)
		return;
	w->overall = health_add(w, "overall", HEALTH_UNKNOWN, "no status",
				"no status was found in the body");
	if (w->overall)
		w->overall->severity = CHECK_ERROR;
}
