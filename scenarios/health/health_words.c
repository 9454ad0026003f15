/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/decode/decode.h"
#include "scenarios/health/health_inside.h"
#include "scenarios/json/json.h"
#include "scenarios/template/template.h"
#include "scenarios/base/text.h"

enum { NUMBER_TEXT_MAX = 40 };

static const char *const words_ok[] = {
	"ok",	     "healthy", "up",	       "pass",	"passed",  "ready",
	"alive",     "online",	"true",	       "green", "running", "available",
	"connected", "success", "operational", NULL
};
static const char *const words_starting[] = { "starting",  "initializing",
					      "not_ready", "not ready",
					      "not-ready", "loading",
					      "pending",   NULL };
static const char *const words_degraded[] = { "degraded", "warn",    "warning",
					      "yellow",	  "partial", "slow",
					      NULL };
static const char *const words_down[] = {
	"unhealthy",   "down",	  "fail",	  "failed",  "error",
	"critical",    "red",	  "false",	  "offline", "dead",
	"unavailable", "timeout", "disconnected", NULL
};

/* A word that stands nowhere is unknown, which is never ok. */
static const char *const *const words[HEALTH_MEANING_N] = {
	[HEALTH_OK] = words_ok,
	[HEALTH_STARTING] = words_starting,
	[HEALTH_DEGRADED] = words_degraded,
	[HEALTH_DOWN] = words_down,
};

static const char *const meaning_names[HEALTH_MEANING_N] = {
	[HEALTH_OK] = "ok",	      [HEALTH_STARTING] = "starting",
	[HEALTH_UNKNOWN] = "unknown", [HEALTH_DEGRADED] = "degraded",
	[HEALTH_DOWN] = "down",
};

const char *health_meaning_name(enum health_meaning m)
{
	return meaning_names[m];
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

enum health_meaning health_meaning_of(const struct step_health *spec,
				      const char *word, size_t len)
{
	while (len > 0 && is_space(*word))
		word++, len--;
	while (len > 0 && is_space(word[len - 1]))
		len--;
	for (size_t i = 0; i < spec->n_words; i++)
		if (text_same_nocase(word, len, spec->words[i].word,
				     strlen(spec->words[i].word)))
			return spec->words[i].meaning;
	for (unsigned m = 0; m < HEALTH_MEANING_N; m++)
		for (size_t i = 0; words[m] && words[m][i]; i++)
			if (text_same_nocase(word, len, words[m][i],
					     strlen(words[m][i])))
				return (enum health_meaning)m;
	return HEALTH_UNKNOWN;
}

/* ---- severity --------------------------------------------------------------- */

/*
 * How bad a failed part is when the scenario does not say.  Vital are the
 * overall word, the status, what is behind a proxy, and databases: without
 * these nothing works.
 */
static const struct {
	unsigned usual, vital;
} severities[HEALTH_MEANING_N] = {
	[HEALTH_OK] = { CHECK_INFO, CHECK_INFO },
	[HEALTH_STARTING] = { CHECK_WARNING, CHECK_WARNING },
	[HEALTH_UNKNOWN] = { CHECK_WARNING, CHECK_WARNING },
	[HEALTH_DEGRADED] = { CHECK_WARNING, CHECK_WARNING },
	[HEALTH_DOWN] = { CHECK_ERROR, CHECK_CRITICAL },
};

static const char *const vital_words[] = {
	"overall", "status",   "backend",    "database",  "databases", "db",
	"sql",	   "postgres", "postgresql", "mysql",	  "mariadb",   "oracle",
	"sqlite",  "mongo",    "mongodb",    "cockroach", NULL
};

static bool is_word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

/* "primary-db" and "database:time" are vital; "db.pool_size" is a number of
 * a database, and "dbus" is something else. */
static bool is_vital(const char *name)
{
	while (*name && *name != '.') {
		size_t len = 0;

		while (is_word_byte(name[len]))
			len++;
		for (size_t i = 0; vital_words[i]; i++)
			if (text_same_nocase(name, len, vital_words[i],
					     strlen(vital_words[i])))
				return !strchr(name, '.');
		name += len ? len : 1;
	}
	return false;
}

bool health_severity_written(const struct step_health *spec, const char *name,
			     unsigned *severity)
{
	const struct pairs *p = &spec->severities;

	for (size_t i = 0; i < p->n; i++) {
		const char *text =
			p->item[i].value ? template_text(p->item[i].value, NULL)
					 : NULL;
		if (!text || strcmp(p->item[i].name, name) != 0)
			continue;
		for (unsigned s = 0; severity_choices[s]; s++)
			if (!strcmp(severity_choices[s], text)) {
				*severity = s;
				return true;
			}
	}
	return false;
}

unsigned health_severity(const struct step_health *spec, const char *name,
			 enum health_meaning m)
{
	unsigned severity = 0;

	if (health_severity_written(spec, name, &severity))
		return severity;
	return is_vital(name) ? severities[m].vital : severities[m].usual;
}

/* ---- members ---------------------------------------------------------------- */

static const char *const status_names[] = { "status",  "state", "health",
					    "healthy", "ok",	"alive",
					    "ready",   NULL };
static const char *const error_names[] = { "error",	  "message",   "output",
					   "reason",	  "detail",    "msg",
					   "description", "exception", NULL };

static bool is_one_of(const char *name, const char *const *names)
{
	while (*names && strcmp(*names, name) != 0)
		names++;
	return *names != NULL;
}

bool health_is_status_name(const char *name)
{
	return is_one_of(name, status_names);
}

bool health_is_error_name(const char *name)
{
	return is_one_of(name, error_names);
}

const char *health_word_of(struct health_work *w, const cJSON *value)
{
	struct buf number;
	const char *copy;

	if (cJSON_IsString(value))
		return value->valuestring;
	if (cJSON_IsBool(value))
		return cJSON_IsTrue(value) ? "true" : "false";
	if (!cJSON_IsNumber(value))
		return json_type(value);
	buf_init(&number, NUMBER_TEXT_MAX);
	json_print_number(&number, value->valuedouble);
	copy = arena_strdup(w->arena, buf_text(&number));
	buf_release(&number);
	return copy ? copy : "a number";
}

const cJSON *health_status_of(const cJSON *object)
{
	for (size_t i = 0; status_names[i]; i++) {
		const cJSON *value = cJSON_GetObjectItemCaseSensitive(
			object, status_names[i]);
		if (value && !cJSON_IsObject(value) && !cJSON_IsArray(value))
			return value;
	}
	return NULL;
}

const char *health_error_of(const cJSON *object)
{
	for (size_t i = 0; error_names[i]; i++) {
		const cJSON *value = cJSON_GetObjectItemCaseSensitive(
			object, error_names[i]);
		if (cJSON_IsObject(value))
			value = cJSON_GetObjectItemCaseSensitive(value,
								 "message");
		if (cJSON_IsString(value) && value->valuestring[0])
			return value->valuestring;
	}
	return NULL;
}
