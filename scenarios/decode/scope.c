/* SPDX-License-Identifier: MIT */
/* What ${...} may name at each spot of a scenario. */
#include <string.h>

#include "scenarios/decode/decode.h"
#include "scenarios/decode/load_parts.h"
#include "scenarios/base/text.h"

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

	if (*space)
		return find_outer(self, space, name, out);
	for (size_t i = d->n_secrets; i < d->n_slots; i++)
		if (!strcmp(d->slots[i].name, name)) {
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
