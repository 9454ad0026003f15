/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "scenarios/decode/load_parts.h"
#include "scenarios/base/options.h"
#include "scenarios/base/text.h"

enum { VARS_MAX = 2000 };

/* ---- vars ------------------------------------------------------------------- */

static struct template_var *var_find(struct load *l, const char *name)
{
	struct template_var *vars = l->vars.item;

	for (size_t i = 0; i < l->vars.n; i++)
		if (!strcmp(vars[i].name, name))
			return &vars[i];
	return NULL;
}

/* A later file, and the environment, replaces the value of an earlier one. */
static bool var_set(struct load *l, const struct node_entry *e,
		    const char *where)
{
	const struct node *t = e->value;

	if (t->kind != NODE_SCALAR || node_is_null(t))
		return decode_problem(&l->d, t->at,
				      "\"%s\" of \"%s\" must be "
				      "a text, got %s",
				      e->key, where, node_kind_name(t));
	struct template_var *v = var_find(l, e->key);
	if (!v) {
		if (l->vars.n == VARS_MAX)
			return decode_problem(&l->d, e->key_at,
					      "there must "
					      "be at most %d vars",
					      VARS_MAX);
		v = list_add(&l->d, &l->vars, sizeof(*v));
	}
	if (!v)
		return false;
	*v = (struct template_var){
		.name = e->key, .text = t->text, .len = t->len, .at = t->at
	};
	return true;
}

static bool is_plain_name(const char *name)
{
	return *name && !strpbrk(name, "${}. \t()'\"");
}

static bool vars_collect(struct load *l, const struct node *t,
			 const char *where)
{
	bool ok = true;

	if (!t)
		return true;
	if (t->kind != NODE_MAP)
		return decode_problem(&l->d, t->at,
				      "\"%s\" must be a map of "
				      "name: text, got %s",
				      where, node_kind_name(t));
	for (size_t i = 0; i < t->n; i++) {
		if (!is_plain_name(t->entry[i].key))
			ok = decode_problem(&l->d, t->entry[i].key_at,
					    "\"%s\" cannot be a name: use "
					    "letters, digits, _ and -",
					    t->entry[i].key);
		else
			ok &= var_set(l, &t->entry[i], where);
	}
	return ok;
}

/* ---- environments ------------------------------------------------------------ */

static bool environment_unknown(struct load *l, const char *name)
{
	struct text_nearest near;
	struct buf known;

	buf_init(&known, ERR_PART_MAX);
	text_nearest_init(&near, name, strlen(name));
	for (size_t p = 0; p < l->n_parts; p++) {
		const struct node *t = l->parts[p].environments;
		for (size_t i = 0; t && i < t->n; i++) {
			text_nearest_add(&near, t->entry[i].key);
			buf_printf(&known, "%s%s", known.len ? ", " : "",
				   t->entry[i].key);
		}
	}
	decode_problem(&l->d, NOWHERE, "there is no environment \"%s\"; %s%s%s",
		       name, near.best ? "did you mean \"" : "known: ",
		       near.best ? near.best : buf_text(&known),
		       near.best ? "\"?" : "");
	buf_release(&known);
	return false;
}

static bool environment_apply(struct load *l)
{
	const char *name = l->options->environment;
	bool found = false;
	bool any = false;
	bool ok = true;

	for (size_t p = 0; p < l->n_parts; p++) {
		const struct node *t = l->parts[p].environments;
		if (!t)
			continue;
		any = true;
		if (t->kind != NODE_MAP) {
			ok = decode_problem(&l->d, t->at,
					    "\"environments\" "
					    "must be a map, got %s",
					    node_kind_name(t));
			continue;
		}
		for (size_t i = 0; i < t->n; i++) {
			if (t->entry[i].value->kind != NODE_MAP)
				ok = decode_problem(
					&l->d, t->entry[i].value->at,
					"environment \"%s\" must be a map of "
					"name: text",
					t->entry[i].key);
		}
		const struct node *vars = name ? node_find(t, name) : NULL;
		if (!vars)
			continue;
		found = true;
		ok &= vars_collect(l, vars, "environments");
	}
	/* Without any block, --env still names the place in log lines. */
	if (ok && name && any && !found)
		return environment_unknown(l, name);
	return ok;
}

/* ---- --var ------------------------------------------------------------------- */

static bool is_secret_name(const struct load *l, const char *name)
{
	const struct secret *s = l->secrets.item;

	for (size_t i = 0; i < l->secrets.n; i++)
		if (!strcmp(s[i].name, name))
			return true;
	return false;
}

static bool var_option(struct load *l, const char *given)
{
	const char *eq = strchr(given, '=');

	if (!eq || eq == given)
		return decode_problem(&l->d, NOWHERE,
				      "--var must be "
				      "name=value, got \"%s\"",
				      given);
	const char *name =
		arena_strndup(l->d.arena, given, (size_t)(eq - given));
	if (!name)
		return errs_nomem(l->d.es);
	if (is_secret_name(l, name))
		return decode_problem(&l->d, NOWHERE,
				      "\"%s\" is a secret: a "
				      "command line can be read by others; "
				      "set it in the environment",
				      name);
	struct template_var *v = var_find(l, name);
	if (!v) {
		struct text_nearest near;
		const struct template_var *vars = l->vars.item;
		text_nearest_init(&near, name, strlen(name));
		for (size_t i = 0; i < l->vars.n; i++)
			text_nearest_add(&near, vars[i].name);
		return decode_problem(
			&l->d, NOWHERE,
			"--var %s: the scenario "
			"has no var of that name%s%s%s",
			name, near.best ? "; did you mean \"" : "",
			near.best ? near.best : "", near.best ? "\"?" : "");
	}
	v->text = eq + 1;
	v->len = strlen(eq + 1);
	v->is_literal = true;
	return true;
}

/* ---- secrets ------------------------------------------------------------------ */

static const struct key secret_keys[] = {
	{ "name", KEY_WORD, offsetof(struct secret, name),
	  .flags = KEY_REQUIRED, .doc = "name for ${secret....}" },
	{ "env", KEY_WORD, offsetof(struct secret, env),
	  .doc = "environment variable that holds it; the name by default" },
	{ "file", KEY_WORD, offsetof(struct secret, file),
	  .doc = "file that holds it" },
	{ 0 },
};

static bool secret_add(struct load *l, const struct node *t)
{
	struct secret s = { .at = t->at };

	if (t->kind == NODE_SCALAR) {
		s.name = t->text;
	} else if (!keys_decode(&l->d, secret_keys, t, &s, "a secret")) {
		return false;
	}
	if (s.env && s.file)
		return decode_problem(&l->d, t->at,
				      "a secret comes from "
				      "\"env\" or \"file\", not both");
	if (s.file)
		s.file = path_beside(&l->d, t->at.src->name, s.file);
	if (!is_plain_name(s.name))
		return decode_problem(&l->d, t->at,
				      "\"%s\" cannot be the "
				      "name of a secret",
				      s.name);
	if (is_secret_name(l, s.name))
		return decode_problem(&l->d, t->at,
				      "secret \"%s\" is "
				      "declared already",
				      s.name);
	if (!s.file && !s.env)
		s.env = s.name;
	if (l->secrets.n == SECRETS_MAX)
		return decode_problem(&l->d, t->at,
				      "there must be at most %d "
				      "secrets",
				      SECRETS_MAX);
	struct secret *kept = list_add(&l->d, &l->secrets, sizeof(*kept));
	if (kept)
		*kept = s;
	return kept != NULL;
}

bool secret_optional(struct load *l, const char *env, struct place at)
{
	const struct secret *s = l->secrets.item;

	for (size_t i = 0; i < l->secrets.n; i++)
		if (!strcmp(s[i].name, env))
			return true;
	if (l->secrets.n == SECRETS_MAX)
		return decode_problem(&l->d, at,
				      "there must be at most %d secrets",
				      SECRETS_MAX);
	struct secret *kept = list_add(&l->d, &l->secrets, sizeof(*kept));
	if (kept)
		*kept = (struct secret){
			.name = env, .env = env, .is_optional = true, .at = at
		};
	return kept != NULL;
}

static bool secrets_collect(struct load *l)
{
	bool ok = true;

	for (size_t p = 0; p < l->n_parts; p++) {
		const struct node *t = l->parts[p].secrets;
		if (!t)
			continue;
		if (t->kind != NODE_SEQ) {
			ok = decode_problem(&l->d, t->at,
					    "\"secrets\" must "
					    "be a list of names, got %s",
					    node_kind_name(t));
			continue;
		}
		for (size_t i = 0; i < t->n; i++)
			ok &= secret_add(l, t->item[i]);
	}
	ok &= alerts_secrets(l);
	l->d.secrets = l->secrets.item;
	l->d.n_secrets = l->secrets.n;
	for (size_t i = 0; i < l->secrets.n; i++)
		l->d.slots[i] =
			(struct slot_name){ .space = "secret",
					    .name = l->d.secrets[i].name,
					    .is_secret = true };
	l->d.n_slots = l->secrets.n;
	return ok;
}

bool names_load(struct load *l)
{
	const struct args *given = l->options->vars;
	struct names outer = scope_outer(&l->d);
	bool ok = secrets_collect(l);

	for (size_t p = 0; p < l->n_parts; p++)
		ok &= vars_collect(l, l->parts[p].vars, "vars");
	ok &= environment_apply(l);
	for (size_t i = 0; given && i < given->n; i++)
		ok &= var_option(l, given->item[i]);
	l->d.vars = l->vars.item;
	l->d.n_vars = l->vars.n;
	return template_compile_vars(l->d.arena, l->d.vars, l->d.n_vars, &outer,
				     l->d.es) &&
	       ok;
}
