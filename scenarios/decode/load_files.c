/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "scenarios/decode/load_parts.h"
#include "scenarios/watch/watch_parts.h"

/* ---- the keys of a file ----------------------------------------------------- */

static void text_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"type\":[\"string\",\"number\",\"boolean\"]");
}

static void include_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"anyOf\":[{\"type\":\"string\"},{\"type\":\"array\","
		      "\"items\":{\"type\":\"string\"}}]");
}

#define VARS_SCHEMA                                                           \
	"\"type\":\"object\",\"additionalProperties\":{\"type\":[\"string\"," \
	"\"number\",\"boolean\"]},\"propertyNames\":{\"pattern\":"            \
	"\"^[A-Za-z_][A-Za-z0-9_-]*$\"}"

static void vars_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, VARS_SCHEMA);
}

static void environments_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out,
		 "\"type\":\"object\",\"additionalProperties\":{" VARS_SCHEMA
		 "}");
}

static void secrets_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"type\":\"array\",\"items\":{\"anyOf\":[{\"type\":"
		      "\"string\"},{\"type\":\"object\",\"properties\":{"
		      "\"name\":{\"type\":\"string\"},\"env\":{\"type\":"
		      "\"string\"},\"file\":{\"type\":\"string\"}},"
		      "\"required\":[\"name\"],\"additionalProperties\":"
		      "false}]}");
}

static void defaults_schema(const struct key *k, struct buf *out)
{
	(void)k;
	keys_schema_object(defaults_keys, NULL, out);
}

static void checks_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"type\":\"object\",\"minProperties\":1,"
		      "\"additionalProperties\":{");
	check_schema(out);
	buf_puts(out, "}");
}

static void data_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"type\":\"object\",\"additionalProperties\":{");
	feeder_schema(out);
	buf_puts(out, "}");
}

static void loads_schema(const struct key *k, struct buf *out)
{
	(void)k;
	buf_puts(out, "\"type\":\"object\",\"minProperties\":1,"
		      "\"additionalProperties\":{");
	workload_schema(out);
	buf_puts(out, "}");
}

static void state_schema(const struct key *k, struct buf *out)
{
	(void)k;
	keys_schema_object(state_keys, NULL, out);
}

static const struct key_form text_form = { node_keep, text_schema };
static const struct key_form include_form = { node_keep, include_schema };
static const struct key_form vars_form = { node_keep, vars_schema };
static const struct key_form environments_form = { node_keep,
						   environments_schema };
static const struct key_form secrets_form = { node_keep, secrets_schema };
static const struct key_form defaults_form = { node_keep, defaults_schema };
static const struct key_form checks_form = { node_keep, checks_schema };

static const struct key_form data_form = { node_keep, data_schema };
static const struct key_form loads_form = { node_keep, loads_schema };
static const struct key_form watch_form = { node_keep, watch_schema };
static const struct key_form log_form = { node_keep, log_schema };
static const struct key_form alerts_form = { node_keep, alerts_schema };
static const struct key_form state_form = { node_keep, state_schema };

#define PART(field) KEY_CUSTOM, offsetof(struct part, field)

const struct key scenario_keys[] = {
	{ "name", PART(name), .form = &text_form,
	  .doc = "name of the system, for reports" },
	{ "service", PART(service), .form = &text_form,
	  .doc = "name of the service in log lines; the name by default" },
	{ "include", PART(include), .form = &include_form,
	  .doc = "further files, relative to this one" },
	{ "vars", PART(vars), .form = &vars_form,
	  .doc = "names for ${...}; --var and --env replace their values" },
	{ "environments", PART(environments), .form = &environments_form,
	  .doc = "vars of each environment, chosen by --env" },
	{ "secrets", PART(secrets), .form = &secrets_form,
	  .doc = "names for ${secret....}, read from the environment or a "
		 "file and never shown" },
	{ "defaults", PART(defaults), .form = &defaults_form,
	  .doc = "what holds for all checks of this file" },
	{ "checks", PART(checks), .form = &checks_form,
	  .doc = "the checks by name" },
	{ "data", PART(data), .form = &data_form,
	  .doc = "files of rows, by name; their columns are ${data....}",
	  .example = "{ users: users.csv }" },
	{ "loads", PART(loads), .form = &loads_form,
	  .doc = "the loads by name, for assay loadgen" },
	{ "watch", PART(watch), .form = &watch_form,
	  .doc = "how assay watch runs it" },
	{ "log", PART(log), .form = &log_form,
	  .doc = "where the log of assay watch goes" },
	{ "alerts", PART(alerts), .form = &alerts_form,
	  .doc = "who is told when, and by which way" },
	{ "state", PART(state), .form = &state_form,
	  .doc = "how long a state file remembers what was seen",
	  .example = "{ keep: { raw: 2d }, max_size: 50MB }" },
	{ 0 },
};

bool part_decode(struct load *l, const struct source *src, const char *path,
		 const struct node *root, struct part *part)
{
	*part = (struct part){ .src = src, .path = path };
	return keys_decode(&l->d, scenario_keys, root, part, "a scenario");
}

/* ---- include ------------------------------------------------------------------- */

static bool part_read(struct load *l, const char *path, struct place from);

static bool include_one(struct load *l, const struct part *part,
			const struct node *t)
{
	const char *text = decode_static(&l->d, t, "include", NULL);

	if (!text)
		return false;
	const char *path = path_beside(&l->d, part->path, text);
	return path && part_read(l, path, t->at);
}

static bool include_all(struct load *l, const struct part *part)
{
	const struct node *t = part->include;
	bool ok = true;

	if (!t)
		return true;
	if (t->kind != NODE_SEQ)
		return include_one(l, part, t);
	for (size_t i = 0; i < t->n; i++)
		ok &= include_one(l, part, t->item[i]);
	return ok;
}

/* The same file by whatever name. */
static bool same_file(const char *a, const char *b)
{
	char *ra = realpath(a, NULL);
	char *rb = realpath(b, NULL);
	bool same = ra && rb ? !strcmp(ra, rb) : !strcmp(a, b);

	free(ra);
	free(rb);
	return same;
}

static bool may_include(struct load *l, const char *path, struct place from)
{
	for (size_t i = 0; i < l->depth; i++)
		if (same_file(l->stack[i], path))
			return decode_problem(&l->d, from,
					      "\"%s\" includes "
					      "itself",
					      path);
	for (size_t i = 0; i < l->n_parts; i++)
		if (same_file(l->parts[i].path, path))
			return decode_problem(&l->d, from,
					      "\"%s\" is "
					      "included already",
					      path);
	if (l->depth > INCLUDE_DEPTH_MAX)
		return decode_problem(&l->d, from,
				      "files must include each "
				      "other at most %d deep",
				      INCLUDE_DEPTH_MAX);
	if (l->n_parts + l->depth >= INCLUDE_FILES_MAX)
		return decode_problem(&l->d, from,
				      "a scenario must be at "
				      "most %d files",
				      INCLUDE_FILES_MAX);
	return true;
}

void problem_of_file(struct errs *es, size_t before, struct place from)
{
	if (from.src && es->n > before && !es->item[before].at.line) {
		const struct err was = es->item[before];

		es->n = before;
		errs_add(es, was.kind, from, "\"%s\": %s",
			 was.at.src ? was.at.src->name : "", was.text);
	}
}

static bool part_read(struct load *l, const char *path, struct place from)
{
	struct source *src = NULL;
	const struct node *root = NULL;
	struct part part;

	if (!may_include(l, path, from))
		return false;
	size_t before = l->d.es->n;
	bool ok = doc_read_file(l->d.arena, path, &src, &root, l->d.es);
	if (!root) {
		problem_of_file(l->d.es, before, from);
		return false;
	}
	l->stack[l->depth++] = path;
	ok &= part_decode(l, src, path, root, &part);
	ok &= include_all(l, &part);
	l->depth--;
	l->parts[l->n_parts++] = part;
	return ok;
}

bool parts_read(struct load *l, const char *path)
{
	return part_read(l, path, NOWHERE);
}
