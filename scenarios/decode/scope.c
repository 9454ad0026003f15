/* SPDX-License-Identifier: MIT */
/* What ${...} may name at each spot of a scenario. */
#include <string.h>

#include "scenarios/decode/decode.h"
#include "scenarios/decode/load_parts.h"
#include "scenarios/base/text.h"
#include "scenarios/loads/loads.h"

static const char *read_env(const struct decoder *d, const char *name)
{
	return d->getenv ? d->getenv(d->getenv_self, name) : NULL;
}

static enum name_kind static_name(const char *text, struct name_ref *out)
{
	out->text = text;
	out->len = strlen(text);
	return NAME_STATIC;
}

static enum name_kind find_env(struct decoder *d, const char *name,
			       struct name_ref *out)
{
	for (size_t i = 0; i < d->n_secrets; i++) {
		const char *env = d->secrets[i].env;
		if (env && !strcmp(env, name)) {
			decode_problem(d, d->spot,
				       "\"%s\" is a secret: write "
				       "${secret.%s}",
				       name, d->secrets[i].name);
			return NAME_REFUSED;
		}
	}
	const char *text = read_env(d, name);
	return text ? static_name(text, out) : NAME_UNKNOWN;
}

static enum name_kind find_secret(struct decoder *d, const char *name,
				  struct name_ref *out)
{
	struct text_nearest near;

	text_nearest_init(&near, name, strlen(name));
	for (size_t i = 0; i < d->n_secrets; i++) {
		if (!strcmp(d->secrets[i].name, name)) {
			out->slot = i;
			out->is_secret = true;
			return NAME_SLOT;
		}
		text_nearest_add(&near, d->secrets[i].name);
	}
	out->nearest = near.best;
	return NAME_UNKNOWN;
}

static enum name_kind data_slot(struct decoder *d, size_t feeder, size_t column,
				struct name_ref *out)
{
	size_t i = d->n_secrets;

	while (i < d->n_slots &&
	       (strcmp(d->slots[i].space, "data") != 0 ||
		d->slots[i].feeder != feeder || d->slots[i].column != column))
		i++;
	if (i == SLOTS_MAX) {
		decode_problem(d, d->spot,
			       "a check must have at most %d secrets, columns "
			       "and captures",
			       SLOTS_MAX);
		return NAME_REFUSED;
	}
	if (i == d->n_slots) {
		d->slots[d->n_slots++] = (struct slot_name){
			.space = "data",
			.name = d->feeders[feeder].columns[column],
			.is_secret = d->feeders[feeder].is_secret[column],
			.feeder = feeder,
			.column = column,
		};
	}
	out->slot = i;
	out->is_secret = d->slots[i].is_secret;
	return NAME_SLOT;
}

/* ${data.column}; where two files have it, ${data.file.column}. */
static enum name_kind find_data(struct decoder *d, const char *name,
				struct name_ref *out)
{
	const char *dot = strchr(name, '.');
	const struct feeder *found = NULL;
	struct text_nearest near;
	size_t column = 0;

	text_nearest_init(&near, name, strlen(name));
	for (size_t i = 0; i < d->n_feeders; i++) {
		const struct feeder *f = &d->feeders[i];
		bool is_named =
			dot && text_is(name, (size_t)(dot - name), f->name);
		for (size_t k = 0; k < f->n_columns; k++) {
			text_nearest_add(&near, f->columns[k]);
			if (is_named && !strcmp(dot + 1, f->columns[k]))
				return data_slot(d, i, k, out);
			if (strcmp(name, f->columns[k]) != 0)
				continue;
			if (found) {
				decode_problem(d, d->spot,
					       "\"%s\" is a column of \"%s\" "
					       "and of \"%s\": write "
					       "${data.%s.%s}",
					       name, found->name, f->name,
					       f->name, name);
				return NAME_REFUSED;
			}
			found = f;
			column = k;
		}
	}
	if (found)
		return data_slot(d, (size_t)(found - d->feeders), column, out);
	if (d->has_broken_data)
		return NAME_REFUSED; /* that was told */
	out->nearest = near.best;
	return NAME_UNKNOWN;
}

/* vars and env know no captures: they are resolved before any check. */
static enum name_kind find_outer(void *self, const char *space,
				 const char *name, struct name_ref *out)
{
	struct decoder *d = self;

	if (!strcmp(space, "env"))
		return find_env(d, name, out);
	if (!strcmp(space, "secret"))
		return find_secret(d, name, out);
	return NAME_UNKNOWN;
}

static enum name_kind find_any(void *self, const char *space, const char *name,
			       struct name_ref *out)
{
	struct decoder *d = self;

	if (!strcmp(space, "data"))
		return find_data(d, name, out);
	if (*space)
		return find_outer(self, space, name, out);
	for (size_t i = d->n_secrets; i < d->n_slots; i++)
		if (!*d->slots[i].space && !strcmp(d->slots[i].name, name)) {
			out->slot = i;
			out->is_secret = d->slots[i].is_secret;
			return NAME_SLOT;
		}
	enum name_kind kind = template_vars_find(d->vars, d->n_vars, name, out);
	if (kind != NAME_UNKNOWN || out->nearest)
		return kind;
	struct text_nearest near;
	text_nearest_init(&near, name, strlen(name));
	for (size_t i = d->n_secrets; i < d->n_slots; i++)
		if (!*d->slots[i].space)
			text_nearest_add(&near, d->slots[i].name);
	out->nearest = near.best;
	return NAME_UNKNOWN;
}

struct names scope_outer(struct decoder *d)
{
	return (struct names){ d, find_outer };
}

struct names scope_any(struct decoder *d)
{
	return (struct names){ d, find_any };
}
