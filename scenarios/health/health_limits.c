/* SPDX-License-Identifier: MIT */
/* Numbers, versions, lists, times and statuses of a health body. */
#include <stdio.h>
#include <string.h>

#include "scenarios/base/buf.h"
#include "scenarios/health/health_inside.h"
#include "scenarios/json/json.h"
#include "scenarios/jsonpath/jsonpath.h"
#include "scenarios/base/units.h"

enum {
	LIST_SHOWN_BYTES = 4096, /* of a list, before it is redacted */
	STATUS_TEXT_MAX = 24,
	PHRASE_MAX = 200,
};

/* ---- paths of names --------------------------------------------------------- */

const cJSON *health_at(const cJSON *root, const char *path)
{
	const cJSON *at = root;
	char name[64];

	if (path[0] != '$')
		return NULL;
	path++;
	while (at && *path == '.') {
		size_t len = strcspn(++path, ".");

		if (len >= sizeof(name))
			return NULL;
		memcpy(name, path, len);
		name[len] = '\0';
		at = cJSON_IsObject(at)
			     ? cJSON_GetObjectItemCaseSensitive(at, name)
			     : NULL;
		path += len;
	}
	return at;
}

const char *health_path_name(const struct health_shape *shape, const char *path)
{
	size_t len = shape ? strlen(shape->parts) : 0;

	if (shape && strcmp(path, shape->overall) == 0)
		return "overall";
	if (len > 0 && strncmp(path, shape->parts, len) == 0 &&
	    path[len] == '.')
		return path + len + 1;
	return strncmp(path, "$.", 2) == 0 ? path + 2 : path;
}

const cJSON *health_version(const cJSON *root)
{
	static const char *const paths[] = { "$.version", "$.info.version",
					     "$.system.version" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const cJSON *value = health_at(root, paths[i]);
		if (cJSON_IsString(value) || cJSON_IsNumber(value))
			return value;
	}
	return NULL;
}

/* Something is missing only where the service says that all is well: one
 * that is down may say less. */
void health_judge_required(struct health_work *w)
{
	const char *const *path = w->shape->required;

	if (w->overall && w->overall->meaning != HEALTH_OK)
		return;
	for (; path && *path; path++) {
		if (health_at(w->seen->json, *path))
			continue;
		const char *name = health_path_name(w->shape, *path);
		struct health_part *p =
			health_add(w, name, HEALTH_UNKNOWN, "nothing",
				   health_text(w, "a member is missing",
					       "the body has no %s", *path));
		if (!p)
			return;
		p->word = "missing";
		if (p->severity < CHECK_ERROR)
			p->severity = CHECK_ERROR;
	}
}

/* ---- limits -------------------------------------------------------------------- */

static bool skip_digits(const char **at)
{
	const char *from = *at;

	while (**at >= '0' && **at <= '9')
		(*at)++;
	return *at > from && (from[0] != '0' || *at == from + 1);
}

static bool is_semver_tail(const char *text)
{
	const char *const allowed = "0123456789abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ-";

	for (unsigned part = 0; part < 2; part++) {
		if (*text != "-+"[part])
			continue;
		do {
			size_t n = strspn(++text, allowed);
			if (n == 0)
				return false;
			text += n;
		} while (*text == '.');
	}
	return *text == '\0';
}

/* semver.org 2.0.0 but for leading zeros in the identifiers of a
 * pre-release */
static bool is_semver(const char *text)
{
	for (unsigned i = 0; i < 3; i++)
		if ((i > 0 && *text++ != '.') || !skip_digits(&text))
			return false;
	return is_semver_tail(text);
}

static bool holds(enum health_op op, double value, double limit)
{
	switch (op) {
	case HEALTH_LESS:
		return value < limit;
	case HEALTH_MORE:
		return value > limit;
	default:
		return value >= limit;
	}
}

static const char *list_text(struct health_work *w, const cJSON *list)
{
	struct buf text;
	const char *copy;

	buf_init(&text, LIST_SHOWN_BYTES);
	/* one that is longer is not shown in part: a secret could be cut */
	if (json_print(list, &text))
		copy = health_text(w, "a list", "%s", buf_text(&text));
	else
		copy = health_text(w, "a list", "a list of %d",
				   cJSON_GetArraySize(list));
	buf_release(&text);
	return copy;
}

static void judge_text_limit(struct health_work *w,
			     const struct health_limit *l, const cJSON *value)
{
	bool is_list = l->op == HEALTH_LIST;
	bool ok = is_list ? cJSON_IsArray(value) && value->child
			  : cJSON_IsString(value) &&
				    is_semver(value->valuestring);
	struct health_part *p =
		health_add(w, health_path_name(w->shape, l->path),
			   ok ? HEALTH_OK : HEALTH_DOWN,
			   cJSON_IsArray(value) ? list_text(w, value)
						: health_word_of(w, value),
			   ok || !l->why ? "" : l->why);

	if (p)
		p->expected = is_list ? "a list that is not empty"
				      : "a version like 1.2.3";
}

static const char *limit_phrase(struct health_work *w,
				const struct health_limit *l, double limit)
{
	static const char *const phrases[] = {
		[HEALTH_LESS] = "less than",
		[HEALTH_MORE] = "more than",
		[HEALTH_AT_LEAST] = "at least",
	};
	char text[PHRASE_MAX];

	snprintf(text, sizeof(text), "%.15g", limit);
	return l->than ? health_text(w, phrases[l->op], "%s %s (%s)",
				     phrases[l->op], l->than, text)
		       : health_text(w, phrases[l->op], "%s %s", phrases[l->op],
				     text);
}

static void add_no_number(struct health_work *w, const struct health_limit *l,
			  const cJSON *value)
{
	struct health_part *p = health_add(
		w, health_path_name(w->shape, l->path), HEALTH_UNKNOWN,
		health_word_of(w, value),
		cJSON_IsNumber(value) ? health_text(w, "nothing to compare",
						    "%s is no number", l->than)
				      : "this is no number");

	if (p)
		p->expected = "a number";
}

static void judge_number_limit(struct health_work *w,
			       const struct health_limit *l, const cJSON *value)
{
	const cJSON *other = l->than ? health_at(w->seen->json, l->than) : NULL;
	double limit = other ? other->valuedouble : l->number;

	if (!cJSON_IsNumber(value) || (l->than && !cJSON_IsNumber(other))) {
		add_no_number(w, l, value);
		return;
	}
	bool ok = holds(l->op, value->valuedouble, limit);
	struct health_part *p = health_add(
		w, health_path_name(w->shape, l->path),
		ok ? HEALTH_OK : HEALTH_DOWN, health_word_of(w, value),
		ok || !l->why ? "" : l->why);
	if (!p)
		return;
	p->expected = limit_phrase(w, l, limit);
	p->is_number = true;
}

/* A bound that the scenario has for the same path takes its place. */
static bool is_replaced(const struct step_health *spec, const char *path)
{
	for (size_t i = 0; i < spec->n_bounds; i++)
		if (strcmp(jsonpath_text(spec->bounds[i].path), path) == 0)
			return true;
	return false;
}

void health_judge_limits(struct health_work *w)
{
	const struct health_limit *l = w->shape->limits;

	for (; l && l->path; l++) {
		const cJSON *value = health_at(w->seen->json, l->path);

		if (!value || is_replaced(w->spec, l->path))
			continue;
		if (l->op == HEALTH_SEMVER || l->op == HEALTH_LIST)
			judge_text_limit(w, l, value);
		else
			judge_number_limit(w, l, value);
	}
}

/* ---- how old --------------------------------------------------------------------- */

/* Days from 1970-01-01 of a date of the Gregorian calendar, March first, so
 * that the leap day comes last. */
static int64_t days_of(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t m = month <= 2 ? month + 9 : month - 3;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day -
	       719469;
}

/* "Z", nothing, or "+07:00". */
static bool read_zone(const char *text, double *seconds)
{
	char sign[2] = "";
	int hours = 0, minutes = 0;

	*seconds = 0;
	if (*text == '\0' || strchr("Zz", *text))
		return true;
	if (sscanf(text, "%1[+-]%2d:%2d", sign, &hours, &minutes) != 3)
		return false;
	*seconds = (sign[0] == '-' ? -1 : 1) * (hours * 3600.0 + minutes * 60);
	return true;
}

static bool read_seconds(const char **text, double *seconds)
{
	size_t len = strspn(*text, "0123456789.");

	if (**text < '0' || **text > '9' || len > 12 ||
	    sscanf(*text, "%12lf", seconds) != 1)
		return false;
	*text += len;
	return true;
}

/* RFC 3339: 2026-01-30T12:00:00.5Z, or with +07:00. */
static bool read_date(const char *text, double *seconds)
{
	int year, month, day, hour, minute, used = 0;
	char between = 0;
	double s = 0, zone = 0;

	if (sscanf(text, "%4d-%2d-%2d%c%2d:%2d:%n", &year, &month, &day,
		   &between, &hour, &minute, &used) != 6 ||
	    used != 17 || !strchr("Tt ", between))
		return false;
	text += used;
	if (month < 1 || month > 12 || day < 1 || day > 31 || year < 1 ||
	    !read_seconds(&text, &s) || !read_zone(text, &zone))
		return false;
	*seconds = (double)(days_of(year, month, day) * 86400 + hour * 3600 +
			    minute * 60) +
		   s - zone;
	return true;
}

/* Seconds since 1970.  A number beyond the year 5000 counts milliseconds. */
static bool read_time(const cJSON *value, double *seconds)
{
	const double most = 1e11;

	if (cJSON_IsString(value))
		return read_date(value->valuestring, seconds);
	if (!cJSON_IsNumber(value))
		return false;
	*seconds = value->valuedouble;
	if (*seconds > most)
		*seconds /= 1000;
	return true;
}

static const char *span_text(struct health_work *w, double seconds,
			     const char *fmt_before, const char *fmt_behind)
{
	const double most = 9e9; /* as nanoseconds in 64 bits */
	struct buf text;
	const char *copy;

	buf_init(&text, PHRASE_MAX);
	if (seconds < most)
		unit_human_duration(&text, (uint64_t)(seconds * 1e9));
	else
		buf_puts(&text, "centuries");
	copy = health_text(w, "too far from now", "%s%s%s", fmt_before,
			   buf_text(&text), fmt_behind);
	buf_release(&text);
	return copy;
}

static void judge_age(struct health_work *w, double age, double most)
{
	bool is_ahead = age < 0;
	double off = is_ahead ? -age : age;
	bool ok = off <= most;
	const char *seen =
		span_text(w, off, "", is_ahead ? " ahead of now" : " old");
	struct health_part *p = health_add(
		w, "timestamp",
		ok	   ? HEALTH_OK
		: is_ahead ? HEALTH_DEGRADED
			   : HEALTH_DOWN,
		seen,
		ok	   ? ""
		: is_ahead ? "the clock of the service is ahead of the clock "
			     "here"
			   : "the page is stale: it may come from a cache");

	if (p)
		p->expected = span_text(w, most, "within ", " of now");
}

void health_judge_timestamp(struct health_work *w)
{
	uint64_t most = w->spec->max_age_ns ? w->spec->max_age_ns
					    : w->shape->max_age_ns;
	const cJSON *value = health_at(w->seen->json, "$.timestamp");
	double seconds = 0;

	if (most == 0)
		return;
	if (value && read_time(value, &seconds)) {
		judge_age(w, (double)w->seen->now_ns / 1e9 - seconds,
			  (double)most / 1e9);
		return;
	}
	struct health_part *p = health_add(
		w, "timestamp", HEALTH_UNKNOWN,
		value ? health_word_of(w, value) : "nothing",
		value ? "this is no time" : "the body has no $.timestamp");
	if (p)
		p->expected =
			span_text(w, (double)most / 1e9, "within ", " of now");
}

/* ---- the status -------------------------------------------------------------------- */

static bool status_accepted(const char *list, long status)
{
	char exact[STATUS_TEXT_MAX], class[STATUS_TEXT_MAX];

	snprintf(exact, sizeof(exact), "%ld", status);
	snprintf(class, sizeof(class), "%ldxx", status / 100);
	for (;;) {
		size_t len = strcspn(list, ",");

		if ((len == strlen(exact) && !strncmp(list, exact, len)) ||
		    (len == strlen(class) && !strncmp(list, class, len)))
			return true;
		if (list[len] == '\0')
			return false;
		list += len + 1;
	}
}

static const char *statuses_phrase(struct health_work *w)
{
	const char *list = w->shape->statuses, *comma = strchr(list, ',');

	return comma ? health_text(w, list, "%.*s or %s", (int)(comma - list),
				   list, comma + 1)
		     : list;
}

void health_judge_status(struct health_work *w)
{
	long status = w->seen->status;
	bool is_accepted = status_accepted(w->shape->statuses, status);
	bool all_ok = true;

	for (size_t i = 0; i < w->n; i++)
		all_ok &= w->part[i].meaning == HEALTH_OK;
	if (is_accepted && (status < 400 || !all_ok))
		return;
	struct health_part *p = health_add(
		w, "status", HEALTH_DOWN, health_text(w, "?", "%ld", status),
		is_accepted ? health_text(w, "",
					  "answered %ld although every part "
					  "says ok",
					  status)
			    : "");
	if (!p)
		return;
	p->expected = is_accepted ? "200" : statuses_phrase(w);
	p->is_number = true;
}
