/* SPDX-License-Identifier: MIT */
/* The state as compact JSON.  What is 0 is left out; whole numbers are decimal
 * texts, because JSON readers keep only 2^53. */
#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/alerts/machine/parts.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/json/json.h"

#define STATE_VERSION 1

enum field_kind { FIELD_U64, FIELD_I64, FIELD_UINT, FIELD_BOOL };

struct field {
	const char *name;
	enum field_kind kind;
	size_t offset;
	uint64_t most; /* of UINT; 0: any */
};

#define U64(name, member)                                                \
	{                                                                \
		name, FIELD_U64, offsetof(struct alert_state, member), 0 \
	}
#define BOOL(name, member)                                                \
	{                                                                 \
		name, FIELD_BOOL, offsetof(struct alert_state, member), 1 \
	}
#define UINT(name, member, most)                                             \
	{                                                                    \
		name, FIELD_UINT, offsetof(struct alert_state, member), most \
	}

static const struct field fields[] = {
	U64("watched", watched_since_at_ns),
	U64("now", now_at_ns),
	UINT("phase", phase, ALERT_FIRING),
	UINT("tier", tier_now, ALERT_TIERS_MAX - 1),
	U64("since", since_at_ns),
	U64("episode", episode),
	U64("good", good),
	U64("good_at", good_at_ns),
	BOOL("told", told_firing),
	UINT("told_tier", told_tier, ALERT_TIERS_MAX - 1),
	UINT("told_severities", told_severities, 255),
	BOOL("told_escalated", told_escalated),
	U64("told_at", told_at_ns),
	U64("told_first", first_told_at_ns),
	U64("told_episode", told_episode),
	U64("told_since", told_since_at_ns),
	U64("notices", notices),
	{ "told_days", FIELD_I64, offsetof(struct alert_state, told_days), 0 },
	BOOL("has_days", has_told_days),
	BOOL("flapping", is_flapping),
	BOOL("flapping_told", flapping_told),
	UINT("held", held, HELD_N - 1),
	U64("event_at", event_at_ns),
	U64("event_told", event_told_at_ns),
	U64("acked_at", acknowledged_at_ns),
};

static const struct field tier_fields[] = {
	{ "phase", FIELD_UINT, offsetof(struct tier_state, phase),
	  TIER_ACTIVE },
	{ "since", FIELD_U64, offsetof(struct tier_state, since_at_ns), 0 },
	{ "held", FIELD_U64, offsetof(struct tier_state, held_ns), 0 },
	{ "seen", FIELD_U64, offsetof(struct tier_state, seen_at_ns), 0 },
	{ "valid", FIELD_U64, offsetof(struct tier_state, valid_until_ns), 0 },
};

static const struct field streak_fields[] = {
	{ "last", FIELD_U64, offsetof(struct streak, last_at_ns), 0 },
	{ "fails", FIELD_U64, offsetof(struct streak, fails), 0 },
	{ "oks", FIELD_U64, offsetof(struct streak, oks), 0 },
	{ "began", FIELD_U64, offsetof(struct streak, began_at_ns), 0 },
	{ "down", FIELD_U64, offsetof(struct streak, down_ns), 0 },
	{ "cert", FIELD_I64, offsetof(struct streak, cert_days), 0 },
	{ "cert_at", FIELD_U64, offsetof(struct streak, cert_at_ns), 0 },
};

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

/* ---- writing ------------------------------------------------------------- */

static void write_field(const struct field *f, const void *base, bool *is_first,
			struct buf *out)
{
	const void *at = (const char *)base + f->offset;
	char text[32] = "";

	if (f->kind == FIELD_U64 && *(const uint64_t *)at)
		snprintf(text, sizeof(text), "\"%" PRIu64 "\"",
			 *(const uint64_t *)at);
	else if (f->kind == FIELD_I64 && *(const int64_t *)at)
		snprintf(text, sizeof(text), "\"%" PRId64 "\"",
			 *(const int64_t *)at);
	else if (f->kind == FIELD_UINT && *(const unsigned *)at)
		snprintf(text, sizeof(text), "%u", *(const unsigned *)at);
	else if (f->kind == FIELD_BOOL && *(const bool *)at)
		snprintf(text, sizeof(text), "1");
	if (!text[0])
		return;
	buf_printf(out, "%s\"%s\":%s", *is_first ? "" : ",", f->name, text);
	*is_first = false;
}

static void write_fields(const struct field *all, size_t n, const void *base,
			 bool *is_first, struct buf *out)
{
	for (size_t i = 0; i < n; i++)
		write_field(&all[i], base, is_first, out);
}

static void write_streak(const struct streak *s, struct buf *out)
{
	bool is_first = false;

	buf_puts(out, "{\"from\":");
	json_escape_str(out, s->vantage);
	write_fields(streak_fields, LEN(streak_fields), s, &is_first, out);
	buf_putc(out, '}');
}

bool alert_state_write(const struct alert_state *t, struct buf *out)
{
	bool is_first = false;

	buf_printf(out, "{\"v\":%d", STATE_VERSION);
	write_fields(fields, LEN(fields), t, &is_first, out);
	buf_puts(out, ",\"tiers\":[");
	for (size_t i = 0; i < t->n_tiers; i++) {
		is_first = true;
		buf_puts(out, i ? ",{" : "{");
		write_fields(tier_fields, LEN(tier_fields), &t->tier[i],
			     &is_first, out);
		buf_putc(out, '}');
	}
	buf_putc(out, ']');
	if (t->acknowledged_by[0]) {
		buf_puts(out, ",\"acked_by\":");
		json_escape_str(out, t->acknowledged_by);
	}
	if (t->message[0]) {
		buf_puts(out, ",\"message\":");
		json_escape_str(out, t->message);
	}
	for (size_t i = 0; i < t->n_changes; i++)
		buf_printf(out, "%s\"%" PRIu64 "\"", i ? "," : ",\"changes\":[",
			   t->changes[i]);
	buf_puts(out, t->n_changes ? "]" : "");
	for (size_t i = 0; i < t->streaks.n; i++) {
		buf_puts(out, i ? "," : ",\"streaks\":[");
		write_streak(&t->streaks.item[i], out);
	}
	buf_puts(out, t->streaks.n ? "]}" : "}");
	return buf_ok(out);
}

/* ---- reading ------------------------------------------------------------- */

static bool read_u64(const cJSON *node, uint64_t *out)
{
	char *end;

	if (!cJSON_IsString(node) || node->valuestring[0] < '0' ||
	    node->valuestring[0] > '9')
		return false;
	errno = 0;
	*out = strtoull(node->valuestring, &end, 10);
	return errno == 0 && *end == '\0';
}

static bool read_i64(const cJSON *node, int64_t *out)
{
	char *end;

	if (!cJSON_IsString(node) || !node->valuestring[0])
		return false;
	errno = 0;
	*out = strtoll(node->valuestring, &end, 10);
	return errno == 0 && *end == '\0';
}

static bool read_field(const struct field *f, const cJSON *node, void *base)
{
	void *at = (char *)base + f->offset;
	double number;

	if (f->kind == FIELD_U64)
		return read_u64(node, at);
	if (f->kind == FIELD_I64)
		return read_i64(node, at);
	if (!cJSON_IsNumber(node))
		return false;
	number = node->valuedouble;
	if (!(number >= 0 && number <= (double)f->most) ||
	    number != (double)(unsigned)number)
		return false;
	if (f->kind == FIELD_BOOL)
		*(bool *)at = number > 0;
	else
		*(unsigned *)at = (unsigned)number;
	return true;
}

/* What a newer writer added is skipped. */
static bool read_fields(const struct field *all, size_t n, const cJSON *object,
			void *base)
{
	if (!cJSON_IsObject(object))
		return false;
	for (size_t i = 0; i < n; i++) {
		const cJSON *node =
			cJSON_GetObjectItemCaseSensitive(object, all[i].name);

		if (node && !read_field(&all[i], node, base))
			return false;
	}
	return true;
}

static bool read_name(const cJSON *node, char *into, size_t room)
{
	if (!cJSON_IsString(node) || strlen(node->valuestring) >= room)
		return false;
	snprintf(into, room, "%s", node->valuestring);
	return true;
}

static bool read_tiers(const cJSON *list, struct alert_state *out)
{
	const cJSON *one;

	if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) > ALERT_TIERS_MAX)
		return false;
	cJSON_ArrayForEach(one, list)
	{
		if (!read_fields(tier_fields, LEN(tier_fields), one,
				 &out->tier[out->n_tiers++]))
			return false;
	}
	return true;
}

static bool read_changes(const cJSON *list, struct alert_state *out)
{
	const cJSON *one;

	if (!list)
		return true;
	if (!cJSON_IsArray(list) ||
	    cJSON_GetArraySize(list) > ALERT_CHANGES_MAX)
		return false;
	cJSON_ArrayForEach(one, list)
	{
		if (!read_u64(one, &out->changes[out->n_changes++]))
			return false;
	}
	return true;
}

static bool read_streaks(const cJSON *list, struct streaks *out)
{
	const cJSON *one;

	if (!list)
		return true;
	if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) > STREAKS_MAX)
		return false;
	cJSON_ArrayForEach(one, list)
	{
		struct streak *s = &out->item[out->n++];

		memset(s, 0, sizeof(*s));
		if (!read_fields(streak_fields, LEN(streak_fields), one, s) ||
		    !read_name(cJSON_GetObjectItemCaseSensitive(one, "from"),
			       s->vantage, sizeof(s->vantage)))
			return false;
	}
	return true;
}

static bool read_state(const cJSON *root, struct alert_state *out)
{
	const cJSON *version = cJSON_GetObjectItemCaseSensitive(root, "v");
	const cJSON *by = cJSON_GetObjectItemCaseSensitive(root, "acked_by");
	const cJSON *says = cJSON_GetObjectItemCaseSensitive(root, "message");

	if (!cJSON_IsNumber(version) || version->valuedouble != STATE_VERSION)
		return false;
	return read_fields(fields, LEN(fields), root, out) &&
	       read_tiers(cJSON_GetObjectItemCaseSensitive(root, "tiers"),
			  out) &&
	       (!by || read_name(by, out->acknowledged_by,
				 sizeof(out->acknowledged_by))) &&
	       (!says || read_name(says, out->message, sizeof(out->message))) &&
	       read_changes(cJSON_GetObjectItemCaseSensitive(root, "changes"),
			    out) &&
	       read_streaks(cJSON_GetObjectItemCaseSensitive(root, "streaks"),
			    &out->streaks);
}

bool alert_state_read(const char *text, size_t len, struct alert_state *out,
		      struct errs *es)
{
	struct source src = { "state of an alert", text, len };
	struct json_limits most = { .max_bytes = ALERT_TEXT_MAX };
	cJSON *root = json_parse(&src, JSON_OWN, &most, NULL, es);
	bool ok;

	memset(out, 0, sizeof(*out));
	if (!root)
		return false;
	ok = read_state(root, out);
	cJSON_Delete(root);
	if (!ok) {
		memset(out, 0, sizeof(*out));
		return errs_add(es, ERR_INPUT, NOWHERE,
				"the state of an alert in the state file is "
				"not one that this assay wrote");
	}
	return true;
}
